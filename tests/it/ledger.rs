//! Whatever is moved, in any order: no account but a source's is below zero, all balances together are nothing, each is the sum of
//! its movements, and what was true on a day and known at a moment can be added up again.

mod open_writer;
mod parts;

use std::collections::BTreeMap;
use std::fmt::Debug;

use almoner::kernel::{Code, Id, Moment, Pence, Refusal};
use almoner::ledger::{self, Account, AccountKind, Holder, Movement, Tallies};
use almoner::store::WriteMeta;
use chrono::{Days, NaiveDate};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};

use crate::support::{App, Backend, Client, Scene};

/// How many accounts there are for each of the two budget lines: one of each kind, and a second fund period and offer.
const PLACES: [AccountKind; 9] = [
    AccountKind::Source,
    AccountKind::FundPeriod,
    AccountKind::FundPeriod,
    AccountKind::Earmark,
    AccountKind::Tranche,
    AccountKind::Offered,
    AccountKind::Offered,
    AccountKind::Committed,
    AccountKind::Paid,
];
/// The usual ways of money, by place: most movements go one of them, so that most acts can succeed.
const WAYS: [(usize, usize); 16] =
    [(0, 1), (0, 1), (0, 2), (1, 3), (1, 4), (4, 5), (3, 6), (5, 7), (6, 7), (7, 8), (8, 7), (8, 1), (5, 4), (3, 1), (4, 1), (1, 2)];

/// One movement of an act.
#[derive(Debug, Clone, Copy)]
enum Step {
    /// One of the usual ways on one budget line, of those whose money is there; so many thousandths of what is there.
    Usual { way: usize, line: usize, permille: i64, days: u64 },
    /// Anything: from and to by place and line.
    Any { from: (usize, usize), to: (usize, usize), amount: i64, days: u64 },
}

fn steps() -> impl Strategy<Value = Vec<Vec<Step>>> {
    let permille = prop_oneof![8 => 1_i64..=1_000, 1 => 1_001_i64..2_000];
    let usual = (any::<usize>(), 0..2_usize, permille, 0_u64..400).prop_map(|(way, line, permille, days)| Step::Usual {
        way,
        line,
        permille,
        days,
    });
    let place = || (0..PLACES.len(), 0..2_usize);
    let amount = prop_oneof![4 => 1_i64..1_000, 1 => Just(0), 1 => Just(-1), 1 => Just(Pence::MAX.0)];
    let any = (place(), place(), amount, 0_u64..400).prop_map(|(from, to, amount, days)| Step::Any { from, to, amount, days });
    prop::collection::vec(prop::collection::vec(prop_oneof![9 => usual, 1 => any], 1..4), 1..24)
}

/// What the books should be, kept by the simplest arithmetic there is.
struct Model {
    records: Vec<Id>,
    lines: [Id; 2],
    balances: BTreeMap<Account, i128>,
    moved: Vec<(Movement, Moment)>,
}

impl Model {
    fn new() -> Self {
        Self {
            records: PLACES.iter().map(|_| Id::new()).collect(),
            lines: [Id::new(), Id::new()],
            balances: BTreeMap::new(),
            moved: Vec::new(),
        }
    }

    fn account(&self, (place, line): (usize, usize)) -> Account {
        Account { kind: PLACES[place], record_id: self.records[place], budget_line_id: self.lines[line] }
    }

