//! What a commissioning body is.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::funds::rules::{check_code, check_dates, check_names};
use crate::kernel::{Faults, Id};

words! {
    /// What kind of commissioning body it is.
    pub enum BodyKind {
        /// A police and crime commissioner.
        PoliceAndCrimeCommissioner = "police_and_crime_commissioner",
        /// A mayor who has taken over the functions of a commissioner.
        Mayor = "mayor",
        /// A policing board.
        PolicingBoard = "policing_board",
    }
}

/// A body that commissions services.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CommissioningBodyInput {
    /// Lower-case letters, digits and hyphens; unique; stays as it is.
    #[schema(pattern = "^[a-z0-9]+(-[a-z0-9]+)*$", min_length = 1, max_length = 80, example = "west-midlands-pcc")]
    pub code: String,
    /// The official name.
    #[schema(min_length = 1, max_length = 300, example = "West Midlands Police and Crime Commissioner")]
    pub name: String,
    /// Other names, found by search.
    #[serde(default)]
    #[schema(max_items = 50)]
    pub aliases: Vec<String>,
    /// What kind of body it is.
    pub kind: BodyKind,
    /// The area it serves.
    #[serde(default)]
    pub area_id: Option<Id>,
    /// The first day it exists; open where there is none.
    #[serde(default)]
    pub valid_from: Option<NaiveDate>,
    /// The last day it exists; open where there is none.
    #[serde(default)]
    pub valid_to: Option<NaiveDate>,
    /// The body that takes over from it.
    #[serde(default)]
    pub successor_id: Option<Id>,
}

/// What is wrong with a body, judged by itself.
#[must_use]
pub fn faults(body: &CommissioningBodyInput) -> Faults {
    let mut faults = Faults::new();
    check_code(&mut faults, &body.code);
    check_names(&mut faults, &body.name, &body.aliases);
    check_dates(&mut faults, "/valid_to", body.valid_from, body.valid_to);
    let is_ended = body.successor_id.is_none() || body.valid_to.is_some();
    faults.require(is_ended, "/valid_to", "required", "A body with a successor ends on a day: say in `valid_to` on which.");
    faults
}
