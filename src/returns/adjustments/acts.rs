//! Correcting an accepted return.

use serde_json::{Value, json};

use crate::access::Scope;
use crate::audit;
use crate::awards::indicators::acts as indicators;
use crate::kernel::{Event, Id, Page, PageRequest, Refusal};
use crate::returns::adjustments::rules::{self, AdjustmentInput, Counted, Figures};
use crate::returns::adjustments::store;
use crate::returns::rules::ReturnState;
use crate::returns::store::{self as returns, Return};
use crate::returns::{acts, kept, owed};
use crate::store::{Conn, Tx};

pub use store::Adjustment;

/// Corrects an accepted return by differences, which count in a later one. The provider is told.
///
/// # Errors
/// [`Refusal::NotFound`]; it is not accepted; every fault of the differences and of what they lead to; where they should count is no later
/// return of the award that is owed; its award is closed and keeps less than would be accepted as spent.
pub fn adjust(tx: &mut Tx<'_>, id: Id, input: &AdjustmentInput) -> Result<Adjustment, Refusal> {
    let one = acts::find(tx.conn(), Scope::Office, id)?;
    rules::check_adjustable(one.state)?;
    let before = figures(tx.conn(), &one)?;
    let mut asked = owed::asked(tx.conn(), one.award_id, &one.planned, &before.as_corrected(&input.values))?;
    asked.wants_denominators = !one.provenance.lacks("R76");
    rules::check(input, &before, &asked).into_result()?;
    let counted = counted(tx, &one, input.counted_in_return_id)?;
    let adjustment = Adjustment {
        id: tx.new_id(),
        return_id: id,
        recorded_at: tx.recorded_at(),
        effective_on: tx.today().max(counted.starts_on),
        counted,
        reason: input.reason.clone(),
        made_by: tx.actor().name.clone(),
        spend: input.spend.iter().map(|line| (*line, before.spent(line))).collect(),
        values: input.values.iter().map(|own| (own.clone(), before.counted(own))).collect(),
    };
    let closed = kept::closed(tx.conn(), one.award_id)?;
    store::insert(tx.conn(), &adjustment)?;
    kept::check(tx.conn(), &closed)?;
    for own in &input.values {
        indicators::lock(tx, own.indicator_id)?;
    }
    log(tx, &adjustment)?;
    if !adjustment.spend.is_empty() {
        tx.emit(Event::ReturnAccepted { award_id: one.award_id })?;
    }
    let (reason, later) = (&adjustment.reason, &adjustment.counted.period);
    acts::tell(tx, &one, "corrected", |period| {
        format!("Your accepted return for {period} stays as it is. We have corrected its figures in {later}: {reason}\n")
    })?;
    Ok(adjustment)
}

/// What the figures of a return come to: as it is written, with every adjustment so far.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn figures(conn: &mut Conn, one: &Return) -> Result<Figures, Refusal> {
    let mut figures = Figures::of(&acts::content(conn, one)?);
    for earlier in store::of_return(conn, one.id)? {
        let spend: Vec<_> = earlier.spend.into_iter().map(|(line, _)| line).collect();
        let values: Vec<_> = earlier.values.into_iter().map(|(own, _)| own).collect();
        figures.adjust(&spend, &values);
    }
    Ok(figures)
}

/// Where an adjustment counts: in the return that is named, in the first later one that is not accepted yet, or in a quarter.
fn counted(tx: &mut Tx<'_>, one: &Return, named: Option<Id>) -> Result<Counted, Refusal> {
    let today = tx.today();
    let all = returns::of_award(tx.conn(), one.award_id)?;
    let in_return = |other: &Return| Counted {
        return_id: Some(other.id),
        period: other.planned.period.clone(),
        starts_on: other.planned.starts_on,
        ends_on: other.planned.ends_on,
    };
    let is_owed = |other: &Return| other.is_owed && other.state != ReturnState::FallenAway;
    if let Some(named) = named {
        let unknown = || Refusal::invalid("/counted_in_return_id", "unknown_record", "The award of this return has no such return.");
        let other = all.iter().find(|other| other.id == named).ok_or_else(unknown)?;
        rules::check_counted(one.planned.ends_on, other.planned.starts_on, is_owed(other))?;
        return Ok(in_return(other));
    }
    let is_open = |other: &&Return| other.planned.starts_on > one.planned.ends_on && is_owed(other) && other.state != ReturnState::Accepted;
    let in_quarter = || Counted::in_quarter(today, one.planned.ends_on).ok_or_else(|| Refusal::broken("a day that lies in no quarter"));
    all.iter().find(is_open).map_or_else(in_quarter, |other| Ok(in_return(other)))
}

fn log(tx: &mut Tx<'_>, one: &Adjustment) -> Result<(), Refusal> {
    let spend = |is_after: bool| -> Vec<Value> {
        let shown = one.spend.iter().map(|(line, before)| {
            let amount = if is_after { line.after(*before) } else { *before };
            json!({ "category": line.category, "direct_activity": line.direct_activity, "amount_pence": amount })
        });
        shown.collect()
    };
    let values = |is_after: bool| -> Vec<Value> {
        let shown = one.values.iter().map(|(own, before)| {
            let (after, of) = own.after(*before);
            let (value, denominator) = if is_after { (Some(after), of) } else { *before };
            json!({ "indicator_id": own.indicator_id, "area_id": own.area_id, "group": own.group, "value": value, "denominator": denominator })
        });
        shown.collect()
    };
    let after = json!({ "adjustment_id": one.id, "counted_in_return_id": one.counted.return_id, "period": one.counted.period,
        "effective_on": one.effective_on, "spend": spend(true), "values": values(true) });
    let entry = audit::Entry {
        record_kind: "return",
        record_id: one.return_id,
        before: json!({ "spend": spend(false), "values": values(false) }),
        after,
        // It stands with the adjustment: the log holds no words that may have to go.
        reason: None,
    };
    audit::record(tx, entry).map(|_| ())
}

/// A page of the adjustments of a return, in the order in which they were made.
///
/// # Errors
/// [`Refusal::NotFound`] where there is no such return for this caller.
pub fn list(conn: &mut Conn, scope: Scope, id: Id, request: &PageRequest) -> Result<Page<Adjustment>, Refusal> {
    let one = acts::find(conn, scope, id)?;
    store::page(conn, one.id, request)
}

/// All adjustments of a return, in the order in which they were made. Whether the caller may see it is asked before.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn of_return(conn: &mut Conn, id: Id) -> Result<Vec<Adjustment>, Refusal> {
    store::of_return(conn, id)
}
