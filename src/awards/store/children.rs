//! The lists inside the terms of an award.

use std::collections::HashMap;

use diesel::prelude::*;
use diesel::sql_types::{Integer, Nullable};

use crate::awards::rules::{QuarterAmount, SplitLine, YearAmount, split_lines};
use crate::kernel::{FinancialYear, Id, Named, Pence, Quarter, Refusal};
use crate::store::Conn;
use crate::store::schema::{area, area_version, award, award_area, award_quarter, award_share, award_split, award_version, award_year};
use crate::store::sql::UuidSql;

/// Areas, split and annual amounts of one version of the terms.
#[derive(Debug, Default)]
pub struct Children {
    pub areas: Vec<Named>,
    /// The split as it was asked for.
    pub asked: Vec<SplitLine>,
    /// The split as it was settled.
    pub split: Vec<(Id, Pence)>,
    pub years: Vec<YearAmount>,
}

/// Those of one version.
pub fn of_one(conn: &mut Conn, (award_id, terms_no): (Id, i32)) -> Result<Children, Refusal> {
    Ok(of_versions(conn, award_id, (terms_no, terms_no))?.remove(&terms_no).unwrap_or_default())
}

/// Those of the versions of an award from one number to another, by number. As many questions are asked for many versions as for one.
pub fn of_versions(conn: &mut Conn, award_id: Id, (first, last): (i32, i32)) -> Result<HashMap<i32, Children>, Refusal> {
    let areas: Vec<(i32, Id, String, String)> = on!(conn, c => award_area::table
        .inner_join(area::table.on(area::id.eq(award_area::area_id)))
        .inner_join(area_version::table.on(area_version::area_id.eq(area::id).and(area_version::version.eq(area::version))))
        .filter(award_area::award_id.eq(award_id))
        .filter(award_area::terms_no.between(first, last))
        .order(area::code)
        .select((award_area::terms_no, area::id, area::code, area_version::name))
        .load(c))?;
    let mut all: HashMap<i32, Children> = HashMap::new();
    for (terms_no, id, code, name) in areas {
        all.entry(terms_no).or_default().areas.push(Named { id, code, name });
    }
    let mut amounts_of: HashMap<i32, Vec<AmountRow>> = HashMap::new();
    for row in amounts(conn, award_id, (first, last))? {
        amounts_of.entry(row.0).or_default().push(row);
    }
    for (terms_no, rows) in amounts_of {
        all.entry(terms_no).or_default().hold(rows);
    }
    Ok(all)
}

impl Children {
    /// Takes the amounts of its version in.
    fn hold(&mut self, rows: Vec<AmountRow>) {
        let Lists { split, shares, years } = Lists::of(rows);
        self.asked = if shares.is_empty() { split_lines(&split) } else { by_weight(&shares) };
        self.split = split;
        self.years = years;
    }
}

