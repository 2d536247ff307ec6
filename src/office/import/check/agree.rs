//! What rows say together must agree: a split with its award, a tranche with its fund period, a gate with its bid.

use std::collections::{BTreeMap, BTreeSet};

use crate::awards::rules::AwardState;
use crate::figures::control_totals::rules::ControlScope;
use crate::kernel::Pence;
use crate::office::import::cells::Record;
use crate::office::import::check::{Known, fault};
use crate::office::import::rows::{
    AwardRow, AwardSplitRow, BudgetLineRow, FigureRow, FundPeriodRow, IndicatorRow, TrancheRow, VariationRow,
};
use crate::office::import::{CellFault, Office, Sheets};
use crate::providers::rules::ProviderKind;

/// Where rows of a file could not be read, what their absence would show is left alone.
pub(super) fn check(sheets: &Sheets, known: &Known, faults: &mut Vec<CellFault>) {
    let (office, is_whole) = (&sheets.office, |file| !sheets.lost.files.contains(file));
    let around = Around::of(office);
    earmarks(office, &around, faults);
    places(office, &around, faults);
    if is_whole(AwardSplitRow::FILE) {
        splits(office, &around, is_whole(BudgetLineRow::FILE), faults);
    }
    components(office, faults);
    variations(office, is_whole(VariationRow::FILE), faults);
    gates(office, faults);
    consortia(office, faults);
    returns(office, faults);
    scopes(office, known, is_whole(FigureRow::FILE), faults);
}

/// What other rows are held against. Where a key has several versions, what they share is taken from any of them.
struct Around<'a> {
    lines: BTreeMap<&'a str, &'a BudgetLineRow>,
    lines_of: BTreeMap<&'a str, BTreeSet<&'a str>>,
    tranches: BTreeMap<&'a str, &'a TrancheRow>,
    awards: BTreeMap<&'a str, &'a AwardRow>,
}

impl<'a> Around<'a> {
    fn of(office: &'a Office) -> Self {
        let mut lines_of: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for line in &office.budget_lines {
            lines_of.entry(&line.fund_period).or_default().insert(&line.key);
        }
        Self {
            lines: office.budget_lines.iter().map(|line| (line.key.as_str(), line)).collect(),
            lines_of,
            tranches: office.tranches.iter().map(|tranche| (tranche.key.as_str(), tranche)).collect(),
            awards: office.awards.iter().map(|award| (award.key.as_str(), award)).collect(),
        }
    }
}

fn earmarks(office: &Office, around: &Around<'_>, faults: &mut Vec<CellFault>) {
    for earmark in &office.earmarks {
        if let Some(line) = around.lines.get(earmark.budget_line.as_str())
            && line.fund_period != earmark.fund_period
        {
            faults.push(fault(
                earmark,
                "budget_line",
                &earmark.budget_line,
                format!("is a line of {}, not of this fund period", line.fund_period),
            ));
        }
    }
}

/// Tranche, earmark and service line of each award.
fn places(office: &Office, around: &Around<'_>, faults: &mut Vec<CellFault>) {
    let providers: BTreeMap<&str, &str> = office.service_lines.iter().map(|line| (line.key.as_str(), line.provider.as_str())).collect();
    for award in &office.awards {
        if let Some((key, tranche)) = award.tranche.as_ref().and_then(|key| Some((key, around.tranches.get(key.as_str())?)))
            && tranche.fund_period != award.fund_period
        {
            faults.push(fault(award, "tranche", key, format!("is a tranche of {}, not of this fund period", tranche.fund_period)));
        }
        let earmark = award.earmark.as_ref().and_then(|key| office.earmarks.iter().rfind(|earmark| earmark.key == *key));
        if let Some(earmark) = earmark.filter(|earmark| earmark.fund_period != award.fund_period) {
            faults.push(fault(
                award,
                "earmark",
                &earmark.key,
                format!("is an earmark of {}, not of this fund period", earmark.fund_period),
            ));
        }
        if let Some((key, _)) = award.earmark.as_ref().zip(award.tranche.as_ref()) {
            faults.push(fault(award, "earmark", key, "the money comes from a tranche or from an earmark, not from both"));
        }
        if let Some((key, provider)) = award.service_line.as_ref().and_then(|key| Some((key, providers.get(key.as_str())?)))
            && award.provider.as_deref() != Some(*provider)
        {
            faults.push(fault(award, "service_line", key, format!("is a service of {provider}, not of this provider")));
        }
    }
}

/// From which lines each award draws, to the penny.
fn splits(office: &Office, around: &Around<'_>, has_all_lines: bool, faults: &mut Vec<CellFault>) {
    let mut sums: BTreeMap<&str, Pence> = BTreeMap::new();
    for split in &office.award_splits {
        let sum = sums.entry(&split.award).or_default();
        *sum = *sum + split.amount;
        if let (Some(award), Some(line)) = (around.awards.get(split.award.as_str()), around.lines.get(split.budget_line.as_str()))
            && line.fund_period != award.fund_period
        {
            faults.push(fault(
                split,
                "budget_line",
                &split.budget_line,
                format!("is a line of {}; the award hangs in {}", line.fund_period, award.fund_period),
            ));
        }
    }
    for award in &office.awards {
        let lines = around.lines_of.get(award.fund_period.as_str()).map_or(0, BTreeSet::len);
        let is_promised = !matches!(award.state, AwardState::Draft | AwardState::Refused | AwardState::Lapsed | AwardState::Withdrawn);
        match sums.get(award.key.as_str()) {
            Some(sum) if award.amount != Some(*sum) => {
                let amount = award.amount.map(Pence::pounds).unwrap_or_default();
                faults.push(fault(award, "amount", amount, format!("the rows of award_splits.csv for this award add up to {sum}")));
            }
            None if has_all_lines && lines > 1 && award.amount.is_some() && award.component_of.is_none() && is_promised => {
                let reason = format!("this fund period has {lines} budget lines; award_splits.csv says from which the award draws");
                faults.push(fault(award, "fund_period", &award.fund_period, reason));
            }
            _ => {}
        }
    }
}

