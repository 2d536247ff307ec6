//! The columns of a list, read off the schema of what it lists: always the same, whatever the rows hold.

use std::collections::HashMap;

use chrono::NaiveDate;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::http::table::Cell;
use crate::kernel::{Moment, Pence, Quantity};

/// How deep records within records are laid out; what lies deeper stands as JSON in one cell.
const DEPTH_MAX: usize = 5;
/// What depends on who asks, and is no fact of the record.
const LEFT_OUT: &str = "allowed_actions";
/// What a record is called where others refer to it.
const CALLED: [&str; 2] = ["code", "reference"];

/// The columns of a list.
#[derive(Debug, Default)]
pub struct Columns {
    columns: Vec<Column>,
    schemas: HashMap<String, Value>,
}

#[derive(Debug)]
struct Column {
    name: String,
    path: Vec<String>,
    kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Pounds,
    Count,
    Number,
    Date,
    Moment,
    Yes,
    /// Several words, each followed by the next.
    Words,
    /// Several records, by what they are called.
    Called(&'static str),
    /// Several records that have no name: how many.
    Many,
    /// What has no fixed form: its JSON.
    Free,
}

impl Columns {
    /// The columns of a list of `T`.
    #[must_use]
    pub fn of<T: ToSchema>() -> Self {
        let mut found = Vec::new();
        T::schemas(&mut found);
        let schemas = found.into_iter().map(|(name, schema)| (name, serde_json::to_value(schema).unwrap_or_default())).collect();
        let own = serde_json::to_value(T::schema()).unwrap_or_default();
        let mut columns = Self { columns: Vec::new(), schemas };
        columns.columns = columns.below(&own, "", &[]);
        columns
    }

    /// Their names, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().map(|column| column.name.as_str())
    }

    /// One cell for each column.
    pub fn cells<T: Serialize>(&self, record: &T) -> Vec<Cell> {
        let record = serde_json::to_value(record).unwrap_or_default();
        self.columns.iter().map(|column| column.cell(&record)).collect()
    }

    /// The schema itself, without references and without the choice of `null`.
    fn plain<'a>(&'a self, schema: &'a Value) -> &'a Value {
        let mut schema = schema;
        loop {
            let reference = schema.get("$ref").and_then(Value::as_str).and_then(|path| path.rsplit('/').next());
            let next = reference.and_then(|name| self.schemas.get(name)).or_else(|| only_branch(schema));
            let Some(next) = next else { return schema };
            schema = next;
        }
    }

    /// The columns of a record's fields.
    fn below(&self, schema: &Value, prefix: &str, path: &[String]) -> Vec<Column> {
        let schema = self.plain(schema);
        let mut columns: Vec<Column> = Vec::new();
        let mut add = |more: Vec<Column>| {
            for column in more {
                if !columns.iter().any(|known| known.name == column.name) {
                    columns.push(column);
                }
            }
        };
        for (name, field) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
            if name != LEFT_OUT {
                add(self.field(field, &format!("{prefix}{name}"), [path, std::slice::from_ref(name)].concat()));
            }
        }
        for part in branches(schema) {
            add(self.below(part, prefix, path));
        }
        columns
    }

    fn field(&self, schema: &Value, name: &str, path: Vec<String>) -> Vec<Column> {
        let schema = self.plain(schema);
        if path.len() < DEPTH_MAX && self.has_fields(schema) {
            return self.below(schema, &format!("{name}_"), &path);
        }
        let kind = if is_a(schema, "array") { self.kind_of_list(schema) } else { kind_of_value(schema, name) };
        let name = match kind {
            Kind::Pounds => format!("{}_pounds", name.strip_suffix("_pence").unwrap_or(name)),
            Kind::Many => format!("{name}_count"),
            _ => name.to_owned(),
        };
        vec![Column { name, path, kind }]
    }

    fn has_fields(&self, schema: &Value) -> bool {
        schema.get("properties").is_some() || branches(schema).any(|part| self.has_fields(self.plain(part)))
    }

    fn kind_of_list(&self, schema: &Value) -> Kind {
        let Some(item) = schema.get("items").map(|item| self.plain(item)) else { return Kind::Free };
        if ["string", "integer", "number", "boolean"].iter().any(|kind| is_a(item, kind)) {
            return Kind::Words;
        }
        let is_called = |name: &&str| item.pointer(&format!("/properties/{name}")).is_some_and(|field| is_a(self.plain(field), "string"));
        CALLED.iter().find(|name| is_called(name)).map_or(Kind::Many, |name| Kind::Called(name))
    }
}

fn kind_of_value(schema: &Value, name: &str) -> Kind {
    let format = schema.get("format").and_then(Value::as_str);
    if is_a(schema, "integer") {
        return if name.ends_with("_pence") { Kind::Pounds } else { Kind::Count };
    }
    if is_a(schema, "number") {
        return Kind::Number;
    }
    if is_a(schema, "boolean") {
        return Kind::Yes;
    }
    match (is_a(schema, "string"), format) {
        (true, Some("date")) => Kind::Date,
        (true, Some("date-time")) => Kind::Moment,
        (true, _) => Kind::Text,
        (false, _) => Kind::Free,
    }
}

