//! What an organisation is, and when it is complete. Sources: R38 (consortia), R40 (size, specialism), R41 (commissioned or not),
//! R66 (local).

pub mod consortium;
pub mod evidence;
pub mod identifiers;
pub mod text;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::kernel::{Faults, Id, Moment, Provenance, Refusal};
use crate::providers::rules::consortium::MemberInput;
use crate::providers::rules::text::Alias;

words! {
    /// What kind of organisation it is.
    pub enum ProviderKind {
        /// A voluntary organisation, whatever its legal form.
        VoluntarySector = "voluntary_sector",
        /// A registered charity.
        Charity = "charity",
        /// A company.
        Company = "company",
        /// A community group, often without a number of its own.
        CommunityGroup = "community_group",
        /// Several organisations that bid and deliver together (R38).
        Consortium = "consortium",
        /// A partnership of bodies that keeps its own name.
        Partnership = "partnership",
        /// A housing association.
        HousingAssociation = "housing_association",
        /// A community safety partnership of a local authority area.
        CommunitySafetyPartnership = "community_safety_partnership",
        /// A statutory service, such as a youth offending team.
        StatutoryService = "statutory_service",
        /// Another public body.
        PublicBody = "public_body",
        /// A department of government.
        GovernmentDepartment = "government_department",
        /// A police force or a unit of one.
        Police = "police",
        /// A university.
        University = "university",
        /// Evaluates what others deliver.
        Evaluator = "evaluator",
    }
}

words! {
    /// Whether the office commissions the organisation already (R41).
    pub enum PccStatus {
        /// The office commissions it.
        Commissioned = "commissioned",
        /// The office does not commission it.
        NonCommissioned = "non_commissioned",
        /// Nobody has said.
        Unknown = "unknown",
    }
}

words! {
    /// How large the organisation is (R40). The office decides where the lines are drawn.
    pub enum ProviderSize {
        /// Hardly any paid staff.
        Micro = "micro",
        /// A small organisation.
        Small = "small",
        /// A medium organisation.
        Medium = "medium",
        /// A large organisation.
        Large = "large",
    }
}

/// An organisation as the office describes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ProviderInput {
    /// The reference that people use: capitals, digits and hyphens. Left out, the service gives one (`PRV-0001`). It never changes.
    #[serde(default)]
    #[schema(min_length = 2, max_length = 40, pattern = "^[A-Z0-9]+(-[A-Z0-9]+)*$", example = "BCWA")]
    pub reference: Option<String>,
    /// The canonical name.
    #[schema(min_length = 1, max_length = 300, example = "Black Country Women's Aid")]
    pub name: String,
    /// Short names and other spellings, found by search.
    #[serde(default)]
    #[schema(max_items = 50, value_type = Vec<Alias>)]
    pub aliases: Vec<String>,
    /// What kind of organisation it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(required = true, value_type = ProviderKind)]
    pub kind: Option<ProviderKind>,
    /// Whether the office commissions it already (R41).
    pub pcc_status: PccStatus,
    /// How large it is (R40).
    #[serde(default)]
    pub size: Option<ProviderSize>,
    /// Whether it is a specialist organisation (R40).
    #[serde(default)]
    pub specialist: Option<bool>,
    /// Charity number: six or seven digits, `-N` after it for a linked charity. A charity has one.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 20, example = "1012345")]
    pub charity_number: Option<String>,
    /// Company number: eight characters, digits or two letters and six digits. A company has one.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 20, example = "01234567")]
    pub company_number: Option<String>,
    /// Postcode of its main address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(required = true, value_type = String, min_length = 1, max_length = 12, example = "B1 1AA")]
    pub postcode: Option<String>,
    /// Whether it counts as local (R66).
    #[serde(default)]
    pub local: Option<bool>,
    /// The area where it is at home.
    #[serde(default)]
    pub home_area_id: Option<Id>,
    /// The areas where it works.
    #[serde(default)]
    #[schema(max_items = 200)]
    pub area_ids: Vec<Id>,
    /// Where letters go.
    #[serde(default)]
    #[schema(format = Email, min_length = 3, max_length = 254, example = "office@provider.example")]
    pub contact_email: Option<String>,
    /// Its number in the finance system.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 40, example = "100234")]
    pub supplier_number: Option<String>,
    /// A short remark for the office.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 3000)]
    pub note: Option<String>,
}

