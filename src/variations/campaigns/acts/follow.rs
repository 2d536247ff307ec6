//! What becomes of the awards of a campaign once it is issued: how far they have come, reminders, the application, and taking back.

use std::collections::HashMap;

use chrono::NaiveDate;
use serde_json::{Value, json};

use super::{advance, at_version, decided_by, find, log, nothing_waits, variations_of};
use crate::access::Caller;
use crate::audit::{self, Entry};
use crate::awards::Award;
use crate::awards::acts as awards;
use crate::kernel::{Id, Named, Page, PageRequest, Pence, Refusal};
use crate::outbox::LetterView;
use crate::store::{Conn, Tx};
use crate::variations::acts as variations;
use crate::variations::campaigns::rules::{
    self, CampaignAct, CampaignApplication, CampaignCounts, CampaignOutcome, CampaignReason, CampaignRefused, CampaignState, Told,
};
use crate::variations::campaigns::store::{self, Campaign, Chosen};
use crate::variations::letters::{issued_again_on, of_issue, write_of_reminders};
use crate::variations::store::{self as varied, Variation};

/// How far the awards of a campaign have come.
#[derive(Debug, Clone, Copy, Default)]
pub struct Standing {
    /// How many awards it has.
    pub awards: i64,
    /// How many have come how far.
    pub counts: CampaignCounts,
    /// Whether the day has come on which some of what is accepted, or needs no acceptance, may be applied.
    pub is_its_day: bool,
}

/// How far the awards of each of these campaigns have come. As much is looked up for many as for one.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn standings(conn: &mut Conn, all: &[Campaign], today: NaiveDate) -> Result<HashMap<Id, Standing>, Refusal> {
    let ids: Vec<Id> = all.iter().map(|one| one.id).collect();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let (sizes, left_out) = (store::sizes(conn, &ids)?, store::left_out_counts(conn, &ids)?);
    let mut outcomes: HashMap<Id, Vec<(CampaignOutcome, NaiveDate)>> = HashMap::new();
    for (campaign, state, answer_due_on, effective_on, award_state) in varied::states_of_campaigns(conn, &ids)? {
        let is_unilateral = all.iter().any(|one| one.id == campaign && one.change.is_unilateral);
        let told = Told { state, answer_due_on, is_unilateral, award_state };
        outcomes.entry(campaign).or_default().push((rules::outcome(Some(told), false, today), effective_on));
    }
    let of = |one: &Campaign| {
        let own = outcomes.get(&one.id).map_or(&[][..], Vec::as_slice);
        let mut counts = rules::counts(own.iter().map(|(outcome, _)| *outcome));
        counts.left_out = left_out.get(&one.id).copied().unwrap_or(0);
        let is_its_day = own.iter().any(|(outcome, day)| may_be_applied(*outcome) && *day <= today);
        (one.id, Standing { awards: sizes.get(&one.id).copied().unwrap_or(0), counts, is_its_day })
    };
    Ok(all.iter().map(of).collect())
}

const fn may_be_applied(outcome: CampaignOutcome) -> bool {
    matches!(outcome, CampaignOutcome::Accepted | CampaignOutcome::Ready)
}

pub(super) fn outcome_of(one: &Variation, today: NaiveDate) -> CampaignOutcome {
    let (is_unilateral, award_state) = (one.input.is_unilateral, one.award_state);
    let told = Told { state: one.state, answer_due_on: one.answer_due_on, is_unilateral, award_state };
    rules::outcome(Some(told), false, today)
}

/// An award of a campaign and what became of it.
#[derive(Debug, Clone)]
pub struct Followed {
    /// How it was chosen.
    pub chosen: Chosen,
    /// The award.
    pub award: Option<Named>,
    /// Its provider.
    pub provider: Option<Named>,
    /// What became of it.
    pub outcome: CampaignOutcome,
    /// Its variation.
    pub variation: Option<Variation>,
    /// What became of the letter that told its provider.
    pub letter: Option<LetterView>,
    /// Why it was left out.
    pub reasons: Vec<CampaignReason>,
    /// When its provider was last reminded.
    pub reminded_on: Option<NaiveDate>,
}

