//! What leaves the office: the board sees a quarter as it was kept and signed off, and no count of people otherwise.

use almoner::access::permissions::Role;
use reqwest::Method;
use serde_json::{Value, json};

use crate::reports::spend::{counted, indicator, spend};
use crate::returns::accepted;
use crate::support::program::verify;
use crate::support::{Answer, App, Backend, Scene};

const SNAPSHOTS: &str = "/v1/board-snapshots";

/// An office whose second quarter has a small number in one of two areas.
fn office(app: &App) -> (Scene, String, String) {
    let scene = Scene::set(app, 10_000_000, 1_000_000);
    let award = scene.live(300_000, json!({ "area_ids": [scene.area, scene.other_area] })).id();
    let people = indicator(&scene, &[&award], "Referred", "sum", "sum");
    let content = |here: i64, there: i64| json!({ "narrative": "All went well.", "spend": spend(10_000), "values": [counted(&people, Some(&scene.area), here), counted(&people, Some(&scene.other_area), there)] });
    accepted(&scene, &award, "2020-21-Q1", &content(20, 30));
    accepted(&scene, &award, "2020-21-Q2", &content(3, 40));
    (scene, award, people)
}

/// The same value with the keys of every object in order.
fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let all: std::collections::BTreeMap<_, _> = fields.iter().map(|(name, field)| (name.clone(), sorted(field))).collect();
            Value::Object(all.into_iter().collect())
        }
        Value::Array(items) => items.iter().map(sorted).collect(),
        plain => plain.clone(),
    }
}

