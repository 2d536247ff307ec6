//! Looking up the awards of a campaign.

use std::collections::HashMap;

use chrono::NaiveDate;

use crate::awards::acts::{self as awards, AwardFilter};
use crate::kernel::{Fault, Faults, Id, Refusal, table};
use crate::store::Conn;
use crate::variations::campaigns::rules::{
    self, CampaignChoice, CampaignFilter, ChosenBy, ROWS_MAX, Row, RowChange, Wanted, faults_of_found,
};
use crate::variations::campaigns::store::Chosen;

/// What a choice finds.
pub(super) struct Choice {
    pub(super) chosen_by: ChosenBy,
    pub(super) awards: Vec<Chosen>,
    /// The rows that named them; none of a filter.
    pub(super) rows: Vec<Row>,
    pub(super) faults: Faults,
}

/// The awards of a choice, with every fault of it.
pub(super) fn look_up(conn: &mut Conn, choice: &CampaignChoice, today: NaiveDate) -> Result<Choice, Refusal> {
    let wanted = match rules::wanted(choice) {
        Ok(wanted) => wanted,
        Err(faults) => return Ok(Choice { chosen_by: ChosenBy::Filter, awards: Vec::new(), rows: Vec::new(), faults: Faults(faults) }),
    };
    let chosen_by = wanted.chosen_by();
    let (rows, faults) = match wanted {
        Wanted::Filter(filter) => return by_filter(conn, filter, today),
        Wanted::Awards(awards) => (rules::rows_of_list(awards), Faults::new()),
        Wanted::Csv(text) => {
            let mut cells = Vec::new();
            let read = table::read("campaign.csv", text.as_bytes(), &mut cells);
            rules::rows_of_csv(&read, cells)
        }
    };
    by_rows(conn, chosen_by, rows, faults)
}

fn filter_of(filter: &CampaignFilter) -> AwardFilter {
    AwardFilter {
        fund_id: filter.fund_id,
        fund_period_id: filter.fund_period_id,
        tranche_id: filter.tranche_id,
        provider_id: filter.provider_id,
        programme_id: filter.programme_id,
        area_id: filter.area_id,
        theme: filter.theme.clone(),
        category: filter.category.clone(),
        state: filter.state,
        is_under_way: filter.state.is_none(),
        kind: filter.kind,
        legal_power: filter.legal_power,
        ends_from: filter.ends_from,
        ends_to: filter.ends_to,
        ..AwardFilter::default()
    }
}

fn by_filter(conn: &mut Conn, filter: &CampaignFilter, today: NaiveDate) -> Result<Choice, Refusal> {
    let found = awards::chosen(conn, &filter_of(filter), today, ROWS_MAX + 1)?;
    let mut faults = Faults::new();
    faults.require(!found.is_empty(), "/choice/filter", "too_few_items", "No award fits all of this.");
    let sentence = format!("More than {ROWS_MAX} awards fit this. Narrow it: each part is a campaign of its own.");
    faults.require(found.len() <= ROWS_MAX, "/choice/filter", "too_many_items", &sentence);
    let of = |(place, award_id): (i32, Id)| Chosen { place, award_id, source_row: None, change: RowChange::default() };
    Ok(Choice { chosen_by: ChosenBy::Filter, awards: (1..).zip(found).map(of).collect(), rows: Vec::new(), faults })
}

fn by_rows(conn: &mut Conn, chosen_by: ChosenBy, rows: Vec<Row>, mut faults: Faults) -> Result<Choice, Refusal> {
    let ids: Vec<Id> = rows.iter().filter_map(|row| row.award.parse().ok()).collect();
    let references: Vec<String> = rows.iter().map(|row| row.award.clone()).filter(|award| award.parse::<Id>().is_err()).collect();
    let known = if ids.is_empty() { HashMap::new() } else { awards::named(conn, &ids)? };
    let referenced = if references.is_empty() { HashMap::new() } else { awards::referenced(conn, &references)? };
    let find = |row: &Row| match row.award.parse::<Id>() {
        Ok(id) => known.contains_key(&id).then_some(id),
        Err(_) => referenced.get(&row.award).copied(),
    };
    let found: Vec<Option<Id>> = rows.iter().map(find).collect();
    faults_of_found(&rows, &found, &mut faults);
    faults.0.sort_by_key(|fault: &Fault| row_of(&fault.pointer));
    let of = |((place, row), award_id): ((i32, &Row), Option<Id>)| {
        let source_row = row.number.and_then(|number| i32::try_from(number).ok());
        Some(Chosen { place, award_id: award_id?, source_row, change: row.change.clone() })
    };
    let awards = (1..).zip(&rows).zip(found).filter_map(of).collect();
    Ok(Choice { chosen_by, awards, rows, faults })
}

/// The row that a fault is of, so that they are told in the order of the file; 0 of the file itself.
fn row_of(pointer: &str) -> u64 {
    pointer.split('/').find_map(|part| part.parse().ok()).unwrap_or(0)
}

/// How many awards a filter finds that are under way today.
pub(super) fn live(conn: &mut Conn, filter: &CampaignFilter, today: NaiveDate) -> Result<i64, Refusal> {
    let under_way = AwardFilter { is_under_way: true, ..filter_of(filter) };
    awards::count(conn, &under_way, today)
}
