//! Organisations, their services, consortia and programmes, as an officer keeps them and as a provider sees them.

mod checks;
mod letters;

use almoner::access::permissions::Role;
use almoner::kernel::{Moment, Provenance, TextList};
use almoner::providers::acts;
use almoner::providers::rules::{PccStatus, ProviderInput};
use almoner::store::WriteMeta;
use serde_json::{Value, json};

use crate::support::{App, Client};

fn officer(app: &App) -> Client {
    app.office(&[Role::Commissioner])
}

fn charity(reference: &str, name: &str, number: u32) -> Value {
    json!({ "reference": reference, "name": name, "kind": "charity", "pcc_status": "commissioned",
        "charity_number": number.to_string(), "postcode": "B1 1AA" })
}

fn consortium(reference: &str) -> Value {
    json!({ "reference": reference, "name": format!("Consortium {reference}"), "kind": "consortium", "pcc_status": "unknown", "postcode": "B1 1AA" })
}

fn area(officer: &Client, code: &str) -> String {
    officer.post("/v1/areas", &json!({ "code": code, "name": code, "kind": "local_authority" })).must(201).id()
}

fn fund_and_source(officer: &Client) -> (String, String) {
    let body = json!({ "code": "wm-pcc", "name": "West Midlands Police and Crime Commissioner", "kind": "police_and_crime_commissioner" });
    let body = officer.post("/v1/commissioning-bodies", &body).must(201).id();
    let source = json!({ "code": "ministry", "name": "Ministry of Justice", "kind": "government_department" });
    let source = officer.post("/v1/funding-sources", &source).must(201).id();
    let fund = json!({ "code": "VF", "name": "Victims Fund", "kind": "pcc_budget", "scope": "fund", "commissioning_body_id": body,
        "source_ids": [source] });
    (officer.post("/v1/funds", &fund).must(201).id(), source)
}

fn texts<'a>(items: &'a [Value], field: &str) -> Vec<&'a str> {
    items.iter().map(|item| item[field].as_str().unwrap()).collect()
}

