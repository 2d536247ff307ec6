//! Claims to funders over HTTP.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

use crate::access::Caller;
use crate::access::permissions::{Permission, can};
use crate::funds::claims::rules::{
    Certificate, ClaimState, FunderClaimCertification, FunderClaimInput, FunderClaimReceipt, FunderClaimWithdrawal, OutstandingReturns,
    Receipt,
};
use crate::funds::claims::store::{self, FunderClaimFilter};
use crate::funds::claims::{Claim, acts};
use crate::funds::routes::allowed;
use crate::funds::{budget_lines, periods, sources};
use crate::http::act::Stored;
use crate::http::{Api, Ask, Change, Create, Json, Listed, Listing, Made, MoneyChange, One, Patching};
use crate::kernel::{Id, Moment, Named, Page, Pence, Refusal};
use crate::store::Conn;

/// What the office claims from a funding source. It moves no money in the ledger.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FunderClaimView {
    /// Its id.
    pub id: Id,
    /// Its reference.
    #[schema(max_length = 40, example = "CLM-0007")]
    pub reference: String,
    /// Which version this is.
    pub version: i32,
    /// When this version became known.
    pub recorded_at: Moment,
    /// How far it has come.
    pub state: ClaimState,
    /// The budget line whose money is claimed.
    pub budget_line: Option<Named>,
    /// The fund period that the line is in.
    pub fund_period: Option<Named>,
    /// The funder.
    pub funding_source: Option<Named>,
    /// What is claimed, in pence; frozen by the certification.
    pub amount_pence: Pence,
    /// What has come, in pence.
    pub received_pence: Pence,
    /// What is certified and has not come, in pence.
    pub outstanding_pence: Pence,
    /// The first day that it covers.
    pub starts_on: NaiveDate,
    /// The last day that it covers.
    pub ends_on: NaiveDate,
    /// Why these are none of the periods for which the funder is claimed from.
    #[schema(max_length = 1000)]
    pub days_reason: Option<String>,
    /// A short remark for people.
    #[schema(max_length = 1000)]
    pub note: Option<String>,
    /// That finance stands by it.
    pub certification: Option<FunderClaimCertificateView>,
    /// The money that came for it, in the order in which it was noted.
    #[schema(max_items = 100)]
    pub receipts: Vec<FunderClaimReceiptView>,
    /// Why this version differs from the one before.
    #[schema(max_length = 1000)]
    pub reason: Option<String>,
    /// Whether it only stands for something that is not named.
    pub illustrative: bool,
    /// What cannot be shown: fields and rules.
    pub not_evidenced: Vec<String>,
    /// Where the facts are printed.
    pub evidence: Option<String>,
    /// What you may do to it now.
    pub allowed_actions: Vec<String>,
}

/// That finance stands by a claim.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FunderClaimCertificateView {
    /// What is certified, in words.
    #[schema(max_length = 2000)]
    pub statement: String,
    /// The day.
    pub certified_on: NaiveDate,
    /// Who certified.
    #[schema(max_length = 300)]
    pub certified_by: String,
    /// The returns of its days that were not accepted then, where any were, and why it was certified all the same.
    pub outstanding_returns: Option<OutstandingReturns>,
}

/// Money that came for a claim.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FunderClaimReceiptView {
    /// How much came, in pence.
    pub amount_pence: Pence,
    /// When it came.
    pub received_on: NaiveDate,
    /// What the bank or the finance system calls it.
    #[schema(max_length = 100, example = "BACS 20200714-0042")]
    pub reference: String,
    /// Who noted it.
    #[schema(max_length = 300)]
    pub recorded_by: String,
    /// When it was noted.
    pub recorded_at: Moment,
}

impl FunderClaimCertificateView {
    fn of(one: Certificate) -> Self {
        let Certificate { statement, certified_on, certified_by_name, outstanding_returns, .. } = one;
        Self { statement, certified_on, certified_by: certified_by_name, outstanding_returns }
    }
}

impl FunderClaimReceiptView {
    fn of(one: Receipt) -> Self {
        let Receipt { amount_pence, received_on, reference, recorded_by_name, recorded_at, .. } = one;
        Self { amount_pence, received_on, reference, recorded_by: recorded_by_name, recorded_at }
    }
}

