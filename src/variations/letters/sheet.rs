//! What stands in a letter. The templates (`letters/*.typ`) say how it looks.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use serde::Serialize;
use serde_json::Value;

use crate::awards::Award;
use crate::awards::acts as awards;
use crate::awards::indicators::acts as indicators;
use crate::documents::Template;
use crate::funds::{self, areas, bodies, budget_lines};
use crate::kernel::plain::day;
use crate::kernel::{Id, Refusal};
use crate::store::Conn;
use crate::variations::letters::store;
use crate::variations::letters::words::{self, Changed, Money, Names};
use crate::variations::prospects::Prospect;
use crate::variations::store::Variation;

/// What the template is given.
#[derive(Debug, Clone, Serialize)]
pub struct Sheet {
    title: String,
    office: String,
    date: NaiveDate,
    day: String,
    is_draft: bool,
    standing: &'static str,
    foot: String,
    seal: String,
    reference: String,
    replaces: Option<String>,
    provider: Addressed,
    award: About,
    change: Told,
    money: Option<Money>,
    changes: Vec<Changed>,
    answer: Answer,
    signed_by: Option<String>,
}

impl Sheet {
    /// The letter, in place of the one of that day.
    #[must_use]
    pub fn in_place_of(self, replaces: Option<String>) -> Self {
        Self { replaces, ..self }
    }
}

/// The day of a letter that was fixed before, as it is printed.
///
/// # Errors
/// [`Refusal::Store`] where what is kept is no letter.
pub fn day_of(sheet: &str) -> Result<String, Refusal> {
    let sheet: Value = serde_json::from_str(sheet).map_err(Refusal::broken)?;
    Ok(sheet.get("day").and_then(Value::as_str).unwrap_or_default().to_owned())
}

/// Whom it goes to.
#[derive(Debug, Clone, Serialize)]
struct Addressed {
    name: String,
    reference: String,
    postcode: Option<String>,
}

/// Which award it is about.
#[derive(Debug, Clone, Serialize)]
struct About {
    reference: String,
    title: String,
    fund: String,
    programme: Option<String>,
}

/// What is to change, as whoever wrote it says it.
#[derive(Debug, Clone, Serialize)]
struct Told {
    title: String,
    reason: String,
    from: String,
    group: Option<String>,
}

/// How it is answered.
#[derive(Debug, Clone, Serialize)]
struct Answer {
    is_needed: bool,
    due: Option<String>,
    text: String,
    attests: Option<&'static str>,
}

/// Which template a variation's letter is set with.
pub const fn template(one: &Variation) -> Template {
    if one.input.is_unilateral { Template::Notice } else { Template::Variation }
}

/// Gathers the letter of a variation, dated `on`; `signed_by` whoever issues it, nobody for a draft.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn of(
    conn: &mut Conn,
    award: &Award,
    one: &Variation,
    beside: &Prospect,
    on: NaiveDate,
    signed_by: Option<String>,
) -> Result<Sheet, Refusal> {
    let (before, after) = (beside.before.clone().unwrap_or_default(), beside.after.clone().unwrap_or_default());
    // Who is party to the agreement on the day of the letter, whoever the fund was made by.
    let party = awards::body_on(conn, award.id, on)?;
    let office = bodies::named(conn, &party.into_iter().collect::<Vec<_>>())?.into_values().next();
    let names = names(conn, award, &before, &after)?;
    let provider = award.names.provider.as_ref();
    let postcode = provider.map(|own| store::postcode(conn, own.id)).transpose()?.flatten();
    let is_draft = one.issued_on.is_none();
    let about = if one.input.is_unilateral { "About your award" } else { "A change to your award" };
    let called = provider.map(|own| own.name.clone()).unwrap_or_default();
    Ok(Sheet {
        title: format!("{about} {}", award.reference),
        office: office.map(|named| named.name).unwrap_or_default(),
        date: on,
        day: day(on),
        is_draft,
        standing: if is_draft { "This is a draft: it was not issued. It may still change." } else { "" },
        foot: one.reference.clone(),
        seal: if is_draft { "Not issued: this may still change.".to_owned() } else { format!("Issued on {}.", day(on)) },
        reference: one.reference.clone(),
        replaces: None,
        provider: Addressed { name: called, reference: provider.map(|own| own.code.clone()).unwrap_or_default(), postcode },
        award: About {
            reference: award.reference.clone(),
            title: award.terms.title.clone(),
            fund: format!("{}, {}", award.names.fund.name, award.names.period_label),
            programme: award.names.programme.as_ref().map(|named| named.name.clone()),
        },
        change: Told {
            title: one.input.title.clone(),
            reason: one.input.reason.clone(),
            from: day(one.input.effective_on),
            group: one.input.group_name.clone(),
        },
        money: words::money(&one.input, &before, &after),
        changes: words::changes(&one.input, &before, &after, &names),
        answer: answer(award, one),
        signed_by,
    })
}

/// How the provider answers.
fn answer(award: &Award, one: &Variation) -> Answer {
    let how = "Whoever signs for you accepts or refuses it in the service. You can also sign this letter and send it back to us.";
    let text = match (one.input.is_unilateral, one.answer_due_on) {
        (true, _) => "You need not answer this letter.".to_owned(),
        (false, None) => format!("Please accept or refuse this change. {how}"),
        (false, Some(due)) => {
            let due = day(due);
            format!("Please accept or refuse this change by {due}. It lapses after that day, and your award stays as it is. {how}")
        }
    };
    let is_new = award.standing.living_wage_attested_on.is_none();
    let attests = one.input.contract.filter(|contract| is_new && contract.living_wage_clause);
    Answer {
        is_needed: !one.input.is_unilateral,
        due: one.answer_due_on.map(day),
        text,
        attests: attests.map(|_| "By accepting you state that you pay your staff at least the National Living Wage."),
    }
}

/// Names of what before and after name by their ids: budget lines, the award's indicators, areas.
fn names(conn: &mut Conn, award: &Award, before: &Value, after: &Value) -> Result<Names, Refusal> {
    let ids: BTreeSet<Id> = words::ids_in(before).into_iter().chain(words::ids_in(after)).collect();
    let mut names = Names::default();
    if ids.is_empty() {
        return Ok(names);
    }
    let ids: Vec<Id> = ids.into_iter().collect();
    for found in [budget_lines::named(conn, &ids)?, areas::named(conn, &ids)?, funds::named(conn, &ids)?] {
        names.add(found.into_iter().map(|(id, named)| (id, named.name, named.code)).collect());
    }
    let has_targets = [before, after].iter().any(|value| value.get("targets").is_some());
    if has_targets {
        let own = indicators::of_award(conn, award.id)?.into_iter().enumerate();
        names.add(own.map(|(at, own)| (own.id, own.facts.name, (at + 1).to_string())).collect());
    }
    Ok(names)
}
