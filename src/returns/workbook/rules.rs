//! What the sheets of a workbook hold: their names, columns and rows, the words in them, and how a place in the content becomes a cell.
//! Pure.

mod carried;
mod filled;
mod finding;
mod places;
mod said;
mod service;

use chrono::NaiveDate;

use crate::awards::indicators::rules::AsksFor;
use crate::kernel::{Id, Pence, Quantity, Quarter};
use crate::returns::rules::{Finding, HeldQuarter, IndicatorValue, NarrativeSection, Reported, ReturnContent, SpendCategory, SpendLine};

pub use carried::{carried, explanation_key, keyed, warning_key};
pub use filled::Filled;
pub use finding::{BookRule, WorkbookFinding};
pub use places::{Places, value_place};
pub use service::{Field, FieldKind, FieldValue, Section, field, is_field, mode_label};

/// Which arrangement of sheets and columns this is. A file of an older one is refused: its cells would be misread.
pub const TEMPLATE_VERSION: i32 = 3;

/// The sheet that explains.
pub const GUIDANCE: &str = "Guidance";
/// The sheet with the texts.
pub const RETURN: &str = "Return";
/// The sheet with the money.
pub const SPEND: &str = "Spend";
/// The sheet with the counts.
pub const INDICATORS: &str = "Indicators";
/// The sheet about the service itself: who is in it, who works there, who waits.
pub const SERVICE: &str = "Service";
/// The sheet with what is still to be spent.
pub const FORECAST: &str = "Forecast";
/// The sheet on which warnings are explained.
pub const WARNINGS: &str = "Warnings";
/// The hidden sheet that says what the file is for.
pub const IDENTITY: &str = "Identity";
/// The sheets that are read.
pub const READ: [&str; 7] = [IDENTITY, RETURN, SPEND, INDICATORS, SERVICE, FORECAST, WARNINGS];
/// Those of them that a file may be without: where nothing is to come, and where there is nothing to explain.
pub const OPTIONAL: [&str; 2] = [FORECAST, WARNINGS];

/// What the hidden sheet says, in its second column: the return, its version when the file was made, the template's version.
pub const IDENTITY_CELLS: [(&str, At); 3] = [("return_id", (0, 1)), ("return_version", (1, 1)), ("template_version", (2, 1))];

/// A row and a column, both from nought.
pub type At = (u32, u16);

/// The row of the first text on its sheet.
pub const TEXTS_FROM: u32 = 9;
/// The column of the texts.
pub const TEXT_COLUMN: u16 = 1;

/// The column that says which section a text is of, for the reader; hidden.
pub const TEXT_KEY: u16 = 2;

/// The cell that says that nothing was spent.
pub const NOTHING_SPENT: At = (3, 1);
/// The column with the names of what stands beside the money; its amounts follow.
pub const MONEY_LABEL: u16 = 3;
/// The row of the first of them.
pub const MONEY_FROM: u32 = 2;
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
    /// What it comes to since April, to be read only. It stands behind what is filled in, so that files made before there was such a column are read alike.
    pub const SINCE_APRIL: u16 = 11;
}

/// The columns of the service: the field for the reader, hidden; what it is called; what is filled in; what belongs there.
pub const SERVICE_KEY: u16 = 0;
/// What a field is called.
pub const SERVICE_LABEL: u16 = 1;
/// What is filled in.
pub const SERVICE_VALUE: u16 = 2;
/// What belongs there.
pub const SERVICE_HINT: u16 = 3;
/// The row of the first section of the service.
pub const SERVICE_FROM: u32 = 3;

/// The cell that says that nothing more will be spent.
pub const NO_MORE: At = (3, 1);
/// The row with the names of the columns of the forecast; its quarters follow.
pub const FORECAST_HEAD: u32 = 5;
/// The column of the amounts of the forecast.
pub const FORECAST_COLUMN: u16 = 1;
/// The column of what was forecast last, to be read only; behind it the period whose return said so.
pub const HELD_COLUMN: u16 = 2;

