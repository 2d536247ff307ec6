//! Budget lines and leave to commit at risk; what is set aside; what is asked for.

use chrono::NaiveDate;

use crate::funds::bids::{self, BidGate, BidTerms};
use crate::funds::budget_lines::{self, AtRiskTerms, BudgetLinePart, BudgetTerms};
use crate::funds::claims::rules::{Certificate, FunderClaimReceipt};
use crate::funds::claims::{self, FunderClaimInput, acts::ToldClaim};
use crate::funds::earmarks::{self, EarmarkTerms};
use crate::funds::tranches::{self, TrancheState, TrancheTerms};
use crate::kernel::{Id, Refusal};
use crate::office::import::Office;
use crate::office::import::rows::{
    AreaRow, BidGateRow, BidRow, BudgetLineRow, FundPeriodRow, FundRow, FunderClaimReceiptRow, FunderClaimRow, ProgrammeRow, ProviderRow,
    SourceRow, TrancheRow,
};
use crate::office::load::loader::{Loader, kept};

impl Loader<'_, '_> {
    /// Budget lines and at-risk approvals, as far as they became known this day.
    pub fn budgets(&mut self, office: &Office) -> Result<(), Refusal> {
        self.budget_lines(office)?;
        self.at_risk(office)?;
        self.funder_claims(office)
    }

    /// A claim with what came for it; a receipt that became known later takes the claim on.
    fn funder_claims(&mut self, office: &Office) -> Result<(), Refusal> {
        let mut keys = self.touched(&office.funder_claims, |row| &row.key);
        keys.extend(self.touched(&office.funder_claim_receipts, |row| &row.claim));
        let all = self.groups(&office.funder_claims, |row| &row.key);
        let all_receipts = self.groups(&office.funder_claim_receipts, |row| &row.claim);
        for key in keys {
            let Some(row) = all.of(key).last().copied() else { continue };
            let Some(budget_line_id) = self.ids.one::<BudgetLineRow>(&row.budget_line) else { continue };
            let receipts = all_receipts.of(key);
            let told = told_claim(row, receipts, budget_line_id);
            self.put(row, &(row, receipts), |tx, id, from| claims::acts::import(tx, id, &told, from).map(|claim| claim.id))?;
        }
        Ok(())
    }

    /// Earmarks, tranches and bids, as far as they became known this day.
    pub fn set_aside(&mut self, office: &Office) -> Result<(), Refusal> {
        self.earmarks(office)?;
        self.tranches(office)?;
        self.bids(office)
    }

    fn budget_lines(&mut self, office: &Office) -> Result<(), Refusal> {
        for row in self.of_day(&office.budget_lines, |_| None) {
            let found = (self.ids.one::<FundPeriodRow>(&row.fund_period), self.ids.one::<SourceRow>(&row.source));
            let (Some(period), Some(source)) = found else { continue };
            let terms = BudgetTerms {
                state: row.state,
                amount_pence: row.amount,
                internal_pence: row.internal_amount,
                figure: row.print.note(),
                effective_on: row.effective_on,
                conditions: row.conditions.clone(),
                window_starts_on: row.window_starts_on,
                window_ends_on: row.window_ends_on,
                unspent_rule: row.unspent_rule,
                reason: row.origin.note.clone(),
            };
            self.put(row, row, |tx, id, from| match id {
                None => budget_lines::acts::record(tx, period, source, &terms, from).map(|line| line.id),
                Some(id) => budget_lines::acts::revise(tx, id, &terms, from).map(|line| line.id),
            })?;
        }
        Ok(())
    }

    /// A later approval takes the place of the one before.
    fn at_risk(&mut self, office: &Office) -> Result<(), Refusal> {
        for row in self.of_day(&office.at_risk, |_| None) {
            let Some(line) = self.ids.one::<BudgetLineRow>(&row.budget_line) else { continue };
            let terms = AtRiskTerms {
                amount_pence: row.amount,
                approved_on: row.approved_on,
                until: row.until,
                reason: row.reason.clone(),
                figure: row.print.note(),
            };
            self.put(row, row, |tx, _, from| budget_lines::acts::record_at_risk(tx, line, &terms, from).map(|approval| approval.id))?;
        }
        Ok(())
    }

    fn earmarks(&mut self, office: &Office) -> Result<(), Refusal> {
        for row in self.of_day(&office.earmarks, |_| None) {
            let found = (self.ids.one::<FundPeriodRow>(&row.fund_period), self.ids.one::<BudgetLineRow>(&row.budget_line));
            let (Some(period), Some(budget_line_id)) = found else { continue };
            let Some(programme_id) = self.ids.may::<ProgrammeRow>(row.programme.as_ref()) else { continue };
            let terms = EarmarkTerms {
                state: row.state,
                name: row.name.clone(),
                purpose: row.origin.note.clone(),
                programme_id,
                amount_pence: row.amount,
                figure: row.print.note(),
                effective_on: row.effective_on,
                reason: None,
            };
            let parts = [BudgetLinePart { budget_line_id, amount_pence: row.amount }];
            self.put(row, row, |tx, id, from| match id {
                None => earmarks::acts::record(tx, period, &terms, Some(&parts), from).map(|earmark| earmark.id),
                Some(id) => earmarks::acts::revise(tx, id, &terms, from).map(|earmark| earmark.id),
            })?;
        }
        Ok(())
    }

