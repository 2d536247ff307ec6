//! Recoveries in the database.

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;
use diesel::prelude::*;
use serde::Serialize;

use crate::access::Scope;
use crate::kernel::{Id, Moment, Page, PageRequest, Pence, Refusal};
use crate::payments::recoveries::rules::{RecoveryGround, RecoveryState};
use crate::payments::rules::{Parts, by_line, by_record};
use crate::store::Conn;
use crate::store::schema::{recovery as identity, recovery_part as part, recovery_receipt as receipt, recovery_version as version};
use crate::store::sql;

/// What a recovery is in one version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Queryable, Selectable, Insertable)]
#[diesel(table_name = version, treat_none_as_default_value = false)]
pub struct RecoveryFacts {
    /// Which recovery.
    pub recovery_id: Id,
    /// Which version this is, from 1.
    pub version: i32,
    /// When this version became known.
    pub recorded_at: Moment,
    /// The business date from which it holds.
    pub effective_on: NaiveDate,
    /// How far it has come.
    pub state: RecoveryState,
    /// Why money is asked back.
    pub ground: RecoveryGround,
    /// The same in words, for the provider.
    pub reason: String,
    /// How much is asked back.
    pub amount_pence: Pence,
    /// What came of it.
    pub received_pence: Pence,
    /// When it was asked for.
    pub requested_on: NaiveDate,
    /// By when it is to be paid.
    pub due_on: NaiveDate,
    /// Who asked for it.
    pub requested_by: Option<Id>,
    /// Their name.
    pub requested_by_name: String,
    /// When it was written off or withdrawn, or the last of it came.
    pub ended_on: Option<NaiveDate>,
    /// Who said so.
    pub ended_by_name: Option<String>,
    /// Why it was written off or withdrawn.
    pub ended_reason: Option<String>,
}

impl RecoveryFacts {
    /// What has not come.
    #[must_use]
    pub fn missing(&self) -> Pence {
        self.amount_pence - self.received_pence
    }
}

/// Money that came of a recovery.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Queryable, Selectable, Insertable)]
#[diesel(table_name = receipt)]
pub struct Receipt {
    /// Of which recovery.
    pub recovery_id: Id,
    /// Its place among them, from 1.
    pub number: i32,
    /// When it was noted.
    pub recorded_at: Moment,
    /// When it came.
    pub received_on: NaiveDate,
    /// How much.
    pub amount_pence: Pence,
    /// What the bank calls it.
    pub bank_reference: String,
    /// Who noted it.
    pub noted_by: String,
}

/// A recovery as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recovery {
    /// Its id.
    pub id: Id,
    /// The award on which the money was paid.
    pub award_id: Id,
    /// Who is asked.
    pub provider_id: Id,
    /// `CIF-2020-21-T3-0007-R1`.
    pub reference: String,
    /// Its place among the award's recoveries, from 1.
    pub number: i32,
    /// What it is.
    pub facts: RecoveryFacts,
}

type Row = ((Id, Id, Id, String, i32), RecoveryFacts);

fn assemble(((id, award_id, provider_id, reference, number), facts): Row) -> Recovery {
    Recovery { id, award_id, provider_id, reference, number, facts }
}

type Identity = (identity::id, identity::award_id, identity::provider_id, identity::reference, identity::number);
const IDENTITY: Identity = (identity::id, identity::award_id, identity::provider_id, identity::reference, identity::number);

/// Recoveries in their current version.
#[diesel::dsl::auto_type]
fn current() -> _ {
    identity::table.inner_join(version::table.on(version::recovery_id.eq(identity::id).and(version::version.eq(identity::version))))
}

/// What a list of recoveries can be narrowed by.
#[derive(Debug, Clone, Default)]
pub(super) struct Narrow {
    pub state: Option<RecoveryState>,
    pub ground: Option<RecoveryGround>,
    pub award_id: Option<Id>,
    pub provider_id: Option<Id>,
    /// Only those that are to be paid on this day or earlier.
    pub due_by: Option<NaiveDate>,
    /// Only those of these awards.
    pub awards: Option<Vec<Id>>,
}

