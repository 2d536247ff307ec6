//! Files that stand beside a return: receipts, photographs, registers. They are attached while the return is with the provider.

pub mod acts;
pub mod routes;
