//! How payments are shown, and to whom.

use std::collections::HashMap;

use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

use crate::access::permissions::Permission;
use crate::access::{Caller, Scope};
use crate::awards::acts as awards;
use crate::funds::budget_lines;
use crate::http::{One, Plain};
use crate::kernel::{Id, Moment, Named, Page, Pence, Refusal};
use crate::payments::Payment;
use crate::payments::acts;
use crate::payments::advance::rules as forward;
use crate::payments::holding::acts as holding;
use crate::payments::holding::rules::{Hold, PaymentHoldKind};
use crate::payments::policy::acts as policy;
use crate::payments::rules::{self, PaymentAct, PaymentKind, PaymentState};
use crate::providers::{self, ProviderSummary};
use crate::store::{Conn, Tx};

/// A payment.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PaymentView {
    /// Its id.
    pub id: Id,
    /// `CIF-2020-21-T3-0007-P2`.
    #[schema(max_length = 120)]
    pub reference: String,
    /// Which version this is.
    pub version: i32,
    /// When this version became known.
    pub recorded_at: Moment,
    /// The award that it is made on.
    pub award: Option<Named>,
    /// Who receives it.
    pub provider: Option<ProviderSummary>,
    /// How far it has come. One that something holds is shown as held.
    pub state: PaymentState,
    /// What it is for.
    pub kind: PaymentKind,
    /// Which instalment: `2020-21-Q3`, `2020-10`, `1`; of an invoice its number.
    #[schema(max_length = 60)]
    pub instalment: String,
    /// What is charged to the award, in pence, without VAT.
    pub amount_pence: Pence,
    /// The VAT beside it, in pence.
    pub vat_pence: Option<Pence>,
    /// What is paid, in pence.
    pub gross_pence: Pence,
    /// Whether the amount is only expected: what is accepted as spent will be paid.
    pub is_estimate: bool,
    /// The first day that it is for.
    pub starts_on: Option<NaiveDate>,
    /// The last day that it is for.
    pub ends_on: Option<NaiveDate>,
    /// When it is due.
    pub due_on: NaiveDate,
    /// When it was due by its schedule.
    pub planned_due_on: NaiveDate,
    /// Whether that day is over and it is not with the finance system.
    pub is_overdue: bool,
    /// What it waits for.
    #[schema(max_length = 300)]
    pub waits_for: Option<String>,
    /// Since when that is there.
    pub met_on: Option<NaiveDate>,
    /// What shows it, for the office.
    #[schema(max_length = 1000)]
    pub met_note: Option<String>,
    /// The provider's number of the invoice.
    #[schema(max_length = 60)]
    pub invoice_number: Option<String>,
    /// The day that stands on the invoice.
    pub invoice_on: Option<NaiveDate>,
    /// The day on which the invoice came.
    pub received_on: Option<NaiveDate>,
    /// What holds it today, and what would release it.
    #[schema(max_items = 50)]
    pub holds: Vec<Hold>,
    /// The rules that were overridden for it, for the office.
    pub overridden_rule_ids: Vec<Id>,
    /// Which budget lines pay it, from the authorisation on, for the office.
    #[schema(max_items = 50)]
    pub parts: Vec<PaymentPartView>,
    /// By which number the finance system pays it, for the office: as it was authorised, and before that as the provider has it now.
    #[schema(max_length = 40)]
    pub supplier_number: Option<String>,
    /// Who asked for it as it is, or told that it failed or came back, for the office.
    #[schema(max_length = 300)]
    pub requested_by: Option<String>,
    /// Who authorised it, for the office.
    #[schema(max_length = 300)]
    pub authorised_by: Option<String>,
    /// When it was authorised.
    pub authorised_on: Option<NaiveDate>,
    /// Why it is none that was made twice, for the office.
    #[schema(max_length = 1000)]
    pub duplicate_reason: Option<String>,
    /// The run that it went out with, for the office.
    pub run_id: Option<Id>,
    /// When it was paid.
    pub paid_on: Option<NaiveDate>,
    /// What the bank or the finance system calls it.
    #[schema(max_length = 100)]
    pub bank_reference: Option<String>,
    /// When it came back.
    pub returned_on: Option<NaiveDate>,
    /// Why this version differs from the one before, for the office.
    #[schema(max_length = 1000)]
    pub reason: Option<String>,
    /// What you may do to it now.
    pub allowed_actions: Vec<String>,
}

