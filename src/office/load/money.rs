//! Who and what, and money in.

use crate::funds::area_sets::{self, AreaSetInput, rules::AreaSetMember};
use crate::funds::areas::{self, AreaInput};
use crate::funds::bodies::{self, CommissioningBodyInput};
use crate::funds::periods::{self, PeriodFacts};
use crate::funds::sources::{self, FundingSourceInput};
use crate::funds::{self, FundInput};
use crate::kernel::Refusal;
use crate::office::import::Office;
use crate::office::import::rows::{AreaRow, BodyRow, FundRow, SourceRow};
use crate::office::load::loader::{Loader, kept};

impl Loader<'_, '_> {
    /// Bodies, areas, sources, funds and their periods, as far as they became known this day.
    pub fn money_in(&mut self, office: &Office) -> Result<(), Refusal> {
        self.areas(office)?;
        self.bodies(office)?;
        self.area_sets(office)?;
        self.sources(office)?;
        self.funds(office)?;
        self.fund_periods(office)
    }

    fn areas(&mut self, office: &Office) -> Result<(), Refusal> {
        for row in self.of_day(&office.areas, |row| row.parent.as_ref()) {
            let Some(parent_id) = self.ids.may::<AreaRow>(row.parent.as_ref()) else { continue };
            let input = AreaInput {
                code: row.key.clone(),
                name: row.name.clone(),
                aliases: row.aliases.clone(),
                kind: row.kind,
                ons_code: row.ons_code.clone(),
                parent_id,
                valid_from: row.valid_from,
                valid_to: row.valid_to,
            };
            self.put(row, row, |tx, id, from| match id {
                None => areas::acts::create(tx, &input, from).map(|area| area.id),
                Some(id) => areas::acts::replace(tx, id, &input, from).map(|area| area.id),
            })?;
        }
        Ok(())
    }

    fn bodies(&mut self, office: &Office) -> Result<(), Refusal> {
        for row in self.of_day(&office.bodies, |_| None) {
            let Some(area_id) = self.ids.may::<AreaRow>(row.area.as_ref()) else { continue };
            let input = CommissioningBodyInput {
                code: row.key.clone(),
                name: row.name.clone(),
                aliases: row.aliases.clone(),
                kind: row.kind,
                area_id,
                valid_from: row.valid_from,
                valid_to: row.valid_to,
                successor_id: None,
            };
            self.put(row, row, |tx, id, from| match id {
                None => bodies::acts::create(tx, &input, from).map(|body| body.id),
                Some(id) => {
                    let kept = kept(bodies::find(tx.conn(), id)?)?.facts;
                    let input = CommissioningBodyInput { successor_id: kept.successor_id, ..input };
                    bodies::acts::replace(tx, id, &input, from).map(|body| body.id)
                }
            })?;
        }
        Ok(())
    }

    fn area_sets(&mut self, office: &Office) -> Result<(), Refusal> {
        for row in self.of_day(&office.area_sets, |_| None) {
            let (Some(area_id), Some(members)) = (self.ids.may::<AreaRow>(row.area.as_ref()), self.ids.all::<AreaRow>(&row.members)) else {
                continue;
            };
            let member = |area_id| AreaSetMember { area_id, valid_from: None, valid_to: None };
            let input = AreaSetInput {
                code: row.key.clone(),
                name: row.name.clone(),
                kind: row.kind,
                area_id,
                member_count: row.count,
                members: members.into_iter().map(member).collect(),
                valid_from: row.valid_from,
                valid_to: row.valid_to,
            };
            self.put(row, row, |tx, id, from| match id {
                None => area_sets::acts::create(tx, &input, from).map(|set| set.id),
                Some(id) => {
                    let kept = kept(area_sets::find(tx.conn(), id)?)?.facts.members;
                    let of = |member: AreaSetMember| kept.iter().find(|kept| kept.area_id == member.area_id).cloned().unwrap_or(member);
                    let input = AreaSetInput { members: input.members.into_iter().map(of).collect(), ..input };
                    area_sets::acts::replace(tx, id, &input, from).map(|set| set.id)
                }
            })?;
        }
        Ok(())
    }

