//! Rows of the tables of awards.

use chrono::NaiveDate;
use diesel::prelude::*;
use serde::Serialize;

use crate::awards::rules::{AwardInput, AwardKind, AwardState, ContractClauses, DeliveryMode, DeliveryStatus};
use crate::awards::rules::{FundedPost, LegalPower, SocialValue};
use crate::kernel::{FigureNote, FigureStatus, FinancialYear, Id, Moment, Pence, Precision, Provenance, Quarter, TextList};
use crate::store::schema::{
    award, award_area, award_policy, award_quarter, award_share, award_split, award_terms, award_version, award_year,
};

/// The identity of an award.
#[derive(Debug, Insertable)]
#[diesel(table_name = award, treat_none_as_default_value = false)]
pub struct IdentityRow<'a> {
    pub id: Id,
    pub reference: &'a str,
    pub series: &'a str,
    pub number: i32,
    pub version: i32,
    pub recorded_at: Moment,
}

/// Where an award stands in one version: its state with the dates that led there, and which terms, conditions and plan hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Queryable, Selectable, Insertable)]
#[diesel(table_name = award_version, treat_none_as_default_value = false)]
pub struct Standing {
    /// The award.
    pub award_id: Id,
    /// The version, from 1.
    pub version: i32,
    /// When this version became known.
    pub recorded_at: Moment,
    /// The business date from which it holds.
    pub effective_on: NaiveDate,
    /// The state.
    pub state: AwardState,
    /// The number of the terms that hold.
    pub terms_no: i32,
    /// The number of the terms that were offered; a provider sees none before them.
    pub offered_terms_no: Option<i32>,
    /// The number of the list of conditions that holds; 0 is the empty one.
    pub conditions_no: i32,
    /// The number of the monitoring plan that holds.
    pub plan_no: i32,
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
    /// Since when it is paused.
    pub paused_on: Option<NaiveDate>,
    /// When it is to go on (R17).
    pub resume_planned_on: Option<NaiveDate>,
    /// What the recipient intends (R17).
    pub pause_intention: Option<String>,
    /// When delivery ended.
    pub ended_on: Option<NaiveDate>,
    /// When it was settled.
    pub closed_on: Option<NaiveDate>,
    /// Why the last act was done, where that was said.
    pub reason: Option<String>,
    /// How far delivery is (R18).
    pub delivery_status: DeliveryStatus,
    /// How it reaches people (R54).
    pub delivery_mode: Option<DeliveryMode>,
    /// Since when.
    pub delivery_since: Option<NaiveDate>,
    /// Whether it only stands for something.
    pub illustrative: bool,
    /// What no paper prints.
    pub not_evidenced: TextList,
    /// Where it is printed.
    pub evidence: Option<String>,
    /// A short remark for people.
    pub note: Option<String>,
    /// Who offered it, where somebody did who has signed in.
    pub offered_by_id: Option<Id>,
    /// Who of the office accepted it for its provider, where the provider signed on paper.
    pub accepted_on_behalf_by: Option<String>,
    /// Who signed that paper. The log, which is kept for good, does without the name: the paper has it.
    #[serde(skip_serializing)]
    pub signed_by: Option<String>,
    /// That paper, a file of the award.
    pub signed_document_id: Option<Id>,
}

impl Standing {
    /// The first version of a draft.
    pub fn draft(award_id: Id, recorded_at: Moment, effective_on: NaiveDate, provenance: &Provenance) -> Self {
        Self {
            award_id,
            version: 1,
            recorded_at,
            effective_on,
            state: AwardState::Draft,
            terms_no: 1,
            offered_terms_no: None,
            conditions_no: 0,
            plan_no: 1,
            decided_on: None,
            offered_on: None,
            acceptance_due_on: None,
            accepted_on: None,
            living_wage_attested_on: None,
            paused_on: None,
            resume_planned_on: None,
            pause_intention: None,
            ended_on: None,
            closed_on: None,
            reason: None,
            delivery_status: DeliveryStatus::NotStarted,
            delivery_mode: None,
            delivery_since: None,
            illustrative: provenance.illustrative,
            not_evidenced: provenance.not_evidenced.clone(),
            evidence: provenance.evidence.clone(),
            note: None,
            offered_by_id: None,
            accepted_on_behalf_by: None,
            signed_by: None,
            signed_document_id: None,
        }
    }

