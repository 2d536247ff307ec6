//! What everybody may read, over HTTP: no operation here asks for a permission.

mod views;

use std::time::Duration;

use chrono::NaiveDate;
use serde::Deserialize;
use tokio::sync::Semaphore;
use utoipa::ToSchema;

use crate::access::permissions::can;
use crate::http::table::{Cell, lines};
use crate::http::{Api, Ask, IfAny, KeptFile, PublicCsv, PublicFeed, PublicJson, PublicOrFeed, PublicTable, Search, Service};
use crate::kernel::{Id, Moment, Refusal};
use crate::publishing::open_data::acts::{self, Published};
use crate::publishing::open_data::policy::rules::OpenDataPolicy;
use crate::publishing::open_data::rules::entry::Entry;
use crate::publishing::open_data::rules::giving::{self, GivingPackage};
use crate::publishing::open_data::rules::month::Month;
use crate::publishing::open_data::{notices, policy, records, redactions};
use crate::store::Conn;
use views::{
    ContractItem, ContractList, GrantRegister, NoticeItem, NoticeList, OpenDataFile, OpenDataHead, OpenDataIndex, RegisteredGrant,
    RoundItem, RoundList, SpendExtract, SpendItem, notice_feed, round_feed,
};

const REGISTER: &str = "Register of crime and disorder reduction grants";
const REGISTER_BASIS: &str = "Awards under section 9 of the Police Reform and Social Responsibility Act 2011 that were accepted, at any value, with all variations. A grant \
                              stands in the month in which it was agreed. [redacted] stands for what is not told.";
const SPEND: &str = "Extract for the list of spending over £500";
const SPEND_BASIS: &str = "Payments of awards above £500, net of the VAT that the office recovers, in the month in which they were paid. It is an extract: the office adds the \
                           spending that is not here from its own ledger. Crime and disorder reduction grants stand in their register.";
const CONTRACTS: &str = "Contracts";
const CONTRACTS_BASIS: &str = "Contracts that were accepted, with their value net of VAT and all their years together. Those above £10,000 have a copy, where it is published already.";
const NOTICES: &str = "Decision notices";
const NOTICES_BASIS: &str = "Decisions on awards and variations that the office has published.";
const ROUNDS: &str = "Open funding rounds";
const ROUNDS_BASIS: &str = "Funding rounds that take applications today.";
const GIVING: &str = "Grants in the 360Giving standard";

/// Which month.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct OpenDataMonth {
    /// Only this month. Left out: all of the register, and the last month with a payment of the extract.
    month: Option<Month>,
}

type Everybody = Ask<can::Anyone>;
type OfMonth = Ask<can::Anyone, (), Search<OpenDataMonth>>;

fn today(service: &Service) -> NaiveDate {
    service.db.clock().today()
}

fn updated<'a>(entries: impl Iterator<Item = &'a Entry>) -> Option<Moment> {
    entries.map(|entry| entry.modified_at).max()
}

fn register(published: &Published, month: Option<Month>) -> GrantRegister {
    let is_in = |entry: &&Entry| entry.is_crime_and_disorder_grant() && month.is_none_or(|month| month.holds(entry.agreed_on));
    let entries = || published.entries.iter().filter(is_in);
    let head = OpenDataHead::of(REGISTER, REGISTER_BASIS, &published.policy, updated(entries()));
    GrantRegister { head, month, items: entries().map(RegisteredGrant::from).collect() }
}

async fn register_json(call: OfMonth) -> Result<PublicJson<GrantRegister>, Refusal> {
    let today = today(&call.service);
    call.ask(move |conn, input| Ok(PublicJson(register(&acts::published(conn, today)?, input.query.0.month)))).await
}

async fn register_csv(call: OfMonth) -> Result<PublicCsv<RegisteredGrant>, Refusal> {
    let today = today(&call.service);
    let rows = call.ask(move |conn, input| Ok(register(&acts::published(conn, today)?, input.query.0.month))).await?.items;
    Ok(PublicCsv { file_name: "crime-and-disorder-reduction-grants.csv", rows })
}

fn spend(conn: &mut Conn, published: &Published, month: Option<Month>) -> Result<SpendExtract, Refusal> {
    let (month, paid) = acts::public_spend(conn, published, month)?;
    let updated_at = paid.iter().map(|one| one.changed_at).max();
    let items = paid.into_iter().map(SpendItem::from).collect();
    Ok(SpendExtract { head: OpenDataHead::of(SPEND, SPEND_BASIS, &published.policy, updated_at), month, items })
}

async fn spend_json(call: OfMonth) -> Result<PublicJson<SpendExtract>, Refusal> {
    let today = today(&call.service);
    call.ask(move |conn, input| {
        let published = acts::published(conn, today)?;
        spend(conn, &published, input.query.0.month).map(PublicJson)
    })
    .await
}

