//! Taking the stages of a year's end.

pub mod decisions;
pub mod estimates;
pub mod journals;
pub mod recycled;
pub mod statements;
pub mod worked_out;

use chrono::NaiveDate;
use serde_json::{Value, json};

use crate::audit::{self, Entry};
use crate::funds::{self, FundPeriod, budget_lines, periods};
use crate::kernel::{Id, Named, Page, PageRequest, Refusal, TextList};
use crate::ledger::locks::{self, Correction};
use crate::payments::rules::said;
use crate::payments::year_end::rules::{self, YearEndAct, YearEndCorrectionInput, YearEndCutOff, YearEndFinal, YearEndNote, YearEndStage};
use crate::payments::year_end::store;
use crate::store::{Conn, Tx};

pub use store::{DecidedRow, DecisionRow, EstimateRow, JournalRow, StageRow, StepRow};

/// The kind of record that a year's end is in the log. Its id is the fund period's.
const RECORD_KIND: &str = "year_end";

/// The end of a fund period's year.
#[derive(Debug, Clone)]
pub struct YearEnd {
    /// The fund period.
    pub period: FundPeriod,
    /// Its name.
    pub named: Named,
    /// The stages that were taken.
    pub taken: Vec<StageRow>,
}

impl YearEnd {
    /// How far it has come.
    #[must_use]
    pub fn stage(&self) -> YearEndStage {
        self.taken.last().map_or(YearEndStage::Open, |row| row.stage)
    }

    /// Its version: each stage is one.
    #[must_use]
    pub fn version(&self) -> i32 {
        self.taken.last().map_or(1, |row| row.number + 1)
    }

    /// The last day that counts; the last day of the fund period before anybody said.
    #[must_use]
    pub fn as_at(&self) -> NaiveDate {
        self.taken.last().map_or(self.period.facts.ends_on, |row| row.cut_off_on)
    }

    /// Whether its money is locked.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        matches!(self.stage(), YearEndStage::Final | YearEndStage::Audited)
    }
}

/// The end of a fund period's year as it stands.
///
/// # Errors
/// [`Refusal::NotFound`] without such a fund period.
pub fn get(conn: &mut Conn, id: Id) -> Result<YearEnd, Refusal> {
    let period = funds::period(conn, id)?;
    let named = periods::named(conn, &[id])?.remove(&id).ok_or(Refusal::NotFound("fund period"))?;
    Ok(YearEnd { period, named, taken: store::stages(conn, id)? })
}

fn at_version(tx: &mut Tx<'_>, id: Id, version: i32) -> Result<YearEnd, Refusal> {
    let one = get(tx.conn(), id)?;
    if one.version() == version { Ok(one) } else { Err(Refusal::Stale) }
}

/// The budget lines of a fund period.
fn lines_of(conn: &mut Conn, id: Id) -> Result<Vec<Id>, Refusal> {
    Ok(budget_lines::of_period(conn, id)?.into_iter().map(|line| line.id).collect())
}

/// What is kept of a year as it was closed.
struct Closed {
    sha256: String,
    missing_estimates: TextList,
}

fn take(
    tx: &mut Tx<'_>,
    one: YearEnd,
    stage: YearEndStage,
    cut_off_on: NaiveDate,
    note: Option<&str>,
    closed: Option<Closed>,
) -> Result<YearEnd, Refusal> {
    let note = note.map(|text| said("/note", text)).transpose()?;
    let actor = tx.actor().clone();
    let row = StageRow {
        fund_period_id: one.period.id,
        number: one.version(),
        recorded_at: tx.recorded_at(),
        stage,
        taken_on: tx.today(),
        cut_off_on,
        taken_by: actor.id,
        taken_by_name: actor.name,
        note,
        missing_estimates: closed.as_ref().map(|closed| closed.missing_estimates.clone()).unwrap_or_default(),
    };
    store::add_stage(tx.conn(), &row)?;
    let before = one.taken.last().map_or(Value::Null, |row| json!(row));
    let mut after = json!(row);
    if let (Some(closed), Some(fields)) = (closed, after.as_object_mut()) {
        fields.insert("statement_sha256".to_owned(), json!(closed.sha256));
    }
    let entry = Entry { record_kind: RECORD_KIND, record_id: one.period.id, before, after, reason: row.note.clone() };
    audit::record(tx, entry)?;
    let mut next = one;
    next.taken.push(row);
    Ok(next)
}

