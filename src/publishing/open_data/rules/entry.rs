//! An award as everybody may see it. Whatever is published of awards is made of this and of nothing else, redactions included.

use std::collections::BTreeSet;

use chrono::NaiveDate;

use crate::awards::rules::{AwardKind, AwardState, LegalPower};
use crate::kernel::{Id, Moment, Pence};
use crate::publishing::open_data::redactions::rules::{MARK, RedactedField, Redactions};
use crate::publishing::open_data::rules::party::{Party, hides_copy, is_copy_outdated};
use crate::returns::rules::may_be_personal;

/// The states of awards that are published: those that were accepted.
pub const PUBLISHED: [AwardState; 5] =
    [AwardState::Live, AwardState::Paused, AwardState::Ended, AwardState::Closed, AwardState::Terminated];

/// Payments are published from more than this, net of the VAT that the office recovers: £500.
pub const SPEND_ABOVE: Pence = Pence(50_000);

/// Contracts worth more than this, net of VAT and all their years together, are published with a copy: £10,000.
pub const COPY_ABOVE: Pence = Pence(1_000_000);

/// What is known of an award.
#[derive(Debug, Clone)]
pub struct AwardFacts {
    pub award_id: Id,
    pub reference: String,
    /// When what is published of it changed the last time.
    pub award_changed_at: Moment,
    pub decided_on: Option<NaiveDate>,
    pub accepted_on: Option<NaiveDate>,
    pub offered_on: Option<NaiveDate>,
    pub kind: AwardKind,
    pub legal_power: Option<LegalPower>,
    pub title: String,
    pub purpose: Option<String>,
    pub amount_pence: Option<Pence>,
    pub forward_pence: Pence,
    pub starts_on: Option<NaiveDate>,
    pub ends_on: Option<NaiveDate>,
    /// The fund that pays; none where no paper says which.
    pub fund: Option<Fund>,
    /// Every provider that its terms name, the oldest terms first.
    pub parties: Vec<Party>,
    pub provider_id: Id,
    pub provider_reference: String,
    pub provider_changed_at: Moment,
    pub provider_name: String,
    pub charity_number: Option<String>,
    pub company_number: Option<String>,
    pub home_area: Option<Place>,
    pub publication: Added,
    pub conditions: Vec<(String, Option<NaiveDate>)>,
    pub areas: Vec<Place>,
    /// Fields of the award that no paper prints, where it was taken in.
    pub not_evidenced: Vec<String>,
}

impl AwardFacts {
    /// Every provider that was ever party to it.
    #[must_use]
    pub fn providers(&self) -> Vec<Id> {
        self.parties.iter().map(|party| party.provider_id).chain([self.provider_id]).collect()
    }

    /// What is read of it as text.
    fn texts(&self) -> impl Iterator<Item = &str> {
        let own = [Some(&self.title), self.publication.purpose.as_ref().or(self.purpose.as_ref()), Some(&self.provider_name)];
        let added = [&self.publication.reasons, &self.publication.value_for_money_reasons];
        let all = own.into_iter().flatten().chain(added.into_iter().flatten()).chain(self.fund.iter().map(|fund| &fund.name));
        all.chain(self.conditions.iter().map(|(text, _)| text)).map(String::as_str)
    }
}

/// A fund.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fund {
    pub code: String,
    pub name: String,
}

/// What the office adds to an award for publication.
#[derive(Debug, Clone, Default)]
pub struct Added {
    pub recorded_at: Option<Moment>,
    pub purpose: Option<String>,
    pub reasons: Option<String>,
    pub value_for_money_reasons: Option<String>,
    /// The copy of a contract, where the file is still there.
    pub contract_document_id: Option<Id>,
    /// When that file was named the first time.
    pub copy_named_at: Option<Moment>,
    pub from_open_call: Option<bool>,
}

/// An area that benefits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    pub name: String,
    pub ons_code: Option<String>,
}

/// Who receives an award.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipient {
    /// Its name, or the mark.
    pub name: String,
    /// The office's own reference; none where it is redacted.
    pub reference: Option<String>,
    pub charity_number: Option<String>,
    pub company_number: Option<String>,
    /// Where it is at home.
    pub home_area: Option<Place>,
}

