//! What accepted returns report, added up by what is asked.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

use crate::kernel::{FinancialYear, Id, Named, Pence, Quantity, Refusal};
use crate::ledger::{Holder, Tallies, Tally};
use crate::reports::asked::At;
use crate::reports::book::load::{LATER_MAX, weights};
use crate::reports::book::store as book;
use crate::reports::book::values::{Value, Values};
use crate::reports::book::{Dimension, Keys};
use crate::reports::expenditure::asked::Asked;
use crate::reports::expenditure::rows::{ExpenditureGrouping, ExpenditureRow, Origin};
use crate::reports::expenditure::rules::percent;
use crate::reports::expenditure::store::{self, Belonging};
use crate::reports::indicators::store as awards;
use crate::reports::names::{self, Names, known};
use crate::reports::returned::{self, AdjustedSpendRow, SpendRow, Spending};
use crate::store::Conn;

/// What accepted returns come to. What a part of an award reports is not added where the whole reports for the same days.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct ReturnedTotal {
    /// Spent, adjustments included.
    #[schema(value_type = i64)]
    pub amount_pence: Pence,
    /// Of that, what returns were accepted with.
    #[schema(value_type = i64)]
    pub accepted_pence: Pence,
    /// Of that, what adjustments of accepted returns add; below nought where they take away.
    #[schema(value_type = i64)]
    pub adjustment_pence: Pence,
    /// Of that, on direct activity.
    #[schema(value_type = i64)]
    pub direct_activity_pence: Pence,
    /// The share of direct activity, in percent; null where nothing is spent.
    pub direct_activity_percent: Option<Quantity>,
    /// From how many accepted returns with spend.
    pub return_count: i64,
}

/// A period in words, its first day and its last.
type Period = (String, NaiveDate, NaiveDate);

/// A financial year where the period lies in one; otherwise the period as the return has it.
fn period_of(period: &str, starts_on: NaiveDate, ends_on: NaiveDate) -> Period {
    match (FinancialYear::of(starts_on), FinancialYear::of(ends_on)) {
        (Some(first), Some(last)) if first == last => (first.to_string(), first.first_day(), first.last_day()),
        _ => (period.to_owned(), starts_on, ends_on),
    }
}

/// Money of a return: what it was accepted with, or an adjustment of it.
struct Entry {
    return_id: Id,
    period: Period,
    category: String,
    amount: Pence,
    direct_activity: bool,
    is_adjustment: bool,
}

/// What was accepted, in the days of its return, and adjustments in the days in which they count.
fn entries(spending: &mut Spending) -> Vec<Entry> {
    let (spend, adjusted) = (std::mem::take(&mut spending.spend), std::mem::take(&mut spending.adjusted));
    let accepted = spend.into_iter().filter_map(|row| {
        let of = spending.returns.get(&row.return_id)?;
        let period = period_of(&of.period, of.starts_on, of.ends_on);
        let SpendRow { return_id, category, amount, direct_activity } = row;
        Some(Entry { return_id, period, category, amount, direct_activity, is_adjustment: false })
    });
    let adjusted = adjusted.into_iter().map(|row| {
        let period = period_of(&row.period, row.starts_on, row.ends_on);
        let AdjustedSpendRow { return_id, category, amount, direct_activity, .. } = row;
        Entry { return_id, period, category, amount, direct_activity, is_adjustment: true }
    });
    accepted.chain(adjusted).collect()
}

/// What awards belong to, and what bears a share of what they spend.
struct Ground {
    values: Values,
    bearers: HashMap<Id, Vec<Bearer>>,
}

/// A budget line of an award where sources are asked for; the award as a whole where they are not.
#[derive(Clone, Copy)]
struct Bearer {
    keys: Keys,
    weight: Pence,
}

