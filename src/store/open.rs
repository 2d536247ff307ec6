//! Opening a database and sending work to its threads.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, bounded};
use diesel::connection::SimpleConnection;
use diesel::{Connection, SqliteConnection};
use tokio::sync::oneshot;

use crate::kernel::{Clock, Moment, Refusal, StoreFault};
use crate::store::lane::{Connect, Lane, refuse_full};
use crate::store::migrate::{SchemaState, migrate, schema_state};
use crate::store::tx::{Follower, Tx, WriteJob, WriteMeta};
use crate::store::watermark::{WRITER, watermark};
use crate::store::{Conn, Engine, Settings, Target, history, postgres, write_postgres, write_sqlite};

/// How many questions of people who are not signed in may wait. More are told to come back: whoever comes first is served.
const PUBLIC_QUEUE: usize = 32;
/// How long a report waits before it looks again whether an import is done.
const CLOSING_AGAIN: Duration = Duration::from_millis(100);

/// Why a database was not opened, in a sentence for the person who started the program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenError(pub String);

impl std::fmt::Display for OpenError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for OpenError {}

/// How many jobs wait in each lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waiting {
    /// Questions.
    pub reads: usize,
    /// Reports.
    pub reports: usize,
    /// Questions of people who are not signed in.
    pub public: usize,
    /// Acts.
    pub writes: usize,
}

struct Inner {
    settings: Settings,
    engine: Engine,
    reads: Lane,
    reports: Lane,
    public: Lane,
    writes: Option<Sender<Box<dyn WriteJob>>>,
    writers: Vec<JoinHandle<()>>,
    history_closed: AtomicBool,
    failing: AtomicBool,
}

impl Drop for Inner {
    /// Waits until what was promised is written.
    fn drop(&mut self) {
        drop(self.writes.take());
        for writer in self.writers.drain(..) {
            let _ = writer.join();
        }
    }
}

/// A database that is open. Cheap to clone; the last clone closes it after the last write.
#[derive(Clone)]
pub struct Db(Arc<Inner>);

impl Db {
    /// Opens a database whose schema is current. `followers` run inside acts whose events concern another capability.
    ///
    /// # Errors
    /// [`OpenError`] where there is no such database, it does not answer, or its schema is older or newer than this program.
    pub fn open(settings: Settings, followers: &[Follower]) -> Result<Self, OpenError> {
        let target = Target::parse(&settings.url).map_err(OpenError)?;
        let state = on_own_thread(|| schema_state(&mut first_connection(&settings, &target)?).map_err(|fault| explain(&fault)))?;
        current(state)?;
        Self::start(settings, &target, followers).map_err(|fault| explain(&fault))
    }

    /// Brings the schema up to date and says how many migrations ran.
    ///
    /// # Errors
    /// [`OpenError`] as for [`Db::open`], or where a migration fails.
    pub fn migrate(settings: &Settings) -> Result<usize, OpenError> {
        let target = Target::parse(&settings.url).map_err(OpenError)?;
        // Migrations may take long; the server must not cancel them.
        let patient = Settings { deadline: Duration::ZERO, ..settings.clone() };
        on_own_thread(|| {
            let mut conn = first_connection(&patient, &target)?;
            if matches!(schema_state(&mut conn).map_err(|fault| explain(&fault))?, SchemaState::Newer(_)) {
                return Err(newer());
            }
            migrate(&mut conn).map_err(|fault| explain(&fault))
        })
    }

    /// Looks at a database without changing it: `work` sees one snapshot on a connection that cannot write, however long it takes. A
    /// service on the same database goes on, and history is not closed by this.
    ///
    /// # Errors
    /// [`OpenError`] as for [`Db::open`], or where `work` fails.
    pub fn inspect<T: Send>(settings: &Settings, work: impl FnOnce(&mut Conn) -> Result<T, Refusal> + Send) -> Result<T, OpenError> {
        Self::look(settings, current, work)
    }

