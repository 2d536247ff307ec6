//! What a campaign would do to each of its awards, and what stands in the way: the one check that the preview shows and the issue acts on.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::NaiveDate;
use serde_json::Value;

use super::reach::Providers;
use crate::awards::Award;
use crate::awards::acts::{self as awards, Looked};
use crate::funds::budget_lines::rules::Standing;
use crate::funds::{budget_lines, sources};
use crate::kernel::{Id, Named, Pence, Refusal};
use crate::ledger::{self, Account, AccountKind, locks};
use crate::store::Conn;
use crate::variations::acts::{Beside, awards_of, besides, check_with};
use crate::variations::campaigns::rules::{self, CampaignReason, CampaignRefused, CampaignWarning, Draw, Purse, Reached, Sum};
use crate::variations::campaigns::store::{self, Campaign, Chosen};
use crate::variations::prospects;
use crate::variations::rules::{self as of_one, VariationInput};

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
    /// What each budget line would pay, where it can be varied.
    split: Vec<(Id, Pence)>,
    /// Why it cannot be varied; nothing where it can.
    pub reasons: Vec<CampaignReason>,
    /// How its provider is reached.
    pub reached: Reached,
    /// What somebody should see to, though it hinders nothing.
    pub warnings: Vec<CampaignWarning>,
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
/// there for the next. What the campaign itself takes from awards is not counted upon, since their providers may refuse. Awards, and what they are
/// judged beside, are looked up for all of them together.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn weigh(conn: &mut Conn, campaign: &Campaign, today: NaiveDate) -> Result<Vec<Weighed>, Refusal> {
    let chosen = store::chosen(conn, campaign.id)?;
    let awards = awards_of(conn, &chosen.iter().map(|one| one.award_id).collect::<Vec<_>>())?;
    let providers = Providers::of(conn, &awards.iter().map(|award| award.terms.provider_id).collect::<Vec<_>>())?;
    let said = (campaign.name.as_str(), &campaign.change, campaign.formula.as_ref());
    let mut all = Vec::with_capacity(awards.len());
    for (chosen, award) in chosen.into_iter().zip(awards) {
        let (input, reasons) = match rules::input_for(said, &chosen.change, &award.terms) {
            Ok(input) => (Some(input), Vec::new()),
            Err(faults) => (None, rules::reasons(Refusal::Invalid(faults))?),
        };
        let reached = providers.reached(award.terms.provider_id);
        let warnings = rules::warnings(reached, campaign.change.is_unilateral);
        let lines = award.split.iter().map(|(line, pence)| (*line, *pence, Pence::ZERO)).collect();
        all.push(Weighed { chosen, award, input, before: None, after: None, lines, split: Vec::new(), reasons, reached, warnings });
    }
    let told = all.iter().filter_map(|one| Some((one.award.clone(), vec![one.input.as_ref()?]))).collect();
    let mut stands = besides(conn, told)?.into_iter();
    let (mut till, mut looked) = (Till::default(), Looked::default());
    for one in all.iter_mut().filter(|one| one.input.is_some()) {
        let Some(beside) = stands.next() else { break };
        look(conn, &mut looked, one, (&beside, today))?;
        if one.reasons.is_empty() {
            match money(conn, &mut till, one, &beside) {
                Ok(lines) => one.lines = lines,
                Err(refusal) => one.reasons = rules::reasons(refusal)?,
            }
        }
    }
    Ok(all)
}

/// What each budget line pays before and what is added, where there is money for it and none is taken that is on its way or owed.
fn money(conn: &mut Conn, till: &mut Till, one: &Weighed, beside: &Beside) -> Result<Vec<(Id, Pence, Pence)>, Refusal> {
    let Some(input) = &one.input else { return Ok(Vec::new()) };
    let lines = till.money(conn, one).and_then(|lines| {
        of_one::check_floor(lines.iter().map(|(line, _, more)| (*line, *more)), &beside.known)?;
        Ok(lines)
    });
    lines.map_err(|refusal| of_one::with_floor(refusal, input, one.award.terms.amount_pence, &beside.known))
}

