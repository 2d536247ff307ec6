//! Reading one award.

use std::collections::HashMap;

use chrono::NaiveDate;
use diesel::prelude::*;

use super::children::{self, Children};
use super::names::{self, Names};
use super::rows::{Standing, TermsRow};
use super::successors;
use crate::awards::monitoring;
use crate::awards::monitoring::rules::AgreedCondition;
use crate::awards::rules::{AwardInput, AwardState, PeriodSpan, QuarterAmount};
use crate::kernel::{FigureNote, Id, Moment, Named, Page, PageRequest, Pence, Refusal};
use crate::store::Conn;
use crate::store::schema::{award, award_terms, award_version, fund, fund_period, fund_period_version, fund_version};

/// An award as it stands now.
#[derive(Debug, Clone)]
pub struct Award {
    /// Its id.
    pub id: Id,
    /// What people call it: `CIF-2020-21-T3-0007`.
    pub reference: String,
    /// Its version, which `If-Match` compares.
    pub version: i32,
    /// Where it stands.
    pub standing: Standing,
    /// What it commits to. `split` is as it was asked for; `profile` is left out, see [`crate::awards::acts::profile`].
    pub terms: AwardInput,
    /// What each budget line pays. Empty in a draft without a split of its own, and where no money moves.
    pub split: Vec<(Id, Pence)>,
    /// Amounts of later years, subject to funding: outside the ledger. What awards that go on with it commit is not in it (R08).
    pub forward_pence: Pence,
    /// Its row in the printed list.
    pub position: Option<i32>,
    /// How its amount was printed.
    pub figure: FigureNote,
    /// Names of what it refers to.
    pub names: AwardNames,
    /// The days of its fund period.
    pub period: PeriodSpan,
    /// Which body is party to the agreement.
    pub body_id: Option<Id>,
    /// What has gone out of it for each quarter, or is on its way: told where new terms are weighed, and empty elsewhere, since payments are no matter of an
    /// award.
    pub gone_out: Vec<QuarterAmount>,
}

/// Names of the records that an award refers to.
#[derive(Debug, Clone)]
pub struct AwardNames {
    /// The fund.
    pub fund: Named,
    /// The fund period's label: `2020-21`.
    pub period_label: String,
    /// The tranche's reference and number.
    pub tranche: Option<(String, i32)>,
    /// The provider.
    pub provider: Option<Named>,
    /// The service line.
    pub service_line: Option<Named>,
    /// The programme.
    pub programme: Option<Named>,
    /// The areas that benefit.
    pub areas: Vec<Named>,
    /// The body that is party to the agreement.
    pub commissioning_body: Option<Named>,
}

impl Award {
    /// Whether it commits money: a part of another award does not, nor does one whose amount is not known.
    #[must_use]
    pub fn moves_money(&self) -> Option<Pence> {
        self.terms.amount_pence.filter(|amount| amount.is_positive() && self.terms.component_of.is_none())
    }

    /// Whether its provider may see it: from the offer on.
    #[must_use]
    pub const fn is_shown_to_provider(&self) -> bool {
        self.standing.offered_on.is_some()
    }

    /// Its state.
    #[must_use]
    pub const fn state(&self) -> AwardState {
        self.standing.state
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = award)]
pub(super) struct ShownRow {
    id: Id,
    reference: String,
    #[diesel(embed)]
    standing: Standing,
    #[diesel(embed)]
    pub(super) terms: TermsRow,
    #[diesel(select_expression = fund_period::label, select_expression_type = fund_period::label)]
    period_label: String,
    #[diesel(select_expression = fund_period_version::starts_on, select_expression_type = fund_period_version::starts_on)]
    period_starts_on: NaiveDate,
    #[diesel(select_expression = fund_period_version::ends_on, select_expression_type = fund_period_version::ends_on)]
    period_ends_on: NaiveDate,
    #[diesel(select_expression = fund::id, select_expression_type = fund::id)]
    fund_id: Id,
    #[diesel(select_expression = fund::code, select_expression_type = fund::code)]
    fund_code: String,
    #[diesel(select_expression = fund_version::name, select_expression_type = fund_version::name)]
    fund_name: String,
}

