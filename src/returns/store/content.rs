//! What a provider wrote, in the database: kept under a number and never changed.

use chrono::NaiveDate;
use diesel::prelude::*;

use super::{Return, SENT};
use crate::awards::rules::DeliveryMode;
use crate::kernel::{Id, Moment, Pence, Quantity, Quarter, Refusal};
use crate::returns::packing;
use crate::returns::rules::{
    About, CaseloadCount, EarlierReturn, FindingRule, ForecastQuarter, GivenForecast, IndicatorValue, OnwardGrants, Reported,
    ReturnContent, ReturnKind, ServiceCapacity, SpendCategory, SpendLine, Staffing, WaitingTimes, WarningExplanation, looked_at,
};
use crate::store::Conn;
use crate::store::schema::{
    quarterly_return as identity, quarterly_return_version as version, return_content as content, return_explanation as explanation,
    return_forecast as forecast, return_service as service, return_spend as spend, return_value as value,
};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = spend)]
struct SpendRow {
    return_id: Id,
    content_no: i32,
    position: i32,
    category: SpendCategory,
    amount_pence: Pence,
    direct_activity: bool,
    spent_from: Option<NaiveDate>,
    spent_to: Option<NaiveDate>,
    note: Option<String>,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = value)]
struct ValueRow {
    return_id: Id,
    content_no: i32,
    position: i32,
    indicator_id: Id,
    area_id: Option<Id>,
    status: Reported,
    value_thousandths: Option<Quantity>,
    denominator_thousandths: Option<Quantity>,
    basis: Option<String>,
    group_name: Option<String>,
}

#[derive(Queryable, Selectable, Insertable, Default)]
#[diesel(table_name = service)]
struct ServiceRow {
    return_id: Id,
    content_no: i32,
    is_forecast_given: bool,
    brought_forward: Option<i64>,
    new_cases: Option<i64>,
    closed_cases: Option<i64>,
    carried_forward: Option<i64>,
    delivery_mode: Option<DeliveryMode>,
    staffing_note: Option<String>,
    posts_filled_thousandths: Option<Quantity>,
    posts_vacant_thousandths: Option<Quantity>,
    sickness_days_thousandths: Option<Quantity>,
    people_waiting: Option<i64>,
    longest_wait_days: Option<i64>,
    capacity_unit: Option<String>,
    capacity_contracted_thousandths: Option<Quantity>,
    capacity_used_thousandths: Option<Quantity>,
    capacity_spare_thousandths: Option<Quantity>,
    onward_grants_number: Option<i64>,
    onward_grants_pence: Option<Pence>,
    case_study: Option<String>,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = forecast)]
struct ForecastRow {
    return_id: Id,
    content_no: i32,
    position: i32,
    quarter: Quarter,
    amount_pence: Pence,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = explanation)]
struct ExplanationRow {
    return_id: Id,
    content_no: i32,
    position: i32,
    rule: FindingRule,
    pointer: String,
    text: String,
    indicator_id: Option<Id>,
    area_id: Option<Id>,
    group_name: Option<String>,
    query_id: Option<Id>,
    stood: Option<String>,
}

/// What the provider wrote under this number.
pub(in crate::returns) fn load_content(conn: &mut Conn, id: Id, content_no: i32) -> Result<ReturnContent, Refusal> {
    let texts: Option<(Option<String>, Option<String>, bool, Option<String>)> = on!(conn, c => content::table.find((id, content_no))
        .select((content::narrative, content::risks, content::is_spend_reported, content::sections)).first(c).optional())?;
    let Some((narrative, risks, is_spend_reported, sections)) = texts else { return Ok(ReturnContent::default()) };
    let lines: Vec<SpendRow> = on!(conn, c => spend::table.filter(spend::return_id.eq(id).and(spend::content_no.eq(content_no)))
        .order(spend::position).select(SpendRow::as_select()).load(c))?;
    let values = values_of(conn, id, content_no)?;
    let explained: Vec<ExplanationRow> = on!(conn, c => explanation::table
        .filter(explanation::return_id.eq(id).and(explanation::content_no.eq(content_no)))
        .order(explanation::position).select(ExplanationRow::as_select()).load(c))?;
    let service: Option<ServiceRow> =
        on!(conn, c => service::table.find((id, content_no)).select(ServiceRow::as_select()).first(c).optional())?;
    let service = service.unwrap_or_default();
    let forecast = if service.is_forecast_given { Some(forecast_of(conn, id, content_no)?) } else { None };
    let written = ReturnContent {
        spend: is_spend_reported.then(|| lines.into_iter().map(spend_line).collect()),
        forecast,
        values,
        narrative,
        risks,
        sections: sections.map(|text| serde_json::from_str(&text)).transpose().map_err(Refusal::broken)?.unwrap_or_default(),
        explanations: explained.into_iter().map(warning_explanation).collect(),
        ..of_service(service)
    };
    Ok(written.said())
}

