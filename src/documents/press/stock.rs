//! Templates, pictures and fonts: those in the program, and those of the office's folder, which come first.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::{Arc, LazyLock, OnceLock};

use typst::foundations::Bytes;
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;
use typst::{Library, LibraryExt};

use super::{PaperSet, Template};

/// What is in the program.
const FILES: [(&str, &str); 7] = [
    ("office.typ", include_str!("../../../templates/office.typ")),
    ("return.typ", include_str!("../../../templates/return.typ")),
    ("board.typ", include_str!("../../../templates/board.typ")),
    ("letters/letter.typ", include_str!("../../../templates/letters/letter.typ")),
    ("letters/variation.typ", include_str!("../../../templates/letters/variation.typ")),
    ("letters/notice.typ", include_str!("../../../templates/letters/notice.typ")),
    ("letters/novation.typ", include_str!("../../../templates/letters/novation.typ")),
];
const FONTS: [&[u8]; 5] = [
    include_bytes!("../../../templates/fonts/LiberationSans-Regular.ttf"),
    include_bytes!("../../../templates/fonts/LiberationSans-Bold.ttf"),
    include_bytes!("../../../templates/fonts/LiberationSans-Italic.ttf"),
    // For what the others have not: signs, and scripts of other languages.
    include_bytes!("../../../templates/fonts/DejaVuSans.ttf"),
    // For names in Punjabi.
    include_bytes!("../../../templates/fonts/Lohit-Gurmukhi.ttf"),
];
/// What an office's folder may hold beside templates.
const PICTURES: [&str; 5] = ["png", "jpg", "jpeg", "svg", "gif"];
const FACES: [&str; 3] = ["ttf", "otf", "ttc"];
/// The folder within it that holds letters.
const LETTERS: &str = "letters";
/// How much it may hold in all.
const FOLDER_BYTES_MAX: u64 = 64 * 1024 * 1024;

static OWN: LazyLock<Arc<Stock>> = LazyLock::new(|| Arc::new(Stock::new(BTreeMap::new())));

/// The stock of one press: the program's own, which all share and the first paper unpacks, an office's, or one that was kept.
#[derive(Clone)]
pub struct Kept {
    edited: Option<Arc<Stock>>,
    /// The files of a return's paper, once they were asked for.
    returns: Arc<OnceLock<Arc<PaperSet>>>,
}

impl Kept {
    /// Reads an office's folder.
    pub fn open(folder: Option<&Path>) -> Result<Self, String> {
        let edited = folder.map(read).transpose()?;
        Ok(Self { edited: edited.map(|files| Arc::new(Stock::new(files))), returns: Arc::default() })
    }

    /// The files that a paper was set from on another day.
    pub fn of(set: PaperSet) -> Self {
        let files = set.files.into_iter().map(|file| (file.name, file.bytes)).collect();
        Self { edited: Some(Arc::new(Stock::new(files))), returns: Arc::default() }
    }

    pub const fn is_edited(&self) -> bool {
        self.edited.is_some()
    }

    pub fn get(&self) -> Arc<Stock> {
        Arc::clone(self.edited.as_ref().unwrap_or_else(|| &OWN))
    }

    /// The files that such a paper is set from: its template and all that it may reach.
    pub fn set_of(&self, template: Template) -> Arc<PaperSet> {
        let made = || Arc::new(PaperSet::of(self.get().reached_by(template)));
        if template == Template::Return { Arc::clone(self.returns.get_or_init(made)) } else { made() }
    }
}

/// What papers are made from.
pub struct Stock {
    pub library: LazyHash<Library>,
    pub book: LazyHash<FontBook>,
    pub fonts: Vec<Font>,
    /// Templates and pictures by name.
    pub files: BTreeMap<String, Bytes>,
    /// Names in the office's folder.
    edited: Vec<String>,
    /// The office's fonts by name.
    faces: BTreeMap<String, Bytes>,
}

