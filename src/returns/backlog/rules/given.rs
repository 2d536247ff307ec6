//! The rows of a file, gathered by the return that they are about.

use std::collections::HashMap;

use chrono::NaiveDate;

use super::cells::{self, Parsed, Told};
use super::{BacklogFinding, BacklogKind, COLUMNS, Sheets, header_name};
use crate::kernel::table::{Line, Table};
use crate::kernel::{Pence, Quantity, Quarter};
use crate::returns::rules::{FindingSeverity, ReturnState, SpendCategory, faults_of_text};
use crate::returns::workbook::rules::{FieldKind, FieldValue, cell_name, field};

/// Where a row stands: which table, and which of its lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Place {
    /// The table.
    pub table: usize,
    /// The line.
    pub line: usize,
}

/// What a row gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// Money spent. Without a category nothing was spent, or nothing is reported.
    Spend {
        /// On what.
        category: Option<SpendCategory>,
        /// How much.
        amount: Told<Pence>,
        /// Whether it went to the people helped directly.
        direct: bool,
        /// The days of the spending, where they are not those of the return.
        days: (Option<NaiveDate>, Option<NaiveDate>),
        /// What it was, in words.
        note: Option<String>,
    },
    /// A value of an indicator.
    Value {
        /// Its name, or its id.
        indicator: String,
        /// The code or the name of the area; the award as a whole where there is none.
        area: Option<String>,
        /// The group; all of them together where there is none.
        group: Option<String>,
        /// The value.
        value: Told<Quantity>,
        /// What a percentage is of.
        denominator: Option<Quantity>,
        /// Whether no paper says what the percentage is of.
        lacks_denominator: bool,
        /// What the number is counted on, where it is not the indicator's basis.
        basis: Option<String>,
    },
    /// What is expected to be spent. Without a quarter nothing more will be.
    Forecast(Option<Quarter>, Pence),
    /// A field of the service, by its place in the content.
    Field(&'static str, FieldValue),
    /// A text.
    Text(BacklogKind, String),
    /// The text of a section, by what the file calls it.
    Section(String, String),
}

/// A row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Where it stands.
    pub place: Place,
    /// What it gives.
    pub said: Said,
}

/// How far a return had come.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Standing {
    /// The state, where it is said.
    pub state: Option<ReturnState>,
    /// When it was sent.
    pub submitted_on: Option<NaiveDate>,
    /// When it was accepted.
    pub accepted_on: Option<NaiveDate>,
    /// Where it is printed.
    pub evidence: Option<String>,
}

/// A return as the file has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GivenReturn {
    /// The award's reference.
    pub award: String,
    /// The period.
    pub period: String,
    /// Where its first row stands.
    pub place: Place,
    /// How far it had come.
    pub standing: Standing,
    /// Its rows.
    pub rows: Vec<Row>,
    /// How many rows the file has for it, those at fault included.
    pub row_count: usize,
    /// Whether one of its rows is at fault.
    pub is_faulty: bool,
}

impl GivenReturn {
    /// The state in which it is taken in.
    #[must_use]
    pub fn state(&self) -> ReturnState {
        let by_day = if self.standing.accepted_on.is_some() { ReturnState::Accepted } else { ReturnState::Submitted };
        self.standing.state.unwrap_or(by_day)
    }
}

/// The returns of a file, in the order of their first rows, and everything that is wrong with its rows.
#[derive(Debug, Clone, Default)]
pub struct Given {
    /// The returns.
    pub returns: Vec<GivenReturn>,
    /// What is wrong.
    pub findings: Vec<BacklogFinding>,
}

