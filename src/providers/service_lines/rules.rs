//! What a service line is (R42).

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::kernel::{Faults, Id, Moment, Provenance, Refusal};
use crate::providers::rules::text;

/// A service that an organisation runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ServiceLineInput {
    /// Its name, unlike that of the provider's other service lines.
    #[schema(min_length = 1, max_length = 300, example = "Sexual Violence Service")]
    pub name: String,
    /// What it is about, in the words of the awards.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 300, example = "Sexual Violence")]
    pub theme: Option<String>,
    /// The last day on which it runs; left out: it goes on.
    #[serde(default)]
    pub ends_on: Option<NaiveDate>,
    /// A short remark for the office.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 3000)]
    pub note: Option<String>,
}

/// A service line as it is kept, in one version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ServiceLine {
    /// Its id.
    pub id: Id,
    /// Whose service it is.
    pub provider_id: Id,
    /// The provider's reference and a number: `BCWA-S1`.
    pub reference: String,
    /// The version.
    pub version: i32,
    /// When this version was recorded.
    pub recorded_at: Moment,
    /// What the office says of it.
    pub facts: ServiceLineInput,
    /// Where that comes from.
    pub provenance: Provenance,
}

/// The service line with every text tidied. `others` are the names of the provider's other service lines.
///
/// # Errors
/// [`Refusal::Invalid`] with every fault.
pub fn checked(input: &ServiceLineInput, others: &[String]) -> Result<ServiceLineInput, Refusal> {
    let mut faults = Faults::new();
    let name = text::tidy(&input.name);
    faults.require(!name.is_empty(), "/name", "blank", "A name has at least one character.");
    if others.iter().any(|other| other.to_lowercase() == name.to_lowercase()) {
        faults.add("/name", "repeated", "This provider has a service line of that name already.");
    }
    faults.into_result()?;
    let note = input.note.as_ref().map(|note| note.trim().to_owned()).filter(|note| !note.is_empty());
    Ok(ServiceLineInput { name, theme: text::tidy_optional(input.theme.as_ref()), ends_on: input.ends_on, note })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stands_once_in_a_provider() {
        let input = |name: &str| ServiceLineInput { name: name.into(), theme: Some(" ".into()), ends_on: None, note: None };
        let others = ["Domestic Abuse Service".to_owned()];
        assert_eq!(checked(&input(" Sexual  Violence Service"), &others).unwrap().name, "Sexual Violence Service");
        assert_eq!(checked(&input("A"), &others).unwrap().theme, None);
        for (wrong, code) in [("domestic abuse service", "repeated"), (" ", "blank")] {
            let Err(Refusal::Invalid(faults)) = checked(&input(wrong), &others) else { panic!("not refused") };
            assert_eq!((faults[0].pointer.as_str(), faults[0].code.as_str()), ("/name", code));
        }
    }
}
