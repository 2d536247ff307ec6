//! Agreements that pass to a successor: what goes along, what stays readable, and what the reports say of each day.

use almoner::access::permissions::Role;
use reqwest::Method;
use serde_json::{Value, json};

use super::{act as vary, draft};
use crate::awards::on_behalf::paper;
use crate::payments::runs::{confirm, export, pay, reference};
use crate::payments::{self, authorise, quarterly, ready};
use crate::returns::{accepted, of_period, write};
use crate::support::program::verify;
use crate::support::{Answer, App, Client, Scene};
use crate::workers::a_round;

/// What is asked for: all agreements of the first provider pass to the other one at the start of 2021.
pub fn merger(scene: &Scene, changes: Value) -> Value {
    let mut input = json!({ "kind": "provider", "from_id": scene.provider, "to_id": scene.other_provider, "effective_on": "2021-01-01",
        "reason": "The two charities have merged." });
    for (name, value) in changes.as_object().into_iter().flatten() {
        input[name] = value.clone();
    }
    input
}

#[track_caller]
pub fn drafted(scene: &Scene, changes: Value) -> String {
    scene.commissioner.post("/v1/novations", &merger(scene, changes)).must(201).id()
}

pub fn see(who: &Client, id: &str) -> Answer {
    who.get(&format!("/v1/novations/{id}"))
}

/// An act on a novation as whoever acts sees it.
#[track_caller]
pub fn act(who: &Client, id: &str, noun: &str, body: &Value) -> Answer {
    let tag = see(who, id).must(200).tag().to_owned();
    who.change(&format!("/v1/novations/{id}/{noun}"), &tag, body)
}

/// The other provider becomes known to the finance system.
pub fn known_supplier(scene: &Scene) {
    let path = format!("/v1/providers/{}", scene.other_provider);
    let tag = scene.commissioner.get(&path).must(200).tag().to_owned();
    scene.commissioner.patch(&path, &tag, &json!({ "supplier_number": "S4712" })).must(200);
}

/// A novation that both providers have accepted.
#[track_caller]
pub fn agreed(scene: &Scene, changes: Value) -> String {
    let id = drafted(scene, changes);
    act(&scene.approver, &id, "issue", &json!({})).must(200);
    let both = act(&scene.stranger, &id, "acceptance", &json!({})).must(200);
    if both.body["state"] == "issued" {
        act(&scene.signatory, &id, "acceptance", &json!({})).must(200);
    }
    id
}

fn actions(answer: &Answer) -> Vec<&str> {
    answer.body["allowed_actions"].as_array().unwrap().iter().map(|one| one.as_str().unwrap()).collect()
}

/// What each provider has committed on a day, by its name.
fn by_provider(scene: &Scene, day: &str) -> Vec<(String, i64, i64)> {
    let report = scene.finance.get(&format!("/v1/reports/allocations?group_by=provider&as_at={day}")).must(200);
    assert_eq!(report.body["ledger_check"]["balanced"], true);
    let rows = report.body["rows"].as_array().unwrap().iter().filter(|row| !row["provider"].is_null());
    let of = |row: &Value| {
        (
            row["provider"]["name"].as_str().unwrap().to_owned(),
            row["committed_pence"].as_i64().unwrap(),
            row["award_count"].as_i64().unwrap(),
        )
    };
    rows.map(of).collect()
}

fn field(all: &[Value], name: &str) -> Vec<Value> {
    all.iter().map(|one| one[name].clone()).collect()
}

