//! The SQL of plans and conditions.

use std::collections::HashMap;

use chrono::NaiveDate;
use diesel::prelude::*;

use crate::awards::monitoring::rules::{
    AgreedCondition, AwardCondition, EvaluationDepth, EvaluationOutcome, EvidenceStatus, MonitoringFrequency, Plan,
};
use crate::awards::rules::AwardState;
use crate::kernel::{Id, Moment, Quantity, Refusal};
use crate::store::Conn;
use crate::store::schema::{award, award_condition, award_outcome, award_plan, award_terms, award_version};
use crate::store::sql::Prepare;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = award_plan, treat_none_as_default_value = false)]
struct PlanRow {
    award_id: Id,
    plan_no: i32,
    recorded_at: Moment,
    effective_on: NaiveDate,
    frequency: Option<MonitoringFrequency>,
    evaluation: Option<EvaluationDepth>,
    is_fund_default: bool,
    evaluator: Option<String>,
    method: Option<String>,
    due_on: Option<NaiveDate>,
    findings: Option<String>,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = award_outcome)]
struct OutcomeRow {
    award_id: Id,
    plan_no: i32,
    position: i32,
    question: String,
    result: Option<String>,
    comparator: Option<String>,
    low_percent_thousandths: Option<Quantity>,
    high_percent_thousandths: Option<Quantity>,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = award_condition)]
struct ConditionRow {
    award_id: Id,
    conditions_no: i32,
    position: i32,
    text: String,
    due_on: Option<NaiveDate>,
    evidence_status: EvidenceStatus,
    evidence_note: Option<String>,
    evidenced_on: Option<NaiveDate>,
}

/// Writes a plan under a number.
pub fn add_plan(
    conn: &mut Conn,
    (award_id, plan_no): (Id, i32),
    (recorded_at, effective_on): (Moment, NaiveDate),
    plan: &Plan,
) -> Result<(), Refusal> {
    let row = PlanRow {
        award_id,
        plan_no,
        recorded_at,
        effective_on,
        frequency: plan.frequency,
        evaluation: plan.evaluation,
        is_fund_default: plan.is_fund_default,
        evaluator: plan.evaluator.clone(),
        method: plan.method.clone(),
        due_on: plan.due_on,
        findings: plan.findings.clone(),
    };
    on!(conn, c => diesel::insert_into(award_plan::table).values(&row).execute(c))?;
    let outcome = |(position, outcome): (i32, &EvaluationOutcome)| OutcomeRow {
        award_id,
        plan_no,
        position,
        question: outcome.question.clone(),
        result: outcome.result.clone(),
        comparator: outcome.comparator.clone(),
        low_percent_thousandths: outcome.low_percent,
        high_percent_thousandths: outcome.high_percent,
    };
    let rows: Vec<OutcomeRow> = (1_i32..).zip(&plan.outcomes).map(outcome).collect();
    if !rows.is_empty() {
        on!(conn, c => diesel::insert_into(award_outcome::table).values(&rows).execute(c))?;
    }
    Ok(())
}

/// The plans of these awards, each with the number that is named.
pub fn plans(conn: &mut Conn, keys: &HashMap<Id, i32>) -> Result<HashMap<Id, Plan>, Refusal> {
    let ids: Vec<Id> = keys.keys().copied().collect();
    let is_named = |award_id: Id, plan_no: i32| keys.get(&award_id) == Some(&plan_no);
    let rows: Vec<PlanRow> = on!(conn, c => award_plan::table.filter(award_plan::award_id.eq_any(&ids)).select(PlanRow::as_select()).prepared_for(&ids).load(c))?;
    let outcomes: Vec<OutcomeRow> = on!(conn, c => award_outcome::table
        .filter(award_outcome::award_id.eq_any(&ids))
        .order((award_outcome::award_id, award_outcome::plan_no, award_outcome::position))
        .select(OutcomeRow::as_select())
        .prepared_for(&ids)
        .load(c))?;
    let mut of: HashMap<Id, Vec<OutcomeRow>> = HashMap::new();
    for row in outcomes.into_iter().filter(|row| is_named(row.award_id, row.plan_no)) {
        of.entry(row.award_id).or_default().push(row);
    }
    let named = rows.into_iter().filter(|row| is_named(row.award_id, row.plan_no));
    Ok(named.map(|row| (row.award_id, row)).map(|(id, row)| (id, assemble(row, of.remove(&id).unwrap_or_default()))).collect())
}

/// The plan with a number.
pub fn plan(conn: &mut Conn, award_id: Id, plan_no: i32) -> Result<Option<Plan>, Refusal> {
    let row: Option<PlanRow> =
        on!(conn, c => award_plan::table.find((award_id, plan_no)).select(PlanRow::as_select()).first(c).optional())?;
    let Some(row) = row else { return Ok(None) };
    let outcomes: Vec<OutcomeRow> = on!(conn, c => award_outcome::table
        .filter(award_outcome::award_id.eq(award_id))
        .filter(award_outcome::plan_no.eq(plan_no))
        .order(award_outcome::position)
        .select(OutcomeRow::as_select())
        .load(c))?;
    Ok(Some(assemble(row, outcomes)))
}

/// What the returns of an award go by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reported {
    /// Where the award stands.
    pub state: AwardState,
    /// The first day agreed.
    pub starts_on: Option<NaiveDate>,
    /// The last day agreed.
    pub ends_on: Option<NaiveDate>,
    /// When delivery ended.
    pub ended_on: Option<NaiveDate>,
    /// When it was accepted.
    pub accepted_on: Option<NaiveDate>,
    /// Who receives it.
    pub provider_id: Option<Id>,
    /// Which returns it owes.
    pub frequency: Option<MonitoringFrequency>,
}

