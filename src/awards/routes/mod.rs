//! Awards over HTTP.

pub mod documents;
mod policy;
mod views;

use chrono::NaiveDate;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::access::permissions::can;
use crate::access::{Caller, Scope};
use crate::awards::acts::Seen;
use crate::awards::acts::{
    self, AwardAcceptance, AwardClosure, AwardDelivery, AwardEnd, AwardOffer, AwardPause, AwardReason, AwardResumption, AwardTermination,
};
use crate::awards::rules::{AwardInput, AwardNextYear, AwardState};
use crate::awards::store::{Award, AwardFilter, TermsVersion};
use crate::awards::{indicators, monitoring};
use crate::funds::{self, bodies};
use crate::http::act::Stored;
use crate::http::{Api, Ask, Change, Create, Json, Listed, Listing, Made, MoneyChange, NoFilter, One, Patching, Put};
use crate::kernel::{Id, Refusal};
use crate::store::search::search_pattern;
use crate::store::{Conn, Tx};

use views::Beside;

pub use views::{AwardProfileInput, AwardProfileView, AwardSummary, AwardTermsView, AwardView};

/// What narrows the list of awards.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct AwardQuery {
    /// Only awards of this fund.
    fund_id: Option<Id>,
    /// Only awards of this fund period.
    fund_period_id: Option<Id>,
    /// Only awards of this tranche.
    tranche_id: Option<Id>,
    /// Only awards to this provider.
    provider_id: Option<Id>,
    /// Only awards of this programme.
    programme_id: Option<Id>,
    /// Only parts of this award.
    component_of: Option<Id>,
    /// Only awards that go on with this award.
    succeeds: Option<Id>,
    /// Only awards that benefit this area.
    area_id: Option<Id>,
    /// Only awards with this theme.
    #[schema(min_length = 1, max_length = 200)]
    theme: Option<String>,
    /// Only awards in this category.
    #[schema(min_length = 1, max_length = 200)]
    category: Option<String>,
    /// Only awards in this state. An offer past its last day is `lapsed`.
    state: Option<AwardState>,
    /// Only awards with this in their reference, title, category or theme.
    #[schema(min_length = 1, max_length = 200)]
    search: Option<String>,
}

impl AwardQuery {
    fn filter(&self) -> AwardFilter {
        AwardFilter {
            fund_id: self.fund_id,
            fund_period_id: self.fund_period_id,
            tranche_id: self.tranche_id,
            provider_id: self.provider_id,
            programme_id: self.programme_id,
            component_of: self.component_of,
            succeeds: self.succeeds,
            area_id: self.area_id,
            theme: self.theme.clone(),
            category: self.category.clone(),
            state: self.state,
            search: self.search.as_deref().map(search_pattern),
            ..AwardFilter::default()
        }
    }
}

/// The award as its caller sees it now.
fn shown(conn: &mut Conn, caller: &Caller, today: NaiveDate, award: Award) -> Result<One<AwardView>, Refusal> {
    let (version, awards) = (award.version, [award]);
    let hindered = acts::hindered(conn, &awards, today)?;
    let [award] = &awards;
    let letter = if caller.scope() == Scope::Office { acts::letter_of_offer(conn, award)? } else { None };
    let pledge = funds::pledge_on(conn, award.names.fund.id, today)?;
    let beside = Beside { hindered: hindered.get(&award.id).map_or(&[][..], Vec::as_slice), letter, pledge };
    Ok(One { version, body: AwardView::of(award, beside, caller, today) })
}

fn answer(tx: &mut Tx<'_>, caller: &Caller, award: Award) -> Result<One<AwardView>, Refusal> {
    let today = tx.today();
    shown(tx.conn(), caller, today, award)
}

async fn list(call: Ask<can::AwardsRead, (), Listing<AwardQuery>>) -> Result<Listed<AwardSummary>, Refusal> {
    let today = call.service.db.clock().today();
    call.ask(move |conn, input| {
        let page = acts::list(conn, input.caller.scope(), &input.query.filter.filter(), today, &input.query.page)?;
        let hindered = acts::hindered(conn, &page.items, today)?;
        let of = |id: &Id| hindered.get(id).map_or(&[][..], Vec::as_slice);
        Ok(Listed(page.map(|award| AwardSummary::of(&award, of(&award.id), &input.caller, today))))
    })
    .await
}

async fn create(call: Create<can::AwardsManage, (), Json<AwardInput>>) -> Result<Stored<Made<AwardView>>, Refusal> {
    call.act("award.create", |tx, input| {
        let award = acts::create(tx, &input.body.0)?;
        let location = format!("/v1/awards/{}", award.id);
        answer(tx, &input.caller, award).map(|One { version, body }| Made { location, version, body })
    })
    .await
}

