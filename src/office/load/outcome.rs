//! What an import did, or would have done.

use std::collections::BTreeMap;

use crate::office::import::CellFault;

/// What an import did, or would have done.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcome {
    /// How many records each file added.
    pub added: BTreeMap<&'static str, usize>,
    /// How many later versions each file gave to records.
    pub restated: BTreeMap<&'static str, usize>,
    /// How many rows were there already, just like this.
    pub unchanged: usize,
    /// Records that something is missing from, as their row says itself.
    pub not_evidenced: usize,
    /// Records that stand for something which no paper names.
    pub illustrative: usize,
    /// What is wrong; then nothing was written.
    pub faults: Vec<CellFault>,
}

impl Outcome {
    /// Nothing done, for these reasons.
    #[must_use]
    pub fn refused(mut faults: Vec<CellFault>) -> Self {
        faults.sort();
        Self { faults, ..Self::default() }
    }

    /// The outcome in lines for people.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        let files: Vec<&str> =
            self.added.keys().chain(self.restated.keys()).copied().collect::<std::collections::BTreeSet<_>>().into_iter().collect();
        let width = files.iter().map(|file| file.len()).max().unwrap_or(0);
        for file in files {
            let (added, restated) = (self.added.get(file).copied().unwrap_or(0), self.restated.get(file).copied().unwrap_or(0));
            let later = if restated == 0 { String::new() } else { format!(", {}", counted(restated, "later version")) };
            lines.push(format!("{file:width$}  {added:>5} added{later}"));
        }
        let (added, restated): (usize, usize) = (self.added.values().sum(), self.restated.values().sum());
        lines.push(format!(
            "{} added, {}, {} unchanged.",
            counted(added, "record"),
            counted(restated, "later version"),
            counted(self.unchanged, "row")
        ));
        lines.push(format!("{} with missing evidence; {} illustrative.", counted(self.not_evidenced, "record"), self.illustrative));
        lines
    }
}

fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}
