//! How fast the service is, as ratios within one run: see docs/PERFORMANCE.md.
//!
//! `cargo bench` measures everything on SQLite and, where `initdb` is installed or `DATABASE_URL_TEST_POSTGRES` names a server, on
//! PostgreSQL. `cargo bench -- --movements 20000 --seconds 1` takes a tenth of the data and less time.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::as_conversions,
    missing_docs,
    reason = "a measurement that cannot be taken ends the run"
)]

mod acts;
mod bare;
mod campaigns;
mod client;
mod load;
mod office;
#[allow(dead_code, reason = "the cases use more of it")]
#[path = "../../tests/it/support/postgres.rs"]
mod postgres;
mod process;
mod reads;
mod report;
mod returns;
mod table;

use std::path::Path;
use std::time::Duration;

use almoner::office::generate::Size;
use clap::{Parser, ValueEnum};

use crate::office::{Engine, Office};
use crate::process::Service;
use crate::table::{Aim, Table};

/// A private PostgreSQL waits for the disk here: what is measured is durable.
const FSYNC: &str = "on";

/// How many movements an award has, in hundredths, with the usual share of increases.
const MOVEMENTS_A_HUNDRED_AWARDS: u32 = 335;
/// How often each award of the dense office is increased, where all offices have as many.
const INCREASES: u32 = 10;
/// Up to how many movements an office has as many awards as they need, where nothing is said; making more takes long, and no region has them.
const GROWN_WITH_AWARDS_MAX: u32 = 200_000;
/// How many awards a region has had after ten years.
const AWARDS_OF_A_REGION: u32 = 5_000;
/// How many open connections the memory is measured with.
const CONNECTIONS: usize = 64;

/// Measures the service on a made-up office.
#[derive(Debug, Parser)]
struct Asked {
    /// On which engine.
    #[arg(long, value_enum, default_value_t = Engines::All)]
    engine: Engines,
    /// How many movements the large office has, about; the small one has a tenth.
    #[arg(long, default_value_t = 200_000, value_parser = clap::value_parser!(u32).range(1_000..=2_000_000))]
    movements: u32,
    /// How many awards all offices have, so that only the ledger grows: what awards move beyond themselves are small payments. Without it an office has as many awards as
    /// its movements need up to 200,000 movements, and 5,000 above.
    #[arg(long, value_parser = clap::value_parser!(u32).range(10..=100_000))]
    awards: Option<u32>,
    /// How many awards report twenty quarters of twelve indicators in seven areas.
    #[arg(long, default_value_t = 400, value_parser = clap::value_parser!(u32).range(10..=10_000))]
    reporting: u32,
    /// How many seconds each rate is measured.
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u64).range(1..=60))]
    seconds: u64,
    /// Only these figures.
    #[arg(long, value_enum)]
    only: Option<Figures>,
    /// What cargo says to every benchmark.
    #[arg(long, hide = true)]
    bench: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Engines {
    All,
    Sqlite,
    Postgres,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Figures {
    Reports,
    Memory,
    Reads,
    Acts,
    Returns,
    Campaigns,
}

/// How much is measured.
pub struct Plan {
    /// Which figures; all where nothing is said.
    only: Option<Figures>,
    /// For each rate.
    pub time: Duration,
    /// Movements of the small and of the large office.
    small: u32,
    large: u32,
    /// Awards of each office, where only the ledger grows.
    awards: Option<u32>,
    /// Awards of the office that reports much.
    pub reporting: u32,
}

fn main() {
    let asked = Asked::parse();
    let plan = Plan {
        only: asked.only,
        time: Duration::from_secs(asked.seconds),
        small: asked.movements / 10,
        large: asked.movements,
        awards: asked.awards.or((asked.movements > GROWN_WITH_AWARDS_MAX).then_some(AWARDS_OF_A_REGION)),
        reporting: asked.reporting,
    };
    println!("# Almoner {}, measured", env!("CARGO_PKG_VERSION"));
    println!("\n{}", machine());
    let home = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let is_asked =
            matches!((asked.engine, engine), (Engines::All, _) | (Engines::Sqlite, Engine::Sqlite) | (Engines::Postgres, Engine::Postgres));
        if is_asked && measure(engine, &plan, home.path()).is_none() {
            println!("\nNothing was measured on {}: it is not on this machine.", engine.name());
        }
    }
}

