//! What becomes of unspent money (R13). Pure.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::funds::rules::UnspentRule;
use crate::kernel::{Faults, Id, Moment, Pence, PositivePence};

words! {
    /// Where unspent money is.
    pub enum UnspentMoney {
        /// On the budget line, promised to nobody.
        OnLine = "on_line",
        /// Released by an award before it was paid, and on its budget line since.
        Released = "released",
        /// Paid, and still with the provider.
        WithProvider = "with_provider",
    }
}

words! {
    /// How far a decision is carried out.
    pub enum UnspentOutcome {
        /// The money has moved, or stays where it can be offered again.
        Done = "done",
        /// The money is with the provider and is to be asked back first.
        ToAskBack = "to_ask_back",
    }
}

/// What becomes of some unspent money.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct UnspentDecisionLine {
    /// The budget line whose money it is.
    pub budget_line_id: Id,
    /// Where the money is.
    pub money: UnspentMoney,
    /// The award that left it unspent; none for money on the line itself.
    #[serde(default)]
    pub award_id: Option<Id>,
    /// What becomes of it.
    pub decision: UnspentRule,
    /// How much, in pence.
    #[schema(value_type = PositivePence)]
    pub amount_pence: Pence,
    /// The budget line of a later period of the same fund, and of the same source, that it is carried to.
    #[serde(default)]
    pub to_budget_line_id: Option<Id>,
    /// The funder's written consent, attached to this fund period: needed where the line's rule has the money returned and it is not (R13).
    #[serde(default)]
    pub consent_document_id: Option<Id>,
}

/// A decision on unspent money, of which all lines are carried out or none.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct UnspentDecisionInput {
    /// What becomes of which money.
    #[schema(min_items = 1, max_items = 500)]
    pub lines: Vec<UnspentDecisionLine>,
    /// The day on which money moves, today at the latest: the cut-off while the year is not final, today after that, where it is left out.
    #[serde(default)]
    pub effective_on: Option<NaiveDate>,
    /// Why.
    #[schema(min_length = 1, max_length = 1000, example = "Agreed at the budget board of 20 April.")]
    pub reason: String,
}

/// A budget line, as a decision must know it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LineFacts {
    /// What its funder says of unspent money, see [`rule_of`].
    pub rule: Option<UnspentRule>,
    /// Its source.
    pub source_id: Id,
    /// Its fund.
    pub fund_id: Id,
    /// The first day of its fund period.
    pub starts_on: NaiveDate,
    /// Whether its money may be used.
    pub is_confirmed: bool,
}

/// What decisions are held against.
#[derive(Debug, Clone, Default)]
pub struct Ground {
    /// The budget lines of the fund period.
    pub lines: BTreeMap<Id, LineFacts>,
    /// The lines that something may be carried to, of those that are named.
    pub targets: BTreeMap<Id, LineFacts>,
    /// The last day of the fund period.
    pub ends_on: NaiveDate,
    /// Today.
    pub today: NaiveDate,
    /// What each line has free.
    pub free: BTreeMap<Id, Pence>,
    /// What each line had free at the cut-off that nobody decided on yet, see [`undecided`].
    pub undecided: BTreeMap<Id, Pence>,
    /// What each award released of each line and what nobody decided on yet.
    pub released: BTreeMap<(Id, Id), Pence>,
    /// What each award has of each line, paid and unspent, that nobody decided on yet.
    pub with_provider: BTreeMap<(Id, Id), Pence>,
    /// The files attached to the fund period.
    pub documents: Vec<Id>,
}

/// What becomes of a line's unspent money: as the line says and, where it says nothing, its fund (R13).
#[must_use]
pub const fn rule_of(line: Option<UnspentRule>, fund: Option<UnspentRule>) -> Option<UnspentRule> {
    if line.is_some() { line } else { fund }
}

/// What of the money that a line had free at the cut-off nobody decided on. An offer that is dated later takes nothing of it: it would recycle the money
/// without a decision. What was decided to be recycled stays free, and what is moved after the cut-off was there at the cut-off; what was moved on it was not.
#[must_use]
pub fn undecided(free_at_cut_off: Pence, recycled: Pence, moved_later: Pence) -> Pence {
    (free_at_cut_off - recycled - moved_later).max(Pence::ZERO)
}

/// What came back of an award's line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Receipt {
    /// When it was noted.
    pub noted_at: Moment,
    /// Whether it came after the cut-off, so that it still stands as paid there.
    pub is_later: bool,
    /// How much.
    pub amount: Pence,
}

