//! The ledger's SQL.

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;
use diesel::dsl::{count_star, exists};
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use diesel::upsert::excluded;

use crate::kernel::{Id, Moment, Page, PageRequest, Pence, Refusal, SourceKind};
use crate::ledger::rules::{Account, AccountKind, DayNet, Holder, Movement, Tally};
use crate::ledger::running::Window;
use crate::store::Conn;
use crate::store::schema::{
    budget_line, funding_source, funding_source_version, ledger_account as account, ledger_tally as tally, ledger_transfer as transfer,
};
use crate::store::sql::{Prepare, sum_pence};

#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = account, treat_none_as_default_value = false)]
pub struct AccountRow {
    pub id: Id,
    pub kind: AccountKind,
    pub record_id: Id,
    pub budget_line_id: Id,
    pub balance_pence: Pence,
    pub latest_on: NaiveDate,
}

#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = transfer)]
pub struct TransferRow {
    pub id: Id,
    pub debit_kind: AccountKind,
    pub credit_kind: AccountKind,
    pub debit_record_id: Id,
    pub credit_record_id: Id,
    pub budget_line_id: Id,
    pub amount_pence: Pence,
    pub effective_on: NaiveDate,
    pub recorded_at: Moment,
    pub act: String,
}

#[derive(Debug, Insertable)]
#[diesel(table_name = transfer, treat_none_as_default_value = false)]
pub struct NewTransfer<'a> {
    id: Id,
    debit_account_id: Id,
    credit_account_id: Id,
    debit_kind: AccountKind,
    credit_kind: AccountKind,
    debit_record_id: Id,
    credit_record_id: Id,
    budget_line_id: Id,
    amount_pence: Pence,
    effective_on: NaiveDate,
    recorded_at: Moment,
    act: &'a str,
}

impl<'a> NewTransfer<'a> {
    pub fn of(movement: &Movement, debit: Id, credit: Id, recorded_at: Moment, act: &'a str) -> Self {
        Self {
            id: Id::new(),
            debit_account_id: debit,
            credit_account_id: credit,
            debit_kind: movement.from.kind,
            credit_kind: movement.to.kind,
            debit_record_id: movement.from.record_id,
            credit_record_id: movement.to.record_id,
            budget_line_id: movement.from.budget_line_id,
            amount_pence: movement.amount,
            effective_on: movement.effective_on,
            recorded_at,
            act,
        }
    }
}

/// What a record has had of one budget line, as it is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = tally, treat_none_as_default_value = false)]
pub struct TallyRow {
    pub record_id: Id,
    pub budget_line_id: Id,
    pub holder: Holder,
    pub held_pence: Pence,
    pub committed_pence: Pence,
    pub paid_pence: Pence,
    pub recovered_pence: Pence,
    pub released_pence: Pence,
    pub sides: i64,
}

impl TallyRow {
    fn of(account: &Account, holder: Holder, change: Tally) -> Self {
        Self {
            record_id: account.record_id,
            budget_line_id: account.budget_line_id,
            holder,
            held_pence: change.held,
            committed_pence: change.committed,
            paid_pence: change.paid,
            recovered_pence: change.recovered,
            released_pence: change.released,
            sides: change.sides,
        }
    }

    /// The sums.
    pub const fn tally(&self) -> Tally {
        Tally {
            held: self.held_pence,
            committed: self.committed_pence,
            paid: self.paid_pence,
            recovered: self.recovered_pence,
            released: self.released_pence,
            sides: self.sides,
        }
    }
}

/// Adds what a movement changes to what is kept.
pub fn tally(conn: &mut Conn, account: &Account, holder: Holder, change: Tally) -> Result<(), Refusal> {
    let row = TallyRow::of(account, holder, change);
    on!(conn, c => diesel::insert_into(tally::table).values(&row)
        .on_conflict((tally::record_id, tally::budget_line_id)).do_update()
        .set((
            tally::held_pence.eq(tally::held_pence + excluded(tally::held_pence)),
            tally::committed_pence.eq(tally::committed_pence + excluded(tally::committed_pence)),
            tally::paid_pence.eq(tally::paid_pence + excluded(tally::paid_pence)),
            tally::recovered_pence.eq(tally::recovered_pence + excluded(tally::recovered_pence)),
            tally::released_pence.eq(tally::released_pence + excluded(tally::released_pence)),
            tally::sides.eq(tally::sides + excluded(tally::sides)),
        ))
        .prepared().execute(c))?;
    Ok(())
}

