//! The page for providers: plain forms over HTTP, as a browser sends them.

mod browser;

use serde_json::json;

use super::workbook::parts::{Parts, Typed};
use super::workbook::{award, download, row_of, spend_row, value_row};
use super::{act, of_period, submitted, write};
use crate::support::{App, Scene};
use almoner::access::permissions::Role;
use browser::{Browser, Page};

const PASSWORD: &str = "four blind mice ran";

/// Somebody of the scene's provider, signed in.
fn provider(app: &App, scene: &Scene, role: Role) -> Browser {
    let email = app.person(role, Some(scene.provider.parse().unwrap()), PASSWORD);
    Browser::signed_in(app, &email, PASSWORD)
}

fn officer(app: &App) -> Browser {
    Browser::signed_in(app, &app.person(Role::Commissioner, None, PASSWORD), PASSWORD)
}

/// The workbook filled in, without a doubt or with one.
fn filled(bytes: &[u8], spent: &str) -> Vec<u8> {
    let here = value_row(bytes, "People referred", "walsall");
    let share = value_row(bytes, "People who stay", "All areas together");
    let there = value_row(bytes, "People referred", "dudley");
    Parts::of(bytes)
        .typed("Return", "B10", Typed::Text("We met every week."))
        .typed("Spend", &format!("B{}", spend_row(bytes, "Staff")), Typed::Number(spent))
        .typed("Indicators", &format!("I{here}"), Typed::Number("7"))
        .typed("Indicators", &format!("I{there}"), Typed::Number("0"))
        .typed("Indicators", &format!("H{share}"), Typed::Text("not applicable"))
        .bytes()
}

