//! What the sheets of a workbook hold: their names, columns and rows, the words in them, and how a place in the content becomes a cell.
//! Pure.

use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

use crate::kernel::{Fault, Id, Quantity};
use crate::returns::rules::{Finding, FindingSeverity, IndicatorValue, Reported, ReturnContent, SpendCategory, SpendLine};

/// Which arrangement of sheets and columns this is. A file of an older one is refused: its cells would be misread.
pub const TEMPLATE_VERSION: i32 = 1;

/// The sheet that explains.
pub const GUIDANCE: &str = "Guidance";
/// The sheet with the texts.
pub const RETURN: &str = "Return";
/// The sheet with the money.
pub const SPEND: &str = "Spend";
/// The sheet with the counts.
pub const INDICATORS: &str = "Indicators";
/// The hidden sheet that says what the file is for.
pub const IDENTITY: &str = "Identity";
/// The sheets that are read.
pub const READ: [&str; 4] = [IDENTITY, RETURN, SPEND, INDICATORS];

/// What the hidden sheet says, in its second column: the return, its version when the file was made, the template's version.
pub const IDENTITY_CELLS: [(&str, At); 3] = [("return_id", (0, 1)), ("return_version", (1, 1)), ("template_version", (2, 1))];

/// A row and a column, both from nought.
pub type At = (u32, u16);

/// The row of the first text on its sheet.
pub const TEXTS_FROM: u32 = 9;
/// The column of the texts.
pub const TEXT_COLUMN: u16 = 1;

/// A text that the provider writes.
#[derive(Debug, Clone, Copy)]
pub struct TextSection {
    /// Where it stands in the content.
    pub pointer: &'static str,
    /// What it is called on the sheet.
    pub label: &'static str,
    /// What belongs there.
    pub hint: &'static str,
    /// Reads it.
    pub get: fn(&ReturnContent) -> &Option<String>,
    /// Writes it.
    pub set: fn(&mut ReturnContent, Option<String>),
}

/// The texts, in the order of their rows.
pub const TEXTS: &[TextSection] = &[
    TextSection {
        pointer: "/narrative",
        label: "What happened",
        hint: "What you did and what came of it. No names or other personal data.",
        get: |content| &content.narrative,
        set: |content, text| content.narrative = text,
    },
    TextSection {
        pointer: "/risks",
        label: "Risks",
        hint: "What may go wrong, and what you do about it.",
        get: |content| &content.risks,
        set: |content, text| content.risks = text,
    },
];

/// The cell that says that nothing was spent.
pub const NOTHING_SPENT: At = (3, 1);
/// The row with the names of the columns of spend; its rows follow.
pub const SPEND_HEAD: u32 = 5;
/// Rows for a second line of a category.
pub const SPEND_SPARE: usize = 8;

/// The columns of spend.
pub mod spend_column {
    /// What it was spent on.
    pub const CATEGORY: u16 = 0;
    /// How much.
    pub const AMOUNT: u16 = 1;
    /// Whether it went to the people helped directly.
    pub const DIRECT: u16 = 2;
    /// The first day.
    pub const FROM: u16 = 3;
    /// The last day.
    pub const TO: u16 = 4;
    /// What it was, in words.
    pub const NOTE: u16 = 5;
}

/// The row with the names of the columns of indicators; its rows follow.
pub const VALUES_HEAD: u32 = 3;

/// The columns of indicators.
pub mod value_column {
    /// Which indicator and area, for the reader; hidden.
    pub const KEY: u16 = 0;
    /// The indicator's name.
    pub const NAME: u16 = 1;
    /// What it is counted in and on.
    pub const UNIT: u16 = 2;
    /// The area.
    pub const AREA: u16 = 3;
    /// What is aimed at.
    pub const TARGET: u16 = 4;
    /// In which period.
    pub const TARGET_PERIOD: u16 = 5;
    /// What the return before said.
    pub const LAST: u16 = 6;
    /// Whether there is a value.
    pub const STATUS: u16 = 7;
    /// The value.
    pub const VALUE: u16 = 8;
    /// What a percentage is of.
    pub const DENOMINATOR: u16 = 9;
    /// What it was counted on, where that is not as usual.
    pub const BASIS: u16 = 10;
}

/// What a workbook is made of.
#[derive(Debug, Clone)]
pub struct Book {
    /// The return.
    pub return_id: Id,
    /// Its version.
    pub return_version: i32,
    /// When that version became known, in seconds since 1970.
    pub made_at: i64,
    /// The award's reference.
    pub award: String,
    /// The award's title.
    pub title: String,
    /// Who writes it.
    pub provider: String,
    /// The period.
    pub period: String,
    /// Its first and last day.
    pub days: (NaiveDate, NaiveDate),
    /// The day by which it should be in.
    pub due_on: NaiveDate,
    /// The period of the return before, where there is one.
    pub last_period: Option<String>,
    /// A row for each indicator and area.
    pub rows: Vec<ValueRow>,
    /// What is written already.
    pub content: ReturnContent,
}