/// What is kept of the records after one and up to another, of all where neither is given.
pub fn tallies(conn: &mut Conn, after: Option<Id>, to: Option<Id>) -> Result<Vec<TallyRow>, Refusal> {
    let rows: Vec<TallyRow> = on!(conn, c => {
        let mut query = tally::table.select(TallyRow::as_select()).into_boxed();
        if let Some(after) = after { query = query.filter(tally::record_id.gt(after)); }
        if let Some(to) = to { query = query.filter(tally::record_id.le(to)); }
        query.load(c)
    })?;
    Ok(rows)
}

/// The records of which something is kept after one, in the order of their ids.
pub fn tallied_after(conn: &mut Conn, after: Option<Id>, most: i64) -> Result<Vec<Id>, Refusal> {
    let ids: Vec<Id> = on!(conn, c => {
        let mut query = tally::table.select(tally::record_id).distinct().order(tally::record_id).limit(most).into_boxed();
        if let Some(after) = after { query = query.filter(tally::record_id.gt(after)); }
        query.load(c)
    })?;
    Ok(ids)
}

/// Movements from one record and budget line to another.
#[derive(Debug, Clone, Copy, Queryable)]
pub struct FlowRow {
    pub from_kind: AccountKind,
    pub from_id: Id,
    pub from_line_id: Id,
    pub to_kind: AccountKind,
    pub to_id: Id,
    pub to_line_id: Id,
    pub amount: Option<Pence>,
    pub count: i64,
}

/// Some movements added up. Money carried from one fund period to another changes its budget line, so it comes as [`flows_carried`].
pub fn flows(conn: &mut Conn, window: &Window) -> Result<Vec<FlowRow>, Refusal> {
    let rows: Vec<FlowRow> = on!(conn, c => {
        let mut query = transfer::table
            .filter(transfer::recorded_at.le(window.by).and(transfer::effective_on.le(window.to)))
            .filter(transfer::debit_kind.ne(AccountKind::FundPeriod).or(transfer::credit_kind.ne(AccountKind::FundPeriod)))
            // In the order of the index `ledger_transfer_flow`, which spares the sorting.
            .group_by((transfer::debit_kind, transfer::credit_kind, transfer::debit_record_id, transfer::credit_record_id, transfer::budget_line_id))
            .select((transfer::debit_kind, transfer::debit_record_id, transfer::budget_line_id, transfer::credit_kind, transfer::credit_record_id,
                transfer::budget_line_id, sum_pence(transfer::amount_pence), count_star()))
            .into_boxed();
        if let Some(from) = window.from { query = query.filter(transfer::effective_on.ge(from)); }
        if let Some(after) = window.after { query = query.filter(transfer::recorded_at.gt(after)); }
        query.load(c)
    })?;
    Ok(rows)
}

/// Money carried from one fund period to another, with the line that it was carried to.
pub fn flows_carried(conn: &mut Conn, window: &Window) -> Result<Vec<FlowRow>, Refusal> {
    let rows: Vec<FlowRow> = on!(conn, c => {
        let mut query = transfer::table.inner_join(account::table.on(account::id.eq(transfer::credit_account_id)))
            .filter(transfer::debit_kind.eq(AccountKind::FundPeriod).and(transfer::credit_kind.eq(AccountKind::FundPeriod)))
            .filter(transfer::recorded_at.le(window.by).and(transfer::effective_on.le(window.to)))
            .select((transfer::debit_kind, transfer::debit_record_id, transfer::budget_line_id, transfer::credit_kind, transfer::credit_record_id,
                account::budget_line_id, transfer::amount_pence.nullable(), 1_i64.into_sql::<BigInt>()))
            .into_boxed();
        if let Some(from) = window.from { query = query.filter(transfer::effective_on.ge(from)); }
        if let Some(after) = window.after { query = query.filter(transfer::recorded_at.gt(after)); }
        query.load(c)
    })?;
    Ok(rows)
}

/// Whether so many movements take effect after a day or were recorded after a moment, by the indexes alone.
pub fn is_much_later(conn: &mut Conn, as_at: NaiveDate, known_at: Moment, most: i64) -> Result<bool, Refusal> {
    let many = usize::try_from(most).unwrap_or(usize::MAX);
    let days: Vec<NaiveDate> = on!(conn, c => transfer::table.filter(transfer::effective_on.gt(as_at)).limit(most)
        .select(transfer::effective_on).load(c))?;
    if days.len() >= many {
        return Ok(true);
    }
    let moments: Vec<Moment> = on!(conn, c => transfer::table.filter(transfer::recorded_at.gt(known_at)).limit(most)
        .select(transfer::recorded_at).load(c))?;
    Ok(moments.len() >= many)
}

