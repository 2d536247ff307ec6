//! Lists as CSV.

use almoner::access::permissions::Role;
use serde_json::json;

use super::{Table, accepting, guarded, office, pattern, promised, said, with};
use crate::support::Scene;

on_both! {
    fn a_list_as_csv_says_what_it_says_as_json(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let lists = office(app, &scene);
        let columns = promised();
        let mut filled = 0;
        for path in &lists.paths {
            let csv = lists.all.get(&with(path, "format=csv")).must(200);
            assert_eq!(csv.header("content-type"), Some("text/csv; charset=utf-8"), "{path}");
            let table = Table::of(&csv.text);
            assert_eq!(table.columns, columns[&pattern(path)], "{path}");
            let items = lists.all.all(path);
            assert_eq!(table.rows.len(), items.len(), "{path}");
            for (row, item) in table.rows.iter().zip(&items) {
                for (name, cell) in table.columns.iter().zip(row) {
                    assert_eq!(*cell, guarded(said(item, name).unwrap_or_default()), "{path}: {name} of {item}");
                }
            }
            filled += usize::from(!items.is_empty());
        }
        assert!(filled > 20, "{filled} lists hold something");
    }

    fn words_that_begin_like_a_formula_are_words(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let lists = office(app, &scene);
        let awards = Table::of(&lists.all.get("/v1/awards?format=csv").must(200).text);
        let mut titles = awards.column("title");
        titles.sort_unstable();
        assert_eq!(titles, ["'-5+3", "'=HYPERLINK(\"x\")"]);
        assert!(awards.column("category").contains(&"'@sum") && awards.column("theme").contains(&"a, \"b\"\nc"));
        let mut amounts = awards.column("amount_pounds");
        amounts.sort_unstable();
        assert_eq!(amounts, ["2000.50", "300.00"]);
        assert!(awards.column("areas").contains(&"dudley; walsall") || awards.column("areas").contains(&"walsall; dudley"));
        assert!(!awards.columns.contains(&"allowed_actions".to_owned()) && !awards.columns.iter().any(|name| name.ends_with("_pence")));
    }

    fn the_whole_list_comes_at_once_and_a_page_where_it_is_asked_for(app) {
        let commissioner = app.office(&[Role::Commissioner]);
        for number in 0..430 {
            let area = json!({ "code": format!("area-{number:03}"), "name": format!("Area {number}"), "kind": "local_authority" });
            commissioner.post("/v1/areas", &area).must(201);
        }
        let whole = commissioner.get("/v1/areas?format=csv").must(200);
        assert_eq!((whole.header("link"), whole.header("content-disposition")), (None, Some("attachment; filename=\"areas.csv\"; filename*=UTF-8''areas.csv")));
        assert_eq!(whole.header("vary"), Some("Authorization, Accept"));
        let codes: Vec<String> = commissioner.all("/v1/areas").iter().map(|area| area["code"].as_str().unwrap().to_owned()).collect();
        let table = Table::of(&whole.text);
        assert_eq!((table.column("code").len(), table.column("code")), (430, codes.iter().map(String::as_str).collect()));

        // Page by page: the link says where the next one is, and a cursor of one format is good for another.
        let mut rows = Vec::new();
        let mut next = "/v1/areas?format=csv&limit=150".to_owned();
        loop {
            let page = commissioner.get(&next).must(200);
            rows.extend(Table::of(&page.text).rows);
            let Some(link) = page.header("link") else { break };
            assert!(link.starts_with("</v1/areas?format=csv&limit=150&cursor=") && link.ends_with(">; rel=\"next\""), "{link}");
            next = link.trim_start_matches('<').split('>').next().unwrap().to_owned();
        }
        assert_eq!(rows, table.rows);
        let json = commissioner.get("/v1/areas?limit=400").must(422);
        assert_eq!(json.faults(), ["query:limit out_of_range"]);
        let cursor = commissioner.get("/v1/areas?limit=200").must(200).body["next_cursor"].as_str().unwrap().to_owned();
        let second = Table::of(&commissioner.get(&format!("/v1/areas?format=csv&cursor={cursor}")).must(200).text);
        assert_eq!(second.rows, table.rows[200..250]);
        let narrowed = Table::of(&commissioner.get("/v1/areas?format=csv&kind=local_authority").must(200).text);
        assert_eq!(narrowed, table);
    }

    fn an_empty_list_has_the_same_columns(app) {
        let finance = app.office(&[Role::Finance]);
        let promised = promised();
        for path in ["/v1/awards", "/v1/returns", "/v1/funder-claims", "/v1/variations", "/v1/ledger/transfers"] {
            let csv = finance.get(&format!("{path}?format=csv")).must(200);
            assert_eq!(csv.text, promised[path].join(",") + "\r\n", "{path}");
        }
    }

    fn the_header_asks_for_a_format_too(app) {
        let scene = Scene::set(app, 1_000_000, 100_000);
        let by_header = accepting(&scene.finance, "/v1/funds", "text/csv, */*;q=0.1").must(200);
        assert_eq!(by_header.text, scene.finance.get("/v1/funds?format=csv").must(200).text);
        assert_eq!(accepting(&scene.finance, "/v1/funds", "*/*").must(200).header("content-type"), Some("application/json"));
        assert_eq!(accepting(&scene.finance, "/v1/funds?format=json", "text/csv").must(200).header("content-type"), Some("application/json"));
        assert_eq!(accepting(&scene.finance, "/v1/funds", "application/xml").must(406).code(), "not_acceptable");
        let unknown = scene.finance.get("/v1/funds?format=xml&limit=0").must(422);
        assert_eq!(unknown.faults(), ["query:format not_a_choice", "query:limit out_of_range"]);
        assert_eq!(scene.finance.get("/v1/funds?format=csv&format=json").must(422).faults(), ["query:format repeated"]);
        assert_eq!(scene.finance.get("/v1/funds?format=csv&colour=red").must(422).faults(), ["query:colour unknown_parameter"]);
        scene.author.get("/v1/funds?format=csv").must(403);
    }

    fn a_provider_exports_its_own_awards_alone(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        scene.live(200_000, json!({}));
        assert_eq!(Table::of(&scene.signatory.get("/v1/awards?format=csv").must(200).text).rows.len(), 1);
        assert_eq!(Table::of(&scene.stranger.get("/v1/awards?format=csv").must(200).text).rows.len(), 0);
    }
}

#[test]
fn every_list_has_columns_of_its_own_names() {
    let promised = promised();
    assert!(promised.len() >= 44, "{}", promised.len());
    for (path, columns) in promised {
        let mut once = columns.clone();
        once.sort();
        once.dedup();
        assert!(!columns.is_empty() && once.len() == columns.len(), "{path}: {columns:?}");
    }
}
