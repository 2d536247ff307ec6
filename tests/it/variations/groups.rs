//! Variations of several awards that share one decision and one total (R07).

use serde_json::{Value, json};

use super::{accepted, act, draft};
use crate::support::{Client, Scene};

const FIGURES: [&str; 4] = ["base_pence", "change_pence", "pending_pence", "total_pence"];

fn figures(one: &Value) -> [i64; 4] {
    FIGURES.map(|name| one[name].as_i64().unwrap())
}

#[track_caller]
fn group(who: &Client, name: &str) -> Value {
    let mut found = who.all(&format!("/v1/variation-groups?group={name}"));
    assert_eq!(found.len(), 1, "{found:?}");
    found.remove(0)
}

on_both! {
    fn several_agreements_share_one_total(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let (one, other) = (scene.live(300_000, json!({})).id(), scene.live(200_000, json!({})).id());
        let more = |pence: i64| json!({ "group": "new-boroughs", "value": { "change_pence": pence } });
        let first = accepted(&scene, &one, more(50_000));
        let second = accepted(&scene, &other, more(30_000));
        let third = draft(&scene, &other, more(7_000)).must(201);
        act(&scene.commissioner, &third, "withdrawal").must(200);
        draft(&scene, &one, json!({ "group": "another", "value": { "change_pence": 1 } })).must(201);

        let whole = group(&scene.commissioner, "new-boroughs");
        assert_eq!((figures(&whole), &whole["award_count"], &whole["variation_count"]), ([500_000, 0, 80_000, 500_000], &json!(2), &json!(2)));
        act(&scene.commissioner, &first, "application").must(200);
        let whole = group(&scene.commissioner, "new-boroughs");
        assert_eq!(figures(&whole), [500_000, 50_000, 30_000, 550_000]);
        act(&scene.commissioner, &second, "application").must(200);
        let whole = group(&scene.commissioner, "new-boroughs");
        assert_eq!(figures(&whole), [500_000, 80_000, 0, 580_000]);
        let awards = whole["awards"].as_array().unwrap();
        let told: Vec<_> = awards.iter().map(|one| (one["award"]["id"].clone(), figures(one), one["variation_ids"].clone())).collect();
        let expected = [
            (json!(one), [300_000, 50_000, 0, 350_000], json!([first.id()])),
            (json!(other), [200_000, 30_000, 0, 230_000], json!([second.id()])),
        ];
        assert_eq!(told, expected);

        // The variations themselves, of all awards.
        let ids = |query: &str| scene.commissioner.all(&format!("/v1/variations?{query}")).iter().map(|one| one["id"].clone()).collect::<Vec<_>>();
        assert_eq!(ids("group=new-boroughs&limit=1"), [first.id(), second.id(), third.id()]);
        assert_eq!(ids("limit=50").len(), 4);
        assert_eq!(ids("group=nobody"), Vec::<Value>::new());
        let names: Vec<_> = scene.commissioner.all("/v1/variation-groups?limit=1").iter().map(|one| one["group"].clone()).collect();
        assert_eq!(names, ["another", "new-boroughs"]);
        scene.commissioner.get("/v1/variations?groups=x").must(422);
        app.nobody().get("/v1/variation-groups").must(401);
    }

    fn a_provider_sees_its_own_part_of_a_group(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let own = scene.live(300_000, json!({})).id();
        let draft_of_other = scene.draft(200_000, json!({ "provider_id": scene.other_provider }));
        let other = draft_of_other.id();
        scene.offer(&draft_of_other).must(200);
        scene.plan(&other);
        let tag = scene.award(&other).tag().to_owned();
        let acceptance = json!({ "accepted_on": "2020-08-01", "attests_living_wage": true });
        scene.stranger.change(&format!("/v1/awards/{other}/acceptance"), &tag, &acceptance).must(200);
        let more = |pence: i64| json!({ "group": "shared", "value": { "change_pence": pence } });
        accepted(&scene, &own, more(50_000));
        let issued = act(&scene.commissioner, &draft(&scene, &other, more(30_000)).must(201), "issue").must(200);
        draft(&scene, &other, more(9_000)).must(201);
        for (who, figures_seen, seen) in [(&scene.signatory, [300_000, 0, 50_000, 300_000], 1), (&scene.stranger, [200_000, 0, 30_000, 200_000], 1)] {
            let whole = group(who, "shared");
            assert_eq!((figures(&whole), whole["awards"].as_array().unwrap().len()), (figures_seen, seen));
            assert_eq!(who.all("/v1/variations?group=shared").len(), 1);
        }
        assert_eq!(scene.stranger.all("/v1/variations")[0]["id"], issued.id());
        assert_eq!(scene.commissioner.all("/v1/variations?group=shared").len(), 3);
    }
}
