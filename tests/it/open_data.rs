//! What everybody may read without login: what stands there, what is redacted, and that nothing else gets out.

mod crawl;
mod everybody;
mod passed;

use almoner::access::permissions::Role;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Answer, App, Backend, Client, Scene};

const REGISTER: &str = "/open-data/crime-and-disorder-reduction-grants";
const SPEND: &str = "/open-data/spend-over-500-extract";
const GIVING: &str = "/open-data/360giving";

/// Another law than that of crime and disorder reduction grants.
const OTHER_LAW: &str = "abcpa_2014_s143";

/// Adds to an award what is published of it.
#[track_caller]
fn add(scene: &Scene, award: &str, changes: &Value) -> Answer {
    let path = format!("/v1/awards/{award}/publication");
    let tag = scene.commissioner.get(&path).must(200).tag().to_owned();
    scene.commissioner.patch(&path, &tag, changes)
}

/// Redacts a field, as the commissioner.
#[track_caller]
fn redact(scene: &Scene, kind: &str, record: &str, field: &str) -> Answer {
    let input = json!({ "record_kind": kind, "record_id": record, "field": field, "reason": "The address of a refuge is not told." });
    scene.commissioner.post("/v1/redactions", &input)
}

/// Gives a provider fields.
#[track_caller]
fn amend_provider(scene: &Scene, changes: &Value) {
    let path = format!("/v1/providers/{}", scene.provider);
    let tag = scene.commissioner.get(&path).must(200).tag().to_owned();
    scene.commissioner.patch(&path, &tag, changes).must(200);
}

/// Sets under which name the office publishes.
fn set_policy(app: &App) {
    let administrator = app.office(&[Role::Administrator]);
    let tag = administrator.get("/v1/open-data-policy").must(200).tag().to_owned();
    let policy = json!({ "publisher_name": "The office", "organisation_id": "GB-PLA-OFFICE", "grant_prefix": "360G-office",
        "licence_url": "https://licence.example/by/4.0/", "site_url": "https://grants.opcc.example" });
    administrator.put("/v1/open-data-policy", &tag, &policy).must(200);
}

/// Attaches a file to an award.
fn attach(scene: &Scene, award: &str, name: &str, more: &str, bytes: &[u8]) -> Answer {
    let path = format!("/v1/awards/{award}/documents?file_name={name}{more}");
    let request = scene.commissioner.request(Method::POST, &path).header("Content-Type", "application/pdf");
    scene.commissioner.send(request.body(bytes.to_vec())).must(201)
}

/// An id as the database writes it.
fn literal(app: &App, id: &str) -> String {
    match app.backend {
        Backend::Sqlite => format!("X'{}'", id.replace('-', "")),
        Backend::Postgres => format!("'{id}'"),
    }
}

/// Says that all payments of an award were paid on a day, past the service: how that comes about is told elsewhere.
fn pay(app: &App, scene: &Scene, award: &str, on: &str) {
    let path = format!("/v1/awards/{award}/payment-schedule");
    let tag = scene.commissioner.get(&path).must(200).tag().to_owned();
    scene.commissioner.put(&path, &tag, &json!({ "basis": "quarterly" })).must(200);
    let id = literal(app, award);
    app.sql(&format!(
        "UPDATE payment_version SET state = 'paid', paid_on = '{on}' WHERE payment_id IN (SELECT id FROM payment WHERE award_id = {id})"
    ));
}

fn field<'a>(answer: &'a Answer, name: &str) -> Vec<&'a Value> {
    answer.items().iter().map(|item| &item[name]).collect()
}

/// A notice that a second officer has published.
fn published(scene: &Scene, award: &str, reference: &str, is_public: bool) -> Answer {
    let input = json!({ "reference": reference, "award_id": award, "title": "A grant for the street project", "decision": "To make <the> grant.",
        "reasons": "It reaches & helps.", "approver": "Police and Crime Commissioner", "decided_on": "2020-06-15", "is_public": is_public });
    let draft = scene.commissioner.post("/v1/decision-notices", &input).must(201);
    let path = format!("/v1/decision-notices/{}", draft.id());
    scene.approver.change(&format!("{path}/publication"), draft.tag(), &json!({})).must(200)
}

