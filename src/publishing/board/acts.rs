//! Making a snapshot for the board and signing it off.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use crate::audit;
use crate::kernel::{Id, Moment, Page, PageRequest, Quarter, Refusal};
use crate::publishing::board::rules::{self, BoardSnapshotState};
use crate::publishing::board::store::{self, SignOffRow, SnapshotRow};
use crate::reports::board::{BoardReport, BoardText, texts_as};
use crate::returns::freeze::rules::{hex, sorted};
use crate::returns::release::acts as release;
use crate::store::{Conn, Tx};

/// What kind of record a snapshot is.
const RECORD_KIND: &str = "board_snapshot";

/// A quarter as it was gathered for the board.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// Its id.
    pub id: Id,
    /// When it became known.
    pub recorded_at: Moment,
    /// The quarter.
    pub quarter: Quarter,
    /// As at this day.
    pub as_at: NaiveDate,
    /// Known at this moment.
    pub known_at: Moment,
    /// How many figures are suppressed.
    pub suppressed_count: i64,
    /// SHA-256 of its report.
    pub sha256: String,
    /// When it was made.
    pub made_on: NaiveDate,
    /// Who made it.
    pub made_by_id: Option<Id>,
    /// Their name.
    pub made_by: String,
    /// When it was signed off, and by whom.
    pub signed_off: Option<(NaiveDate, String)>,
    /// Whether the board has snapshots of its year, or a funder claims, that it was not held beside.
    pub is_overtaken: bool,
}

impl Snapshot {
    /// How far it has come.
    #[must_use]
    pub const fn state(&self) -> BoardSnapshotState {
        if self.signed_off.is_some() { BoardSnapshotState::SignedOff } else { BoardSnapshotState::Made }
    }

    /// Its version: signing it off is the one thing that happens to it.
    #[must_use]
    pub const fn version(&self) -> i32 {
        if self.signed_off.is_some() { 2 } else { 1 }
    }
}

/// The report of a snapshot, without texts.
fn kept<T: DeserializeOwned>(conn: &mut Conn, one: &Snapshot) -> Result<T, Refusal> {
    serde_json::from_str(&store::report(conn, one.id)?).map_err(Refusal::broken)
}

/// The texts of providers that belong to a snapshot.
fn texts(conn: &mut Conn, one: &Snapshot) -> Result<Vec<BoardText>, Refusal> {
    let mut all = texts_as(conn, (one.as_at, one.known_at), one.quarter)?;
    let still = release::latest_of(conn, &all.iter().map(|text| text.return_id).collect::<Vec<_>>())?;
    all.retain(|text| still.get(&text.return_id).is_some_and(|released| released.contains(&text.kind)));
    Ok(all)
}

/// The report of a snapshot. Its figures are what they were; the texts of providers are read where they stand, so that a redaction takes effect here
/// too, and are those that were released then and still are.
///
/// # Errors
/// [`Refusal::Store`] where the database fails; a fault of ours where the snapshot cannot be read.
pub fn report(conn: &mut Conn, one: &Snapshot) -> Result<BoardReport, Refusal> {
    Ok(BoardReport { texts: texts(conn, one)?, ..kept(conn, one)? })
}

/// The same as it is kept: an older snapshot has what was kept then and no more, so that its hash can be worked out.
///
/// # Errors
/// As for [`report`].
pub fn report_as_kept(conn: &mut Conn, one: &Snapshot) -> Result<Value, Refusal> {
    let mut report: Map<String, Value> = kept(conn, one)?;
    report.insert("texts".to_owned(), serde_json::to_value(texts(conn, one)?).map_err(Refusal::broken)?);
    Ok(Value::Object(report))
}

/// What the board has, and beside what of it snapshots were held.
struct Year {
    signed: Vec<(Id, Quarter)>,
    beside: HashMap<Id, HashSet<Id>>,
    claims: Vec<(Id, NaiveDate, NaiveDate)>,
    beside_claims: HashMap<Id, HashSet<Id>>,
}

impl Year {
    fn of(conn: &mut Conn, ids: &[Id]) -> Result<Self, Refusal> {
        Ok(Self {
            signed: store::signed(conn)?,
            beside: store::held_beside(conn, ids)?,
            claims: store::certified_claims(conn)?,
            beside_claims: store::held_beside_claims(conn, ids)?,
        })
    }

    /// Whether the board has other snapshots of the year, or a funder other claims with days in it, than one was held beside.
    fn overtakes(&self, row: &SnapshotRow) -> bool {
        let (first, last) = (row.quarter.year().first_day(), row.quarter.year().last_day());
        let is_held = |claim: &Id| self.beside_claims.get(&row.id).is_some_and(|beside| beside.contains(claim));
        if self.claims.iter().any(|(claim, starts_on, ends_on)| *starts_on <= last && first <= *ends_on && !is_held(claim)) {
            return true;
        }
        let mut others = self.signed.iter().filter(|(id, quarter)| *id != row.id && quarter.year() == row.quarter.year());
        others.any(|(id, _)| !self.beside.get(&row.id).is_some_and(|beside| beside.contains(id)))
    }
}

