//! Writing variations: one, or many in a few statements.

use std::collections::HashMap;

use diesel::prelude::*;

use super::{AWARDS_AT_ONCE, Variation, VersionRow};
use crate::kernel::{Id, Refusal};
use crate::store::Conn;
use crate::store::schema::{variation as identity, variation_version as version};

/// How many variations one statement writes, since it takes only so many parameters.
const AT_ONCE: usize = 500;

/// The highest number among the variations of each of these awards; nothing of an award without any.
pub(in crate::variations) fn last_numbers(conn: &mut Conn, awards: &[Id]) -> Result<HashMap<Id, i32>, Refusal> {
    let mut all = HashMap::new();
    for some in awards.chunks(AWARDS_AT_ONCE) {
        let rows: Vec<(Id, Option<i32>)> = on!(conn, c => identity::table.filter(identity::award_id.eq_any(some))
            .group_by(identity::award_id).select((identity::award_id, diesel::dsl::max(identity::number))).load(c))?;
        all.extend(rows.into_iter().filter_map(|(award, last)| Some((award, last?))));
    }
    Ok(all)
}

/// Writes a new variation.
pub(in crate::variations) fn begin(conn: &mut Conn, one: &Variation) -> Result<(), Refusal> {
    begin_all(conn, std::slice::from_ref(one))
}

/// Writes new variations.
pub(in crate::variations) fn begin_all(conn: &mut Conn, all: &[Variation]) -> Result<(), Refusal> {
    let of = |one: &Variation| {
        (
            identity::id.eq(one.id),
            identity::award_id.eq(one.award_id),
            identity::reference.eq(one.reference.clone()),
            identity::number.eq(one.number),
            identity::version.eq(one.version),
            identity::recorded_at.eq(one.recorded_at),
        )
    };
    for some in all.chunks(AT_ONCE) {
        let rows: Vec<_> = some.iter().map(of).collect();
        // A statement for one row stays prepared.
        match rows.as_slice() {
            [row] => on!(conn, c => diesel::insert_into(identity::table).values(row).execute(c))?,
            rows => on!(conn, c => diesel::insert_into(identity::table).values(rows).execute(c))?,
        };
    }
    add_versions(conn, all)
}

/// Moves a variation on by one version.
pub(in crate::variations) fn advance(conn: &mut Conn, one: &Variation) -> Result<(), Refusal> {
    let before = identity::table.filter(identity::id.eq(one.id).and(identity::version.eq(one.version - 1)));
    if on!(conn, c => diesel::update(before).set(identity::version.eq(one.version)).execute(c))? == 0 {
        return Err(Refusal::Stale);
    }
    add_versions(conn, std::slice::from_ref(one))
}

/// Moves variations on by one version from the one that they were begun with, or looked up in, in this transaction.
pub(in crate::variations) fn advance_all(conn: &mut Conn, all: &[Variation]) -> Result<(), Refusal> {
    for some in all.chunks(AT_ONCE) {
        let ids: Vec<Id> = some.iter().map(|one| one.id).collect();
        let moved = on!(conn, c => diesel::update(identity::table.filter(identity::id.eq_any(&ids)))
            .set(identity::version.eq(identity::version + 1)).execute(c))?;
        if moved != some.len() {
            return Err(Refusal::Stale);
        }
    }
    add_versions(conn, all)
}

fn add_versions(conn: &mut Conn, all: &[Variation]) -> Result<(), Refusal> {
    for some in all.chunks(AT_ONCE) {
        let rows: Vec<VersionRow> = some.iter().map(row).collect::<Result<_, _>>()?;
        match rows.as_slice() {
            [row] => on!(conn, c => diesel::insert_into(version::table).values(row).execute(c))?,
            rows => on!(conn, c => diesel::insert_into(version::table).values(rows).execute(c))?,
        };
    }
    Ok(())
}

fn row(one: &Variation) -> Result<VersionRow, Refusal> {
    Ok(VersionRow {
        variation_id: one.id,
        version: one.version,
        recorded_at: one.recorded_at,
        effective_on: one.input.effective_on,
        state: one.state,
        group_name: one.input.group_name.clone(),
        change_pence: one.input.change_pence(),
        change: serde_json::to_string(&one.input).map_err(Refusal::broken)?,
        before: one.before.as_ref().map(ToString::to_string),
        after: one.after.as_ref().map(ToString::to_string),
        terms_no: one.terms_no,
        issued_on: one.issued_on,
        answer_due_on: one.answer_due_on,
        answered_on: one.answered_on,
        answered_by: one.answered_by.clone(),
        applied_on: one.applied_on,
        note: one.note.clone(),
        illustrative: one.provenance.illustrative,
        not_evidenced: one.provenance.not_evidenced_text(),
        evidence: one.provenance.evidence.clone(),
        living_wage_attested_on: one.living_wage_attested_on,
        issued_by_id: one.issued_by_id,
        accepted_on_behalf_by: one.accepted_on_behalf_by.clone(),
        signed_by: one.signed_by.clone(),
        signed_document_id: one.signed_document_id,
        authored_by_id: one.authored_by_id,
        approved_by_id: one.approved_by_id,
        approved_by: one.approved_by.clone(),
        approved_on: one.approved_on,
        application: one.input.application,
        effect: one.effect.as_ref().map(serde_json::to_string).transpose().map_err(Refusal::broken)?,
        failed_on: one.failed_on,
        failure: one.failure.clone(),
    })
}
