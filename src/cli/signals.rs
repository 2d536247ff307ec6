//! Waiting until somebody asks the program to stop.

use tokio::signal::unix::{SignalKind, signal};

use crate::cli::{Failure, runtime};

/// Waits for SIGTERM (a supervisor) or SIGINT (Ctrl-C).
pub(super) fn wait() -> Result<(), Failure> {
    let failed = |error: std::io::Error| Failure::new(format!("Signals cannot be watched: {error}."));
    runtime()?.block_on(async {
        let mut terminate = signal(SignalKind::terminate()).map_err(failed)?;
        let mut interrupt = signal(SignalKind::interrupt()).map_err(failed)?;
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        Ok(())
    })
}
