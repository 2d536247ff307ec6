//! Unspent money over HTTP.

use std::collections::HashMap;

use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

use crate::access::permissions::can;
use crate::awards::acts as awards;
use crate::funds::rules::UnspentRule;
use crate::http::act::Stored;
use crate::http::{Api, Ask, Json, Listed, Listing, Made, MoneyCreate, NoFilter};
use crate::kernel::{Id, Moment, Named, Pence, Refusal};
use crate::payments::runs::acts as runs;
use crate::payments::year_end::acts::decisions::{self as acts, DecidedLine, Unspent};
use crate::payments::year_end::acts::{self as year_ends, DecisionRow};
use crate::payments::year_end::routes::paged;
use crate::payments::year_end::rules::books::SpendBasis;
use crate::payments::year_end::rules::unspent::{UnspentDecisionInput, UnspentMoney, UnspentOutcome};
use crate::store::Conn;

/// What of a budget line's money is unspent: with an award, or on the line itself.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct UnspentView {
    /// The award; none for what the line itself has free.
    pub award: Option<Named>,
    /// The budget line.
    pub budget_line: Named,
    /// The source whose money it is.
    pub funding_source: Named,
    /// What becomes of its unspent money: as the line says and, where it says nothing, its fund; none where neither does (R13).
    pub unspent_rule: Option<UnspentRule>,
    /// What was paid up to the cut-off, less what was recovered by then.
    #[schema(value_type = i64)]
    pub net_paid_pence: Pence,
    /// The line's share of what was spent.
    #[schema(value_type = i64)]
    pub spent_pence: Pence,
    /// How what was spent is known; none for the line itself.
    pub basis: Option<SpendBasis>,
    /// Paid and not spent: with the provider.
    #[schema(value_type = i64)]
    pub unspent_pence: Pence,
    /// Of that what somebody decided on.
    #[schema(value_type = i64)]
    pub decided_pence: Pence,
    /// Of that what came back after the cut-off: it is free on the line since, and decided on there.
    #[schema(value_type = i64)]
    pub received_later_pence: Pence,
    /// Of that what can be decided on yet.
    #[schema(value_type = i64)]
    pub undecided_pence: Pence,
    /// Committed and not paid.
    #[schema(value_type = i64)]
    pub committed_pence: Pence,
    /// Of that what was neither spent nor paid: to be released by closing the award or by a variation.
    #[schema(value_type = i64)]
    pub releasable_pence: Pence,
    /// Released before it was paid, by this award.
    #[schema(value_type = i64)]
    pub released_pence: Pence,
    /// Of that what somebody decided on.
    #[schema(value_type = i64)]
    pub released_decided_pence: Pence,
    /// What the line has free in the fund period now; none beside an award.
    #[schema(value_type = Option<i64>)]
    pub free_pence: Option<Pence>,
    /// What the line had free at the cut-off and nobody decided on yet, also where it was offered since; none beside an award.
    #[schema(value_type = Option<i64>)]
    pub free_undecided_pence: Option<Pence>,
}

/// A decision on unspent money.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct UnspentDecisionView {
    /// Its id.
    pub id: Id,
    /// The fund period.
    pub fund_period_id: Id,
    /// When it became known.
    pub recorded_at: Moment,
    /// The day on which money moved.
    pub effective_on: NaiveDate,
    /// Who decided.
    #[schema(max_length = 300)]
    pub decided_by: String,
    /// Why.
    #[schema(max_length = 1000)]
    pub reason: String,
    /// What becomes of which money.
    #[schema(max_items = 500)]
    pub lines: Vec<UnspentDecidedView>,
}

/// What becomes of some unspent money.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct UnspentDecidedView {
    /// The budget line.
    pub budget_line_id: Id,
    /// The award that left it unspent.
    pub award_id: Option<Id>,
    /// Where it was.
    pub money: UnspentMoney,
    /// What becomes of it.
    pub decision: UnspentRule,
    /// How much.
    pub amount_pence: Pence,
    /// The budget line that it is carried to.
    pub to_budget_line_id: Option<Id>,
    /// The funder's written consent, at `/v1/documents/{id}`.
    pub consent_document_id: Option<Id>,
    /// Whether it is done, or the money is to be asked back first. What was asked back and came is done: it is on the line, and decided on there.
    pub outcome: UnspentOutcome,
    /// The movement, where money moved.
    pub transfer_id: Option<Id>,
}

type Called = HashMap<Id, (Named, Named)>;

