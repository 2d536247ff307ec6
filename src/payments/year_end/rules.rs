//! Stages of a year's end, and what is asked of each. Pure.

pub mod books;
pub mod journal;
pub mod statement;
pub mod unspent;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::kernel::{Code, Faults, Id, Named, Pence, Refusal};

words! {
    /// How far the end of a fund period's year has come.
    pub enum YearEndStage {
        /// Nothing is cut off yet.
        Open = "open",
        /// What is dated after the cut-off belongs to the next year.
        CutOff = "cut_off",
        /// The outturn is provisional: journals and decisions may still change it.
        Provisional = "provisional",
        /// The year is closed: its statement is frozen, its money locked.
        Final = "final",
        /// The auditor has seen it.
        Audited = "audited",
    }
}

words! {
    /// What can be done to a year's end.
    pub enum YearEndAct {
        /// Cut the year off.
        CutOff = "cut_off",
        /// Say that the outturn is provisional.
        MakeProvisional = "make_provisional",
        /// Close the year.
        MakeFinal = "make_final",
        /// Note its audit.
        NoteAudit = "note_audit",
        /// Propose a journal.
        ProposeJournal = "propose_journal",
        /// Decide what becomes of unspent money.
        Decide = "decide",
        /// Attach a file, such as a funder's consent.
        AttachDocument = "attach_document",
        /// Note what a later movement corrects.
        Correct = "correct",
    }
}

/// Whether a stage allows an act.
#[must_use]
pub const fn allows(stage: YearEndStage, act: YearEndAct) -> bool {
    use YearEndStage::{Audited, CutOff, Final, Open, Provisional};
    matches!(
        (act, stage),
        (YearEndAct::CutOff, Open)
            | (YearEndAct::MakeProvisional, CutOff)
            | (YearEndAct::MakeFinal, Provisional)
            | (YearEndAct::NoteAudit, Final)
            | (YearEndAct::ProposeJournal, CutOff | Provisional)
            | (YearEndAct::Decide, CutOff | Provisional | Final | Audited)
            | (YearEndAct::Correct, Final | Audited)
            | (YearEndAct::AttachDocument, _)
    )
}

/// Refuses an act that the stage does not allow.
///
/// # Errors
/// [`Code::WrongState`].
pub fn check(stage: YearEndStage, act: YearEndAct) -> Result<(), Refusal> {
    if allows(stage, act) {
        return Ok(());
    }
    let done = match act {
        YearEndAct::CutOff => "cut off",
        YearEndAct::MakeProvisional => "made provisional",
        YearEndAct::MakeFinal => "made final",
        YearEndAct::NoteAudit => "noted as audited",
        YearEndAct::ProposeJournal => "given a journal: that is for a year that is cut off and not final",
        YearEndAct::Decide => "decided on: cut it off first",
        YearEndAct::Correct => "corrected by a later movement: it is not closed",
        YearEndAct::AttachDocument => "given a file",
    };
    Err(Refusal::wrong_state("year", stage, done))
}

/// Where a year is cut off.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
pub struct YearEndCutOff {
    /// The last day that counts for the year; the last day of the fund period where it is left out, and never before that.
    #[serde(default)]
    pub cut_off_on: Option<NaiveDate>,
    /// A remark.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 1000)]
    pub note: Option<String>,
}

/// A remark on a stage.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
pub struct YearEndNote {
    /// A remark.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 1000)]
    pub note: Option<String>,
}

/// What is said when a year is closed.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
pub struct YearEndFinal {
    /// A remark.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 1000)]
    pub note: Option<String>,
    /// That you know of which awards an estimate is missing, and close the year all the same. Which they are is kept.
    #[serde(default)]
    pub accepts_missing_estimates: bool,
}

/// What is wrong with a cut-off of a period that ends on a day.
#[must_use]
pub fn cut_off_faults(cut_off_on: NaiveDate, ends_on: NaiveDate, today: NaiveDate) -> Faults {
    let mut faults = Faults::new();
    let message = format!("The fund period ends on {ends_on}, so nothing is cut off before that day.");
    faults.require(cut_off_on >= ends_on, "/cut_off_on", "too_early", &message);
    let message = format!("Today is {today}: what is still to come cannot be cut off yet.");
    faults.require(cut_off_on <= today, "/cut_off_on", "in_the_future", &message);
    faults
}

/// Refuses whoever made the outturn provisional to make it final.
///
/// # Errors
/// [`Code::SamePerson`].
pub fn check_second_person(first: Option<Id>, actor: Option<Id>) -> Result<(), Refusal> {
    if actor.is_some() && first != actor {
        return Ok(());
    }
    Err(Refusal::rule(Code::SamePerson, "You made this outturn provisional. Somebody else has to make it final."))
}

