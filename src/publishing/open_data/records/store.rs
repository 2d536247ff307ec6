//! What is added to awards, in the database: each change adds a version.

use std::collections::HashMap;

use diesel::prelude::*;

use crate::kernel::{Id, Moment, Refusal};
use crate::publishing::open_data::records::rules::AwardPublicationInput;
use crate::store::Conn;
use crate::store::schema::award_publication as table;

/// What is added to an award, in one version. In version 0 it is nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AwardPublication {
    pub version: i32,
    pub recorded_at: Option<Moment>,
    pub input: AwardPublicationInput,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = table, treat_none_as_default_value = false)]
struct Row {
    award_id: Id,
    version: i32,
    recorded_at: Moment,
    purpose: Option<String>,
    reasons: Option<String>,
    value_for_money_reasons: Option<String>,
    contract_document_id: Option<Id>,
    from_open_call: Option<bool>,
}

impl Row {
    fn shown(self) -> AwardPublication {
        AwardPublication {
            version: self.version,
            recorded_at: Some(self.recorded_at),
            input: AwardPublicationInput {
                purpose: self.purpose,
                reasons: self.reasons,
                value_for_money_reasons: self.value_for_money_reasons,
                contract_document_id: self.contract_document_id,
                from_open_call: self.from_open_call,
            },
        }
    }
}

/// What is added to an award now.
pub fn latest(conn: &mut Conn, award_id: Id) -> Result<AwardPublication, Refusal> {
    let row: Option<Row> = on!(conn, c => table::table.filter(table::award_id.eq(award_id)).order(table::version.desc())
        .select(Row::as_select()).first(c).optional())?;
    Ok(row.map(Row::shown).unwrap_or_default())
}

/// What is added to each award now.
pub fn all(conn: &mut Conn) -> Result<HashMap<Id, AwardPublication>, Refusal> {
    let rows: Vec<Row> = on!(conn, c => table::table.order((table::award_id, table::version)).select(Row::as_select()).load(c))?;
    // The last version of each stays.
    Ok(rows.into_iter().map(|row| (row.award_id, row.shown())).collect())
}

/// When a file was named as the copy of an award's contract the first time: to name the same one again is not to name another.
pub fn copies_named(conn: &mut Conn) -> Result<HashMap<(Id, Id), Moment>, Refusal> {
    let rows: Vec<(Id, Option<Id>, Moment)> = on!(conn, c => table::table.filter(table::contract_document_id.is_not_null())
        .order((table::award_id, table::version.desc())).select((table::award_id, table::contract_document_id, table::recorded_at)).load(c))?;
    // The first version of each stays.
    Ok(rows.into_iter().filter_map(|(award, document, at)| Some(((award, document?), at))).collect())
}

/// The same of one file.
pub fn copy_named(conn: &mut Conn, award_id: Id, document_id: Id) -> Result<Option<Moment>, Refusal> {
    Ok(on!(conn, c => table::table.filter(table::award_id.eq(award_id)).filter(table::contract_document_id.eq(document_id))
        .order(table::version).select(table::recorded_at).first(c).optional())?)
}

pub fn add(conn: &mut Conn, award_id: Id, version: i32, recorded_at: Moment, input: &AwardPublicationInput) -> Result<(), Refusal> {
    let input = input.clone();
    let row = Row {
        award_id,
        version,
        recorded_at,
        purpose: input.purpose,
        reasons: input.reasons,
        value_for_money_reasons: input.value_for_money_reasons,
        contract_document_id: input.contract_document_id,
        from_open_call: input.from_open_call,
    };
    on!(conn, c => diesel::insert_into(table::table).values(&row).execute(c))?;
    Ok(())
}
