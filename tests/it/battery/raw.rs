//! What no well-behaved client sends, over a bare socket.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

use super::{Office, leaks_nothing, writes_nothing};
use crate::support::App;

/// Writes `bytes` as far as the service takes them and gives what it answers.
fn exchange(app: &App, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(app.base.trim_start_matches("http://")).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    stream.set_write_timeout(Some(Duration::from_secs(20))).unwrap();
    // The service may have answered and gone before all of it was sent.
    let _ = stream.write_all(bytes);
    let _ = stream.shutdown(Shutdown::Write);
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

on_both! {
    fn what_is_hardly_http_gets_an_answer_or_none_and_does_nothing(app) {
        let office = Office::set(app);
        let token = office.scene.commissioner.token.clone().unwrap();
        let head = format!("POST /v1/areas HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\n");
        let area = r#"{"code":"raw","name":"Raw","kind":"local_authority"}"#;
        writes_nothing(app, || {
            for request in [
                // A body that ends before its length, chunks that are none, two lengths, a length that is no number.
                format!("{head}Content-Length: 100\r\n\r\n{area}"), format!("{head}Transfer-Encoding: chunked\r\n\r\nzz\r\n{area}\r\n0\r\n\r\n"),
                format!("{head}Transfer-Encoding: chunked\r\n\r\n{:x}\r\n{area}", area.len()),
                format!("{head}Content-Length: 5\r\nContent-Length: 51\r\n\r\n{area}"), format!("{head}Content-Length: -1\r\n\r\n{area}"),
                format!("{head}Content-Length: {}\r\nTransfer-Encoding: chunked\r\n\r\n{area}", area.len()),
                "GET /v1/funds\r\n\r\n".to_owned(), "GET\r\n\r\n".to_owned(), "\r\n\r\n".to_owned(), format!("GET /{} HTTP/1.1\r\nHost: x\r\n\r\n", "a".repeat(200_000)),
                format!("GET /v1/funds HTTP/1.1\r\nHost: x\r\nX-Long: {}\r\n\r\n", "a".repeat(200_000)), "GET /v1/funds HTTP/9.9\r\nHost: x\r\n\r\n".to_owned(),
                "GET /v1/funds%zz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".to_owned(), "\u{0}\u{1}\u{2}".to_owned(),
            ] {
                let answer = exchange(app, request.as_bytes());
                let shown: String = request.chars().take(300).collect();
                assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4") || answer.starts_with("HTTP/1.0 4"), "{shown}: {answer}");
                leaks_nothing(&answer);
            }
        });
        app.nobody().get("/health/ready").must(200);
    }

    fn fifty_megabytes_are_refused_without_being_kept(app) {
        let office = Office::set(app);
        let token = office.scene.commissioner.token.clone().unwrap();
        let head = format!("POST /v1/areas HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\n");
        let before = peak_memory();
        writes_nothing(app, || {
            // Eight at once: kept whole they would be 400 MB.
            std::thread::scope(|scope| {
                for number in 0..8 {
                    let head = head.clone();
                    scope.spawn(move || {
                        let mut stream = TcpStream::connect(app.base.trim_start_matches("http://")).unwrap();
                        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
                        let chunk = [b' '; 65_536];
                        let is_chunked = number % 2 == 0;
                        let length = if is_chunked { "Transfer-Encoding: chunked".to_owned() } else { format!("Content-Length: {}", 800 * chunk.len()) };
                        write!(stream, "{head}{length}\r\nConnection: close\r\n\r\n").unwrap();
                        for _ in 0..800 {
                            let frame = if is_chunked { write!(stream, "{:x}\r\n", chunk.len()) } else { Ok(()) };
                            let sent = frame.and_then(|()| stream.write_all(&chunk)).and_then(|()| if is_chunked { stream.write_all(b"\r\n") } else { Ok(()) });
                            if sent.is_err() {
                                break;
                            }
                        }
                        let mut answer = [0_u8; 12];
                        stream.read_exact(&mut answer).unwrap();
                        assert_eq!(&answer, b"HTTP/1.1 413");
                    });
                }
            });
        });
        if let (Some(before), Some(after)) = (before, peak_memory()) {
            assert!(after - before < 250 * 1024, "{before} KiB before, {after} KiB after");
        }
    }
}

/// The most memory that this process ever had, in KiB, where the system tells.
fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.parse().ok())
}
