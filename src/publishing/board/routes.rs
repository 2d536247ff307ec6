//! Snapshots for the board over HTTP.

use std::sync::Arc;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::access::Caller;
use crate::access::permissions::{Permission, can};
use crate::documents::Template;
use crate::http::act::Stored;
use crate::http::call::{Call, CreatingFromRead};
use crate::http::known::settle;
use crate::http::{Api, Ask, Change, Json, Listed, Listing, Made, Markdown, NoQuery, One, Pdf};
use crate::kernel::{Id, Moment, Quarter, Refusal};
use crate::publishing::board::acts::{self, Snapshot};
use crate::publishing::board::rules::{self, BoardSnapshotState};
use crate::publishing::board::sheet;
use crate::reports::board::{BoardReport, make as gather, written};
use crate::store::Conn;

/// Which quarter is gathered for the board.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct BoardSnapshotInput {
    /// The quarter, such as `2020-21-Q1`.
    quarter: Quarter,
    /// As at this day; today in London where it is left out.
    #[serde(default)]
    as_at: Option<NaiveDate>,
    /// Known at this moment; the latest closed one where it is left out.
    #[serde(default)]
    known_at: Option<Moment>,
}

/// What narrows the list of snapshots.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct BoardSnapshotFilter {
    /// Only of this quarter.
    quarter: Option<Quarter>,
}

/// A quarter as it was gathered for the board, as lists show it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct BoardSnapshotSummary {
    /// Its id.
    pub id: Id,
    /// Which version this is.
    pub version: i32,
    /// When this version became known.
    pub recorded_at: Moment,
    /// The quarter.
    pub quarter: Quarter,
    /// As at this day.
    pub as_at: NaiveDate,
    /// Known at this moment.
    pub known_at: Moment,
    /// Whether it is signed off.
    pub state: BoardSnapshotState,
    /// How many of its figures are suppressed.
    pub suppressed_count: i64,
    /// SHA-256 of its report without texts (`texts` an empty list), as JSON with the keys of each object in order and without blanks, in
    /// hexadecimal.
    #[schema(min_length = 64, max_length = 64)]
    pub sha256: String,
    /// When it was made.
    pub made_on: NaiveDate,
    /// Who made it.
    #[schema(max_length = 300)]
    pub made_by: String,
    /// When it was signed off.
    pub signed_off_on: Option<NaiveDate>,
    /// Who signed it off.
    #[schema(max_length = 300)]
    pub signed_off_by: Option<String>,
    /// What you may do to it now.
    pub allowed_actions: Vec<String>,
}

/// A quarter as it was gathered for the board.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct BoardSnapshotView {
    /// The snapshot.
    #[serde(flatten)]
    pub summary: BoardSnapshotSummary,
    /// The report as it was then. One of an older version of the service lacks what was not kept yet.
    #[schema(value_type = BoardReport)]
    pub report: Value,
}

/// Whether the caller sees snapshots before they are signed off.
fn is_officer(caller: &Caller) -> bool {
    caller.may(Permission::CountsRead)
}

fn summary(caller: &Caller, one: &Snapshot) -> BoardSnapshotSummary {
    let may_sign =
        caller.may(Permission::BoardSnapshotsSignOff) && rules::sign_off(one.state(), one.made_by_id, caller.id, one.is_overtaken).is_ok();
    let (signed_off_on, signed_off_by) = one.signed_off.clone().unzip();
    BoardSnapshotSummary {
        id: one.id,
        version: one.version(),
        recorded_at: one.recorded_at,
        quarter: one.quarter,
        as_at: one.as_at,
        known_at: one.known_at,
        state: one.state(),
        suppressed_count: one.suppressed_count,
        sha256: one.sha256.clone(),
        made_on: one.made_on,
        made_by: one.made_by.clone(),
        signed_off_on,
        signed_off_by,
        allowed_actions: may_sign.then(|| "sign_off".to_owned()).into_iter().collect(),
    }
}

fn view(conn: &mut Conn, caller: &Caller, one: &Snapshot) -> Result<BoardSnapshotView, Refusal> {
    Ok(BoardSnapshotView { summary: summary(caller, one), report: acts::report_as_kept(conn, one)? })
}

