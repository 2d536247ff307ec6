//! A synchronous PostgreSQL connection in pure Rust: no libpq, TLS by rustls. Why: `docs/adr/0002`.
//!
//! Diesel's asynchronous connection is driven by a small runtime that belongs to the thread, so a connection must stay on the
//! thread that made it and must never be used inside another runtime.

use std::cell::OnceCell;
use std::future::Future;
use std::str::FromStr;
use std::time::Duration;

use diesel_async::AsyncPgConnection;
use diesel_async::async_connection_wrapper::{AsyncConnectionWrapper, BlockOn};
use tokio::runtime::{Builder, Runtime};
use tokio_postgres::config::SslMode;
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::kernel::StoreFault;

/// A PostgreSQL connection that Diesel drives like any other.
pub type PgConn = AsyncConnectionWrapper<AsyncPgConnection, ThreadRuntime>;

/// The runtime of the thread a connection lives on.
pub struct ThreadRuntime;

thread_local! {
    static RUNTIME: OnceCell<Runtime> = const { OnceCell::new() };
}

fn with_runtime<T>(work: impl FnOnce(&Runtime) -> T) -> Result<T, String> {
    RUNTIME.with(|cell| {
        if cell.get().is_none() {
            let runtime = Builder::new_current_thread().enable_all().build().map_err(|error| error.to_string())?;
            // The cell is this thread's own and was empty a line ago.
            let _ = cell.set(runtime);
        }
        cell.get().map(work).ok_or_else(|| "no runtime for the database thread".to_owned())
    })
}

impl BlockOn for ThreadRuntime {
    #[expect(clippy::panic, reason = "the trait has no way to fail, and a thread whose connection was made has a runtime")]
    fn block_on<F: Future>(&self, future: F) -> F::Output {
        match with_runtime(|runtime| runtime.block_on(future)) {
            Ok(output) => output,
            Err(message) => panic!("{message}"),
        }
    }

    fn get_runtime() -> Self {
        Self
    }
}

/// Connects to `url`. With `sslmode=require` (or `prefer`) the server's certificate is checked against the system's roots.
///
/// A statement that takes longer than `deadline` is cancelled by the server.
///
/// # Errors
/// [`StoreFault::Unavailable`] where the server does not answer or refuses; the message never holds the password.
pub fn connect(url: &str, application: &str, deadline: Duration) -> Result<PgConn, StoreFault> {
    let gone = |error: String| StoreFault::Unavailable(error);
    let mut config = tokio_postgres::Config::from_str(url).map_err(|error| gone(format!("the PostgreSQL URL cannot be read: {error}")))?;
    config.application_name(application);
    config.connect_timeout(Duration::from_secs(10));
    // Messages decide what a deadlock or time-out is, so they must be English.
    let options = config.get_options().map(|given| format!("{given} ")).unwrap_or_default();
    config.options(format!("{options}-c lc_messages=C -c timezone=UTC -c statement_timeout={}", deadline.as_millis()));
    let connection = with_runtime(|runtime| runtime.block_on(establish(&config))).map_err(gone)??;
    Ok(PgConn::from(connection))
}

async fn establish(config: &tokio_postgres::Config) -> Result<AsyncPgConnection, StoreFault> {
    let gone = |error: &dyn std::error::Error| {
        let cause = error.source().map(|source| format!(": {source}")).unwrap_or_default();
        StoreFault::Unavailable(format!("PostgreSQL: {error}{cause}"))
    };
    let made = if matches!(config.get_ssl_mode(), SslMode::Disable) {
        let (client, connection) = config.connect(tokio_postgres::NoTls).await.map_err(|error| gone(&error))?;
        AsyncPgConnection::try_from_client_and_connection(client, connection).await
    } else {
        let (tls, _unreadable_roots) = MakeRustlsConnect::with_native_certs()
            .map_err(|_| StoreFault::Unavailable("no root certificates were found on this machine for TLS to PostgreSQL".to_owned()))?;
        let (client, connection) = config.connect(tls).await.map_err(|error| gone(&error))?;
        AsyncPgConnection::try_from_client_and_connection(client, connection).await
    };
    made.map_err(|error| gone(&error))
}
