//! The closing statement over HTTP.

use serde::Serialize;
use utoipa::ToSchema;

use crate::access::permissions::can;
use crate::documents::rules::MediaType;
use crate::http::table::{Cell, lines};
use crate::http::{Api, Ask, Attachment, Plain};
use crate::kernel::{Id, Pence, Refusal};
use crate::payments::year_end::acts::statements as acts;
use crate::payments::year_end::rules::statement::{ClosingStatement, StatementRow, StatementSource};

/// The closing statement of a fund period.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ClosingStatementView {
    /// The statement.
    #[serde(flatten)]
    pub statement: ClosingStatement,
    /// SHA-256 of the statement as JSON with the keys of each object in order and without blanks, in hexadecimal; none before the year is final, while the
    /// statement follows the ledger.
    #[schema(max_length = 64)]
    pub sha256: Option<String>,
}

/// The columns of the file.
const COLUMNS: [&str; 10] =
    ["funding_source", "budget_line", "date", "kind", "award", "amount_pounds", "in_pounds", "out_pounds", "balance_pounds", "transfer_id"];

/// The statement as a file: of each source its opening, every movement, and its closing.
fn csv(statement: &ClosingStatement) -> String {
    let mut rows = vec![COLUMNS.iter().map(|name| Cell::Plain((*name).to_owned())).collect::<Vec<Cell>>()];
    for source in &statement.sources {
        rows.push(edge(source, "opening", source.opening_pence));
        let own = statement.movements.iter().filter(|row| row.funding_source == source.funding_source);
        rows.extend(own.map(movement));
        rows.push(edge(source, "closing", source.closing_pence));
    }
    lines(rows.into_iter())
}

fn edge(source: &StatementSource, kind: &str, balance: Pence) -> Vec<Cell> {
    let mut cells = vec![Cell::text(Some(&source.funding_source)), Cell::Empty, Cell::Empty, Cell::Plain(kind.to_owned())];
    cells.extend([Cell::Empty, Cell::Empty, Cell::Empty, Cell::Empty, Cell::Pounds(balance), Cell::Empty]);
    cells
}

fn movement(row: &StatementRow) -> Vec<Cell> {
    vec![
        Cell::text(Some(&row.funding_source)),
        Cell::text(Some(&row.budget_line)),
        Cell::Date(row.on),
        Cell::Plain(row.kind.word().to_owned()),
        Cell::text(row.award.as_deref()),
        Cell::Pounds(row.amount_pence),
        Cell::Pounds(row.in_pence),
        Cell::Pounds(row.out_pence),
        Cell::Pounds(row.balance_pence),
        Cell::Plain(row.transfer_id.to_string()),
    ]
}

async fn get(call: Ask<can::YearEndRead, Id>) -> Result<Plain<ClosingStatementView>, Refusal> {
    call.ask(|conn, input| {
        let (statement, sha256) = acts::of_period(conn, input.path)?;
        Ok(Plain(ClosingStatementView { statement, sha256 }))
    })
    .await
}

async fn file(call: Ask<can::YearEndRead, Id>) -> Result<Attachment, Refusal> {
    call.ask(|conn, input| {
        let (statement, _) = acts::of_period(conn, input.path)?;
        let file_name = format!("closing-statement-{}.csv", statement.fund_period);
        Ok(Attachment { media_type: MediaType::Csv, file_name, bytes: csv(&statement).into_bytes() })
    })
    .await
}

/// Registers the operations.
pub fn mount(api: &mut Api) {
    let summary = "Show the closing statement of a year, by source with every movement";
    api.get("/v1/fund-periods/{id}/year-end/closing-statement", "year_end_statement_get", summary, get);
    api.get("/v1/fund-periods/{id}/year-end/closing-statement/file", "year_end_statement_file", "Fetch the closing statement as CSV", file);
}
