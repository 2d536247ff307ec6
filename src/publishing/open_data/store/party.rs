//! Who was party to awards.

use std::collections::HashMap;

use chrono::NaiveDate;
use diesel::prelude::*;

use super::changed;
use crate::kernel::{Id, Moment, Refusal};
use crate::publishing::open_data::rules::party::Party;
use crate::store::Conn;
use crate::store::schema::{award_terms as terms, provider, provider_version};

/// The providers that all terms of each award name, or of one award alone, the oldest first.
pub fn parties(conn: &mut Conn, only: Option<Id>) -> Result<HashMap<Id, Vec<Party>>, Refusal> {
    let rows: Vec<(Id, NaiveDate, Option<Id>, Option<Id>)> = on!(conn, c => {
        let mut query = terms::table.order((terms::award_id, terms::terms_no))
            .select((terms::award_id, terms::effective_on, terms::provider_id, terms::novation_id)).into_boxed();
        if let Some(award) = only {
            query = query.filter(terms::award_id.eq(award));
        }
        query.load(c)
    })?;
    let mut all: HashMap<Id, Vec<Party>> = HashMap::new();
    for (award, from, provider, novation) in rows {
        let Some(provider_id) = provider else { continue };
        all.entry(award).or_default().push(Party { from, provider_id, is_novation: novation.is_some() });
    }
    Ok(all)
}

/// What each of these providers is called now, and when what is published of it changed the last time. Those that only stand for one are left out.
pub fn called(conn: &mut Conn, ids: &[Id]) -> Result<HashMap<Id, (String, Option<Moment>)>, Refusal> {
    let changed = changed::providers(conn, ids)?;
    let mut all = HashMap::new();
    // In pieces, since a statement takes only so many parameters.
    for some in ids.chunks(5_000) {
        let rows: Vec<(Id, String)> = on!(conn, c => provider::table
            .inner_join(provider_version::table.on(provider_version::provider_id.eq(provider::id).and(provider_version::version.eq(provider::version))))
            .filter(provider::id.eq_any(some)).filter(provider_version::illustrative.eq(false))
            .select((provider::id, provider_version::name)).load(c))?;
        all.extend(rows.into_iter().map(|(id, name)| (id, (name, changed.get(&id).copied()))));
    }
    Ok(all)
}