/// The successor reads the whole agreement, and the one before what it was party to.
fn agreements_are_read_by_both(scene: &Scene, id: &str, award: &str, before: &Answer) {
    // The agreement is the successor's, in a version of its own; the one before reads what it was party to.
    let now = scene.award(award);
    assert_eq!(
        [&now.body["terms_no"], &now.body["provider"]["name"], &now.body["theme"]],
        [&json!(2), &json!("Open Doors"), &json!("Young people")]
    );
    let path = format!("/v1/awards/{award}");
    let numbers = |who: &Client| field(&who.all(&format!("{path}/versions")), "number");
    assert_eq!(
        [numbers(&scene.commissioner), numbers(&scene.stranger), numbers(&scene.signatory)],
        [vec![json!(1), json!(2)], vec![json!(1), json!(2)], vec![json!(1)]]
    );
    let second = scene.stranger.get(&format!("{path}/versions/2")).must(200).body;
    assert_eq!(
        [&second["novation_id"], &second["effective_on"], &second["terms"]["provider_id"]],
        [&json!(id), &json!("2021-01-01"), &json!(scene.other_provider)]
    );
    let first = scene.signatory.get(&format!("{path}/versions/1")).must(200).body;
    assert_eq!(first["terms"]["provider_id"], json!(scene.provider));
    scene.signatory.get(&format!("{path}/versions/2")).must(404);
    let old = scene.signatory.get(&path).must(200);
    assert_eq!(
        [&old.body["version"], &old.body["provider"]["name"], &old.body["allowed_actions"]],
        [&before.body["version"], &json!("Helping Hands"), &json!([])]
    );
    assert_eq!(field(&scene.signatory.all("/v1/awards"), "terms_no").len(), 2);
    assert_eq!(scene.stranger.all("/v1/awards").len(), 2);
    assert_eq!(scene.commissioner.all(&format!("/v1/awards?provider_id={}", scene.provider)).len(), 0);
}

/// The returns and payments of later days are the successor's, and the others stay.
fn later_days_went_along(scene: &Scene, award: &str, ids: &[String], begun: &Answer) {
    let path = format!("/v1/awards/{award}");
    // Returns and payments: what ends or is due later goes along, and what was authorised is authorised anew.
    let period = |who: &Client| field(&who.all(&format!("{path}/returns")), "period");
    assert_eq!(period(&scene.signatory), ["2020-21-Q1", "2020-21-Q2", "2020-21-Q3"]);
    assert_eq!(period(&scene.stranger), ["2020-21-Q4"]);
    let due = |who: &Client| field(&who.all(&format!("{path}/payments")), "id");
    assert_eq!([due(&scene.signatory).len(), due(&scene.stranger).len(), due(&scene.finance).len()], [3, 1, 4]);
    let passed = scene.stranger.get(&format!("/v1/payments/{}", ids[3])).must(200);
    assert_eq!([&passed.body["state"], &passed.body["provider"]["name"]], [&json!("scheduled"), &json!("Open Doors")]);
    let mine = |who: &Client, id: &str| who.get(&format!("/v1/payments/{id}")).status;
    assert_eq!([mine(&scene.signatory, &ids[3]), mine(&scene.signatory, &ids[0]), mine(&scene.stranger, &ids[0])], [404, 200, 404]);
    assert_eq!(authorise(&scene.approver, &ids[3]).must(200).body["state"], "authorised");
    let late = format!("/v1/returns/{}", begun.id());
    scene.author.get(&late).must(404);
    assert_eq!(write(&scene.author, begun, &json!({ "narrative": "x" })).status, 404);
    let theirs = scene.stranger.get(&late).must(200);
    assert_eq!([&theirs.body["state"], &theirs.body["content"]["narrative"]], [&json!("draft"), &json!("So far.")]);
    write(&scene.stranger, &theirs, &json!({ "narrative": "We go on." })).must(200);
}

