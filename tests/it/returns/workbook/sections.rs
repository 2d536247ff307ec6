//! What the workbook asks besides money and counts, how it explains, and in which words it speaks.

use calamine::{Data, Reader, Xlsx};
use serde_json::{Value, json};
use std::io::Cursor;

use super::super::{of_period, write};
use super::parts::{Parts, Typed};
use super::{award, download, faults, findings, held, row_of, spend_row, tried, upload, value_row};
use crate::support::{Answer, Scene};

fn service_cell(bytes: &[u8], pointer: &str) -> String {
    format!("C{}", row_of(bytes, "Service", &[("A", pointer)]))
}

fn sheets(bytes: &[u8]) -> Vec<String> {
    Xlsx::new(Cursor::new(bytes.to_vec())).unwrap().sheet_names()
}

/// Whether the first sheet speaks of another one.
fn cells_say(bytes: &[u8], sheet: &str) -> bool {
    super::cells(bytes, "Guidance").iter().any(|(_, held)| held.to_string().contains(&format!("`{sheet}`")))
}

/// What is said of a rule, with how to mend it.
fn words(answer: &Answer, rule: &str) -> Vec<String> {
    let all = answer.body["workbook_findings"].as_array().unwrap();
    let text = |one: &Value, name: &str| one[name].as_str().unwrap_or_default().to_owned();
    all.iter().filter(|one| one["rule"] == rule).map(|one| format!("{} {}", text(one, "message"), text(one, "mend"))).collect()
}

