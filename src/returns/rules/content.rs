//! What a provider writes in a return. *Not reported* is null everywhere, and nought is a value.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{About, FindingRule, SectionTexts, TextsBySection, place_of};
use crate::awards::rules::DeliveryMode;
use crate::kernel::{Id, Pence, Quantity, Quarter};

words! {
    /// What money was spent on (R15 and what services spend on every day).
    pub enum SpendCategory {
        /// Income that fell away for a short time.
        IncomeDisruption = "income_disruption",
        /// Things without which the service stops.
        EssentialCostsAssets = "essential_costs_assets",
        /// Cover for staff who are away.
        EssentialCostsStaffCover = "essential_costs_staff_cover",
        /// More people asking for help.
        IncreasedDemand = "increased_demand",
        /// Protective equipment.
        Ppe = "ppe",
        /// Computers and telephones.
        ItInfrastructure = "it_infrastructure",
        /// Screens.
        Screens = "screens",
        /// Pay.
        Staff = "staff",
        /// Rent and running costs.
        Premises = "premises",
        /// What the work itself costs.
        Activities = "activities",
        /// A share of central costs.
        Overheads = "overheads",
        /// Anything else; the note says what.
        Other = "other",
    }
}

words! {
    /// Whether there is a value, and if not, why.
    pub enum Reported {
        /// There is a value; nought is one.
        Reported = "reported",
        /// The provider has not said.
        NotReported = "not_reported",
        /// It does not apply to this award, period or area.
        NotApplicable = "not_applicable",
    }
}

/// Money spent on one kind of thing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SpendLine {
    /// What it was spent on.
    pub category: SpendCategory,
    /// How much, in pence.
    pub amount_pence: Pence,
    /// Whether it went to the people helped directly (R20).
    #[serde(default)]
    pub direct_activity: bool,
    /// The first day of the spending, where it is not the whole period.
    #[serde(default)]
    pub spent_from: Option<NaiveDate>,
    /// The last day of the spending, where it is not the whole period.
    #[serde(default)]
    pub spent_to: Option<NaiveDate>,
    /// What it was, in words.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 500)]
    pub note: Option<String>,
}

/// What was counted for an indicator, in an area or for the award as a whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct IndicatorValue {
    /// The indicator.
    pub indicator_id: Id,
    /// The area; the award as a whole where there is none.
    #[serde(default)]
    pub area_id: Option<Id>,
    /// The group, of an indicator that is broken down; all of them together where there is none.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 80)]
    pub group: Option<String>,
    /// Whether there is a value.
    pub status: Reported,
    /// The value, where there is one: a count, or the numerator of a percentage.
    #[serde(default)]
    pub value: Option<Quantity>,
    /// What a percentage is of.
    #[serde(default)]
    pub denominator: Option<Quantity>,
    /// What the number is counted on, where it is not the indicator's basis (R22).
    #[serde(default)]
    #[schema(min_length = 1, max_length = 200)]
    pub basis: Option<String>,
}

/// Who did the work (R74). What is null is not reported.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = ReturnStaffing)]
pub struct Staffing {
    /// How it went, without personal data.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 5000)]
    pub note: Option<String>,
    /// Posts that are filled, in full-time equivalents.
    #[serde(default)]
    pub posts_filled: Option<Quantity>,
    /// Posts that are vacant, in full-time equivalents.
    #[serde(default)]
    pub posts_vacant: Option<Quantity>,
    /// Days lost to sickness and self-isolation.
    #[serde(default)]
    pub sickness_days: Option<Quantity>,
}

/// Who waits, on the last day of the period (R74). What is null is not reported.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = ReturnWaitingTimes)]
pub struct WaitingTimes {
    /// How many people wait.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 1_000_000_000)]
    pub people_waiting: Option<i64>,
    /// How long the one has waited who waits longest, in days.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 100_000)]
    pub longest_wait_days: Option<i64>,
}

/// What the service could take on (R56). What is null is not reported.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = ReturnCapacity)]
pub struct ServiceCapacity {
    /// What it is counted in: places, hours, beds …
    #[serde(default)]
    #[schema(min_length = 1, max_length = 80)]
    pub unit: Option<String>,
    /// What the agreement asks for.
    #[serde(default)]
    pub contracted: Option<Quantity>,
    /// What was used.
    #[serde(default)]
    pub used: Option<Quantity>,
    /// What could still be taken on.
    #[serde(default)]
    pub spare: Option<Quantity>,
}

/// Grants that the programme made to people, without a name (R37). What is null is not reported.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = ReturnOnwardGrants)]
pub struct OnwardGrants {
    /// How many.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 1_000_000_000)]
    pub number: Option<i64>,
    /// What they were worth together.
    #[serde(default)]
    pub amount_pence: Option<Pence>,
}

/// People in the service over the period: brought forward and new, less closed, are carried forward. What is null is not reported.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = ReturnCaseload)]
pub struct CaseloadCount {
    /// Open on the first day.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 1_000_000_000)]
    pub brought_forward: Option<i64>,
    /// Opened in the period.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 1_000_000_000)]
    pub new: Option<i64>,
    /// Closed in the period.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 1_000_000_000)]
    pub closed: Option<i64>,
    /// Open on the last day.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 1_000_000_000)]
    pub carried_forward: Option<i64>,
}

/// What is expected to be spent in a quarter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = ReturnForecastQuarter)]
pub struct ForecastQuarter {
    /// The quarter.
    pub quarter: Quarter,
    /// How much, in pence.
    pub amount_pence: Pence,
}

