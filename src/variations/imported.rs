//! Variations of an office's past, taken in as they were printed.

use crate::kernel::{Id, Provenance, Refusal};
use crate::store::Tx;
use crate::variations::acts;
use crate::variations::rules::{VariationInput, VariationState};

/// Takes in a variation; an applied one changes its award and moves money on its day.
///
/// # Errors
/// Every fault of the input; whatever the award or the ledger refuses.
pub fn import(
    tx: &mut Tx<'_>,
    award_id: Id,
    input: &VariationInput,
    state: VariationState,
    provenance: &Provenance,
) -> Result<Id, Refusal> {
    let one = acts::take_in(tx, award_id, input, provenance)?;
    match state {
        VariationState::Applied => acts::bring_into_force(tx, &one, state, input.effective_on).map(|applied| applied.id),
        _ => Ok(one.id),
    }
}
