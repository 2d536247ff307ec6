//! What reports say of each day's provider, before and after its agreements pass on.

use serde_json::{Value, json};

use super::novation::{act, agreed, known_supplier};
use crate::payments::ready;
use crate::reports::spend::{counted, indicator, spend};
use crate::returns::accepted;
use crate::support::Scene;

/// What is told of each provider on a day, by its name.
fn by_provider(scene: &Scene, path: &str, told: &str) -> Value {
    let report = scene.finance.get(&format!("/v1/reports/{path}")).must(200);
    report.body["rows"].as_array().unwrap().iter().map(|row| json!([row["provider"]["name"], row[told]])).collect()
}

on_both! {
    fn what_was_reported_is_of_whoever_was_party_on_the_day(app) {
        let scene = ready(app);
        known_supplier(&scene);
        let award = scene.live(400_000, json!({})).id();
        let people = indicator(&scene, &[&award], "People", "sum", "sum");
        let content = json!({ "spend": spend(70_000), "narrative": "We ran the sessions.", "values": [counted(&people, None, 12)] });
        accepted(&scene, &award, "2020-21-Q1", &content);
        app.sql("UPDATE quarterly_return_version SET effective_on = '2020-08-20' WHERE state = 'accepted'");
        let id = agreed(&scene, json!({}));
        act(&scene.commissioner, &id, "application", &json!({})).must(200);

        let indicators = |query: &str| by_provider(&scene, &format!("indicators?group_by=provider&{query}"), "value");
        assert_eq!(indicators("as_at=2020-12-31"), json!([["Helping Hands", 12]]));
        assert_eq!(indicators("as_at=2021-01-01"), json!([["Open Doors", 12]]));
        let asked = |provider: &str, day: &str| indicators(&format!("as_at={day}&provider={provider}")).as_array().map(Vec::len);
        assert_eq!([asked(&scene.provider, "2020-12-31"), asked(&scene.other_provider, "2020-12-31")], [Some(1), Some(0)]);
        assert_eq!([asked(&scene.provider, "2021-01-01"), asked(&scene.other_provider, "2021-01-01")], [Some(0), Some(1)]);

        let spent = |day: &str| by_provider(&scene, &format!("expenditure?group_by=provider&origin=returned&as_at={day}"), "amount_pence");
        assert_eq!([spent("2020-12-31"), spent("2021-01-01")], [json!([["Helping Hands", 70_000]]), json!([["Open Doors", 70_000]])]);

        // A return that passed on was the predecessor's until then; what was accepted of it stays its own.
        let grid = |quarter: &str, day: &str| by_provider(&scene, &format!("return-compliance?quarter={quarter}&as_at={day}"), "quarter");
        assert_eq!(grid("2020-21-Q4", "2020-12-31"), json!([["Helping Hands", "2020-21-Q4"]]));
        assert_eq!(grid("2020-21-Q4", "2021-01-01"), json!([["Open Doors", "2020-21-Q4"]]));
        for day in ["2020-12-31", "2021-01-01"] {
            assert_eq!(grid("2020-21-Q1", day), json!([["Helping Hands", "2020-21-Q1"]]), "{day}");
        }
    }
}
