//! The shape of the house, held by tests: who may see whom, how long things are, what is used, and which words don't belong.
//!
//! Each rule is a function from files to faults. The first half of the tests runs the rules over this project; the second
//! half shows each rule a small bad sample, so that a rule that can no longer fail is itself a failure.

mod source;

use std::fmt;
use std::path::Path;

use source::{Seen, Source, files_below, functions, reached};

/// What every part may stand on. None of them knows a capability.
const FOUNDATIONS: [&str; 9] = ["kernel", "store", "http", "access", "audit", "outbox", "documents", "ledger", "handover"];
/// The business, from left to right: a capability sees only those of a lower rank.
const CAPABILITIES: [(&str, usize); 12] = [
    ("funds", 0),
    ("providers", 0),
    ("awards", 1),
    ("rounds", 2),
    ("returns", 2),
    ("figures", 2),
    ("payments", 3),
    ("meetings", 3),
    ("variations", 4),
    ("novations", 5),
    ("publishing", 5),
    ("office", 6),
];
/// The one reader across.
const READER: &str = "reports";
/// The one capability that sees what the reader found: it publishes that.
const PUBLISHER: &str = "publishing";
/// The same rooms in every capability.
const ROOMS: [&str; 4] = ["rules", "acts", "store", "routes"];

const FILE_LINES_MAX: usize = 499;
const FUNCTION_LINES_MAX: usize = 70;
const HANDLER_LINES_MAX: usize = 15;

/// Something that breaks a rule, and where.
struct Fault {
    path: String,
    line: usize,
    what: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path, self.line, self.what)
    }
}

fn fault(file: &Source, line: usize, what: impl Into<String>) -> Fault {
    Fault { path: file.path.clone(), line, what: what.into() }
}

fn rank(part: &str) -> Option<usize> {
    CAPABILITIES.iter().find(|(name, _)| *name == part).map(|(_, rank)| *rank)
}

fn on_the_map(part: &str) -> bool {
    FOUNDATIONS.contains(&part) || rank(part).is_some() || part == READER
}

/// Faults among the paths named by the files that `applies` picks.
fn over_paths(files: &[Source], applies: impl Fn(&Source) -> bool, wrong: impl Fn(&Source, &Seen) -> Option<String>) -> Vec<Fault> {
    let picked = files.iter().filter(|file| file.path.starts_with("src/") && applies(file));
    picked
        .flat_map(|file| {
            let seen = file.seen();
            let faults = seen.iter().filter_map(|seen| wrong(file, seen).map(|what| fault(file, seen.line, what)));
            faults.collect::<Vec<_>>()
        })
        .collect()
}

fn in_room(file: &Source, rooms: &[&str]) -> bool {
    on_the_map(&file.top()) && file.room().is_some_and(|room| rooms.contains(&room.as_str()))
}

fn starts_any(seen: &Seen, crates: &[&str]) -> bool {
    !seen.ours && seen.path.first().is_some_and(|first| crates.iter().any(|name| first.starts_with(name)))
}

fn leads_to(seen: &Seen, start: &[&str]) -> bool {
    seen.ours && seen.path.len() >= start.len() && seen.path.iter().zip(start).all(|(a, b)| a == b)
}

fn shown(seen: &Seen) -> String {
    format!("{}{}", if seen.ours { "crate::" } else { "" }, seen.path.join("::"))
}

