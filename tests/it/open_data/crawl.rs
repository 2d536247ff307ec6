//! Nothing draft, inner, personal or redacted ever appears: texts that nobody else could have written are planted wherever the API takes one, and every operation that
//! needs no login is asked in each of its formats.

use serde_json::{Value, json};

use super::{OTHER_LAW, add, amend_provider, attach, pay, published, redact, set_policy};
use crate::returns::accepted;
use crate::support::Scene;
use crate::support::told::DESCRIPTION;

/// A text that stands nowhere else.
const SECRET: &str = "Zqxsecret";
/// The same in what is to appear, so that the crawl is known to look where awards are shown.
const SHOWN: &str = "Zqxshown";

fn secret(of: &str) -> String {
    format!("{SECRET} {of}")
}

/// Awards that are not published: a draft, an offer and one that was taken back, with all that is added to them.
fn plant_awards(scene: &Scene) {
    let text = |of: &str| json!({ "title": secret(of), "purpose": secret(of), "category": secret(of), "theme": secret(of) });
    let draft = scene.draft(100_000, text("draft"));
    add(scene, &draft.id(), &json!({ "purpose": secret("draft"), "reasons": secret("draft"), "value_for_money_reasons": secret("draft") }))
        .must(200);
    published(scene, &draft.id(), &format!("DN-{SECRET}"), true);
    scene.offer(&scene.draft(100_000, text("offer"))).must(200);
    let gone = scene.offer(&scene.draft(100_000, text("withdrawn"))).must(200);
    let reason = json!({ "reason": secret("withdrawal") });
    scene.commissioner.change(&format!("/v1/awards/{}/withdrawal", gone.id()), gone.tag(), &reason).must(200);
}

/// What the office and the provider keep beside an award that is published.
fn plant_beside(scene: &Scene, award: &str) {
    let path = format!("/v1/awards/{award}");
    attach(scene, award, &format!("{SECRET}.pdf"), "&office_only=true", format!("%PDF-1.7\n{SECRET}\n").as_bytes());
    attach(scene, award, &format!("{SECRET}2.pdf"), "", format!("%PDF-1.7\n{SECRET}\n").as_bytes());
    let variation = json!({ "title": secret("variation"), "reason": secret("variation"), "effective_on": "2020-10-01", "value": { "change_pence": 1 } });
    scene.commissioner.post(&format!("{path}/variations"), &variation).must(201);
    let meeting = json!({ "kind": "quarterly_monitoring", "award_id": award, "held_on": "2020-09-01", "attendees": [secret("attendee")], "notes": secret("notes") });
    scene.commissioner.post("/v1/meetings", &meeting).must(201);
    let content =
        json!({ "narrative": secret("narrative"), "risks": secret("risks"), "spend": [{ "category": "staff", "amount_pence": 1_000 }] });
    accepted(scene, award, "2020-21-Q1", &content);
    let pause = json!({ "paused_on": "2020-09-01", "resume_planned_on": "2020-11-01", "intention": secret("pause") });
    scene.commissioner.change(&format!("{path}/pause"), scene.award(award).tag(), &pause).must(200);
}

/// Notices that are not published, and redactions with their reasons.
fn plant_notices(scene: &Scene, award: &str) {
    let input = |reference: &str| {
        json!({ "reference": reference, "award_id": award, "title": secret("notice"), "decision": secret("notice"), "reasons": secret("notice"),
            "approver": secret("notice"), "decided_on": "2020-06-15" })
    };
    let drafted = scene.commissioner.post("/v1/decision-notices", &input("DN-A")).must(201);
    let path = |id: String| format!("/v1/decision-notices/{id}");
    let gone = scene.commissioner.post("/v1/decision-notices", &input("DN-B")).must(201);
    let gone = scene.approver.change(&format!("{}/publication", path(gone.id())), gone.tag(), &json!({})).must(200);
    scene.approver.change(&format!("{}/withdrawal", path(gone.id())), gone.tag(), &json!({ "reason": secret("notice") })).must(200);
    let mut inner = input("DN-C");
    inner["is_public"] = json!(false);
    let inner = scene.commissioner.post("/v1/decision-notices", &inner).must(201);
    scene.approver.change(&format!("{}/publication", path(inner.id())), inner.tag(), &json!({})).must(200);
    let hidden = scene.commissioner.post("/v1/decision-notices", &input("DN-D")).must(201);
    scene.approver.change(&format!("{}/publication", path(hidden.id())), hidden.tag(), &json!({})).must(200);
    for field in ["title", "decision", "reasons", "approver"] {
        redact(scene, "decision_notice", &hidden.id(), field).must(201);
    }
    assert_eq!(drafted.body["state"], "draft");
}

/// An award whose every text is redacted, and one of a provider whose name is.
fn plant_redacted(scene: &Scene) -> String {
    let award = scene.live(100_000, json!({ "title": secret("title"), "purpose": secret("purpose"), "legal_power": "prsra_2011_s9" })).id();
    add(scene, &award, &json!({ "purpose": secret("purpose"), "reasons": secret("reasons"), "value_for_money_reasons": secret("value") }))
        .must(200);
    for field in ["title", "purpose", "reasons", "value_for_money_reasons"] {
        redact(scene, "award", &award, field).must(201);
    }
    let reason = json!({ "record_kind": "award", "record_id": award, "field": "recipient", "reason": secret("redaction") });
    scene.commissioner.post("/v1/redactions", &reason).must(201);
    award
}