    fn movement(&self, step: Step) -> Movement {
        let (from, to, amount, days) = match step {
            Step::Any { from, to, amount, days } => (from, to, amount, days),
            Step::Usual { way, line, permille, days } => {
                let held = |place| self.balances.get(&self.account((place, line))).copied().unwrap_or_default();
                let open: Vec<(usize, usize)> = WAYS.iter().copied().filter(|(from, _)| *from == 0 || held(*from) > 0).collect();
                let (from, to) = open[way % open.len()];
                let whole = if from == 0 { 1_000_000 } else { held(from) };
                let amount = i64::try_from(whole * i128::from(permille) / 1_000).unwrap().max(1);
                ((from, line), (to, line), amount, days)
            }
        };
        let (from, to) = (self.account(from), self.account(to));
        let first = NaiveDate::from_ymd_opt(2020, 4, 1).unwrap();
        // Most money leaves once it has come, so that most acts can succeed; the rest is dated as it comes.
        let come = self.moved.iter().filter(|(one, _)| one.to == from && days % 4 != 0).map(|(one, _)| one.effective_on).max();
        let effective_on = come.map_or(first + Days::new(days), |come| come + Days::new(days % 3));
        Movement { from, to, amount: Pence(amount), effective_on }
    }

    /// The least that an account ever holds, day by day, with `more` after all that was moved.
    fn least(&self, account: Account, more: &[Movement]) -> i128 {
        let mut days: BTreeMap<NaiveDate, i128> = BTreeMap::new();
        for movement in self.moved.iter().map(|(movement, _)| movement).chain(more) {
            let sign = i128::from(movement.to == account) - i128::from(movement.from == account);
            *days.entry(movement.effective_on).or_default() += sign * i128::from(movement.amount.0);
        }
        let mut held = 0;
        days.values()
            .map(|net| {
                held += net;
                held
            })
            .min()
            .unwrap_or_default()
    }

    /// The balances after an act, where every movement of it is allowed.
    fn after(&self, act: &[Movement]) -> Option<BTreeMap<Account, i128>> {
        let mut balances = self.balances.clone();
        for (at, movement) in act.iter().enumerate() {
            movement.check().ok()?;
            let amount = i128::from(movement.amount.0);
            *balances.entry(movement.from).or_default() -= amount;
            if movement.from.kind != AccountKind::Source && self.least(movement.from, &act[..=at]) < 0 {
                return None;
            }
            *balances.entry(movement.to).or_default() += amount;
        }
        Some(balances)
    }
}

/// Runs `test` on `cases` values; what fails is made as small as it goes.
fn run<T: Debug>(cases: u32, values: impl Strategy<Value = T>, test: impl Fn(T)) {
    let config = Config { cases, failure_persistence: None, max_shrink_iters: 200, ..Config::default() };
    let checked = TestRunner::new(config).run(&values, |value| {
        test(value);
        Ok(())
    });
    checked.unwrap_or_else(|fault| panic!("{fault}"));
}

/// Does one act on both the service's ledger and the model, and compares.
fn act(app: &App, model: &mut Model, act: &[Step]) {
    let movements: Vec<Movement> = act.iter().map(|step| model.movement(*step)).collect();
    let wanted = model.after(&movements);
    let moving = movements.clone();
    let done = app.wait(app.service.db.write(WriteMeta::system("ledger.test", "test"), move |tx| {
        for movement in &moving {
            ledger::transfer(tx, movement)?;
        }
        Ok(tx.recorded_at())
    }));
    match (done, wanted) {
        (Ok(at), Some(balances)) => {
            model.balances = balances;
            model.moved.extend(movements.into_iter().map(|movement| (movement, at)));
        }
        (Err(Refusal::Rule { .. } | Refusal::Store(_)), None) => {}
        (done, wanted) => panic!("{movements:?} gave {done:?}, but should have given {wanted:?}"),
    }
}

/// The kept balances are the model's, the ledger holds, and nothing was left by what was refused.
fn compare(app: &App, model: &Model, transfers_before: i64) {
    let accounts: Vec<Account> = model.balances.keys().copied().collect();
    let asked = accounts.clone();
    let kept = app.service.db.read(move |conn| asked.iter().map(|account| ledger::balance(conn, account)).collect::<Result<Vec<_>, _>>());
    for (account, kept) in accounts.iter().zip(app.wait(kept).unwrap()) {
        assert_eq!(i128::from(kept.0), model.balances[account], "{account:?}");
        assert!(kept >= Pence::ZERO || account.kind == AccountKind::Source, "{account:?} holds {kept}");
    }
    assert_eq!(model.balances.values().sum::<i128>(), 0);
    let check = app.wait(app.service.db.read(ledger::verify)).unwrap();
    assert_eq!(check.faults, Vec::<String>::new());
    assert_eq!(check.transfers - transfers_before, i64::try_from(model.moved.len()).unwrap());
}

