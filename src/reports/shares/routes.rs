//! Shares over HTTP.

use std::collections::HashSet;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::access::permissions::can;
use crate::http::table::{Cell, Format};
use crate::http::{Api, Ask, Search};
use crate::kernel::{Faults, Id, Moment, Pence, PeriodLabel, Quantity, Refusal};
use crate::providers::rules::ProviderSize;
use crate::reports::agreement::LedgerAgreement;
use crate::reports::answer::{Answer, Flat, Report};
use crate::reports::asked::{At, Question, report};
use crate::reports::book::rules::add_up;
use crate::reports::book::values::Value;
use crate::reports::book::{Book, Dimension, Filter, Needs, Sums};
use crate::reports::expenditure::rules::percent;
use crate::reports::names::{self, store as named};
use crate::reports::shares::store::{self, ContractRow};
use crate::store::Conn;

words! {
    /// A share that is asked after.
    pub enum Share {
        /// Money to organisations that are local.
        Local = "local",
        /// Money to small and micro organisations (R40).
        Small = "small",
        /// Money to organisations that the body does not commission otherwise (R41).
        NonCommissioned = "non_commissioned",
        /// Contracts that were chosen for social value too (R64).
        SocialValue = "social_value",
    }
}

words! {
    /// In which of the ways that are never mixed money is counted.
    pub enum MoneySeen {
        /// Promised, paid included, less what was released or recovered.
        Committed = "committed",
        /// Paid, less what was recovered.
        NetPaid = "net_paid",
        /// Spent, by accepted returns.
        Spent = "reported_as_spent",
        /// What contracts are worth.
        Value = "contract_value",
    }
}

/// What is asked of shares.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
pub struct SharesQuestion {
    /// Only awards out of these funds, by code or id. May stand several times, as all filters may.
    #[serde(default)]
    #[schema(max_items = 20)]
    fund: Vec<String>,
    /// Only awards of these financial years.
    #[serde(default)]
    #[schema(max_items = 20)]
    financial_year: Vec<PeriodLabel>,
    /// As at this day; today in London where it is left out.
    as_at: Option<NaiveDate>,
    /// Known at this moment; the latest closed one where it is left out.
    known_at: Option<Moment>,
    /// The format, before what `Accept` says.
    format: Option<Format>,
}

impl Question for SharesQuestion {
    const NAME: &'static str = "shares";
    fn as_at(&self) -> Option<NaiveDate> {
        self.as_at
    }
    fn known_at(&self) -> Option<Moment> {
        self.known_at
    }
    fn format(&self) -> Option<Format> {
        self.format
    }
}

/// One share.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ShareRow {
    /// Which share.
    share: Share,
    /// In which way the money is counted.
    money: MoneySeen,
    /// What is counted, and of what whole.
    #[schema(max_length = 400)]
    counted: String,
    /// The part, in pence.
    #[schema(value_type = i64)]
    numerator_pence: Pence,
    /// The whole, in pence.
    #[schema(value_type = i64)]
    denominator_pence: Pence,
    /// Of the whole, what nobody has told whether it belongs to the part, in pence. It is in no part.
    #[schema(value_type = i64)]
    unknown_pence: Pence,
    /// The part in percent of the whole; null where the whole is nothing. With `unknown_pence` it is the least that the share can be.
    percent: Option<Quantity>,
    /// Awards in the part.
    numerator_count: i64,
    /// Awards in the whole.
    denominator_count: i64,
}

/// Shares of the money.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SharesReport {
    /// The day.
    as_at: NaiveDate,
    /// The moment.
    known_at: Moment,
    /// Whether the whole that this is a part of agrees with the ledger, added up another way.
    pub ledger_check: LedgerAgreement,
    /// What these shares cannot say.
    #[schema(max_items = 10)]
    notes: Vec<String>,
    /// One row a share and way of counting.
    #[schema(max_items = 100)]
    rows: Vec<ShareRow>,
}

impl Report for SharesReport {
    type Row = ShareRow;
    type Rows = std::vec::IntoIter<ShareRow>;
    fn take_rows(&mut self) -> Self::Rows {
        std::mem::take(&mut self.rows).into_iter()
    }
}

impl Flat for ShareRow {
    const COLUMNS: &'static [&'static str] = &[
        "share",
        "money",
        "counted",
        "numerator_pounds",
        "denominator_pounds",
        "unknown_pounds",
        "percent",
        "numerator_count",
        "denominator_count",
    ];

    fn cells(&self) -> Vec<Cell> {
        let mut cells: Vec<Cell> =
            [self.share.word(), self.money.word(), self.counted.as_str()].map(|words| Cell::text(Some(words))).into();
        cells.extend([self.numerator_pence, self.denominator_pence, self.unknown_pence].map(Cell::Pounds));
        cells.push(Cell::number(self.percent));
        cells.extend([self.numerator_count, self.denominator_count].map(Cell::count));
        cells
    }
}

