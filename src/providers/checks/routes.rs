//! Operations on due-diligence checks.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::access::permissions::{Permission, can};
use crate::access::{Caller, Scope};
use crate::documents::{Attached, DocumentUpload, DocumentView, attach_to, list_of, nothing_more};
use crate::http::act::Stored;
use crate::http::{Api, Ask, Create, Json, Listed, Listing, Made, NoFilter, One};
use crate::kernel::{Id, Moment, Refusal};
use crate::providers::checks::RECORD_KIND;
use crate::providers::checks::acts::{self, Weighed};
use crate::providers::checks::rules::{CheckKind, CheckOutcome, CheckStanding, ProviderCheck, ProviderCheckInput};
use crate::store::Conn;

/// What a list of checks can be narrowed by.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct ProviderCheckFilter {
    /// Only checks of this kind.
    kind: Option<CheckKind>,
    /// Only those that count: the newest of each kind.
    current: Option<bool>,
}

/// A due-diligence check. It is never changed: a newer one of its kind takes its place.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ProviderCheckView {
    /// Its id.
    pub id: Id,
    /// Who was checked.
    pub provider_id: Id,
    /// The provider's reference and a number.
    #[schema(max_length = 60, example = "BCWA-C1")]
    pub reference: String,
    /// What was checked.
    pub kind: CheckKind,
    /// What came of it.
    pub outcome: CheckOutcome,
    /// What it says today.
    pub standing: CheckStanding,
    /// The day of the check.
    pub checked_on: NaiveDate,
    /// The last day on which it counts; none: it counts until there is a newer one.
    pub expires_on: Option<NaiveDate>,
    /// The supplier number that was found right.
    #[schema(max_length = 40)]
    pub supplier_number: Option<String>,
    /// What was looked at.
    #[schema(max_length = 500)]
    pub evidence: Option<String>,
    /// A remark, shown to the office alone.
    #[schema(max_length = 3000)]
    pub remark: Option<String>,
    /// Who recorded it, shown to the office alone.
    #[schema(max_length = 300)]
    pub recorded_by: Option<String>,
    /// When it was recorded.
    pub recorded_at: Moment,
    /// Whether it only stands for something that is not printed.
    pub illustrative: bool,
    /// What cannot be shown of it.
    pub not_evidenced: Vec<String>,
    /// What you may do with it now: `attach_document`.
    #[schema(max_items = 10)]
    pub allowed_actions: Vec<String>,
}

/// The check of one kind that counts, in short.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ProviderCheckSummary {
    /// Its id.
    pub id: Id,
    /// Its reference.
    #[schema(max_length = 60, example = "BCWA-C1")]
    pub reference: String,
    /// What was checked.
    pub kind: CheckKind,
    /// What it says today: `current`, `expired` or `failed`.
    pub standing: CheckStanding,
    /// The day of the check.
    pub checked_on: NaiveDate,
    /// The last day on which it counts.
    pub expires_on: Option<NaiveDate>,
}

impl ProviderCheckSummary {
    /// One of those that count, as it stands on `day`.
    pub(in crate::providers) fn of(check: ProviderCheck, day: NaiveDate) -> Self {
        let standing = check.standing(true, day);
        let ProviderCheck { id, reference, kind, checked_on, expires_on, .. } = check;
        Self { id, reference, kind, standing, checked_on, expires_on }
    }
}

impl ProviderCheckView {
    fn of(Weighed { check, counts }: Weighed, caller: &Caller, today: NaiveDate) -> Self {
        let is_office = caller.scope() == Scope::Office;
        let may_attach = is_office && caller.may(Permission::ProvidersCheck);
        Self {
            standing: check.standing(counts, today),
            id: check.id,
            provider_id: check.provider_id,
            reference: check.reference,
            kind: check.kind,
            outcome: check.outcome,
            checked_on: check.checked_on,
            expires_on: check.expires_on,
            supplier_number: check.supplier_number,
            evidence: check.evidence,
            remark: check.remark.filter(|_| is_office),
            recorded_by: is_office.then_some(check.recorded_by_name),
            recorded_at: check.recorded_at,
            illustrative: check.illustrative,
            not_evidenced: check.not_evidenced.0,
            allowed_actions: may_attach.then(|| "attach_document".to_owned()).into_iter().collect(),
        }
    }
}