/// What the service says moved by a day and a moment, added up for one record, against the model.
fn compare_past(model: &Model, finance: &Client, as_at: NaiveDate, known_at: Moment) {
    for record in &model.records {
        let path = format!("/v1/ledger/transfers?record_id={record}&as_at={as_at}&known_at={known_at}");
        let mut said: BTreeMap<(String, String), i128> = BTreeMap::new();
        for transfer in finance.all(&path) {
            let amount = i128::from(transfer["amount_pence"].as_i64().unwrap());
            for (side, sign) in [("debit", -1), ("credit", 1)] {
                let side = &transfer[side];
                if side["record_id"] == json!(record) {
                    *said.entry((side["kind"].as_str().unwrap().to_owned(), record.to_string())).or_default() += sign * amount;
                }
            }
        }
        let mut wanted: BTreeMap<(String, String), i128> = BTreeMap::new();
        let counts = |(movement, at): &&(Movement, Moment)| movement.effective_on <= as_at && *at <= known_at;
        for (movement, _) in model.moved.iter().filter(counts) {
            for (side, sign) in [(movement.from, -1), (movement.to, 1)] {
                if side.record_id == *record {
                    *wanted.entry((side.kind.to_string(), record.to_string())).or_default() += sign * i128::from(movement.amount.0);
                }
            }
        }
        assert_eq!(said, wanted, "{path}");
    }
}

/// What records have had of budget lines: the same from what is kept as added up from the movements, and the model's.
fn compare_tallies(app: &App, model: &Model, as_at: NaiveDate, known_at: Moment) {
    let tallies = |later_max: i64| app.wait(app.service.db.read(move |conn| Tallies::at(conn, as_at, known_at, later_max))).unwrap();
    let kept = tallies(1_000_000);
    assert_eq!(kept, tallies(0), "as at {as_at}, known at {known_at}");
    parts::compare(app, model, (as_at, known_at), &kept);
    let mut wanted: BTreeMap<(Id, Id), i128> = BTreeMap::new();
    let counts = |(movement, at): &&(Movement, Moment)| movement.effective_on <= as_at && *at <= known_at;
    for (movement, _) in model.moved.iter().filter(counts) {
        for (side, sign) in [(movement.from, -1), (movement.to, 1)] {
            if side.kind != AccountKind::Source {
                *wanted.entry((side.record_id, side.budget_line_id)).or_default() += sign * i128::from(movement.amount.0);
            }
        }
    }
    let each = [Holder::FundPeriod, Holder::Earmark, Holder::Tranche, Holder::Award].into_iter().flat_map(|holder| kept.of_each(holder));
    let own = each.filter(|(record, _, _)| model.records.contains(record));
    let said: BTreeMap<(Id, Id), i128> =
        own.map(|(record, line, tally)| ((record, line), i128::from(tally.held.0) + i128::from(tally.committed.0))).collect();
    assert_eq!(said, wanted, "as at {as_at}, known at {known_at}");
}

