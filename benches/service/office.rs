//! An office to measure: made up, on a database of its own, with somebody who may ask.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use almoner::access::permissions::Role;
use almoner::access::sessions::{Lifetimes, sign_in};
use almoner::access::users::{self, UserInput};
use almoner::access::{Access, AccessSettings, keys};
use almoner::app;
use almoner::kernel::Id;
use almoner::office::generate::{Made, Size, generate, pay_often};
use almoner::store::{Db, Settings, WriteMeta, history};

use crate::postgres;
use crate::process::ISSUER;
use crate::table::{Aim, Table};

/// An engine to measure on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    Sqlite,
    Postgres,
}

impl Engine {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        }
    }

    /// A new, empty database.
    fn database(self, home: &Path, name: &str) -> Option<String> {
        match self {
            Self::Sqlite => Some(format!("sqlite:{}", home.join(format!("{name}.db")).display())),
            Self::Postgres => {
                let server = postgres::server()?;
                let name = format!("almoner_bench_{}_{name}", std::process::id());
                server.run(&format!("CREATE DATABASE {name} TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'"));
                Some(server.url(&name))
            }
        }
    }
}

/// The office, and this process' own door to its database.
pub struct Office {
    pub url: String,
    pub db: Db,
    pub made: Made,
    pub made_in: Duration,
    /// When all of it was there.
    pub made_by: chrono::DateTime<chrono::Utc>,
    access: Access,
    pub home: PathBuf,
}

impl Office {
    /// Makes an office, with so many movements where their number is given; `None` where the engine is not on this machine.
    pub fn make(engine: Engine, home: &Path, name: &str, size: Size, movements: Option<u32>) -> Option<Self> {
        let url = engine.database(home, name)?;
        let mut settings = Settings::new(&url);
        settings.create = true;
        settings.deadline = Duration::from_secs(600);
        Db::migrate(&settings).unwrap();
        let db = Db::open(settings, app::FOLLOWERS).unwrap();
        let started = Instant::now();
        let mut made = wait(generate(&db, size)).unwrap();
        if let Some(movements) = movements {
            made.transfers = wait(pay_often(&db, movements)).unwrap();
        }
        let (made_in, made_by) = (started.elapsed(), db.clock().now().utc());
        // As a service does by itself, with the first report that is asked of it and after that.
        let meta = WriteMeta::system("office.generate", "bench");
        assert!(wait(db.write(meta, history::close)).unwrap(), "nothing is taken in any more");
        while wait(almoner::ledger::fold(&db)).unwrap() > 0 {}
        let access = AccessSettings {
            issuer: ISSUER.to_owned(),
            audience: "almoner".to_owned(),
            signing_key: keys::read_or_make(&home.join("signing.pem")).unwrap(),
            previous_keys: Vec::new(),
            lifetimes: Lifetimes::default(),
        };
        let access = Access::new(access).unwrap();
        Some(Self { url, db, made, made_in, made_by, access, home: home.to_owned() })
    }

    /// What was made, in the table.
    pub fn describe(&self, name: &str, table: &mut Table) {
        let (made, seconds) = (self.made, self.made_in.as_secs_f64());
        let what = format!("{name} office: {} awards, {} movements, made in", made.awards, made.transfers);
        table.row(&what, &format!("{seconds:.1} s"), Aim::None, seconds);
    }

    /// An `Authorization` header for somebody new with this role.
    pub fn token(&self, role: Role, provider_id: Option<Id>) -> String {
        let email = format!("{}@bench.example", role.word());
        let input = UserInput { email, name: role.word().to_owned(), roles: vec![role], provider_id, areas: Vec::new() };
        let made = self.db.write(WriteMeta::system("user.create", "bench"), move |tx| users::acts::create(tx, &input, None));
        let user = wait(made).unwrap();
        let token = wait(sign_in::issue_token(&self.access, &self.db, user.id, chrono::TimeDelta::hours(3))).unwrap();
        format!("Bearer {}", token.access_token)
    }
}

/// Waits for a call of the library.
pub fn wait<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

/// The same on a runtime that the calling thread keeps, for calls that are measured.
pub fn wait_in<T, F: Future<Output = T>>(call: impl FnOnce() -> F) -> T {
    thread_local! {
        static RUNTIME: tokio::runtime::Runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    }
    RUNTIME.with(|runtime| runtime.block_on(async { call().await }))
}
