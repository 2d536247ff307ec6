//! Forms over HTTP.

use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

use crate::access::permissions::can;
use crate::awards::indicators::rules::{AsksFor, Breakdown, Indicator, IndicatorDirection, IndicatorMeasure};
use crate::http::{Api, Ask, One};
use crate::kernel::adding::Amount;
use crate::kernel::{Id, Pence, Quantity, Refusal};
use crate::returns::adjustments::rules::Figures;
use crate::returns::form::acts::{self, Form};
use crate::returns::form::rules::{self, FormSection, Told};
use crate::returns::rules::{IndicatorValue, NarrativeSection, ReturnKind, SectionKey, on_form};
use crate::returns::workbook::rules::ValueRow;

/// What a return asks for.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ReturnFormView {
    /// The return.
    id: Id,
    /// Its version.
    version: i32,
    /// The award's reference.
    #[schema(max_length = 80)]
    award: String,
    /// The award's title.
    #[schema(max_length = 300)]
    title: String,
    /// Who fills it in.
    #[schema(max_length = 300)]
    provider: String,
    /// The period.
    #[schema(max_length = 120)]
    period: String,
    /// What kind of period that is.
    kind: ReturnKind,
    /// Its first day.
    starts_on: NaiveDate,
    /// Its last day.
    ends_on: NaiveDate,
    /// The day by which it should be in.
    due_on: NaiveDate,
    /// Whether it is a short form, as small awards have.
    is_short: bool,
    /// The parts that it asks for, in their order. What else is written is taken too.
    #[schema(max_items = 20)]
    sections: Vec<FormSection>,
    /// What it asks to be told in words, in order.
    #[schema(max_items = 20)]
    narrative: Vec<FormNarrative>,
    /// What it asks of the money.
    spend: FormSpend,
    /// What it asks to be counted.
    #[schema(max_items = 1000)]
    indicators: Vec<FormIndicator>,
}

/// What a return asks to be told in words.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FormNarrative {
    /// By which the text is known.
    #[schema(value_type = SectionKey)]
    key: String,
    /// Where it stands in the content.
    #[schema(max_length = 80, example = "/sections/lessons")]
    pointer: String,
    /// What stands above it.
    #[schema(max_length = 120)]
    heading: String,
    /// What belongs there.
    #[schema(max_length = 1000)]
    guidance: Option<String>,
    /// Whether the return cannot be submitted without it.
    is_required: bool,
    /// What is written; null where nothing is.
    #[schema(max_length = 20_000)]
    written: Option<String>,
}

/// What a return asks of the money.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FormSpend {
    /// Which days the amounts to be written are for.
    asks_for: AsksFor,
    /// What is planned for these days; null without a profile.
    planned_pence: Option<Pence>,
    /// What is written as spent in these days; null where nothing is.
    period_pence: Option<Pence>,
    /// The same with the returns before it that were sent, since the financial year began, adjustments included. Null where the return itself
    /// began before that.
    year_to_date_pence: Option<Pence>,
    /// What the award is worth.
    award_pence: Option<Pence>,
}

/// An indicator on a form.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FormIndicator {
    /// Its id.
    id: Id,
    /// Its name.
    #[schema(max_length = 300)]
    name: String,
    /// What exactly is counted, and how.
    #[schema(max_length = 4000)]
    definition: Option<String>,
    /// The unit.
    #[schema(max_length = 40)]
    unit: String,
    /// What a value consists of.
    measure: IndicatorMeasure,
    /// Which values are better.
    direction: IndicatorDirection,
    /// What is counted on.
    #[schema(max_length = 300)]
    basis: Option<String>,
    /// Of a percentage the indicator whose part, or whose number, it is of: its denominator is what that one counts.
    subset_of_id: Option<Id>,
    /// That indicator's name.
    #[schema(max_length = 300)]
    subset_of: Option<String>,
    /// Which days the number to be written is for.
    asks_for: AsksFor,
    /// The groups for which it is asked, beside or instead of all of them together.
    breakdown: Option<Breakdown>,
    /// Its places: the areas for which it is asked, and all together.
    #[schema(max_items = 1000)]
    places: Vec<FormPlace>,
}

/// An indicator in an area, or in all.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FormPlace {
    /// The area; none: all together.
    area_id: Option<Id>,
    /// The area's name.
    #[schema(max_length = 300)]
    area: String,
    /// What is aimed at.
    target: Option<Quantity>,
    /// In which period.
    #[schema(max_length = 120)]
    target_period: Option<String>,
    /// What the return before said.
    last: Option<IndicatorValue>,
    /// What is written: of all groups together, then of each group.
    #[schema(max_items = 31)]
    figures: Vec<FormFigure>,
}

