//! An office as a folder: the example is sound, broken copies list all their faults, a load is whole and happens once.

mod agreements;
mod closed;
mod later;

use std::sync::Mutex;
use std::sync::mpsc::channel;

use almoner::access::permissions::Role;
use almoner::funds::areas::{self, AreaInput};
use almoner::kernel::{Moment, Provenance};
use almoner::office::example;
use almoner::office::import::check::{self, Known};
use almoner::office::import::{CellFault, Folder, Sheets};
use almoner::office::load::{Outcome, load};
use almoner::store::{WriteMeta, history};
use serde_json::json;

use crate::support::{App, Backend};

fn faults(folder: &Folder) -> Vec<CellFault> {
    check::faults(&Sheets::read(folder), &Known::new())
}

/// File, row, column and value of each fault.
fn places(folder: &Folder) -> Vec<String> {
    faults(folder).iter().map(|fault| format!("{} {} {} {}", fault.file, fault.row, fault.column, fault.value)).collect()
}

fn text(file: &str) -> String {
    std::fs::read_to_string(format!("{}/examples/west_midlands_2020_21/{file}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

/// The example with one text in a file replaced.
fn with(folder: Folder, file: &str, from: &str, to: &str) -> Folder {
    let before = text(file);
    assert!(before.contains(from), "{file} has no `{from}`");
    folder.with(file, before.replacen(from, to, 1))
}

fn import(app: &App, folder: &Folder, dry_run: bool) -> Outcome {
    app.wait(load(&app.service.db, Sheets::read(folder), dry_run)).unwrap()
}

#[test]
fn the_example_is_sound() {
    assert_eq!(faults(&example::folder()), []);
    let sheets = Sheets::read(&example::folder());
    assert_eq!((sheets.office.providers.len(), sheets.office.awards.len(), sheets.office.users.len()), (210, 213, 15));
}

#[test]
fn a_file_that_is_not_there_is_one_fault() {
    let dir = format!("{}/examples/west_midlands_2020_21", env!("CARGO_MANIFEST_DIR"));
    let copy = tempfile::tempdir().unwrap();
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.file_name().is_some_and(|name| name != "areas.csv") {
            std::fs::copy(&path, copy.path().join(path.file_name().unwrap())).unwrap();
        }
    }
    let found = faults(&Folder::open(copy.path()).unwrap());
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!((found[0].file.as_str(), found[0].row), ("areas.csv", 0));
    let words = ["is not in the folder, and ", " cells refer to it; the first is `west-midlands-force` in commissioning_bodies.csv, row 2"];
    assert!(words.iter().all(|words| found[0].reason.contains(words)), "{}", found[0].reason);
    let app = App::start(Backend::Sqlite).unwrap();
    let listed = import(&app, &Folder::open(copy.path()).unwrap(), true).faults;
    assert_eq!(listed, found, "what only follows from it is not told besides");
}

#[test]
fn a_row_without_a_time_is_one_fault() {
    let areas = text("areas.csv");
    let (header, first) = (areas.lines().next().unwrap(), areas.lines().nth(1).unwrap());
    let place = header.split(',').position(|name| name == "known_from").unwrap();
    let mut cells: Vec<&str> = first.split(',').collect();
    cells[place] = "in May";
    let folder = example::folder().with("areas.csv", areas.replacen(first, &cells.join(","), 1));
    assert_eq!(places(&folder), ["areas.csv 2 known_from in May"]);
}

#[test]
fn nobody_of_the_example_can_be_written_to() {
    let users = Sheets::read(&example::folder()).office.users;
    assert!(users.iter().all(|user| user.email.ends_with(".example")), "{users:?}");
}

#[test]
fn the_folder_on_disk_is_the_one_in_the_program() {
    let dir = format!("{}/examples/west_midlands_2020_21", env!("CARGO_MANIFEST_DIR"));
    let (disk, program) = (Folder::open(dir.as_ref()).unwrap(), example::folder());
    assert_eq!(format!("{disk:?}"), format!("{program:?}"));
}

#[test]
fn what_spreadsheets_write_is_taken() {
    let awards = text("awards.csv").replacen(",80528.42,", ",\"£80,528.42\",", 1).replace('\n', "\r\n");
    let blanks = ",".repeat(awards.lines().next().unwrap().split(',').count() + 1);
    let awards = format!("\u{feff}{awards}{blanks}\r\n{blanks}\r\n");
    let of_day = |text: String| text.replace("2020-11-30", "30/11/2020");
    let folder = example::folder().with("awards.csv", of_day(awards)).with("tranches.csv", of_day(text("tranches.csv")));
    assert_eq!(faults(&folder), []);
    let (as_written, as_read) = (Sheets::read(&example::folder()).office, Sheets::read(&folder).office);
    let days = |office: &almoner::office::import::Office| {
        office.tranches.iter().map(|row| (row.decision_on, row.origin.known_from)).collect::<Vec<_>>()
    };
    assert_eq!(days(&as_read), days(&as_written));
    let first = Sheets::read(&folder).office.awards.remove(0);
    assert_eq!(first.amount.unwrap().0, 8_052_842);
}

#[test]
fn every_fault_is_listed_with_its_place() {
    let folder = example::folder();
    let folder = with(folder, "areas.csv", "E08000025", "E0800025");
    let folder = with(folder, "awards.csv", ",130005.67,2020-03-23,2020-10-31,", ",130005.675,2020-03-23,2020-02-30,");
    let folder = with(folder, "budget_lines.csv", "cif-2020-21-poca,cif-2020-21,poca,200000", "cif-2020-21-poca,cif-2020-22,poca,-5");
    let folder = with(folder, "users.csv", "commissioner@opcc.example,commissioner", "commissioner at opcc,boss");
    let folder = with(folder, "award_splits.csv", ",100000,", ",99999.99,");
    let folder = with(folder, "return_values.csv", ",birmingham,yes,341,", ",birmingham,no,341,");
    let folder = with(folder, "fund_periods.csv", "cif,2020-21,2020-04-01,2021-03-31", "cif,2020-21,2021-04-01,2021-03-31");
    let folder = folder
        .with("award.csv", "key\n")
        .with("bid_gates.csv", "bid;number\n")
        .with("settings.csv", "key,value,colour\nsocial_value_threshold,1,red\n");
    insta_like(
        &places(&folder),
        &[
            "areas.csv 2 ons_code E0800025",
            "award.csv 0  ",
            "awards.csv 177 amount 100000.00",
            "awards.csv 3 amount 130005.675",
            "awards.csv 3 ends_on 2020-02-30",
            "bid_gates.csv 0  ",
            "budget_lines.csv 2 amount -5",
            "fund_periods.csv 3 starts_on 2021-04-01",
            "return_values.csv 2 value 341",
            "settings.csv 1 colour ",
            "users.csv 2 email commissioner at opcc",
            "users.csv 2 role boss",
        ],
    );
}

/// Compares line by line, so that a difference is seen at once.
fn insta_like(found: &[String], expected: &[&str]) {
    let found: Vec<&str> = found.iter().map(String::as_str).collect();
    for line in &found {
        assert!(expected.contains(line), "not expected: {line}\n{found:#?}");
    }
    for line in expected {
        assert!(found.contains(line), "missing: {line}\n{found:#?}");
    }
}

// On one engine: what is listed is decided before the database is asked for more than balances.
#[test]
fn what_is_too_much_names_its_cell_and_stands_beside_faults_of_form() {
    let app = &App::start(Backend::Sqlite).unwrap();
    let too_much = with(example::folder(), "awards.csv", ",80528.42,", ",9980528.42,");
    let seen = |folder: &Folder| -> Vec<String> {
        let faults = import(app, folder, true).faults;
        faults.iter().map(|fault| format!("{} {} {} {}", fault.file, fault.row, fault.column, fault.value)).collect()
    };
    let alone = seen(&too_much);
    assert!(alone.contains(&"awards.csv 2 amount 9980528.42".to_owned()), "{alone:#?}");
    let both = seen(&with(too_much.clone(), "areas.csv", "E08000025", "E0800025"));
    for wanted in ["areas.csv 2 ons_code E0800025", "awards.csv 2 amount 9980528.42"] {
        assert!(both.contains(&wanted.to_owned()), "{wanted} is not in {both:#?}");
    }
    // Where what money comes from is faulty itself, what is short may only follow from that.
    let short =
        seen(&with(too_much, "budget_lines.csv", "cif-2020-21-poca,cif-2020-21,poca,200000", "cif-2020-21-poca,cif-2020-21,poca,-5"));
    assert_eq!(short, ["budget_lines.csv 2 amount -5"]);
}

on_both! {
    fn a_load_happens_once(app) {
        let folder = example::folder();
        let dry = import(app, &folder, true);
        assert_eq!(dry.faults, []);
        let first = import(app, &folder, false);
        assert_eq!((&dry.added, &dry.restated), (&first.added, &first.restated), "a dry run reports what a run does");
        assert_eq!((first.added["areas"], first.added["providers"], first.added["funds"], first.unchanged), (34, 209, 36, 0));
        assert_eq!(first.restated["funds"], 1, "the VRU is known in two versions");
        let second = import(app, &folder, false);
        assert_eq!((second.faults.len(), second.added.len(), second.restated.len()), (0, 0, 0));
        assert_eq!(second.unchanged, first.added.values().sum::<usize>() + first.restated.values().sum::<usize>());
        assert_eq!(second.not_evidenced, first.not_evidenced);
    }
}

on_both! {
    in example

    fn a_changed_row_is_a_fault_and_a_later_version_is_not(app) {
        let changed = with(example::folder(), "areas.csv", "birmingham,Birmingham,", "birmingham,Brummagem,");
        let outcome = import(app, &changed, false);
        assert_eq!(outcome.faults.iter().map(|fault| (fault.file.as_str(), fault.row)).collect::<Vec<_>>(), [("areas.csv", 2)]);
        let header = text("areas.csv").lines().next().unwrap().to_owned();
        let columns = header.split(',').count();
        let later = format!("birmingham,Birmingham,local_authority,E08000025,,Brum{}2021-09-26", ",".repeat(columns - 6));
        let only = Folder::of([("areas.csv", format!("{header}\n{later}\n").as_str())]);
        let outcome = import(app, &only, false);
        assert_eq!((outcome.faults.len(), outcome.restated.get("areas")), (0, Some(&1)), "{:?}", outcome.faults);
    }

    fn an_award_carries_its_clauses_its_earmark_and_its_quarters(app) {
        let awards = |weight: &str| format!("key,reference,fund_period,earmark,provider,kind,legal_power,legal_power_text,title,purpose,amount,vat,starts_on,ends_on,\
            areas,state,decided_on,monitoring,projects_count,living_wage_clause,social_value_weight,not_evidenced,known_from\n\
            hate-crime,VF-2021-22-0001,victims-fund-2021-22,hate-crime-2021-22,bcwa,contract,other,Localism Act 2011 s1,Hate crime support,\
            Support after hate crime,150000,30000,2021-06-01,2022-03-31,dudley,live,2021-06-01,quarterly,1,yes,{weight},R67,2022-01-01\n");
        let quarters = "award,quarter,amount,known_from\nhate-crime,2021-22-Q2,60000,2022-01-01\nhate-crime,2021-22-Q1,30000,2022-01-01\n\
            hate-crime,2021-22-Q3,30000,2022-01-01\nhate-crime,2021-22-Q4,30000,2022-01-01\n";
        let variations = "key,award,number,type,title,ends_on,effective_on,state,known_from\n\
            hate-crime-shorter,hate-crime,1,dates,Until December,2021-12-31,2021-10-01,applied,2022-01-01\n";
        let folder = |weight| Folder::of([("awards.csv", awards(weight).as_str()), ("award_quarters.csv", quarters), ("variations.csv", variations)]);
        let refused = import(app, &folder("9"), false).faults;
        assert_eq!(refused.iter().map(|fault| (fault.file.as_str(), fault.column.as_str())).collect::<Vec<_>>(), [("awards.csv", "social_value_weight")]);
        let outcome = import(app, &folder("10"), false);
        assert_eq!((outcome.faults.as_slice(), outcome.added.get("award_quarters")), ([].as_slice(), None));
        let office = app.office(&[Role::Finance]);
        let found = office.all("/v1/awards?search=VF-2021-22-0001");
        let award = office.get(&format!("/v1/awards/{}", found[0]["id"].as_str().unwrap())).must(200);
        let clauses = json!({ "living_wage_clause": true, "social_value": { "weight_percent": 10 } });
        assert_eq!((&award.body["contract"]["living_wage_clause"], &award.body["contract"]["social_value"]["weight_percent"]),
            (&clauses["living_wage_clause"], &clauses["social_value"]["weight_percent"]));
        assert_eq!((&award.body["vat_pence"], &award.body["purpose"], &award.body["legal_power_text"]),
            (&json!(3_000_000), &json!("Support after hate crime"), &json!("Localism Act 2011 s1")));
        assert_eq!((&award.body["ends_on"], &award.body["terms_no"]), (&json!("2021-12-31"), &json!(2)));
        // The quarters before the change stay; the last one is gone, and its money is in what is left.
        let profile = office.get(&format!("/v1/awards/{}/profile", award.id())).must(200);
        let pence: Vec<_> = profile.body["quarters"].as_array().unwrap().iter().map(|one| one["amount_pence"].as_i64().unwrap()).collect();
        assert_eq!(pence, [3_000_000, 6_000_000, 6_000_000]);
        let earmark = office.all("/v1/ledger/accounts?kind=earmark");
        assert_eq!(earmark.iter().map(|one| one["balance_pence"].as_i64().unwrap()).collect::<Vec<_>>(), [5_000_000]);
        assert_eq!(import(app, &folder("10"), false).unchanged, 2);
        // Told anew under another title: what was varied stays, and what held before it still held.
        let later = awards("10").replace("Hate crime support,", "Hate crime service,").replace(",2022-01-01\n", ",2022-02-01\n");
        assert_eq!(import(app, &Folder::of([("awards.csv", later.as_str())]), false).faults, []);
        let now = office.get(&format!("/v1/awards/{}", award.id())).must(200);
        assert_eq!((&now.body["title"], &now.body["ends_on"]), (&json!("Hate crime service"), &json!("2021-12-31")));
        let on = |day: &str| {
            app.texts(&format!(
                "SELECT state || ' ' || v.terms_no AS text FROM award_version v JOIN award a ON a.id = v.award_id
                 WHERE a.reference = 'VF-2021-22-0001' AND v.effective_on <= '{day}' ORDER BY v.version DESC LIMIT 1"
            ))
        };
        assert_eq!((on("2021-09-30"), on("2021-10-01")), (vec!["live 1".to_owned()], vec!["live 3".to_owned()]));
    }

    fn what_goes_on_what_it_costs_with_tax_and_of_how_many_are_told(app) {
        // The later year stands first; the earlier one is over and closed.
        let awards = |provider: &str| format!("key,reference,fund_period,earmark,provider,kind,legal_power,title,amount,vat,starts_on,ends_on,areas,succeeds,state,\
            decided_on,monitoring,projects_count,living_wage_clause,social_value_weight,not_evidenced,known_from\n\
            second,VF-2021-22-0901,victims-fund-2021-22,hate-crime-2021-22,{provider},contract,abcpa_2014_s143,Second year,120000,24000,2021-06-01,2022-03-31,dudley,\
            first,live,2021-06-01,quarterly,1,yes,10,R67;legal_power,2022-01-01\n\
            first,VF-2020-21-0901,victims-fund-2020-21,,bcwa,contract,abcpa_2014_s143,First year,1000,200,2020-06-01,2021-03-31,dudley,,closed,2020-06-01,none,1,yes,10,R67;legal_power,2022-01-01\n");
        let folder = |provider: &str, whole: &str| Folder::of([
            ("awards.csv", awards(provider).as_str()),
            ("variations.csv", "key,award,number,type,title,amount_change,vat,effective_on,state,known_from\nmore,second,1,value,More,10000,25500.50,2021-10-01,applied,2022-01-01\n"),
            ("indicators.csv", "key,name,awards,kind,unit,direction,adds_over_time,adds_over_areas,known_from\nsafer,Feel safer,second,outcome,percent,higher,latest,average,2022-01-01\n"),
            ("returns.csv", "key,award,period,kind,starts_on,ends_on,state,submitted_on,accepted_on,narrative,known_from\n\
                q2,second,2021-22-Q2,quarterly,2021-07-01,2021-09-30,accepted,2021-10-05,2021-10-20,All went well,2022-01-01\n"),
            ("return_values.csv", &format!("return,indicator,area,reported,value,denominator,known_from\nq2,safer,,yes,30,{whole},2022-01-01\n")),
        ]);
        let places = |folder: &Folder| import(app, folder, true).faults.iter().map(|one| format!("{} {} {}", one.file, one.row, one.column)).collect::<Vec<_>>();
        assert_eq!(places(&folder("accord", "40")), ["awards.csv 2 provider"]);
        assert_eq!(places(&folder("bcwa", "forty")), ["return_values.csv 2 denominator"]);
        assert_eq!(import(app, &folder("bcwa", "40"), false).faults, []);
        let office = app.office(&[Role::Finance]);
        let one = |path: &str| office.all(path)[0].clone();
        let (first, second) = (one("/v1/awards?search=VF-2020-21-0901"), one("/v1/awards?search=VF-2021-22-0901"));
        let second = office.get(&format!("/v1/awards/{}", second["id"].as_str().unwrap())).must(200);
        assert_eq!([&first["state"], &second.body["succeeds"], &second.body["vat_pence"]], [&json!("closed"), &first["id"], &json!(2_550_050)]);
        let returns = office.all(&format!("/v1/awards/{}/returns", second.id()));
        let told = returns.iter().find(|one| one["period"] == "2021-22-Q2").unwrap();
        let told = office.get(&format!("/v1/returns/{}", told["id"].as_str().unwrap())).must(200);
        assert_eq!([&told.body["content"]["values"][0]["value"], &told.body["content"]["values"][0]["denominator"]], [&json!(30), &json!(40)]);
        let again = import(app, &folder("bcwa", "40"), false);
        assert_eq!((again.faults.len(), again.added.len(), again.restated.len()), (0, 0, 0));
    }

    fn a_return_is_never_taken_back(app) {
        let later = |file: &str, state: &str, known_from: &str| {
            let text = text(file);
            let row = text.lines().find(|line| line.starts_with("dvpp-2017-20,")).unwrap().replace(",accepted,", &format!(",{state},"));
            let (start, _) = row.rsplit_once(',').unwrap();
            let told = format!("{}\n{start},{known_from}\n", text.lines().next().unwrap());
            import(app, &Folder::of([(file, told.as_str())]), false).faults
        };
        let refused = later("returns.csv", "draft", "2022-01-01");
        assert_eq!(refused.iter().map(|fault| (fault.row, fault.reason.contains("accepted"))).collect::<Vec<_>>(), [(2, true)], "{refused:?}");
        assert_eq!(later("returns.csv", "accepted", "2022-01-02"), []);
    }

    fn a_fault_of_a_rule_names_a_column_of_its_file(app) {
        let told = text("variations.csv");
        let columns = told.lines().next().unwrap().split(',').count();
        let less = format!("less,new-chance-2020-21,3,value,,Less than nothing,-900000,2020-05-01,applied{}2022-01-01\n", ",".repeat(columns - 9));
        let faults = import(app, &Folder::of([("variations.csv", format!("{told}{less}").as_str())]), false).faults;
        let told: Vec<_> = faults.iter().map(|fault| (fault.column.as_str(), fault.value.as_str())).collect();
        assert_eq!(told, [("amount_change", "-900000")], "{faults:?}");
    }

    fn a_later_row_keeps_what_it_does_not_tell(app) {
        let office = app.office(&[Role::Commissioner]);
        let id_of = |path: &str| office.all(path)[0]["id"].as_str().unwrap().to_owned();
        let provider = format!("/v1/providers/{}", id_of("/v1/providers?search=BCWA"));
        let added = json!({ "contact_email": "office@bcwa.example", "supplier_number": "S-17" });
        office.patch(&provider, office.get(&provider).must(200).tag(), &added).must(200);
        let fund = format!("/v1/funds/{}", id_of("/v1/funds?search=Victims%20Fund"));
        office.patch(&fund, office.get(&fund).must(200).tag(), &json!({ "purpose": "Help for victims" })).must(200);
        let later = |file: &str, key: &str, from: &str, to: &str| {
            let before = text(file);
            let row = before.lines().find(|line| line.starts_with(&format!("{key},"))).unwrap();
            assert!(row.contains(from), "{row}");
            let (start, _) = row.rsplit_once(',').unwrap();
            format!("{}\n{},2022-06-30\n", before.lines().next().unwrap(), start.replacen(from, to, 1))
        };
        let fund_key = text("funds.csv").lines().find(|line| line.contains("Victims Fund")).unwrap().split(',').next().unwrap().to_owned();
        let folder = Folder::of([
            ("providers.csv", later("providers.csv", "bcwa", ",Black Country Women's Aid,", ",Black Country Women's Aid Ltd,").as_str()),
            ("funds.csv", later("funds.csv", &fund_key, "Victims Fund", "Fund for Victims").as_str()),
            ("awards.csv", later("awards.csv", "new-chance-2020-21", "New Chance 2020-21", "New Chance as told later").as_str()),
        ]);
        assert_eq!(import(app, &folder, false).faults, []);
        let now = office.get(&provider).must(200);
        assert_eq!((&now.body["name"], &now.body["contact_email"], &now.body["supplier_number"]),
            (&json!("Black Country Women's Aid Ltd"), &json!("office@bcwa.example"), &json!("S-17")));
        let now = office.get(&fund).must(200);
        assert_eq!((&now.body["name"], &now.body["purpose"]), (&json!("Fund for Victims"), &json!("Help for victims")));
        // £100,000 with increases of £80,000 and £90,000: what was varied since stays.
        let award = office.all("/v1/awards?search=NP-2020-21-0002");
        assert_eq!((&award[0]["title"], &award[0]["amount_pence"]), (&json!("New Chance as told later"), &json!(27_000_000)));
    }

    fn checks_and_claims_are_taken_in(app) {
        let (finance, again) = (app.office(&[Role::Finance]), import(app, &example::folder(), false));
        assert_eq!((again.added.len(), again.restated.len()), (0, 0));
        let claims = finance.all("/v1/funder-claims");
        let shown: Vec<_> = claims.iter().map(|one| (&one["reference"], &one["state"], &one["received_pence"], &one["illustrative"])).collect();
        let (certified, draft) = (json!("partly_received"), json!("draft"));
        assert_eq!(shown, [(&json!("CLM-0001"), &certified, &json!(12_000_000), &json!(true)), (&json!("CLM-0002"), &draft, &json!(0), &json!(true))]);
        assert_eq!(claims[0]["certification"]["certified_by"], "a finance officer");
        let provider = finance.all("/v1/providers?search=Black%20Country%20Women")[0]["id"].as_str().unwrap().to_owned();
        let checks = finance.all(&format!("/v1/providers/{provider}/checks"));
        let shown: Vec<_> = checks.iter().map(|one| (&one["kind"], &one["standing"], &one["illustrative"])).collect();
        assert_eq!(shown, ["accounts", "registration"].map(|kind| (json!(kind), json!("current"), json!(true))).each_ref().map(|(a, b, c)| (a, b, c)));

        // A second receipt that became known later takes the claim on; more than was claimed is a fault of its row.
        let receipts = text("funder_claim_receipts.csv").to_owned();
        let more = |pounds: &str| example::folder().with("funder_claim_receipts.csv", format!("{receipts}moj-covid-first-claim,BACS example 2,{pounds},2020-12-01,,,yes,,2021-09-26\n"));
        let beyond = import(app, &more("80000.01"), false).faults;
        assert_eq!(beyond.iter().map(|fault| fault.file.as_str()).collect::<Vec<_>>(), ["funder_claims.csv"], "{beyond:?}");
        assert!(beyond[0].reason.contains("£0.01 too much"), "{beyond:?}");
        assert_eq!(import(app, &more("80000"), false).faults, []);
        assert_eq!(finance.all("/v1/funder-claims")[0]["state"], "received");
        let wrong = Folder::of([
            ("provider_checks.csv", "key,provider,kind,outcome,checked_on,expires_on\na,nobody,accounts,failed,2020-05-01,2020-04-01\nb,bcwa,soup,passed,2020-05-01,\n"),
            ("funder_claims.csv", "key,budget_line,amount,starts_on,ends_on,state,statement,certified_on,certified_by\nc,cif-2020-21-poca,1,2020-05-01,2020-04-01,certified,x,,\nd,none,1,2020-05-01,2020-05-02,draft,,2020-06-01,\n"),
            ("funder_claim_receipts.csv", "claim,reference,amount,received_on\nnone,x,0.001,2020-05-01\n"),
        ]);
        let mut found: Vec<String> = import(app, &wrong, false).faults.iter().map(|one| format!("{} {} {}", one.file, one.row, one.column)).collect();
        found.dedup();
        let wanted = ["funder_claim_receipts.csv 2 amount", "funder_claims.csv 2 certified_by", "funder_claims.csv 2 certified_on", "funder_claims.csv 2 ends_on",
            "funder_claims.csv 3 budget_line", "funder_claims.csv 3 certified_on", "provider_checks.csv 2 expires_on", "provider_checks.csv 2 provider", "provider_checks.csv 3 kind"];
        assert_eq!(found, wanted);
    }

    fn after_a_report_history_is_closed(app) {
        let folder = example::folder();
        app.wait(app.service.db.report(|_, _| Ok(()))).unwrap();
        assert_eq!(import(app, &folder, false).faults, [], "rows that are there already are passed over");
        let header = text("areas.csv").lines().next().unwrap().to_owned();
        let commas = ",".repeat(header.split(',').count() - 3);
        let only = |known_from: &str| {
            let rows = format!("{header}\nsolstice,Solstice,locality{commas}{known_from}\n");
            Folder::of([("areas.csv", rows.as_str())])
        };
        let outcome = import(app, &only("2021-09-26"), false);
        assert_eq!(outcome.faults.iter().map(|fault| (fault.row, fault.column.as_str())).collect::<Vec<_>>(), [(2, "known_from")]);
        let today = app.service.db.clock().today().to_string();
        assert!(outcome.faults[0].reason.contains(&format!("give today's date ({today}) in `known_from`")), "{:?}", outcome.faults);
        // What is advised is taken: for a new record, and for a later version of one that is there.
        let changed = with(folder.clone(), "areas.csv", "birmingham,Birmingham,", "birmingham,Brummagem,");
        let outcome = import(app, &changed, false);
        assert!(outcome.faults[0].reason.ends_with(&format!("the same key and today's date ({today}) in `known_from`")), "{:?}", outcome.faults);
        let given = format!("{header}\nequinox,Equinox,locality{commas}{today}\nbirmingham,Brum,local_authority{commas}{today}\n");
        let outcome = import(app, &Folder::of([("areas.csv", given.as_str())]), false);
        assert_eq!((outcome.faults.len(), outcome.added.get("areas"), outcome.restated.get("areas")), (0, Some(&1), Some(&1)), "{:?}", outcome.faults);
        let outcome = import(app, &only(""), false);
        assert_eq!((outcome.faults.len(), outcome.added.get("areas")), (0, Some(&1)), "{:?}", outcome.faults);
    }
}

on_both! {
    fn settings_say_what_contracts_carry(app) {
        let settings = |rows: &str| Folder::of([("settings.csv", format!("key,value,unit,known_from\n{rows}").as_str())]);
        let wrong = settings("social_value_threshold,ten,pounds,\nsocial_value_weight,0,percent,\nliving_wage_clause,grant,award kinds,\nreturn_due_working_day,soon,,\nsmall_below,2,people,\n");
        let places: Vec<_> = import(app, &wrong, false).faults.iter().map(|fault| (fault.row, fault.column.clone())).collect();
        assert_eq!(places, [2, 3, 4, 5, 6].map(|row| (row, "value".to_owned())));
        // What the policy itself refuses stands in the same column.
        let beyond = import(app, &settings("social_value_threshold,10000000001,pounds,\n"), false).faults;
        let places: Vec<_> = beyond.iter().map(|fault| (fault.row, fault.column.as_str())).collect();
        assert_eq!(places, [(2, "value")], "{beyond:?}");
        let rows = "social_value_threshold,200000,pounds,\nsocial_value_weight,15,percent,\nliving_wage_clause,none,award kinds,\nreturn_due_working_day,20,,\nsmall_below,10,people,\n";
        let first = import(app, &settings(rows), false);
        assert_eq!((first.faults.len(), first.added.get("settings")), (0, Some(&5)), "{:?}", first.faults);
        let small = app.office(&[Role::Finance]).get("/v1/publication-policy").must(200).body;
        assert_eq!([&small["small_below"], &small["version"]], [10, 1]);
        let due = app.office(&[Role::Finance]).get("/v1/return-policy").must(200).body;
        assert_eq!([&due["due_working_days"], &due["version"]], [20, 1]);
        let policy = || {
            let shown = app.office(&[Role::Finance]).get("/v1/agreement-policy").must(200).body;
            (shown["version"].clone(), shown["social_value_threshold_pence"].clone(), shown["social_value_weight_percent"].clone(), shown["living_wage_kinds"].clone())
        };
        assert_eq!(policy(), (json!(3), json!(20_000_000), json!(15), json!([])));
        assert_eq!(import(app, &settings(rows), false).unchanged, 5);
        let later = import(app, &settings(&format!("{rows}social_value_weight,20,percent,2021-09-26\n")), false);
        assert_eq!((later.faults.len(), later.restated.get("settings")), (0, Some(&1)), "{:?}", later.faults);
        assert_eq!(policy(), (json!(4), json!(20_000_000), json!(20), json!([])));
    }

    fn checking_the_chain_closes_nothing(app) {
        app.office(&[Role::Auditor]).get("/v1/audit-events/verification").must(200);
        let outcome = import(app, &example::folder(), false);
        assert_eq!(outcome.faults, [], "a check of the log is no report, so earlier days may still be given");
    }

    fn a_report_waits_for_an_import(app) {
        let (finance, commissioner) = (app.office(&[Role::Finance]), app.office(&[Role::Commissioner]));
        let programme = json!({ "code": "PILOT", "name": "Pilot", "kind": "pilot", "stage": "planned", "starts_on": "2020-04-01" });
        commissioner.post("/v1/programmes", &programme).must(201);
        let question = "/v1/reports/coverage?programme=PILOT&as_at=2021-03-31";
        let (began, import_began) = channel();
        let (go_on, told) = channel::<()>();
        let told = Mutex::new(told);
        let first = std::thread::scope(|scope| {
            // Stands for an import: it finds history open, takes its time, and then gives a fact of an earlier day.
            let importing = scope.spawn(move || {
                let written = app.service.db.write(WriteMeta::system("office.import", "test"), move |tx| {
                    assert!(!history::is_closed_for(tx)?);
                    began.send(()).unwrap();
                    told.lock().unwrap().recv().unwrap();
                    let input = json!({ "code": "walsall", "name": "Walsall", "kind": "local_authority" });
                    let input: AreaInput = serde_json::from_value(input).unwrap();
                    let at = Moment::start_of("2020-04-01".parse().unwrap());
                    tx.known_from(at, |tx| areas::acts::create(tx, &input, &Provenance::default())).map(|_| ())
                });
                app.wait(written).unwrap();
            });
            import_began.recv().unwrap();
            let asking = scope.spawn(|| finance.get(question).must(200));
            for _ in 0..200 {
                commissioner.get("/v1/funds").must(200);
                assert!(!asking.is_finished(), "a report was answered beside an import, whose facts would change it");
            }
            go_on.send(()).unwrap();
            importing.join().unwrap();
            asking.join().unwrap()
        });
        assert_eq!(first.body["rows"].as_array().unwrap().len(), 1, "{}", first.text);
        let known_at = first.body["known_at"].as_str().unwrap();
        let again = finance.get(&format!("{question}&known_at={known_at}")).must(200);
        assert_eq!((&again.text, again.tag()), (&first.text, first.tag()));
    }
}

/// An import whose snapshot is from before the first report, and that asks whether history is open after it, is begun anew.
#[test]
fn an_import_that_came_a_moment_too_late_finds_history_closed() {
    let Some(app) = App::start(Backend::Postgres) else { return };
    let (began, import_began) = channel();
    let (go_on, told) = channel::<()>();
    let told = Mutex::new(told);
    let found = std::thread::scope(|scope| {
        let importing = scope.spawn(|| {
            let mut attempts = 0;
            let written = app.service.db.write(WriteMeta::system("office.import", "test"), move |tx| {
                attempts += 1;
                if attempts == 1 {
                    began.send(()).unwrap();
                    told.lock().unwrap().recv().unwrap();
                }
                history::is_closed_for(tx).map(|is_closed| (attempts, is_closed))
            });
            app.wait(written).unwrap()
        });
        import_began.recv().unwrap();
        app.office(&[Role::Finance]).get("/v1/reports/fund-summary").must(200);
        go_on.send(()).unwrap();
        importing.join().unwrap()
    });
    assert_eq!(found, (2, true));
}