/// The funding source of each budget line of each award, with what the line bears in proportion to: as reports of allocations share it.
fn sources(conn: &mut Conn, at: At) -> Result<HashMap<Id, Vec<(Option<Id>, Pence)>>, Refusal> {
    let of_line: HashMap<Id, Id> = book::lines(conn, at)?.into_iter().map(|line| (line.id, line.source_id)).collect();
    let mut all: HashMap<Id, Vec<(Id, Tally)>> = HashMap::new();
    for (award, line, tally) in Tallies::at(conn, at.as_at, at.known_at, LATER_MAX)?.of_each(Holder::Award) {
        all.entry(award).or_default().push((line, tally));
    }
    let shared = |(award, mut lines): (Id, Vec<(Id, Tally)>)| {
        // In the order in which the lines were made, so that a penny that is left over goes to the same line in every answer.
        lines.sort_unstable_by_key(|(line, _)| *line);
        let weighed = lines.iter().map(|(line, _)| of_line.get(line).copied()).zip(weights(&lines));
        (award, weighed.filter(|(_, weight)| weight.is_positive()).collect())
    };
    Ok(all.into_iter().map(shared).collect())
}

/// The names of what is asked for or told apart.
struct Called {
    sources: Names,
    tranches: HashMap<Id, names::Round>,
    providers: Names,
    areas: Names,
    awards: Names,
}

impl Called {
    fn find(conn: &mut Conn, at: At, asked: &Asked, ids: &[Id]) -> Result<Self, Refusal> {
        Ok(Self {
            sources: if asked.needs(Dimension::Source) { names::store::sources(conn, at.known_at)? } else { Names::new() },
            tranches: if asked.needs(Dimension::Tranche) { names::store::tranches(conn, at.known_at)? } else { HashMap::new() },
            providers: if asked.needs(Dimension::Provider) { names::store::providers(conn, at.known_at)? } else { Names::new() },
            areas: if asked.needs(Dimension::Area) { names::store::areas(conn, at.known_at)? } else { Names::new() },
            awards: if asked.needs(Dimension::Award) { awards::awards(conn, ids, at)? } else { Names::new() },
        })
    }
}

impl Ground {
    /// What these awards belong to, as far as it is asked for.
    fn find(conn: &mut Conn, at: At, asked: &Asked, ids: &[Id]) -> Result<Self, Refusal> {
        let called = Called::find(conn, at, asked, ids)?;
        let mut sources = if asked.needs(Dimension::Source) { sources(conn, at)? } else { HashMap::new() };
        let belongings = store::belongings(conn, ids, at)?;
        let mut areas: HashMap<Id, Vec<Id>> = HashMap::new();
        if asked.needs(Dimension::Area) {
            let terms: Vec<(Id, i32)> = belongings.iter().map(|(id, own)| (*id, own.terms_no)).collect();
            for (award, area) in book::award_areas(conn, &terms)? {
                areas.entry(award).or_default().push(area);
            }
        }
        let mut ground = Self { values: Values::default(), bearers: HashMap::new() };
        for (id, own) in belongings {
            let shared = sources.remove(&id).unwrap_or_default();
            let areas = areas.remove(&id).unwrap_or_default();
            let keys = ground.keys_of(id, &own, areas, asked, &called);
            ground.share(id, keys, &shared, &called);
        }
        Ok(ground)
    }

    /// What an award belongs to, whichever of its budget lines pays.
    fn keys_of(&mut self, id: Id, own: &Belonging, areas: Vec<Id>, asked: &Asked, called: &Called) -> Keys {
        let values = &mut self.values;
        let mut by_code = |dimension, id: Option<Id>, names: &Names| {
            values.record(dimension, id, |id| {
                let named = known(names, id);
                (named.clone(), named.code)
            })
        };
        let mut keys = Keys::default();
        let fund = asked.periods.get(&own.period_id).map(|period| period.fund_id);
        keys.set(Dimension::Fund, by_code(Dimension::Fund, fund, &asked.funds));
        keys.set(Dimension::Programme, by_code(Dimension::Programme, own.programme_id, &asked.programmes));
        keys.set(Dimension::Award, by_code(Dimension::Award, Some(id), &called.awards));
        let round = values.record(Dimension::Tranche, own.tranche_id, |id| names::sorted_round(&called.tranches, id));
        keys.set(Dimension::Tranche, round);
        let provider = values.record(Dimension::Provider, own.provider_id, |id| names::sorted_provider(&called.providers, id));
        keys.set(Dimension::Provider, provider);
        keys.set(Dimension::Theme, values.word(Dimension::Theme, own.theme.as_deref()));
        keys.set(Dimension::Category, values.word(Dimension::Category, own.category.as_deref()));
        keys.set(Dimension::Area, values.areas(areas, &called.areas));
        keys
    }

