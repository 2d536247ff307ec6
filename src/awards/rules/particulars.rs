//! What an agreement says beside money, dates and areas: hours, place, kinds of help, and whom to ask.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::kernel::Faults;

/// What an agreement says of how the service is given, and by whom it is answered for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AwardParticulars {
    /// When the service works.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 1000, example = "Monday to Friday, 9 to 17")]
    pub working_hours: Option<String>,
    /// Where the service is given, as an address; the areas that benefit stand in `area_ids`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 1000)]
    pub address: Option<String>,
    /// The kinds of help that are given.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 50)]
    pub interventions: Vec<String>,
    /// The provider's names in the agreement, and whom to ask there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact: Option<AgreementContact>,
}

/// The provider's names in an agreement, and whom to ask there. Letters go to the address of the provider itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AgreementContact {
    /// The name under which the provider is party to the agreement, where it is not the usual one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 300)]
    pub provider_name: Option<String>,
    /// Whom to ask.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 300, example = "The project manager")]
    pub contact_name: Option<String>,
    /// By e-mail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 3, max_length = 254, example = "projects@helping-hands.example")]
    pub contact_email: Option<String>,
    /// By telephone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 3, max_length = 40)]
    pub contact_phone: Option<String>,
}

const WORD_MAX: usize = 200;

/// What is wrong with particulars; `at` is where they stand.
pub fn particulars_faults(at: &str, told: &AwardParticulars, faults: &mut Faults) {
    let not_blank = |text: Option<&String>| text.is_none_or(|text| !text.trim().is_empty());
    let sentence = "A text is left out rather than blank.";
    faults.require(not_blank(told.working_hours.as_ref()), &format!("{at}/working_hours"), "blank", sentence);
    faults.require(not_blank(told.address.as_ref()), &format!("{at}/address"), "blank", sentence);
    interventions_faults(&format!("{at}/interventions"), &told.interventions, faults);
    if let Some(contact) = &told.contact {
        contact_faults(&format!("{at}/contact"), contact, faults);
    }
}

/// What is wrong with a list of kinds of help.
pub fn interventions_faults(at: &str, all: &[String], faults: &mut Faults) {
    for (place, one) in all.iter().enumerate() {
        let pointer = format!("{at}/{place}");
        faults.require(!one.trim().is_empty(), &pointer, "blank", "Name a kind of help, or leave it out.");
        faults.require(one.chars().count() <= WORD_MAX, &pointer, "too_long", "A kind of help has at most 200 characters.");
        let is_repeated = all.iter().take(place).any(|other| other == one);
        faults.require(!is_repeated, &pointer, "repeated", "This stands here twice.");
    }
}

/// What is wrong with a contact.
pub fn contact_faults(at: &str, contact: &AgreementContact, faults: &mut Faults) {
    let all = [
        ("provider_name", &contact.provider_name),
        ("contact_name", &contact.contact_name),
        ("contact_email", &contact.contact_email),
        ("contact_phone", &contact.contact_phone),
    ];
    for (name, text) in all {
        let is_blank = text.as_ref().is_some_and(|text| text.trim().is_empty());
        faults.require(!is_blank, &format!("{at}/{name}"), "blank", "A text is left out rather than blank.");
    }
    let is_address = contact
        .contact_email
        .as_ref()
        .is_none_or(|text| text.split_once('@').is_some_and(|(who, host)| !who.is_empty() && !host.is_empty()));
    faults.require(is_address, &format!("{at}/contact_email"), "wrong_format", "An e-mail address has a name, an @ and a place.");
}

impl AwardParticulars {
    /// None where nothing is said.
    #[must_use]
    pub fn said(self) -> Option<Self> {
        (self != Self::default()).then_some(self)
    }

    /// The same without what names a person, for the log, which is kept for good.
    #[must_use]
    pub fn for_log(&self) -> Self {
        Self { contact: None, ..self.clone() }
    }
}
