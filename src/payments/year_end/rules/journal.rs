//! Journals: their states, and their file for the finance system. Pure.

use std::collections::HashMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::kernel::{Code, Id, Named, Pence, Refusal};
use crate::payments::runs::rules::plain;
use crate::payments::schedule::rules::PaymentCoding;
use crate::payments::year_end::rules::books::{JournalKind, JournalLine};

words! {
    /// How far a journal has come.
    pub enum YearEndJournalState {
        /// Somebody proposed it; its lines are worked out anew at each look.
        Proposed = "proposed",
        /// Somebody else approved it; its lines never change.
        Approved = "approved",
        /// Its file was made.
        Exported = "exported",
    }
}

/// The accounts of the finance system's books that a journal is booked on beside those of each award.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct JournalAccounts {
    /// What is owed to providers.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 40, example = "2100")]
    pub accruals: Option<String>,
    /// What was paid in advance.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 40, example = "1300")]
    pub prepayments: Option<String>,
    /// What providers owe.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 40, example = "1200")]
    pub debtors: Option<String>,
    /// The cost centre of these accounts.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 40, example = "CC4400")]
    pub cost_centre: Option<String>,
}

impl JournalAccounts {
    /// These, and where one is left out that of the journal before, so that what was booked is taken back where it was booked.
    #[must_use]
    pub fn or(self, before: Self) -> Self {
        Self {
            accruals: self.accruals.or(before.accruals),
            prepayments: self.prepayments.or(before.prepayments),
            debtors: self.debtors.or(before.debtors),
            cost_centre: self.cost_centre.or(before.cost_centre),
        }
    }
}

/// A journal that is proposed.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
pub struct YearEndJournalInput {
    /// The accounts that it is booked on; where one is left out, that of the fund period's journal before.
    #[serde(default)]
    pub accounts: JournalAccounts,
}

/// Leave to book a journal as it was seen.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct YearEndJournalApproval {
    /// `lines_sha256` of the journal as it was seen.
    #[schema(min_length = 64, max_length = 64)]
    pub lines_sha256: String,
    /// That you know of which awards an estimate is missing, and approve the journal all the same. Which they are is kept.
    #[serde(default)]
    pub accepts_missing_estimates: bool,
}

/// Refuses an act that the state of a journal does not allow.
///
/// # Errors
/// [`Code::WrongState`].
pub fn check_state(state: YearEndJournalState, wanted: YearEndJournalState, done: &str) -> Result<(), Refusal> {
    if state == wanted { Ok(()) } else { Err(Refusal::wrong_state("journal", state, done)) }
}

/// Refuses whoever proposed a journal to approve it, and whoever saw other lines than there are now.
///
/// # Errors
/// [`Code::SamePerson`]; [`Code::Overlap`].
pub fn check_approval(proposer: Option<Id>, actor: Option<Id>, seen: &str, now: &str) -> Result<(), Refusal> {
    if actor.is_none() || proposer == actor {
        return Err(Refusal::rule(Code::SamePerson, "You proposed this journal. Somebody else has to approve it."));
    }
    if seen == now {
        return Ok(());
    }
    let detail = "What is owed has changed since you saw this journal: a return, an estimate or a payment came in. Look at it again, then approve it.";
    Err(Refusal::rule(Code::Overlap, detail))
}

/// The columns of the file.
pub const COLUMNS: [&str; 12] =
    ["journal", "line", "date", "account", "cost_centre", "debit", "credit", "currency", "funding_source", "budget_line", "award", "text"];

/// What the file of a journal says beside its lines.
#[derive(Debug)]
pub struct FileHead<'a> {
    /// Its reference.
    pub reference: &'a str,
    /// The reference of the journal that it reverses.
    pub reverses: Option<&'a str>,
    /// The day on which it is booked.
    pub on: NaiveDate,
    /// The accounts beside those of the awards.
    pub accounts: &'a JournalAccounts,
}