fn shown((row, signed): (SnapshotRow, Option<SignOffRow>), year: &Year) -> Snapshot {
    Snapshot {
        is_overtaken: signed.is_none() && year.overtakes(&row),
        id: row.id,
        recorded_at: signed.as_ref().map_or(row.recorded_at, |one| one.recorded_at),
        quarter: row.quarter,
        as_at: row.as_at,
        known_at: row.known_at,
        suppressed_count: row.suppressed_count,
        sha256: row.sha256,
        made_on: row.made_on,
        made_by_id: row.made_by_id,
        made_by: row.made_by,
        signed_off: signed.map(|one| (one.signed_off_on, one.signed_off_by)),
    }
}

/// The report as it is kept: with the keys of each object in order and no blanks.
fn canonical(report: &BoardReport) -> Result<String, Refusal> {
    serde_json::to_value(report).map(|value| sorted(&value).to_string()).map_err(Refusal::broken)
}

/// Keeps a report as a snapshot.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn make(tx: &mut Tx<'_>, report: &BoardReport) -> Result<Snapshot, Refusal> {
    // Texts are not kept a second time: a redaction would not find them here. Which returns a figure comes from is for officers, who ask the report.
    let mut report = BoardReport { texts: Vec::new(), ..report.clone() };
    for row in &mut report.rows {
        row.return_ids.clear();
        row.returns_url = None;
    }
    let report = &report;
    let (text, actor) = (canonical(report)?, tx.actor().clone());
    let row = SnapshotRow {
        id: tx.new_id(),
        recorded_at: tx.recorded_at(),
        quarter: report.quarter,
        as_at: report.as_at,
        known_at: report.known_at,
        suppressed_count: report.suppressed_count,
        sha256: hex(text.as_bytes()),
        made_on: tx.today(),
        made_by_id: actor.id,
        made_by: actor.name,
    };
    store::insert(tx.conn(), &row, &text, (&report.beside, &report.beside_claims))?;
    let after = json!({ "quarter": row.quarter, "as_at": row.as_at, "known_at": row.known_at, "suppressed_count": row.suppressed_count,
        "sha256": row.sha256, "state": BoardSnapshotState::Made });
    audit::record(tx, audit::Entry { record_kind: RECORD_KIND, record_id: row.id, before: Value::Null, after, reason: None })?;
    let year = Year::of(tx.conn(), &[row.id])?;
    Ok(shown((row, None), &year))
}

/// A snapshot that the caller may see: before it is signed off, an officer of the office alone.
///
/// # Errors
/// [`Refusal::NotFound`] where there is none for this caller.
pub fn find(conn: &mut Conn, is_officer: bool, id: Id) -> Result<Snapshot, Refusal> {
    let year = Year::of(conn, &[id])?;
    let found = store::find(conn, id)?.map(|row| shown(row, &year)).filter(|one| is_officer || one.signed_off.is_some());
    found.ok_or(Refusal::NotFound("snapshot"))
}

/// A page of the snapshots that the caller may see, in the order in which they were made.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn page(conn: &mut Conn, is_officer: bool, quarter: Option<Quarter>, request: &PageRequest) -> Result<Page<Snapshot>, Refusal> {
    let page = store::page(conn, quarter, !is_officer, request)?;
    let year = Year::of(conn, &page.items.iter().map(|(row, _)| row.id).collect::<Vec<_>>())?;
    Ok(page.map(|row| shown(row, &year)))
}

/// Signs a snapshot off; the board sees it from then on.
///
/// # Errors
/// [`Refusal::NotFound`]; [`Refusal::Stale`]; it was signed off already; [`crate::kernel::Code::SamePerson`];
/// [`crate::kernel::Code::Overlap`] where another one of the year was signed off since it was gathered.
pub fn sign_off(tx: &mut Tx<'_>, id: Id, version: i32) -> Result<Snapshot, Refusal> {
    let one = find(tx.conn(), true, id)?;
    if one.version() != version {
        return Err(Refusal::Stale);
    }
    let actor = tx.actor().clone();
    rules::sign_off(one.state(), one.made_by_id, actor.id, one.is_overtaken)?;
    let row = SignOffRow {
        snapshot_id: id,
        recorded_at: tx.recorded_at(),
        signed_off_on: tx.today(),
        signed_off_by_id: actor.id,
        signed_off_by: actor.name,
    };
    store::sign(tx.conn(), &row)?;
    let before = json!({ "state": one.state() });
    let after = json!({ "state": BoardSnapshotState::SignedOff, "signed_off_on": row.signed_off_on, "sha256": one.sha256 });
    audit::record(tx, audit::Entry { record_kind: RECORD_KIND, record_id: id, before, after, reason: None })?;
    find(tx.conn(), true, id)
}
