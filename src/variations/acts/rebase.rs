//! Taking a variation that another one has overtaken onto the award as that stands now.

use serde_json::json;

use super::beside::{award_of, beside};
use super::{change, check, load, not_shared, step};
use crate::access::Scope;
use crate::awards::rules::{AwardAct, allowed};
use crate::documents;
use crate::kernel::{Code, Id, Refusal};
use crate::store::{Conn, Tx};
use crate::variations::letters::write_of_rebase;
use crate::variations::rules::{self, VariationAct, VariationIssue, VariationRebase, VariationState};
use crate::variations::store::{self, Variation};

/// Refuses a paper that was attached before the variation was taken onto other figures, since those are not what it signs.
pub(super) fn check_paper(conn: &mut Conn, one: &Variation, document_id: Id) -> Result<(), Refusal> {
    let is_rebased = store::was_issued_before(conn, one.id, one.version)?;
    if is_rebased && documents::get(conn, Scope::Office, document_id)?.recorded_at < one.recorded_at {
        let message =
            "This paper was attached before the variation was taken onto other figures. Attach one that signs it as it stands now.";
        return Err(Refusal::invalid("/signed_document_id", "too_early", message));
    }
    Ok(())
}

/// Refuses to send on what an approver approved with parts that they have not seen.
fn check_approval(one: &Variation, is_sent_otherwise: bool) -> Result<(), Refusal> {
    if is_sent_otherwise && one.approved_on.is_some() {
        let detail = "This variation was approved as it is, and nobody has approved it with what is given here. Take it back and draft it \
            anew; the new one is approved before it is issued.";
        return Err(Refusal::rule(Code::RuleBroken, detail));
    }
    Ok(())
}

/// Takes a variation onto the award as that stands now: what stands before is noted anew, and one that would hold from before the agreement does holds
/// from that day on, with what is given anew of it. What was accepted is to be accepted again, since the provider would sign something else; it is told by letter.
///
/// # Errors
/// It is applied, refused, lapsed or taken back; the award is not under way any more; [`Code::RuleBroken`] where nothing has overtaken it, and where
/// something is given anew of what was approved and issued; every fault of the last day to answer, and of what is given anew; every fault of the
/// variation beside the award as it stands now.
pub fn rebase(tx: &mut Tx<'_>, id: Id, version: i32, rebase: &VariationRebase) -> Result<Variation, Refusal> {
    let one = load(tx, Scope::Office, id, version)?;
    let state = step(tx, &one, VariationAct::Rebase)?;
    let award = award_of(tx.conn(), one.award_id)?;
    allowed(AwardAct::Vary, award.state())?;
    not_shared(tx, &one.input, &award)?;
    let stands = beside(tx.conn(), award, &[&one.input])?;
    let now = stands.now(&one.input);
    let fields = one.before.as_ref().map(|issued| rules::overlaps(&one.input, issued, &now)).unwrap_or_default();
    let is_early = stands.agreed_from.is_some_and(|agreed| one.input.effective_on < agreed);
    if fields.is_empty() && !is_early {
        let detail = "Nothing that this variation changes has changed since. It goes on as it is.";
        return Err(Refusal::rule_with(Code::RuleBroken, detail, json!({ "fields": [] })));
    }
    let today = tx.today();
    let is_issued = state == VariationState::Issued;
    let kept = one.answer_due_on.filter(|due| *due >= today);
    let issue = VariationIssue { answer_due_on: rebase.answer_due_on.or(kept) };
    let needs_no_answer = one.input.is_unilateral || !is_issued;
    let mut faults = rules::issue_faults(&issue, needs_no_answer, today);
    faults.0.extend(rebase.faults(&one.input).0);
    faults.into_result()?;
    let asked = rebase.refit(&one.input);
    let is_refitted = asked != one.input;
    check_approval(&one, is_refitted && is_issued)?;
    let mut input = stands.worked_out(&asked);
    input.effective_on = stands.agreed_from.map_or(input.effective_on, |agreed| input.effective_on.max(agreed));
    check(tx.conn(), today, &input, &stands).map_err(rules::as_rebased)?;
    let before = if is_issued { Some(stands.now(&input)) } else { None };
    let note = rules::rebased(&fields, one.state == VariationState::Accepted, input.effective_on);
    // Whoever sends it on other figures is who issued it, and does not accept it for the provider.
    let issued_by_id = if is_issued { tx.actor().id } else { one.issued_by_id };
    let authored_by_id = if is_refitted { tx.actor().id } else { one.authored_by_id };
    let rebased = change(tx, &one, |next| {
        (next.issued_by_id, next.authored_by_id) = (issued_by_id, authored_by_id);
        if is_refitted {
            (next.approved_by_id, next.approved_by, next.approved_on) = (None, None, None);
        }
        (next.state, next.input, next.before) = (state, input, before);
        next.answer_due_on = issue.answer_due_on;
        next.note = Some(note);
        (next.answered_on, next.answered_by, next.living_wage_attested_on) = (None, None, None);
        (next.accepted_on_behalf_by, next.signed_by, next.signed_document_id) = (None, None, None);
        (next.failed_on, next.failure) = (None, None);
    })?;
    if is_issued {
        write_of_rebase(tx, &stands.award, &rebased)?;
    }
    Ok(rebased)
}
