//! Recoveries over HTTP.

use std::collections::HashMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::access::permissions::{Permission, can};
use crate::access::{Caller, Scope};
use crate::awards::acts as awards;
use crate::funds::budget_lines;
use crate::http::act::Stored;
use crate::http::{Api, Ask, Json, Listed, Listing, Made, MoneyChange, MoneyCreate, NoFilter, One};
use crate::kernel::{Id, Moment, Named, Page, Pence, Refusal};
use crate::outbox::LetterView;
use crate::payments::policy::acts as policy;
use crate::payments::recoveries::acts::{self, Came, Narrow};
use crate::payments::recoveries::rules::{self, RecoveryAct, RecoveryGround, RecoveryInput, RecoveryReceiptInput, RecoveryState};
use crate::payments::recoveries::store::{Receipt, Recovery};
use crate::payments::routes::views::PaymentPartView;
use crate::payments::rules::PaymentReason;
use crate::providers::{self, ProviderSummary};
use crate::store::{Conn, Tx};

/// Money asked back from a provider.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RecoveryView {
    /// Its id.
    id: Id,
    /// `CIF-2020-21-T3-0007-R1`.
    #[schema(max_length = 120)]
    reference: String,
    /// Which version this is.
    version: i32,
    /// When this version became known.
    recorded_at: Moment,
    /// The award on which the money was paid.
    award: Option<Named>,
    /// Who is asked.
    provider: Option<ProviderSummary>,
    /// How far it has come.
    state: RecoveryState,
    /// Why money is asked back.
    ground: RecoveryGround,
    /// The same in words, as in the letter.
    #[schema(max_length = 1000)]
    reason: String,
    /// How much is asked back, in pence.
    amount_pence: Pence,
    /// What came of it, in pence.
    received_pence: Pence,
    /// What is still to come, in pence.
    outstanding_pence: Pence,
    /// What was given up and has not come, in pence.
    written_off_pence: Pence,
    /// When it was asked for.
    requested_on: NaiveDate,
    /// By when it is to be paid.
    due_on: NaiveDate,
    /// Whether that day is over and something is still to come.
    is_overdue: bool,
    /// Who asked for it, for the office.
    #[schema(max_length = 300)]
    requested_by: Option<String>,
    /// What came, in the order in which it was noted.
    #[schema(max_items = 1000)]
    receipts: Vec<RecoveryReceiptView>,
    /// When the last of it came, or it was written off or withdrawn.
    ended_on: Option<NaiveDate>,
    /// Who noted that, wrote it off or withdrew it, for the office.
    #[schema(max_length = 300)]
    ended_by: Option<String>,
    /// Why it was written off or withdrawn, for the office.
    #[schema(max_length = 1000)]
    ended_reason: Option<String>,
    /// What became of the letter to the provider, for the office.
    letter: Option<LetterView>,
    /// What you may do to it now.
    allowed_actions: Vec<String>,
}

/// Money that came of a recovery.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RecoveryReceiptView {
    /// When it came.
    received_on: NaiveDate,
    /// How much, in pence.
    amount_pence: Pence,
    /// What the bank calls it.
    #[schema(max_length = 100)]
    bank_reference: String,
    /// Who noted it, for the office.
    #[schema(max_length = 300)]
    noted_by: Option<String>,
    /// To which budget lines it went back, for the office.
    #[schema(max_items = 50)]
    parts: Vec<PaymentPartView>,
}

/// What a list of recoveries can be narrowed by.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct RecoveryFilter {
    /// Only recoveries that have come so far.
    state: Option<RecoveryState>,
    /// Only recoveries for this cause.
    ground: Option<RecoveryGround>,
    /// Only recoveries from this provider.
    provider_id: Option<Id>,
    /// Only recoveries of what was paid on awards of this fund.
    fund_id: Option<Id>,
    /// Only recoveries that are to be paid on this day or earlier.
    due_by: Option<NaiveDate>,
}

/// What recoveries are shown beside.
struct Beside {
    awards: HashMap<Id, Named>,
    providers: HashMap<Id, ProviderSummary>,
    came: Came,
    lines: HashMap<Id, Named>,
    letters: HashMap<Id, LetterView>,
    /// Up to how much the caller may write off or withdraw.
    limit: Option<Pence>,
    is_office: bool,
    today: NaiveDate,
}

