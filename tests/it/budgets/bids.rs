use almoner::access::permissions::Role;
use almoner::kernel::Id;
use serde_json::json;

use super::office::{Office, pence};

on_both! {
    fn a_bid_passes_its_gates_and_becomes_a_budget_line(app) {
        let office = Office::new(app);
        let gates = json!([{ "name": "One" }, {}, {}, {}]);
        let input = json!({ "title": "VRU grant application", "funding_source_id": office.source, "fund_id": office.fund, "lead_applicant": "OPCC",
            "opcc_role": "lead", "requested_pence": 337_000_000, "gates": gates });
        let bid = office.commissioner.post("/v1/bids", &input).must(201);
        assert_eq!((bid.body["reference"].as_str(), bid.body["progress"].as_str()), (Some("BID-0001"), Some("0 of 4")));
        assert_eq!(bid.body["in_fund_totals"], true);
        let mut bid = office.act(&office.commissioner, "bids", &bid, "submission", &json!({ "submitted_on": "2020-04-30" })).must(200);
        let skipped = office.act(&office.commissioner, "bids", &bid, "gates", &json!({ "number": 2 })).must(422);
        assert_eq!(skipped.faults(), ["/number not_next"]);
        for number in 1..=3 {
            bid = office.act(&office.commissioner, "bids", &bid, "gates", &json!({ "number": number, "passed_on": "2020-05-19" })).must(200);
        }
        assert_eq!(bid.body["progress"], "3 of 4");
        let path = format!("/v1/bids/{}", bid.id());
        assert_eq!(office.commissioner.patch(&path, bid.tag(), &json!({ "gates": [] })).must(422).faults(), ["/gates fixed"]);
        let line = json!({ "fund_period_id": office.period, "conditions": "impact is to be evaluated" });
        assert_eq!(office.act(&office.commissioner, "bids", &bid, "budget-line", &line).must(409).code(), "wrong_state");
        let early = json!({ "decision": "successful", "awarded_pence": 330_700_000, "decided_on": "2020-04-01" });
        assert_eq!(office.act(&office.commissioner, "bids", &bid, "outcome", &early).must(422).faults(), ["/decided_on reversed_dates"]);
        let won = json!({ "decision": "successful", "awarded_pence": 330_700_000, "decided_on": "2020-06-30" });
        let bid = office.act(&office.commissioner, "bids", &bid, "outcome", &won).must(200);
        assert_eq!(bid.body["allowed_actions"], json!(["make_budget_line"]));
        let made = office.act(&office.commissioner, "bids", &bid, "budget-line", &line).must(201);
        assert_eq!((made.body["state"].as_str(), made.body["effective_on"].as_str()), (Some("provisional"), Some("2020-06-30")));
        assert_eq!(pence(&made, ["amount", "free"]), [330_700_000, 0]);
        assert_eq!(made.header("location"), Some(format!("/v1/budget-lines/{}", made.id()).as_str()));
        let bid = office.finance.get(&path).must(200);
        assert_eq!(bid.body["budget_line"]["id"], made.id());
        assert_eq!(office.act(&office.commissioner, "bids", &bid, "budget-line", &line).must(409).code(), "taken");
        assert_eq!(office.commissioner.patch(&path, bid.tag(), &json!({ "title": "Other" })).must(409).code(), "wrong_state");
    }

    fn a_supported_bid_stays_outside_the_funds(app) {
        let office = Office::new(app);
        let input = json!({ "title": "Safer Streets round one", "funding_source_id": office.source, "lead_applicant": "Coventry CSP",
            "opcc_role": "supporter", "round": 1, "requested_pence": 60_000_000 });
        let bid = office.commissioner.post("/v1/bids", &input).must(201);
        assert_eq!((bid.body["in_fund_totals"].as_bool(), bid.body["progress"].as_str()), (Some(false), None));
        let bid = office.act(&office.commissioner, "bids", &bid, "submission", &json!({ "submitted_on": "2020-03-01" })).must(200);
        let bid = office.act(&office.commissioner, "bids", &bid, "outcome", &json!({ "decision": "successful", "awarded_pence": 55_000_000 })).must(200);
        let line = json!({ "fund_period_id": office.period });
        assert_eq!(office.act(&office.commissioner, "bids", &bid, "budget-line", &line).must(409).code(), "rule_broken");
        assert_eq!(office.finance.all("/v1/bids?opcc_role=lead").len(), 0);
        assert_eq!(office.finance.all("/v1/bids?opcc_role=supporter&state=successful").len(), 1);
        let board = app.office(&[Role::BoardReader]);
        board.get("/v1/bids").must(403);
    }

    fn every_fault_of_a_bid_is_told_at_once(app) {
        let office = Office::new(app);
        let wrong = json!({ "title": " ", "fund_id": Id::new(), "lead_provider_id": Id::new(), "lead_applicant": "OPCC", "opcc_role": "lead",
            "area_ids": [Id::new()], "gates": [{ "name": " " }] });
        let faults = office.commissioner.post("/v1/bids", &wrong).must(422).faults();
        let expected = ["/area_ids/0 unknown_record", "/fund_id unknown_record", "/funding_source_id required", "/gates/0/name blank",
            "/lead_provider_id unknown_record", "/title blank"];
        assert_eq!(faults, expected);
        let bare = json!({ "title": "Bid", "funding_source_id": office.source, "lead_applicant": "OPCC", "opcc_role": "lead" });
        let bid = office.commissioner.post("/v1/bids", &bare).must(201);
        assert_eq!(office.act(&office.commissioner, "bids", &bid, "submission", &json!({})).must(422).faults(), ["/requested_pence required"]);
        let bid = office.act(&office.commissioner, "bids", &bid, "withdrawal", &json!({ "reason": "no match funding" })).must(200);
        assert_eq!((bid.body["state"].as_str(), bid.body["allowed_actions"].clone()), (Some("withdrawn"), json!([])));
    }
}
