//! What stays with the one before when an agreement passes on, and what has to be dealt with first.

use almoner::access::permissions::Role;
use reqwest::Method;
use serde_json::{Value, json};

use super::novation::{act, agreed, drafted, known_supplier, see};
use super::novation_letters::print;
use super::{act as vary, draft};
use crate::payments::runs::{confirm, pay, reference};
use crate::payments::{self, quarterly, ready, schedule};
use crate::returns::paper::says;
use crate::returns::{self, submitted};
use crate::support::program::verify;
use crate::support::{Answer, Client, Scene};

/// Instalment, pence and receiver of the payments of an award that are not cancelled.
fn owed(scene: &Scene, award: &str) -> Vec<(String, i64, String)> {
    let all = payments::shown(scene, award, &["instalment", "amount_pence", "provider"]);
    let of = |one: Vec<Value>| (one[0].as_str().unwrap().to_owned(), one[1].as_i64().unwrap(), one[2]["name"].as_str().unwrap().to_owned());
    all.into_iter().map(of).collect()
}

fn to(instalment: &str, pence: i64, provider: &str) -> (String, i64, String) {
    (instalment.to_owned(), pence, provider.to_owned())
}

/// A change of the value that the successor was issued.
fn issued_to_the_successor(scene: &Scene, award: &str, pence: i64) -> Answer {
    let less = draft(scene, award, json!({ "effective_on": "2021-02-01", "value": { "change_pence": pence } })).must(201);
    vary(&scene.commissioner, &less, "issue").must(200)
}

fn attached(who: &Client, novation: &str, name: &str) -> String {
    let attach = who.request(Method::POST, &format!("/v1/novations/{novation}/documents?file_name={name}"));
    who.send(attach.header("Content-Type", "application/pdf").body(&b"%PDF-1.7\n1 0 obj\n"[..])).must(201).id()
}

