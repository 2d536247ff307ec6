//! A folder of CSV files, and the office that it describes.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::office::import::CellFault;
use crate::office::import::cells::{self, Lost, Record};
use crate::office::import::rows::{
    AreaRow, AreaSetRow, AtRiskRow, AwardQuarterRow, AwardRow, AwardSplitRow, BidGateRow, BidRow, BodyRow, BudgetLineRow,
    ConsortiumMemberRow, ContributionRow, ControlTotalRow, EarmarkRow, FigureRow, FundPeriodRow, FundRow, FunderClaimReceiptRow,
    FunderClaimRow, IndicatorRow, IndicatorTargetRow, ProgrammeRow, ProviderCheckRow, ProviderRow, ReturnRow, ReturnSpendRow,
    ReturnTextRow, ReturnValueRow, ServiceLineRow, SettingRow, SourceRow, TrancheRow, UserRow, VariationRow,
};
use crate::office::import::table::{self, Table};

/// Files by name, as they stand on disk or in the program.
#[derive(Debug, Clone, Default)]
pub struct Folder(BTreeMap<String, Vec<u8>>);

impl Folder {
    /// All CSV files of a folder.
    ///
    /// # Errors
    /// A sentence where the folder or a file cannot be read.
    pub fn open(dir: &Path) -> Result<Self, String> {
        let failed = |error: std::io::Error| format!("The folder {} cannot be read: {error}.", dir.display());
        let mut files = BTreeMap::new();
        for entry in std::fs::read_dir(dir).map_err(failed)? {
            let path = entry.map_err(failed)?.path();
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
            if path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("csv")) {
                let bytes = std::fs::read(&path).map_err(|error| format!("The file {} cannot be read: {error}.", path.display()))?;
                files.insert(name, bytes);
            }
        }
        if files.is_empty() { Err(format!("The folder {} holds no CSV file.", dir.display())) } else { Ok(Self(files)) }
    }

    /// Files that are at hand.
    #[must_use]
    pub fn of<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        Self(files.into_iter().map(|(name, text)| (name.to_owned(), text.as_bytes().to_vec())).collect())
    }

    /// The same folder with one file in another form.
    #[must_use]
    pub fn with(mut self, name: &str, bytes: impl Into<Vec<u8>>) -> Self {
        self.0.insert(name.to_owned(), bytes.into());
        self
    }
}

/// Everything that a folder says, row by row.
#[derive(Debug, Clone, Default)]
pub struct Office {
    /// `commissioning_bodies.csv`
    pub bodies: Vec<BodyRow>,
    /// `areas.csv`
    pub areas: Vec<AreaRow>,
    /// `area_sets.csv`
    pub area_sets: Vec<AreaSetRow>,
    /// `funding_sources.csv`
    pub sources: Vec<SourceRow>,
    /// `funds.csv`
    pub funds: Vec<FundRow>,
    /// `fund_periods.csv`
    pub fund_periods: Vec<FundPeriodRow>,
    /// `budget_lines.csv`
    pub budget_lines: Vec<BudgetLineRow>,
    /// `at_risk_approvals.csv`
    pub at_risk: Vec<AtRiskRow>,
    /// `funder_claims.csv`
    pub funder_claims: Vec<FunderClaimRow>,
    /// `funder_claim_receipts.csv`
    pub funder_claim_receipts: Vec<FunderClaimReceiptRow>,
    /// `providers.csv`
    pub providers: Vec<ProviderRow>,
    /// `service_lines.csv`
    pub service_lines: Vec<ServiceLineRow>,
    /// `consortium_members.csv`
    pub consortium_members: Vec<ConsortiumMemberRow>,
    /// `provider_checks.csv`
    pub provider_checks: Vec<ProviderCheckRow>,
    /// `programmes.csv`
    pub programmes: Vec<ProgrammeRow>,
    /// `earmarks.csv`
    pub earmarks: Vec<EarmarkRow>,
    /// `tranches.csv`
    pub tranches: Vec<TrancheRow>,
    /// `bids.csv`
    pub bids: Vec<BidRow>,
    /// `bid_gates.csv`
    pub bid_gates: Vec<BidGateRow>,
    /// `awards.csv`
    pub awards: Vec<AwardRow>,
    /// `award_splits.csv`
    pub award_splits: Vec<AwardSplitRow>,
    /// `award_quarters.csv`
    pub award_quarters: Vec<AwardQuarterRow>,
    /// `variations.csv`
    pub variations: Vec<VariationRow>,
    /// `indicators.csv`
    pub indicators: Vec<IndicatorRow>,
    /// `indicator_targets.csv`
    pub indicator_targets: Vec<IndicatorTargetRow>,
    /// `returns.csv`
    pub returns: Vec<ReturnRow>,
    /// `return_spend.csv`
    pub return_spend: Vec<ReturnSpendRow>,
    /// `return_texts.csv`
    pub return_texts: Vec<ReturnTextRow>,
    /// `return_values.csv`
    pub return_values: Vec<ReturnValueRow>,
    /// `figures.csv`
    pub figures: Vec<FigureRow>,
    /// `contributions.csv`
    pub contributions: Vec<ContributionRow>,
    /// `control_totals.csv`
    pub control_totals: Vec<ControlTotalRow>,
    /// `settings.csv`
    pub settings: Vec<SettingRow>,
    /// `users.csv`
    pub users: Vec<UserRow>,
}