/// An award as everybody may see it.
#[derive(Debug, Clone)]
pub struct Entry {
    pub award_id: Id,
    pub provider_id: Id,
    /// Every provider that its terms name, the oldest terms first.
    pub parties: Vec<Party>,
    pub reference: String,
    pub kind: AwardKind,
    pub legal_power: Option<LegalPower>,
    pub title: String,
    pub purpose: Option<String>,
    pub reasons: Option<String>,
    pub value_for_money_reasons: Option<String>,
    pub conditions: Vec<String>,
    pub recipient: Recipient,
    pub amount_pence: Option<Pence>,
    pub forward_pence: Pence,
    /// The day of the decision.
    pub awarded_on: Option<NaiveDate>,
    /// The day on which it was agreed, which says in which month it is published.
    pub agreed_on: Option<NaiveDate>,
    pub starts_on: Option<NaiveDate>,
    pub ends_on: Option<NaiveDate>,
    pub areas: Vec<Place>,
    pub fund: Option<Fund>,
    pub from_open_call: Option<bool>,
    pub contract_document_id: Option<Id>,
    /// Whether no copy of the contract may be shown.
    pub hides_copy: bool,
    pub modified_at: Moment,
    /// The fields in whose place the mark stands, or that are left out.
    pub redacted: Vec<String>,
    /// Fields that nobody can show to be so, which are left out.
    pub not_evidenced: Vec<String>,
    /// Texts of the agreement that are not published, redacted or not, since they may hold what names a person.
    pub withheld: Vec<RedactedField>,
}

impl Entry {
    /// What everybody may see of an award.
    #[must_use]
    pub fn of(facts: AwardFacts, redactions: &Redactions) -> Self {
        let (facts, not_evidenced) = proven(facts);
        let withheld = withheld(&facts);
        let moments = [
            Some(facts.provider_changed_at),
            facts.publication.recorded_at,
            redactions.changed.get(&facts.award_id).copied(),
            redactions.changed.get(&facts.provider_id).copied(),
            redactions.moved_by(facts.texts()),
        ];
        let modified_at = moments.into_iter().flatten().fold(facts.award_changed_at, Moment::max);
        let hides_copy = hides_copy(facts.award_id, &facts.providers(), redactions);
        let mut shown = Shown { award: facts.award_id, redactions, withheld: &withheld, redacted: BTreeSet::new() };
        let recipient = shown.recipient(&facts);
        let title = shown.text(RedactedField::Title, &facts.title);
        let purpose = shown.purpose(&facts);
        let reasons = facts.publication.reasons.as_deref().map(|text| shown.text(RedactedField::Reasons, text));
        let value = facts.publication.value_for_money_reasons.as_deref();
        let value_for_money_reasons = value.map(|text| shown.text(RedactedField::ValueForMoneyReasons, text));
        let conditions = shown.conditions(&facts.conditions);
        let areas = if shown.leaves_out(RedactedField::Areas) { Vec::new() } else { facts.areas.clone() };
        let fund = facts.fund.as_ref().map(|fund| shown.fund(fund));
        let copy = shown.copy(&facts, hides_copy);
        let redacted = shown.redacted.into_iter().collect();
        Self {
            award_id: facts.award_id,
            provider_id: facts.provider_id,
            parties: facts.parties,
            reference: facts.reference,
            kind: facts.kind,
            legal_power: facts.legal_power,
            title,
            purpose,
            reasons,
            value_for_money_reasons,
            conditions,
            recipient,
            amount_pence: facts.amount_pence,
            forward_pence: facts.forward_pence,
            awarded_on: facts.decided_on.or(facts.offered_on).or(facts.accepted_on),
            agreed_on: facts.accepted_on.or(facts.decided_on),
            starts_on: facts.starts_on,
            ends_on: facts.ends_on,
            areas,
            fund,
            from_open_call: facts.publication.from_open_call,
            contract_document_id: copy,
            hides_copy,
            modified_at,
            redacted,
            not_evidenced,
            withheld,
        }
    }

    /// Whether some paper prints what kind of award it is. Without it the award has no place in a list that is of a kind.
    #[must_use]
    pub fn is_kind_printed(&self) -> bool {
        !self.not_evidenced.iter().any(|field| field == "kind")
    }

