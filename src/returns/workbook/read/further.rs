//! Reading the sheets about the service, the forecast and the warnings.

use super::super::cells::Held;
use super::super::rules::{
    At, Book, BookRule, FORECAST_COLUMN, FORECAST_HEAD, Field, FieldKind, FieldValue, NO_MORE, SERVICE_FROM, SERVICE_KEY, SERVICE_VALUE,
    WARNINGS_HEAD, is_field, keyed, mode_label, warning_column,
};
use super::{Reading, Wrong, one_of, pence, quantity, shown, text, yes};
use crate::awards::rules::DeliveryMode;
use crate::kernel::Quarter;
use crate::returns::rules::{ForecastQuarter, WarningExplanation};

/// How many thousandths one is.
const THOUSANDTHS: i64 = 1_000;

impl Reading<'_> {
    /// The cells of the service, each known by its key, so that they may stand in another order.
    pub(super) fn service(&mut self, book: &Book) {
        let asked = book.fields();
        for row in self.grid.rows(SERVICE_FROM) {
            let Some(Held::Text(key)) = self.grid.at((row, SERVICE_KEY)) else { continue };
            let Some((_, field)) = asked.iter().find(|(_, field)| field.pointer == key) else {
                self.unasked(key, (row, SERVICE_VALUE), !asked.is_empty());
                continue;
            };
            let value = self.take(field.pointer, (row, SERVICE_VALUE), |held| value(field, held));
            (field.set)(&mut self.filled.content, value);
            self.filled.fields.push(field);
        }
    }

    /// Says that something is filled in that the return does not ask for: of a row, or once of the sheet.
    fn unasked(&mut self, key: &str, at: At, is_row: bool) {
        let is_said = || self.filled.findings.iter().any(|one| one.rule == BookRule::SheetNotAskedFor.word());
        if self.grid.at(at).is_none() || !is_field(key) || (!is_row && is_said()) {
            return;
        }
        let wrong = if is_row {
            Wrong(BookRule::UnknownRow, "This return does not ask for what stands in this row.".to_owned(), "Clear the cell.")
        } else {
            sheet_not_asked_for()
        };
        self.fault(key, at, wrong);
    }

    pub(super) fn forecast(&mut self, book: &Book) {
        if book.is_short && book.quarters.is_empty() {
            let rows = self.grid.rows(FORECAST_HEAD + 1).into_iter().map(|row| (row, FORECAST_COLUMN));
            if let Some(at) = std::iter::once(NO_MORE).chain(rows).find(|at| self.grid.at(*at).is_some()) {
                self.fault("/forecast", at, sheet_not_asked_for());
            }
            return;
        }
        self.filled.has_forecast = true;
        let is_nothing = self.take("/forecast", NO_MORE, yes) == Some(true);
        let mut quarters: Vec<ForecastQuarter> = Vec::new();
        for row in self.grid.rows(FORECAST_HEAD + 1) {
            let at = (row, FORECAST_COLUMN);
            if self.grid.at(at).is_none() {
                continue;
            }
            let Some(quarter) = self.quarter(row) else {
                let message = "An amount stands beside no quarter of the list.".to_owned();
                self.fault("/forecast", at, Wrong(BookRule::UnknownRow, message, "Type it beside the quarter in which it will be spent."));
                continue;
            };
            let pointer = format!("/forecast/{}", quarters.len());
            if let Some(amount_pence) = self.take(&pointer, at, pence) {
                quarters.push(ForecastQuarter { quarter, amount_pence });
            }
        }
        if is_nothing && !quarters.is_empty() {
            let message = "It says that nothing more will be spent, and below stand amounts.".to_owned();
            self.fault("/forecast", NO_MORE, Wrong(BookRule::Contradicts, message, "Clear this cell, or the amounts."));
        }
        self.filled.content.forecast = (is_nothing || !quarters.is_empty()).then_some(quarters);
    }

    fn quarter(&self, row: u32) -> Option<Quarter> {
        match self.grid.at((row, 0)) {
            Some(Held::Text(text)) => text.parse().ok(),
            _ => None,
        }
    }

    /// What explains a warning. The key says which one; of a line or value that is gone it explains nothing any more.
    pub(super) fn explanations(&mut self) {
        self.filled.has_explanations = true;
        let mut given: Vec<WarningExplanation> = Vec::new();
        for row in self.grid.rows(WARNINGS_HEAD + 1) {
            let at = (row, warning_column::EXPLANATION);
            let Some(Held::Text(key)) = self.grid.at((row, warning_column::KEY)) else { continue };
            let own = format!("/explanations/{}", given.len());
            let Some(text) = self.take(&own, at, text) else { continue };
            let Some(one) = keyed(key, &self.filled.content, &text) else { continue };
            if given
                .iter()
                .all(|other| (other.rule, &other.pointer, &other.about, &other.stood) != (one.rule, &one.pointer, &one.about, &one.stood))
            {
                self.filled.places.note(format!("{own}/text"), self.sheet, Some(at));
                given.push(one);
            }
        }
        self.filled.content.explanations = given;
    }
}

fn sheet_not_asked_for() -> Wrong {
    let message = "This return does not ask for what stands on this sheet.".to_owned();
    Wrong(BookRule::SheetNotAskedFor, message, "Clear its yellow cells, or delete the sheet.")
}

fn value(field: &Field, held: &Held) -> Result<FieldValue, Wrong> {
    match field.kind {
        FieldKind::Whole => whole(held).map(FieldValue::Whole),
        FieldKind::Number => quantity(held).map(FieldValue::Number),
        FieldKind::Money => pence(held).map(FieldValue::Money),
        FieldKind::Words => text(held).map(FieldValue::Words),
        FieldKind::Mode => one_of(held, DeliveryMode::ALL.iter().map(|mode| (*mode, mode_label(*mode), mode.word()))).map(FieldValue::Mode),
    }
}

fn whole(held: &Held) -> Result<i64, Wrong> {
    let number = quantity(held)?;
    if number.0 < 0 {
        return Err(Wrong(BookRule::TooSmall, format!("{} is below nought.", shown(held)), "Type how many there were, or clear the cell."));
    }
    if number.0 % THOUSANDTHS != 0 {
        return Err(Wrong(BookRule::TooPrecise, format!("{} is not a whole number.", shown(held)), "Type a whole number."));
    }
    Ok(number.0 / THOUSANDTHS)
}
