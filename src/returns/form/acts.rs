//! Putting a form together.

use chrono::NaiveDate;

use crate::access::Scope;
use crate::awards::indicators::rules::Indicator;
use crate::kernel::adding::Amount;
use crate::kernel::{FinancialYear, Id, Pence, Refusal};
use crate::returns::adjustments::acts as adjustments;
use crate::returns::adjustments::rules::Figures;
use crate::returns::form::rules::{self, Told};
use crate::returns::rules::NarrativeSection;
use crate::returns::store::{self, Return};
use crate::returns::workbook::acts::book_of;
use crate::returns::workbook::rules::{Book, BookMoney};
use crate::returns::{acts, owed};
use crate::store::Conn;

/// What a return asks for, with what is written in it and in those before it since its financial year began.
pub struct Form {
    /// The return.
    pub one: Return,
    /// Its award's title, provider and rows, and what is written.
    pub book: Book,
    /// The award's indicators.
    pub indicators: Vec<Indicator>,
    /// Whether it is a short one.
    pub is_short: bool,
    /// The sections of its narrative, those too that only a whole form has.
    pub sections: Vec<NarrativeSection>,
    /// What is planned to be spent in its days, where the award has a profile.
    pub planned: Option<Pence>,
    /// What the award is worth.
    pub value: Option<Pence>,
    /// The figures since the year began, in the order of time, its own the last; adjustments are in them. None where the return itself began
    /// before that.
    pub year: Option<Vec<Figures>>,
    /// The figures of the last return before the year, where there is one.
    pub before: Option<Figures>,
}

/// The form of a return.
///
/// # Errors
/// [`Refusal::NotFound`] where there is no such return for this caller.
pub fn form(conn: &mut Conn, scope: Scope, id: Id) -> Result<Form, Refusal> {
    let one = acts::find(conn, scope, id)?;
    let book = book_of(conn, &one)?;
    let of_award = owed::of_award(conn, one.award_id)?;
    let (year, before) = year(conn, &one)?;
    Ok(Form {
        is_short: of_award.is_short,
        sections: of_award.sections(&one.planned).0,
        planned: of_award.planned_spend(&one.planned),
        value: of_award.award.terms.amount_pence,
        indicators: of_award.indicators,
        one,
        book,
        year,
        before,
    })
}

/// Notes in the book of a return what its form shows beside what is to be filled in: what is planned, and what was reported since its financial year
/// began, with what the return itself says.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn tell(conn: &mut Conn, one: &Return, book: &mut Book) -> Result<(), Refusal> {
    let of_award = owed::of_award(conn, one.award_id)?;
    let (year, before) = year(conn, one)?;
    book.money = BookMoney {
        planned: of_award.planned_spend(&one.planned),
        since_april: year.as_ref().and_then(|year| rules::spent(year.iter())),
        value: of_award.award.terms.amount_pence,
    };
    let Some(year) = year else { return Ok(()) };
    let told = Told { year: &year, before: before.as_ref() };
    for row in &mut book.rows {
        let Some(of) = of_award.indicators.iter().find(|of| of.id == row.indicator_id) else { continue };
        let amount = rules::since_april(&told, (of.id, &of.facts), (row.area_id, row.group.as_deref())).amount;
        row.since_april = amount.and_then(Amount::shown);
    }
    Ok(())
}

type Year = (Option<Vec<Figures>>, Option<Figures>);

/// What this return and those before it that were sent come to, of those that lie in the financial year in which it ends, and what the last one before
/// that year does.
fn year(conn: &mut Conn, one: &Return) -> Result<Year, Refusal> {
    let begins_on = FinancialYear::of(one.planned.ends_on).map(FinancialYear::first_day);
    let Some(begins_on) = begins_on.filter(|day| *day <= one.planned.starts_on) else { return Ok((None, None)) };
    let is_in_year = |day: NaiveDate| day >= begins_on && day < one.planned.starts_on;
    let all = store::of_award(conn, one.award_id)?;
    let before = all.iter().rev().find(|other| other.state.is_sent() && other.planned.starts_on < begins_on);
    let before = before.map(|other| adjustments::figures(conn, other)).transpose()?;
    let is_own = |other: &&Return| other.id == one.id || (other.state.is_sent() && is_in_year(other.planned.starts_on));
    let year = all.iter().filter(is_own).map(|other| adjustments::figures(conn, other)).collect::<Result<_, _>>()?;
    Ok((Some(year), before))
}
