//! Operations on organisations and on the members of consortia.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::access::Caller;
use crate::access::Scope;
use crate::access::permissions::{Permission, can};
use crate::http::NoFilter;
use crate::http::act::Stored;
use crate::http::{Api, Ask, Create, Json, Listed, Listing, Made, One, Patching, Put};
use crate::kernel::{Id, Moment, Page, Refusal};
use crate::providers::checks::routes::ProviderCheckSummary;
use crate::providers::rules::consortium::MemberInput;
use crate::providers::rules::text::Alias;
use crate::providers::rules::{PccStatus, Provider, ProviderFilter, ProviderInput, ProviderKind, ProviderSize, identifiers};
use crate::providers::{ProviderSummary, acts, checks, letters, programmes, service_lines, summaries};
use crate::store::Conn;

/// An organisation that receives money.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ProviderView {
    /// Its id.
    pub id: Id,
    /// The reference that people use; it never changes.
    #[schema(max_length = 40, example = "BCWA")]
    pub reference: String,
    /// The version shown.
    pub version: i32,
    /// The canonical name.
    #[schema(max_length = 300, example = "Black Country Women's Aid")]
    pub name: String,
    /// Short names and other spellings.
    #[schema(max_items = 50, value_type = Vec<Alias>)]
    pub aliases: Vec<String>,
    /// What kind of organisation it is.
    pub kind: Option<ProviderKind>,
    /// Whether the office commissions it already (R41).
    pub pcc_status: PccStatus,
    /// How large it is (R40).
    pub size: Option<ProviderSize>,
    /// Whether it is a specialist organisation (R40).
    pub specialist: Option<bool>,
    /// Charity number.
    #[schema(max_length = 20, example = "1012345")]
    pub charity_number: Option<String>,
    /// Company number.
    #[schema(max_length = 20, example = "01234567")]
    pub company_number: Option<String>,
    /// Postcode of its main address.
    #[schema(max_length = 12, example = "B1 1AA")]
    pub postcode: Option<String>,
    /// The letters with which the postcode begins (R66).
    #[schema(max_length = 3, example = "B")]
    pub postcode_area: Option<String>,
    /// Whether it counts as local (R66).
    pub local: Option<bool>,
    /// The area where it is at home.
    pub home_area_id: Option<Id>,
    /// The areas where it works.
    #[schema(max_items = 200)]
    pub area_ids: Vec<Id>,
    /// Where letters go.
    #[schema(max_length = 254, example = "office@provider.example")]
    pub contact_email: Option<String>,
    /// Its number in the finance system.
    #[schema(max_length = 40)]
    pub supplier_number: Option<String>,
    /// How many members it has, where it is a consortium (R38).
    #[schema(minimum = 0, maximum = 100)]
    pub member_count: usize,
    /// Its due-diligence checks as they stand today, the newest of each kind; none in a list of versions.
    #[schema(max_items = 20)]
    pub checks: Vec<ProviderCheckSummary>,
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
    /// What you may do with it now: `update`, `add_service_line`, `set_members`, `record_check`.
    #[schema(max_items = 10)]
    pub allowed_actions: Vec<String>,
}

impl ProviderView {
    fn new(provider: Provider, caller: &Caller) -> Self {
        let allowed_actions = allowed(&provider, caller);
        let note = provider.facts.note.filter(|_| caller.scope() == Scope::Office);
        Self {
            id: provider.id,
            reference: provider.facts.reference.unwrap_or_default(),
            version: provider.version,
            name: provider.facts.name,
            aliases: provider.facts.aliases,
            kind: provider.facts.kind,
            pcc_status: provider.facts.pcc_status,
            size: provider.facts.size,
            specialist: provider.facts.specialist,
            charity_number: provider.facts.charity_number,
            company_number: provider.facts.company_number,
            postcode_area: provider.facts.postcode.as_deref().map(identifiers::postcode_area),
            postcode: provider.facts.postcode,
            local: provider.facts.local,
            home_area_id: provider.facts.home_area_id,
            area_ids: provider.facts.area_ids,
            contact_email: provider.facts.contact_email,
            supplier_number: provider.facts.supplier_number,
            member_count: provider.members.len(),
            checks: Vec::new(),
            note,
            illustrative: provider.provenance.illustrative,
            not_evidenced: provider.provenance.not_evidenced.0,
            evidence: provider.provenance.evidence,
            recorded_at: provider.recorded_at,
            allowed_actions,
        }
    }
}

