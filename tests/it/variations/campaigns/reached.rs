//! What is told of a campaign before it is issued: who has no address, for whom nobody signs, whose amount nobody knows.

use serde_json::{Value, json};

use super::{CAMPAIGNS, act, awards, campaign, does, get, live, path, preview};
use crate::support::{Answer, Scene};

fn drafts(scene: &Scene, change: &Value, name: &str) -> Answer {
    scene.commissioner.post(CAMPAIGNS, &campaign(json!({ "filter": {} }), change, &json!({ "name": name }))).must(201)
}

fn reach(no_address: i64, nobody_signs: i64) -> Value {
    json!({ "no_address_count": no_address, "nobody_signs_count": nobody_signs })
}

/// The codes of what stands at each award of a preview.
fn codes(shown: &Answer, what: &str) -> Vec<Vec<String>> {
    let of = |one: &Value| one[what].as_array().unwrap().iter().map(|told| told["code"].as_str().unwrap().to_owned()).collect();
    shown.body["awards"].as_array().unwrap().iter().map(of).collect()
}

on_both! {
    fn whom_a_campaign_does_not_reach_is_told_before_the_issue(app) {
        let scene = Scene::set(app, 10_000_000, 3_000_000);
        live(&scene, &[100_000, 110_000]);
        let asks = drafts(&scene, &json!({ "delivery": { "status": "adapted" } }), "Asks");
        // The provider has a signatory, and no address for letters.
        assert_eq!(asks.body["reach"], reach(2, 0));
        let shown = preview(&scene.commissioner, &asks).must(200);
        assert_eq!((&shown.body["reach"], codes(&shown, "warnings")), (&reach(2, 0), vec![vec!["no_address".to_owned()]; 2]));
        let provider = scene.commissioner.get(&format!("/v1/providers/{}", scene.provider)).must(200);
        let contact = json!({ "contact_email": "grants@helping-hands.example" });
        scene.commissioner.patch(&format!("/v1/providers/{}", scene.provider), provider.tag(), &contact).must(200);
        app.sql("UPDATE app_user_role SET role = 'provider_author' WHERE role = 'provider_signatory'");
        assert_eq!(get(&scene.commissioner, &asks).body["reach"], reach(0, 2));
        let shown = preview(&scene.commissioner, &asks).must(200);
        assert_eq!((&shown.body["refused_count"], codes(&shown, "warnings")), (&json!(0), vec![vec!["nobody_signs".to_owned()]; 2]));
        // Where nobody has to answer, nobody has to sign.
        let tells = drafts(&scene, &json!({ "is_unilateral": true, "delivery": { "status": "adapted" } }), "Tells");
        assert_eq!((&tells.body["reach"], codes(&preview(&scene.commissioner, &tells).must(200), "warnings")), (&reach(0, 0), vec![Vec::<String>::new(); 2]));
        let listed = scene.commissioner.all(CAMPAIGNS);
        assert!(listed.iter().all(|one| one["reach"] == Value::Null), "a list does not look it up");
        // It hinders nothing: who has no signatory signs on paper.
        assert_eq!(does(&scene.commissioner, &asks, "issue", &json!({})).must(200).body["summary"], "issued 2 of 2 live awards");
    }

    fn nothing_is_asked_of_an_award_without_a_provider(app) {
        let scene = Scene::set(app, 10_000_000, 3_000_000);
        live(&scene, &[100_000]);
        let bare = scene.live(50_000, json!({ "theme": "elsewhere" })).id();
        app.sql("UPDATE award_terms SET provider_id = NULL, amount_pence = NULL WHERE theme = 'elsewhere'");
        let asks = drafts(&scene, &json!({ "delivery": { "status": "adapted" } }), "Asks");
        assert_eq!(asks.body["reach"], reach(2, 1));
        let shown = preview(&scene.commissioner, &asks).must(200);
        let at = shown.body["awards"].as_array().unwrap().iter().position(|one| one["award"]["id"] == json!(bare)).unwrap();
        assert_eq!((&shown.body["issuable_count"], &shown.body["refused_count"]), (&json!(1), &json!(1)));
        assert_eq!((&codes(&shown, "reasons")[at], &codes(&shown, "warnings")[at]), (&vec!["no_provider".to_owned()], &vec!["no_address".to_owned(), "nobody_signs".to_owned()]));
        let refused = does(&scene.commissioner, &asks, "issue", &json!({})).must(409);
        assert_eq!((refused.code(), refused.body["refused"].as_array().unwrap().len()), ("awards_refused", 1));
        // A single variation of it is not sent either.
        let change = json!({ "title": "Asked", "reason": "It is 2020.", "effective_on": "2020-10-01", "delivery": { "status": "adapted" } });
        let single = scene.commissioner.post(&format!("/v1/awards/{bare}/variations"), &change).must(201);
        assert_eq!(act(&scene.commissioner, &single, "issue").must(422).faults(), [" no_provider"]);
        assert!(!single.body["allowed_actions"].as_array().unwrap().contains(&json!("issue")), "{}", single.body);
        // What needs no answer goes through, and an amount that nobody knows is not told as nothing.
        let tells = drafts(&scene, &json!({ "is_unilateral": true, "delivery": { "status": "adapted" } }), "Tells");
        let shown = preview(&scene.commissioner, &tells).must(200);
        let all = json!({ "award_count": 2, "before_pence": 100_000, "change_pence": 0, "after_pence": 100_000, "unknown_count": 1 });
        assert_eq!((&shown.body["refused_count"], &shown.body["totals"]["all"]), (&json!(0), &all));
        assert_eq!(shown.body["totals"]["funds"][0]["unknown_count"], 1);
        // Each outcome is found page by page, with the others left where they are.
        let found = |outcome: &str| scene.commissioner.all(&format!("{}?outcome={outcome}&limit=1", path(&asks, "awards")));
        assert_eq!((found("chosen").len(), found("waiting").len()), (2, 0));
        does(&scene.commissioner, &asks, "issue", &json!({ "skip_refused": true })).must(200);
        assert_eq!(get(&scene.commissioner, &asks).body["reach"], reach(1, 0), "what was left out is sent to nobody");
        assert_eq!(["chosen", "waiting", "left_out", "ready", "award_ended", "lapsed", "applied"].map(|outcome| found(outcome).len()), [0, 1, 1, 0, 0, 0, 0]);
        let waiting = &found("waiting")[0];
        assert_eq!((&waiting["outcome"], waiting["award"]["id"] == json!(bare), awards(&scene.commissioner, &asks).len()), (&json!("waiting"), false, 2));
        app.sql("UPDATE variation_version SET issued_on = '2020-10-02', answer_due_on = '2020-10-03' WHERE issued_on IS NOT NULL");
        assert_eq!(["waiting", "lapsed"].map(|outcome| found(outcome).len()), [0, 1]);
    }
}