    /// Where the record comes from.
    pub fn provenance(&self) -> Provenance {
        Provenance { illustrative: self.illustrative, not_evidenced: self.not_evidenced.clone(), evidence: self.evidence.clone() }
    }
}

/// One version of the terms.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = award_terms, treat_none_as_default_value = false)]
pub struct TermsRow {
    pub award_id: Id,
    pub terms_no: i32,
    pub recorded_at: Moment,
    pub effective_on: NaiveDate,
    pub variation_id: Option<Id>,
    pub fund_period_id: Id,
    pub tranche_id: Option<Id>,
    pub earmark_id: Option<Id>,
    pub provider_id: Option<Id>,
    pub service_line_id: Option<Id>,
    pub programme_id: Option<Id>,
    pub component_of: Option<Id>,
    pub succeeds: Option<Id>,
    pub kind: AwardKind,
    pub legal_power: Option<LegalPower>,
    pub legal_power_text: Option<String>,
    pub category: Option<String>,
    pub theme: Option<String>,
    pub title: String,
    pub purpose: Option<String>,
    pub amount_pence: Option<Pence>,
    pub vat_pence: Option<Pence>,
    pub forward_pence: Pence,
    pub starts_on: Option<NaiveDate>,
    pub ends_on: Option<NaiveDate>,
    pub post_host: Option<String>,
    pub post_role: Option<String>,
    pub post_fte_hundredths: Option<i32>,
    pub living_wage_clause: bool,
    pub social_value_weight_percent: Option<i32>,
    pub social_value_score_percent: Option<i32>,
    pub projects_count: i32,
    pub position: Option<i32>,
    pub figure_status: FigureStatus,
    pub precision: Option<Precision>,
    pub rounding_unit_pence: Option<Pence>,
    pub qualifier: Option<String>,
    pub search_text: String,
    pub particulars: Option<String>,
    pub commissioning_body_id: Option<Id>,
    pub novation_id: Option<Id>,
}

/// What goes into a row of terms beside the terms themselves.
#[derive(Debug, Clone)]
pub struct TermsFrame {
    pub award_id: Id,
    pub terms_no: i32,
    pub recorded_at: Moment,
    pub effective_on: NaiveDate,
    pub variation_id: Option<Id>,
    pub forward_pence: Pence,
    pub position: Option<i32>,
    pub figure: FigureNote,
    pub search_text: String,
    /// Which body is party to the agreement.
    pub body_id: Option<Id>,
}

impl TermsRow {
    pub fn of(terms: &AwardInput, frame: TermsFrame) -> Self {
        let criterion = terms.contract.and_then(|clauses| clauses.social_value);
        Self {
            award_id: frame.award_id,
            terms_no: frame.terms_no,
            recorded_at: frame.recorded_at,
            effective_on: frame.effective_on,
            variation_id: frame.variation_id,
            fund_period_id: terms.fund_period_id,
            tranche_id: terms.tranche_id,
            earmark_id: terms.earmark_id,
            provider_id: terms.provider_id,
            service_line_id: terms.service_line_id,
            programme_id: terms.programme_id,
            component_of: terms.component_of,
            succeeds: terms.succeeds,
            kind: terms.kind,
            legal_power: terms.legal_power,
            legal_power_text: terms.legal_power_text.clone(),
            category: terms.category.clone(),
            theme: terms.theme.clone(),
            title: terms.title.clone(),
            purpose: terms.purpose.clone(),
            amount_pence: terms.amount_pence,
            vat_pence: terms.vat_pence,
            forward_pence: frame.forward_pence,
            starts_on: terms.starts_on,
            ends_on: terms.ends_on,
            post_host: terms.post.as_ref().map(|post| post.host.clone()),
            post_role: terms.post.as_ref().map(|post| post.role.clone()),
            post_fte_hundredths: terms.post.as_ref().map(|post| post.fte_hundredths),
            living_wage_clause: terms.contract.is_some_and(|clauses| clauses.living_wage_clause),
            social_value_weight_percent: criterion.map(|criterion| criterion.weight_percent),
            social_value_score_percent: criterion.and_then(|criterion| criterion.score_percent),
            projects_count: terms.projects_count,
            position: frame.position,
            figure_status: frame.figure.figure_status,
            precision: frame.figure.precision,
            rounding_unit_pence: frame.figure.rounding_unit_pence,
            qualifier: frame.figure.qualifier,
            search_text: frame.search_text,
            particulars: terms.particulars.as_ref().and_then(|told| serde_json::to_string(told).ok()),
            commissioning_body_id: frame.body_id,
            novation_id: None,
        }
    }

