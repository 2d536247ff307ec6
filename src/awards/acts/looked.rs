//! What terms are checked against, as far as many awards share it: each record is looked up once for all that are checked together.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;

use chrono::NaiveDate;

use crate::awards::rules::{AreaInTime, Policy};
use crate::awards::store::{self, PeriodFacts};
use crate::funds::budget_lines;
use crate::kernel::{Id, Refusal};
use crate::store::Conn;

/// Records that were looked up. It lasts no longer than one act on many awards, which changes nothing of it. No balance or state of an award belongs here.
#[derive(Debug, Default)]
pub struct Looked {
    policy: HashMap<(), Policy>,
    periods: HashMap<Id, Option<PeriodFacts>>,
    lines: HashMap<Id, HashSet<Id>>,
    windows: HashMap<Vec<Id>, Window>,
    tranches: HashMap<Id, Option<Id>>,
    earmarks: HashMap<Id, Option<Id>>,
    providers: HashMap<Id, bool>,
    service_lines: HashMap<Id, Option<Id>>,
    programmes: HashMap<Id, bool>,
    areas: HashMap<Vec<Id>, HashMap<Id, AreaInTime>>,
}

/// The first and the last day on which money may be spent.
type Window = (Option<NaiveDate>, Option<NaiveDate>);

/// What is known under a key, asked for the first time.
fn once<K: Clone + Eq + Hash, V: Clone>(
    known: &mut HashMap<K, V>,
    key: &K,
    ask: impl FnOnce() -> Result<V, Refusal>,
) -> Result<V, Refusal> {
    if let Some(found) = known.get(key) {
        return Ok(found.clone());
    }
    let found = ask()?;
    known.insert(key.clone(), found.clone());
    Ok(found)
}

impl Looked {
    pub(super) fn policy(&mut self, conn: &mut Conn) -> Result<Policy, Refusal> {
        once(&mut self.policy, &(), || Ok(store::policy(conn)?.policy))
    }

    pub(super) fn period(&mut self, conn: &mut Conn, id: Id) -> Result<Option<PeriodFacts>, Refusal> {
        once(&mut self.periods, &id, || store::period(conn, id))
    }

    pub(super) fn budget_lines_of(&mut self, conn: &mut Conn, period: Id) -> Result<HashSet<Id>, Refusal> {
        once(&mut self.lines, &period, || store::budget_lines_of(conn, period))
    }

    /// Of these lines, in the order in which they are sorted.
    pub(super) fn window(&mut self, conn: &mut Conn, lines: &[Id]) -> Result<Window, Refusal> {
        let mut key = lines.to_vec();
        key.sort_unstable();
        once(&mut self.windows, &key, || budget_lines::window(conn, &key))
    }

    /// The fund period of a tranche.
    pub(super) fn tranche_period(&mut self, conn: &mut Conn, id: Id) -> Result<Option<Id>, Refusal> {
        once(&mut self.tranches, &id, || Ok(store::tranche(conn, id)?.map(|(period, _)| period)))
    }

    pub(super) fn earmark_period(&mut self, conn: &mut Conn, id: Id) -> Result<Option<Id>, Refusal> {
        once(&mut self.earmarks, &id, || store::earmark_period(conn, id))
    }

    pub(super) fn provider_known(&mut self, conn: &mut Conn, id: Id) -> Result<bool, Refusal> {
        once(&mut self.providers, &id, || store::provider_known(conn, id))
    }

    pub(super) fn service_line_provider(&mut self, conn: &mut Conn, id: Id) -> Result<Option<Id>, Refusal> {
        once(&mut self.service_lines, &id, || store::service_line_provider(conn, id))
    }

    pub(super) fn programme_known(&mut self, conn: &mut Conn, id: Id) -> Result<bool, Refusal> {
        once(&mut self.programmes, &id, || store::programme_known(conn, id))
    }

    pub(super) fn areas(&mut self, conn: &mut Conn, ids: &[Id]) -> Result<HashMap<Id, AreaInTime>, Refusal> {
        once(&mut self.areas, &ids.to_vec(), || store::areas(conn, ids))
    }
}