/// What is expected to be spent in a quarter, and the return that says so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ReturnHeldQuarter)]
pub struct HeldQuarter {
    /// The quarter.
    pub quarter: Quarter,
    /// How much, in pence.
    pub amount_pence: Pence,
    /// The return that gave it: the latest that says anything of this quarter.
    pub return_id: Id,
    /// The period of that return.
    #[schema(max_length = 120)]
    pub period: String,
}

/// The forecast that holds: of each quarter what the latest return says that says anything of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ReturnForecastInForce)]
pub struct ForecastInForce {
    /// The latest return that gave a forecast: this one, or an earlier one of the award. A quarter of which it says nothing keeps what was said before.
    pub return_id: Id,
    /// Its period.
    #[schema(max_length = 120)]
    pub period: String,
    /// What is expected in the quarters that are still to come after this return.
    #[schema(max_items = 100)]
    pub quarters: Vec<HeldQuarter>,
}

/// Why a warning stands although it is right.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = ReturnExplanation)]
pub struct WarningExplanation {
    /// The rule of the warning.
    pub rule: FindingRule,
    /// The pointer of the warning.
    #[schema(max_length = 500, example = "/spend")]
    pub pointer: String,
    /// What the warning is about, as it says itself. Needed where several have one rule and pointer; filled in where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<About>,
    /// How things stood that it explains, as the warning's `stands` said; filled in where it is left out. Another figure there needs another
    /// explanation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 80)]
    pub stood: Option<String>,
    /// Why it is so, without personal data.
    #[schema(min_length = 1, max_length = 2000, example = "We bought in June what was planned for July.")]
    pub text: String,
}

/// What the provider writes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReturnContent {
    /// Money spent in the period. Null: not reported. An empty list: nothing was spent.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub spend: Option<Vec<SpendLine>>,
    /// What is expected to be spent in quarters still to come. Null: nothing new is said, and the latest forecast of an earlier return
    /// stays in force. An empty list: nothing more will be spent.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub forecast: Option<Vec<ForecastQuarter>>,
    /// What was counted.
    #[serde(default)]
    #[schema(max_items = 1000)]
    pub values: Vec<IndicatorValue>,
    /// People in the service from the first day to the last.
    #[serde(default)]
    pub caseload: Option<CaseloadCount>,
    /// How the service reached people (R54).
    #[serde(default)]
    pub delivery_mode: Option<DeliveryMode>,
    /// Who did the work.
    #[serde(default)]
    pub staffing: Option<Staffing>,
    /// Who waits.
    #[serde(default)]
    pub waiting_times: Option<WaitingTimes>,
    /// What the service could take on.
    #[serde(default)]
    pub capacity: Option<ServiceCapacity>,
    /// Grants that the programme made to people.
    #[serde(default)]
    pub onward_grants: Option<OnwardGrants>,
    /// What happened, without personal data.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 20000)]
    pub narrative: Option<String>,
    /// What may go wrong.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 10000)]
    pub risks: Option<String>,
    /// What the service did for somebody, told so that nobody can be recognised.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 20000)]
    pub case_study: Option<String>,
    /// What is written in the other sections of the narrative, by their keys, as the form of the return names them.
    #[serde(default, skip_serializing_if = "SectionTexts::is_empty")]
    #[schema(value_type = TextsBySection)]
    pub sections: SectionTexts,
    /// Why warnings stand although they are right; kept with the content.
    #[serde(default)]
    #[schema(max_items = 500)]
    pub explanations: Vec<WarningExplanation>,
}

impl ReturnContent {
    /// The content without parts that say nothing: what is kept.
    #[must_use]
    pub fn said(self) -> Self {
        Self {
            caseload: something(self.caseload),
            staffing: something(self.staffing),
            waiting_times: something(self.waiting_times),
            capacity: something(self.capacity),
            onward_grants: something(self.onward_grants),
            ..self
        }
    }

    /// The texts that people write, with where each stands.
    #[must_use]
    pub fn texts(&self) -> Vec<(String, &str)> {
        let whole = [("/narrative", &self.narrative), ("/risks", &self.risks), ("/case_study", &self.case_study)];
        let note = self.staffing.as_ref().and_then(|one| one.note.as_deref());
        let unit = self.capacity.as_ref().and_then(|one| one.unit.as_deref());
        let mut texts: Vec<(String, &str)> = whole.into_iter().filter_map(|(at, text)| Some((at.to_owned(), text.as_deref()?))).collect();
        texts.extend(self.sections.iter().map(|(key, text)| (place_of(key), text.as_str())));
        texts.extend(note.map(|text| ("/staffing/note".to_owned(), text)));
        texts.extend(unit.map(|text| ("/capacity/unit".to_owned(), text)));
        let notes = self.spend.iter().flatten().enumerate();
        texts.extend(notes.filter_map(|(at, line)| Some((format!("/spend/{at}/note"), line.note.as_deref()?))));
        let bases = self.values.iter().enumerate();
        texts.extend(bases.filter_map(|(at, value)| Some((format!("/values/{at}/basis"), value.basis.as_deref()?))));
        let explained = self.explanations.iter().enumerate();
        texts.extend(explained.map(|(at, one)| (format!("/explanations/{at}/text"), one.text.as_str())));
        texts
    }
}

fn something<T: Default + PartialEq>(part: Option<T>) -> Option<T> {
    part.filter(|part| *part != T::default())
}
