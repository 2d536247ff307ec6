//! Where the money of awards goes, to the penny.

use std::sync::Barrier;

use almoner::access::permissions::Role;
use almoner::awards::acts::{self, ImportedAward, TermsChange};
use almoner::awards::monitoring::rules::{MonitoringFrequency, ToldPlan};
use almoner::awards::rules::{AwardInput, AwardState};
use almoner::kernel::{FigureNote, Id, Pence, Provenance, Refusal, TextList};
use almoner::store::{Tx, WriteMeta};
use serde_json::{Value, json};

use crate::support::{App, Scene};

/// Runs an act of the library in a transaction of its own.
fn act<T: Send + 'static>(app: &App, work: impl Fn(&mut Tx<'_>) -> Result<T, Refusal> + Send + 'static) -> Result<T, Refusal> {
    app.wait(app.service.db.write(WriteMeta::system("test", "test"), work))
}

fn id(text: &str) -> Id {
    text.parse().unwrap()
}

fn terms(input: Value) -> AwardInput {
    serde_json::from_value(input).unwrap()
}

fn shortfall(refused: &crate::support::Answer) -> (Option<&str>, Option<i64>, Option<i64>) {
    (refused.body["account"].as_str(), refused.body["balance_pence"].as_i64(), refused.body["shortfall_pence"].as_i64())
}

