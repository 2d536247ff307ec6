//! Runs: what leaves does so once, and what the finance system answers moves the money.

use almoner::access::permissions::Role;
use reqwest::Method;
use reqwest::header::{CONTENT_TYPE, IF_MATCH};
use serde_json::{Value, json};

use super::{act, authorise, get, office, quarterly, ready, schedule};
use crate::support::client::new_key;
use crate::support::program::verify;
use crate::support::{Answer, Client, Scene};

pub(super) fn path(run: &str) -> String {
    format!("/v1/payment-runs/{run}")
}

pub(super) fn run(scene: &Scene, id: &str) -> Answer {
    scene.finance.get(&path(id)).must(200)
}

/// What the finance system answers, for a run as it is now.
pub fn confirm(scene: &Scene, id: &str, rows: &str) -> Answer {
    let request = scene.finance.request(Method::POST, &format!("{}/confirmation", path(id)));
    let tag = run(scene, id).tag().to_owned();
    let request = request.header(IF_MATCH, tag).header("Idempotency-Key", new_key()).header(CONTENT_TYPE, "text/csv");
    scene.finance.send(request.body(format!("payment,outcome,date,gross,bank_reference,reason\n{rows}")))
}

pub fn export(who: &Client, id: &str) -> Answer {
    let tag = who.get(&path(id)).must(200).tag().to_owned();
    who.change(&format!("{}/export", path(id)), &tag, &json!({}))
}

pub fn reference(scene: &Scene, id: &str) -> String {
    get(&scene.finance, id).body["reference"].as_str().unwrap().to_owned()
}

/// Pays these payments by a run of their own, which is answered.
pub fn pay(scene: &Scene, ids: &[String]) -> String {
    for id in ids {
        authorise(&scene.approver, id).must(200);
    }
    let run = scene.finance.post("/v1/payment-runs", &json!({})).must(201).id();
    export(&scene.finance, &run).must(200);
    let rows = |id: &String| {
        let paid = get(&scene.finance, id).body;
        format!("{},paid,{},,,\n", paid["reference"].as_str().unwrap(), paid["authorised_on"].as_str().unwrap())
    };
    confirm(scene, &run, &ids.iter().map(rows).collect::<String>()).must(200);
    run
}

/// The file of a run.
fn file(scene: &Scene, id: &str) -> String {
    scene.finance.get(&format!("{}/export", path(id))).must(200).text
}

