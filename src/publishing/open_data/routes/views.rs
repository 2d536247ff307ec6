//! What everybody gets. Each field here is on the list in `docs/PUBLISHING.md`.

use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

use crate::kernel::{Id, Moment, Pence};
use crate::publishing::open_data::acts::{PublicNotice, PublicPayment, PublicRound};
use crate::publishing::open_data::policy::rules::OpenDataPolicy;
use crate::publishing::open_data::rules::entry::{COPY_ABOVE, Entry};
use crate::publishing::open_data::rules::feed::{Feed, FeedEntry};
use crate::publishing::open_data::rules::month::Month;

/// What a file is, and under which name and licence it is published.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct OpenDataHead {
    /// What it is.
    #[schema(max_length = 200)]
    pub title: String,
    /// What stands in it and on what basis.
    #[schema(max_length = 1000)]
    pub basis: String,
    /// The office, where it has set its name.
    #[schema(max_length = 200)]
    pub publisher: Option<String>,
    /// The licence, where the office has set one.
    #[schema(max_length = 300)]
    pub licence_url: Option<String>,
    /// When anything in it changed the last time; none of an empty file.
    pub updated_at: Option<Moment>,
}

impl OpenDataHead {
    /// The head of a file.
    pub fn of(title: &str, basis: &str, policy: &OpenDataPolicy, updated_at: Option<Moment>) -> Self {
        Self {
            title: title.to_owned(),
            basis: basis.to_owned(),
            publisher: policy.publisher_name.clone(),
            licence_url: policy.licence_url.clone(),
            updated_at,
        }
    }
}

/// A crime and disorder reduction grant in the register.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RegisteredGrant {
    /// Its reference.
    #[schema(max_length = 120)]
    reference: String,
    /// Who receives it.
    #[schema(max_length = 300)]
    recipient: String,
    /// The recipient's charity number.
    #[schema(max_length = 20)]
    recipient_charity_number: Option<String>,
    /// The recipient's company number.
    #[schema(max_length = 20)]
    recipient_company_number: Option<String>,
    /// Its title.
    #[schema(max_length = 300)]
    title: String,
    /// What it is for.
    #[schema(max_length = 4000)]
    purpose: Option<String>,
    /// Why it was made.
    #[schema(max_length = 4000)]
    reasons: Option<String>,
    /// Its conditions.
    #[schema(max_items = 200)]
    conditions: Vec<String>,
    /// Its amount, in pence, all variations included.
    amount_pence: Option<Pence>,
    /// The day of the decision.
    awarded_on: Option<NaiveDate>,
    /// The day on which it was agreed; it stands in the register of that month.
    agreed_on: Option<NaiveDate>,
    /// Its first day.
    starts_on: Option<NaiveDate>,
    /// Its last day.
    ends_on: Option<NaiveDate>,
    /// Fields that are redacted.
    #[schema(max_items = 20)]
    redacted: Vec<String>,
    /// Fields that no paper of the office prints: they are left out.
    #[schema(max_items = 20)]
    not_evidenced: Vec<String>,
}

impl From<&Entry> for RegisteredGrant {
    fn from(entry: &Entry) -> Self {
        let entry = entry.clone();
        Self {
            reference: entry.reference,
            recipient: entry.recipient.name,
            recipient_charity_number: entry.recipient.charity_number,
            recipient_company_number: entry.recipient.company_number,
            title: entry.title,
            purpose: entry.purpose,
            reasons: entry.reasons,
            conditions: entry.conditions,
            amount_pence: entry.amount_pence,
            awarded_on: entry.awarded_on,
            agreed_on: entry.agreed_on,
            starts_on: entry.starts_on,
            ends_on: entry.ends_on,
            redacted: entry.redacted,
            not_evidenced: entry.not_evidenced,
        }
    }
}

/// The register of crime and disorder reduction grants.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct GrantRegister {
    /// What it is.
    #[serde(flatten)]
    pub head: OpenDataHead,
    /// The month; none where all of them are shown.
    pub month: Option<Month>,
    /// The grants, by reference.
    #[schema(max_items = 100_000)]
    pub items: Vec<RegisteredGrant>,
}

/// A payment above £500.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SpendItem {
    /// When it was paid.
    paid_on: Option<NaiveDate>,
    /// The payment's reference, by which the office finds it in its own ledger.
    #[schema(max_length = 120)]
    payment_reference: String,
    /// The award that it is of.
    #[schema(max_length = 120)]
    award_reference: String,
    /// Who was paid.
    #[schema(max_length = 300)]
    recipient: String,
    /// The title of the award.
    #[schema(max_length = 300)]
    title: String,
    /// What was paid, in pence, net of the VAT that the office recovers.
    amount_pence: Pence,
    /// What it is for.
    #[schema(max_length = 4000)]
    purpose: Option<String>,
    /// Why the office holds that it is value for money.
    #[schema(max_length = 4000)]
    value_for_money_reasons: Option<String>,
    /// Fields that are redacted.
    #[schema(max_items = 20)]
    redacted: Vec<String>,
}

