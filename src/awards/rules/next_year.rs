//! Agreements over several years: a later year is an award of its own, never an edit of the one before (R08).

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::money::{QuarterAmount, YearAmount};
use super::recut::{recut_quarters, recut_years};
use super::terms::{AwardInput, PeriodSpan};
use crate::kernel::{Faults, Id, Pence, PositivePence, Refusal};

/// What the next agreement year of an award needs to be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AwardNextYear {
    /// The fund period that pays the next year; it begins after the one that pays now.
    pub fund_period_id: Id,
    /// The tranche whose money it is; neither a tranche nor an earmark: the fund period itself pays.
    #[serde(default)]
    pub tranche_id: Option<Id>,
    /// The earmark whose money it is.
    #[serde(default)]
    pub earmark_id: Option<Id>,
    /// What is charged to that fund period, in pence; what the agreement names for its days where it is left out.
    #[serde(default)]
    #[schema(value_type = Option<PositivePence>)]
    pub amount_pence: Option<Pence>,
    /// The VAT on a contract.
    #[serde(default)]
    pub vat_pence: Option<Pence>,
}

/// Whether there can be a later fund period that an award goes on into: it is no part of another one, and not over with its own fund period.
#[must_use]
pub fn may_go_on(terms: &AwardInput, span: PeriodSpan) -> bool {
    terms.component_of.is_none() && terms.ends_on.is_none_or(|last| last > span.ends_on)
}

/// The terms of the next agreement year of the award `id`: those of its agreement, from the first day of the next fund period on. What
/// the agreement names for that period is the amount, and what it names for later years stays indicative.
///
/// # Errors
/// Where the agreement is over before, or names no amount for those days and none is given.
pub fn next_year(id: Id, terms: &AwardInput, span: PeriodSpan, input: &AwardNextYear) -> Result<AwardInput, Refusal> {
    let mut faults = Faults::new();
    let is_over = terms.ends_on.is_some_and(|last| last < span.starts_on);
    faults.require(!is_over, "/fund_period_id", "out_of_range", "The agreement is over before this fund period begins.");
    let years: Vec<YearAmount> =
        terms.annual_amounts.iter().copied().filter(|year| year.financial_year.last_day() >= span.starts_on).collect();
    let quarters: Vec<QuarterAmount> =
        terms.profile.iter().copied().filter(|quarter| quarter.quarter.last_day() >= span.starts_on).collect();
    let by_year: Pence = years.iter().filter(|year| !year.is_after(span.ends_on)).map(|year| year.amount_pence).sum();
    let by_quarter: Pence = quarters.iter().filter(|quarter| !quarter.is_after(span.ends_on)).map(|quarter| quarter.amount_pence).sum();
    let named = if by_year.is_positive() { by_year } else { by_quarter };
    let amount = input.amount_pence.unwrap_or(named);
    faults.require(amount.is_positive(), "/amount_pence", "required", "The agreement names no amount for this fund period.");
    faults.into_result()?;
    let starts_on = terms.starts_on.map(|first| first.max(span.starts_on));
    // What names nothing for the period cannot be cut to its amount; it is told anew where it is wanted.
    let annual_amounts = if by_year.is_positive() { recut_years(&years, amount, span.starts_on, span.ends_on) } else { Vec::new() };
    let profile = if by_quarter.is_positive() { recut_quarters(&quarters, amount, span.starts_on, span.ends_on) } else { Vec::new() };
    Ok(AwardInput {
        fund_period_id: input.fund_period_id,
        tranche_id: input.tranche_id,
        earmark_id: input.earmark_id,
        succeeds: Some(id),
        amount_pence: Some(amount),
        vat_pence: input.vat_pence,
        starts_on,
        split: Vec::new(),
        annual_amounts,
        profile,
        ..terms.clone()
    })
}

/// An award that goes on with another one and is offered or agreed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Successor {
    /// Which award.
    pub id: Id,
    /// What it commits.
    pub amount: Pence,
    /// Its own later years.
    pub forward: Pence,
}

/// Awards that go on with others, by the award that they go on with.
pub type Successors = HashMap<Id, Vec<Successor>>;

/// More awards in a row than an agreement has years.
const DEPTH_MAX: usize = 100;

/// What is still a forward commitment of an award whose terms name `forward` for later years: less what the awards that go on with it
/// commit and promise in its place, never below nothing.
#[must_use]
pub fn still_forward(id: Id, forward: Pence, successors: &Successors) -> Pence {
    (forward - taken_over(id, successors, DEPTH_MAX)).max(Pence::ZERO)
}

