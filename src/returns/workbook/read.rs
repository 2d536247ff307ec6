//! Reading a workbook back: what its cells say becomes the content of the return, and every cell that cannot be read becomes a finding.

mod further;

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;
use serde_json::Value;

use super::cells::{self, Grid, Held, Sheets};
use super::rules::{
    At, Book, BookRule, FORECAST, Filled, IDENTITY, IDENTITY_CELLS, INDICATORS, NOTHING_SPENT, OPTIONAL, Places, READ, RETURN, SERVICE,
    SPEND, SPEND_HEAD, TEMPLATE_VERSION, TEXT_COLUMN, TEXT_KEY, TEXTS_FROM, VALUES_HEAD, ValueRow, WARNINGS, WorkbookFinding,
    category_label, cell_name, numbered, spend_column, status_label, value_column, value_place, yes_no,
};
use super::unpack;
use crate::kernel::digits::ungrouped;
use crate::kernel::{Pence, Quantity};
use crate::returns::rules::{FindingSeverity, IndicatorValue, Reported, ReturnContent, SpendCategory, SpendLine, may_be_personal};

const GET_A_NEW_ONE: &str = "Download the workbook of this return again and copy your figures into it.";

/// Reads a file that should be the workbook of a return, or of several, each with its number. What is wrong with the file is said once, of the first.
pub(super) fn several(bytes: &[u8], books: &[Book]) -> Vec<Filled> {
    let numbers: Vec<Option<u32>> = books.iter().map(|book| book.number).collect();
    match unpack::check(bytes, &unpack::OF_A_RETURN).and_then(|()| cells::sheets(bytes, &numbers)) {
        Err(finding) => {
            let mut said = Some(*finding);
            books.iter().map(|_| Filled::unreadable(said.take().into_iter().collect())).collect()
        }
        Ok(sheets) => sheets.iter().zip(books).map(|(sheets, book)| read(sheets, book)).collect(),
    }
}

fn read(sheets: &Sheets, book: &Book) -> Filled {
    let missing = missing(sheets, book);
    if !missing.is_empty() {
        return Filled::unreadable(missing);
    }
    let empty = Grid::default();
    let grid = |sheet: &str| sheets.grids.get(sheet).unwrap_or(&empty);
    let findings = identity(grid(IDENTITY), book);
    if findings.iter().any(WorkbookFinding::is_error) {
        return Filled::unreadable(findings);
    }
    let places = Places::numbered(book.number);
    let filled = Filled { findings, places, is_readable: true, ..Filled::default() };
    let mut reading = Reading { filled, sheet: RETURN, grid: grid(RETURN) };
    reading.texts(book);
    (reading.sheet, reading.grid) = (SPEND, grid(SPEND));
    reading.spend(&book.content);
    (reading.sheet, reading.grid) = (INDICATORS, grid(INDICATORS));
    reading.values(&book.rows);
    (reading.sheet, reading.grid) = (SERVICE, grid(SERVICE));
    reading.service(book);
    if let Some(grid) = sheets.grids.get(FORECAST) {
        (reading.sheet, reading.grid) = (FORECAST, grid);
        reading.forecast(book);
    }
    // Last: which warning a row means is known by what the other sheets say.
    if let Some(grid) = sheets.grids.get(WARNINGS) {
        (reading.sheet, reading.grid) = (WARNINGS, grid);
        reading.explanations();
    }
    for finding in &mut reading.filled.findings {
        if let Some(sheet) = finding.sheet.as_mut().filter(|sheet| READ.contains(&sheet.as_str())) {
            *sheet = numbered(sheet, book.number);
        }
    }
    reading.filled
}

fn missing(sheets: &Sheets, book: &Book) -> Vec<WorkbookFinding> {
    let is_own = |name: &&str| READ.iter().any(|sheet| numbered(sheet, sheets.number) == **name);
    let strangers: Vec<&str> = sheets.names.iter().map(String::as_str).filter(|name| !is_own(name)).take(10).collect();
    let is_needed = |sheet: &&str| !OPTIONAL.contains(sheet) && (*sheet != SERVICE || book.has_service());
    let gone = READ.into_iter().filter(is_needed).filter(|sheet| !sheets.grids.contains_key(sheet));
    let told = gone.map(|sheet| {
        let sheet = numbered(sheet, sheets.number);
        let message = format!("There is no sheet `{sheet}`. Besides what belongs here, the file has: {}.", strangers.join(", "));
        let mend = "Give the sheet its name back, or download the workbook of this return again.";
        WorkbookFinding { sheet: Some(sheet), ..WorkbookFinding::of_file(BookRule::SheetMissing, message, mend) }
    });
    told.collect()
}

