//! Control totals over HTTP: what was printed. The list of them with what is computed is a report.

use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

use crate::access::Caller;
use crate::access::permissions::{Permission, can};
use crate::figures::control_totals::{ControlMeasure, ControlScope, ControlTotal, ControlTotalInput, acts, store};
use crate::http::act::Stored;
use crate::http::{Api, Ask, Create, Json, Made, One, Patching};
use crate::kernel::{FigureStatus, Id, Moment, Pence, Precision, Provenance, Quantity, Refusal};

/// A printed figure to hold against a computed one.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ControlTotalView {
    /// Its id.
    pub id: Id,
    /// Its code.
    #[schema(max_length = 80)]
    pub code: String,
    /// Which version this is.
    pub version: i32,
    /// When this version became known.
    pub recorded_at: Moment,
    /// What it is, for people.
    #[schema(max_length = 300)]
    pub name: String,
    /// What is computed.
    pub measure: ControlMeasure,
    /// What kind of thing is added up.
    pub scope_kind: ControlScope,
    /// What is added up: ids of that kind, or names of series.
    pub scope: Vec<String>,
    /// The day whose state was printed.
    pub as_at: Option<NaiveDate>,
    /// The moment up to which was known what was printed.
    pub known_at: Option<Moment>,
    /// What was printed, where it is money.
    pub printed_pence: Option<Pence>,
    /// What was printed, where it is a count.
    pub printed_value: Option<Quantity>,
    /// How many rows were printed.
    pub rows_count: Option<i32>,
    /// How final the printed figure is.
    pub figure_status: FigureStatus,
    /// How exactly it was printed.
    pub precision: Option<Precision>,
    /// The step to which money was rounded.
    pub rounding_unit_pence: Option<Pence>,
    /// The step to which a count was rounded.
    pub rounding_unit: Option<Quantity>,
    /// The word printed before it.
    pub qualifier: Option<String>,
    /// A remark for people.
    pub note: Option<String>,
    /// Whether it only stands for something that is not named.
    pub illustrative: bool,
    /// What cannot be shown: fields and rules.
    pub not_evidenced: Vec<String>,
    /// Where it is printed.
    pub evidence: Option<String>,
    /// What you may do to it now.
    pub allowed_actions: Vec<String>,
}

fn view(caller: &Caller, total: ControlTotal) -> ControlTotalView {
    let facts = total.facts;
    let may_change = caller.may(Permission::ControlTotalsManage);
    ControlTotalView {
        id: total.id,
        code: facts.code,
        version: total.version,
        recorded_at: total.recorded_at,
        name: facts.name,
        measure: facts.measure,
        scope_kind: facts.scope_kind,
        scope: facts.scope,
        as_at: facts.as_at,
        known_at: facts.known_at,
        printed_pence: facts.printed_pence,
        printed_value: facts.printed_value,
        rows_count: facts.rows_count,
        figure_status: facts.figure_status,
        precision: facts.precision,
        rounding_unit_pence: facts.rounding_unit_pence,
        rounding_unit: facts.rounding_unit,
        qualifier: facts.qualifier,
        note: facts.note,
        illustrative: total.provenance.illustrative,
        not_evidenced: total.provenance.not_evidenced.0,
        evidence: total.provenance.evidence,
        allowed_actions: if may_change { vec!["update".to_owned()] } else { Vec::new() },
    }
}

async fn create(call: Create<can::ControlTotalsManage, (), Json<ControlTotalInput>>) -> Result<Stored<Made<ControlTotalView>>, Refusal> {
    call.act("control_total.create", |tx, input| {
        let view = view(&input.caller, acts::create(tx, &input.body.0, &Provenance::default())?);
        Ok(Made { location: format!("/v1/control-totals/{}", view.id), version: view.version, body: view })
    })
    .await
}

async fn get(call: Ask<can::ReportsRead, Id>) -> Result<One<ControlTotalView>, Refusal> {
    call.ask(|conn, input| {
        let view = view(&input.caller, store::load(conn, input.path)?.ok_or(Refusal::NotFound("control total"))?);
        Ok(One { version: view.version, body: view })
    })
    .await
}

async fn update(call: Patching<can::ControlTotalsManage, Id, ControlTotalInput>) -> Result<Stored<One<ControlTotalView>>, Refusal> {
    call.act("control_total.update", |tx, input| {
        let view = view(&input.caller, acts::amend(tx, input.path, input.version()?, |current| input.body.apply(current))?);
        Ok(One { version: view.version, body: view })
    })
    .await
}

/// Registers the operations.
pub fn mount(api: &mut Api) {
    api.tag("Control totals", "Figures printed elsewhere, to hold against what is computed here.");
    api.post("/v1/control-totals", "control_totals_create", "Keep a printed total", create);
    api.get("/v1/control-totals/{id}", "control_totals_get", "Show a printed total", get);
    api.patch("/v1/control-totals/{id}", "control_totals_update", "Change a printed total", update);
    api.actions::<ControlTotalView>(&[("update", "control_totals_update")]);
}
