//! THE matrix: which role may do what. Nothing else in the program decides this.
//!
//! Each permission has a type in [`can`], which a handler names in its argument; the route, the description's `x-permission` and
//! the refusal's sentence all come from that one place. What a provider sees is narrowed further by scope: its own records only.

use Role::{
    Administrator as Adm, Applicant as App, Approver as Apr, Auditor as Aud, BoardReader as Brd, ChiefFinanceOfficer as Cfo,
    Commissioner as Com, DataProtectionOfficer as Dpo, Endorser as End, Finance as Fin, PanelMember as Pan, ProviderAuthor as Pau,
    ProviderSignatory as Psi,
};

use crate::kernel::{Faults, Id};

words! {
    /// A part that a person or program plays.
    pub enum Role {
        /// Runs funds, tranches, awards and variations; reviews returns.
        Commissioner = "commissioner",
        /// Takes what a commissioner must not take alone: risk before money is confirmed, the early end of an award, a provider's yes on paper, and payments.
        Approver = "approver",
        /// Manages people and programs, never money.
        Administrator = "administrator",
        /// Pulls reports, confirms budgets, authorises and exports payments.
        Finance = "finance",
        /// Reads everything with the log.
        Auditor = "auditor",
        /// Reads published figures.
        BoardReader = "board_reader",
        /// Writes a provider's returns.
        ProviderAuthor = "provider_author",
        /// Signs for a provider.
        ProviderSignatory = "provider_signatory",
        /// Applies to an open tranche.
        Applicant = "applicant",
        /// Scores and decides.
        PanelMember = "panel_member",
        /// Endorses applications of an area.
        Endorser = "endorser",
        /// Certifies what is claimed from funders; says who may authorise how much; sees all money.
        ChiefFinanceOfficer = "chief_finance_officer",
        /// Takes personal data out of what was kept.
        DataProtectionOfficer = "data_protection_officer",
    }
}

impl Role {
    /// Whether the role is confined to one provider's records.
    #[must_use]
    pub const fn is_provider(self) -> bool {
        matches!(self, Self::ProviderAuthor | Self::ProviderSignatory)
    }
}

/// A permission as a handler's type.
pub trait Permit: 'static {
    /// The permission; `None` where anyone may call.
    fn permission() -> Option<Permission>;
}

