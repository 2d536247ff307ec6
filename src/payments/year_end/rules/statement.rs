//! The closing statement of a fund period: every movement of each source's money, from its opening to what is left. Pure.

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::kernel::{Id, Pence};

words! {
    /// What a movement is for the money of a fund period.
    pub enum StatementKind {
        /// From the source into the fund period.
        Received = "received",
        /// From an earlier fund period.
        CarriedIn = "carried_in",
        /// Into a later fund period.
        CarriedForward = "carried_forward",
        /// Back to the source.
        Returned = "returned",
        /// Set aside for an earmark or a tranche.
        SetAside = "set_aside",
        /// Set aside no longer.
        BroughtBack = "brought_back",
        /// Offered to a provider.
        Offered = "offered",
        /// Promised to a provider.
        Committed = "committed",
        /// Released before it was paid.
        Released = "released",
        /// Paid to a provider.
        Paid = "paid",
        /// Sent back by the bank.
        PaymentReturned = "payment_returned",
        /// Recovered from a provider.
        Recovered = "recovered",
        /// Recovered from a provider and given back to the source at once.
        RecoveredAndReturned = "recovered_and_returned",
    }
}

words! {
    /// Where money of a statement is.
    pub enum StatementPlace {
        /// Outside the office.
        Source = "source",
        /// In another fund period.
        Elsewhere = "elsewhere",
        /// In the fund period.
        FundPeriod = "fund_period",
        /// Set aside for an earmark or a tranche.
        Aside = "aside",
        /// Offered.
        Offered = "offered",
        /// Committed.
        Committed = "committed",
        /// Paid.
        Paid = "paid",
    }
}

/// A movement of a fund period's money.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flow {
    /// The movement.
    pub id: Id,
    /// The funding source.
    pub source: String,
    /// The budget line of this period.
    pub budget_line: String,
    /// Where it left.
    pub from: StatementPlace,
    /// Where it arrived.
    pub to: StatementPlace,
    /// The award, where one is on a side of it.
    pub award: Option<String>,
    /// How much.
    pub amount: Pence,
    /// The business date.
    pub on: NaiveDate,
}

/// A movement as the statement shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StatementRow {
    /// The funding source.
    #[schema(max_length = 60)]
    pub funding_source: String,
    /// The budget line.
    #[schema(max_length = 120)]
    pub budget_line: String,
    /// The business date.
    pub on: NaiveDate,
    /// What it is.
    pub kind: StatementKind,
    /// The award, where it is about one.
    #[schema(max_length = 120)]
    pub award: Option<String>,
    /// What moved.
    pub amount_pence: Pence,
    /// What came into the period's money.
    pub in_pence: Pence,
    /// What left it.
    pub out_pence: Pence,
    /// What is left of the source's money after it: in the period and not paid.
    #[schema(value_type = i64)]
    pub balance_pence: Pence,
    /// The movement of the ledger.
    pub transfer_id: Id,
}

/// What the money of one source comes to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StatementSource {
    /// The funding source.
    #[schema(max_length = 60)]
    pub funding_source: String,
    /// What was there before the first day of the period.
    #[schema(value_type = i64)]
    pub opening_pence: Pence,
    /// Given by the source.
    pub received_pence: Pence,
    /// Carried in from an earlier period.
    pub carried_in_pence: Pence,
    /// Offered to providers, whatever became of it.
    pub offered_pence: Pence,
    /// Promised to providers, whatever became of it.
    pub committed_pence: Pence,
    /// Released before it was paid.
    pub released_pence: Pence,
    /// Paid to providers, less what the bank sent back.
    #[schema(value_type = i64)]
    pub paid_pence: Pence,
    /// Recovered from providers.
    pub recovered_pence: Pence,
    /// Given back to the source.
    pub returned_pence: Pence,
    /// Carried into a later period.
    pub carried_forward_pence: Pence,
    /// What is left: opening, received, carried in and recovered, less paid, returned and carried forward.
    #[schema(value_type = i64)]
    pub closing_pence: Pence,
    /// Of that what is promised to nobody.
    #[schema(value_type = i64)]
    pub free_pence: Pence,
    /// Of that what is set aside for earmarks and tranches.
    #[schema(value_type = i64)]
    pub aside_pence: Pence,
    /// Of that what is offered and not accepted.
    #[schema(value_type = i64)]
    pub still_offered_pence: Pence,
    /// Of that what is committed and not paid.
    #[schema(value_type = i64)]
    pub still_committed_pence: Pence,
}

