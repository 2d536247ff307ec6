//! The page of one return: what is to be done, its workbook, what was found, the office's questions, and how it is sent.

use actix_web::HttpResponse;
use chrono::NaiveDate;
use maud::{Markup, html};

use super::beside::{self, Beside};
use super::desk::Visit;
use super::routes::ROOT;
use super::shell::{self, Page};
use super::words;
use crate::access::permissions::Permission;
use crate::access::{Caller, Scope};
use crate::http::problem;
use crate::kernel::{Fault, Id, Refusal};
use crate::providers::acts as providers;
use crate::returns::acts;
use crate::returns::owed;
use crate::returns::queries::routes::ReturnQueryView;
use crate::returns::routes::{ReturnView, view};
use crate::returns::rules::{self, NarrativeSection};
use crate::returns::workbook::acts as workbook;
use crate::returns::workbook::rules::{WorkbookFinding, asks_for_label};
use crate::store::Conn;

/// A return as the page shows it.
pub(super) struct Shown {
    pub(super) of: ReturnView,
    /// Its findings with their cells in the workbook as it is downloaded now.
    found: Vec<WorkbookFinding>,
    provider: String,
    /// What it counts, and for which days.
    counted: Vec<(String, &'static str)>,
    /// What it asks to be told, where the office named that.
    narrative: Vec<NarrativeSection>,
    is_over: bool,
    is_office: bool,
    /// Whether the caller is one who certifies.
    certifies: bool,
    /// What stands beside what is written.
    pub(super) beside: Beside,
}

/// A return as this caller sees it today.
pub(super) fn load(conn: &mut Conn, caller: &Caller, today: NaiveDate, id: Id) -> Result<Shown, Refusal> {
    let one = acts::find(conn, caller.scope(), id)?;
    let provider = one.provider_id.map(|id| providers::get(conn, caller.scope(), id)).transpose()?;
    let of = view(conn, caller, today, one.clone())?.body;
    let found = workbook::placed(conn, &one, &of.findings)?;
    let asked = owed::of_award(conn, one.award_id)?;
    let (sections, is_named) = asked.sections(&one.planned);
    let narrative = rules::on_form(&sections, asked.is_short).filter(|_| is_named).cloned().collect();
    let counted = asked.indicators.into_iter().map(|own| (own.facts.asks_for(), own.facts.name));
    Ok(Shown {
        beside: beside::load(conn, caller, &one, &of)?,
        narrative,
        found,
        counted: counted.map(|(asks_for, name)| (name, asks_for_label(asks_for))).collect(),
        provider: provider.map(|provider| provider.facts.name).unwrap_or_default(),
        is_over: rules::check_over(one.planned.ends_on, today).is_ok(),
        is_office: caller.scope() == Scope::Office,
        certifies: caller.may(Permission::ReturnsCertify),
        of,
    })
}

/// The return that a visit is about.
pub(super) async fn of(visit: &Visit) -> Result<Shown, Refusal> {
    let (id, today) = (visit.id()?, visit.service.db.clock().today());
    visit.read(move |conn, caller| load(conn, caller, today, id)).await
}

/// The answer to a form about a return: the return with what was done, by `GET`, or with what has to be mended in `field`.
pub(super) async fn after(visit: &Visit, outcome: Result<(), Refusal>, done: &str, field: &str) -> Result<HttpResponse, Refusal> {
    let refusal = match outcome {
        Ok(()) => return Ok(shell::to(&format!("{ROOT}/{}?done={done}", visit.id()?))),
        Err(refusal @ (Refusal::Invalid(_) | Refusal::Rule { .. })) => refusal,
        Err(other) => return Err(other),
    };
    let (shown, told) = (of(visit).await?, problem::told(&refusal));
    let words: Vec<String> =
        if told.errors.is_empty() { vec![told.detail] } else { told.errors.iter().map(|fault| shown.words(fault)).collect() };
    let wrong: Vec<(&str, &str)> = words.iter().map(|words| (field, words.as_str())).collect();
    let body = body(&shown, None, &wrong);
    Ok(Page { title: &shown.title(), is_fault: true, caller: Some(&visit.caller), body }.answer(told.status))
}

impl Shown {
    pub(super) fn title(&self) -> String {
        format!("{}, {}", self.of.summary.award.code, self.of.summary.period)
    }