async fn spend_csv(call: OfMonth) -> Result<PublicCsv<SpendItem>, Refusal> {
    let today = today(&call.service);
    let extract = call.ask(move |conn, input| {
        let published = acts::published(conn, today)?;
        spend(conn, &published, input.query.0.month)
    });
    let rows = extract.await?.items;
    Ok(PublicCsv { file_name: "spend-over-500-extract.csv", rows })
}

fn contracts(published: &Published) -> ContractList {
    let entries = || published.entries.iter().filter(|entry| entry.is_contract());
    let head = OpenDataHead::of(CONTRACTS, CONTRACTS_BASIS, &published.policy, updated(entries()));
    ContractList { head, items: entries().map(|entry| ContractItem::of(entry, &published.policy)).collect() }
}

async fn contracts_json(call: Everybody) -> Result<PublicJson<ContractList>, Refusal> {
    let today = today(&call.service);
    call.ask(move |conn, _| Ok(PublicJson(contracts(&acts::published(conn, today)?)))).await
}

async fn contracts_csv(call: Everybody) -> Result<PublicCsv<ContractItem>, Refusal> {
    let today = today(&call.service);
    let rows = call.ask(move |conn, _| Ok(contracts(&acts::published(conn, today)?))).await?.items;
    Ok(PublicCsv { file_name: "contracts.csv", rows })
}

/// How many copies are looked through at the same time for people who are not signed in, and how long one more waits.
static READERS: Semaphore = Semaphore::const_new(2);
const PATIENCE: Duration = Duration::from_secs(5);

async fn contract_copy(call: Ask<can::Anyone, Id>) -> Result<KeptFile, Refusal> {
    let (shelf, today) = (call.service.shelf.clone(), today(&call.service));
    let (document, reference) = call.ask(move |conn, input| acts::contract_copy(conn, today, input.path)).await?;
    // The disk is read out of the lane, so that whoever else is not signed in does not wait for it, and in pieces as they are sent, so that each caller takes the
    // memory of one piece.
    let turn = tokio::time::timeout(PATIENCE, READERS.acquire()).await.map_err(|_| Refusal::TooMany(PATIENCE.as_secs()))?;
    let turn = turn.map_err(Refusal::broken)?;
    let file = shelf.fetch_open(document.fetchable()?).await?;
    drop(turn);
    let ending = document.media_type.endings().first().copied().unwrap_or_default();
    // Not under its own name, which may say what the file does not.
    Ok(KeptFile { media_type: document.media_type, file_name: format!("{reference}.{ending}"), file })
}

fn package(published: &Published, today: NaiveDate) -> Result<GivingPackage, Refusal> {
    let publisher = published.policy.publisher().ok_or(Refusal::NotFound("file of grants"))?;
    let package = giving::package(&publisher, &published.entries, today);
    // The standard knows no file without a grant.
    if package.grants.is_empty() { Err(Refusal::NotFound("file of grants")) } else { Ok(package) }
}

async fn giving_json(call: Everybody) -> Result<IfAny<PublicJson<GivingPackage>>, Refusal> {
    let today = today(&call.service);
    call.ask(move |conn, _| package(&acts::published(conn, today)?, today).map(PublicJson).map(IfAny)).await
}

async fn giving_csv(call: Everybody) -> Result<IfAny<PublicTable>, Refusal> {
    let today = today(&call.service);
    let package = call.ask(move |conn, _| package(&acts::published(conn, today)?, today)).await?;
    let titles = giving::titles(&package).into_iter().map(Cell::Plain).collect();
    let rows = giving::rows(&package).into_iter().map(|row| row.iter().map(|cell| Cell::text(cell.as_deref())).collect());
    Ok(IfAny(PublicTable { file_name: "360giving.csv", text: lines(std::iter::once(titles).chain(rows)) }))
}

fn notice_list(conn: &mut Conn, published: &Published) -> Result<PublicOrFeed<NoticeList>, Refusal> {
    let (all, updated_at) = acts::notices(conn, published)?;
    let feed = notice_feed(&published.policy, &all, updated_at);
    let head = OpenDataHead::of(NOTICES, NOTICES_BASIS, &published.policy, updated_at);
    Ok(PublicOrFeed { body: NoticeList { head, items: all.iter().map(NoticeItem::from).collect() }, feed: feed.xml() })
}

fn notices_now(conn: &mut Conn, today: NaiveDate) -> Result<PublicOrFeed<NoticeList>, Refusal> {
    let published = acts::published(conn, today)?;
    notice_list(conn, &published)
}

async fn notices_json(call: Everybody) -> Result<PublicOrFeed<NoticeList>, Refusal> {
    let today = today(&call.service);
    call.ask(move |conn, _| notices_now(conn, today)).await
}

async fn notices_atom(call: Everybody) -> Result<PublicFeed, Refusal> {
    let today = today(&call.service);
    call.ask(move |conn, _| notices_now(conn, today).map(|both| PublicFeed(both.feed))).await
}

