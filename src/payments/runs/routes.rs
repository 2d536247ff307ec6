//! Payment runs over HTTP.

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

use crate::access::Caller;
use crate::access::permissions::{Permission, can};
use crate::documents::rules::MediaType;
use crate::funds;
use crate::http::act::Stored;
use crate::http::{Api, Ask, Attachment, CsvUpload, Json, Listed, Listing, Made, MoneyChange, MoneyCreate, NoFilter, One};
use crate::kernel::{Id, Moment, Named, Pence, Refusal};
use crate::payments::Payment;
use crate::payments::rules::{PaymentReason, PaymentState};
use crate::payments::runs::acts::{self, Gathered, Run, RunItem, RunSums};
use crate::payments::runs::rules::{PaymentRunInput, PaymentRunState};
use crate::providers::{self, ProviderSummary};
use crate::store::{Conn, Tx};

/// A payment run.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PaymentRunView {
    /// Its id.
    id: Id,
    /// `RUN-0001`.
    #[schema(max_length = 40, example = "RUN-0001")]
    reference: String,
    /// Which version this is.
    version: i32,
    /// When this version became known.
    recorded_at: Moment,
    /// How far it has come.
    state: PaymentRunState,
    /// Up to which day its payments are due.
    due_by: NaiveDate,
    /// The fund of whose awards it pays; of all where there is none.
    fund: Option<Named>,
    /// Who gathered it.
    #[schema(max_length = 300)]
    made_by: String,
    /// Its payments, without VAT, in pence.
    net_pence: Pence,
    /// Their VAT, in pence.
    vat_pence: Pence,
    /// What leaves, in pence.
    gross_pence: Pence,
    /// The same by funding source.
    sources: Vec<PaymentRunSourceView>,
    /// How many payments it has.
    #[schema(minimum = 0)]
    payments_count: i64,
    /// Its payments, in their order; left out of lists.
    #[schema(max_items = 100_000)]
    payments: Option<Vec<PaymentRunItemView>>,
    /// What stops it from being exported: its payments that may not leave, each with the reason. Left out of lists, and once it has left.
    #[schema(max_items = 100_000)]
    blocked: Option<Vec<PaymentRunBlockView>>,
    /// How many of them the finance system has not answered for.
    #[schema(minimum = 0)]
    waiting_count: i64,
    /// SHA-256 of its file, once it was exported.
    #[schema(max_length = 64)]
    file_sha256: Option<String>,
    /// Why it was cancelled.
    #[schema(max_length = 1000)]
    reason: Option<String>,
    /// What you may do to it now.
    allowed_actions: Vec<String>,
}

/// What a run pays of one source's money.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PaymentRunSourceView {
    /// The funding source.
    funding_source: Named,
    /// Without VAT, in pence.
    net_pence: Pence,
    /// The VAT, in pence.
    vat_pence: Pence,
    /// Both, in pence.
    gross_pence: Pence,
}

/// A payment of a run.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PaymentRunItemView {
    /// The payment.
    payment_id: Id,
    /// Its reference, by which the finance system answers.
    #[schema(max_length = 120)]
    reference: String,
    /// Who was to receive it when the run was gathered, under their name of that time; also where the payment has passed to another provider since.
    provider: Option<ProviderSummary>,
    /// The number by which the finance system was asked to pay them.
    #[schema(max_length = 40)]
    supplier_number: Option<String>,
    /// How far it has come now, as it is kept.
    state: PaymentState,
    /// When it is due.
    due_on: NaiveDate,
    /// What leaves, in pence.
    gross_pence: Pence,
}

/// A payment that stops its run from being exported.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PaymentRunBlockView {
    /// The payment.
    payment_id: Id,
    /// Its reference.
    #[schema(max_length = 120)]
    reference: String,
    /// Why it may not leave.
    #[schema(max_length = 2000)]
    because: String,
}

/// What runs are shown beside.
struct Beside {
    sums: HashMap<Id, RunSums>,
    lines: HashMap<Id, (Named, Named)>,
    funds: HashMap<Id, Named>,
}

/// What one run alone is shown with.
struct Within {
    gathered: Vec<Gathered>,
    payments: Vec<Payment>,
    items: HashMap<Id, RunItem>,
    providers: HashMap<Id, ProviderSummary>,
    blocked: Option<Vec<(Id, String)>>,
}

impl Within {
    fn of(conn: &mut Conn, run: &Run, today: NaiveDate) -> Result<Self, Refusal> {
        let gathered = acts::gathered(conn, std::slice::from_ref(run))?.remove(&run.id).unwrap_or_default();
        let payments = acts::payments_of(conn, run)?;
        let items: HashMap<Id, RunItem> = run.items.iter().map(|item| (item.payment_id, item.clone())).collect();
        let mut provider_ids: Vec<Id> = items.values().filter_map(|item| item.provider_id).collect();
        provider_ids.sort_unstable();
        provider_ids.dedup();
        let found = if provider_ids.is_empty() { Vec::new() } else { providers::summaries(conn, &provider_ids)? };
        let is_here = run.facts.state == PaymentRunState::Gathered;
        let blocked = is_here.then(|| acts::blocks(conn, run, &payments, today)).transpose()?;
        let providers = found.into_iter().map(|one| (one.id, one)).collect();
        Ok(Self { gathered, payments, items, providers, blocked })
    }