/// Whether the file was made for this return, by this template, and for what the return still says.
fn identity(grid: &Grid, book: &Book) -> Vec<WorkbookFinding> {
    let wanted = [book.return_id.to_string(), book.return_version.to_string(), TEMPLATE_VERSION.to_string()];
    let said = |at: At| match grid.at(at) {
        Some(Held::Text(text)) => text.clone(),
        Some(Held::Number(number)) => number.to_string(),
        _ => String::new(),
    };
    let mut found = Vec::new();
    for ((name, at), wanted) in IDENTITY_CELLS.into_iter().zip(wanted) {
        if said(at) == wanted {
            continue;
        }
        let (rule, message) = match name {
            "return_id" => {
                (BookRule::OtherReturn, format!("This file was made for another award or period, not for {}, {}.", book.award, book.period))
            }
            "template_version" => (BookRule::OldTemplate, "This file was made by another version of the template.".to_owned()),
            _ => (
                BookRule::ChangedSince,
                "The return was changed after this file was made; what the file says takes the place of that.".to_owned(),
            ),
        };
        let (sheet, cell) = (Some(numbered(IDENTITY, book.number)), Some(cell_name(at)));
        let finding = WorkbookFinding { sheet, cell, ..WorkbookFinding::of_file(rule, message, GET_A_NEW_ONE) };
        // What else is said of a file of another return follows from that.
        if rule == BookRule::OtherReturn {
            return vec![finding];
        }
        let is_doubt = rule == BookRule::ChangedSince;
        found.push(if is_doubt { WorkbookFinding { severity: FindingSeverity::Warning, ..finding } } else { finding });
    }
    found
}

/// Why a cell cannot be read.
struct Wrong(BookRule, String, &'static str);

type Cell<T> = Result<Option<T>, Wrong>;

struct Reading<'a> {
    filled: Filled,
    sheet: &'static str,
    grid: &'a Grid,
}