/// An indicator in an area, or for the award as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValueRow {
    /// The indicator.
    pub indicator_id: Id,
    /// The area; none: all together.
    pub area_id: Option<Id>,
    /// The indicator's name.
    pub name: String,
    /// What it is counted in and on.
    pub unit: String,
    /// The area's name.
    pub area: String,
    /// Whether it has a denominator.
    pub is_percentage: bool,
    /// What is aimed at, and in which period.
    pub target: Option<(Quantity, String)>,
    /// What the return before said.
    pub last: Option<IndicatorValue>,
}

impl ValueRow {
    /// How the reader knows it.
    #[must_use]
    pub fn key(&self) -> String {
        let area = self.area_id.map_or_else(|| "-".to_owned(), |area| area.to_string());
        format!("{}/{area}", self.indicator_id)
    }

    /// What the content says of it.
    #[must_use]
    pub fn written<'a>(&self, content: &'a ReturnContent) -> Option<&'a IndicatorValue> {
        content
            .values
            .iter()
            .find(|value| value.indicator_id == self.indicator_id && value.area_id == self.area_id && value.group.is_none())
    }
}

/// A row of spend: its category, none where the provider chooses one, and what is written in it.
pub type SpendRow<'a> = (Option<SpendCategory>, Option<&'a SpendLine>);

/// The rows of spend: each line that is written, one for each other category, and some to spare.
#[must_use]
pub fn spend_rows(content: &ReturnContent) -> Vec<SpendRow<'_>> {
    let mut rows: Vec<SpendRow<'_>> = Vec::new();
    for category in SpendCategory::ALL {
        let lines = content.spend.iter().flatten().filter(|line| line.category == *category);
        let before = rows.len();
        rows.extend(lines.map(|line| (Some(*category), Some(line))));
        if rows.len() == before {
            rows.push((Some(*category), None));
        }
    }
    rows.extend(std::iter::repeat_n((None, None), SPEND_SPARE));
    rows
}

/// What a category is called on the sheet.
#[must_use]
pub const fn category_label(category: SpendCategory) -> &'static str {
    match category {
        SpendCategory::IncomeDisruption => "Income that fell away",
        SpendCategory::EssentialCostsAssets => "Things the service needs",
        SpendCategory::EssentialCostsStaffCover => "Cover for staff who were away",
        SpendCategory::IncreasedDemand => "More people asking for help",
        SpendCategory::Ppe => "Protective equipment",
        SpendCategory::ItInfrastructure => "Computers and telephones",
        SpendCategory::Screens => "Screens",
        SpendCategory::Staff => "Staff",
        SpendCategory::Premises => "Premises and running costs",
        SpendCategory::Activities => "Activities",
        SpendCategory::Overheads => "Share of central costs",
        SpendCategory::Other => "Other (say what in the note)",
    }
}

/// What a status is called on the sheet.
#[must_use]
pub const fn status_label(status: Reported) -> &'static str {
    match status {
        Reported::Reported => "reported",
        Reported::NotReported => "not reported",
        Reported::NotApplicable => "not applicable",
    }
}

/// What yes and no are called on the sheet.
#[must_use]
pub const fn yes_no(yes: bool) -> &'static str {
    if yes { "yes" } else { "no" }
}

/// A cell as people name it: `B7`.
#[must_use]
pub fn cell_name((row, column): At) -> String {
    let mut letters = String::new();
    let mut rest = u32::from(column) + 1;
    while rest > 0 {
        let letter = u8::try_from((rest - 1) % 26).unwrap_or_default();
        letters.insert(0, char::from(b'A' + letter));
        rest = (rest - 1) / 26;
    }
    format!("{letters}{}", u64::from(row) + 1)
}

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
    /// What it is, in plain words.
    #[schema(max_length = 2000)]
    pub message: String,
    /// How to mend it.
    #[schema(max_length = 500)]
    pub mend: String,
    /// How the provider explains it, where it does.
    #[schema(max_length = 2000)]
    pub explanation: Option<String>,
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
        /// Two cells say different things.
        Contradicts = "contradicts",
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
            message: message.into(),
            mend: mend.to_owned(),
            explanation: None,
        }
    }

    /// A finding about the return, at the cell that it points to.
    #[must_use]
    pub fn placed(finding: Finding, places: &Places) -> Self {
        let (sheet, cell) = places.of(&finding.pointer);
        let Finding { rule, severity, pointer, message, mend, explanation, .. } = finding;
        Self { rule: rule.word().to_owned(), severity, pointer, sheet, cell, message, mend, explanation }
    }

    /// A fault of the content's form, at the cell that it points to.
    #[must_use]
    pub fn of_form(fault: Fault, places: &Places) -> Self {
        let (sheet, cell) = places.of(&fault.pointer);
        let Fault { pointer, code, message, .. } = fault;
        Self { rule: code, severity: FindingSeverity::Error, pointer, sheet, cell, message, mend: String::new(), explanation: None }
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
        Fault::new(self.pointer, self.rule, message).in_cell(self.sheet, self.cell)
    }
}