/// A page of recoveries that the caller may see, by the day on which they are due.
pub(super) fn page(conn: &mut Conn, scope: Scope, narrow: &Narrow, request: &PageRequest) -> Result<Page<Recovery>, Refusal> {
    let after: Option<(NaiveDate, Id)> = request.after()?;
    let rows: Vec<Row> = on!(conn, c => {
        let mut query = current().order((version::due_on, version::recovery_id)).limit(request.fetch())
            .select((IDENTITY, RecoveryFacts::as_select())).into_boxed();
        match scope {
            Scope::Office => {}
            Scope::Provider(own) => query = query.filter(identity::provider_id.eq(own)),
            Scope::Nothing => return Ok(Page { items: Vec::new(), next_cursor: None }),
        }
        if let Some(state) = narrow.state { query = query.filter(version::state.eq(state)); }
        if let Some(ground) = narrow.ground { query = query.filter(version::ground.eq(ground)); }
        if let Some(award) = narrow.award_id { query = query.filter(identity::award_id.eq(award)); }
        if let Some(provider) = narrow.provider_id { query = query.filter(identity::provider_id.eq(provider)); }
        if let Some(day) = narrow.due_by { query = query.filter(version::due_on.le(day)); }
        if let Some(awards) = &narrow.awards { query = query.filter(identity::award_id.eq_any(awards)); }
        if let Some((due_on, id)) = after {
            query = query.filter(sql::after(version::due_on, version::recovery_id, due_on, id));
        }
        query.load(c)
    })?;
    Ok(Page::cut(rows.into_iter().map(assemble).collect(), request, |one| (one.facts.due_on, one.id)))
}

/// The recovery.
pub(super) fn load(conn: &mut Conn, id: Id) -> Result<Option<Recovery>, Refusal> {
    let row: Option<Row> = on!(conn, c => current().filter(identity::id.eq(id))
        .select((IDENTITY, RecoveryFacts::as_select())).first(c).optional())?;
    Ok(row.map(assemble))
}

/// All recoveries of an award, in the order in which they were made.
pub(in crate::payments) fn of_award(conn: &mut Conn, of: Id) -> Result<Vec<Recovery>, Refusal> {
    let rows: Vec<Row> = on!(conn, c => current().filter(identity::award_id.eq(of)).order(identity::number)
        .select((IDENTITY, RecoveryFacts::as_select())).load(c))?;
    Ok(rows.into_iter().map(assemble).collect())
}

/// What came of these recoveries, by recovery, in its order.
pub(super) fn receipts(conn: &mut Conn, ids: &[Id]) -> Result<HashMap<Id, Vec<Receipt>>, Refusal> {
    let rows: Vec<Receipt> = on!(conn, c => receipt::table.filter(receipt::recovery_id.eq_any(ids))
        .order((receipt::recovery_id, receipt::number)).select(Receipt::as_select()).load(c))?;
    let mut all: HashMap<Id, Vec<Receipt>> = HashMap::new();
    for row in rows {
        all.entry(row.recovery_id).or_default().push(row);
    }
    Ok(all)
}

/// To which budget lines what came went back, by recovery and place of the receipt.
pub(super) fn parts(conn: &mut Conn, ids: &[Id]) -> Result<Parts, Refusal> {
    let rows: Vec<(Id, i32, Id, Pence)> = on!(conn, c => part::table.filter(part::recovery_id.eq_any(ids))
        .order((part::recovery_id, part::number, part::budget_line_id))
        .select((part::recovery_id, part::number, part::budget_line_id, part::amount_pence)).load(c))?;
    Ok(by_record(rows))
}

