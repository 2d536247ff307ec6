//! `consortium_members.csv`

use serde::Serialize;

use crate::office::import::cells::{Cells, Origin, Record};
use crate::office::import::check::References;
use crate::office::import::parse;
use crate::office::import::rows::ProviderRow;

/// A member of a consortium.
#[derive(Debug, Clone, Serialize)]
pub struct ConsortiumMemberRow {
    /// The consortium.
    pub consortium: String,
    /// The member; none where the members are not known.
    pub member: Option<String>,
    /// Whether it leads.
    pub lead: Option<bool>,
    /// What the row says of itself.
    pub origin: Origin,
}

impl Record for ConsortiumMemberRow {
    const FILE: &'static str = "consortium_members";

    fn read(cells: &mut Cells<'_>) -> Option<Self> {
        let consortium = cells.must("consortium", parse::key);
        let member = cells.need("member", parse::key);
        let lead = cells.need("lead", parse::yes_no);
        let origin = cells.origin();
        Some(Self { consortium: consortium?, member, lead, origin })
    }

    fn key(&self) -> String {
        format!("{}/{}", self.consortium, self.member.as_deref().unwrap_or_default())
    }

    fn origin(&self) -> &Origin {
        &self.origin
    }

    fn refers(&self, to: &mut References) {
        to.one::<ProviderRow>("consortium", &self.consortium);
        to.may::<ProviderRow>("member", self.member.as_ref());
    }
}
