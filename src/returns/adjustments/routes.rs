//! Adjustments over HTTP.

use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

use crate::access::permissions::can;
use crate::http::act::Stored;
use crate::http::{Api, Ask, Json, Listed, Listing, Made, MoneyCreate, NoFilter};
use crate::kernel::{Id, Moment, Pence, Quantity, Refusal};
use crate::returns::adjustments::acts::{self, Adjustment};
use crate::returns::adjustments::rules::AdjustmentInput;
use crate::returns::rules::SpendCategory;

/// Money of an adjustment.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AdjustedSpendView {
    /// What it was spent on.
    category: SpendCategory,
    /// Whether it went to the people helped directly.
    direct_activity: bool,
    /// What was reported until then: as accepted, with the adjustments before this one.
    #[schema(value_type = i64)]
    before_pence: Pence,
    /// The difference.
    #[schema(value_type = i64)]
    amount_pence: Pence,
    /// What it comes to.
    #[schema(value_type = i64)]
    after_pence: Pence,
}

/// A value of an adjustment.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AdjustedValueView {
    /// The indicator.
    indicator_id: Id,
    /// The area; the award as a whole where there is none.
    area_id: Option<Id>,
    /// The group; all of them together where there is none.
    #[schema(max_length = 80)]
    group: Option<String>,
    /// What was reported until then; null where nothing was.
    before: Option<Quantity>,
    /// Of a percentage, what it was of.
    before_denominator: Option<Quantity>,
    /// The difference.
    value: Quantity,
    /// The difference of what a percentage is of.
    denominator: Option<Quantity>,
    /// What it comes to.
    after: Quantity,
    /// Of a percentage, what that is of.
    after_denominator: Option<Quantity>,
}

/// A correction of an accepted return.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AdjustmentView {
    /// Its id.
    id: Id,
    /// The accepted return, which stays as it is.
    return_id: Id,
    /// The return in which it counts; none where the award owes no later one.
    counted_in_return_id: Option<Id>,
    /// The period in which it counts.
    #[schema(max_length = 120)]
    period: String,
    /// The first day of that period.
    starts_on: NaiveDate,
    /// The last day of that period.
    ends_on: NaiveDate,
    /// From which day reports count it.
    effective_on: NaiveDate,
    /// When it became known.
    recorded_at: Moment,
    /// Who made it.
    #[schema(max_length = 300)]
    made_by: String,
    /// Why.
    #[schema(max_length = 1000)]
    reason: String,
    /// What was spent.
    #[schema(max_items = 100)]
    spend: Vec<AdjustedSpendView>,
    /// What was counted.
    #[schema(max_items = 1000)]
    values: Vec<AdjustedValueView>,
}

impl From<Adjustment> for AdjustmentView {
    fn from(one: Adjustment) -> Self {
        let spend = one.spend.iter().map(|(line, before)| AdjustedSpendView {
            category: line.category,
            direct_activity: line.direct_activity,
            before_pence: *before,
            amount_pence: line.amount_pence,
            after_pence: line.after(*before),
        });
        let values = one.values.iter().map(|(own, before)| {
            let (after, after_denominator) = own.after(*before);
            AdjustedValueView {
                indicator_id: own.indicator_id,
                area_id: own.area_id,
                group: own.group.clone(),
                before: before.0,
                before_denominator: before.1,
                value: own.value,
                denominator: own.denominator,
                after,
                after_denominator,
            }
        });
        Self {
            spend: spend.collect(),
            values: values.collect(),
            id: one.id,
            return_id: one.return_id,
            counted_in_return_id: one.counted.return_id,
            period: one.counted.period,
            starts_on: one.counted.starts_on,
            ends_on: one.counted.ends_on,
            effective_on: one.effective_on,
            recorded_at: one.recorded_at,
            made_by: one.made_by,
            reason: one.reason,
        }
    }
}

async fn list(call: Ask<can::ReturnsRead, Id, Listing<NoFilter>>) -> Result<Listed<AdjustmentView>, Refusal> {
    call.ask(|conn, input| {
        let page = acts::list(conn, input.caller.scope(), input.path, &input.query.page)?;
        Ok(Listed(page.map(AdjustmentView::from)))
    })
    .await
}

async fn adjust(call: MoneyCreate<can::ReturnsReview, Id, Json<AdjustmentInput>>) -> Result<Stored<Made<AdjustmentView>>, Refusal> {
    call.act("return.adjust", |tx, input| {
        let made = acts::adjust(tx, input.path, &input.body.0)?;
        Ok(Made { location: format!("/v1/returns/{}/adjustments", made.return_id), version: 1, body: made.into() })
    })
    .await
}

/// Registers the operations.
pub fn mount(api: &mut Api) {
    api.get("/v1/returns/{id}/adjustments", "returns_adjustments_list", "List the corrections of an accepted return", list);
    api.post("/v1/returns/{id}/adjustments", "returns_adjust", "Correct the figures of an accepted return in a later one", adjust);
}