/// Every address that needs no login, out of the description of the service: one that is added is asked for too.
fn addresses(awards: &[String]) -> Vec<String> {
    let paths = DESCRIPTION["paths"].as_object().unwrap();
    let open = paths.iter().filter(|(_, methods)| is_open(methods));
    let mut all = Vec::new();
    for (path, _) in open {
        match path.split_once('{') {
            None => all.push(path.clone()),
            Some((before, rest)) => {
                let after = rest.split_once('}').unwrap().1;
                all.extend(awards.iter().map(|id| format!("{before}{id}{after}")));
            }
        }
    }
    all
}

/// The same with each choice of what narrows them. What is narrowed by something that is not known here is for whoever adds it to say.
fn narrowed(awards: &[String]) -> Vec<String> {
    let mut all = addresses(awards);
    for (path, methods) in DESCRIPTION["paths"].as_object().unwrap() {
        for one in methods["get"]["parameters"].as_array().into_iter().flatten().filter(|one| one["in"] == "query" && is_open(methods)) {
            assert_eq!(one["name"], "month", "{path}: say here which values are asked for");
            all.extend(["2020-08", "2020-11"].map(|month| format!("{path}?month={month}")));
        }
    }
    all
}

/// Whether an operation needs no login.
fn is_open(methods: &Value) -> bool {
    methods.get("get").is_some_and(|one| one["security"] == json!([]))
}

/// Every kind of answer that the description names for these operations, with what a browser asks for.
fn formats() -> Vec<String> {
    let paths = DESCRIPTION["paths"].as_object().unwrap().values().filter(|methods| is_open(methods));
    let kinds =
        paths.filter_map(|methods| methods["get"]["responses"]["200"]["content"].as_object()).flat_map(|content| content.keys().cloned());
    let mut all: Vec<String> = kinds.chain(["*/*".to_owned(), "text/html".to_owned()]).collect();
    all.sort();
    all.dedup();
    all
}

on_both! {
    fn nothing_inner_ever_appears(app) {
        let scene = Scene::set(app, 10_000_000, 5_000_000);
        set_policy(app);
        amend_provider(&scene, &json!({ "note": secret("note"), "contact_email": format!("{SECRET}@provider.example").to_lowercase(), "aliases": [secret("alias")] }));
        let shown = scene.live(300_000, json!({ "title": SHOWN, "purpose": SHOWN })).id();
        let paid = scene.live(300_004, json!({ "title": SHOWN, "legal_power": OTHER_LAW })).id();
        pay(app, &scene, &paid, "2020-11-10");
        published(&scene, &shown, "DN-1", true);
        plant_awards(&scene);
        plant_beside(&scene, &shown);
        plant_notices(&scene, &shown);
        let hidden = plant_redacted(&scene);
        // The name of a provider is planted last: what stood before has it too.
        let path = format!("/v1/providers/{}", scene.other_provider);
        let tag = scene.commissioner.get(&path).must(200).tag().to_owned();
        scene.commissioner.patch(&path, &tag, &json!({ "name": secret("name"), "charity_number": "1098765" })).must(200);
        let of_other = scene.draft(100_000, json!({ "provider_id": scene.other_provider, "title": secret("name") }));
        scene.offer(&of_other).must(200);
        scene.plan(&of_other.id());
        let acceptance = json!({ "accepted_on": "2020-08-01" });
        scene.stranger.change(&format!("/v1/awards/{}/acceptance", of_other.id()), scene.award(&of_other.id()).tag(), &acceptance).must(200);
        redact(&scene, "provider", &scene.other_provider, "name").must(201);
        // The name stands in a text of another award too, otherwise spelt, and the number beside it.
        add(&scene, &shown, &json!({ "reasons": format!("With ZQXSECRET\u{a0}\n Name, 1098765, {SHOWN}") })).must(200);
        let tranche = json!({ "name": secret("planned"), "planned_pence": 987_654_321, "opens_on": "2020-04-01", "closes_on": "2099-12-31", "criteria": secret("planned") });
        scene.commissioner.post(&format!("/v1/fund-periods/{}/tranches", scene.period), &tranche).must(201);

        let nobody = app.nobody();
        let all = narrowed(&[shown, paid, hidden, of_other.id()]);
        let formats = formats();
        assert!(formats.len() >= 5, "{formats:?}");
        let mut telling = 0;
        for address in &all {
            for accept in formats.iter().map(String::as_str) {
                let answer = nobody.send(nobody.request(reqwest::Method::GET, address).header("Accept", accept));
                assert!(answer.status < 500, "{address}: {}", answer.text);
                let whole = format!("{} {:?}", answer.text, answer.headers).to_lowercase();
                for word in [SECRET.to_lowercase().as_str(), "1098765", "987654321", "9876543.21"] {
                    assert!(!whole.contains(word), "{address} as {accept} tells {word}: {}", answer.text);
                }
                telling += usize::from(accept == "*/*" && answer.text.contains(SHOWN));
            }
        }
        assert!(all.iter().filter(|one| one.starts_with("/open-data")).count() >= 18, "{all:?}");
        // Whatever stands below this address is for everybody, and each of the files was there to be looked at.
        for (path, methods) in DESCRIPTION["paths"].as_object().unwrap().iter().filter(|(path, _)| path.starts_with("/open-data")) {
            assert!(is_open(methods), "{path} needs a login");
            if !path.contains('{') {
                assert!(nobody.get(path).must(200).text.len() > 100, "{path}");
            }
        }
        assert!(telling >= 8, "the crawl sees too little: {telling} of {all:?}");
        let secrets: Vec<Value> = scene.commissioner.all("/v1/redactions");
        assert!(secrets.len() >= 10);
    }
}
