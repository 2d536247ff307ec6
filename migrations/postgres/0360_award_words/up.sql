-- Reports ask whether any version of an award ever had a theme or a category.
CREATE INDEX award_terms_theme ON award_terms (theme);
CREATE INDEX award_terms_category ON award_terms (category);
