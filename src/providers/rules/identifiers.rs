//! Identifiers of organisations: what form each has, and the one spelling in which it is kept.

/// A charity number in its one spelling: six or seven digits, for a linked charity followed by a hyphen and its number
/// (`1012345-2`). `None` where the text is not one.
#[must_use]
pub fn charity_number(text: &str) -> Option<String> {
    let plain = without_blanks(text);
    let (number, linked) = match plain.split_once('-') {
        Some((number, linked)) => (number, Some(linked)),
        None => (plain.as_str(), None),
    };
    let is_number = matches!(number.len(), 6 | 7) && are_digits(number);
    let is_linked = linked.is_none_or(|linked| (1..=4).contains(&linked.len()) && are_digits(linked));
    (is_number && is_linked).then_some(plain)
}

/// A company number in its one spelling: eight digits, or two capitals and six digits. `None` where the text is not one.
#[must_use]
pub fn company_number(text: &str) -> Option<String> {
    let plain = without_blanks(text).to_ascii_uppercase();
    let (start, digits) = plain.split_at_checked(2)?;
    let starts_well = are_digits(start) || start.chars().all(|c| c.is_ascii_uppercase());
    (plain.len() == 8 && starts_well && are_digits(digits)).then_some(plain)
}

/// A postcode in its one spelling: capitals, with one blank before the last three characters (`B1 1AA`). `None` where the text is
/// not one.
#[must_use]
pub fn postcode(text: &str) -> Option<String> {
    let plain = without_blanks(text).to_ascii_uppercase();
    let (outward, inward) = plain.split_at_checked(plain.len().checked_sub(3)?)?;
    let fits = (is_outward(outward) && is_inward(inward)) || (outward, inward) == ("GIR", "0AA");
    fits.then(|| format!("{outward} {inward}"))
}

/// The postcode area: the letters with which a postcode begins (`WV` of `WV1 1AA`).
#[must_use]
pub fn postcode_area(postcode: &str) -> String {
    postcode.chars().take_while(char::is_ascii_uppercase).collect()
}

/// Whether the text has the form of an e-mail address: something, one `@`, a domain with a dot, no blanks.
#[must_use]
pub fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else { return false };
    let clean = !text.chars().any(|c| c.is_whitespace() || c.is_control());
    let labels: Vec<&str> = domain.split('.').collect();
    clean && !local.is_empty() && !domain.contains('@') && labels.len() >= 2 && labels.iter().all(|label| !label.is_empty())
}

fn without_blanks(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

fn are_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// `A9`, `A99`, `AA9`, `AA99`, `A9A`, `AA9A`.
fn is_outward(text: &str) -> bool {
    let shape: String = text
        .chars()
        .map(|c| match c {
            '0'..='9' => '9',
            'A'..='Z' => 'A',
            _ => '?',
        })
        .collect();
    ["A9", "A99", "AA9", "AA99", "A9A", "AA9A"].contains(&shape.as_str())
}

/// A digit and two letters; six letters are never used there, since they are easily misread.
fn is_inward(text: &str) -> bool {
    let mut chars = text.chars();
    chars.next().is_some_and(|c| c.is_ascii_digit()) && chars.all(|c| c.is_ascii_uppercase() && !"CIKMOV".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn charity_numbers_have_six_or_seven_digits() {
        assert_eq!(charity_number(" 1012 345 ").as_deref(), Some("1012345"));
        assert_eq!(charity_number("205846").as_deref(), Some("205846"));
        assert_eq!(charity_number("1012345-12").as_deref(), Some("1012345-12"));
        for wrong in ["", "12345", "12345678", "1012345-", "-1", "10123A5", "1012345-1-2", "1012345-12345", "１０１２３４"] {
            assert_eq!(charity_number(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn company_numbers_have_eight_characters() {
        assert_eq!(company_number("01234567").as_deref(), Some("01234567"));
        assert_eq!(company_number("sc 123456").as_deref(), Some("SC123456"));
        for wrong in ["", "1234567", "A1234567", "S1234567", "SC12345", "SC12345X", "123456789", "ÄB123456", "ab"] {
            assert_eq!(company_number(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn postcodes_are_spelt_in_one_way() {
        assert_eq!(postcode("b11aa").as_deref(), Some("B1 1AA"));
        assert_eq!(postcode("WV10 0PX").as_deref(), Some("WV10 0PX"));
        assert_eq!(postcode(" ec1a  1bb ").as_deref(), Some("EC1A 1BB"));
        assert_eq!(postcode("gir 0aa").as_deref(), Some("GIR 0AA"));
        for wrong in ["", "B1", "1AA", "B1 1A", "BBB1 1AA", "B1 AAA", "B1 1AC", "B123 1AA", "B1 1ÄA", "99 9AA"] {
            assert_eq!(postcode(wrong), None, "{wrong}");
        }
        assert_eq!(postcode_area("WV10 0PX"), "WV");
    }

    #[test]
    fn an_email_address_has_one_at_and_a_domain() {
        assert!(is_email("office@provider.example"));
        for wrong in ["office", "@provider.example", "a@b", "a@b@c.example", "a b@c.example", "a@.example", "a@c.", "a@"] {
            assert!(!is_email(wrong), "{wrong}");
        }
    }
}
