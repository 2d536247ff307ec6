//! What stands beside what is written: the return as a paper, its files, and what whoever certifies looks at first.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use maud::{Markup, html};
use serde_json::Value;

use super::desk::Visit;
use super::one::{self, Shown, version};
use super::routes::Act;
use super::shell::Page;
use super::{form, words};
use crate::access::Caller;
use crate::access::permissions::Permission;
use crate::documents::sweep::take_away;
use crate::documents::{DocumentView, Template};
use crate::http::input::Body;
use crate::http::reply::Reply;
use crate::http::{Attachment, Pdf, Upload};
use crate::kernel::{Id, Pence, Refusal};
use crate::returns::evidence::acts as evidence;
use crate::returns::freeze::acts::{self as freeze, Context};
use crate::returns::paper::sheet;
use crate::returns::paper::words::{self as paper_words, plain};
use crate::returns::routes::ReturnView;
use crate::returns::rules::{ChangeKind, ContentChange, Reported, ReturnContent, ReturnState};
use crate::returns::store::Return;
use crate::store::Conn;

const ATTACH: Act = (Permission::DocumentsAttach, "returns_evidence_attach", "return.attach_evidence");
const REMOVE: Act = (Permission::DocumentsAttach, "returns_evidence_remove", "return.remove_evidence");
/// The longest text that is shown of a change.
const SHOWN_MAX: usize = 200;

/// What stands beside what is written in a return.
pub(super) struct Beside {
    files: Vec<DocumentView>,
    /// What is not as it was when it was sent the last time.
    changes: Vec<Change>,
    /// Whether the caller may attach files and take them off.
    may_attach: bool,
    is_accepted: bool,
}

/// A piece that is not what it was.
struct Change {
    what: String,
    before: String,
    after: String,
}

pub(super) fn load(conn: &mut Conn, caller: &Caller, one: &Return, of: &ReturnView) -> Result<Beside, Refusal> {
    let context = freeze::context(conn, one)?;
    let mut changes: Vec<Change> = of.changed_since_last_submission.iter().map(|own| change(own, &of.content, &context)).collect();
    changes.extend(of.evidence_changed_since_last_submission.iter().map(|own| {
        let said = if own.kind == ChangeKind::Removed { "taken off" } else { "attached" };
        Change { what: format!("File {}", own.file_name), before: String::new(), after: said.to_owned() }
    }));
    Ok(Beside {
        files: freeze::evidence(conn, one.id)?,
        changes,
        may_attach: caller.may(Permission::DocumentsAttach) && crate::returns::rules::write(one.state).is_ok(),
        is_accepted: one.state == ReturnState::Accepted,
    })
}

/// A change in people's words: which part of the return, and what it said and says.
fn change(own: &ContentChange, content: &ReturnContent, context: &Context) -> Change {
    let mut parts = own.pointer.split('/').skip(1);
    let (part, at) = (parts.next().unwrap_or_default(), parts.next().and_then(|at| at.parse::<usize>().ok()));
    let last = own.pointer.rsplit('/').next().unwrap_or_default();
    let now = if own.kind == ChangeKind::Removed { own.before.as_ref() } else { own.after.as_ref() };
    let told = now.and_then(|value| serde_json::from_value(value.clone()).ok());
    let value = told.or_else(|| content.values.get(at?).cloned()).filter(|_| part == "values");
    let place = value.map(|value| paper_words::place(context, value.indicator_id, value.area_id, value.group.as_deref()));
    let line = at.and_then(|at| content.spend.as_ref()?.get(at)).filter(|_| part == "spend" && own.kind != ChangeKind::Removed);
    let what = match (place, line) {
        (Some(place), _) => place,
        (None, Some(line)) => format!("Money spent: {}", paper_words::category(line.category)),
        _ => plain(part),
    };
    let is_part = last != part && last.parse::<usize>().is_err() && !matches!(last, "value" | "amount_pence");
    let what = if is_part { format!("{what}, {}", plain(last).to_lowercase()) } else { what };
    Change { what, before: shown(last, own.before.as_ref()), after: shown(last, own.after.as_ref()) }
}

