//! What is added to an award, and what publication still lacks. Pure.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::kernel::{Faults, Id};
use crate::publishing::open_data::redactions::rules::{RedactedField, faults_of};
use crate::publishing::open_data::rules::entry::Entry;

/// What is added to an award for publication. All of it is read by the public once the award is accepted.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
pub struct AwardPublicationInput {
    /// What the award is for, in words for the public; the agreement's own `purpose` where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 4000)]
    pub purpose: Option<String>,
    /// Why it was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 4000)]
    pub reasons: Option<String>,
    /// Why the office holds that it is value for money.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 4000)]
    pub value_for_money_reasons: Option<String>,
    /// The file of the award that is the copy of the contract for the public, without what may not be told. The public fetches it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contract_document_id: Option<Id>,
    /// Whether it came from an open call for applications, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from_open_call: Option<bool>,
}

/// What is wrong with it.
#[must_use]
pub fn faults(input: &AwardPublicationInput) -> Faults {
    let texts = [("/purpose", &input.purpose), ("/reasons", &input.reasons), ("/value_for_money_reasons", &input.value_for_money_reasons)];
    let found = texts.into_iter().filter_map(|(pointer, text)| Some(faults_of(pointer, text.as_deref()?).0));
    Faults(found.flatten().collect())
}

words! {
    /// Where something is published.
    pub enum PublicationOutput {
        /// The register of crime and disorder reduction grants.
        GrantRegister = "grant_register",
        /// The extract for the list of spending over £500.
        SpendExtract = "spend_extract",
        /// The list of contracts.
        Contracts = "contracts",
        /// The grants in the 360Giving standard.
        Giving = "360giving",
    }
}

words! {
    /// What publication lacks.
    pub enum PublicationGap {
        /// Under which law the award was made, which says where it is published.
        LegalPower = "legal_power",
        /// What it is for.
        Purpose = "purpose",
        /// Why it was made.
        Reasons = "reasons",
        /// Why it is value for money.
        ValueForMoneyReasons = "value_for_money_reasons",
        /// The amount.
        Amount = "amount",
        /// The copy of a contract above £10,000.
        ContractCopy = "contract_copy",
        /// The title of the agreement, which may hold what names a person and is withheld.
        Title = "title",
        /// Conditions of the agreement, likewise.
        Conditions = "conditions",
        /// The day on which it was decided, which no paper prints.
        AwardedOn = "awarded_on",
        /// The areas where it helps.
        Areas = "areas",
        /// The area where its recipient is at home, with that area's ONS code.
        RecipientHomeArea = "recipient_home_area",
    }
}

/// What an output lacks of an award.
#[must_use]
pub fn gaps(entry: &Entry, output: PublicationOutput) -> Vec<PublicationGap> {
    use PublicationGap as G;
    let lacks = |gap: G| match gap {
        G::LegalPower => entry.legal_power.is_none(),
        G::Purpose => entry.purpose.is_none(),
        G::Reasons => entry.reasons.is_none(),
        G::ValueForMoneyReasons => entry.value_for_money_reasons.is_none(),
        G::Amount => entry.amount_pence.is_none(),
        G::ContractCopy => entry.needs_copy() && entry.contract_document_id.is_none() && !entry.hides_copy,
        G::Title => entry.withheld.contains(&RedactedField::Title),
        G::Conditions => entry.withheld.contains(&RedactedField::Conditions),
        G::AwardedOn => entry.awarded_on.is_none(),
        G::Areas => entry.areas.is_empty(),
        G::RecipientHomeArea => entry.recipient.home_area.as_ref().is_none_or(|area| area.ons_code.is_none()),
    };
    let needed: &[G] = match output {
        PublicationOutput::GrantRegister => &[G::LegalPower, G::Purpose, G::Reasons, G::Amount, G::Title, G::Conditions],
        PublicationOutput::SpendExtract => &[G::LegalPower, G::Purpose, G::ValueForMoneyReasons, G::Title],
        PublicationOutput::Contracts if entry.withheld.contains(&RedactedField::Purpose) => {
            &[G::Amount, G::ContractCopy, G::Purpose, G::Title]
        }
        PublicationOutput::Contracts => &[G::Amount, G::ContractCopy, G::Title],
        // Without these the standard's own checks of quality complain.
        PublicationOutput::Giving => &[G::Purpose, G::Title, G::Amount, G::AwardedOn, G::Areas, G::RecipientHomeArea],
    };
    needed.iter().copied().filter(|gap| lacks(*gap)).collect()
}
