//! `awards.csv`

use chrono::NaiveDate;
use serde::Serialize;

use crate::awards::monitoring::rules::MonitoringFrequency;
use crate::awards::rules::AwardKind;
use crate::awards::rules::AwardState;
use crate::awards::rules::LegalPower;
use crate::kernel::Pence;
use crate::office::import::cells::{Cells, Origin, Print, Record};
use crate::office::import::check::References;
use crate::office::import::parse;
use crate::office::import::rows::{AreaRow, FundPeriodRow, ProgrammeRow, ProviderRow, ServiceLineRow, TrancheRow};

/// An agreement that commits money.
#[derive(Debug, Clone, Serialize)]
pub struct AwardRow {
    /// Its key.
    pub key: String,
    /// What people call it.
    pub reference: String,
    /// The row's number in the printed list.
    pub position: Option<i32>,
    /// The fund period.
    pub fund_period: String,
    /// The tranche.
    pub tranche: Option<String>,
    /// Who receives it.
    pub provider: Option<String>,
    /// For which service.
    pub service_line: Option<String>,
    /// Under which programme.
    pub programme: Option<String>,
    /// What kind of agreement.
    pub kind: AwardKind,
    /// Under which power.
    pub legal_power: Option<LegalPower>,
    /// Its category, as printed.
    pub category: Option<String>,
    /// Its theme, as printed.
    pub theme: Option<String>,
    /// Its title.
    pub title: String,
    /// Its amount before variations.
    pub amount: Option<Pence>,
    /// Its first day.
    pub starts_on: NaiveDate,
    /// Its last day.
    pub ends_on: NaiveDate,
    /// Which areas benefit.
    pub areas: Vec<String>,
    /// The award that it is a part of.
    pub component_of: Option<String>,
    /// Its state, as last evidenced.
    pub state: AwardState,
    /// The day of commitment.
    pub decided_on: NaiveDate,
    /// Which returns it owes.
    pub monitoring: Option<MonitoringFrequency>,
    /// How many projects it stands for.
    pub projects_count: Option<i32>,
    /// What the row says of its figure.
    pub print: Print,
    /// What the row says of itself.
    pub origin: Origin,
}

impl Record for AwardRow {
    const FILE: &'static str = "awards";

    fn read(cells: &mut Cells<'_>) -> Option<Self> {
        let key = cells.must("key", parse::key);
        let reference = cells.must("reference", parse::award_reference);
        let position = cells.may("position", parse::count);
        let fund_period = cells.must("fund_period", parse::key);
        let tranche = cells.may("tranche", parse::key);
        let provider = cells.need("provider", parse::key);
        let service_line = cells.may("service_line", parse::key);
        let programme = cells.may("programme", parse::key);
        let kind = cells.must("kind", parse::word::<AwardKind>);
        let legal_power = cells.need("legal_power", parse::word::<LegalPower>);
        let category = cells.may("category", parse::text);
        let theme = cells.may("theme", parse::text);
        let title = cells.must("title", parse::text);
        let amount = cells.need("amount", parse::pounds);
        let starts_on = cells.must("starts_on", parse::date);
        let ends_on = cells.must("ends_on", parse::date);
        let areas = cells.need_list("areas", parse::key);
        let component_of = cells.may("component_of", parse::key);
        let state = cells.must("state", parse::word::<AwardState>);
        let decided_on = cells.must("decided_on", parse::date);
        let monitoring = cells.need("monitoring", parse::word::<MonitoringFrequency>);
        let projects_count = cells.need("projects_count", parse::count);
        cells.span(starts_on, ends_on, "ends_on");
        let print = cells.print();
        let origin = cells.origin();
        Some(Self {
            key: key?,
            reference: reference?,
            position,
            fund_period: fund_period?,
            tranche,
            provider,
            service_line,
            programme,
            kind: kind?,
            legal_power,
            category,
            theme,
            title: title?,
            amount,
            starts_on: starts_on?,
            ends_on: ends_on?,
            areas,
            component_of,
            state: state?,
            decided_on: decided_on?,
            monitoring,
            projects_count,
            print,
            origin,
        })
    }

    fn key(&self) -> String {
        self.key.clone()
    }

    fn origin(&self) -> &Origin {
        &self.origin
    }

    fn refers(&self, to: &mut References) {
        to.one::<FundPeriodRow>("fund_period", &self.fund_period);
        to.may::<TrancheRow>("tranche", self.tranche.as_ref());
        to.may::<ProviderRow>("provider", self.provider.as_ref());
        to.may::<ServiceLineRow>("service_line", self.service_line.as_ref());
        to.may::<ProgrammeRow>("programme", self.programme.as_ref());
        to.all::<AreaRow>("areas", &self.areas);
        to.may::<AwardRow>("component_of", self.component_of.as_ref());
    }
}
