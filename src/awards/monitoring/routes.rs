//! Plans, evaluations and conditions over HTTP.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::access::permissions::can;
use crate::awards::acts as award_acts;
use crate::awards::monitoring::acts;
use crate::awards::monitoring::rules::{
    AwardCondition, EvaluationDepth, EvaluationInput, EvaluationOutcome, MonitoringFrequency, MonitoringPlanInput, Plan,
};
use crate::awards::store::Award;
use crate::http::act::Stored;
use crate::http::{Api, Ask, Json, One, Put};
use crate::kernel::{Id, Refusal};
use crate::store::Conn;

/// What an award owes.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct MonitoringPlanView {
    /// The award.
    award_id: Id,
    /// The award's version.
    version: i32,
    /// Which returns; none where no paper prints it.
    frequency: Option<MonitoringFrequency>,
    /// How thoroughly it is evaluated.
    evaluation: Option<EvaluationDepth>,
    /// Whether both came from the fund.
    is_fund_default: bool,
    /// Whether it lets the award go live (R67).
    is_complete: bool,
}

/// The evaluation of an award.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct EvaluationView {
    /// The award.
    award_id: Id,
    /// The award's version.
    version: i32,
    /// How thorough it is.
    depth: Option<EvaluationDepth>,
    /// Who evaluates.
    #[schema(max_length = 300)]
    evaluator: Option<String>,
    /// How.
    #[schema(max_length = 2000)]
    method: Option<String>,
    /// By when.
    due_on: Option<NaiveDate>,
    /// The outcomes that it looks at, and what it found of each.
    #[schema(max_items = 50)]
    outcomes: Vec<EvaluationOutcome>,
    /// What it found.
    #[schema(max_length = 10_000)]
    findings: Option<String>,
    /// Whether it lets the award go live (R67).
    is_complete: bool,
}

/// The conditions of an award.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AwardConditionsView {
    /// The award.
    award_id: Id,
    /// The award's version.
    version: i32,
    /// The conditions, in order.
    #[schema(max_items = 100)]
    conditions: Vec<AwardCondition>,
}

/// A whole list of conditions.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct AwardConditionsInput {
    /// The conditions, in order.
    #[schema(max_items = 100)]
    conditions: Vec<AwardCondition>,
}

fn plan_view(award: &Award, plan: &Plan) -> One<MonitoringPlanView> {
    let body = MonitoringPlanView {
        award_id: award.id,
        version: award.version,
        frequency: plan.frequency,
        evaluation: plan.evaluation,
        is_fund_default: plan.is_fund_default,
        is_complete: plan.is_complete(),
    };
    One { version: award.version, body }
}

fn evaluation_view(award: &Award, plan: Plan) -> One<EvaluationView> {
    let is_complete = plan.is_complete();
    let body = EvaluationView {
        award_id: award.id,
        version: award.version,
        depth: plan.evaluation,
        evaluator: plan.evaluator,
        method: plan.method,
        due_on: plan.due_on,
        outcomes: plan.outcomes,
        findings: plan.findings,
        is_complete,
    };
    One { version: award.version, body }
}

fn conditions_view(conn: &mut Conn, award: &Award) -> Result<One<AwardConditionsView>, Refusal> {
    let conditions = acts::conditions(conn, award)?;
    Ok(One { version: award.version, body: AwardConditionsView { award_id: award.id, version: award.version, conditions } })
}

async fn plan(call: Ask<can::AwardsRead, Id>) -> Result<One<MonitoringPlanView>, Refusal> {
    call.ask(|conn, input| {
        let award = award_acts::get(conn, input.caller.scope(), input.path)?;
        Ok(plan_view(&award, &acts::plan(conn, &award)?))
    })
    .await
}

async fn set_plan(call: Put<can::AwardsManage, Id, Json<MonitoringPlanInput>>) -> Result<Stored<One<MonitoringPlanView>>, Refusal> {
    call.act("award.set_plan", |tx, input| {
        let award = acts::set_plan(tx, input.caller.scope(), input.path, input.version()?, &input.body.0)?;
        Ok(plan_view(&award, &acts::plan(tx.conn(), &award)?))
    })
    .await
}

async fn evaluation(call: Ask<can::AwardsRead, Id>) -> Result<One<EvaluationView>, Refusal> {
    call.ask(|conn, input| {
        let award = award_acts::get(conn, input.caller.scope(), input.path)?;
        Ok(evaluation_view(&award, acts::plan(conn, &award)?))
    })
    .await
}

async fn set_evaluation(call: Put<can::AwardsManage, Id, Json<EvaluationInput>>) -> Result<Stored<One<EvaluationView>>, Refusal> {
    call.act("award.set_evaluation", |tx, input| {
        let award = acts::set_evaluation(tx, input.caller.scope(), input.path, input.version()?, &input.body.0)?;
        Ok(evaluation_view(&award, acts::plan(tx.conn(), &award)?))
    })
    .await
}

async fn conditions(call: Ask<can::AwardsRead, Id>) -> Result<One<AwardConditionsView>, Refusal> {
    call.ask(|conn, input| {
        let award = award_acts::get(conn, input.caller.scope(), input.path)?;
        conditions_view(conn, &award)
    })
    .await
}

async fn set_conditions(call: Put<can::AwardsManage, Id, Json<AwardConditionsInput>>) -> Result<Stored<One<AwardConditionsView>>, Refusal> {
    call.act("award.set_conditions", |tx, input| {
        let award = acts::set_conditions(tx, input.caller.scope(), input.path, input.version()?, &input.body.0.conditions)?;
        conditions_view(tx.conn(), &award)
    })
    .await
}

/// Registers the operations.
pub fn mount(api: &mut Api) {
    api.get("/v1/awards/{id}/monitoring-plan", "awards_plan_get", "Show which returns an award owes and how it is evaluated", plan);
    api.put("/v1/awards/{id}/monitoring-plan", "awards_plan_set", "Set which returns an award owes and how it is evaluated", set_plan);
    api.get("/v1/awards/{id}/evaluation", "awards_evaluation_get", "Show the evaluation of an award", evaluation);
    api.put("/v1/awards/{id}/evaluation", "awards_evaluation_set", "Set the evaluation of an award", set_evaluation);
    api.get("/v1/awards/{id}/conditions", "awards_conditions_get", "Show the conditions of an award", conditions);
    api.put("/v1/awards/{id}/conditions", "awards_conditions_set", "Set the conditions of an award or their evidence", set_conditions);
}