/// `rules` decides on what it is given: it sees the kernel and its own capability's rules, no database, HTTP, file or clock.
fn rules_see_the_kernel_only(files: &[Source]) -> Vec<Fault> {
    let outside = ["diesel", "actix", "tokio", "reqwest", "lettre"];
    over_paths(
        files,
        |file| in_room(file, &["rules"]),
        |file, seen| {
            let named = seen.path.iter().map(String::as_str).collect::<Vec<_>>();
            let is_io = matches!(named.as_slice(), ["std", "fs" | "net" | "env" | "process" | "thread", ..]) && !seen.ours;
            let is_own = seen.path.first() == Some(&file.top()) && seen.path.iter().skip(1).any(|part| part == "rules");
            // Rules of a capability to the left are as pure: a variation is judged by the terms of its award.
            let rank = |name: &str| CAPABILITIES.iter().find(|(known, _)| *known == name).map(|(_, rank)| *rank);
            let is_left =
                rank(file.top().as_ref()).zip(seen.path.first().and_then(|first| rank(first))).is_some_and(|(own, other)| other < own)
                    && seen.path.iter().skip(1).any(|part| part == "rules");
            // A macro exported by the kernel is named at the root of the crate.
            let is_macro = seen.path.len() == 1 && !named.first().is_some_and(|name| on_the_map(name));
            let is_fine = !seen.ours || leads_to(seen, &["kernel"]) || is_own || is_left || is_macro;
            (starts_any(seen, &outside) || is_io || !is_fine)
                .then(|| format!("rules see the kernel and their own capability's rules only, not `{}`", shown(seen)))
        },
    )
}

/// The kernel is words and arithmetic. What it knows of the database is how its types are stored.
fn kernel_sees_itself_only(files: &[Source]) -> Vec<Fault> {
    over_paths(
        files,
        |file| file.top() == "kernel",
        |_, seen| {
            let is_fine = leads_to(seen, &["kernel"]) || leads_to(seen, &["store", "sql"]) || seen.path.len() == 1;
            ((seen.ours && !is_fine) || starts_any(seen, &["actix", "tokio"]))
                .then(|| format!("the kernel stands on nothing, but it names `{}`", shown(seen)))
        },
    )
}

/// An act can be run by a request, an import or a test; it knows of no request.
fn acts_and_stores_never_see_http(files: &[Source]) -> Vec<Fault> {
    over_paths(
        files,
        |file| in_room(file, &["acts", "store"]),
        |_, seen| {
            (starts_any(seen, &["actix", "tracing_actix"]) || leads_to(seen, &["http"]))
                .then(|| format!("acts and stores know no HTTP, but this names `{}`", shown(seen)))
        },
    )
}

/// SQL stands in `store` files, all of it.
fn acts_and_routes_never_see_sql(files: &[Source]) -> Vec<Fault> {
    over_paths(
        files,
        |file| in_room(file, &["acts", "routes"]),
        |_, seen| {
            (starts_any(seen, &["diesel"]) || leads_to(seen, &["store", "schema"]))
                .then(|| format!("queries belong in `store`, but this names `{}`", shown(seen)))
        },
    )
}

/// `funds, providers → awards → rounds, returns → payments → variations → publishing`; nothing but `publishing` sees `reports`, and nothing `app`.
fn capabilities_depend_leftwards(files: &[Source]) -> Vec<Fault> {
    over_paths(
        files,
        |file| on_the_map(&file.top()),
        |file, seen| {
            let (from, to) = (file.top(), seen.path.first().cloned().unwrap_or_default());
            let is_right = match (rank(&from), rank(&to)) {
                (Some(own), Some(other)) => other >= own,
                _ => (to == READER && from != PUBLISHER) || to == "app",
            };
            (seen.ours && from != to && is_right).then(|| {
                let remedy = "emit a kernel event and let `app` wire the follower";
                format!("`{from}` stands left of or beside `{to}` and may not see it (`{}`): {remedy}", shown(seen))
            })
        },
    )
}

fn foundations_know_no_capability(files: &[Source]) -> Vec<Fault> {
    over_paths(
        files,
        |file| FOUNDATIONS.contains(&file.top().as_str()),
        |file, seen| {
            let is_business = seen.path.first().is_some_and(|to| rank(to).is_some());
            (seen.ours && is_business).then(|| format!("`{}` serves every capability and may not see `{}`", file.top(), shown(seen)))
        },
    )
}

