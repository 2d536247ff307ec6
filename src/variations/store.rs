//! Variations in the database.

mod write;

use std::collections::HashMap;

use chrono::NaiveDate;
use diesel::dsl::{exists, not};
use diesel::prelude::*;
use serde_json::Value;

use crate::awards::rules::AwardState;
use crate::kernel::{Id, Moment, Page, PageRequest, Pence, Provenance, Refusal};
use crate::store::Conn;
use crate::store::schema::{
    award, award_terms, award_version, variation as identity, variation_campaign_variation as link, variation_version as version,
};
use crate::variations::rules::{VariationApplication, VariationEffect, VariationInput, VariationState};

pub(super) use write::{advance, advance_all, begin, begin_all, last_numbers};

/// A variation in one version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variation {
    /// Its id.
    pub id: Id,
    /// The award it changes.
    pub award_id: Id,
    /// Where that award stands now.
    pub award_state: AwardState,
    /// `CIF-2020-21-T3-0007-V1`.
    pub reference: String,
    /// Its place among the award's variations, from 1.
    pub number: i32,
    /// Which version this is.
    pub version: i32,
    /// When this version became known.
    pub recorded_at: Moment,
    /// How far it has come.
    pub state: VariationState,
    /// What changes.
    pub input: VariationInput,
    /// What stood when it was issued, of what it touches.
    pub before: Option<Value>,
    /// What stands since it was applied, of what it touches.
    pub after: Option<Value>,
    /// The agreement version it made.
    pub terms_no: Option<i32>,
    /// When it was sent to the provider.
    pub issued_on: Option<NaiveDate>,
    /// The last day to answer it.
    pub answer_due_on: Option<NaiveDate>,
    /// When the provider answered.
    pub answered_on: Option<NaiveDate>,
    /// Who answered for the provider.
    pub answered_by: Option<String>,
    /// When the provider said, accepting it, that it pays the National Living Wage (R65).
    pub living_wage_attested_on: Option<NaiveDate>,
    /// When it was applied.
    pub applied_on: Option<NaiveDate>,
    /// Why it was refused or taken back.
    pub note: Option<String>,
    /// Where its facts come from.
    pub provenance: Provenance,
    /// Who issued it, where somebody did who has signed in.
    pub issued_by_id: Option<Id>,
    /// Who of the office accepted it for the provider, where the provider signed on paper.
    pub accepted_on_behalf_by: Option<String>,
    /// Who signed that paper.
    pub signed_by: Option<String>,
    /// That paper, a file of the award.
    pub signed_document_id: Option<Id>,
    /// Who wrote its content, where somebody did who has signed in.
    pub authored_by_id: Option<Id>,
    /// Who approved its change of the value.
    pub approved_by_id: Option<Id>,
    /// Their name.
    pub approved_by: Option<String>,
    /// When.
    pub approved_on: Option<NaiveDate>,
    /// What it did, once it is applied.
    pub effect: Option<VariationEffect>,
    /// When it could not be applied on its day.
    pub failed_on: Option<NaiveDate>,
    /// Why.
    pub failure: Option<String>,
}

#[derive(Queryable, Selectable, Insertable)]
// Diesel then inserts many rows in one statement on SQLite too.
#[diesel(table_name = version, treat_none_as_default_value = false)]
struct VersionRow {
    variation_id: Id,
    version: i32,
    recorded_at: Moment,
    effective_on: NaiveDate,
    state: VariationState,
    group_name: Option<String>,
    change_pence: Pence,
    change: String,
    before: Option<String>,
    after: Option<String>,
    terms_no: Option<i32>,
    issued_on: Option<NaiveDate>,
    answer_due_on: Option<NaiveDate>,
    answered_on: Option<NaiveDate>,
    answered_by: Option<String>,
    applied_on: Option<NaiveDate>,
    note: Option<String>,
    illustrative: bool,
    not_evidenced: String,
    evidence: Option<String>,
    living_wage_attested_on: Option<NaiveDate>,
    issued_by_id: Option<Id>,
    accepted_on_behalf_by: Option<String>,
    signed_by: Option<String>,
    signed_document_id: Option<Id>,
    authored_by_id: Option<Id>,
    approved_by_id: Option<Id>,
    approved_by: Option<String>,
    approved_on: Option<NaiveDate>,
    application: VariationApplication,
    effect: Option<String>,
    failed_on: Option<NaiveDate>,
    failure: Option<String>,
}