on_both! {
    fn one_penny_too_much_is_refused(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let draft = scene.draft(1_000_001, json!({}));
        let refused = scene.offer(&draft).must(409);
        assert_eq!(refused.code(), "insufficient_balance");
        assert_eq!(shortfall(&refused), (Some("The tranche"), Some(1_000_000), Some(1)));
        assert!(refused.body["detail"].as_str().unwrap().starts_with("The tranche CIF-2020-21-T1 holds £10,000.00; "), "{}", refused.text);
        assert_eq!(scene.award(&draft.id()).body["state"], "draft");
        let split = json!([{ "budget_line_id": scene.lines[1], "amount_pence": 1 }, { "budget_line_id": scene.lines[0], "amount_pence": 9 }]);
        let other = scene.offer(&scene.draft(10, json!({ "split": split }))).must(409);
        assert_eq!(shortfall(&other), (Some("The tranche"), Some(0), Some(1)));
        assert!(other.body["detail"].as_str().unwrap().starts_with("The tranche CIF-2020-21-T1 holds £0.00"), "{}", other.text);
        assert_eq!(scene.held("tranche", &scene.tranche), [1_000_000, 0]);
        scene.offer(&scene.draft(1_000_000, json!({}))).must(200);
        assert_eq!(scene.held("tranche", &scene.tranche), [0, 0]);
    }

    fn no_account_is_short_on_any_day(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let offer = |pence: i64, on: &str| {
            let draft = scene.draft(pence, json!({}));
            scene.commissioner.change(&format!("/v1/awards/{}/offer", draft.id()), draft.tag(), &json!({ "offered_on": on }))
        };
        let short = |refused: &crate::support::Answer, on: &str, pence: (i64, i64)| {
            assert_eq!((refused.code(), refused.body["on"].as_str()), ("insufficient_balance", Some(on)), "{}", refused.text);
            assert_eq!(shortfall(refused), (Some("The tranche"), Some(pence.0), Some(pence.1)));
        };
        short(&offer(1, "2020-03-31").must(409), "2020-03-31", (0, 1));
        offer(600_000, "2020-09-01").must(200);
        let path = format!("/v1/tranches/{}", scene.tranche);
        let tag = scene.commissioner.get(&path).must(200).tag().to_owned();
        let more = json!({ "amount_pence": 500_000, "effective_on": "2020-10-01", "parts": [{ "budget_line_id": scene.lines[0], "amount_pence": 500_000 }] });
        scene.commissioner.change(&format!("{path}/allocation"), &tag, &more).must(200);
        // It holds 1,000,000p in July, 400,000p in September and 900,000p now: what leaves in July is missing in September.
        short(&offer(400_001, "2020-07-01").must(409), "2020-09-01", (400_000, 1));
        offer(400_000, "2020-07-01").must(200);
        short(&offer(500_000, "2020-09-30").must(409), "2020-09-30", (0, 500_000));
        offer(500_000, "2020-10-01").must(200);
        assert_eq!(scene.held("tranche", &scene.tranche), [0, 0]);
        let check = app.wait(app.service.db.read(almoner::ledger::verify)).unwrap();
        assert_eq!(check.faults, Vec::<String>::new());
    }

    fn the_split_keeps_to_the_penny_at_each_step(app) {
        // 9,000,001p are free in the first line and 5,000,000p in the second.
        let scene = Scene::set(app, 10_000_001, 1_000_000);
        let free = scene.held("fund_period", &scene.period);
        let offered = scene.offer(&scene.draft(1_000_000, json!({ "tranche_id": null }))).must(200);
        assert_eq!(offered.body["reference"], "CIF-2020-21-0001");
        let total = i128::from(free[0] + free[1]);
        let first = i64::try_from((1_000_000 * i128::from(free[0]) * 2 + total) / (total * 2)).unwrap();
        let split = vec![first, 1_000_000 - first];
        assert_eq!(scene.held("offered", &offered.id()), split);
        scene.plan(&offered.id());
        scene.accept(&offered.id()).must(200);
        assert_eq!(scene.held("committed", &offered.id()), split);
        let tag = scene.award(&offered.id()).tag().to_owned();
        let ended = scene.commissioner.change(&format!("/v1/awards/{}/end", offered.id()), &tag, &json!({})).must(200);
        scene.commissioner.change(&format!("/v1/awards/{}/closure", offered.id()), ended.tag(), &json!({})).must(200);
        assert_eq!(scene.held("fund_period", &scene.period), free);
        let weighed = json!([{ "budget_line_id": scene.lines[0], "weight": 1 }, { "budget_line_id": scene.lines[1], "weight": 2 }]);
        let offered = scene.offer(&scene.draft(100, json!({ "tranche_id": null, "split": weighed }))).must(200);
        assert_eq!(scene.held("offered", &offered.id()), [33, 67]);
    }

    fn an_earmark_pays_and_is_paid_back(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let earmark = scene.commissioner.post(&format!("/v1/fund-periods/{}/earmarks", scene.period), &json!({ "name": "Hate crime",
            "amount_pence": 200_000, "effective_on": "2020-04-01", "parts": [{ "budget_line_id": scene.lines[0], "amount_pence": 200_000 }] })).must(201);
        let offered = scene.offer(&scene.draft(150_000, json!({ "tranche_id": null, "earmark_id": earmark.id() }))).must(200);
        assert_eq!(scene.held("earmark", &earmark.id()), [50_000, 0]);
        let reason = json!({ "reason": "tendered again" });
        scene.commissioner.change(&format!("/v1/awards/{}/withdrawal", offered.id()), offered.tag(), &reason).must(200);
        assert_eq!(scene.held("earmark", &earmark.id()), [200_000, 0]);
    }

    fn an_award_is_offered_only_out_of_an_open_round(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let office = &scene.commissioner;
        let planned = json!({ "name": "second", "planned_pence": 500, "opens_on": "2020-05-01", "closes_on": "2020-05-31" });
        let made = office.post(&format!("/v1/fund-periods/{}/tranches", scene.period), &planned).must(201);
        let round = made.id();
        let path = format!("/v1/tranches/{round}");
        let step = |noun: &str, body: Value| {
            let tag = office.get(&path).must(200).tag().to_owned();
            office.change(&format!("{path}/{noun}"), &tag, &body).must(200)
        };
        step("allocation", json!({ "amount_pence": 500, "effective_on": "2020-04-01" }));
        let draft = || scene.draft(100, json!({ "tranche_id": round }));
        let refused = |state: &str| {
            let draft = draft();
            let refused = scene.offer(&draft).must(409);
            assert_eq!((refused.code(), refused.body["state"].as_str()), ("wrong_state", Some(state)));
            assert_eq!(refused.body["detail"], format!("This tranche is {state}, so it cannot be drawn on."));
            assert_eq!(scene.award(&draft.id()).body["state"], "draft");
        };
        refused("planned");
        let mut offered = Vec::new();
        for noun in ["opening", "assessment", "decision"] {
            step(noun, json!({}));
            offered.push(scene.offer(&draft()).must(200));
        }
        step("completion", json!({}));
        refused("completed");
        // What comes back to a round that is over can still be released.
        let reason = json!({ "reason": "not needed" });
        office.change(&format!("/v1/awards/{}/withdrawal", offered[0].id()), offered[0].tag(), &reason).must(200);
        assert_eq!(scene.held("tranche", &round).iter().sum::<i64>(), 300);
        step("release", json!({ "reason": "over" }));
        assert_eq!(scene.held("tranche", &round), [0, 0]);
    }

    fn a_round_that_was_cancelled_keeps_no_money(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let office = &scene.commissioner;
        let (first, second) = (scene.draft(400_000, json!({})), scene.draft(100_000, json!({})));
        let offered = scene.offer(&first).must(200);
        let path = format!("/v1/tranches/{}", scene.tranche);
        let tag = office.get(&path).must(200).tag().to_owned();
        office.change(&format!("{path}/cancellation"), &tag, &json!({ "reason": "no applications" })).must(200);
        let refused = scene.offer(&second).must(409);
        assert_eq!((refused.code(), refused.body["state"].as_str()), ("wrong_state", Some("cancelled")));
        let free = scene.held("fund_period", &scene.period);
        let reason = json!({ "reason": "not needed any more" });
        scene.signatory.change(&format!("/v1/awards/{}/refusal", first.id()), offered.tag(), &reason).must(200);
        assert_eq!((scene.held("offered", &first.id()), scene.held("tranche", &scene.tranche)), (vec![0, 0], vec![0, 0]));
        assert_eq!(scene.held("fund_period", &scene.period), [free[0] + 400_000, free[1]]);
    }

    fn a_released_earmark_pays_no_award(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let office = &scene.commissioner;
        let input = json!({ "name": "Hate crime", "amount_pence": 200_000, "effective_on": "2020-04-01",
            "parts": [{ "budget_line_id": scene.lines[0], "amount_pence": 200_000 }] });
        let earmark = office.post(&format!("/v1/fund-periods/{}/earmarks", scene.period), &input).must(201);
        let draft = || scene.draft(100_000, json!({ "tranche_id": null, "earmark_id": earmark.id() }));
        let (first, second) = (draft(), draft());
        let offered = scene.offer(&first).must(200);
        office.change(&format!("/v1/earmarks/{}/release", earmark.id()), earmark.tag(), &json!({ "reason": "cheaper" })).must(200);
        let refused = scene.offer(&second).must(409);
        assert_eq!((refused.code(), refused.body["state"].as_str()), ("wrong_state", Some("released")));
        let free = scene.held("fund_period", &scene.period);
        office.change(&format!("/v1/awards/{}/withdrawal", first.id()), offered.tag(), &json!({ "reason": "tendered again" })).must(200);
        assert_eq!(scene.held("earmark", &earmark.id()), [0, 0]);
        assert_eq!(scene.held("fund_period", &scene.period), [free[0] + 100_000, free[1]]);
    }

    fn a_part_of_an_award_moves_no_money(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let whole = scene.draft(300_000, json!({}));
        let part = scene.draft(0, json!({ "amount_pence": null, "component_of": whole.id(), "title": "Part" }));
        assert_eq!(part.body["amount_pence"], Value::Null);
        scene.offer(&part).must(200);
        scene.plan(&part.id());
        scene.accept(&part.id()).must(200);
        assert_eq!(scene.held("tranche", &scene.tranche), [1_000_000, 0]);
        assert_eq!(scene.commissioner.all(&format!("/v1/awards?component_of={}", whole.id())).len(), 1);
        let path = format!("/v1/awards/{}", whole.id());
        let cycle = scene.commissioner.patch(&path, whole.tag(), &json!({ "component_of": part.id() })).must(422);
        assert_eq!(cycle.faults(), ["/component_of circular"]);
        let own = scene.commissioner.patch(&path, whole.tag(), &json!({ "component_of": whole.id() })).must(422);
        assert_eq!(own.faults(), ["/component_of circular"]);
        let programme = scene.commissioner.post("/v1/programmes", &json!({ "code": "NEW-CHANCE", "name": "New Chance", "kind": "commissioned_service", "stage": "pilot", "starts_on": "2020-04-01" })).must(201);
        let other = scene.grant(5, json!({ "component_of": whole.id(), "programme_id": programme.id() }));
        assert_eq!(scene.commissioner.post("/v1/awards", &other).must(422).faults(), ["/component_of other_programme"]);
    }

    fn later_years_stay_outside_the_ledger(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let years = json!([{ "financial_year": "2020-21", "amount_pence": 450_000 }, { "financial_year": "2021-22", "amount_pence": 470_000 }]);
        let draft = scene.draft(450_000, json!({ "ends_on": "2022-03-31", "annual_amounts": years }));
        assert_eq!(draft.body["forward_commitments_pence"], 470_000);
        assert_eq!(draft.body["annual_amounts"][1]["is_indicative"], true);
        let path = format!("/v1/awards/{}/profile", draft.id());
        let quarter = |quarter: &str, pence: i64| json!({ "quarter": quarter, "amount_pence": pence });
        let short = json!({ "quarters": [quarter("2020-21-Q2", 449_999), quarter("2021-22-Q4", 470_000)] });
        let refused = scene.commissioner.put(&path, draft.tag(), &short).must(422);
        assert_eq!(refused.faults(), [" does_not_add_up", "/quarters does_not_add_up"]);
        let whole = json!({ "quarters": [quarter("2020-21-Q2", 150_000), quarter("2020-21-Q4", 300_000), quarter("2021-22-Q4", 470_000)] });
        let set = scene.commissioner.put(&path, draft.tag(), &whole).must(200);
        assert_eq!((set.body["confirmed_pence"].as_i64(), set.body["indicative_pence"].as_i64()), (Some(450_000), Some(470_000)));
        assert_eq!(set.body["quarters"][2]["is_indicative"], true);
        scene.offer(&scene.award(&draft.id())).must(200);
        assert_eq!(scene.held("offered", &draft.id()), [450_000, 0]);
        let tag = scene.award(&draft.id()).tag().to_owned();
        scene.commissioner.put(&path, &tag, &whole).must(409);
    }

    fn new_terms_move_the_difference(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let quarter = |quarter: &str, pence: i64| json!({ "quarter": quarter, "amount_pence": pence });
        let profile = json!([quarter("2020-21-Q2", 100_000), quarter("2020-21-Q3", 100_000), quarter("2020-21-Q4", 100_000)]);
        let live = scene.live(300_000, json!({ "profile": profile }));
        let award = live.id();
        let before = scene.award(&award);
        let apply = |amount: i64, from_fund_period: bool| {
            let award = id(&award);
            act(app, move |tx| {
                let mut current = acts::get(tx.conn(), almoner::access::Scope::Office, award)?;
                current.terms.profile = acts::profile(tx.conn(), &current)?;
                let terms = AwardInput { amount_pence: Some(Pence(amount)), ..current.terms.clone() };
                let effective_on = "2020-10-01".parse().unwrap();
                let change = TermsChange { terms, gone_out: Vec::new(), split: Vec::new(), free: None, from_fund_period, effective_on, variation_id: None, living_wage_attested_on: None };
                let after_no = acts::apply_terms(tx, &mut acts::Looked::default(), &current, &change)?;
                let after = acts::get(tx.conn(), almoner::access::Scope::Office, award)?;
                Ok((current.standing.terms_no, after_no, acts::profile(tx.conn(), &after)?))
            })
        };
        let (before_no, after_no, cut) = apply(380_000, false).unwrap();
        assert_eq!((before_no, after_no), (1, 2));
        assert_eq!(cut.iter().map(|quarter| quarter.amount_pence.0).collect::<Vec<_>>(), [100_000, 140_000, 140_000]);
        assert_eq!((scene.held("committed", &award), scene.held("tranche", &scene.tranche)), (vec![380_000, 0], vec![620_000, 0]));
        let Err(Refusal::Rule { facts, .. }) = apply(1_000_001, false) else { panic!("one penny too much was committed") };
        assert_eq!(facts["shortfall_pence"], 1);
        apply(1_000_001, true).unwrap();
        let free = scene.held("fund_period", &scene.period);
        apply(50_000, true).unwrap();
        assert_eq!(scene.held("committed", &award), [50_000, 0]);
        assert_eq!(scene.held("fund_period", &scene.period), [free[0] + 950_001, free[1]]);
        let now = scene.award(&award);
        assert_eq!((now.body["terms_no"].as_i64(), now.body["amount_pence"].as_i64()), (Some(4), Some(50_000)));
        let old = scene.commissioner.get(&format!("/v1/awards/{award}/versions/1")).must(200);
        assert_eq!(old.body["terms"]["amount_pence"], before.body["amount_pence"]);
        assert_eq!(old.body["terms"]["profile"], profile);
    }

    fn an_award_has_a_day_on_which_its_money_may_be_spent(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let restate = |line: &str, first: &str, last: &str| {
            let path = format!("/v1/budget-lines/{line}");
            let seen = scene.finance.get(&path).must(200);
            let input = json!({ "amount_pence": seen.body["amount_pence"], "reason": "the grant says so", "window_starts_on": first, "window_ends_on": last });
            scene.finance.change(&format!("{path}/restatement"), seen.tag(), &input).must(200);
        };
        // Made while any day counted; then the tranche's money is for May alone, and the other line's for the year.
        let draft = scene.draft(80_528, json!({}));
        let live = scene.live(10_000, json!({ "tranche_id": null, "split": [{ "budget_line_id": scene.lines[1], "amount_pence": 10_000 }] }));
        restate(&scene.lines[0], "2020-05-01", "2020-05-31");
        restate(&scene.lines[1], "2020-04-01", "2021-03-31");
        let refused = scene.offer(&draft).must(422);
        assert_eq!(refused.faults(), [" outside_window"]);
        assert!(refused.body["errors"][0]["message"].as_str().unwrap().contains("from 2020-05-01 to 2020-05-31"), "{}", refused.text);
        let post = |changes: Value| scene.commissioner.post("/v1/awards", &scene.grant(80_528, changes));
        assert_eq!(post(json!({ "starts_on": "2021-04-01", "ends_on": "2021-06-30" })).must(422).faults(), ["/starts_on outside_window"]);
        assert_eq!(post(json!({ "starts_on": "2019-04-01", "ends_on": "2020-03-31" })).must(422).faults(), ["/ends_on outside_window"]);
        post(json!({ "starts_on": "2021-03-31", "ends_on": "2021-06-30" })).must(201);
        let later = json!({ "title": "Later", "reason": "asked for", "effective_on": "2020-09-01", "dates": { "starts_on": "2021-04-01", "ends_on": "2021-06-30" } });
        let varied = scene.commissioner.post(&format!("/v1/awards/{}/variations", live.id()), &later);
        assert_eq!(varied.must(422).faults(), ["/dates/starts_on outside_window"]);
    }

    fn history_is_taken_in_as_far_as_it_is_known(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let import = |reference: &str, input: Value, state: AwardState, lacking: &[&str]| {
            let words = lacking.iter().map(|word| (*word).to_owned()).collect();
            let row = ImportedAward {
                reference: Some(reference.to_owned()),
                position: Some(3),
                figure: FigureNote::default(),
                terms: terms(input),
                state,
                decided_on: "2020-08-19".parse().ok(),
                unspent: None,
                state_on: None,
                monitoring: ToldPlan {
                    frequency: Some(MonitoringFrequency::Quarterly).filter(|_| !lacking.contains(&"monitoring")),
                    evaluation: None,
                },
                provenance: Provenance { illustrative: false, not_evidenced: TextList(words), evidence: Some("S2 ¶27".to_owned()) },
                note: None,
            };
            act(app, move |tx| acts::import_award(tx, &row))
        };
        let printed = scene.grant(80_528, json!({ "legal_power": null, "area_ids": [] }));
        let Err(Refusal::Invalid(faults)) = import("CIF-2020-21-T1-0041", printed.clone(), AwardState::Live, &[]) else { panic!("taken in") };
        assert_eq!(faults.iter().map(|fault| fault.pointer.as_str()).collect::<Vec<_>>(), ["/legal_power", "/area_ids"]);
        let lacking = ["legal_power", "areas", "monitoring", "R67"];
        let live = import("CIF-2020-21-T1-0041", printed.clone(), AwardState::Live, &lacking).unwrap();
        let shown = scene.award(&live.id.to_string());
        assert_eq!((shown.body["state"].as_str(), shown.body["accepted_on"].as_str()), (Some("live"), Some("2020-08-19")));
        assert_eq!((shown.body["not_evidenced"].clone(), shown.body["position"].as_i64()), (json!(lacking), Some(3)));
        assert_eq!(scene.held("committed", &live.id.to_string()), [80_528, 0]);
        let plan = scene.commissioner.get(&format!("/v1/awards/{}/monitoring-plan", live.id)).must(200);
        assert_eq!(plan.body["frequency"], Value::Null);
        assert!(import("CIF-2020-21-T1-0041", printed, AwardState::Live, &lacking).is_err());
        let unknown = scene.grant(0, json!({ "amount_pence": null, "provider_id": null }));
        let ended = import("CIF-2020-21-T1-0042", unknown, AwardState::Ended, &["amount", "provider", "R67"]).unwrap();
        let shown = scene.award(&ended.id.to_string());
        assert_eq!((shown.body["state"].as_str(), shown.body["ended_on"].as_str()), (Some("ended"), Some("2021-03-31")));
        assert_eq!(scene.held("tranche", &scene.tranche), [919_472, 0]);
        // The counter goes on after what was given.
        assert_eq!(scene.draft(5, json!({})).body["reference"], "CIF-2020-21-T1-0043");
    }

    fn a_restated_award_leaves_what_stood_before_and_after(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let row = |pence: i64| ImportedAward {
            reference: Some("CIF-2020-21-T1-0041".to_owned()),
            position: None,
            figure: FigureNote::default(),
            terms: terms(scene.grant(pence, json!({}))),
            state: AwardState::Live,
            decided_on: "2020-08-19".parse().ok(),
            unspent: None,
            state_on: None,
            monitoring: ToldPlan::default(),
            provenance: Provenance { not_evidenced: TextList(vec!["monitoring".to_owned(), "R67".to_owned()]), ..Provenance::default() },
            note: None,
        };
        let (first, second) = (row(80_528), row(90_000));
        let award = act(app, move |tx| acts::import_award(tx, &first)).unwrap().id;
        act(app, move |tx| acts::restate(tx, award, &second)).unwrap();
        assert_eq!(scene.held("committed", &award.to_string()), [90_000, 0]);
        let log = app.office(&[Role::Auditor]).all(&format!("/v1/audit-events?record_id={award}&record_kind=award"));
        // Beside the event of its offer, which is whole too.
        let restated: Vec<&Value> = log.iter().filter(|one| one["before"]["standing"]["state"] == "live").collect();
        let amounts = |side: &str| {
            let terms = &restated[0][side]["terms"];
            (terms["amount_pence"].as_i64(), terms["split"][0]["amount_pence"].as_i64())
        };
        assert_eq!((restated.len(), amounts("before"), amounts("after")), (1, (Some(80_528), Some(80_528)), (Some(90_000), Some(90_000))));
    }

    fn sixty_four_at_once_offer_the_last_thousand_pounds(app) {
        let scene = Scene::set(app, 10_000_000, 100_000);
        let drafts: Vec<(String, String)> =
            (0..64).map(|_| scene.draft(10_000, json!({}))).map(|draft| (draft.id(), draft.tag().to_owned())).collect();
        let start = Barrier::new(drafts.len());
        let answers: Vec<_> = std::thread::scope(|scope| {
            let offer = |(id, tag): &(String, String)| {
                start.wait();
                scene.commissioner.change(&format!("/v1/awards/{id}/offer"), tag, &json!({ "offered_on": "2020-07-01" }))
            };
            let threads: Vec<_> = drafts.iter().map(|draft| scope.spawn(move || offer(draft))).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        let offered = answers.iter().filter(|answer| answer.status == 200).count();
        let refused = answers.iter().filter(|answer| answer.status == 409 && answer.code() == "insufficient_balance").count();
        assert_eq!((offered, refused), (10, 54), "{:?}", answers.iter().map(|answer| (answer.status, answer.code())).collect::<Vec<_>>());
        assert_eq!(scene.held("tranche", &scene.tranche), [0, 0]);
        assert_eq!(scene.commissioner.all("/v1/awards?state=offered").len(), 10);
        let check = app.wait(app.service.db.read(almoner::ledger::verify)).unwrap();
        assert_eq!(check.faults, Vec::<String>::new());
    }
}
