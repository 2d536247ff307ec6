//! The one way in which every kind of row is loaded: unchanged rows are passed over, new ones go through their act at the moment
//! from which they were known, and a refusal becomes a fault of the row.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::http::etag::hex;
use crate::kernel::{Code, Id, Moment, Provenance, Refusal, TextList};
use crate::office::import::cells::{Origin, Record, columns_of};
use crate::office::import::folder::Look;
use crate::office::import::rows::{SettingRow, UserRow, VariationRow};
use crate::office::import::{CellFault, Office};
use crate::office::load::Outcome;
use crate::office::store::{self, Remembered};
use crate::store::{Tx, history};

/// How the day is named from which something was always known.
const BEGINNING: &str = "beginning";

/// An import under way.
pub(super) struct Loader<'l, 'c> {
    tx: &'l mut Tx<'c>,
    /// The records that rows became, of this and of earlier imports.
    pub ids: Ids,
    /// The day whose facts are being loaded; none for the beginning.
    pub day: Option<NaiveDate>,
    remembered: BTreeMap<(String, String, String), Remembered>,
    is_closed: bool,
    outcome: Outcome,
    incomplete: BTreeMap<(&'static str, String), (bool, bool)>,
}

impl<'l, 'c> Loader<'l, 'c> {
    pub fn new(tx: &'l mut Tx<'c>, remembered: BTreeMap<(String, String, String), Remembered>) -> Result<Self, Refusal> {
        let is_closed = history::is_closed_for(tx)?;
        let ids = Ids(remembered.values().map(|row| ((row.file.clone(), row.key.clone()), row.record_id)).collect());
        Ok(Self { tx, ids, day: None, remembered, is_closed, outcome: Outcome::default(), incomplete: BTreeMap::new() })
    }

    /// Loads everything, day by day.
    pub fn load(mut self, office: &Office) -> Result<Outcome, Refusal> {
        self.settings_read(office);
        for day in days(office) {
            self.day = day;
            self.settings(office)?;
            self.money_in(office)?;
            self.budgets(office)?;
            self.receivers(office)?;
            self.set_aside(office)?;
            self.agreements(office)?;
            self.monitoring(office)?;
            self.beside(office)?;
            self.printed(office)?;
        }
        self.day = None;
        self.users(office)?;
        let mut outcome = self.outcome;
        outcome.not_evidenced = self.incomplete.values().filter(|(missing, _)| *missing).count();
        outcome.illustrative = self.incomplete.values().filter(|(_, illustrative)| *illustrative).count();
        outcome.faults.sort();
        Ok(outcome)
    }

