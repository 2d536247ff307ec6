//! Programs of other makes that cases talk to, where they are installed: `PEERS_PYTHON` names a python that has what they need.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

/// How long a message may be under way.
const PATIENCE: Duration = Duration::from_secs(30);

/// A python that has these modules. The one that `PEERS_PYTHON` names must have them; otherwise a case goes without its peer.
pub fn python(modules: &str) -> Option<String> {
    let named = std::env::var("PEERS_PYTHON").ok();
    let python = named.clone().unwrap_or_else(|| "python3".to_owned());
    let has_them = Command::new(&python).args(["-c", &format!("import {modules}")]).output().is_ok_and(|ran| ran.status.success());
    assert!(has_them || named.is_none(), "{python} lacks one of {modules}");
    has_them.then_some(python)
}

/// A mail server that we did not write. It wants encryption, the user `grants` and the password in its folder.
pub struct RealMailServer {
    pub port: u16,
    folder: TempDir,
    child: Child,
}

impl RealMailServer {
    /// `security` is `starttls` or `tls`.
    pub fn start(security: &str) -> Option<Self> {
        let Some(python) = python("aiosmtpd, trustme") else {
            eprintln!("left out: python3 has no aiosmtpd and trustme here");
            return None;
        };
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("password"), "three blind mice ran").unwrap();
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/support/peers/mail_server.py");
        let mut command = Command::new(python);
        command.arg(script).arg(folder.path()).arg(security);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let port = line.trim().parse().unwrap_or_else(|_| panic!("the mail server did not start: {line}"));
        Some(Self { port, folder, child })
    }

    /// The certificate of the authority that vouches for it.
    pub fn authority(&self) -> PathBuf {
        self.folder.path().join("authority.pem")
    }

    /// The file with its password.
    pub fn password(&self) -> PathBuf {
        self.folder.path().join("password")
    }

    /// What it has taken so far, as a mail program reads it.
    pub fn taken(&self) -> Vec<Value> {
        let text = std::fs::read_to_string(self.folder.path().join("taken.jsonl")).unwrap_or_default();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// The same once there are so many.
    pub fn when_taken(&self, count: usize) -> Vec<Value> {
        let begun = Instant::now();
        loop {
            let taken = self.taken();
            if taken.len() >= count {
                return taken;
            }
            assert!(begun.elapsed() < PATIENCE, "only {} of {count} messages came: {taken:?}", taken.len());
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for RealMailServer {
    fn drop(&mut self) {
        // It ends with its input; what does not is ended.
        drop(self.child.stdin.take());
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
