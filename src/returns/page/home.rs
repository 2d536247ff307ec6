//! The list of returns: a provider's own, or for the office all of them with a search.

use std::collections::HashMap;

use chrono::NaiveDate;
use maud::{Markup, html};

use super::routes::ROOT;
use super::{quarter, words};
use crate::access::{Caller, Scope};
use crate::awards::acts as awards;
use crate::kernel::{Cursor, Id, PageRequest, Quarter, Refusal};
use crate::providers::acts as providers;
use crate::providers::rules::ProviderFilter;
use crate::returns::routes::{ReturnSummary, summaries};
use crate::returns::store::{self, Narrow};
use crate::store::Conn;

/// How many returns stand on a page.
const SHOWN: usize = 50;
/// Among how many awards and providers a search looks.
const FOUND_MAX: usize = 200;
/// The longest search.
const SEARCH_MAX: usize = 100;

/// What is asked of the list.
#[derive(Debug, Clone, Default)]
pub(super) struct Asked {
    pub(super) search: String,
    /// Whether those are listed too that wait for nobody of the provider.
    pub(super) is_all: bool,
    pub(super) cursor: String,
}

/// A line of the list.
pub(super) struct Line {
    one: ReturnSummary,
    /// Whose it is, for the office.
    provider: Option<String>,
}

/// The list.
pub(super) struct Home {
    lines: Vec<Line>,
    next: Option<Cursor>,
    /// The quarters with one workbook for several returns, and how many they are.
    quarters: Vec<(Quarter, usize)>,
    /// Whose returns these are; nobody's in particular for the office.
    provider: Option<String>,
}

impl Asked {
    pub(super) fn new(search: &str, show: &str, cursor: String) -> Self {
        Self { search: search.trim().chars().take(SEARCH_MAX).collect(), is_all: show == "all", cursor }
    }
}

/// The list as this caller sees it today.
pub(super) fn load(conn: &mut Conn, caller: &Caller, today: NaiveDate, asked: &Asked) -> Result<Home, Refusal> {
    let scope = caller.scope();
    let among = if asked.search.is_empty() { None } else { Some(found(conn, scope, today, &asked.search)?) };
    let narrow = Narrow { is_open: !asked.is_all, among, ..Narrow::default() };
    let scan = format!("page {} {}", asked.is_all, asked.search);
    let cursor = Some(asked.cursor.clone()).filter(|cursor| !cursor.is_empty()).map(Cursor);
    let page = store::page(conn, scope, &narrow, &PageRequest { limit: SHOWN, cursor, scan })?;
    let mut names: HashMap<Id, String> = HashMap::new();
    let wanted = page.items.iter().filter_map(|one| one.provider_id).chain(caller.provider_id);
    for id in wanted.collect::<std::collections::HashSet<Id>>() {
        names.insert(id, providers::get(conn, scope, id)?.facts.name);
    }
    let of: HashMap<Id, Id> = page.items.iter().filter_map(|one| Some((one.id, one.provider_id?))).collect();
    let named = |one: &ReturnSummary| of.get(&one.id).and_then(|id| names.get(id)).cloned();
    let is_office = scope == Scope::Office;
    let lines = summaries(conn, caller, today, &page.items)?;
    let lines = lines.into_iter().map(|one| Line { provider: named(&one).filter(|_| is_office), one });
    let quarters = quarter::offered(conn, scope, today)?;
    Ok(Home { lines: lines.collect(), quarters, next: page.next_cursor, provider: caller.provider_id.and_then(|id| names.remove(&id)) })
}

/// The awards and providers that these words find.
fn found(conn: &mut Conn, scope: Scope, today: NaiveDate, search: &str) -> Result<(Vec<Id>, Vec<Id>), Refusal> {
    let awards = awards::found(conn, scope, search, today, FOUND_MAX)?;
    let filter = ProviderFilter { search: Some(search.to_owned()), ..ProviderFilter::default() };
    let request = PageRequest { limit: FOUND_MAX, cursor: None, scan: String::new() };
    let providers = providers::list(conn, scope, &filter, &request)?;
    Ok((awards, providers.items.iter().map(|one| one.id).collect()))
}

