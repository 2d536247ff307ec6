//! Looking up whom a campaign reaches.

use std::collections::{HashMap, HashSet};

use crate::access::permissions::Role;
use crate::access::users::acts as users;
use crate::awards::acts as awards;
use crate::kernel::{Id, Refusal};
use crate::store::Conn;
use crate::variations::campaigns::rules::{self, CampaignReach, Reached};
use crate::variations::campaigns::store::{self, Campaign};

/// How the providers of many awards are reached.
pub(super) struct Providers {
    addresses: HashMap<Id, String>,
    signing: HashSet<Id>,
}

impl Providers {
    /// Of these awards: none where an award has none.
    pub(super) fn of(conn: &mut Conn, all: &[Option<Id>]) -> Result<Self, Refusal> {
        let mut ids: Vec<Id> = all.iter().copied().flatten().collect();
        ids.sort_unstable();
        ids.dedup();
        let addresses = awards::addresses(conn, &ids)?;
        Ok(Self { addresses, signing: users::staffed(conn, &ids, &[Role::ProviderSignatory])? })
    }

    /// How the provider of one award is reached.
    pub(super) fn reached(&self, provider: Option<Id>) -> Reached {
        Reached {
            has_provider: provider.is_some(),
            has_address: provider.is_some_and(|id| self.addresses.contains_key(&id)),
            has_signatory: provider.is_some_and(|id| self.signing.contains(&id)),
        }
    }
}

/// How many awards of a campaign are not reached today; those that its issue left out are not counted.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn reach(conn: &mut Conn, campaign: &Campaign) -> Result<CampaignReach, Refusal> {
    let all = store::providers(conn, campaign.id)?;
    let providers = Providers::of(conn, &all)?;
    Ok(rules::reach(all.into_iter().map(|one| providers.reached(one)), campaign.change.is_unilateral))
}
