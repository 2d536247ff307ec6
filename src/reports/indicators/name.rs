//! What an indicator is called.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::kernel::Id;
use crate::reports::indicators::store::IndicatorRow;

/// What is counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct IndicatorName {
    /// Its id.
    pub id: Id,
    /// Its name.
    #[schema(max_length = 300)]
    pub name: String,
    /// What kind of measure it is.
    #[schema(max_length = 40)]
    pub kind: String,
    /// In what it is counted.
    #[schema(max_length = 80)]
    pub unit: String,
    /// Which way is better: `higher`, `lower` or `neutral`.
    #[schema(max_length = 20)]
    pub direction: String,
}

/// What an indicator is called.
pub fn name(indicator: &IndicatorRow) -> IndicatorName {
    IndicatorName {
        id: indicator.id,
        name: indicator.name.clone(),
        kind: indicator.kind.clone(),
        unit: indicator.unit.clone(),
        direction: indicator.direction.clone(),
    }
}
