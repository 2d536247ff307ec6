//! Holding every accepted return against what was frozen.

use std::collections::HashSet;

use crate::access::Scope;
use crate::audit;
use crate::documents::papers::acts as papers;
use crate::kernel::{Id, Refusal};
use crate::returns::acts;
use crate::returns::freeze::acts::differences;
use crate::returns::freeze::store;
use crate::store::Conn;

/// How many returns are read at a time.
const BATCH: i64 = 200;
/// Where the log has the hash: after which act, and at which place.
const ACCEPTED: &str = "return.accept";
const LOGGED: &str = "/frozen_sha256";

/// What a check of all frozen returns found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FreezeCheck {
    /// How many there are.
    pub returns: usize,
    /// Each fault, in words.
    pub faults: Vec<String>,
}

/// Computes the hash of every accepted return again, and holds it against what the log says of its acceptance. Ask it inside one snapshot.
///
/// # Errors
/// [`Refusal::Store`] where the database fails; what is wrong is in the answer.
pub fn verify(conn: &mut Conn) -> Result<FreezeCheck, Refusal> {
    let mut check = FreezeCheck::default();
    let (mut after, mut sets): (Option<Id>, HashSet<String>) = (None, HashSet::new());
    loop {
        let batch = store::after(conn, after, BATCH)?;
        let Some(last) = batch.last().map(|kept| kept.return_id) else { return Ok(check) };
        for kept in &batch {
            let one = acts::find(conn, Scope::Office, kept.return_id)?;
            let mut found = differences(conn, &one, kept)?;
            if !audit::says(conn, (one.id, ACCEPTED), LOGGED, &kept.frozen.sha256)? {
                found.push("the log has another hash of it".to_owned());
            }
            if let Some(set) = &kept.paper_set
                && sets.insert(set.clone())
                && !papers::is_whole(conn, set)?
            {
                found.push(format!("the files {set} that its paper is set from are not what was kept"));
            }
            check.returns += 1;
            check.faults.extend(found.into_iter().map(|fault| format!("return {} ({}): {fault}", one.id, one.planned.period)));
        }
        after = Some(last);
    }
}
