//! Writing everything that an office holds into a folder.

use std::fs::{self, DirBuilder};
use std::io;
use std::path::{Path, PathBuf};

use crate::documents::Shelf;
use crate::handover::manifest::{FILE, FILES, FORMAT, FORMAT_VERSION, Head, Manifest, Schema, Sheet};
use crate::handover::rules::{Part, Table, written};
use crate::handover::sheet::{Sum, Writer};
use crate::handover::{disk, list, refuse, store};
use crate::kernel::{Moment, Refusal};
use crate::store::{Conn, OpenError, Settings, whole};

/// What the folder says to whoever opens it.
const README: &str = include_str!("list/README.txt");
/// How many missing files are named.
const NAMED_MAX: usize = 20;

/// What is asked for.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// The folder, which is empty or not there yet.
    pub folder: PathBuf,
    /// The service's folder of attached files; none where they are left out.
    pub documents: Option<PathBuf>,
    /// Whether hashed passwords and secrets go too.
    pub with_credentials: bool,
}

/// Writes an export. Where that fails, the folder is left as it was.
///
/// # Errors
/// [`OpenError`] where the database cannot be read, the folder is not empty or cannot be written, or an attached file is missing.
pub fn export(settings: &Settings, wanted: &Wanted) -> Result<Manifest, OpenError> {
    let is_new = make_room(&wanted.folder).map_err(OpenError)?;
    let outcome = whole::survey(settings, |conn, up_to| write(conn, up_to, settings.clock.now(), wanted));
    if outcome.is_err() {
        // What cannot be taken away is a part without a manifest, which no import takes.
        let _ = clear(&wanted.folder, is_new);
    }
    outcome
}

/// Makes the folder, readable by its owner alone, and says whether it is new.
fn make_room(folder: &Path) -> Result<bool, String> {
    let odd = |error: io::Error| format!("The folder {} cannot be used: {error}.", folder.display());
    match fs::read_dir(folder).map(Iterator::count) {
        Ok(0) => Ok(false),
        Ok(_) => Err(format!("The folder {} is not empty. Name an empty folder, or one that is not there yet.", folder.display())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            private(folder).map_err(odd)?;
            Ok(true)
        }
        Err(error) => Err(odd(error)),
    }
}

/// A folder for its owner alone: an export holds personal data.
fn private(folder: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

fn clear(folder: &Path, is_new: bool) -> io::Result<()> {
    if is_new {
        return fs::remove_dir_all(folder);
    }
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() { fs::remove_dir_all(path)? } else { fs::remove_file(path)? }
    }
    Ok(())
}

fn write(conn: &mut Conn, up_to: Moment, made_at: Moment, wanted: &Wanted) -> Result<Manifest, Refusal> {
    let folder = &wanted.folder;
    let tables = list::tables()?;
    let is_asked = |table: &&Table| table.part == Part::Office || (table.part == Part::Credentials && wanted.with_credentials);
    let asked: Vec<&Table> = tables.iter().filter(is_asked).collect();
    private(&folder.join("tables")).map_err(disk(folder))?;
    let mut sheets = Vec::with_capacity(asked.len());
    for table in &asked {
        let sum = write_table(conn, table, &folder.join(table.file()))?;
        sheets.push(Sheet { file: table.file(), rows: sum.rows, sha256: sum.sha256 });
    }
    let files = match &wanted.documents {
        Some(documents) => Some(write_files(conn, documents, folder)?),
        None => None,
    };
    let (sequence, hash) = store::chain_head(conn)?.unwrap_or_default();
    let manifest = Manifest {
        format: FORMAT.to_owned(),
        format_version: FORMAT_VERSION,
        program_version: env!("CARGO_PKG_VERSION").to_owned(),
        schema: Schema::wanted()?,
        made_at,
        // Nothing that commits is later than the snapshot, but it may be later than what was still open then.
        complete_up_to: store::newest_event(conn)?.map_or(up_to, |newest| newest.max(up_to)),
        with_credentials: wanted.with_credentials,
        audit_chain: Head { sequence, hash },
        tables: sheets,
        files,
    };
    let put = |name: &str, text: &str| fs::write(folder.join(name), text).map_err(disk(&folder.join(name)));
    put("README.txt", README)?;
    put("tables.csv", &list::lines_of(list::TABLES, &asked))?;
    put("columns.csv", &list::lines_of(list::COLUMNS, &asked))?;
    // Last: what has no manifest is not whole.
    put(FILE, &format!("{}\n", serde_json::to_string_pretty(&manifest).map_err(Refusal::broken)?))?;
    Ok(manifest)
}

fn write_table(conn: &mut Conn, table: &Table, path: &Path) -> Result<Sum, Refusal> {
    let mut out = Writer::new(path, table.columns.iter().map(|column| column.name.as_str())).map_err(disk(path))?;
    store::each_row(conn, table, |line| {
        let mut row: Vec<Option<String>> = serde_json::from_str(&line).map_err(Refusal::broken)?;
        for (value, column) in row.iter_mut().zip(&table.columns) {
            let stands = value.as_deref().map(|text| written(column.kind, text)).transpose();
            *value = stands.map_err(|odd| Refusal::broken(format!("`{}` of `{}`: {odd}", column.name, table.name)))?;
        }
        out.write(row.iter().map(Option::as_deref)).map_err(disk(path))
    })?;
    out.end().map_err(disk(path))
}

/// Copies every attached file that a document names, under its hash, and lists them.
fn write_files(conn: &mut Conn, documents: &Path, folder: &Path) -> Result<Sheet, Refusal> {
    let shelf = Shelf::at(documents);
    let (path, into) = (folder.join(FILES), folder.join("files"));
    private(&into).map_err(disk(&into))?;
    let mut out = Writer::new(&path, ["sha256", "size_bytes"].into_iter()).map_err(disk(&path))?;
    let mut missing: Vec<String> = Vec::new();
    store::each_file(conn, |sha256, size| {
        if let Err(why) = shelf.copy_out(sha256, &into.join(sha256)) {
            missing.push(format!("{sha256}: {why}"));
        }
        let size = size.to_string();
        out.write([Some(sha256), Some(size.as_str())].into_iter()).map_err(disk(&path))
    })?;
    if missing.is_empty() {
        let Sum { rows, sha256 } = out.end().map_err(disk(&path))?;
        return Ok(Sheet { file: FILES.to_owned(), rows, sha256 });
    }
    let more = missing.len().saturating_sub(NAMED_MAX);
    missing.truncate(NAMED_MAX);
    let more = if more > 0 { format!("\nand {more} more") } else { String::new() };
    Err(refuse(format!(
        "Attached files are missing or damaged in {}:\n{}{more}\nName the service's folder with --documents-dir, or leave the files out with --without-files. \
         Nothing was exported.",
        documents.display(),
        missing.join("\n"),
    )))
}