    /// The same for a database of any schema, of which `work` then knows nothing but what it asks first.
    ///
    /// # Errors
    /// [`OpenError`] where there is no such database, it does not answer, or `work` fails.
    pub fn glance<T: Send>(settings: &Settings, work: impl FnOnce(&mut Conn) -> Result<T, Refusal> + Send) -> Result<T, OpenError> {
        Self::look(settings, |_| Ok(()), work)
    }

    fn look<T: Send>(
        settings: &Settings,
        fits: fn(SchemaState) -> Result<(), OpenError>,
        work: impl FnOnce(&mut Conn) -> Result<T, Refusal> + Send,
    ) -> Result<T, OpenError> {
        let target = Target::parse(&settings.url).map_err(OpenError)?;
        let patient = Settings { deadline: Duration::ZERO, create: false, ..settings.clone() };
        on_own_thread(|| {
            let mut conn = first_connection(&patient, &target)?;
            fits(schema_state(&mut conn).map_err(|fault| explain(&fault))?)?;
            let begin = match conn.engine() {
                Engine::Sqlite => "PRAGMA query_only=ON; BEGIN",
                Engine::Postgres => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
            };
            let outcome = conn.batch(begin).map_err(Refusal::from).and_then(|()| work(&mut conn));
            outcome.map_err(refused)
        })
    }

    fn start(settings: Settings, target: &Target, followers: &[Follower]) -> Result<Self, StoreFault> {
        let engine = match target {
            Target::Sqlite(_) => Engine::Sqlite,
            Target::Postgres(_) => Engine::Postgres,
        };
        let reader = |cache_kib| connector(&settings, target, "almoner-reader", cache_kib);
        let reads = Lane::start("db-read", settings.readers, settings.queue, &reader(READER_CACHE_KIB))?;
        let reports = Lane::start("db-report", settings.reporters, settings.queue, &reader(CACHE_KIB))?;
        let public = Lane::start("db-public", 1, settings.queue.min(PUBLIC_QUEUE), &reader(PUBLIC_CACHE_KIB))?;
        let (writes, waiting) = bounded(settings.queue);
        let count = if engine == Engine::Sqlite { 1 } else { settings.writers.max(1) };
        let mut writers = Vec::with_capacity(count);
        for number in 0..count {
            let serve = writer(engine, &settings, target, waiting.clone(), followers);
            let thread = std::thread::Builder::new().name(format!("db-write-{number}")).spawn(serve);
            writers.push(thread.map_err(|error| StoreFault::Unavailable(error.to_string()))?);
        }
        Ok(Self(Arc::new(Inner {
            settings,
            engine,
            reads,
            reports,
            public,
            writes: Some(writes),
            writers,
            history_closed: AtomicBool::new(false),
            failing: AtomicBool::new(false),
        })))
    }

    /// Which engine holds the data.
    #[must_use]
    pub fn engine(&self) -> Engine {
        self.0.engine
    }

    /// Where the time comes from.
    #[must_use]
    pub fn clock(&self) -> Clock {
        self.0.settings.clock
    }

    /// How many records are read at a time for a table that is sent while it is made.
    #[must_use]
    pub fn records_at_once(&self) -> usize {
        self.0.settings.records_at_once.max(1)
    }

    /// The file, where the database is one.
    pub(super) fn file(&self) -> Option<PathBuf> {
        match Target::parse(&self.0.settings.url) {
            Ok(Target::Sqlite(path)) => Some(path),
            _ => None,
        }
    }

    /// How many jobs wait for a thread.
    #[must_use]
    pub fn waiting(&self) -> Waiting {
        let writes = self.0.writes.as_ref().map_or(0, Sender::len);
        Waiting { reads: self.0.reads.waiting(), reports: self.0.reports.waiting(), public: self.0.public.waiting(), writes }
    }

    /// Whether the last act could not be written: the disk is full, the file is locked, the server is away.
    #[must_use]
    pub fn is_failing(&self) -> bool {
        self.0.failing.load(Ordering::Relaxed)
    }

