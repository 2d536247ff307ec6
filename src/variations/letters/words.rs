//! How a letter says what changes. Pure: what stood before and what is to stand come as the variation keeps them, so that a change of a
//! kind that has no words of its own here is printed all the same, field by field.

mod said;

use std::collections::{BTreeSet, HashMap};

use chrono::NaiveDate;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::awards::rules::{DeliveryMode, DeliveryStatus};
use crate::kernel::plain::{day, plain};
use crate::kernel::{Id, Pence};
use crate::variations::rules::VariationInput;

/// What stands where nothing did.
const NOTHING: &str = "–";
/// What the letter says beside the changes.
const AMOUNT: &str = "amount_pence";
const DATES: [(&str, &str); 2] = [("starts_on", "First day"), ("ends_on", "Last day")];

/// One line of a change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Row {
    /// What it is.
    pub name: String,
    /// What stood.
    pub before: String,
    /// What is to stand.
    pub after: String,
}

/// What lines add up to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Total {
    /// Before.
    pub before: String,
    /// After.
    pub after: String,
}

/// One thing that changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Changed {
    /// Which field of before and after it is.
    pub kind: String,
    /// What people call it.
    pub title: String,
    /// What is said of it in words; may be empty.
    pub text: String,
    /// Whether its lines hold figures, which stand to the right.
    pub is_figures: bool,
    /// Its lines.
    pub rows: Vec<Row>,
    /// What they add up to.
    pub total: Option<Total>,
}

/// What an award is worth.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Money {
    /// Before.
    pub before: String,
    /// By how much it changes, with its sign.
    pub change: String,
    /// The new total.
    pub after: String,
}

/// Names of the records that before and after name by their ids.
#[derive(Debug, Clone, Default)]
pub struct Names(pub HashMap<Id, String>);

impl Names {
    /// Adds records of one kind by id, name and reference: where two have one name, the reference tells them apart.
    pub fn add(&mut self, all: Vec<(Id, String, String)>) {
        let mut counts: HashMap<String, usize> = HashMap::new();
        for (_, name, _) in &all {
            *counts.entry(name.clone()).or_default() += 1;
        }
        let is_alone = |name: &String| counts.get(name).is_none_or(|count| *count == 1);
        self.0.extend(all.into_iter().map(|(id, name, reference)| {
            let told = if is_alone(&name) { name } else { format!("{name} ({reference})") };
            (id, told)
        }));
    }
}

/// The longest name of a provider in the name of a file, in characters.
const NAME_MAX: usize = 80;

/// The name of a letter's file: the reference and the provider, within one folder. What else a name of a file may not hold is taken out where it is kept.
pub fn file_name(reference: &str, provider: &str) -> String {
    let short: String = provider.replace(['/', '\\'], " ").chars().take(NAME_MAX).collect();
    format!("{reference} {}.pdf", short.trim())
}

/// `+£5.00`, `-£5.00`.
fn signed(pence: Pence) -> String {
    if pence.is_positive() { format!("+{pence}") } else { pence.to_string() }
}

fn pence_of(value: Option<&Value>) -> Option<Pence> {
    value.and_then(Value::as_i64).map(Pence)
}

/// What the award is worth before and after, where its value changes.
pub fn money(input: &VariationInput, before: &Value, after: &Value) -> Option<Money> {
    let was = pence_of(before.get(AMOUNT))?;
    let is = pence_of(after.get(AMOUNT)).or_else(|| was.checked_add(input.change_pence()))?;
    (was != is).then(|| Money { before: was.to_string(), change: signed(is - was), after: is.to_string() })
}

/// What people call a field that is printed field by field, where its own name does not say it.
const TITLES: [(&str, &str); 6] = [
    ("area_ids", "Where the service is"),
    ("payment_schedule", "How the award is paid"),
    ("interventions", "Kinds of help"),
    ("return_dates", "Last days for returns"),
    ("provider_details", "Whom we write to"),
    ("address", "Where people come"),
];