/// The closing statement of a fund period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ClosingStatement {
    /// The fund period: `CIF-2020-21`.
    #[schema(max_length = 80)]
    pub fund_period: String,
    /// The last day that counts.
    pub as_at: NaiveDate,
    /// By source.
    #[schema(max_items = 1_000)]
    pub sources: Vec<StatementSource>,
    /// Every movement from the first day of the period on, by source and day.
    #[schema(max_items = 1_000_000)]
    pub movements: Vec<StatementRow>,
}

impl Flow {
    /// What it is for the period's money.
    #[must_use]
    pub const fn kind(&self) -> StatementKind {
        use StatementPlace::{Aside, Committed, Elsewhere, FundPeriod, Offered, Paid, Source};
        match (self.from, self.to) {
            (Source, _) => StatementKind::Received,
            (Elsewhere, _) => StatementKind::CarriedIn,
            (_, Elsewhere) => StatementKind::CarriedForward,
            (Paid, Source) => StatementKind::RecoveredAndReturned,
            (_, Source) => StatementKind::Returned,
            (Paid, Committed) => StatementKind::PaymentReturned,
            (Paid, _) => StatementKind::Recovered,
            (_, Paid) => StatementKind::Paid,
            (_, Committed) => StatementKind::Committed,
            (Offered | Committed, FundPeriod | Aside) => StatementKind::Released,
            (_, Offered) => StatementKind::Offered,
            (Aside, FundPeriod) => StatementKind::BroughtBack,
            (_, FundPeriod | Aside) => StatementKind::SetAside,
        }
    }

    /// What comes into the period's unpaid money, and what leaves it.
    #[must_use]
    pub const fn in_and_out(&self) -> (Pence, Pence) {
        match self.kind() {
            StatementKind::Received | StatementKind::CarriedIn | StatementKind::Recovered | StatementKind::PaymentReturned => {
                (self.amount, Pence::ZERO)
            }
            StatementKind::CarriedForward | StatementKind::Returned | StatementKind::Paid => (Pence::ZERO, self.amount),
            StatementKind::RecoveredAndReturned => (self.amount, self.amount),
            _ => (Pence::ZERO, Pence::ZERO),
        }
    }
}

impl StatementSource {
    fn add(&mut self, flow: &Flow, is_before: bool) {
        let amount = flow.amount;
        let (into, out) = flow.in_and_out();
        self.closing_pence = self.closing_pence + into - out;
        for (place, change) in [(flow.from, -amount), (flow.to, amount)] {
            let held = match place {
                StatementPlace::FundPeriod => &mut self.free_pence,
                StatementPlace::Aside => &mut self.aside_pence,
                StatementPlace::Offered => &mut self.still_offered_pence,
                StatementPlace::Committed => &mut self.still_committed_pence,
                StatementPlace::Source | StatementPlace::Elsewhere | StatementPlace::Paid => continue,
            };
            *held = *held + change;
        }
        if is_before {
            self.opening_pence = self.opening_pence + into - out;
            return;
        }
        let sum = match flow.kind() {
            StatementKind::Received => &mut self.received_pence,
            StatementKind::CarriedIn => &mut self.carried_in_pence,
            StatementKind::CarriedForward => &mut self.carried_forward_pence,
            StatementKind::Returned => &mut self.returned_pence,
            StatementKind::Offered => &mut self.offered_pence,
            StatementKind::Committed => &mut self.committed_pence,
            StatementKind::Released => &mut self.released_pence,
            StatementKind::Recovered => &mut self.recovered_pence,
            StatementKind::Paid => &mut self.paid_pence,
            StatementKind::PaymentReturned => {
                self.paid_pence = self.paid_pence - amount;
                return;
            }
            StatementKind::RecoveredAndReturned => {
                self.returned_pence = self.returned_pence + amount;
                &mut self.recovered_pence
            }
            StatementKind::SetAside | StatementKind::BroughtBack => return,
        };
        *sum = *sum + amount;
    }
}

