//! Corrections of accepted returns. An accepted return stays as it is; what was wrong in it is put right by differences with a reason, which
//! count in a later return of the award, or in the quarter of the day where there is none. Reports show both.

pub mod acts;
pub mod routes;
pub mod rules;
mod store;
