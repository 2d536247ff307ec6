//! The file of a run, and the answer to it. Pure.

use std::collections::HashSet;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use crate::kernel::table::{CellFault, Line, Table};
use crate::kernel::{Code, Fault, Id, Pence, Refusal};
use crate::payments::rules::PaymentState;
use crate::payments::schedule::rules::PaymentCoding;

words! {
    /// How far a payment run has come.
    pub enum PaymentRunState {
        /// Its payments are gathered; nothing has left.
        Gathered = "gathered",
        /// Its file has left, and its payments are with the finance system.
        Exported = "exported",
        /// The finance system has answered for each payment.
        Confirmed = "confirmed",
        /// It never left.
        Cancelled = "cancelled",
    }
}

words! {
    /// What became of a payment with the finance system.
    pub enum PaymentOutcome {
        /// It is paid.
        Paid = "paid",
        /// It could not be paid.
        Failed = "failed",
        /// It was paid, and the bank sent it back.
        Returned = "returned",
    }
}

/// What a run gathers.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
pub struct PaymentRunInput {
    /// Only payments that are due on this day or earlier; today where it is left out.
    #[serde(default)]
    pub due_by: Option<NaiveDate>,
    /// Only payments on awards of this fund.
    #[serde(default)]
    pub fund_id: Option<Id>,
}

/// Refuses an act that the state of a run does not allow.
///
/// # Errors
/// [`Code::WrongState`].
pub fn check_state(state: PaymentRunState, wanted: &[PaymentRunState], done: &str) -> Result<(), Refusal> {
    if wanted.contains(&state) { Ok(()) } else { Err(Refusal::wrong_state("payment run", state, done)) }
}

/// Refuses to export a run of which payments have changed since they were gathered.
///
/// # Errors
/// [`Code::RuleBroken`] with their references.
pub fn check_unchanged(changed: &[String]) -> Result<(), Refusal> {
    if changed.is_empty() {
        return Ok(());
    }
    let detail = format!(
        "{} changed since this run was gathered, came to be held, or lost its supplier number. Cancel the run and gather another one.",
        changed.join(", ")
    );
    Err(Refusal::rule_with(Code::RuleBroken, detail, json!({ "payments": changed })))
}

/// What a payment takes from one budget line: a row of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileRow {
    /// The payment.
    pub payment: String,
    /// The number under which the finance system knows the provider.
    pub supplier_number: String,
    /// How it is booked.
    pub coding: PaymentCoding,
    /// The number of the invoice; of an instalment the payment's own reference.
    pub invoice_number: String,
    /// The day of the invoice; of an instalment the day on which it is due.
    pub invoice_on: NaiveDate,
    /// When it is due.
    pub due_on: NaiveDate,
    /// The funding source.
    pub source: String,
    /// The budget line.
    pub budget_line: String,
    /// Without VAT.
    pub net: Pence,
    /// The VAT.
    pub vat: Pence,
}

/// The columns of the file.
pub const COLUMNS: [&str; 18] = [
    "run",
    "line",
    "payment",
    "supplier_number",
    "cost_centre",
    "account",
    "project",
    "purchase_order",
    "invoice_number",
    "invoice_date",
    "vat_code",
    "net",
    "vat",
    "gross",
    "currency",
    "due_date",
    "funding_source",
    "budget_line",
];

/// The file of a run: CSV in UTF-8 with amounts in pounds, a row for each payment and budget line. The same rows make the same bytes.
///
/// # Errors
/// A fault of ours where a row cannot be written.
pub fn file(run: &str, rows: &[FileRow]) -> Result<String, Refusal> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    writer.write_record(COLUMNS).map_err(Refusal::broken)?;
    for (at, row) in rows.iter().enumerate() {
        let text = |text: &Option<String>| plain(text.as_deref().unwrap_or_default());
        let cells = [
            run.to_owned(),
            (at + 1).to_string(),
            row.payment.clone(),
            plain(&row.supplier_number),
            text(&row.coding.cost_centre),
            text(&row.coding.account),
            text(&row.coding.project),
            text(&row.coding.purchase_order),
            plain(&row.invoice_number),
            row.invoice_on.to_string(),
            text(&row.coding.vat_code),
            row.net.pounds(),
            row.vat.pounds(),
            (row.net + row.vat).pounds(),
            "GBP".to_owned(),
            row.due_on.to_string(),
            plain(&row.source),
            plain(&row.budget_line),
        ];
        writer.write_record(&cells).map_err(Refusal::broken)?;
    }
    String::from_utf8(writer.into_inner().map_err(Refusal::broken)?).map_err(Refusal::broken)
}

