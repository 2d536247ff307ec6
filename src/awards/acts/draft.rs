//! Drafts: begun, changed, never erased.

use chrono::NaiveDate;

use super::{check, json};
use crate::access::Scope;
use crate::audit::{self, Entry};
use crate::awards::rules::{self, AwardAct, AwardInput, AwardNextYear, QuarterAmount};
use crate::awards::store::{self, Award, NewTerms, PeriodFacts, Standing, TermsFrame};
use crate::awards::{indicators, monitoring};
use crate::documents;
use crate::funds::bodies;
use crate::kernel::{Code, Fault, Faults, FigureNote, Id, Moment, Pence, Provenance, Refusal};
use crate::store::Tx;
use crate::store::search::search_text;

/// What a new award has beside its terms.
#[derive(Debug, Clone, Default)]
pub(super) struct Frame {
    /// A reference that was given; without one the next of its series is taken.
    pub reference: Option<String>,
    pub position: Option<i32>,
    pub figure: FigureNote,
    pub provenance: Provenance,
    pub note: Option<String>,
    /// The business date of the first version; today without one.
    pub effective_on: Option<NaiveDate>,
}

/// Begins a draft.
///
/// # Errors
/// Every fault of the terms.
pub fn create(tx: &mut Tx<'_>, input: &AwardInput) -> Result<Award, Refusal> {
    let id = begin(tx, input, Frame::default())?;
    let award = super::get(tx.conn(), Scope::Office, id)?;
    let after = serde_json::json!({ "reference": award.reference, "terms": json(input)? });
    audit::record(tx, Entry { record_kind: "award", record_id: id, before: serde_json::Value::Null, after, reason: None })?;
    Ok(award)
}

/// Begins the draft of the next agreement year of an award: its terms from the first day of the next fund period on (R08), with its plan, its
/// conditions and what it counts. The award itself stays as it is.
///
/// # Errors
/// [`Refusal::NotFound`] without such an award; [`Code::WrongState`] unless it is agreed; [`Code::RuleBroken`] for a part of another
/// award; every fault of the input and of the terms.
pub fn next_year(tx: &mut Tx<'_>, scope: Scope, id: Id, input: &AwardNextYear) -> Result<Award, Refusal> {
    let award = super::get(tx.conn(), scope, id)?;
    rules::allowed(AwardAct::NextYear, award.state())?;
    if award.terms.component_of.is_some() {
        return Err(Refusal::rule(Code::RuleBroken, "A part of another award has no year of its own: go on with the whole."));
    }
    let terms = AwardInput { profile: super::profile(tx.conn(), &award)?, ..award.terms.clone() };
    let Some(period) = store::period(tx.conn(), input.fund_period_id)? else {
        return Err(Refusal::invalid("/fund_period_id", "unknown_record", "There is no such fund period."));
    };
    let next = rules::next_year(id, &terms, period.span, input)?;
    let draft = create(tx, &next).map_err(with_other_areas)?;
    indicators::acts::carry_over(tx, &award, &draft)?;
    monitoring::acts::carry_over(tx, &award, draft)
}

/// The areas of the next year are those of the agreement. Where one is there no more, the next year is an award that is told as a whole.
fn with_other_areas(refusal: Refusal) -> Refusal {
    let own = |fault: Fault| match fault.code.as_str() {
        "not_in_force" => {
            let message = format!("{} To do so, write the draft of the next year as a new award that `succeeds` this one.", fault.message);
            Fault::new("", fault.code, message)
        }
        _ => fault,
    };
    match refusal {
        Refusal::Invalid(faults) => Refusal::Invalid(faults.into_iter().map(own).collect()),
        other => other,
    }
}

/// Writes a draft and its first plan, which the fund sets.
pub(super) fn begin(tx: &mut Tx<'_>, input: &AwardInput, frame: Frame) -> Result<Id, Refusal> {
    let period = check::draft(tx, None, input, &frame.provenance, frame.effective_on.is_some())?;
    let tranche = input.tranche_id.map(|id| store::tranche(tx.conn(), id)).transpose()?.flatten();
    let (reference, series, number) = name(tx, &period, tranche.map(|(_, number)| number), frame.reference.as_deref())?;
    let (id, recorded_at) = (tx.new_id(), tx.recorded_at());
    let effective_on = frame.effective_on.unwrap_or_else(|| tx.today());
    tx.touch(input.fund_period_id);
    store::begin(tx.conn(), &reference, (&series, number), recorded_at, id)?;
    let body_id = Some(bodies::on_day(tx.conn(), period.body_id, effective_on)?);
    let parts = TermsParts { reference: &reference, period: &period, position: frame.position, figure: frame.figure, body_id };
    let terms_frame = parts.frame(id, 1, (recorded_at, effective_on), input);
    let split = settled(input);
    let new = NewTerms { terms: input, frame: terms_frame, period_ends_on: period.span.ends_on, split: &split };
    store::add_terms(tx.conn(), new)?;
    monitoring::acts::begin(tx, id, effective_on, &period)?;
    let first = Standing { note: frame.note, ..Standing::draft(id, recorded_at, effective_on, &frame.provenance) };
    store::advance(tx.conn(), &first)?;
    Ok(id)
}

