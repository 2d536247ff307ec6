//! An office as a folder: the example is sound, broken copies list all their faults, a load is whole and happens once.

use almoner::office::example;
use almoner::office::import::check::{self, Known};
use almoner::office::import::{CellFault, Folder, Sheets};
use almoner::office::load::{Outcome, load};

use crate::support::App;

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
    assert_eq!((sheets.office.providers.len(), sheets.office.awards.len(), sheets.office.users.len()), (210, 213, 13));
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
    let folder = example::folder().with("awards.csv", awards);
    assert_eq!(faults(&folder), []);
    let first = Sheets::read(&folder).office.awards.remove(0);
    assert_eq!(first.amount.unwrap().0, 8_052_842);
}

#[test]
fn every_fault_is_listed_with_its_place() {
    let folder = example::folder();
    let folder = with(folder, "areas.csv", "E08000025", "E0800025");
    let folder = with(folder, "awards.csv", ",130005.67,2020-03-23,2020-10-31,", ",130005.675,2020-03-23,2020-02-30,");
    let folder = with(folder, "budget_lines.csv", "cif-2020-21-poca,cif-2020-21,poca,200000", "cif-2020-21-poca,cif-2020-22,poca,-5");
    let folder = with(folder, "users.csv", "commissioner@opcc.example,commissioner", "commissioner@opcc.gov.uk,boss");
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
            "users.csv 2 email commissioner@opcc.gov.uk",
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

    fn a_changed_row_is_a_fault_and_a_later_version_is_not(app) {
        let folder = example::folder();
        assert_eq!(import(app, &folder, false).faults, []);
        let changed = with(folder.clone(), "areas.csv", "birmingham,Birmingham,", "birmingham,Brummagem,");
        let outcome = import(app, &changed, false);
        assert_eq!(outcome.faults.iter().map(|fault| (fault.file.as_str(), fault.row)).collect::<Vec<_>>(), [("areas.csv", 2)]);
        let header = text("areas.csv").lines().next().unwrap().to_owned();
        let columns = header.split(',').count();
        let later = format!("birmingham,Birmingham,local_authority,E08000025,,Brum{}2021-09-26", ",".repeat(columns - 6));
        let only = Folder::of([("areas.csv", format!("{header}\n{later}\n").as_str())]);
        let outcome = import(app, &only, false);
        assert_eq!((outcome.faults.len(), outcome.restated.get("areas")), (0, Some(&1)), "{:?}", outcome.faults);
    }

    fn after_a_report_history_is_closed(app) {
        let folder = example::folder();
        assert_eq!(import(app, &folder, false).faults, []);
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
        let outcome = import(app, &only(""), false);
        assert_eq!((outcome.faults.len(), outcome.added.get("areas")), (0, Some(&1)), "{:?}", outcome.faults);
    }
}