/// A page of the awards of a campaign, in their order, with what became of each; of one outcome where that is asked for.
///
/// # Errors
/// [`Refusal::NotFound`] without such a campaign; [`Refusal::Invalid`] for a cursor of another list.
pub fn followed(
    conn: &mut Conn,
    id: Id,
    (outcome, today): (Option<CampaignOutcome>, NaiveDate),
    request: &PageRequest,
) -> Result<Page<Followed>, Refusal> {
    let campaign = find(conn, id)?;
    let page = store::chosen_page(conn, &campaign, (outcome, today), request)?;
    let ids: Vec<Id> = page.items.iter().map(|one| one.award_id).collect();
    let named = |(id, code, name): (Id, String, String)| Named { id, code, name };
    let of_award = |(id, code, name, provider): store::Shown| (id, (Named { id, code, name }, provider.map(named)));
    let mut shown: HashMap<Id, (Named, Option<Named>)> = store::shown(conn, &ids)?.into_iter().map(of_award).collect();
    let variations: Vec<Variation> = varied::of_campaign_awards(conn, id, &ids)?;
    let mut letters = of_issue(conn, &variations)?;
    let mut variations: HashMap<Id, Variation> = variations.into_iter().map(|one| (one.award_id, one)).collect();
    let (mut left_out, reminded) = (store::left_out(conn, id, &ids)?, store::reminded(conn, id, &ids)?);
    let of = |chosen: Chosen| {
        let (award, provider) = shown.remove(&chosen.award_id).unzip();
        let variation = variations.remove(&chosen.award_id);
        let reasons = left_out.remove(&chosen.award_id);
        let outcome = match &variation {
            Some(one) => outcome_of(one, today),
            None => rules::outcome(None, reasons.is_some(), today),
        };
        Followed {
            award,
            provider: provider.flatten(),
            outcome,
            letter: variation.as_ref().and_then(|one| letters.remove(&one.id)),
            reminded_on: variation.as_ref().and_then(|one| reminded.get(&one.id).copied()),
            variation,
            reasons: reasons.unwrap_or_default(),
            chosen,
        }
    };
    Ok(page.map(of))
}

/// Which providers were reminded.
#[derive(Debug, Clone)]
pub struct Reminded {
    /// The campaign.
    pub campaign: Campaign,
    /// The variations of whom somebody was reminded.
    pub variations: Vec<Id>,
    /// How many wait.
    pub waiting: usize,
    /// How many of them nobody can accept, since another change has overtaken them.
    pub overtaken: usize,
}

/// Writes to the providers that have not answered and still can; to none of them twice on a day, to none on the day on which its variation was issued, or
/// issued again, and to none whose variation has been overtaken, until it is rebased.
///
/// # Errors
/// [`Refusal::Stale`]; it is not issued, or taken back and nothing of it waits again.
pub fn remind(tx: &mut Tx<'_>, id: Id, version: i32) -> Result<Reminded, Refusal> {
    let campaign = at_version(tx, id, version)?;
    rules::check_state(CampaignAct::Remind, campaign.step.state, campaign.step.issued_on)?;
    let (today, at) = (tx.today(), tx.recorded_at());
    let waits = |one: &Variation| outcome_of(one, today) == CampaignOutcome::Waiting;
    let waiting: Vec<Variation> = variations_of(tx.conn(), id)?.into_iter().filter(waits).collect();
    rules::check_waits(CampaignAct::Remind, campaign.step.state, waiting.len())?;
    let ids: Vec<Id> = waiting.iter().map(|one| one.id).collect();
    let sent_again = issued_again_on(tx.conn(), &ids, today)?;
    let awards = variations::awards_of(tx.conn(), &waiting.iter().map(|one| one.award_id).collect::<Vec<_>>())?;
    let beside = awards.into_iter().zip(&waiting).map(|(award, one)| (award, vec![&one.input])).collect();
    let stood = variations::besides(tx.conn(), beside)?;
    let (mut due, mut overtaken): (Vec<(Award, &Variation)>, usize) = (Vec::new(), 0);
    for (one, stood) in waiting.iter().zip(stood) {
        if variations::check_current(one, &stood, "accepted").is_err() {
            overtaken += 1;
        } else if one.issued_on != Some(today) && !sent_again.contains(&one.id) && store::note_reminder(tx.conn(), one.id, today, at)? {
            due.push((stood.award, one));
        }
    }
    let told: Vec<Id> = due.iter().map(|(_, one)| one.id).collect();
    write_of_reminders(tx, &due)?;
    let entry = |id: &Id| Entry {
        record_kind: "variation",
        record_id: *id,
        before: Value::Null,
        after: json!({ "reminded_on": today }),
        reason: None,
    };
    if !told.is_empty() {
        audit::record_all(tx, told.iter().map(entry).collect())?;
    }
    Ok(Reminded { campaign, variations: told, waiting: waiting.len(), overtaken })
}

