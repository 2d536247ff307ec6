//! What a variation cannot go behind: what is paid or on its way, told with figures.

use serde_json::{Value, json};

use super::{accepted, act, draft, pay};
use crate::payments::{authorise, quarterly, ready, runs};
use crate::support::program::verify;
use crate::support::{Answer, Scene};

fn figures(answer: &Answer) -> [Value; 3] {
    ["paid_pence", "reserved_pence", "lowest_pence"].map(|name| answer.body[name].clone())
}

/// An award of two budget lines that is paid quarterly.
fn of_two_lines(scene: &Scene, pence: i64, weights: [i64; 2]) -> (String, Vec<String>) {
    let split: Value = scene.lines.iter().zip(weights).map(|(line, weight)| json!({ "budget_line_id": line, "weight": weight })).collect();
    quarterly(scene, pence, json!({ "tranche_id": null, "split": split }))
}

/// Applies a variation that the provider has accepted.
fn applies(scene: &Scene, award: &str, change: Value) -> Answer {
    act(&scene.commissioner, &accepted(scene, award, change), "application")
}

/// The same, which is refused and taken back: the refusal, and how its sentence ends.
fn is_refused(scene: &Scene, award: &str, change: Value) -> (Answer, String) {
    let less = accepted(scene, award, change);
    let refused = act(&scene.commissioner, &less, "application").must(409);
    act(&scene.commissioner, &less, "withdrawal").must(200);
    let detail = refused.body["detail"].as_str().unwrap();
    let end = detail.find(" of this award is paid").map(|at| detail[..at].rfind(' ').map_or(0, |space| space + 1)).unwrap();
    let told = detail[end..].to_owned();
    (refused, told)
}