/// What a budget line pays of a payment.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PaymentPartView {
    /// The budget line.
    pub budget_line: Option<Named>,
    /// How much, in pence, without VAT.
    pub amount_pence: Pence,
}

/// Payments that one act changed.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PaymentsChangedView {
    /// The payments, in the order in which they were named or are due.
    #[schema(max_items = 100_000)]
    payments: Vec<PaymentChangedView>,
}

/// A payment after an act on several.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PaymentChangedView {
    /// Its id.
    id: Id,
    /// Its reference.
    #[schema(max_length = 120)]
    reference: String,
    /// Which version it has now.
    version: i32,
    /// How far it has come now.
    state: PaymentState,
    /// How much it is, in pence.
    amount_pence: Pence,
    /// When it is due now.
    due_on: NaiveDate,
}

/// Shows what one act changed.
pub fn changed(all: Vec<Payment>) -> Plain<PaymentsChangedView> {
    Plain(PaymentsChangedView { payments: all.into_iter().map(changed_one).collect() })
}

/// Shows one of them.
pub fn changed_one(one: Payment) -> PaymentChangedView {
    PaymentChangedView {
        id: one.id,
        reference: one.reference,
        version: one.facts.version,
        state: one.facts.state,
        amount_pence: one.facts.amount_pence,
        due_on: one.facts.due_on,
    }
}

/// What payments are shown beside, looked up for many as for one.
pub struct Beside {
    awards: HashMap<Id, Named>,
    providers: HashMap<Id, ProviderSummary>,
    holds: HashMap<Id, Vec<Hold>>,
    parts: HashMap<Id, Vec<(Id, Pence)>>,
    lines: HashMap<Id, Named>,
    /// Payments that the caller asked for, so that somebody else authorises them.
    own: Vec<Id>,
    /// Providers whom the finance system can pay.
    suppliers: HashMap<Id, String>,
    /// Up to how much the caller may authorise.
    limit: Option<Pence>,
    is_office: bool,
    today: NaiveDate,
}

impl Beside {
    fn of(conn: &mut Conn, caller: &Caller, payments: &[Payment], today: NaiveDate) -> Result<Self, Refusal> {
        let is_office = caller.scope() == Scope::Office;
        let award_ids: Vec<Id> = payments.iter().map(|one| one.award_id).collect();
        let provider_ids: Vec<Id> = payments.iter().map(|one| one.provider_id).collect();
        let found = if payments.is_empty() { Vec::new() } else { providers::summaries(conn, &provider_ids)? };
        let parts = if is_office { acts::parts(conn, payments)? } else { HashMap::new() };
        let line_ids: Vec<Id> = parts.values().flatten().map(|(line, _)| *line).collect();
        let may = caller.may(Permission::PaymentsAuthorise);
        Ok(Self {
            awards: if payments.is_empty() { HashMap::new() } else { awards::named(conn, &award_ids)? },
            providers: found.into_iter().map(|one| (one.id, one)).collect(),
            holds: holding::of(conn, payments, today)?,
            parts,
            lines: if line_ids.is_empty() { HashMap::new() } else { budget_lines::named(conn, &line_ids)? },
            suppliers: if is_office { providers::supplier_numbers(conn, &provider_ids)? } else { HashMap::new() },
            own: if may { acts::own(conn, payments, caller.id)? } else { Vec::new() },
            limit: if may { policy::get(conn)?.policy.limit_of(caller.id, &caller.roles) } else { None },
            is_office,
            today,
        })
    }

    /// A page of payments.
    pub fn page(conn: &mut Conn, caller: &Caller, page: Page<Payment>, today: NaiveDate) -> Result<Page<PaymentView>, Refusal> {
        let beside = Self::of(conn, caller, &page.items, today)?;
        Ok(page.map(|one| beside.show(caller, one)))
    }

