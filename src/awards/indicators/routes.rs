//! Indicators over HTTP.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::access::Caller;
use crate::access::permissions::{Permission, can};
use crate::awards::acts as award_acts;
use crate::awards::indicators::acts;
use crate::awards::indicators::rules::{
    AddsOverAreas, AddsOverTime, AsksFor, Breakdown, FrameworkCode, Indicator, IndicatorDirection, IndicatorInput, IndicatorKind,
    IndicatorMeasure, IndicatorTarget, TargetFacts,
};
use crate::awards::indicators::store::IndicatorFilter;
use crate::http::act::Stored;
use crate::http::{Api, Ask, Create, Json, Listed, Listing, Made, NoFilter, One, Patching, Put};
use crate::kernel::{FigureStatus, Id, Moment, PageRequest, Precision, Quantity, Refusal};
use crate::store::Conn;

/// What is counted.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct IndicatorView {
    /// Its id.
    id: Id,
    /// Its version.
    version: i32,
    /// When this version became known.
    recorded_at: Moment,
    /// From when it holds.
    effective_on: NaiveDate,
    /// Its name.
    #[schema(max_length = 300)]
    name: String,
    /// What exactly is counted, and how.
    #[schema(max_length = 4000)]
    definition: Option<String>,
    /// What kind of thing it counts.
    kind: IndicatorKind,
    /// The unit.
    #[schema(max_length = 40)]
    unit: String,
    /// What a value consists of.
    measure: IndicatorMeasure,
    /// Which values are better.
    direction: IndicatorDirection,
    /// The basis of the count.
    #[schema(max_length = 300)]
    basis: Option<String>,
    /// The value before the service began.
    baseline: Option<Quantity>,
    /// How values of several quarters become one.
    adds_over_time: AddsOverTime,
    /// How values of several areas become one.
    adds_over_areas: AddsOverAreas,
    /// Which days its numbers are for.
    asks_for: AsksFor,
    /// Whether people under 18 are among those counted.
    counts_under_18: bool,
    /// Whether it counts social value: its targets are what was promised, its values what was delivered.
    is_social_value: bool,
    /// Into which groups its values are broken down.
    breakdown: Option<Breakdown>,
    /// The indicator in whose place it stands.
    succeeds_id: Option<Id>,
    /// Of a percentage the indicator whose part, or whose number, is its whole.
    subset_of_id: Option<Id>,
    /// The programme that it belongs to.
    programme_id: Option<Id>,
    /// The fund that it belongs to.
    fund_id: Option<Id>,
    /// The awards whose returns ask for it, as far as this caller may see them.
    #[schema(max_items = 200)]
    award_ids: Vec<Id>,
    /// Where it stands in frameworks of outcomes.
    #[schema(max_items = 20)]
    framework_codes: Vec<FrameworkCode>,
    /// What is aimed at.
    #[schema(max_items = 500)]
    targets: Vec<IndicatorTargetView>,
    /// Whether values exist, so that its unit and its sums stay.
    is_locked: bool,
    /// Whether it only stands for something that is counted.
    illustrative: bool,
    /// What no paper prints.
    #[schema(max_items = 100)]
    not_evidenced: Vec<String>,
    /// Where it is printed.
    #[schema(max_length = 2000)]
    evidence: Option<String>,
    /// A short remark for people.
    #[schema(max_length = 2000)]
    note: Option<String>,
    /// What this caller may do to it now.
    #[schema(max_items = 10)]
    allowed_actions: Vec<String>,
}

/// What is aimed at, in a period and an area.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct IndicatorTargetView {
    /// The area; none: all together.
    area_id: Option<Id>,
    /// The period, as a label or in words.
    #[schema(max_length = 120)]
    period: String,
    /// The first day.
    starts_on: Option<NaiveDate>,
    /// The last day.
    ends_on: Option<NaiveDate>,
    /// What is aimed at.
    target: Quantity,
    /// How final it is.
    figure_status: FigureStatus,
    /// How exact it is.
    precision: Option<Precision>,
    /// The step to which it was rounded.
    rounding_unit: Option<Quantity>,
    /// The word printed before it.
    #[schema(max_length = 80)]
    qualifier: Option<String>,
    /// Whether it only stands for something that is counted.
    illustrative: bool,
    /// What no paper prints.
    #[schema(max_items = 100)]
    not_evidenced: Vec<String>,
    /// Where it is printed.
    #[schema(max_length = 2000)]
    evidence: Option<String>,
}