type Row = (Id, String, i32, VersionRow, AwardState);

fn assemble((award_id, reference, number, row, award_state): Row) -> Result<Variation, Refusal> {
    let json = |text: Option<String>| text.map(|text| serde_json::from_str(&text)).transpose().map_err(Refusal::broken);
    Ok(Variation {
        id: row.variation_id,
        award_id,
        award_state,
        reference,
        number,
        version: row.version,
        recorded_at: row.recorded_at,
        state: row.state,
        input: serde_json::from_str(&row.change).map_err(Refusal::broken)?,
        before: json(row.before)?,
        after: json(row.after)?,
        terms_no: row.terms_no,
        issued_on: row.issued_on,
        answer_due_on: row.answer_due_on,
        answered_on: row.answered_on,
        answered_by: row.answered_by,
        living_wage_attested_on: row.living_wage_attested_on,
        applied_on: row.applied_on,
        note: row.note,
        provenance: Provenance::read(row.illustrative, &row.not_evidenced, row.evidence)?,
        issued_by_id: row.issued_by_id,
        accepted_on_behalf_by: row.accepted_on_behalf_by,
        signed_by: row.signed_by,
        signed_document_id: row.signed_document_id,
        authored_by_id: row.authored_by_id,
        approved_by_id: row.approved_by_id,
        approved_by: row.approved_by,
        approved_on: row.approved_on,
        effect: row.effect.map(|text| serde_json::from_str(&text)).transpose().map_err(Refusal::broken)?,
        failed_on: row.failed_on,
        failure: row.failure,
    })
}

/// Variations in their current version, with where their awards stand.
#[diesel::dsl::auto_type]
fn current() -> _ {
    identity::table
        .inner_join(version::table.on(version::variation_id.eq(identity::id).and(version::version.eq(identity::version))))
        .inner_join(award::table.on(award::id.eq(identity::award_id)))
        .inner_join(award_version::table.on(award_version::award_id.eq(award::id).and(award_version::version.eq(award::version))))
}

/// The current version.
pub(super) fn load(conn: &mut Conn, id: Id) -> Result<Option<Variation>, Refusal> {
    let row: Option<Row> = on!(conn, c => current()
        .filter(identity::id.eq(id))
        .select((identity::award_id, identity::reference, identity::number, VersionRow::as_select(), award_version::state))
        .first(c).optional())?;
    row.map(assemble).transpose()
}

/// A page of an award's variations, the first one first; drafts only where `with_drafts`.
pub(super) fn page(conn: &mut Conn, award_id: Id, with_drafts: bool, request: &PageRequest) -> Result<Page<Variation>, Refusal> {
    let after: Option<i32> = request.after()?;
    let rows: Vec<Row> = on!(conn, c => {
        let mut query = current()
            .filter(identity::award_id.eq(award_id)).order(identity::number).limit(request.fetch())
            .select((identity::award_id, identity::reference, identity::number, VersionRow::as_select(), award_version::state))
            .into_boxed();
        if !with_drafts {
            query = query.filter(version::issued_on.is_not_null());
        }
        if let Some(after) = after {
            query = query.filter(identity::number.gt(after));
        }
        query.load(c)
    })?;
    Ok(Page::cut(rows.into_iter().map(assemble).collect::<Result<Vec<_>, _>>()?, request, |one| one.number))
}

/// The issued variations of an award as they stood at a moment, the first one first.
pub(super) fn page_at(conn: &mut Conn, award_id: Id, moment: Moment, request: &PageRequest) -> Result<Page<Variation>, Refusal> {
    let after: Option<i32> = request.after()?;
    let rows: Vec<Row> = on!(conn, c => identity::table
        .inner_join(version::table.on(version::variation_id.eq(identity::id)))
        .inner_join(award::table.on(award::id.eq(identity::award_id)))
        .inner_join(award_version::table.on(award_version::award_id.eq(award::id).and(award_version::version.eq(award::version))))
        .filter(identity::award_id.eq(award_id)).filter(version::recorded_at.le(moment)).filter(identity::number.gt(after.unwrap_or(0)))
        .order((identity::number, version::version.desc()))
        .select((identity::award_id, identity::reference, identity::number, VersionRow::as_select(), award_version::state)).load(c))?;
    let mut all = rows.into_iter().map(assemble).collect::<Result<Vec<_>, _>>()?;
    // The last version of each comes first.
    all.dedup_by_key(|one| one.number);
    all.retain(|one| one.issued_on.is_some());
    Ok(Page::cut(all, request, |one| one.number))
}

