//! `users.csv`

use serde::Serialize;

use crate::access::permissions::Role;
use crate::office::import::cells::{Cells, Origin, Record, one_of};
use crate::office::import::check::References;
use crate::office::import::parse;
use crate::office::import::rows::{AreaRow, ProviderRow};

/// A person of the demonstration.
#[derive(Debug, Clone, Serialize)]
pub struct UserRow {
    /// The name under which the demo prints the sign-in.
    pub key: String,
    /// The name.
    pub name: String,
    /// The address.
    pub email: String,
    /// The role.
    pub role: Role,
    /// The provider, for provider roles.
    pub provider: Option<String>,
    /// For whom a panel member or endorser speaks.
    pub organisation: Option<String>,
    /// Where an endorser may endorse.
    pub areas: Vec<String>,
    /// What the row says of itself.
    pub origin: Origin,
}

impl Record for UserRow {
    const FILE: &'static str = "users";

    fn read(cells: &mut Cells<'_>) -> Option<Self> {
        let key = cells.must("key", parse::name_key);
        let name = cells.must("name", parse::text);
        let email = cells.must("email", parse::email);
        let role = cells.must("role", parse::word::<Role>);
        let provider = cells.need_if(role.is_some_and(Role::is_provider), "provider", parse::key);
        let organisation = cells.may("organisation", one_of(&["opcc", "force", "board", "audit"]));
        let areas = cells.list("areas", parse::key);
        let origin = cells.origin();
        Some(Self { key: key?, name: name?, email: email?, role: role?, provider, organisation, areas, origin })
    }

    fn key(&self) -> String {
        self.key.clone()
    }

    fn origin(&self) -> &Origin {
        &self.origin
    }

    fn refers(&self, to: &mut References) {
        to.now::<ProviderRow>("provider", self.provider.as_ref());
        to.now::<AreaRow>("areas", &self.areas);
    }
}