    fn tranches(&mut self, office: &Office) -> Result<(), Refusal> {
        for row in self.of_day(&office.tranches, |_| None) {
            let Some(period) = self.ids.one::<FundPeriodRow>(&row.fund_period) else { continue };
            let first_day = office.fund_periods.iter().find(|period| period.key == row.fund_period).map(|period| period.starts_on);
            let terms = TrancheTerms {
                state: row.state,
                name: row.name.clone(),
                planned_pence: row.planned_amount,
                projects_count: row.projects,
                figure: row.print.note(),
                opens_on: row.opens_on,
                closes_on: row.closes_on,
                decision_on: row.decision_on,
                criteria: None,
                guidance_url: None,
                effective_on: holds_from(row, self.day.or(first_day)),
                reason: None,
            };
            let number = row.number;
            self.put(row, row, |tx, id, from| {
                // A tranche that is cancelled has given back what was left.
                let aside = row.allocated_amount.filter(|_| id.is_none() || row.state != TrancheState::Cancelled);
                let id = match id {
                    None => tranches::acts::record(tx, period, Some(number), &terms, from)?.id,
                    Some(id) => {
                        let TrancheTerms { criteria, guidance_url, .. } = kept(tranches::find(tx.conn(), id)?)?.facts.terms;
                        let terms = TrancheTerms { criteria, guidance_url, ..terms.clone() };
                        tranches::acts::revise(tx, id, &terms, from)?.id
                    }
                };
                if let Some(aside) = aside {
                    tranches::acts::refill(tx, id, aside, terms.effective_on)?;
                }
                Ok(id)
            })?;
        }
        Ok(())
    }

    /// A bid with its gates; a gate that became known later makes a version of the bid, in which the others stay.
    fn bids(&mut self, office: &Office) -> Result<(), Refusal> {
        let mut keys = self.touched(&office.bids, |row| &row.key);
        keys.extend(self.touched(&office.bid_gates, |row| &row.bid));
        let (all, gates) = (self.groups(&office.bids, |row| &row.key), self.groups(&office.bid_gates, |row| &row.bid));
        for key in keys {
            let Some(row) = all.of(key).last().copied() else { continue };
            let gate_rows = gates.of(key);
            let Some(terms) = self.bid_terms(row) else { continue };
            let told = self.told_now::<BidRow, _>(key, gate_rows);
            self.put(row, &(row, gate_rows), |tx, id, from| match id {
                None => {
                    bids::acts::record(tx, &BidTerms { gates: laid_over(Vec::new(), row.gates, &told), ..terms }, from).map(|bid| bid.id)
                }
                Some(id) => {
                    let kept = kept(bids::find(tx.conn(), id)?)?.facts.terms;
                    let gates = laid_over(kept.gates, row.gates, &told);
                    let terms = BidTerms { budget_line_id: kept.budget_line_id, gates, ..terms };
                    bids::acts::revise(tx, id, &terms, from).map(|bid| bid.id)
                }
            })?;
        }
        Ok(())
    }

    fn bid_terms(&self, row: &BidRow) -> Option<BidTerms> {
        Some(BidTerms {
            state: row.state,
            title: row.name.clone(),
            funding_source_id: self.ids.may::<SourceRow>(row.source.as_ref())?,
            fund_id: self.ids.may::<FundRow>(row.fund.as_ref())?,
            lead_applicant: row.lead.clone(),
            lead_provider_id: self.ids.may::<ProviderRow>(row.lead_provider.as_ref())?,
            opcc_role: row.opcc_role,
            round: row.round,
            area_ids: self.ids.all::<AreaRow>(&row.areas)?,
            requested_pence: row.requested,
            awarded_pence: row.awarded,
            figure: row.print.note(),
            submitted_on: row.submitted_on,
            decided_on: row.decided_on,
            gates: Vec::new(),
            budget_line_id: None,
            reason: row.origin.note.clone(),
        })
    }
}

/// The gates that are told now, laid over those that were told before; as many as the bid is said to have.
fn laid_over(before: Vec<BidGate>, count: Option<i32>, told: &[&BidGateRow]) -> Vec<BidGate> {
    let count = count.map_or(before.len(), |count| usize::try_from(count).unwrap_or_default());
    let unknown = BidGate { name: None, passed: false, passed_on: None };
    let gates = before.into_iter().chain(std::iter::repeat(unknown)).take(count).zip(1..);
    let gate = |(kept, number): (BidGate, i32)| match told.iter().find(|gate| gate.number == number) {
        Some(gate) => BidGate { passed: gate.passed, passed_on: gate.passed_on, ..kept },
        None => kept,
    };
    gates.map(gate).collect()
}

/// A decided tranche holds from its decision, an earlier one from the day on which it was known.
fn holds_from(row: &TrancheRow, known_from: Option<NaiveDate>) -> NaiveDate {
    use crate::funds::tranches::TrancheState::{Completed, Decided};
    let decided = row.decision_on.filter(|_| matches!(row.state, Decided | Completed));
    decided.or(known_from).or(row.opens_on).unwrap_or_default()
}

fn told_claim(row: &FunderClaimRow, receipts: &[&FunderClaimReceiptRow], budget_line_id: Id) -> ToldClaim {
    let receipt = |row: &&FunderClaimReceiptRow| FunderClaimReceipt {
        amount_pence: row.amount,
        received_on: Some(row.received_on),
        reference: row.reference.clone(),
    };
    let (statement, certified_on, certified_by) = (row.statement.clone(), row.certified_on, row.certified_by.clone());
    let certificate = statement.zip(certified_on).zip(certified_by).map(|((statement, certified_on), certified_by_name)| Certificate {
        statement,
        certified_on,
        certified_by: None,
        certified_by_name,
        outstanding_returns: None,
    });
    ToldClaim {
        input: FunderClaimInput {
            budget_line_id,
            amount_pence: row.amount,
            starts_on: row.starts_on,
            ends_on: row.ends_on,
            days_reason: row.days_reason.clone(),
            note: row.origin.note.clone(),
        },
        certificate,
        receipts: receipts.iter().map(receipt).collect(),
        withdrawn: row.withdrawn.clone(),
    }
}