    pub fn figure(&self) -> FigureNote {
        FigureNote {
            figure_status: self.figure_status,
            precision: self.precision,
            rounding_unit_pence: self.rounding_unit_pence,
            qualifier: self.qualifier.clone(),
        }
    }

    /// The terms without their lists.
    pub fn terms(&self) -> AwardInput {
        AwardInput {
            kind: self.kind,
            legal_power: self.legal_power,
            legal_power_text: self.legal_power_text.clone(),
            fund_period_id: self.fund_period_id,
            tranche_id: self.tranche_id,
            earmark_id: self.earmark_id,
            provider_id: self.provider_id,
            service_line_id: self.service_line_id,
            programme_id: self.programme_id,
            component_of: self.component_of,
            succeeds: self.succeeds,
            category: self.category.clone(),
            theme: self.theme.clone(),
            title: self.title.clone(),
            purpose: self.purpose.clone(),
            amount_pence: self.amount_pence,
            vat_pence: self.vat_pence,
            starts_on: self.starts_on,
            ends_on: self.ends_on,
            area_ids: Vec::new(),
            split: Vec::new(),
            annual_amounts: Vec::new(),
            profile: Vec::new(),
            contract: self.contract(),
            post: self.post(),
            particulars: self.particulars.as_deref().and_then(|told| serde_json::from_str(told).ok()),
            projects_count: self.projects_count,
        }
    }

    fn contract(&self) -> Option<ContractClauses> {
        let score_percent = self.social_value_score_percent;
        let social_value = self.social_value_weight_percent.map(|weight_percent| SocialValue { weight_percent, score_percent });
        let is_there = self.kind == AwardKind::Contract && (self.living_wage_clause || social_value.is_some());
        is_there.then_some(ContractClauses { living_wage_clause: self.living_wage_clause, social_value })
    }

    fn post(&self) -> Option<FundedPost> {
        let (host, role) = self.post_host.clone().zip(self.post_role.clone())?;
        Some(FundedPost { host, role, fte_hundredths: self.post_fte_hundredths? })
    }
}

#[derive(Debug, Clone, Copy, Queryable, Selectable, Insertable)]
#[diesel(table_name = award_area)]
pub struct AreaRow {
    pub award_id: Id,
    pub terms_no: i32,
    pub area_id: Id,
}

#[derive(Debug, Clone, Copy, Queryable, Selectable, Insertable)]
#[diesel(table_name = award_split)]
pub struct SplitRow {
    pub award_id: Id,
    pub terms_no: i32,
    pub budget_line_id: Id,
    pub amount_pence: Pence,
}

#[derive(Debug, Clone, Copy, Queryable, Selectable, Insertable)]
#[diesel(table_name = award_share)]
pub struct ShareRow {
    pub award_id: Id,
    pub terms_no: i32,
    pub budget_line_id: Id,
    pub weight: i64,
}

#[derive(Debug, Clone, Copy, Queryable, Selectable, Insertable)]
#[diesel(table_name = award_quarter)]
pub struct QuarterRow {
    pub award_id: Id,
    pub terms_no: i32,
    pub quarter: Quarter,
    pub amount_pence: Pence,
    pub is_indicative: bool,
}

#[derive(Debug, Clone, Copy, Queryable, Selectable, Insertable)]
#[diesel(table_name = award_year)]
pub struct YearRow {
    pub award_id: Id,
    pub terms_no: i32,
    pub financial_year: FinancialYear,
    pub amount_pence: Pence,
    pub is_indicative: bool,
}

#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = award_policy)]
pub struct PolicyRow {
    pub version: i32,
    pub recorded_at: Moment,
    pub social_value_threshold_pence: Pence,
    pub social_value_weight_percent: i32,
    pub living_wage_kinds: TextList,
}