    /// Whether it is a crime and disorder reduction grant, which is published at any value.
    #[must_use]
    pub fn is_crime_and_disorder_grant(&self) -> bool {
        self.legal_power == Some(LegalPower::CrimeAndDisorder) && self.kind != AwardKind::Contract && self.is_kind_printed()
    }

    /// Whether it is a contract.
    #[must_use]
    pub fn is_contract(&self) -> bool {
        self.kind == AwardKind::Contract && self.is_kind_printed()
    }

    /// Whether its payments stand in the extract rather than in the register, as far as the law says so: under section 9 its kind decides.
    #[must_use]
    pub fn may_be_in_extract(&self) -> bool {
        self.legal_power != Some(LegalPower::CrimeAndDisorder) || self.is_contract()
    }

    /// What a contract is worth net of VAT, all its years together.
    #[must_use]
    pub fn whole_value(&self) -> Option<Pence> {
        self.amount_pence.and_then(|amount| amount.checked_add(self.forward_pence))
    }

    /// Whether a copy of it is to be published.
    #[must_use]
    pub fn needs_copy(&self) -> bool {
        self.kind == AwardKind::Contract && self.whole_value().is_some_and(|value| value > COPY_ABOVE)
    }
}

/// Which texts of the agreement are not published: unlike what is written for the public, nobody was asked to take out of them what may name a person.
fn withheld(facts: &AwardFacts) -> Vec<RedactedField> {
    use RedactedField as F;
    let own_purpose = facts.purpose.as_deref().filter(|_| facts.publication.purpose.is_none());
    let found = [
        (F::Title, may_be_personal(&facts.title)),
        (F::Purpose, own_purpose.is_some_and(may_be_personal)),
        (F::Conditions, facts.conditions.iter().any(|(text, _)| may_be_personal(text))),
    ];
    found.into_iter().filter(|(_, is_held)| *is_held).map(|(field, _)| field).collect()
}

/// Takes out what no paper prints: an award that was taken in without its day of decision was given another day, so that its money could move, and that day is
/// nobody's fact. Names what is left out as the public reads it.
fn proven(mut facts: AwardFacts) -> (AwardFacts, Vec<String>) {
    let lacks = |field: &str| facts.not_evidenced.iter().any(|one| one == field);
    let mut left_out: Vec<&str> = Vec::new();
    let [decided, amount, starts, ends, kind] = ["decided_on", "amount", "starts_on", "ends_on", "kind"].map(lacks);
    if decided {
        let assumed = facts.decided_on;
        facts.decided_on = None;
        facts.offered_on = facts.offered_on.filter(|day| Some(*day) != assumed);
        facts.accepted_on = facts.accepted_on.filter(|day| Some(*day) != assumed);
        left_out.push("awarded_on");
        left_out.extend(facts.accepted_on.is_none().then_some("agreed_on"));
    }
    if amount {
        // What is left of a whole value would tell nothing true.
        (facts.amount_pence, facts.forward_pence) = (None, Pence(0));
        left_out.push("amount_pence");
    }
    if starts {
        facts.starts_on = None;
        left_out.push("starts_on");
    }
    if ends {
        facts.ends_on = None;
        left_out.push("ends_on");
    }
    left_out.extend(kind.then_some("kind"));
    left_out.extend(facts.fund.is_none().then_some("fund"));
    (facts, left_out.into_iter().map(str::to_owned).collect())
}

/// What the public is shown of one award, with the fields in whose place the mark stands, or that are left out.
struct Shown<'a> {
    award: Id,
    redactions: &'a Redactions,
    withheld: &'a [RedactedField],
    redacted: BTreeSet<String>,
}

