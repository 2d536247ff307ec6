//! Variations over HTTP.

mod groups;

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::access::permissions::{Permission, can};
use crate::access::{Caller, Scope};
use crate::awards::rules::is_by_another;
use crate::http::NoFilter;
use crate::http::act::Stored;
use crate::http::{Api, Ask, Change, Create, Json, Listed, Listing, Made, MoneyChange, One, Patching};
use crate::kernel::{Id, Moment, Refusal};
use crate::outbox::LetterView;
use crate::store::{Conn, Tx};
use crate::variations::acts;
use crate::variations::campaigns;
use crate::variations::letters::{self, LetterPaper, of_issue};
use crate::variations::policy;
use crate::variations::prospects::{self, Prospect};
use crate::variations::rules::{
    self, Standing, VariationAcceptance, VariationAct, VariationDifference, VariationEffect, VariationInput, VariationIssue, VariationKind,
    VariationRebase, VariationState,
};
use crate::variations::store::Variation;

/// What the list of all variations can be narrowed by.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct VariationFilter {
    /// Only variations of this group (R07); a provider finds none that a campaign issued.
    #[schema(min_length = 1, max_length = 200)]
    group: Option<String>,
    /// Only variations that could not be applied on their day; asked by the office.
    failed: Option<bool>,
}

/// An agreed change to an award.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct VariationView {
    /// Its id.
    pub id: Id,
    /// `CIF-2020-21-T3-0007-V1`.
    #[schema(max_length = 120)]
    pub reference: String,
    /// The award it changes.
    pub award_id: Id,
    /// Which version this is.
    pub version: i32,
    /// When this version became known.
    pub recorded_at: Moment,
    /// How far it has come. One that was not answered by its last day is shown as lapsed.
    pub state: VariationState,
    /// What it changes.
    pub kinds: Vec<VariationKind>,
    /// The change itself. Its `group` is null for a provider where a campaign issued it: what a campaign is called is the office's own.
    pub change: VariationInput,
    /// What stood before, of what it touches: when it was issued or applied; for a draft, what stands now. With a change of terms go `split`, `profile` and `annual_amounts`, since they are cut
    /// again; `use_of_funds` holds what variations have moved to each category so far, in pence, less what they moved from it.
    #[schema(value_type = Option<std::collections::HashMap<String, Value>>)]
    pub before: Option<Value>,
    /// What stands after, of what it touches: the same fields. Until it is applied, what would stand then; none where it cannot be applied
    /// any more, also since another change has overtaken it.
    #[schema(value_type = Option<std::collections::HashMap<String, Value>>)]
    pub after: Option<Value>,
    /// What differs between before and after, field by field; empty where either is not known.
    #[schema(max_items = 2000)]
    pub difference: Vec<VariationDifference>,
    /// What it does to the award's money, profile, open payments, targets and returns: what it did once it is applied, until then what it would do. Shown on the
    /// variation itself; none of one that cannot be applied any more, and of one that was taken in from the past.
    pub effect: Option<VariationEffect>,
    /// The agreement version it made.
    pub terms_no: Option<i32>,
    /// When it was sent to the provider.
    pub issued_on: Option<NaiveDate>,
    /// The last day to answer it; without one it stays open.
    pub answer_due_on: Option<NaiveDate>,
    /// When the provider answered.
    pub answered_on: Option<NaiveDate>,
    /// Who answered for the provider.
    #[schema(max_length = 300)]
    pub answered_by: Option<String>,
    /// When the provider said, accepting it, that it pays the National Living Wage (R65).
    pub living_wage_attested_on: Option<NaiveDate>,
    /// Who of the office accepted it on the provider's behalf, where the provider signed on paper.
    #[schema(max_length = 300)]
    pub accepted_on_behalf_by: Option<String>,
    /// Who signed that paper for the provider.
    #[schema(max_length = 200)]
    pub signed_by: Option<String>,
    /// That paper, a file that is attached to the award.
    pub signed_document_id: Option<Id>,
    /// What became of the letter that told the provider of it; shown to the office alone.
    pub letter: Option<LetterView>,
    /// The paper of that letter; nothing of a draft, and of one that was taken in.
    pub paper: Option<LetterPaper>,
    /// Whether its change of the value is above the limit of the office, so that somebody who did not write it approves the draft; shown on the draft itself.
    pub needs_approval: bool,
    /// When that was approved.
    pub approved_on: Option<NaiveDate>,
    /// By whom; shown to the office alone.
    #[schema(max_length = 300)]
    pub approved_by: Option<String>,
    /// When it could not be applied on its day; shown to the office alone. It is tried again within the hour.
    pub failed_on: Option<NaiveDate>,
    /// Why it could not.
    #[schema(max_length = 8000)]
    pub failure: Option<String>,
    /// When it was applied.
    pub applied_on: Option<NaiveDate>,
    /// Why it was refused or taken back, or stands on other figures than before.
    #[schema(max_length = 4000)]
    pub note: Option<String>,
    /// Whether it only stands for something that is not printed.
    pub illustrative: bool,
    /// What cannot be shown: fields and rules.
    pub not_evidenced: Vec<String>,
    /// Where its facts are printed.
    pub evidence: Option<String>,
    /// What you may do to it now.
    pub allowed_actions: Vec<String>,
}