/// What moved between kinds of account, against the movements themselves.
fn compare_kinds(app: &App, as_at: NaiveDate, known_at: Moment) {
    let kinds = app.wait(app.service.db.read(move |conn| ledger::kinds(conn, as_at, known_at))).unwrap();
    let all = app.texts(&format!(
        "SELECT CAST(COUNT(*) AS TEXT) || ' ' || CAST(COALESCE(SUM(amount_pence), 0) AS TEXT) AS text FROM ledger_transfer WHERE effective_on <= '{as_at}' AND {}",
        match app.backend {
            Backend::Sqlite => format!("recorded_at <= {}", known_at.micros()),
            Backend::Postgres => format!("recorded_at <= '{known_at}'"),
        }
    ));
    let told = (kinds.iter().map(|one| one.count).sum::<i64>(), kinds.iter().map(|one| i128::from(one.amount.0)).sum::<i128>());
    assert_eq!(all, [format!("{} {}", told.0, told.1)], "as at {as_at}, known at {known_at}");
}

/// Folds everything that is behind the watermark.
pub fn fold_all(app: &App) {
    while app.wait(ledger::fold(&app.service.db)).unwrap() > 0 {}
}

/// The first report closes history, before which nothing is folded.
fn close_history(app: &App) {
    app.office(&[almoner::access::permissions::Role::Finance]).get("/v1/reports/allocations").must(200);
}

