//! What a letter says of the instalments that are still to be paid once the variation is in force.

use chrono::NaiveDate;
use serde::Serialize;

use crate::awards::Award;
use crate::awards::acts as awards;
use crate::kernel::plain::day;
use crate::kernel::{Pence, Refusal};
use crate::payments::schedule::foreseen::{self as payments, OpenInstalment};
use crate::store::Conn;
use crate::variations::acts::terms_change;
use crate::variations::pictures;
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

/// The instalments that would be open with this variation of an award, as that stands on the day of the letter; nothing where they stay as they are.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn of(conn: &mut Conn, award: &Award, one: &Variation, today: NaiveDate) -> Result<Option<Instalments>, Refusal> {
    let input = &one.input;
    if !pictures::moves_money(input) {
        return Ok(None);
    }
    let (terms, split) = if input.changes_terms() {
        awards::terms_after(conn, award, &terms_change(input, award))?
    } else {
        (award.terms.clone(), award.split.clone())
    };
    let after = pictures::open_then(conn, (award, input), (&terms, &split), today)?;
    let before = payments::open_now(conn, award)?;
    Ok(if before == after { None } else { Some(told(&after)) })
}

fn told(open: &[OpenInstalment]) -> Instalments {
    let text = if open.is_empty() {
        "Nothing is still to be paid to you once this change is in force."
    } else {
        "These instalments are not paid yet. Once this change is in force, they are paid as follows."
    };
    let row = |one: &OpenInstalment| Instalment {
        name: if one.is_estimate { format!("{} (expected)", one.instalment) } else { one.instalment.clone() },
        due: day(one.due_on),
        amount: one.amount.to_string(),
    };
    let total: Pence = open.iter().map(|one| one.amount).sum();
    Instalments { text: text.to_owned(), rows: open.iter().map(row).collect(), total: total.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_open_is_told_with_its_days_and_its_sum() {
        let one = |instalment: &str, due: &str, amount: i64, is_estimate: bool| OpenInstalment {
            instalment: instalment.to_owned(),
            due_on: due.parse().unwrap(),
            amount: Pence(amount),
            is_estimate,
        };
        let told = told(&[one("2020-21-Q3", "2020-10-31", 150_025, false), one("2020-21-Q4", "2021-01-31", 100_025, true)]);
        let rows = json!([
            { "name": "2020-21-Q3", "due": "31 October 2020", "amount": "£1,500.25" },
            { "name": "2020-21-Q4 (expected)", "due": "31 January 2021", "amount": "£1,000.25" },
        ]);
        assert_eq!((json!(told.rows), told.total.as_str()), (rows, "£2,500.50"));
        let none = super::told(&[]);
        assert_eq!((none.rows.len(), none.total.as_str()), (0, "£0.00"));
    }
}
