//! What is wrong with a body.

use reqwest::header::CONTENT_TYPE;
use serde_json::{Value, json};

use super::{Office, Operation, leaks_nothing, refused, writes_nothing};

/// Pointers and codes that must be among the faults of an invalid body.
#[track_caller]
fn faulty(operation: &Operation, body: &Value, wanted: &[&str]) {
    let faults = refused(operation.send(body), 422, "invalid").faults();
    for one in wanted {
        assert!(faults.iter().any(|fault| fault == one), "{} {}: {one} is not among {faults:?}", operation.method, operation.path);
    }
}

on_both! {
    fn every_operation_refuses_what_is_no_json_object_of_its_own(app) {
        let office = Office::set(app);
        writes_nothing(app, || {
            for operation in &office.operations {
                for text in ["", "{", "nul", "{\"a\":1,}", "{} {}", "'a'", "{\"a\": NaN}", "{\"a\": \"\\ud800\"}"] {
                    assert_eq!(refused(operation.send_text(text), 400, "unreadable").faults(), [" not_json"], "{text}");
                }
                let utf16: Vec<u8> = "{}".encode_utf16().flat_map(u16::to_le_bytes).collect();
                for bytes in [b"{\"name\":\"\xff\xfe\"}".to_vec(), b"\xc3\x28".to_vec(), b"{\"name\":\"\xed\xa0\x80\"}".to_vec()] {
                    assert_eq!(refused(operation.send_text(bytes), 400, "unreadable").faults(), [" not_utf8"]);
                }
                assert_eq!(refused(operation.send_text(utf16), 400, "unreadable").faults(), [" not_json"]);
                for text in ["[".repeat(10_000), "{\"name\":".repeat(10_000), format!("{}1{}", "[".repeat(10_000), "]".repeat(10_000))] {
                    assert_eq!(refused(operation.send_text(text), 400, "unreadable").faults(), [" too_deep"]);
                }
                for value in [json!(null), json!([]), json!("text"), json!(1), json!(true), json!([{}])] {
                    assert_eq!(refused(operation.send(&value), 422, "invalid").faults(), [" wrong_type"], "{value}");
                }
                faulty(operation, &operation.with("colour", json!("red")), &["/colour unknown_field"]);
                faulty(operation, &operation.with(&"x".repeat(100_000), json!(1)), &[]);
                let many: Value = (0..50_000).map(|number| (format!("f{number}"), json!(0))).collect::<serde_json::Map<_, _>>().into();
                refused(operation.send(&many), 422, "invalid");
                let nested = format!("{{\"a\":{}1{}}}", "[".repeat(100), "]".repeat(100));
                refused(operation.send_text(nested), 422, "invalid");
            }
        });
    }

    fn a_field_that_stands_twice_is_refused(app) {
        let office = Office::set(app);
        writes_nothing(app, || {
            for operation in &office.operations {
                let (name, value) = operation.good.as_object().unwrap().iter().next().unwrap();
                let whole = operation.good.to_string();
                let twice = format!("{{\"{name}\":{value},{}", &whole[1..]);
                assert_eq!(refused(operation.send_text(twice), 422, "invalid").faults(), [format!("/{name} repeated")]);
            }
            let awards = office.operation("/v1/awards");
            let inside = awards.with("split", json!([{ "budget_line_id": office.scene.lines[0], "weight": 1 }])).to_string();
            let inside = inside.replace("\"weight\":1", "\"weight\":1,\"weight\":2").replace("\"title\"", "\"colour\":1,\"title\"");
            assert_eq!(refused(awards.send_text(inside), 422, "invalid").faults(), ["/colour unknown_field", "/split/0/weight repeated"]);
        });
    }

    fn every_fault_of_a_body_at_once(app) {
        let office = Office::set(app);
        writes_nothing(app, || {
            let award = json!({ "kind": "gift", "legal_power": 9, "fund_period_id": "x", "provider_id": null, "title": "", "amount_pence": -1,
                "starts_on": "1.6.2020", "ends_on": "2021-02-29", "area_ids": "all", "split": [{ "weight": "one", "colour": "red" }], "colour": "red" });
            faulty(office.operation("/v1/awards"), &award, &[
                "/amount_pence too_small", "/area_ids wrong_type", "/colour unknown_field", "/ends_on wrong_format", "/fund_period_id wrong_format",
                "/kind not_a_choice", "/split/0/budget_line_id required", "/split/0/colour unknown_field", "/split/0/weight wrong_type",
                "/starts_on wrong_format", "/title too_short",
            ]);
            let user = json!({ "email": "nobody", "roles": ["king", 1], "areas": [true], "password": "x" });
            faulty(office.operation("/v1/users"), &user, &[
                "/areas/0 wrong_type", "/email wrong_format", "/name required", "/password unknown_field", "/roles/0 not_a_choice",
            ]);
            let earmark = json!({ "name": "x".repeat(301), "amount_pence": 0, "effective_on": "2020-13-01", "parts": [] });
            faulty(office.operation("/earmarks"), &earmark, &[
                "/amount_pence too_small", "/effective_on wrong_format", "/name too_long", "/parts too_few_items",
            ]);
            faulty(office.operation("/offer"), &json!({ "offered_on": 20200701, "colour": null }), &["/colour unknown_field", "/offered_on wrong_type"]);
            let changes = office.operations.iter().find(|one| one.path == format!("/v1/awards/{}", office.award)).unwrap();
            faulty(changes, &json!({ "title": null, "amount_pence": "10", "kind": "gift" }), &["/amount_pence wrong_type", "/kind not_a_choice"]);
        });
    }

    fn texts_that_are_too_long_or_hold_nul(app) {
        let office = Office::set(app);
        writes_nothing(app, || {
            for (operation, field, most) in [
                ("/v1/funds", "name", 300), ("/v1/providers", "name", 300), ("/v1/awards", "title", 300), ("/v1/areas", "name", 300), ("/v1/users", "name", 200),
                ("/earmarks", "name", 300),
            ] {
                let operation = office.operation(operation);
                for length in [most + 1, 10_000, 500_000] {
                    faulty(operation, &operation.with(field, json!("é".repeat(length))), &[&format!("/{field} too_long")]);
                }
                for text in ["\u{0}", "a\u{0}b", "name\u{0}"] {
                    faulty(operation, &operation.with(field, json!(text)), &[&format!("/{field} wrong_character")]);
                }
                faulty(operation, &operation.with(field, json!("")), &[&format!("/{field} too_short")]);
            }
            let funds = office.operation("/v1/funds");
            let mut both = funds.with("aliases", json!(["a\u{0}", "b"]));
            both["colour\u{0}"] = json!("red\u{0}");
            faulty(funds, &both, &["/aliases/0 wrong_character", "/colour\u{0} unknown_field"]);
        });
    }

    fn amounts_that_are_no_pence(app) {
        let office = Office::set(app);
        writes_nothing(app, || {
            for path in ["/v1/awards", "/earmarks"] {
                let operation = office.operation(path);
                let with = |text: &str| {
                    let mut body = operation.with("amount_pence", json!("AMOUNT")).to_string();
                    body = body.replace("\"AMOUNT\"", text);
                    let answer = refused(operation.send_text(body), 422, "invalid");
                    let faults = answer.faults();
                    assert_eq!(faults.len(), 1, "{text}: {faults:?}");
                    faults[0].clone()
                };
                for text in ["-1", "-0.01e2", "-9223372036854775808"] {
                    assert_eq!(with(text), "/amount_pence too_small", "{text}");
                }
                for text in ["1000000000001", "9007199254740992", "9007199254740993", "9223372036854775807", "9223372036854775808",
                    "18446744073709551616", "1e19", "1e300", "1e400", "123456789012345678901234567890"] {
                    assert_eq!(with(text), "/amount_pence too_large", "{text}");
                }
                for text in ["1.5", "100.5", "1234e-1", "\"100\"", "\"£100\"", "true", "[100]", "{}"] {
                    assert_eq!(with(text), "/amount_pence wrong_type", "{text}");
                }
            }
            // A person who types pounds reads how pence are written.
            let operation = office.operation("/v1/awards");
            for wrong in [json!("120.50"), json!(120.5)] {
                let told = refused(operation.send(&operation.with("amount_pence", wrong)), 422, "invalid");
                let message = told.body["errors"][0]["message"].as_str().unwrap();
                assert!(message.contains("whole number of pence") && message.contains("12050 for £120.50"), "{message}");
            }
            let told = refused(operation.send(&operation.with("amount_pence", json!(1_000_000_000_001_i64))), 422, "invalid");
            assert_eq!(told.body["errors"][0]["message"], "At most 1000000000000 pence, which is £10,000,000,000.00.");
            let told = refused(operation.send(&operation.with("projects_count", json!("two"))), 422, "invalid");
            assert_eq!(told.body["errors"][0]["message"], "This must be a whole number.");
            // An award of the largest amount is a draft that nobody can offer; what cannot be held is refused with the shortfall.
            let earmarks = office.operation("/earmarks");
            let refusal = refused(earmarks.send(&earmarks.with("amount_pence", json!(1_000_000_000_000_i64))), 409, "insufficient_balance");
            assert_eq!(refusal.body["balance_pence"].as_i64().unwrap() + refusal.body["shortfall_pence"].as_i64().unwrap(), 1_000_000_000_000);
        });
        let whole = office.operation("/earmarks");
        whole.send_text(whole.good.to_string().replace("1000", "1e3")).must(201);
        for tiny in ["1000.00000000000000001", "999999999999.99999"] {
            let told = refused(whole.send_text(whole.good.to_string().replace("1000", tiny)), 422, "invalid");
            assert_eq!(told.body["errors"][0]["code"], "too_precise", "{tiny}");
        }
    }

    fn dates_that_cannot_be(app) {
        let office = Office::set(app);
        writes_nothing(app, || {
            let awards = office.operation("/v1/awards");
            let mut reversed = awards.with("starts_on", json!("2021-03-31"));
            reversed["ends_on"] = json!("2020-06-01");
            faulty(awards, &reversed, &["/ends_on reversed_dates"]);
            for text in ["2020-02-30", "2020-6-1", "01/06/2020", "2020-06-01T00:00:00Z", "20200601", "", "-0001-01-01", "+2020-06-01", "12020-06-01", "２０２０-06-01"] {
                faulty(awards, &awards.with("starts_on", json!(text)), &["/starts_on wrong_format"]);
            }
            let users = office.operation("/v1/users");
            for email in ["@", "a@", "a@b@c", "a b@c.example", "a@c.example\n", &format!("{}@c.example", "a".repeat(400))] {
                refused(users.send(&users.with("email", json!(email))), 422, "invalid");
            }
        });
    }

    fn another_kind_of_body_is_not_taken(app) {
        let office = Office::set(app);
        writes_nothing(app, || {
            for operation in &office.operations {
                let text = operation.good.to_string();
                for kind in ["text/plain", "application/xml", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/jsonx", "json", ""] {
                    let request = operation.request().header(CONTENT_TYPE, kind).body(text.clone());
                    refused(operation.client.send(request), 415, "unsupported_media");
                }
                refused(operation.client.send(operation.request().body(text.clone())), 415, "unsupported_media");
                if operation.method == reqwest::Method::POST {
                    let request = operation.request().header(CONTENT_TYPE, "application/merge-patch+json").body(text);
                    refused(operation.client.send(request), 415, "unsupported_media");
                }
                // What is packed is not unpacked.
                let packed = operation.request().header(CONTENT_TYPE, "application/json").header("Content-Encoding", "gzip");
                refused(operation.client.send(packed.body(vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 0xab])), 400, "unreadable");
            }
        });
    }

    fn a_body_beyond_the_limit_is_refused_however_it_comes(app) {
        let office = Office::set(app);
        writes_nothing(app, || {
            for operation in office.operations.iter().filter(|one| ["/v1/funds", "/earmarks", "/offer"].iter().any(|end| one.path.ends_with(end))) {
                for size in [1_048_577, 50 * 1_048_576] {
                    let answer = refused(operation.send_text(vec![b' '; size]), 413, "too_large");
                    assert!(answer.body["detail"].as_str().unwrap().contains("1048576 bytes"));
                    let unsized_body = reqwest::blocking::Body::new(std::io::Cursor::new(vec![b' '; size]));
                    refused(operation.send_text(unsized_body), 413, "too_large");
                }
            }
            let mut nearly = office.operation("/v1/funds").with("colour", json!("red")).to_string();
            nearly.push_str(&" ".repeat(1_048_576 - nearly.len()));
            refused(office.operation("/v1/funds").send_text(nearly), 422, "invalid");
        });
    }

    fn the_good_bodies_are_good(app) {
        let office = Office::set(app);
        for mut operation in office.operations {
            // Those before may have changed the same record.
            operation.tag = operation.record.as_ref().map(|record| operation.client.get(record).must(200).tag().to_owned());
            let answer = operation.send(&operation.good);
            assert!((200..300).contains(&answer.status), "{} {}: {}", operation.method, operation.path, answer.text);
            leaks_nothing(&answer.text.replace("_version", ""));
        }
    }
}
