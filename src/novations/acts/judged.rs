//! Which agreements a novation passes on, what goes along with each, and what stands in the way.

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::NaiveDate;
use serde::Deserialize;

use crate::access::Scope;
use crate::awards::acts::{self as awards, Novable, Party};
use crate::awards::rules::AwardState;
use crate::funds;
use crate::kernel::{AwardRefused, Id, Named, Pence, Refusal, RefusalReason};
use crate::ledger::{self, AccountKind};
use crate::novations::acts::find;
use crate::novations::rules::{self, AwardFacts, Bar, NovationKind, SuccessorFacts};
use crate::novations::store::{self, Novation, NovationFacts};
use crate::payments::passing::acts::{self as payments, OfAward};
use crate::payments::runs::acts as runs;
use crate::providers::{self, checks};
use crate::returns::{self, passing::acts as passing};
use crate::store::Conn;
use crate::variations::acts as variations;

/// An agreement that is to pass on.
#[derive(Debug, Clone)]
pub struct Judged {
    /// The award as it stands now.
    pub award: Novable,
    /// What becomes of its payments.
    pub payments: OfAward,
    /// Why it cannot pass on; nothing where it can.
    pub bars: Vec<Bar>,
}

/// Who passes agreements on, and to whom.
pub(super) const fn party(facts: &NovationFacts) -> Party {
    let (from, to) = (facts.from_id, facts.to_id);
    match facts.kind {
        NovationKind::Provider => Party::Provider { from, to },
        NovationKind::CommissioningBody => Party::Body { from, to },
    }
}

/// Which agreements were asked for.
#[derive(Debug, Clone, Default, Deserialize)]
struct Asked {
    award_ids: Vec<Id>,
    fund_id: Option<Id>,
}

/// The agreements of a novation, each with what stands in its way today: those that it kept, or for a draft those that it would choose now.
pub(super) fn of(conn: &mut Conn, one: &Novation, kept: Option<&[Id]>, today: NaiveDate) -> Result<Vec<Judged>, Refusal> {
    let facts = &one.facts;
    let asked: Asked = serde_json::from_str(&facts.chosen).map_err(Refusal::broken)?;
    let states = rules::chosen_states(facts.kind == NovationKind::Provider && facts.from_ceased);
    let listed = kept.or_else(|| (!asked.award_ids.is_empty()).then_some(asked.award_ids.as_slice()));
    let mut found = awards::novable(conn, party(facts), states, listed)?;
    found.retain(|award| asked.fund_id.is_none_or(|fund| award.fund_id == fund));
    let ids: Vec<Id> = found.iter().map(|award| award.id).collect();
    let (mut of_awards, mut open) = (HashMap::new(), HashMap::new());
    if let Some(passing) = passing_of(facts) {
        of_awards = payments::of(conn, &ids, &passing)?;
        open = variations::waiting(conn, &ids, today)?;
    }
    let successor = successor(conn, facts, today)?;
    let judge = |award: Novable| {
        let payments = of_awards.remove(&award.id).unwrap_or_default();
        let is_theirs = match facts.kind {
            NovationKind::Provider => award.provider_id == Some(facts.from_id),
            NovationKind::CommissioningBody => award.body_id == Some(facts.from_id),
        };
        let known = AwardFacts {
            state: award.state,
            is_theirs,
            agreed_from: award.agreed_from,
            open_variations: open.remove(&award.id).unwrap_or_default(),
            pays_on: !payments.going.is_empty(),
            stuck: payments.stuck.clone(),
            taken: payments.taken.clone(),
        };
        let bars = rules::bars(&known, &successor, facts.effective_on);
        Judged { award, payments, bars }
    };
    Ok(found.into_iter().map(judge).collect())
}

fn passing_of(facts: &NovationFacts) -> Option<payments::Passing> {
    let (from, to, day, has_ceased) = (facts.from_id, facts.to_id, facts.effective_on, facts.from_ceased);
    (facts.kind == NovationKind::Provider).then_some(payments::Passing { from, to, day, has_ceased })
}