/// Why.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct VariationReason {
    /// Why, for the other side.
    #[schema(min_length = 1, max_length = 4000, example = "The dates do not suit the school year.")]
    reason: String,
}

/// What is shown of a variation beside itself.
#[derive(Default)]
struct Shown {
    letter: Option<LetterView>,
    paper: Option<LetterPaper>,
    effect: Option<VariationEffect>,
    is_own: bool,
    /// Whether a campaign that changes values issued it, and this caller does not decide on that.
    is_not_theirs: bool,
    /// Whether a campaign issued it and a provider reads it, who is not told what that is called.
    hides_group: bool,
}

fn actions(caller: &Caller, one: &Variation, (standing, shown): (Standing, &Shown), today: NaiveDate) -> Vec<String> {
    let needed = |act: VariationAct| match act {
        VariationAct::Approve => Permission::VariationsApprove,
        VariationAct::Accept => Permission::VariationsRespond,
        VariationAct::Refuse => Permission::VariationsRefuse,
        _ => Permission::VariationsManage,
    };
    let state = rules::shown_state(one.state, one.answer_due_on, today);
    // Whoever issued it does not accept it on the provider's behalf; a provider's own user never issued it.
    let is_own = !is_by_another(one.issued_by_id, caller.id);
    let is_barred = |act: &VariationAct| match act {
        VariationAct::Accept => is_own,
        VariationAct::Approve => shown.is_own,
        VariationAct::Apply => shown.is_not_theirs,
        _ => false,
    };
    let is_open = |act: &VariationAct| rules::is_open(*act, state, one.input.is_unilateral, one.award_state, standing);
    let may = |act: &VariationAct| caller.may(needed(*act)) && !is_barred(act) && is_open(act);
    VariationAct::ALL.iter().filter(|act| may(act)).map(ToString::to_string).collect()
}

/// What became of the letters of variations, for the office, the papers of these letters, which of them this caller may not apply, and of which it is
/// not told the group.
struct Letters {
    told: HashMap<Id, LetterView>,
    papers: HashMap<Id, LetterPaper>,
    barred: HashSet<Id>,
    hidden: HashSet<Id>,
}

impl Letters {
    /// What is shown of one of them in a list.
    fn of(&self, one: &Variation) -> Shown {
        let (letter, paper) = (self.told.get(&one.id).copied(), self.papers.get(&one.id).cloned());
        let (is_not_theirs, hides_group) = (self.barred.contains(&one.id), self.hidden.contains(&one.id));
        Shown { letter, paper, is_not_theirs, hides_group, ..Shown::default() }
    }
}

fn letters(conn: &mut Conn, caller: &Caller, all: &[Variation]) -> Result<Letters, Refusal> {
    let is_office = caller.scope() == Scope::Office;
    let told = if is_office { of_issue(conn, all)? } else { HashMap::new() };
    let ids: Vec<Id> = all.iter().map(|one| one.id).collect();
    let barred = if is_office { campaigns::barred(conn, caller, &ids)? } else { HashSet::new() };
    let hidden = if is_office { HashSet::new() } else { campaigns::issued(conn, &ids)? };
    Ok(Letters { told, papers: letters::acts::papers(conn, all)?, barred, hidden })
}

/// A change as it is told.
fn told(change: VariationInput, hides_group: bool) -> VariationInput {
    if hides_group { VariationInput { group_name: None, ..change } } else { change }
}

