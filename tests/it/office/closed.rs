//! What was spent of an award stays with it where an import tells that it is closed, as where it is closed here.

use almoner::office::import::Folder;

use super::import;

on_both! {
    in example

    fn what_was_spent_stays_with_an_award_that_is_told_as_closed(app) {
        let award = |state: &str, unspent: &str, known_from: &str| {
            format!("key,reference,fund_period,provider,kind,legal_power,title,amount,starts_on,ends_on,areas,state,unspent,decided_on,monitoring,projects_count,\
                not_evidenced,known_from\n\
                over,VF-2020-21-0901,victims-fund-2020-21,bcwa,grant,abcpa_2014_s143,Over,1000,2020-06-01,2021-03-31,dudley,{state},{unspent},2020-06-01,quarterly,1,\
                R67;legal_power,{known_from}\n")
        };
        let returns = ("returns.csv", "key,award,period,kind,starts_on,ends_on,state,submitted_on,accepted_on,narrative,known_from\n\
            q2,over,2020-21-Q2,quarterly,2020-07-01,2020-09-30,accepted,2020-10-05,2020-10-20,All went well,2022-01-01\n");
        let spend = ("return_spend.csv", "return,category,amount,known_from\nq2,staff,600,2022-01-01\n");
        let told = |awards: &str, with_returns: bool, dry_run: bool| {
            let files = [("awards.csv", awards)].into_iter().chain(with_returns.then_some([returns, spend]).into_iter().flatten());
            let faults = import(app, &Folder::of(files), dry_run).faults;
            faults.into_iter().map(|one| (format!("{} {} {} {}", one.file, one.row, one.column, one.value), one.reason)).collect::<Vec<_>>()
        };
        let places = |awards: &str, with_returns: bool| told(awards, with_returns, true).into_iter().map(|(place, _)| place).collect::<Vec<_>>();
        // All at once: the award is closed before its returns are there.
        let faults = told(&award("closed", "", "2022-01-01"), true, true);
        assert_eq!(faults[0].0, "returns.csv 2 award over");
        assert!(faults[0].1.contains("£600.00") && faults[0].1.contains("£400.00") && faults[0].1.contains("`unspent`"), "{faults:?}");
        assert_eq!(places(&award("closed", "400.01", "2022-01-01"), true), ["returns.csv 2 award over"]);
        assert_eq!(places(&award("closed", "1000.01", "2022-01-01"), false), ["awards.csv 2 unspent 1000.01"]);
        assert_eq!(places(&award("live", "400", "2022-01-01"), false), ["awards.csv 2 unspent 400"]);
        assert_eq!(places(&award("closed", "400", "2022-01-01"), true), Vec::<String>::new());
        // One after the other: it is closed once its returns are accepted.
        assert_eq!(told(&award("live", "", "2022-01-01"), true, false), []);
        assert_eq!(places(&award("closed", "", "2022-02-01"), false), ["awards.csv 2 unspent "]);
        assert_eq!(told(&award("closed", "400", "2022-02-01"), false, false), []);
        assert_eq!(places(&award("closed", "300", "2022-03-01"), false), ["awards.csv 2 unspent 300"]);
        let held = app.texts("SELECT CAST(held_pence AS TEXT) || ' ' || committed_pence || ' ' || released_pence AS text FROM ledger_tally
            WHERE record_id = (SELECT id FROM award WHERE reference = 'VF-2020-21-0901')");
        assert_eq!(held, ["0 60000 40000"]);
    }
}
