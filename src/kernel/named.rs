//! How one record is shown inside another.

use std::collections::HashMap;

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

impl Named {
    /// Rows of id, code and name, by id.
    #[must_use]
    pub fn by_id(rows: Vec<(Id, String, String)>) -> HashMap<Id, Self> {
        rows.into_iter().map(|(id, code, name)| (id, Self { id, code, name })).collect()
    }
}
