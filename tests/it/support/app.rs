//! The real service on a loopback port with a database of its own.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use actix_web::dev::ServerHandle;
use actix_web::{App as Actix, HttpServer, web};
use almoner::access::passwords::HashedPassword;
use almoner::access::permissions::Role;
use almoner::access::sessions::{Lifetimes, sign_in};
use almoner::access::users::{self, UserInput};
use almoner::access::{Access, AccessSettings, keys};
use almoner::app;
use almoner::documents::{Press, Shelf};
use almoner::http::Service;
use almoner::http::api::Routes;
use almoner::http::limit::Limits;
use almoner::http::shape::Shapes;
use almoner::kernel::Id;
use almoner::office::example;
use almoner::office::import::Sheets;
use almoner::office::load::load;
use almoner::store::{Db, Settings, WriteMeta};
use diesel::connection::SimpleConnection;
use diesel::{Connection, QueryableByName, RunQueryDsl};
use tempfile::TempDir;

use crate::support::client::Client;
use crate::support::postgres;

/// The operations and their checks, made once for all cases: making them takes longer than most cases do.
fn api() -> (Routes, Arc<Shapes>) {
    static API: OnceLock<(Routes, Arc<Shapes>)> = OnceLock::new();
    let make = || {
        let (routes, shapes, _) = app::api().unwrap();
        (routes, shapes)
    };
    API.get_or_init(make).clone()
}

/// Which engine a case runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backend {
    Sqlite,
    Postgres,
}

/// A running service. Dropping it stops the service and throws the database away.
pub struct App {
    pub backend: Backend,
    pub base: String,
    pub database_url: String,
    pub service: web::Data<Service>,
    http: reqwest::blocking::Client,
    handle: ServerHandle,
    server: Option<std::thread::JoinHandle<()>>,
    pub folder: TempDir,
}

impl App {
    /// Starts the service on a fresh database; `None` where the engine is not on this machine.
    pub fn start(backend: Backend) -> Option<Self> {
        Self::holding(backend, Content::Nothing)
    }

    /// The same, with the example office in it.
    pub fn with_example(backend: Backend) -> Option<Self> {
        Self::holding(backend, Content::Example)
    }