impl Shown<'_> {
    fn hides(&self, field: RedactedField) -> bool {
        self.redactions.hides(self.award, field)
    }

    fn note(&mut self, word: &str) {
        self.redacted.insert(word.to_owned());
    }

    /// Whether a field is left out.
    fn leaves_out(&mut self, field: RedactedField) -> bool {
        let is_hidden = self.hides(field);
        if is_hidden {
            self.note(field.word());
        }
        is_hidden
    }

    fn text(&mut self, field: RedactedField, text: &str) -> String {
        let shown =
            if self.withheld.contains(&field) { MARK.to_owned() } else { self.redactions.text(self.award, (self.award, field), text) };
        if shown != text {
            self.note(field.word());
        }
        shown
    }

    /// The purpose that was written for the public, or else the agreement's own. One that is withheld is left out until there is one for the public.
    fn purpose(&mut self, facts: &AwardFacts) -> Option<String> {
        let own = facts.publication.purpose.as_deref();
        if own.is_none() && self.withheld.contains(&RedactedField::Purpose) {
            self.note(RedactedField::Purpose.word());
            return None;
        }
        own.or(facts.purpose.as_deref()).map(|text| self.text(RedactedField::Purpose, text))
    }

    fn conditions(&mut self, all: &[(String, Option<NaiveDate>)]) -> Vec<String> {
        let is_hidden = self.hides(RedactedField::Conditions) && !all.is_empty();
        let one = |(text, due_on): &(String, Option<NaiveDate>)| {
            let by = due_on.map(|day| format!(" (by {day})")).unwrap_or_default();
            let shown = if may_be_personal(text) { MARK.to_owned() } else { self.redactions.without_names_of(self.award, text) };
            (shown != *text, format!("{shown}{by}"))
        };
        let shown: Vec<(bool, String)> = if is_hidden { vec![(true, MARK.to_owned())] } else { all.iter().map(one).collect() };
        if self.hides(RedactedField::Conditions) || shown.iter().any(|(is_changed, _)| *is_changed) {
            self.note(RedactedField::Conditions.word());
        }
        shown.into_iter().map(|(_, text)| text).collect()
    }

    fn fund(&mut self, fund: &Fund) -> Fund {
        let name = self.redactions.without_names_of(self.award, &fund.name);
        if name != fund.name {
            self.note("fund_name");
        }
        Fund { code: fund.code.clone(), name }
    }

    /// The copy of a contract, where nothing keeps it from the public.
    fn copy(&mut self, facts: &AwardFacts, is_hidden: bool) -> Option<Id> {
        let named = (facts.award_id, facts.publication.copy_named_at);
        let is_kept_back = is_hidden || is_copy_outdated(named, &facts.providers(), self.redactions);
        if self.hides(RedactedField::ContractCopy) || (is_kept_back && facts.publication.contract_document_id.is_some()) {
            self.note(RedactedField::ContractCopy.word());
        }
        facts.publication.contract_document_id.filter(|_| !is_kept_back)
    }

    /// Who receives it. A name that is redacted takes all that says who it is with it.
    fn recipient(&mut self, facts: &AwardFacts) -> Recipient {
        use RedactedField as F;
        let of_provider = |field| self.redactions.hides(facts.provider_id, field);
        let (hides_name, hides_recipient) = (of_provider(F::Name), self.hides(F::Recipient));
        let [hides_charity, hides_company, hides_home] = [F::CharityNumber, F::CompanyNumber, F::HomeArea].map(of_provider);
        for (is_hidden, word) in [(hides_name, "recipient_name"), (hides_recipient, "recipient")] {
            self.redacted.extend(is_hidden.then(|| word.to_owned()));
        }
        if hides_name || hides_recipient {
            return Recipient { name: MARK.to_owned(), reference: None, charity_number: None, company_number: None, home_area: None };
        }
        for (is_hidden, field) in [(hides_charity, F::CharityNumber), (hides_company, F::CompanyNumber), (hides_home, F::HomeArea)] {
            self.redacted.extend(is_hidden.then(|| format!("recipient_{}", field.word())));
        }
        // Where it is at home may tell what something else is redacted for: where it helps, or which provider it is.
        let tells_more = self.hides(F::Areas) || hides_charity || hides_company;
        let home_area = facts.home_area.clone().filter(|_| !hides_home && !tells_more);
        if home_area.is_none() && facts.home_area.is_some() {
            self.note("recipient_home_area");
        }
        let name = self.redactions.without_names_of(facts.award_id, &facts.provider_name);
        if name != facts.provider_name {
            self.note("recipient_name");
        }
        Recipient {
            name,
            reference: Some(facts.provider_reference.clone()),
            charity_number: facts.charity_number.clone().filter(|_| !hides_charity),
            company_number: facts.company_number.clone().filter(|_| !hides_company),
            home_area,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(micros: i64) -> Moment {
        Moment::from_micros(micros).unwrap()
    }

    fn facts() -> AwardFacts {
        AwardFacts {
            award_id: Id::new(),
            reference: "AW-1".to_owned(),
            award_changed_at: at(1),
            decided_on: None,
            accepted_on: None,
            offered_on: None,
            kind: AwardKind::Contract,
            legal_power: None,
            title: "Beds".to_owned(),
            purpose: None,
            amount_pence: None,
            forward_pence: Pence(0),
            starts_on: None,
            ends_on: None,
            fund: Some(Fund { code: "CIF".to_owned(), name: "Community".to_owned() }),
            parties: Vec::new(),
            provider_id: Id::new(),
            provider_reference: "PR-1".to_owned(),
            provider_changed_at: at(1),
            provider_name: "The Haven".to_owned(),
            charity_number: None,
            company_number: None,
            home_area: None,
            publication: Added { contract_document_id: Some(Id::new()), copy_named_at: Some(at(5)), ..Added::default() },
            conditions: Vec::new(),
            areas: Vec::new(),
            not_evidenced: Vec::new(),
        }
    }

    #[test]
    fn what_no_paper_prints_is_left_out_and_named() {
        let day = |text: &str| Some(text.parse::<NaiveDate>().unwrap());
        let lacking = |fields: &[&str]| AwardFacts {
            decided_on: day("2020-04-01"),
            offered_on: day("2020-04-01"),
            accepted_on: day("2020-04-01"),
            starts_on: day("2020-04-01"),
            amount_pence: Some(Pence(5)),
            not_evidenced: fields.iter().map(|field| (*field).to_owned()).collect(),
            ..facts()
        };
        let entry = Entry::of(lacking(&["decided_on", "starts_on", "R67"]), &Redactions::default());
        assert_eq!((entry.awarded_on, entry.agreed_on, entry.starts_on, entry.amount_pence), (None, None, None, Some(Pence(5))));
        assert_eq!(entry.not_evidenced, ["awarded_on", "agreed_on", "starts_on"]);
        let later = AwardFacts { accepted_on: day("2020-08-01"), fund: None, ..lacking(&["decided_on", "amount", "kind"]) };
        let entry = Entry::of(later, &Redactions::default());
        assert_eq!((entry.awarded_on, entry.agreed_on, entry.amount_pence), (day("2020-08-01"), day("2020-08-01"), None));
        assert_eq!(entry.not_evidenced, ["awarded_on", "amount_pence", "kind", "fund"]);
        assert_eq!(Entry::of(lacking(&["R67"]), &Redactions::default()).awarded_on, day("2020-04-01"));
    }

    #[test]
    fn whatever_is_redacted_hides_the_copy_that_was_named_before() {
        let facts = facts();
        let shows = |record, field, made| {
            let mut redactions = Redactions::default();
            redactions.add((record, field, at(made).london_day(), at(made), None), at(9).london_day());
            Entry::of(facts.clone(), &redactions).contract_document_id.is_some()
        };
        use RedactedField as F;
        for (record, field) in [(facts.award_id, F::Conditions), (facts.award_id, F::Areas), (facts.provider_id, F::CompanyNumber)] {
            assert_eq!([shows(record, field, 6), shows(record, field, 4)], [false, true], "{field:?}");
        }
        for (record, field) in [(facts.award_id, F::ContractCopy), (facts.award_id, F::Recipient), (facts.provider_id, F::Name)] {
            assert!(!shows(record, field, 4), "{field:?}");
        }
        assert!(shows(Id::new(), F::Title, 6), "another record's");
    }

    #[test]
    fn a_condition_that_may_name_a_person_is_withheld() {
        let conditions = vec![("A plan for 943 476 5919".to_owned(), None), ("A plan".to_owned(), None)];
        let entry = Entry::of(AwardFacts { conditions, ..facts() }, &Redactions::default());
        assert_eq!(entry.conditions, [MARK, "A plan"]);
        assert_eq!((entry.withheld, entry.redacted), (vec![RedactedField::Conditions], vec!["conditions".to_owned()]));
    }
}