/// A variation as it stood at a moment.
pub(super) fn load_at(conn: &mut Conn, id: Id, moment: Moment) -> Result<Option<Variation>, Refusal> {
    let row: Option<Row> = on!(conn, c => identity::table
        .inner_join(version::table.on(version::variation_id.eq(identity::id)))
        .inner_join(award::table.on(award::id.eq(identity::award_id)))
        .inner_join(award_version::table.on(award_version::award_id.eq(award::id).and(award_version::version.eq(award::version))))
        .filter(identity::id.eq(id)).filter(version::recorded_at.le(moment)).order(version::version.desc())
        .select((identity::award_id, identity::reference, identity::number, VersionRow::as_select(), award_version::state))
        .first(c).optional())?;
    row.map(assemble).transpose()
}

/// The variations of these awards that are issued or accepted: award, reference, state and last day to answer, by award and number.
pub(super) fn waiting(conn: &mut Conn, awards: &[Id]) -> Result<Vec<Waiting>, Refusal> {
    let mut all: Vec<Waiting> = Vec::new();
    for some in awards.chunks(AWARDS_AT_ONCE) {
        let rows: Vec<Waiting> = on!(conn, c => identity::table
            .inner_join(version::table.on(version::variation_id.eq(identity::id).and(version::version.eq(identity::version))))
            .filter(identity::award_id.eq_any(some))
            .filter(version::state.eq_any([VariationState::Issued, VariationState::Accepted]))
            .order((identity::award_id, identity::number))
            .select((identity::award_id, identity::reference, version::state, version::answer_due_on)).load(c))?;
        all.extend(rows);
    }
    Ok(all)
}

/// Award, reference, state and last day to answer.
pub(super) type Waiting = (Id, String, VariationState, Option<NaiveDate>);

/// How many awards are asked for at once, since a statement takes only so many parameters.
const AWARDS_AT_ONCE: usize = 1_000;

/// Variations, with where their awards stand and what these agree to now.
#[diesel::dsl::auto_type]
fn with_terms() -> _ {
    identity::table
        .inner_join(version::table.on(version::variation_id.eq(identity::id).and(version::version.eq(identity::version))))
        .inner_join(award::table.on(award::id.eq(identity::award_id)))
        .inner_join(award_version::table.on(award_version::award_id.eq(award::id).and(award_version::version.eq(award::version))))
        .inner_join(award_terms::table.on(award_terms::award_id.eq(award::id).and(award_terms::terms_no.eq(award_version::terms_no))))
}

/// A page of the variations of all awards, or of those of one provider that it may see, in the order in which they were made.
pub(super) fn page_of_all(
    conn: &mut Conn,
    provider: Option<Id>,
    (group, has_failed): (Option<&str>, bool),
    request: &PageRequest,
) -> Result<Page<Variation>, Refusal> {
    let after: Option<Id> = request.after()?;
    let rows: Vec<Row> = on!(conn, c => {
        let mut query = with_terms().order(identity::id).limit(request.fetch())
            .select((identity::award_id, identity::reference, identity::number, VersionRow::as_select(), award_version::state))
            .into_boxed();
        if let Some(own) = provider {
            query = query.filter(award_terms::provider_id.eq(own)).filter(version::issued_on.is_not_null());
        }
        if let Some(group) = group {
            query = query.filter(version::group_name.eq(group));
            // What a campaign is called is the office's own.
            if provider.is_some() { query = query.filter(not(exists(link::table.filter(link::variation_id.eq(identity::id))))); }
        }
        if has_failed {
            query = query.filter(version::failed_on.is_not_null());
        }
        if let Some(after) = after {
            query = query.filter(identity::id.gt(after));
        }
        query.load(c)
    })?;
    Ok(Page::cut(rows.into_iter().map(assemble).collect::<Result<Vec<_>, _>>()?, request, |one| one.id))
}

