//! What stays unevidenced when somebody changes an imported record.

use serde::Serialize;
use serde_json::Value;

use crate::kernel::{Provenance, Refusal, TextList};

/// The provenance once `before` has become `after`: a field that a person filled in or changed is theirs, so it is no longer among
/// those that the source does not show.
///
/// # Errors
/// A fault of ours where the facts have no JSON form.
pub fn after_change<T: Serialize>(provenance: &Provenance, before: &T, after: &T) -> Result<Provenance, Refusal> {
    let before = serde_json::to_value(before).map_err(Refusal::broken)?;
    let after = serde_json::to_value(after).map_err(Refusal::broken)?;
    let is_untouched = |entry: &&String| fields_of(entry).iter().all(|field| same(&before, &after, field));
    let left = provenance.not_evidenced.0.iter().filter(is_untouched).cloned().collect();
    Ok(Provenance { not_evidenced: TextList(left), ..provenance.clone() })
}

/// The same without `entries`.
#[must_use]
pub fn without(provenance: &Provenance, entries: &[&str]) -> Provenance {
    let left = provenance.not_evidenced.0.iter().filter(|one| !entries.contains(&one.as_str())).cloned().collect();
    Provenance { not_evidenced: TextList(left), ..provenance.clone() }
}

fn same(before: &Value, after: &Value, field: &str) -> bool {
    before.get(field) == after.get(field)
}

/// The fields that an entry may mean: a file's column `areas` is the field `area_ids`, `evaluator` is `evaluator_id`.
fn fields_of(entry: &str) -> [String; 4] {
    let one = entry.trim_end_matches('s');
    [entry.to_owned(), format!("{entry}_id"), format!("{one}_ids"), format!("{entry}_pence")]
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_field_that_was_filled_in_is_evidenced() {
        let words = ["postcode", "areas", "evaluator", "R67"].map(str::to_owned).to_vec();
        let provenance = Provenance { not_evidenced: TextList(words), ..Provenance::default() };
        let before = json!({ "postcode": null, "area_ids": [], "evaluator_id": "a", "name": "A" });
        let after = json!({ "postcode": "B1 1AA", "area_ids": [], "evaluator_id": "b", "name": "B" });
        assert_eq!(after_change(&provenance, &before, &after).unwrap().not_evidenced.0, ["areas", "R67"]);
        assert_eq!(without(&provenance, &["areas", "members"]).not_evidenced.0, ["postcode", "evaluator", "R67"]);
    }
}
