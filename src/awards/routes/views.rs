//! What callers see of awards.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::access::Caller;
use crate::access::permissions::Permission;
use crate::awards::monitoring::rules::AgreedCondition;
use crate::awards::rules::{
    self, AwardAct, AwardInput, AwardKind, AwardParticulars, AwardState, ContractClauses, DeliveryMode, DeliveryStatus, FundedPost,
    LegalPower, QuarterAmount, SplitLine, YearAmount,
};
use crate::awards::store::{Award, TermsVersion};
use crate::funds::bodies;
use crate::http::Action;
use crate::kernel::{FigureStatus, FinancialYear, Id, Moment, Named, Pence, Precision, Quarter};
use crate::outbox::LetterView;

/// An agreement that commits money to a provider.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AwardView {
    /// What lists show of it, and more.
    #[serde(flatten)]
    pub summary: AwardSummary,
    /// The business date from which this version holds.
    pub effective_on: NaiveDate,
    /// The number of the agreement's version that holds.
    pub terms_no: i32,
    /// The law in words, where it is another one.
    #[schema(max_length = 300)]
    pub legal_power_text: Option<String>,
    /// The body that is party to it: it commissions, or has taken over from the body that did.
    pub commissioning_body: Option<Named>,
    /// What the body pledges, as of today, to whoever receives a grant from the fund (R53).
    #[schema(max_length = 4000)]
    pub pledge: Option<String>,
    /// The service of the provider that it is for.
    pub service_line: Option<Named>,
    /// The earmark whose money it is.
    pub earmark_id: Option<Id>,
    /// What it is for.
    #[schema(max_length = 4000)]
    pub purpose: Option<String>,
    /// The VAT on a contract.
    pub vat_pence: Option<Pence>,
    /// A contract's amount with VAT.
    pub gross_pence: Option<Pence>,
    /// What each budget line pays; in a draft, what was asked for.
    #[schema(max_items = 50)]
    pub split: Vec<SplitLine>,
    /// Amounts a year.
    #[schema(max_items = 30)]
    pub annual_amounts: Vec<AwardYearView>,
    /// The clauses of a contract.
    pub contract: Option<ContractClauses>,
    /// The post, where one is funded.
    pub post: Option<FundedPost>,
    /// How the service is given, and whom to ask.
    pub particulars: Option<AwardParticulars>,
    /// When it was decided.
    pub decided_on: Option<NaiveDate>,
    /// When it was offered.
    pub offered_on: Option<NaiveDate>,
    /// The last day to accept it.
    pub acceptance_due_on: Option<NaiveDate>,
    /// When it was accepted.
    pub accepted_on: Option<NaiveDate>,
    /// When the provider said that it pays the National Living Wage (R65).
    pub living_wage_attested_on: Option<NaiveDate>,
    /// Who of the office accepted it on the provider's behalf, where the provider signed on paper.
    #[schema(max_length = 300)]
    pub accepted_on_behalf_by: Option<String>,
    /// Who signed that paper for the provider.
    #[schema(max_length = 200)]
    pub signed_by: Option<String>,
    /// That paper, a file that is attached to the award.
    pub signed_document_id: Option<Id>,
    /// What became of the letter that told the provider of the offer; shown to the office alone, on the award itself.
    pub letter: Option<LetterView>,
    /// The interruption, while there is one (R17).
    pub pause: Option<AwardPauseView>,
    /// When delivery ended.
    pub ended_on: Option<NaiveDate>,
    /// When it was settled.
    pub closed_on: Option<NaiveDate>,
    /// Why the last act was done.
    #[schema(max_length = 1000)]
    pub reason: Option<String>,
    /// Since when delivery is as it is.
    pub delivery_since: Option<NaiveDate>,
    /// How final the amount is (R21).
    pub figure_status: FigureStatus,
    /// How exactly the amount was printed.
    pub precision: Option<Precision>,
    /// The step in pence to which the amount was rounded.
    pub rounding_unit_pence: Option<Pence>,
    /// The word before the amount: `over`.
    #[schema(max_length = 40)]
    pub qualifier: Option<String>,
    /// A short remark for people.
    #[schema(max_length = 2000)]
    pub note: Option<String>,
}

