//! What can be redacted, and how a text is shown then. Pure.

pub mod names;

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::kernel::{Faults, Id, Moment};
use crate::publishing::open_data::redactions::rules::names::Names;
use crate::returns::rules::faults_of_text;

/// What stands in the place of what is redacted.
pub const MARK: &str = "[redacted]";

words! {
    /// Whose field is redacted.
    pub enum RedactedKind {
        /// An award's.
        Award = "award",
        /// A provider's, in all of its awards.
        Provider = "provider",
        /// A notice's.
        DecisionNotice = "decision_notice",
    }
}

words! {
    /// A field that is published.
    pub enum RedactedField {
        /// A provider's name, with its numbers in registers, and wherever it stands in a text.
        Name = "name",
        /// A provider's charity number.
        CharityNumber = "charity_number",
        /// A provider's company number.
        CompanyNumber = "company_number",
        /// The area where a provider is at home.
        HomeArea = "home_area",
        /// Who receives an award.
        Recipient = "recipient",
        /// The title of an award or a notice.
        Title = "title",
        /// What an award is for.
        Purpose = "purpose",
        /// Why an award was made, or the reasons of a notice.
        Reasons = "reasons",
        /// Why an award is value for money.
        ValueForMoneyReasons = "value_for_money_reasons",
        /// The conditions of an award.
        Conditions = "conditions",
        /// The areas that benefit.
        Areas = "areas",
        /// The copy of a contract.
        ContractCopy = "contract_copy",
        /// What a notice decides.
        Decision = "decision",
        /// Who approved it.
        Approver = "approver",
    }
}

impl RedactedKind {
    /// Its fields that can be redacted.
    #[must_use]
    pub const fn fields(self) -> &'static [RedactedField] {
        use RedactedField as F;
        match self {
            Self::Provider => &[F::Name, F::CharityNumber, F::CompanyNumber, F::HomeArea],
            Self::Award => {
                &[F::Recipient, F::Title, F::Purpose, F::Reasons, F::ValueForMoneyReasons, F::Conditions, F::Areas, F::ContractCopy]
            }
            Self::DecisionNotice => &[F::Title, F::Decision, F::Reasons, F::Approver],
        }
    }
}

/// A field that is not to be shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FieldRedactionInput {
    /// Whose field it is.
    pub record_kind: RedactedKind,
    /// Which record.
    pub record_id: Id,
    /// Which of its fields.
    pub field: RedactedField,
    /// Why, without what is redacted.
    #[schema(min_length = 1, max_length = 1000, example = "The address of a refuge is not told.")]
    pub reason: String,
    /// From which day on; at once where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub starts_on: Option<NaiveDate>,
}

/// Why a field may be shown again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FieldRedactionLift {
    /// Why.
    #[schema(min_length = 1, max_length = 1000)]
    pub reason: String,
}

/// What is wrong with a text that is published or kept beside what is: blank, or with a number that names a person.
#[must_use]
pub fn faults_of(pointer: &str, text: &str) -> Faults {
    let mut faults = faults_of_text(pointer, text);
    faults.require(!text.trim().is_empty(), pointer, "blank", "A text is left out rather than blank.");
    faults
}

/// What is wrong with a redaction.
#[must_use]
pub fn faults(input: &FieldRedactionInput, today: NaiveDate) -> Faults {
    let mut faults = faults_of("/reason", &input.reason);
    let words: Vec<&str> = input.record_kind.fields().iter().map(|field| field.word()).collect();
    let message = format!("Of this kind of record one of these can be redacted: {}.", words.join(", "));
    faults.require(input.record_kind.fields().contains(&input.field), "/field", "not_a_choice", &message);
    let is_early = input.starts_on.is_some_and(|day| day < today);
    faults.require(
        !is_early,
        "/starts_on",
        "too_early",
        "What was shown before today cannot be taken back. Leave this out: it holds at once.",
    );
    faults
}

/// Fields of a provider that are taken out of texts too.
const IN_TEXTS: [RedactedField; 3] = [RedactedField::Name, RedactedField::CharityNumber, RedactedField::CompanyNumber];

