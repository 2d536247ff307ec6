//! What is asked of a variation that has no other fault: that it changes something, that its returns would be waited for, and that nothing has overtaken it.

use super::beside::{Beside, terms_change};
use crate::awards::Award;
use crate::awards::acts as awards;
use crate::kernel::{Faults, Refusal};
use crate::store::Conn;
use crate::variations::rules::{self, VariationInput};
use crate::variations::store::Variation;

/// What is wrong with a variation that has no other fault beside its award.
pub(super) fn faults(conn: &mut Conn, beside: &Beside, input: &VariationInput) -> Result<Faults, Refusal> {
    let idle = beside.idle(input);
    if idle.0.is_empty() { unawaited(conn, beside, input) } else { Ok(idle) }
}

/// Returns that it names and that nobody would wait for with its own dates.
fn unawaited(conn: &mut Conn, beside: &Beside, input: &VariationInput) -> Result<Faults, Refusal> {
    let mut faults = Faults::new();
    let Some(owing) = beside.owing.as_ref().filter(|_| input.dates.is_some() && !input.return_dates.is_empty()) else { return Ok(faults) };
    let (terms, split) = awards::terms_after(conn, &beside.award, &terms_change(input, &beside.award))?;
    let mut owed = owing.then(&Award { terms, split, ..beside.award.clone() });
    owed.retain(|one| one.is_awaited);
    let sentence = "With these dates no return for this period would be waited for. Name one that would be, or leave the period out for \
                    all of them.";
    for (at, change) in input.return_dates.iter().enumerate() {
        let is_awaited = change.period.as_ref().is_none_or(|period| owed.iter().any(|one| one.period == *period));
        faults.require(is_awaited, &format!("/return_dates/{at}/period"), "unknown_record", sentence);
    }
    let is_idle = faults.0.is_empty() && owed.is_empty();
    faults.require(!is_idle, "/return_dates", "nothing_changes", "With these dates no return of this award would be waited for.");
    Ok(faults)
}

/// Refuses to agree to a variation that another change has overtaken: it is rebased first.
pub(in crate::variations) fn check_current(one: &Variation, stands: &Beside, done: &str) -> Result<(), Refusal> {
    let now = stands.now(&one.input);
    let touched = one.before.as_ref().map(|issued| rules::overlaps(&one.input, issued, &now)).unwrap_or_default();
    rules::check_current(&touched, one.input.effective_on, stands.earliest(&one.input), done)
}
