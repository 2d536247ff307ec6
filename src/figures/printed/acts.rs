//! Keeping printed figures.

use serde_json::Value;

use crate::audit;
use crate::figures::printed::rules::{self, FigureInput};
use crate::figures::printed::{Figure, store};
use crate::kernel::{Code, Refusal};
use crate::store::Tx;

/// Keeps a figure that was not known before.
///
/// # Errors
/// Every fault of the input; [`Code::Taken`] where the code stands for another figure.
pub fn create(tx: &mut Tx<'_>, input: &FigureInput) -> Result<Figure, Refusal> {
    rules::faults(input).into_result()?;
    if store::by_code(tx.conn(), &input.code)?.is_some() {
        return Err(Refusal::rule(Code::Taken, format!("The code {} is taken by another figure.", input.code)));
    }
    let figure = Figure { id: tx.new_id(), version: 1, recorded_at: tx.recorded_at(), facts: input.clone() };
    store::begin(tx.conn(), &figure)?;
    keep(tx, None, figure)
}

/// Gives the figure with this code what a later paper prints. The earlier version stays for questions about earlier moments.
///
/// # Errors
/// Every fault of the input; [`Refusal::NotFound`] where no figure has the code.
pub fn replace(tx: &mut Tx<'_>, input: &FigureInput) -> Result<Figure, Refusal> {
    rules::faults(input).into_result()?;
    let before = store::by_code(tx.conn(), &input.code)?.ok_or(Refusal::NotFound("figure"))?;
    if before.facts == *input {
        return Ok(before);
    }
    let figure = Figure { version: before.version + 1, recorded_at: tx.recorded_at(), facts: input.clone(), ..before };
    if !store::advance(tx.conn(), &figure)? {
        return Err(Refusal::Stale);
    }
    keep(tx, Some(&before), figure)
}

fn keep(tx: &mut Tx<'_>, before: Option<&Figure>, after: Figure) -> Result<Figure, Refusal> {
    store::add_version(tx.conn(), &after)?;
    let json = |figure: &Figure| serde_json::to_value(&figure.facts).map_err(Refusal::broken);
    let entry = audit::Entry {
        record_kind: "figure",
        record_id: after.id,
        before: before.map_or(Ok(Value::Null), json)?,
        after: json(&after)?,
        reason: None,
    };
    audit::record(tx, entry)?;
    Ok(after)
}
