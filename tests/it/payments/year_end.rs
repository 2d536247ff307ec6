//! The end of a year: stages, estimates, journals, unspent money, the statement and the lock.

use almoner::access::permissions::Role;
use reqwest::Method;
use serde_json::{Value, json};

use super::runs::{confirm, export, reference};
use super::{authorise, get, quarterly, ready, schedule};
use crate::reports::spend::spend;
use crate::returns::accepted;
use crate::support::program::verify;
use crate::support::{Answer, App, Client, Scene};

pub(super) fn path(scene: &Scene) -> String {
    format!("/v1/fund-periods/{}/year-end", scene.period)
}

/// A stage, taken by whoever sees the year as it is now.
pub(super) fn take(who: &Client, scene: &Scene, noun: &str, body: Value) -> Answer {
    let tag = scene.finance.get(&path(scene)).must(200).tag().to_owned();
    who.change(&format!("{}/{noun}", path(scene)), &tag, &body)
}

fn actions(answer: &Answer) -> Vec<&str> {
    answer.body["allowed_actions"].as_array().unwrap().iter().map(|one| one.as_str().unwrap()).collect()
}

/// A journal that one person proposes and another approves.
fn booked(scene: &Scene) -> Answer {
    let made = scene.finance.post(&format!("{}/journals", path(scene)), &json!({})).must(201);
    approve(&scene.approver, &made).must(200)
}

fn approve(who: &Client, seen: &Answer) -> Answer {
    let at = format!("/v1/year-end-journals/{}/approval", seen.id());
    who.change(&at, seen.tag(), &json!({ "lines_sha256": seen.body["lines_sha256"], "accepts_missing_estimates": true }))
}

/// The file of an approved journal.
fn file(scene: &Scene, id: &str) -> String {
    let at = format!("/v1/year-end-journals/{id}");
    let tag = scene.finance.get(&at).must(200).tag().to_owned();
    scene.finance.change(&format!("{at}/export"), &tag, &json!({})).must(200);
    scene.finance.get(&format!("{at}/export")).must(200).text
}

/// What stands in two columns of a file that has no commas in its texts, added up in pence.
fn sums(text: &str) -> (i64, i64) {
    let pence = |cell: &str| if cell.is_empty() { 0 } else { cell.replace('.', "").parse::<i64>().unwrap() };
    let rows = text.lines().skip(1).map(|line| line.split(',').map(str::to_owned).collect::<Vec<_>>());
    rows.fold((0, 0), |(debit, credit), row| (debit + pence(&row[5]), credit + pence(&row[6])))
}

/// Pays an instalment by a run, on the day on which this runs, which it answers.
pub(super) fn pay(scene: &Scene, payment: &str) -> String {
    authorise(&scene.approver, payment).must(200);
    let run = scene.finance.post("/v1/payment-runs", &json!({})).must(201).id();
    export(&scene.finance, &run).must(200);
    let today = get(&scene.finance, payment).body["authorised_on"].as_str().unwrap().to_owned();
    confirm(scene, &run, &format!("{},paid,{today},,,\n", reference(scene, payment))).must(200);
    today
}

pub(super) fn content(pence: i64) -> Value {
    json!({ "narrative": "All went well.", "spend": spend(pence) })
}

/// An amount of the statement, of the first line's source.
fn told(statement: &Answer, field: &str) -> i64 {
    let of_source = statement.body["sources"].as_array().unwrap().iter().find(|one| one["funding_source"] == "poca").unwrap();
    of_source[field].as_i64().unwrap()
}

