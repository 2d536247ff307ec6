//! What one cell may hold.

use std::str::FromStr;

use chrono::{Datelike, NaiveDate};
use serde::Serialize;

use crate::kernel::digits::ungrouped;
use crate::kernel::{Pence, Quarter};

/// What a parser of a cell answers: the value, or what is wrong in words that follow the value.
pub type Parsed<T> = Result<T, String>;

/// A decimal number that is not money: an indicator's value or target. Kept as written, without needless noughts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Number(pub String);

/// A key: lower-case letters, digits, hyphens.
pub fn key(text: &str) -> Parsed<String> {
    let fits = text.len() <= 80 && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    if fits { Ok(text.to_owned()) } else { Err("a key has at most 80 lower-case letters, digits and hyphens".to_owned()) }
}

/// A key that may have underscores: of users and settings.
pub fn name_key(text: &str) -> Parsed<String> {
    key(&text.replace('_', "-")).map(|_| text.to_owned())
}

/// A line of text.
pub fn text(text: &str) -> Parsed<String> {
    bounded(text, 300)
}

/// A longer text.
pub fn long_text(text: &str) -> Parsed<String> {
    bounded(text, 4000)
}

fn bounded(text: &str, most: usize) -> Parsed<String> {
    let count = text.chars().count();
    if count <= most { Ok(text.to_owned()) } else { Err(format!("has {count} characters; at most {most} are taken")) }
}

/// An amount of pounds, never below nothing.
pub fn pounds(text: &str) -> Parsed<Pence> {
    match signed_pounds(text)? {
        amount if amount < Pence::ZERO => Err("an amount here has no sign".to_owned()),
        amount => Ok(amount),
    }
}

/// An amount of pounds that may be a decrease.
pub fn signed_pounds(text: &str) -> Parsed<Pence> {
    let amount =
        Pence::from_pounds(text).map_err(|_| "is not an amount of pounds with at most two decimals, such as 1234.50".to_owned())?;
    if amount.0.unsigned_abs() <= Pence::MAX.0.unsigned_abs() { Ok(amount) } else { Err(format!("is beyond {}", Pence::MAX)) }
}

/// A date; with slashes as a spreadsheet set to British English writes it, the day first.
pub fn date(text: &str) -> Parsed<NaiveDate> {
    let wrong = || "is not a date such as 2020-11-30 or 30/11/2020, the day first".to_owned();
    let (form, least) = if text.contains('/') { ("%d/%m/%Y", 8) } else { ("%Y-%m-%d", 10) };
    let date = NaiveDate::parse_from_str(text, form).map_err(|_| wrong())?;
    if (least..=10).contains(&text.len()) && (1900..2100).contains(&date.year()) { Ok(date) } else { Err(wrong()) }
}

/// Yes or no.
pub fn yes_no(text: &str) -> Parsed<bool> {
    match text.to_ascii_lowercase().as_str() {
        "yes" => Ok(true),
        "no" => Ok(false),
        _ => Err("is neither `yes` nor `no`".to_owned()),
    }
}

/// A whole number from 0.
pub fn count(text: &str) -> Parsed<i32> {
    let digits = ungrouped(text).unwrap_or_default();
    let plain = !digits.is_empty() && digits.chars().all(|c| c.is_ascii_digit());
    digits.parse().ok().filter(|_| plain).ok_or_else(|| "is not a whole number".to_owned())
}

/// A number with a point where needed.
pub fn number(text: &str) -> Parsed<Number> {
    let cleaned = ungrouped(text.strip_prefix('£').unwrap_or(text).trim()).unwrap_or_default();
    let (whole, fraction) = cleaned.split_once('.').unwrap_or((&cleaned, "0"));
    let digits = |part: &str, most: usize| !part.is_empty() && part.len() <= most && part.chars().all(|c| c.is_ascii_digit());
    if !digits(whole, 12) || !digits(fraction, 6) {
        return Err("is not a number such as 1234 or 12.5".to_owned());
    }
    let whole = whole.trim_start_matches('0');
    let fraction = fraction.trim_end_matches('0');
    let whole = if whole.is_empty() { "0" } else { whole };
    Ok(Number(if fraction.is_empty() { whole.to_owned() } else { format!("{whole}.{fraction}") }))
}

/// A number from 0 with at most two decimals, in hundredths.
pub fn hundredths(text: &str) -> Parsed<i32> {
    let wrong = || "is not a number with at most two decimals, such as 0.5".to_owned();
    let Number(plain) = number(text).map_err(|_| wrong())?;
    let (whole, fraction) = plain.split_once('.').unwrap_or((&plain, ""));
    if fraction.len() > 2 {
        return Err(wrong());
    }
    format!("{whole}{fraction:0<2}").parse().map_err(|_| wrong())
}

/// A quarter of a financial year.
pub fn quarter(text: &str) -> Parsed<Quarter> {
    text.parse().map_err(|_| "is not a quarter such as 2020-21-Q3".to_owned())
}

/// A word from a fixed list, of the type that the service itself uses.
pub fn word<T: FromStr<Err = String>>(text: &str) -> Parsed<T> {
    text.parse().map_err(|message: String| message.strip_prefix(&format!("`{text}` ")).map_or_else(|| message.clone(), str::to_owned))
}

