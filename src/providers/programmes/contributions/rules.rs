//! What a contribution is, and when it is complete (R04, R21).

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::kernel::{Faults, FigureStatus, Id, Moment, Pence, Precision, Provenance, Refusal};
use crate::providers::rules::text;

words! {
    /// How somebody contributes (R04).
    pub enum ContributionKind {
        /// Money.
        Cash = "cash",
        /// Staff, rooms, goods.
        InKind = "in_kind",
    }
}

/// What somebody else pays, as the office describes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ContributionInput {
    /// Who gives: a funding source.
    pub source_id: Id,
    /// The fund beside which it stands, where it is for one.
    #[serde(default)]
    pub fund_id: Option<Id>,
    /// The amount in pence; left out: not known.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 1_000_000_000_000_i64, value_type = Option<i64>, example = 1_000_000)]
    pub amount_pence: Option<Pence>,
    /// Cash or in kind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(required = true, value_type = ContributionKind)]
    pub kind: Option<ContributionKind>,
    /// Whether it is certain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(required = true, value_type = bool)]
    pub confirmed: Option<bool>,
    /// The award that carries the same money in the ledger; it counts there, not twice.
    #[serde(default)]
    pub award_id: Option<Id>,
    /// How final the figure is (R21); left out: final.
    #[serde(default = "final_figure")]
    #[schema(default = "final")]
    pub figure_status: FigureStatus,
    /// How exactly it was given.
    #[serde(default)]
    pub precision: Option<Precision>,
    /// The step in pence to which it was rounded.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 1_000_000_000_000_i64, value_type = Option<i64>, example = 100_000)]
    pub rounding_unit_pence: Option<Pence>,
    /// The word before the figure: `over`, `estimated`.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 40, example = "over")]
    pub qualifier: Option<String>,
    /// A short remark for the office.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 3000)]
    pub note: Option<String>,
}

const fn final_figure() -> FigureStatus {
    FigureStatus::Final
}

/// A contribution as it is kept, in one version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Contribution {
    /// Its id.
    pub id: Id,
    /// The reference that people use.
    pub reference: String,
    /// The version.
    pub version: i32,
    /// When this version was recorded.
    pub recorded_at: Moment,
    /// The programme it is for; an import may know of none.
    pub programme_id: Option<Id>,
    /// What the office says of it.
    pub facts: ContributionInput,
    /// Where that comes from.
    pub provenance: Provenance,
}

/// Which of the records that an input names are there.
#[derive(Debug, Clone, Copy)]
pub struct Found {
    /// The source.
    pub source: bool,
    /// The fund; true where none is named.
    pub fund: bool,
    /// The award; true where none is named.
    pub award: bool,
}

/// The contribution with every text tidied, or every fault of it.
///
/// # Errors
/// [`Refusal::Invalid`] with a pointer for each fault.
pub fn checked(input: &ContributionInput, provenance: &Provenance, found: Found) -> Result<ContributionInput, Refusal> {
    let mut faults = Faults::new();
    faults.require(found.source, "/source_id", "unknown_record", "There is no such funding source.");
    faults.require(found.fund, "/fund_id", "unknown_record", "There is no such fund.");
    faults.require(found.award, "/award_id", "unknown_record", "There is no such award.");
    let is_amount = |pence: Option<Pence>| pence.is_none_or(|pence| pence.is_positive() && pence <= Pence::MAX);
    faults.require(is_amount(input.amount_pence), "/amount_pence", "too_small", "An amount is at least a penny.");
    faults.require(is_amount(input.rounding_unit_pence), "/rounding_unit_pence", "too_small", "A step is at least a penny.");
    let is_bare = input.rounding_unit_pence.is_some() && input.amount_pence.is_none();
    faults.require(!is_bare, "/rounding_unit_pence", "no_amount", "There is no amount that could be rounded.");
    let mut need = |missing: bool, field: &str, message: &str| {
        if missing && !provenance.illustrative && !provenance.lacks(field) {
            faults.add(format!("/{field}"), "required", message);
        }
    };
    need(input.kind.is_none(), "kind", "Say whether it is `cash` or `in_kind`.");
    need(input.confirmed.is_none(), "confirmed", "Say whether it is certain.");
    faults.into_result()?;
    let note = input.note.as_ref().map(|note| note.trim().to_owned()).filter(|note| !note.is_empty());
    Ok(ContributionInput { qualifier: text::tidy_optional(input.qualifier.as_ref()), note, ..input.clone() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_may_be_unknown_but_not_nothing() {
        let input = |amount, step| ContributionInput {
            source_id: Id::new(),
            fund_id: None,
            amount_pence: amount,
            kind: Some(ContributionKind::Cash),
            confirmed: Some(true),
            award_id: None,
            figure_status: FigureStatus::Final,
            precision: None,
            rounding_unit_pence: step,
            qualifier: Some(" over ".into()),
            note: None,
        };
        let found = Found { source: true, fund: true, award: true };
        let check = |input: &ContributionInput, found| checked(input, &Provenance::default(), found);
        assert_eq!(check(&input(None, None), found).unwrap().qualifier.as_deref(), Some("over"));
        let wrong = ContributionInput { kind: None, confirmed: None, ..input(Some(Pence::ZERO), None) };
        let Err(Refusal::Invalid(faults)) = check(&wrong, Found { source: false, fund: false, award: false }) else {
            panic!("not refused")
        };
        let pointers: Vec<_> = faults.iter().map(|fault| fault.pointer.as_str()).collect();
        assert_eq!(pointers, ["/source_id", "/fund_id", "/award_id", "/amount_pence", "/kind", "/confirmed"]);
        let Err(Refusal::Invalid(faults)) = check(&input(None, Some(Pence(100))), found) else { panic!("not refused") };
        assert_eq!(faults[0].code, "no_amount");
    }
}
