-- The few awards that were ever printed in a list: all others are listed by their reference, whatever their terms say.
CREATE INDEX award_terms_placed ON award_terms (award_id) WHERE position IS NOT NULL;
