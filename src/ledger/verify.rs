//! Proving that each balance and each tally is the sum of its movements.

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;
use serde::Serialize;

use crate::kernel::{Id, Pence, Refusal};
use crate::ledger::rules::{Holder, Tally};
use crate::ledger::running;
use crate::ledger::store::{self, AccountRow, SideRow};
use crate::store::Conn;

/// How many accounts are read at a time.
const BATCH: i64 = 1000;
/// How many movements that contradict their accounts are named on each side: one is enough for a verdict.
const MISNAMED_MAX: i64 = 100;

/// What a check of the whole ledger found.
#[derive(Debug, Clone, Default, Serialize, PartialEq, Eq)]
pub struct LedgerCheck {
    /// How many movements there are.
    pub transfers: i64,
    /// How many accounts there are.
    pub accounts: usize,
    /// Each fault, in words.
    pub faults: Vec<String>,
}

/// Adds everything up again, some accounts at a time: each kept balance, each tally and each running total is its sum and each kept day its last one, the whole is
/// nothing, no account but a source is below zero on any day, and each movement names the accounts that it changed. Ask it inside
/// one snapshot.
///
/// # Errors
/// [`Refusal::Store`] where the database fails; what is wrong with the books is in the answer.
pub fn verify(conn: &mut Conn) -> Result<LedgerCheck, Refusal> {
    let mut check = LedgerCheck { transfers: store::count_transfers(conn)?, ..LedgerCheck::default() };
    let mut whole: i128 = 0;
    let mut after: Option<Id> = None;
    loop {
        let accounts = store::accounts_after(conn, after, BATCH)?;
        let to = accounts.last().map(|account| account.id);
        let mut sums = net(store::sums(conn, after, to)?);
        for account in &accounts {
            whole += i128::from(account.balance_pence.0);
            check.account(account, &sums.remove(&account.id).unwrap_or_default());
        }
        let mut lost: Vec<Id> = sums.into_keys().collect();
        lost.sort_unstable();
        check.faults.extend(lost.iter().map(|id| format!("movements name account {id}, which does not exist")));
        if to.is_none() {
            break;
        }
        after = to;
    }
    if whole != 0 {
        check.faults.push(format!("all balances together are {whole} pence instead of nothing"));
    }
    check.tallies(conn)?;
    check.faults.extend(running::verify::faults(conn)?);
    let misnamed = store::misnamed(conn, MISNAMED_MAX)?;
    check.faults.extend(misnamed.iter().map(|id| format!("movement {id} says something else of its accounts than they do")));
    Ok(check)
}

/// What arrives at an account less what leaves it, by day.
type Days = BTreeMap<NaiveDate, i128>;

/// Pence by account and day.
type Sums = Vec<(Id, NaiveDate, Option<i64>)>;

fn net((out, into): (Sums, Sums)) -> HashMap<Id, Days> {
    let mut sums: HashMap<Id, Days> = HashMap::new();
    for (id, day, pence) in into {
        *sums.entry(id).or_default().entry(day).or_default() += i128::from(pence.unwrap_or(0));
    }
    for (id, day, pence) in out {
        *sums.entry(id).or_default().entry(day).or_default() -= i128::from(pence.unwrap_or(0));
    }
    sums
}

/// What records have had of budget lines, added up from the movements.
fn added_up((left, reached): (Vec<SideRow>, Vec<SideRow>)) -> BTreeMap<(Id, Id), (Holder, Tally)> {
    let left = left.into_iter().filter_map(|(record, line, from, to, pence, count)| {
        Some(((record, line), from.holder()?, Tally::of_left(from, to, Pence(pence.unwrap_or(0)), count)))
    });
    let reached = reached.into_iter().filter_map(|(record, line, from, to, pence, count)| {
        Some(((record, line), to.holder()?, Tally::of_reached(from, to, Pence(pence.unwrap_or(0)), count)))
    });
    let mut sums: BTreeMap<(Id, Id), (Holder, Tally)> = BTreeMap::new();
    for (key, holder, change) in left.chain(reached) {
        let sum = sums.entry(key).or_insert((holder, Tally::default()));
        sum.1 = sum.1 + change;
    }
    sums
}

impl LedgerCheck {
    /// Holds the tallies against the movements, some records at a time.
    fn tallies(&mut self, conn: &mut Conn) -> Result<(), Refusal> {
        let mut after: Option<Id> = None;
        loop {
            let to = store::tallied_after(conn, after, BATCH)?.last().copied();
            let mut sums = added_up(store::sides(conn, after, to)?);
            for row in store::tallies(conn, after, to)? {
                let (record, line) = (row.record_id, row.budget_line_id);
                if sums.remove(&(record, line)) != Some((row.holder, row.tally())) {
                    self.faults
                        .push(format!("the tally of {} {record} and budget line {line} is not the sum of its movements", row.holder));
                }
            }
            let lost = sums.into_iter().map(|((record, line), (holder, _))| (holder, record, line));
            self.faults
                .extend(lost.map(|(holder, record, line)| format!("nothing is tallied for {holder} {record} and budget line {line}")));
            if to.is_none() {
                return Ok(());
            }
            after = to;
        }
    }

    /// Holds one account against its movements.
    fn account(&mut self, account: &AccountRow, days: &Days) {
        self.accounts += 1;
        let AccountRow { id, kind, record_id, balance_pence, latest_on, .. } = account;
        let mut sum = 0;
        let mut below: Option<(NaiveDate, i128)> = None;
        for (day, net) in days {
            sum += net;
            below = below.or((sum < 0).then_some((*day, sum)));
        }
        let mut fault = |what: String| self.faults.push(format!("account {id} ({kind} {record_id}) {what}"));
        if sum != i128::from(balance_pence.0) {
            fault(format!("keeps {} pence, but its movements add up to {sum} pence", balance_pence.0));
        }
        if let Some(last) = days.keys().last().filter(|last| *last != latest_on) {
            fault(format!("keeps {latest_on} as its last day, but its last movement takes effect on {last}"));
        }
        match below.filter(|_| !kind.may_be_overdrawn()) {
            Some((day, held)) => fault(format!("is below zero on {day}: {held} pence")),
            None if *balance_pence < Pence::ZERO && !kind.may_be_overdrawn() => fault(format!("is below zero: {} pence", balance_pence.0)),
            None => {}
        }
    }
}
