//! What kind of source money comes from. The ledger shows it too, so that what was drawn from reserves can be told apart (R11).

words! {
    /// What kind of source it is.
    pub enum SourceKind {
        /// A grant of central government.
        GovernmentGrant = "government_grant",
        /// A department, whatever the grant.
        GovernmentDepartment = "government_department",
        /// A package that several departments share out.
        GovernmentPackage = "government_package",
        /// Money seized from criminals (R12).
        RecoveredAssets = "recovered_assets",
        /// Reserves (R11).
        Reserves = "reserves",
        /// The commissioner's own budgets, not attributed further.
        Pcc = "pcc",
        /// Somebody who pays for a service together with the body (R04).
        CoFunder = "co_funder",
        /// A fund of the European Union.
        EuFund = "eu_fund",
        /// A fund that somebody else runs.
        ThirdPartyFund = "third_party_fund",
        /// Council tax.
        LocalTaxation = "local_taxation",
        /// Stands wherever a source is not named.
        NotPrinted = "not_printed",
    }
}
