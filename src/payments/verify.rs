//! Holding every award's payments against the ledger.

use std::collections::BTreeMap;

use crate::kernel::{Id, Pence, Refusal};
use crate::ledger::{self, AccountKind};
use crate::payments::Payment;
use crate::payments::acts::{books, parts};
use crate::payments::recoveries::store as recoveries;
use crate::payments::rules::PaymentState;
use crate::payments::runs::acts as runs;
use crate::payments::store;
use crate::store::Conn;

/// How many awards are read at a time.
const BATCH: i64 = 200;

/// What a check of all payments found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PaymentCheck {
    /// How many awards have payments.
    pub awards: usize,
    /// How many files went to the finance system.
    pub exported: usize,
    /// Each fault, in words.
    pub faults: Vec<String>,
}

/// Holds what payments say is paid, less what recoveries say came back, against what the ledger says, by budget line, what is reserved against what is committed,
/// each paid payment against its parts, and each exported file against its hash. Ask it inside one snapshot.
///
/// # Errors
/// [`Refusal::Store`] where the database fails; what is wrong is in the answer.
pub fn verify(conn: &mut Conn) -> Result<PaymentCheck, Refusal> {
    let (exported, faults) = runs::unsound_files(conn)?;
    let mut check = PaymentCheck { awards: 0, exported, faults };
    let mut after: Option<Id> = None;
    loop {
        let batch = store::awards_after(conn, after, BATCH)?;
        let Some(last) = batch.last().copied() else { return Ok(check) };
        for award in batch {
            check.awards += 1;
            let mut said = store::parts_in(conn, award, &[PaymentState::Paid])?;
            for (line, came) in recoveries::received(conn, award)? {
                let left = said.entry(line).or_default();
                *left = *left - came;
            }
            said.retain(|_, left| *left != Pence::ZERO);
            let held = ledger::balances(conn, AccountKind::Paid, award)?.into_iter().filter(|(_, held)| *held != Pence::ZERO);
            if said != held.collect::<BTreeMap<Id, Pence>>() {
                check.faults.push(format!("award {award}: its payments and recoveries say another sum is paid than the ledger"));
            }
            for reference in unsound(conn, award)? {
                check.faults.push(format!("payment {reference}: it is paid, and what its budget lines pay is not its amount"));
            }
            for reference in recoveries::unsound(conn, award)? {
                check.faults.push(format!("recovery {reference}: what came of it is not the sum of its receipts"));
            }
            if !books(conn, award)?.short().is_empty() {
                check.faults.push(format!("award {award}: more is reserved for payment than is committed"));
            }
        }
        after = Some(last);
    }
}

/// Paid payments of an award whose parts do not come to their amount.
fn unsound(conn: &mut Conn, award: Id) -> Result<Vec<String>, Refusal> {
    let mut paid = store::of_award(conn, award)?;
    paid.retain(|one| one.facts.state == PaymentState::Paid);
    let parts = parts(conn, &paid)?;
    let sum = |one: &Payment| parts.get(&one.id).into_iter().flatten().map(|(_, part)| *part).sum::<Pence>();
    Ok(paid.iter().filter(|one| sum(one) != one.facts.amount_pence).map(|one| one.reference.clone()).collect())
}
