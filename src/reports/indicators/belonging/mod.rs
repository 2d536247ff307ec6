//! What figures belong to beside their indicator: the provider, programme, fund and theme of the award that reports them, and the places of
//! the indicator in frameworks of outcomes.

pub mod store;

use std::collections::{HashMap, HashSet};

use crate::kernel::{Faults, Id, Refusal};
use crate::reports::asked::At;
use crate::reports::book::Dimension;
use crate::reports::indicators::rows::IndicatorGrouping;
use crate::reports::indicators::store::IndicatorRow;
use crate::reports::names::{self, Names};
use crate::store::Conn;

pub use store::Owner;

/// A place in a framework of outcomes: the framework and the code.
pub type Place = (String, String);

/// What is asked for of it.
#[derive(Debug, Clone, Default)]
pub struct Narrow {
    /// Providers.
    pub providers: HashSet<Id>,
    /// Programmes: of the indicator, or of the award that reports it.
    pub programmes: HashSet<Id>,
    /// Funds: of the indicator, or of the award that reports it.
    pub funds: HashSet<Id>,
    /// Themes, in small letters.
    pub themes: Vec<String>,
    /// Frameworks, in small letters.
    pub frameworks: Vec<String>,
    /// Codes in them, in small letters.
    pub codes: Vec<String>,
}

impl Narrow {
    /// From the words of a question: providers, programmes, funds, themes, frameworks, codes.
    ///
    /// # Errors
    /// Notes a fault for each record that there is not; [`Refusal::Store`] where the database fails.
    pub fn new(conn: &mut Conn, words: [&[String]; 6], faults: &mut Faults) -> Result<Self, Refusal> {
        let [providers, programmes, funds, themes, frameworks, codes] = words;
        let small = |words: &[String]| words.iter().map(|word| word.trim().to_lowercase()).collect();
        Ok(Self {
            providers: names::resolve(conn, Dimension::Provider, "provider", providers, faults)?,
            programmes: names::resolve(conn, Dimension::Programme, "programme", programmes, faults)?,
            funds: names::resolve(conn, Dimension::Fund, "fund", funds, faults)?,
            themes: small(themes),
            frameworks: small(frameworks),
            codes: small(codes),
        })
    }

    /// Whether it asks to whom awards belong.
    fn asks_for_owners(&self) -> bool {
        !(self.providers.is_empty() && self.programmes.is_empty() && self.funds.is_empty() && self.themes.is_empty())
    }

    fn wants(&self, indicator: &IndicatorRow, owner: Option<&Owner>) -> bool {
        let theme = || owner.and_then(|own| own.theme.as_ref()).map(|theme| theme.to_lowercase());
        let holds = |wanted: &HashSet<Id>, ids: &[Option<Id>]| wanted.is_empty() || ids.iter().flatten().any(|id| wanted.contains(id));
        holds(&self.providers, &[owner.and_then(|own| own.provider_id)])
            && holds(&self.programmes, &[indicator.programme_id, owner.and_then(|own| own.programme_id)])
            && holds(&self.funds, &[indicator.fund_id, owner.map(|own| own.fund_id)])
            && (self.themes.is_empty() || theme().is_some_and(|theme| self.themes.contains(&theme)))
    }

    fn wants_place(&self, (framework, code): &Place) -> bool {
        (self.frameworks.is_empty() || self.frameworks.contains(&framework.to_lowercase()))
            && (self.codes.is_empty() || self.codes.contains(&code.to_lowercase()))
    }
}

/// To what everything belongs, with what it is called.
#[derive(Debug, Default)]
pub struct Belonging {
    narrow: Narrow,
    owners: HashMap<Id, Owner>,
    places: HashMap<(Id, i32), Vec<Place>>,
    /// Providers by id.
    pub providers: Names,
    /// Programmes by id.
    pub programmes: Names,
    /// Funds by id.
    pub funds: Names,
}

impl Belonging {
    /// Looks up what the question needs: nothing where it neither asks for any of it nor tells rows apart by it.
    ///
    /// # Errors
    /// [`Refusal::Store`] where the database fails.
    pub fn find(conn: &mut Conn, at: At, narrow: Narrow, by: &[IndicatorGrouping]) -> Result<Self, Refusal> {
        use IndicatorGrouping::{Framework, Fund, Programme, Provider, Theme};
        let has = |some: &[IndicatorGrouping]| some.iter().any(|one| by.contains(one));
        let needs_owners = has(&[Provider, Programme, Fund, Theme]) || narrow.asks_for_owners();
        let needs_places = has(&[Framework]) || !narrow.frameworks.is_empty() || !narrow.codes.is_empty();
        Ok(Self {
            owners: if needs_owners { store::owners(conn, at)? } else { HashMap::new() },
            places: if needs_places { store::places(conn)? } else { HashMap::new() },
            providers: if has(&[Provider]) { names::store::providers(conn, at.known_at)? } else { Names::new() },
            programmes: if has(&[Programme]) { names::store::programmes(conn, at.known_at)? } else { Names::new() },
            funds: if has(&[Fund]) { names::store::funds(conn, at.known_at)? } else { Names::new() },
            narrow,
        })
    }

    /// To what an award belongs.
    #[must_use]
    pub fn owner(&self, award: Option<Id>) -> Option<&Owner> {
        award.and_then(|award| self.owners.get(&award))
    }

    /// Whether what an award reports of an indicator, or what is printed of it where there is no award, is asked for.
    #[must_use]
    pub fn wants(&self, indicator: &IndicatorRow, award: Option<Id>) -> bool {
        // Asked of each value of a large office, most often by a question that leaves nothing out.
        !self.narrow.asks_for_owners() || self.narrow.wants(indicator, self.owner(award))
    }

    /// Whether an indicator is one of what is asked for.
    #[must_use]
    pub fn wants_indicator(&self, indicator: &IndicatorRow) -> bool {
        let asks = !self.narrow.frameworks.is_empty() || !self.narrow.codes.is_empty();
        !asks || !self.places(indicator).is_empty()
    }

    /// The places of an indicator that are asked for.
    #[must_use]
    pub fn places(&self, indicator: &IndicatorRow) -> Vec<&Place> {
        let all = self.places.get(&(indicator.id, indicator.version)).map(Vec::as_slice).unwrap_or_default();
        all.iter().filter(|place| self.narrow.wants_place(place)).collect()
    }
}
