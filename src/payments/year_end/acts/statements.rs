//! The closing statement: worked out while the year is open, and kept once it is closed.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::awards::acts as awards;
use crate::kernel::{Id, Refusal};
use crate::ledger::AccountKind;
use crate::ledger::locks::{self, Moved};
use crate::payments::runs::acts as runs;
use crate::payments::year_end::acts::{YearEnd, get, lines_of};
use crate::payments::year_end::rules::statement::{self, ClosingStatement, Flow, StatementPlace};
use crate::payments::year_end::store;
use crate::returns::freeze::rules::{hex, sorted};
use crate::store::{Conn, Tx};

/// The statement of a fund period, and its hash where it is frozen.
///
/// # Errors
/// [`Refusal::NotFound`] without such a fund period; a fault of ours where what was kept cannot be read.
pub fn of_period(conn: &mut Conn, id: Id) -> Result<(ClosingStatement, Option<String>), Refusal> {
    let one = get(conn, id)?;
    if let Some((text, sha256)) = store::statement(conn, id)? {
        return Ok((serde_json::from_str(&text).map_err(Refusal::broken)?, Some(sha256)));
    }
    Ok((worked_out(conn, &one)?, None))
}

/// The statement as the ledger has it now.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn worked_out(conn: &mut Conn, one: &YearEnd) -> Result<ClosingStatement, Refusal> {
    let lines = lines_of(conn, one.period.id)?;
    let moved = locks::moved(conn, &lines, one.as_at())?;
    let called = runs::lines(conn, &lines)?;
    let of_award = |row: &Moved| match (award_of(row.from_kind, row.from_id), award_of(row.to_kind, row.to_id)) {
        (_, Some(award)) | (Some(award), None) => Some(award),
        (None, None) => None,
    };
    let ids: BTreeSet<Id> = moved.iter().filter_map(of_award).collect();
    let references: HashMap<Id, String> =
        awards::named(conn, &ids.into_iter().collect::<Vec<_>>())?.into_iter().map(|(id, named)| (id, named.code)).collect();
    let own: BTreeMap<Id, (String, String)> = called.into_iter().map(|(id, (line, source))| (id, (line.code, source.code))).collect();
    let flow = |row: &Moved| {
        let (leaves, reaches) = (own.get(&row.budget_line_id), own.get(&row.to_line_id));
        let (budget_line, source) = leaves.or(reaches)?.clone();
        let place =
            |kind: AccountKind, is_own: bool| if is_own || kind == AccountKind::Source { place(kind) } else { StatementPlace::Elsewhere };
        Some(Flow {
            id: row.id,
            source,
            budget_line,
            from: place(row.from_kind, leaves.is_some()),
            to: place(row.to_kind, reaches.is_some()),
            award: of_award(row).and_then(|award| references.get(&award).cloned()),
            amount: row.amount,
            on: row.effective_on,
        })
    };
    let flows: Vec<Flow> = moved.iter().filter_map(flow).collect();
    let facts = &one.period.facts;
    Ok(statement::statement(&one.named.code, (facts.starts_on, one.as_at()), &flows))
}

const fn place(kind: AccountKind) -> StatementPlace {
    match kind {
        AccountKind::Source => StatementPlace::Source,
        AccountKind::FundPeriod => StatementPlace::FundPeriod,
        AccountKind::Earmark | AccountKind::Tranche => StatementPlace::Aside,
        AccountKind::Offered => StatementPlace::Offered,
        AccountKind::Committed => StatementPlace::Committed,
        AccountKind::Paid => StatementPlace::Paid,
    }
}

const fn award_of(kind: AccountKind, record: Id) -> Option<Id> {
    match kind {
        AccountKind::Offered | AccountKind::Committed | AccountKind::Paid => Some(record),
        _ => None,
    }
}

/// The statement as it is kept: with the keys of each object in order and no blanks.
///
/// # Errors
/// A fault of ours where it cannot be written.
pub fn canonical(statement: &ClosingStatement) -> Result<String, Refusal> {
    serde_json::to_value(statement).map(|value| sorted(&value).to_string()).map_err(Refusal::broken)
}

/// Keeps the statement as it is now; answers its hash.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn freeze(tx: &mut Tx<'_>, one: &YearEnd) -> Result<String, Refusal> {
    let text = canonical(&worked_out(tx.conn(), one)?)?;
    let (sha256, recorded_at) = (hex(text.as_bytes()), tx.recorded_at());
    store::add_statement(tx.conn(), one.period.id, recorded_at, (&text, &sha256))?;
    Ok(sha256)
}
