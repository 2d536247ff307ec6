//! That the public never keeps the office waiting, and that what it reads says what is redacted, what nobody can show, and when it changed.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};

use super::{GIVING, OTHER_LAW, REGISTER, add, amend_provider, literal, published, redact, set_policy};
use crate::support::{Answer, App, Backend, Scene};

/// Something that jobs wait for.
type Gate = Arc<(Mutex<bool>, Condvar)>;

fn wait_at(gate: &Gate) {
    let (is_open, opened) = &**gate;
    let mut open = is_open.lock().unwrap();
    while !*open {
        open = opened.wait(open).unwrap();
    }
}

fn open(gate: &Gate) {
    *gate.0.lock().unwrap() = true;
    gate.1.notify_all();
}

fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

#[track_caller]
fn until(what: &str, is_so: impl Fn() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < Duration::from_secs(30), "{what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// What is listed as redacted of the first record.
fn hidden(answer: &Answer) -> Vec<&str> {
    answer.items()[0]["redacted"].as_array().unwrap().iter().map(|one| one.as_str().unwrap()).collect()
}

fn truth(app: &App) -> &'static str {
    if app.backend == Backend::Sqlite { "1" } else { "true" }
}

on_both! {
    fn the_public_waits_in_a_lane_of_its_own(app) {
        let scene = Scene::set(app, 10_000_000, 5_000_000);
        let (gate, db, nobody) = (Gate::default(), &app.service.db, app.nobody());
        let begun = Arc::new(AtomicBool::new(false));
        std::thread::scope(|scope| {
            let block = || {
                let (gate, begun, db) = (Arc::clone(&gate), Arc::clone(&begun), db.clone());
                scope.spawn(move || run(db.public(move |_| {
                    begun.store(true, Ordering::SeqCst);
                    wait_at(&gate);
                    Ok(())
                })))
            };
            let first = block();
            until("the thread takes no job", || begun.load(Ordering::SeqCst));
            let asking = scope.spawn(|| nobody.get("/open-data"));
            until("who is not signed in does not wait there", || db.waiting().public == 1);
            scene.commissioner.get("/v1/awards").must(200);
            scene.author.get("/v1/awards").must(200);
            app.nobody().get("/health/ready").must(200);
            let more: Vec<_> = (1..32).map(|_| block()).collect();
            until("the lane is not full", || db.waiting().public == 32);
            let refused = app.nobody().get("/open-data/contracts.csv").must(503);
            assert!(refused.header("retry-after").is_some(), "{:?}", refused.headers);
            scene.commissioner.get("/v1/awards").must(200);
            open(&gate);
            asking.join().unwrap().must(200);
            for one in more.into_iter().chain([first]) {
                one.join().unwrap().unwrap();
            }
        });
        app.nobody().get("/open-data/contracts.csv").must(200);
    }

    fn every_output_lists_what_it_hides(app) {
        let scene = Scene::set(app, 10_000_000, 5_000_000);
        let nobody = app.nobody();
        set_policy(app);
        let area = scene.commissioner.get(&format!("/v1/areas/{}", scene.area)).must(200);
        scene.commissioner.patch(&format!("/v1/areas/{}", scene.area), area.tag(), &json!({ "ons_code": "E08000030" })).must(200);
        amend_provider(&scene, &json!({ "charity_number": "1012345", "home_area_id": scene.area }));
        let texts = json!({ "title": "Beds at Helping Hands", "purpose": "Helping Hands opens", "area_ids": [scene.area] });
        let award = scene.live(300_000, texts).id();
        let contract = scene.live(300_000, json!({ "kind": "contract", "legal_power": OTHER_LAW, "contract": { "living_wage_clause": true } })).id();
        let notice = published(&scene, &award, "DN-1", true).id();
        let tranche = json!({ "name": "For Helping Hands", "planned_pence": 100, "opens_on": "2020-04-01", "closes_on": "2099-12-31", "criteria": "Any" });
        let round = scene.commissioner.post(&format!("/v1/fund-periods/{}/tranches", scene.period), &tranche).must(201);
        scene.commissioner.change(&format!("/v1/tranches/{}/opening", round.id()), round.tag(), &json!({})).must(200);
        let of = |path: &str| nobody.get(path).must(200);
        let (register, contracts, notices, rounds) =
            (format!("{REGISTER}.json"), "/open-data/contracts.json".to_owned(), "/open-data/decision-notices".to_owned(), "/open-data/tranches".to_owned());
        for path in [&register, &contracts, &notices, &rounds] {
            assert_eq!(hidden(&of(path)), [""; 0], "{path}");
        }
        let location = || of(&format!("{GIVING}.json")).body["grants"][0]["recipientOrganization"][0]["location"][0]["geoCode"].clone();
        assert_eq!(location(), "E08000030");
        redact(&scene, "provider", &scene.provider, "home_area").must(201);
        redact(&scene, "decision_notice", &notice, "approver").must(201);
        redact(&scene, "award", &award, "areas").must(201);
        assert_eq!(hidden(&of(&register)), ["areas", "recipient_home_area"]);
        assert_eq!(location(), Value::Null);
        redact(&scene, "provider", &scene.provider, "name").must(201);
        assert_eq!(hidden(&of(&register)), ["areas", "purpose", "recipient_name", "title"], "names are taken out of these two");
        assert_eq!(hidden(&of(&contracts)), ["recipient_name"]);
        assert_eq!(hidden(&of(&notices)), ["approver", "recipient_name"]);
        assert_eq!(hidden(&of(&rounds)), ["name"]);
        let feed = of("/open-data/decision-notices.atom").text;
        assert!(feed.contains("Redacted: approver, recipient_name."), "{feed}");
        assert!(of("/open-data/tranches.atom").text.contains("Redacted: name."));
        redact(&scene, "award", &contract, "contract_copy").must(201);
        assert_eq!(hidden(&of(&contracts)), ["contract_copy", "recipient_name"]);
    }

    fn what_is_taken_off_a_list_changes_it_too(app) {
        let scene = Scene::set(app, 10_000_000, 5_000_000);
        let nobody = app.nobody();
        let award = scene.live(300_000, json!({})).id();
        let notice = published(&scene, &award, "DN-1", true);
        let tranche = json!({ "name": "Winter", "planned_pence": 100, "opens_on": "2020-04-01", "closes_on": "2099-12-31" });
        let planned = scene.commissioner.post(&format!("/v1/fund-periods/{}/tranches", scene.period), &tranche).must(201);
        let opened = scene.commissioner.change(&format!("/v1/tranches/{}/opening", planned.id()), planned.tag(), &json!({})).must(200);
        let told = |path: &str| nobody.get(path).must(200).body["updated_at"].as_str().unwrap().to_owned();
        let fed = |path: &str| {
            let feed = nobody.get(&format!("{path}.atom")).must(200).text;
            feed.split_once("<updated>").unwrap().1.split_once("</updated>").unwrap().0.to_owned()
        };
        let indexed = |at: usize| nobody.get("/open-data").must(200).body["files"][at]["updated_at"].as_str().unwrap().to_owned();
        let (notices, rounds) = ("/open-data/decision-notices", "/open-data/tranches");
        let before = [told(notices), told(rounds)];
        assert_eq!([fed(notices), fed(rounds)], before);
        redact(&scene, "decision_notice", &notice.id(), "reasons").must(201);
        let redacted = told(notices);
        assert!(redacted > before[0], "a redaction of a notice is a change of it");
        let path = format!("/v1/decision-notices/{}", notice.id());
        scene.approver.change(&format!("{path}/withdrawal"), notice.tag(), &json!({ "reason": "It was the wrong award." })).must(200);
        scene.commissioner.change(&format!("/v1/tranches/{}/assessment", opened.id()), opened.tag(), &json!({})).must(200);
        assert_eq!([nobody.get(notices).must(200).items().len(), nobody.get(rounds).must(200).items().len()], [0, 0]);
        let after = [told(notices), told(rounds)];
        assert!(after[0] > redacted && after[1] > before[1], "{before:?} {after:?}");
        assert_eq!(([fed(notices), fed(rounds)], [indexed(4), indexed(5)]), (after.clone(), after));
    }

    fn a_redaction_moves_whatever_named_the_provider(app) {
        let scene = Scene::set(app, 10_000_000, 5_000_000);
        let nobody = app.nobody();
        let award = scene.live(300_000, json!({})).id();
        let tranche = json!({ "name": "For Open Doors", "planned_pence": 100, "opens_on": "2020-04-01", "closes_on": "2099-12-31" });
        let planned = scene.commissioner.post(&format!("/v1/fund-periods/{}/tranches", scene.period), &tranche).must(201);
        scene.commissioner.change(&format!("/v1/tranches/{}/opening", planned.id()), planned.tag(), &json!({})).must(200);
        let input = json!({ "reference": "DN-1", "award_id": award, "title": "A grant", "decision": "To help beside Open Doors.",
            "reasons": "It helps.", "approver": "Police and Crime Commissioner", "decided_on": "2020-06-15", "is_public": true });
        let draft = scene.commissioner.post("/v1/decision-notices", &input).must(201);
        scene.approver.change(&format!("/v1/decision-notices/{}/publication", draft.id()), draft.tag(), &json!({})).must(200);
        let paths = ["/open-data/decision-notices", "/open-data/tranches"];
        // The list, its feed, and the one entry of that say the same moment.
        let told = || paths.map(|path| {
            let at = nobody.get(path).must(200).body["updated_at"].as_str().unwrap().to_owned();
            let feed = nobody.get(&format!("{path}.atom")).must(200).text;
            assert_eq!(feed.matches(&format!("<updated>{at}</updated>")).count(), 2, "{feed}");
            (at, feed.contains("Open Doors"))
        });
        let before = told();
        let made = redact(&scene, "provider", &scene.other_provider, "name").must(201);
        let after = told();
        let path = format!("/v1/redactions/{}", made.id());
        scene.commissioner.change(&format!("{path}/lift"), made.tag(), &json!({ "reason": "It is known." })).must(200);
        let lifted = told();
        for at in [0, 1] {
            assert!(before[at].0 < after[at].0 && after[at].0 < lifted[at].0, "{before:?} {after:?} {lifted:?}");
            assert_eq!([before[at].1, after[at].1, lifted[at].1], [true, false, true]);
        }
    }

    fn where_a_recipient_is_at_home_does_not_tell_what_is_redacted(app) {
        let scene = Scene::set(app, 10_000_000, 5_000_000);
        let nobody = app.nobody();
        set_policy(app);
        let area = scene.commissioner.get(&format!("/v1/areas/{}", scene.area)).must(200);
        scene.commissioner.patch(&format!("/v1/areas/{}", scene.area), area.tag(), &json!({ "ons_code": "E08000030" })).must(200);
        amend_provider(&scene, &json!({ "charity_number": "1012345", "home_area_id": scene.area }));
        let first = scene.live(300_000, json!({})).id();
        scene.live(200_000, json!({ "area_ids": [scene.other_area] }));
        let homes = || {
            let grants = nobody.get(&format!("{GIVING}.json")).must(200).body["grants"].as_array().unwrap().clone();
            grants.iter().map(|one| one["recipientOrganization"][0]["location"][0]["geoCode"].clone()).collect::<Vec<_>>()
        };
        assert_eq!(homes(), ["E08000030", "E08000030"]);
        redact(&scene, "award", &first, "areas").must(201);
        assert_eq!(homes(), [Value::Null, json!("E08000030")]);
        assert_eq!(hidden(&nobody.get(&format!("{REGISTER}.json")).must(200)), ["areas", "recipient_home_area"]);
        redact(&scene, "provider", &scene.provider, "charity_number").must(201);
        assert_eq!(homes(), [Value::Null, Value::Null]);
    }

    fn an_award_of_no_printed_kind_is_in_no_list_of_a_kind(app) {
        let scene = Scene::set(app, 10_000_000, 5_000_000);
        let nobody = app.nobody();
        let grant = scene.live(300_000, json!({})).id();
        let contract = scene.live(300_000, json!({ "kind": "contract", "legal_power": OTHER_LAW, "contract": { "living_wage_clause": true } })).id();
        let counts = || [format!("{REGISTER}.json"), "/open-data/contracts.json".to_owned()].map(|path| nobody.get(&path).must(200).items().len());
        assert_eq!(counts(), [1, 1]);
        for (award, after) in [(&grant, [0, 1]), (&contract, [0, 0])] {
            let id = literal(app, award);
            app.sql(&format!("UPDATE award_version SET not_evidenced = '[\"kind\"]' WHERE award_id = {id}"));
            assert_eq!(counts(), after);
        }
    }

    fn what_no_paper_prints_is_not_told_as_a_fact(app) {
        let scene = Scene::set(app, 10_000_000, 5_000_000);
        let nobody = app.nobody();
        set_policy(app);
        let shown = scene.live(300_000, json!({ "purpose": "Nights" })).id();
        let undated = scene.live(200_000, json!({ "purpose": "Days" })).id();
        let id = literal(app, &undated);
        app.sql(&format!("UPDATE award_version SET accepted_on = decided_on, not_evidenced = '[\"decided_on\",\"ends_on\",\"R67\"]' WHERE award_id = {id}"));
        let grants = || {
            let package = nobody.get(&format!("{GIVING}.json")).must(200);
            package.body["grants"].as_array().unwrap().clone()
        };
        assert_eq!((grants().len(), &grants()[0]["amountAwarded"], &grants()[0]["grantProgramme"][0]["code"]), (1, &json!(3_000), &json!("CIF")));
        let items = nobody.get(&format!("{REGISTER}.json")).must(200).items().to_vec();
        let one = items.iter().find(|item| item["amount_pence"] == 200_000).unwrap();
        assert_eq!([&one["awarded_on"], &one["agreed_on"], &one["ends_on"], &one["starts_on"]], [&Value::Null, &Value::Null, &Value::Null, &json!("2020-06-01")]);
        assert_eq!(one["not_evidenced"], json!(["awarded_on", "agreed_on", "ends_on"]));
        assert_eq!(items.iter().find(|item| item["amount_pence"] == 300_000).unwrap()["not_evidenced"], json!([]));
        assert_eq!(nobody.get(&format!("{REGISTER}.json?month=2020-07")).must(200).items().len(), 0, "it is not known to be of this month");
        // What no month would name is due now.
        let today = app.service.db.clock().today().format("%Y-%m").to_string();
        let due = scene.finance.get(&format!("/v1/publication-watch?month={today}")).must(200);
        let gaps = due.items().iter().find(|item| item["award"]["id"] == *undated).unwrap()["missing"].clone();
        assert!(gaps.as_array().unwrap().contains(&json!("awarded_on")), "{gaps}");

        // A fund that only stands for one is named nowhere.
        app.sql(&format!("UPDATE fund_version SET illustrative = {}, name = 'Fund not printed'", truth(app)));
        assert!(grants()[0].get("grantProgramme").is_none() && !grants()[0].to_string().contains("not printed"), "{:?}", grants());
        let of_fund = nobody.get(&format!("{REGISTER}.json")).must(200).items()[0]["not_evidenced"].clone();
        assert_eq!(of_fund, json!(["fund"]), "{shown}");
    }
}