fn view(caller: &Caller, one: Variation, prospect: Prospect, shown: Shown, today: NaiveDate) -> VariationView {
    let is_office = caller.scope() == Scope::Office;
    let sides = prospect.before.as_ref().zip(prospect.after.as_ref());
    VariationView {
        allowed_actions: actions(caller, &one, (prospect.standing, &shown), today),
        difference: sides.map(|(before, after)| rules::difference(before, after)).unwrap_or_default(),
        effect: shown.effect,
        needs_approval: prospect.needs_approval && is_office,
        approved_on: one.approved_on.filter(|_| is_office),
        approved_by: one.approved_by.filter(|_| is_office),
        failed_on: one.failed_on.filter(|_| is_office),
        failure: one.failure.filter(|_| is_office),
        id: one.id,
        reference: one.reference,
        award_id: one.award_id,
        version: one.version,
        recorded_at: one.recorded_at,
        state: rules::shown_state(one.state, one.answer_due_on, today),
        kinds: one.input.kinds(),
        change: told(one.input, shown.hides_group),
        before: prospect.before,
        after: prospect.after,
        terms_no: one.terms_no,
        issued_on: one.issued_on,
        answer_due_on: one.answer_due_on,
        answered_on: one.answered_on,
        answered_by: one.answered_by,
        living_wage_attested_on: one.living_wage_attested_on,
        accepted_on_behalf_by: one.accepted_on_behalf_by,
        signed_by: one.signed_by,
        signed_document_id: one.signed_document_id,
        letter: shown.letter,
        paper: shown.paper,
        applied_on: one.applied_on,
        note: one.note,
        illustrative: one.provenance.illustrative,
        not_evidenced: one.provenance.not_evidenced.0,
        evidence: one.provenance.evidence,
    }
}

fn one(conn: &mut Conn, caller: &Caller, found: Variation, today: NaiveDate) -> Result<One<VariationView>, Refusal> {
    let looked = prospects::of(conn, found.award_id, std::slice::from_ref(&found), today)?.pop();
    let prospect = looked.unwrap_or_else(|| Prospect::unlooked(&found));
    let told = letters(conn, caller, std::slice::from_ref(&found))?.of(&found);
    let effect = prospects::effect(conn, &found, today)?;
    let is_own = prospects::is_own(conn, &found, prospect.standing, caller.id)?;
    Ok(One { version: found.version, body: view(caller, found, prospect, Shown { effect, is_own, ..told }, today) })
}

fn answer(tx: &mut Tx<'_>, caller: &Caller, found: Variation) -> Result<One<VariationView>, Refusal> {
    let today = tx.today();
    one(tx.conn(), caller, found, today)
}

async fn list(call: Ask<can::VariationsRead, Id, Listing<NoFilter>>) -> Result<Listed<VariationView>, Refusal> {
    let today = call.service.db.clock().today();
    call.ask(move |conn, input| {
        let page = acts::page(conn, input.caller.scope(), input.path, &input.query.page)?;
        let mut beside = prospects::of(conn, input.path, &page.items, today)?.into_iter();
        let letters = letters(conn, &input.caller, &page.items)?;
        let shown = |found: Variation| {
            let told = letters.of(&found);
            let prospect = beside.next().unwrap_or_else(|| Prospect::unlooked(&found));
            view(&input.caller, found, prospect, told, today)
        };
        Ok(Listed(page.map(shown)))
    })
    .await
}

async fn list_all(call: Ask<can::VariationsRead, (), Listing<VariationFilter>>) -> Result<Listed<VariationView>, Refusal> {
    let today = call.service.db.clock().today();
    call.ask(move |conn, input| {
        let filter = &input.query.filter;
        let narrow = (filter.group.as_deref(), filter.failed.unwrap_or(false));
        let page = acts::page_of_all(conn, input.caller.scope(), narrow, &input.query.page)?;
        let letters = letters(conn, &input.caller, &page.items)?;
        let shown = |found: Variation| {
            let (prospect, told) = (Prospect::unlooked(&found), letters.of(&found));
            view(&input.caller, found, prospect, told, today)
        };
        Ok(Listed(page.map(shown)))
    })
    .await
}

async fn get(call: Ask<can::VariationsRead, Id>) -> Result<One<VariationView>, Refusal> {
    let today = call.service.db.clock().today();
    call.ask(move |conn, input| {
        let found = acts::find(conn, input.caller.scope(), input.path)?;
        one(conn, &input.caller, found, today)
    })
    .await
}

async fn draft(call: Create<can::VariationsManage, Id, Json<VariationInput>>) -> Result<Stored<Made<VariationView>>, Refusal> {
    call.act("variation.draft", |tx, input| {
        let found = acts::draft(tx, input.path, &input.body.0)?;
        let One { version, body } = answer(tx, &input.caller, found)?;
        Ok(Made { location: format!("/v1/variations/{}", body.id), version, body })
    })
    .await
}

