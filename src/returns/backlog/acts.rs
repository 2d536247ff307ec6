//! Taking in a file, and taking that back.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use serde_json::{Value, json};

use super::rules::{self, BacklogFinding, Built, GivenReturn, Names, Place, ReturnImportRedactionInput, Sheets};
use super::store::{self, Import, Item, Reversal, Standing};
use crate::audit;
use crate::awards::acts as awards;
use crate::funds::areas;
use crate::kernel::{Code, Faults, Id, Page, PageRequest, Provenance, Refusal, TextList};
use crate::returns::owed::OfAward;
use crate::returns::redaction::acts as redaction;
use crate::returns::redaction::rules::{MARK, tells};
use crate::returns::rules::{FindingSeverity, Planned, ReturnContent, ReturnState, findings};
use crate::returns::store::{self as returns, Return};
use crate::returns::workbook::acts::Form;
use crate::returns::{acts, kept, owed};
use crate::store::{Conn, Tx};

pub use store::{Import as ReturnImport, Reversal as ReturnImportReversal, Standing as ReturnImportItem};

/// A file with what is to be done with it.
#[derive(Debug, Clone)]
pub struct File {
    /// What was read of it.
    pub sheets: Sheets,
    /// Its name, where it was told.
    pub name: Option<String>,
    /// SHA-256 of it.
    pub sha256: String,
    /// Whether what its rows pass over is not reported.
    pub is_filled_up: bool,
}

/// What a file comes to.
#[derive(Debug, Clone)]
pub struct Taken {
    /// The import.
    pub import: Import,
    /// The returns that it writes.
    pub items: Vec<Standing>,
    /// Everything that is wrong or doubtful, errors first.
    pub findings: Vec<BacklogFinding>,
}

/// Takes in a file, as far as nothing in it is at fault: what it comes to, with everything found. The caller keeps it or undoes it.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn weigh(tx: &mut Tx<'_>, file: &File, form: Form<'_>) -> Result<Taken, Refusal> {
    let given = rules::returns(&file.sheets, tx.today());
    let import_id = tx.new_id();
    let mut taking = Taking { file, form, areas: by_name(tx.conn())?, import_id, items: Vec::new(), findings: given.findings };
    let references: Vec<String> = given.returns.iter().map(|one| one.award.clone()).collect();
    let known = awards::referenced(tx.conn(), &references)?;
    let mut by_award: Vec<(&str, Vec<&GivenReturn>)> = Vec::new();
    let mut seen: HashMap<&str, usize> = HashMap::new();
    for one in &given.returns {
        let at = *seen.entry(&one.award).or_insert_with(|| {
            by_award.push((&one.award, Vec::new()));
            by_award.len() - 1
        });
        by_award.get_mut(at).into_iter().for_each(|(_, all)| all.push(one));
    }
    for (reference, all) in by_award {
        match known.get(reference) {
            Some(award_id) => taking.award(tx, *award_id, all)?,
            None => {
                for one in all {
                    let reason = "There is no award with this reference. Write it as the award has it.".to_owned();
                    taking.fault(one.place, "award", ("unknown_record", reason));
                }
            }
        }
    }
    let Taking { items, findings, .. } = taking;
    let findings = rules::in_order(&file.sheets, findings);
    let count = |number: usize| i32::try_from(number).map_err(Refusal::broken);
    let import = Import {
        id: import_id,
        recorded_at: tx.recorded_at(),
        imported_on: tx.today(),
        imported_by: tx.actor().name.clone(),
        file_name: file.name.clone(),
        file_sha256: file.sha256.clone(),
        row_count: count(file.sheets.row_count())?,
        return_count: count(items.len())?,
        warning_count: count(findings.iter().filter(|one| !one.is_error()).count())?,
    };
    Ok(Taken { import, items, findings })
}

