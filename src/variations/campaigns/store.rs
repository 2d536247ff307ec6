//! Campaigns in the database.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;
use diesel::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::awards::rules::{AwardAct, AwardState};
use crate::kernel::{Id, Moment, Page, PageRequest, Refusal};
use crate::store::Conn;
use crate::store::schema::{
    award, award_terms, award_version, provider, provider_version, variation, variation_campaign as identity,
    variation_campaign_award as chosen, variation_campaign_left_out as left_out, variation_campaign_variation as link,
    variation_campaign_version as version, variation_reminder as reminder, variation_version as varied,
};
use crate::variations::campaigns::rules::{
    CampaignFilter, CampaignFormula, CampaignKind, CampaignOutcome, CampaignReason, CampaignState, ChosenBy, RowChange,
};
use crate::variations::rules::{VariationInput, VariationState};

/// A campaign in its current version.
#[derive(Debug, Clone)]
pub struct Campaign {
    /// Its id.
    pub id: Id,
    /// `VC-0007`.
    pub reference: String,
    /// Its number among all campaigns, from 1.
    pub number: i32,
    /// What it does to its awards.
    pub kind: CampaignKind,
    /// What it is called.
    pub name: String,
    /// How its awards were chosen.
    pub chosen_by: ChosenBy,
    /// What they have in common, where they were chosen by that.
    pub filter: Option<CampaignFilter>,
    /// The change that is the same for all.
    pub change: VariationInput,
    /// What is worked out for each.
    pub formula: Option<CampaignFormula>,
    /// Whether any award's value changes.
    pub moves_money: bool,
    /// When it was drafted.
    pub drafted_on: NaiveDate,
    /// Who drafted it, where somebody did who has signed in.
    pub drafted_by_id: Option<Id>,
    /// Who drafted it, by name.
    pub drafted_by: String,
    /// How far it has come.
    pub step: Step,
}

/// How far a campaign has come: one version of it.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = version)]
pub struct Step {
    /// The campaign.
    pub campaign_id: Id,
    /// Which version this is.
    pub version: i32,
    /// When it became known.
    pub recorded_at: Moment,
    /// The state.
    pub state: CampaignState,
    /// When it was issued.
    pub issued_on: Option<NaiveDate>,
    /// Who issued it.
    pub issued_by_id: Option<Id>,
    /// Who issued it, by name.
    pub issued_by: Option<String>,
    /// The last day to answer.
    pub answer_due_on: Option<NaiveDate>,
    /// Whether awards that could not be varied were left out.
    pub skips_refused: bool,
    /// How many awards were live then, of those that the choice finds.
    pub live_awards_count: Option<i32>,
    /// Why it was taken back.
    pub note: Option<String>,
}

/// An award of a campaign, as it was chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chosen {
    /// Its place among the awards of the campaign, from 1.
    pub place: i32,
    /// The award.
    pub award_id: Id,
    /// The row of the file that named it.
    pub source_row: Option<i32>,
    /// What that row says for it alone.
    pub change: RowChange,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = identity)]
struct Row {
    id: Id,
    reference: String,
    number: i32,
    version: i32,
    recorded_at: Moment,
    kind: CampaignKind,
    name: String,
    chosen_by: ChosenBy,
    choice: Option<String>,
    change: String,
    formula: Option<String>,
    is_unilateral: bool,
    moves_money: bool,
    drafted_on: NaiveDate,
    drafted_by_id: Option<Id>,
    drafted_by: String,
}

fn text<T: Serialize>(value: &T) -> Result<String, Refusal> {
    serde_json::to_string(value).map_err(Refusal::broken)
}

fn value<T: DeserializeOwned>(text: &str) -> Result<T, Refusal> {
    serde_json::from_str(text).map_err(Refusal::broken)
}

fn assemble((row, step): (Row, Step)) -> Result<Campaign, Refusal> {
    Ok(Campaign {
        id: row.id,
        reference: row.reference,
        number: row.number,
        kind: row.kind,
        name: row.name,
        chosen_by: row.chosen_by,
        filter: row.choice.as_deref().map(value).transpose()?,
        change: value(&row.change)?,
        formula: row.formula.as_deref().map(value).transpose()?,
        moves_money: row.moves_money,
        drafted_on: row.drafted_on,
        drafted_by_id: row.drafted_by_id,
        drafted_by: row.drafted_by,
        step,
    })
}

#[diesel::dsl::auto_type]
fn current() -> _ {
    identity::table.inner_join(version::table.on(version::campaign_id.eq(identity::id).and(version::version.eq(identity::version))))
}

