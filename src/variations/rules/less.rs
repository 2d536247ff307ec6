//! Less money: which budget lines bear it, and what an award cannot come to less than.

use std::collections::BTreeMap;

use super::{BudgetCut, Known, VariationInput};
use crate::awards::rules::{SplitLine, lessen, split_lines};
use crate::kernel::{Code, Id, Pence, Refusal};
use crate::payments::rules::{check_kept, within};

/// Whether a cut falls on this budget line.
fn is_cut(cut: &BudgetCut, line: Id, sources: &BTreeMap<Id, Id>) -> bool {
    cut.budget_line_id.is_none_or(|own| own == line) && cut.funding_source_id.is_none_or(|source| sources.get(&line) == Some(&source))
}

/// What each line pays less where a budget is cut: the line that is named, or the lines of the source in proportion to what they pay, and none more than it
/// has left where the others can bear it. Nothing where they pay less than that.
#[must_use]
pub fn spread_cut(input: &VariationInput, split: &[(Id, Pence)], known: &Known) -> Vec<SplitLine> {
    let Some(cut) = &input.budget_cut else { return Vec::new() };
    let lines: Vec<(Id, Pence)> = split.iter().copied().filter(|(line, _)| is_cut(cut, *line, &known.sources)).collect();
    let whole: Pence = lines.iter().map(|(_, pence)| *pence).sum();
    if cut.cut_pence > whole {
        return Vec::new();
    }
    let left = lessen(&lines, cut.cut_pence, &known.books.free().into_iter().collect());
    let less = lines.iter().zip(left).map(|((line, before), (_, after))| (*line, *before - after)).filter(|(_, less)| less.is_positive());
    split_lines(&less.collect::<Vec<_>>())
}

fn committed(known: &Known) -> Pence {
    known.books.committed.values().copied().sum()
}

/// By how much an award can come down: by what its budget lines have committed, but for what is on its way or owed of that. What is paid stays. So does what
/// came back since it was paid: the fund has it again, and it is not taken from the award a second time.
fn spare(known: &Known) -> Pence {
    (committed(known) - known.gone_out.reserved).max(Pence::ZERO)
}

/// What the budget lines that a cut falls on have left; nothing where no budget is cut.
fn left_of_cut(input: &VariationInput, known: &Known) -> Option<Pence> {
    let cut = input.budget_cut.as_ref()?;
    Some(known.books.free().into_iter().filter(|(line, _)| is_cut(cut, *line, &known.sources)).map(|(_, free)| free).sum())
}

/// Refuses what would leave an award, or one of its budget lines, with less than is on its way or owed of it: what the application refuses then. `lines` with
/// what each pays more.
///
/// # Errors
/// [`Code::RuleBroken`] with what is on its way.
pub fn check_floor(lines: impl Iterator<Item = (Id, Pence)>, known: &Known) -> Result<(), Refusal> {
    let (mut then, mut all) = (known.books.clone(), Pence::ZERO);
    for (line, more) in lines {
        let held = then.committed.entry(line).or_default();
        *held = *held + more;
        all = all + more;
    }
    within(&then)?;
    if all < Pence::ZERO { check_kept(then.committed.values().copied().sum(), known.gone_out.reserved) } else { Ok(()) }
}

/// A refusal of less money for an award of this amount, with what is paid and on its way, and what the award cannot come to less than.
#[must_use]
pub fn with_floor(refusal: Refusal, input: &VariationInput, amount: Option<Pence>, known: &Known) -> Refusal {
    let Some(amount) = amount.filter(|_| input.change_pence() < Pence::ZERO) else { return refusal };
    match refusal {
        Refusal::Rule { code: code @ (Code::InsufficientBalance | Code::RuleBroken), detail, mut facts } => {
            let (lowest, sentence) = floor(matches!(code, Code::InsufficientBalance), input, amount, known);
            let told = [("paid_pence", known.gone_out.paid), ("reserved_pence", known.gone_out.reserved), ("lowest_pence", lowest)];
            facts.extend(told.map(|(name, pence)| (name.to_owned(), serde_json::json!(pence))));
            Refusal::Rule { code, detail: format!("{detail} {sentence}"), facts }
        }
        other => other,
    }
}