/// Gathers the rows of a file. `today` bounds its days.
#[must_use]
pub fn returns(sheets: &Sheets, today: NaiveDate) -> Given {
    let mut given = Given { findings: sheets.findings.clone(), ..Given::default() };
    let mut places: HashMap<(String, String), usize> = HashMap::new();
    for (at, table) in sheets.tables.iter().enumerate() {
        let columns = columns(sheets, table, &mut given.findings);
        for (line_at, line) in table.rows.iter().enumerate() {
            let place = Place { table: at, line: line_at };
            let mut reading = Reading { sheets, place, line, columns: &columns, findings: &mut given.findings, is_faulty: false };
            let (award, period) = (reading.must("award", text), reading.must("period", text));
            let standing = reading.standing(today);
            let said = reading.said();
            let is_faulty = reading.is_faulty;
            let (Some(award), Some(period)) = (award, period) else { continue };
            let (award, period) = (award.to_uppercase(), cells::period(&period));
            let index = *places.entry((award.clone(), period.to_lowercase())).or_insert_with(|| {
                let (rows, row_count, is_faulty) = (Vec::new(), 0, false);
                given.returns.push(GivenReturn { award, period, place, standing: Standing::default(), rows, row_count, is_faulty });
                given.returns.len() - 1
            });
            let Some(one) = given.returns.get_mut(index) else { continue };
            one.row_count += 1;
            one.is_faulty |= is_faulty;
            one.rows.extend(said.map(|said| Row { place, said }));
            gather(sheets, one, place, standing, &mut given.findings);
        }
    }
    for one in &mut given.returns {
        check_standing(sheets, one, &mut given.findings);
    }
    given
}

/// What the columns of a table are, by name. A name that is not known, and one that is missing, is a fault.
fn columns(sheets: &Sheets, table: &Table, findings: &mut Vec<BacklogFinding>) -> HashMap<&'static str, usize> {
    let sheet = sheets.is_workbook.then(|| table.file.clone());
    let mut found = HashMap::new();
    for (index, name) in table.columns.iter().enumerate().filter(|(_, name)| !name.is_empty()) {
        let known = COLUMNS.iter().find(|(known, _)| *known == header_name(name));
        if let Some((known, _)) = known {
            found.entry(*known).or_insert(index);
            continue;
        }
        let names: Vec<&str> = COLUMNS.iter().map(|(name, _)| *name).collect();
        let reason = format!("This column is not known; those are {}. Take it out of the file.", names.join(", "));
        let cell = u16::try_from(index).ok().map(|column| cell_name((0, column)));
        let (column, value) = (Some(super::shown(name)), None);
        findings.push(BacklogFinding {
            sheet: sheet.clone(),
            row: Some(1),
            column,
            cell,
            value,
            ..BacklogFinding::of_file("unknown_column", reason)
        });
    }
    let missing: Vec<&str> =
        COLUMNS.iter().filter(|(name, is_needed)| *is_needed && !found.contains_key(name)).map(|(name, _)| *name).collect();
    if !missing.is_empty() && !table.columns.is_empty() {
        let reason = format!("The first row has to name every column; there is none called {}.", missing.join(", "));
        findings.push(BacklogFinding { sheet, row: Some(1), ..BacklogFinding::of_file("column_missing", reason) });
    }
    found
}

fn text(text: &str) -> Parsed<String> {
    Ok(text.to_owned())
}

fn kind(text: &str) -> Parsed<BacklogKind> {
    header_name(text).parse().map_err(|_| {
        let words: Vec<&str> = BacklogKind::ALL.iter().map(|one| one.word()).collect();
        format!("is not one of {}", words.join(", "))
    })
}

fn state(text: &str) -> Parsed<ReturnState> {
    match text.to_lowercase().as_str() {
        "submitted" => Ok(ReturnState::Submitted),
        "accepted" => Ok(ReturnState::Accepted),
        _ => Err("is neither `submitted` nor `accepted`".to_owned()),
    }
}

/// The cells of a row, as they are asked for.
struct Reading<'a> {
    sheets: &'a Sheets,
    place: Place,
    line: &'a Line,
    columns: &'a HashMap<&'static str, usize>,
    findings: &'a mut Vec<BacklogFinding>,
    is_faulty: bool,
}

