//! Making letters: at once for whoever asks for one, and all that wait by the worker, one after the other. Letters of novations are made as those of
//! variations are: what differs is where they wait, and where their files are noted ([`Letters`]).

use std::collections::HashMap;
use std::fmt::Debug;
use std::hash::Hash;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::documents::{DocumentView, Placed, Press, Shelf, Template};
use crate::http::Pdf;
use crate::kernel::{Refusal, StoreFault};
use crate::store::worker::{Next, Worker};
use crate::store::{Conn, Db, Tx, WriteMeta};
use crate::variations::letters::acts::{self, Which};
use crate::variations::letters::words;

/// How long the worker rests when no letter waits.
const PAUSE: Duration = Duration::from_secs(2);
/// After how long a letter that could not be made is tried again.
const AGAIN: Duration = Duration::from_secs(600);

/// Letters of one kind of record.
pub trait Letters: 'static {
    /// Which letter.
    type Which: Copy + Eq + Hash + Debug + Send + 'static;
    /// The act that keeps one that was made.
    const ACT: &'static str;

    /// The first letter after the one `after` that is not made yet.
    ///
    /// # Errors
    /// [`Refusal::Store`] where the database fails.
    fn waiting(conn: &mut Conn, after: Option<Self::Which>) -> Result<Option<Self::Which>, Refusal>;

    /// What is to be made for a letter, where it is not made yet.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] where there is no such letter.
    fn to_make(conn: &mut Conn, which: Self::Which) -> Result<Found, Refusal>;

    /// Keeps a letter that was made, for the provider that it was written to; where another one was kept meanwhile, that one stays.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] where there is no such letter.
    fn keep(tx: &mut Tx<'_>, which: Self::Which, placed: &Placed, pages: i32) -> Result<DocumentView, Refusal>;
}

/// The letters of variations.
#[derive(Debug)]
pub struct OfVariations;

impl Letters for OfVariations {
    type Which = Which;
    const ACT: &'static str = "variation.make_letter";

    fn waiting(conn: &mut Conn, after: Option<Which>) -> Result<Option<Which>, Refusal> {
        acts::waiting(conn, after)
    }

    fn to_make(conn: &mut Conn, which: Which) -> Result<Found, Refusal> {
        acts::to_make(conn, which)
    }

    fn keep(tx: &mut Tx<'_>, which: Which, placed: &Placed, pages: i32) -> Result<DocumentView, Refusal> {
        acts::keep(tx, which, placed, pages)
    }
}

/// A letter that somebody asks for.
#[derive(Debug)]
pub enum Asked<W> {
    /// A draft, which is made now and not kept, and the version of what it tells of.
    Draft(ToMake, i32),
    /// A letter that is not made yet.
    Waiting(W),
    /// A letter that was made.
    Made(Box<DocumentView>),
}

/// What a letter that is not made yet is set from.
#[derive(Debug)]
pub struct ToMake {
    /// Which template it is set with.
    pub template: Template,
    /// What it says.
    pub sheet: Value,
    /// The name of the file.
    pub file_name: String,
}

impl ToMake {
    /// A letter as it was fixed. Its file is called by the words at these places of it, and by its provider.
    ///
    /// # Errors
    /// [`Refusal::Store`] where what is kept is no letter.
    pub fn fixed(template: Template, sheet: &str, called: &[&str]) -> Result<Self, Refusal> {
        let sheet: Value = serde_json::from_str(sheet).map_err(Refusal::broken)?;
        let word = |pointer: &str| sheet.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
        let reference = called.iter().copied().map(word).collect::<Vec<_>>().join(" ");
        let file_name = words::file_name(&reference, word("/provider/name"));
        Ok(Self { template, sheet, file_name })
    }
}

/// A letter that is to be made, where nobody else made it.
#[derive(Debug)]
pub enum Found {
    /// It is not made yet.
    Waiting(ToMake),
    /// It is made.
    Made(Box<DocumentView>),
}

