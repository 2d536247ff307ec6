//! A later folder holds what is new and nothing else: what was imported before stays as it is.

use almoner::access::permissions::Role;
use almoner::office::example;
use almoner::office::import::Folder;
use serde_json::{Value, json};

use super::{import, text};

/// The header of a file of the example and its last row that begins so, with one text replaced and known from another day.
fn later(file: &str, start: &str, from: &str, to: &str, day: &str) -> String {
    let before = text(file);
    let row = before.lines().rfind(|line| line.starts_with(start)).unwrap();
    assert!(row.contains(from), "{row}");
    let (row, _) = row.rsplit_once(',').unwrap();
    format!("{}\n{},{day}\n", before.lines().next().unwrap(), row.replacen(from, to, 1))
}

fn pence(of: &Value) -> i64 {
    of.as_i64().unwrap()
}

on_both! {
    in example

    fn what_a_tranche_sets_aside_is_told_anew_and_not_once_more(app) {
        let office = app.office(&[Role::Commissioner]);
        let tranche = |reference: &str| {
            let (fund, _) = reference.split_once('-').unwrap();
            let fund = office.all("/v1/funds").into_iter().find(|one| one["code"] == fund).unwrap();
            let periods = office.all(&format!("/v1/funds/{}/periods", fund["id"].as_str().unwrap()));
            let period = periods.iter().find(|one| one["label"] == "2020-21").unwrap()["id"].as_str().unwrap();
            let tranches = office.all(&format!("/v1/fund-periods/{period}/tranches"));
            let one = tranches.iter().find(|one| one["reference"] == reference).unwrap();
            (pence(&one["allocated_pence"]), pence(&one["remaining_pence"]), one["projects_count"].clone())
        };
        let set_aside = |file: String| import(app, &Folder::of([("tranches.csv", file.as_str())]), false).faults;
        let pounds = |amount: &str, day: &str| {
            format!("key,fund_period,number,name,planned_amount,allocated_amount,state,known_from\nvru-2020-21-t1,vru-2020-21,1,VRU round,2000,{amount},planned,{day}\n")
        };
        // The period has money left, and still nothing is set aside twice; a lower amount goes back.
        for (amount, day, pence) in [("1000", "2022-01-01", 100_000), ("1000.00", "2022-01-02", 100_000), ("800", "2022-01-03", 80_000), ("1200", "2022-01-04", 120_000), ("", "2022-01-05", 120_000)] {
            assert_eq!(set_aside(pounds(amount, day)), []);
            assert_eq!(tranche("VRU-2020-21-T1").0, pence, "told as {amount:?}");
        }
        // What awards drew is set aside all the same.
        let before = tranche("CIF-2020-21-T4");
        assert_eq!((before.0, before.1), (15_358_400, 0));
        assert_eq!(set_aside(later("tranches.csv", "cif-2020-21-t4,", ",153584,54,", ",153584,55,", "2022-01-06")), []);
        assert_eq!(tranche("CIF-2020-21-T4"), (15_358_400, 0, json!(55)));
        // And what awards have cannot be taken back.
        let refused = set_aside(later("tranches.csv", "cif-2020-21-t4,", ",153584,54,", ",153583,54,", "2022-01-07"));
        assert_eq!(refused.iter().map(|fault| (fault.file.as_str(), fault.row)).collect::<Vec<_>>(), [("tranches.csv", 2)], "{refused:?}");
    }

    fn parts_that_are_not_told_again_stay(app) {
        let office = app.office(&[Role::Commissioner]);
        let again = |files: &[(&str, String)]| {
            let folder = files.iter().fold(Folder::of([]), |folder, (file, text)| folder.with(file, text.clone()));
            import(app, &folder, false).faults
        };
        // A return keeps what was counted, and takes what is counted anew.
        let reported = || {
            let found = office.all("/v1/returns").into_iter().find(|one| one["period"] == "March 2017 to April 2020").unwrap();
            let values = office.get(&format!("/v1/returns/{}", found["id"].as_str().unwrap())).must(200).body["content"]["values"].clone();
            let values: Vec<i64> = values.as_array().unwrap().iter().map(|one| pence(&one["value"])).collect();
            (values.len(), values[..7].iter().sum::<i64>())
        };
        assert_eq!(reported(), (15, 1_161));
        let row = |day| ("returns.csv", later("returns.csv", "dvpp-2017-20,", "never by quarter", "never by month", day));
        assert_eq!(again(&[row("2022-01-01")]), []);
        assert_eq!(reported(), (15, 1_161));
        let value = |day| ("return_values.csv", later("return_values.csv", "dvpp-2017-20,dvpp-referrals,birmingham,", ",341,", ",342,", day));
        assert_eq!(again(&[row("2022-01-02"), value("2022-01-02")]), []);
        assert_eq!(reported(), (15, 1_162));
        // A part by itself has nothing to stand in.
        let alone = again(&[value("2022-01-03")]);
        assert_eq!(alone.iter().map(|fault| (fault.row, fault.column.as_str())).collect::<Vec<_>>(), [(2, "return")], "{alone:?}");
        assert!(alone[0].reason.contains("add a row for it to returns.csv"), "{alone:?}");

        // A bid keeps the gates that it passed, an indicator its targets, a consortium its members.
        let bid = ("bids.csv", later("bids.csv", "vru-2020-21,", "VRU grant", "VRU main grant", "2022-01-04"));
        let indicator = ("indicators.csv", later("indicators.csv", "eyif-mentoring,", "in mentoring", "with a mentor", "2022-01-04"));
        assert_eq!(again(&[bid, indicator]), []);
        // What is told of an organisation is taken; a later row that leaves it empty takes nothing away.
        let reached = |email: &str, day: &str| {
            let text = format!("key,name,kind,pcc_status,charity_number,postcode,contact_email,supplier_number,known_from\n\
                helper,Helping Hands,charity,commissioned,123456,B1 1AA,{email},S-17,{day}\n");
            assert_eq!(again(&[("providers.csv", text)]), []);
            let found = office.all("/v1/providers?search=Helping%20Hands")[0].clone();
            [found["contact_email"].clone(), found["supplier_number"].clone()]
        };
        assert_eq!(reached("Grants@helping.example", "2022-01-07"), [json!("grants@helping.example"), json!("S-17")]);
        assert_eq!(reached("", "2022-01-08"), [json!("grants@helping.example"), json!("S-17")]);
        let bid = office.all("/v1/bids").into_iter().find(|one| one["title"].as_str().unwrap().starts_with("VRU main")).unwrap();
        let bid = office.get(&format!("/v1/bids/{}", bid["id"].as_str().unwrap())).must(200).body;
        let passed: Vec<_> = bid["gates"].as_array().unwrap().iter().map(|gate| gate["passed"].as_bool().unwrap()).collect();
        assert_eq!(passed, [true, true, true, false]);
        let indicator = office.all("/v1/indicators").into_iter().find(|one| one["name"] == "Young people with a mentor").unwrap();
        let indicator = office.get(&format!("/v1/indicators/{}", indicator["id"].as_str().unwrap())).must(200).body;
        assert_eq!((indicator["targets"].as_array().unwrap().len(), &indicator["targets"][0]["target"]), (1, &json!(600)));
        let member = |provider: &str, lead: &str, day: &str| {
            let text = format!("consortium,member,lead,known_from\nda-consortium,{provider},{lead},{day}\n");
            assert_eq!(again(&[("consortium_members.csv", text)]), []);
        };
        member("bcwa", "yes", "2022-01-05");
        member("accord", "no", "2022-01-06");
        let consortium = office.all("/v1/providers").into_iter().find(|one| one["reference"] == "DA-CONSORTIUM").unwrap();
        let path = format!("/v1/providers/{}", consortium["id"].as_str().unwrap());
        let members = office.get(&format!("{path}/members")).must(200).body["members"].clone();
        let leads: Vec<_> = members.as_array().unwrap().iter().map(|one| one["lead"].as_bool().unwrap()).collect();
        assert_eq!((leads.len(), leads.iter().filter(|lead| **lead).count()), (2, 1));
        // That the papers do not print all of them stays so.
        let lacking = office.get(&path).must(200).body["not_evidenced"].clone();
        let lacks = |word: &str| lacking.as_array().unwrap().contains(&json!(word));
        assert_eq!((lacks("members"), lacks("lead")), (true, false), "{lacking}");
    }

    fn texts_that_are_not_told_again_stay(app) {
        assert_eq!(import(app, &example::folder(), false).faults, []);
        let office = app.office(&[Role::Commissioner]);
        let again = |files: &[(&str, String)]| {
            let folder = files.iter().fold(Folder::of([]), |folder, (file, text)| folder.with(file, text.clone()));
            import(app, &folder, false).faults
        };
        let told = || {
            let found = office.all("/v1/returns").into_iter().find(|one| one["period"] == "March 2017 to April 2020").unwrap();
            office.get(&format!("/v1/returns/{}", found["id"].as_str().unwrap())).must(200).body["content"].clone()
        };
        let texts = |rows: &str| ("return_texts.csv", format!("return,section,text,known_from\n{rows}"));
        let two = "dvpp-2017-20,risks,The lease ends.,2022-01-09\ndvpp-2017-20,lessons,Ask early.,2022-01-09\n";
        let row_then = ("returns.csv", later("returns.csv", "dvpp-2017-20,", "never by quarter", "never by month", "2022-01-09"));
        assert_eq!(again(&[row_then, texts(two)]), []);
        assert_eq!((&told()["risks"], &told()["sections"]), (&json!("The lease ends."), &json!({ "lessons": "Ask early." })));
        let row_next = ("returns.csv", later("returns.csv", "dvpp-2017-20,", "never by quarter", "never by year", "2022-01-10"));
        assert_eq!(again(&[row_next, texts("dvpp-2017-20,lessons,Ask twice.,2022-01-10\n")]), []);
        assert_eq!((&told()["risks"], &told()["sections"]), (&json!("The lease ends."), &json!({ "lessons": "Ask twice." })));
    }
}
