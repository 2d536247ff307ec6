use almoner::funds::tranches;
use almoner::kernel::{Code, Id, Refusal};
use almoner::ledger::AccountKind::{Committed, Offered, Tranche};
use serde_json::json;

use super::office::{Office, pence, source};

on_both! {
    fn a_tranche_goes_through_its_states(app) {
        let office = Office::new(app);
        office.confirmed(&office.source, 37_000_000);
        let tranche = office.tranche(5_700_000);
        assert_eq!((tranche.body["reference"].as_str(), tranche.body["number"].as_i64()), (Some("CIF-2020-21-T1"), Some(1)));
        assert_eq!(tranche.body["allowed_actions"], json!(["update", "open", "cancel", "allocate"]));
        let (id, period): (Id, Id) = (tranche.id().parse().unwrap(), office.period.parse().unwrap());
        let may_offer = |office: &Office<'_>, period: Id| office.write(move |tx| tranches::may_offer(tx.conn(), id, period));
        assert!(matches!(may_offer(&office, period), Err(Refusal::Rule { code: Code::WrongState, .. })));
        assert!(matches!(may_offer(&office, Id::new()), Err(Refusal::Rule { code: Code::RuleBroken, .. })));
        let early = office.act(&office.commissioner, "tranches", &tranche, "decision", &json!({})).must(409);
        assert_eq!(early.code(), "wrong_state");
        let on = |date: &str| json!({ "effective_on": date });
        let mut tranche = office.commissioner.patch(&format!("/v1/tranches/{}", tranche.id()), tranche.tag(), &json!({ "criteria": "who needs it most",
            "guidance_url": "https://opcc.example/cif" })).must(200);
        let day = |offset: i64| (chrono_today(&office) + chrono::TimeDelta::days(offset)).to_string();
        for (at, (noun, state)) in [("opening", "open"), ("assessment", "assessing"), ("decision", "decided"), ("completion", "completed")].into_iter().enumerate() {
            tranche = office.act(&office.commissioner, "tranches", &tranche, noun, &on(&day(i64::try_from(at).unwrap()))).must(200);
            assert_eq!(tranche.body["state"], state);
            assert_eq!(may_offer(&office, period).is_ok(), state != "completed", "{state}");
        }
        assert_eq!(tranche.body["decision_on"], day(2));
        assert_eq!(office.act(&office.commissioner, "tranches", &tranche, "cancellation", &json!({})).must(409).code(), "wrong_state");
        let more = office.act(&office.commissioner, "tranches", &tranche, "allocation", &json!({ "amount_pence": 1 })).must(409);
        assert_eq!(more.code(), "wrong_state");
        let edit = office.commissioner.patch(&format!("/v1/tranches/{}", tranche.id()), tranche.tag(), &json!({ "name": "Other" })).must(409);
        assert_eq!(edit.code(), "wrong_state");
    }

    fn money_is_allocated_offered_and_released(app) {
        let office = Office::new(app);
        let other = source(&office.commissioner, "moj");
        let (one, two) = (office.confirmed(&office.source, 30_001), office.confirmed(&other, 10_000));
        let seen = office.tranche(20_000);
        let tranche = office.act(&office.commissioner, "tranches", &seen, "allocation", &json!({ "amount_pence": 20_000, "effective_on": "2020-05-01" })).must(200);
        let balances: Vec<_> = tranche.body["balances"].as_array().unwrap().iter().map(|one| one["balance_pence"].as_i64().unwrap()).collect();
        assert_eq!(balances, [15_000, 5_000]);
        assert_eq!(office.act(&office.commissioner, "tranches", &seen, "allocation", &json!({ "amount_pence": 1 })).must(412).code(), "stale");
        let beyond = office.act(&office.commissioner, "tranches", &tranche, "allocation", &json!({ "amount_pence": 20_002 })).must(409);
        assert_eq!((beyond.code(), pence(&beyond, ["balance", "shortfall"])), ("insufficient_balance", [20_001, 1]));
        let award = Id::new().to_string();
        office.transfer((Tranche, &tranche.id()), (Offered, &award), &one.id(), 9_000).unwrap();
        office.transfer((Offered, &award), (Committed, &award), &one.id(), 4_000).unwrap();
        let tranche = office.again("tranches", &tranche);
        assert_eq!(pence(&tranche, ["planned", "allocated", "offered", "committed", "remaining"]), [20_000, 20_000, 5_000, 4_000, 11_000]);
        let tranche = office.act(&office.commissioner, "tranches", &tranche, "release", &json!({ "amount_pence": 1_000, "reason": "too much" })).must(200);
        assert_eq!(pence(&tranche, ["allocated", "remaining"]), [19_000, 10_000]);
        let tranche = office.act(&office.commissioner, "tranches", &tranche, "cancellation", &json!({ "reason": "no applications" })).must(200);
        assert_eq!((tranche.body["state"].as_str(), pence(&tranche, ["allocated", "remaining"])), (Some("cancelled"), [9_000, 0]));
        assert_eq!(pence(&office.again("budget-lines", &one), ["free", "promised"]), [21_001, 9_000]);
        assert_eq!(pence(&office.again("budget-lines", &two), ["free"]), [10_000]);
        office.books_balance();
    }

    fn awards_that_are_not_what_was_planned_are_warned_of(app) {
        let office = Office::new(app);
        let line = office.confirmed(&office.source, 30_000);
        let tranche = office.tranche(20_000);
        let mut tranche = office.act(&office.commissioner, "tranches", &tranche, "allocation", &json!({ "amount_pence": 20_000, "effective_on": "2020-05-01" })).must(200);
        let award = Id::new().to_string();
        let give = |pence: i64| office.transfer((Tranche, &tranche.id()), (Offered, &award), &line.id(), pence).unwrap();
        give(12_000);
        for noun in ["opening", "assessment", "decision"] {
            tranche = office.act(&office.commissioner, "tranches", &tranche, noun, &json!({})).must(200);
            let codes = match noun {
                "opening" => vec![json!("open_after_last_day")],
                "assessment" => Vec::new(),
                _ => vec![json!("differs_from_plan")],
            };
            let told: Vec<_> = tranche.body["warnings"].as_array().unwrap().iter().map(|one| one["code"].clone()).collect();
            assert_eq!(told, codes, "{noun}");
        }
        let warning = &tranche.body["warnings"][0];
        assert_eq!((&warning["code"], &warning["difference_pence"]), (&json!("differs_from_plan"), &json!(-8_000)));
        assert_eq!(warning["message"], "What is offered and awarded comes to £120.00, £80.00 less than the £200.00 that were planned.");
        let give = |pence: i64| office.transfer((Tranche, &tranche.id()), (Offered, &award), &line.id(), pence).unwrap();
        give(7_999);
        let tranche = office.act(&office.commissioner, "tranches", &tranche, "completion", &json!({})).must(200);
        assert_eq!((&tranche.body["state"], &tranche.body["warnings"][0]["difference_pence"]), (&json!("completed"), &json!(-1)));
        office.transfer((Tranche, &tranche.id()), (Offered, &award), &line.id(), 1).unwrap();
        assert_eq!(office.again("tranches", &tranche).body["warnings"], json!([]));
    }

    fn a_past_round_is_opened_and_decided_on_its_days(app) {
        let office = Office::new(app);
        office.confirmed(&office.source, 100_000);
        let past = json!({ "name": "Round 1", "planned_pence": 50_000, "opens_on": "2020-04-10", "closes_on": "2020-05-10",
            "effective_on": "2020-04-06" });
        let mut tranche = office.commissioner.post(&office.below("tranches"), &past).must(201);
        assert_eq!(tranche.body["effective_on"], "2020-04-06");
        let early = office.act(&office.commissioner, "tranches", &tranche, "opening", &json!({ "effective_on": "2020-04-05" })).must(422);
        let message = "What this changes holds from 2020-04-06, so this cannot hold from an earlier day.";
        assert_eq!((early.faults(), &early.body["errors"][0]["message"]), (vec!["/effective_on too_early".to_owned()], &json!(message)));
        let path = format!("/v1/tranches/{}", tranche.id());
        tranche = office.commissioner.patch(&path, tranche.tag(), &json!({ "criteria": "need", "effective_on": "2020-04-08" })).must(200);
        assert_eq!(tranche.body["effective_on"], "2020-04-08");
        for (noun, day) in [("opening", "2020-04-10"), ("assessment", "2020-05-11"), ("decision", "2020-06-01")] {
            tranche = office.act(&office.commissioner, "tranches", &tranche, noun, &json!({ "effective_on": day })).must(200);
            assert_eq!((&tranche.body["effective_on"], tranche.body["warnings"].as_array().unwrap().len()), (&json!(day), usize::from(noun == "decision")));
        }
    }

    fn a_page_shows_each_round_and_earmark_as_it_stands(app) {
        let office = Office::new(app);
        let line = office.confirmed(&office.source, 100_000);
        let fill = |tranche: &crate::support::Answer, pence: i64| {
            let allocation = json!({ "amount_pence": pence, "effective_on": "2020-05-01" });
            office.act(&office.commissioner, "tranches", tranche, "allocation", &allocation).must(200).id()
        };
        let (one, other, empty) = (fill(&office.tranche(20_000), 20_000), fill(&office.tranche(30_000), 30_000), office.tranche(1).id());
        for (tranche, pence) in [(&one, 3_000), (&one, 4_000), (&other, 7_000)] {
            let award = Id::new().to_string();
            office.transfer((Tranche, tranche), (Offered, &award), &line.id(), pence).unwrap();
            office.transfer((Offered, &award), (Committed, &award), &line.id(), 1_000).unwrap();
        }
        let rounds = office.commissioner.get(&office.below("tranches")).must(200);
        for (round, id) in rounds.items().iter().zip([&one, &other, &empty]) {
            assert_eq!(*round, office.commissioner.get(&format!("/v1/tranches/{id}")).must(200).body);
        }
        let sums: Vec<_> = rounds.items().iter().map(|one| [&one["offered_pence"], &one["committed_pence"], &one["remaining_pence"]].map(|one| one.as_i64().unwrap())).collect();
        assert_eq!(sums, [[5_000, 2_000, 13_000], [6_000, 1_000, 23_000], [0, 0, 0]]);
        for pence in [1_000, 2_000] {
            let input = json!({ "name": "Hate crime", "amount_pence": pence, "effective_on": "2020-05-01" });
            office.commissioner.post(&office.below("earmarks"), &input).must(201);
        }
        let earmarks = office.commissioner.get(&office.below("earmarks")).must(200);
        let left: Vec<_> = earmarks.items().iter().map(|one| one["balances"][0]["balance_pence"].as_i64().unwrap()).collect();
        assert_eq!(left, [1_000, 2_000]);
        for earmark in earmarks.items() {
            assert_eq!(*earmark, office.commissioner.get(&format!("/v1/earmarks/{}", earmark["id"].as_str().unwrap())).must(200).body);
        }
    }

    fn every_fault_of_a_tranche_is_told_at_once(app) {
        let office = Office::new(app);
        let wrong = json!({ "name": " ", "opens_on": "2021-01-31", "closes_on": "2021-01-01", "decision_on": "2020-12-31" });
        let faults = office.commissioner.post(&office.below("tranches"), &wrong).must(422).faults();
        assert_eq!(faults, ["/closes_on reversed_dates", "/decision_on reversed_dates", "/name blank", "/planned_pence required"]);
        let bad_link = json!({ "name": "CIF", "planned_pence": 1, "guidance_url": "javascript:alert(1)", "number": 0 });
        let faults = office.commissioner.post(&office.below("tranches"), &bad_link).must(422).faults();
        assert_eq!(faults, ["/guidance_url wrong_format", "/number too_small"]);
        let third = json!({ "name": "CIF tranche 3", "planned_pence": 1, "number": 3 });
        office.commissioner.post(&office.below("tranches"), &third).must(201);
        assert_eq!(office.commissioner.post(&office.below("tranches"), &third).must(409).code(), "taken");
        let next = office.commissioner.post(&office.below("tranches"), &json!({ "name": "CIF tranche 4", "planned_pence": 1 })).must(201);
        assert_eq!(next.body["reference"], "CIF-2020-21-T4");
        let undated = office.act(&office.commissioner, "tranches", &next, "opening", &json!({})).must(422);
        // Its days are no fields of the opening.
        assert_eq!(undated.faults(), [" required", " required"]);
        let message = undated.body["errors"][0]["message"].as_str().unwrap();
        assert_eq!(message, "A tranche that is open says from when. Mend `opens_on` of the funding round first, then send this again.");
        let reversed = office.act(&office.commissioner, "tranches", &next, "opening", &json!({ "effective_on": "1999-01-01" })).must(422);
        assert_eq!(reversed.faults(), [" required", " required", "/effective_on too_early"]);
        let dated = json!({ "opens_on": "2020-05-01", "closes_on": "2020-05-31" });
        let next = office.commissioner.patch(&format!("/v1/tranches/{}", next.id()), next.tag(), &dated).must(200);
        let open = office.act(&office.commissioner, "tranches", &next, "opening", &json!({})).must(200);
        assert_eq!(open.body["state"], "open");
        let fixed = office.commissioner.patch(&format!("/v1/tranches/{}", open.id()), open.tag(), &json!({ "number": 9 })).must(422);
        assert_eq!(fixed.faults(), ["/number fixed"]);
        assert_eq!(office.finance.all(&office.below("tranches")).len(), 2);
    }

    fn money_goes_back_on_a_day_on_which_it_is_there(app) {
        let office = Office::new(app);
        office.confirmed(&office.source, 100_000);
        let tranche = office.tranche(50_000);
        let part = |pence: i64, on: &str| json!({ "amount_pence": pence, "effective_on": on });
        let tranche = office.act(&office.commissioner, "tranches", &tranche, "allocation", &part(10_000, "2020-04-01")).must(200);
        let tranche = office.act(&office.commissioner, "tranches", &tranche, "allocation", &part(20_000, "2020-06-01")).must(200);
        let back = |pence: i64| json!({ "amount_pence": pence, "effective_on": "2020-05-01", "reason": "too much" });
        let refused = office.act(&office.commissioner, "tranches", &tranche, "release", &back(10_001)).must(409);
        assert_eq!((refused.code(), refused.body["on"].as_str()), ("insufficient_balance", Some("2020-05-01")));
        assert_eq!(pence(&refused, ["balance", "shortfall"]), [10_000, 1]);
        // What came in April goes back in May, whatever came in June.
        let tranche = office.act(&office.commissioner, "tranches", &tranche, "release", &back(10_000)).must(200);
        assert_eq!(pence(&tranche, ["remaining"]), [20_000]);
        office.books_balance();
    }
}

fn chrono_today(office: &Office<'_>) -> chrono::NaiveDate {
    office.write(|tx| Ok(tx.today())).unwrap()
}
