//! Operations on programmes. A provider role sees those that its organisation delivers or evaluates, without who else delivers them.

use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

use crate::access::permissions::{Permission, can};
use crate::access::{Caller, Scope};
use crate::http::NoFilter;
use crate::http::act::Stored;
use crate::http::{Api, Ask, Create, Json, Listed, Listing, Made, One, Patching};
use crate::kernel::{Id, Moment, Page, Refusal};
use crate::providers;
use crate::providers::ProviderSummary;
use crate::providers::programmes::rules::{
    Eligibility, Programme, ProgrammeFilter, ProgrammeInput, ProgrammeKind, ProgrammeStage, ReferralRoute,
};
use crate::providers::programmes::{ProgrammeSummary, acts, contributions, savings, summaries};
use crate::providers::rules::text::Alias;
use crate::store::Conn;

/// A named service that several awards deliver together.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ProgrammeView {
    /// Its id.
    pub id: Id,
    /// The code that people use; it never changes.
    #[schema(max_length = 40, example = "NEW-CHANCE")]
    pub code: String,
    /// The version shown.
    pub version: i32,
    /// Its name.
    #[schema(max_length = 300, example = "New Chance")]
    pub name: String,
    /// Short names and other spellings.
    #[schema(max_items = 50, value_type = Vec<Alias>)]
    pub aliases: Vec<String>,
    /// What kind of programme it is.
    pub kind: Option<ProgrammeKind>,
    /// How far it has come (R61).
    pub stage: Option<ProgrammeStage>,
    /// Since when it is at that stage.
    pub stage_since_on: Option<NaiveDate>,
    /// Its first day.
    pub starts_on: Option<NaiveDate>,
    /// Its last day; none: it goes on.
    pub ends_on: Option<NaiveDate>,
    /// The programme that it follows (R62).
    pub succeeds: Option<ProgrammeSummary>,
    /// The provider that evaluates it.
    pub evaluator: Option<ProviderSummary>,
    /// When its evaluation is due (R61).
    pub evaluation_due_on: Option<NaiveDate>,
    /// Whether it makes grants to individuals (R37).
    pub onward_grants: Option<bool>,
    /// How people come to it (R57).
    #[schema(max_items = 50)]
    pub referral_routes: Vec<ReferralRoute>,
    /// Who may take part, the earliest rule first; each holds until the next begins (R58).
    #[schema(max_items = 50)]
    pub eligibility: Vec<Eligibility>,
    /// The funds that pay for it.
    #[schema(max_items = 50)]
    pub fund_ids: Vec<Id>,
    /// The providers that deliver it or take part.
    #[schema(max_items = 200)]
    pub providers: Vec<ProviderSummary>,
    /// The areas where it is delivered.
    #[schema(max_items = 200)]
    pub area_ids: Vec<Id>,
    /// A short remark, shown to the office alone.
    #[schema(max_length = 3000)]
    pub note: Option<String>,
    /// Whether the record stands for something counted but not named.
    pub illustrative: bool,
    /// Fields that the source does not show.
    #[schema(max_items = 100)]
    pub not_evidenced: Vec<String>,
    /// Where it is printed.
    #[schema(max_length = 3000)]
    pub evidence: Option<String>,
    /// When this version was recorded.
    pub recorded_at: Moment,
    /// What you may do with it now: `update`, `add_contribution`, `add_savings_claim`.
    #[schema(max_items = 10)]
    pub allowed_actions: Vec<String>,
}

/// The records that programmes name, in short.
struct Names {
    providers: Vec<ProviderSummary>,
    programmes: Vec<ProgrammeSummary>,
}

impl Names {
    fn of(conn: &mut Conn, programmes: &[Programme]) -> Result<Self, Refusal> {
        let facts = || programmes.iter().map(|programme| &programme.facts);
        let organisations = facts().flat_map(|facts| facts.provider_ids.iter().copied().chain(facts.evaluator_id));
        let organisations: Vec<Id> = organisations.collect();
        let earlier: Vec<Id> = facts().filter_map(|facts| facts.succeeds_id).collect();
        Ok(Self { providers: providers::summaries(conn, &organisations)?, programmes: summaries(conn, &earlier)? })
    }

    fn provider(&self, id: Id) -> Option<ProviderSummary> {
        self.providers.iter().find(|one| one.id == id).cloned()
    }

    fn programme(&self, id: Id) -> Option<ProgrammeSummary> {
        self.programmes.iter().find(|one| one.id == id).cloned()
    }
}

