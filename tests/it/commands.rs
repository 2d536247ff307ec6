//! The command line as people run it: what each command says, and how it ends.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use almoner::access::keys;

use crate::support::Backend;
use crate::support::app::database;
use crate::support::program::Program;

fn almoner(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_almoner")).args(args).output().unwrap()
}

/// How a command ended, and all that it said.
fn told(output: Output) -> (bool, String) {
    (output.status.success(), String::from_utf8([output.stdout, output.stderr].concat()).unwrap())
}

fn on_each_engine(case: impl Fn(&str, &Path)) {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let folder = tempfile::tempdir().unwrap();
        if let Some(url) = database(backend, &folder) {
            case(&url, folder.path());
        }
    }
}

#[test]
fn an_office_is_imported_whole_and_once() {
    let example = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/west_midlands_2020_21");
    // On one engine: `office` holds the loading itself on both.
    let folder = tempfile::tempdir().unwrap();
    let url = database(Backend::Sqlite, &folder).unwrap();
    let (url, folder) = (url.as_str(), folder.path());
    let import = |dir: &str, more: &[&str]| told(almoner(&[&["import", dir, "--database", url], more].concat()));
    // Broken copies name file, row, column, value and reason, and keep nothing either.
    let broken = folder.join("broken");
    std::fs::create_dir(&broken).unwrap();
    for file in std::fs::read_dir(example).unwrap().map(Result::unwrap).filter(|file| file.path().is_file()) {
        std::fs::copy(file.path(), broken.join(file.file_name())).unwrap();
    }
    let areas = std::fs::read_to_string(broken.join("areas.csv")).unwrap().replacen("E08000025", "E0800025", 1);
    std::fs::write(broken.join("areas.csv"), areas).unwrap();
    let (is_done, said) = import(broken.to_str().unwrap(), &[]);
    let line = said.lines().find(|line| line.starts_with("areas.csv")).unwrap_or_else(|| panic!("{said}"));
    assert!(!is_done && said.contains("Nothing was imported."), "{said}");
    assert!(["row 2", "ons_code", "`E0800025`"].iter().all(|part| line.contains(part)), "{line}");
    let (is_done, first) = import(example, &[]);
    assert!(is_done && first.contains("Imported.") && first.contains("0 rows unchanged"), "{first}");
    let (is_done, second) = import(example, &["--dry-run"]);
    assert!(is_done && second.contains("0 records added, 0 later versions"), "{second}");
    assert!(second.contains("Dry run: nothing was kept."), "{second}");
    assert!(!import("/nowhere/at/all", &[]).0);
}

#[test]
fn help_says_what_a_command_does_and_what_has_to_be_known_of_it() {
    let all = [
        ("verify", "Without it no attached file is looked at. Ends with 0 where all hold and with 1 where anything does not."),
        ("backup", "Copy the folder of attached files after it, never before"),
        ("copy", "Stop the service first: what is done meanwhile is not in the copy."),
        ("import", "into an empty database of the same schema. Of an export: that it is whole, and that the database could take it in"),
        ("export", "The folder holds personal data: keep it as safe as the database."),
    ];
    let list = told(almoner(&["--help"])).1;
    for (command, sentences) in all {
        let (is_done, said) = told(almoner(&[command, "--help"]));
        let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
        for sentence in sentences.split_inclusive(". ").map(|one| one.trim_end_matches(['.', ' '])) {
            assert!(is_done && said.contains(sentence), "{command}: `{sentence}` is not in\n{said}");
        }
        assert!(list.lines().any(|line| line.trim_start().starts_with(&format!("{command} ")) && line.len() < 120), "{list}");
    }
}

#[test]
fn without_a_strong_key_nothing_is_served() {
    let folder = tempfile::tempdir().unwrap();
    let url = database(Backend::Sqlite, &folder).unwrap();
    let serve = |more: &[&str]| told(almoner(&[&["serve", "--listen", "127.0.0.1:0", "--database", &url], more].concat()));
    let (is_done, said) = serve(&[]);
    assert!(!is_done && said.contains("There is no signing key."), "{said}");
    // 1024 bits: long broken.
    let weak = folder.path().join("weak.pem");
    let made = Command::new("openssl").args(["genrsa", "-out"]).arg(&weak).arg("1024").output();
    if made.is_ok_and(|made| made.status.success()) {
        let (is_done, said) = serve(&["--signing-key-file", weak.to_str().unwrap()]);
        assert!(!is_done && said.contains("The signing key cannot be used"), "{said}");
    }
    std::fs::write(folder.path().join("blank.pem"), "").unwrap();
    let (is_done, said) = serve(&["--signing-key-file", folder.path().join("blank.pem").to_str().unwrap()]);
    assert!(!is_done && said.contains("signing key"), "{said}");
}

