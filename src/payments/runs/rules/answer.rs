//! What the finance system answers of a run, and what that changes.

use std::collections::HashSet;

use chrono::NaiveDate;

use super::PaymentOutcome;
use crate::kernel::table::{CellFault, Line, Table};
use crate::kernel::{Fault, Id, Pence, Refusal};
use crate::payments::rules::PaymentState;

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

/// A payment of a run, as an answer is held against it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answerable {
    /// Which payment.
    pub payment_id: Id,
    /// Its reference.
    pub reference: String,
    /// The run that it is with now.
    pub run_id: Option<Id>,
    /// How far it has come.
    pub state: PaymentState,
    /// What leaves.
    pub gross: Pence,
    /// When it was authorised.
    pub authorised_on: Option<NaiveDate>,
    /// When it was paid.
    pub paid_on: Option<NaiveDate>,
    /// What was told of it with this run before, each with its day, the latest last.
    pub told: Vec<(PaymentState, NaiveDate)>,
}

/// What an answer changes: which payment, the answer, and the state after it.
pub type Change = (Id, Answered, PaymentState);

fn fault(row: usize, column: &str, code: &str, message: impl Into<String>) -> Fault {
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

/// That the year of a row's money is closed on its day.
#[must_use]
pub fn year_locked(answer: &Answered, detail: String) -> Fault {
    fault(answer.row, "date", "year_locked", detail)
}

/// What an answer changes, in the order of its rows; `all` are the payments of `run`. A row that says what was told before changes nothing, also where
/// the payment has gone on since, unless the finance system corrected it since and does so back now; several rows of one payment follow each other.
///
/// # Errors
/// Every fault of every row.
pub fn judged(table: &Table, today: NaiveDate, run: Id, all: &[Answerable]) -> Result<Vec<Change>, Refusal> {
    let columns = Columns::of(table)?;
    let mut all = all.to_vec();
    let (mut changes, mut faults, mut seen) = (Vec::new(), Vec::new(), HashSet::new());
    let said: Vec<(String, Option<PaymentState>)> = table.rows.iter().map(|line| columns.said(line)).collect();
    for (at, line) in table.rows.iter().enumerate() {
        let (read, wrong) = columns.read(line, today);
        faults.extend(wrong);
        let payment = columns.cell(line, "payment").unwrap_or_default();
        if !seen.insert((payment.clone(), columns.cell(line, "outcome").map(|text| text.to_lowercase()))) {
            faults.push(fault(line.number, "payment", "repeated", format!("`{payment}` stands here twice with the same outcome.")));
            continue;
        }
        let Some(one) = all.iter_mut().find(|one| one.reference == payment) else {
            faults.push(fault(line.number, "payment", "unknown_record", "This run has no payment with this reference."));
            continue;
        };
        let Some(answer) = read else { continue };
        let is_told_below = |state| said.iter().skip(at + 1).any(|(other, told)| *other == payment && *told == Some(state));
        if is_passed_over(one, &answer, is_told_below) {
            continue;
        }
        match after(run, one, &answer) {
            Ok(Some(state)) => {
                one.state = state;
                one.told.push((state, answer.on));
                if state == PaymentState::Paid {
                    one.paid_on = Some(answer.on);
                }
                changes.push((one.payment_id, answer, state));
            }
            Ok(None) => {}
            Err(wrong) => faults.extend(wrong),
        }
    }
    faults.truncate(FAULTS_MAX);
    if faults.is_empty() { Ok(changes) } else { Err(Refusal::Invalid(faults)) }
}

/// Where the columns of an answer stand.
struct Columns<'a>(&'a Table);

impl<'a> Columns<'a> {
    fn of(table: &'a Table) -> Result<Self, Refusal> {
        let this = Self(table);
        let is_missing = |needed: &&str| this.at(needed).is_none();
        let missing = ["payment", "outcome", "date"].into_iter().filter(is_missing);
        let mut faults: Vec<Fault> =
            missing.map(|needed| Fault::new("", "column_missing", format!("The file has no column `{needed}`."))).collect();
        if table.rows.is_empty() {
            faults.push(Fault::new("", "too_few_items", "The file has no rows below its first one."));
        }
        if faults.is_empty() { Ok(this) } else { Err(Refusal::Invalid(faults)) }
    }

