//! What a programme is: a named service that several awards deliver together. Sources: R37 (onward grants), R57 (referral routes),
//! R58 (eligibility), R61 (stages), R62 (successors).

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::kernel::{Faults, Id, Moment, Provenance, Refusal};
use crate::providers::rules::text::{self, Alias};

words! {
    /// What kind of programme it is.
    pub enum ProgrammeKind {
        /// A service that the office commissions.
        CommissionedService = "commissioned_service",
        /// Paid together with others.
        CoFundedProgramme = "co_funded_programme",
        /// The office gives to a service of another body.
        Contribution = "contribution",
        /// A contract.
        Contract = "contract",
        /// A post inside another body's team.
        FundedPost = "funded_post",
        /// Grants handed out over areas.
        GrantAllocation = "grant_allocation",
        /// A trial.
        Pilot = "pilot",
        /// Research.
        Research = "research",
        /// A programme of the Violence Reduction Unit.
        VruProgramme = "vru_programme",
        /// A programme of a grant from outside.
        ExternalGrantProgramme = "external_grant_programme",
        /// Proposed, and not decided.
        Proposal = "proposal",
        /// Money only asked for.
        Bid = "bid",
        /// One that has ended and is kept for what followed it.
        EndedProgramme = "ended_programme",
    }
}

words! {
    /// How far a programme has come (R61).
    pub enum ProgrammeStage {
        /// Proposed.
        Proposed = "proposed",
        /// Decided, not begun.
        Planned = "planned",
        /// Providers are being sought.
        Procurement = "procurement",
        /// Tried out on a small scale.
        Pilot = "pilot",
        /// Rolled out.
        Live = "live",
        /// Did what it was for.
        Completed = "completed",
        /// Stopped.
        Ended = "ended",
    }
}

/// A way in which people come to the programme (R57).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReferralRoute {
    /// Its name.
    #[schema(min_length = 1, max_length = 300, example = "MARAC")]
    pub name: String,
    /// From when it is open; left out: from the beginning.
    #[serde(default)]
    pub starts_on: Option<NaiveDate>,
    /// Until when it is open; left out: without end.
    #[serde(default)]
    pub ends_on: Option<NaiveDate>,
}

/// Who may take part, from some day on (R58).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Eligibility {
    /// The rule in words.
    #[schema(min_length = 1, max_length = 4000, example = "Fathers aged 18 and over")]
    pub criteria: String,
    /// From when it holds; left out: from the beginning.
    #[serde(default)]
    pub starts_on: Option<NaiveDate>,
}

/// A programme as the office describes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ProgrammeInput {
    /// The code that people use: capitals, digits and hyphens. It never changes.
    #[schema(min_length = 2, max_length = 40, pattern = "^[A-Z0-9]+(-[A-Z0-9]+)*$", example = "NEW-CHANCE")]
    pub code: String,
    /// Its name.
    #[schema(min_length = 1, max_length = 300, example = "New Chance")]
    pub name: String,
    /// Short names and other spellings, found by search.
    #[serde(default)]
    #[schema(max_items = 50, value_type = Vec<Alias>)]
    pub aliases: Vec<String>,
    /// What kind of programme it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(required = true, value_type = ProgrammeKind)]
    pub kind: Option<ProgrammeKind>,
    /// How far it has come (R61).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(required = true, value_type = ProgrammeStage)]
    pub stage: Option<ProgrammeStage>,
    /// Since when it is at that stage.
    #[serde(default)]
    pub stage_since_on: Option<NaiveDate>,
    /// Its first day.
    #[serde(default)]
    pub starts_on: Option<NaiveDate>,
    /// Its last day; left out: it goes on.
    #[serde(default)]
    pub ends_on: Option<NaiveDate>,
    /// The programme that it follows (R62).
    #[serde(default)]
    pub succeeds_id: Option<Id>,
    /// The provider that evaluates it.
    #[serde(default)]
    pub evaluator_id: Option<Id>,
    /// When its evaluation is due (R61).
    #[serde(default)]
    pub evaluation_due_on: Option<NaiveDate>,
    /// Whether it makes grants to individuals (R37).
    #[serde(default)]
    pub onward_grants: Option<bool>,
    /// How people come to it (R57).
    #[serde(default)]
    #[schema(max_items = 50)]
    pub referral_routes: Vec<ReferralRoute>,
    /// Who may take part, one text for each time the rule changed (R58).
    #[serde(default)]
    #[schema(max_items = 50)]
    pub eligibility: Vec<Eligibility>,
    /// The funds that pay for it.
    #[serde(default)]
    #[schema(max_items = 50)]
    pub fund_ids: Vec<Id>,
    /// The providers that deliver it or take part.
    #[serde(default)]
    #[schema(max_items = 200)]
    pub provider_ids: Vec<Id>,
    /// The areas where it is delivered.
    #[serde(default)]
    #[schema(max_items = 200)]
    pub area_ids: Vec<Id>,
    /// A short remark for the office.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 3000)]
    pub note: Option<String>,
}

