//! Reading the ledger.

use std::collections::{BTreeSet, HashMap};

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::access::permissions::can;
use crate::http::{Api, Ask, Listed, Listing, known};
use crate::kernel::{Id, Moment, Pence, Refusal, SourceKind};
use crate::ledger::locks;
use crate::ledger::rules::AccountKind;
use crate::ledger::store::{self, AccountRow, TransferFilter, TransferRow};

/// Registers the operations.
pub fn mount(api: &mut Api) {
    api.tag("Ledger", "Accounts and movements: every pound is always in exactly one account.");
    api.get("/v1/ledger/accounts", "ledger_accounts_list", "List ledger accounts and what they hold, or held on a day", accounts);
    api.get("/v1/ledger/transfers", "ledger_transfers_list", "List ledger movements in the order in which they were made", transfers);
}

/// What narrows the list of accounts.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct AccountFilter {
    /// Only accounts of this kind.
    kind: Option<AccountKind>,
    /// What accounts held on this day, by the movements that had taken effect: accounts on which nothing had are left out. Today in London where
    /// only `known_at` is given; where neither is, all that is recorded counts, also what takes effect later.
    as_at: Option<NaiveDate>,
    /// By the movements that were recorded by this moment; the latest closed one where only `as_at` is given.
    known_at: Option<Moment>,
}

/// What narrows the list of movements.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct LedgerTransferFilter {
    /// Only movements into or out of this source, fund period, earmark, tranche or award.
    record_id: Option<Id>,
    /// Only movements of this budget line's money.
    budget_line_id: Option<Id>,
    /// Only movements out of accounts of this kind.
    debit_kind: Option<AccountKind>,
    /// Only movements into accounts of this kind.
    credit_kind: Option<AccountKind>,
    /// Only movements of money from sources of this kind. With `debit_kind=source`: what was drawn from them, such as from reserves (R11).
    source_kind: Option<SourceKind>,
    /// Only movements that took effect by this day.
    as_at: Option<NaiveDate>,
    /// Only movements recorded by this moment.
    known_at: Option<Moment>,
}

/// An account.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct LedgerAccountView {
    /// Its id.
    id: Id,
    /// What it holds money for.
    kind: AccountKind,
    /// The source, fund period, earmark, tranche or award.
    record_id: Id,
    /// The budget line whose money it is.
    budget_line_id: Id,
    /// What it holds by all that is recorded, or held on the day and by the moment asked for, in pence; below zero only for a source.
    #[schema(value_type = i64)]
    balance_pence: Pence,
}

/// A movement.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct LedgerTransferView {
    /// Its id.
    id: Id,
    /// Where the money left.
    debit: LedgerSide,
    /// Where it arrived.
    credit: LedgerSide,
    /// What kind of source the money comes from, as it is known now; null where there is no such budget line.
    source_kind: Option<SourceKind>,
    /// How much.
    amount_pence: Pence,
    /// The business date.
    effective_on: NaiveDate,
    /// When it was recorded.
    recorded_at: Moment,
    /// The act that made it.
    #[schema(max_length = 100)]
    act: String,
    /// The movement of a closed year that it corrects, where somebody noted that.
    corrects: Option<Id>,
}

/// One side of a movement.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct LedgerSide {
    /// What the account holds money for.
    kind: AccountKind,
    /// The source, fund period, earmark, tranche or award.
    record_id: Id,
    /// The budget line whose money it is.
    budget_line_id: Id,
}

async fn accounts(call: Ask<can::LedgerRead, (), Listing<AccountFilter>>) -> Result<Listed<LedgerAccountView>, Refusal> {
    let AccountFilter { kind, as_at, known_at } = call.input.query.filter;
    let is_past = as_at.is_some() || known_at.is_some();
    let at = if is_past { Some(known::settle(&call.service.db, as_at, known_at).await?) } else { None };
    call.ask(move |conn, input| {
        let page = match at {
            Some(at) => store::accounts_page_at(conn, kind, (at.as_at, at.known_at), &input.query.page)?,
            None => store::accounts_page(conn, kind, &input.query.page)?,
        };
        Ok(Listed(page.map(LedgerAccountView::of)))
    })
    .await
}

async fn transfers(call: Ask<can::LedgerRead, (), Listing<LedgerTransferFilter>>) -> Result<Listed<LedgerTransferView>, Refusal> {
    if let Some(known_at) = call.input.query.filter.known_at {
        known::settle_moment(&call.service.db, Some(known_at)).await?;
    }
    call.ask(|conn, input| {
        let page = store::transfers_page(conn, &input.query.filter.filter(), &input.query.page)?;
        let lines: BTreeSet<Id> = page.items.iter().map(|row| row.budget_line_id).collect();
        let kinds = store::source_kinds(conn, &Vec::from_iter(lines))?;
        let corrects = locks::corrected(conn, &page.items.iter().map(|row| row.id).collect::<Vec<_>>())?;
        Ok(Listed(page.map(|row| LedgerTransferView::of(row, &kinds, &corrects))))
    })
    .await
}

impl LedgerTransferFilter {
    fn filter(&self) -> TransferFilter {
        TransferFilter {
            record_id: self.record_id,
            budget_line_id: self.budget_line_id,
            as_at: self.as_at,
            known_at: self.known_at,
            debit_kind: self.debit_kind,
            credit_kind: self.credit_kind,
            source_kind: self.source_kind,
        }
    }
}

impl LedgerAccountView {
    fn of(row: AccountRow) -> Self {
        let AccountRow { id, kind, record_id, budget_line_id, balance_pence, .. } = row;
        Self { id, kind, record_id, budget_line_id, balance_pence }
    }
}

impl LedgerTransferView {
    fn of(row: TransferRow, kinds: &HashMap<Id, SourceKind>, corrects: &HashMap<Id, Id>) -> Self {
        let side = |kind, record_id| LedgerSide { kind, record_id, budget_line_id: row.budget_line_id };
        Self {
            id: row.id,
            debit: side(row.debit_kind, row.debit_record_id),
            credit: side(row.credit_kind, row.credit_record_id),
            source_kind: kinds.get(&row.budget_line_id).copied(),
            amount_pence: row.amount_pence,
            effective_on: row.effective_on,
            recorded_at: row.recorded_at,
            act: row.act,
            corrects: corrects.get(&row.id).copied(),
        }
    }
}
