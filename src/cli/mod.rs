//! The command line: what each command takes and does. Results go to standard output, the log and failures to standard error.

mod access;
mod backup;
mod copy;
mod database;
mod demo;
mod export;
mod generate;
mod health;
mod import;
mod log;
mod mail;
mod migrate;
mod openapi;
mod serve;
mod signals;
mod templates;
mod user;
mod verify;

use std::fmt;
use std::process::ExitCode;
use std::str::FromStr;
use std::time::Duration;

use clap::{Parser, Subcommand};

use crate::kernel::{Fault, Refusal};

/// How long a whole office may take to load, in one transaction and on a busy machine.
const LOAD_PATIENCE: Duration = Duration::from_secs(60 * 60);

/// Commissioning and grants management for a local policing body: every pound from its source to the people helped.
#[derive(Debug, Parser)]
#[command(name = "almoner", version, about, propagate_version = true, max_term_width = 120)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

// What each command does is said where it is, the short form first: a comment here would take its place in `--help`.
#[derive(Debug, Subcommand)]
enum Command {
    Serve(Box<serve::Serve>),
    User(user::User),
    Demo(demo::Demo),
    Migrate(migrate::Migrate),
    Import(import::Import),
    Export(export::Export),
    Copy(copy::Copy),
    Backup(backup::Backup),
    Generate(generate::Generate),
    Verify(verify::Verify),
    /// Print the API's OpenAPI 3.1 description.
    Openapi,
    Health(health::Health),
}

/// Why a command was not done: one sentence for the person who gave it.
#[derive(Debug)]
pub struct Failure(pub String);

impl Failure {
    fn new(why: impl fmt::Display) -> Self {
        Self(why.to_string())
    }
}

impl From<crate::store::OpenError> for Failure {
    fn from(error: crate::store::OpenError) -> Self {
        Self(error.0)
    }
}

impl From<Refusal> for Failure {
    /// For people: a rule in its own words, and each fault beside the flag that it is about.
    fn from(refusal: Refusal) -> Self {
        Self(match refusal {
            Refusal::Rule { detail, .. } => detail,
            Refusal::Invalid(faults) | Refusal::Misshapen(faults) | Refusal::Unreadable(faults) => {
                faults.iter().map(told).collect::<Vec<_>>().join("\n")
            }
            other => other.to_string().trim_end().to_owned(),
        })
    }
}

/// A fault of `/provider_id` is one of `--provider-id`, one of the second of `/roles` one of `--role`.
fn told(fault: &Fault) -> String {
    let field = fault.pointer.trim_start_matches('/').split('/').next().unwrap_or_default();
    let flag = match field {
        "" => return fault.message.clone(),
        "roles" => "role".to_owned(),
        "areas" => "area".to_owned(),
        other => other.replace('_', "-"),
    };
    format!("--{flag}: {}", fault.message)
}

/// Reads a whole number between two, and says so where it is none.
fn whole<N: FromStr + PartialOrd + fmt::Display + Clone + Send + Sync + 'static>(
    least: N,
    most: N,
) -> impl Fn(&str) -> Result<N, String> + Clone + Send + Sync + 'static {
    move |text| {
        let number = text.parse().ok().filter(|number: &N| (&least..=&most).contains(&number));
        number.ok_or_else(|| format!("a whole number from {least} to {most} is needed here"))
    }
}

/// Does what the program's arguments say.
#[must_use]
pub fn run() -> ExitCode {
    let outcome = match Cli::parse().command {
        Command::Serve(serve) => serve.run(),
        Command::User(user) => user.run(),
        Command::Demo(demo) => demo.run(),
        Command::Migrate(migrate) => migrate.run(),
        Command::Import(import) => import.run(),
        Command::Export(export) => export.run(),
        Command::Copy(copy) => copy.run(),
        Command::Backup(backup) => backup.run(),
        Command::Generate(generate) => generate.run(),
        Command::Verify(verify) => verify.run(),
        Command::Openapi => openapi::run(),
        Command::Health(health) => health.run(),
    };
    match outcome {
        Ok(code) => code,
        Err(Failure(why)) => {
            eprintln!("almoner: {why}");
            ExitCode::FAILURE
        }
    }
}

/// Prints a line of a command's result. A reader that has gone (`almoner openapi | head`) is not a failure.
fn say(line: impl fmt::Display) {
    use std::io::Write;
    let _ = writeln!(std::io::stdout(), "{line}");
}

/// A runtime for what a command has to wait for. The database is opened before it, on the plain thread.
fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::new(format!("The program cannot start: {error}.")))
}
