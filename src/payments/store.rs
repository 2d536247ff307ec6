//! Payments in the database.

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::NaiveDate;
use diesel::prelude::*;
use serde::Serialize;

use crate::access::Scope;
use crate::kernel::{Id, Moment, Page, PageRequest, Pence, Refusal, TextList};
use crate::payments::rules::{Parts, PaymentKind, PaymentState, by_line, by_record};
use crate::store::Conn;
use crate::store::schema::{payment as identity, payment_part as part, payment_version as version};
use crate::store::sql;

/// What a payment is in one version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Queryable, Selectable, Insertable)]
#[diesel(table_name = version, treat_none_as_default_value = false)]
pub struct PaymentFacts {
    /// Which payment.
    pub payment_id: Id,
    /// Which version this is, from 1.
    pub version: i32,
    /// When this version became known.
    pub recorded_at: Moment,
    /// The business date from which it holds.
    pub effective_on: NaiveDate,
    /// How far it has come; what a rule holds is not kept here.
    pub state: PaymentState,
    /// What it is for.
    pub kind: PaymentKind,
    /// Which instalment: `2020-21-Q3`; of an invoice its number.
    pub instalment: String,
    /// What is charged to the award, without VAT.
    pub amount_pence: Pence,
    /// The VAT beside it.
    pub vat_pence: Option<Pence>,
    /// Whether the amount is only expected.
    pub is_estimate: bool,
    /// The first day that it is for.
    pub starts_on: Option<NaiveDate>,
    /// The last day that it is for.
    pub ends_on: Option<NaiveDate>,
    /// When it is due.
    pub due_on: NaiveDate,
    /// When it was due by its schedule.
    pub planned_due_on: NaiveDate,
    /// What it waits for.
    pub waits_for: Option<String>,
    /// Since when that is there.
    pub met_on: Option<NaiveDate>,
    /// What shows it.
    pub met_note: Option<String>,
    /// The provider's number of the invoice.
    pub invoice_number: Option<String>,
    /// The day that stands on the invoice.
    pub invoice_on: Option<NaiveDate>,
    /// The day on which the invoice came.
    pub received_on: Option<NaiveDate>,
    /// Why somebody holds it.
    pub hold_reason: Option<String>,
    /// The rules that do not hold it any more, since somebody overrode them.
    pub overridden: TextList,
    /// Who asked for it as it is.
    pub requested_by: Option<Id>,
    /// Their name.
    pub requested_by_name: String,
    /// Who let it go.
    pub authorised_by: Option<Id>,
    /// Their name.
    pub authorised_by_name: Option<String>,
    /// When.
    pub authorised_on: Option<NaiveDate>,
    /// Why it is none that was made twice.
    pub duplicate_reason: Option<String>,
    /// The provider's number with the finance system when it was let go: to whom it goes.
    pub supplier_number: Option<String>,
    /// Under which number its parts by budget line stand; 0 where nothing is reserved.
    pub parts_no: i32,
    /// The run that it went out with.
    pub run_id: Option<Id>,
    /// When it was paid.
    pub paid_on: Option<NaiveDate>,
    /// What the bank or the finance system calls it.
    pub bank_reference: Option<String>,
    /// When it came back.
    pub returned_on: Option<NaiveDate>,
    /// Why this version differs from the one before, where somebody said.
    pub reason: Option<String>,
    /// Whether a later cut of its schedule has no place for it: nobody decided that its days are not paid.
    pub is_dropped: bool,
}

/// A payment as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payment {
    /// Its id.
    pub id: Id,
    /// The award that it is made on.
    pub award_id: Id,
    /// Who receives it.
    pub provider_id: Id,
    /// `CIF-2020-21-T3-0007-P2`.
    pub reference: String,
    /// Its place among the award's payments, from 1.
    pub number: i32,
    /// What it is.
    pub facts: PaymentFacts,
}

type Row = ((Id, Id, Id, String, i32), PaymentFacts);

