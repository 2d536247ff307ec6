//! Balances of the ledger's accounts, added up from the movements of a question.

use std::collections::HashMap;

use crate::kernel::{Id, Pence};
use crate::ledger::AccountKind;
use crate::reports::book::store::{CarriedRow, FlowRow, KindRow};

/// What an award has from one budget line.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Held {
    /// Offered and not accepted.
    pub offered: Pence,
    /// Committed, paid included.
    pub committed: Pence,
    /// Paid.
    pub paid: Pence,
    /// Come back after payment.
    pub recovered: Pence,
    /// Let go before payment.
    pub released: Pence,
}

/// Balances by record and budget line.
#[derive(Debug, Default)]
pub struct Accounts {
    /// Of fund periods.
    pub periods: HashMap<(Id, Id), Pence>,
    /// Of earmarks.
    pub earmarks: HashMap<(Id, Id), Pence>,
    /// Of tranches.
    pub tranches: HashMap<(Id, Id), Pence>,
    /// Of awards.
    pub awards: HashMap<(Id, Id), Held>,
}

impl Accounts {
    /// Adds up movements. Those from one fund period to the next change the budget line, so they come as `carried`.
    #[must_use]
    pub fn of(flows: &[FlowRow], carried: &[CarriedRow]) -> Self {
        let mut all = Self::default();
        let is_carried = |flow: &&FlowRow| (flow.from_kind, flow.to_kind) == (AccountKind::FundPeriod, AccountKind::FundPeriod);
        for flow in flows.iter().filter(|flow| !is_carried(flow)) {
            let amount = flow.amount.unwrap_or_default();
            all.put(flow.from_kind, flow.from_id, flow.line_id, -amount);
            all.put(flow.to_kind, flow.to_id, flow.line_id, amount);
            all.note(flow, amount);
        }
        for row in carried {
            all.put(AccountKind::FundPeriod, row.from_id, row.from_line_id, -row.amount);
            all.put(AccountKind::FundPeriod, row.to_id, row.to_line_id, row.amount);
        }
        all
    }

    fn held(&mut self, award: Id, line: Id) -> &mut Held {
        self.awards.entry((award, line)).or_default()
    }

    fn put(&mut self, kind: AccountKind, record: Id, line: Id, amount: Pence) {
        let balance = match kind {
            AccountKind::Source => return,
            AccountKind::FundPeriod => self.periods.entry((record, line)).or_default(),
            AccountKind::Earmark => self.earmarks.entry((record, line)).or_default(),
            AccountKind::Tranche => self.tranches.entry((record, line)).or_default(),
            AccountKind::Offered => &mut self.held(record, line).offered,
            AccountKind::Committed | AccountKind::Paid => &mut self.held(record, line).committed,
        };
        *balance = *balance + amount;
    }

    /// Payments, recoveries and releases are sums of movements, which no balance tells.
    fn note(&mut self, flow: &FlowRow, amount: Pence) {
        use AccountKind::{Committed, Earmark, FundPeriod, Offered, Paid, Tranche};
        let sum = match (flow.from_kind, flow.to_kind) {
            (Committed, Paid) => &mut self.held(flow.to_id, flow.line_id).paid,
            (Paid, _) => &mut self.held(flow.from_id, flow.line_id).recovered,
            (Offered | Committed, FundPeriod | Earmark | Tranche) => &mut self.held(flow.from_id, flow.line_id).released,
            _ => return,
        };
        *sum = *sum + amount;
    }
}

/// What the whole ledger holds by kind of account: the other way of adding up.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Whole {
    /// In fund periods.
    pub unallocated: Pence,
    /// In earmarks.
    pub earmarked: Pence,
    /// In tranches.
    pub allocated: Pence,
    /// Offered.
    pub offered: Pence,
    /// Committed, paid included.
    pub committed: Pence,
    /// Paid.
    pub paid: Pence,
    /// Recovered.
    pub recovered: Pence,
    /// Released.
    pub released: Pence,
}

impl Whole {
    /// From the movements by kind, and how many there are.
    #[must_use]
    pub fn of(kinds: &[KindRow]) -> (Self, i64) {
        use AccountKind::{Committed, Earmark, FundPeriod, Offered, Paid, Source, Tranche};
        let mut whole = Self::default();
        for row in kinds {
            let amount = row.amount.unwrap_or_default();
            for (kind, change) in [(row.from_kind, -amount), (row.to_kind, amount)] {
                let balance = match kind {
                    Source => continue,
                    FundPeriod => &mut whole.unallocated,
                    Earmark => &mut whole.earmarked,
                    Tranche => &mut whole.allocated,
                    Offered => &mut whole.offered,
                    Committed | Paid => &mut whole.committed,
                };
                *balance = *balance + change;
            }
            let sum = match (row.from_kind, row.to_kind) {
                (Committed, Paid) => &mut whole.paid,
                (Paid, _) => &mut whole.recovered,
                (Offered | Committed, FundPeriod | Earmark | Tranche) => &mut whole.released,
                _ => continue,
            };
            *sum = *sum + amount;
        }
        (whole, kinds.iter().map(|row| row.count).sum())
    }
}
