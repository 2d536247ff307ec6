//! Numbers as people write them.

/// What spreadsheets and people put between thousands.
const SEPARATORS: [char; 3] = [',', ' ', '\u{a0}'];

/// A number without what stands between its thousands: `1,234,567.5` → `1234567.5`. `None` where something else than groups of three
/// is set apart: `2000,50` and `1,5` have a comma for a point, and are not two hundred thousand and fifteen.
#[must_use]
pub fn ungrouped(text: &str) -> Option<String> {
    let (whole, fraction) = text.split_once('.').map_or((text, None), |(whole, fraction)| (whole, Some(fraction)));
    let separator = whole.chars().find(|c| SEPARATORS.contains(c));
    let mut groups = separator.map_or_else(|| vec![whole], |separator| whole.split(separator).collect());
    if separator.is_some() {
        let first = groups.remove(0);
        let is_grouped = (1..=3).contains(&first.chars().count()) && groups.iter().all(|group| group.chars().count() == 3);
        if !is_grouped || groups.concat().contains(SEPARATORS) {
            return None;
        }
        groups.insert(0, first);
    }
    let whole = groups.concat();
    Some(fraction.map_or(whole.clone(), |fraction| format!("{whole}.{fraction}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_thousands_are_groups() {
        for (text, number) in [("1,234,567.5", "1234567.5"), ("80 000", "80000"), ("1161", "1161"), ("0.5", "0.5"), ("12,345", "12345")] {
            assert_eq!(ungrouped(text).as_deref(), Some(number), "{text}");
        }
        for text in ["2000,50", "12,34", "1,2", "1,,234", ",234", "1,234 567", "1 2", "1234,567"] {
            assert_eq!(ungrouped(text), None, "{text}");
        }
    }
}
