//! What a claim of savings is, what it leaves open, and what its own amounts come to (R79).

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::kernel::{Faults, FigureStatus, Id, Moment, Pence, Quantity, Refusal};
use crate::providers::rules::text;

words! {
    /// Which way round a ratio was printed.
    pub enum RatioOrder {
        /// `8:1`: the benefit first.
        BenefitFirst = "benefit_first",
        /// `1:16`: the cost first.
        CostFirst = "cost_first",
    }
}

words! {
    /// What a claim of savings does not say, so that nobody takes it for more than it is.
    pub enum Unsaid {
        /// How it was worked out.
        Method = "method",
        /// What cost and benefit cover.
        Base = "base",
        /// With what it is compared.
        Comparator = "comparator",
        /// The amounts.
        Amounts = "amounts",
        /// Where it is printed.
        Evidence = "evidence",
    }
}

/// A claim of costs and benefits, as somebody makes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SavingsClaimInput {
    /// What is claimed, in short.
    #[schema(min_length = 1, max_length = 300, example = "Saved to health and policing in the first year")]
    pub name: String,
    /// Who says so.
    #[schema(min_length = 1, max_length = 300, example = "Evaluation by a university")]
    pub claimed_by: String,
    /// The day whose state it is.
    #[serde(default)]
    pub as_at: Option<NaiveDate>,
    /// What was spent, in pence.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 1_000_000_000_000_i64, value_type = Option<i64>, example = 7_000_000)]
    pub cost_pence: Option<Pence>,
    /// What it is said to be worth, in pence.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 1_000_000_000_000_i64, value_type = Option<i64>, example = 240_000_000)]
    pub benefit_pence: Option<Pence>,
    /// The ratio that is printed, as benefit for each pound spent: `8` for 8:1, and `16` for 1:16.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 1_000_000, example = 8)]
    pub printed_benefit_per_pound: Option<Quantity>,
    /// Which way round that ratio is printed.
    #[serde(default)]
    pub printed_order: Option<RatioOrder>,
    /// How it was worked out.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 3000)]
    pub method: Option<String>,
    /// What cost and benefit cover: whose money, which people, how many years.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 3000)]
    pub base: Option<String>,
    /// With what it is compared.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 3000, example = "People who did not take part")]
    pub comparator: Option<String>,
    /// How final it is (R21).
    #[serde(default = "provisional")]
    #[schema(default = "provisional")]
    pub figure_status: FigureStatus,
    /// Where it is printed.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 3000)]
    pub evidence: Option<String>,
    /// A short remark for the office.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 3000)]
    pub note: Option<String>,
}

const fn provisional() -> FigureStatus {
    FigureStatus::Provisional
}

/// A claim as it is kept, in one version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SavingsClaim {
    /// Its id.
    pub id: Id,
    /// The reference that people use.
    pub reference: String,
    /// The version.
    pub version: i32,
    /// When this version was recorded.
    pub recorded_at: Moment,
    /// The programme it is about.
    pub programme_id: Id,
    /// What is claimed.
    pub facts: SavingsClaimInput,
}

impl SavingsClaimInput {
    /// Benefit for each pound spent by the claim's own amounts, to three decimals, rounded half up. `None` where it has not both.
    #[must_use]
    pub fn computed_benefit_per_pound(&self) -> Option<Quantity> {
        let (benefit, cost) = self.benefit_pence.zip(self.cost_pence).filter(|(_, cost)| cost.is_positive())?;
        let (benefit, cost) = (i128::from(benefit.0), i128::from(cost.0));
        let thousandths = (benefit * 2_000 + cost).div_euclid(cost * 2);
        i64::try_from(thousandths).ok().map(Quantity)
    }

    /// The ratio as it was printed, the way round it was printed: `8:1`, `1:16`.
    #[must_use]
    pub fn printed_ratio(&self) -> Option<String> {
        let (ratio, order) = self.printed_benefit_per_pound.zip(self.printed_order)?;
        Some(match order {
            RatioOrder::BenefitFirst => format!("{ratio}:1"),
            RatioOrder::CostFirst => format!("1:{ratio}"),
        })
    }

    /// Whether the printed ratio is what the amounts come to, as exactly as it is printed. `None` where there are not both.
    #[must_use]
    pub fn agrees(&self) -> Option<bool> {
        let (printed, computed) = self.printed_benefit_per_pound.zip(self.computed_benefit_per_pound())?;
        let step = [1_000, 100, 10, 1].into_iter().find(|step| printed.0 % step == 0).unwrap_or(1);
        Some((computed.0 * 2 + step).div_euclid(step * 2) * step == printed.0)
    }

