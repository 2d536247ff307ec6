//! The page to sign in on, and what becomes of who does.

use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::http::header::{self, HeaderValue};
use actix_web::web::Payload;
use maud::{Markup, html};

use super::routes::{ROOT, SIGN_IN};
use super::shell::{self, Page};
use super::{form as sent, session};
use crate::access::sessions::sign_in;
use crate::http::{Service, problem};
use crate::kernel::Refusal;

/// What the page is called.
pub(super) const TITLE: &str = "Sign in";
/// The longest address and password.
const EMAIL_MAX: usize = 254;
const PASSWORD_MAX: usize = 1_000;

/// Signs somebody in, as `POST /v1/session` does. Whether there is such an address is not said.
pub(super) async fn enter(service: Arc<Service>, payload: Payload, request_id: String) -> Result<HttpResponse, Refusal> {
    let fields = sent::fields(payload).await?;
    let (email, password, to) = (fields.get("email").trim(), fields.get("password").to_owned(), onward(fields.get("to")));
    let is_possible = email.len() <= EMAIL_MAX && password.len() <= PASSWORD_MAX;
    let outcome = match is_possible {
        true => sign_in::sign_in(&service.access, &service.db, email, password, request_id).await,
        false => Err(Refusal::BadCredentials("The e-mail address or the password is wrong.")),
    };
    match outcome {
        Ok(tokens) => {
            let mut answer = shell::to(to);
            answer.headers_mut().insert(header::SET_COOKIE, session::begun(&service, tokens)?);
            Ok(answer)
        }
        Err(refusal @ (Refusal::BadCredentials(_) | Refusal::TooMany(_))) => Ok(again(&refusal, to, email)),
        Err(other) => Err(other),
    }
}

/// The form once more, with why it was not enough.
fn again(refusal: &Refusal, to: &str, email: &str) -> HttpResponse {
    let told = problem::told(refusal);
    let words = format!("{} {}", told.detail, shell::advice(refusal).unwrap_or_default());
    let mut answer =
        Page { title: TITLE, is_fault: true, caller: None, body: form(to, email, Some(words.trim()), None) }.answer(told.status);
    let more = match refusal {
        Refusal::TooMany(seconds) => (header::RETRY_AFTER, HeaderValue::from(*seconds)),
        _ => (header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"almoner\"")),
    };
    answer.headers_mut().insert(more.0, more.1);
    answer
}

/// Where somebody goes on who has signed in: to a page of ours and nowhere else.
pub(super) fn onward(wanted: &str) -> &str {
    let is_plain = wanted.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '/' | '-'));
    let is_own = wanted == ROOT || wanted.strip_prefix(ROOT).is_some_and(|rest| rest.starts_with('/'));
    if is_own && is_plain && !wanted.contains("//") && wanted != SIGN_IN { wanted } else { ROOT }
}

/// The form, with what was wrong the last time.
pub(super) fn form(to: &str, email: &str, wrong: Option<&str>, done: Option<&str>) -> Markup {
    html! {
        @if let Some(words) = wrong { (shell::summary("You are not signed in", [("email", words)])) }
        (shell::told(done))
        h1 { (TITLE) }
        p { "Sign in with the e-mail address and the password that the office gave you. Your returns are on the next page." }
        form method="post" action=(SIGN_IN) {
            input type="hidden" name="to" value=(to);
            div.field {
                label for="email" { "E-mail address" }
                input #email name="email" type="email" autocomplete="username" required maxlength=(EMAIL_MAX) value=(email)
                    aria-invalid=[wrong.map(|_| "true")];
            }
            div.field {
                label for="password" { "Password" }
                input #password name="password" type="password" autocomplete="current-password" required maxlength=(PASSWORD_MAX);
            }
            button { (TITLE) }
        }
        p.quiet { "If you have lost your password, ask the office for a new one." }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_goes_on_to_a_page_of_ours_only() {
        assert_eq!(onward("/returns/0190f3a2-0000-7000-8000-000000000000"), "/returns/0190f3a2-0000-7000-8000-000000000000");
        for wrong in
            ["", "//evil.example", "/returns//evil.example", "https://evil.example/returns", "/returnsevil", "/v1/returns", SIGN_IN]
        {
            assert_eq!(onward(wrong), ROOT, "{wrong}");
        }
        assert_eq!(onward("/returns/\"><b>"), ROOT);
    }
}