impl Reading<'_> {
    fn fault(&mut self, column: &str, rule: &str, reason: impl Into<String>) {
        self.is_faulty = true;
        let words = (rule, reason.into());
        self.findings.push(self.sheets.finding(self.place, column, FindingSeverity::Error, words));
    }

    fn raw(&self, column: &'static str) -> &str {
        self.columns.get(column).map_or("", |at| self.line.cell(*at))
    }

    /// A cell that may be blank.
    fn may<T>(&mut self, column: &'static str, parse: impl Fn(&str) -> Parsed<T>) -> Option<T> {
        let text = self.raw(column).to_owned();
        if text.is_empty() {
            return None;
        }
        parse(&text).map_err(|reason| self.fault(column, "wrong_format", format!("This {reason}."))).ok()
    }

    /// A cell that must hold something.
    fn must<T>(&mut self, column: &'static str, parse: impl Fn(&str) -> Parsed<T>) -> Option<T> {
        if self.raw(column).is_empty() {
            if self.columns.contains_key(column) {
                self.fault(column, "required", "A value is needed here.");
            }
            return None;
        }
        self.may(column, parse)
    }

    /// A value, which a blank cell is not.
    fn value<T>(&mut self, parse: impl Fn(&str) -> Parsed<Told<T>>) -> Option<Told<T>> {
        if self.raw("value").is_empty() && self.columns.contains_key("value") {
            self.fault("value", "required", "A blank cell says nothing: give the value (0 is one), `not reported` or `not applicable`.");
            return None;
        }
        self.may("value", parse)
    }

    /// Cells that do not belong to a row of this kind.
    fn blank(&mut self, columns: &[&'static str], kind: BacklogKind) {
        for column in columns {
            if !self.raw(column).is_empty() {
                self.fault(column, "not_allowed", format!("A row of `{kind}` has nothing here. Clear the cell."));
            }
        }
    }

    fn standing(&mut self, today: NaiveDate) -> Standing {
        let past = |text: &str| match cells::day(text)? {
            day if day > today => Err("lies in the future".to_owned()),
            day => Ok(day),
        };
        Standing {
            state: self.may("state", state),
            submitted_on: self.may("submitted_on", past),
            accepted_on: self.may("accepted_on", past),
            evidence: self.may("evidence", |text| {
                if text.chars().count() > 300 {
                    return Err("has more than 300 characters".to_owned());
                }
                let names_nobody = faults_of_text("", text).0.is_empty();
                names_nobody.then(|| text.to_owned()).ok_or_else(|| "holds a number that names a person; take it out".to_owned())
            }),
        }
    }

    fn said(&mut self) -> Option<Said> {
        match self.must("kind", kind)? {
            BacklogKind::Spend => self.spend(),
            BacklogKind::Indicator => self.indicator(),
            BacklogKind::Forecast => self.forecast(),
            BacklogKind::Service => self.service(),
            BacklogKind::Section => self.section(),
            kind => {
                self.blank(&["item", "area", "group", "value", "denominator", "basis", "direct_activity", "spent_from", "spent_to"], kind);
                self.must("text", text).map(|text| Said::Text(kind, text))
            }
        }
    }

    fn spend(&mut self) -> Option<Said> {
        self.blank(&["area", "group", "denominator", "basis"], BacklogKind::Spend);
        let amount = self.value(cells::amount);
        let category = self.may("item", cells::category);
        let is_needed = matches!(amount, Some(Told::Value(amount)) if amount.is_positive());
        if is_needed && self.raw("item").is_empty() {
            self.fault("item", "required", "It is not said what the money was spent on. Give the kind of spending.");
        }
        if amount == Some(Told::NotApplicable) {
            self.fault("value", "not_allowed", "Money is reported or it is not: give the amount, 0 or `not reported`.");
        }
        let days = (self.may("spent_from", cells::day), self.may("spent_to", cells::day));
        let (direct, note) = (self.may("direct_activity", cells::yes).unwrap_or_default(), self.may("text", text));
        Some(Said::Spend { category, amount: amount.filter(|_| !self.is_faulty)?, direct, days, note })
    }

    fn indicator(&mut self) -> Option<Said> {
        self.blank(&["direct_activity", "spent_from", "spent_to", "text"], BacklogKind::Indicator);
        let (indicator, area, group) = (self.must("item", text), self.may("area", text), self.may("group", text));
        let value = self.value(cells::counted);
        let denominator = self.may("denominator", cells::denominator);
        let basis = self.may("basis", text);
        Some(Said::Value {
            indicator: indicator?,
            area,
            group,
            value: value.filter(|_| !self.is_faulty)?,
            denominator: denominator.flatten(),
            lacks_denominator: denominator == Some(None),
            basis,
        })
    }
}

