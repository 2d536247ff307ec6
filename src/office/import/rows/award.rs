//! `awards.csv`

use chrono::NaiveDate;
use serde::Serialize;

use crate::awards::monitoring::rules::{EvaluationDepth, EvaluationInput, EvaluationOutcome, MonitoringFrequency};
use crate::awards::rules::{AwardKind, AwardState, ContractClauses, FundedPost, LegalPower, SocialValue};
use crate::kernel::Pence;
use crate::office::import::cells::{Cells, Origin, Print, Record};
use crate::office::import::check::References;
use crate::office::import::parse;
use crate::office::import::rows::{AreaRow, EarmarkRow, FundPeriodRow, ProgrammeRow, ProviderRow, ServiceLineRow, TrancheRow};

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
    /// The tranche that pays.
    pub tranche: Option<String>,
    /// The earmark that pays.
    pub earmark: Option<String>,
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
    /// That power in words, where it is another one.
    pub legal_power_text: Option<String>,
    /// Its category, as printed.
    pub category: Option<String>,
    /// Its theme, as printed.
    pub theme: Option<String>,
    /// Its title.
    pub title: String,
    /// What it is for.
    pub purpose: Option<String>,
    /// Its amount before variations.
    pub amount: Option<Pence>,
    /// Value added tax on top of it.
    pub vat: Option<Pence>,
    /// Its first day.
    pub starts_on: NaiveDate,
    /// Its last day.
    pub ends_on: NaiveDate,
    /// Which areas benefit.
    pub areas: Vec<String>,
    /// The award that it is a part of.
    pub component_of: Option<String>,
    /// The award of the year before that it goes on with. Left out of a row's fingerprint where there is none, as it was before this column.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub succeeds: Option<String>,
    /// Its state, as last evidenced.
    pub state: AwardState,
    /// How much of a closed award was not spent. Left out of a row's fingerprint where it is not told, as it was before this column.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unspent: Option<Pence>,
    /// The day of commitment.
    pub decided_on: NaiveDate,
    /// Which returns it owes.
    pub monitoring: Option<MonitoringFrequency>,
    /// How it is evaluated. Left out of a row's fingerprint where it is not told, as it was before these columns.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub evaluation: Option<(EvaluationDepth, EvaluationInput)>,
    /// How many projects it stands for.
    pub projects_count: Option<i32>,
    /// What a contract carries.
    pub contract: Option<ContractClauses>,
    /// The post that it pays for.
    pub post: Option<FundedPost>,
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
        let earmark = cells.may("earmark", parse::key);
        let provider = cells.need("provider", parse::key);
        let service_line = cells.may("service_line", parse::key);
        let programme = cells.may("programme", parse::key);
        let kind = cells.must("kind", parse::word::<AwardKind>);
        let legal_power = cells.need("legal_power", parse::word::<LegalPower>);
        let legal_power_text = cells.may("legal_power_text", parse::text);
        let category = cells.may("category", parse::text);
        let theme = cells.may("theme", parse::text);
        let title = cells.must("title", parse::text);
        let purpose = cells.may("purpose", parse::long_text);
        let amount = cells.need("amount", parse::pounds);
        let vat = cells.may("vat", parse::pounds);
        let starts_on = cells.must("starts_on", parse::date);
        let ends_on = cells.must("ends_on", parse::date);
        let areas = cells.need_list("areas", parse::key);
        let component_of = cells.may("component_of", parse::key);
        let succeeds = cells.may("succeeds", parse::key);
        let state = cells.must("state", parse::word::<AwardState>);
        let unspent = cells.may("unspent", parse::pounds);
        let decided_on = cells.must("decided_on", parse::date);
        let monitoring = cells.need("monitoring", parse::word::<MonitoringFrequency>);
        let evaluation = evaluation(cells);
        let projects_count = cells.need("projects_count", parse::count);
        let (contract, post) = (contract(cells), post(cells));
        cells.span(starts_on, ends_on, "ends_on");
        let print = cells.print();
        let origin = cells.origin();
        Some(Self {
            key: key?,
            reference: reference?,
            position,
            fund_period: fund_period?,
            tranche,
            earmark,
            provider,
            service_line,
            programme,
            kind: kind?,
            legal_power,
            legal_power_text,
            category,
            theme,
            title: title?,
            purpose,
            amount,
            vat,
            starts_on: starts_on?,
            ends_on: ends_on?,
            areas,
            component_of,
            succeeds,
            state: state?,
            unspent,
            decided_on: decided_on?,
            monitoring,
            evaluation,
            projects_count,
            contract,
            post,
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
        to.may::<EarmarkRow>("earmark", self.earmark.as_ref());
        to.may::<ProviderRow>("provider", self.provider.as_ref());
        to.may::<ServiceLineRow>("service_line", self.service_line.as_ref());
        to.may::<ProgrammeRow>("programme", self.programme.as_ref());
        to.all::<AreaRow>("areas", &self.areas);
        to.may::<AwardRow>("component_of", self.component_of.as_ref());
        to.may::<AwardRow>("succeeds", self.succeeds.as_ref());
    }
}

