//! Awards from the draft to the settlement.

mod indicators;
mod money;
pub mod next_year;
pub mod on_behalf;
mod places;
mod policy;

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Answer, Scene};

/// What a caller may do, sorted.
fn actions(answer: &Answer) -> Vec<String> {
    let mut all: Vec<String> =
        answer.body["allowed_actions"].as_array().unwrap().iter().map(|one| one.as_str().unwrap().to_owned()).collect();
    all.sort();
    all
}

on_both! {
    fn the_whole_life(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let draft = scene.draft(300_000, json!({}));
        let (id, path) = (draft.id(), format!("/v1/awards/{}", draft.id()));
        assert_eq!(draft.body["reference"], "CIF-2020-21-T1-0001");
        assert_eq!(draft.body["state"], "draft");
        assert_eq!(draft.header("location"), Some(path.as_str()));
        assert_eq!(actions(&draft), ["add_indicator", "change_conditions", "change_plan", "edit", "offer", "withdraw"]);
        scene.signatory.get(&path).must(404);
        let edited = scene.commissioner.patch(&path, draft.tag(), &json!({ "theme": "Young people", "amount_pence": 250_000 })).must(200);
        assert_eq!((edited.body["theme"].as_str(), edited.body["amount_pence"].as_i64()), (Some("Young people"), Some(250_000)));

        let offered = scene.offer(&edited).must(200);
        assert_eq!(offered.body["split"], json!([{ "budget_line_id": scene.lines[0], "amount_pence": 250_000 }]));
        assert_eq!(scene.held("tranche", &scene.tranche), [750_000, 0]);
        assert_eq!(scene.held("offered", &id), [250_000, 0]);
        scene.commissioner.patch(&path, offered.tag(), &json!({ "theme": null })).must(409);
        // Without a complete plan it cannot be accepted (R67), so that is not offered.
        assert_eq!(actions(&scene.signatory.get(&path).must(200)), ["refuse"]);
        assert_eq!(scene.signatory.all("/v1/awards")[0]["allowed_actions"], json!(["refuse"]));
        scene.stranger.get(&path).must(404);
        let early = scene.accept(&id).must(409);
        assert_eq!(early.code(), "rule_broken");
        assert!(early.body["detail"].as_str().unwrap().contains("R67"));
        scene.plan(&id);
        assert_eq!(actions(&scene.signatory.get(&path).must(200)), ["accept", "refuse"]);
        let live = scene.accept(&id).must(200);
        assert_eq!((live.body["state"].as_str(), live.body["accepted_on"].as_str()), (Some("live"), Some("2020-08-01")));
        assert_eq!((scene.held("offered", &id), scene.held("committed", &id)), (vec![0, 0], vec![250_000, 0]));

        let tag = scene.award(&id).tag().to_owned();
        let pause = json!({ "paused_on": "2020-09-01", "resume_planned_on": "2020-11-01", "intention": "to complete the project" });
        let paused = scene.commissioner.change(&format!("{path}/pause"), &tag, &pause).must(200);
        assert_eq!(paused.body["pause"]["resume_planned_on"], "2020-11-01");
        assert_eq!(scene.held("committed", &id), [250_000, 0]);
        let resumed = scene.commissioner.change(&format!("{path}/resumption"), paused.tag(), &json!({ "resumed_on": "2020-11-02" })).must(200);
        assert_eq!((resumed.body["state"].as_str(), resumed.body["pause"].is_null()), (Some("live"), true));
        let delivery = json!({ "status": "adapted", "mode": "remote", "since": "2020-11-02" });
        let adapted = scene.commissioner.change(&format!("{path}/delivery"), resumed.tag(), &delivery).must(200);
        assert_eq!((adapted.body["delivery_status"].as_str(), adapted.body["delivery_mode"].as_str()), (Some("adapted"), Some("remote")));
        let ended = scene.commissioner.change(&format!("{path}/end"), adapted.tag(), &json!({ "ended_on": "2021-03-31" })).must(200);
        assert_eq!(scene.held("committed", &id), [250_000, 0]);
        let before = scene.held("fund_period", &scene.period);
        let closed = scene.commissioner.change(&format!("{path}/closure"), ended.tag(), &json!({ "closed_on": "2021-05-01" })).must(200);
        assert_eq!((closed.body["state"].as_str(), actions(&closed)), (Some("closed"), vec!["change_conditions".to_owned(), "change_plan".to_owned()]));
        assert_eq!(scene.held("committed", &id), [0, 0]);
        assert_eq!(scene.held("fund_period", &scene.period), [before[0] + 250_000, before[1]]);
    }

    fn every_version_of_the_agreement_stays_readable(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let draft = scene.draft(300_000, json!({}));
        let path = format!("/v1/awards/{}", draft.id());
        let edited = scene.commissioner.patch(&path, draft.tag(), &json!({ "title": "Park project" })).must(200);
        scene.offer(&edited).must(200);
        let all = scene.commissioner.all(&format!("{path}/versions"));
        let titles: Vec<&str> = all.iter().map(|one| one["terms"]["title"].as_str().unwrap()).collect();
        assert_eq!(titles, ["Street project", "Park project"]);
        assert_eq!(scene.commissioner.get(&format!("{path}/versions/1")).must(200).body["is_current"], false);
        // The provider sees what it was offered, and no draft before.
        assert_eq!(scene.signatory.all(&format!("{path}/versions")).len(), 1);
        scene.signatory.get(&format!("{path}/versions/1")).must(404);
        scene.signatory.get(&format!("{path}/versions/2")).must(200);
        scene.commissioner.get(&format!("{path}/versions/3")).must(404);
        // Nor does what its office is called since change them.
        let body = |answer: &Answer| answer.body["commissioning_body"].clone();
        let read = || [1, 2].map(|number| body(&scene.commissioner.get(&format!("{path}/versions/{number}")).must(200)));
        let before = read();
        let office = format!("/v1/commissioning-bodies/{}", before[0]["id"].as_str().unwrap());
        let named = json!({ "name": "Another name since" });
        scene.commissioner.patch(&office, scene.commissioner.get(&office).must(200).tag(), &named).must(200);
        assert_eq!(read(), before);
        assert_eq!(body(&scene.commissioner.get(&path).must(200))["name"], "Another name since");
    }

    fn what_is_pledged_with_a_fund_is_shown_on_its_agreements_while_it_holds(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let draft = scene.draft(300_000, json!({}));
        let path = format!("/v1/awards/{}", draft.id());
        assert!(draft.body["pledge"].is_null());
        scene.offer(&draft).must(200);
        let fund = format!("/v1/funds/{}", draft.body["fund"]["id"].as_str().unwrap());
        for (to, shown) in [(json!(null), json!("We pay on time.")), (json!("2020-12-31"), json!(null))] {
            let pledge = json!({ "pledge_text": "We pay on time.", "pledge_from": "2020-04-01", "pledge_to": to });
            scene.commissioner.patch(&fund, scene.commissioner.get(&fund).must(200).tag(), &pledge).must(200);
            for who in [&scene.commissioner, &scene.signatory] {
                assert_eq!(who.get(&path).must(200).body["pledge"], shown);
            }
        }
    }

    fn what_is_refused_or_taken_back_returns_its_money(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let reason = json!({ "reason": "not needed any more" });
        let acts: [(&str, &str, bool); 2] = [("refusal", "refused", true), ("withdrawal", "withdrawn", false)];
        for (noun, state, by_provider) in acts {
            let offered = scene.offer(&scene.draft(400_000, json!({}))).must(200);
            let path = format!("/v1/awards/{}/{noun}", offered.id());
            assert_eq!(scene.held("tranche", &scene.tranche), [600_000, 0]);
            let (caller, other) = if by_provider { (&scene.signatory, &scene.stranger) } else { (&scene.commissioner, &scene.signatory) };
            other.change(&path, offered.tag(), &reason).must(if by_provider { 404 } else { 403 });
            let done = caller.change(&path, offered.tag(), &reason).must(200);
            assert_eq!((done.body["state"].as_str(), done.body["reason"].as_str()), (Some(state), Some("not needed any more")));
            assert_eq!(scene.held("tranche", &scene.tranche), [1_000_000, 0]);
            assert_eq!(scene.held("offered", &offered.id()), [0, 0]);
            caller.change(&path, done.tag(), &reason).must(409);
        }
        let draft = scene.draft(400_000, json!({}));
        let withdrawn = scene.commissioner.change(&format!("/v1/awards/{}/withdrawal", draft.id()), draft.tag(), &reason).must(200);
        assert_eq!(withdrawn.body["state"], "withdrawn");
        scene.signatory.get(&format!("/v1/awards/{}", draft.id())).must(404);
    }

    fn an_offer_lapses_by_itself(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let draft = scene.draft(400_000, json!({}));
        let id = draft.id();
        let offer = json!({ "offered_on": "2020-07-01", "acceptance_due_on": "2020-07-31" });
        let offered = scene.commissioner.change(&format!("/v1/awards/{id}/offer"), draft.tag(), &offer).must(200);
        // Its last day is past, so it is shown as lapsed at once, found as such, and cannot be accepted.
        assert_eq!((offered.body["state"].as_str(), actions(&offered)), (Some("lapsed"), Vec::<String>::new()));
        assert_eq!(scene.commissioner.all("/v1/awards?state=lapsed").len(), 1);
        assert_eq!(scene.commissioner.all("/v1/awards?state=offered").len(), 0);
        assert_eq!(scene.accept(&id).must(409).code(), "wrong_state");
        assert_eq!(scene.held("offered", &id), [400_000, 0]);
        let lapse = || {
            let meta = almoner::store::WriteMeta::system("award.lapse", "worker");
            let award: almoner::kernel::Id = id.parse().unwrap();
            app.wait(app.service.db.write(meta, move |tx| almoner::awards::acts::lapse(tx, award))).unwrap()
        };
        assert_eq!((lapse(), lapse()), (true, false));
        assert_eq!((scene.held("offered", &id), scene.held("tranche", &scene.tranche)), (vec![0, 0], vec![1_000_000, 0]));
    }

    fn the_approver_alone_terminates(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let live = scene.live(300_000, json!({}));
        let path = format!("/v1/awards/{}", live.id());
        let body = json!({ "terminated_on": "2020-12-01", "reason": "the provider closed" });
        let tag = scene.award(&live.id()).tag().to_owned();
        assert_eq!(scene.commissioner.change(&format!("{path}/termination"), &tag, &body).must(403).code(), "forbidden");
        let done = scene.approver.change(&format!("{path}/termination"), &tag, &body).must(200);
        assert_eq!((done.body["state"].as_str(), done.body["ended_on"].as_str()), (Some("terminated"), Some("2020-12-01")));
        // What is owed can still be paid; the closure releases the rest.
        assert_eq!(scene.held("committed", &live.id()), [300_000, 0]);
        let tag = scene.award(&live.id()).tag().to_owned();
        scene.commissioner.change(&format!("{path}/closure"), &tag, &json!({})).must(200);
        assert_eq!(scene.held("committed", &live.id()), [0, 0]);
    }

    fn all_faults_of_a_draft_at_once(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let nowhere = "0192b4c0-7d2a-7c3e-9a51-2f60c1a4e8d7";
        let bad = scene.grant(0, json!({ "legal_power": "other", "title": " ", "ends_on": "2020-05-31", "provider_id": nowhere,
            "area_ids": [nowhere], "programme_id": nowhere, "vat_pence": 5, "split": [{ "budget_line_id": nowhere, "amount_pence": 7 }] }));
        let refused = scene.commissioner.post("/v1/awards", &bad).must(422);
        let wanted = ["/amount_pence too_small", "/area_ids/0 unknown_record", "/ends_on reversed_dates", "/legal_power_text required",
            "/programme_id unknown_record", "/provider_id unknown_record", "/split does_not_add_up", "/split/0/budget_line_id unknown_record", "/title blank",
            "/vat_pence not_allowed"];
        assert_eq!(refused.faults(), wanted);
        // Faults of the form do not hide what the rules say of the rest.
        let mut mixed = bad;
        mixed["colour"] = json!("blue");
        mixed["theme"] = json!(5);
        let mut wanted = wanted.to_vec();
        wanted.extend(["/colour unknown_field", "/theme wrong_type"]);
        wanted.sort_unstable();
        assert_eq!(scene.commissioner.post("/v1/awards", &mixed).must(422).faults(), wanted);
        let missing = scene.grant(5, json!({ "legal_power": null, "provider_id": null, "starts_on": null, "colour": "blue" }));
        let refused = scene.commissioner.post("/v1/awards", &missing).must(422);
        assert_eq!(refused.faults(), ["/colour unknown_field", "/legal_power required", "/provider_id required", "/starts_on required"]);
        let patched = scene.draft(5, json!({}));
        let path = format!("/v1/awards/{}", patched.id());
        let refused = scene.commissioner.patch(&path, patched.tag(), &json!({ "provider_id": null, "tranche_id": null })).must(422);
        assert_eq!(refused.faults(), ["/provider_id required"]);
        let refused = scene.commissioner.patch(&path, patched.tag(), &json!({ "provider_id": null, "colour": "blue", "theme": 5 })).must(422);
        assert_eq!(refused.faults(), ["/colour unknown_field", "/provider_id required", "/theme wrong_type"]);
        let moved = scene.commissioner.patch(&path, patched.tag(), &json!({ "tranche_id": null })).must(422);
        assert_eq!(moved.faults(), ["/tranche_id fixed"]);
    }

    fn contracts_carry_their_clauses(app) {
        let scene = Scene::set(app, 100_000_000, 50_000_000);
        let contract = |pence: i64, clauses: Value| {
            let input = scene.grant(pence, json!({ "kind": "contract", "vat_pence": pence / 5, "contract": clauses }));
            scene.commissioner.post("/v1/awards", &input)
        };
        assert_eq!(contract(10_000_000, json!({ "living_wage_clause": false })).must(422).faults(), ["/contract/living_wage_clause required"]);
        let small = contract(10_000_000, json!({ "living_wage_clause": true })).must(201);
        assert_eq!((small.body["amount_pence"].as_i64(), small.body["gross_pence"].as_i64()), (Some(10_000_000), Some(12_000_000)));
        assert_eq!(contract(10_000_001, json!({ "living_wage_clause": true })).must(422).faults(), ["/contract/social_value required"]);
        let large = contract(10_000_001, json!({ "living_wage_clause": true, "social_value": {} })).must(201);
        assert_eq!(large.body["contract"]["social_value"]["weight_percent"], 10);
        let offered = scene.offer(&large).must(200);
        scene.plan(&offered.id());
        let tag = scene.award(&offered.id()).tag().to_owned();
        let path = format!("/v1/awards/{}/acceptance", offered.id());
        let refused = scene.signatory.change(&path, &tag, &json!({ "accepted_on": "2020-08-01" })).must(422);
        assert_eq!(refused.faults(), ["/attests_living_wage required"]);
        assert_eq!(scene.accept(&offered.id()).must(200).body["living_wage_attested_on"], "2020-08-01");
    }

    fn a_refusal_speaks_to_people(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let draft = scene.draft(300_000, json!({}));
        let path = format!("/v1/awards/{}", draft.id());
        let refused = scene.signatory.post("/v1/awards", &scene.grant(1, json!({}))).must(403);
        assert_eq!(refused.body["permission"], "awards.manage");
        assert_eq!(refused.body["detail"], "Your roles do not let you do this: Draft, offer, pause and close awards. It takes one of these \
            roles: commissioner. Only people of the office have them.");
        let change = json!({ "theme": "Youth" });
        let bare = scene.commissioner.send(scene.commissioner.request(Method::PATCH, &path).json(&change)).must(428);
        assert!(bare.body["detail"].as_str().unwrap().starts_with("Nothing was changed, since the request does not say which version"), "{}", bare.text);
        scene.commissioner.patch(&path, draft.tag(), &change).must(200);
        let stale = scene.commissioner.patch(&path, draft.tag(), &change).must(412);
        assert!(stale.body["detail"].as_str().unwrap().contains("this record has changed since you read it"), "{}", stale.text);
    }

    fn an_offer_that_would_be_refused_is_not_offered(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let may_offer = |id: &str| {
            let shown = actions(&scene.award(id)).contains(&"offer".to_owned());
            let listed = scene.commissioner.all("/v1/awards").into_iter().find(|one| one["id"] == id).unwrap();
            assert_eq!(listed["allowed_actions"].as_array().unwrap().contains(&json!("offer")), shown, "list and record agree");
            shown
        };
        let (fits, all, beyond) = (scene.draft(10_000, json!({})), scene.draft(1_000_000, json!({})), scene.draft(1_000_001, json!({})));
        assert_eq!([&fits, &all, &beyond].map(|one| may_offer(&one.id())), [true, true, false]);
        assert_eq!(scene.offer(&beyond).must(409).code(), "insufficient_balance");
        let of_period = scene.draft(1_000_001, json!({ "tranche_id": null }));
        assert!(may_offer(&of_period.id()));
        scene.offer(&fits).must(200);
        assert_eq!([&all, &of_period].map(|one| may_offer(&one.id())), [false, true]);

        let planned = json!({ "name": "second", "planned_pence": 5_000, "opens_on": "2020-07-01", "closes_on": "2020-07-31" });
        let planned = scene.commissioner.post(&format!("/v1/fund-periods/{}/tranches", scene.period), &planned).must(201);
        let path = format!("/v1/tranches/{}", planned.id());
        let allocation = json!({ "amount_pence": 5_000, "effective_on": "2020-04-01" });
        let filled = scene.commissioner.change(&format!("{path}/allocation"), planned.tag(), &allocation).must(200);
        let early = scene.draft(5_000, json!({ "tranche_id": planned.id() }));
        assert!(!may_offer(&early.id()));
        assert_eq!(scene.offer(&early).must(409).code(), "wrong_state");
        scene.commissioner.change(&format!("{path}/opening"), filled.tag(), &json!({})).must(200);
        assert!(may_offer(&early.id()));

        let failed = json!({ "kind": "accounts", "outcome": "failed", "checked_on": "2020-05-01", "remark": "late" });
        let checks = format!("/v1/providers/{}/checks", scene.provider);
        scene.commissioner.post(&checks, &failed).must(201);
        assert_eq!([&early, &of_period].map(|one| may_offer(&one.id())), [false, false]);
        scene.commissioner.post(&checks, &json!({ "kind": "accounts", "outcome": "passed", "checked_on": "2020-06-01" })).must(201);
        assert_eq!([&early, &of_period].map(|one| may_offer(&one.id())), [true, true]);
    }

    fn versions_and_keys_are_asked_for(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let draft = scene.draft(300_000, json!({}));
        let (path, offer) = (format!("/v1/awards/{}/offer", draft.id()), json!({ "offered_on": "2020-07-01" }));
        scene.commissioner.patch(&format!("/v1/awards/{}", draft.id()), draft.tag(), &json!({ "theme": "Youth" })).must(200);
        assert_eq!(scene.commissioner.change(&path, draft.tag(), &offer).must(412).code(), "stale");
        let tag = scene.award(&draft.id()).tag().to_owned();
        let bare = scene.commissioner.request(reqwest::Method::POST, &path).header("If-Match", &tag).json(&offer);
        scene.commissioner.send(bare).must(422);
        let key = crate::support::client::new_key();
        let send = || {
            let request = scene.commissioner.request(reqwest::Method::POST, &path).header("If-Match", &tag).header("Idempotency-Key", &key);
            scene.commissioner.send(request.json(&offer))
        };
        let (first, again) = (send().must(200), send().must(200));
        assert_eq!(first.text, again.text);
        assert_eq!(again.header("idempotent-replay"), Some("true"));
        assert_eq!(scene.held("offered", &draft.id()), [300_000, 0]);
        let late = json!({ "accepted_on": "2020-06-30" });
        scene.plan(&draft.id());
        let tag = scene.award(&draft.id()).tag().to_owned();
        let refused = scene.signatory.change(&format!("/v1/awards/{}/acceptance", draft.id()), &tag, &late).must(422);
        assert_eq!(refused.faults(), ["/accepted_on reversed_dates"]);
    }

    fn lists_are_filtered_and_paged(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        for (title, theme, area) in [("Alpha", "Youth", &scene.area), ("Beta", "Victims", &scene.other_area), ("Gamma", "Youth", &scene.other_area)] {
            scene.draft(10_000, json!({ "title": title, "theme": theme, "area_ids": [area] }));
        }
        let to_others = scene.draft(10_000, json!({ "title": "Delta", "provider_id": scene.other_provider, "area_ids": [scene.other_area, scene.area] }));
        let titles = |query: &str| -> Vec<String> {
            scene.commissioner.all(&format!("/v1/awards?{query}")).iter().map(|one| one["title"].as_str().unwrap().to_owned()).collect()
        };
        assert_eq!(titles("limit=1"), ["Alpha", "Beta", "Gamma", "Delta"]);
        assert_eq!(titles("theme=Youth"), ["Alpha", "Gamma"]);
        assert_eq!(titles(&format!("area_id={}", scene.area)), ["Alpha", "Delta"]);
        assert_eq!(titles(&format!("provider_id={}&limit=2", scene.provider)), ["Alpha", "Beta", "Gamma"]);
        assert_eq!(titles("search=gAm"), ["Gamma"]);
        assert_eq!(titles("search=t1-0002"), ["Beta"]);
        assert_eq!(titles(&format!("fund_id={}&tranche_id={}&state=draft&limit=3", scene.fund, scene.tranche)).len(), 4);
        assert_eq!(titles("state=live").len(), 0);
        assert_eq!(scene.commissioner.get("/v1/awards?colour=blue").must(422).faults(), ["query:colour unknown_parameter"]);
        scene.offer(&to_others).must(200);
        assert_eq!(scene.signatory.all("/v1/awards").len(), 0);
        assert_eq!(scene.stranger.all("/v1/awards").len(), 1);
    }

    fn plans_and_conditions_keep_to_the_state(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let draft = scene.draft(300_000, json!({}));
        let path = format!("/v1/awards/{}", draft.id());
        let first = scene.commissioner.get(&format!("{path}/monitoring-plan")).must(200);
        assert_eq!((first.body["frequency"].as_str(), first.body["is_fund_default"].as_bool()), (Some("quarterly"), Some(true)));
        assert_eq!(first.body["is_complete"], false);
        let plan = json!({ "frequency": "end_of_grant", "evaluation": "full" });
        let set = scene.commissioner.put(&format!("{path}/monitoring-plan"), first.tag(), &plan).must(200);
        assert_eq!((set.body["frequency"].as_str(), set.body["is_fund_default"].as_bool()), (Some("end_of_grant"), Some(false)));
        let bare = json!({ "evaluator": "a university", "method": "survey", "due_on": "2021-06-30" });
        let set = scene.commissioner.put(&format!("{path}/evaluation"), set.tag(), &bare).must(200);
        assert_eq!(set.body["is_complete"], false);
        let outcome = json!({ "question": "Do fewer come back?", "comparator": "the year before", "low_percent": 12.5, "high_percent": 20 });
        let whole = json!({ "evaluator": "a university", "method": "survey", "due_on": "2021-06-30", "outcomes": [outcome] });
        let set = scene.commissioner.put(&format!("{path}/evaluation"), set.tag(), &whole).must(200);
        assert_eq!((set.body["is_complete"].as_bool(), set.body["outcomes"][0]["low_percent"].as_f64()), (Some(true), Some(12.5)));
        let conditions = |status: &str, text: &str| json!({ "conditions": [{ "text": text, "evidence_status": status, "evidenced_on": "2020-12-01" }] });
        let agreed = conditions("awaited", "Report on the impact");
        let set = scene.commissioner.put(&format!("{path}/conditions"), set.tag(), &agreed).must(200);
        assert_eq!(set.body["conditions"][0]["evidence_status"], "awaited");
        scene.offer(&scene.award(&draft.id())).must(200);
        scene.accept(&draft.id()).must(200);
        let tag = scene.award(&draft.id()).tag().to_owned();
        let other = scene.commissioner.put(&format!("{path}/conditions"), &tag, &conditions("met", "Report on something else")).must(422);
        assert_eq!(other.faults(), ["/conditions fixed"]);
        let met = scene.commissioner.put(&format!("{path}/conditions"), &tag, &conditions("met", "Report on the impact")).must(200);
        assert_eq!(met.body["conditions"][0]["evidence_status"], "met");
        // What let it go live is not taken away.
        let outline = scene.commissioner.put(&format!("{path}/evaluation"), met.tag(), &bare).must(409);
        assert_eq!(outline.code(), "rule_broken");
        assert_eq!(scene.signatory.get(&format!("{path}/conditions")).must(200).body["conditions"].as_array().unwrap().len(), 1);
        // What was found, and evidence that comes late, is noted once it is over too, before it is settled and afterwards; other returns are not.
        let over = scene.approver.change(&format!("{path}/termination"), scene.award(&draft.id()).tag(), &json!({ "reason": "the hall burnt down" })).must(200);
        let mut found = whole.clone();
        found["findings"] = json!("It helped.");
        let noted = scene.commissioner.put(&format!("{path}/evaluation"), over.tag(), &found).must(200);
        assert_eq!(noted.body["findings"], "It helped.");
        let closed = scene.commissioner.change(&format!("{path}/closure"), noted.tag(), &json!({})).must(200);
        assert!(actions(&closed).contains(&"change_conditions".to_owned()), "{}", closed.text);
        let late = scene.commissioner.put(&format!("{path}/conditions"), closed.tag(), &conditions("not_met", "Report on the impact")).must(200);
        assert_eq!(late.body["conditions"][0]["evidence_status"], "not_met");
        let tag = scene.award(&draft.id()).tag().to_owned();
        assert_eq!(scene.commissioner.put(&format!("{path}/monitoring-plan"), &tag, &plan).must(409).code(), "wrong_state");
        scene.stranger.get(&format!("{path}/monitoring-plan")).must(404);
    }
}
