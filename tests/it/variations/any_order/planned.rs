//! What is planned of an award and still open, told from what it has committed and from its profile before.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::variations::recut::quarter_of;

fn is_in(one: &Value, states: &[&str]) -> bool {
    states.iter().any(|state| one["state"] == *state)
}

/// All that is committed is planned: what is open comes to what is committed and not on its way.
pub fn comes_to(payments: &[Value], committed: i64) {
    let pence = |one: &Value| one["amount_pence"].as_i64().unwrap();
    let sum = |states: &[&str]| payments.iter().filter(|one| is_in(one, states)).map(pence).sum::<i64>();
    assert_eq!(sum(&["scheduled", "held"]), committed - sum(&["authorised", "exported"]), "{payments:?}");
}

fn by_quarter(version: &Value) -> BTreeMap<&str, i64> {
    let all = version["terms"]["profile"].as_array().map_or(&[][..], Vec::as_slice);
    all.iter().map(|one| (one["quarter"].as_str().unwrap(), one["amount_pence"].as_i64().unwrap())).collect()
}

/// Less money is taken from quarters for which nothing has gone out, as long as they have it.
pub fn is_cut(payments: &[Value], (before, after): (&Value, &Value), less: i64) {
    let is_open = |one: &&Value| is_in(one, &["scheduled", "held", "cancelled"]);
    let days = payments.iter().filter(|one| !is_open(one)).filter_map(|one| one["starts_on"].as_str());
    let out: BTreeSet<String> = days.map(quarter_of).collect();
    let (before, after) = (by_quarter(before), by_quarter(after));
    let open: i64 = before.iter().filter(|(quarter, _)| !out.contains(**quarter)).map(|(_, pence)| pence).sum();
    for quarter in out.iter().filter(|_| open >= less) {
        assert_eq!(before.get(quarter.as_str()), after.get(quarter.as_str()), "{quarter}: {before:?} less {less} is {after:?}");
    }
}
