//! What a return is checked against. Pure.

use std::collections::HashSet;

use chrono::NaiveDate;

use super::ahead::GivenForecast;
use super::doubts::EarlierReturn;
use super::heed::Unanswered;
use super::narrative::NarrativeSection;
use crate::awards::indicators::rules::AsksFor;
use crate::kernel::{Id, Pence};

/// What a return is checked against.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// The first day of its period.
    pub starts_on: NaiveDate,
    /// The last day of its period.
    pub ends_on: NaiveDate,
    /// The days on which the award's money may be spent (R14); open ends where a budget line sets none.
    pub window: (Option<NaiveDate>, Option<NaiveDate>),
    /// The award's indicators.
    pub indicators: Vec<AskedIndicator>,
    /// The areas that exist.
    pub areas: HashSet<Id>,
    /// The areas that the award is for, with their names.
    pub own_areas: Vec<(Id, String)>,
    /// The sections of its narrative; none where only the writing is checked.
    pub sections: Vec<NarrativeSection>,
    /// Whether that is all of them, so that another one is not asked for.
    pub names_sections: bool,
    /// Whether it has a short form, which asks for some of them only.
    pub is_short: bool,
    /// Whether a percentage says what it is of (R76); a printed one often does not.
    pub wants_denominators: bool,
    /// What the award pays; nothing where only the writing is checked.
    pub money: AskedMoney,
    /// What the returns before it say, the latest first; nothing where only the writing is checked.
    pub earlier: Vec<EarlierReturn>,
    /// The forecasts that they give, the latest first.
    pub forecasts: Vec<GivenForecast>,
    /// The days of returns after it that were sent and tell what was spent.
    pub told_after: Vec<(NaiveDate, NaiveDate)>,
    /// The office's questions that have no answer.
    pub unanswered: Vec<Unanswered>,
}

/// An indicator that a return is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AskedIndicator {
    /// Its id.
    pub id: Id,
    /// Its name.
    pub name: String,
    /// Whether it counts a percentage.
    pub is_percentage: bool,
    /// Of a percentage the indicator whose part, or whose number, is its whole.
    pub subset_of: Option<Id>,
    /// Which days its numbers are for.
    pub asks_for: AsksFor,
    /// Whether people under 18 are among those counted.
    pub counts_under_18: bool,
    /// The areas that have a target in the return's period, with their names.
    pub aimed_at: Vec<(Id, String)>,
    /// Whether its areas come to its total.
    pub areas_add: bool,
    /// By which groups it is broken down.
    pub groups: Option<AskedGroups>,
    /// What it counts, where that comes in whole numbers only.
    pub whole: Option<String>,
}

/// The groups by which an indicator is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AskedGroups {
    /// By what: `age`.
    pub by: String,
    /// Their names.
    pub names: Vec<String>,
    /// Whether they come to the total.
    pub add: bool,
    /// Whether a total can be put together from them at all.
    pub become_one: bool,
    /// Whether some of them are of people under 18.
    pub tell_under_18: bool,
}

/// What spend is held against.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct AskedMoney {
    /// What the award is worth, where that is known; once it is closed, what stays with it.
    pub value: Option<Pence>,
    /// What its profile plans for the quarters of the return, where it has one.
    pub planned: Option<Pence>,
    /// What its other returns that were sent report as spent.
    pub spent_elsewhere: Pence,
    /// How far spend may be from what is planned, in percent of that.
    pub tolerance_percent: i64,
}