type Days = (Option<NaiveDate>, Option<NaiveDate>, Option<NaiveDate>, Option<NaiveDate>);

/// What the returns of an award go by, as it stands now: one statement, where the award and its plan take some nine.
pub fn reported(conn: &mut Conn, award_id: Id) -> Result<Option<Reported>, Refusal> {
    let row: Option<(AwardState, Days, Option<Id>, Option<MonitoringFrequency>)> = on!(conn, c => award::table
        .inner_join(award_version::table.on(award_version::award_id.eq(award::id).and(award_version::version.eq(award::version))))
        .inner_join(award_terms::table.on(award_terms::award_id.eq(award::id).and(award_terms::terms_no.eq(award_version::terms_no))))
        .inner_join(award_plan::table.on(award_plan::award_id.eq(award::id).and(award_plan::plan_no.eq(award_version::plan_no))))
        .filter(award::id.eq(award_id))
        .select((award_version::state, (award_terms::starts_on, award_terms::ends_on, award_version::ended_on, award_version::accepted_on),
            award_terms::provider_id, award_plan::frequency))
        .first(c).optional())?;
    let told = |(state, (starts_on, ends_on, ended_on, accepted_on), provider_id, frequency)| Reported {
        state,
        starts_on,
        ends_on,
        ended_on,
        accepted_on,
        provider_id,
        frequency,
    };
    Ok(row.map(told))
}

fn assemble(row: PlanRow, outcomes: Vec<OutcomeRow>) -> Plan {
    let outcome = |row: OutcomeRow| EvaluationOutcome {
        question: row.question,
        result: row.result,
        comparator: row.comparator,
        low_percent: row.low_percent_thousandths,
        high_percent: row.high_percent_thousandths,
    };
    Plan {
        frequency: row.frequency,
        evaluation: row.evaluation,
        is_fund_default: row.is_fund_default,
        evaluator: row.evaluator,
        method: row.method,
        due_on: row.due_on,
        findings: row.findings,
        outcomes: outcomes.into_iter().map(outcome).collect(),
    }
}

/// Writes a list of conditions under a number.
pub fn add_conditions(conn: &mut Conn, (award_id, conditions_no): (Id, i32), conditions: &[AwardCondition]) -> Result<(), Refusal> {
    let row = |(position, condition): (i32, &AwardCondition)| ConditionRow {
        award_id,
        conditions_no,
        position,
        text: condition.text.clone(),
        due_on: condition.due_on,
        evidence_status: condition.evidence_status,
        evidence_note: condition.evidence_note.clone(),
        evidenced_on: condition.evidenced_on,
    };
    let rows: Vec<ConditionRow> = (1_i32..).zip(conditions).map(row).collect();
    if !rows.is_empty() {
        on!(conn, c => diesel::insert_into(award_condition::table).values(&rows).execute(c))?;
    }
    Ok(())
}

/// What is agreed in the lists of conditions with these numbers, by number.
pub fn agreed(conn: &mut Conn, award_id: Id, numbers: &[i32]) -> Result<HashMap<i32, Vec<AgreedCondition>>, Refusal> {
    let rows: Vec<(i32, String, Option<NaiveDate>)> = on!(conn, c => award_condition::table
        .filter(award_condition::award_id.eq(award_id))
        .filter(award_condition::conditions_no.eq_any(numbers))
        .order((award_condition::conditions_no, award_condition::position))
        .select((award_condition::conditions_no, award_condition::text, award_condition::due_on))
        .load(c))?;
    let mut all: HashMap<i32, Vec<AgreedCondition>> = HashMap::new();
    for (number, text, due_on) in rows {
        all.entry(number).or_default().push(AgreedCondition { text, due_on });
    }
    Ok(all)
}

/// The list of conditions with a number; 0 is the empty one.
pub fn conditions(conn: &mut Conn, award_id: Id, conditions_no: i32) -> Result<Vec<AwardCondition>, Refusal> {
    let rows: Vec<ConditionRow> = on!(conn, c => award_condition::table
        .filter(award_condition::award_id.eq(award_id))
        .filter(award_condition::conditions_no.eq(conditions_no))
        .order(award_condition::position)
        .select(ConditionRow::as_select())
        .load(c))?;
    Ok(rows.into_iter().map(condition).collect())
}

/// The lists of conditions of these awards, each with the number that is named; none of an award whose list is empty.
pub fn conditions_of(conn: &mut Conn, keys: &HashMap<Id, i32>) -> Result<HashMap<Id, Vec<AwardCondition>>, Refusal> {
    let ids: Vec<Id> = keys.keys().copied().collect();
    let rows: Vec<ConditionRow> = on!(conn, c => award_condition::table
        .filter(award_condition::award_id.eq_any(&ids))
        .order((award_condition::award_id, award_condition::conditions_no, award_condition::position))
        .select(ConditionRow::as_select())
        .prepared_for(&ids)
        .load(c))?;
    let mut all: HashMap<Id, Vec<AwardCondition>> = HashMap::new();
    for row in rows.into_iter().filter(|row| keys.get(&row.award_id) == Some(&row.conditions_no)) {
        all.entry(row.award_id).or_default().push(condition(row));
    }
    Ok(all)
}

fn condition(row: ConditionRow) -> AwardCondition {
    AwardCondition {
        text: row.text,
        due_on: row.due_on,
        evidence_status: row.evidence_status,
        evidence_note: row.evidence_note,
        evidenced_on: row.evidenced_on,
    }
}
