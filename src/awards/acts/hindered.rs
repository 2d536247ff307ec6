//! Acts that an award's state leaves open, and that would be refused all the same.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;

use super::payer;
use crate::awards::monitoring::acts::not_ready;
use crate::awards::rules::{self, AwardAct, AwardState};
use crate::awards::store::Award;
use crate::funds::{earmarks, tranches};
use crate::kernel::{Id, Pence, Refusal};
use crate::ledger::{self, AccountKind};
use crate::providers::checks;
use crate::store::Conn;

/// Which acts are refused today to these awards, although their state leaves them open: an offer while the tranche or the earmark that
/// pays is not open, holds too little, or a check of the provider failed or expired; an acceptance without a complete plan (R67); another year
/// of an agreement that is over by then. As many questions are asked for many awards as for one.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn hindered(conn: &mut Conn, awards: &[Award], today: NaiveDate) -> Result<HashMap<Id, Vec<AwardAct>>, Refusal> {
    let shown = |award: &Award| rules::shown_state(award.state(), award.standing.acceptance_due_on, today);
    let among = |state: AwardState| awards.iter().filter(|award| shown(award) == state).collect::<Vec<&Award>>();
    let (drafts, offered) = (among(AwardState::Draft), among(AwardState::Offered));
    let mut hindered: HashMap<Id, Vec<AwardAct>> = HashMap::new();
    for id in not_offerable(conn, &drafts, today)? {
        hindered.entry(id).or_default().push(AwardAct::Offer);
    }
    for id in not_ready(conn, &offered)? {
        hindered.entry(id).or_default().push(AwardAct::Accept);
    }
    for award in awards.iter().filter(|award| !rules::may_go_on(&award.terms, award.period)) {
        hindered.entry(award.id).or_default().push(AwardAct::NextYear);
    }
    Ok(hindered)
}

fn not_offerable(conn: &mut Conn, drafts: &[&Award], today: NaiveDate) -> Result<Vec<Id>, Refusal> {
    let providers: Vec<Id> = drafts.iter().filter_map(|award| award.terms.provider_id).collect();
    let paid_by = |kind: AccountKind| {
        let payers = drafts.iter().map(|award| payer(&award.terms)).filter(|(of, _)| *of == kind);
        payers.map(|(_, record)| record).collect::<Vec<Id>>()
    };
    let (of_tranches, of_earmarks) = (paid_by(AccountKind::Tranche), paid_by(AccountKind::Earmark));
    let held_up: HashSet<Id> = checks::held_up(conn, &providers, today)?;
    let mut open: HashSet<Id> = tranches::letting_offer(conn, &of_tranches)?;
    open.extend(earmarks::letting_draw(conn, &of_earmarks)?);
    let mut held: HashMap<(Id, Id), Pence> = HashMap::new();
    for (kind, records) in [
        (AccountKind::Tranche, of_tranches),
        (AccountKind::Earmark, of_earmarks),
        (AccountKind::FundPeriod, paid_by(AccountKind::FundPeriod)),
    ] {
        held.extend(ledger::holdings(conn, kind, &records)?);
    }
    let is_hindered = |award: &&&Award| {
        let (kind, record) = payer(&award.terms);
        let is_open = kind == AccountKind::FundPeriod || open.contains(&record);
        let is_trusted = award.terms.provider_id.is_none_or(|provider| !held_up.contains(&provider));
        let of_record = held.iter().filter(|((of, _), _)| *of == record).map(|((_, line), pence)| (*line, *pence));
        !is_open || !is_trusted || !rules::may_suffice(award.moves_money(), &award.terms.split, &of_record.collect())
    };
    Ok(drafts.iter().filter(is_hindered).map(|award| award.id).collect())
}