    fn at(&self, name: &str) -> Option<usize> {
        self.0.columns.iter().position(|one| one.trim().to_lowercase().replace([' ', '-'], "_") == name)
    }

    fn cell(&self, line: &Line, name: &str) -> Option<String> {
        self.at(name).map(|at| line.cell(at).to_owned()).filter(|text| !text.is_empty())
    }

    fn outcome(&self, line: &Line) -> Result<PaymentOutcome, <PaymentOutcome as std::str::FromStr>::Err> {
        self.cell(line, "outcome").unwrap_or_default().to_lowercase().parse()
    }

    /// Of which payment a row tells what, as far as that can be read.
    fn said(&self, line: &Line) -> (String, Option<PaymentState>) {
        (self.cell(line, "payment").unwrap_or_default(), self.outcome(line).ok().map(PaymentOutcome::state))
    }

    /// What a row says, and every fault of how it is written.
    fn read(&self, line: &Line, today: NaiveDate) -> (Option<Answered>, Vec<Fault>) {
        let (row, mut faults) = (line.number, Vec::new());
        let outcome = self.outcome(line);
        let on = self.cell(line, "date").as_deref().and_then(day);
        let gross = self.cell(line, "gross").map(|text| Pence::from_pounds(&text)).transpose();
        faults.extend(outcome.as_ref().err().map(|said| fault(row, "outcome", "not_a_choice", format!("{said}."))));
        faults.extend(gross.as_ref().err().map(|said| fault(row, "gross", "wrong_format", format!("{said}."))));
        match on {
            None => faults.push(fault(row, "date", "wrong_format", "Write the day as 2020-07-20 or 20/07/2020.")),
            Some(on) if on > today => {
                faults.push(fault(row, "date", "in_the_future", format!("{on} is still to come; today is {today}.")));
            }
            Some(_) => {}
        }
        let read = match (outcome, on.filter(|on| *on <= today), gross) {
            (Ok(outcome), Some(on), Ok(gross)) => {
                let (bank_reference, reason) = (self.cell(line, "bank_reference"), self.cell(line, "reason"));
                let payment = self.cell(line, "payment").unwrap_or_default();
                Some(Answered { row, payment, outcome, on, gross, bank_reference, reason })
            }
            _ => None,
        };
        (read, faults)
    }
}

fn day(text: &str) -> Option<NaiveDate> {
    text.parse().ok().or_else(|| NaiveDate::parse_from_str(text, "%d/%m/%Y").ok())
}

/// Whether an answer only repeats what was told before. Of *paid* and *failed* the later word holds: one of them that is told again, though the other was
/// told since, is a repetition only where that other one stands below it in the same file. Else it is news: the finance system has corrected itself back.
fn is_passed_over(one: &Answerable, answer: &Answered, is_told_below: impl Fn(PaymentState) -> bool) -> bool {
    let is_either = |state: PaymentState| matches!(state, PaymentState::Paid | PaymentState::Failed);
    let own = answer.outcome.state();
    if !one.told.contains(&(own, answer.on)) {
        return false;
    }
    let latest = one.told.iter().rev().map(|(state, _)| *state).find(|state| is_either(*state) || *state == PaymentState::Returned);
    latest.is_none_or(|latest| latest == own || !is_either(latest) || !is_either(own) || is_told_below(latest))
}

/// The state of a payment after an answer, or every fault of the answer. `None` where the answer says what is known already.
fn after(run: Id, one: &Answerable, answer: &Answered) -> Result<Option<PaymentState>, Vec<Fault>> {
    let fault = |column: &str, code: &str, why: String| fault(answer.row, column, code, why);
    let mut faults = Vec::new();
    if let Some(said) = answer.gross.filter(|said| *said != one.gross) {
        faults.push(fault("gross", "does_not_add_up", format!("The payment is {}, and the answer says {said}.", one.gross)));
    }
    if one.run_id != Some(run) {
        faults.push(fault("payment", "wrong_state", "This payment is not with this run any more.".to_owned()));
        return Err(faults);
    }
    let earliest = one.paid_on.filter(|_| one.state == PaymentState::Paid && answer.outcome != PaymentOutcome::Paid).or(one.authorised_on);
    if let Some(earliest) = earliest.filter(|earliest| answer.on < *earliest) {
        faults.push(fault("date", "too_early", format!("This is before {earliest}, when it was authorised or paid.")));
    }
    match outcome(one.state, answer.outcome) {
        Ok(state) if faults.is_empty() => Ok(state),
        Ok(_) => Err(faults),
        Err(why) => {
            faults.push(fault("outcome", "wrong_state", why));
            Err(faults)
        }
    }
}