/// A programme as it is kept, in one version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Programme {
    /// Its id.
    pub id: Id,
    /// The version.
    pub version: i32,
    /// When this version was recorded.
    pub recorded_at: Moment,
    /// What the office says of it.
    pub facts: ProgrammeInput,
    /// Where that comes from.
    pub provenance: Provenance,
}

impl Programme {
    /// What a search looks in.
    #[must_use]
    pub fn search_text(&self) -> String {
        let names = [self.facts.code.as_str(), self.facts.name.as_str()];
        text::search_text(names.into_iter().chain(self.facts.aliases.iter().map(String::as_str)))
    }
}

/// Which programmes are listed.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
pub struct ProgrammeFilter {
    /// Words that all stand in its name, an alias or its code.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 300, example = "DVPP")]
    pub search: Option<String>,
    /// Only this kind.
    #[serde(default)]
    pub kind: Option<ProgrammeKind>,
    /// Only those at this stage (R61).
    #[serde(default)]
    pub stage: Option<ProgrammeStage>,
    /// Only those that this fund pays for.
    #[serde(default)]
    pub fund_id: Option<Id>,
    /// Only those that this provider delivers or takes part in.
    #[serde(default)]
    pub provider_id: Option<Id>,
    /// Only those delivered in this area.
    #[serde(default)]
    pub area_id: Option<Id>,
}

/// What an input is checked against.
#[derive(Debug)]
pub struct Surroundings<'a> {
    /// Where the input comes from.
    pub provenance: &'a Provenance,
    /// Those of the named areas, funds, providers and programmes that exist.
    pub known: &'a BTreeSet<Id>,
    /// Which programme each programme follows.
    pub successions: &'a BTreeMap<Id, Id>,
    /// The record as it stands; none for a new one.
    pub before: Option<&'a Programme>,
}

/// The programme with every text tidied, or every fault of it.
///
/// # Errors
/// [`Refusal::Invalid`] with a pointer for each fault.
pub fn checked(input: &ProgrammeInput, around: &Surroundings<'_>) -> Result<ProgrammeInput, Refusal> {
    let mut faults = Faults::new();
    let name = text::tidy(&input.name);
    faults.require(!name.is_empty(), "/name", "blank", "A name has at least one character.");
    let form = "A code is 2 to 40 capitals and digits, in parts joined by hyphens, such as NEW-CHANCE.";
    faults.require(text::is_reference(&input.code), "/code", "wrong_format", form);
    let is_renamed = around.before.is_some_and(|before| before.facts.code != input.code);
    faults.require(!is_renamed, "/code", "fixed", "A code never changes.");
    let aliases = text::aliases(&input.aliases, &mut faults);
    dates(input, &mut faults);
    references(input, around, &mut faults);
    complete(input, around.provenance, &mut faults);
    let referral_routes = routes(&input.referral_routes, &mut faults);
    let eligibility = criteria(&input.eligibility, &mut faults);
    faults.into_result()?;
    let note = input.note.as_ref().map(|note| note.trim().to_owned()).filter(|note| !note.is_empty());
    let [fund_ids, provider_ids, area_ids] = [&input.fund_ids, &input.provider_ids, &input.area_ids].map(|ids| text::in_order(ids));
    let lists = ProgrammeInput { fund_ids, provider_ids, area_ids, referral_routes, eligibility, ..input.clone() };
    Ok(ProgrammeInput { name, aliases, note, ..lists })
}

fn complete(input: &ProgrammeInput, provenance: &Provenance, faults: &mut Faults) {
    let mut need = |missing: bool, field: &str, message: &str| {
        if missing && !provenance.illustrative && !provenance.lacks(field) {
            faults.add(format!("/{field}"), "required", message);
        }
    };
    need(input.kind.is_none(), "kind", "Say what kind of programme it is.");
    need(input.stage.is_none(), "stage", "Say how far it has come.");
    let has_begun =
        matches!(input.stage, Some(ProgrammeStage::Pilot | ProgrammeStage::Live | ProgrammeStage::Completed | ProgrammeStage::Ended));
    need(has_begun && input.starts_on.is_none(), "starts_on", "A programme at this stage has a first day.");
}