/// The row with the names of the columns of warnings; the warnings follow.
pub const WARNINGS_HEAD: u32 = 3;

/// The columns of warnings.
pub mod warning_column {
    /// Which warning, for the reader; hidden.
    pub const KEY: u16 = 0;
    /// The sheet that it is about.
    pub const SHEET: u16 = 1;
    /// The cell that it is about.
    pub const CELL: u16 = 2;
    /// What it says.
    pub const MESSAGE: u16 = 3;
    /// Why it is right all the same.
    pub const EXPLANATION: u16 = 4;
}

/// A sheet's name in a workbook of several returns: `Spend 2`.
#[must_use]
pub fn numbered(sheet: &str, number: Option<u32>) -> String {
    number.map_or_else(|| sheet.to_owned(), |number| format!("{sheet} {number}"))
}

/// What a workbook is made of.
#[derive(Debug, Clone)]
pub struct Book {
    /// Its number in a workbook of several returns.
    pub number: Option<u32>,
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
    /// The quarters still to come, for the forecast.
    pub quarters: Vec<Quarter>,
    /// Whether its programme makes onward grants, so that they are asked for.
    pub has_grants: bool,
    /// The forecast that holds of the returns before.
    pub held: Vec<HeldQuarter>,
    /// What stands beside the money; nothing where the book is not to be filled in.
    pub money: BookMoney,
    /// Whether it has a short form, which asks for nothing of the service and for no forecast.
    pub is_short: bool,
    /// The sections of its narrative that it asks for, and those in which something is written besides.
    pub narrative: Vec<NarrativeSection>,
    /// What is written already.
    pub content: ReturnContent,
    /// The warnings about that, to be explained.
    pub warnings: Vec<Finding>,
}

/// What is shown beside the money of a return.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct BookMoney {
    /// What is planned for its days.
    pub planned: Option<Pence>,
    /// What was spent since its financial year began, as far as it is reported, its own days included.
    pub since_april: Option<Pence>,
    /// What the award is worth.
    pub value: Option<Pence>,
}

/// An indicator in an area, or for the award as a whole; of one of its groups, or of all of them.
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
    /// Which days its number is for.
    pub asks_for: AsksFor,
    /// The area's name, with the group's.
    pub area: String,
    /// The group; none: all of them together.
    pub group: Option<String>,
    /// Whether it has a denominator.
    pub is_percentage: bool,
    /// What is aimed at, and in which period.
    pub target: Option<(Quantity, String)>,
    /// What the return before said.
    pub last: Option<IndicatorValue>,
    /// What it comes to since the financial year began, as far as it is reported: a percentage as such.
    pub since_april: Option<Quantity>,
}

impl ValueRow {
    /// How the reader knows it.
    #[must_use]
    pub fn key(&self) -> String {
        let area = self.area_id.map_or_else(|| "-".to_owned(), |area| area.to_string());
        let group = self.group.as_ref().map(|group| format!("/{group}")).unwrap_or_default();
        format!("{}/{area}{group}", self.indicator_id)
    }

    /// Whether a value is the one of this row.
    #[must_use]
    pub fn is_of(&self, value: &IndicatorValue) -> bool {
        (value.indicator_id, value.area_id, &value.group) == (self.indicator_id, self.area_id, &self.group)
    }

    /// What the content says of it.
    #[must_use]
    pub fn written<'a>(&self, content: &'a ReturnContent) -> Option<&'a IndicatorValue> {
        content.values.iter().find(|value| self.is_of(value))
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

/// Which days a number is for, as the sheet says it.
#[must_use]
pub const fn asks_for_label(asks_for: AsksFor) -> &'static str {
    match asks_for {
        AsksFor::Period => "the period",
        AsksFor::YearToDate => "the year to date, from April",
        AsksFor::FromBeginning => "all from the beginning",
        AsksFor::AtTheEnd => "the last day of the period",
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