/// The statement of a period that begins on a day, of movements in the order of their days.
#[must_use]
pub fn statement(fund_period: &str, (starts_on, as_at): (NaiveDate, NaiveDate), flows: &[Flow]) -> ClosingStatement {
    let mut sources: BTreeMap<&str, StatementSource> = BTreeMap::new();
    let mut running: HashMap<&str, Pence> = HashMap::new();
    let mut movements = Vec::with_capacity(flows.len());
    for flow in flows {
        let is_before = flow.on < starts_on;
        let own = sources.entry(&flow.source).or_default();
        own.funding_source.clone_from(&flow.source);
        own.add(flow, is_before);
        let (in_pence, out_pence) = flow.in_and_out();
        let balance = running.entry(&flow.source).or_default();
        *balance = *balance + in_pence - out_pence;
        if is_before {
            continue;
        }
        movements.push(StatementRow {
            funding_source: flow.source.clone(),
            budget_line: flow.budget_line.clone(),
            on: flow.on,
            kind: flow.kind(),
            award: flow.award.clone(),
            amount_pence: flow.amount,
            in_pence,
            out_pence,
            balance_pence: *balance,
            transfer_id: flow.id,
        });
    }
    movements.sort_by(|a, b| a.funding_source.cmp(&b.funding_source));
    ClosingStatement { fund_period: fund_period.to_owned(), as_at, sources: sources.into_values().collect(), movements }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const WAYS: [(StatementPlace, StatementPlace); 17] = {
        use StatementPlace::{Aside, Committed, Elsewhere, FundPeriod, Offered, Paid, Source};
        [
            (Source, FundPeriod),
            (FundPeriod, Source),
            (FundPeriod, Elsewhere),
            (Elsewhere, FundPeriod),
            (FundPeriod, Aside),
            (Aside, FundPeriod),
            (Aside, Offered),
            (Aside, Source),
            (FundPeriod, Offered),
            (Offered, Aside),
            (Offered, Committed),
            (Committed, FundPeriod),
            (Committed, Paid),
            (Paid, Committed),
            (Paid, FundPeriod),
            (Paid, Source),
            (Aside, Committed),
        ]
    };

    proptest! {
        /// Whatever moved: a source's statement adds up to the penny, and what is left is just what its places hold.
        #[test]
        fn a_statement_adds_up(moves in prop::collection::vec((0..WAYS.len(), 0..3_u32, 1_i64..1_000_000, 0_u64..60), 0..60)) {
            let first: NaiveDate = "2020-03-15".parse().unwrap();
            let start: NaiveDate = "2020-04-01".parse().unwrap();
            let mut flows: Vec<Flow> = moves.iter().map(|(way, source, pence, days)| Flow {
                id: Id::new(), source: format!("S{source}"), budget_line: "L".to_owned(), from: WAYS[*way].0, to: WAYS[*way].1,
                award: None, amount: Pence(*pence), on: first + chrono::Days::new(*days),
            }).collect();
            flows.sort_by_key(|flow| flow.on);
            let made = statement("F", (start, first + chrono::Days::new(60)), &flows);
            prop_assert_eq!(made.movements.len(), flows.iter().filter(|flow| flow.on >= start).count());
            for one in &made.sources {
                let into = one.opening_pence + one.received_pence + one.carried_in_pence + one.recovered_pence;
                let out = one.paid_pence + one.returned_pence + one.carried_forward_pence;
                prop_assert_eq!(into - out, one.closing_pence);
                let held = one.free_pence + one.aside_pence + one.still_offered_pence + one.still_committed_pence;
                prop_assert_eq!(held, one.closing_pence);
                let last = made.movements.iter().rev().find(|row| row.funding_source == one.funding_source);
                prop_assert_eq!(last.map_or(one.opening_pence, |row| row.balance_pence), one.closing_pence);
            }
        }
    }
}
