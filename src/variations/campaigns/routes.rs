//! Campaigns over HTTP.

mod views;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::access::Caller;
use crate::access::permissions::{Permission, can};
use crate::http::act::Stored;
use crate::http::archive::Archive;
use crate::http::{Api, Ask, Change, Create, Json, Listed, Listing, Made, MoneyChange, One, Plain};
use crate::kernel::{Id, Refusal};
use crate::store::{Conn, Tx};
use crate::variations::campaigns::acts::{self, Applied, Campaign, ISSUE, Rebased, Reminded, Standing};
use crate::variations::campaigns::rules::{
    self, CampaignAct, CampaignApplication, CampaignInput, CampaignIssue, CampaignOutcome, CampaignReach, CampaignRebase, CampaignState,
};
use crate::variations::letters::acts::of_campaigns;
use crate::variations::letters::{LetterProgress, archive_of};
use crate::variations::store::Variation;

use views::{
    CampaignApplicationView, CampaignAwardView, CampaignNotDue, CampaignPreview, CampaignRebaseView, CampaignRemindersView, CampaignView,
};

/// What a list of campaigns can be narrowed by.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct CampaignListFilter {
    /// Only campaigns that have come so far.
    state: Option<CampaignState>,
}

/// What the awards of a campaign can be narrowed by.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct CampaignAwardFilter {
    /// Only awards of which this became.
    outcome: Option<CampaignOutcome>,
}

/// Why a campaign is taken back.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct CampaignWithdrawal {
    /// Why, for the other side.
    #[schema(min_length = 1, max_length = 4000, example = "The funder has changed its mind.")]
    reason: String,
}

fn actions(caller: &Caller, one: &Campaign, standing: &Standing) -> Vec<String> {
    let needed = |act: CampaignAct| match act {
        CampaignAct::Preview => Permission::CampaignsRead,
        CampaignAct::Remind | CampaignAct::Rebase | CampaignAct::Withdraw => Permission::CampaignsManage,
        CampaignAct::Issue | CampaignAct::Apply => Permission::CampaignsIssue,
    };
    let approves = (caller.may(Permission::CampaignsApprove), Permission::CampaignsApprove.word());
    let decides = rules::check_decider(one.moves_money, one.drafted_by_id, caller.id, approves).is_ok();
    let is_open = |act: CampaignAct| {
        let is_decision = matches!(act, CampaignAct::Issue | CampaignAct::Apply);
        caller.may(needed(act)) && (decides || !is_decision) && rules::is_open(act, one.step.state, &standing.counts, standing.is_its_day)
    };
    CampaignAct::ALL.iter().filter(|act| is_open(**act)).map(ToString::to_string).collect()
}

fn view(
    caller: &Caller,
    one: Campaign,
    standing: &Standing,
    (letters, reach): (Option<LetterProgress>, Option<CampaignReach>),
) -> CampaignView {
    let issued_count = standing.counts.issued();
    CampaignView {
        allowed_actions: actions(caller, &one, standing),
        id: one.id,
        reference: one.reference,
        version: one.step.version,
        recorded_at: one.step.recorded_at,
        kind: one.kind,
        name: one.name,
        state: one.step.state,
        chosen_by: one.chosen_by,
        filter: one.filter,
        award_count: standing.awards,
        change: one.change,
        formula: one.formula,
        moves_money: one.moves_money,
        drafted_on: one.drafted_on,
        drafted_by: one.drafted_by,
        issued_on: one.step.issued_on,
        issued_by: one.step.issued_by,
        answer_due_on: one.step.answer_due_on,
        skips_refused: one.step.skips_refused,
        issued_count,
        live_awards_count: one.step.live_awards_count,
        summary: one.step.live_awards_count.map(|live| rules::sentence(issued_count, i64::from(live))),
        counts: standing.counts,
        letters,
        reach,
        note: one.step.note,
    }
}

fn one(conn: &mut Conn, caller: &Caller, found: Campaign, today: NaiveDate) -> Result<One<CampaignView>, Refusal> {
    let standing = acts::standings(conn, std::slice::from_ref(&found), today)?.remove(&found.id).unwrap_or_default();
    let letters = of_campaigns(conn, &[found.id])?.remove(&found.id);
    let reach = acts::reach(conn, &found)?;
    Ok(One { version: found.step.version, body: view(caller, found, &standing, (letters, Some(reach))) })
}

