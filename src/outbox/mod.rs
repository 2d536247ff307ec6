//! E-mail: queued in the transaction of an act, delivered after it.
//!
//! A message is *queued*, then *sending* while a worker holds it, then *sent*; *failed* where the mail server refused it for good,
//! *dead* where every attempt was used up. A message goes out at least once: a worker that ends between sending and noting so
//! leaves it *sending*, and after a while another worker sends it again, under the same `Message-ID`, by which mail programs know
//! it. Without a mail server messages stay queued. Addresses never stand in the log.

pub mod acts;
pub mod delivery;
pub mod mail;
pub mod rules;
mod store;

pub use acts::{LetterView, Message, letters, queue, queue_all, redact};
pub use delivery::{Delivery, deliver};
pub use mail::{MailSettings, Mailer, Security};
pub use store::{QueueSize, queue_sizes};
