//! Findings in the words of the workbook: its columns and the words of its lists, not the fields of the content.

use crate::kernel::Fault;
use crate::returns::rules::{Finding, FindingRule};

/// A reason for no value, as the workbook takes it.
const OR_A_REASON: &str = "Or choose `not reported` or `not applicable` in the column `Status`.";

/// The message and the mend of a finding, as whoever fills in the workbook understands them.
#[must_use]
pub fn in_cells(finding: &Finding) -> (String, String) {
    let (message, mend) = match own(finding) {
        Some((message, mend)) => (message.unwrap_or(&finding.message).to_owned(), mend),
        None => (finding.message.clone(), finding.mend.clone()),
    };
    // What is explained is explained on a sheet, and who reads this has it not yet.
    let further = "To explain it, download the workbook again once this file is uploaded: its sheet `Warnings` has a row for it.";
    let is_open = mend.contains("explain the warning");
    (message, if is_open { format!("{mend} {further}") } else { mend })
}

/// What is said in a cell instead; nothing where the finding's own words are right there too.
fn own(finding: &Finding) -> Option<(Option<&'static str>, String)> {
    use FindingRule::{
        AreasNotReported, ExplainsNothing, NotAhead, NotAllowed, NothingWritten, OutsideWindow, Repeated, Required, ReversedDates,
        SpendNotReported, TooSmall,
    };
    let part = finding.pointer.rsplit('/').next().unwrap_or_default();
    let is_in = |list: &str| finding.pointer.starts_with(list);
    let said = |mend: &str| Some((None, mend.to_owned()));
    match (finding.rule, part) {
        (NothingWritten, _) => said("Fill in the yellow cells of the workbook, then upload it."),
        (ReversedDates, _) => said("Put the earlier day into the column that begins with `First day`, the later one into the next column."),
        (OutsideWindow, _) => said("Say in the columns that begin with `First day` and `Last day` when it was spent, inside those days."),
        (Required, "note") => said("Say it in the column `What it was`."),
        (SpendNotReported, _) => {
            said("Type the amounts. Where nothing was spent, choose `yes` in the yellow cell at the top of the sheet.")
        }
        (NotAllowed, "value") => said("Clear the number, or choose `reported` in the column `Status`."),
        (NotAllowed, "denominator") => Some((
            Some("A number stands in the column `Out of` where none belongs: only a percentage that is reported has one."),
            "Clear it.".to_owned(),
        )),
        (Required, "denominator") => Some((
            Some("The second number of this percentage is missing."),
            "Type in the column `Out of` what the percentage is of.".to_owned(),
        )),
        (TooSmall, "denominator") => said(
            "Type in the column `Out of` what the percentage is of. Where there was nobody to count, clear both numbers and choose `not applicable` in the \
             column `Status`.",
        ),
        (Required, _) if is_in("/values") => Some((None, format!("Type the number here; where you counted none, type 0. {OR_A_REASON}"))),
        (AreasNotReported, _) => Some((
            None,
            "Type the others too, or choose `not reported` or `not applicable` in the column `Status` of their rows.".to_owned(),
        )),
        (ExplainsNothing, _) => said("Clear the explanation of this row, or write it beside the warning that it is of."),
        (Repeated, _) if is_in("/values") => said("Keep one of the two rows."),
        (NotAhead, _) => said("Forecast the quarters still to come; what was spent belongs on the sheet `Spend`."),
        (TooSmall, _) if is_in("/staffing") || is_in("/capacity") => said("Type what it was, or clear the cell where it is not known."),
        _ => None,
    }
}

/// What is wrong with the form of what a cell says, as whoever fills in the workbook understands it, and how to mend it.
#[must_use]
pub fn of_form(fault: &Fault) -> (String, &'static str) {
    // Money is pence in the content and pounds in a cell.
    let message = match fault.message.split_once(" pence, which is ") {
        Some((limit, pounds)) => format!("{} {pounds}", limit.rsplit_once(' ').map_or("At most", |(words, _)| words)),
        None => fault.message.clone(),
    };
    let mend = match fault.code.as_str() {
        "too_long" => "Shorten what stands there.",
        "too_short" | "blank" | "required" => "Type something, or clear the whole row.",
        "too_large" | "too_small" | "out_of_range" => "Check the number.",
        "too_many_items" => "Put several rows together into one.",
        "not_a_choice" => "Choose from the list of the cell.",
        _ => "Type it again, as the sheet `Guidance` says.",
    };
    (message, mend)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::returns::rules::FindingSeverity;

    #[test]
    fn money_in_a_cell_is_pounds() {
        let fault = |code: &str, message: &str| Fault::new("/spend/0/amount_pence", code, message);
        let (message, mend) = of_form(&fault("too_large", "At most 1000000 pence, which is £10,000.00."));
        assert_eq!((message.as_str(), mend), ("At most £10,000.00.", "Check the number."));
        assert_eq!(of_form(&fault("too_long", "At most 500 characters.")).0, "At most 500 characters.");
    }

    #[test]
    fn no_field_of_the_content_is_named_in_a_cell() {
        let fields = ["spent_from", "spent_to", "not_reported", "not_applicable", "`note`", "`spend`", "null", "denominator", "empty list"];
        let pointers = [
            "/spend/0/spent_to",
            "/spend/0/note",
            "/spend",
            "/values/0/value",
            "/values/0/denominator",
            "/values",
            "/staffing/posts_filled",
        ];
        for rule in [FindingRule::ReversedDates, FindingRule::OutsideWindow, FindingRule::SpendNotReported, FindingRule::ExplainsNothing] {
            for pointer in pointers {
                let finding = Finding {
                    rule,
                    severity: FindingSeverity::Error,
                    pointer: pointer.to_owned(),
                    message: "It is so.".to_owned(),
                    mend: "Put it into `spent_from`; an empty list says null.".to_owned(),
                    value: None,
                    explanation: None,
                    about: None,
                    stands: None,
                };
                let (message, mend) = in_cells(&finding);
                assert!(fields.iter().all(|field| !message.contains(field) && !mend.contains(field)), "{rule} {pointer}: {message} {mend}");
            }
        }
    }
}