fn dates(input: &ProgrammeInput, faults: &mut Faults) {
    if input.starts_on.zip(input.ends_on).is_some_and(|(from, to)| to < from) {
        faults.add("/ends_on", "reversed_dates", "A programme ends on or after its first day.");
    }
    if input.stage.is_none() && input.stage_since_on.is_some() {
        faults.add("/stage_since_on", "no_stage", "Say the stage as well.");
    }
}

fn references(input: &ProgrammeInput, around: &Surroundings<'_>, faults: &mut Faults) {
    let lists = [
        ("/fund_ids", &input.fund_ids, "fund"),
        ("/provider_ids", &input.provider_ids, "provider"),
        ("/area_ids", &input.area_ids, "area"),
    ];
    for (pointer, ids, what) in lists {
        text::no_repeats(ids, pointer, faults);
        for (at, _) in ids.iter().enumerate().filter(|(_, id)| !around.known.contains(id)) {
            faults.add(format!("{pointer}/{at}"), "unknown_record", format!("There is no such {what}."));
        }
    }
    let unknown = |id: &Id| !around.known.contains(id);
    if input.evaluator_id.as_ref().is_some_and(unknown) {
        faults.add("/evaluator_id", "unknown_record", "There is no such provider.");
    }
    if let Some(earlier) = input.succeeds_id {
        if unknown(&earlier) {
            faults.add("/succeeds_id", "unknown_record", "There is no such programme.");
        } else if around.before.is_some_and(|own| follows(around.successions, earlier, own.id)) {
            faults.add("/succeeds_id", "circular", "That programme follows this one, so this one cannot follow it.");
        }
    }
}

/// Whether `later` is `sought` or follows it, directly or through others.
fn follows(successions: &BTreeMap<Id, Id>, later: Id, sought: Id) -> bool {
    let mut seen = BTreeSet::new();
    let mut next = Some(later);
    while let Some(one) = next.filter(|one| seen.insert(*one)) {
        if one == sought {
            return true;
        }
        next = successions.get(&one).copied();
    }
    false
}

fn routes(given: &[ReferralRoute], faults: &mut Faults) -> Vec<ReferralRoute> {
    let mut names: Vec<String> = Vec::new();
    let mut tidied = Vec::new();
    for (at, route) in given.iter().enumerate() {
        let name = text::tidy(&route.name);
        let pointer = format!("/referral_routes/{at}");
        if name.is_empty() {
            faults.add(format!("{pointer}/name"), "blank", "A name has at least one character.");
        } else if names.contains(&name.to_lowercase()) {
            faults.add(format!("{pointer}/name"), "repeated", "This route stands here twice.");
        }
        if route.starts_on.zip(route.ends_on).is_some_and(|(from, to)| to < from) {
            faults.add(format!("{pointer}/ends_on"), "reversed_dates", "A route closes on or after the day on which it opens.");
        }
        names.push(name.to_lowercase());
        tidied.push(ReferralRoute { name, ..route.clone() });
    }
    tidied
}

