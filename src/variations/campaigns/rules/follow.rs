//! What became of the awards of a campaign.

use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

use crate::awards::rules::{AwardAct, AwardState};
use crate::variations::rules::{VariationState, shown_state};

words! {
    /// What became of one award of a campaign.
    pub enum CampaignOutcome {
        /// Chosen; the campaign is not issued.
        Chosen = "chosen",
        /// It could not be varied and was left out.
        LeftOut = "left_out",
        /// Its variation waits for the provider's answer.
        Waiting = "waiting",
        /// Nobody answered before its award ended, so nobody can any more.
        AwardEnded = "award_ended",
        /// Its variation needs no answer and is not in force yet.
        Ready = "ready",
        /// The provider accepted; it is not in force yet.
        Accepted = "accepted",
        /// The provider refused.
        Declined = "declined",
        /// The provider did not answer in time.
        Lapsed = "lapsed",
        /// The office took it back.
        Withdrawn = "withdrawn",
        /// In force.
        Applied = "applied",
    }
}

/// What the variation of an award is, as far as its outcome goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Told {
    /// How far it has come.
    pub state: VariationState,
    /// The last day to answer it.
    pub answer_due_on: Option<NaiveDate>,
    /// Whether it holds without an acceptance.
    pub is_unilateral: bool,
    /// How far its award has come.
    pub award_state: AwardState,
}

/// What became of an award, on `today`.
#[must_use]
pub fn outcome(variation: Option<Told>, is_left_out: bool, today: NaiveDate) -> CampaignOutcome {
    let Some(one) = variation else { return if is_left_out { CampaignOutcome::LeftOut } else { CampaignOutcome::Chosen } };
    match shown_state(one.state, one.answer_due_on, today) {
        VariationState::Draft => CampaignOutcome::Chosen,
        VariationState::Issued if one.is_unilateral => CampaignOutcome::Ready,
        VariationState::Issued if !AwardAct::Vary.is_open_in(one.award_state) => CampaignOutcome::AwardEnded,
        VariationState::Issued => CampaignOutcome::Waiting,
        VariationState::Accepted => CampaignOutcome::Accepted,
        VariationState::Applied => CampaignOutcome::Applied,
        VariationState::Refused => CampaignOutcome::Declined,
        VariationState::Lapsed => CampaignOutcome::Lapsed,
        VariationState::Withdrawn => CampaignOutcome::Withdrawn,
    }
}

/// How many awards of a campaign have come how far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct CampaignCounts {
    /// Those that wait for the provider's answer.
    pub waiting: i64,
    /// Those that nobody answered before their award ended.
    pub award_ended: i64,
    /// Those that need no answer and are not in force yet.
    pub ready: i64,
    /// Those that are accepted and not in force yet.
    pub accepted: i64,
    /// Those that the provider refused.
    pub declined: i64,
    /// Those that were not answered in time.
    pub lapsed: i64,
    /// Those that the office took back.
    pub withdrawn: i64,
    /// Those that are in force.
    pub applied: i64,
    /// Those that were left out.
    pub left_out: i64,
}

impl CampaignCounts {
    /// How many were issued, whatever became of them.
    #[must_use]
    pub const fn issued(&self) -> i64 {
        self.waiting + self.award_ended + self.ready + self.accepted + self.declined + self.lapsed + self.withdrawn + self.applied
    }
}

/// How many there are of each.
#[must_use]
pub fn counts(outcomes: impl Iterator<Item = CampaignOutcome>) -> CampaignCounts {
    let mut counts = CampaignCounts::default();
    for one in outcomes {
        let count = match one {
            CampaignOutcome::Chosen => continue,
            CampaignOutcome::LeftOut => &mut counts.left_out,
            CampaignOutcome::Waiting => &mut counts.waiting,
            CampaignOutcome::AwardEnded => &mut counts.award_ended,
            CampaignOutcome::Ready => &mut counts.ready,
            CampaignOutcome::Accepted => &mut counts.accepted,
            CampaignOutcome::Declined => &mut counts.declined,
            CampaignOutcome::Lapsed => &mut counts.lapsed,
            CampaignOutcome::Withdrawn => &mut counts.withdrawn,
            CampaignOutcome::Applied => &mut counts.applied,
        };
        *count += 1;
    }
    counts
}

/// What was issued, as people say it: *issued 12 of 12 live awards* (O27).
#[must_use]
pub fn sentence(issued: i64, live: i64) -> String {
    format!("issued {issued} of {live} live awards")
}
