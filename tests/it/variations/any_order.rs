//! Whatever is offered, agreed, applied, paid and settled in whatever order, the ledger holds, an award is what its applied variations make of it, and what was
//! agreed reads the same for ever.

mod planned;
mod told;

use std::collections::BTreeMap;

use serde_json::{Value, json};

use self::told::Told;
use super::{act, draft, profile};
use crate::payments::runs::{confirm, export};
use crate::payments::{authorise, get, of_award, ready, schedule};
use crate::support::program::verify;
use crate::support::{Answer, App, Client, Scene};

/// Seeds on each engine, and how many acts are tried with each.
const SEEDS: [u64; 2] = [20_200_401, 777];
const ACTS: usize = 36;
/// How many awards there are at the most.
const AWARDS: usize = 4;

/// A row of numbers that is the same each time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % end
    }

    fn pence(&mut self, end: usize) -> i64 {
        i64::try_from(self.below(end)).unwrap() + 1
    }

    fn one<'a, T>(&mut self, of: &'a [T]) -> Option<&'a T> {
        of.get(self.below(of.len().max(1)))
    }
}

/// An award and what became of it.
struct Agreed {
    award: String,
    /// What it is, by what was applied.
    told: Told,
    /// The changes that were applied, in their order.
    applied: Vec<Value>,
    /// Each version as it was read when it was made.
    versions: Vec<String>,
    /// From when it holds as it is.
    from: String,
    recovered: i64,
    /// Whether a payment of it failed or came back, so that not all that is committed is open or on its way.
    has_failed: bool,
    /// How far each variation has come, and whether it has a last day to answer.
    states: BTreeMap<String, (String, bool)>,
}

/// A version of an agreement, byte for byte, but for whether it is the current one.
fn version(scene: &Scene, award: &str, number: usize) -> String {
    let read = scene.signatory.get(&format!("/v1/awards/{award}/versions/{number}")).must(200).text;
    read.replace("\"is_current\":true", "\"is_current\":false")
}

/// Where an act leads to, where it may be done.
fn leads_to(noun: &str, state: &str, is_unilateral: bool) -> Option<&'static str> {
    match (noun, state) {
        ("issue", "draft") => Some("issued"),
        ("acceptance", "issued") if !is_unilateral => Some("accepted"),
        ("refusal", "issued") if !is_unilateral => Some("refused"),
        ("withdrawal", "draft" | "issued" | "accepted") => Some("withdrawn"),
        ("rebase", "draft") => Some("draft"),
        ("rebase", "issued" | "accepted") => Some("issued"),
        ("application", "accepted") => Some("applied"),
        ("application", "issued") if is_unilateral => Some("applied"),
        _ => None,
    }
}

impl Agreed {
    fn of(scene: &Scene, award: String) -> Self {
        schedule(scene, &award, json!({ "basis": "quarterly" })).must(200);
        let (told, versions) = (told::seen(scene, &award).0, vec![version(scene, &award, 1)]);
        let from = "2020-10-01".to_owned();
        Self { award, told, applied: Vec::new(), versions, from, recovered: 0, has_failed: false, states: BTreeMap::new() }
    }

    /// What each budget line has committed and nothing is on its way of.
    fn free(&self, scene: &Scene) -> [i64; 2] {
        let held = scene.held("committed", &self.award);
        let mut free = [held[0], held[1]];
        for one in of_award(scene, &self.award) {
            let is_on_its_way = one["state"] == "authorised" || one["state"] == "exported";
            for part in one["parts"].as_array().unwrap().iter().filter(|_| is_on_its_way) {
                let at = scene.lines.iter().position(|line| part["budget_line"]["id"] == **line).unwrap();
                free[at] -= part["amount_pence"].as_i64().unwrap();
            }
        }
        free
    }

