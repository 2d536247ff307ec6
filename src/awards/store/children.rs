//! The lists inside the terms of an award.

use std::collections::HashMap;

use diesel::prelude::*;
use diesel::sql_types::{Integer, Nullable};

use crate::awards::rules::{QuarterAmount, SplitLine, YearAmount, split_lines};
use crate::kernel::{FinancialYear, Id, Named, Pence, Quarter, Refusal};
use crate::store::Conn;
use crate::store::schema::{area, area_version, award_area, award_quarter, award_share, award_split, award_year};
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

pub fn of_one(conn: &mut Conn, (award_id, terms_no): (Id, i32)) -> Result<Children, Refusal> {
    let areas: Vec<(Id, String, String)> = on!(conn, c => award_area::table
        .inner_join(area::table.on(area::id.eq(award_area::area_id)))
        .inner_join(area_version::table.on(area_version::area_id.eq(area::id).and(area_version::version.eq(area::version))))
        .filter(award_area::award_id.eq(award_id))
        .filter(award_area::terms_no.eq(terms_no))
        .order(area::code)
        .select((area::id, area::code, area_version::name))
        .load(c))?;
    let Lists { split, shares, years } = Lists::of(amounts(conn, (award_id, terms_no))?);
    Ok(Children {
        areas: areas.into_iter().map(|(id, code, name)| Named { id, code, name }).collect(),
        asked: if shares.is_empty() { split_lines(&split) } else { by_weight(&shares) },
        split,
        years,
    })
}

/// Which list a row is of: split, weights or years.
const SPLIT: i32 = 0;
const SHARE: i32 = 1;
const YEAR: i32 = 2;

/// List, budget line, year, and what it has: pence or a weight.
type AmountRow = (i32, Option<Id>, Option<FinancialYear>, i64);

/// Split, weights and years of one version of the terms: one statement, since they are mostly short or empty.
fn amounts(conn: &mut Conn, (award_id, terms_no): (Id, i32)) -> Result<Vec<AmountRow>, Refusal> {
    let no_line = || None::<Id>.into_sql::<Nullable<UuidSql>>();
    let no_year = || None::<FinancialYear>.into_sql::<Nullable<Integer>>();
    let rows: Vec<AmountRow> = on!(conn, c => award_split::table
        .filter(award_split::award_id.eq(award_id).and(award_split::terms_no.eq(terms_no)))
        .select((SPLIT.into_sql::<Integer>(), award_split::budget_line_id.nullable(), no_year(), award_split::amount_pence))
        .union_all(award_share::table
            .filter(award_share::award_id.eq(award_id).and(award_share::terms_no.eq(terms_no)))
            .select((SHARE.into_sql::<Integer>(), award_share::budget_line_id.nullable(), no_year(), award_share::weight)))
        .union_all(award_year::table
            .filter(award_year::award_id.eq(award_id).and(award_year::terms_no.eq(terms_no)))
            .select((YEAR.into_sql::<Integer>(), no_line(), award_year::financial_year.nullable(), award_year::amount_pence)))
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
                (SPLIT, Some(line), _, pence) => lists.split.push((line, Pence(pence))),
                (SHARE, Some(line), _, weight) => lists.shares.push((line, weight)),
                (_, _, Some(financial_year), pence) => lists.years.push(YearAmount { financial_year, amount_pence: Pence(pence) }),
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
    let current: HashMap<Id, i32> = keys.iter().copied().collect();
    let rows: Vec<(Id, i32, Id, String, String)> = on!(conn, c => award_area::table
        .inner_join(area::table.on(area::id.eq(award_area::area_id)))
        .inner_join(area_version::table.on(area_version::area_id.eq(area::id).and(area_version::version.eq(area::version))))
        .filter(award_area::award_id.eq_any(&ids))
        .order(area::code)
        .select((award_area::award_id, award_area::terms_no, area::id, area::code, area_version::name))
        .load(c))?;
    let mut areas: HashMap<Id, Vec<Named>> = HashMap::new();
    for (award_id, terms_no, id, code, name) in rows {
        if current.get(&award_id) == Some(&terms_no) {
            areas.entry(award_id).or_default().push(Named { id, code, name });
        }
    }
    Ok(areas)
}

/// The profile of one version of the terms.
pub fn quarters(conn: &mut Conn, (award_id, terms_no): (Id, i32)) -> Result<Vec<QuarterAmount>, Refusal> {
    let rows: Vec<(Quarter, Pence)> = on!(conn, c => award_quarter::table
        .filter(award_quarter::award_id.eq(award_id))
        .filter(award_quarter::terms_no.eq(terms_no))
        .order(award_quarter::quarter)
        .select((award_quarter::quarter, award_quarter::amount_pence))
        .load(c))?;
    Ok(rows.into_iter().map(|(quarter, amount_pence)| QuarterAmount { quarter, amount_pence }).collect())
}
