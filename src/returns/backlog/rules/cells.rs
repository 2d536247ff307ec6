//! What one cell may hold.

use chrono::{Datelike, NaiveDate};

use crate::awards::rules::DeliveryMode;
use crate::kernel::{Pence, Quantity, Quarter};
use crate::returns::rules::{Reported, SpendCategory};
use crate::returns::workbook::rules::{category_label, mode_label, status_label, yes_no};

/// A value, or what is wrong in words that follow it.
pub type Parsed<T> = Result<T, String>;

/// What a cell says: something, or why there is nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told<T> {
    /// A value; nought is one.
    Value(T),
    /// The provider has not said.
    NotReported,
    /// It does not apply.
    NotApplicable,
}

/// A column's name as it is known here, however a spreadsheet writes it: `Submitted on` is `submitted_on`.
#[must_use]
pub fn header_name(name: &str) -> String {
    name.trim().to_lowercase().replace([' ', '-'], "_")
}

fn plain(text: &str) -> String {
    text.trim().to_lowercase().replace('_', " ")
}

fn told<T>(text: &str, value: impl Fn(&str) -> Parsed<T>) -> Parsed<Told<T>> {
    match plain(text).as_str() {
        word if word == status_label(Reported::NotReported) => Ok(Told::NotReported),
        word if word == status_label(Reported::NotApplicable) || word == "n/a" => Ok(Told::NotApplicable),
        _ => value(text).map(Told::Value),
    }
}

/// An amount of pounds, or a reason for none.
pub fn amount(text: &str) -> Parsed<Told<Pence>> {
    told(text, |text| {
        let wrong = "is not an amount of pounds with at most two decimals, such as 1234.50, and not `not reported`".to_owned();
        match Pence::from_pounds(text).map_err(|_| wrong)? {
            amount if amount < Pence::ZERO => Err("is below nought: give what was spent, and say in `text` what came back".to_owned()),
            amount if amount > Pence::MAX => Err(format!("is beyond {}", Pence::MAX)),
            amount => Ok(amount),
        }
    })
}

/// A number, or a reason for none.
pub fn counted(text: &str) -> Parsed<Told<Quantity>> {
    told(text, number)
}

/// A number with at most three decimals. An amount may have its sign.
pub fn number(text: &str) -> Parsed<Quantity> {
    let digits = text.strip_prefix('£').unwrap_or(text).trim();
    if digits.ends_with('%') {
        return Err("is a percentage: give its numerator here and what it is of in `denominator`".to_owned());
    }
    digits.parse().map_err(|_| "is not a number such as 1161 or 2.5, and no reason for none (`not reported`, `not applicable`)".to_owned())
}

/// A whole number, nought or more.
pub fn whole(text: &str) -> Parsed<i64> {
    text.replace(',', "").parse().ok().filter(|number| *number >= 0).ok_or_else(|| "is not a whole number such as 12".to_owned())
}

/// An amount of pounds.
pub fn pounds(text: &str) -> Parsed<Pence> {
    match amount(text)? {
        Told::Value(amount) => Ok(amount),
        _ => Err("is not an amount of pounds; take the row out where there is none".to_owned()),
    }
}

/// A quarter, however it is written.
pub fn quarter(text: &str) -> Parsed<Quarter> {
    period(text).parse().map_err(|_| "is not a quarter such as 2018-19-Q3".to_owned())
}

/// How people were reached, by its word or as the workbook of a return calls it.
pub fn mode(text: &str) -> Parsed<DeliveryMode> {
    let said = plain(text);
    DeliveryMode::ALL.iter().copied().find(|one| plain(one.word()) == said || mode_label(*one) == said).ok_or_else(|| {
        let words: Vec<&str> = DeliveryMode::ALL.iter().map(|one| one.word()).collect();
        format!("is not one of {}", words.join(", "))
    })
}

/// What a percentage is of; none where the old papers do not say.
pub fn denominator(text: &str) -> Parsed<Option<Quantity>> {
    if plain(text) == NOT_KNOWN { Ok(None) } else { number(text).map(Some).map_err(|_| "is not a number, and not `not known`".to_owned()) }
}

/// What is said of a denominator that no paper gives.
pub const NOT_KNOWN: &str = "not known";

