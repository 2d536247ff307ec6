//! What stands in a letter of a novation. The template (`letters/novation.typ`) says how it looks.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::NaiveDate;
use serde::Serialize;

use crate::awards::acts::{self as awards, Novable};
use crate::funds::{self, bodies};
use crate::kernel::plain::day;
use crate::kernel::{Id, Named, Pence, Refusal};
use crate::novations::acts::Judged;
use crate::novations::rules::NovationKind;
use crate::novations::store::{Novation, NovationFacts};
use crate::store::Conn;
use crate::variations::letters::{Addressed, HOW_TO_ANSWER, Head, addressed};

/// What stands where an amount is not known.
const UNKNOWN: &str = "–";

/// What the template is given.
#[derive(Debug, Clone, Serialize)]
pub struct Sheet {
    #[serde(flatten)]
    head: Head,
    change: Told,
    novation: Parties,
    awards: Vec<Agreement>,
    total: Option<String>,
    answer: Answer,
}

/// What is to change, as whoever drafted it says it.
#[derive(Debug, Clone, Serialize)]
struct Told {
    title: String,
    reason: String,
    from: String,
}

/// Who passes agreements on, and to whom.
#[derive(Debug, Clone, Serialize)]
struct Parties {
    kind: NovationKind,
    reader: Reader,
    predecessor: String,
    successor: String,
    is_predecessor_gone: bool,
    /// `One agreement`, `12 agreements`.
    count: String,
}

/// What the provider that a letter goes to is in the novation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Reader {
    Predecessor,
    Successor,
    /// Party to agreements before and after: their commissioning body changes.
    Provider,
}

/// An agreement that passes on.
#[derive(Debug, Clone, Serialize)]
struct Agreement {
    reference: String,
    title: String,
    fund: String,
    amount: String,
}

/// How it is answered.
#[derive(Debug, Clone, Serialize)]
struct Answer {
    is_needed: bool,
    text: String,
}

/// What the letters name: looked up once for all of them.
struct Around {
    on: NaiveDate,
    /// Who is party to each agreement on that day.
    offices: HashMap<Id, String>,
    funds: HashMap<Id, Named>,
    predecessor: String,
    successor: String,
}

/// The letters of a novation that passes these agreements on, each with its provider, by its id; `signed_by` whoever issues it, nobody for a draft.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn of(
    conn: &mut Conn,
    one: &Novation,
    passing: &[&Judged],
    on: NaiveDate,
    signed_by: Option<&str>,
) -> Result<Vec<(Id, Sheet)>, Refusal> {
    let facts = &one.facts;
    let mut by_provider: BTreeMap<Id, Vec<&Novable>> = BTreeMap::new();
    match facts.kind {
        NovationKind::Provider => {
            let all: Vec<&Novable> = passing.iter().map(|judged| &judged.award).collect();
            by_provider.extend([(facts.from_id, all.clone()), (facts.to_id, all)]);
        }
        NovationKind::CommissioningBody => {
            // Agreements without a provider have nobody to write to.
            for (provider, award) in passing.iter().filter_map(|judged| Some((judged.award.provider_id?, &judged.award))) {
                by_provider.entry(provider).or_default().push(award);
            }
        }
    }
    let mut to = addressed(conn, &by_provider.keys().copied().collect::<Vec<_>>())?;
    let around = around(conn, facts, passing, on, &to)?;
    let letter = |(provider, awards): (Id, Vec<&Novable>)| {
        let to = to.remove(&provider)?;
        Some((provider, sheet(&around, one, (provider, to), &awards, signed_by)))
    };
    Ok(by_provider.into_iter().filter_map(letter).collect())
}

