//! Schedules: cut to the penny, again after a variation, by what was spent, and as invoices come.

use serde_json::{Value, json};

use super::{act, authorise, because, cut, get, of_award, quarterly, ready, schedule, shown};
use crate::returns::accepted;
use crate::support::{Answer, Client, Scene};

fn named(all: &[(&str, i64)]) -> Vec<(String, i64)> {
    all.iter().map(|(key, pence)| ((*key).to_owned(), *pence)).collect()
}

/// A variation of an award, accepted and applied.
fn vary(scene: &Scene, award: &str, change: Value) -> Answer {
    let mut input = json!({ "title": "Another sum", "reason": "agreed", "effective_on": "2020-10-01" });
    input.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
    let drafted = scene.commissioner.post(&format!("/v1/awards/{award}/variations"), &input).must(201);
    let step =
        |who: &Client, seen: &Answer, noun: &str| who.change(&format!("/v1/variations/{}/{noun}", seen.id()), seen.tag(), &json!({}));
    let issued = step(&scene.commissioner, &drafted, "issue").must(200);
    let agreed = step(&scene.signatory, &issued, "acceptance").must(200);
    step(&scene.commissioner, &agreed, "application")
}

on_both! {
    fn an_award_is_cut_by_its_profile(app) {
        let scene = ready(app);
        let draft = scene.draft(300_000, json!({})).id();
        assert_eq!(schedule(&scene, &draft, json!({ "basis": "monthly" })).must(409).code(), "rule_broken");
        let profile: Value = [("2020-21-Q2", 100_000), ("2020-21-Q3", 150_001), ("2020-21-Q4", 49_999)]
            .iter().map(|(quarter, pence)| json!({ "quarter": quarter, "amount_pence": pence })).collect();
        let award = scene.live(300_000, json!({ "profile": profile })).id();
        let made = schedule(&scene, &award, json!({ "basis": "monthly", "coding": { "cost_centre": "CC44" } })).must(200);
        assert_eq!([&made.body["version"], &made.body["unplanned_pence"], &made.body["coding"]["cost_centre"]], [&json!(1), &json!(0), &json!("CC44")]);
        let expected = [("2020-07", 33_334), ("2020-08", 33_333), ("2020-09", 33_333), ("2020-10", 50_001), ("2020-11", 50_000), ("2020-12", 50_000),
            ("2021-01", 16_667), ("2021-02", 16_666), ("2021-03", 16_666)];
        assert_eq!(cut(&scene, &award), named(&expected));
        let first = &of_award(&scene, &award)[0];
        assert_eq!([&first["due_on"], &first["ends_on"], &first["reference"], &first["state"]],
            [&json!("2020-07-01"), &json!("2020-07-31"), &json!("CIF-2020-21-T1-0002-P1"), &json!("scheduled")]);
        // What is paid by another cut: the open ones are cut anew, what is reserved stays.
        authorise(&scene.finance, first["id"].as_str().unwrap()).must(200);
        schedule(&scene, &award, json!({ "basis": "quarterly", "due_after_days": 10 })).must(200);
        assert_eq!(cut(&scene, &award), named(&[("2020-07", 33_334), ("2020-21-Q3", 200_001), ("2020-21-Q4", 66_665)]));
        assert_eq!(shown(&scene, &award, &["due_on"])[1], [json!("2020-10-11")]);
        let wrong = json!({ "basis": "invoices", "milestones": [{ "waits_for": " ", "due_on": "2020-09-01", "weight": 1 }], "coding": { "account": "=1" } });
        assert_eq!(schedule(&scene, &award, wrong).must(422).faults(),
            ["/basis not_allowed", "/coding/account wrong_format", "/milestones not_allowed", "/milestones/0/waits_for blank"]);
        assert_eq!(scene.commissioner.put(&format!("/v1/awards/{award}/payment-schedule"), made.tag(), &json!({ "basis": "monthly" })).status, 412);
    }

    fn a_variation_cuts_what_is_still_to_be_paid(app) {
        let scene = ready(app);
        let (award, ids) = quarterly(&scene, 400_000, json!({}));
        authorise(&scene.finance, &ids[0]).must(200);
        // What somebody cancels stays so, whatever they write: by the same words the schedule itself drops an instalment.
        act(&scene.commissioner, &ids[3], "cancellation", &json!({ "reason": "The schedule has no such instalment any more." })).must(200);
        vary(&scene, &award, json!({ "value": { "change_pence": 60_001 } })).must(200);
        assert_eq!(cut(&scene, &award), named(&[("2020-21-Q1", 100_000), ("2020-21-Q2", 130_001), ("2020-21-Q3", 130_000)]));
        let plan = scene.commissioner.get(&format!("/v1/awards/{award}/payment-schedule")).must(200);
        assert_eq!([&plan.body["version"], &plan.body["amount_pence"], &plan.body["unplanned_pence"]], [&json!(2), &json!(460_001), &json!(100_000)]);
        // Less than is on its way is not agreed.
        authorise(&scene.finance, &ids[1]).must(200);
        let refused = vary(&scene, &award, json!({ "value": { "change_pence": -360_000 }, "title": "Much less" })).must(409);
        assert_eq!((refused.code(), &refused.body["reserved_pence"]), ("rule_broken", &json!(230_001)));
        vary(&scene, &award, json!({ "value": { "change_pence": -60_001 }, "title": "Less" })).must(200);
        assert_eq!(cut(&scene, &award), named(&[("2020-21-Q1", 100_000), ("2020-21-Q2", 130_001), ("2020-21-Q3", 69_999)]));
    }

    fn a_cut_that_was_replaced_bars_no_later_one(app) {
        let scene = ready(app);
        let (award, _) = quarterly(&scene, 400_000, json!({}));
        schedule(&scene, &award, json!({ "basis": "monthly" })).must(200);
        schedule(&scene, &award, json!({ "basis": "quarterly" })).must(200);
        let quarters = ["2020-21-Q1", "2020-21-Q2", "2020-21-Q3", "2020-21-Q4"];
        assert_eq!(cut(&scene, &award), named(&quarters.map(|quarter| (quarter, 100_000))));
        vary(&scene, &award, json!({ "value": { "change_pence": -40_000 } })).must(200);
        assert_eq!(cut(&scene, &award), named(&quarters.map(|quarter| (quarter, 90_000))), "no quarter is lost in a rest that is due today");
    }

    fn an_award_is_not_settled_below_what_is_on_its_way(app) {
        let scene = ready(app);
        let (award, ids) = quarterly(&scene, 400_000, json!({}));
        authorise(&scene.finance, &ids[0]).must(200);
        let change = |noun: &str, body: &Value| {
            let tag = scene.award(&award).tag().to_owned();
            scene.commissioner.change(&format!("/v1/awards/{award}/{noun}"), &tag, body)
        };
        change("end", &json!({ "ended_on": "2020-12-31" })).must(200);
        assert_eq!(cut(&scene, &award).len(), 4, "what is owed can still be paid");
        assert_eq!(change("closure", &json!({ "unspent_pence": 300_001 })).must(409).body["reserved_pence"], 100_000);
        change("closure", &json!({ "unspent_pence": 150_000 })).must(200);
        let left = cut(&scene, &award);
        assert_eq!((left.len(), left.iter().map(|one| one.1).sum::<i64>()), (4, 250_000));
    }

    fn a_quarter_in_arrears_pays_what_was_accepted(app) {
        let scene = ready(app);
        let award = scene.live(400_000, json!({})).id();
        schedule(&scene, &award, json!({ "basis": "arrears" })).must(200);
        let before = of_award(&scene, &award);
        let first = before[0]["id"].as_str().unwrap().to_owned();
        assert_eq!((&before[0]["is_estimate"], &before[0]["state"]), (&json!(true), &json!("held")));
        assert_eq!(because(&get(&scene.author, &first)), ["It waits for the accepted return for 2020-21-Q1."]);
        act(&scene.commissioner, &first, "proof", &json!({ "note": "they told me" })).must(409);
        let spend = |pence: i64| json!({ "spend": [{ "category": "staff", "amount_pence": pence }], "narrative": "We ran the sessions." });
        accepted(&scene, &award, "2020-21-Q1", &spend(80_000));
        accepted(&scene, &award, "2020-21-Q2", &json!({ "spend": [], "narrative": "We could not meet." }));
        accepted(&scene, &award, "2020-21-Q3", &spend(350_000));
        let fields = ["instalment", "amount_pence", "is_estimate", "state"];
        let rows = shown(&scene, &award, &fields);
        assert_eq!(rows[0], [json!("2020-21-Q1"), json!(80_000), json!(false), json!("scheduled")]);
        assert_eq!(rows[1], [json!("2020-21-Q3"), json!(320_000), json!(false), json!("scheduled")], "no more than the award");
        assert_eq!(rows[2][2..], [json!(true), json!("held")]);
        let cancelled: Vec<Value> = of_award(&scene, &award).into_iter().filter(|one| one["state"] == "cancelled").collect();
        assert_eq!((cancelled.len(), &cancelled[0]["instalment"]), (1, &json!("2020-21-Q2")));
        authorise(&scene.approver, &first).must(200);
    }

    fn a_correction_reaches_what_nobody_has_let_go_yet(app) {
        let scene = ready(app);
        let award = scene.live(400_000, json!({})).id();
        schedule(&scene, &award, json!({ "basis": "arrears" })).must(200);
        let spend = |pence: i64| json!([{ "category": "staff", "amount_pence": pence }]);
        let report = |pence: i64| json!({ "spend": spend(pence), "narrative": "We ran the sessions." });
        let returned = accepted(&scene, &award, "2020-21-Q1", &report(80_000)).id();
        let rows = || shown(&scene, &award, &["instalment", "amount_pence", "state"]);
        let corrected = |pence: i64| {
            let body = json!({ "reason": "An invoice was entered twice.", "spend": spend(pence) });
            scene.commissioner.post(&format!("/v1/returns/{returned}/adjustments"), &body).must(201);
            rows()[0].clone()
        };
        assert_eq!(corrected(-5_000), [json!("2020-21-Q1"), json!(75_000), json!("scheduled")]);
        assert_eq!(corrected(5_000)[1], 80_000, "and back");
        assert_eq!(corrected(-5_000)[1], 75_000);
        authorise(&scene.approver, of_award(&scene, &award)[0]["id"].as_str().unwrap()).must(200);
        assert_eq!(corrected(-1_000)[1..], [json!(75_000), json!("authorised")], "what was let go stays");
        accepted(&scene, &award, "2020-21-Q2", &report(20_000));
        assert_eq!(rows()[1], [json!("2020-21-Q2"), json!(19_000), json!("scheduled")], "and the next one makes up for it");
    }

    fn half_is_paid_on_proof(app) {
        let scene = ready(app);
        let award = scene.live(40_001, json!({})).id();
        schedule(&scene, &award, json!({ "basis": "half_on_proof" })).must(200);
        assert_eq!(cut(&scene, &award), named(&[("1", 20_001), ("2", 20_000)]));
        let second = of_award(&scene, &award)[1]["id"].as_str().unwrap().to_owned();
        assert_eq!(authorise(&scene.finance, &second).must(409).code(), "rule_broken");
        assert_eq!(act(&scene.commissioner, &second, "proof", &json!({ "note": "x", "met_on": "2999-01-01" })).must(422).faults(), ["/met_on in_the_future"]);
        act(&scene.commissioner, &second, "proof", &json!({ "note": "receipt 7" })).must(200);
        authorise(&scene.finance, &second).must(200);
    }

    fn a_contract_is_paid_on_invoices(app) {
        let scene = ready(app);
        let contract = json!({ "kind": "contract", "legal_power": "abcpa_2014_s143", "vat_pence": 40_000, "contract": { "living_wage_clause": true } });
        let award = scene.live(200_000, contract).id();
        let invoice = |number: &str, net: i64, vat: i64, gross: i64| json!({ "invoice_number": number, "invoice_on": "2020-09-01",
            "received_on": "2020-09-03", "net_pence": net, "vat_pence": vat, "gross_pence": gross });
        let path = format!("/v1/awards/{award}/payments");
        let wrong = scene.finance.post(&path, &invoice("I1", 200_001, 1, 200_003)).must(422);
        assert_eq!(wrong.faults(), ["/gross_pence does_not_add_up", "/net_pence too_large"]);
        let made = scene.finance.post(&path, &invoice("I1", 150_000, 30_000, 180_000)).must(201);
        assert_eq!([&made.body["due_on"], &made.body["gross_pence"], &made.body["is_overdue"]], [&json!("2020-10-03"), &json!(180_000), &json!(true)]);
        assert_eq!(scene.commissioner.post(&path, &invoice(" i1 ", 10, 0, 10)).must(422).faults(), ["/invoice_number taken"]);
        assert_eq!(scene.commissioner.post(&path, &invoice("I2", 50_001, 0, 50_001)).must(422).faults(), ["/net_pence too_large"]);
        assert_eq!(authorise(&scene.finance, &made.id()).must(409).code(), "same_person");
        authorise(&scene.approver, &made.id()).must(200);
        assert_eq!(schedule(&scene, &award, json!({ "basis": "monthly" })).must(422).faults(), ["/basis not_allowed"]);
        schedule(&scene, &award, json!({ "basis": "invoices", "coding": { "purchase_order": "PO1" } })).must(200);
        assert_eq!(cut(&scene, &award), named(&[("I1", 150_000)]));
        assert_eq!(scene.finance.post(&path, &invoice("I2", 10, 11, 21)).must(422).faults(), ["/vat_pence too_large"]);
        // An invoice that came is not closed away.
        act(&scene.finance, &made.id(), "cancellation", &json!({ "reason": "wrong purchase order" })).must(200);
        scene.finance.post(&path, &invoice("I2", 20_000, 4_000, 24_000)).must(201);
        let change = |noun: &str, body: &Value| scene.commissioner.change(&format!("/v1/awards/{award}/{noun}"), scene.award(&award).tag(), body);
        change("end", &json!({ "ended_on": "2020-12-31" })).must(200);
        assert_eq!(change("closure", &json!({ "unspent_pence": 180_001 })).must(409).body["reserved_pence"], 20_000);
        change("closure", &json!({ "unspent_pence": 180_000 })).must(200);
        let (grant, _) = quarterly(&scene, 1_000, json!({}));
        assert_eq!(scene.finance.post(&format!("/v1/awards/{grant}/payments"), &invoice("I3", 1, 0, 1)).must(409).code(), "rule_broken");
    }

    fn payments_come_forward_in_an_emergency(app) {
        let scene = ready(app);
        let award = scene.live(400_000, json!({})).id();
        let milestone = |day: &str| json!({ "waits_for": "a session", "due_on": day, "weight": 1 });
        let plan = json!({ "basis": "milestones", "milestones": [milestone("2990-01-01"), milestone("2991-01-01"), milestone("2999-01-01")] });
        schedule(&scene, &award, plan).must(200);
        let ids: Vec<String> = of_award(&scene, &award).iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect();
        let to = |day: &str| json!({ "due_on": day, "reason": "costs of the pandemic" });
        assert_eq!(act(&scene.commissioner, &ids[0], "advance", &to("2990-01-01")).must(422).faults(), ["/due_on out_of_range"]);
        assert_eq!(act(&scene.commissioner, &ids[0], "advance", &to("2020-01-01")).must(422).faults(), ["/due_on too_early"]);
        let moved = act(&scene.commissioner, &ids[0], "advance", &to("2989-01-01")).must(200);
        assert_eq!([&moved.body["due_on"], &moved.body["planned_due_on"]], [&json!("2989-01-01"), &json!("2990-01-01")]);
        // What somebody holds does not go out earlier.
        act(&scene.commissioner, &ids[2], "hold", &json!({ "reason": "the account changes" })).must(200);
        assert_eq!(act(&scene.commissioner, &ids[2], "advance", &to("2989-01-01")).must(409).code(), "rule_broken");
        let all = json!({ "fund_id": scene.fund, "due_by": "2995-01-01", "due_on": "2988-01-01", "reason": "costs of the pandemic" });
        let asked = scene.commissioner.post("/v1/payments/advance", &all).must(201);
        let answer = scene.approver.change(&format!("/v1/payment-advances/{}/approval", asked.id()), asked.tag(), &json!({})).must(200);
        assert_eq!(answer.body["payments"].as_array().unwrap().len(), 2);
        assert_eq!(shown(&scene, &award, &["due_on"]), [[json!("2988-01-01")], [json!("2988-01-01")], [json!("2999-01-01")]]);
        assert_eq!(scene.commissioner.post("/v1/payments/advance", &all).must(409).code(), "rule_broken");
    }
}
