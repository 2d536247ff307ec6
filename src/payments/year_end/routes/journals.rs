//! Journals over HTTP.

use std::collections::HashMap;

use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

use crate::access::Caller;
use crate::access::permissions::{Permission, can};
use crate::awards::acts as awards;
use crate::documents::rules::MediaType;
use crate::http::act::Stored;
use crate::http::{Api, Ask, Attachment, Change, Create, Json, Listed, Listing, Made, NoFilter, One};
use crate::kernel::{Id, Moment, Named, Pence, Refusal, TextList};
use crate::payments::runs::acts as runs;
use crate::payments::year_end::acts::journals::{self as acts, Journal};
use crate::payments::year_end::routes::paged;
use crate::payments::year_end::rules::books::{JournalKind, SpendBasis};
use crate::payments::year_end::rules::journal::{
    JournalAccounts, YearEndJournalApproval, YearEndJournalInput, YearEndJournalState, check_approval, sums,
};
use crate::store::Conn;

/// A journal of a year's end.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct YearEndJournalView {
    /// Its id.
    pub id: Id,
    /// `YEJ-0001`; a reversal has `-R` after what it reverses.
    #[schema(max_length = 40)]
    pub reference: String,
    /// Which version this is.
    pub version: i32,
    /// When it was proposed.
    pub recorded_at: Moment,
    /// The fund period.
    pub fund_period_id: Id,
    /// How far it has come.
    pub state: YearEndJournalState,
    /// The day on which it is booked.
    pub journal_on: NaiveDate,
    /// The journal that it reverses.
    pub reversal_of: Option<Id>,
    /// The accounts that it is booked on beside those of the awards.
    pub accounts: JournalAccounts,
    /// What is owed to providers.
    #[schema(value_type = i64)]
    pub accruals_pence: Pence,
    /// What was paid in advance.
    #[schema(value_type = i64)]
    pub prepayments_pence: Pence,
    /// What providers owe.
    #[schema(value_type = i64)]
    pub debtors_pence: Pence,
    /// The lines: worked out now while it is proposed, and as they were approved after that.
    #[schema(max_items = 100_000)]
    pub lines: Vec<YearEndJournalLine>,
    /// SHA-256 of the lines, which the approval names.
    #[schema(min_length = 64, max_length = 64)]
    pub lines_sha256: String,
    /// Who proposed it.
    #[schema(max_length = 300)]
    pub proposed_by: Option<String>,
    /// Who approved it.
    #[schema(max_length = 300)]
    pub approved_by: Option<String>,
    /// When it was approved.
    pub approved_on: Option<NaiveDate>,
    /// Ids of the awards whose estimate was missing then, as whoever approved it accepted.
    #[schema(value_type = Vec<Id>, max_items = 100_000)]
    pub missing_estimates: TextList,
    /// SHA-256 of its file, once it was exported.
    #[schema(max_length = 64)]
    pub sha256: Option<String>,
    /// What you may do to it now.
    pub allowed_actions: Vec<String>,
}

/// A line of a journal.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct YearEndJournalLine {
    /// The award.
    pub award: Named,
    /// The budget line.
    pub budget_line: Named,
    /// The source whose money it is.
    pub funding_source: Named,
    /// What it is.
    pub kind: JournalKind,
    /// How what was spent is known.
    pub basis: SpendBasis,
    /// How much; below nothing where an earlier journal said too much.
    #[schema(value_type = i64)]
    pub amount_pence: Pence,
}

fn lines(conn: &mut Conn, all: &[Journal]) -> Result<HashMap<Id, Vec<YearEndJournalLine>>, Refusal> {
    let every = || all.iter().flat_map(|one| &one.lines);
    let called = awards::named(conn, &every().map(|line| line.award_id).collect::<Vec<_>>())?;
    let of_lines = runs::lines(conn, &every().map(|line| line.budget_line_id).collect::<Vec<_>>())?;
    let mut shown: HashMap<Id, Vec<YearEndJournalLine>> = HashMap::new();
    for one in all {
        let own = shown.entry(one.row.id).or_default();
        for line in &one.lines {
            let (Some(award), Some((budget_line, source))) = (called.get(&line.award_id), of_lines.get(&line.budget_line_id)) else {
                continue;
            };
            own.push(YearEndJournalLine {
                award: award.clone(),
                budget_line: budget_line.clone(),
                funding_source: source.clone(),
                kind: line.kind,
                basis: line.basis,
                amount_pence: line.amount,
            });
        }
    }
    Ok(shown)
}

