//! Whatever is agreed and applied in whatever order, the ledger holds, an award is what its applied variations make of it, and what was agreed reads the same
//! for ever.

use std::collections::HashMap;

use almoner::kernel::{Id, Pence};
use almoner::ledger::{self, Account, AccountKind, Movement};
use almoner::store::WriteMeta;
use serde_json::{Value, json};

use super::act;
use crate::support::program::verify;
use crate::support::{Answer, App, Scene};

/// How many acts are tried on each engine.
const ACTS: usize = 90;
const FIRST: i64 = 300_000;

/// A row of numbers that is the same each time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % end
    }
}

fn change(dice: &mut Dice) -> Value {
    let pence = i64::try_from(dice.below(90_000)).unwrap() - 40_000;
    match dice.below(7) {
        0..=2 => json!({ "value": { "change_pence": if pence == 0 { 1 } else { pence } } }),
        3 => {
            let day = ["2021-03-31", "2021-06-30", "2021-09-30", "2020-12-31"][dice.below(4)];
            json!({ "dates": { "ends_on": day } })
        }
        4 => json!({ "working_hours": format!("{} hours a week", dice.below(40)) }),
        5 => json!({ "conditions": { "add": [{ "text": format!("Condition {}", dice.below(1_000)) }] } }),
        _ => json!({ "value": { "change_pence": 1_000 }, "interventions": [format!("help {}", dice.below(100))] }),
    }
}

fn pay(app: &App, scene: &Scene, award: &str, pence: i64) {
    let (record_id, budget_line_id): (Id, Id) = (award.parse().unwrap(), scene.lines[0].parse().unwrap());
    let account = |kind| Account { kind, record_id, budget_line_id };
    let effective_on = "2020-11-01".parse().unwrap();
    let movement = Movement { from: account(AccountKind::Committed), to: account(AccountKind::Paid), amount: Pence(pence), effective_on };
    // Where there is not enough, nothing is paid.
    let _ = app.wait(app.service.db.write(WriteMeta::system("test", "test"), move |tx| ledger::transfer(tx, &movement)));
}

/// Tries one act; whether it is allowed is for the service to say.
fn step(app: &App, scene: &Scene, awards: &[String], dice: &mut Dice) -> Option<Answer> {
    let award = &awards[dice.below(awards.len())];
    let all = scene.commissioner.all(&format!("/v1/awards/{award}/variations"));
    let one = |dice: &mut Dice| {
        let id = all.get(dice.below(all.len().max(1)))?["id"].as_str()?.to_owned();
        Some(scene.commissioner.get(&format!("/v1/variations/{id}")).must(200))
    };
    Some(match dice.below(17) {
        0..=3 => {
            let drafted = super::draft(scene, award, change(dice));
            if drafted.status != 201 || dice.below(6) == 0 {
                return Some(drafted);
            }
            let issued = act(&scene.commissioner, &drafted, "issue");
            if issued.status == 200 && dice.below(3) > 0 { act(&scene.signatory, &issued, "acceptance") } else { issued }
        }
        4..=6 => act(&scene.signatory, &one(dice)?, "acceptance"),
        7 => act(&scene.signatory, &one(dice)?, "refusal"),
        8 => act(&scene.commissioner, &one(dice)?, "rebase"),
        9 => {
            pay(app, scene, award, 1_000 + i64::try_from(dice.below(30_000)).unwrap());
            return None;
        }
        10 if dice.below(6) == 0 => {
            let tag = scene.award(award).tag().to_owned();
            scene.commissioner.change(&format!("/v1/awards/{award}/end"), &tag, &json!({ "ended_on": "2020-12-31" }))
        }
        11 => {
            let tag = scene.award(award).tag().to_owned();
            let left: i64 = scene.held("committed", award).iter().sum();
            scene.commissioner.change(&format!("/v1/awards/{award}/closure"), &tag, &json!({ "unspent_pence": left }))
        }
        _ => act(&scene.commissioner, &one(dice)?, "application"),
    })
}

/// What an award comes to by its applied variations alone.
fn told(scene: &Scene, award: &str) -> (i64, Value, Value) {
    let mut applied: Vec<Value> = scene.commissioner.all(&format!("/v1/awards/{award}/variations"));
    applied.retain(|one| one["state"] == "applied");
    applied.sort_by_key(|one| one["terms_no"].as_i64());
    let (mut amount, mut ends_on, mut hours) = (FIRST, json!("2021-03-31"), Value::Null);
    for one in &applied {
        let change = &one["change"];
        amount += change["value"]["change_pence"].as_i64().unwrap_or(0);
        if let Some(day) = change["dates"].get("ends_on") {
            ends_on = day.clone();
        }
        if let Some(words) = change.get("working_hours") {
            hours = words.clone();
        }
    }
    (amount, ends_on, hours)
}

on_both! {
    fn an_award_is_what_its_applied_variations_make_of_it(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let awards: Vec<String> = (0..3).map(|_| scene.live(FIRST, json!({})).id()).collect();
        let whole = |kinds: &[&str], records: &[&str]| -> i64 {
            kinds.iter().flat_map(|kind| records.iter().flat_map(|record| scene.held(kind, record)).collect::<Vec<_>>()).sum()
        };
        let ids: Vec<&str> = awards.iter().map(String::as_str).chain([scene.tranche.as_str(), scene.period.as_str()]).collect();
        let all = ["committed", "paid", "tranche", "fund_period"];
        let (money, mut dice, mut done, mut agreed) = (whole(&all, &ids), Dice(20_200_401), 0, HashMap::new());
        for _ in 0..ACTS {
            let Some(answer) = step(app, &scene, &awards, &mut dice) else { continue };
            assert!(answer.status < 500, "{}", answer.text);
            done += usize::from(answer.status < 300);
        }
        for award in &awards {
            let now = scene.award(award);
            let (amount, ends_on, hours) = told(&scene, award);
            let stands = (now.body["amount_pence"].as_i64().unwrap(), now.body["ends_on"].clone(), now.body["particulars"]["working_hours"].clone());
            assert_eq!(stands, (amount, ends_on, hours), "{award}");
            let held = whole(&["committed", "paid"], &[award.as_str()]);
            assert_eq!(held, if now.body["state"] == "closed" { whole(&["paid"], &[award.as_str()]) } else { amount }, "{award}");
        }
        assert_eq!(whole(&all, &ids), money, "no penny is lost or made");
        // What was agreed reads the same, whatever is agreed after it.
        let read = |award: &String| -> Vec<Value> {
            let mut all = scene.signatory.all(&format!("/v1/awards/{award}/versions"));
            all.iter_mut().for_each(|one| { one.as_object_mut().unwrap().remove("is_current"); });
            all
        };
        for award in &awards {
            agreed.insert(award.clone(), read(award));
        }
        assert!(agreed.values().map(Vec::len).sum::<usize>() > awards.len() + 2 && done > ACTS / 4, "{done} acts were done, {agreed:?}");
        for _ in 0..ACTS / 3 {
            step(app, &scene, &awards, &mut dice);
        }
        for (award, before) in &agreed {
            assert_eq!(&read(award)[..before.len()], &before[..], "{award}");
        }
        let (holds, said) = verify(&app.database_url);
        assert!(holds, "{said}");
    }
}
