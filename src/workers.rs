//! What runs beside the requests: sealing the audit chain, delivering e-mail, sweeping the folder of files, ending what a day ends,
//! tending the metrics.

use std::time::Duration;

use crate::audit::Sealer;
use crate::awards;
use crate::documents::{Shelf, Sweeping};
use crate::funds::budget_lines;
use crate::http::metrics;
use crate::kernel::{Refusal, StoreFault};
use crate::outbox::{Delivery, Mailer};
use crate::store::worker::{Next, Worker};
use crate::store::{Db, WriteMeta};

/// How often observations are gathered into the metrics, so that they take no room where nobody asks for them.
const TENDING: Duration = Duration::from_secs(5);
/// How often the worker looks whether a day has ended something: at midnight in London the next look is at most so far away.
const DAYS: Duration = Duration::from_secs(3600);

/// The workers of one process. Dropping this lets each end its round, and waits for that.
pub struct Workers {
    _sealer: Sealer,
    _sweeping: Sweeping,
    _delivery: Option<Delivery>,
    _days: Worker,
    _tending: Worker,
}

impl Workers {
    /// Starts them. Without a mail server messages stay queued.
    ///
    /// # Errors
    /// [`StoreFault::Unavailable`] where the machine gives no threads.
    pub fn start(db: &Db, shelf: &Shelf, mailer: Option<Mailer>) -> Result<Self, StoreFault> {
        let tend = |_: &tokio::runtime::Runtime| {
            metrics::registry().run_upkeep();
            Next::Later
        };
        let ending = db.clone();
        let end = move |runtime: &tokio::runtime::Runtime| runtime.block_on(end_what_is_past(&ending));
        Ok(Self {
            _sealer: Sealer::start(db.clone())?,
            _sweeping: Sweeping::start(db.clone(), shelf.clone())?,
            _delivery: mailer.map(|mailer| Delivery::start(db.clone(), mailer)).transpose()?,
            _days: Worker::start("days", DAYS, end)?,
            _tending: Worker::start("metrics", TENDING, tend)?,
        })
    }
}

/// Ends what the passing of a day ends without anybody's act: offers that were not accepted in time, and at-risk approvals whose last
/// day is over. Each is a transaction of its own, with its events, and asks itself what is left to end, so replicas may do this at the
/// same time and nothing ends twice. What merely falls due, a return for one, follows from the day when it is asked for.
async fn end_what_is_past(db: &Db) -> Next {
    let lapsed = db.write(WriteMeta::system("award.lapse", "days"), awards::acts::lapse_overdue).await;
    let expired = db.write(WriteMeta::system("budget_line.end_at_risk", "days"), budget_lines::acts::end_expired).await;
    let lapsed = told("offers lapsed", lapsed);
    told("at-risk approvals ended", expired);
    if lapsed >= awards::acts::LAPSED_AT_ONCE { Next::AtOnce } else { Next::Later }
}

/// Puts in the log what happened, and says how many there were.
fn told(what: &str, outcome: Result<usize, Refusal>) -> usize {
    match outcome {
        Ok(0) => 0,
        Ok(count) => {
            tracing::info!(count, "{what}");
            count
        }
        Err(refusal) => {
            tracing::warn!(fault = %refusal, "{what}: not done, the next look will try again");
            0
        }
    }
}