    /// What the claim does not say.
    #[must_use]
    pub fn unsaid(&self) -> Vec<Unsaid> {
        let parts = [
            (self.method.is_none(), Unsaid::Method),
            (self.base.is_none(), Unsaid::Base),
            (self.comparator.is_none(), Unsaid::Comparator),
            (self.computed_benefit_per_pound().is_none(), Unsaid::Amounts),
            (self.evidence.is_none(), Unsaid::Evidence),
        ];
        parts.into_iter().filter_map(|(is_missing, what)| is_missing.then_some(what)).collect()
    }
}

/// The claim with every text tidied, or every fault of it.
///
/// # Errors
/// [`Refusal::Invalid`] with a pointer for each fault.
pub fn checked(input: &SavingsClaimInput) -> Result<SavingsClaimInput, Refusal> {
    let mut faults = Faults::new();
    let next = SavingsClaimInput {
        name: text::tidy(&input.name),
        claimed_by: text::tidy(&input.claimed_by),
        method: text::tidy_optional(input.method.as_ref()),
        base: text::tidy_optional(input.base.as_ref()),
        comparator: text::tidy_optional(input.comparator.as_ref()),
        evidence: text::tidy_optional(input.evidence.as_ref()),
        note: text::tidy_optional(input.note.as_ref()),
        ..input.clone()
    };
    faults.require(!next.name.is_empty(), "/name", "required", "Say in a few words what is claimed.");
    faults.require(!next.claimed_by.is_empty(), "/claimed_by", "required", "Say who makes the claim.");
    let cost = next.cost_pence.is_none_or(|pence| pence.is_positive() && pence <= Pence::MAX);
    faults.require(cost, "/cost_pence", "too_small", "A cost is at least a penny.");
    let benefit = next.benefit_pence.is_none_or(|pence| pence.0 >= 0 && pence <= Pence::MAX);
    faults.require(benefit, "/benefit_pence", "too_small", "A benefit is nothing or more.");
    let ratio = next.printed_benefit_per_pound.is_none_or(|ratio| (0..=Quantity::whole(1_000_000).0).contains(&ratio.0));
    faults.require(ratio, "/printed_benefit_per_pound", "out_of_range", "A ratio is between nothing and a million pounds for each pound.");
    let is_pair = next.printed_benefit_per_pound.is_some() == next.printed_order.is_some();
    faults.require(is_pair, "/printed_order", "half_a_ratio", "A printed ratio and which way round it is printed belong together.");
    let says = next.printed_benefit_per_pound.is_some() || next.benefit_pence.is_some();
    faults.require(says, "/benefit_pence", "no_amount", "A claim has a benefit in pence, or a printed ratio.");
    faults.into_result()?;
    Ok(next)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claim(benefit: Option<i64>, cost: Option<i64>, printed: Option<(i64, RatioOrder)>) -> SavingsClaimInput {
        SavingsClaimInput {
            name: " Saved ".into(),
            claimed_by: "Evaluation".into(),
            as_at: None,
            cost_pence: cost.map(Pence),
            benefit_pence: benefit.map(Pence),
            printed_benefit_per_pound: printed.map(|(ratio, _)| Quantity(ratio)),
            printed_order: printed.map(|(_, order)| order),
            method: None,
            base: None,
            comparator: None,
            figure_status: FigureStatus::Provisional,
            evidence: Some("S1".into()),
            note: None,
        }
    }

    #[test]
    fn a_ratio_is_held_against_the_amounts_it_is_said_of() {
        let divert = claim(Some(240_000_000), Some(7_000_000), Some((16_000, RatioOrder::CostFirst)));
        assert_eq!(divert.computed_benefit_per_pound(), Some(Quantity(34_286)));
        assert_eq!(divert.printed_ratio().as_deref(), Some("1:16"));
        assert_eq!(divert.agrees(), Some(false));
        let rounded = claim(Some(240_000_000), Some(7_000_000), Some((34_300, RatioOrder::BenefitFirst)));
        assert_eq!((rounded.agrees(), rounded.printed_ratio().as_deref()), (Some(true), Some("34.3:1")));
        let bare = claim(None, None, Some((8_000, RatioOrder::BenefitFirst)));
        assert_eq!((bare.computed_benefit_per_pound(), bare.agrees()), (None, None));
        assert_eq!(bare.unsaid(), [Unsaid::Method, Unsaid::Base, Unsaid::Comparator, Unsaid::Amounts]);
    }

    #[test]
    fn every_fault_is_named_at_once() {
        assert_eq!(checked(&claim(Some(5), None, None)).unwrap().name, "Saved");
        let wrong = SavingsClaimInput {
            name: "  ".into(),
            cost_pence: Some(Pence::ZERO),
            printed_order: Some(RatioOrder::CostFirst),
            ..claim(None, None, None)
        };
        let Err(Refusal::Invalid(faults)) = checked(&wrong) else { panic!("not refused") };
        let pointers: Vec<_> = faults.iter().map(|fault| fault.pointer.as_str()).collect();
        assert_eq!(pointers, ["/name", "/cost_pence", "/printed_order", "/benefit_pence"]);
    }
}
