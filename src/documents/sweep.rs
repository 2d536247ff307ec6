//! Takes away files that no row names: their act was refused, or the service stopped between the two.

use std::fs;
use std::path::Path;
use std::time::{Duration, UNIX_EPOCH};

use crate::documents::{Shelf, store};
use crate::kernel::{Moment, Refusal, StoreFault};
use crate::store::Db;
use crate::store::worker::{Next, Worker};

/// How often the worker looks.
const PAUSE: Duration = Duration::from_secs(3600);
/// How old a file without a row must be, in hours: on a network disk that keeps no locks, this keeps the sweep from an upload.
const AGE_HOURS: i64 = 24;

/// The worker. Several may run: one at a time has the shelf.
pub struct Sweeping {
    _worker: Worker,
}

impl Sweeping {
    /// Starts sweeping.
    ///
    /// # Errors
    /// [`StoreFault::Unavailable`] where the machine gives no thread.
    pub fn start(db: Db, shelf: Shelf) -> Result<Self, StoreFault> {
        let round = move |runtime: &tokio::runtime::Runtime| {
            match runtime.block_on(sweep(&db, &shelf)) {
                Ok(0) => {}
                Ok(count) => tracing::info!(count, "files without a document were taken away"),
                Err(refusal) => tracing::warn!(fault = %refusal, "the folder of attached files was not swept"),
            }
            Next::Later
        };
        Worker::start("documents", PAUSE, round).map(|worker| Self { _worker: worker })
    }
}

/// Takes away what no row names and says how many files that were; none while a file is being attached.
///
/// # Errors
/// [`Refusal::Store`] where the database or the disk fails.
pub async fn sweep(db: &Db, shelf: &Shelf) -> Result<usize, Refusal> {
    let disk = |error: std::io::Error| Refusal::Store(StoreFault::Unavailable(error.to_string()));
    let Some(_alone) = shelf.hold_alone().map_err(disk)? else { return Ok(0) };
    let oldest = db.clock().now().plus(-chrono::TimeDelta::hours(AGE_HOURS));
    let mut count = 0;
    for path in shelf.files().map_err(disk)? {
        if !is_older(&path, oldest) {
            continue;
        }
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        if !db.read(move |conn| store::is_named(conn, &name)).await? {
            fs::remove_file(&path).map_err(disk)?;
            count += 1;
        }
    }
    Ok(count)
}

/// Takes one file away that no row names any more, and says whether it is gone. While a file is being attached it stays, for the sweep to take.
///
/// # Errors
/// [`Refusal::Store`] where the database or the disk fails.
pub async fn take_away(db: &Db, shelf: &Shelf, sha256: String) -> Result<bool, Refusal> {
    let disk = |error: std::io::Error| Refusal::Store(StoreFault::Unavailable(error.to_string()));
    let Some(_alone) = shelf.hold_alone().map_err(disk)? else { return Ok(false) };
    let path = shelf.path_of(&sha256);
    if db.read(move |conn| store::is_named(conn, &sha256)).await? {
        return Ok(false);
    }
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(disk(error)),
        _ => Ok(true),
    }
}

fn is_older(path: &Path, oldest: Moment) -> bool {
    let modified = fs::metadata(path).and_then(|metadata| metadata.modified()).ok();
    let since = modified.and_then(|modified| modified.duration_since(UNIX_EPOCH).ok());
    since.and_then(|since| i64::try_from(since.as_micros()).ok()).is_some_and(|micros| micros < oldest.micros())
}