/// The split where it was given as amounts.
pub(super) fn settled(terms: &AwardInput) -> Vec<(Id, Pence)> {
    let is_given = terms.component_of.is_none() && terms.split.iter().all(|line| line.amount_pence.is_some());
    if is_given { rules::settle_split(Pence::ZERO, &terms.split, &[]) } else { Vec::new() }
}

/// What a row of terms needs to know of the award.
pub(super) struct TermsParts<'a> {
    pub reference: &'a str,
    pub period: &'a PeriodFacts,
    pub position: Option<i32>,
    pub figure: FigureNote,
    /// Which body is party to the agreement.
    pub body_id: Option<Id>,
}

impl TermsParts<'_> {
    pub fn frame(self, award_id: Id, terms_no: i32, (recorded_at, effective_on): (Moment, NaiveDate), terms: &AwardInput) -> TermsFrame {
        let words = [Some(self.reference), Some(terms.title.as_str()), terms.category.as_deref(), terms.theme.as_deref()];
        TermsFrame {
            award_id,
            terms_no,
            recorded_at,
            effective_on,
            variation_id: None,
            forward_pence: rules::forward(&terms.annual_amounts, &terms.profile, self.period.span.ends_on),
            position: self.position,
            figure: self.figure,
            search_text: search_text(words.into_iter().flatten()),
            body_id: self.body_id,
        }
    }
}

fn name(tx: &mut Tx<'_>, period: &PeriodFacts, tranche: Option<i32>, given: Option<&str>) -> Result<(String, String, i32), Refusal> {
    let Some(reference) = given else {
        let series = rules::series(&period.fund_code, &period.label, tranche);
        let number = store::last_number(tx.conn(), &series)? + 1;
        return Ok((rules::reference(&series, number), series, number));
    };
    if store::is_reference_taken(tx.conn(), reference)? {
        return Err(Refusal::rule(Code::Taken, format!("The reference {reference} is taken by another award.")));
    }
    let (series, number) = rules::read_reference(reference);
    Ok((reference.to_owned(), series, number))
}

/// Changes the draft that the caller read as `version`. Its fund period and tranche stay, since its reference is built from them.
///
/// # Errors
/// Every fault of the result; [`Code::WrongState`] once it was offered; [`Refusal::Stale`] where it has changed since.
pub fn edit(
    tx: &mut Tx<'_>,
    scope: Scope,
    id: Id,
    version: i32,
    change: impl FnOnce(&AwardInput) -> Result<AwardInput, Refusal>,
) -> Result<Award, Refusal> {
    let award = super::open(tx, scope, id, version, AwardAct::Edit)?;
    let before = AwardInput { profile: super::profile(tx.conn(), &award)?, ..award.terms.clone() };
    let after = change(&before)?;
    let mut faults = Faults::new();
    let stays = "This stays as it is, since the reference is built from it. Withdraw the draft and begin another.";
    faults.require(after.fund_period_id == before.fund_period_id, "/fund_period_id", "fixed", stays);
    faults.require(after.tranche_id == before.tranche_id, "/tranche_id", "fixed", stays);
    faults.into_result()?;
    write(tx, award, &before, &after)
}

/// Gives a draft another profile, the whole of it.
///
/// # Errors
/// As for [`edit`].
pub fn set_profile(tx: &mut Tx<'_>, scope: Scope, id: Id, version: i32, profile: &[QuarterAmount]) -> Result<Award, Refusal> {
    let award = super::open(tx, scope, id, version, AwardAct::Edit)?;
    let before = AwardInput { profile: super::profile(tx.conn(), &award)?, ..award.terms.clone() };
    let after = AwardInput { profile: profile.to_vec(), ..before.clone() };
    write(tx, award, &before, &after).map_err(of_quarters)
}

/// The quarters of a profile stand alone in their request.
fn of_quarters(refusal: Refusal) -> Refusal {
    let own = |fault: Fault| match fault.pointer.strip_prefix("/profile") {
        Some(rest) => Fault { pointer: format!("/quarters{rest}"), ..fault },
        None => fault,
    };
    match refusal {
        Refusal::Invalid(faults) => Refusal::Invalid(faults.into_iter().map(own).collect()),
        other => other,
    }
    .of_record("award", &["/quarters"])
}

fn write(tx: &mut Tx<'_>, award: Award, before: &AwardInput, after: &AwardInput) -> Result<Award, Refusal> {
    let period = check::draft(tx, Some(award.id), after, &award.standing.provenance(), false)?;
    let (today, recorded_at) = (tx.today(), tx.recorded_at());
    let terms_no = award.standing.terms_no + 1;
    let body_id = Some(bodies::on_day(tx.conn(), period.body_id, today)?);
    let parts =
        TermsParts { reference: &award.reference, period: &period, position: award.position, figure: award.figure.clone(), body_id };
    let frame = parts.frame(award.id, terms_no, (recorded_at, today), after);
    let split = settled(after);
    store::add_terms(tx.conn(), NewTerms { terms: after, frame, period_ends_on: period.span.ends_on, split: &split })?;
    let next = Standing { terms_no, ..super::next(tx, &award, today) };
    store::advance(tx.conn(), &next)?;
    if after.provider_id != before.provider_id {
        documents::hand_over(tx, award.id, after.provider_id)?;
    }
    let entry = Entry { record_kind: "award", record_id: award.id, before: json(before)?, after: json(after)?, reason: None };
    audit::record(tx, entry)?;
    super::get(tx.conn(), Scope::Office, award.id)
}
