//! What stands beside the money of this office: co-funding, people and settings.

use crate::access::users::{self, UserInput};
use crate::awards::rules::Policy;
use crate::kernel::{Pence, Refusal};
use crate::office::import::Office;
use crate::office::import::rows::{AwardRow, FundRow, ProgrammeRow, ProviderRow, SourceRow};
use crate::office::load::loader::Loader;
use crate::providers::programmes::contributions;
use crate::providers::programmes::contributions::rules::ContributionInput;
use crate::returns::rules::DUE_WORKING_DAYS;

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

    /// People and settings, which are of today whenever facts became known.
    pub fn today(&mut self, office: &Office) -> Result<(), Refusal> {
        self.users(office)?;
        self.settings(office);
        Ok(())
    }

    /// People without passwords: nobody can sign in as one of them before an administrator sets one.
    fn users(&mut self, office: &Office) -> Result<(), Refusal> {
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

    /// The service has these settings built in; a folder that wants others hears of it instead of being passed over.
    fn settings(&mut self, office: &Office) {
        let kinds: Vec<&str> = Policy::default().living_wage_kinds.iter().map(|kind| kind.word()).collect();
        for row in &office.settings {
            let built_in = match row.key.as_str() {
                "social_value_threshold" => Policy::SOCIAL_VALUE_THRESHOLD.pounds(),
                "social_value_weight" => Policy::SOCIAL_VALUE_WEIGHT_PERCENT.to_string(),
                "living_wage_clause" => kinds.join(";"),
                "return_due_working_day" => DUE_WORKING_DAYS.to_string(),
                // Panels and endorsements are decided round by round.
                _ => continue,
            };
            let given = if row.key == "social_value_threshold" {
                Pence::from_pounds(&row.value).map(Pence::pounds).unwrap_or_default()
            } else {
                row.value.clone()
            };
            if given != built_in {
                self.fault(row, "value", row.value.clone(), &format!("the service works with {built_in} here; this cannot be set"));
            }
        }
    }
}
