//! What every page shares: its frame, its headers, and how a refusal looks.

use actix_web::HttpResponse;
use actix_web::http::{StatusCode, header};
use maud::{DOCTYPE, Markup, html};

use super::routes::{ROOT, SIGN_IN};
use super::words::quoted;
use crate::access::Caller;
use crate::http::SpreadsheetUpload;
use crate::http::input::Body;
use crate::http::problem::{self, Told};
use crate::kernel::{Fault, Refusal};

/// The one style sheet.
pub(super) const STYLE: &str = include_str!("style.css");
/// What a page may do in a browser: load its style sheet, and send forms to where it came from. No script runs.
pub(super) const MAY: &str = "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// A page to be framed.
pub(super) struct Page<'a> {
    pub(super) title: &'a str,
    /// Whether something on it is to be mended, which its title says first.
    pub(super) is_fault: bool,
    pub(super) caller: Option<&'a Caller>,
    pub(super) body: Markup,
}

impl Page<'_> {
    /// The page as an answer.
    pub(super) fn answer(self, status: StatusCode) -> HttpResponse {
        HttpResponse::build(status).content_type("text/html; charset=utf-8").body(self.framed().into_string())
    }

    fn framed(self) -> Markup {
        let Page { title, is_fault, caller, body } = self;
        html! {
            (DOCTYPE)
            html lang="en-GB" {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    title { @if is_fault { "Error: " } (title) " – Almoner" }
                    link rel="stylesheet" href={ (ROOT) "/style.css" };
                }
                body {
                    a.skip href="#main" { "Skip to the main part" }
                    header {
                        div.bar {
                            a.home href=(ROOT) { "Returns" }
                            @if let Some(caller) = caller {
                                div.who {
                                    span { "Signed in as " (caller.name) }
                                    form method="post" action={ (ROOT) "/sign-out" } { button.plain { "Sign out" } }
                                }
                            }
                        }
                    }
                    main #main tabindex="-1" { (body) }
                    footer { div.bar { p { "Please write no personal data in a return: no names, addresses or dates of birth." } } }
                }
            }
        }
    }
}

/// A box at the top that says what was done.
pub(super) fn told(words: Option<&str>) -> Markup {
    html! { @if let Some(words) = words { div.done role="status" { p { (words) } } } }
}

/// A box at the top with what has to be mended, each with a link to its place on the page.
pub(super) fn summary<'a>(title: &str, errors: impl IntoIterator<Item = (&'a str, &'a str)>) -> Markup {
    html! {
        div.errors role="alert" aria-labelledby="errors-title" {
            h2 #errors-title { (title) }
            ul { @for (target, words) in errors { li { a href={ "#" (target) } { (quoted(words)) } } } }
        }
    }
}

/// The page of a refusal, in the words of its problem document, with a way back.
pub(super) fn refused(refusal: &Refusal, caller: Option<&Caller>, back: &str) -> HttpResponse {
    let Told { status, title, detail, errors } = problem::told(refusal);
    let detail = plain(refusal).map_or(detail, str::to_owned);
    let body = html! {
        h1 { (title) }
        p { (quoted(&detail)) }
        @if !errors.is_empty() { ul { @for fault in &errors { li { (quoted(&fault_words(fault))) } } } }
        @if let Some(advice) = advice(refusal) { p { (advice) } }
        p { a href=(back) { "Go back" } }
    };
    let mut answer = Page { title, is_fault: true, caller, body }.answer(status);
    if let Refusal::TooMany(seconds) = refusal {
        answer.headers_mut().insert(header::RETRY_AFTER, header::HeaderValue::from(*seconds));
    }
    answer
}

/// What a refusal says to somebody at a page, where its own words are about requests and programs.
fn plain(refusal: &Refusal) -> Option<&'static str> {
    match refusal {
        Refusal::PreconditionRequired => Some(
            "Nothing was changed, since your browser did not say which state of the return you saw. Open the return again and do it from there.",
        ),
        Refusal::Stale => Some("Nothing was changed: somebody has changed this return since you opened it."),
        Refusal::TooLarge(_) => Some("The file is larger than what is taken here, so nothing was kept."),
        Refusal::UnsupportedMedia(_) => Some("A file of this kind is not taken here, so nothing was kept."),
        Refusal::Invalid(_) | Refusal::Misshapen(_) | Refusal::Unreadable(_) => Some("Nothing was done. This has to be mended first:"),
        Refusal::TooMany(_) => Some("There were too many requests in a short time."),
        Refusal::Store(_) => {
            Some("Something is wrong on our side, and nothing was half-done. Try again in a minute; if it stays so, tell the office.")
        }
        _ => None,
    }
}

/// What a person does about a refusal, where its own words speak to programs.
pub(super) fn advice(refusal: &Refusal) -> Option<String> {
    match refusal {
        Refusal::Stale => {
            Some("Go back and look at the return as it is now. Then do again what you were about to do, if it is still right.".to_owned())
        }
        Refusal::TooLarge(limit) if *limit > SpreadsheetUpload::LIMIT => {
            Some(format!("That is more than {} MB. Make the file smaller, or attach it in several parts.", limit / 1_048_576))
        }
        Refusal::TooLarge(limit) => Some(format!(
            "That is {} MB. Download the workbook of this return and fill in only its yellow cells; pictures and receipts do not belong in it.",
            limit / 1_048_576
        )),
        Refusal::TooMany(seconds) => {
            let minutes = seconds.div_ceil(60);
            Some(if minutes == 1 {
                "Wait a minute, then try again.".to_owned()
            } else {
                format!("Wait {minutes} minutes, then try again.")
            })
        }
        _ => None,
    }
}

fn fault_words(fault: &Fault) -> String {
    match (&fault.sheet, &fault.cell) {
        (Some(sheet), Some(cell)) => format!("Sheet {sheet}, cell {cell}: {}", fault.message),
        (Some(sheet), None) => format!("Sheet {sheet}: {}", fault.message),
        _ => fault.message.clone(),
    }
}

/// The page for a form that does not come from here.
pub(super) fn foreign() -> HttpResponse {
    let title = "This form was not taken";
    let body = html! {
        h1 { (title) }
        p { "Your browser says that it was sent from another website, so nothing was done." }
        p { a href=(ROOT) { "Open your list of returns" } " and do it from there." }
    };
    Page { title, is_fault: true, caller: None, body }.answer(StatusCode::FORBIDDEN)
}

/// The page for a form that came when its session was over.
pub(super) fn signed_out() -> HttpResponse {
    let title = "You have been signed out";
    let body = html! {
        h1 { (title) }
        p { "Nothing was done with what you sent. Sign in and send it once more." }
        p { a href=(SIGN_IN) { "Sign in" } }
    };
    Page { title, is_fault: true, caller: None, body }.answer(StatusCode::UNAUTHORIZED)
}

/// Sends the browser to another page of ours, by `GET`.
pub(super) fn to(place: &str) -> HttpResponse {
    HttpResponse::SeeOther().insert_header((header::LOCATION, place)).finish()
}