on_both! {
    fn what_an_import_dates_back_is_in_the_running_totals(app) {
        let mut model = Model::new();
        let given = |amount: i64, days: u64| Step::Any { from: (0, 0), to: (1, 0), amount, days };
        act(app, &mut model, &[given(1_000, 0)]);
        assert_eq!(app.wait(ledger::fold(&app.service.db)).unwrap(), 0, "an import may still come");
        let earlier = model.movement(given(500, 1));
        let imported = move |tx: &mut almoner::store::Tx<'_>| tx.known_from(Moment::from_micros(0).unwrap(), |tx| ledger::transfer(tx, &earlier));
        app.wait(app.service.db.write(WriteMeta::system("ledger.test", "test"), imported)).unwrap();
        close_history(app);
        assert_eq!(app.wait(ledger::fold(&app.service.db)).unwrap(), 2);
        let faults = app.wait(app.service.db.read(ledger::verify)).unwrap().faults;
        assert_eq!(faults, Vec::<String>::new());
    }

    fn running_totals_give_any_day_and_moment(app) {
        close_history(app);
        let mut model = Model::new();
        for round in 0..6_usize {
            for step in 0..20_usize {
                let days = u64::try_from((step * 53 + round * 97) % 400).unwrap();
                let permille = 50 + i64::try_from((step * 37) % 400).unwrap();
                let one = if step == 0 {
                    Step::Any { from: (0, round % 2), to: (1, round % 2), amount: 9_000_000, days: 0 }
                } else {
                    Step::Usual { way: step * 7 + round * 5, line: step % 2, permille, days }
                };
                act(app, &mut model, &[one]);
            }
            // The last rounds stay unfolded.
            if [1, 3].contains(&round) {
                fold_all(app);
            }
        }
        assert!(model.moved.len() > 40, "{}", model.moved.len());
        let kept: i64 = app.texts("SELECT CAST(COUNT(*) AS TEXT) AS text FROM ledger_running")[0].parse().unwrap();
        assert!(kept > 10, "{kept}");
        let first = NaiveDate::from_ymd_opt(2020, 4, 1).unwrap();
        let days = [0, 29, 30, 45, 213, 364, 399].map(|days| first + Days::new(days));
        for as_at in days.into_iter().chain([NaiveDate::from_ymd_opt(9999, 12, 31).unwrap(), NaiveDate::from_ymd_opt(2000, 1, 1).unwrap()]) {
            for at in [0, 7, model.moved.len() / 2, model.moved.len() - 5, model.moved.len() - 1] {
                let known_at = model.moved[at].1;
                compare_tallies(app, &model, as_at, known_at);
                compare_kinds(app, as_at, known_at);
            }
        }
        let check = app.wait(app.service.db.read(ledger::verify)).unwrap();
        assert_eq!(check.faults, Vec::<String>::new());
        fold_all(app);
        compare_tallies(app, &model, days[4], model.moved.last().unwrap().1);
        app.sql("UPDATE ledger_running SET held_pence = held_pence + 1 WHERE holder = 'tranche'");
        app.sql("UPDATE ledger_month_kind SET transfers = transfers + 1");
        let faults = app.wait(app.service.db.read(ledger::verify)).unwrap().faults;
        assert!(faults.iter().any(|fault| fault.starts_with("a running total of record ")), "{faults:?}");
        assert!(faults.iter().any(|fault| fault.starts_with("the running totals between kinds")), "{faults:?}");
    }

    fn any_sequence_of_movements_keeps_the_books(app) {
        let cases = if app.backend == Backend::Sqlite { 48 } else { 12 };
        run(cases, steps(), |acts| {
            let mut model = Model::new();
            let before = app.wait(app.service.db.read(ledger::verify)).unwrap().transfers;
            for one in &acts {
                act(app, &mut model, one);
                compare(app, &model, before);
            }
        });
        let moved = app.wait(app.service.db.read(ledger::verify)).unwrap().transfers;
        assert!(moved > 3 * i64::from(cases), "most sequences move something, or this shows nothing: {moved}");
    }

    fn an_account_is_never_filled_beyond_what_it_can_hold(app) {
        let mut model = Model::new();
        act(app, &mut model, &[Step::Any { from: (0, 0), to: (1, 0), amount: i64::MAX, days: 0 }]);
        let more = model.movement(Step::Any { from: (0, 0), to: (1, 0), amount: 1, days: 0 });
        let refused = app.wait(app.service.db.write(WriteMeta::system("ledger.test", "test"), move |tx| ledger::transfer(tx, &more)));
        assert!(matches!(refused, Err(Refusal::Rule { code: Code::RuleBroken, .. })), "{refused:?}");
        compare(app, &model, 0);
    }

    fn the_past_can_be_added_up_again(app) {
        let finance = app.office(&[almoner::access::permissions::Role::Finance]);
        let cases = if app.backend == Backend::Sqlite { 8 } else { 3 };
        run(cases, (steps(), 0_u64..400, 0_usize..64), |(acts, day, moment)| {
            let mut model = Model::new();
            for one in &acts {
                act(app, &mut model, one);
            }
            let Some((_, last)) = model.moved.last() else { return };
            let known_at = model.moved.get(moment % model.moved.len()).map_or(*last, |(_, at)| *at);
            let as_at = NaiveDate::from_ymd_opt(2020, 4, 1).unwrap() + Days::new(day);
            compare_past(&model, &finance, as_at, known_at);
            compare_past(&model, &finance, as_at, Moment::from_micros(known_at.micros() - 1).unwrap());
            compare_past(&model, &finance, NaiveDate::from_ymd_opt(9999, 12, 31).unwrap(), *last);
            compare_tallies(app, &model, as_at, known_at);
            compare_tallies(app, &model, as_at, *last);
            compare_tallies(app, &model, NaiveDate::from_ymd_opt(9999, 12, 31).unwrap(), *last);
        });
    }

    fn a_moment_that_is_not_closed_yet_is_refused_as_in_reports(app) {
        let scene = Scene::set(app, 1_000_000, 400_000);
        for path in ["/v1/ledger/transfers", "/v1/reports/allocations"] {
            let answer = scene.finance.get(&format!("{path}?known_at=2090-01-01T00:00:00Z")).must(422);
            assert_eq!(answer.faults(), ["query:known_at too_late"], "{path}");
        }
        let last = scene.finance.all("/v1/ledger/transfers").last().unwrap()["recorded_at"].as_str().unwrap().to_owned();
        assert!(!scene.finance.all(&format!("/v1/ledger/transfers?known_at={last}")).is_empty());
    }

    fn a_movement_is_never_changed_nor_taken_away(app) {
        let scene = Scene::set(app, 1_000_000, 400_000);
        let before = scene.finance.all("/v1/ledger/transfers");
        assert!(!before.is_empty());
        let mut changes = vec!["UPDATE ledger_transfer SET amount_pence = amount_pence + 1", "DELETE FROM ledger_transfer"];
        if app.backend == Backend::Postgres {
            changes.push("TRUNCATE ledger_transfer CASCADE");
        }
        for change in changes {
            let told = app.try_sql(change).unwrap_err();
            assert!(told.contains("ledger movements are never changed"), "{change}: {told}");
        }
        assert_eq!(scene.finance.all("/v1/ledger/transfers"), before);
    }

    fn the_allocation_report_of_any_day_and_moment_adds_up(app) {
        let scene = Scene::set(app, 1_000_000, 400_000);
        let mut moments: Vec<String> = Vec::new();
        let acts = [(0, 3_000, 10), (1, 5_000, 40), (2, 700, 90), (0, 900_000_000, 5), (1, 2_500, 20), (3, 0, 120), (0, 1, 300), (2, 400, 95)];
        for (kind, amount, day) in acts {
            let on = (NaiveDate::from_ymd_opt(2020, 4, 1).unwrap() + Days::new(day)).to_string();
            office_act(&scene, kind, amount, &on);
            let transfers = scene.finance.all("/v1/ledger/transfers");
            moments.push(transfers.last().unwrap()["recorded_at"].as_str().unwrap().to_owned());
        }
        for (number, known_at) in moments.iter().enumerate() {
            for day in [0, 10, 40, 89, 90, 150, 301] {
                let as_at = (NaiveDate::from_ymd_opt(2020, 4, 1).unwrap() + Days::new(day)).to_string();
                compare_report(&scene, &as_at, known_at, number);
            }
        }
    }
}