async fn next_year(call: Create<can::AwardsManage, Id, Json<AwardNextYear>>) -> Result<Stored<Made<AwardView>>, Refusal> {
    call.act("award.draft_next_year", |tx, input| {
        let award = acts::next_year(tx, input.caller.scope(), input.path, &input.body.0)?;
        let location = format!("/v1/awards/{}", award.id);
        answer(tx, &input.caller, award).map(|One { version, body }| Made { location, version, body })
    })
    .await
}

async fn get(call: Ask<can::AwardsRead, Id>) -> Result<One<AwardView>, Refusal> {
    let today = call.service.db.clock().today();
    call.ask(move |conn, input| {
        let Seen { award, .. } = acts::seen(conn, input.caller.scope(), input.path)?;
        shown(conn, &input.caller, today, award)
    })
    .await
}

async fn edit(call: Patching<can::AwardsManage, Id, AwardInput>) -> Result<Stored<One<AwardView>>, Refusal> {
    call.act("award.edit", |tx, input| {
        let award = acts::edit(tx, input.caller.scope(), input.path, input.version()?, |current| input.body.apply(current))?;
        answer(tx, &input.caller, award)
    })
    .await
}

async fn offer(call: MoneyChange<can::AwardsManage, Id, Json<AwardOffer>>) -> Result<Stored<One<AwardView>>, Refusal> {
    call.act("award.offer", |tx, input| {
        let award = acts::offer(tx, input.caller.scope(), input.path, input.version()?, &input.body.0)?;
        answer(tx, &input.caller, award)
    })
    .await
}

async fn accept(call: MoneyChange<can::AwardsRespond, Id, Json<AwardAcceptance>>) -> Result<Stored<One<AwardView>>, Refusal> {
    call.act("award.accept", |tx, input| {
        let award = acts::accept(tx, input.caller.scope(), input.path, input.version()?, &input.body.0)?;
        answer(tx, &input.caller, award)
    })
    .await
}

async fn refuse(call: MoneyChange<can::AwardsRefuse, Id, Json<AwardReason>>) -> Result<Stored<One<AwardView>>, Refusal> {
    call.act("award.refuse", |tx, input| {
        let award = acts::refuse(tx, input.caller.scope(), input.path, input.version()?, &input.body.0)?;
        answer(tx, &input.caller, award)
    })
    .await
}

async fn withdraw(call: MoneyChange<can::AwardsManage, Id, Json<AwardReason>>) -> Result<Stored<One<AwardView>>, Refusal> {
    call.act("award.withdraw", |tx, input| {
        let award = acts::withdraw(tx, input.caller.scope(), input.path, input.version()?, &input.body.0)?;
        answer(tx, &input.caller, award)
    })
    .await
}

async fn pause(call: Change<can::AwardsManage, Id, Json<AwardPause>>) -> Result<Stored<One<AwardView>>, Refusal> {
    call.act("award.pause", |tx, input| {
        let award = acts::pause(tx, input.caller.scope(), input.path, input.version()?, &input.body.0)?;
        answer(tx, &input.caller, award)
    })
    .await
}

async fn resume(call: Change<can::AwardsManage, Id, Json<AwardResumption>>) -> Result<Stored<One<AwardView>>, Refusal> {
    call.act("award.resume", |tx, input| {
        let award = acts::resume(tx, input.caller.scope(), input.path, input.version()?, &input.body.0)?;
        answer(tx, &input.caller, award)
    })
    .await
}

async fn end(call: Change<can::AwardsManage, Id, Json<AwardEnd>>) -> Result<Stored<One<AwardView>>, Refusal> {
    call.act("award.end", |tx, input| {
        let award = acts::end(tx, input.caller.scope(), input.path, input.version()?, &input.body.0)?;
        answer(tx, &input.caller, award)
    })
    .await
}

async fn close(call: MoneyChange<can::AwardsManage, Id, Json<AwardClosure>>) -> Result<Stored<One<AwardView>>, Refusal> {
    call.act("award.close", |tx, input| {
        let award = acts::close(tx, input.caller.scope(), input.path, input.version()?, &input.body.0)?;
        answer(tx, &input.caller, award)
    })
    .await
}

async fn terminate(call: Change<can::AwardsTerminate, Id, Json<AwardTermination>>) -> Result<Stored<One<AwardView>>, Refusal> {
    call.act("award.terminate", |tx, input| {
        let award = acts::terminate(tx, input.caller.scope(), input.path, input.version()?, &input.body.0)?;
        answer(tx, &input.caller, award)
    })
    .await
}

async fn deliver(call: Change<can::AwardsManage, Id, Json<AwardDelivery>>) -> Result<Stored<One<AwardView>>, Refusal> {
    call.act("award.report_delivery", |tx, input| {
        let award = acts::deliver(tx, input.caller.scope(), input.path, input.version()?, &input.body.0)?;
        answer(tx, &input.caller, award)
    })
    .await
}