/// The state of a payment after an answer. `None` where the answer says what is known already. The finance system may correct itself: what it told as
/// paid has failed after all, or the other way round, as long as nobody has released the payment since.
///
/// # Errors
/// Why the answer cannot be.
fn outcome(state: PaymentState, outcome: PaymentOutcome) -> Result<Option<PaymentState>, String> {
    match (state, outcome) {
        (PaymentState::Exported | PaymentState::Failed, PaymentOutcome::Paid)
        | (PaymentState::Exported | PaymentState::Paid, PaymentOutcome::Failed)
        | (PaymentState::Paid, PaymentOutcome::Returned) => Ok(Some(outcome.state())),
        (PaymentState::Paid, PaymentOutcome::Paid)
        | (PaymentState::Failed, PaymentOutcome::Failed)
        | (PaymentState::Returned, PaymentOutcome::Returned) => Ok(None),
        (PaymentState::Exported, PaymentOutcome::Returned) => {
            Err("It was never said to be paid; what was not paid has failed, and what was paid is told as paid first.".to_owned())
        }
        (state, outcome) => Err(format!("This payment is {state}, so it cannot be {outcome} now.")),
    }
}

impl PaymentOutcome {
    /// The state of a payment of which this is told.
    const fn state(self) -> PaymentState {
        match self {
            Self::Paid => PaymentState::Paid,
            Self::Failed => PaymentState::Failed,
            Self::Returned => PaymentState::Returned,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::table;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn with(reference: &str, run: Id, state: PaymentState) -> Answerable {
        Answerable {
            payment_id: Id::new(),
            reference: reference.to_owned(),
            run_id: Some(run),
            state,
            gross: Pence(10_000),
            authorised_on: Some(day("2020-07-01")),
            paid_on: None,
            told: Vec::new(),
        }
    }

    fn told(text: &str, run: Id, all: &[Answerable]) -> Result<Vec<(PaymentState, NaiveDate)>, Vec<String>> {
        let mut faults = Vec::new();
        let table = table::read("answer.csv", text.as_bytes(), &mut faults);
        assert_eq!(faults, []);
        let changes = judged(&table, day("2020-08-01"), run, all).map_err(|refusal| match refusal {
            Refusal::Invalid(faults) => faults.into_iter().map(|one| format!("{} {}", one.pointer, one.code)).collect::<Vec<_>>(),
            other => panic!("{other}"),
        })?;
        Ok(changes.into_iter().map(|(_, answer, state)| (state, answer.on)).collect())
    }

    #[test]
    fn an_answer_is_read_with_all_its_faults_of_all_kinds() {
        let run = Id::new();
        let all = [with("A-P1", run, PaymentState::Exported), with("A-P2", run, PaymentState::Exported)];
        let good = told("Payment,Outcome,Date,Bank reference\nA-P1,Paid,20/07/2020,BACS 1\nA-P2,failed,2020-07-21,\n", run, &all).unwrap();
        assert_eq!(good, [(PaymentState::Paid, day("2020-07-20")), (PaymentState::Failed, day("2020-07-21"))]);
        assert_eq!(told("payment,date\n", run, &all).unwrap_err(), [" column_missing", " too_few_items"]);
        let bad = "payment,outcome,date,gross\nA-P1,sent,2020-09-01,x\nA-P1,paid,2020-06-30,1\nA-P2,returned,2020-06-30,\nB,paid,soon,1\nA-P2,returned,2020-07-30,\n";
        let expected = [
            "/rows/2/outcome not_a_choice",
            "/rows/2/gross wrong_format",
            "/rows/2/date in_the_future",
            "/rows/3/gross does_not_add_up",
            "/rows/3/date too_early",
            "/rows/4/date too_early",
            "/rows/4/outcome wrong_state",
            "/rows/5/date wrong_format",
            "/rows/5/payment unknown_record",
            "/rows/6/payment repeated",
        ];
        assert_eq!(told(bad, run, &all).unwrap_err(), expected);
    }

    #[test]
    fn an_answer_may_repeat_all_that_was_told_before() {
        let run = Id::new();
        let mut released = with("A-P1", run, PaymentState::Authorised);
        released.run_id = None;
        released.told = vec![(PaymentState::Exported, day("2020-07-19")), (PaymentState::Failed, day("2020-07-20"))];
        let before = "payment,outcome,date\nA-P1,failed,2020-07-20\n";
        assert_eq!(told(before, run, std::slice::from_ref(&released)).unwrap(), [], "it was released since");
        let new = "payment,outcome,date\nA-P1,paid,2020-07-21\n";
        assert_eq!(told(new, run, std::slice::from_ref(&released)).unwrap_err(), ["/rows/2/payment wrong_state"]);
        let exported = with("A-P1", run, PaymentState::Exported);
        let both = "payment,outcome,date\nA-P1,paid,2020-07-20\nA-P1,returned,2020-07-22\n";
        let expected = [(PaymentState::Paid, day("2020-07-20")), (PaymentState::Returned, day("2020-07-22"))];
        assert_eq!(told(both, run, &[exported]).unwrap(), expected);
    }

    #[test]
    fn what_is_corrected_back_is_not_passed_over() {
        let run = Id::new();
        let (paid, failed) = ((PaymentState::Paid, day("2020-07-20")), (PaymentState::Failed, day("2020-07-21")));
        let mut one = with("A-P1", run, PaymentState::Failed);
        one.told = vec![(PaymentState::Exported, day("2020-07-19")), paid, failed];
        let (was_paid, had_failed) = ("A-P1,paid,2020-07-20\n", "A-P1,failed,2020-07-21\n");
        let said =
            |rows: &[&str], one: &Answerable| told(&format!("payment,outcome,date\n{}", rows.concat()), run, std::slice::from_ref(one));
        assert_eq!(said(&[was_paid], &one).unwrap(), [paid], "it was paid after all, on the true day");
        assert_eq!(said(&[was_paid, had_failed], &one).unwrap(), [], "all that was told, once more");
        assert_eq!(said(&[had_failed], &one).unwrap(), []);
        assert_eq!(said(&[had_failed, was_paid], &one).unwrap(), [paid]);
        // What was released since is not paid a second time, nor is the news lost.
        (one.state, one.run_id) = (PaymentState::Authorised, None);
        assert_eq!(said(&[was_paid], &one).unwrap_err(), ["/rows/2/payment wrong_state"]);
        assert_eq!(said(&[was_paid, had_failed], &one).unwrap(), []);
        // What came back was paid before that.
        let mut back = with("A-P1", run, PaymentState::Returned);
        back.told = vec![paid, (PaymentState::Returned, day("2020-07-22"))];
        assert_eq!(said(&[was_paid], &back).unwrap(), []);
    }

    #[test]
    fn only_what_is_with_the_finance_system_is_paid() {
        assert_eq!(outcome(PaymentState::Exported, PaymentOutcome::Paid), Ok(Some(PaymentState::Paid)));
        assert_eq!(outcome(PaymentState::Paid, PaymentOutcome::Returned), Ok(Some(PaymentState::Returned)));
        assert_eq!(outcome(PaymentState::Paid, PaymentOutcome::Paid), Ok(None), "an answer that is read twice says nothing new");
        assert_eq!(
            outcome(PaymentState::Paid, PaymentOutcome::Failed),
            Ok(Some(PaymentState::Failed)),
            "the finance system corrects itself"
        );
        assert_eq!(outcome(PaymentState::Failed, PaymentOutcome::Paid), Ok(Some(PaymentState::Paid)));
        assert!(outcome(PaymentState::Returned, PaymentOutcome::Paid).is_err(), "what came back is paid again by another run");
        for state in [PaymentState::Scheduled, PaymentState::Authorised, PaymentState::Cancelled, PaymentState::Held] {
            for answer in PaymentOutcome::ALL {
                assert!(outcome(state, *answer).is_err(), "{state} {answer}");
            }
        }
    }
}