fn around(
    conn: &mut Conn,
    facts: &NovationFacts,
    passing: &[&Judged],
    on: NaiveDate,
    to: &HashMap<Id, Addressed>,
) -> Result<Around, Refusal> {
    let ids: Vec<Id> = passing.iter().map(|judged| judged.award.id).collect();
    let parties = awards::bodies_on(conn, &ids, on)?;
    let known: BTreeSet<Id> = parties.values().copied().chain([facts.from_id, facts.to_id]).collect();
    let bodies = bodies::named(conn, &known.into_iter().collect::<Vec<_>>())?;
    let offices = parties.into_iter().filter_map(|(award, body)| Some((award, bodies.get(&body)?.name.clone())));
    let offices: HashMap<Id, String> = offices.collect();
    let paid_by: BTreeSet<Id> = passing.iter().map(|judged| judged.award.fund_id).collect();
    let funds = funds::named(conn, &paid_by.into_iter().collect::<Vec<_>>())?;
    let name = |id: &Id| match facts.kind {
        NovationKind::Provider => to.get(id).map(|party| party.name.clone()).unwrap_or_default(),
        NovationKind::CommissioningBody => bodies.get(id).map(|body| body.name.clone()).unwrap_or_default(),
    };
    let (predecessor, successor) = (name(&facts.from_id), name(&facts.to_id));
    Ok(Around { on, offices, funds, predecessor, successor })
}

fn sheet(around: &Around, one: &Novation, (provider, to): (Id, Addressed), awards: &[&Novable], signed_by: Option<&str>) -> Sheet {
    let facts = &one.facts;
    let reader = match facts.kind {
        NovationKind::CommissioningBody => Reader::Provider,
        NovationKind::Provider if provider == facts.to_id => Reader::Successor,
        NovationKind::Provider => Reader::Predecessor,
    };
    let Around { predecessor, successor, .. } = around;
    let title = match reader {
        Reader::Successor => format!("Agreements of {predecessor} pass to you"),
        Reader::Predecessor => format!("Your agreements pass to {successor}"),
        Reader::Provider => format!("{successor} takes over from {predecessor}"),
    };
    let offices: BTreeSet<&str> = awards.iter().filter_map(|award| around.offices.get(&award.id)).map(String::as_str).collect();
    let office = offices.into_iter().collect::<Vec<_>>().join(" and ");
    let amounts: Option<Vec<Pence>> = awards.iter().map(|award| award.amount).collect();
    Sheet {
        change: Told { title: title.clone(), reason: facts.reason.clone(), from: day(facts.effective_on) },
        head: Head::of(title, &one.reference, (office, to), around.on, signed_by.map(str::to_owned)),
        novation: Parties {
            kind: facts.kind,
            reader,
            predecessor: predecessor.clone(),
            successor: successor.clone(),
            is_predecessor_gone: facts.from_ceased,
            count: if awards.len() == 1 { "One agreement".to_owned() } else { format!("{} agreements", awards.len()) },
        },
        awards: awards.iter().map(|award| agreement(around, award)).collect(),
        total: amounts.filter(|all| all.len() > 1).map(|all| all.into_iter().sum::<Pence>().to_string()),
        answer: answer(around, facts.from_ceased, reader),
    }
}

fn agreement(around: &Around, award: &Novable) -> Agreement {
    Agreement {
        reference: award.reference.clone(),
        title: award.title.clone(),
        fund: around.funds.get(&award.fund_id).map(|fund| fund.name.clone()).unwrap_or_default(),
        amount: award.amount.map_or_else(|| UNKNOWN.to_owned(), |amount| amount.to_string()),
    }
}

/// How whoever reads the letter answers.
fn answer(around: &Around, from_ceased: bool, reader: Reader) -> Answer {
    let other = match (reader, from_ceased) {
        (Reader::Successor, false) => Some(&around.predecessor),
        (Reader::Predecessor, false) => Some(&around.successor),
        (Reader::Successor, true) => None,
        (Reader::Predecessor, true) | (Reader::Provider, _) => {
            return Answer { is_needed: false, text: "You need not answer this letter.".to_owned() };
        }
    };
    let both = other.map(|other| format!(" We have asked {other} too: nothing passes on unless both of you accept.")).unwrap_or_default();
    Answer { is_needed: true, text: format!("Please accept or refuse this. {HOW_TO_ANSWER}{both}") }
}
