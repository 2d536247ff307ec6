//! How values are put together.

use super::*;

fn point(award: Option<Id>, area: Option<Id>, quarter: u32, value: Option<i32>) -> Point {
    let day = |month| NaiveDate::from_ymd_opt(2020, month, 1);
    Point {
        award,
        source: None,
        area,
        days: (day(quarter * 3 - 2), day(quarter * 3)),
        period: None,
        value: value.map(|number| Amount::plain(Quantity::whole(number))),
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

fn combined(points: &[Point], over_areas: Adding, over_time: Adding) -> Combined {
    combine(&points.iter().collect::<Vec<_>>(), over_areas, over_time)
}

#[test]
fn what_was_not_reported_is_missing_and_not_nought() {
    let award = Some(Id::new());
    let all = combined(&[point(award, None, 1, Some(0)), point(award, None, 2, None)], Adding::Sum, Adding::Sum);
    assert_eq!((all.value, all.reported, all.missing), (Some(Quantity::ZERO), 1, 1));
    assert_eq!(all.warnings, BTreeSet::from([Warning::Incomplete]));
    let none = combined(&[point(award, None, 1, None)], Adding::Sum, Adding::Sum);
    assert_eq!((none.value, none.reported), (None, 0));
}

#[test]
fn what_does_not_apply_is_neither_missing_nor_reported() {
    let award = Some(Id::new());
    let lacking = |lack| Point { lack, ..point(award, None, 2, None) };
    let all = combined(&[point(award, None, 1, Some(4)), lacking(Lack::NotApplicable)], Adding::Sum, Adding::Sum);
    assert_eq!((all.value, all.reported, all.missing, all.not_applicable), (Some(Quantity::whole(4)), 1, 0, 1));
    assert_eq!(all.warnings, BTreeSet::new());
    let apart = combined(&[lacking(Lack::NotAdded), lacking(Lack::GrowthNotKnown)], Adding::Sum, Adding::Sum);
    assert_eq!((apart.value, apart.reported, apart.missing), (None, 2, 0));
    assert_eq!(apart.warnings, BTreeSet::from([Warning::DoesNotAddOverGroups, Warning::GrowthNotKnown]));
}

#[test]
fn time_and_areas_add_up_each_in_its_way() {
    let award = Some(Id::new());
    let [a, b] = [0; 2].map(|_| Some(Id::new()));
    let points = [point(award, a, 1, Some(3)), point(award, b, 1, Some(5)), point(award, a, 2, Some(7)), point(award, b, 2, Some(1))];
    assert_eq!(combined(&points, Adding::Sum, Adding::Sum).value, Some(Quantity::whole(16)));
    assert_eq!(combined(&points, Adding::Sum, Adding::Latest).value, Some(Quantity::whole(8)));
    assert_eq!(combined(&points, Adding::Maximum, Adding::Sum).value, Some(Quantity::whole(12)));
    assert_eq!(combined(&points, Adding::Average, Adding::Average).value, Some(Quantity::whole(4)));
    let no_areas = combined(&points, Adding::None, Adding::Sum);
    assert_eq!((no_areas.value, no_areas.warnings), (None, BTreeSet::from([Warning::DoesNotAddOverAreas])));
    let no_time = combined(&points, Adding::Sum, Adding::None);
    assert_eq!((no_time.value, no_time.warnings), (None, BTreeSet::from([Warning::DoesNotAddOverTime])));
}

#[test]
fn a_whole_counts_instead_of_its_areas() {
    let award = Some(Id::new());
    let points = [point(award, None, 1, Some(10)), point(award, Some(Id::new()), 1, Some(4)), point(award, Some(Id::new()), 1, Some(3))];
    assert_eq!(combined(&points, Adding::Sum, Adding::Sum).value, Some(Quantity::whole(10)));
}

#[test]
fn a_difference_counts_in_its_period_beside_what_was_accepted() {
    let award = Some(Id::new());
    let corrects = (NaiveDate::from_ymd_opt(2020, 1, 1).unwrap(), NaiveDate::from_ymd_opt(2020, 3, 1).unwrap());
    let difference = |area, number| Point { adjusted: Adjusted::Difference { corrects }, ..point(award, area, 2, Some(number)) };
    let points = [point(award, None, 1, Some(10)), difference(None, -3), difference(Some(Id::new()), -2)];
    let all = combined(&points, Adding::Sum, Adding::Sum);
    assert_eq!((all.value, all.accepted), (Some(Quantity::whole(7)), Some(Quantity::whole(10))));
    assert_eq!((all.adjustments, all.reported, all.missing), (2, 1, 0));
    let later = combined(&points[1..], Adding::Sum, Adding::Sum);
    assert_eq!((later.value, later.accepted), (Some(Quantity::whole(-3)), None));
}

#[test]
fn a_correction_stands_with_its_own_period() {
    let award = Some(Id::new());
    let accepted = Some(Amount::plain(Quantity::whole(9)));
    let corrected = Point { adjusted: Adjusted::Corrected { accepted, times: 2 }, ..point(award, None, 1, Some(4)) };
    let all = combined(&[corrected, point(award, None, 2, Some(6))], Adding::Sum, Adding::Maximum);
    assert_eq!((all.value, all.accepted, all.adjustments), (Some(Quantity::whole(6)), Some(Quantity::whole(9)), 2));
}

#[test]
fn a_single_value_needs_no_adding() {
    let points = [point(Some(Id::new()), None, 1, Some(77))];
    assert_eq!(combined(&points, Adding::None, Adding::None).value, Some(Quantity::whole(77)));
}

#[test]
fn bases_and_statuses_that_differ_are_said() {
    let mut early = point(None, None, 1, Some(1));
    early.basis = Some("number of referrals".into());
    early.status = Some(FigureStatus::Final);
    let mut late = point(None, None, 2, Some(2));
    late.status = Some(FigureStatus::Midterm);
    let all = combined(&[early, late], Adding::Sum, Adding::Sum);
    assert_eq!(all.value, Some(Quantity::whole(3)));
    assert_eq!(all.warnings, BTreeSet::from([Warning::MixedBasis, Warning::MixedStatus]));
}

#[test]
fn percentages_are_put_together_from_what_they_are_made_of() {
    let award = Some(Id::new());
    let percent = |quarter, part: i32, whole: Option<i32>| {
        let amount = Amount { value: Quantity::whole(part), whole: whole.map(Quantity::whole) };
        Point { value: Some(amount), ..point(award, None, quarter, None) }
    };
    // One of two, then ninety of ninety-eight: 91 of 100, and not the mean of 50 % and 91.8 %.
    let points = [percent(1, 1, Some(2)), percent(2, 90, Some(98))];
    let average = combined(&points, Adding::Average, Adding::Average);
    assert_eq!((average.value, average.fraction), (Some(Quantity::whole(91)), Some((Quantity::whole(91), Quantity::whole(100)))));
    assert_eq!(combined(&points, Adding::Average, Adding::Latest).value, Some(Quantity(91_837)));
    assert_eq!(combined(&points[..1], Adding::None, Adding::None).value, Some(Quantity::whole(50)));
    let falling = [percent(1, 3, Some(4)), percent(2, 90, Some(200))];
    assert_eq!(combined(&falling, Adding::Average, Adding::Maximum).value, Some(Quantity::whole(75)));
    // A printed percentage does not say what it is of.
    let printed = [percent(1, 40, None), percent(2, 60, None)];
    let mean = combined(&printed, Adding::Average, Adding::Average);
    assert_eq!((mean.value, mean.fraction), (Some(Quantity::whole(50)), None));
    let mixed = combined(&[percent(1, 1, Some(2)), percent(2, 60, None)], Adding::Average, Adding::Average);
    assert_eq!((mixed.value, mixed.warnings), (None, BTreeSet::from([Warning::MixedDenominators])));
    assert_eq!(
        combined(&[percent(1, 1, Some(2)), percent(2, 60, None)], Adding::Average, Adding::Maximum).value,
        Some(Quantity::whole(60))
    );
}