/// An award in a list.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AwardSummary {
    /// Its id.
    pub id: Id,
    /// What people call it.
    #[schema(max_length = 120, example = "CIF-2020-21-T3-0007")]
    pub reference: String,
    /// Its version.
    pub version: i32,
    /// When this version became known.
    pub recorded_at: Moment,
    /// Where it stands. An offer past its last day is `lapsed`.
    pub state: AwardState,
    /// What kind of agreement it is.
    pub kind: AwardKind,
    /// The law under which it is made.
    pub legal_power: Option<LegalPower>,
    /// The fund that pays.
    pub fund: Named,
    /// The fund period that pays.
    pub fund_period: AwardPeriodView,
    /// The tranche whose money it is.
    pub tranche: Option<AwardTrancheView>,
    /// Who receives it.
    pub provider: Option<Named>,
    /// The programme that it is part of.
    pub programme: Option<Named>,
    /// The award that this one is a part of.
    pub component_of: Option<Id>,
    /// The award that this one goes on with in a later agreement year.
    pub succeeds: Option<Id>,
    /// Its category.
    #[schema(max_length = 200)]
    pub category: Option<String>,
    /// Its theme.
    #[schema(max_length = 200)]
    pub theme: Option<String>,
    /// Its title.
    #[schema(max_length = 300)]
    pub title: String,
    /// What is charged to the fund period, for a contract net of VAT; none where it is not known.
    pub amount_pence: Option<Pence>,
    /// Amounts of later years, subject to funding, less what awards that go on with this one commit (R08).
    pub forward_commitments_pence: Pence,
    /// Its first day.
    pub starts_on: Option<NaiveDate>,
    /// Its last day.
    pub ends_on: Option<NaiveDate>,
    /// The areas that benefit.
    #[schema(max_items = 200)]
    pub areas: Vec<Named>,
    /// How many projects it stands for.
    pub projects_count: i32,
    /// Its row in the printed list.
    pub position: Option<i32>,
    /// How far delivery is.
    pub delivery_status: DeliveryStatus,
    /// How it reaches people.
    pub delivery_mode: Option<DeliveryMode>,
    /// Whether it only stands for something that is counted.
    pub illustrative: bool,
    /// What no paper prints, and rules that it cannot be shown to meet.
    #[schema(max_items = 100)]
    pub not_evidenced: Vec<String>,
    /// Where it is printed.
    #[schema(max_length = 2000)]
    pub evidence: Option<String>,
    /// What this caller may do to it now.
    #[schema(max_items = 50)]
    pub allowed_actions: Vec<String>,
}

/// The fund period that pays an award.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AwardPeriodView {
    /// Its id.
    pub id: Id,
    /// Its label.
    #[schema(max_length = 10, example = "2020-21")]
    pub label: String,
}

/// The tranche whose money an award is.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AwardTrancheView {
    /// Its id.
    pub id: Id,
    /// What people call it.
    #[schema(max_length = 120)]
    pub reference: String,
    /// Its number within the fund period.
    pub number: i32,
}

/// An amount a year.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AwardYearView {
    /// The year.
    pub financial_year: FinancialYear,
    /// What is agreed.
    pub amount_pence: Pence,
    /// Whether it is subject to funding: the year begins after the fund period.
    pub is_indicative: bool,
}

/// An interruption of an award.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AwardPauseView {
    /// Since when.
    pub paused_on: NaiveDate,
    /// When it is to go on.
    pub resume_planned_on: Option<NaiveDate>,
    /// What the recipient intends.
    #[schema(max_length = 1000)]
    pub intention: Option<String>,
}

/// The profile of an award.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AwardProfileView {
    /// The award.
    pub award_id: Id,
    /// The award's version.
    pub version: i32,
    /// The quarters, in order.
    #[schema(max_items = 120)]
    pub quarters: Vec<AwardQuarterView>,
    /// What the quarters of the fund period add up to.
    pub confirmed_pence: Pence,
    /// What the later quarters add up to, subject to funding.
    pub indicative_pence: Pence,
}

/// A quarter of a profile.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AwardQuarterView {
    /// The quarter.
    pub quarter: Quarter,
    /// What is planned.
    pub amount_pence: Pence,
    /// Whether it is subject to funding: the quarter begins after the fund period.
    pub is_indicative: bool,
}

/// A whole profile.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct AwardProfileInput {
    /// The quarters. Those of the fund period add up to the award's amount; none at all takes the profile away.
    #[schema(max_items = 120)]
    pub quarters: Vec<QuarterAmount>,
}