#[test]
fn the_service_stops_when_it_is_asked() {
    on_each_engine(|url, folder| {
        let program = Program::serve(url, folder, "");
        let officer = program.client(&program.person(&["commissioner"]));
        officer.get("/v1/me").must(200);
        assert!(program.stop().success());
    });
}

/// What comes over a connection up to the end of a head.
fn head(stream: &mut TcpStream) -> String {
    let (mut read, mut byte) = (Vec::new(), [0_u8]);
    while !read.ends_with(b"\r\n\r\n") {
        assert_eq!(stream.read(&mut byte).unwrap(), 1, "the connection ended after {}", String::from_utf8_lossy(&read));
        read.push(byte[0]);
    }
    String::from_utf8(read).unwrap()
}

#[test]
fn a_request_under_way_is_done_before_the_service_stops() {
    on_each_engine(|url, folder| {
        let program = Program::serve(url, folder, "");
        let email = program.person(&["commissioner"]);
        let token = program.client(&email).token.unwrap();
        let address = program.base.strip_prefix("http://").unwrap().to_owned();
        let body = r#"{"code":"solstice","name":"Solstice","kind":"locality"}"#;
        let (first, rest) = body.split_at(body.len() / 2);
        let mut stream = TcpStream::connect(&address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        let length = body.len();
        let lines = format!(
            "POST /v1/areas HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\n\
             Content-Length: {length}\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n"
        );
        stream.write_all(lines.as_bytes()).unwrap();
        // The service has begun with it, and waits for the body.
        assert!(head(&mut stream).starts_with("HTTP/1.1 100 "));
        stream.write_all(first.as_bytes()).unwrap();
        program.ask_to_stop();
        // Nobody else is let in any more: it is stopping.
        let asked = Instant::now();
        while TcpStream::connect(&address).is_ok() && asked.elapsed() < Duration::from_secs(5) {
            std::thread::sleep(Duration::from_millis(20));
        }
        stream.write_all(rest.as_bytes()).unwrap();
        let answer = head(&mut stream);
        assert!(answer.starts_with("HTTP/1.1 201 "), "{answer}");
        drop(stream);
        assert!(program.ended().success());
        let again = Program::serve(url, folder, "");
        let areas = again.client(&email).all("/v1/areas");
        assert!(areas.iter().any(|area| area["name"] == "Solstice"), "{areas:?}");
    });
}

#[cfg(unix)]
#[test]
fn a_key_or_database_that_others_may_read_is_warned_of() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let url = database(Backend::Sqlite, &folder).unwrap();
    let warned = |mode: u32| {
        let program = Program::serve(&url, folder.path(), "");
        let files = [folder.path().join("signing.pem"), url.strip_prefix("sqlite:").unwrap().into()];
        files.iter().for_each(|file| std::fs::set_permissions(file, std::fs::Permissions::from_mode(mode)).unwrap());
        ["The signing key in ", "The database in "].map(|what| program.said.contains(what))
    };
    warned(0o644);
    assert_eq!(warned(0o600), [true, true]);
    assert_eq!(warned(0o600), [false, false]);
}

#[test]
fn a_front_end_may_read_every_header_that_it_needs() {
    let folder = tempfile::tempdir().unwrap();
    let url = database(Backend::Sqlite, &folder).unwrap();
    let origin = "https://grants.office.example";
    let program = Program::serve_with(&url, folder.path(), "", &["--cors-origin", origin]);
    let officer = program.client(&program.person(&["commissioner"]));
    let answer = officer.send(officer.request(reqwest::Method::GET, "/v1/me").header("Origin", origin)).must(200);
    assert_eq!(answer.header("access-control-allow-origin"), Some(origin));
    let told = answer.header("access-control-expose-headers").unwrap().to_ascii_lowercase();
    let told: Vec<&str> = told.split(',').map(str::trim).collect();
    for name in ["etag", "idempotent-replay", "link", "location", "retry-after", "www-authenticate", "x-request-id"] {
        assert!(told.contains(&name), "{name} is not in {told:?}");
    }
}

