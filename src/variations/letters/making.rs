//! Making letters: at once for whoever asks for one, and all that wait by the worker, one after the other.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use crate::documents::{DocumentView, Press, Shelf};
use crate::http::Pdf;
use crate::kernel::{Refusal, StoreFault};
use crate::store::worker::{Next, Worker};
use crate::store::{Db, WriteMeta};
use crate::variations::letters::acts::{self, Asked, Found, ToMake, Which};

/// How long the worker rests when no letter waits.
const PAUSE: Duration = Duration::from_secs(2);
/// After how long a letter that could not be made is tried again.
const AGAIN: Duration = Duration::from_secs(600);

/// The worker. Several processes may have one: what two of them make is the same, and one is kept.
pub struct Making {
    _worker: Worker,
}

impl Making {
    /// Starts making what waits: one letter in a round, so that a process that ends waits for no more than that.
    ///
    /// # Errors
    /// [`StoreFault::Unavailable`] where the machine gives no thread.
    pub fn start(db: Db, press: Press, shelf: Shelf) -> Result<Self, StoreFault> {
        let (mut after, mut failed) = (None, HashMap::<Which, Instant>::new());
        let round = move |runtime: &tokio::runtime::Runtime| {
            let found = runtime.block_on(db.read(move |conn| acts::waiting(conn, after)));
            failed.retain(|_, since| since.elapsed() < AGAIN);
            let made = match found {
                Ok(None) => {
                    after = None;
                    return Next::Later;
                }
                Ok(Some(which)) if failed.contains_key(&which) => Ok(which),
                Ok(Some(which)) => {
                    let made = runtime.block_on(make(&db, &press, &shelf, which));
                    made.map(|_| which).or_else(|refusal| passed_over(&mut failed, which, refusal))
                }
                Err(refusal) => Err(refusal),
            };
            match made {
                Ok(which) => {
                    after = Some(which);
                    Next::AtOnce
                }
                Err(refusal) => {
                    tracing::warn!(fault = %refusal, "letters that wait are made later");
                    Next::Later
                }
            }
        };
        Worker::start("letters", PAUSE, round).map(|worker| Self { _worker: worker })
    }
}

/// A letter that cannot be made keeps no other from being made. Where database, disk or press are busy none can.
fn passed_over(failed: &mut HashMap<Which, Instant>, which: Which, refusal: Refusal) -> Result<Which, Refusal> {
    if matches!(refusal, Refusal::Store(StoreFault::Unavailable(_))) {
        return Err(refusal);
    }
    let (id, number) = which;
    tracing::error!(variation_id = %id, number, fault = %refusal, "a letter was not made, a later round will try again");
    failed.insert(which, Instant::now());
    Ok(which)
}

/// Makes a letter, where it is not made yet, and keeps it. A further letter that its variation has by then is made for itself.
///
/// # Errors
/// [`Refusal::NotFound`] where there is no such letter; what [`Press::print`] refuses; [`Refusal::Store`].
pub async fn make(db: &Db, press: &Press, shelf: &Shelf, which: Which) -> Result<DocumentView, Refusal> {
    let ToMake { template, sheet, file_name } = match db.read(move |conn| acts::to_make(conn, which)).await? {
        Found::Made(found) => return Ok(*found),
        Found::Waiting(to_make) => to_make,
    };
    let printed = press.print_counted(template, &sheet).await?;
    let pages = i32::try_from(printed.pages).map_err(Refusal::broken)?;
    let placed = shelf.place(printed.bytes, file_name, "application/pdf".to_owned()).await?;
    db.write(WriteMeta::system("variation.make_letter", "letters"), move |tx| acts::keep(tx, which, &placed, pages)).await
}

/// The letter that somebody asked for: a draft as it stands, an issued one as it is kept.
///
/// # Errors
/// As for [`make`]; its file was taken away.
pub async fn pdf(db: &Db, press: &Press, shelf: &Shelf, asked: Asked) -> Result<Pdf, Refusal> {
    let found = match asked {
        Asked::Draft(sheet, template, version) => {
            let bytes = press.print(template, &sheet).await?;
            return Ok(Pdf { version, file_name: "Draft of a variation.pdf".to_owned(), bytes });
        }
        Asked::Made(found) => *found,
        Asked::Waiting(which) => make(db, press, shelf, which).await?,
    };
    let bytes = shelf.fetch(found.fetchable()?).await?;
    Ok(Pdf { version: 1, file_name: found.file_name, bytes })
}