impl Beside {
    fn of(conn: &mut Conn, caller: &Caller, all: &[Recovery], today: NaiveDate) -> Result<Self, Refusal> {
        let is_office = caller.scope() == Scope::Office;
        let ids: Vec<Id> = all.iter().map(|one| one.id).collect();
        let award_ids: Vec<Id> = all.iter().map(|one| one.award_id).collect();
        let provider_ids: Vec<Id> = all.iter().map(|one| one.provider_id).collect();
        let found = if all.is_empty() { Vec::new() } else { providers::summaries(conn, &provider_ids)? };
        let came = acts::came(conn, &ids)?;
        let line_ids: Vec<Id> = came.1.values().flatten().map(|(line, _)| *line).collect();
        let may = caller.may(Permission::RecoveriesWriteOff);
        Ok(Self {
            awards: if all.is_empty() { HashMap::new() } else { awards::named(conn, &award_ids)? },
            providers: found.into_iter().map(|one| (one.id, one)).collect(),
            lines: if line_ids.is_empty() { HashMap::new() } else { budget_lines::named(conn, &line_ids)? },
            letters: if is_office { acts::letters(conn, &ids)? } else { HashMap::new() },
            limit: if may { policy::get(conn)?.policy.limit_of(caller.id, &caller.roles) } else { None },
            came,
            is_office,
            today,
        })
    }

    fn actions(&self, caller: &Caller, one: &Recovery) -> Vec<String> {
        let facts = &one.facts;
        let may = |act: &&RecoveryAct| match act {
            RecoveryAct::Receive => caller.may(Permission::RecoveriesReceive),
            RecoveryAct::WriteOff | RecoveryAct::Withdraw => {
                let is_second = rules::check_second_person(facts.requested_by, caller.id).is_ok();
                caller.may(Permission::RecoveriesWriteOff) && is_second && self.limit.is_some_and(|limit| facts.missing() <= limit)
            }
        };
        let is_open = |act: &&RecoveryAct| rules::check_state(facts.state, **act).is_ok();
        RecoveryAct::ALL.iter().filter(is_open).filter(may).map(ToString::to_string).collect()
    }

    fn receipt(&self, one: &Receipt) -> RecoveryReceiptView {
        let part = |(line, amount_pence): &(Id, Pence)| PaymentPartView {
            budget_line: self.lines.get(line).cloned(),
            amount_pence: *amount_pence,
        };
        let parts = self.came.1.get(&(one.recovery_id, one.number)).into_iter().flatten();
        RecoveryReceiptView {
            received_on: one.received_on,
            amount_pence: one.amount_pence,
            bank_reference: one.bank_reference.clone(),
            noted_by: Some(one.noted_by.clone()).filter(|_| self.is_office),
            parts: parts.filter(|_| self.is_office).map(part).collect(),
        }
    }

    fn show(&self, caller: &Caller, one: Recovery) -> RecoveryView {
        let allowed_actions = self.actions(caller, &one);
        let Recovery { id, award_id, provider_id, reference, facts, .. } = one;
        let missing_in = |state: RecoveryState| if facts.state == state { facts.missing() } else { Pence::ZERO };
        let own = |text: Option<String>| text.filter(|_| self.is_office);
        let letter = self.letters.get(&id).copied().unwrap_or(LetterView::NO_ADDRESS);
        RecoveryView {
            id,
            reference,
            version: facts.version,
            recorded_at: facts.recorded_at,
            award: self.awards.get(&award_id).cloned(),
            provider: self.providers.get(&provider_id).cloned(),
            state: facts.state,
            ground: facts.ground,
            amount_pence: facts.amount_pence,
            received_pence: facts.received_pence,
            outstanding_pence: missing_in(RecoveryState::Requested),
            written_off_pence: missing_in(RecoveryState::WrittenOff),
            requested_on: facts.requested_on,
            due_on: facts.due_on,
            is_overdue: facts.state == RecoveryState::Requested && facts.due_on < self.today,
            requested_by: own(Some(facts.requested_by_name)),
            receipts: self.came.0.get(&id).into_iter().flatten().map(|receipt| self.receipt(receipt)).collect(),
            ended_on: facts.ended_on,
            ended_by: own(facts.ended_by_name),
            ended_reason: own(facts.ended_reason),
            letter: Some(letter).filter(|_| self.is_office),
            reason: facts.reason,
            allowed_actions,
        }
    }
}

fn page(conn: &mut Conn, caller: &Caller, found: Page<Recovery>, today: NaiveDate) -> Result<Listed<RecoveryView>, Refusal> {
    let Page { items, next_cursor } = found;
    let beside = Beside::of(conn, caller, &items, today)?;
    Ok(Listed(Page { items: items.into_iter().map(|one| beside.show(caller, one)).collect(), next_cursor }))
}

fn one(conn: &mut Conn, caller: &Caller, found: Recovery, today: NaiveDate) -> Result<One<RecoveryView>, Refusal> {
    let beside = Beside::of(conn, caller, std::slice::from_ref(&found), today)?;
    Ok(One { version: found.facts.version, body: beside.show(caller, found) })
}

