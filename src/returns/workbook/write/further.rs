//! The sheets about the service, the forecast and the warnings.

use rust_xlsxwriter::{Format, Worksheet};

use super::super::rules::{
    Book, FORECAST_COLUMN, FORECAST_HEAD, Field, FieldKind, FieldValue, HELD_COLUMN, NO_MORE, SERVICE_HINT, SERVICE_KEY, SERVICE_LABEL,
    SERVICE_VALUE, WARNINGS_HEAD, WorkbookFinding, mode_label, warning_column, warning_key, yes_no,
};
use super::{Looks, Made, amount, heads, list, number, pounds, write_number, write_text};
use crate::awards::rules::DeliveryMode;
use crate::returns::rules::{ForecastQuarter, ReturnContent};

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
    let columns =
        [(KEY, "Key", 10), (SHEET, "Sheet", 14), (CELL, "Cell", 8), (MESSAGE, "What was found", 60), (EXPLANATION, "Why it is right", 60)];
    heads(sheet, WARNINGS_HEAD, looks, &columns)?;
    sheet.set_column_hidden(KEY)?.set_freeze_panes(WARNINGS_HEAD + 1, 0)?;
    let places = book.places();
    for (row, warning) in (WARNINGS_HEAD + 1..).zip(&book.warnings) {
        sheet.write_string_with_format(row, KEY, warning_key(warning, &book.content), &looks.key)?;
        let said = WorkbookFinding::placed(warning.clone(), &places);
        for (column, text) in [(SHEET, said.sheet), (CELL, said.cell), (MESSAGE, Some(said.message))] {
            write_text(sheet, (row, column), &text.unwrap_or_default(), &looks.shown)?;
        }
        write_text(sheet, (row, EXPLANATION), warning.explanation.as_deref().unwrap_or_default(), &looks.input)?;
    }
    Ok(())
}