    /// Notes a variation that was applied.
    fn note(&mut self, scene: &Scene, answer: &Answer) {
        let change = &answer.body["change"];
        self.applied.push(change.clone());
        let seen = told::by_line(scene, &scene.award(&self.award).body["split"]);
        self.told = self.told.clone().with(scene, change, (seen, self.free(scene)));
        if let Some(number) = answer.body["terms_no"].as_u64() {
            let number = usize::try_from(number).unwrap();
            assert_eq!(number, self.versions.len() + 1, "{}", answer.text);
            self.from = change["effective_on"].as_str().unwrap().to_owned();
            let made = version(scene, &self.award, number);
            let [before, body]: [Value; 2] = [self.versions.last().unwrap(), &made].map(|text| serde_json::from_str(text).unwrap());
            let pence = |change: &Value| change.as_i64().unwrap_or(0);
            let less = pence(&change["budget_cut"]["cut_pence"]) - pence(&change["value"]["change_pence"]);
            if let Some(said) = change["profile"].as_array().filter(|all| !all.is_empty()) {
                assert_eq!(body["terms"]["profile"], json!(said));
            } else if less > 0 && change["dates"].is_null() {
                planned::is_cut(&of_award(scene, &self.award), (&before, &body), less);
            }
            self.versions.push(made);
        }
        let sums = told::used(&self.applied);
        for (category, pence) in answer.body["after"]["use_of_funds"].as_object().into_iter().flatten() {
            assert_eq!(pence.as_i64(), sums.get(category).copied(), "{category}: {}", answer.text);
        }
    }

    /// Less money is not refused as long as the award has it neither paid nor on its way.
    fn has_less(&self, scene: &Scene, seen: &Answer, refused: &Answer) {
        let (value, cut) = (&seen.body["change"]["value"], &seen.body["change"]["budget_cut"]);
        let says_lines = value["split"].as_array().is_some_and(|all| !all.is_empty());
        if refused.body["lowest_pence"].is_i64() && cut.is_null() && !says_lines {
            let free: i64 = self.free(scene).iter().sum();
            assert!(value["change_pence"].as_i64().unwrap() + free < 0, "{free} is free: {}", refused.text);
        }
    }

    /// Holds what the service says of it against what was applied.
    fn check(&self, scene: &Scene, accounts: &[Value]) {
        let (seen, state) = told::seen(scene, &self.award);
        if state == "live" {
            assert_eq!(seen, self.told, "{}", self.award);
        } else {
            assert_eq!(seen.agreed(), self.told.clone().agreed(), "{}", self.award);
        }
        let held = |kind: &str, line: usize| -> i64 {
            let own = accounts.iter().filter(|one| one["kind"] == kind && one["record_id"] == self.award);
            own.filter(|one| one["budget_line_id"] == scene.lines[line]).map(|one| one["balance_pence"].as_i64().unwrap()).sum()
        };
        let (committed, paid) = ([held("committed", 0), held("committed", 1)], [held("paid", 0), held("paid", 1)]);
        assert!(committed.iter().chain(&paid).all(|pence| *pence >= 0), "{committed:?} {paid:?}");
        let both = [committed[0] + paid[0], committed[1] + paid[1]];
        if state == "closed" {
            assert_eq!(committed, [0, 0], "{}", self.award);
        } else if self.recovered == 0 {
            assert_eq!(both, self.told.lines, "{}", self.award);
        } else {
            assert_eq!(both.iter().sum::<i64>() + self.recovered, self.told.amount(), "{}", self.award);
        }
        if state == "live" && !self.has_failed {
            planned::comes_to(&of_award(scene, &self.award), committed.iter().sum());
        }
    }

    /// What was agreed reads byte for byte as when it was made, and each variation has come as far as its acts have led it.
    fn reads_the_same(&self, scene: &Scene) {
        for (number, before) in (1..).zip(&self.versions) {
            assert_eq!(&version(scene, &self.award, number), before);
        }
        let all = scene.commissioner.all(&format!("/v1/awards/{}/variations", self.award));
        let come: BTreeMap<&str, &str> = all.iter().map(|one| (one["id"].as_str().unwrap(), one["state"].as_str().unwrap())).collect();
        let led: BTreeMap<&str, &str> = self.states.iter().map(|(id, (state, _))| (id.as_str(), state.as_str())).collect();
        assert_eq!(come, led, "{}", self.award);
    }
}

