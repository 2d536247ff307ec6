//! Years that are closed: up to which day the money of a fund period is locked, and which later movements correct one of before.
//!
//! The lock is a row of a table of the ledger's own, and [`crate::ledger::transfer`] asks it for every movement, so that no act gets round it. A movement
//! concerns each fund period whose budget line it names: money that is carried forward leaves a locked period on a day after the lock.

mod acts;
mod store;

pub(super) use acts::check;
pub use acts::{
    Correction, check_day, corrected, corrections, given_back_after, lock, locked_to, moved, moved_of, note_correction, of_ids, open_day,
    promised_after, refer,
};
pub use store::Moved;
