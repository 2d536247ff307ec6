//! Each rule against a small bad sample, beside a good one that it must let pass.

use super::source::Source;
use super::{Rule, files_below};

/// How many faults `rule` finds in one file.
fn faults(rule: Rule, path: &str, text: &str) -> usize {
    rule(&[Source::new(path, text)]).len()
}

#[track_caller]
fn refuses(rule: Rule, path: &str, texts: &[&str]) {
    for text in texts {
        assert_eq!(faults(rule, path, text), 1, "not refused in {path}: {text}");
    }
}

#[track_caller]
fn lets_pass(rule: Rule, path: &str, texts: &[&str]) {
    for text in texts {
        assert_eq!(faults(rule, path, text), 0, "refused in {path}: {text}");
    }
}

#[test]
fn rules_see_the_kernel_only() {
    let rule = super::rules_see_the_kernel_only;
    refuses(
        rule,
        "src/awards/rules.rs",
        &[
            "use crate::store::Db;",
            "use crate::returns::rules::ReturnState;",
            "use crate::funds::acts::create;",
            "use super::acts;",
            "use super::*;",
            "use diesel::prelude::*;",
            "fn f() { let _ = std::fs::read(\"x\"); }",
            "use crate::{kernel::Pence, ledger::Account};",
            "fn f(db: &crate::store::Db) {}",
            "mod inner { use super::super::store; }",
        ],
    );
    refuses(rule, "src/funds/tranches/rules.rs", &["use crate::funds::store;", "#[diesel(sql_type = Text)] struct A;"]);
    refuses(rule, "src/awards/rules/split.rs", &["use actix_web::web;"]);
    lets_pass(
        rule,
        "src/awards/rules.rs",
        &[
            "use crate::kernel::{self, Pence as P, id::{Id}};\ncrate::words! { pub enum A { B = \"b\", } }",
            "use std::fmt;\n// use crate::store::Db;\n/* crate::store */ const A: &str = \"crate::store::Db\";",
            "use std::collections::BTreeMap;\nfn f() -> char { '\"' }\nconst R: &str = r#\"use crate::store;\"#;",
            "#[cfg(test)]\nmod tests { use super::*; use crate::store::Db; }",
        ],
    );
    lets_pass(rule, "src/funds/tranches/rules.rs", &["use crate::funds::periods::rules::Year; use super::super::rules::Fund;"]);
    lets_pass(rule, "src/awards/acts.rs", &["use crate::store::Tx;"]);
}

#[test]
fn kernel_sees_itself_only() {
    let rule = super::kernel_sees_itself_only;
    refuses(rule, "src/kernel/pence.rs", &["use crate::ledger::Account;", "use crate::store::Db;", "use actix_web::web;"]);
    lets_pass(rule, "src/kernel/pence.rs", &["use crate::store::sql::UuidSql; use super::Id; use diesel::sql_types::Text;"]);
}

#[test]
fn acts_and_stores_never_see_http() {
    let rule = super::acts_and_stores_never_see_http;
    refuses(rule, "src/funds/bids/store.rs", &["use actix_web::HttpResponse;", "fn f() -> actix_web::Error {}"]);
    refuses(rule, "src/awards/acts.rs", &["use crate::http::Problem;", "use tracing_actix_web::RequestId;"]);
    lets_pass(rule, "src/awards/routes.rs", &["use actix_web::web;"]);
}

#[test]
fn acts_and_routes_never_see_sql() {
    let rule = super::acts_and_routes_never_see_sql;
    refuses(rule, "src/awards/acts.rs", &["use diesel::prelude::*;", "use diesel_async::RunQueryDsl;"]);
    refuses(rule, "src/awards/routes.rs", &["use crate::store::schema::awards;", "use crate::store as s;\nfn f() { s::schema::x(); }"]);
    lets_pass(rule, "src/awards/store.rs", &["use diesel::prelude::*; use crate::store::schema::awards;"]);
}

#[test]
fn capabilities_depend_leftwards() {
    let rule = super::capabilities_depend_leftwards;
    refuses(rule, "src/funds/acts.rs", &["use crate::awards::Award;", "use crate::providers::acts;", "use crate::app;"]);
    refuses(rule, "src/variations/acts.rs", &["use crate::publishing::acts;", "use crate::reports::Row;"]);
    refuses(rule, "src/payments/acts.rs", &["use crate::variations::rules;"]);
    refuses(rule, "src/awards/mod.rs", &["pub fn f() { crate::payments::acts::cut(); }"]);
    lets_pass(rule, "src/variations/acts.rs", &["use crate::awards::acts; use crate::{funds::Fund, providers, ledger, store::Tx};"]);
    lets_pass(rule, "src/app.rs", &["use crate::{publishing, reports, funds};"]);
    refuses(rule, "src/office/acts.rs", &["use crate::reports::Row;"]);
    lets_pass(rule, "src/publishing/acts.rs", &["use crate::reports::Row;"]);
}

