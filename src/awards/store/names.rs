//! Names of what an award refers to where it has it. They are asked for beside the award: putting so many joins together costs Diesel, and
//! PostgreSQL's planner, more than running them does.

use std::collections::HashMap;

use diesel::prelude::*;

use super::rows::TermsRow;
use crate::kernel::{Id, Named, Refusal};
use crate::store::Conn;
use crate::store::schema::{
    commissioning_body as body, commissioning_body_version as body_version, programme, programme_version, provider, provider_version,
    service_line, service_line_version, tranche,
};

/// Names of the records that an award refers to.
#[derive(Default)]
pub(super) struct Names {
    /// The tranche's reference and number.
    pub tranche: Option<(String, i32)>,
    pub provider: Option<Named>,
    pub service_line: Option<Named>,
    pub programme: Option<Named>,
    pub commissioning_body: Option<Named>,
}

/// Of one award: by key, so that each statement is prepared once.
pub(super) fn of_one(conn: &mut Conn, terms: &TermsRow) -> Result<Names, Refusal> {
    let mut names = Names::default();
    if let Some(id) = terms.tranche_id {
        let found: (String, i32) = on!(conn, c => tranche::table.find(id).select((tranche::reference, tranche::number)).first(c))?;
        names.tranche = Some(found);
    }
    if let Some(id) = terms.provider_id {
        let (code, name): (String, String) = on!(conn, c => provider::table
            .inner_join(provider_version::table.on(provider_version::provider_id.eq(provider::id).and(provider_version::version.eq(provider::version))))
            .filter(provider::id.eq(id)).select((provider::reference, provider_version::name)).first(c))?;
        names.provider = Some(Named { id, code, name });
    }
    if let Some(id) = terms.service_line_id {
        let (code, name): (String, String) = on!(conn, c => service_line::table
            .inner_join(service_line_version::table.on(service_line_version::service_line_id.eq(service_line::id)
                .and(service_line_version::version.eq(service_line::version))))
            .filter(service_line::id.eq(id)).select((service_line::reference, service_line_version::name)).first(c))?;
        names.service_line = Some(Named { id, code, name });
    }
    if let Some(id) = terms.programme_id {
        let (code, name): (String, String) = on!(conn, c => programme::table
            .inner_join(programme_version::table.on(programme_version::programme_id.eq(programme::id).and(programme_version::version.eq(programme::version))))
            .filter(programme::id.eq(id)).select((programme::code, programme_version::name)).first(c))?;
        names.programme = Some(Named { id, code, name });
    }
    if let Some(id) = terms.commissioning_body_id {
        let (code, name): (String, String) = on!(conn, c => body::table
            .inner_join(body_version::table.on(body_version::body_id.eq(body::id).and(body_version::version.eq(body::version))))
            .filter(body::id.eq(id)).select((body::code, body_version::name)).first(c))?;
        names.commissioning_body = Some(Named { id, code, name });
    }
    Ok(names)
}

/// Of each award of a page, in its order: one question of each kind.
pub(super) fn of_page<'t>(conn: &mut Conn, page: impl Iterator<Item = &'t TermsRow> + Clone) -> Result<Vec<Names>, Refusal> {
    let ids = |of: fn(&TermsRow) -> Option<Id>| -> Vec<Id> {
        let mut ids: Vec<Id> = page.clone().filter_map(of).collect();
        ids.sort_unstable();
        ids.dedup();
        ids
    };
    let (tranche_ids, provider_ids) = (ids(|row| row.tranche_id), ids(|row| row.provider_id));
    let (line_ids, programme_ids) = (ids(|row| row.service_line_id), ids(|row| row.programme_id));
    let tranches: Vec<(Id, String, i32)> = on!(conn, c => tranche::table.filter(tranche::id.eq_any(&tranche_ids)).select((tranche::id, tranche::reference, tranche::number)).load(c))?;
    let tranches: HashMap<Id, (String, i32)> = tranches.into_iter().map(|(id, reference, number)| (id, (reference, number))).collect();
    let providers: Vec<(Id, String, String)> = on!(conn, c => provider::table
        .inner_join(provider_version::table.on(provider_version::provider_id.eq(provider::id).and(provider_version::version.eq(provider::version))))
        .filter(provider::id.eq_any(&provider_ids)).select((provider::id, provider::reference, provider_version::name)).load(c))?;
    let lines: Vec<(Id, String, String)> = on!(conn, c => service_line::table
        .inner_join(service_line_version::table.on(service_line_version::service_line_id.eq(service_line::id)
            .and(service_line_version::version.eq(service_line::version))))
        .filter(service_line::id.eq_any(&line_ids)).select((service_line::id, service_line::reference, service_line_version::name)).load(c))?;
    let programmes: Vec<(Id, String, String)> = on!(conn, c => programme::table
        .inner_join(programme_version::table.on(programme_version::programme_id.eq(programme::id).and(programme_version::version.eq(programme::version))))
        .filter(programme::id.eq_any(&programme_ids)).select((programme::id, programme::code, programme_version::name)).load(c))?;
    let (providers, lines, programmes) = (Named::by_id(providers), Named::by_id(lines), Named::by_id(programmes));
    let of = |row: &TermsRow| Names {
        tranche: row.tranche_id.and_then(|id| tranches.get(&id).cloned()),
        provider: row.provider_id.and_then(|id| providers.get(&id).cloned()),
        service_line: row.service_line_id.and_then(|id| lines.get(&id).cloned()),
        programme: row.programme_id.and_then(|id| programmes.get(&id).cloned()),
        // A list does not show it.
        commissioning_body: None,
    };
    Ok(page.map(of).collect())
}

/// Of many awards, in their order, with the bodies that are party to the agreements.
pub(super) fn of_all<'t>(conn: &mut Conn, all: impl Iterator<Item = &'t TermsRow> + Clone) -> Result<Vec<Names>, Refusal> {
    let mut names = of_page(conn, all.clone())?;
    let mut ids: Vec<Id> = all.clone().filter_map(|row| row.commissioning_body_id).collect();
    ids.sort_unstable();
    ids.dedup();
    let bodies: Vec<(Id, String, String)> = on!(conn, c => body::table
        .inner_join(body_version::table.on(body_version::body_id.eq(body::id).and(body_version::version.eq(body::version))))
        .filter(body::id.eq_any(&ids)).select((body::id, body::code, body_version::name)).load(c))?;
    let bodies = Named::by_id(bodies);
    for (own, row) in names.iter_mut().zip(all) {
        own.commissioning_body = row.commissioning_body_id.and_then(|id| bodies.get(&id).cloned());
    }
    Ok(names)
}