/// The standard's checks of quality and usefulness, as its data quality tool has them, that a file of a funder can meet: what each would complain of.
fn complaints(grant: &Value, today: &str) -> Vec<&'static str> {
    let text = |field: &str| grant[field].as_str().unwrap_or_default();
    let recipient = &grant["recipientOrganization"][0];
    let charity = recipient["charityNumber"].as_str().unwrap_or_default();
    let company = recipient["companyNumber"].as_str().unwrap_or_default();
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let is_coded = |places: &Value| {
        places.as_array().is_some_and(|all| all.iter().any(|one| one["geoCode"].is_string() && one["geoCodeType"].is_string()))
    };
    let id = recipient["id"].as_str().unwrap();
    let found = [
        ("amount of nought", grant["amountAwarded"].as_f64() == Some(0.0)),
        ("own id of the recipient", id.starts_with("360G-")),
        ("unrecognised register", !["GB-CHC-", "GB-COH-", "360G-"].iter().any(|prefix| id.starts_with(prefix))),
        ("charity number", !(charity.is_empty() || (6..=7).contains(&charity.len()) && is_digits(charity))),
        ("company number", !(company.is_empty() || company.len() == 8 && is_digits(&company[2..]))),
        ("neither number", charity.is_empty() && company.is_empty()),
        ("location of the recipient", !is_coded(&recipient["location"]) && recipient["postalCode"].is_null()),
        ("programme", grant["grantProgramme"].as_array().is_none_or(Vec::is_empty)),
        ("where it helps", grant["beneficiaryLocation"].as_array().is_none_or(Vec::is_empty)),
        ("title and description the same", text("title") == text("description")),
        ("length of the title", text("title").chars().count() > 140),
        ("last change", text("dateModified").is_empty()),
        ("source of the data", !text("dataSource").starts_with("https://")),
        ("several funders", grant["fundingOrganization"].as_array().unwrap().len() != 1),
        ("an e-mail address", grant.to_string().contains('@')),
        ("day of the award", text("awardDate") > today),
        ("planned days", grant["plannedDates"][0]["startDate"].as_str() > grant["plannedDates"][0]["endDate"].as_str()),
    ];
    found.into_iter().filter(|(_, is_bad)| *is_bad).map(|(what, _)| what).collect()
}

