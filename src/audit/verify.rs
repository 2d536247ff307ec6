//! Computing the chain again.

use serde::Serialize;
use utoipa::ToSchema;

use crate::audit::rules::{self, BEGINNING};
use crate::audit::store::{self, EventRow, SealRow};
use crate::kernel::{Id, Moment, Refusal};
use crate::store::Conn;

/// How many links are read at a time.
const BATCH: i64 = 1000;
/// How many events behind the head are looked for: one is enough for a verdict.
const MISSING_MAX: i64 = 1000;

words! {
    /// What is wrong with a link of the chain.
    pub enum BreakKind {
        /// Links are missing before this one.
        Gap = "gap",
        /// The link's event is gone.
        EventMissing = "event_missing",
        /// The link does not follow the one before it.
        DoesNotFollow = "does_not_follow",
        /// The event or the link is not what was sealed.
        Changed = "changed",
    }
}

/// Where the chain breaks first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct AuditBreak {
    /// The link's number.
    #[schema(minimum = 1)]
    pub sequence: i64,
    /// Its event.
    pub event_id: Id,
    /// What is wrong.
    pub kind: BreakKind,
}

/// What became of checking the chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct AuditVerification {
    /// Whether every link holds and no event before the head is without a link.
    pub intact: bool,
    /// How many links were checked.
    #[schema(minimum = 0)]
    pub sealed_count: i64,
    /// How many of them do not hold.
    #[schema(minimum = 0)]
    pub broken_count: i64,
    /// The first that does not hold.
    pub first_break: Option<AuditBreak>,
    /// Events that happened before the head's and have no link: taken out of the chain, put in later by hand, or, for up to an hour
    /// after the database's clock was set back, still to be sealed. At most 1,000 are counted.
    #[schema(minimum = 0, maximum = 1000)]
    pub missing_seal_count: i64,
    /// Links whose event happened before the event of the link before: committed late, or put in by hand.
    #[schema(minimum = 0)]
    pub out_of_order_count: i64,
    /// All events without a link; the newest wait a moment for theirs.
    #[schema(minimum = 0)]
    pub unsealed_count: i64,
    /// The number of the newest link; 0 before the first.
    #[schema(minimum = 0)]
    pub head_sequence: i64,
    /// The newest link's hash. Keep it elsewhere: a later check must find this hash under this number.
    #[schema(min_length = 64, max_length = 64)]
    pub head_hash: String,
}

struct Walk {
    sequence: i64,
    hash: String,
    happened_at: Option<Moment>,
    found: AuditVerification,
}

impl Walk {
    fn begin() -> Self {
        let found = AuditVerification {
            intact: true,
            sealed_count: 0,
            broken_count: 0,
            first_break: None,
            missing_seal_count: 0,
            out_of_order_count: 0,
            unsealed_count: 0,
            head_sequence: 0,
            head_hash: BEGINNING.to_owned(),
        };
        Self { sequence: 0, hash: BEGINNING.to_owned(), happened_at: None, found }
    }

    /// Takes one link. After one that does not hold the walk goes on from what it says, so that each fault counts once.
    fn step(&mut self, seal: SealRow, event: Option<&EventRow>) -> Result<Option<AuditBreak>, Refusal> {
        let fault = self.fault_of(&seal, event)?;
        let fault = fault.map(|kind| AuditBreak { sequence: seal.sequence, event_id: seal.event_id, kind });
        if let Some(fault) = &fault {
            self.found.broken_count += 1;
            self.found.first_break.get_or_insert_with(|| fault.clone());
        }
        let happened_at = event.map(|event| event.happened_at);
        if happened_at < self.happened_at && happened_at.is_some() {
            self.found.out_of_order_count += 1;
        }
        self.happened_at = self.happened_at.max(happened_at);
        self.found.sealed_count += 1;
        (self.sequence, self.hash) = (seal.sequence, seal.hash);
        Ok(fault)
    }

    fn fault_of(&self, seal: &SealRow, event: Option<&EventRow>) -> Result<Option<BreakKind>, Refusal> {
        if seal.sequence != self.sequence + 1 {
            return Ok(Some(BreakKind::Gap));
        }
        if seal.previous_hash != self.hash {
            return Ok(Some(BreakKind::DoesNotFollow));
        }
        let Some(event) = event else { return Ok(Some(BreakKind::EventMissing)) };
        let hash = rules::link(&seal.previous_hash, seal.sequence, seal.sealed_at, &event.text()?);
        Ok((hash != seal.hash).then_some(BreakKind::Changed))
    }
}

/// The ids of events that happened before the head's and have no link; at most 1,000.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn without_link(conn: &mut Conn) -> Result<Vec<Id>, Refusal> {
    let Some(head) = store::head(conn)? else { return Ok(Vec::new()) };
    Ok(store::behind_head(conn, &head, MISSING_MAX)?.iter().map(|event| event.id).collect())
}

/// Computes the whole chain again. Reads in batches; ask it inside one snapshot ([`crate::store::Db::snapshot`]).
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn verify(conn: &mut Conn) -> Result<AuditVerification, Refusal> {
    verify_telling(conn, |_| {})
}

/// The same, and `tell` is told of each link that does not hold, as it is found.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn verify_telling(conn: &mut Conn, mut tell: impl FnMut(&AuditBreak)) -> Result<AuditVerification, Refusal> {
    let mut walk = Walk::begin();
    loop {
        let batch = store::links_after(conn, walk.sequence, BATCH)?;
        if batch.is_empty() {
            break;
        }
        for (seal, event) in batch {
            if let Some(found) = walk.step(seal, event.as_ref())? {
                tell(&found);
            }
        }
    }
    let mut found = walk.found;
    found.head_sequence = walk.sequence;
    found.head_hash = walk.hash;
    found.unsealed_count = store::count_unsealed(conn)?;
    found.missing_seal_count = i64::try_from(without_link(conn)?.len()).map_err(Refusal::broken)?;
    found.intact = found.broken_count == 0 && found.missing_seal_count == 0;
    Ok(found)
}