impl Reading<'_> {
    fn fault(&mut self, pointer: &str, at: At, Wrong(rule, message, mend): Wrong) {
        let (sheet, cell) = (Some(self.sheet.to_owned()), Some(cell_name(at)));
        let value = self.grid.at(at).and_then(told);
        let finding = WorkbookFinding { pointer: pointer.to_owned(), sheet, cell, value, ..WorkbookFinding::of_file(rule, message, mend) };
        self.filled.findings.push(finding);
    }

    /// What a cell says for a part of the content. One that cannot be read says nothing, and that is told.
    fn take<T>(&mut self, pointer: &str, at: At, read: impl Fn(&Held) -> Result<T, Wrong>) -> Option<T> {
        self.filled.places.note(pointer, self.sheet, Some(at));
        let outcome: Cell<T> = match self.grid.at(at) {
            None => Ok(None),
            Some(Held::Formula) => Err(formula()),
            Some(Held::Broken) => Err(Wrong(BookRule::WrongType, "There is an error in this cell.".to_owned(), "Type the value itself.")),
            Some(held) => read(held).map(Some),
        };
        outcome.unwrap_or_else(|wrong| {
            self.fault(pointer, at, wrong);
            None
        })
    }

    fn is_blank(&self, row: u32, columns: std::ops::RangeInclusive<u16>) -> bool {
        columns.into_iter().all(|column| self.grid.at((row, column)).is_none())
    }

    /// The texts, each known by the key of its section.
    fn texts(&mut self, book: &Book) {
        let grid = self.grid;
        for row in grid.rows(TEXTS_FROM) {
            let at = (row, TEXT_COLUMN);
            let section = match grid.at((row, TEXT_KEY)) {
                Some(Held::Text(key)) => book.narrative.iter().find(|section| section.key == *key),
                _ => None,
            };
            match section {
                Some(section) if !self.filled.sections.contains(&section.key) => {
                    let text = self.take(&section.pointer(), at, text);
                    self.filled.content.set_section(&section.key, text);
                    self.filled.sections.push(section.key.clone());
                }
                _ if grid.at(at).is_none() => {}
                _ => {
                    let message = "This text belongs to none of the sections that this return asks for.".to_owned();
                    self.fault("", at, Wrong(BookRule::UnknownRow, message, GET_A_NEW_ONE));
                }
            }
        }
        for gone in book.narrative.iter().filter(|section| !self.filled.sections.contains(&section.key)).collect::<Vec<_>>() {
            let message = format!("The row of `{}` is missing.", gone.heading);
            let finding = WorkbookFinding::of_file(BookRule::RowMissing, message, GET_A_NEW_ONE);
            self.filled.findings.push(WorkbookFinding { sheet: Some(self.sheet.to_owned()), pointer: gone.pointer(), ..finding });
        }
    }

    fn spend(&mut self, before: &ReturnContent) {
        let is_nothing = self.take("/spend", NOTHING_SPENT, yes) == Some(true);
        let mut lines: Vec<SpendLine> = Vec::new();
        let mut unsaid: Vec<u32> = Vec::new();
        for row in self.grid.rows(SPEND_HEAD + 1) {
            if !self.is_blank(row, spend_column::AMOUNT..=spend_column::NOTE) {
                let mut line = self.spend_line(row, &format!("/spend/{}", lines.len()));
                if self.grid.at((row, spend_column::DIRECT)).is_none() {
                    let held = held_line(before, lines.len(), line.category);
                    line.direct_activity = held.is_some_and(|held| held.direct_activity);
                    unsaid.extend(held.is_none().then_some(row));
                }
                lines.push(line);
            }
        }
        self.say_unsaid(&unsaid, &lines);
        if is_nothing && !lines.is_empty() {
            let message = "It says that nothing was spent, and below stand amounts.".to_owned();
            self.fault("/spend", NOTHING_SPENT, Wrong(BookRule::Contradicts, message, "Clear this cell, or the amounts."));
        }
        self.filled.content.spend = (is_nothing || !lines.is_empty()).then_some(lines);
    }

    /// Says once of which amounts it is not said whether they were direct activity, and nothing was said before.
    fn say_unsaid(&mut self, rows: &[u32], lines: &[SpendLine]) {
        let Some(first) = rows.first().filter(|_| !lines.is_empty()) else { return };
        let cell = cell_name((*first, spend_column::DIRECT));
        let message = match rows.len() {
            1 => "It is not said whether this amount was spent on direct activity with the people helped, so `no` is taken.".to_owned(),
            several => format!(
                "Of {several} amounts it is not said whether they were spent on direct activity with the people helped, so `no` is taken. This is the first."
            ),
        };
        let finding = WorkbookFinding::of_file(BookRule::NotSaid, message, "Choose `yes` or `no` from the list of the cell.");
        let (sheet, pointer) = (Some(self.sheet.to_owned()), "/spend".to_owned());
        self.filled.findings.push(WorkbookFinding { severity: FindingSeverity::Warning, sheet, cell: Some(cell), pointer, ..finding });
    }

    fn spend_line(&mut self, row: u32, pointer: &str) -> SpendLine {
        let at = |column| (row, column);
        self.filled.places.note_line(pointer, row);
        let findings = self.filled.findings.len();
        let category = self.take(&format!("{pointer}/category"), at(spend_column::CATEGORY), category);
        if category.is_none() && findings == self.filled.findings.len() {
            let message = "It is not said what this was spent on.".to_owned();
            let wrong = Wrong(BookRule::Required, message, "Choose a category from the list.");
            self.fault(&format!("{pointer}/category"), at(spend_column::CATEGORY), wrong);
        }
        let findings = self.filled.findings.len();
        let amount = self.take(&format!("{pointer}/amount_pence"), at(spend_column::AMOUNT), pence);
        if amount.is_none() && findings == self.filled.findings.len() {
            let wrong = Wrong(BookRule::Required, "The amount is missing.".to_owned(), "Give it, or clear the rest of the row.");
            self.fault(&format!("{pointer}/amount_pence"), at(spend_column::AMOUNT), wrong);
        }
        SpendLine {
            // What stands in for a cell with an error is never kept: the file is refused.
            category: category.unwrap_or(SpendCategory::Overheads),
            amount_pence: amount.unwrap_or_default(),
            direct_activity: self.take(&format!("{pointer}/direct_activity"), at(spend_column::DIRECT), yes).unwrap_or_default(),
            spent_from: self.take(&format!("{pointer}/spent_from"), at(spend_column::FROM), day),
            spent_to: self.take(&format!("{pointer}/spent_to"), at(spend_column::TO), day),
            note: self.take(&format!("{pointer}/note"), at(spend_column::NOTE), text),
        }
    }

    fn values(&mut self, asked: &[ValueRow]) {
        self.filled.places.note("/values", self.sheet, Some((VALUES_HEAD, value_column::VALUE)));
        let by_key: HashMap<String, &ValueRow> = asked.iter().map(|one| (one.key(), one)).collect();
        let mut seen: HashSet<&str> = HashSet::new();
        let grid = self.grid;
        for row in grid.rows(VALUES_HEAD + 1) {
            let key = match grid.at((row, value_column::KEY)) {
                Some(Held::Text(key)) => key.as_str(),
                _ => "",
            };
            let known = by_key.get(key);
            let is_blank = self.is_blank(row, value_column::STATUS..=value_column::BASIS);
            match known {
                Some(known) => {
                    seen.insert(key);
                    let at = (row, value_column::VALUE);
                    self.filled.places.note(value_place(known.indicator_id, known.area_id), self.sheet, Some(at));
                    if !is_blank {
                        self.value(row, known);
                    }
                }
                None if is_blank => {}
                None => {
                    let message = "This row belongs to none of the indicators that this return asks for.".to_owned();
                    self.fault("/values", (row, value_column::STATUS), Wrong(BookRule::UnknownRow, message, GET_A_NEW_ONE));
                }
            }
        }
        for gone in asked.iter().filter(|one| !seen.contains(one.key().as_str())) {
            let message = format!("The row of `{}`, {}, is missing.", gone.name, gone.area);
            let sheet = Some(self.sheet.to_owned());
            let finding = WorkbookFinding {
                sheet,
                pointer: "/values".to_owned(),
                ..WorkbookFinding::of_file(BookRule::RowMissing, message, GET_A_NEW_ONE)
            };
            self.filled.findings.push(finding);
        }
    }

    fn value(&mut self, row: u32, known: &ValueRow) {
        let pointer = format!("/values/{}", self.filled.content.values.len());
        self.filled.places.note_value(&pointer, row);
        let status = self.take(&format!("{pointer}/status"), (row, value_column::STATUS), status);
        let value = IndicatorValue {
            indicator_id: known.indicator_id,
            area_id: known.area_id,
            group: known.group.clone(),
            // Whoever gives a number reports it.
            status: status.unwrap_or(Reported::Reported),
            value: self.take(&format!("{pointer}/value"), (row, value_column::VALUE), quantity),
            denominator: self.take(&format!("{pointer}/denominator"), (row, value_column::DENOMINATOR), quantity),
            basis: self.take(&format!("{pointer}/basis"), (row, value_column::BASIS), text),
        };
        self.filled.content.values.push(value);
    }
}

