//! What a return says of the service itself, a cell each: how it is called on the sheet, and where it stands in the content.

use super::{Book, SERVICE_FROM};
use crate::awards::rules::DeliveryMode;
use crate::kernel::{Pence, Quantity};
use crate::returns::rules::ReturnContent;

/// What kind of thing belongs in a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldKind {
    /// A whole number.
    Whole,
    /// A number with up to three decimals.
    Number,
    /// Pounds and pence.
    Money,
    /// A text.
    Words,
    /// How people were reached, from a list.
    Mode,
}

/// What stands in a cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FieldValue {
    /// A whole number.
    Whole(i64),
    /// A number.
    Number(Quantity),
    /// An amount.
    Money(Pence),
    /// A text.
    Words(String),
    /// How people were reached.
    Mode(DeliveryMode),
}

/// A cell of the service.
#[derive(Debug)]
pub struct Field {
    /// Where it stands in the content.
    pub pointer: &'static str,
    /// What it is called on the sheet.
    pub label: &'static str,
    /// What belongs there.
    pub hint: &'static str,
    /// What kind of thing that is.
    pub kind: FieldKind,
    /// Reads it.
    pub get: fn(&ReturnContent) -> Option<FieldValue>,
    /// Writes it.
    pub set: fn(&mut ReturnContent, Option<FieldValue>),
}

/// Cells that belong together.
#[derive(Debug)]
pub struct Section {
    /// What they are about.
    pub title: &'static str,
    /// The cells.
    pub fields: &'static [Field],
    /// Whether the return asks for them. Where something is written, it is shown all the same.
    is_asked: fn(&Book) -> bool,
}

macro_rules! field {
    ($part:ident.$name:ident, $kind:ident, $label:literal, $hint:literal) => {
        Field {
            pointer: concat!("/", stringify!($part), "/", stringify!($name)),
            label: $label,
            hint: $hint,
            kind: FieldKind::$kind,
            get: |content| content.$part.as_ref()?.$name.to_owned().map(FieldValue::$kind),
            set: |content, value| {
                let part = content.$part.get_or_insert_default();
                part.$name = if let Some(FieldValue::$kind(value)) = value { Some(value) } else { None };
            },
        }
    };
}

const IN_WHOLE: fn(&Book) -> bool = |book| !book.is_short;

/// All sections, in their order.
const SECTIONS: &[Section] = &[
    Section {
        title: "People in the service",
        is_asked: IN_WHOLE,
        fields: &[
            field!(caseload.brought_forward, Whole, "Open on the first day", "What the return before carried forward."),
            field!(caseload.new, Whole, "New in the period", "People who began."),
            field!(caseload.closed, Whole, "Closed in the period", "People who ended."),
            field!(caseload.carried_forward, Whole, "Open on the last day", "Open on the first day and new, less closed."),
        ],
    },
    Section {
        title: "Staff",
        is_asked: IN_WHOLE,
        fields: &[
            field!(staffing.posts_filled, Number, "Posts filled", "In full-time equivalents: two half posts are 1."),
            field!(staffing.posts_vacant, Number, "Posts vacant", "In full-time equivalents."),
            field!(staffing.sickness_days, Number, "Days lost to sickness", "Self-isolation too."),
            field!(staffing.note, Words, "How it went", "Without names or other personal data."),
        ],
    },
    Section {
        title: "Waiting, on the last day",
        is_asked: IN_WHOLE,
        fields: &[
            field!(waiting_times.people_waiting, Whole, "People who wait", "Type 0 where nobody waits."),
            field!(waiting_times.longest_wait_days, Whole, "Longest wait in days", "How long the one has waited who waits longest."),
        ],
    },
    Section {
        title: "Capacity",
        is_asked: IN_WHOLE,
        fields: &[
            field!(capacity.unit, Words, "Counted in", "Places, hours, beds."),
            field!(capacity.contracted, Number, "Agreed", "What the agreement asks for."),
            field!(capacity.used, Number, "Used", ""),
            field!(capacity.spare, Number, "Spare", "What could still be taken on."),
        ],
    },
    Section {
        title: "How people were reached",
        is_asked: IN_WHOLE,
        fields: &[Field {
            pointer: "/delivery_mode",
            label: "Mostly",
            hint: "Choose from the list.",
            kind: FieldKind::Mode,
            get: |content| content.delivery_mode.map(FieldValue::Mode),
            set: |content, value| content.delivery_mode = if let Some(FieldValue::Mode(mode)) = value { Some(mode) } else { None },
        }],
    },
    Section {
        title: "Grants made to people",
        is_asked: |book| book.has_grants && !book.is_short,
        fields: &[
            field!(onward_grants.number, Whole, "How many", "Without names."),
            field!(onward_grants.amount_pence, Money, "Worth together, in pounds", "All of them added up."),
        ],
    },
];

/// What a way of reaching people is called on the sheet.
#[must_use]
pub const fn mode_label(mode: DeliveryMode) -> &'static str {
    match mode {
        DeliveryMode::InPerson => "face to face",
        DeliveryMode::Remote => "by telephone or online",
        DeliveryMode::Blended => "both",
    }
}

/// The field that is called so: as the sheet does, or by its place in the content (`caseload/new`).
#[must_use]
pub fn field(name: &str) -> Option<&'static Field> {
    let said = name.trim().to_lowercase();
    let is_it =
        |field: &&Field| field.pointer.trim_start_matches('/') == said.trim_start_matches('/') || field.label.to_lowercase() == said;
    SECTIONS.iter().flat_map(|section| section.fields).find(is_it)
}

/// Whether a key is that of a cell of the service, asked for or not.
#[must_use]
pub fn is_field(key: &str) -> bool {
    SECTIONS.iter().flat_map(|section| section.fields).any(|field| field.pointer == key)
}

impl Book {
    /// The sections that its return asks for, each with the row of its title; its fields follow, and a blank row.
    #[must_use]
    pub fn sections(&self) -> Vec<(u32, &'static Section)> {
        let mut row = SERVICE_FROM;
        let mut all = Vec::new();
        let is_written = |section: &&Section| section.fields.iter().any(|field| (field.get)(&self.content).is_some());
        for section in SECTIONS.iter().filter(|section| (section.is_asked)(self) || is_written(section)) {
            all.push((row, section));
            row = row.saturating_add(u32::try_from(section.fields.len()).unwrap_or_default()).saturating_add(2);
        }
        all
    }

    /// Whether it has a sheet about the service.
    #[must_use]
    pub fn has_service(&self) -> bool {
        !self.sections().is_empty()
    }

    /// The cells of the service, each with its row.
    #[must_use]
    pub fn fields(&self) -> Vec<(u32, &'static Field)> {
        self.sections().into_iter().flat_map(|(title, section)| (title + 1..).zip(section.fields)).collect()
    }
}
