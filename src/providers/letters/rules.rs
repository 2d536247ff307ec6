//! What a letter is. Pure.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::kernel::{Faults, Id, Moment, Refusal};
use crate::providers::rules::text;

words! {
    /// What a letter is for.
    pub enum LetterKind {
        /// Evidence that the provider's people are key workers.
        KeyWorkerStatus = "key_worker_status",
        /// Anything else; the reason says what.
        Other = "other",
    }
}

/// A letter that is issued.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ProviderLetterInput {
    /// What it is for.
    pub kind: LetterKind,
    /// The day on which it was issued; today where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issued_on: Option<NaiveDate>,
    /// Why the provider asked for it, without personal data.
    #[schema(min_length = 1, max_length = 1000, example = "Staff are asked for evidence on their way to work.")]
    pub reason: String,
}

/// A letter as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ProviderLetter {
    /// Its id.
    pub id: Id,
    /// To whom it was issued.
    pub provider_id: Id,
    /// The provider's reference and a number: `BCWA-L1`.
    pub reference: String,
    /// When it was recorded.
    pub recorded_at: Moment,
    /// What it is for.
    pub kind: LetterKind,
    /// The day on which it was issued.
    pub issued_on: NaiveDate,
    /// Why.
    pub reason: String,
    /// Who issued it; none for the service itself.
    pub issued_by: Option<Id>,
    /// Their name.
    pub issued_by_name: String,
}

/// The day and the reason of a letter, tidied.
///
/// # Errors
/// [`Refusal::Invalid`] with every fault.
pub fn checked(input: &ProviderLetterInput, today: NaiveDate) -> Result<(NaiveDate, String), Refusal> {
    let mut faults = Faults::new();
    let on = input.issued_on.unwrap_or(today);
    if on > today {
        faults.add("/issued_on", "in_the_future", format!("{on} is still to come; today is {today}."));
    }
    let reason = text::tidy(&input.reason);
    faults.require(!reason.is_empty(), "/reason", "blank", "A letter says why it was asked for.");
    faults.into_result()?;
    Ok((on, reason))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_has_a_day_that_came_and_a_reason() {
        let today: NaiveDate = "2020-05-19".parse().unwrap();
        let input = |on: Option<&str>, reason: &str| ProviderLetterInput {
            kind: LetterKind::KeyWorkerStatus,
            issued_on: on.map(|day| day.parse().unwrap()),
            reason: reason.to_owned(),
        };
        assert_eq!(checked(&input(None, " Asked  on the way. "), today), Ok((today, "Asked on the way.".to_owned())));
        let Err(Refusal::Invalid(faults)) = checked(&input(Some("2020-05-20"), " "), today) else { panic!("not refused") };
        let found: Vec<String> = faults.iter().map(|fault| format!("{} {}", fault.pointer, fault.code)).collect();
        assert_eq!(found, ["/issued_on in_the_future", "/reason blank"]);
    }
}
