//! Taking a variation that another one has overtaken onto the award as that stands now.

use serde_json::{Value, json};

use super::beside::{Beside, award_of, awards_of, beside, besides};
use super::together::save_all;
use super::{check_current, check_with, load, not_shared, save, step};
use crate::access::Scope;
use crate::awards::acts::Looked;
use crate::awards::rules::{AwardAct, allowed};
use crate::documents;
use crate::kernel::{Code, Id, Refusal};
use crate::store::{Conn, Tx};
use crate::variations::letters::{ToSend, write_of_rebases};
use crate::variations::prospects;
use crate::variations::rules::{self, Earliest, VariationAct, VariationIssue, VariationRebase, VariationState};
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
    let award = award_of(tx.conn(), one.award_id)?;
    let stands = beside(tx.conn(), award, &[&one.input])?;
    let rebasing = anew(tx, &mut Looked::default(), (one, stands), rebase)?;
    save(tx, &rebasing.before, &rebasing.after)?;
    tell(tx, std::slice::from_ref(&rebasing))?;
    Ok(rebasing.after)
}

/// A variation that is rebased, beside its award as that stands now.
pub(in crate::variations) struct Rebasing {
    before: Variation,
    /// On what is agreed now.
    pub after: Variation,
    stands: Beside,
}

/// Those of these variations that another change has overtaken, each as it would be rebased; and why some cannot be, each by its award. Nothing is
/// written. As much is looked up for many as for one.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub(in crate::variations) fn overtaken(
    tx: &mut Tx<'_>,
    all: Vec<Variation>,
    rebase: &VariationRebase,
) -> Result<(Vec<Rebasing>, Vec<(Id, Refusal)>), Refusal> {
    let awards = awards_of(tx.conn(), &all.iter().map(|one| one.award_id).collect::<Vec<_>>())?;
    let told = awards.into_iter().zip(&all).map(|(award, one)| (award, vec![&one.input])).collect();
    let stood = besides(tx.conn(), told)?;
    let (mut looked, mut rebased, mut refused) = (Looked::default(), Vec::new(), Vec::new());
    for (one, stands) in all.into_iter().zip(stood) {
        if check_current(&one, &stands, "applied").is_ok() {
            continue;
        }
        let award_id = one.award_id;
        match anew(tx, &mut looked, (one, stands), rebase) {
            Ok(next) => rebased.push(next),
            Err(refusal @ Refusal::Store(_)) => return Err(refusal),
            Err(refusal) => refused.push((award_id, refusal)),
        }
    }
    Ok((rebased, refused))
}

/// Keeps variations as they are rebased, in a few statements, each with its event, its e-mail and its letter.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub(in crate::variations) fn rebase_all(tx: &mut Tx<'_>, all: &[Rebasing]) -> Result<(), Refusal> {
    let after: Vec<Variation> = all.iter().map(|one| one.after.clone()).collect();
    save_all(tx, all.iter().map(|one| &one.before), &after)?;
    tell(tx, all)
}

/// Tells the providers of those that they were sent before.
fn tell(tx: &mut Tx<'_>, all: &[Rebasing]) -> Result<(), Refusal> {
    let mut sent: Vec<(&Rebasing, Value)> = Vec::with_capacity(all.len());
    for one in all.iter().filter(|one| one.after.state == VariationState::Issued) {
        sent.push((one, prospects::after(tx.conn(), &one.stands, &one.after.input)?.0));
    }
    if sent.is_empty() {
        return Ok(());
    }
    let letters: Vec<ToSend<'_>> =
        sent.iter().map(|(one, after)| ToSend { award: &one.stands.award, variation: &one.after, after: Some(after) }).collect();
    write_of_rebases(tx, &letters)
}

/// A variation on the award as that stands now, before it is written.
fn anew(tx: &mut Tx<'_>, looked: &mut Looked, (one, stands): (Variation, Beside), rebase: &VariationRebase) -> Result<Rebasing, Refusal> {
    let state = step(tx, &one, VariationAct::Rebase)?;
    allowed(AwardAct::Vary, stands.award.state())?;
    not_shared(tx, &one.input, &stands.award)?;
    let now = stands.now(&one.input);
    let fields = one.before.as_ref().map(|issued| rules::overlaps(&one.input, issued, &now)).unwrap_or_default();
    let earliest = stands.earliest(&one.input);
    if fields.is_empty() && Earliest::missed(earliest, one.input.effective_on).is_none() {
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
    input.effective_on = earliest.map_or(input.effective_on, |earliest| input.effective_on.max(earliest.day()));
    check_with(tx.conn(), looked, today, &input, &stands).map_err(rules::as_rebased)?;
    let before = if is_issued { Some(stands.now(&input)) } else { None };
    let note = rules::rebased(&fields, one.state == VariationState::Accepted, (input.effective_on, earliest));
    // Whoever sends it on other figures is who issued it, and does not accept it for the provider.
    let issued_by_id = if is_issued { tx.actor().id } else { one.issued_by_id };
    let authored_by_id = if is_refitted { tx.actor().id } else { one.authored_by_id };
    let mut next = Variation { version: one.version + 1, recorded_at: tx.recorded_at(), ..one.clone() };
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
    Ok(Rebasing { before: one, after: next, stands })
}
