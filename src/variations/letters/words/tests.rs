//! How changes read in letters.

use super::*;
use serde_json::json;

fn rows(changed: &Changed) -> Vec<(&str, &str, &str)> {
    changed.rows.iter().map(|row| (row.name.as_str(), row.before.as_str(), row.after.as_str())).collect()
}

fn input(more: &Value) -> VariationInput {
    let mut input = json!({ "title": "t", "reason": "r", "effective_on": "2020-10-01" });
    for (name, value) in more.as_object().unwrap() {
        input[name] = value.clone();
    }
    serde_json::from_value(input).unwrap()
}

#[test]
fn what_is_known_is_said_in_its_own_words() {
    let more = json!({ "value": { "change_pence": -550 }, "dates": { "ends_on": "2021-09-30" } });
    let quarters =
        |second: i64| json!([{ "quarter": "2020-21-Q3", "amount_pence": 100 }, { "quarter": "2020-21-Q4", "amount_pence": second }]);
    let before = json!({ "amount_pence": 300_000, "ends_on": "2021-03-31", "profile": quarters(1_234_567), "split": [] });
    let after = json!({ "amount_pence": 299_450, "ends_on": "2021-09-30", "profile": quarters(900), "split": [] });
    let money = money(&input(&more), &before, &after).unwrap();
    assert_eq!((money.before.as_str(), money.change.as_str(), money.after.as_str()), ("£3,000.00", "-£5.50", "£2,994.50"));
    let all = changes(&input(&more), &before, &after, &Names::default());
    assert_eq!(all.iter().map(|one| one.title.as_str()).collect::<Vec<_>>(), ["Dates", "Profile by quarter"]);
    assert_eq!(rows(&all[0]), [("Last day", "31 March 2021", "30 September 2021")]);
    assert_eq!(rows(&all[1]), [("2020-21-Q3", "£1.00", "£1.00"), ("2020-21-Q4", "£12,345.67", "£9.00")]);
    assert_eq!(all[1].total, Some(Total { before: "£12,346.67".to_owned(), after: "£10.00".to_owned() }));
    assert!(all[1].is_figures && !all[0].is_figures);
}

#[test]
fn no_line_of_a_split_and_no_target_is_lost_where_names_repeat() {
    let ids: [Id; 5] = std::array::from_fn(|at| format!("0190e2a4-1f4e-7b4e-9d59-3c8f6f1e2a1{at}").parse().unwrap());
    let mut names = Names::default();
    names.add(vec![
        (ids[0], "Recovered assets".to_owned(), "BL-1".to_owned()),
        (ids[1], "Recovered assets".to_owned(), "BL-2".to_owned()),
        (ids[2], "Main grant".to_owned(), "BL-3".to_owned()),
    ]);
    names.add(vec![(ids[3], "People helped".to_owned(), "1".to_owned()), (ids[4], "People helped".to_owned(), "2".to_owned())]);
    let split = |pence: &[(usize, i64)]| {
        pence.iter().map(|(at, pence)| json!({ "budget_line_id": ids[*at], "amount_pence": pence })).collect::<Value>()
    };
    let aims = |first: i64, second: i64| {
        let aim = |target: i64| json!([{ "area_id": null, "period": "quarter", "target": target }, { "area_id": null, "period": "quarter", "target": 7 }]);
        json!({ ids[3].to_string(): aim(first), ids[4].to_string(): aim(second) })
    };
    let before = json!({ "split": split(&[(0, 100), (1, 2_000), (2, 5)]), "targets": aims(1, 2) });
    let after = json!({ "split": split(&[(2, 5), (1, 2_500)]), "targets": aims(1, 3) });
    let all = changes(&input(&json!({})), &before, &after, &names);
    assert_eq!(all.iter().map(|one| one.title.as_str()).collect::<Vec<_>>(), ["Where the money comes from", "Targets"]);
    assert_eq!(
        rows(&all[0]),
        [("Main grant", "£0.05", "£0.05"), ("Recovered assets (BL-1)", "£1.00", NOTHING), ("Recovered assets (BL-2)", "£20.00", "£25.00")]
    );
    assert_eq!(all[0].total, Some(Total { before: "£21.05".to_owned(), after: "£25.05".to_owned() }));
    assert_eq!(rows(&all[1]), [("People helped (2), quarter", "2", "3")]);
    // Two that are called alike, since nobody knows their names, are two lines all the same.
    let all = changes(&input(&json!({})), &before, &after, &Names::default());
    assert_eq!((all[0].rows.len(), all[1].rows.len()), (3, 1));
}

