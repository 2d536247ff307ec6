//! What becomes of the profile, the annual amounts and the instalments of an award when a variation changes its value and its dates.

use serde_json::{Value, json};

use super::{accepted, act, draft, profile};
use crate::awards::next_year::next_period;
use crate::payments::runs::pay;
use crate::payments::{authorise, of_award, quarterly, ready, schedule};
use crate::support::{Answer, Scene};

fn quarters(all: &[(&str, i64)]) -> Value {
    all.iter().map(|(quarter, pence)| json!({ "quarter": quarter, "amount_pence": pence })).collect()
}

/// Quarters or years as the service says them: each with its amount.
fn told(all: &Value, name: &str) -> Vec<(String, i64)> {
    let one = |one: &Value| (one[name].as_str().unwrap().to_owned(), one["amount_pence"].as_i64().unwrap());
    all.as_array().unwrap().iter().map(one).collect()
}

fn named(all: &[(&str, i64)]) -> Vec<(String, i64)> {
    all.iter().map(|(name, pence)| ((*name).to_owned(), *pence)).collect()
}

/// The quarter of a day.
pub fn quarter_of(day: &str) -> String {
    let (year, month): (i32, i32) = (day[..4].parse().unwrap(), day[5..7].parse().unwrap());
    let first = if month < 4 { year - 1 } else { year };
    format!("{first}-{:02}-Q{}", (first + 1) % 100, (month + 8) % 12 / 3 + 1)
}

/// The profile of an award, which each instalment that is not cancelled agrees with.
fn planned(scene: &Scene, award: &str) -> Vec<(String, i64)> {
    let shown = scene.commissioner.get(&format!("/v1/awards/{award}/profile")).must(200);
    let profile = told(&shown.body["quarters"], "quarter");
    let all = of_award(scene, award);
    let quarter = |one: &Value| quarter_of(one["starts_on"].as_str().unwrap());
    for (name, pence) in &profile {
        let own = all.iter().filter(|one| one["state"] != "cancelled" && quarter(one) == *name);
        assert_eq!(own.map(|one| one["amount_pence"].as_i64().unwrap()).sum::<i64>(), *pence, "{name} of {award}");
    }
    profile
}

/// Applies a change that the provider accepts; what was done is what was foretold.
#[track_caller]
fn apply(scene: &Scene, award: &str, change: Value) -> Answer {
    let ready = accepted(scene, award, change);
    let applied = act(&scene.commissioner, &ready, "application").must(200);
    assert_eq!((&applied.body["effect"], &applied.body["after"]), (&ready.body["effect"], &ready.body["after"]));
    applied
}

/// The annual amounts of an award, as its variation foretold them.
#[track_caller]
fn years(scene: &Scene, award: &str, applied: &Answer) -> Vec<(String, i64)> {
    let now = told(&scene.award(award).body["annual_amounts"], "financial_year");
    assert_eq!(told(&applied.body["after"]["annual_amounts"], "financial_year"), now);
    now
}

const TO_DECEMBER: [(&str, i64); 3] = [("2020-21-Q1", 50_000), ("2020-21-Q2", 50_000), ("2020-21-Q3", 50_000)];

