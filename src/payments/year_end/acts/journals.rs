//! Proposing, approving and exporting journals.

use serde_json::{Value, json};

use crate::audit::{self, Entry};
use crate::awards::acts as awards;
use crate::kernel::{Code, Id, Refusal, TextList};
use crate::payments::runs::acts as runs;
use crate::payments::schedule::acts as schedule;
use crate::payments::year_end::acts::{JournalRow, StepRow, estimates, get as year_end, worked_out};
use crate::payments::year_end::rules::books::JournalLine;
use crate::payments::year_end::rules::journal::{
    self as rules, Called, FileHead, JournalAccounts, YearEndJournalApproval, YearEndJournalInput, YearEndJournalState,
};
use crate::payments::year_end::rules::{YearEndAct, check};
use crate::payments::year_end::store;
use crate::returns::freeze::rules::hex;
use crate::store::{Conn, Tx};

/// The kind of record that a journal is in the log.
const RECORD_KIND: &str = "year_end_journal";

/// A journal as it stands.
#[derive(Debug, Clone)]
pub struct Journal {
    /// What it was proposed with.
    pub row: JournalRow,
    /// What happened to it.
    pub steps: Vec<StepRow>,
    /// Its lines: worked out now while it is proposed, and as they were approved after that.
    pub lines: Vec<JournalLine>,
    /// The hash of its file, once it was made.
    pub sha256: Option<String>,
}

impl Journal {
    /// How far it has come.
    #[must_use]
    pub fn state(&self) -> YearEndJournalState {
        self.steps.last().map_or(YearEndJournalState::Proposed, |step| step.state)
    }

    /// Its version: each step is one.
    #[must_use]
    pub fn version(&self) -> i32 {
        self.steps.last().map_or(1, |step| step.number)
    }

    /// Who took it to a state.
    #[must_use]
    pub fn step(&self, state: YearEndJournalState) -> Option<&StepRow> {
        self.steps.iter().find(|step| step.state == state)
    }

    /// The hash of its lines.
    #[must_use]
    pub fn lines_sha256(&self) -> String {
        hex(rules::told(&self.lines).as_bytes())
    }

    /// The awards whose estimate was missing when it was approved.
    #[must_use]
    pub fn missing_estimates(&self) -> TextList {
        self.step(YearEndJournalState::Approved).map(|step| step.missing_estimates.clone()).unwrap_or_default()
    }

    /// The accounts that it is booked on.
    ///
    /// # Errors
    /// A fault of ours where they cannot be read.
    pub fn accounts(&self) -> Result<JournalAccounts, Refusal> {
        serde_json::from_str(&self.row.accounts).map_err(Refusal::broken)
    }
}

fn whole(conn: &mut Conn, rows: Vec<JournalRow>) -> Result<Vec<Journal>, Refusal> {
    let ids: Vec<Id> = rows.iter().map(|row| row.id).collect();
    let (mut steps, mut lines) = (store::steps(conn, &ids)?, store::lines(conn, &ids)?);
    let mut all = Vec::with_capacity(rows.len());
    for row in rows {
        let steps = steps.remove(&row.id).unwrap_or_default();
        let is_proposed = steps.last().is_none_or(|step| step.state == YearEndJournalState::Proposed);
        let lines = if is_proposed {
            let one = year_end(conn, row.fund_period_id)?;
            worked_out::proposed(conn, &one)?
        } else {
            lines.remove(&row.id).unwrap_or_default()
        };
        let sha256 = store::file_of(conn, row.id)?.map(|(_, sha256)| sha256);
        all.push(Journal { row, steps, lines, sha256 });
    }
    Ok(all)
}

/// The journal.
///
/// # Errors
/// [`Refusal::NotFound`] where there is none.
pub fn get(conn: &mut Conn, id: Id) -> Result<Journal, Refusal> {
    let row = store::journal(conn, id)?.ok_or(Refusal::NotFound("journal"))?;
    whole(conn, vec![row])?.pop().ok_or(Refusal::NotFound("journal"))
}

/// The journals of a fund period, in the order in which they were proposed.
///
/// # Errors
/// [`Refusal::NotFound`] without such a fund period.
pub fn list(conn: &mut Conn, period: Id) -> Result<Vec<Journal>, Refusal> {
    year_end(conn, period)?;
    let rows = store::journals(conn, period)?;
    whole(conn, rows)
}