fn assemble(((id, award_id, provider_id, reference, number), facts): Row) -> Payment {
    Payment { id, award_id, provider_id, reference, number, facts }
}

type Identity = (identity::id, identity::award_id, identity::provider_id, identity::reference, identity::number);
const IDENTITY: Identity = (identity::id, identity::award_id, identity::provider_id, identity::reference, identity::number);

/// Payments in their current version.
#[diesel::dsl::auto_type]
fn current() -> _ {
    identity::table.inner_join(version::table.on(version::payment_id.eq(identity::id).and(version::version.eq(identity::version))))
}

/// What a list of payments can be narrowed by.
#[derive(Debug, Clone, Default)]
pub(super) struct Narrow {
    pub state: Option<PaymentState>,
    /// Only payments in one of these states.
    pub states: Option<Vec<PaymentState>>,
    pub award_id: Option<Id>,
    pub provider_id: Option<Id>,
    pub run_id: Option<Id>,
    /// Only payments that are due on this day or earlier.
    pub due_by: Option<NaiveDate>,
    /// Only payments on these awards.
    pub awards: Option<Vec<Id>>,
}

/// The place of a payment in a list.
pub(super) fn key(one: &Payment) -> (NaiveDate, Id) {
    (one.facts.due_on, one.id)
}

/// A page of payments that the caller may see, by the day on which they are due.
pub(super) fn page(conn: &mut Conn, scope: Scope, narrow: &Narrow, request: &PageRequest) -> Result<Page<Payment>, Refusal> {
    let after: Option<(NaiveDate, Id)> = request.after()?;
    let rows: Vec<Row> = on!(conn, c => {
        let mut query = current().order((version::due_on, version::payment_id)).limit(request.fetch())
            .select((IDENTITY, PaymentFacts::as_select())).into_boxed();
        match scope {
            Scope::Office => {}
            Scope::Provider(own) => query = query.filter(identity::provider_id.eq(own)),
            Scope::Nothing => return Ok(Page { items: Vec::new(), next_cursor: None }),
        }
        if let Some(state) = narrow.state {
            query = query.filter(version::state.eq(state));
        }
        if let Some(states) = &narrow.states {
            query = query.filter(version::state.eq_any(states));
        }
        if let Some(award) = narrow.award_id {
            query = query.filter(identity::award_id.eq(award));
        }
        if let Some(provider) = narrow.provider_id {
            query = query.filter(identity::provider_id.eq(provider));
        }
        if let Some(run) = narrow.run_id {
            query = query.filter(version::run_id.eq(run));
        }
        if let Some(day) = narrow.due_by {
            query = query.filter(version::due_on.le(day));
        }
        if let Some(awards) = &narrow.awards {
            query = query.filter(identity::award_id.eq_any(awards));
        }
        if let Some((due_on, id)) = after {
            query = query.filter(sql::after(version::due_on, version::payment_id, due_on, id));
        }
        query.load(c)
    })?;
    Ok(Page::cut(rows.into_iter().map(assemble).collect(), request, key))
}

/// All payments that a list narrowed so would have, by the day on which they are due.
pub(super) fn all(conn: &mut Conn, narrow: &Narrow) -> Result<Vec<Payment>, Refusal> {
    let request = PageRequest { limit: usize::MAX >> 2, cursor: None, scan: String::new() };
    Ok(page(conn, Scope::Office, narrow, &request)?.items)
}

/// The current versions of these payments, by id.
pub(super) fn of_ids(conn: &mut Conn, ids: &[Id]) -> Result<Vec<Payment>, Refusal> {
    let rows: Vec<Row> = on!(conn, c => current().filter(identity::id.eq_any(ids)).order(identity::id)
        .select((IDENTITY, PaymentFacts::as_select())).load(c))?;
    Ok(rows.into_iter().map(assemble).collect())
}