#[test]
fn a_key_that_was_replaced_still_holds_for_its_tokens() {
    let folder = tempfile::tempdir().unwrap();
    let url = database(Backend::Sqlite, &folder).unwrap();
    let issuer = ["--public-url", "https://almoner.example"];
    let first = Program::serve_with(&url, folder.path(), "", &issuer);
    let officer = first.client(&first.person(&["commissioner"]));
    officer.get("/v1/me").must(200);
    assert!(first.stop().success());
    let (old, new) = (folder.path().join("old.pem"), folder.path().join("signing.pem"));
    std::fs::rename(&new, &old).unwrap();
    std::fs::write(&new, keys::generate().unwrap()).unwrap();
    let keeping = [&issuer[..], &["--previous-key-files", old.to_str().unwrap()]].concat();
    let second = Program::serve_with(&url, folder.path(), "", &keeping);
    let mut officer = officer;
    officer.base.clone_from(&second.base);
    officer.get("/v1/me").must(200);
    assert_eq!(officer.get("/.well-known/jwks.json").must(200).body["keys"].as_array().unwrap().len(), 2);
    assert!(second.stop().success());
    let third = Program::serve_with(&url, folder.path(), "", &issuer);
    officer.base.clone_from(&third.base);
    officer.get("/v1/me").must(401);
}

#[test]
fn a_faulty_template_stops_the_start_and_is_named_with_its_line_and_column() {
    let folder = tempfile::tempdir().unwrap();
    let url = database(Backend::Sqlite, &folder).unwrap();
    let templates = folder.path().join("templates");
    std::fs::create_dir_all(templates.join("letters")).unwrap();
    let key = folder.path().join("signing.pem");
    std::fs::write(&key, keys::generate().unwrap()).unwrap();
    let started = || {
        let (documents, templates, key) = (folder.path().join("documents"), templates.to_str().unwrap(), key.to_str().unwrap());
        let args = [
            "serve",
            "--listen",
            "127.0.0.1:0",
            "--database",
            &url,
            "--signing-key-file",
            key,
            "--documents-dir",
            documents.to_str().unwrap(),
        ];
        told(almoner(&[&args[..], &["--templates", templates]].concat()))
    };
    std::fs::write(templates.join("board.typ"), "= Board\n\n#nonsense\n").unwrap();
    std::fs::write(templates.join("letters/variation.typ"), "= Letter\n#let data = json(\"data.json\")\n  #data.nonsense\n").unwrap();
    let (is_well, said) = started();
    assert!(!is_well && said.contains("The template `board.typ` is faulty in line 3, column 2: unknown variable: nonsense"), "{said}");
    assert!(
        said.contains("The template `letters/variation.typ` is faulty in line 3, column 9: dictionary does not contain key \"nonsense\""),
        "{said}"
    );
    // A letter that is sound for everything and faulty for a draft with nothing in it is found too.
    std::fs::remove_file(templates.join("board.typ")).unwrap();
    let bare = "#set document(title: [A])\n#let data = json(\"data.json\")\n= A\n#data.money.after\n";
    std::fs::write(templates.join("letters/variation.typ"), bare).unwrap();
    // So is one that needs no answer, sound for a reassurance and faulty for more money.
    let slipped = "#set document(title: [A])\n#let data = json(\"data.json\")\n= A\n#if data.money != none [#data.money.aftr]\n";
    std::fs::write(templates.join("letters/notice.typ"), slipped).unwrap();
    let (is_well, said) = started();
    assert!(!is_well && said.contains("`letters/variation.typ` is faulty in line 4, column"), "{said}");
    assert!(said.contains("`letters/notice.typ` is faulty in line 4, column"), "{said}");
    std::fs::remove_file(templates.join("letters/notice.typ")).unwrap();
    // What is sound is served.
    std::fs::write(templates.join("letters/variation.typ"), "#set document(title: [A])\n= A\n").unwrap();
    let program = Program::serve_with(&url, folder.path(), "", &["--templates", templates.to_str().unwrap()]);
    assert!(program.stop().success());
}
