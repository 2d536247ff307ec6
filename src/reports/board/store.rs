//! Texts of accepted returns that somebody released, and what the board has.

use std::collections::HashMap;

use chrono::NaiveDate;
use diesel::prelude::*;
use serde::Deserialize;

use crate::kernel::{FinancialYear, Id, Moment, Quarter, Refusal};
use crate::providers::programmes::rules::ProgrammeStage;
use crate::reports::asked::At;
use crate::returns::rules::SectionTexts;
use crate::store::Conn;
use crate::store::schema::{
    board_sign_off as sign_off, board_snapshot as snapshot, programme_version as programme, quarterly_return_version as version,
    return_content as content, return_freeze as freeze, return_release as release, return_service as service,
};

/// Texts of a return by the keys of their sections.
pub type Texts = Vec<(String, String)>;

/// What of a frozen return names its sections.
#[derive(Deserialize)]
struct Named {
    #[serde(default)]
    sections: Texts,
}

/// The headings under which the texts of these returns were accepted, by their keys, where the office named them.
pub fn headings(conn: &mut Conn, returns: &[Id]) -> Result<HashMap<Id, Texts>, Refusal> {
    let rows: Vec<(Id, String)> = on!(conn, c => freeze::table.filter(freeze::return_id.eq_any(returns))
        .select((freeze::return_id, freeze::context)).load(c))?;
    let named = |(id, context): (Id, String)| Ok((id, serde_json::from_str::<Named>(&context).map_err(Refusal::broken)?.sections));
    rows.into_iter().map(named).collect()
}

type TextsRow = (Id, i32, Option<String>, Option<String>, Option<String>, Option<String>);
type AllowedRow = (Id, i32, bool, bool, bool, String);

/// Those texts of these returns that may leave the office, as at a day and as known at a moment.
pub fn released(conn: &mut Conn, at: At, returns: &[Id]) -> Result<HashMap<Id, Texts>, Refusal> {
    let rows: Vec<AllowedRow> = on!(conn, c => release::table.filter(release::return_id.eq_any(returns))
        .filter(release::recorded_at.le(at.known_at).and(release::effective_on.le(at.as_at)))
        .order((release::return_id, release::version))
        .select((release::return_id, release::content_no, release::narrative, release::risks, release::case_study,
            release::sections)).load(c))?;
    // The last one counts, for the content that it was said of.
    let allowed: HashMap<Id, AllowedRow> = rows.into_iter().map(|row| (row.0, row)).collect();
    let ids: Vec<Id> = allowed.keys().copied().collect();
    let texts: Vec<TextsRow> = on!(conn, c => version::table
        .inner_join(content::table.on(content::return_id.eq(version::return_id).and(content::content_no.eq(version::content_no))))
        .left_join(service::table.on(service::return_id.eq(version::return_id).and(service::content_no.eq(version::content_no))))
        .filter(version::return_id.eq_any(&ids)).filter(version::state.eq("accepted"))
        .filter(version::recorded_at.le(at.known_at).and(version::effective_on.le(at.as_at)))
        .order((version::return_id, version::version))
        .select((version::return_id, version::content_no, content::narrative, content::risks, service::case_study.nullable(),
            content::sections)).load(c))?;
    // The later of two versions comes later.
    let latest: HashMap<Id, TextsRow> = texts.into_iter().map(|row| (row.0, row)).collect();
    latest.into_values().filter_map(|row| of_content(row, &allowed).transpose()).collect()
}

/// Of what is written those texts that may leave the office; nothing where something else was released.
fn of_content(
    (id, content_no, narrative, risks, case_study, sections): TextsRow,
    allowed: &HashMap<Id, AllowedRow>,
) -> Result<Option<(Id, Texts)>, Refusal> {
    let Some((_, of, may_narrative, may_risks, may_case_study, keys)) = allowed.get(&id) else { return Ok(None) };
    if *of != content_no {
        return Ok(None);
    }
    let fields = [("narrative", narrative, may_narrative), ("risks", risks, may_risks), ("case_study", case_study, may_case_study)];
    let fields = fields.into_iter().filter(|(_, _, may)| **may).filter_map(|(key, text, _)| Some((key.to_owned(), text?)));
    let written: SectionTexts = sections.map(|text| serde_json::from_str(&text)).transpose().map_err(Refusal::broken)?.unwrap_or_default();
    let named = keys.split_whitespace().filter_map(|key| Some((key.to_owned(), written.get(key)?.clone())));
    Ok(Some((id, fields.chain(named).collect())))
}

/// The reports of a year that were signed off for the board up to a moment, or at all, in the order in which they were.
pub fn signed_off(conn: &mut Conn, year: FinancialYear, until: Option<Moment>) -> Result<Vec<(Id, String)>, Refusal> {
    let quarters: Vec<Quarter> = year.quarters().into_iter().collect();
    let rows: Vec<(Id, String)> = on!(conn, c => {
        let mut query = snapshot::table.inner_join(sign_off::table.on(sign_off::snapshot_id.eq(snapshot::id)))
            .filter(snapshot::quarter.eq_any(&quarters)).into_boxed();
        if let Some(until) = until {
            query = query.filter(sign_off::recorded_at.le(until));
        }
        query.order((sign_off::recorded_at, snapshot::id)).select((snapshot::id, snapshot::report)).load(c)
    })?;
    Ok(rows)
}

/// A version of a programme: when it was noted, its stage and since when, its first and its last day.
pub type ProgrammeRow = (Id, Moment, Option<ProgrammeStage>, Option<NaiveDate>, Option<NaiveDate>, Option<NaiveDate>);

/// What was known of programmes by a moment, the later version of each later.
pub fn programmes(conn: &mut Conn, known_at: Moment) -> Result<Vec<ProgrammeRow>, Refusal> {
    let rows: Vec<ProgrammeRow> = on!(conn, c => programme::table.filter(programme::recorded_at.le(known_at))
        .order((programme::programme_id, programme::version))
        .select((programme::programme_id, programme::recorded_at, programme::stage, programme::stage_since_on, programme::starts_on,
            programme::ends_on)).load(c))?;
    Ok(rows)
}