/// The one before reads the papers and variations of its time, and does nothing more.
fn papers_of_its_time(app: &App, scene: &Scene, award: &str, agreement: &str, varied: &Answer) {
    let path = format!("/v1/awards/{award}");
    // Papers and variations of its time; nothing of what came after, and no act.
    let later = paper(&scene.commissioner, award);
    let papers = |who: &Client| field(&who.all(&format!("{path}/documents")), "id");
    assert_eq!([papers(&scene.signatory), papers(&scene.stranger)], [vec![json!(agreement)], vec![json!(agreement), json!(later)]]);
    let fetch = |who: &Client, id: &str| who.get(&format!("/v1/documents/{id}/content")).status;
    assert_eq!([fetch(&scene.signatory, agreement), fetch(&scene.signatory, &later), fetch(&scene.stranger, agreement)], [200, 404, 200]);
    let attach = scene.author.request(Method::POST, &format!("{path}/documents?file_name=late.pdf"));
    scene.author.send(attach.header("Content-Type", "application/pdf").body(&b"%PDF-1.7\n1 0 obj\n"[..])).must(404);
    let of_variation = format!("/v1/variations/{}", varied.id());
    let version = |who: &Client| who.get(&of_variation).must(200).body["version"].clone();
    let issued = version(&scene.signatory);
    assert_eq!(issued, varied.body["version"]);
    a_round(app);
    assert_eq!(version(&scene.stranger), json!(issued.as_i64().unwrap() + 1), "that it lapsed is noted after the agreement passed on");
    assert_eq!(version(&scene.signatory), issued, "what was issued to the one before stays as that read it");
    let letter = scene.signatory.request(Method::GET, &format!("{of_variation}/letter")).send().unwrap();
    assert_eq!(letter.status().as_u16(), 200, "nor is its letter lost");
    let listed = scene.signatory.all(&format!("{path}/variations"));
    assert_eq!(field(&listed, "version"), [issued]);
    let later =
        draft(scene, award, json!({ "is_unilateral": true, "effective_on": "2021-02-01", "dates": { "ends_on": "2021-06-30" } })).must(201);
    let later = vary(&scene.commissioner, &later, "issue").must(200);
    vary(&scene.commissioner, &later, "application").must(200);
    scene.signatory.get(&format!("/v1/variations/{}", later.id())).must(404);
    scene.stranger.get(&format!("/v1/variations/{}", later.id())).must(200);
    assert_eq!(scene.signatory.all(&format!("{path}/variations")).len(), 1);
    assert_eq!(scene.award(award).body["terms_no"], 3);
    assert_eq!(field(&scene.signatory.all(&format!("{path}/versions")), "number"), [json!(1)]);
    for route in ["payment-schedule", "profile", "indicators", "monitoring-plan", "conditions"] {
        let status = scene.signatory.get(&format!("{path}/{route}")).status;
        assert_eq!(status, 404, "{route}");
    }
}