/// Those of many awards with their profiles, by award; each in the version of its terms that is named, which is the one in force.
pub fn of_all(conn: &mut Conn, keys: &[(Id, i32)]) -> Result<HashMap<Id, (Children, Vec<QuarterAmount>)>, Refusal> {
    let ids: Vec<Id> = keys.iter().map(|(award_id, _)| *award_id).collect();
    let named: HashMap<Id, i32> = keys.iter().copied().collect();
    let is_named = |award_id: Id, terms_no: i32| named.get(&award_id) == Some(&terms_no);
    let splits: Vec<(Id, i32, Id, i64)> = on!(conn, c => award_split::table
        .inner_join(award::table.on(award::id.eq(award_split::award_id)))
        .inner_join(award_version::table.on(award_version::award_id.eq(award::id).and(award_version::version.eq(award::version))
            .and(award_version::terms_no.eq(award_split::terms_no))))
        .filter(award_split::award_id.eq_any(&ids))
        .select((award_split::award_id, award_split::terms_no, award_split::budget_line_id, award_split::amount_pence)).load(c))?;
    let shares: Vec<(Id, i32, Id, i64)> = on!(conn, c => award_share::table
        .inner_join(award::table.on(award::id.eq(award_share::award_id)))
        .inner_join(award_version::table.on(award_version::award_id.eq(award::id).and(award_version::version.eq(award::version))
            .and(award_version::terms_no.eq(award_share::terms_no))))
        .filter(award_share::award_id.eq_any(&ids))
        .select((award_share::award_id, award_share::terms_no, award_share::budget_line_id, award_share::weight)).load(c))?;
    let years: Vec<(Id, i32, FinancialYear, i64)> = on!(conn, c => award_year::table
        .inner_join(award::table.on(award::id.eq(award_year::award_id)))
        .inner_join(award_version::table.on(award_version::award_id.eq(award::id).and(award_version::version.eq(award::version))
            .and(award_version::terms_no.eq(award_year::terms_no))))
        .filter(award_year::award_id.eq_any(&ids))
        .select((award_year::award_id, award_year::terms_no, award_year::financial_year, award_year::amount_pence)).load(c))?;
    let quarters: Vec<(Id, i32, Quarter, Pence)> = on!(conn, c => award_quarter::table
        .inner_join(award::table.on(award::id.eq(award_quarter::award_id)))
        .inner_join(award_version::table.on(award_version::award_id.eq(award::id).and(award_version::version.eq(award::version))
            .and(award_version::terms_no.eq(award_quarter::terms_no))))
        .filter(award_quarter::award_id.eq_any(&ids))
        .order(award_quarter::quarter)
        .select((award_quarter::award_id, award_quarter::terms_no, award_quarter::quarter, award_quarter::amount_pence)).load(c))?;
    let splits = splits.into_iter().map(|(award_id, no, line, pence)| (award_id, (no, SPLIT, Some(line), None, pence)));
    let shares = shares.into_iter().map(|(award_id, no, line, weight)| (award_id, (no, SHARE, Some(line), None, weight)));
    let years = years.into_iter().map(|(award_id, no, year, pence)| (award_id, (no, YEAR, None, Some(year), pence)));
    let mut amounts_of: HashMap<Id, Vec<AmountRow>> = HashMap::new();
    for (award_id, row) in splits.chain(shares).chain(years).filter(|(award_id, row)| is_named(*award_id, row.0)) {
        amounts_of.entry(award_id).or_default().push(row);
    }
    let mut all: HashMap<Id, (Children, Vec<QuarterAmount>)> = HashMap::new();
    for (award_id, areas) in areas_of(conn, keys)? {
        all.entry(award_id).or_default().0.areas = areas;
    }
    for (award_id, rows) in amounts_of {
        all.entry(award_id).or_default().0.hold(rows);
    }
    for (award_id, _, quarter, amount_pence) in quarters.into_iter().filter(|(award_id, no, _, _)| is_named(*award_id, *no)) {
        all.entry(award_id).or_default().1.push(QuarterAmount { quarter, amount_pence });
    }
    Ok(all)
}

/// Which list a row is of: split, weights or years.
const SPLIT: i32 = 0;
const SHARE: i32 = 1;
const YEAR: i32 = 2;

/// Version, list, budget line, year, and what it has: pence or a weight.
type AmountRow = (i32, i32, Option<Id>, Option<FinancialYear>, i64);

/// Split, weights and years of some versions of the terms: one statement, since they are mostly short or empty.
fn amounts(conn: &mut Conn, award_id: Id, (first, last): (i32, i32)) -> Result<Vec<AmountRow>, Refusal> {
    let no_line = || None::<Id>.into_sql::<Nullable<UuidSql>>();
    let no_year = || None::<FinancialYear>.into_sql::<Nullable<Integer>>();
    let rows: Vec<AmountRow> = on!(conn, c => award_split::table
        .filter(award_split::award_id.eq(award_id).and(award_split::terms_no.between(first, last)))
        .select((award_split::terms_no, SPLIT.into_sql::<Integer>(), award_split::budget_line_id.nullable(), no_year(), award_split::amount_pence))
        .union_all(award_share::table
            .filter(award_share::award_id.eq(award_id).and(award_share::terms_no.between(first, last)))
            .select((award_share::terms_no, SHARE.into_sql::<Integer>(), award_share::budget_line_id.nullable(), no_year(), award_share::weight)))
        .union_all(award_year::table
            .filter(award_year::award_id.eq(award_id).and(award_year::terms_no.between(first, last)))
            .select((award_year::terms_no, YEAR.into_sql::<Integer>(), no_line(), award_year::financial_year.nullable(), award_year::amount_pence)))
        .load(c))?;
    Ok(rows)
}

