//! What a campaign would do to each of its awards, and what stands in the way: the one check that the preview shows and the issue acts on.

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;
use serde_json::Value;

use crate::awards::Award;
use crate::awards::acts as awards;
use crate::funds::{budget_lines, sources};
use crate::kernel::{Id, Named, Pence, Refusal};
use crate::ledger::{self, Account, AccountKind, locks};
use crate::store::Conn;
use crate::variations::acts::{award_of, beside, check};
use crate::variations::campaigns::rules::{self, CampaignReason, CampaignRefused, Draw, Purse, Sum};
use crate::variations::campaigns::store::{self, Campaign, Chosen};
use crate::variations::prospects;
use crate::variations::rules::VariationInput;

/// An award beside what the campaign would do to it.
#[derive(Debug, Clone)]
pub struct Weighed {
    /// How it was chosen.
    pub chosen: Chosen,
    /// The award.
    pub award: Award,
    /// Its variation; none where it could not be worked out.
    pub input: Option<VariationInput>,
    /// What stands, of what the variation touches.
    pub before: Option<Value>,
    /// What would stand.
    pub after: Option<Value>,
    /// What each budget line pays before, and what is added.
    pub lines: Vec<(Id, Pence, Pence)>,
    /// Why it cannot be varied; nothing where it can.
    pub reasons: Vec<CampaignReason>,
}

impl Weighed {
    /// The award with its reasons, where it cannot be varied.
    #[must_use]
    pub fn refused(&self) -> Option<CampaignRefused> {
        let told = || CampaignRefused { award_id: self.award.id, award: self.award.reference.clone(), reasons: self.reasons.clone() };
        (!self.reasons.is_empty()).then(told)
    }
}

/// What the campaign would do to each of its awards, in their order. Money that several of them draw on is counted together: what one takes is not
/// there for the next. What the campaign itself takes from awards is not counted upon, since their providers may refuse.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn weigh(conn: &mut Conn, campaign: &Campaign, today: NaiveDate) -> Result<Vec<Weighed>, Refusal> {
    let mut purse = Purse::default();
    let all = store::chosen(conn, campaign.id)?;
    all.into_iter().map(|chosen| weigh_one(conn, campaign, chosen, &mut purse, today)).collect()
}

fn weigh_one(conn: &mut Conn, campaign: &Campaign, chosen: Chosen, purse: &mut Purse, today: NaiveDate) -> Result<Weighed, Refusal> {
    let award = award_of(conn, chosen.award_id)?;
    let plain: Vec<(Id, Pence, Pence)> = award.split.iter().map(|(line, pence)| (*line, *pence, Pence::ZERO)).collect();
    let mut weighed = Weighed { chosen, award, input: None, before: None, after: None, lines: plain, reasons: Vec::new() };
    let said = (campaign.name.as_str(), &campaign.change, campaign.formula.as_ref());
    let input = match rules::input_for(said, &weighed.chosen.change, &weighed.award.terms) {
        Ok(input) => input,
        Err(faults) => {
            weighed.reasons = rules::reasons(Refusal::Invalid(faults))?;
            return Ok(weighed);
        }
    };
    let looked = look(conn, &weighed.award, &input, today)?;
    let input = looked.input;
    (weighed.before, weighed.after, weighed.reasons) = (Some(looked.before), looked.after, looked.reasons);
    if weighed.reasons.is_empty() {
        match money(conn, &weighed.award, (&input, &looked.split), purse) {
            Ok(lines) => weighed.lines = lines,
            Err(refusal) => weighed.reasons = rules::reasons(refusal)?,
        }
    }
    weighed.input = Some(input);
    Ok(weighed)
}

/// A variation beside its award, as a single one is looked at.
struct Looked {
    input: VariationInput,
    before: Value,
    after: Option<Value>,
    /// What each budget line would pay.
    split: Vec<(Id, Pence)>,
    reasons: Vec<CampaignReason>,
}

/// What a single variation is held against, with what stands before and after, and the change as it is worked out.
fn look(conn: &mut Conn, award: &Award, input: &VariationInput, today: NaiveDate) -> Result<Looked, Refusal> {
    let beside = beside(conn, award.clone(), &[input])?;
    let input = beside.worked_out(input);
    let refused = check(conn, today, &input, &beside).err();
    let before = beside.now(&input);
    Ok(match refused {
        None => {
            let (after, split) = prospects::after(conn, &beside, &input)?;
            Looked { input, before, after: Some(after), split, reasons: Vec::new() }
        }
        Some(refusal) => Looked { input, before, after: None, split: Vec::new(), reasons: rules::reasons(refusal)? },
    })
}