/// Takes in a file whole.
///
/// # Errors
/// Everything that is wrong with it.
pub fn import(tx: &mut Tx<'_>, file: &File, form: Form<'_>) -> Result<Taken, Refusal> {
    let taken = weigh(tx, file, form)?;
    rules::refuse(&taken.findings)?;
    let items: Vec<Item> = taken.items.iter().map(|one| one.item.clone()).collect();
    store::insert(tx.conn(), &taken.import, &items)?;
    let one = &taken.import;
    // The name of the file stands with the import and not in the log, which holds no words that may have to go.
    let after = json!({ "file_sha256": one.file_sha256, "row_count": one.row_count, "return_count": one.return_count, "warning_count": one.warning_count });
    log(tx, one.id, Value::Null, after, None)?;
    Ok(taken)
}

fn log(tx: &mut Tx<'_>, id: Id, before: Value, after: Value, reason: Option<&str>) -> Result<(), Refusal> {
    let entry = audit::Entry { record_kind: "return_import", record_id: id, before, after, reason: reason.map(str::to_owned) };
    audit::record(tx, entry).map(|_| ())
}

/// How areas are called: by code and by name.
fn by_name(conn: &mut Conn) -> Result<Names, Refusal> {
    let mut names = Names::new();
    for area in areas::all(conn)? {
        let mut called = vec![area.code.to_lowercase(), area.name.to_lowercase()];
        called.dedup();
        for name in called {
            names.entry(name).or_default().push(area.id);
        }
    }
    Ok(names)
}

/// A file as it is taken in.
struct Taking<'a> {
    file: &'a File,
    form: Form<'a>,
    areas: Names,
    import_id: Id,
    items: Vec<Standing>,
    findings: Vec<BacklogFinding>,
}