/// The journal of a fund period that waits for its approval.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn waiting(conn: &mut Conn, period: Id) -> Result<Option<JournalRow>, Refusal> {
    let rows = store::journals(conn, period)?;
    let steps = store::steps(conn, &rows.iter().map(|row| row.id).collect::<Vec<_>>())?;
    let waits =
        |row: &JournalRow| steps.get(&row.id).and_then(|steps| steps.last()).is_none_or(|step| step.state == YearEndJournalState::Proposed);
    Ok(rows.into_iter().find(waits))
}

fn at_version(tx: &mut Tx<'_>, id: Id, version: i32) -> Result<Journal, Refusal> {
    let one = get(tx.conn(), id)?;
    if one.version() == version { Ok(one) } else { Err(Refusal::Stale) }
}

fn step(tx: &mut Tx<'_>, id: Id, number: i32, state: YearEndJournalState, missing_estimates: TextList) -> Result<(), Refusal> {
    let actor = tx.actor().clone();
    let row = StepRow {
        journal_id: id,
        number,
        recorded_at: tx.recorded_at(),
        state,
        taken_on: tx.today(),
        taken_by: actor.id,
        taken_by_name: actor.name,
        missing_estimates,
    };
    store::add_step(tx.conn(), &row)
}

fn log(tx: &mut Tx<'_>, before: Option<&Journal>, after: &Journal) -> Result<(), Refusal> {
    let shown = |one: &Journal| {
        json!({ "reference": one.row.reference, "fund_period_id": one.row.fund_period_id, "state": one.state(), "journal_on": one.row.journal_on,
            "missing_estimates": one.missing_estimates(), "reversal_of": one.row.reversal_of, "lines_sha256": one.lines_sha256(), "sha256": one.sha256 })
    };
    let entry = Entry {
        record_kind: RECORD_KIND,
        record_id: after.row.id,
        before: before.map_or(Value::Null, shown),
        after: shown(after),
        reason: None,
    };
    audit::record(tx, entry).map(|_| ())
}

/// Proposes a journal of what is owed and stands in no other.
///
/// # Errors
/// [`Code::WrongState`] unless the year is cut off and not final; [`Code::RuleBroken`] while another one waits, or where nothing is owed.
pub fn propose(tx: &mut Tx<'_>, period: Id, input: &YearEndJournalInput) -> Result<Journal, Refusal> {
    tx.touch(period);
    let one = year_end(tx.conn(), period)?;
    check(one.stage(), YearEndAct::ProposeJournal)?;
    if let Some(other) = waiting(tx.conn(), period)? {
        let detail = format!("{} waits for its approval, and has whatever is owed by then. Have that one approved.", other.reference);
        return Err(Refusal::rule(Code::RuleBroken, detail));
    }
    if worked_out::proposed(tx.conn(), &one)?.is_empty() {
        return Err(Refusal::rule(Code::RuleBroken, "Nothing is owed to or by any award that no approved journal has."));
    }
    let before = store::journals(tx.conn(), period)?.into_iter().rfind(|row| row.reversal_of.is_none());
    let before = before.map(|row| serde_json::from_str(&row.accounts).map_err(Refusal::broken)).transpose()?;
    let accounts = input.accounts.clone().or(before.unwrap_or_default());
    let id = tx.new_id();
    let row = JournalRow {
        id,
        reference: format!("YEJ-{:04}", store::count_journals(tx.conn())? + 1),
        fund_period_id: period,
        recorded_at: tx.recorded_at(),
        journal_on: one.period.facts.ends_on,
        accounts: serde_json::to_string(&accounts).map_err(Refusal::broken)?,
        reversal_of: None,
    };
    store::add_journal(tx.conn(), &row)?;
    step(tx, id, 1, YearEndJournalState::Proposed, TextList::default())?;
    let made = get(tx.conn(), id)?;
    log(tx, None, &made)?;
    Ok(made)
}

