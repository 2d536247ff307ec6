//! Keys stand once; several rows of one key are versions, each known later than the one above it.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use crate::office::import::cells::Record;
use crate::office::import::check::fault;
use crate::office::import::folder::Look;
use crate::office::import::rows::{AwardRow, FundRow, TrancheRow, UserRow};
use crate::office::import::{CellFault, Office};

pub(super) fn check(office: &Office, faults: &mut Vec<CellFault>) {
    office.each(&mut Versions { faults });
    unique(&office.funds, "code", |fund: &FundRow| Some(fund.code.clone()), faults);
    unique(&office.awards, "reference", |award: &AwardRow| Some(award.reference.clone()), faults);
    unique(&office.users, "email", |user: &UserRow| Some(user.email.clone()), faults);
    unique(&office.tranches, "number", |tranche: &TrancheRow| Some(format!("{} {}", tranche.fund_period, tranche.number)), faults);
}

struct Versions<'a> {
    faults: &'a mut Vec<CellFault>,
}

impl Look for Versions<'_> {
    fn rows<R: Record>(&mut self, rows: &[R]) {
        let mut latest: BTreeMap<String, (usize, Option<NaiveDate>)> = BTreeMap::new();
        for row in rows {
            let origin = row.origin();
            let Some((above, known_from)) = latest.insert(row.key(), (origin.row, origin.known_from)) else { continue };
            if origin.known_from <= known_from {
                let reason = format!("row {above} has this key too; a later version needs a later `known_from`");
                self.faults.push(fault(row, "known_from", origin.known_from.map(|day| day.to_string()).unwrap_or_default(), reason));
            }
        }
    }
}

/// No two records share this value; versions of one record may.
fn unique<R: Record>(rows: &[R], column: &str, value: impl Fn(&R) -> Option<String>, faults: &mut Vec<CellFault>) {
    let mut holders: BTreeMap<String, (String, usize)> = BTreeMap::new();
    for row in rows {
        let Some(value) = value(row) else { continue };
        let (holder, above) = holders.entry(value.clone()).or_insert_with(|| (row.key(), row.origin().row));
        if *holder != row.key() {
            faults.push(fault(row, column, value, format!("row {above} has this already")));
        }
    }
}
