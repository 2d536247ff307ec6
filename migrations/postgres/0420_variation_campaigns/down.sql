DROP TABLE variation_reminder;
DROP TABLE variation_campaign_left_out;
DROP TABLE variation_campaign_variation;
DROP TABLE variation_campaign_award;
DROP TABLE variation_campaign_version;
DROP TABLE variation_campaign;
