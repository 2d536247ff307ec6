//! `return_texts.csv`

use serde::Serialize;

use crate::office::import::cells::{Cells, Origin, Record};
use crate::office::import::check::References;
use crate::office::import::parse;
use crate::office::import::rows::ReturnRow;
use crate::returns::rules::is_key;

/// A text of a return beside its narrative.
#[derive(Debug, Clone, Serialize)]
pub struct ReturnTextRow {
    /// The return.
    pub return_key: String,
    /// The key of the section.
    pub section: String,
    /// What the provider says there.
    pub text: String,
    /// What the row says of itself.
    pub origin: Origin,
}

fn section(text: &str) -> Result<String, String> {
    let words =
        "a section is known by its key, such as `risks`, `case_study` or `lessons`: at most 40 lower-case letters, digits and underscores";
    if is_key(text) { Ok(text.to_owned()) } else { Err(words.to_owned()) }
}

impl Record for ReturnTextRow {
    const FILE: &'static str = "return_texts";

    fn read(cells: &mut Cells<'_>) -> Option<Self> {
        let return_key = cells.must("return", parse::key);
        let section = cells.must("section", section);
        let text = cells.must("text", parse::long_text);
        let origin = cells.origin();
        Some(Self { return_key: return_key?, section: section?, text: text?, origin })
    }

    fn key(&self) -> String {
        format!("{}/{}", self.return_key, self.section)
    }

    fn origin(&self) -> &Origin {
        &self.origin
    }

    fn refers(&self, to: &mut References) {
        to.whole::<ReturnRow>("return", &self.return_key);
    }
}