/// What the return said before of an amount on the same thing: in the same place, or else the first one.
fn held_line(before: &ReturnContent, place: usize, category: SpendCategory) -> Option<&SpendLine> {
    let all = before.spend.as_deref().unwrap_or_default();
    all.get(place).into_iter().chain(all).find(|line| line.category == category)
}

fn formula() -> Wrong {
    let message = "A formula stands where a value belongs; what it comes to depends on the program that opens it.".to_owned();
    Wrong(BookRule::Formula, message, "Type the value itself, or paste it as a value.")
}

/// The longest text that a finding repeats.
const REPEATED_LETTERS_MAX: usize = 200;

/// What stands in a cell, as a finding repeats it: nothing that may be personal data.
fn told(held: &Held) -> Option<Value> {
    let is_fit = |text: &str| text.chars().count() <= REPEATED_LETTERS_MAX && !may_be_personal(text);
    match held {
        Held::Text(text) => is_fit(text).then(|| Value::from(text.as_str())),
        Held::Number(number) => is_fit(&number.to_string()).then(|| number.to_string().parse().ok().map(Value::Number))?,
        Held::Flag(flag) => Some(Value::from(*flag)),
        Held::Day(day) => Some(Value::from(day.to_string())),
        Held::Broken | Held::Formula => None,
    }
}

/// What stands in a cell, for people.
fn shown(held: &Held) -> String {
    match held {
        Held::Text(text) if may_be_personal(text) => "This".to_owned(),
        Held::Text(text) => format!("`{}`", text.chars().take(40).collect::<String>()),
        Held::Number(number) => format!("`{number}`"),
        Held::Flag(flag) => format!("`{flag}`"),
        Held::Day(day) => format!("the day {day}"),
        Held::Broken | Held::Formula => "This".to_owned(),
    }
}

fn not_a(what: &str, held: &Held, mend: &'static str) -> Wrong {
    Wrong(BookRule::WrongType, format!("{} is not {what}.", shown(held)), mend)
}

