//! Awards with their splits, and their variations.

use std::collections::BTreeSet;

use crate::awards::acts::{self as awards, ImportedAward};
use crate::awards::monitoring::rules::ToldPlan;
use crate::awards::rules::{AwardInput, AwardState, QuarterAmount, SplitLine};
use crate::kernel::{Provenance, Refusal};
use crate::office::import::Office;
use crate::office::import::rows::{
    AreaRow, AwardQuarterRow, AwardRow, AwardSplitRow, BudgetLineRow, EarmarkRow, FundPeriodRow, ProgrammeRow, ProviderRow, ServiceLineRow,
    TrancheRow, VariationRow,
};
use crate::office::load::loader::{Loader, provenance};
use crate::variations::imported;
use crate::variations::rules::{DatesChange, ValueChange, VariationInput, VariationState};

impl Loader<'_, '_> {
    /// Awards and variations, as far as they became known this day.
    pub fn agreements(&mut self, office: &Office) -> Result<(), Refusal> {
        let varied = self.awards(office)?;
        self.variations(office)?;
        // Only an award under way is varied, so one that is over by now is led to its end behind its variations.
        for (row, given) in varied {
            self.go_on(row, |tx, id| awards::lead_on(tx, id, &given).map(drop))?;
        }
        Ok(())
    }