/// The worker. Several processes may have one: what two of them make is the same, and one is kept.
pub struct Making {
    _worker: Worker,
}

impl Making {
    /// Starts making what waits of one kind: one letter in a round, so that a process that ends waits for no more than that.
    ///
    /// # Errors
    /// [`StoreFault::Unavailable`] where the machine gives no thread.
    pub fn start<L: Letters>(db: Db, press: Press, shelf: Shelf) -> Result<Self, StoreFault> {
        let (mut after, mut failed) = (None, HashMap::<L::Which, Instant>::new());
        let round = move |runtime: &tokio::runtime::Runtime| {
            let found = runtime.block_on(db.read(move |conn| L::waiting(conn, after)));
            failed.retain(|_, since| since.elapsed() < AGAIN);
            let made = match found {
                Ok(None) => {
                    after = None;
                    return Next::Later;
                }
                Ok(Some(which)) if failed.contains_key(&which) => Ok(which),
                Ok(Some(which)) => {
                    let made = runtime.block_on(make::<L>(&db, &press, &shelf, which));
                    made.map(|_| which).or_else(|refusal| passed_over::<L>(&mut failed, which, refusal))
                }
                Err(refusal) => Err(refusal),
            };
            match made {
                Ok(which) => {
                    after = Some(which);
                    Next::AtOnce
                }
                Err(refusal) => {
                    tracing::warn!(act = L::ACT, fault = %refusal, "letters that wait are made later");
                    Next::Later
                }
            }
        };
        Worker::start("letters", PAUSE, round).map(|worker| Self { _worker: worker })
    }
}

/// A letter that cannot be made keeps no other from being made. Where database, disk or press are busy none can.
fn passed_over<L: Letters>(failed: &mut HashMap<L::Which, Instant>, which: L::Which, refusal: Refusal) -> Result<L::Which, Refusal> {
    if matches!(refusal, Refusal::Store(StoreFault::Unavailable(_))) {
        return Err(refusal);
    }
    tracing::error!(act = L::ACT, ?which, fault = %refusal, "a letter was not made, a later round will try again");
    failed.insert(which, Instant::now());
    Ok(which)
}

/// Makes a letter, where it is not made yet, and keeps it. A further letter that its variation has by then is made for itself.
///
/// # Errors
/// [`Refusal::NotFound`] where there is no such letter; what [`Press::print`] refuses; [`Refusal::Store`].
pub async fn make<L: Letters>(db: &Db, press: &Press, shelf: &Shelf, which: L::Which) -> Result<DocumentView, Refusal> {
    let ToMake { template, sheet, file_name } = match db.read(move |conn| L::to_make(conn, which)).await? {
        Found::Made(found) => return Ok(*found),
        Found::Waiting(to_make) => to_make,
    };
    let printed = press.print_counted(template, &sheet).await?;
    let pages = i32::try_from(printed.pages).map_err(Refusal::broken)?;
    let placed = shelf.place(printed.bytes, file_name, "application/pdf".to_owned()).await?;
    db.write(WriteMeta::system(L::ACT, "letters"), move |tx| L::keep(tx, which, &placed, pages)).await
}

/// The letter that somebody asked for: a draft as it stands, an issued one as it is kept.
///
/// # Errors
/// As for [`make`]; its file was taken away.
pub async fn pdf<L: Letters>(db: &Db, press: &Press, shelf: &Shelf, asked: Asked<L::Which>) -> Result<Pdf, Refusal> {
    let found = match asked {
        Asked::Draft(ToMake { template, sheet, file_name }, version) => {
            let bytes = press.print(template, &sheet).await?;
            return Ok(Pdf { version, file_name, bytes });
        }
        Asked::Made(found) => *found,
        Asked::Waiting(which) => make::<L>(db, press, shelf, which).await?,
    };
    let bytes = shelf.fetch(found.fetchable()?).await?;
    Ok(Pdf { version: 1, file_name: found.file_name, bytes })
}
