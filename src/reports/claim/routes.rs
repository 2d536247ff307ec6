//! The file of a claim over HTTP.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::access::permissions::can;
use crate::http::table::{Cell, Format};
use crate::http::{Api, Ask, Search};
use crate::kernel::{Id, Moment, Pence, Quantity, Refusal};
use crate::publishing::claims::rules::{ClaimCountState, ClaimFigures, ClaimRow, ClaimSection};
use crate::reports::answer::{Answer, Flat, Report};
use crate::reports::asked::{At, Question, report};
use crate::reports::claim::counts;
use crate::reports::claim::store::{self, ClaimFacts, ReceiptRow};
use crate::store::Conn;

/// As at which day, known at which moment and in which format the file of a claim is asked for. Names, states and the funder's consent to
/// small numbers are those that were known at the moment.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
pub struct ClaimFileQuestion {
    /// The business date; today where it is left out.
    as_at: Option<NaiveDate>,
    /// The moment up to which recorded facts count; now where it is left out.
    known_at: Option<Moment>,
    /// The format, before what `Accept` says.
    format: Option<Format>,
    /// The claim, from the path.
    #[serde(skip_deserializing)]
    #[schema(ignore)]
    claim: Option<Id>,
}

impl Question for ClaimFileQuestion {
    const NAME: &'static str = "claim";
    fn as_at(&self) -> Option<NaiveDate> {
        self.as_at
    }
    fn known_at(&self) -> Option<Moment> {
        self.known_at
    }
    fn format(&self) -> Option<Format> {
        self.format
    }
}

/// A claim with what is claimed, what came, and its figures.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ClaimFile {
    /// The day.
    as_at: NaiveDate,
    /// The moment.
    known_at: Moment,
    /// The claim's reference.
    #[schema(max_length = 40)]
    reference: String,
    /// How far it has come.
    #[schema(max_length = 40)]
    state: String,
    /// The funder.
    #[schema(max_length = 300)]
    funding_source: String,
    /// The reference of the budget line.
    #[schema(max_length = 80)]
    budget_line: String,
    /// Whether the figures are those of the certificate; otherwise they are what is known now.
    is_frozen: bool,
    /// SHA-256 of the frozen figures, in hexadecimal.
    #[schema(min_length = 64, max_length = 64)]
    figures_sha256: Option<String>,
    /// Whether the funder agreed to be told of very few people, so that no count is suppressed.
    small_numbers_agreed: bool,
    /// Counts of people below this are suppressed, unless they are 0 or the funder agreed to be told.
    small_below: Quantity,
    /// How many returns of its days were not accepted when it was certified; of a draft, how many are not now. Its figures are without them.
    outstanding_return_count: i64,
    /// What is claimed.
    #[schema(value_type = i64)]
    amount_pence: Pence,
    /// What has come.
    #[schema(value_type = i64)]
    received_pence: Pence,
    /// The share of the budget line in what was spent, in the days of this claim.
    #[schema(value_type = i64)]
    spent_share_pence: Pence,
    /// The claim, what came, what was spent, what changed in earlier claims, what was counted.
    #[schema(max_items = 1_000_000)]
    rows: Vec<ClaimRow>,
}

impl Report for ClaimFile {
    type Row = ClaimRow;
    type Rows = std::vec::IntoIter<ClaimRow>;
    fn take_rows(&mut self) -> Self::Rows {
        std::mem::take(&mut self.rows).into_iter()
    }
}

