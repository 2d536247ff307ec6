//! What awards stand on: areas, the body, sources, funds with their years, budget lines, tranches and organisations.

use crate::funds::areas::{self, AreaInput};
use crate::funds::bodies::{self, CommissioningBodyInput};
use crate::funds::budget_lines::{self, BudgetLinePart, BudgetTerms};
use crate::funds::periods::{self, PeriodFacts};
use crate::funds::sources::{self, FundingSourceInput};
use crate::funds::tranches::{self, TrancheTerms};
use crate::funds::{self, FundInput};
use crate::kernel::{FigureNote, FinancialYear, Id, Pence, PeriodLabel, Refusal};
use crate::office::generate::plan::{AREAS, Size, TRANCHES};
use crate::office::generate::{Sums, made_up};
use crate::providers;
use crate::providers::rules::{PccStatus, ProviderInput};
use crate::store::Tx;

/// A fund period with what pays from it.
#[derive(Debug, Clone)]
pub struct Period {
    /// Its id.
    pub id: Id,
    /// Its two budget lines.
    pub lines: [Id; 2],
    /// Its tranches.
    pub tranches: Vec<Id>,
}

/// Areas and fund periods, by number.
#[derive(Debug, Clone, Default)]
pub struct Ground {
    /// The areas.
    pub areas: Vec<Id>,
    /// The fund periods.
    pub periods: Vec<Period>,
}

/// Lays the ground, with as much money as `sums` says the awards need.
pub fn lay(tx: &mut Tx<'_>, sums: &Sums) -> Result<Ground, Refusal> {
    let force = area(tx, "made-up-force", "Made-up Force Area", "police_force_area", None)?;
    let mut ground = Ground::default();
    for number in 1..=AREAS {
        ground.areas.push(area(tx, &format!("made-up-{number}"), &format!("Made-up District {number}"), "local_authority", Some(force))?);
    }
    let body = CommissioningBodyInput {
        code: "made-up-office".to_owned(),
        name: "Made-up Commissioner's Office".to_owned(),
        aliases: Vec::new(),
        kind: word("police_and_crime_commissioner")?,
        area_id: Some(force),
        valid_from: None,
        valid_to: None,
        successor_id: None,
    };
    let body = bodies::acts::create(tx, &body, &made_up())?.id;
    let source = |tx: &mut Tx<'_>, code: &str, name: &str, kind: &str| {
        let (code, name, aliases) = (code.to_owned(), name.to_owned(), Vec::new());
        let input = FundingSourceInput { code, name, aliases, kind: word(kind)?, small_numbers_agreed: false, claim_period: None };
        sources::acts::create(tx, &input, &made_up()).map(|source| source.id)
    };
    let sources = [
        source(tx, "made-up-grant", "Made-up Main Grant", "government_grant")?,
        source(tx, "made-up-assets", "Made-up Recovered Assets", "recovered_assets")?,
    ];
    let mut fund_ids = Vec::new();
    for number in Size::funds() {
        fund_ids.push(fund(tx, number, body, &sources)?);
    }
    for (number, fund, year) in Size::periods() {
        let Some(fund_id) = fund_ids.get(usize::try_from(fund).unwrap_or(usize::MAX)) else { continue };
        ground.periods.push(period(tx, *fund_id, year, sources, sums.of(number))?);
    }
    Ok(ground)
}

/// A word of the service's own lists.
fn word<T: std::str::FromStr<Err = E>, E: std::fmt::Display>(text: &str) -> Result<T, Refusal> {
    text.parse().map_err(|error: E| Refusal::broken(error.to_string()))
}

fn area(tx: &mut Tx<'_>, code: &str, name: &str, kind: &str, parent_id: Option<Id>) -> Result<Id, Refusal> {
    let input = AreaInput {
        code: code.to_owned(),
        name: name.to_owned(),
        aliases: Vec::new(),
        kind: word(kind)?,
        ons_code: None,
        parent_id,
        valid_from: None,
        valid_to: None,
    };
    areas::acts::create(tx, &input, &made_up()).map(|area| area.id)
}

fn fund(tx: &mut Tx<'_>, number: u32, body: Id, sources: &[Id]) -> Result<Id, Refusal> {
    let input = FundInput {
        code: format!("MU{}", number + 1),
        name: format!("Made-up Fund {}", number + 1),
        aliases: Vec::new(),
        kind: word("pcc_grant_fund")?,
        scope: word("fund")?,
        purpose: None,
        commissioning_body_id: body,
        source_ids: sources.to_vec(),
        succeeds_ids: Vec::new(),
        unspent_rule: None,
        default_monitoring: None,
        default_evaluation: None,
        review_due: None,
        reviewed_on: None,
        review_outcome: None,
        review_consultation: None,
        pledge_text: None,
        pledge_from: None,
        pledge_to: None,
    };
    funds::acts::create(tx, &input, &made_up()).map(|fund| fund.id)
}