/// A text that no spreadsheet takes for a formula.
#[must_use]
pub fn plain(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text.to_owned() }
}

/// The VAT of a payment on each of its parts, to the penny.
#[must_use]
pub fn vat_of_parts(vat: Pence, parts: &[(Id, Pence)]) -> Vec<Pence> {
    vat.split(&parts.iter().map(|(_, part)| *part).collect::<Vec<_>>())
}

/// What the finance system answered of one payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered {
    /// Its row in the answer, as a spreadsheet numbers it.
    pub row: usize,
    /// The payment's reference.
    pub payment: String,
    /// What became of it.
    pub outcome: PaymentOutcome,
    /// When.
    pub on: NaiveDate,
    /// What came to be paid, where the answer says so.
    pub gross: Option<Pence>,
    /// What the bank or the finance system calls it.
    pub bank_reference: Option<String>,
    /// Why it failed or came back.
    pub reason: Option<String>,
}

/// A fault in a row of the answer.
#[must_use]
pub fn fault(row: usize, column: &str, code: &str, message: impl Into<String>) -> Fault {
    Fault::new(format!("/rows/{row}/{column}"), code, message)
}

/// How many faults of an answer are told at once.
const FAULTS_MAX: usize = 500;

/// A fault of the file itself.
#[must_use]
pub fn of_file(faults: Vec<CellFault>) -> Vec<Fault> {
    let turn = |one: CellFault| {
        let place = if one.row == 0 { String::new() } else { format!("/rows/{}/{}", one.row, one.column) };
        let reason = one.reason;
        Fault::new(place, "wrong_format", format!("The file: {reason}."))
    };
    faults.into_iter().take(FAULTS_MAX).map(turn).collect()
}

/// Reads what the finance system answered.
///
/// # Errors
/// Every fault of every row.
pub fn answers(table: &Table, today: NaiveDate) -> Result<Vec<Answered>, Refusal> {
    let column = |name: &str| table.columns.iter().position(|one| one.trim().to_lowercase().replace([' ', '-'], "_") == name);
    let mut faults = Vec::new();
    for needed in ["payment", "outcome", "date"] {
        if column(needed).is_none() {
            faults.push(Fault::new("", "column_missing", format!("The file has no column `{needed}`.")));
        }
    }
    if !faults.is_empty() {
        return Err(Refusal::Invalid(faults));
    }
    if table.rows.is_empty() {
        return Err(Refusal::invalid("", "too_few_items", "The file has no rows below its first one."));
    }
    let cell = |line: &Line, name: &str| column(name).map(|at| line.cell(at).to_owned()).filter(|text| !text.is_empty());
    let mut all = Vec::new();
    let mut seen = HashSet::new();
    for line in &table.rows {
        let row = line.number;
        let payment = cell(line, "payment").unwrap_or_default();
        if !seen.insert(payment.clone()) {
            faults.push(fault(row, "payment", "repeated", format!("`{payment}` stands here twice.")));
        }
        let outcome = cell(line, "outcome").unwrap_or_default().to_lowercase().parse::<PaymentOutcome>();
        let on = cell(line, "date").as_deref().and_then(day);
        let gross = cell(line, "gross").map(|text| Pence::from_pounds(&text)).transpose();
        match (outcome, on, gross) {
            (Ok(outcome), Some(on), Ok(gross)) if on <= today => {
                let (bank_reference, reason) = (cell(line, "bank_reference"), cell(line, "reason"));
                all.push(Answered { row, payment, outcome, on, gross, bank_reference, reason });
            }
            (outcome, on, gross) => {
                faults.extend(outcome.err().map(|said| fault(row, "outcome", "not_a_choice", format!("{said}."))));
                faults.extend(gross.err().map(|said| fault(row, "gross", "wrong_format", format!("{said}."))));
                match on {
                    None => faults.push(fault(row, "date", "wrong_format", "Write the day as 2020-07-20 or 20/07/2020.")),
                    Some(on) if on > today => {
                        faults.push(fault(row, "date", "in_the_future", format!("{on} is still to come; today is {today}.")));
                    }
                    Some(_) => {}
                }
            }
        }
    }
    faults.truncate(FAULTS_MAX);
    if faults.is_empty() { Ok(all) } else { Err(Refusal::Invalid(faults)) }
}

