//! An acceptance that the office takes for a provider that signed on paper, since it has no user who could.

use crate::kernel::{Code, Faults, Id, Refusal};

/// A provider's signature on paper, as the office took it for an acceptance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedPaper {
    /// The signed paper, a file of the award.
    pub document_id: Id,
    /// Who signed it for the provider.
    pub signed_by: String,
    /// Who of the office accepted by it.
    pub accepted_by: String,
}

/// What an acceptance says of the paper.
#[derive(Debug, Clone, Copy, Default)]
pub struct PaperTold<'a> {
    /// The signed paper.
    pub document_id: Option<Id>,
    /// Who signed it.
    pub signed_by: Option<&'a str>,
}

/// What is wrong with what an acceptance says of the paper: the office needs one, a provider that answers itself has none.
#[must_use]
pub fn paper_faults(is_on_behalf: bool, told: PaperTold<'_>) -> Faults {
    let mut faults = Faults::new();
    let (document, signed) = ("/signed_document_id", "/signed_by");
    if is_on_behalf {
        let message = "The office accepts for a provider only by a paper that it signed. Attach that to the award, and give its id here.";
        faults.require(told.document_id.is_some(), document, "required", message);
        let message = "Say who signed the paper for the provider: name and position.";
        faults.require(told.signed_by.is_some(), signed, "required", message);
        faults.require(told.signed_by.is_none_or(|name| !name.trim().is_empty()), signed, "blank", message);
    } else {
        let message = "A provider that accepts by itself needs no paper. Leave this out.";
        faults.require(told.document_id.is_none(), document, "not_allowed", message);
        faults.require(told.signed_by.is_none(), signed, "not_allowed", message);
    }
    faults
}

/// Whoever sent something to a provider does not also accept it on the provider's behalf. `what` they did: *offered this award*.
///
/// # Errors
/// [`Code::SamePerson`].
pub fn by_another(sent_by: Option<Id>, actor: Option<Id>, what: &str) -> Result<(), Refusal> {
    if is_by_another(sent_by, actor) {
        return Ok(());
    }
    Err(Refusal::rule(Code::SamePerson, format!("You {what}, so somebody else must accept it on the provider's behalf.")))
}

/// Whether `actor` is not who sent it.
#[must_use]
pub fn is_by_another(sent_by: Option<Id>, actor: Option<Id>) -> bool {
    actor.is_none() || sent_by != actor
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(is_on_behalf: bool, document_id: Option<Id>, signed_by: Option<&str>) -> Vec<String> {
        let faults = paper_faults(is_on_behalf, PaperTold { document_id, signed_by });
        faults.0.into_iter().map(|fault| format!("{} {}", fault.pointer, fault.code)).collect()
    }

    #[test]
    fn the_office_needs_a_paper_and_a_provider_none() {
        let paper = Some(Id::new());
        assert_eq!(codes(true, paper, Some("The chair")), [""; 0]);
        assert_eq!(codes(true, None, None), ["/signed_document_id required", "/signed_by required"]);
        assert_eq!(codes(true, paper, Some("  ")), ["/signed_by blank"]);
        assert_eq!(codes(false, None, None), [""; 0]);
        assert_eq!(codes(false, paper, Some("The chair")), ["/signed_document_id not_allowed", "/signed_by not_allowed"]);
    }

    #[test]
    fn whoever_sent_it_is_not_who_accepts_it() {
        let (sender, other) = (Id::new(), Id::new());
        assert!(by_another(Some(sender), Some(other), "offered this award").is_ok());
        assert!(by_another(None, Some(other), "offered this award").is_ok());
        let Err(Refusal::Rule { code, detail, .. }) = by_another(Some(sender), Some(sender), "offered this award") else {
            panic!("whoever offered it accepted it")
        };
        assert_eq!(code, Code::SamePerson);
        assert_eq!(detail, "You offered this award, so somebody else must accept it on the provider's behalf.");
    }
}