/// All payments of an award, in the order in which they were made.
pub(super) fn of_award(conn: &mut Conn, of: Id) -> Result<Vec<Payment>, Refusal> {
    let rows: Vec<Row> = on!(conn, c => current().filter(identity::award_id.eq(of)).order(identity::number)
        .select((IDENTITY, PaymentFacts::as_select())).load(c))?;
    Ok(rows.into_iter().map(assemble).collect())
}

/// The payments of these awards, by award and in the order in which they were made.
pub(super) fn of_awards(conn: &mut Conn, awards: &[Id]) -> Result<Vec<Payment>, Refusal> {
    let mut all = Vec::new();
    for some in awards.chunks(AT_ONCE) {
        let rows: Vec<Row> = on!(conn, c => current().filter(identity::award_id.eq_any(some))
            .order((identity::award_id, identity::number)).select((IDENTITY, PaymentFacts::as_select())).load(c))?;
        all.extend(rows.into_iter().map(assemble));
    }
    Ok(all)
}

/// What the payments of these awards in some states take altogether, by award.
pub(super) fn taken_by(conn: &mut Conn, awards: &[Id], states: &[PaymentState]) -> Result<HashMap<Id, Pence>, Refusal> {
    let mut all: HashMap<Id, Pence> = HashMap::new();
    for some in awards.chunks(AT_ONCE) {
        let rows: Vec<(Id, Pence)> = on!(conn, c => current()
            .inner_join(part::table.on(part::payment_id.eq(identity::id).and(part::parts_no.eq(version::parts_no))))
            .filter(identity::award_id.eq_any(some)).filter(version::state.eq_any(states))
            .select((identity::award_id, part::amount_pence)).load(c))?;
        for (award, amount) in rows {
            let sum = all.entry(award).or_default();
            *sum = *sum + amount;
        }
    }
    Ok(all)
}

/// The payments of these awards to a provider, by award and in the order in which they were made.
pub(super) fn of_provider(conn: &mut Conn, awards: &[Id], provider: Id) -> Result<Vec<Payment>, Refusal> {
    let rows: Vec<Row> = on!(conn, c => current().filter(identity::award_id.eq_any(awards)).filter(identity::provider_id.eq(provider))
        .order((identity::award_id, identity::number)).select((IDENTITY, PaymentFacts::as_select())).load(c))?;
    Ok(rows.into_iter().map(assemble).collect())
}

/// Payments in one state that are due on a day or earlier, by that day: of these awards, or of all.
pub(super) fn due(conn: &mut Conn, state: PaymentState, due_by: NaiveDate, awards: Option<&[Id]>) -> Result<Vec<Payment>, Refusal> {
    let rows: Vec<Row> = on!(conn, c => {
        let mut query = current().filter(version::state.eq(state)).filter(version::due_on.le(due_by))
            .order((version::due_on, identity::id))
            .select((IDENTITY, PaymentFacts::as_select())).into_boxed();
        if let Some(awards) = awards {
            query = query.filter(identity::award_id.eq_any(awards));
        }
        query.load(c)
    })?;
    Ok(rows.into_iter().map(assemble).collect())
}

/// Everybody who asked for these payments, in any version.
pub(super) fn askers(conn: &mut Conn, ids: &[Id]) -> Result<HashMap<Id, HashSet<Id>>, Refusal> {
    let rows: Vec<(Id, Option<Id>)> = on!(conn, c => version::table.filter(version::payment_id.eq_any(ids))
        .select((version::payment_id, version::requested_by)).distinct().load(c))?;
    let mut all: HashMap<Id, HashSet<Id>> = HashMap::new();
    for (payment, asker) in rows {
        let askers = all.entry(payment).or_default();
        askers.extend(asker);
    }
    Ok(all)
}