/// The values that were written under this number, in their order.
pub(in crate::returns) fn values_of(conn: &mut Conn, id: Id, content_no: i32) -> Result<Vec<IndicatorValue>, Refusal> {
    let values: Vec<ValueRow> = on!(conn, c => value::table.filter(value::return_id.eq(id).and(value::content_no.eq(content_no)))
        .order(value::position).select(ValueRow::as_select()).load(c))?;
    Ok(values.into_iter().map(indicator_value).collect())
}

/// The highest number under which something was ever written in a return; 0 where nothing was. A return that an import was taken back from
/// shows an earlier one.
pub(in crate::returns) fn last_content(conn: &mut Conn, id: Id) -> Result<i32, Refusal> {
    let last: Option<i32> = on!(conn, c => content::table.filter(content::return_id.eq(id))
        .select(diesel::dsl::max(content::content_no)).first(c))?;
    Ok(last.unwrap_or_default())
}

fn forecast_of(conn: &mut Conn, id: Id, content_no: i32) -> Result<Vec<ForecastQuarter>, Refusal> {
    let rows: Vec<ForecastRow> = on!(conn, c => forecast::table
        .filter(forecast::return_id.eq(id).and(forecast::content_no.eq(content_no)))
        .order(forecast::position).select(ForecastRow::as_select()).load(c))?;
    Ok(rows.into_iter().map(|row| ForecastQuarter { quarter: row.quarter, amount_pence: row.amount_pence }).collect())
}

type EarlierRow = (Id, i32, String, ReturnKind, NaiveDate, NaiveDate);

/// The last returns of the same award that were sent and begin before this one, the latest first: as many of its own kind as values are held against and
/// one more, from which the last of them differs, with those of other kinds between.
pub(in crate::returns) fn earlier(conn: &mut Conn, one: &Return) -> Result<Vec<EarlierReturn>, Refusal> {
    let rows: Vec<EarlierRow> = on!(conn, c => identity::table
        .inner_join(version::table.on(version::return_id.eq(identity::id).and(version::version.eq(identity::version))))
        .filter(identity::award_id.eq(one.award_id)).filter(version::starts_on.lt(one.planned.starts_on))
        .filter(version::state.eq_any(SENT)).order((version::starts_on.desc(), identity::id))
        .select((identity::id, version::content_no, identity::period, version::kind, version::starts_on, version::ends_on)).load(c))?;
    let kinds: Vec<ReturnKind> = rows.iter().map(|row| row.3).collect();
    let mut found = Vec::new();
    for (id, content_no, period, kind, starts_on, ends_on) in rows.into_iter().take(looked_at(&kinds, one.planned.kind)) {
        let values = values_of(conn, id, content_no)?;
        let carried: Option<Option<i64>> =
            on!(conn, c => service::table.find((id, content_no)).select(service::carried_forward).first(c).optional())?;
        found.push(EarlierReturn {
            period,
            starts_on,
            ends_on,
            is_same_kind: kind == one.planned.kind,
            values,
            carried_forward: carried.flatten(),
        });
    }
    Ok(found)
}

/// The forecasts that the returns before this one give, the latest first.
pub(in crate::returns) fn forecasts(conn: &mut Conn, one: &Return) -> Result<Vec<GivenForecast>, Refusal> {
    let given: Vec<(Id, i32, String)> = on!(conn, c => identity::table
        .inner_join(version::table.on(version::return_id.eq(identity::id).and(version::version.eq(identity::version))))
        .inner_join(service::table.on(service::return_id.eq(version::return_id).and(service::content_no.eq(version::content_no))))
        .filter(identity::award_id.eq(one.award_id)).filter(version::starts_on.lt(one.planned.starts_on))
        .filter(version::state.eq_any(SENT)).filter(service::is_forecast_given.eq(true))
        .order((version::starts_on.desc(), identity::id))
        .select((identity::id, version::content_no, identity::period)).load(c))?;
    let ids: Vec<Id> = given.iter().map(|(id, _, _)| *id).collect();
    let rows: Vec<ForecastRow> = on!(conn, c => forecast::table.filter(forecast::return_id.eq_any(&ids))
        .order((forecast::return_id, forecast::content_no, forecast::position)).select(ForecastRow::as_select()).load(c))?;
    let turn = |(return_id, content_no, period): (Id, i32, String)| {
        let own = rows.iter().filter(|row| (row.return_id, row.content_no) == (return_id, content_no));
        let quarters = own.map(|row| ForecastQuarter { quarter: row.quarter, amount_pence: row.amount_pence }).collect();
        GivenForecast { return_id, period, quarters }
    };
    Ok(given.into_iter().map(turn).collect())
}

