//! Freezing a return that is accepted, and taking a salt away.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::access::Scope;
use crate::awards::acts as awards;
use crate::awards::indicators::rules::{IndicatorMeasure, IndicatorTarget};
use crate::documents::papers::acts as papers;
use crate::documents::press::PaperSet;
use crate::documents::{self, DocumentView};
use crate::funds::{areas, bodies};
use crate::kernel::{Id, PageRequest, Pence, Quantity, Refusal};
use crate::providers;
use crate::returns::freeze::rules::{self, CONTENT, Frozen, Today};
use crate::returns::freeze::store;
use crate::returns::owed::{self, OfAward};
use crate::returns::redaction::acts::{Place, Redaction, of_return};
use crate::returns::redaction::rules::MARK;
use crate::returns::rules::{FindingRule, ReturnContent, findings};
use crate::returns::store::{self as returns, Return};
use crate::store::{Conn, Tx};

pub use store::Kept;

/// What a return's award was called and asked for when it was accepted. It is kept, so that the paper stays as it was printed first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Context {
    /// The body that commissions it.
    pub office: String,
    /// The award's title.
    pub award_title: String,
    /// Its provider.
    pub provider: Option<String>,
    /// Its fund and the fund's period.
    pub fund: String,
    /// Its programme.
    pub programme: Option<String>,
    /// What was planned for the days of the return; none where nothing was.
    pub planned_pence: Option<Pence>,
    /// What was to be counted.
    pub indicators: Vec<ContextIndicator>,
    /// Names of the areas in it.
    pub areas: Vec<(Id, String)>,
    /// The headings of the narrative by the keys of its sections, in their order, where the office named them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sections: Vec<(String, String)>,
    /// Which of its explanations, by their places, explain nothing any more: what they are of has changed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub outdated: Vec<usize>,
}

/// What was to be counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContextIndicator {
    /// The indicator.
    pub id: Id,
    /// Its name.
    pub name: String,
    /// Its unit.
    pub unit: String,
    /// Whether it is a percentage.
    pub is_percentage: bool,
    /// What was aimed at in days that the return has a part in.
    pub targets: Vec<ContextTarget>,
}

/// What was aimed at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContextTarget {
    /// The area; none for all together.
    pub area_id: Option<Id>,
    /// The period in words.
    pub period: String,
    /// Its first day.
    pub starts_on: Option<NaiveDate>,
    /// Its last day.
    pub ends_on: Option<NaiveDate>,
    /// How much.
    pub target: Quantity,
}

impl From<&IndicatorTarget> for ContextTarget {
    fn from(own: &IndicatorTarget) -> Self {
        let period = own.period.clone();
        Self { area_id: own.area_id, period, starts_on: own.starts_on, ends_on: own.ends_on, target: own.target }
    }
}

/// The surroundings of a return as they are now.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn context(conn: &mut Conn, one: &Return) -> Result<Context, Refusal> {
    let of_award = owed::of_award(conn, one.award_id)?;
    let planned_pence = of_award.planned_spend(&one.planned);
    let (sections, is_named) = of_award.sections(&one.planned);
    let content = returns::load_content(conn, one.id, one.content_no)?;
    let outdated = outdated(conn, &of_award, one, &content)?;
    let OfAward { award, indicators, .. } = of_award;
    let (first, last) = (one.planned.starts_on, one.planned.ends_on);
    let mut area_ids: BTreeSet<Id> = content.values.iter().filter_map(|value| value.area_id).collect();
    let mut counted = Vec::new();
    for indicator in indicators {
        let own = indicator.targets.iter().map(|facts| &facts.target);
        let now = own.filter(|target| target.starts_on.is_none_or(|from| from <= last) && target.ends_on.is_none_or(|to| first <= to));
        let targets: Vec<ContextTarget> = now.map(ContextTarget::from).collect();
        area_ids.extend(targets.iter().filter_map(|target| target.area_id));
        let is_percentage = indicator.facts.measure() == IndicatorMeasure::Percent;
        counted.push(ContextIndicator { id: indicator.id, name: indicator.facts.name, unit: indicator.facts.unit, is_percentage, targets });
    }
    let area_ids: Vec<Id> = area_ids.into_iter().collect();
    let known = areas::named(conn, &area_ids)?;
    // Who was party to the agreement at the end of the return's period, whoever is by now.
    let party = awards::body_on(conn, award.id, last)?;
    let office = bodies::named(conn, &party.into_iter().collect::<Vec<_>>())?.into_values().next();
    let writer = one.provider_id.map(|id| providers::summary(conn, id)).transpose()?.flatten();
    Ok(Context {
        office: office.map(|named| named.name).unwrap_or_default(),
        award_title: award.terms.title.clone(),
        provider: writer.map(|provider| provider.name),
        fund: format!("{}, {}", award.names.fund.name, award.names.period_label),
        programme: award.names.programme.as_ref().map(|named| named.name.clone()),
        planned_pence,
        indicators: counted,
        areas: area_ids.iter().filter_map(|id| Some((*id, known.get(id)?.name.clone()))).collect(),
        outdated,
        sections: sections.into_iter().filter(|_| is_named).map(|section| (section.key, section.heading)).collect(),
    })
}

fn outdated(conn: &mut Conn, of_award: &OfAward, one: &Return, content: &ReturnContent) -> Result<Vec<usize>, Refusal> {
    if content.explanations.is_empty() {
        return Ok(Vec::new());
    }
    let found = findings(content, &of_award.asked_as_a_whole(conn, one, content)?);
    let idle = found.iter().filter(|one| one.rule == FindingRule::ExplainsNothing);
    Ok(idle.filter_map(|one| one.pointer.strip_prefix("/explanations/")?.parse().ok()).collect())
}

