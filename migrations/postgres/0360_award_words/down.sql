DROP INDEX award_terms_category;
DROP INDEX award_terms_theme;
