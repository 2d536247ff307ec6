//! The sheets about the service, the forecast and the warnings.

use rust_xlsxwriter::{Format, Worksheet};

use super::super::rules::{
    Book, FORECAST_COLUMN, FORECAST_HEAD, Field, FieldKind, FieldValue, HELD_COLUMN, NO_MORE, SERVICE_HINT, SERVICE_KEY, SERVICE_LABEL,
    SERVICE_VALUE, WARNINGS_HEAD, WorkbookFinding, explanation_key, mode_label, warning_column, warning_key, yes_no,
};
use super::{Looks, Made, amount, heads, list, number, pounds, write_number, write_text};
use crate::awards::rules::DeliveryMode;
use crate::returns::rules::{Finding, FindingRule, ForecastQuarter, ReturnContent, WarningExplanation};

pub(super) fn service(sheet: &mut Worksheet, looks: &Looks, book: &Book) -> Made {
    for (column, width) in [(SERVICE_KEY, 10), (SERVICE_LABEL, 34), (SERVICE_VALUE, 26), (SERVICE_HINT, 60)] {
        sheet.set_column_width(column, width)?;
    }
    sheet.set_column_hidden(SERVICE_KEY)?.set_freeze_panes(2, 0)?;
    sheet.write_with_format(0, SERVICE_LABEL, "The service in the period", &looks.title)?;
    sheet.write_with_format(1, SERVICE_LABEL, "Leave blank what you do not know; where there was none, type 0.", &Format::new())?;
    for (row, section) in book.sections() {
        for column in SERVICE_LABEL..=SERVICE_HINT {
            sheet.write_with_format(row, column, if column == SERVICE_LABEL { section.title } else { "" }, &looks.head)?;
        }
        for (row, field) in (row + 1..).zip(section.fields) {
            sheet.write_string_with_format(row, SERVICE_KEY, field.pointer, &looks.key)?;
            write_text(sheet, (row, SERVICE_LABEL), field.label, &looks.shown)?;
            write_text(sheet, (row, SERVICE_HINT), field.hint, &looks.shown)?;
            cell(sheet, looks, row, field, &book.content)?;
        }
    }
    Ok(())
}

fn cell(sheet: &mut Worksheet, looks: &Looks, row: u32, field: &Field, content: &ReturnContent) -> Made {
    let at = (row, SERVICE_VALUE);
    let rule = match field.kind {
        FieldKind::Whole | FieldKind::Number | FieldKind::Money => Some(amount()?),
        FieldKind::Mode => Some(list(&DeliveryMode::ALL.iter().map(|mode| mode_label(*mode)).collect::<Vec<_>>())?),
        FieldKind::Words => None,
    };
    if let Some(rule) = rule {
        sheet.add_data_validation(at.0, at.1, at.0, at.1, &rule)?;
    }
    let format = match field.kind {
        FieldKind::Whole | FieldKind::Number => &looks.count_input,
        FieldKind::Money => &looks.money_input,
        FieldKind::Words | FieldKind::Mode => &looks.input,
    };
    match (field.get)(content) {
        Some(FieldValue::Whole(whole)) => write_number(sheet, at, whole.to_string().parse().ok(), format),
        Some(FieldValue::Number(quantity)) => write_number(sheet, at, number(quantity), format),
        Some(FieldValue::Money(pence)) => write_number(sheet, at, pounds(pence), format),
        Some(FieldValue::Words(words)) => write_text(sheet, at, &words, format),
        Some(FieldValue::Mode(mode)) => write_text(sheet, at, mode_label(mode), format),
        None => write_number(sheet, at, None, format),
    }
}

