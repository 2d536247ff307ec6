//! `funds.csv`

use chrono::NaiveDate;
use serde::Serialize;

use crate::funds::{EvaluationKind, FundKind, FundScope, MonitoringKind, UnspentRule};
use crate::office::import::cells::{Cells, Origin, Record};
use crate::office::import::check::References;
use crate::office::import::parse;
use crate::office::import::rows::{BodyRow, SourceRow};

/// A named pot.
#[derive(Debug, Clone, Serialize)]
pub struct FundRow {
    /// Its key.
    pub key: String,
    /// The first part of references.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Other names.
    pub aliases: Vec<String>,
    /// What kind of fund.
    pub kind: FundKind,
    /// What hangs in it.
    pub scope: FundScope,
    /// Who commissions from it.
    pub body: String,
    /// What feeds it.
    pub sources: Vec<String>,
    /// The fund it grew out of.
    pub succeeds: Option<String>,
    /// What becomes of unspent money.
    pub unspent_rule: Option<UnspentRule>,
    /// Which returns its awards owe. Left out of a row's fingerprint where it is not told, as it was before this column.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_monitoring: Option<MonitoringKind>,
    /// How its awards are evaluated; left out alike.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_evaluation: Option<EvaluationKind>,
    /// When it is to be reviewed.
    pub review_due: Option<NaiveDate>,
    /// What the row says of itself.
    pub origin: Origin,
}

impl Record for FundRow {
    const FILE: &'static str = "funds";

    fn read(cells: &mut Cells<'_>) -> Option<Self> {
        let key = cells.must("key", parse::key);
        let code = cells.must("code", parse::fund_code);
        let name = cells.must("name", parse::text);
        let aliases = cells.list("aliases", parse::text);
        let kind = cells.must("kind", parse::word::<FundKind>);
        let scope = cells.must("scope", parse::word::<FundScope>);
        let body = cells.must("body", parse::key);
        let sources = cells.need_list("sources", parse::key);
        let succeeds = cells.may("succeeds", parse::key);
        let unspent_rule = cells.may("unspent_rule", parse::word::<UnspentRule>);
        let default_monitoring = cells.may("default_monitoring", parse::word::<MonitoringKind>);
        let default_evaluation = cells.may("default_evaluation", parse::word::<EvaluationKind>);
        let review_due = cells.may("review_due", parse::date);
        let origin = cells.origin();
        Some(Self {
            key: key?,
            code: code?,
            name: name?,
            aliases,
            kind: kind?,
            scope: scope?,
            body: body?,
            sources,
            succeeds,
            unspent_rule,
            default_monitoring,
            default_evaluation,
            review_due,
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
        to.one::<BodyRow>("body", &self.body);
        to.all::<SourceRow>("sources", &self.sources);
        to.may::<FundRow>("succeeds", self.succeeds.as_ref());
    }
}
