//! What is counted, and what providers reported.

use serde::Serialize;

use crate::access::Scope;
use crate::awards::indicators::acts as indicators;
use crate::awards::indicators::rules::{IndicatorInput, IndicatorTarget, TargetFacts};
use crate::kernel::{Quantity, Refusal};
use crate::office::import::Office;
use crate::office::import::rows::{
    AreaRow, AwardRow, FundRow, IndicatorRow, IndicatorTargetRow, ProgrammeRow, ReturnRow, ReturnSpendRow, ReturnTextRow, ReturnValueRow,
};
use crate::office::load::loader::{Loader, provenance};
use crate::returns::imported::{self, ImportedReturn};
use crate::returns::rules::{IndicatorValue, Planned, Reported, ReturnContent, ReturnState, SpendLine};

/// All that is told of a return. Without texts it is written as it was before there were any, so that what was imported then is known again.
#[derive(Serialize)]
#[serde(untagged)]
enum Whole<'a> {
    Counted(&'a ReturnRow, &'a [&'a ReturnSpendRow], &'a [&'a ReturnValueRow]),
    Told(&'a ReturnRow, &'a [&'a ReturnSpendRow], &'a [&'a ReturnValueRow], &'a [&'a ReturnTextRow]),
}

impl Loader<'_, '_> {
    /// Indicators and returns, as far as they became known this day.
    pub fn monitoring(&mut self, office: &Office) -> Result<(), Refusal> {
        self.indicators(office)?;
        self.returns(office)
    }

    /// An indicator with its targets, and before it the one that it succeeds; a target that became known later makes a version of the
    /// indicator, in which the others stay.
    fn indicators(&mut self, office: &Office) -> Result<(), Refusal> {
        let mut keys: Vec<&String> = self.of_day(&office.indicators, |row| &row.succeeds).into_iter().map(|row| &row.key).collect();
        let targeted = self.touched(&office.indicator_targets, |row| &row.indicator);
        keys.extend(targeted.into_iter().filter(|key| !keys.contains(key)).collect::<Vec<_>>());
        let (all, all_targets) =
            (self.groups(&office.indicators, |row| &row.key), self.groups(&office.indicator_targets, |row| &row.indicator));
        for key in keys {
            let Some(row) = all.of(key).last().copied() else { continue };
            let target_rows = all_targets.of(key);
            let told = self.told_now::<IndicatorRow, _>(key, target_rows);
            let (Some(facts), Some(targets)) = (self.indicator(row), self.targets(&told)) else { continue };
            let note = row.origin.note.clone();
            self.put(row, &(row, target_rows), |tx, id, from| match id {
                None => indicators::import_indicator(tx, &facts, targets, from.clone(), note).map(|indicator| indicator.id),
                Some(id) => {
                    let before = indicators::get(tx.conn(), Scope::Office, id)?;
                    let targets = laid_over(before.targets, targets);
                    // What no file can say stays as it was set in the service.
                    let kept = before.facts;
                    let breakdown = facts.breakdown.clone().or(kept.breakdown);
                    let (asks_for, counts_under_18) =
                        (facts.asks_for.or(kept.asks_for), row.counts_under_18.unwrap_or(kept.counts_under_18));
                    let is_social_value = row.is_social_value.unwrap_or(kept.is_social_value);
                    let (definition, baseline) = (kept.definition, kept.baseline);
                    let facts =
                        IndicatorInput { definition, baseline, breakdown, asks_for, counts_under_18, is_social_value, ..facts.clone() };
                    indicators::restate(tx, id, &facts, targets, from.clone()).map(|indicator| indicator.id)
                }
            })?;
        }
        Ok(())
    }

    fn indicator(&self, row: &IndicatorRow) -> Option<IndicatorInput> {
        Some(IndicatorInput {
            name: row.name.clone(),
            definition: None,
            kind: row.kind,
            unit: row.unit.clone(),
            direction: row.direction,
            basis: row.basis.clone(),
            baseline: None,
            adds_over_time: row.adds_over_time,
            adds_over_areas: row.adds_over_areas,
            asks_for: row.asks_for,
            counts_under_18: row.counts_under_18.unwrap_or_default(),
            is_social_value: row.is_social_value.unwrap_or_default(),
            breakdown: row.breakdown.clone(),
            succeeds_id: self.ids.may::<IndicatorRow>(row.succeeds.as_ref())?,
            subset_of_id: self.ids.may::<IndicatorRow>(row.subset_of.as_ref())?,
            programme_id: self.ids.may::<ProgrammeRow>(row.programme.as_ref())?,
            fund_id: self.ids.may::<FundRow>(row.fund.as_ref())?,
            award_ids: self.ids.all::<AwardRow>(&row.awards)?,
            framework_codes: row.framework_codes.clone(),
        })
    }

    fn targets(&self, rows: &[&IndicatorTargetRow]) -> Option<Vec<TargetFacts>> {
        let target = |row: &&IndicatorTargetRow| {
            let note = row.print.note();
            Some(TargetFacts {
                target: IndicatorTarget {
                    area_id: self.ids.may::<AreaRow>(row.area.as_ref())?,
                    // Where the papers print no period, the target is for all of it.
                    period: row.period.clone().unwrap_or_else(|| "not printed".to_owned()),
                    starts_on: row.starts_on,
                    ends_on: row.ends_on,
                    target: row.target,
                },
                figure_status: note.figure_status,
                precision: note.precision,
                rounding_unit: row.print.rounding_unit.as_ref().and_then(|unit| unit.0.parse::<Quantity>().ok()),
                qualifier: note.qualifier,
                provenance: provenance(&row.origin),
            })
        };
        rows.iter().map(target).collect()
    }

    /// A return with its spend and values; a line that became known later makes a version of the return, in which the others stay.
    fn returns(&mut self, office: &Office) -> Result<(), Refusal> {
        let mut keys = self.touched(&office.returns, |row| &row.key);
        keys.extend(self.touched(&office.return_spend, |row| &row.return_key));
        keys.extend(self.touched(&office.return_values, |row| &row.return_key));
        keys.extend(self.touched(&office.return_texts, |row| &row.return_key));
        let all = self.groups(&office.returns, |row| &row.key);
        let all_spend = self.groups(&office.return_spend, |row| &row.return_key);
        let all_values = self.groups(&office.return_values, |row| &row.return_key);
        let all_texts = self.groups(&office.return_texts, |row| &row.return_key);
        for key in keys {
            let Some(row) = all.of(key).last().copied() else { continue };
            let (spend, values, texts) = (all_spend.of(key), all_values.of(key), all_texts.of(key));
            let (told_spend, told_values) = (self.told_now::<ReturnRow, _>(key, spend), self.told_now::<ReturnRow, _>(key, values));
            let (Some(award_id), Some(counted)) = (self.ids.one::<AwardRow>(&row.award), self.values(&told_values)) else { continue };
            let told_texts = self.told_now::<ReturnRow, _>(key, texts);
            let mut content = ReturnContent {
                // No row says nothing; a row of 0 says that nothing was spent.
                spend: (!told_spend.is_empty()).then(|| told_spend.iter().map(|row| spend_line(row)).collect()),
                values: counted,
                narrative: row.narrative.clone(),
                ..ReturnContent::default()
            };
            for text in &told_texts {
                content.set_section(&text.section, Some(text.text.clone()));
            }
            let given = imported_return(award_id, row, content);
            let whole = if texts.is_empty() { Whole::Counted(row, spend, values) } else { Whole::Told(row, spend, values, texts) };
            self.put(row, &whole, |tx, _, _| {
                let id = imported::import(tx, &given)?;
                imported::check_closed(tx.conn(), award_id)?;
                Ok(id)
            })?;
        }
        Ok(())
    }

    fn values(&self, rows: &[&ReturnValueRow]) -> Option<Vec<IndicatorValue>> {
        let value = |row: &&ReturnValueRow| {
            Some(IndicatorValue {
                indicator_id: self.ids.one::<IndicatorRow>(&row.indicator)?,
                area_id: self.ids.may::<AreaRow>(row.area.as_ref())?,
                group: row.group.clone(),
                status: if row.reported { Reported::Reported } else { Reported::NotReported },
                value: row.value,
                denominator: row.denominator,
                basis: row.basis.clone(),
            })
        };
        rows.iter().map(value).collect()
    }
}

/// The targets that are told now, laid over those that there are, by area and period.
fn laid_over(mut targets: Vec<TargetFacts>, told: Vec<TargetFacts>) -> Vec<TargetFacts> {
    for new in told {
        match targets.iter_mut().find(|kept| kept.target.area_id == new.target.area_id && kept.target.period == new.target.period) {
            Some(kept) => *kept = new,
            None => targets.push(new),
        }
    }
    targets
}

fn spend_line(row: &ReturnSpendRow) -> SpendLine {
    SpendLine {
        category: row.category,
        amount_pence: row.amount,
        direct_activity: row.direct_activity.unwrap_or(false),
        spent_from: None,
        spent_to: None,
        note: row.origin.note.clone(),
    }
}

fn imported_return(award_id: crate::kernel::Id, row: &ReturnRow, content: ReturnContent) -> ImportedReturn {
    let planned = Planned { period: row.period.clone(), kind: row.kind, starts_on: row.starts_on, ends_on: row.ends_on };
    // Whether an open return is due follows from the day.
    let state = row.state.parse().unwrap_or(ReturnState::Open);
    let provenance = provenance(&row.origin);
    ImportedReturn { award_id, planned, state, submitted_on: row.submitted_on, accepted_on: row.accepted_on, content, provenance }
}