on_both! {
    fn the_service_and_the_forecast_are_filled_in(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = award(&scene);
        let first = of_period(&scene, &award.id, "2020-21-Q1");
        let bytes = download(&scene.author, &first.id()).1;
        let typed = [("/caseload/brought_forward", Typed::Number("10")), ("/caseload/new", Typed::Number("5")), ("/caseload/closed", Typed::Number("3")),
            ("/caseload/carried_forward", Typed::Number("12")), ("/staffing/posts_filled", Typed::Number("2.5")), ("/staffing/note", Typed::Text("All well.")),
            ("/waiting_times/people_waiting", Typed::Number("0")), ("/capacity/unit", Typed::Text("places")), ("/capacity/spare", Typed::Text("4")),
            ("/delivery_mode", Typed::Text("by telephone or online"))];
        let mut filled = Parts::of(&bytes).typed("Return", "B12", Typed::Text("Somebody found a home."));
        for (pointer, what) in typed {
            filled = filled.typed("Service", &service_cell(&bytes, pointer), what);
        }
        let quarter = row_of(&bytes, "Forecast", &[("A", "2020-21-Q3")]);
        let with_forecast = filled.clone().typed("Forecast", &format!("B{quarter}"), Typed::Number("1250.5"));
        let kept = upload(&scene, &first, &with_forecast).must(200);
        let content = &kept.body["content"];
        assert_eq!(content["caseload"], json!({ "brought_forward": 10, "new": 5, "closed": 3, "carried_forward": 12 }));
        assert_eq!(content["staffing"], json!({ "note": "All well.", "posts_filled": 2.5, "posts_vacant": null, "sickness_days": null }));
        assert_eq!(content["waiting_times"], json!({ "people_waiting": 0, "longest_wait_days": null }));
        assert_eq!((&content["capacity"]["spare"], &content["delivery_mode"]), (&json!(4), &json!("remote")));
        assert_eq!(content["forecast"], json!([{ "quarter": "2020-21-Q3", "amount_pence": 125_050 }]));
        assert_eq!(content["case_study"], "Somebody found a home.");
        assert!(findings(&kept).contains(&"warning case_study_personal_data Return!B12".to_owned()), "{}", kept.text);
        assert_eq!(content["onward_grants"], Value::Null);
        // The same file made again holds the same, and taken back changes nothing.
        let again = download(&scene.author, &first.id()).1;
        assert_eq!(held(&again, "Service", &service_cell(&again, "/delivery_mode")), Data::String("by telephone or online".to_owned()));
        assert_eq!(held(&again, "Forecast", &format!("B{quarter}")), Data::Float(1250.5));
        let sent = upload(&scene, &kept, &Parts::of(&again)).must(200);
        assert_eq!(sent.body["content"], kept.body["content"]);
        // Where people do not add up, where a count is not whole, and where it says two things.
        let (new, waiting) = (service_cell(&again, "/caseload/new"), service_cell(&again, "/waiting_times/people_waiting"));
        let faulty = Parts::of(&again).typed("Service", &new, Typed::Number("50")).typed("Service", &waiting, Typed::Number("1.5"))
            .typed("Forecast", "B4", Typed::Text("yes"));
        let trial = tried(&scene, &sent, &faulty).must(200);
        let carried = service_cell(&again, "/caseload/carried_forward");
        for one in [format!("error caseload_does_not_add_up Service!{carried}"), format!("error too_precise Service!{waiting}"), "error contradicts Forecast!B4".to_owned()] {
            assert!(findings(&trial).contains(&one), "{one}: {}", trial.text);
        }
        // Nothing more to come is not the same as nothing said.
        let last = of_period(&scene, &award.id, "2020-21-Q4");
        assert!(!sheets(&download(&scene.author, &last.id()).1).contains(&"Forecast".to_owned()), "no quarter is left");
        let none = Parts::of(&bytes).typed("Forecast", "B4", Typed::Text("yes"));
        let kept = upload(&scene, &sent, &none).must(200);
        assert_eq!((&kept.body["content"]["forecast"], &kept.body["content"]["caseload"]), (&json!([]), &Value::Null));
    }

    fn grants_are_asked_for_where_the_programme_makes_them(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let programme = json!({ "code": "CUSE", "name": "New businesses", "kind": "commissioned_service", "stage": "pilot", "starts_on": "2020-04-01", "onward_grants": true });
        let programme = scene.commissioner.post("/v1/programmes", &programme).must(201).id();
        scene.ask_in_full();
        let award = scene.live(300_000, json!({ "programme_id": programme })).id();
        let first = of_period(&scene, &award, "2020-21-Q1");
        let bytes = download(&scene.author, &first.id()).1;
        let (number, amount) = (service_cell(&bytes, "/onward_grants/number"), service_cell(&bytes, "/onward_grants/amount_pence"));
        let filled = Parts::of(&bytes).typed("Service", &number, Typed::Number("3")).typed("Service", &amount, Typed::Number("1500"));
        let kept = upload(&scene, &first, &filled).must(200);
        assert_eq!(kept.body["content"]["onward_grants"], json!({ "number": 3, "amount_pence": 150_000 }));
    }

    fn a_short_form_has_no_sheet_that_it_does_not_ask_for(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let full = award(&scene);
        let whole = download(&scene.author, &of_period(&scene, &full.id, "2020-21-Q1").id()).1;
        let policy = json!({ "due_working_days": 15, "weekly_reminders_max": 8 });
        let tag = scene.commissioner.get("/v1/return-policy").must(200).tag().to_owned();
        scene.commissioner.put("/v1/return-policy", &tag, &policy).must(200);
        // The same award has a short form by now, and the file was made for the whole one.
        let first = of_period(&scene, &full.id, "2020-21-Q1");
        let bytes = download(&scene.author, &first.id()).1;
        assert_eq!(sheets(&bytes), ["Guidance", "Return", "Spend", "Indicators", "Identity"]);
        assert!(held(&bytes, "Guidance", "A5").to_string().contains("say what happened.") && !cells_say(&bytes, "Service"));
        let texts: Vec<Data> = ["C10", "C11", "C12"].map(|cell| held(&bytes, "Return", cell)).into();
        assert_eq!(texts, [Data::String("narrative".to_owned()), Data::Empty, Data::Empty]);
        assert_eq!(upload(&scene, &first, &Parts::of(&bytes)).must(200).body["is_kept"], true);
        let first = of_period(&scene, &full.id, "2020-21-Q1");
        // Blank sheets that are not asked for do no harm; what is filled in is told, once a sheet and in each further row.
        let older = Parts::of(&whole);
        assert!(tried(&scene, &first, &older).must(200).body["workbook"].is_object());
        let quarter = row_of(&whole, "Forecast", &[("A", "2020-21-Q3")]);
        let filled = older
            .typed("Return", "B11", Typed::Text("No hall in winter."))
            .typed("Service", &service_cell(&whole, "/caseload/new"), Typed::Number("5"))
            .typed("Service", &service_cell(&whole, "/caseload/closed"), Typed::Number("3"))
            .typed("Forecast", &format!("B{quarter}"), Typed::Number("10"));
        let mut told = faults(&upload(&scene, &first, &filled).must(422));
        told.sort();
        let new = service_cell(&whole, "/caseload/new");
        assert_eq!(told, [format!("sheet_not_asked_for Forecast!B{quarter}"), format!("sheet_not_asked_for Service!{new}"), "unknown_row Return!B11".to_owned()]);
        // What is written all the same is shown, so that nothing is lost.
        let content = json!({ "risks": "No hall in winter.", "staffing": { "posts_filled": 2.5 }, "forecast": [{ "quarter": "2020-21-Q3", "amount_pence": 1_000 }] });
        let written = write(&scene.author, &first, &content).must(200);
        let bytes = download(&scene.author, &first.id()).1;
        assert_eq!(sheets(&bytes), ["Guidance", "Return", "Spend", "Indicators", "Service", "Forecast", "Warnings", "Identity"]);
        assert_eq!(held(&bytes, "Return", "B11"), Data::String("No hall in winter.".to_owned()));
        let kept = upload(&scene, &written, &Parts::of(&bytes)).must(200);
        assert_eq!(kept.body["content"], written.body["content"]);
        let new = service_cell(&whole, "/caseload/new");
        let other = Parts::of(&whole).typed("Return", "B11", Typed::Text("None.")).typed("Service", &new, Typed::Number("5"));
        assert_eq!(faults(&upload(&scene, &kept, &other).must(422)), [format!("unknown_row Service!{new}")]);
    }

    fn a_warning_is_explained_in_the_workbook(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = award(&scene);
        let first = of_period(&scene, &award.id, "2020-21-Q1");
        let bytes = download(&scene.author, &first.id()).1;
        assert!(!sheets(&bytes).contains(&"Warnings".to_owned()), "there is nothing to explain yet");
        let staff = spend_row(&bytes, "Staff");
        let filled = Parts::of(&bytes).typed("Spend", &format!("B{staff}"), Typed::Number("4000")).typed("Spend", &format!("F{staff}"), Typed::Text("see mail@help.example"));
        let kept = upload(&scene, &first, &filled).must(200);
        assert!(words(&kept, "spend_above_value")[0].contains("its sheet `Warnings` has a row for it"), "{}", kept.text);
        let doubtful = download(&scene.author, &first.id()).1;
        let row = |cell: &str| row_of(&doubtful, "Warnings", &[("C", cell)]);
        assert_eq!(held(&doubtful, "Warnings", &format!("B{}", row(&format!("F{staff}")))), Data::String("Spend".to_owned()));
        // A line before it is new, so the note stands elsewhere in the content, and the explanation goes with it.
        let protective = spend_row(&doubtful, "Protective equipment");
        let explained = Parts::of(&doubtful)
            .typed("Spend", &format!("B{protective}"), Typed::Number("1"))
            .typed("Warnings", &format!("E{}", row("B4")), Typed::Text("Paid ahead."))
            .typed("Warnings", &format!("E{}", row(&format!("F{staff}"))), Typed::Text("It is the service's own address."));
        let kept = upload(&scene, &kept, &explained).must(200);
        let mut given: Vec<String> = kept.body["content"]["explanations"].as_array().unwrap().iter().map(|one| format!("{} {}", one["pointer"], one["text"])).collect();
        given.sort();
        assert_eq!(given, ["\"/spend\" \"Paid ahead.\"", "\"/spend/1/note\" \"It is the service's own address.\""], "{}", kept.text);
        let warnings = kept.body["workbook_findings"].as_array().unwrap();
        let of_return = |one: &&Value| one["severity"] == "warning" && one["rule"] != "not_said";
        assert!(warnings.iter().filter(of_return).all(|one| one["explanation"] != Value::Null), "{}", kept.text);
        // The first file has no such sheet: what was explained stays, as far as there is still something to explain.
        let kept = upload(&scene, &kept, &filled).must(200);
        assert_eq!(kept.body["content"]["explanations"].as_array().unwrap().len(), 2, "{}", kept.text);
        let pointers: Vec<&str> = kept.body["content"]["explanations"].as_array().unwrap().iter().map(|one| one["pointer"].as_str().unwrap()).collect();
        assert!(pointers.contains(&"/spend/0/note"), "{pointers:?}");
    }

    fn what_explains_another_figure_is_kept_and_said_to_be_out_of_date(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = award(&scene);
        let first = of_period(&scene, &award.id, "2020-21-Q1");
        let value = |number: Value| json!([{ "indicator_id": award.people, "area_id": scene.area, "status": "reported", "value": number },
            { "indicator_id": award.people, "area_id": scene.other_area, "status": "reported", "value": 1 },
            { "indicator_id": award.share, "status": "not_applicable" }]);
        let explained = json!({ "spend": [], "values": value(json!(6.5)), "explanations": [{ "rule": "not_whole", "pointer": "/values/0/value", "text": "Half a place." }] });
        let written = write(&scene.author, &first, &explained).must(200);
        let raised = write(&scene.author, &written, &json!({ "values": value(json!(9.5)) })).must(200);
        let bytes = download(&scene.author, &first.id()).1;
        // The old explanation stands in its own row; it goes where somebody clears it, and not by itself.
        let old = row_of(&bytes, "Warnings", &[("E", "Half a place.")]);
        let said = held(&bytes, "Warnings", &format!("D{old}")).to_string();
        assert!(said.contains("This explained what stood there before (6.5)") && said.ends_with("explain what stands there now."), "{said}");
        let sent = upload(&scene, &raised, &Parts::of(&bytes)).must(200);
        // The file has the values in an order of its own.
        let kept = |answer: &Answer| ["text", "stood", "about"].map(|name| answer.body["content"]["explanations"][0][name].clone());
        assert_eq!(kept(&sent), kept(&raised));
        let bytes = download(&scene.author, &first.id()).1;
        let row = format!("I{}", value_row(&bytes, "People referred", "walsall"));
        let all: Vec<(String, Data)> = crate::returns::workbook::cells(&bytes, "Warnings");
        let of_value: Vec<String> = all.iter().filter(|(_, held)| held.to_string() == row).map(|(cell, _)| cell[1..].to_owned()).collect();
        let new = of_value.iter().find(|row| **row != old).unwrap_or_else(|| panic!("{of_value:?}"));
        let both = Parts::of(&bytes).typed("Warnings", &format!("E{new}"), Typed::Text("Many half places."));
        let sent = upload(&scene, &sent, &both).must(200);
        let texts = |answer: &Answer| -> Vec<String> {
            let mut all: Vec<String> = answer.body["content"]["explanations"].as_array().unwrap().iter().map(|one| one["text"].as_str().unwrap().to_owned()).collect();
            all.sort();
            all
        };
        assert_eq!(texts(&sent), ["Half a place.", "Many half places."]);
        // The paper says so too.
        let submitted = crate::returns::send(&scene, &sent);
        let done = crate::returns::act(&scene.commissioner, &submitted, "acceptance").must(200);
        let paper = crate::returns::paper::print(&scene.author, &done.id());
        crate::returns::paper::says(&paper, &["Not whole (out of date: something else stands there now)", "Many half places."]);
    }

    fn findings_speak_of_the_workbook(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = award(&scene);
        let first = of_period(&scene, &award.id, "2020-21-Q1");
        let bytes = download(&scene.author, &first.id()).1;
        let (staff, other) = (spend_row(&bytes, "Staff"), spend_row(&bytes, "Other (say what in the note)"));
        let all = value_row(&bytes, "People referred", "All areas together");
        let here = value_row(&bytes, "People referred", "walsall");
        let share = value_row(&bytes, "People who stay", "All areas together");
        let filled = Parts::of(&bytes)
            .typed("Spend", &format!("B{staff}"), Typed::Number("5"))
            .typed("Spend", &format!("D{staff}"), Typed::Text("12/06/2020"))
            .typed("Spend", &format!("E{staff}"), Typed::Text("10/06/2020"))
            .typed("Spend", &format!("B{other}"), Typed::Number("5"))
            .typed("Indicators", &format!("I{all}"), Typed::Number("30"))
            .typed("Indicators", &format!("I{share}"), Typed::Number("30"));
        let trial = tried(&scene, &first, &filled).must(200);
        let told = findings(&trial);
        let wanted = [format!("error reversed_dates Spend!E{staff}"), format!("error required Spend!F{other}"),
            format!("error required Indicators!I{here}"), format!("error required Indicators!J{share}")];
        assert!(wanted.iter().all(|one| told.contains(one)), "{told:?}");
        assert!(words(&trial, "reversed_dates")[0].contains("the column that begins with `First day`"), "{}", trial.text);
        let missing = words(&trial, "required").join("\n");
        assert!(missing.contains("There is no value for `People referred` in walsall, which has a target. The one for all areas together does not say it."), "{missing}");
        assert!(missing.contains("Say it in the column `What it was`.") && missing.contains("in the column `Out of`"), "{missing}");
        for field in ["spent_from", "`note`", "not_reported", "not_applicable", "empty list"] {
            assert!(!trial.body["workbook_findings"].to_string().contains(field), "{field}: {}", trial.text);
        }
        let guide = held(&bytes, "Guidance", "A7").to_string();
        assert!(guide.contains("Each area that has a target needs a value of its own"), "{guide}");
        // The file of another award is that, and nothing else.
        let another = scene.live(200_000, json!({})).id();
        let another = of_period(&scene, &another, "2020-21-Q1");
        write(&scene.author, &another, &json!({ "narrative": "We began." })).must(200);
        let another = scene.author.get(&format!("/v1/returns/{}", another.id())).must(200);
        assert_eq!(faults(&upload(&scene, &another, &Parts::of(&bytes)).must(422)), ["other_return Identity!B1"]);
    }
}
