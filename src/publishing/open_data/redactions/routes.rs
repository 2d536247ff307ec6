//! Redactions over HTTP.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::access::Caller;
use crate::access::permissions::{Permission, can};
use crate::http::act::Stored;
use crate::http::{Api, Ask, Change, Create, Json, Listed, Listing, Made, One};
use crate::kernel::{Id, Moment, Refusal};
use crate::publishing::open_data::redactions::acts::{self, Redaction};
use crate::publishing::open_data::redactions::rules::{FieldRedactionInput, FieldRedactionLift, RedactedField, RedactedKind};

/// What narrows the list of redactions.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct FieldRedactionFilter {
    /// Only of this record.
    record_id: Option<Id>,
}

/// A field that is not shown to the public.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FieldRedactionView {
    /// Its id.
    id: Id,
    /// Which version this is.
    version: i32,
    /// When this version became known.
    recorded_at: Moment,
    /// Whose field it is.
    record_kind: RedactedKind,
    /// Which record.
    record_id: Id,
    /// Which of its fields.
    field: RedactedField,
    /// Why.
    #[schema(max_length = 1000)]
    reason: String,
    /// From which day on.
    starts_on: NaiveDate,
    /// Who redacted it.
    #[schema(max_length = 300)]
    redacted_by: String,
    /// When it was lifted.
    lifted_on: Option<NaiveDate>,
    /// Who lifted it.
    #[schema(max_length = 300)]
    lifted_by: Option<String>,
    /// Why it was lifted.
    #[schema(max_length = 1000)]
    lifted_reason: Option<String>,
    /// What you may do to it now.
    allowed_actions: Vec<String>,
}

fn view(caller: &Caller, (row, lifted): Redaction) -> One<FieldRedactionView> {
    let may_lift = lifted.is_none() && caller.may(Permission::RedactionsManage);
    let version = acts::version_of(lifted.as_ref());
    let body = FieldRedactionView {
        id: row.id,
        version,
        recorded_at: lifted.as_ref().map_or(row.recorded_at, |one| one.recorded_at),
        record_kind: row.record_kind,
        record_id: row.record_id,
        field: row.field,
        reason: row.reason,
        starts_on: row.starts_on,
        redacted_by: row.redacted_by,
        lifted_on: lifted.as_ref().map(|one| one.lifted_on),
        lifted_by: lifted.as_ref().map(|one| one.lifted_by.clone()),
        lifted_reason: lifted.map(|one| one.reason),
        allowed_actions: may_lift.then(|| "lift".to_owned()).into_iter().collect(),
    };
    One { version, body }
}

async fn list(call: Ask<can::PublicationsRead, (), Listing<FieldRedactionFilter>>) -> Result<Listed<FieldRedactionView>, Refusal> {
    call.ask(|conn, input| {
        let page = acts::page(conn, input.query.filter.record_id, &input.query.page)?;
        Ok(Listed(page.map(|one| view(&input.caller, one).body)))
    })
    .await
}

async fn get(call: Ask<can::PublicationsRead, Id>) -> Result<One<FieldRedactionView>, Refusal> {
    call.ask(|conn, input| acts::get(conn, input.path).map(|one| view(&input.caller, one))).await
}

async fn redact(call: Create<can::RedactionsManage, (), Json<FieldRedactionInput>>) -> Result<Stored<Made<FieldRedactionView>>, Refusal> {
    call.act("redaction.make", |tx, input| {
        let One { version, body } = view(&input.caller, acts::redact(tx, &input.body.0)?);
        Ok(Made { location: format!("/v1/redactions/{}", body.id), version, body })
    })
    .await
}

async fn lift(call: Change<can::RedactionsManage, Id, Json<FieldRedactionLift>>) -> Result<Stored<One<FieldRedactionView>>, Refusal> {
    call.act("redaction.lift", |tx, input| {
        acts::lift(tx, input.path, input.version()?, &input.body.0.reason).map(|one| view(&input.caller, one))
    })
    .await
}

/// Registers the operations.
pub fn mount(api: &mut Api) {
    api.get("/v1/redactions", "redactions_list", "List what is redacted in what the office publishes, the newest first", list);
    api.post("/v1/redactions", "redactions_make", "Redact a field in all that the office publishes", redact);
    api.get("/v1/redactions/{id}", "redactions_get", "Show a redaction", get);
    api.post("/v1/redactions/{id}/lift", "redactions_lift", "Lift a redaction, so that the field is shown again", lift);
    api.actions::<FieldRedactionView>(&[("lift", "redactions_lift")]);
}
