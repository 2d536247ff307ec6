//! What is wrong with an address, a query or a method.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::Method;
use serde_json::{Value, json};

use super::{Office, leaks_nothing, refused, writes_nothing};

on_both! {
    fn an_id_that_is_none_is_no_record(app) {
        let office = Office::set(app);
        writes_nothing(app, || {
            for kind in ["funds", "providers", "awards", "fund-periods", "tranches", "budget-lines", "areas", "earmarks", "variations", "returns", "programmes"] {
                for id in [
                    "1", "x", "0192b4c0-7d2a-7c3e-9a51-2f60c1a4e8dX", "0192b4c0-7d2a-7c3e-9a51-2f60c1a4e8d7", "00000000-0000-0000-0000-000000000000",
                    "ffffffff-ffff-ffff-ffff-ffffffffffff", "%00", "%ff", "%27%20OR%201=1--", "..%2f..%2fetc%2fpasswd", "%F0%9F%92%B7", "{id}", &"9".repeat(2_000), "-1", "null",
                ] {
                    refused(office.scene.commissioner.get(&format!("/v1/{kind}/{id}")), 404, "not_found");
                }
            }
            for version in ["0", "-1", "x", "99999999999", "1.5", "2"] {
                refused(office.scene.commissioner.get(&format!("/v1/awards/{}/versions/{version}", office.award)), 404, "not_found");
            }
            let awards = office.operation("/v1/awards");
            for field in ["provider_id", "fund_period_id", "tranche_id"] {
                let unknown = awards.with(field, json!("0192b4c0-7d2a-7c3e-9a51-2f60c1a4e8d7"));
                let answer = awards.send(&unknown);
                assert!([404, 409, 422].contains(&answer.status), "{field}: {} {}", answer.status, answer.text);
                leaks_nothing(&answer.text);
            }
        });
    }

    fn a_query_is_checked_whole(app) {
        let office = Office::set(app);
        let lists = ["/v1/funds", "/v1/providers", "/v1/awards", "/v1/areas", "/v1/returns", "/v1/funding-sources"];
        for list in lists {
            let ask = |query: &str| refused(office.scene.commissioner.get(&format!("{list}?{query}")), 422, "invalid").faults();
            for limit in ["0", "201", "-1", "1.5", "abc", "", "1e2", "99999999999999999999", "%00", "%ff", "+5x"] {
                assert_eq!(ask(&format!("limit={limit}")), ["query:limit out_of_range"], "{list} {limit}");
            }
            assert_eq!(ask("limit=5&limit=6"), ["query:limit repeated"]);
            assert_eq!(ask("cursor="), ["query:cursor too_short"]);
            assert_eq!(ask(&format!("cursor={}", "a".repeat(1_001))), ["query:cursor too_long"]);
            let encode = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
            for cursor in [
                "x".to_owned(), "%00".to_owned(), "a".repeat(1_000), encode(json!({})), encode(json!([])), encode(json!({ "scan": "x", "key": "y" })),
                encode(json!({ "scan": "00000000", "key": null })), encode(json!({ "scan": 1, "key": ["a", "b"] })),
            ] {
                assert_eq!(ask(&format!("cursor={cursor}")), ["query:cursor cursor"], "{list} {cursor}");
            }
            assert_eq!(ask("limit=0&colour=red&%00=1"), ["query:\u{0} unknown_parameter", "query:colour unknown_parameter", "query:limit out_of_range"]);
            refused(office.scene.commissioner.get(&format!("{list}?{}=1", "x".repeat(5_000))), 422, "invalid");
        }
        let finance = &office.scene.finance;
        for moment in ["yesterday", "2020-05-01", "2020-05-01T00:00:00", "99999-01-01T00:00:00Z", "%2B10000-01-01T00:00:00Z", "2020-13-01T00:00:00Z", ""] {
            let faults = refused(finance.get(&format!("/v1/ledger/transfers?known_at={moment}")), 422, "invalid").faults();
            assert_eq!(faults, ["query:known_at wrong_format"], "{moment}");
        }
        for moment in ["0000-01-01T00:00:00Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z", "2020-06-30T23:59:60Z", "1500-01-01T00:00:00-23:59"] {
            let answer = finance.get(&format!("/v1/ledger/transfers?known_at={moment}"));
            assert!([200, 422].contains(&answer.status), "{moment}: {} {}", answer.status, answer.text);
            leaks_nothing(&answer.text);
        }
        for day in ["0000-01-01", "0001-01-01", "9999-12-31"] {
            finance.get(&format!("/v1/ledger/transfers?as_at={day}")).must(200);
        }
        assert_eq!(refused(finance.get("/v1/ledger/accounts?kind=purse"), 422, "invalid").faults(), ["query:kind not_a_choice"]);
        assert_eq!(refused(office.scene.commissioner.get("/v1/funds?search=a%00b"), 422, "invalid").faults(), ["query:search wrong_character"]);
        assert_eq!(refused(office.scene.commissioner.get("/v1/funds?search=a&search=b"), 422, "invalid").faults(), ["query:search repeated"]);
    }

    fn a_cursor_that_was_changed_is_no_way_in(app) {
        let office = Office::set(app);
        let officer = &office.scene.commissioner;
        for list in ["/v1/areas", "/v1/funding-sources", "/v1/providers"] {
            let cursor = officer.get(&format!("{list}?limit=1")).must(200).body["next_cursor"].as_str().unwrap().to_owned();
            officer.get(&format!("{list}?limit=1&cursor={cursor}")).must(200);
            let inside: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(&cursor).unwrap()).unwrap();
            let texts = ["a\u{0}b", "", "' OR 1=1 --", "\u{10ffff}", "+262142-01-01T00:00:00Z", "2020-01-01T00:00:00Z"];
            let values = texts.iter().map(|text| json!(text)).chain([json!(1), json!(-1), json!(null), json!([]), json!({}), json!(1e300)]);
            for value in values {
                let keys = match &inside["key"] {
                    Value::Array(parts) => (0..parts.len()).map(|at| { let mut parts = parts.clone(); parts[at] = value.clone(); json!(parts) }).collect(),
                    _ => vec![value.clone()],
                };
                for key in keys {
                    let forged = URL_SAFE_NO_PAD.encode(json!({ "scan": inside["scan"], "key": key }).to_string());
                    let answer = officer.get(&format!("{list}?limit=1&cursor={forged}"));
                    assert!([200, 422].contains(&answer.status), "{list} {key}: {} {}", answer.status, answer.text);
                    leaks_nothing(&answer.text);
                }
            }
            let other = if list == "/v1/areas" { "/v1/funding-sources" } else { "/v1/areas" };
            assert_eq!(refused(officer.get(&format!("{other}?cursor={cursor}")), 422, "invalid").faults(), ["query:cursor cursor"]);
        }
    }

    fn unknown_addresses_and_methods(app) {
        let office = Office::set(app);
        let officer = &office.scene.commissioner;
        writes_nothing(app, || {
            for path in ["/v1", "/v1/", "/v1/nothing", "/v2/funds", "/v1/funds/", "/V1/FUNDS", "//v1/funds", "/v1/funds/x/y/z", "/.env", "/openapi.yaml", "/docs/none.html",
                "/v1/../etc/passwd", "/v1/funds%2fx", "/%00", "/%ff", "/problems/../x"] {
                refused(officer.get(path), 404, "not_found");
                refused(app.nobody().get(path), 404, "not_found");
            }
            for (method, path, allow) in [
                ("DELETE", "/v1/funds", "GET, HEAD, POST"), ("PUT", "/v1/funds", "GET, HEAD, POST"), ("PATCH", "/v1/me", "GET, HEAD"), ("OPTIONS", "/v1/funds", "GET, HEAD, POST"),
                ("TRACE", "/v1/funds", "GET, HEAD, POST"), ("BREW", "/v1/funds", "GET, HEAD, POST"), ("POST", "/health/live", "GET, HEAD"), ("GET", "/oauth/token", "POST"),
                ("HEAD", "/oauth/token", "POST"), ("POST", "/openapi.json", "GET"), ("DELETE", "/docs/", "GET"),
            ] {
                let answer = officer.send(officer.request(Method::from_bytes(method.as_bytes()).unwrap(), path)).must(405);
                let mut allowed: Vec<&str> = answer.header("allow").unwrap().split(", ").collect();
                allowed.sort_unstable();
                assert_eq!(allowed.join(", "), allow, "{method} {path}");
                assert_eq!(answer.header("content-type"), Some("application/problem+json"));
                if method != "HEAD" {
                    refused(answer, 405, "method_not_allowed");
                }
            }
            for path in ["/v1/funds", "/health/live", &format!("/v1/funds/{}", office.scene.fund)] {
                let (got, head) = (officer.get(path).must(200), officer.send(officer.request(Method::HEAD, path)).must(200));
                assert_eq!((head.text.as_str(), &head.etag, head.header("content-type")), ("", &got.etag, got.header("content-type")));
                assert_eq!(head.header("content-length").unwrap(), got.text.len().to_string());
            }
            assert_eq!(app.nobody().send(app.nobody().request(Method::HEAD, "/v1/funds")).must(401).text, "");
            for accept in ["text/html", "application/xml", "image/*"] {
                let answer = officer.send(officer.request(Method::GET, "/v1/reports/allocations").header("Accept", accept));
                refused(answer, 406, "not_acceptable");
            }
        });
    }
}