/// What the later awards of an agreement stand for: what each commits, and what it promises for years that no award after it has.
fn taken_over(id: Id, successors: &Successors, depth: usize) -> Pence {
    let Some(deeper) = depth.checked_sub(1) else { return Pence::ZERO };
    let each = successors.get(&id).into_iter().flatten();
    each.map(|one| one.amount + one.forward.max(taken_over(one.id, successors, deeper))).sum()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn terms(changes: &serde_json::Value) -> AwardInput {
        let mut terms = json!({ "kind": "grant", "fund_period_id": Id::new(), "title": "Street project", "amount_pence": 450,
            "starts_on": "2020-06-01", "ends_on": "2023-03-31", "area_ids": [] });
        for (name, value) in changes.as_object().unwrap() {
            terms[name] = value.clone();
        }
        serde_json::from_value(terms).unwrap()
    }

    fn years(pence: [i64; 3]) -> serde_json::Value {
        let years = ["2020-21", "2021-22", "2022-23"];
        years.iter().zip(pence).map(|(year, pence)| json!({ "financial_year": year, "amount_pence": pence })).collect()
    }

    fn span() -> PeriodSpan {
        PeriodSpan { starts_on: "2021-04-01".parse().unwrap(), ends_on: "2022-03-31".parse().unwrap() }
    }

    fn input(amount: Option<i64>) -> AwardNextYear {
        let amount_pence = amount.map(Pence);
        AwardNextYear { fund_period_id: Id::new(), tranche_id: None, earmark_id: None, amount_pence, vat_pence: None }
    }

    #[test]
    fn the_next_year_is_what_the_agreement_names_for_it() {
        let (id, before) = (Id::new(), terms(&json!({ "annual_amounts": years([450, 460, 470]), "vat_pence": 90 })));
        let next = next_year(id, &before, span(), &input(None)).unwrap();
        assert_eq!((next.succeeds, next.amount_pence, next.vat_pence), (Some(id), Some(Pence(460)), None));
        assert_eq!((next.starts_on, next.ends_on), ("2021-04-01".parse().ok(), before.ends_on));
        let pence: Vec<i64> = next.annual_amounts.iter().map(|year| year.amount_pence.0).collect();
        assert_eq!(pence, [460, 470]);
        let less = next_year(id, &before, span(), &input(Some(400))).unwrap();
        assert_eq!(less.annual_amounts.iter().map(|year| year.amount_pence.0).collect::<Vec<_>>(), [400, 470]);
        assert_eq!(less.amount_pence, Some(Pence(400)));
    }

    #[test]
    fn quarters_are_cut_to_the_amount() {
        let quarters = json!([{ "quarter": "2020-21-Q2", "amount_pence": 450 }, { "quarter": "2021-22-Q1", "amount_pence": 100 },
            { "quarter": "2021-22-Q2", "amount_pence": 100 }, { "quarter": "2022-23-Q1", "amount_pence": 7 }]);
        let before = terms(&json!({ "profile": quarters }));
        let next = next_year(Id::new(), &before, span(), &input(Some(100))).unwrap();
        assert_eq!(next.profile.iter().map(|quarter| quarter.amount_pence.0).collect::<Vec<_>>(), [50, 50, 7]);
    }

    #[test]
    fn a_year_that_the_agreement_does_not_have_is_refused() {
        let codes = |refused: Refusal| match refused {
            Refusal::Invalid(faults) => faults.into_iter().map(|fault| format!("{} {}", fault.pointer, fault.code)).collect::<Vec<_>>(),
            other => panic!("{other:?}"),
        };
        let short = terms(&json!({ "ends_on": "2021-03-31" }));
        let refused = next_year(Id::new(), &short, span(), &input(None)).unwrap_err();
        assert_eq!(codes(refused), ["/fund_period_id out_of_range", "/amount_pence required"]);
        let unnamed = terms(&json!({}));
        assert_eq!(codes(next_year(Id::new(), &unnamed, span(), &input(None)).unwrap_err()), ["/amount_pence required"]);
        assert_eq!(next_year(Id::new(), &unnamed, span(), &input(Some(5))).unwrap().amount_pence, Some(Pence(5)));
    }

    #[test]
    fn what_the_next_award_commits_is_forward_no_more() {
        let (first, second, third) = (Id::new(), Id::new(), Id::new());
        let one = |id, amount, forward| Successor { id, amount: Pence(amount), forward: Pence(forward) };
        let left = |successors: &[(Id, Successor)]| {
            let mut all = Successors::new();
            for (id, one) in successors {
                all.entry(*id).or_default().push(*one);
            }
            still_forward(first, Pence(900), &all).0
        };
        assert_eq!(left(&[]), 900);
        assert_eq!(left(&[(first, one(second, 450, 450))]), 0);
        assert_eq!(left(&[(first, one(second, 450, 0))]), 450);
        assert_eq!(left(&[(first, one(second, 1_000, 0))]), 0);
        // The third year is named by the second award, or made by a third one, or both: it counts once.
        assert_eq!(left(&[(first, one(second, 450, 0)), (second, one(third, 400, 0))]), 50);
        assert_eq!(left(&[(first, one(second, 450, 400)), (second, one(third, 400, 0))]), 50);
        assert_eq!(left(&[(first, one(second, 200, 0)), (first, one(third, 300, 0))]), 400);
        // A ring, which nothing can make, ends all the same.
        assert_eq!(left(&[(first, one(second, 1, 0)), (second, one(first, 1, 0))]), 800);
    }
}