fn text(held: &Held) -> Result<String, Wrong> {
    match held {
        Held::Text(text) => Ok(text.clone()),
        Held::Number(number) => Ok(number.to_string()),
        Held::Day(day) => Ok(day.to_string()),
        other => Err(not_a("a text", other, "Type it as text.")),
    }
}

/// The number in a cell, also where the cell was given the format of text.
fn number(held: &Held) -> Option<f64> {
    match held {
        Held::Number(number) => Some(*number),
        Held::Text(text) => {
            let digits = ungrouped(text.strip_prefix('£').unwrap_or(text).trim())?;
            let is_plain = digits.chars().all(|c| c.is_ascii_digit() || c == '.');
            digits.parse().ok().filter(|_| is_plain)
        }
        _ => None,
    }
}

/// A number with so many decimals, as a text.
fn decimal(held: &Held, decimals: usize) -> Result<String, Wrong> {
    let Some(number) = number(held) else {
        let mend = if matches!(held, Held::Text(text) if text.contains('%')) {
            "Type how many, and beside it out of how many, and no percentage: 39 and 40."
        } else {
            "Type the number alone, such as 1250.50, without words. Leave the cell blank where there is none."
        };
        return Err(not_a("a number", held, mend));
    };
    let text = format!("{number:.decimals$}");
    if !number.is_finite() || number.abs() > 1e10 {
        return Err(Wrong(BookRule::TooLargeNumber, format!("{} is more than can be kept.", shown(held)), "Check the number."));
    }
    // A cell holds the nearest binary number, which is never further off than this.
    let is_exact = text.parse::<f64>().is_ok_and(|rounded| (rounded - number).abs() < 1e-5);
    if !is_exact {
        let message = format!("{} has more than {decimals} decimals.", shown(held));
        return Err(Wrong(
            BookRule::TooPrecise,
            message,
            "Round it and type what comes out; a cell may show fewer decimals than it holds.",
        ));
    }
    Ok(text)
}

fn pence(held: &Held) -> Result<Pence, Wrong> {
    let text = decimal(held, 2)?;
    let pence: i64 = text.replace('.', "").parse().map_err(|_| not_a("an amount", held, "Type the amount in pounds."))?;
    if pence < 0 {
        return Err(Wrong(
            BookRule::TooSmall,
            format!("{} is below nought.", shown(held)),
            "Give what was spent, and explain what came back in the note.",
        ));
    }
    Ok(Pence(pence))
}

fn quantity(held: &Held) -> Result<Quantity, Wrong> {
    let text = decimal(held, 3)?;
    text.parse().map_err(|_| Wrong(BookRule::TooLargeNumber, format!("{} is more than can be kept.", shown(held)), "Check the number."))
}

fn day(held: &Held) -> Result<NaiveDate, Wrong> {
    let day = match held {
        Held::Day(day) => Some(*day),
        Held::Number(number) => cells::day_of(*number),
        Held::Text(text) => text.parse().ok().or_else(|| NaiveDate::parse_from_str(text, "%d/%m/%Y").ok()),
        _ => None,
    };
    day.ok_or_else(|| not_a("a day", held, "Type the day as 31/05/2020."))
}

fn one_of<T: Copy>(held: &Held, all: impl IntoIterator<Item = (T, &'static str, &'static str)>) -> Result<T, Wrong> {
    let Held::Text(text) = held else { return Err(not_listed(held)) };
    let said = text.to_lowercase();
    let found = all.into_iter().find(|(_, label, word)| label.to_lowercase() == said || *word == said);
    found.map(|(value, _, _)| value).ok_or_else(|| not_listed(held))
}

fn not_listed(held: &Held) -> Wrong {
    Wrong(BookRule::NotListed, format!("{} is not on this cell's list.", shown(held)), "Choose from the list, or clear the cell.")
}

fn yes(held: &Held) -> Result<bool, Wrong> {
    match held {
        Held::Flag(flag) => Ok(*flag),
        other => one_of(other, [(true, yes_no(true), "y"), (false, yes_no(false), "n")]),
    }
}

fn category(held: &Held) -> Result<SpendCategory, Wrong> {
    one_of(held, SpendCategory::ALL.iter().map(|one| (*one, category_label(*one), one.word())))
}

fn status(held: &Held) -> Result<Reported, Wrong> {
    one_of(held, Reported::ALL.iter().map(|one| (*one, status_label(*one), one.word())))
}
