//! A made-up office of any size, to try the service at scale: made through the same acts as an import, from a seed.
//!
//! Everything in it is called made-up, every record that can say so is marked illustrative, and no address can be reached.

mod agreement;
mod draw;
mod ground;
mod plan;
mod reporting;

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{Days, NaiveDate};
use serde_json::{Value, json};

use crate::audit::{self, Entry};
use crate::kernel::{Code, Id, Pence, Provenance, Refusal};
use crate::ledger::{self, Account, AccountKind, Movement};
use crate::office::generate::ground::{Ground, Needs};
use crate::office::store;
use crate::store::{Db, Tx, WriteMeta};

pub use plan::{QUARTERS_MAX, Reporting, Size};

/// How many records are made in one transaction: one flush to disk for many acts, and other writers still get their turn.
const BATCH: u32 = 200;

/// What was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Made {
    /// Organisations.
    pub providers: u32,
    /// Awards.
    pub awards: u32,
    /// Movements of money.
    pub transfers: i64,
    /// Returns with figures, of awards that report much.
    pub returns: u32,
}

/// What the awards need of each fund period.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::office) struct Sums(BTreeMap<u32, Needs>);

impl Sums {
    fn all(size: Size) -> Self {
        let mut sums = Self::default();
        for award in (0..size.awards).filter_map(|number| size.award(number)) {
            let needs = sums.0.entry(award.period).or_default();
            let tranche = award.tranche.and_then(|tranche| needs.tranches.get_mut(usize::try_from(tranche).unwrap_or(usize::MAX)));
            let parts = tranche.unwrap_or(&mut needs.direct);
            let more = award.amount_max() - award.amount();
            for (sum, part) in parts.iter_mut().zip(award.parts) {
                // Which line pays how much of an increase is settled when it is made; there is enough on each that pays.
                *sum = *sum + if part.is_positive() { part + more } else { Pence::ZERO };
            }
        }
        sums
    }

    fn of(&self, period: u32) -> Needs {
        self.0.get(&period).cloned().unwrap_or_default()
    }
}

/// How every record of such an office is marked.
fn made_up() -> Provenance {
    Provenance { illustrative: true, ..Provenance::default() }
}

/// Makes an office of this size in a database that holds none. What was made stays where a later part fails.
///
/// # Errors
/// [`Code::WrongState`] where there is an office already; [`Refusal::Store`] where the database fails.
pub async fn generate(db: &Db, size: Size) -> Result<Made, Refusal> {
    if !db.read(store::is_empty).await? {
        let why = "This database holds an office already, so nothing was made. Name an empty one.";
        return Err(Refusal::rule(Code::WrongState, why));
    }
    let sums = Sums::all(size);
    let ground = db.write(meta(), move |tx| ground::lay(tx, &sums)).await?;
    let (ground, mut providers) = (Arc::new(ground), Vec::new());
    for some in batches(size.providers()) {
        let ground = Arc::clone(&ground);
        let make = move |tx: &mut Tx<'_>| some.clone().map(|number| ground::provider(tx, number, &ground.areas)).collect();
        let made: Vec<Id> = db.write(meta(), make).await?;
        providers.extend(made);
    }
    let providers: Arc<[Id]> = providers.into();
    let mut returns = 0;
    for some in batches(size.awards) {
        let (on, of) = (Arc::clone(&ground), Arc::clone(&providers));
        let made: Vec<(u32, Id)> = db.write(meta(), move |tx| awards(tx, (&on, &of), size, some.clone())).await?;
        if let Some(reporting) = size.reporting {
            returns += report(db, size.seed, reporting, (&ground, made)).await?;
        }
    }
    let transfers = db.read(store::transfers).await?;
    Ok(Made { providers: size.providers(), awards: size.awards, transfers, returns })
}

/// How many accounts are paid from in one transaction.
const ACCOUNTS_AT_ONCE: usize = 20;
/// Over how many days an award's instalments are spread.
const INSTALMENT_DAYS: u64 = 300;

/// Pays penny after penny of what made-up awards have committed, until there are about so many movements, and says how many there are: a ledger as a region has it after
/// ten years, to measure with. No payment stands behind them.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub async fn pay_often(db: &Db, movements: u32) -> Result<i64, Refusal> {
    let (all, before) = db.read(|conn| Ok((store::committed(conn)?, store::transfers(conn)?))).await?;
    let missing = usize::try_from(i64::from(movements) - before).unwrap_or(0);
    let each = missing.div_ceil(all.len().max(1));
    for some in all.chunks(ACCOUNTS_AT_ONCE) {
        let some = some.to_vec();
        db.write(meta(), move |tx| some.iter().try_for_each(|account| pay_pennies(tx, *account, each))).await?;
    }
    db.read(store::transfers).await
}

fn pay_pennies(tx: &mut Tx<'_>, (award, line, held, from_day): (Id, Id, Pence, NaiveDate), count: usize) -> Result<(), Refusal> {
    let account = |kind| Account { kind, record_id: award, budget_line_id: line };
    let (from, to) = (account(AccountKind::Committed), account(AccountKind::Paid));
    let movement = Movement { from, to, amount: Pence(1), effective_on: from_day };
    let day = |number: u64, of: u64| from_day.checked_add_days(Days::new(number * INSTALMENT_DAYS / of.max(1)));
    let count = count.min(usize::try_from(held.0).unwrap_or(0));
    let of = u64::try_from(count).map_err(Refusal::broken)?;
    let days: Vec<NaiveDate> = (0..of).filter_map(|number| day(number, of)).collect();
    if days.is_empty() {
        return Ok(());
    }
    ledger::transfer_often(tx, &movement, &days)?;
    let after = json!({ "budget_line_id": line, "paid_pence": days.len() });
    audit::record(tx, Entry { record_kind: "award", record_id: award, before: Value::Null, after, reason: None }).map(|_| ())
}

fn awards(tx: &mut Tx<'_>, on: (&Ground, &[Id]), size: Size, numbers: std::ops::Range<u32>) -> Result<Vec<(u32, Id)>, Refusal> {
    let planned = numbers.filter_map(|number| size.award(number));
    planned.map(|planned| Ok((planned.number, agreement::make(tx, on.0, on.1, &planned)?))).collect()
}

/// Makes the indicators that some awards share and what the awards report of them: each award in a transaction of its own, as it reports much.
async fn report(db: &Db, seed: u64, reporting: Reporting, (ground, awards): (&Arc<Ground>, Vec<(u32, Id)>)) -> Result<u32, Refusal> {
    let shared: Vec<Id> = awards.iter().map(|(_, id)| *id).collect();
    let counted: Arc<[Id]> = db.write(meta(), move |tx| reporting::indicators(tx, reporting, &shared)).await?.into();
    let mut returns = 0;
    for award in awards {
        let (ground, counted) = (Arc::clone(ground), Arc::clone(&counted));
        returns += db.write(meta(), move |tx| reporting::of_award(tx, (seed, reporting), &ground, &counted, award)).await?;
    }
    Ok(returns)
}

fn batches(count: u32) -> impl Iterator<Item = std::ops::Range<u32>> {
    (0..count.div_ceil(BATCH)).map(move |number| number * BATCH..((number + 1) * BATCH).min(count))
}

fn meta() -> WriteMeta {
    WriteMeta::system("office.generate", "generate")
}