/// A kind of spending, by its word or as the workbook of a return calls it.
pub fn category(text: &str) -> Parsed<SpendCategory> {
    let said = plain(text);
    let is_it = |one: &&SpendCategory| {
        let label = category_label(**one).to_lowercase();
        plain(one.word()) == said || label == said || label.split(" (").next() == Some(said.as_str())
    };
    SpendCategory::ALL.iter().find(is_it).copied().ok_or_else(|| {
        let words: Vec<&str> = SpendCategory::ALL.iter().map(|one| one.word()).collect();
        format!("is no kind of spending; those are {}", words.join(", "))
    })
}

/// A day: as ISO writes it, or the day first, as it is written in Britain.
pub fn day(text: &str) -> Parsed<NaiveDate> {
    let read = |format| NaiveDate::parse_from_str(text, format).ok();
    let day = if text.contains('/') { read("%d/%m/%Y") } else { read("%Y-%m-%d") };
    let is_usual = |day: &NaiveDate| (1990..2100).contains(&day.year());
    day.filter(is_usual).ok_or_else(|| "is not a day such as 2018-07-20 or 20/07/2018".to_owned())
}

/// Yes or no.
pub fn yes(text: &str) -> Parsed<bool> {
    match text.to_lowercase().as_str() {
        word if word == yes_no(true) || word == "true" => Ok(true),
        word if word == yes_no(false) || word == "false" => Ok(false),
        _ => Err("is neither `yes` nor `no`".to_owned()),
    }
}

/// A period as returns name it: `Q1 2018/19` is `2018-19-Q1`. Anything else stays as it is.
pub fn period(text: &str) -> String {
    let upper = text.to_uppercase().replace(['/', ' ', '_', '–'], "-");
    let parts: Vec<&str> = upper.split('-').filter(|part| !part.is_empty()).collect();
    let is_part = |part: &&str| {
        let mut chars = part.chars();
        matches!((chars.next(), chars.next(), chars.next()), (Some('Q'), Some('1'..='4'), None) | (Some('H'), Some('1' | '2'), None))
    };
    let is_digits = |part: &str| part.chars().all(|c| c.is_ascii_digit());
    let named: Vec<&&str> = parts.iter().filter(|part| is_part(part)).collect();
    let years: Vec<&&str> = parts.iter().filter(|part| is_digits(part)).collect();
    if let ([named], [first, second], 3) = (named.as_slice(), years.as_slice(), parts.len())
        && first.len() == 4
        && (second.len() == 2 || second.len() == 4)
    {
        let short = second.get(second.len() - 2..).unwrap_or_default();
        return format!("{first}-{short}-{named}");
    }
    text.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods_are_known_however_they_are_written() {
        for text in ["2018-19-Q1", "Q1 2018/19", "2018/19 q1", "2018-2019 Q1", "Q1 2018–19"] {
            assert_eq!(period(text), "2018-19-Q1", "{text}");
        }
        assert_eq!(period("h2 2018/19"), "2018-19-H2");
        for text in ["end of grant", "Q5 2018/19", "2018-19", "Q1 Q2 2018/19", "Q1 18/19"] {
            assert_eq!(period(text), text);
        }
    }

    #[test]
    fn nought_is_a_value_and_a_reason_is_none() {
        assert_eq!(amount("£1,234.50"), Ok(Told::Value(Pence(123_450))));
        assert_eq!(amount("0"), Ok(Told::Value(Pence::ZERO)));
        assert_eq!((amount("Not reported"), amount("N/A")), (Ok(Told::NotReported), Ok(Told::NotApplicable)));
        assert_eq!(counted("not_applicable"), Ok(Told::NotApplicable));
        for text in ["-5", "ten", "1,5", "12.345", ""] {
            assert!(amount(text).is_err(), "{text}");
        }
        for text in ["45%", "1.2345", "many", ""] {
            assert!(counted(text).is_err(), "{text}");
        }
        assert_eq!((denominator("not known"), denominator("90")), (Ok(None), Ok(Some(Quantity::whole(90)))));
    }

    #[test]
    fn days_are_british_or_iso_and_never_guessed() {
        assert_eq!(day("03/07/2018"), day("2018-07-03"));
        for text in ["07/20/2018", "3.7.2018", "43284", "3/7/18", "2018-13-01"] {
            assert!(day(text).is_err(), "{text}");
        }
    }

    #[test]
    fn kinds_of_spending_have_a_word_and_a_label() {
        for text in ["staff", "Staff", "STAFF"] {
            assert_eq!(category(text), Ok(SpendCategory::Staff), "{text}");
        }
        assert_eq!(category("Share of central costs"), Ok(SpendCategory::Overheads));
        assert_eq!(category("Other"), Ok(SpendCategory::Other));
        assert!(category("salaries").is_err());
    }
}
