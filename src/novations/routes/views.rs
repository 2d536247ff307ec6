//! How novations are shown, and to whom.

use std::collections::HashMap;

use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

use crate::access::permissions::Permission;
use crate::access::{Caller, Scope};
use crate::awards::acts as awards;
use crate::awards::rules::AwardState;
use crate::funds::bodies;
use crate::kernel::{Id, Moment, Named, Page, Pence, Refusal};
use crate::novations::Novation;
use crate::novations::acts::{self, AwardMoney, FundTotal, Judged, LineTotal, Preview};
use crate::novations::letters::acts as letters;
use crate::novations::rules::{self, NovationAct, NovationBar, NovationKind, NovationState};
use crate::novations::store::{Chosen, NovationFacts};
use crate::providers;
use crate::returns::passing::acts::Going;
use crate::store::Conn;
use crate::variations::letters::LetterProgress;

/// All agreements of a party that pass to its successor on a day.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct NovationView {
    /// Its id.
    pub id: Id,
    /// `NOV-0001`.
    #[schema(max_length = 40)]
    reference: String,
    /// Which version this is.
    version: i32,
    /// When this version became known.
    recorded_at: Moment,
    /// How far it has come.
    state: NovationState,
    /// Whose agreements pass on.
    kind: NovationKind,
    /// Who was party.
    from: Option<Named>,
    /// Who is party from the day on.
    to: Option<Named>,
    /// The first day on which the successor is party.
    effective_on: NaiveDate,
    /// Why.
    #[schema(max_length = 1000)]
    reason: String,
    /// Whether the one before is there no more on the day.
    from_ceased: bool,
    /// Whether agreements that cannot pass on are left out.
    skip_refused: bool,
    /// How many agreements it has, from its issue on.
    chosen_count: i64,
    /// How many of them were left out, since they cannot pass on.
    left_out_count: i64,
    /// How many have passed on.
    applied_count: i64,
    /// What was done last, in a sentence: *Issued 12 of 12 awards.*
    #[schema(max_length = 200)]
    summary: String,
    /// Who drafted it, for the office.
    #[schema(max_length = 300)]
    drafted_by: Option<String>,
    /// When it was sent to the parties.
    issued_on: Option<NaiveDate>,
    /// Who sent it, for the office.
    #[schema(max_length = 300)]
    issued_by: Option<String>,
    /// When the successor accepted it.
    to_accepted_on: Option<NaiveDate>,
    /// When the one before accepted it; nothing where it is there no more.
    from_accepted_on: Option<NaiveDate>,
    /// Who of the office accepted for the successor by a paper.
    #[schema(max_length = 300)]
    to_accepted_on_behalf_by: Option<String>,
    /// Who signed that paper.
    #[schema(max_length = 200)]
    to_signed_by: Option<String>,
    /// That paper, a file of the novation.
    to_signed_document_id: Option<Id>,
    /// Who of the office accepted for the one before by a paper.
    #[schema(max_length = 300)]
    from_accepted_on_behalf_by: Option<String>,
    /// Who signed that paper.
    #[schema(max_length = 200)]
    from_signed_by: Option<String>,
    /// That paper, a file of the novation.
    from_signed_document_id: Option<Id>,
    /// When the agreements passed on.
    applied_on: Option<NaiveDate>,
    /// How far its letters have come, for the office; nothing before its issue.
    letters: Option<LetterProgress>,
    /// Why it was refused or taken back.
    #[schema(max_length = 1000)]
    note: Option<String>,
    /// What you may do to it now.
    allowed_actions: Vec<String>,
}

/// Novations as this caller sees them.
pub fn beside(conn: &mut Conn, caller: &Caller, all: Vec<Novation>) -> Result<Vec<NovationView>, Refusal> {
    let parties: Vec<Id> = all.iter().flat_map(|one| [one.facts.from_id, one.facts.to_id]).collect();
    let mut names = bodies::named(conn, &parties)?;
    let found = if parties.is_empty() { Vec::new() } else { providers::summaries(conn, &parties)? };
    names.extend(found.into_iter().map(|one| (one.id, Named { id: one.id, code: one.reference, name: one.name })));
    let ids: Vec<Id> = all.iter().map(|one| one.id).collect();
    let counts: HashMap<Id, (i64, i64, i64)> =
        acts::counts(conn, &ids)?.into_iter().map(|(id, chosen, applied, left_out)| (id, (chosen, applied, left_out))).collect();
    let letters = if caller.scope() == Scope::Office { letters::progress(conn, Scope::Office, &all)? } else { HashMap::new() };
    let view = |one: Novation| {
        let (counted, letters) = (counts.get(&one.id).copied().unwrap_or_default(), letters.get(&one.id).copied());
        show(caller, one, &names, (counted, letters))
    };
    Ok(all.into_iter().map(view).collect())
}