/// Everything that changes beside the amount, in the order in which people ask for it.
pub fn changes(input: &VariationInput, before: &Value, after: &Value, names: &Names) -> Vec<Changed> {
    let mut all = Vec::new();
    all.extend(said::budget_cut(input, names));
    all.extend(dates(before, after));
    all.extend(lines(before, after, "vat_pence", "VAT beside the amount", names));
    all.extend(summed(before, after, ("profile", "Profile by quarter"), |one| by_field(one, "quarter")));
    all.extend(summed(before, after, ("annual_amounts", "Amounts by financial year"), |one| by_field(one, "financial_year")));
    all.extend(split(before, after, names));
    all.extend(lines(before, after, "contract", "Clauses of the contract", names));
    all.extend(delivery(input, before, after));
    all.extend(targets(before, after, names));
    all.extend(use_of_funds(input));
    all.extend(said::conditions(before, after));
    let told = [
        "amount_pence",
        "starts_on",
        "ends_on",
        "vat_pence",
        "profile",
        "annual_amounts",
        "split",
        "contract",
        "delivery",
        "targets",
        "use_of_funds",
        "conditions",
    ];
    let further: Vec<&String> = keys(before, after).into_iter().filter(|key| !told.contains(&key.as_str())).collect();
    let title = |key: &str| TITLES.iter().find(|(own, _)| *own == key).map_or_else(|| label(key), |(_, title)| (*title).to_owned());
    all.extend(further.into_iter().filter_map(|key| lines(before, after, key, &title(key), names)));
    all
}

/// The ids in before and after of which the letter is to give names: none of a budget line that pays all of it on both sides.
pub fn ids_in(before: Option<&Value>, after: Option<&Value>) -> BTreeSet<Id> {
    let sides = [before, after];
    let paying: BTreeSet<Id> = sides.into_iter().flatten().filter_map(|side| side.get("split")).flat_map(ids_below).collect();
    let is_told = |(key, _): &(&String, &Value)| key.as_str() != "split" || paying.len() > 1;
    sides.into_iter().flatten().filter_map(Value::as_object).flatten().filter(is_told).flat_map(|(_, field)| ids_below(field)).collect()
}

/// The ids by which a variation names whose budget was cut.
pub fn ids_of_cut(input: &VariationInput) -> Vec<Id> {
    input.budget_cut.iter().flat_map(|cut| [cut.funding_source_id, cut.budget_line_id]).flatten().collect()
}

fn ids_below(value: &Value) -> BTreeSet<Id> {
    match value {
        Value::String(text) => text.parse().into_iter().collect(),
        Value::Array(items) => items.iter().flat_map(ids_below).collect(),
        Value::Object(fields) => fields.iter().flat_map(|(key, field)| key.parse().into_iter().chain(ids_below(field))).collect(),
        _ => BTreeSet::new(),
    }
}

fn keys<'a>(before: &'a Value, after: &'a Value) -> Vec<&'a String> {
    let own = |value: &'a Value| value.as_object().into_iter().flat_map(Map::keys);
    let mut found: Vec<&String> = own(before).collect();
    for key in own(after) {
        if !found.contains(&key) {
            found.push(key);
        }
    }
    found
}

fn dates(before: &Value, after: &Value) -> Option<Changed> {
    let row = |(key, name): (&str, &str)| {
        let (was, is) = (before.get(key), after.get(key));
        (was != is).then(|| Row { name: name.to_owned(), before: shown(was), after: shown(is) })
    };
    let rows: Vec<Row> = DATES.into_iter().filter_map(row).collect();
    changed("dates", "Dates", rows)
}

fn changed(kind: &str, title: &str, rows: Vec<Row>) -> Option<Changed> {
    let is_figures = !rows.is_empty() && rows.iter().all(|row| is_figure(&row.before) && is_figure(&row.after));
    (!rows.is_empty()).then(|| Changed {
        kind: kind.to_owned(),
        title: title.to_owned(),
        text: String::new(),
        is_figures,
        rows,
        total: None,
    })
}