fn day(text: &str) -> Option<NaiveDate> {
    text.parse().ok().or_else(|| NaiveDate::parse_from_str(text, "%d/%m/%Y").ok())
}

/// The state of a payment after an answer. `None` where the answer says what is known already.
///
/// # Errors
/// Why the answer cannot be.
pub fn outcome(state: PaymentState, outcome: PaymentOutcome) -> Result<Option<PaymentState>, String> {
    match (state, outcome) {
        (PaymentState::Exported, PaymentOutcome::Paid) => Ok(Some(PaymentState::Paid)),
        (PaymentState::Exported, PaymentOutcome::Failed) => Ok(Some(PaymentState::Failed)),
        (PaymentState::Paid, PaymentOutcome::Returned) => Ok(Some(PaymentState::Returned)),
        (PaymentState::Paid, PaymentOutcome::Paid)
        | (PaymentState::Failed, PaymentOutcome::Failed)
        | (PaymentState::Returned, PaymentOutcome::Returned) => Ok(None),
        (PaymentState::Exported, PaymentOutcome::Returned) => {
            Err("It was never said to be paid; what was not paid has failed, and what was paid is told as paid first.".to_owned())
        }
        (state, outcome) => Err(format!("This payment is {state}, so it cannot be {outcome} now.")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::table;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn read(text: &str) -> Result<Vec<Answered>, Vec<String>> {
        let mut faults = Vec::new();
        let table = table::read("answer.csv", text.as_bytes(), &mut faults);
        assert_eq!(faults, []);
        answers(&table, day("2020-08-01")).map_err(|refusal| match refusal {
            Refusal::Invalid(faults) => faults.into_iter().map(|one| format!("{} {}", one.pointer, one.code)).collect(),
            other => panic!("{other}"),
        })
    }

    #[test]
    fn an_answer_is_read_with_all_its_faults() {
        let good = read("Payment,Outcome,Date,Bank reference\nA-P1,Paid,20/07/2020,BACS 1\nA-P2,failed,2020-07-21,\n").unwrap();
        assert_eq!(
            (good[0].on, good[0].bank_reference.as_deref(), good[1].outcome),
            (day("2020-07-20"), Some("BACS 1"), PaymentOutcome::Failed)
        );
        assert_eq!(read("payment,date\nA,2020-07-20\n").unwrap_err(), [" column_missing"]);
        let bad = read("payment,outcome,date,gross\nA,sent,2020-09-01,x\nA,paid,soon,1\n").unwrap_err();
        let expected = [
            "/rows/2/outcome not_a_choice",
            "/rows/2/gross wrong_format",
            "/rows/2/date in_the_future",
            "/rows/3/payment repeated",
            "/rows/3/date wrong_format",
        ];
        assert_eq!(bad, expected);
    }

    #[test]
    fn the_file_has_amounts_in_pounds_and_no_formulas() {
        let row = FileRow {
            payment: "A-P1".to_owned(),
            supplier_number: "=S1".to_owned(),
            coding: PaymentCoding { cost_centre: Some("CC1".to_owned()), ..PaymentCoding::default() },
            invoice_number: "INV, 7".to_owned(),
            invoice_on: day("2020-07-01"),
            due_on: day("2020-07-31"),
            source: "poca".to_owned(),
            budget_line: "L1".to_owned(),
            net: Pence(10_050),
            vat: Pence(2_010),
        };
        let text = file("RUN-0001", &[row]).unwrap();
        let line = text.lines().nth(1).unwrap();
        assert_eq!(line, "RUN-0001,1,A-P1,'=S1,CC1,,,,\"INV, 7\",2020-07-01,,100.50,20.10,120.60,GBP,2020-07-31,poca,L1");
    }

    #[test]
    fn only_what_is_with_the_finance_system_is_paid() {
        assert_eq!(outcome(PaymentState::Exported, PaymentOutcome::Paid), Ok(Some(PaymentState::Paid)));
        assert_eq!(outcome(PaymentState::Paid, PaymentOutcome::Returned), Ok(Some(PaymentState::Returned)));
        assert_eq!(outcome(PaymentState::Paid, PaymentOutcome::Paid), Ok(None), "an answer that is read twice says nothing new");
        for state in [PaymentState::Scheduled, PaymentState::Authorised, PaymentState::Cancelled, PaymentState::Held] {
            for answer in PaymentOutcome::ALL {
                assert!(outcome(state, *answer).is_err(), "{state} {answer}");
            }
        }
        assert!(outcome(PaymentState::Failed, PaymentOutcome::Paid).is_err());
    }
}
