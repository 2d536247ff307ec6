//! How one record is shown inside another.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::kernel::Id;

/// A record that another record refers to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Named {
    /// Its id.
    pub id: Id,
    /// Its code or reference.
    #[schema(max_length = 120)]
    pub code: String,
    /// Its name today.
    #[schema(max_length = 300)]
    pub name: String,
}
