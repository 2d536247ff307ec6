//! Proving that each balance is the sum of its movements.

use std::collections::HashMap;

use serde::Serialize;

use crate::kernel::{Id, Pence, Refusal};
use crate::ledger::store::{self, AccountRow};
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

/// Adds everything up again, some accounts at a time: each kept balance is its sum, the whole is nothing, no account but a source is
/// below zero, and each movement names the accounts that it changed. Ask it inside one snapshot.
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
            check.account(account, sums.remove(&account.id).unwrap_or(0));
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
    let misnamed = store::misnamed(conn, MISNAMED_MAX)?;
    check.faults.extend(misnamed.iter().map(|id| format!("movement {id} says something else of its accounts than they do")));
    Ok(check)
}

/// What arrived at each account less what left it.
fn net((out, into): (Vec<(Id, Option<i64>)>, Vec<(Id, Option<i64>)>)) -> HashMap<Id, i128> {
    let mut sums: HashMap<Id, i128> = HashMap::new();
    for (id, pence) in into {
        *sums.entry(id).or_default() += i128::from(pence.unwrap_or(0));
    }
    for (id, pence) in out {
        *sums.entry(id).or_default() -= i128::from(pence.unwrap_or(0));
    }
    sums
}

impl LedgerCheck {
    /// Holds one account against the sum of its movements.
    fn account(&mut self, account: &AccountRow, sum: i128) {
        self.accounts += 1;
        let AccountRow { id, kind, record_id, balance_pence, .. } = account;
        if sum != i128::from(balance_pence.0) {
            self.faults.push(format!(
                "account {id} ({kind} {record_id}) keeps {} pence, but its movements add up to {sum} pence",
                balance_pence.0
            ));
        }
        if *balance_pence < Pence::ZERO && !kind.may_be_overdrawn() {
            self.faults.push(format!("account {id} ({kind} {record_id}) is below zero: {} pence", balance_pence.0));
        }
    }
}
