//! Awards, their increases and their returns.

use crate::awards::acts::{self as awards, ImportedAward};
use crate::awards::monitoring::rules::{MonitoringFrequency, ToldPlan};
use crate::awards::rules::{AwardInput, LegalPower, SplitLine, YearAmount};
use crate::kernel::{FigureNote, FinancialYear, Id, Pence, Provenance, Refusal, TextList};
use crate::office::generate::ground::{Ground, Period};
use crate::office::generate::made_up;
use crate::office::generate::plan::{PlannedAward, PlannedIncrease};
use crate::returns::imported::{self, ImportedReturn};
use crate::returns::policy::rules::ReturnPolicy;
use crate::returns::rules::{self as returns, Leave, ReturnContent, ReturnKind, ReturnState, SpendCategory, SpendLine};
use crate::store::Tx;
use crate::variations::imported as variations;
use crate::variations::rules::{ValueChange, VariationInput, VariationState};

const THEMES: [&str; 5] = ["Prevention", "Victims", "Young People", "Reoffending", "Neighbourhoods"];
const CATEGORIES: [&str; 3] = ["small", "medium", "large"];

/// Makes an award and all that belongs to it: offer and acceptance, increases and its first return.
pub fn make(tx: &mut Tx<'_>, ground: &Ground, providers: &[Id], planned: &PlannedAward) -> Result<Id, Refusal> {
    let lost = || Refusal::broken("an award that names what was not made");
    let at = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
    let period = ground.periods.get(at(planned.period)).ok_or_else(lost)?;
    let provider = *providers.get(at(planned.provider)).ok_or_else(lost)?;
    let areas: Vec<Id> = ground.areas.iter().skip(at(planned.area)).take(at(planned.areas)).copied().collect();
    let given = ImportedAward {
        reference: None,
        position: None,
        figure: FigureNote::default(),
        terms: terms(planned, period, provider, areas),
        state: planned.state,
        unspent: None,
        decided_on: Some(planned.decided_on),
        state_on: None,
        monitoring: ToldPlan { frequency: Some(planned.monitoring), evaluation: None },
        // Nobody plans the evaluation of made-up work.
        provenance: Provenance { not_evidenced: TextList(vec!["R67".to_owned()]), ..made_up() },
        note: None,
    };
    let award = awards::import_award(tx, &given)?.id;
    for (number, increase) in (1..).zip(&planned.increases) {
        variations::import(tx, award, &variation(number, increase), VariationState::Applied, &made_up())?;
    }
    reported(tx, award, planned)?;
    Ok(award)
}

fn terms(planned: &PlannedAward, period: &Period, provider: Id, area_ids: Vec<Id>) -> AwardInput {
    let lines = period.lines.iter().zip(planned.parts).filter(|(_, part)| part.is_positive());
    let tranche = planned.tranche.and_then(|tranche| period.tranches.get(usize::try_from(tranche).unwrap_or(usize::MAX)));
    let number = usize::try_from(planned.number).unwrap_or(0);
    AwardInput {
        kind: planned.kind,
        legal_power: Some(LegalPower::CrimeAndDisorder),
        legal_power_text: None,
        fund_period_id: period.id,
        tranche_id: tranche.copied(),
        earmark_id: None,
        provider_id: Some(provider),
        service_line_id: None,
        programme_id: None,
        component_of: None,
        succeeds: None,
        category: CATEGORIES.get(number % CATEGORIES.len()).map(|word| (*word).to_owned()),
        theme: THEMES.get(number % THEMES.len()).map(|word| (*word).to_owned()),
        title: format!("Made-up project {}", planned.number + 1),
        purpose: None,
        amount_pence: Some(planned.amount()),
        vat_pence: None,
        starts_on: Some(planned.starts_on),
        ends_on: Some(planned.ends_on),
        area_ids,
        split: lines.map(|(line, part)| SplitLine { budget_line_id: *line, amount_pence: Some(part), weight: None }).collect(),
        annual_amounts: years(planned),
        profile: Vec::new(),
        contract: None,
        post: None,
        particulars: None,
        projects_count: 1,
    }
}

/// The year that is funded and the one that is hoped for.
fn years(planned: &PlannedAward) -> Vec<YearAmount> {
    let (Some(later), Some(year)) = (planned.later, FinancialYear::of(planned.starts_on)) else { return Vec::new() };
    let first = YearAmount { financial_year: year, amount_pence: planned.amount() };
    let next = year.next().map(|financial_year| YearAmount { financial_year, amount_pence: later });
    std::iter::once(first).chain(next).collect()
}

fn variation(number: u32, increase: &PlannedIncrease) -> VariationInput {
    VariationInput {
        title: format!("Made-up increase {number}"),
        reason: "More people asked for help than was expected.".to_owned(),
        effective_on: increase.effective_on,
        group_name: None,
        value: Some(ValueChange { change_pence: increase.amount, vat_pence: None, split: Vec::new(), from_fund_period: false }),
        ..VariationInput::default()
    }
}

/// The first return that the award owes, accepted.
fn reported(tx: &mut Tx<'_>, award_id: Id, planned: &PlannedAward) -> Result<(), Refusal> {
    let kind = if planned.monitoring == MonitoringFrequency::Quarterly { ReturnKind::Quarterly } else { ReturnKind::EndOfGrant };
    let first = returns::planned(Some(kind), planned.starts_on, planned.ends_on).into_iter().next();
    let Some(first) = first.filter(|_| !planned.spent_percent.is_empty()) else { return Ok(()) };
    let categories = [SpendCategory::Staff, SpendCategory::Activities];
    let line = |(percent, category): (&i64, SpendCategory)| SpendLine {
        category,
        amount_pence: Pence(planned.amount().0 * percent / 100),
        direct_activity: false,
        spent_from: None,
        spent_to: None,
        note: None,
    };
    let spend = planned.spent_percent.iter().zip(categories).map(line).filter(|line| line.amount_pence.is_positive());
    let content = ReturnContent { spend: Some(spend.collect()), ..ReturnContent::default() };
    let leave = Leave { working_days: ReturnPolicy::default().working_days(), accepted_on: None };
    let day = first.due_on(&leave);
    let given = ImportedReturn {
        award_id,
        planned: first,
        state: ReturnState::Accepted,
        submitted_on: Some(day),
        accepted_on: Some(day),
        content,
        provenance: made_up(),
    };
    imported::import(tx, &given).map(|_| ())
}