impl ProgrammeView {
    fn new(programme: Programme, names: &Names, caller: &Caller) -> Self {
        let facts = programme.facts;
        let is_shown = |provider: Id| caller.scope() == Scope::Office || caller.scope().holds(Some(provider));
        Self {
            id: programme.id,
            code: facts.code,
            version: programme.version,
            name: facts.name,
            aliases: facts.aliases,
            kind: facts.kind,
            stage: facts.stage,
            stage_since_on: facts.stage_since_on,
            starts_on: facts.starts_on,
            ends_on: facts.ends_on,
            succeeds: facts.succeeds_id.and_then(|id| names.programme(id)),
            evaluator: facts.evaluator_id.and_then(|id| names.provider(id)),
            evaluation_due_on: facts.evaluation_due_on,
            onward_grants: facts.onward_grants,
            referral_routes: facts.referral_routes,
            eligibility: facts.eligibility,
            fund_ids: facts.fund_ids,
            providers: facts.provider_ids.into_iter().filter(|id| is_shown(*id)).filter_map(|id| names.provider(id)).collect(),
            area_ids: facts.area_ids,
            note: facts.note.filter(|_| caller.scope() == Scope::Office),
            illustrative: programme.provenance.illustrative,
            not_evidenced: programme.provenance.not_evidenced.0,
            evidence: programme.provenance.evidence,
            recorded_at: programme.recorded_at,
            allowed_actions: allowed(caller),
        }
    }
}

fn allowed(caller: &Caller) -> Vec<String> {
    let may = |permission: Permission| caller.scope() == Scope::Office && caller.may(permission);
    let actions = [
        (Permission::ProvidersManage, "update"),
        (Permission::FundsManage, "add_contribution"),
        (Permission::FundsManage, "add_savings_claim"),
    ];
    actions.into_iter().filter(|(permission, _)| may(*permission)).map(|(_, action)| action.to_owned()).collect()
}

/// Registers the operations on programmes and on what others pay for them.
pub fn mount(api: &mut Api) {
    api.tag("Programmes", "Named services that several awards deliver together, who else pays for them, and what they are said to save.");
    api.get("/v1/programmes", "programmes_list", "List programmes; a provider sees those that it delivers or evaluates", list);
    api.post("/v1/programmes", "programmes_create", "Add a programme", create);
    api.get("/v1/programmes/{id}", "programmes_get", "Show a programme", get);
    api.patch("/v1/programmes/{id}", "programmes_update", "Change a programme", change);
    api.get("/v1/programmes/{id}/versions", "programmes_versions", "List the versions of a programme, the newest first", versions);
    contributions::routes::mount(api);
    savings::routes::mount(api);
    api.actions::<ProgrammeView>(&[
        ("update", "programmes_update"),
        ("add_contribution", "contributions_create"),
        ("add_savings_claim", "savings_claims_create"),
    ]);
}

async fn list(call: Ask<can::ProvidersRead, (), Listing<ProgrammeFilter>>) -> Result<Listed<ProgrammeView>, Refusal> {
    call.ask(|conn, input| {
        let page = acts::list(conn, input.caller.scope(), &input.query.filter, &input.query.page)?;
        shown(conn, page, &input.caller)
    })
    .await
}

async fn create(call: Create<can::ProvidersManage, (), Json<ProgrammeInput>>) -> Result<Stored<Made<ProgrammeView>>, Refusal> {
    call.act("programme.create", |tx, input| {
        let new = acts::create(tx, &input.body.0, &Default::default())?;
        let body = one(tx.conn(), new, &input.caller)?.body;
        Ok(Made { location: format!("/v1/programmes/{}", body.id), version: body.version, body })
    })
    .await
}

async fn get(call: Ask<can::ProvidersRead, Id>) -> Result<One<ProgrammeView>, Refusal> {
    call.ask(|conn, input| {
        let programme = acts::seen(conn, input.caller.scope(), input.path)?;
        one(conn, programme, &input.caller)
    })
    .await
}

async fn change(call: Patching<can::ProvidersManage, Id, ProgrammeInput>) -> Result<Stored<One<ProgrammeView>>, Refusal> {
    call.act("programme.change", |tx, input| {
        let next = input.body.apply(&acts::get(tx.conn(), input.path)?.facts)?;
        let changed = acts::change(tx, input.path, input.version()?, &next)?;
        one(tx.conn(), changed, &input.caller)
    })
    .await
}

async fn versions(call: Ask<can::ProvidersRead, Id, Listing<NoFilter>>) -> Result<Listed<ProgrammeView>, Refusal> {
    call.ask(|conn, input| {
        let page = acts::history(conn, input.caller.scope(), input.path, &input.query.page)?;
        let Listed(page) = shown(conn, page, &input.caller)?;
        Ok(Listed(page.map(|past| ProgrammeView { allowed_actions: Vec::new(), ..past })))
    })
    .await
}

fn one(conn: &mut Conn, programme: Programme, caller: &Caller) -> Result<One<ProgrammeView>, Refusal> {
    let names = Names::of(conn, std::slice::from_ref(&programme))?;
    Ok(One { version: programme.version, body: ProgrammeView::new(programme, &names, caller) })
}

fn shown(conn: &mut Conn, page: Page<Programme>, caller: &Caller) -> Result<Listed<ProgrammeView>, Refusal> {
    let names = Names::of(conn, &page.items)?;
    Ok(Listed(page.map(|programme| ProgrammeView::new(programme, &names, caller))))
}