/// An office, its awards and what was done so far.
struct Tried<'a> {
    app: &'a App,
    scene: &'a Scene,
    dice: Dice,
    all: Vec<Agreed>,
    runs: Vec<String>,
    done: usize,
}

impl<'a> Tried<'a> {
    /// An award of a tranche, and one that two budget lines pay.
    fn begin(app: &'a App, scene: &'a Scene, seed: u64) -> Self {
        let split = json!([{ "budget_line_id": scene.lines[0], "weight": 2 }, { "budget_line_id": scene.lines[1], "weight": 1 }]);
        let one = scene.live(120_000, json!({ "profile": profile([40_000; 3]) })).id();
        let other = scene.live(150_001, json!({ "tranche_id": null, "split": split })).id();
        let all = vec![Agreed::of(scene, one), Agreed::of(scene, other)];
        Self { app, scene, dice: Dice(seed), all, runs: Vec::new(), done: 0 }
    }

    /// An act on a variation as it stands now: it leads where it may lead, and nowhere else.
    fn step(&mut self, at: usize, id: &str, noun: &str) -> Answer {
        let scene = self.scene;
        let path = format!("/v1/variations/{id}");
        let seen = scene.commissioner.get(&path).must(200);
        let who: &Client = if ["acceptance", "refusal"].contains(&noun) { &scene.signatory } else { &scene.commissioner };
        let is_unilateral = seen.body["change"]["is_unilateral"] == true;
        let answer = if noun == "issue" && !is_unilateral && self.dice.below(3) == 0 {
            let today = self.app.service.db.clock().today();
            who.change(&format!("{path}/issue"), seen.tag(), &json!({ "answer_due_on": today }))
        } else {
            act(who, &seen, noun)
        };
        if answer.status == 200 {
            let one = &mut self.all[at];
            let next = leads_to(noun, &one.states[id].0, is_unilateral);
            assert_eq!((answer.body["state"].as_str(), next.is_some()), (next, true), "{noun}: {}", answer.text);
            one.states.insert(id.to_owned(), (next.unwrap().to_owned(), answer.body["answer_due_on"].is_string()));
            if noun == "application" {
                one.note(scene, &answer);
            }
        }
        self.all[at].has_less(scene, &seen, &answer);
        answer
    }

    fn draft(&mut self, at: usize, mut change: Value) -> Answer {
        let from = if self.dice.below(6) == 0 { "2020-11-01".to_owned() } else { self.all[at].from.clone() };
        change["effective_on"] = json!(from.max(self.all[at].from.clone()));
        let drafted = draft(self.scene, &self.all[at].award, change);
        if drafted.status == 201 {
            self.all[at].states.insert(drafted.id(), ("draft".to_owned(), false));
        }
        drafted
    }