/// What the records that claims refer to are called.
struct Names {
    lines: HashMap<Id, Line>,
    /// Claims that the caller wrote a version of, so that somebody else certifies them.
    own: HashSet<Id>,
}

struct Line {
    line: Option<Named>,
    period: Option<Named>,
    source: Option<Named>,
}

impl Names {
    fn of(conn: &mut Conn, caller: &Caller, claims: &[Claim]) -> Result<Self, Refusal> {
        let ids: Vec<Id> = claims.iter().map(|claim| claim.facts.budget_line_id).collect();
        let found = budget_lines::parents(conn, &ids)?;
        let period_ids: Vec<Id> = found.iter().map(|(_, period, _)| *period).collect();
        let source_ids: Vec<Id> = found.iter().map(|(_, _, source)| *source).collect();
        let (lines, periods) = (budget_lines::named(conn, &ids)?, periods::named(conn, &period_ids)?);
        let sources = sources::named(conn, &source_ids)?;
        let line = |(id, period, source): (Id, Id, Id)| {
            let line = Line { line: lines.get(&id).cloned(), period: periods.get(&period).cloned(), source: sources.get(&source).cloned() };
            (id, line)
        };
        let drafts: Vec<Id> = claims.iter().filter(|claim| claim.facts.terms.state == ClaimState::Draft).map(|claim| claim.id).collect();
        let authors = if drafts.is_empty() { HashSet::new() } else { store::authors(conn, &drafts)? };
        let own = authors.into_iter().filter(|(_, author)| caller.actor().id == Some(*author)).map(|(claim, _)| claim).collect();
        Ok(Self { lines: found.into_iter().map(line).collect(), own })
    }

    fn show(&self, caller: &Caller, claim: Claim) -> FunderClaimView {
        let allowed_actions = actions(caller, claim.facts.terms.state, self.own.contains(&claim.id));
        let line = self.lines.get(&claim.facts.budget_line_id);
        let (terms, provenance) = (claim.facts.terms, claim.provenance);
        FunderClaimView {
            id: claim.id,
            reference: claim.facts.reference,
            version: claim.version,
            recorded_at: claim.recorded_at,
            state: terms.state,
            budget_line: line.and_then(|line| line.line.clone()),
            fund_period: line.and_then(|line| line.period.clone()),
            funding_source: line.and_then(|line| line.source.clone()),
            amount_pence: terms.amount_pence,
            received_pence: terms.received(),
            outstanding_pence: terms.outstanding(),
            starts_on: terms.starts_on,
            ends_on: terms.ends_on,
            days_reason: terms.days_reason,
            note: terms.note,
            certification: terms.certificate.map(FunderClaimCertificateView::of),
            receipts: terms.receipts.into_iter().map(FunderClaimReceiptView::of).collect(),
            reason: terms.reason,
            illustrative: provenance.illustrative,
            not_evidenced: provenance.not_evidenced.0,
            evidence: provenance.evidence,
            allowed_actions,
        }
    }
}

fn actions(caller: &Caller, state: ClaimState, is_own: bool) -> Vec<String> {
    let (manage, certify, receive) = (Permission::ClaimsManage, Permission::ClaimsCertify, Permission::ClaimsReceive);
    let possible: &[(Permission, &str)] = match state {
        ClaimState::Draft if is_own => &[(manage, "update"), (manage, "withdraw")],
        ClaimState::Draft => &[(manage, "update"), (certify, "certify"), (manage, "withdraw")],
        ClaimState::Certified | ClaimState::PartlyReceived => &[(receive, "receive"), (certify, "withdraw")],
        ClaimState::Received | ClaimState::Withdrawn => &[],
    };
    allowed(caller, possible)
}

fn view(conn: &mut Conn, caller: &Caller, claim: Claim) -> Result<FunderClaimView, Refusal> {
    let names = Names::of(conn, caller, std::slice::from_ref(&claim))?;
    Ok(names.show(caller, claim))
}

fn one(conn: &mut Conn, caller: &Caller, claim: Claim) -> Result<One<FunderClaimView>, Refusal> {
    Ok(One { version: claim.version, body: view(conn, caller, claim)? })
}