impl ShownRow {
    pub(super) fn reference(&self) -> &str {
        &self.reference
    }

    pub(super) const fn key(&self) -> (Id, i32) {
        (self.id, self.standing.terms_no)
    }

    pub(super) fn award(self, found: Names, children: Children) -> Award {
        let figure = self.terms.figure();
        let terms = AwardInput {
            area_ids: children.areas.iter().map(|area| area.id).collect(),
            split: children.asked,
            annual_amounts: children.years,
            ..self.terms.terms()
        };
        let names = AwardNames {
            fund: Named { id: self.fund_id, code: self.fund_code, name: self.fund_name },
            period_label: self.period_label,
            tranche: found.tranche,
            provider: found.provider,
            service_line: found.service_line,
            programme: found.programme,
            areas: children.areas,
            commissioning_body: found.commissioning_body,
        };
        Award {
            id: self.id,
            reference: self.reference,
            version: self.standing.version,
            standing: self.standing,
            terms,
            split: children.split,
            forward_pence: self.terms.forward_pence,
            position: self.terms.position,
            figure,
            names,
            period: PeriodSpan { starts_on: self.period_starts_on, ends_on: self.period_ends_on },
            body_id: self.terms.commissioning_body_id,
            gone_out: Vec::new(),
        }
    }
}

/// Awards in each version with the terms that held then, and their fund period.
#[diesel::dsl::auto_type]
pub(super) fn versioned() -> _ {
    award::table
        .inner_join(award_version::table.on(award_version::award_id.eq(award::id)))
        .inner_join(award_terms::table.on(award_terms::award_id.eq(award::id).and(award_terms::terms_no.eq(award_version::terms_no))))
        .inner_join(fund_period::table.on(fund_period::id.eq(award_terms::fund_period_id)))
        .inner_join(
            fund_period_version::table
                .on(fund_period_version::period_id.eq(fund_period::id).and(fund_period_version::version.eq(fund_period::version))),
        )
        .inner_join(fund::table.on(fund::id.eq(fund_period::fund_id)))
        .inner_join(fund_version::table.on(fund_version::fund_id.eq(fund::id).and(fund_version::version.eq(fund::version))))
}

/// Awards in their current version with their current terms and their fund period.
#[diesel::dsl::auto_type]
pub(super) fn standing() -> _ {
    versioned().filter(award_version::version.eq(award::version))
}

/// The award as it stands now.
pub fn find(conn: &mut Conn, id: Id) -> Result<Option<Award>, Refusal> {
    let row: Option<ShownRow> = on!(conn, c => standing().filter(award::id.eq(id)).select(ShownRow::as_select()).first(c).optional())?;
    whole(conn, row)
}

/// The award as it stood in one of its versions.
pub fn find_at(conn: &mut Conn, id: Id, version: i32) -> Result<Option<Award>, Refusal> {
    let row: Option<ShownRow> = on!(conn, c => versioned()
        .filter(award::id.eq(id)).filter(award_version::version.eq(version)).select(ShownRow::as_select()).first(c).optional())?;
    whole(conn, row)
}

fn whole(conn: &mut Conn, row: Option<ShownRow>) -> Result<Option<Award>, Refusal> {
    let Some(row) = row else { return Ok(None) };
    let (names, children) = (names::of_one(conn, &row.terms)?, children::of_one(conn, row.key())?);
    let mut found = [row.award(names, children)];
    successors::net(conn, &mut found)?;
    let [award] = found;
    Ok(Some(award))
}

/// References and titles of the awards among `ids`, by id.
pub fn named(conn: &mut Conn, ids: &[Id]) -> Result<HashMap<Id, Named>, Refusal> {
    let rows: Vec<(Id, String, String)> = on!(conn, c => award::table
        .inner_join(award_version::table.on(award_version::award_id.eq(award::id).and(award_version::version.eq(award::version))))
        .inner_join(award_terms::table.on(award_terms::award_id.eq(award::id).and(award_terms::terms_no.eq(award_version::terms_no))))
        .filter(award::id.eq_any(ids))
        .select((award::id, award::reference, award_terms::title))
        .load(c))?;
    Ok(Named::by_id(rows))
}