/// An organisation as it is kept, in one version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Provider {
    /// Its id.
    pub id: Id,
    /// The version.
    pub version: i32,
    /// When this version was recorded.
    pub recorded_at: Moment,
    /// What the office says of it; the reference is there always.
    pub facts: ProviderInput,
    /// Where that comes from.
    pub provenance: Provenance,
    /// Its members, where it is a consortium.
    pub members: Vec<MemberInput>,
}

impl Provider {
    /// The reference that people use.
    #[must_use]
    pub fn reference(&self) -> &str {
        self.facts.reference.as_deref().unwrap_or_default()
    }

    /// What a search looks in.
    #[must_use]
    pub fn search_text(&self) -> String {
        let names = [self.reference(), self.facts.name.as_str()];
        text::search_text(names.into_iter().chain(self.facts.aliases.iter().map(String::as_str)))
    }
}

/// Which organisations are listed.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
pub struct ProviderFilter {
    /// Words that all stand in its name, an alias or its reference.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 300, example = "BCWA")]
    pub search: Option<String>,
    /// Only this kind.
    #[serde(default)]
    pub kind: Option<ProviderKind>,
    /// Only commissioned ones, or only those that are not (R41).
    #[serde(default)]
    pub pcc_status: Option<PccStatus>,
    /// Only those of this size (R40).
    #[serde(default)]
    pub size: Option<ProviderSize>,
    /// Only those that work in this area or are at home there.
    #[serde(default)]
    pub area_id: Option<Id>,
    /// Only local ones, or only those that are not (R66).
    #[serde(default)]
    pub local: Option<bool>,
}

/// What an input is checked against.
#[derive(Debug)]
pub struct Surroundings<'a> {
    /// Where the input comes from.
    pub provenance: &'a Provenance,
    /// Those of the named areas that exist.
    pub areas: &'a BTreeSet<Id>,
    /// The record as it stands; none for a new one.
    pub before: Option<&'a Provider>,
}

/// The organisation with every text in its one spelling, or every fault of it.
///
/// # Errors
/// [`Refusal::Invalid`] with a pointer for each fault.
pub fn checked(input: &ProviderInput, around: &Surroundings<'_>) -> Result<ProviderInput, Refusal> {
    let mut faults = Faults::new();
    let name = text::tidy(&input.name);
    faults.require(!name.is_empty(), "/name", "blank", "A name has at least one character.");
    if let Some(reference) = &input.reference {
        let message = "A reference is 2 to 40 capitals and digits, in parts joined by hyphens, such as BCWA.";
        faults.require(text::is_reference(reference), "/reference", "wrong_format", message);
    }
    let aliases = text::aliases(&input.aliases, &mut faults);
    text::no_repeats(&input.area_ids, "/area_ids", &mut faults);
    let normal = ProviderInput {
        name,
        aliases,
        charity_number: spelt(&input.charity_number, identifiers::charity_number, "/charity_number", CHARITY_FORM, &mut faults),
        company_number: spelt(&input.company_number, identifiers::company_number, "/company_number", COMPANY_FORM, &mut faults),
        postcode: spelt(&input.postcode, identifiers::postcode, "/postcode", POSTCODE_FORM, &mut faults),
        contact_email: text::tidy_optional(input.contact_email.as_ref()),
        supplier_number: text::tidy_optional(input.supplier_number.as_ref()),
        note: input.note.as_ref().map(|note| note.trim().to_owned()).filter(|note| !note.is_empty()),
        area_ids: text::in_order(&input.area_ids),
        ..input.clone()
    };
    if let Some(email) = &normal.contact_email {
        faults.require(identifiers::is_email(email), "/contact_email", "wrong_format", "This is not an e-mail address.");
    }
    areas_exist(input, around.areas, &mut faults);
    complete(input, around.provenance, &mut faults);
    if let Some(before) = around.before {
        fits_what_stands(before, input, &mut faults);
    }
    faults.into_result()?;
    Ok(normal)
}

