use almoner::access::permissions::Role;
use almoner::funds::budget_lines::{self, AtRiskTerms, BudgetState, BudgetTerms};
use almoner::kernel::{Code, FigureNote, Id, Moment, Pence, Provenance, Refusal};
use almoner::ledger::AccountKind::{FundPeriod, Offered, Source, Tranche};
use almoner::ledger::locks;
use serde_json::json;

use super::office::{Office, day, pence, source};
use crate::support::{Answer, Client};

fn terms(state: BudgetState, pounds: i64, on: &str) -> BudgetTerms {
    BudgetTerms {
        state,
        amount_pence: Pence(pounds * 100),
        internal_pence: Some(Pence::ZERO),
        figure: FigureNote::default(),
        effective_on: day(on),
        conditions: None,
        window_starts_on: None,
        window_ends_on: None,
        unspent_rule: None,
        reason: None,
    }
}

fn known(on: &str) -> Moment {
    Moment::new(day(on).and_hms_opt(0, 0, 0).unwrap().and_utc())
}

on_both! {
    fn a_line_goes_from_plan_to_restatement(app) {
        let office = Office::new(app);
        let line = office.provisional(&office.source, 20_000_000);
        assert_eq!(line.body["reference"], "CIF-2020-21-B1");
        assert_eq!(pence(&line, ["amount", "free", "shortfall"]), [20_000_000, 0, 0]);
        assert_eq!(line.body["allowed_actions"], json!(["update"]));
        let path = format!("/v1/budget-lines/{}", line.id());
        let line = office.commissioner.patch(&path, line.tag(), &json!({ "amount_pence": 25_000_000, "reason": "a second gift" })).must(200);
        office.commissioner.change(&format!("{path}/confirmation"), line.tag(), &json!({})).must(403);
        let early = office.act(&office.finance, "budget-lines", &line, "restatement", &json!({ "amount_pence": 1, "reason": "x" })).must(409);
        assert_eq!(early.code(), "wrong_state");
        let line = office.act(&office.finance, "budget-lines", &line, "confirmation", &json!({ "effective_on": "2020-05-19" })).must(200);
        assert_eq!(line.body["state"], "confirmed");
        assert_eq!(pence(&line, ["amount", "free"]), [25_000_000, 25_000_000]);
        assert_eq!(office.commissioner.patch(&path, line.tag(), &json!({ "amount_pence": 1 })).must(409).code(), "wrong_state");
        let before = json!({ "amount_pence": 37_000_000, "effective_on": "2020-05-18", "reason": "a fourth tranche" });
        assert_eq!(office.act(&office.finance, "budget-lines", &line, "restatement", &before).must(422).faults(), ["/effective_on too_early"]);
        let up = json!({ "amount_pence": 37_000_000, "effective_on": "2020-11-30", "reason": "a fourth tranche", "evidence": "S0 ¶57" });
        let line = office.act(&office.finance, "budget-lines", &line, "restatement", &up).must(200);
        assert_eq!(pence(&line, ["amount", "free"]), [37_000_000, 37_000_000]);
        assert_eq!(line.body["evidence"], "S0 ¶57");
        let versions = office.finance.get(&format!("{path}/versions")).must(200);
        let told: Vec<_> = versions.items().iter().map(|one| (one["state"].clone(), one["amount_pence"].clone())).collect();
        let expected =
            [("restated", 37_000_000), ("confirmed", 25_000_000), ("provisional", 25_000_000), ("provisional", 20_000_000)];
        assert_eq!(told, expected.map(|(state, amount)| (json!(state), json!(amount))));
        let line = office.act(&office.finance, "budget-lines", &line, "withdrawal", &json!({ "reason": "the seizure was undone" })).must(200);
        assert_eq!(pence(&line, ["amount", "free", "shortfall"]), [0, 0, 0]);
        assert_eq!(line.body["allowed_actions"], json!([]));
        office.books_balance();
    }

    fn a_cut_below_what_is_promised_stands_as_a_shortfall(app) {
        let office = Office::new(app);
        let line = office.confirmed(&office.source, 10_000_000);
        let tranche = office.tranche(4_000_000);
        let tranche = office.act(&office.commissioner, "tranches", &tranche, "allocation", &json!({ "amount_pence": 4_000_000, "effective_on": "2020-05-01" })).must(200);
        let award = Id::new().to_string();
        office.transfer((Tranche, &tranche.id()), (Offered, &award), &line.id(), 3_000_000).unwrap();
        let cut = json!({ "amount_pence": 2_000_000, "effective_on": "2020-07-01", "reason": "the funder has less" });
        let line = office.act(&office.finance, "budget-lines", &line, "restatement", &cut).must(200);
        assert_eq!(pence(&line, ["amount", "free", "promised", "shortfall"]), [2_000_000, 0, 3_000_000, 1_000_000]);
        assert_eq!(pence(&office.again("tranches", &tranche), ["allocated", "remaining", "offered", "committed"]), [3_000_000, 0, 3_000_000, 0]);
        let id: Id = line.id().parse().unwrap();
        let refused = office.write(move |tx| budget_lines::may_offer(tx.conn(), id, Pence(1), day("2020-07-01")));
        assert!(matches!(&refused, Err(Refusal::Rule { code: Code::Shortfall, facts, .. }) if facts["shortfall_pence"] == 1_000_000), "{refused:?}");
        office.transfer((Offered, &award), (FundPeriod, &office.period), &line.id(), 400_000).unwrap();
        office.write(move |tx| budget_lines::cover_shortfall(tx, id, day("2020-08-01"))).unwrap();
        let line = office.again("budget-lines", &line);
        assert_eq!(pence(&line, ["free", "promised", "shortfall"]), [0, 2_600_000, 600_000]);
        let up = json!({ "amount_pence": 2_700_000, "effective_on": "2020-09-01", "reason": "some of it after all" });
        let line = office.act(&office.finance, "budget-lines", &line, "restatement", &up).must(200);
        assert_eq!(pence(&line, ["free", "shortfall"]), [100_000, 0]);
        office.write(move |tx| budget_lines::may_offer(tx.conn(), id, Pence(100_000), day("2020-09-01"))).unwrap();
        office.books_balance();
    }

    fn what_was_returned_before_a_cut_stays_returned_once(app) {
        let office = Office::new(app);
        let line = office.confirmed(&office.source, 10_000);
        // As a decision on unspent money returns it.
        office.transfer((FundPeriod, &office.period), (Source, &office.source), &line.id(), 2_000).unwrap();
        let restate = |line: &Answer, pence: i64| {
            let cut = json!({ "amount_pence": pence, "effective_on": "2020-07-01", "reason": "the final grant" });
            office.act(&office.finance, "budget-lines", line, "restatement", &cut).must(200)
        };
        let line = restate(&line, 8_000);
        assert_eq!(pence(&line, ["amount", "free"]), [8_000, 8_000], "the source has it already");
        let line = restate(&line, 7_500);
        assert_eq!(pence(&line, ["amount", "free"]), [7_500, 7_500]);
        office.books_balance();
    }

    fn a_closed_year_takes_no_other_budget(app) {
        let office = Office::new(app);
        let (line, plan) = (office.confirmed(&office.source, 10_000), office.provisional(&office.source, 5_000));
        let award = Id::new().to_string();
        office.transfer((FundPeriod, &office.period), (Offered, &award), &line.id(), 10_000).unwrap();
        let (period, id): (Id, Id) = (office.period.parse().unwrap(), plan.id().parse().unwrap());
        office.write(move |tx| locks::lock(tx, period, day("2021-03-31"))).unwrap();
        // All of it is promised, so the cut would move nothing.
        let cut = |on: &str| {
            let body = json!({ "amount_pence": 9_000, "effective_on": on, "reason": "the funder has less" });
            office.act(&office.finance, "budget-lines", &office.again("budget-lines", &line), "restatement", &body)
        };
        let refused = cut("2021-03-01").must(409);
        assert_eq!((refused.code(), &refused.body["locked_to"], &refused.body["effective_on"]), ("year_locked", &json!("2021-03-31"), &json!("2021-03-01")));
        let same = json!({ "amount_pence": 10_000, "effective_on": "2021-03-31", "reason": "as it was" });
        assert_eq!(office.act(&office.finance, "budget-lines", &line, "restatement", &same).must(409).code(), "year_locked");
        let at_risk = AtRiskTerms { amount_pence: Pence(1), approved_on: day("2021-03-31"), until: None, reason: "late".to_owned(), figure: FigureNote::default() };
        let refused = office.write(move |tx| budget_lines::acts::record_at_risk(tx, id, &at_risk, &Provenance::default()));
        assert!(matches!(refused, Err(Refusal::Rule { code: Code::YearLocked, .. })), "{refused:?}");
        assert_eq!(pence(&cut("2021-04-01").must(200), ["amount", "shortfall"]), [9_000, 1_000]);
        office.books_balance();
    }

    fn a_unit_continues_at_risk_until_its_grant_is_confirmed(app) {
        let office = Office::new(app);
        let both = app.office(&[Role::Commissioner, Role::Approver]);
        let input = json!({ "funding_source_id": office.source, "state": "provisional", "amount_pence": 337_000_000, "effective_on": "2020-04-01" });
        let line = both.post(&office.below("budget-lines"), &input).must(201);
        let risk = json!({ "amount_pence": 337_000_000, "until": "2099-03-31", "reason": "3 of 4 check points passed" });
        assert_eq!(office.act(&both, "budget-lines", &line, "at-risk-approval", &risk).must(409).code(), "same_person");
        let may_approve = |who: &Client| {
            let shown = who.get(&format!("/v1/budget-lines/{}", line.id())).must(200);
            shown.body["allowed_actions"].as_array().unwrap().contains(&json!("approve_at_risk"))
        };
        assert_eq!([may_approve(&both), may_approve(&office.approver)], [false, true]);
        office.act(&office.finance, "budget-lines", &line, "at-risk-approval", &risk).must(403);
        let wrong = json!({ "amount_pence": 337_000_001, "until": "2020-03-31", "reason": " " });
        let faults = office.act(&office.approver, "budget-lines", &line, "at-risk-approval", &wrong).must(422).faults();
        assert_eq!(faults, ["/amount_pence beyond_line", "/reason blank", "/until reversed_dates"]);
        let id: Id = line.id().parse().unwrap();
        let today = move |tx: &mut almoner::store::Tx<'_>, pence: i64| {
            let today = tx.today();
            budget_lines::may_offer(tx.conn(), id, Pence(pence), today)
        };
        assert!(matches!(office.write(move |tx| today(tx, 1)), Err(Refusal::Rule { code: Code::NotConfirmed, .. })));
        let seen = line;
        let line = office.act(&office.approver, "budget-lines", &seen, "at-risk-approval", &risk).must(200);
        assert_eq!(line.body["version"].as_i64(), seen.body["version"].as_i64().map(|version| version + 1));
        office.act(&office.approver, "budget-lines", &seen, "at-risk-approval", &risk).must(412);
        assert_eq!(line.body["at_risk"]["amount_pence"], 337_000_000);
        assert_eq!(pence(&line, ["free", "at_risk_exposure"]), [337_000_000, 0]);
        let award = Id::new().to_string();
        office.transfer((FundPeriod, &office.period), (Offered, &award), &line.id(), 330_000_000).unwrap();
        office.write(move |tx| today(tx, 7_000_000)).unwrap();
        assert!(matches!(office.write(move |tx| today(tx, 7_000_001)), Err(Refusal::Rule { code: Code::NotConfirmed, .. })));
        assert_eq!(pence(&office.again("budget-lines", &line), ["at_risk_exposure"]), [330_000_000]);
        let final_amount = json!({ "amount_pence": 330_700_000, "reason": "63,000 less" });
        let line = office.act(&office.finance, "budget-lines", &line, "confirmation", &final_amount).must(200);
        assert_eq!(pence(&line, ["amount", "free", "shortfall", "at_risk_exposure"]), [330_700_000, 700_000, 0, 0]);
        assert_eq!(line.body["at_risk"], json!(null));
        assert_eq!(office.act(&office.approver, "budget-lines", &line, "at-risk-approval", &risk).must(409).code(), "wrong_state");
        office.books_balance();
    }

    fn an_approval_that_expires_gives_back_what_is_free(app) {
        let office = Office::new(app);
        let line = office.provisional(&office.source, 100_000);
        let id: Id = line.id().parse().unwrap();
        let approval = AtRiskTerms {
            amount_pence: Pence(80_000),
            approved_on: day("2020-05-19"),
            until: Some(day("2020-06-30")),
            reason: "the grant is late".to_owned(),
            figure: FigureNote::default(),
        };
        office.write(move |tx| budget_lines::acts::record_at_risk(tx, id, &approval, &Provenance::default())).unwrap();
        let award = Id::new().to_string();
        office.transfer((FundPeriod, &office.period), (Offered, &award), &line.id(), 30_000).unwrap();
        let earmark = json!({ "name": "Late", "amount_pence": 50_000, "effective_on": "2020-07-01" });
        assert_eq!(office.commissioner.post(&office.below("earmarks"), &earmark).must(409).code(), "insufficient_balance");
        let end = || office.write(move |tx| budget_lines::acts::end_expired(tx, id)).unwrap();
        assert_eq!((end(), end()), (true, false));
        let line = office.again("budget-lines", &line);
        assert_eq!(pence(&line, ["free", "promised", "shortfall"]), [0, 30_000, 30_000]);
        let line = office.act(&office.finance, "budget-lines", &line, "confirmation", &json!({})).must(200);
        assert_eq!(pence(&line, ["free", "promised", "shortfall"]), [70_000, 30_000, 0]);
        office.books_balance();
    }

    fn an_import_tells_history_as_it_became_known(app) {
        let office = Office::new(app);
        let (period, from): (Id, Id) = (office.period.parse().unwrap(), office.source.parse().unwrap());
        let line = office.write(move |tx| tx.known_from(known("2020-05-19"), |tx| {
            let line = budget_lines::acts::record(tx, period, from, &terms(BudgetState::Provisional, 3_370_000, "2020-04-01"), &Provenance::default())?;
            let approval = AtRiskTerms {
                amount_pence: Pence(337_000_000),
                approved_on: day("2020-05-19"),
                until: None,
                reason: "grant application at 3 of 4 check points".to_owned(),
                figure: FigureNote::default(),
            };
            budget_lines::acts::record_at_risk(tx, line.id, &approval, &Provenance::default())?;
            Ok(line.id)
        })).unwrap();
        office.write(move |tx| tx.known_from(known("2021-09-26"), |tx| {
            budget_lines::acts::revise(tx, line, &terms(BudgetState::Restated, 3_307_000, "2020-04-01"), &Provenance::default())
        })).unwrap();
        let shown = office.finance.get(&format!("/v1/budget-lines/{line}")).must(200);
        assert_eq!(shown.body["recorded_at"], "2021-09-26T00:00:00.000000Z");
        assert_eq!(pence(&shown, ["amount", "free", "shortfall"]), [330_700_000, 330_700_000, 0]);
        let back = office.write(move |tx| budget_lines::acts::revise(tx, line, &terms(BudgetState::Provisional, 1, "2020-04-01"), &Provenance::default()));
        assert!(matches!(back, Err(Refusal::Rule { code: Code::WrongState, .. })));
        office.books_balance();
    }

    fn every_fault_of_a_line_is_told_at_once(app) {
        let office = Office::new(app);
        let wrong = json!({ "funding_source_id": office.fund, "state": "confirmed", "amount_pence": -1, "effective_on": "2020-02-30", "colour": "red" });
        let answer = office.commissioner.post(&office.below("budget-lines"), &wrong).must(422);
        let expected = ["/amount_pence too_small", "/colour unknown_field", "/effective_on wrong_format", "/state not_a_choice"];
        assert_eq!(answer.faults(), expected);
        let wrong = json!({ "funding_source_id": office.fund, "state": "planned", "amount_pence": 1.5, "effective_on": "2020-04-01" });
        assert_eq!(office.commissioner.post(&office.below("budget-lines"), &wrong).must(422).faults(), ["/amount_pence wrong_type"]);
        let wrong = json!({ "funding_source_id": office.fund, "state": "planned", "amount_pence": 1, "effective_on": "2020-04-01", "reason": " ",
            "window_starts_on": "2021-03-31", "window_ends_on": "2020-03-24" });
        let answer = office.commissioner.post(&office.below("budget-lines"), &wrong).must(422);
        assert_eq!(answer.faults(), ["/funding_source_id unknown_record", "/reason blank", "/window_ends_on reversed_dates"]);
        let mixed = json!({ "funding_source_id": office.fund, "state": "planned", "amount_pence": -1, "effective_on": "2020-04-01", "colour": "red",
            "window_starts_on": "2021-03-31", "window_ends_on": "2020-03-24" });
        let answer = office.commissioner.post(&office.below("budget-lines"), &mixed).must(422);
        let expected = ["/amount_pence too_small", "/colour unknown_field", "/funding_source_id unknown_record", "/window_ends_on reversed_dates"];
        assert_eq!(answer.faults(), expected);
        assert_eq!(office.finance.all(&office.below("budget-lines")).len(), 0);
        let missing = format!("/v1/fund-periods/{}/budget-lines", Id::new());
        office.finance.get(&missing).must(404);
        office.commissioner.post(&missing, &json!({ "funding_source_id": office.source, "state": "planned", "amount_pence": 1, "effective_on": "2020-04-01" })).must(404);
    }

    fn money_moves_only_with_a_version_and_a_key(app) {
        let office = Office::new(app);
        let line = office.provisional(&office.source, 100);
        let path = format!("/v1/budget-lines/{}/confirmation", line.id());
        let post = || office.finance.request(reqwest::Method::POST, &path).json(&json!({}));
        office.finance.send(post().header("Idempotency-Key", "one")).must(428);
        office.finance.send(post().header("If-Match", line.tag())).must(422);
        let confirm = || post().header("If-Match", line.tag()).header("Idempotency-Key", "two");
        let first = office.finance.send(confirm()).must(200);
        let second = office.finance.send(confirm()).must(200);
        assert_eq!((first.text, second.header("idempotent-replay")), (second.text.clone(), Some("true")));
        office.finance.change(&path, line.tag(), &json!({})).must(412);
        assert_eq!(pence(&office.again("budget-lines", &line), ["free"]), [100]);
    }

    fn lines_are_listed_and_filtered(app) {
        let office = Office::new(app);
        let other = source(&office.commissioner, "moj");
        office.confirmed(&office.source, 100);
        for _ in 0..3 {
            office.provisional(&other, 200);
        }
        let all = office.finance.all(&format!("{}?limit=2", office.below("budget-lines")));
        let references: Vec<_> = all.iter().map(|line| line["reference"].as_str().unwrap()).collect();
        assert_eq!(references, ["CIF-2020-21-B1", "CIF-2020-21-B2", "CIF-2020-21-B3", "CIF-2020-21-B4"]);
        assert_eq!(all[0]["funding_source"]["name"], "POCA");
        assert_eq!(office.finance.all(&format!("{}?state=confirmed", office.below("budget-lines"))).len(), 1);
        office.finance.get(&format!("{}?state=lost", office.below("budget-lines"))).must(422);
    }
}
