//! An award names areas that are there in its time.

use serde_json::{Value, json};

use crate::support::{Answer, Scene};

/// Says when an area was one.
fn was_there(scene: &Scene, area: &str, times: &Value) {
    let path = format!("/v1/areas/{area}");
    let tag = scene.commissioner.get(&path).must(200).tag().to_owned();
    scene.commissioner.patch(&path, &tag, times).must(200);
}

fn varied(scene: &Scene, award: &Answer, change: (&str, Value)) -> Answer {
    let mut variation = json!({ "title": "Change", "reason": "agreed", "effective_on": "2020-09-01" });
    variation[change.0] = change.1;
    scene.commissioner.post(&format!("/v1/awards/{}/variations", award.id()), &variation)
}

on_both! {
    fn an_area_that_is_over_is_no_place_for_an_award(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        was_there(&scene, &scene.area, &json!({ "valid_from": "1974-04-01", "valid_to": "2020-05-31" }));
        was_there(&scene, &scene.other_area, &json!({ "valid_from": "2021-04-01" }));
        let both = scene.grant(100_000, json!({ "area_ids": [scene.area, scene.other_area] }));
        let refused = scene.commissioner.post("/v1/awards", &both).must(422);
        assert_eq!(refused.faults(), ["/area_ids/0 not_in_force", "/area_ids/1 not_in_force"]);
        let said = |at: usize| refused.body["errors"][at]["message"].as_str().unwrap();
        assert_eq!(said(0), "walsall was an area until 2020-05-31, and this award begins on 2020-06-01. Name the area that is there now.");
        assert_eq!(said(1), "dudley is an area from 2021-04-01 on, and this award ends on 2021-03-31. Name the area that was there then.");
        // One day together is enough: the award began there.
        was_there(&scene, &scene.area, &json!({ "valid_to": "2020-06-01" }));
        was_there(&scene, &scene.other_area, &json!({ "valid_from": "2021-03-31" }));
        let draft = scene.draft(100_000, json!({ "area_ids": [scene.area, scene.other_area] }));
        let path = format!("/v1/awards/{}", draft.id());
        let later = scene.commissioner.patch(&path, draft.tag(), &json!({ "starts_on": "2020-06-02" })).must(422);
        // As the award is shown: by name.
        assert_eq!(later.faults(), ["/area_ids/1 not_in_force"]);
        was_there(&scene, &scene.area, &json!({ "valid_to": "2020-05-31" }));
        assert_eq!(scene.offer(&draft).must(422).faults(), [" not_in_force"], "the draft is to be mended first");
        let mended = scene.commissioner.patch(&path, draft.tag(), &json!({ "area_ids": [scene.other_area] })).must(200);
        scene.offer(&mended).must(200);
    }

    fn what_was_agreed_in_an_area_is_varied_still(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = scene.live(100_000, json!({}));
        // That the area was over by then is told later.
        was_there(&scene, &scene.area, &json!({ "valid_to": "2020-05-31" }));
        varied(&scene, &award, ("value", json!({ "change_pence": 1_000 }))).must(201);
        let dates = varied(&scene, &award, ("dates", json!({ "ends_on": "2020-12-31" }))).must(422);
        assert_eq!(dates.body["errors"][0]["code"], "not_in_force", "{}", dates.text);
    }
}
