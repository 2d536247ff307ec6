//! The lists inside the terms of an award.

use std::collections::HashMap;

use diesel::prelude::*;

use crate::awards::rules::{QuarterAmount, SplitLine, YearAmount, split_lines};
use crate::kernel::{FinancialYear, Id, Named, Pence, Quarter, Refusal};
use crate::store::Conn;
use crate::store::schema::{area, area_version, award_area, award_quarter, award_share, award_split, award_year};

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
    let split: Vec<(Id, Pence)> = on!(conn, c => award_split::table
        .filter(award_split::award_id.eq(award_id))
        .filter(award_split::terms_no.eq(terms_no))
        .order(award_split::budget_line_id)
        .select((award_split::budget_line_id, award_split::amount_pence))
        .load(c))?;
    let shares: Vec<(Id, i64)> = on!(conn, c => award_share::table
        .filter(award_share::award_id.eq(award_id))
        .filter(award_share::terms_no.eq(terms_no))
        .order(award_share::budget_line_id)
        .select((award_share::budget_line_id, award_share::weight))
        .load(c))?;
    let years: Vec<(FinancialYear, Pence)> = on!(conn, c => award_year::table
        .filter(award_year::award_id.eq(award_id))
        .filter(award_year::terms_no.eq(terms_no))
        .order(award_year::financial_year)
        .select((award_year::financial_year, award_year::amount_pence))
        .load(c))?;
    Ok(Children {
        areas: areas.into_iter().map(|(id, code, name)| Named { id, code, name }).collect(),
        asked: if shares.is_empty() { split_lines(&split) } else { by_weight(&shares) },
        split,
        years: years.into_iter().map(|(financial_year, amount_pence)| YearAmount { financial_year, amount_pence }).collect(),
    })
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
