use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

#[test]
fn the_usual_life_is_open_and_what_is_over_is_over() {
    use PaymentState::{Authorised, Cancelled, Exported, Failed, Held, Paid, Returned, Scheduled};
    assert_eq!(next(Scheduled, PaymentAct::Authorise), Ok(Authorised));
    assert_eq!(next(Authorised, PaymentAct::Hold), Ok(Held));
    assert_eq!(next(Held, PaymentAct::Advance), Ok(Held));
    for state in [Failed, Returned, Held] {
        assert_eq!(next(state, PaymentAct::Release), Ok(Scheduled), "{state}");
        assert!(next(state, PaymentAct::Authorise).is_err(), "{state}");
    }
    for state in [Exported, Paid, Cancelled] {
        for act in PaymentAct::ALL {
            assert!(next(state, *act).is_err(), "{act} in {state}");
        }
    }
}

#[test]
fn whoever_asked_does_not_authorise_and_nobody_without_a_name_does() {
    let (asker, other) = (Id::new(), Id::new());
    let askers = HashSet::from([asker]);
    assert!(check_second_person(&askers, Some(asker)).is_err());
    assert!(check_second_person(&askers, None).is_err());
    assert!(check_second_person(&askers, Some(other)).is_ok());
}

#[test]
fn a_limit_holds_to_the_penny() {
    assert!(check_limit("authorise", Pence(100), Some(Pence(100))).is_ok());
    assert!(check_limit("authorise", Pence(101), Some(Pence(100))).is_err());
    assert!(check_limit("authorise", Pence(1), None).is_err());
}

#[test]
fn equal_payments_need_a_reason() {
    let others = [(Id::new(), "A-P1".to_owned())];
    assert!(check_duplicates(&[], None).is_ok());
    assert!(check_duplicates(&others, Some("a second hall")).is_ok());
    for reason in [None, Some(" ")] {
        let Err(Refusal::Rule { detail, .. }) = check_duplicates(&others, reason) else { panic!("not refused") };
        assert!(detail.starts_with("A-P1 is as much"), "{detail}");
    }
}

#[test]
fn an_invoice_is_due_thirty_days_after_it_came() {
    assert_eq!(invoice_due_on(day("2020-07-01"), 30), day("2020-07-31"));
    let input = InvoiceInput {
        invoice_number: " ".to_owned(),
        invoice_on: day("2020-07-03"),
        received_on: Some(day("2020-07-02")),
        net_pence: Pence(100),
        vat_pence: Pence(20),
        gross_pence: Pence(119),
    };
    let found: Vec<String> =
        invoice_faults(&input, day("2020-07-01")).0.iter().map(|one| format!("{} {}", one.pointer, one.code)).collect();
    assert_eq!(
        found,
        ["/gross_pence does_not_add_up", "/received_on in_the_future", "/invoice_on reversed_dates", "/invoice_number blank"]
    );
}

#[test]
fn bringing_forward_is_to_an_earlier_day_that_is_not_past() {
    let codes =
        |to: &str| advance_faults(day("2020-07-31"), day(to), day("2020-07-10")).0.into_iter().map(|one| one.code).collect::<Vec<_>>();
    assert_eq!(codes("2020-07-10"), [""; 0]);
    assert_eq!(codes("2020-07-31"), ["out_of_range"]);
    assert_eq!(codes("2020-07-09"), ["too_early"]);
}

/// What a payment of the model takes from each line, and how far it has come.
type Made = (Vec<(Id, Pence)>, PaymentState);

/// An award's books, as acts on its payments leave them.
struct Model {
    committed: BTreeMap<Id, Pence>,
    paid: BTreeMap<Id, Pence>,
    payments: Vec<Made>,
}

impl Model {
    fn books(&self) -> Books {
        let mut reserved: BTreeMap<Id, Pence> = BTreeMap::new();
        for (parts, _) in self.payments.iter().filter(|(_, state)| PaymentState::RESERVED.contains(state)) {
            for (line, part) in parts {
                let sum = reserved.entry(*line).or_default();
                *sum = *sum + *part;
            }
        }
        Books { committed: self.committed.clone(), reserved }
    }

