//! Returns of an office's past, taken in as they were printed.

use chrono::NaiveDate;

use crate::access::Scope;
use crate::awards::acts as awards;
use crate::awards::rules::AwardState;
use crate::kernel::{Id, Provenance, Refusal};
use crate::returns::rules::{self, IndicatorValue, Planned, ReturnContent, ReturnState, SpendLine};
use crate::returns::store::{self, Return};
use crate::returns::{acts, owed};
use crate::store::{Conn, Tx};

/// A return as a paper has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportedReturn {
    /// The award.
    pub award_id: Id,
    /// What it covers.
    pub planned: Planned,
    /// How far it had come.
    pub state: ReturnState,
    /// When it was sent.
    pub submitted_on: Option<NaiveDate>,
    /// When it was accepted.
    pub accepted_on: Option<NaiveDate>,
    /// What it holds; of a return that is there already, what is told anew.
    pub content: ReturnContent,
    /// Where its facts come from.
    pub provenance: Provenance,
}

/// Takes in a return. Where the award made one for this period by itself, it is that one; otherwise those that the award made give way to
/// it. What a return says already and is not told again stays. An accepted return counts from the day of
/// its acceptance, or from the end of its period where that day is not evidenced.
///
/// # Errors
/// Every fault of the content; [`crate::kernel::Code::WrongState`] where the return is further on, or its provider writes it here.
pub fn import(tx: &mut Tx<'_>, given: &ImportedReturn) -> Result<Id, Refusal> {
    let own = store::of_award(tx.conn(), given.award_id)?.into_iter().find(|one| one.planned.period == given.planned.period);
    let is_as_planned = own.as_ref().is_some_and(|one| one.planned == given.planned);
    let one = own.map_or_else(|| begin(tx, given), Ok)?;
    rules::check_told(one.state, one.author_id.is_some(), given.state)?;
    let content = laid_over(acts::content(tx.conn(), &one)?, &given.content);
    let mut asked = owed::asked(tx.conn(), given.award_id, &given.planned, &content)?;
    asked.wants_denominators = !given.provenance.lacks("R76");
    rules::faults(&content, &asked).into_result()?;
    let award = awards::get(tx.conn(), Scope::Office, given.award_id)?;
    let leave = acts::leave(tx.conn(), award.standing.accepted_on)?;
    let kept = acts::keep(tx, &one, &content, |next| {
        next.planned = given.planned.clone();
        next.due_on = given.planned.due_on(&leave);
        next.due_reason = None;
        next.send_again_by = None;
        next.state = given.state;
        next.submitted_on = given.submitted_on;
        next.accepted_on = given.accepted_on;
        next.effective_on = given.accepted_on.or(given.submitted_on).unwrap_or(given.planned.ends_on);
        next.provenance = given.provenance.clone();
    })?;
    if !is_as_planned {
        acts::plan(tx, given.award_id)?;
    }
    Ok(kept.id)
}

/// What is told now, laid over what the return says already: spending by what it was for, values by indicator, area and group, texts by section.
fn laid_over(before: ReturnContent, told: &ReturnContent) -> ReturnContent {
    let mut next = before;
    let (spend, mut values) = (next.spend.take(), std::mem::take(&mut next.values));
    let spend = match (spend, &told.spend) {
        (kept, None) => kept,
        (kept, Some(told)) => {
            let is_kept = |line: &SpendLine| told.iter().all(|new| new.category != line.category);
            Some(kept.into_iter().flatten().filter(is_kept).chain(told.iter().cloned()).collect())
        }
    };
    for new in &told.values {
        let is_same =
            |kept: &&mut IndicatorValue| (kept.indicator_id, kept.area_id, &kept.group) == (new.indicator_id, new.area_id, &new.group);
        match values.iter_mut().find(is_same) {
            Some(kept) => kept.clone_from(new),
            None => values.push(new.clone()),
        }
    }
    for key in told.written_sections() {
        next.set_section(key, told.section(key).map(str::to_owned));
    }
    ReturnContent { spend, values, ..next }
}

/// Whether an award that is closed, or the closed whole of a part, still has what its accepted returns report as spent: as where it is closed
/// after they were accepted.
///
/// # Errors
/// A fault at `/award` that says how much may have gone back; [`Refusal::Store`] where the database fails.
pub fn check_closed(conn: &mut Conn, award_id: Id) -> Result<(), Refusal> {
    let award = awards::get(conn, Scope::Office, award_id)?;
    let whole = award.terms.component_of.map(|id| awards::get(conn, Scope::Office, id)).transpose()?;
    for award in [award].into_iter().chain(whole).filter(|one| one.state() == AwardState::Closed) {
        let (spent, agreed) = (acts::spent(conn, award.id)?, award.moves_money().unwrap_or_default());
        if let Err(Refusal::Rule { detail, .. }) = rules::check_closing(&spent, agreed, awards::kept(conn, award.id)?) {
            return Err(Refusal::invalid("/award", "does_not_add_up", format!("{} is closed. {detail}", award.reference)));
        }
    }
    Ok(())
}

fn begin(tx: &mut Tx<'_>, given: &ImportedReturn) -> Result<Return, Refusal> {
    let award = awards::get(tx.conn(), Scope::Office, given.award_id)?;
    let leave = acts::leave(tx.conn(), award.standing.accepted_on)?;
    acts::create(tx, (award.id, award.terms.provider_id), &given.planned, &leave)
}
