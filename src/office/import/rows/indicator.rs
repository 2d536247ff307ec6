//! `indicators.csv`

use serde::Serialize;

use crate::awards::indicators::rules::AddsOverAreas;
use crate::awards::indicators::rules::AddsOverTime;
use crate::awards::indicators::rules::AsksFor;
use crate::awards::indicators::rules::Breakdown;
use crate::awards::indicators::rules::FrameworkCode;
use crate::awards::indicators::rules::IndicatorDirection;
use crate::awards::indicators::rules::IndicatorKind;
use crate::office::import::cells::{Cells, Origin, Record};
use crate::office::import::check::References;
use crate::office::import::parse::{self, Parsed};
use crate::office::import::rows::{AwardRow, FundRow, ProgrammeRow};

/// What is counted.
#[derive(Debug, Clone, Serialize)]
pub struct IndicatorRow {
    /// Its key.
    pub key: String,
    /// Its name.
    pub name: String,
    /// Awards whose returns ask for it.
    pub awards: Vec<String>,
    /// The programme.
    pub programme: Option<String>,
    /// The fund.
    pub fund: Option<String>,
    /// What kind of figure.
    pub kind: IndicatorKind,
    /// What one of it is.
    pub unit: String,
    /// Which is better.
    pub direction: IndicatorDirection,
    /// What exactly is counted.
    pub basis: Option<String>,
    /// Whether it may be added over quarters.
    pub adds_over_time: AddsOverTime,
    /// Whether it may be added over areas.
    pub adds_over_areas: AddsOverAreas,
    /// Which days its numbers are for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub asks_for: Option<AsksFor>,
    /// Whether people under 18 are among those counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub counts_under_18: Option<bool>,
    /// Whether it counts social value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_social_value: Option<bool>,
    /// Into which groups its values are broken down.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub breakdown: Option<Breakdown>,
    /// The indicator in whose place it stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub succeeds: Option<String>,
    /// The indicator whose part is its whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subset_of: Option<String>,
    /// Where it stands in frameworks of outcomes: `framework:code`.
    pub framework_codes: Vec<FrameworkCode>,
    /// What the row says of itself.
    pub origin: Origin,
}

/// A place in a framework of outcomes, as `framework:code`.
fn framework_code(text: &str) -> Parsed<FrameworkCode> {
    let (framework, code) = text.split_once(':').map(|(framework, code)| (framework.trim(), code.trim())).unwrap_or_default();
    let fits = |part: &str, most: usize| (1..=most).contains(&part.chars().count());
    if fits(framework, 120) && fits(code, 80) {
        return Ok(FrameworkCode { framework: framework.to_owned(), code: code.to_owned() });
    }
    Err("is not a framework and a code with a colon between them, such as `Outcomes framework:1.2`".to_owned())
}

impl Record for IndicatorRow {
    const FILE: &'static str = "indicators";

    fn read(cells: &mut Cells<'_>) -> Option<Self> {
        let key = cells.must("key", parse::key);
        let name = cells.must("name", parse::text);
        let awards = cells.list("awards", parse::key);
        let programme = cells.may("programme", parse::key);
        let fund = cells.may("fund", parse::key);
        let kind = cells.must("kind", parse::word::<IndicatorKind>);
        let unit = cells.must("unit", parse::text);
        let direction = cells.must("direction", parse::word::<IndicatorDirection>);
        let basis = cells.may("basis", parse::text);
        let adds_over_time = cells.must("adds_over_time", parse::word::<AddsOverTime>);
        let adds_over_areas = cells.must("adds_over_areas", parse::word::<AddsOverAreas>);
        let asks_for = cells.may("asks_for", parse::word::<AsksFor>);
        let counts_under_18 = cells.may("counts_under_18", parse::yes_no);
        let is_social_value = cells.may("is_social_value", parse::yes_no);
        let breakdown = breakdown(cells);
        let succeeds = cells.may("succeeds", parse::key);
        let subset_of = cells.may("subset_of", parse::key);
        let framework_codes = cells.list("framework_codes", framework_code);
        let origin = cells.origin();
        Some(Self {
            key: key?,
            name: name?,
            awards,
            programme,
            fund,
            kind: kind?,
            unit: unit?,
            direction: direction?,
            basis,
            adds_over_time: adds_over_time?,
            adds_over_areas: adds_over_areas?,
            asks_for,
            counts_under_18,
            is_social_value,
            breakdown,
            succeeds,
            subset_of,
            framework_codes,
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
        to.all::<AwardRow>("awards", &self.awards);
        to.may::<ProgrammeRow>("programme", self.programme.as_ref());
        to.may::<FundRow>("fund", self.fund.as_ref());
        to.may::<IndicatorRow>("succeeds", self.succeeds.as_ref());
        to.may::<IndicatorRow>("subset_of", self.subset_of.as_ref());
    }
}

/// The groups, where the row has any: by what, which, and how they add up.
fn breakdown(cells: &mut Cells<'_>) -> Option<Breakdown> {
    let by = cells.may("broken_down_by", parse::text);
    let groups = cells.list("groups", parse::text);
    let adds = cells.need_if(by.is_some(), "adds_over_groups", parse::word::<AddsOverAreas>);
    if by.is_some() && groups.is_empty() {
        cells.fault("groups", "is missing beside `broken_down_by`: the names of the groups, with semicolons between them");
    }
    if by.is_none() && !groups.is_empty() {
        cells.fault("broken_down_by", "is missing beside `groups`: by what they are told apart, such as `age`");
    }
    let under_18 = cells.list("groups_under_18", parse::text);
    Some(Breakdown { by: by?, groups, adds: adds?, under_18 })
}
