//! What is easily got wrong: money that comes back, answers that come late, awards that end, and who may let money go.

use almoner::access::permissions::Role;
use almoner::kernel::Id;
use almoner::ledger::locks;
use almoner::store::WriteMeta;
use chrono::NaiveDate;
use serde_json::{Value, json};

use super::runs::{confirm, export, path, pay, reference, run};
use super::{act, actions, authorise, cut, get, limit, of_award, office, quarterly, ready, schedule, shown};
use crate::support::program::verify;
use crate::support::{Answer, Client, Scene};

fn change(scene: &Scene, award: &str, noun: &str, body: &Value) -> Answer {
    let who = if noun == "termination" { &scene.approver } else { &scene.commissioner };
    who.change(&format!("/v1/awards/{award}/{noun}"), scene.award(award).tag(), body)
}

fn today(scene: &Scene, payment: &str) -> String {
    get(&scene.finance, payment).body["authorised_on"].as_str().unwrap().to_owned()
}

/// Paid and recovered, as the report has them.
fn reported(scene: &Scene) -> [i64; 2] {
    let report = scene.finance.get("/v1/reports/allocations?group_by=award").must(200);
    assert_eq!(report.body["ledger_check"]["balanced"], true);
    ["paid_pence", "recovered_pence"].map(|field| report.body["rows"][0][field].as_i64().unwrap())
}

