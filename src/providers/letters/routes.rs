//! Operations on letters.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::access::permissions::{Permission, can};
use crate::access::{Caller, Scope};
use crate::documents::{Attached, DocumentUpload, DocumentView, attach_to, list_of, nothing_more};
use crate::http::act::Stored;
use crate::http::{Api, Ask, Create, Json, Listed, Listing, Made, NoFilter, One};
use crate::kernel::{Id, Moment, Refusal};
use crate::providers::letters::rules::{LetterKind, ProviderLetter, ProviderLetterInput};
use crate::providers::letters::{RECORD_KIND, acts};
use crate::store::Conn;

/// What a list of letters can be narrowed by.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct ProviderLetterFilter {
    /// Only letters of this kind.
    kind: Option<LetterKind>,
}

/// A letter that was issued to a provider. It is never changed: one issued again is another.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ProviderLetterView {
    /// Its id.
    pub id: Id,
    /// To whom it was issued.
    pub provider_id: Id,
    /// The provider's reference and a number.
    #[schema(max_length = 60, example = "BCWA-L1")]
    pub reference: String,
    /// What it is for.
    pub kind: LetterKind,
    /// The day on which it was issued.
    pub issued_on: NaiveDate,
    /// Why the provider asked for it.
    #[schema(max_length = 1000)]
    pub reason: String,
    /// Who issued it.
    #[schema(max_length = 300)]
    pub issued_by: String,
    /// When it was recorded.
    pub recorded_at: Moment,
    /// What you may do with it now: `attach_document`.
    #[schema(max_items = 10)]
    pub allowed_actions: Vec<String>,
}

impl ProviderLetterView {
    fn of(letter: ProviderLetter, caller: &Caller) -> Self {
        let may_attach = caller.may(Permission::ProvidersManage);
        Self {
            id: letter.id,
            provider_id: letter.provider_id,
            reference: letter.reference,
            kind: letter.kind,
            issued_on: letter.issued_on,
            reason: letter.reason,
            issued_by: letter.issued_by_name,
            recorded_at: letter.recorded_at,
            allowed_actions: may_attach.then(|| "attach_document".to_owned()).into_iter().collect(),
        }
    }
}

/// Registers the operations on letters.
pub fn mount(api: &mut Api) {
    api.get("/v1/providers/{id}/letters", "provider_letters_list", "List the letters issued to a provider, the newest first", list);
    api.post("/v1/providers/{id}/letters", "provider_letters_issue", "Log that a letter was issued to a provider", issue);
    api.get("/v1/provider-letters/{id}", "provider_letters_get", "Show a letter issued to a provider", get);
    api.get("/v1/provider-letters/{id}/documents", "provider_letters_documents_list", "List the files of a letter", documents);
    api.actions::<ProviderLetterView>(&[("attach_document", "provider_letters_documents_attach")]);
    api.post("/v1/provider-letters/{id}/documents", "provider_letters_documents_attach", "Attach the letter itself", attach);
}

async fn list(call: Ask<can::ProvidersRead, Id, Listing<ProviderLetterFilter>>) -> Result<Listed<ProviderLetterView>, Refusal> {
    call.ask(|conn, input| {
        let page = acts::list(conn, input.caller.scope(), input.path, input.query.filter.kind, &input.query.page)?;
        Ok(Listed(page.map(|letter| ProviderLetterView::of(letter, &input.caller))))
    })
    .await
}

async fn issue(call: Create<can::ProvidersManage, Id, Json<ProviderLetterInput>>) -> Result<Stored<Made<ProviderLetterView>>, Refusal> {
    call.act("provider_letter.issue", |tx, input| {
        let letter = acts::issue(tx, input.caller.scope(), input.path, &input.body.0)?;
        let body = ProviderLetterView::of(letter, &input.caller);
        Ok(Made { location: format!("/v1/provider-letters/{}", body.id), version: 1, body })
    })
    .await
}

async fn get(call: Ask<can::ProvidersRead, Id>) -> Result<One<ProviderLetterView>, Refusal> {
    call.ask(|conn, input| {
        let letter = acts::get(conn, input.caller.scope(), input.path)?;
        Ok(One { version: 1, body: ProviderLetterView::of(letter, &input.caller) })
    })
    .await
}

/// The provider to whom a letter was issued fetches it too.
fn of_letter(conn: &mut Conn, scope: Scope, id: Id) -> Result<Attached, Refusal> {
    let letter = acts::get(conn, scope, id)?;
    Ok(Attached { record_kind: RECORD_KIND, record_id: letter.id, provider_id: Some(letter.provider_id), office_only: false })
}

async fn documents(call: Ask<can::DocumentsRead, Id, Listing<NoFilter>>) -> Result<Listed<DocumentView>, Refusal> {
    list_of(call, |conn, scope, id| of_letter(conn, scope, id).map(|to| to.record_id)).await
}

async fn attach(call: DocumentUpload<can::ProvidersManage>) -> Result<Stored<Made<DocumentView>>, Refusal> {
    attach_to(call, "provider_letter.attach_document", of_letter, nothing_more).await
}
