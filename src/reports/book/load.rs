//! Reading a book.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;

use crate::awards::rules::{Successor, Successors, still_forward};
use crate::kernel::{Id, Named, Pence, Quarter, Refusal};
use crate::ledger::{self, Holder, Tallies, Tally};
use crate::reports::asked::At;
use crate::reports::book::rules::{Counted, Dimension, Fact, Keys, Reported, Sums, budget, still_expected};
use crate::reports::book::store::{self, AwardRow};
use crate::reports::book::values::Values;
use crate::reports::book::whole::Whole;
use crate::reports::book::year_end;
use crate::reports::names::{Names, Period, Round, known, sorted_provider, sorted_round, store as names};
use crate::reports::returned::{self, Spending};
use crate::store::Conn;

/// What a book is asked for beyond money and counts, which costs more reading.
#[derive(Debug, Clone, Copy, Default)]
pub struct Needs {
    /// The areas of awards.
    pub areas: bool,
    /// Each award by itself.
    pub awards: bool,
    /// Whether providers are commissioned.
    pub statuses: bool,
}

/// Every pound and every award as at a day and known at a moment.
#[derive(Debug, Default)]
pub struct Book {
    /// Amounts with their dimensions; those of an award, and the awards of a provider, stand together.
    pub facts: Vec<Fact>,
    /// What the numbers in the dimensions stand for.
    pub values: Values,
    /// The fund periods that were known, with or without money.
    pub periods: Vec<(Id, Keys)>,
    /// How many movements it is made of.
    pub transfers: i64,
    /// Whether it agrees with the ledger, added up another way.
    pub is_balanced: bool,
}

/// States in which an award counts: it was offered, and not refused, taken back or let lapse.
pub const COUNTED: [&str; 6] = ["offered", "live", "paused", "ended", "closed", "terminated"];

/// The state in which nothing is agreed yet, so that nothing is expected.
const OFFERED: &str = "offered";

/// The state in which it is settled what an award cost.
const CLOSED: &str = "closed";

/// States in which an award goes on in no other year, so that later years that it names are promised no more.
const DONE_WITH: [&str; 2] = ["terminated", CLOSED];

/// What is known of the money of some awards.
pub(super) struct Money {
    /// What each has of budget lines.
    pub held: HashMap<Id, Vec<(Id, Tally)>>,
    /// What each spent.
    pub spent: HashMap<Id, Sums>,
    /// The returns that say so.
    pub spending: Spending,
}

/// What is known while the facts are made.
pub(super) struct Maker {
    pub values: Values,
    periods: HashMap<Id, Period>,
    rounds: HashMap<Id, Round>,
    funds: Names,
    programmes: Names,
    providers: Names,
    statuses: HashMap<Id, String>,
    areas: Names,
    titles: HashMap<Id, String>,
    award_areas: HashMap<Id, Vec<Id>>,
    lines: HashMap<Id, Keys>,
    pub facts: Vec<Fact>,
    needs: Needs,
}

impl Book {
    /// Reads the book of a day and a moment.
    ///
    /// # Errors
    /// [`Refusal::Store`] where the database fails.
    pub fn load(conn: &mut Conn, at: At, needs: Needs) -> Result<Self, Refusal> {
        let tallies = Tallies::at(conn, at.as_at, at.known_at, LATER_MAX)?;
        let (whole, transfers) = Whole::of(&ledger::kinds(conn, at.as_at, at.known_at)?);
        let mut maker = Maker::new(conn, at, needs)?;
        maker.lines(conn, at)?;
        maker.set_aside(conn, at, &tallies)?;
        maker.awards(conn, at, tallies)?;
        let is_balanced = whole_of(&sum_of(&maker.facts)) == whole;
        let periods = maker.all_periods();
        Ok(Self { facts: maker.facts, values: maker.values, periods, transfers, is_balanced })
    }
}

/// How many movements are looked at one by one before all others are added up instead.
pub const LATER_MAX: i64 = 5_000;

/// What facts come to together.
pub(super) fn sum_of(facts: &[Fact]) -> Sums {
    let mut sums = Sums::default();
    for fact in facts {
        sums += fact.sums;
    }
    sums
}

/// What all facts hold together, to be held against the ledger.
pub(super) const fn whole_of(sums: &Sums) -> Whole {
    Whole {
        unallocated: sums.unallocated,
        earmarked: sums.earmarked,
        allocated: sums.allocated,
        offered: sums.offered,
        committed: sums.committed,
        paid: sums.paid,
        recovered: sums.recovered,
        released: sums.released,
    }
}

