//! Where a fact comes from, for records that were imported from papers.

use std::ops::{Deref, DerefMut};

use diesel::deserialize::FromSqlRow;
use diesel::expression::AsExpression;
use diesel::sql_types::Text;
use serde::{Deserialize, Serialize};

use crate::kernel::Refusal;

/// A list of short texts in one column, kept as the JSON of the list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, AsExpression, FromSqlRow)]
#[diesel(sql_type = Text)]
#[serde(transparent)]
pub struct TextList(pub Vec<String>);

impl Deref for TextList {
    type Target = Vec<String>;
    fn deref(&self) -> &Vec<String> {
        &self.0
    }
}

impl DerefMut for TextList {
    fn deref_mut(&mut self) -> &mut Vec<String> {
        &mut self.0
    }
}

/// What an imported record says of itself. A record made by a person in the service has none of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provenance {
    /// It stands for something that is counted but not named, or holds a place.
    pub illustrative: bool,
    /// Names of its fields that no paper prints, and of rules that it cannot show to be met.
    pub not_evidenced: TextList,
    /// Where it is printed.
    pub evidence: Option<String>,
}

impl Provenance {
    /// From the three columns of a version row, of which `not_evidenced` is a JSON list.
    ///
    /// # Errors
    /// [`Refusal::Store`] where the list cannot be read.
    pub fn read(illustrative: bool, not_evidenced: &str, evidence: Option<String>) -> Result<Self, Refusal> {
        let not_evidenced = TextList(serde_json::from_str(not_evidenced).map_err(Refusal::broken)?);
        Ok(Self { illustrative, not_evidenced, evidence })
    }

    /// The column `not_evidenced`, as text.
    #[must_use]
    pub fn not_evidenced_text(&self) -> String {
        // A list of texts always serialises.
        serde_json::to_string(&self.not_evidenced).unwrap_or_default()
    }

    /// Whether the paper left `field` out, so that it may be missing here too.
    #[must_use]
    pub fn lacks(&self, field: &str) -> bool {
        self.not_evidenced.0.iter().any(|one| one == field)
    }
}