const CHARITY_FORM: &str = "A charity number has six or seven digits, and for a linked charity a hyphen and its number after them.";
const COMPANY_FORM: &str =
    "A company number has eight characters: digits, or two letters and six digits. A nought at its beginning is easily lost.";
const POSTCODE_FORM: &str = "This is not a postcode such as B1 1AA.";

fn spelt(given: &Option<String>, spell: fn(&str) -> Option<String>, pointer: &str, form: &str, faults: &mut Faults) -> Option<String> {
    let spelling = spell(given.as_deref()?);
    faults.require(spelling.is_some(), pointer, "wrong_format", form);
    spelling
}

fn areas_exist(input: &ProviderInput, known: &BTreeSet<Id>, faults: &mut Faults) {
    let missing = |area: &Id| !known.contains(area);
    if input.home_area_id.as_ref().is_some_and(missing) {
        faults.add("/home_area_id", "unknown_record", "There is no such area.");
    }
    for (at, _) in input.area_ids.iter().enumerate().filter(|(_, area)| missing(area)) {
        faults.add(format!("/area_ids/{at}"), "unknown_record", "There is no such area.");
    }
}

/// A reference stays for good, and a consortium with members stays one.
fn fits_what_stands(before: &Provider, input: &ProviderInput, faults: &mut Faults) {
    if input.reference.as_deref().is_some_and(|reference| reference != before.reference()) {
        faults.add("/reference", "fixed", "A reference never changes.");
    }
    if !before.members.is_empty() && input.kind != Some(ProviderKind::Consortium) {
        faults.add("/kind", "has_members", "This consortium has members. Take them out before it becomes something else.");
    }
}