    /// Wholes before their parts, and a year before the next. A split or a quarter that became known later makes a version of the award.
    /// Answers those that are varied this day and over, and wait for that where they were under way.
    fn awards<'r>(&mut self, office: &'r Office) -> Result<Vec<(&'r AwardRow, ImportedAward)>, Refusal> {
        let of_day = office.variations.iter().filter(|row| row.origin.known_from == self.day && row.state == VariationState::Applied);
        let varied: BTreeSet<&String> = of_day.map(|row| &row.award).collect();
        let mut waiting = Vec::new();
        let mut rows = self.of_day(&office.awards, |row| row.component_of.iter().chain(&row.succeeds));
        let mut parts = self.touched(&office.award_splits, |row| &row.award);
        parts.extend(self.touched(&office.award_quarters, |row| &row.award));
        let all = self.groups(&office.awards, |row| &row.key);
        let ready: BTreeSet<&String> = rows.iter().map(|row| &row.key).collect();
        rows.extend(parts.difference(&ready).filter_map(|key| all.of(key).last()));
        let (all_splits, all_quarters) =
            (self.groups(&office.award_splits, |row| &row.award), self.groups(&office.award_quarters, |row| &row.award));
        for row in rows {
            let (splits, quarters) = (all_splits.of(&row.key), all_quarters.of(&row.key));
            let (Some(terms), Some(split)) = (self.award_terms(row), self.split(splits)) else { continue };
            let planned = |row: &&AwardQuarterRow| QuarterAmount { quarter: row.quarter, amount_pence: row.amount };
            let mut profile: Vec<QuarterAmount> = quarters.iter().map(planned).collect();
            profile.sort_by_key(|planned| planned.quarter);
            let given = ImportedAward {
                reference: Some(row.reference.clone()),
                position: row.position,
                figure: row.print.note(),
                terms: AwardInput { split, profile, ..terms },
                state: row.state,
                unspent: row.unspent,
                decided_on: Some(row.decided_on),
                state_on: None,
                monitoring: ToldPlan { frequency: row.monitoring, evaluation: row.evaluation.clone() },
                provenance: provenance(&row.origin),
                note: row.origin.note.clone(),
            };
            let is_over = matches!(row.state, AwardState::Ended | AwardState::Closed | AwardState::Terminated);
            let under_way = (is_over && varied.contains(&row.key)).then(|| ImportedAward { state: AwardState::Live, ..given.clone() });
            let mut is_led = false;
            self.put(row, &(row, &splits, &quarters), |tx, id, _| {
                match (id, &under_way) {
                    (None, _) => awards::import_award(tx, under_way.as_ref().unwrap_or(&given)).map(|award| award.id),
                    (Some(id), Some(under_way)) if awards::is_under_way(tx.conn(), id)? => {
                        awards::restate(tx, id, under_way).map(|award| award.id)
                    }
                    (Some(id), _) => awards::restate(tx, id, &given).map(|award| award.id),
                }
                .inspect(|_| is_led = true)
            })?;
            if is_led && under_way.is_some() {
                waiting.push((row, given));
            }
        }
        Ok(waiting)
    }

    fn split(&self, rows: &[&AwardSplitRow]) -> Option<Vec<SplitLine>> {
        let line = |row: &&AwardSplitRow| {
            let budget_line_id = self.ids.one::<BudgetLineRow>(&row.budget_line)?;
            Some(SplitLine { budget_line_id, amount_pence: Some(row.amount), weight: None })
        };
        rows.iter().map(line).collect()
    }

    fn award_terms(&self, row: &AwardRow) -> Option<AwardInput> {
        Some(AwardInput {
            kind: row.kind,
            legal_power: row.legal_power,
            legal_power_text: row.legal_power_text.clone(),
            fund_period_id: self.ids.one::<FundPeriodRow>(&row.fund_period)?,
            tranche_id: self.ids.may::<TrancheRow>(row.tranche.as_ref())?,
            earmark_id: self.ids.may::<EarmarkRow>(row.earmark.as_ref())?,
            provider_id: self.ids.may::<ProviderRow>(row.provider.as_ref())?,
            service_line_id: self.ids.may::<ServiceLineRow>(row.service_line.as_ref())?,
            programme_id: self.ids.may::<ProgrammeRow>(row.programme.as_ref())?,
            component_of: self.ids.may::<AwardRow>(row.component_of.as_ref())?,
            succeeds: self.ids.may::<AwardRow>(row.succeeds.as_ref())?,
            category: row.category.clone(),
            theme: row.theme.clone(),
            title: row.title.clone(),
            purpose: row.purpose.clone(),
            amount_pence: row.amount,
            vat_pence: row.vat,
            starts_on: Some(row.starts_on),
            ends_on: Some(row.ends_on),
            area_ids: self.ids.all::<AreaRow>(&row.areas)?,
            split: Vec::new(),
            annual_amounts: Vec::new(),
            profile: Vec::new(),
            contract: row.contract,
            post: row.post.clone(),
            particulars: None,
            projects_count: row.projects_count.unwrap_or(1),
        })
    }

    fn variations(&mut self, office: &Office) -> Result<(), Refusal> {
        let mut rows = self.of_day(&office.variations, |_| None);
        rows.sort_by_key(|row| (row.award.clone(), row.number));
        for row in rows {
            let Some(award) = self.ids.one::<AwardRow>(&row.award) else { continue };
            let value = row.amount_change.map(|change_pence| ValueChange {
                change_pence,
                vat_pence: row.vat,
                split: Vec::new(),
                from_fund_period: false,
            });
            let is_of_dates = row.starts_on.is_some() || row.ends_on.is_some();
            let dates = is_of_dates.then_some(DatesChange { starts_on: row.starts_on, ends_on: row.ends_on });
            let input = VariationInput {
                title: row.title.clone(),
                reason: reason(row, office),
                effective_on: row.effective_on,
                group_name: row.group.clone(),
                value,
                dates,
                ..VariationInput::default()
            };
            let state = row.state;
            self.put(row, row, |tx, id, from: &Provenance| match id {
                None => imported::import(tx, award, &input, state, from),
                Some(_) => Err(Refusal::invalid("/key", "fixed", "A variation is agreed once; add another one instead of a version.")),
            })?;
        }
        Ok(())
    }
}

/// The row's remark, and in words what it is for and who shares it, which an amount alone does not show (R07).
fn reason(row: &VariationRow, office: &Office) -> String {
    let mut parts = vec![row.origin.note.clone().unwrap_or_else(|| row.title.clone())];
    let area = |key: &String| office.areas.iter().find(|area| area.key == *key).map_or_else(|| key.clone(), |area| area.name.clone());
    if !row.areas.is_empty() {
        parts.push(format!("for {}", row.areas.iter().map(area).collect::<Vec<_>>().join(", ")));
    }
    let award =
        |key: &String| office.awards.iter().find(|award| award.key == *key).map_or_else(|| key.clone(), |award| award.reference.clone());
    if !row.shared_by.is_empty() {
        parts.push(format!("shared by {}", row.shared_by.iter().map(award).collect::<Vec<_>>().join(" and ")));
    }
    parts.join("; ")
}
