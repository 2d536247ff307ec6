//! What one capability tells the others. `app.rs` wires the followers, which run in the same transaction.

use chrono::NaiveDate;

use crate::kernel::{Id, Moment, Pence};

/// Something that happened and that another capability must follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// An award was accepted by its provider: its returns appear.
    AwardWentLive {
        /// The award.
        award_id: Id,
    },
    /// An award's dates or monitoring plan changed: returns not yet begun are made again.
    AwardTermsChanged {
        /// The award.
        award_id: Id,
    },
    /// An award ended early or closed: returns of periods that never began fall away.
    AwardEnded {
        /// The award.
        award_id: Id,
    },
    /// An award is being closed: what was spent of it must not go back.
    AwardClosing {
        /// The award.
        award_id: Id,
        /// What was committed or paid before.
        agreed: Pence,
        /// What of that stays.
        kept: Pence,
    },
    /// Money of a budget line was offered or committed to an award: it must still be there to be spent.
    MoneyPromised {
        /// The budget line.
        budget_line_id: Id,
        /// With effect from when.
        on: NaiveDate,
    },
    /// A return of an award was accepted, or an accepted one corrected: what is paid in arrears is known.
    ReturnAccepted {
        /// The award.
        award_id: Id,
    },
    /// A user or service client is said to belong to a provider: there must be such a provider.
    ProviderNamed {
        /// The provider.
        provider_id: Id,
    },
    /// A claim to a funder was certified: its figures are frozen.
    FunderClaimCertified {
        /// The claim.
        claim_id: Id,
    },
    /// The first report closed history: no import may give an earlier moment any more.
    HistoryClosed {
        /// From when on.
        closed_at: Moment,
    },
}
