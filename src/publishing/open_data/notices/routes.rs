//! Notices over HTTP, for the office.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::access::Caller;
use crate::access::permissions::{Permission, can};
use crate::http::act::Stored;
use crate::http::{Api, Ask, Change, Create, Json, Listed, Listing, Made, One, Patching};
use crate::kernel::{Id, Moment, Refusal};
use crate::publishing::open_data::notices::acts::{self, Notice};
use crate::publishing::open_data::notices::rules::{self, DecisionNoticeInput, DecisionNoticeState, DecisionNoticeWithdrawal};

/// What narrows the list of notices.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct DecisionNoticeFilter {
    /// Only those that have come so far.
    state: Option<DecisionNoticeState>,
    /// Only of this award.
    award_id: Option<Id>,
}

/// A notice of a decision.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DecisionNoticeView {
    /// Its id.
    id: Id,
    /// Which version this is.
    version: i32,
    /// When this version became known.
    recorded_at: Moment,
    /// Its reference.
    #[schema(max_length = 60)]
    reference: String,
    /// How far it has come.
    state: DecisionNoticeState,
    /// The award that was decided on.
    award_id: Id,
    /// The variation of it, where one was decided on.
    variation_id: Option<Id>,
    /// Its title.
    #[schema(max_length = 300)]
    title: String,
    /// What was decided.
    #[schema(max_length = 4000)]
    decision: String,
    /// Why.
    #[schema(max_length = 4000)]
    reasons: String,
    /// Who decided.
    #[schema(max_length = 200)]
    approver: String,
    /// When.
    decided_on: NaiveDate,
    /// Whether the public sees it once it is published.
    is_public: bool,
    /// Who wrote it, or changed it last.
    #[schema(max_length = 300)]
    written_by: String,
    /// When it was published.
    published_on: Option<NaiveDate>,
    /// Who published it.
    #[schema(max_length = 300)]
    published_by: Option<String>,
    /// When it was withdrawn.
    withdrawn_on: Option<NaiveDate>,
    /// Who withdrew it.
    #[schema(max_length = 300)]
    withdrawn_by: Option<String>,
    /// Why it was withdrawn.
    #[schema(max_length = 1000)]
    withdrawn_reason: Option<String>,
    /// What you may do to it now.
    allowed_actions: Vec<String>,
}

fn view(caller: &Caller, (reference, row): Notice) -> One<DecisionNoticeView> {
    let may = |permission, allowed: Result<(), Refusal>| caller.may(permission) && allowed.is_ok();
    let actions = [
        ("edit", may(Permission::PublicationsWrite, rules::edit(row.state))),
        ("publish", may(Permission::DecisionNoticesPublish, rules::publish(row.state, row.written_by_id, caller.id))),
        ("withdraw", may(Permission::DecisionNoticesPublish, rules::withdraw(row.state))),
    ];
    let version = row.version;
    let body = DecisionNoticeView {
        id: row.notice_id,
        version,
        recorded_at: row.recorded_at,
        reference,
        state: row.state,
        award_id: row.award_id,
        variation_id: row.variation_id,
        title: row.title,
        decision: row.decision,
        reasons: row.reasons,
        approver: row.approver,
        decided_on: row.decided_on,
        is_public: row.is_public,
        written_by: row.written_by,
        published_on: row.published_on,
        published_by: row.published_by,
        withdrawn_on: row.withdrawn_on,
        withdrawn_by: row.withdrawn_by,
        withdrawn_reason: row.withdrawn_reason,
        allowed_actions: actions.into_iter().filter(|(_, may)| *may).map(|(word, _)| word.to_owned()).collect(),
    };
    One { version, body }
}

async fn list(call: Ask<can::PublicationsRead, (), Listing<DecisionNoticeFilter>>) -> Result<Listed<DecisionNoticeView>, Refusal> {
    call.ask(|conn, input| {
        let filter = &input.query.filter;
        let page = acts::page(conn, (filter.state, filter.award_id), &input.query.page)?;
        Ok(Listed(page.map(|one| view(&input.caller, one).body)))
    })
    .await
}

async fn get(call: Ask<can::PublicationsRead, Id>) -> Result<One<DecisionNoticeView>, Refusal> {
    call.ask(|conn, input| acts::get(conn, input.path).map(|one| view(&input.caller, one))).await
}

async fn draft(call: Create<can::PublicationsWrite, (), Json<DecisionNoticeInput>>) -> Result<Stored<Made<DecisionNoticeView>>, Refusal> {
    call.act("decision_notice.draft", |tx, input| {
        let One { version, body } = view(&input.caller, acts::draft(tx, &input.body.0)?);
        Ok(Made { location: format!("/v1/decision-notices/{}", body.id), version, body })
    })
    .await
}

async fn edit(call: Patching<can::PublicationsWrite, Id, DecisionNoticeInput>) -> Result<Stored<One<DecisionNoticeView>>, Refusal> {
    call.act("decision_notice.edit", |tx, input| {
        let changed = acts::edit(tx, input.path, input.version()?, |current| input.body.apply(current))?;
        Ok(view(&input.caller, changed))
    })
    .await
}

async fn publish(call: Change<can::DecisionNoticesPublish, Id>) -> Result<Stored<One<DecisionNoticeView>>, Refusal> {
    call.act("decision_notice.publish", |tx, input| acts::publish(tx, input.path, input.version()?).map(|one| view(&input.caller, one)))
        .await
}

async fn withdraw(
    call: Change<can::DecisionNoticesPublish, Id, Json<DecisionNoticeWithdrawal>>,
) -> Result<Stored<One<DecisionNoticeView>>, Refusal> {
    call.act("decision_notice.withdraw", |tx, input| {
        acts::withdraw(tx, input.path, input.version()?, &input.body.0.reason).map(|one| view(&input.caller, one))
    })
    .await
}

/// Registers the operations.
pub fn mount(api: &mut Api) {
    api.get("/v1/decision-notices", "decision_notices_list", "List notices of decisions, the newest first", list);
    api.post("/v1/decision-notices", "decision_notices_draft", "Draft a notice of a decision", draft);
    api.get("/v1/decision-notices/{id}", "decision_notices_get", "Show a notice of a decision", get);
    api.patch("/v1/decision-notices/{id}", "decision_notices_edit", "Change the draft of a notice", edit);
    api.post("/v1/decision-notices/{id}/publication", "decision_notices_publish", "Publish a notice that somebody else wrote", publish);
    api.post("/v1/decision-notices/{id}/withdrawal", "decision_notices_withdraw", "Withdraw a notice that was published", withdraw);
    api.actions::<DecisionNoticeView>(&[
        ("edit", "decision_notices_edit"),
        ("publish", "decision_notices_publish"),
        ("withdraw", "decision_notices_withdraw"),
    ]);
}
