//! What narratives are made of, in the database.

use chrono::NaiveDate;
use diesel::prelude::*;

use crate::kernel::{Id, Moment, Refusal};
use crate::returns::rules::ReturnState;
use crate::returns::sections::rules::{ReturnSectionsInput, SectionScope, SectionSet};
use crate::store::Conn;
use crate::store::schema::{quarterly_return as identity, quarterly_return_version as version, return_section_set as table};

type Row = (Id, i32, NaiveDate, Option<String>);

/// All that was ever said of these: awards, funds, or all awards.
pub(super) fn of(conn: &mut Conn, scopes: &[Id]) -> Result<Vec<SectionSet>, Refusal> {
    let rows: Vec<Row> = on!(conn, c => table::table.filter(table::scope_id.eq_any(scopes)).order((table::scope_id, table::version))
        .select((table::scope_id, table::version, table::effective_on, table::sections)).load(c))?;
    let set = |(scope_id, version, effective_on, sections): Row| {
        let sections = sections.map(|text| serde_json::from_str(&text)).transpose().map_err(Refusal::broken)?;
        Ok(SectionSet { scope_id, version, input: ReturnSectionsInput { effective_on, sections } })
    };
    rows.into_iter().map(set).collect()
}

/// When the latest version of one of them became known.
pub(super) fn recorded_at(conn: &mut Conn, scope: Id) -> Result<Option<Moment>, Refusal> {
    Ok(
        on!(conn, c => table::table.filter(table::scope_id.eq(scope)).order(table::version.desc()).select(table::recorded_at).first(c).optional())?,
    )
}

pub(super) fn add(
    conn: &mut Conn,
    scope: SectionScope,
    version: i32,
    recorded_at: Moment,
    input: &ReturnSectionsInput,
) -> Result<(), Refusal> {
    let sections = input.sections.as_ref().map(serde_json::to_string).transpose().map_err(Refusal::broken)?;
    let (fund_id, award_id) = match scope {
        SectionScope::All => (None, None),
        SectionScope::Fund(id) => (Some(id), None),
        SectionScope::Award(id) => (None, Some(id)),
    };
    let values = (
        table::scope_id.eq(scope.id()),
        table::version.eq(version),
        table::recorded_at.eq(recorded_at),
        table::fund_id.eq(fund_id),
        table::award_id.eq(award_id),
        table::effective_on.eq(input.effective_on),
        table::sections.eq(sections),
    );
    on!(conn, c => diesel::insert_into(table::table).values(values).execute(c))?;
    Ok(())
}

/// The last day of any return that was sent: of these awards, or of all.
pub(super) fn sent_to(conn: &mut Conn, awards: Option<&[Id]>) -> Result<Option<NaiveDate>, Refusal> {
    let day: Option<NaiveDate> = on!(conn, c => {
        let mut query = identity::table
            .inner_join(version::table.on(version::return_id.eq(identity::id).and(version::version.eq(identity::version))))
            .filter(version::state.eq_any(ReturnState::SENT)).select(diesel::dsl::max(version::ends_on)).into_boxed();
        if let Some(awards) = awards {
            query = query.filter(identity::award_id.eq_any(awards));
        }
        query.first(c)
    })?;
    Ok(day)
}
