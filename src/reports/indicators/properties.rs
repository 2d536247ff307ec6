//! What holds of every way of putting values together, whatever the values are.

use chrono::NaiveDate;
use proptest::prelude::*;

use crate::kernel::{FinancialYear, Id, Quantity, Quarter};
use crate::reports::indicators::counted::together;
use crate::reports::indicators::grown::counted_in;
use crate::reports::indicators::rules::{Adding, Adjusted, Amount, Beside, Lack, Point, Warning, combine, combine_years, folded};
use crate::reports::indicators::spans::Spans;
use crate::reports::indicators::store::IndicatorRow;
use crate::reports::returned::{Owed, Parts, Told};

const AREAS: usize = 4;
const QUARTERS: u32 = 4;

/// Values of one award by area and quarter; none where the provider did not report.
fn grids() -> impl Strategy<Value = Vec<Vec<Option<i32>>>> {
    let value = prop_oneof![1 => Just(None), 1 => Just(Some(0)), 4 => (0..10_000).prop_map(Some)];
    prop::collection::vec(prop::collection::vec(value, AREAS), 4)
}

fn days(quarter: u32) -> (Option<NaiveDate>, Option<NaiveDate>) {
    let day = |month| NaiveDate::from_ymd_opt(2020, month, 1);
    (day(quarter * 3 + 1), day(quarter * 3 + 3))
}

fn point(award: Id, area: Option<Id>, quarter: u32, value: Option<Amount>) -> Point {
    Point {
        award: Some(award),
        source: None,
        area,
        days: days(quarter),
        period: None,
        value,
        lack: Lack::NotReported,
        within: None,
        high: None,
        basis: None,
        status: None,
        qualifier: None,
        illustrative: false,
        adjusted: Adjusted::No,
        beside: Beside::default(),
    }
}

fn plain(number: i32) -> Amount {
    Amount::plain(Quantity::whole(number))
}

/// The points of a grid, and its areas.
fn points(award: Id, grid: &[Vec<Option<i32>>]) -> (Vec<Point>, Vec<Id>) {
    let areas: Vec<Id> = (0..AREAS).map(|_| Id::new()).collect();
    let of_quarter = |(quarter, row): (u32, &Vec<Option<i32>>)| {
        row.iter().zip(&areas).map(|(value, area)| point(award, Some(*area), quarter, value.map(plain))).collect::<Vec<_>>()
    };
    ((0..).zip(grid).flat_map(of_quarter).collect(), areas)
}

fn value(points: &[Point], over_areas: Adding, over_time: Adding) -> Option<Quantity> {
    combine(&points.iter().collect::<Vec<_>>(), over_areas, over_time).value
}

/// The sum of each quarter in which anything was reported.
fn sums(grid: &[Vec<Option<i32>>]) -> Vec<i64> {
    let sum = |row: &Vec<Option<i32>>| {
        let told: Vec<i64> = row.iter().flatten().map(|value| i64::from(*value)).collect();
        (!told.is_empty()).then(|| told.iter().sum())
    };
    grid.iter().filter_map(sum).collect()
}

fn whole(number: i64) -> Quantity {
    Quantity(number * 1_000)
}