    fn step(&mut self, act: u8, which: usize, amount: i64) {
        if act == 0 {
            if let Ok(parts) = parts(Pence(amount), &self.books()) {
                self.payments.push((parts, PaymentState::Authorised));
            }
            return;
        }
        let count = self.payments.len();
        let Some((parts, state)) = self.payments.get_mut(which % count.max(1)) else { return };
        let (from, to, after) = match (act, *state) {
            (1, PaymentState::Authorised) => (None, None, PaymentState::Exported),
            (2, PaymentState::Exported) => (Some(&mut self.committed), Some(&mut self.paid), PaymentState::Paid),
            (3, PaymentState::Exported) => (None, None, PaymentState::Failed),
            (4, PaymentState::Paid) => (Some(&mut self.paid), Some(&mut self.committed), PaymentState::Returned),
            (5, PaymentState::Authorised) => (None, None, PaymentState::Cancelled),
            _ => return,
        };
        *state = after;
        if let (Some(from), Some(to)) = (from, to) {
            for (line, part) in parts.iter() {
                let held = from.entry(*line).or_default();
                *held = *held - *part;
                let held = to.entry(*line).or_default();
                *held = *held + *part;
            }
        }
    }
}

proptest! {
    /// Whatever is done in whatever order, no line pays more than it had, and none is reserved beyond what it has.
    #[test]
    fn no_sequence_pays_more_than_is_committed(
        lines in prop::collection::vec(1_i64..1_000_000, 1..5),
        steps in prop::collection::vec((0_u8..6, 0_usize..20, 1_i64..800_000), 1..60),
    ) {
        let committed: BTreeMap<Id, Pence> = lines.iter().map(|pence| (Id::new(), Pence(*pence))).collect();
        let mut model = Model { committed: committed.clone(), paid: BTreeMap::new(), payments: Vec::new() };
        for (act, which, amount) in steps {
            model.step(act, which, amount);
            prop_assert!(model.books().short().is_empty());
            for (line, whole) in &committed {
                let (held, paid) = (model.committed[line], model.paid.get(line).copied().unwrap_or_default());
                prop_assert!(held >= Pence::ZERO && paid >= Pence::ZERO && held + paid == *whole, "{held} {paid} of {whole}");
            }
        }
    }

    /// Instalments of an award, authorised one after the other, take each line's money to the last penny and no more.
    #[test]
    fn parts_take_all_that_is_there_and_no_more(
        lines in prop::collection::vec(1_i64..1_000_000, 1..6),
        cuts in prop::collection::vec(1_i64..1_000, 1..12),
    ) {
        let committed: BTreeMap<Id, Pence> = lines.iter().map(|pence| (Id::new(), Pence(*pence))).collect();
        let whole: Pence = committed.values().copied().sum();
        let mut books = Books { committed: committed.clone(), reserved: BTreeMap::new() };
        for amount in whole.split(&cuts.iter().copied().map(Pence).collect::<Vec<_>>()).into_iter().filter(|amount| amount.is_positive()) {
            let parts = parts(amount, &books).unwrap();
            prop_assert_eq!(parts.iter().map(|(_, part)| *part).sum::<Pence>(), amount);
            for (line, part) in parts {
                let sum = books.reserved.entry(line).or_default();
                *sum = *sum + part;
            }
            prop_assert!(books.short().is_empty());
        }
        prop_assert_eq!(&books.reserved, &committed);
        prop_assert!(parts(Pence(1), &books).is_err());
    }
}

/// Numbers that are the same at each run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: i64) -> i64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        i64::try_from(self.0 % u64::try_from(end).unwrap()).unwrap()
    }
}

/// The same as above of 100,000 short sequences: amounts are small, so that they often ask for just what is left, or for a penny more.
#[test]
fn no_sequence_of_100_000_pays_more_than_is_committed() {
    let mut numbers = Numbers(0x9e37_79b9_7f4a_7c15);
    let (mut refused, mut whole) = (0, 0);
    for _ in 0..100_000 {
        let count = 1 + numbers.below(3);
        let committed: BTreeMap<Id, Pence> = (0..count).map(|_| (Id::new(), Pence(1 + numbers.below(9)))).collect();
        let all: Pence = committed.values().copied().sum();
        let mut model = Model { committed: committed.clone(), paid: BTreeMap::new(), payments: Vec::new() };
        for _ in 0..=numbers.below(9) {
            let before = model.payments.len();
            // Half of what is done asks for money, so that it runs out.
            let act = u8::try_from(numbers.below(10)).unwrap().saturating_sub(4);
            let which = usize::try_from(numbers.below(8)).unwrap();
            model.step(act, which, 1 + numbers.below(9));
            refused += usize::from(act == 0 && model.payments.len() == before);
            assert!(model.books().short().is_empty());
            for (line, had) in &committed {
                let (held, paid) = (model.committed[line], model.paid.get(line).copied().unwrap_or_default());
                assert!(held >= Pence::ZERO && paid >= Pence::ZERO && held + paid == *had, "{held} {paid} of {had}");
            }
        }
        whole += usize::from(model.paid.values().copied().sum::<Pence>() == all);
    }
    assert!(refused > 10_000 && whole > 10, "{refused} asked for too much, {whole} paid all");
}
