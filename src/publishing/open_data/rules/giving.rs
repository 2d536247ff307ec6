//! Grants as the 360Giving standard 1.4 has them: JSON, and a table with its official titles.

use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};

use crate::awards::rules::AwardKind;
use crate::kernel::{Moment, Pence, Quantity};
use crate::publishing::open_data::policy::rules::Publisher;
use crate::publishing::open_data::rules::entry::{Entry, Place};

/// A file of grants (360Giving package).
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct GivingPackage {
    /// Which version of the standard.
    #[schema(max_length = 10, example = "1.4")]
    pub version: String,
    /// The licence, as its address.
    #[schema(max_length = 300)]
    pub license: String,
    /// Who publishes it.
    pub publisher: GivingPublisher,
    /// When anything of it changed the last time.
    #[schema(max_length = 40)]
    pub modified: String,
    /// The grants.
    #[schema(max_items = 100_000)]
    pub grants: Vec<GivingGrant>,
}

/// Who publishes the file.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct GivingPublisher {
    /// Its name.
    #[schema(max_length = 200)]
    pub name: String,
}

/// A grant.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GivingGrant {
    /// The office's prefix and the award's reference.
    pub id: String,
    /// Its title.
    pub title: String,
    /// What it is for.
    pub description: String,
    /// `GBP`.
    pub currency: String,
    /// In pounds, as it is now, all variations included.
    pub amount_awarded: Quantity,
    /// The day of the decision.
    pub award_date: NaiveDate,
    /// When it is to take place.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub planned_dates: Vec<GivingDates>,
    /// Who receives it.
    pub recipient_organization: Vec<GivingOrganization>,
    /// Who gives it.
    pub funding_organization: Vec<GivingOrganization>,
    /// Where it helps.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub beneficiary_location: Vec<GivingLocation>,
    /// The fund that pays, where it is known.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub grant_programme: Vec<GivingProgramme>,
    /// `Yes` or `No`, where it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from_open_call: Option<String>,
    /// When what is said here changed the last time.
    pub date_modified: Moment,
    /// Where it is published.
    pub data_source: String,
}

impl utoipa::ToSchema for GivingGrant {}

impl utoipa::PartialSchema for GivingGrant {
    // The standard says what a grant has, and what is not known is left out: nothing of it is promised here.
    fn schema() -> RefOr<Schema> {
        let says = "A grant as the standard has it: https://standard.threesixtygiving.org/";
        ObjectBuilder::new().schema_type(Type::Object).description(Some(says)).into()
    }
}

/// First and last day.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GivingDates {
    /// The first day.
    pub start_date: NaiveDate,
    /// The last day.
    pub end_date: NaiveDate,
}

/// An organisation.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GivingOrganization {
    /// Its identifier in a register, or the office's own.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its charity number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub charity_number: Option<String>,
    /// Its company number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub company_number: Option<String>,
    /// Where it is at home.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub location: Vec<GivingLocation>,
}

/// An area.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GivingLocation {
    /// Its name.
    pub name: String,
    /// Its code in the register of the Office for National Statistics.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub geo_code: Option<String>,
    /// What kind of area the code is of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub geo_code_type: Option<String>,
}

/// A fund.
#[derive(Debug, Clone, Serialize)]
pub struct GivingProgramme {
    /// Its code.
    pub code: String,
    /// Its name.
    pub title: String,
}

/// All grants. What is no grant, gives nothing, or has no amount or day of a decision that anybody can show, has no place in the standard.
#[must_use]
pub fn package(publisher: &Publisher, entries: &[Entry], today: NaiveDate) -> GivingPackage {
    let grants = entries.iter().filter(|entry| is_grant(entry)).filter_map(|entry| grant(publisher, entry, today));
    let grants: Vec<GivingGrant> = grants.collect();
    GivingPackage {
        version: "1.4".to_owned(),
        license: publisher.licence_url.clone(),
        publisher: GivingPublisher { name: publisher.name.clone() },
        modified: grants.iter().map(|grant| grant.date_modified).max().map_or_else(|| today.to_string(), |at| at.to_string()),
        grants,
    }
}

