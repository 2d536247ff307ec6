//! The rows of a return as its content.

use std::collections::{HashMap, HashSet};

use super::cells::Told;
use super::given::{GivenReturn, Place, Row, Said};
use super::{BacklogFinding, Sheets, header_name};
use crate::kernel::{Id, Pence, Quarter};
use crate::returns::rules::{
    Asked, FIELDS, Finding, FindingRule, FindingSeverity, ForecastQuarter, IndicatorValue, NarrativeSection, Reported, ReturnContent,
    SpendLine, is_key, place_of,
};
use crate::returns::workbook::rules::{FieldValue, field};

/// The content that rows make, and where its parts stand.
#[derive(Debug, Clone, Default)]
pub struct Built {
    /// What they say.
    pub content: ReturnContent,
    /// What is wrong among them.
    pub findings: Vec<BacklogFinding>,
    /// Whether no paper says what some percentage is of.
    pub lacks_denominators: bool,
    /// Whether a row says that nothing more will be spent.
    ends_forecast: bool,
    places: Vec<(String, Place)>,
}

/// How indicators and areas are called, in small letters.
pub type Names = HashMap<String, Vec<Id>>;

/// Makes the content of a return out of its rows.
#[must_use]
pub fn content(sheets: &Sheets, given: &GivenReturn, (indicators, areas): (&Names, &Names), sections: &[NarrativeSection]) -> Built {
    let mut built = Built::default();
    built.spend(sheets, given);
    for row in &given.rows {
        match &row.said {
            Said::Spend { .. } => {}
            Said::Value { .. } => built.value(sheets, row, indicators, areas),
            Said::Forecast(quarter, amount) => built.forecast(sheets, row.place, *quarter, *amount),
            Said::Field(pointer, value) => built.field(sheets, row.place, pointer, value),
            Said::Text(kind, text) => built.text(sheets, row.place, ("kind", kind.word()), (kind.word(), text)),
            Said::Section(name, text) => built.section(sheets, row.place, (name, text), sections),
        }
    }
    built
}

/// Says *not reported* of what a return is asked for and its rows pass over: where an indicator has no row at all, for the award as a whole.
pub fn fill(content: &mut ReturnContent, asked: &Asked) {
    let nothing = |indicator_id, area_id| IndicatorValue {
        indicator_id,
        area_id,
        group: None,
        status: Reported::NotReported,
        value: None,
        denominator: None,
        basis: None,
    };
    for indicator in &asked.indicators {
        let own: HashSet<Option<Id>> =
            content.values.iter().filter(|value| value.indicator_id == indicator.id).map(|value| value.area_id).collect();
        if own.is_empty() {
            content.values.push(nothing(indicator.id, None));
        } else {
            let missing = indicator.aimed_at.iter().map(|(area, _)| Some(*area)).filter(|area| !own.contains(area));
            content.values.extend(missing.map(|area| nothing(indicator.id, area)));
        }
    }
}

impl Built {
    fn fault(&mut self, sheets: &Sheets, place: Place, column: &str, words: (&str, String)) {
        self.findings.push(sheets.finding(place, column, FindingSeverity::Error, words));
    }

    fn spend(&mut self, sheets: &Sheets, given: &GivenReturn) {
        let mut lines = Vec::new();
        let mut alone = None;
        let mut count = 0;
        for row in &given.rows {
            let Said::Spend { category, amount, direct, days, note } = &row.said else { continue };
            count += 1;
            match (amount, category) {
                (Told::Value(amount), Some(category)) => {
                    self.places.push((format!("/spend/{}", lines.len()), row.place));
                    let (spent_from, spent_to) = *days;
                    let (category, amount_pence, direct_activity, note) = (*category, *amount, *direct, note.clone());
                    lines.push(SpendLine { category, amount_pence, direct_activity, spent_from, spent_to, note });
                }
                // Nought of no kind: nothing was spent.
                (Told::Value(_), None) => alone = Some((row.place, Some(Vec::new()))),
                _ => alone = Some((row.place, None)),
            }
        }
        if let Some((place, spend)) = alone {
            if count > 1 {
                let reason =
                    "This says that nothing was spent or reported, and other rows of the return give amounts. Keep one of the two.";
                self.fault(sheets, place, "value", ("contradicts", reason.to_owned()));
            }
            self.places.push(("/spend".to_owned(), place));
            self.content.spend = spend;
        } else if count > 0 {
            self.content.spend = Some(lines);
        }
    }