/// Stages are taken in order, by those who may; the year is cut off on `today`.
fn cut_off(scene: &Scene, today: &str) {
    let open = scene.finance.get(&path(scene)).must(200);
    assert_eq!((&open.body["stage"], actions(&open)), (&json!("open"), vec!["cut_off", "attach_document"]));
    assert_eq!(actions(&scene.commissioner.get(&path(scene)).must(200)), Vec::<&str>::new());
    take(&scene.commissioner, scene, "cut-off", json!({})).must(403);
    assert_eq!(take(&scene.finance, scene, "provisional-outturn", json!({})).must(409).code(), "wrong_state");
    assert_eq!(take(&scene.finance, scene, "cut-off", json!({ "cut_off_on": "2021-03-30" })).must(422).faults(), ["/cut_off_on too_early"]);
    assert_eq!(
        take(&scene.finance, scene, "cut-off", json!({ "cut_off_on": "2999-01-01" })).must(422).faults(),
        ["/cut_off_on in_the_future"]
    );
    assert_eq!(scene.finance.post(&format!("{}/journals", path(scene)), &json!({})).must(409).code(), "wrong_state");
    let cut = take(&scene.finance, scene, "cut-off", json!({ "cut_off_on": today, "note": "The ledger of period 12." })).must(200);
    assert_eq!([&cut.body["stage"], &cut.body["cut_off_on"], &cut.body["locked_to"]], [&json!("cut_off"), &json!(today), &Value::Null]);
    let stale = scene.finance.change(&format!("{}/provisional-outturn", path(scene)), open.tag(), &json!({})).must(412);
    assert_eq!(stale.code(), "stale");
}

/// Until the last return is accepted an estimate counts; answers where estimates of the award are given.
fn estimate(scene: &Scene, award: &str) -> String {
    accepted(scene, award, "2020-21-Q1", &content(70_000));
    let missing = scene.finance.all(&format!("{}/estimates?is_missing=true", path(scene)));
    let codes: Vec<&Value> = missing.iter().map(|one| &one["award"]["id"]).collect();
    assert_eq!((codes.len(), codes.contains(&&json!(award)), &missing[0]["basis"]), (2, true, &json!("accepted_in_part")));
    let estimates = format!("/v1/awards/{award}/year-end-estimates");
    assert_eq!(scene.author.post(&estimates, &json!({ "amount_pence": 69_999 })).must(422).faults(), ["/amount_pence too_small"]);
    scene.stranger.post(&estimates, &json!({ "amount_pence": 150_000 })).must(404);
    scene.author.post(&estimates, &json!({ "amount_pence": 140_000 })).must(201);
    let given = scene.commissioner.post(&estimates, &json!({ "amount_pence": 150_000, "note": "By telephone." })).must(201);
    assert_eq!([&given.body["version"], &given.body["on_behalf"]], [&json!(2), &json!(true)]);
    let (own, all) = (scene.author.all(&estimates), scene.finance.all(&estimates));
    assert_eq!([&own[0]["note"], &own[0]["given_by"], &all[0]["note"]], [&Value::Null, &Value::Null, &json!("By telephone.")]);
    assert_eq!(own.len(), 2);
    assert_eq!(scene.finance.all(&format!("{}/estimates?is_missing=true", path(scene))).len(), 1);
    estimates
}

