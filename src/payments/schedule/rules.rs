//! Cutting an award into instalments. Pure.

use std::collections::HashSet;

use chrono::{Datelike, Days, Months, NaiveDate};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::awards::rules::{AwardKind, QuarterAmount};
use crate::kernel::{Faults, Pence, Quarter};
use crate::payments::holding::rules::OwedReturn;

words! {
    /// By what an award is cut into instalments.
    pub enum PaymentBasis {
        /// One a month, at its beginning.
        Monthly = "monthly",
        /// One a quarter, at its beginning.
        Quarterly = "quarterly",
        /// Each when something is reached.
        Milestones = "milestones",
        /// One a quarter, after it: what its accepted return reports as spent.
        Arrears = "arrears",
        /// Half at the start, and half on proof of purchase.
        HalfOnProof = "half_on_proof",
        /// As invoices come: contracts.
        Invoices = "invoices",
    }
}

/// How an award is paid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PaymentScheduleInput {
    /// By what it is cut.
    pub basis: PaymentBasis,
    /// How many days after the beginning of its month or quarter, or in arrears after its end, an instalment is due; of two halves, how many days after
    /// the award's first day the first one is.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 120)]
    pub due_after_days: i32,
    /// The milestones, in their order; only of the basis `milestones`.
    #[serde(default)]
    #[schema(max_items = 60)]
    pub milestones: Vec<PaymentMilestone>,
    /// How the finance system books its payments; as until now where it is left out, and nothing of it where it is `{}`.
    #[serde(default)]
    pub coding: Option<PaymentCoding>,
}

/// A part of an award that is paid when something is reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PaymentMilestone {
    /// What is to be reached.
    #[schema(min_length = 1, max_length = 300, example = "The refuge is open")]
    pub waits_for: String,
    /// When that is expected.
    pub due_on: NaiveDate,
    /// Its share beside the other milestones; all of them together are the whole award.
    #[schema(minimum = 1, maximum = 1_000_000_000_000_i64, example = 25)]
    pub weight: i64,
}

/// How the finance system books a payment. A text begins with a letter or a digit.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PaymentCoding {
    /// The cost centre.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 40, example = "CC4410")]
    pub cost_centre: Option<String>,
    /// The account of the finance system's books.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 40, example = "5120")]
    pub account: Option<String>,
    /// The project.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 40)]
    pub project: Option<String>,
    /// The purchase order.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 40, example = "PO-20117")]
    pub purchase_order: Option<String>,
    /// The VAT code.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 10, example = "OS")]
    pub vat_code: Option<String>,
}

/// What of an award a schedule goes by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terms {
    /// What the fund period pays.
    pub amount: Pence,
    /// The first day.
    pub starts_on: NaiveDate,
    /// The last day that the fund period pays.
    pub ends_on: NaiveDate,
    /// The profile, without quarters after that day; may be empty.
    pub profile: Vec<QuarterAmount>,
}

/// An instalment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Instalment {
    /// Which one: `2020-21-Q3`, `2020-10`, `1`.
    pub key: String,
    /// Its days; none of a milestone.
    pub days: Option<(NaiveDate, NaiveDate)>,
    /// When it is due.
    pub due_on: NaiveDate,
    /// How much it is.
    pub amount: Pence,
    /// What it waits for.
    pub waits_for: Option<String>,
    /// Whether the amount is only expected: what is spent will be paid.
    pub is_estimate: bool,
}

/// What of an award is paid or on its way to be.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct GoneOut {
    /// What is paid and did not come back.
    pub paid: Pence,
    /// What is authorised or exported, and not paid; and what is owed to a provider that was party before.
    pub reserved: Pence,
    /// The first and the last day for which instalments are paid or on their way, where they have days.
    pub days: Option<(NaiveDate, NaiveDate)>,
}

/// What is wrong with a schedule of an award of this kind.
#[must_use]
pub fn faults(input: &PaymentScheduleInput, kind: AwardKind) -> Faults {
    let mut faults = Faults::new();
    let message = "Contracts are paid on invoices, and only they: enter each as it comes.";
    let fits = (kind == AwardKind::Contract) == (input.basis == PaymentBasis::Invoices);
    faults.require(fits, "/basis", "not_allowed", message);
    let has_some = !input.milestones.is_empty();
    let wants_some = input.basis == PaymentBasis::Milestones;
    faults.require(has_some || !wants_some, "/milestones", "required", "Name at least one milestone.");
    faults.require(!has_some || wants_some, "/milestones", "not_allowed", "Only a schedule by milestones has some: leave them out.");
    for (at, one) in input.milestones.iter().enumerate() {
        let pointer = format!("/milestones/{at}/waits_for");
        faults.require(!one.waits_for.trim().is_empty(), &pointer, "blank", "Say what is to be reached.");
    }
    let none = PaymentCoding::default();
    let coding = input.coding.as_ref().unwrap_or(&none);
    let texts = [
        ("cost_centre", &coding.cost_centre),
        ("account", &coding.account),
        ("project", &coding.project),
        ("purchase_order", &coding.purchase_order),
        ("vat_code", &coding.vat_code),
    ];
    for (field, text) in texts {
        let is_plain = text.as_deref().is_none_or(|text| text.starts_with(|c: char| c.is_alphanumeric()));
        faults.require(is_plain, &format!("/coding/{field}"), "wrong_format", "This begins with a letter or a digit.");
    }
    faults
}