/// Some of what takes effect after a day or was recorded after a moment.
pub fn flows_later(conn: &mut Conn, as_at: NaiveDate, known_at: Moment, most: i64) -> Result<Vec<FlowRow>, Refusal> {
    let rows: Vec<FlowRow> = on!(conn, c => transfer::table.inner_join(account::table.on(account::id.eq(transfer::credit_account_id)))
        .filter(transfer::recorded_at.gt(known_at).or(transfer::effective_on.gt(as_at)))
        .limit(most)
        .select((transfer::debit_kind, transfer::debit_record_id, transfer::budget_line_id, transfer::credit_kind, transfer::credit_record_id,
            account::budget_line_id, transfer::amount_pence.nullable(), 1_i64.into_sql::<BigInt>())).load(c))?;
    Ok(rows)
}

/// Movements between two kinds of account, on one side of which a record stands with a budget line.
pub type SideRow = (Id, Id, AccountKind, AccountKind, Option<i64>, i64);

/// What left the records after one and up to another, and what reached them, added up from the movements.
pub fn sides(conn: &mut Conn, after: Option<Id>, to: Option<Id>) -> Result<(Vec<SideRow>, Vec<SideRow>), Refusal> {
    let left: Vec<SideRow> = on!(conn, c => {
        let mut query = transfer::table
            .group_by((transfer::debit_record_id, transfer::budget_line_id, transfer::debit_kind, transfer::credit_kind))
            .select((transfer::debit_record_id, transfer::budget_line_id, transfer::debit_kind, transfer::credit_kind,
                sum_pence(transfer::amount_pence), count_star()))
            .into_boxed();
        if let Some(after) = after { query = query.filter(transfer::debit_record_id.gt(after)); }
        if let Some(to) = to { query = query.filter(transfer::debit_record_id.le(to)); }
        query.load(c)
    })?;
    let reached: Vec<SideRow> = on!(conn, c => {
        let mut query = transfer::table.inner_join(account::table.on(account::id.eq(transfer::credit_account_id)))
            .group_by((transfer::credit_record_id, account::budget_line_id, transfer::debit_kind, transfer::credit_kind))
            .select((transfer::credit_record_id, account::budget_line_id, transfer::debit_kind, transfer::credit_kind,
                sum_pence(transfer::amount_pence), count_star()))
            .into_boxed();
        if let Some(after) = after { query = query.filter(transfer::credit_record_id.gt(after)); }
        if let Some(to) = to { query = query.filter(transfer::credit_record_id.le(to)); }
        query.load(c)
    })?;
    Ok((left, reached))
}

pub fn find(conn: &mut Conn, wanted: &Account) -> Result<Option<AccountRow>, Refusal> {
    Ok(on!(conn, c => account::table
        .filter(account::record_id.eq(wanted.record_id))
        .filter(account::kind.eq(wanted.kind))
        .filter(account::budget_line_id.eq(wanted.budget_line_id))
        .select(AccountRow::as_select())
        .first(c).optional())?)
}

/// The account, made where it was never used before `on`.
pub fn open(conn: &mut Conn, wanted: &Account, on: NaiveDate) -> Result<AccountRow, Refusal> {
    if let Some(row) = find(conn, wanted)? {
        return Ok(row);
    }
    let Account { kind, record_id, budget_line_id } = *wanted;
    let row = AccountRow { id: Id::new(), kind, record_id, budget_line_id, balance_pence: Pence::ZERO, latest_on: on };
    on!(conn, c => diesel::insert_into(account::table).values(&row).execute(c))?;
    Ok(row)
}

/// Keeps what an account holds, and the last day on which anything takes effect on it.
pub fn keep(conn: &mut Conn, id: Id, balance: Pence, latest_on: NaiveDate) -> Result<(), Refusal> {
    on!(conn, c => diesel::update(account::table.find(id))
        .set((account::balance_pence.eq(balance), account::latest_on.eq(latest_on))).prepared().execute(c))?;
    Ok(())
}

