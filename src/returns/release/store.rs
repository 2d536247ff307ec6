//! Releases in the database: each row says all that may leave the office from then on.

use chrono::NaiveDate;
use diesel::prelude::*;

use crate::kernel::{Id, Moment, Refusal};
use crate::returns::release::rules::ReleasedText;
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
    /// The texts.
    pub texts: Vec<ReleasedText>,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = release)]
struct Row {
    return_id: Id,
    version: i32,
    recorded_at: Moment,
    effective_on: NaiveDate,
    released_by: String,
    narrative: bool,
    risks: bool,
    case_study: bool,
}

pub(super) fn latest(conn: &mut Conn, return_id: Id) -> Result<Release, Refusal> {
    let row: Option<Row> = on!(conn, c => release::table.filter(release::return_id.eq(return_id))
        .order(release::version.desc()).select(Row::as_select()).first(c).optional())?;
    let Some(row) = row else { return Ok(Release::default()) };
    let all = [(ReleasedText::Narrative, row.narrative), (ReleasedText::Risks, row.risks), (ReleasedText::CaseStudy, row.case_study)];
    Ok(Release {
        version: row.version,
        recorded_at: Some(row.recorded_at),
        released_by: Some(row.released_by),
        texts: all.into_iter().filter(|(_, is_released)| *is_released).map(|(text, _)| text).collect(),
    })
}

pub(super) fn add(conn: &mut Conn, return_id: Id, one: &Release, recorded_at: Moment, effective_on: NaiveDate) -> Result<(), Refusal> {
    let has = |text| one.texts.contains(&text);
    let row = Row {
        return_id,
        version: one.version,
        recorded_at,
        effective_on,
        released_by: one.released_by.clone().unwrap_or_default(),
        narrative: has(ReleasedText::Narrative),
        risks: has(ReleasedText::Risks),
        case_study: has(ReleasedText::CaseStudy),
    };
    on!(conn, c => diesel::insert_into(release::table).values(&row).execute(c))?;
    Ok(())
}
