use almoner::access::permissions::Role;
use almoner::kernel::Id;
use serde_json::{Value, json};

use super::office::{Office, pence, source};
use crate::support::{Answer, Client};

const CLAIMS: &str = "/v1/funder-claims";

/// A claim of `pence` for the first quarter.
fn claim(line: &Answer, pence: i64) -> Value {
    json!({ "budget_line_id": line.id(), "amount_pence": pence, "starts_on": "2020-04-01", "ends_on": "2020-06-30" })
}

fn state(answer: &Answer) -> &str {
    answer.body["state"].as_str().unwrap()
}

/// A claim that the commissioner wrote and finance certified on 10 July 2020.
#[track_caller]
fn certified(office: &Office<'_>, line: &Answer, pence: i64) -> Answer {
    let written = office.commissioner.post(CLAIMS, &claim(line, pence)).must(201);
    let statement = json!({ "statement": "Spent for the purposes of the grant.", "certified_on": "2020-07-10" });
    office.act(&office.finance, "funder-claims", &written, "certification", &statement).must(200)
}

fn receipt(pence: i64, on: &str) -> Value {
    json!({ "amount_pence": pence, "received_on": on, "reference": "BACS 42" })
}

fn all_ids(who: &Client, query: &str) -> Vec<String> {
    who.all(&format!("{CLAIMS}?{query}")).iter().map(|one| one["reference"].as_str().unwrap().to_owned()).collect()
}

