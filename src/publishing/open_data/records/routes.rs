//! What is added to awards, and the watch, over HTTP.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::access::Caller;
use crate::access::permissions::{Permission, can};
use crate::awards::Award;
use crate::http::act::Stored;
use crate::http::{Api, Ask, Listed, Listing, One, Patching};
use crate::kernel::{Id, Moment, Named, Page, Refusal};
use crate::publishing::open_data::records::acts::{self, Incomplete};
use crate::publishing::open_data::records::rules::{AwardPublicationInput, PublicationGap, PublicationOutput};
use crate::publishing::open_data::records::store::AwardPublication;
use crate::publishing::open_data::rules::entry::PUBLISHED;
use crate::publishing::open_data::rules::month::Month;

/// What is added to an award for publication.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AwardPublicationView {
    /// The award.
    award_id: Id,
    /// Which version this is; in 0 nothing is added.
    version: i32,
    /// When this version became known.
    recorded_at: Option<Moment>,
    /// Whether the public sees it: the award was accepted.
    is_published: bool,
    /// What the award is for, in words for the public.
    #[schema(max_length = 4000)]
    purpose: Option<String>,
    /// Why it was made.
    #[schema(max_length = 4000)]
    reasons: Option<String>,
    /// Why the office holds that it is value for money.
    #[schema(max_length = 4000)]
    value_for_money_reasons: Option<String>,
    /// The file that is the copy of the contract for the public.
    contract_document_id: Option<Id>,
    /// Whether it came from an open call for applications, where that is known.
    from_open_call: Option<bool>,
    /// What you may do to it now.
    allowed_actions: Vec<String>,
}

fn view(caller: &Caller, (award, one): (Award, AwardPublication)) -> One<AwardPublicationView> {
    let may_edit = caller.may(Permission::PublicationsWrite);
    let input = one.input;
    let body = AwardPublicationView {
        award_id: award.id,
        version: one.version,
        recorded_at: one.recorded_at,
        is_published: PUBLISHED.contains(&award.state()) && !award.standing.illustrative,
        purpose: input.purpose,
        reasons: input.reasons,
        value_for_money_reasons: input.value_for_money_reasons,
        contract_document_id: input.contract_document_id,
        from_open_call: input.from_open_call,
        allowed_actions: may_edit.then(|| "edit".to_owned()).into_iter().collect(),
    };
    One { version: one.version, body }
}

/// What the watch is asked.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct PublicationWatchFilter {
    /// The month; this one where it is left out.
    month: Option<Month>,
}

/// An award that is due for publication and lacks something.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PublicationDue {
    /// The award.
    award: Named,
    /// Its provider.
    provider: Named,
    /// Where it is to be published.
    #[schema(max_items = 4)]
    outputs: Vec<PublicationOutput>,
    /// What it lacks. `PATCH /v1/awards/{id}/publication` adds the texts and the copy; a title or conditions that are withheld need
    /// another wording in the agreement.
    #[schema(max_items = 8)]
    missing: Vec<PublicationGap>,
    /// The last day of the month.
    due_on: NaiveDate,
    /// Whether that day is past.
    is_overdue: bool,
}

fn due(today: NaiveDate, month: Month, one: Incomplete) -> PublicationDue {
    PublicationDue {
        award: one.award,
        provider: one.provider,
        outputs: one.outputs.into_iter().collect(),
        missing: one.gaps.into_iter().collect(),
        due_on: month.last_day(),
        is_overdue: month.last_day() < today,
    }
}

async fn get(call: Ask<can::PublicationsRead, Id>) -> Result<One<AwardPublicationView>, Refusal> {
    call.ask(|conn, input| acts::get(conn, input.path).map(|one| view(&input.caller, one))).await
}

async fn edit(call: Patching<can::PublicationsWrite, Id, AwardPublicationInput>) -> Result<Stored<One<AwardPublicationView>>, Refusal> {
    call.act("award_publication.edit", |tx, input| {
        let changed = acts::edit(tx, input.path, input.version()?, |current| input.body.apply(current))?;
        Ok(view(&input.caller, changed))
    })
    .await
}

async fn watch(call: Ask<can::PublicationsRead, (), Listing<PublicationWatchFilter>>) -> Result<Listed<PublicationDue>, Refusal> {
    let today = call.service.db.clock().today();
    call.ask(move |conn, input| {
        let month = input.query.filter.month.unwrap_or_else(|| Month::of(today));
        let request = &input.query.page;
        let after: Option<String> = request.after()?;
        let all = acts::watch(conn, today, month)?.into_iter();
        let rows = all.filter(|one| after.as_ref().is_none_or(|after| one.award.code > *after)).collect();
        Ok(Listed(Page::cut(rows, request, |one: &Incomplete| one.award.code.clone()).map(|one| due(today, month, one))))
    })
    .await
}

/// Registers the operations.
pub fn mount(api: &mut Api) {
    api.get("/v1/awards/{id}/publication", "awards_publication_get", "Show what is added to an award for publication", get);
    api.patch("/v1/awards/{id}/publication", "awards_publication_edit", "Change what is added to an award for publication", edit);
    api.actions::<AwardPublicationView>(&[("edit", "awards_publication_edit")]);
    let summary = "List what is due for publication in a month and lacks something";
    api.get("/v1/publication-watch", "publication_watch", summary, watch);
}
