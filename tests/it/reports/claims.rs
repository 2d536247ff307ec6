//! The file of a claim to a funder: its figures are frozen with the certificate, small numbers are left out, and what changed since is
//! told with the next claim.

use std::io::Cursor;

use almoner::access::permissions::Role;
use calamine::{Data, Reader, Xlsx};
use reqwest::Method;
use serde_json::{Value, json};

use super::spend::{counted, indicator, spend};
use crate::returns::accepted;
use crate::support::{Answer, Scene};

fn claim(scene: &Scene, starts_on: &str, ends_on: &str) -> Answer {
    let input = json!({ "budget_line_id": scene.lines[0], "amount_pence": 400_000, "starts_on": starts_on, "ends_on": ends_on });
    scene.commissioner.post("/v1/funder-claims", &input).must(201)
}

/// Certifies a claim, also where returns of its days are outstanding.
fn certify(scene: &Scene, claim: &Answer) -> Answer {
    let mut statement = json!({ "statement": "Spent for the purposes of the grant." });
    let path = format!("/v1/funder-claims/{}/certification", claim.id());
    let answer = scene.chief.change(&path, claim.tag(), &statement);
    if answer.status == 200 {
        return answer;
    }
    let count = &answer.must(409).body["outstanding_return_count"];
    statement["outstanding_returns"] = json!({ "return_count": count, "reason": "They come later." });
    scene.chief.change(&path, claim.tag(), &statement).must(200)
}

fn file(scene: &Scene, claim: &Answer) -> Answer {
    scene.finance.get(&format!("/v1/funder-claims/{}/file", claim.id())).must(200)
}

/// These fields of the rows of a section.
fn told(file: &Answer, section: &str, fields: &[&str]) -> Vec<Vec<Value>> {
    let rows = file.body["rows"].as_array().unwrap().iter().filter(|row| row["section"] == section);
    rows.map(|row| fields.iter().map(|field| row[*field].clone()).collect()).collect()
}

/// Of the rows of a file as a workbook that tell of a count: its state, and the cell that holds it.
fn counts_in_the_book(scene: &Scene, claim: &Answer) -> Vec<(String, Data)> {
    let path = format!("/v1/funder-claims/{}/file?format=xlsx", claim.id());
    let bytes = scene.finance.request(Method::GET, &path).send().unwrap().bytes().unwrap();
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes.to_vec())).unwrap();
    let range = book.worksheet_range_at(0).unwrap().unwrap();
    let rows: Vec<&[Data]> = range.rows().collect();
    let column = |name: &str| rows[0].iter().position(|cell| *cell == Data::String(name.to_owned())).unwrap();
    let (state, value) = (column("count_state"), column("value"));
    rows[1..].iter().filter(|row| row[state] != Data::Empty).map(|row| (row[state].to_string(), row[value].clone())).collect()
}

/// What the row of the claim itself says of it.
fn told_note(file: &Answer) -> String {
    told(file, "claim", &["note"])[0][0].as_str().unwrap().to_owned()
}

fn agree(scene: &Scene, claim: &Answer, is_agreed: bool) {
    let path = format!("/v1/funding-sources/{}", claim.body["funding_source"]["id"].as_str().unwrap());
    let tag = scene.commissioner.get(&path).must(200).tag().to_owned();
    scene.commissioner.patch(&path, &tag, &json!({ "small_numbers_agreed": is_agreed })).must(200);
}

fn claim_on(scene: &Scene, line: &str, starts_on: &str, ends_on: &str) -> Answer {
    let input = json!({ "budget_line_id": line, "amount_pence": 400_000, "starts_on": starts_on, "ends_on": ends_on });
    scene.commissioner.post("/v1/funder-claims", &input).must(201)
}

