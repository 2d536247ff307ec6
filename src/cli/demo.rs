//! `almoner demo`: the example office on a file of its own.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use actix_web::web;
use chrono::TimeDelta;
use clap::{Args, ValueEnum};
use serde_json::{Map, Value, json};

use crate::access::passwords::{HashedPassword, Secret};
use crate::access::sessions::{Lifetimes, sign_in};
use crate::access::users;
use crate::access::{Access, AccessSettings, keys};
use crate::app;
use crate::cli::log::{self, LogFormat};
use crate::cli::serve::bind;
use crate::cli::templates::Templates;
use crate::cli::{Failure, LOAD_PATIENCE, runtime, say, signals};
use crate::documents::Shelf;
use crate::http::Service;
use crate::http::limit::Limits;
use crate::kernel::{Id, Refusal};
use crate::office::import::Sheets;
use crate::office::import::fault::listing;
use crate::office::{example, load};
use crate::serve::{Running, Site};
use crate::store::demo_mark::{self, Standing};
use crate::store::{Db, Settings, Target, WriteMeta};
use crate::workers::Workers;

/// How the demo says where it is and who may sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Output {
    /// For people.
    Text,
    /// One line: `{"url": …, "tokens": {user: token}, "sign_ins": {user: {"email": …, "password": …}}}`.
    Json,
}

/// Show the example office: one command, nothing to set up.
///
/// Loads the example office, prints a sign-in and a ready token for each user, and serves. What you change is there again the next
/// time; passwords and tokens are new each time.
#[derive(Debug, Args)]
pub(super) struct Demo {
    /// The address and port to listen on; port 0 takes a free one.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// `sqlite:PATH`, made where there is none, or `postgres://…`. No environment variable is read: the demo never meets a real
    /// office by accident.
    #[arg(long, value_name = "URL", default_value = "sqlite:almoner-demo.db", hide_env_values = true)]
    database: String,
    /// Throw the demo's SQLite file and the files attached in it away, and start again.
    #[arg(long)]
    fresh: bool,
    #[command(flatten)]
    templates: Templates,
    /// What is printed once requests are answered.
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t = Output::Text)]
    output: Output,
    /// How long the printed tokens count: `90s`, `30m`, `2h`, `7d`.
    #[arg(long, value_name = "TIME", default_value = "8h", value_parser = span)]
    token_ttl: TimeDelta,
}

/// Who may sign in, and how.
struct SignIn {
    key: String,
    email: String,
    password: String,
    token: String,
}

impl Demo {
    pub fn run(&self) -> Result<ExitCode, Failure> {
        log::start(LogFormat::Text, "warn");
        // Before anything is made or loaded: a taken port is the commonest mistake.
        let listener = bind(self.listen)?;
        let address = listener.local_addr().map_err(Failure::new)?;
        let (settings, key) = self.prepare()?;
        self.own(&settings)?;
        Db::migrate(&settings)?;
        load_where_empty(&settings)?;
        let db = Db::open(settings, app::FOLLOWERS)?;
        let access = Access::new(AccessSettings {
            issuer: format!("http://{address}"),
            audience: "almoner".to_owned(),
            signing_key: key,
            previous_keys: Vec::new(),
            lifetimes: Lifetimes::default(),
        })
        .map_err(Failure)?;
        let sign_ins = runtime()?.block_on(self.people(&db, &access))?;
        let (routes, shapes, _) = app::api().map_err(Failure)?;
        let shelf = Shelf::open(&self.beside("documents")).map_err(Failure)?;
        let press = self.templates.open()?;
        let service = Service { db, access, shelf, press, shapes, limits: Limits::new(0, Vec::new()) };
        let workers = Workers::start(&service.db, (&service.shelf, &service.press), &service.limits, None).map_err(Refusal::from)?;
        let site = Site { service: web::Data::new(service), routes, workers: 2, cors_origin: None };
        let running = Running::start(site, listener).map_err(|error| Failure::new(format!("The service cannot start: {error}.")))?;
        self.tell(&running.url(), &sign_ins);
        signals::wait()?;
        running.stop().map_err(|error| Failure::new(format!("The service ended badly: {error}.")))?;
        drop(workers);
        Ok(ExitCode::SUCCESS)
    }