/// One version of an agreement.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AwardTermsView {
    /// The award.
    pub award_id: Id,
    /// Its number, from 1.
    pub number: i32,
    /// When it became known.
    pub recorded_at: Moment,
    /// From when it holds.
    pub effective_on: NaiveDate,
    /// Whether it holds now.
    pub is_current: bool,
    /// The variation that made it; none before the first one.
    pub variation_id: Option<Id>,
    /// The novation that made it, where it came to another party.
    pub novation_id: Option<Id>,
    /// The body that is party to it, as it was called when this version was made: it commissions, or has taken over from the body that did.
    pub commissioning_body: Option<Named>,
    /// Amounts of later years that it names, subject to funding.
    pub forward_commitments_pence: Pence,
    /// What it says.
    pub terms: AwardInput,
    /// The conditions that stand beside the terms, as they were offered or agreed with this version. Their evidence is told by the award.
    #[schema(max_items = 100)]
    pub conditions: Vec<AgreedCondition>,
}

/// What is shown with an award and kept elsewhere.
pub struct Beside<'a> {
    /// Acts that would be refused whatever its state.
    pub hindered: &'a [AwardAct],
    /// What became of the letter of its offer.
    pub letter: Option<LetterView>,
    /// What the body pledges with its fund.
    pub pledge: Option<String>,
}

impl AwardView {
    /// The award as this caller sees it on `today`.
    pub fn of(award: &Award, beside: Beside<'_>, caller: &Caller, today: NaiveDate) -> Self {
        let (terms, standing) = (&award.terms, &award.standing);
        let is_contract = terms.kind == AwardKind::Contract;
        let gross = terms.amount_pence.map(|net| net + terms.vat_pence.unwrap_or_default());
        let settled =
            |(budget_line_id, pence): &(Id, Pence)| SplitLine { budget_line_id: *budget_line_id, amount_pence: Some(*pence), weight: None };
        Self {
            summary: AwardSummary::of(award, beside.hindered, caller, today),
            effective_on: standing.effective_on,
            terms_no: standing.terms_no,
            legal_power_text: terms.legal_power_text.clone(),
            commissioning_body: award.names.commissioning_body.clone(),
            pledge: beside.pledge,
            service_line: award.names.service_line.clone(),
            earmark_id: terms.earmark_id,
            purpose: terms.purpose.clone(),
            vat_pence: terms.vat_pence,
            gross_pence: gross.filter(|_| is_contract),
            split: if award.split.is_empty() { terms.split.clone() } else { award.split.iter().map(settled).collect() },
            annual_amounts: terms.annual_amounts.iter().map(|year| AwardYearView::of(year, award)).collect(),
            contract: terms.contract,
            post: terms.post.clone(),
            particulars: terms.particulars.clone(),
            decided_on: standing.decided_on,
            offered_on: standing.offered_on,
            acceptance_due_on: standing.acceptance_due_on,
            accepted_on: standing.accepted_on,
            living_wage_attested_on: standing.living_wage_attested_on,
            accepted_on_behalf_by: standing.accepted_on_behalf_by.clone(),
            signed_by: standing.signed_by.clone(),
            signed_document_id: standing.signed_document_id,
            letter: beside.letter,
            pause: standing.paused_on.map(|paused_on| AwardPauseView {
                paused_on,
                resume_planned_on: standing.resume_planned_on,
                intention: standing.pause_intention.clone(),
            }),
            ended_on: standing.ended_on,
            closed_on: standing.closed_on,
            reason: standing.reason.clone(),
            delivery_since: standing.delivery_since,
            figure_status: award.figure.figure_status,
            precision: award.figure.precision,
            rounding_unit_pence: award.figure.rounding_unit_pence,
            qualifier: award.figure.qualifier.clone(),
            note: standing.note.clone(),
        }
    }
}

impl AwardSummary {
    /// The award in a list, as this caller sees it on `today`; `hindered` are acts that would be refused whatever its state.
    pub fn of(award: &Award, hindered: &[AwardAct], caller: &Caller, today: NaiveDate) -> Self {
        let (terms, standing, names) = (&award.terms, &award.standing, &award.names);
        let tranche = terms.tranche_id.zip(names.tranche.clone());
        Self {
            id: award.id,
            reference: award.reference.clone(),
            version: award.version,
            recorded_at: standing.recorded_at,
            state: rules::shown_state(standing.state, standing.acceptance_due_on, today),
            kind: terms.kind,
            legal_power: terms.legal_power,
            fund: names.fund.clone(),
            fund_period: AwardPeriodView { id: terms.fund_period_id, label: names.period_label.clone() },
            tranche: tranche.map(|(id, (reference, number))| AwardTrancheView { id, reference, number }),
            provider: names.provider.clone(),
            programme: names.programme.clone(),
            component_of: terms.component_of,
            succeeds: terms.succeeds,
            category: terms.category.clone(),
            theme: terms.theme.clone(),
            title: terms.title.clone(),
            amount_pence: terms.amount_pence,
            forward_commitments_pence: award.forward_pence,
            starts_on: terms.starts_on,
            ends_on: terms.ends_on,
            areas: names.areas.clone(),
            projects_count: terms.projects_count,
            position: award.position,
            delivery_status: standing.delivery_status,
            delivery_mode: standing.delivery_mode,
            illustrative: standing.illustrative,
            not_evidenced: standing.not_evidenced.0.clone(),
            evidence: standing.evidence.clone(),
            allowed_actions: allowed_actions(award, hindered, caller, today),
        }
    }
}