    /// Answers a question.
    ///
    /// # Errors
    /// Whatever `work` refuses; [`Refusal::Store`] where the database fails, the queue is full or the deadline passes.
    pub async fn read<T: Send + 'static>(&self, work: impl FnOnce(&mut Conn) -> Result<T, Refusal> + Send + 'static) -> Result<T, Refusal> {
        self.0.reads.ask(self.0.settings.deadline, |conn| at_once(conn, work)).await
    }

    /// Answers a question that takes a single statement, which is a transaction by itself: none is begun and ended for it. The question by whom a
    /// token was given is asked at every request.
    ///
    /// # Errors
    /// As for [`Db::read`].
    pub async fn look_up<T: Send + 'static>(
        &self,
        statement: impl FnOnce(&mut Conn) -> Result<T, Refusal> + Send + 'static,
    ) -> Result<T, Refusal> {
        self.0.reads.ask(self.0.settings.deadline, statement).await
    }

    /// Answers a question of somebody who is not signed in, on a thread of its own: however many ask, those of the office and the providers are answered as
    /// before.
    ///
    /// # Errors
    /// As for [`Db::read`]; its queue is shorter.
    pub async fn public<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Conn) -> Result<T, Refusal> + Send + 'static,
    ) -> Result<T, Refusal> {
        self.0.public.ask(self.0.settings.deadline, |conn| at_once(conn, work)).await
    }

    /// Answers a report: a snapshot, before which the first report closes history, since what it says must stay true. While an import
    /// keeps history open, the first report waits for it.
    ///
    /// # Errors
    /// As for [`Db::read`].
    pub async fn report<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Conn, Moment) -> Result<T, Refusal> + Send + 'static,
    ) -> Result<T, Refusal> {
        if !self.0.history_closed.load(Ordering::Relaxed) {
            let closing = async {
                while !self.write(WriteMeta::system("history.close", "reports"), history::close).await? {
                    tokio::time::sleep(CLOSING_AGAIN).await;
                }
                Ok(())
            };
            let busy = || Refusal::Store(StoreFault::Unavailable("an import is under way".to_owned()));
            tokio::time::timeout(self.0.settings.deadline, closing).await.unwrap_or_else(|_| Err(busy()))?;
            self.0.history_closed.store(true, Ordering::Relaxed);
        }
        self.snapshot(work).await
    }

    /// Answers a long question apart from the short ones: one snapshot for all its queries, and the watermark up to which it is complete.
    /// It closes nothing: what is asked here is about this moment, not an answer that stays true.
    ///
    /// # Errors
    /// As for [`Db::read`].
    pub async fn snapshot<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Conn, Moment) -> Result<T, Refusal> + Send + 'static,
    ) -> Result<T, Refusal> {
        let in_snapshot = move |conn: &mut Conn| {
            let (begin, watermark) = match conn.engine() {
                Engine::Sqlite => ("BEGIN", None),
                Engine::Postgres => ("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", Some(watermark(conn)?)),
            };
            conn.batch(begin)?;
            // SQLite's snapshot begins with the first read, which is the watermark's.
            let up_to = watermark.map_or_else(|| self::watermark(conn), Ok);
            let outcome = up_to.and_then(|up_to| work(conn, up_to));
            conn.batch("ROLLBACK")?;
            outcome
        };
        self.0.reports.ask(self.0.settings.deadline, in_snapshot).await
    }

    /// Makes a change: `work` runs in one serialisable transaction, again after a conflict.
    ///
    /// # Errors
    /// Whatever `work` refuses, with nothing written; [`Refusal::Store`] where the database fails, the queue is full or the
    /// deadline passes. Past the deadline the act may still be done: the idempotency key tells.
    pub async fn write<T: Send + 'static>(
        &self,
        meta: WriteMeta,
        work: impl FnMut(&mut Tx<'_>) -> Result<T, Refusal> + Send + 'static,
    ) -> Result<T, Refusal> {
        let (answer, answered) = oneshot::channel();
        let late = Arc::new(AtomicBool::new(false));
        let job = Job { meta, work, result: None, answer, late: Arc::clone(&late) };
        let Some(writes) = &self.0.writes else { return Err(Refusal::broken("the writer has stopped")) };
        writes.try_send(Box::new(job)).map_err(refuse_full)?;
        let waited = tokio::time::timeout(self.0.settings.deadline, answered).await;
        late.store(true, Ordering::Relaxed);
        let outcome = match waited {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(_)) => Err(Refusal::Store(StoreFault::Unavailable("the writing thread ended".to_owned()))),
            Err(_) => Err(Refusal::Store(StoreFault::Unavailable("the deadline passed".to_owned()))),
        };
        self.0.failing.store(matches!(outcome, Err(Refusal::Store(StoreFault::Unavailable(_)))), Ordering::Relaxed);
        outcome
    }
}

