//! What stands in a letter. The templates (`letters/*.typ`) say how it looks.

use std::collections::{BTreeSet, HashMap};

use chrono::NaiveDate;
use serde::Serialize;
use serde_json::Value;

use crate::awards::Award;
use crate::awards::acts as awards;
use crate::awards::indicators::acts as indicators;
use crate::documents::Template;
use crate::funds::{self, areas, bodies, budget_lines, sources};
use crate::kernel::plain::day;
use crate::kernel::{Id, Named, Refusal};
use crate::store::Conn;
use crate::variations::letters::head::{Addressed, HOW_TO_ANSWER, Head};
use crate::variations::letters::instalments::{self, Instalments};
use crate::variations::letters::store;
use crate::variations::letters::words::{self, Changed, Money, Names};
use crate::variations::prospects::Prospect;
use crate::variations::store::Variation;

/// What the template is given.
#[derive(Debug, Clone, Serialize)]
pub struct Sheet {
    #[serde(flatten)]
    head: Head,
    replaces: Option<String>,
    award: About,
    change: Told,
    money: Option<Money>,
    changes: Vec<Changed>,
    payments: Option<Instalments>,
    answer: Answer,
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
    /// None: by what name the office gathers variations, or calls a campaign, is its own matter. It stays for templates that ask for it.
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

/// What letters tell of whom, and what they name: looked up once for all that are written on one day.
pub struct Around {
    on: NaiveDate,
    /// Who is party to each agreement on that day, whoever the fund was made by.
    offices: HashMap<Id, String>,
    postcodes: HashMap<Id, String>,
    /// Budget lines, areas, funds and sources.
    named: [HashMap<Id, Named>; 4],
    /// The indicators of those awards whose targets change: id, name and number.
    indicators: HashMap<Id, Vec<(Id, String, String)>>,
    /// What is still to be paid with each of these variations that changes that.
    instalments: HashMap<Id, Instalments>,
}

impl Around {
    /// What the letters of these variations tell, each beside its award, dated `on`.
    ///
    /// # Errors
    /// [`Refusal::Store`] where the database fails.
    pub fn of(conn: &mut Conn, all: &[(&Award, &Variation, &Prospect)], on: NaiveDate) -> Result<Self, Refusal> {
        let awards: Vec<Id> = all.iter().map(|(award, ..)| award.id).collect();
        let parties = awards::bodies_on(conn, &awards, on)?;
        let bodies = bodies::named(conn, &distinct(parties.values().copied()))?;
        let offices = parties.into_iter().filter_map(|(award, body)| Some((award, bodies.get(&body)?.name.clone())));
        let providers = distinct(all.iter().filter_map(|(award, ..)| award.names.provider.as_ref().map(|own| own.id)));
        let ids = distinct(all.iter().flat_map(|(_, one, told)| ids_of(one, told)));
        let mut named = <[HashMap<Id, Named>; 4]>::default();
        if !ids.is_empty() {
            named = [budget_lines::named(conn, &ids)?, areas::named(conn, &ids)?, funds::named(conn, &ids)?, sources::named(conn, &ids)?];
        }
        let mut told = HashMap::new();
        for (award, ..) in all.iter().filter(|(_, _, told)| has_targets(told)) {
            let own = indicators::of_award(conn, award.id)?.into_iter().enumerate();
            told.insert(award.id, own.map(|(at, own)| (own.id, own.facts.name, (at + 1).to_string())).collect());
        }
        let (postcodes, instalments) = (store::postcodes(conn, &providers)?, instalments::of_all(conn, all, on)?);
        Ok(Self { on, offices: offices.collect(), postcodes, named, indicators: told, instalments })
    }

    /// Names of what before and after name by their ids: budget lines, areas, funds, the award's indicators; and of whose budget was cut.
    fn names(&self, award: &Award, one: &Variation, told: &Prospect) -> Names {
        let ids = distinct(ids_of(one, told).into_iter());
        let mut names = Names::default();
        for kind in &self.named {
            let own = ids.iter().filter_map(|id| kind.get(id));
            names.add(own.map(|named| (named.id, named.name.clone(), named.code.clone())).collect());
        }
        names.add(self.indicators.get(&award.id).cloned().unwrap_or_default());
        names
    }
}

fn distinct(ids: impl Iterator<Item = Id>) -> Vec<Id> {
    ids.collect::<BTreeSet<_>>().into_iter().collect()
}

fn ids_of(one: &Variation, told: &Prospect) -> Vec<Id> {
    let beside = words::ids_in(told.before.as_ref(), told.after.as_ref());
    beside.into_iter().chain(words::ids_of_cut(&one.input)).collect()
}

fn has_targets(told: &Prospect) -> bool {
    [&told.before, &told.after].into_iter().flatten().any(|value| value.get("targets").is_some())
}

/// Gathers the letter of a variation; `signed_by` whoever issues it, nobody for a draft.
#[must_use]
pub fn of(around: &Around, award: &Award, one: &Variation, beside: &Prospect, signed_by: Option<String>) -> Sheet {
    let on = around.on;
    let (before, after) = (beside.before.clone().unwrap_or_default(), beside.after.clone().unwrap_or_default());
    let office = around.offices.get(&award.id).cloned();
    let names = around.names(award, one, beside);
    let provider = award.names.provider.as_ref();
    let postcode = provider.and_then(|own| around.postcodes.get(&own.id).cloned());
    let about = if one.input.is_unilateral { "About your award" } else { "A change to your award" };
    let called = provider.map(|own| own.name.clone()).unwrap_or_default();
    let to = Addressed { name: called, reference: provider.map(|own| own.code.clone()).unwrap_or_default(), postcode };
    Sheet {
        head: Head::of(format!("{about} {}", award.reference), &one.reference, (office.unwrap_or_default(), to), on, signed_by),
        replaces: None,
        award: About {
            reference: award.reference.clone(),
            title: award.terms.title.clone(),
            fund: format!("{}, {}", award.names.fund.name, award.names.period_label),
            programme: award.names.programme.as_ref().map(|named| named.name.clone()),
        },
        change: Told { title: one.input.title.clone(), reason: one.input.reason.clone(), from: day(one.input.effective_on), group: None },
        money: words::money(&one.input, &before, &after),
        changes: words::changes(&one.input, &before, &after, &names),
        payments: around.instalments.get(&one.id).cloned(),
        answer: answer(award, one),
    }
}

/// How the provider answers.
fn answer(award: &Award, one: &Variation) -> Answer {
    let how = HOW_TO_ANSWER;
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
