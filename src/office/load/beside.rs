//! What stands beside the money of this office: co-funding, people and settings.

use crate::access::users::{self, UserInput};
use crate::awards::acts as awards;
use crate::awards::rules::{AwardKind, Policy};
use crate::kernel::{Id, Pence, Refusal};
use crate::office::import::Office;
use crate::office::import::parse;
use crate::office::import::rows::{AwardRow, FundRow, ProgrammeRow, ProviderRow, SettingRow, SourceRow};
use crate::office::load::loader::Loader;
use crate::providers::programmes::contributions;
use crate::providers::programmes::contributions::rules::ContributionInput;
use crate::publishing::policy::acts as publication;
use crate::publishing::policy::rules::PublicationPolicy;
use crate::returns::policy::acts as return_policy;
use crate::returns::policy::rules::ReturnPolicy;
use crate::store::Tx;

impl Loader<'_, '_> {
    /// Co-funding, as far as it became known this day.
    pub fn beside(&mut self, office: &Office) -> Result<(), Refusal> {
        for row in self.of_day(&office.contributions, |_| None) {
            let found = (self.ids.may::<ProgrammeRow>(row.programme.as_ref()), self.ids.one::<SourceRow>(&row.source));
            let beside = (self.ids.may::<FundRow>(row.fund.as_ref()), self.ids.may::<AwardRow>(row.award.as_ref()));
            let ((Some(programme), Some(source_id)), (Some(fund_id), Some(award_id))) = (found, beside) else { continue };
            let note = row.print.note();
            let input = ContributionInput {
                source_id,
                fund_id,
                amount_pence: row.amount,
                kind: Some(row.kind),
                confirmed: row.confirmed,
                award_id,
                figure_status: note.figure_status,
                precision: note.precision,
                rounding_unit_pence: note.rounding_unit_pence,
                qualifier: note.qualifier,
                note: row.origin.note.clone(),
            };
            self.put(row, row, |tx, id, from| match id {
                None => contributions::acts::create(tx, programme, &input, from).map(|one| one.id),
                Some(id) => contributions::acts::restate(tx, id, &input, from).map(|one| one.id),
            })?;
        }
        Ok(())
    }

    /// People, who are of today whenever facts became known, and without passwords: nobody can sign in as one of them before an
    /// administrator sets one.
    pub fn users(&mut self, office: &Office) -> Result<(), Refusal> {
        for row in &office.users {
            let Some(provider_id) = self.ids.may::<ProviderRow>(row.provider.as_ref()) else { continue };
            let input = UserInput {
                email: row.email.clone(),
                name: row.name.clone(),
                roles: vec![row.role],
                provider_id,
                areas: row.areas.clone(),
            };
            self.put(row, row, |tx, id, _| match id {
                None => users::acts::create(tx, &input, None).map(|user| user.id),
                Some(_) => {
                    Err(Refusal::invalid("/key", "fixed", "An administrator changes users in the service; an import only adds them."))
                }
            })?;
        }
        Ok(())
    }

    /// Which settings an import takes: what contracts must carry, when returns are due, and which counts of people are small. The others are built in; a folder that wants another value hears of it
    /// instead of being passed over.
    pub fn settings_read(&mut self, office: &Office) {
        for row in &office.settings {
            if let Err(reason) = Setting::read(row) {
                self.fault(row, "value", row.value.clone(), &reason);
            }
        }
    }

    /// What an office sets, as far as it became known this day: each contract is held against what was set by then.
    pub fn settings(&mut self, office: &Office) -> Result<(), Refusal> {
        for row in self.of_day(&office.settings, |_| None) {
            let Ok(Some(setting)) = Setting::read(row) else { continue };
            self.put(row, row, |tx, _, _| setting.lay(tx))?;
        }
        Ok(())
    }
}

/// A setting that an import takes.
enum Setting {
    Threshold(Pence),
    Weight(i32),
    Clause(Vec<AwardKind>),
    DueWorkingDays(i32),
    SmallBelow(i32),
}

impl Setting {
    /// None for a setting of something else.
    fn read(row: &SettingRow) -> Result<Option<Self>, String> {
        let value = row.value.as_str();
        match row.key.as_str() {
            "social_value_threshold" => parse::pounds(value).map(|pence| Some(Self::Threshold(pence))),
            "social_value_weight" => match parse::count(value) {
                Ok(percent) if (1..=100).contains(&percent) => Ok(Some(Self::Weight(percent))),
                _ => Err("is not a whole number from 1 to 100, in per cent".to_owned()),
            },
            "living_wage_clause" if value == AwardKind::Contract.word() => Ok(Some(Self::Clause(vec![AwardKind::Contract]))),
            "living_wage_clause" if value == "none" => Ok(Some(Self::Clause(Vec::new()))),
            "living_wage_clause" => Err("is neither `contract` nor `none`; only contracts have clauses".to_owned()),
            "return_due_working_day" => match parse::count(value) {
                Ok(days) if (0..=120).contains(&days) => Ok(Some(Self::DueWorkingDays(days))),
                _ => Err("is not a whole number of working days from 0 to 120".to_owned()),
            },
            "small_below" => match parse::count(value) {
                Ok(people) if (3..=100).contains(&people) => Ok(Some(Self::SmallBelow(people))),
                _ => Err("is not a whole number of people from 3 to 100".to_owned()),
            },
            // Panels and endorsements are decided round by round.
            _ => Ok(None),
        }
    }

    fn lay(self, tx: &mut Tx<'_>) -> Result<Id, Refusal> {
        let of_contracts: Box<dyn FnOnce(&mut Policy)> = match self {
            Self::Threshold(pence) => Box::new(move |policy| policy.social_value_threshold_pence = pence),
            Self::Weight(percent) => Box::new(move |policy| policy.social_value_weight_percent = percent),
            Self::Clause(kinds) => Box::new(move |policy| policy.living_wage_kinds = kinds),
            Self::DueWorkingDays(days) => {
                return_policy::import(tx, |policy| policy.due_working_days = days)?;
                return Ok(ReturnPolicy::ID);
            }
            Self::SmallBelow(people) => {
                publication::import(tx, |policy| policy.small_below = people)?;
                return Ok(PublicationPolicy::ID);
            }
        };
        awards::import_policy(tx, of_contracts).map(|_| Policy::ID)
    }
}
