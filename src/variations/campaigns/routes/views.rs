//! What campaigns look like over HTTP.

use chrono::NaiveDate;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::kernel::{Id, Moment, Named, Pence};
use crate::outbox::LetterView;
use crate::variations::campaigns::acts::{Campaign, Followed, Totals, Weighed};
use crate::variations::campaigns::rules::{
    CampaignCounts, CampaignFilter, CampaignFormula, CampaignKind, CampaignOutcome, CampaignReach, CampaignReason, CampaignRefused,
    CampaignState, CampaignWarning, ChosenBy, Sum, reach,
};
use crate::variations::letters::LetterProgress;
use crate::variations::rules::VariationInput;

/// One change to many awards.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CampaignView {
    /// Its id.
    pub id: Id,
    /// `VC-0007`.
    #[schema(max_length = 40)]
    pub reference: String,
    /// Which version this is.
    pub version: i32,
    /// When this version became known.
    pub recorded_at: Moment,
    /// What it does to its awards.
    pub kind: CampaignKind,
    /// What it is called; the group of its variations.
    #[schema(max_length = 200)]
    pub name: String,
    /// How far it has come.
    pub state: CampaignState,
    /// How its awards were chosen.
    pub chosen_by: ChosenBy,
    /// What they have in common, where they were chosen by that.
    pub filter: Option<CampaignFilter>,
    /// How many awards were chosen. They stay the same, whatever the choice would find today.
    pub award_count: i64,
    /// The change that is the same for all.
    pub change: VariationInput,
    /// What is worked out for each.
    pub formula: Option<CampaignFormula>,
    /// Whether any award's value changes, so that an approver who did not draft it issues and applies it.
    pub moves_money: bool,
    /// When it was drafted.
    pub drafted_on: NaiveDate,
    /// Who drafted it.
    #[schema(max_length = 300)]
    pub drafted_by: String,
    /// When it was issued.
    pub issued_on: Option<NaiveDate>,
    /// Who issued it.
    #[schema(max_length = 300)]
    pub issued_by: Option<String>,
    /// The last day to answer.
    pub answer_due_on: Option<NaiveDate>,
    /// Whether awards that could not be varied were left out.
    pub skips_refused: bool,
    /// How many variations were issued.
    pub issued_count: i64,
    /// How many awards were live or paused on the day of issue, of those that the choice found then; none before.
    pub live_awards_count: Option<i32>,
    /// Both, as people say it: *issued 12 of 12 live awards* (O27).
    #[schema(max_length = 80)]
    pub summary: Option<String>,
    /// How many have come how far.
    pub counts: CampaignCounts,
    /// How far the making of its letters has come; none before the issue. Once all are made, `…/letters` has them in one ZIP.
    pub letters: Option<LetterProgress>,
    /// How many of its awards it does not reach, as they stand today; not told in a list.
    pub reach: Option<CampaignReach>,
    /// Why it was taken back.
    #[schema(max_length = 4000)]
    pub note: Option<String>,
    /// What you may do to it now.
    pub allowed_actions: Vec<String>,
}

/// An award of a campaign and what became of it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CampaignAwardView {
    /// Its place among the awards of the campaign, from 1.
    pub place: i32,
    /// The award.
    pub award: Option<Named>,
    /// Its provider.
    pub provider: Option<Named>,
    /// What became of it.
    pub outcome: CampaignOutcome,
    /// Its variation, once issued.
    pub variation_id: Option<Id>,
    /// `CIF-2020-21-T3-0007-V1`.
    #[schema(max_length = 120)]
    pub variation: Option<String>,
    /// How much the variation adds, in pence; below nought for less.
    #[schema(value_type = Option<i64>)]
    pub change_pence: Option<Pence>,
    /// From when it holds.
    pub effective_on: Option<NaiveDate>,
    /// The last day to answer it.
    pub answer_due_on: Option<NaiveDate>,
    /// When the provider answered.
    pub answered_on: Option<NaiveDate>,
    /// Who answered for the provider.
    #[schema(max_length = 300)]
    pub answered_by: Option<String>,
    /// When it was applied.
    pub applied_on: Option<NaiveDate>,
    /// When the provider was last reminded.
    pub reminded_on: Option<NaiveDate>,
    /// Why it was refused or taken back.
    #[schema(max_length = 4000)]
    pub note: Option<String>,
    /// What became of the letter that told the provider of it.
    pub letter: Option<LetterView>,
    /// Why the award was left out, in plain words.
    #[schema(max_items = 1000)]
    pub left_out_because: Vec<String>,
    /// The row of the file that named it.
    pub source_row: Option<i32>,
}