/// The texts in the order of their days; two cannot begin on the same day.
fn criteria(given: &[Eligibility], faults: &mut Faults) -> Vec<Eligibility> {
    let mut texts: Vec<Eligibility> = Vec::new();
    for (at, one) in given.iter().enumerate() {
        let criteria = one.criteria.trim().to_owned();
        let pointer = format!("/eligibility/{at}");
        if criteria.is_empty() {
            faults.add(format!("{pointer}/criteria"), "blank", "A rule has at least one character.");
        }
        if texts.iter().any(|earlier| earlier.starts_on == one.starts_on) {
            faults.add(format!("{pointer}/starts_on"), "repeated", "Another text begins on this day. Only one rule holds at a time.");
        }
        texts.push(Eligibility { criteria, starts_on: one.starts_on });
    }
    texts.sort_by_key(|one| one.starts_on);
    texts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn input() -> ProgrammeInput {
        let bare = serde_json::json!({ "code": "NEW-CHANCE", "name": "New Chance", "kind": "commissioned_service", "stage": "planned" });
        serde_json::from_value(bare).unwrap()
    }

    fn day(year: i32) -> Option<NaiveDate> {
        NaiveDate::from_ymd_opt(year, 4, 1)
    }

    fn check(input: &ProgrammeInput, known: &[Id], not_evidenced: &[&str]) -> Result<ProgrammeInput, Vec<String>> {
        let mut provenance = Provenance::default();
        provenance.not_evidenced.0 = not_evidenced.iter().map(|one| (*one).to_owned()).collect();
        let (known, successions) = (known.iter().copied().collect(), BTreeMap::new());
        shown(checked(input, &Surroundings { provenance: &provenance, known: &known, successions: &successions, before: None }))
    }

    fn shown(outcome: Result<ProgrammeInput, Refusal>) -> Result<ProgrammeInput, Vec<String>> {
        outcome.map_err(|refusal| match refusal {
            Refusal::Invalid(faults) => faults.into_iter().map(|fault| format!("{} {}", fault.pointer, fault.code)).collect(),
            other => panic!("{other:?}"),
        })
    }

    #[test]
    fn a_programme_that_has_begun_has_a_first_day() {
        assert!(check(&input(), &[], &[]).is_ok());
        let live = ProgrammeInput { stage: Some(ProgrammeStage::Live), ..input() };
        assert_eq!(check(&live, &[], &[]).unwrap_err(), ["/starts_on required"]);
        assert!(check(&live, &[], &["starts_on"]).is_ok());
        let empty = ProgrammeInput { kind: None, stage: None, stage_since_on: day(2020), ..input() };
        assert_eq!(check(&empty, &[], &[]).unwrap_err(), ["/stage_since_on no_stage", "/kind required", "/stage required"]);
    }

    #[test]
    fn every_reference_exists_and_stands_once() {
        let (a, b) = (Id::new(), Id::new());
        let named = ProgrammeInput {
            fund_ids: vec![a, a],
            provider_ids: vec![b],
            area_ids: vec![b],
            evaluator_id: Some(b),
            succeeds_id: Some(b),
            ..input()
        };
        let expected = [
            "/fund_ids/1 repeated",
            "/provider_ids/0 unknown_record",
            "/area_ids/0 unknown_record",
            "/evaluator_id unknown_record",
            "/succeeds_id unknown_record",
        ];
        assert_eq!(check(&named, &[a], &[]).unwrap_err(), expected);
    }

    #[test]
    fn routes_and_rules_are_told_apart() {
        let route = |name: &str, from, to| ReferralRoute { name: name.into(), starts_on: from, ends_on: to };
        let rule = |criteria: &str, from| Eligibility { criteria: criteria.into(), starts_on: from };
        let wrong = ProgrammeInput {
            code: "new".into(),
            name: " ".into(),
            starts_on: day(2021),
            ends_on: day(2020),
            referral_routes: vec![route("MARAC", day(2021), day(2020)), route("marac ", None, None), route(" ", None, None)],
            eligibility: vec![rule(" ", day(2019)), rule("Fathers", day(2019))],
            ..input()
        };
        let expected = [
            "/name blank",
            "/code wrong_format",
            "/ends_on reversed_dates",
            "/referral_routes/0/ends_on reversed_dates",
            "/referral_routes/1/name repeated",
            "/referral_routes/2/name blank",
            "/eligibility/0/criteria blank",
            "/eligibility/1/starts_on repeated",
        ];
        assert_eq!(check(&wrong, &[], &[]).unwrap_err(), expected);
        let right = ProgrammeInput { eligibility: vec![rule("Later", day(2019)), rule("First", None)], ..input() };
        assert_eq!(check(&right, &[], &[]).unwrap().eligibility[0].criteria, "First");
    }

    #[test]
    fn no_programme_follows_itself() {
        let (own, middle, last) = (Id::new(), Id::new(), Id::new());
        let before = Programme {
            id: own,
            version: 1,
            recorded_at: crate::kernel::Clock::System.now(),
            facts: input(),
            provenance: Provenance::default(),
        };
        let (known, successions) = (BTreeSet::from([own, middle, last]), BTreeMap::from([(last, middle), (middle, own)]));
        let around = Surroundings { provenance: &before.provenance, known: &known, successions: &successions, before: Some(&before) };
        for earlier in [own, middle, last] {
            let next = ProgrammeInput { succeeds_id: Some(earlier), ..input() };
            assert_eq!(shown(checked(&next, &around)).unwrap_err(), ["/succeeds_id circular"]);
        }
        let renamed = ProgrammeInput { code: "OTHER".into(), ..input() };
        assert_eq!(shown(checked(&renamed, &around)).unwrap_err(), ["/code fixed"]);
    }
}
