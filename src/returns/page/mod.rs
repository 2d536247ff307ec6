//! The page for providers at `/returns`: sign in, see what is due, download the workbook of a return, send it back, read what was found,
//! explain, attach files, read it as a paper, certify and submit. Plain HTML, made here on each request; no script runs in the browser, and none is allowed to.
//!
//! It is another way to the same acts: each form calls what the operation of the same name calls, with the same permission, the same log and
//! the same refusals. Nothing is decided here.
//!
//! Who has signed in is known by a cookie that holds the tokens of an ordinary session ([`session`]). Forms count only where the browser says
//! that they come from this page.

mod beside;
mod desk;
mod explanation;
mod form;
mod home;
mod one;
mod quarter;
pub mod routes;
mod session;
mod shell;
mod sign_in;
mod upload;
mod words;