    /// The database's settings and the key that signs, which stands beside an SQLite file.
    fn prepare(&self) -> Result<(Settings, String), Failure> {
        let mut settings = Settings::new(&self.database);
        settings.create = true;
        let Target::Sqlite(path) = Target::parse(&self.database).map_err(Failure)? else {
            if self.fresh {
                return Err(Failure::new("`--fresh` throws away an SQLite file only. Drop and create the PostgreSQL database yourself."));
            }
            return Ok((settings, keys::generate().map_err(Failure)?));
        };
        let key_path = self.beside("key");
        if path.exists() && !key_path.exists() {
            return Err(foreign(&path.display().to_string()));
        }
        // Nothing is thrown away but what the demo made: a key and a folder beside a file, or beside none, may be an office's. The folder goes first, so
        // that the next start still knows whose it is where this one ends in between.
        if self.fresh && matches!(self.own(&settings)?, Standing::OfDemo | Standing::Unmarked) {
            throw_away_folder(&self.beside("documents"))?;
            throw_away(&path)?;
        }
        writable(&path)?;
        Ok((settings, keys::read_or_make(&key_path).map_err(Failure)?))
    }

    /// Refuses a database in which somebody works and that the demo did not make: it would give everybody there a new password. Asked
    /// before anything is changed or thrown away, the schema included. A file of a version that left no mark is known by the key beside it.
    fn own(&self, settings: &Settings) -> Result<Standing, Failure> {
        let (is_there, which) = match Target::parse(&self.database).map_err(Failure)? {
            Target::Sqlite(path) => (path.exists(), Some(path.display().to_string())),
            Target::Postgres(_) => (true, None),
        };
        let standing = if is_there { Db::glance(settings, demo_mark::standing)? } else { Standing::Blank };
        match (standing, which) {
            (Standing::Blank | Standing::OfDemo, _) | (Standing::Unmarked, Some(_)) => Ok(standing),
            (Standing::Unmarked | Standing::Foreign, which) => Err(foreign(which.as_deref().unwrap_or("This database"))),
        }
    }

    /// `almoner-demo.key` beside `almoner-demo.db`.
    fn beside(&self, extension: &str) -> PathBuf {
        match Target::parse(&self.database) {
            Ok(Target::Sqlite(path)) => path.with_extension(extension),
            _ => Path::new("almoner-demo").with_extension(extension),
        }
    }

    /// Lets everybody of the office in.
    async fn people(&self, db: &Db, access: &Access) -> Result<Vec<SignIn>, Failure> {
        // Whoever was deactivated since stays so.
        let users = db.read(|conn| {
            let users = load::people(conn)?.into_iter().map(|(key, id)| Ok((key, users::acts::get(conn, id)?)));
            users.filter(|user| user.as_ref().map_or(true, |(_, user)| user.active)).collect::<Result<Vec<_>, Refusal>>()
        });
        let mut passwords = Vec::new();
        let mut hashes: Vec<(Id, HashedPassword)> = Vec::new();
        for (key, user) in users.await? {
            let password = Secret::new()?.text().to_owned();
            hashes.push((user.id, HashedPassword::of(&password)?));
            passwords.push((key, user, password));
        }
        let set =
            move |tx: &mut crate::store::Tx<'_>| hashes.iter().try_for_each(|(id, hash)| users::acts::set_password(tx, *id, hash, None));
        db.write(WriteMeta::system("user.set_password", "demo"), set).await?;
        let mut out = Vec::new();
        for (key, user, password) in passwords {
            let token = sign_in::issue_token(access, db, user.id, self.token_ttl).await?.access_token;
            out.push(SignIn { email: user.facts.email, key, password, token });
        }
        Ok(out)
    }