on_both! {
    fn a_return_is_written_and_sent_without_a_script(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = award(&scene);
        let first = of_period(&scene, &award.id, "2020-21-Q1");
        let place = format!("/returns/{}", first.id());
        let author = provider(app, &scene, Role::ProviderAuthor);
        let list = author.get("/returns").must(200);
        list.says("Returns of Helping Hands").says("21 August 2020").says("Overdue, nothing written yet").says(&format!("href=\"{place}\""));
        let page = author.get(&place).must(200);
        page.says("CIF-2020-21-T1-0001, 2020-21-Q1").says("Mend the errors first").says("Nothing has been written in this return yet.");
        assert!(page.header("content-security-policy").starts_with("default-src 'none'; style-src 'self'; form-action 'self'"));
        assert_eq!((page.header("cache-control"), page.header("referrer-policy")), ("no-store".to_owned(), "same-origin".to_owned()));
        let bytes = author.file(&format!("{place}/workbook"));
        assert_eq!(bytes, download(&scene.author, &first.id()).1, "the same file as a program gets");
        // A check keeps nothing; a file with errors neither.
        let staff = format!("B{}", spend_row(&bytes, "Staff"));
        let faulty = Parts::of(&filled(&bytes, "5")).typed("Spend", &staff, Typed::Formula("1+1")).bytes();
        author.upload(&place, page.version(), "check", &faulty).must(200).says("This was a check").says(&format!("Sheet Spend, cell {staff}"));
        let refused = author.upload(&place, page.version(), "keep", &faulty).must(422);
        refused.says("Your file was not taken").says("A formula stands where a value belongs").says("<title>Error: ");
        assert_eq!(of_period(&scene, &award.id, "2020-21-Q1").body, first.body);
        // More than the award is worth is doubtful, and may be explained.
        let kept = author.upload(&place, page.version(), "keep", &filled(&bytes, "4000")).must(303);
        assert_eq!(kept.header("location"), format!("{place}?done=uploaded"));
        let page = author.get(&kept.header("location")).must(200);
        page.says("Your file was taken in").says("the award is worth £3,000.00").says("Sheet Spend, cell B4").says("Explain this warning");
        let written = of_period(&scene, &award.id, "2020-21-Q1");
        assert_eq!((&written.body["content"]["narrative"], &written.body["entered_on_behalf_by"]), (&json!("We met every week."), &json!(null)));
        let explanation = [("rule", "spend_above_value"), ("pointer", "/spend"), ("text", "Paid ahead <for> a year.")];
        let explained = author.form(&format!("{place}/explanations"), &page.with_version(&explanation)).must(303);
        let page = author.get(&explained.header("location")).must(200);
        page.says("Your explanation: </strong>Paid ahead &lt;for&gt; a year.").says("A signatory of the provider signs in here");
        author.form(&format!("{place}/explanations"), &page.with_version(&[("rule", "spend_above_value"), ("pointer", "/spend"), ("text", " ")]))
            .must(422).says("Type something into the field first.");
        author.form(&format!("{place}/certification"), &page.with_version(&[])).must(403).says("Your roles do not let you do this");
        // The signatory certifies and submits what the author wrote.
        let signatory = provider(app, &scene, Role::ProviderSignatory);
        let page = signatory.get(&place).must(200);
        page.says("Certify the return");
        signatory.form(&format!("{place}/submission"), &page.with_version(&[])).must(409).says("A signatory of the provider has to certify");
        let certified = signatory.form(&format!("{place}/certification"), &page.with_version(&[])).must(303);
        signatory.form(&format!("{place}/certification"), &page.with_version(&[])).must(412).says("somebody has changed this return since you opened it");
        let page = signatory.get(&certified.header("location")).must(200);
        let sent = signatory.form(&format!("{place}/submission"), &page.with_version(&[])).must(303);
        signatory.get(&sent.header("location")).must(200).says("The return was sent to the office.").says("Sent to the office");
        let sent = of_period(&scene, &award.id, "2020-21-Q1");
        assert_eq!(sent.body["state"], "submitted");
        signatory.upload(&place, sent.body["version"].to_string(), "keep", &bytes).must(409).says("This return is submitted, so it cannot be changed.");
        signatory.get("/returns").must(200).lacks(&place);
        signatory.get("/returns?show=all").must(200).says(&place);
        let acts = "SELECT act AS text FROM audit_event WHERE outcome = 'done' AND record_kind = 'return' ORDER BY act";
        let acts = app.texts(acts);
        assert!(["return.write", "return.certify", "return.submit"].iter().all(|act| acts.iter().any(|one| one == act)), "{acts:?}");
    }

    fn whoever_is_refused_reads_of_cells_and_not_of_fields(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = award(&scene);
        let first = of_period(&scene, &award.id, "2020-21-Q1");
        write(&scene.author, &first, &json!({ "narrative": "We met every week." })).must(200);
        let signatory = provider(app, &scene, Role::ProviderSignatory);
        let place = format!("/returns/{}", first.id());
        let page = signatory.get(&place).must(200);
        let refused = signatory.form(&format!("{place}/certification"), &page.with_version(&[])).must(422);
        refused.says("<li><a href=\"#findings\">Sheet Indicators, cell ");
        for word in ["‘not_reported’", "‘spend’", "empty list", "There are "] {
            refused.lacks(word);
        }
        let there = |path: &str| signatory.get(path);
        there("/").must(200).says("href=\"/returns\"").says("href=\"/docs/\"");
        assert_eq!(there("/returns/").must(308).header("location"), "/returns");
    }

    fn files_a_paper_and_what_changed_stand_on_the_page(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = award(&scene);
        let first = of_period(&scene, &award.id, "2020-21-Q1");
        let place = format!("/returns/{}", first.id());
        let people = |area: &str, number: i64| json!({ "indicator_id": award.people, "area_id": area, "status": "reported", "value": number });
        let values = json!([people(&scene.area, 7), people(&scene.other_area, 1), { "indicator_id": award.share, "status": "not_applicable" }]);
        let content = json!({ "spend": [{ "category": "staff", "amount_pence": 70_000 }], "values": values, "narrative": "We began." });
        write(&scene.author, &first, &content).must(200);
        let author = provider(app, &scene, Role::ProviderAuthor);
        let page = author.get(&place).must(200);
        page.says("Money spent</dt><dd>£700.00").says("2 given, 0 not reported, 1 not applicable").says(&format!("href=\"{place}/pdf\""));
        assert!(author.file(&format!("{place}/pdf")).starts_with(b"%PDF"), "the paper opens with the cookie");
        // A file is attached, fetched and taken off again, as a program does it.
        let attach = |name: &str, file: &[u8]| author.send_file(&format!("{place}/evidence"), page.version(), "", (name, file));
        attach("Receipts.pdf", b"").must(422).says("Choose a file, then press the button again.");
        attach("Receipts.exe", b"%PDF-1.7\n").must(422).says("The name must end as the file").says("href=\"#evidence\"");
        let kept = attach("Receipts.pdf", b"%PDF-1.7\n1 0 obj\n").must(303);
        attach("Ledger.txt", b"Not ours\n").must(303);
        let page = author.get(&kept.header("location")).must(200);
        page.says("The file was attached.").says("Receipts.pdf</a>").says("Ledger.txt</a>");
        let files = scene.author.all(&format!("/v1/returns/{}/evidence", first.id()));
        let of = |at: usize| format!("{place}/evidence/{}", files[at]["id"].as_str().unwrap());
        assert_eq!(author.file(&of(0)), b"%PDF-1.7\n1 0 obj\n");
        let stranger = Browser::signed_in(app, &app.person(Role::ProviderSignatory, Some(scene.other_provider.parse().unwrap()), PASSWORD), PASSWORD);
        for path in [of(0), format!("{place}/pdf")] {
            stranger.get(&path).must(404);
        }
        let elsewhere = of_period(&scene, &award.id, "2020-21-Q2").id();
        author.get(&of(0).replace(&first.id(), &elsewhere)).must(404);
        let gone = author.form(&format!("{}/removal", of(1)), &page.with_version(&[])).must(303);
        author.get(&gone.header("location")).must(200).says("The file was taken off the return.").lacks("Ledger.txt");
        assert_eq!(scene.author.all(&format!("/v1/returns/{}/evidence", first.id())).len(), 1);
        // After a question the signatory sees what is not as it was, and by when it is to be sent again.
        let sent = crate::returns::send(&scene, &of_period(&scene, &award.id, "2020-21-Q1"));
        let asked = act(&scene.commissioner, &sent, "queries").must(200);
        let mut mended = content.clone();
        mended["values"][0]["value"] = json!(8);
        mended["spend"][0]["amount_pence"] = json!(70_050);
        mended["narrative"] = json!("We began in June.");
        write(&scene.author, &asked, &mended).must(200);
        let signatory = provider(app, &scene, Role::ProviderSignatory);
        let page = signatory.get(&place).must(200);
        page.says("What is not as it was when it was sent the last time").says("People referred, walsall: 7 before, now 8").says("To be sent again by");
        page.says("Money spent: Pay: £700.00 before, now £700.50").says("Narrative: “We began.” before, now “We began in June.”").says("Certify the return");
        let certified = signatory.form(&format!("{place}/certification"), &page.with_version(&[])).must(303);
        let page = signatory.get(&certified.header("location")).must(200);
        signatory.form(&format!("{place}/submission"), &page.with_version(&[])).must(303);
        signatory.get(&place).must(200).says("Receipts.pdf</a>").lacks("Take it off").lacks("Attach the file");
    }

    fn nobody_is_let_in_without_the_password(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let email = app.person(Role::ProviderAuthor, Some(scene.provider.parse().unwrap()), PASSWORD);
        let browser = Browser::new(app);
        let asked = browser.get("/returns").must(303);
        assert_eq!(asked.header("location"), "/returns/sign-in?to=/returns");
        let door = browser.get(&asked.header("location")).must(200);
        door.says("<html lang=\"en-GB\">").says("autocomplete=\"current-password\"");
        let wrong = |email: &str, password: &str| browser.sign_in(email, password).must(401).text.replace(email, "…");
        assert_eq!(wrong(&email, "wrong password"), wrong("nobody@opcc.example", "wrong password"), "who is known is not told");
        for _ in 0..9 {
            browser.sign_in(&email, "wrong password");
        }
        let stopped = browser.sign_in(&email, PASSWORD).must(429);
        stopped.says("Wait 15 minutes, then try again.");
        assert!(!stopped.header("retry-after").is_empty());
        let other = app.person(Role::ProviderAuthor, Some(scene.provider.parse().unwrap()), PASSWORD);
        let entered = browser.sign_in(&other, PASSWORD).must(303);
        assert_eq!(entered.header("location"), "/returns");
        let cookie = entered.header("set-cookie");
        assert!(cookie.ends_with("; Path=/returns; HttpOnly; SameSite=Strict; Secure"), "{cookie}");
        // An administrator signs in too, and has no returns to see.
        let administrator = Browser::signed_in(app, &app.person(Role::Administrator, None, PASSWORD), PASSWORD);
        administrator.get("/returns").must(403).says("Your roles do not let you do this: See returns");
        browser.get("/returns/style.css").must(200);
        assert_eq!(browser.get("/returns/nonsense").status, 404, "signed in, and there is no such return");
    }

    fn a_session_goes_on_and_ends(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let browser = provider(app, &scene, Role::ProviderAuthor);
        // When the access token is over, the next one comes by itself; two tabs at once do not end the session.
        let old = format!("over~{}", browser.refresh_token());
        for _ in 0..2 {
            browser.put_cookie(&old);
            let page = browser.get("/returns").must(200);
            assert!(page.header("set-cookie").starts_with("almoner_returns=ey"), "{}", page.header("set-cookie"));
        }
        browser.get("/returns").must(200).says("Sign out");
        let left = browser.cookie();
        let out = browser.form("/returns/sign-out", &[]).must(303);
        assert_eq!(out.header("location"), "/returns/sign-in?done=signed-out");
        assert!(out.header("set-cookie").starts_with("almoner_returns=; Max-Age=0;"), "{}", out.header("set-cookie"));
        browser.get(&out.header("location")).must(200).says("You have signed out.");
        browser.put_cookie(&left);
        assert_eq!(browser.get("/returns").must(303).header("location"), "/returns/sign-in?to=/returns");
        browser.form("/returns/sign-out", &[]).must(401).says("You have been signed out");
        browser.put_cookie("nonsense");
        browser.get("/returns").must(303);
    }

    fn a_form_from_elsewhere_is_not_taken(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = award(&scene);
        let first = of_period(&scene, &award.id, "2020-21-Q1");
        let place = format!("/returns/{}/submission", first.id());
        let author = provider(app, &scene, Role::ProviderAuthor);
        let form = [("version", "1".to_owned())];
        let from = |name: &str, value: &str| author.form_from(&place, &form, &[(name, value)]).status;
        assert_eq!((from("sec-fetch-site", "cross-site"), from("sec-fetch-site", "none"), from("sec-fetch-site", "same-site")), (403, 403, 403));
        assert_eq!((from("origin", "https://evil.example"), from("origin", "null"), from("x-nothing", "")), (403, 403, 403));
        // What is nobody's form is refused by the rules: nothing is written yet.
        assert_eq!((from("sec-fetch-site", "same-origin"), from("origin", &app.base), from("origin", "https://almoner.example")), (409, 409, 409));
        let door = author.form_from("/returns/sign-in", &[("email", "a".to_owned())], &[("sec-fetch-site", "cross-site")]).must(403);
        door.says("sent from another website");
        author.get(&place).must(405);
    }

    fn who_may_see_what(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = award(&scene);
        let first = of_period(&scene, &award.id, "2020-21-Q1");
        let place = format!("/returns/{}", first.id());
        let email = app.person(Role::ProviderSignatory, Some(scene.other_provider.parse().unwrap()), PASSWORD);
        let stranger = Browser::signed_in(app, &email, PASSWORD);
        stranger.get(&place).must(404).says("Not found");
        stranger.get(&format!("{place}/workbook")).must(404);
        stranger.get("/returns?show=all").must(200).says("Returns of Open Doors").says("There is no return yet.");
        let bytes = download(&scene.author, &first.id()).1;
        stranger.upload(&place, "1".to_owned(), "keep", &bytes).must(404);
        stranger.form(&format!("{place}/certification"), &[("version", "1".to_owned())]).must(404);
        // An officer finds it by its provider or award, and writes it for the provider.
        let officer = officer(app);
        officer.get("/returns?search=helping").must(200).says(&place).says("Helping Hands").says("Returns of all providers");
        officer.get("/returns?search=cif-2020-21-t1-0001&show=all").must(200).says(&place);
        officer.get("/returns?search=nowhere%25").must(200).lacks(&place).says("was found with these words");
        let page = officer.get(&place).must(200);
        page.says("You do this for Helping Hands");
        officer.upload(&place, page.version(), "keep", &filled(&bytes, "100")).must(303);
        let written = of_period(&scene, &award.id, "2020-21-Q1");
        assert!(written.body["entered_on_behalf_by"].as_str().unwrap().starts_with("commissioner."), "{}", written.text);
        officer.get(&place).must(200).says("of the office, for the provider").lacks("Certify the return");
        officer.form(&format!("{place}/certification"), &[("version", "2".to_owned())]).must(403);
        assert_eq!(app.texts("SELECT act AS text FROM audit_event WHERE act = 'return.enter_on_behalf' AND outcome = 'done'").len(), 1);
    }

    fn files_of_other_kinds_and_sizes_are_told_in_plain_words(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = award(&scene);
        let first = of_period(&scene, &award.id, "2020-21-Q1");
        let place = format!("/returns/{}", first.id());
        let author = provider(app, &scene, Role::ProviderAuthor);
        let page = author.get(&place).must(200);
        let send = |bytes: &[u8]| -> Page { author.upload(&place, page.version(), "keep", bytes) };
        send(b"").must(422).says("Choose the workbook that you filled in").says("href=\"#file\"");
        send(b"%PDF-1.7 a letter").must(422).says("The file is no Excel workbook, whatever its name says.");
        send(&[0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1]).must(422).says("locked with a password, or saved in an old format");
        send(&vec![b'a'; 6 * 1_048_576]).must(413).says("Too large").says("That is 5 MB.").says(&format!("href=\"{place}\""));
        write(&scene.author, &first, &json!({ "narrative": "Meanwhile." })).must(200);
        let bytes = download(&scene.author, &first.id()).1;
        send(&bytes).must(412).says("somebody has changed this return since you opened it").says("Go back");
        author.upload(&place, String::new(), "keep", &bytes).must(428);
        assert_eq!(author.form_from(&format!("{place}/workbook"), &[("version", "2".to_owned())], &[("sec-fetch-site", "same-origin")]).status, 400);
    }

    fn hostile_words_stay_words(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let evil = "<script>alert(1)</script>\"><img src=x onerror=alert(1)>";
        let award = scene.live(300_000, json!({ "title": evil })).id();
        let first = of_period(&scene, &award, "2020-21-Q1");
        let place = format!("/returns/{}", first.id());
        let author = provider(app, &scene, Role::ProviderAuthor);
        let page = author.get(&place).must(200);
        page.says("&lt;script&gt;alert(1)&lt;/script&gt;&quot;&gt;&lt;img").lacks("<script").lacks("<img");
        author.get("/returns").must(200).says("&lt;script&gt;").lacks("<script").lacks("<img");
        officer(app).get(&format!("/returns?search={}", "%22%3E%3Cscript%3E")).must(200).says("value=\"&quot;&gt;&lt;script&gt;\"").lacks("<script");
        let written = author.upload(&place, page.version(), "keep", &Parts::of(&download(&scene.author, &first.id()).1)
            .typed("Return", "B10", Typed::Text("We began.")).bytes()).must(303);
        // What was done is told in words of ours only.
        author.get(&format!("{place}?done=%3Cscript%3E")).must(200).lacks("<script");
        author.get(&written.header("location")).must(200);
    }

    fn a_question_is_answered(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = scene.live(300_000, json!({})).id();
        let sent = submitted(&scene, &award, "2020-21-Q1", &json!({ "spend": [], "narrative": "We met." }));
        act(&scene.commissioner, &sent, "queries").must(200);
        let place = format!("/returns/{}", sent.id());
        let author = provider(app, &scene, Role::ProviderAuthor);
        let page = author.get(&place).must(200);
        page.says("The office asks").says("Please split it by borough.").says("Sent back with a question");
        let query = of_period(&scene, &award, "2020-21-Q1").body["queries"][0]["id"].as_str().unwrap().to_owned();
        let answered = author.form(&format!("{place}/queries/{query}/answer"), &page.with_version(&[("answer", "There is one borough.")])).must(303);
        author.get(&answered.header("location")).must(200).says("The answer: There is one borough.").says("Your answer was kept.");
    }

    fn all_returns_of_a_quarter_go_in_one_workbook(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        scene.live(300_000, json!({}));
        let author = provider(app, &scene, Role::ProviderAuthor);
        assert!(!author.get("/returns").must(200).text.contains("One workbook for all of"), "one return has a workbook of its own");
        let other = scene.live(200_000, json!({})).id();
        let link = "href=\"/returns/quarter?quarter=2020-21-Q1\"";
        author.get("/returns").must(200).says("One workbook for all of").says(link);
        let page = author.get("/returns/quarter?quarter=2020-21-Q1").must(200);
        page.says("The sheets of each carry its number.");
        let bytes = author.file("/returns/quarter/workbook?quarter=2020-21-Q1");
        let staff = format!("B{}", row_of(&bytes, "Spend 2", &[("A", "Staff")]));
        let filled = Parts::of(&bytes).typed("Spend 2", &staff, Typed::Number("12")).bytes();
        let send = |what: &str| author.send_quarter("2020-21-Q1", page.version(), what, &filled);
        send("check").must(200).says("This was a check: nothing was kept.");
        let before = of_period(&scene, &other, "2020-21-Q1").body["content"]["spend"].clone();
        assert!(before.is_null(), "{before}");
        let kept = send("keep").must(303);
        author.get(&kept.header("location")).must(200).says("Each of these returns now says what the file says.");
        // What its file says nothing of is not begun by it.
        let mut states: Vec<_> = scene.author.all("/v1/returns?quarter=2020-21-Q1").iter().map(|one| one["state"].to_string()).collect();
        states.sort();
        assert_eq!(states, ["\"draft\"", "\"due\""]);
    }
}