/// Later than any business date.
pub(super) const LAST_DAY: NaiveDate = match NaiveDate::from_ymd_opt(9999, 12, 31) {
    Some(day) => day,
    None => NaiveDate::MAX,
};

impl Maker {
    pub fn new(conn: &mut Conn, at: At, needs: Needs) -> Result<Self, Refusal> {
        Ok(Self {
            values: Values::default(),
            periods: names::periods(conn, at.known_at)?,
            rounds: names::tranches(conn, at.known_at)?,
            funds: names::funds(conn, at.known_at)?,
            programmes: names::programmes(conn, at.known_at)?,
            providers: names::providers(conn, at.known_at)?,
            statuses: if needs.statuses { names::provider_statuses(conn, at.known_at)? } else { HashMap::new() },
            areas: if needs.areas { names::areas(conn, at.known_at)? } else { Names::new() },
            titles: HashMap::new(),
            award_areas: HashMap::new(),
            lines: HashMap::new(),
            facts: Vec::new(),
            needs,
        })
    }

    fn period(&mut self, keys: &mut Keys, period_id: Id) {
        let Some(period) = self.periods.get(&period_id) else { return };
        let by_code = |names: &Names, id| {
            let named = known(names, id);
            (named.clone(), named.code)
        };
        keys.set(Dimension::Fund, self.values.record(Dimension::Fund, Some(period.fund_id), |id| by_code(&self.funds, id)));
        keys.set(Dimension::FinancialYear, self.values.word(Dimension::FinancialYear, Some(&period.label)));
    }

    fn all_periods(&mut self) -> Vec<(Id, Keys)> {
        let ids: Vec<Id> = self.periods.keys().copied().collect();
        let with_keys = ids.into_iter().map(|id| {
            let mut keys = Keys::default();
            self.period(&mut keys, id);
            (id, keys)
        });
        with_keys.collect()
    }

    fn programme(&mut self, keys: &mut Keys, id: Option<Id>) {
        let names = &self.programmes;
        let number = self.values.record(Dimension::Programme, id, |id| {
            let named = known(names, id);
            (named.clone(), named.code)
        });
        keys.set(Dimension::Programme, number);
    }

    fn tranche(&mut self, keys: &mut Keys, id: Option<Id>) {
        let rounds = &self.rounds;
        let number = self.values.record(Dimension::Tranche, id, |id| sorted_round(rounds, id));
        keys.set(Dimension::Tranche, number);
    }

    pub fn lines(&mut self, conn: &mut Conn, at: At) -> Result<(), Refusal> {
        let sources = names::sources(conn, at.known_at)?;
        let versions: HashMap<Id, (String, Pence)> =
            store::line_versions(conn, at)?.into_iter().map(|row| (row.line_id, (row.state, row.amount))).collect();
        let approvals: HashMap<Id, Option<Pence>> = store::approvals(conn, at)?.into_iter().collect();
        let shortfalls: HashMap<Id, Option<Pence>> = store::shortfalls(conn, at)?.into_iter().collect();
        let moved = year_end::moved(conn, at)?;
        for line in store::lines(conn, at)? {
            let mut keys = Keys::default();
            self.period(&mut keys, line.period_id);
            let number = self.values.record(Dimension::Source, Some(line.source_id), |id| {
                let named = known(&sources, id);
                (named.clone(), named.code)
            });
            keys.set(Dimension::Source, number);
            self.lines.insert(line.id, keys);
            let approved = approvals.get(&line.id).copied().flatten().unwrap_or_default();
            let (budgeted, at_risk) = versions.get(&line.id).map(|(state, amount)| budget(state, *amount, approved)).unwrap_or_default();
            let shortfall = shortfalls.get(&line.id).copied().flatten().unwrap_or_default();
            let year_end = moved.get(&line.id).map(|moved| moved.beside(budgeted)).unwrap_or_default();
            self.facts.push(Fact { keys, sums: Sums { budgeted, at_risk, shortfall, year_end, ..Sums::default() }, counted: None });
        }
        Ok(())
    }

    fn line_keys(&self, id: Id) -> Keys {
        self.lines.get(&id).copied().unwrap_or_default()
    }

