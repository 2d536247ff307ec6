//! What accepted returns say of services, by award and quarter.

use serde_json::{Value, json};

use crate::returns::{accepted, submitted};
use crate::support::Scene;

fn content(caseload: [i64; 4], waiting: i64, grants: Value) -> Value {
    let [brought_forward, new, closed, carried_forward] = caseload;
    json!({ "spend": [], "waiting_times": { "people_waiting": waiting }, "onward_grants": grants, "staffing": { "posts_filled": 2.5 },
        "caseload": { "brought_forward": brought_forward, "new": new, "closed": closed, "carried_forward": carried_forward } })
}

on_both! {
    fn services_come_out_by_award_and_quarter(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let programme = json!({ "code": "CUSE", "name": "New businesses", "kind": "commissioned_service", "stage": "pilot", "starts_on": "2020-04-01", "onward_grants": true });
        let programme = scene.commissioner.post("/v1/programmes", &programme).must(201).id();
        let one = scene.live(300_000, json!({ "programme_id": programme })).id();
        let other = scene.live(200_000, json!({ "programme_id": programme })).id();
        accepted(&scene, &one, "2020-21-Q1", &content([4, 6, 1, 9], 3, json!({ "number": 2, "amount_pence": 50_000 })));
        accepted(&scene, &one, "2020-21-Q2", &content([9, 1, 2, 8], 0, Value::Null));
        accepted(&scene, &other, "2020-21-Q1", &content([0, 5, 0, 5], 4, json!({ "number": 1, "amount_pence": 25_000 })));
        submitted(&scene, &other, "2020-21-Q2", &content([5, 5, 0, 10], 9, Value::Null));
        let report = |query: &str| scene.commissioner.get(&format!("/v1/reports/service{query}")).must(200);
        let all = report("");
        let row = |one: &Value| json!([one["award"]["code"], one["quarter"], one["carried_forward"], one["people_waiting"], one["posts_filled"], one["onward_grants_pence"]]);
        let rows: Vec<Value> = all.body["rows"].as_array().unwrap().iter().map(row).collect();
        assert_eq!(rows, [json!(["CIF-2020-21-T1-0001", "2020-21-Q1", 9, 3, 2.5, 50_000]), json!(["CIF-2020-21-T1-0001", "2020-21-Q2", 8, 0, 2.5, null]),
            json!(["CIF-2020-21-T1-0002", "2020-21-Q1", 5, 4, 2.5, 25_000])], "what is only sent is not told yet");
        let total = |one: &Value| json!([one["programme"]["code"], one["quarter"], one["return_count"], one["new"], one["carried_forward"], one["people_waiting"],
            one["onward_grants_number"], one["onward_grants_pence"]]);
        let totals: Vec<Value> = all.body["totals"].as_array().unwrap().iter().map(total).collect();
        assert_eq!(totals, [json!(["CUSE", "2020-21-Q1", 2, 11, 14, 7, 3, 75_000]), json!(["CUSE", "2020-21-Q2", 1, 1, 8, 0, null, null])]);
        assert_eq!(report("?quarter=2020-21-Q2&programme=CUSE").body["rows"].as_array().unwrap().len(), 1);
        assert_eq!(report(&format!("?provider={}", scene.other_provider)).body["rows"], json!([]));
        assert_eq!(report("?award=CIF-2020-21-T1-0002").body["totals"][0]["people_waiting"], 4);
        assert!(report("?format=csv").text.starts_with("provider_reference,provider_name,award_reference"), "a table too");
        scene.author.get("/v1/reports/service").must(403);
    }
}