    /// What a fault says in the words of the workbook, where it is one of the findings.
    fn words(&self, fault: &Fault) -> String {
        let is_it = |one: &&WorkbookFinding| one.is_error() && one.rule == fault.code && one.pointer == fault.pointer;
        let said = |one: &WorkbookFinding| format!("{}: {} {}", cell(one), one.message, one.mend);
        self.found.iter().find(is_it).map_or_else(|| fault.message.clone(), said).trim_end().to_owned()
    }

    pub(super) fn may(&self, action: &str) -> bool {
        self.of.summary.allowed_actions.iter().any(|one| one == action)
    }

    pub(super) fn place(&self, noun: &str) -> String {
        format!("{ROOT}/{}/{noun}", self.of.summary.id)
    }
}

/// The page, with what was done or what was wrong with the form that was sent.
pub(super) fn body(shown: &Shown, done: Option<&str>, wrong: &[(&str, &str)]) -> Markup {
    let one = &shown.of.summary;
    html! {
        @if !wrong.is_empty() { (shell::summary("There is a problem", wrong.iter().copied())) }
        (shell::told(done))
        p.back { a href=(ROOT) { "All returns" } }
        h1 { (one.award.name) span.quiet { (one.award.code) ", " (one.period) } }
        (facts(shown))
        (told(shown))
        (counted(shown))
        (beside::paper_link(shown))
        @for query in &shown.of.queries { (question(shown, query)) }
        @if shown.may("write") { (upload(shown, "1. Fill in the workbook")) } @else { (download(shown)) }
        @if one.version > 1 || !shown.found.is_empty() { (findings(shown)) }
        (beside::files(shown))
        (sending(shown))
    }
}

fn facts(shown: &Shown) -> Markup {
    let (of, one) = (&shown.of, &shown.of.summary);
    let by = |day: Option<NaiveDate>, who: &Option<String>| {
        day.map(|day| format!("{}{}", words::day(day), who.as_ref().map(|who| format!(", by {who}")).unwrap_or_default()))
    };
    let behalf = of.entered_on_behalf_by.as_ref().map(|who| format!("{who} of the office, for the provider"));
    let rows = [
        ("Provider", Some(shown.provider.clone())),
        ("Days", Some(words::days(one.starts_on, one.ends_on))),
        ("Due", Some(words::day(one.due_on) + &of.due_reason.as_ref().map(|why| format!(" ({why})")).unwrap_or_default())),
        ("To be sent again by", one.send_again_by.map(words::day)),
        ("How far it is", Some(words::state(one).to_owned())),
        ("Written by", of.written_by.clone()),
        ("Entered by", behalf),
        ("Certified", by(of.certified_on, &of.certified_by)),
        ("Sent", by(one.submitted_on, &of.submitted_by)),
        ("Accepted", one.accepted_on.map(words::day)),
    ];
    html! {
        dl.facts {
            @for (label, fact) in rows {
                @if let Some(fact) = fact.filter(|fact| !fact.is_empty()) { div { dt { (label) } dd { (fact) } } }
            }
        }
    }
}

/// What is to be told in words, under which heading.
fn told(shown: &Shown) -> Markup {
    html! {
        @if !shown.narrative.is_empty() {
            details {
                summary { "What this return asks you to tell" }
                dl {
                    @for section in &shown.narrative {
                        dt { (section.heading) @if section.is_required { " (needed)" } }
                        dd { (section.guidance.as_deref().unwrap_or("In your own words, without personal data.")) }
                    }
                }
            }
        }
    }
}

/// What is counted, each with the days that its number is for.
fn counted(shown: &Shown) -> Markup {
    html! {
        @if !shown.counted.is_empty() {
            details {
                summary { "What this return counts, and for which days" }
                ul { @for (name, days) in &shown.counted { li { (name) ": " (days) } } }
            }
        }
    }
}

fn question(shown: &Shown, query: &ReturnQueryView) -> Markup {
    let field = format!("answer-{}", query.id);
    html! {
        section.question {
            h2 { "The office asks" }
            blockquote { p { (query.question) } }
            p.quiet { "Asked by " (query.asked_by) " on " (words::day(query.asked_on)) }
            @if let Some(answer) = &query.answer {
                p { "The answer: " (answer) }
            } @else if query.allowed_actions.iter().any(|one| one == "answer") {
                form method="post" action=(shown.place(&format!("queries/{}/answer", query.id))) {
                    (version(shown))
                    div.field {
                        label for=(field) { "Your answer, without personal data" }
                        textarea id=(field) name="answer" rows="4" maxlength="5000" required {}
                    }
                    button.second { "Keep the answer" }
                }
                p.quiet { "Where your figures were wrong, mend the workbook too. Then have the return certified and submit it again." }
            }
        }
    }
}

pub(super) fn version(shown: &Shown) -> Markup {
    html! { input type="hidden" name="version" value=(shown.of.summary.version); }
}

fn download(shown: &Shown) -> Markup {
    html! {
        section {
            h2 { "The workbook" }
            p { a.button.second href=(shown.place("workbook")) download { "Download the workbook" } }
            p.quiet { "It shows what the return says now." }
        }
    }
}

fn upload(shown: &Shown, title: &str) -> Markup {
    html! {
        section {
            h2 { (title) }
            @if shown.is_office {
                p.note { "You do this for " (shown.provider) ". The return will say that it was entered on their behalf, by you. Their signatory still certifies it." }
            }
            p { a.button.second href=(shown.place("workbook")) download { "Download the workbook" } }
            p { "Open it in Excel or LibreOffice, type in the yellow cells, and save it as an Excel workbook (.xlsx). Then choose it here." }
            (file_form(&shown.place("workbook"), &version(shown)))
            p.quiet { "A file takes the place of what the return says now. You can upload as often as you like until the return is submitted." }
        }
    }
}

/// The form for a filled-in workbook.
pub(super) fn file_form(address: &str, hidden: &Markup) -> Markup {
    html! {
        form method="post" action=(address) enctype="multipart/form-data" {
            (hidden)
            div.field {
                label for="file" { "Your filled-in workbook (.xlsx, at most 5 MB)" }
                input #file name="file" type="file" accept=".xlsx,application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" required;
            }
            div.buttons {
                button.second name="what" value="check" { "Check it, keep nothing" }
                button name="what" value="keep" { "Upload it" }
            }
        }
    }
}

fn findings(shown: &Shown) -> Markup {
    let errors = shown.found.iter().filter(|one| one.is_error()).count();
    let is_open = shown.may("write");
    html! {
        section {
            h2 #findings { @if is_open { "2. Read what was found" } @else { "What was found" } }
            p { (count(errors, shown.found.len() - errors)) }
            (list(&shown.found, |at, one| if is_open && !one.is_error() { explain(shown, at, one) } else { html! {} }))
        }
    }
}

/// How much was found, in a sentence.
pub(super) fn count(errors: usize, warnings: usize) -> String {
    let of = |count: usize, what: &str| if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") };
    match (errors, warnings) {
        (0, 0) => "Nothing is wrong or doubtful.".to_owned(),
        (0, warnings) => format!("No error and {}. A warning does not stop you: mend it, or say why it is right.", of(warnings, "warning")),
        (errors, 0) => format!("{} to be mended before the return can be submitted.", of(errors, "error")),
        (errors, warnings) => {
            format!("{} to be mended before the return can be submitted, and {}.", of(errors, "error"), of(warnings, "warning"))
        }
    }
}

/// The findings, errors first, with what may be done about each.
pub(super) fn list(found: &[WorkbookFinding], more: impl Fn(usize, &WorkbookFinding) -> Markup) -> Markup {
    let mut sorted: Vec<&WorkbookFinding> = found.iter().collect();
    sorted.sort_by_key(|one| !one.is_error());
    html! {
        @if !sorted.is_empty() {
            ul.findings {
                @for (at, one) in sorted.into_iter().enumerate() {
                    li.error[one.is_error()] id={ "finding-" (at) } {
                        h3 {
                            span.tag.late[one.is_error()] { @if one.is_error() { "Error" } @else { "Warning" } }
                            (cell(one))
                        }
                        p { (words::quoted(&one.message)) }
                        @if !one.mend.is_empty() { p { strong { "What to do: " } (words::quoted(&one.mend)) } }
                        @if let Some(why) = &one.explanation { p { strong { "Your explanation: " } (why) } }
                        (more(at, one))
                    }
                }
            }
        }
    }
}

fn cell(one: &WorkbookFinding) -> String {
    match (&one.sheet, &one.cell) {
        (Some(sheet), Some(cell)) => format!("Sheet {sheet}, cell {cell}"),
        (Some(sheet), None) => format!("Sheet {sheet}"),
        _ => "The return as a whole".to_owned(),
    }
}

fn explain(shown: &Shown, at: usize, one: &WorkbookFinding) -> Markup {
    let field = format!("explanation-{at}");
    html! {
        details {
            summary { @if one.explanation.is_some() { "Change the explanation" } @else { "Explain this warning" } }
            form method="post" action=(shown.place("explanations")) {
                (version(shown))
                input type="hidden" name="rule" value=(one.rule);
                input type="hidden" name="pointer" value=(one.pointer);
                @for (name, said) in meant(one) { input type="hidden" name=(name) value=(said); }
                div.field {
                    label for=(field) { "Why it is right, without personal data" }
                    textarea id=(field) name="text" rows="3" maxlength="2000" required { (one.explanation.as_deref().unwrap_or_default()) }
                }
                button.second { "Keep the explanation" }
            }
        }
    }
}

/// What a form about a warning says of it beside its rule and pointer: what it is about, and how that stands.
fn meant(one: &WorkbookFinding) -> Vec<(&'static str, String)> {
    let about = one.about.clone().unwrap_or_default();
    let text = |id: Option<Id>| id.map(|id| id.to_string());
    let all = [
        ("indicator_id", text(about.indicator_id)),
        ("area_id", text(about.area_id)),
        ("group", about.group),
        ("query_id", text(about.query_id)),
        ("stood", one.stands.clone()),
    ];
    all.into_iter().filter_map(|(name, said)| Some((name, said?))).collect()
}

fn sending(shown: &Shown) -> Markup {
    let is_open = shown.may("write");
    html! {
        @if is_open || shown.may("certify") || shown.may("submit") {
            section {
                h2 { "3. Certify and submit" }
                p { (standing(shown)) }
                (beside::told(shown))
                @if shown.may("certify") {
                    p { "By certifying you confirm for " (shown.provider) " that what the return says is right and complete." }
                    (button(shown, "certification", "Certify the return"))
                }
                @if shown.may("submit") { (button(shown, "submission", "Submit the return to the office")) }
            }
        }
    }
}

fn button(shown: &Shown, noun: &str, words: &str) -> Markup {
    html! { form method="post" action=(shown.place(noun)) { (version(shown)) button { (words) } } }
}

/// What is missing until the return can be sent, or that nothing is.
fn standing(shown: &Shown) -> String {
    let of = &shown.of;
    if shown.may("submit") {
        return "It is certified. Submit it, and the office can accept it or ask you about it.".to_owned();
    }
    if !shown.is_over {
        return format!("Its period ends on {}. It can be certified and submitted from the day after.", words::day(of.summary.ends_on));
    }
    if shown.found.iter().any(WorkbookFinding::is_error) {
        return "Mend the errors first. Then a signatory certifies the return, and it can be submitted.".to_owned();
    }
    if shown.may("certify") {
        return "It has no errors. It is certified first and then submitted.".to_owned();
    }
    if of.certified_on.is_some() {
        return "It is certified. It can be submitted by its provider, after the return for the period before it.".to_owned();
    }
    if shown.certifies {
        return "You wrote in this return yourself, so another signatory of the provider certifies it.".to_owned();
    }
    "A signatory of the provider signs in here and certifies it. Then it can be submitted.".to_owned()
}

/// The page with what was found in a file of which nothing was kept.
pub(super) fn checked(shown: &Shown, found: &[WorkbookFinding], is_refused: bool) -> Markup {
    html! {
        p.back { a href={ (ROOT) "/" (shown.of.summary.id) } { "Back to the return" } }
        (outcome(&shown.title(), found, is_refused))
        (upload(shown, "Choose the file"))
    }
}

/// What was found in a file of which nothing was kept.
pub(super) fn outcome(of: &str, found: &[WorkbookFinding], is_refused: bool) -> Markup {
    let errors = found.iter().filter(|one| one.is_error()).count();
    let title = if is_refused { "Your file was not taken" } else { "What was found in your file" };
    html! {
        @if is_refused {
            div.errors role="alert" {
                h2 { "There is a problem" }
                p { "Nothing of the file was kept, and nothing has changed. Mend what is listed in your workbook, save it, and choose it again." }
                ul { @for (at, one) in found.iter().filter(|one| one.is_error()).enumerate() {
                    li { a href={ "#finding-" (at) } { (cell(one)) ": " (words::quoted(&one.message)) } }
                } }
            }
        }
        h1 { (title) span.quiet { (of) } }
        @if !is_refused { p.note { "This was a check: nothing was kept. When you are content, upload the file below." } }
        section {
            h2 { "What was found" }
            p { (count(errors, found.len() - errors)) }
            (list(found, |_, _| html! {}))
        }
    }
}