impl Taking<'_> {
    fn errors(&self) -> usize {
        self.findings.iter().filter(|one| one.is_error()).count()
    }

    fn fault(&mut self, place: Place, column: &str, words: (&str, String)) {
        self.findings.push(self.file.sheets.finding(place, column, FindingSeverity::Error, words));
    }

    /// Takes in the returns of an award in the order of their days, so that each is held against those before it.
    fn award(&mut self, tx: &mut Tx<'_>, award_id: Id, all: Vec<&GivenReturn>) -> Result<(), Refusal> {
        let of = owed::of_award(tx.conn(), award_id)?;
        let mut names = Names::new();
        for one in &of.indicators {
            names.entry(one.facts.name.to_lowercase()).or_default().push(one.id);
            names.entry(one.id.to_string()).or_default().push(one.id);
        }
        let owed = returns::of_award(tx.conn(), award_id)?;
        let mut found: Vec<(&GivenReturn, &Return)> = Vec::new();
        for given in all {
            match owed.iter().find(|one| one.planned.period.eq_ignore_ascii_case(&given.period) && one.state != ReturnState::FallenAway) {
                Some(one) => found.push((given, one)),
                None => self.unknown_period(given, &owed),
            }
        }
        found.sort_by_key(|(_, one)| (one.planned.starts_on, one.id));
        let closed = kept::closed(tx.conn(), award_id)?;
        let last = found.last().map(|(given, _)| given.place);
        for (given, one) in found {
            self.one(tx, &of, &names, given, one)?;
        }
        match (kept::check(tx.conn(), &closed), last) {
            (Err(Refusal::Rule { detail, .. }), Some(place)) => self.fault(place, "award", ("does_not_add_up", detail)),
            (other, _) => other?,
        }
        Ok(())
    }

    fn unknown_period(&mut self, given: &GivenReturn, owed: &[Return]) {
        let periods: Vec<&str> =
            owed.iter().filter(|one| one.state != ReturnState::FallenAway).map(|one| one.planned.period.as_str()).take(40).collect();
        let reason = if periods.is_empty() {
            "This award owes no returns: it is not live, or has no monitoring plan.".to_owned()
        } else {
            format!("This award owes no return for this period; it owes {}.", periods.join(", "))
        };
        self.fault(given.place, "period", ("unknown_record", reason));
    }

    fn one(&mut self, tx: &mut Tx<'_>, of: &OfAward, names: &Names, given: &GivenReturn, one: &Return) -> Result<(), Refusal> {
        let before = self.errors();
        self.check_open(tx, given, one);
        if before != self.errors() {
            return Ok(());
        }
        let (sections, _) = of.sections(&one.planned);
        let mut built = rules::content(&self.file.sheets, given, (names, &self.areas), &sections);
        self.findings.append(&mut built.findings);
        let is_whole = !given.is_faulty && before == self.errors();
        let mut asked = of.asked_as_a_whole(tx.conn(), one, &built.content)?;
        asked.wants_denominators = !built.lacks_denominators;
        // What the office asks for today was not asked then.
        (asked.sections, asked.names_sections) = (Vec::new(), false);
        if self.file.is_filled_up && is_whole {
            rules::fill(&mut built.content, &asked);
        }
        for fault in (self.form)(&built.content) {
            let words = (fault.code.as_str(), fault.message.clone());
            self.findings.push(built.at(&self.file.sheets, given, &fault.pointer, FindingSeverity::Error, words));
        }
        for finding in findings(&built.content, &asked) {
            // What a rule misses may stand in the rows that could not be read.
            if is_whole || built.is_placed(&finding.pointer) {
                self.findings.push(built.placed(&self.file.sheets, given, &finding));
            }
        }
        if is_whole && before == self.errors() {
            self.keep(tx, given, one, &built)?;
        }
        Ok(())
    }

    /// A file never replaces what is written already, and reports no days that are not over.
    fn check_open(&mut self, tx: &Tx<'_>, given: &GivenReturn, one: &Return) {
        if one.state != ReturnState::Open {
            let reason = format!("This return is {} already, and a file never replaces what is written. Take its rows out.", one.state);
            self.fault(given.place, "period", ("wrong_state", reason));
        }
        if one.planned.ends_on >= tx.today() {
            let reason = format!("This period ends on {}; it is reported when it is over.", one.planned.ends_on);
            self.fault(given.place, "period", ("too_early", reason));
        }
    }

    fn keep(&mut self, tx: &mut Tx<'_>, given: &GivenReturn, one: &Return, built: &Built) -> Result<(), Refusal> {
        let by = tx.actor().name.clone();
        let provenance = provenance(self.file, given, built);
        let standing = &given.standing;
        let kept = acts::keep(tx, one, &built.content, |next| {
            next.state = given.state();
            next.submitted_on = standing.submitted_on;
            next.accepted_on = standing.accepted_on;
            next.effective_on = standing.accepted_on.or(standing.submitted_on).unwrap_or(next.planned.ends_on);
            next.send_again_by = None;
            next.written_by = Some(by.clone());
            next.entered_on_behalf_by = Some(by);
            next.provenance = provenance;
        })?;
        let count = |number: usize| i32::try_from(number).map_err(Refusal::broken);
        let item = Item {
            import_id: self.import_id,
            position: count(self.items.len())?,
            return_id: kept.id,
            version: kept.version,
            row_count: count(given.row_count)?,
            value_count: count(values(&built.content))?,
            spend_pence: built.spent(),
        };
        let Planned { period, .. } = kept.planned;
        self.items.push(Standing { item, award_id: kept.award_id, period, state: kept.state });
        Ok(())
    }
}

fn values(content: &ReturnContent) -> usize {
    content.values.iter().filter(|value| value.value.is_some()).count()
}

/// Where a return says that its facts come from, and what the old papers did not tell.
fn provenance(file: &File, given: &GivenReturn, built: &Built) -> Provenance {
    let lacks = [
        ("submitted_on", given.standing.submitted_on.is_none()),
        ("accepted_on", given.state() == ReturnState::Accepted && given.standing.accepted_on.is_none()),
        ("R76", built.lacks_denominators),
    ];
    let not_evidenced = lacks.iter().filter(|(_, is_so)| *is_so).map(|(name, _)| (*name).to_owned()).collect();
    let from = given.standing.evidence.clone().or_else(|| file.name.clone());
    Provenance { illustrative: false, not_evidenced: TextList(not_evidenced), evidence: from }
}

/// An import with the returns that it wrote.
///
/// # Errors
/// [`Refusal::NotFound`] where there is no such import.
pub fn get(conn: &mut Conn, id: Id) -> Result<(Import, Option<Reversal>, Vec<Standing>), Refusal> {
    let (import, reversal) = store::find(conn, id)?.ok_or(Refusal::NotFound("import"))?;
    let items = store::items(conn, id)?;
    Ok((import, reversal, items))
}