/// What becomes of money with a provider: what nobody decided on yet of what is `unspent`, and of each decision what still has to come. What comes goes to
/// the decisions that there are by then, the earliest first; the rest is on the line by itself, and decided on there.
#[must_use]
pub fn asked_back(unspent: Pence, decided: &[(Moment, Pence)], came: &[Receipt]) -> (Pence, Vec<Pence>) {
    let mut open: Vec<Pence> = decided.iter().map(|(_, amount)| *amount).collect();
    for receipt in came {
        let mut rest = receipt.amount;
        for (left, _) in open.iter_mut().zip(decided).filter(|(_, (at, _))| *at <= receipt.noted_at) {
            let part = rest.min(*left);
            (*left, rest) = (*left - part, rest - part);
        }
    }
    let later: Pence = came.iter().filter(|one| one.is_later).map(|one| one.amount).sum();
    let waiting: Pence = open.iter().copied().sum();
    ((unspent - later - waiting).max(Pence::ZERO), open)
}

/// What came back of an award's line, and what decisions on money with the provider made of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Back {
    /// When it was noted.
    pub noted_at: Moment,
    /// Whether it came after the cut-off.
    pub is_later: bool,
    /// What of it was to be recycled when it comes: that is decided on.
    pub recycled: Pence,
    /// The rest, which is decided on where it lies now.
    pub rest: Pence,
}

/// What became of what came back, in its order; `decided` are the decisions on it while it was with the provider, each with whether it is recycled. What
/// comes goes to the decisions as [`asked_back`] says.
#[must_use]
pub fn back(decided: &[(Moment, Pence, bool)], came: &[Receipt]) -> Vec<Back> {
    let mut open: Vec<Pence> = decided.iter().map(|(_, amount, _)| *amount).collect();
    let turn = |receipt: &Receipt| {
        let (mut rest, mut recycled) = (receipt.amount, Pence::ZERO);
        for (left, (_, _, is_recycled)) in open.iter_mut().zip(decided).filter(|(_, (at, ..))| *at <= receipt.noted_at) {
            let part = rest.min(*left);
            (*left, rest) = (*left - part, rest - part);
            if *is_recycled {
                recycled = recycled + part;
            }
        }
        Back { noted_at: receipt.noted_at, is_later: receipt.is_later, recycled, rest: receipt.amount - recycled }
    };
    came.iter().map(turn).collect()
}

/// What of these decisions on money of a line, in their order, is on money that came back after the cut-off: what had come by then is taken first, so that
/// nothing of what was free at the cut-off counts as decided on because of it.
#[must_use]
pub fn of_later(decided: &[(Moment, Pence)], back: &[Back]) -> Pence {
    let mut used = Pence::ZERO;
    for (at, amount) in decided {
        let came: Pence = back.iter().filter(|one| one.is_later && one.noted_at <= *at).map(|one| one.rest).sum();
        used = used + (came - used).max(Pence::ZERO).min(*amount);
    }
    used
}

/// Everything that is wrong with a decision.
#[must_use]
pub fn faults(input: &UnspentDecisionInput, ground: &Ground) -> Faults {
    let mut faults = Faults::new();
    let mut left = ground.clone();
    for (at, line) in input.lines.iter().enumerate() {
        let at = format!("/lines/{at}");
        let Some(facts) = ground.lines.get(&line.budget_line_id) else {
            faults.add(format!("{at}/budget_line_id"), "unknown_record", "This fund period has no such budget line.");
            continue;
        };
        check_money(&mut faults, &at, line, &mut left);
        check_target(&mut faults, &at, line, facts, ground);
        check_consent(&mut faults, &at, line, facts, ground);
    }
    faults.require(!input.reason.trim().is_empty(), "/reason", "blank", "This cannot be blank.");
    let message = format!("Today is {}: money cannot move on a day that is still to come.", ground.today);
    faults.require(input.effective_on.is_none_or(|on| on <= ground.today), "/effective_on", "in_the_future", &message);
    faults
}

/// Whether the money is there, with what the lines before take.
fn check_money(faults: &mut Faults, at: &str, line: &UnspentDecisionLine, left: &mut Ground) {
    let place = format!("{at}/award_id");
    let key = match (line.money, line.award_id) {
        (UnspentMoney::OnLine, Some(_)) => {
            return faults.add(place, "not_allowed", "Money on the line itself belongs to no award: leave this out.");
        }
        (UnspentMoney::OnLine, None) => None,
        (_, Some(award)) => Some((award, line.budget_line_id)),
        (_, None) => return faults.add(place, "required", "Say which award left it unspent."),
    };
    let amount = line.amount_pence;
    let mut take = |held: Option<&mut Pence>, what: &str| {
        let has = held.as_ref().map_or(Pence::ZERO, |held| **held);
        if amount > has {
            faults.add(format!("{at}/amount_pence"), "too_large", format!("{what} {has}, and this says {amount}."));
        } else if let Some(held) = held {
            *held = has - amount;
        }
    };
    match (line.money, key) {
        (UnspentMoney::WithProvider, Some(key)) => {
            take(left.with_provider.get_mut(&key), "Of what was paid on this award and line, what is unspent and not decided on yet is");
        }
        (UnspentMoney::Released, Some(key)) => {
            let what = "What this award released of this line and nobody decided on yet is";
            take(left.released.get_mut(&key), what);
            take(left.free.get_mut(&line.budget_line_id), "What this line has free in the fund period is");
        }
        _ => {
            // What was offered since the cut-off is decided on after the event: it is recycled, and only that.
            let free = left.free.get(&line.budget_line_id).copied().unwrap_or_default();
            let undecided = left.undecided.get_mut(&line.budget_line_id).filter(|undecided| **undecided > free);
            match undecided.filter(|_| line.decision == UnspentRule::Recycle) {
                Some(undecided) => take(Some(undecided), "What this line had free at the cut-off and nobody decided on yet is"),
                None => take(left.free.get_mut(&line.budget_line_id), "What this line has free in the fund period is"),
            }
        }
    }
}

