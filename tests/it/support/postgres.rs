//! A PostgreSQL for the cases: the one named by `DATABASE_URL_TEST_POSTGRES`, or a private cluster made from installed binaries.
//!
//! The cluster is kept by a small shell that stops it when this process ends, however it ends.

use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// A server to make databases on.
pub struct Server {
    /// `postgres://user@host:port` without a database.
    pub base: String,
    _keeper: Option<(Child, ChildStdin)>,
}

static SERVER: OnceLock<Option<Server>> = OnceLock::new();

/// The server, or `None` where there is none, said on one visible line; with `REQUIRE_POSTGRES=1` that is a failure.
pub fn server() -> Option<&'static Server> {
    SERVER
        .get_or_init(|| {
            let found = named().or_else(private);
            if found.is_none() {
                assert!(
                    std::env::var("REQUIRE_POSTGRES").as_deref() != Ok("1"),
                    "REQUIRE_POSTGRES=1, but neither initdb nor DATABASE_URL_TEST_POSTGRES is here"
                );
                eprintln!("PostgreSQL cases did not run: install initdb, or name a server in DATABASE_URL_TEST_POSTGRES.");
            }
            found
        })
        .as_ref()
}

impl Server {
    /// The URL of a database on this server.
    pub fn url(&self, database: &str) -> String {
        format!("{}/{database}?sslmode=disable", self.base)
    }

    /// How a database is copied from its template: file by file, which is several times faster than through the log for as many small tables.
    /// Servers before version 15 do it so anyway and do not know the words.
    pub fn copies_files(&self) -> &'static str {
        static WORDS: OnceLock<&'static str> = OnceLock::new();
        WORDS.get_or_init(|| {
            let version = texts(&self.url("postgres"), "SELECT current_setting('server_version_num')");
            let knows_them = version.first().and_then(|number| number.parse().ok()).is_some_and(|number: u32| number >= 150_000);
            if knows_them { " STRATEGY FILE_COPY" } else { "" }
        })
    }

    /// Runs SQL on the server's own database.
    pub fn run(&self, sql: &str) {
        let started = Instant::now();
        while let Err(error) = self.try_run(sql) {
            // The connection that migrated the template may take a moment to be gone.
            let closing = error.contains("is being accessed by other users") && started.elapsed() < Duration::from_secs(20);
            assert!(closing, "{sql}: {error}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    fn try_run(&self, sql: &str) -> Result<(), String> {
        run(&self.url("postgres"), sql)
    }
}

/// Runs SQL on the database at `url`.
pub fn run(url: &str, sql: &str) -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await.map_err(|error| error.to_string())?;
        let driver = tokio::spawn(connection);
        let outcome = client
            .batch_execute(sql)
            .await
            .map_err(|error| error.as_db_error().map_or(error.to_string(), |inner| inner.message().to_owned()));
        drop(client);
        let _ = driver.await;
        outcome
    })
}

/// The first column of what `sql` asks of the database at `url`.
pub fn texts(url: &str, sql: &str) -> Vec<String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await.unwrap();
        let driver = tokio::spawn(connection);
        let rows = client.query(sql, &[]).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
        drop(client);
        let _ = driver.await;
        rows.iter().map(|row| row.get(0)).collect()
    })
}

fn named() -> Option<Server> {
    let url = std::env::var("DATABASE_URL_TEST_POSTGRES").ok()?;
    let base = url.split('?').next().unwrap().trim_end_matches('/').to_owned();
    let base = base.rsplit_once('/').filter(|(front, _)| !front.ends_with('/')).map_or(base.clone(), |(front, _)| front.to_owned());
    Some(Server { base, _keeper: None })
}

fn binaries() -> Option<PathBuf> {
    let mut folders: Vec<PathBuf> =
        std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten().map(|entry| entry.path().join("bin")).collect();
    folders.sort();
    folders.reverse();
    folders.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()));
    folders.into_iter().find(|folder| folder.join("initdb").is_file() && folder.join("pg_ctl").is_file())
}

/// PostgreSQL refuses to run as root, so root lends it to another user.
fn as_plain_user() -> Option<String> {
    let id = Command::new("id").arg("-u").output().ok()?;
    let root = String::from_utf8_lossy(&id.stdout).trim() == "0";
    let known = |user: &str| Command::new("id").arg(user).output().is_ok_and(|output| output.status.success());
    if root { ["postgres", "nobody"].into_iter().find(|user| known(user)).map(str::to_owned) } else { None }
}

/// A server of the case's own, which it may stop by dropping it; `None` where no binaries are installed.
pub fn private() -> Option<Server> {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let bin = binaries()?;
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let folder = std::env::temp_dir().join(format!("almoner-test-postgres-{}-{number}", std::process::id()));
    std::fs::create_dir_all(&folder).ok()?;
    let user = as_plain_user();
    if let Some(user) = &user {
        assert!(Command::new("chown").arg(user).arg(&folder).status().unwrap().success());
    }
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let mut keeper = keeper(&bin, &folder, port, user.as_deref());
    let stdin = keeper.stdin.take().unwrap();
    let server = Server { base: format!("postgres://almoner@127.0.0.1:{port}"), _keeper: Some((keeper, stdin)) };
    let started = Instant::now();
    while server.try_run("SELECT 1").is_err() {
        let log = || std::fs::read_to_string(folder.join("log")).unwrap_or_default();
        assert!(started.elapsed() < Duration::from_secs(60), "the private PostgreSQL did not start: {}", log());
        std::thread::sleep(Duration::from_millis(100));
    }
    Some(server)
}

/// The server of one run. Nothing of it outlives the run, and no case is long enough to need its databases vacuumed: with hundreds of them
/// the workers that look for what to do would take a good part of a processor.
fn keeper(bin: &Path, folder: &Path, port: u16, user: Option<&str>) -> Child {
    let script = format!(
        "cd {folder} && {bin}/initdb -D data -U almoner -A trust -E UTF8 --locale=C --no-sync >log 2>&1 && \
         {bin}/pg_ctl -D data -w -l log -o '-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync={fsync} -c max_connections=400 \
         -c shared_buffers=64MB -c full_page_writes=off -c autovacuum=off' start >>log 2>&1; cat >/dev/null; {bin}/pg_ctl -D data -m immediate stop >>log 2>&1; cd / && rm -rf {folder}/*",
        fsync = super::FSYNC,
        folder = folder.display(),
        bin = bin.display(),
    );
    let mut command = match user {
        Some(user) => {
            let mut command = Command::new("runuser");
            command.args(["-u", user, "--", "sh", "-c", &script]);
            command
        }
        None => {
            let mut command = Command::new("sh");
            command.args(["-c", &script]);
            command
        }
    };
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}
