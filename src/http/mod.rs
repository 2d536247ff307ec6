//! How a request becomes an act or a question, and an outcome becomes an answer.
//!
//! An operation is registered once, in a capability's `mount`: the types of its handler say the permission, the path, the query,
//! the body and the reply, and both the running route and the OpenAPI description come from them.

pub mod act;
mod actions;
pub mod api;
pub mod archive;
pub mod call;
pub mod describe;
pub mod docs;
pub mod etag;
pub mod example;
pub mod health;
pub mod idempotency;
pub mod input;
pub mod json;
pub mod kept;
pub mod known;
pub mod limit;
pub mod listed;
pub mod metrics;
pub mod pieces;
pub mod problem;
pub mod public;
pub mod query;
mod rehearse;
pub mod reply;
pub mod service;
pub mod shape;
pub mod table;

pub use actions::Action;
pub use api::Api;
pub use call::{Ask, Change, Create, MoneyChange, MoneyCreate, Once, Patching, Probe, Put, Remove};
pub use input::{CsvUpload, Form, Json, Merge, NoBody, SpreadsheetUpload, TableUpload, Upload, Word};
pub use kept::KeptFile;
pub use listed::Listed;
pub use public::{IfAny, PublicCsv, PublicFeed, PublicJson, PublicOrFeed, PublicTable};
pub use query::{Listing, NoFilter, NoQuery, Search};
pub use reply::{Attachment, Done, Html, Made, MadeOrTried, Markdown, One, Pdf, Plain, Spreadsheet, Text};
pub use service::Service;
