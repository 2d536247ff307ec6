//! Holding every snapshot against its hash and the log.

use crate::audit;
use crate::kernel::{Id, Refusal};
use crate::publishing::board::store;
use crate::returns::freeze::rules::hex;
use crate::store::Conn;

/// How many snapshots are read at a time.
const BATCH: i64 = 20;
/// Where the log has the hash: after which act, and at which place.
const MADE: &str = "board_snapshot.make";
const LOGGED: &str = "/sha256";

/// How many snapshots there are, and which of them are not what was made, each in words. Ask it inside one snapshot of the database.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn verify(conn: &mut Conn) -> Result<(usize, Vec<String>), Refusal> {
    let (mut count, mut faults) = (0, Vec::new());
    let mut after: Option<Id> = None;
    loop {
        let batch = store::after(conn, after, BATCH)?;
        let Some(last) = batch.last().map(|(row, _)| row.id) else { return Ok((count, faults)) };
        for (row, report) in &batch {
            count += 1;
            if hex(report.as_bytes()) != row.sha256 {
                faults.push(format!("the snapshot {} of {} is not what was made", row.id, row.quarter));
            }
            if !audit::says(conn, (row.id, MADE), LOGGED, &row.sha256)? {
                faults.push(format!("the log has another hash of the snapshot {} of {}", row.id, row.quarter));
            }
        }
        after = Some(last);
    }
}
