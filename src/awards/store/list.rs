//! Lists of awards.

use chrono::NaiveDate;
use diesel::dsl::{count_star, exists};
use diesel::prelude::*;

use super::children::{self, Children};
use super::names;
use super::novate;
use super::read::{Award, ShownRow, versioned};
use super::successors;
use crate::access::Scope;
use crate::awards::rules::{AwardKind, AwardState, LegalPower};
use crate::kernel::{Id, Page, PageRequest, Refusal};
use crate::store::Conn;
use crate::store::schema::{award, award_area, award_former_party as former, award_terms, award_version, fund};

/// What narrows a list of awards.
#[derive(Debug, Clone, Default)]
pub struct AwardFilter {
    /// The fund.
    pub fund_id: Option<Id>,
    /// The fund period.
    pub fund_period_id: Option<Id>,
    /// The tranche.
    pub tranche_id: Option<Id>,
    /// The provider.
    pub provider_id: Option<Id>,
    /// The programme.
    pub programme_id: Option<Id>,
    /// The award that they are parts of.
    pub component_of: Option<Id>,
    /// The award that they go on with.
    pub succeeds: Option<Id>,
    /// An area that they benefit.
    pub area_id: Option<Id>,
    /// The theme.
    pub theme: Option<String>,
    /// The category.
    pub category: Option<String>,
    /// The state, as it is shown.
    pub state: Option<AwardState>,
    /// Only those that are live or paused.
    pub is_under_way: bool,
    /// Grants or contracts.
    pub kind: Option<AwardKind>,
    /// The power under which they are made.
    pub legal_power: Option<LegalPower>,
    /// The earliest last day.
    pub ends_from: Option<NaiveDate>,
    /// The latest last day.
    pub ends_to: Option<NaiveDate>,
    /// A `LIKE` pattern in lower case.
    pub search: Option<String>,
}

/// A boxed query over awards with what a filter leaves of it.
macro_rules! narrowed {
    ($query:expr, $filter:expr, $today:expr) => {{
        let (mut query, filter, today) = ($query, $filter, $today);
        if let Some(id) = filter.fund_id {
            query = query.filter(fund::id.eq(id));
        }
        if let Some(id) = filter.fund_period_id {
            query = query.filter(award_terms::fund_period_id.eq(id));
        }
        if let Some(id) = filter.tranche_id {
            query = query.filter(award_terms::tranche_id.eq(id));
        }
        if let Some(id) = filter.provider_id {
            query = query.filter(award_terms::provider_id.eq(id));
        }
        if let Some(id) = filter.programme_id {
            query = query.filter(award_terms::programme_id.eq(id));
        }
        if let Some(id) = filter.component_of {
            query = query.filter(award_terms::component_of.eq(id));
        }
        if let Some(theme) = &filter.theme {
            query = query.filter(award_terms::theme.eq(theme));
        }
        if let Some(category) = &filter.category {
            query = query.filter(award_terms::category.eq(category));
        }
        if let Some(search) = &filter.search {
            query = query.filter(award_terms::search_text.like(search).escape('\\'));
        }
        if let Some(id) = filter.succeeds {
            query = query.filter(award_terms::succeeds.eq(id));
        }
        if filter.is_under_way {
            query = query.filter(award_version::state.eq_any([AwardState::Live, AwardState::Paused]));
        }
        if let Some(kind) = filter.kind {
            query = query.filter(award_terms::kind.eq(kind));
        }
        if let Some(power) = filter.legal_power {
            query = query.filter(award_terms::legal_power.eq(power));
        }
        if let Some(day) = filter.ends_from {
            query = query.filter(award_terms::ends_on.ge(day));
        }
        if let Some(day) = filter.ends_to {
            query = query.filter(award_terms::ends_on.le(day));
        }
        if let Some(id) = filter.area_id {
            query = query.filter(exists(
                award_area::table
                    .filter(award_area::award_id.eq(award::id))
                    .filter(award_area::terms_no.eq(award_terms::terms_no))
                    .filter(award_area::area_id.eq(id)),
            ));
        }
        // An offer past its last day is shown as lapsed, so it is found as such.
        query = match filter.state {
            None => query,
            Some(AwardState::Offered) => query
                .filter(award_version::state.eq(AwardState::Offered))
                .filter(award_version::acceptance_due_on.is_null().or(award_version::acceptance_due_on.ge(today).assume_not_null())),
            Some(AwardState::Lapsed) => query.filter(
                award_version::state
                    .eq(AwardState::Lapsed)
                    .or(award_version::state.eq(AwardState::Offered).and(award_version::acceptance_due_on.lt(today).assume_not_null())),
            ),
            Some(state) => query.filter(award_version::state.eq(state)),
        };
        query
    }};
}

/// How many awards of the office a filter finds.
pub fn count(conn: &mut Conn, filter: &AwardFilter, today: NaiveDate) -> Result<i64, Refusal> {
    Ok(on!(conn, c => {
        let query = versioned().select(count_star()).filter(award_version::version.eq(award::version)).into_boxed();
        narrowed!(query, filter, today).get_result(c)
    })?)
}

/// A page of the awards that this caller may see, by reference. Splits, annual amounts and profiles are left out.
pub fn page(conn: &mut Conn, scope: Scope, filter: &AwardFilter, today: NaiveDate, page: &PageRequest) -> Result<Page<Award>, Refusal> {
    let after: Option<String> = page.after()?;
    let provider = match scope {
        Scope::Office => None,
        Scope::Provider(own) => Some(own),
        Scope::Nothing => return Ok(Page { items: Vec::new(), next_cursor: None }),
    };
    let was_party = match provider {
        Some(own) => novate::was_party(conn, own)?,
        None => false,
    };
    let rows: Vec<ShownRow> = on!(conn, c => {
        let mut query = versioned().select(ShownRow::as_select()).order(award::reference).limit(page.fetch()).into_boxed();
        let is_now = award_version::version.eq(award::version);
        query = match provider {
            None => query.filter(is_now),
            Some(own) if !was_party => query.filter(is_now).filter(award_terms::provider_id.eq(own)),
            // What was its own until it passed to a successor is shown as it stood then.
            Some(own) => query.filter(is_now.and(award_terms::provider_id.assume_not_null().eq(own)).or(exists(former::table
                .filter(former::award_id.eq(award::id)).filter(former::provider_id.eq(own))
                .filter(former::version.eq(award_version::version))))),
        };
        if provider.is_some() { query = query.filter(award_version::offered_on.is_not_null()); }
        if let Some(after) = &after { query = query.filter(award::reference.gt(after)); }
        narrowed!(query, filter, today).load(c)
    })?;
    let cut = Page::cut(rows, page, |row| row.reference().to_owned());
    let keys: Vec<(Id, i32)> = cut.items.iter().map(ShownRow::key).collect();
    let mut areas = children::areas_of(conn, &keys)?;
    let mut names = names::of_page(conn, cut.items.iter().map(|row| &row.terms))?.into_iter();
    let mut page = cut.map(|row| {
        let names = names.next().unwrap_or_default();
        let areas = areas.remove(&row.key().0).unwrap_or_default();
        row.award(names, Children { areas, ..Children::default() })
    });
    successors::net(conn, &mut page.items)?;
    Ok(page)
}
