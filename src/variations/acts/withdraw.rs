//! Taking variations back before they are applied.

use super::together::save_all;
use super::{load, step};
use crate::access::Scope;
use crate::awards::Award;
use crate::awards::acts as awards;
use crate::kernel::{Id, Refusal};
use crate::store::Tx;
use crate::variations::letters::write_of_withdrawals;
use crate::variations::rules::VariationAct;
use crate::variations::store::Variation;

/// Takes a variation back before it is applied.
///
/// # Errors
/// It is applied, refused or taken back already.
pub fn withdraw(tx: &mut Tx<'_>, id: Id, version: i32, reason: &str) -> Result<Variation, Refusal> {
    let one = load(tx, Scope::Office, id, version)?;
    take_back(tx, &[one], reason)?.pop().ok_or(Refusal::NotFound("variation"))
}

/// Takes back variations that were looked up, in a few statements. The providers that they were issued to are told why.
///
/// # Errors
/// One of them is applied, refused or taken back already.
pub(in crate::variations) fn take_back(tx: &mut Tx<'_>, all: &[Variation], reason: &str) -> Result<Vec<Variation>, Refusal> {
    let mut taken = Vec::with_capacity(all.len());
    for one in all {
        let (state, recorded_at) = (step(tx, one, VariationAct::Withdraw)?, tx.recorded_at());
        taken.push(Variation { version: one.version + 1, recorded_at, state, note: Some(reason.to_owned()), ..one.clone() });
    }
    save_all(tx, all.iter(), &taken)?;
    let issued: Vec<&Variation> = taken.iter().filter(|one| one.issued_on.is_some()).collect();
    let awards = awards::all_of(tx.conn(), &issued.iter().map(|one| one.award_id).collect::<Vec<_>>())?;
    let told: Vec<(&Award, &Variation)> = issued.into_iter().filter_map(|one| Some((awards.get(&one.award_id)?, one))).collect();
    write_of_withdrawals(tx, &told, reason)?;
    Ok(taken)
}