on_both! {
    fn what_the_bank_sent_back_is_not_paid_and_not_recovered(app) {
        let scene = ready(app);
        let (award, ids) = quarterly(&scene, 400_000, json!({}));
        let first = pay(&scene, &ids[..1]);
        let (one, day) = (reference(&scene, &ids[0]), today(&scene, &ids[0]));
        assert_eq!(reported(&scene), [100_000, 0]);
        confirm(&scene, &first, &format!("{one},returned,{day},,,no such account\n")).must(200);
        assert_eq!(reported(&scene), [0, 0]);
        act(&scene.commissioner, &ids[0], "release", &json!({ "reason": "the account is right now" })).must(200);
        let second = pay(&scene, &ids[..1]);
        assert_eq!(reported(&scene), [100_000, 0], "it is paid once");
        // It comes back once more, after the award was closed: it can go again, and is let go where it does not.
        change(&scene, &award, "end", &json!({ "ended_on": "2020-12-31" })).must(200);
        change(&scene, &award, "closure", &json!({})).must(200);
        let before = scene.held("fund_period", &scene.period)[0];
        confirm(&scene, &second, &format!("{one},returned,{day},,,the group is wound up\n")).must(200);
        assert_eq!((scene.held("committed", &award)[0], scene.held("fund_period", &scene.period)[0]), (100_000, before));
        act(&scene.commissioner, &ids[0], "cancellation", &json!({ "reason": "nobody is there to be paid" })).must(200);
        assert_eq!((scene.held("committed", &award)[0], scene.held("fund_period", &scene.period)[0]), (0, before + 100_000));
        assert!(verify(&app.database_url).0);
    }

    fn paid_recovered_and_net_paid_are_the_same_in_every_report(app) {
        let scene = ready(app);
        let (award, ids) = quarterly(&scene, 400_000, json!({ "theme": "Young people" }));
        let first = pay(&scene, &ids[..3]);
        let (one, day) = (reference(&scene, &ids[0]), today(&scene, &ids[0]));
        confirm(&scene, &first, &format!("{one},returned,{day},,,no such account\n")).must(200);
        let asked = json!({ "ground": "unspent", "amount_pence": 30_000, "days_to_pay": 14, "reason": "The post was empty." });
        let asked = scene.commissioner.post(&format!("/v1/awards/{award}/recoveries"), &asked).must(201);
        let receipt = json!({ "amount_pence": 30_000, "bank_reference": "FPI 9" });
        scene.finance.change(&format!("/v1/recoveries/{}/receipts", asked.id()), asked.tag(), &receipt).must(200);
        let words = ["paid_pence", "recovered_pence", "net_paid_pence"];
        let told = |path: &str, at: &str| {
            let of = scene.finance.get(path).must(200).body.pointer(at).unwrap().clone();
            words.map(|word| of[word].as_i64())
        };
        // Two payments of 100,000 stay paid; what the bank sent back never was, and what was recovered stays paid and came back.
        for (path, at) in [
            ("/v1/reports/allocations", "/totals"),
            ("/v1/reports/allocations?group_by=award", "/rows/0"),
            ("/v1/reports/fund-summary", "/totals"),
            ("/v1/reports/tranche-summary", "/rows/0"),
            ("/v1/reports/changes?from_known_at=2020-01-01T00:00:00Z", "/total_amounts/difference"),
            ("/v1/reports/underspend", "/totals"),
            ("/v1/reports/underspend", "/rows/0"),
            ("/v1/reports/underspend?group_by=source", "/rows/0"),
        ] {
            for (is, should) in told(path, at).into_iter().zip([200_000, 30_000, 170_000]) {
                assert!(is.is_none_or(|is| is == should), "{path}: {:?}", told(path, at));
            }
            assert_eq!(told(path, at)[0], Some(200_000), "{path}");
        }
        assert_eq!(told("/v1/reports/underspend", "/totals"), [200_000, 30_000, 170_000].map(Some));
        assert_eq!(told(&format!("/v1/awards/{award}/payment-schedule"), ""), [None, None, Some(170_000)]);
        let shares = scene.finance.get("/v1/reports/shares").must(200);
        let paid = shares.body["rows"].as_array().unwrap().iter().find(|row| row["money"] == "net_paid").unwrap();
        assert_eq!(paid["denominator_pence"], 170_000);
        let annual = scene.finance.get("/v1/reports/annual?financial_year=2020-21").must(200);
        let of_annual = |measure: &str| annual.body["rows"].as_array().unwrap().iter().find(|row| row["measure"] == measure).unwrap()["amount_pence"].as_i64();
        assert_eq!([of_annual("paid"), of_annual("recovered")], [Some(200_000), Some(30_000)]);
    }

    fn a_late_answer_is_taken_and_one_may_repeat_all(app) {
        let scene = ready(app);
        let (award, ids) = quarterly(&scene, 400_000, json!({}));
        let id = pay(&scene, &ids[..2]);
        let ([one, two], day) = ([0, 1].map(|at: usize| reference(&scene, &ids[at])), today(&scene, &ids[0]));
        // The finance system corrects itself.
        confirm(&scene, &id, &format!("{one},failed,{day},,,it bounced\n")).must(200);
        let failed = get(&scene.finance, &ids[0]);
        assert_eq!([&failed.body["state"], &failed.body["paid_on"]], [&json!("failed"), &Value::Null]);
        assert_eq!((scene.held("paid", &award)[0], scene.held("committed", &award)[0]), (100_000, 300_000));
        act(&scene.commissioner, &ids[0], "release", &json!({ "reason": "go again" })).must(200);
        // All that was told so far, once more, and the news: the one that was released is passed over.
        let all = format!("{one},paid,{day},,,\n{one},failed,{day},,,it bounced\n{two},paid,{day},,,\n{two},returned,{day},,,closed\n");
        confirm(&scene, &id, &all).must(200);
        assert_eq!([&get(&scene.finance, &ids[0]).body["state"], &get(&scene.finance, &ids[1]).body["state"]], [&json!("scheduled"), &json!("returned")]);
        authorise(&scene.approver, &ids[2]).must(200);
        let second = scene.finance.post("/v1/payment-runs", &json!({})).must(201).id();
        export(&scene.finance, &second).must(200);
        let three = reference(&scene, &ids[2]);
        confirm(&scene, &second, &format!("{three},failed,{day},,,\n")).must(200);
        confirm(&scene, &second, &format!("{three},paid,{day},,,\n")).must(200);
        let paid = get(&scene.finance, &ids[2]);
        assert_eq!([&paid.body["state"], &paid.body["paid_on"]], [&json!("paid"), &json!(day)]);
        assert_eq!((scene.held("paid", &award)[0], verify(&app.database_url).0), (100_000, true));
    }

    fn what_is_corrected_back_is_paid_once_and_a_closed_year_is_told_by_row(app) {
        let scene = ready(app);
        let (award, ids) = quarterly(&scene, 400_000, json!({}));
        let id = pay(&scene, &ids[..2]);
        let ([one, two], day) = ([0, 1].map(|at: usize| reference(&scene, &ids[at])), today(&scene, &ids[0]));
        confirm(&scene, &id, &format!("{one},failed,{day},,,it bounced\n{two},failed,{day},,,\n")).must(200);
        // It was paid after all, on the day that was told at first: it can't be released and paid again.
        confirm(&scene, &id, &format!("{one},paid,{day},,,\n")).must(200);
        assert_eq!((&get(&scene.finance, &ids[0]).body["state"], scene.held("paid", &award)[0]), (&json!("paid"), 100_000));
        act(&scene.commissioner, &ids[0], "release", &json!({ "reason": "go again" })).must(409);
        // What was released already is not passed over in silence either.
        act(&scene.commissioner, &ids[1], "release", &json!({ "reason": "go again" })).must(200);
        let late = confirm(&scene, &id, &format!("{two},paid,{day},,,\n")).must(422);
        assert_eq!(late.faults(), ["/rows/2/payment wrong_state"]);

        for payment in &ids[2..] {
            authorise(&scene.approver, payment).must(200);
        }
        let second = scene.finance.post("/v1/payment-runs", &json!({})).must(201).id();
        export(&scene.finance, &second).must(200);
        let [three, four] = [2, 3].map(|at: usize| reference(&scene, &ids[at]));
        let (period, locked_to): (Id, NaiveDate) = (scene.period.parse().unwrap(), day.parse().unwrap());
        let lock = move |tx: &mut almoner::store::Tx<'_>| locks::lock(tx, period, locked_to);
        app.wait(app.service.db.write(WriteMeta::system("test", "test"), lock)).unwrap();
        let refused = confirm(&scene, &second, &format!("{three},paid,{day},,,\n{four},paid,{day},,,\n")).must(422);
        assert_eq!(refused.faults(), ["/rows/2/date year_locked", "/rows/3/date year_locked"]);
        assert_eq!(get(&scene.finance, &ids[2]).body["state"], "exported");
        assert!(verify(&app.database_url).0);
    }

    fn what_is_held_or_owed_is_not_closed_away(app) {
        let scene = ready(app);
        let (award, ids) = quarterly(&scene, 400_000, json!({}));
        act(&scene.commissioner, &ids[1], "hold", &json!({ "reason": "in dispute" })).must(200);
        act(&scene.commissioner, &ids[3], "cancellation", &json!({ "reason": "not needed" })).must(200);
        change(&scene, &award, "end", &json!({ "ended_on": "2020-12-31" })).must(200);
        assert_eq!(change(&scene, &award, "closure", &json!({ "unspent_pence": 300_001 })).must(409).body["reserved_pence"], 100_000);
        // What nobody plans to pay goes first: the instalments stay as they are.
        change(&scene, &award, "closure", &json!({ "unspent_pence": 130_000 })).must(200);
        let rows = shown(&scene, &award, &["instalment", "amount_pence", "state"]);
        let row = |key: &str, pence: i64, state: &str| vec![json!(key), json!(pence), json!(state)];
        assert_eq!(rows, [row("2020-21-Q1", 85_000, "scheduled"), row("2020-21-Q2", 100_000, "held"), row("2020-21-Q3", 85_000, "scheduled")]);

        // An award that is ended before its time pays nothing until somebody has looked at it.
        let (other, ids) = quarterly(&scene, 400_000, json!({}));
        authorise(&scene.finance, &ids[0]).must(200);
        change(&scene, &other, "termination", &json!({ "terminated_on": "2020-08-15", "reason": "breach" })).must(200);
        let states: Vec<Value> = of_award(&scene, &other).iter().map(|one| one["state"].clone()).collect();
        assert_eq!(states, ["held", "held", "cancelled", "cancelled"]);
        assert_eq!(scene.finance.post("/v1/payment-runs", &json!({})).must(409).code(), "rule_broken");
        act(&scene.commissioner, &ids[0], "release", &json!({ "reason": "delivered until then" })).must(200);
        authorise(&scene.finance, &ids[0]).must(200);
    }

    fn a_run_says_what_stops_it_and_lists_are_short(app) {
        let scene = ready(app);
        let (_, ids) = quarterly(&scene, 400_000, json!({}));
        for id in &ids[..2] {
            authorise(&scene.approver, id).must(200);
        }
        assert_eq!(scene.finance.post("/v1/payment-runs", &json!({ "due_by": "2999-01-01" })).must(422).faults(), ["/due_by out_of_range"]);
        let id = scene.finance.post("/v1/payment-runs", &json!({})).must(201).id();
        assert_eq!((actions(&run(&scene, &id)), &run(&scene, &id).body["blocked"]), (vec!["export", "cancel"], &json!([])));
        act(&scene.commissioner, &ids[1], "hold", &json!({ "reason": "wait" })).must(200);
        let seen = run(&scene, &id);
        assert_eq!(seen.body["blocked"], json!([{ "payment_id": ids[1], "reference": reference(&scene, &ids[1]), "because": "The office holds it: wait" }]));
        assert_eq!(actions(&seen), ["cancel"]);
        let listed = &scene.finance.all("/v1/payment-runs")[0];
        assert_eq!([&listed["payments"], &listed["blocked"], &listed["payments_count"], &listed["gross_pence"]], [&Value::Null, &Value::Null, &json!(2), &json!(200_000)]);
        // A payment that stands in two runs has its own parts in each.
        scene.finance.change(&format!("{}/cancellation", path(&id)), seen.tag(), &json!({ "reason": "anew" })).must(200);
        act(&scene.finance, &ids[1], "release", &json!({ "reason": "go on" })).must(200);
        authorise(&scene.approver, &ids[1]).must(200);
        scene.finance.post("/v1/payment-runs", &json!({})).must(201);
        let both: Vec<Value> = scene.finance.all("/v1/payment-runs").iter().map(|one| one["gross_pence"].clone()).collect();
        assert_eq!(both, [200_000, 200_000]);
        // Pages of what is held, or not, are full.
        act(&scene.commissioner, &ids[3], "hold", &json!({ "reason": "wait" })).must(200);
        let page = |query: &str| scene.commissioner.get(&format!("/v1/payments?{query}")).must(200);
        assert_eq!(page("is_held=true&limit=1").items()[0]["id"], json!(ids[3]));
        let free = page("is_held=false&limit=2");
        assert_eq!((free.items().len(), free.body["next_cursor"].is_string()), (2, true));
        assert_eq!((scene.commissioner.all("/v1/payments?is_held=false&limit=2").len(), page("is_held=false&limit=3").body["next_cursor"].is_null()), (3, true));
    }

    fn limits_are_of_those_who_authorise_and_codings_stay(app) {
        let scene = ready(app);
        let me = |who: &Client| who.get("/v1/me").must(200).body["id"].as_str().unwrap().to_owned();
        let limits = json!([{ "role": "auditor", "up_to_pence": 1 }, { "user_id": me(&scene.commissioner), "up_to_pence": 1 }, { "user_id": me(&scene.approver), "up_to_pence": 1 }]);
        assert_eq!(limit(&scene, limits).must(422).faults(), ["/limits/0/role not_allowed", "/limits/1/user_id not_allowed"]);
        let award = scene.live(400_000, json!({})).id();
        let coding = |answer: &Answer| answer.body["coding"]["cost_centre"].clone();
        schedule(&scene, &award, json!({ "basis": "monthly", "coding": { "cost_centre": "CC44" } })).must(200);
        assert_eq!(coding(&schedule(&scene, &award, json!({ "basis": "quarterly" })).must(200)), "CC44");
        assert_eq!(coding(&schedule(&scene, &award, json!({ "basis": "quarterly", "coding": {} })).must(200)), Value::Null);
        assert_eq!(cut(&scene, &award).len(), 4);
    }

    fn whose_sign_in_somebody_else_changed_lets_no_money_go_for_a_while(app) {
        let scene = ready(app);
        let (_, ids) = quarterly(&scene, 400_000, json!({}));
        let (who, administrator) = (office(app, &[Role::Approver]), app.office(&[Role::Administrator]));
        let user = who.get("/v1/me").must(200).body["id"].as_str().unwrap().to_owned();
        let path = format!("/v1/users/{user}");
        let before = administrator.get(&path).must(200);
        administrator.patch(&path, before.tag(), &json!({ "email": "somebody.else@opcc.example" })).must(200);
        let refused = authorise(&who, &ids[0]).must(409);
        assert_eq!((refused.code(), refused.body["until"].is_string()), ("rule_broken", true));
        let letters = || app.texts("SELECT recipient || ': ' || subject AS text FROM outbox_message WHERE record_kind = 'user' ORDER BY subject, recipient");
        let chief = scene.chief.get("/v1/me").must(200).body["name"].as_str().unwrap().to_owned();
        let told = [format!("{chief}: A change to somebody who lets money go"), format!("{}: How you sign in was changed", before.body["email"].as_str().unwrap())];
        assert_eq!(letters(), told, "to the address until now, and to the chief finance officer");
        // The chief finance officer may set another pause.
        let policy = json!({ "invoice_days": 30, "duplicate_days": 14, "pause_hours": 0, "limits": [{ "role": "approver", "up_to_pence": 1_000_000 }] });
        let tag = scene.chief.get("/v1/payment-policy").must(200).tag().to_owned();
        assert_eq!(scene.chief.put("/v1/payment-policy", &tag, &policy).must(200).body["gather_days"], 14);
        authorise(&who, &ids[0]).must(200);
        let with_pause = json!({ "invoice_days": 30, "duplicate_days": 14, "limits": [{ "role": "approver", "up_to_pence": 1_000_000 }] });
        let tag = scene.chief.get("/v1/payment-policy").must(200).tag().to_owned();
        let paused = scene.chief.put("/v1/payment-policy", &tag, &with_pause).must(200);

        // A role that lets money go is told of, and waits, also where an administrator gives it to themselves.
        let both = office(app, &[Role::Administrator, Role::Commissioner]);
        let own = format!("/v1/users/{}", both.get("/v1/me").must(200).body["id"].as_str().unwrap());
        let roles = json!({ "roles": ["administrator", "commissioner", "approver"] });
        both.patch(&own, both.get(&own).must(200).tag(), &roles).must(200);
        assert_eq!(letters().len(), 4);
        for noun in ["deactivation", "activation"] {
            administrator.change(&format!("{path}/{noun}"), administrator.get(&path).must(200).tag(), &json!({})).must(200);
        }
        assert_eq!(letters().len(), 6, "of whoever may sign in again, too");
        let refused = authorise(&both, &ids[1]).must(409);
        assert_eq!((refused.code(), refused.body["until"].is_string()), ("rule_broken", true));
        // Nor does anybody end the pause in the name of the chief finance officer, who is told at the address until then.
        let chiefs = format!("/v1/users/{}", scene.chief.get("/v1/me").must(200).body["id"].as_str().unwrap());
        administrator.patch(&chiefs, administrator.get(&chiefs).must(200).tag(), &json!({ "email": "another@opcc.example" })).must(200);
        let refused = scene.chief.put("/v1/payment-policy", paused.tag(), &policy).must(409);
        assert_eq!((refused.code(), refused.body["until"].is_string()), ("rule_broken", true));
        assert!(letters().contains(&format!("{chief}: How you sign in was changed")));
        administrator.change(&format!("{chiefs}/deactivation"), administrator.get(&chiefs).must(200).tag(), &json!({})).must(200);
        assert_eq!(letters().iter().filter(|one| one.starts_with("another@opcc.example: ")).count(), 1);
        // Whoever is chief finance officer no more and stays an approver goes on authorising.
        let two = office(app, &[Role::Approver, Role::ChiefFinanceOfficer]);
        let path = format!("/v1/users/{}", two.get("/v1/me").must(200).body["id"].as_str().unwrap());
        administrator.patch(&path, administrator.get(&path).must(200).tag(), &json!({ "roles": ["approver"] })).must(200);
        authorise(&two, &ids[2]).must(200);
    }

    fn nothing_is_paid_that_its_budget_lines_do_not_pay(app) {
        let scene = ready(app);
        let (award, ids) = quarterly(&scene, 400_000, json!({}));
        authorise(&scene.approver, &ids[0]).must(200);
        let sent = scene.finance.post("/v1/payment-runs", &json!({})).must(201).id();
        export(&scene.finance, &sent).must(200);
        let paid = format!("{},paid,{},,,\n", reference(&scene, &ids[0]), today(&scene, &ids[0]));
        app.sql("UPDATE payment_part SET amount_pence = amount_pence - 1");
        let refused = confirm(&scene, &sent, &paid).must(409);
        assert_eq!((refused.code(), &refused.body["amount_pence"], &refused.body["parts_pence"]), ("rule_broken", &json!(100_000), &json!(99_999)));
        assert_eq!(scene.held("paid", &award)[0], 0);
        app.sql("UPDATE payment_part SET amount_pence = amount_pence + 1");
        confirm(&scene, &sent, &paid).must(200);
        app.sql("UPDATE payment_part SET amount_pence = amount_pence - 1");
        let (holds, said) = verify(&app.database_url);
        assert!(!holds && said.contains("it is paid, and what its budget lines pay is not its amount"), "{said}");
    }
}
