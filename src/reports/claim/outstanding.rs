//! Returns of a claim's days that are not accepted: whoever certifies the claim without them knows of them and says why.

use serde_json::json;

use crate::kernel::{Code, Id, Refusal};
use crate::reports::asked::At;
use crate::reports::claim::store;
use crate::store::Conn;

/// How many of them a refusal names.
const NAMED_MAX: usize = 100;

/// Holds what a certificate says of outstanding returns against those that there are.
///
/// # Errors
/// [`Code::RuleBroken`] where it says nothing of them, or another number, with their number and their names; [`Refusal::NotFound`] where there is no such
/// claim; [`Refusal::Store`] where the database fails.
pub fn check(conn: &mut Conn, at: At, claim_id: Id) -> Result<(), Refusal> {
    let claim = store::claim(conn, claim_id, at)?.ok_or(Refusal::NotFound("claim"))?;
    let awards = store::awards(conn, claim.line_id, at)?;
    let all = store::outstanding(conn, &claim, &awards, at)?;
    let count = i64::try_from(all.len()).map_err(Refusal::broken)?;
    let said = claim.outstanding_returns.unwrap_or_default();
    if said == count {
        return Ok(());
    }
    let returns = if count == 1 { "1 return of these days is".to_owned() } else { format!("{count} returns of these days are") };
    let message = match (count, said) {
        (0, _) => format!("You say that {said} returns of these days are outstanding, and none is. Leave `outstanding_returns` out."),
        (_, 0) => format!(
            "{returns} missing or not accepted yet, so the claim's figures are without them. Have them accepted first, or say in `outstanding_returns` how \
             many they are and why the claim is certified without them."
        ),
        _ => format!("{returns} missing or not accepted yet, and you say that {said} are. Look at them again."),
    };
    let named: Vec<_> =
        all.iter().take(NAMED_MAX).map(|(award, period, state)| json!({ "award": award, "period": period, "state": state })).collect();
    Err(Refusal::rule_with(Code::RuleBroken, message, json!({ "outstanding_return_count": count, "outstanding_returns": named })))
}