/// The campaign as it stands now.
pub(super) fn load(conn: &mut Conn, id: Id) -> Result<Option<Campaign>, Refusal> {
    let row: Option<(Row, Step)> = on!(conn, c => current().filter(identity::id.eq(id))
        .select((Row::as_select(), Step::as_select())).first(c).optional())?;
    row.map(assemble).transpose()
}

/// A page of the campaigns, the latest first.
pub(super) fn page(conn: &mut Conn, state: Option<CampaignState>, request: &PageRequest) -> Result<Page<Campaign>, Refusal> {
    let after: Option<i32> = request.after()?;
    let rows: Vec<(Row, Step)> = on!(conn, c => {
        let mut query = current().order(identity::number.desc()).limit(request.fetch())
            .select((Row::as_select(), Step::as_select())).into_boxed();
        if let Some(state) = state { query = query.filter(version::state.eq(state)); }
        if let Some(after) = after { query = query.filter(identity::number.lt(after)); }
        query.load(c)
    })?;
    Ok(Page::cut(rows.into_iter().map(assemble).collect::<Result<Vec<_>, _>>()?, request, |one| one.number))
}

/// The highest number of a campaign; 0 without any.
pub(super) fn last_number(conn: &mut Conn) -> Result<i32, Refusal> {
    let last: Option<i32> = on!(conn, c => identity::table.select(diesel::dsl::max(identity::number)).first(c))?;
    Ok(last.unwrap_or(0))
}

/// How many rows go into one statement.
const AT_ONCE: usize = 500;

/// Writes a new campaign with its awards.
pub(super) fn begin(conn: &mut Conn, one: &Campaign, awards: &[Chosen]) -> Result<(), Refusal> {
    let row = Row {
        id: one.id,
        reference: one.reference.clone(),
        number: one.number,
        version: one.step.version,
        recorded_at: one.step.recorded_at,
        kind: one.kind,
        name: one.name.clone(),
        chosen_by: one.chosen_by,
        choice: one.filter.as_ref().map(text).transpose()?,
        change: text(&one.change)?,
        formula: one.formula.as_ref().map(text).transpose()?,
        is_unilateral: one.change.is_unilateral,
        moves_money: one.moves_money,
        drafted_on: one.drafted_on,
        drafted_by_id: one.drafted_by_id,
        drafted_by: one.drafted_by.clone(),
    };
    on!(conn, c => diesel::insert_into(identity::table).values(&row).execute(c))?;
    on!(conn, c => diesel::insert_into(version::table).values(&one.step).execute(c))?;
    let of_award = |award: &Chosen| -> Result<_, Refusal> {
        let change = if award.change == RowChange::default() { None } else { Some(text(&award.change)?) };
        Ok((
            chosen::campaign_id.eq(one.id),
            chosen::place.eq(award.place),
            chosen::award_id.eq(award.award_id),
            chosen::source_row.eq(award.source_row),
            chosen::change.eq(change),
        ))
    };
    for some in awards.chunks(AT_ONCE) {
        let rows: Vec<_> = some.iter().map(of_award).collect::<Result<_, _>>()?;
        on!(conn, c => diesel::insert_into(chosen::table).values(&rows).execute(c))?;
    }
    Ok(())
}

/// Moves a campaign on by one version.
pub(super) fn advance(conn: &mut Conn, step: &Step) -> Result<(), Refusal> {
    let before = identity::table.filter(identity::id.eq(step.campaign_id).and(identity::version.eq(step.version - 1)));
    let values = (identity::version.eq(step.version), identity::recorded_at.eq(step.recorded_at));
    if on!(conn, c => diesel::update(before).set(values).execute(c))? == 0 {
        return Err(Refusal::Stale);
    }
    on!(conn, c => diesel::insert_into(version::table).values(step).execute(c))?;
    Ok(())
}

/// The awards of a campaign, as they were chosen, in their order.
pub(super) fn chosen(conn: &mut Conn, campaign_id: Id) -> Result<Vec<Chosen>, Refusal> {
    let rows: Vec<ChosenRow> = on!(conn, c => chosen::table.filter(chosen::campaign_id.eq(campaign_id))
        .order(chosen::place).select((chosen::place, chosen::award_id, chosen::source_row, chosen::change)).load(c))?;
    rows.into_iter().map(as_chosen).collect()
}

type ChosenRow = (i32, Id, Option<i32>, Option<String>);

