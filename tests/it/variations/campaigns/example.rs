//! The letters of 2020: every provider is told at once that its money is safe (O27). `docs/VARIATIONS.md` tells it with the same words.

use almoner::access::permissions::Role;
use serde_json::json;

use super::{CAMPAIGNS, actions, count, does, holds, outcomes, preview};

on_both! { in example
    fn every_provider_is_told_at_once(app) {
        let (commissioner, finance) = (app.office(&[Role::Commissioner]), app.office(&[Role::Finance]));
        let under_way = commissioner.all("/v1/awards?state=live&limit=200").len() + commissioner.all("/v1/awards?state=paused&limit=200").len();
        let text = include_str!("../../../../docs/VARIATIONS.md");
        let body = text.split("```json\n").nth(1).unwrap().split("```").next().unwrap();
        let drafted = commissioner.post(CAMPAIGNS, &serde_json::from_str(body).unwrap()).must(201);
        assert_eq!((drafted.body["award_count"].as_u64(), &drafted.body["moves_money"]), (Some(under_way as u64), &json!(false)));
        let shown = preview(&finance, &drafted).must(200);
        assert_eq!((&shown.body["refused_count"], &shown.body["totals"]["all"]["change_pence"]), (&json!(0), &json!(0)), "{}", shown.text);
        assert!(shown.body["totals"]["funds"].as_array().unwrap().len() > 3);
        let each = shown.body["awards"].as_array().unwrap();
        assert_eq!(each.iter().filter(|one| one["before"]["delivery"].is_object() && one["after"]["delivery"]["status"] == "adapted").count(), under_way);
        let letters = count(app, "variation_letter");
        let issued = does(&commissioner, &drafted, "issue", &json!({})).must(200);
        let told = format!("issued {under_way} of {under_way} live awards");
        assert_eq!(issued.body["summary"].as_str(), Some(told.as_str()));
        assert!(under_way > 100, "{told}");
        assert_eq!(usize::try_from(count(app, "variation_letter") - letters).unwrap(), under_way, "a letter each");
        // Nobody has to answer, and no pound has moved.
        assert!(outcomes(&finance, &drafted).iter().all(|one| one == "ready"));
        assert_eq!(actions(&issued), ["rebase", "apply", "withdraw"]);
        let applied = does(&commissioner, &drafted, "application", &json!({})).must(200);
        assert_eq!(applied.body["applied_count"].as_u64(), Some(under_way as u64));
        assert!(commissioner.all("/v1/awards?state=live&limit=200").iter().all(|one| one["delivery_status"] == "adapted"));
        holds(app);
    }
}