on_both! {
    fn the_register_and_the_extract_never_share_an_award(app) {
        let scene = Scene::set(app, 10_000_000, 5_000_000);
        let nobody = app.nobody();
        let grant = scene.live(300_000, json!({ "purpose": "Nights on the street" })).id();
        let other = |pence: i64| scene.live(pence, json!({ "legal_power": OTHER_LAW })).id();
        let (small, large) = (other(200_000), other(200_004));
        scene.draft(100_000, json!({}));
        for award in [&grant, &small, &large] {
            pay(app, &scene, award, "2020-11-10");
        }
        add(&scene, &grant, &json!({ "reasons": "It reaches people." })).must(200);
        let register = nobody.get(&format!("{REGISTER}.json")).must(200);
        assert_eq!(field(&register, "amount_pence"), [300_000], "the draft and other laws are not there");
        let one = &register.items()[0];
        assert_eq!([&one["recipient"], &one["purpose"], &one["reasons"], &one["agreed_on"], &one["redacted"]],
            [&json!("Helping Hands"), &json!("Nights on the street"), &json!("It reaches people."), &json!("2020-08-01"), &json!([])]);
        assert_eq!(nobody.get(&format!("{REGISTER}.json?month=2020-08")).must(200).items().len(), 1);
        assert_eq!(nobody.get(&format!("{REGISTER}.json?month=2020-09")).must(200).items().len(), 0);
        assert_eq!(nobody.get(&format!("{REGISTER}.json?month=2020-13")).must(422).faults(), ["query:month wrong_format"]);
        let csv = nobody.get(&format!("{REGISTER}.csv")).must(200);
        assert!(csv.text.starts_with("reference,recipient,recipient_charity_number,") && csv.text.contains(",3000.00,"), "{}", csv.text);

        // 500 pounds are not above 500 pounds; a penny more is.
        let extract = nobody.get(&format!("{SPEND}.json")).must(200);
        assert_eq!((field(&extract, "amount_pence"), &extract.body["month"]), (vec![&json!(50_001); 4], &json!("2020-11")));
        assert_eq!(nobody.get(&format!("{SPEND}.json?month=2020-10")).must(200).items().len(), 0);
        assert_eq!(nobody.get(&format!("{SPEND}.csv?month=2020-11")).must(200).text.lines().count(), 5);

        // What the caller has is not sent again, until something changes.
        let tag = register.tag().to_owned();
        let again = || nobody.send(nobody.request(Method::GET, &format!("{REGISTER}.json")).header("If-None-Match", &tag));
        assert_eq!((again().status, register.header("cache-control")), (304, Some("public, no-cache")));
        // Nor where only inner things changed.
        amend_provider(&scene, &json!({ "contact_email": "somebody@provider.example", "note": "Ask on Mondays." }));
        let pause = json!({ "paused_on": "2020-09-01", "resume_planned_on": "2020-11-01", "intention": "A new hall." });
        scene.commissioner.change(&format!("/v1/awards/{grant}/pause"), scene.award(&grant).tag(), &pause).must(200);
        let later = json!({ "record_kind": "award", "record_id": grant, "field": "purpose", "reason": "A refuge.", "starts_on": "2099-01-01" });
        scene.commissioner.post("/v1/redactions", &later).must(201);
        assert_eq!(again().status, 304);
        add(&scene, &grant, &json!({ "purpose": "Nights in the hall" })).must(200);
        assert_eq!(again().must(200).items()[0]["purpose"], "Nights in the hall");
        let index = nobody.get("/open-data").must(200);
        let there: Vec<bool> = index.body["files"].as_array().unwrap().iter().map(|file| file["is_available"].as_bool().unwrap()).collect();
        assert_eq!(there, [true, true, true, false, true, true], "grants wait for a prefix and a licence");

        // What is part of another award is not published, and does not say which month is the last one.
        let part = other(200_004);
        pay(app, &scene, &part, "2020-12-10");
        let month = || nobody.get(&format!("{SPEND}.json")).must(200).body["month"].clone();
        assert_eq!(month(), "2020-12");
        app.sql(&format!("UPDATE award_terms SET component_of = {} WHERE award_id = {}", literal(app, &large), literal(app, &part)));
        assert_eq!(month(), "2020-11");
    }

    fn the_watch_names_what_is_incomplete(app) {
        let scene = Scene::set(app, 10_000_000, 5_000_000);
        let grant = scene.live(300_000, json!({ "purpose": "Nights on the street" }));
        let contract = |pence: i64| {
            let changes = json!({ "kind": "contract", "legal_power": OTHER_LAW, "contract": { "living_wage_clause": true } });
            scene.live(pence, changes)
        };
        let (large, small) = (contract(1_000_001), contract(1_000_000));
        let paid = scene.live(300_000, json!({ "legal_power": OTHER_LAW }));
        pay(app, &scene, &paid.id(), "2020-08-31");
        let watch = |month: &str| {
            let all = scene.finance.get(&format!("/v1/publication-watch?month={month}")).must(200);
            let turn = |one: &Value| (one["award"]["id"].as_str().unwrap().to_owned(), one["outputs"].clone(), one["missing"].clone());
            all.items().iter().map(turn).collect::<Vec<_>>()
        };
        let due = [
            (grant.id(), json!(["grant_register"]), json!(["reasons"])),
            (large.id(), json!(["contracts"]), json!(["contract_copy"])),
            (paid.id(), json!(["spend_extract"]), json!(["purpose", "value_for_money_reasons"])),
        ];
        assert_eq!(watch("2020-08"), due, "{} needs no copy", small.id());
        assert_eq!(watch("2020-09"), []);
        scene.signatory.get("/v1/publication-watch").must(403);

        add(&scene, &grant.id(), &json!({ "reasons": "It reaches people." })).must(200);
        add(&scene, &paid.id(), &json!({ "purpose": "Advice", "value_for_money_reasons": "The lowest price." })).must(200);
        let inner = attach(&scene, &large.id(), "assessment.pdf", "&office_only=true", b"%PDF-1.7\n1 0 obj\n").id();
        assert_eq!(add(&scene, &large.id(), &json!({ "contract_document_id": inner })).must(422).faults(), ["/contract_document_id not_allowed"]);
        let copy = attach(&scene, &large.id(), "signed.pdf", "", b"%PDF-1.7\n2 0 obj\n").id();
        assert_eq!(add(&scene, &small.id(), &json!({ "contract_document_id": copy })).must(422).faults(), ["/contract_document_id unknown_record"]);
        assert_eq!(add(&scene, &large.id(), &json!({ "reasons": " ", "contract_document_id": copy })).must(422).faults(), ["/reasons blank"]);
        add(&scene, &large.id(), &json!({ "contract_document_id": copy })).must(200);
        assert_eq!(watch("2020-08"), []);

        let nobody = app.nobody();
        let list = nobody.get("/open-data/contracts.json").must(200);
        let place = format!("/open-data/contracts/{}/copy", large.id());
        assert_eq!(field(&list, "copy_url"), [&json!(place), &Value::Null]);
        assert_eq!(field(&list, "is_above_10000_pounds"), [true, false]);
        let given = nobody.get(&place).must(200);
        assert_eq!(given.text, "%PDF-1.7\n2 0 obj\n");
        assert!(!given.header("content-disposition").unwrap().contains("signed"));
        nobody.get(&format!("/open-data/contracts/{}/copy", small.id())).must(404);
        // A copy from before a redaction may still tell what is redacted; to name it again does not help.
        redact(&scene, "award", &large.id(), "purpose").must(201);
        nobody.get(&place).must(404);
        assert_eq!(watch("2020-08"), [(large.id(), json!(["contracts"]), json!(["contract_copy"]))]);
        add(&scene, &large.id(), &json!({ "contract_document_id": null })).must(200);
        add(&scene, &large.id(), &json!({ "contract_document_id": copy })).must(200);
        nobody.get(&place).must(404);
        // Longer than a piece in which it is read and sent.
        let pages = format!("%PDF-1.7\n3 0 obj\n{}", "Page after page.\n".repeat(12_000));
        let blackened = attach(&scene, &large.id(), "blackened.pdf", "", pages.as_bytes()).id();
        add(&scene, &large.id(), &json!({ "contract_document_id": blackened })).must(200);
        let given = nobody.get(&place).must(200);
        assert_eq!((given.text.len(), given.text == pages, watch("2020-08")), (pages.len(), true, vec![]));
        assert_eq!(given.header("content-length").unwrap(), pages.len().to_string());
        redact(&scene, "award", &large.id(), "contract_copy").must(201);
        nobody.get(&place).must(404);
        assert_eq!(watch("2020-08"), [], "a copy that may not be shown is not asked for");
    }

    fn grants_are_given_in_the_standard(app) {
        let scene = Scene::set(app, 10_000_000, 5_000_000);
        let nobody = app.nobody();
        let area = scene.commissioner.get(&format!("/v1/areas/{}", scene.area)).must(200);
        scene.commissioner.patch(&format!("/v1/areas/{}", scene.area), area.tag(), &json!({ "ons_code": "E08000030" })).must(200);
        let grant = scene.live(8_052_842 / 100, json!({ "purpose": "Nights, \"on\" the street", "area_ids": [scene.area, scene.other_area] }));
        scene.live(300_000, json!({ "kind": "contract", "legal_power": OTHER_LAW, "contract": { "living_wage_clause": true } }));
        assert_eq!(nobody.get(&format!("{GIVING}.json")).must(404).code(), "not_found");
        set_policy(app);
        add(&scene, &grant.id(), &json!({ "from_open_call": true })).must(200);
        let package = nobody.get(&format!("{GIVING}.json")).must(200);
        assert_eq!([&package.body["version"], &package.body["license"]], [&json!("1.4"), &json!("https://licence.example/by/4.0/")]);
        let grants = package.body["grants"].as_array().unwrap();
        assert_eq!(grants.len(), 1, "a contract is no grant");
        let one = &grants[0];
        for required in ["id", "title", "description", "currency", "amountAwarded", "awardDate", "recipientOrganization", "fundingOrganization"] {
            assert!(!one[required].is_null(), "{required} is missing: {one}");
        }
        assert!(package.text.contains("\"amountAwarded\":805.28,"), "{}", package.text);
        assert_eq!(one["dataSource"], "https://grants.opcc.example/open-data/360giving.json");
        let id = format!("360G-office-{}", grant.body["reference"].as_str().unwrap());
        assert_eq!([&one["id"], &one["awardDate"], &one["fromOpenCall"]], [&json!(id), &json!("2020-07-01"), &json!("Yes")]);
        assert_eq!(one["plannedDates"], json!([{ "startDate": "2020-06-01", "endDate": "2021-03-31" }]));
        assert_eq!(one["beneficiaryLocation"], json!([{ "name": "dudley" }, { "name": "walsall", "geoCode": "E08000030", "geoCodeType": "MD" }]));
        assert_eq!(one["grantProgramme"], json!([{ "code": "CIF", "title": "Community Initiative Fund" }]));
        assert!(one["recipientOrganization"][0]["id"].as_str().unwrap().starts_with("360G-office-org-"), "{one}");

        amend_provider(&scene, &json!({ "company_number": "01234567" }));
        let organisation = |answer: &Answer| answer.body["grants"][0]["recipientOrganization"][0]["id"].clone();
        assert_eq!(organisation(&nobody.get(&format!("{GIVING}.json")).must(200)), "GB-COH-01234567");
        amend_provider(&scene, &json!({ "charity_number": "1012345" }));
        let after = nobody.get(&format!("{GIVING}.json")).must(200);
        assert_eq!(organisation(&after), "GB-CHC-1012345");
        assert!(after.body["grants"][0]["dateModified"].as_str() > one["dateModified"].as_str());
        let csv = nobody.get(&format!("{GIVING}.csv")).must(200).text;
        assert!(csv.starts_with("Identifier,Title,Description,Currency,Amount Awarded,Award Date,Planned Dates:Start Date,"), "{csv}");
        assert!(csv.contains(",GBP,805.28,2020-07-01,2020-06-01,2021-03-31,GB-CHC-1012345,Helping Hands,1012345,01234567,,,,GB-PLA-OFFICE,"), "{csv}");

        // A variation changes the award.
        let variation = json!({ "title": "More", "reason": "More nights.", "effective_on": "2020-10-01", "value": { "change_pence": 100_000 } });
        let drafted = scene.commissioner.post(&format!("/v1/awards/{}/variations", grant.id()), &variation).must(201);
        let act = |who: &Client, seen: &Answer, noun: &str| who.change(&format!("/v1/variations/{}/{noun}", seen.id()), seen.tag(), &json!({})).must(200);
        let accepted = act(&scene.signatory, &act(&scene.commissioner, &drafted, "issue"), "acceptance");
        let amount = || nobody.get(&format!("{GIVING}.json")).must(200).body["grants"][0]["amountAwarded"].clone();
        assert_eq!(amount(), json!(805.28), "what is not applied yet is nobody's to read");
        act(&scene.commissioner, &accepted, "application");
        assert_eq!(amount(), json!(1805.28));
    }

    fn the_agreements_own_texts_are_withheld_where_they_may_name_a_person(app) {
        let scene = Scene::set(app, 10_000_000, 5_000_000);
        let nobody = app.nobody();
        set_policy(app);
        nobody.get(&format!("{GIVING}.json")).must(404);
        let file = nobody.get("/open-data").must(200).body["files"][3].clone();
        assert_eq!(file["is_available"], false, "there is no file without a grant: {file}");
        let texts = json!({ "title": "A bed for 943 476 5919", "purpose": "For 943 476 5919" });
        let award = scene.live(300_000, texts).id();
        let plain = scene.live(300_000, json!({})).id();
        let one = nobody.get(&format!("{REGISTER}.json")).must(200).items()[0].clone();
        assert_eq!([&one["title"], &one["purpose"], &one["redacted"]], [&json!("[redacted]"), &Value::Null, &json!(["purpose", "title"])]);
        let addresses = [format!("{REGISTER}.json"), format!("{REGISTER}.csv"), format!("{GIVING}.json"), format!("{GIVING}.csv")];
        for address in &addresses {
            assert!(!nobody.get(address).must(200).text.contains("5919"), "{address}");
        }
        let watch = || {
            let all = scene.finance.get("/v1/publication-watch?month=2020-08").must(200);
            let turn = |one: &Value| (one["award"]["id"].as_str().unwrap().to_owned(), one["outputs"].clone(), one["missing"].clone());
            all.items().iter().map(turn).collect::<Vec<_>>()
        };
        let area = scene.commissioner.get(&format!("/v1/areas/{}", scene.area)).must(200);
        scene.commissioner.patch(&format!("/v1/areas/{}", scene.area), area.tag(), &json!({ "ons_code": "E08000030" })).must(200);
        amend_provider(&scene, &json!({ "home_area_id": scene.area }));
        let outputs = json!(["grant_register", "360giving"]);
        let lacks = |id: &String, gaps: Value| (id.clone(), outputs.clone(), gaps);
        assert_eq!(watch(), [lacks(&award, json!(["purpose", "reasons", "title"])), lacks(&plain, json!(["purpose", "reasons"]))]);
        for id in [&award, &plain] {
            add(&scene, id, &json!({ "purpose": "A bed", "reasons": "It helps." })).must(200);
        }
        assert_eq!(watch(), [lacks(&award, json!(["title"]))]);
        assert_eq!(nobody.get(&format!("{REGISTER}.json")).must(200).items()[0]["purpose"], "A bed");
    }

    fn who_receives_an_award_stands_in_none_of_its_texts(app) {
        let scene = Scene::set(app, 10_000_000, 5_000_000);
        let nobody = app.nobody();
        set_policy(app);
        amend_provider(&scene, &json!({ "charity_number": "1012345" }));
        let texts = json!({ "title": "Grant to HELPING\u{a0} hands", "purpose": "Helping Hands’ beds, charity 1012345" });
        let award = scene.live(300_000, texts).id();
        let other = scene.live(300_000, json!({ "title": "Helping Hands again" })).id();
        add(&scene, &award, &json!({ "reasons": "Nobody but Helping-Hands can." })).must(200);
        let input = json!({ "reference": "DN-1", "award_id": award, "title": "Helping Hands", "decision": "To help helping hands.",
            "reasons": "Helping.", "approver": "Police and Crime Commissioner", "decided_on": "2020-06-15", "is_public": true });
        let draft = scene.commissioner.post("/v1/decision-notices", &input).must(201);
        scene.approver.change(&format!("/v1/decision-notices/{}/publication", draft.id()), draft.tag(), &json!({})).must(200);
        redact(&scene, "award", &award, "recipient").must(201);
        let items = nobody.get(&format!("{REGISTER}.json")).must(200).items().to_vec();
        assert_eq!([&items[0]["recipient"], &items[0]["title"], &items[0]["purpose"], &items[0]["reasons"]], [&json!("[redacted]"),
            &json!("Grant to [redacted]"), &json!("[redacted]’ beds, charity [redacted]"), &json!("Nobody but [redacted] can.")]);
        assert_eq!([&items[1]["recipient"], &items[1]["title"]], [&json!("Helping Hands"), &json!("Helping Hands again")], "{other} is told as before");
        let notice = nobody.get("/open-data/decision-notices").must(200).items()[0].clone();
        assert_eq!([&notice["title"], &notice["decision"], &notice["reasons"]], [&json!("[redacted]"), &json!("To help [redacted]."), &json!("Helping.")]);
        let grants = nobody.get(&format!("{GIVING}.json")).must(200).body["grants"][0].to_string();
        assert!(!grants.to_lowercase().contains("hands") && !grants.contains("1012345"), "{grants}");
        let feed = nobody.get("/open-data/decision-notices.atom").must(200).text;
        assert!(!feed.to_lowercase().contains("helping hands"), "{feed}");
    }

    fn a_second_officer_publishes_a_notice(app) {
        let scene = Scene::set(app, 10_000_000, 5_000_000);
        let nobody = app.nobody();
        let award = scene.live(300_000, json!({})).id();
        let list = || nobody.get("/open-data/decision-notices").must(200);
        let input = json!({ "reference": "DN-1", "award_id": award, "title": "A grant", "decision": "To make <the> grant.", "reasons": "It helps.",
            "approver": "Police and Crime Commissioner", "decided_on": "2020-06-15" });
        let draft = scene.commissioner.post("/v1/decision-notices", &input).must(201);
        assert_eq!((&draft.body["state"], &draft.body["allowed_actions"]), (&json!("draft"), &json!(["edit"])));
        let path = format!("/v1/decision-notices/{}", draft.id());
        assert_eq!(scene.commissioner.post("/v1/decision-notices", &input).must(409).code(), "taken");
        assert_eq!(scene.commissioner.change(&format!("{path}/publication"), draft.tag(), &json!({})).must(409).code(), "same_person");
        assert_eq!(scene.commissioner.patch(&path, draft.tag(), &json!({ "reference": "DN-2", "approver": "a@b.example" })).must(422).faults(),
            ["/approver wrong_format", "/reference fixed"]);
        let edited = scene.commissioner.patch(&path, draft.tag(), &json!({ "reasons": "It reaches & helps." })).must(200);
        assert_eq!(list().items().len(), 0, "a draft is nobody's to read");
        assert_eq!(scene.approver.change(&format!("{path}/publication"), draft.tag(), &json!({})).must(412).code(), "stale");
        let shown = scene.approver.change(&format!("{path}/publication"), edited.tag(), &json!({})).must(200);
        assert_eq!(shown.body["allowed_actions"], json!(["withdraw"]));
        assert_eq!((field(&list(), "reference"), field(&list(), "recipient")), (vec![&json!("DN-1")], vec![&json!("Helping Hands")]));
        published(&scene, &award, "DN-3", false);
        assert_eq!(list().items().len(), 1, "one that is not public is for the office");
        let feed = nobody.get("/open-data/decision-notices.atom").must(200);
        assert!(feed.text.contains("To make &lt;the&gt; grant.\n\nIt reaches &amp; helps."), "{}", feed.text);
        assert_eq!(feed.header("content-type"), Some("application/atom+xml"));
        let asked = nobody.request(Method::GET, "/open-data/decision-notices").header("Accept", "application/atom+xml");
        assert_eq!(nobody.send(asked).must(200).text, feed.text);
        assert_eq!(scene.commissioner.patch(&path, shown.tag(), &json!({ "title": "B" })).must(409).code(), "wrong_state");
        let gone = scene.commissioner.change(&format!("{path}/withdrawal"), shown.tag(), &json!({ "reason": "It was the wrong award." })).must(200);
        assert_eq!((&gone.body["state"], list().items().len()), (&json!("withdrawn"), 0));

        let rounds = nobody.get("/open-data/tranches").must(200);
        assert_eq!(rounds.items().len(), 0, "its last day is over");
        let tranche = json!({ "name": "winter & spring", "planned_pence": 100, "opens_on": "2020-04-01", "closes_on": "2099-12-31", "criteria": "Who helps <most>",
            "guidance_url": "https://opcc.example/funds?a=1&b=2" });
        let made = scene.commissioner.post(&format!("/v1/fund-periods/{}/tranches", scene.period), &tranche).must(201);
        assert_eq!(nobody.get("/open-data/tranches").must(200).items().len(), 0, "it is only planned");
        scene.commissioner.change(&format!("/v1/tranches/{}/opening", made.id()), made.tag(), &json!({})).must(200);
        let rounds = nobody.get("/open-data/tranches").must(200);
        assert_eq!([&rounds.items()[0]["criteria"], &rounds.items()[0]["fund_code"]], [&json!("Who helps <most>"), &json!("CIF")]);
        assert!(!rounds.text.contains("planned_pence"));
        let feed = nobody.get("/open-data/tranches.atom").must(200).text;
        assert!(feed.contains("Who helps &lt;most&gt;") && feed.contains("href=\"https://opcc.example/funds?a=1&amp;b=2\""), "{feed}");
    }

    fn a_redaction_takes_effect_everywhere_at_once(app) {
        let scene = Scene::set(app, 10_000_000, 5_000_000);
        let nobody = app.nobody();
        set_policy(app);
        amend_provider(&scene, &json!({ "charity_number": "1012345", "aliases": ["The Haven"] }));
        let award = scene.live(300_000, json!({ "title": "Nights at HELPING hands", "purpose": "A bed at the haven" })).id();
        let other = scene.live(300_004, json!({ "legal_power": OTHER_LAW })).id();
        pay(app, &scene, &other, "2020-11-10");
        published(&scene, &award, "DN-1", true);
        let outputs = [format!("{REGISTER}.json"), format!("{REGISTER}.csv"), format!("{SPEND}.json"), format!("{SPEND}.csv"), format!("{GIVING}.json"),
            format!("{GIVING}.csv"), "/open-data/decision-notices".to_owned(), "/open-data/decision-notices.atom".to_owned()];
        let telling = |word: &str| {
            let word = word.to_lowercase();
            outputs.iter().filter(|path| nobody.get(path).must(200).text.to_lowercase().contains(&word)).count()
        };
        assert_eq!((telling("helping hands"), telling("the haven"), telling("1012345")), (8, 4, 4));
        let wrong = json!({ "record_kind": "provider", "record_id": award, "field": "title", "reason": " ", "starts_on": "2020-01-01" });
        assert_eq!(scene.commissioner.post("/v1/redactions", &wrong).must(422).faults(),
            ["/field not_a_choice", "/reason blank", "/record_id unknown_record", "/starts_on too_early"]);
        let made = redact(&scene, "provider", &scene.provider, "name").must(201);
        assert_eq!((telling("helping hands"), telling("the haven"), telling("1012345"), telling("[redacted]")), (0, 0, 0, 8));
        let one = nobody.get(&format!("{REGISTER}.json")).must(200).items()[0].clone();
        assert_eq!([&one["recipient"], &one["title"], &one["purpose"], &one["redacted"]],
            [&json!("[redacted]"), &json!("Nights at [redacted]"), &json!("A bed at [redacted]"), &json!(["purpose", "recipient_name", "title"])]);
        let grant = nobody.get(&format!("{GIVING}.json")).must(200).body["grants"][0]["recipientOrganization"][0].clone();
        assert_eq!(grant, json!({ "id": "360G-office-org-redacted", "name": "[redacted]" }));
        assert_eq!(redact(&scene, "provider", &scene.provider, "name").must(409).code(), "taken");
        assert_eq!(scene.award(&award).body["title"], "Nights at HELPING hands", "the office sees it as before");

        let later = json!({ "record_kind": "award", "record_id": award, "field": "purpose", "reason": "A refuge.", "starts_on": "2099-01-01" });
        scene.commissioner.post("/v1/redactions", &later).must(201);
        assert_eq!(nobody.get(&format!("{REGISTER}.json")).must(200).items()[0]["purpose"], "A bed at [redacted]", "not yet");
        assert_eq!(scene.commissioner.post("/v1/redactions", &later).must(409).code(), "taken");
        redact(&scene, "award", &award, "purpose").must(201);
        assert_eq!(nobody.get(&format!("{REGISTER}.json")).must(200).items()[0]["purpose"], "[redacted]", "one from a later day on stands in no way");
        redact(&scene, "award", &award, "areas").must(201);
        assert!(nobody.get(&format!("{GIVING}.json")).must(200).body["grants"].as_array().unwrap().iter().any(|one| one["beneficiaryLocation"].is_null()));

        let path = format!("/v1/redactions/{}", made.id());
        scene.finance.change(&format!("{path}/lift"), made.tag(), &json!({ "reason": "It is known." })).must(403);
        let lifted = scene.commissioner.change(&format!("{path}/lift"), made.tag(), &json!({ "reason": "It is known." })).must(200);
        assert_eq!((&lifted.body["lifted_reason"], &lifted.body["allowed_actions"]), (&json!("It is known."), &json!([])));
        assert_eq!(telling("helping hands"), 8);
        let log = app.office(&[Role::Auditor]).all(&format!("/v1/audit-events?record_id={}&outcome=done", made.id()));
        let mut acts: Vec<_> = log.iter().map(|one| (one["act"].as_str().unwrap(), one["reason"].as_str().unwrap())).collect();
        acts.sort_unstable();
        assert_eq!(acts, [("redaction.lift", "It is known."), ("redaction.make", "The address of a refuge is not told.")]);
    }
}

on_both! {
    in example
    fn the_example_office_tells_nothing_that_its_papers_do_not_print(app) {
        // No paper of the example prints a day of decision or a law, so none of its awards is told as a grant, and none stands in a month.
        set_policy(app);
        let nobody: Client = app.nobody();
        nobody.get(&format!("{GIVING}.json")).must(404);
        assert_eq!(nobody.get(&format!("{REGISTER}.json")).must(200).items().len(), 0);
        let watch = app.office(&[Role::Finance]).get("/v1/publication-watch").must(200);
        assert!(watch.items().len() > 20, "{}", watch.items().len());
        for one in watch.items() {
            let missing = one["missing"].as_array().unwrap();
            assert!(missing.contains(&json!("legal_power")) && missing.contains(&json!("awarded_on")), "{one}");
        }
    }
}
