//! Letters of novations, and reminders, over HTTP.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

use crate::access::permissions::can;
use crate::http::act::Stored;
use crate::http::archive::{Archive, ArchivedFile};
use crate::http::{Api, Ask, Listed, Listing, MoneyChange, NoFilter, One, Pdf};
use crate::kernel::{Id, Named, Page, Refusal};
use crate::novations::acts::{self as novations, Reminded};
use crate::novations::letters::OfNovations;
use crate::novations::letters::acts::{self, Sent};
use crate::novations::rules::NovationState;
use crate::novations::store::{Novation, NovationFacts};
use crate::providers;
use crate::store::Conn;
use crate::variations::letters::{LetterPaper, making};

/// A provider that a novation is written to.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct NovationProviderView {
    /// The provider.
    provider: Option<Named>,
    /// Whether the novation waits for its answer.
    is_awaited: bool,
    /// When it accepted; nothing of one that is not asked.
    accepted_on: Option<NaiveDate>,
    /// When it was last reminded.
    reminded_on: Option<NaiveDate>,
    /// Its letter.
    paper: LetterPaper,
}

/// Who was reminded of a novation.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct NovationRemindersView {
    /// The novation.
    pub id: Id,
    /// How many providers have not answered.
    pub waiting_count: usize,
    /// How many of them were written to now; none of those who were today already.
    pub reminded_count: usize,
    /// Which.
    #[schema(max_items = 2)]
    pub provider_ids: Vec<Id>,
}

fn accepted_on(facts: &NovationFacts, provider: Id) -> Option<NaiveDate> {
    match provider {
        own if own == facts.to_id => facts.to_accepted_on,
        own if own == facts.from_id => facts.from_accepted_on,
        _ => None,
    }
}

fn shown(conn: &mut Conn, one: &Novation, page: Page<Sent>) -> Result<Page<NovationProviderView>, Refusal> {
    let ids: Vec<Id> = page.items.iter().map(|sent| sent.provider_id).collect();
    let found = if ids.is_empty() { Vec::new() } else { providers::summaries(conn, &ids)? };
    let named = found.into_iter().map(|own| (own.id, Named { id: own.id, code: own.reference, name: own.name }));
    let mut names: HashMap<Id, Named> = named.collect();
    let awaited = if one.facts.state == NovationState::Issued { novations::unanswered(&one.facts) } else { Vec::new() };
    Ok(page.map(|sent| NovationProviderView {
        provider: names.remove(&sent.provider_id),
        is_awaited: awaited.contains(&sent.provider_id),
        accepted_on: accepted_on(&one.facts, sent.provider_id),
        reminded_on: sent.reminded_on,
        paper: acts::paper(one.id, sent),
    }))
}

fn reminded(done: Reminded) -> One<NovationRemindersView> {
    let Reminded { novation, waiting, providers } = done;
    let body = NovationRemindersView { id: novation.id, waiting_count: waiting, reminded_count: providers.len(), provider_ids: providers };
    One { version: novation.facts.version, body }
}

async fn list(call: Ask<can::NovationsRead, Id, Listing<NoFilter>>) -> Result<Listed<NovationProviderView>, Refusal> {
    call.ask(|conn, input| {
        let (one, page) = acts::page(conn, input.caller.scope(), input.path, &input.query.page)?;
        shown(conn, &one, page).map(Listed)
    })
    .await
}

async fn letter(call: Ask<can::NovationsRead, (Id, Id)>) -> Result<Pdf, Refusal> {
    let service = Arc::clone(&call.service);
    let today = service.db.clock().today();
    let asked = call.ask(move |conn, input| acts::ask(conn, input.caller.scope(), input.path, today)).await?;
    making::pdf::<OfNovations>(&service.db, &service.press, &service.shelf, asked).await
}

/// The letters of a novation, once all of them are made.
async fn letters(call: Ask<can::NovationsRead, Id>) -> Result<Archive, Refusal> {
    let shelf = call.service.shelf.clone();
    call.ask(move |conn, input| {
        let (reference, files) = acts::archived(conn, input.caller.scope(), input.path)?;
        let files = files.into_iter().map(|(name, sha256)| ArchivedFile { name, sha256 }).collect();
        Ok(Archive { file_name: format!("{reference}.zip"), files, shelf: shelf.clone() })
    })
    .await
}

async fn remind(call: MoneyChange<can::NovationsManage, Id>) -> Result<Stored<One<NovationRemindersView>>, Refusal> {
    call.act("novation.remind", |tx, input| novations::remind(tx, input.path, input.version()?).map(reminded)).await
}

/// Registers the operations.
pub fn mount(api: &mut Api) {
    api.get(
        "/v1/novations/{id}/providers",
        "novations_providers_list",
        "List the providers that a novation is written to, with their answers and letters",
        list,
    );
    api.get(
        "/v1/novations/{id}/providers/{provider_id}/letter",
        "novations_letter",
        "Print the letter of a novation to a provider as PDF: as it was issued, or as a draft",
        letter,
    );
    api.get("/v1/novations/{id}/letters", "novations_letters", "Fetch all letters of a novation in one ZIP", letters);
    api.post("/v1/novations/{id}/reminders", "novations_remind", "Write to those who have not answered a novation", remind);
}