impl CampaignAwardView {
    pub(super) fn of(one: Followed) -> Self {
        let variation = one.variation;
        let said = variation.as_ref();
        Self {
            place: one.chosen.place,
            award: one.award,
            provider: one.provider,
            outcome: one.outcome,
            variation_id: said.map(|own| own.id),
            variation: said.map(|own| own.reference.clone()),
            change_pence: said.map(|own| own.input.change_pence()),
            effective_on: said.map(|own| own.input.effective_on),
            answer_due_on: said.and_then(|own| own.answer_due_on),
            answered_on: said.and_then(|own| own.answered_on),
            answered_by: said.and_then(|own| own.answered_by.clone()),
            applied_on: said.and_then(|own| own.applied_on),
            reminded_on: one.reminded_on,
            note: said.and_then(|own| own.note.clone()),
            letter: one.letter,
            left_out_because: one.reasons.into_iter().map(|reason| reason.message).collect(),
            source_row: one.chosen.source_row,
        }
    }
}

/// What a campaign would do. Nothing is written.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CampaignPreview {
    /// The campaign.
    pub id: Id,
    /// How many awards it has.
    pub award_count: i64,
    /// How many of them can be varied.
    pub issuable_count: i64,
    /// How many cannot; while there is one, nothing is issued unless they are left out.
    pub refused_count: i64,
    /// How many awards it does not reach, whether or not they can be varied; `warnings` of each names them.
    pub reach: CampaignReach,
    /// What those that can be varied come to.
    pub totals: CampaignTotals,
    /// Each award, in the order of the choice.
    #[schema(max_items = 2000)]
    pub awards: Vec<CampaignPreviewAward>,
}

/// What the awards that can be varied come to.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CampaignTotals {
    /// All of them.
    pub all: CampaignSum,
    /// By fund.
    #[schema(max_items = 2000)]
    pub funds: Vec<CampaignPart>,
    /// By budget line, as far as the split of the awards is known.
    #[schema(max_items = 10_000)]
    pub budget_lines: Vec<CampaignPart>,
    /// By funding source, as far as the split of the awards is known.
    #[schema(max_items = 2000)]
    pub sources: Vec<CampaignPart>,
}

/// A sum over awards.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub struct CampaignSum {
    /// How many awards.
    pub award_count: i64,
    /// What is agreed before, in pence.
    pub before_pence: Pence,
    /// What is added, in pence; below nought for less.
    #[schema(value_type = i64)]
    pub change_pence: Pence,
    /// What is agreed after, in pence.
    pub after_pence: Pence,
    /// How many of these awards have an amount that nobody knows: they are counted, and in none of the three sums.
    pub unknown_count: i64,
}

/// A part of such a sum.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CampaignPart {
    /// The fund, the budget line or the source.
    pub of: Named,
    /// What it comes to.
    #[serde(flatten)]
    pub sum: CampaignSum,
}

/// What a campaign would do to one award.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CampaignPreviewAward {
    /// Its place among the awards of the campaign, from 1.
    pub place: i32,
    /// The award.
    pub award: Named,
    /// Its provider.
    pub provider: Option<Named>,
    /// The variation that it would get; none where that cannot be worked out.
    pub change: Option<VariationInput>,
    /// What stands, of what the variation touches: the fields that a variation shows.
    #[schema(value_type = Option<std::collections::HashMap<String, Value>>)]
    pub before: Option<Value>,
    /// What would stand.
    #[schema(value_type = Option<std::collections::HashMap<String, Value>>)]
    pub after: Option<Value>,
    /// The fields that would not stand as before.
    #[schema(max_items = 100)]
    pub differs: Vec<String>,
    /// How much is added, in pence; below nought for less.
    #[schema(value_type = i64)]
    pub change_pence: Pence,
    /// Why it cannot be varied; empty where it can.
    #[schema(max_items = 1000)]
    pub reasons: Vec<CampaignReason>,
    /// What somebody should see to before the issue, though it hinders nothing.
    #[schema(max_items = 2)]
    pub warnings: Vec<CampaignWarning>,
}

