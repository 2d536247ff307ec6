//! What is told of awards that have passed from one provider to another: each day keeps who it was.

use serde_json::json;

use super::{OTHER_LAW, SPEND, add, attach, field, literal, published, redact};
use crate::payments::{quarterly, ready};
use crate::variations::novation::{act, agreed, known_supplier};

on_both! {
    fn who_was_paid_stays_who_was_paid(app) {
        let scene = ready(app);
        known_supplier(&scene);
        let nobody = app.nobody();
        let (award, _) = quarterly(&scene, 400_000, json!({ "legal_power": OTHER_LAW }));
        let contract = scene.live(300_000, json!({ "kind": "contract", "legal_power": OTHER_LAW, "contract": { "living_wage_clause": true } })).id();
        let copy = attach(&scene, &contract, "signed.pdf", "", b"%PDF-1.7\n2 0 obj\n").id();
        add(&scene, &contract, &json!({ "contract_document_id": copy })).must(200);
        published(&scene, &award, "DN-1", true);
        let id = agreed(&scene, json!({}));
        act(&scene.commissioner, &id, "application", &json!({})).must(200);
        app.sql(&format!(
            "UPDATE payment_version SET state = 'paid', paid_on = '2020-11-10' WHERE payment_id IN (SELECT id FROM payment WHERE award_id = {})",
            literal(app, &award)
        ));
        let get = |path: &str| nobody.get(path).must(200);
        let paid = || get(&format!("{SPEND}.json?month=2020-11"));
        let (contracts, notices) = ("/open-data/contracts.json", "/open-data/decision-notices");
        assert_eq!(field(&paid(), "recipient"), ["Helping Hands", "Helping Hands", "Helping Hands", "Open Doors"]);
        assert_eq!(field(&get(contracts), "contractor"), ["Open Doors"]);
        assert_eq!(field(&get(notices), "recipient"), ["Helping Hands"], "who it was decided on");
        let place = format!("/open-data/contracts/{contract}/copy");
        assert_eq!(get(&place).text, "%PDF-1.7\n2 0 obj\n");

        // Whoever was party before is redacted on its own, in the file of its time too.
        redact(&scene, "provider", &scene.provider, "name").must(201);
        let after = paid();
        assert_eq!(field(&after, "recipient"), ["[redacted]", "[redacted]", "[redacted]", "Open Doors"]);
        assert_eq!([&after.items()[0]["redacted"], &after.items()[3]["redacted"]], [&json!(["recipient_name"]), &json!([])]);
        for path in [format!("{SPEND}.csv?month=2020-11"), contracts.to_owned(), notices.to_owned(), format!("{notices}.atom")] {
            assert!(!get(&path).text.contains("Helping Hands"), "{path}");
        }
        nobody.get(&place).must(404);
        assert!(get(contracts).items()[0]["copy_url"].is_null());
    }
}
