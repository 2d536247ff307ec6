//! A small office: one fund with a year, two budget lines and a tranche, and two providers.

use almoner::access::permissions::Role;
use serde_json::{Value, json};

use crate::support::{Answer, App, Client};

/// The office and the people in it.
pub struct Scene {
    pub commissioner: Client,
    pub approver: Client,
    pub finance: Client,
    /// Certifies claims.
    pub chief: Client,
    pub author: Client,
    pub signatory: Client,
    /// Signs for the other provider.
    pub stranger: Client,
    pub area: String,
    pub other_area: String,
    pub fund: String,
    pub period: String,
    /// Two lines of the period; the tranche's money is of the first.
    pub lines: [String; 2],
    pub tranche: String,
    pub provider: String,
    pub other_provider: String,
}

fn made(answer: Answer) -> String {
    answer.must(201).id()
}

impl Scene {
    /// An office whose first budget line has `line_pence`, of which `tranche_pence` are set aside for a tranche; the second line has
    /// half as much.
    pub fn set(app: &App, line_pence: i64, tranche_pence: i64) -> Self {
        let commissioner = app.office(&[Role::Commissioner]);
        let finance = app.office(&[Role::Finance]);
        let area = |code: &str| made(commissioner.post("/v1/areas", &json!({ "code": code, "name": code, "kind": "local_authority" })));
        let (area, other_area) = (area("walsall"), area("dudley"));
        let body = json!({ "code": "opcc", "name": "Office", "kind": "police_and_crime_commissioner" });
        let body = made(commissioner.post("/v1/commissioning-bodies", &body));
        let source =
            |code: &str| made(commissioner.post("/v1/funding-sources", &json!({ "code": code, "name": code, "kind": "recovered_assets" })));
        let (poca, grant) = (source("poca"), source("main-grant"));
        let fund = json!({ "code": "CIF", "name": "Community Initiative Fund", "kind": "pcc_grant_fund", "scope": "fund",
            "commissioning_body_id": body, "source_ids": [poca, grant], "default_monitoring": "quarterly", "default_evaluation": "light" });
        let fund = made(commissioner.post("/v1/funds", &fund));
        let period = made(commissioner.post(&format!("/v1/funds/{fund}/periods"), &json!({ "label": "2020-21" })));
        let line = |source: &str, pence: i64| {
            let input = json!({ "funding_source_id": source, "state": "planned", "amount_pence": pence, "effective_on": "2020-04-01" });
            let planned = commissioner.post(&format!("/v1/fund-periods/{period}/budget-lines"), &input).must(201);
            let id = planned.id();
            let confirmation = json!({ "effective_on": "2020-04-01" });
            finance.change(&format!("/v1/budget-lines/{id}/confirmation"), planned.tag(), &confirmation).must(200);
            id
        };
        let lines = [line(&poca, line_pence), line(&grant, line_pence / 2)];
        let tranche = commissioner
            .post(
                &format!("/v1/fund-periods/{period}/tranches"),
                &json!({ "name": "first", "planned_pence": tranche_pence, "opens_on": "2020-04-01", "closes_on": "2020-06-30" }),
            )
            .must(201);
        let allocation = json!({ "amount_pence": tranche_pence, "effective_on": "2020-04-01",
            "parts": [{ "budget_line_id": lines[0], "amount_pence": tranche_pence }] });
        let filled = commissioner.change(&format!("/v1/tranches/{}/allocation", tranche.id()), tranche.tag(), &allocation).must(200);
        commissioner.change(&format!("/v1/tranches/{}/opening", tranche.id()), filled.tag(), &json!({})).must(200);
        let provider = |name: &str| {
            made(commissioner.post(
                "/v1/providers",
                &json!({ "name": name, "kind": "community_group", "postcode": "B1 1AA", "pcc_status": "commissioned" }),
            ))
        };
        let (provider, other_provider) = (provider("Helping Hands"), provider("Open Doors"));
        Self {
            approver: app.office(&[Role::Approver]),
            chief: app.office(&[Role::ChiefFinanceOfficer]),
            author: app.of_provider(&[Role::ProviderAuthor], provider.parse().unwrap()),
            signatory: app.of_provider(&[Role::ProviderSignatory], provider.parse().unwrap()),
            stranger: app.of_provider(&[Role::ProviderSignatory], other_provider.parse().unwrap()),
            commissioner,
            finance,
            area,
            other_area,
            fund,
            period,
            lines,
            tranche: tranche.id(),
            provider,
            other_provider,
        }
    }

