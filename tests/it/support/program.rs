//! The program itself, as people run it.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};

use almoner::access::keys;
use serde_json::{Value, json};

use crate::support::client::Client;

/// The password of everybody whom [`Program::person`] makes.
const PASSWORD: &str = "three blind mice ran";

/// What `almoner verify` says of a database, and whether it holds.
pub fn verify(database_url: &str) -> (bool, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_almoner")).args(["verify", "--database", database_url]).output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(said).unwrap())
}

/// A service in a process of its own. Dropping it kills it.
pub struct Program {
    pub base: String,
    /// What it logged before it was ready.
    pub said: String,
    database_url: String,
    child: Child,
}

impl Program {
    /// Serves a database, with key and documents in `folder`. `setup` is what a shell does first, such as setting a limit.
    pub fn serve(database_url: &str, folder: &Path, setup: &str) -> Self {
        Self::serve_with(database_url, folder, setup, &["--rate-limit", "0"])
    }

    /// The same with `flags` of its own.
    pub fn serve_with(database_url: &str, folder: &Path, setup: &str, flags: &[&str]) -> Self {
        let key = folder.join("signing.pem");
        if !key.exists() {
            std::fs::write(&key, keys::generate().unwrap()).unwrap();
        }
        let program = env!("CARGO_BIN_EXE_almoner");
        let mut child = Command::new("sh")
            .args(["-c", &format!("{setup}\nexec \"$0\" \"$@\""), program, "serve"])
            .args(["--listen", "127.0.0.1:0", "--database", database_url])
            .args(flags)
            .arg("--signing-key-file")
            .arg(&key)
            .arg("--documents-dir")
            .arg(folder.join("documents"))
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut log = BufReader::new(child.stderr.take().unwrap()).lines();
        let mut before = String::new();
        let base = loop {
            let line = log.next().unwrap_or_else(|| panic!("the service did not start: {before}")).unwrap();
            let ready: Value = serde_json::from_str(&line).unwrap_or_default();
            if let Some(url) = ready["url"].as_str() {
                break url.to_owned();
            }
            before.push_str(&line);
        };
        // The service must not wait for somebody to read its log. What it complains of is of use where a case fails.
        std::thread::spawn(move || {
            for line in log.map_while(Result::ok).filter(|line| !line.contains("\"level\":\"INFO\"")) {
                eprintln!("{line}");
            }
        });
        Self { base, said: before, database_url: database_url.to_owned(), child }
    }

    /// The most memory that the process ever had, in KiB, where the system tells.
    pub fn peak_memory(&self) -> Option<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).ok()?;
        status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.parse().ok())
    }

    /// Ends the process as a power cut would.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Asks the process to stop, as a host does.
    pub fn ask_to_stop(&self) {
        let asked = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().unwrap();
        assert!(asked.success());
    }

    /// Waits for the end of a process that was asked to stop, and says how it ended.
    pub fn ended(mut self) -> ExitStatus {
        self.child.wait().unwrap()
    }

    /// Asks the process to stop, and says how it ended.
    pub fn stop(self) -> ExitStatus {
        self.ask_to_stop();
        self.ended()
    }

    /// Makes somebody of the office from the command line, and gives their address.
    pub fn person(&self, roles: &[&str]) -> String {
        let email = format!("{}@opcc.example", roles.join("."));
        let mut command = Command::new(env!("CARGO_BIN_EXE_almoner"));
        command.args(["user", "create", "--email", &email, "--name", "Somebody", "--database", &self.database_url]);
        for role in roles {
            command.args(["--role", role]);
        }
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
        writeln!(child.stdin.take().unwrap(), "{PASSWORD}").unwrap();
        assert!(child.wait().unwrap().success());
        email
    }

    /// Signs in whoever was made with this address.
    pub fn client(&self, email: &str) -> Client {
        let http = reqwest::blocking::Client::builder().timeout(std::time::Duration::from_secs(60)).build().unwrap();
        let nobody = Client { base: self.base.clone(), token: None, http };
        let session = nobody.post("/v1/session", &json!({ "email": email, "password": PASSWORD })).must(200);
        Client { token: session.body["access_token"].as_str().map(str::to_owned), ..nobody }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