on_both! {
    fn a_run_leaves_once_and_pays_what_is_confirmed(app) {
        let scene = ready(app);
        let split = json!([{ "budget_line_id": scene.lines[0], "weight": 2 }, { "budget_line_id": scene.lines[1], "weight": 1 }]);
        let (award, ids) = quarterly(&scene, 400_000, json!({ "tranche_id": null, "split": split }));
        schedule(&scene, &award, json!({ "basis": "quarterly", "coding": { "cost_centre": "CC44", "account": "5120" } })).must(200);
        assert_eq!(scene.finance.post("/v1/payment-runs", &json!({})).must(409).code(), "rule_broken");
        ids[..3].iter().for_each(|id| drop(authorise(&scene.approver, id).must(200)));
        let gathered = scene.finance.post("/v1/payment-runs", &json!({ "due_by": "2020-12-31", "fund_id": scene.fund })).must(201);
        let id = gathered.id();
        let sums = |answer: &Answer| answer.body["sources"].as_array().unwrap().iter().map(|one| (one["funding_source"]["code"].clone(), one["gross_pence"].clone())).collect::<Vec<_>>();
        assert_eq!(sums(&gathered), [(json!("main-grant"), json!(99_999)), (json!("poca"), json!(200_001))]);
        assert_eq!([&gathered.body["reference"], &gathered.body["gross_pence"], &gathered.body["allowed_actions"]],
            [&json!("RUN-0001"), &json!(300_000), &json!(["export", "cancel"])]);
        assert_eq!(scene.finance.post("/v1/payment-runs", &json!({})).must(409).code(), "rule_broken", "none stands in two runs");
        scene.finance.get(&format!("{}/export", path(&id))).must(404);
        let exported = export(&scene.finance, &id).must(200);
        assert_eq!((exported.body["state"].as_str(), exported.body["waiting_count"].as_i64()), (Some("exported"), Some(3)));
        let text = file(&scene, &id);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 7);
        assert_eq!(lines[0], "run,line,payment,supplier_number,cost_centre,account,project,purchase_order,invoice_number,invoice_date,vat_code,net,vat,gross,currency,due_date,funding_source,budget_line");
        let first = format!("RUN-0001,1,{0},S4711,CC44,5120,,,{0},2020-06-01,,", reference(&scene, &ids[0]));
        assert!(lines[1].starts_with(&first), "{}", lines[1]);
        // Asked again it is the same file of the same run, and nothing leaves twice.
        assert_eq!(file(&scene, &id), text);
        assert_eq!(export(&scene.finance, &id).must(409).code(), "wrong_state");
        for noun in ["hold", "cancellation"] {
            assert_eq!(act(&scene.finance, &ids[0], noun, &json!({ "reason": "too late" })).must(409).code(), "wrong_state");
        }
        assert_eq!((scene.held("committed", &award), scene.held("paid", &award)), (vec![266_667, 133_333], vec![0, 0]));

        let [one, two, three] = [0, 1, 2].map(|at: usize| reference(&scene, &ids[at]));
        let wrong = confirm(&scene, &id, &format!("{one},paid,2999-01-01,,,\n{two},sent,2020-01-01,1,,\nnobody,paid,01/01/2025,,,\n")).must(422);
        assert_eq!(wrong.faults(), ["/rows/2/date in_the_future", "/rows/3/outcome not_a_choice", "/rows/4/payment unknown_record"]);
        let today = &get(&scene.finance, &ids[0]).body["authorised_on"].as_str().unwrap().to_owned();
        let wrong = confirm(&scene, &id, &format!("{one},returned,{today},,,\n{two},paid,2020-01-01,,,\nnobody,paid,{today},,,\n{three},paid,{today},1.00,,\n")).must(422);
        assert_eq!(wrong.faults(), ["/rows/2/outcome wrong_state", "/rows/3/date too_early", "/rows/4/payment unknown_record", "/rows/5/gross does_not_add_up"]);
        assert_eq!(scene.held("paid", &award), [0, 0], "of a file with faults nothing is done");
        let part = confirm(&scene, &id, &format!("{one},Paid,{today},1000.00,BACS 7,\n{two},failed,{today},,,account closed\n")).must(200);
        assert_eq!((part.body["state"].as_str(), part.body["waiting_count"].as_i64()), (Some("exported"), Some(1)));
        assert_eq!((scene.held("committed", &award), scene.held("paid", &award)), (vec![200_000, 100_000], vec![66_667, 33_333]));
        let again = confirm(&scene, &id, &format!("{one},paid,{today},,,\n{three},paid,{today},,,\n")).must(200);
        assert_eq!((again.body["state"].as_str(), &again.body["gross_pence"]), (Some("confirmed"), &json!(300_000)));
        assert_eq!(scene.held("paid", &award).iter().sum::<i64>(), 200_000, "what was told twice is paid once");
        assert_eq!(confirm(&scene, &id, &format!("{one},paid,{today},,,\n")).must(200).body["version"], again.body["version"]);

        // What failed goes again, with two people; what the bank sends back, too.
        let failed = get(&scene.finance, &ids[1]);
        assert_eq!([&failed.body["state"], &failed.body["reason"]], [&json!("failed"), &json!("account closed")]);
        act(&scene.commissioner, &ids[1], "release", &json!({ "reason": "the account is right now" })).must(200);
        assert_eq!(authorise(&scene.finance, &ids[1]).must(409).code(), "same_person", "whoever told that it failed does not let it go again");
        authorise(&scene.approver, &ids[1]).must(200);
        let second = scene.finance.post("/v1/payment-runs", &json!({})).must(201).id();
        export(&scene.finance, &second).must(200);
        assert_eq!(confirm(&scene, &id, &format!("{two},paid,{today},,,\n")).must(422).faults(), ["/rows/2/payment wrong_state"], "it is with another run");
        confirm(&scene, &second, &format!("{two},paid,{today},,,\n")).must(200);
        confirm(&scene, &id, &format!("{one},returned,{today},,,no such account\n")).must(200);
        let back = get(&scene.finance, &ids[0]);
        assert_eq!([&back.body["state"], &back.body["returned_on"]], [&json!("returned"), &json!(today)]);
        assert_eq!(scene.held("paid", &award).iter().sum::<i64>(), 200_000);
        assert_eq!(scene.held("committed", &award).iter().sum::<i64>(), 200_000);
        let report = scene.finance.get("/v1/reports/allocations?group_by=award").must(200);
        assert_eq!(report.body["ledger_check"]["balanced"], true);
        let (holds, said) = verify(&app.database_url);
        assert!(holds && said.contains("Payments: hold. 1 paid award and 2 exported files;"), "{said}");
        // A file that somebody changed by hand is named.
        app.sql("UPDATE payment_run_file SET file = file || 'A-1,500000.00'");
        let (holds, said) = verify(&app.database_url);
        assert!(!holds && said.contains(&format!("the file of the payment run {id} is not what was exported")), "{said}");
    }

    fn what_changed_since_it_was_gathered_does_not_leave(app) {
        let scene = ready(app);
        let (_, ids) = quarterly(&scene, 400_000, json!({}));
        for id in &ids[..2] {
            authorise(&scene.approver, id).must(200);
        }
        let id = scene.finance.post("/v1/payment-runs", &json!({})).must(201).id();
        act(&scene.commissioner, &ids[1], "hold", &json!({ "reason": "wait" })).must(200);
        let refused = export(&scene.finance, &id).must(409);
        assert_eq!((refused.code(), &refused.body["payments"]), ("rule_broken", &json!([reference(&scene, &ids[1])])));
        scene.finance.change(&format!("{}/cancellation", path(&id)), run(&scene, &id).tag(), &json!({ "reason": "gathered anew" })).must(200);
        let other = scene.finance.post("/v1/payment-runs", &json!({})).must(201);
        assert_eq!(other.body["payments"].as_array().unwrap().len(), 1);
        // It goes to whom two people agreed that it goes.
        let provider = format!("/v1/providers/{}", scene.provider);
        let renumber = |number: &str| scene.commissioner.patch(&provider, scene.commissioner.get(&provider).must(200).tag(), &json!({ "supplier_number": number })).must(200);
        renumber("S9999");
        assert_eq!(export(&scene.finance, &other.id()).must(409).body["payments"], json!([reference(&scene, &ids[0])]));
        renumber("S4711");
        assert_eq!(export(&scene.finance, &id).must(409).code(), "wrong_state");
        scene.commissioner.get(&path(&id)).must(403);
        // What payments say past the ledger is found.
        assert!(verify(&app.database_url).0);
        app.sql("UPDATE payment_version SET state = 'paid' WHERE state = 'authorised'");
        let (holds, said) = verify(&app.database_url);
        assert!(!holds && said.contains(": its payments and recoveries say another sum is paid than the ledger."), "{said}");
    }

    fn a_run_leaves_once_whoever_asks_at_the_same_time(app) {
        let scene = ready(app);
        let (award, ids) = quarterly(&scene, 400_000, json!({}));
        // Two authorise at once what both have seen: one does it.
        let tag = get(&scene.approver, &ids[0]).tag().to_owned();
        let others: Vec<Client> = (0..4).map(|_| office(app, &[Role::Approver])).collect();
        let statuses = |ask: &(dyn Fn(&Client) -> u16 + Sync)| -> Vec<u16> {
            std::thread::scope(|scope| {
                let tries: Vec<_> = others.iter().map(|who| scope.spawn(move || ask(who))).collect();
                let mut all: Vec<u16> = tries.into_iter().map(|one| one.join().unwrap()).collect();
                all.sort_unstable();
                all
            })
        };
        let path_of = format!("/v1/payments/{}/authorisation", ids[0]);
        assert_eq!(statuses(&|who| who.change(&path_of, &tag, &json!({})).status), [200, 412, 412, 412]);
        // Payments of one award that different people authorise at once stay within what it has.
        let both: Vec<u16> = std::thread::scope(|scope| {
            let tries: Vec<_> = others.iter().zip(&ids[1..]).map(|(who, id)| scope.spawn(move || authorise(who, id).status)).collect();
            tries.into_iter().map(|one| one.join().unwrap()).collect()
        });
        assert_eq!((both, verify(&app.database_url).0), (vec![200; 3], true));
        let id = scene.finance.post("/v1/payment-runs", &json!({ "due_by": "2020-06-30" })).must(201).id();
        let tag = run(&scene, &id).tag().to_owned();
        let token = scene.finance.token.clone();
        let exported = statuses(&|who| Client { token: token.clone(), ..who.clone() }.change(&format!("{}/export", path(&id)), &tag, &json!({})).status);
        assert_eq!(exported, [200, 412, 412, 412]);
        let lines: Vec<String> = file(&scene, &id).lines().map(str::to_owned).collect();
        assert_eq!((lines.len(), scene.held("paid", &award)), (2, vec![0, 0]));
        let held: Vec<Value> = scene.finance.all(&format!("/v1/payments?run_id={id}"));
        assert_eq!((held.len(), &held[0]["state"]), (1, &json!("exported")));
    }
}
