//! A later agreement year is an award of its own (R08).

use serde_json::{Value, json};

use crate::support::{Answer, Scene};

/// The next fund period with its money, confirmed on its first day.
pub fn next_period(scene: &Scene, label: &str, pence: i64) -> String {
    let period = scene.commissioner.post(&format!("/v1/funds/{}/periods", scene.fund), &json!({ "label": label })).must(201).id();
    let source = scene.commissioner.all("/v1/funding-sources")[0]["id"].clone();
    let first_day = format!("{}-04-01", &label[..4]);
    let line = json!({ "funding_source_id": source, "state": "planned", "amount_pence": pence, "effective_on": first_day });
    let line = scene.commissioner.post(&format!("/v1/fund-periods/{period}/budget-lines"), &line).must(201);
    let path = format!("/v1/budget-lines/{}/confirmation", line.id());
    scene.finance.change(&path, line.tag(), &json!({ "effective_on": first_day })).must(200);
    period
}

fn three_years() -> Value {
    let years = [("2020-21", 300_000), ("2021-22", 310_000), ("2022-23", 320_000)];
    let years: Value = years.iter().map(|(year, pence)| json!({ "financial_year": year, "amount_pence": pence })).collect();
    json!({ "ends_on": "2023-03-31", "annual_amounts": years })
}

fn forward(answer: &Answer) -> i64 {
    answer.body["forward_commitments_pence"].as_i64().unwrap()
}