/// Split, weights and years, each in its order.
#[derive(Default)]
struct Lists {
    split: Vec<(Id, Pence)>,
    shares: Vec<(Id, i64)>,
    years: Vec<YearAmount>,
}

impl Lists {
    fn of(rows: Vec<AmountRow>) -> Self {
        let mut lists = Self::default();
        for row in rows {
            match row {
                (_, SPLIT, Some(line), _, pence) => lists.split.push((line, Pence(pence))),
                (_, SHARE, Some(line), _, weight) => lists.shares.push((line, weight)),
                (_, _, _, Some(financial_year), pence) => lists.years.push(YearAmount { financial_year, amount_pence: Pence(pence) }),
                _ => {}
            }
        }
        lists.split.sort_unstable_by_key(|(line, _)| *line);
        lists.shares.sort_unstable_by_key(|(line, _)| *line);
        lists.years.sort_unstable_by_key(|year| year.financial_year);
        lists
    }
}

fn by_weight(shares: &[(Id, i64)]) -> Vec<SplitLine> {
    shares.iter().map(|(line, weight)| SplitLine { budget_line_id: *line, amount_pence: None, weight: Some(*weight) }).collect()
}

/// The areas of many awards, each in the version of its terms that is named.
pub fn areas_of(conn: &mut Conn, keys: &[(Id, i32)]) -> Result<HashMap<Id, Vec<Named>>, Refusal> {
    let ids: Vec<Id> = keys.iter().map(|(award_id, _)| *award_id).collect();
    let named: HashMap<Id, i32> = keys.iter().copied().collect();
    // What awards were before is not read: most are in the same few versions.
    let mut numbers: Vec<i32> = named.values().copied().collect();
    numbers.sort_unstable();
    numbers.dedup();
    let rows: Vec<(Id, i32, Id, String, String)> = on!(conn, c => award_area::table
        .inner_join(area::table.on(area::id.eq(award_area::area_id)))
        .inner_join(area_version::table.on(area_version::area_id.eq(area::id).and(area_version::version.eq(area::version))))
        .filter(award_area::award_id.eq_any(&ids))
        .filter(award_area::terms_no.eq_any(&numbers))
        .order(area::code)
        .select((award_area::award_id, award_area::terms_no, area::id, area::code, area_version::name))
        .load(c))?;
    let mut areas: HashMap<Id, Vec<Named>> = HashMap::new();
    for (award_id, terms_no, id, code, name) in rows {
        if named.get(&award_id) == Some(&terms_no) {
            areas.entry(award_id).or_default().push(Named { id, code, name });
        }
    }
    Ok(areas)
}

/// The profile of one version of the terms.
pub fn quarters(conn: &mut Conn, (award_id, terms_no): (Id, i32)) -> Result<Vec<QuarterAmount>, Refusal> {
    Ok(quarters_of(conn, award_id, (terms_no, terms_no))?.remove(&terms_no).unwrap_or_default())
}

/// The profiles of the versions of an award from one number to another, by number.
pub fn quarters_of(conn: &mut Conn, award_id: Id, (first, last): (i32, i32)) -> Result<HashMap<i32, Vec<QuarterAmount>>, Refusal> {
    let rows: Vec<(i32, Quarter, Pence)> = on!(conn, c => award_quarter::table
        .filter(award_quarter::award_id.eq(award_id))
        .filter(award_quarter::terms_no.between(first, last))
        .order(award_quarter::quarter)
        .select((award_quarter::terms_no, award_quarter::quarter, award_quarter::amount_pence))
        .load(c))?;
    let mut all: HashMap<i32, Vec<QuarterAmount>> = HashMap::new();
    for (terms_no, quarter, amount_pence) in rows {
        all.entry(terms_no).or_default().push(QuarterAmount { quarter, amount_pence });
    }
    Ok(all)
}
