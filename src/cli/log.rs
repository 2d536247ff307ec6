//! The log: lines of JSON on standard error, or lines for people.

use clap::ValueEnum;
use tracing_subscriber::EnvFilter;

/// How the log is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum LogFormat {
    /// One JSON object a line, for programs.
    Json,
    /// Plain lines, for people.
    Text,
}

/// Starts the log. `filter` is a level (`info`) or directives such as `warn,almoner=debug`.
pub(super) fn start(format: LogFormat, filter: &str) {
    let filter = EnvFilter::try_new(filter).unwrap_or_else(|_| EnvFilter::new("info"));
    let usual = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // A second start within one process keeps the first log.
    let _ = match format {
        LogFormat::Json => usual.json().flatten_event(true).with_current_span(true).with_span_list(false).try_init(),
        LogFormat::Text => usual.with_target(false).with_ansi(false).try_init(),
    };
}
