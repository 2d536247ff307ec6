//! Money that is divided between the body's own use and services (R12).

use almoner::funds::budget_lines::{self, BudgetState, BudgetTerms};
use almoner::kernel::{FigureNote, Id, Pence, Provenance, Refusal, TextList};
use almoner::office::example;
use almoner::office::import::Sheets;
use serde_json::{Value, json};

use super::office::{Office, day, pence};

/// What the report on allocations says was budgeted and is left, of all funds.
fn reported(office: &Office<'_>) -> [i64; 2] {
    let report = office.finance.get("/v1/reports/allocations").must(200);
    ["budgeted_pence", "uncommitted_pence"].map(|name| report.body["totals"][name].as_i64().unwrap())
}

on_both! {
    fn only_the_external_part_can_be_commissioned(app) {
        let office = Office::new(app);
        let input = |internal: Value| json!({ "funding_source_id": office.source, "state": "planned", "amount_pence": 10_000_000,
            "internal_pence": internal, "effective_on": "2020-04-01" });
        let refused = |internal: Value| office.commissioner.post(&office.below("budget-lines"), &input(internal)).must(422).faults();
        assert_eq!(refused(json!(10_000_001)), ["/internal_pence beyond_line"]);
        assert_eq!(refused(json!(-1)), ["/internal_pence too_small"]);
        assert_eq!(refused(Value::Null), ["/internal_pence required"]);
        let line = office.commissioner.post(&office.below("budget-lines"), &input(json!(3_000_000))).must(201);
        let path = format!("/v1/budget-lines/{}", line.id());
        let line = office.commissioner.patch(&path, line.tag(), &json!({ "internal_pence": 4_000_000 })).must(200);
        assert_eq!(pence(&line, ["amount", "internal", "available", "free"]), [10_000_000, 4_000_000, 6_000_000, 0]);
        let risk = json!({ "amount_pence": 6_000_001, "until": "2099-03-31", "reason": "the court has not sat yet" });
        assert_eq!(office.act(&office.approver, "budget-lines", &line, "at-risk-approval", &risk).must(422).faults(), ["/amount_pence beyond_line"]);
        let line = office.act(&office.finance, "budget-lines", &line, "confirmation", &json!({ "effective_on": "2020-04-01" })).must(200);
        assert_eq!(pence(&line, ["amount", "internal", "available", "free"]), [10_000_000, 4_000_000, 6_000_000, 6_000_000]);
        assert_eq!(reported(&office), [6_000_000, 6_000_000]);
        let earmark = |pence: i64| json!({ "name": "Services", "amount_pence": pence, "effective_on": "2020-04-01" });
        assert_eq!(office.commissioner.post(&office.below("earmarks"), &earmark(6_000_001)).must(409).body["shortfall_pence"], 1);
        // More for the body's own use is a cut like any other.
        let more = json!({ "amount_pence": 10_000_000, "internal_pence": 9_000_000, "reason": "the regional unit needs it" });
        let line = office.act(&office.finance, "budget-lines", &line, "restatement", &more).must(200);
        assert_eq!(pence(&line, ["internal", "available", "free"]), [9_000_000, 1_000_000, 1_000_000]);
        // A share stays as it is until it is told anew, so a line cannot be cut below it unawares.
        let cut = json!({ "amount_pence": 8_000_000, "reason": "less was seized" });
        assert_eq!(office.act(&office.finance, "budget-lines", &line, "restatement", &cut).must(422).faults(), ["/internal_pence beyond_line"]);
        let versions = office.finance.all(&format!("{path}/versions"));
        let told: Vec<_> = versions.iter().map(|one| one["internal_pence"].as_i64().unwrap()).collect();
        assert_eq!(told, [9_000_000, 4_000_000, 4_000_000, 3_000_000]);
        let line = office.act(&office.finance, "budget-lines", &line, "withdrawal", &json!({ "reason": "nothing was seized" })).must(200);
        assert_eq!(pence(&line, ["amount", "internal", "available", "free"]), [0, 0, 0, 0]);
        office.books_balance();
    }

    fn a_share_that_is_printed_nowhere_makes_nothing_available(app) {
        let office = Office::new(app);
        let (period, source): (Id, Id) = (office.period.parse().unwrap(), office.source.parse().unwrap());
        let terms = BudgetTerms {
            state: BudgetState::Confirmed,
            amount_pence: Pence(330_000_000),
            internal_pence: None,
            figure: FigureNote::default(),
            effective_on: day("2020-07-02"),
            conditions: None,
            window_starts_on: None,
            window_ends_on: None,
            unspent_rule: None,
            reason: None,
        };
        let record = |words: &[&str]| {
            let not_evidenced = TextList(words.iter().map(|word| (*word).to_owned()).collect());
            let (terms, provenance) = (terms.clone(), Provenance { not_evidenced, ..Provenance::default() });
            office.write(move |tx| budget_lines::acts::record(tx, period, source, &terms, &provenance))
        };
        assert!(matches!(record(&[]), Err(Refusal::Invalid(faults)) if faults.iter().any(|one| one.pointer == "/internal_pence")));
        let line = record(&["internal_amount"]).unwrap();
        let shown = office.finance.get(&format!("/v1/budget-lines/{}", line.id)).must(200);
        assert_eq!((&shown.body["internal_pence"], &shown.body["not_evidenced"]), (&Value::Null, &json!(["internal_amount"])));
        assert_eq!(pence(&shown, ["amount", "available", "free"]), [330_000_000, 0, 0]);
        assert_eq!(reported(&office), [0, 0]);
        let told = json!({ "amount_pence": 330_000_000, "internal_pence": 130_000_000, "effective_on": "2021-01-01", "reason": "the shares were agreed" });
        let shown = office.act(&office.finance, "budget-lines", &shown, "restatement", &told).must(200);
        assert_eq!((pence(&shown, ["internal", "available", "free"]), &shown.body["not_evidenced"]), ([130_000_000, 200_000_000, 200_000_000], &json!([])));
        assert_eq!(reported(&office), [200_000_000, 200_000_000]);
        office.books_balance();
    }
}

#[test]
fn a_folder_tells_the_internal_part() {
    let lines = "key,fund_period,source,amount,internal_amount,state,effective_on,not_evidenced\n\
        told,cif-2020-21,poca,100,40,confirmed,2020-04-01,\n\
        none,cif-2020-21,poca,100,,confirmed,2020-04-01,\n\
        unknown,cif-2020-21,poca,100,,confirmed,2020-04-01,internal_amount\n\
        wrong,cif-2020-21,poca,100,100.01,confirmed,2020-04-01,\n";
    let sheets = Sheets::read(&example::folder().with("budget_lines.csv", lines));
    let told: Vec<_> = sheets.office.budget_lines.iter().map(|row| row.internal_amount).collect();
    assert_eq!(told[..3], [Some(Pence(4_000)), Some(Pence::ZERO), None]);
    let places: Vec<_> = sheets.faults.iter().map(|fault| (fault.row, fault.column.as_str(), fault.value.as_str())).collect();
    assert_eq!(places, [(5, "internal_amount", "100.01")]);
}
