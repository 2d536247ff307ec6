//! What a workbook of a report says beside its rows: the question asked, the totals and checks of the answer, and what its columns are.

use chrono::NaiveDate;
use serde_json::Value;
use utoipa::ToSchema;

use crate::http::table::Cell;
use crate::kernel::{Pence, Quantity};
use crate::reports::asked::At;

/// Names and values, one below the other: the question, then what the report says over its rows.
pub fn facts(name: &str, at: At, question: &Value, report: &Value) -> Vec<(String, Cell)> {
    let mut all = vec![
        ("report".to_owned(), Cell::Plain(name.to_owned())),
        ("as_at".to_owned(), Cell::Date(at.as_at)),
        // To the microsecond: asked for again with this moment, the answer is the same.
        ("known_at".to_owned(), Cell::Plain(at.known_at.to_string())),
    ];
    for (name, value) in question.as_object().into_iter().flatten().filter(|(_, value)| !value.is_null()) {
        lay_out(&format!("question_{name}"), value, &mut all);
    }
    for (name, value) in report.as_object().into_iter().flatten() {
        if !["rows", "as_at", "known_at"].contains(&name.as_str()) {
            lay_out(name, value, &mut all);
        }
    }
    all
}

fn lay_out(name: &str, value: &Value, all: &mut Vec<(String, Cell)>) {
    match value {
        Value::Object(fields) => fields.iter().for_each(|(field, value)| lay_out(&format!("{name}_{field}"), value, all)),
        Value::Array(items) if items.iter().any(Value::is_object) => {
            for (at, item) in items.iter().enumerate() {
                lay_out(&format!("{name}_{}", at + 1), item, all);
            }
        }
        Value::Array(items) => {
            let words: Vec<String> = items.iter().map(words_of).collect();
            all.push((name.to_owned(), Cell::list(words.iter().map(String::as_str))));
        }
        value => {
            let pounds = value.as_i64().zip(name.strip_suffix("_pence"));
            all.push(
                pounds
                    .map_or_else(|| (name.to_owned(), cell(value)), |(pence, name)| (format!("{name}_pounds"), Cell::Pounds(Pence(pence)))),
            );
        }
    }
}

fn cell(value: &Value) -> Cell {
    match value {
        Value::Null => Cell::Empty,
        Value::Bool(is) => Cell::Yes(*is),
        Value::Number(number) => number.to_string().parse::<Quantity>().map_or_else(|_| Cell::Plain(number.to_string()), Cell::Number),
        value => {
            let words = words_of(value);
            words.parse::<NaiveDate>().map_or(Cell::Text(words), Cell::Date)
        }
    }
}

fn words_of(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// The row of totals, where a report has any: under each column of money or counts what the report says of all rows together. That is not always
/// their sum: an organisation with two awards stands in two rows and counts once.
pub fn totals<'a>(columns: impl Iterator<Item = &'a str>, report: &Value) -> Option<Vec<Cell>> {
    let totals = report.get("totals")?.as_object()?;
    let cell = |column: &str| {
        let pounds = column.strip_suffix("_pounds").and_then(|name| totals.get(&format!("{name}_pence"))).and_then(Value::as_i64);
        let count = || totals.get(column).filter(|_| column.ends_with("_count")).and_then(Value::as_i64);
        pounds.map_or_else(|| count().map_or(Cell::Empty, Cell::Count), |pence| Cell::Pounds(Pence(pence)))
    };
    let mut cells: Vec<Cell> = columns.map(cell).collect();
    if let Some(first) = cells.first_mut().filter(|first| **first == Cell::Empty) {
        *first = Cell::Plain("Total".to_owned());
    }
    Some(cells)
}

/// What each column is, in the words of the API's description.
pub fn meanings<'a, R: ToSchema>(columns: impl Iterator<Item = &'a str>) -> Vec<(String, Cell)> {
    let mut found = Vec::new();
    R::schemas(&mut found);
    let schemas: Vec<(String, Value)> =
        found.into_iter().map(|(name, schema)| (name, serde_json::to_value(schema).unwrap_or_default())).collect();
    let mut fields = Vec::new();
    described(&serde_json::to_value(R::schema()).unwrap_or_default(), &schemas, &mut fields);
    let of = |column: &str| match column {
        "as_at" => "The day of the question.".to_owned(),
        "known_at" => "The moment of the question.".to_owned(),
        _ => meaning(column, &fields).to_owned(),
    };
    columns.map(|column| (format!("column_{column}"), Cell::text(Some(&of(column))))).collect()
}

/// The description of the field that a column shows the whole or a part of: `fund_code` is of `fund`, `paid_pounds` of `paid_pence`.
fn meaning<'a>(column: &str, fields: &'a [(String, String)]) -> &'a str {
    let named = |name: &str| fields.iter().find(|(field, _)| field == name).map(|(_, text)| text.as_str());
    if let Some(text) = column.strip_suffix("_pounds").and_then(|name| named(&format!("{name}_pence"))) {
        return text;
    }
    let mut name = column;
    loop {
        match (named(name), name.rsplit_once('_')) {
            (Some(text), _) => return text,
            (None, Some((shorter, _))) => name = shorter,
            (None, None) => return "",
        }
    }
}

/// What a field's description says. Of one that may be null it stands with the schema that it is otherwise.
fn words_about(field: &Value) -> &str {
    let parts = field.get("oneOf").and_then(Value::as_array).into_iter().flatten();
    std::iter::once(field).chain(parts).find_map(|schema| schema.get("description").and_then(Value::as_str)).unwrap_or_default()
}

/// The fields of a schema with their descriptions, those of the parts that it is put together of among them.
fn described(schema: &Value, schemas: &[(String, Value)], fields: &mut Vec<(String, String)>) {
    let referred = schema.get("$ref").and_then(Value::as_str).and_then(|path| path.rsplit('/').next());
    if let Some((_, schema)) = referred.and_then(|name| schemas.iter().find(|(known, _)| known == name)) {
        return described(schema, schemas, fields);
    }
    for (name, field) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
        fields.push((name.clone(), words_about(field).replace('\n', " ")));
    }
    for part in schema.get("allOf").and_then(Value::as_array).into_iter().flatten() {
        described(part, schemas, fields);
    }
}