/// Where each title of the table stands in a grant, as the standard's schema has it.
const PLACES: [(&str, &str); 28] = [
    ("Identifier", "/id"),
    ("Title", "/title"),
    ("Description", "/description"),
    ("Currency", "/currency"),
    ("Amount Awarded", "/amountAwarded"),
    ("Award Date", "/awardDate"),
    ("Planned Dates:Start Date", "/plannedDates/0/startDate"),
    ("Planned Dates:End Date", "/plannedDates/0/endDate"),
    ("Recipient Org:Identifier", "/recipientOrganization/0/id"),
    ("Recipient Org:Name", "/recipientOrganization/0/name"),
    ("Recipient Org:Charity Number", "/recipientOrganization/0/charityNumber"),
    ("Recipient Org:Company Number", "/recipientOrganization/0/companyNumber"),
    ("Recipient Org:Location:Name", "/recipientOrganization/0/location/0/name"),
    ("Recipient Org:Location:Geographic Code", "/recipientOrganization/0/location/0/geoCode"),
    ("Recipient Org:Location:Geographic Code Type", "/recipientOrganization/0/location/0/geoCodeType"),
    ("Funding Org:Identifier", "/fundingOrganization/0/id"),
    ("Funding Org:Name", "/fundingOrganization/0/name"),
    ("Grant Programme:Code", "/grantProgramme/0/code"),
    ("Grant Programme:Title", "/grantProgramme/0/title"),
    ("From An Open Call?", "/fromOpenCall"),
    ("Last Modified", "/dateModified"),
    ("Data Source", "/dataSource"),
    ("Beneficiary Location:0:Name", "/beneficiaryLocation/0/name"),
    ("Beneficiary Location:0:Geographic Code", "/beneficiaryLocation/0/geoCode"),
    ("Beneficiary Location:0:Geographic Code Type", "/beneficiaryLocation/0/geoCodeType"),
    ("Beneficiary Location:1:Name", "/beneficiaryLocation/1/name"),
    ("Beneficiary Location:1:Geographic Code", "/beneficiaryLocation/1/geoCode"),
    ("Beneficiary Location:1:Geographic Code Type", "/beneficiaryLocation/1/geoCodeType"),
];

