//! What the log says of a moment: the act that a row of changes is told by.

use serde::Serialize;
use utoipa::ToSchema;

use crate::http::table::Cell;
use crate::kernel::{Id, Moment};
use crate::reports::changes::store::EventRow;

/// The act by which something changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct LoggedAct {
    /// When the act was recorded; by when, where `act` is null.
    recorded_at: Moment,
    /// The act; null where the log has none at that moment, so that the change is not explained.
    #[schema(max_length = 400)]
    act: Option<String>,
    /// Who did it; null for whoever may not read the log (`audit.read`).
    #[schema(max_length = 1000)]
    actor: Option<String>,
    /// Why, where that was said; null for whoever may not read the log.
    #[schema(max_length = 4000)]
    reason: Option<String>,
    /// What kind of record the log names first.
    #[schema(max_length = 100)]
    record_kind: Option<String>,
    /// That record.
    record_id: Option<Id>,
}

impl LoggedAct {
    /// What it is called in a table.
    pub const COLUMNS: &'static [&'static str] = &["recorded_at", "act", "actor", "reason", "record_kind", "record_id"];

    /// From the events of a moment, each act once. Who acts and what they write of it is the log's, which fewer people read than reports.
    pub fn of(recorded_at: Moment, events: Option<&Vec<EventRow>>, with_people: bool) -> Self {
        let events = events.map(Vec::as_slice).unwrap_or_default();
        let of_log = if with_people { events } else { &[] };
        let record = events.iter().find(|event| event.record_id.is_some());
        Self {
            recorded_at,
            act: joined(events.iter().map(|event| event.act.as_str())),
            actor: joined(of_log.iter().map(|event| event.actor_name.as_str())),
            reason: joined(of_log.iter().filter_map(|event| event.reason.as_deref())),
            record_kind: record.and_then(|event| event.record_kind.clone()),
            record_id: record.and_then(|event| event.record_id),
        }
    }

    /// One cell for each column.
    pub fn cells(&self) -> impl Iterator<Item = Cell> {
        let words = [&self.act, &self.actor, &self.reason, &self.record_kind].map(|words| Cell::text(words.as_deref()));
        let record = self.record_id.map_or(Cell::Empty, |id| Cell::Plain(id.to_string()));
        std::iter::once(Cell::Moment(self.recorded_at)).chain(words).chain([record])
    }
}

/// Words each once, joined.
fn joined<'a>(words: impl Iterator<Item = &'a str>) -> Option<String> {
    let mut once: Vec<&str> = Vec::new();
    for word in words {
        if !once.contains(&word) {
            once.push(word);
        }
    }
    if once.is_empty() { None } else { Some(once.join("; ")) }
}