on_both! {
    fn all_agreements_of_a_provider_pass_to_its_successor(app) {
        let scene = ready(app);
        let (award, ids) = quarterly(&scene, 400_000, json!({ "theme": "Young people" }));
        let other = scene.live(200_000, json!({})).id();
        pay(&scene, &ids[..1]);
        accepted(&scene, &award, "2020-21-Q1", &json!({ "spend": [{ "category": "staff", "amount_pence": 70_000 }], "narrative": "We ran the sessions." }));
        let begun = write(&scene.author, &of_period(&scene, &award, "2020-21-Q4"), &json!({ "narrative": "So far." })).must(200);
        authorise(&scene.approver, &ids[3]).must(200);
        let agreement = paper(&scene.commissioner, &award);
        let varied = vary(&scene.commissioner, &draft(&scene, &award, json!({ "effective_on": "2021-02-01", "dates": { "ends_on": "2021-06-30" } })).must(201), "issue").must(200);
        let before = scene.award(&award);

        let faulty = scene.commissioner.post("/v1/novations", &merger(&scene, json!({ "to_id": scene.provider, "reason": " ", "award_ids": [award, award, scene.fund] }))).must(422);
        assert_eq!(faulty.faults(), ["/award_ids/1 repeated", "/award_ids/2 unknown_record", "/reason blank", "/to_id circular"]);
        let id = drafted(&scene, json!({}));
        see(&scene.stranger, &id).must(404);
        // Nothing is written by the preview, which says all that stands in the way.
        let path = format!("/v1/novations/{id}/preview");
        let seen = scene.commissioner.get(&path).must(200).body;
        assert_eq!([&seen["chosen_count"], &seen["passing_count"], &seen["refused_count"]], [&json!(2), &json!(1), &json!(1)]);
        let first = &seen["awards"][0];
        assert_eq!([&first["committed_pence"], &first["net_paid_pence"], &first["reported_pence"], &first["payments_pence"]],
            [&json!(300_000), &json!(100_000), &json!(70_000), &json!(100_000)]);
        assert_eq!(field(first["returns"].as_array().unwrap(), "period"), ["2020-21-Q4"]);
        assert_eq!(field(first["refused"].as_array().unwrap(), "code"), ["open_variation", "no_supplier_number"]);
        assert!(first["refused"][0]["detail"].as_str().unwrap().contains(varied.body["reference"].as_str().unwrap()), "{first}");
        // Nobody answered it in time, so it is over; that is noted later.
        app.sql("UPDATE variation_version SET answer_due_on = '2020-11-30' WHERE issued_on IS NOT NULL");
        let refused = act(&scene.approver, &id, "issue", &json!({})).must(409);
        assert_eq!((refused.code(), &refused.body["refused"][0]["reasons"][0]["code"]), ("awards_refused", &json!("no_supplier_number")));
        known_supplier(&scene);
        let seen = scene.commissioner.get(&path).must(200).body;
        assert_eq!([&seen["refused_count"], &seen["funds"][0]["committed_pence"], &seen["budget_lines"][0]["net_paid_pence"]], [&json!(0), &json!(500_000), &json!(100_000)]);
        assert_eq!(scene.award(&award).body, before.body);

        // Two people, and both parties.
        assert_eq!(act(&scene.commissioner, &id, "issue", &json!({})).must(409).code(), "same_person");
        let issued = act(&scene.approver, &id, "issue", &json!({})).must(200);
        assert_eq!([&issued.body["state"], &issued.body["summary"]], [&json!("issued"), &json!("Issued 2 of 2 awards.")]);
        assert_eq!(act(&scene.commissioner, &id, "application", &json!({})).must(409).code(), "wrong_state");
        assert_eq!(act(&scene.approver, &id, "acceptance", &json!({})).must(422).faults(), ["/party required", "/signed_by required", "/signed_document_id required"]);
        assert_eq!(actions(&see(&scene.stranger, &id)), ["accept", "refuse"]);
        assert_eq!(act(&scene.stranger, &id, "acceptance", &json!({})).must(200).body["state"], "issued");
        assert_eq!(act(&scene.stranger, &id, "acceptance", &json!({})).must(409).code(), "wrong_state");
        let yes = act(&scene.signatory, &id, "acceptance", &json!({})).must(200);
        assert_eq!(yes.body["state"], "accepted");

        let held = (scene.held("committed", &award), scene.held("paid", &award), scene.held("committed", &other));
        let applied = act(&scene.commissioner, &id, "application", &json!({})).must(200);
        assert_eq!([&applied.body["state"], &applied.body["summary"]], [&json!("applied"), &json!("2 of 2 awards have passed on.")]);
        // Once more does nothing.
        assert_eq!(act(&scene.commissioner, &id, "application", &json!({})).must(409).code(), "wrong_state");
        assert_eq!(scene.commissioner.change(&format!("/v1/novations/{id}/application"), yes.tag(), &json!({})).must(412).code(), "stale");
        assert_eq!((scene.held("committed", &award), scene.held("paid", &award), scene.held("committed", &other)), held, "no penny has moved");
        // Each day has its provider, with the same sums.
        let name = |name: &str| name.to_owned();
        assert_eq!(by_provider(&scene, "2020-12-31"), [(name("Helping Hands"), 600_000, 2)]);
        assert_eq!(by_provider(&scene, "2021-01-01"), [(name("Open Doors"), 600_000, 2)]);

        agreements_are_read_by_both(&scene, &id, &award, &before);
        later_days_went_along(&scene, &award, &ids, &begun);
        papers_of_its_time(app, &scene, &award, &agreement, &varied);
        let rows = scene.signatory.all(&format!("/v1/novations/{id}/awards"));
        assert_eq!(field(&rows, "after_no"), [json!(2), json!(2)]);
        let log = app.office(&[Role::Auditor]).all(&format!("/v1/audit-events?record_id={award}&act=novation.apply&outcome=done"));
        assert_eq!([&log[0]["before"]["party"]["provider_id"], &log[0]["after"]["party"]["provider_id"]], [&json!(scene.provider), &json!(scene.other_provider)]);
    }

    fn a_provider_that_has_ceased_leaves_all_to_its_successor(app) {
        let scene = ready(app);
        known_supplier(&scene);
        let (award, ids) = quarterly(&scene, 400_000, json!({}));
        scene.commissioner.change(&format!("/v1/awards/{award}/pause"), scene.award(&award).tag(), &json!({ "paused_on": "2021-02-15", "resume_planned_on": "2021-03-01", "intention": "The sessions go on." })).must(200);
        let kept = scene.live(100_000, json!({})).id();
        let id = drafted(&scene, json!({ "from_ceased": true, "award_ids": [award] }));
        act(&scene.approver, &id, "issue", &json!({})).must(200);
        let own = app.office(&[Role::Approver]);
        // By a paper: not by whoever issued it, nor for whoever is there no more.
        let attach = scene.commissioner.request(Method::POST, &format!("/v1/novations/{id}/documents?file_name=signed.pdf"));
        let signed = scene.commissioner.send(attach.header("Content-Type", "application/pdf").body(&b"%PDF-1.7\n1 0 obj\n"[..])).must(201).id();
        let yes = json!({ "signed_document_id": signed, "signed_by": "The chair of the trustees" });
        assert_eq!(act(&scene.approver, &id, "acceptance", &yes).must(409).code(), "same_person");
        let mut other = yes.clone();
        other["party"] = json!("predecessor");
        assert_eq!(act(&own, &id, "acceptance", &other).must(422).faults(), ["/party not_allowed"]);
        assert_eq!(act(&own, &id, "acceptance", &yes).must(200).body["state"], "accepted");
        for who in [&scene.stranger, &scene.signatory] {
            who.get(&format!("/v1/documents/{signed}/content")).must(200);
        }
        act(&scene.commissioner, &id, "application", &json!({})).must(200);
        assert_eq!(scene.stranger.all(&format!("/v1/awards/{award}/payments")).len(), ids.len(), "all that is unpaid, whenever it is due");
        assert_eq!(scene.stranger.all(&format!("/v1/awards/{award}/returns")).len(), 4);
        // What was told of later days holds with the new party too.
        let now = scene.award(&award);
        assert_eq!([&now.body["state"], &now.body["provider"]["name"]], [&json!("paused"), &json!("Open Doors")]);
        assert_eq!(scene.award(&kept).body["provider"]["name"], "Helping Hands");
        // And back again: whoever is party again reads the whole.
        let back = json!({ "kind": "provider", "from_id": scene.other_provider, "to_id": scene.provider, "effective_on": "2021-02-01", "reason": "It was undone.", "award_ids": [award] });
        let back = scene.commissioner.post("/v1/novations", &back).must(201).id();
        act(&scene.approver, &back, "issue", &json!({})).must(200);
        for who in [&scene.stranger, &scene.signatory] {
            act(who, &back, "acceptance", &json!({})).must(200);
        }
        act(&scene.commissioner, &back, "application", &json!({})).must(200);
        let versions = |who: &Client| who.all(&format!("/v1/awards/{award}/versions")).len();
        assert_eq!([versions(&scene.signatory), versions(&scene.stranger)], [3, 2]);
    }

    fn one_that_cannot_keeps_all_from_passing_on(app) {
        let scene = ready(app);
        known_supplier(&scene);
        let (award, ids) = quarterly(&scene, 400_000, json!({}));
        let free = scene.live(100_000, json!({})).id();
        let id = agreed(&scene, json!({}));
        authorise(&scene.approver, &ids[3]).must(200);
        let run = scene.finance.post("/v1/payment-runs", &json!({})).must(201);
        let refused = act(&scene.commissioner, &id, "application", &json!({})).must(409);
        assert_eq!((refused.code(), &refused.body["refused"][0]["reasons"][0]["code"]), ("awards_refused", &json!("in_a_run")));
        assert_eq!(scene.award(&free).body["terms_no"], 1, "none of them");
        scene.finance.change(&format!("/v1/payment-runs/{}/cancellation", run.id()), run.tag(), &json!({ "reason": "a merger" })).must(200);
        assert_eq!(act(&scene.commissioner, &id, "application", &json!({})).must(200).body["applied_count"], 2);

        // Left out by choice, and said so.
        let id = scene.commissioner.post("/v1/novations", &json!({ "kind": "provider", "from_id": scene.other_provider, "to_id": scene.provider,
            "effective_on": "2020-12-01", "reason": "It was undone.", "award_ids": [award, scene.live(50_000, json!({})).id()], "skip_refused": true })).must(201).id();
        let refused = act(&scene.approver, &id, "issue", &json!({})).must(409);
        assert_eq!((refused.code(), &refused.body["refused_count"]), ("awards_refused", &json!(2)), "nothing is left");
        assert_eq!(act(&scene.commissioner, &id, "withdrawal", &json!({ "reason": "wrong day" })).must(200).body["state"], "withdrawn");
        let closed = scene.live(60_000, json!({ "provider_id": scene.provider })).id();
        let ended = scene.commissioner.change(&format!("/v1/awards/{closed}/end"), scene.award(&closed).tag(), &json!({ "ended_on": "2021-03-31" })).must(200);
        scene.commissioner.change(&format!("/v1/awards/{closed}/closure"), ended.tag(), &json!({ "closed_on": "2021-05-01" })).must(200);
        let live = scene.live(70_000, json!({})).id();
        let id = drafted(&scene, json!({ "award_ids": [closed, live], "skip_refused": true }));
        let issued = act(&scene.approver, &id, "issue", &json!({})).must(200);
        assert_eq!([&issued.body["summary"], &issued.body["left_out_count"]], [&json!("Issued 1 of 2 awards."), &json!(1)]);
        assert_eq!(act(&scene.signatory, &id, "refusal", &json!({ "reason": "We go on alone." })).must(200).body["state"], "refused");
        assert_eq!(act(&scene.stranger, &id, "acceptance", &json!({})).must(409).code(), "wrong_state");
    }

    fn a_late_word_of_what_failed_is_not_about_the_successor(app) {
        let scene = ready(app);
        known_supplier(&scene);
        let (award, ids) = quarterly(&scene, 400_000, json!({}));
        authorise(&scene.approver, &ids[3]).must(200);
        let run = scene.finance.post("/v1/payment-runs", &json!({})).must(201).id();
        export(&scene.finance, &run).must(200);
        let (one, day) = (reference(&scene, &ids[3]), payments::get(&scene.finance, &ids[3]).body["authorised_on"].as_str().unwrap().to_owned());
        let failed = format!("{one},failed,{day},,,it bounced\n");
        confirm(&scene, &run, &failed).must(200);
        let id = agreed(&scene, json!({}));
        act(&scene.commissioner, &id, "application", &json!({})).must(200);
        let seen = || payments::get(&scene.finance, &ids[3]).body;
        assert_eq!([&seen()["state"], &seen()["provider"]["name"]], [&json!("failed"), &json!("Open Doors")]);
        let of_run = scene.finance.get(&format!("/v1/payment-runs/{run}")).must(200).body;
        assert_eq!(of_run["payments"][0]["provider"]["name"], "Helping Hands", "the run keeps who it went to");
        // The finance system corrects itself: what it sent went to the one before, and no money moves by itself.
        assert_eq!(confirm(&scene, &run, &format!("{one},paid,{day},,,\n")).must(422).faults(), ["/rows/2/payment wrong_state"]);
        confirm(&scene, &run, &failed).must(200);
        assert_eq!((seen()["state"].clone(), scene.held("paid", &award)[0]), (json!("failed"), 0));
        payments::act(&scene.commissioner, &ids[3], "release", &json!({ "reason": "the successor is to be paid" })).must(200);
        assert_eq!(authorise(&scene.approver, &ids[3]).must(200).body["state"], "authorised");
        let (holds, said) = verify(&app.database_url);
        assert!(holds, "{said}");
    }
}
