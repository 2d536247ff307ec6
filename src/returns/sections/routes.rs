//! What narratives are made of, over HTTP.

use serde::Serialize;
use utoipa::ToSchema;

use crate::access::Caller;
use crate::access::permissions::{Permission, can};
use crate::http::act::Stored;
use crate::http::{Api, Ask, Json, One, Put};
use crate::kernel::{Id, Moment, Refusal};
use crate::returns::sections::acts::{self, Sections};
use crate::returns::sections::rules::{ReturnSectionsInput, SectionScope};

/// What the narrative of returns is made of.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ReturnSectionsView {
    /// The fund whose awards are meant.
    fund_id: Option<Id>,
    /// The award that is meant; all awards where there is neither.
    award_id: Option<Id>,
    /// Which version this is; 0 where nothing was said.
    version: i32,
    /// When this version became known.
    recorded_at: Option<Moment>,
    /// What was said, each from its day on until that of the next. Before the first day, and where nothing was said, returns ask for what the fund says,
    /// or what holds for all awards, or for the usual sections: what happened, risks, and a case study.
    #[schema(max_items = 1000)]
    sets: Vec<ReturnSectionsInput>,
    /// What you may do to it now.
    allowed_actions: Vec<String>,
}

fn shown(caller: &Caller, found: Sections) -> One<ReturnSectionsView> {
    let may_set = caller.may(Permission::ReturnPolicyManage);
    let (fund_id, award_id) = match found.scope {
        SectionScope::All => (None, None),
        SectionScope::Fund(id) => (Some(id), None),
        SectionScope::Award(id) => (None, Some(id)),
    };
    let body = ReturnSectionsView {
        fund_id,
        award_id,
        version: found.version,
        recorded_at: found.recorded_at,
        sets: found.sets,
        allowed_actions: may_set.then(|| "set".to_owned()).into_iter().collect(),
    };
    One { version: found.version, body }
}

type Answer = Result<One<ReturnSectionsView>, Refusal>;
type Kept = Result<Stored<One<ReturnSectionsView>>, Refusal>;

async fn get(call: Ask<can::OfficeRead>) -> Answer {
    call.ask(|conn, input| acts::get(conn, input.caller.scope(), SectionScope::All).map(|found| shown(&input.caller, found))).await
}

async fn get_of_fund(call: Ask<can::OfficeRead, Id>) -> Answer {
    call.ask(|conn, input| acts::get(conn, input.caller.scope(), SectionScope::Fund(input.path)).map(|found| shown(&input.caller, found)))
        .await
}

async fn get_of_award(call: Ask<can::AwardsRead, Id>) -> Answer {
    call.ask(|conn, input| acts::get(conn, input.caller.scope(), SectionScope::Award(input.path)).map(|found| shown(&input.caller, found)))
        .await
}

const ACT: &str = "return_sections.set";

async fn set(call: Put<can::ReturnPolicyManage, (), Json<ReturnSectionsInput>>) -> Kept {
    call.act(ACT, |tx, input| {
        let found = acts::set(tx, input.caller.scope(), SectionScope::All, input.version()?, &input.body.0)?;
        Ok(shown(&input.caller, found))
    })
    .await
}

async fn set_of_fund(call: Put<can::ReturnPolicyManage, Id, Json<ReturnSectionsInput>>) -> Kept {
    call.act(ACT, |tx, input| {
        let found = acts::set(tx, input.caller.scope(), SectionScope::Fund(input.path), input.version()?, &input.body.0)?;
        Ok(shown(&input.caller, found))
    })
    .await
}

async fn set_of_award(call: Put<can::ReturnPolicyManage, Id, Json<ReturnSectionsInput>>) -> Kept {
    call.act(ACT, |tx, input| {
        let found = acts::set(tx, input.caller.scope(), SectionScope::Award(input.path), input.version()?, &input.body.0)?;
        Ok(shown(&input.caller, found))
    })
    .await
}

/// Registers the operations.
pub fn mount(api: &mut Api) {
    let [all, fund, award] = ["/v1/return-sections", "/v1/funds/{id}/return-sections", "/v1/awards/{id}/return-sections"];
    api.get(all, "return_sections_get", "Show what the narrative of returns is made of", get);
    api.put(all, "return_sections_set", "Say what the narrative of returns is made of, from a day on", set);
    api.get(fund, "fund_return_sections_get", "Show what the narrative of a fund's returns is made of", get_of_fund);
    api.put(fund, "fund_return_sections_set", "Say what the narrative of a fund's returns is made of, from a day on", set_of_fund);
    api.get(award, "award_return_sections_get", "Show what the narrative of an award's returns is made of", get_of_award);
    api.put(award, "award_return_sections_set", "Say what the narrative of an award's returns is made of, from a day on", set_of_award);
    api.actions::<ReturnSectionsView>(&[
        ("set", "return_sections_set"),
        ("set", "fund_return_sections_set"),
        ("set", "award_return_sections_set"),
    ]);
}
