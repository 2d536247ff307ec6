//! A mail server for the cases: a real socket that speaks SMTP and keeps what it is given.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

/// What the talks of one server share.
#[derive(Default)]
struct State {
    taken: Mutex<Vec<String>>,
    /// What is answered to the next recipients; `250 OK` when none is left.
    answers: Mutex<Vec<&'static str>>,
    ended: AtomicBool,
}

/// A mail server on a loopback port.
pub struct MailServer {
    pub address: SocketAddr,
    state: Arc<State>,
    thread: Option<JoinHandle<()>>,
}

impl MailServer {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(State::default());
        let shared = Arc::clone(&state);
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming().map(Result::unwrap) {
                if shared.ended.load(Ordering::SeqCst) {
                    break;
                }
                let shared = Arc::clone(&shared);
                std::thread::spawn(move || talk(&stream, &shared));
            }
        });
        Self { address, state, thread: Some(thread) }
    }

    /// What the server answers to the next recipients.
    pub fn answer(&self, lines: &[&'static str]) {
        self.state.answers.lock().unwrap().extend(lines);
    }

    /// All messages that were taken, as they came.
    pub fn messages(&self) -> Vec<String> {
        self.state.taken.lock().unwrap().clone()
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        self.state.ended.store(true, Ordering::SeqCst);
        // The listener sleeps until somebody comes.
        let _ = TcpStream::connect(self.address);
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
    }
}

/// One connection, until the client says `QUIT` or goes.
fn talk(stream: &TcpStream, state: &State) {
    let mut lines = BufReader::new(stream).lines();
    let say = |line: &str| (&*stream).write_all(format!("{line}\r\n").as_bytes()).is_ok();
    let mut alive = say("220 mail.office.example ready");
    while alive {
        let Some(Ok(line)) = lines.next() else { return };
        let word = line.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
        alive = match word.as_str() {
            "EHLO" => say("250-mail.office.example\r\n250 8BITMIME"),
            "MAIL" | "RSET" | "NOOP" => say("250 OK"),
            "RCPT" => {
                let mut answers = state.answers.lock().unwrap();
                let answer = if answers.is_empty() { "250 OK" } else { answers.remove(0) };
                say(answer)
            }
            "DATA" => {
                let begun = say("354 go on");
                let text: Vec<String> = lines.by_ref().map_while(Result::ok).take_while(|line| line != ".").collect();
                state.taken.lock().unwrap().push(text.join("\n"));
                begun && say("250 taken")
            }
            "QUIT" => {
                say("221 bye");
                false
            }
            _ => say("502 not here"),
        };
    }
}
