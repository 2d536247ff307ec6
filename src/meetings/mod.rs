//! Meetings with providers: the quarterly ones about how an award is doing, and the monthly ones that keep a service going (R72).
//!
//! A meeting is about an award, or about a provider as a whole. It is planned, then held or called off; that follows from its days and is
//! never stored. What is to be done after it are its actions: who does it, by when, and on which day it was done. Any change adds a
//! version of the whole meeting with its actions.
//!
//! A meeting is written down by the office and read by its provider too. So it holds no personal data: those who came are told by their
//! organisation or part. What was said stays with the meeting; the log has days and numbers, so that words can never be stuck in it.

pub mod acts;
pub mod routes;
pub mod rules;
mod store;

pub use store::{DueMeeting, Meeting, MeetingAction};