/// A page of the names of groups, in their order; of one provider's, without those that a campaign has made.
pub(super) fn groups(conn: &mut Conn, provider: Option<Id>, group: Option<&str>, request: &PageRequest) -> Result<Page<String>, Refusal> {
    let after: Option<String> = request.after()?;
    let names: Vec<Option<String>> = on!(conn, c => {
        let mut query = with_terms().filter(version::group_name.is_not_null()).order(version::group_name).limit(request.fetch())
            .select(version::group_name).distinct().into_boxed();
        if let Some(own) = provider {
            query = query.filter(award_terms::provider_id.eq(own)).filter(version::issued_on.is_not_null())
                .filter(not(exists(link::table.filter(link::variation_id.eq(identity::id)))));
        }
        if let Some(group) = group {
            query = query.filter(version::group_name.eq(group));
        }
        if let Some(after) = &after {
            query = query.filter(version::group_name.gt(after));
        }
        query.load(c)
    })?;
    Ok(Page::cut(names.into_iter().flatten().collect(), request, Clone::clone))
}

/// The variations of these groups, by award and number, without what they say: campaigns are groups too, of up to 2,000.
pub(super) fn in_groups(conn: &mut Conn, provider: Option<Id>, names: &[String]) -> Result<Vec<Grouped>, Refusal> {
    Ok(on!(conn, c => {
        let mut query = with_terms().filter(version::group_name.assume_not_null().eq_any(names)).order((award::reference, identity::number))
            .select((version::group_name, identity::id, identity::award_id, version::state, version::answer_due_on, version::change_pence,
                version::terms_no, award_terms::amount_pence))
            .into_boxed();
        if let Some(own) = provider {
            query = query.filter(award_terms::provider_id.eq(own)).filter(version::issued_on.is_not_null())
                .filter(not(exists(link::table.filter(link::variation_id.eq(identity::id)))));
        }
        query.load(c)
    })?)
}

/// A variation of a group: the group, itself, its award, how far it has come, its last day to answer, how much it adds, the agreement version that it
/// made, and what its award agrees to now.
pub(super) type Grouped = (Option<String>, Id, Id, VariationState, Option<NaiveDate>, Pence, Option<i32>, Option<Pence>);

/// What stood before those of these groups that are in force and have changed a value, by variation.
pub(super) fn before_in_groups(conn: &mut Conn, names: &[String]) -> Result<HashMap<Id, Value>, Refusal> {
    let rows: Vec<(Id, Option<String>)> = on!(conn, c => identity::table
        .inner_join(version::table.on(version::variation_id.eq(identity::id).and(version::version.eq(identity::version))))
        .filter(version::group_name.assume_not_null().eq_any(names))
        .filter(version::state.eq(VariationState::Applied)).filter(version::change_pence.ne(Pence::ZERO))
        .select((identity::id, version::before)).load(c))?;
    let known = rows.into_iter().filter_map(|(id, text)| Some((id, text?)));
    known.map(|(id, text)| Ok((id, serde_json::from_str(&text).map_err(Refusal::broken)?))).collect()
}

/// The variations that campaigns issued, each with its campaign, by award and number.
pub(super) fn of_campaigns(conn: &mut Conn, campaigns: &[Id]) -> Result<Vec<(Id, Variation)>, Refusal> {
    let rows: Vec<(Id, Id, String, i32, VersionRow, AwardState)> = on!(conn, c => current()
        .inner_join(link::table.on(link::variation_id.eq(identity::id)))
        .filter(link::campaign_id.eq_any(campaigns)).order((award::reference, identity::number))
        .select((link::campaign_id, identity::award_id, identity::reference, identity::number, VersionRow::as_select(), award_version::state))
        .load(c))?;
    let of = |(campaign, award, reference, number, row, state)| Ok((campaign, assemble((award, reference, number, row, state))?));
    rows.into_iter().map(of).collect()
}

/// The variations that a campaign issued on these awards.
pub(super) fn of_campaign_awards(conn: &mut Conn, campaign: Id, awards: &[Id]) -> Result<Vec<Variation>, Refusal> {
    let rows: Vec<Row> = on!(conn, c => current()
        .inner_join(link::table.on(link::variation_id.eq(identity::id)))
        .filter(link::campaign_id.eq(campaign)).filter(link::award_id.eq_any(awards))
        .select((identity::award_id, identity::reference, identity::number, VersionRow::as_select(), award_version::state)).load(c))?;
    rows.into_iter().map(assemble).collect()
}

