DROP INDEX award_terms_placed;