fn allowed(provider: &Provider, caller: &Caller) -> Vec<String> {
    if caller.scope() != Scope::Office {
        return Vec::new();
    }
    let (manage, check) = (Permission::ProvidersManage, Permission::ProvidersCheck);
    let members = (provider.facts.kind == Some(ProviderKind::Consortium)).then_some((manage, "set_members"));
    let all = [(manage, "update"), (manage, "add_service_line")].into_iter().chain(members).chain([(check, "record_check")]);
    all.filter(|(permission, _)| caller.may(*permission)).map(|(_, action)| action.to_owned()).collect()
}

/// Providers as they stand today, each with its checks.
fn views(conn: &mut Conn, caller: &Caller, today: NaiveDate, providers: Vec<Provider>) -> Result<Vec<ProviderView>, Refusal> {
    let ids: Vec<Id> = providers.iter().map(|provider| provider.id).collect();
    let mut counting = checks::counting(conn, &ids)?;
    let view = |provider: Provider| {
        let checks = counting.remove(&provider.id).unwrap_or_default();
        let checks = checks.into_iter().map(|check| ProviderCheckSummary::of(check, today)).collect();
        ProviderView { checks, ..ProviderView::new(provider, caller) }
    };
    Ok(providers.into_iter().map(view).collect())
}

fn view(conn: &mut Conn, caller: &Caller, today: NaiveDate, provider: Provider) -> Result<ProviderView, Refusal> {
    views(conn, caller, today, vec![provider])?.pop().ok_or(Refusal::NotFound("provider"))
}

/// The members of a consortium, all of them.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct MembersInput {
    /// Who belongs to it, and who of them leads.
    #[schema(max_items = 100)]
    pub members: Vec<MemberInput>,
}

/// The members of a consortium.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct MembersView {
    /// The consortium.
    pub provider_id: Id,
    /// Its version.
    pub version: i32,
    /// Who belongs to it.
    #[schema(max_items = 100)]
    pub members: Vec<MemberView>,
    /// What you may do now: `set_members`.
    #[schema(max_items = 10)]
    pub allowed_actions: Vec<String>,
}

/// A member of a consortium.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct MemberView {
    /// The member.
    pub provider: ProviderSummary,
    /// Whether it leads.
    pub lead: bool,
    /// From when it belongs; none: from the beginning.
    pub starts_on: Option<NaiveDate>,
    /// Until when it belongs; none: without end.
    pub ends_on: Option<NaiveDate>,
}

/// Registers the operations on organisations, service lines and programmes.
pub fn mount(api: &mut Api) {
    api.tag("Providers", "Organisations that receive money, their services and consortia.");
    api.get("/v1/providers", "providers_list", "List providers; a provider sees itself", list);
    api.post("/v1/providers", "providers_create", "Add a provider", create);
    api.get("/v1/providers/{id}", "providers_get", "Show a provider", get);
    api.patch("/v1/providers/{id}", "providers_update", "Change a provider", change);
    api.get("/v1/providers/{id}/versions", "providers_versions", "List the versions of a provider, the newest first", versions);
    api.get("/v1/providers/{id}/members", "provider_members_get", "Show the members of a consortium", members);
    api.put("/v1/providers/{id}/members", "provider_members_set", "Say who belongs to a consortium and who leads it", set_members);
    service_lines::routes::mount(api);
    checks::routes::mount(api);
    letters::routes::mount(api);
    programmes::routes::mount(api);
    api.actions::<ProviderView>(&[
        ("update", "providers_update"),
        ("add_service_line", "service_lines_create"),
        ("set_members", "provider_members_set"),
        ("record_check", "provider_checks_record"),
    ]);
    api.actions::<MembersView>(&[("set_members", "provider_members_set")]);
}