/// Approves a journal as it was seen: its lines never change from then on. Its reversal on the first day of the next year is made with it.
///
/// # Errors
/// [`Refusal::Stale`]; [`Code::WrongState`]; [`Code::SamePerson`]; [`Code::Overlap`] where what is owed has changed; [`Code::RuleBroken`] where nothing is, or an
/// estimate is missing that nobody goes on without.
pub fn approve(tx: &mut Tx<'_>, id: Id, version: i32, input: &YearEndJournalApproval) -> Result<Journal, Refusal> {
    let one = at_version(tx, id, version)?;
    rules::check_state(one.state(), YearEndJournalState::Proposed, "approved")?;
    let proposer = one.step(YearEndJournalState::Proposed).and_then(|step| step.taken_by);
    rules::check_approval(proposer, tx.actor().id, &input.lines_sha256, &one.lines_sha256())?;
    let year = year_end(tx.conn(), one.row.fund_period_id)?;
    let missing = estimates::accepted_missing(tx.conn(), &year, input.accepts_missing_estimates)?;
    store::add_lines(tx.conn(), id, &one.lines)?;
    step(tx, id, one.version() + 1, YearEndJournalState::Approved, missing)?;
    let after = get(tx.conn(), id)?;
    log(tx, Some(&one), &after)?;
    reverse(tx, &after)?;
    Ok(after)
}

/// The opposite of an approved journal, on the day after it.
fn reverse(tx: &mut Tx<'_>, of: &Journal) -> Result<(), Refusal> {
    let journal_on = of.row.journal_on.succ_opt().ok_or_else(|| Refusal::broken("a year without a next day"))?;
    let id = tx.new_id();
    let reference = format!("{}-R", of.row.reference);
    let row = JournalRow { id, reference, journal_on, recorded_at: tx.recorded_at(), reversal_of: Some(of.row.id), ..of.row.clone() };
    store::add_journal(tx.conn(), &row)?;
    let lines: Vec<JournalLine> = of.lines.iter().map(|line| JournalLine { amount: -line.amount, ..line.clone() }).collect();
    store::add_lines(tx.conn(), id, &lines)?;
    step(tx, id, 1, YearEndJournalState::Approved, TextList::default())?;
    let made = get(tx.conn(), id)?;
    log(tx, None, &made)
}

/// The file of an approved journal.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
fn text(conn: &mut Conn, one: &Journal) -> Result<String, Refusal> {
    let award_ids: Vec<Id> = one.lines.iter().map(|line| line.award_id).collect();
    let line_ids: Vec<Id> = one.lines.iter().map(|line| line.budget_line_id).collect();
    let called = Called {
        awards: awards::named(conn, &award_ids)?,
        codings: schedule::codings(conn, &award_ids)?,
        lines: runs::lines(conn, &line_ids)?,
    };
    let reversed = one.row.reversal_of.map(|of| store::journal(conn, of)).transpose()?.flatten();
    let accounts = one.accounts()?;
    let head = FileHead {
        reference: &one.row.reference,
        reverses: reversed.as_ref().map(|row| row.reference.as_str()),
        on: one.row.journal_on,
        accounts: &accounts,
    };
    rules::file(&head, &one.lines, &called)
}

/// Makes the file of an approved journal, once.
///
/// # Errors
/// [`Refusal::Stale`]; [`Code::WrongState`].
pub fn export(tx: &mut Tx<'_>, id: Id, version: i32) -> Result<Journal, Refusal> {
    let one = at_version(tx, id, version)?;
    rules::check_state(one.state(), YearEndJournalState::Approved, "exported")?;
    let text = text(tx.conn(), &one)?;
    let (sha256, recorded_at) = (hex(text.as_bytes()), tx.recorded_at());
    store::add_file(tx.conn(), id, recorded_at, (&text, &sha256))?;
    step(tx, id, one.version() + 1, YearEndJournalState::Exported, TextList::default())?;
    let after = get(tx.conn(), id)?;
    log(tx, Some(&one), &after)?;
    Ok(after)
}

/// The file of a journal, the same bytes each time.
///
/// # Errors
/// [`Refusal::NotFound`] where there is no such journal, or it was not exported.
pub fn file(conn: &mut Conn, id: Id) -> Result<(JournalRow, String), Refusal> {
    let row = store::journal(conn, id)?.ok_or(Refusal::NotFound("journal"))?;
    let (text, _) = store::file_of(conn, id)?.ok_or(Refusal::NotFound("file"))?;
    Ok((row, text))
}