/// Everything on one engine; `None` where it is not on this machine.
fn measure(engine: Engine, plan: &Plan, home: &Path) -> Option<()> {
    let is_asked = |figures: Figures| plan.only.is_none_or(|only| only == figures);
    let mut table = Table::new(&format!("{}, {}", engine.name(), version(engine)));
    if is_asked(Figures::Returns) {
        returns::measure(engine, plan, home, &mut table)?;
    }
    if is_asked(Figures::Campaigns) {
        campaigns::measure(engine, home, &mut table)?;
    }
    if matches!(plan.only, Some(Figures::Returns | Figures::Campaigns)) {
        table.print();
        return Some(());
    }
    say(&format!("{}: making offices of {} and {} movements", engine.name(), plan.small, plan.large));
    let awards = |movements: u32| plan.awards.unwrap_or(movements * 100 / MOVEMENTS_A_HUNDRED_AWARDS);
    let of = |movements, variations| Size { seed: 1, awards: awards(movements), variations, reporting: None };
    let filled = |movements: u32| plan.awards.map(|_| movements);
    let large = Office::make(engine, home, "large", of(plan.large, None), filled(plan.large))?;
    large.describe("large", &mut table);
    if is_asked(Figures::Reports) {
        let small = Office::make(engine, home, "small", of(plan.small, None), filled(plan.small))?;
        // As many awards as the small office has and as many movements as the large one. Where all have as many awards, each of its is varied over and over; where not,
        // most of its movements are increases.
        let variations = if plan.awards.is_some() { INCREASES } else { 23 };
        let dense = Office::make(engine, home, "dense", of(plan.small, Some(variations)), filled(plan.large))?;
        small.describe("small", &mut table);
        dense.describe("dense", &mut table);
        reports(engine, [&small, &dense, &large], &mut table);
        say("  reports done");
    }
    if is_asked(Figures::Memory) {
        memory(engine, &large, &mut table);
    }
    let service = Service::start(&large.url, home);
    if is_asked(Figures::Reads) {
        reads::measure(engine, plan, &large, &service, &mut table);
    }
    if is_asked(Figures::Acts) {
        acts::measure(engine, plan, &large, &service, &mut table);
    }
    table.print();
    Some(())
}

/// Start-up and memory.
fn memory(engine: Engine, office: &Office, table: &mut Table) {
    let ready = report::start_up(office);
    table.row("start of the process until it is ready", &format!("{ready:.0} ms"), Aim::None, ready);
    let (reading, reported) = report::memory(office, CONNECTIONS);
    let shown = |mib: Option<f64>| mib.map_or_else(|| "not told".to_owned(), |mib| format!("{mib:.0} MiB"));
    let aim = if engine == Engine::Sqlite { Aim::Under(80.0) } else { Aim::None };
    table.row(&format!("resident memory, {CONNECTIONS} open connections"), &shown(reading), aim, reading.unwrap_or(0.0));
    table.row("resident memory, after reports as well", &shown(reported), aim, reported.unwrap_or(0.0));
}

fn reports(engine: Engine, offices: [&Office; 3], table: &mut Table) {
    let times = offices.map(|office| report::times(office, &Service::start(&office.url, &office.home)));
    let is_aimed = engine == Engine::Sqlite;
    for (at, question) in report::QUESTIONS.iter().enumerate() {
        let (name, is_past) = (question.name, question.is_past);
        let [small, dense, large] = times.map(|times| times[at]);
        table.row(&format!("allocation report {name}, small office"), &format!("{small:.1} ms"), Aim::None, small);
        for (office, time) in [("dense", dense), ("large", large)] {
            let aim = |most, most_of_past| match (is_past, is_aimed && at == 0) {
                (true, _) => Aim::Under(most_of_past),
                (false, true) => Aim::Under(most),
                (false, false) => Aim::None,
            };
            table.row(&format!("allocation report {name}, {office} office"), &format!("{time:.1} ms"), aim(150.0, 300.0), time);
            let times = time / small;
            table.row(&format!("allocation report {name}, {office} against small"), &format!("{times:.1} times"), aim(2.0, 3.0), times);
        }
    }
}

/// The machine, as far as it tells.
fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    let read = |path: &str, name: &str| {
        let text = std::fs::read_to_string(path).unwrap_or_default();
        let line = text.lines().find(|line| line.starts_with(name)).unwrap_or_default();
        line.split_once(':').map(|(_, value)| value.trim().to_owned()).unwrap_or_default()
    };
    let (model, memory) = (read("/proc/cpuinfo", "model name"), read("/proc/meminfo", "MemTotal"));
    format!("{cores} cores ({model}), {memory} of memory, {}. Clients, service and database share them.", std::env::consts::OS)
}

fn version(engine: Engine) -> String {
    match engine {
        Engine::Sqlite => "bundled, synchronous=FULL".to_owned(),
        Engine::Postgres => "fsync as the server has it".to_owned(),
    }
}

/// Tells on standard error how far it is, so that standard output is the result alone.
pub fn say(line: &str) {
    eprintln!("{line}");
}