/// How many agreements a novation has, how many have passed on, and how many were left out; and how far its letters have come.
type Counted = ((i64, i64, i64), Option<LetterProgress>);

fn show(caller: &Caller, one: Novation, names: &HashMap<Id, Named>, counted: Counted) -> NovationView {
    let ((chosen, applied, left_out), letters) = counted;
    let is_office = caller.scope() == Scope::Office;
    let allowed_actions = actions(caller, &one.facts);
    let Novation { id, reference, facts, .. } = one;
    let summary = match facts.state {
        NovationState::Draft => "Not issued yet.".to_owned(),
        NovationState::Applied => format!("{applied} of {chosen} awards have passed on."),
        _ => format!("Issued {} of {chosen} awards.", chosen - left_out),
    };
    NovationView {
        id,
        reference,
        version: facts.version,
        recorded_at: facts.recorded_at,
        state: facts.state,
        kind: facts.kind,
        from: names.get(&facts.from_id).cloned(),
        to: names.get(&facts.to_id).cloned(),
        effective_on: facts.effective_on,
        reason: facts.reason,
        from_ceased: facts.from_ceased,
        skip_refused: facts.skip_refused,
        chosen_count: chosen,
        left_out_count: left_out,
        applied_count: applied,
        summary,
        drafted_by: Some(facts.drafted_by).filter(|_| is_office),
        issued_on: facts.issued_on,
        issued_by: facts.issued_by.filter(|_| is_office),
        to_accepted_on: facts.to_accepted_on,
        from_accepted_on: facts.from_accepted_on,
        to_accepted_on_behalf_by: facts.to_accepted_on_behalf_by,
        to_signed_by: facts.to_signed_by,
        to_signed_document_id: facts.to_signed_document_id,
        from_accepted_on_behalf_by: facts.from_accepted_on_behalf_by,
        from_signed_by: facts.from_signed_by,
        from_signed_document_id: facts.from_signed_document_id,
        applied_on: facts.applied_on,
        letters,
        note: facts.note,
        allowed_actions,
    }
}

const fn permission(act: NovationAct) -> Permission {
    match act {
        NovationAct::Issue => Permission::NovationsIssue,
        NovationAct::Accept => Permission::NovationsRespond,
        NovationAct::Refuse => Permission::NovationsRefuse,
        NovationAct::Remind | NovationAct::Withdraw | NovationAct::Apply => Permission::NovationsManage,
    }
}

fn actions(caller: &Caller, facts: &NovationFacts) -> Vec<String> {
    let awaited = acts::unanswered(facts);
    let is_own = match (caller.scope(), caller.id) {
        (Scope::Provider(own), _) => awaited.contains(&own),
        (_, Some(id)) => facts.issued_by_id != Some(id),
        _ => true,
    };
    let is_barred = |act: NovationAct| match act {
        NovationAct::Accept | NovationAct::Refuse => !is_own,
        NovationAct::Remind => awaited.is_empty(),
        NovationAct::Issue | NovationAct::Withdraw | NovationAct::Apply => false,
    };
    let may = |act: &&NovationAct| rules::next(facts.state, **act).is_ok() && caller.may(permission(**act)) && !is_barred(**act);
    NovationAct::ALL.iter().filter(may).map(ToString::to_string).collect()
}

/// An agreement of a novation.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct NovationAwardView {
    /// The award.
    award: Option<Named>,
    /// The number of the agreement that held when the novation was issued or, once it has passed on, of the last one with the party before.
    before_no: i32,
    /// The number of the first agreement with the successor.
    after_no: Option<i32>,
    /// Why it was left out.
    #[schema(max_length = 10000)]
    left_out: Option<String>,
}

/// Shows a page of the agreements of a novation.
pub fn choices(conn: &mut Conn, page: Page<Chosen>) -> Result<Page<NovationAwardView>, Refusal> {
    let ids: Vec<Id> = page.items.iter().map(|one| one.award_id).collect();
    let names = if ids.is_empty() { HashMap::new() } else { awards::named(conn, &ids)? };
    Ok(page.map(|one| NovationAwardView {
        award: names.get(&one.award_id).cloned(),
        before_no: one.before_no,
        after_no: one.after_no,
        left_out: one.left_out,
    }))
}