fn successor(conn: &mut Conn, facts: &NovationFacts, today: NaiveDate) -> Result<SuccessorFacts, Refusal> {
    if facts.kind != NovationKind::Provider {
        return Ok(SuccessorFacts { has_supplier_number: true, check_failed: None });
    }
    let has_supplier_number = providers::supplier_numbers(conn, &[facts.to_id])?.contains_key(&facts.to_id);
    let check_failed = match checks::may_be_offered(conn, facts.to_id, today) {
        Ok(()) => None,
        Err(Refusal::Rule { detail, .. }) => Some(detail),
        Err(other) => return Err(other),
    };
    Ok(SuccessorFacts { has_supplier_number, check_failed })
}

/// The agreements that cannot pass on, each with every reason.
pub(super) fn refused(all: &[Judged]) -> Vec<AwardRefused> {
    let reason = |(code, detail): &Bar| RefusalReason { code: code.to_string(), pointer: String::new(), message: detail.clone() };
    let told = |one: &Judged| AwardRefused {
        award_id: one.award.id,
        award: one.award.reference.clone(),
        reasons: one.bars.iter().map(reason).collect(),
    };
    all.iter().filter(|one| !one.bars.is_empty()).map(told).collect()
}

/// What is committed and not paid of those that can pass on.
pub(super) fn committed(conn: &mut Conn, all: &[Judged]) -> Result<Pence, Refusal> {
    let ids: Vec<Id> = all.iter().filter(|one| one.bars.is_empty()).map(|one| one.award.id).collect();
    Ok(holdings(conn, AccountKind::Committed, &ids)?.into_values().sum())
}

/// In pieces, since a statement takes only so many parameters.
fn holdings(conn: &mut Conn, kind: AccountKind, ids: &[Id]) -> Result<HashMap<(Id, Id), Pence>, Refusal> {
    let mut all = HashMap::new();
    for some in ids.chunks(1_000) {
        all.extend(ledger::holdings(conn, kind, some)?);
    }
    Ok(all)
}

/// What would pass on, and what not.
#[derive(Debug, Clone)]
pub struct Preview {
    /// The novation.
    pub novation: Novation,
    /// Its agreements by reference, each with what is committed and not paid, what is paid, what is reported as spent, and its returns that go along.
    pub awards: Vec<(Judged, AwardMoney, Vec<passing::Going>)>,
    /// By fund.
    pub funds: Vec<FundTotal>,
    /// By budget line, with the source whose money it is.
    pub lines: Vec<LineTotal>,
    /// How many offers and drafts of the one before stay with it.
    pub left_count: usize,
}

/// The money of an award.
#[derive(Debug, Clone, Copy, Default)]
pub struct AwardMoney {
    /// Committed and not paid.
    pub committed: Pence,
    /// Paid.
    pub paid: Pence,
    /// Reported as spent by the returns that were sent.
    pub reported: Pence,
}

/// What passes on of one fund.
#[derive(Debug, Clone)]
pub struct FundTotal {
    /// The fund.
    pub fund: Named,
    /// How many agreements.
    pub awards_count: usize,
    /// What they are for.
    pub amount: Pence,
    /// Their money.
    pub money: AwardMoney,
}

/// What passes on of one budget line.
#[derive(Debug, Clone)]
pub struct LineTotal {
    /// The budget line.
    pub line: Named,
    /// Whose money it is.
    pub source: Named,
    /// Committed and not paid.
    pub committed: Pence,
    /// Paid.
    pub paid: Pence,
}