on_both! {
    fn a_claim_is_written_certified_and_received_in_parts(app) {
        let office = Office::new(app);
        let line = office.confirmed(&office.source, 1_000_000);
        let before = office.app.office(&[Role::Auditor]).all("/v1/ledger/transfers").len();
        let written = office.commissioner.post(CLAIMS, &claim(&line, 400_000)).must(201);
        assert_eq!(written.header("location"), Some(format!("{CLAIMS}/{}", written.id()).as_str()));
        for (field, value) in [
            ("reference", json!("CLM-0001")), ("version", json!(1)), ("state", json!("draft")), ("note", Value::Null), ("certification", Value::Null),
            ("receipts", json!([])), ("starts_on", json!("2020-04-01")), ("ends_on", json!("2020-06-30")), ("allowed_actions", json!(["update", "withdraw"])),
        ] {
            assert_eq!(written.body[field], value, "{field}");
        }
        let named = |field: &str| written.body[field]["id"].as_str().unwrap().to_owned();
        assert_eq!([named("budget_line"), named("fund_period"), named("funding_source")], [line.id(), office.period.clone(), office.source.clone()]);
        assert_eq!(pence(&written, ["amount", "received", "outstanding"]), [400_000, 0, 0]);

        let path = format!("{CLAIMS}/{}", written.id());
        let changed = office.commissioner.patch(&path, written.tag(), &json!({ "amount_pence": 300_000, "note": "first quarter" })).must(200);
        assert_eq!((pence(&changed, ["amount"]), changed.body["version"].as_i64()), ([300_000], Some(2)));
        assert_eq!(office.commissioner.patch(&path, written.tag(), &json!({ "note": null })).must(412).code(), "stale");

        let statement = json!({ "statement": "Spent for the purposes of the grant." });
        for who in [&office.commissioner, &app.office(&[Role::Finance])] {
            assert_eq!(office.act(who, "funder-claims", &changed, "certification", &statement).must(403).code(), "forbidden");
        }
        let sure = office.act(&office.finance, "funder-claims", &changed, "certification", &statement).must(200);
        assert_eq!((state(&sure), pence(&sure, ["outstanding"])), ("certified", [300_000]));
        assert_eq!(sure.body["certification"]["statement"], statement["statement"]);
        assert!(sure.body["certification"]["certified_by"].as_str().unwrap().starts_with("finance"));
        assert_eq!(sure.body["allowed_actions"], json!(["receive", "withdraw"]));
        assert_eq!(office.commissioner.get(&path).must(200).body["allowed_actions"], json!([]));
        assert_eq!(office.commissioner.patch(&path, sure.tag(), &json!({ "amount_pence": 1 })).must(409).code(), "wrong_state");

        let part = json!({ "amount_pence": 100_000, "reference": "BACS 1" });
        let some = office.act(&office.finance, "funder-claims", &sure, "receipts", &part).must(200);
        assert_eq!((state(&some), pence(&some, ["received", "outstanding"])), ("partly_received", [100_000, 200_000]));
        let rest = json!({ "amount_pence": 200_000, "reference": "BACS 2" });
        let all = office.act(&office.finance, "funder-claims", &some, "receipts", &rest).must(200);
        assert_eq!((state(&all), pence(&all, ["received", "outstanding"])), ("received", [300_000, 0]));
        let references: Vec<&Value> = all.body["receipts"].as_array().unwrap().iter().map(|one| &one["reference"]).collect();
        assert_eq!(references, ["BACS 1", "BACS 2"]);
        assert_eq!(all.body["allowed_actions"], json!([]));
        assert_eq!(office.act(&office.finance, "funder-claims", &all, "receipts", &part).must(409).code(), "wrong_state");
        assert_eq!(office.finance.get(&path).must(200).body, all.body);
        // A claim says what is asked of the funder; the money of a confirmed line is in its fund period already.
        assert_eq!(office.app.office(&[Role::Auditor]).all("/v1/ledger/transfers").len(), before);
        office.books_balance();
    }

    fn who_wrote_a_claim_does_not_certify_it(app) {
        let office = Office::new(app);
        let line = office.confirmed(&office.source, 1_000_000);
        let statement = json!({ "statement": "Spent as agreed." });
        let second = app.office(&[Role::Finance, Role::ChiefFinanceOfficer]);
        let own = office.finance.post(CLAIMS, &claim(&line, 1_000)).must(201);
        let path = format!("{CLAIMS}/{}", own.id());
        assert_eq!(own.body["allowed_actions"], json!(["update", "withdraw"]), "somebody else certifies it");
        assert_eq!(office.finance.all(CLAIMS)[0]["allowed_actions"], json!(["update", "withdraw"]));
        for shown in [&second.get(&path).must(200).body, &second.all(CLAIMS)[0]] {
            assert_eq!(shown["allowed_actions"], json!(["update", "certify", "withdraw"]));
        }
        assert_eq!(office.act(&office.finance, "funder-claims", &own, "certification", &statement).must(409).code(), "same_person");
        // Whoever changed it is an author too.
        let changed = second.patch(&format!("{CLAIMS}/{}", own.id()), own.tag(), &json!({ "amount_pence": 2_000 })).must(200);
        for author in [&office.finance, &second] {
            assert_eq!(office.act(author, "funder-claims", &changed, "certification", &statement).must(409).code(), "same_person");
        }
        let third = app.office(&[Role::Finance, Role::ChiefFinanceOfficer]);
        let sure = office.act(&third, "funder-claims", &changed, "certification", &statement).must(200);
        assert_eq!(office.act(&third, "funder-claims", &sure, "certification", &statement).must(409).code(), "wrong_state");
    }

    fn claims_stay_within_the_confirmed_budget(app) {
        let office = Office::new(app);
        let line = office.provisional(&office.source, 1_000_000);
        assert_eq!(office.commissioner.post(CLAIMS, &claim(&line, 1)).must(409).code(), "not_confirmed");
        let line = office.act(&office.finance, "budget-lines", &line, "confirmation", &json!({ "effective_on": "2020-04-01" })).must(200);
        let first = certified(&office, &line, 600_000);
        let refused = office.commissioner.post(CLAIMS, &claim(&line, 400_001)).must(409);
        assert_eq!(refused.code(), "rule_broken");
        assert_eq!(pence(&refused, ["confirmed", "claimed", "asked", "shortfall"]), [1_000_000, 600_000, 400_001, 1]);
        assert_eq!(all_ids(&office.finance, ""), ["CLM-0001"]);
        let second = office.commissioner.post(CLAIMS, &claim(&line, 400_000)).must(201);
        let path = format!("{CLAIMS}/{}", second.id());
        let more = office.commissioner.patch(&path, second.tag(), &json!({ "amount_pence": 400_005 })).must(409);
        assert_eq!(pence(&more, ["shortfall"]), [5]);
        // A claim against another line is of no concern here.
        let other = office.confirmed(&source(&office.commissioner, "grant"), 5_000);
        office.commissioner.post(CLAIMS, &claim(&other, 5_000)).must(201);
        // A cut after the draft is noticed at the certification.
        let cut = json!({ "amount_pence": 900_000, "reason": "the funder cut it" });
        let line = office.act(&office.finance, "budget-lines", &line, "restatement", &cut).must(200);
        let statement = json!({ "statement": "Spent as agreed." });
        let late = office.act(&office.finance, "funder-claims", &second, "certification", &statement).must(409);
        assert_eq!(pence(&late, ["confirmed", "shortfall"]), [900_000, 100_000]);
        // What was withdrawn makes room again, save what had come for it.
        let some = office.act(&office.finance, "funder-claims", &first, "receipts", &receipt(50_000, "2020-07-14")).must(200);
        office.act(&office.finance, "funder-claims", &some, "withdrawal", &json!({ "reason": "the funder pays no more" })).must(200);
        office.act(&office.finance, "funder-claims", &second, "certification", &statement).must(200);
        let refused = office.commissioner.post(CLAIMS, &claim(&line, 450_001)).must(409);
        assert_eq!(pence(&refused, ["claimed", "shortfall"]), [450_000, 1]);
        office.act(&office.finance, "budget-lines", &line, "withdrawal", &json!({ "reason": "no money" })).must(200);
        assert_eq!(office.commissioner.post(CLAIMS, &claim(&line, 1)).must(409).code(), "wrong_state");
    }

    fn a_certified_claim_stays_as_it_was_when_its_line_changes(app) {
        let office = Office::new(app);
        let line = office.confirmed(&office.source, 100_000);
        let one = certified(&office, &line, 60_000);
        let draft = office.commissioner.post(CLAIMS, &claim(&line, 10_000)).must(201);
        let later = json!({ "amount_pence": 100_000, "window_starts_on": "2020-05-01", "reason": "the grant begins later" });
        office.act(&office.finance, "budget-lines", &line, "restatement", &later).must(200);
        office.commissioner.post(CLAIMS, &claim(&line, 1)).must(422);
        let part = office.act(&office.finance, "funder-claims", &one, "receipts", &receipt(20_000, "2020-08-01")).must(200);
        assert_eq!(state(&office.again("funder-claims", &one)), "partly_received", "{}", part.text);
        let reason = json!({ "reason": "the days are wrong" });
        office.act(&office.commissioner, "funder-claims", &draft, "withdrawal", &reason).must(200);
    }

    fn never_more_is_received_than_claimed(app) {
        let office = Office::new(app);
        let line = office.confirmed(&office.source, 1_000_000);
        let draft = office.commissioner.post(CLAIMS, &claim(&line, 1_000)).must(201);
        assert_eq!(office.act(&office.finance, "funder-claims", &draft, "receipts", &receipt(1, "2020-07-14")).must(409).code(), "wrong_state");
        let sure = certified(&office, &line, 300_000);
        let refused = office.act(&office.finance, "funder-claims", &sure, "receipts", &receipt(300_001, "2020-07-14")).must(409);
        assert_eq!((refused.code(), pence(&refused, ["outstanding", "asked", "excess"])), ("rule_broken", [300_000, 300_001, 1]));
        let early = office.act(&office.finance, "funder-claims", &sure, "receipts", &receipt(1, "2020-07-09")).must(422);
        assert_eq!(early.faults(), ["/received_on reversed_dates"]);
        let late = office.act(&office.finance, "funder-claims", &sure, "receipts", &receipt(1, "2999-01-01")).must(422);
        assert_eq!(late.faults(), ["/received_on in_the_future"]);
        let blank = json!({ "amount_pence": 1, "received_on": "2020-07-14", "reference": " " });
        assert_eq!(office.act(&office.finance, "funder-claims", &sure, "receipts", &blank).must(422).faults(), ["/reference blank"]);
        assert_eq!(office.act(&office.finance, "funder-claims", &sure, "receipts", &json!({ "amount_pence": 0 })).must(422).faults(), ["/amount_pence too_small", "/reference required"]);
        // Money is noted once, however often the request comes.
        let path = format!("{CLAIMS}/{}/receipts", sure.id());
        let request = |key: Option<&str>| {
            let request = office.finance.request(reqwest::Method::POST, &path).header("If-Match", sure.tag()).json(&receipt(100_000, "2020-07-14"));
            office.finance.send(match key { Some(key) => request.header("Idempotency-Key", key), None => request })
        };
        assert_eq!(request(None).must(422).faults(), ["header:Idempotency-Key required"]);
        let (first, again) = (request(Some("once")).must(200), request(Some("once")).must(200));
        assert_eq!((again.header("idempotent-replay"), &again.body), (Some("true"), &first.body));
        assert_eq!(request(Some("twice")).must(412).code(), "stale");
        assert_eq!(pence(&office.again("funder-claims", &sure), ["received"]), [100_000]);
        assert_eq!(office.act(&office.commissioner, "funder-claims", &first, "receipts", &receipt(1, "2020-07-14")).must(403).code(), "forbidden");
    }

    fn a_certified_claim_is_withdrawn_by_who_may_certify(app) {
        let office = Office::new(app);
        let line = office.confirmed(&office.source, 1_000_000);
        let why = json!({ "reason": "counted twice" });
        let draft = office.commissioner.post(CLAIMS, &claim(&line, 1_000)).must(201);
        assert_eq!(office.act(&office.commissioner, "funder-claims", &draft, "withdrawal", &json!({ "reason": " " })).must(422).faults(), ["/reason blank"]);
        let gone = office.act(&office.commissioner, "funder-claims", &draft, "withdrawal", &why).must(200);
        assert_eq!((state(&gone), gone.body["reason"].as_str()), ("withdrawn", Some("counted twice")));
        assert_eq!(office.act(&office.finance, "funder-claims", &gone, "withdrawal", &why).must(409).code(), "wrong_state");
        let sure = certified(&office, &line, 1_000);
        let refused = office.act(&office.commissioner, "funder-claims", &sure, "withdrawal", &why).must(403);
        assert_eq!(refused.body["permission"], "claims.certify");
        assert_eq!(state(&office.act(&office.finance, "funder-claims", &sure, "withdrawal", &why).must(200)), "withdrawn");
    }

    fn every_fault_of_a_claim_at_once(app) {
        let office = Office::new(app);
        let line = office.confirmed(&office.source, 1_000_000);
        let wrong = json!({ "budget_line_id": line.id(), "amount_pence": 1, "starts_on": "2020-03-31", "ends_on": "2021-04-01", "note": " " });
        assert_eq!(office.commissioner.post(CLAIMS, &wrong).must(422).faults(), ["/ends_on outside_window", "/note blank", "/starts_on outside_window"]);
        let unknown = json!({ "budget_line_id": Id::new(), "amount_pence": 1, "starts_on": "2020-04-01", "ends_on": "2020-04-01" });
        assert_eq!(office.commissioner.post(CLAIMS, &unknown).must(422).faults(), ["/budget_line_id unknown_record"]);
        let draft = office.commissioner.post(CLAIMS, &claim(&line, 1_000)).must(201);
        let path = format!("{CLAIMS}/{}", draft.id());
        let other = office.confirmed(&office.source, 1_000);
        assert_eq!(office.commissioner.patch(&path, draft.tag(), &json!({ "budget_line_id": other.id() })).must(422).faults(), ["/budget_line_id fixed"]);
        assert_eq!(office.commissioner.patch(&path, draft.tag(), &json!({ "ends_on": "2020-03-01" })).must(422).faults(), ["/ends_on outside_window", "/ends_on reversed_dates"]);
        let statement = json!({ "statement": " ", "certified_on": "2999-01-01" });
        assert_eq!(office.act(&office.finance, "funder-claims", &draft, "certification", &statement).must(422).faults(), ["/certified_on in_the_future", "/statement blank"]);
        let early = json!({ "statement": "Spent.", "certified_on": "2020-06-30" });
        assert_eq!(office.act(&office.finance, "funder-claims", &draft, "certification", &early).must(422).faults(), ["/certified_on too_early"]);
        // The days of a line's own window hold, also outside its fund period (R14).
        let input = json!({ "funding_source_id": office.source, "state": "planned", "amount_pence": 9_000, "effective_on": "2020-04-01",
            "window_starts_on": "2020-03-24", "window_ends_on": "2020-10-31" });
        let windowed = office.commissioner.post(&office.below("budget-lines"), &input).must(201);
        let windowed = office.act(&office.finance, "budget-lines", &windowed, "confirmation", &json!({})).must(200);
        let early = json!({ "budget_line_id": windowed.id(), "amount_pence": 1, "starts_on": "2020-03-24", "ends_on": "2020-10-31" });
        office.commissioner.post(CLAIMS, &early).must(201);
        let late = json!({ "budget_line_id": windowed.id(), "amount_pence": 1, "starts_on": "2020-03-23", "ends_on": "2020-11-01" });
        assert_eq!(office.commissioner.post(CLAIMS, &late).must(422).faults(), ["/ends_on outside_window", "/starts_on outside_window"]);
    }

    fn claims_are_listed_by_what_they_claim(app) {
        let office = Office::new(app);
        let grant = source(&office.commissioner, "grant");
        let (line, other) = (office.confirmed(&office.source, 1_000_000), office.confirmed(&grant, 1_000_000));
        certified(&office, &line, 1_000);
        office.commissioner.post(CLAIMS, &claim(&line, 2_000)).must(201);
        office.commissioner.post(CLAIMS, &claim(&other, 3_000)).must(201);
        let finance = &office.finance;
        assert_eq!(all_ids(finance, "limit=1"), ["CLM-0001", "CLM-0002", "CLM-0003"]);
        assert_eq!(all_ids(finance, "state=draft"), ["CLM-0002", "CLM-0003"]);
        assert_eq!(all_ids(finance, &format!("budget_line_id={}", line.id())), ["CLM-0001", "CLM-0002"]);
        assert_eq!(all_ids(finance, &format!("funding_source_id={grant}")), ["CLM-0003"]);
        assert_eq!(all_ids(finance, &format!("fund_period_id={}", office.period)).len(), 3);
        assert_eq!(all_ids(finance, &format!("fund_period_id={}", Id::new())).len(), 0);
        finance.get(&format!("{CLAIMS}/{}", Id::new())).must(404);
        app.office(&[Role::BoardReader]).get(CLAIMS).must(403);
    }

    fn every_act_on_a_claim_is_logged_with_before_and_after(app) {
        let office = Office::new(app);
        let line = office.confirmed(&office.source, 1_000_000);
        let sure = certified(&office, &line, 300_000);
        let some = office.act(&office.finance, "funder-claims", &sure, "receipts", &receipt(100_000, "2020-07-14")).must(200);
        office.act(&office.finance, "funder-claims", &some, "withdrawal", &json!({ "reason": "no more comes" })).must(200);
        let mut log = app.office(&[Role::Auditor]).all(&format!("/v1/audit-events?record_id={}&outcome=done", sure.id()));
        log.sort_by_key(|event| event["after"]["version"].as_i64());
        // The figures that the certificate froze are told first: they have no version of the claim.
        let frozen = log.remove(0);
        assert_eq!((&frozen["act"], frozen["after"]["figures_sha256"].as_str().unwrap().len()), (&json!("funder_claim.certify"), 64));
        let told: Vec<_> = log.iter().map(|event| (event["act"].as_str().unwrap(), event["before"]["state"].as_str(), event["after"]["state"].as_str())).collect();
        let expected = [
            ("funder_claim.create", None, Some("draft")),
            ("funder_claim.certify", Some("draft"), Some("certified")),
            ("funder_claim.receive", Some("certified"), Some("partly_received")),
            ("funder_claim.withdraw", Some("partly_received"), Some("withdrawn")),
        ];
        assert_eq!(told, expected);
        assert_eq!(log[2]["after"]["receipts"][0]["amount_pence"], 100_000);
        assert_eq!((&log[2]["before"]["receipts"], log[3]["reason"].as_str()), (&json!([]), Some("no more comes")));
    }

    fn of_claims_at_once_only_those_within_the_budget_stand(app) {
        let office = Office::new(app);
        let line = office.confirmed(&office.source, 1_000);
        let input = claim(&line, 400);
        let answers: Vec<u16> = std::thread::scope(|scope| {
            let tries: Vec<_> = (0..6).map(|_| scope.spawn(|| office.commissioner.post(CLAIMS, &input).status)).collect();
            tries.into_iter().map(|one| one.join().unwrap()).collect()
        });
        assert_eq!(answers.iter().filter(|status| **status == 201).count(), 2, "{answers:?}");
        assert_eq!(answers.iter().filter(|status| **status == 409).count(), 4, "{answers:?}");
    }
}