/// An act of the office: set aside, offer, release or accept. What is refused is part of the sequence.
fn office_act(scene: &Scene, kind: usize, amount: i64, on: &str) {
    match kind {
        0 => {
            let earmark = json!({ "name": "Set aside", "amount_pence": amount, "effective_on": on });
            scene.finance.post(&format!("/v1/fund-periods/{}/earmarks", scene.period), &earmark);
        }
        1 => {
            let draft = scene.draft(amount, json!({}));
            scene.commissioner.change(&format!("/v1/awards/{}/offer", draft.id()), draft.tag(), &json!({ "offered_on": on }));
        }
        2 => {
            let earmarks = scene.finance.all(&format!("/v1/fund-periods/{}/earmarks", scene.period));
            let id = earmarks[0]["id"].as_str().unwrap();
            let tag = scene.finance.get(&format!("/v1/earmarks/{id}")).must(200).tag().to_owned();
            let release = json!({ "amount_pence": amount, "effective_on": on, "reason": "Less is needed." });
            scene.finance.change(&format!("/v1/earmarks/{id}/release"), &tag, &release).must(200);
        }
        _ => {
            let awards = scene.commissioner.all("/v1/awards");
            let id = awards.iter().find(|award| award["state"] == "offered").unwrap()["id"].as_str().unwrap().to_owned();
            scene.plan(&id);
            scene.accept(&id).must(200);
        }
    }
}

/// The report's totals against the movements that count, added up here.
fn compare_report(scene: &Scene, as_at: &str, known_at: &str, number: usize) {
    let report = scene.finance.get(&format!("/v1/reports/allocations?as_at={as_at}&known_at={known_at}")).must(200);
    let mut held: BTreeMap<String, i64> = BTreeMap::new();
    for transfer in scene.finance.all(&format!("/v1/ledger/transfers?as_at={as_at}&known_at={known_at}")) {
        let amount = transfer["amount_pence"].as_i64().unwrap();
        for (side, sign) in [("debit", -1), ("credit", 1)] {
            *held.entry(transfer[side]["kind"].as_str().unwrap().to_owned()).or_default() += sign * amount;
        }
    }
    let of = |kind: &str| Value::from(held.get(kind).copied().unwrap_or_default());
    let totals = &report.body["totals"];
    for (field, kind) in
        [("earmarked_pence", "earmark"), ("allocated_pence", "tranche"), ("offered_pence", "offered"), ("committed_pence", "committed")]
    {
        assert_eq!(totals[field], of(kind), "{field} as at {as_at}, known after act {number}: {}", report.text);
    }
    assert_eq!(report.body["ledger_check"]["balanced"], json!(true));
    assert_eq!(held.values().sum::<i64>(), 0);
}

