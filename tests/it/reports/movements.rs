//! What was drawn from which kind of source, and what was paid of what was planned.

use almoner::kernel::{Id, Pence};
use almoner::ledger::{self, Account, AccountKind, Movement};
use almoner::store::WriteMeta;
use serde_json::{Value, json};

use crate::support::Scene;

on_both! {
    fn drawings_from_reserves_are_told_apart(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let source = json!({ "code": "reserves", "name": "Reserves", "kind": "reserves" });
        let source = scene.commissioner.post("/v1/funding-sources", &source).must(201).id();
        let line = json!({ "funding_source_id": source, "state": "planned", "amount_pence": 70_000, "effective_on": "2020-04-01" });
        let line = scene.commissioner.post(&format!("/v1/fund-periods/{}/budget-lines", scene.period), &line).must(201);
        let confirmation = format!("/v1/budget-lines/{}/confirmation", line.id());
        scene.finance.change(&confirmation, line.tag(), &json!({ "effective_on": "2020-04-01" })).must(200);
        let parts = json!([{ "budget_line_id": line.id(), "amount_pence": 20_000 }]);
        let earmark = json!({ "name": "Prevention", "amount_pence": 20_000, "effective_on": "2020-05-01", "parts": parts });
        scene.commissioner.post(&format!("/v1/fund-periods/{}/earmarks", scene.period), &earmark).must(201);
        let moved = |query: &str| -> Vec<(Value, Value, Value)> {
            let all = scene.finance.all(&format!("/v1/ledger/transfers?{query}"));
            all.iter().map(|one| (one["debit"]["kind"].clone(), one["source_kind"].clone(), one["amount_pence"].clone())).collect()
        };
        let drawn = (json!("source"), json!("reserves"), json!(70_000));
        assert_eq!(moved("source_kind=reserves&debit_kind=source"), std::slice::from_ref(&drawn));
        assert_eq!(moved("source_kind=reserves"), [drawn, (json!("fund_period"), json!("reserves"), json!(20_000))]);
        assert_eq!(moved("source_kind=reserves&credit_kind=earmark").len(), 1);
        assert_eq!(moved("source_kind=eu_fund"), []);
        assert!(moved("debit_kind=source").iter().any(|one| one.1 == "recovered_assets"));
        scene.finance.get("/v1/ledger/transfers?source_kind=piggy_bank").must(422);
    }

    fn a_tranche_shows_planned_awarded_and_paid(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = scene.live(200_000, json!({}));
        let (record_id, budget_line_id): (Id, Id) = (award.id().parse().unwrap(), scene.lines[0].parse().unwrap());
        let account = |kind| Account { kind, record_id, budget_line_id };
        let effective_on = "2020-09-01".parse().unwrap();
        let movement = Movement { from: account(AccountKind::Committed), to: account(AccountKind::Paid), amount: Pence(50_000), effective_on };
        app.wait(app.service.db.write(WriteMeta::system("test", "test"), move |tx| ledger::transfer(tx, &movement))).unwrap();
        let figures = |day: &str| {
            let report = scene.finance.get(&format!("/v1/reports/tranche-summary?as_at={day}")).must(200);
            let row = &report.body["rows"][0];
            ["planned_pence", "awarded_pence", "paid_pence"].map(|name| row[name].as_i64().unwrap())
        };
        assert_eq!(figures("2020-08-31"), [1_000_000, 200_000, 0]);
        assert_eq!(figures("2020-09-01"), [1_000_000, 200_000, 50_000]);
        let csv = scene.finance.get("/v1/reports/tranche-summary?format=csv").must(200).text;
        let (header, row) = csv.split_once('\n').unwrap();
        let at = header.trim_start_matches('\u{feff}').trim().split(',').position(|name| name == "paid_pounds").unwrap();
        assert_eq!(row.split(',').nth(at), Some("500.00"));
    }
}
