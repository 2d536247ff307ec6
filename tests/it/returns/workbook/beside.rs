//! What stands in a workbook beside what is filled in, and what is repeated of what was typed.

use calamine::Data;
use serde_json::{Value, json};

use super::parts::{Parts, Typed};
use super::{award, download, held, indicator, row_of, spend_row, tried, upload, value_row};
use crate::returns::{of_period, submitted};
use crate::support::Scene;

on_both! {
    fn a_workbook_shows_plan_year_and_last_forecast(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        scene.ask_in_full();
        let quarters = ["2020-21-Q1", "2020-21-Q2", "2020-21-Q3", "2020-21-Q4"];
        let profile: Vec<Value> = quarters.iter().map(|quarter| json!({ "quarter": quarter, "amount_pence": 75_000 })).collect();
        let draft = scene.draft(300_000, json!({ "profile": profile }));
        let award = draft.id();
        let people = indicator(&scene, &award, "People referred", "people");
        let share = indicator(&scene, &award, "People who stay", "percent");
        scene.go_live(&draft);
        let values = json!([{ "indicator_id": people, "status": "reported", "value": 7 },
            { "indicator_id": share, "status": "reported", "value": 1, "denominator": 4 }]);
        let forecast = json!([{ "quarter": "2020-21-Q3", "amount_pence": 60_000 }, { "quarter": "2020-21-Q4", "amount_pence": 90_000 }]);
        let spend = |pence: i64| json!([{ "category": "staff", "amount_pence": pence }]);
        submitted(&scene, &award, "2020-21-Q1", &json!({ "spend": spend(70_000), "values": values, "forecast": forecast }));
        let second = of_period(&scene, &award, "2020-21-Q2");
        let bytes = download(&scene.author, &second.id()).1;
        let money = |bytes: &[u8]| ["E3", "E4", "E5"].map(|cell| held(bytes, "Spend", cell));
        assert_eq!(held(&bytes, "Spend", "D3"), Data::String("Planned for the period".to_owned()));
        assert_eq!(money(&bytes), [750.0, 700.0, 3_000.0].map(Data::Float));
        let since = |name: &str| held(&bytes, "Indicators", &format!("L{}", value_row(&bytes, name, "All areas together")));
        assert_eq!((since("People referred"), since("People who stay")), (Data::Float(7.0), Data::String("25 %".to_owned())));
        let fourth = row_of(&bytes, "Forecast", &[("A", "2020-21-Q4")]);
        let last = |column: &str| held(&bytes, "Forecast", &format!("{column}{fourth}"));
        assert_eq!([last("B"), last("C"), last("D")], [Data::Empty, Data::Float(900.0), Data::String("2020-21-Q1".to_owned())]);
        // What is typed for one quarter leaves the other as it was.
        let third = row_of(&bytes, "Forecast", &[("A", "2020-21-Q3")]);
        let filled = Parts::of(&bytes)
            .typed("Spend", &format!("B{}", spend_row(&bytes, "Staff")), Typed::Number("100"))
            .typed("Forecast", &format!("B{third}"), Typed::Number("650"));
        let kept = upload(&scene, &second, &filled).must(200);
        let quarters = kept.body["forecast_in_force"]["quarters"].as_array().unwrap();
        let told: Vec<_> = quarters.iter().map(|one| (one["quarter"].as_str().unwrap(), one["amount_pence"].as_i64().unwrap())).collect();
        assert_eq!(told, [("2020-21-Q3", 65_000), ("2020-21-Q4", 90_000)]);
        let again = download(&scene.author, &second.id()).1;
        assert_eq!(money(&again), [750.0, 800.0, 3_000.0].map(Data::Float), "what is written counts");
        assert_eq!(held(&again, "Forecast", &format!("C{third}")), Data::Float(600.0), "and the last forecast is the one before");
        // The workbook of the whole quarter shows the same.
        let request = scene.author.request(reqwest::Method::GET, "/v1/returns/workbook?quarter=2020-21-Q2");
        let whole = request.send().unwrap().bytes().unwrap().to_vec();
        assert_eq!(["E3", "E4", "E5"].map(|cell| held(&whole, "Spend 1", cell)), money(&again));
    }

    fn a_finding_repeats_what_was_typed_and_no_person(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = award(&scene);
        let first = of_period(&scene, &award.id, "2020-21-Q1");
        let bytes = download(&scene.author, &first.id()).1;
        let of = |label: &str| format!("B{}", spend_row(&bytes, label));
        let share = value_row(&bytes, "People who stay", "All areas together");
        let filled = Parts::of(&bytes)
            .typed("Spend", &of("Staff"), Typed::Text("about 700"))
            .typed("Spend", &of("Screens"), Typed::Text("see AB 12 34 56 C"))
            .typed("Spend", &of("Protective equipment"), Typed::Number("1.005"))
            .typed("Indicators", &format!("I{share}"), Typed::Number("0"))
            .typed("Indicators", &format!("J{share}"), Typed::Number("0"));
        let trial = tried(&scene, &first, &filled).must(200);
        assert!(!trial.text.contains("12 34 56"), "{}", trial.text);
        let all = trial.body["workbook_findings"].as_array().unwrap();
        let at = |cell: String| all.iter().find(|one| one["cell"] == json!(cell)).unwrap_or_else(|| panic!("nothing at {cell}: {}", trial.text));
        assert_eq!([&at(of("Staff"))["value"], &at(of("Screens"))["value"]], [&json!("about 700"), &Value::Null]);
        assert_eq!(at(of("Protective equipment"))["value"], json!(1.005));
        // Nought out of nought has a way out.
        let none = at(format!("J{share}"));
        assert_eq!((&none["rule"], &none["value"]), (&json!("too_small"), &json!(0)));
        assert!(none["mend"].as_str().unwrap().contains("clear both numbers and choose `not applicable`"), "{none}");
        let instead = Parts::of(&bytes).typed("Indicators", &format!("H{share}"), Typed::Text("not applicable"));
        let told = tried(&scene, &first, &instead).must(200);
        assert!(told.body["workbook_findings"].as_array().unwrap().iter().all(|one| one["cell"] != json!(format!("J{share}"))), "{}", told.text);
    }

    fn a_trial_tells_of_the_file_and_not_of_what_is_kept(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = award(&scene);
        let first = of_period(&scene, &award.id, "2020-21-Q1");
        let rules = |of: &Value| -> Vec<String> { of.as_array().unwrap().iter().map(|one| one["rule"].as_str().unwrap().to_owned()).collect() };
        let bytes = download(&scene.author, &first.id()).1;
        let staff = spend_row(&bytes, "Staff");
        let amount = format!("B{staff}");
        let filled = |typed: Typed<'_>| Parts::of(&bytes).typed("Spend", &amount, typed).typed("Return", "B10", Typed::Text("We met."));
        assert_eq!(rules(&first.body["findings"]), ["nothing_written"], "{}", first.text);
        let trial = tried(&scene, &first, &filled(Typed::Number("700"))).must(200);
        let told = rules(&trial.body["findings"]);
        assert!(!told.contains(&"nothing_written".to_owned()) && told.contains(&"required".to_owned()), "{told:?}");
        let of_return = |name: &str| trial.body["content"][name].clone();
        assert_eq!((of_return("spend"), of_return("narrative")), (Value::Null, Value::Null), "the return stays as it is");
        // What was typed stands beside what is wrong with it.
        let refused = upload(&scene, &first, &filled(Typed::Text("ten"))).must(422);
        let in_cell = |refused: &crate::support::Answer| {
            refused.body["errors"].as_array().unwrap().iter().find(|one| one["cell"] == amount.as_str()).unwrap().clone()
        };
        let fault = in_cell(&refused);
        assert_eq!((&fault["code"], &fault["value"]), (&json!("wrong_type"), &json!("ten")), "{}", refused.text);
        let personal = upload(&scene, &first, &filled(Typed::Text("ann@helping.example"))).must(422);
        assert!(in_cell(&personal).get("value").is_none(), "{}", personal.text);
        // Of whom the money was for nothing is said, and that is told once; what the return said before stays.
        let unsaid = |trial: &crate::support::Answer| rules(&trial.body["workbook_findings"]).iter().filter(|rule| *rule == "not_said").count();
        assert_eq!(unsaid(&trial), 1, "{}", trial.text);
        let line = json!([{ "category": "staff", "amount_pence": 5, "direct_activity": true }]);
        let written = crate::returns::write(&scene.author, &first, &json!({ "spend": line })).must(200);
        let kept = upload(&scene, &written, &filled(Typed::Number("700"))).must(200);
        assert_eq!(kept.body["content"]["spend"][0], json!({ "category": "staff", "amount_pence": 70_000, "direct_activity": true, "spent_from": null, "spent_to": null, "note": null }));
        assert_eq!(unsaid(&kept), 0);
    }
}