/// The days of the returns of the same award after this one that were sent and tell what was spent.
pub(in crate::returns) fn told_after(conn: &mut Conn, one: &Return) -> Result<Vec<(NaiveDate, NaiveDate)>, Refusal> {
    let days: Vec<(NaiveDate, NaiveDate)> = on!(conn, c => identity::table
        .inner_join(version::table.on(version::return_id.eq(identity::id).and(version::version.eq(identity::version))))
        .inner_join(content::table.on(content::return_id.eq(version::return_id).and(content::content_no.eq(version::content_no))))
        .filter(identity::award_id.eq(one.award_id)).filter(version::starts_on.gt(one.planned.ends_on))
        .filter(version::state.eq_any(SENT)).filter(content::is_spend_reported.eq(true))
        .order((version::starts_on, identity::id)).select((version::starts_on, version::ends_on)).load(c))?;
    Ok(days)
}

fn spend_line(row: SpendRow) -> SpendLine {
    SpendLine {
        category: row.category,
        amount_pence: row.amount_pence,
        direct_activity: row.direct_activity,
        spent_from: row.spent_from,
        spent_to: row.spent_to,
        note: row.note,
    }
}

fn indicator_value(row: ValueRow) -> IndicatorValue {
    IndicatorValue {
        indicator_id: row.indicator_id,
        area_id: row.area_id,
        group: row.group_name,
        status: row.status,
        value: row.value_thousandths,
        denominator: row.denominator_thousandths,
        basis: row.basis,
    }
}

fn warning_explanation(row: ExplanationRow) -> WarningExplanation {
    let about = About { indicator_id: row.indicator_id, area_id: row.area_id, group: row.group_name, query_id: row.query_id };
    let about = Some(about).filter(|about| *about != About::default());
    WarningExplanation { rule: row.rule, pointer: row.pointer, text: row.text, about, stood: row.stood }
}

fn of_service(row: ServiceRow) -> ReturnContent {
    ReturnContent {
        caseload: Some(CaseloadCount {
            brought_forward: row.brought_forward,
            new: row.new_cases,
            closed: row.closed_cases,
            carried_forward: row.carried_forward,
        }),
        delivery_mode: row.delivery_mode,
        staffing: Some(Staffing {
            note: row.staffing_note,
            posts_filled: row.posts_filled_thousandths,
            posts_vacant: row.posts_vacant_thousandths,
            sickness_days: row.sickness_days_thousandths,
        }),
        waiting_times: Some(WaitingTimes { people_waiting: row.people_waiting, longest_wait_days: row.longest_wait_days }),
        capacity: Some(ServiceCapacity {
            unit: row.capacity_unit,
            contracted: row.capacity_contracted_thousandths,
            used: row.capacity_used_thousandths,
            spare: row.capacity_spare_thousandths,
        }),
        onward_grants: Some(OnwardGrants { number: row.onward_grants_number, amount_pence: row.onward_grants_pence }),
        case_study: row.case_study,
        ..ReturnContent::default()
    }
}