async fn edit(call: Patching<can::VariationsManage, Id, VariationInput>) -> Result<Stored<One<VariationView>>, Refusal> {
    call.act("variation.edit", |tx, input| {
        let found = acts::edit(tx, input.path, input.version()?, |current| input.body.apply(current))?;
        answer(tx, &input.caller, found)
    })
    .await
}

async fn issue(call: MoneyChange<can::VariationsManage, Id, Json<VariationIssue>>) -> Result<Stored<One<VariationView>>, Refusal> {
    call.act("variation.issue", |tx, input| {
        let found = acts::issue(tx, input.path, input.version()?, &input.body.0)?;
        answer(tx, &input.caller, found)
    })
    .await
}

async fn accept(call: MoneyChange<can::VariationsRespond, Id, Json<VariationAcceptance>>) -> Result<Stored<One<VariationView>>, Refusal> {
    call.act("variation.accept", |tx, input| {
        let found = acts::accept(tx, input.caller.scope(), input.path, input.version()?, &input.body.0)?;
        answer(tx, &input.caller, found)
    })
    .await
}

async fn refuse(call: Change<can::VariationsRefuse, Id, Json<VariationReason>>) -> Result<Stored<One<VariationView>>, Refusal> {
    call.act("variation.refuse", |tx, input| {
        let found = acts::refuse(tx, input.caller.scope(), input.path, input.version()?, &input.body.0.reason)?;
        answer(tx, &input.caller, found)
    })
    .await
}

async fn withdraw(call: Change<can::VariationsManage, Id, Json<VariationReason>>) -> Result<Stored<One<VariationView>>, Refusal> {
    call.act("variation.withdraw", |tx, input| {
        let found = acts::withdraw(tx, input.path, input.version()?, &input.body.0.reason)?;
        answer(tx, &input.caller, found)
    })
    .await
}

async fn apply(call: MoneyChange<can::VariationsManage, Id>) -> Result<Stored<One<VariationView>>, Refusal> {
    call.act("variation.apply", |tx, input| {
        let found = acts::apply(tx, &input.caller, input.path, input.version()?)?;
        answer(tx, &input.caller, found)
    })
    .await
}

async fn approve(call: MoneyChange<can::VariationsApprove, Id>) -> Result<Stored<One<VariationView>>, Refusal> {
    call.act("variation.approve", |tx, input| {
        let found = acts::approve(tx, input.path, input.version()?)?;
        answer(tx, &input.caller, found)
    })
    .await
}

async fn rebase(call: MoneyChange<can::VariationsManage, Id, Json<VariationRebase>>) -> Result<Stored<One<VariationView>>, Refusal> {
    call.act("variation.rebase", |tx, input| {
        let found = acts::rebase(tx, input.path, input.version()?, &input.body.0)?;
        answer(tx, &input.caller, found)
    })
    .await
}

/// Registers the operations.
pub fn mount(api: &mut Api) {
    api.tag("Variations", "Agreed changes to awards, with before and after.");
    api.get("/v1/awards/{id}/variations", "variations_list", "List the variations of an award", list);
    api.post("/v1/awards/{id}/variations", "variations_draft", "Draft a variation of an award", draft);
    api.get("/v1/variations", "variations_list_all", "List the variations of all awards", list_all);
    groups::mount(api);
    api.get("/v1/variations/{id}", "variations_get", "Show a variation with before and after", get);
    api.patch("/v1/variations/{id}", "variations_edit", "Change a draft of a variation", edit);
    letters::routes::mount(api);
    api.post("/v1/variations/{id}/issue", "variations_issue", "Send a variation to the provider", issue);
    api.post("/v1/variations/{id}/acceptance", "variations_accept", "Accept a variation for the provider", accept);
    api.post("/v1/variations/{id}/refusal", "variations_refuse", "Refuse a variation for the provider", refuse);
    api.post("/v1/variations/{id}/withdrawal", "variations_withdraw", "Take a variation back before it is applied", withdraw);
    api.post("/v1/variations/{id}/application", "variations_apply", "Bring an accepted variation into force", apply);
    campaigns::routes::mount(api);
    api.post("/v1/variations/{id}/approval", "variations_approve", "Approve the change of the value that somebody else wrote", approve);
    api.post("/v1/variations/{id}/rebase", "variations_rebase", "Take a variation onto the award as it stands now", rebase);
    policy::routes::mount(api);
    api.actions::<VariationView>(&[
        ("edit", "variations_edit"),
        ("issue", "variations_issue"),
        ("accept", "variations_accept"),
        ("refuse", "variations_refuse"),
        ("withdraw", "variations_withdraw"),
        ("apply", "variations_apply"),
        ("approve", "variations_approve"),
        ("rebase", "variations_rebase"),
    ]);
}