fn is_figure(text: &str) -> bool {
    text == NOTHING || text.chars().any(|c| c.is_ascii_digit()) && text.chars().all(|c| c.is_ascii_digit() || "£-,.%+".contains(c))
}

/// What one entry of a list is known by, what people call it, and what stands there.
type Entry<T> = (String, String, T);

/// An entry that is known by a field of its own.
fn by_field(one: &Value, field: &str) -> Option<(String, String)> {
    one.get(field).map(words_of).map(|name| (name.clone(), name))
}

/// Two lists side by side, entry by entry, in the order of the first: none is lost where several are known by the same.
fn paired<T>(was: Vec<Entry<T>>, is: Vec<Entry<T>>) -> Vec<(String, Option<T>, Option<T>)> {
    let mut all: Vec<Entry<(Option<T>, Option<T>)>> = was.into_iter().map(|(key, name, one)| (key, name, (Some(one), None))).collect();
    for (key, name, one) in is {
        let open = all.iter_mut().find(|(own, _, (_, after))| *own == key && after.is_none());
        match open {
            Some((_, _, (_, after))) => *after = Some(one),
            None => all.push((key, name, (None, Some(one)))),
        }
    }
    all.into_iter().map(|(_, name, (before, after))| (name, before, after)).collect()
}

/// Amounts in a list, each by what it is known by and with its name, and what they add up to.
fn summed(
    before: &Value,
    after: &Value,
    (kind, title): (&str, &str),
    known: impl Fn(&Value) -> Option<(String, String)>,
) -> Option<Changed> {
    let (was, is) = (before.get(kind), after.get(kind));
    if was == is {
        return None;
    }
    let entry = |one: &Value| known(one).and_then(|(key, name)| Some((key, name, pence_of(one.get(AMOUNT))?)));
    let list =
        |value: Option<&Value>| -> Vec<Entry<Pence>> { value.and_then(Value::as_array).into_iter().flatten().filter_map(entry).collect() };
    let (was, is) = (list(was), list(is));
    let sum = |list: &[Entry<Pence>]| list.iter().map(|(_, _, pence)| *pence).sum::<Pence>().to_string();
    let total = Some(Total { before: sum(&was), after: sum(&is) });
    let mut all = paired(was, is);
    all.sort_by(|(one, ..), (other, ..)| one.cmp(other));
    let text = |pence: Option<Pence>| pence.map_or_else(nothing, |pence| pence.to_string());
    let rows = all.into_iter().map(|(name, before, after)| Row { name, before: text(before), after: text(after) }).collect();
    changed(kind, title, rows).map(|one| Changed { total, is_figures: true, ..one })
}

fn nothing() -> String {
    NOTHING.to_owned()
}

/// What each budget line pays, where it is more than one.
fn split(before: &Value, after: &Value, names: &Names) -> Option<Changed> {
    let known = |one: &Value| {
        let id: Id = one.get("budget_line_id")?.as_str()?.parse().ok()?;
        Some((id.to_string(), names.0.get(&id).cloned().unwrap_or_else(|| "Another source".to_owned())))
    };
    summed(before, after, ("split", "Where the money comes from"), known).filter(|one| one.rows.len() > 1)
}

