//! Personal data in what people write: numbers that name one person are errors, what may be a service's own is a warning. What was found is
//! never repeated in the finding. Pure.

use super::ReturnContent;
use super::findings::{FindingRule, Gathered, stopping};
use crate::kernel::Faults;

/// Looks through every text.
pub(super) fn check(found: &mut Gathered, content: &ReturnContent) {
    for (pointer, text) in content.texts() {
        check_text(found, &pointer, text);
    }
}

/// Looks through one text.
fn check_text(found: &mut Gathered, pointer: &str, text: &str) {
    let text: Vec<char> = text.chars().collect();
    let takes = "Take it out: a return holds no personal data.";
    let message = "This text holds what looks like a National Insurance number.";
    found.require(!anywhere(&text, national_insurance), FindingRule::NationalInsuranceNumber, pointer, (message, takes));
    found.require(!holds_nhs_number(&text), FindingRule::NhsNumber, pointer, ("This text holds an NHS number.", takes));
    let may = "Take it out where it is a person's. Where it is a service's own, explain the warning.";
    found.warn(holds_email(&text), FindingRule::EmailAddress, pointer, ("This text holds an e-mail address.", may));
    let message = "This text holds what looks like a telephone number.";
    found.warn(anywhere(&text, telephone), FindingRule::TelephoneNumber, pointer, (message, may));
    found.warn(anywhere(&text, postcode), FindingRule::Postcode, pointer, ("This text holds a full postcode.", may));
}

/// What may not be in a text that somebody writes beside a content.
#[must_use]
pub fn faults_of_text(pointer: &str, text: &str) -> Faults {
    let mut found = Gathered::default();
    check_text(&mut found, pointer, text);
    stopping(found.into_all())
}

/// Whether a text holds what looks like personal data, or what may be a service's own and looks alike.
#[must_use]
pub fn may_be_personal(text: &str) -> bool {
    let mut found = Gathered::default();
    check_text(&mut found, "", text);
    !found.into_all().is_empty()
}

/// Where what begins at the start of the text ends, if it is there: what `look` finds stands between other signs than letters and digits.
fn end_at(text: &[char], at: usize, look: fn(&[char]) -> Option<usize>) -> Option<usize> {
    let is_inside = at.checked_sub(1).and_then(|before| text.get(before)).is_some_and(|sign| sign.is_alphanumeric());
    if is_inside {
        return None;
    }
    look(text.get(at..)?).map(|length| at + length)
}

fn anywhere(text: &[char], look: fn(&[char]) -> Option<usize>) -> bool {
    (0..text.len()).any(|at| end_at(text, at, look).is_some())
}

fn ends_after(text: &[char], length: usize) -> bool {
    !text.get(length).is_some_and(|sign| sign.is_alphanumeric())
}

const fn is_gap(sign: char) -> bool {
    matches!(sign, ' ' | '-' | '\u{a0}')
}

/// A gap in a number of ten or fewer signs, where a stop is one as well.
const fn is_stop(sign: char) -> bool {
    is_gap(sign) || sign == '.'
}

/// `AB 12 34 56 C` or `AB 123 456 C`, with or without its gaps. With gaps its letters are capitals, so that words beside numbers are not taken for one.
fn national_insurance(text: &[char]) -> Option<usize> {
    let is_letter = |sign: &char| sign.is_ascii_alphabetic();
    let letters: Vec<char> = text.iter().take(2).copied().filter(|sign| is_letter(sign)).collect();
    let (mut length, mut digits, mut gaps) = (2, 0, 0);
    while digits < 6 {
        let sign = *text.get(length)?;
        if sign.is_ascii_digit() {
            digits += 1;
        } else if is_stop(sign) && (digits % 2 == 0 || digits == 3) && !text.get(length - 1).copied().is_some_and(is_stop) {
            gaps += 1;
        } else {
            return None;
        }
        length += 1;
    }
    if text.get(length).copied().is_some_and(is_stop) {
        gaps += 1;
        length += 1;
    }
    let last = *text.get(length)?;
    let is_suffix = matches!(last.to_ascii_uppercase(), 'A'..='D');
    let capitals = letters.iter().chain([&last]).all(char::is_ascii_uppercase);
    (letters.len() == 2 && is_suffix && (gaps == 0 || capitals) && ends_after(text, length + 1)).then_some(length + 1)
}

