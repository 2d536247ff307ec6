//! The data set of the annual report (R81): a financial year's funds, what was spent, and what was counted, the people helped among it. Counts
//! are those of the board's last quarter of the year, up to its end, so that the two never show what together would tell of few people.

pub mod routes;
mod rows;