/// Registers the operations on checks.
pub fn mount(api: &mut Api) {
    api.get("/v1/providers/{id}/checks", "provider_checks_list", "List the due-diligence checks of a provider, the newest first", list);
    api.post("/v1/providers/{id}/checks", "provider_checks_record", "Record a due-diligence check", record);
    api.get("/v1/provider-checks/{id}", "provider_checks_get", "Show a due-diligence check", get);
    api.get("/v1/provider-checks/{id}/documents", "provider_checks_documents_list", "List the evidence attached to a check", documents);
    api.post("/v1/provider-checks/{id}/documents", "provider_checks_documents_attach", "Attach evidence to a check", attach);
    api.actions::<ProviderCheckView>(&[("attach_document", "provider_checks_documents_attach")]);
}

async fn list(call: Ask<can::ProvidersRead, Id, Listing<ProviderCheckFilter>>) -> Result<Listed<ProviderCheckView>, Refusal> {
    let today = call.service.db.clock().today();
    call.ask(move |conn, input| {
        let wanted = (input.query.filter.kind, input.query.filter.current.unwrap_or(false));
        let page = acts::list(conn, input.caller.scope(), input.path, wanted, &input.query.page)?;
        Ok(Listed(page.map(|check| ProviderCheckView::of(check, &input.caller, today))))
    })
    .await
}

async fn record(call: Create<can::ProvidersCheck, Id, Json<ProviderCheckInput>>) -> Result<Stored<Made<ProviderCheckView>>, Refusal> {
    call.act("provider_check.record", |tx, input| {
        may_record(&input.caller, input.body.0.kind)?;
        let check = acts::record(tx, input.caller.scope(), input.path, &input.body.0)?;
        let body = ProviderCheckView::of(check, &input.caller, tx.today());
        Ok(Made { location: format!("/v1/provider-checks/{}", body.id), version: 1, body })
    })
    .await
}

/// Finance alone says that a supplier number is the right one.
fn may_record(caller: &Caller, kind: CheckKind) -> Result<(), Refusal> {
    let needed = Permission::SupplierNumbersConfirm;
    let may = kind != CheckKind::SupplierNumber || caller.may(needed);
    if may { Ok(()) } else { Err(Refusal::Forbidden(needed.word())) }
}

async fn get(call: Ask<can::ProvidersRead, Id>) -> Result<One<ProviderCheckView>, Refusal> {
    let today = call.service.db.clock().today();
    call.ask(move |conn, input| {
        let check = acts::get(conn, input.caller.scope(), input.path)?;
        Ok(One { version: 1, body: ProviderCheckView::of(check, &input.caller, today) })
    })
    .await
}

/// What the office gathered about a provider is for the office alone.
fn of_check(conn: &mut Conn, scope: Scope, id: Id) -> Result<Attached, Refusal> {
    let found = acts::get(conn, scope, id)?;
    Ok(Attached { record_kind: RECORD_KIND, record_id: found.check.id, provider_id: None, office_only: true })
}

async fn documents(call: Ask<can::DocumentsRead, Id, Listing<NoFilter>>) -> Result<Listed<DocumentView>, Refusal> {
    list_of(call, |conn, scope, id| of_check(conn, scope, id).map(|to| to.record_id)).await
}

async fn attach(call: DocumentUpload<can::ProvidersCheck>) -> Result<Stored<Made<DocumentView>>, Refusal> {
    attach_to(call, "provider_check.attach_document", of_check, nothing_more).await
}