    /// What fund periods, earmarks and tranches hold.
    pub fn set_aside(&mut self, conn: &mut Conn, at: At, tallies: &Tallies) -> Result<(), Refusal> {
        for (_, line, Tally { held, .. }) in tallies.of_each(Holder::FundPeriod) {
            let sums = Sums { unallocated: held, ..Sums::default() };
            self.facts.push(Fact { keys: self.line_keys(line), sums, counted: None });
        }
        let programmes: HashMap<Id, Option<Id>> = store::earmark_programmes(conn, at)?.into_iter().collect();
        for (earmark, line, Tally { held, .. }) in tallies.of_each(Holder::Earmark) {
            let mut keys = self.line_keys(line);
            self.programme(&mut keys, programmes.get(&earmark).copied().flatten());
            self.facts.push(Fact { keys, sums: Sums { earmarked: held, ..Sums::default() }, counted: None });
        }
        for (tranche, line, Tally { held, .. }) in tallies.of_each(Holder::Tranche) {
            let mut keys = self.line_keys(line);
            self.tranche(&mut keys, Some(tranche));
            self.facts.push(Fact { keys, sums: Sums { allocated: held, ..Sums::default() }, counted: None });
        }
        Ok(())
    }

    fn awards(&mut self, conn: &mut Conn, at: At, tallies: Tallies) -> Result<(), Refusal> {
        let held = held(&tallies);
        // What is read is let go as soon as it is added up: a region has many awards.
        drop(tallies);
        let spending = returned::spending(conn, at)?;
        let ids = store::award_ids(conn)?;
        let money = Money { spent: spent(&spending), held, spending };
        let rows = shown(conn, at, &ids, &money)?;
        let successors = successors(&rows);
        self.add_awards(conn, &rows, money, &successors)
    }

    /// Adds the facts of these awards; of `successors` it needs those that go on with one of them.
    pub fn add_awards(&mut self, conn: &mut Conn, rows: &[AwardRow], money: Money, successors: &Successors) -> Result<(), Refusal> {
        let Money { mut held, mut spent, spending } = money;
        self.describe(conn, rows)?;
        expect(conn, rows, &spending, &mut spent)?;
        drop(spending);
        let before = self.facts.len();
        self.facts.reserve(rows.len());
        for (row, number) in rows.iter().zip(0..) {
            let keys = self.award_keys(row);
            let is_counted = is_counted(row);
            let counted = is_counted.then_some(Counted {
                award: number,
                projects: i64::from(row.projects),
                illustrative: row.illustrative,
                not_evidenced: !row.is_evidenced,
                unknown_amount: row.amount.is_none(),
            });
            let mut lines = held.remove(&row.id).unwrap_or_default();
            // In the order in which the lines were made, so that a penny that is left over goes to the same line in every answer.
            lines.sort_unstable_by_key(|(line, _)| *line);
            let mut apart = spent.remove(&row.id).unwrap_or_default();
            if is_counted && !DONE_WITH.contains(&row.state.as_str()) {
                apart.forward = still_forward(row.id, row.forward, successors);
            }
            if apart.forecasts > 0 {
                let committed: Pence = lines.iter().map(|(_, tally)| tally.committed).sum();
                if row.state == CLOSED {
                    // What was kept is what it cost, and nothing more is expected.
                    apart.forecast = apart.reported_spend.max(committed);
                }
                apart.variance = apart.forecast - committed;
            }
            self.add_award(row, keys, counted, &lines, apart);
        }
        // The awards of a provider stand together, and so do the facts of an award. They are sorted where they lie: there are many.
        if let Some(made) = self.facts.get_mut(before..) {
            made.sort_unstable_by_key(|fact| (fact.keys.get(Dimension::Provider), fact.counted.map_or(u32::MAX, |counted| counted.award)));
        }
        Ok(())
    }

    /// Reads what the question shows of these awards beside their amounts.
    fn describe(&mut self, conn: &mut Conn, rows: &[AwardRow]) -> Result<(), Refusal> {
        let terms: Vec<(Id, i32)> = rows.iter().map(|row| (row.id, row.terms_no)).collect();
        if self.needs.areas {
            for (award, area) in store::award_areas(conn, &terms)? {
                self.award_areas.entry(award).or_default().push(area);
            }
        }
        if self.needs.awards {
            self.titles = store::award_titles(conn, &terms)?;
        }
        Ok(())
    }