fn answer(tx: &mut Tx<'_>, caller: &Caller, found: Campaign) -> Result<One<CampaignView>, Refusal> {
    let today = tx.today();
    one(tx.conn(), caller, found, today)
}

fn applied(done: Applied) -> One<CampaignApplicationView> {
    let not_due = |one: Variation| CampaignNotDue { variation_id: one.id, variation: one.reference, effective_on: one.input.effective_on };
    let body = CampaignApplicationView {
        id: done.campaign.id,
        applied_count: done.counts.applied,
        issued_count: done.counts.issued(),
        counts: done.counts,
        not_due: done.not_due.into_iter().map(not_due).collect(),
        refused: done.refused,
    };
    One { version: done.campaign.step.version, body }
}

fn reminded(done: Reminded) -> One<CampaignRemindersView> {
    let count = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
    let body = CampaignRemindersView {
        id: done.campaign.id,
        waiting_count: count(done.waiting),
        overtaken_count: count(done.overtaken),
        reminded_count: count(done.variations.len()),
        variation_ids: done.variations,
    };
    One { version: done.campaign.step.version, body }
}

fn rebased(done: Rebased) -> One<CampaignRebaseView> {
    let rebased_count = i64::try_from(done.variations.len()).unwrap_or(i64::MAX);
    let body = CampaignRebaseView { id: done.campaign.id, rebased_count, variation_ids: done.variations, refused: done.refused };
    One { version: done.campaign.step.version, body }
}

async fn list(call: Ask<can::CampaignsRead, (), Listing<CampaignListFilter>>) -> Result<Listed<CampaignView>, Refusal> {
    let today = call.service.db.clock().today();
    call.ask(move |conn, input| {
        let page = acts::page(conn, input.query.filter.state, &input.query.page)?;
        let standings = acts::standings(conn, &page.items, today)?;
        let letters = of_campaigns(conn, &page.items.iter().map(|one| one.id).collect::<Vec<_>>())?;
        let shown = |found: Campaign| {
            let standing = standings.get(&found.id).copied().unwrap_or_default();
            let letters = letters.get(&found.id).copied();
            view(&input.caller, found, &standing, (letters, None))
        };
        Ok(Listed(page.map(shown)))
    })
    .await
}

async fn get(call: Ask<can::CampaignsRead, Id>) -> Result<One<CampaignView>, Refusal> {
    let today = call.service.db.clock().today();
    call.ask(move |conn, input| {
        let found = acts::find(conn, input.path)?;
        one(conn, &input.caller, found, today)
    })
    .await
}

async fn awards(call: Ask<can::CampaignsRead, Id, Listing<CampaignAwardFilter>>) -> Result<Listed<CampaignAwardView>, Refusal> {
    let today = call.service.db.clock().today();
    call.ask(move |conn, input| {
        let found = acts::followed(conn, input.path, (input.query.filter.outcome, today), &input.query.page)?;
        Ok(Listed(found.map(CampaignAwardView::of)))
    })
    .await
}

/// The letters of a campaign, once all of them are made.
async fn letters(call: Ask<can::CampaignsRead, Id>) -> Result<Archive, Refusal> {
    let shelf = call.service.shelf.clone();
    call.ask(move |conn, input| {
        let found = acts::find(conn, input.path)?;
        if found.step.issued_on.is_none() {
            return Err(Refusal::wrong_state("campaign", found.step.state, "printed"));
        }
        let all = acts::variations_of(conn, found.id)?;
        archive_of(conn, &all, shelf.clone(), &found.reference)
    })
    .await
}

async fn draft(call: Create<can::CampaignsManage, (), Json<CampaignInput>>) -> Result<Stored<Made<CampaignView>>, Refusal> {
    call.act("variation_campaign.draft", |tx, input| {
        let found = acts::draft(tx, &input.body.0)?;
        let One { version, body } = answer(tx, &input.caller, found)?;
        Ok(Made { location: format!("/v1/variation-campaigns/{}", body.id), version, body })
    })
    .await
}

/// Asked in one snapshot, apart from the short questions: it writes nothing.
async fn preview(call: Ask<can::CampaignsRead, Id>) -> Result<Plain<CampaignPreview>, Refusal> {
    let (today, id) = (call.service.db.clock().today(), call.input.path);
    let found = call.service.db.snapshot(move |conn, _| {
        let campaign = acts::find(conn, id)?;
        rules::check_state(CampaignAct::Preview, campaign.step.state, campaign.step.issued_on)?;
        let weighed = acts::weigh(conn, &campaign, today)?;
        let totals = acts::totals(conn, &weighed)?;
        Ok(CampaignPreview::of(&campaign, weighed, totals))
    });
    found.await.map(Plain)
}