/// A year of a fund: lines of both sources, and tranches that are filled from them.
fn period(tx: &mut Tx<'_>, fund_id: Id, year: FinancialYear, sources: [Id; 2], needs: Needs) -> Result<Period, Refusal> {
    let label = PeriodLabel::spanning(year, year).ok_or_else(|| Refusal::broken("a year without a label"))?;
    let facts = PeriodFacts { fund_id, label, starts_on: year.first_day(), ends_on: year.last_day(), note: None };
    let id = periods::acts::create(tx, &facts, &made_up())?.id;
    let mut lines = [id; 2];
    for (at, (line, source)) in lines.iter_mut().zip(sources).enumerate() {
        let all: Pence = needs.tranches.iter().chain([&needs.direct]).filter_map(|parts| parts.get(at)).copied().sum();
        let terms = BudgetTerms {
            state: word("confirmed")?,
            amount_pence: with_slack(with_slack(all)),
            internal_pence: Some(Pence::ZERO),
            figure: FigureNote::default(),
            effective_on: year.first_day(),
            conditions: None,
            window_starts_on: None,
            window_ends_on: None,
            unspent_rule: None,
            reason: None,
        };
        *line = budget_lines::acts::record(tx, id, source, &terms, &made_up())?.id;
    }
    let mut tranches = Vec::new();
    for (number, parts) in (1..).zip(&needs.tranches) {
        tranches.push(tranche(tx, id, number, year, [(lines[0], parts[0]), (lines[1], parts[1])])?);
    }
    Ok(Period { id, lines, tranches })
}

fn tranche(tx: &mut Tx<'_>, period: Id, number: i32, year: FinancialYear, parts: [(Id, Pence); 2]) -> Result<Id, Refusal> {
    let parts = parts.map(|(budget_line_id, amount)| BudgetLinePart { budget_line_id, amount_pence: with_slack(amount) });
    let amount: Pence = parts.iter().map(|part| part.amount_pence).sum();
    let day = year.first_day();
    let terms = TrancheTerms {
        state: word("open")?,
        name: format!("Made-up round {number}"),
        planned_pence: Some(amount),
        projects_count: None,
        figure: FigureNote::default(),
        opens_on: Some(day),
        closes_on: Some(year.last_day()),
        decision_on: None,
        criteria: None,
        guidance_url: None,
        effective_on: day,
        reason: None,
    };
    let id = tranches::acts::record(tx, period, Some(number), &terms, &made_up())?.id;
    tranches::acts::fill(tx, id, amount, Some(&parts), day)?;
    Ok(id)
}

/// A tenth more and a thousand pounds, so that something is always left.
fn with_slack(amount: Pence) -> Pence {
    Pence(amount.0 + amount.0 / 10 + 100_000)
}

/// What a fund period has to have on each of its lines: in each tranche, and for awards that it pays itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Needs {
    /// By tranche.
    pub tranches: [[Pence; 2]; 2],
    /// For awards without a tranche.
    pub direct: [Pence; 2],
}

// The array above has a place for each tranche.
const _: () = assert!(TRANCHES == 2);

/// An organisation. Its address is one that no mail can reach.
pub fn provider(tx: &mut Tx<'_>, number: u32, areas: &[Id]) -> Result<Id, Refusal> {
    let kinds = ["charity", "community_group", "voluntary_sector", "company"];
    let kind = kinds.get(usize::try_from(number % 4).unwrap_or(0)).copied().unwrap_or("charity");
    let area_ids = areas.get(usize::try_from(number % AREAS).unwrap_or(0)).copied().into_iter().collect();
    let input = ProviderInput {
        reference: Some(format!("MADE-UP-{:06}", number + 1)),
        name: format!("Made-up Organisation {}", number + 1),
        aliases: Vec::new(),
        kind: Some(word(kind)?),
        pcc_status: PccStatus::Commissioned,
        size: None,
        specialist: None,
        charity_number: None,
        company_number: None,
        postcode: None,
        local: None,
        home_area_id: None,
        area_ids,
        contact_email: Some(format!("organisation-{}@made-up.example", number + 1)),
        supplier_number: None,
        note: None,
    };
    providers::acts::create(tx, &input, &made_up()).map(|provider| provider.id)
}
