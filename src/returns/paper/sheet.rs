//! What stands on the paper of a return. The template (`return.typ`) says how it looks.

use serde::Serialize;

use crate::access::Scope;
use crate::awards::acts as awards;
use crate::documents::DocumentView;
use crate::kernel::{Id, Pence, Refusal};
use crate::returns::adjustments::acts::{self as adjustments, Adjustment};
use crate::returns::freeze::acts::{self as freeze, Context};
use crate::returns::paper::words::{self, Counted, Field, day};
use crate::returns::redaction::acts::{self as redaction, Place, Redaction};
use crate::returns::rules::{ForecastInForce, ReturnContent, ReturnState};
use crate::returns::store::Return;
use crate::returns::{acts, rules};
use crate::store::Conn;

/// What the template is given.
#[derive(Debug, Clone, Serialize)]
pub struct Sheet {
    /// The return's version and award, for the file's name and tag.
    #[serde(skip)]
    pub version: i32,
    /// The hash of the files that it is set from; none: of those of today.
    #[serde(skip)]
    pub papers: Option<String>,
    title: String,
    subtitle: String,
    office: String,
    date: String,
    standing: String,
    is_draft: bool,
    /// What stands at the foot of each page: award and period.
    pub foot: String,
    seal: String,
    frozen: Option<String>,
    facts: Vec<Field>,
    spend: Spend,
    profile: Vec<Profile>,
    forecast: Forecast,
    indicators: Vec<Counted>,
    groups: Vec<Group>,
    texts: Vec<Words>,
    explanations: Vec<Explained>,
    evidence: Vec<File>,
    certificate: String,
    adjustments: Vec<Adjusted>,
    redactions: Vec<Redacted>,
}

#[derive(Debug, Clone, Serialize)]
struct Spend {
    status: &'static str,
    lines: Vec<SpendRow>,
    total: String,
}

#[derive(Debug, Clone, Serialize)]
struct SpendRow {
    category: String,
    note: String,
    amount: String,
}

#[derive(Debug, Clone, Serialize)]
struct Profile {
    period: String,
    profile: String,
    spent: String,
    difference: String,
}

#[derive(Debug, Clone, Serialize)]
struct Forecast {
    given_by: Option<String>,
    quarters: Vec<Expected>,
}

#[derive(Debug, Clone, Serialize)]
struct Expected {
    quarter: String,
    amount: String,
}

#[derive(Debug, Clone, Serialize)]
struct Group {
    title: &'static str,
    rows: Vec<Field>,
}

#[derive(Debug, Clone, Serialize)]
struct Words {
    title: String,
    text: String,
}

#[derive(Debug, Clone, Serialize)]
struct Explained {
    about: String,
    text: String,
}

#[derive(Debug, Clone, Serialize)]
struct File {
    name: String,
    what: String,
    sha256: String,
}

#[derive(Debug, Clone, Serialize)]
struct Change {
    name: String,
    amount: String,
}

#[derive(Debug, Clone, Serialize)]
struct Adjusted {
    title: String,
    reason: String,
    changes: Vec<Change>,
}

#[derive(Debug, Clone, Serialize)]
struct Redacted {
    on: String,
    place: String,
    reason: String,
}

/// Gathers the paper of a return that the caller may see.
///
/// # Errors
/// [`Refusal::NotFound`] where there is none for this caller.
pub fn of(conn: &mut Conn, scope: Scope, id: Id) -> Result<Sheet, Refusal> {
    let one = acts::find(conn, scope, id)?;
    let kept = freeze::find(conn, id)?;
    let context: Context = match &kept {
        Some(kept) => serde_json::from_str(&kept.context).map_err(Refusal::broken)?,
        None => freeze::context(conn, &one)?,
    };
    let content = acts::content(conn, &one)?;
    // A forecast of an earlier return may come to be corrected; the paper of a frozen one has its own alone.
    let forecast = if kept.is_some() { None } else { acts::forecast(conn, &one, &content)? };
    let award = awards::named(conn, &[one.award_id])?.remove(&one.award_id);
    let reference = award.map(|named| named.code).unwrap_or_default();
    let is_draft = one.state != ReturnState::Accepted;
    let period = one.planned.period.clone();
    let files = freeze::evidence(conn, id)?;
    Ok(Sheet {
        version: one.version,
        papers: kept.as_ref().and_then(|kept| kept.paper_set.clone()),
        title: format!("Return for {period}"),
        subtitle: context.provider.iter().chain([&reference]).cloned().collect::<Vec<_>>().join(", "),
        office: context.office.clone(),
        date: one.accepted_on.unwrap_or_else(|| one.recorded_at.london_day()).to_string(),
        standing: words::standing(&one),
        is_draft,
        foot: format!("{reference}, {period}"),
        seal: words::seal(kept.as_ref().map(|kept| kept.frozen.sha256.as_str()), is_draft),
        frozen: kept.as_ref().map(|kept| words::frozen(kept.frozen.frozen_at)),
        facts: words::facts(&one, &reference, &context),
        spend: spend(&content),
        profile: profile(&one, &content, &context),
        forecast: expected(&one, &content, forecast),
        indicators: content.values.iter().map(|value| words::counted(value, &one.planned, &context)).collect(),
        groups: groups(&content),
        texts: texts(&content, &context),
        explanations: explanations(&content, &context),
        evidence: files.into_iter().map(file).collect(),
        certificate: words::certificate(&one),
        adjustments: adjustments::of_return(conn, id)?.iter().map(|own| adjusted(own, &context)).collect(),
        redactions: redaction::of_return(conn, id)?.iter().flat_map(|own| redacted(own, one.content_no)).collect(),
    })
}

