//! `almoner health`: for container health checks, where no `curl` is installed.

use std::io::{Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;

use crate::cli::{Failure, say};

/// How long the service may take to answer.
const PATIENCE: Duration = Duration::from_secs(3);

/// Ask a running service whether it can answer; ends with 0 where it can.
///
/// Asks `GET /health/ready` and ends with 0 where the answer is 200.
#[derive(Debug, Args)]
pub(super) struct Health {
    /// Where the service listens. Plain HTTP: the check runs on the same machine.
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8080")]
    url: String,
}

impl Health {
    pub fn run(&self) -> Result<ExitCode, Failure> {
        let rest = self.url.strip_prefix("http://").ok_or_else(|| Failure::new("The URL must begin with `http://`."))?;
        let authority = rest.split('/').next().unwrap_or(rest);
        let with_port = if authority.rsplit(']').next().is_some_and(|end| end.contains(':')) {
            authority.to_owned()
        } else {
            format!("{authority}:80")
        };
        let status = ask(authority, &with_port).map_err(|error| Failure::new(format!("{} does not answer: {error}.", self.url)))?;
        if status == "200" {
            say("ready");
            return Ok(ExitCode::SUCCESS);
        }
        Err(Failure::new(format!("{} answers, but is not ready: status {status}.", self.url)))
    }
}

/// The status of `GET /health/ready`.
fn ask(host: &str, address: &str) -> std::io::Result<String> {
    let address = address.to_socket_addrs()?.next().ok_or_else(|| std::io::Error::other("the name has no address"))?;
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    write!(stream, "GET /health/ready HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n")?;
    let mut answer = Vec::new();
    stream.take(64 * 1024).read_to_end(&mut answer)?;
    let line = String::from_utf8_lossy(&answer);
    line.split_whitespace().nth(1).map(str::to_owned).ok_or_else(|| std::io::Error::other("the answer is not HTTP"))
}