/// Everybody who asked for any payment of these awards, in any version.
pub(super) fn askers_of_awards(conn: &mut Conn, awards: &[Id]) -> Result<HashMap<Id, HashSet<Id>>, Refusal> {
    let rows: Vec<(Id, Option<Id>)> = on!(conn, c => identity::table.inner_join(version::table.on(version::payment_id.eq(identity::id)))
        .filter(identity::award_id.eq_any(awards)).select((identity::award_id, version::requested_by)).distinct().load(c))?;
    let mut all: HashMap<Id, HashSet<Id>> = HashMap::new();
    for (award, asker) in rows {
        all.entry(award).or_default().extend(asker);
    }
    Ok(all)
}

/// Other payments of the same award with the same amount that are due between two days and go out, or have gone out.
pub(super) fn alike(conn: &mut Conn, one: &Payment, (from, to): (NaiveDate, NaiveDate)) -> Result<Vec<(Id, String)>, Refusal> {
    let states = [PaymentState::Authorised, PaymentState::Exported, PaymentState::Paid];
    let rows: Vec<(Id, String)> = on!(conn, c => current()
        .filter(identity::award_id.eq(one.award_id)).filter(identity::provider_id.eq(one.provider_id)).filter(identity::id.ne(one.id))
        .filter(version::amount_pence.eq(one.facts.amount_pence)).filter(version::state.eq_any(states))
        .filter(version::due_on.between(from, to)).order(identity::number).select((identity::id, identity::reference)).load(c))?;
    Ok(rows)
}

/// The payment that has an invoice of a provider already, in capitals or small letters, unless that was cancelled.
pub(super) fn with_invoice(conn: &mut Conn, provider: Id, number: &str) -> Result<Option<String>, Refusal> {
    Ok(
        on!(conn, c => current().filter(identity::provider_id.eq(provider)).filter(sql::lower(version::invoice_number).eq(sql::lower(Some(number))))
        .filter(version::state.ne(PaymentState::Cancelled)).select(identity::reference).first(c).optional())?,
    )
}

/// What each budget line pays of these payments; `keys` have the numbers of their parts.
pub(super) fn parts(conn: &mut Conn, keys: &[(Id, i32)]) -> Result<Parts, Refusal> {
    let wanted: HashSet<(Id, i32)> = keys.iter().copied().collect();
    let ids: Vec<Id> = wanted.iter().map(|(payment, _)| *payment).collect();
    let rows: Vec<(Id, i32, Id, Pence)> = on!(conn, c => part::table.filter(part::payment_id.eq_any(&ids))
        .order((part::payment_id, part::parts_no, part::budget_line_id))
        .select((part::payment_id, part::parts_no, part::budget_line_id, part::amount_pence)).load(c))?;
    Ok(by_record(rows.into_iter().filter(|(payment, number, ..)| wanted.contains(&(*payment, *number)))))
}

/// What became of these payments with a run, each with its day: all that was ever told of them, in the order in which it was.
pub(super) fn told(conn: &mut Conn, run: Id, ids: &[Id]) -> Result<Vec<(Id, PaymentState, NaiveDate)>, Refusal> {
    let rows: Vec<(Id, PaymentState, NaiveDate)> = on!(conn, c => version::table
        .filter(version::run_id.eq(run)).filter(version::payment_id.eq_any(ids))
        .order((version::payment_id, version::version)).select((version::payment_id, version::state, version::effective_on)).load(c))?;
    Ok(rows)
}

/// What the payments of an award in some states take from each budget line.
pub(super) fn parts_in(conn: &mut Conn, award_id: Id, states: &[PaymentState]) -> Result<BTreeMap<Id, Pence>, Refusal> {
    let rows: Vec<(Id, Pence)> = on!(conn, c => current()
        .inner_join(part::table.on(part::payment_id.eq(identity::id).and(part::parts_no.eq(version::parts_no))))
        .filter(identity::award_id.eq(award_id)).filter(version::state.eq_any(states))
        .select((part::budget_line_id, part::amount_pence)).load(c))?;
    Ok(by_line(rows))
}

