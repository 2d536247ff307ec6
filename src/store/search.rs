//! Finding a record by part of a name. Both engines compare case differently, so names are kept a second time in lower case.

/// What the `search` column of a record holds: its code, name and aliases in lower case, a line each.
#[must_use]
pub fn search_text<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    words.into_iter().map(str::to_lowercase).collect::<Vec<_>>().join("\n")
}

/// A `LIKE` pattern, to be used with `escape('\\')`, that finds `term` anywhere in a `search` column.
#[must_use]
pub fn search_pattern(term: &str) -> String {
    let mut pattern = String::from("%");
    for c in term.to_lowercase().chars() {
        if matches!(c, '\\' | '%' | '_') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_of_like_stand_for_themselves() {
        assert_eq!(search_pattern("50%_\\X"), "%50\\%\\_\\\\x%");
    }

    #[test]
    fn every_name_is_kept_in_lower_case() {
        assert_eq!(search_text(["CIF", "Community Initiative Fund"]), "cif\ncommunity initiative fund");
    }
}