/// Refuses to close a year of which a journal waits or something owed stands in none.
///
/// # Errors
/// [`Code::RuleBroken`] with how many lines are open.
pub fn check_settled(waiting: Option<&str>, open_lines: usize) -> Result<(), Refusal> {
    if let Some(reference) = waiting {
        let detail = format!("The journal {reference} waits for its approval. A year is closed once that is done.");
        return Err(Refusal::rule_with(Code::RuleBroken, detail, serde_json::json!({ "journal": reference })));
    }
    if open_lines == 0 {
        return Ok(());
    }
    let detail = format!(
        "{open_lines} of the accruals, prepayments and debtors that are worked out stand in no approved journal. Propose one and have it approved first."
    );
    Err(Refusal::rule_with(Code::RuleBroken, detail, serde_json::json!({ "open_count": open_lines })))
}

/// Refuses to close a year while payments of its money are with the finance system: its answer would be dated in a year that is locked.
///
/// # Errors
/// [`Code::RuleBroken`] with the payments.
pub fn check_answered(payments: &[String]) -> Result<(), Refusal> {
    let Some(first) = payments.first() else { return Ok(()) };
    let (count, and) = (payments.len(), if payments.len() == 1 { "" } else { " and others" });
    let detail = format!(
        "{first}{and} ({count} in all) went to the finance system, which has not answered yet. Take its answer first, or once the year is closed \
         nothing that it paid in it can be taken."
    );
    Err(Refusal::rule_with(Code::RuleBroken, detail, serde_json::json!({ "payments": payments })))
}

/// Refuses to close a year while so much of these lines goes back to its funder when it is unspent, and nobody decided on it (R13).
///
/// # Errors
/// [`Code::RuleBroken`] with the budget lines.
pub fn check_decided(undecided: Pence, lines: &[Id]) -> Result<(), Refusal> {
    if !undecided.is_positive() {
        return Ok(());
    }
    let detail = format!(
        "{undecided} was free at the cut-off, goes back to its funder when it is unspent (R13), and nobody has decided on it. Decide on it under \
         decisions first: have it returned, or keep it with the funder's written consent."
    );
    let facts = serde_json::json!({ "undecided_pence": undecided, "budget_line_ids": lines });
    Err(Refusal::rule_with(Code::RuleBroken, detail, facts))
}

/// The last day on which money of a budget line may be promised without a decision: the end of its spending window or, without one, of its fund period, and the
/// cut-off at the latest.
#[must_use]
pub fn last_day(window_ends_on: Option<NaiveDate>, ends_on: NaiveDate, cut_off_on: Option<NaiveDate>) -> NaiveDate {
    let last = window_ends_on.unwrap_or(ends_on);
    cut_off_on.map_or(last, |cut_off_on| cut_off_on.min(last))
}

/// Refuses to promise money that goes back to its funder as of a day that is cut off already: what was free then is decided on, and no promise is put before
/// that afterwards (R13).
///
/// # Errors
/// [`Code::RuleBroken`] with both days.
pub fn check_not_cut_off((reference, id): (&str, Id), on: NaiveDate, cut_off_on: Option<NaiveDate>) -> Result<(), Refusal> {
    let Some(cut_off_on) = cut_off_on.filter(|cut_off_on| on <= *cut_off_on) else { return Ok(()) };
    let detail = format!(
        "The money of {reference} goes back to its funder when it is unspent (R13), and its year was cut off on {cut_off_on}: nothing of it is promised as of \
         {on} any more. Date it after the cut-off, as far as the money was decided to be recycled; or take the money of a later fund period."
    );
    let facts = serde_json::json!({ "budget_line_id": id, "cut_off_on": cut_off_on, "effective_on": on });
    Err(Refusal::rule_with(Code::RuleBroken, detail, facts))
}

/// Refuses to promise more, after that day, of money that goes back to its funder than was decided to be recycled (R13).
///
/// # Errors
/// [`Code::RuleBroken`] with both sums.
pub fn check_recycled((reference, id): (&str, Id), last_day: NaiveDate, promised: Pence, recycled: Pence) -> Result<(), Refusal> {
    if promised <= recycled {
        return Ok(());
    }
    let detail = format!(
        "The money of {reference} goes back to its funder when it is unspent (R13), and {last_day} was the last day to promise it. {recycled} of it was decided to \
         be recycled, and {promised} would be promised since. Cut the year off and decide on it under decisions at its year end, with the funder's written \
         consent; or take the money of a later fund period."
    );
    let facts = serde_json::json!({ "budget_line_id": id, "last_day": last_day, "promised_pence": promised, "recycled_pence": recycled });
    Err(Refusal::rule_with(Code::RuleBroken, detail, facts))
}