    fn change(&mut self, at: usize) -> Value {
        let (told, scene, dice) = (self.all[at].told.clone(), self.scene, &mut self.dice);
        let more = dice.pence(60_000) - 25_000;
        let more = if more == 0 { 1 } else { more };
        let (then, line) = (told.amount() + more, if told.lines[1] > 0 { dice.below(2) } else { 0 });
        match dice.below(14) {
            0 | 1 => json!({ "value": { "change_pence": more } }),
            2 if told.lines[1] > 0 => {
                let pays = |(at, pence): (usize, i64)| json!({ "budget_line_id": scene.lines[at], "amount_pence": pence });
                let all = [(0, then / 2), (1, then - then / 2)].map(pays);
                json!({ "value": { "change_pence": more, "split": all } })
            }
            2 | 3 => {
                let day = ["2021-03-31", "2021-06-30", "2021-09-30", "2020-12-31"][dice.below(4)];
                json!({ "dates": { "ends_on": day } })
            }
            4 => json!({ "working_hours": format!("{} hours a week", dice.below(40)) }),
            5 => json!({ "conditions": conditions(&told, dice) }),
            6 => json!({ "value": { "change_pence": 1_000 }, "interventions": [format!("help {}", dice.below(100))] }),
            7 => json!({ "budget_cut": { "cut_pence": dice.pence(15_000), "budget_line_id": scene.lines[line] } }),
            8 => {
                let (first, second) = (told.amount() / 4, told.amount() / 3);
                json!({ "profile": profile([first, second, told.amount() - first - second]) })
            }
            9 => {
                let basis = ["monthly", "quarterly", "half_on_proof"][dice.below(3)];
                json!({ "payment_schedule": { "basis": basis } })
            }
            10 => {
                let (from, to) = if dice.below(2) == 0 { ("activities", "it_infrastructure") } else { ("it_infrastructure", "activities") };
                json!({ "use_of_funds": [{ "from_category": from, "to_category": to, "amount_pence": dice.pence(5_000) }] })
            }
            11 => {
                let status = ["adapted", "delivering"][dice.below(2)];
                json!({ "delivery": { "status": status }, "is_unilateral": dice.below(2) == 0 })
            }
            12 => {
                let areas = [vec![&scene.area], vec![&scene.other_area], vec![&scene.area, &scene.other_area]];
                json!({ "location": { "area_ids": areas[dice.below(3)], "address": format!("{} High Street", dice.below(50)) } })
            }
            _ => json!({ "dates": { "ends_on": "2021-12-31" }, "is_unilateral": true }),
        }
    }

    /// A variation that the provider has accepted.
    fn accepted(&mut self, at: usize, change: Value) -> String {
        let drafted = draft(self.scene, &self.all[at].award, change).must(201);
        act(&self.scene.commissioner, &drafted, "issue").must(200);
        self.all[at].states.insert(drafted.id(), ("issued".to_owned(), false));
        self.step(at, &drafted.id(), "acceptance").must(200);
        drafted.id()
    }

    /// What each office does: two are agreed upon, one overtakes the other, and something is paid.
    fn lead(&mut self) {
        let one = self.accepted(0, json!({ "value": { "change_pence": 10_001 } }));
        let other = self.accepted(0, json!({ "value": { "change_pence": 20_002 } }));
        self.step(0, &one, "application").must(200);
        assert_eq!(self.step(0, &other, "application").must(409).code(), "overlap");
        self.step(0, &other, "rebase").must(200);
        self.step(0, &other, "acceptance").must(200);
        self.step(0, &other, "application").must(200);
        self.pay(0).unwrap().must(200);
        let run = self.runs.last().unwrap().clone();
        self.bank(&run, "paid").unwrap().must(200);
        // Down to what is paid and on its way, and up again.
        let free: i64 = self.all[0].free(self.scene).iter().sum();
        for pence in [-free, free] {
            let one = self.accepted(0, json!({ "value": { "change_pence": pence, "from_fund_period": pence > 0 } }));
            self.step(0, &one, "application").must(200);
        }
    }

    /// One variation of an award, more often one that is not over.
    fn some(&mut self, at: usize) -> Option<String> {
        let all = &self.all[at].states;
        let is_over = |state: &str| ["applied", "refused", "withdrawn", "lapsed"].contains(&state);
        let open: Vec<String> = all.iter().filter(|(_, (state, _))| !is_over(state)).map(|(id, _)| id.clone()).collect();
        let every: Vec<String> = all.keys().cloned().collect();
        let wants_open = self.dice.below(8) > 0;
        self.dice.one(if wants_open { &open } else { &every }).cloned()
    }

    /// Lets what has a last day to answer lapse.
    fn lapse(&mut self) {
        self.app.sql("UPDATE variation_version SET answer_due_on = '2020-11-30' WHERE answer_due_on IS NOT NULL");
        for (state, has_day) in self.all.iter_mut().flat_map(|one| one.states.values_mut()) {
            if *has_day && *state == "issued" {
                *state = "lapsed".to_owned();
            }
        }
    }