/// How far the variations of campaigns have come: campaign, state, last day to answer, from when each holds, and how far its award has come.
pub(super) fn states_of_campaigns(conn: &mut Conn, campaigns: &[Id]) -> Result<Vec<CampaignStanding>, Refusal> {
    Ok(on!(conn, c => current()
        .inner_join(link::table.on(link::variation_id.eq(identity::id)))
        .filter(link::campaign_id.eq_any(campaigns))
        .select((link::campaign_id, version::state, version::answer_due_on, version::effective_on, award_version::state)).load(c))?)
}

/// Campaign, state, last day to answer, from when it holds, and how far its award has come.
pub(super) type CampaignStanding = (Id, VariationState, Option<NaiveDate>, NaiveDate, AwardState);

/// The applied variations of these awards that have changed the use of their funds, by award.
pub(super) fn applied_uses(conn: &mut Conn, awards: &[Id]) -> Result<HashMap<Id, Vec<VariationInput>>, Refusal> {
    let mut all: HashMap<Id, Vec<VariationInput>> = HashMap::new();
    for some in awards.chunks(AWARDS_AT_ONCE) {
        let rows: Vec<(Id, String)> = on!(conn, c => identity::table
            .inner_join(version::table.on(version::variation_id.eq(identity::id).and(version::version.eq(identity::version))))
            .filter(identity::award_id.eq_any(some))
            .filter(version::state.eq(VariationState::Applied))
            .select((identity::award_id, version::change)).load(c))?;
        for (award, text) in rows {
            let one: VariationInput = serde_json::from_str(&text).map_err(Refusal::broken)?;
            if !one.use_of_funds.is_empty() {
                all.entry(award).or_default().push(one);
            }
        }
    }
    Ok(all)
}

/// Who wrote a variation, each version of it.
pub(super) fn authors(conn: &mut Conn, id: Id) -> Result<Vec<Id>, Refusal> {
    let all: Vec<Option<Id>> = on!(conn, c => version::table.filter(version::variation_id.eq(id))
        .select(version::authored_by_id).distinct().load(c))?;
    Ok(all.into_iter().flatten().collect())
}

/// Whether a variation was out before this version of it, so that it was taken onto other figures since.
pub(super) fn was_issued_before(conn: &mut Conn, id: Id, before: i32) -> Result<bool, Refusal> {
    let count: i64 = on!(conn, c => version::table.filter(version::variation_id.eq(id)).filter(version::version.lt(before))
        .filter(version::issued_on.is_not_null()).count().get_result(c))?;
    Ok(count > 0)
}

/// Variations after the one `after` that are to be applied by themselves, and whose day is `today` or earlier, at most `limit`, by id. Those that
/// wait for their provider are among them only where they need no acceptance, which is told when they are applied.
pub(super) fn due(conn: &mut Conn, today: NaiveDate, after: Option<Id>, limit: i64) -> Result<Vec<Id>, Refusal> {
    let ids: Vec<Id> = on!(conn, c => {
        let mut query = identity::table
            .inner_join(version::table.on(version::variation_id.eq(identity::id).and(version::version.eq(identity::version))))
            .filter(version::application.eq(VariationApplication::OnItsDay))
            .filter(version::state.eq_any([VariationState::Issued, VariationState::Accepted]))
            .filter(version::effective_on.le(today))
            .order(identity::id).limit(limit).select(identity::id).into_boxed();
        if let Some(after) = after {
            query = query.filter(identity::id.gt(after));
        }
        query.load(c)
    })?;
    Ok(ids)
}

/// Variations after the one `after` whose last day to answer passed before `today`, at most `limit`, by id.
pub(super) fn overdue(conn: &mut Conn, today: NaiveDate, after: Option<Id>, limit: i64) -> Result<Vec<Id>, Refusal> {
    let ids: Vec<Id> = on!(conn, c => {
        let mut query = identity::table
            .inner_join(version::table.on(version::variation_id.eq(identity::id).and(version::version.eq(identity::version))))
            .filter(version::state.eq(VariationState::Issued))
            .filter(version::answer_due_on.lt(today))
            .order(identity::id).limit(limit).select(identity::id).into_boxed();
        if let Some(after) = after {
            query = query.filter(identity::id.gt(after));
        }
        query.load(c)
    })?;
    Ok(ids)
}