/// Ten digits, together or as `943 476 5919`, the last of which follows from the others.
fn nhs_number(text: &[char]) -> Option<usize> {
    let has_gaps = text.get(3).copied().is_some_and(is_stop) && text.get(7).copied().is_some_and(is_stop);
    let length = if has_gaps { 12 } else { 10 };
    let signs = text.get(..length)?.iter().enumerate().filter(|(at, _)| !has_gaps || (*at != 3 && *at != 7));
    let digits: Vec<u32> = signs.map(|(_, sign)| sign.to_digit(10)).collect::<Option<_>>()?;
    let (last, others) = digits.split_last()?;
    let sum: u32 = (2..=10).rev().zip(others).map(|(weight, digit)| weight * digit).sum();
    let is_right = (11 - sum % 11) % 11 == *last && digits.iter().any(|digit| *digit != 0);
    (is_right && ends_after(text, length)).then_some(length)
}

/// A part of a telephone number is none, whatever its last digit.
fn holds_nhs_number(text: &[char]) -> bool {
    let mut at = 0;
    while at < text.len() {
        if let Some(end) = end_at(text, at, telephone) {
            at = end;
        } else if end_at(text, at, nhs_number).is_some() {
            return true;
        } else {
            at += 1;
        }
    }
    false
}

/// `0121 496 0000`, `+44 121 496 0000`, `(0121) 496 0000`: ten or eleven digits as they are dialled here.
fn telephone(text: &[char]) -> Option<usize> {
    let (mut digits, mut length, mut end) = (String::new(), 0, None);
    while let Some(sign) = text.get(length).copied() {
        let is_sign = is_gap(sign) || matches!(sign, '(' | ')') || (sign == '+' && length == 0);
        let is_start = length == 0 && !sign.is_ascii_digit() && sign != '+' && sign != '(';
        if !(sign.is_ascii_digit() || is_sign) || is_start {
            break;
        }
        length += 1;
        if sign.is_ascii_digit() {
            digits.push(sign);
            if ends_after(text, length) && is_dialled(&digits, text.first() == Some(&'+')) {
                end = Some(length);
            }
        }
        if digits.len() > 15 {
            break;
        }
    }
    end
}

fn is_dialled(digits: &str, is_international: bool) -> bool {
    let abroad = if is_international { Some(digits) } else { digits.strip_prefix("00") };
    let national = match abroad {
        Some(rest) => rest.strip_prefix("44").map(|rest| rest.strip_prefix('0').unwrap_or(rest)),
        None => digits.strip_prefix('0'),
    };
    national.is_some_and(|rest| matches!(rest.len(), 9 | 10) && rest.starts_with(['1', '2', '3', '5', '7', '8', '9']))
}

/// Something, an `@`, and a name with a dot in it.
fn holds_email(text: &[char]) -> bool {
    let is_own = |sign: &char| sign.is_alphanumeric() || matches!(sign, '.' | '_' | '%' | '+' | '-');
    let ats = text.iter().enumerate().filter(|(_, sign)| **sign == '@').map(|(at, _)| at);
    ats.into_iter().any(|at| {
        let has_name = at.checked_sub(1).and_then(|before| text.get(before)).is_some_and(&is_own);
        let host: String = text.iter().skip(at + 1).take_while(|sign| sign.is_alphanumeric() || matches!(sign, '.' | '-')).collect();
        has_name && host.trim_end_matches('.').rsplit_once('.').is_some_and(|(name, last)| !name.is_empty() && last.len() >= 2)
    })
}

