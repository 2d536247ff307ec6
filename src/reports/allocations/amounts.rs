//! The shape of the allocation report, and which of its columns a question can fill.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::kernel::{Named, Pence};
use crate::reports::book::rules::{Dimension, Group, Keys, Sums};
use crate::reports::book::values::{AreaGroup, Value, Values};

/// The amounts and counts of a row or of the whole. An amount is null where the question cannot tell it: a budget has no provider, so a
/// question about one provider has no budget.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AllocationAmounts {
    /// What of the budget lines of the fund period can be commissioned, in the version known: confirmed, or approved at risk. What a line
    /// keeps for internal use is not in it (R12).
    #[schema(value_type = Option<i64>)]
    pub budgeted_pence: Option<Pence>,
    /// The part of the budget that is not confirmed.
    #[schema(value_type = Option<i64>)]
    pub at_risk_pence: Option<Pence>,
    /// Set aside for a purpose, not yet offered.
    #[schema(value_type = Option<i64>)]
    pub earmarked_pence: Option<Pence>,
    /// Set aside for a tranche, not yet offered.
    #[schema(value_type = Option<i64>)]
    pub allocated_pence: Option<Pence>,
    /// Offered and not yet accepted.
    #[schema(value_type = i64)]
    pub offered_pence: Pence,
    /// Accepted, paid included, less what was released or recovered.
    #[schema(value_type = i64)]
    pub committed_pence: Pence,
    /// Promised beyond a cut budget.
    #[schema(value_type = Option<i64>)]
    pub shortfall_pence: Option<Pence>,
    /// Indicative later years, subject to funding: outside the ledger. A year that a next award commits is not in it (R08), nor one of an
    /// award that is terminated or closed. By source as the award's budget lines pay now.
    #[schema(value_type = i64)]
    pub forward_commitments_pence: Pence,
    /// Paid to providers.
    #[schema(value_type = i64)]
    pub paid_pence: Pence,
    /// Come back from providers after payment.
    #[schema(value_type = i64)]
    pub recovered_pence: Pence,
    /// Let go of what was offered or committed, before payment.
    #[schema(value_type = i64)]
    pub released_pence: Pence,
    /// Spent, by accepted returns up to the day. What a part of an award spends stands with the whole, and is not added where the whole
    /// reports for the same days. Where several budget lines pay an award, each source bears its share, to the penny.
    #[schema(value_type = i64)]
    pub reported_spend_pence: Pence,
    /// Of that, what adjustments of accepted returns add; below nought where they take away.
    #[schema(value_type = i64)]
    pub reported_adjustments_pence: Pence,
    /// Reported spend, and the profile's amount for every quarter that no accepted return covers, of awards that were accepted and have a
    /// profile; null where none has. Quarters after delivery ended are not expected. Of an award that is closed what stays committed, or what
    /// is reported where that is more.
    #[schema(value_type = Option<i64>)]
    pub forecast_pence: Option<Pence>,
    /// Forecast less committed, of awards that have a forecast; more than nothing means overspend.
    #[schema(value_type = Option<i64>)]
    pub variance_pence: Option<Pence>,
    /// Carried in from the year before, less what was carried on or given back to its source at the end of the year; below nought where that is more.
    #[serde(default)]
    #[schema(value_type = Option<i64>)]
    pub year_end_pence: Option<Pence>,
    /// Budgeted and what the end of a year added or took away (`year_end_pence`), less offered and committed; null in rows that are finer than budgets.
    #[schema(value_type = Option<i64>)]
    pub uncommitted_pence: Option<Pence>,
    /// Of what is uncommitted, what no earmark and no tranche is set aside for (R06); null in rows that are finer than budgets.
    #[schema(value_type = Option<i64>)]
    pub unallocated_pence: Option<Pence>,
    /// Awards offered or agreed; parts of another award do not count.
    pub award_count: i64,
    /// Projects that the awards stand for.
    pub project_count: i64,
    /// Organisations that have the awards.
    pub provider_count: i64,
    /// Of the awards, those with any fact that no paper prints.
    pub not_evidenced_count: i64,
    /// Of the awards, those whose amount no paper prints: they count, and add nothing.
    pub unknown_amount_count: i64,
    /// Of the awards, those that only stand for something that is not named.
    pub illustrative_count: i64,
}