/// Keeps what the provider wrote under a new number.
pub(in crate::returns) fn add_content(
    conn: &mut Conn,
    id: Id,
    content_no: i32,
    at: Moment,
    written: &ReturnContent,
) -> Result<(), Refusal> {
    let texts = (
        content::return_id.eq(id),
        content::content_no.eq(content_no),
        content::recorded_at.eq(at),
        content::narrative.eq(&written.narrative),
        content::risks.eq(&written.risks),
        content::is_spend_reported.eq(written.spend.is_some()),
        content::sections.eq(kept_sections(written)?),
    );
    on!(conn, c => diesel::insert_into(content::table).values(texts).execute(c))?;
    let lines: Vec<SpendRow> =
        (0..).zip(written.spend.iter().flatten()).map(|(position, line)| spend_row(id, content_no, position, line)).collect();
    on!(conn, c => diesel::insert_into(spend::table).values(&lines).execute(c))?;
    let values: Vec<ValueRow> = (0..).zip(&written.values).map(|(position, one)| value_row(id, content_no, position, one)).collect();
    on!(conn, c => diesel::insert_into(value::table).values(&values).execute(c))?;
    packing::store::add(conn, id, content_no, &written.values)?;
    let row = service_row(id, content_no, written);
    on!(conn, c => diesel::insert_into(service::table).values(&row).execute(c))?;
    let quarters: Vec<ForecastRow> =
        (0..).zip(written.forecast.iter().flatten()).map(|(position, one)| forecast_row(id, content_no, position, one)).collect();
    on!(conn, c => diesel::insert_into(forecast::table).values(&quarters).execute(c))?;
    let explained: Vec<ExplanationRow> =
        (0..).zip(&written.explanations).map(|(position, one)| explanation_row(id, content_no, position, one)).collect();
    on!(conn, c => diesel::insert_into(explanation::table).values(&explained).execute(c))?;
    Ok(())
}

/// The texts of the office's own sections as they are kept.
pub(in crate::returns) fn kept_sections(written: &ReturnContent) -> Result<Option<String>, Refusal> {
    let all = Some(&written.sections).filter(|all| !all.is_empty());
    all.map(serde_json::to_string).transpose().map_err(Refusal::broken)
}

fn service_row(return_id: Id, content_no: i32, written: &ReturnContent) -> ServiceRow {
    let caseload = written.caseload.unwrap_or_default();
    let staffing = written.staffing.clone().unwrap_or_default();
    let waiting = written.waiting_times.unwrap_or_default();
    let capacity = written.capacity.clone().unwrap_or_default();
    let onward = written.onward_grants.unwrap_or_default();
    ServiceRow {
        return_id,
        content_no,
        is_forecast_given: written.forecast.is_some(),
        brought_forward: caseload.brought_forward,
        new_cases: caseload.new,
        closed_cases: caseload.closed,
        carried_forward: caseload.carried_forward,
        delivery_mode: written.delivery_mode,
        staffing_note: staffing.note,
        posts_filled_thousandths: staffing.posts_filled,
        posts_vacant_thousandths: staffing.posts_vacant,
        sickness_days_thousandths: staffing.sickness_days,
        people_waiting: waiting.people_waiting,
        longest_wait_days: waiting.longest_wait_days,
        capacity_unit: capacity.unit,
        capacity_contracted_thousandths: capacity.contracted,
        capacity_used_thousandths: capacity.used,
        capacity_spare_thousandths: capacity.spare,
        onward_grants_number: onward.number,
        onward_grants_pence: onward.amount_pence,
        case_study: written.case_study.clone(),
    }
}

const fn forecast_row(return_id: Id, content_no: i32, position: i32, one: &ForecastQuarter) -> ForecastRow {
    ForecastRow { return_id, content_no, position, quarter: one.quarter, amount_pence: one.amount_pence }
}

fn explanation_row(return_id: Id, content_no: i32, position: i32, one: &WarningExplanation) -> ExplanationRow {
    let About { indicator_id, area_id, group, query_id } = one.about.clone().unwrap_or_default();
    ExplanationRow {
        return_id,
        content_no,
        position,
        rule: one.rule,
        pointer: one.pointer.clone(),
        text: one.text.clone(),
        indicator_id,
        area_id,
        group_name: group,
        query_id,
        stood: one.stood.clone(),
    }
}

fn spend_row(return_id: Id, content_no: i32, position: i32, line: &SpendLine) -> SpendRow {
    SpendRow {
        return_id,
        content_no,
        position,
        category: line.category,
        amount_pence: line.amount_pence,
        direct_activity: line.direct_activity,
        spent_from: line.spent_from,
        spent_to: line.spent_to,
        note: line.note.clone(),
    }
}

fn value_row(return_id: Id, content_no: i32, position: i32, one: &IndicatorValue) -> ValueRow {
    ValueRow {
        return_id,
        content_no,
        position,
        indicator_id: one.indicator_id,
        area_id: one.area_id,
        status: one.status,
        value_thousandths: one.value,
        denominator_thousandths: one.denominator,
        basis: one.basis.clone(),
        group_name: one.group.clone(),
    }
}
