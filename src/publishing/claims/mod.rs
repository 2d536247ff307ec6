//! What a funder is told with a claim: what was spent of its money and what was counted with it. Kept as it was when finance certified the
//! claim, so that nothing that is learnt later moves it; what changes since is told with the next claim.

pub mod acts;
pub mod rules;
mod store;