    fn actions(&self, caller: &Caller, one: &Payment, holds: &[Hold]) -> Vec<String> {
        let facts = &one.facts;
        let is_stopped = !matches!(facts.state, PaymentState::Scheduled | PaymentState::Authorised);
        let fits = |act: PaymentAct| match act {
            PaymentAct::Authorise => {
                let gross = facts.amount_pence + facts.vat_pence.unwrap_or_default();
                let is_within = self.limit.is_some_and(|limit| gross <= limit);
                holds.is_empty() && is_within && !self.own.contains(&one.id) && self.suppliers.contains_key(&one.provider_id)
            }
            PaymentAct::Release => is_stopped || holds.iter().any(|hold| hold.rule_id.is_some()),
            PaymentAct::Advance => facts.due_on > self.today && forward::bar(facts.state, false, holds).is_none(),
            PaymentAct::Meet => facts.waits_for.is_some() && facts.met_on.is_none() && !facts.is_estimate,
            PaymentAct::Hold | PaymentAct::Cancel => true,
        };
        let needed = |act: PaymentAct| match act {
            PaymentAct::Authorise => Permission::PaymentsAuthorise,
            _ => Permission::PaymentsManage,
        };
        let may = |act: &&PaymentAct| caller.may(needed(**act)) && rules::next(facts.state, **act).is_ok() && fits(**act);
        PaymentAct::ALL.iter().filter(may).map(ToString::to_string).collect()
    }

    fn show(&self, caller: &Caller, one: Payment) -> PaymentView {
        let holds = self.holds.get(&one.id).cloned().unwrap_or_default();
        let allowed_actions = self.actions(caller, &one, &holds);
        let part = |(line, amount_pence): &(Id, Pence)| PaymentPartView {
            budget_line: self.lines.get(line).cloned(),
            amount_pence: *amount_pence,
        };
        let parts = self.parts.get(&one.id).into_iter().flatten().map(part).collect();
        let Payment { id, award_id, provider_id, reference, facts, .. } = one;
        let is_held = !holds.is_empty() && facts.state.can_be_stopped();
        let waits = facts.state.can_be_stopped() || matches!(facts.state, PaymentState::Failed | PaymentState::Returned);
        let own = |text: Option<String>| text.filter(|_| self.is_office);
        let number_now = self.suppliers.get(&provider_id).filter(|_| facts.state != PaymentState::Cancelled).cloned();
        PaymentView {
            id,
            reference,
            version: facts.version,
            recorded_at: facts.recorded_at,
            award: self.awards.get(&award_id).cloned(),
            provider: self.providers.get(&provider_id).cloned(),
            state: if is_held { PaymentState::Held } else { facts.state },
            kind: facts.kind,
            instalment: facts.instalment,
            amount_pence: facts.amount_pence,
            vat_pence: facts.vat_pence,
            gross_pence: facts.amount_pence + facts.vat_pence.unwrap_or_default(),
            is_estimate: facts.is_estimate,
            starts_on: facts.starts_on,
            ends_on: facts.ends_on,
            due_on: facts.due_on,
            planned_due_on: facts.planned_due_on,
            is_overdue: waits && facts.due_on < self.today,
            waits_for: facts.waits_for,
            met_on: facts.met_on,
            met_note: own(facts.met_note),
            invoice_number: facts.invoice_number,
            invoice_on: facts.invoice_on,
            received_on: facts.received_on,
            holds: holds.into_iter().map(|hold| if self.is_office { hold } else { for_provider(hold) }).collect(),
            overridden_rule_ids: facts.overridden.iter().filter(|_| self.is_office).filter_map(|text| text.parse().ok()).collect(),
            parts,
            supplier_number: own(facts.supplier_number.or(number_now)),
            requested_by: own(Some(facts.requested_by_name)),
            authorised_by: own(facts.authorised_by_name),
            authorised_on: facts.authorised_on,
            duplicate_reason: own(facts.duplicate_reason),
            run_id: facts.run_id.filter(|_| self.is_office),
            paid_on: facts.paid_on,
            bank_reference: facts.bank_reference,
            returned_on: facts.returned_on,
            reason: own(facts.reason),
            allowed_actions,
        }
    }
}

/// What a provider is told of a hold: not what the office wrote for itself.
fn for_provider(hold: Hold) -> Hold {
    let is_by_hand = hold.kind == PaymentHoldKind::Manual;
    Hold { rule_id: None, because: if is_by_hand { "The office holds it.".to_owned() } else { hold.because }, ..hold }
}

/// Shows a payment.
pub fn one(conn: &mut Conn, caller: &Caller, found: Payment, today: NaiveDate) -> Result<One<PaymentView>, Refusal> {
    let beside = Beside::of(conn, caller, std::slice::from_ref(&found), today)?;
    Ok(One { version: found.facts.version, body: beside.show(caller, found) })
}

/// Shows a payment after an act on it.
pub fn answer(tx: &mut Tx<'_>, caller: &Caller, found: Payment) -> Result<One<PaymentView>, Refusal> {
    let today = tx.today();
    one(tx.conn(), caller, found, today)
}
