//! Proving that each balance is the sum of its movements.

use std::collections::HashMap;

use serde::Serialize;

use crate::kernel::{Id, Pence, Refusal};
use crate::ledger::store;
use crate::store::Conn;

/// What a check of the whole ledger found.
#[derive(Debug, Clone, Serialize, PartialEq, Eq)]
pub struct LedgerCheck {
    /// How many movements there are.
    pub transfers: i64,
    /// How many accounts there are.
    pub accounts: usize,
    /// Each fault, in words.
    pub faults: Vec<String>,
}

/// Adds everything up again: each kept balance is its sum, the whole is nothing, and no account but a source is below zero.
///
/// # Errors
/// [`Refusal::Store`] where the database fails; what is wrong with the books is in the answer.
pub fn verify(conn: &mut Conn) -> Result<LedgerCheck, Refusal> {
    let accounts = store::all_accounts(conn)?;
    let (out, into) = store::sums(conn)?;
    let mut sums: HashMap<Id, i128> = HashMap::new();
    for (id, pence) in into {
        *sums.entry(id).or_default() += i128::from(pence.unwrap_or(0));
    }
    for (id, pence) in out {
        *sums.entry(id).or_default() -= i128::from(pence.unwrap_or(0));
    }
    let mut faults = Vec::new();
    for account in &accounts {
        let sum = sums.remove(&account.id).unwrap_or(0);
        if sum != i128::from(account.balance_pence.0) {
            faults.push(format!(
                "account {} ({} {}) keeps {} but its movements add up to {sum} pence",
                account.id, account.kind, account.record_id, account.balance_pence
            ));
        }
        if account.balance_pence < Pence::ZERO && !account.kind.may_be_overdrawn() {
            faults
                .push(format!("account {} ({} {}) is below zero: {}", account.id, account.kind, account.record_id, account.balance_pence));
        }
    }
    faults.extend(sums.keys().map(|id| format!("movements name account {id}, which does not exist")));
    let whole: i128 = accounts.iter().map(|account| i128::from(account.balance_pence.0)).sum();
    if whole != 0 {
        faults.push(format!("all balances together are {whole} pence instead of nothing"));
    }
    Ok(LedgerCheck { transfers: store::count_transfers(conn)?, accounts: accounts.len(), faults })
}