    /// A grant out of the tranche, with `changes` laid over it; `null` takes a field away.
    pub fn grant(&self, amount_pence: i64, changes: Value) -> Value {
        let mut grant = json!({ "kind": "grant", "legal_power": "prsra_2011_s9", "fund_period_id": self.period, "tranche_id": self.tranche,
            "provider_id": self.provider, "title": "Street project", "amount_pence": amount_pence, "starts_on": "2020-06-01",
            "ends_on": "2021-03-31", "area_ids": [self.area] });
        for (name, value) in changes.as_object().into_iter().flatten() {
            match value {
                Value::Null => drop(grant.as_object_mut().unwrap().remove(name)),
                value => grant[name] = value.clone(),
            }
        }
        grant
    }

    /// A draft.
    #[track_caller]
    pub fn draft(&self, amount_pence: i64, changes: Value) -> Answer {
        self.commissioner.post("/v1/awards", &self.grant(amount_pence, changes)).must(201)
    }

    /// An offer of a draft, on 1 July 2020.
    #[track_caller]
    pub fn offer(&self, draft: &Answer) -> Answer {
        self.commissioner.change(&format!("/v1/awards/{}/offer", draft.id()), draft.tag(), &json!({ "offered_on": "2020-07-01" }))
    }

    /// The award as the office sees it.
    #[track_caller]
    pub fn award(&self, id: &str) -> Answer {
        self.commissioner.get(&format!("/v1/awards/{id}")).must(200)
    }

    /// Gives the award an evaluation, so that its plan is complete.
    #[track_caller]
    pub fn plan(&self, id: &str) {
        let evaluation = json!({ "evaluator": "the office", "method": "interviews", "due_on": "2021-06-30" });
        let tag = self.award(id).tag().to_owned();
        self.commissioner.put(&format!("/v1/awards/{id}/evaluation"), &tag, &evaluation).must(200);
    }

    /// Accepts an offered award for its provider, on 1 August 2020.
    #[track_caller]
    pub fn accept(&self, id: &str) -> Answer {
        let tag = self.award(id).tag().to_owned();
        let acceptance = json!({ "accepted_on": "2020-08-01", "attests_living_wage": true });
        self.signatory.change(&format!("/v1/awards/{id}/acceptance"), &tag, &acceptance)
    }

    /// A live award.
    #[track_caller]
    pub fn live(&self, amount_pence: i64, changes: Value) -> Answer {
        self.go_live(&self.draft(amount_pence, changes))
    }

    /// Leads a draft to its acceptance.
    #[track_caller]
    pub fn go_live(&self, draft: &Answer) -> Answer {
        self.offer(draft).must(200);
        self.plan(&draft.id());
        self.accept(&draft.id()).must(200)
    }

    /// Has the office ask every award for the whole form, small ones too.
    #[track_caller]
    pub fn ask_in_full(&self) {
        let policy = json!({ "due_working_days": 15, "remind_days_before": 7, "weekly_reminders_max": 8, "short_form_up_to_pence": 0 });
        let tag = self.commissioner.get("/v1/return-policy").must(200).tag().to_owned();
        self.commissioner.put("/v1/return-policy", &tag, &policy).must(200);
    }

    /// What the accounts of one kind hold for a record, by the order of their lines.
    #[track_caller]
    pub fn held(&self, kind: &str, record: &str) -> Vec<i64> {
        let accounts = self.finance.all(&format!("/v1/ledger/accounts?kind={kind}"));
        let of = |line: &String| {
            let held = accounts.iter().find(|one| one["record_id"] == *record && one["budget_line_id"] == **line);
            held.map_or(0, |one| one["balance_pence"].as_i64().unwrap())
        };
        self.lines.iter().map(of).collect()
    }
}
