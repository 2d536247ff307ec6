//! What a form asks for, and what its figures come to since the year began. Pure.

use crate::awards::indicators::rules::adding::{Adding, Amount, put_together};
use crate::kernel::{Id, Pence};
use crate::returns::rules::{IndicatorValue, ReturnContent};

words! {
    /// A part of a return.
    pub enum FormSection {
        /// Money spent.
        Spend = "spend",
        /// Money that will be spent.
        Forecast = "forecast",
        /// What was counted.
        Values = "values",
        /// People in the service.
        Caseload = "caseload",
        /// How the service reached people.
        DeliveryMode = "delivery_mode",
        /// Who did the work.
        Staffing = "staffing",
        /// Who waits.
        WaitingTimes = "waiting_times",
        /// What the service could take on.
        Capacity = "capacity",
        /// Grants to people.
        OnwardGrants = "onward_grants",
        /// What happened.
        Narrative = "narrative",
        /// What may go wrong.
        Risks = "risks",
        /// What the service did for somebody.
        CaseStudy = "case_study",
    }
}

words! {
    /// Which days a figure of a form is for.
    pub enum AsksFor {
        /// Those of the return's period.
        Period = "period",
        /// All from the beginning to the end of the period: the latest value stands for what came before.
        ToDate = "to_date",
    }
}

/// The parts that a form has; a short one has few. What else is written is taken all the same.
#[must_use]
pub fn sections(is_short: bool) -> Vec<FormSection> {
    if is_short {
        return vec![FormSection::Spend, FormSection::Values, FormSection::Narrative];
    }
    FormSection::ALL.to_vec()
}

/// Whether an award is small enough for a short form. One whose value is not known has the whole.
#[must_use]
pub fn is_short(value: Option<Pence>, up_to: Pence) -> bool {
    value.is_some_and(|value| value <= up_to)
}

/// What was spent over several returns; none where none says so.
#[must_use]
pub fn spent<'c>(contents: impl Iterator<Item = &'c ReturnContent>) -> Option<Pence> {
    let told: Vec<Pence> =
        contents.filter_map(|content| content.spend.as_ref()).map(|lines| lines.iter().map(|line| line.amount_pence).sum()).collect();
    if told.is_empty() { None } else { Some(told.into_iter().sum()) }
}

/// What an indicator comes to over several returns, in the order of time, in one area and group; none where nothing is reported or its values
/// never become one.
#[must_use]
pub fn to_date<'c>(
    contents: impl Iterator<Item = &'c ReturnContent>,
    place: (Id, Option<Id>, Option<&str>),
    how: Adding,
) -> Option<Amount> {
    let is_of_place = |value: &&IndicatorValue| (value.indicator_id, value.area_id, value.group.as_deref()) == place;
    let amount = |value: &IndicatorValue| Some(Amount { value: value.value?, whole: value.denominator });
    let told: Vec<Amount> = contents.filter_map(|content| content.values.iter().find(is_of_place).and_then(amount)).collect();
    put_together(&told, how)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Quantity;
    use crate::returns::rules::{Reported, SpendCategory, SpendLine};

    fn of(indicator_id: Id, number: Option<i32>, pence: Option<i64>) -> ReturnContent {
        let status = if number.is_some() { Reported::Reported } else { Reported::NotReported };
        let value = IndicatorValue {
            indicator_id,
            area_id: None,
            group: None,
            status,
            value: number.map(Quantity::whole),
            denominator: None,
            basis: None,
        };
        let line = |pence| SpendLine {
            category: SpendCategory::Staff,
            amount_pence: Pence(pence),
            direct_activity: false,
            spent_from: None,
            spent_to: None,
            note: None,
        };
        ReturnContent { values: vec![value], spend: pence.map(|pence| vec![line(pence)]), ..ReturnContent::default() }
    }

    #[test]
    fn a_year_to_date_adds_as_the_indicator_does() {
        let id = Id::new();
        let year = [of(id, Some(4), Some(100)), of(id, None, None), of(id, Some(6), Some(50))];
        let come = |how| to_date(year.iter(), (id, None, None), how).map(|amount| amount.value);
        assert_eq!(come(Adding::Sum), Some(Quantity::whole(10)));
        assert_eq!(come(Adding::Latest), Some(Quantity::whole(6)));
        assert_eq!(come(Adding::Maximum), Some(Quantity::whole(6)));
        assert_eq!(come(Adding::Average), Some(Quantity::whole(5)));
        assert_eq!(come(Adding::None), None);
        assert_eq!(to_date(year.iter(), (id, None, Some("under 18")), Adding::Sum), None);
        assert_eq!((spent(year.iter()), spent(year[1..2].iter())), (Some(Pence(150)), None));
    }

    #[test]
    fn a_small_grant_has_a_short_form() {
        assert!(is_short(Some(Pence(300_000)), Pence(500_000)));
        assert!(!is_short(Some(Pence(500_001)), Pence(500_000)));
        assert!(!is_short(None, Pence(500_000)));
        assert_eq!(sections(true), [FormSection::Spend, FormSection::Values, FormSection::Narrative]);
    }
}
