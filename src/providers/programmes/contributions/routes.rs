//! Operations on contributions. Whoever may see funds may see them; provider roles may not.

use serde::Serialize;
use utoipa::ToSchema;

use crate::access::Caller;
use crate::access::permissions::{Permission, can};
use crate::http::NoFilter;
use crate::http::act::Stored;
use crate::http::{Api, Ask, Create, Json, Listed, Listing, Made, One, Patching};
use crate::kernel::{FigureStatus, Id, Moment, Pence, Precision, Refusal};
use crate::providers::programmes::contributions::acts;
use crate::providers::programmes::contributions::rules::{Contribution, ContributionInput, ContributionKind};

/// What somebody else pays (R04). It moves no money in the ledger.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ContributionView {
    /// Its id.
    pub id: Id,
    /// The reference that people use.
    #[schema(max_length = 40, example = "CON-0001")]
    pub reference: String,
    /// The version shown.
    pub version: i32,
    /// The programme it is for.
    pub programme_id: Option<Id>,
    /// The fund beside which it stands.
    pub fund_id: Option<Id>,
    /// Who gives: a funding source.
    pub source_id: Id,
    /// The amount in pence; none: not known.
    pub amount_pence: Option<Pence>,
    /// Cash or in kind.
    pub kind: Option<ContributionKind>,
    /// Whether it is certain.
    pub confirmed: Option<bool>,
    /// The award that carries the same money in the ledger; it counts there, not twice.
    pub award_id: Option<Id>,
    /// How final the figure is (R21).
    pub figure_status: FigureStatus,
    /// How exactly it was given.
    pub precision: Option<Precision>,
    /// The step in pence to which it was rounded.
    pub rounding_unit_pence: Option<Pence>,
    /// The word before the figure.
    #[schema(max_length = 40, example = "over")]
    pub qualifier: Option<String>,
    /// A short remark.
    #[schema(max_length = 3000)]
    pub note: Option<String>,
    /// Whether the record stands for something counted but not named.
    pub illustrative: bool,
    /// Fields that the source does not show.
    #[schema(max_items = 100)]
    pub not_evidenced: Vec<String>,
    /// Where it is printed.
    #[schema(max_length = 3000)]
    pub evidence: Option<String>,
    /// When this version was recorded.
    pub recorded_at: Moment,
    /// What you may do with it now: `update`.
    #[schema(max_items = 10)]
    pub allowed_actions: Vec<String>,
}

impl ContributionView {
    fn new(contribution: Contribution, caller: &Caller) -> Self {
        let facts = contribution.facts;
        let may_change = caller.may(Permission::FundsManage);
        Self {
            id: contribution.id,
            reference: contribution.reference,
            version: contribution.version,
            programme_id: contribution.programme_id,
            fund_id: facts.fund_id,
            source_id: facts.source_id,
            amount_pence: facts.amount_pence,
            kind: facts.kind,
            confirmed: facts.confirmed,
            award_id: facts.award_id,
            figure_status: facts.figure_status,
            precision: facts.precision,
            rounding_unit_pence: facts.rounding_unit_pence,
            qualifier: facts.qualifier,
            note: facts.note,
            illustrative: contribution.provenance.illustrative,
            not_evidenced: contribution.provenance.not_evidenced.0,
            evidence: contribution.provenance.evidence,
            recorded_at: contribution.recorded_at,
            allowed_actions: may_change.then(|| "update".to_owned()).into_iter().collect(),
        }
    }
}

/// Registers the operations on contributions.
pub fn mount(api: &mut Api) {
    api.get("/v1/programmes/{id}/contributions", "contributions_list", "List what others pay for a programme", list);
    api.post("/v1/programmes/{id}/contributions", "contributions_create", "Note what somebody else pays for a programme", create);
    api.get("/v1/contributions/{id}", "contributions_get", "Show a contribution", get);
    api.patch("/v1/contributions/{id}", "contributions_update", "Change a contribution", change);
    api.actions::<ContributionView>(&[("update", "contributions_update")]);
}

async fn list(call: Ask<can::FundsRead, Id, Listing<NoFilter>>) -> Result<Listed<ContributionView>, Refusal> {
    call.ask(|conn, input| {
        let page = acts::list(conn, input.path, &input.query.page)?;
        Ok(Listed(page.map(|contribution| ContributionView::new(contribution, &input.caller))))
    })
    .await
}

async fn create(call: Create<can::FundsManage, Id, Json<ContributionInput>>) -> Result<Stored<Made<ContributionView>>, Refusal> {
    call.act("contribution.create", |tx, input| {
        let new = acts::create(tx, Some(input.path), &input.body.0, &Default::default())?;
        let body = ContributionView::new(new, &input.caller);
        Ok(Made { location: format!("/v1/contributions/{}", body.id), version: body.version, body })
    })
    .await
}

async fn get(call: Ask<can::FundsRead, Id>) -> Result<One<ContributionView>, Refusal> {
    call.ask(|conn, input| Ok(one(acts::get(conn, input.path)?, &input.caller))).await
}

async fn change(call: Patching<can::FundsManage, Id, ContributionInput>) -> Result<Stored<One<ContributionView>>, Refusal> {
    call.act("contribution.change", |tx, input| {
        let next = input.body.apply(&acts::get(tx.conn(), input.path)?.facts)?;
        Ok(one(acts::change(tx, input.path, input.version()?, &next)?, &input.caller))
    })
    .await
}

fn one(contribution: Contribution, caller: &Caller) -> One<ContributionView> {
    One { version: contribution.version, body: ContributionView::new(contribution, caller) }
}