on_both! {
    fn more_money_for_more_time_goes_to_the_quarters_that_are_new(app) {
        let scene = ready(app);
        for day in ["2020-12-01", "2021-01-01"] {
            let terms = json!({ "starts_on": "2020-04-01", "ends_on": "2020-12-31", "profile": quarters(&TO_DECEMBER) });
            let (award, ids) = quarterly(&scene, 150_000, terms);
            pay(&scene, &ids);
            let change = json!({ "effective_on": day, "value": { "change_pence": 50_000 }, "dates": { "ends_on": "2021-03-31" } });
            let applied = apply(&scene, &award, change);
            let effect = &applied.body["effect"];
            assert_eq!(effect["profile"], json!([{ "quarter": "2020-21-Q4", "before_pence": null, "after_pence": 50_000 }]), "{day}");
            let payments: Vec<_> = effect["payments"].as_array().unwrap().iter().map(|one| (&one["instalment"], &one["after_pence"])).collect();
            assert_eq!(payments, [(&json!("2020-21-Q4"), &json!(50_000))], "{day}");
            let whole: Vec<(&str, i64)> = TO_DECEMBER.into_iter().chain([("2020-21-Q4", 50_000)]).collect();
            assert_eq!(planned(&scene, &award), named(&whole), "{day}");
        }
        // So it does in a campaign by months and per cent.
        let terms = json!({ "starts_on": "2020-04-01", "ends_on": "2020-12-31", "profile": quarters(&TO_DECEMBER) });
        let award = scene.live(150_000, terms).id();
        let input = json!({ "name": "Three months more", "choice": { "awards": [award] }, "formula": { "change_basis_points": 1_000, "extend_months": 3 },
            "change": { "title": "Three months more", "reason": "The spring of 2020.", "effective_on": "2020-12-01" } });
        let drafted = scene.commissioner.post("/v1/variation-campaigns", &input).must(201);
        let shown = scene.commissioner.post(&format!("/v1/variation-campaigns/{}/preview", drafted.id()), &json!({})).must(200);
        let whole: Vec<(&str, i64)> = TO_DECEMBER.into_iter().chain([("2020-21-Q4", 15_000)]).collect();
        assert_eq!(shown.body["awards"][0]["after"]["profile"], quarters(&whole), "{}", shown.text);
    }

    fn a_profile_is_cut_by_what_is_unpaid(app) {
        let scene = ready(app);
        let paid = |count: usize| {
            let (award, ids) = quarterly(&scene, 300_000, json!({ "profile": profile([100_000; 3]) }));
            if count > 1 {
                pay(&scene, &ids[..count - 1]);
            }
            // What is on its way stays as what is paid does.
            authorise(&scene.approver, &ids[count - 1]).must(200);
            award
        };
        let then = |pence: [i64; 3]| named(&[("2020-21-Q2", pence[0]), ("2020-21-Q3", pence[1]), ("2020-21-Q4", pence[2])]);
        // Paid ahead: the quarter under way has its money.
        let ahead = paid(2);
        apply(&scene, &ahead, json!({ "value": { "change_pence": -50_000 } }));
        assert_eq!(planned(&scene, &ahead), then([100_000, 100_000, 50_000]));
        apply(&scene, &ahead, json!({ "value": { "change_pence": 70_001 } }));
        assert_eq!(planned(&scene, &ahead), then([100_000, 100_000, 120_001]));
        // Paid late: what is over and unpaid is cut before what is paid.
        let late = paid(1);
        apply(&scene, &late, json!({ "effective_on": "2021-01-01", "value": { "change_pence": -150_001 } }));
        assert_eq!(planned(&scene, &late), then([100_000, 25_000, 24_999]));
        // By month: a quarter of which a month is paid is cut only where no other can bear it, and then what is left of it.
        let award = scene.live(300_000, json!({ "profile": profile([100_000; 3]) })).id();
        schedule(&scene, &award, json!({ "basis": "monthly" })).must(200);
        let ids: Vec<String> = of_award(&scene, &award).iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect();
        pay(&scene, &ids[..4]);
        apply(&scene, &award, json!({ "value": { "change_pence": -30_000 } }));
        assert_eq!(planned(&scene, &award), then([100_000, 100_000, 70_000]));
        apply(&scene, &award, json!({ "value": { "change_pence": -80_000 } }));
        assert_eq!(planned(&scene, &award), then([100_000, 90_000, 0]));
    }

    fn annual_amounts_follow_the_profile(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let period = next_period(&scene, "2020-22", 1_000_000);
        let year = |(year, pence): &(&str, i64)| json!({ "financial_year": year, "amount_pence": pence });
        let terms = |ends_on: &str, profile: &[(&str, i64)], years: &[(&str, i64)]| {
            let years: Value = years.iter().map(year).collect();
            json!({ "fund_period_id": period, "tranche_id": null, "ends_on": ends_on, "profile": quarters(profile), "annual_amounts": years })
        };
        let profile = [("2020-21-Q4", 100_000), ("2021-22-Q1", 100_000), ("2021-22-Q2", 100_000), ("2021-22-Q4", 100_000), ("2022-23-Q1", 70_000)];
        let long = terms("2022-06-30", &profile, &[("2020-21", 100_000), ("2021-22", 300_000), ("2022-23", 70_000)]);
        let award = scene.live(400_000, long).id();
        let applied = apply(&scene, &award, json!({ "value": { "change_pence": 40_002 } }));
        assert_eq!(years(&scene, &award, &applied), named(&[("2020-21", 110_001), ("2021-22", 330_001), ("2022-23", 70_000)]));
        let applied = apply(&scene, &award, json!({ "value": { "change_pence": -80_002 } }));
        assert_eq!(years(&scene, &award, &applied), named(&[("2020-21", 90_000), ("2021-22", 270_000), ("2022-23", 70_000)]));
        // A profile that is given moves money between years; the year that is indicative stays.
        let given = [("2020-21-Q3", 60_000), ("2020-21-Q4", 100_000), ("2021-22-Q1", 200_000), ("2022-23-Q1", 70_000)];
        let applied = apply(&scene, &award, json!({ "profile": quarters(&given) }));
        assert_eq!(years(&scene, &award, &applied), named(&[("2020-21", 160_000), ("2021-22", 200_000), ("2022-23", 70_000)]));
        let silent = draft(&scene, &award, json!({ "profile": quarters(&given[..3]) })).must(422);
        assert_eq!(silent.faults(), ["/profile does_not_add_up"]);
        assert_eq!(silent.body["errors"][0]["message"], "The quarters of 2022-23 add up to £0.00, the year is £700.00.");
        // Another year begins with the quarters that are new.
        let short = terms("2021-03-31", &[("2020-21-Q3", 100_000), ("2020-21-Q4", 100_000)], &[("2020-21", 200_000)]);
        let award = scene.live(200_000, short).id();
        let more = json!({ "effective_on": "2021-01-01", "value": { "change_pence": 50_001 }, "dates": { "ends_on": "2021-09-30" } });
        let applied = apply(&scene, &award, more);
        assert_eq!(years(&scene, &award, &applied), named(&[("2020-21", 200_000), ("2021-22", 50_001)]));
        let whole = [("2020-21-Q3", 100_000), ("2020-21-Q4", 100_000), ("2021-22-Q1", 25_001), ("2021-22-Q2", 25_000)];
        assert_eq!(applied.body["after"]["profile"], quarters(&whole));
        // Without a profile too.
        let award = scene.live(200_000, terms("2021-03-31", &[], &[("2020-21", 200_000)])).id();
        let more = json!({ "effective_on": "2021-04-01", "value": { "change_pence": 30_000 }, "dates": { "ends_on": "2021-09-30" } });
        let applied = apply(&scene, &award, more);
        assert_eq!(years(&scene, &award, &applied), named(&[("2020-21", 200_000), ("2021-22", 30_000)]));
    }
}
