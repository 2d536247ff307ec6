//! Groups of variations over HTTP: several agreements that share one total (R07).

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::access::permissions::can;
use crate::awards::acts as awards;
use crate::http::{Api, Ask, Listed, Listing};
use crate::kernel::{Id, Named, Pence, Refusal};
use crate::store::Conn;
use crate::variations::acts::{self, Group};
use crate::variations::rules::{self, GroupSum, GroupedChange};

/// What a list of groups can be narrowed by.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct VariationGroupFilter {
    /// Only the group with this name.
    #[schema(min_length = 1, max_length = 200)]
    group: Option<String>,
}

/// Variations of one or several awards that share one decision: what was agreed before, what they change, and what is agreed with them. A provider sees
/// none that a campaign has made.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct VariationGroupView {
    /// The name of the group.
    #[schema(max_length = 200)]
    pub group: String,
    /// How many variations it has that were not refused, lapsed or taken back.
    pub variation_count: i64,
    /// How many awards they change.
    pub award_count: i64,
    /// What was agreed before them, in pence; null where that is not known of some award.
    pub base_pence: Option<Pence>,
    /// What those in force add, in pence; below nought where they take away.
    #[schema(value_type = i64)]
    pub change_pence: Pence,
    /// What those would add that are not in force yet, in pence.
    #[schema(value_type = i64)]
    pub pending_pence: Pence,
    /// What is agreed with them, in pence: base and change.
    pub total_pence: Option<Pence>,
    /// Each award, by reference.
    #[schema(max_items = 10_000)]
    pub awards: Vec<VariationGroupAward>,
}

/// What the variations of a group do to one award.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct VariationGroupAward {
    /// The award.
    pub award: Option<Named>,
    /// The variations of the group that change it, by number.
    #[schema(max_items = 10_000)]
    pub variation_ids: Vec<Id>,
    /// What was agreed before the first of them, in pence; null where that is not known.
    pub base_pence: Option<Pence>,
    /// What those in force add, in pence.
    #[schema(value_type = i64)]
    pub change_pence: Pence,
    /// What those would add that are not in force yet, in pence.
    #[schema(value_type = i64)]
    pub pending_pence: Pence,
    /// What is agreed with them, in pence: base and change.
    pub total_pence: Option<Pence>,
}

fn view(group: &Group, names: &HashMap<Id, Named>) -> VariationGroupView {
    let changes: Vec<GroupedChange> = group.variations.iter().map(|(_, change)| *change).collect();
    let sums = rules::by_award(&changes);
    let all = rules::together(&sums);
    let mut ids: HashMap<Id, Vec<Id>> = HashMap::new();
    for (id, change) in group.variations.iter().filter(|(_, change)| change.counts()) {
        ids.entry(change.award_id).or_default().push(*id);
    }
    let of_award = |(id, sum): &(Id, GroupSum)| VariationGroupAward {
        award: names.get(id).cloned(),
        variation_ids: ids.get(id).cloned().unwrap_or_default(),
        base_pence: sum.base,
        change_pence: sum.change,
        pending_pence: sum.pending,
        total_pence: sum.total(),
    };
    VariationGroupView {
        group: group.name.clone(),
        variation_count: all.count,
        award_count: i64::try_from(sums.len()).unwrap_or(i64::MAX),
        base_pence: all.base,
        change_pence: all.change,
        pending_pence: all.pending,
        total_pence: all.total(),
        awards: sums.iter().map(of_award).collect(),
    }
}

fn names(conn: &mut Conn, groups: &[Group]) -> Result<HashMap<Id, Named>, Refusal> {
    let ids: Vec<Id> = groups.iter().flat_map(|group| group.variations.iter().map(|(_, change)| change.award_id)).collect();
    awards::named(conn, &ids)
}

async fn list(call: Ask<can::VariationsRead, (), Listing<VariationGroupFilter>>) -> Result<Listed<VariationGroupView>, Refusal> {
    let today = call.service.db.clock().today();
    call.ask(move |conn, input| {
        let page = acts::groups(conn, input.caller.scope(), input.query.filter.group.as_deref(), (today, &input.query.page))?;
        let names = names(conn, &page.items)?;
        Ok(Listed(page.map(|group| view(&group, &names))))
    })
    .await
}

/// Registers the operation.
pub(super) fn mount(api: &mut Api) {
    api.get("/v1/variation-groups", "variation_groups_list", "List groups of variations with base, change and new total", list);
}