/// What is owed to one award and by another is proposed, approved as it was seen, exported once and reversed.
fn book(app: &App, scene: &Scene, award: &str, other: &str) {
    let accounts = json!({ "accounts": { "accruals": "2100", "prepayments": "1300", "debtors": "1200", "cost_centre": "CC00" } });
    let both = app.office(&[Role::Finance, Role::Approver]);
    let proposed = both.post(&format!("{}/journals", path(scene)), &accounts).must(201);
    let lines: Vec<_> = proposed.body["lines"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["award"]["id"].clone(), one["kind"].clone(), one["amount_pence"].clone(), one["basis"].clone()))
        .collect();
    let wanted = [
        (json!(award), json!("accrual"), json!(50_000), json!("estimate")),
        (json!(other), json!("debtor"), json!(50_000), json!("accepted_in_part")),
    ];
    assert_eq!(lines, wanted);
    assert_eq!(scene.finance.post(&format!("{}/journals", path(scene)), &json!({})).must(409).code(), "rule_broken");
    approve(&scene.finance, &proposed).must(403);
    assert_eq!(approve(&both, &proposed).must(409).code(), "same_person");
    accepted(scene, award, "2020-21-Q2", &content(90_000));
    assert_eq!(approve(&scene.approver, &proposed).must(409).code(), "overlap", "the estimate was too low by then");
    let seen = scene.approver.get(&format!("/v1/year-end-journals/{}", proposed.id())).must(200);
    assert_eq!([&seen.body["accruals_pence"], &seen.body["allowed_actions"]], [&json!(60_000), &json!(["approve"])]);
    // Whose estimate is missing is said first, and that somebody went on without it is kept.
    let at = format!("/v1/year-end-journals/{}/approval", seen.id());
    let warned = scene.approver.change(&at, seen.tag(), &json!({ "lines_sha256": seen.body["lines_sha256"] })).must(409);
    assert_eq!((warned.code(), &warned.body["missing_estimates"][0]["id"]), ("rule_broken", &json!(other)));
    assert_eq!(seen.body["missing_estimates"], json!([]));
    let approved = approve(&scene.approver, &seen).must(200);
    assert_eq!(approved.body["missing_estimates"], json!([other]));
    let journals = scene.finance.all(&format!("{}/journals", path(scene)));
    let reversal = &journals[1];
    assert_eq!(
        [&reversal["reversal_of"], &reversal["journal_on"], &reversal["accruals_pence"], &reversal["state"]],
        [&json!(approved.id()), &json!("2021-04-01"), &json!(-60_000), &json!("approved")]
    );
    let text = file(scene, &approved.id());
    assert_eq!(sums(&text), (110_000, 110_000), "{text}");
    let rows: Vec<&str> = text.lines().collect();
    assert_eq!(rows[0], "journal,line,date,account,cost_centre,debit,credit,currency,funding_source,budget_line,award,text");
    assert!(rows[1].starts_with("YEJ-0001,1,2021-03-31,5120,CC44,600.00,,GBP,poca,"), "{text}");
    assert!(rows[2].starts_with("YEJ-0001,2,2021-03-31,2100,CC00,,600.00,GBP,poca,"), "{text}");
    let back = file(scene, reversal["id"].as_str().unwrap());
    assert_eq!(sums(&back), (110_000, 110_000));
    assert!(
        back.lines().nth(1).unwrap().starts_with("YEJ-0001-R,1,2021-04-01,2100,CC00,600.00,,GBP,poca,")
            && back.contains("Reversal of YEJ-0001"),
        "{back}"
    );
    let at = format!("/v1/year-end-journals/{}", approved.id());
    let exported = scene.finance.get(&at).must(200);
    assert_eq!(scene.finance.change(&format!("{at}/export"), exported.tag(), &json!({})).must(409).code(), "wrong_state");
    assert_eq!(scene.finance.get(&format!("{at}/export")).must(200).text, text);
}

/// Once it is closed nothing of its money is dated in the year, whatever the act, and the statement is what it was.
fn is_locked(scene: &Scene, today: &str, (estimates, closed, before): (&str, &Answer, &Answer)) {
    let draft = scene.draft(1_000, json!({ "title": "Late" }));
    let refused = scene.offer(&draft).must(409);
    assert_eq!((refused.code(), &refused.body["locked_to"]), ("year_locked", &json!(today)));
    assert!(
        refused.body["detail"].as_str().unwrap().starts_with("The year of this money is closed: nothing may be dated"),
        "{}",
        refused.text
    );
    assert_eq!(scene.author.post(estimates, &json!({ "amount_pence": 180_000 })).must(409).code(), "wrong_state");
    let statement = scene.finance.get(&format!("{}/closing-statement", path(scene))).must(200);
    assert_eq!((&statement.body["sources"], &statement.body["movements"]), (&before.body["sources"], &before.body["movements"]));
    assert_eq!(statement.body["sha256"], closed.body["statement_sha256"]);
    let amounts =
        ["received_pence", "paid_pence", "closing_pence", "still_committed_pence", "aside_pence"].map(|field| told(&statement, field));
    assert_eq!(amounts, [10_000_000, 150_000, 9_850_000, 450_000, 400_000]);
    let csv = scene.finance.get(&format!("{}/closing-statement/file", path(scene))).must(200).text;
    assert!(csv.lines().any(|line| line.starts_with("poca,,,closing,,,,,98500.00,")), "{csv}");
    assert_eq!(take(&scene.chief, scene, "audit", json!({ "note": "Unqualified." })).must(200).body["stage"], "audited");
}

