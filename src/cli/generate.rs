//! `almoner generate`.

use std::process::ExitCode;
use std::time::Instant;

use clap::Args;

use crate::app;
use crate::cli::database::Database;
use crate::cli::{Failure, LOAD_PATIENCE, runtime, say, whole};
use crate::office::generate::{self, QUARTERS_MAX, Reporting, Size};
use crate::store::Db;

/// Make a made-up office of any size in an empty database, to try the service at scale.
///
/// Makes an office of made-up funds, organisations and awards in an empty database, to try the service at scale. The same seed and
/// counts make the same office. Never for a database that is to hold a real one.
#[derive(Debug, Args)]
pub(super) struct Generate {
    /// What the names, days and amounts follow from.
    #[arg(long, value_name = "NUMBER", default_value_t = 1, value_parser = whole(0_u64, u64::MAX))]
    seed: u64,
    /// How many awards; about three movements of money each.
    #[arg(long, value_name = "COUNT", value_parser = whole(1_u32, 1_000_000))]
    awards: u32,
    /// How many times each award is varied, for an office with few awards that move much; without this a fifth of them once.
    #[arg(long, value_name = "COUNT", value_parser = whole(0_u32, 100))]
    variations: Option<u32>,
    /// How many quarters each award has reported, for an office with many returns; one more is owed. Awards are not varied then.
    #[arg(long, value_name = "COUNT", value_parser = whole(1_u32, QUARTERS_MAX), conflicts_with = "variations")]
    quarters: Option<u32>,
    /// How many indicators each of those returns reports.
    #[arg(long, value_name = "COUNT", default_value_t = 12, value_parser = whole(1_u32, 100), requires = "quarters")]
    indicators: u32,
    /// In how many areas it reports each of them.
    #[arg(long, value_name = "COUNT", default_value_t = 7, value_parser = whole(1_u32, 7), requires = "quarters")]
    areas: u32,
    /// Make the SQLite file where there is none, and bring the schema up to date.
    #[arg(long)]
    create: bool,
    #[command(flatten)]
    database: Database,
}

impl Generate {
    pub fn run(&self) -> Result<ExitCode, Failure> {
        let mut settings = self.database.settings()?;
        settings.deadline = LOAD_PATIENCE;
        settings.create = self.create;
        if self.create {
            Db::migrate(&settings)?;
        }
        let db = Db::open(settings, app::FOLLOWERS)?;
        let started = Instant::now();
        let (indicators, areas) = (self.indicators, self.areas);
        let reporting = self.quarters.map(|quarters| Reporting { quarters, indicators, areas });
        let size = Size { seed: self.seed, awards: self.awards, variations: self.variations, reporting };
        let made = runtime()?.block_on(generate::generate(&db, size))?;
        let seconds = started.elapsed().as_secs_f64();
        say(format!(
            "Made {} awards of {} organisations, with {} movements, in {seconds:.1} s.",
            made.awards, made.providers, made.transfers
        ));
        if made.returns > 0 {
            say(format!("The awards have reported in {} returns.", made.returns));
        }
        say("All of it is made up: names say so, and records are marked illustrative.");
        Ok(ExitCode::SUCCESS)
    }
}