    fn holding(backend: Backend, content: Content) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let database_url = database_with(backend, &folder, content)?;
        Some(Self::on(backend, database_url, folder))
    }

    /// Starts the service on a database whose schema is current.
    pub fn on(backend: Backend, database_url: String, folder: TempDir) -> Self {
        Self::printing_with(backend, database_url, folder, None)
    }

    /// The service once more on the same database and files, started with an office's own templates.
    pub fn again_with(&self, templates: &Path) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink(self.folder.path().join("documents"), folder.path().join("documents")).unwrap();
        Self::printing_with(self.backend, self.database_url.clone(), folder, Some(templates))
    }

    fn printing_with(backend: Backend, database_url: String, folder: TempDir, templates: Option<&Path>) -> Self {
        let (routes, shapes) = api();
        let mut settings = Settings::new(&database_url);
        settings.deadline = Duration::from_secs(60);
        // So few that the smallest office is read in several pages.
        settings.records_at_once = 3;
        let db = Db::open(settings, app::FOLLOWERS).unwrap();
        let shelf = Shelf::open(&folder.path().join("documents")).unwrap();
        let service = web::Data::new(Service {
            db,
            access: access(),
            shelf,
            press: Press::open(templates).unwrap(),
            shapes,
            limits: Limits::new(0, Vec::new()),
        });
        let (told, tell) = std::sync::mpsc::channel();
        let shared = service.clone();
        let server = std::thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                let server = HttpServer::new(move || Actix::new().configure(|config| app::configure(config, &shared, &routes)))
                    .workers(2)
                    .disable_signals()
                    .bind("127.0.0.1:0")
                    .unwrap();
                let address = server.addrs()[0];
                let server = server.run();
                told.send((address, server.handle())).unwrap();
                server.await.unwrap();
            });
        });
        let (address, handle) = tell.recv().unwrap();
        let http = reqwest::blocking::Client::builder().timeout(Duration::from_secs(90)).build().unwrap();
        let base = format!("http://{address}");
        Self { backend, base, database_url, service, http, handle, server: Some(server), folder }
    }

    /// Somebody without a token.
    pub fn nobody(&self) -> Client {
        Client { base: self.base.clone(), token: None, http: self.http.clone() }
    }

    /// Somebody of the office with these roles.
    pub fn office(&self, roles: &[Role]) -> Client {
        self.user(roles, None)
    }

    /// Somebody of a provider with these roles.
    pub fn of_provider(&self, roles: &[Role], provider_id: Id) -> Client {
        self.user(roles, Some(provider_id))
    }

    /// Somebody who signs in with a password; answers their address.
    pub fn person(&self, role: Role, provider_id: Option<Id>, password: &str) -> String {
        let email = format!("{}.{}@people.example", role.word(), Id::new());
        let input = UserInput { email: email.clone(), name: role.word().to_owned(), roles: vec![role], provider_id, areas: Vec::new() };
        let hash = HashedPassword::of(password).unwrap();
        let made = self.service.db.write(WriteMeta::system("user.create", "test"), move |tx| users::acts::create(tx, &input, Some(&hash)));
        self.wait(made).unwrap();
        email
    }

    fn user(&self, roles: &[Role], provider_id: Option<Id>) -> Client {
        static NEXT: AtomicU32 = AtomicU32::new(1);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let words: Vec<&str> = roles.iter().map(|role| role.word()).collect();
        let name = format!("{} {number}", words.join(" "));
        let email = format!("{}.{number}@opcc.example", words.join("."));
        let input = UserInput { email, name, roles: roles.to_vec(), provider_id, areas: Vec::new() };
        let made = self.service.db.write(WriteMeta::system("user.create", "test"), move |tx| users::acts::create(tx, &input, None));
        let user = self.wait(made).unwrap();
        let issued = sign_in::issue_token(&self.service.access, &self.service.db, user.id, chrono::TimeDelta::hours(1));
        Client { token: Some(self.wait(issued).unwrap().access_token), ..self.nobody() }
    }

    /// Runs SQL on the service's database, past the service.
    #[track_caller]
    pub fn sql(&self, sql: &str) {
        self.try_sql(sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
    }

    /// The same, where it may fail.
    pub fn try_sql(&self, sql: &str) -> Result<(), String> {
        match self.backend {
            Backend::Sqlite => {
                let path = self.database_url.trim_start_matches("sqlite:");
                let mut conn = diesel::SqliteConnection::establish(path).unwrap();
                conn.batch_execute("PRAGMA busy_timeout=20000").unwrap();
                conn.batch_execute(sql).map_err(|error| error.to_string())
            }
            Backend::Postgres => postgres::run(&self.database_url, sql),
        }
    }

    /// One column of texts, asked of the service's database past the service.
    #[track_caller]
    pub fn texts(&self, sql: &str) -> Vec<String> {
        match self.backend {
            Backend::Sqlite => {
                let path = self.database_url.trim_start_matches("sqlite:");
                let mut conn = diesel::SqliteConnection::establish(path).unwrap();
                let query = format!("SELECT text FROM ({sql})");
                let rows: Vec<OneText> = diesel::sql_query(query).load(&mut conn).unwrap_or_else(|error| panic!("{sql}: {error}"));
                rows.into_iter().map(|row| row.text).collect()
            }
            Backend::Postgres => postgres::texts(&self.database_url, sql),
        }
    }

    /// Runs an asynchronous call of the library, such as a write of the store.
    pub fn wait<T>(&self, future: impl Future<Output = T>) -> T {
        wait(future)
    }
}

fn wait<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

impl Drop for App {
    fn drop(&mut self) {
        let handle = self.handle.clone();
        self.wait(handle.stop(false));
        if let Some(server) = self.server.take() {
            let _ = server.join();
        }
    }
}