on_both! {
    fn what_is_owed_to_the_one_before_is_not_for_the_successor_to_change(app) {
        let scene = ready(app);
        known_supplier(&scene);
        let (award, ids) = quarterly(&scene, 400_000, json!({}));
        pay(&scene, &ids[..1]);
        payments::act(&scene.commissioner, &ids[2], "hold", &json!({ "reason": "a question about the hall" })).must(200);
        let id = agreed(&scene, json!({}));
        act(&scene.commissioner, &id, "application", &json!({})).must(200);
        let (old, new) = ("Helping Hands", "Open Doors");
        scene.chief.post("/v1/payment-rules", &json!({ "kind": "variation_unsigned" })).must(201);
        let less = issued_to_the_successor(&scene, &award, -50_000);
        let held = |id: &str| -> Vec<Value> {
            payments::get(&scene.finance, id).body["holds"].as_array().unwrap().iter().map(|one| one["kind"].clone()).collect()
        };
        assert_eq!([held(&ids[1]), held(&ids[3])], [vec![], vec![json!("variation_unsigned")]], "it waits for the successor alone");
        let less = vary(&scene.stranger, &less, "acceptance").must(200);
        let foretold = scene.commissioner.get(&format!("/v1/variations/{}", less.id())).must(200).body["effect"]["payments"].clone();
        let told: Vec<Value> = foretold.as_array().unwrap().iter().map(|one| json!([one["instalment"], one["before_pence"], one["after_pence"]])).collect();
        assert_eq!(told, [json!(["2020-21-Q4", 100_000, 50_000])]);
        vary(&scene.commissioner, &less, "application").must(200);
        let before = [to("2020-21-Q1", 100_000, old), to("2020-21-Q2", 100_000, old), to("2020-21-Q3", 100_000, old)];
        assert_eq!(owed(&scene, &award), [&before[..], &[to("2020-21-Q4", 50_000, new)]].concat());
        assert_eq!(payments::get(&scene.finance, &ids[2]).body["state"], "held");
        // A new schedule begins with what nobody else is owed.
        schedule(&scene, &award, json!({ "basis": "monthly" })).must(200);
        let months = [to("2021-01", 16_667, new), to("2021-02", 16_667, new), to("2021-03", 16_666, new)];
        let mut now = owed(&scene, &award);
        now.sort();
        let mut wanted = [&before[..], &months[..]].concat();
        wanted.sort();
        assert_eq!(now, wanted);
        // The successor cannot agree to less than what the one before is owed.
        let too_much = issued_to_the_successor(&scene, &award, -60_000);
        let too_much = vary(&scene.stranger, &too_much, "acceptance").must(200);
        let refused = vary(&scene.commissioner, &too_much, "application").must(409);
        assert_eq!((refused.code(), &refused.body["lowest_pence"]), ("rule_broken", &json!(300_000)));
        assert!(verify(&app.database_url).0);
    }

    fn what_was_issued_to_the_one_before_is_dealt_with_first(app) {
        let scene = ready(app);
        known_supplier(&scene);
        let contact = json!({ "provider_name": "Helping Hands Walsall", "contact_name": "The project manager", "contact_email": "projects@helping-hands.example" });
        let award = scene.live(200_000, json!({ "particulars": { "working_hours": "Mondays", "contact": contact } })).id();
        let id = agreed(&scene, json!({}));
        let less = draft(&scene, &award, json!({ "effective_on": "2021-02-01", "value": { "change_pence": -20_000 } })).must(201);
        let issued = vary(&scene.commissioner, &less, "issue").must(200);
        let refused = act(&scene.commissioner, &id, "application", &json!({})).must(409);
        let why = &refused.body["refused"][0]["reasons"][0];
        assert_eq!(why["code"], "open_variation");
        assert!(why["message"].as_str().unwrap().contains(issued.body["reference"].as_str().unwrap()), "{why}");
        let accepted = vary(&scene.signatory, &issued, "acceptance").must(200);
        assert_eq!(act(&scene.commissioner, &id, "application", &json!({})).must(409).body["refused"][0]["reasons"][0]["code"], "open_variation");
        vary(&scene.commissioner, &accepted, "withdrawal").must(200);
        for (provider, address) in [(&scene.provider, "before@hands.example"), (&scene.other_provider, "after@doors.example")] {
            let path = format!("/v1/providers/{provider}");
            let tag = scene.commissioner.get(&path).must(200).tag().to_owned();
            scene.commissioner.patch(&path, &tag, &json!({ "contact_email": address })).must(200);
        }
        act(&scene.commissioner, &id, "application", &json!({})).must(200);
        // Its agreements as a table, and both are told which passed on, the one before too.
        let table = scene.commissioner.request(Method::GET, &format!("/v1/novations/{id}/awards")).header("Accept", "text/csv").send().unwrap().text().unwrap();
        assert!(table.lines().count() == 2 && table.contains(scene.award(&award).body["reference"].as_str().unwrap()), "{table}");
        let reference = scene.award(&award).body["reference"].as_str().unwrap().to_owned();
        let told = app.texts("SELECT recipient || ': ' || body AS text FROM outbox_message WHERE act = 'novation.apply' ORDER BY recipient");
        assert!(told.len() == 2 && told.iter().all(|one| one.contains(&reference)), "{told:?}");
        assert!(told[0].starts_with("after@doors.example: You are party") && told[1].starts_with("before@hands.example: These agreements of yours"), "{told:?}");
        // Whom to ask at the one before is not said of the successor's agreement, and stays in the one before.
        let said = |number: i64| scene.commissioner.get(&format!("/v1/awards/{award}/versions/{number}")).must(200).body["terms"]["particulars"].clone();
        assert_eq!(said(1), json!({ "working_hours": "Mondays", "contact": contact }));
        assert_eq!(said(2), json!({ "working_hours": "Mondays" }));
        assert_eq!(scene.award(&award).body["particulars"], json!({ "working_hours": "Mondays" }));
    }

    fn an_instalment_goes_the_way_of_its_return(app) {
        let scene = ready(app);
        known_supplier(&scene);
        let award = scene.live(400_000, json!({})).id();
        schedule(&scene, &award, json!({ "basis": "arrears", "due_after_days": 30 })).must(200);
        // The last quarter ends on 31 March, and its instalment is due on 30 April.
        let id = drafted(&scene, json!({ "effective_on": "2021-04-01" }));
        let seen = scene.commissioner.get(&format!("/v1/novations/{id}/preview")).must(200).body;
        assert_eq!([&seen["awards"][0]["payments_count"], &seen["awards"][0]["returns"]], [&json!(0), &json!([])]);
        let id = agreed(&scene, json!({}));
        let seen = scene.commissioner.get(&format!("/v1/novations/{id}/preview")).must(200).body;
        assert_eq!([&seen["awards"][0]["payments_count"], &seen["awards"][0]["returns"][0]["period"]], [&json!(1), &json!("2020-21-Q4")]);
        act(&scene.commissioner, &id, "application", &json!({})).must(200);
        let mine = |who: &Client, what: &str, name: &str| -> Vec<Value> {
            who.all(&format!("/v1/awards/{award}/{what}")).iter().map(|one| one[name].clone()).collect()
        };
        assert_eq!(mine(&scene.stranger, "payments", "instalment"), mine(&scene.stranger, "returns", "period"));
        assert_eq!(mine(&scene.signatory, "payments", "instalment"), mine(&scene.signatory, "returns", "period"));
    }

    fn a_run_keeps_whom_it_paid_when_the_agreement_passes_back(app) {
        let scene = ready(app);
        known_supplier(&scene);
        let (_, ids) = quarterly(&scene, 400_000, json!({}));
        let id = agreed(&scene, json!({}));
        act(&scene.commissioner, &id, "application", &json!({})).must(200);
        // The successor was paid, the bank sent it back, and the agreement passes back to the one before.
        let first = pay(&scene, &ids[3..]);
        let (one, day) = (reference(&scene, &ids[3]), payments::get(&scene.finance, &ids[3]).body["paid_on"].as_str().unwrap().to_owned());
        confirm(&scene, &first, &format!("{one},returned,{day},,,no such account\n")).must(200);
        let (path, run) = (format!("/v1/providers/{}", scene.other_provider), |run: &str| format!("/v1/payment-runs/{run}"));
        let tag = scene.commissioner.get(&path).must(200).tag().to_owned();
        scene.commissioner.patch(&path, &tag, &json!({ "name": "Open Doors West", "supplier_number": "S9999" })).must(200);
        let back = json!({ "from_id": scene.other_provider, "to_id": scene.provider, "effective_on": "2021-01-15" });
        let id = agreed(&scene, back);
        act(&scene.commissioner, &id, "application", &json!({})).must(200);
        assert_eq!(payments::get(&scene.finance, &ids[3]).body["provider"]["name"], "Helping Hands");
        let paid = |id: &str| {
            let line = scene.finance.get(&run(id)).must(200).body["payments"][0].clone();
            [line["provider"]["id"].clone(), line["provider"]["name"].clone(), line["supplier_number"].clone()]
        };
        let to_successor = [json!(scene.other_provider), json!("Open Doors"), json!("S4712")];
        assert_eq!(paid(&first), to_successor, "what left for the successor, under its name and number of that day");
        payments::act(&scene.commissioner, &ids[3], "release", &json!({ "reason": "the first one is to be paid" })).must(200);
        let second = pay(&scene, &ids[3..]);
        assert_eq!(paid(&second), [json!(scene.provider), json!("Helping Hands"), json!("S4711")]);
        assert_eq!(paid(&first), to_successor);
        for (id, number) in [(&first, ",S4712,"), (&second, ",S4711,")] {
            let text = scene.finance.get(&format!("{}/export", run(id))).must(200).text;
            assert!(text.contains(number), "{text}");
        }
        let (holds, said) = verify(&app.database_url);
        assert!(holds, "{said}");
    }

    fn each_receiver_is_held_by_its_own_checks(app) {
        let scene = ready(app);
        known_supplier(&scene);
        let (_, ids) = quarterly(&scene, 400_000, json!({}));
        let rule = json!({ "kind": "check_not_current", "check_kind": "supplier_number" });
        scene.chief.post("/v1/payment-rules", &rule).must(201);
        let held = || {
            let mut all: Vec<String> = scene.finance.all("/v1/payments?is_held=true").iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect();
            all.sort();
            all
        };
        let mut wanted = ids.clone();
        wanted.sort();
        assert_eq!(held(), wanted, "nobody has confirmed a number yet");
        assert_eq!(payments::authorise(&scene.approver, &ids[0]).must(409).body["holds"][0]["because"], "Nobody has confirmed the supplier number of the provider.");
        for provider in [&scene.provider, &scene.other_provider] {
            let confirmed = json!({ "kind": "supplier_number", "outcome": "passed", "checked_on": "2020-07-01" });
            scene.finance.post(&format!("/v1/providers/{provider}/checks"), &confirmed).must(201);
        }
        let id = agreed(&scene, json!({}));
        act(&scene.commissioner, &id, "application", &json!({})).must(200);
        for payment in [&ids[2], &ids[3]] {
            payments::authorise(&scene.approver, payment).must(200);
        }
        // The one before, which is still owed three instalments, has another number by now, which nobody has confirmed.
        let path = format!("/v1/providers/{}", scene.provider);
        let tag = scene.commissioner.get(&path).must(200).tag().to_owned();
        scene.commissioner.patch(&path, &tag, &json!({ "supplier_number": "S5000" })).must(200);
        let mut wanted = ids[..3].to_vec();
        wanted.sort();
        assert_eq!(held(), wanted);
        let run = scene.finance.post("/v1/payment-runs", &json!({})).must(201).body;
        assert_eq!([&run["payments_count"], &run["payments"][0]["payment_id"]], [&json!(1), &json!(ids[3])]);
    }

    fn money_is_asked_back_of_whoever_was_paid(app) {
        let scene = ready(app);
        known_supplier(&scene);
        let (award, ids) = quarterly(&scene, 400_000, json!({}));
        pay(&scene, &ids[..1]);
        for (provider, address) in [(&scene.provider, "before@hands.example"), (&scene.other_provider, "after@doors.example")] {
            let path = format!("/v1/providers/{provider}");
            let tag = scene.commissioner.get(&path).must(200).tag().to_owned();
            scene.commissioner.patch(&path, &tag, &json!({ "contact_email": address })).must(200);
        }
        let id = agreed(&scene, json!({}));
        act(&scene.commissioner, &id, "application", &json!({})).must(200);
        pay(&scene, &ids[3..]);
        let ask_for = |pence: i64, of: Value| {
            let body = json!({ "ground": "unspent", "amount_pence": pence, "reason": "The post was empty.", "provider_id": of });
            scene.commissioner.post(&format!("/v1/awards/{award}/recoveries"), &body)
        };
        let ask = |of: Value| ask_for(10_000, of);
        assert_eq!(ask(json!(scene.fund)).must(422).faults(), ["/provider_id not_allowed"]);
        let asked = ask(json!(scene.provider)).must(201);
        assert_eq!(ask_for(90_001, json!(scene.provider)).must(422).faults(), ["/amount_pence too_large"], "the rest was paid to its successor");
        assert_eq!(asked.body["provider"]["name"], "Helping Hands");
        let path = format!("/v1/recoveries/{}", asked.id());
        scene.author.get(&path).must(200);
        scene.stranger.get(&path).must(404);
        scene.approver.change(&format!("{path}/withdrawal"), asked.tag(), &json!({ "reason": "It was spent after all." })).must(200);
        let letters = app.texts("SELECT recipient AS text FROM outbox_message WHERE record_kind = 'recovery'");
        assert_eq!(letters, ["before@hands.example"; 2], "asked, and let off");
        // Who is not named is whoever is party today.
        assert_eq!(ask(Value::Null).must(201).body["provider"]["name"], "Open Doors");
    }

    fn a_return_of_one_that_is_gone_is_answered_by_its_successor(app) {
        let scene = ready(app);
        known_supplier(&scene);
        let (award, ids) = quarterly(&scene, 40_000, json!({}));
        let content = json!({ "spend": [{ "category": "staff", "amount_pence": 1_000 }], "narrative": "We ran the sessions." });
        let sent = submitted(&scene, &award, "2020-21-Q1", &content);
        pay(&scene, &ids);
        assert_eq!(scene.held("committed", &award)[0], 0);
        let id = drafted(&scene, json!({ "from_ceased": true }));
        // Nothing is to be paid, and still nobody alone says that a provider is there no more.
        assert_eq!(act(&scene.commissioner, &id, "issue", &json!({})).must(409).code(), "same_person");
        act(&scene.approver, &id, "issue", &json!({})).must(200);
        let letter = print(&scene.stranger, &id, &scene.other_provider);
        says(&letter, &["whenever they are due, and so does what we have asked Helping Hands to pay back and have not had."]);
        act(&scene.stranger, &id, "acceptance", &json!({})).must(200);
        act(&scene.commissioner, &id, "application", &json!({})).must(200);
        let path = format!("/v1/returns/{}", sent.id());
        let at_office = scene.commissioner.get(&path).must(200);
        assert_eq!(at_office.body["certified_on"], sent.body["certified_on"]);
        returns::act(&scene.commissioner, &at_office, "queries").must(200);
        scene.author.get(&path).must(404);
        let asked = scene.stranger.get(&path).must(200);
        assert_eq!(asked.body["state"], "queried");
        returns::write(&scene.stranger, &asked, &json!({ "narrative": "Split by borough." })).must(200);
    }

    fn each_party_has_its_own_paper(app) {
        let scene = ready(app);
        known_supplier(&scene);
        scene.live(40_000, json!({})).id();
        let id = drafted(&scene, json!({}));
        act(&scene.approver, &id, "issue", &json!({})).must(200);
        let own = app.office(&[Role::Approver]);
        let papers = ["from.pdf", "to.pdf"].map(|name| attached(&scene.commissioner, &id, name));
        let yes = |party: &str, paper: &str, by: &str| json!({ "party": party, "signed_document_id": paper, "signed_by": by });
        act(&own, &id, "acceptance", &yes("predecessor", &papers[0], "The old chair")).must(200);
        assert_eq!(act(&own, &id, "acceptance", &yes("successor", &papers[1], "The new chair")).must(200).body["state"], "accepted");
        let seen = see(&scene.commissioner, &id).must(200).body;
        assert_eq!([&seen["from_signed_by"], &seen["to_signed_by"]], [&json!("The old chair"), &json!("The new chair")]);
        assert_eq!([&seen["from_signed_document_id"], &seen["to_signed_document_id"]], [&json!(papers[0]), &json!(papers[1])]);
    }
}