proptest! {
    #[test]
    fn quarters_add_up_as_the_indicator_says(grid in grids()) {
        let (points, _) = points(Id::new(), &grid);
        let sums = sums(&grid);
        prop_assert_eq!(value(&points, Adding::Sum, Adding::Sum), (!sums.is_empty()).then(|| whole(sums.iter().sum())));
        prop_assert_eq!(value(&points, Adding::Sum, Adding::Latest), sums.last().copied().map(whole));
        prop_assert_eq!(value(&points, Adding::Sum, Adding::Maximum), sums.iter().max().copied().map(whole));
        let number = i64::try_from(sums.len()).unwrap();
        let mean = (number > 0).then(|| Quantity((sums.iter().sum::<i64>() * 2_000 + number).div_euclid(number * 2)));
        prop_assert_eq!(value(&points, Adding::Sum, Adding::Average), mean);
        let is_one = sums.len() <= 1;
        prop_assert_eq!(value(&points, Adding::Sum, Adding::None).is_some(), is_one && !sums.is_empty());
    }

    /// Told as years to date, quarters come to the same as told one by one; where the last of a year are silent, the year is what was told up to then.
    #[test]
    fn years_to_date_come_to_their_quarters(grid in prop::collection::vec((0_i32..10_000, prop::bool::weighted(0.8)), 8)) {
        let award = Id::new();
        let (mut points, mut expected) = (Vec::new(), 0);
        for (year, quarters) in (2020..).zip(grid.chunks(4)) {
            let (mut to_date, mut told) = (0, None);
            for (month, (number, is_told)) in [4_u32, 7, 10, 1].into_iter().zip(quarters) {
                to_date += number;
                told = if *is_told { Some(to_date) } else { told };
                let first = NaiveDate::from_ymd_opt(if month == 1 { year + 1 } else { year }, month, 1).unwrap();
                let last = first.checked_add_months(chrono::Months::new(3)).unwrap().pred_opt().unwrap();
                let value = is_told.then(|| plain(to_date));
                points.push(Point { days: (Some(first), Some(last)), ..point(award, None, 0, value) });
            }
            expected += told.unwrap_or_default();
        }
        points.rotate_left(3);
        let found = combine_years(&points.iter().collect::<Vec<_>>(), Adding::Sum, Adding::Sum);
        let told = grid.iter().filter(|(_, is_told)| *is_told).count();
        prop_assert_eq!(found.value.unwrap_or_default(), whole(i64::from(expected)));
        prop_assert_eq!((found.reported, found.missing), (i64::try_from(told).unwrap(), i64::try_from(8 - told).unwrap()));
    }

    /// Told as years to date or from the beginning: the quarters of a year and what is asked for together come to what was counted in them. Where the return
    /// before was silent, what a quarter grew is not known, and never wrong.
    #[test]
    fn what_holds_what_was_before_is_told_by_its_quarters(
        awards in prop::collection::vec(prop::collection::vec((0_i32..500, prop::bool::weighted(0.8)), 8), 1..4),
        is_of_year in any::<bool>(),
        asked in prop::collection::vec(any::<bool>(), 8),
    ) {
        let quarters: Vec<Quarter> = [2020, 2021].into_iter().flat_map(|year| FinancialYear::beginning(year).unwrap().quarters()).collect();
        let days = |quarter: &Quarter| (quarter.first_day(), quarter.last_day());
        let indicator = cumulative(if is_of_year { "year_to_date" } else { "from_beginning" });
        let ids: Vec<Id> = awards.iter().map(|_| Id::new()).collect();
        let owed = Owed::of(ids.iter().flat_map(|id| quarters.iter().map(|quarter| (*id, days(quarter)))), ids.iter().map(|id| (*id, quarters[0].first_day())));
        let mut points = Vec::new();
        for (id, grid) in ids.iter().zip(&awards) {
            let mut so_far = 0;
            for (at, (quarter, (number, is_told))) in quarters.iter().zip(grid).enumerate() {
                so_far = if is_of_year && at == 4 { *number } else { so_far + number };
                let own = days(quarter);
                points.push(Point { days: (Some(own.0), Some(own.1)), ..point(*id, None, 0, is_told.then(|| plain(so_far))) });
            }
        }
        let grown = |spans: &Spans| {
            let own = counted_in(&indicator, &points, &owed, |point| spans.within(point, &[]));
            together(&indicator, own.iter().collect(), &Parts::default()).1
        };
        for (at, quarter) in quarters.iter().enumerate() {
            let found = grown(&Spans::of([days(quarter)]));
            let begins = at == 0 || (is_of_year && at == 4);
            let told: Vec<i32> = awards.iter().filter(|grid| grid[at].1 && (begins || grid[at - 1].1)).map(|grid| grid[at].0).collect();
            let unknown = awards.iter().filter(|grid| grid[at].1).count() - told.len();
            prop_assert_eq!(found.value, (!told.is_empty()).then(|| whole(told.iter().map(|number| i64::from(*number)).sum())));
            prop_assert_eq!(found.warnings.contains(&Warning::GrowthNotKnown), unknown > 0);
        }
        // Where all is reported, what is asked for is the sum of its quarters, however they are put together.
        let all_told = awards.iter().flatten().all(|(_, is_told)| *is_told);
        if all_told && asked.contains(&true) {
            let spans = Spans::of(quarters.iter().zip(&asked).filter(|(_, is_asked)| **is_asked).map(|(quarter, _)| days(quarter)));
            let sum: i64 = awards.iter().flat_map(|grid| grid.iter().zip(&asked).filter(|(_, is_asked)| **is_asked).map(|((number, _), _)| i64::from(*number))).sum();
            prop_assert_eq!(grown(&spans).value, Some(whole(sum)));
        }
    }

    /// Each award and each area has its own latest value of a year, and a whole counts unless its areas say more since.
    #[test]
    fn each_place_has_its_latest_of_the_year(first in 0_i32..100, second in 0_i32..100, whole_of in 0_i32..1_000) {
        let [one, other] = [0; 2].map(|_| Id::new());
        let area = Some(Id::new());
        let points = [point(one, None, 1, Some(plain(first))), point(one, None, 2, Some(plain(second))), point(other, None, 1, Some(plain(whole_of)))];
        let come = |points: &[Point]| combine_years(&points.iter().collect::<Vec<_>>(), Adding::Sum, Adding::Sum).value;
        prop_assert_eq!(come(&points), Some(whole(i64::from(second + whole_of))));
        let later = [point(one, None, 1, Some(plain(whole_of))), point(one, area, 2, Some(plain(second)))];
        prop_assert_eq!(come(&later), Some(whole(i64::from(second))));
        let beside = [point(one, None, 2, Some(plain(whole_of))), point(one, area, 2, Some(plain(second)))];
        prop_assert_eq!(come(&beside), Some(whole(i64::from(whole_of))));
    }

    /// The order in which returns come makes no difference.
    #[test]
    fn the_order_of_values_is_no_matter(grid in grids(), turn in 0_usize..16) {
        let (mut points, _) = points(Id::new(), &grid);
        for (over_areas, over_time) in [(Adding::Sum, Adding::Sum), (Adding::Maximum, Adding::Latest), (Adding::Average, Adding::Maximum)] {
            let before = value(&points, over_areas, over_time);
            points.rotate_left(turn % (AREAS * 4));
            prop_assert_eq!(value(&points, over_areas, over_time), before);
        }
    }

    /// What was not reported is counted as missing and changes no value; nought is reported and adds nothing.
    #[test]
    fn not_reported_is_not_nought(grid in grids()) {
        let award = Id::new();
        let (points, _) = points(award, &grid);
        let all = combine(&points.iter().collect::<Vec<_>>(), Adding::Sum, Adding::Sum);
        let told = i64::try_from(grid.iter().flatten().flatten().count()).unwrap();
        let missing = i64::try_from(grid.iter().flatten().count()).unwrap() - told;
        prop_assert_eq!((all.reported, all.missing), (told, missing));
        prop_assert_eq!(all.value.is_none(), told == 0);
        prop_assert_eq!(all.warnings.contains(&Warning::Incomplete), missing > 0);
        let with = |more: Option<Amount>| {
            let mut points = points.clone();
            points.push(point(award, Some(Id::new()), 0, more));
            combine(&points.iter().collect::<Vec<_>>(), Adding::Sum, Adding::Sum)
        };
        let (silent, nought) = (with(None), with(Some(plain(0))));
        prop_assert_eq!((silent.value, silent.missing), (all.value, missing + 1));
        prop_assert_eq!((nought.value, nought.reported), (Some(all.value.unwrap_or_default()), told + 1));
    }

    /// All areas together are the sum of what each comes to; a whole beside them counts instead.
    #[test]
    fn areas_add_up_to_their_total(grid in grids(), whole_of in 0_i32..50_000) {
        let award = Id::new();
        let (points, areas) = points(award, &grid);
        let of_area = |area: &Id| points.iter().filter(|point| point.area == Some(*area)).cloned().collect::<Vec<_>>();
        let each: Vec<Option<Quantity>> = areas.iter().map(|area| value(&of_area(area), Adding::Sum, Adding::Sum)).collect();
        let sum = each.iter().flatten().map(|own| own.0).sum::<i64>();
        let total = value(&points, Adding::Sum, Adding::Sum);
        prop_assert_eq!(total, each.iter().any(Option::is_some).then_some(Quantity(sum)));
        let mut with_whole = points.clone();
        with_whole.extend((0..QUARTERS).map(|quarter| point(award, None, quarter, Some(plain(whole_of)))));
        prop_assert_eq!(value(&with_whole, Adding::Sum, Adding::Sum), Some(whole(i64::from(whole_of) * i64::from(QUARTERS))));
    }

    /// A percentage of several is that of their sums, and lies between the least and the greatest of them.
    #[test]
    fn percentages_lie_between_what_they_are_made_of(parts in prop::collection::vec((0_i32..=100, 1_i32..=100), 1..8)) {
        let award = Id::new();
        let fraction = |(part, of): &(i32, i32)| Amount { value: Quantity::whole((*part).min(*of)), whole: Some(Quantity::whole(*of)) };
        let points: Vec<Point> = (0..).zip(&parts).map(|(at, own)| Point {
            period: Some(format!("{at}").into()),
            ..point(award, None, at % QUARTERS, Some(fraction(own)))
        }).collect();
        let shown: Vec<Quantity> = parts.iter().filter_map(|own| fraction(own).shown()).collect();
        let all = combine(&points.iter().collect::<Vec<_>>(), Adding::Average, Adding::Average);
        let sums = (parts.iter().map(|(part, of)| i64::from(*part.min(of))).sum(), parts.iter().map(|(_, of)| i64::from(*of)).sum());
        prop_assert_eq!(all.fraction, Some((whole(sums.0), whole(sums.1))));
        prop_assert!(shown.iter().min() <= all.value.as_ref() && all.value.as_ref() <= shown.iter().max());
    }

    /// What a part reports beside its whole counts once, and once more changes nothing.
    #[test]
    fn parts_count_once(whole_grid in grids(), part_grid in grids()) {
        let [award, part] = [0; 2].map(|_| Id::new());
        let parts = Parts::of([(part, award)]);
        let told = |point: &&Point| {
            let days = point.days.0.zip(point.days.1)?;
            Some(Told { award: point.award?, area: point.area, days, is_reported: point.value.is_some() })
        };
        let (own, areas) = points(award, &whole_grid);
        let (of_part, _) = points(part, &part_grid);
        // The part reports the same areas.
        let place = |(at, point): (usize, Point)| Point { area: areas.get(at % AREAS).copied(), ..point };
        let of_part: Vec<Point> = of_part.into_iter().enumerate().map(place).collect();
        let all: Vec<&Point> = own.iter().chain(&of_part).collect();
        let once = parts.once(all, told);
        let expected: i64 = whole_grid.iter().flatten().zip(part_grid.iter().flatten()).map(|(own, part)| i64::from(own.or(*part).unwrap_or(0))).sum();
        prop_assert_eq!(combine(&once, Adding::Sum, Adding::Sum).value.unwrap_or_default(), whole(expected));
        let again = parts.once(once.clone(), told);
        prop_assert_eq!(again, once);
    }
    /// The areas of a return as one point come to the same as each by itself, also beside other awards and whatever is not reported, mixed or
    /// given altogether.
    #[test]
    fn the_areas_of_a_return_as_one_are_the_same(all in prop::collection::vec(reports(), 1..6)) {
        let ways = [Adding::Sum, Adding::Latest, Adding::Maximum, Adding::Average, Adding::None];
        let apart: Vec<Point> = all.iter().flatten().cloned().collect();
        for over_areas in ways {
            let fold = |points: &Vec<Point>| folded(points, over_areas).map_or_else(|| points.clone(), |point| vec![point]);
            let together: Vec<Point> = all.iter().flat_map(fold).collect();
            for over_time in ways {
                let of = |points: &[Point]| combine(&points.iter().collect::<Vec<_>>(), over_areas, over_time);
                prop_assert_eq!(of(&together), of(&apart));
            }
            prop_assert_eq!(together.iter().map(Point::number).sum::<i64>(), apart.iter().map(Point::number).sum::<i64>());
        }
    }
}