fn sha256(text: &str) -> String {
    use sha2::Digest;
    sha2::Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// State and value of the quarter and of the year so far, by area; all together first.
fn told(answer: &Answer) -> Vec<(String, [Value; 2])> {
    let rows = answer.body["report"]["rows"].as_array().unwrap().iter();
    rows.map(|row| {
        let count = |name: &str| if row[name]["state"] == "shown" { row[name]["value"].clone() } else { row[name]["state"].clone() };
        (row["area"]["name"].as_str().unwrap_or("all").to_owned(), ["quarter", "year_to_date"].map(count))
    })
    .collect()
}

/// Gathers a quarter.
fn gathered(scene: &Scene, quarter: &str) -> Answer {
    scene.commissioner.post(SNAPSHOTS, &json!({ "quarter": quarter })).must(201)
}

/// Has another officer sign a snapshot off.
fn signed(scene: &Scene, made: &Answer) -> Answer {
    scene.approver.change(&format!("{SNAPSHOTS}/{}/sign-off", made.id()), made.tag(), &json!({}))
}

/// An award in two areas and one in a third that is late.
struct Late {
    scene: Scene,
    early: String,
    late: String,
    people: String,
    third: String,
}

impl Late {
    fn set(app: &App) -> Self {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let area = json!({ "code": "sandwell", "name": "sandwell", "kind": "local_authority" });
        let third = scene.commissioner.post("/v1/areas", &area).must(201).id();
        let early = scene.live(300_000, json!({ "area_ids": [scene.area, scene.other_area] })).id();
        let late = scene.live(300_000, json!({ "area_ids": [third] })).id();
        let people = indicator(&scene, &[&early, &late], "Referred", "sum", "sum");
        Self { scene, early, late, people, third }
    }

    fn early(&self, quarter: &str, here: i64, there: i64) {
        let Self { scene, people, .. } = self;
        let values = json!([counted(people, Some(&scene.area), here), counted(people, Some(&scene.other_area), there)]);
        accepted(scene, &self.early, quarter, &json!({ "narrative": "All went well.", "spend": spend(10_000), "values": values }));
    }

    fn late(&self, quarter: &str, there: i64) {
        let values = json!([counted(&self.people, Some(&self.third), there)]);
        accepted(&self.scene, &self.late, quarter, &json!({ "narrative": "Late.", "spend": spend(10_000), "values": values }));
    }
}

on_both! {
    fn a_second_snapshot_gives_nothing_away_beside_the_first(app) {
        let office = Late::set(app);
        office.early("2020-21-Q1", 20, 30);
        let first = gathered(&office.scene, "2020-21-Q1");
        let of = |name: &str, quarter: Value, to_date: Value| (name.to_owned(), [quarter, to_date]);
        let hidden = || json!("suppressed");
        assert_eq!(told(&first), [of("all", json!(50), json!(50)), of("dudley", json!(30), json!(30)), of("walsall", json!(20), json!(20))]);
        signed(&office.scene, &first).must(200);
        office.late("2020-21-Q1", 3);
        let second = gathered(&office.scene, "2020-21-Q1");
        let beside = [
            of("all", hidden(), hidden()),
            of("dudley", json!(30), json!(30)),
            of("sandwell", hidden(), hidden()),
            of("walsall", json!(20), json!(20)),
        ];
        assert_eq!(told(&second), beside, "53 less 50, which the first showed, is 3, and so it is less 30 and 20");
        assert_eq!(second.body["report"]["beside"], json!([first.id()]));
        signed(&office.scene, &second).must(200);

        // In the next quarter the year less the quarter would tell what the first one has by now.
        office.early("2020-21-Q2", 10, 11);
        office.late("2020-21-Q2", 12);
        let next = gathered(&office.scene, "2020-21-Q2");
        let all: std::collections::HashMap<String, [Value; 2]> = told(&next).into_iter().collect();
        assert_eq!([&all["walsall"], &all["dudley"]], [&[json!(10), json!(30)], &[json!(11), json!(41)]], "{all:?}");
        for name in ["all", "sandwell"] {
            assert!(all[name].contains(&hidden()), "{name} in {all:?}");
        }
        let of_quarter = ["all", "sandwell"].map(|name| all[name][0] == hidden());
        let of_year = ["all", "sandwell"].map(|name| all[name][1] == hidden());
        assert!(of_quarter[0] == of_quarter[1] && of_year[0] == of_year[1], "one alone is worked out from the areas: {all:?}");
    }

    fn a_total_of_two_snapshots_does_not_tell_what_came_between(app) {
        let office = Late::set(app);
        office.early("2020-21-Q1", 3, 4);
        let first = gathered(&office.scene, "2020-21-Q1");
        let hidden = || [json!("suppressed"), json!("suppressed")];
        let of = |name: &str, counts: [Value; 2]| (name.to_owned(), counts);
        assert_eq!(told(&first), [of("all", [json!(7), json!(7)]), of("dudley", hidden()), of("walsall", hidden())]);
        signed(&office.scene, &first).must(200);
        office.late("2020-21-Q1", 2);
        let second = gathered(&office.scene, "2020-21-Q1");
        assert!(told(&second).iter().all(|(_, counts)| *counts == hidden()), "9 less 7 is 2: {:?}", told(&second));
    }

    fn a_snapshot_that_was_overtaken_is_not_signed_off(app) {
        let office = Late::set(app);
        office.early("2020-21-Q1", 20, 30);
        let first = gathered(&office.scene, "2020-21-Q1");
        office.late("2020-21-Q1", 3);
        let second = gathered(&office.scene, "2020-21-Q1");
        signed(&office.scene, &first).must(200);
        let path = format!("{SNAPSHOTS}/{}", second.id());
        assert_eq!(office.scene.approver.get(&path).must(200).body["allowed_actions"], json!([]));
        assert_eq!(signed(&office.scene, &second).must(409).code(), "overlap");
        let third = gathered(&office.scene, "2020-21-Q1");
        let path = format!("{SNAPSHOTS}/{}", third.id());
        assert_eq!(office.scene.approver.get(&path).must(200).body["allowed_actions"], json!(["sign_off"]));
        signed(&office.scene, &third).must(200);
    }

    fn a_snapshot_of_an_older_version_stays_readable(app) {
        let office = Late::set(app);
        office.early("2020-21-Q1", 20, 30);
        let made = gathered(&office.scene, "2020-21-Q1");
        let mut older = made.body["report"].clone();
        for name in ["beside", "programmes"] {
            older.as_object_mut().unwrap().remove(name).unwrap();
        }
        for row in older["rows"].as_array_mut().unwrap() {
            for name in ["origin", "qualifier", "programme_stage", "programme_stage_since_on", "return_ids"] {
                row.as_object_mut().unwrap().remove(name).unwrap();
            }
            for name in ["quarter", "year_to_date"] {
                row[name].as_object_mut().unwrap().remove("accepted_value").unwrap();
            }
        }
        app.sql(match app.backend {
            Backend::Sqlite => "DROP TRIGGER board_snapshot_is_kept_on_update",
            Backend::Postgres => "DROP TRIGGER board_snapshot_is_kept ON board_snapshot",
        });
        let text = sorted(&older).to_string();
        app.sql(&format!("UPDATE board_snapshot SET report = '{}', sha256 = '{}'", text.replace('\'', "''"), sha256(&text)));
        let path = format!("{SNAPSHOTS}/{}", made.id());
        let shown = office.scene.approver.get(&path).must(200);
        assert_eq!((&shown.body["report"], shown.body["sha256"].as_str().unwrap()), (&older, sha256(&text).as_str()), "its hash is that of what is shown");
        for noun in ["page", "pdf"] {
            office.scene.approver.get(&format!("{path}/{noun}")).must(200);
        }
        signed(&office.scene, &made).must(200);
        office.late("2020-21-Q1", 3);
        let second = told(&gathered(&office.scene, "2020-21-Q1"));
        assert_eq!(second[0].1, [json!("suppressed"), json!("suppressed")], "what it showed counts: {second:?}");
    }

    fn the_office_sets_which_numbers_are_small(app) {
        let office = Late::set(app);
        let administrator = app.office(&[Role::Administrator]);
        let path = "/v1/publication-policy";
        let built_in = administrator.get(path).must(200);
        assert_eq!([&built_in.body["version"], &built_in.body["small_below"], &built_in.body["allowed_actions"]], [&json!(0), &json!(5), &json!(["set"])]);
        let set = |tag: &str, below: i64| administrator.put(path, tag, &json!({ "small_below": below }));
        assert_eq!(set(built_in.tag(), 2).must(422).faults(), ["/small_below too_small"]);
        assert_eq!(office.scene.commissioner.put(path, built_in.tag(), &json!({ "small_below": 3 })).must(403).body["permission"], "publication_policy.manage");
        office.early("2020-21-Q1", 7, 30);
        let open = told(&gathered(&office.scene, "2020-21-Q1"));
        let before = office.scene.finance.get("/v1/reports/board?quarter=2020-21-Q1").must(200);
        let higher = set(built_in.tag(), 10).must(200);
        set(built_in.tag(), 10).must(412);
        let events = app.office(&[Role::Auditor]).all(&format!("/v1/audit-events?record_id={}", higher.body["id"].as_str().unwrap()));
        let told_of = events.iter().find(|event| event["act"] == "publication_policy.set" && event["outcome"] == "done").unwrap();
        assert_eq!([&told_of["before"]["small_below"], &told_of["after"]["small_below"]], [&json!(5), &json!(10)]);

        let strict = gathered(&office.scene, "2020-21-Q1");
        assert_eq!(strict.body["report"]["small_below"], 10);
        let hidden = || [json!("suppressed"), json!("suppressed")];
        let of = |name: &str, counts: [Value; 2]| (name.to_owned(), counts);
        let closed = [of("all", [json!(37), json!(37)]), of("dudley", hidden()), of("walsall", hidden())];
        assert_eq!(open, [of("all", [json!(37), json!(37)]), of("dudley", [json!(30), json!(30)]), of("walsall", [json!(7), json!(7)])]);
        assert_eq!(told(&strict), closed);
        let page = office.scene.finance.get(&format!("{SNAPSHOTS}/{}/page", strict.id())).must(200).text;
        assert!(page.contains("tells of 1 to 9 people"), "{page}");
        let asked = format!("/v1/reports/board?quarter=2020-21-Q1&known_at={}", before.body["known_at"].as_str().unwrap());
        assert_eq!(office.scene.finance.get(&asked).must(200).body["small_below"], 5, "as it was known then");

        // A lower limit opens nothing that an earlier page hid.
        signed(&office.scene, &strict).must(200);
        set(higher.tag(), 5).must(200);
        let lower = gathered(&office.scene, "2020-21-Q1");
        assert_eq!((told(&lower), &lower.body["report"]["small_below"]), (closed.to_vec(), &json!(5)));
        office.early("2020-21-Q2", 20, 40);
        let next: std::collections::HashMap<String, [Value; 2]> = told(&gathered(&office.scene, "2020-21-Q2")).into_iter().collect();
        for name in ["walsall", "dudley"] {
            assert!(next[name].contains(&json!("suppressed")), "{name} of the first quarter is the year less the second: {next:?}");
        }
    }

    fn texts_stand_in_a_snapshot_while_they_are_released(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = scene.live(300_000, json!({})).id();
        let one = accepted(&scene, &award, "2020-21-Q1", &json!({ "narrative": "Ann Example found a flat.", "risks": "The lease ends.", "spend": spend(10_000) }));
        let release = format!("/v1/returns/{}/release", one.id());
        let first = scene.commissioner.get(&release).must(200);
        let both = scene.commissioner.put(&release, first.tag(), &json!({ "texts": ["narrative", "risks"] })).must(200);
        let made = scene.commissioner.post(SNAPSHOTS, &json!({ "quarter": "2020-21-Q1" })).must(201);
        let path = format!("{SNAPSHOTS}/{}", made.id());
        let kinds = |answer: &Value| -> Vec<String> {
            answer["report"]["texts"].as_array().unwrap().iter().map(|text| text["kind"].as_str().unwrap().to_owned()).collect()
        };
        assert_eq!(kinds(&made.body), ["narrative", "risks"], "{}", made.text);
        scene.commissioner.put(&release, both.tag(), &json!({ "texts": ["narrative"] })).must(200);
        let input = json!({ "reason": "It named a person.", "pointers": ["/narrative"] });
        app.office(&[Role::DataProtectionOfficer]).post(&format!("/v1/returns/{}/redaction", one.id()), &input).must(201);
        let shown = scene.commissioner.get(&path).must(200);
        assert_eq!(kinds(&shown.body), ["narrative"], "what is taken back is gone from it too");
        assert!(!shown.text.contains("Ann Example"), "{}", shown.text);
        assert_eq!(shown.body["sha256"], made.body["sha256"]);
        assert!(scene.commissioner.get(&format!("{path}/page")).must(200).text.contains("## What providers say"));
        scene.commissioner.get(&format!("{path}/pdf")).must(200);
    }

    fn the_board_sees_what_another_officer_signed_off(app) {
        let (scene, award, people) = office(app);
        let board = app.office(&[Role::BoardReader]);
        let input = json!({ "quarter": "2020-21-Q2" });
        for who in [&board, &scene.author, &app.office(&[Role::Auditor])] {
            assert_eq!(who.post(SNAPSHOTS, &input).must(403).code(), "forbidden");
        }
        assert_eq!(scene.commissioner.post(SNAPSHOTS, &json!({ "quarter": "2020-21-Q5" })).must(422).faults(), ["/quarter wrong_format"]);
        let made = scene.commissioner.post(SNAPSHOTS, &input).must(201);
        let path = format!("{SNAPSHOTS}/{}", made.id());
        assert_eq!((made.body["state"].as_str(), made.body["suppressed_count"].as_i64(), &made.body["allowed_actions"]), (Some("made"), Some(4), &json!([])));
        let hidden = &made.body["report"]["rows"][1]["quarter"];
        assert_eq!((hidden["state"].as_str(), &hidden["value"]), (Some("suppressed"), &Value::Null), "{}", made.text);
        assert_eq!(made.body["sha256"], sha256(&sorted(&made.body["report"]).to_string()), "anybody can work the hash out");

        for noun in ["", "/page", "/pdf"] {
            assert_eq!(board.get(&format!("{path}{noun}")).must(404).code(), "not_found");
        }
        assert_eq!(board.get(SNAPSHOTS).must(200).items().len(), 0);
        assert_eq!(scene.finance.get(&format!("{SNAPSHOTS}?quarter=2020-21-Q2")).must(200).items().len(), 1);
        assert_eq!(scene.finance.get(&format!("{SNAPSHOTS}?quarter=2020-21-Q1")).must(200).items().len(), 0);
        let sign = |who: &crate::support::Client, tag: &str| who.change(&format!("{path}/sign-off"), tag, &json!({}));
        assert_eq!(sign(&scene.commissioner, made.tag()).must(409).code(), "same_person");
        assert_eq!(sign(&scene.finance, made.tag()).must(403).code(), "forbidden");
        let seen = scene.approver.get(&path).must(200);
        assert_eq!(seen.body["allowed_actions"], json!(["sign_off"]));
        let signed = sign(&scene.approver, seen.tag()).must(200);
        assert_eq!((signed.body["state"].as_str(), &signed.body["report"]), (Some("signed_off"), &made.body["report"]));
        assert_eq!(sign(&scene.approver, seen.tag()).must(412).code(), "stale");
        assert_eq!(sign(&scene.approver, signed.tag()).must(409).code(), "wrong_state");

        // What comes later changes nothing of it.
        accepted(&scene, &award, "2020-21-Q3", &json!({ "narrative": "More.", "spend": spend(10_000), "values": [counted(&people, Some(&scene.area), 9), counted(&people, Some(&scene.other_area), 9)] }));
        let shown = board.get(&path).must(200);
        assert_eq!((&shown.body["report"], &shown.body["sha256"]), (&made.body["report"], &made.body["sha256"]));
        assert_eq!(board.get(SNAPSHOTS).must(200).items().len(), 1);
        let page = board.get(&format!("{path}/page")).must(200);
        assert!(page.text.contains("# 2020-21-Q2 for the board") && page.text.contains("| \\* |  | \\* |"), "{}", page.text);
        let print = || board.request(Method::GET, &format!("{path}/pdf")).send().unwrap().bytes().unwrap();
        let pdf = print();
        assert!(pdf.starts_with(b"%PDF-") && pdf == print());
        if let Some(words) = crate::returns::paper::words(&pdf) {
            for one in ["Board report for 2020-21-Q2", "suppressed", "43", "signed off on", made.body["sha256"].as_str().unwrap()] {
                assert!(words.contains(one), "`{one}` is not in\n{words}");
            }
        }
        let events = app.office(&[Role::Auditor]).all(&format!("/v1/audit-events?record_id={}", made.id()));
        let acts: Vec<&str> = events.iter().filter(|event| event["outcome"] == "done").map(|event| event["act"].as_str().unwrap()).collect();
        assert_eq!(acts.iter().filter(|act| act.starts_with("board_snapshot.")).count(), 2, "{acts:?}");

        assert!(verify(&app.database_url).0);
        let change = "UPDATE board_snapshot SET report = replace(report, '\"suppressed\"', '\"shown\"')";
        assert!(app.try_sql(change).is_err(), "a snapshot is never changed");
        app.sql(match app.backend {
            Backend::Sqlite => "DROP TRIGGER board_snapshot_is_kept_on_update",
            Backend::Postgres => "DROP TRIGGER board_snapshot_is_kept ON board_snapshot",
        });
        app.sql(change);
        let (holds, said) = verify(&app.database_url);
        assert!(!holds && said.contains("of 2020-21-Q2 is not what was made") && said.contains("Board: DOES NOT HOLD. 1 snapshot"), "{said}");
    }

    fn counts_of_people_are_for_officers(app) {
        let (scene, ..) = office(app);
        let board = app.office(&[Role::BoardReader]);
        let described: Value = scene.finance.request(Method::GET, "/openapi.json").send().unwrap().json().unwrap();
        let is_report = |path: &&String| path.starts_with("/v1/reports/") || *path == "/v1/control-totals";
        let mut open: Vec<String> = Vec::new();
        for path in described["paths"].as_object().unwrap().keys().filter(is_report) {
            let needed = match path.as_str() {
                "/v1/reports/annual" | "/v1/reports/unit-costs" => "?financial_year=2020-21",
                "/v1/reports/changes" => "?from_known_at=2020-01-01T00:00:00Z",
                "/v1/reports/changes/figures" => "?from_known_at=2020-01-01T00:00:00Z&report=outturn",
                _ if path.starts_with("/v1/reports/board") => "?quarter=2020-21-Q2",
                _ => "",
            };
            let asked = format!("{path}{needed}");
            scene.finance.get(&asked).must(200);
            scene.author.get(&asked).must(403);
            let answer = board.get(&asked);
            if answer.status == 200 {
                open.push(path.trim_start_matches("/v1/reports/").to_owned());
                continue;
            }
            let needs = if path == "/v1/reports/funder-claims-due" { "claims.read" } else { "counts.read" };
            assert_eq!((answer.status, &answer.body["permission"]), (403, &json!(needs)), "{path}: {}", answer.text);
        }
        open.sort();
        // What counts people is in none of these. A report that is new here is one of which somebody looked whether it does.
        let money = ["allocations", "at-risk", "changes", "changes/figures", "coverage", "expenditure", "fund-summary", "outturn", "return-compliance",
            "shares", "tranche-summary", "underspend"];
        assert_eq!(open, money);
    }
}
