//! What a variation cannot go behind: what is paid or on its way, told with figures.

use serde_json::json;

use super::{accepted, act, draft, pay};
use crate::payments::{authorise, quarterly, ready};
use crate::support::Answer;

on_both! {
    fn less_than_is_paid_or_on_its_way_is_refused_with_figures(app) {
        let scene = ready(app);
        let (award, ids) = quarterly(&scene, 300_000, json!({}));
        pay(app, &scene, &award, 50_000);
        authorise(&scene.finance, &ids[2]).must(200);
        let figures = |answer: &Answer| ["paid_pence", "reserved_pence", "lowest_pence"].map(|name| answer.body[name].clone());
        let less = accepted(&scene, &award, json!({ "value": { "change_pence": -175_001 } }));
        let refused = act(&scene.commissioner, &less, "application").must(409);
        assert_eq!((refused.code(), figures(&refused)), ("rule_broken", [json!(50_000), json!(75_000), json!(125_000)]));
        let detail = refused.body["detail"].as_str().unwrap();
        assert!(detail.ends_with("£500.00 of this award is paid and £750.00 on its way, so it cannot come to less than £1,250.00."), "{detail}");
        act(&scene.commissioner, &less, "withdrawal").must(200);
        let far = accepted(&scene, &award, json!({ "value": { "change_pence": -260_000 } }));
        let refused = act(&scene.commissioner, &far, "application").must(409);
        assert_eq!((refused.code(), figures(&refused)[2].clone()), ("insufficient_balance", json!(125_000)));
        assert_eq!(scene.held("committed", &award), [250_000, 0]);
        // Nor does the award end before the days that this instalment is for, nor begin after them.
        let short = draft(&scene, &award, json!({ "dates": { "ends_on": "2020-12-30" } })).must(422);
        assert_eq!(short.faults(), ["/dates/ends_on paid_beyond"]);
        let message = "Instalments for days up to 2020-12-31 are paid or on their way (£500.00 is paid and £750.00 on its way), so the award cannot end on 2020-12-30.";
        assert_eq!(short.body["errors"][0]["message"], message);
        assert_eq!(draft(&scene, &award, json!({ "dates": { "starts_on": "2020-10-02" } })).must(422).faults(), ["/dates/starts_on paid_beyond"]);
        let fits = accepted(&scene, &award, json!({ "dates": { "ends_on": "2020-12-31" } }));
        // What goes on its way between the acceptance and the application counts.
        authorise(&scene.finance, &ids[3]).must(200);
        let refused = act(&scene.commissioner, &fits, "application").must(409);
        assert_eq!((refused.code(), &refused.body["paid_pence"], &refused.body["reserved_pence"]), ("rule_broken", &json!(50_000), &json!(150_000)));
        assert_eq!(scene.award(&award).body["ends_on"], "2021-03-31");
    }
}