/// What accounts hold by these movements, by kind, record and budget line.
fn held_by(movements: &[Value], counts: impl Fn(&Value) -> bool) -> BTreeMap<[String; 3], i64> {
    let mut held = BTreeMap::new();
    for one in movements.iter().filter(|one| counts(one)) {
        for (side, sign) in [("debit", -1), ("credit", 1)] {
            let key = ["kind", "record_id", "budget_line_id"].map(|name| one[side][name].as_str().unwrap().to_owned());
            *held.entry(key).or_default() += sign * one["amount_pence"].as_i64().unwrap();
        }
    }
    held
}

on_both! {
    fn accounts_of_a_day_hold_the_sums_of_their_movements(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let known_at = |day: &str| {
            scene.finance.get(&format!("/v1/reports/allocations?as_at={day}")).must(200).body["known_at"].as_str().unwrap().to_owned()
        };
        let early = known_at("2020-07-31");
        scene.live(200_000, json!({}));
        let late = known_at("2020-07-31");
        let movements = scene.finance.all("/v1/ledger/transfers");
        let listed = |query: &str| -> BTreeMap<[String; 3], i64> {
            let all = scene.finance.all(&format!("/v1/ledger/accounts?limit=2{query}"));
            let key = |one: &Value| ["kind", "record_id", "budget_line_id"].map(|name| one[name].as_str().unwrap().to_owned());
            let held: BTreeMap<_, _> = all.iter().map(|one| (key(one), one["balance_pence"].as_i64().unwrap())).collect();
            assert_eq!(held.len(), all.len(), "each once");
            held
        };
        assert_eq!(listed(""), held_by(&movements, |_| true));
        let when = |text: &str| chrono::DateTime::parse_from_rfc3339(text).unwrap();
        let mut sizes = Vec::new();
        for day in ["2020-03-31", "2020-04-01", "2020-07-01", "2020-07-31", "2020-08-01", "2026-01-01"] {
            for moment in [&early, &late] {
                let is_known = |one: &Value| moment == &late || when(one["recorded_at"].as_str().unwrap()) <= when(&early);
                let expected = held_by(&movements, |one| one["effective_on"].as_str().unwrap() <= day && is_known(one));
                assert_eq!(listed(&format!("&as_at={day}&known_at={moment}")), expected, "{day} {moment}");
                sizes.push(expected.len());
            }
        }
        // Nothing before the first day; then sources, fund period and tranche; then what is offered, and what is committed.
        assert_eq!(sizes, [0, 0, 5, 5, 5, 6, 5, 6, 5, 7, 5, 7]);
        assert_eq!(listed("&as_at=2020-07-31"), listed(&format!("&as_at=2020-07-31&known_at={late}")));
        assert_eq!(listed(&format!("&known_at={early}")).len(), 5);
        let offered = listed("&kind=offered&as_at=2020-07-31");
        assert_eq!(offered.into_values().collect::<Vec<_>>(), [200_000]);
        let csv = scene.finance.get("/v1/ledger/accounts?as_at=2020-07-31&format=csv").must(200).text;
        assert_eq!(csv.lines().count(), 7, "{csv}");
        let wrong = scene.finance.get("/v1/ledger/accounts?known_at=2090-01-01T00:00:00Z").must(422);
        assert_eq!(wrong.faults(), ["query:known_at too_late"]);
    }
}
