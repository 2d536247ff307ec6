//! What a question about expenditure is narrowed to and grouped by, and the names it shows.

use std::collections::{HashMap, HashSet};

use crate::kernel::{Faults, Id, Refusal};
use crate::reports::asked::At;
use crate::reports::book::values::Values;
use crate::reports::book::{Dimension, Filter};
use crate::reports::expenditure::routes::ExpenditureQuestion;
use crate::reports::expenditure::rows::ExpenditureGrouping;
use crate::reports::names::{self, Names, Period};
use crate::reports::printed::PrintedFigure;
use crate::returns::rules::SpendCategory;
use crate::store::Conn;

/// What a question is narrowed to, and the names it shows.
pub struct Asked {
    /// Records of the dimensions that are narrowed.
    records: Vec<(Dimension, HashSet<Id>)>,
    /// Words of the dimensions that are narrowed.
    words: Vec<(Dimension, Vec<String>)>,
    categories: Vec<SpendCategory>,
    years: Vec<String>,
    /// What rows are told apart by, where that was asked.
    pub group_by: Vec<ExpenditureGrouping>,
    /// Funds by id.
    pub funds: Names,
    /// Programmes by id.
    pub programmes: Names,
    /// Fund periods by id.
    pub periods: HashMap<Id, Period>,
}

/// What printed figures belong to.
const OF_FIGURES: [Dimension; 2] = [Dimension::Fund, Dimension::Programme];

impl Asked {
    /// From a question.
    ///
    /// # Errors
    /// A fault for each record that there is not; [`Refusal::Store`] where the database fails.
    pub fn new(conn: &mut Conn, at: At, question: &ExpenditureQuestion) -> Result<Self, Refusal> {
        let mut faults = Faults::new();
        let mut records = Vec::new();
        for (dimension, words) in question.records().into_iter().filter(|(_, words)| !words.is_empty()) {
            records.push((dimension, names::resolve(conn, dimension, dimension.word(), words, &mut faults)?));
        }
        faults.into_result()?;
        Ok(Self {
            records,
            words: question.words().into_iter().filter(|(_, words)| !words.is_empty()).map(|(of, words)| (of, words.to_vec())).collect(),
            categories: question.categories().to_vec(),
            years: question.years(),
            group_by: question.group_by(),
            funds: names::store::funds(conn, at.known_at)?,
            programmes: names::store::programmes(conn, at.known_at)?,
            periods: names::store::periods(conn, at.known_at)?,
        })
    }

    /// What rows of returns are told apart by.
    #[must_use]
    pub fn by(&self) -> Vec<ExpenditureGrouping> {
        if self.group_by.is_empty() { ExpenditureGrouping::USUAL.to_vec() } else { self.group_by.clone() }
    }

    /// Whether the question has to know a dimension of awards.
    #[must_use]
    pub fn needs(&self, dimension: Dimension) -> bool {
        self.records.iter().any(|(one, _)| *one == dimension) || self.group_by.iter().any(|one| one.dimension() == Some(dimension))
    }

    /// Which awards are asked for.
    #[must_use]
    pub fn filter(&self, values: &Values) -> Filter {
        let mut filter = Filter::default();
        self.records.iter().for_each(|(dimension, ids)| filter.narrow(*dimension, values.numbers_of(*dimension, ids)));
        self.words.iter().for_each(|(dimension, words)| filter.narrow(*dimension, values.numbers_of_words(*dimension, words)));
        filter
    }

    /// Whether money spent in a period on something is asked for.
    #[must_use]
    pub fn wants_entry(&self, period: &str, category: &str) -> bool {
        self.wants_period(Some(period)) && (self.categories.is_empty() || self.categories.iter().any(|one| one.word() == category))
    }

    /// Whether a printed figure is asked for: by its fund, its programme and its period. It belongs to nothing else.
    #[must_use]
    pub fn wants_figure(&self, figure: &PrintedFigure) -> bool {
        let holds = |(dimension, ids): &(Dimension, HashSet<Id>)| {
            let own = if *dimension == Dimension::Fund { figure.fund_id } else { figure.programme_id };
            OF_FIGURES.contains(dimension) && own.is_some_and(|id| ids.contains(&id))
        };
        self.words.is_empty() && self.categories.is_empty() && self.records.iter().all(holds) && self.wants_period(figure.period.as_deref())
    }

    fn wants_period(&self, period: Option<&str>) -> bool {
        self.years.is_empty() || period.is_some_and(|period| self.years.iter().any(|year| year == period))
    }
}