    /// A payment as the office makes it: a second person authorises it, and it leaves with a run.
    fn pay(&mut self, at: usize) -> Option<Answer> {
        let scene = self.scene;
        let open: Vec<Value> = of_award(scene, &self.all[at].award).into_iter().filter(|one| one["state"] == "scheduled").collect();
        let id = self.dice.one(&open)?["id"].as_str()?.to_owned();
        let authorised = authorise(&scene.approver, &id);
        if authorised.status != 200 {
            return Some(authorised);
        }
        let run = scene.finance.post("/v1/payment-runs", &json!({}));
        if run.status != 201 {
            return Some(run);
        }
        self.runs.push(run.id());
        Some(export(&scene.finance, &run.id()))
    }

    /// What the bank answers of a payment of a run.
    fn bank(&mut self, run: &str, outcome: &str) -> Option<Answer> {
        let items = self.scene.finance.get(&format!("/v1/payment-runs/{run}")).must(200).body["payments"].as_array()?.clone();
        let item = self.dice.one(&items)?["payment_id"].as_str()?.to_owned();
        let seen = get(&self.scene.finance, &item).body;
        let (reference, on) = (seen["reference"].as_str()?, seen["authorised_on"].as_str().unwrap_or("2020-01-01"));
        for one in self.all.iter_mut().filter(|one| outcome != "paid" && seen["award"]["id"] == one.award) {
            one.has_failed = true;
        }
        Some(confirm(self.scene, run, &format!("{reference},{outcome},{on},,,\n")))
    }

    /// Asks for money back, or notes some of what was asked for.
    fn recover(&mut self, at: usize) -> Answer {
        let scene = self.scene;
        let path = format!("/v1/awards/{}/recoveries", self.all[at].award);
        let asked = scene.finance.all(&path);
        let Some(open) = asked.last().filter(|one| one["state"] == "requested") else {
            let body = json!({ "ground": "unspent", "amount_pence": self.dice.pence(20_000), "reason": "too much" });
            return scene.commissioner.post(&path, &body);
        };
        let one = format!("/v1/recoveries/{}", open["id"].as_str().unwrap());
        let pence = (open["outstanding_pence"].as_i64().unwrap() + 1) / 2;
        let body = json!({ "amount_pence": pence, "bank_reference": format!("FPI {}", self.dice.below(1_000_000_000)) });
        let answer = scene.finance.change(&format!("{one}/receipts"), scene.finance.get(&one).tag(), &body);
        self.all[at].recovered += if answer.status == 200 { pence } else { 0 };
        answer
    }

    /// Offers another award, which its provider accepts or refuses, or which the office takes back or leaves open.
    fn offer(&mut self) -> Answer {
        let scene = self.scene;
        let draft = scene.draft(self.dice.pence(20_000), json!({}));
        let offered = scene.offer(&draft);
        let (path, why) = (format!("/v1/awards/{}", draft.id()), json!({ "reason": "not needed" }));
        match self.dice.below(5) {
            _ if offered.status != 200 => offered,
            0 => scene.commissioner.change(&format!("{path}/withdrawal"), offered.tag(), &why),
            1 => scene.signatory.change(&format!("{path}/refusal"), offered.tag(), &why),
            2 => offered,
            _ if self.all.len() == AWARDS => offered,
            _ => {
                scene.plan(&draft.id());
                let live = scene.accept(&draft.id()).must(200);
                self.all.push(Agreed::of(scene, live.id()));
                live
            }
        }
    }

    /// Ends an award, or settles one that has ended.
    fn settle(&self, at: usize, noun: &str) -> Answer {
        let award = &self.all[at].award;
        let left: i64 = self.scene.held("committed", award).iter().sum();
        let body = if noun == "end" { json!({ "ended_on": "2020-12-31" }) } else { json!({ "unspent_pence": left }) };
        self.scene.commissioner.change(&format!("/v1/awards/{award}/{noun}"), self.scene.award(award).tag(), &body)
    }