impl From<PublicPayment<'_>> for SpendItem {
    fn from(one: PublicPayment<'_>) -> Self {
        let PublicPayment { paid, entry, recipient, redacted, .. } = one;
        Self {
            paid_on: paid.paid_on,
            payment_reference: paid.reference,
            award_reference: entry.reference.clone(),
            recipient,
            title: entry.title.clone(),
            amount_pence: paid.amount_pence,
            purpose: entry.purpose.clone(),
            value_for_money_reasons: entry.value_for_money_reasons.clone(),
            redacted,
        }
    }
}

/// The extract for the list of spending over £500.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SpendExtract {
    /// What it is.
    #[serde(flatten)]
    pub head: OpenDataHead,
    /// The month; none where nothing was paid yet.
    pub month: Option<Month>,
    /// The payments, in the order in which they were paid.
    #[schema(max_items = 100_000)]
    pub items: Vec<SpendItem>,
}

/// A contract.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ContractItem {
    /// Its reference.
    #[schema(max_length = 120)]
    reference: String,
    /// With whom.
    #[schema(max_length = 300)]
    contractor: String,
    /// Its title.
    #[schema(max_length = 300)]
    title: String,
    /// What it is for.
    #[schema(max_length = 4000)]
    purpose: Option<String>,
    /// What it is worth, in pence, net of VAT, all its years together.
    value_pence: Option<Pence>,
    /// Whether it is worth more than £10,000, so that a copy is published.
    is_above_10000_pounds: bool,
    /// Where its copy is.
    #[schema(max_length = 500)]
    copy_url: Option<String>,
    /// The day on which it was agreed.
    agreed_on: Option<NaiveDate>,
    /// Its first day.
    starts_on: Option<NaiveDate>,
    /// Its last day.
    ends_on: Option<NaiveDate>,
    /// Fields that are redacted.
    #[schema(max_items = 20)]
    redacted: Vec<String>,
    /// Fields that no paper of the office prints: they are left out.
    #[schema(max_items = 20)]
    not_evidenced: Vec<String>,
}

impl ContractItem {
    /// A contract.
    pub fn of(entry: &Entry, policy: &OpenDataPolicy) -> Self {
        let entry = entry.clone();
        let value_pence = entry.whole_value();
        let place = |_: Id| policy.address(&format!("/open-data/contracts/{}/copy", entry.award_id));
        Self {
            copy_url: entry.contract_document_id.map(place),
            is_above_10000_pounds: value_pence.is_some_and(|value| value > COPY_ABOVE),
            value_pence,
            reference: entry.reference,
            contractor: entry.recipient.name,
            title: entry.title,
            purpose: entry.purpose,
            agreed_on: entry.agreed_on,
            starts_on: entry.starts_on,
            ends_on: entry.ends_on,
            redacted: entry.redacted,
            not_evidenced: entry.not_evidenced,
        }
    }
}

/// The list of contracts.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ContractList {
    /// What it is.
    #[serde(flatten)]
    pub head: OpenDataHead,
    /// The contracts, by reference.
    #[schema(max_items = 100_000)]
    pub items: Vec<ContractItem>,
}

/// A notice of a decision.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct NoticeItem {
    /// Its reference.
    #[schema(max_length = 60)]
    reference: String,
    /// Its title.
    #[schema(max_length = 300)]
    title: String,
    /// What was decided.
    #[schema(max_length = 4000)]
    decision: String,
    /// Why.
    #[schema(max_length = 4000)]
    reasons: String,
    /// Who decided.
    #[schema(max_length = 200)]
    approver: String,
    /// When.
    decided_on: NaiveDate,
    /// When it was published.
    published_on: Option<NaiveDate>,
    /// The award that it is on.
    #[schema(max_length = 120)]
    award_reference: String,
    /// Who receives that.
    #[schema(max_length = 300)]
    recipient: String,
    /// Fields that are redacted.
    #[schema(max_items = 20)]
    redacted: Vec<String>,
}

impl From<&PublicNotice> for NoticeItem {
    fn from(one: &PublicNotice) -> Self {
        let (reference, row) = one.notice.clone();
        Self {
            reference,
            title: row.title,
            decision: row.decision,
            reasons: row.reasons,
            approver: row.approver,
            decided_on: row.decided_on,
            published_on: row.published_on,
            award_reference: one.award.reference.clone(),
            recipient: one.recipient.clone(),
            redacted: one.redacted.clone(),
        }
    }
}

/// Notices of decisions.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct NoticeList {
    /// What it is.
    #[serde(flatten)]
    pub head: OpenDataHead,
    /// The notices, the one published last first.
    #[schema(max_items = 100_000)]
    pub items: Vec<NoticeItem>,
}

