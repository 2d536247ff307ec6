//! The paper by which the office accepts for a provider.

use crate::access::Scope;
use crate::awards::rules::{self, PaperTold, SignedPaper};
use crate::documents;
use crate::kernel::{Faults, Id, Refusal};
use crate::store::{Conn, Tx};

/// The paper by which this caller accepts something of an award; none for a provider, which answers by itself. `other` are faults found
/// besides, which are told with those of the paper.
///
/// # Errors
/// The office says no paper or nobody who signed it, or the award has no such file; a provider says one.
pub fn signed_paper(
    tx: &mut Tx<'_>,
    scope: Scope,
    award_id: Id,
    told: PaperTold<'_>,
    other: Result<(), Refusal>,
) -> Result<Option<SignedPaper>, Refusal> {
    let is_on_behalf = scope == Scope::Office;
    let mut faults = rules::paper_faults(is_on_behalf, told);
    if let Some(document_id) = told.document_id.filter(|_| is_on_behalf) {
        let message = "This award has no such file. Attach the signed paper to the award first, and give the id of that file.";
        faults.require(is_file_of(tx.conn(), award_id, document_id)?, "/signed_document_id", "unknown_record", message);
    }
    match other {
        Err(Refusal::Invalid(others)) => faults = Faults(others.into_iter().chain(faults.0).collect()),
        other => other?,
    }
    faults.into_result()?;
    let accepted_by = tx.actor().name.clone();
    let paper = told.document_id.zip(told.signed_by).filter(|_| is_on_behalf);
    Ok(paper.map(|(document_id, signed_by)| SignedPaper { document_id, signed_by: signed_by.trim().to_owned(), accepted_by }))
}

fn is_file_of(conn: &mut Conn, award_id: Id, document_id: Id) -> Result<bool, Refusal> {
    match documents::get(conn, Scope::Office, document_id) {
        Ok(file) => Ok(file.record_kind == super::RECORD_KIND && file.record_id == award_id && file.redacted_on.is_none()),
        Err(Refusal::NotFound(_)) => Ok(false),
        Err(other) => Err(other),
    }
}