/// What a record must hold unless its source does not show it: a kind, a postcode, and the number that its kind is registered under.
fn complete(input: &ProviderInput, provenance: &Provenance, faults: &mut Faults) {
    let mut need = |missing: bool, field: &str, message: &str| {
        if missing && !provenance.illustrative && !provenance.lacks(field) {
            faults.add(format!("/{field}"), "required", message);
        }
    };
    need(input.kind.is_none(), "kind", "Say what kind of organisation it is.");
    need(input.postcode.is_none(), "postcode", "Give the postcode of its main address.");
    let (charity, company) = (input.charity_number.is_none(), input.company_number.is_none());
    match input.kind {
        Some(ProviderKind::Charity) => need(charity, "charity_number", "A charity has a charity number."),
        Some(ProviderKind::Company) => need(company, "company_number", "A company has a company number."),
        Some(ProviderKind::VoluntarySector) => {
            need(charity && company, "charity_number", "A voluntary organisation has a charity number or a company number.");
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn input() -> ProviderInput {
        ProviderInput {
            reference: None,
            name: "Black Country  Women's Aid ".into(),
            aliases: vec!["BCWA".into()],
            kind: Some(ProviderKind::Charity),
            pcc_status: PccStatus::Commissioned,
            size: None,
            specialist: None,
            charity_number: Some("101 2345".into()),
            company_number: None,
            postcode: Some("b11aa".into()),
            local: None,
            home_area_id: None,
            area_ids: Vec::new(),
            contact_email: None,
            supplier_number: None,
            note: None,
        }
    }

    fn check(input: &ProviderInput, provenance: &Provenance) -> Result<ProviderInput, Refusal> {
        checked(input, &Surroundings { provenance, areas: &BTreeSet::new(), before: None })
    }

    fn pointers(outcome: Result<ProviderInput, Refusal>) -> Vec<String> {
        match outcome {
            Err(Refusal::Invalid(faults)) => faults.into_iter().map(|fault| format!("{} {}", fault.pointer, fault.code)).collect(),
            other => panic!("not refused: {other:?}"),
        }
    }

    #[test]
    fn texts_are_kept_in_one_spelling() {
        let kept = check(&input(), &Provenance::default()).unwrap();
        assert_eq!(kept.name, "Black Country Women's Aid");
        assert_eq!(kept.charity_number.as_deref(), Some("1012345"));
        assert_eq!(kept.postcode.as_deref(), Some("B1 1AA"));
    }

    #[test]
    fn every_fault_is_named_at_once() {
        let wrong = ProviderInput {
            name: " ".into(),
            reference: Some("bc wa".into()),
            aliases: vec!["A".into(), "a".into()],
            charity_number: Some("1".into()),
            company_number: Some("2".into()),
            postcode: Some("3".into()),
            contact_email: Some("nobody".into()),
            area_ids: vec![Id::new(); 2],
            ..input()
        };
        let expected = [
            "/name blank",
            "/reference wrong_format",
            "/aliases/1 repeated",
            "/area_ids/1 repeated",
            "/charity_number wrong_format",
            "/company_number wrong_format",
            "/postcode wrong_format",
            "/contact_email wrong_format",
            "/area_ids/0 unknown_record",
            "/area_ids/1 unknown_record",
        ];
        assert_eq!(pointers(check(&wrong, &Provenance::default())), expected);
    }

    #[test]
    fn a_kind_asks_for_its_number() {
        let bare = |kind| ProviderInput { kind, charity_number: None, postcode: None, ..input() };
        let faults = |kind| pointers(check(&bare(kind), &Provenance::default()));
        assert_eq!(faults(None), ["/kind required", "/postcode required"]);
        assert_eq!(faults(Some(ProviderKind::Charity)), ["/postcode required", "/charity_number required"]);
        assert_eq!(faults(Some(ProviderKind::Company)), ["/postcode required", "/company_number required"]);
        assert_eq!(faults(Some(ProviderKind::VoluntarySector)), ["/postcode required", "/charity_number required"]);
        assert_eq!(faults(Some(ProviderKind::Police)), ["/postcode required"]);
        let with_company = ProviderInput { company_number: Some("01234567".into()), ..bare(Some(ProviderKind::VoluntarySector)) };
        assert_eq!(pointers(check(&with_company, &Provenance::default())), ["/postcode required"]);
    }

    #[test]
    fn an_import_may_say_what_its_source_does_not_show() {
        let bare = ProviderInput { kind: None, charity_number: None, postcode: None, ..input() };
        let mut provenance = Provenance { illustrative: true, ..Provenance::default() };
        assert!(check(&bare, &provenance).is_ok());
        provenance.illustrative = false;
        provenance.not_evidenced.0 = vec!["kind".into(), "postcode".into()];
        assert!(check(&bare, &provenance).is_ok());
        provenance.not_evidenced.0.pop();
        assert_eq!(pointers(check(&bare, &provenance)), ["/postcode required"]);
    }

    #[test]
    fn a_reference_and_a_consortium_with_members_stay() {
        let members = vec![MemberInput { provider_id: Id::new(), lead: true, starts_on: None, ends_on: None }];
        let facts = ProviderInput { reference: Some("BCWA".into()), ..input() };
        let provenance = Provenance::default();
        let before = Provider { id: Id::new(), version: 1, recorded_at: crate::kernel::Clock::System.now(), facts, provenance, members };
        let with = |input: &ProviderInput| {
            let areas = BTreeSet::new();
            pointers(checked(input, &Surroundings { provenance: &before.provenance, areas: &areas, before: Some(&before) }))
        };
        assert_eq!(with(&input()), ["/kind has_members"]);
        let renamed = ProviderInput { reference: Some("OTHER".into()), kind: Some(ProviderKind::Consortium), ..input() };
        assert_eq!(with(&renamed), ["/reference fixed"]);
    }
}