/// Warns of awards whose estimate is missing, so that only what was accepted counts as spent, unless whoever acts knows of it.
///
/// # Errors
/// [`Code::RuleBroken`] with the awards.
pub fn check_estimated(missing: &[Named], is_accepted: bool) -> Result<(), Refusal> {
    let Some(first) = missing.first().filter(|_| !is_accepted) else { return Ok(()) };
    let (count, and) = (missing.len(), if missing.len() == 1 { "" } else { " and others" });
    let detail = format!(
        "Nobody has estimated what {}{and} ({count} in all) will have spent, and not every return that was owed is accepted: only what was accepted counts as \
         spent. Ask for the estimates, or say `accepts_missing_estimates` to go on without them.",
        first.code
    );
    Err(Refusal::rule_with(Code::RuleBroken, detail, serde_json::json!({ "missing_estimates": missing })))
}

/// What an award is expected to have spent by the end of the year.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct YearEndEstimateInput {
    /// What the award will have spent in all, from its first day up to the last day of the fund period, in pence.
    pub amount_pence: Pence,
    /// A remark.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 1000)]
    pub note: Option<String>,
}

/// A correction of a closed year.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct YearEndCorrectionInput {
    /// The movement, dated after the lock, that corrects.
    pub transfer_id: Id,
    /// The movement of the closed year that it corrects.
    pub corrects_id: Id,
    /// Why.
    #[schema(min_length = 1, max_length = 1000, example = "Paid on the wrong award in March.")]
    pub reason: String,
}

/// What is wrong with an estimate, where so much is accepted as spent already.
#[must_use]
pub fn estimate_faults(input: &YearEndEstimateInput, accepted: Pence) -> Faults {
    let mut faults = Faults::new();
    let message = format!("Accepted returns report {accepted} as spent already; say what was spent in all, from the first day.");
    faults.require(input.amount_pence >= accepted, "/amount_pence", "too_small", &message);
    faults.require(input.note.as_deref().is_none_or(|note| !note.trim().is_empty()), "/note", "blank", "This cannot be blank.");
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stages_are_taken_in_order_and_never_back() {
        let steps = [YearEndAct::CutOff, YearEndAct::MakeProvisional, YearEndAct::MakeFinal, YearEndAct::NoteAudit];
        for (at, stage) in YearEndStage::ALL.iter().enumerate() {
            for (step, act) in steps.iter().enumerate() {
                assert_eq!(allows(*stage, *act), at == step, "{stage} {act}");
            }
        }
        assert!(!allows(YearEndStage::Final, YearEndAct::ProposeJournal));
    }

    #[test]
    fn a_year_with_open_ends_is_not_closed() {
        assert!(check_answered(&[]).is_ok() && check_decided(Pence::ZERO, &[]).is_ok());
        assert!(check_answered(&["A-1".to_owned()]).is_err() && check_decided(Pence(1), &[Id::new()]).is_err());
    }

    #[test]
    fn money_is_promised_to_the_last_day_of_its_window() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let (end, cut) = (day("2021-03-31"), day("2021-04-20"));
        assert_eq!(last_day(None, end, None), end);
        assert_eq!(last_day(None, end, Some(cut)), end);
        assert_eq!(last_day(Some(day("2020-12-31")), end, None), day("2020-12-31"));
        assert_eq!(last_day(Some(day("2021-06-30")), end, None), day("2021-06-30"));
        assert_eq!(last_day(Some(day("2021-06-30")), end, Some(cut)), cut);
        assert!(check_recycled(("B1", Id::new()), end, Pence(5), Pence(5)).is_ok());
        assert!(check_recycled(("B1", Id::new()), end, Pence(6), Pence(5)).is_err());
    }

    #[test]
    fn nothing_is_promised_as_of_a_day_that_is_cut_off() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let check = |on: &str, cut: Option<&str>| check_not_cut_off(("B1", Id::new()), day(on), cut.map(day)).is_ok();
        assert!(check("2021-03-31", None) && check("2021-04-01", Some("2021-03-31")));
        assert!(!check("2021-03-31", Some("2021-03-31")) && !check("2020-09-30", Some("2021-03-31")));
    }

    #[test]
    fn nothing_is_cut_off_before_its_end_or_after_today() {
        let day = |text: &str| text.parse().unwrap();
        let codes = |cut: &str| {
            let found = cut_off_faults(day(cut), day("2021-03-31"), day("2021-04-20"));
            found.0.into_iter().map(|fault| fault.code).collect::<Vec<_>>()
        };
        assert_eq!(codes("2021-03-30"), ["too_early"]);
        assert_eq!(codes("2021-04-21"), ["in_the_future"]);
        assert!(codes("2021-03-31").is_empty() && codes("2021-04-20").is_empty());
    }
}
