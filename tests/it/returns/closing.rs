//! What was spent of an award stays with it when it is closed.

use serde_json::{Value, json};

use super::{accepted, act, of_period, send, submitted, write};
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

    fn what_was_sent_stays_until_it_is_decided(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let ended = ended(&scene, 120_000);
        let content = json!({ "spend": [{ "category": "staff", "amount_pence": 25_000 }], "narrative": "We ran the last sessions." });
        let sent = submitted(&scene, &ended.id(), "2020-21-Q2", &content);
        let refused = close(&scene, &ended, &json!({ "unspent_pence": 180_000 })).must(409);
        assert_eq!([&refused.body["spent_pence"], &refused.body["unspent_at_most_pence"], &refused.body["waiting"]],
            [&json!(145_000), &json!(155_000), &json!(["2020-21-Q2"])]);
        assert!(refused.body["detail"].as_str().unwrap().contains("2020-21-Q2"), "{}", refused.text);
        close(&scene, &ended, &json!({ "unspent_pence": 155_000 })).must(200);
        act(&scene.commissioner, &sent, "acceptance").must(200);
        let report = scene.finance.get("/v1/reports/allocations").must(200);
        let names = ["committed_pence", "reported_spend_pence", "released_pence"];
        assert_eq!(names.map(|name| report.body["totals"][name].as_i64()), [145_000, 145_000, 155_000].map(Some));
    }

    fn a_return_after_the_settlement_is_held_against_what_was_kept(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let ended = ended(&scene, 120_000);
        close(&scene, &ended, &json!({ "unspent_pence": 180_000 })).must(200);
        let content = json!({ "spend": [{ "category": "staff", "amount_pence": 25_000 }], "narrative": "We ran the last sessions." });
        let written = write(&scene.author, &of_period(&scene, &ended.id(), "2020-21-Q2"), &content).must(200);
        let findings = written.body["findings"].as_array().unwrap();
        assert!(findings.iter().any(|one| one["rule"] == "spend_above_value"), "{}", written.text);
    }

    fn what_was_released_is_not_accepted_as_spent(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let ended = ended(&scene, 120_000);
        let closed = close(&scene, &ended, &json!({ "unspent_pence": 170_000 })).must(200);
        assert_eq!(scene.held("committed", &closed.id()), [130_000, 0]);
        let first = of_period(&scene, &closed.id(), "2020-21-Q1").id();
        let adjust = |pence: i64| {
            let input = json!({ "reason": "An invoice came late.", "spend": [{ "category": "staff", "amount_pence": pence }] });
            scene.commissioner.post(&format!("/v1/returns/{first}/adjustments"), &input)
        };
        let content = json!({ "spend": [{ "category": "staff", "amount_pence": 25_000 }], "narrative": "We ran the last sessions." });
        let sent = submitted(&scene, &closed.id(), "2020-21-Q2", &content);
        let refused = act(&scene.commissioner, &sent, "acceptance").must(409);
        let told = ["spent_pence", "kept_pence", "over_pence"].map(|name| refused.body[name].as_i64());
        assert_eq!((refused.code(), told), ("rule_broken", [145_000, 130_000, 15_000].map(Some)));
        let detail = refused.body["detail"].as_str().unwrap();
        assert!(detail.contains("£150.00 more than it keeps") && detail.contains("an award of its own"), "{detail}");
        // An adjustment may use what is left, and no penny more; one that takes away makes room for the return.
        assert_eq!(adjust(10_001).must(409).body["over_pence"], 1);
        adjust(10_000).must(201);
        assert_eq!(act(&scene.commissioner, &sent, "acceptance").must(409).body["over_pence"], 25_000);
        adjust(-25_000).must(201);
        act(&scene.commissioner, &sent, "acceptance").must(200);
        assert_eq!(adjust(1).must(409).code(), "rule_broken");
        let totals = scene.finance.get("/v1/reports/allocations").must(200).body["totals"].clone();
        assert_eq!([&totals["committed_pence"], &totals["reported_spend_pence"]], [130_000, 130_000]);
    }

    fn a_return_that_is_corrected_is_accepted_after_the_settlement(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let ended = ended(&scene, 120_000);
        close(&scene, &ended, &json!({ "unspent_pence": 180_000 })).must(200);
        let content = |pence: i64| json!({ "spend": [{ "category": "staff", "amount_pence": pence }], "narrative": "We ran the last sessions." });
        let sent = submitted(&scene, &ended.id(), "2020-21-Q2", &content(1));
        act(&scene.commissioner, &sent, "acceptance").must(409);
        let asked = act(&scene.commissioner, &sent, "queries").must(200);
        let written = write(&scene.author, &asked, &content(0)).must(200);
        act(&scene.commissioner, &send(&scene, &written), "acceptance").must(200);
    }

    fn what_parts_spent_stays_too(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let whole = scene.live(300_000, json!({})).id();
        let part = scene.live(0, json!({ "component_of": whole, "amount_pence": null, "tranche_id": null })).id();
        let content = |pence: i64| json!({ "spend": [{ "category": "staff", "amount_pence": pence }], "narrative": "We ran the sessions." });
        // The whole reports the first quarter, its part included; the part alone reports the second.
        accepted(&scene, &whole, "2020-21-Q1", &content(100_000));
        accepted(&scene, &part, "2020-21-Q1", &content(60_000));
        accepted(&scene, &part, "2020-21-Q2", &content(80_000));
        let tag = scene.award(&whole).tag().to_owned();
        let ended = scene.commissioner.change(&format!("/v1/awards/{whole}/end"), &tag, &json!({ "ended_on": "2020-09-30" })).must(200);
        let refused = close(&scene, &ended, &json!({ "unspent_pence": 200_000 })).must(409);
        assert_eq!([&refused.body["spent_pence"], &refused.body["unspent_at_most_pence"]], [180_000, 120_000]);
        close(&scene, &ended, &json!({ "unspent_pence": 120_000 })).must(200);
        // What a part reports later is money of the whole, which keeps no more.
        let sent = submitted(&scene, &part, "2020-21-Q3", &content(1));
        assert_eq!(act(&scene.commissioner, &sent, "acceptance").must(409).body["over_pence"], 1);
        let report = scene.finance.get("/v1/reports/allocations").must(200);
        let names = ["committed_pence", "reported_spend_pence", "released_pence"];
        assert_eq!(names.map(|name| report.body["totals"][name].as_i64()), [180_000, 180_000, 120_000].map(Some));
    }
}
