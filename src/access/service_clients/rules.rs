//! What a service client's facts must be, and to what its token may be confined.

use std::str::FromStr;

use crate::kernel::{Fault, Faults, Refusal};

/// The client id in the tokens of people, which no program may take.
const RESERVED: &str = "almoner";

/// Notes what is wrong with a client id and a name.
pub fn check_facts(client_id: &str, name: &str, faults: &mut Faults) {
    let is_plain = client_id.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    let is_framed = !client_id.starts_with('-') && !client_id.ends_with('-');
    let message = "A client id has small letters, digits and hyphens, such as finance-warehouse.";
    faults.require((3..=60).contains(&client_id.len()) && is_plain && is_framed, "/client_id", "wrong_format", message);
    faults.require(client_id != RESERVED, "/client_id", "reserved", "This client id stands for people who sign in.");
    faults.require(!name.is_empty(), "/name", "too_short", "The name is blank.");
}

/// The words of a scope that a client asks for; none given: everything its roles allow.
///
/// # Errors
/// [`Refusal::Invalid`] with each word that is none.
pub fn scope<T: FromStr + PartialEq>(asked: Option<&str>) -> Result<Option<Vec<T>>, Refusal> {
    let Some(asked) = asked else { return Ok(None) };
    let (mut words, mut faults) = (Vec::new(), Vec::new());
    for word in asked.split_ascii_whitespace() {
        match word.parse::<T>() {
            Ok(known) if !words.contains(&known) => words.push(known),
            Ok(_) => {}
            Err(_) => {
                let shown: String = word.chars().take(80).collect();
                faults.push(Fault::new(
                    "/scope",
                    "not_a_choice",
                    format!("`{shown}` is no permission; see the description of this service."),
                ));
            }
        }
    }
    if words.is_empty() && faults.is_empty() {
        faults.push(Fault::new("/scope", "too_short", "The scope is blank; leave it out for all that the roles allow."));
    }
    if faults.is_empty() { Ok(Some(words)) } else { Err(Refusal::Invalid(faults)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(client_id: &str, name: &str) -> Vec<String> {
        let mut faults = Faults::new();
        check_facts(client_id, name, &mut faults);
        faults.0.into_iter().map(|fault| format!("{} {}", fault.pointer, fault.code)).collect()
    }

    #[test]
    fn client_ids_are_plain_words() {
        assert_eq!(faults("finance-warehouse", "Warehouse"), [""; 0]);
        assert_eq!(faults("Finance", ""), ["/client_id wrong_format", "/name too_short"]);
        for wrong in ["-ab", "ab-", "ab", "a b c", "été", ""] {
            assert_eq!(faults(wrong, "x"), ["/client_id wrong_format"], "{wrong}");
        }
        assert_eq!(faults("almoner", "x"), ["/client_id reserved"]);
    }

    #[test]
    fn a_scope_is_a_list_of_known_words() {
        assert_eq!(scope::<i32>(None), Ok(None));
        assert_eq!(scope::<i32>(Some("1 2  1")), Ok(Some(vec![1, 2])));
        let Err(Refusal::Invalid(faults)) = scope::<i32>(Some("1 x y")) else { panic!("not refused") };
        assert_eq!(faults.len(), 2);
        assert!(matches!(scope::<i32>(Some(" ")), Err(Refusal::Invalid(_))));
    }
}