    fn tell(&self, url: &str, sign_ins: &[SignIn]) {
        if self.output == Output::Json {
            let tokens: Map<String, Value> = sign_ins.iter().map(|one| (one.key.clone(), Value::from(one.token.as_str()))).collect();
            let people = sign_ins.iter().map(|one| (one.key.clone(), json!({ "email": one.email, "password": one.password })));
            say(json!({ "url": url, "tokens": tokens, "sign_ins": people.collect::<Map<String, Value>>() }));
            return;
        }
        say(format!(
            "Almoner's example office is at {url}; the API is described at {url}/docs,\nand providers fill in their returns at {url}/returns.\n"
        ));
        let width = sign_ins.iter().map(|one| one.email.len()).max().unwrap_or(0);
        say("Sign in with one of these, or use its token:");
        for one in sign_ins {
            say(format!("\n{:width$}  {}\n  {}", one.email, one.password, one.token));
        }
        let token = |key: &str| sign_ins.iter().find(|one| one.key == key).map_or("", |one| one.token.as_str());
        say(format!("\nTry:\n\n  FINANCE={}\n  PROVIDER={}", token("finance"), token("provider_author")));
        let tries = [
            ("FINANCE", "/v1/control-totals"),
            ("FINANCE", "/v1/reports/allocations?as_at=2021-03-31"),
            ("FINANCE", "/v1/reports/fund-summary?as_at=2021-03-31"),
            ("FINANCE", "/v1/providers?search=BCWA"),
            ("PROVIDER", "/v1/awards"),
        ];
        for (who, path) in tries {
            say(format!("  curl --silent --header \"Authorization: Bearer ${who}\" '{url}{path}'"));
        }
        say("\nCtrl-C stops it. The next start keeps what you changed; `--fresh` begins again.");
    }
}

/// Loads the office where it is not there yet. A busy machine may need longer for it than a request may take.
fn load_where_empty(settings: &Settings) -> Result<(), Failure> {
    let db = Db::open(Settings { deadline: LOAD_PATIENCE, ..settings.clone() }, app::FOLLOWERS)?;
    runtime()?.block_on(async {
        db.write(WriteMeta::system("demo.mark", "demo"), demo_mark::mark).await?;
        if !db.read(load::people).await?.is_empty() {
            return Ok(());
        }
        let outcome = load::load(&db, Sheets::read(&example::folder()), false).await?;
        if outcome.faults.is_empty() {
            return Ok(());
        }
        Err(Failure(format!("The example office cannot be loaded.\n{}", listing(&outcome.faults))))
    })
}

/// Why the demo does not touch a database.
fn foreign(which: &str) -> Failure {
    Failure(format!("{which} was not made by the demo, so the demo leaves it alone. Name another with `--database`."))
}

/// The file itself and what SQLite keeps beside it; nothing else.
fn throw_away(path: &Path) -> Result<(), Failure> {
    for suffix in ["", "-wal", "-shm"] {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        match fs::remove_file(&name) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(Failure::new(format!("{} cannot be thrown away: {error}.", Path::new(&name).display())));
            }
            _ => {}
        }
    }
    Ok(())
}

/// The folder of attached files, where there is one.
fn throw_away_folder(path: &Path) -> Result<(), Failure> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(Failure::new(format!("{} cannot be thrown away: {error}.", path.display())))
        }
        _ => Ok(()),
    }
}

/// Whether the folder takes files, asked by making one, since rights alone do not tell.
fn writable(path: &Path) -> Result<(), Failure> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."));
    let probe = path.with_extension("probe");
    let tried = fs::write(&probe, b"").and_then(|()| fs::remove_file(&probe));
    tried.map_err(|error| {
        Failure::new(format!(
            "The folder {} takes no files: {error}. Start the demo elsewhere, or name a file with `--database`.",
            folder.display()
        ))
    })
}

/// `90s`, `30m`, `2h`, `7d`.
fn span(text: &str) -> Result<TimeDelta, String> {
    let wrong = || format!("`{text}` is not a time from 1s to 30d, such as 90s, 30m, 2h or 7d");
    let (number, seconds) = match text.char_indices().next_back() {
        Some((at, 's')) => (text.get(..at), 1),
        Some((at, 'm')) => (text.get(..at), 60),
        Some((at, 'h')) => (text.get(..at), 3_600),
        Some((at, 'd')) => (text.get(..at), 86_400),
        _ => return Err(wrong()),
    };
    let number: i64 = number.unwrap_or_default().parse().map_err(|_| wrong())?;
    let total = number.checked_mul(seconds).filter(|total| (1..=30 * 86_400).contains(total)).ok_or_else(wrong)?;
    TimeDelta::try_seconds(total).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_read() {
        for (text, seconds) in [("90s", 90), ("30m", 1_800), ("2h", 7_200), ("30d", 2_592_000)] {
            assert_eq!(span(text).unwrap().num_seconds(), seconds, "{text}");
        }
        for text in ["", "h", "2", "0s", "-1h", "31d", "2 h", "2w", "9999999999999999999d"] {
            assert!(span(text).is_err(), "{text}");
        }
    }
}