/// A year that is closed is corrected in the next one, and the later movement says what it corrects.
fn is_corrected_later(scene: &Scene, (ministry, consent): (&str, &str), decide: &dyn Fn(Value) -> Answer) {
    take(&scene.finance, scene, "provisional-outturn", json!({})).must(200);
    // What goes back to its funder is not recycled by nobody deciding on it.
    let undecided = take(&scene.chief, scene, "final-outturn", json!({})).must(409);
    assert_eq!((undecided.code(), &undecided.body["undecided_pence"]), ("rule_broken", &json!(50_000)));
    assert_eq!(undecided.body["budget_line_ids"], json!([ministry]));
    let on_line =
        |decision: &str, pence: i64| json!({ "budget_line_id": ministry, "money": "on_line", "decision": decision, "amount_pence": pence });
    let mut recycled = on_line("recycle", 50_000);
    recycled["consent_document_id"] = json!(consent);
    // Nor is it promised again before that, whoever pays it out.
    let offer = |pence: i64| {
        let of_line = json!({ "tranche_id": null, "split": [{ "budget_line_id": ministry, "amount_pence": pence }] });
        let draft = scene.draft(pence, of_line);
        scene.commissioner.change(&format!("/v1/awards/{}/offer", draft.id()), draft.tag(), &json!({}))
    };
    let refused = offer(40_000).must(409);
    let said = ["budget_line_id", "last_day", "promised_pence", "recycled_pence"].map(|field| &refused.body[field]);
    assert_eq!((refused.code(), said), ("rule_broken", [&json!(ministry), &json!("2021-03-31"), &json!(40_000), &json!(0)]));
    decide(json!([recycled])).must(201);
    let offered = offer(40_000).must(200);
    let again =
        scene.commissioner.change(&format!("/v1/awards/{}/withdrawal", offered.id()), offered.tag(), &json!({ "reason": "Another one." }));
    again.must(200);
    offer(40_000).must(200);
    take(&scene.chief, scene, "final-outturn", json!({})).must(200);
    let statement = scene.finance.get(&format!("{}/closing-statement", path(scene))).must(200);
    assert_eq!(
        ["received_pence", "returned_pence", "carried_forward_pence", "closing_pence"].map(|field| told(&statement, field)),
        [10_300_000, 270_000, 100_000, 9_930_000]
    );
    let restate = |pence: i64, day: &str| {
        let at = format!("/v1/budget-lines/{ministry}");
        let tag = scene.finance.get(&at).must(200).tag().to_owned();
        scene.finance.change(
            &format!("{at}/restatement"),
            &tag,
            &json!({ "amount_pence": pence, "effective_on": day, "reason": "Told too much." }),
        )
    };
    assert_eq!(restate(290_000, "2021-03-31").must(409).code(), "year_locked");
    decide(json!([on_line("return_to_funder", 10_000)])).must(201);
    let moved = scene.finance.all(&format!("/v1/ledger/transfers?budget_line_id={ministry}"));
    let (first, last) = (&moved[0], moved.last().unwrap());
    let corrections = format!("{}/corrections", path(scene));
    let swapped = json!({ "transfer_id": first["id"], "corrects_id": last["id"], "reason": "Told too much." });
    assert_eq!(scene.finance.post(&corrections, &swapped).must(422).faults(), ["/corrects_id out_of_range", "/transfer_id too_early"]);
    let right = json!({ "transfer_id": last["id"], "corrects_id": first["id"], "reason": "Told too much." });
    scene.finance.post(&corrections, &right).must(201);
    assert_eq!(scene.finance.post(&corrections, &right).must(409).code(), "taken");
    let moved = scene.finance.all(&format!("/v1/ledger/transfers?budget_line_id={ministry}"));
    assert_eq!([&moved[0]["corrects"], &moved.last().unwrap()["corrects"]], [&Value::Null, &first["id"]]);
    assert_eq!(scene.finance.all(&corrections).len(), 1);
}