fn as_chosen((place, award_id, source_row, change): ChosenRow) -> Result<Chosen, Refusal> {
    let change = change.as_deref().map(value).transpose()?.unwrap_or_default();
    Ok(Chosen { place, award_id, source_row, change })
}

/// A page of the awards of a campaign, as they were chosen, in their order; of one outcome where that is asked for.
pub(super) fn chosen_page(
    conn: &mut Conn,
    campaign: &Campaign,
    (outcome, today): (Option<CampaignOutcome>, NaiveDate),
    request: &PageRequest,
) -> Result<Page<Chosen>, Refusal> {
    let after: Option<i32> = request.after()?;
    let (id, after, most) = (campaign.id, after.unwrap_or(0), request.fetch());
    let rows: Vec<ChosenRow> = match outcome {
        // Once it is issued each award has its variation or was left out.
        Some(CampaignOutcome::Chosen) if campaign.step.issued_on.is_some() => Vec::new(),
        None | Some(CampaignOutcome::Chosen) => on!(conn, c => chosen::table
            .filter(chosen::campaign_id.eq(id)).filter(chosen::place.gt(after)).order(chosen::place).limit(most)
            .select((chosen::place, chosen::award_id, chosen::source_row, chosen::change)).load(c))?,
        Some(CampaignOutcome::LeftOut) => on!(conn, c => chosen::table
            .inner_join(left_out::table.on(left_out::campaign_id.eq(chosen::campaign_id).and(left_out::award_id.eq(chosen::award_id))))
            .filter(chosen::campaign_id.eq(id)).filter(chosen::place.gt(after)).order(chosen::place).limit(most)
            .select((chosen::place, chosen::award_id, chosen::source_row, chosen::change)).load(c))?,
        Some(outcome) => match standing_of(outcome, campaign.change.is_unilateral) {
            Some(wanted) => with_variation(conn, id, (wanted, today), (after, most))?,
            None => Vec::new(),
        },
    };
    Ok(Page::cut(rows.into_iter().map(as_chosen).collect::<Result<Vec<_>, _>>()?, request, |one| one.place))
}

/// Where a variation stands.
#[derive(Clone, Copy)]
enum Wanted {
    /// In this state, whatever its last day to answer.
    In(VariationState),
    /// Issued, its last day to answer not over; of an award that can be varied, or cannot any more, where that is asked.
    Open(Option<bool>),
    /// Not answered in time.
    Over,
}

/// Where the variations of this outcome stand, as `rules::outcome` says it; nothing where no variation of such a campaign can.
const fn standing_of(outcome: CampaignOutcome, is_unilateral: bool) -> Option<Wanted> {
    match outcome {
        CampaignOutcome::Chosen | CampaignOutcome::LeftOut => None,
        CampaignOutcome::Waiting if is_unilateral => None,
        CampaignOutcome::Waiting => Some(Wanted::Open(Some(true))),
        CampaignOutcome::AwardEnded if is_unilateral => None,
        CampaignOutcome::AwardEnded => Some(Wanted::Open(Some(false))),
        CampaignOutcome::Ready if is_unilateral => Some(Wanted::Open(None)),
        CampaignOutcome::Ready => None,
        CampaignOutcome::Accepted => Some(Wanted::In(VariationState::Accepted)),
        CampaignOutcome::Declined => Some(Wanted::In(VariationState::Refused)),
        CampaignOutcome::Lapsed => Some(Wanted::Over),
        CampaignOutcome::Withdrawn => Some(Wanted::In(VariationState::Withdrawn)),
        CampaignOutcome::Applied => Some(Wanted::In(VariationState::Applied)),
    }
}