impl Reading<'_> {
    fn forecast(&mut self) -> Option<Said> {
        let others = ["area", "group", "denominator", "basis", "direct_activity", "spent_from", "spent_to", "text"];
        self.blank(&others, BacklogKind::Forecast);
        let quarter = self.may("item", cells::quarter);
        let amount = match self.value(cells::amount)? {
            Told::Value(amount) => amount,
            _ => {
                self.fault("value", "not_allowed", "A forecast is an amount: give it, or take the row out.");
                return None;
            }
        };
        if amount.is_positive() && self.raw("item").is_empty() {
            self.fault("item", "required", "It is not said in which quarter. Give it, such as 2018-19-Q3.");
        }
        (!self.is_faulty).then_some(Said::Forecast(quarter, amount))
    }

    fn section(&mut self) -> Option<Said> {
        let others = ["area", "group", "value", "denominator", "basis", "direct_activity", "spent_from", "spent_to"];
        self.blank(&others, BacklogKind::Section);
        let (name, text) = (self.must("item", text), self.must("text", text));
        Some(Said::Section(name?, text?))
    }

    fn service(&mut self) -> Option<Said> {
        self.blank(&["area", "group", "denominator", "basis", "direct_activity", "spent_from", "spent_to"], BacklogKind::Service);
        let found = self.must("item", |text| {
            let words =
                "is no field of the sheet `Service` of a workbook: write it as the sheet does, or as the content does (`caseload/new`)";
            field(text).ok_or_else(|| words.to_owned())
        })?;
        let value = match found.kind {
            FieldKind::Words => self.must("text", text).map(FieldValue::Words),
            FieldKind::Whole => self.must("value", cells::whole).map(FieldValue::Whole),
            FieldKind::Number => self.must("value", cells::number).map(FieldValue::Number),
            FieldKind::Mode => self.must("value", cells::mode).map(FieldValue::Mode),
            FieldKind::Money => self.must("value", cells::pounds).map(FieldValue::Money),
        };
        let other = if found.kind == FieldKind::Words { "value" } else { "text" };
        self.blank(&[other], BacklogKind::Service);
        value.filter(|_| !self.is_faulty).map(|value| Said::Field(found.pointer, value))
    }
}

/// Adds what a row says of the return as a whole. Rows that say different things contradict each other.
fn gather(sheets: &Sheets, one: &mut GivenReturn, place: Place, more: Standing, findings: &mut Vec<BacklogFinding>) {
    let own = &mut one.standing;
    let mut differs = Vec::new();
    join(&mut own.state, more.state, "state", &mut differs);
    join(&mut own.submitted_on, more.submitted_on, "submitted_on", &mut differs);
    join(&mut own.accepted_on, more.accepted_on, "accepted_on", &mut differs);
    own.evidence = own.evidence.take().or(more.evidence);
    one.is_faulty |= !differs.is_empty();
    let reason = || "Another row of the same return says something else. Let all of them say the same, or one of them.".to_owned();
    findings.extend(differs.into_iter().map(|column| sheets.finding(place, column, FindingSeverity::Error, ("contradicts", reason()))));
}