/// A number on a form, and what it comes to since the financial year began.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FormFigure {
    /// The group; none: all of them together.
    #[schema(max_length = 80)]
    group: Option<String>,
    /// What is written for this period; null where nothing is.
    written: Option<IndicatorValue>,
    /// What it comes to in this period alone, adjustments included: a percentage as such. Of a year to date, or a number from the beginning, what it grew
    /// since the return before. Null where either says nothing of it, and where the return itself began before the year.
    in_period: Option<Quantity>,
    /// What it comes to with the returns before it that were sent, since the financial year began, adjustments included: a percentage as such.
    /// Null where nothing was reported, where the values of quarters never become one or count different things, and where the return itself
    /// began before the year.
    year_to_date: Option<Quantity>,
    /// Of these returns, how many say nothing of it.
    not_reported_count: i64,
    /// Whether their values count different things, so that they have no sum.
    has_mixed_basis: bool,
}

fn place(form: &Form, of: &Indicator, row: &ValueRow) -> FormPlace {
    let groups = of.facts.breakdown.iter().flat_map(|breakdown| breakdown.groups.iter().map(|group| Some(group.as_str())));
    let figure = |group: Option<&str>| {
        let mut values = form.book.content.values.iter();
        let written = values.find(|value| (value.indicator_id, value.area_id, value.group.as_deref()) == (of.id, row.area_id, group));
        let told = form.year.as_ref().map(|year| Told { year, before: form.before.as_ref() });
        let (of_it, at) = ((of.id, &of.facts), (row.area_id, group));
        let year = told.as_ref().map(|told| rules::since_april(told, of_it, at)).unwrap_or_default();
        let in_period = told.as_ref().and_then(|told| rules::in_period(told, of_it, at));
        FormFigure {
            group: group.map(str::to_owned),
            written: written.cloned(),
            in_period: in_period.and_then(Amount::shown),
            year_to_date: year.amount.and_then(Amount::shown),
            not_reported_count: year.missing,
            has_mixed_basis: year.is_mixed,
        }
    };
    let (target, target_period) = row.target.clone().unzip();
    FormPlace {
        area_id: row.area_id,
        area: row.area.clone(),
        target,
        target_period,
        last: row.last.clone(),
        figures: std::iter::once(None).chain(groups).map(figure).collect(),
    }
}

fn indicator(form: &Form, of: &Indicator) -> FormIndicator {
    let places = form.book.rows.iter().filter(|row| row.indicator_id == of.id && row.group.is_none()).map(|row| place(form, of, row));
    let facts = &of.facts;
    let named = |id: Id| form.indicators.iter().find(|other| other.id == id).map(|other| other.facts.name.clone());
    FormIndicator {
        id: of.id,
        places: places.collect(),
        name: facts.name.clone(),
        definition: facts.definition.clone(),
        unit: facts.unit.clone(),
        measure: facts.measure(),
        direction: facts.direction,
        basis: facts.basis.clone(),
        subset_of_id: facts.subset_of_id,
        subset_of: facts.subset_of_id.and_then(named),
        asks_for: facts.asks_for(),
        breakdown: facts.breakdown.clone(),
    }
}

fn narrative(form: &Form, section: &NarrativeSection) -> FormNarrative {
    FormNarrative {
        key: section.key.clone(),
        pointer: section.pointer(),
        heading: section.heading.clone(),
        guidance: section.guidance.clone(),
        is_required: section.is_required,
        written: form.book.content.section(&section.key).map(str::to_owned),
    }
}

fn view(form: &Form) -> One<ReturnFormView> {
    let planned = &form.one.planned;
    let body = ReturnFormView {
        id: form.one.id,
        version: form.one.version,
        award: form.book.award.clone(),
        title: form.book.title.clone(),
        provider: form.book.provider.clone(),
        period: planned.period.clone(),
        kind: planned.kind,
        starts_on: planned.starts_on,
        ends_on: planned.ends_on,
        due_on: form.one.due_on,
        is_short: form.is_short,
        sections: rules::sections(form.is_short, &form.sections),
        narrative: on_form(&form.sections, form.is_short).map(|section| narrative(form, section)).collect(),
        spend: FormSpend {
            asks_for: AsksFor::Period,
            planned_pence: form.planned,
            period_pence: rules::spent(std::iter::once(&Figures::of(&form.book.content))),
            year_to_date_pence: form.year.as_ref().and_then(|year| rules::spent(year.iter())),
            award_pence: form.value,
        },
        indicators: form.indicators.iter().map(|of| indicator(form, of)).collect(),
    };
    One { version: form.one.version, body }
}

async fn get(call: Ask<can::ReturnsRead, Id>) -> Result<One<ReturnFormView>, Refusal> {
    call.ask(|conn, input| acts::form(conn, input.caller.scope(), input.path).map(|form| view(&form))).await
}

/// Registers the operation.
pub fn mount(api: &mut Api) {
    api.get("/v1/returns/{id}/form", "returns_form_get", "Show what a return asks for, with the year to date", get);
}
