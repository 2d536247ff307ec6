//! What an award comes to, told from what its applied variations say and from nothing else; and how the service says that it stands.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::support::Scene;

/// How an award stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// What each budget line pays.
    pub lines: [i64; 2],
    /// Days, hours, place, kinds of help, delivery and by what it is paid.
    pub says: BTreeMap<&'static str, Value>,
    /// The texts of its conditions.
    pub conditions: BTreeSet<String>,
}

fn list(all: &Value) -> &[Value] {
    all.as_array().map_or(&[][..], Vec::as_slice)
}

fn text(one: &Value) -> String {
    one.as_str().unwrap().to_owned()
}

fn sorted(ids: &Value) -> Value {
    let all: BTreeSet<String> = list(ids).iter().map(text).collect();
    json!(all)
}

/// What each budget line pays by a list of lines with amounts.
pub fn by_line(scene: &Scene, split: &Value) -> [i64; 2] {
    let of = |line: &String| {
        let named = list(split).iter().find(|one| one["budget_line_id"] == **line);
        named.map_or(0, |one| one["amount_pence"].as_i64().unwrap())
    };
    [of(&scene.lines[0]), of(&scene.lines[1])]
}

/// How the service says that an award stands, by the award, its current version and its payments; and its state.
pub fn seen(scene: &Scene, award: &str) -> (Told, String) {
    let now = scene.award(award).body;
    let version = scene.signatory.get(&format!("/v1/awards/{award}/versions/{}", now["terms_no"])).must(200).body;
    let terms = &version["terms"];
    let plan = scene.commissioner.get(&format!("/v1/awards/{award}/payment-schedule")).must(200).body;
    let profile = scene.commissioner.get(&format!("/v1/awards/{award}/profile")).must(200).body;
    let lines = by_line(scene, &now["split"]);
    let amount = json!(lines.iter().sum::<i64>());
    assert_eq!((&now["amount_pence"], &terms["amount_pence"], &version["is_current"]), (&amount, &amount, &json!(true)), "{award}");
    assert_eq!((&now["ends_on"], &now["particulars"]), (&terms["ends_on"], &terms["particulars"]), "{award}");
    if !list(&profile["quarters"]).is_empty() {
        assert_eq!(profile["confirmed_pence"], amount, "the quarters of {award}");
    }
    let particulars = &terms["particulars"];
    let says = BTreeMap::from([
        ("ends_on", terms["ends_on"].clone()),
        ("working_hours", particulars["working_hours"].clone()),
        ("address", particulars["address"].clone()),
        ("interventions", particulars["interventions"].clone()),
        ("areas", sorted(&terms["area_ids"])),
        ("delivery", now["delivery_status"].clone()),
        ("basis", plan["basis"].clone()),
    ]);
    let conditions = list(&version["conditions"]).iter().map(|one| text(&one["text"])).collect();
    (Told { lines, says, conditions }, text(&now["state"]))
}

impl Told {
    /// What it comes to.
    pub fn amount(&self) -> i64 {
        self.lines.iter().sum()
    }

    /// The same with a variation that was applied. Where that does not say what each line pays, each changes in proportion: what is `seen` is held
    /// against that to the penny. Of less money a line gives less than its share only where it has nothing `free` any more.
    pub fn with(mut self, scene: &Scene, change: &Value, (seen, free): ([i64; 2], [i64; 2])) -> Self {
        let value = &change["value"];
        if let Some(pence) = value["change_pence"].as_i64() {
            let (before, after) = (self.amount(), self.amount() + pence);
            if list(&value["split"]).is_empty() {
                let is_near = |(line, then): (&i64, i64)| (then * before - line * after).abs() <= before;
                let is_shared = self.lines.iter().zip(seen).all(is_near);
                let has_no_more = (0..2).any(|at| free[at] == 0 && seen[at] * before > self.lines[at] * after);
                assert!(is_shared || (pence < 0 && has_no_more), "{:?} with {pence} is not {seen:?}, {free:?} free", self.lines);
                self.lines = seen;
            } else {
                self.lines = by_line(scene, &value["split"]);
            }
            assert_eq!(self.amount(), after);
        }
        let cut = by_line(scene, &change["budget_cut"]["lines"]);
        assert_eq!(cut.iter().sum::<i64>(), change["budget_cut"]["cut_pence"].as_i64().unwrap_or(0));
        self.lines = [self.lines[0] - cut[0], self.lines[1] - cut[1]];
        let mut areas = Value::Null;
        if change["location"]["area_ids"].is_array() {
            areas = sorted(&change["location"]["area_ids"]);
        }
        for (name, said) in [
            ("ends_on", &change["dates"]["ends_on"]),
            ("working_hours", &change["working_hours"]),
            ("address", &change["location"]["address"]),
            ("interventions", &change["interventions"]),
            ("areas", &areas),
            ("delivery", &change["delivery"]["status"]),
            ("basis", &change["payment_schedule"]["basis"]),
        ] {
            if !said.is_null() {
                self.says.insert(name, said.clone());
            }
        }
        let asked = &change["conditions"];
        let gone = list(&asked["remove"]).iter().map(text).chain(list(&asked["replace"]).iter().map(|one| text(&one["text"])));
        for one in gone {
            assert!(self.conditions.remove(&one), "{one} stood in the agreement");
        }
        let new = list(&asked["replace"]).iter().map(|one| &one["with"]).chain(list(&asked["add"]));
        self.conditions.extend(new.map(|one| text(&one["text"])));
        self
    }

    /// The same without what the end of an award changes beside its agreement.
    pub fn agreed(mut self) -> Self {
        self.says.remove("delivery");
        self.says.remove("basis");
        self
    }
}

/// What all these changes have moved to each category of use, less what they have moved from it.
pub fn used(applied: &[Value]) -> BTreeMap<String, i64> {
    let mut sums: BTreeMap<String, i64> = BTreeMap::new();
    for one in applied.iter().flat_map(|change| list(&change["use_of_funds"])) {
        let pence = one["amount_pence"].as_i64().unwrap();
        *sums.entry(text(&one["from_category"])).or_default() -= pence;
        *sums.entry(text(&one["to_category"])).or_default() += pence;
    }
    sums
}