pub(super) fn forecast(sheet: &mut Worksheet, looks: &Looks, book: &Book) -> Made {
    sheet.write_with_format(0, 0, "What is still to be spent", &looks.title)?;
    let hint =
        "A quarter that you leave blank keeps your last forecast, which stands beside it. Where nothing will be spent in it, type 0.";
    sheet.write_with_format(1, 0, hint, &Format::new())?;
    let given = book.content.forecast.as_deref();
    sheet.write_with_format(NO_MORE.0, 0, "Will nothing more be spent?", &looks.head)?;
    write_text(sheet, NO_MORE, if given.is_some_and(<[ForecastQuarter]>::is_empty) { yes_no(true) } else { "" }, &looks.input)?;
    sheet.add_data_validation(NO_MORE.0, NO_MORE.1, NO_MORE.0, NO_MORE.1, &list(&[yes_no(true), yes_no(false)])?)?;
    let columns = [
        (0, "Quarter", 34),
        (FORECAST_COLUMN, "Amount in pounds", 20),
        (HELD_COLUMN, "Your last forecast", 20),
        (HELD_COLUMN + 1, "Given with the return for", 24),
    ];
    heads(sheet, FORECAST_HEAD, looks, &columns)?;
    let mut last = FORECAST_HEAD + 1;
    for (row, quarter) in (FORECAST_HEAD + 1..).zip(&book.quarters) {
        write_text(sheet, (row, 0), &quarter.to_string(), &looks.shown)?;
        let amount = given.into_iter().flatten().find(|one| one.quarter == *quarter).and_then(|one| pounds(one.amount_pence));
        write_number(sheet, (row, FORECAST_COLUMN), amount, &looks.money_input)?;
        let held = book.held.iter().find(|one| one.quarter == *quarter);
        write_number(sheet, (row, HELD_COLUMN), held.and_then(|one| pounds(one.amount_pence)), &looks.money)?;
        write_text(sheet, (row, HELD_COLUMN + 1), held.map(|one| one.period.as_str()).unwrap_or_default(), &looks.shown)?;
        last = row;
    }
    sheet.add_data_validation(FORECAST_HEAD + 1, FORECAST_COLUMN, last, FORECAST_COLUMN, &amount()?)?;
    Ok(())
}

pub(super) fn warnings(sheet: &mut Worksheet, looks: &Looks, book: &Book) -> Made {
    use warning_column::{CELL, EXPLANATION, KEY, MESSAGE, SHEET};
    sheet.write_with_format(0, SHEET, "What looked doubtful when this file was made", &looks.title)?;
    let hint = "Mend it in its cell, or say in the yellow cell why it is right. No names or other personal data.";
    sheet.write_with_format(1, SHEET, hint, &Format::new())?;
    let columns = [
        (KEY, "Key", 10),
        (SHEET, "Sheet", 14),
        (CELL, "Cell", 8),
        (MESSAGE, "What was found", MESSAGE_WIDTH),
        (EXPLANATION, "Why it is right", MESSAGE_WIDTH),
    ];
    heads(sheet, WARNINGS_HEAD, looks, &columns)?;
    sheet.set_column_hidden(KEY)?.set_freeze_panes(WARNINGS_HEAD + 1, 0)?;
    let places = book.places();
    for (row, warning) in (WARNINGS_HEAD + 1..).zip(&book.warnings) {
        let given = outdated(warning, &book.content);
        let (key, pointer) = match given {
            Some(given) => (explanation_key(given, &book.content), &given.pointer),
            None => (warning_key(warning, &book.content), &warning.pointer),
        };
        sheet.write_string_with_format(row, KEY, key, &looks.key)?;
        let placed = Finding { pointer: pointer.clone(), ..warning.clone() };
        let said = WorkbookFinding::placed(placed, &places);
        let more = if given.is_some() { OUTDATED } else { "" };
        let message = format!("{}{more}", said.message);
        let text = given.map(|given| given.text.as_str()).or(warning.explanation.as_deref()).unwrap_or_default();
        // Programs do not agree on how high a row is in which words are wrapped.
        sheet.set_row_height(row, height(&[(&message, MESSAGE_WIDTH), (text, MESSAGE_WIDTH)]))?;
        for (column, text) in [(SHEET, said.sheet), (CELL, said.cell), (MESSAGE, Some(message))] {
            write_text(sheet, (row, column), &text.unwrap_or_default(), &looks.shown)?;
        }
        write_text(sheet, (row, EXPLANATION), text, &looks.input)?;
    }
    Ok(())
}

/// What is said beside an explanation of what is not there any more.
const OUTDATED: &str = " It stands in the yellow cell: clear it, or explain what stands there now.";
/// How wide the columns of words are, in letters.
const MESSAGE_WIDTH: i32 = 60;

/// The explanation that a warning calls out of date.
fn outdated<'c>(warning: &Finding, content: &'c ReturnContent) -> Option<&'c WarningExplanation> {
    let at = warning.pointer.strip_prefix("/explanations/").filter(|_| warning.rule == FindingRule::ExplainsNothing)?;
    content.explanations.get(at.parse::<usize>().ok()?)
}

/// How high a row has to be for these words in columns so many letters wide, with a line to spare for what is typed.
fn height(texts: &[(&str, i32)]) -> f64 {
    let lines = |(text, width): &(&str, i32)| {
        let width = usize::try_from(*width).unwrap_or(1).saturating_sub(8).max(1);
        text.lines().map(|line| line.chars().count() / width + 1).sum::<usize>()
    };
    let most = texts.iter().map(lines).max().unwrap_or_default().clamp(2, 26);
    f64::from(u32::try_from(most + 1).unwrap_or_default()) * LINE_HEIGHT
}

/// How high a line is, in points.
const LINE_HEIGHT: f64 = 15.0;
