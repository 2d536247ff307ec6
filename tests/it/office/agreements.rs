//! Agreements of the past with their evaluations and their variations.

use almoner::access::permissions::Role;
use almoner::office::import::Folder;
use serde_json::json;

use super::import;

const HEADER: &str = "key,reference,fund_period,provider,kind,legal_power,title,amount,starts_on,ends_on,areas,state,decided_on,monitoring,\
    evaluation,evaluator,evaluation_method,evaluation_due_on,evaluation_outcomes,projects_count,not_evidenced,known_from";

/// An award of £100 of the Victims Fund, in a state and evaluated so.
fn row(number: u32, state: &str, evaluation: &str, lacking: &str) -> String {
    format!(
        "told-{number},VF-2020-21-090{number},victims-fund-2020-21,bcwa,grant,abcpa_2014_s143,Told {number},100,2020-06-01,2020-12-31,dudley,{state},\
         2020-06-01,none,{evaluation},1,{lacking},2022-01-01\n"
    )
}

fn awards(rows: &[String]) -> String {
    format!("{HEADER}\n{}", rows.concat())
}

on_both! {
    in example

    fn an_award_that_is_over_was_varied_before(app) {
        let told = awards(&[row(1, "ended", ",,,,", "R67"), row(2, "closed", ",,,,", "R67"), row(3, "terminated", ",,,,", "R67")]);
        let variations = "key,award,number,type,title,amount_change,ends_on,effective_on,state,known_from\n\
            more-1,told-1,1,value,More,50,,2020-09-01,applied,2022-01-01\n\
            more-2,told-2,1,value,More,50,,2020-09-01,applied,2022-01-01\n\
            longer-3,told-3,1,dates,Longer,,2021-03-31,2020-09-01,applied,2022-01-01\n";
        let folder = Folder::of([("awards.csv", told.as_str()), ("variations.csv", variations)]);
        assert_eq!(import(app, &folder, false).faults, []);
        let office = app.office(&[Role::Commissioner]);
        let shown = |number: u32| {
            let found = office.all(&format!("/v1/awards?search=VF-2020-21-090{number}"));
            let one = office.get(&format!("/v1/awards/{}", found[0]["id"].as_str().unwrap())).must(200).body;
            [&one["state"], &one["amount_pence"], &one["ends_on"], &one["ended_on"]].map(|field| field.as_str().map_or_else(|| field.to_string(), str::to_owned))
        };
        assert_eq!(shown(1), ["ended", "15000", "2020-12-31", "2020-12-31"]);
        assert_eq!(shown(2), ["closed", "15000", "2020-12-31", "2020-12-31"]);
        assert_eq!(shown(3), ["terminated", "10000", "2021-03-31", "2021-03-31"]);
        let again = import(app, &folder, false);
        assert_eq!((again.faults.len(), again.unchanged), (0, 6));
    }

    fn an_evaluation_is_told_or_missing_and_missing_no_longer_once_it_is_there(app) {
        let places = |row: String| {
            let told = awards(&[row]);
            let faults = import(app, &Folder::of([("awards.csv", told.as_str())]), true).faults;
            faults.into_iter().map(|fault| fault.column).collect::<Vec<_>>()
        };
        assert_eq!(places(row(1, "live", "light,,interviews,,", "")), ["evaluation_due_on", "evaluator"]);
        assert_eq!(places(row(1, "live", "full,a university,survey,2021-06-30,", "")), ["evaluation_outcomes"]);
        assert_eq!(places(row(1, "live", "light,the office,interviews,30/06/2021,", "R67")), ["not_evidenced"]);
        let told = awards(&[row(1, "live", "full,a university,survey,30/06/2021,Do fewer come back?", ""), row(2, "offered", ",,,,", "R67"), row(3, "live", ",,,,", "R67")]);
        assert_eq!(import(app, &Folder::of([("awards.csv", told.as_str())]), false).faults, []);
        let office = app.office(&[Role::Commissioner]);
        let path = |number: u32| {
            let found = office.all(&format!("/v1/awards?search=VF-2020-21-090{number}"));
            format!("/v1/awards/{}", found[0]["id"].as_str().unwrap())
        };
        let evaluation = office.get(&format!("{}/evaluation", path(1))).must(200).body;
        assert_eq!([&evaluation["evaluator"], &evaluation["due_on"], &evaluation["outcomes"][0]["question"], &evaluation["is_complete"]],
            [&json!("a university"), &json!("2021-06-30"), &json!("Do fewer come back?"), &json!(true)]);
        assert_eq!(office.get(&path(1)).must(200).body["not_evidenced"], json!([]));

        // That no paper prints a plan lets an award be live in the past, and nobody accept one today.
        let offered = office.get(&path(2)).must(200);
        let provider = offered.body["provider"]["id"].as_str().unwrap().parse().unwrap();
        let signatory = app.of_provider(&[Role::ProviderSignatory], provider);
        let accept = || signatory.change(&format!("{}/acceptance", path(2)), signatory.get(&path(2)).must(200).tag(), &json!({}));
        assert_eq!(accept().must(409).code(), "rule_broken");
        for number in [2, 3] {
            assert_eq!(office.get(&path(number)).must(200).body["not_evidenced"], json!(["R67"]));
            let plan = json!({ "frequency": "none", "evaluation": "light" });
            let seen = office.get(&path(number)).must(200);
            let set = office.put(&format!("{}/monitoring-plan", path(number)), seen.tag(), &plan).must(200);
            let whole = json!({ "evaluator": "the office", "method": "interviews", "due_on": "2021-06-30" });
            office.put(&format!("{}/evaluation", path(number)), set.tag(), &whole).must(200);
            assert_eq!(office.get(&path(number)).must(200).body["not_evidenced"], json!([]));
        }
        accept().must(200);
        // Told again as it was, it is not missing again; what is told of the plan later is taken.
        let later = |row: String| awards(&[row.replace("2022-01-01", "2022-02-01").replace(",100,", ",110,")]);
        let told = later(row(3, "live", ",,,,", "R67"));
        assert_eq!(import(app, &Folder::of([("awards.csv", told.as_str())]), false).faults, []);
        assert_eq!(office.get(&path(3)).must(200).body["not_evidenced"], json!([]));
    }
}