/// `B1 1AA`, `WS1 1TP`, `EC1A 1BB`, in capitals throughout or not at all. `1st`, `2nd` and `3rd` are no halves of one.
fn postcode(text: &[char]) -> Option<usize> {
    let shape = |sign: &char| match sign {
        'A'..='Z' | 'a'..='z' => 'A',
        '0'..='9' => '9',
        ' ' => ' ',
        _ => '?',
    };
    let is_code = |length: usize| {
        let own = text.get(..length)?;
        let shape: String = own.iter().map(shape).collect();
        let outward = shape.strip_suffix("9AA")?.trim_end_matches(' ');
        let is_outward = matches!(outward, "A9" | "A99" | "AA9" | "AA99" | "A9A" | "AA9A") && shape.len() - outward.len() <= 4;
        let first = own.first()?.to_ascii_uppercase();
        let last: String = own.iter().skip(length - 2).collect();
        let capitals = own.iter().all(|sign| !sign.is_ascii_lowercase());
        let small = own.iter().all(|sign| !sign.is_ascii_uppercase()) && !matches!(last.as_str(), "st" | "nd" | "rd" | "th");
        let is_inward = !last.to_ascii_uppercase().contains(['C', 'I', 'K', 'M', 'O', 'V']);
        (is_outward && is_inward && !matches!(first, 'Q' | 'V' | 'X') && (capitals || small) && ends_after(text, length)).then_some(length)
    };
    (5..=8).rev().find_map(is_code)
}

#[cfg(test)]
mod tests {
    use super::super::findings::tests::shown;
    use super::*;

    fn rules(text: &str) -> Vec<String> {
        let content = ReturnContent { narrative: Some(text.to_owned()), ..ReturnContent::default() };
        let mut found = Gathered::default();
        check(&mut found, &content);
        shown(&found.into_all()).into_iter().map(|one| one.replace(" /narrative", "")).collect()
    }

    #[test]
    fn numbers_that_name_one_person_are_errors() {
        for text in
            ["AB123456C", "her number is ab123456c.", "QQ 12 34 56 C,", "(AB 123456 D)", "AB-12-34-56-A", "AB 123 456 C", "AB.12.34.56.C."]
        {
            assert_eq!(rules(text), ["error national_insurance_number"], "{text}");
        }
        for text in ["we helped at 123456 a day", "XAB123456C", "AB123456E", "AB123456CD", "AB1234567C", "AB12345C", "A1123456C"] {
            assert_eq!(rules(text), Vec::<String>::new(), "{text}");
        }
        for text in ["9434765919", "NHS 943 476 5919", "943-476-5919.", "943.476.5919", "1234567881 "] {
            assert_eq!(rules(text), ["error nhs_number"], "{text}");
        }
        for text in ["9434765918", "943 476 5918", "943.476.5918", "94347659190", "0000000000", "943 4765919", "£9434765919x"] {
            assert_eq!(rules(text), Vec::<String>::new(), "{text}");
        }
    }

    #[test]
    fn what_may_be_a_services_own_is_a_warning() {
        for text in ["ann@example.org", "write to a.b-c@mail.example.org."] {
            assert_eq!(rules(text), ["warning email_address"], "{text}");
        }
        for text in
            ["0121 496 0000", "(0121) 496 0000 and more", "+44 121 496 0000", "+44 (0)121 496 0000", "07700900123", "0044 7700 900123"]
        {
            assert_eq!(rules(text), ["warning telephone_number"], "{text}");
        }
        for text in ["B1 1AA", "in WS1 1TP,", "EC1A 1BB", "b11aa", "M1 1AE."] {
            assert_eq!(rules(text), ["warning postcode"], "{text}");
        }
        let plain = [
            "@home",
            "a @ b.c",
            "12 @ 3.50 each",
            "in 2020-21 Q4 3rd place",
            "Q4 2ND",
            "from 2020-04-01 to 2020-06-30",
            "1,234,567 people",
            "B1",
            "B1 1AAX",
            "grant 0123",
            "H1 2nd half",
            "£1,000,000,000",
            "01-04-2020",
        ];
        for text in plain {
            assert_eq!(rules(text), Vec::<String>::new(), "{text}");
        }
    }
}
