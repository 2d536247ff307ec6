//! The report on indicators: told apart and narrowed by what figures belong to, final and provisional, and back to their returns.

use serde_json::{Value, json};

use super::spend::counted;
use crate::returns::{accepted, submitted};
use crate::support::{Answer, Scene};

/// A live award with an indicator that has a basis, targets and places in two frameworks: the award, the indicator.
fn award(scene: &Scene) -> (String, String) {
    let draft = scene.draft(300_000, json!({ "theme": "Prevention" }));
    let input = json!({ "name": "Referred", "kind": "output", "unit": "people", "direction": "higher", "adds_over_time": "sum",
        "adds_over_areas": "sum", "basis": "referrals", "award_ids": [draft.id()],
        "framework_codes": [{ "framework": "Outcomes", "code": "1.2" }, { "framework": "Strategy", "code": "S3" }] });
    let made = scene.commissioner.post(&format!("/v1/awards/{}/indicators", draft.id()), &input).must(201);
    let targets = json!({ "targets": [{ "period": "2020-21-Q1", "target": 20 }] });
    scene.commissioner.put(&format!("/v1/indicators/{}/targets", made.id()), made.tag(), &targets).must(200);
    (scene.go_live(&draft).id(), made.id())
}

fn content(values: &[Value]) -> Value {
    json!({ "narrative": "All went well.", "spend": [], "values": values })
}

fn rows(scene: &Scene, query: &str) -> Vec<Value> {
    let report: Answer = scene.finance.get(&format!("/v1/reports/indicators{query}")).must(200);
    report.body["rows"].as_array().unwrap().clone()
}

/// These fields of all rows.
fn told(scene: &Scene, query: &str, fields: &[&str]) -> Vec<Vec<Value>> {
    rows(scene, query).iter().map(|row| fields.iter().map(|field| row.pointer(field).cloned().unwrap_or(Value::Null)).collect()).collect()
}

on_both! {
    fn figures_are_final_or_provisional_and_lead_to_their_returns(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let (award, indicator) = award(&scene);
        let first = accepted(&scene, &award, "2020-21-Q1", &content(&[counted(&indicator, None, 10)])).id();
        let second = submitted(&scene, &award, "2020-21-Q2", &content(&[counted(&indicator, None, 7)])).id();
        let fields = ["/value", "/figure_status", "/return_count", "/return_ids", "/warnings"];
        assert_eq!(told(&scene, "", &fields), [[json!(10), json!("final"), json!(1), json!([first]), json!([])]]);
        let mut both = [first.clone(), second.clone()];
        both.sort();
        assert_eq!(told(&scene, "?returns=sent", &fields), [[json!(17), Value::Null, json!(2), json!(both), json!(["mixed_status"])]]);
        let by_quarter = told(&scene, "?returns=sent&group_by=quarter", &["/quarter", "/value", "/figure_status", "/target", "/return_ids/0"]);
        let wanted = [
            [json!("2020-21-Q1"), json!(10), json!("final"), json!(20), json!(first)],
            [json!("2020-21-Q2"), json!(7), json!("provisional"), Value::Null, json!(second)],
        ];
        assert_eq!(by_quarter, wanted);
        let csv = scene.finance.get("/v1/reports/indicators?format=csv").must(200).text;
        assert!(csv.contains(",return_count,return_ids,") && csv.contains(&format!(",1,{first},")), "{csv}");
    }

    fn figures_belong_to_provider_fund_theme_and_frameworks(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let (award, indicator) = award(&scene);
        accepted(&scene, &award, "2020-21-Q1", &content(&[counted(&indicator, None, 10)]));
        let fields = ["/provider/name", "/fund/code", "/theme", "/value", "/target"];
        let wanted = [json!("Helping Hands"), json!("CIF"), json!("Prevention"), json!(10), json!(20)];
        assert_eq!(told(&scene, "?group_by=provider&group_by=fund&group_by=theme", &fields), [wanted]);
        let places = told(&scene, "?group_by=framework", &["/framework", "/framework_code", "/value"]);
        assert_eq!(places, [[json!("Outcomes"), json!("1.2"), json!(10)], [json!("Strategy"), json!("S3"), json!(10)]]);
        let count = |query: &str| rows(&scene, query).len();
        let provider = &scene.provider;
        assert_eq!((count(&format!("?provider={provider}")), count(&format!("?provider={}", scene.other_provider))), (1, 0));
        assert_eq!((count("?theme=prevention"), count("?theme=victims")), (1, 0));
        assert_eq!((count("?framework=outcomes"), count("?framework_code=s3"), count("?framework=outcomes&framework_code=S3")), (1, 1, 0));
        assert_eq!(count("?framework=outcomes&group_by=framework"), 1);
        scene.finance.get("/v1/reports/indicators?provider=nobody").must(422);
    }

    fn a_change_of_basis_is_said(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let (award, indicator) = award(&scene);
        let on = |basis: &str, number: i64| {
            let mut value = counted(&indicator, None, number);
            value["basis"] = json!(basis);
            value
        };
        accepted(&scene, &award, "2020-21-Q1", &content(&[counted(&indicator, None, 10)]));
        accepted(&scene, &award, "2020-21-Q2", &content(&[on("referrals", 12)]));
        assert_eq!(told(&scene, "", &["/warnings", "/bases"]), [[json!([]), json!(["referrals"])]], "the same basis, said or not");
        accepted(&scene, &award, "2020-21-Q3", &content(&[on("people supported", 5)]));
        assert_eq!(told(&scene, "", &["/warnings", "/bases"]), [[json!(["mixed_basis"]), json!(["people supported", "referrals"])]]);
        let by_quarter = told(&scene, "?group_by=quarter", &["/warnings"]);
        assert_eq!(by_quarter, [[json!([])], [json!([])], [json!(["basis_changed"])]]);
    }
}
