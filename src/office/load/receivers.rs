//! Who receives: organisations, their services, consortia and programmes.

use crate::access::Scope;
use crate::kernel::Refusal;
use crate::office::import::Office;
use crate::office::import::rows::{AreaRow, ConsortiumMemberRow, FundRow, ProgrammeRow, ProviderRow};
use crate::office::load::loader::Loader;
use crate::providers;
use crate::providers::checks::{self, rules::ProviderCheckInput};
use crate::providers::programmes::{self, rules::ProgrammeInput};
use crate::providers::rules::consortium::MemberInput;
use crate::providers::rules::{PccStatus, ProviderInput};
use crate::providers::service_lines::{self, rules::ServiceLineInput};

/// The longest reference or code that the service takes.
const REFERENCE_MAX: usize = 40;

impl Loader<'_, '_> {
    /// Organisations and programmes, as far as they became known this day.
    pub fn receivers(&mut self, office: &Office) -> Result<(), Refusal> {
        self.providers(office)?;
        self.service_lines(office)?;
        self.consortia(office)?;
        self.provider_checks(office)?;
        self.programmes(office)
    }

    /// Checks, which are never changed: the next one of its kind takes its place.
    fn provider_checks(&mut self, office: &Office) -> Result<(), Refusal> {
        for row in self.of_day(&office.provider_checks, |_| None) {
            let Some(provider) = self.ids.one::<ProviderRow>(&row.provider) else { continue };
            let input = ProviderCheckInput {
                kind: row.kind,
                outcome: row.outcome,
                checked_on: Some(row.checked_on),
                expires_on: row.expires_on,
                evidence: row.looked_at.clone(),
                remark: row.remark.clone().or_else(|| row.origin.note.clone()),
            };
            self.put(row, row, |tx, id, from| match id {
                None => checks::acts::record_as(tx, Scope::Office, provider, &input, from).map(|made| made.check.id),
                Some(_) => Err(Refusal::invalid("/key", "fixed", "A check is never changed; give the newer one a key of its own.")),
            })?;
        }
        Ok(())
    }

    fn providers(&mut self, office: &Office) -> Result<(), Refusal> {
        for row in self.of_day(&office.providers, |_| None) {
            let Some(area_ids) = self.ids.all::<AreaRow>(&row.areas) else { continue };
            let input = ProviderInput {
                reference: Some(row.key.to_ascii_uppercase()).filter(|reference| reference.len() <= REFERENCE_MAX),
                name: row.name.clone(),
                aliases: row.aliases.clone(),
                kind: row.kind,
                pcc_status: row.pcc_status.unwrap_or(PccStatus::Unknown),
                size: None,
                specialist: None,
                charity_number: row.charity_number.clone(),
                company_number: row.company_number.clone(),
                postcode: row.postcode.clone(),
                local: row.local,
                home_area_id: None,
                area_ids,
                contact_email: row.contact_email.clone(),
                supplier_number: row.supplier_number.clone(),
                note: row.origin.note.clone(),
            };
            self.put(row, row, |tx, id, from| match id {
                None => providers::acts::create(tx, &input, from).map(|provider| provider.id),
                Some(id) => {
                    let kept = providers::acts::get(tx.conn(), Scope::Office, id)?.facts;
                    let input = ProviderInput {
                        size: kept.size,
                        specialist: kept.specialist,
                        home_area_id: kept.home_area_id,
                        contact_email: input.contact_email.or(kept.contact_email),
                        supplier_number: input.supplier_number.or(kept.supplier_number),
                        ..input
                    };
                    providers::acts::restate(tx, id, &input, from).map(|provider| provider.id)
                }
            })?;
        }
        Ok(())
    }

    fn service_lines(&mut self, office: &Office) -> Result<(), Refusal> {
        for row in self.of_day(&office.service_lines, |_| None) {
            let Some(provider) = self.ids.one::<ProviderRow>(&row.provider) else { continue };
            let input = ServiceLineInput { name: row.name.clone(), theme: row.theme.clone(), ends_on: None, note: row.origin.note.clone() };
            self.put(row, row, |tx, id, from| match id {
                None => service_lines::acts::create(tx, Scope::Office, provider, &input, from).map(|line| line.id),
                Some(id) => {
                    let kept = service_lines::acts::get(tx.conn(), Scope::Office, id)?.facts;
                    let input = ServiceLineInput { ends_on: kept.ends_on, ..input };
                    service_lines::acts::restate(tx, id, &input, from).map(|line| line.id)
                }
            })?;
        }
        Ok(())
    }