/// Cuts a year off: what is dated later belongs to the next one.
///
/// # Errors
/// [`Refusal::Stale`]; [`crate::kernel::Code::WrongState`]; a day before the end of the period, or still to come.
pub fn cut_off(tx: &mut Tx<'_>, id: Id, version: i32, input: &YearEndCutOff) -> Result<YearEnd, Refusal> {
    let one = at_version(tx, id, version)?;
    rules::check(one.stage(), YearEndAct::CutOff)?;
    let ends_on = one.period.facts.ends_on;
    let on = input.cut_off_on.unwrap_or(ends_on);
    rules::cut_off_faults(on, ends_on, tx.today()).into_result()?;
    take(tx, one, YearEndStage::CutOff, on, input.note.as_deref(), None)
}

/// Says that the outturn is provisional.
///
/// # Errors
/// [`Refusal::Stale`]; [`crate::kernel::Code::WrongState`].
pub fn make_provisional(tx: &mut Tx<'_>, id: Id, version: i32, input: &YearEndNote) -> Result<YearEnd, Refusal> {
    let one = at_version(tx, id, version)?;
    rules::check(one.stage(), YearEndAct::MakeProvisional)?;
    let on = one.as_at();
    take(tx, one, YearEndStage::Provisional, on, input.note.as_deref(), None)
}

/// Closes a year: freezes its statement and locks its money.
///
/// # Errors
/// [`Refusal::Stale`]; [`crate::kernel::Code::WrongState`]; [`crate::kernel::Code::SamePerson`] for whoever made it provisional; [`crate::kernel::Code::RuleBroken`] while a payment of
/// its money is not answered, something owed stands in no approved journal, money that goes back to its funder is not decided on, or an estimate is missing that
/// nobody goes on without.
pub fn make_final(tx: &mut Tx<'_>, id: Id, version: i32, input: &YearEndFinal) -> Result<YearEnd, Refusal> {
    let one = at_version(tx, id, version)?;
    rules::check(one.stage(), YearEndAct::MakeFinal)?;
    rules::check_second_person(one.taken.last().and_then(|row| row.taken_by), tx.actor().id)?;
    let lines = lines_of(tx.conn(), id)?;
    rules::check_answered(&store::unanswered(tx.conn(), &lines)?)?;
    let waiting = journals::waiting(tx.conn(), id)?;
    let open = worked_out::proposed(tx.conn(), &one)?.len();
    rules::check_settled(waiting.as_ref().map(|row| row.reference.as_str()), open)?;
    decisions::check_decided(tx.conn(), &one)?;
    let missing_estimates = estimates::accepted_missing(tx.conn(), &one, input.accepts_missing_estimates)?;
    let sha256 = statements::freeze(tx, &one)?;
    let on = one.as_at();
    locks::lock(tx, id, on)?;
    take(tx, one, YearEndStage::Final, on, input.note.as_deref(), Some(Closed { sha256, missing_estimates }))
}

/// Notes that the auditor has seen a closed year.
///
/// # Errors
/// [`Refusal::Stale`]; [`crate::kernel::Code::WrongState`].
pub fn note_audit(tx: &mut Tx<'_>, id: Id, version: i32, input: &YearEndNote) -> Result<YearEnd, Refusal> {
    let one = at_version(tx, id, version)?;
    rules::check(one.stage(), YearEndAct::NoteAudit)?;
    let on = one.as_at();
    take(tx, one, YearEndStage::Audited, on, input.note.as_deref(), None)
}

/// Notes which movement of a closed year a later one corrects.
///
/// # Errors
/// [`crate::kernel::Code::WrongState`]; [`crate::kernel::Code::Taken`]; every fault of the two movements.
pub fn correct(tx: &mut Tx<'_>, id: Id, input: &YearEndCorrectionInput) -> Result<Correction, Refusal> {
    let one = get(tx.conn(), id)?;
    rules::check(one.stage(), YearEndAct::Correct)?;
    let lines = lines_of(tx.conn(), id)?;
    let made = locks::note_correction(tx, id, &lines, (input.transfer_id, input.corrects_id), &input.reason)?;
    let after = json!({ "transfer_id": made.transfer_id, "corrects_id": made.corrects_id });
    let entry = Entry { record_kind: RECORD_KIND, record_id: id, before: Value::Null, after, reason: Some(made.reason.clone()) };
    audit::record(tx, entry)?;
    Ok(made)
}

/// A page of what corrects a closed year.
///
/// # Errors
/// [`Refusal::NotFound`]; [`Refusal::Invalid`] for a cursor of another list.
pub fn corrections(conn: &mut Conn, id: Id, page: &PageRequest) -> Result<Page<Correction>, Refusal> {
    funds::period(conn, id)?;
    locks::corrections(conn, id, page)
}

/// The hash of the frozen statement, once there is one.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn statement_sha256(conn: &mut Conn, id: Id) -> Result<Option<String>, Refusal> {
    Ok(store::statement(conn, id)?.map(|(_, sha256)| sha256))
}