/// What an award of this amount cannot come to less than by such a variation, and why it does not come to what was asked, in plain words. `is_short` where an
/// account holds too little, now or for a while since the variation holds.
fn floor(is_short: bool, input: &VariationInput, amount: Pence, known: &Known) -> (Pence, String) {
    let (paid, reserved, spare) = (known.gone_out.paid, known.gone_out.reserved, spare(known));
    let back = amount - committed(known) - paid;
    let told = if back.is_positive() {
        format!("{paid} of this award is paid, {reserved} on its way and {back} went back to the fund after it was paid")
    } else {
        format!("{paid} of this award is paid and {reserved} on its way")
    };
    let room = left_of_cut(input, known).map_or(spare, |left| left.min(spare));
    let lowest = amount - room;
    let is_there = -input.change_pence() <= room;
    let is_split = input.value.as_ref().is_some_and(|value| !value.split.is_empty());
    let why = if is_there && is_split {
        format!("{told}, so it cannot come to less than {lowest}. Leave `split` out, and each budget line gives what it has left.")
    } else if is_there && is_short {
        let (from, later) = (input.effective_on, "Let this variation hold from a later day.");
        format!("{told}, so it can come to {lowest}, but not from {from} on, since less was there later. {later}")
    } else if room < spare {
        format!("{told}. What was cut has {room} of the award left, so this cut cannot bring it below {lowest}.")
    } else {
        format!("{told}, so it cannot come to less than {lowest}.")
    };
    (lowest, why)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::payments::rules::Books;
    use crate::payments::schedule::rules::GoneOut;

    /// An award that two budget lines of one source pay, with what each has committed and reserved.
    fn known(lines: [Id; 2], committed: [i64; 2], reserved: [i64; 2], paid: i64) -> Known {
        let of = |pence: [i64; 2]| lines.into_iter().zip(pence.map(Pence)).collect();
        let gone_out = GoneOut { paid: Pence(paid), reserved: Pence(reserved.iter().sum()), days: None };
        let source = Id::new();
        let sources = lines.map(|line| (line, source)).into();
        Known { sources, gone_out, books: Books { committed: of(committed), reserved: of(reserved) }, ..Known::default() }
    }

    fn less(change: serde_json::Value) -> VariationInput {
        let mut whole = serde_json::json!({ "title": "Less", "reason": "A cut", "effective_on": "2020-10-01" });
        whole.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        serde_json::from_value(whole).unwrap()
    }

    fn lowest(input: &VariationInput, amount: i64, known: &Known) -> i64 {
        let refused = with_floor(Refusal::rule(Code::RuleBroken, "No."), input, Some(Pence(amount)), known);
        let Refusal::Rule { facts, .. } = refused else { panic!("another refusal") };
        facts["lowest_pence"].as_i64().unwrap()
    }

    #[test]
    fn the_floor_is_what_the_ledger_leaves() {
        let lines = [Id::new(), Id::new()];
        let value = less(serde_json::json!({ "value": { "change_pence": -1 } }));
        // £1,000: £600 were paid, of which £200 came back.
        let recovered = known(lines, [300, 100], [0, 0], 400);
        assert_eq!(lowest(&value, 1_000, &recovered), 600);
        let on_its_way = known(lines, [300, 100], [70, 0], 600);
        assert_eq!(lowest(&value, 1_000, &on_its_way), 670);
        let one = less(serde_json::json!({ "budget_cut": { "cut_pence": 1, "budget_line_id": lines[0] } }));
        assert_eq!(lowest(&one, 1_000, &on_its_way), 770);
        // The floor itself is let through, and a penny less is not.
        for (at, (free, other)) in [(230, 100), (100, 230)].into_iter().enumerate() {
            let give = |more: i64| [(lines[at], Pence(-free - more)), (lines[1 - at], Pence(-other))].into_iter();
            assert!(check_floor(give(0), &on_its_way).is_ok());
            assert!(check_floor(give(1), &on_its_way).is_err());
        }
    }

    #[test]
    fn what_was_short_for_a_while_can_be_taken_later() {
        let value = less(serde_json::json!({ "value": { "change_pence": -100 } }));
        let stands = known([Id::new(), Id::new()], [300, 100], [0, 0], 300);
        let told = |code: Code| {
            let refused = with_floor(Refusal::rule(code, "No."), &value, Some(Pence(700)), &stands);
            let Refusal::Rule { detail, .. } = refused else { panic!("another refusal") };
            detail
        };
        assert!(told(Code::InsufficientBalance).contains("it can come to £3.00, but not from 2020-10-01 on, since less was there later."));
        assert_eq!(told(Code::RuleBroken), "No. £3.00 of this award is paid and £0.00 on its way, so it cannot come to less than £3.00.");
    }

    #[test]
    fn a_cut_of_a_source_falls_on_the_lines_that_can_bear_it() {
        let lines = [Id::new(), Id::new()];
        let stands = known(lines, [666_666, 666_667], [0, 0], 666_667);
        let source = stands.sources[&lines[0]];
        let cut = less(serde_json::json!({ "budget_cut": { "cut_pence": 1_333_333, "funding_source_id": source } }));
        let split = lines.map(|line| (line, Pence(1_000_000)));
        let spread: Vec<i64> = spread_cut(&cut, &split, &stands).iter().map(|line| line.amount_pence.unwrap().0).collect();
        assert_eq!(spread, [666_666, 666_667]);
    }
}
