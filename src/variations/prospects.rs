//! What a variation that is not applied yet would do to its award as that stands now.

use chrono::NaiveDate;
use serde_json::{Map, Value, json};

use crate::awards::Award;
use crate::awards::acts as awards;
use crate::awards::indicators::acts as indicators;
use crate::awards::indicators::rules::Indicator;
use crate::awards::rules::AwardAct;
use crate::kernel::{Faults, Id, Refusal};
use crate::store::Conn;
use crate::variations::acts::{agreed_targets, award_of, stands, terms_change};
use crate::variations::rules::{self, Stands, UseOfFundsChange, VariationInput, VariationState};
use crate::variations::store::{self, Variation};

/// A variation beside its award.
#[derive(Debug, Clone, Default)]
pub struct Prospect {
    /// What stands before: as it was issued or applied, for a draft as it is now.
    pub before: Option<Value>,
    /// What stands after, or would stand. None for one that can never be applied any more.
    pub after: Option<Value>,
    /// Whether it fits the award as it stands today, see [`rules::is_open`].
    pub fits: bool,
}

impl Prospect {
    /// What a variation shows in a list over many awards: what it kept, and the acts that its state allows. Whether they fit its award as
    /// that stands now is told by the variation itself.
    pub fn unlooked(one: &Variation) -> Self {
        Self { before: one.before.clone(), after: one.after.clone(), fits: true }
    }
}

/// What a variation is looked at beside, the same for all of one award.
pub(super) struct Beside {
    pub(super) award: Award,
    pub(super) own: Vec<Indicator>,
    pub(super) uses: Vec<UseOfFundsChange>,
    pub(super) agreed_from: Option<NaiveDate>,
}

impl Beside {
    /// What the variation touches as it stands now.
    pub(super) fn now(&self, input: &VariationInput) -> Value {
        rules::touched(input, &stands(&self.award, agreed_targets(input, &self.own), self.uses.iter()))
    }
}

/// Variations of one award beside it, in their order. As much is looked up for many as for one.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn of(conn: &mut Conn, award_id: Id, all: &[Variation], today: NaiveDate) -> Result<Vec<Prospect>, Refusal> {
    let as_kept = |one: &Variation| Prospect { before: one.before.clone(), after: one.after.clone(), fits: false };
    let open: Vec<&Variation> = all.iter().filter(|one| may_be_applied(one, today)).collect();
    if open.is_empty() {
        return Ok(all.iter().map(as_kept).collect());
    }
    let award = award_of(conn, award_id)?;
    let has_targets = open.iter().any(|one| !one.input.targets.is_empty());
    let has_uses = open.iter().any(|one| !one.input.use_of_funds.is_empty());
    let beside = Beside {
        own: if has_targets { indicators::of_award(conn, award_id)? } else { Vec::new() },
        uses: if has_uses { store::applied_uses(conn, award_id)? } else { Vec::new() },
        agreed_from: awards::agreed_from(conn, &award)?,
        award,
    };
    all.iter().map(|one| if may_be_applied(one, today) { look(conn, &beside, one, today) } else { Ok(as_kept(one)) }).collect()
}

fn may_be_applied(one: &Variation, today: NaiveDate) -> bool {
    use VariationState::{Accepted, Draft, Issued};
    let state = rules::shown_state(one.state, one.answer_due_on, today);
    matches!(state, Draft | Issued | Accepted) && AwardAct::Vary.is_open_in(one.award_state)
}

fn look(conn: &mut Conn, beside: &Beside, one: &Variation, today: NaiveDate) -> Result<Prospect, Refusal> {
    let (input, award) = (&one.input, &beside.award);
    let now = beside.now(input);
    let issued = one.before.as_ref().unwrap_or(&now);
    let is_overtaken = !rules::overlaps(input, issued, &now).is_empty();
    let after = if is_overtaken { None } else { Some(after(conn, beside, input)?) };
    let fits = if one.state == VariationState::Draft {
        let own: Vec<Id> = beside.own.iter().map(|one| one.id).collect();
        let mut faults: Faults = rules::faults(input, &award.terms, &own);
        rules::check_start(&mut faults, input.effective_on, beside.agreed_from);
        faults.0.is_empty()
    } else {
        !is_overtaken && rules::check_day(input.effective_on, beside.agreed_from, today).is_ok()
    };
    Ok(Prospect { before: Some(issued.clone()), after, fits })
}

/// What it touches as that would stand once it is applied.
pub(super) fn after(conn: &mut Conn, beside: &Beside, input: &VariationInput) -> Result<Value, Refusal> {
    let award = &beside.award;
    let (terms, split) = if input.changes_terms() {
        awards::terms_after(conn, award, &terms_change(input, award))?
    } else {
        (award.terms.clone(), award.split.clone())
    };
    let targets: Map<String, Value> = input.targets.iter().map(|one| (one.indicator_id.to_string(), json!(one.targets))).collect();
    let as_now = stands(award, Value::Object(targets), beside.uses.iter().chain(&input.use_of_funds));
    let delivery = input.delivery.as_ref().map(|delivery| json!({ "status": delivery.status, "mode": delivery.mode }));
    let delivery = delivery.unwrap_or_else(|| as_now.delivery.clone());
    Ok(rules::touched(input, &Stands { terms: &terms, split: &split, delivery, ..as_now }))
}
