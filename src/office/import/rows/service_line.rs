//! `service_lines.csv`

use serde::Serialize;

use crate::office::import::cells::{Cells, Origin, Record};
use crate::office::import::check::References;
use crate::office::import::parse;
use crate::office::import::rows::ProviderRow;

/// A service of an organisation.
#[derive(Debug, Clone, Serialize)]
pub struct ServiceLineRow {
    /// Its key.
    pub key: String,
    /// The organisation.
    pub provider: String,
    /// Its name.
    pub name: String,
    /// Its theme.
    pub theme: Option<String>,
    /// What the row says of itself.
    pub origin: Origin,
}

impl Record for ServiceLineRow {
    const FILE: &'static str = "service_lines";

    fn read(cells: &mut Cells<'_>) -> Option<Self> {
        let key = cells.must("key", parse::key);
        let provider = cells.must("provider", parse::key);
        let name = cells.must("name", parse::text);
        let theme = cells.may("theme", parse::text);
        let origin = cells.origin();
        Some(Self { key: key?, provider: provider?, name: name?, theme, origin })
    }

    fn key(&self) -> String {
        self.key.clone()
    }

    fn origin(&self) -> &Origin {
        &self.origin
    }

    fn refers(&self, to: &mut References) {
        to.one::<ProviderRow>("provider", &self.provider);
    }
}
