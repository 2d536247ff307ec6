//! Letters in the database.

use std::collections::{BTreeMap, HashMap, HashSet};

use diesel::dsl::count_star;
use diesel::prelude::*;

use crate::kernel::{Id, Moment, Refusal};
use crate::store::Conn;
use crate::store::schema::{
    document, provider, provider_version, variation, variation_campaign_variation as link, variation_letter as table,
    variation_version as version,
};
use crate::store::sql::Prepare;
use crate::variations::rules::VariationState;

/// Which letter: of which variation, and its number, from 1 on.
pub type Which = (Id, i32);

/// A letter as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
// Diesel then inserts many rows in one statement on SQLite too.
#[diesel(table_name = table, treat_none_as_default_value = false)]
pub struct LetterRow {
    pub variation_id: Id,
    pub number: i32,
    pub recorded_at: Moment,
    pub provider_id: Option<Id>,
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

/// Keeps many letters, in pieces, since a statement takes only so many parameters.
pub fn insert_all(conn: &mut Conn, rows: &[LetterRow]) -> Result<(), Refusal> {
    for some in rows.chunks(1_000) {
        on!(conn, c => diesel::insert_into(table::table).values(some).execute(c))?;
    }
    Ok(())
}

/// The last letter of a variation.
pub fn find(conn: &mut Conn, variation_id: Id) -> Result<Option<LetterRow>, Refusal> {
    Ok(on!(conn, c => table::table.filter(table::variation_id.eq(variation_id)).order(table::number.desc())
        .select(LetterRow::as_select()).first(c).optional())?)
}

/// Number and sheet of the last letter of each of these variations, of those that have one.
pub fn last_of(conn: &mut Conn, variations: &[Id]) -> Result<HashMap<Id, (i32, String)>, Refusal> {
    let mut all = HashMap::new();
    for some in variations.chunks(1_000) {
        let rows: Vec<(Id, i32, String)> = on!(conn, c => table::table.filter(table::variation_id.eq_any(some))
            .order((table::variation_id, table::number)).select((table::variation_id, table::number, table::sheet))
            .prepared_for(some).load(c))?;
        // The last one of each comes last.
        all.extend(rows.into_iter().map(|(id, number, sheet)| (id, (number, sheet))));
    }
    Ok(all)
}

/// One letter.
pub fn one(conn: &mut Conn, which: Which) -> Result<Option<LetterRow>, Refusal> {
    Ok(on!(conn, c => table::table.find(which).select(LetterRow::as_select()).first(c).optional())?)
}

/// What is known of the files of the letters of these variations, the last one of each last; of those alone that have one.
pub fn files(conn: &mut Conn, variations: &[Id]) -> Result<Vec<FileRow>, Refusal> {
    Ok(on!(conn, c => table::table.filter(table::variation_id.eq_any(variations))
        .order((table::variation_id, table::number))
        .select((table::variation_id, table::sha256, table::size_bytes, table::pages, table::made_at)).load(c))?)
}

/// The first letter after the one `after` that is not made yet, by variation and number.
pub fn waiting(conn: &mut Conn, after: Option<Which>) -> Result<Option<Which>, Refusal> {
    let found: Option<Which> = on!(conn, c => {
        let mut query = table::table.filter(table::document_id.is_null()).order((table::variation_id, table::number))
            .select((table::variation_id, table::number)).into_boxed();
        if let Some((id, number)) = after {
            query = query.filter(table::variation_id.gt(id).or(table::variation_id.eq(id).and(table::number.gt(number))));
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
    let open = table::table.find((row.variation_id, row.number)).filter(table::document_id.is_null());
    Ok(on!(conn, c => diesel::update(open).set(values).execute(c))? == 1)
}

/// The name and the SHA-256 of the last letter of each of these variations, by the variation's reference. What was taken away since is left out.
pub fn kept(conn: &mut Conn, variations: &[Id]) -> Result<Vec<(String, String)>, Refusal> {
    let all: Vec<(String, String, String)> = on!(conn, c => table::table.inner_join(document::table.on(table::document_id.eq(document::id.nullable())))
        .inner_join(variation::table.on(variation::id.eq(table::variation_id)))
        .filter(table::variation_id.eq_any(variations)).filter(document::redacted_on.is_null()).filter(document::removed_at.is_null())
        .order((variation::reference, table::number)).select((variation::reference, document::file_name, document::sha256)).load(c))?;
    let last: BTreeMap<String, (String, String)> = all.into_iter().map(|(reference, name, sha256)| (reference, (name, sha256))).collect();
    Ok(last.into_values().collect())
}

/// Of each of these campaigns how many of its variations have a letter, those left out whose variation ended without an answer; of how many the last
/// letter is made; and how many are left out.
pub fn of_campaigns(conn: &mut Conn, campaigns: &[Id]) -> Result<HashMap<Id, (i64, i64, i64)>, Refusal> {
    let all: Vec<(Id, i64)> = on!(conn, c => table::table.inner_join(link::table.on(link::variation_id.eq(table::variation_id)))
        .filter(link::campaign_id.eq_any(campaigns)).filter(table::number.eq(1)).group_by(link::campaign_id)
        .select((link::campaign_id, count_star())).load(c))?;
    let ended: Vec<(Id, Id)> = on!(conn, c => table::table.inner_join(link::table.on(link::variation_id.eq(table::variation_id)))
        .inner_join(variation::table.on(variation::id.eq(table::variation_id)))
        .inner_join(version::table.on(version::variation_id.eq(variation::id).and(version::version.eq(variation::version))))
        .filter(link::campaign_id.eq_any(campaigns)).filter(table::number.eq(1))
        .filter(version::state.eq_any([VariationState::Withdrawn, VariationState::Lapsed]))
        .select((link::campaign_id, table::variation_id)).load(c))?;
    let open: Vec<(Id, Id, i32)> = on!(conn, c => table::table.inner_join(link::table.on(link::variation_id.eq(table::variation_id)))
        .filter(link::campaign_id.eq_any(campaigns)).filter(table::document_id.is_null())
        .select((link::campaign_id, table::variation_id, table::number)).load(c))?;
    let further: Vec<Which> = on!(conn, c => table::table.inner_join(link::table.on(link::variation_id.eq(table::variation_id)))
        .filter(link::campaign_id.eq_any(campaigns)).filter(table::number.gt(1)).order((table::variation_id, table::number))
        .select((table::variation_id, table::number)).load(c))?;
    // Few have a further letter, and it is the last one of each that counts.
    let last: HashMap<Id, i32> = further.into_iter().collect();
    let is_ended: HashSet<Id> = ended.iter().map(|(_, variation)| *variation).collect();
    let mut found: HashMap<Id, (i64, i64, i64)> = all.into_iter().map(|(campaign, of)| (campaign, (of, of, 0))).collect();
    for (campaign, _) in ended {
        if let Some((of, made, left_out)) = found.get_mut(&campaign) {
            (*of, *made, *left_out) = (*of - 1, *made - 1, *left_out + 1);
        }
    }
    let counts = |variation: &Id, number: i32| last.get(variation).is_none_or(|last| *last == number) && !is_ended.contains(variation);
    for (campaign, _, _) in open.into_iter().filter(|(_, variation, number)| counts(variation, *number)) {
        if let Some((_, made, _)) = found.get_mut(&campaign) {
            *made -= 1;
        }
    }
    Ok(found)
}

/// The postcodes of these providers, of those where it is known.
pub fn postcodes(conn: &mut Conn, providers: &[Id]) -> Result<HashMap<Id, String>, Refusal> {
    let mut all = HashMap::new();
    for some in providers.chunks(1_000) {
        let found: Vec<(Id, Option<String>)> = on!(conn, c => provider::table
            .inner_join(provider_version::table.on(provider_version::provider_id.eq(provider::id).and(provider_version::version.eq(provider::version))))
            .filter(provider::id.eq_any(some)).select((provider::id, provider_version::postcode)).prepared_for(some).load(c))?;
        all.extend(found.into_iter().filter_map(|(id, postcode)| Some((id, postcode?))));
    }
    Ok(all)
}
