//! What a user's facts and passwords must be.

use crate::kernel::{Code, Faults, Refusal};

/// The shortest password that is taken.
const PASSWORD_CHARS_MIN: usize = 12;
/// The longest password that is taken: hashing time grows with it.
const PASSWORD_CHARS_MAX: usize = 128;
/// How many different characters a password needs at the least.
const PASSWORD_VARIETY_MIN: usize = 5;

/// The address as it is kept and compared: without blanks around it, in lower case.
#[must_use]
pub fn canonical_email(email: &str) -> String {
    email.trim().to_lowercase()
}

/// Notes what is wrong with an address, a name and a list of areas, all of them canonical.
pub fn check_facts(email: &str, name: &str, areas: &[String], speaks_for_areas: bool, faults: &mut Faults) {
    let parts = email.split_once('@');
    let is_address = parts.is_some_and(|(local, domain)| !local.is_empty() && !domain.is_empty()) && !email.contains(char::is_whitespace);
    faults.require(is_address, "/email", "wrong_format", "This is not an e-mail address.");
    faults.require(!name.is_empty(), "/name", "too_short", "The name is blank.");
    let areas_expected = areas.is_empty() || speaks_for_areas;
    faults.require(areas_expected, "/areas", "not_allowed", "Only an endorser speaks for areas; leave them out.");
    for (at, area) in areas.iter().enumerate() {
        let pointer = format!("/areas/{at}");
        faults.require(!area.is_empty(), &pointer, "too_short", "The code of an area is blank.");
        faults.require(area.chars().count() <= 80, &pointer, "too_long", "The code of an area has at most 80 characters.");
        faults.require(!areas.iter().take(at).any(|other| other == area), &pointer, "repeated", "This area stands here twice.");
    }
}

/// Notes what is wrong with a new password. Length counts most; no mixture of signs is asked for.
pub fn check_password(password: &str, email: &str, faults: &mut Faults) {
    let chars = password.chars().count();
    let short = "A password has at least 12 characters. Several words make a good one.";
    faults.require(chars >= PASSWORD_CHARS_MIN, "/password", "too_short", short);
    faults.require(chars <= PASSWORD_CHARS_MAX, "/password", "too_long", "A password has at most 128 characters.");
    let mut different: Vec<char> = password.chars().collect();
    different.sort_unstable();
    different.dedup();
    let varied = different.len() >= PASSWORD_VARIETY_MIN;
    faults.require(varied || chars < PASSWORD_CHARS_MIN, "/password", "too_simple", "A password has at least 5 different characters.");
    let lower = password.to_lowercase();
    let local = email.split('@').next().unwrap_or_default();
    let is_own = lower == email || (local.len() >= 4 && lower.starts_with(local) && chars < local.chars().count() + 8);
    faults.require(!is_own, "/password", "too_simple", "This is too close to the e-mail address.");
}

/// Refuses to leave the office without anyone who can let people in. `is_sole` where no other administrator may sign in.
///
/// # Errors
/// [`Code::RuleBroken`].
pub fn keep_an_administrator(was_administrator: bool, stays_administrator: bool, is_sole: bool) -> Result<(), Refusal> {
    if was_administrator && !stays_administrator && is_sole {
        let detail = "This is the last active administrator. Make or activate another one first.";
        return Err(Refusal::rule(Code::RuleBroken, detail));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn password_faults(password: &str) -> Vec<String> {
        let mut faults = Faults::new();
        check_password(password, "commissioner@opcc.example", &mut faults);
        faults.0.into_iter().map(|fault| fault.code).collect()
    }

    #[test]
    fn addresses_are_compared_in_lower_case() {
        assert_eq!(canonical_email("  Officer@OPCC.example "), "officer@opcc.example");
    }

    #[test]
    fn every_fault_of_the_facts_is_noted() {
        let mut faults = Faults::new();
        check_facts("no address", "", &["a".to_owned(), "a".to_owned(), String::new()], false, &mut faults);
        let found: Vec<String> = faults.0.iter().map(|fault| format!("{} {}", fault.pointer, fault.code)).collect();
        assert_eq!(found, ["/email wrong_format", "/name too_short", "/areas not_allowed", "/areas/1 repeated", "/areas/2 too_short"]);
    }

    #[test]
    fn an_endorser_may_speak_for_areas() {
        let mut faults = Faults::new();
        check_facts("officer@force.example", "Local Officer", &["npu-birmingham-east".to_owned()], true, &mut faults);
        assert_eq!(faults.0, []);
    }

    #[test]
    fn passwords_are_long_varied_and_not_the_address() {
        assert_eq!(password_faults("four blind mice ran"), [""; 0]);
        assert_eq!(password_faults("short"), ["too_short"]);
        assert_eq!(password_faults("aaaaaaaaaaaa"), ["too_simple"]);
        assert_eq!(password_faults("Commissioner@opcc.example"), ["too_simple"]);
        assert_eq!(password_faults("commissioner1"), ["too_simple"]);
        assert_eq!(password_faults(&"x y z w v ".repeat(20)), ["too_long"]);
    }

    #[test]
    fn the_last_administrator_stays() {
        assert!(keep_an_administrator(true, false, true).is_err());
        assert!(keep_an_administrator(true, false, false).is_ok());
        assert!(keep_an_administrator(true, true, true).is_ok());
        assert!(keep_an_administrator(false, false, true).is_ok());
    }
}