/// A row of [`App::texts`]: the column is called `text`.
#[derive(QueryableByName)]
struct OneText {
    #[diesel(sql_type = diesel::sql_types::Text)]
    text: String,
}

/// The URL of a fresh database, which is below `folder` where it is a file; `None` where the engine is not on this machine.
pub fn database(backend: Backend, folder: &TempDir) -> Option<String> {
    database_with(backend, folder, Content::Nothing)
}

fn database_with(backend: Backend, folder: &TempDir, content: Content) -> Option<String> {
    match backend {
        Backend::Sqlite => Some(fresh_sqlite(folder, content)),
        Backend::Postgres => fresh_postgres(content),
    }
}

/// Keys and tokens of a service of its own.
fn access() -> Access {
    Access::new(AccessSettings {
        issuer: "https://almoner.example".to_owned(),
        audience: "almoner".to_owned(),
        signing_key: keys::generate().unwrap(),
        previous_keys: Vec::new(),
        lifetimes: Lifetimes::default(),
    })
    .unwrap()
}

/// How long the example may take to load, on a machine that does much else.
const LOAD_PATIENCE: Duration = Duration::from_secs(600);

/// What stands in a database before a case begins.
#[derive(Debug, Clone, Copy)]
enum Content {
    Nothing,
    Example,
}

impl Content {
    fn of<T>(self, nothing: T, example: T) -> T {
        match self {
            Self::Nothing => nothing,
            Self::Example => example,
        }
    }

    /// Makes the database that cases take copies of: loading the example takes longer than most cases do.
    fn prepare(self, settings: Settings) {
        prepare(settings.clone());
        if let Self::Example = self {
            let db = Db::open(Settings { create: false, deadline: LOAD_PATIENCE, ..settings }, app::FOLLOWERS).unwrap();
            let outcome = wait(load(&db, Sheets::read(&example::folder()), false)).unwrap();
            assert_eq!(outcome.faults, []);
        }
    }
}

fn template_sqlite(content: Content) -> &'static Path {
    static NOTHING: OnceLock<(PathBuf, TempDir)> = OnceLock::new();
    static EXAMPLE: OnceLock<(PathBuf, TempDir)> = OnceLock::new();
    let make = || {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("template.db");
        let mut settings = Settings::new(&format!("sqlite:{}", path.display()));
        settings.create = true;
        content.prepare(settings);
        // The last connection to close writes its log into the file.
        let log = folder.path().join("template.db-wal");
        let started = Instant::now();
        while log.exists() {
            assert!(started.elapsed() < Duration::from_secs(20), "the template is still open");
            std::thread::sleep(Duration::from_millis(10));
        }
        (path, folder)
    };
    &content.of(&NOTHING, &EXAMPLE).get_or_init(make).0
}

fn fresh_sqlite(folder: &TempDir, content: Content) -> String {
    let path = folder.path().join("almoner.db");
    std::fs::copy(template_sqlite(content), &path).unwrap();
    format!("sqlite:{}", path.display())
}

fn fresh_postgres(content: Content) -> Option<String> {
    static NOTHING: OnceLock<String> = OnceLock::new();
    static EXAMPLE: OnceLock<String> = OnceLock::new();
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let server = postgres::server()?;
    let template = content.of(&NOTHING, &EXAMPLE).get_or_init(|| {
        let name = format!("almoner_{}_{}", std::process::id(), content.of("template", "example"));
        server.run(&format!("CREATE DATABASE {name} TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'"));
        content.prepare(Settings::new(&server.url(&name)));
        name
    });
    let name = format!("almoner_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
    // Copying a template refuses while another copy of it runs.
    static COPYING: std::sync::Mutex<()> = std::sync::Mutex::new(());
    let _one_at_a_time = COPYING.lock();
    server.run(&format!("CREATE DATABASE {name} TEMPLATE {template}{}", server.copies_files()));
    Some(server.url(&name))
}

/// Migrates a new database.
pub fn prepare(settings: Settings) {
    Db::migrate(&settings).unwrap();
}