/// Puts a value where a pointer says, and makes what stands around it.
fn put(into: &mut Value, pointer: &[&str], value: Value) {
    let Some((first, rest)) = pointer.split_first() else {
        *into = value;
        return;
    };
    match first.parse::<usize>() {
        Ok(place) => {
            if into.is_null() {
                *into = json!([]);
            }
            let all = into.as_array_mut().unwrap();
            while all.len() <= place {
                all.push(Value::Null);
            }
            put(&mut all[place], rest, value);
        }
        Err(_) => put(&mut into[*first], rest, value),
    }
}

/// The grants of a table with the standard's titles.
fn of_table(text: &str) -> Vec<Value> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let titles = reader.headers().unwrap().clone();
    let grant = |row: csv::StringRecord| {
        let mut grant = json!({});
        for (title, cell) in titles.iter().zip(&row).filter(|(_, cell)| !cell.is_empty()) {
            let pointer = PLACES.iter().find(|(one, _)| *one == title).unwrap_or_else(|| panic!("no official title: {title}")).1;
            // A text that a spreadsheet would take for a formula has an apostrophe before it.
            let text = cell.strip_prefix('\'').filter(|rest| rest.starts_with(['=', '+', '-', '@'])).unwrap_or(cell);
            let value = if title == "Amount Awarded" { serde_json::from_str(cell).unwrap() } else { json!(text) };
            put(&mut grant, &pointer[1..].split('/').collect::<Vec<_>>(), value);
        }
        grant
    };
    reader.records().map(|row| grant(row.unwrap())).collect()
}

