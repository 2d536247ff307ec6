//! Which returns came, and how late: one row for each return that an award owes in a quarter (R71).
//!
//! A return belongs to the quarter in which its period ends. It came on the day on which it was first sent; a question of the office and the
//! answer to it make it no later. What was opened again is not here until it is sent again, and an import that was taken back never was. A day that is not evidenced is neither in time nor late: it is counted apart.

pub mod routes;
pub mod stood;
pub mod store;