fn rows(conn: &mut Conn, found: &Unspent) -> Result<Vec<UnspentView>, Refusal> {
    let called: Called = runs::lines(conn, &found.lines.iter().map(|left| left.line.id).collect::<Vec<_>>())?;
    let names = awards::named(conn, &found.awards.iter().map(|award| award.id).collect::<Vec<_>>())?;
    let rules: HashMap<Id, Option<UnspentRule>> = found.lines.iter().map(|left| (left.line.id, left.rule)).collect();
    let mut rows = Vec::new();
    for left in &found.lines {
        let free_row = blank(&called, left.line.id, left.rule);
        rows.extend(free_row.map(|row| UnspentView { free_pence: Some(left.free), free_undecided_pence: Some(left.undecided), ..row }));
    }
    for award in &found.awards {
        for one in award.settled() {
            let line = one.budget_line_id;
            let Some(row) = blank(&called, line, rules.get(&line).copied().flatten()) else { continue };
            rows.push(UnspentView {
                award: names.get(&award.id).cloned(),
                net_paid_pence: one.of_line.paid,
                spent_pence: one.spent,
                basis: Some(award.basis()),
                unspent_pence: one.unspent,
                decided_pence: found.decided(UnspentMoney::WithProvider, award.id, line),
                received_later_pence: found.came_later(award.id, line),
                undecided_pence: found.with_provider(award.id, line, one.unspent).0,
                committed_pence: one.of_line.committed,
                releasable_pence: one.of_line.committed - one.owed,
                released_pence: one.of_line.released,
                released_decided_pence: found.decided(UnspentMoney::Released, award.id, line),
                ..row
            });
        }
    }
    Ok(rows)
}

fn blank(called: &Called, line: Id, unspent_rule: Option<UnspentRule>) -> Option<UnspentView> {
    let (budget_line, funding_source) = called.get(&line)?.clone();
    let nothing = Pence::ZERO;
    Some(UnspentView {
        award: None,
        budget_line,
        funding_source,
        unspent_rule,
        net_paid_pence: nothing,
        spent_pence: nothing,
        basis: None,
        unspent_pence: nothing,
        decided_pence: nothing,
        received_later_pence: nothing,
        undecided_pence: nothing,
        committed_pence: nothing,
        releasable_pence: nothing,
        released_pence: nothing,
        released_decided_pence: nothing,
        free_pence: None,
        free_undecided_pence: None,
    })
}

fn key(row: &UnspentView) -> String {
    format!("{} {}", row.award.as_ref().map(|award| award.code.as_str()).unwrap_or_default(), row.budget_line.id)
}

fn decision((row, lines): (DecisionRow, Vec<DecidedLine>)) -> UnspentDecisionView {
    let line = |DecidedLine { row: one, to_ask_back }: DecidedLine| UnspentDecidedView {
        budget_line_id: one.budget_line_id,
        award_id: one.award_id,
        money: one.money,
        decision: one.decision,
        amount_pence: one.amount_pence,
        to_budget_line_id: one.to_budget_line_id,
        consent_document_id: one.consent_document_id,
        outcome: if to_ask_back.is_positive() { UnspentOutcome::ToAskBack } else { UnspentOutcome::Done },
        transfer_id: one.transfer_id,
    };
    UnspentDecisionView {
        id: row.id,
        fund_period_id: row.fund_period_id,
        recorded_at: row.recorded_at,
        effective_on: row.effective_on,
        decided_by: row.decided_by_name,
        reason: row.reason,
        lines: lines.into_iter().map(line).collect(),
    }
}

async fn unspent(call: Ask<can::YearEndRead, Id, Listing<NoFilter>>) -> Result<Listed<UnspentView>, Refusal> {
    call.ask(|conn, input| {
        let one = year_ends::get(conn, input.path)?;
        let found = acts::unspent(conn, &one)?;
        let mut rows = rows(conn, &found)?;
        rows.sort_by_key(key);
        paged(rows, &input.query.page, key).map(Listed)
    })
    .await
}

async fn list(call: Ask<can::YearEndRead, Id, Listing<NoFilter>>) -> Result<Listed<UnspentDecisionView>, Refusal> {
    call.ask(|conn, input| Ok(Listed(acts::list(conn, input.path, &input.query.page)?.map(decision)))).await
}

type Decided = Result<Stored<Made<UnspentDecisionView>>, Refusal>;

async fn decide(call: MoneyCreate<can::YearEndManage, Id, Json<UnspentDecisionInput>>) -> Decided {
    call.act("year_end.decide", |tx, input| {
        let body = decision(acts::decide(tx, input.path, &input.body.0)?);
        Ok(Made { location: format!("/v1/fund-periods/{}/year-end/decisions", input.path), version: 1, body })
    })
    .await
}

/// Registers the operations.
pub fn mount(api: &mut Api) {
    api.get("/v1/fund-periods/{id}/year-end/unspent", "year_end_unspent_list", "List unspent money by award and budget line", unspent);
    api.get("/v1/fund-periods/{id}/year-end/decisions", "year_end_decisions_list", "List what was decided on unspent money", list);
    let summary = "Decide what becomes of unspent money, all lines or none";
    api.post("/v1/fund-periods/{id}/year-end/decisions", "year_end_decide", summary, decide);
}