/// What was read of a folder.
#[derive(Debug, Clone, Default)]
pub struct Sheets {
    /// The rows that could be taken.
    pub office: Office,
    /// Those that could not.
    pub lost: Lost,
    /// Every fault of form.
    pub faults: Vec<CellFault>,
    tables: Vec<Table>,
}

impl Sheets {
    /// What stands in a cell; `None` where the file has no such row or column.
    #[must_use]
    pub fn cell(&self, file: &str, row: usize, column: &str) -> Option<&str> {
        let table = self.tables.iter().find(|table| table.file == file)?;
        let place = table.columns.iter().position(|name| name == column)?;
        table.rows.iter().find(|line| line.number == row).map(|line| line.cell(place))
    }

    /// Whether this file stands in the folder.
    #[must_use]
    pub fn has(&self, file: &str) -> bool {
        self.tables.iter().any(|table| table.file == file)
    }

    /// Reads every file of the folder. A file that is not there has no rows; one that nobody knows is a fault.
    #[must_use]
    pub fn read(folder: &Folder) -> Self {
        let mut reading = Reading { folder, known: BTreeSet::new(), lost: Lost::default(), faults: Vec::new(), tables: Vec::new() };
        let office = Office {
            bodies: reading.rows(),
            areas: reading.rows(),
            area_sets: reading.rows(),
            sources: reading.rows(),
            funds: reading.rows(),
            fund_periods: reading.rows(),
            budget_lines: reading.rows(),
            at_risk: reading.rows(),
            funder_claims: reading.rows(),
            funder_claim_receipts: reading.rows(),
            providers: reading.rows(),
            service_lines: reading.rows(),
            consortium_members: reading.rows(),
            provider_checks: reading.rows(),
            programmes: reading.rows(),
            earmarks: reading.rows(),
            tranches: reading.rows(),
            bids: reading.rows(),
            bid_gates: reading.rows(),
            awards: reading.rows(),
            award_splits: reading.rows(),
            award_quarters: reading.rows(),
            variations: reading.rows(),
            indicators: reading.rows(),
            indicator_targets: reading.rows(),
            returns: reading.rows(),
            return_spend: reading.rows(),
            return_texts: reading.rows(),
            return_values: reading.rows(),
            figures: reading.rows(),
            contributions: reading.rows(),
            control_totals: reading.rows(),
            settings: reading.rows(),
            users: reading.rows(),
        };
        reading.end(office)
    }
}

impl Office {
    /// Looks at every row, file by file, in the order in which files are loaded.
    pub fn each(&self, look: &mut impl Look) {
        look.rows(&self.bodies);
        look.rows(&self.areas);
        look.rows(&self.area_sets);
        look.rows(&self.sources);
        look.rows(&self.funds);
        look.rows(&self.fund_periods);
        look.rows(&self.budget_lines);
        look.rows(&self.at_risk);
        look.rows(&self.funder_claims);
        look.rows(&self.funder_claim_receipts);
        look.rows(&self.providers);
        look.rows(&self.service_lines);
        look.rows(&self.consortium_members);
        look.rows(&self.provider_checks);
        look.rows(&self.programmes);
        look.rows(&self.earmarks);
        look.rows(&self.tranches);
        look.rows(&self.bids);
        look.rows(&self.bid_gates);
        look.rows(&self.awards);
        look.rows(&self.award_splits);
        look.rows(&self.award_quarters);
        look.rows(&self.variations);
        look.rows(&self.indicators);
        look.rows(&self.indicator_targets);
        look.rows(&self.returns);
        look.rows(&self.return_spend);
        look.rows(&self.return_texts);
        look.rows(&self.return_values);
        look.rows(&self.figures);
        look.rows(&self.contributions);
        look.rows(&self.control_totals);
        look.rows(&self.settings);
        look.rows(&self.users);
    }
}

/// Something that looks at the rows of one file after another, whatever their kind.
pub trait Look {
    /// The rows of one file.
    fn rows<R: Record>(&mut self, rows: &[R]);
}

struct Reading<'a> {
    folder: &'a Folder,
    known: BTreeSet<String>,
    lost: Lost,
    faults: Vec<CellFault>,
    tables: Vec<Table>,
}

impl Reading<'_> {
    fn rows<R: Record>(&mut self) -> Vec<R> {
        let file = format!("{}.csv", R::FILE);
        self.known.insert(file.clone());
        let Some(bytes) = self.folder.0.get(&file) else { return Vec::new() };
        let table = table::read(&file, bytes, &mut self.faults);
        let rows = cells::rows(&table, &mut self.lost, &mut self.faults);
        self.tables.push(table);
        rows
    }

    fn end(mut self, office: Office) -> Sheets {
        for name in self.folder.0.keys().filter(|name| !self.known.contains(*name)) {
            let known: Vec<&str> = self.known.iter().map(String::as_str).collect();
            self.faults.push(CellFault::of_file(name, format!("is not a file of an office; those are {}", known.join(", "))));
        }
        Sheets { office, lost: self.lost, faults: self.faults, tables: self.tables }
    }
}