fn round_list(conn: &mut Conn, today: NaiveDate) -> Result<PublicOrFeed<RoundList>, Refusal> {
    let policy = acts::policy(conn)?;
    let (all, updated_at) = acts::open_rounds(conn, today)?;
    let feed = round_feed(&policy, &all, updated_at);
    let head = OpenDataHead::of(ROUNDS, ROUNDS_BASIS, &policy, updated_at);
    Ok(PublicOrFeed { body: RoundList { head, items: all.iter().map(RoundItem::from).collect() }, feed: feed.xml() })
}

async fn rounds_json(call: Everybody) -> Result<PublicOrFeed<RoundList>, Refusal> {
    let today = today(&call.service);
    call.ask(move |conn, _| round_list(conn, today)).await
}

async fn rounds_atom(call: Everybody) -> Result<PublicFeed, Refusal> {
    let today = today(&call.service);
    call.ask(move |conn, _| round_list(conn, today).map(|both| PublicFeed(both.feed))).await
}

fn index(conn: &mut Conn, today: NaiveDate) -> Result<OpenDataIndex, Refusal> {
    let published = acts::published(conn, today)?;
    let policy = published.policy.clone();
    let grants = match package(&published, today) {
        Err(Refusal::NotFound(_)) => None,
        other => Some(other?.grants.iter().map(|grant| grant.date_modified).max()),
    };
    let file = |title: &str, stem: &str, endings: &[&str], updated_at: Option<Moment>| OpenDataFile {
        title: title.to_owned(),
        urls: endings.iter().map(|ending| policy.address(&format!("/open-data/{stem}{ending}"))).collect(),
        is_available: true,
        updated_at,
    };
    let (table, feed) = ([".json", ".csv"].as_slice(), ["", ".atom"].as_slice());
    let files = vec![
        file(REGISTER, "crime-and-disorder-reduction-grants", table, register(&published, None).head.updated_at),
        file(SPEND, "spend-over-500-extract", table, spend(conn, &published, None)?.head.updated_at),
        file(CONTRACTS, "contracts", table, contracts(&published).head.updated_at),
        OpenDataFile { is_available: grants.is_some(), ..file(GIVING, "360giving", table, grants.flatten()) },
        file(NOTICES, "decision-notices", feed, notice_list(conn, &published)?.body.head.updated_at),
        file(ROUNDS, "tranches", feed, round_list(conn, today)?.body.head.updated_at),
    ];
    let OpenDataPolicy { publisher_name, licence_url, .. } = policy;
    Ok(OpenDataIndex { publisher: publisher_name, licence_url, files })
}

async fn index_json(call: Everybody) -> Result<PublicJson<OpenDataIndex>, Refusal> {
    let today = today(&call.service);
    call.ask(move |conn, _| index(conn, today).map(PublicJson)).await
}

/// Registers the operations.
pub fn mount(api: &mut Api) {
    api.tag("Publishing", "What the office adds to awards for publication, notices of decisions, redactions and the terms of publication.");
    policy::routes::mount(api);
    records::routes::mount(api);
    notices::routes::mount(api);
    redactions::routes::mount(api);
    api.tag("Open data", "What everybody may read without login.");
    api.get("/open-data", "open_data_index", "List what everybody may read", index_json);
    let summary = "Give the register of crime and disorder reduction grants";
    api.get("/open-data/crime-and-disorder-reduction-grants.json", "open_data_grant_register", summary, register_json);
    let summary = "Give the register of crime and disorder reduction grants as CSV";
    api.get("/open-data/crime-and-disorder-reduction-grants.csv", "open_data_grant_register_csv", summary, register_csv);
    let summary = "Give the extract for the list of spending over £500";
    api.get("/open-data/spend-over-500-extract.json", "open_data_spend_extract", summary, spend_json);
    let summary = "Give the extract for the list of spending over £500 as CSV";
    api.get("/open-data/spend-over-500-extract.csv", "open_data_spend_extract_csv", summary, spend_csv);
    api.get("/open-data/contracts.json", "open_data_contracts", "List contracts", contracts_json);
    api.get("/open-data/contracts.csv", "open_data_contracts_csv", "List contracts as CSV", contracts_csv);
    api.get("/open-data/contracts/{id}/copy", "open_data_contract_copy", "Give the copy of a contract", contract_copy);
    api.get("/open-data/360giving.json", "open_data_360giving", "Give all grants in the 360Giving standard", giving_json);
    let summary = "Give all grants in the 360Giving standard as CSV with its titles";
    api.get("/open-data/360giving.csv", "open_data_360giving_csv", summary, giving_csv);
    api.get("/open-data/decision-notices", "open_data_decision_notices", "List notices of decisions", notices_json);
    api.get("/open-data/decision-notices.atom", "open_data_decision_notices_feed", "Give notices of decisions as a feed", notices_atom);
    api.get("/open-data/tranches", "open_data_tranches", "List funding rounds that take applications", rounds_json);
    api.get("/open-data/tranches.atom", "open_data_tranches_feed", "Give funding rounds that take applications as a feed", rounds_atom);
}