/// A line that says nothing of its own has the rule of its fund, and money moves on no day to come.
fn is_ruled_by_its_fund(scene: &Scene) {
    let rule_of_fund = |rule: Value| {
        let at = format!("/v1/funds/{}", scene.fund);
        let tag = scene.commissioner.get(&at).must(200).tag().to_owned();
        scene.commissioner.patch(&at, &tag, &json!({ "unspent_rule": rule })).must(200);
    };
    rule_of_fund(json!("return_to_funder"));
    let silent = json!({ "budget_line_id": scene.lines[0], "money": "on_line", "decision": "recycle", "amount_pence": 1 });
    let late = json!({ "lines": [silent], "reason": "Agreed.", "effective_on": "2999-01-01" });
    let refused = scene.finance.post(&format!("{}/decisions", path(scene)), &late).must(422);
    assert_eq!(refused.faults(), ["/effective_on in_the_future", "/lines/0/consent_document_id required"]);
    let unspent = scene.finance.all(&format!("{}/unspent", path(scene)));
    assert_eq!(unspent.iter().find(|one| one["budget_line"]["id"] == *scene.lines[0]).unwrap()["unspent_rule"], "return_to_funder");
    rule_of_fund(Value::Null);
}

/// What an award released can be decided on, once.
fn is_decided_once(scene: &Scene, decide: &dyn Fn(Value) -> Answer) {
    let award = scene.live(200_000, json!({})).id();
    let ended = scene
        .commissioner
        .change(&format!("/v1/awards/{award}/end"), scene.award(&award).tag(), &json!({ "ended_on": "2021-02-28" }))
        .must(200);
    scene
        .commissioner
        .change(&format!("/v1/awards/{award}/closure"), ended.tag(), &json!({ "closed_on": "2021-03-20", "unspent_pence": 200_000 }))
        .must(200);
    let released = |pence: i64| json!({ "budget_line_id": scene.lines[0], "award_id": award, "money": "released", "decision": "return_to_funder", "amount_pence": pence });
    decide(json!([released(120_000)])).must(201);
    assert_eq!(decide(json!([released(80_001)])).must(422).faults(), ["/lines/0/amount_pence too_large"]);
}