fn total(content: &ReturnContent) -> Pence {
    content.spend.iter().flatten().map(|line| line.amount_pence).sum()
}

fn spend(content: &ReturnContent) -> Spend {
    let row = |line: &rules::SpendLine| SpendRow {
        category: words::category(line.category),
        note: words::note(line),
        amount: line.amount_pence.to_string(),
    };
    let lines = content.spend.iter().flatten().map(row).collect();
    Spend { status: if content.spend.is_some() { "reported" } else { "not_reported" }, lines, total: total(content).to_string() }
}

fn profile(one: &Return, content: &ReturnContent, context: &Context) -> Vec<Profile> {
    let Some(planned) = context.planned_pence.filter(|_| content.spend.is_some()) else { return Vec::new() };
    let spent = total(content);
    let row = Profile {
        period: one.planned.period.clone(),
        profile: planned.to_string(),
        spent: spent.to_string(),
        difference: words::difference(spent - planned),
    };
    vec![row]
}

fn expected(one: &Return, content: &ReturnContent, held: Option<ForecastInForce>) -> Forecast {
    let given_by = held.as_ref().filter(|held| held.return_id != one.id).map(|held| held.period.clone());
    let Some(held) = held else {
        let own = content.forecast.iter().flatten();
        let quarters = own.map(|own| Expected { quarter: own.quarter.to_string(), amount: own.amount_pence.to_string() });
        return Forecast { given_by, quarters: quarters.collect() };
    };
    let row = |own: &rules::HeldQuarter| {
        let is_older = own.return_id != held.return_id;
        let said = if is_older { format!(", as said for {}", own.period) } else { String::new() };
        Expected { quarter: format!("{}{said}", own.quarter), amount: own.amount_pence.to_string() }
    };
    Forecast { given_by, quarters: held.quarters.iter().map(row).collect() }
}

fn groups(content: &ReturnContent) -> Vec<Group> {
    let all = [
        ("How the service was delivered", words::delivery(content)),
        ("People in the service", words::caseload(content)),
        ("Staff", words::staffing(content)),
        ("Waiting", words::waiting(content)),
        ("Capacity", words::capacity(content)),
        ("Grants to people", words::onward_grants(content)),
    ];
    all.into_iter().filter(|(_, rows)| !rows.is_empty()).map(|(title, rows)| Group { title, rows }).collect()
}

/// The texts: in the order of the sections that were asked for, and then those that were not.
fn texts(content: &ReturnContent, context: &Context) -> Vec<Words> {
    let mut keys: Vec<&str> = context.sections.iter().map(|(key, _)| key.as_str()).collect();
    let further = content.written_sections().into_iter().filter(|key| !keys.contains(key)).collect::<Vec<_>>();
    keys.extend(further);
    let words = |key: &str| Some(Words { title: words::heading(context, key), text: content.section(key)?.to_owned() });
    keys.into_iter().filter_map(words).collect()
}

/// What explains a warning, and what explained one that is not there any more.
fn explanations(content: &ReturnContent, context: &Context) -> Vec<Explained> {
    let explained = |(at, own): (usize, &rules::WarningExplanation)| {
        let is_outdated = context.outdated.contains(&at);
        let more = if is_outdated { " (out of date: something else stands there now)" } else { "" };
        Explained { about: format!("{}{more}", words::rule(own.rule)), text: own.text.clone() }
    };
    content.explanations.iter().enumerate().map(explained).collect()
}

fn file(one: DocumentView) -> File {
    let size = format!("{} bytes", one.size_bytes);
    let what = match one.redacted_on {
        Some(on) => format!("{}, {size}; taken away on {}", one.media_type, day(on)),
        None => format!("{}, {size}", one.media_type),
    };
    File { name: one.file_name, what, sha256: one.sha256 }
}

fn adjusted(one: &Adjustment, context: &Context) -> Adjusted {
    let spend = one.spend.iter().map(|(line, _)| Change {
        name: format!("Money spent: {}", words::category(line.category)),
        amount: words::difference(line.amount_pence),
    });
    let values = one.values.iter().map(|(value, _)| Change {
        name: words::place(context, value.indicator_id, value.area_id, value.group.as_deref()),
        amount: words::change(value.value, value.denominator),
    });
    Adjusted {
        title: format!("{}, counted in {}", day(one.recorded_at.london_day()), one.counted.period),
        reason: one.reason.clone(),
        changes: spend.chain(values).collect(),
    }
}

/// Where a redaction took something out of what is printed.
fn redacted(one: &Redaction, content_no: i32) -> Vec<Redacted> {
    let place = |place: &Place| match place {
        Place::Text { content_no: own, pointer, .. } => (*own == content_no).then(|| pointer.clone()),
        Place::Document(_) => Some("a file".to_owned()),
        Place::Adjustment(_) => Some("why it was corrected".to_owned()),
        Place::Query(_) | Place::Reason(_) | Place::Evidence => None,
    };
    let row = |place: String| Redacted { on: day(one.redacted_on), place, reason: one.reason.clone() };
    one.places.iter().filter_map(place).map(row).collect()
}
