//! What was read of a workbook, and what becomes of it.

use super::{Field, Places, WorkbookFinding, carried};
use crate::returns::rules::{ReturnContent, WarningExplanation};

/// What was read of a workbook.
#[derive(Debug, Clone, Default)]
pub struct Filled {
    /// What it says; of a file with errors, what could be read.
    pub content: ReturnContent,
    /// Where its parts stand.
    pub places: Places,
    /// What the reader found.
    pub findings: Vec<WorkbookFinding>,
    /// The keys of the sections of the narrative that the file has.
    pub sections: Vec<String>,
    /// The fields of the service that the file asks for.
    pub fields: Vec<&'static Field>,
    /// Whether its sheets could be read at all.
    pub is_readable: bool,
    /// Whether there is a sheet with a forecast.
    pub has_forecast: bool,
    /// Whether there is a sheet with explanations.
    pub has_explanations: bool,
}

impl Filled {
    /// A file that cannot be read.
    #[must_use]
    pub fn unreadable(findings: Vec<WorkbookFinding>) -> Self {
        Self { findings, ..Self::default() }
    }

    /// The content with what the workbook says in place of what it covers; what it does not cover stays.
    #[must_use]
    pub fn over(&self, current: &ReturnContent) -> ReturnContent {
        let mut next = current.clone();
        next.spend.clone_from(&self.content.spend);
        next.values.clone_from(&self.content.values);
        for key in &self.sections {
            next.set_section(key, self.content.section(key).map(str::to_owned));
        }
        for field in &self.fields {
            (field.set)(&mut next, (field.get)(&self.content));
        }
        if self.has_forecast {
            next.forecast.clone_from(&self.content.forecast);
        }
        // What is explained stands elsewhere in the new content.
        let given = if self.has_explanations { (&self.content, &self.content.explanations) } else { (current, &current.explanations) };
        // What is told for the first time is of what the file says, as it is when both come in one request.
        let is_known = |one: &WarningExplanation| {
            current.explanations.iter().any(|old| (old.rule, &old.about, &old.text) == (one.rule, &one.about, &one.text))
        };
        let moved = |one: &WarningExplanation| {
            let stood = one.stood.clone().filter(|_| is_known(one));
            Some(WarningExplanation { pointer: carried(&one.pointer, given.0, &next)?, stood, ..one.clone() })
        };
        let explanations = given.1.iter().filter_map(moved).collect();
        ReturnContent { explanations, ..next }.said()
    }

    /// What the reader found, and of `further` all that stands elsewhere: what a rule says of a cell that cannot be read only follows
    /// from that. Errors come first.
    #[must_use]
    pub fn with(&self, further: Vec<WorkbookFinding>) -> Vec<WorkbookFinding> {
        let mut all = self.findings.clone();
        all.extend(further.into_iter().filter(|one| self.leaves(one)));
        all.sort_by_key(|one| !one.is_error());
        all
    }

    /// Whether something further is told beside what the reader found: not where its cell cannot be read, nor where nothing can be.
    #[must_use]
    pub fn leaves(&self, one: &WorkbookFinding) -> bool {
        let is_same = |known: &WorkbookFinding| known.is_error() && (&known.sheet, &known.cell) == (&one.sheet, &one.cell);
        self.is_readable && !(one.cell.is_some() && self.findings.iter().any(is_same))
    }
}
