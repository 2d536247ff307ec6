//! Explaining a warning.

use super::form::Fields;
use crate::http::Service;
use crate::kernel::{Id, Refusal};
use crate::returns::rules::{About, ReturnContent, WarningExplanation};
use crate::returns::workbook::routes::form;

/// The longest explanation.
const TEXT_MAX: usize = 2_000;

/// The explanation that a form holds.
pub(super) fn given(fields: &Fields) -> Result<WarningExplanation, Refusal> {
    let rule = fields.get("rule").parse().map_err(|_| Refusal::NotFound("warning"))?;
    let said = |name: &str| Some(fields.get(name).to_owned()).filter(|said| !said.is_empty());
    let id = |name: &str| said(name).map(|id| id.parse::<Id>().map_err(|_| Refusal::NotFound("warning"))).transpose();
    let about = About { indicator_id: id("indicator_id")?, area_id: id("area_id")?, group: said("group"), query_id: id("query_id")? };
    let about = Some(about).filter(|about| *about != About::default());
    Ok(WarningExplanation {
        rule,
        pointer: fields.get("pointer").to_owned(),
        text: fields.text("text", TEXT_MAX)?,
        about,
        stood: said("stood"),
    })
}

/// The content with this explanation, in the place of an earlier one of the same warning.
pub(super) fn added(service: &Service, now: &ReturnContent, given: &WarningExplanation) -> Result<ReturnContent, Refusal> {
    let mut next = now.clone();
    next.explanations.retain(|one| (one.rule, &one.pointer, &one.about) != (given.rule, &given.pointer, &given.about));
    next.explanations.push(given.clone());
    let faults = form(service)(&next);
    if faults.is_empty() { Ok(next) } else { Err(Refusal::Invalid(faults)) }
}