/// What takes effect on an account after a day, by day.
pub fn nets_after(conn: &mut Conn, id: Id, day: NaiveDate) -> Result<Vec<DayNet>, Refusal> {
    let out: Vec<(NaiveDate, Option<i64>)> = on!(conn, c => transfer::table
        .filter(transfer::debit_account_id.eq(id)).filter(transfer::effective_on.gt(day))
        .group_by(transfer::effective_on).select((transfer::effective_on, sum_pence(transfer::amount_pence))).load(c))?;
    let into: Vec<(NaiveDate, Option<i64>)> = on!(conn, c => transfer::table
        .filter(transfer::credit_account_id.eq(id)).filter(transfer::effective_on.gt(day))
        .group_by(transfer::effective_on).select((transfer::effective_on, sum_pence(transfer::amount_pence))).load(c))?;
    let mut nets: BTreeMap<NaiveDate, Pence> = BTreeMap::new();
    let signed = into.into_iter().chain(out.into_iter().map(|(day, pence)| (day, pence.map(|pence| -pence))));
    for (day, pence) in signed {
        let net = nets.entry(day).or_default();
        *net = *net + Pence(pence.unwrap_or(0));
    }
    Ok(nets.into_iter().collect())
}

/// What came to a record's accounts of one kind, less what left them; what awards took and gave back is left out.
pub fn set_aside(conn: &mut Conn, kind: AccountKind, record_id: Id) -> Result<Pence, Refusal> {
    let of_awards = [AccountKind::Offered, AccountKind::Committed];
    let into: Option<i64> = on!(conn, c => transfer::table
        .filter(transfer::credit_record_id.eq(record_id)).filter(transfer::credit_kind.eq(kind))
        .filter(transfer::debit_kind.ne_all(of_awards)).select(sum_pence(transfer::amount_pence)).get_result(c))?;
    let out: Option<i64> = on!(conn, c => transfer::table
        .filter(transfer::debit_record_id.eq(record_id)).filter(transfer::debit_kind.eq(kind))
        .filter(transfer::credit_kind.ne_all(of_awards)).select(sum_pence(transfer::amount_pence)).get_result(c))?;
    Ok(Pence(into.unwrap_or_default()) - Pence(out.unwrap_or_default()))
}

pub fn append(conn: &mut Conn, row: &NewTransfer<'_>) -> Result<Id, Refusal> {
    on!(conn, c => diesel::insert_into(transfer::table).values(row).execute(c))?;
    Ok(row.id)
}

/// How many movements one statement writes, since it takes only so many parameters.
const MOVEMENTS_AT_ONCE: usize = 500;

