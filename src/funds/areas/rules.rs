//! What an area is.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::funds::rules::{check_code, check_dates, check_names};
use crate::kernel::{Faults, Id};

words! {
    /// What kind of place it is.
    pub enum AreaKind {
        /// A region of England.
        Region = "region",
        /// The area of a police force.
        PoliceForceArea = "police_force_area",
        /// A borough, district or county.
        LocalAuthority = "local_authority",
        /// Several local authorities together.
        SubRegion = "sub_region",
        /// A part of a local authority.
        Locality = "locality",
        /// What one neighbourhood policing team covers.
        NeighbourhoodPolicingUnit = "neighbourhood_policing_unit",
        /// A hospital.
        HospitalSite = "hospital_site",
        /// A place that the police force gives priority.
        ImpactArea = "impact_area",
        /// A place where something is tried out.
        PlacePilot = "place_pilot",
        /// Impact areas, named by their number only.
        ImpactAreaSet = "impact_area_set",
        /// Place pilots, named by their number only.
        PlacePilotSet = "place_pilot_set",
    }
}

impl AreaKind {
    /// Whether it stands for several places.
    #[must_use]
    pub const fn is_set(self) -> bool {
        matches!(self, Self::ImpactAreaSet | Self::PlacePilotSet)
    }
}

/// A place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AreaInput {
    /// Lower-case letters, digits and hyphens; unique; stays as it is.
    #[schema(pattern = "^[a-z0-9]+(-[a-z0-9]+)*$", min_length = 1, max_length = 80, example = "walsall")]
    pub code: String,
    /// The name.
    #[schema(min_length = 1, max_length = 300, example = "Walsall")]
    pub name: String,
    /// Other names, found by search.
    #[serde(default)]
    #[schema(max_items = 50)]
    pub aliases: Vec<String>,
    /// What kind of place it is.
    pub kind: AreaKind,
    /// Code of the Office for National Statistics: a letter and eight digits; unique.
    #[serde(default)]
    #[schema(pattern = "^[A-Z][0-9]{8}$", min_length = 9, max_length = 9, example = "E08000030")]
    pub ons_code: Option<String>,
    /// The smallest area that holds it.
    #[serde(default)]
    pub parent_id: Option<Id>,
    /// The first day it exists; open where there is none.
    #[serde(default)]
    pub valid_from: Option<NaiveDate>,
    /// The last day it exists; open where there is none.
    #[serde(default)]
    pub valid_to: Option<NaiveDate>,
}

/// What is wrong with an area, judged by itself.
#[must_use]
pub fn faults(area: &AreaInput) -> Faults {
    let mut faults = Faults::new();
    check_code(&mut faults, &area.code);
    check_names(&mut faults, &area.name, &area.aliases);
    let is_formed = area.ons_code.as_deref().is_none_or(is_ons_code);
    faults.require(
        is_formed,
        "/ons_code",
        "wrong_format",
        "A code of the Office for National Statistics is a capital letter and eight digits, such as E08000030.",
    );
    check_dates(&mut faults, "/valid_to", area.valid_from, area.valid_to);
    faults
}

/// Whether `code` has the form of a code of the Office for National Statistics.
#[must_use]
pub fn is_ons_code(code: &str) -> bool {
    let (letter, digits) = (code.bytes().next(), code.bytes().skip(1));
    code.len() == 9 && letter.is_some_and(|byte| byte.is_ascii_uppercase()) && digits.into_iter().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ons_code_is_a_letter_and_eight_digits() {
        assert!(is_ons_code("E08000025"));
        for wrong in ["e08000025", "E0800002", "E080000255", "E0800002X", "08000025E", ""] {
            assert!(!is_ons_code(wrong), "{wrong}");
        }
    }
}