/// What a novation would do now, or does once it is issued; nothing is written.
///
/// # Errors
/// [`Refusal::NotFound`] where there is none.
pub fn preview(conn: &mut Conn, id: Id, today: NaiveDate) -> Result<Preview, Refusal> {
    let novation = find(conn, Scope::Office, id)?;
    let kept: Vec<Id> = store::awards(conn, id)?.into_iter().map(|row| row.award_id).collect();
    let judged = of(conn, &novation, (!kept.is_empty()).then_some(kept.as_slice()), today)?;
    let ids: Vec<Id> = judged.iter().map(|one| one.award.id).collect();
    let (committed, paid) = (holdings(conn, AccountKind::Committed, &ids)?, holdings(conn, AccountKind::Paid, &ids)?);
    let mut money: HashMap<Id, AwardMoney> = HashMap::new();
    for ((award, _), pence) in &committed {
        let own = money.entry(*award).or_default();
        own.committed = own.committed + *pence;
    }
    for ((award, _), pence) in &paid {
        let own = money.entry(*award).or_default();
        own.paid = own.paid + *pence;
    }
    for some in ids.chunks(1_000) {
        for sent in returns::sent(conn, some)? {
            let own = money.entry(sent.told.award).or_default();
            own.reported = own.reported + sent.spent;
        }
    }
    let mut going: HashMap<Id, Vec<passing::Going>> = HashMap::new();
    if let Some(payments::Passing { from, to, day, has_ceased }) = passing_of(&novation.facts) {
        for one in passing::going(conn, &ids, &passing::Passing { from, to, day, has_ceased })? {
            going.entry(one.award_id).or_default().push(one);
        }
    }
    let passes: Vec<&Judged> = judged.iter().filter(|one| one.bars.is_empty()).collect();
    let (funds, lines) = (by_fund(conn, &passes, &money)?, by_line(conn, &passes, &committed, &paid)?);
    let left = awards::novable(conn, party(&novation.facts), &[AwardState::Draft, AwardState::Offered], None)?.len();
    let with = |one: Judged| {
        let (own, returns) = (money.get(&one.award.id).copied().unwrap_or_default(), going.remove(&one.award.id).unwrap_or_default());
        (one, own, returns)
    };
    Ok(Preview { awards: judged.into_iter().map(with).collect(), novation, funds, lines, left_count: left })
}

fn by_fund(conn: &mut Conn, all: &[&Judged], money: &HashMap<Id, AwardMoney>) -> Result<Vec<FundTotal>, Refusal> {
    let mut sums: BTreeMap<Id, (usize, Pence, AwardMoney)> = BTreeMap::new();
    for one in all {
        let own = money.get(&one.award.id).copied().unwrap_or_default();
        let (count, amount, sum) = sums.entry(one.award.fund_id).or_default();
        *count += 1;
        *amount = *amount + one.award.amount.unwrap_or_default();
        sum.committed = sum.committed + own.committed;
        sum.paid = sum.paid + own.paid;
        sum.reported = sum.reported + own.reported;
    }
    let names = funds::named(conn, &sums.keys().copied().collect::<Vec<_>>())?;
    let turn = |(fund, (awards_count, amount, money)): (Id, (usize, Pence, AwardMoney))| {
        Some(FundTotal { fund: names.get(&fund)?.clone(), awards_count, amount, money })
    };
    let mut totals: Vec<FundTotal> = sums.into_iter().filter_map(turn).collect();
    totals.sort_by(|a, b| a.fund.code.cmp(&b.fund.code));
    Ok(totals)
}

fn by_line(
    conn: &mut Conn,
    all: &[&Judged],
    committed: &HashMap<(Id, Id), Pence>,
    paid: &HashMap<(Id, Id), Pence>,
) -> Result<Vec<LineTotal>, Refusal> {
    let mut sums: BTreeMap<Id, (Pence, Pence)> = BTreeMap::new();
    let passes: HashSet<Id> = all.iter().map(|one| one.award.id).collect();
    for ((_, line), pence) in committed.iter().filter(|((award, _), _)| passes.contains(award)) {
        let sum = sums.entry(*line).or_default();
        sum.0 = sum.0 + *pence;
    }
    for ((_, line), pence) in paid.iter().filter(|((award, _), _)| passes.contains(award)) {
        let sum = sums.entry(*line).or_default();
        sum.1 = sum.1 + *pence;
    }
    let names = runs::lines(conn, &sums.keys().copied().collect::<Vec<_>>())?;
    let turn = |(line, (committed, paid)): (Id, (Pence, Pence))| {
        let (line, source) = names.get(&line)?.clone();
        Some(LineTotal { line, source, committed, paid })
    };
    let mut totals: Vec<LineTotal> = sums.into_iter().filter_map(turn).collect();
    totals.sort_by(|a, b| a.line.code.cmp(&b.line.code));
    Ok(totals)
}
