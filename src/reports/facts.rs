//! What a workbook of a report says beside its rows: the question asked, and the totals and checks of the answer.

use chrono::NaiveDate;
use serde_json::Value;

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