on_both! {
    fn grants_raise_no_complaint_and_stand_the_same_in_both_files(app) {
        let today = app.service.db.clock().today().to_string();
        let scene = Scene::set(app, 10_000_000, 5_000_000);
        let nobody = app.nobody();
        set_policy(app);
        for (area, code) in [(&scene.area, "E08000030"), (&scene.other_area, "E08000027")] {
            let path = format!("/v1/areas/{area}");
            let tag = scene.commissioner.get(&path).must(200).tag().to_owned();
            scene.commissioner.patch(&path, &tag, &json!({ "ons_code": code })).must(200);
        }
        amend_provider(&scene, &json!({ "charity_number": "1012345", "company_number": "01234567", "home_area_id": scene.other_area }));
        let both = json!([scene.area, scene.other_area]);
        scene.live(8_052_842 / 100, json!({ "title": "=Nights, \"on\" the street", "purpose": "To be there;\r\nat night", "area_ids": both }));
        scene.live(300_000, json!({}));
        let long = scene.live(100_000, json!({ "title": "A long night ".repeat(20).trim(), "purpose": "Nights" }));
        add(&scene, &long.id(), &json!({ "from_open_call": false })).must(200);
        let package = nobody.get(&format!("{GIVING}.json")).must(200);
        let grants = package.body["grants"].as_array().unwrap();
        assert_eq!(grants.len(), 3);
        for grant in grants {
            assert_eq!(complaints(grant, &today), [""; 0], "{grant}");
        }
        assert_eq!(grants[1]["description"], "Street project: a grant out of the fund Community Initiative Fund");
        assert!(grants[2]["description"].as_str().unwrap().ends_with("night. Nights"), "{}", grants[2]);
        assert_eq!(grants[0]["recipientOrganization"][0]["location"], json!([{ "name": "dudley", "geoCode": "E08000027", "geoCodeType": "MD" }]));
        let csv = nobody.get(&format!("{GIVING}.csv")).must(200).text;
        assert_eq!(&of_table(&csv), grants);

        // Each grant says where it is published, so none is before the office has said where the public reaches it.
        let administrator = app.office(&[almoner::access::permissions::Role::Administrator]);
        let policy = administrator.get("/v1/open-data-policy").must(200);
        let mut body = policy.body.clone();
        body.as_object_mut().unwrap().retain(|name, _| ["publisher_name", "organisation_id", "grant_prefix", "licence_url"].contains(&name.as_str()));
        administrator.put("/v1/open-data-policy", policy.tag(), &body).must(200);
        nobody.send(nobody.request(Method::GET, &format!("{GIVING}.json"))).must(404);
    }
}