    fn sources(&mut self, office: &Office) -> Result<(), Refusal> {
        for row in self.of_day(&office.sources, |_| None) {
            let (code, name, aliases) = (row.key.clone(), row.name.clone(), row.aliases.clone());
            let small_numbers_agreed = row.small_numbers_agreed.unwrap_or_default();
            let input = FundingSourceInput { code, name, aliases, kind: row.kind, small_numbers_agreed, claim_period: row.claim_period };
            self.put(row, row, |tx, id, from| match id {
                None => sources::acts::create(tx, &input, from).map(|source| source.id),
                Some(id) => {
                    // Where the file does not say, what was agreed stays.
                    let held = kept(sources::find(tx.conn(), id)?)?.facts;
                    let small_numbers_agreed = row.small_numbers_agreed.unwrap_or(held.small_numbers_agreed);
                    let claim_period = row.claim_period.or(held.claim_period);
                    let input = FundingSourceInput { small_numbers_agreed, claim_period, ..input.clone() };
                    sources::acts::replace(tx, id, &input, from).map(|source| source.id)
                }
            })?;
        }
        Ok(())
    }

    fn funds(&mut self, office: &Office) -> Result<(), Refusal> {
        for row in self.of_day(&office.funds, |row| row.succeeds.as_ref()) {
            let found = (
                self.ids.one::<BodyRow>(&row.body),
                self.ids.all::<SourceRow>(&row.sources),
                self.ids.may::<FundRow>(row.succeeds.as_ref()),
            );
            let (Some(commissioning_body_id), Some(source_ids), Some(succeeds)) = found else { continue };
            let input = FundInput {
                code: row.code.clone(),
                name: row.name.clone(),
                aliases: row.aliases.clone(),
                kind: row.kind,
                scope: row.scope,
                purpose: None,
                commissioning_body_id,
                source_ids,
                succeeds_ids: succeeds.into_iter().collect(),
                unspent_rule: row.unspent_rule,
                default_monitoring: row.default_monitoring,
                default_evaluation: row.default_evaluation,
                review_due: row.review_due,
                reviewed_on: None,
                review_outcome: None,
                review_consultation: None,
                pledge_text: None,
                pledge_from: None,
                pledge_to: None,
            };
            self.put(row, row, |tx, id, from| match id {
                None => funds::acts::create(tx, &input, from).map(|fund| fund.id),
                Some(id) => {
                    let kept = kept(funds::find(tx.conn(), id)?)?.facts;
                    funds::acts::replace(tx, id, &with_kept(input, kept), from).map(|fund| fund.id)
                }
            })?;
        }
        Ok(())
    }

    fn fund_periods(&mut self, office: &Office) -> Result<(), Refusal> {
        for row in self.of_day(&office.fund_periods, |_| None) {
            let Some(fund_id) = self.ids.one::<FundRow>(&row.fund) else { continue };
            let facts =
                PeriodFacts { fund_id, label: row.label, starts_on: row.starts_on, ends_on: row.ends_on, note: row.origin.note.clone() };
            self.put(row, row, |tx, id, from| match id {
                None => periods::acts::create(tx, &facts, from).map(|period| period.id),
                Some(id) => periods::acts::replace(tx, id, &facts, from).map(|period| period.id),
            })?;
        }
        Ok(())
    }
}

/// A fund as a row tells it, with what no row tells.
fn with_kept(told: FundInput, kept: FundInput) -> FundInput {
    FundInput {
        code: told.code,
        name: told.name,
        aliases: told.aliases,
        kind: told.kind,
        scope: told.scope,
        commissioning_body_id: told.commissioning_body_id,
        source_ids: told.source_ids,
        succeeds_ids: told.succeeds_ids,
        unspent_rule: told.unspent_rule,
        default_monitoring: told.default_monitoring.or(kept.default_monitoring),
        default_evaluation: told.default_evaluation.or(kept.default_evaluation),
        review_due: told.review_due,
        ..kept
    }
}
