//! What awards could still take on, and how they reach people.

use serde_json::{Value, json};

use crate::returns::{accepted, submitted};
use crate::support::{Answer, Scene};

fn report(scene: &Scene, query: &str) -> Answer {
    scene.finance.get(&format!("/v1/reports/capacity?{query}")).must(200)
}

fn references(report: &Answer) -> Vec<Value> {
    report.body["rows"].as_array().unwrap().iter().map(|row| row["award"]["code"].clone()).collect()
}

/// A return's content with a capacity and a mode.
fn served(capacity: Value, mode: Value) -> Value {
    json!({ "narrative": "All went well.", "spend": [], "delivery_mode": mode, "capacity": capacity })
}

/// Mode, number of awards and percent.
fn modes(report: &Answer) -> Vec<Value> {
    let all = report.body["delivery_modes"].as_array().unwrap();
    all.iter().map(|one| json!([one["delivery_mode"], one["award_count"], one["percent"]])).collect()
}

on_both! {
    fn spare_capacity_is_what_the_latest_accepted_return_says(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let first = scene.live(300_000, json!({}));
        let second = scene.live(200_000, json!({ "area_ids": [scene.other_area] }));
        let silent = scene.live(100_000, json!({}));
        scene.draft(50_000, json!({}));
        let places = |contracted: i64, used: i64, spare: i64| json!({ "unit": "places", "contracted": contracted, "used": used, "spare": spare });
        accepted(&scene, &first.id(), "2020-21-Q1", &served(places(20, 20, 0), json!("remote")));
        accepted(&scene, &first.id(), "2020-21-Q2", &served(places(20, 17, 3), json!("blended")));
        // What is not accepted does not count, and a return that says nothing of capacity leaves the one before.
        accepted(&scene, &second.id(), "2020-21-Q1", &served(json!({ "unit": "hours", "contracted": 100, "used": null, "spare": 0 }), json!("remote")));
        accepted(&scene, &second.id(), "2020-21-Q2", &served(json!({ "unit": null, "contracted": null, "used": null, "spare": null }), Value::Null));
        submitted(&scene, &second.id(), "2020-21-Q3", &served(places(9, 1, 8), json!("in_person")));

        let all = report(&scene, "");
        let names = [&first, &second, &silent].map(|award| award.body["reference"].clone());
        assert_eq!(references(&all), names);
        let rows = all.body["rows"].as_array().unwrap();
        let told = |row: &Value| json!([row["period"], row["unit"], row["contracted"], row["used"], row["spare"], row["delivery_mode"]]);
        assert_eq!(told(&rows[0]), json!(["2020-21-Q2", "places", 20, 17, 3, "blended"]));
        assert_eq!(told(&rows[1]), json!(["2020-21-Q1", "hours", 100, null, 0, "remote"]));
        assert_eq!(told(&rows[2]), json!([null, null, null, null, null, "unknown"]), "not reported is no nought");
        assert_eq!([&rows[0]["delivery_mode_on"], &rows[0]["areas"][0]["code"]], [&json!("2020-09-30"), &json!("walsall")]);
        let units = [
            json!({ "unit": "hours", "award_count": 1, "contracted": 100, "used": null, "spare": 0, "spare_reported_count": 1 }),
            json!({ "unit": "places", "award_count": 1, "contracted": 20, "used": 17, "spare": 3, "spare_reported_count": 1 }),
        ];
        assert_eq!(all.body["units"], json!(units));

        assert_eq!(references(&report(&scene, "has_spare=true")), names[..1]);
        assert_eq!(references(&report(&scene, "has_spare=false")), names[1..2], "who says nothing has neither");
        assert_eq!(references(&report(&scene, "area=dudley")), names[1..2]);
        assert_eq!(references(&report(&scene, &format!("provider={}", scene.provider))).len(), 3);
        assert_eq!(references(&report(&scene, &format!("provider={}", scene.other_provider))), [Value::Null; 0]);
        assert_eq!(scene.finance.get("/v1/reports/capacity?programme=NONE").must(422).faults(), ["query:programme unknown_record"]);
        let table = report(&scene, "format=csv&has_spare=true").text;
        assert!(table.lines().count() == 2 && table.contains(",places,20,17,3,blended,2020-09-30,no,"), "{table}");
        scene.author.get("/v1/reports/capacity").must(403);
    }

    fn the_share_of_remote_delivery_is_of_all_awards_that_are_delivered(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let first = scene.live(300_000, json!({}));
        scene.live(200_000, json!({}));
        let third = scene.live(100_000, json!({}));
        assert_eq!(modes(&report(&scene, "")), [json!(["in_person", 0, 0]), json!(["remote", 0, 0]), json!(["blended", 0, 0]), json!(["unknown", 3, 100])]);
        let delivery = json!({ "status": "adapted", "mode": "remote", "since": "2020-09-01" });
        scene.commissioner.change(&format!("/v1/awards/{}/delivery", first.id()), first.tag(), &delivery).must(200);
        let none = json!({ "unit": null, "contracted": null, "used": null, "spare": null });
        // Before what the office noted, which is the later word; and of an award of which nothing was noted.
        accepted(&scene, &first.id(), "2020-21-Q1", &served(none.clone(), json!("in_person")));
        accepted(&scene, &third.id(), "2020-21-Q1", &served(none, json!("blended")));
        let all = report(&scene, "");
        assert_eq!(modes(&all), [json!(["in_person", 0, 0]), json!(["remote", 1, 33.333]), json!(["blended", 1, 33.333]), json!(["unknown", 1, 33.333])]);
        assert_eq!(all.body["award_count"], 3);
        let narrowed = report(&scene, "has_spare=true");
        assert_eq!((modes(&narrowed), references(&narrowed).len()), (modes(&all), 0), "spare capacity narrows the rows alone");
        let before = report(&scene, "as_at=2020-07-31");
        assert_eq!((&before.body["award_count"], &modes(&before)[0][2]), (&json!(0), &Value::Null), "nothing was accepted by then");
    }

    fn a_whole_is_told_by_its_parts(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let whole = scene.live(300_000, json!({})).id();
        let part = scene.draft(0, json!({ "component_of": whole, "amount_pence": null, "tranche_id": null }));
        let part = scene.go_live(&part);
        assert_eq!(references(&report(&scene, "")), [part.body["reference"].clone()]);
    }
}