/// The instalments of an award, in their order. They come to its amount; of one that is paid on invoices there are none.
#[must_use]
pub fn cut(terms: &Terms, plan: &PaymentScheduleInput) -> Vec<Instalment> {
    let quarters = quarters(terms);
    let all: Vec<Instalment> = match plan.basis {
        PaymentBasis::Quarterly => quarters.into_iter().map(|(quarter, amount)| of_quarter(terms, plan, quarter, amount, false)).collect(),
        PaymentBasis::Arrears => quarters.into_iter().map(|(quarter, amount)| of_quarter(terms, plan, quarter, amount, true)).collect(),
        PaymentBasis::Monthly => quarters.into_iter().flat_map(|(quarter, amount)| months(terms, plan, quarter, amount)).collect(),
        PaymentBasis::Milestones => milestones(terms, &plan.milestones),
        PaymentBasis::HalfOnProof => halves(terms, plan),
        PaymentBasis::Invoices => Vec::new(),
    };
    all.into_iter().filter(|one| one.amount.is_positive()).collect()
}

/// What each quarter pays: by the profile, or alike.
fn quarters(terms: &Terms) -> Vec<(Quarter, Pence)> {
    let all = Quarter::between(terms.starts_on, terms.ends_on);
    let of = |quarter: &Quarter| terms.profile.iter().find(|one| one.quarter == *quarter).map_or(Pence::ZERO, |one| one.amount_pence);
    let weights: Vec<Pence> = all.iter().map(of).collect();
    let parts = terms.amount.split(&weights);
    all.into_iter().zip(parts).collect()
}

fn after(day: NaiveDate, days: i32) -> NaiveDate {
    day.checked_add_days(Days::new(u64::try_from(days).unwrap_or_default())).unwrap_or(day)
}

/// The days of a span on which the award runs.
fn within(terms: &Terms, first: NaiveDate, last: NaiveDate) -> (NaiveDate, NaiveDate) {
    (first.max(terms.starts_on), last.min(terms.ends_on))
}

fn of_quarter(terms: &Terms, plan: &PaymentScheduleInput, quarter: Quarter, amount: Pence, in_arrears: bool) -> Instalment {
    let days = within(terms, quarter.first_day(), quarter.last_day());
    Instalment {
        key: quarter.to_string(),
        days: Some(days),
        due_on: after(if in_arrears { days.1 } else { days.0 }, plan.due_after_days),
        amount,
        waits_for: in_arrears.then(|| format!("the accepted return for {quarter}")),
        is_estimate: in_arrears,
    }
}

fn months(terms: &Terms, plan: &PaymentScheduleInput, quarter: Quarter, amount: Pence) -> Vec<Instalment> {
    let first_days = (0..3).filter_map(|month| quarter.first_day().checked_add_months(Months::new(month)));
    let last_day = |first: NaiveDate| first.checked_add_months(Months::new(1)).and_then(|day| day.pred_opt()).unwrap_or(first);
    let spans: Vec<(NaiveDate, NaiveDate)> = first_days
        .map(|first| (first, last_day(first)))
        .filter(|(first, last)| *first <= terms.ends_on && *last >= terms.starts_on)
        .map(|(first, last)| within(terms, first, last))
        .collect();
    let parts = amount.split(&vec![Pence(1); spans.len()]);
    let turn = |(days, amount): ((NaiveDate, NaiveDate), Pence)| Instalment {
        key: format!("{}-{:02}", days.0.year(), days.0.month()),
        days: Some(days),
        due_on: after(days.0, plan.due_after_days),
        amount,
        waits_for: None,
        is_estimate: false,
    };
    spans.into_iter().zip(parts).map(turn).collect()
}

fn milestones(terms: &Terms, all: &[PaymentMilestone]) -> Vec<Instalment> {
    let parts = terms.amount.split(&all.iter().map(|one| Pence(one.weight)).collect::<Vec<_>>());
    let turn = |(at, (one, amount)): (usize, (&PaymentMilestone, Pence))| Instalment {
        key: (at + 1).to_string(),
        days: None,
        due_on: one.due_on,
        amount,
        waits_for: Some(one.waits_for.trim().to_owned()),
        is_estimate: false,
    };
    all.iter().zip(parts).enumerate().map(turn).collect()
}