fn join<T: PartialEq>(own: &mut Option<T>, more: Option<T>, column: &'static str, differs: &mut Vec<&'static str>) {
    if own.is_some() && more.is_some() && *own != more {
        differs.push(column);
    }
    *own = own.take().or(more);
}

/// How far a return had come must be said, and the days must follow each other.
fn check_standing(sheets: &Sheets, one: &mut GivenReturn, findings: &mut Vec<BacklogFinding>) {
    let Standing { state, submitted_on, accepted_on, .. } = one.standing;
    let mut fault = |column: &str, rule: &str, reason: &str| {
        one.is_faulty = true;
        findings.push(sheets.finding(one.place, column, FindingSeverity::Error, (rule, reason.to_owned())));
    };
    if state.is_none() && submitted_on.is_none() && accepted_on.is_none() {
        let reason = "It is not said how far this return had come: give `submitted_on`, `accepted_on` or, where no day is known, `state`.";
        fault("submitted_on", "required", reason);
    }
    if state == Some(ReturnState::Submitted) && accepted_on.is_some() {
        fault("state", "contradicts", "A return with `accepted_on` is accepted. Say so, or leave the day out.");
    }
    if let (Some(submitted), Some(accepted)) = (submitted_on, accepted_on)
        && accepted < submitted
    {
        fault("accepted_on", "reversed_dates", "A return is accepted after it was sent. Put the earlier day into `submitted_on`.");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::table::read;

    fn given(csv: &str) -> Given {
        let mut faults = Vec::new();
        let table = read("returns.csv", csv.as_bytes(), &mut faults);
        assert_eq!(faults, []);
        returns(&Sheets { tables: vec![table], ..Sheets::default() }, "2026-01-01".parse().unwrap())
    }

    fn told(given: &Given) -> Vec<String> {
        given
            .findings
            .iter()
            .map(|one| format!("{} {} {}", one.cell.clone().unwrap_or_default(), one.rule, one.value.clone().unwrap_or_default()))
            .collect()
    }

    #[test]
    fn rows_are_gathered_by_return() {
        let given = given(
            "Award,Period,Kind,Item,Value,Text,Submitted on,Accepted on\n\
             A-1,2018-19-Q1,spend,staff,\"£1,200.50\",,20/07/2018,\n\
             a-1,Q1 2018/19,indicator,People helped,12,,,2018-08-01\n\
             A-1,2018-19-Q2,narrative,,,Quiet.,2018-10-02,\n",
        );
        assert_eq!(told(&given), [""; 0]);
        let shown: Vec<(&str, &str, usize, ReturnState)> =
            given.returns.iter().map(|one| (one.award.as_str(), one.period.as_str(), one.row_count, one.state())).collect();
        assert_eq!(shown, [("A-1", "2018-19-Q1", 2, ReturnState::Accepted), ("A-1", "2018-19-Q2", 1, ReturnState::Submitted)]);
    }

    #[test]
    fn every_fault_has_its_cell() {
        let given = given(
            "award,period,kind,item,value,submitted_on,accepted_on,colour\n\
             A-1,2018-19-Q1,spend,salaries,ten,2018-07-20,,red\n\
             A-1,2018-19-Q1,indicator,People helped,,2018-07-21,,\n\
             ,2018-19-Q2,gift,,5,,,\n\
             A-1,2018-19-Q2,spend,,5,2999-01-01,2018-01-01,\n\
             A-1,2018-19-Q3,spend,,0,,,\n",
        );
        assert_eq!(
            told(&given),
            [
                "H1 unknown_column ",
                "E2 wrong_format ten",
                "D2 wrong_format salaries",
                "E3 required ",
                "F3 contradicts 2018-07-21",
                "A4 required ",
                "C4 wrong_format gift",
                "F5 wrong_format 2999-01-01",
                "D5 required ",
                "F6 required ",
            ]
        );
    }
}
