//! Releases in the database: each row says all that may leave the office from then on, of what was written under one number. What takes its
//! place, after an import was taken back, was never released.

use std::collections::HashMap;

use chrono::NaiveDate;
use diesel::prelude::*;

use crate::kernel::{Id, Moment, Refusal};
use crate::returns::rules::FIELDS;
use crate::store::Conn;
use crate::store::schema::return_release as release;

/// What of a return may leave the office.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Release {
    /// Which version this is; 0 where nobody said anything.
    pub version: i32,
    /// When it became known.
    pub recorded_at: Option<Moment>,
    /// Who said so.
    pub released_by: Option<String>,
    /// The texts, by the keys of their sections.
    pub texts: Vec<String>,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = release)]
struct Row {
    return_id: Id,
    version: i32,
    recorded_at: Moment,
    content_no: i32,
    effective_on: NaiveDate,
    released_by: String,
    narrative: bool,
    risks: bool,
    case_study: bool,
    sections: String,
}

impl Row {
    fn texts(&self) -> Vec<String> {
        let fields = FIELDS.into_iter().zip([self.narrative, self.risks, self.case_study]);
        let fields = fields.filter(|(_, is_released)| *is_released).map(|(key, _)| key);
        fields.chain(self.sections.split_whitespace()).map(str::to_owned).collect()
    }
}

/// What may leave the office of what is written under this number.
pub(super) fn latest(conn: &mut Conn, return_id: Id, content_no: i32) -> Result<Release, Refusal> {
    let row: Option<Row> = on!(conn, c => release::table.filter(release::return_id.eq(return_id))
        .order(release::version.desc()).select(Row::as_select()).first(c).optional())?;
    let Some(row) = row else { return Ok(Release::default()) };
    let texts = if row.content_no == content_no { row.texts() } else { Vec::new() };
    Ok(Release { version: row.version, recorded_at: Some(row.recorded_at), released_by: Some(row.released_by), texts })
}

/// The texts that were released last of each of these returns.
pub(super) fn latest_of(conn: &mut Conn, returns: &[Id]) -> Result<HashMap<Id, Vec<String>>, Refusal> {
    let rows: Vec<Row> = on!(conn, c => release::table.filter(release::return_id.eq_any(returns))
        .order((release::return_id, release::version)).select(Row::as_select()).load(c))?;
    // The later of two comes later.
    Ok(rows.into_iter().map(|row| (row.return_id, row.texts())).collect())
}

pub(super) fn add(
    conn: &mut Conn,
    (return_id, content_no): (Id, i32),
    one: &Release,
    (recorded_at, effective_on): (Moment, NaiveDate),
) -> Result<(), Refusal> {
    let has = |key: &str| one.texts.iter().any(|text| text == key);
    let further: Vec<&str> = one.texts.iter().map(String::as_str).filter(|key| !FIELDS.contains(key)).collect();
    let row = Row {
        return_id,
        version: one.version,
        recorded_at,
        content_no,
        effective_on,
        released_by: one.released_by.clone().unwrap_or_default(),
        narrative: has("narrative"),
        risks: has("risks"),
        case_study: has("case_study"),
        sections: further.join(" "),
    };
    on!(conn, c => diesel::insert_into(release::table).values(&row).execute(c))?;
    Ok(())
}
