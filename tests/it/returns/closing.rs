//! What was spent of an award stays with it when it is closed.

use serde_json::{Value, json};

use super::accepted;
use crate::support::{Answer, Scene};

/// A live award of £3,000 whose first quarter reports this much as spent, ended on 30 September 2020.
fn ended(scene: &Scene, spent_pence: i64) -> Answer {
    let award = scene.live(300_000, json!({}));
    let content = json!({ "spend": [{ "category": "staff", "amount_pence": spent_pence }], "narrative": "We ran the sessions." });
    accepted(scene, &award.id(), "2020-21-Q1", &content);
    let tag = scene.award(&award.id()).tag().to_owned();
    scene.commissioner.change(&format!("/v1/awards/{}/end", award.id()), &tag, &json!({ "ended_on": "2020-09-30" })).must(200)
}

fn close(scene: &Scene, seen: &Answer, input: &Value) -> Answer {
    scene.commissioner.change(&format!("/v1/awards/{}/closure", seen.id()), seen.tag(), input)
}

on_both! {
    fn what_was_spent_does_not_go_back(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let ended = ended(&scene, 120_000);
        let refused = close(&scene, &ended, &json!({})).must(409);
        let told = ["spent_pence", "agreed_pence", "unspent_at_most_pence"].map(|name| refused.body[name].as_i64());
        assert_eq!((refused.code(), told), ("rule_broken", [120_000, 300_000, 180_000].map(Some)));
        close(&scene, &ended, &json!({ "unspent_pence": 180_001 })).must(409);
        assert_eq!(close(&scene, &ended, &json!({ "unspent_pence": 300_001 })).must(422).faults(), ["/unspent_pence too_large"]);
        assert_eq!(close(&scene, &ended, &json!({ "unspent_pence": -1 })).must(422).faults(), ["/unspent_pence too_small"]);
        assert_eq!(scene.held("committed", &ended.id()), [300_000, 0]);
        let before = scene.held("fund_period", &scene.period);
        assert_eq!(close(&scene, &ended, &json!({ "unspent_pence": 180_000 })).must(200).body["state"], "closed");
        assert_eq!(scene.held("committed", &ended.id()), [120_000, 0]);
        assert_eq!(scene.held("fund_period", &scene.period), [before[0] + 180_000, before[1]]);
        let report = scene.finance.get("/v1/reports/allocations?group_by=award").must(200);
        let names = ["committed_pence", "reported_spend_pence", "released_pence"];
        assert_eq!(names.map(|name| report.body["totals"][name].as_i64()), [120_000, 120_000, 180_000].map(Some));
    }

    fn an_award_that_spent_more_keeps_all_it_has(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let ended = ended(&scene, 310_000);
        assert_eq!(close(&scene, &ended, &json!({})).must(409).body["unspent_at_most_pence"], 0);
        close(&scene, &ended, &json!({ "unspent_pence": 0 })).must(200);
        assert_eq!(scene.held("committed", &ended.id()), [300_000, 0]);
    }
}