    fn award_keys(&mut self, row: &AwardRow) -> Keys {
        let mut keys = Keys::default();
        self.tranche(&mut keys, row.tranche_id);
        self.programme(&mut keys, row.programme_id);
        let providers = &self.providers;
        let number = self.values.record(Dimension::Provider, row.provider_id, |id| sorted_provider(providers, id));
        keys.set(Dimension::Provider, number);
        let status = row.provider_id.and_then(|id| self.statuses.get(&id)).map(String::as_str);
        keys.set(Dimension::ProviderStatus, self.values.word(Dimension::ProviderStatus, status));
        keys.set(Dimension::Theme, self.values.word(Dimension::Theme, row.theme.as_deref()));
        keys.set(Dimension::Category, self.values.word(Dimension::Category, row.category.as_deref()));
        if self.needs.areas {
            let ids = self.award_areas.remove(&row.id).unwrap_or_default();
            keys.set(Dimension::Area, self.values.areas(ids, &self.areas));
        }
        if self.needs.awards {
            let title = self.titles.remove(&row.id).unwrap_or_default();
            let sort = listed(row.position, &row.reference);
            let named = Named { id: row.id, code: row.reference.clone(), name: title };
            keys.set(Dimension::Award, self.values.record(Dimension::Award, Some(row.id), |_| (named, sort)));
        }
        keys
    }

    /// One fact a budget line, with its share of what is told of the award as a whole; apart where no line pays the award.
    fn add_award(&mut self, row: &AwardRow, keys: Keys, counted: Option<Counted>, lines: &[(Id, Tally)], apart: Sums) {
        for ((line, tally), told) in lines.iter().zip(shares(&apart, lines)) {
            let mut own = keys;
            let of_line = self.line_keys(*line);
            for dimension in [Dimension::Fund, Dimension::FinancialYear, Dimension::Source] {
                own.set(dimension, of_line.get(dimension));
            }
            let Tally { held: offered, committed, paid, recovered, released, .. } = *tally;
            let sums = Sums { offered, committed, paid, recovered, released, ..told };
            self.facts.push(Fact { keys: own, sums, counted });
        }
        if lines.is_empty() {
            let mut own = keys;
            self.period(&mut own, row.period_id);
            self.facts.push(Fact { keys: own, sums: apart, counted });
        }
    }
}

/// What an award is listed by: as it was printed, then by reference.
pub(super) fn listed(position: Option<i32>, reference: &str) -> String {
    format!("{:010}{reference}", position.unwrap_or(i32::MAX))
}

/// What each budget line of an award bears in proportion to: what it has committed, as a claim to its funder does; before anything is
/// committed, what it holds or let go.
#[must_use]
pub fn weights(lines: &[(Id, Tally)]) -> Vec<Pence> {
    let committed: Vec<Pence> = lines.iter().map(|(_, tally)| tally.committed).collect();
    let is_committed = committed.iter().any(|pence| pence.is_positive());
    if is_committed { committed } else { lines.iter().map(|(_, tally)| tally.held + tally.released).collect() }
}

/// What each budget line of an award bears of what is told of the award as a whole, to the penny.
fn shares(apart: &Sums, lines: &[(Id, Tally)]) -> Vec<Sums> {
    let weights = weights(lines);
    let accepted = (apart.reported_spend - apart.reported_adjustments).shares(&weights);
    let (adjusted, forecast, forward) =
        (apart.reported_adjustments.shares(&weights), apart.forecast.shares(&weights), apart.forward.shares(&weights));
    let amounts = accepted.into_iter().zip(adjusted).zip(forecast).zip(forward).zip(lines);
    let share = |((((accepted, adjusted), forecast), forward), (_, tally)): ((((Pence, Pence), Pence), Pence), &(Id, Tally))| Sums {
        reported_spend: accepted + adjusted,
        reported_adjustments: adjusted,
        forecast,
        forecasts: apart.forecasts,
        variance: if apart.forecasts > 0 { forecast - tally.committed } else { Pence::ZERO },
        forward,
        ..Sums::default()
    };
    amounts.map(share).collect()
}

/// Whether an award counts by itself: it was offered, and is no part of another.
fn is_counted(row: &AwardRow) -> bool {
    row.component_of.is_none() && COUNTED.contains(&row.state.as_str())
}

