//! The file of a claim to a funder: its figures are frozen with the certificate, small numbers are left out, and what changed since is
//! told with the next claim.

use almoner::access::permissions::Role;
use serde_json::{Value, json};

use super::spend::{counted, indicator, spend};
use crate::returns::accepted;
use crate::support::{Answer, Scene};

fn claim(scene: &Scene, starts_on: &str, ends_on: &str) -> Answer {
    let input = json!({ "budget_line_id": scene.lines[0], "amount_pence": 400_000, "starts_on": starts_on, "ends_on": ends_on });
    scene.commissioner.post("/v1/funder-claims", &input).must(201)
}

fn certify(scene: &Scene, claim: &Answer) -> Answer {
    let statement = json!({ "statement": "Spent for the purposes of the grant." });
    scene.finance.change(&format!("/v1/funder-claims/{}/certification", claim.id()), claim.tag(), &statement).must(200)
}

fn file(scene: &Scene, claim: &Answer) -> Answer {
    scene.finance.get(&format!("/v1/funder-claims/{}/file", claim.id())).must(200)
}

/// These fields of the rows of a section.
fn told(file: &Answer, section: &str, fields: &[&str]) -> Vec<Vec<Value>> {
    let rows = file.body["rows"].as_array().unwrap().iter().filter(|row| row["section"] == section);
    rows.map(|row| fields.iter().map(|field| row[*field].clone()).collect()).collect()
}

fn agree(scene: &Scene, claim: &Answer, is_agreed: bool) {
    let path = format!("/v1/funding-sources/{}", claim.body["funding_source"]["id"].as_str().unwrap());
    let tag = scene.commissioner.get(&path).must(200).tag().to_owned();
    scene.commissioner.patch(&path, &tag, &json!({ "small_numbers_agreed": is_agreed })).must(200);
}

const COUNTS: [&str; 3] = ["area", "count_state", "value"];

