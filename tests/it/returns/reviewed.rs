//! How a return is talked about: questions pinned to fields and answered, and what changed since it was sent the last time.

use serde_json::{Value, json};

use crate::returns::{accepted, act, actions, certify, indicator, of_period, send, submitted, write};
use crate::support::{Answer, Client, Scene};

fn seen(who: &Client, one: &Answer) -> Answer {
    who.get(&format!("/v1/returns/{}", one.id())).must(200)
}

fn ask(scene: &Scene, seen: &Answer, input: Value) -> Answer {
    scene.commissioner.change(&format!("/v1/returns/{}/queries", seen.id()), seen.tag(), &input)
}

fn answer(who: &Client, seen: &Answer, query: &Value, words: &str) -> Answer {
    let path = format!("/v1/returns/{}/queries/{}/answer", seen.id(), query["id"].as_str().unwrap());
    who.change(&path, seen.tag(), &json!({ "answer": words }))
}

/// What changed: kind, pointer, before and after.
fn changed(seen: &Answer) -> Vec<Value> {
    let all = seen.body["changed_since_last_submission"].as_array().unwrap();
    all.iter().map(|one| json!([one["kind"], one["pointer"], one["before"], one["after"]])).collect()
}

on_both! {
    fn questions_are_pinned_to_fields_and_answered(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = scene.live(300_000, json!({})).id();
        let sent = submitted(&scene, &award, "2020-21-Q1", &json!({ "spend": [{ "category": "staff", "amount_pence": 70_000 }], "narrative": "We began." }));
        assert_eq!(sent.body["queries"], json!([]));
        let office = seen(&scene.commissioner, &sent);
        for pointer in ["/spend/1", "/spend/0/colour", "narrative", "/story"] {
            let faults = ask(&scene, &office, json!({ "question": "Why?", "pointer": pointer })).must(422).faults();
            assert_eq!(faults, ["/pointer unknown_field"], "{pointer}");
        }
        let first = ask(&scene, &office, json!({ "question": "Is this right?", "pointer": "/spend/0/amount_pence" })).must(200);
        assert_eq!((first.body["state"].as_str(), first.body["query"].as_str()), (Some("queried"), Some("Is this right?")));
        assert_eq!(first.body["queries"][0]["allowed_actions"], json!([]), "the provider answers");
        let second = ask(&scene, &first, json!({ "question": "Who was ill?", "pointer": "/staffing/note" })).must(200);
        let third = ask(&scene, &second, json!({ "question": "Anything else?" })).must(200);
        let asked: Vec<_> = third.body["queries"].as_array().unwrap().iter().map(|one| one["pointer"].as_str()).collect();
        assert_eq!(asked, [Some("/spend/0/amount_pence"), Some("/staffing/note"), None]);

        let own = seen(&scene.author, &sent);
        let queries = own.body["queries"].as_array().unwrap().clone();
        assert_eq!(queries[0]["allowed_actions"], json!(["answer"]));
        assert_eq!(answer(&scene.stranger, &own, &queries[0], "Yes.").must(404).code(), "not_found");
        assert_eq!(answer(&scene.commissioner, &own, &queries[0], "Yes.").must(403).code(), "forbidden");
        let faults = answer(&scene.author, &own, &queries[0], "AB 12 34 56 C was ill.").must(422).faults();
        assert_eq!(faults, ["/answer national_insurance_number"]);
        let told = answer(&scene.author, &own, &queries[0], "Yes, it is.").must(200);
        let given = &told.body["queries"][0];
        assert_eq!((given["answer"].as_str(), given["answered_on"].is_string(), &given["allowed_actions"]), (Some("Yes, it is."), true, &json!([])));
        assert_eq!(answer(&scene.signatory, &own, &queries[0], "No.").must(409).code(), "wrong_state");
        let unknown = json!({ "id": award });
        assert_eq!(answer(&scene.author, &own, &unknown, "No.").must(404).code(), "not_found");
        let unanswered = |who: &Client| {
            let shown = seen(who, &sent);
            let all = shown.body["findings"].as_array().unwrap().iter().filter(|one| one["rule"] == "query_unanswered");
            all.map(|one| (one["severity"].clone(), one["pointer"].clone())).collect::<Vec<_>>()
        };
        let left = [(json!("warning"), json!("/staffing/note")), (json!("warning"), json!(""))];
        assert_eq!(unanswered(&scene.author), left);
        // An answer is no writing: the certificate stands, and what is not answered shows.
        let again = act(&scene.author, &own, "submission").must(200);
        assert_eq!(again.body["state"], "resubmitted");
        assert_eq!(answer(&scene.author, &again, &queries[1], "Two.").must(409).code(), "wrong_state");
        let office = seen(&scene.commissioner, &again);
        assert_eq!(unanswered(&scene.commissioner), left);
        let answers: Vec<_> = office.body["queries"].as_array().unwrap().iter().map(|one| one["answer"].as_str()).collect();
        assert_eq!(answers, [Some("Yes, it is."), None, None]);
        let done = accepted(&scene, &scene.live(200_000, json!({})).id(), "2020-21-Q1", &json!({ "spend": [] }));
        assert_eq!(ask(&scene, &done, json!({ "question": "Why?" })).must(409).code(), "wrong_state");
    }

    fn what_changed_since_the_last_submission_is_shown(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = scene.live(300_000, json!({ "area_ids": [scene.area, scene.other_area] })).id();
        let people = indicator(&scene, &award, "People referred", "people");
        let value = |area: &str, number: i64| json!({ "indicator_id": people, "area_id": area, "status": "reported", "value": number });
        let content = json!({ "spend": [{ "category": "staff", "amount_pence": 70_000 }], "narrative": "We began.",
            "values": [value(&scene.area, 3), value(&scene.other_area, 4)] });
        let written = write(&scene.author, &of_period(&scene, &award, "2020-21-Q1"), &content).must(200);
        assert_eq!(changed(&written), Vec::<Value>::new());
        let sent = send(&scene, &written);
        assert_eq!(changed(&sent), Vec::<Value>::new(), "nothing before the first");
        let asked = act(&scene.commissioner, &sent, "queries").must(200);
        let mended = write(&scene.author, &asked, &json!({ "narrative": "We began in June.", "risks": "No hall in winter.",
            "values": [value(&scene.other_area, 5), value(&scene.area, 3)] })).must(200);
        let news = [json!(["changed", "/values/0/value", 4, 5]), json!(["changed", "/narrative", "We began.", "We began in June."]),
            json!(["added", "/risks", null, "No hall in winter."])];
        assert_eq!(changed(&mended), news);
        let again = send(&scene, &mended);
        assert_eq!((changed(&again), again.body["state"].as_str()), (news.to_vec(), Some("resubmitted")));
        // Once more: against what was sent the last time, and not the first.
        let asked = act(&scene.commissioner, &again, "queries").must(200);
        assert_eq!(changed(&asked), Vec::<Value>::new());
        let mended = write(&scene.author, &asked, &json!({ "values": [value(&scene.area, 3)] })).must(200);
        assert_eq!(changed(&mended), [json!(["removed", "/values/0", value_shown(&people, &scene.other_area, 5), null])]);
        let last = send(&scene, &mended);
        let done = act(&scene.commissioner, &last, "acceptance").must(200);
        assert_eq!(changed(&done), changed(&mended));
    }

    fn an_officer_writes_for_the_provider_and_the_record_says_so(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = scene.live(300_000, json!({})).id();
        let open = of_period(&scene, &award, "2020-21-Q1");
        assert!(open.body["entered_on_behalf_by"].is_null());
        let office = seen(&scene.commissioner, &open);
        assert_eq!(actions(&office), ["write", "extend"]);
        let entered = write(&scene.commissioner, &office, &json!({ "spend": [], "narrative": "By telephone." })).must(200);
        let name = entered.body["entered_on_behalf_by"].as_str().unwrap().to_owned();
        assert!(name.starts_with("commissioner"), "{name}");
        assert_eq!(entered.body["written_by"].as_str(), Some(name.as_str()));
        for who in [&scene.finance, &scene.approver] {
            assert_eq!(write(who, &entered, &json!({ "narrative": "x" })).must(403).code(), "forbidden");
        }
        // The provider's signatory certifies, and nobody of the office; whoever writes next, the record still says it.
        assert_eq!(act(&scene.commissioner, &entered, "certification").must(403).code(), "forbidden");
        assert_eq!(act(&scene.commissioner, &entered, "submission").must(403).code(), "forbidden");
        let more = write(&scene.author, &entered, &json!({ "risks": "None." })).must(200);
        assert_eq!(more.body["entered_on_behalf_by"].as_str(), Some(name.as_str()));
        let sent = act(&scene.author, &certify(&scene, &more), "submission").must(200);
        assert_eq!(write(&scene.commissioner, &sent, &json!({ "narrative": "x" })).must(409).code(), "wrong_state");
        let log = app.office(&[almoner::access::permissions::Role::Auditor]);
        let acts: Vec<_> = log.all(&format!("/v1/audit-events?record_id={}", open.id())).iter().map(|one| one["act"].clone()).collect();
        assert!(acts.contains(&json!("return.enter_on_behalf")) && acts.contains(&json!("return.write")), "{acts:?}");
        // A workbook as well.
        let next = seen(&scene.commissioner, &of_period(&scene, &award, "2020-21-Q2"));
        let path = format!("/v1/returns/{}/workbook", next.id());
        let media = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
        let book = scene.commissioner.send(scene.commissioner.request(reqwest::Method::GET, &path));
        assert_eq!(book.status, 200);
        let bytes = scene.commissioner.request(reqwest::Method::GET, &path).send().unwrap().bytes().unwrap();
        let put = scene.commissioner.request(reqwest::Method::PUT, &path).header("If-Match", next.tag()).header("Content-Type", media).body(bytes);
        let kept = scene.commissioner.send(put).must(200);
        assert_eq!((kept.body["is_kept"].as_bool(), kept.body["entered_on_behalf_by"].as_str()), (Some(true), Some(name.as_str())));
    }
}

fn value_shown(indicator: &str, area: &str, number: i64) -> Value {
    json!({ "indicator_id": indicator, "area_id": area, "group": null, "status": "reported", "value": number, "denominator": null, "basis": null })
}
