use chrono::NaiveDate;
use proptest::prelude::*;

use super::*;
use crate::awards::rules::AwardState;
use crate::kernel::table;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

#[test]
fn the_last_day_of_a_month_stays_one() {
    let moved = |text: &str, months: i32| months_later(day(text), months).unwrap().to_string();
    assert_eq!(moved("2021-03-31", 3), "2021-06-30");
    assert_eq!(moved("2021-06-30", 3), "2021-09-30");
    assert_eq!(moved("2021-02-28", 1), "2021-03-31");
    assert_eq!(moved("2021-01-30", 1), "2021-02-28");
    assert_eq!(moved("2021-01-15", 14), "2022-03-15");
    assert_eq!(moved("2021-03-31", -1), "2021-02-28");
    assert_eq!(months_later(NaiveDate::MAX, 1), None);
}

#[test]
fn half_a_penny_goes_away_from_nothing() {
    let of = |pence: i64, points: i32| scaled(Pence(pence), points).0;
    assert_eq!((of(10_000, 500), of(10, 500), of(9, 500), of(30, 500)), (500, 1, 0, 2));
    assert_eq!((of(10, -500), of(30, -500), of(9, -500)), (-1, -2, 0));
    assert_eq!(of(123_456, 333), 4_111);
}

proptest! {
    #[test]
    fn a_part_of_an_amount_is_the_nearest_penny(pence in 0_i64..=1_000_000_000_000, points in -10_000_i32..=100_000, more in 0_i64..1_000_000) {
        let found = scaled(Pence(pence), points).0;
        let (exact, told) = (i128::from(pence) * i128::from(points), i128::from(found) * 10_000);
        // Never further off than half a penny, and half a penny only away from nothing.
        prop_assert!((exact - told).abs() * 2 <= 10_000);
        if (exact - told).abs() * 2 == 10_000 {
            prop_assert!(told.abs() > exact.abs());
        }
        prop_assert_eq!(scaled(Pence(pence), -points).0, -found);
        let larger = scaled(Pence(pence + more), points.abs()).0;
        prop_assert!(larger >= scaled(Pence(pence), points.abs()).0);
        // What is taken away is never more than there is.
        prop_assert!(pence + found >= 0);
    }

    #[test]
    fn months_lead_to_the_month_that_was_asked_for(days in 0_i64..20_000, months in -120_i32..=120) {
        use chrono::Datelike;
        let from = day("1990-01-01") + chrono::TimeDelta::days(days);
        let to = months_later(from, months).unwrap();
        let number = |day: NaiveDate| day.year() * 12 + i32::try_from(day.month0()).unwrap();
        prop_assert_eq!(number(to), number(from) + months);
        let is_last = |day: NaiveDate| day.succ_opt().unwrap().day() == 1;
        prop_assert!(is_last(to) || (!is_last(from) && to.day() == from.day()));
        prop_assert!(is_last(to) || !is_last(from));
    }
}

#[test]
fn a_file_tells_all_its_faults() {
    let text = "Award,change pence,ends_on,colour\nA,12.5,30/13/2021,red\n,5,,\nB,-100,30/06/2021,\n";
    let mut cells = Vec::new();
    let read = table::read("campaign.csv", text.as_bytes(), &mut cells);
    let (rows, faults) = rows_of_csv(&read, cells);
    let told: Vec<String> = faults.0.iter().map(|fault| format!("{} {}", fault.pointer, fault.code)).collect();
    let wanted = [
        "/choice/csv unknown_column",
        "/choice/csv/rows/2/ends_on wrong_format",
        "/choice/csv/rows/2/change_pence wrong_format",
        "/choice/csv/rows/3/award required",
    ];
    assert_eq!(told, wanted);
    let last = rows.last().unwrap();
    assert_eq!((last.award.as_str(), last.change.change_pence, last.change.ends_on), ("B", Some(Pence(-100)), Some(day("2021-06-30"))));
    for (text, wanted) in [("award\n", "/choice/csv too_few_items"), ("name\nA\n", "/choice/csv unknown_column")] {
        let read = table::read("campaign.csv", text.as_bytes(), &mut Vec::new());
        let (_, faults) = rows_of_csv(&read, Vec::new());
        assert_eq!(format!("{} {}", faults.0[0].pointer, faults.0[0].code), wanted);
    }
}