on_both! {
    fn figures_are_frozen_with_the_certificate(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let draft = scene.draft(300_000, json!({ "area_ids": [scene.area, scene.other_area] }));
        let people = indicator(&scene, &[&draft.id()], "Referred", "sum", "sum");
        let award = scene.go_live(&draft).id();
        let values = json!([counted(&people, Some(&scene.area), 12), counted(&people, Some(&scene.other_area), 3)]);
        let content = json!({ "narrative": "All went well.", "spend": spend(120_000), "values": values });
        let first = accepted(&scene, &award, "2020-21-Q1", &content);

        let written = claim(&scene, "2020-04-01", "2020-09-30");
        let before = file(&scene, &written);
        assert_eq!((before.body["is_frozen"].as_bool(), before.body["figures_sha256"].clone()), (Some(false), Value::Null));
        let hidden = [[Value::Null, json!("shown"), json!(15)], [json!("dudley"), json!("suppressed"), Value::Null], [json!("walsall"), json!("suppressed"), Value::Null]];
        assert_eq!(told(&before, "indicator", &COUNTS), hidden, "one hidden area alone could be worked out");
        let administrator = app.office(&[Role::Administrator]);
        let limit = |below: i64| {
            let tag = administrator.get("/v1/publication-policy").must(200).tag().to_owned();
            administrator.put("/v1/publication-policy", &tag, &json!({ "small_below": below })).must(200);
        };
        limit(3);
        let all = file(&scene, &written);
        assert_eq!((told(&all, "indicator", &["value"]), &all.body["small_below"]), (vec![vec![json!(15)], vec![json!(3)], vec![json!(12)]], &json!(3)));
        limit(5);
        agree(&scene, &written, true);
        let agreed = [[Value::Null, json!("shown"), json!(15)], [json!("dudley"), json!("shown"), json!(3)], [json!("walsall"), json!("shown"), json!(12)]];
        assert_eq!(told(&file(&scene, &written), "indicator", &COUNTS), agreed);
        agree(&scene, &written, false);

        let sure = certify(&scene, &written);
        let frozen = file(&scene, &written);
        assert_eq!((frozen.body["is_frozen"].as_bool(), frozen.body["spent_share_pence"].as_i64()), (Some(true), Some(120_000)));
        assert_eq!(told(&frozen, "spend", &["category", "amount_pence", "share_pence", "return_count"]), [[json!("staff"), json!(120_000), json!(120_000), json!(1)]]);
        assert_eq!((told(&frozen, "indicator", &COUNTS), &frozen.body["small_below"]), (hidden.map(Vec::from).to_vec(), &json!(5)));
        limit(3);

        // What is learnt later moves nothing of it.
        let less = json!({ "spend": [{ "category": "staff", "amount_pence": -20_000 }], "reason": "Entered twice." });
        scene.commissioner.post(&format!("/v1/returns/{}/adjustments", first.id()), &less).must(201);
        let none = json!([counted(&people, Some(&scene.area), 1), counted(&people, Some(&scene.other_area), 1)]);
        accepted(&scene, &award, "2020-21-Q2", &json!({ "narrative": "Late.", "spend": spend(50_000), "values": none }));
        let receipt = json!({ "amount_pence": 150_000, "reference": "BACS 42" });
        scene.finance.change(&format!("/v1/funder-claims/{}/receipts", written.id()), sure.tag(), &receipt).must(200);
        let later = file(&scene, &written);
        for section in ["spend", "earlier", "indicator"] {
            let fields = ["award", "category", "amount_pence", "share_pence", "return_count", "area", "count_state", "value", "indicator"];
            assert_eq!(told(&later, section, &fields), told(&frozen, section, &fields), "{section}");
        }
        assert_eq!(later.body["figures_sha256"], frozen.body["figures_sha256"]);
        assert_eq!(told(&later, "receipt", &["reference", "amount_pence"]), [[json!("BACS 42"), json!(150_000)]]);
        assert_eq!(later.body["received_pence"], 150_000);

        // The next claim tells what changed.
        let next = claim(&scene, "2020-10-01", "2021-03-31");
        let earlier = ["reference", "category", "amount_pence"];
        let changed = [[json!("CLM-0001"), json!("staff"), json!(30_000)]];
        assert_eq!(told(&file(&scene, &next), "earlier", &earlier), changed);
        certify(&scene, &next);
        assert_eq!(told(&file(&scene, &next), "earlier", &earlier), changed);
        let csv = scene.finance.get(&format!("/v1/funder-claims/{}/file?format=csv", written.id())).must(200).text;
        assert!(csv.contains(",suppressed,,") && !csv.contains(",3,"), "{csv}");
        let book = scene.finance.get(&format!("/v1/funder-claims/{}/file?format=xlsx", written.id())).must(200);
        assert!(book.header("content-type").unwrap().contains("spreadsheetml"));
        scene.author.get(&format!("/v1/funder-claims/{}/file", written.id())).must(403);
    }

    fn a_whole_that_is_reported_gives_no_area_away(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let draft = scene.draft(300_000, json!({ "area_ids": [scene.area, scene.other_area] }));
        let people = indicator(&scene, &[&draft.id()], "Referred", "sum", "sum");
        let award = scene.go_live(&draft).id();
        let values = json!([counted(&people, None, 23), counted(&people, Some(&scene.area), 20), counted(&people, Some(&scene.other_area), 3)]);
        accepted(&scene, &award, "2020-21-Q1", &json!({ "narrative": "All went well.", "spend": spend(120_000), "values": values }));
        let written = claim(&scene, "2020-04-01", "2020-09-30");
        let hidden = [[Value::Null, json!("shown"), json!(23)], [json!("dudley"), json!("suppressed"), Value::Null], [json!("walsall"), json!("suppressed"), Value::Null]];
        assert_eq!(told(&file(&scene, &written), "indicator", &COUNTS), hidden);
    }

    fn few_people_in_no_area_are_not_told_either(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let drafts = [1, 2].map(|_| scene.draft(300_000, json!({ "area_ids": [scene.area, scene.other_area] })));
        let people = indicator(&scene, &[&drafts[0].id(), &drafts[1].id()], "Referred", "sum", "sum");
        let [first, second] = drafts.map(|draft| scene.go_live(&draft).id());
        let content = |values: Value| json!({ "narrative": "All went well.", "spend": spend(10_000), "values": values });
        let areas = json!([counted(&people, Some(&scene.area), 20), counted(&people, Some(&scene.other_area), 30)]);
        accepted(&scene, &first, "2020-21-Q1", &content(areas));
        accepted(&scene, &second, "2020-21-Q1", &content(json!([counted(&people, None, 3)])));
        let shown = told(&file(&scene, &claim(&scene, "2020-04-01", "2020-09-30")), "indicator", &COUNTS);
        let one_hidden = [[Value::Null, json!("shown"), json!(53)], [json!("dudley"), json!("shown"), json!(30)], [json!("walsall"), json!("suppressed"), Value::Null]];
        assert_eq!(shown, one_hidden, "53 less 30 and 20 is 3");
    }

    fn figures_that_were_touched_are_not_shown(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = scene.live(300_000, json!({})).id();
        accepted(&scene, &award, "2020-21-Q1", &json!({ "narrative": "All went well.", "spend": spend(120_000) }));
        let written = claim(&scene, "2020-04-01", "2020-09-30");
        certify(&scene, &written);
        file(&scene, &written);
        app.sql("UPDATE funder_claim_figures SET figures = REPLACE(figures, '120000', '220000')");
        assert_eq!(scene.finance.get(&format!("/v1/funder-claims/{}/file", written.id())).status, 500);
    }
}