/// Defines the permissions, their types and the matrix from one table.
macro_rules! matrix {
    ($(#[doc = $what:literal] $name:ident = $word:literal: [$($role:ident),*];)+) => {
        words! {
            /// Leave to do one kind of thing.
            pub enum Permission { $(#[doc = $what] $name = $word,)+ }
        }

        impl Permission {
            /// What it lets people do, in a sentence.
            #[must_use]
            pub const fn what(self) -> &'static str {
                match self { $(Self::$name => $what.trim_ascii(),)+ }
            }


            /// The roles that have it.
            #[must_use]
            pub const fn roles(self) -> &'static [Role] {
                match self { $(Self::$name => &[$($role),*],)+ }
            }
        }

        /// A type for each permission, to be named in a handler's argument.
        pub mod can {
            use super::{Permission, Permit};
            /// Anyone, signed in or not.
            pub struct Anyone;
            impl Permit for Anyone {
                fn permission() -> Option<Permission> { None }
            }
            $(#[doc = $what] pub struct $name;
            impl Permit for $name {
                fn permission() -> Option<Permission> { Some(Permission::$name) }
            })+
        }
    };
}

matrix! {
    /// See and end one's own session.
    SessionUse = "session.use": [Com, Apr, Adm, Fin, Aud, Brd, Pau, Psi, App, Pan, End, Cfo, Dpo];
    /// See users and service clients.
    UsersRead = "users.read": [Adm, Aud];
    /// Make, change and switch off users and service clients.
    UsersManage = "users.manage": [Adm];
    /// See commissioning bodies, areas and area sets.
    OfficeRead = "office.read": [Com, Apr, Adm, Fin, Aud, Brd, Pau, Psi, App, Pan, End, Cfo, Dpo];
    /// Change commissioning bodies, areas and area sets.
    OfficeManage = "office.manage": [Com, Adm];
    /// See sources, funds, periods, budget lines, earmarks and tranches.
    FundsRead = "funds.read": [Com, Apr, Adm, Fin, Aud, Brd, Cfo];
    /// Make and change sources, funds, periods, budget lines, earmarks and tranches.
    FundsManage = "funds.manage": [Com, Fin];
    /// Confirm, restate or withdraw a budget line.
    BudgetsConfirm = "budgets.confirm": [Fin];
    /// Approve commitments against a budget that is not confirmed (R48).
    AtRiskApprove = "at_risk.approve": [Apr];
    /// See bids.
    BidsRead = "bids.read": [Com, Apr, Fin, Aud, Cfo];
    /// Make and change bids.
    BidsManage = "bids.manage": [Com, Fin];
    /// See claims to funders.
    ClaimsRead = "claims.read": [Com, Apr, Fin, Aud, Cfo];
    /// Write claims to funders, and take back those that are not certified.
    ClaimsManage = "claims.manage": [Com, Fin, Cfo];
    /// Certify claims to funders, and take back certified ones.
    ClaimsCertify = "claims.certify": [Cfo];
    /// Note money that came for a claim.
    ClaimsReceive = "claims.receive": [Fin];
    /// See providers and programmes; a provider sees itself.
    ProvidersRead = "providers.read": [Com, Apr, Adm, Fin, Aud, Pau, Psi, Cfo, Dpo];
    /// Make and change providers, service lines and programmes.
    ProvidersManage = "providers.manage": [Com];
    /// Record due-diligence checks of providers, and attach their evidence.
    ProvidersCheck = "providers.check": [Com, Fin];
    /// Confirm that a provider's supplier number is the right one.
    SupplierNumbersConfirm = "supplier_numbers.confirm": [Fin];
    /// See awards; a provider sees its own.
    AwardsRead = "awards.read": [Com, Apr, Fin, Aud, Pau, Psi, Cfo, Dpo];
    /// Draft, offer, pause and close awards.
    AwardsManage = "awards.manage": [Com];
    /// Accept an offered award for one's own provider, or on behalf of one that signed on paper.
    AwardsRespond = "awards.respond": [Apr, Psi];
    /// Refuse an offered award for one's own provider.
    AwardsRefuse = "awards.refuse": [Psi];
    /// End an award before its time.
    AwardsTerminate = "awards.terminate": [Apr];
    /// Set what every contract must carry (R64, R65).
    AgreementPolicyManage = "agreement_policy.manage": [Adm];
    /// See variations; a provider sees its own once issued.
    VariationsRead = "variations.read": [Com, Apr, Fin, Aud, Pau, Psi, Cfo];
    /// Draft, issue, withdraw and apply variations.
    VariationsManage = "variations.manage": [Com];
    /// Accept a variation for one's own provider, or on behalf of one that signed on paper.
    VariationsRespond = "variations.respond": [Apr, Psi];
    /// Refuse a variation for one's own provider.
    VariationsRefuse = "variations.refuse": [Psi];
    /// See variation campaigns, and what they would do.
    CampaignsRead = "campaigns.read": [Com, Apr, Fin, Aud, Cfo];
    /// Draft variation campaigns, remind providers of them, rebase what was overtaken, and take them back.
    CampaignsManage = "campaigns.manage": [Com];
    /// Issue and apply variation campaigns.
    CampaignsIssue = "campaigns.issue": [Com, Apr];
    /// Issue and apply variation campaigns of somebody else that change what awards are worth.
    CampaignsApprove = "campaigns.approve": [Apr];
    /// Approve a change of the value that somebody else wrote, where the office's limit asks for that.
    VariationsApprove = "variations.approve": [Apr];
    /// Set how much may be used for something else without acceptance, and which changes are approved.
    VariationPolicyManage = "variation_policy.manage": [Adm];
    /// See returns; a provider sees its own.
    ReturnsRead = "returns.read": [Com, Apr, Fin, Aud, Pau, Psi, Cfo, Dpo];
    /// Write a return of one's own provider, or one of any provider on its behalf.
    ReturnsWrite = "returns.write": [Com, Pau, Psi];
    /// Answer what the office asks about a return of one's own provider.
    ReturnsAnswer = "returns.answer": [Pau, Psi];
    /// Certify a return of one's own provider.
    ReturnsCertify = "returns.certify": [Psi];
    /// Submit a return of one's own provider.
    ReturnsSubmit = "returns.submit": [Pau, Psi];
    /// Query and accept returns.
    ReturnsReview = "returns.review": [Com];
    /// See which files of past returns were taken in.
    ReturnImportsRead = "return_imports.read": [Com, Apr, Fin, Aud];
    /// Take in the returns of an office's past from a file, and take such an import back.
    ReturnsImport = "returns.import": [Com];
    /// Take personal data out of returns.
    ReturnsRedact = "returns.redact": [Dpo];
    /// Set when returns are due and how often they are asked for.
    ReturnPolicyManage = "return_policy.manage": [Com, Adm];
    /// See payments and payment schedules; a provider sees its own.
    PaymentsRead = "payments.read": [Com, Apr, Fin, Aud, Pau, Psi, Cfo];
    /// Schedule payments, enter invoices, hold, release, bring forward and cancel payments.
    PaymentsManage = "payments.manage": [Com, Fin];
    /// Authorise payments that somebody else asked for.
    PaymentsAuthorise = "payments.authorise": [Apr, Fin];
    /// See what holds payments, and who may authorise how much.
    PaymentRulesRead = "payment_rules.read": [Com, Apr, Fin, Aud, Cfo];
    /// Make, change and lift rules that hold payments.
    PaymentRulesManage = "payment_rules.manage": [Cfo];
    /// Set who may authorise how much, and when invoices are due.
    PaymentPolicyManage = "payment_policy.manage": [Cfo];
    /// See what is asked back of what was paid; a provider sees its own.
    RecoveriesRead = "recoveries.read": [Com, Apr, Fin, Aud, Pau, Psi, Cfo];
    /// Ask providers for money back.
    RecoveriesManage = "recoveries.manage": [Com, Fin];
    /// Note money that providers paid back.
    RecoveriesReceive = "recoveries.receive": [Fin];
    /// Give up money that somebody else asked back: write it off, or withdraw the request.
    RecoveriesWriteOff = "recoveries.write_off": [Apr, Fin];
    /// See payment runs and their files.
    PaymentRunsRead = "payment_runs.read": [Apr, Fin, Aud, Cfo];
    /// Gather payment runs, export them, and read what the finance system answered.
    PaymentRunsManage = "payment_runs.manage": [Fin];
    /// See the year end of a fund period.
    YearEndRead = "year_end.read": [Com, Apr, Fin, Aud, Cfo];
    /// Cut a year off, propose and export journals, decide on unspent money.
    YearEndManage = "year_end.manage": [Fin];
    /// Approve the journal that somebody else proposed.
    YearEndApprove = "year_end.approve": [Apr, Cfo];
    /// Close a year, and note its audit.
    YearEndFinalise = "year_end.finalise": [Cfo];
    /// Estimate what an award will have spent by the end of the year; a provider for its own.
    YearEndEstimate = "year_end.estimate": [Com, Fin, Pau, Psi];
    /// See novations; a provider those that it is party to, once issued.
    NovationsRead = "novations.read": [Com, Apr, Fin, Aud, Pau, Psi, Cfo];
    /// Draft, preview, withdraw and apply novations, and remind those who have not answered one.
    NovationsManage = "novations.manage": [Com];
    /// Issue novations; where money goes along, those that somebody else drafted.
    NovationsIssue = "novations.issue": [Com, Apr];
    /// Accept a novation for one's own provider, or for a party that signed on paper.
    NovationsRespond = "novations.respond": [Apr, Psi];
    /// Refuse a novation for one's own provider.
    NovationsRefuse = "novations.refuse": [Psi];
    /// See meetings with providers; a provider sees its own.
    MeetingsRead = "meetings.read": [Com, Apr, Fin, Aud, Pau, Psi];
    /// Plan meetings with providers, write down what was said and what is to be done.
    MeetingsManage = "meetings.manage": [Com];
    /// Pull reports that count no people.
    ReportsRead = "reports.read": [Com, Apr, Fin, Aud, Brd, Cfo];
    /// See counts of people as they were reported, small numbers included.
    CountsRead = "counts.read": [Com, Apr, Fin, Aud, Cfo];
    /// See what was gathered for the board; a board reader once it is signed off.
    BoardSnapshotsRead = "board_snapshots.read": [Com, Apr, Fin, Aud, Brd, Cfo];
    /// Gather a quarter for the board and keep it.
    BoardSnapshotsMake = "board_snapshots.make": [Com, Apr, Fin];
    /// Sign off the small numbers of what somebody else gathered for the board.
    BoardSnapshotsSignOff = "board_snapshots.sign_off": [Com, Apr];
    /// Set below which count people are too few to be shown; a data protection officer has this role.
    PublicationPolicyManage = "publication_policy.manage": [Adm];
    /// See what is added to awards for publication, what is due to be published, notices of decisions and redactions.
    PublicationsRead = "publications.read": [Com, Apr, Fin, Aud, Cfo, Dpo];
    /// Write what is published of awards, and draft notices of decisions.
    PublicationsWrite = "publications.write": [Com];
    /// Publish and withdraw notices of decisions that somebody else drafted.
    DecisionNoticesPublish = "decision_notices.publish": [Com, Apr];
    /// Redact what is published, and lift redactions.
    RedactionsManage = "redactions.manage": [Com, Dpo];
    /// Set the name, the licence and the prefix under which the office publishes.
    OpenDataPolicyManage = "open_data_policy.manage": [Adm];
    /// Keep control totals.
    ControlTotalsManage = "control_totals.manage": [Fin];
    /// See ledger accounts and movements.
    LedgerRead = "ledger.read": [Fin, Aud, Cfo];
    /// See the log and check its chain.
    AuditRead = "audit.read": [Aud, Adm, Dpo];
    /// Fetch files attached to a record that one may see.
    DocumentsRead = "documents.read": [Com, Apr, Fin, Aud, Pau, Psi, Cfo, Dpo];
    /// Attach files to a record that one may see.
    DocumentsAttach = "documents.attach": [Com, Pau, Psi];
}

impl Permission {
    /// Whether any of `roles` has it.
    #[must_use]
    pub fn is_given_to(self, roles: &[Role]) -> bool {
        self.roles().iter().any(|role| roles.contains(role))
    }
}

/// Whether these roles may be one person's or program's: at least one, none twice, and a provider's role only with that provider
/// and with no role of the office, since a provider role confines whatever other roles there are.
pub fn check_roles(roles: &[Role], provider_id: Option<Id>, faults: &mut Faults) {
    faults.require(!roles.is_empty(), "/roles", "too_few_items", "At least one role is needed.");
    let repeated = roles.iter().enumerate().any(|(at, role)| roles.iter().skip(at + 1).any(|other| other == role));
    faults.require(!repeated, "/roles", "repeated", "A role stands here twice.");
    let of_provider = roles.iter().filter(|role| role.is_provider()).count();
    if of_provider == 0 {
        faults.require(provider_id.is_none(), "/provider_id", "not_allowed", "Only provider roles belong to a provider; leave it out.");
        return;
    }
    faults.require(provider_id.is_some(), "/provider_id", "required", "A provider role needs the provider that it belongs to.");
    let message = "Provider roles and roles of the office cannot be combined; make two users.";
    faults.require(of_provider == roles.len(), "/roles", "mixed_roles", message);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(roles: &[Role], provider_id: Option<Id>) -> Vec<String> {
        let mut faults = Faults::new();
        check_roles(roles, provider_id, &mut faults);
        faults.0.into_iter().map(|fault| format!("{} {}", fault.pointer, fault.code)).collect()
    }

    #[test]
    fn provider_roles_need_their_provider_and_stand_alone() {
        let provider = Some(Id::new());
        assert_eq!(faults(&[Role::Finance, Role::Commissioner], None), [""; 0]);
        assert_eq!(faults(&[Role::ProviderAuthor, Role::ProviderSignatory], provider), [""; 0]);
        assert_eq!(faults(&[Role::ProviderAuthor], None), ["/provider_id required"]);
        assert_eq!(faults(&[Role::Finance], provider), ["/provider_id not_allowed"]);
        assert_eq!(faults(&[Role::Finance, Role::ProviderAuthor], None), ["/provider_id required", "/roles mixed_roles"]);
        assert_eq!(faults(&[], None), ["/roles too_few_items"]);
        assert_eq!(faults(&[Role::Auditor, Role::Auditor], None), ["/roles repeated"]);
    }

    #[test]
    fn two_acts_are_one_officers_alone() {
        assert_eq!(Permission::ReturnsRedact.roles(), [Role::DataProtectionOfficer]);
        assert_eq!(Permission::ClaimsCertify.roles(), [Role::ChiefFinanceOfficer]);
    }

    #[test]
    fn every_permission_is_given_to_somebody_and_no_administrator_moves_money() {
        for permission in Permission::ALL {
            assert!(!permission.roles().is_empty(), "{permission} is given to nobody");
        }
        for money in [
            Permission::FundsManage,
            Permission::BudgetsConfirm,
            Permission::AtRiskApprove,
            Permission::ClaimsCertify,
            Permission::AwardsManage,
            Permission::PaymentsAuthorise,
            Permission::PaymentPolicyManage,
            Permission::PaymentRunsManage,
            Permission::RecoveriesManage,
            Permission::RecoveriesWriteOff,
            Permission::YearEndManage,
            Permission::YearEndFinalise,
        ] {
            assert!(!money.is_given_to(&[Role::Administrator]), "{money}");
        }
    }
}