/// Somebody else's tables are reached through their acts, or, in reports, through the schema.
fn stores_are_closed_to_others(files: &[Source]) -> Vec<Fault> {
    over_paths(
        files,
        |_| true,
        |file, seen| {
            let to = seen.path.first().filter(|to| on_the_map(to) && **to != "store" && **to != file.top());
            let enters = seen.path.iter().skip(1).any(|part| part == "store");
            (seen.ours && to.is_some() && enters).then(|| format!("`{}` is closed to `{}`", shown(seen), file.top()))
        },
    )
}

/// Reports ask across the house by their own SQL, and change nothing.
fn reports_only_ask(files: &[Source]) -> Vec<Fault> {
    let in_reports = |file: &Source| file.top() == READER;
    let mut out = over_paths(files, in_reports, |_, seen| {
        let enters = seen.path.iter().skip(1).any(|part| ["store", "acts", "routes"].contains(&part.as_str()));
        let is_other = seen.ours && seen.path.first().is_some_and(|to| rank(to).is_some());
        (is_other && enters).then(|| format!("reports have their own SQL over the schema and don't use `{}`", shown(seen)))
    });
    for file in files.iter().filter(|file| file.path.starts_with("src/") && in_reports(file)) {
        let tokens = file.tokens();
        for three in tokens.windows(3) {
            let words: Vec<&str> = three.iter().map(|token| token.text.as_str()).collect();
            let writes = matches!(words.as_slice(), [".", "write", "("] | ["diesel", "::", "update" | "delete"])
                || matches!(words.first(), Some(&"insert_into" | &"replace_into" | &"insert_or_ignore_into"));
            if writes {
                out.push(fault(file, three.first().map_or(0, |token| token.line), "reports write nothing"));
            }
        }
    }
    out
}

/// A folder with the rooms of a capability that no rule above has heard of would be free of them all.
fn parts_are_on_the_map(files: &[Source]) -> Vec<Fault> {
    let has_room = |file: &&Source| file.path.starts_with("src/") && file.room().is_some();
    let strangers = files.iter().filter(has_room).filter(|file| !on_the_map(&file.top()));
    strangers.map(|file| fault(file, 1, format!("`{}` is not on the map in this test", file.top()))).collect()
}

fn files_are_short(files: &[Source]) -> Vec<Fault> {
    let is_schema = |path: &str| path.ends_with("/schema.rs") || path.contains("/schema/");
    let rust = files.iter().filter(|file| file.path.ends_with(".rs") && !is_schema(&file.path));
    rust.filter_map(|file| {
        let lines = file.text.lines().count();
        (lines > FILE_LINES_MAX).then(|| fault(file, lines, format!("{lines} lines; a file has at most {FILE_LINES_MAX}")))
    })
    .collect()
}

fn functions_are_short(files: &[Source]) -> Vec<Fault> {
    let mut out = Vec::new();
    for file in files.iter().filter(|file| file.path.ends_with(".rs")) {
        for function in functions(&file.tokens()) {
            let lines = function.end_line - function.line + 1;
            if lines > FUNCTION_LINES_MAX {
                let what = format!("`{}` has {lines} lines; a function has at most {FUNCTION_LINES_MAX}", function.name);
                out.push(fault(file, function.line, what));
            }
            let body = (function.end_line - function.body_line).saturating_sub(1);
            if function.is_async && in_room(file, &["routes"]) && body > HANDLER_LINES_MAX {
                let what = format!("handler `{}` has {body} lines; it has at most {HANDLER_LINES_MAX}", function.name);
                out.push(fault(file, function.line, what));
            }
        }
    }
    out
}

/// Every Rust file is reached by `mod` lines from a root: the crate's two, and those that `Cargo.toml` names.
fn files_are_used(files: &[Source]) -> Vec<Fault> {
    let manifest = files.iter().find(|file| file.path == "Cargo.toml").map(|file| file.text.as_str()).unwrap_or_default();
    let named = manifest.lines().filter_map(|line| line.trim().strip_prefix("path = \"")?.split('"').next());
    let roots: Vec<&str> = named.chain(["src/lib.rs", "src/main.rs", "build.rs"]).filter(|path| path.ends_with(".rs")).collect();
    let used: Vec<String> = roots.iter().flat_map(|root| reached(files, root)).collect();
    let rust = files.iter().filter(|file| file.path.ends_with(".rs"));
    rust.filter(|file| !used.contains(&file.path)).map(|file| fault(file, 1, "no `mod` line leads here")).collect()
}