    fn value(&mut self, sheets: &Sheets, row: &Row, indicators: &Names, areas: &Names) {
        let Said::Value { indicator, area, group, value, denominator, lacks_denominator, basis } = &row.said else { return };
        let found = indicators.get(&indicator.to_lowercase()).map(Vec::as_slice).unwrap_or_default();
        let indicator_id = match found {
            [only] => Some(*only),
            [] => {
                let words =
                    ("unknown_record", "This award has no such indicator. Write its name as the award has it, or its id.".to_owned());
                self.fault(sheets, row.place, "item", words);
                None
            }
            _ => {
                self.fault(
                    sheets,
                    row.place,
                    "item",
                    ("ambiguous", "The award has several indicators of this name. Give the id.".to_owned()),
                );
                None
            }
        };
        let area_id = area.as_ref().map(|area| areas.get(&area.to_lowercase()).map(Vec::as_slice).unwrap_or_default());
        let area_id = match area_id {
            None => Some(None),
            Some([only]) => Some(Some(*only)),
            Some([]) => {
                let words =
                    ("unknown_record", "There is no such area. Give its code or its name; blank for the award as a whole.".to_owned());
                self.fault(sheets, row.place, "area", words);
                None
            }
            Some(_) => {
                self.fault(sheets, row.place, "area", ("ambiguous", "Several areas have this name. Give the code.".to_owned()));
                None
            }
        };
        let (Some(indicator_id), Some(area_id)) = (indicator_id, area_id) else { return };
        self.lacks_denominators |= lacks_denominator;
        let (status, value) = match value {
            Told::Value(value) => (Reported::Reported, Some(*value)),
            Told::NotReported => (Reported::NotReported, None),
            Told::NotApplicable => (Reported::NotApplicable, None),
        };
        self.places.push((format!("/values/{}", self.content.values.len()), row.place));
        self.content.values.push(IndicatorValue {
            indicator_id,
            area_id,
            group: group.clone(),
            status,
            value,
            denominator: *denominator,
            basis: basis.clone(),
        });
    }

    fn forecast(&mut self, sheets: &Sheets, place: Place, quarter: Option<Quarter>, amount_pence: Pence) {
        let held = self.content.forecast.get_or_insert_default();
        let at = held.len();
        match quarter {
            Some(quarter) => held.push(ForecastQuarter { quarter, amount_pence }),
            None => self.ends_forecast = true,
        }
        if self.ends_forecast && self.content.forecast.as_ref().is_some_and(|all| !all.is_empty()) {
            let reason = "A row says that nothing more will be spent, and another gives an amount. Keep one of the two.";
            self.fault(sheets, place, "value", ("contradicts", reason.to_owned()));
        }
        self.places.push((if quarter.is_some() { format!("/forecast/{at}") } else { "/forecast".to_owned() }, place));
    }

    fn field(&mut self, sheets: &Sheets, place: Place, pointer: &str, value: &FieldValue) {
        let Some(field) = field(pointer) else { return };
        if (field.get)(&self.content).is_some() {
            let reason = format!("There is a row of `{}` for this return already. Keep one of the two.", field.label);
            self.fault(sheets, place, "item", ("repeated", reason));
            return;
        }
        (field.set)(&mut self.content, Some(value.clone()));
        self.places.push((field.pointer.to_owned(), place));
    }

