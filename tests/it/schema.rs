//! Both engines have the same tables, and migrations leave no trace when they are taken back.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use diesel::{Connection, QueryableByName, RunQueryDsl, SqliteConnection};

use crate::support::Backend;
use crate::support::app::database;

/// Tables of a folder of migrations: name → columns (name → type, whether it may be empty) and the names of constraints.
type Tables = BTreeMap<String, Table>;

#[derive(Debug, Default, PartialEq, Eq)]
struct Table {
    columns: BTreeMap<String, (String, bool)>,
    constraints: Vec<String>,
}

fn folder(engine: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").join(engine)
}

fn names(engine: &str) -> Vec<String> {
    let mut names: Vec<String> =
        std::fs::read_dir(folder(engine)).unwrap().map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

fn sql(engine: &str, name: &str, file: &str) -> String {
    std::fs::read_to_string(folder(engine).join(name).join(file)).unwrap_or_else(|error| panic!("{engine}/{name}/{file}: {error}"))
}

/// One word for a type that both engines have under different names.
fn plain(kind: &str) -> &str {
    match kind {
        "BLOB" | "UUID" | "BYTEA" => "bytes",
        "TIMESTAMPTZ" | "BIGINT" | "INTEGER" => "number",
        "BOOLEAN" => "truth",
        "TEXT" | "DATE" => "text",
        other => other,
    }
}

fn tables(engine: &str) -> Tables {
    let mut found = Tables::new();
    for name in names(engine) {
        let text: String =
            sql(engine, &name, "up.sql").lines().filter(|line| !line.trim_start().starts_with("--")).collect::<Vec<_>>().join("\n");
        for statement in text.split(";\n") {
            let Some(rest) = statement.trim().strip_prefix("CREATE TABLE ") else { continue };
            let (table, body) = rest.split_once('(').unwrap();
            found.insert(table.trim().to_owned(), read_table(body));
        }
    }
    found
}

fn read_table(body: &str) -> Table {
    let mut table = Table::default();
    let end = body.rfind(')').unwrap();
    for part in parts(&body[..end]) {
        let words: Vec<&str> = part.split_whitespace().collect();
        for pair in words.windows(2).filter(|pair| pair[0] == "CONSTRAINT") {
            table.constraints.push(pair[1].to_owned());
        }
        if !matches!(words[0], "CONSTRAINT" | "PRIMARY" | "UNIQUE" | "CHECK" | "FOREIGN") {
            table.columns.insert(words[0].to_owned(), (plain(words[1]).to_owned(), !part.contains("NOT NULL")));
        }
    }
    table.constraints.sort();
    table
}

/// The parts of a table's body, split at the commas outside brackets.
fn parts(body: &str) -> Vec<String> {
    let (mut out, mut depth, mut part) = (Vec::new(), 0, String::new());
    for c in body.chars() {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        if c == ',' && depth == 0 {
            out.push(std::mem::take(&mut part));
        } else {
            part.push(c);
        }
    }
    out.push(part);
    out.into_iter().map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect()
}

/// The SQLite table as PostgreSQL has it: SQLite keeps a truth as a number, and may check that it is 0 or 1.
fn like(table: &Table, name: &str, other: &Table) -> Table {
    let is_truth = |column: &str| other.columns.get(column).is_some_and(|(kind, _)| kind == "truth");
    let columns = table
        .columns
        .iter()
        .map(|(column, (kind, is_open))| (column.clone(), (if is_truth(column) { "truth".to_owned() } else { kind.clone() }, *is_open)))
        .collect();
    let checks_truth =
        |constraint: &str| constraint.strip_prefix(&format!("{name}_")).and_then(|rest| rest.strip_suffix("_check")).is_some_and(is_truth);
    let constraints = table.constraints.iter().filter(|one| !checks_truth(one)).cloned().collect();
    Table { columns, constraints }
}

#[test]
fn both_folders_have_the_same_migrations() {
    assert_eq!(names("sqlite"), names("postgres"));
}

#[test]
fn both_engines_have_the_same_tables() {
    let (sqlite, postgres) = (tables("sqlite"), tables("postgres"));
    assert_eq!(sqlite.keys().collect::<Vec<_>>(), postgres.keys().collect::<Vec<_>>());
    for (name, table) in &sqlite {
        let other = &postgres[name];
        assert_eq!(like(table, name, other), *other, "table {name}");
    }
    assert!(sqlite.len() > 10, "the migrations were not read");
}

#[test]
fn each_migration_takes_back_what_it_made() {
    for engine in ["sqlite", "postgres"] {
        for name in names(engine) {
            let (up, down) = (sql(engine, &name, "up.sql"), sql(engine, &name, "down.sql"));
            for line in up.lines().filter_map(|line| line.strip_prefix("CREATE TABLE ")) {
                let table = line.split([' ', '(']).next().unwrap();
                assert!(down.contains(&format!("DROP TABLE {table};")), "{engine}/{name} does not drop {table}");
            }
        }
    }
}

#[test]
fn every_sqlite_table_is_strict() {
    for name in names("sqlite") {
        for statement in sql("sqlite", &name, "up.sql").split(";\n").filter(|statement| statement.contains("CREATE TABLE ")) {
            let end = statement.trim_end().rsplit(')').next().unwrap();
            assert!(end.contains("STRICT"), "{name}: {}", statement.lines().find(|line| line.contains("CREATE TABLE")).unwrap());
        }
    }
}

#[derive(QueryableByName)]
struct Step {
    #[diesel(sql_type = diesel::sql_types::Text)]
    detail: String,
}

/// The long lists, as their stores ask for them, and the index that each is to be read from.
const LISTS: [(&str, &str); 6] = [
    (
        "quarterly_return_version_due_on",
        "SELECT i.award_id, v.state FROM quarterly_return i JOIN quarterly_return_version v ON v.return_id = i.id AND v.version = i.version
         WHERE (v.due_on, v.return_id) > (?, ?) ORDER BY v.due_on, v.return_id LIMIT ?",
    ),
    (
        "payment_version_due_on",
        "SELECT i.award_id, v.state FROM payment i JOIN payment_version v ON v.payment_id = i.id AND v.version = i.version
         WHERE (v.due_on, v.payment_id) > (?, ?) ORDER BY v.due_on, v.payment_id LIMIT ?",
    ),
    (
        "audit_event_refused_happened_at_id",
        "SELECT e.*, s.* FROM audit_event e LEFT JOIN audit_seal s ON s.event_id = e.id
         WHERE e.outcome = 'refused' AND (e.happened_at, e.id) < (?, ?) ORDER BY e.happened_at DESC, e.id DESC LIMIT ?",
    ),
    (
        "audit_event_record_id_happened_at_id",
        "SELECT e.*, s.* FROM audit_event e LEFT JOIN audit_seal s ON s.event_id = e.id
         WHERE e.record_id = ? AND e.outcome = 'refused' ORDER BY e.happened_at DESC, e.id DESC LIMIT ?",
    ),
    (
        "audit_event_actor_id_happened_at_id",
        "SELECT e.*, s.* FROM audit_event e LEFT JOIN audit_seal s ON s.event_id = e.id
         WHERE e.actor_id = ? AND e.outcome = ? ORDER BY e.happened_at DESC, e.id DESC LIMIT ?",
    ),
    ("idempotency_key_recorded_at", "SELECT recorded_at FROM idempotency_key WHERE recorded_at < ? ORDER BY recorded_at LIMIT ?"),
];

/// How SQLite answers a statement, step by step.
fn plan(conn: &mut SqliteConnection, statement: &str) -> Vec<String> {
    let steps: Vec<Step> = diesel::sql_query(format!("EXPLAIN QUERY PLAN {statement}")).load(conn).unwrap();
    steps.into_iter().map(|step| step.detail).collect()
}

/// The values of the returns that count, as the report on indicators reads them.
const VALUES: &str = "SELECT v.return_id, p.packed FROM quarterly_return_version v
    LEFT JOIN return_packed_values p ON p.return_id = v.return_id AND p.content_no = v.content_no
    WHERE v.state IN (?) AND v.ends_on BETWEEN ? AND ? AND v.recorded_at <= ? AND v.effective_on <= ?
    AND NOT EXISTS (SELECT 1 FROM quarterly_return_version l WHERE l.return_id = v.return_id AND l.version > v.version
        AND l.recorded_at <= ? AND l.effective_on <= ?)";

#[test]
fn a_report_reads_no_value_by_itself() {
    let folder = tempfile::tempdir().unwrap();
    let url = database(Backend::Sqlite, &folder).unwrap();
    let mut conn = SqliteConnection::establish(url.trim_start_matches("sqlite:")).unwrap();
    let steps = plan(&mut conn, VALUES);
    let has = |start: &str| steps.iter().any(|step| step.starts_with(start));
    assert!(has("SEARCH v USING INDEX quarterly_return_version_state (state=?"), "{steps:?}");
    assert!(has("SEARCH l USING PRIMARY KEY (return_id=? AND version>?"), "{steps:?}");
    assert!(has("SEARCH p USING INDEX sqlite_autoindex_return_packed_values_1 (return_id=? AND content_no=?)"), "{steps:?}");
    assert!(!steps.iter().any(|step| step.starts_with("SCAN") || step.contains("TEMP B-TREE")), "{steps:?}");
}

#[test]
fn long_lists_are_read_in_the_order_of_an_index() {
    let folder = tempfile::tempdir().unwrap();
    let url = database(Backend::Sqlite, &folder).unwrap();
    let mut conn = SqliteConnection::establish(url.trim_start_matches("sqlite:")).unwrap();
    for (index, list) in LISTS {
        let plan = plan(&mut conn, list);
        assert!(plan[0].ends_with(index) || plan[0].contains(&format!("{index} ")), "{index}: {plan:?}");
        assert!(!plan.iter().any(|step| step.contains("TEMP B-TREE")), "{index}: {plan:?}");
    }
}
