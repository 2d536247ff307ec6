//! Whom a campaign reaches: who has no address hears nothing of it, and where nobody can sign, nobody accepts.

use serde::Serialize;
use utoipa::ToSchema;

words! {
    /// What somebody should see to before a campaign is issued, though it hinders nothing.
    pub enum CampaignWarningCode {
        /// There is no address to write to.
        NoAddress = "no_address",
        /// Nobody of the provider can accept.
        NobodySigns = "nobody_signs",
    }
}

/// What somebody should see to before a campaign is issued, though it hinders nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct CampaignWarning {
    /// Stable name for programs.
    pub code: CampaignWarningCode,
    /// The same in plain words.
    #[schema(max_length = 2000)]
    pub message: String,
}

/// How many awards a campaign does not reach.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct CampaignReach {
    /// Awards with no address to write to: of their provider none is known, or they have no provider.
    pub no_address_count: i64,
    /// Awards whose variation needs an acceptance while nobody can give it: no user of their provider is a signatory, or they have no provider.
    pub nobody_signs_count: i64,
}

/// What is known of the provider of an award.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Reached {
    /// Whether the award has a provider.
    pub has_provider: bool,
    /// Whether that has an address for letters.
    pub has_address: bool,
    /// Whether somebody may sign for it.
    pub has_signatory: bool,
}

/// What somebody should see to for one award.
#[must_use]
pub fn warnings(reached: Reached, is_unilateral: bool) -> Vec<CampaignWarning> {
    let mut all = Vec::new();
    if !reached.has_address {
        let message = if reached.has_provider {
            "Its provider has no address for letters (`contact_email`), so it hears nothing by e-mail. Add one, or send it the letter by post."
        } else {
            "This award has no provider, so nobody is written to."
        };
        all.push(CampaignWarning { code: CampaignWarningCode::NoAddress, message: message.to_owned() });
    }
    if !is_unilateral && !reached.has_signatory {
        let message = if reached.has_provider {
            "No user of its provider is a signatory, so nobody can accept in the service. Add one, or take the acceptance on a signed paper."
        } else {
            "This award has no provider, so nobody can accept."
        };
        all.push(CampaignWarning { code: CampaignWarningCode::NobodySigns, message: message.to_owned() });
    }
    all
}

/// How many of these awards are not reached.
#[must_use]
pub fn reach(all: impl Iterator<Item = Reached>, is_unilateral: bool) -> CampaignReach {
    let mut counts = CampaignReach::default();
    for one in all {
        counts.no_address_count += i64::from(!one.has_address);
        counts.nobody_signs_count += i64::from(!is_unilateral && !one.has_signatory);
    }
    counts
}
