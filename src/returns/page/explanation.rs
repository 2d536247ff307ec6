//! Explaining a warning.

use super::form::Fields;
use crate::http::Service;
use crate::kernel::Refusal;
use crate::returns::rules::{ReturnContent, WarningExplanation};
use crate::returns::workbook::routes::form;

/// The longest explanation.
const TEXT_MAX: usize = 2_000;

/// The explanation that a form holds.
pub(super) fn given(fields: &Fields) -> Result<WarningExplanation, Refusal> {
    let rule = fields.get("rule").parse().map_err(|_| Refusal::NotFound("warning"))?;
    Ok(WarningExplanation { rule, pointer: fields.get("pointer").to_owned(), text: fields.text("text", TEXT_MAX)? })
}

/// The content with this explanation, in the place of an earlier one of the same warning.
pub(super) fn added(service: &Service, now: &ReturnContent, given: &WarningExplanation) -> Result<ReturnContent, Refusal> {
    let mut next = now.clone();
    next.explanations.retain(|one| (one.rule, &one.pointer) != (given.rule, &given.pointer));
    next.explanations.push(given.clone());
    let faults = form(service)(&next);
    if faults.is_empty() { Ok(next) } else { Err(Refusal::Invalid(faults)) }
}
