//! Letters in the database.

use diesel::dsl::{count, count_star};
use diesel::prelude::*;

use crate::kernel::{Id, Moment, Refusal};
use crate::store::Conn;
use crate::store::schema::{
    document, provider, provider_version, variation, variation_campaign_variation as link, variation_letter as table,
};

/// A letter as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = table)]
pub struct LetterRow {
    pub variation_id: Id,
    pub recorded_at: Moment,
    pub template: String,
    pub sheet: String,
    pub document_id: Option<Id>,
    pub sha256: Option<String>,
    pub size_bytes: Option<i64>,
    pub pages: Option<i32>,
    pub made_at: Option<Moment>,
}

/// What is known of the file of a letter.
pub type FileRow = (Id, Option<String>, Option<i64>, Option<i32>, Option<Moment>);

pub fn insert(conn: &mut Conn, row: &LetterRow) -> Result<(), Refusal> {
    on!(conn, c => diesel::insert_into(table::table).values(row).execute(c))?;
    Ok(())
}

pub fn find(conn: &mut Conn, variation_id: Id) -> Result<Option<LetterRow>, Refusal> {
    Ok(on!(conn, c => table::table.find(variation_id).select(LetterRow::as_select()).first(c).optional())?)
}

/// What is known of the files of the letters of these variations; of those alone that have one.
pub fn files(conn: &mut Conn, variations: &[Id]) -> Result<Vec<FileRow>, Refusal> {
    Ok(on!(conn, c => table::table.filter(table::variation_id.eq_any(variations))
        .select((table::variation_id, table::sha256, table::size_bytes, table::pages, table::made_at)).load(c))?)
}

/// The first letter after the one `after` that is not made yet.
pub fn waiting(conn: &mut Conn, after: Option<Id>) -> Result<Option<Id>, Refusal> {
    let found: Option<Id> = on!(conn, c => {
        let mut query = table::table.filter(table::document_id.is_null()).order(table::variation_id).select(table::variation_id).into_boxed();
        if let Some(after) = after {
            query = query.filter(table::variation_id.gt(after));
        }
        query.first(c).optional()
    })?;
    Ok(found)
}

/// Notes the file of a letter that has none yet, and says whether that was so.
pub fn note_file(conn: &mut Conn, row: &LetterRow) -> Result<bool, Refusal> {
    let values = (
        table::document_id.eq(row.document_id),
        table::sha256.eq(&row.sha256),
        table::size_bytes.eq(row.size_bytes),
        table::pages.eq(row.pages),
        table::made_at.eq(row.made_at),
    );
    let open = table::table.filter(table::variation_id.eq(row.variation_id).and(table::document_id.is_null()));
    Ok(on!(conn, c => diesel::update(open).set(values).execute(c))? == 1)
}

/// The name and the SHA-256 of each letter of these variations that is kept, by the variation's reference. What was taken away since is left out.
pub fn kept(conn: &mut Conn, variations: &[Id]) -> Result<Vec<(String, String)>, Refusal> {
    Ok(on!(conn, c => table::table.inner_join(document::table.on(table::document_id.eq(document::id.nullable())))
        .inner_join(variation::table.on(variation::id.eq(table::variation_id)))
        .filter(table::variation_id.eq_any(variations)).filter(document::redacted_on.is_null()).filter(document::removed_at.is_null())
        .order(variation::reference).select((document::file_name, document::sha256)).load(c))?)
}

/// Of each of these campaigns how many letters it has, and how many of them are made.
pub fn of_campaigns(conn: &mut Conn, campaigns: &[Id]) -> Result<Vec<(Id, i64, i64)>, Refusal> {
    Ok(on!(conn, c => table::table.inner_join(link::table.on(link::variation_id.eq(table::variation_id)))
        .filter(link::campaign_id.eq_any(campaigns)).group_by(link::campaign_id)
        .select((link::campaign_id, count_star(), count(table::document_id))).load(c))?)
}

/// The postcode of a provider, where it is known.
pub fn postcode(conn: &mut Conn, provider_id: Id) -> Result<Option<String>, Refusal> {
    let found: Option<Option<String>> = on!(conn, c => provider::table
        .inner_join(provider_version::table.on(provider_version::provider_id.eq(provider::id).and(provider_version::version.eq(provider::version))))
        .filter(provider::id.eq(provider_id)).select(provider_version::postcode).first(c).optional())?;
    Ok(found.flatten())
}