fn is_a(schema: &Value, kind: &str) -> bool {
    match schema.get("type") {
        Some(Value::String(one)) => one == kind,
        Some(Value::Array(kinds)) => kinds.iter().any(|one| one == kind),
        _ => false,
    }
}

/// What a schema is put together of, or chooses among.
fn branches(schema: &Value) -> impl Iterator<Item = &Value> {
    let parts = ["allOf", "oneOf", "anyOf"].into_iter().filter_map(|key| schema.get(key)?.as_array()).flatten();
    parts.filter(|part| part.get("type").is_none_or(|kind| kind != "null"))
}

/// The one branch of a schema that is nothing but that.
fn only_branch(schema: &Value) -> Option<&Value> {
    if schema.get("properties").is_some() {
        return None;
    }
    let mut parts = branches(schema);
    let first = parts.next()?;
    if parts.next().is_none() { Some(first) } else { None }
}

impl Column {
    fn cell(&self, record: &Value) -> Cell {
        let mut value = record;
        for name in &self.path {
            let Some(next) = value.get(name) else { return Cell::Empty };
            value = next;
        }
        if value.is_null() {
            return Cell::Empty;
        }
        let items = value.as_array().map(Vec::as_slice).unwrap_or_default();
        let cell = match self.kind {
            Kind::Pounds => value.as_i64().map(|pence| Cell::Pounds(Pence(pence))),
            Kind::Count => value.as_i64().map(Cell::Count),
            Kind::Number => value.to_string().parse::<Quantity>().ok().map(Cell::Number),
            Kind::Date => value.as_str().and_then(|text| text.parse::<NaiveDate>().ok()).map(Cell::Date),
            Kind::Moment => serde_json::from_value::<Moment>(value.clone()).ok().map(Cell::Moment),
            Kind::Yes => value.as_bool().map(Cell::Yes),
            Kind::Words => Some(joined(items.iter())),
            Kind::Called(name) => Some(joined(items.iter().filter_map(|item| item.get(name)))),
            Kind::Many => i64::try_from(items.len()).ok().map(Cell::Count),
            Kind::Text | Kind::Free => None,
        };
        cell.unwrap_or_else(|| Cell::Text(words_of(value)))
    }
}

fn joined<'a>(items: impl Iterator<Item = &'a Value>) -> Cell {
    let words: Vec<String> = items.map(words_of).collect();
    Cell::list(words.iter().map(String::as_str))
}

fn words_of(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::http::table::lines;
    use crate::kernel::{Id, Named};

    #[derive(Serialize, ToSchema)]
    struct Part {
        name: String,
    }

    #[derive(Serialize, ToSchema)]
    struct Inner {
        #[schema(value_type = Option<i64>)]
        paid_pence: Option<Pence>,
        note: Option<String>,
    }

    #[derive(Serialize, ToSchema)]
    struct Sample {
        id: Id,
        amount_pence: Pence,
        share: Option<Quantity>,
        starts_on: NaiveDate,
        is_open: bool,
        inner: Option<Inner>,
        fund: Option<Named>,
        words: Vec<String>,
        areas: Vec<Named>,
        parts: Vec<Part>,
        before: Option<serde_json::Map<String, Value>>,
        allowed_actions: Vec<String>,
    }

    fn sample() -> Sample {
        Sample {
            id: Id::new(),
            amount_pence: Pence(-12_050),
            share: Some(Quantity(2_300)),
            starts_on: "2020-04-01".parse().unwrap(),
            is_open: true,
            inner: Some(Inner { paid_pence: Some(Pence(1)), note: Some("-1".to_owned()) }),
            fund: None,
            words: vec!["a".to_owned(), "b".to_owned()],
            areas: vec![Named { id: Id::new(), code: "walsall".to_owned(), name: "Walsall".to_owned() }],
            parts: vec![Part { name: "x".to_owned() }, Part { name: "y".to_owned() }],
            before: json!({ "a": 1 }).as_object().cloned(),
            allowed_actions: vec!["close".to_owned()],
        }
    }

    #[test]
    fn columns_follow_the_schema() {
        let columns = Columns::of::<Sample>();
        let names: Vec<&str> = columns.names().collect();
        assert_eq!(
            names.join(" "),
            "id amount_pounds share starts_on is_open inner_paid_pounds inner_note fund_id fund_code fund_name words areas parts_count before"
        );
    }

    #[test]
    fn cells_stand_under_their_columns() {
        let sample = sample();
        let line = lines(std::iter::once(Columns::of::<Sample>().cells(&sample)));
        let expected = format!("{},-120.50,2.3,2020-04-01,yes,0.01,'-1,,,,a; b,walsall,2,\"{{\"\"a\"\":1}}\"\r\n", sample.id);
        assert_eq!(line, expected);
    }

    #[test]
    fn what_is_not_there_leaves_its_cells_empty() {
        let bare = Sample { share: None, inner: None, words: Vec::new(), areas: Vec::new(), parts: Vec::new(), before: None, ..sample() };
        let line = lines(std::iter::once(Columns::of::<Sample>().cells(&bare)));
        assert_eq!(line, format!("{},-120.50,,2020-04-01,yes,,,,,,,,0,\r\n", bare.id));
    }
}