fn delivery(input: &VariationInput, before: &Value, after: &Value) -> Option<Changed> {
    let asked = input.delivery.as_ref()?;
    let of = |value: &Value, field: &str| {
        let word = value.get("delivery").and_then(|own| own.get(field)).and_then(Value::as_str).unwrap_or_default();
        match word {
            "" => nothing(),
            _ if word == DeliveryStatus::Delivering.word() => "As agreed".to_owned(),
            _ if word == DeliveryStatus::Adapted.word() => "In another way than agreed".to_owned(),
            _ if word == DeliveryStatus::Paused.word() => "Interrupted".to_owned(),
            _ if word == DeliveryMode::InPerson.word() => "Face to face".to_owned(),
            _ if word == DeliveryMode::Remote.word() => "By telephone or online".to_owned(),
            _ if word == DeliveryMode::Blended.word() => "Face to face, and by telephone or online".to_owned(),
            _ => plain(word),
        }
    };
    let row = |(field, name): (&str, &str)| Row { name: name.to_owned(), before: of(before, field), after: of(after, field) };
    let rows: Vec<Row> = [("status", "How the service goes on"), ("mode", "How people are reached")].into_iter().map(row).collect();
    let rows = rows.into_iter().filter(|row| row.before != row.after).collect::<Vec<_>>();
    let text = asked.description.clone().unwrap_or_default();
    (!rows.is_empty() || !text.is_empty()).then(|| Changed {
        kind: "delivery".to_owned(),
        title: "Delivery".to_owned(),
        text,
        is_figures: false,
        rows,
        total: None,
    })
}

/// Targets by indicator, area and period.
fn targets(before: &Value, after: &Value, names: &Names) -> Option<Changed> {
    let list = |value: &Value| -> Vec<Entry<String>> {
        let by_indicator = value.get("targets").and_then(Value::as_object).into_iter().flatten();
        let named = |(id, aims): (&String, &Value)| {
            let name = id.parse().ok().and_then(|id: Id| names.0.get(&id).cloned()).unwrap_or_else(|| "An indicator".to_owned());
            let id = id.clone();
            let aims = aims.as_array().cloned().unwrap_or_default();
            aims.into_iter().map(move |aim| {
                let area_id = aim.get("area_id").and_then(Value::as_str).unwrap_or_default();
                let area = area_id.parse().ok().and_then(|id: Id| names.0.get(&id)).map(|area| format!(", {area}")).unwrap_or_default();
                let period = aim.get("period").map(words_of).unwrap_or_default();
                (format!("{id} {area_id} {period}"), format!("{name}{area}, {period}"), shown(aim.get("target")))
            })
        };
        by_indicator.flat_map(named).collect()
    };
    changed("targets", "Targets", side_by_side(list(before), list(after)))
}

fn use_of_funds(input: &VariationInput) -> Option<Changed> {
    let said = input.use_of_funds.iter().map(|one| {
        let (from, to) = (category(&one.from_category), category(&one.to_category));
        format!("{} that was for “{from}” is for “{to}”.", one.amount_pence)
    });
    let said = said.collect::<Vec<_>>().join("\n");
    (!said.is_empty()).then(|| Changed {
        kind: "use_of_funds".to_owned(),
        title: "Use of the money".to_owned(),
        text: format!("{said}\nThis moves money within the award and adds none."),
        is_figures: false,
        rows: Vec::new(),
        total: None,
    })
}

fn category(word: &str) -> String {
    match word {
        "it_infrastructure" => "IT infrastructure".to_owned(),
        "ppe" => "Protective equipment".to_owned(),
        other => plain(other),
    }
}

/// A field without words of its own: what of it differs, line by line.
fn lines(before: &Value, after: &Value, key: &str, title: &str, names: &Names) -> Option<Changed> {
    let (was, is) = (before.get(key), after.get(key));
    if was == is {
        return None;
    }
    let named = |value: Option<&Value>| -> Vec<Entry<String>> {
        flat_named(value, key, names).into_iter().map(|(name, text)| (name.clone(), name, text)).collect()
    };
    let rows = side_by_side(named(was), named(is));
    changed(key, title, rows)
}

/// Both lists entry by entry, without what is the same in both.
fn side_by_side(was: Vec<Entry<String>>, is: Vec<Entry<String>>) -> Vec<Row> {
    let text = |one: Option<String>| one.unwrap_or_else(nothing);
    let rows = paired(was, is).into_iter().map(|(name, before, after)| Row { name, before: text(before), after: text(after) });
    rows.filter(|row| row.before != row.after).collect()
}