/// A page of the imports, the latest first.
///
/// # Errors
/// [`Refusal::Invalid`] for a cursor of another list.
pub fn list(conn: &mut Conn, return_id: Option<Id>, request: &PageRequest) -> Result<Page<(Import, Option<Reversal>)>, Refusal> {
    store::page(conn, return_id, request)
}

/// Which version an import has: 1, and 2 once it was taken back.
#[must_use]
pub const fn version(reversal: Option<&Reversal>) -> i32 {
    if reversal.is_some() { 2 } else { 1 }
}

/// Takes an import back as one: each of its returns goes back to what it was before, in a new version.
///
/// # Errors
/// [`Refusal::NotFound`], [`Refusal::Stale`]; it was taken back already; one of its returns was built on since, with each of them.
pub fn reverse(tx: &mut Tx<'_>, id: Id, version_seen: i32, reason: &str) -> Result<(Import, Option<Reversal>, Vec<Standing>), Refusal> {
    let (import, reversal, items) = get(tx.conn(), id)?;
    if version(reversal.as_ref()) != version_seen {
        return Err(Refusal::Stale);
    }
    if reversal.is_some() {
        return Err(Refusal::wrong_state("import", "reversed", "taken back again"));
    }
    let mut back = Vec::new();
    let mut built_on = Vec::new();
    let mut of_awards: HashMap<Id, Vec<Return>> = HashMap::new();
    for one in &items {
        if let Entry::Vacant(place) = of_awards.entry(one.award_id) {
            place.insert(returns::of_award(tx.conn(), one.award_id)?);
        }
        let all = of_awards.get(&one.award_id).map(Vec::as_slice).unwrap_or_default();
        let is_adjusted = store::is_adjusted(tx.conn(), one.item.return_id)?;
        let as_imported = version_of(tx.conn(), one.item.return_id, one.item.version)?;
        match standing(all, &as_imported, &import, is_adjusted) {
            Ok(current) => back.push((current.clone(), version_of(tx.conn(), one.item.return_id, one.item.version - 1)?)),
            Err(why) => built_on.push((one, why)),
        }
    }
    refuse_built_on(tx.conn(), &built_on)?;
    for (current, before) in &back {
        acts::change(tx, current, |next| take_back(next, before))?;
    }
    for award_id in of_awards.into_keys() {
        acts::plan(tx, award_id)?;
    }
    let reversed = Reversal {
        import_id: id,
        recorded_at: tx.recorded_at(),
        reversed_on: tx.today(),
        reversed_by: tx.actor().name.clone(),
        reason: reason.to_owned(),
    };
    store::insert_reversal(tx.conn(), &reversed)?;
    log(tx, id, json!({ "reversed_on": null }), json!({ "reversed_on": reversed.reversed_on }), None)?;
    Ok((import, Some(reversed), items))
}

/// An import with how it was taken back, and the returns that it wrote.
pub type Whole = (Import, Option<Reversal>, Vec<Standing>);

/// Takes the name of an import's file out, or why it was taken back. The import keeps its version.
///
/// # Errors
/// [`Refusal::NotFound`]; nothing is named, or something that is not there; the reason says what is taken out.
pub fn redact(tx: &mut Tx<'_>, id: Id, input: &ReturnImportRedactionInput) -> Result<Whole, Refusal> {
    let (import, reversal, items) = get(tx.conn(), id)?;
    let named = |is_named: bool, text: Option<&String>| text.filter(|text| is_named && *text != MARK).cloned();
    let name = named(input.file_name, import.file_name.as_ref());
    let why = named(input.reversal_reason, reversal.as_ref().map(|one| &one.reason));
    let words: Vec<String> = name.iter().chain(&why).cloned().collect();
    let mut faults = Faults::new();
    let is_some = input.file_name || input.reversal_reason;
    faults.require(is_some, "", "required", "Say what is taken out: `file_name` or `reversal_reason`.");
    faults.require(!input.file_name || name.is_some(), "/file_name", "nothing_there", "This import has no file name.");
    let is_there = !input.reversal_reason || why.is_some();
    faults.require(is_there, "/reversal_reason", "nothing_there", "It is not said why this import was taken back.");
    let is_repeated = tells(&input.reason, &words);
    faults.require(!is_repeated, "/reason", "repeated", "The reason is kept for good, so it may not say what is taken out.");
    faults.into_result()?;
    store::overwrite(tx.conn(), id, (name.is_some(), why.is_some()), MARK)?;
    // The returns say from which file they are.
    let returns: Vec<Id> = items.iter().map(|one| one.item.return_id).collect();
    if let Some(name) = &name {
        store::overwrite_evidence(tx.conn(), &returns, name, MARK)?;
    }
    for record in returns.into_iter().chain([id]) {
        redaction::overwrite_kept(tx.conn(), record, &words)?;
    }
    let after = json!({ "redacted": { "file_name": name.is_some(), "reversal_reason": why.is_some() } });
    log(tx, id, Value::Null, after, Some(&input.reason))?;
    get(tx.conn(), id)
}

