//! What is wrong with what a return says of the service and of the quarters to come. Pure.

use std::collections::HashSet;

use super::asked::Asked;
use super::findings::{FindingRule, Gathered};
use super::{ReturnContent, ahead};
use crate::kernel::Quantity;

pub(super) fn check(found: &mut Gathered, content: &ReturnContent, asked: &Asked) {
    check_forecast(found, content, asked);
    check_service(found, content);
}

fn check_forecast(found: &mut Gathered, content: &ReturnContent, asked: &Asked) {
    let mut seen = HashSet::new();
    for (at, one) in content.forecast.iter().flatten().enumerate() {
        let pointer = format!("/forecast/{at}/quarter");
        let words = ("There is a forecast for this quarter already.", "Keep one of the two.");
        found.require(seen.insert(one.quarter), FindingRule::Repeated, &pointer, words);
        let words =
            ("This quarter ends with this return or before it.", "Forecast the quarters still to come; report what was spent in `spend`.");
        found.require(ahead::is_ahead(one.quarter, asked.ends_on), FindingRule::NotAhead, &pointer, words);
    }
}

/// Posts, days and places are never below nought.
fn check_service(found: &mut Gathered, content: &ReturnContent) {
    let staffing = content.staffing.iter().flat_map(|one| {
        [
            ("/staffing/posts_filled", one.posts_filled),
            ("/staffing/posts_vacant", one.posts_vacant),
            ("/staffing/sickness_days", one.sickness_days),
        ]
    });
    let capacity = content
        .capacity
        .iter()
        .flat_map(|one| [("/capacity/contracted", one.contracted), ("/capacity/used", one.used), ("/capacity/spare", one.spare)]);
    for (pointer, number) in staffing.chain(capacity) {
        let is_possible = number.is_none_or(|number| number >= Quantity::ZERO);
        let words = ("This cannot be below nought.", "Give what it was, or null where it is not known.");
        found.require(is_possible, FindingRule::TooSmall, pointer, words);
    }
}
