use serde_json::json;

use super::office::{Office, pence, source};

on_both! {
    fn an_earmark_takes_what_is_free_and_gives_it_back(app) {
        let office = Office::new(app);
        let line = office.confirmed(&office.source, 340_000_000);
        let period = office.commissioner.get(&format!("/v1/fund-periods/{}", office.period)).must(200);
        assert_eq!(period.body["allowed_actions"], json!(["update", "add_budget_line", "add_tranche", "add_earmark"]));
        let input = json!({ "name": "Hate crime support service", "purpose": "tender", "amount_pence": 20_000_000, "effective_on": "2020-04-01" });
        let earmark = office.commissioner.post(&office.below("earmarks"), &input).must(201);
        assert_eq!(earmark.body["reference"], "CIF-2020-21-E1");
        assert_eq!(pence(&earmark, ["amount", "remaining"]), [20_000_000, 20_000_000]);
        assert_eq!(earmark.body["balances"][0]["budget_line"]["code"], "CIF-2020-21-B1");
        assert_eq!(pence(&office.again("budget-lines", &line), ["free"]), [320_000_000]);
        let beyond = json!({ "name": "Too much", "amount_pence": 320_000_001 });
        let refused = office.commissioner.post(&office.below("earmarks"), &beyond).must(409);
        assert_eq!(refused.code(), "insufficient_balance");
        assert_eq!(pence(&refused, ["balance", "asked", "shortfall"]), [320_000_000, 320_000_001, 1]);
        let part = json!({ "amount_pence": 5_000_000, "reason": "the tender was cheaper" });
        let earmark = office.act(&office.commissioner, "earmarks", &earmark, "release", &part).must(200);
        assert_eq!((earmark.body["state"].as_str(), pence(&earmark, ["amount", "remaining"])), (Some("active"), [20_000_000, 15_000_000]));
        let early = json!({ "effective_on": "2020-03-31", "reason": "x" });
        let early = office.act(&office.commissioner, "earmarks", &earmark, "release", &early).must(409);
        assert_eq!((early.code(), &early.body["on"]), ("insufficient_balance", &json!("2020-03-31")));
        let earmark = office.act(&office.commissioner, "earmarks", &earmark, "release", &json!({ "reason": "no tender" })).must(200);
        assert_eq!((earmark.body["state"].as_str(), pence(&earmark, ["remaining"])), (Some("released"), [0]));
        assert_eq!(earmark.body["allowed_actions"], json!([]));
        let again = office.act(&office.commissioner, "earmarks", &earmark, "release", &json!({ "reason": "again" })).must(409);
        assert_eq!(again.code(), "wrong_state");
        assert_eq!(pence(&office.again("budget-lines", &line), ["free"]), [340_000_000]);
        assert_eq!(office.finance.all(&format!("{}?state=active", office.below("earmarks"))).len(), 0);
        office.books_balance();
    }

    fn more_than_is_confirmed_is_earmarked_under_an_approval_alone(app) {
        let office = Office::new(app);
        office.confirmed(&office.source, 100_000);
        let line = office.provisional(&office.source, 50_000);
        let earmark = |pence: i64| json!({ "name": "Hate crime", "amount_pence": pence });
        let refused = office.commissioner.post(&office.below("earmarks"), &earmark(130_000)).must(409);
        assert_eq!((refused.code(), pence(&refused, ["balance", "shortfall"])), ("insufficient_balance", [100_000, 30_000]));
        // The override of R06, with its approver, its amount, its last day and its reason.
        let risk = json!({ "amount_pence": 30_000, "until": "2099-03-31", "reason": "the tender cannot wait for the grant letter" });
        let line = office.act(&office.approver, "budget-lines", &line, "at-risk-approval", &risk).must(200);
        assert_eq!(pence(&office.commissioner.post(&office.below("earmarks"), &earmark(130_001)).must(409), ["shortfall"]), [1]);
        let made = office.commissioner.post(&office.below("earmarks"), &earmark(130_000)).must(201);
        assert_eq!(pence(&made, ["amount", "remaining"]), [130_000, 130_000]);
        let report = office.finance.get("/v1/reports/allocations").must(200);
        let told = ["budgeted_pence", "at_risk_pence", "earmarked_pence"].map(|name| report.body["totals"][name].as_i64().unwrap());
        assert_eq!(told, [130_000, 30_000, 130_000]);
        // Without the grant the approved part leaves the earmark again, and nothing is below zero.
        office.act(&office.finance, "budget-lines", &line, "withdrawal", &json!({ "reason": "no grant" })).must(200);
        assert_eq!(pence(&office.again("earmarks", &made), ["amount", "remaining"]), [130_000, 100_000]);
        office.books_balance();
    }

    fn an_earmark_is_split_over_lines_to_the_penny(app) {
        let office = Office::new(app);
        let other = source(&office.commissioner, "moj");
        let (one, two) = (office.confirmed(&office.source, 20_000), office.confirmed(&other, 10_000));
        let earmark = office.commissioner.post(&office.below("earmarks"), &json!({ "name": "Shared", "amount_pence": 10_000 })).must(201);
        let balances: Vec<_> = earmark.body["balances"].as_array().unwrap().iter().map(|one| one["balance_pence"].clone()).collect();
        assert_eq!(balances, [6_667, 3_333].map(|pence| json!(pence)));
        let part = |line: &crate::support::Answer, pence: i64| json!({ "budget_line_id": line.id(), "amount_pence": pence });
        let wrong = json!({ "name": "Wrong", "amount_pence": 100, "parts": [part(&one, 50), part(&one, 40)] });
        assert_eq!(office.commissioner.post(&office.below("earmarks"), &wrong).must(422).faults(), ["/parts does_not_add_up", "/parts/1/budget_line_id repeated"]);
        let short = json!({ "name": "Short", "amount_pence": 6_668, "parts": [part(&two, 6_668)] });
        assert_eq!(pence(&office.commissioner.post(&office.below("earmarks"), &short).must(409), ["shortfall"]), [1]);
        let all = json!({ "name": "Rest", "amount_pence": 20_000, "parts": [part(&two, 6_667), part(&one, 13_333)] });
        office.commissioner.post(&office.below("earmarks"), &all).must(201);
        assert_eq!((pence(&office.again("budget-lines", &one), ["free"]), pence(&office.again("budget-lines", &two), ["free"])), ([0], [0]));
        office.books_balance();
    }

    fn a_crowd_never_earmarks_more_than_there_is(app) {
        let office = Office::new(app);
        office.confirmed(&office.source, 100_000);
        let outcomes: Vec<(u16, String)> = std::thread::scope(|scope| {
            let each = |number: usize| {
                let (who, path) = (office.commissioner.clone(), office.below("earmarks"));
                scope.spawn(move || {
                    let answer = who.post(&path, &json!({ "name": format!("Purpose {number}"), "amount_pence": 10_000 }));
                    (answer.status, answer.code().to_owned())
                })
            };
            let threads: Vec<_> = (0..24).map(each).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert_eq!(outcomes.iter().filter(|(status, _)| *status == 201).count(), 10, "{outcomes:?}");
        let refused = outcomes.iter().filter(|(status, _)| *status != 201);
        assert!(refused.clone().all(|(status, code)| (*status, code.as_str()) == (409, "insufficient_balance")), "{outcomes:?}");
        assert_eq!(office.finance.all(&office.below("earmarks")).len(), 10);
        office.books_balance();
    }
}