/// Awards of a campaign whose variations stand there.
fn with_variation(
    conn: &mut Conn,
    campaign_id: Id,
    (wanted, today): (Wanted, NaiveDate),
    (after, most): (i32, i64),
) -> Result<Vec<ChosenRow>, Refusal> {
    let that = |is_open: bool| -> Vec<AwardState> {
        AwardState::ALL.iter().copied().filter(|state| AwardAct::Vary.is_open_in(*state) == is_open).collect()
    };
    Ok(on!(conn, c => {
        let mut query = chosen::table
            .inner_join(link::table.on(link::campaign_id.eq(chosen::campaign_id).and(link::award_id.eq(chosen::award_id))))
            .inner_join(variation::table.on(variation::id.eq(link::variation_id)))
            .inner_join(varied::table.on(varied::variation_id.eq(variation::id).and(varied::version.eq(variation::version))))
            .inner_join(award::table.on(award::id.eq(chosen::award_id)))
            .inner_join(award_version::table.on(award_version::award_id.eq(award::id).and(award_version::version.eq(award::version))))
            .filter(chosen::campaign_id.eq(campaign_id)).filter(chosen::place.gt(after)).order(chosen::place).limit(most)
            .select((chosen::place, chosen::award_id, chosen::source_row, chosen::change)).into_boxed();
        query = match wanted {
            Wanted::In(state) => query.filter(varied::state.eq(state)),
            Wanted::Open(_) => query.filter(varied::state.eq(VariationState::Issued))
                .filter(varied::answer_due_on.is_null().or(varied::answer_due_on.ge(today).assume_not_null())),
            Wanted::Over => query.filter(varied::state.eq(VariationState::Lapsed)
                .or(varied::state.eq(VariationState::Issued).and(varied::answer_due_on.lt(today).assume_not_null()))),
        };
        if let Wanted::Open(Some(is_open)) = wanted {
            query = query.filter(award_version::state.eq_any(that(is_open)));
        }
        query.load(c)
    })?)
}

/// The provider of each award of a campaign that was not left out, as the award stands today; none where it has none.
pub(super) fn providers(conn: &mut Conn, campaign_id: Id) -> Result<Vec<Option<Id>>, Refusal> {
    let out: Vec<Id> = on!(conn, c => left_out::table.filter(left_out::campaign_id.eq(campaign_id)).select(left_out::award_id).load(c))?;
    let out: HashSet<Id> = out.into_iter().collect();
    let rows: Vec<(Id, Option<Id>)> = on!(conn, c => chosen::table
        .inner_join(award::table.on(award::id.eq(chosen::award_id)))
        .inner_join(award_version::table.on(award_version::award_id.eq(award::id).and(award_version::version.eq(award::version))))
        .inner_join(award_terms::table.on(award_terms::award_id.eq(award::id).and(award_terms::terms_no.eq(award_version::terms_no))))
        .filter(chosen::campaign_id.eq(campaign_id)).select((chosen::award_id, award_terms::provider_id)).load(c))?;
    Ok(rows.into_iter().filter(|(award, _)| !out.contains(award)).map(|(_, provider)| provider).collect())
}

/// How many awards each of these campaigns has.
pub(super) fn sizes(conn: &mut Conn, campaigns: &[Id]) -> Result<HashMap<Id, i64>, Refusal> {
    let rows: Vec<(Id, i64)> = on!(conn, c => chosen::table.filter(chosen::campaign_id.eq_any(campaigns)).group_by(chosen::campaign_id)
        .select((chosen::campaign_id, diesel::dsl::count_star())).load(c))?;
    Ok(rows.into_iter().collect())
}

/// An award of a campaign as a list shows it: id, reference, title, and its provider's id, reference and name.
pub(super) type Shown = (Id, String, String, Option<(Id, String, String)>);

/// How these awards are called today, with their providers.
pub(super) fn shown(conn: &mut Conn, awards: &[Id]) -> Result<Vec<Shown>, Refusal> {
    let awards: Vec<(Id, String, String, Option<Id>)> = on!(conn, c => award::table
        .inner_join(award_version::table.on(award_version::award_id.eq(award::id).and(award_version::version.eq(award::version))))
        .inner_join(award_terms::table.on(award_terms::award_id.eq(award::id).and(award_terms::terms_no.eq(award_version::terms_no))))
        .filter(award::id.eq_any(awards))
        .select((award::id, award::reference, award_terms::title, award_terms::provider_id)).load(c))?;
    let providers: Vec<(Id, String, String)> = on!(conn, c => provider::table
        .inner_join(provider_version::table.on(provider_version::provider_id.eq(provider::id).and(provider_version::version.eq(provider::version))))
        .filter(provider::id.eq_any(awards.iter().filter_map(|(_, _, _, id)| *id).collect::<Vec<_>>()))
        .select((provider::id, provider::reference, provider_version::name)).load(c))?;
    let providers: HashMap<Id, (Id, String, String)> = providers.into_iter().map(|one| (one.0, one)).collect();
    let of = |(id, reference, title, provider): (Id, String, String, Option<Id>)| {
        (id, reference, title, provider.and_then(|provider| providers.get(&provider).cloned()))
    };
    Ok(awards.into_iter().map(of).collect())
}