/// A funding round that takes applications.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RoundItem {
    /// Its reference.
    #[schema(max_length = 80)]
    reference: String,
    /// The code of its fund.
    #[schema(max_length = 80)]
    fund_code: String,
    /// The name of its fund.
    #[schema(max_length = 300)]
    fund_name: String,
    /// Its number in the fund period.
    number: i32,
    /// What it is called.
    #[schema(max_length = 300)]
    name: String,
    /// The first day for applications.
    opens_on: Option<NaiveDate>,
    /// The last day for applications.
    closes_on: Option<NaiveDate>,
    /// The day of the decision.
    decision_on: Option<NaiveDate>,
    /// What applications are judged by.
    #[schema(max_length = 10_000)]
    criteria: Option<String>,
    /// Where there is guidance.
    #[schema(max_length = 500)]
    guidance_url: Option<String>,
    /// Fields that are redacted.
    #[schema(max_items = 20)]
    redacted: Vec<String>,
}

impl From<&PublicRound> for RoundItem {
    fn from(one: &PublicRound) -> Self {
        let PublicRound { round: row, redacted, .. } = one.clone();
        Self {
            reference: row.reference,
            fund_code: row.fund_code,
            fund_name: row.fund_name,
            number: row.number,
            name: row.name,
            opens_on: row.opens_on,
            closes_on: row.closes_on,
            decision_on: row.decision_on,
            criteria: row.criteria,
            guidance_url: row.guidance_url,
            redacted,
        }
    }
}

/// Funding rounds that take applications.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RoundList {
    /// What it is.
    #[serde(flatten)]
    pub head: OpenDataHead,
    /// The rounds, the one that closes first before the others.
    #[schema(max_items = 10_000)]
    pub items: Vec<RoundItem>,
}

/// A file that everybody may read.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct OpenDataFile {
    /// What it is.
    #[schema(max_length = 200)]
    pub title: String,
    /// Where it is, in each of its formats.
    #[schema(max_items = 3)]
    pub urls: Vec<String>,
    /// Whether it is there: grants as 360Giving wait until the office has set its name, identifier, prefix, licence and address, and for a grant.
    pub is_available: bool,
    /// When anything in it changed the last time.
    pub updated_at: Option<Moment>,
}

/// What everybody may read.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct OpenDataIndex {
    /// The office, where it has set its name.
    #[schema(max_length = 200)]
    pub publisher: Option<String>,
    /// The licence, where the office has set one.
    #[schema(max_length = 300)]
    pub licence_url: Option<String>,
    /// The files.
    #[schema(max_items = 20)]
    pub files: Vec<OpenDataFile>,
}

/// A feed of notices.
pub fn notice_feed(policy: &OpenDataPolicy, notices: &[PublicNotice], updated_at: Option<Moment>) -> Feed {
    let entry = |one: &PublicNotice| {
        let (reference, row) = &one.notice;
        let (award, recipient) = (&one.award.reference, &one.recipient);
        let about = format!("Award {award} to {recipient}. Decided on {} by {}.", row.decided_on, row.approver);
        FeedEntry {
            id: format!("urn:uuid:{}", row.notice_id),
            title: format!("{reference}: {}", row.title),
            updated_at: one.changed_at,
            content: format!("{}\n\n{}\n\n{about}{}", row.decision, row.reasons, told_of(&one.redacted)),
            link: None,
        }
    };
    feed(policy, ("/open-data/decision-notices.atom", "Decision notices"), notices.iter().map(entry).collect(), updated_at)
}

/// A feed of funding rounds.
pub fn round_feed(policy: &OpenDataPolicy, rounds: &[PublicRound], updated_at: Option<Moment>) -> Feed {
    let entry = |one: &PublicRound| {
        let row = &one.round;
        let closes = row.closes_on.map(|day| format!("Applications until {day}.")).unwrap_or_default();
        FeedEntry {
            id: format!("urn:uuid:{}", row.id),
            title: format!("{}: {}", row.fund_name, row.name),
            updated_at: one.changed_at,
            content: format!("{closes}\n\n{}{}", row.criteria.as_deref().unwrap_or_default(), told_of(&one.redacted)).trim().to_owned(),
            link: row.guidance_url.clone(),
        }
    };
    feed(policy, ("/open-data/tranches.atom", "Open funding rounds"), rounds.iter().map(entry).collect(), updated_at)
}

/// Which fields are redacted, as the last line of an entry.
fn told_of(redacted: &[String]) -> String {
    if redacted.is_empty() { String::new() } else { format!("\n\nRedacted: {}.", redacted.join(", ")) }
}

fn feed(policy: &OpenDataPolicy, (path, title): (&str, &str), entries: Vec<FeedEntry>, updated_at: Option<Moment>) -> Feed {
    let address = policy.site_url.as_ref().map(|_| policy.address(path));
    Feed {
        id: address.clone().unwrap_or_else(|| format!("urn:almoner{}", path.replace('/', ":"))),
        address,
        title: title.to_owned(),
        author: policy.publisher_name.clone().unwrap_or_else(|| "The office".to_owned()),
        updated_at: updated_at.or_else(|| Moment::from_micros(0)).unwrap_or_else(|| Moment::start_of(NaiveDate::default())),
        entries,
    }
}
