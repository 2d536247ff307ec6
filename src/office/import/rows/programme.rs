//! `programmes.csv`

use chrono::NaiveDate;
use serde::Serialize;

use crate::office::import::cells::{Cells, Origin, Record};
use crate::office::import::check::References;
use crate::office::import::parse;
use crate::office::import::rows::{AreaRow, FundRow, ProviderRow};
use crate::providers::programmes::rules::ProgrammeKind;
use crate::providers::programmes::rules::ProgrammeStage;

/// A named service.
#[derive(Debug, Clone, Serialize)]
pub struct ProgrammeRow {
    /// Its key.
    pub key: String,
    /// Its name.
    pub name: String,
    /// Other names.
    pub aliases: Vec<String>,
    /// What kind of service.
    pub kind: ProgrammeKind,
    /// How far it is.
    pub stage: Option<ProgrammeStage>,
    /// What pays for it.
    pub funds: Vec<String>,
    /// Who delivers it.
    pub providers: Vec<String>,
    /// Where.
    pub areas: Vec<String>,
    /// From when.
    pub starts_on: Option<NaiveDate>,
    /// Until when.
    pub ends_on: Option<NaiveDate>,
    /// The service it grew out of.
    pub succeeds: Option<String>,
    /// Who evaluates it.
    pub evaluator: Option<String>,
    /// Whether it makes grants to individuals.
    pub onward_grants: Option<bool>,
    /// What the row says of itself.
    pub origin: Origin,
}

impl Record for ProgrammeRow {
    const FILE: &'static str = "programmes";

    fn read(cells: &mut Cells<'_>) -> Option<Self> {
        let key = cells.must("key", parse::key);
        let name = cells.must("name", parse::text);
        let aliases = cells.list("aliases", parse::text);
        let kind = cells.must("kind", parse::word::<ProgrammeKind>);
        let stage = cells.need("stage", parse::word::<ProgrammeStage>);
        let funds = cells.list("funds", parse::key);
        let providers = cells.list("providers", parse::key);
        let areas = cells.list("areas", parse::key);
        let starts_on = cells.need("starts_on", parse::date);
        let ends_on = cells.may("ends_on", parse::date);
        let succeeds = cells.may("succeeds", parse::key);
        let evaluator = cells.may("evaluator", parse::key);
        let onward_grants = cells.may("onward_grants", parse::yes_no);
        cells.span(starts_on, ends_on, "ends_on");
        let origin = cells.origin();
        Some(Self {
            key: key?,
            name: name?,
            aliases,
            kind: kind?,
            stage,
            funds,
            providers,
            areas,
            starts_on,
            ends_on,
            succeeds,
            evaluator,
            onward_grants,
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
        to.all::<FundRow>("funds", &self.funds);
        to.all::<ProviderRow>("providers", &self.providers);
        to.all::<AreaRow>("areas", &self.areas);
        to.may::<ProgrammeRow>("succeeds", self.succeeds.as_ref());
        to.may::<ProviderRow>("evaluator", self.evaluator.as_ref());
    }
}
