//! The harness: each case gets its own database, cloned from a migrated template, and the real service on a loopback port.

pub mod app;
pub mod client;
pub mod peers;
pub mod postgres;
pub mod program;
pub mod scene;
pub mod smtp;
pub mod told;

pub use app::{App, Backend};
pub use client::{Answer, Client};
pub use scene::Scene;

/// Whether the private PostgreSQL waits for the disk: cases lose nothing by a power cut.
const FSYNC: &str = "off";

/// Defines cases that run once on SQLite and once on PostgreSQL, in an office with nothing in it or, where `in example` stands before
/// them, in the example office. A macro, since only a macro can define tests.
macro_rules! on_both {
    (in example $($cases:tt)+) => { on_both! { @ with_example $($cases)+ } };
    (@ $start:ident $($(#[$meta:meta])* fn $name:ident($app:ident) $body:block)+) => { $(
        $(#[$meta])*
        mod $name {
            #[allow(unused_imports)]
            use super::*;

            fn case($app: &$crate::support::App) $body

            #[test]
            fn sqlite() {
                case(&$crate::support::App::$start($crate::support::Backend::Sqlite).unwrap());
            }

            #[test]
            fn postgres() {
                if let Some(app) = $crate::support::App::$start($crate::support::Backend::Postgres) {
                    case(&app);
                }
            }
        }
    )+ };
    ($($cases:tt)+) => { on_both! { @ start $($cases)+ } };
}
