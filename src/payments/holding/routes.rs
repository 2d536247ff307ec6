//! Rules that hold payments, over HTTP.

use std::collections::HashMap;

use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

use crate::access::Caller;
use crate::access::permissions::{Permission, can};
use crate::awards::rules::AwardKind;
use crate::funds;
use crate::http::act::Stored;
use crate::http::{Api, Ask, Change, Create, Json, Listed, Listing, Made, NoFilter, One, Patching};
use crate::kernel::{Id, Moment, Named, Page, Refusal};
use crate::payments::holding::acts::{self, PaymentRuleInput, PaymentRuleLiftInput, Rule};
use crate::payments::holding::rules::{Lift, PaymentRuleKind};
use crate::providers::checks::rules::CheckKind;
use crate::store::Conn;

/// A rule that holds payments.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PaymentRuleView {
    /// Its id.
    id: Id,
    /// Which version this is.
    version: i32,
    /// When this version became known.
    recorded_at: Moment,
    /// What it looks at.
    kind: PaymentRuleKind,
    /// The fund of whose awards it speaks; of all where there is none.
    fund: Option<Named>,
    /// The kind of award that it speaks of; of all where there is none.
    award_kind: Option<AwardKind>,
    /// Of returns: how many quarters before its own a payment looks at.
    quarters_back: Option<i32>,
    /// Of the variance: above how many percent it holds.
    percent: Option<i32>,
    /// Of a check: which one.
    check_kind: Option<CheckKind>,
    /// Whether it holds anything.
    is_active: bool,
    /// Why it is as it is.
    #[schema(max_length = 1000)]
    reason: Option<String>,
    /// For which funds it was lifted, and until when.
    lifts: Vec<PaymentRuleLiftView>,
    /// What you may do to it now.
    allowed_actions: Vec<String>,
}

/// That a rule was lifted for a fund.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PaymentRuleLiftView {
    /// The fund.
    fund: Option<Named>,
    /// The first day.
    lifted_on: NaiveDate,
    /// The last day.
    lifted_until: NaiveDate,
    /// Who lifted it.
    #[schema(max_length = 300)]
    lifted_by: String,
    /// Why.
    #[schema(max_length = 1000)]
    reason: String,
}

/// The funds that rules name.
fn fund_names(conn: &mut Conn, rules: &[Rule]) -> Result<HashMap<Id, Named>, Refusal> {
    let of_rule = |rule: &Rule| rule.input.fund_id.into_iter().chain(rule.lifts.iter().map(|one| one.fund_id)).collect::<Vec<_>>();
    let ids: Vec<Id> = rules.iter().flat_map(of_rule).collect();
    if ids.is_empty() { Ok(HashMap::new()) } else { funds::named(conn, &ids) }
}

fn view(caller: &Caller, names: &HashMap<Id, Named>, rule: Rule) -> PaymentRuleView {
    let fund = |id: Id| names.get(&id).cloned();
    let lifts = |one: Lift| PaymentRuleLiftView {
        fund: fund(one.fund_id),
        lifted_on: one.lifted_on,
        lifted_until: one.lifted_until,
        lifted_by: one.lifted_by,
        reason: one.reason,
    };
    let actions = if caller.may(Permission::PaymentRulesManage) { vec!["update".to_owned(), "lift".to_owned()] } else { Vec::new() };
    PaymentRuleView {
        id: rule.id,
        version: rule.version,
        recorded_at: rule.recorded_at,
        kind: rule.input.kind,
        fund: rule.input.fund_id.and_then(fund),
        award_kind: rule.input.award_kind,
        quarters_back: rule.input.quarters_back,
        percent: rule.input.percent,
        check_kind: rule.input.check_kind,
        is_active: rule.input.is_active,
        reason: rule.input.reason,
        lifts: rule.lifts.into_iter().map(lifts).collect(),
        allowed_actions: actions,
    }
}

fn one(conn: &mut Conn, caller: &Caller, rule: Rule) -> Result<One<PaymentRuleView>, Refusal> {
    let names = fund_names(conn, std::slice::from_ref(&rule))?;
    Ok(One { version: rule.version, body: view(caller, &names, rule) })
}

async fn list(call: Ask<can::PaymentRulesRead, (), Listing<NoFilter>>) -> Result<Listed<PaymentRuleView>, Refusal> {
    call.ask(|conn, input| {
        let Page { items, next_cursor } = acts::list(conn, &input.query.page)?;
        let names = fund_names(conn, &items)?;
        Ok(Listed(Page { items: items.into_iter().map(|rule| view(&input.caller, &names, rule)).collect(), next_cursor }))
    })
    .await
}

async fn get(call: Ask<can::PaymentRulesRead, Id>) -> Result<One<PaymentRuleView>, Refusal> {
    call.ask(|conn, input| {
        let rule = acts::get(conn, input.path)?;
        one(conn, &input.caller, rule)
    })
    .await
}

async fn create(call: Create<can::PaymentRulesManage, (), Json<PaymentRuleInput>>) -> Result<Stored<Made<PaymentRuleView>>, Refusal> {
    call.act("payment_rule.create", |tx, input| {
        let rule = acts::create(tx, &input.body.0)?;
        let One { version, body } = one(tx.conn(), &input.caller, rule)?;
        Ok(Made { location: format!("/v1/payment-rules/{}", body.id), version, body })
    })
    .await
}

async fn update(call: Patching<can::PaymentRulesManage, Id, PaymentRuleInput>) -> Result<Stored<One<PaymentRuleView>>, Refusal> {
    call.act("payment_rule.update", |tx, input| {
        let rule = acts::update(tx, input.path, input.version()?, |current| input.body.apply(current))?;
        one(tx.conn(), &input.caller, rule)
    })
    .await
}

async fn lift(call: Change<can::PaymentRulesManage, Id, Json<PaymentRuleLiftInput>>) -> Result<Stored<One<PaymentRuleView>>, Refusal> {
    call.act("payment_rule.lift", |tx, input| {
        let rule = acts::lift(tx, input.path, input.version()?, &input.body.0)?;
        one(tx.conn(), &input.caller, rule)
    })
    .await
}

/// Registers the operations.
pub fn mount(api: &mut Api) {
    api.get("/v1/payment-rules", "payment_rules_list", "List the rules that hold payments", list);
    api.post("/v1/payment-rules", "payment_rules_create", "Make a rule that holds payments", create);
    api.get("/v1/payment-rules/{id}", "payment_rules_get", "Show a rule that holds payments", get);
    api.patch("/v1/payment-rules/{id}", "payment_rules_update", "Change a rule that holds payments, or switch it off", update);
    api.post("/v1/payment-rules/{id}/lifts", "payment_rules_lift", "Lift a rule for a fund until a day", lift);
    api.actions::<PaymentRuleView>(&[("update", "payment_rules_update"), ("lift", "payment_rules_lift")]);
}
