//! Packing what an earlier version of the service wrote, and holding all that is packed against the values.

use super::store;
use crate::kernel::{Id, Refusal};
use crate::returns::rules::unpack;
use crate::returns::store::values_of;
use crate::store::{Conn, Tx};

/// How many contents are packed in one transaction.
const BATCH: i64 = 200;

/// Packs the values of some contents that have none packed, and says how many those were.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn pack_some(tx: &mut Tx<'_>) -> Result<usize, Refusal> {
    let found = store::unpacked(tx.conn(), BATCH)?;
    for (return_id, content_no) in &found {
        let values = values_of(tx.conn(), *return_id, *content_no)?;
        store::add(tx.conn(), *return_id, *content_no, &values)?;
    }
    Ok(found.len())
}

/// What a check of all that is packed found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PackCheck {
    /// How many contents are packed.
    pub packed: usize,
    /// Each fault, in words.
    pub faults: Vec<String>,
}

/// Unpacks the values of every content and holds them against the values themselves. Ask it inside one snapshot.
///
/// # Errors
/// [`Refusal::Store`] where the database fails; what is wrong is in the answer.
pub fn verify(conn: &mut Conn) -> Result<PackCheck, Refusal> {
    let mut check = PackCheck::default();
    let mut after: Option<(Id, i32)> = None;
    loop {
        let batch = store::after(conn, after, BATCH)?;
        let Some(last) = batch.last().map(|(return_id, content_no, _)| (*return_id, *content_no)) else { return Ok(check) };
        for (return_id, content_no, bytes) in batch {
            let values = values_of(conn, return_id, content_no)?;
            let holds =
                unpack(&bytes).is_some_and(|all| all.len() == values.len() && all.iter().zip(&values).all(|(one, value)| one.is(value)));
            check.packed += 1;
            if !holds {
                check.faults.push(format!("return {return_id}, content {content_no}: what is packed is not what was written"));
            }
        }
        after = Some(last);
    }
}