/// What each of these awards is for, where that is known.
pub fn amounts(conn: &mut Conn, ids: &[Id]) -> Result<HashMap<Id, Pence>, Refusal> {
    let rows: Vec<(Id, Option<Pence>)> = on!(conn, c => award::table
        .inner_join(award_version::table.on(award_version::award_id.eq(award::id).and(award_version::version.eq(award::version))))
        .inner_join(award_terms::table.on(award_terms::award_id.eq(award::id).and(award_terms::terms_no.eq(award_version::terms_no))))
        .filter(award::id.eq_any(ids)).select((award::id, award_terms::amount_pence)).load(c))?;
    Ok(rows.into_iter().filter_map(|(id, amount)| Some((id, amount?))).collect())
}

/// The day on which each of these awards was accepted, where that is known.
pub fn acceptances(conn: &mut Conn, ids: &[Id]) -> Result<HashMap<Id, NaiveDate>, Refusal> {
    let mut all = HashMap::new();
    // In pieces, since a statement takes only so many parameters.
    for some in ids.chunks(5_000) {
        let rows: Vec<(Id, Option<NaiveDate>)> = on!(conn, c => award::table
            .inner_join(award_version::table.on(award_version::award_id.eq(award::id).and(award_version::version.eq(award::version))))
            .filter(award::id.eq_any(some)).select((award::id, award_version::accepted_on)).load(c))?;
        all.extend(rows.into_iter().filter_map(|(id, day)| Some((id, day?))));
    }
    Ok(all)
}

/// The awards that a fund pays, as they stand now.
pub fn of_fund(conn: &mut Conn, fund_id: Id) -> Result<Vec<Id>, Refusal> {
    Ok(on!(conn, c => standing().filter(fund::id.eq(fund_id)).order(award::id).select(award::id).load(c))?)
}

/// Offers after the one `after` whose last day to accept passed before `today`, at most `limit`, by id.
pub fn overdue(conn: &mut Conn, today: NaiveDate, after: Option<Id>, limit: i64) -> Result<Vec<Id>, Refusal> {
    let ids: Vec<Id> = on!(conn, c => {
        let mut query = award_version::table
            .inner_join(award::table.on(award::id.eq(award_version::award_id).and(award::version.eq(award_version::version))))
            .filter(award_version::state.eq(AwardState::Offered))
            .filter(award_version::acceptance_due_on.lt(today))
            .order(award::id)
            .limit(limit)
            .select(award::id)
            .into_boxed();
        if let Some(after) = after {
            query = query.filter(award::id.gt(after));
        }
        query.load(c)
    })?;
    Ok(ids)
}

/// One version of the agreement.
#[derive(Debug, Clone)]
pub struct TermsVersion {
    /// Its number, from 1.
    pub terms_no: i32,
    /// When it became known.
    pub recorded_at: Moment,
    /// From when it holds.
    pub effective_on: NaiveDate,
    /// The variation that made it; none for the first agreement.
    pub variation_id: Option<Id>,
    /// The novation that made it, where one did.
    pub novation_id: Option<Id>,
    /// The body that is party to it.
    pub body_id: Option<Id>,
    /// Amounts of later years, subject to funding.
    pub forward_pence: Pence,
    /// What it says, profile included. `split` holds what each budget line pays, once that is settled.
    pub terms: AwardInput,
    /// The conditions that were offered or agreed with it.
    pub conditions: Vec<AgreedCondition>,
}

/// Versions of one award's terms, with what is in their lists.
fn versions_of(conn: &mut Conn, award_id: Id, rows: Vec<TermsRow>) -> Result<Vec<TermsVersion>, Refusal> {
    let numbers = || rows.iter().map(|row| row.terms_no);
    let Some(span) = numbers().min().zip(numbers().max()) else { return Ok(Vec::new()) };
    let mut conditions = conditions_of(conn, award_id, &rows)?;
    let mut children = children::of_versions(conn, award_id, span)?;
    let mut profiles = children::quarters_of(conn, award_id, span)?;
    let version = |row: TermsRow| {
        let children = children.remove(&row.terms_no).unwrap_or_default();
        TermsVersion {
            terms_no: row.terms_no,
            recorded_at: row.recorded_at,
            effective_on: row.effective_on,
            variation_id: row.variation_id,
            novation_id: row.novation_id,
            body_id: row.commissioning_body_id,
            forward_pence: row.forward_pence,
            terms: AwardInput {
                area_ids: children.areas.iter().map(|area| area.id).collect(),
                split: children.asked,
                annual_amounts: children.years,
                profile: profiles.remove(&row.terms_no).unwrap_or_default(),
                ..row.terms()
            },
            conditions: conditions.remove(&row.terms_no).unwrap_or_default(),
        }
    };
    Ok(rows.into_iter().map(version).collect())
}

