//! Adjustments in the database.

use std::collections::HashMap;

use chrono::NaiveDate;
use diesel::prelude::*;

use crate::kernel::{Id, Moment, Page, PageRequest, Pence, Quantity, Refusal};
use crate::returns::adjustments::rules::{Counted, SpendDifference, ValueDifference};
use crate::returns::rules::SpendCategory;
use crate::store::Conn;
use crate::store::schema::{return_adjustment as table, return_adjustment_spend as spend, return_adjustment_value as value};

/// A correction of an accepted return.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Adjustment {
    /// Its id.
    pub id: Id,
    /// The return that it corrects.
    pub return_id: Id,
    /// When it became known.
    pub recorded_at: Moment,
    /// From which day it counts in reports.
    pub effective_on: NaiveDate,
    /// The days in which it counts.
    pub counted: Counted,
    /// Why.
    pub reason: String,
    /// Who made it.
    pub made_by: String,
    /// Money, with what was reported before.
    pub spend: Vec<(SpendDifference, Pence)>,
    /// Values, with the value and the denominator before.
    pub values: Vec<(ValueDifference, (Option<Quantity>, Option<Quantity>))>,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = table)]
struct Row {
    id: Id,
    return_id: Id,
    recorded_at: Moment,
    effective_on: NaiveDate,
    counted_in_id: Option<Id>,
    period: String,
    starts_on: NaiveDate,
    ends_on: NaiveDate,
    reason: String,
    made_by: String,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = spend)]
struct SpendRow {
    adjustment_id: Id,
    position: i32,
    category: SpendCategory,
    direct_activity: bool,
    before_pence: Pence,
    amount_pence: Pence,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = value)]
struct ValueRow {
    adjustment_id: Id,
    position: i32,
    indicator_id: Id,
    area_id: Option<Id>,
    before_thousandths: Option<Quantity>,
    before_denominator_thousandths: Option<Quantity>,
    value_thousandths: Quantity,
    denominator_thousandths: Option<Quantity>,
    group_name: Option<String>,
}

pub(super) fn insert(conn: &mut Conn, one: &Adjustment) -> Result<(), Refusal> {
    let row = Row {
        id: one.id,
        return_id: one.return_id,
        recorded_at: one.recorded_at,
        effective_on: one.effective_on,
        counted_in_id: one.counted.return_id,
        period: one.counted.period.clone(),
        starts_on: one.counted.starts_on,
        ends_on: one.counted.ends_on,
        reason: one.reason.clone(),
        made_by: one.made_by.clone(),
    };
    on!(conn, c => diesel::insert_into(table::table).values(&row).execute(c))?;
    let lines: Vec<SpendRow> = (0..)
        .zip(&one.spend)
        .map(|(position, (line, before))| SpendRow {
            adjustment_id: one.id,
            position,
            category: line.category,
            direct_activity: line.direct_activity,
            before_pence: *before,
            amount_pence: line.amount_pence,
        })
        .collect();
    on!(conn, c => diesel::insert_into(spend::table).values(&lines).execute(c))?;
    let values: Vec<ValueRow> = (0..)
        .zip(&one.values)
        .map(|(position, (own, before))| ValueRow {
            adjustment_id: one.id,
            position,
            indicator_id: own.indicator_id,
            area_id: own.area_id,
            before_thousandths: before.0,
            before_denominator_thousandths: before.1,
            value_thousandths: own.value,
            denominator_thousandths: own.denominator,
            group_name: own.group.clone(),
        })
        .collect();
    on!(conn, c => diesel::insert_into(value::table).values(&values).execute(c))?;
    Ok(())
}

fn whole(conn: &mut Conn, rows: Vec<Row>) -> Result<Vec<Adjustment>, Refusal> {
    let ids: Vec<Id> = rows.iter().map(|row| row.id).collect();
    let lines: Vec<SpendRow> = on!(conn, c => spend::table.filter(spend::adjustment_id.eq_any(&ids))
        .order((spend::adjustment_id, spend::position)).select(SpendRow::as_select()).load(c))?;
    let values: Vec<ValueRow> = on!(conn, c => value::table.filter(value::adjustment_id.eq_any(&ids))
        .order((value::adjustment_id, value::position)).select(ValueRow::as_select()).load(c))?;
    let mut all: Vec<Adjustment> = rows.into_iter().map(empty).collect();
    let places: HashMap<Id, usize> = all.iter().enumerate().map(|(at, one)| (one.id, at)).collect();
    for row in lines {
        if let Some(one) = places.get(&row.adjustment_id).and_then(|at| all.get_mut(*at)) {
            let line = SpendDifference { category: row.category, direct_activity: row.direct_activity, amount_pence: row.amount_pence };
            one.spend.push((line, row.before_pence));
        }
    }
    for row in values {
        if let Some(one) = places.get(&row.adjustment_id).and_then(|at| all.get_mut(*at)) {
            let own = ValueDifference {
                indicator_id: row.indicator_id,
                area_id: row.area_id,
                group: row.group_name,
                value: row.value_thousandths,
                denominator: row.denominator_thousandths,
            };
            one.values.push((own, (row.before_thousandths, row.before_denominator_thousandths)));
        }
    }
    Ok(all)
}

fn empty(row: Row) -> Adjustment {
    Adjustment {
        id: row.id,
        return_id: row.return_id,
        recorded_at: row.recorded_at,
        effective_on: row.effective_on,
        counted: Counted { return_id: row.counted_in_id, period: row.period, starts_on: row.starts_on, ends_on: row.ends_on },
        reason: row.reason,
        made_by: row.made_by,
        spend: Vec::new(),
        values: Vec::new(),
    }
}

/// All adjustments of a return, in the order in which they were made.
pub(super) fn of_return(conn: &mut Conn, return_id: Id) -> Result<Vec<Adjustment>, Refusal> {
    let rows: Vec<Row> =
        on!(conn, c => table::table.filter(table::return_id.eq(return_id)).order(table::id).select(Row::as_select()).load(c))?;
    whole(conn, rows)
}

/// A page of them.
pub(super) fn page(conn: &mut Conn, return_id: Id, request: &PageRequest) -> Result<Page<Adjustment>, Refusal> {
    let after: Option<Id> = request.after()?;
    let rows: Vec<Row> = on!(conn, c => {
        let mut query = table::table.filter(table::return_id.eq(return_id)).into_boxed();
        if let Some(after) = after {
            query = query.filter(table::id.gt(after));
        }
        query.order(table::id).limit(request.fetch()).select(Row::as_select()).load(c)
    })?;
    let page = whole(conn, rows)?;
    Ok(Page::cut(page, request, |one| one.id))
}