async fn list(call: Ask<can::ClaimsRead, (), Listing<FunderClaimFilter>>) -> Result<Listed<FunderClaimView>, Refusal> {
    call.ask(|conn, input| {
        let page = store::page(conn, &input.query.filter, &input.query.page)?;
        let names = Names::of(conn, &input.caller, &page.items)?;
        let items = page.items.into_iter().map(|claim| names.show(&input.caller, claim)).collect();
        Ok(Listed(Page { items, next_cursor: page.next_cursor }))
    })
    .await
}

async fn get(call: Ask<can::ClaimsRead, Id>) -> Result<One<FunderClaimView>, Refusal> {
    call.ask(|conn, input| {
        let claim = store::load(conn, input.path)?.ok_or(Refusal::NotFound("claim"))?;
        one(conn, &input.caller, claim)
    })
    .await
}

async fn create(call: Create<can::ClaimsManage, (), Json<FunderClaimInput>>) -> Result<Stored<Made<FunderClaimView>>, Refusal> {
    call.act("funder_claim.create", |tx, input| {
        let claim = acts::create(tx, &input.body.0)?;
        let body = view(tx.conn(), &input.caller, claim)?;
        Ok(Made { location: format!("/v1/funder-claims/{}", body.id), version: body.version, body })
    })
    .await
}

async fn update(call: Patching<can::ClaimsManage, Id, FunderClaimInput>) -> Result<Stored<One<FunderClaimView>>, Refusal> {
    call.act("funder_claim.update", |tx, input| {
        let claim = acts::update(tx, input.path, input.version()?, |current| input.body.apply(current))?;
        one(tx.conn(), &input.caller, claim)
    })
    .await
}

async fn certify(call: Change<can::ClaimsCertify, Id, Json<FunderClaimCertification>>) -> Result<Stored<One<FunderClaimView>>, Refusal> {
    call.act("funder_claim.certify", |tx, input| {
        let claim = acts::certify(tx, input.path, input.version()?, &input.body.0)?;
        one(tx.conn(), &input.caller, claim)
    })
    .await
}

async fn receive(call: MoneyChange<can::ClaimsReceive, Id, Json<FunderClaimReceipt>>) -> Result<Stored<One<FunderClaimView>>, Refusal> {
    call.act("funder_claim.receive", |tx, input| {
        let claim = acts::receive(tx, input.path, input.version()?, &input.body.0)?;
        one(tx.conn(), &input.caller, claim)
    })
    .await
}

async fn withdraw(call: Change<can::ClaimsManage, Id, Json<FunderClaimWithdrawal>>) -> Result<Stored<One<FunderClaimView>>, Refusal> {
    call.act("funder_claim.withdraw", |tx, input| {
        let claim = acts::withdraw(tx, &input.caller, input.path, input.version()?, &input.body.0)?;
        one(tx.conn(), &input.caller, claim)
    })
    .await
}

/// Registers the operations.
pub fn mount(api: &mut Api) {
    api.tag("Funder claims", "What the office claims from its funders, certified by finance, and what came of it.");
    api.get("/v1/funder-claims", "funder_claims_list", "List claims to funders", list);
    api.post("/v1/funder-claims", "funder_claims_create", "Write a claim against a confirmed budget line", create);
    api.get("/v1/funder-claims/{id}", "funder_claims_get", "Show a claim", get);
    api.patch("/v1/funder-claims/{id}", "funder_claims_update", "Change a claim that is not certified", update);
    api.post("/v1/funder-claims/{id}/certification", "funder_claims_certify", "Certify a claim somebody else wrote", certify);
    api.post("/v1/funder-claims/{id}/receipts", "funder_claims_receive", "Note money that came for a claim", receive);
    api.post("/v1/funder-claims/{id}/withdrawal", "funder_claims_withdraw", "Take a claim back", withdraw);
    api.actions::<FunderClaimView>(&[
        ("update", "funder_claims_update"),
        ("certify", "funder_claims_certify"),
        ("receive", "funder_claims_receive"),
        ("withdraw", "funder_claims_withdraw"),
    ]);
}
