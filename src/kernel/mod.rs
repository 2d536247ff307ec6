//! The words everybody shares: money, ids, periods, the clock, pages, and what a refusal is. No input or output.

#[macro_use]
pub mod words;

pub mod actor;
pub mod adding;
pub mod clock;
pub mod digits;
pub mod event;
pub mod fault;
pub mod figure;
pub mod id;
pub mod named;
pub mod page;
pub mod pence;
pub mod period;
pub mod period_label;
pub mod plain;
pub mod provenance;
pub mod quantity;
pub mod refusal;
pub mod refused;
pub mod source_kind;
pub mod table;
pub mod working_day;

pub use actor::{Actor, ActorKind};
pub use clock::{Clock, Moment};
pub use event::Event;
pub use fault::{Fault, Faults};
pub use figure::{FigureNote, FigureStatus, Precision};
pub use id::Id;
pub use named::Named;
pub use page::{Cursor, Page, PageRequest};
pub use pence::{Pence, PositivePence};
pub use period::{FinancialYear, Quarter};
pub use period_label::PeriodLabel;
pub use provenance::{Provenance, TextList};
pub use quantity::Quantity;
pub use refusal::{Code, Refusal, StoreFault};
pub use refused::{AwardRefused, RefusalReason, all_or_nothing};
pub use source_kind::SourceKind;
