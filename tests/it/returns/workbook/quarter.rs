//! One workbook for all returns of a quarter.

use std::io::Cursor;

use calamine::{Reader, Xlsx};
use reqwest::Method;
use reqwest::header::{CONTENT_TYPE, IF_MATCH};
use serde_json::{Value, json};

use super::super::of_period;
use super::parts::{Parts, Typed};
use super::{XLSX, award, faults, findings, row_of};
use crate::support::{Answer, Client, Scene};

const PLACE: &str = "/v1/returns/workbook?quarter=2020-21-Q1";

fn fetch(who: &Client, path: &str) -> (Answer, Vec<u8>) {
    let bytes = who.http.execute(who.request(Method::GET, path).build().unwrap()).unwrap().bytes().unwrap().to_vec();
    (who.get(path), bytes)
}

fn put(who: &Client, path: &str, tag: &str, parts: &Parts) -> Answer {
    who.send(who.request(Method::PUT, path).header(IF_MATCH, tag).header(CONTENT_TYPE, XLSX).body(parts.bytes()))
}

fn staff(bytes: &[u8], number: u32) -> String {
    format!("B{}", row_of(bytes, &format!("Spend {number}"), &[("A", "Staff")]))
}

on_both! {
    fn all_returns_of_a_quarter_are_filled_or_none(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let (first, second) = (award(&scene).id, scene.live(200_000, json!({})).id());
        let (answer, bytes) = fetch(&scene.author, PLACE);
        assert_eq!((answer.status, answer.header("content-type")), (200, Some(XLSX)));
        let names = Xlsx::new(Cursor::new(bytes.clone())).unwrap().sheet_names();
        assert_eq!(names, ["Guidance", "Return 1", "Spend 1", "Indicators 1", "Service 1", "Forecast 1", "Identity 1",
            "Return 2", "Spend 2", "Indicators 2", "Service 2", "Forecast 2", "Identity 2"]);
        let (one, two) = (staff(&bytes, 1), staff(&bytes, 2));
        let spent = |parts: Parts, first: &str, second: Typed| parts.typed("Spend 1", &one, Typed::Number(first)).typed("Spend 2", &two, second);
        // A fault in one keeps the other from being taken.
        let faulty = spent(Parts::of(&bytes), "5", Typed::Formula("1+1"));
        let refused = put(&scene.author, PLACE, answer.tag(), &faulty).must(422);
        assert_eq!(faults(&refused), [format!("formula Spend 2!{two}")]);
        let states = || [&first, &second].map(|id| of_period(&scene, id, "2020-21-Q1").body["version"].clone());
        assert_eq!(states(), [json!(1), json!(1)]);
        let right = spent(Parts::of(&bytes), "5", Typed::Number("6"));
        let trial = put(&scene.author, &format!("{PLACE}&dry_run=true"), answer.tag(), &right).must(200);
        assert_eq!((&trial.body["is_kept"], states()), (&json!(false), [json!(1), json!(1)]));
        let amount = |answer: &Answer, at: usize| answer.body["returns"][at]["content"]["spend"][0]["amount_pence"].clone();
        assert_eq!((amount(&trial, 0), amount(&trial, 1)), (json!(500), json!(600)));
        assert!(findings(&trial).iter().any(|one| one.starts_with("error required Indicators 1!I")), "{}", trial.text);
        let kept = put(&scene.author, PLACE, answer.tag(), &right).must(200);
        assert_eq!((&kept.body["is_kept"], amount(&kept, 1), states()), (&json!(true), json!(600), [json!(2), json!(2)]));
        assert_eq!((&kept.body["returns"][0]["award"], &kept.body["returns"][1]["number"]), (&json!("CIF-2020-21-T1-0001"), &json!(2)));
        assert_eq!(put(&scene.author, PLACE, answer.tag(), &right).status, 412);
        // What says nothing new changes nothing.
        let (again, bytes) = fetch(&scene.author, PLACE);
        put(&scene.author, PLACE, again.tag(), &Parts::of(&bytes)).must(200);
        assert_eq!(states(), [json!(2), json!(2)]);
        let one_more = Parts::of(&bytes).typed("Return 2", "B10", Typed::Text("We met."));
        put(&scene.author, PLACE, again.tag(), &one_more).must(200);
        assert_eq!(states(), [json!(2), json!(3)]);
        // Whose they are.
        assert_eq!(fetch(&scene.stranger, PLACE).0.must(422).faults(), ["query:quarter unknown_record"]);
        assert_eq!(fetch(&scene.stranger, &format!("{PLACE}&provider_id={}", scene.provider)).0.must(422).faults(), ["query:provider_id unknown_record"]);
        assert_eq!(fetch(&scene.commissioner, PLACE).0.must(422).faults(), ["query:provider_id required"]);
        let of = format!("{PLACE}&provider_id={}", scene.provider);
        let (seen, bytes) = fetch(&scene.commissioner, &of);
        put(&scene.commissioner, &of, seen.tag(), &Parts::of(&bytes).typed("Return 1", "B10", Typed::Text("For them."))).must(200);
        let written = of_period(&scene, &first, "2020-21-Q1");
        assert_ne!(written.body["entered_on_behalf_by"], Value::Null);
    }
}
