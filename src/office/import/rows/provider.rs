//! `providers.csv`

use serde::Serialize;

use crate::office::import::cells::{Cells, Origin, Record};
use crate::office::import::check::References;
use crate::office::import::parse;
use crate::office::import::rows::AreaRow;
use crate::providers::rules::PccStatus;
use crate::providers::rules::ProviderKind;

/// An organisation.
#[derive(Debug, Clone, Serialize)]
pub struct ProviderRow {
    /// Its key.
    pub key: String,
    /// The canonical name.
    pub name: String,
    /// Short names, spellings and row labels.
    pub aliases: Vec<String>,
    /// What kind of organisation.
    pub kind: Option<ProviderKind>,
    /// Whether the commissioner commissions it.
    pub pcc_status: Option<PccStatus>,
    /// Where it works.
    pub areas: Vec<String>,
    /// Its number at the Charity Commission.
    pub charity_number: Option<String>,
    /// Its number at Companies House.
    pub company_number: Option<String>,
    /// Where its office is.
    pub postcode: Option<String>,
    /// Whether it is local.
    pub local: Option<bool>,
    /// Where letters to it go. Left out of a row's fingerprint where it is not told, as it was before this column.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contact_email: Option<String>,
    /// Its number in the finance system; left out alike.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub supplier_number: Option<String>,
    /// What the row says of itself.
    pub origin: Origin,
}

impl Record for ProviderRow {
    const FILE: &'static str = "providers";

    fn read(cells: &mut Cells<'_>) -> Option<Self> {
        let key = cells.must("key", parse::key);
        let name = cells.must("name", parse::text);
        let aliases = cells.list("aliases", parse::text);
        let kind = cells.need("kind", parse::word::<ProviderKind>);
        let pcc_status = cells.need("pcc_status", parse::word::<PccStatus>);
        let areas = cells.list("areas", parse::key);
        let is_real = !cells.is_illustrative();
        let company_number = cells.may("company_number", parse::company_number);
        let charity_number = cells.need_if(is_real && company_number.is_none(), "charity_number", parse::charity_number);
        let postcode = cells.need_if(is_real, "postcode", parse::postcode);
        let local = cells.may("local", parse::yes_no);
        let contact_email = cells.may("contact_email", parse::email);
        let supplier_number = cells.may("supplier_number", parse::text);
        let origin = cells.origin();
        Some(Self {
            key: key?,
            name: name?,
            aliases,
            kind,
            pcc_status,
            areas,
            charity_number,
            company_number,
            postcode,
            local,
            contact_email,
            supplier_number,
            origin,
        })
    }

    fn key(&self) -> String {
        self.key.clone()
    }

    fn origin(&self) -> &Origin {
        &self.origin
    }

    fn refers(&self, to: &mut References) {
        to.all::<AreaRow>("areas", &self.areas);
    }
}