/// Where in the workbook the parts of the content stand.
#[derive(Debug, Clone, Default)]
pub struct Places(Vec<(String, &'static str, Option<At>)>);

impl Places {
    /// Notes where a part of the content stands.
    pub fn note(&mut self, pointer: impl Into<String>, sheet: &'static str, at: Option<At>) {
        self.0.push((pointer.into(), sheet, at));
    }

    /// The sheet and cell of a part of the content, or of what it is a part of.
    #[must_use]
    pub fn of(&self, pointer: &str) -> (Option<String>, Option<String>) {
        let mut wanted = pointer;
        loop {
            if let Some((_, sheet, at)) = self.0.iter().find(|(known, _, _)| known == wanted) {
                return (Some((*sheet).to_owned()), at.map(cell_name));
            }
            match wanted.rsplit_once('/') {
                Some((parent, _)) if !parent.is_empty() => wanted = parent,
                _ => return (None, None),
            }
        }
    }
}

/// What was read of a workbook.
#[derive(Debug, Clone, Default)]
pub struct Filled {
    /// What it says; of a file with errors, what could be read.
    pub content: ReturnContent,
    /// Where its parts stand.
    pub places: Places,
    /// What the reader found.
    pub findings: Vec<WorkbookFinding>,
    /// Whether its sheets could be read at all.
    pub is_readable: bool,
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
        // The sheets have no rows for groups.
        next.values.retain(|value| value.group.is_some());
        next.values.splice(0..0, self.content.values.iter().cloned());
        for text in TEXTS {
            (text.set)(&mut next, (text.get)(&self.content).clone());
        }
        next
    }

    /// What the reader found, and of `further` all that stands elsewhere: what a rule says of a cell that cannot be read only follows
    /// from that. Errors come first.
    #[must_use]
    pub fn with(&self, further: Vec<WorkbookFinding>) -> Vec<WorkbookFinding> {
        let mut all = self.findings.clone();
        for one in further {
            let is_known = one.cell.is_some()
                && self.findings.iter().any(|known| known.is_error() && (&known.sheet, &known.cell) == (&one.sheet, &one.cell));
            if !is_known && self.is_readable {
                all.push(one);
            }
        }
        all.sort_by_key(|one| !one.is_error());
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_named_as_people_name_them() {
        for (at, name) in [((0, 0), "A1"), ((6, 1), "B7"), ((9, 25), "Z10"), ((0, 26), "AA1"), ((1_048_575, 16_383), "XFD1048576")] {
            assert_eq!(cell_name(at), name);
        }
    }

    #[test]
    fn a_pointer_finds_its_cell_or_that_of_what_holds_it() {
        let mut places = Places::default();
        places.note("/spend", SPEND, None);
        places.note("/spend/0", SPEND, Some((6, 0)));
        places.note("/spend/0/note", SPEND, Some((6, 5)));
        let of = |pointer: &str| places.of(pointer).1.unwrap_or_default();
        assert_eq!((of("/spend/0/note"), of("/spend/0/spent_to"), of("/spend/7/note")), ("F7".to_owned(), "A7".to_owned(), String::new()));
        assert_eq!((places.of("/spend").0.as_deref(), places.of("/more").0), (Some(SPEND), None));
    }

    #[test]
    fn each_line_has_a_row_and_each_category_has_one() {
        let line = |category| SpendLine {
            category,
            amount_pence: crate::kernel::Pence(1),
            direct_activity: false,
            spent_from: None,
            spent_to: None,
            note: None,
        };
        let content =
            ReturnContent { spend: Some(vec![line(SpendCategory::Staff), line(SpendCategory::Staff)]), ..ReturnContent::default() };
        let rows = spend_rows(&content);
        assert_eq!(rows.len(), SpendCategory::ALL.len() + 1 + SPEND_SPARE);
        assert_eq!(rows.iter().filter(|(category, line)| *category == Some(SpendCategory::Staff) && line.is_some()).count(), 2);
    }

    #[test]
    fn labels_are_told_apart() {
        let labels: std::collections::HashSet<&str> = SpendCategory::ALL.iter().map(|one| category_label(*one)).collect();
        assert_eq!(labels.len(), SpendCategory::ALL.len());
    }
}
