//! What an office may set. Pure.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::kernel::{Faults, Id};

/// Under which name, prefix and licence an office publishes.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
pub struct OpenDataPolicy {
    /// The office, as the public knows it.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 200, example = "The Police and Crime Commissioner")]
    pub publisher_name: Option<String>,
    /// The office's own identifier in a register of organisations (org-id.guide).
    #[serde(default)]
    #[schema(min_length = 5, max_length = 80, pattern = "^[A-Z]{2}-[A-Z0-9]+-[A-Za-z0-9._-]+$", example = "GB-PLA-OPCC")]
    pub organisation_id: Option<String>,
    /// The prefix that 360Giving gave the office; ids of grants begin with it.
    #[serde(default)]
    #[schema(min_length = 6, max_length = 40, pattern = "^360G-[A-Za-z0-9_-]+$", example = "360G-example")]
    pub grant_prefix: Option<String>,
    /// The licence of all that is published, as its address.
    #[serde(default)]
    #[schema(min_length = 8, max_length = 300, pattern = "^https?://[!-~]+$", example = "https://creativecommons.org/licenses/by/4.0/")]
    pub licence_url: Option<String>,
    /// Where the public reaches this service, without a stroke at the end; addresses in files begin with it.
    #[serde(default)]
    #[schema(min_length = 8, max_length = 300, pattern = "^https?://[!-~]+[^/]$", example = "https://grants.opcc.example")]
    pub site_url: Option<String>,
}

/// What 360Giving needs of the policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Publisher {
    /// The office.
    pub name: String,
    /// Its own identifier.
    pub organisation_id: String,
    /// The prefix of its grants.
    pub prefix: String,
    /// The licence.
    pub licence_url: String,
    /// Where the public finds its grants.
    pub data_url: String,
}

impl OpenDataPolicy {
    /// The id of the policy, the same in every office.
    pub const ID: Id = Id(uuid::Uuid::from_u128(0x0192_b4c0_0000_7000_8000_0000_0000_0410));

    /// All that 360Giving needs, where all of it is set.
    #[must_use]
    pub fn publisher(&self) -> Option<Publisher> {
        Some(Publisher {
            name: self.publisher_name.clone()?,
            organisation_id: self.organisation_id.clone()?,
            prefix: self.grant_prefix.clone()?,
            licence_url: self.licence_url.clone()?,
            data_url: self.site_url.as_ref().map(|_| self.address("/open-data/360giving.json"))?,
        })
    }

    /// A place of this service as an address, where the office says where the public reaches it.
    #[must_use]
    pub fn address(&self, path: &str) -> String {
        format!("{}{path}", self.site_url.as_deref().unwrap_or_default())
    }
}

/// What is wrong with a policy.
#[must_use]
pub fn faults(policy: &OpenDataPolicy) -> Faults {
    let mut faults = Faults::new();
    let is_blank = policy.publisher_name.as_ref().is_some_and(|name| name.trim().is_empty());
    faults.require(!is_blank, "/publisher_name", "blank", "A text is left out rather than blank.");
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grants_wait_for_all_that_they_need() {
        let whole = OpenDataPolicy {
            publisher_name: Some("The office".to_owned()),
            organisation_id: Some("GB-PLA-X".to_owned()),
            grant_prefix: Some("360G-x".to_owned()),
            licence_url: Some("https://licence.example".to_owned()),
            site_url: Some("https://grants.opcc.example".to_owned()),
        };
        assert!(whole.publisher().is_some());
        assert_eq!(OpenDataPolicy { licence_url: None, ..whole.clone() }.publisher(), None);
        assert_eq!(OpenDataPolicy { site_url: None, ..whole.clone() }.publisher(), None, "every grant says where it is published");
        assert_eq!(OpenDataPolicy { grant_prefix: None, ..whole }.publisher(), None);
    }
}