/// The same of many awards, by award.
pub(super) fn parts_of(conn: &mut Conn, awards: &[Id], states: &[PaymentState]) -> Result<HashMap<Id, BTreeMap<Id, Pence>>, Refusal> {
    let mut all: HashMap<Id, BTreeMap<Id, Pence>> = HashMap::new();
    for some in awards.chunks(AT_ONCE) {
        let rows: Vec<(Id, Id, Pence)> = on!(conn, c => current()
            .inner_join(part::table.on(part::payment_id.eq(identity::id).and(part::parts_no.eq(version::parts_no))))
            .filter(identity::award_id.eq_any(some)).filter(version::state.eq_any(states))
            .select((identity::award_id, part::budget_line_id, part::amount_pence)).load(c))?;
        for (award, line, amount) in rows {
            let sum = all.entry(award).or_default().entry(line).or_default();
            *sum = *sum + amount;
        }
    }
    Ok(all)
}

/// Keeps what each budget line pays of a payment.
pub(super) fn add_parts(conn: &mut Conn, payment: Id, parts_no: i32, parts: &[(Id, Pence)]) -> Result<(), Refusal> {
    for (line, amount) in parts {
        let values =
            (part::payment_id.eq(payment), part::parts_no.eq(parts_no), part::budget_line_id.eq(*line), part::amount_pence.eq(*amount));
        on!(conn, c => diesel::insert_into(part::table).values(values).execute(c))?;
    }
    Ok(())
}

/// The highest number among an award's payments; 0 without any.
pub(super) fn last_number(conn: &mut Conn, award_id: Id) -> Result<i32, Refusal> {
    let last: Option<i32> = on!(conn, c => identity::table.filter(identity::award_id.eq(award_id))
        .select(diesel::dsl::max(identity::number)).first(c))?;
    Ok(last.unwrap_or(0))
}

/// Awards with payments after one, in the order of their ids.
pub(super) fn awards_after(conn: &mut Conn, after: Option<Id>, most: i64) -> Result<Vec<Id>, Refusal> {
    let ids: Vec<Id> = on!(conn, c => {
        let mut query = identity::table.select(identity::award_id).distinct().order(identity::award_id).limit(most).into_boxed();
        if let Some(after) = after {
            query = query.filter(identity::award_id.gt(after));
        }
        query.load(c)
    })?;
    Ok(ids)
}

/// Writes a new payment.
pub(super) fn begin(conn: &mut Conn, one: &Payment) -> Result<(), Refusal> {
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

/// Moves a payment on by one version.
pub(super) fn advance(conn: &mut Conn, one: &Payment) -> Result<(), Refusal> {
    let before = identity::table.filter(identity::id.eq(one.id).and(identity::version.eq(one.facts.version - 1)));
    if on!(conn, c => diesel::update(before).set(identity::version.eq(one.facts.version)).execute(c))? == 0 {
        return Err(Refusal::Stale);
    }
    add_version(conn, &one.facts)
}

/// How many payments one statement moves on, since it takes only so many parameters.
const AT_ONCE: usize = 500;

/// Moves many payments on by one version.
pub(super) fn advance_all(conn: &mut Conn, all: &[Payment]) -> Result<(), Refusal> {
    for some in all.chunks(AT_ONCE) {
        let ids: Vec<Id> = some.iter().map(|one| one.id).collect();
        let moved = on!(conn, c => diesel::update(identity::table.filter(identity::id.eq_any(&ids)))
            .set(identity::version.eq(identity::version + 1)).execute(c))?;
        if moved != some.len() {
            return Err(Refusal::Stale);
        }
        let rows: Vec<&PaymentFacts> = some.iter().map(|one| &one.facts).collect();
        on!(conn, c => diesel::insert_into(version::table).values(rows).execute(c))?;
    }
    Ok(())
}

fn add_version(conn: &mut Conn, facts: &PaymentFacts) -> Result<(), Refusal> {
    on!(conn, c => diesel::insert_into(version::table).values(facts).execute(c))?;
    Ok(())
}
