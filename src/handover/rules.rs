//! What a table and a column are, and how a value is written so that everybody can read it.
//!
//! Between databases a value travels as a text that both engines make and take: digits for numbers, microseconds for moments, `0` and `1` for
//! truths, hexadecimal digits for ids and bytes. In the files of an export it stands as people and programs write it.

use chrono::NaiveDate;
use uuid::Uuid;

use crate::kernel::Moment;

words! {
    /// Who gets what a table holds.
    pub enum Part {
        /// What the office holds: it is exported and copied.
        Office = "office",
        /// What proves who somebody is: it is copied, and exported only where that is asked for.
        Credentials = "credentials",
        /// What passes in days, such as sessions: it is copied and never exported.
        Passing = "passing",
        /// What each database keeps of itself: neither copied nor exported.
        Service = "service",
    }
}

words! {
    /// What a column holds.
    pub enum Kind {
        /// An id.
        Uuid = "uuid",
        /// A moment in UTC, to the microsecond.
        Moment = "moment",
        /// A day.
        Date = "date",
        /// A whole number.
        Integer = "integer",
        /// Yes or no.
        Truth = "truth",
        /// Any text.
        Text = "text",
        /// Bytes.
        Bytes = "bytes",
    }
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub kind: Kind,
    /// Whether a row may say nothing here.
    pub may_be_empty: bool,
    /// Its place in the table's key.
    pub key: Option<u32>,
}

/// A table, with its columns in the order in which they are written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// Its name.
    pub name: String,
    /// Who gets it.
    pub part: Part,
    /// Its columns.
    pub columns: Vec<Column>,
}

impl Table {
    /// The columns of the key, in its order: by them the rows are sorted.
    #[must_use]
    pub fn key(&self) -> Vec<&Column> {
        let mut key: Vec<&Column> = self.columns.iter().filter(|column| column.key.is_some()).collect();
        key.sort_by_key(|column| column.key);
        key
    }

    /// Where the table stands in an export.
    #[must_use]
    pub fn file(&self) -> String {
        format!("tables/{}.csv", self.name)
    }
}

/// A value as it stands in a file, from the text in which it travels.
///
/// # Errors
/// A sentence where the text is no such value.
pub fn written(kind: Kind, travelling: &str) -> Result<String, String> {
    let odd = || format!("`{travelling}` is no {kind}");
    match kind {
        Kind::Uuid => Uuid::try_parse(travelling).map(|id| id.hyphenated().to_string()).map_err(|_| odd()),
        Kind::Moment => travelling.parse().ok().and_then(Moment::from_micros).map(|at| at.to_string()).ok_or_else(odd),
        Kind::Truth => match travelling {
            "0" => Ok("no".to_owned()),
            "1" => Ok("yes".to_owned()),
            _ => Err(odd()),
        },
        Kind::Date | Kind::Integer | Kind::Text | Kind::Bytes => Ok(travelling.to_owned()),
    }
}

/// The text in which a value of a file travels.
///
/// # Errors
/// A sentence that says what should stand there.
pub fn travelling(kind: Kind, written: &str) -> Result<String, String> {
    let read = match kind {
        Kind::Uuid => Uuid::try_parse(written).ok().filter(|id| id.hyphenated().to_string() == written).map(|id| id.simple().to_string()),
        Kind::Moment => {
            let at = chrono::DateTime::parse_from_rfc3339(written).ok().map(|at| Moment::new(at.to_utc()));
            at.filter(|at| at.to_string() == written).map(|at| at.micros().to_string())
        }
        Kind::Truth => match written {
            "no" => Some("0".to_owned()),
            "yes" => Some("1".to_owned()),
            _ => None,
        },
        Kind::Date => NaiveDate::parse_from_str(written, "%Y-%m-%d").ok().map(|day| day.to_string()).filter(|day| day == written),
        Kind::Integer => written.parse::<i64>().ok().map(|number| number.to_string()).filter(|number| number == written),
        Kind::Bytes => (written.len().is_multiple_of(2) && written.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')))
            .then(|| written.to_owned()),
        Kind::Text => (!written.contains('\0')).then(|| written.to_owned()),
    };
    read.ok_or_else(|| format!("`{}` is not {}", shortened(written), asked(kind)))
}

/// What should stand in a column, in words.
const fn asked(kind: Kind) -> &'static str {
    match kind {
        Kind::Uuid => "an id like 0198f0e4-7c1a-7000-8000-0123456789ab",
        Kind::Moment => "a moment like 2020-11-30T09:30:00.000000Z",
        Kind::Truth => "yes or no",
        Kind::Date => "a day like 2020-11-30",
        Kind::Integer => "a whole number",
        Kind::Bytes => "pairs of hexadecimal digits in small letters",
        Kind::Text => "a text without the character U+0000",
    }
}

fn shortened(text: &str) -> String {
    let start: String = text.chars().take(40).collect();
    if start.len() < text.len() { format!("{start}…") } else { start }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CASES: [(Kind, &str, &str); 8] = [
        (Kind::Uuid, "0198f0e47c1a700080000123456789ab", "0198f0e4-7c1a-7000-8000-0123456789ab"),
        (Kind::Moment, "1606728600000001", "2020-11-30T09:30:00.000001Z"),
        (Kind::Truth, "1", "yes"),
        (Kind::Truth, "0", "no"),
        (Kind::Date, "2020-11-30", "2020-11-30"),
        (Kind::Integer, "-9223372036854775808", "-9223372036854775808"),
        (Kind::Text, "", ""),
        (Kind::Bytes, "00ff", "00ff"),
    ];

    #[test]
    fn values_come_back_as_they_went() {
        for (kind, travels, stands) in CASES {
            assert_eq!(written(kind, travels).as_deref(), Ok(stands));
            assert_eq!(travelling(kind, stands).as_deref(), Ok(travels));
        }
    }

    #[test]
    fn what_is_written_otherwise_is_refused_with_what_should_stand_there() {
        let wrong = [
            (Kind::Uuid, "0198f0e47c1a700080000123456789ab"),
            (Kind::Moment, "2020-11-30T09:30:00Z"),
            (Kind::Truth, "true"),
            (Kind::Date, "30/11/2020"),
            (Kind::Integer, "1.0"),
            (Kind::Bytes, "0F"),
            (Kind::Text, "a\0b"),
        ];
        for (kind, text) in wrong {
            let told = travelling(kind, text).unwrap_err();
            assert!(told.contains(asked(kind)), "{told}");
        }
    }
}