async fn list(call: Ask<can::ProvidersRead, (), Listing<ProviderFilter>>) -> Result<Listed<ProviderView>, Refusal> {
    let today = call.service.db.clock().today();
    call.ask(move |conn, input| {
        let page = acts::list(conn, input.caller.scope(), &input.query.filter, &input.query.page)?;
        Ok(Listed(Page { items: views(conn, &input.caller, today, page.items)?, next_cursor: page.next_cursor }))
    })
    .await
}

async fn create(call: Create<can::ProvidersManage, (), Json<ProviderInput>>) -> Result<Stored<Made<ProviderView>>, Refusal> {
    call.act("provider.create", |tx, input| {
        let provider = acts::create(tx, &input.body.0, &Default::default())?;
        let today = tx.today();
        let body = view(tx.conn(), &input.caller, today, provider)?;
        Ok(Made { location: format!("/v1/providers/{}", body.id), version: body.version, body })
    })
    .await
}

async fn get(call: Ask<can::ProvidersRead, Id>) -> Result<One<ProviderView>, Refusal> {
    let today = call.service.db.clock().today();
    call.ask(move |conn, input| {
        let provider = acts::get(conn, input.caller.scope(), input.path)?;
        one(conn, &input.caller, today, provider)
    })
    .await
}

async fn change(call: Patching<can::ProvidersManage, Id, ProviderInput>) -> Result<Stored<One<ProviderView>>, Refusal> {
    call.act("provider.change", |tx, input| {
        let (scope, id) = (input.caller.scope(), input.path);
        let next = input.body.apply(&acts::get(tx.conn(), scope, id)?.facts)?;
        let provider = acts::change(tx, scope, id, input.version()?, &next)?;
        let today = tx.today();
        one(tx.conn(), &input.caller, today, provider)
    })
    .await
}

async fn versions(call: Ask<can::ProvidersRead, Id, Listing<NoFilter>>) -> Result<Listed<ProviderView>, Refusal> {
    call.ask(|conn, input| {
        let page = acts::history(conn, input.caller.scope(), input.path, &input.query.page)?;
        let past = |provider| ProviderView { allowed_actions: Vec::new(), ..ProviderView::new(provider, &input.caller) };
        Ok(Listed(page.map(past)))
    })
    .await
}

async fn members(call: Ask<can::ProvidersRead, Id>) -> Result<One<MembersView>, Refusal> {
    call.ask(|conn, input| {
        let consortium = acts::get(conn, input.caller.scope(), input.path)?;
        membership(conn, &consortium, &input.caller)
    })
    .await
}

async fn set_members(call: Put<can::ProvidersManage, Id, Json<MembersInput>>) -> Result<Stored<One<MembersView>>, Refusal> {
    call.act("provider.set_members", |tx, input| {
        let members = &input.body.0.members;
        let next = acts::set_members(tx, input.caller.scope(), input.path, input.version()?, members, &[])?;
        membership(tx.conn(), &next, &input.caller)
    })
    .await
}

fn one(conn: &mut Conn, caller: &Caller, today: NaiveDate, provider: Provider) -> Result<One<ProviderView>, Refusal> {
    Ok(One { version: provider.version, body: view(conn, caller, today, provider)? })
}

fn membership(conn: &mut Conn, consortium: &Provider, caller: &Caller) -> Result<One<MembersView>, Refusal> {
    let ids: Vec<Id> = consortium.members.iter().map(|member| member.provider_id).collect();
    let known = summaries(conn, &ids)?;
    let view = |member: &MemberInput| {
        let provider = known.iter().find(|one| one.id == member.provider_id)?.clone();
        Some(MemberView { provider, lead: member.lead, starts_on: member.starts_on, ends_on: member.ends_on })
    };
    let members = consortium.members.iter().filter_map(view).collect();
    let allowed_actions = allowed(consortium, caller).into_iter().filter(|one| one == "set_members").collect();
    let body = MembersView { provider_id: consortium.id, version: consortium.version, members, allowed_actions };
    Ok(One { version: consortium.version, body })
}
