//! What providers and contracts are, as far as shares ask.

use std::collections::HashMap;

use diesel::prelude::*;

use crate::kernel::{Id, Moment, Pence, Refusal, TextList};
use crate::providers::rules::ProviderSize;
use crate::reports::asked::At;
use crate::store::Conn;
use crate::store::schema::{award_terms as terms, award_version as version, provider_version as provider};

/// Whether each provider is local and how large it is, as it was known.
pub fn providers(conn: &mut Conn, known_at: Moment) -> Result<HashMap<Id, (Option<bool>, Option<ProviderSize>)>, Refusal> {
    let rows: Vec<(Id, Option<bool>, Option<ProviderSize>)> = on!(conn, c => provider::table.filter(provider::recorded_at.le(known_at))
        .order((provider::provider_id, provider::version)).select((provider::provider_id, provider::local, provider::size)).load(c))?;
    // The later of two versions comes later.
    Ok(rows.into_iter().map(|(id, local, size)| (id, (local, size))).collect())
}

/// A contract in the version that holds.
#[derive(Debug, Clone, Queryable)]
pub struct ContractRow {
    pub award_id: Id,
    pub state: String,
    pub period_id: Id,
    pub amount: Option<Pence>,
    pub social_value_weight: Option<i32>,
    /// The award that it is a part of, which counts for both.
    pub component_of: Option<Id>,
    /// What no paper says of it.
    pub not_evidenced: TextList,
}

/// Contracts, each in the latest version that was known and had taken effect.
pub fn contracts(conn: &mut Conn, at: At) -> Result<Vec<ContractRow>, Refusal> {
    let rows: Vec<ContractRow> = on!(conn, c => version::table
        .inner_join(terms::table.on(terms::award_id.eq(version::award_id).and(terms::terms_no.eq(version::terms_no))))
        .filter(terms::kind.eq("contract")).filter(version::recorded_at.le(at.known_at).and(version::effective_on.le(at.as_at)))
        .order((version::award_id, version::version))
        .select((version::award_id, version::state, terms::fund_period_id, terms::amount_pence, terms::social_value_weight_percent,
            terms::component_of, version::not_evidenced)).load(c))?;
    let mut latest: Vec<ContractRow> = Vec::new();
    for row in rows {
        latest.pop_if(|last| last.award_id == row.award_id);
        latest.push(row);
    }
    Ok(latest)
}