/// What each budget line pays before and what is added, where there is money for it beside what the awards before have taken.
fn money(
    conn: &mut Conn,
    award: &Award,
    (input, then): (&VariationInput, &[(Id, Pence)]),
    purse: &mut Purse,
) -> Result<Vec<(Id, Pence, Pence)>, Refusal> {
    let of = |lines: &[(Id, Pence)], line: Id| lines.iter().find(|(one, _)| *one == line).map_or(Pence::ZERO, |(_, pence)| *pence);
    let after: &[(Id, Pence)] = if input.changes_value() { then } else { &award.split };
    let mut ids: Vec<Id> = award.split.iter().chain(after).map(|(line, _)| *line).collect();
    ids.sort_unstable();
    ids.dedup();
    let lines: Vec<(Id, Pence, Pence)> =
        ids.into_iter().map(|line| (line, of(&award.split, line), of(after, line) - of(&award.split, line))).collect();
    let moved: Vec<(Id, Pence)> = lines.iter().filter(|(_, _, more)| !more.is_zero()).map(|(line, _, more)| (*line, *more)).collect();
    if moved.is_empty() {
        return Ok(lines);
    }
    let on = input.effective_on;
    locks::check_day(conn, award.terms.fund_period_id, on)?;
    let from_period = input.value.as_ref().is_some_and(|value| value.from_fund_period);
    let (kind, record_id) = if from_period { (AccountKind::FundPeriod, award.terms.fund_period_id) } else { awards::payer(&award.terms) };
    let mut draws = Vec::new();
    for (line, more) in moved {
        if more.is_positive() {
            budget_lines::may_offer(conn, line, purse.of_line(line) + more, on)?;
            let held = ledger::least(conn, &Account { kind, record_id, budget_line_id: line }, on)?;
            draws.push(Draw { title: kind.title(), record_id, line, amount: more, held });
        } else {
            let committed = Account { kind: AccountKind::Committed, record_id: award.id, budget_line_id: line };
            let held = ledger::least(conn, &committed, on)?;
            if held < -more {
                return Err(Refusal::insufficient(AccountKind::Committed.title(), None, held, -more));
            }
        }
    }
    purse.check(&draws)?;
    purse.take(&draws);
    Ok(lines)
}

/// What the awards that can be varied come to, in all and by fund, budget line and source.
#[derive(Debug, Clone, Default)]
pub struct Totals {
    /// All of them.
    pub all: Sum,
    /// By fund, in the order of their codes.
    pub funds: Vec<(Named, Sum)>,
    /// By budget line, in the order of their references.
    pub lines: Vec<(Named, Sum)>,
    /// By source, in the order of their codes.
    pub sources: Vec<(Named, Sum)>,
}

/// Adds them up.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn totals(conn: &mut Conn, weighed: &[Weighed]) -> Result<Totals, Refusal> {
    let mut all = Sum::default();
    let (mut funds, mut lines): (BTreeMap<String, (Named, Sum)>, HashMap<Id, Sum>) = (BTreeMap::new(), HashMap::new());
    for one in weighed.iter().filter(|one| one.reasons.is_empty()) {
        let before = one.award.terms.amount_pence.unwrap_or_default();
        let change = one.input.as_ref().map_or(Pence::ZERO, VariationInput::change_pence);
        all.add(before, change);
        let fund = &one.award.names.fund;
        funds.entry(fund.code.clone()).or_insert_with(|| (fund.clone(), Sum::default())).1.add(before, change);
        for (line, before, change) in &one.lines {
            lines.entry(*line).or_default().add(*before, *change);
        }
    }
    let ids: Vec<Id> = lines.keys().copied().collect();
    let parents: HashMap<Id, Id> = budget_lines::parents(conn, &ids)?.into_iter().map(|(line, _, source)| (line, source)).collect();
    let mut by_source: HashMap<Id, Sum> = HashMap::new();
    for one in weighed.iter().filter(|one| one.reasons.is_empty()) {
        let mut own: BTreeMap<Id, (Pence, Pence)> = BTreeMap::new();
        for (line, before, change) in &one.lines {
            let Some(source) = parents.get(line) else { continue };
            let sum = own.entry(*source).or_default();
            *sum = (sum.0 + *before, sum.1 + *change);
        }
        for (source, (before, change)) in own {
            by_source.entry(source).or_default().add(before, change);
        }
    }
    let source_ids: Vec<Id> = by_source.keys().copied().collect();
    let (line_names, source_names) = (budget_lines::named(conn, &ids)?, sources::named(conn, &source_ids)?);
    Ok(Totals {
        all,
        funds: funds.into_values().collect(),
        lines: in_order(lines, &line_names),
        sources: in_order(by_source, &source_names),
    })
}

fn in_order(sums: HashMap<Id, Sum>, names: &HashMap<Id, Named>) -> Vec<(Named, Sum)> {
    let mut all: Vec<(Named, Sum)> = sums.into_iter().filter_map(|(id, sum)| Some((names.get(&id)?.clone(), sum))).collect();
    all.sort_by(|(one, _), (other, _)| one.code.cmp(&other.code));
    all
}
