//! Whatever is done to payments in whatever order, no more is paid than was committed, and no penny is lost.

use serde_json::json;

use super::runs::{confirm, export, reference, run};
use super::{act, authorise, get, quarterly, ready, schedule};
use crate::support::program::verify;
use crate::support::{Answer, Scene};

/// How many acts are tried on each engine.
const ACTS: usize = 100;
const WHOLE: i64 = 400_003;

/// A row of numbers that is the same each time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % end
    }
}

/// Tries one act; whether it is allowed is for the service to say.
fn step(scene: &Scene, (award, dice): (&str, &mut Dice), runs: &mut Vec<String>) -> Option<Answer> {
    let all = super::of_award(scene, award);
    let one = all[dice.below(all.len())]["id"].as_str().unwrap().to_owned();
    let why = json!({ "reason": "whatever" });
    let recoveries = scene.finance.all(&format!("/v1/awards/{award}/recoveries"));
    Some(match dice.below(12) {
        0..=2 => authorise(&scene.approver, &one),
        3 => act(&scene.commissioner, &one, "hold", &why),
        4 => act(&scene.commissioner, &one, "release", &why),
        5 if dice.below(3) == 0 => act(&scene.commissioner, &one, "cancellation", &why),
        6 => {
            let basis = ["monthly", "quarterly", "half_on_proof"][dice.below(3)];
            schedule(scene, award, json!({ "basis": basis }))
        }
        7 => {
            let made = scene.finance.post("/v1/payment-runs", &json!({}));
            if made.status == 201 {
                runs.push(made.id());
            }
            made
        }
        8 if !runs.is_empty() => export(&scene.finance, &runs[dice.below(runs.len())]),
        9 | 10 if !runs.is_empty() => {
            let id = &runs[dice.below(runs.len())];
            let items = run(scene, id).body["payments"].as_array().unwrap().clone();
            let item = items[dice.below(items.len())]["payment_id"].as_str().unwrap().to_owned();
            let outcome = ["paid", "paid", "paid", "failed", "returned"][dice.below(5)];
            let on = get(&scene.finance, &item).body["authorised_on"].as_str().unwrap_or("2020-01-01").to_owned();
            confirm(scene, id, &format!("{},{outcome},{on},,,\n", reference(scene, &item)))
        }
        11 => match recoveries.last().filter(|one| one["state"] == "requested") {
            None => {
                let body = json!({ "ground": "unspent", "amount_pence": 1 + dice.below(50_000), "reason": "too much" });
                scene.commissioner.post(&format!("/v1/awards/{award}/recoveries"), &body)
            }
            Some(open) => {
                let id = open["id"].as_str().unwrap();
                let pence = (open["outstanding_pence"].as_i64().unwrap() + 1) / 2;
                let body = json!({ "amount_pence": pence, "bank_reference": format!("FPI {}", dice.below(1_000_000)) });
                scene.finance.change(
                    &format!("/v1/recoveries/{id}/receipts"),
                    scene.finance.get(&format!("/v1/recoveries/{id}")).tag(),
                    &body,
                )
            }
        },
        _ => return None,
    })
}

on_both! {
    fn no_sequence_of_acts_pays_more_than_was_committed(app) {
        let scene = ready(app);
        let split = json!([{ "budget_line_id": scene.lines[0], "weight": 2 }, { "budget_line_id": scene.lines[1], "weight": 1 }]);
        let (award, _) = quarterly(&scene, WHOLE, json!({ "tranche_id": null, "split": split }));
        let (mut dice, mut runs, mut done) = (Dice(20_200_401), Vec::new(), 0);
        let (committed, mut most_paid) = (scene.held("committed", &award), 0);
        for _ in 0..ACTS {
            let Some(answer) = step(&scene, (&award, &mut dice), &mut runs) else { continue };
            assert!(answer.status < 500, "{}", answer.text);
            done += usize::from(answer.status < 300);
            let (left, paid) = (scene.held("committed", &award), scene.held("paid", &award));
            let came: i64 = scene.finance.all(&format!("/v1/awards/{award}/recoveries")).iter().map(|one| one["received_pence"].as_i64().unwrap()).sum();
            let sum = |all: &[i64]| all.iter().sum::<i64>();
            assert_eq!(sum(&left) + sum(&paid) + came, WHOLE, "no penny is lost or made");
            assert!(left.iter().zip(&paid).zip(&committed).all(|((left, paid), whole)| *left >= 0 && *paid >= 0 && left + paid <= *whole), "line by line");
            most_paid = most_paid.max(sum(&paid));
        }
        assert!(done > ACTS / 4 && most_paid > WHOLE / 4, "{done} acts were done, and {most_paid} paid at the most");
        let (holds, said) = verify(&app.database_url);
        assert!(holds, "{said}");
    }
}