/// Notes which variations a campaign issued: variation and award.
pub(super) fn link_all(conn: &mut Conn, campaign_id: Id, variations: &[(Id, Id)]) -> Result<(), Refusal> {
    let of = |(variation_id, award_id): &(Id, Id)| {
        (link::variation_id.eq(*variation_id), link::campaign_id.eq(campaign_id), link::award_id.eq(*award_id))
    };
    for some in variations.chunks(AT_ONCE) {
        let rows: Vec<_> = some.iter().map(of).collect();
        on!(conn, c => diesel::insert_into(link::table).values(&rows).execute(c))?;
    }
    Ok(())
}

/// Those of these variations that a campaign issued.
pub(super) fn issued(conn: &mut Conn, variations: &[Id]) -> Result<Vec<Id>, Refusal> {
    Ok(on!(conn, c => link::table.filter(link::variation_id.eq_any(variations)).select(link::variation_id).load(c))?)
}

/// Those of these variations that a campaign which changes values issued, each with who drafted that.
pub(super) fn drafters_of_money(conn: &mut Conn, variations: &[Id]) -> Result<Vec<(Id, Option<Id>)>, Refusal> {
    Ok(on!(conn, c => link::table.inner_join(identity::table.on(identity::id.eq(link::campaign_id)))
        .filter(link::variation_id.eq_any(variations)).filter(identity::moves_money.eq(true))
        .select((link::variation_id, identity::drafted_by_id)).load(c))?)
}

/// Notes which awards were left out, and why.
pub(super) fn leave_out(conn: &mut Conn, campaign_id: Id, at: Moment, awards: &[(Id, Vec<CampaignReason>)]) -> Result<(), Refusal> {
    let of = |(award_id, reasons): &(Id, Vec<CampaignReason>)| -> Result<_, Refusal> {
        Ok((
            left_out::campaign_id.eq(campaign_id),
            left_out::award_id.eq(*award_id),
            left_out::recorded_at.eq(at),
            left_out::reasons.eq(text(reasons)?),
        ))
    };
    for some in awards.chunks(AT_ONCE) {
        let rows: Vec<_> = some.iter().map(of).collect::<Result<_, _>>()?;
        on!(conn, c => diesel::insert_into(left_out::table).values(&rows).execute(c))?;
    }
    Ok(())
}

/// Those of these awards that were left out of a campaign, with the reasons.
pub(super) fn left_out(conn: &mut Conn, campaign_id: Id, awards: &[Id]) -> Result<HashMap<Id, Vec<CampaignReason>>, Refusal> {
    let rows: Vec<(Id, String)> = on!(conn, c => left_out::table.filter(left_out::campaign_id.eq(campaign_id))
        .filter(left_out::award_id.eq_any(awards)).select((left_out::award_id, left_out::reasons)).load(c))?;
    rows.into_iter().map(|(award, reasons)| Ok((award, value(&reasons)?))).collect()
}

/// How many awards were left out of each of these campaigns.
pub(super) fn left_out_counts(conn: &mut Conn, campaigns: &[Id]) -> Result<HashMap<Id, i64>, Refusal> {
    let rows: Vec<(Id, i64)> = on!(conn, c => left_out::table.filter(left_out::campaign_id.eq_any(campaigns))
        .group_by(left_out::campaign_id).select((left_out::campaign_id, diesel::dsl::count_star())).load(c))?;
    Ok(rows.into_iter().collect())
}

/// The last day on which the provider was reminded of each variation of a campaign on these awards.
pub(super) fn reminded(conn: &mut Conn, campaign_id: Id, awards: &[Id]) -> Result<HashMap<Id, NaiveDate>, Refusal> {
    let rows: Vec<(Id, NaiveDate)> = on!(conn, c => reminder::table.inner_join(link::table.on(link::variation_id.eq(reminder::variation_id)))
        .filter(link::campaign_id.eq(campaign_id)).filter(link::award_id.eq_any(awards)).order(reminder::reminded_on)
        .select((reminder::variation_id, reminder::reminded_on)).load(c))?;
    Ok(rows.into_iter().collect())
}

/// Notes that the provider of a variation is reminded on a day. False where it was before.
pub(super) fn note_reminder(conn: &mut Conn, variation_id: Id, on: NaiveDate, at: Moment) -> Result<bool, Refusal> {
    let values = (reminder::variation_id.eq(variation_id), reminder::reminded_on.eq(on), reminder::recorded_at.eq(at));
    Ok(on!(conn, c => diesel::insert_into(reminder::table).values(values).on_conflict_do_nothing().execute(c))? == 1)
}
