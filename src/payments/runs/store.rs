//! Payment runs in the database.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;
use diesel::prelude::*;

use crate::kernel::{Id, Moment, Page, PageRequest, Pence, Refusal};
use crate::payments::rules::PaymentState;
use crate::payments::runs::rules::PaymentRunState;
use crate::store::Conn;
use crate::store::schema::{
    payment, payment_part, payment_run as identity, payment_run_file as file, payment_run_item as item, payment_run_version as version,
    payment_version,
};
use crate::store::sql::sum_pence;

/// What a run is in one version.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, Queryable, Selectable, Insertable)]
#[diesel(table_name = version, treat_none_as_default_value = false)]
pub struct RunFacts {
    /// Which run.
    pub run_id: Id,
    /// Which version this is.
    pub version: i32,
    /// When this version became known.
    pub recorded_at: Moment,
    /// From when it holds.
    pub effective_on: NaiveDate,
    /// How far it has come.
    pub state: PaymentRunState,
    /// Up to which day its payments are due.
    pub due_by: NaiveDate,
    /// Of whose awards.
    pub fund_id: Option<Id>,
    /// Who gathered it.
    pub made_by: String,
    /// Why it was cancelled.
    pub reason: Option<String>,
}

/// A payment of a run as it was gathered. Whom it pays stays, whoever receives the payment later.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = item)]
pub struct RunItem {
    /// Which payment.
    pub payment_id: Id,
    /// In which version.
    pub payment_version: i32,
    /// Who was to receive it.
    pub provider_id: Option<Id>,
    /// Their name at that time.
    pub provider_name: Option<String>,
    /// The number by which the finance system pays them, as it was authorised.
    pub supplier_number: Option<String>,
}

/// A payment run as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// Its id.
    pub id: Id,
    /// `RUN-0001`.
    pub reference: String,
    /// What it is.
    pub facts: RunFacts,
    /// Its payments, each as it was gathered, in their order; none in a list of runs.
    pub items: Vec<RunItem>,
    /// The hash of its file, once it was made.
    pub sha256: Option<String>,
}

type Items = HashMap<Id, Vec<RunItem>>;

/// The payments of a run, each as it was gathered, in their order.
fn items_of(conn: &mut Conn, run: Id) -> Result<Items, Refusal> {
    let found: Vec<RunItem> = on!(conn, c => item::table.filter(item::run_id.eq(run)).order(item::position)
        .select(RunItem::as_select()).load(c))?;
    Ok(HashMap::from([(run, found)]))
}

fn assemble(conn: &mut Conn, rows: Vec<(String, RunFacts)>, mut items: Items) -> Result<Vec<Run>, Refusal> {
    let ids: Vec<Id> = rows.iter().map(|(_, facts)| facts.run_id).collect();
    let hashes: Vec<(Id, String)> =
        on!(conn, c => file::table.filter(file::run_id.eq_any(&ids)).select((file::run_id, file::sha256)).load(c))?;
    let mut hashes: HashMap<Id, String> = hashes.into_iter().collect();
    let turn = |(reference, facts): (String, RunFacts)| Run {
        id: facts.run_id,
        reference,
        items: items.remove(&facts.run_id).unwrap_or_default(),
        sha256: hashes.remove(&facts.run_id),
        facts,
    };
    Ok(rows.into_iter().map(turn).collect())
}

/// The run.
pub(super) fn load(conn: &mut Conn, id: Id) -> Result<Option<Run>, Refusal> {
    let row: Option<(String, RunFacts)> = on!(conn, c => identity::table
        .inner_join(version::table.on(version::run_id.eq(identity::id).and(version::version.eq(identity::version))))
        .filter(identity::id.eq(id)).select((identity::reference, RunFacts::as_select())).first(c).optional())?;
    let items = items_of(conn, id)?;
    Ok(assemble(conn, row.into_iter().collect(), items)?.pop())
}

/// A page of runs, the latest first, without their payments.
pub(super) fn page(conn: &mut Conn, request: &PageRequest) -> Result<Page<Run>, Refusal> {
    let before: Option<Id> = request.after()?;
    let rows: Vec<(String, RunFacts)> = on!(conn, c => {
        let mut query = identity::table
            .inner_join(version::table.on(version::run_id.eq(identity::id).and(version::version.eq(identity::version))))
            .order(identity::id.desc()).limit(request.fetch()).select((identity::reference, RunFacts::as_select())).into_boxed();
        if let Some(before) = before {
            query = query.filter(identity::id.lt(before));
        }
        query.load(c)
    })?;
    Ok(Page::cut(assemble(conn, rows, Items::new())?, request, |one| one.id))
}

/// Payments that stand in a run which has not left.
pub(super) fn gathered(conn: &mut Conn) -> Result<HashSet<Id>, Refusal> {
    let ids: Vec<Id> = on!(conn, c => identity::table
        .inner_join(version::table.on(version::run_id.eq(identity::id).and(version::version.eq(identity::version))))
        .inner_join(item::table.on(item::run_id.eq(identity::id)))
        .filter(version::state.eq(PaymentRunState::Gathered)).select(item::payment_id).load(c))?;
    Ok(ids.into_iter().collect())
}

/// What a payment took from one budget line as it was gathered: run, payment, VAT, line and amount.
pub(super) type Part = (Id, Id, Option<Pence>, Id, Pence);

