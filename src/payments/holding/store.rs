//! Rules that hold payments, and what they look at, in the database.

use std::collections::HashMap;

use chrono::NaiveDate;
use diesel::prelude::*;

use crate::awards::rules::{AwardKind, AwardState, QuarterAmount};
use crate::kernel::{Id, Moment, Page, PageRequest, Pence, Quarter, Refusal};
use crate::payments::holding::rules::{Lift, PaymentRuleInput, PaymentRuleKind, Rule};
use crate::providers::checks::rules::CheckKind;
use crate::returns::ReturnState;
use crate::store::Conn;
use crate::store::schema::{
    award, award_quarter, award_terms, award_version, fund_period, payment_rule as identity, payment_rule_lift as lift,
    payment_rule_version as version, quarterly_return, quarterly_return_version as return_version, variation, variation_version,
};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = version, treat_none_as_default_value = false)]
struct VersionRow {
    rule_id: Id,
    version: i32,
    recorded_at: Moment,
    kind: PaymentRuleKind,
    fund_id: Option<Id>,
    award_kind: Option<AwardKind>,
    quarters_back: Option<i32>,
    percent: Option<i32>,
    check_kind: Option<CheckKind>,
    is_active: bool,
    reason: Option<String>,
}

/// Rows as rules, each with its lifts.
fn assemble(conn: &mut Conn, rows: Vec<VersionRow>) -> Result<Vec<Rule>, Refusal> {
    let ids: Vec<Id> = rows.iter().map(|row| row.rule_id).collect();
    let found: Vec<(Id, Id, Id, NaiveDate, NaiveDate, String, String)> = on!(conn, c => lift::table.filter(lift::rule_id.eq_any(&ids))
        .order(lift::id)
        .select((lift::rule_id, lift::id, lift::fund_id, lift::lifted_on, lift::lifted_until, lift::lifted_by, lift::reason)).load(c))?;
    let mut lifts: HashMap<Id, Vec<Lift>> = HashMap::new();
    for (rule, id, fund_id, lifted_on, lifted_until, lifted_by, reason) in found {
        lifts.entry(rule).or_default().push(Lift { id, fund_id, lifted_on, lifted_until, lifted_by, reason });
    }
    let turn = |row: VersionRow| Rule {
        id: row.rule_id,
        version: row.version,
        recorded_at: row.recorded_at,
        lifts: lifts.remove(&row.rule_id).unwrap_or_default(),
        input: PaymentRuleInput {
            kind: row.kind,
            fund_id: row.fund_id,
            award_kind: row.award_kind,
            quarters_back: row.quarters_back,
            percent: row.percent,
            check_kind: row.check_kind,
            is_active: row.is_active,
            reason: row.reason,
        },
    };
    Ok(rows.into_iter().map(turn).collect())
}

/// A rule in its current version.
pub(super) fn load(conn: &mut Conn, id: Id) -> Result<Option<Rule>, Refusal> {
    let row: Option<VersionRow> = on!(conn, c => identity::table
        .inner_join(version::table.on(version::rule_id.eq(identity::id).and(version::version.eq(identity::version))))
        .filter(identity::id.eq(id)).select(VersionRow::as_select()).first(c).optional())?;
    Ok(assemble(conn, row.into_iter().collect())?.pop())
}

/// The rules that hold anything, in the order in which they were made.
pub(super) fn active(conn: &mut Conn) -> Result<Vec<Rule>, Refusal> {
    let rows: Vec<VersionRow> = on!(conn, c => identity::table
        .inner_join(version::table.on(version::rule_id.eq(identity::id).and(version::version.eq(identity::version))))
        .filter(version::is_active.eq(true)).order(identity::id).select(VersionRow::as_select()).load(c))?;
    if rows.is_empty() { Ok(Vec::new()) } else { assemble(conn, rows) }
}

/// A page of rules, in the order in which they were made.
pub(super) fn page(conn: &mut Conn, request: &PageRequest) -> Result<Page<Rule>, Refusal> {
    let after: Option<Id> = request.after()?;
    let rows: Vec<VersionRow> = on!(conn, c => {
        let mut query = identity::table
            .inner_join(version::table.on(version::rule_id.eq(identity::id).and(version::version.eq(identity::version))))
            .order(identity::id).limit(request.fetch()).select(VersionRow::as_select()).into_boxed();
        if let Some(after) = after {
            query = query.filter(identity::id.gt(after));
        }
        query.load(c)
    })?;
    Ok(Page::cut(assemble(conn, rows)?, request, |one| one.id))
}

/// Writes a new rule.
pub(super) fn begin(conn: &mut Conn, one: &Rule) -> Result<(), Refusal> {
    let values = (identity::id.eq(one.id), identity::version.eq(one.version), identity::recorded_at.eq(one.recorded_at));
    on!(conn, c => diesel::insert_into(identity::table).values(values).execute(c))?;
    add_version(conn, one)
}

/// Moves a rule on by one version.
pub(super) fn advance(conn: &mut Conn, one: &Rule) -> Result<(), Refusal> {
    let before = identity::table.filter(identity::id.eq(one.id).and(identity::version.eq(one.version - 1)));
    if on!(conn, c => diesel::update(before).set(identity::version.eq(one.version)).execute(c))? == 0 {
        return Err(Refusal::Stale);
    }
    add_version(conn, one)
}

