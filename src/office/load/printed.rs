//! Figures that papers print, and the totals to hold against what is computed.

use crate::figures::control_totals::acts as control_totals;
use crate::figures::control_totals::rules::{ControlScope, ControlTotalInput};
use crate::figures::printed::acts as printed;
use crate::figures::printed::rules::{FigureInput, POUNDS};
use crate::figures::rules::Measured;
use crate::kernel::{Moment, Pence, Quantity, Refusal};
use crate::office::import::Office;
use crate::office::import::parse::Number;
use crate::office::import::rows::{
    AreaRow, ControlTotalRow, FigureRow, FundPeriodRow, FundRow, IndicatorRow, ProgrammeRow, SourceRow, TrancheRow,
};
use crate::office::load::loader::{Loader, provenance};

impl Loader<'_, '_> {
    /// Printed figures and control totals, as far as they became known this day.
    pub fn printed(&mut self, office: &Office) -> Result<(), Refusal> {
        for row in self.of_day(&office.figures, |_| None) {
            let Some(input) = self.figure(row) else { continue };
            self.put(row, row, |tx, id, _| match id {
                None => printed::create(tx, &input).map(|figure| figure.id),
                Some(_) => printed::replace(tx, &input).map(|figure| figure.id),
            })?;
        }
        for row in self.of_day(&office.control_totals, |_| None) {
            let Some(input) = self.control_total(row) else { continue };
            self.put(row, row, |tx, id, from| match id {
                None => control_totals::create(tx, &input, from).map(|total| total.id),
                Some(_) => control_totals::replace(tx, &input, from).map(|total| total.id),
            })?;
        }
        Ok(())
    }

    fn figure(&mut self, row: &FigureRow) -> Option<FigureInput> {
        let is_money = row.unit == POUNDS;
        let note = row.print.note();
        let value = self.measured(row, "value", &row.value, is_money)?;
        let value_high = row.value_high.as_ref().map(|high| self.measured(row, "value_high", high, is_money));
        let rounding_unit = row.print.rounding_unit.as_ref().map(|unit| self.measured(row, "rounding_unit", unit, is_money));
        Some(FigureInput {
            code: row.key.clone(),
            series: row.series.clone(),
            kind: row.kind,
            subject: row.subject.clone(),
            indicator_id: self.ids.may::<IndicatorRow>(row.indicator.as_ref())?,
            fund_id: self.ids.may::<FundRow>(row.fund.as_ref())?,
            programme_id: self.ids.may::<ProgrammeRow>(row.programme.as_ref())?,
            source_id: self.ids.may::<SourceRow>(row.source.as_ref())?,
            area_id: self.ids.may::<AreaRow>(row.area.as_ref())?,
            period: row.period.clone(),
            starts_on: row.starts_on,
            ends_on: row.ends_on,
            as_at: row.as_at,
            unit: row.unit.clone(),
            value,
            value_high: value_high.map_or(Some(None), |high| high.map(Some))?,
            basis: row.basis.clone(),
            figure_status: note.figure_status,
            precision: note.precision,
            rounding_unit: rounding_unit.map_or(Some(None), |unit| unit.map(Some))?,
            qualifier: note.qualifier,
            note: row.origin.note.clone(),
            provenance: provenance(&row.origin),
        })
    }

    /// A number in its unit. A value that the unit cannot hold, such as a tenth of a penny, becomes a fault of its cell.
    fn measured(&mut self, row: &FigureRow, column: &str, number: &Number, is_money: bool) -> Option<Measured> {
        let read =
            if is_money { Pence::from_pounds(&number.0).map(Measured::Pence) } else { number.0.parse::<Quantity>().map(Measured::Number) };
        read.map_err(|reason| self.fault(row, column, number.0.clone(), &reason)).ok()
    }

    fn control_total(&self, row: &ControlTotalRow) -> Option<ControlTotalInput> {
        let is_money = row.unit == POUNDS;
        let note = row.print.note();
        let count = |number: &Number| number.0.parse::<Quantity>().ok();
        let id = |key: &String| match row.scope_kind {
            ControlScope::Tranche => self.ids.one::<TrancheRow>(key).map(|id| id.to_string()),
            ControlScope::FundPeriod => self.ids.one::<FundPeriodRow>(key).map(|id| id.to_string()),
            ControlScope::Indicator => self.ids.one::<IndicatorRow>(key).map(|id| id.to_string()),
            ControlScope::Series => Some(key.clone()),
        };
        Some(ControlTotalInput {
            code: row.key.clone(),
            name: row.name.clone(),
            measure: row.measure,
            scope_kind: row.scope_kind,
            scope: row.scope.iter().map(id).collect::<Option<_>>()?,
            as_at: row.as_at,
            known_at: row.known_at.map(Moment::end_of),
            printed_pence: Pence::from_pounds(&row.printed.0).ok().filter(|_| is_money),
            printed_value: count(&row.printed).filter(|_| !is_money),
            rows_count: row.rows,
            figure_status: note.figure_status,
            precision: note.precision,
            rounding_unit_pence: note.rounding_unit_pence.filter(|_| is_money),
            rounding_unit: row.print.rounding_unit.as_ref().and_then(count).filter(|_| !is_money),
            qualifier: note.qualifier,
            note: row.origin.note.clone(),
        })
    }
}
