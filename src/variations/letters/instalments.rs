//! What a letter says of the instalments that are still to be paid once the variation is in force.

use std::collections::HashMap;

use chrono::NaiveDate;
use serde::Serialize;

use crate::awards::Award;
use crate::awards::acts as awards;
use crate::kernel::plain::day;
use crate::kernel::{Id, Pence, Refusal};
use crate::payments::schedule::foreseen::{OpenInstalment, Paying};
use crate::store::Conn;
use crate::variations::acts::terms_change;
use crate::variations::pictures;
use crate::variations::prospects::Prospect;
use crate::variations::store::Variation;

/// The instalments that are still to be paid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Instalments {
    text: String,
    rows: Vec<Instalment>,
    total: String,
}

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Instalment {
    name: String,
    due: String,
    amount: String,
}

/// The instalments that would be open with each of these variations that can be applied, beside their awards as these stand on the day of the letters;
/// none where they stay as they are. As much is looked up for many as for one.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn of_all(conn: &mut Conn, all: &[(&Award, &Variation, &Prospect)], today: NaiveDate) -> Result<HashMap<Id, Instalments>, Refusal> {
    let is_told = |(_, one, told): &&(&Award, &Variation, &Prospect)| told.after.is_some() && pictures::moves_money(&one.input);
    let ids: Vec<Id> = all.iter().filter(is_told).map(|(award, ..)| award.id).collect();
    let paying = Paying::of(conn, &ids)?;
    let mut found = HashMap::new();
    for &(award, one, _) in all.iter().filter(is_told) {
        found.extend(of(conn, &paying, (award, one), today)?.map(|told| (one.id, told)));
    }
    Ok(found)
}

fn of(conn: &mut Conn, paying: &Paying, (award, one): (&Award, &Variation), today: NaiveDate) -> Result<Option<Instalments>, Refusal> {
    let input = &one.input;
    let (terms, split) = if input.changes_terms() {
        awards::terms_after(conn, award, &terms_change(input, award))?
    } else {
        (award.terms.clone(), award.split.clone())
    };
    let after = pictures::open_then(paying, (award, input), (&terms, &split), today);
    let is_other = paying.open_now(award) != after;
    Ok(is_other.then(|| told(&after, paying.on_its_way(award))))
}

/// What is open then, and how much is on its way beside that: authorised, and not paid yet.
fn told(open: &[OpenInstalment], on_its_way: Pence) -> Instalments {
    let (planned, beside) = if open.is_empty() {
        ("Once this change is in force, no instalment is planned beside those that are settled or authorised already.", "Of these,")
    } else {
        ("These instalments are planned and not yet authorised. Once this change is in force, they are paid as follows.", "Beside these,")
    };
    let text = if on_its_way.is_positive() { format!("{planned} {beside} {on_its_way} is on its way to you.") } else { planned.to_owned() };
    let row = |one: &OpenInstalment| Instalment {
        name: if one.is_estimate { format!("{} (expected)", called(one)) } else { called(one) },
        due: day(one.due_on),
        amount: one.amount.to_string(),
    };
    let total: Pence = open.iter().map(|one| one.amount).sum();
    Instalments { text, rows: open.iter().map(row).collect(), total: total.to_string() }
}

/// What people call an instalment: its quarter, its month, what is to be reached, or that it is all that is left.
fn called(one: &OpenInstalment) -> String {
    let key = &one.instalment;
    if let Ok(first_day) = NaiveDate::parse_from_str(&format!("{key}-01"), "%Y-%m-%d") {
        return first_day.format("%B %Y").to_string();
    }
    let is_number = key.bytes().all(|byte| byte.is_ascii_digit());
    match &one.waits_for {
        _ if key.starts_with("rest ") => "Remainder".to_owned(),
        Some(words) if is_number => with_capital(words),
        None if is_number => format!("Instalment {key}"),
        _ => key.clone(),
    }
}

fn with_capital(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_open_is_told_with_its_days_and_its_sum() {
        let one = |instalment: &str, due: &str, amount: i64, is_estimate: bool| OpenInstalment {
            instalment: instalment.to_owned(),
            waits_for: None,
            due_on: due.parse().unwrap(),
            amount: Pence(amount),
            is_estimate,
        };
        let open = [one("2020-21-Q3", "2020-10-31", 150_025, false), one("2020-21-Q4", "2021-01-31", 100_025, true)];
        let told = super::told(&open, Pence::ZERO);
        let rows = json!([
            { "name": "2020-21-Q3", "due": "31 October 2020", "amount": "£1,500.25" },
            { "name": "2020-21-Q4 (expected)", "due": "31 January 2021", "amount": "£1,000.25" },
        ]);
        assert_eq!((json!(told.rows), told.total.as_str()), (rows, "£2,500.50"));
        assert!(!told.text.contains("on its way"), "{}", told.text);
        let none = super::told(&[], Pence(50_000));
        assert_eq!((none.rows.len(), none.total.as_str()), (0, "£0.00"));
        assert!(none.text.ends_with("Of these, £500.00 is on its way to you."), "{}", none.text);
    }

    #[test]
    fn an_instalment_is_called_as_people_call_it() {
        let called = |instalment: &str, waits_for: Option<&str>| {
            let (instalment, waits_for) = (instalment.to_owned(), waits_for.map(str::to_owned));
            super::called(&OpenInstalment { instalment, waits_for, due_on: NaiveDate::MIN, amount: Pence(1), is_estimate: false })
        };
        assert_eq!(called("2020-21-Q3", Some("the accepted return for 2020-21-Q3")), "2020-21-Q3");
        assert_eq!((called("2020-10", None), called("rest 2", None)), ("October 2020".to_owned(), "Remainder".to_owned()));
        assert_eq!(
            (called("1", None), called("2", Some("proof of purchase"))),
            ("Instalment 1".to_owned(), "Proof of purchase".to_owned())
        );
        assert_eq!(called("3", Some("The refuge is open")), "The refuge is open");
    }
}
