//! A report while an act is still under way: nothing that is told as known may change once that act is done.

use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use almoner::kernel::{Id, Moment, Pence, Refusal};
use almoner::ledger::{self, Account, AccountKind, Movement};
use almoner::store::{Tx, WriteMeta};

use crate::support::Scene;

/// How long one side waits for the other, where something is wrong.
const PATIENCE: Duration = Duration::from_secs(20);

const REPORT: &str = "/v1/reports/allocations?as_at=2021-03-31";

/// A penny more for the fund period, out of the source of its first budget line.
fn penny(scene: &Scene) -> Movement {
    let budget_line_id: Id = scene.lines[0].parse().unwrap();
    let line = scene.finance.get(&format!("/v1/budget-lines/{budget_line_id}")).must(200);
    let source = line.body["source"]["id"].as_str().or(line.body["funding_source"]["id"].as_str()).unwrap().parse().unwrap();
    let account = |kind, record_id| Account { kind, record_id, budget_line_id };
    let from = account(AccountKind::Source, source);
    let to = account(AccountKind::FundPeriod, scene.period.parse().unwrap());
    Movement { from, to, amount: Pence(1), effective_on: "2020-09-01".parse().unwrap() }
}

on_both! {
    fn a_report_never_passes_the_stamp_of_an_act_that_is_not_committed(app) {
        let scene = Scene::set(app, 1_000_000, 400_000);
        let before = scene.finance.get(REPORT).must(200).body["ledger_check"]["transfers"].as_i64().unwrap();
        let movement = penny(&scene);
        let ((moved, was_moved), (release, released)) = (channel::<Moment>(), channel::<()>());
        let work = move |tx: &mut Tx<'_>| -> Result<Moment, Refusal> {
            ledger::transfer(tx, &movement)?;
            // Nobody listens any more where the case has failed.
            let _ = moved.send(tx.recorded_at());
            let _ = released.recv_timeout(PATIENCE);
            Ok(tx.recorded_at())
        };
        thread::scope(|threads| {
            let writing = threads.spawn(|| app.wait(app.service.db.write(WriteMeta::system("ledger.test", "test"), work)));
            let stamp = was_moved.recv_timeout(PATIENCE).unwrap();
            // The act is open: what it has stamped is nothing that can be asked for, and no report tells of it.
            let at_stamp = format!("{REPORT}&known_at={stamp}");
            assert_eq!(scene.finance.get(&at_stamp).must(422).faults(), ["query:known_at too_late"]);
            let meanwhile = scene.finance.get(REPORT).must(200);
            let known_at = meanwhile.body["known_at"].as_str().unwrap();
            assert!(chrono::DateTime::parse_from_rfc3339(known_at).unwrap().timestamp_micros() < stamp.micros(), "{known_at} and {stamp}");
            assert_eq!(meanwhile.body["ledger_check"]["transfers"], before);

            release.send(()).unwrap();
            assert_eq!(writing.join().unwrap().unwrap(), stamp, "it was done once, with nothing in its way");
            let again = scene.finance.get(&format!("{REPORT}&known_at={known_at}")).must(200);
            assert_eq!((again.text.as_str(), again.tag()), (meanwhile.text.as_str(), meanwhile.tag()));
            let after = scene.finance.get(&at_stamp).must(200);
            assert_eq!(after.body["ledger_check"]["transfers"], before + 1);
        });
    }
}