/// The files of a return, in the order in which they were attached.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn evidence(conn: &mut Conn, return_id: Id) -> Result<Vec<DocumentView>, Refusal> {
    let request = PageRequest { limit: 10_000, cursor: None, scan: String::new() };
    Ok(documents::list(conn, Scope::Office, return_id, &request)?.items)
}

/// What was accepted, or stands there now, and the places of its texts.
fn whole(conn: &mut Conn, one: &Return, content_no: i32, context: &Value) -> Result<(Value, Vec<String>), Refusal> {
    let content = returns::load_content(conn, one.id, content_no)?;
    let mut texts: Vec<String> = content.texts().into_iter().map(|(pointer, _)| format!("{CONTENT}{pointer}")).collect();
    let mut files = Vec::new();
    for (at, file) in evidence(conn, one.id)?.into_iter().enumerate() {
        texts.push(name_of_file(at));
        let name = if file.redacted_on.is_some() { MARK.to_owned() } else { file.file_name };
        files.push(json!({ "id": file.id, "file_name": name, "media_type": file.media_type, "size_bytes": file.size_bytes, "sha256": file.sha256 }));
    }
    let value = json!({
        "return_id": one.id,
        "award_id": one.award_id,
        "provider_id": one.provider_id,
        "period": { "name": one.planned.period, "kind": one.planned.kind, "starts_on": one.planned.starts_on, "ends_on": one.planned.ends_on },
        "content": content,
        "evidence": files,
        "certificate": { "certified_on": one.certified_on, "certified_by": one.certified_by, "written_by": one.written_by,
            "entered_on_behalf_by": one.entered_on_behalf_by },
        "submission": { "submitted_on": one.submitted_on, "submitted_by": one.submitted_by },
        "acceptance": { "accepted_on": one.accepted_on },
        "context": context,
    });
    Ok((value, texts))
}

fn name_of_file(at: usize) -> String {
    format!("/evidence/{at}/file_name")
}

/// Freezes a return in the version in which it is accepted, with the files that its paper is set from, and gives its hash.
pub(in crate::returns) fn freeze(tx: &mut Tx<'_>, one: &Return, set: &PaperSet) -> Result<String, Refusal> {
    let context = serde_json::to_value(context(tx.conn(), one)?).map_err(Refusal::broken)?;
    let (whole, texts) = whole(tx.conn(), one, one.content_no, &context)?;
    let parts = rules::freeze(&whole, &texts, salt)?;
    let frozen = Frozen { sha256: rules::hash_of_all(&parts), frozen_at: tx.recorded_at(), parts };
    let sha256 = frozen.sha256.clone();
    let paper_set = Some(papers::keep(tx, set)?);
    store::insert(tx.conn(), &Kept { return_id: one.id, content_no: one.content_no, context: context.to_string(), frozen, paper_set })?;
    Ok(sha256)
}

fn salt() -> Result<String, Refusal> {
    let mut bits = [0_u8; 16];
    getrandom::fill(&mut bits).map_err(Refusal::broken)?;
    Ok(format!("{:032x}", u128::from_be_bytes(bits)))
}

/// What is kept of an accepted return.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn find(conn: &mut Conn, return_id: Id) -> Result<Option<Kept>, Refusal> {
    store::find(conn, return_id)
}

/// Places of what was accepted that redactions name.
fn redacted(conn: &mut Conn, kept: &Kept) -> Result<BTreeSet<String>, Refusal> {
    let files: Vec<Id> = evidence(conn, kept.return_id)?.into_iter().map(|file| file.id).collect();
    let place = |place: Place| match place {
        Place::Text { content_no, pointer, .. } => (content_no == kept.content_no).then(|| format!("{CONTENT}{pointer}")),
        Place::Document(id) => files.iter().position(|file| *file == id).map(name_of_file),
        // None of what was accepted.
        Place::Query(_) | Place::Reason(_) | Place::Adjustment(_) | Place::Evidence => None,
    };
    let all: Vec<Redaction> = of_return(conn, kept.return_id)?;
    Ok(all.into_iter().flat_map(|one| one.places).filter_map(place).collect())
}

/// Follows a redaction: takes the salts of what it names away, gives them, and makes sure that all else is what was accepted.
pub(in crate::returns) fn follow_redaction(tx: &mut Tx<'_>, one: &Return) -> Result<Vec<String>, Refusal> {
    let Some(mut kept) = store::find(tx.conn(), one.id)? else { return Ok(Vec::new()) };
    let named = redacted(tx.conn(), &kept)?;
    let parts = kept.frozen.parts.iter_mut().filter(|part| named.contains(&part.pointer));
    let salts: Vec<String> = parts.filter_map(|part| part.salt.take()).collect();
    store::set_parts(tx.conn(), one.id, &kept.frozen.parts)?;
    match differences(tx.conn(), one, &kept)?.first() {
        None => Ok(salts),
        Some(found) => Err(Refusal::broken(format!("after a redaction {found}"))),
    }
}

/// What there is now that is not what was accepted, each in words.
pub(super) fn differences(conn: &mut Conn, one: &Return, kept: &Kept) -> Result<Vec<String>, Refusal> {
    let context: Value = serde_json::from_str(&kept.context).map_err(Refusal::broken)?;
    let (whole, texts) = whole(conn, one, kept.content_no, &context)?;
    let redacted = redacted(conn, kept)?;
    let mut found = rules::differences(&kept.frozen, &Today { whole: &whole, texts: &texts, redacted: &redacted, mark: MARK });
    if one.content_no != kept.content_no {
        found.push("another content stands there than was accepted".to_owned());
    }
    Ok(found)
}