/// A whole list of targets.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct IndicatorTargetsInput {
    /// The targets.
    #[schema(max_items = 500)]
    targets: Vec<IndicatorTarget>,
}

/// What narrows the list of indicators.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct IndicatorQuery {
    /// Only indicators of this award.
    award_id: Option<Id>,
    /// Only indicators of this programme.
    programme_id: Option<Id>,
    /// Only indicators of this fund.
    fund_id: Option<Id>,
    /// Only indicators of this kind.
    kind: Option<IndicatorKind>,
}

impl IndicatorView {
    /// As this caller sees it; `is_promised` where its targets change by a variation alone.
    fn of(one: Indicator, caller: &Caller, is_promised: bool) -> Self {
        let actions: &[&str] = match (caller.may(Permission::AwardsManage), is_promised) {
            (false, _) => &[],
            (true, true) => &["amend"],
            (true, false) => &["amend", "set_targets"],
        };
        let (measure, asks_for) = (one.facts.measure(), one.facts.asks_for());
        Self {
            id: one.id,
            version: one.version,
            recorded_at: one.recorded_at,
            effective_on: one.effective_on,
            name: one.facts.name,
            definition: one.facts.definition,
            kind: one.facts.kind,
            unit: one.facts.unit,
            measure,
            direction: one.facts.direction,
            basis: one.facts.basis,
            baseline: one.facts.baseline,
            adds_over_time: one.facts.adds_over_time,
            adds_over_areas: one.facts.adds_over_areas,
            asks_for,
            counts_under_18: one.facts.counts_under_18,
            is_social_value: one.facts.is_social_value,
            breakdown: one.facts.breakdown,
            succeeds_id: one.facts.succeeds_id,
            subset_of_id: one.facts.subset_of_id,
            programme_id: one.facts.programme_id,
            fund_id: one.facts.fund_id,
            award_ids: one.facts.award_ids,
            framework_codes: one.facts.framework_codes,
            targets: one.targets.into_iter().map(IndicatorTargetView::of).collect(),
            is_locked: one.is_locked,
            illustrative: one.provenance.illustrative,
            not_evidenced: one.provenance.not_evidenced.0,
            evidence: one.provenance.evidence,
            note: one.note,
            allowed_actions: actions.iter().map(|action| (*action).to_owned()).collect(),
        }
    }
}

impl IndicatorTargetView {
    fn of(facts: TargetFacts) -> Self {
        Self {
            area_id: facts.target.area_id,
            period: facts.target.period,
            starts_on: facts.target.starts_on,
            ends_on: facts.target.ends_on,
            target: facts.target.target,
            figure_status: facts.figure_status,
            precision: facts.precision,
            rounding_unit: facts.rounding_unit,
            qualifier: facts.qualifier,
            illustrative: facts.provenance.illustrative,
            not_evidenced: facts.provenance.not_evidenced.0,
            evidence: facts.provenance.evidence,
        }
    }
}

fn view(conn: &mut Conn, one: Indicator, caller: &Caller, today: NaiveDate) -> Result<IndicatorView, Refusal> {
    let is_promised = acts::promised(conn, std::slice::from_ref(&one), today)?.contains(&one.id);
    Ok(IndicatorView::of(one, caller, is_promised))
}

fn shown(conn: &mut Conn, one: Indicator, caller: &Caller, today: NaiveDate) -> Result<One<IndicatorView>, Refusal> {
    Ok(One { version: one.version, body: view(conn, one, caller, today)? })
}