type Gathering = Call<can::BoardSnapshotsMake, (), NoQuery, Json<BoardSnapshotInput>, CreatingFromRead>;

async fn create(call: Gathering) -> Result<Stored<Made<BoardSnapshotView>>, Refusal> {
    let asked = &call.input.body.0;
    let (quarter, at) = (asked.quarter, settle(&call.service.db, asked.as_at, asked.known_at).await?);
    let report = call.service.db.report(move |conn, _| gather(conn, at, quarter, None)).await?;
    call.act("board_snapshot.make", move |tx, input| {
        let one = acts::make(tx, &report)?;
        Ok(Made {
            location: format!("/v1/board-snapshots/{}", one.id),
            version: one.version(),
            body: view(tx.conn(), &input.caller, &one)?,
        })
    })
    .await
}

async fn list(call: Ask<can::BoardSnapshotsRead, (), Listing<BoardSnapshotFilter>>) -> Result<Listed<BoardSnapshotSummary>, Refusal> {
    call.ask(|conn, input| {
        let page = acts::page(conn, is_officer(&input.caller), input.query.filter.quarter, &input.query.page)?;
        Ok(Listed(page.map(|one| summary(&input.caller, &one))))
    })
    .await
}

async fn get(call: Ask<can::BoardSnapshotsRead, Id>) -> Result<One<BoardSnapshotView>, Refusal> {
    call.ask(|conn, input| {
        let one = acts::find(conn, is_officer(&input.caller), input.path)?;
        Ok(One { version: one.version(), body: view(conn, &input.caller, &one)? })
    })
    .await
}

async fn sign_off(call: Change<can::BoardSnapshotsSignOff, Id>) -> Result<Stored<One<BoardSnapshotView>>, Refusal> {
    call.act("board_snapshot.sign_off", |tx, input| {
        let one = acts::sign_off(tx, input.path, input.version()?)?;
        Ok(One { version: one.version(), body: view(tx.conn(), &input.caller, &one)? })
    })
    .await
}

/// A snapshot that the caller may see, with its report.
fn found(conn: &mut Conn, caller: &Caller, id: Id) -> Result<(Snapshot, BoardReport), Refusal> {
    let one = acts::find(conn, is_officer(caller), id)?;
    let report = acts::report(conn, &one)?;
    Ok((one, report))
}

async fn page(call: Ask<can::BoardSnapshotsRead, Id>) -> Result<Markdown, Refusal> {
    call.ask(|conn, input| found(conn, &input.caller, input.path).map(|(_, report)| Markdown(written(&report)))).await
}

async fn pdf(call: Ask<can::BoardSnapshotsRead, Id>) -> Result<Pdf, Refusal> {
    let service = Arc::clone(&call.service);
    let (one, report) = call.ask(|conn, input| found(conn, &input.caller, input.path)).await?;
    let bytes = service.press.print(Template::Board, &sheet::of(&one, &report)).await?;
    Ok(Pdf { version: one.version(), file_name: format!("Board report {}.pdf", one.quarter), bytes })
}

/// Registers the operations.
pub fn mount(api: &mut Api) {
    api.tag("Board", "The board's quarter, kept as it was gathered, and signed off before the board sees it.");
    api.get("/v1/board-snapshots", "board_snapshots_list", "List what was gathered for the board", list);
    api.post("/v1/board-snapshots", "board_snapshots_make", "Gather a quarter for the board and keep it as it is now", create);
    api.get("/v1/board-snapshots/{id}", "board_snapshots_get", "Show what was gathered for the board", get);
    api.get("/v1/board-snapshots/{id}/page", "board_snapshots_page", "Show what was gathered for the board as a page to read", page);
    api.get("/v1/board-snapshots/{id}/pdf", "board_snapshots_pdf", "Print what was gathered for the board as PDF", pdf);
    let summary = "Sign the small numbers of a snapshot off, so that the board sees it";
    api.post("/v1/board-snapshots/{id}/sign-off", "board_snapshots_sign_off", summary, sign_off);
    api.actions::<BoardSnapshotSummary>(&[("sign_off", "board_snapshots_sign_off")]);
}