/// One row: what its dimensions have in common, those not grouped by being null.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct AllocationRow {
    /// The fund.
    pub fund: Option<Named>,
    /// The financial year, or the several years of a fund period that was never split.
    #[schema(max_length = 7)]
    pub financial_year: Option<String>,
    /// The funding source.
    pub source: Option<Named>,
    /// The tranche.
    pub tranche: Option<Named>,
    /// Who receives it.
    pub provider: Option<Named>,
    /// Whether the provider is commissioned by the body: `commissioned`, `non_commissioned` or `unknown`.
    #[schema(max_length = 40)]
    pub provider_status: Option<String>,
    /// The programme.
    pub programme: Option<Named>,
    /// The theme.
    #[schema(max_length = 200)]
    pub theme: Option<String>,
    /// The category.
    #[schema(max_length = 200)]
    pub category: Option<String>,
    /// The area, or several together.
    pub area: Option<AreaGroup>,
    /// The award.
    pub award: Option<Named>,
    /// The amounts and counts.
    #[serde(flatten)]
    pub amounts: AllocationAmounts,
}

/// Which columns a question can fill.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Scope {
    budgets: bool,
    earmarks: bool,
    tranches: bool,
    /// Whether rows are no finer than budgets, so that what is left of a budget can be told for each.
    rows_of_budgets: bool,
}

const OF_BUDGETS: [Dimension; 3] = [Dimension::Fund, Dimension::FinancialYear, Dimension::Source];

impl Scope {
    /// For a question narrowed in some dimensions and grouped by others.
    #[must_use]
    pub fn new(narrowed: &[Dimension], by: &[Dimension]) -> Self {
        let within = |own: &[Dimension]| narrowed.iter().all(|one| OF_BUDGETS.contains(one) || own.contains(one));
        Self {
            budgets: within(&[]),
            earmarks: within(&[Dimension::Programme]),
            tranches: within(&[Dimension::Tranche]),
            rows_of_budgets: by.iter().all(|one| OF_BUDGETS.contains(one)),
        }
    }

    /// Whether a control total of budgets, fund periods or tranches can lie within the question: it is narrowed in nothing finer.
    #[must_use]
    pub const fn is_of_tranches(self) -> bool {
        self.tranches
    }

    /// The amounts of a row (or of all, where `is_total`).
    #[must_use]
    pub fn amounts(self, sums: &Sums, is_total: bool) -> AllocationAmounts {
        let left = sums.budgeted + sums.year_end - sums.offered - sums.committed;
        let is_whole = self.budgets && (is_total || self.rows_of_budgets);
        let forecasts = sums.forecasts > 0;
        AllocationAmounts {
            budgeted_pence: self.budgets.then_some(sums.budgeted),
            at_risk_pence: self.budgets.then_some(sums.at_risk),
            earmarked_pence: self.earmarks.then_some(sums.earmarked),
            allocated_pence: self.tranches.then_some(sums.allocated),
            offered_pence: sums.offered,
            committed_pence: sums.committed,
            shortfall_pence: self.budgets.then_some(sums.shortfall),
            forward_commitments_pence: sums.forward,
            paid_pence: sums.paid,
            recovered_pence: sums.recovered,
            released_pence: sums.released,
            reported_spend_pence: sums.reported_spend,
            reported_adjustments_pence: sums.reported_adjustments,
            year_end_pence: self.budgets.then_some(sums.year_end),
            forecast_pence: forecasts.then_some(sums.forecast),
            variance_pence: forecasts.then_some(sums.variance),
            uncommitted_pence: is_whole.then_some(left),
            unallocated_pence: is_whole.then_some(left - sums.earmarked - sums.allocated),
            award_count: sums.awards,
            project_count: sums.projects,
            provider_count: sums.providers,
            not_evidenced_count: sums.not_evidenced,
            unknown_amount_count: sums.unknown_amounts,
            illustrative_count: sums.illustrative,
        }
    }
}