/// A value of a content as people read it; what somebody wrote stands in quotation marks, since it may end with a full stop.
fn shown(field: &str, value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => "nothing".to_owned(),
        Some(Value::Number(number)) if field.ends_with("_pence") => Pence(number.as_i64().unwrap_or_default()).to_string(),
        Some(Value::String(word)) if matches!(field, "status" | "delivery_mode" | "category" | "quarter") => word.replace('_', " "),
        Some(Value::String(text)) if text.chars().count() > SHOWN_MAX => {
            format!("“{}…”", text.chars().take(SHOWN_MAX).collect::<String>())
        }
        Some(Value::String(text)) => format!("“{text}”"),
        Some(Value::Bool(true)) => "yes".to_owned(),
        Some(Value::Bool(false)) => "no".to_owned(),
        Some(Value::Object(fields)) => {
            let of =
                ["value", "amount_pence", "status", "text"].into_iter().find(|name| fields.get(*name).is_some_and(|one| !one.is_null()));
            of.map_or_else(|| "given".to_owned(), |name| shown(name, fields.get(name)))
        }
        Some(Value::Array(items)) if items.is_empty() => "none".to_owned(),
        Some(Value::Array(_)) => "given".to_owned(),
        Some(Value::Number(number)) => number.to_string(),
    }
}

/// The link to the return as a paper.
pub(super) fn paper_link(shown: &Shown) -> Markup {
    html! {
        @if shown.of.summary.version > 1 {
            p {
                a href=(shown.place("pdf")) { "Read the return as a paper (PDF)" }
                @if shown.beside.is_accepted { ", with what was corrected later" } @else { ": a draft, as it is now" }
            }
        }
    }
}

/// What is certified and sent, in short, and what is not as it was.
pub(super) fn told(shown: &Shown) -> Markup {
    let content = &shown.of.content;
    let spent = content.spend.as_ref().map(|lines| lines.iter().map(|line| line.amount_pence).sum::<Pence>());
    let of = |status: Reported| content.values.iter().filter(|value| value.status == status).count();
    let counts = format!(
        "{} given, {} not reported, {} not applicable",
        of(Reported::Reported),
        of(Reported::NotReported),
        of(Reported::NotApplicable)
    );
    html! {
        @if shown.of.summary.version > 1 {
            dl.facts {
                div { dt { "Money spent" } dd { (spent.map_or_else(|| "not said".to_owned(), |spent| spent.to_string())) } }
                div { dt { "Counts" } dd { (counts) } }
                div { dt { "Files" } dd { (shown.beside.files.len()) } }
            }
        }
        @if !shown.beside.changes.is_empty() {
            h3 #changes { "What is not as it was when it was sent the last time" }
            ul {
                @for one in &shown.beside.changes {
                    li { (one.what) ": " @if !one.before.is_empty() { (one.before) " before, now " } (one.after) }
                }
            }
        }
    }
}

/// The files of a return, and the form to attach one.
pub(super) fn files(shown: &Shown) -> Markup {
    let (beside, id) = (&shown.beside, shown.of.summary.id);
    html! {
        @if beside.may_attach || !beside.files.is_empty() {
            section {
                h2 { "Files beside the return" }
                @if beside.files.is_empty() { p { "There is none. Receipts, registers and pictures can be attached, where you have been asked for them." } }
                @else { ul { @for file in &beside.files { li { (shown_file(shown, id, file)) } } } }
                @if beside.may_attach { (attaching(shown)) }
            }
        }
    }
}