    fn item(&self, gathered: &Gathered) -> Option<PaymentRunItemView> {
        let payment = self.payments.iter().find(|one| one.id == gathered.payment_id)?;
        let item = self.items.get(&gathered.payment_id)?;
        let receiver = item.provider_id.and_then(|id| self.providers.get(&id)).cloned();
        Some(PaymentRunItemView {
            payment_id: payment.id,
            reference: payment.reference.clone(),
            provider: receiver.map(|now| named(now, item.provider_name.as_deref())),
            supplier_number: item.supplier_number.clone(),
            state: payment.facts.state,
            due_on: payment.facts.due_on,
            gross_pence: gathered.gross(),
        })
    }

    fn blocked(&self) -> Option<Vec<PaymentRunBlockView>> {
        let view = |(id, because): &(Id, String)| {
            let reference = self.payments.iter().find(|one| one.id == *id).map(|one| one.reference.clone()).unwrap_or_default();
            PaymentRunBlockView { payment_id: *id, reference, because: because.clone() }
        };
        self.blocked.as_ref().map(|all| all.iter().map(view).collect())
    }
}

/// A provider under the name that it had.
fn named(provider: ProviderSummary, name: Option<&str>) -> ProviderSummary {
    match name {
        Some(name) => ProviderSummary { name: name.to_owned(), ..provider },
        None => provider,
    }
}

impl Beside {
    fn of(conn: &mut Conn, runs: &[Run]) -> Result<Self, Refusal> {
        let sums = acts::sums(conn, runs)?;
        let line_ids: Vec<Id> = sums.values().flat_map(|one| one.lines.keys().copied()).collect();
        let fund_ids: Vec<Id> = runs.iter().filter_map(|run| run.facts.fund_id).collect();
        Ok(Self {
            lines: acts::lines(conn, &line_ids)?,
            funds: if fund_ids.is_empty() { HashMap::new() } else { funds::named(conn, &fund_ids)? },
            sums,
        })
    }

    /// What each source pays of a run.
    fn sources(&self, all: &RunSums) -> Vec<PaymentRunSourceView> {
        let mut sums: BTreeMap<String, PaymentRunSourceView> = BTreeMap::new();
        for (line, (net, vat)) in &all.lines {
            let Some((_, source)) = self.lines.get(line) else { continue };
            let none = || PaymentRunSourceView {
                funding_source: source.clone(),
                net_pence: Pence::ZERO,
                vat_pence: Pence::ZERO,
                gross_pence: Pence::ZERO,
            };
            let sum = sums.entry(source.code.clone()).or_insert_with(none);
            sum.net_pence = sum.net_pence + *net;
            sum.vat_pence = sum.vat_pence + *vat;
            sum.gross_pence = sum.gross_pence + *net + *vat;
        }
        sums.into_values().collect()
    }

    fn show(&self, caller: &Caller, run: Run, within: Option<&Within>) -> PaymentRunView {
        let sums = self.sums.get(&run.id).cloned().unwrap_or_default();
        let sources = self.sources(&sums);
        let is_blocked = within.and_then(|within| within.blocked.as_ref()).is_some_and(|blocked| !blocked.is_empty());
        let mut allowed_actions = actions(caller, run.facts.state);
        allowed_actions.retain(|act| act != "export" || !is_blocked);
        PaymentRunView {
            id: run.id,
            reference: run.reference,
            version: run.facts.version,
            recorded_at: run.facts.recorded_at,
            state: run.facts.state,
            due_by: run.facts.due_by,
            fund: run.facts.fund_id.and_then(|id| self.funds.get(&id).cloned()),
            made_by: run.facts.made_by,
            net_pence: sources.iter().map(|one| one.net_pence).sum(),
            vat_pence: sources.iter().map(|one| one.vat_pence).sum(),
            gross_pence: sources.iter().map(|one| one.gross_pence).sum(),
            sources,
            payments_count: sums.count,
            waiting_count: sums.waiting,
            payments: within.map(|within| within.gathered.iter().filter_map(|one| within.item(one)).collect()),
            blocked: within.and_then(Within::blocked),
            file_sha256: run.sha256,
            reason: run.facts.reason,
            allowed_actions,
        }
    }
}