fn components(office: &Office, faults: &mut Vec<CellFault>) {
    let parts: BTreeSet<&str> = office.awards.iter().filter(|award| award.component_of.is_some()).map(|award| award.key.as_str()).collect();
    for award in &office.awards {
        if let Some(whole) = award.component_of.as_deref().filter(|whole| parts.contains(whole)) {
            faults.push(fault(award, "component_of", whole, "is itself a part of another award; name the whole"));
        }
    }
    let whole_of: BTreeMap<&str, Option<&str>> =
        office.awards.iter().map(|award| (award.key.as_str(), award.component_of.as_deref())).collect();
    for variation in &office.variations {
        for share in &variation.shared_by {
            if whole_of.get(share.as_str()).is_some_and(|whole| *whole != Some(variation.award.as_str())) {
                faults.push(fault(variation, "shared_by", share, "is not a component of the award that is varied"));
            }
        }
    }
}

fn variations(office: &Office, is_whole: bool, faults: &mut Vec<CellFault>) {
    let mut numbers: BTreeMap<&str, BTreeMap<i32, &str>> = BTreeMap::new();
    for variation in &office.variations {
        let holder = numbers.entry(&variation.award).or_default().entry(variation.number).or_insert(&variation.key);
        if *holder != variation.key {
            faults.push(fault(variation, "number", variation.number, format!("{holder} has this number already")));
        }
    }
    for variation in &office.variations {
        let known = numbers.get(variation.award.as_str());
        if is_whole && variation.number > 1 && known.is_some_and(|known| !known.contains_key(&(variation.number - 1))) {
            faults.push(fault(variation, "number", variation.number, format!("number {} of this award is missing", variation.number - 1)));
        }
    }
}

fn gates(office: &Office, faults: &mut Vec<CellFault>) {
    let counts: BTreeMap<&str, i32> = office.bids.iter().map(|bid| (bid.key.as_str(), bid.gates.unwrap_or(0))).collect();
    for gate in &office.bid_gates {
        if let Some(count) = counts.get(gate.bid.as_str()).filter(|count| gate.number > **count) {
            faults.push(fault(gate, "number", gate.number, format!("the bid has {count} gates")));
        }
    }
}

fn consortia(office: &Office, faults: &mut Vec<CellFault>) {
    let kinds: BTreeMap<&str, Option<ProviderKind>> =
        office.providers.iter().map(|provider| (provider.key.as_str(), provider.kind)).collect();
    for row in &office.consortium_members {
        if kinds.get(row.consortium.as_str()).is_some_and(|kind| *kind != Some(ProviderKind::Consortium)) {
            faults.push(fault(row, "consortium", &row.consortium, "is not a provider of kind `consortium`"));
        }
        if row.member.as_deref() == Some(row.consortium.as_str()) {
            faults.push(fault(row, "member", &row.consortium, "a consortium is not its own member"));
        }
    }
}

fn returns(office: &Office, faults: &mut Vec<CellFault>) {
    let awards_of: BTreeMap<&str, &[String]> =
        office.indicators.iter().map(|indicator| (indicator.key.as_str(), indicator.awards.as_slice())).collect();
    let award_of: BTreeMap<&str, &str> = office.returns.iter().map(|row| (row.key.as_str(), row.award.as_str())).collect();
    for value in &office.return_values {
        let award = award_of.get(value.return_key.as_str());
        if let (Some(award), Some(asked)) = (award, awards_of.get(value.indicator.as_str()))
            && !asked.iter().any(|key| key == award)
        {
            faults.push(fault(
                value,
                "indicator",
                &value.indicator,
                format!("is not asked of {award}; name that award in `indicators.csv`"),
            ));
        }
    }
}

/// What control totals add up.
fn scopes(office: &Office, known: &Known, is_whole: bool, faults: &mut Vec<CellFault>) {
    let series: BTreeSet<&str> = office.figures.iter().filter_map(|figure| figure.series.as_deref()).collect();
    let mut index: BTreeSet<(&str, &str)> = known.iter().map(|(file, key)| (file.as_str(), key.as_str())).collect();
    index.extend(office.tranches.iter().map(|row| (TrancheRow::FILE, row.key.as_str())));
    index.extend(office.fund_periods.iter().map(|row| (FundPeriodRow::FILE, row.key.as_str())));
    index.extend(office.indicators.iter().map(|row| (IndicatorRow::FILE, row.key.as_str())));
    for total in &office.control_totals {
        for scope in &total.scope {
            let is_there = match total.scope_kind {
                ControlScope::Tranche => index.contains(&(TrancheRow::FILE, scope)),
                ControlScope::FundPeriod => index.contains(&(FundPeriodRow::FILE, scope)),
                ControlScope::Indicator => index.contains(&(IndicatorRow::FILE, scope)),
                ControlScope::Series => series.contains(scope.as_str()) || !is_whole,
            };
            if !is_there {
                faults.push(fault(total, "scope", scope, format!("there is no {} of this name", total.scope_kind)));
            }
        }
    }
}