/// The project speaks of itself: no path of somebody's machine, no host of a registry, no promise of work to come.
fn words_belong(files: &[Source]) -> Vec<Fault> {
    // Written in two halves each, so that this list does not find itself.
    let strangers = [
        concat!("/wo", "rk/"),
        concat!("/ro", "ot/"),
        concat!("/ho", "me/"),
        concat!("/Us", "ers/"),
        concat!("C:\\", "Users"),
        concat!("/t", "mp/"),
        concat!("/fa", "rm/"),
        concat!("crates", ".io"),
        concat!("//docs", ".rs"),
        concat!("pypi", ".org"),
        concat!("npm", "js."),
        concat!("deb", ".debian"),
        concat!("TO", "DO"),
        concat!("FIX", "ME"),
    ];
    let beside = concat!("../", "shared");
    let generated = ["Cargo.lock", ".js", ".css", ".map", ".svg"];
    let mut out = Vec::new();
    for file in files.iter().filter(|file| !generated.iter().any(|end| file.path.ends_with(end))) {
        for (index, line) in file.text.lines().enumerate() {
            let mut found: Vec<&str> = strangers.into_iter().filter(|word| stands_alone(line, word)).collect();
            if line.contains(beside) && !file.path.starts_with(".ci/") {
                found.push(beside);
            }
            out.extend(found.iter().map(|word| fault(file, index + 1, format!("`{word}` does not belong here"))));
        }
    }
    out
}

/// Whether `word` stands in `line` without a letter or digit right before it: a page `/docs/home/` is nobody's machine.
fn stands_alone(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(at, _)| {
        let before = line.get(..at).and_then(|start| start.chars().next_back());
        !before.is_some_and(|c| c.is_alphanumeric() || "_}$~".contains(c))
    })
}

type Rule = fn(&[Source]) -> Vec<Fault>;

fn hold(rule: Rule) {
    let files = files_below(Path::new(env!("CARGO_MANIFEST_DIR")));
    assert!(files.iter().any(|file| file.path == "src/lib.rs"), "the source tree was not found");
    let faults: Vec<String> = rule(&files).iter().map(Fault::to_string).collect();
    assert!(faults.is_empty(), "\n{}\n{} faults; see docs/ARCHITECTURE.md\n", faults.join("\n"), faults.len());
}

#[test]
fn rules_decide_on_what_they_are_given() {
    hold(rules_see_the_kernel_only);
}

#[test]
fn the_kernel_stands_on_nothing() {
    hold(kernel_sees_itself_only);
}

#[test]
fn acts_and_stores_know_no_http() {
    hold(acts_and_stores_never_see_http);
}

#[test]
fn sql_stands_in_stores() {
    hold(acts_and_routes_never_see_sql);
}

#[test]
fn dependencies_point_left() {
    hold(capabilities_depend_leftwards);
}

#[test]
fn foundations_serve_every_capability() {
    hold(foundations_know_no_capability);
}

#[test]
fn each_store_is_its_own() {
    hold(stores_are_closed_to_others);
}

#[test]
fn reports_change_nothing() {
    hold(reports_only_ask);
}

#[test]
fn no_part_escapes_the_rules() {
    hold(parts_are_on_the_map);
}

#[test]
fn no_file_is_long() {
    hold(files_are_short);
}

#[test]
fn no_function_is_long() {
    hold(functions_are_short);
}

#[test]
fn no_file_is_dead() {
    hold(files_are_used);
}

#[test]
fn no_word_is_out_of_place() {
    hold(words_belong);
}

mod can_fail;