fn shown_file(shown: &Shown, id: Id, file: &DocumentView) -> Markup {
    let place = format!("{}/{id}/evidence/{}", super::routes::ROOT, file.id);
    html! {
        @if file.redacted_on.is_some() { (file.file_name) } @else { a href=(place) download { (file.file_name) } }
        span.quiet { " attached on " (words::day(file.recorded_at.london_day())) " by " (file.uploaded_by_name) }
        @if shown.beside.may_attach {
            form method="post" action={ (place) "/removal" } {
                (version(shown))
                button.second aria-label={ "Take it off: " (file.file_name) } { "Take it off" }
            }
        }
    }
}

fn attaching(shown: &Shown) -> Markup {
    html! {
        form method="post" action=(shown.place("evidence")) enctype="multipart/form-data" {
            (version(shown))
            div.field {
                label for="evidence" { "A file to attach: PDF, picture, Word, Excel, OpenDocument, CSV or text, at most 20 MB" }
                input #evidence name="file" type="file" required;
            }
            button.second { "Attach the file" }
        }
        p.quiet { "A file that is attached or taken off takes a certificate away. No file may name the people you help." }
    }
}

/// The return as a paper.
pub(super) async fn paper(visit: Visit) -> Result<HttpResponse, Refusal> {
    let id = visit.id()?;
    let sheet = visit.read(move |conn, caller| sheet::of(conn, caller.scope(), id)).await?;
    let bytes = visit.service.press.print(Template::Return, &sheet).await?;
    Ok(Pdf { version: sheet.version, file_name: format!("Return {}.pdf", sheet.foot), bytes }.respond(&visit.request))
}

/// A file of a return.
pub(super) async fn file(visit: Visit) -> Result<HttpResponse, Refusal> {
    let (id, document) = (visit.id()?, visit.part("document_id")?);
    visit.require(Permission::DocumentsRead, "documents_get_content").await?;
    let found = visit.read(move |conn, caller| evidence::file(conn, caller.scope(), document)).await?;
    if found.record_id != id {
        return Err(Refusal::NotFound("document"));
    }
    let bytes = visit.service.shelf.fetch(found.fetchable()?).await?;
    Ok(Attachment { media_type: found.media_type, file_name: found.file_name, bytes }.respond(&visit.request))
}

/// Attaches the file that the form sends.
pub(super) async fn attach(mut visit: Visit) -> Result<HttpResponse, Refusal> {
    let (id, scope) = (visit.id()?, visit.scope());
    visit.require(ATTACH.0, ATTACH.1).await?;
    let payload = visit.payload()?;
    let sent = form::sent(&visit.request, payload, Upload::LIMIT).await?;
    if sent.file.is_empty() {
        return wrong(&visit, "Choose a file, then press the button again.").await;
    }
    // Looked up before anything is written: whoever may not see the return fills no folder.
    visit.service.db.read(move |conn| evidence::open(conn, scope, id)).await?;
    let outcome = match visit.service.shelf.place(sent.file, sent.file_name, String::new()).await {
        Ok(placed) => visit.act(ATTACH, move |tx| evidence::attach(tx, scope, id, &placed)).await,
        Err(refusal) => Err(refusal),
    };
    one::after(&visit, outcome.map(drop), "attached", "evidence").await
}

async fn wrong(visit: &Visit, words: &str) -> Result<HttpResponse, Refusal> {
    let shown = one::of(visit).await?;
    let body = one::body(&shown, None, &[("evidence", words)]);
    Ok(Page { title: &shown.title(), is_fault: true, caller: Some(&visit.caller), body }.answer(StatusCode::UNPROCESSABLE_ENTITY))
}

/// Takes a file off.
pub(super) async fn remove(mut visit: Visit) -> Result<HttpResponse, Refusal> {
    let (id, document, scope) = (visit.id()?, visit.part("document_id")?, visit.scope());
    let version = form::fields(visit.payload()?).await?.version()?;
    let outcome = visit.act(REMOVE, move |tx| evidence::remove(tx, scope, (id, document), version)).await;
    if let Ok((_, sha256)) = &outcome {
        take_away(&visit.service.db, &visit.service.shelf, sha256.clone()).await?;
    }
    one::after(&visit, outcome.map(drop), "removed", "evidence").await
}
