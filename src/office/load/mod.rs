//! Loading an office in one transaction, through the same acts as a request, in the order in which facts became known.

mod agreements;
mod beside;
mod budgets;
mod loader;
mod money;
mod monitoring;
mod outcome;
mod printed;
mod receivers;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use crate::kernel::{Code, Id, Refusal};
use crate::office::import::cells::Record;
use crate::office::import::check::{self, Known};
use crate::office::import::rows::{
    AtRiskRow, AwardQuarterRow, AwardSplitRow, BidGateRow, BidRow, BudgetLineRow, EarmarkRow, FundPeriodRow, FunderClaimReceiptRow,
    FunderClaimRow, IndicatorRow, IndicatorTargetRow, ReturnRow, ReturnSpendRow, ReturnTextRow, ReturnValueRow, TrancheRow, UserRow,
    VariationRow,
};
use crate::office::import::{CellFault, Sheets};
use crate::office::load::loader::{AMOUNT, Loader};
use crate::office::store;
use crate::store::{Conn, Db, WriteMeta};

pub use outcome::Outcome;

/// Loads an office into a database: all of it or, where anything is wrong or `dry_run` is set, nothing.
///
/// # Errors
/// [`Refusal::Store`] where the database fails. Faults of the folder are in the outcome.
pub async fn load(db: &Db, sheets: Sheets, dry_run: bool) -> Result<Outcome, Refusal> {
    let told = Arc::new(Mutex::new(Outcome::default()));
    let tell = Arc::clone(&told);
    let written = db
        .write(WriteMeta::system("office.import", "import"), move |tx| {
            let remembered = store::all(tx.conn())?;
            let known: Known = remembered.keys().map(|(file, key, _)| (file.clone(), key.clone())).collect();
            let form = check::faults(&sheets, &known);
            let loaded = Loader::new(tx, remembered)?.load(&sheets.office)?;
            let mut outcome = if form.is_empty() { loaded } else { Outcome::refused(all_faults(form, loaded.faults)) };
            show_values(&mut outcome.faults, &sheets);
            let keep = outcome.faults.is_empty() && !dry_run;
            *tell.lock().unwrap_or_else(PoisonError::into_inner) = outcome;
            // Refusing is how everything is undone.
            if keep { Ok(()) } else { Err(Refusal::rule(Code::RuleBroken, "the import was not kept")) }
        })
        .await;
    match written {
        Ok(()) | Err(Refusal::Rule { code: Code::RuleBroken, .. }) => {
            Ok(std::mem::take(&mut told.lock().unwrap_or_else(PoisonError::into_inner)))
        }
        Err(refusal) => Err(refusal),
    }
}

/// What money comes from and what it is divided by: where one of their rows is faulty, what is short elsewhere may only follow from that.
const OTHERS_STAND_ON: [&str; 8] = [
    FundPeriodRow::FILE,
    BudgetLineRow::FILE,
    AtRiskRow::FILE,
    EarmarkRow::FILE,
    TrancheRow::FILE,
    AwardSplitRow::FILE,
    AwardQuarterRow::FILE,
    VariationRow::FILE,
];

/// Files whose rows are parts of the rows of another one: where a part is faulty, what is wrong with the whole may only follow from that.
const MADE_OF: [(&str, &str); 6] = [
    (ReturnRow::FILE, ReturnValueRow::FILE),
    (ReturnRow::FILE, ReturnSpendRow::FILE),
    (ReturnRow::FILE, ReturnTextRow::FILE),
    (IndicatorRow::FILE, IndicatorTargetRow::FILE),
    (BidRow::FILE, BidGateRow::FILE),
    (FunderClaimRow::FILE, FunderClaimReceiptRow::FILE),
];

/// Faults of form, and beside them what the rules refuse of rows that have none, unless that may only follow from them.
fn all_faults(mut form: Vec<CellFault>, found: Vec<CellFault>) -> Vec<CellFault> {
    let others_stand_on = |fault: &CellFault| OTHERS_STAND_ON.iter().any(|file| fault.file.strip_suffix(".csv") == Some(file));
    let may_follow = form.iter().any(|fault| others_stand_on(fault) || check::is_of_missing_file(fault));
    if !may_follow {
        let places: BTreeSet<(String, usize)> = form.iter().map(|fault| (fault.file.clone(), fault.row)).collect();
        let is_faulty = |file: &str| places.iter().any(|(faulty, _)| faulty.strip_suffix(".csv") == Some(file));
        let follows = |fault: &CellFault| {
            let wholes = MADE_OF.iter().filter(|(whole, _)| fault.file.strip_suffix(".csv") == Some(*whole));
            wholes.into_iter().any(|(_, part)| is_faulty(part))
        };
        form.extend(found.into_iter().filter(|fault| !places.contains(&(fault.file.clone(), fault.row)) && !follows(fault)));
    }
    form
}

/// Shows beside what a rule refuses what stands in the cell; a column that the file does not have is left out.
fn show_values(faults: &mut [CellFault], sheets: &Sheets) {
    for fault in faults.iter_mut().filter(|fault| fault.row > 0 && !fault.column.is_empty()) {
        match sheets.cell(&fault.file, fault.row, &fault.column) {
            Some(value) if fault.value.is_empty() || fault.column == AMOUNT => fault.value = value.to_owned(),
            None if fault.column == AMOUNT => fault.column.clear(),
            _ => {}
        }
    }
}

/// The people whom an import brought in, by their key in `users.csv`.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn people(conn: &mut Conn) -> Result<BTreeMap<String, Id>, Refusal> {
    let rows = store::all(conn)?.into_values();
    Ok(rows.filter(|row| row.file == UserRow::FILE).map(|row| (row.key, row.record_id)).collect())
}