fn version_of(conn: &mut Conn, return_id: Id, number: i32) -> Result<Return, Refusal> {
    returns::load_version(conn, return_id, number)?.ok_or_else(|| Refusal::broken("an imported return without its version"))
}

/// The return as it stands now, or why it cannot go back.
fn standing<'r>(all: &'r [Return], imported: &Return, import: &Import, is_adjusted: bool) -> Result<&'r Return, &'static str> {
    let current = all.iter().find(|one| one.id == imported.id).ok_or("gone")?;
    if is_adjusted {
        return Err("adjusted");
    }
    if (current.content_no, current.state) != (imported.content_no, imported.state) {
        return Err(match current.state {
            ReturnState::Accepted => "accepted",
            ReturnState::Queried => "sent back with a question",
            ReturnState::Submitted | ReturnState::Resubmitted => "written and sent again",
            _ => "opened again or written",
        });
    }
    let is_later = |one: &&Return| {
        let is_sent_since = one.submitted_by.is_some() && one.submitted_on.is_some_and(|day| day >= import.imported_on);
        one.planned.starts_on > current.planned.starts_on && is_sent_since
    };
    if all.iter().any(|one| is_later(&one)) { Err("followed by a return that its provider has sent since") } else { Ok(current) }
}

fn refuse_built_on(conn: &mut Conn, built_on: &[(&Standing, &'static str)]) -> Result<(), Refusal> {
    if built_on.is_empty() {
        return Ok(());
    }
    let ids: Vec<Id> = built_on.iter().map(|(one, _)| one.award_id).collect();
    let names = awards::named(conn, &ids)?;
    let reference = |one: &Standing| names.get(&one.award_id).map(|award| award.code.clone()).unwrap_or_default();
    let told: Vec<String> = built_on.iter().take(20).map(|(one, why)| format!("{}, {} ({why})", reference(one), one.period)).collect();
    let facts: Vec<Value> = built_on
        .iter()
        .take(1_000)
        .map(|(one, why)| json!({ "return_id": one.item.return_id, "award": reference(one), "period": one.period, "reason": why }))
        .collect();
    let more = if built_on.len() > told.len() { " and others" } else { "" };
    let detail =
        format!("{} of these returns were built on since, so the import cannot be taken back: {}{more}.", built_on.len(), told.join("; "));
    Err(Refusal::rule_with(Code::RuleBroken, detail, json!({ "returns": facts })))
}

/// What an import changed becomes what it was; days that changed since stay as they are.
fn take_back(next: &mut Return, before: &Return) {
    let was = before.clone();
    next.state = was.state;
    next.content_no = was.content_no;
    next.submitted_on = was.submitted_on;
    next.submitted_by = was.submitted_by;
    next.send_again_by = was.send_again_by;
    next.accepted_on = was.accepted_on;
    next.effective_on = was.effective_on;
    next.author_id = was.author_id;
    next.written_by = was.written_by;
    next.entered_on_behalf_by = was.entered_on_behalf_by;
    next.certified_on = was.certified_on;
    next.certified_by = was.certified_by;
    next.provenance = was.provenance;
}