    /// The members of each consortium, all at once: who leads is a fact of the whole list. Members that are not told again stay.
    fn consortia(&mut self, office: &Office) -> Result<(), Refusal> {
        let members_of = self.groups(&office.consortium_members, |row| &row.consortium);
        for consortium in self.touched(&office.consortium_members, |row| &row.consortium) {
            let all = members_of.of(consortium);
            let rows = self.told_now::<ConsortiumMemberRow, _>(consortium, all);
            let named: Vec<String> = rows.iter().filter_map(|row| row.member.clone()).collect();
            let (Some(id), Some(member_ids)) = (self.ids.one::<ProviderRow>(consortium), self.ids.all::<ProviderRow>(&named)) else {
                continue;
            };
            let named_ids = member_ids.clone();
            let leads = rows.iter().filter(|row| row.member.is_some()).map(|row| row.lead == Some(true));
            let member = |(provider_id, lead)| MemberInput { provider_id, lead, starts_on: None, ends_on: None };
            let members: Vec<MemberInput> = member_ids.into_iter().zip(leads).map(member).collect();
            let Some(first) = all.first() else { continue };
            self.put_as(consortium.clone(), *first, &all, |tx, _, _| {
                let current = providers::acts::get(tx.conn(), Scope::Office, id)?;
                let days = |member: MemberInput| match current.members.iter().find(|kept| kept.provider_id == member.provider_id) {
                    Some(kept) => MemberInput { lead: member.lead, ..kept.clone() },
                    None => member,
                };
                let mut members: Vec<MemberInput> = members.into_iter().map(days).collect();
                members.extend(current.members.iter().filter(|kept| named_ids.iter().all(|id| *id != kept.provider_id)).cloned());
                let (no_member, no_lead) = (rows.iter().any(|row| row.member.is_none()), rows.iter().any(|row| row.lead.is_none()));
                let lacks_lead = current.provenance.lacks("lead") && !members.iter().any(|member| member.lead);
                let mut unknown = Vec::new();
                unknown.extend((no_member || current.provenance.lacks("members")).then_some("members"));
                unknown.extend((no_lead || lacks_lead).then_some("lead"));
                providers::acts::set_members(tx, Scope::Office, id, current.version, &members, &unknown).map(|provider| provider.id)
            })?;
        }
        Ok(())
    }

    fn programmes(&mut self, office: &Office) -> Result<(), Refusal> {
        for row in self.of_day(&office.programmes, |row| row.succeeds.as_ref()) {
            let people = (self.ids.all::<ProviderRow>(&row.providers), self.ids.may::<ProviderRow>(row.evaluator.as_ref()));
            let places = (self.ids.all::<FundRow>(&row.funds), self.ids.all::<AreaRow>(&row.areas));
            let (Some(provider_ids), Some(evaluator_id)) = people else { continue };
            let (Some(fund_ids), Some(area_ids)) = places else { continue };
            let Some(succeeds_id) = self.ids.may::<ProgrammeRow>(row.succeeds.as_ref()) else { continue };
            let input = ProgrammeInput {
                code: row.key.to_ascii_uppercase(),
                name: row.name.clone(),
                aliases: row.aliases.clone(),
                kind: Some(row.kind),
                stage: row.stage,
                stage_since_on: None,
                starts_on: row.starts_on,
                ends_on: row.ends_on,
                succeeds_id,
                evaluator_id,
                evaluation_due_on: None,
                onward_grants: row.onward_grants,
                referral_routes: Vec::new(),
                eligibility: Vec::new(),
                fund_ids,
                provider_ids,
                area_ids,
                note: row.origin.note.clone(),
            };
            self.put(row, row, |tx, id, from| match id {
                None => programmes::acts::create(tx, &input, from).map(|programme| programme.id),
                Some(id) => {
                    let kept = programmes::acts::get(tx.conn(), id)?.facts;
                    let same_stage = kept.stage == input.stage;
                    let input = ProgrammeInput {
                        stage_since_on: kept.stage_since_on.filter(|_| same_stage),
                        evaluation_due_on: kept.evaluation_due_on,
                        referral_routes: kept.referral_routes,
                        eligibility: kept.eligibility,
                        ..input
                    };
                    programmes::acts::restate(tx, id, &input, from).map(|programme| programme.id)
                }
            })?;
        }
        Ok(())
    }
}
