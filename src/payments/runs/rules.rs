//! The file of a run, and the answer to it. Pure.

mod answer;

use chrono::{Days, NaiveDate};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use crate::kernel::{Code, Faults, Id, Pence, Refusal};
use crate::payments::schedule::rules::PaymentCoding;

pub use answer::{Answerable, Answered, Change, judged, of_file, year_locked};

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
    /// Only payments that are due on this day or earlier; today where it is left out, and no further ahead than the payment policy lets a run gather.
    #[serde(default)]
    pub due_by: Option<NaiveDate>,
    /// Only payments on awards of this fund.
    #[serde(default)]
    pub fund_id: Option<Id>,
}

/// What is wrong with gathering payments that are due up to a day.
#[must_use]
pub fn horizon_faults(due_by: NaiveDate, today: NaiveDate, days: i32) -> Faults {
    let last = today.checked_add_days(Days::new(u64::try_from(days).unwrap_or_default())).unwrap_or(today);
    let mut faults = Faults::new();
    let sentence =
        format!("Money leaves when it is due: the payment policy lets a run gather what is due up to {last}, {days} days ahead.");
    faults.require(due_by <= last, "/due_by", "out_of_range", &sentence);
    faults
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

/// Refuses to move money for a payment whose budget lines do not pay it to the penny.
///
/// # Errors
/// [`Code::RuleBroken`] with both sums.
pub fn check_parts(reference: &str, amount: Pence, parts: &[(Id, Pence)]) -> Result<(), Refusal> {
    let sum: Pence = parts.iter().map(|(_, part)| *part).sum();
    if sum == amount {
        return Ok(());
    }
    let detail = format!(
        "{reference} is {amount}, and its budget lines pay {sum} of it, so no money can be moved for it. Release it and have it authorised anew first."
    );
    Err(Refusal::rule_with(Code::RuleBroken, detail, json!({ "payment": reference, "amount_pence": amount, "parts_pence": sum })))
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

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn no_payment_is_paid_without_its_parts() {
        let parts = [(Id::new(), Pence(40)), (Id::new(), Pence(60))];
        assert!(check_parts("A-P1", Pence(100), &parts).is_ok());
        assert!(check_parts("A-P1", Pence(101), &parts).is_err() && check_parts("A-P1", Pence(100), &[]).is_err());
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
}
