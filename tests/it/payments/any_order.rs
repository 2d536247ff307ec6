//! Whatever is done with awards and payments in whatever order, no more is paid than was committed, no penny is lost, and every act that changed a report
//! explains what it changed.

use serde_json::{Value, json};

use super::runs::{confirm, export, pay, reference, run};
use super::year_end::{path, take};
use super::{act, authorise, get, quarterly, ready, schedule};
use crate::support::program::verify;
use crate::support::{Answer, Client, Scene};

/// Seeds on each engine, and how many acts are tried with each.
const SEEDS: [u64; 3] = [20_200_401, 7, 424_242];
const ACTS: usize = 36;
const WHOLE: i64 = 400_003;

/// A row of numbers that is the same each time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % end
    }
}

/// One award in the office, and what was done so far.
struct Tried<'a> {
    scene: &'a Scene,
    award: String,
    dice: Dice,
    runs: Vec<String>,
    /// What was agreed in all: the award, and what variations added.
    agreed: i64,
    done: usize,
}

fn why() -> Value {
    json!({ "reason": "whatever" })
}

impl Tried<'_> {
    fn payment(&mut self) -> String {
        let all = super::of_award(self.scene, &self.award);
        all[self.dice.below(all.len())]["id"].as_str().unwrap().to_owned()
    }

    /// Leads a variation as far as the service lets it go.
    fn vary(&mut self) -> Answer {
        let change = i64::try_from(self.dice.below(60_000)).unwrap() - 30_000;
        let body = json!({ "title": "Otherwise", "reason": "agreed", "effective_on": "2020-10-01", "value": { "change_pence": change } });
        let mut seen = self.scene.commissioner.post(&format!("/v1/awards/{}/variations", self.award), &body);
        let steps: [(&Client, &str); 3] =
            [(&self.scene.commissioner, "issue"), (&self.scene.signatory, "acceptance"), (&self.scene.commissioner, "application")];
        for (who, noun) in steps {
            if seen.status >= 300 {
                return seen;
            }
            seen = who.change(&format!("/v1/variations/{}/{noun}", seen.id()), seen.tag(), &json!({}));
        }
        if seen.status < 300 {
            self.agreed += change.max(0);
        }
        seen
    }

    fn recover(&mut self) -> Answer {
        let scene = self.scene;
        let recoveries = scene.finance.all(&format!("/v1/awards/{}/recoveries", self.award));
        let Some(open) = recoveries.last().filter(|one| one["state"] == "requested") else {
            let body = json!({ "ground": "unspent", "amount_pence": 1 + self.dice.below(50_000), "reason": "too much" });
            return scene.commissioner.post(&format!("/v1/awards/{}/recoveries", self.award), &body);
        };
        let at = format!("/v1/recoveries/{}", open["id"].as_str().unwrap());
        let pence = (open["outstanding_pence"].as_i64().unwrap() + 1) / 2;
        let body = json!({ "amount_pence": pence, "bank_reference": format!("FPI {}", self.dice.below(1_000_000_000)) });
        scene.finance.change(&format!("{at}/receipts"), scene.finance.get(&at).tag(), &body)
    }

    /// What the finance system says of a payment of a run.
    fn told(&mut self) -> Answer {
        let id = self.runs[self.dice.below(self.runs.len())].clone();
        let items = run(self.scene, &id).body["payments"].as_array().unwrap().clone();
        let item = items[self.dice.below(items.len())]["payment_id"].as_str().unwrap().to_owned();
        let outcome = ["paid", "paid", "paid", "failed", "returned"][self.dice.below(5)];
        let on = get(&self.scene.finance, &item).body["authorised_on"].as_str().unwrap_or("2020-01-01").to_owned();
        confirm(self.scene, &id, &format!("{},{outcome},{on},,,\n", reference(self.scene, &item)))
    }

    /// Tries one act; whether it is allowed is for the service to say.
    fn step(&mut self) -> Option<Answer> {
        let scene = self.scene;
        let one = self.payment();
        Some(match self.dice.below(14) {
            0..=2 => authorise(&scene.approver, &one),
            3 => act(&scene.commissioner, &one, "hold", &why()),
            4 => act(&scene.commissioner, &one, "release", &why()),
            5 if self.dice.below(3) == 0 => act(&scene.commissioner, &one, "cancellation", &why()),
            6 => {
                let basis = ["monthly", "quarterly", "half_on_proof"][self.dice.below(3)];
                schedule(scene, &self.award, json!({ "basis": basis }))
            }
            7 => {
                let made = scene.finance.post("/v1/payment-runs", &json!({}));
                if made.status != 201 {
                    return Some(made);
                }
                self.runs.push(made.id());
                // Some wait to be exported later.
                if self.dice.below(3) == 0 { made } else { export(&scene.finance, &made.id()) }
            }
            8 if !self.runs.is_empty() => export(&scene.finance, &self.runs[self.dice.below(self.runs.len())]),
            9 | 10 if !self.runs.is_empty() => self.told(),
            11 => self.recover(),
            12 | 13 => self.vary(),
            _ => return None,
        })
    }

    /// An act on the award as it is now.
    fn change(&self, noun: &str, body: &Value) -> Answer {
        self.scene.commissioner.change(&format!("/v1/awards/{}/{noun}", self.award), self.scene.award(&self.award).tag(), body)
    }

    /// Holds what the reports say against what was agreed, and against the accounts.
    fn check(&self) -> i64 {
        let report = self.scene.finance.get("/v1/reports/allocations?group_by=award").must(200);
        assert_eq!(report.body["ledger_check"]["balanced"], true);
        let row = report.body["rows"].as_array().unwrap().iter().find(|row| row["award"]["id"] == *self.award).unwrap();
        let [committed, paid, recovered, released] =
            ["committed_pence", "paid_pence", "recovered_pence", "released_pence"].map(|field| row[field].as_i64().unwrap());
        assert_eq!(committed + recovered + released, self.agreed, "no penny is lost or made");
        assert!(0 <= recovered && recovered <= paid && paid - recovered <= committed, "{row}");
        let (left, gone) = (self.scene.held("committed", &self.award), self.scene.held("paid", &self.award));
        assert!(left.iter().chain(&gone).all(|pence| *pence >= 0), "line by line: {left:?} {gone:?}");
        assert_eq!((left.iter().sum::<i64>(), gone.iter().sum::<i64>()), (committed - paid + recovered, paid - recovered));
        paid
    }

    fn run(&mut self) -> i64 {
        let mut most_paid = 0;
        for number in 0..ACTS {
            // Towards its end the award ends, and is closed.
            let answer = match ACTS - number {
                8 => Some(self.change("end", &json!({ "ended_on": "2020-12-31" }))),
                5 => Some(self.change("closure", &json!({}))),
                _ => self.step(),
            };
            let Some(answer) = answer else { continue };
            assert!(answer.status < 500, "{}", answer.text);
            self.done += usize::from(answer.status < 300);
            most_paid = most_paid.max(self.check());
        }
        most_paid
    }
}

