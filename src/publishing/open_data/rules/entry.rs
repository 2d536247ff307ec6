//! An award as everybody may see it. Whatever is published of awards is made of this and of nothing else, redactions included.

use chrono::NaiveDate;

use crate::awards::rules::{AwardKind, AwardState, LegalPower};
use crate::kernel::{Id, Moment, Pence};
use crate::publishing::open_data::redactions::rules::{MARK, RedactedField, Redactions};
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
    pub fund_code: String,
    pub fund_name: String,
    pub provider_id: Id,
    pub provider_reference: String,
    pub provider_changed_at: Moment,
    pub provider_name: String,
    pub charity_number: Option<String>,
    pub company_number: Option<String>,
    pub publication: Added,
    pub conditions: Vec<(String, Option<NaiveDate>)>,
    pub areas: Vec<Place>,
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
}

/// An award as everybody may see it.
#[derive(Debug, Clone)]
pub struct Entry {
    pub award_id: Id,
    pub provider_id: Id,
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
    pub fund_code: String,
    pub fund_name: String,
    pub from_open_call: Option<bool>,
    pub contract_document_id: Option<Id>,
    /// Whether no copy of the contract may be shown.
    pub hides_copy: bool,
    pub modified_at: Moment,
    /// The fields in whose place the mark stands, or that are left out.
    pub redacted: Vec<String>,
    /// Texts of the agreement that are not published, redacted or not, since they may hold what names a person.
    pub withheld: Vec<RedactedField>,
}

impl Entry {
    /// What everybody may see of an award.
    #[must_use]
    pub fn of(facts: AwardFacts, redactions: &Redactions) -> Self {
        use RedactedField as F;
        let id = facts.award_id;
        let hides = |field| redactions.hides(id, field);
        let text = |field, text: Option<String>| text.map(|text| redactions.text(id, (id, field), &text));
        let (recipient, hidden_provider) = recipient(&facts, redactions);
        let shows_no_copy = hides_copy(&facts, redactions) || is_copy_outdated(&facts, redactions);
        let hides_copy = hides_copy(&facts, redactions);
        let withheld = withheld(&facts);
        let withholds = |field| withheld.contains(&field);
        let added = facts.publication;
        let condition = |(text, due_on): &(String, Option<NaiveDate>)| {
            let by = due_on.map(|day| format!(" (by {day})")).unwrap_or_default();
            let text = if may_be_personal(text) { MARK.to_owned() } else { redactions.without_names_of(id, text) };
            format!("{text}{by}")
        };
        let conditions = if hides(F::Conditions) && !facts.conditions.is_empty() {
            vec![MARK.to_owned()]
        } else {
            facts.conditions.iter().map(condition).collect()
        };
        let own = [F::Recipient, F::Title, F::Purpose, F::Reasons, F::ValueForMoneyReasons, F::Conditions, F::Areas, F::ContractCopy];
        let moments = [
            Some(facts.provider_changed_at),
            added.recorded_at,
            redactions.changed.get(&id).copied(),
            redactions.changed.get(&facts.provider_id).copied(),
        ];
        Self {
            award_id: id,
            provider_id: facts.provider_id,
            reference: facts.reference,
            kind: facts.kind,
            legal_power: facts.legal_power,
            title: if withholds(F::Title) { MARK.to_owned() } else { redactions.text(id, (id, F::Title), &facts.title) },
            purpose: text(F::Purpose, added.purpose.or(facts.purpose.filter(|_| !withholds(F::Purpose)))),
            reasons: text(F::Reasons, added.reasons),
            value_for_money_reasons: text(F::ValueForMoneyReasons, added.value_for_money_reasons),
            conditions,
            recipient,
            amount_pence: facts.amount_pence,
            forward_pence: facts.forward_pence,
            awarded_on: facts.decided_on.or(facts.offered_on).or(facts.accepted_on),
            agreed_on: facts.accepted_on.or(facts.decided_on),
            starts_on: facts.starts_on,
            ends_on: facts.ends_on,
            areas: if hides(F::Areas) { Vec::new() } else { facts.areas },
            fund_code: facts.fund_code,
            fund_name: redactions.without_names_of(id, &facts.fund_name),
            from_open_call: added.from_open_call,
            contract_document_id: added.contract_document_id.filter(|_| !shows_no_copy),
            hides_copy,
            modified_at: moments.into_iter().flatten().fold(facts.award_changed_at, Moment::max),
            redacted: own
                .into_iter()
                .filter(|field| hides(*field) || (withholds(*field) && *field != F::Purpose))
                .map(|field| field.word().to_owned())
                .chain(hidden_provider)
                .collect(),
            withheld,
        }
    }

    /// Whether it is a crime and disorder reduction grant, which is published at any value.
    #[must_use]
    pub fn is_crime_and_disorder_grant(&self) -> bool {
        self.legal_power == Some(LegalPower::CrimeAndDisorder) && self.kind != AwardKind::Contract
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

/// Whether the copy of a contract was named before something else of the award or its provider was redacted: the file may still tell it.
#[must_use]
pub fn is_copy_outdated(facts: &AwardFacts, redactions: &Redactions) -> bool {
    let made = [facts.award_id, facts.provider_id].iter().filter_map(|id| redactions.made.get(id)).max();
    made.is_some_and(|made| facts.publication.copy_named_at.is_none_or(|named| named <= *made))
}

/// Whether no copy of a contract may be shown: nobody can say whether the file tells who the recipient is.
#[must_use]
pub fn hides_copy(facts: &AwardFacts, redactions: &Redactions) -> bool {
    let of_award = [RedactedField::ContractCopy, RedactedField::Recipient];
    of_award.into_iter().any(|field| redactions.hides(facts.award_id, field)) || redactions.hides(facts.provider_id, RedactedField::Name)
}

/// Who receives an award, and which fields of the provider are redacted.
fn recipient(facts: &AwardFacts, redactions: &Redactions) -> (Recipient, Vec<String>) {
    use RedactedField as F;
    let hides = |field| redactions.hides(facts.provider_id, field);
    if hides(F::Name) || redactions.hides(facts.award_id, F::Recipient) {
        let hidden = if hides(F::Name) { vec!["recipient_name".to_owned()] } else { Vec::new() };
        return (Recipient { name: MARK.to_owned(), reference: None, charity_number: None, company_number: None }, hidden);
    }
    let fields = [F::CharityNumber, F::CompanyNumber].into_iter().filter(|field| hides(*field));
    let hidden = fields.map(|field| format!("recipient_{}", field.word())).collect();
    let shown = Recipient {
        name: redactions.without_names_of(facts.award_id, &facts.provider_name),
        reference: Some(facts.provider_reference.clone()),
        charity_number: facts.charity_number.clone().filter(|_| !hides(F::CharityNumber)),
        company_number: facts.company_number.clone().filter(|_| !hides(F::CompanyNumber)),
    };
    (shown, hidden)
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
            fund_code: "CIF".to_owned(),
            fund_name: "Community".to_owned(),
            provider_id: Id::new(),
            provider_reference: "PR-1".to_owned(),
            provider_changed_at: at(1),
            provider_name: "The Haven".to_owned(),
            charity_number: None,
            company_number: None,
            publication: Added { contract_document_id: Some(Id::new()), copy_named_at: Some(at(5)), ..Added::default() },
            conditions: Vec::new(),
            areas: Vec::new(),
        }
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
