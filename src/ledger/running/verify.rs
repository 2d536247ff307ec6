//! Proving that running totals are the sums of the movements that are folded into them.

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;

use crate::kernel::{Id, Refusal};
use crate::ledger::rules::{Holder, Tally};
use crate::ledger::running::months::{Kinds, deltas, merged};
use crate::ledger::running::store::{self, RunningRow};
use crate::store::Conn;

/// Of how many records totals are read at a time.
const BATCH: i64 = 1_000;
/// How many movements are read at a time.
const MOVED: i64 = 50_000;

/// Adds up every folded movement again, and names each total that is something else.
///
/// # Errors
/// [`Refusal::Store`] where the database fails; what is wrong is in the answer.
pub fn faults(conn: &mut Conn) -> Result<Vec<String>, Refusal> {
    let Some(folded_to) = store::folded_to(conn)? else { return Ok(Vec::new()) };
    let (mut sums, mut kinds) = (HashMap::new(), Kinds::new());
    let mut after = None;
    loop {
        let mut some = store::moved(conn, after, folded_to, Some(MOVED))?;
        let Some(last) = some.last().map(|row| row.recorded_at) else { break };
        if some.len() >= usize::try_from(MOVED).unwrap_or(usize::MAX) {
            some = store::moved(conn, after, last, None)?;
        }
        let (changes, of_kinds) = deltas(&some);
        for (key, (holder, by_month)) in changes {
            let own: &mut (Holder, BTreeMap<NaiveDate, Tally>) = sums.entry(key).or_insert((holder, BTreeMap::new()));
            for (month, change) in by_month {
                let sum = own.1.entry(month).or_default();
                *sum = *sum + change;
            }
        }
        for (key, (pence, count)) in of_kinds {
            let sum = kinds.entry(key).or_default();
            *sum = (sum.0.saturating_add(pence), sum.1 + count);
        }
        after = Some(last);
    }
    let mut faults = Vec::new();
    let mut after: Option<Id> = None;
    loop {
        let records = store::records_after(conn, after, BATCH)?;
        let Some(last) = records.last() else { break };
        after = Some(*last);
        let mut kept: BTreeMap<(Id, Id), Vec<RunningRow>> = BTreeMap::new();
        for row in store::of_records(conn, &records)? {
            kept.entry((row.record_id, row.budget_line_id)).or_default().push(row);
        }
        for (key, rows) in kept {
            let wanted = sums.remove(&key).map(|(holder, by_month)| {
                merged(&[], &by_month).into_iter().map(|month| RunningRow::of(key, holder, month)).collect::<Vec<_>>()
            });
            if wanted.as_ref() != Some(&rows) {
                faults.push(format!("a running total of record {} and budget line {} is not the sum of its movements", key.0, key.1));
            }
        }
    }
    let mut lost: Vec<(Id, Id)> = sums.into_keys().collect();
    lost.sort_unstable();
    faults.extend(lost.iter().map(|(record, line)| format!("there is no running total of record {record} and budget line {line}")));
    let kept: Kinds =
        store::all_kinds(conn)?.into_iter().map(|(from, to, month, pence, count)| ((from, to, month), (pence, count))).collect();
    if kept != kinds {
        faults.push("the running totals between kinds of account are not the sums of their movements".to_owned());
    }
    Ok(faults)
}
