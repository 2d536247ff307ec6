//! The report on indicators: told apart and narrowed by what figures belong to, final and provisional, and back to their returns.

use serde_json::{Value, json};

use super::spend::{counted, indicator};
use crate::returns::{accepted, of_period, submitted, write};
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

    fn each_figure_leads_to_all_of_its_returns(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let drafts = [0, 1].map(|_| scene.draft(300_000, json!({ "area_ids": [scene.area, scene.other_area] })));
        let people = indicator(&scene, &[&drafts[0].id(), &drafts[1].id()], "Helped", "sum", "sum");
        let [one, other] = drafts.map(|draft| scene.go_live(&draft).id());
        let here = |number: i64| content(&[counted(&people, Some(&scene.area), number)]);
        let both = content(&[counted(&people, Some(&scene.area), 7), counted(&people, Some(&scene.other_area), 30)]);
        let first = accepted(&scene, &one, "2020-21-Q1", &here(10)).id();
        let second = accepted(&scene, &other, "2020-21-Q1", &both).id();
        let third = submitted(&scene, &one, "2020-21-Q2", &here(20)).id();
        let listed = |url: &Value| -> Vec<String> {
            let answer = scene.finance.get(url.as_str().unwrap()).must(200);
            let mut ids: Vec<String> = answer.body["rows"].as_array().unwrap().iter().map(|row| row["return_id"].as_str().unwrap().to_owned()).collect();
            ids.sort();
            ids
        };
        let wanted = |ids: &[&String]| {
            let mut ids: Vec<String> = ids.iter().map(|id| (*id).clone()).collect();
            ids.sort();
            ids
        };
        let urls = |query: &str| -> Vec<Value> { rows(&scene, query).iter().map(|row| row["returns_url"].clone()).collect() };
        let by_area = urls("?group_by=area&returns=sent");
        assert_eq!(by_area.iter().map(listed).collect::<Vec<_>>(), [wanted(&[&second]), wanted(&[&first, &second, &third])], "{by_area:?}");
        let by_quarter = urls("?group_by=quarter&returns=sent");
        assert_eq!(by_quarter.iter().map(listed).collect::<Vec<_>>(), [wanted(&[&first, &second]), wanted(&[&third])]);
        // The address holds the moment, so what is accepted later is not in it.
        let before = urls("")[0].clone();
        crate::returns::act(&scene.commissioner, &scene.commissioner.get(&format!("/v1/returns/{third}")).must(200), "acceptance").must(200);
        assert_eq!((listed(&before), listed(&urls("")[0])), (wanted(&[&first, &second]), wanted(&[&first, &second, &third])));
        let told = scene.finance.get(before.as_str().unwrap()).must(200);
        assert_eq!(told.body["rows"].as_array().unwrap().len(), 2);
        assert_eq!([&told.body["rows"][0]["period"], &told.body["rows"][0]["figure_status"]], [&json!("2020-21-Q1"), &json!("final")]);
        let same = before.as_str().unwrap().replace("/returns?", "?");
        assert_eq!(scene.finance.get(&same).must(200).body["rows"][0]["value"], 47, "the row by itself");
        let csv = scene.finance.get(&format!("{}&format=csv", before.as_str().unwrap())).must(200).text;
        assert!(csv.starts_with("return_id,award_reference,award_title,period,starts_on,ends_on,figure_status,"), "{csv}");
        let stranger = "/v1/reports/indicators/returns?row=0123456789abcdef";
        assert_eq!(scene.finance.get(stranger).must(422).faults(), ["query:row unknown_record"]);
        app.office(&[almoner::access::permissions::Role::BoardReader]).get(before.as_str().unwrap()).must(403);
        // The board's quarter leads there too, for officers.
        let board = scene.finance.get("/v1/reports/board?quarter=2020-21-Q2").must(200);
        let of = |at: usize| listed(&board.body["rows"][at]["returns_url"]);
        assert_eq!((of(0), of(1)), (wanted(&[&first, &second, &third]), wanted(&[&second])), "{}", board.text);
        let kept = scene.commissioner.post("/v1/board-snapshots", &json!({ "quarter": "2020-21-Q2" })).must(201);
        assert_eq!(kept.body["report"]["rows"][0]["returns_url"], Value::Null);
    }

    fn a_gap_is_what_was_asked_for_and_not_told(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let (award, asked) = award(&scene);
        accepted(&scene, &award, "2020-21-Q1", &content(&[counted(&asked, None, 10)]));
        // What the first return was not asked for is no gap of it.
        let later = indicator(&scene, &[&award], "Trained", "sum", "sum");
        let missing = json!({ "indicator_id": asked, "area_id": null, "status": "not_reported" });
        accepted(&scene, &award, "2020-21-Q2", &content(&[missing, counted(&later, None, 5)]));
        let fields = ["/indicator/name", "/value", "/not_reported_count", "/warnings"];
        let wanted = [[json!("Referred"), json!(10), json!(1), json!(["incomplete"])], [json!("Trained"), json!(5), json!(0), json!([])]];
        assert_eq!(told(&scene, "", &fields), wanted);
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

    /// The indicator itself counts something else from a day on, and what was counted before stays as it was.
    fn an_indicator_on_another_basis_leaves_what_was_counted_before(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let draft = scene.draft(300_000, json!({}));
        let input = json!({ "name": "Referred", "kind": "output", "unit": "people", "direction": "higher", "adds_over_time": "sum",
            "adds_over_areas": "sum", "basis": "referrals", "award_ids": [draft.id()] });
        let indicator = scene.commissioner.post(&format!("/v1/awards/{}/indicators", draft.id()), &input).must(201).id();
        let award = scene.go_live(&draft).id();
        accepted(&scene, &award, "2020-21-Q1", &content(&[counted(&indicator, None, 10)]));
        let path = format!("/v1/indicators/{indicator}");
        let tag = scene.commissioner.get(&path).must(200).tag().to_owned();
        let amended = scene.commissioner.patch(&path, &tag, &json!({ "basis": "people supported" })).must(200);
        // It is in force from today on, as every change of an indicator is; these quarters are of the past.
        app.sql(&format!("UPDATE indicator_version SET effective_on = '2020-07-01' WHERE version = {}", amended.body["version"]));
        accepted(&scene, &award, "2020-21-Q2", &content(&[counted(&indicator, None, 12)]));
        let fields = ["/value", "/warnings", "/bases"];
        assert_eq!(told(&scene, "", &fields), [[json!(22), json!(["mixed_basis"]), json!(["people supported", "referrals"])]]);
        let by_quarter = [[json!(10), json!([]), json!(["referrals"])], [json!(12), json!(["basis_changed"]), json!(["people supported"])]];
        assert_eq!(told(&scene, "?group_by=quarter", &fields), by_quarter);
    }

    /// Output O26 on returns: of 500 women 80 % disclosed that they had been victims; of these women, 89 % domestic abuse, 20 % sexual violence,
    /// 10 % abuse in childhood.
    fn of_those_who_disclosed_so_many(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let draft = scene.draft(300_000, json!({}));
        let path = format!("/v1/awards/{}/indicators", draft.id());
        let percent = |name: &str, subset_of: Option<&str>| {
            json!({ "name": name, "kind": "demographic", "unit": "percent", "direction": "neutral", "adds_over_time": "average",
                "adds_over_areas": "average", "subset_of_id": subset_of })
        };
        let whole = scene.commissioner.post(&path, &percent("Women who disclosed", None)).must(201);
        let subset = |name: &str| scene.commissioner.post(&path, &percent(name, Some(&whole.id()))).must(201);
        let parts = ["domestic abuse", "sexual violence", "abuse in childhood"].map(subset);
        assert_eq!(parts[0].body["subset_of_id"], whole.id());

        // Only what the same returns ask for, a percentage, and no circle.
        let people = json!({ "name": "Women", "kind": "output", "unit": "people", "direction": "higher", "adds_over_time": "sum",
            "adds_over_areas": "sum", "subset_of_id": whole.id() });
        assert_eq!(scene.commissioner.post(&path, &people).must(422).faults(), ["/subset_of_id not_allowed"]);
        let elsewhere = scene.draft(300_000, json!({}));
        let refused = scene.commissioner.post(&format!("/v1/awards/{}/indicators", elsewhere.id()), &percent("Else", Some(&whole.id()))).must(422);
        assert_eq!(refused.faults(), ["/subset_of_id not_asked_for"]);
        let circle = json!({ "subset_of_id": parts[0].id() });
        let refused = scene.commissioner.patch(&format!("/v1/indicators/{}", whole.id()), whole.tag(), &circle).must(422);
        assert_eq!(refused.faults(), ["/subset_of_id circular"]);
        let away = json!({ "award_ids": [elsewhere.id()] });
        let refused = scene.commissioner.patch(&format!("/v1/indicators/{}", whole.id()), whole.tag(), &away).must(422);
        assert_eq!(refused.faults(), ["/award_ids fixed"; 3]);

        let award = scene.go_live(&draft).id();
        let seen = of_period(&scene, &award, "2020-21-Q1");
        let form = scene.author.get(&format!("/v1/returns/{}/form", seen.id())).must(200);
        let asked = form.body["indicators"].as_array().unwrap().iter().map(|one| one["subset_of"].clone()).collect::<Vec<_>>();
        assert_eq!(asked.iter().filter(|of| *of == "Women who disclosed").count(), 3, "{}", form.text);

        let value = |id: &str, part: i64, of: i64| json!({ "indicator_id": id, "status": "reported", "value": part, "denominator": of });
        let values = |of: i64| {
            json!([value(&whole.id(), 400, 500), value(&parts[0].id(), 356, of), value(&parts[1].id(), 80, 400), value(&parts[2].id(), 40, 400)])
        };
        let content = |of: i64| json!({ "narrative": "All went well.", "spend": [], "values": values(of) });
        let wrong = write(&scene.author, &seen, &content(500)).must(200);
        let found = wrong.body["findings"].as_array().unwrap();
        let found: Vec<_> = found.iter().map(|one| (one["rule"].clone(), one["severity"].clone(), one["pointer"].clone())).collect();
        assert_eq!(found, [(json!("denominator_not_counted"), json!("warning"), json!("/values/1/denominator"))]);
        accepted(&scene, &award, "2020-21-Q1", &content(400));

        let report = scene.finance.get("/v1/reports/indicators").must(200);
        let told = |name: &str| {
            let row = report.body["rows"].as_array().unwrap().iter().find(|row| row["indicator"]["name"] == name).unwrap().clone();
            ["value", "numerator", "denominator", "subset_of"].map(|field| row[field].clone())
        };
        assert_eq!(told("Women who disclosed"), [json!(80), json!(400), json!(500), Value::Null]);
        let of = json!("Women who disclosed");
        assert_eq!(told("domestic abuse"), [json!(89), json!(356), json!(400), of.clone()]);
        assert_eq!(told("sexual violence"), [json!(20), json!(80), json!(400), of.clone()]);
        assert_eq!(told("abuse in childhood"), [json!(10), json!(40), json!(400), of]);

        // With values it stays what it is of.
        let current = scene.commissioner.get(&format!("/v1/indicators/{}", parts[0].id())).must(200);
        let refused = scene.commissioner.patch(&format!("/v1/indicators/{}", parts[0].id()), current.tag(), &json!({ "subset_of_id": null })).must(422);
        assert!(refused.faults().contains(&"/subset_of_id locked".to_owned()), "{}", refused.text);
    }
}