/// Every single value in a value, each under the way to it in words.
fn flat_named(value: Option<&Value>, key: &str, names: &Names) -> Vec<(String, String)> {
    let mut out = Vec::new();
    walk(&[], key, value.unwrap_or(&Value::Null), names, &mut out);
    out
}

/// What a part of a list is known by.
const KNOWN_BY: [&str; 9] = ["name", "title", "text", "reference", "quarter", "financial_year", "period", "category", "kind"];

fn walk(way: &[String], key: &str, value: &Value, names: &Names, out: &mut Vec<(String, String)>) {
    let below = |name: String| way.iter().cloned().chain([name]).collect::<Vec<_>>();
    match value {
        Value::Object(fields) => {
            for (own, field) in fields {
                let name = own.parse().ok().and_then(|id: Id| names.0.get(&id).cloned()).unwrap_or_else(|| label(own));
                walk(&below(name), own, field, names, out);
            }
        }
        Value::Array(items) if items.iter().any(|one| one.is_object() || one.is_array()) => {
            let mut told: Vec<String> = Vec::new();
            for item in items {
                let (name, rest) = item_of(item);
                let same = told.iter().filter(|other| **other == name).count();
                told.push(name.clone());
                let way = below(if same == 0 { name } else { format!("{name} ({})", same + 1) });
                out.push((way.join(", "), words_of(&Value::Bool(true))));
                walk(&way, key, &rest, names, out);
            }
        }
        single => {
            let name = if way.is_empty() { label(key) } else { way.join(", ") };
            out.extend(single_words(key, single, names).map(|text| (name, text)));
        }
    }
}

/// What a part of a list is known by, and the rest of it.
fn item_of(item: &Value) -> (String, Value) {
    let known = KNOWN_BY.iter().find_map(|field| Some((*field, item.get(*field)?.as_str()?)));
    match (known, item) {
        (Some((field, name)), Value::Object(fields)) => {
            let rest = fields.iter().filter(|(own, _)| *own != field).map(|(own, one)| (own.clone(), one.clone()));
            (name.to_owned(), Value::Object(rest.collect()))
        }
        _ => ("One".to_owned(), item.clone()),
    }
}

/// A field's name as people write it, without its unit.
fn label(key: &str) -> String {
    let short = ["_pence", "_id"].iter().find_map(|unit| key.strip_suffix(unit)).unwrap_or(key);
    let many = key.strip_suffix("_ids").map(|one| format!("{one}s"));
    let short = many.as_deref().unwrap_or(short);
    if short == "vat" { "VAT".to_owned() } else { plain(short.strip_prefix("is_").unwrap_or(short)) }
}

/// A single value in words; nothing of a record without a name.
fn single_words(key: &str, value: &Value, names: &Names) -> Option<String> {
    match value {
        Value::Number(_) if key.ends_with("_pence") => Some(pence_of(Some(value)).map_or_else(nothing, |pence| pence.to_string())),
        Value::Number(number) if key.ends_with("_percent") => Some(format!("{number}%")),
        Value::String(text) => match text.parse::<Id>() {
            Ok(id) => names.0.get(&id).cloned(),
            Err(_) => Some(words_of(value)),
        },
        Value::Array(items) => Some(match items.iter().filter_map(|one| single_words(key, one, names)).collect::<Vec<_>>().join(", ") {
            none if none.is_empty() => nothing(),
            all => all,
        }),
        other => Some(words_of(other)),
    }
}

fn shown(value: Option<&Value>) -> String {
    value.map_or_else(nothing, words_of)
}

fn words_of(value: &Value) -> String {
    match value {
        Value::Null => nothing(),
        Value::Bool(true) => "Yes".to_owned(),
        Value::Bool(false) => "No".to_owned(),
        Value::String(text) if text.is_empty() => nothing(),
        Value::String(text) => match text.parse::<NaiveDate>() {
            Ok(on) => day(on),
            Err(_) if text.contains('_') && text.chars().all(|c| c.is_ascii_lowercase() || c == '_') => plain(text),
            Err(_) => text.clone(),
        },
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests;