/// Changes the value of a live award from 1 October 2020 on.
fn vary(scene: &Scene, award: &str, value: &Value) {
    let input = json!({ "title": "Other money", "reason": "Agreed anew.", "effective_on": "2020-10-01", "value": value });
    let drafted = scene.commissioner.post(&format!("/v1/awards/{award}/variations"), &input).must(201);
    let path = format!("/v1/variations/{}", drafted.id());
    let issued = scene.commissioner.change(&format!("{path}/issue"), drafted.tag(), &json!({})).must(200);
    let agreed = scene.signatory.change(&format!("{path}/acceptance"), issued.tag(), &json!({})).must(200);
    scene.commissioner.change(&format!("{path}/application"), agreed.tag(), &json!({})).must(200);
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
        let earlier = ["reference", "category", "amount_pence", "count_state", "value"];
        let changed = [
            [json!("CLM-0001"), json!("staff"), json!(30_000), Value::Null, Value::Null],
            // Two people more, and the counts of areas were hidden before.
            [json!("CLM-0001"), Value::Null, Value::Null, json!("suppressed"), Value::Null],
        ];
        assert_eq!(told(&file(&scene, &next), "earlier", &earlier), changed);
        certify(&scene, &next);
        assert_eq!(told(&file(&scene, &next), "earlier", &earlier), changed);
        let csv = scene.finance.get(&format!("/v1/funder-claims/{}/file?format=csv", written.id())).must(200).text;
        assert!(csv.contains(",suppressed,,") && !csv.contains(",3,"), "{csv}");
        let book = scene.finance.get(&format!("/v1/funder-claims/{}/file?format=xlsx", written.id())).must(200);
        assert!(book.header("content-type").unwrap().contains("spreadsheetml"));
        let blank = ("suppressed".to_owned(), Data::Empty);
        assert_eq!(counts_in_the_book(&scene, &written), [("shown".to_owned(), Data::Float(15.0)), blank.clone(), blank]);
        scene.author.get(&format!("/v1/funder-claims/{}/file", written.id())).must(403);
    }

    fn whoever_certifies_without_a_return_knows_of_it(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = scene.live(300_000, json!({})).id();
        accepted(&scene, &award, "2020-21-Q1", &json!({ "narrative": "All went well.", "spend": spend(120_000) }));
        let written = claim(&scene, "2020-04-01", "2020-09-30");
        assert_eq!(file(&scene, &written).body["outstanding_return_count"], 1);
        let path = format!("/v1/funder-claims/{}/certification", written.id());
        let certify = |said: Value| {
            let statement = json!({ "statement": "Spent for the purposes of the grant.", "outstanding_returns": said });
            scene.chief.change(&path, written.tag(), &statement)
        };
        let refused = certify(Value::Null).must(409);
        let missing = json!([{ "award": "CIF-2020-21-T1-0001", "period": "2020-21-Q2", "state": "due" }]);
        assert_eq!((refused.code(), &refused.body["outstanding_return_count"], &refused.body["outstanding_returns"]), ("rule_broken", &json!(1), &missing));
        let reason = "The funder asks for it by 15 October.";
        certify(json!({ "return_count": 2, "reason": reason })).must(409);
        assert_eq!(certify(json!({ "return_count": 1, "reason": " " })).must(422).faults(), ["/outstanding_returns/reason blank"]);
        let sure = certify(json!({ "return_count": 1, "reason": reason })).must(200);
        assert_eq!(sure.body["certification"]["outstanding_returns"], json!({ "return_count": 1, "reason": reason }));
        let log = app.office(&[Role::Auditor]).all(&format!("/v1/audit-events?record_id={}&outcome=done", written.id()));
        let told: Vec<&Value> = log.iter().filter_map(|event| event["after"]["certificate"].get("outstanding_returns")).filter(|one| !one.is_null()).collect();
        assert_eq!(told, [&json!({ "return_count": 1, "reason": reason })]);
        // What comes afterwards changes nothing of it.
        accepted(&scene, &award, "2020-21-Q2", &json!({ "narrative": "All went well.", "spend": spend(10_000) }));
        let file = file(&scene, &written);
        assert_eq!(file.body["outstanding_return_count"], 1);
        assert!(told_note(&file).ends_with("Without 1 return that was not accepted then."), "{}", file.text);
        // Where none is outstanding, nothing is to be said.
        let next = claim(&scene, "2020-07-01", "2020-09-30");
        let statement = json!({ "statement": "Spent.", "outstanding_returns": { "return_count": 1, "reason": reason } });
        scene.chief.change(&format!("/v1/funder-claims/{}/certification", next.id()), next.tag(), &statement).must(409);
    }

    fn a_funder_reads_the_boards_papers_too(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let pays = |line: &str, more: &str| json!({ "tranche_id": null, "split": [{ "budget_line_id": line, "amount_pence": 300_000 }], "title": more });
        let drafts = [0, 1].map(|at| scene.draft(300_000, pays(&scene.lines[at], &format!("Project {at}"))));
        let people = indicator(&scene, &[&drafts[0].id(), &drafts[1].id()], "Referred", "sum", "sum");
        let [own, other] = drafts.map(|draft| scene.go_live(&draft).id());
        let content = |number: i64| json!({ "narrative": "All went well.", "spend": [], "values": [counted(&people, None, number)] });
        for (award, numbers) in [(&own, [50, 40]), (&other, [3, 30])] {
            accepted(&scene, award, "2020-21-Q1", &content(numbers[0]));
            accepted(&scene, award, "2020-21-Q2", &content(numbers[1]));
        }
        let gathered = |quarter: &str| scene.commissioner.post("/v1/board-snapshots", &json!({ "quarter": quarter })).must(201);
        let signed = |made: &Answer| scene.approver.change(&format!("/v1/board-snapshots/{}/sign-off", made.id()), made.tag(), &json!({}));
        let states = |made: &Answer| -> [Value; 2] { ["quarter", "year_to_date"].map(|name| made.body["report"]["rows"][0][name]["state"].clone()) };
        // 53 people on the board's page, less 50 of the claim, are 3 of another funder's award.
        let written = claim(&scene, "2020-04-01", "2020-06-30");
        let shown = |state: &str, value: Value| [[Value::Null, json!(state), value]];
        assert_eq!(told(&file(&scene, &written), "indicator", &COUNTS), shown("shown", json!(50)));
        let first = gathered("2020-21-Q1");
        assert_eq!(states(&first), [json!("shown"), json!("shown")]);
        signed(&first).must(200);
        assert_eq!(told(&file(&scene, &written), "indicator", &COUNTS), shown("suppressed", Value::Null), "the board has 53");
        // What was gathered before a claim was certified is not signed off any more.
        let second = gathered("2020-21-Q2");
        assert_eq!(states(&second), [json!("shown"), json!("shown")]);
        let half = claim(&scene, "2020-07-01", "2020-09-30");
        assert_eq!(told(&file(&scene, &half), "indicator", &COUNTS), shown("shown", json!(40)));
        certify(&scene, &half);
        assert_eq!(signed(&second).must(409).code(), "overlap", "a funder has more since it was gathered");
        let again = gathered("2020-21-Q2");
        assert_eq!(again.body["report"]["beside_claims"], json!([half.id()]));
        signed(&again).must(200);
        // And where the funder has its 50 before, the page may not say 53, nor the year so far that grew by them.
        for (award, number) in [(&own, 50), (&other, 3)] {
            accepted(&scene, award, "2020-21-Q3", &content(number));
        }
        certify(&scene, &claim(&scene, "2020-10-01", "2020-12-31"));
        assert_eq!(states(&gathered("2020-21-Q3")), [json!("suppressed"), json!("suppressed")]);
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

    fn lines_share_what_was_spent_to_the_penny(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let [one, other] = scene.lines.clone();
        let part = |line: &str, pence: i64| json!({ "budget_line_id": line, "amount_pence": pence });
        let award = scene.live(300_000, json!({ "tranche_id": null, "split": [part(&one, 150_000), part(&other, 150_000)] })).id();
        accepted(&scene, &award, "2020-21-Q1", &json!({ "narrative": "All went well.", "spend": spend(101) }));
        let shares = |claims: [&Answer; 2], section: &str| {
            claims.map(|claim| told(&file(&scene, claim), section, &["reference", "award_title", "provider", "amount_pence", "share_pence", "note"]))
        };
        let both = [claim_on(&scene, &one, "2020-04-01", "2020-09-30"), claim_on(&scene, &other, "2020-04-01", "2020-09-30")];
        let row = |reference: Value, amount: i64, share: i64, note: Value| {
            [[reference, json!("Street project"), json!("Helping Hands"), json!(amount), json!(share), note]].map(|row| row.to_vec()).to_vec()
        };
        let first = |share: i64| row(Value::Null, 101, share, Value::Null);
        assert_eq!(shares([&both[0], &both[1]], "spend"), [first(51), first(50)], "a penny is in one claim, not in both");
        for claim in &both {
            certify(&scene, claim);
        }

        // The second line takes on more: of what was spent before it bears more too, and the next claims say so.
        vary(&scene, &award, &json!({ "change_pence": 150_000, "split": [part(&one, 150_000), part(&other, 300_000)] }));
        let next = [claim_on(&scene, &one, "2020-10-01", "2020-12-31"), claim_on(&scene, &other, "2020-10-01", "2020-12-31")];
        let anew = json!("The award is split over its budget lines in another way by now.");
        let changes = [row(json!("CLM-0001"), 0, -17, anew.clone()), row(json!("CLM-0002"), 0, 17, anew)];
        assert_eq!(shares([&next[0], &next[1]], "earlier"), changes);

        // A line that pays no more has its share back.
        vary(&scene, &award, &json!({ "change_pence": -150_000, "split": [part(&other, 300_000)] }));
        let none = json!("This budget line pays nothing of the award any more.");
        let changes = [row(json!("CLM-0001"), -101, -51, none), row(json!("CLM-0002"), 0, 51, json!("The award is split over its budget lines in another way by now."))];
        assert_eq!(shares([&next[0], &next[1]], "earlier"), changes);
        for claim in &next {
            certify(&scene, claim);
        }
        let last = claim_on(&scene, &other, "2021-01-01", "2021-03-31");
        assert_eq!(told(&file(&scene, &last), "earlier", &["reference"]).len(), 0, "what was told is told once");
    }

    fn a_claim_is_told_as_it_was_known(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let draft = scene.draft(300_000, json!({ "area_ids": [scene.area, scene.other_area] }));
        let people = indicator(&scene, &[&draft.id()], "Referred", "sum", "sum");
        let award = scene.go_live(&draft).id();
        let values = json!([counted(&people, Some(&scene.area), 12), counted(&people, Some(&scene.other_area), 3)]);
        let first = accepted(&scene, &award, "2020-21-Q1", &json!({ "narrative": "All went well.", "spend": spend(120_000), "values": values }));
        let before = claim(&scene, "2020-04-01", "2020-09-30");
        certify(&scene, &before);
        let less = json!({ "spend": [{ "category": "staff", "amount_pence": -20_000 }], "reason": "Entered twice." });
        scene.commissioner.post(&format!("/v1/returns/{}/adjustments", first.id()), &less).must(201);
        let written = claim(&scene, "2020-10-01", "2021-03-31");
        agree(&scene, &written, true);

        let then = file(&scene, &written);
        let spent = |file: &Answer| -> Vec<Vec<Value>> {
            told(file, "earlier", &["award_title", "amount_pence"]).into_iter().filter(|row| !row[1].is_null()).collect()
        };
        assert_eq!(spent(&then), [[json!("Street project"), json!(-20_000)]]);
        let path = format!("/v1/funder-claims/{}/file?known_at={}&as_at={}", written.id(), then.body["known_at"].as_str().unwrap(), then.body["as_at"].as_str().unwrap());
        let then = scene.finance.get(&path).must(200);

        agree(&scene, &written, false);
        let rename = |path: &str| {
            let tag = scene.commissioner.get(path).must(200).tag().to_owned();
            scene.commissioner.patch(path, &tag, &json!({ "name": "Another name" })).must(200);
        };
        rename(&format!("/v1/providers/{}", scene.provider));
        rename(&format!("/v1/funding-sources/{}", written.body["funding_source"]["id"].as_str().unwrap()));
        let seen = scene.finance.get(&format!("/v1/funder-claims/{}", before.id())).must(200);
        scene.chief.change(&format!("/v1/funder-claims/{}/withdrawal", before.id()), seen.tag(), &json!({ "reason": "Sent to the wrong funder." })).must(200);

        let again = scene.finance.get(&path).must(200);
        assert_eq!((again.text.as_str(), again.tag()), (then.text.as_str(), then.tag()), "the same question has the same answer");
        let unchanged = scene.finance.send(scene.finance.request(Method::GET, &path).header("if-none-match", then.tag()));
        assert_eq!(unchanged.status, 304);
        let now = scene.finance.send(scene.finance.request(Method::GET, &format!("/v1/funder-claims/{}/file", written.id())).header("if-none-match", then.tag())).must(200);
        assert_eq!((&now.body["small_numbers_agreed"], &now.body["funding_source"]), (&json!(false), &json!("Another name")));
        assert_eq!(then.body["small_numbers_agreed"], true);
        assert_eq!(told(&now, "earlier", &["amount_pence"]).len(), 0, "what was taken back told nothing");
    }

    fn tables_of_two_claims_are_not_subtracted(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let probe = claim(&scene, "2021-01-01", "2021-03-31");
        let line = json!({ "funding_source_id": probe.body["funding_source"]["id"], "state": "planned", "amount_pence": 3_000_000, "effective_on": "2020-04-01" });
        let line = scene.commissioner.post(&format!("/v1/fund-periods/{}/budget-lines", scene.period), &line).must(201);
        let other = scene.finance.change(&format!("/v1/budget-lines/{}/confirmation", line.id()), line.tag(), &json!({ "effective_on": "2020-04-01" })).must(200).id();
        let part = |line: &str| json!({ "budget_line_id": line, "amount_pence": 150_000 });
        let one = scene.draft(150_000, json!({ "tranche_id": null, "split": [part(&scene.lines[0])] }));
        let both = scene.draft(300_000, json!({ "tranche_id": null, "split": [part(&scene.lines[0]), part(&other)] }));
        let people = indicator(&scene, &[&one.id(), &both.id()], "Referred", "sum", "sum");
        let report = |award: &str, period: &str, value: i64| {
            let content = json!({ "narrative": "All went well.", "spend": spend(1_000), "values": [counted(&people, Some(&scene.area), value)] });
            accepted(&scene, award, period, &content);
        };
        let (one, both) = (scene.go_live(&one).id(), scene.go_live(&both).id());
        report(&both, "2020-21-Q1", 50);
        report(&both, "2020-21-Q2", 3);
        let counts = |claim: &Answer| told(&file(&scene, claim), "indicator", &["count_state", "value"]);
        let shown = |value: i64| vec![vec![json!("shown"), json!(value)]; 2];
        let hidden = vec![vec![json!("suppressed"), Value::Null]; 2];
        // A half year less its first quarter is a quarter of three people.
        let [quarter, half] = ["2020-06-30", "2020-09-30"].map(|last| claim_on(&scene, &other, "2020-04-01", last));
        assert_eq!((counts(&quarter), counts(&half)), (shown(50), shown(53)));
        certify(&scene, &quarter);
        assert_eq!(counts(&half), hidden);
        agree(&scene, &half, true);
        assert_eq!(counts(&half), shown(53));
        agree(&scene, &half, false);
        // Quarters that have nothing in common tell nothing of each other.
        report(&both, "2020-21-Q3", 52);
        assert_eq!(counts(&claim_on(&scene, &other, "2020-10-01", "2020-12-31")), shown(52));
        // One line pays an award more than the other one, and that counts four people.
        let wide = claim(&scene, "2020-04-01", "2020-06-30");
        assert_eq!(counts(&wide), shown(50), "the same people are no secret");
        report(&one, "2020-21-Q1", 4);
        assert_eq!(counts(&wide), hidden);
        // What is hidden in one stays hidden in the other where both count the same.
        certify(&scene, &half);
        let same = claim(&scene, "2020-07-01", "2020-09-30");
        assert_eq!(counts(&same), hidden);
    }

    fn counts_that_changed_are_told_with_the_next_claim(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let draft = scene.draft(300_000, json!({ "area_ids": [scene.area, scene.other_area] }));
        let people = indicator(&scene, &[&draft.id()], "Referred", "sum", "sum");
        let award = scene.go_live(&draft).id();
        let values = json!([counted(&people, Some(&scene.area), 20), counted(&people, Some(&scene.other_area), 30)]);
        let first = accepted(&scene, &award, "2020-21-Q1", &json!({ "narrative": "All went well.", "spend": spend(120_000), "values": values }));
        let before = claim(&scene, "2020-04-01", "2020-09-30");
        certify(&scene, &before);
        let next = claim(&scene, "2020-10-01", "2021-03-31");
        let counts = |claim: &Answer| -> Vec<Vec<Value>> {
            let rows = told(&file(&scene, claim), "earlier", &["reference", "indicator", "area", "count_state", "told_value", "value"]);
            rows.into_iter().filter(|row| row[1] == "Referred").collect()
        };
        assert_eq!(counts(&next).len(), 0);

        // Three people fewer: a funder who holds the claim would know of three.
        let adjust = |value: i64| {
            let input = json!({ "values": [{ "indicator_id": people, "area_id": scene.area, "value": value }], "reason": "Counted anew." });
            scene.commissioner.post(&format!("/v1/returns/{}/adjustments", first.id()), &input).must(201);
        };
        adjust(-3);
        let hidden = |area: Value| vec![json!("CLM-0001"), json!("Referred"), area, json!("suppressed"), Value::Null, Value::Null];
        assert_eq!(counts(&next), [hidden(Value::Null), hidden(json!("walsall"))]);
        let row = |area: Value, before: i64, now: i64| vec![json!("CLM-0001"), json!("Referred"), area, json!("shown"), json!(before), json!(now)];
        agree(&scene, &next, true);
        assert_eq!(counts(&next), [row(Value::Null, 50, 47), row(json!("walsall"), 20, 17)]);
        agree(&scene, &next, false);
        adjust(-4);
        let changed = [row(Value::Null, 50, 43), row(json!("walsall"), 20, 13)];
        assert_eq!(counts(&next), changed);
        certify(&scene, &next);
        assert_eq!(counts(&next), changed);
    }

    fn a_claim_tells_what_was_accepted_and_what_adjustments_made_of_it(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let draft = scene.draft(300_000, json!({ "area_ids": [scene.area, scene.other_area] }));
        let people = indicator(&scene, &[&draft.id()], "Referred", "sum", "sum");
        let award = scene.go_live(&draft).id();
        let values = json!([counted(&people, Some(&scene.area), 20), counted(&people, Some(&scene.other_area), 30)]);
        let first = accepted(&scene, &award, "2020-21-Q1", &json!({ "narrative": "All went well.", "spend": spend(120_000), "values": values }));
        let written = claim(&scene, "2020-04-01", "2020-09-30");
        let counts = || told(&file(&scene, &written), "indicator", &["area", "value", "accepted_value", "adjustment_count"]);
        let row = |area: Value, value: i64, accepted: Value, times: i64| vec![area, json!(value), accepted, json!(times)];
        let adjust = |value: i64| {
            let input = json!({ "values": [{ "indicator_id": people, "area_id": scene.area, "value": value }],
                "spend": [{ "category": "staff", "amount_pence": -10_000 }], "reason": "Counted anew." });
            scene.commissioner.post(&format!("/v1/returns/{}/adjustments", first.id()), &input).must(201);
        };
        adjust(-2);
        let few = [row(Value::Null, 48, Value::Null, 1), row(json!("dudley"), 30, Value::Null, 0), row(json!("walsall"), 18, Value::Null, 1)];
        assert_eq!(counts(), few, "two people could be worked out");
        adjust(-4);
        let both = [row(Value::Null, 44, json!(50), 2), row(json!("dudley"), 30, json!(30), 0), row(json!("walsall"), 14, json!(20), 2)];
        assert_eq!(counts(), both);
        let spent = [[json!(120_000), json!(100_000)]];
        assert_eq!(told(&file(&scene, &written), "spend", &["accepted_pence", "amount_pence"]), spent);
    }

    fn a_funder_is_claimed_from_for_its_periods(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let line = scene.commissioner.get(&format!("/v1/budget-lines/{}", scene.lines[0])).must(200);
        let source = format!("/v1/funding-sources/{}", line.body["funding_source"]["id"].as_str().unwrap());
        let tag = scene.commissioner.get(&source).must(200).tag().to_owned();
        let set = scene.commissioner.patch(&source, &tag, &json!({ "claim_period": "half_yearly" })).must(200);
        assert_eq!(set.body["claim_period"], "half_yearly");
        let input = |from: &str, to: &str| json!({ "budget_line_id": scene.lines[0], "amount_pence": 400_000, "starts_on": from, "ends_on": to });
        let refused = scene.commissioner.post("/v1/funder-claims", &input("2020-04-01", "2020-06-30")).must(422);
        assert_eq!(refused.faults(), ["/starts_on not_a_claim_period"]);
        assert!(refused.body["errors"][0]["message"].as_str().unwrap().contains("2020-04-01 to 2020-09-30"), "{}", refused.text);
        let due = |as_at: &str| {
            let report = scene.finance.get(&format!("/v1/reports/funder-claims-due?as_at={as_at}&funding_source=poca")).must(200);
            let rows = report.body["rows"].as_array().unwrap().clone();
            rows.iter().map(|row| ["starts_on", "ends_on", "state", "claims"].map(|field| row[field].clone())).collect::<Vec<_>>()
        };
        let row = |days: [&str; 2], state: &str, claims: &[&str]| [json!(days[0]), json!(days[1]), json!(state), json!(claims)];
        let (first, second) = (["2020-04-01", "2020-09-30"], ["2020-10-01", "2021-03-31"]);
        assert_eq!(due("2020-09-30"), [row(first, "running", &[])]);
        assert_eq!(due("2020-10-01"), [row(first, "due", &[]), row(second, "running", &[])]);

        // Other days with a reason, which is shown; a change to other days without one is refused as well.
        let mut quarter = input("2020-04-01", "2020-06-30");
        quarter["days_reason"] = json!("The Ministry asked for the first quarter alone.");
        let written = scene.commissioner.post("/v1/funder-claims", &quarter).must(201);
        assert_eq!(written.body["days_reason"], "The Ministry asked for the first quarter alone.");
        let path = format!("/v1/funder-claims/{}", written.id());
        let refused = scene.commissioner.patch(&path, written.tag(), &json!({ "days_reason": null })).must(422);
        assert_eq!(refused.faults(), ["/starts_on not_a_claim_period"]);
        assert_eq!(due("2020-10-01")[0], row(first, "due", &["CLM-0001"]), "half of the days are not claimed");
        let rest = json!({ "ends_on": "2020-09-30", "days_reason": null });
        let whole = scene.commissioner.patch(&path, written.tag(), &rest).must(200);
        assert_eq!(due("2020-10-01")[0], row(first, "drafted", &["CLM-0001"]));

        // The funder sets other periods: what was written for the old ones is still certified.
        scene.commissioner.patch(&source, set.tag(), &json!({ "claim_period": "quarterly" })).must(200);
        certify(&scene, &whole);
        let quarters = due("2020-10-01");
        assert_eq!(quarters.iter().map(|row| row[2].clone()).collect::<Vec<_>>(), ["claimed", "claimed", "running"]);
        let only = scene.finance.get("/v1/reports/funder-claims-due?as_at=2021-01-01&state=due&format=csv").must(200).text;
        assert!(only.lines().count() == 2 && only.contains(",2020-10-01,2020-12-31,due,"), "{only}");
        scene.author.get("/v1/reports/funder-claims-due").must(403);
    }
}