fn add_version(conn: &mut Conn, one: &Rule) -> Result<(), Refusal> {
    let input = one.input.clone();
    let row = VersionRow {
        rule_id: one.id,
        version: one.version,
        recorded_at: one.recorded_at,
        kind: input.kind,
        fund_id: input.fund_id,
        award_kind: input.award_kind,
        quarters_back: input.quarters_back,
        percent: input.percent,
        check_kind: input.check_kind,
        is_active: input.is_active,
        reason: input.reason,
    };
    on!(conn, c => diesel::insert_into(version::table).values(&row).execute(c))?;
    Ok(())
}

/// Notes that a rule is lifted.
pub(super) fn add_lift(conn: &mut Conn, rule: Id, recorded_at: Moment, one: &Lift) -> Result<(), Refusal> {
    let values = (
        lift::id.eq(one.id),
        lift::rule_id.eq(rule),
        lift::fund_id.eq(one.fund_id),
        lift::recorded_at.eq(recorded_at),
        lift::lifted_on.eq(one.lifted_on),
        lift::lifted_until.eq(one.lifted_until),
        lift::lifted_by.eq(&one.lifted_by),
        lift::reason.eq(&one.reason),
    );
    on!(conn, c => diesel::insert_into(lift::table).values(values).execute(c))?;
    Ok(())
}

/// Party, fund, kind and state of each of these awards.
pub(super) fn awards(conn: &mut Conn, ids: &[Id]) -> Result<Vec<(Id, Option<Id>, Id, AwardKind, AwardState)>, Refusal> {
    let rows: Vec<(Id, Option<Id>, Id, AwardKind, AwardState)> = on!(conn, c => award::table
        .inner_join(award_version::table.on(award_version::award_id.eq(award::id).and(award_version::version.eq(award::version))))
        .inner_join(award_terms::table.on(award_terms::award_id.eq(award::id).and(award_terms::terms_no.eq(award_version::terms_no))))
        .inner_join(fund_period::table.on(fund_period::id.eq(award_terms::fund_period_id)))
        .filter(award::id.eq_any(ids))
        .select((award::id, award_terms::provider_id, fund_period::fund_id, award_terms::kind, award_version::state)).load(c))?;
    Ok(rows)
}

/// What is planned by quarter on each of these awards.
pub(super) fn profiles(conn: &mut Conn, ids: &[Id]) -> Result<Vec<(Id, QuarterAmount)>, Refusal> {
    let rows: Vec<(Id, Quarter, Pence)> = on!(conn, c => award::table
        .inner_join(award_version::table.on(award_version::award_id.eq(award::id).and(award_version::version.eq(award::version))))
        .inner_join(award_quarter::table.on(award_quarter::award_id.eq(award::id).and(award_quarter::terms_no.eq(award_version::terms_no))))
        .filter(award::id.eq_any(ids)).select((award::id, award_quarter::quarter, award_quarter::amount_pence)).load(c))?;
    Ok(rows.into_iter().map(|(id, quarter, amount_pence)| (id, QuarterAmount { quarter, amount_pence })).collect())
}

/// Returns that these awards owe and that are not accepted: award, period, first and last day.
pub(super) fn not_accepted(conn: &mut Conn, ids: &[Id]) -> Result<Vec<(Id, String, NaiveDate, NaiveDate)>, Refusal> {
    let done = [ReturnState::Accepted, ReturnState::FallenAway];
    let rows: Vec<(Id, String, NaiveDate, NaiveDate)> = on!(conn, c => quarterly_return::table
        .inner_join(return_version::table.on(return_version::return_id.eq(quarterly_return::id)
            .and(return_version::version.eq(quarterly_return::version))))
        .filter(quarterly_return::award_id.eq_any(ids)).filter(return_version::is_owed.eq(true)).filter(return_version::state.ne_all(done))
        .select((quarterly_return::award_id, quarterly_return::period, return_version::starts_on, return_version::ends_on)).load(c))?;
    Ok(rows)
}

/// What of a variation says whether its provider is to answer it. Variations stand to the right of payments, so the database is asked.
#[derive(serde::Deserialize)]
struct Answered {
    #[serde(default)]
    is_unilateral: bool,
}

/// References of variations of these awards that wait for their provider on a day.
pub(super) fn unsigned(conn: &mut Conn, ids: &[Id], today: NaiveDate) -> Result<Vec<(Id, String)>, Refusal> {
    let rows: Vec<(Id, String, Option<NaiveDate>, String)> = on!(conn, c => variation::table
        .inner_join(variation_version::table.on(variation_version::variation_id.eq(variation::id)
            .and(variation_version::version.eq(variation::version))))
        .filter(variation::award_id.eq_any(ids)).filter(variation_version::state.eq("issued"))
        .order((variation::award_id, variation::number))
        .select((variation::award_id, variation::reference, variation_version::answer_due_on, variation_version::change)).load(c))?;
    let mut all = Vec::new();
    for (award, reference, _, change) in rows.into_iter().filter(|(_, _, due, _)| due.is_none_or(|due| due >= today)) {
        let change: Answered = serde_json::from_str(&change).map_err(Refusal::broken)?;
        if !change.is_unilateral {
            all.push((award, reference));
        }
    }
    Ok(all)
}
