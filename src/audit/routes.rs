//! Reading the log and checking its chain.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::access::Scope;
use crate::access::permissions::can;
use crate::audit::rules::Outcome;
use crate::audit::store::{self, EventRow, SealRow, Wanted};
use crate::audit::verify::{AuditVerification, verify};
use crate::http::{Api, Ask, Listed, Listing, Plain};
use crate::kernel::{ActorKind, Id, Moment, Page, Refusal};

/// Which events are asked for.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct AuditEventFilter {
    /// Only events of this kind of record: `award`.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 40)]
    pub record_kind: Option<String>,
    /// Only events of this record, refused attempts on it included.
    #[serde(default)]
    pub record_id: Option<Id>,
    /// Only what this person or program did or attempted.
    #[serde(default)]
    pub actor_id: Option<Id>,
    /// Only this act: `award.accept`.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 80)]
    pub act: Option<String>,
    /// Only what was done, or only what was refused.
    #[serde(default)]
    pub outcome: Option<Outcome>,
    /// Only events from this moment on.
    #[serde(default)]
    pub from: Option<Moment>,
    /// Only events before this moment.
    #[serde(default)]
    pub to: Option<Moment>,
}

/// One act, done or refused.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AuditEventView {
    /// Its id.
    pub id: Id,
    /// When it really happened.
    pub happened_at: Moment,
    /// The moment that the act's facts carry; earlier than `happened_at` only for facts of the opening import.
    pub recorded_at: Moment,
    /// The act: `award.accept`. Where the permission was missing, no act had begun, and it is the operation: `awards_accept`.
    #[schema(max_length = 80)]
    pub act: String,
    /// Whether it was done.
    pub outcome: Outcome,
    /// What kind of caller acted.
    pub actor_kind: ActorKind,
    /// The user or service client; none for the service itself.
    pub actor_id: Option<Id>,
    /// Their name at that time, or the part of the service that acted.
    #[schema(max_length = 200)]
    pub actor_name: String,
    /// The provider that they acted for.
    pub provider_id: Option<Id>,
    /// The request, as the service's log and its answers name it.
    #[schema(max_length = 100)]
    pub request_id: String,
    /// What kind of record it is about; none for a refused attempt.
    #[schema(max_length = 40)]
    pub record_kind: Option<String>,
    /// Which record; for a refused attempt the record that was addressed.
    pub record_id: Option<Id>,
    /// Why it was refused, as a stable code.
    #[schema(max_length = 80)]
    pub refusal_code: Option<String>,
    /// Why it was refused, in a sentence.
    pub refusal_detail: Option<String>,
    /// The reason that the caller gave.
    pub reason: Option<String>,
    /// The record before; none where it is new.
    #[schema(value_type = Option<Object>)]
    pub before: Option<Value>,
    /// The record after.
    #[schema(value_type = Option<Object>)]
    pub after: Option<Value>,
    /// The number of its link in the chain; none in the first moments.
    #[schema(minimum = 1)]
    pub sequence: Option<i64>,
    /// The hash of its link.
    #[schema(max_length = 64)]
    pub hash: Option<String>,
}

fn view(event: EventRow, seal: Option<SealRow>) -> AuditEventView {
    // A text that is no JSON any more was tampered with: it is shown as it stands, and the check of the chain tells.
    let json = |text: Option<String>| text.map(|text| serde_json::from_str(&text).unwrap_or(Value::String(text)));
    let (sequence, hash) = seal.map(|seal| (seal.sequence, seal.hash)).unzip();
    AuditEventView {
        id: event.id,
        happened_at: event.happened_at,
        recorded_at: event.recorded_at,
        act: event.act,
        outcome: event.outcome,
        actor_kind: event.actor_kind,
        actor_id: event.actor_id,
        actor_name: event.actor_name,
        provider_id: event.provider_id,
        request_id: event.request_id,
        record_kind: event.record_kind,
        record_id: event.record_id,
        refusal_code: event.refusal_code,
        refusal_detail: event.refusal_detail,
        reason: event.reason,
        before: json(event.before_json),
        after: json(event.after_json),
        sequence,
        hash,
    }
}

/// Registers the operations.
pub fn mount(api: &mut Api) {
    api.tag("Audit", "What happened, by whom, when, and the proof that nobody changed it.");
    api.get("/v1/audit-events", "audit_events_list", "List what was done and refused, newest first", list);
    api.get("/v1/audit-events/verification", "audit_events_verify", "Compute the chain of hashes again", verification);
}

fn wanted(filter: &AuditEventFilter, scope: Scope) -> Option<Wanted> {
    let provider_id = match scope {
        Scope::Office => None,
        Scope::Provider(own) => Some(own),
        Scope::Nothing => return None,
    };
    Some(Wanted {
        provider_id,
        record_kind: filter.record_kind.clone(),
        record_id: filter.record_id,
        actor_id: filter.actor_id,
        act: filter.act.clone(),
        outcome: filter.outcome,
        from: filter.from,
        to: filter.to,
    })
}

async fn list(call: Ask<can::AuditRead, (), Listing<AuditEventFilter>>) -> Result<Listed<AuditEventView>, Refusal> {
    call.ask(|conn, input| {
        let request = &input.query.page;
        let Some(wanted) = wanted(&input.query.filter, input.caller.scope()) else {
            return Ok(Listed(Page { items: Vec::new(), next_cursor: None }));
        };
        let rows = store::page(conn, &wanted, request)?;
        Ok(Listed(Page::cut(rows, request, |(event, _)| (event.happened_at, event.id)).map(|(event, seal)| view(event, seal))))
    })
    .await
}

async fn verification(call: Ask<can::AuditRead>) -> Result<Plain<AuditVerification>, Refusal> {
    call.service.db.snapshot(|conn, _| verify(conn)).await.map(Plain)
}