on_both! {
    fn a_year_is_closed_in_stages_by_two_people_and_locked(app) {
        let scene = ready(app);
        let (award, ids) = quarterly(&scene, 400_000, json!({}));
        schedule(&scene, &award, json!({ "basis": "quarterly", "coding": { "cost_centre": "CC44", "account": "5120" } })).must(200);
        let today = pay(&scene, &ids[0]);
        let (other, others) = quarterly(&scene, 200_000, json!({ "title": "Another" }));
        pay(&scene, &others[0]);

        cut_off(&scene, &today);
        let estimates = estimate(&scene, &award);

        book(app, &scene, &award, &other);

        // Money with a provider is only noted as to be asked back.
        let line = |pence: i64| json!({ "budget_line_id": scene.lines[0], "award_id": other, "money": "with_provider", "decision": "return_to_funder", "amount_pence": pence });
        let decide = |lines: Value| scene.finance.post(&format!("{}/decisions", path(&scene)), &json!({ "lines": lines, "reason": "Never spent." }));
        let decided = decide(json!([line(30_000)])).must(201);
        assert_eq!([&decided.body["lines"][0]["outcome"], &decided.body["lines"][0]["transfer_id"]], [&json!("to_ask_back"), &Value::Null]);
        assert_eq!(decide(json!([line(20_001)])).must(422).faults(), ["/lines/0/amount_pence too_large"], "each pound is decided on once");

        // Nothing owed may stand in no journal, and whoever made the year provisional does not close it.
        let two = app.office(&[Role::Finance, Role::ChiefFinanceOfficer]);
        take(&two, &scene, "provisional-outturn", json!({})).must(200);
        scene.author.post(&estimates, &json!({ "amount_pence": 170_000 })).must(201);
        assert_eq!(take(&scene.chief, &scene, "final-outturn", json!({})).must(409).body["open_count"], 1);
        let second = booked(&scene);
        assert_eq!([&second.body["reference"], &second.body["accruals_pence"]], [&json!("YEJ-0002"), &json!(10_000)]);
        take(&scene.finance, &scene, "final-outturn", json!({})).must(403);
        assert_eq!(take(&two, &scene, "final-outturn", json!({})).must(409).code(), "same_person");
        authorise(&scene.approver, &ids[1]).must(200);
        let run = scene.finance.post("/v1/payment-runs", &json!({})).must(201).id();
        export(&scene.finance, &run).must(200);
        // An answer of the finance system would be dated in the year that is locked, so it comes first.
        let unanswered = take(&scene.chief, &scene, "final-outturn", json!({})).must(409);
        assert_eq!((unanswered.code(), &unanswered.body["payments"]), ("rule_broken", &json!([reference(&scene, &ids[1])])));
        confirm(&scene, &run, &format!("{},failed,{today},,,it bounced\n", reference(&scene, &ids[1]))).must(200);
        let before = scene.finance.get(&format!("{}/closing-statement", path(&scene))).must(200);
        let warned = take(&scene.chief, &scene, "final-outturn", json!({})).must(409);
        assert_eq!((warned.code(), &warned.body["missing_estimates"][0]["id"]), ("rule_broken", &json!(other)));
        let closed = take(&scene.chief, &scene, "final-outturn", json!({ "accepts_missing_estimates": true })).must(200);
        assert_eq!([&closed.body["stage"], &closed.body["locked_to"]], [&json!("final"), &json!(today)]);
        assert_eq!(closed.body["stages"][2]["missing_estimates"], json!([other]));
        let log = app.office(&[Role::Auditor]).all(&format!("/v1/audit-events?record_id={}&act=year_end.make_final&outcome=done", scene.period));
        assert_eq!(log[0]["after"]["missing_estimates"], json!([other]));

        is_locked(&scene, &today, (&estimates, &closed, &before));

        let (holds, said) = verify(&app.database_url);
        assert!(holds && said.contains("Year ends: hold. 1 closed year and 4 approved journals;"), "{said}");
        app.sql("UPDATE year_end_statement SET statement = '{}'");
        let (holds, said) = verify(&app.database_url);
        assert!(!holds && said.contains("its closing statement is not what was frozen"), "{said}");
    }

    fn unspent_money_is_decided_on_all_lines_or_none_and_kept_with_consent_alone(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let source = scene.finance.get(&format!("/v1/budget-lines/{}", scene.lines[0])).must(200).body["funding_source"]["id"].clone();
        let next = scene.commissioner.post(&format!("/v1/funds/{}/periods", scene.fund), &json!({ "label": "2021-22" })).must(201).id();
        let line = |period: &str, pence: i64, day: &str| {
            let input = json!({ "funding_source_id": source, "state": "planned", "amount_pence": pence, "effective_on": day, "unspent_rule": "return_to_funder" });
            let planned = scene.commissioner.post(&format!("/v1/fund-periods/{period}/budget-lines"), &input).must(201);
            scene.finance.change(&format!("/v1/budget-lines/{}/confirmation", planned.id()), planned.tag(), &json!({ "effective_on": day })).must(200);
            planned.id()
        };
        let (ministry, target) = (line(&scene.period, 300_000, "2020-04-01"), line(&next, 100_000, "2021-04-01"));
        let held = |record: &str, line: &str| {
            let accounts = scene.finance.all("/v1/ledger/accounts?kind=fund_period");
            accounts.iter().find(|one| one["record_id"] == *record && one["budget_line_id"] == *line).map_or(0, |one| one["balance_pence"].as_i64().unwrap())
        };
        let decide = |lines: Value| scene.finance.post(&format!("{}/decisions", path(&scene)), &json!({ "lines": lines, "reason": "The board of 20 April." }));
        let on_line = |decision: &str, pence: i64, more: Value| {
            let mut one = json!({ "budget_line_id": ministry, "money": "on_line", "decision": decision, "amount_pence": pence });
            more.as_object().unwrap().iter().for_each(|(name, value)| one[name] = value.clone());
            one
        };
        let back = on_line("return_to_funder", 150_000, json!({}));
        assert_eq!(decide(json!([back])).must(409).code(), "wrong_state", "a year is cut off first");
        take(&scene.finance, &scene, "cut-off", json!({})).must(200);
        let document = |owner: &str| {
            let request = scene.finance.request(Method::POST, &format!("{owner}/documents?file_name=Consent.pdf"));
            scene.finance.send(request.header("Content-Type", "application/pdf").body(&b"%PDF-1.7\n1 0 obj\n"[..])).must(201).id()
        };
        is_ruled_by_its_fund(&scene);
        let elsewhere = document(&format!("/v1/fund-periods/{next}"));
        let kept = |more: Value| on_line("carry_forward", 100_000, more);
        let wrong = decide(json!([
            kept(json!({ "to_budget_line_id": target })),
            kept(json!({ "to_budget_line_id": scene.lines[0], "consent_document_id": elsewhere })),
            on_line("recycle", 1, json!({})),
            on_line("return_to_funder", 300_001, json!({})),
            json!({ "budget_line_id": target, "money": "on_line", "decision": "recycle", "amount_pence": 1 }),
        ]));
        let faults = ["/lines/0/consent_document_id required", "/lines/1/consent_document_id unknown_record", "/lines/1/to_budget_line_id out_of_range",
            "/lines/2/consent_document_id required", "/lines/3/amount_pence too_large", "/lines/4/budget_line_id unknown_record"];
        assert_eq!(wrong.must(422).faults(), faults);
        assert_eq!(held(&scene.period, &ministry), 300_000, "of a decision with faults nothing is done");
        let consent = document(&format!("/v1/fund-periods/{}", scene.period));
        scene.finance.get(&format!("/v1/documents/{consent}")).must(200);
        scene.author.get(&format!("/v1/documents/{consent}")).must(404);
        let done = decide(json!([kept(json!({ "to_budget_line_id": target, "consent_document_id": consent })), back])).must(201);
        assert_eq!([&done.body["effective_on"], &done.body["lines"][0]["outcome"]], [&json!("2021-03-31"), &json!("done")]);
        assert_eq!((held(&scene.period, &ministry), held(&next, &target)), (50_000, 200_000));
        let unspent = scene.finance.all(&format!("{}/unspent", path(&scene)));
        let own = unspent.iter().find(|one| one["budget_line"]["id"] == *ministry).unwrap();
        assert_eq!([&own["free_pence"], &own["free_undecided_pence"], &own["unspent_rule"]], [&json!(50_000), &json!(50_000), &json!("return_to_funder")]);
        assert_eq!(scene.finance.all(&format!("{}/decisions", path(&scene))).len(), 1);

        is_decided_once(&scene, &decide);

        is_corrected_later(&scene, (&ministry, &consent), &decide);

        let (holds, said) = verify(&app.database_url);
        assert!(holds, "{said}");
        let report = scene.finance.get("/v1/reports/allocations?group_by=source").must(200);
        assert_eq!(report.body["ledger_check"]["balanced"], true);
    }
}