fn halves(terms: &Terms, plan: &PaymentScheduleInput) -> Vec<Instalment> {
    let parts = terms.amount.split(&[Pence(1), Pence(1)]);
    let half = |(at, amount): (usize, Pence)| Instalment {
        key: (at + 1).to_string(),
        days: None,
        due_on: if at == 0 { after(terms.starts_on, plan.due_after_days) } else { terms.ends_on },
        amount,
        waits_for: (at > 0).then(|| "proof of purchase".to_owned()),
        is_estimate: false,
    };
    parts.into_iter().enumerate().map(half).collect()
}

/// What the open instalments come to after the whole has changed from one sum to another. They bear the difference, so that what nobody plans to pay
/// stays unplanned; where `is_lenient`, in arrears and when an award is closed, a smaller whole first takes what is unplanned, and they are cut only as
/// far as they would be more than `room`, which is what is left of the whole beside the payments that stay.
#[must_use]
pub fn left_to_pay(open: Pence, (before, whole): (Pence, Pence), room: Pence, is_lenient: bool) -> Pence {
    if is_lenient && whole < before { open.min(room) } else { open + (whole - before) }
}

/// Something that stays as it is when the rest is cut again: which instalment, and its days.
pub type Kept = (String, Option<(NaiveDate, NaiveDate)>);

/// The instalments that are still open, see [`cut_again`]; none where invoices come. In arrears what nobody spent is left over once all quarters are
/// told: it stays unplanned.
#[must_use]
pub fn wanted(terms: &Terms, plan: &PaymentScheduleInput, kept: &[Kept], left: Pence, today: NaiveDate) -> Vec<Instalment> {
    match plan.basis {
        PaymentBasis::Invoices => Vec::new(),
        PaymentBasis::Arrears => cut_again(cut(terms, plan), kept, left, today).into_iter().filter(|one| one.days.is_some()).collect(),
        _ => cut_again(cut(terms, plan), kept, left, today),
    }
}

/// The instalments that are still open, cut so that they come to `left`. Where something is left and no instalment is, `today` is the day of one more.
#[must_use]
pub fn cut_again(planned: Vec<Instalment>, kept: &[Kept], left: Pence, today: NaiveDate) -> Vec<Instalment> {
    let overlaps = |one: &Instalment, other: &Kept| match (one.days, other.1) {
        (Some((first, last)), Some((kept_first, kept_last))) => first <= kept_last && kept_first <= last,
        _ => one.key == other.0,
    };
    let mut open: Vec<Instalment> = planned.into_iter().filter(|one| !kept.iter().any(|other| overlaps(one, other))).collect();
    if !left.is_positive() {
        return Vec::new();
    }
    if open.is_empty() {
        let taken: HashSet<&str> = kept.iter().map(|(key, _)| key.as_str()).collect();
        let key = (1..).map(|number| format!("rest {number}")).find(|key| !taken.contains(key.as_str())).unwrap_or_default();
        let rest = Instalment { key, days: None, due_on: today, amount: left, waits_for: None, is_estimate: false };
        return vec![rest];
    }
    let shares = shares(&open, left);
    for (one, amount) in open.iter_mut().zip(shares) {
        one.amount = amount;
    }
    open.into_iter().filter(|one| one.amount.is_positive()).collect()
}

/// What of `left` each open instalment gets: quarters in proportion to what is planned for what is open of them, and the months of a quarter alike, an
/// odd penny in the earlier ones.
fn shares(open: &[Instalment], left: Pence) -> Vec<Pence> {
    let quarter = |one: &Instalment| one.days.and_then(|days| Quarter::of(days.0));
    let quarters: Vec<&[Instalment]> = open.chunk_by(|one, other| one.days.is_some() && quarter(one) == quarter(other)).collect();
    let weights: Vec<Pence> = quarters.iter().map(|months| months.iter().map(|one| one.amount).sum::<Pence>()).collect();
    let alike = |(months, whole): (&[Instalment], Pence)| whole.split(&vec![Pence(1); months.len()]);
    quarters.into_iter().zip(left.split(&weights)).flat_map(alike).collect()
}

/// What is accepted as spent up to the last day before which nothing is missing, and that day. `all` are the periods that are owed.
#[must_use]
pub fn settled_to(all: &[OwedReturn]) -> Option<(NaiveDate, Pence)> {
    let missing = all.iter().filter(|one| !one.is_accepted).map(|one| one.starts_on).min();
    let counts = |one: &&OwedReturn| one.is_accepted && missing.is_none_or(|first| one.ends_on < first);
    let last = all.iter().filter(counts).map(|one| one.ends_on).max()?;
    Some((last, all.iter().filter(counts).map(|one| one.spent).sum()))
}

/// What open instalments come to where `more` is accepted as spent than they and all others say, or less: the first of them bears it, and where that would
/// come to less than nothing, so do the next ones.
#[must_use]
pub fn corrected(open: &[Pence], more: Pence) -> Vec<Pence> {
    let mut left = more;
    let bear = |one: &Pence| {
        let after = (*one + left).max(Pence::ZERO);
        left = left - (after - *one);
        after
    };
    open.iter().map(bear).collect()
}

#[cfg(test)]
mod tests;