on_both! {
    fn a_provider_lives_in_versions(app) {
        let officer = officer(app);
        let (walsall, dudley) = (area(&officer, "walsall"), area(&officer, "dudley"));
        let mut input = charity("BCWA", "Black Country  Women's Aid", 1_012_345);
        input["aliases"] = json!(["BCWA", "Black Country Women\u{2019}s Aid"]);
        input["postcode"] = json!("wv11aa");
        input["company_number"] = json!("sc 123456");
        input["area_ids"] = json!([dudley, walsall]);
        input["home_area_id"] = json!(walsall);
        input["size"] = json!("small");
        input["specialist"] = json!(true);
        input["local"] = json!(true);
        input["contact_email"] = json!("office@bcwa.example");
        input["note"] = json!("two rows in the papers");
        let made = officer.post("/v1/providers", &input).must(201);
        let path = format!("/v1/providers/{}", made.id());
        assert_eq!(made.header("location"), Some(path.as_str()));
        for (field, value) in [
            ("reference", json!("BCWA")), ("version", json!(1)), ("name", json!("Black Country Women's Aid")), ("postcode", json!("WV1 1AA")),
            ("postcode_area", json!("WV")), ("company_number", json!("SC123456")), ("size", json!("small")), ("specialist", json!(true)),
            ("local", json!(true)), ("home_area_id", json!(walsall)), ("contact_email", json!("office@bcwa.example")), ("supplier_number", Value::Null),
            ("member_count", json!(0)), ("illustrative", json!(false)), ("not_evidenced", json!([])), ("evidence", Value::Null),
            ("checks", json!([])), ("allowed_actions", json!(["update", "add_service_line", "record_check"])),
        ] {
            assert_eq!(made.body[field], value, "{field}");
        }
        assert_eq!(made.body["area_ids"].as_array().unwrap().len(), 2);

        let got = officer.get(&path).must(200);
        assert_eq!((got.tag(), &got.body), (made.tag(), &made.body));
        let change = json!({ "name": "Black Country Aid", "aliases": [], "size": null, "area_ids": [walsall] });
        let changed = officer.patch(&path, made.tag(), &change).must(200);
        assert_eq!((changed.body["version"].as_i64(), &changed.body["size"], &changed.body["note"]), (Some(2), &Value::Null, &input["note"]));
        assert_eq!(officer.patch(&path, made.tag(), &change).must(412).code(), "stale");
        let bare = officer.request(reqwest::Method::PATCH, &path).json(&change);
        assert_eq!(officer.send(bare).must(428).code(), "precondition_required");
        let past = officer.get(&format!("{path}/versions")).must(200);
        assert_eq!(texts(past.items(), "name"), ["Black Country Aid", "Black Country Women's Aid"]);
        assert_eq!(past.items()[1]["aliases"], made.body["aliases"]);
        assert_eq!(past.items()[0]["allowed_actions"], json!([]));
        assert_eq!(officer.all(&format!("{path}/versions?limit=1")).len(), 2);
    }

    fn search_finds_a_provider_by_any_name(app) {
        let officer = officer(app);
        let mut bcwa = charity("P-1", "Black Country Women's Aid", 1_000_001);
        bcwa["aliases"] = json!(["BCWA", "50%_Aid"]);
        officer.post("/v1/providers", &bcwa).must(201);
        officer.post("/v1/providers", &charity("P-2", "Élan Vital", 1_000_002)).must(201);
        let mut third = charity("P-3", "Women of the Black Country", 1_000_003);
        third["pcc_status"] = json!("non_commissioned");
        third["local"] = json!(false);
        officer.post("/v1/providers", &third).must(201);
        for (term, found) in [
            ("BCWA", vec!["P-1"]), ("bcwa", vec!["P-1"]), ("women%E2%80%99s%20AID", vec!["P-1"]), ("p-2", vec!["P-2"]), ("%C3%89LAN", vec!["P-2"]),
            ("black%20women", vec!["P-1", "P-3"]), ("aid%20black", vec!["P-1"]), ("%25", vec!["P-1"]), ("0%25_a", vec!["P-1"]), ("_", vec!["P-1"]),
            ("%5C", vec![]), ("nobody", vec![]),
        ] {
            assert_eq!(texts(officer.get(&format!("/v1/providers?search={term}")).must(200).items(), "reference"), found, "{term}");
        }
        assert_eq!(texts(officer.get("/v1/providers?pcc_status=non_commissioned").must(200).items(), "reference"), ["P-3"]);
        assert_eq!(texts(officer.get("/v1/providers?local=false&kind=charity").must(200).items(), "reference"), ["P-3"]);
        assert_eq!(texts(&officer.all("/v1/providers?limit=1"), "reference"), ["P-1", "P-2", "P-3"]);
        assert_eq!(officer.get("/v1/providers?search=&kind=school").must(422).faults(), ["query:kind not_a_choice", "query:search too_short"]);
    }

    fn a_provider_is_found_by_its_areas(app) {
        let officer = officer(app);
        let (walsall, dudley) = (area(&officer, "walsall"), area(&officer, "dudley"));
        for (reference, number, field, value) in [
            ("P-1", 1_000_001, "area_ids", json!([walsall, dudley])), ("P-2", 1_000_002, "home_area_id", json!(walsall)), ("P-3", 1_000_003, "area_ids", json!([dudley])),
        ] {
            let mut input = charity(reference, reference, number);
            input[field] = value;
            officer.post("/v1/providers", &input).must(201);
        }
        let found = officer.get(&format!("/v1/providers?area_id={walsall}")).must(200);
        assert_eq!(texts(found.items(), "reference"), ["P-1", "P-2"]);
    }

    fn every_fault_of_a_provider_at_once(app) {
        let officer = officer(app);
        let wrong = json!({ "name": "", "kind": "school", "aliases": "BCWA", "contact_email": "nobody", "colour": "red", "reference": "bc wa" });
        assert_eq!(officer.post("/v1/providers", &wrong).must(422).faults(), [
            "/aliases wrong_type", "/colour unknown_field", "/contact_email wrong_format", "/kind not_a_choice", "/name too_short",
            "/pcc_status required", "/postcode required", "/reference wrong_format",
        ]);
        let nowhere = "0192b4c0-7d2a-7c3e-9a51-2f60c1a4e8d7";
        let wrong = json!({ "name": " ", "kind": "charity", "pcc_status": "unknown", "aliases": ["a", "A"], "company_number": "1", "postcode": "X",
            "area_ids": [nowhere, nowhere], "home_area_id": nowhere });
        assert_eq!(officer.post("/v1/providers", &wrong).must(422).faults(), [
            "/aliases/1 repeated", "/area_ids/0 unknown_record", "/area_ids/1 repeated", "/area_ids/1 unknown_record", "/charity_number required",
            "/company_number wrong_format", "/home_area_id unknown_record", "/name blank", "/postcode wrong_format",
        ]);
        assert!(officer.get("/v1/providers").must(200).items().is_empty());
    }

    fn numbers_belong_to_one_provider(app) {
        let officer = officer(app);
        let mut first = charity("FIRST", "First", 1_012_345);
        first["company_number"] = json!("01234567");
        let first = officer.post("/v1/providers", &first).must(201);
        let mut second = charity("FIRST", "Second", 1_012_345);
        second["charity_number"] = json!("101 2345");
        second["company_number"] = json!("01234567");
        let taken = officer.post("/v1/providers", &second).must(409);
        assert_eq!((taken.code(), &taken.body["fields"]), ("taken", &json!(["reference", "charity_number", "company_number"])));
        second["reference"] = json!("SECOND");
        second["charity_number"] = json!("1012345-1");
        second["company_number"] = Value::Null;
        let made = officer.post("/v1/providers", &second).must(201);
        let path = format!("/v1/providers/{}", made.id());
        assert_eq!(officer.patch(&path, made.tag(), &json!({ "charity_number": "1012345" })).must(409).code(), "taken");
        assert_eq!(officer.patch(&path, made.tag(), &json!({ "reference": "OTHER" })).must(422).faults(), ["/reference fixed"]);
        // Once its holder has given it up, the number is free.
        officer.patch(&format!("/v1/providers/{}", first.id()), first.tag(), &json!({ "company_number": null })).must(200);
        officer.patch(&path, made.tag(), &json!({ "company_number": "01234567" })).must(200);
    }

    fn a_reference_is_given_where_none_comes(app) {
        let officer = officer(app);
        officer.post("/v1/providers", &charity("PRV-0002", "Taken", 1_000_001)).must(201);
        for (number, reference) in [(1_000_002, "PRV-0003"), (1_000_003, "PRV-0004")] {
            let mut input = charity("", "New", number);
            input.as_object_mut().unwrap().remove("reference");
            assert_eq!(officer.post("/v1/providers", &input).must(201).body["reference"], reference);
        }
    }

    fn one_provider_runs_several_services(app) {
        let officer = officer(app);
        let provider = officer.post("/v1/providers", &charity("BCWA", "Black Country Women's Aid", 1_012_345)).must(201).id();
        let lines = format!("/v1/providers/{provider}/service-lines");
        let violence = officer.post(&lines, &json!({ "name": "Sexual Violence Service", "theme": "Sexual Violence" })).must(201);
        let abuse = officer.post(&lines, &json!({ "name": "Domestic Abuse Service" })).must(201);
        assert_eq!((&violence.body["reference"], &abuse.body["reference"]), (&json!("BCWA-S1"), &json!("BCWA-S2")));
        assert_eq!(officer.post(&lines, &json!({ "name": "domestic abuse  service" })).must(422).faults(), ["/name repeated"]);
        assert_eq!(officer.post(&lines, &json!({ "theme": "", "x": 1 })).must(422).faults(), ["/name required", "/theme too_short", "/x unknown_field"]);
        let path = format!("/v1/service-lines/{}", abuse.id());
        assert_eq!(abuse.header("location"), Some(path.as_str()));
        let changed = officer.patch(&path, abuse.tag(), &json!({ "theme": "Domestic Abuse", "ends_on": "2021-03-31" })).must(200);
        assert_eq!((&changed.body["theme"], &changed.body["version"]), (&json!("Domestic Abuse"), &json!(2)));
        assert_eq!(officer.patch(&path, abuse.tag(), &json!({ "name": "X" })).must(412).code(), "stale");
        assert_eq!(texts(&officer.all(&format!("{lines}?limit=1")), "name"), ["Sexual Violence Service", "Domestic Abuse Service"]);
        officer.get("/v1/providers/0192b4c0-7d2a-7c3e-9a51-2f60c1a4e8d7/service-lines").must(404);
    }

    fn a_consortium_has_members_and_no_circle(app) {
        let officer = officer(app);
        let make = |body: &Value| officer.post("/v1/providers", body).must(201);
        let (a, b) = (make(&charity("A1", "Anawim", 1_000_001)).id(), make(&charity("B1", "Changing Lives", 1_000_002)).id());
        let outer = make(&consortium("OUTER"));
        let inner = make(&consortium("INNER"));
        assert_eq!(outer.body["allowed_actions"], json!(["update", "add_service_line", "set_members", "record_check"]));
        let members = |of: &str| format!("/v1/providers/{of}/members");
        let path = members(&outer.id());
        let both = json!({ "members": [{ "provider_id": a, "lead": true, "starts_on": "2020-04-01" }, { "provider_id": inner.id() }] });
        let set = officer.put(&path, outer.tag(), &both).must(200);
        assert_eq!((&set.body["version"], &set.body["members"][0]["provider"]["reference"]), (&json!(2), &json!("A1")));
        assert_eq!((&set.body["members"][0]["lead"], &set.body["members"][1]["lead"]), (&json!(true), &json!(false)));
        assert_eq!(officer.get(&path).must(200).tag(), set.tag());
        assert_eq!(officer.put(&path, outer.tag(), &both).must(412).code(), "stale");
        assert_eq!(officer.get(&format!("/v1/providers/{}", outer.id())).must(200).body["member_count"], 2);

        let around = json!({ "members": [{ "provider_id": outer.id(), "lead": true }] });
        assert_eq!(officer.put(&members(&inner.id()), inner.tag(), &around).must(422).faults(), ["/members/0/provider_id circular"]);
        let wrong = json!({ "members": [{ "provider_id": inner.id() }, { "provider_id": "0192b4c0-7d2a-7c3e-9a51-2f60c1a4e8d7" },
            { "provider_id": b, "starts_on": "2021-01-01", "ends_on": "2020-01-01" }] });
        assert_eq!(officer.put(&members(&inner.id()), inner.tag(), &wrong).must(422).faults(), [
            "/members no_lead", "/members/0/provider_id circular", "/members/1/provider_id unknown_record", "/members/2/ends_on reversed_dates",
        ]);
        let charity = officer.get(&format!("/v1/providers/{a}")).must(200);
        let alone = json!({ "members": [{ "provider_id": b, "lead": true }] });
        assert_eq!(officer.put(&members(&a), charity.tag(), &alone).must(422).faults(), ["/members not_a_consortium"]);

        // A change of name keeps the members, and a consortium with members stays one.
        let outer_path = format!("/v1/providers/{}", outer.id());
        let renamed = officer.patch(&outer_path, set.tag(), &json!({ "name": "Renamed" })).must(200);
        assert_eq!(renamed.body["member_count"], 2);
        assert_eq!(officer.patch(&outer_path, renamed.tag(), &json!({ "kind": "partnership" })).must(422).faults(), ["/kind has_members"]);
        let emptied = officer.put(&path, renamed.tag(), &json!({ "members": [] })).must(200);
        assert_eq!(emptied.body["members"], json!([]));
        officer.put(&members(&inner.id()), inner.tag(), &around).must(200);
    }

    fn a_provider_sees_itself_and_nobody_else(app) {
        let officer = officer(app);
        let mut own = charity("OWN", "Own", 1_000_001);
        own["note"] = json!("of the office");
        let own = officer.post("/v1/providers", &own).must(201);
        let other = officer.post("/v1/providers", &charity("OTHER", "Other", 1_000_002)).must(201);
        let line = json!({ "name": "Service" });
        let own_line = officer.post(&format!("/v1/providers/{}/service-lines", own.id()), &line).must(201);
        let other_line = officer.post(&format!("/v1/providers/{}/service-lines", other.id()), &line).must(201);
        let author = app.of_provider(&[Role::ProviderAuthor], own.id().parse().unwrap());

        assert_eq!(texts(author.get("/v1/providers").must(200).items(), "reference"), ["OWN"]);
        assert_eq!(author.get("/v1/providers?search=other").must(200).items().len(), 0);
        let seen = author.get(&format!("/v1/providers/{}", own.id())).must(200);
        assert_eq!((&seen.body["note"], &seen.body["allowed_actions"]), (&Value::Null, &json!([])));
        assert_ne!(seen.tag(), own.tag());
        author.get(&format!("/v1/service-lines/{}", own_line.id())).must(200);
        author.get(&format!("/v1/providers/{}/service-lines", own.id())).must(200);
        author.get(&format!("/v1/providers/{}/versions", own.id())).must(200);
        for hidden in ["", "/members", "/versions", "/service-lines"] {
            author.get(&format!("/v1/providers/{}{hidden}", other.id())).must(404);
        }
        author.get(&format!("/v1/service-lines/{}", other_line.id())).must(404);
        let path = format!("/v1/providers/{}", own.id());
        let refused = author.patch(&path, own.tag(), &json!({ "name": "Mine" })).must(403);
        assert!(refused.text.contains("providers.manage"), "{}", refused.text);
        author.post("/v1/providers", &charity("NEW", "New", 1_000_003)).must(403);
        app.office(&[Role::BoardReader]).get("/v1/providers").must(403);
        app.nobody().get("/v1/providers").must(401);
    }

    fn a_programme_names_whom_and_what_it_needs(app) {
        let officer = officer(app);
        let (fund, _) = fund_and_source(&officer);
        let walsall = area(&officer, "walsall");
        let cranstoun = officer.post("/v1/providers", &charity("CRANSTOUN", "Cranstoun", 1_000_001)).must(201).id();
        let dip = json!({ "code": "DIP", "name": "Drug Intervention Programme", "kind": "ended_programme", "stage": "ended", "starts_on": "2003-04-01" });
        let dip = officer.post("/v1/programmes", &dip).must(201);
        let cars = json!({ "code": "CARS", "name": "Cranstoun Arrest Referral Service", "aliases": ["arrest referral service"], "kind": "commissioned_service",
            "stage": "live", "stage_since_on": "2020-01-01", "starts_on": "2020-01-01", "succeeds_id": dip.id(), "evaluator_id": cranstoun,
            "onward_grants": false, "referral_routes": [{ "name": "Custody" }, { "name": "MARAC", "starts_on": "2021-01-01" }],
            "eligibility": [{ "criteria": "Early Help too", "starts_on": "2019-04-01" }, { "criteria": "Adults" }],
            "fund_ids": [fund], "provider_ids": [cranstoun], "area_ids": [walsall] });
        let made = officer.post("/v1/programmes", &cars).must(201);
        let path = format!("/v1/programmes/{}", made.id());
        assert_eq!(made.header("location"), Some(path.as_str()));
        assert_eq!((&made.body["succeeds"]["code"], &made.body["evaluator"]["reference"]), (&json!("DIP"), &json!("CRANSTOUN")));
        assert_eq!((&made.body["providers"][0]["name"], &made.body["fund_ids"], &made.body["area_ids"]), (&json!("Cranstoun"), &json!([fund]), &json!([walsall])));
        assert_eq!((&made.body["eligibility"][0]["criteria"], &made.body["referral_routes"][1]["name"]), (&json!("Adults"), &json!("MARAC")));
        assert_eq!(officer.get(&path).must(200).body, made.body);
        assert_eq!(officer.post("/v1/programmes", &cars).must(409).code(), "taken");

        let ended = officer.patch(&path, made.tag(), &json!({ "stage": "ended", "ends_on": "2022-03-31", "referral_routes": [] })).must(200);
        assert_eq!((&ended.body["version"], &ended.body["referral_routes"], &ended.body["providers"]), (&json!(2), &json!([]), &made.body["providers"]));
        assert_eq!(texts(officer.get(&format!("{path}/versions")).must(200).items(), "stage"), ["ended", "live"]);
        let dip_path = format!("/v1/programmes/{}", dip.id());
        assert_eq!(officer.patch(&dip_path, dip.tag(), &json!({ "succeeds_id": made.id(), "code": "DIQ" })).must(422).faults(), ["/code fixed", "/succeeds_id circular"]);
        for (query, found) in [
            ("search=arrest", vec!["CARS"]), ("search=intervention", vec!["DIP"]), ("stage=ended", vec!["CARS", "DIP"]), ("kind=ended_programme", vec!["DIP"]),
            (&format!("fund_id={fund}"), vec!["CARS"]), (&format!("provider_id={cranstoun}"), vec!["CARS"]), (&format!("area_id={walsall}"), vec!["CARS"]),
            (&format!("area_id={fund}"), vec![]),
        ] {
            assert_eq!(texts(officer.get(&format!("/v1/programmes?{query}")).must(200).items(), "code"), found, "{query}");
        }
        let author = app.of_provider(&[Role::ProviderAuthor], cranstoun.parse().unwrap());
        assert_eq!(texts(author.get("/v1/programmes").must(200).items(), "code"), ["CARS"]);
        assert_eq!(author.get(&path).must(200).body["allowed_actions"], json!([]));
        author.get(&dip_path).must(404);
        author.get(&format!("{dip_path}/versions")).must(404);
        author.post("/v1/programmes", &cars).must(403);
    }

    fn a_provider_sees_the_programmes_that_are_its_own(app) {
        let officer = officer(app);
        let provider = |reference: &str, number: u32| officer.post("/v1/providers", &charity(reference, reference, number)).must(201).id();
        let (one, other, evaluator) = (provider("ONE", 1_000_001), provider("OTHER", 1_000_002), provider("UNI", 1_000_003));
        let programme = |code: &str, providers: &[&String], evaluator: Option<&String>| {
            let input = json!({ "code": code, "name": code, "kind": "commissioned_service", "stage": "planned", "provider_ids": providers, "evaluator_id": evaluator });
            officer.post("/v1/programmes", &input).must(201)
        };
        let shared = programme("SHARED", &[&one, &other], Some(&evaluator));
        let own = programme("OWN", &[&one], None);
        let nobody = programme("NOBODY", &[], None);
        let author = |provider: &String| app.of_provider(&[Role::ProviderAuthor], provider.parse().unwrap());
        let codes = |provider: &String| texts(author(provider).get("/v1/programmes").must(200).items(), "code").into_iter().map(str::to_owned).collect::<Vec<_>>();
        assert_eq!((codes(&one), codes(&other), codes(&evaluator)), (vec!["OWN".to_owned(), "SHARED".to_owned()], vec!["SHARED".to_owned()], vec!["SHARED".to_owned()]));
        assert_eq!(author(&one).get(&format!("/v1/programmes?provider_id={other}")).must(200).items().len(), 1);
        for (programme, is_seen) in [(&shared, true), (&own, false), (&nobody, false)] {
            let path = format!("/v1/programmes/{}", programme.id());
            author(&other).get(&path).must(if is_seen { 200 } else { 404 });
            author(&other).get(&format!("{path}/versions")).must(if is_seen { 200 } else { 404 });
            officer.get(&path).must(200);
        }
        // Who else delivers it is not this provider's to know.
        let seen = author(&other).get(&format!("/v1/programmes/{}", shared.id())).must(200);
        assert_eq!(texts(seen.body["providers"].as_array().unwrap(), "reference"), ["OTHER"]);
        assert_eq!(officer.get(&format!("/v1/programmes/{}", shared.id())).must(200).body["providers"].as_array().unwrap().len(), 2);
    }

    fn every_fault_of_a_programme_at_once(app) {
        let officer = officer(app);
        let nowhere = "0192b4c0-7d2a-7c3e-9a51-2f60c1a4e8d7";
        let wrong = json!({ "code": "new", "kind": "school", "starts_on": "2020-02-30", "referral_routes": [{}], "fund_ids": ["x"], "y": 1 });
        assert_eq!(officer.post("/v1/programmes", &wrong).must(422).faults(), [
            "/code wrong_format", "/fund_ids/0 wrong_format", "/kind not_a_choice", "/name required", "/referral_routes/0/name required", "/stage required",
            "/starts_on wrong_format", "/y unknown_field",
        ]);
        let wrong = json!({ "code": "NEW", "name": "New", "kind": "pilot", "stage": "live", "ends_on": "2020-01-01", "succeeds_id": nowhere,
            "evaluator_id": nowhere, "fund_ids": [nowhere], "provider_ids": [nowhere], "area_ids": [nowhere],
            "eligibility": [{ "criteria": "A" }, { "criteria": " " }] });
        assert_eq!(officer.post("/v1/programmes", &wrong).must(422).faults(), [
            "/area_ids/0 unknown_record", "/eligibility/1/criteria blank", "/eligibility/1/starts_on repeated", "/evaluator_id unknown_record",
            "/fund_ids/0 unknown_record", "/provider_ids/0 unknown_record", "/starts_on required", "/succeeds_id unknown_record",
        ]);
    }

    fn others_pay_too_and_it_moves_no_money(app) {
        let officer = officer(app);
        let (fund, source) = fund_and_source(&officer);
        let drive = json!({ "code": "DRIVE", "name": "DRIVE", "kind": "co_funded_programme", "stage": "planned" });
        let drive = officer.post("/v1/programmes", &drive).must(201).id();
        let path = format!("/v1/programmes/{drive}/contributions");
        let unknown = json!({ "source_id": source, "fund_id": fund, "kind": "cash", "confirmed": false });
        let made = officer.post(&path, &unknown).must(201);
        assert_eq!((&made.body["amount_pence"], &made.body["figure_status"], &made.body["reference"]), (&Value::Null, &json!("final"), &json!("CON-0001")));
        let own = format!("/v1/contributions/{}", made.id());
        assert_eq!(made.header("location"), Some(own.as_str()));
        let known = json!({ "amount_pence": 140_000_000, "confirmed": true, "qualifier": "over", "precision": "rounded", "rounding_unit_pence": 10_000_000 });
        let changed = officer.patch(&own, made.tag(), &known).must(200);
        assert_eq!((&changed.body["amount_pence"], &changed.body["version"]), (&json!(140_000_000), &json!(2)));
        assert_eq!(officer.patch(&own, made.tag(), &known).must(412).code(), "stale");
        officer.post(&path, &unknown).must(201);
        assert_eq!(texts(&officer.all(&format!("{path}?limit=1")), "reference"), ["CON-0001", "CON-0002"]);
        let nowhere = "0192b4c0-7d2a-7c3e-9a51-2f60c1a4e8d7";
        let wrong = json!({ "source_id": nowhere, "fund_id": nowhere, "award_id": nowhere });
        assert_eq!(officer.post(&path, &wrong).must(422).faults(), [
            "/award_id unknown_record", "/confirmed required", "/fund_id unknown_record", "/kind required", "/source_id unknown_record",
        ]);
        let wrong = json!({ "source_id": source, "kind": "gift", "confirmed": "yes", "amount_pence": 0 });
        assert_eq!(officer.post(&path, &wrong).must(422).faults(), ["/amount_pence too_small", "/confirmed wrong_type", "/kind not_a_choice"]);
        officer.post(&format!("/v1/programmes/{nowhere}/contributions"), &unknown).must(404);
        let provider = officer.post("/v1/providers", &charity("OWN", "Own", 1_000_001)).must(201).id();
        app.of_provider(&[Role::ProviderSignatory], provider.parse().unwrap()).get(&path).must(403);
    }

    fn what_a_programme_saves_stands_beside_what_its_own_amounts_come_to(app) {
        let officer = officer(app);
        let divert = json!({ "code": "DIVERT", "name": "Divert", "kind": "co_funded_programme", "stage": "planned" });
        let divert = officer.post("/v1/programmes", &divert).must(201).id();
        let path = format!("/v1/programmes/{divert}/savings-claims");
        let printed = json!({ "name": "Benefit of the project", "claimed_by": "The programme's evaluation", "printed_benefit_per_pound": 16,
            "printed_order": "cost_first" });
        let made = officer.post(&path, &printed).must(201);
        assert_eq!((&made.body["printed_ratio"], &made.body["computed_benefit_per_pound"], &made.body["agrees"]), (&json!("1:16"), &Value::Null, &Value::Null));
        assert_eq!(made.body["unsaid"], json!(["method", "base", "comparator", "amounts", "evidence"]));
        assert_eq!(made.body["figure_status"], "provisional");
        let own = format!("/v1/savings-claims/{}", made.id());
        assert_eq!(made.header("location"), Some(own.as_str()));
        let amounts = json!({ "benefit_pence": 240_000_000, "cost_pence": 7_000_000, "method": "Costs avoided in the first year" });
        let changed = officer.patch(&own, made.tag(), &amounts).must(200);
        assert_eq!((&changed.body["computed_benefit_per_pound"], &changed.body["agrees"]), (&json!(34.286), &json!(false)));
        assert_eq!(changed.body["unsaid"], json!(["base", "comparator", "evidence"]));
        assert_eq!(officer.patch(&own, made.tag(), &amounts).must(412).code(), "stale");
        assert_eq!(officer.get(&own).must(200).body, changed.body);
        officer.post(&path, &json!({ "name": "Later", "claimed_by": "The office", "benefit_pence": 5 })).must(201);
        assert_eq!(texts(&officer.all(&format!("{path}?limit=1")), "reference"), ["SAV-0001", "SAV-0002"]);
        let wrong = json!({ "name": " ", "claimed_by": "The office", "cost_pence": 5, "printed_order": "benefit_first" });
        assert_eq!(officer.post(&path, &wrong).must(422).faults(), ["/benefit_pence no_amount", "/name required", "/printed_order half_a_ratio"]);
        officer.post("/v1/programmes/0192b4c0-7d2a-7c3e-9a51-2f60c1a4e8d7/savings-claims", &printed).must(404);
        let provider = officer.post("/v1/providers", &charity("OWN", "Own", 1_000_001)).must(201).id();
        app.of_provider(&[Role::ProviderSignatory], provider.parse().unwrap()).get(&path).must(403);
    }

    fn an_import_says_what_its_source_does_not_show(app) {
        let officer = officer(app);
        let input = ProviderInput {
            reference: Some("DA-CONSORTIUM".into()), name: "Domestic Abuse Consortium".into(), aliases: Vec::new(), kind: None, pcc_status: PccStatus::Unknown,
            size: None, specialist: None, charity_number: None, company_number: None, postcode: None, local: None, home_area_id: None,
            area_ids: Vec::new(), contact_email: None, supplier_number: None, note: None,
        };
        let words = ["kind", "postcode"].map(str::to_owned).to_vec();
        let provenance = Provenance { illustrative: false, not_evidenced: TextList(words), evidence: Some("S2 ¶26".into()) };
        let known_from = Moment::from_micros(1_597_795_200_000_000).unwrap();
        let bare = input.clone();
        let refused = app.service.db.write(WriteMeta::system("provider.create", "import"), move |tx| acts::create(tx, &bare, &Provenance::default()));
        assert!(app.wait(refused).is_err());
        let made = app.service.db.write(WriteMeta::system("provider.create", "import"), move |tx| {
            tx.known_from(known_from, |tx| acts::create(tx, &input, &provenance))
        });
        let made = app.wait(made).unwrap();
        assert_eq!(made.recorded_at, known_from);
        let path = format!("/v1/providers/{}", made.id);
        let seen = officer.get(&path).must(200);
        assert_eq!((&seen.body["not_evidenced"], &seen.body["evidence"]), (&json!(["kind", "postcode"]), &json!("S2 ¶26")));
        assert_eq!(seen.body["recorded_at"], "2020-08-19T00:00:00.000000Z");
        // What somebody fills in is theirs; what they leave may stay unknown, but not be taken away again.
        let filled = officer.patch(&path, seen.tag(), &json!({ "kind": "consortium" })).must(200);
        assert_eq!(filled.body["not_evidenced"], json!(["postcode"]));
        assert_eq!(officer.patch(&path, filled.tag(), &json!({ "kind": null })).must(422).faults(), ["/kind required"]);
    }
}
