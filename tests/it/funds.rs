//! Bodies, areas, sources, funds and their periods, as an officer keeps them.

use almoner::access::permissions::Role;
use almoner::funds::{FundInput, FundKind, FundScope, acts};
use almoner::kernel::{Provenance, TextList};
use almoner::store::WriteMeta;
use reqwest::Method;
use reqwest::header::{IF_MATCH, IF_NONE_MATCH};
use serde_json::{Value, json};

use crate::support::{App, Client};

fn officer(app: &App) -> Client {
    app.office(&[Role::Commissioner])
}

fn body_of(officer: &Client) -> String {
    let body = json!({ "code": "west-midlands-pcc", "name": "West Midlands Police and Crime Commissioner", "aliases": ["OPCC"],
        "kind": "police_and_crime_commissioner" });
    officer.post("/v1/commissioning-bodies", &body).must(201).id()
}

fn source_of(officer: &Client, code: &str) -> String {
    let source = json!({ "code": code, "name": format!("Source {code}"), "kind": "recovered_assets" });
    officer.post("/v1/funding-sources", &source).must(201).id()
}

fn fund(code: &str, name: &str, body: &str, source: &str) -> Value {
    json!({ "code": code, "name": name, "kind": "pcc_grant_fund", "scope": "fund", "commissioning_body_id": body, "source_ids": [source] })
}

fn codes(items: &[Value]) -> Vec<&str> {
    items.iter().map(|item| item["code"].as_str().unwrap()).collect()
}