#[test]
fn a_file_is_called_by_reference_and_provider() {
    assert_eq!(file_name("CIF-1-V1", "Tŷ Gŵyl"), "CIF-1-V1 Tŷ Gŵyl.pdf");
    assert_eq!(file_name("CIF-1-V1", "a/../b\\c"), "CIF-1-V1 a .. b c.pdf");
    assert_eq!(file_name("CIF-1-V1", &"ਪੰਜਾਬੀ ".repeat(50)).chars().count(), 8 + 1 + 80 + 4);
}

#[test]
fn conditions_have_their_days_and_a_cut_names_who_cut() {
    let lead = json!({ "text": "Name a lead." });
    let (before, after) = (
        json!({ "conditions": [{ "text": "Send the accounts.", "due_on": "2020-12-31" }, { "text": "Train the staff.", "due_on": "2020-10-31" }] }),
        json!({ "conditions": [{ "text": "Send the accounts.", "due_on": "2021-01-31" }, lead] }),
    );
    let all = changes(&input(&json!({})), &before, &after, &Names::default());
    assert_eq!(all.iter().map(|one| one.title.as_str()).collect::<Vec<_>>(), ["Conditions"]);
    assert_eq!(
        rows(&all[0]),
        [
            ("Send the accounts.", "By 31 December 2020", "By 31 January 2021"),
            ("Train the staff.", "By 31 October 2020", NOTHING),
            ("Name a lead.", NOTHING, "Without a day"),
        ]
    );
    let source: Id = "0190e2a4-1f4e-7b4e-9d59-3c8f6f1e2a10".parse().unwrap();
    let cut = input(&json!({ "budget_cut": { "funding_source_id": source, "cut_pence": 150_000 } }));
    assert_eq!(ids_of_cut(&cut), [source]);
    let mut names = Names::default();
    names.add(vec![(source, "Home Office".to_owned(), "ho".to_owned())]);
    let told = |names: &Names| changes(&cut, &json!({}), &json!({}), names).remove(0).text;
    assert!(told(&names).starts_with("Home Office: ") && told(&names).contains("£1,500.00"), "{}", told(&names));
    assert!(told(&Names::default()).starts_with("A budget"));
}

#[test]
fn a_kind_of_another_day_is_printed_field_by_field() {
    let (before, after) = (
        json!({ "promises": [{ "title": "A bank account", "due_on": "2020-10-01", "is_met": false }], "working_hours": null, "limit_pence": 5 }),
        json!({ "promises": [{ "title": "A bank account", "due_on": "2020-11-01", "is_met": false }, { "title": "A plan", "due_on": null }],
            "working_hours": "9 to 5", "limit_pence": 700 }),
    );
    let all = changes(&input(&json!({})), &before, &after, &Names::default());
    assert_eq!(all.iter().map(|one| one.title.as_str()).collect::<Vec<_>>(), ["Promises", "Working hours", "Limit"]);
    assert_eq!(rows(&all[0]), [("A bank account, Due on", "1 October 2020", "1 November 2020"), ("A plan", NOTHING, "Yes")]);
    assert_eq!(rows(&all[1]), [("Working hours", NOTHING, "9 to 5")]);
    assert_eq!(rows(&all[2]), [("Limit", "£0.05", "£7.00")]);
    assert!(all[2].is_figures);
    assert_eq!(changes(&input(&json!({})), &before, &before, &Names::default()), []);
}