fn check_target(faults: &mut Faults, at: &str, line: &UnspentDecisionLine, facts: &LineFacts, ground: &Ground) {
    let place = format!("{at}/to_budget_line_id");
    match (line.decision == UnspentRule::CarryForward && line.money != UnspentMoney::WithProvider, line.to_budget_line_id) {
        (true, None) => faults.add(place, "required", "Say which budget line of the next fund period it is carried to."),
        (false, Some(_)) => faults.add(place, "not_allowed", "Nothing is carried to another line here: leave this out."),
        (false, None) => {}
        (true, Some(to)) => {
            let Some(target) = ground.targets.get(&to) else {
                return faults.add(place, "unknown_record", "There is no such budget line.");
            };
            let fits = target.fund_id == facts.fund_id && target.source_id == facts.source_id && target.starts_on > ground.ends_on;
            let message = "Money is carried to a line of the same source, in a later period of the same fund.";
            faults.require(fits, &place, "out_of_range", message);
            faults.require(target.is_confirmed, &place, "not_confirmed", "That line is not confirmed. Have finance confirm it first.");
        }
    }
}

fn check_consent(faults: &mut Faults, at: &str, line: &UnspentDecisionLine, facts: &LineFacts, ground: &Ground) {
    let place = format!("{at}/consent_document_id");
    let needs = facts.rule == Some(UnspentRule::ReturnToFunder) && line.decision != UnspentRule::ReturnToFunder;
    match line.consent_document_id {
        Some(id) if !ground.documents.contains(&id) => {
            faults.add(place, "unknown_record", "No such file is attached to this fund period. Attach the funder's consent to it first.");
        }
        None if needs => {
            let message = "This money goes back to its funder when it is unspent (R13). To keep it, attach the funder's written consent to the fund period and name it here.";
            faults.add(place, "required", message);
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decide(line: Id, money: UnspentMoney, decision: UnspentRule, pence: i64) -> UnspentDecisionLine {
        UnspentDecisionLine {
            budget_line_id: line,
            money,
            award_id: None,
            decision,
            amount_pence: Pence(pence),
            to_budget_line_id: None,
            consent_document_id: None,
        }
    }

    #[test]
    fn all_faults_are_told_at_once_and_money_is_decided_on_once() {
        let (line, other, award) = (Id::new(), Id::new(), Id::new());
        let day = |text: &str| text.parse().unwrap();
        let facts = LineFacts {
            rule: Some(UnspentRule::ReturnToFunder),
            source_id: Id::new(),
            fund_id: Id::new(),
            starts_on: day("2020-04-01"),
            is_confirmed: true,
        };
        let ground = Ground {
            today: day("2021-04-20"),
            lines: [(line, facts)].into(),
            targets: [(other, LineFacts { starts_on: day("2021-04-01"), source_id: Id::new(), ..facts })].into(),
            ends_on: day("2021-03-31"),
            free: [(line, Pence(100))].into(),
            with_provider: [((award, line), Pence(30))].into(),
            ..Ground::default()
        };
        let carried =
            UnspentDecisionLine { to_budget_line_id: Some(other), ..decide(line, UnspentMoney::OnLine, UnspentRule::CarryForward, 60) };
        let lines = vec![
            carried,
            decide(line, UnspentMoney::OnLine, UnspentRule::ReturnToFunder, 50),
            decide(line, UnspentMoney::WithProvider, UnspentRule::ReturnToFunder, 30),
            decide(Id::new(), UnspentMoney::OnLine, UnspentRule::Recycle, 1),
            UnspentDecisionLine { award_id: Some(award), ..decide(line, UnspentMoney::WithProvider, UnspentRule::Recycle, 31) },
        ];
        let found = faults(&UnspentDecisionInput { lines, effective_on: Some(day("2035-01-01")), reason: " ".to_owned() }, &ground);
        let found: Vec<String> = found.0.into_iter().map(|one| format!("{} {}", one.pointer, one.code)).collect();
        let wanted = [
            "/lines/0/to_budget_line_id out_of_range",
            "/lines/0/consent_document_id required",
            "/lines/1/amount_pence too_large",
            "/lines/2/award_id required",
            "/lines/3/budget_line_id unknown_record",
            "/lines/4/amount_pence too_large",
            "/lines/4/consent_document_id required",
            "/reason blank",
            "/effective_on in_the_future",
        ];
        assert_eq!(found, wanted);
    }

    #[test]
    fn a_line_that_says_nothing_has_the_rule_of_its_fund() {
        let (back, kept) = (Some(UnspentRule::ReturnToFunder), Some(UnspentRule::Recycle));
        assert_eq!([rule_of(None, back), rule_of(kept, back), rule_of(back, None), rule_of(None, None)], [back, kept, back, None]);
    }

    #[test]
    fn what_was_offered_after_the_cut_off_is_recycled_by_a_decision_alone() {
        let (line, today) = (Id::new(), "2021-04-20".parse().unwrap());
        let facts = LineFacts { rule: None, source_id: Id::new(), fund_id: Id::new(), starts_on: today, is_confirmed: true };
        let ground = Ground {
            today,
            lines: [(line, facts)].into(),
            free: [(line, Pence(10))].into(),
            undecided: [(line, Pence(60))].into(),
            ..Ground::default()
        };
        let found = |lines: Vec<UnspentDecisionLine>| {
            let found = faults(&UnspentDecisionInput { lines, effective_on: Some(today), reason: "Agreed.".to_owned() }, &ground);
            found.0.into_iter().map(|one| one.pointer).collect::<Vec<_>>()
        };
        let recycle = |pence: i64| decide(line, UnspentMoney::OnLine, UnspentRule::Recycle, pence);
        assert!(found(vec![recycle(40), recycle(20)]).is_empty());
        assert_eq!(found(vec![recycle(61)]), ["/lines/0/amount_pence"]);
        assert_eq!(found(vec![decide(line, UnspentMoney::OnLine, UnspentRule::ReturnToFunder, 11)]), ["/lines/0/amount_pence"]);
        assert_eq!([undecided(Pence(60), Pence(20), Pence(10)), undecided(Pence(60), Pence(70), Pence::ZERO)], [Pence(30), Pence::ZERO]);
    }

    #[test]
    fn what_comes_back_to_be_recycled_is_decided_on_and_the_rest_is_not_of_the_cut_off() {
        let at = |second: i64| Moment::from_micros(second * 1_000_000).unwrap();
        let came = |second: i64, pence: i64| Receipt { noted_at: at(second), is_later: true, amount: Pence(pence) };
        let told = |all: &[Back]| all.iter().map(|one| (one.recycled.0, one.rest.0)).collect::<Vec<_>>();
        assert_eq!(told(&back(&[(at(4), Pence(30), true)], &[came(3, 5), came(5, 20), came(6, 20)])), [(0, 5), (20, 0), (10, 10)]);
        assert_eq!(told(&back(&[(at(4), Pence(30), false)], &[came(5, 20)])), [(0, 20)], "it is returned by a decision on the line");
        let later = back(&[(at(4), Pence(30), true)], &[came(5, 50)]);
        assert_eq!(of_later(&[(at(4), Pence(60))], &later), Pence::ZERO, "it had not come yet");
        assert_eq!(of_later(&[(at(6), Pence(15)), (at(7), Pence(60))], &later), Pence(20));
    }

    #[test]
    fn what_came_back_is_with_the_provider_no_more() {
        let at = |second: i64| Moment::from_micros(second * 1_000_000).unwrap();
        let came = |second: i64, is_later: bool, pence: i64| Receipt { noted_at: at(second), is_later, amount: Pence(pence) };
        assert_eq!(asked_back(Pence(50), &[], &[came(5, true, 30)]), (Pence(20), vec![]), "it is free on the line since");
        let decided = [(at(4), Pence(30))];
        assert_eq!(asked_back(Pence(50), &decided, &[]), (Pence(20), vec![Pence(30)]));
        assert_eq!(asked_back(Pence(50), &decided, &[came(5, true, 30)]), (Pence(20), vec![Pence::ZERO]), "it has come");
        assert_eq!(asked_back(Pence(50), &decided, &[came(3, true, 10)]), (Pence(10), vec![Pence(30)]), "what came before is not of it");
        assert_eq!(
            asked_back(Pence(20), &decided, &[came(5, false, 30)]),
            (Pence(20), vec![Pence::ZERO]),
            "what came by the cut-off is not unspent there"
        );
    }
}
