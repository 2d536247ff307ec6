//! What runs beside the requests: sealing the audit chain, delivering e-mail, sweeping the folder of files, tending the metrics.

use std::time::Duration;

use crate::audit::Sealer;
use crate::documents::{Shelf, Sweeping};
use crate::http::metrics;
use crate::kernel::StoreFault;
use crate::outbox::{Delivery, Mailer};
use crate::store::Db;
use crate::store::worker::{Next, Worker};

/// How often observations are gathered into the metrics, so that they take no room where nobody asks for them.
const TENDING: Duration = Duration::from_secs(5);

/// The workers of one process. Dropping this lets each end its round, and waits for that.
pub struct Workers {
    _sealer: Sealer,
    _sweeping: Sweeping,
    _delivery: Option<Delivery>,
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
        Ok(Self {
            _sealer: Sealer::start(db.clone())?,
            _sweeping: Sweeping::start(db.clone(), shelf.clone())?,
            _delivery: mailer.map(|mailer| Delivery::start(db.clone(), mailer)).transpose()?,
            _tending: Worker::start("metrics", TENDING, tend)?,
        })
    }
}