/// Whether an award is a grant, and can be shown to be one.
fn is_grant(entry: &Entry) -> bool {
    entry.kind != AwardKind::Contract && entry.is_kind_printed()
}

/// How long a title may be so that the standard's checks do not complain.
const TITLE_MAX: usize = 140;

/// The title, cut where it is longer than a title should be, and a description that says more than the title: where nothing is said of what the grant is for, at
/// least which fund it is of.
fn words(entry: &Entry) -> (String, String) {
    let whole = entry.title.as_str();
    let is_long = whole.chars().count() > TITLE_MAX;
    let title = if is_long { whole.chars().take(TITLE_MAX - 1).chain(['…']).collect() } else { whole.to_owned() };
    let purpose = entry.purpose.as_deref().filter(|purpose| *purpose != whole);
    let description = match (purpose, &entry.fund) {
        (Some(purpose), _) if is_long => format!("{whole}. {purpose}"),
        (Some(purpose), _) => purpose.to_owned(),
        (None, Some(fund)) => format!("{whole}: a grant out of the fund {}", fund.name),
        (None, None) => format!("{whole}: a grant"),
    };
    (title, description)
}

fn grant(publisher: &Publisher, entry: &Entry, today: NaiveDate) -> Option<GivingGrant> {
    let dates = entry.starts_on.zip(entry.ends_on);
    let funder = GivingOrganization {
        id: publisher.organisation_id.clone(),
        name: publisher.name.clone(),
        charity_number: None,
        company_number: None,
        location: Vec::new(),
    };
    let (title, description) = words(entry);
    Some(GivingGrant {
        id: format!("{}-{}", publisher.prefix, entry.reference),
        title,
        description,
        currency: "GBP".to_owned(),
        amount_awarded: pounds(entry.amount_pence.filter(|amount| amount.is_positive())?)?,
        award_date: entry.awarded_on.filter(|day| *day <= today)?,
        planned_dates: dates.map(|(start_date, end_date)| GivingDates { start_date, end_date }).into_iter().collect(),
        recipient_organization: vec![recipient(publisher, entry)],
        funding_organization: vec![funder],
        beneficiary_location: entry.areas.iter().map(location).collect(),
        grant_programme: entry.fund.iter().map(|fund| GivingProgramme { code: fund.code.clone(), title: fund.name.clone() }).collect(),
        from_open_call: entry.from_open_call.map(|is| if is { "Yes" } else { "No" }.to_owned()),
        date_modified: entry.modified_at,
        data_source: publisher.data_url.clone(),
    })
}

/// Pence as a number of pounds: thousandths of a pound.
fn pounds(amount: Pence) -> Option<Quantity> {
    amount.0.checked_mul(10).map(Quantity)
}

fn recipient(publisher: &Publisher, entry: &Entry) -> GivingOrganization {
    let found = &entry.recipient;
    // A number of a charity's branch stands after a stroke and is in no register of identifiers.
    let charity = found.charity_number.as_deref().map(|number| number.split('-').next().unwrap_or(number));
    let own = found.reference.as_deref().unwrap_or("redacted");
    let id = match (charity, found.company_number.as_deref()) {
        (Some(number), _) => format!("GB-CHC-{number}"),
        (None, Some(number)) => format!("GB-COH-{number}"),
        (None, None) => format!("{}-org-{own}", publisher.prefix),
    };
    let (charity_number, company_number) = (charity.map(str::to_owned), found.company_number.clone());
    let location = found.home_area.iter().map(location).filter(|place| place.geo_code.is_some()).collect();
    GivingOrganization { id, name: found.name.clone(), charity_number, company_number, location }
}

fn location(place: &Place) -> GivingLocation {
    let kind = place.ons_code.as_deref().and_then(geo_code_type).map(str::to_owned);
    GivingLocation { name: place.name.clone(), geo_code: place.ons_code.clone().filter(|_| kind.is_some()), geo_code_type: kind }
}

/// What kind of area a code is of, by its first three signs (code list geoCodeType).
fn geo_code_type(code: &str) -> Option<&'static str> {
    Some(match code.get(..3)? {
        "E01" | "W01" => "LSOA",
        "E02" | "W02" => "MSOA",
        "E04" => "PAR",
        "E05" | "W05" => "WD",
        "E06" | "W06" => "UA",
        "E07" => "NMD",
        "E08" => "MD",
        "E09" => "LONB",
        "E10" => "CTY",
        "E12" => "RGN/GOR",
        "E22" => "CSP",
        "E23" => "PFA",
        _ => return None,
    })
}

