//! `almoner serve`: the production form.

use std::net::{IpAddr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::ExitCode;
use std::str::FromStr;

use actix_web::web;
use clap::Args;
use ipnet::IpNet;

use crate::app;
use crate::cli::access::AccessArgs;
use crate::cli::database::Database;
use crate::cli::log::{self, LogFormat};
use crate::cli::mail::Mail;
use crate::cli::templates::Templates;
use crate::cli::{Failure, signals, whole};
use crate::documents::Shelf;
use crate::http::Service;
use crate::http::limit::Limits;
use crate::kernel::Refusal;
use crate::serve::{Running, Site};
use crate::store::Db;
use crate::workers::Workers;

/// Serve the API for real. Settings come from flags or the environment; nothing has a default password.
///
/// Serves until SIGTERM or SIGINT, then lets requests under way end.
#[derive(Debug, Args)]
pub(super) struct Serve {
    #[command(flatten)]
    database: Database,
    #[command(flatten)]
    access: AccessArgs,
    /// The address and port to listen on. TLS ends at the proxy in front.
    #[arg(long, value_name = "ADDRESS", env = "ALMONER_LISTEN", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// The folder in which attached files are kept.
    #[arg(long, value_name = "DIR", env = "ALMONER_DOCUMENTS_DIR", default_value = "documents")]
    documents_dir: PathBuf,
    #[command(flatten)]
    templates: Templates,
    #[command(flatten)]
    mail: Mail,
    /// How many requests a minute one caller may send; 0 for no limit.
    #[arg(long, value_name = "COUNT", env = "ALMONER_RATE_LIMIT", default_value_t = 600, value_parser = whole(0_u32, 1_000_000))]
    rate_limit: u32,
    /// The addresses or networks of the proxies in front, such as `10.0.0.0/8,192.0.2.7/32`. What they say in `X-Forwarded-For` is
    /// believed, so that callers without a token are counted by their own address and not by the proxy's.
    #[arg(long, value_name = "NETWORKS", env = "ALMONER_TRUSTED_PROXIES", default_value = "", hide_default_value = true)]
    trusted_proxies: Networks,
    /// Threads that read requests and write answers.
    #[arg(long, value_name = "COUNT", env = "ALMONER_WORKERS", default_value_t = 2, value_parser = whole(1_u16, 64))]
    workers: u16,
    /// The origin of a front end that browsers may call from, such as `https://grants.office.example`.
    #[arg(long, value_name = "ORIGIN", env = "ALMONER_CORS_ORIGIN")]
    cors_origin: Option<String>,
    /// How the log is written on standard error.
    #[arg(long, value_name = "FORMAT", env = "ALMONER_LOG_FORMAT", value_enum, default_value_t = LogFormat::Json)]
    log_format: LogFormat,
    /// What is logged: a level, or directives such as `warn,almoner=debug`.
    #[arg(long, value_name = "FILTER", env = "ALMONER_LOG", default_value = "info,actix_server=warn")]
    log: String,
}

impl Serve {
    pub fn run(&self) -> Result<ExitCode, Failure> {
        log::start(self.log_format, &self.log);
        let listener = bind(self.listen)?;
        let access = self.access.open(&format!("http://{}", self.listen))?;
        let db = Db::open(self.database.settings()?, app::FOLLOWERS)?;
        self.database.warn_where_readable()?;
        let (routes, shapes, _) = app::api().map_err(Failure)?;
        let shelf = Shelf::open(&self.documents_dir).map_err(Failure)?;
        let press = self.templates.open()?;
        let limits = Limits::new(self.rate_limit, self.trusted_proxies.0.clone());
        let service = Service { db, access, shelf, press, shapes, limits };
        let mailer = self.mail.mailer()?;
        let workers = Workers::start(&service.db, (&service.shelf, &service.press), &service.limits, mailer).map_err(Refusal::from)?;
        let site =
            Site { service: web::Data::new(service), routes, workers: usize::from(self.workers), cors_origin: self.cors_origin.clone() };
        let running = Running::start(site, listener).map_err(|error| Failure::new(format!("The service cannot start: {error}.")))?;
        tracing::info!(url = %running.url(), "ready");
        signals::wait()?;
        tracing::info!("stopping");
        running.stop().map_err(|error| Failure::new(format!("The service ended badly: {error}.")))?;
        drop(workers);
        Ok(ExitCode::SUCCESS)
    }
}

/// Networks and single addresses, set apart by commas; there may be none.
#[derive(Debug, Clone)]
struct Networks(Vec<IpNet>);

impl FromStr for Networks {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let network = |one: &str| {
            let address = |_| one.parse::<IpAddr>().map(IpNet::from);
            one.parse::<IpNet>().or_else(address).map_err(|_| format!("`{one}` is neither an address nor a network such as 10.0.0.0/8"))
        };
        text.split(',').map(str::trim).filter(|one| !one.is_empty()).map(network).collect::<Result<_, _>>().map(Self)
    }
}

/// Takes the port, or says in one sentence why not.
pub(super) fn bind(address: SocketAddr) -> Result<TcpListener, Failure> {
    use std::io::ErrorKind;
    TcpListener::bind(address).map_err(|error| {
        Failure::new(match error.kind() {
            ErrorKind::AddrInUse => format!(
                "Port {} on {} is taken. Stop the program that has it, or name another with `--listen`.",
                address.port(),
                address.ip()
            ),
            ErrorKind::PermissionDenied => format!("You may not listen on {address}. Choose a port above 1023 with `--listen`."),
            ErrorKind::AddrNotAvailable => format!("{} is not an address of this machine. Choose another with `--listen`.", address.ip()),
            _ => format!("{address} cannot be listened on: {error}."),
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_are_a_list_and_may_be_none() {
        let read = |text: &str| text.parse::<Networks>().map(|networks| networks.0.iter().map(ToString::to_string).collect::<Vec<_>>());
        assert_eq!(read("").unwrap(), Vec::<String>::new());
        assert_eq!(read("10.0.0.0/8, 192.0.2.7,2001:db8::1").unwrap(), ["10.0.0.0/8", "192.0.2.7/32", "2001:db8::1/128"]);
        assert!(read("10.0.0.0/8,proxy").unwrap_err().contains("`proxy`"));
    }
}