pub fn append_all(conn: &mut Conn, rows: &[NewTransfer<'_>]) -> Result<(), Refusal> {
    for some in rows.chunks(MOVEMENTS_AT_ONCE) {
        on!(conn, c => diesel::insert_into(transfer::table).values(some).execute(c))?;
    }
    Ok(())
}

pub fn of_record(conn: &mut Conn, kind: AccountKind, record_id: Id) -> Result<Vec<(Id, Pence)>, Refusal> {
    Ok(on!(conn, c => account::table
        .filter(account::record_id.eq(record_id))
        .filter(account::kind.eq(kind))
        .order(account::budget_line_id)
        .select((account::budget_line_id, account::balance_pence))
        .load(c))?)
}

/// The same of several records: record and budget line before what is held.
pub fn of_records(conn: &mut Conn, kind: AccountKind, records: &[Id]) -> Result<Vec<((Id, Id), Pence)>, Refusal> {
    let rows: Vec<(Id, Id, Pence)> = on!(conn, c => account::table
        .filter(account::record_id.eq_any(records))
        .filter(account::kind.eq(kind))
        .select((account::record_id, account::budget_line_id, account::balance_pence))
        .prepared_for(records).load(c))?;
    Ok(rows.into_iter().map(|(record, line, held)| ((record, line), held)).collect())
}

/// All accounts after `id`, in the order of their ids.
pub fn accounts_page(conn: &mut Conn, kind: Option<AccountKind>, page: &PageRequest) -> Result<Page<AccountRow>, Refusal> {
    let after: Option<Id> = page.after()?;
    let rows: Vec<AccountRow> = on!(conn, c => {
        let mut query = account::table.select(AccountRow::as_select()).order(account::id).limit(page.fetch()).into_boxed();
        if let Some(kind) = kind { query = query.filter(account::kind.eq(kind)); }
        if let Some(after) = after { query = query.filter(account::id.gt(after)); }
        query.load(c)
    })?;
    Ok(Page::cut(rows, page, |row| row.id))
}

/// The same as at a day and as known at a moment: accounts that had been moved on by then, with the sums of their movements.
pub fn accounts_page_at(
    conn: &mut Conn,
    kind: Option<AccountKind>,
    (as_at, known_at): (NaiveDate, Moment),
    page: &PageRequest,
) -> Result<Page<AccountRow>, Refusal> {
    let after: Option<Id> = page.after()?;
    let counts = move || transfer::effective_on.le(as_at).and(transfer::recorded_at.le(known_at));
    let mut rows: Vec<AccountRow> = on!(conn, c => {
        let left = exists(transfer::table.filter(transfer::debit_account_id.eq(account::id)).filter(counts()));
        let reached = exists(transfer::table.filter(transfer::credit_account_id.eq(account::id)).filter(counts()));
        let mut query = account::table.select(AccountRow::as_select()).order(account::id).limit(page.fetch())
            .filter(left.or(reached)).into_boxed();
        if let Some(kind) = kind { query = query.filter(account::kind.eq(kind)); }
        if let Some(after) = after { query = query.filter(account::id.gt(after)); }
        query.load(c)
    })?;
    let ids: Vec<Id> = rows.iter().map(|row| row.id).collect();
    let left: Vec<(Id, Option<Pence>)> = on!(conn, c => transfer::table.filter(transfer::debit_account_id.eq_any(&ids)).filter(counts())
        .group_by(transfer::debit_account_id).select((transfer::debit_account_id, sum_pence(transfer::amount_pence))).load(c))?;
    let reached: Vec<(Id, Option<Pence>)> = on!(conn, c => transfer::table.filter(transfer::credit_account_id.eq_any(&ids)).filter(counts())
        .group_by(transfer::credit_account_id).select((transfer::credit_account_id, sum_pence(transfer::amount_pence))).load(c))?;
    let (left, reached): (HashMap<Id, Option<Pence>>, HashMap<Id, Option<Pence>>) = (HashMap::from_iter(left), HashMap::from_iter(reached));
    let of = |sums: &HashMap<Id, Option<Pence>>, id: Id| sums.get(&id).copied().flatten().unwrap_or_default();
    rows.iter_mut().for_each(|row| row.balance_pence = of(&reached, row.id) - of(&left, row.id));
    Ok(Page::cut(rows, page, |row| row.id))
}

/// What narrows a list of movements.
#[derive(Debug, Clone, Default)]
pub struct TransferFilter {
    pub record_id: Option<Id>,
    pub budget_line_id: Option<Id>,
    pub as_at: Option<NaiveDate>,
    pub known_at: Option<Moment>,
    pub debit_kind: Option<AccountKind>,
    pub credit_kind: Option<AccountKind>,
    pub source_kind: Option<SourceKind>,
}

/// Budget lines with the kind of source whose money they are.
#[diesel::dsl::auto_type]
fn line_sources() -> _ {
    budget_line::table.inner_join(funding_source::table.on(funding_source::id.eq(budget_line::funding_source_id))).inner_join(
        funding_source_version::table
            .on(funding_source_version::source_id.eq(funding_source::id).and(funding_source_version::version.eq(funding_source::version))),
    )
}

/// The budget lines whose money comes from sources of a kind.
fn lines_from(conn: &mut Conn, kind: SourceKind) -> Result<Vec<Id>, Refusal> {
    let ids: Vec<Id> = on!(conn, c => line_sources().filter(funding_source_version::kind.eq(kind)).select(budget_line::id).load(c))?;
    Ok(ids)
}

/// The kind of source whose money each of these budget lines is, as it is known now.
pub fn source_kinds(conn: &mut Conn, lines: &[Id]) -> Result<HashMap<Id, SourceKind>, Refusal> {
    let rows: Vec<(Id, SourceKind)> = on!(conn, c => line_sources()
        .filter(budget_line::id.eq_any(lines)).select((budget_line::id, funding_source_version::kind)).load(c))?;
    Ok(rows.into_iter().collect())
}

pub fn transfers_page(conn: &mut Conn, filter: &TransferFilter, page: &PageRequest) -> Result<Page<TransferRow>, Refusal> {
    let after: Option<Id> = page.after()?;
    let lines = filter.source_kind.map(|kind| lines_from(conn, kind)).transpose()?;
    let rows: Vec<TransferRow> = on!(conn, c => {
        let mut query = transfer::table.select(TransferRow::as_select()).order(transfer::id).limit(page.fetch()).into_boxed();
        if let Some(record) = filter.record_id { query = query.filter(transfer::debit_record_id.eq(record).or(transfer::credit_record_id.eq(record))); }
        if let Some(line) = filter.budget_line_id { query = query.filter(transfer::budget_line_id.eq(line)); }
        if let Some(as_at) = filter.as_at { query = query.filter(transfer::effective_on.le(as_at)); }
        if let Some(known_at) = filter.known_at { query = query.filter(transfer::recorded_at.le(known_at)); }
        if let Some(kind) = filter.debit_kind { query = query.filter(transfer::debit_kind.eq(kind)); }
        if let Some(kind) = filter.credit_kind { query = query.filter(transfer::credit_kind.eq(kind)); }
        if let Some(lines) = &lines { query = query.filter(transfer::budget_line_id.eq_any(lines)); }
        if let Some(after) = after { query = query.filter(transfer::id.gt(after)); }
        query.load(c)
    })?;
    Ok(Page::cut(rows, page, |row| row.id))
}

/// Pence by account and day.
type Sums = Vec<(Id, NaiveDate, Option<i64>)>;

/// What left each account after `after`, up to and with `to`, and what arrived, added up from the movements by the day they take
/// effect on.
pub fn sums(conn: &mut Conn, after: Option<Id>, to: Option<Id>) -> Result<(Sums, Sums), Refusal> {
    let out: Sums = on!(conn, c => {
        let mut query = transfer::table.group_by((transfer::debit_account_id, transfer::effective_on))
            .select((transfer::debit_account_id, transfer::effective_on, sum_pence(transfer::amount_pence))).into_boxed();
        if let Some(after) = after { query = query.filter(transfer::debit_account_id.gt(after)); }
        if let Some(to) = to { query = query.filter(transfer::debit_account_id.le(to)); }
        query.load(c)
    })?;
    let into: Sums = on!(conn, c => {
        let mut query = transfer::table.group_by((transfer::credit_account_id, transfer::effective_on))
            .select((transfer::credit_account_id, transfer::effective_on, sum_pence(transfer::amount_pence))).into_boxed();
        if let Some(after) = after { query = query.filter(transfer::credit_account_id.gt(after)); }
        if let Some(to) = to { query = query.filter(transfer::credit_account_id.le(to)); }
        query.load(c)
    })?;
    Ok((out, into))
}

/// The accounts after `after`, in the order of their ids.
pub fn accounts_after(conn: &mut Conn, after: Option<Id>, most: i64) -> Result<Vec<AccountRow>, Refusal> {
    let rows: Vec<AccountRow> = on!(conn, c => {
        let mut query = account::table.select(AccountRow::as_select()).order(account::id).limit(most).into_boxed();
        if let Some(after) = after { query = query.filter(account::id.gt(after)); }
        query.load(c)
    })?;
    Ok(rows)
}

/// Movements that say something else of their accounts than the accounts do: first where the money left, then where it arrived.
pub fn misnamed(conn: &mut Conn, most: i64) -> Result<Vec<Id>, Refusal> {
    let mut found: Vec<Id> = on!(conn, c => transfer::table
        .inner_join(account::table.on(transfer::debit_account_id.eq(account::id)))
        .filter(transfer::debit_kind.ne(account::kind)
            .or(transfer::debit_record_id.ne(account::record_id))
            .or(transfer::budget_line_id.ne(account::budget_line_id)))
        .order(transfer::id).limit(most).select(transfer::id).load(c))?;
    // Between two fund periods money leaves one budget line for another.
    let between_periods = || transfer::debit_kind.eq(AccountKind::FundPeriod).and(transfer::credit_kind.eq(AccountKind::FundPeriod));
    let arrived: Vec<Id> = on!(conn, c => transfer::table
        .inner_join(account::table.on(transfer::credit_account_id.eq(account::id)))
        .filter(transfer::credit_kind.ne(account::kind)
            .or(transfer::credit_record_id.ne(account::record_id))
            .or(transfer::budget_line_id.ne(account::budget_line_id).and(diesel::dsl::not(between_periods()))))
        .order(transfer::id).limit(most).select(transfer::id).load(c))?;
    found.extend(arrived);
    Ok(found)
}

pub fn count_transfers(conn: &mut Conn) -> Result<i64, Refusal> {
    Ok(on!(conn, c => transfer::table.count().get_result(c))?)
}
