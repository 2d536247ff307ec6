//! The SQL of awards.

mod children;
mod list;
mod lookup;
mod many;
mod names;
mod novate;
mod read;
mod rows;
mod successors;
mod write;

pub use children::quarters;
pub use list::{AwardFilter, count, page};
pub use lookup::{
    ForerunnerFacts, PeriodFacts, PolicyVersion, YearFacts, areas, budget_lines_of, earmark_period, forerunner, is_reference_taken,
    last_number, letters_go_to, parts, period, policy, programme_known, provider_known, referenced, service_line_provider, tranche, whole,
    year_facts,
};
pub use many::{bodies_on, find_all, terms_from};
pub use novate::{Former, NovableRow, TermsStep, body_on, former, novable, novable_lines, party_again, pass_on, standings_of, terms_of};
pub use read::{
    Award, AwardNames, TermsVersion, acceptances, all_terms, amounts, find, find_at, named, of_fund, overdue, standings, terms_at, versions,
};
pub use rows::{Standing, TermsFrame, TermsRow};
pub use successors::linked;
pub use write::{NewTerms, add_policy, add_split, add_terms, advance, begin};