/// Runs `work` in one transaction on SQLite: its statements see the same, and the file is locked once instead of for each of them. A server
/// would be asked twice more for it.
fn at_once<T>(conn: &mut Conn, work: impl FnOnce(&mut Conn) -> Result<T, Refusal>) -> Result<T, Refusal> {
    if conn.engine() == Engine::Postgres {
        return work(conn);
    }
    conn.batch("BEGIN")?;
    let outcome = work(conn);
    conn.batch("ROLLBACK")?;
    outcome
}

struct Job<T, F> {
    meta: WriteMeta,
    work: F,
    result: Option<T>,
    answer: oneshot::Sender<Result<T, Refusal>>,
    late: Arc<AtomicBool>,
}

impl<T, F> WriteJob for Job<T, F>
where
    T: Send,
    F: FnMut(&mut Tx<'_>) -> Result<T, Refusal> + Send,
{
    fn attempt(&mut self, tx: &mut Tx<'_>) -> Result<(), Refusal> {
        self.result = Some((self.work)(tx)?);
        Ok(())
    }

    fn meta(&self) -> &WriteMeta {
        &self.meta
    }

    fn is_late(&self) -> bool {
        self.late.load(Ordering::Relaxed)
    }

    fn answer(self: Box<Self>, outcome: Result<(), Refusal>) {
        let Self { result, answer, .. } = *self;
        let missing = || Refusal::broken("an act ended without a result");
        let _ = answer.send(outcome.and_then(|()| result.ok_or_else(missing)));
    }
}

fn writer(
    engine: Engine,
    settings: &Settings,
    target: &Target,
    waiting: Receiver<Box<dyn WriteJob>>,
    followers: &[Follower],
) -> Box<dyn FnOnce() + Send> {
    let connect = connector(settings, target, WRITER, WRITER_CACHE_KIB);
    let (clock, followers) = (settings.clock, Arc::from(followers));
    match engine {
        Engine::Sqlite => Box::new(move || write_sqlite::Writer { waiting, connect, clock, followers }.serve()),
        Engine::Postgres => Box::new(move || write_postgres::Writer { waiting, connect, clock, followers }.serve()),
    }
}

fn connector(settings: &Settings, target: &Target, application: &'static str, cache_kib: u32) -> Connect {
    let (target, deadline) = (target.clone(), settings.deadline);
    let log_pages = if application == WRITER { LOG_PAGES_MAX } else { LOG_PAGES };
    Arc::new(move || match &target {
        Target::Sqlite(path) => sqlite(path, cache_kib, log_pages).map(|conn| Conn::Sqlite(Box::new(conn))),
        Target::Postgres(url) => postgres::connect(url, application, deadline).map(|conn| Conn::Postgres(Box::new(conn))),
    })
}

/// How much of the file the one writing connection keeps: each act touches the ends of some thirty trees, besides what it reads.
const WRITER_CACHE_KIB: u32 = 24_576;
/// How much a connection keeps that answers questions: a list of 50 awards is spread over some 500 pages of 4 KiB, and the tops of the trees go beside them.
const READER_CACHE_KIB: u32 = 4_096;
/// How much the one connection keeps that answers those who are not signed in.
const PUBLIC_CACHE_KIB: u32 = 2_048;
/// How much each other connection keeps: one for reports, and those of commands.
const CACHE_KIB: u32 = 6_144;
/// How many pages the log has before they are written to the file: 16 MiB. Many acts change the same pages, which are then written once.
pub(super) const LOG_PAGES: u32 = 4_000;
/// With how many pages in the log the writing thread stops and writes them to the file itself. In a service a worker does it before that, beside the
/// writing thread (`checkpoint`); but the log begins anew only when all of it is in the file, to which a worker does not come while one act follows another.
const LOG_PAGES_MAX: u32 = 16_000;

/// How many milliseconds a statement waits for a lock on the file.
pub(super) const BUSY_MS: u32 = 5_000;

/// Opens the file.
pub(super) fn sqlite(path: &Path, cache_kib: u32, log_pages: u32) -> Result<SqliteConnection, StoreFault> {
    let unavailable = |error: &dyn std::fmt::Display| StoreFault::Unavailable(error.to_string());
    let mut conn = SqliteConnection::establish(&path.to_string_lossy()).map_err(|error| unavailable(&error))?;
    // What is overwritten or taken away is filled with noughts, so that a redaction leaves no words in free space (ADR 11).
    conn.batch_execute(&format!(
        "PRAGMA busy_timeout={BUSY_MS}; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA secure_delete=ON; \
         PRAGMA cache_size=-{cache_kib}; PRAGMA wal_autocheckpoint={log_pages}; PRAGMA temp_store=MEMORY;"
    ))
    .map_err(|error| unavailable(&error))?;
    Ok(conn)
}

/// Makes an empty file for its owner alone: a database holds hashed passwords, and SQLite would let in whoever the process lets in by default. The
/// files beside it get its mode.
fn make_private(path: &Path) -> std::io::Result<()> {
    let mut options = std::fs::File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        // Another process was first.
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

pub(super) fn first_connection(settings: &Settings, target: &Target) -> Result<Conn, OpenError> {
    if let Target::Sqlite(path) = target {
        if !settings.create && !path.exists() {
            return Err(OpenError(format!(
                "There is no database at {}. Name an existing file, or make one with `almoner migrate --create`.",
                path.display()
            )));
        }
        if settings.create && !path.exists() {
            make_private(path).map_err(|error| OpenError(format!("The database {} cannot be made: {error}.", path.display())))?;
        }
        return sqlite(path, CACHE_KIB, LOG_PAGES)
            .map(|conn| Conn::Sqlite(Box::new(conn)))
            .map_err(|fault| OpenError(format!("The database {} cannot be opened: {}", path.display(), text_of(&fault))));
    }
    connector(settings, target, "almoner", CACHE_KIB)().map_err(|fault| explain(&fault))
}

/// Runs `work` on a thread that ends with it: a connection to PostgreSQL is closed when its thread's runtime is.
pub(super) fn on_own_thread<T: Send>(work: impl FnOnce() -> Result<T, OpenError> + Send) -> Result<T, OpenError> {
    std::thread::scope(|scope| scope.spawn(work).join().unwrap_or_else(|_| Err(OpenError("The database thread failed.".to_owned()))))
}

/// Whether this program can work with the schema.
pub(super) fn current(state: SchemaState) -> Result<(), OpenError> {
    match state {
        SchemaState::Current => Ok(()),
        SchemaState::Behind(count) => {
            Err(OpenError(format!("The database is {count} migrations behind this program. Run `almoner migrate` first.")))
        }
        SchemaState::Newer(_) => Err(newer()),
    }
}

fn newer() -> OpenError {
    OpenError("The database was made by a newer version of Almoner. Use that version, or name another database.".to_owned())
}

/// A refusal as the reason why a database was not used.
pub(super) fn refused(refusal: Refusal) -> OpenError {
    match refusal {
        Refusal::Store(fault) => explain(&fault),
        Refusal::Rule { detail, .. } => OpenError(detail),
        other => OpenError(other.to_string()),
    }
}

pub(super) fn explain(fault: &StoreFault) -> OpenError {
    OpenError(format!("The database cannot be used: {}", text_of(fault)))
}

fn text_of(fault: &StoreFault) -> &str {
    match fault {
        StoreFault::Conflict(text) | StoreFault::Unavailable(text) | StoreFault::Broken(text) => text,
    }
}
