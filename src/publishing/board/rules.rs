//! Who may sign a snapshot off, and when. Pure.

use crate::kernel::{Code, Id, Refusal};

words! {
    /// How far a snapshot has come.
    pub enum BoardSnapshotState {
        /// It was made; officers of the office see it.
        Made = "made",
        /// An officer signed it off; the board sees it.
        SignedOff = "signed_off",
    }
}

/// Whether this officer may sign a snapshot off.
///
/// # Errors
/// It was signed off already; [`Code::SamePerson`] where they made it.
pub fn sign_off(state: BoardSnapshotState, made_by: Option<Id>, signs: Option<Id>) -> Result<(), Refusal> {
    if state == BoardSnapshotState::SignedOff {
        return Err(Refusal::wrong_state("snapshot", "signed off", "signed off again"));
    }
    if made_by.is_some() && made_by == signs {
        let detail = "You made this snapshot, so another officer must look at its small numbers and sign it off.";
        return Err(Refusal::rule(Code::SamePerson, detail));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_officer_signs_and_once() {
        let (maker, other) = (Some(Id::new()), Some(Id::new()));
        assert!(sign_off(BoardSnapshotState::Made, maker, other).is_ok());
        assert!(matches!(sign_off(BoardSnapshotState::Made, maker, maker), Err(Refusal::Rule { code: Code::SamePerson, .. })));
        assert!(matches!(sign_off(BoardSnapshotState::SignedOff, maker, other), Err(Refusal::Rule { code: Code::WrongState, .. })));
    }
}