/// A row of the report.
#[must_use]
pub fn row(keys: &Keys, values: &Values, amounts: AllocationAmounts) -> AllocationRow {
    let value = |dimension| values.value(dimension, keys.get(dimension));
    let record = |dimension| value(dimension).and_then(Value::record).cloned();
    let word = |dimension| value(dimension).and_then(Value::word).map(str::to_owned);
    AllocationRow {
        fund: record(Dimension::Fund),
        financial_year: word(Dimension::FinancialYear),
        source: record(Dimension::Source),
        tranche: record(Dimension::Tranche),
        provider: record(Dimension::Provider),
        provider_status: word(Dimension::ProviderStatus),
        programme: record(Dimension::Programme),
        theme: word(Dimension::Theme),
        category: word(Dimension::Category),
        area: value(Dimension::Area).and_then(Value::areas).cloned(),
        award: record(Dimension::Award),
        amounts,
    }
}

/// Rows that are made as they are taken.
#[derive(Debug, Clone, Default)]
pub struct AllocationRows {
    groups: std::vec::IntoIter<(Keys, Sums)>,
    values: Arc<Values>,
    scope: Scope,
}

impl AllocationRows {
    /// The rows of groups in their order.
    #[must_use]
    pub fn new(groups: Vec<Group>, values: Values, scope: Scope) -> Self {
        let groups: Vec<(Keys, Sums)> = groups.into_iter().map(|group| (group.keys, group.sums)).collect();
        Self { groups: groups.into_iter(), values: Arc::new(values), scope }
    }
}

impl Iterator for AllocationRows {
    type Item = AllocationRow;
    fn next(&mut self) -> Option<AllocationRow> {
        let (keys, sums) = self.groups.next()?;
        Some(row(&keys, &self.values, self.scope.amounts(&sums, false)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sums() -> Sums {
        Sums { budgeted: Pence(100), offered: Pence(10), committed: Pence(95), allocated: Pence(3), earmarked: Pence(2), ..Sums::default() }
    }

    #[test]
    fn a_budget_has_no_provider() {
        let amounts = Scope::new(&[Dimension::Provider], &[Dimension::Fund]).amounts(&sums(), true);
        assert_eq!((amounts.budgeted_pence, amounts.allocated_pence, amounts.uncommitted_pence), (None, None, None));
        assert_eq!(amounts.committed_pence, Pence(95));
    }

    #[test]
    fn what_is_left_is_told_for_budgets_and_for_the_whole() {
        let scope = Scope::new(&[Dimension::Fund], &[Dimension::Fund, Dimension::Provider]);
        assert_eq!(scope.amounts(&sums(), false).uncommitted_pence, None);
        assert_eq!(scope.amounts(&sums(), true).uncommitted_pence, Some(Pence(-5)));
        let by_fund = Scope::new(&[], &[Dimension::Fund]).amounts(&sums(), false);
        assert_eq!(by_fund.uncommitted_pence, Some(Pence(-5)));
    }

    #[test]
    fn a_tranche_narrows_budgets_away_but_not_itself() {
        let amounts = Scope::new(&[Dimension::Tranche], &[]).amounts(&sums(), true);
        assert_eq!((amounts.budgeted_pence, amounts.earmarked_pence, amounts.allocated_pence), (None, None, Some(Pence(3))));
    }

    #[test]
    fn no_forecast_is_not_a_forecast_of_nothing() {
        let amounts = Scope::new(&[], &[]).amounts(&sums(), true);
        assert_eq!((amounts.forecast_pence, amounts.variance_pence), (None, None));
    }
}