impl Flat for ClaimRow {
    const COLUMNS: &'static [&'static str] = &[
        "section",
        "reference",
        "starts_on",
        "ends_on",
        "award_reference",
        "award_title",
        "provider",
        "category",
        "indicator_id",
        "indicator",
        "unit",
        "basis",
        "area",
        "count_state",
        "value",
        "amount_pounds",
        "share_pounds",
        "return_count",
        "on",
        "note",
        "told_value",
        "accepted_value",
        "adjustment_count",
        "accepted_pounds",
    ];

    fn cells(&self) -> Vec<Cell> {
        let words = |text: &Option<String>| Cell::text(text.as_deref());
        vec![
            Cell::Plain(self.section.to_string()),
            words(&self.reference),
            Cell::date(self.starts_on),
            Cell::date(self.ends_on),
            words(&self.award),
            words(&self.award_title),
            words(&self.provider),
            words(&self.category),
            self.indicator_id.map_or(Cell::Empty, |id| Cell::Plain(id.to_string())),
            words(&self.indicator),
            words(&self.unit),
            words(&self.basis),
            words(&self.area),
            Cell::text(self.count_state.map(ClaimCountState::word)),
            Cell::number(self.value),
            Cell::pounds(self.amount_pence),
            Cell::pounds(self.share_pence),
            self.return_count.map_or(Cell::Empty, Cell::count),
            Cell::date(self.on),
            words(&self.note),
            Cell::number(self.told_value),
            Cell::number(self.accepted_value),
            self.adjustment_count.map_or(Cell::Empty, Cell::count),
            Cell::pounds(self.accepted_pence),
        ]
    }
}

/// The claim and what came for it, as rows.
fn head(claim: &ClaimFacts, receipts: &[ReceiptRow]) -> Vec<ClaimRow> {
    let by = claim.certified_by.as_ref().map(|name| format!(" Certified by {name}."));
    let statement = claim.statement.as_ref().map(|text| format!(" {text}"));
    let without = match claim.outstanding_returns {
        None => String::new(),
        Some(1) => " Without 1 return that was not accepted then.".to_owned(),
        Some(count) => format!(" Without {count} returns that were not accepted then."),
    };
    let own = ClaimRow {
        reference: Some(claim.reference.clone()),
        starts_on: Some(claim.starts_on),
        ends_on: Some(claim.ends_on),
        amount_pence: Some(claim.amount),
        on: claim.certified_on,
        note: Some(format!("{}.{}{}{without}", claim.state, statement.unwrap_or_default(), by.unwrap_or_default())),
        ..ClaimRow::of(ClaimSection::Claim)
    };
    let came = receipts.iter().map(|one| ClaimRow {
        reference: Some(one.reference.clone()),
        amount_pence: Some(one.amount),
        on: Some(one.received_on),
        ..ClaimRow::of(ClaimSection::Receipt)
    });
    std::iter::once(own).chain(came).collect()
}

fn make(conn: &mut Conn, at: At, id: Id) -> Result<ClaimFile, Refusal> {
    let claim = store::claim(conn, id, at)?.ok_or(Refusal::NotFound("claim"))?;
    let frozen = store::frozen(conn, id, at)?;
    let receipts = store::receipts(conn, id, at)?;
    let (is_frozen, figures_sha256) = (frozen.is_some(), frozen.as_ref().map(|(_, sha256)| sha256.clone()));
    let figures: ClaimFigures = frozen.map_or_else(|| super::figures(conn, at, id), |(figures, _)| Ok(figures))?;
    let shares = figures.rows.iter().filter(|row| row.section == ClaimSection::Spend).filter_map(|row| row.share_pence);
    let spent_share_pence = shares.sum();
    let mut rows = head(&claim, &receipts);
    rows.extend(figures.rows);
    counts::in_own_words(conn, at, &mut rows)?;
    Ok(ClaimFile {
        as_at: at.as_at,
        known_at: at.known_at,
        funding_source: store::source(conn, claim.source_id, at)?.name,
        reference: claim.reference,
        state: claim.state,
        budget_line: claim.line,
        is_frozen,
        figures_sha256,
        small_numbers_agreed: figures.small_numbers_agreed,
        small_below: figures.small_below,
        outstanding_return_count: figures.outstanding_return_count,
        amount_pence: claim.amount,
        received_pence: receipts.iter().map(|one| one.amount).sum(),
        spent_share_pence,
        rows,
    })
}

async fn file(mut call: Ask<can::ClaimsRead, Id, Search<ClaimFileQuestion>>) -> Result<Answer<ClaimFile>, Refusal> {
    let id = call.input.path;
    call.input.query.0.claim = Some(id);
    report(call, move |conn, at, _| make(conn, at, id)).await
}

/// Registers the operation.
pub fn mount(api: &mut Api) {
    api.get("/v1/funder-claims/{id}/file", "funder_claims_file", "Show a claim with its figures as one file", file);
}
