//! The one place that reads the time.

use std::fmt;

use chrono::{DateTime, Datelike, NaiveDate, NaiveTime, SecondsFormat, SubsecRound, TimeDelta, Utc};
use chrono_tz::Europe::London;
use diesel::deserialize::FromSqlRow;
use diesel::expression::AsExpression;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::openapi::schema::{ObjectBuilder, Schema, SchemaFormat, Type};
use utoipa::openapi::{KnownFormat, RefOr};

use crate::store::sql::MomentSql;

/// A moment in UTC, to the microsecond, which is what both databases keep.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, AsExpression, FromSqlRow)]
#[diesel(sql_type = MomentSql)]
pub struct Moment(DateTime<Utc>);

impl Moment {
    /// The moment, cut to the microsecond.
    #[must_use]
    pub fn new(at: DateTime<Utc>) -> Self {
        Self(at.trunc_subsecs(6))
    }

    /// The moment as chrono knows it.
    #[must_use]
    pub const fn utc(self) -> DateTime<Utc> {
        self.0
    }

    /// Microseconds since 1970.
    #[must_use]
    pub const fn micros(self) -> i64 {
        self.0.timestamp_micros()
    }

    /// From microseconds since 1970. `None` beyond what a date can hold.
    #[must_use]
    pub fn from_micros(micros: i64) -> Option<Self> {
        DateTime::from_timestamp_micros(micros).map(Self)
    }

    /// The same moment, `delta` later.
    #[must_use]
    pub fn plus(self, delta: TimeDelta) -> Self {
        Self::new(self.0.checked_add_signed(delta).unwrap_or(self.0))
    }

    /// The next microsecond.
    #[must_use]
    pub fn next(self) -> Self {
        self.plus(TimeDelta::microseconds(1))
    }

    /// The first moment of a calendar day in London.
    #[must_use]
    pub fn start_of(day: NaiveDate) -> Self {
        let midnight = day.and_time(NaiveTime::MIN);
        // London's clocks change after midnight, so there is one midnight each day.
        Self::new(midnight.and_local_timezone(London).earliest().map_or_else(|| midnight.and_utc(), |at| at.to_utc()))
    }

    /// The last moment of a calendar day in London.
    #[must_use]
    pub fn end_of(day: NaiveDate) -> Self {
        Self::start_of(day.succ_opt().unwrap_or(day)).plus(TimeDelta::microseconds(-1))
    }

    /// The calendar day in London at this moment: *today* for everybody who uses the service.
    #[must_use]
    pub fn london_day(self) -> NaiveDate {
        self.0.with_timezone(&London).date_naive()
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.to_rfc3339_opts(SecondsFormat::Micros, true))
    }
}

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let at = DateTime::<Utc>::deserialize(from)?;
        // What RFC 3339 can write is also what both databases can keep.
        if (0..=9999).contains(&at.year()) { Ok(Self::new(at)) } else { Err(serde::de::Error::custom("a year beyond 9999")) }
    }
}

impl utoipa::ToSchema for Moment {}

impl utoipa::PartialSchema for Moment {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
            .max_length(Some(40))
            .examples([serde_json::json!("2020-11-30T09:30:00.000000Z")])
            .into()
    }
}

/// Where the time comes from: the machine, or a fixed moment that a test or an example sets.
#[derive(Debug, Clone, Copy, Default)]
pub enum Clock {
    /// The machine's clock.
    #[default]
    System,
    /// Always this moment.
    Fixed(Moment),
}

impl Clock {
    /// This moment.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "this is the one place that asks the machine")]
    pub fn now(self) -> Moment {
        match self {
            Self::System => Moment::new(Utc::now()),
            Self::Fixed(at) => at,
        }
    }

    /// The day it is in London.
    #[must_use]
    pub fn today(self) -> NaiveDate {
        self.now().london_day()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_in_london_has_a_first_and_a_last_moment() {
        for (day, first, last) in [
            ("2020-05-31", "2020-05-30T23:00:00.000000Z", "2020-05-31T22:59:59.999999Z"),
            ("2020-11-30", "2020-11-30T00:00:00.000000Z", "2020-11-30T23:59:59.999999Z"),
            ("2020-03-29", "2020-03-29T00:00:00.000000Z", "2020-03-29T22:59:59.999999Z"),
        ] {
            let day: NaiveDate = day.parse().unwrap();
            assert_eq!((Moment::start_of(day).to_string(), Moment::end_of(day).to_string()), (first.to_owned(), last.to_owned()));
            assert_eq!((Moment::start_of(day).london_day(), Moment::end_of(day).london_day()), (day, day));
        }
    }
}