/// The page.
pub(super) fn body(home: &Home, asked: &Asked) -> Markup {
    let is_office = home.provider.is_none();
    html! {
        h1 { @if let Some(name) = &home.provider { "Returns of " (name) } @else { "Returns of all providers" } }
        @if is_office {
            p { "You see the returns of every provider. Where a provider cannot write its return, open it here and upload the workbook for them; the return says that you did." }
        } @else {
            p { "A return says what you did with an award in a period. Open one to download its workbook, and to send the workbook back." }
        }
        @for (quarter, count) in &home.quarters {
            p.note {
                "You have " (count) " returns for " (quarter) " to write. "
                a href=(quarter::place(*quarter)) { "One workbook for all of " (quarter) }
            }
        }
        (narrowing(asked, is_office))
        @if home.lines.is_empty() { p { (nothing(asked)) } } @else { (table(home, is_office)) }
        @if let Some(next) = &home.next {
            form method="get" action=(ROOT) {
                input type="hidden" name="show" value=(if asked.is_all { "all" } else { "open" });
                input type="hidden" name="search" value=(asked.search);
                input type="hidden" name="after" value=(next.0);
                button.second { "Show later ones" }
            }
        }
    }
}

fn nothing(asked: &Asked) -> &'static str {
    match (asked.search.is_empty(), asked.is_all) {
        (false, true) => "No return of an award or provider with these words was found.",
        (false, false) => {
            "No return that waits for its provider was found with these words. Show all returns to look among the others too."
        }
        (true, true) => "There is no return yet. Returns appear by themselves when an award goes live.",
        (true, false) => "No return waits for you. Show all returns to see those that were sent.",
    }
}

fn narrowing(asked: &Asked, is_office: bool) -> Markup {
    html! {
        form.narrow method="get" action=(ROOT) {
            @if is_office {
                div.field {
                    label for="search" { "Search by award or provider" }
                    input #search name="search" type="search" maxlength=(SEARCH_MAX) value=(asked.search);
                }
            }
            fieldset {
                legend { "Which returns" }
                div.choice {
                    input #open type="radio" name="show" value="open" checked[!asked.is_all];
                    label for="open" { @if is_office { "Those that wait for their provider" } @else { "Those that wait for us" } }
                }
                div.choice {
                    input #all type="radio" name="show" value="all" checked[asked.is_all];
                    label for="all" { "All of them" }
                }
            }
            button.second { "Show" }
        }
    }
}

fn table(home: &Home, is_office: bool) -> Markup {
    // The roles are said besides, since a narrow screen lays the table out as blocks.
    html! {
        table role="table" {
            caption { "Returns by the day on which they are due" }
            thead role="rowgroup" {
                tr role="row" {
                    th role="columnheader" scope="col" { "Award and period" }
                    @if is_office { th role="columnheader" scope="col" { "Provider" } }
                    th role="columnheader" scope="col" { "Due" }
                    th role="columnheader" scope="col" { "How far it is" }
                }
            }
            tbody role="rowgroup" {
                @for Line { one, provider } in &home.lines {
                    tr role="row" {
                        th role="rowheader" scope="row" {
                            a href={ (ROOT) "/" (one.id) } { (one.award.code) ", " (one.period) }
                            span.quiet { (one.award.name) }
                        }
                        @if is_office { td role="cell" data-label="Provider" { (provider.as_deref().unwrap_or("not named")) } }
                        td role="cell" data-label="Due" { (words::day(one.due_on)) }
                        td role="cell" data-label="How far it is" { span.tag.late[one.is_overdue] { (words::state(one)) } }
                    }
                }
            }
        }
    }
}