/// What a single variation is held against, with what stands before and after, and the change as it is worked out.
fn look(conn: &mut Conn, looked: &mut Looked, one: &mut Weighed, (beside, today): (&Beside, NaiveDate)) -> Result<(), Refusal> {
    let Some(input) = one.input.take() else { return Ok(()) };
    let input = beside.worked_out(&input);
    let checked = check_with(conn, looked, today, &input, beside);
    let answerable = of_one::check_answerable(input.is_unilateral, one.award.terms.provider_id);
    for refusal in [checked.err(), answerable.err()].into_iter().flatten() {
        one.reasons.extend(rules::reasons(refusal)?);
    }
    one.before = Some(beside.now(&input));
    if one.reasons.is_empty() {
        let (after, split) = prospects::after(conn, beside, &input)?;
        (one.after, one.split) = (Some(after), split);
    }
    one.input = Some(input);
    Ok(())
}

/// What the awards of a campaign take together, and what was looked up of the accounts and budget lines that they draw on. Nothing of that
/// changes while they are weighed.
#[derive(Default)]
struct Till {
    purse: Purse,
    /// Days of fund periods that are not closed.
    open: HashSet<(Id, NaiveDate)>,
    standings: HashMap<Id, Standing>,
    held: HashMap<(Account, NaiveDate), Pence>,
}

impl Till {
    /// What each budget line pays before and what is added, where there is money for it beside what the awards before have taken.
    fn money(&mut self, conn: &mut Conn, one: &Weighed) -> Result<Vec<(Id, Pence, Pence)>, Refusal> {
        let Weighed { award, input: Some(input), .. } = one else { return Ok(Vec::new()) };
        let of = |lines: &[(Id, Pence)], line: Id| lines.iter().find(|(one, _)| *one == line).map_or(Pence::ZERO, |(_, pence)| *pence);
        let after: &[(Id, Pence)] = if input.changes_value() { &one.split } else { &award.split };
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
        self.check_day(conn, award.terms.fund_period_id, on)?;
        let from_period = input.value.as_ref().is_some_and(|value| value.from_fund_period);
        let (kind, record_id) =
            if from_period { (AccountKind::FundPeriod, award.terms.fund_period_id) } else { awards::payer(&award.terms) };
        let mut draws = Vec::new();
        for (line, more) in moved {
            if more.is_positive() {
                let amount = self.purse.of_line(line) + more;
                budget_lines::rules::may_offer(self.standing(conn, line)?, amount, on)?;
                let held = self.least(conn, Account { kind, record_id, budget_line_id: line }, on)?;
                draws.push(Draw { title: kind.title(), record_id, line, amount: more, held });
            } else {
                let committed = Account { kind: AccountKind::Committed, record_id: award.id, budget_line_id: line };
                let held = ledger::least(conn, &committed, on)?;
                if held < -more {
                    return Err(Refusal::insufficient(AccountKind::Committed.title(), None, held, -more));
                }
            }
        }
        self.purse.check(&draws)?;
        self.purse.take(&draws);
        Ok(lines)
    }

    fn check_day(&mut self, conn: &mut Conn, period: Id, on: NaiveDate) -> Result<(), Refusal> {
        if !self.open.contains(&(period, on)) {
            locks::check_day(conn, period, on)?;
            self.open.insert((period, on));
        }
        Ok(())
    }

    fn standing(&mut self, conn: &mut Conn, line: Id) -> Result<&Standing, Refusal> {
        let known: &Standing = match self.standings.entry(line) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(place) => place.insert(budget_lines::standing(conn, line)?),
        };
        Ok(known)
    }

    fn least(&mut self, conn: &mut Conn, account: Account, on: NaiveDate) -> Result<Pence, Refusal> {
        Ok(match self.held.entry((account, on)) {
            Entry::Occupied(known) => *known.get(),
            Entry::Vacant(place) => {
                let held = ledger::least(conn, &place.key().0, on)?;
                *place.insert(held)
            }
        })
    }
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
        let before = one.award.terms.amount_pence;
        let change = one.input.as_ref().map_or(Pence::ZERO, VariationInput::change_pence);
        all.add(before, change);
        let fund = &one.award.names.fund;
        funds.entry(fund.code.clone()).or_insert_with(|| (fund.clone(), Sum::default())).1.add(before, change);
        for (line, before, change) in &one.lines {
            lines.entry(*line).or_default().add(Some(*before), *change);
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
            by_source.entry(source).or_default().add(Some(before), change);
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