impl AwardYearView {
    fn of(year: &YearAmount, award: &Award) -> Self {
        Self { financial_year: year.financial_year, amount_pence: year.amount_pence, is_indicative: year.is_after(award.period.ends_on) }
    }
}

impl AwardProfileView {
    /// The profile of `award`.
    pub fn of(award: &Award, quarters: &[QuarterAmount]) -> Self {
        let view = |one: &QuarterAmount| AwardQuarterView {
            quarter: one.quarter,
            amount_pence: one.amount_pence,
            is_indicative: one.is_after(award.period.ends_on),
        };
        let quarters: Vec<AwardQuarterView> = quarters.iter().map(view).collect();
        let sum = |is_indicative: bool| quarters.iter().filter(|one| one.is_indicative == is_indicative).map(|one| one.amount_pence).sum();
        let (confirmed_pence, indicative_pence) = (sum(false), sum(true));
        Self { award_id: award.id, version: award.version, quarters, confirmed_pence, indicative_pence }
    }
}

impl AwardTermsView {
    /// A version of the agreement of `award_id`, whose current one has the number `current`.
    pub fn of(award_id: Id, current: i32, version: TermsVersion, bodies: &bodies::Names) -> Self {
        Self {
            award_id,
            number: version.terms_no,
            recorded_at: version.recorded_at,
            effective_on: version.effective_on,
            is_current: version.terms_no == current,
            variation_id: version.variation_id,
            novation_id: version.novation_id,
            commissioning_body: version.body_id.and_then(|id| bodies.at(id, version.recorded_at)).cloned(),
            forward_commitments_pence: version.forward_pence,
            terms: version.terms,
            conditions: version.conditions,
        }
    }
}

const fn permission(act: AwardAct) -> Permission {
    match act {
        AwardAct::Accept => Permission::AwardsRespond,
        AwardAct::Refuse => Permission::AwardsRefuse,
        AwardAct::Terminate => Permission::AwardsTerminate,
        AwardAct::Vary => Permission::VariationsManage,
        _ => Permission::AwardsManage,
    }
}

/// What the words of `allowed_actions` stand for.
pub const ACTIONS: &[Action] = &[
    ("edit", "awards_edit"),
    ("edit", "awards_profile_set"),
    ("offer", "awards_offer"),
    ("accept", "awards_accept"),
    ("refuse", "awards_refuse"),
    ("withdraw", "awards_withdraw"),
    ("pause", "awards_pause"),
    ("resume", "awards_resume"),
    ("end", "awards_end"),
    ("close", "awards_close"),
    ("terminate", "awards_terminate"),
    ("vary", "variations_draft"),
    ("report_delivery", "awards_report_delivery"),
    ("change_plan", "awards_plan_set"),
    ("change_plan", "awards_evaluation_set"),
    ("change_conditions", "awards_conditions_set"),
    ("add_indicator", "awards_indicators_create"),
    ("draft_next_year", "awards_draft_next_year"),
];

fn allowed_actions(award: &Award, hindered: &[AwardAct], caller: &Caller, today: NaiveDate) -> Vec<String> {
    let state = rules::shown_state(award.state(), award.standing.acceptance_due_on, today);
    // Whoever offered it does not accept it on the provider's behalf; a provider's own user never offered it.
    let is_own_offer = !rules::is_by_another(award.standing.offered_by_id, caller.id);
    let is_barred = |act: &AwardAct| *act == AwardAct::Accept && is_own_offer;
    let may = |act: &&AwardAct| act.is_open_in(state) && !hindered.contains(act) && !is_barred(act) && caller.may(permission(**act));
    AwardAct::ALL.iter().filter(may).map(ToString::to_string).collect()
}