impl Stock {
    fn new(edited: BTreeMap<String, Vec<u8>>) -> Self {
        let names = edited.keys().cloned().collect();
        let (faces, edited): (Vec<_>, Vec<_>) = edited.into_iter().partition(|(name, _)| FACES.contains(&ending(name).as_str()));
        let faces: BTreeMap<String, Bytes> = faces.into_iter().map(|(name, bytes)| (name, Bytes::new(bytes))).collect();
        let own = FONTS.into_iter().map(Bytes::new);
        let fonts: Vec<Font> = faces.values().cloned().chain(own).flat_map(Font::iter).collect();
        let mut files: BTreeMap<String, Bytes> =
            FILES.into_iter().map(|(name, text)| (name.to_owned(), Bytes::from_string(text))).collect();
        files.extend(edited.into_iter().map(|(name, bytes)| (name, Bytes::new(bytes))));
        Self {
            library: LazyHash::new(Library::default()),
            book: LazyHash::new(FontBook::from_fonts(&fonts)),
            fonts,
            files,
            edited: names,
            faces,
        }
    }

    /// The files that a template may reach: all but the other templates, and what only letters import. The program's own fonts are no files.
    fn reached_by(&self, template: Template) -> Vec<(String, Vec<u8>)> {
        let of_letters = |name: &str| ending(name) == "typ" && Path::new(name).starts_with(LETTERS);
        let is_other = |name: &str| {
            let is_template = Template::ALL.iter().any(|other| *other != template && other.word() == name);
            is_template || (of_letters(name) && !of_letters(template.word()))
        };
        let all = self.files.iter().filter(|(name, _)| !is_other(name)).chain(&self.faces);
        all.map(|(name, bytes)| (name.clone(), bytes.to_vec())).collect()
    }

    /// Whether a font has this character.
    pub fn has(&self, c: char) -> bool {
        self.fonts.iter().any(|font| font.info().coverage.contains(u32::from(c)))
    }

    /// Templates of the office's folder that nothing is printed with: a name with a slip in it is one.
    pub fn strangers(&self) -> Vec<String> {
        let own = |name: &str| FILES.iter().any(|(known, _)| *known == name);
        let imported = |name: &str| {
            let called = name.rsplit('/').next().unwrap_or(name);
            let mut others = self.files.iter().filter(|(other, _)| other.as_str() != name && ending(other) == "typ");
            others.any(|(_, bytes)| bytes.as_str().is_ok_and(|text| text.contains(called)))
        };
        let strange = self.edited.iter().filter(|name| ending(name) == "typ" && !own(name) && !imported(name));
        let known: Vec<String> = FILES.iter().map(|(name, _)| format!("`{name}`")).collect();
        strange.map(|name| format!("Nothing is printed with the template `{name}`; the names are {}.", known.join(", "))).collect()
    }
}

fn ending(name: &str) -> String {
    name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase()).unwrap_or_default()
}

/// The files of a folder that papers may be made from, by name, and of the folder of letters within it; other folders are left out.
fn read(folder: &Path) -> Result<BTreeMap<String, Vec<u8>>, String> {
    let mut files = BTreeMap::new();
    let mut left = FOLDER_BYTES_MAX;
    read_into(&mut files, &mut left, folder, "")?;
    let letters = folder.join(LETTERS);
    if letters.is_dir() {
        read_into(&mut files, &mut left, &letters, "letters/")?;
    }
    Ok(files)
}

fn read_into(files: &mut BTreeMap<String, Vec<u8>>, left: &mut u64, folder: &Path, before: &str) -> Result<(), String> {
    let unusable = |error: &dyn std::fmt::Display| format!("The templates in {} cannot be read: {error}.", folder.display());
    for entry in fs::read_dir(folder).map_err(|error| unusable(&error))? {
        let entry = entry.map_err(|error| unusable(&error))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let ending = ending(&name);
        let is_ours = ending == "typ" || PICTURES.contains(&ending.as_str()) || FACES.contains(&ending.as_str());
        let metadata = fs::metadata(entry.path()).map_err(|error| unusable(&error))?;
        if name.starts_with('.') || !is_ours || !metadata.is_file() {
            continue;
        }
        *left = left.checked_sub(metadata.len()).ok_or_else(|| unusable(&"they are larger than 64 MiB together"))?;
        files.insert(format!("{before}{name}"), fs::read(entry.path()).map_err(|error| unusable(&error))?);
    }
    Ok(())
}
