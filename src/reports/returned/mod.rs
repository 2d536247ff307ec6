//! What accepted returns say: spend and values. A return counts from the day its acceptance takes effect, and only then.

pub mod store;