    /// Notes what bears what an award spends.
    fn share(&mut self, id: Id, keys: Keys, shared: &[(Option<Id>, Pence)], called: &Called) {
        let values = &mut self.values;
        let of_line = |(source, weight): &(Option<Id>, Pence)| {
            let number = values.record(Dimension::Source, *source, |id| {
                let named = known(&called.sources, id);
                (named.clone(), named.code)
            });
            let mut own = keys;
            own.set(Dimension::Source, number);
            Bearer { keys: own, weight: *weight }
        };
        let bearers: Vec<Bearer> = shared.iter().map(of_line).collect();
        self.bearers.insert(id, if bearers.is_empty() { vec![Bearer { keys, weight: Pence::ZERO }] } else { bearers });
    }

    /// What each bears of an amount that an award spent, to the penny.
    fn borne(&self, award: Id, amount: Pence) -> Vec<(Keys, Pence)> {
        match self.bearers.get(&award).map(Vec::as_slice) {
            None => Vec::new(),
            Some([one]) => vec![(one.keys, amount)],
            Some(several) => {
                let weights: Vec<Pence> = several.iter().map(|one| one.weight).collect();
                several.iter().map(|one| one.keys).zip(amount.shares(&weights)).collect()
            }
        }
    }
}

/// What the entries of a row have in common.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Common {
    keys: Keys,
    period: Option<Period>,
    category: Option<String>,
}

impl Common {
    /// What a group is sorted by: what it has in common, in the order asked, what has none of it first.
    fn sort_key(&self, by: &[ExpenditureGrouping], values: &Values) -> Vec<(bool, String)> {
        let part = |grouping: &ExpenditureGrouping| match (grouping, grouping.dimension()) {
            (_, Some(dimension)) => {
                let (is_none, text) = values.sort_key(&self.keys, &[dimension]).into_iter().next().unwrap_or((true, ""));
                (!is_none, text.to_owned())
            }
            (ExpenditureGrouping::Category, None) => (self.category.is_some(), self.category.clone().unwrap_or_default()),
            (_, None) => {
                let text = self.period.as_ref().map(|(period, first, last)| format!("{period}\u{0}{first}\u{0}{last}"));
                (text.is_some(), text.unwrap_or_default())
            }
        };
        by.iter().map(part).collect()
    }

    fn row(self, values: &Values) -> ExpenditureRow {
        let value = |dimension| values.value(dimension, self.keys.get(dimension));
        let record = |dimension| -> Option<Named> { value(dimension).and_then(Value::record).cloned() };
        let word = |dimension| value(dimension).and_then(Value::word).map(str::to_owned);
        let (fund, programme) = (record(Dimension::Fund), record(Dimension::Programme));
        let (source, tranche) = (record(Dimension::Source), record(Dimension::Tranche));
        let (provider, award) = (record(Dimension::Provider), record(Dimension::Award));
        let (theme, award_category) = (word(Dimension::Theme), word(Dimension::Category));
        let area = value(Dimension::Area).and_then(Value::areas).cloned();
        let (period, starts_on, ends_on) =
            self.period.map_or((None, None, None), |(period, first, last)| (Some(period), Some(first), Some(last)));
        ExpenditureRow {
            fund,
            programme,
            source,
            tranche,
            provider,
            award,
            theme,
            award_category,
            area,
            period,
            starts_on,
            ends_on,
            category: self.category,
            accepted_pence: Some(Pence::ZERO),
            adjustment_pence: Some(Pence::ZERO),
            direct_activity_pence: Some(Pence::ZERO),
            ..ExpenditureRow::empty(Origin::Returned)
        }
    }
}