/// The evaluation, where the row says anything of it.
fn evaluation(cells: &mut Cells<'_>) -> Option<(EvaluationDepth, EvaluationInput)> {
    let depth = cells.may("evaluation", parse::word::<EvaluationDepth>);
    let evaluator = cells.may("evaluator", parse::text);
    let method = cells.may("evaluation_method", parse::text);
    let due_on = cells.may("evaluation_due_on", parse::date);
    let questions = cells.list("evaluation_outcomes", parse::text);
    let parts = [
        ("evaluation", depth.is_some()),
        ("evaluator", evaluator.is_some()),
        ("evaluation_method", method.is_some()),
        ("evaluation_due_on", due_on.is_some()),
    ];
    let is_told = !questions.is_empty() || parts.iter().any(|(_, there)| *there);
    for (column, _) in parts.into_iter().filter(|(_, there)| is_told && !there) {
        cells.fault(column, "an evaluation has its depth, who evaluates, how and by when; leave all of it empty where it is not known");
    }
    if depth == Some(EvaluationDepth::Full) && questions.is_empty() {
        cells.fault("evaluation_outcomes", "a full evaluation names the outcomes that it looks at");
    }
    if is_told && cells.is_excused("R67") {
        cells.fault("not_evidenced", "`R67` stands beside the evaluation that it says is missing");
    }
    let outcome = |question| EvaluationOutcome { question, result: None, comparator: None, low_percent: None, high_percent: None };
    let outcomes = questions.into_iter().map(outcome).collect();
    Some((depth?, EvaluationInput { evaluator: evaluator?, method: method?, due_on: due_on?, outcomes, findings: None }))
}

/// The clauses of a contract, where the row says anything of them. A clause that is not evidenced is none.
fn contract(cells: &mut Cells<'_>) -> Option<ContractClauses> {
    let clause = cells.may("living_wage_clause", parse::yes_no);
    let weight = cells.may("social_value_weight", parse::count);
    let score_percent = cells.may("social_value_score", parse::count);
    if score_percent.is_some() && weight.is_none() {
        cells.fault("social_value_weight", "a score stands beside the weight of its criterion");
    }
    if weight.is_some() && clause.is_none() && !cells.is_excused("R65") {
        cells.fault("living_wage_clause", "a contract says whether it has this clause, or `R65` stands in `not_evidenced`");
    }
    let social_value = weight.map(|weight_percent| SocialValue { weight_percent, score_percent });
    (clause.is_some() || social_value.is_some()).then_some(ContractClauses { living_wage_clause: clause.unwrap_or(false), social_value })
}

/// The post, where the row says anything of it.
fn post(cells: &mut Cells<'_>) -> Option<FundedPost> {
    let host = cells.may("post_host", parse::text);
    let role = cells.may("post_role", parse::text);
    let fte = cells.may("post_fte", parse::hundredths);
    let is_asked = host.is_some() || role.is_some() || fte.is_some();
    for (column, there) in [("post_host", host.is_some()), ("post_role", role.is_some()), ("post_fte", fte.is_some())] {
        if is_asked && !there {
            cells.fault(column, "a post has its host, its role and its full-time equivalent");
        }
    }
    Some(FundedPost { host: host?, role: role?, fte_hundredths: fte? })
}
