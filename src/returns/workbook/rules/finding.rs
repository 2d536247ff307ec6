//! What is said of a workbook, with the cell that it is about.

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::{Places, said, value_place};
use crate::kernel::Fault;
use crate::returns::rules::{About, Finding, FindingSeverity};

/// Something wrong or doubtful in a workbook, or in the return that it fills.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct WorkbookFinding {
    /// What it is about, stable: a rule of the return, or of the workbook itself.
    #[schema(max_length = 80)]
    pub rule: String,
    /// Whether it stops the return: from being kept where the file is at fault, from being submitted otherwise.
    pub severity: FindingSeverity,
    /// Where: a JSON pointer into the content; empty for all of it.
    #[schema(max_length = 500)]
    pub pointer: String,
    /// The sheet, where it has one.
    #[schema(max_length = 40)]
    pub sheet: Option<String>,
    /// The cell, where it has one.
    #[schema(max_length = 12, example = "B7")]
    pub cell: Option<String>,
    /// What stands there: a number, a day, a word, or a short text. Null where nothing does, where it is more than one thing, and where it may be
    /// personal data.
    #[schema(value_type = Option<serde_json::Value>)]
    pub value: Option<Value>,
    /// What it is, in plain words.
    #[schema(max_length = 2000)]
    pub message: String,
    /// How to mend it.
    #[schema(max_length = 500)]
    pub mend: String,
    /// How the provider explains it, where it does.
    #[schema(max_length = 2000)]
    pub explanation: Option<String>,
    /// What it is about: an indicator with area and group, or a question. Null where its pointer says it all.
    pub about: Option<About>,
    /// How that stands which a warning is about, in short: what an explanation is of.
    #[schema(max_length = 80)]
    pub stands: Option<String>,
}

words! {
    /// What is wrong with a workbook itself.
    pub enum BookRule {
        /// The file is no workbook.
        NotAWorkbook = "not_a_workbook",
        /// The file is locked with a password, or of an old kind.
        Encrypted = "encrypted",
        /// There are programs in it.
        Macros = "macros",
        /// It draws on other files.
        ExternalLinks = "external_links",
        /// It is damaged, or written in a way that is not taken.
        Damaged = "damaged",
        /// It unpacks to more than is taken.
        TooLarge = "too_large",
        /// A sheet is missing.
        SheetMissing = "sheet_missing",
        /// It was made for another return.
        OtherReturn = "other_return",
        /// It was made by an older template.
        OldTemplate = "old_template",
        /// The return was changed after the file was made.
        ChangedSince = "changed_since",
        /// A formula stands where a value belongs.
        Formula = "formula",
        /// What stands there is of the wrong kind.
        WrongType = "wrong_type",
        /// A number has more decimals than there are.
        TooPrecise = "too_precise",
        /// A number below nought.
        TooSmall = "too_small",
        /// A number beyond what can be kept.
        TooLargeNumber = "out_of_range",
        /// It is not on the list.
        NotListed = "not_listed",
        /// Something is missing beside what is written.
        Required = "required",
        /// A cell is blank of which the return did not say anything before, so the usual word is taken.
        NotSaid = "not_said",
        /// Two cells say different things.
        Contradicts = "contradicts",
        /// A sheet that the return does not ask for is filled in.
        SheetNotAskedFor = "sheet_not_asked_for",
        /// A row is missing.
        RowMissing = "row_missing",
        /// A row that does not belong there.
        UnknownRow = "unknown_row",
    }
}

impl WorkbookFinding {
    /// An error about the file as a whole.
    #[must_use]
    pub fn of_file(rule: BookRule, message: impl Into<String>, mend: &str) -> Self {
        Self {
            rule: rule.word().to_owned(),
            severity: FindingSeverity::Error,
            pointer: String::new(),
            sheet: None,
            cell: None,
            value: None,
            message: message.into(),
            mend: mend.to_owned(),
            explanation: None,
            about: None,
            stands: None,
        }
    }

    /// A finding about the return, at the cell that it points to.
    #[must_use]
    pub fn placed(finding: Finding, places: &Places) -> Self {
        // A value that is missing has a place all the same.
        let missing = finding.about.as_ref().filter(|_| finding.pointer == "/values" && finding.is_error());
        let (sheet, cell) = match missing.and_then(|about| Some((about.indicator_id?, about.area_id))) {
            Some((indicator, area)) => places.of(&value_place(indicator, area)),
            None => places.of(&finding.pointer),
        };
        let (message, mend) = said::in_cells(&finding);
        let Finding { rule, severity, pointer, value, explanation, about, stands, .. } = finding;
        Self { rule: rule.word().to_owned(), severity, pointer, sheet, cell, value, message, mend, explanation, about, stands }
    }

    /// A fault of the content's form, at the cell that it points to.
    #[must_use]
    pub fn of_form(fault: Fault, places: &Places) -> Self {
        let (sheet, cell) = places.of(&fault.pointer);
        let (message, mend) = said::of_form(&fault);
        let Fault { pointer, code, .. } = fault;
        Self { sheet, cell, rule: code, pointer, ..Self::of_file(BookRule::WrongType, message, mend) }
    }

    /// Whether it is an error.
    #[must_use]
    pub fn is_error(&self) -> bool {
        self.severity == FindingSeverity::Error
    }

    /// The fault with which the file is refused.
    #[must_use]
    pub fn into_fault(self) -> Fault {
        let message = format!("{} {}", self.message, self.mend).trim_end().to_owned();
        Fault::new(self.pointer, self.rule, message).in_cell(self.sheet, self.cell).with(self.value)
    }
}