/// Takes the year towards its end; whether a stage is allowed is for the service to say.
fn towards_the_end(scene: &Scene, today: &str) {
    assert_eq!(take(&scene.finance, scene, "cut-off", json!({ "cut_off_on": today })).must(200).body["stage"], "cut_off");
    let free = json!({ "budget_line_id": scene.lines[0], "money": "on_line", "decision": "recycle", "amount_pence": 1 });
    let decided = scene.finance.post(&format!("{}/decisions", path(scene)), &json!({ "lines": [free], "reason": "Agreed." }));
    assert!(decided.status < 500, "{}", decided.text);
}

/// Every difference since a moment is explained by an act, in the reports by row and by figure.
fn is_explained(scene: &Scene, from: &str) {
    let changes = scene.finance.get(&format!("/v1/reports/changes?from_known_at={from}")).must(200);
    assert_eq!(["unexplained_pence", "unexplained_counts", "unexplained_names"].map(|field| changes.body[field].as_i64()), [Some(0); 3]);
    assert!(changes.body["is_changed"] == true && changes.body["rows"].as_array().unwrap().iter().all(|row| row["act"].is_string()));
    let figures = scene.finance.get(&format!("/v1/reports/changes/figures?report=fund-summary&from_known_at={from}&limit=60")).must(200);
    assert_eq!((&figures.body["unexplained_count"], &figures.body["ledger_check"]["balanced"]), (&json!(0), &json!(true)));
    assert!(!figures.body["rows"].as_array().unwrap().is_empty());
}

on_both! {
    fn no_sequence_of_acts_pays_more_than_was_committed(app) {
        let scene = ready(app);
        let split = json!([{ "budget_line_id": scene.lines[0], "weight": 2 }, { "budget_line_id": scene.lines[1], "weight": 1 }]);
        let (mut done, mut most_paid) = (0, 0);
        let mut from = String::new();
        for seed in SEEDS {
            let (award, ids) = quarterly(&scene, WHOLE, json!({ "tranche_id": null, "split": split }));
            from = scene.finance.get("/v1/reports/allocations").must(200).body["known_at"].as_str().unwrap().to_owned();
            // Something is paid, so that there is something to recover.
            pay(&scene, &ids[..1]);
            if seed == SEEDS[2] {
                let today = get(&scene.finance, &ids[0]).body["authorised_on"].as_str().unwrap().to_owned();
                towards_the_end(&scene, &today);
            }
            let mut tried = Tried { scene: &scene, award, dice: Dice(seed), runs: Vec::new(), agreed: WHOLE, done: 0 };
            most_paid = most_paid.max(tried.run());
            done += tried.done;
        }
        assert!(done > SEEDS.len() * ACTS / 4 && most_paid > WHOLE / 4, "{done} acts were done, and {most_paid} paid at the most");
        is_explained(&scene, &from);
        let (holds, said) = verify(&app.database_url);
        assert!(holds, "{said}");
    }
}