#[test]
fn foundations_know_no_capability() {
    let rule = super::foundations_know_no_capability;
    refuses(rule, "src/ledger/acts.rs", &["use crate::funds::Fund;"]);
    refuses(rule, "src/audit/mod.rs", &["fn f() { crate::awards::rules::x(); }"]);
    refuses(rule, "src/outbox/store.rs", &["use super::super::returns;"]);
    lets_pass(rule, "src/ledger/acts.rs", &["use crate::kernel::Pence; use super::rules;"]);
}

#[test]
fn stores_are_closed_to_others() {
    let rule = super::stores_are_closed_to_others;
    refuses(rule, "src/awards/acts.rs", &["use crate::funds::tranches::store;", "use crate::ledger::{rules, store::find};"]);
    refuses(rule, "src/demo.rs", &["use crate::funds;\nfn f() { funds::acts::ok(); funds::store::find(); }"]);
    lets_pass(rule, "src/funds/acts.rs", &["use crate::funds::tranches::store; use crate::store::Tx; use super::store::find;"]);
}

#[test]
fn reports_only_ask() {
    let rule = super::reports_only_ask;
    refuses(rule, "src/reports/store.rs", &["use crate::awards::acts::offer;", "fn f() { diesel::update(x); }"]);
    refuses(rule, "src/reports/routes.rs", &["fn f() { db.write(\"x\", |tx| {}); }"]);
    lets_pass(rule, "src/reports/store.rs", &["use crate::awards::rules::State; use crate::store::schema::awards; use super::store;"]);
    lets_pass(rule, "src/reports/csv.rs", &["fn f() { write!(f, \"\"); out.write_record(x); }"]);
}

#[test]
fn parts_are_on_the_map() {
    refuses(super::parts_are_on_the_map, "src/grants/acts.rs", &[""]);
    lets_pass(super::parts_are_on_the_map, "src/import/read.rs", &[""]);
}

#[test]
fn files_are_short() {
    refuses(super::files_are_short, "src/awards/acts.rs", &["\n".repeat(500).as_str()]);
    lets_pass(super::files_are_short, "src/awards/acts.rs", &["\n".repeat(499).as_str()]);
    lets_pass(super::files_are_short, "src/store/schema.rs", &["\n".repeat(5000).as_str()]);
}

#[test]
fn functions_are_short() {
    let rule = super::functions_are_short;
    let body = |lines: usize| format!("fn f(a: [u8; 2]) -> u8 {{{}}}", "\n".repeat(lines));
    refuses(rule, "src/awards/acts.rs", &[&body(70), &format!("trait A {{ fn g(); fn h() {{}}\n{} }}", body(70))]);
    lets_pass(rule, "src/awards/acts.rs", &[&body(69), "fn f() { let _ = \"{\n{\"; }"]);
    refuses(rule, "src/awards/routes.rs", &[&format!("pub async {}", body(17))]);
    lets_pass(rule, "src/awards/routes.rs", &[&format!("pub async {}", body(16)), &body(17)]);
}

#[test]
fn files_are_used() {
    let files = |main: &str| {
        [
            Source::new("Cargo.toml", "[[test]]\nname = \"it\"\npath = \"tests/it/main.rs\""),
            Source::new("src/lib.rs", "pub mod funds;\nmod gone { }"),
            Source::new("src/funds/mod.rs", "mod acts;\n#[cfg(test)]\nmod tests;"),
            Source::new("src/funds/acts.rs", "mod below;"),
            Source::new("src/funds/acts/below.rs", ""),
            Source::new("src/funds/tests.rs", ""),
            Source::new("tests/it/main.rs", main),
            Source::new("tests/it/tidy.rs", ""),
        ]
    };
    assert_eq!(super::files_are_used(&files("mod tidy;")).len(), 0);
    assert_eq!(super::files_are_used(&files("// mod tidy;")).len(), 1);
}

#[test]
fn words_belong() {
    let rule = super::words_belong;
    let machine = ["/wo", "rk/main"].concat();
    refuses(rule, "docs/ARCHITECTURE.md", &[&machine, &format!("see {machine}"), &["a ../", "shared/x"].concat()]);
    refuses(rule, "src/lib.rs", &[&["// TO", "DO: later"].concat()]);
    lets_pass(rule, ".ci/run", &[&["../", "shared/conformance"].concat()]);
    lets_pass(rule, "README.md", &["a framework/ folder, the /docs/home/ page"]);
}

#[test]
fn the_walk_reaches_this_file() {
    let files = files_below(std::path::Path::new(env!("CARGO_MANIFEST_DIR")));
    assert!(files.iter().any(|file| file.path == "tests/it/tidy/can_fail.rs"));
    assert!(!files.iter().any(|file| file.path.starts_with("target/")));
}