/// What came back on an award, by budget line.
pub(in crate::payments) fn received(conn: &mut Conn, award_id: Id) -> Result<BTreeMap<Id, Pence>, Refusal> {
    let rows: Vec<(Id, Pence)> = on!(conn, c => identity::table.inner_join(part::table.on(part::recovery_id.eq(identity::id)))
        .filter(identity::award_id.eq(award_id)).select((part::budget_line_id, part::amount_pence)).load(c))?;
    Ok(by_line(rows))
}

/// What came back on each of these awards, of those on which anything did.
pub(in crate::payments) fn received_of(conn: &mut Conn, awards: &[Id]) -> Result<HashMap<Id, Pence>, Refusal> {
    let rows: Vec<(Id, Pence)> = on!(conn, c => identity::table.inner_join(part::table.on(part::recovery_id.eq(identity::id)))
        .filter(identity::award_id.eq_any(awards)).select((identity::award_id, part::amount_pence)).load(c))?;
    let mut all: HashMap<Id, Pence> = HashMap::new();
    for (award, came) in rows {
        let sum = all.entry(award).or_default();
        *sum = *sum + came;
    }
    Ok(all)
}

/// Recoveries that say another sum came than their receipts, or whose receipts are not the sum of their parts.
pub(in crate::payments) fn unsound(conn: &mut Conn, award_id: Id) -> Result<Vec<String>, Refusal> {
    let all = of_award(conn, award_id)?;
    if all.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<Id> = all.iter().map(|one| one.id).collect();
    let (receipts, parts) = (receipts(conn, &ids)?, parts(conn, &ids)?);
    let is_unsound = |one: &&Recovery| {
        let own = receipts.get(&one.id).map(Vec::as_slice).unwrap_or_default();
        let came: Pence = own.iter().map(|receipt| receipt.amount_pence).sum();
        let cut = |receipt: &Receipt| parts.get(&(one.id, receipt.number)).into_iter().flatten().map(|(_, part)| *part).sum::<Pence>();
        came != one.facts.received_pence || own.iter().any(|receipt| cut(receipt) != receipt.amount_pence)
    };
    Ok(all.iter().filter(is_unsound).map(|one| one.reference.clone()).collect())
}

/// Writes a new recovery.
pub(super) fn begin(conn: &mut Conn, one: &Recovery) -> Result<(), Refusal> {
    let values = (
        identity::id.eq(one.id),
        identity::award_id.eq(one.award_id),
        identity::provider_id.eq(one.provider_id),
        identity::reference.eq(&one.reference),
        identity::number.eq(one.number),
        identity::version.eq(one.facts.version),
        identity::recorded_at.eq(one.facts.recorded_at),
    );
    on!(conn, c => diesel::insert_into(identity::table).values(values).execute(c))?;
    add_version(conn, &one.facts)
}

/// Moves a recovery on by one version.
pub(super) fn advance(conn: &mut Conn, one: &Recovery) -> Result<(), Refusal> {
    let before = identity::table.filter(identity::id.eq(one.id).and(identity::version.eq(one.facts.version - 1)));
    if on!(conn, c => diesel::update(before).set(identity::version.eq(one.facts.version)).execute(c))? == 0 {
        return Err(Refusal::Stale);
    }
    add_version(conn, &one.facts)
}

fn add_version(conn: &mut Conn, facts: &RecoveryFacts) -> Result<(), Refusal> {
    on!(conn, c => diesel::insert_into(version::table).values(facts).execute(c))?;
    Ok(())
}

/// Notes what came, and to which budget lines it went back.
pub(super) fn add_receipt(conn: &mut Conn, one: &Receipt, parts: &[(Id, Pence)]) -> Result<(), Refusal> {
    on!(conn, c => diesel::insert_into(receipt::table).values(one).execute(c))?;
    for (line, amount) in parts {
        let values = (
            part::recovery_id.eq(one.recovery_id),
            part::number.eq(one.number),
            part::budget_line_id.eq(*line),
            part::amount_pence.eq(*amount),
        );
        on!(conn, c => diesel::insert_into(part::table).values(values).execute(c))?;
    }
    Ok(())
}