async fn issue(call: MoneyChange<can::CampaignsIssue, Id, Json<CampaignIssue>>) -> Result<Stored<One<CampaignView>>, Refusal> {
    call.act(ISSUE, |tx, input| {
        let found = acts::issue(tx, &input.caller, input.path, input.version()?, &input.body.0)?;
        answer(tx, &input.caller, found)
    })
    .await
}

type Application = MoneyChange<can::CampaignsIssue, Id, Json<CampaignApplication>>;

async fn apply(call: Application) -> Result<Stored<One<CampaignApplicationView>>, Refusal> {
    call.act("variation_campaign.apply", |tx, input| {
        acts::apply(tx, &input.caller, input.path, input.version()?, input.body.0).map(applied)
    })
    .await
}

async fn remind(call: MoneyChange<can::CampaignsManage, Id>) -> Result<Stored<One<CampaignRemindersView>>, Refusal> {
    call.act("variation_campaign.remind", |tx, input| acts::remind(tx, input.path, input.version()?).map(reminded)).await
}

type Rebase = MoneyChange<can::CampaignsManage, Id, Json<CampaignRebase>>;

async fn rebase(call: Rebase) -> Result<Stored<One<CampaignRebaseView>>, Refusal> {
    call.act("variation_campaign.rebase", |tx, input| acts::rebase(tx, input.path, input.version()?, input.body.0).map(rebased)).await
}

async fn withdraw(call: Change<can::CampaignsManage, Id, Json<CampaignWithdrawal>>) -> Result<Stored<One<CampaignView>>, Refusal> {
    call.act("variation_campaign.withdraw", |tx, input| {
        let found = acts::withdraw(tx, input.path, input.version()?, &input.body.0.reason)?;
        answer(tx, &input.caller, found)
    })
    .await
}

/// Registers the operations.
pub fn mount(api: &mut Api) {
    api.tag("Variation campaigns", "One change to many awards at once.");
    api.get("/v1/variation-campaigns", "variation_campaigns_list", "List campaigns, the latest first", list);
    api.post("/v1/variation-campaigns", "variation_campaigns_draft", "Draft a campaign: choose its awards and say the change", draft);
    api.get("/v1/variation-campaigns/{id}", "variation_campaigns_get", "Show a campaign and how far its awards have come", get);
    api.get(
        "/v1/variation-campaigns/{id}/awards",
        "variation_campaigns_awards",
        "List the awards of a campaign with what became of each",
        awards,
    );
    api.post(
        "/v1/variation-campaigns/{id}/preview",
        "variation_campaigns_preview",
        "Show what a campaign would do, and write nothing",
        preview,
    );
    api.get("/v1/variation-campaigns/{id}/letters", "variation_campaigns_letters", "Fetch all letters of a campaign in one ZIP", letters);
    api.post("/v1/variation-campaigns/{id}/issue", "variation_campaigns_issue", "Send each award of a campaign its variation", issue);
    api.post(
        "/v1/variation-campaigns/{id}/reminders",
        "variation_campaigns_remind",
        "Write to those who have not answered a campaign",
        remind,
    );
    api.post(
        "/v1/variation-campaigns/{id}/rebase",
        "variation_campaigns_rebase",
        "Take what another change has overtaken onto the awards as they stand now",
        rebase,
    );
    api.post(
        "/v1/variation-campaigns/{id}/application",
        "variation_campaigns_apply",
        "Bring into force what is accepted of a campaign",
        apply,
    );
    api.post(
        "/v1/variation-campaigns/{id}/withdrawal",
        "variation_campaigns_withdraw",
        "Take back a campaign, with all that is not answered",
        withdraw,
    );
    api.actions::<CampaignView>(&[
        ("preview", "variation_campaigns_preview"),
        ("issue", "variation_campaigns_issue"),
        ("remind", "variation_campaigns_remind"),
        ("rebase", "variation_campaigns_rebase"),
        ("apply", "variation_campaigns_apply"),
        ("withdraw", "variation_campaigns_withdraw"),
    ]);
}