fn answer(tx: &mut Tx<'_>, caller: &Caller, found: Recovery) -> Result<One<RecoveryView>, Refusal> {
    let today = tx.today();
    one(tx.conn(), caller, found, today)
}

type Shown = Result<Stored<One<RecoveryView>>, Refusal>;

async fn list(call: Ask<can::RecoveriesRead, (), Listing<RecoveryFilter>>) -> Result<Listed<RecoveryView>, Refusal> {
    let today = call.service.db.clock().today();
    call.ask(move |conn, input| {
        let RecoveryFilter { state, ground, provider_id, fund_id, due_by } = input.query.filter.clone();
        let awards = fund_id.map(|fund| awards::of_fund(conn, fund)).transpose()?;
        let narrow = Narrow { state, ground, award_id: None, provider_id, due_by, awards };
        let found = acts::list(conn, input.caller.scope(), &narrow, &input.query.page)?;
        page(conn, &input.caller, found, today)
    })
    .await
}

async fn list_of_award(call: Ask<can::RecoveriesRead, Id, Listing<NoFilter>>) -> Result<Listed<RecoveryView>, Refusal> {
    let today = call.service.db.clock().today();
    call.ask(move |conn, input| {
        awards::seen(conn, input.caller.scope(), input.path)?;
        let narrow = Narrow { award_id: Some(input.path), ..Narrow::default() };
        let found = acts::list(conn, input.caller.scope(), &narrow, &input.query.page)?;
        page(conn, &input.caller, found, today)
    })
    .await
}

async fn get(call: Ask<can::RecoveriesRead, Id>) -> Result<One<RecoveryView>, Refusal> {
    let today = call.service.db.clock().today();
    call.ask(move |conn, input| {
        let found = acts::get(conn, input.caller.scope(), input.path)?;
        one(conn, &input.caller, found, today)
    })
    .await
}

async fn request(call: MoneyCreate<can::RecoveriesManage, Id, Json<RecoveryInput>>) -> Result<Stored<Made<RecoveryView>>, Refusal> {
    call.act(acts::REQUEST, |tx, input| {
        let found = acts::request(tx, input.path, &input.body.0)?;
        let One { version, body } = answer(tx, &input.caller, found)?;
        Ok(Made { location: format!("/v1/recoveries/{}", body.id), version, body })
    })
    .await
}

async fn receive(call: MoneyChange<can::RecoveriesReceive, Id, Json<RecoveryReceiptInput>>) -> Shown {
    call.act("recovery.receive", |tx, input| {
        let found = acts::receive(tx, input.path, input.version()?, &input.body.0)?;
        answer(tx, &input.caller, found)
    })
    .await
}

async fn write_off(call: MoneyChange<can::RecoveriesWriteOff, Id, Json<PaymentReason>>) -> Shown {
    call.act("recovery.write_off", |tx, input| {
        let found = acts::write_off(tx, &input.caller, (input.path, input.version()?), &input.body.0.reason)?;
        answer(tx, &input.caller, found)
    })
    .await
}

async fn withdraw(call: MoneyChange<can::RecoveriesWriteOff, Id, Json<PaymentReason>>) -> Shown {
    call.act("recovery.withdraw", |tx, input| {
        let found = acts::withdraw(tx, &input.caller, (input.path, input.version()?), &input.body.0.reason)?;
        answer(tx, &input.caller, found)
    })
    .await
}

/// Registers the operations.
pub fn mount(api: &mut Api) {
    api.get("/v1/awards/{id}/recoveries", "award_recoveries_list", "List what is asked back of an award", list_of_award);
    api.post("/v1/awards/{id}/recoveries", "recoveries_request", "Ask the provider of an award for money back", request);
    api.get("/v1/recoveries", "recoveries_list", "List recoveries by the day on which they are due", list);
    api.get("/v1/recoveries/{id}", "recoveries_get", "Show a recovery, and what came of it", get);
    api.post("/v1/recoveries/{id}/receipts", "recoveries_receive", "Note money that came of a recovery", receive);
    api.post("/v1/recoveries/{id}/write-off", "recoveries_write_off", "Give up what has not come of a recovery", write_off);
    api.post("/v1/recoveries/{id}/withdrawal", "recoveries_withdraw", "Ask for no more of a recovery", withdraw);
    api.actions::<RecoveryView>(&[
        ("receive", "recoveries_receive"),
        ("write_off", "recoveries_write_off"),
        ("withdraw", "recoveries_withdraw"),
    ]);
}