/// A code of the Office for National Statistics.
pub fn ons_code(text: &str) -> Parsed<String> {
    let fits = text.len() == 9 && text.starts_with(|c: char| c.is_ascii_uppercase()) && text.chars().skip(1).all(|c| c.is_ascii_digit());
    if fits { Ok(text.to_owned()) } else { Err("is not an ONS code: a capital and eight digits, such as E08000025".to_owned()) }
}

/// The code of a fund.
pub fn fund_code(text: &str) -> Parsed<String> {
    let fits = (2..=5).contains(&text.len()) && text.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit());
    if fits { Ok(text.to_owned()) } else { Err("a fund's code has 2 to 5 capitals or digits".to_owned()) }
}

/// The reference of an award.
pub fn award_reference(text: &str) -> Parsed<String> {
    let fits = text.len() <= 40 && text.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '-');
    if fits {
        Ok(text.to_owned())
    } else {
        Err("a reference has at most 40 capitals, digits and hyphens, such as CIF-2020-21-T1-0001".to_owned())
    }
}

/// A number of the Charity Commission. A spreadsheet takes the leading nought of no such number.
pub fn charity_number(text: &str) -> Parsed<String> {
    let fits = (6..=7).contains(&text.len()) && text.chars().all(|c| c.is_ascii_digit());
    if fits { Ok(text.to_owned()) } else { Err("a charity number has 6 or 7 digits".to_owned()) }
}

/// A number of Companies House.
pub fn company_number(text: &str) -> Parsed<String> {
    let text = text.to_ascii_uppercase();
    let letters = text.chars().take_while(char::is_ascii_uppercase).count();
    let fits = text.len() == 8 && matches!(letters, 0 | 2) && text.chars().skip(letters).all(|c| c.is_ascii_digit());
    if fits { Ok(text) } else { Err("a company number has 8 characters: digits, or two letters and six digits".to_owned()) }
}

/// A postcode.
pub fn postcode(text: &str) -> Parsed<String> {
    let wrong = || "is not a postcode such as B1 1AA".to_owned();
    let compact: String = text.to_ascii_uppercase().chars().filter(|c| *c != ' ').collect();
    let cut = compact.len().checked_sub(3).filter(|cut| (2..=4).contains(cut) && compact.is_ascii()).ok_or_else(wrong)?;
    let (outward, inward) = compact.split_at(cut);
    let letters = outward.chars().take_while(char::is_ascii_uppercase).count();
    let outward_fits = matches!(letters, 1 | 2)
        && outward.chars().nth(letters).is_some_and(|c| c.is_ascii_digit())
        && outward.chars().all(|c| c.is_ascii_alphanumeric());
    let inward_fits = inward.chars().enumerate().all(|(at, c)| if at == 0 { c.is_ascii_digit() } else { c.is_ascii_uppercase() });
    if outward_fits && inward_fits { Ok(format!("{outward} {inward}")) } else { Err(wrong()) }
}

/// An e-mail address.
pub fn email(text: &str) -> Parsed<String> {
    let fits = text.len() <= 254
        && !text.contains(char::is_whitespace)
        && text.split_once('@').is_some_and(|(name, host)| !name.is_empty() && !host.is_empty() && !host.contains('@'));
    if fits { Ok(text.to_lowercase()) } else { Err("is not an e-mail address".to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spreadsheet_amounts_are_read() {
        for (text, pence) in [("80528.42", 8_052_842), ("£1,234.5", 123_450), ("3370000", 337_000_000), ("0", 0)] {
            assert_eq!(pounds(text), Ok(Pence(pence)), "{text}");
        }
        for text in ["1.234", "-5", "ten", "1e3", "", "99999999999999"] {
            assert!(pounds(text).is_err(), "{text}");
        }
        assert_eq!(signed_pounds("-80,000"), Ok(Pence(-8_000_000)));
    }

    #[test]
    fn dates_are_never_guessed() {
        for text in ["2020-11-05", "05/11/2020", "5/11/2020"] {
            assert_eq!(date(text), Ok(NaiveDate::from_ymd_opt(2020, 11, 5).unwrap()), "{text}");
        }
        for text in ["11/30/2020", "30/11/20", "30/11/0020", "30/11", "2020-02-30", "2020-1-5", "44165", "0202-11-30"] {
            assert!(date(text).is_err(), "{text}");
        }
    }

    #[test]
    fn parts_of_a_post_are_hundredths() {
        for (text, wanted) in [("1", 100), ("0.5", 50), ("0.25", 25), ("12.10", 1210)] {
            assert_eq!(hundredths(text), Ok(wanted), "{text}");
        }
        for text in ["0.125", "-1", "half", "99999999999"] {
            assert!(hundredths(text).is_err(), "{text}");
        }
        assert!(quarter("2020-21-Q3").is_ok() && quarter("2020-Q3").is_err() && quarter("2020-21-Q5").is_err());
    }

    #[test]
    fn numbers_lose_needless_noughts_only() {
        for (text, kept) in [("1,161", "1161"), ("12.50", "12.5"), ("0", "0"), ("007", "7"), ("0.05", "0.05")] {
            assert_eq!(number(text), Ok(Number(kept.to_owned())));
        }
        for text in ["", ".5", "-1", "1.2.3", "n/a", "5."] {
            assert!(number(text).is_err(), "{text}");
        }
    }
}
