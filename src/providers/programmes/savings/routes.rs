//! Operations on claims of savings. Whoever may see funds may see them; provider roles may not.

use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

use crate::access::Caller;
use crate::access::permissions::{Permission, can};
use crate::http::NoFilter;
use crate::http::act::Stored;
use crate::http::{Api, Ask, Create, Json, Listed, Listing, Made, One, Patching};
use crate::kernel::{FigureStatus, Id, Moment, Pence, Quantity, Refusal};
use crate::providers::programmes::savings::acts;
use crate::providers::programmes::savings::rules::{RatioOrder, SavingsClaim, SavingsClaimInput, Unsaid};

/// What a programme is said to save, beside what the claim's own amounts come to (R79).
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SavingsClaimView {
    /// Its id.
    pub id: Id,
    /// The reference that people use.
    #[schema(max_length = 40, example = "SAV-0001")]
    pub reference: String,
    /// The version shown.
    pub version: i32,
    /// The programme it is about.
    pub programme_id: Id,
    /// What is claimed, in short.
    #[schema(max_length = 300)]
    pub name: String,
    /// Who says so.
    #[schema(max_length = 300)]
    pub claimed_by: String,
    /// The day whose state it is.
    pub as_at: Option<NaiveDate>,
    /// What was spent, in pence.
    pub cost_pence: Option<Pence>,
    /// What it is said to be worth, in pence.
    pub benefit_pence: Option<Pence>,
    /// The printed ratio, as benefit for each pound spent.
    pub printed_benefit_per_pound: Option<Quantity>,
    /// Which way round it is printed.
    pub printed_order: Option<RatioOrder>,
    /// The ratio as it is printed.
    #[schema(max_length = 40, example = "1:16")]
    pub printed_ratio: Option<String>,
    /// Benefit for each pound spent by the amounts above, to three decimals.
    pub computed_benefit_per_pound: Option<Quantity>,
    /// Whether the printed ratio is what the amounts come to, as exactly as it is printed.
    pub agrees: Option<bool>,
    /// How it was worked out.
    #[schema(max_length = 3000)]
    pub method: Option<String>,
    /// What cost and benefit cover.
    #[schema(max_length = 3000)]
    pub base: Option<String>,
    /// With what it is compared.
    #[schema(max_length = 3000)]
    pub comparator: Option<String>,
    /// What the claim does not say.
    #[schema(max_items = 10)]
    pub unsaid: Vec<Unsaid>,
    /// How final it is (R21).
    pub figure_status: FigureStatus,
    /// Where it is printed.
    #[schema(max_length = 3000)]
    pub evidence: Option<String>,
    /// A short remark.
    #[schema(max_length = 3000)]
    pub note: Option<String>,
    /// When this version was recorded.
    pub recorded_at: Moment,
    /// What you may do with it now: `update`.
    #[schema(max_items = 10)]
    pub allowed_actions: Vec<String>,
}

impl SavingsClaimView {
    fn new(claim: SavingsClaim, caller: &Caller) -> Self {
        let facts = claim.facts;
        Self {
            id: claim.id,
            reference: claim.reference,
            version: claim.version,
            programme_id: claim.programme_id,
            printed_ratio: facts.printed_ratio(),
            computed_benefit_per_pound: facts.computed_benefit_per_pound(),
            agrees: facts.agrees(),
            unsaid: facts.unsaid(),
            name: facts.name,
            claimed_by: facts.claimed_by,
            as_at: facts.as_at,
            cost_pence: facts.cost_pence,
            benefit_pence: facts.benefit_pence,
            printed_benefit_per_pound: facts.printed_benefit_per_pound,
            printed_order: facts.printed_order,
            method: facts.method,
            base: facts.base,
            comparator: facts.comparator,
            figure_status: facts.figure_status,
            evidence: facts.evidence,
            note: facts.note,
            recorded_at: claim.recorded_at,
            allowed_actions: caller.may(Permission::FundsManage).then(|| "update".to_owned()).into_iter().collect(),
        }
    }
}

/// Registers the operations on claims of savings.
pub fn mount(api: &mut Api) {
    api.get("/v1/programmes/{id}/savings-claims", "savings_claims_list", "List what a programme is said to save", list);
    api.post("/v1/programmes/{id}/savings-claims", "savings_claims_create", "Keep what a programme is said to save", create);
    api.get("/v1/savings-claims/{id}", "savings_claims_get", "Show a claim of savings", get);
    api.patch("/v1/savings-claims/{id}", "savings_claims_update", "Change a claim of savings", change);
    api.actions::<SavingsClaimView>(&[("update", "savings_claims_update")]);
}

async fn list(call: Ask<can::FundsRead, Id, Listing<NoFilter>>) -> Result<Listed<SavingsClaimView>, Refusal> {
    call.ask(|conn, input| {
        let page = acts::list(conn, input.path, &input.query.page)?;
        Ok(Listed(page.map(|claim| SavingsClaimView::new(claim, &input.caller))))
    })
    .await
}

async fn create(call: Create<can::FundsManage, Id, Json<SavingsClaimInput>>) -> Result<Stored<Made<SavingsClaimView>>, Refusal> {
    call.act("savings_claim.create", |tx, input| {
        let body = SavingsClaimView::new(acts::create(tx, input.path, &input.body.0)?, &input.caller);
        Ok(Made { location: format!("/v1/savings-claims/{}", body.id), version: body.version, body })
    })
    .await
}

async fn get(call: Ask<can::FundsRead, Id>) -> Result<One<SavingsClaimView>, Refusal> {
    call.ask(|conn, input| Ok(one(acts::get(conn, input.path)?, &input.caller))).await
}

async fn change(call: Patching<can::FundsManage, Id, SavingsClaimInput>) -> Result<Stored<One<SavingsClaimView>>, Refusal> {
    call.act("savings_claim.change", |tx, input| {
        let next = input.body.apply(&acts::get(tx.conn(), input.path)?.facts)?;
        Ok(one(acts::change(tx, input.path, input.version()?, &next)?, &input.caller))
    })
    .await
}

fn one(claim: SavingsClaim, caller: &Caller) -> One<SavingsClaimView> {
    One { version: claim.version, body: SavingsClaimView::new(claim, caller) }
}
