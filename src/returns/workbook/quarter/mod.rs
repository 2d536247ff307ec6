//! One workbook for all returns of a provider whose period ends in a quarter: the sheets of each, numbered. It is taken as a whole or not at
//! all.

pub mod acts;
pub mod routes;