    /// The text of a section, which the file calls by its heading or its key. One that the return was not asked for is kept and doubted.
    fn section(&mut self, sheets: &Sheets, place: Place, (name, text): (&str, &str), sections: &[NarrativeSection]) {
        let key = header_name(name);
        let is_it = |one: &&NarrativeSection| one.key == key || header_name(&one.heading) == key;
        let known = sections.iter().find(is_it);
        if known.is_none() && !is_key(&key) {
            let headings: Vec<&str> = sections.iter().map(|one| one.heading.as_str()).collect();
            let reason =
                format!("No section is called so. Write its heading or its key; this return is asked for {}.", headings.join(", "));
            self.fault(sheets, place, "item", ("unknown_record", reason));
            return;
        }
        if known.is_none() && !FIELDS.contains(&key.as_str()) {
            let reason = "The office named no such section for this return. Check the name; the text is kept under it.".to_owned();
            let words = (FindingRule::SectionNotAskedFor.word(), reason);
            self.findings.push(sheets.finding(place, "item", FindingSeverity::Warning, words));
        }
        let key = known.map_or(key, |one| one.key.clone());
        self.text(sheets, place, ("item", name), (&key, text));
    }

    fn text(&mut self, sheets: &Sheets, place: Place, (column, name): (&str, &str), (key, text): (&str, &str)) {
        if self.content.section(key).is_some() {
            let reason = format!("There is a row of `{name}` for this return already. Put the two together.");
            self.fault(sheets, place, column, ("repeated", reason));
            return;
        }
        self.content.set_section(key, Some(text.to_owned()));
        self.places.push((place_of(key), place));
    }

    /// What the return reports as spent; none where it does not say.
    #[must_use]
    pub fn spent(&self) -> Option<Pence> {
        self.content.spend.as_ref().map(|lines| lines.iter().map(|line| line.amount_pence).sum())
    }

    /// A finding about the return, in the cell that it is about: of a part that no row gives, at the first row of the return.
    #[must_use]
    pub fn placed(&self, sheets: &Sheets, given: &GivenReturn, finding: &Finding) -> BacklogFinding {
        let reason = format!("{} {}", finding.message, finding.mend).trim_end().to_owned();
        self.at(sheets, given, &finding.pointer, finding.severity, (finding.rule.word(), reason))
    }

    /// Whether a pointer leads to a row.
    #[must_use]
    pub fn is_placed(&self, pointer: &str) -> bool {
        self.place(pointer).is_some()
    }

    /// A finding at a pointer into the content.
    #[must_use]
    pub fn at(
        &self,
        sheets: &Sheets,
        given: &GivenReturn,
        pointer: &str,
        severity: FindingSeverity,
        (rule, reason): (&str, String),
    ) -> BacklogFinding {
        let Some(place) = self.place(pointer) else {
            let reason = format!("{}, {}: {reason}", given.award, given.period);
            return sheets.finding(given.place, "", severity, (rule, reason));
        };
        sheets.finding(place, column(pointer), severity, (rule, reason))
    }

    fn place(&self, pointer: &str) -> Option<Place> {
        let mut wanted = pointer;
        loop {
            if let Some((_, place)) = self.places.iter().find(|(known, _)| known == wanted) {
                return Some(*place);
            }
            wanted = wanted.rsplit_once('/').map(|(parent, _)| parent).filter(|parent| !parent.is_empty())?;
        }
    }
}

/// The column in which a part of the content stands.
fn column(pointer: &str) -> &'static str {
    let of_service = ["/forecast", "/caseload", "/staffing", "/waiting_times", "/capacity", "/delivery_mode", "/onward_grants"];
    match pointer.rsplit('/').next().unwrap_or_default() {
        _ if pointer.starts_with("/sections/") => "text",
        "quarter" => "item",
        "group" => "group",
        _ if pointer == "/staffing/note" || pointer == "/capacity/unit" => "text",
        _ if of_service.iter().any(|part| pointer.starts_with(part)) => "value",
        "amount_pence" | "value" | "status" | "spend" => "value",
        "area_id" => "area",
        "denominator" => "denominator",
        "basis" => "basis",
        "direct_activity" => "direct_activity",
        "spent_from" => "spent_from",
        "spent_to" => "spent_to",
        "note" | "narrative" | "risks" | "case_study" => "text",
        _ => "item",
    }
}