impl ExpenditureRow {
    /// Adds money of a return: the share of it that belongs here.
    fn add(&mut self, entry: &Entry, share: Pence) {
        let more = |sum: Option<Pence>, is_so: bool| sum.map(|sum| if is_so { sum + share } else { sum });
        self.amount_pence = self.amount_pence + share;
        self.accepted_pence = more(self.accepted_pence, !entry.is_adjustment);
        self.adjustment_pence = more(self.adjustment_pence, entry.is_adjustment);
        self.direct_activity_pence = more(self.direct_activity_pence, entry.direct_activity);
    }
}

/// What accepted returns report, by what is asked, and all of it together.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn rows(conn: &mut Conn, at: At, asked: &Asked) -> Result<(Vec<ExpenditureRow>, ReturnedTotal), Refusal> {
    let mut spending = returned::spending(conn, at)?;
    let entries = entries(&mut spending);
    let awards: HashSet<Id> = spending.returns.values().map(|row| row.award_id).collect();
    let ground = Ground::find(conn, at, asked, &awards.into_iter().collect::<Vec<_>>())?;
    let filter = asked.filter(&ground.values);
    let by = asked.by();
    let dimensions: Vec<Dimension> = by.iter().filter_map(|grouping| grouping.dimension()).collect();
    let tells = |grouping| by.contains(&grouping);
    let mut found: HashMap<Common, (ExpenditureRow, HashSet<Id>)> = HashMap::new();
    let mut returns = HashSet::new();
    for entry in entries {
        let Some(of) = spending.returns.get(&entry.return_id) else { continue };
        if !asked.wants_entry(&entry.period.0, &entry.category) {
            continue;
        }
        for (keys, share) in ground.borne(of.award_id, entry.amount).into_iter().filter(|(keys, _)| filter.wants(keys)) {
            let common = Common {
                keys: keys.by(&dimensions),
                period: tells(ExpenditureGrouping::Period).then(|| entry.period.clone()),
                category: tells(ExpenditureGrouping::Category).then(|| entry.category.clone()),
            };
            let (row, own) = found.entry(common.clone()).or_insert_with(|| (common.row(&ground.values), HashSet::new()));
            row.add(&entry, share);
            row.illustrative |= of.illustrative;
            if !entry.is_adjustment {
                own.insert(entry.return_id);
                returns.insert(entry.return_id);
            }
            row.return_count = i64::try_from(own.len()).ok();
        }
    }
    let mut found: Vec<(Common, ExpenditureRow)> = found.into_iter().map(|(common, (row, _))| (common, row)).collect();
    found.sort_by_cached_key(|(common, _)| common.sort_key(&by, &ground.values));
    let rows: Vec<ExpenditureRow> = found.into_iter().map(|(_, row)| row).collect();
    let total = total(&rows, returns.len());
    Ok((rows, total))
}

fn total(rows: &[ExpenditureRow], returns: usize) -> ReturnedTotal {
    let amount_pence = rows.iter().map(|row| row.amount_pence).sum();
    let direct_activity_pence = rows.iter().filter_map(|row| row.direct_activity_pence).sum();
    ReturnedTotal {
        amount_pence,
        accepted_pence: rows.iter().filter_map(|row| row.accepted_pence).sum(),
        adjustment_pence: rows.iter().filter_map(|row| row.adjustment_pence).sum(),
        direct_activity_pence,
        direct_activity_percent: percent(direct_activity_pence, amount_pence),
        return_count: i64::try_from(returns).unwrap_or(i64::MAX),
    }
}