/// What is redacted today: of which records which fields, and which names stand in no text.
#[derive(Debug, Clone, Default)]
pub struct Redactions {
    /// Record and field.
    pub fields: HashSet<(Id, RedactedField)>,
    /// When the last of those in force was made, by record.
    pub made: HashMap<Id, Moment>,
    /// When what is shown of a record changed by one the last time.
    pub changed: HashMap<Id, Moment>,
    /// When what texts tell of a provider changed by one of its fields the last time.
    pub told: HashMap<(Id, RedactedField), Moment>,
    /// Names and numbers of the same, those that are lifted again included.
    pub moved: Vec<(Names, Moment)>,
    /// Names and numbers that stand in no text at all.
    pub names: Names,
    /// Those that stand in no text of an award, where more than these: its recipient is redacted.
    pub of_awards: HashMap<Id, Names>,
}

impl Redactions {
    /// Takes in a redaction. One that never took effect changes nothing that is shown.
    pub fn add(&mut self, (record, field, starts_on, made_at, lifted_at): Told, today: NaiveDate) {
        let taken_back = lifted_at.is_some_and(|at| at.london_day() < starts_on);
        if starts_on > today || taken_back {
            return;
        }
        if lifted_at.is_none() {
            self.fields.insert((record, field));
            let made = self.made.entry(record).or_insert(made_at);
            *made = (*made).max(made_at);
        }
        let from = made_at.max(Moment::start_of(starts_on));
        let at = lifted_at.map_or(from, |lifted_at| lifted_at.max(from));
        let changed = self.changed.entry(record).or_insert(at);
        *changed = (*changed).max(at);
        if IN_TEXTS.contains(&field) {
            let told = self.told.entry((record, field)).or_insert(at);
            *told = (*told).max(at);
        }
    }

    /// Whether a field is redacted.
    #[must_use]
    pub fn hides(&self, record: Id, field: RedactedField) -> bool {
        self.fields.contains(&(record, field))
    }

    /// A field of an award, or of a notice on it, as the public reads it: redacted whole, or without the names that do not stand there.
    #[must_use]
    pub fn text(&self, award: Id, (record, field): (Id, RedactedField), text: &str) -> String {
        if self.hides(record, field) { MARK.to_owned() } else { self.without_names_of(award, text) }
    }

    /// A text of an award without the names that stand in none of its texts.
    #[must_use]
    pub fn without_names_of(&self, award: Id, text: &str) -> String {
        self.of_awards.get(&award).unwrap_or(&self.names).taken_out_of(text)
    }

    /// When the last redaction was made or lifted that took a name out of one of these texts.
    #[must_use]
    pub fn moved_by<'a>(&self, texts: impl Iterator<Item = &'a str>) -> Option<Moment> {
        let of = |text: &'a str| self.moved.iter().filter(|(names, _)| names.taken_out_of(text) != text).map(|(_, at)| *at).max();
        texts.filter_map(of).max()
    }

    /// A text without the names that stand in none.
    #[must_use]
    pub fn without_names(&self, text: &str) -> String {
        self.names.taken_out_of(text)
    }
}

/// A redaction: record, field, first day, when it became known, and when it was lifted.
pub type Told = (Id, RedactedField, NaiveDate, Moment, Option<Moment>);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_took_effect_changes_what_is_shown() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let at = |text: &str| Moment::start_of(day(text));
        let (record, today) = (Id::new(), day("2020-11-30"));
        let of = |starts_on: &str, lifted_on: Option<&str>| {
            let mut found = Redactions::default();
            found.add((record, RedactedField::Title, day(starts_on), at("2020-11-01"), lifted_on.map(at)), today);
            (found.hides(record, RedactedField::Title), found.changed.get(&record).copied())
        };
        assert_eq!(of("2020-11-01", None), (true, Some(at("2020-11-01"))));
        assert_eq!(of("2020-11-20", None), (true, Some(at("2020-11-20"))), "from its first day on");
        assert_eq!(of("2099-01-01", None), (false, None), "not yet");
        assert_eq!(of("2020-11-20", Some("2020-11-25")), (false, Some(at("2020-11-25"))));
        assert_eq!(of("2020-11-20", Some("2020-11-10")), (false, None), "it never took effect");
    }

    #[test]
    fn what_a_kind_does_not_have_cannot_be_redacted() {
        let day = NaiveDate::from_ymd_opt(2020, 11, 30).unwrap();
        let of = |record_kind, field, starts_on| {
            let input = FieldRedactionInput { record_kind, record_id: Id::new(), field, reason: "a refuge".to_owned(), starts_on };
            faults(&input, day).0.into_iter().map(|one| one.pointer).collect::<Vec<_>>()
        };
        assert_eq!(of(RedactedKind::Provider, RedactedField::Name, None), [""; 0]);
        assert_eq!(of(RedactedKind::Provider, RedactedField::Title, day.pred_opt()), ["/field", "/starts_on"]);
    }
}