/// The conditions that were offered or agreed with these versions, by number. A variation brings its own in the same act; any other version has those
/// of the offer, and a draft the last ones. Steps are never changed, so this reads the same for ever.
fn conditions_of(conn: &mut Conn, award_id: Id, rows: &[TermsRow]) -> Result<HashMap<i32, Vec<AgreedCondition>>, Refusal> {
    let steps: Vec<(i32, i32, Moment, AwardState)> = on!(conn, c => award_version::table
        .filter(award_version::award_id.eq(award_id)).order(award_version::version)
        .select((award_version::terms_no, award_version::conditions_no, award_version::recorded_at, award_version::state)).load(c))?;
    let mut lists = HashMap::new();
    for row in rows {
        let own = || steps.iter().filter(move |step| step.0 == row.terms_no);
        let made = own().rfind(|step| row.variation_id.is_some() && step.2 == row.recorded_at);
        let step = made.or_else(|| own().find(|step| step.3 != AwardState::Draft)).or_else(|| own().next_back());
        lists.extend(step.filter(|step| step.1 > 0).map(|step| (row.terms_no, step.1)));
    }
    let numbers: Vec<i32> = lists.values().copied().collect();
    let found = if numbers.is_empty() { HashMap::new() } else { monitoring::agreed(conn, award_id, &numbers)? };
    Ok(lists.into_iter().filter_map(|(terms_no, number)| Some((terms_no, found.get(&number)?.clone()))).collect())
}

/// Every version of an award's standing, the first one first.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn standings(conn: &mut Conn, award_id: Id) -> Result<Vec<Standing>, Refusal> {
    let rows: Vec<Standing> = on!(conn, c => award_version::table
        .filter(award_version::award_id.eq(award_id)).order(award_version::version).select(Standing::as_select()).load(c))?;
    Ok(rows)
}

/// The terms with a number.
pub fn terms_at(conn: &mut Conn, award_id: Id, terms_no: i32) -> Result<Option<TermsVersion>, Refusal> {
    let row: Option<TermsRow> =
        on!(conn, c => award_terms::table.find((award_id, terms_no)).select(TermsRow::as_select()).first(c).optional())?;
    Ok(versions_of(conn, award_id, row.into_iter().collect())?.pop())
}

/// Every version of the agreement, the first one first.
pub fn all_terms(conn: &mut Conn, award_id: Id) -> Result<Vec<TermsVersion>, Refusal> {
    let rows: Vec<TermsRow> = on!(conn, c => award_terms::table
        .filter(award_terms::award_id.eq(award_id)).order(award_terms::terms_no).select(TermsRow::as_select()).load(c))?;
    versions_of(conn, award_id, rows)
}

/// The versions of the agreement from number `first` to `last`.
pub fn versions(conn: &mut Conn, award_id: Id, (first, last): (i32, i32), page: &PageRequest) -> Result<Page<TermsVersion>, Refusal> {
    let after: i32 = page.after()?.unwrap_or(0).max(first - 1);
    let rows: Vec<TermsRow> = on!(conn, c => award_terms::table
        .filter(award_terms::award_id.eq(award_id))
        .filter(award_terms::terms_no.gt(after))
        .filter(award_terms::terms_no.le(last))
        .order(award_terms::terms_no)
        .limit(page.fetch())
        .select(TermsRow::as_select())
        .load(c))?;
    let cut = Page::cut(rows, page, |row| row.terms_no);
    Ok(Page { items: versions_of(conn, award_id, cut.items)?, next_cursor: cut.next_cursor })
}