/// Amounts that belong to a part of the whole, do not, or might.
#[derive(Default)]
struct Parts {
    part: Sums,
    whole: Sums,
    unknown: Sums,
}

impl Parts {
    fn add(&mut self, sums: Sums, belongs: Option<bool>) {
        self.whole += sums;
        match belongs {
            Some(true) => self.part += sums,
            Some(false) => {}
            None => self.unknown += sums,
        }
    }

    fn rows(&self, share: Share, counted: &str) -> impl Iterator<Item = ShareRow> {
        let ways: [(MoneySeen, fn(&Sums) -> Pence); 3] = [
            (MoneySeen::Committed, |sums| sums.committed),
            (MoneySeen::NetPaid, |sums| sums.paid - sums.recovered),
            (MoneySeen::Spent, |sums| sums.reported_spend),
        ];
        ways.map(|(money, of)| ShareRow {
            share,
            money,
            counted: counted.to_owned(),
            numerator_pence: of(&self.part),
            denominator_pence: of(&self.whole),
            unknown_pence: of(&self.unknown),
            percent: percent(of(&self.part), of(&self.whole)),
            numerator_count: self.part.awards,
            denominator_count: self.whole.awards,
        })
        .into_iter()
    }
}

const LOCAL: &str = "Money of awards whose organisation is recorded as local, of the money of all awards.";
const SMALL: &str = "Money of awards whose organisation is recorded as micro or small, of the money of all awards.";
const NON_COMMISSIONED: &str = "Money of awards whose organisation is recorded as not commissioned, of the money of all awards.";
const SOCIAL_VALUE: &str = "Value of contracts whose evaluation weighed social value, of the value of all contracts offered or agreed.";
const DELIVERED: &str =
    "Social value stands here as a criterion by which contracts were chosen. What was promised and delivered of it is in `social-value`.";
const WHERE_SPENT: &str = "Local is the organisation that has the award. Where its money is spent on is told by areas in `expenditure`, where people are helped in `indicators`.";
const DIRECT: &str = "The share spent on direct activity (R20) is in `expenditure`, with its numerator and denominator.";

fn is_counted(state: &str) -> bool {
    crate::reports::book::load::COUNTED.contains(&state)
}

/// Money by provider, put together by what the providers are.
fn of_providers(conn: &mut Conn, at: At, book: &Book, filter: &Filter) -> Result<Vec<ShareRow>, Refusal> {
    let (known, statuses) = (store::providers(conn, at.known_at)?, named::provider_statuses(conn, at.known_at)?);
    let (mut local, mut small, mut others) = (Parts::default(), Parts::default(), Parts::default());
    let (groups, _) = add_up(&book.facts, filter, &[Dimension::Provider]);
    for group in groups {
        let provider =
            book.values.value(Dimension::Provider, group.keys.get(Dimension::Provider)).and_then(Value::record).map(|one| one.id);
        let (is_local, size) = provider.and_then(|id| known.get(&id)).copied().unwrap_or_default();
        local.add(group.sums, is_local);
        small.add(group.sums, size.map(|size| matches!(size, ProviderSize::Micro | ProviderSize::Small)));
        let status = provider.and_then(|id| statuses.get(&id)).map(String::as_str);
        others.add(
            group.sums,
            status.and_then(|status| match status {
                "non_commissioned" => Some(true),
                "commissioned" => Some(false),
                _ => None,
            }),
        );
    }
    let mut rows: Vec<ShareRow> = local.rows(Share::Local, LOCAL).collect();
    rows.extend(small.rows(Share::Small, SMALL));
    rows.extend(others.rows(Share::NonCommissioned, NON_COMMISSIONED));
    Ok(rows)
}

/// Whether a contract was chosen for social value too; nothing where no paper says how it was chosen.
fn is_social(one: &ContractRow) -> Option<bool> {
    match one.social_value_weight {
        Some(weight) => Some(weight > 0),
        None if one.not_evidenced.0.iter().any(|field| field == "R64") => None,
        None => Some(false),
    }
}

