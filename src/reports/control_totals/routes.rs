//! The list of printed totals with what is computed.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::access::permissions::can;
use crate::figures::control_totals::ControlMeasure;
use crate::http::table::{Cell, Format};
use crate::http::{Api, Ask, Search};
use crate::kernel::{Moment, Refusal};
use crate::reports::agreement::LedgerAgreement;
use crate::reports::answer::{Answer, Flat, Report};
use crate::reports::asked::{At, Question, report};
use crate::reports::control_totals::{ControlTotalCheck, check, store};
use crate::store::Conn;

/// What is asked of printed totals.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
pub struct ControlTotalQuestion {
    /// Only the total with this code.
    #[schema(min_length = 1, max_length = 80)]
    reference: Option<String>,
    /// Only totals of this measure.
    measure: Option<ControlMeasure>,
    /// As at this day; today where it is left out. A total that is fixed to a day keeps it.
    as_at: Option<NaiveDate>,
    /// Known at this moment; the latest closed one where it is left out. A total that is fixed to a moment keeps it.
    known_at: Option<Moment>,
    /// The format, before what `Accept` says.
    format: Option<Format>,
}

impl Question for ControlTotalQuestion {
    const NAME: &'static str = "control-totals";
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

/// Printed totals beside computed ones.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ControlTotalReport {
    /// The day it was asked for.
    as_at: NaiveDate,
    /// The moment it was asked for.
    known_at: Moment,
    /// Whether the ledger that amounts are computed from agrees with itself, added up another way.
    ledger_check: LedgerAgreement,
    /// One row a total, by code.
    #[schema(max_items = 100_000)]
    rows: Vec<ControlTotalCheck>,
}

impl Report for ControlTotalReport {
    type Row = ControlTotalCheck;
    type Rows = std::vec::IntoIter<ControlTotalCheck>;
    fn take_rows(&mut self) -> Self::Rows {
        std::mem::take(&mut self.rows).into_iter()
    }
}

impl Flat for ControlTotalCheck {
    const COLUMNS: &'static [&'static str] = &[
        "reference",
        "name",
        "measure",
        "printed_pounds",
        "computed_pounds",
        "difference_pounds",
        "printed_value",
        "computed_value",
        "difference_value",
        "qualifier",
        "agrees",
        "rows_count",
        "evidence",
        "computed_as_at",
        "computed_known_at",
    ];

    fn cells(&self) -> Vec<Cell> {
        vec![
            Cell::Text(self.reference.clone()),
            Cell::Text(self.name.clone()),
            Cell::Plain(self.measure.to_string()),
            Cell::pounds(self.printed_pence),
            Cell::pounds(self.computed_pence),
            Cell::pounds(self.difference_pence),
            Cell::number(self.printed_value),
            Cell::number(self.computed_value),
            Cell::number(self.difference_value),
            Cell::text(self.qualifier.as_deref()),
            Cell::yes(self.agrees),
            self.rows_count.map_or(Cell::Empty, |count| Cell::count(count.into())),
            Cell::text(self.evidence.as_deref()),
            Cell::date(Some(self.as_at)),
            Cell::Moment(self.known_at),
        ]
    }
}

fn make(conn: &mut Conn, at: At, question: &ControlTotalQuestion) -> Result<ControlTotalReport, Refusal> {
    let mut totals = store::totals(conn, at.known_at)?;
    totals.retain(|total| question.reference.as_ref().is_none_or(|code| *code == total.code));
    totals.retain(|total| question.measure.is_none_or(|measure| measure == total.measure));
    let rows = check(conn, totals, at)?;
    let ledger_check = LedgerAgreement::beside(conn, at)?;
    Ok(ControlTotalReport { as_at: at.as_at, known_at: at.known_at, ledger_check, rows })
}

async fn list(call: Ask<can::CountsRead, (), Search<ControlTotalQuestion>>) -> Result<Answer<ControlTotalReport>, Refusal> {
    report(call, make).await
}

/// Registers the operations.
pub fn mount(api: &mut Api) {
    api.get("/v1/control-totals", "control_totals_list", "Hold printed totals against computed ones", list);
}