const fn sum(one: &Sum, after: Pence) -> CampaignSum {
    CampaignSum {
        award_count: one.awards,
        before_pence: one.before,
        change_pence: one.change,
        after_pence: after,
        unknown_count: one.unknown,
    }
}

fn parts(all: Vec<(Named, Sum)>) -> Vec<CampaignPart> {
    all.into_iter().map(|(of, one)| CampaignPart { of, sum: sum(&one, one.after()) }).collect()
}

/// The fields whose values differ.
fn differs(before: Option<&Value>, after: Option<&Value>) -> Vec<String> {
    let (Some(Value::Object(before)), Some(Value::Object(after))) = (before, after) else { return Vec::new() };
    after.iter().filter(|(name, value)| before.get(*name) != Some(value)).map(|(name, _)| name.clone()).collect()
}

impl CampaignPreviewAward {
    fn of(one: Weighed) -> Self {
        Self {
            place: one.chosen.place,
            award: Named { id: one.award.id, code: one.award.reference, name: one.award.terms.title },
            provider: one.award.names.provider,
            differs: differs(one.before.as_ref(), one.after.as_ref()),
            change_pence: one.input.as_ref().map_or(Pence::ZERO, VariationInput::change_pence),
            change: one.input,
            before: one.before,
            after: one.after,
            reasons: one.reasons,
            warnings: one.warnings,
        }
    }
}

impl CampaignPreview {
    pub(super) fn of(campaign: &Campaign, weighed: Vec<Weighed>, totals: Totals) -> Self {
        let count = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
        let refused = weighed.iter().filter(|one| !one.reasons.is_empty()).count();
        Self {
            id: campaign.id,
            award_count: count(weighed.len()),
            issuable_count: count(weighed.len() - refused),
            refused_count: count(refused),
            reach: reach(weighed.iter().map(|one| one.reached), campaign.change.is_unilateral),
            totals: CampaignTotals {
                all: sum(&totals.all, totals.all.after()),
                funds: parts(totals.funds),
                budget_lines: parts(totals.lines),
                sources: parts(totals.sources),
            },
            awards: weighed.into_iter().map(CampaignPreviewAward::of).collect(),
        }
    }
}

/// How far a campaign is applied. Asked again, nothing is done twice and the answer is the same.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CampaignApplicationView {
    /// The campaign.
    pub id: Id,
    /// How many of its variations are in force.
    pub applied_count: i64,
    /// How many were issued.
    pub issued_count: i64,
    /// How many have come how far.
    pub counts: CampaignCounts,
    /// Those that can be applied on a later day.
    #[schema(max_items = 2000)]
    pub not_due: Vec<CampaignNotDue>,
    /// Those that could not be applied and were left as they are.
    #[schema(max_items = 2000)]
    pub refused: Vec<CampaignRefused>,
}

/// A variation whose day has not come.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CampaignNotDue {
    /// The variation.
    pub variation_id: Id,
    /// `CIF-2020-21-T3-0007-V1`.
    #[schema(max_length = 120)]
    pub variation: String,
    /// From when it holds.
    pub effective_on: NaiveDate,
}

/// Who was reminded.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CampaignRemindersView {
    /// The campaign.
    pub id: Id,
    /// How many variations wait for an answer.
    pub waiting_count: i64,
    /// How many of them nobody can accept, since another change has overtaken them; nobody is written to about these until they are rebased.
    pub overtaken_count: i64,
    /// How many providers were written to now; none of those who were today already.
    pub reminded_count: i64,
    /// Of which variations.
    #[schema(max_items = 2000)]
    pub variation_ids: Vec<Id>,
}

/// Which variations were rebased. Asked again, it is none unless others were overtaken since.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CampaignRebaseView {
    /// The campaign.
    pub id: Id,
    /// How many of its variations were rebased now. Each is issued again, with a letter, and must be accepted again where it needs that.
    pub rebased_count: i64,
    /// Which.
    #[schema(max_items = 2000)]
    pub variation_ids: Vec<Id>,
    /// Those that do not fit their awards any more and were left as they are.
    #[schema(max_items = 2000)]
    pub refused: Vec<CampaignRefused>,
}
