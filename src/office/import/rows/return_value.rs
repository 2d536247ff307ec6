//! `return_values.csv`

use serde::Serialize;

use crate::kernel::Quantity;
use crate::office::import::cells::{Cells, Origin, Print, Record};
use crate::office::import::check::References;
use crate::office::import::parse;
use crate::office::import::rows::{AreaRow, IndicatorRow, ReturnRow};

/// An indicator's value in a return.
#[derive(Debug, Clone, Serialize)]
pub struct ReturnValueRow {
    /// The return.
    pub return_key: String,
    /// The indicator.
    pub indicator: String,
    /// The area; none for the award as a whole.
    pub area: Option<String>,
    /// The group; none for all of them together.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// Whether a value was reported at all.
    pub reported: bool,
    /// The value.
    pub value: Option<Quantity>,
    /// Of how many, for a percentage.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub denominator: Option<Quantity>,
    /// What exactly was counted.
    pub basis: Option<String>,
    /// What the row says of its figure.
    pub print: Print,
    /// What the row says of itself.
    pub origin: Origin,
}

impl Record for ReturnValueRow {
    const FILE: &'static str = "return_values";

    fn read(cells: &mut Cells<'_>) -> Option<Self> {
        let return_key = cells.must("return", parse::key);
        let indicator = cells.must("indicator", parse::key);
        let area = cells.may("area", parse::key);
        let group = cells.may("group", parse::text);
        let reported = cells.must("reported", parse::yes_no);
        let value = cells.need_if(reported == Some(true), "value", parse::word::<Quantity>);
        if reported == Some(false) && value.is_some() {
            cells.fault("value", "stands beside `reported` no; what is not reported has no value, and a reported nought is `yes` and 0");
        }
        let denominator = cells.may("denominator", parse::word::<Quantity>);
        let basis = cells.may("basis", parse::text);
        let print = cells.print();
        let origin = cells.origin();
        Some(Self {
            return_key: return_key?,
            indicator: indicator?,
            area,
            group,
            reported: reported?,
            value,
            denominator,
            basis,
            print,
            origin,
        })
    }

    fn key(&self) -> String {
        let of_group = self.group.as_ref().map(|group| format!("/{group}")).unwrap_or_default();
        format!("{}/{}/{}{of_group}", self.return_key, self.indicator, self.area.as_deref().unwrap_or_default())
    }

    fn origin(&self) -> &Origin {
        &self.origin
    }

    fn refers(&self, to: &mut References) {
        to.whole::<ReturnRow>("return", &self.return_key);
        to.one::<IndicatorRow>("indicator", &self.indicator);
        to.may::<AreaRow>("area", self.area.as_ref());
    }
}