fn actions(caller: &Caller, state: PaymentRunState) -> Vec<String> {
    let (read, manage) = (Permission::PaymentRunsRead, Permission::PaymentRunsManage);
    let possible: &[(Permission, &str)] = match state {
        PaymentRunState::Gathered => &[(manage, "export"), (manage, "cancel")],
        PaymentRunState::Exported | PaymentRunState::Confirmed => &[(read, "fetch_file"), (manage, "confirm")],
        PaymentRunState::Cancelled => &[],
    };
    possible.iter().filter(|(needed, _)| caller.may(*needed)).map(|(_, act)| (*act).to_owned()).collect()
}

fn one(conn: &mut Conn, caller: &Caller, run: Run, today: NaiveDate) -> Result<One<PaymentRunView>, Refusal> {
    let beside = Beside::of(conn, std::slice::from_ref(&run))?;
    let within = Within::of(conn, &run, today)?;
    Ok(One { version: run.facts.version, body: beside.show(caller, run, Some(&within)) })
}

fn answer(tx: &mut Tx<'_>, caller: &Caller, run: Run) -> Result<One<PaymentRunView>, Refusal> {
    let today = tx.today();
    one(tx.conn(), caller, run, today)
}

async fn list(call: Ask<can::PaymentRunsRead, (), Listing<NoFilter>>) -> Result<Listed<PaymentRunView>, Refusal> {
    call.ask(|conn, input| {
        let page = acts::list(conn, &input.query.page)?;
        let beside = Beside::of(conn, &page.items)?;
        Ok(Listed(page.map(|run| beside.show(&input.caller, run, None))))
    })
    .await
}

async fn get(call: Ask<can::PaymentRunsRead, Id>) -> Result<One<PaymentRunView>, Refusal> {
    let today = call.service.db.clock().today();
    call.ask(move |conn, input| {
        let run = acts::get(conn, input.path)?;
        one(conn, &input.caller, run, today)
    })
    .await
}

async fn gather(call: MoneyCreate<can::PaymentRunsManage, (), Json<PaymentRunInput>>) -> Result<Stored<Made<PaymentRunView>>, Refusal> {
    call.act("payment_run.gather", |tx, input| {
        let run = acts::gather(tx, &input.body.0)?;
        let One { version, body } = answer(tx, &input.caller, run)?;
        Ok(Made { location: format!("/v1/payment-runs/{}", body.id), version, body })
    })
    .await
}

async fn export(call: MoneyChange<can::PaymentRunsManage, Id>) -> Result<Stored<One<PaymentRunView>>, Refusal> {
    call.act("payment_run.export", |tx, input| {
        let run = acts::export(tx, input.path, input.version()?)?;
        answer(tx, &input.caller, run)
    })
    .await
}

async fn file(call: Ask<can::PaymentRunsRead, Id>) -> Result<Attachment, Refusal> {
    call.ask(|conn, input| {
        let (run, text) = acts::file(conn, input.path)?;
        Ok(Attachment { media_type: MediaType::Csv, file_name: format!("{}.csv", run.reference), bytes: text.into_bytes() })
    })
    .await
}

async fn confirm(call: MoneyChange<can::PaymentRunsManage, Id, CsvUpload>) -> Result<Stored<One<PaymentRunView>>, Refusal> {
    call.act("payment_run.confirm", |tx, input| {
        let run = acts::confirm(tx, input.path, input.version()?, &input.body.bytes)?;
        answer(tx, &input.caller, run)
    })
    .await
}

async fn cancel(call: MoneyChange<can::PaymentRunsManage, Id, Json<PaymentReason>>) -> Result<Stored<One<PaymentRunView>>, Refusal> {
    call.act("payment_run.cancel", |tx, input| {
        let run = acts::cancel(tx, input.path, input.version()?, &input.body.0.reason)?;
        answer(tx, &input.caller, run)
    })
    .await
}

/// Registers the operations.
pub fn mount(api: &mut Api) {
    api.get("/v1/payment-runs", "payment_runs_list", "List payment runs, the latest first", list);
    api.post("/v1/payment-runs", "payment_runs_gather", "Gather authorised payments that are due", gather);
    api.get("/v1/payment-runs/{id}", "payment_runs_get", "Show a payment run with its payments and totals by source", get);
    api.post("/v1/payment-runs/{id}/export", "payment_runs_export", "Make the file of a run, once, and lock the run", export);
    api.get("/v1/payment-runs/{id}/export", "payment_runs_file", "Fetch the file of a run for the finance system", file);
    let summary = "Read what the finance system paid, could not pay, or had sent back";
    api.post("/v1/payment-runs/{id}/confirmation", "payment_runs_confirm", summary, confirm);
    api.post("/v1/payment-runs/{id}/cancellation", "payment_runs_cancel", "Give up a run that has not left", cancel);
    api.actions::<PaymentRunView>(&[
        ("export", "payment_runs_export"),
        ("cancel", "payment_runs_cancel"),
        ("fetch_file", "payment_runs_file"),
        ("confirm", "payment_runs_confirm"),
    ]);
}