#[test]
fn what_one_award_takes_is_not_there_for_the_next() {
    let (tranche, line) = (Id::new(), Id::new());
    let draw = |pence: i64| Draw { title: "The tranche", record_id: tranche, line, amount: Pence(pence), held: Pence(100) };
    let mut purse = Purse::default();
    assert!(purse.check(&[draw(100)]).is_ok());
    purse.take(&[draw(60)]);
    assert!(purse.check(&[draw(40)]).is_ok());
    let Err(Refusal::Rule { code, detail, .. }) = purse.check(&[draw(41)]) else { panic!("more than there is") };
    assert_eq!(code, Code::InsufficientBalance);
    assert!(detail.ends_with("The awards before it in this campaign take £0.60."), "{detail}");
    assert_eq!(purse.of_line(line), Pence(60));
    let other = Draw { record_id: Id::new(), ..draw(100) };
    assert!(purse.check(&[other]).is_ok());
}

#[test]
fn money_takes_an_approver_who_did_not_draft_it() {
    let (one, other) = (Some(Id::new()), Some(Id::new()));
    assert!(check_decider(false, one, one, (false, "campaigns.approve")).is_ok());
    assert!(check_decider(true, one, other, (true, "campaigns.approve")).is_ok());
    assert!(matches!(check_decider(true, one, other, (false, "campaigns.approve")), Err(Refusal::Forbidden("campaigns.approve"))));
    assert!(matches!(check_decider(true, one, one, (true, "campaigns.approve")), Err(Refusal::Rule { code: Code::SamePerson, .. })));
}

#[test]
fn an_outcome_is_that_of_the_day() {
    use crate::variations::rules::VariationState::Issued;
    let told =
        |is_unilateral| Some(Told { state: Issued, answer_due_on: Some(day("2020-05-01")), is_unilateral, award_state: AwardState::Live });
    assert_eq!(outcome(None, false, day("2020-04-01")), CampaignOutcome::Chosen);
    assert_eq!(outcome(None, true, day("2020-04-01")), CampaignOutcome::LeftOut);
    assert_eq!(outcome(told(false), false, day("2020-05-01")), CampaignOutcome::Waiting);
    assert_eq!(outcome(told(false), false, day("2020-05-02")), CampaignOutcome::Lapsed);
    let open = Some(Told { answer_due_on: None, ..told(true).unwrap() });
    assert_eq!(outcome(open, false, day("2020-05-02")), CampaignOutcome::Ready);
    let ended = |is_unilateral| Some(Told { award_state: AwardState::Ended, ..told(is_unilateral).unwrap() });
    assert_eq!(outcome(ended(false), false, day("2020-05-01")), CampaignOutcome::AwardEnded);
    assert_eq!(outcome(ended(false), false, day("2020-05-02")), CampaignOutcome::Lapsed);
    let all = counts([CampaignOutcome::Ready, CampaignOutcome::LeftOut, CampaignOutcome::Ready].into_iter());
    assert_eq!((all.ready, all.left_out, all.issued()), (2, 1, 2));
}

#[test]
fn who_is_not_reached_is_counted_and_named() {
    let whole = Reached { has_provider: true, has_address: true, has_signatory: true };
    let mute = Reached { has_address: false, ..whole };
    let all = [whole, mute, Reached { has_signatory: false, ..mute }, Reached::default()];
    let counted = |is_unilateral: bool| reach(all.into_iter(), is_unilateral);
    assert_eq!(counted(false), CampaignReach { no_address_count: 3, nobody_signs_count: 2 });
    assert_eq!(counted(true), CampaignReach { no_address_count: 3, nobody_signs_count: 0 });
    let codes = |one: Reached| warnings(one, false).into_iter().map(|told| told.code).collect::<Vec<_>>();
    assert!(codes(whole).is_empty());
    assert_eq!(codes(all[2]), [CampaignWarningCode::NoAddress, CampaignWarningCode::NobodySigns]);
    assert!(warnings(Reached::default(), false).iter().all(|told| told.message.contains("no provider")));
}

#[test]
fn leaving_out_is_advised_where_something_is_left() {
    assert!(remedy(1, 2, false).contains("skip_refused"));
    assert!([remedy(2, 2, false), remedy(2, 2, true)].iter().all(|told| !told.contains("skip_refused")));
}