/// What awards have of budget lines.
pub(super) fn held(tallies: &Tallies) -> HashMap<Id, Vec<(Id, Tally)>> {
    let mut held: HashMap<Id, Vec<(Id, Tally)>> = HashMap::new();
    for (award, line, tally) in tallies.of_each(Holder::Award) {
        held.entry(award).or_default().push((line, tally));
    }
    held
}

/// Those of some awards that a book shows: what counts, and what has or spent any money.
pub(super) fn shown(conn: &mut Conn, at: At, ids: &[Id], money: &Money) -> Result<Vec<AwardRow>, Refusal> {
    let mut rows = store::some_awards(conn, at, ids)?;
    let has_any = |id: &Id| money.held.contains_key(id) || money.spent.contains_key(id);
    if rows.len() < ids.len() {
        // Money that took effect before any version of its award did: the award is shown as it was known.
        let found: HashSet<Id> = rows.iter().map(|row| row.id).collect();
        let left: Vec<Id> = ids.iter().copied().filter(|id| has_any(id) && !found.contains(id)).collect();
        rows.extend(store::some_awards(conn, At { as_at: LAST_DAY, ..at }, &left)?);
    }
    rows.retain(|row| has_any(&row.id) || is_counted(row));
    Ok(rows)
}

/// Counted awards that go on with others, so that a year is not promised by the one and committed by the other (R08).
pub(super) fn successors(rows: &[AwardRow]) -> Successors {
    let mut all = Successors::new();
    for row in rows.iter().filter(|row| is_counted(row)) {
        if let Some(forerunner) = row.succeeds {
            let one = Successor { id: row.id, amount: row.amount.unwrap_or_default(), forward: row.forward };
            all.entry(forerunner).or_default().push(one);
        }
    }
    all
}

/// What accepted returns say was spent of each award, its parts included.
pub(super) fn spent(spending: &Spending) -> HashMap<Id, Sums> {
    let mut spent: HashMap<Id, Sums> = HashMap::new();
    for row in &spending.spend {
        if let Some(of) = spending.returns.get(&row.return_id) {
            let sums = spent.entry(of.award_id).or_default();
            sums.reported_spend = sums.reported_spend + row.amount;
        }
    }
    for row in &spending.adjusted {
        if let Some(of) = spending.returns.get(&row.return_id) {
            let sums = spent.entry(of.award_id).or_default();
            sums.reported_spend = sums.reported_spend + row.amount;
            sums.reported_adjustments = sums.reported_adjustments + row.amount;
        }
    }
    spent
}

/// Adds what is expected of each award that was accepted and has a profile: what is reported, and what of the profile is left.
fn expect(conn: &mut Conn, rows: &[AwardRow], spending: &Spending, spent: &mut HashMap<Id, Sums>) -> Result<(), Refusal> {
    let mut amounts: HashMap<Id, Pence> = HashMap::new();
    let adjusted = spending.adjusted.iter().map(|row| (row.return_id, row.amount));
    for (return_id, amount) in spending.spend.iter().map(|row| (row.return_id, row.amount)).chain(adjusted) {
        let sum = amounts.entry(return_id).or_default();
        *sum = *sum + amount;
    }
    let mut reported: HashMap<Id, Reported> = HashMap::new();
    for row in spending.returns.values().filter(|row| row.is_spend_reported()) {
        let (own, days) = (reported.entry(row.award_id).or_default(), (row.starts_on, row.ends_on));
        if spending.of_parts.contains_key(&row.return_id) {
            own.by_parts.push((days, amounts.get(&row.return_id).copied().unwrap_or_default()));
        } else {
            own.by_itself.push(days);
        }
    }
    let agreed: HashMap<Id, &AwardRow> =
        rows.iter().filter(|row| is_counted(row) && row.state != OFFERED).map(|row| (row.id, row)).collect();
    let mut profiles: HashMap<Id, Vec<(Quarter, Pence)>> = HashMap::new();
    let terms: Vec<(Id, i32)> = agreed.values().map(|row| (row.id, row.terms_no)).collect();
    for (award, quarter, amount) in store::profiles(conn, &terms)? {
        profiles.entry(award).or_default().push((quarter, amount));
    }
    for (award, profile) in profiles {
        let ended_on = agreed.get(&award).and_then(|row| row.ended_on);
        let sums = spent.entry(award).or_default();
        sums.forecasts = 1;
        sums.forecast = sums.reported_spend + still_expected(profile, reported.remove(&award).unwrap_or_default(), ended_on);
    }
    Ok(())
}