/// The records that the lines of a journal name.
#[derive(Debug, Default)]
pub struct Called {
    /// Awards by id.
    pub awards: HashMap<Id, Named>,
    /// How each award is booked.
    pub codings: HashMap<Id, PaymentCoding>,
    /// Budget lines with their sources.
    pub lines: HashMap<Id, (Named, Named)>,
}

/// The file of a journal: CSV in UTF-8 with amounts in pounds. Each line is booked twice, so that debits are credits to the penny; the same lines make the
/// same bytes.
///
/// # Errors
/// A fault of ours where a row cannot be written.
pub fn file(head: &FileHead<'_>, lines: &[JournalLine], called: &Called) -> Result<String, Refusal> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    writer.write_record(COLUMNS).map_err(Refusal::broken)?;
    let mut number = 0;
    for line in lines {
        for (is_ours, is_debit) in booked(line) {
            number += 1;
            writer.write_record(row(head, line, called, (is_ours, is_debit, number))).map_err(Refusal::broken)?;
        }
    }
    String::from_utf8(writer.into_inner().map_err(Refusal::broken)?).map_err(Refusal::broken)
}

/// The two sides of a line, the debit first: whether it is on the award's own account, and whether it is a debit.
fn booked(line: &JournalLine) -> [(bool, bool); 2] {
    // An accrual is a cost of the year, owed to the provider; the others take a cost out of it.
    let is_cost = (line.kind == JournalKind::Accrual) == line.amount.is_positive();
    [(is_cost, true), (!is_cost, false)]
}

fn row(head: &FileHead<'_>, line: &JournalLine, called: &Called, (is_cost, is_debit, number): (bool, bool, i64)) -> [String; 12] {
    let coding = called.codings.get(&line.award_id);
    let control = match line.kind {
        JournalKind::Accrual => head.accounts.accruals.as_ref(),
        JournalKind::Prepayment => head.accounts.prepayments.as_ref(),
        JournalKind::Debtor => head.accounts.debtors.as_ref(),
    };
    let (account, cost_centre) = if is_cost {
        (coding.and_then(|coding| coding.account.as_ref()), coding.and_then(|coding| coding.cost_centre.as_ref()))
    } else {
        (control, head.accounts.cost_centre.as_ref())
    };
    let text = |text: Option<&String>| plain(text.map(String::as_str).unwrap_or_default());
    let award = called.awards.get(&line.award_id).map(|award| award.code.clone()).unwrap_or_default();
    let (budget_line, source) =
        called.lines.get(&line.budget_line_id).map(|(line, source)| (line.code.clone(), source.code.clone())).unwrap_or_default();
    let amount = line.amount.max(-line.amount).pounds();
    let (debit, credit) = if is_debit { (amount, String::new()) } else { (String::new(), amount) };
    let what = match line.kind {
        JournalKind::Accrual => "Accrual",
        JournalKind::Prepayment => "Prepayment",
        JournalKind::Debtor => "Debtor",
    };
    let words = head.reverses.map_or_else(|| format!("{what} {award}"), |reversed| format!("Reversal of {reversed}: {what} {award}"));
    let on = head.on.to_string();
    [
        head.reference.to_owned(),
        number.to_string(),
        on,
        text(account),
        text(cost_centre),
        debit,
        credit,
        "GBP".to_owned(),
        plain(&source),
        plain(&budget_line),
        plain(&award),
        words,
    ]
}

/// What the lines come to by kind: accruals, prepayments, debtors.
#[must_use]
pub fn sums(lines: &[JournalLine]) -> [Pence; 3] {
    let of = |kind| lines.iter().filter(|line| line.kind == kind).map(|line| line.amount).sum();
    [JournalKind::Accrual, JournalKind::Prepayment, JournalKind::Debtor].map(of)
}

/// The lines as one text, which their hash is of.
#[must_use]
pub fn told(lines: &[JournalLine]) -> String {
    let each = |line: &JournalLine| format!("{} {} {} {} {}\n", line.award_id, line.budget_line_id, line.kind, line.basis, line.amount.0);
    lines.iter().map(each).collect()
}