fn page(
    conn: &mut Conn,
    caller: &Caller,
    today: NaiveDate,
    filter: &IndicatorFilter,
    request: &PageRequest,
) -> Result<Listed<IndicatorView>, Refusal> {
    let page = acts::list(conn, caller.scope(), filter, request)?;
    let promised = acts::promised(conn, &page.items, today)?;
    Ok(Listed(page.map(|one| {
        let is_promised = promised.contains(&one.id);
        IndicatorView::of(one, caller, is_promised)
    })))
}

async fn list(call: Ask<can::AwardsRead, (), Listing<IndicatorQuery>>) -> Result<Listed<IndicatorView>, Refusal> {
    let today = call.service.db.clock().today();
    call.ask(move |conn, input| {
        let wanted = &input.query.filter;
        let (award_id, programme_id) = (wanted.award_id, wanted.programme_id);
        let filter = IndicatorFilter { award_id, programme_id, fund_id: wanted.fund_id, kind: wanted.kind };
        page(conn, &input.caller, today, &filter, &input.query.page)
    })
    .await
}

async fn of_award(call: Ask<can::AwardsRead, Id, Listing<NoFilter>>) -> Result<Listed<IndicatorView>, Refusal> {
    let today = call.service.db.clock().today();
    call.ask(move |conn, input| {
        let award = award_acts::get(conn, input.caller.scope(), input.path)?;
        let filter = IndicatorFilter { award_id: Some(award.id), ..IndicatorFilter::default() };
        page(conn, &input.caller, today, &filter, &input.query.page)
    })
    .await
}

async fn create(call: Create<can::AwardsManage, Id, Json<IndicatorInput>>) -> Result<Stored<Made<IndicatorView>>, Refusal> {
    call.act("indicator.create", |tx, input| {
        let one = acts::create(tx, input.caller.scope(), input.path, &input.body.0)?;
        let today = tx.today();
        let body = view(tx.conn(), one, &input.caller, today)?;
        Ok(Made { location: format!("/v1/indicators/{}", body.id), version: body.version, body })
    })
    .await
}

async fn get(call: Ask<can::AwardsRead, Id>) -> Result<One<IndicatorView>, Refusal> {
    let today = call.service.db.clock().today();
    call.ask(move |conn, input| {
        let one = acts::get(conn, input.caller.scope(), input.path)?;
        shown(conn, one, &input.caller, today)
    })
    .await
}

async fn amend(call: Patching<can::AwardsManage, Id, IndicatorInput>) -> Result<Stored<One<IndicatorView>>, Refusal> {
    call.act("indicator.amend", |tx, input| {
        let one = acts::amend(tx, input.caller.scope(), input.path, input.version()?, |current| input.body.apply(current))?;
        let today = tx.today();
        shown(tx.conn(), one, &input.caller, today)
    })
    .await
}

async fn set_targets(call: Put<can::AwardsManage, Id, Json<IndicatorTargetsInput>>) -> Result<Stored<One<IndicatorView>>, Refusal> {
    call.act("indicator.set_targets", |tx, input| {
        let one = acts::set_targets(tx, input.caller.scope(), input.path, input.version()?, &input.body.0.targets)?;
        let today = tx.today();
        shown(tx.conn(), one, &input.caller, today)
    })
    .await
}

/// Registers the operations.
pub fn mount(api: &mut Api) {
    api.get("/v1/awards/{id}/indicators", "awards_indicators_list", "List what an award's returns count", of_award);
    api.post("/v1/awards/{id}/indicators", "awards_indicators_create", "Add an indicator to an award", create);
    api.get("/v1/indicators", "indicators_list", "List indicators", list);
    api.get("/v1/indicators/{id}", "indicators_get", "Show an indicator with its targets", get);
    api.patch("/v1/indicators/{id}", "indicators_amend", "Change an indicator", amend);
    api.put("/v1/indicators/{id}/targets", "indicators_targets_set", "Set the targets of an indicator", set_targets);
    api.actions::<IndicatorView>(&[("amend", "indicators_amend"), ("set_targets", "indicators_targets_set")]);
}