fn view(caller: &Caller, one: &Journal, lines: Vec<YearEndJournalLine>) -> Result<YearEndJournalView, Refusal> {
    let [accruals_pence, prepayments_pence, debtors_pence] = sums(&one.lines);
    let (proposed, approved) = (one.step(YearEndJournalState::Proposed), one.step(YearEndJournalState::Approved));
    let hash = one.lines_sha256();
    let is_second = check_approval(proposed.and_then(|step| step.taken_by), caller.id, &hash, &hash).is_ok();
    let action = match one.state() {
        YearEndJournalState::Proposed => ("approve", caller.may(Permission::YearEndApprove) && is_second),
        YearEndJournalState::Approved => ("export", caller.may(Permission::YearEndManage)),
        YearEndJournalState::Exported => ("fetch_file", caller.may(Permission::YearEndRead)),
    };
    Ok(YearEndJournalView {
        id: one.row.id,
        reference: one.row.reference.clone(),
        version: one.version(),
        recorded_at: one.row.recorded_at,
        fund_period_id: one.row.fund_period_id,
        state: one.state(),
        journal_on: one.row.journal_on,
        reversal_of: one.row.reversal_of,
        accounts: one.accounts()?,
        accruals_pence,
        prepayments_pence,
        debtors_pence,
        lines,
        lines_sha256: hash,
        proposed_by: proposed.map(|step| step.taken_by_name.clone()),
        approved_by: approved.map(|step| step.taken_by_name.clone()),
        approved_on: approved.map(|step| step.taken_on),
        missing_estimates: one.missing_estimates(),
        sha256: one.sha256.clone(),
        allowed_actions: Some(action).filter(|(_, may)| *may).map(|(word, _)| word.to_owned()).into_iter().collect(),
    })
}

fn answer(conn: &mut Conn, caller: &Caller, one: &Journal) -> Result<One<YearEndJournalView>, Refusal> {
    let lines = lines(conn, std::slice::from_ref(one))?.remove(&one.row.id).unwrap_or_default();
    Ok(One { version: one.version(), body: view(caller, one, lines)? })
}

async fn list(call: Ask<can::YearEndRead, Id, Listing<NoFilter>>) -> Result<Listed<YearEndJournalView>, Refusal> {
    call.ask(|conn, input| {
        let page = paged(acts::list(conn, input.path)?, &input.query.page, |one| one.row.id.to_string())?;
        let mut lines = lines(conn, &page.items)?;
        let show = |one: &Journal| view(&input.caller, one, lines.remove(&one.row.id).unwrap_or_default());
        let items = page.items.iter().map(show).collect::<Result<Vec<_>, _>>()?;
        Ok(Listed(crate::kernel::Page { items, next_cursor: page.next_cursor }))
    })
    .await
}

async fn get(call: Ask<can::YearEndRead, Id>) -> Result<One<YearEndJournalView>, Refusal> {
    call.ask(|conn, input| {
        let one = acts::get(conn, input.path)?;
        answer(conn, &input.caller, &one)
    })
    .await
}

async fn propose(call: Create<can::YearEndManage, Id, Json<YearEndJournalInput>>) -> Result<Stored<Made<YearEndJournalView>>, Refusal> {
    call.act("year_end_journal.propose", |tx, input| {
        let one = acts::propose(tx, input.path, &input.body.0)?;
        let One { version, body } = answer(tx.conn(), &input.caller, &one)?;
        Ok(Made { location: format!("/v1/year-end-journals/{}", body.id), version, body })
    })
    .await
}

async fn approve(call: Change<can::YearEndApprove, Id, Json<YearEndJournalApproval>>) -> Result<Stored<One<YearEndJournalView>>, Refusal> {
    call.act("year_end_journal.approve", |tx, input| {
        let one = acts::approve(tx, input.path, input.version()?, &input.body.0)?;
        answer(tx.conn(), &input.caller, &one)
    })
    .await
}

async fn export(call: Change<can::YearEndManage, Id>) -> Result<Stored<One<YearEndJournalView>>, Refusal> {
    call.act("year_end_journal.export", |tx, input| {
        let one = acts::export(tx, input.path, input.version()?)?;
        answer(tx.conn(), &input.caller, &one)
    })
    .await
}

async fn file(call: Ask<can::YearEndRead, Id>) -> Result<Attachment, Refusal> {
    call.ask(|conn, input| {
        let (row, text) = acts::file(conn, input.path)?;
        Ok(Attachment { media_type: MediaType::Csv, file_name: format!("{}.csv", row.reference), bytes: text.into_bytes() })
    })
    .await
}

/// Registers the operations.
pub fn mount(api: &mut Api) {
    api.get("/v1/fund-periods/{id}/year-end/journals", "year_end_journals_list", "List the journals of a year", list);
    let summary = "Propose a journal of accruals, prepayments and debtors";
    api.post("/v1/fund-periods/{id}/year-end/journals", "year_end_journals_propose", summary, propose);
    api.get("/v1/year-end-journals/{id}", "year_end_journals_get", "Show a journal", get);
    let summary = "Approve a journal that somebody else proposed";
    api.post("/v1/year-end-journals/{id}/approval", "year_end_journals_approve", summary, approve);
    api.post("/v1/year-end-journals/{id}/export", "year_end_journals_export", "Make the file of a journal, once", export);
    api.get("/v1/year-end-journals/{id}/export", "year_end_journals_file", "Fetch the file of a journal for the finance system", file);
    api.actions::<YearEndJournalView>(&[
        ("approve", "year_end_journals_approve"),
        ("export", "year_end_journals_export"),
        ("fetch_file", "year_end_journals_file"),
    ]);
}