on_both! {
    fn an_indicative_year_becomes_an_award_and_is_promised_once(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let first = scene.live(300_000, three_years());
        let period = next_period(&scene, "2021-22", 1_000_000);
        let path = format!("/v1/awards/{}/next-year", first.id());
        let before = scene.award(&first.id());
        assert_eq!(forward(&before), 630_000);
        assert!(before.body["allowed_actions"].as_array().unwrap().contains(&json!("draft_next_year")));
        let second = scene.commissioner.post(&path, &json!({ "fund_period_id": period })).must(201);
        assert_eq!(second.header("location"), Some(format!("/v1/awards/{}", second.id()).as_str()));
        assert_eq!((&second.body["succeeds"], &second.body["state"]), (&json!(first.id()), &json!("draft")));
        assert_eq!((&second.body["amount_pence"], forward(&second), &second.body["reference"]), (&json!(310_000), 320_000, &json!("CIF-2021-22-0001")));
        assert_eq!((&second.body["starts_on"], &second.body["ends_on"]), (&json!("2021-04-01"), &json!("2023-03-31")));
        assert_eq!((&second.body["title"], &second.body["provider"]), (&first.body["title"], &first.body["provider"]));
        // A draft commits nothing, and the award that it goes on with is not touched by it.
        let again = scene.award(&first.id());
        assert_eq!((forward(&again), &again.body["version"], &again.body["terms_no"]), (630_000, &before.body["version"], &before.body["terms_no"]));
        assert_eq!(scene.commissioner.all(&format!("/v1/awards?succeeds={}", first.id())).len(), 1);

        let reported = |query: &str| {
            let report = scene.finance.get(&format!("/v1/reports/allocations?group_by=financial_year&{query}")).must(200);
            assert_eq!(report.body["ledger_check"]["balanced"], true);
            let of = |year: &str| report.body["rows"].as_array().unwrap().iter().find(|row| row["financial_year"] == year)
                .map_or(0, |row| row["forward_commitments_pence"].as_i64().unwrap());
            (of("2020-21"), of("2021-22"), report.body["known_at"].as_str().unwrap().to_owned())
        };
        let (one, two, known_at) = reported("as_at=2021-04-30");
        assert_eq!((one, two), (630_000, 0));
        let offer = json!({ "offered_on": "2021-04-01" });
        let offered = scene.commissioner.change(&format!("/v1/awards/{}/offer", second.id()), second.tag(), &offer).must(200);
        assert_eq!((forward(&scene.award(&first.id())), forward(&offered)), (0, 320_000));
        let listed = scene.commissioner.all("/v1/awards");
        let told: Vec<i64> = listed.iter().map(|one| one["forward_commitments_pence"].as_i64().unwrap()).collect();
        assert_eq!(told, [0, 320_000]);
        let (one, two, _) = reported("as_at=2021-04-30");
        assert_eq!((one, two), (0, 320_000));
        let (one, two, _) = reported("as_at=2021-03-31");
        assert_eq!((one, two), (630_000, 0), "before the day of the offer");
        let (one, two, _) = reported(&format!("as_at=2021-04-30&known_at={known_at}"));
        assert_eq!((one, two), (630_000, 0), "before the offer was known");
        let funds = scene.finance.get("/v1/reports/fund-summary?as_at=2021-04-30").must(200);
        assert_eq!(funds.body["totals"]["forward_commitments_pence"], 320_000);
        // What the versions of the agreement name stays readable as it was agreed.
        assert_eq!(scene.commissioner.get(&format!("/v1/awards/{}/versions/1", first.id())).must(200).body["forward_commitments_pence"], 630_000);
        let reason = json!({ "reason": "tendered again" });
        scene.commissioner.change(&format!("/v1/awards/{}/withdrawal", second.id()), offered.tag(), &reason).must(200);
        assert_eq!(forward(&scene.award(&first.id())), 630_000);
    }

    fn what_was_planned_asked_and_counted_goes_on(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let office = &scene.commissioner;
        let draft = scene.draft(300_000, three_years());
        let conditions = json!({ "conditions": [{ "text": "Insured", "due_on": "2020-07-31" }, { "text": "Safeguarding lead named" }] });
        let path = format!("/v1/awards/{}", draft.id());
        office.put(&format!("{path}/conditions"), draft.tag(), &conditions).must(200);
        let counted = json!({ "name": "People helped", "kind": "output", "unit": "people", "direction": "higher", "adds_over_time": "sum", "adds_over_areas": "sum" });
        let people = office.post(&format!("{path}/indicators"), &counted).must(201);
        let targets = json!({ "targets": [{ "period": "2020-21", "target": 40 }, { "period": "2021-22", "target": 50 }] });
        office.put(&format!("/v1/indicators/{}/targets", people.id()), people.tag(), &targets).must(200);
        let first = scene.go_live(&scene.award(&draft.id()));
        let met = json!({ "conditions": [{ "text": "Insured", "due_on": "2020-07-31", "evidence_status": "met", "evidenced_on": "2020-07-01" },
            { "text": "Safeguarding lead named", "evidence_status": "waived" }] });
        office.put(&format!("{path}/conditions"), first.tag(), &met).must(200);
        let period = next_period(&scene, "2021-22", 1_000_000);
        let second = office.post(&format!("{path}/next-year"), &json!({ "fund_period_id": period })).must(201);
        let next = format!("/v1/awards/{}", second.id());
        let (plan, evaluation) = (office.get(&format!("{next}/monitoring-plan")).must(200).body, office.get(&format!("{next}/evaluation")).must(200).body);
        assert_eq!([&plan["frequency"], &plan["is_complete"], &evaluation["evaluator"]], [&json!("quarterly"), &json!(true), &json!("the office")]);
        let asked = office.get(&format!("{next}/conditions")).must(200).body["conditions"].clone();
        let asked: Vec<_> = asked.as_array().unwrap().iter().map(|one| [one["text"].clone(), one["evidence_status"].clone(), one["due_on"].clone()]).collect();
        assert_eq!(asked, [[json!("Insured"), json!("awaited"), Value::Null]]);
        let carried = office.all(&format!("{next}/indicators"));
        let shown: Vec<_> = carried.iter().map(|one| (one["name"].clone(), one["succeeds_id"].clone(), one["targets"][0]["target"].clone())).collect();
        assert_eq!(shown, [(json!("People helped"), json!(people.id()), json!(50))]);
        // So it can be offered and accepted as it is.
        office.change(&format!("{next}/offer"), scene.award(&second.id()).tag(), &json!({ "offered_on": "2021-04-01" })).must(200);
        let acceptance = json!({ "accepted_on": "2021-04-02" });
        scene.signatory.change(&format!("{next}/acceptance"), scene.award(&second.id()).tag(), &acceptance).must(200);
    }

    fn what_is_terminated_or_closed_promises_no_later_year(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let promised = || {
            let of = |path: &str| scene.finance.get(path).must(200).body["totals"]["forward_commitments_pence"].clone();
            let listed: i64 = scene.commissioner.all("/v1/awards").iter().map(|one| one["forward_commitments_pence"].as_i64().unwrap()).sum();
            (of("/v1/reports/allocations"), of("/v1/reports/fund-summary"), listed)
        };
        let whole = |pence: i64| (json!(pence), json!(pence), pence);
        let first = scene.live(300_000, three_years());
        let second = scene.live(300_000, three_years());
        assert_eq!(promised(), whole(1_260_000));
        let act = |seen: &Answer, noun: &str, body: Value| {
            scene.approver.change(&format!("/v1/awards/{}/{noun}", seen.id()), seen.tag(), &body).must(200)
        };
        let over = act(&scene.award(&first.id()), "termination", json!({ "reason": "nobody delivers it" }));
        assert_eq!((forward(&over), promised()), (0, whole(630_000)));
        let ended = scene.commissioner.change(&format!("/v1/awards/{}/end", second.id()), scene.award(&second.id()).tag(), &json!({})).must(200);
        assert_eq!((forward(&ended), promised()), (630_000, whole(630_000)));
        let closed = scene.commissioner.change(&format!("/v1/awards/{}/closure", second.id()), ended.tag(), &json!({})).must(200);
        assert_eq!((forward(&closed), promised()), (0, whole(0)));
        // What its agreement named stays readable.
        assert_eq!(scene.commissioner.get(&format!("/v1/awards/{}/versions/1", first.id())).must(200).body["forward_commitments_pence"], 630_000);
    }

    fn an_agreement_that_ends_with_its_fund_period_is_not_gone_on_with(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let may = |award: &str| scene.award(award).body["allowed_actions"].as_array().unwrap().contains(&json!("draft_next_year"));
        let (short, long) = (scene.live(100_000, json!({})), scene.live(300_000, three_years()));
        let part = scene.live(0, json!({ "component_of": long.id(), "amount_pence": null, "tranche_id": null, "ends_on": "2021-04-30" }));
        assert_eq!((may(&short.id()), may(&long.id()), may(&part.id())), (false, true, false));
        let listed = scene.commissioner.all("/v1/awards");
        let of_list: Vec<bool> = listed.iter().map(|one| one["allowed_actions"].as_array().unwrap().contains(&json!("draft_next_year"))).collect();
        assert_eq!(of_list.iter().filter(|may| **may).count(), 1);
        let next = json!({ "fund_period_id": next_period(&scene, "2021-22", 100_000), "amount_pence": 5 });
        let refused = scene.commissioner.post(&format!("/v1/awards/{}/next-year", short.id()), &next).must(422);
        assert_eq!(refused.faults(), ["/fund_period_id out_of_range"]);
    }

    fn a_next_year_that_names_no_later_one_leaves_that_promised(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let first = scene.live(300_000, three_years());
        let period = next_period(&scene, "2021-22", 1_000_000);
        let input = scene.grant(250_000, json!({ "succeeds": first.id(), "fund_period_id": period, "tranche_id": null,
            "starts_on": "2021-04-01", "ends_on": "2022-03-31" }));
        let second = scene.commissioner.post("/v1/awards", &input).must(201);
        let offer = json!({ "offered_on": "2021-04-01" });
        let offered = scene.commissioner.change(&format!("/v1/awards/{}/offer", second.id()), second.tag(), &offer).must(200);
        assert_eq!(forward(&scene.award(&first.id())), 380_000);
        // What an agreement goes on with is no matter of a draft any more, nor of a variation.
        scene.commissioner.patch(&format!("/v1/awards/{}", second.id()), offered.tag(), &json!({ "succeeds": null })).must(409);
    }

    fn only_what_is_agreed_goes_on_with_its_provider_in_a_later_period(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let first = scene.live(300_000, three_years());
        let draft = scene.draft(100_000, json!({}));
        let (period, late) = (next_period(&scene, "2021-22", 1_000_000), next_period(&scene, "2023-24", 1_000_000));
        let path = |award: &Answer| format!("/v1/awards/{}/next-year", award.id());
        let input = json!({ "fund_period_id": period });
        assert_eq!(scene.commissioner.post(&path(&draft), &input).must(409).code(), "wrong_state");
        scene.signatory.post(&path(&first), &input).must(403);
        let refused = |body: Value| scene.commissioner.post(&path(&first), &body).must(422).faults();
        let part = scene.live(0, json!({ "component_of": first.id(), "amount_pence": null, "tranche_id": null }));
        assert_eq!(scene.commissioner.post(&path(&part), &input).must(409).code(), "rule_broken");
        let nowhere = "0192b4c0-7d2a-7c3e-9a51-2f60c1a4e8d7";
        assert_eq!(refused(json!({ "fund_period_id": nowhere })), ["/fund_period_id unknown_record"]);
        assert_eq!(refused(json!({ "fund_period_id": late })), ["/amount_pence required", "/fund_period_id out_of_range"]);
        assert_eq!(refused(json!({ "fund_period_id": scene.period })), ["/fund_period_id not_later"]);
        assert_eq!(refused(json!({ "fund_period_id": period, "amount_pence": 0 })), ["/amount_pence too_small"]);
        scene.commissioner.post(&format!("/v1/awards/{nowhere}/next-year"), &input).must(404);
        let follow = |changes: Value| {
            let mut input = scene.grant(5, json!({ "fund_period_id": period, "tranche_id": null }));
            for (name, value) in changes.as_object().unwrap() {
                input[name] = value.clone();
            }
            scene.commissioner.post("/v1/awards", &input).must(422).faults()
        };
        assert_eq!(follow(json!({ "succeeds": nowhere })), ["/succeeds unknown_record"]);
        assert_eq!(follow(json!({ "succeeds": draft.id() })), ["/succeeds wrong_state"]);
        assert_eq!(follow(json!({ "succeeds": first.id(), "provider_id": scene.other_provider, "fund_period_id": scene.period })),
            ["/fund_period_id not_later", "/provider_id other_provider"]);
    }
}