/// What a novation would do. Nothing is written.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct NovationPreviewView {
    /// How many agreements are chosen.
    chosen_count: usize,
    /// How many of them would pass on.
    passing_count: usize,
    /// How many cannot.
    refused_count: usize,
    /// How many drafts and offers of the one before stay with it: withdraw them, and offer them to the successor.
    drafts_and_offers_count: usize,
    /// What would pass on, by fund.
    #[schema(max_items = 1000)]
    funds: Vec<NovationFundView>,
    /// What would pass on, by budget line and source.
    #[schema(max_items = 10000)]
    budget_lines: Vec<NovationLineView>,
    /// The agreements, by reference.
    #[schema(max_items = 100000)]
    awards: Vec<NovationPreviewAwardView>,
}

/// What would pass on of one fund.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct NovationFundView {
    /// The fund.
    fund: Named,
    /// How many agreements.
    awards_count: usize,
    /// What they are for, in pence.
    amount_pence: Pence,
    /// Committed and not paid, in pence.
    committed_pence: Pence,
    /// Paid less what was recovered, in pence.
    net_paid_pence: Pence,
    /// Reported as spent, in pence.
    reported_pence: Pence,
}

/// What would pass on of one budget line.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct NovationLineView {
    /// The budget line.
    budget_line: Named,
    /// The source whose money it is.
    funding_source: Named,
    /// Committed and not paid, in pence.
    committed_pence: Pence,
    /// Paid less what was recovered, in pence.
    net_paid_pence: Pence,
}

/// An agreement that would pass on, or cannot.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct NovationPreviewAwardView {
    /// The award.
    award: Named,
    /// Where it stands.
    state: AwardState,
    /// The number of the agreement that holds.
    terms_no: i32,
    /// What it is for, in pence, where that is known.
    amount_pence: Option<Pence>,
    /// Committed and not paid, in pence.
    committed_pence: Pence,
    /// Paid less what was recovered, in pence.
    net_paid_pence: Pence,
    /// Reported as spent, in pence.
    reported_pence: Pence,
    /// How many payments go to the successor: an instalment with the return of its period, one without a period by the day on which it is due.
    payments_count: usize,
    /// How much they are, in pence.
    payments_pence: Pence,
    /// The returns that go to the successor.
    #[schema(max_items = 200)]
    returns: Vec<NovationReturnView>,
    /// Why it cannot pass on; nothing where it can.
    #[schema(max_items = 1000)]
    refused: Vec<NovationBarView>,
}

/// A return that goes to the successor.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct NovationReturnView {
    /// The return.
    id: Id,
    /// Its period.
    #[schema(max_length = 40)]
    period: String,
    /// When it is due.
    due_on: NaiveDate,
    /// Whether the one before has begun it: what it wrote goes along.
    is_begun: bool,
}

/// Why an agreement cannot pass on.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct NovationBarView {
    /// For programs.
    code: NovationBar,
    /// In words.
    #[schema(max_length = 2000)]
    detail: String,
}

/// Shows what a novation would do.
pub fn previewed(found: Preview) -> NovationPreviewView {
    let refused_count = found.awards.iter().filter(|(one, ..)| !one.bars.is_empty()).count();
    let fund = |one: FundTotal| NovationFundView {
        fund: one.fund,
        awards_count: one.awards_count,
        amount_pence: one.amount,
        committed_pence: one.money.committed,
        net_paid_pence: one.money.paid,
        reported_pence: one.money.reported,
    };
    let line = |one: LineTotal| NovationLineView {
        budget_line: one.line,
        funding_source: one.source,
        committed_pence: one.committed,
        net_paid_pence: one.paid,
    };
    NovationPreviewView {
        chosen_count: found.awards.len(),
        passing_count: found.awards.len() - refused_count,
        refused_count,
        drafts_and_offers_count: found.left_count,
        funds: found.funds.into_iter().map(fund).collect(),
        budget_lines: found.lines.into_iter().map(line).collect(),
        awards: found.awards.into_iter().map(award).collect(),
    }
}

fn award((one, money, returns): (Judged, AwardMoney, Vec<Going>)) -> NovationPreviewAwardView {
    let payments_pence = one.payments.going_pence();
    let Judged { award, payments, bars } = one;
    NovationPreviewAwardView {
        award: Named { id: award.id, code: award.reference, name: award.title },
        state: award.state,
        terms_no: award.terms_no,
        amount_pence: award.amount,
        committed_pence: money.committed,
        net_paid_pence: money.paid,
        reported_pence: money.reported,
        payments_count: payments.going.len(),
        payments_pence,
        returns: returns
            .into_iter()
            .map(|one| NovationReturnView { id: one.id, period: one.period, due_on: one.due_on, is_begun: one.is_begun })
            .collect(),
        refused: bars.into_iter().map(|(code, detail)| NovationBarView { code, detail }).collect(),
    }
}
