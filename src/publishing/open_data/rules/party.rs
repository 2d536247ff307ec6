//! Who was party to an award, and what the public reads of it. Pure.

use chrono::NaiveDate;

use crate::kernel::{Id, Moment};
use crate::publishing::open_data::redactions::rules::{MARK, RedactedField, Redactions};
use crate::publishing::open_data::rules::entry::Entry;

/// A provider that terms of an award name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Party {
    /// The first day of these terms.
    pub from: NaiveDate,
    pub provider_id: Id,
    /// Whether a novation made them, so that who stood before them was party until then.
    pub is_novation: bool,
}

/// Who was party on a day, out of all terms of an award, the oldest first; none of an award that never passed on.
#[must_use]
pub fn party_on(parties: &[Party], day: NaiveDate) -> Option<Id> {
    let first = parties.iter().position(|one| one.is_novation)?;
    let passed = parties.iter().rev().find(|one| one.is_novation && one.from <= day);
    let before = first.checked_sub(1).and_then(|at| parties.get(at));
    passed.or(before).map(|one| one.provider_id)
}

/// What the public reads of who was party, and all that is redacted beside it: a provider that is party no more has redactions of its own.
#[must_use]
pub fn told(entry: &Entry, (provider_id, name): (Id, &str), redactions: &Redactions) -> (String, Vec<String>) {
    if provider_id == entry.provider_id {
        return (entry.recipient.name.clone(), entry.redacted.clone());
    }
    let hides_name = redactions.hides(provider_id, RedactedField::Name);
    let hides_recipient = redactions.hides(entry.award_id, RedactedField::Recipient);
    let shown = if hides_name || hides_recipient { MARK.to_owned() } else { redactions.without_names_of(entry.award_id, name) };
    let mut redacted: Vec<String> = entry.redacted.iter().filter(|word| !word.starts_with("recipient_")).cloned().collect();
    if hides_name || (!hides_recipient && shown != name) {
        redacted.push("recipient_name".to_owned());
    }
    redacted.sort();
    (shown, redacted)
}

/// Whether the copy of a contract was named before something else of the award, or of a provider that ever was party to it, was redacted: the file may still
/// tell it.
#[must_use]
pub fn is_copy_outdated((award_id, named_at): (Id, Option<Moment>), providers: &[Id], redactions: &Redactions) -> bool {
    let made = providers.iter().chain([&award_id]).filter_map(|id| redactions.made.get(id)).max();
    made.is_some_and(|made| named_at.is_none_or(|named| named <= *made))
}

/// Whether no copy of a contract may be shown: nobody can say whether the file tells who the recipient is, or was.
#[must_use]
pub fn hides_copy(award_id: Id, providers: &[Id], redactions: &Redactions) -> bool {
    let of_award = [RedactedField::ContractCopy, RedactedField::Recipient];
    of_award.into_iter().any(|field| redactions.hides(award_id, field))
        || providers.iter().any(|provider| redactions.hides(*provider, RedactedField::Name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_day_has_its_party() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let [drafted, one, other] = [Id::new(), Id::new(), Id::new()];
        let party = |from: &str, provider_id, is_novation| Party { from: day(from), provider_id, is_novation };
        let never = [party("2020-04-01", drafted, false), party("2020-05-01", one, false)];
        assert_eq!(party_on(&never, day("2020-04-15")), None);
        let twice =
            [never[0], never[1], party("2020-10-01", other, true), party("2020-08-01", other, false), party("2021-01-01", one, true)];
        let on = |text: &str| party_on(&twice, day(text));
        assert_eq!([on("2020-04-15"), on("2020-09-30")], [Some(one); 2], "a draft's provider never was party");
        assert_eq!([on("2020-10-01"), on("2020-12-31"), on("2021-01-01")], [Some(other), Some(other), Some(one)]);
    }
}