/// The official titles of the columns before those of areas.
const TITLES: [&str; 22] = [
    "Identifier",
    "Title",
    "Description",
    "Currency",
    "Amount Awarded",
    "Award Date",
    "Planned Dates:Start Date",
    "Planned Dates:End Date",
    "Recipient Org:Identifier",
    "Recipient Org:Name",
    "Recipient Org:Charity Number",
    "Recipient Org:Company Number",
    "Recipient Org:Location:Name",
    "Recipient Org:Location:Geographic Code",
    "Recipient Org:Location:Geographic Code Type",
    "Funding Org:Identifier",
    "Funding Org:Name",
    "Grant Programme:Code",
    "Grant Programme:Title",
    "From An Open Call?",
    "Last Modified",
    "Data Source",
];

/// How many areas the grant with the most has.
fn places_of(package: &GivingPackage) -> usize {
    package.grants.iter().map(|grant| grant.beneficiary_location.len()).max().unwrap_or(0)
}

/// The titles of the table: three for each area of the grant that has the most.
#[must_use]
pub fn titles(package: &GivingPackage) -> Vec<String> {
    let of_place =
        |at: usize| ["Name", "Geographic Code", "Geographic Code Type"].map(|title| format!("Beneficiary Location:{at}:{title}"));
    let own = TITLES.iter().map(|title| (*title).to_owned());
    own.chain((0..places_of(package)).flat_map(of_place)).collect()
}

/// A row of the table for each grant, with as many cells as there are titles; none where nothing is said.
#[must_use]
pub fn rows(package: &GivingPackage) -> Vec<Vec<Option<String>>> {
    let places = places_of(package);
    package.grants.iter().map(|grant| row(grant, places)).collect()
}

fn row(grant: &GivingGrant, places: usize) -> Vec<Option<String>> {
    let (dates, programme) = (grant.planned_dates.first(), grant.grant_programme.first());
    let (to, from) = (grant.recipient_organization.first(), grant.funding_organization.first());
    let home = to.and_then(|one| one.location.first());
    let mut cells = vec![
        Some(grant.id.clone()),
        Some(grant.title.clone()),
        Some(grant.description.clone()),
        Some(grant.currency.clone()),
        Some(grant.amount_awarded.to_string()),
        Some(grant.award_date.to_string()),
        dates.map(|dates| dates.start_date.to_string()),
        dates.map(|dates| dates.end_date.to_string()),
        to.map(|one| one.id.clone()),
        to.map(|one| one.name.clone()),
        to.and_then(|one| one.charity_number.clone()),
        to.and_then(|one| one.company_number.clone()),
        home.map(|place| place.name.clone()),
        home.and_then(|place| place.geo_code.clone()),
        home.and_then(|place| place.geo_code_type.clone()),
        from.map(|one| one.id.clone()),
        from.map(|one| one.name.clone()),
        programme.map(|one| one.code.clone()),
        programme.map(|one| one.title.clone()),
        grant.from_open_call.clone(),
        Some(grant.date_modified.to_string()),
        Some(grant.data_source.clone()),
    ];
    for at in 0..places {
        let place = grant.beneficiary_location.get(at);
        cells.push(place.map(|place| place.name.clone()));
        cells.push(place.and_then(|place| place.geo_code.clone()));
        cells.push(place.and_then(|place| place.geo_code_type.clone()));
    }
    cells
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pounds_are_numbers() {
        let text = |pence| serde_json::to_string(&pounds(Pence(pence)).unwrap()).unwrap();
        assert_eq!([text(8_052_842), text(8_052_840), text(300_000)], ["80528.42", "80528.4", "3000"]);
    }

    #[test]
    fn codes_say_what_they_are_of() {
        assert_eq!(geo_code_type("E08000025"), Some("MD"));
        assert_eq!(geo_code_type("E23000014"), Some("PFA"));
        assert_eq!([geo_code_type("X99"), geo_code_type("")], [None, None]);
    }
}
