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
/// It was signed off already; [`Code::SamePerson`] where they made it; [`Code::Overlap`] where it is overtaken: the board got another one of its year,
/// or a funder a claim, since it was gathered, and the two together could give away what each hides.
pub fn sign_off(state: BoardSnapshotState, made_by: Option<Id>, signs: Option<Id>, is_overtaken: bool) -> Result<(), Refusal> {
    if state == BoardSnapshotState::SignedOff {
        return Err(Refusal::wrong_state("snapshot", "signed off", "signed off again"));
    }
    if made_by.is_some() && made_by == signs {
        let detail = "You made this snapshot, so another officer must look at its small numbers and sign it off.";
        return Err(Refusal::rule(Code::SamePerson, detail));
    }
    if is_overtaken {
        let detail = "Another snapshot of this year was signed off, or a claim to a funder with days in it was certified, since this one was gathered. \
                      Together they could tell what each of them suppresses. Gather the quarter again and have that one signed off.";
        return Err(Refusal::rule(Code::Overlap, detail));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_officer_signs_and_once() {
        let (maker, other) = (Some(Id::new()), Some(Id::new()));
        assert!(sign_off(BoardSnapshotState::Made, maker, other, false).is_ok());
        assert!(matches!(sign_off(BoardSnapshotState::Made, maker, maker, false), Err(Refusal::Rule { code: Code::SamePerson, .. })));
        assert!(matches!(sign_off(BoardSnapshotState::SignedOff, maker, other, false), Err(Refusal::Rule { code: Code::WrongState, .. })));
        assert!(matches!(sign_off(BoardSnapshotState::Made, maker, other, true), Err(Refusal::Rule { code: Code::Overlap, .. })));
    }
}