/// What the payments of these runs took from each budget line as they were gathered, in the order of the runs' payments and of the lines; only of those with
/// VAT where that is asked for.
pub(super) fn parts(conn: &mut Conn, runs: &[Id], with_vat: bool) -> Result<Vec<Part>, Refusal> {
    let rows: Vec<Part> = on!(conn, c => {
        let mut query = item::table
            .inner_join(payment_version::table.on(payment_version::payment_id.eq(item::payment_id).and(payment_version::version.eq(item::payment_version))))
            .inner_join(payment_part::table.on(payment_part::payment_id.eq(item::payment_id).and(payment_part::parts_no.eq(payment_version::parts_no))))
            .filter(item::run_id.eq_any(runs)).order((item::run_id, item::position, payment_part::budget_line_id))
            .select((item::run_id, item::payment_id, payment_version::vat_pence, payment_part::budget_line_id, payment_part::amount_pence)).into_boxed();
        if with_vat { query = query.filter(payment_version::vat_pence.assume_not_null().ne(Pence::ZERO)); }
        query.load(c)
    })?;
    Ok(rows)
}

/// What the payments of these runs without VAT took from each budget line: run, line, amount in all.
pub(super) fn sums(conn: &mut Conn, runs: &[Id]) -> Result<Vec<(Id, Id, Option<i64>)>, Refusal> {
    Ok(on!(conn, c => item::table
        .inner_join(payment_version::table.on(payment_version::payment_id.eq(item::payment_id).and(payment_version::version.eq(item::payment_version))))
        .inner_join(payment_part::table.on(payment_part::payment_id.eq(item::payment_id).and(payment_part::parts_no.eq(payment_version::parts_no))))
        .filter(item::run_id.eq_any(runs)).filter(payment_version::vat_pence.is_null().or(payment_version::vat_pence.assume_not_null().eq(Pence::ZERO)))
        .group_by((item::run_id, payment_part::budget_line_id))
        .select((item::run_id, payment_part::budget_line_id, sum_pence(payment_part::amount_pence))).load(c))?)
}

/// How many payments each of these runs has, by the state in which they are now.
pub(super) fn counts(conn: &mut Conn, runs: &[Id]) -> Result<Vec<(Id, PaymentState, i64)>, Refusal> {
    Ok(on!(conn, c => item::table
        .inner_join(payment::table.on(payment::id.eq(item::payment_id)))
        .inner_join(payment_version::table.on(payment_version::payment_id.eq(payment::id).and(payment_version::version.eq(payment::version))))
        .filter(item::run_id.eq_any(runs)).group_by((item::run_id, payment_version::state))
        .select((item::run_id, payment_version::state, diesel::dsl::count(item::payment_id))).load(c))?)
}

/// How many runs there are.
pub(super) fn count(conn: &mut Conn) -> Result<i64, Refusal> {
    Ok(on!(conn, c => identity::table.count().get_result(c))?)
}

/// Writes a new run with its payments.
pub(super) fn begin(conn: &mut Conn, one: &Run) -> Result<(), Refusal> {
    let values = (
        identity::id.eq(one.id),
        identity::reference.eq(&one.reference),
        identity::version.eq(one.facts.version),
        identity::recorded_at.eq(one.facts.recorded_at),
    );
    on!(conn, c => diesel::insert_into(identity::table).values(values).execute(c))?;
    for (position, gathered) in (1_i32..).zip(&one.items) {
        let values = (
            item::run_id.eq(one.id),
            item::position.eq(position),
            item::payment_id.eq(gathered.payment_id),
            item::payment_version.eq(gathered.payment_version),
            item::provider_id.eq(gathered.provider_id),
            item::provider_name.eq(gathered.provider_name.as_deref()),
            item::supplier_number.eq(gathered.supplier_number.as_deref()),
        );
        on!(conn, c => diesel::insert_into(item::table).values(values).execute(c))?;
    }
    add_version(conn, &one.facts)
}

/// Moves a run on by one version.
pub(super) fn advance(conn: &mut Conn, one: &Run) -> Result<(), Refusal> {
    let before = identity::table.filter(identity::id.eq(one.id).and(identity::version.eq(one.facts.version - 1)));
    if on!(conn, c => diesel::update(before).set(identity::version.eq(one.facts.version)).execute(c))? == 0 {
        return Err(Refusal::Stale);
    }
    add_version(conn, &one.facts)
}

fn add_version(conn: &mut Conn, facts: &RunFacts) -> Result<(), Refusal> {
    on!(conn, c => diesel::insert_into(version::table).values(facts).execute(c))?;
    Ok(())
}

/// Keeps the file of a run.
pub(super) fn add_file(conn: &mut Conn, run: Id, recorded_at: Moment, text: &str, sha256: &str) -> Result<(), Refusal> {
    let values = (file::run_id.eq(run), file::recorded_at.eq(recorded_at), file::file.eq(text), file::sha256.eq(sha256));
    on!(conn, c => diesel::insert_into(file::table).values(values).execute(c))?;
    Ok(())
}

/// Exported files after the one of this run, by run: each with its text and the hash that was kept.
pub(super) fn files_after(conn: &mut Conn, after: Option<Id>, most: i64) -> Result<Vec<(Id, String, String)>, Refusal> {
    let rows: Vec<(Id, String, String)> = on!(conn, c => {
        let mut query = file::table.order(file::run_id).limit(most).select((file::run_id, file::file, file::sha256)).into_boxed();
        if let Some(after) = after { query = query.filter(file::run_id.gt(after)); }
        query.load(c)
    })?;
    Ok(rows)
}

/// The file of a run.
pub(super) fn file_of(conn: &mut Conn, run: Id) -> Result<Option<String>, Refusal> {
    Ok(on!(conn, c => file::table.find(run).select(file::file).first(c).optional())?)
}
