//! Taking the variations of a campaign that other changes have overtaken onto their awards as these stand now.

use serde_json::json;

use super::follow::{outcome_of, with_names};
use super::{at_version, log, variations_of};
use crate::kernel::{Id, Refusal};
use crate::store::Tx;
use crate::variations::acts as variations;
use crate::variations::campaigns::rules::{self, CampaignAct, CampaignRebase, CampaignRefused};
use crate::variations::campaigns::store::Campaign;
use crate::variations::rules::{self as of_one, VariationIssue, VariationRebase};
use crate::variations::store::Variation;

/// What a rebase did, and what is left.
#[derive(Debug, Clone)]
pub struct Rebased {
    /// The campaign.
    pub campaign: Campaign,
    /// The variations that were rebased, in the order of their awards.
    pub variations: Vec<Id>,
    /// Those that could not be and were left as they are.
    pub refused: Vec<CampaignRefused>,
}

/// Takes each variation of a campaign that another change has overtaken onto its award as that stands now, in this one transaction: all of them, or
/// none. What nothing has overtaken stays as it is, so that this does nothing when it is repeated. Each is judged, issued again and told by letter
/// as it is where it is rebased by itself.
///
/// # Errors
/// [`Refusal::Stale`]; it was not issued; every fault of the last day to answer; [`crate::kernel::Code::AwardsRefused`] with each award whose variation
/// does not fit it any more, and the reasons.
pub fn rebase(tx: &mut Tx<'_>, id: Id, version: i32, input: CampaignRebase) -> Result<Rebased, Refusal> {
    let campaign = at_version(tx, id, version)?;
    rules::check_state(CampaignAct::Rebase, campaign.step.state, campaign.step.issued_on)?;
    let (today, answer_due_on) = (tx.today(), input.answer_due_on);
    of_one::issue_faults(&VariationIssue { answer_due_on }, campaign.change.is_unilateral, today).into_result()?;
    let is_open = |one: &Variation| rules::may_be_rebased(outcome_of(one, today));
    let open: Vec<Variation> = variations_of(tx.conn(), id)?.into_iter().filter(is_open).collect();
    let (rebasing, hindered) = variations::overtaken(tx, open, &VariationRebase { answer_due_on, ..VariationRebase::default() })?;
    let refused = with_names(tx.conn(), hindered)?;
    if !refused.is_empty() && !input.skip_refused {
        let remedy = "Rebase these by themselves, with what is to be given anew, or take them back; or leave them as they are with \
            `skip_refused`.";
        return Err(rules::all_or_nothing(&refused, rebasing.len() + refused.len(), "rebased", remedy));
    }
    variations::rebase_all(tx, &rebasing)?;
    let variations: Vec<Id> = rebasing.iter().map(|one| one.after.id).collect();
    if !variations.is_empty() {
        log(tx, Some(&campaign), &campaign, json!({ "rebased_count": variations.len(), "refused": refused }))?;
    }
    Ok(Rebased { campaign, variations, refused })
}