on_both! {
    fn a_fund_lives_in_versions(app) {
        let officer = officer(app);
        let (body, source) = (body_of(&officer), source_of(&officer, "poca"));
        let acf = officer.post("/v1/funds", &fund("ACF", "Active Citizens Fund", &body, &source)).must(201).id();
        let mut input = fund("CIF", "Community Initiative Fund", &body, &source);
        input["aliases"] = json!(["CIF", "Community Initiatives Fund"]);
        input["succeeds_ids"] = json!([acf]);
        input["review_due"] = json!("2020-09-30");
        input["default_monitoring"] = json!("end_of_grant");
        let made = officer.post("/v1/funds", &input).must(201);
        let path = format!("/v1/funds/{}", made.id());
        assert_eq!(made.header("location"), Some(path.as_str()));
        assert_eq!(made.body["allowed_actions"], json!(["update", "add_period"]));

        let got = officer.get(&path).must(200);
        assert_eq!((got.tag(), &got.body), (made.tag(), &made.body));
        assert_eq!(got.body["succeeds"][0]["code"], "ACF");
        assert_eq!(got.body["sources"][0]["code"], "poca");
        assert_eq!(got.body["commissioning_body"]["name"], "West Midlands Police and Crime Commissioner");
        let known = officer.send(officer.request(Method::GET, &path).header(IF_NONE_MATCH, got.tag()));
        assert_eq!((known.must(304).text.as_str(), got.header("vary")), ("", Some("Authorization, Accept")));

        let review = json!({ "reviewed_on": "2020-09-28", "review_outcome": "Keep the streamlined form.", "review_due": null });
        let reviewed = officer.patch(&path, got.tag(), &review).must(200);
        assert_eq!((&reviewed.body["version"], &reviewed.body["review_due"]), (&json!(2), &Value::Null));
        assert_eq!(reviewed.body["aliases"], json!(["CIF", "Community Initiatives Fund"]));
        assert_eq!(officer.patch(&path, got.tag(), &review).must(412).code(), "stale");
        let bare = officer.request(Method::PATCH, &path).json(&review);
        assert_eq!(officer.send(bare).must(428).code(), "precondition_required");
        let again = officer.patch(&path, reviewed.tag(), &review).must(200);
        assert_eq!(again.tag(), reviewed.tag(), "a patch that changes nothing makes no version");

        let versions = officer.get(&format!("{path}/versions")).must(200);
        let seen: Vec<(&Value, &Value)> = versions.items().iter().map(|one| (&one["version"], &one["review_due"])).collect();
        assert_eq!(seen, [(&json!(2), &Value::Null), (&json!(1), &json!("2020-09-30"))]);
        assert_eq!(officer.all(&format!("{path}/versions?limit=1")).len(), 2);
    }

    fn search_finds_every_name(app) {
        let officer = officer(app);
        let (body, source) = (body_of(&officer), source_of(&officer, "poca"));
        let mut cif = fund("CIF", "Community Initiative Fund", &body, &source);
        cif["aliases"] = json!(["Community Initiatives Fund", "100% local_money"]);
        officer.post("/v1/funds", &cif).must(201);
        officer.post("/v1/funds", &fund("VRU", "Violence Reduction Unit", &body, &source)).must(201);
        for (term, found) in [
            ("CIF", vec!["CIF"]), ("cif", vec!["CIF"]), ("initiatives%20FUND", vec!["CIF"]), ("un", vec!["CIF", "VRU"]),
            ("100%25", vec!["CIF"]), ("%25", vec!["CIF"]), ("l_m", vec!["CIF"]), ("o_m", vec![]), ("%5C", vec![]),
        ] {
            assert_eq!(codes(officer.get(&format!("/v1/funds?search={term}")).must(200).items()), found, "{term}");
        }
        assert_eq!(codes(officer.get("/v1/commissioning-bodies?search=opcc").must(200).items()), ["west-midlands-pcc"]);
        assert_eq!(officer.get("/v1/funds?search=").must(422).faults(), ["query:search too_short"]);
        assert_eq!(officer.get("/v1/funds?name=CIF").must(422).faults(), ["query:name unknown_parameter"]);
    }

    fn every_fault_at_once(app) {
        let officer = officer(app);
        let wrong = json!({ "code": "cif", "kind": "pot", "scope": "fund", "commissioning_body_id": "0192b4c0-7d2a-7c3e-9a51-2f60c1a4e8dX", "review_due": "2020-02-30",
            "aliases": "CIF", "colour": "red" });
        assert_eq!(officer.post("/v1/funds", &wrong).must(422).faults(), [
            "/aliases wrong_type", "/code wrong_format", "/colour unknown_field", "/commissioning_body_id wrong_format", "/kind not_a_choice",
            "/name required", "/review_due wrong_format",
        ]);
        let nowhere = "0192b4c0-7d2a-7c3e-9a51-2f60c1a4e8d7";
        let wrong = json!({ "code": "CIF", "name": " ", "aliases": ["A", "a", ""], "kind": "pcc_budget", "scope": "fund",
            "commissioning_body_id": nowhere, "source_ids": [nowhere, nowhere], "succeeds_ids": [nowhere], "review_outcome": "Kept.",
            "pledge_from": "2020-04-02", "pledge_to": "2020-04-01" });
        assert_eq!(officer.post("/v1/funds", &wrong).must(422).faults(), [
            "/aliases/1 repeated", "/aliases/2 blank", "/commissioning_body_id unknown_record", "/name blank", "/pledge_text required",
            "/pledge_to reversed_dates", "/reviewed_on required", "/source_ids/0 unknown_record", "/source_ids/1 repeated",
            "/source_ids/1 unknown_record", "/succeeds_ids/0 unknown_record",
        ]);
        let body = body_of(&officer);
        let bare = json!({ "code": "VF", "name": "Victims Fund", "kind": "pcc_budget", "scope": "fund", "commissioning_body_id": body });
        assert_eq!(officer.post("/v1/funds", &bare).must(422).faults(), ["/source_ids required"]);
        assert!(officer.get("/v1/funds").must(200).items().is_empty());
    }

    fn codes_are_taken_once_and_stay(app) {
        let officer = officer(app);
        let (body, source) = (body_of(&officer), source_of(&officer, "poca"));
        let made = officer.post("/v1/funds", &fund("CIF", "Community Initiative Fund", &body, &source)).must(201);
        let taken = officer.post("/v1/funds", &fund("CIF", "Another", &body, &source)).must(409);
        assert_eq!((taken.code(), &taken.body["detail"]), ("taken", &json!("The code CIF is taken by another record.")));
        let path = format!("/v1/funds/{}", made.id());
        assert_eq!(officer.patch(&path, made.tag(), &json!({ "code": "CIX" })).must(422).faults(), ["/code fixed"]);
        assert_eq!(officer.patch(&path, made.tag(), &json!({ "name": null })).must(422).faults(), ["/name required"]);
        assert_eq!(officer.patch(&path, made.tag(), &json!({ "succeeds_ids": [made.id()] })).must(422).faults(), ["/succeeds_ids/0 circular"]);
        let mut next = fund("CIG", "Community Initiative Grants", &body, &source);
        next["succeeds_ids"] = json!([made.id()]);
        let next = officer.post("/v1/funds", &next).must(201).id();
        assert_eq!(officer.patch(&path, made.tag(), &json!({ "succeeds_ids": [next] })).must(422).faults(), ["/succeeds_ids/0 circular"]);
        assert_eq!(officer.get(&path).must(200).tag(), made.tag());
    }

    fn the_same_request_twice_is_done_once(app) {
        let officer = officer(app);
        let source = json!({ "code": "poca", "name": "Proceeds of Crime Act receipts", "kind": "recovered_assets" });
        let send = |body: &Value| officer.send(officer.request(Method::POST, "/v1/funding-sources").header("Idempotency-Key", "k-1").json(body));
        let first = send(&source).must(201);
        let second = send(&source).must(201);
        assert_eq!((second.text.as_str(), second.tag(), second.header("idempotent-replay")), (first.text.as_str(), first.tag(), Some("true")));
        let other = json!({ "code": "precept", "name": "Police precept", "kind": "local_taxation" });
        assert_eq!(send(&other).must(422).code(), "key_reused");
        assert_eq!(codes(officer.get("/v1/funding-sources").must(200).items()), ["poca"]);
    }

    fn lists_come_in_pages_by_code(app) {
        let officer = officer(app);
        for code in ["moj", "esf", "poca", "a-b", "ab", "nps"] {
            source_of(&officer, code);
        }
        let first = officer.get("/v1/funding-sources?limit=4").must(200);
        assert_eq!(codes(first.items()), ["a-b", "ab", "esf", "moj"]);
        let cursor = first.body["next_cursor"].as_str().unwrap();
        assert_eq!(first.header("link"), Some(format!("</v1/funding-sources?limit=4&cursor={cursor}>; rel=\"next\"").as_str()));
        source_of(&officer, "nhs");
        let second = officer.get(&format!("/v1/funding-sources?limit=4&cursor={cursor}")).must(200);
        assert_eq!((codes(second.items()), &second.body["next_cursor"]), (vec!["nhs", "nps", "poca"], &Value::Null));
        assert_eq!(officer.all("/v1/funding-sources?limit=1").len(), 7);
        let carried = officer.get(&format!("/v1/funding-sources?kind=esf&cursor={cursor}")).must(422);
        assert_eq!(carried.faults(), ["query:kind not_a_choice"]);
        assert_eq!(officer.get(&format!("/v1/funding-sources?kind=reserves&cursor={cursor}")).must(422).faults(), ["query:cursor cursor"]);
        assert_eq!(officer.get("/v1/funding-sources?limit=0").must(422).faults(), ["query:limit out_of_range"]);
        assert!(officer.get("/v1/funding-sources?kind=reserves").must(200).items().is_empty());
    }

    fn areas_have_codes_and_days(app) {
        let officer = officer(app);
        let force = json!({ "code": "west-midlands-force", "name": "West Midlands Police force area", "kind": "police_force_area",
            "ons_code": "E23000014", "aliases": ["Force-wide"] });
        let force = officer.post("/v1/areas", &force).must(201);
        let walsall = json!({ "code": "walsall", "name": "Walsall", "kind": "local_authority", "ons_code": "E08000030", "parent_id": force.id(),
            "valid_from": "1974-04-01", "valid_to": "2026-03-31" });
        let made = officer.post("/v1/areas", &walsall).must(201);
        assert_eq!(made.body["parent"]["code"], "west-midlands-force");
        let wrong = json!({ "code": "Dudley!", "name": "Dudley", "kind": "local_authority", "ons_code": "E0800002X" });
        assert_eq!(officer.post("/v1/areas", &wrong).must(422).faults(), ["/code wrong_format", "/ons_code wrong_format"]);
        let wrong = json!({ "code": "dudley", "name": "Dudley", "kind": "local_authority", "ons_code": "E08000030", "valid_from": "2020-01-02",
            "valid_to": "2020-01-01", "parent_id": "0192b4c0-7d2a-7c3e-9a51-2f60c1a4e8d7" });
        let expected = ["/ons_code taken", "/parent_id unknown_record", "/valid_to reversed_dates"];
        assert_eq!(officer.post("/v1/areas", &wrong).must(422).faults(), expected);
        let force_path = format!("/v1/areas/{}", force.id());
        assert_eq!(officer.patch(&force_path, force.tag(), &json!({ "parent_id": made.id() })).must(422).faults(), ["/parent_id circular"]);
        assert_eq!(officer.patch(&force_path, force.tag(), &json!({ "aliases": ["regional"] })).must(200).body["ons_code"], "E23000014");
        for (query, found) in [
            ("valid_on=2026-03-31", vec!["walsall", "west-midlands-force"]), ("valid_on=2026-04-01", vec!["west-midlands-force"]),
            ("valid_on=1974-03-31", vec!["west-midlands-force"]), ("kind=local_authority", vec!["walsall"]), ("ons_code=E08000030", vec!["walsall"]),
            ("search=regional", vec!["west-midlands-force"]), ("search=force-wide", vec![]),
            (&format!("parent_id={}", force.id()), vec!["walsall"]),
        ] {
            assert_eq!(codes(officer.get(&format!("/v1/areas?{query}")).must(200).items()), found, "{query}");
        }
    }

    fn a_set_counts_what_it_names(app) {
        let officer = officer(app);
        let area = |code: &str, kind: &str| officer.post("/v1/areas", &json!({ "code": code, "name": code, "kind": kind })).must(201).id();
        let (one, two, borough) = (area("one", "impact_area"), area("two", "impact_area"), area("walsall", "local_authority"));
        let unnamed = json!({ "code": "impact-areas", "name": "Impact areas", "kind": "impact_area", "member_count": 19 });
        let made = officer.post("/v1/area-sets", &unnamed).must(201);
        assert_eq!((&made.body["not_evidenced"], &made.body["member_count"]), (&json!(["members"]), &json!(19)));
        let path = format!("/v1/area-sets/{}", made.id());
        let wrong = json!({ "members": [{ "area_id": one }, { "area_id": one }, { "area_id": borough },
            { "area_id": two, "valid_from": "2021-01-02", "valid_to": "2021-01-01" }] });
        let expected = ["/members wrong_count", "/members/1 repeated", "/members/2/area_id wrong_kind", "/members/3/valid_to reversed_dates"];
        assert_eq!(officer.patch(&path, made.tag(), &wrong).must(422).faults(), expected);
        let named = json!({ "member_count": 1, "members": [{ "area_id": one, "valid_to": "2021-03-31" }, { "area_id": two, "valid_from": "2021-04-01" }] });
        let named = officer.patch(&path, made.tag(), &named).must(200);
        assert_eq!((&named.body["not_evidenced"], &named.body["members"][1]["area"]["code"]), (&json!([]), &json!("two")));
        assert_eq!(officer.get(&path).must(200).body, named.body);
        assert_eq!(officer.patch(&path, named.tag(), &json!({ "members": null })).must(422).faults(), ["/members required"]);
        assert_eq!(codes(officer.get("/v1/area-sets?kind=impact_area&search=IMPACT").must(200).items()), ["impact-areas"]);
        let sets = json!({ "code": "sets", "name": "Sets", "kind": "impact_area_set", "member_count": 0 });
        assert_eq!(officer.post("/v1/area-sets", &sets).must(422).faults(), ["/kind not_a_choice", "/member_count too_small"]);
        let sets = json!({ "code": "sets", "name": "Sets", "kind": "impact_area_set", "member_count": 1 });
        assert_eq!(officer.post("/v1/area-sets", &sets).must(422).faults(), ["/kind not_a_choice"]);
    }

    fn years_stay_as_their_source_gave_them(app) {
        let officer = officer(app);
        let (body, source) = (body_of(&officer), source_of(&officer, "police-main-grant"));
        let made = officer.post("/v1/funds", &fund("CSB", "Community Safety Budget", &body, &source)).must(201).id();
        let path = format!("/v1/funds/{made}/periods");
        let one = officer.post(&path, &json!({ "label": "2020-21" })).must(201);
        assert_eq!((&one.body["reference"], &one.body["financial_year"]), (&json!("CSB-2020-21"), &json!("2020-21")));
        // Nothing is set aside of what holds nothing yet.
        assert_eq!(one.body["allowed_actions"], json!(["update", "add_budget_line", "add_tranche"]));
        let six = officer.post(&path, &json!({ "label": "2016-22", "note": "Never split by year." })).must(201);
        assert_eq!((&six.body["financial_year"], &six.body["starts_on"], &six.body["ends_on"]), (&Value::Null, &json!("2016-04-01"), &json!("2022-03-31")));
        let taken = officer.post(&path, &json!({ "label": "2020-21" })).must(409);
        assert_eq!((taken.code(), &taken.body["detail"]), ("taken", &json!("The period 2020-21 of this fund is taken by another record.")));
        let labels: Vec<Value> = officer.all(&format!("{path}?limit=1")).into_iter().map(|period| period["label"].clone()).collect();
        assert_eq!(labels, ["2016-22", "2020-21"]);
        assert_eq!(officer.get(&format!("{path}?holds=2021-04-01")).must(200).items().len(), 1);
        for label in ["2020-20", "2022-21", "20-21", "1980-81", "2020/21"] {
            officer.post(&path, &json!({ "label": label })).must(422);
        }
        let outside = json!({ "label": "2021-23", "starts_on": "2022-04-01", "ends_on": "2022-03-31" });
        let expected = ["/ends_on outside_label", "/ends_on reversed_dates", "/starts_on outside_label"];
        assert_eq!(officer.post(&path, &outside).must(422).faults(), expected);

        let at = format!("/v1/fund-periods/{}", six.id());
        assert_eq!(officer.get(&at).must(200).tag(), six.tag());
        let later = officer.patch(&at, six.tag(), &json!({ "starts_on": "2016-05-12", "note": null })).must(200);
        assert_eq!((&later.body["version"], &later.body["note"], &later.body["label"]), (&json!(2), &Value::Null, &json!("2016-22")));
        assert_eq!(officer.patch(&at, later.tag(), &json!({ "label": "2016-23" })).must(422).faults(), ["/label unknown_field"]);
        assert_eq!(officer.patch(&at, six.tag(), &json!({ "note": "Late" })).must(412).code(), "stale");
        let csb = officer.get(&format!("/v1/funds/{made}")).must(200);
        let bid = officer.patch(&format!("/v1/funds/{made}"), csb.tag(), &json!({ "scope": "bid" })).must(422);
        assert_eq!(bid.faults(), ["/scope has_periods"]);
        let nowhere = "/v1/funds/0192b4c0-7d2a-7c3e-9a51-2f60c1a4e8d7/periods";
        officer.get(nowhere).must(404);
        officer.post(nowhere, &json!({ "label": "2020-21" })).must(404);
    }

    fn no_money_hangs_in_a_framework(app) {
        let officer = officer(app);
        let body = body_of(&officer);
        let framework = json!({ "code": "DPF", "name": "Probation Dynamic Framework", "kind": "procurement_framework", "scope": "framework",
            "commissioning_body_id": body });
        let made = officer.post("/v1/funds", &framework).must(201);
        assert_eq!(made.body["allowed_actions"], json!(["update"]));
        let refused = officer.post(&format!("/v1/funds/{}/periods", made.id()), &json!({ "label": "2020-21" })).must(409);
        assert_eq!(refused.code(), "rule_broken");
    }

    fn a_body_ends_where_its_successor_begins(app) {
        let officer = officer(app);
        let old = officer.get(&format!("/v1/commissioning-bodies/{}", body_of(&officer))).must(200);
        let mayor = json!({ "code": "west-midlands-mayor", "name": "Mayor of the West Midlands", "kind": "mayor", "valid_from": "2028-05-05" });
        let mayor = officer.post("/v1/commissioning-bodies", &mayor).must(201);
        let path = format!("/v1/commissioning-bodies/{}", old.id());
        let open = json!({ "successor_id": mayor.id() });
        assert_eq!(officer.patch(&path, old.tag(), &open).must(422).faults(), ["/valid_to required"]);
        let ended = officer.patch(&path, old.tag(), &json!({ "successor_id": mayor.id(), "valid_to": "2028-05-04" })).must(200);
        assert_eq!(ended.body["successor"]["code"], "west-midlands-mayor");
        let back = json!({ "successor_id": old.id(), "valid_to": "2032-05-04" });
        let mayor_path = format!("/v1/commissioning-bodies/{}", mayor.id());
        assert_eq!(officer.patch(&mayor_path, mayor.tag(), &back).must(422).faults(), ["/successor_id circular"]);
        assert_eq!(codes(officer.get("/v1/commissioning-bodies?valid_on=2028-05-05").must(200).items()), ["west-midlands-mayor"]);
    }

    fn who_may_see_and_who_may_change(app) {
        let (officer, auditor) = (officer(app), app.office(&[Role::Auditor]));
        let (body, source) = (body_of(&officer), source_of(&officer, "poca"));
        let made = officer.post("/v1/funds", &fund("CIF", "Community Initiative Fund", &body, &source)).must(201);
        let path = format!("/v1/funds/{}", made.id());
        let seen = auditor.get(&path).must(200);
        assert_eq!(seen.body["allowed_actions"], json!([]));
        assert_ne!(seen.tag(), made.tag(), "who sees something else has another tag");
        let tried = auditor.patch(&path, seen.tag(), &json!({ "name": "Mine" })).must(403);
        assert_eq!((tried.code(), &tried.body["permission"]), ("forbidden", &json!("funds.manage")));
        officer.send(officer.request(Method::PATCH, &path).header(IF_MATCH, seen.tag()).json(&json!({ "purpose": "Local projects." }))).must(200);
        let member = app.office(&[Role::PanelMember]);
        assert_eq!(member.get("/v1/funds").must(403).body["permission"], "funds.read");
        member.get("/v1/areas").must(200);
        assert_eq!(member.post("/v1/areas", &json!({ "nonsense": 1 })).must(403).body["permission"], "office.manage");
        app.nobody().get("/v1/areas").must(401);
        app.nobody().post("/v1/funds", &json!({})).must(401);
    }

    fn what_no_paper_prints_is_said_until_it_is_known(app) {
        let officer = officer(app);
        let body = body_of(&officer);
        let input = FundInput {
            code: "VF".to_owned(),
            name: "Victims Fund".to_owned(),
            aliases: Vec::new(),
            kind: FundKind::PccBudget,
            scope: FundScope::Fund,
            purpose: None,
            commissioning_body_id: body.parse().unwrap(),
            source_ids: Vec::new(),
            succeeds_ids: Vec::new(),
            unspent_rule: None,
            default_monitoring: None,
            default_evaluation: None,
            review_due: None,
            reviewed_on: None,
            review_outcome: None,
            review_consultation: None,
            pledge_text: None,
            pledge_from: None,
            pledge_to: None,
        };
        let words = |words: &[&str]| TextList(words.iter().map(|word| (*word).to_owned()).collect());
        let provenance = Provenance { illustrative: false, not_evidenced: words(&["sources", "unspent_rule"]), evidence: Some("S3 ¶6".to_owned()) };
        let made = app.wait(app.service.db.write(WriteMeta::system("fund.create", "import"), move |tx| acts::create(tx, &input, &provenance)));
        let path = format!("/v1/funds/{}", made.unwrap().id);
        let shown = officer.get(&path).must(200);
        assert_eq!((&shown.body["not_evidenced"], &shown.body["evidence"]), (&json!(["sources", "unspent_rule"]), &json!("S3 ¶6")));
        let renamed = officer.patch(&path, shown.tag(), &json!({ "purpose": "Services for victims." })).must(200);
        assert_eq!(renamed.body["not_evidenced"], json!(["sources", "unspent_rule"]));
        let source = source_of(&officer, "moj");
        let found = officer.patch(&path, renamed.tag(), &json!({ "source_ids": [source] })).must(200);
        assert_eq!(found.body["not_evidenced"], json!(["unspent_rule"]));
        let taken_away = officer.patch(&path, found.tag(), &json!({ "source_ids": [] })).must(422);
        assert_eq!(taken_away.faults(), ["/source_ids required"]);
    }
}
