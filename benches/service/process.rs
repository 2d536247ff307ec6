//! The real program, as people run it.

use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::client::{Connection, request};

/// A running `almoner serve`; it ends with this value.
pub struct Service {
    child: Child,
    pub address: SocketAddr,
    /// From the start of the process to the first `200` of `/health/ready`.
    pub ready_after: Duration,
}

impl Service {
    /// Starts the program on a database, with the key and the folder of `home`.
    pub fn start(database_url: &str, home: &Path) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        drop(listener);
        let mut command = Command::new(env!("CARGO_BIN_EXE_almoner"));
        command
            .args(["serve", "--rate-limit", "0", "--public-url", ISSUER, "--listen", &address.to_string()])
            .arg("--signing-key-file")
            .arg(home.join("signing.pem"))
            .arg("--documents-dir")
            .arg(home.join("documents"))
            .env("ALMONER_DATABASE_URL", database_url)
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let started = Instant::now();
        let mut child = command.spawn().unwrap();
        let ask = request("GET", "/health/ready", &[], "");
        loop {
            let is_ready = Connection::open(address).and_then(|mut one| one.ask(&ask).map(|reply| reply.status == 200));
            if is_ready.is_ok_and(|ready| ready) {
                break;
            }
            assert!(child.try_wait().unwrap().is_none(), "the service ended at its start");
            assert!(started.elapsed() < Duration::from_secs(60), "the service is not ready after a minute");
            std::thread::sleep(Duration::from_millis(1));
        }
        Self { child, address, ready_after: started.elapsed() }
    }

    /// Resident memory in MiB; `None` where the machine does not tell.
    pub fn resident_mib(&self) -> Option<f64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).ok()?;
        let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
        let kib: f64 = line.split_whitespace().nth(1)?.parse().ok()?;
        Some(kib / 1024.0)
    }
}

/// Who issues the tokens of the measured service.
pub const ISSUER: &str = "http://bench.example";

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