/// The share of social value, and how many contracts it counts without an amount. A part of a contract is in its whole.
fn of_contracts(contracts: &[ContractRow]) -> (ShareRow, usize) {
    let own: Vec<&ContractRow> = contracts.iter().filter(|one| is_counted(&one.state) && one.component_of.is_none()).collect();
    let sum = |belongs: &dyn Fn(Option<bool>) -> bool| -> (Pence, i64) {
        let of = || own.iter().filter(|one| belongs(is_social(one)));
        (of().filter_map(|one| one.amount).sum(), i64::try_from(of().count()).unwrap_or(i64::MAX))
    };
    let (part, part_count) = sum(&|belongs| belongs == Some(true));
    let (unknown, _) = sum(&|belongs| belongs.is_none());
    let (whole, whole_count) = sum(&|_| true);
    let row = ShareRow {
        share: Share::SocialValue,
        money: MoneySeen::Value,
        counted: SOCIAL_VALUE.to_owned(),
        numerator_pence: part,
        denominator_pence: whole,
        unknown_pence: unknown,
        percent: percent(part, whole),
        numerator_count: part_count,
        denominator_count: whole_count,
    };
    (row, own.iter().filter(|one| one.amount.is_none()).count())
}

/// The contracts that were asked for.
fn contracts(conn: &mut Conn, at: At, funds: &HashSet<Id>, years: &[String]) -> Result<Vec<ContractRow>, Refusal> {
    let periods = named::periods(conn, at.known_at)?;
    let mut contracts = store::contracts(conn, at)?;
    contracts.retain(|one| {
        let period = periods.get(&one.period_id);
        (funds.is_empty() || period.is_some_and(|period| funds.contains(&period.fund_id)))
            && (years.is_empty() || period.is_some_and(|period| years.contains(&period.label)))
    });
    Ok(contracts)
}

/// Makes the report.
///
/// # Errors
/// A fault for each record asked for that there is not; [`Refusal::Store`] where the database fails.
pub fn make(conn: &mut Conn, at: At, question: &SharesQuestion) -> Result<SharesReport, Refusal> {
    let mut faults = Faults::new();
    let funds = names::resolve(conn, Dimension::Fund, "fund", &question.fund, &mut faults)?;
    let years: Vec<String> = question.financial_year.iter().map(PeriodLabel::to_string).collect();
    names::check_words(conn, Dimension::FinancialYear, &years, &mut faults)?;
    faults.into_result()?;
    let book = Book::load(conn, at, Needs::default())?;
    let mut filter = Filter::default();
    if !funds.is_empty() {
        filter.narrow(Dimension::Fund, book.values.numbers_of(Dimension::Fund, &funds));
    }
    if !years.is_empty() {
        filter.narrow(Dimension::FinancialYear, book.values.numbers_of_words(Dimension::FinancialYear, &years));
    }
    let mut rows = of_providers(conn, at, &book, &filter)?;
    let (row, without_amount) = of_contracts(&contracts(conn, at, &funds, &years)?);
    rows.push(row);
    let mut notes: Vec<String> = [DELIVERED, WHERE_SPENT, DIRECT].map(str::to_owned).into();
    if without_amount > 0 {
        notes.push(format!("Contracts whose amount is not known: {without_amount}. They are counted, and are in no sum."));
    }
    Ok(SharesReport { as_at: at.as_at, known_at: at.known_at, ledger_check: LedgerAgreement::of_book(&book), notes, rows })
}

async fn shares(call: Ask<can::ReportsRead, (), Search<SharesQuestion>>) -> Result<Answer<SharesReport>, Refusal> {
    report(call, make).await
}

/// Registers the operation.
pub fn mount(api: &mut Api) {
    let summary = "Show which share of the money goes to local, small and non-commissioned organisations, and to social value";
    api.get("/v1/reports/shares", "reports_shares", summary, shares);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::TextList;

    fn contract(pence: Option<i64>, weight: Option<i32>) -> ContractRow {
        ContractRow {
            award_id: Id::new(),
            state: "live".to_owned(),
            period_id: Id::new(),
            amount: pence.map(Pence),
            social_value_weight: weight,
            component_of: None,
            not_evidenced: TextList::default(),
        }
    }

    #[test]
    fn a_part_of_a_contract_is_in_its_whole_and_what_no_paper_says_is_unknown() {
        let whole = contract(Some(1_000), Some(10));
        let part = ContractRow { component_of: Some(whole.award_id), ..contract(Some(400), Some(10)) };
        let told = |field: &str, pence| ContractRow { not_evidenced: TextList(vec![field.to_owned()]), ..contract(pence, None) };
        let offered = ContractRow { state: "draft".to_owned(), ..contract(Some(9_000), Some(10)) };
        let all =
            [whole, part, contract(Some(500), None), contract(Some(50), Some(0)), told("R64", Some(300)), told("amount", None), offered];
        let (row, without_amount) = of_contracts(&all);
        assert_eq!([row.numerator_pence, row.denominator_pence, row.unknown_pence].map(|pence| pence.0), [1_000, 1_850, 300]);
        assert_eq!((row.numerator_count, row.denominator_count, without_amount), (1, 5, 1));
    }
}