async fn profile(call: Ask<can::AwardsRead, Id>) -> Result<One<AwardProfileView>, Refusal> {
    call.ask(|conn, input| {
        let award = acts::get(conn, input.caller.scope(), input.path)?;
        let quarters = acts::profile(conn, &award)?;
        Ok(One { version: award.version, body: AwardProfileView::of(&award, &quarters) })
    })
    .await
}

async fn set_profile(call: Put<can::AwardsManage, Id, Json<AwardProfileInput>>) -> Result<Stored<One<AwardProfileView>>, Refusal> {
    call.act("award.set_profile", |tx, input| {
        let award = acts::set_profile(tx, input.caller.scope(), input.path, input.version()?, &input.body.0.quarters)?;
        let quarters = acts::profile(tx.conn(), &award)?;
        Ok(One { version: award.version, body: AwardProfileView::of(&award, &quarters) })
    })
    .await
}

/// The names of the bodies that are party to these versions.
fn parties(conn: &mut Conn, versions: &[TermsVersion]) -> Result<bodies::Names, Refusal> {
    bodies::Names::of(conn, &versions.iter().filter_map(|version| version.body_id).collect::<Vec<_>>())
}

async fn versions(call: Ask<can::AwardsRead, Id, Listing<NoFilter>>) -> Result<Listed<AwardTermsView>, Refusal> {
    call.ask(|conn, input| {
        let Seen { award, .. } = acts::seen(conn, input.caller.scope(), input.path)?;
        let page = acts::versions(conn, input.caller.scope(), input.path, &input.query.page)?;
        let bodies = parties(conn, &page.items)?;
        Ok(Listed(page.map(|version| AwardTermsView::of(award.id, award.standing.terms_no, version, &bodies))))
    })
    .await
}

async fn version(call: Ask<can::AwardsRead, (Id, i32)>) -> Result<One<AwardTermsView>, Refusal> {
    call.ask(|conn, input| {
        let (id, number) = input.path;
        let (award, version) = acts::version(conn, input.caller.scope(), id, number)?;
        let bodies = parties(conn, std::slice::from_ref(&version))?;
        Ok(One { version: number, body: AwardTermsView::of(award.id, award.standing.terms_no, version, &bodies) })
    })
    .await
}

/// Registers the operations.
pub fn mount(api: &mut Api) {
    api.tag("Awards", "Agreements that commit money: from the draft to the settlement, with all their versions.");
    api.get("/v1/awards", "awards_list", "List awards", list);
    api.post("/v1/awards", "awards_create", "Begin a draft", create);
    api.get("/v1/awards/{id}", "awards_get", "Show an award", get);
    api.patch("/v1/awards/{id}", "awards_edit", "Change a draft", edit);
    api.post("/v1/awards/{id}/offer", "awards_offer", "Offer an award to its provider", offer);
    api.post("/v1/awards/{id}/acceptance", "awards_accept", "Accept an award for its provider", accept);
    api.post("/v1/awards/{id}/refusal", "awards_refuse", "Refuse an award for its provider", refuse);
    api.post("/v1/awards/{id}/withdrawal", "awards_withdraw", "Take back a draft or an offer", withdraw);
    api.post("/v1/awards/{id}/pause", "awards_pause", "Interrupt an award; its money stays", pause);
    api.post("/v1/awards/{id}/resumption", "awards_resume", "Go on with a paused award", resume);
    api.post("/v1/awards/{id}/end", "awards_end", "Say that delivery is over", end);
    api.post("/v1/awards/{id}/closure", "awards_close", "Settle an award and release what is left", close);
    api.post("/v1/awards/{id}/termination", "awards_terminate", "End an award before its time", terminate);
    api.post("/v1/awards/{id}/delivery", "awards_report_delivery", "Say how far delivery is and how it reaches people", deliver);
    api.post("/v1/awards/{id}/next-year", "awards_draft_next_year", "Draft the award of the next agreement year", next_year);
    api.get("/v1/awards/{id}/profile", "awards_profile_get", "Show the profile by quarter", profile);
    api.put("/v1/awards/{id}/profile", "awards_profile_set", "Set the profile of a draft", set_profile);
    api.get("/v1/awards/{id}/versions", "awards_versions_list", "List the versions of the agreement", versions);
    api.get("/v1/awards/{id}/versions/{number}", "awards_versions_get", "Show a version of the agreement", version);
    documents::mount(api);
    policy::mount(api);
    monitoring::routes::mount(api);
    indicators::routes::mount(api);
    api.actions::<AwardSummary>(views::ACTIONS);
}