    /// The rows of this day, those that others refer to by `before` first.
    pub fn of_day<'r, R: Record, B: IntoIterator<Item = &'r String>>(&self, rows: &'r [R], before: impl Fn(&'r R) -> B) -> Vec<&'r R> {
        let mut waiting: Vec<&'r R> = rows.iter().filter(|row| row.origin().known_from == self.day).collect();
        let mut out = Vec::with_capacity(waiting.len());
        while !waiting.is_empty() {
            let open: BTreeSet<String> = waiting.iter().map(|row| row.key()).collect();
            let (ready, rest): (Vec<&'r R>, Vec<&'r R>) =
                waiting.iter().partition(|row| before(row).into_iter().all(|key| !open.contains(key)));
            // Rows that refer to each other in a circle are taken as they stand; the act refuses the first.
            let stuck = ready.is_empty();
            out.extend(if stuck { &rest } else { &ready });
            waiting = if stuck { Vec::new() } else { rest };
        }
        out
    }

    /// The groups of rows that hold anything of this day: of one consortium, of one bid.
    pub fn touched<'r, R: Record>(&self, rows: &'r [R], group: impl Fn(&'r R) -> &'r String) -> BTreeSet<&'r String> {
        rows.iter().filter(|row| row.origin().known_from == self.day).map(group).collect()
    }

    /// The rows by group, as far as they were known by this day; of several versions the last.
    pub fn groups<'r, R: Record>(&self, rows: &'r [R], group: impl Fn(&'r R) -> &'r String) -> Groups<'r, R> {
        let mut groups = Groups(BTreeMap::new());
        let mut places: BTreeMap<String, usize> = BTreeMap::new();
        for row in rows.iter().filter(|row| row.origin().known_from <= self.day) {
            let own = groups.0.entry(group(row).as_str()).or_default();
            let at = *places.entry(row.key()).or_insert(own.len());
            match own.get_mut(at) {
                Some(earlier) => *earlier = row,
                None => own.push(row),
            }
        }
        groups
    }

    /// Of the parts of a record those that it does not have yet: all of them where it is new, otherwise what became known this day. The
    /// folder may hold no more than what is new, so what the record has beside them stays.
    pub fn told_now<'r, R: Record, P: Record>(&self, key: &str, parts: &[&'r P]) -> Vec<&'r P> {
        let is_new = self.ids.one::<R>(key).is_none();
        parts.iter().filter(|part| is_new || part.origin().known_from == self.day).copied().collect()
    }

    /// Loads one row, with whatever else belongs to its record in `whole`. `act` makes the record or, where it has an id already, gives
    /// it these facts.
    pub fn put<R: Record>(
        &mut self,
        row: &R,
        whole: &impl Serialize,
        act: impl FnOnce(&mut Tx<'_>, Option<Id>, &Provenance) -> Result<Id, Refusal>,
    ) -> Result<(), Refusal> {
        let origin = row.origin();
        self.incomplete.insert((R::FILE, row.key()), (!origin.not_evidenced.is_empty(), origin.illustrative));
        self.put_as(row.key(), row, whole, act)
    }

    /// Loads one row, or several rows that together are one record, under this key.
    pub fn put_as<R: Record>(
        &mut self,
        key: String,
        row: &R,
        whole: &impl Serialize,
        act: impl FnOnce(&mut Tx<'_>, Option<Id>, &Provenance) -> Result<Id, Refusal>,
    ) -> Result<(), Refusal> {
        let (origin, fingerprint) = (row.origin(), fingerprint(whole)?);
        let known_from = self.day.map_or_else(|| BEGINNING.to_owned(), |day| day.to_string());
        let place = (R::FILE.to_owned(), key.clone(), known_from.clone());
        if let Some(before) = self.remembered.get(&place) {
            if before.fingerprint == fingerprint {
                self.outcome.unchanged += 1;
            } else {
                let later = if self.is_closed { self.today_given() } else { "a later `known_from`".to_owned() };
                let reason = format!(
                    "this row was imported with other values; nothing is overwritten: leave it, and add a row with the same key and {later}"
                );
                self.fault(row, "key", key, &reason);
            }
            return Ok(());
        }
        let Some(at) = self.moment(row) else { return Ok(()) };
        let id = self.ids.0.get(&(place.0.clone(), key.clone())).copied();
        let provenance = provenance(origin);
        match self.tx.tried(|tx| tx.known_from(at, |tx| act(tx, id, &provenance))) {
            Ok(record_id) => {
                let counts = if id.is_some() { &mut self.outcome.restated } else { &mut self.outcome.added };
                *counts.entry(R::FILE).or_default() += 1;
                let recorded_at = self.tx.real_at();
                let new = Remembered { file: place.0.clone(), key: key.clone(), known_from, record_id, fingerprint, recorded_at };
                store::remember(self.tx.conn(), &new)?;
                self.ids.0.insert((new.file, key), record_id);
                Ok(())
            }
            Err(refusal @ Refusal::Store(_)) => Err(refusal),
            Err(refusal) => {
                self.refused(row, refusal);
                Ok(())
            }
        }
    }

    /// Does one thing more to the record of a row that was loaded.
    pub fn go_on<R: Record>(&mut self, row: &R, act: impl FnOnce(&mut Tx<'_>, Id) -> Result<(), Refusal>) -> Result<(), Refusal> {
        let (Some(at), Some(id)) = (self.moment(row), self.ids.one::<R>(&row.key())) else { return Ok(()) };
        match self.tx.tried(|tx| tx.known_from(at, |tx| act(tx, id))) {
            Err(refusal @ Refusal::Store(_)) => Err(refusal),
            Err(refusal) => {
                self.refused(row, refusal);
                Ok(())
            }
            Ok(()) => Ok(()),
        }
    }

    /// The moment from which this row counts as known.
    fn moment<R: Record>(&mut self, row: &R) -> Option<Moment> {
        let now = self.tx.real_at();
        let is_of_today = [UserRow::FILE, SettingRow::FILE].contains(&R::FILE);
        if is_of_today && self.day.is_none_or(|day| day <= now.london_day()) {
            return Some(now);
        }
        let Some(day) = self.day else { return Some(if self.is_closed { now } else { Moment::from_micros(0).unwrap_or(now) }) };
        if day > now.london_day() {
            self.fault(row, "known_from", day.to_string(), "lies in the future");
            return None;
        }
        if self.is_closed && day < now.london_day() {
            let reason = format!(
                "history is closed since the first report was asked of this office, so that no answer changes: give {}, and the fact is known from now",
                self.today_given()
            );
            self.fault(row, "known_from", day.to_string(), &reason);
            return None;
        }
        Some(if self.is_closed { now } else { Moment::start_of(day) })
    }

    /// What a row says that comes after history was closed.
    fn today_given(&self) -> String {
        format!("today's date ({}) in `known_from`", self.tx.real_at().london_day())
    }

    /// Notes what is wrong with a row.
    pub fn fault<R: Record>(&mut self, row: &R, column: &str, value: String, reason: &str) {
        let (file, row) = (format!("{}.csv", R::FILE), row.origin().row);
        self.outcome.faults.push(CellFault { file, row, column: column.to_owned(), value, reason: reason.to_owned() });
    }

    fn refused<R: Record>(&mut self, row: &R, refusal: Refusal) {
        match refusal {
            Refusal::Invalid(faults) => {
                for fault in faults {
                    self.fault(row, &column::<R>(&fault.pointer), String::new(), &fault.message);
                }
            }
            Refusal::Rule { code: Code::InsufficientBalance | Code::Shortfall | Code::NotConfirmed, detail, .. } => {
                self.fault(row, AMOUNT, row.key(), &detail);
            }
            Refusal::Rule { detail, .. } => self.fault(row, "", row.key(), &detail),
            other => self.fault(row, "", row.key(), other.to_string().trim()),
        }
    }
}

/// Where money is too much for its account: the column of most files that holds it. A file without it has the fault of the row as a whole.
pub(super) const AMOUNT: &str = "amount";

/// `/area_ids/3` → `areas`: the column that a fault of an act speaks of; none where the file has no such column, so that the fault is of
/// the row as a whole.
fn column<R: Record>(pointer: &str) -> String {
    let mut parts = pointer.trim_start_matches('/').split('/');
    let (field, below) = (parts.next().unwrap_or_default(), parts.next());
    let name = match (R::FILE, field, below) {
        // A row of settings is a name and a value, whatever the policy calls its fields.
        (SettingRow::FILE, ..) => "value".to_owned(),
        (VariationRow::FILE, "value", Some("vat_pence")) => "vat".to_owned(),
        (VariationRow::FILE, "value", _) => "amount_change".to_owned(),
        (VariationRow::FILE, "dates", Some("starts_on")) => "starts_on".to_owned(),
        (VariationRow::FILE, "dates", _) => "ends_on".to_owned(),
        (VariationRow::FILE, "group_name", _) => "group".to_owned(),
        (_, "funding_source_id", _) => "source".to_owned(),
        (_, "contract", Some("social_value")) => "social_value_weight".to_owned(),
        (_, "contract", Some(clause)) => clause.to_owned(),
        (_, "post", Some("fte_hundredths")) => "post_fte".to_owned(),
        (_, "post", Some(part)) => format!("post_{part}"),
        (_, field, _) => {
            let field = field.strip_suffix("_pence").unwrap_or(field);
            field.strip_suffix("_ids").map_or_else(|| field.strip_suffix("_id").unwrap_or(field).to_owned(), |one| format!("{one}s"))
        }
    };
    let is_there = columns_of::<R>().iter().any(|(column, _)| *column == name);
    if is_there { name } else { String::new() }
}

/// What a row says of itself, as records keep it.
pub(super) fn provenance(origin: &Origin) -> Provenance {
    let evidence = if origin.evidence.is_empty() { None } else { Some(origin.evidence.join("; ")) };
    Provenance { illustrative: origin.illustrative, not_evidenced: TextList(origin.not_evidenced.clone()), evidence }
}

fn fingerprint(whole: &impl Serialize) -> Result<String, Refusal> {
    let text = serde_json::to_string(whole).map_err(Refusal::broken)?;
    Ok(hex(&Sha256::digest(text.as_bytes())))
}

/// Every day on which something became known, in order; the beginning first.
fn days(office: &Office) -> BTreeSet<Option<NaiveDate>> {
    struct Days(BTreeSet<Option<NaiveDate>>);
    impl Look for Days {
        fn rows<R: Record>(&mut self, rows: &[R]) {
            self.0.extend(rows.iter().map(|row| row.origin().known_from));
        }
    }
    let mut days = Days(BTreeSet::new());
    office.each(&mut days);
    days.0
}

/// Rows by what they belong to.
pub(super) struct Groups<'r, R>(BTreeMap<&'r str, Vec<&'r R>>);

impl<'r, R> Groups<'r, R> {
    /// The rows of one group, in the file's order.
    pub fn of(&self, group: &str) -> &[&'r R] {
        self.0.get(group).map_or(&[], Vec::as_slice)
    }
}

/// The records that keys stand for. A key without a record belongs to a row that was refused; what refers to it is passed over, since
/// its fault is the other's.
pub(super) struct Ids(BTreeMap<(String, String), Id>);

impl Ids {
    pub fn one<R: Record>(&self, key: &str) -> Option<Id> {
        self.0.get(&(R::FILE.to_owned(), key.to_owned())).copied()
    }

    pub fn may<R: Record>(&self, key: Option<&String>) -> Option<Option<Id>> {
        key.map_or(Some(None), |key| self.one::<R>(key).map(Some))
    }

    pub fn all<R: Record>(&self, keys: &[String]) -> Option<Vec<Id>> {
        keys.iter().map(|key| self.one::<R>(key)).collect()
    }
}

/// What a record says now, for what a later row has no columns for: that stays as it is.
pub(super) fn kept<T>(found: Option<T>) -> Result<T, Refusal> {
    found.ok_or(Refusal::NotFound("record"))
}