/// People, told as numbers that hold those before them.
fn cumulative(asks_for: &str) -> IndicatorRow {
    let text = str::to_owned;
    IndicatorRow {
        id: Id::new(),
        version: 1,
        name: text("People"),
        kind: text("output"),
        unit: text("people"),
        direction: text("higher"),
        basis: None,
        over_time: text("latest"),
        over_areas: text("sum"),
        over_groups: None,
        programme_id: None,
        fund_id: None,
        subset_of_id: None,
        asks_for: Some(text(asks_for)),
        is_social_value: false,
    }
}

/// What one return reports of an indicator: by area, and perhaps altogether.
fn reports() -> impl Strategy<Value = Vec<Point>> {
    let amount = (0_i32..500, prop::option::weighted(0.3, 1_i32..500))
        .prop_map(|(value, whole)| Amount { value: Quantity::whole(value), whole: whole.map(Quantity::whole) });
    let basis = prop::option::weighted(0.2, prop::sample::select(vec!["referrals", "people"]));
    let lack = prop::sample::select(vec![Lack::NotReported, Lack::NotApplicable]);
    let value = (prop::option::weighted(0.8, amount), basis, lack);
    // Either all are percentages or none is, or it is as it comes.
    let kind = prop::sample::select(vec![Some(true), Some(false), None]);
    (prop::collection::vec(value, 1..AREAS + 1), any::<bool>(), kind, 0..QUARTERS, any::<bool>()).prop_map(
        |(values, has_whole, kind, quarter, is_said)| {
            let award = Id::new();
            let areas: Vec<Option<Id>> = values.iter().enumerate().map(|(at, _)| (at > 0 || !has_whole).then(Id::new)).collect();
            let one = |((amount, basis, lack), area): ((Option<Amount>, Option<&str>, Lack), Option<Id>)| {
                let whole = |own: Amount| match kind {
                    Some(true) => own.whole.or(Some(Quantity::whole(500))),
                    Some(false) => None,
                    None => own.whole,
                };
                let amount = amount.map(|own| Amount { whole: whole(own), ..own });
                let basis = basis.filter(|_| is_said).map(Into::into);
                Point { basis, lack, source: Some(award), ..point(award, area, quarter, amount) }
            };
            values.into_iter().zip(areas).map(one).collect()
        },
    )
}
