//! Each fund period with its budget, what is set aside, offered and committed, and how many awards, projects and organisations it has
//! (O03, O04, O06, O30, O31).

pub mod routes;