/// What an application did, and what is left.
#[derive(Debug, Clone)]
pub struct Applied {
    /// The campaign.
    pub campaign: Campaign,
    /// How far its awards have come now.
    pub counts: CampaignCounts,
    /// Variations whose day has not come, in the order of their awards.
    pub not_due: Vec<Variation>,
    /// Those that could not be applied and were left as they are.
    pub refused: Vec<CampaignRefused>,
}

/// Brings into force what is accepted, and what needs no acceptance, in this one transaction: all of it whose day has come, or nothing. What is
/// applied already stays as it is. What takes money from awards goes first.
///
/// # Errors
/// [`Refusal::Stale`]; it was not issued; [`Refusal::Forbidden`] and [`crate::kernel::Code::SamePerson`] of a campaign that changes values;
/// [`crate::kernel::Code::AwardsRefused`] with each award that stands in the way and its reasons.
pub fn apply(tx: &mut Tx<'_>, caller: &Caller, id: Id, version: i32, input: CampaignApplication) -> Result<Applied, Refusal> {
    let campaign = at_version(tx, id, version)?;
    rules::check_state(CampaignAct::Apply, campaign.step.state, campaign.step.issued_on)?;
    decided_by(caller, &campaign)?;
    let today = tx.today();
    let open = |one: &Variation| may_be_applied(outcome_of(one, today));
    let ready: Vec<Variation> = variations_of(tx.conn(), id)?.into_iter().filter(open).collect();
    let (mut due, not_due): (Vec<Variation>, Vec<Variation>) = ready.into_iter().partition(|one| one.input.effective_on <= today);
    due.sort_by_key(|one| one.input.change_pence() >= Pence::ZERO);
    let hindered = variations::apply_all(tx, &due)?;
    let refused = with_names(tx.conn(), hindered)?;
    if !refused.is_empty() && !input.skip_refused {
        let remedy = "Take back the variations that cannot be applied, or leave them as they are with `skip_refused`.";
        return Err(rules::all_or_nothing(&refused, due.len(), "applied", remedy));
    }
    if due.len() > refused.len() {
        let told = json!({ "applied_count": due.len() - refused.len(), "refused": refused });
        log(tx, Some(&campaign), &campaign, told)?;
    }
    let counts = standings(tx.conn(), std::slice::from_ref(&campaign), today)?.remove(&id).unwrap_or_default().counts;
    Ok(Applied { campaign, counts, not_due, refused })
}

/// With the names of the awards, in their order.
pub(super) fn with_names(conn: &mut Conn, hindered: Vec<(Id, Refusal)>) -> Result<Vec<CampaignRefused>, Refusal> {
    if hindered.is_empty() {
        return Ok(Vec::new());
    }
    let mut refused = Vec::with_capacity(hindered.len());
    for (award_id, refusal) in hindered {
        refused.push((award_id, rules::reasons(refusal)?));
    }
    let names = awards::named(conn, &refused.iter().map(|(id, _)| *id).collect::<Vec<_>>())?;
    let mut told: Vec<CampaignRefused> = refused
        .into_iter()
        .map(|(award_id, reasons)| CampaignRefused {
            award_id,
            award: names.get(&award_id).map_or_else(String::new, |one| one.code.clone()),
            reasons,
        })
        .collect();
    told.sort_by(|one, other| one.award.cmp(&other.award));
    Ok(told)
}

/// Takes a campaign back: a draft as a whole, an issued one with all that was not answered. What was accepted or applied stays; what of that waits again,
/// since it was rebased, is taken back in the same way.
///
/// # Errors
/// [`Refusal::Stale`]; it is taken back already; nothing of it waits any more.
pub fn withdraw(tx: &mut Tx<'_>, id: Id, version: i32, reason: &str) -> Result<Campaign, Refusal> {
    let one = at_version(tx, id, version)?;
    rules::check_state(CampaignAct::Withdraw, one.step.state, one.step.issued_on)?;
    let today = tx.today();
    let mut taken = 0_usize;
    if one.step.state != CampaignState::Draft {
        let is_open = |one: &Variation| {
            matches!(outcome_of(one, today), CampaignOutcome::Waiting | CampaignOutcome::AwardEnded | CampaignOutcome::Ready)
        };
        let open: Vec<Variation> = variations_of(tx.conn(), id)?.into_iter().filter(is_open).collect();
        rules::check_waits(CampaignAct::Withdraw, one.step.state, open.len())?;
        taken = variations::take_back(tx, &open, reason)?.len();
        if taken == 0 {
            return Err(nothing_waits());
        }
    }
    advance(tx, &one, json!({ "withdrawn_count": taken }), |next| {
        next.state = CampaignState::Withdrawn;
        next.note = Some(reason.to_owned());
    })
}