    /// Tries one act on an award; whether it is allowed is for the service to say.
    fn try_one(&mut self, at: usize) -> Option<Answer> {
        let noun = match self.dice.below(22) {
            0..=3 => {
                let change = self.change(at);
                let drafted = self.draft(at, change);
                if drafted.status != 201 || self.dice.below(6) == 0 {
                    return Some(drafted);
                }
                let issued = self.step(at, &drafted.id(), "issue");
                let is_answered = issued.status == 200 && self.dice.below(3) > 0;
                return Some(if is_answered { self.step(at, &drafted.id(), "acceptance") } else { issued });
            }
            4..=6 => "acceptance",
            7 => "refusal",
            8 => "withdrawal",
            9 => "issue",
            10 => "rebase",
            11..=15 => "application",
            16 | 17 => return self.pay(at),
            18 => {
                let run = self.dice.one(&self.runs)?.clone();
                let outcome = ["paid", "paid", "paid", "failed", "returned"][self.dice.below(5)];
                return self.bank(&run, outcome);
            }
            19 => return Some(self.recover(at)),
            20 => {
                self.lapse();
                return None;
            }
            _ => return Some(self.offer()),
        };
        let id = self.some(at)?;
        Some(self.step(at, &id, noun))
    }

    fn run(&mut self, money: i64) {
        for left in (0..ACTS).rev() {
            // Towards the end the first award ends, and is settled.
            let (at, answer) = match left {
                12 => (0, Some(self.settle(0, "end"))),
                8 => (0, Some(self.settle(0, "closure"))),
                _ => {
                    let at = self.dice.below(self.all.len());
                    (at, self.try_one(at))
                }
            };
            if let Some(answer) = answer {
                assert!(answer.status < 500, "{}", answer.text);
                self.done += usize::from(answer.status < 300);
            }
            let accounts = self.scene.finance.all("/v1/ledger/accounts?limit=200");
            assert_eq!(in_all(&accounts), money, "no penny is lost or made");
            self.all[at].check(self.scene, &accounts);
        }
        let accounts = self.scene.finance.all("/v1/ledger/accounts?limit=200");
        for one in &self.all {
            one.check(self.scene, &accounts);
            one.reads_the_same(self.scene);
        }
    }
}

fn conditions(told: &Told, dice: &mut Dice) -> Value {
    let new = json!({ "text": format!("Condition {}", dice.below(1_000)) });
    let there: Vec<&String> = told.conditions.iter().collect();
    match (dice.one(&there), dice.below(3)) {
        (Some(one), 0) => json!({ "remove": [one] }),
        (Some(one), 1) => json!({ "replace": [{ "text": one, "with": new }] }),
        _ => json!({ "add": [new] }),
    }
}

/// What all accounts hold, but for the sources that the money came from.
fn in_all(accounts: &[Value]) -> i64 {
    accounts.iter().filter(|one| one["kind"] != "source").map(|one| one["balance_pence"].as_i64().unwrap()).sum()
}

on_both! {
    fn an_award_is_what_its_applied_variations_make_of_it(app) {
        let scene = ready(app);
        let mut offices: Vec<Tried<'_>> = SEEDS.iter().map(|seed| Tried::begin(app, &scene, *seed)).collect();
        let money = in_all(&scene.finance.all("/v1/ledger/accounts?limit=200"));
        offices.iter_mut().for_each(Tried::lead);
        offices.iter_mut().for_each(|one| one.run(money));
        let done: usize = offices.iter().map(|one| one.done).sum();
        let applied: usize = offices.iter().flat_map(|one| &one.all).map(|one| one.applied.len()).sum();
        assert!(done > SEEDS.len() * ACTS / 6 && applied > 2 * SEEDS.len(), "{done} acts were done, and {applied} variations applied");
        let (holds, said) = verify(&app.database_url);
        assert!(holds, "{said}");
    }
}