on_both! {
    fn less_is_taken_where_the_money_is(app) {
        let scene = ready(app);
        let less = |pence: i64| json!({ "value": { "change_pence": -pence } });
        // £6,666.68 by two lines alike; a quarter is paid, a penny more of it by the first line, and the award comes to just that.
        let (award, ids) = of_two_lines(&scene, 666_668, [1, 1]);
        runs::pay(&scene, &ids[..1]);
        assert_eq!((scene.held("committed", &award), scene.held("paid", &award)), (vec![250_000, 250_001], vec![83_334, 83_333]));
        let (refused, told) = is_refused(&scene, &award, less(500_002));
        assert_eq!((refused.code(), figures(&refused)), ("insufficient_balance", [json!(166_667), json!(0), json!(166_667)]));
        assert_eq!(told, "£1,666.67 of this award is paid and £0.00 on its way, so it cannot come to less than £1,666.67.");
        let applied = applies(&scene, &award, less(500_001)).must(200);
        let pays = |pence: [i64; 2]| -> Value {
            scene.lines.iter().zip(pence).map(|(line, pence)| json!({ "budget_line_id": line, "amount_pence": pence })).collect()
        };
        assert_eq!((&applied.body["after"]["split"], &applied.body["after"]["amount_pence"]), (&pays([83_334, 83_333]), &json!(166_667)));
        assert_eq!((scene.held("committed", &award), scene.held("paid", &award)), (vec![0, 0], vec![83_334, 83_333]));

        // A funder takes all that one line has not paid yet; what comes after that is the other's to give.
        let (award, ids) = of_two_lines(&scene, 300_000, [2, 1]);
        runs::pay(&scene, &ids[..2]);
        applies(&scene, &award, json!({ "budget_cut": { "cut_pence": 50_000, "budget_line_id": scene.lines[1] } })).must(200);
        assert_eq!(scene.held("committed", &award), [100_000, 0]);
        let drafted = draft(&scene, &award, less(10_000)).must(201);
        assert_eq!(drafted.body["after"]["split"], pays([190_000, 50_000]), "told before it is agreed");
        act(&scene.commissioner, &drafted, "withdrawal").must(200);
        let applied = applies(&scene, &award, less(10_000)).must(200);
        assert_eq!((&applied.body["after"]["split"], scene.held("committed", &award)), (&pays([190_000, 50_000]), vec![90_000, 0]));
        let (refused, told) = is_refused(&scene, &award, json!({ "budget_cut": { "cut_pence": 1, "budget_line_id": scene.lines[1] } }));
        assert_eq!(refused.body["lowest_pence"], 240_000);
        assert!(told.ends_with("What was cut has £0.00 of the award left, so this cut cannot bring it below £2,400.00."), "{told}");
        let (refused, told) = is_refused(&scene, &award, json!({ "value": { "change_pence": -10_000, "split": pays([190_000, 40_000]) } }));
        assert_eq!(refused.body["lowest_pence"], 150_000);
        assert!(told.ends_with("less than £1,500.00. Leave `split` out, and each budget line gives what it has left."), "{told}");
        assert!(verify(&app.database_url).0);
    }

    fn what_came_back_is_not_taken_from_the_award_again(app) {
        let scene = ready(app);
        let (award, ids) = quarterly(&scene, 400_000, json!({}));
        runs::pay(&scene, &ids[..2]);
        let asked = json!({ "ground": "unspent", "amount_pence": 80_000, "reason": "The post was empty." });
        let asked = scene.commissioner.post(&format!("/v1/awards/{award}/recoveries"), &asked).must(201);
        let came = json!({ "amount_pence": 80_000, "bank_reference": "FPI 1" });
        scene.finance.change(&format!("/v1/recoveries/{}/receipts", asked.id()), asked.tag(), &came).must(200);
        let less = |pence: i64| json!({ "value": { "change_pence": -pence } });
        let (refused, told) = is_refused(&scene, &award, less(200_001));
        assert_eq!(figures(&refused), [json!(120_000), json!(0), json!(200_000)]);
        assert_eq!(told, "£1,200.00 of this award is paid, £0.00 on its way and £800.00 went back to the fund after it was paid, so it cannot come to less than £2,000.00.");
        applies(&scene, &award, less(200_000)).must(200);
        assert_eq!((scene.held("committed", &award), scene.held("paid", &award)), (vec![0, 0], vec![120_000, 0]));
        assert_eq!(scene.award(&award).body["amount_pence"], 200_000);
        assert!(verify(&app.database_url).0);
    }

    fn uses_of_the_money_move_no_more_than_the_award(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = scene.live(100_000, json!({})).id();
        let moves = |all: &[(&str, &str, i64)]| -> Value {
            all.iter().map(|(from, to, pence)| json!({ "from_category": from, "to_category": to, "amount_pence": pence })).collect()
        };
        let drafts = |all: &[(&str, &str, i64)]| draft(&scene, &award, json!({ "use_of_funds": moves(all) }));
        assert_eq!(drafts(&[("pay", "rent", 60_000), ("pay", "food", 40_001)]).must(422).faults(), ["/use_of_funds too_large"]);
        assert_eq!(drafts(&[("pay", "rent", 60_000), ("travel", "food", 40_001)]).must(422).faults(), ["/use_of_funds too_large"]);
        assert_eq!(drafts(&[("pay", "rent", 100_001)]).must(422).faults(), ["/use_of_funds/0/amount_pence too_large"]);
        drafts(&[("pay", "rent", 60_000), ("pay", "food", 40_000)]).must(201);
        // What goes on from one use to the next is the same money.
        drafts(&[("pay", "rent", 60_000), ("rent", "food", 60_000)]).must(201);
    }

    fn less_than_is_paid_or_on_its_way_is_refused_with_figures(app) {
        let scene = ready(app);
        let (award, ids) = quarterly(&scene, 300_000, json!({}));
        pay(app, &scene, &award, 50_000);
        authorise(&scene.finance, &ids[2]).must(200);
        let less = accepted(&scene, &award, json!({ "value": { "change_pence": -175_001 } }));
        let refused = act(&scene.commissioner, &less, "application").must(409);
        assert_eq!((refused.code(), figures(&refused)), ("rule_broken", [json!(50_000), json!(75_000), json!(125_000)]));
        let detail = refused.body["detail"].as_str().unwrap();
        assert!(detail.ends_with("£500.00 of this award is paid and £750.00 on its way, so it cannot come to less than £1,250.00."), "{detail}");
        act(&scene.commissioner, &less, "withdrawal").must(200);
        let far = accepted(&scene, &award, json!({ "value": { "change_pence": -260_000 } }));
        let refused = act(&scene.commissioner, &far, "application").must(409);
        assert_eq!((refused.code(), figures(&refused)[2].clone()), ("insufficient_balance", json!(125_000)));
        assert_eq!(scene.held("committed", &award), [250_000, 0]);
        // Nor does the award end before the days that this instalment is for, nor begin after them.
        let short = draft(&scene, &award, json!({ "dates": { "ends_on": "2020-12-30" } })).must(422);
        assert_eq!(short.faults(), ["/dates/ends_on paid_beyond"]);
        let message = "Instalments for days up to 2020-12-31 are paid or on their way (£500.00 is paid and £750.00 on its way), so the award cannot end on 2020-12-30.";
        assert_eq!(short.body["errors"][0]["message"], message);
        assert_eq!(draft(&scene, &award, json!({ "dates": { "starts_on": "2020-10-02" } })).must(422).faults(), ["/dates/starts_on paid_beyond"]);
        let fits = accepted(&scene, &award, json!({ "dates": { "ends_on": "2020-12-31" } }));
        // What goes on its way between the acceptance and the application counts.
        authorise(&scene.finance, &ids[3]).must(200);
        let refused = act(&scene.commissioner, &fits, "application").must(409);
        assert_eq!((refused.code(), &refused.body["paid_pence"], &refused.body["reserved_pence"]), ("rule_broken", &json!(50_000), &json!(150_000)));
        assert_eq!(scene.award(&award).body["ends_on"], "2021-03-31");
    }
}
