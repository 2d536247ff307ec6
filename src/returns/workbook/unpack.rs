//! Whether a file is a workbook that may be read: nothing of it is interpreted before this has bounded what it unpacks to. Serves the
//! workbook of a return and the files of an office's backlog.

use std::io::{Cursor, Read};

use zip::ZipArchive;

use super::rules::{BookRule, WorkbookFinding};

/// How many parts a file has at the most. A workbook of a quarter has up to seven sheets for each of twenty returns, and Excel may keep with each of them how
/// it was printed and what it is tied to.
const PARTS_MAX: usize = 500;
/// How many bytes a part unpacks to at the most that is neither a sheet nor the texts: a reader keeps many times as much of a style as stands in the file.
const PART_MAX: u64 = 2_000_000;

/// What a workbook may unpack to, and what its sender is told to do where it does not fit.
#[derive(Debug, Clone, Copy)]
pub(in crate::returns) struct Limits {
    /// How many bytes a sheet unpacks to at the most.
    pub(in crate::returns) sheet: u64,
    /// The texts that sheets share.
    pub(in crate::returns) texts: u64,
    /// All parts together.
    pub(in crate::returns) whole: u64,
    /// How to come by a file that is taken.
    pub(in crate::returns) save_again: &'static str,
    /// How to come by a smaller one.
    pub(in crate::returns) make_smaller: &'static str,
}

/// What the workbook of one return may be.
pub(super) const OF_A_RETURN: Limits = Limits {
    sheet: 10_000_000,
    texts: 5_000_000,
    whole: 30_000_000,
    save_again: "Download the workbook of this return, fill it in, and save it as .xlsx.",
    make_smaller: "Download the workbook of this return again and fill in only the cells that are meant for it.",
};

/// How a locked workbook and workbooks of old kinds begin.
const OLE: &[u8] = &[0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1];

impl Limits {
    fn damaged(&self) -> Box<WorkbookFinding> {
        let message = "The file is damaged, or not written as a workbook is.";
        Box::new(WorkbookFinding::of_file(BookRule::Damaged, message, self.save_again))
    }

    fn too_large(&self) -> Box<WorkbookFinding> {
        let message = "The file unpacks to far more than is needed, so it was not read.";
        Box::new(WorkbookFinding::of_file(BookRule::TooLarge, message, self.make_smaller))
    }

    fn macros(&self) -> Box<WorkbookFinding> {
        let message = "There are macros or other programs in the file. Such files are not taken.";
        Box::new(WorkbookFinding::of_file(BookRule::Macros, message, self.save_again))
    }

    fn of(&self, name: &str) -> u64 {
        if name.starts_with("xl/worksheets/") {
            self.sheet
        } else if name == "xl/sharedstrings.xml" {
            self.texts
        } else {
            PART_MAX
        }
    }
}

/// Checks a file as far as its parts: what they are, and what they unpack to.
///
/// # Errors
/// The first thing that stops it from being read.
pub(in crate::returns) fn check(bytes: &[u8], limits: &Limits) -> Result<(), Box<WorkbookFinding>> {
    if bytes.starts_with(OLE) {
        let message = "The file is locked with a password, or saved in an old format.";
        return Err(Box::new(WorkbookFinding::of_file(BookRule::Encrypted, message, "Take the password off and save it as .xlsx.")));
    }
    if !bytes.starts_with(b"PK\x03\x04") {
        let message = "The file is no Excel workbook, whatever its name says.";
        return Err(Box::new(WorkbookFinding::of_file(BookRule::NotAWorkbook, message, limits.save_again)));
    }
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|_| limits.damaged())?;
    if archive.len() > PARTS_MAX {
        return Err(limits.too_large());
    }
    let mut whole = 0;
    let mut names = Vec::new();
    for at in 0..archive.len() {
        let (name, size) = check_part(&mut archive, at, limits.whole - whole, limits)?;
        whole += size;
        names.push(name);
    }
    let is_whole = ["[content_types].xml", "xl/workbook.xml"].iter().all(|wanted| names.iter().any(|name| name == wanted));
    if is_whole {
        Ok(())
    } else {
        Err(Box::new(WorkbookFinding::of_file(BookRule::NotAWorkbook, "The file is no Excel workbook.", limits.save_again)))
    }
}

/// The name of a part, in small letters, and what it unpacks to.
fn check_part(
    archive: &mut ZipArchive<Cursor<&[u8]>>,
    at: usize,
    left: u64,
    limits: &Limits,
) -> Result<(String, u64), Box<WorkbookFinding>> {
    let part = archive.by_index(at).map_err(|_| limits.damaged())?;
    let name = part.name().map_err(|_| limits.damaged())?.replace('\\', "/").to_ascii_lowercase();
    check_kind(&name, limits)?;
    let most = left.min(limits.of(&name));
    if part.size() > most {
        return Err(limits.too_large());
    }
    // What the file says of itself may be untrue, so it is unpacked too, no further than is allowed.
    let content = unpacked(part, most).map_err(|_| limits.damaged())?.ok_or_else(|| limits.too_large())?;
    check_content(&name, &content, limits)?;
    Ok((name, u64::try_from(content.len()).unwrap_or(u64::MAX)))
}

/// What a part unpacks to; nothing where it is more than `most`, of which no more is unpacked.
fn unpacked(part: impl Read, most: u64) -> std::io::Result<Option<Vec<u8>>> {
    let mut content = Vec::new();
    part.take(most + 1).read_to_end(&mut content)?;
    Ok(Some(content).filter(|content| u64::try_from(content.len()).is_ok_and(|size| size <= most)))
}

fn links() -> Box<WorkbookFinding> {
    let message = "The workbook draws on other files. Such workbooks are not taken.";
    Box::new(WorkbookFinding::of_file(
        BookRule::ExternalLinks,
        message,
        "Break the links (Data, Edit links), type the values, and save it again.",
    ))
}

fn check_kind(name: &str, limits: &Limits) -> Result<(), Box<WorkbookFinding>> {
    let holds = |part: &str| name.contains(part);
    if holds("vbaproject") || holds("macrosheets/") || holds("activex/") || holds("embeddings/") {
        return Err(limits.macros());
    }
    if holds("externallinks/") || name == "xl/connections.xml" || holds("querytables/") { Err(links()) } else { Ok(()) }
}

fn check_content(name: &str, content: &[u8], limits: &Limits) -> Result<(), Box<WorkbookFinding>> {
    if !(name.ends_with(".xml") || name.ends_with(".rels") || name.ends_with(".vml")) {
        return Ok(());
    }
    let text = std::str::from_utf8(content).map_err(|_| limits.damaged())?;
    if text.contains("<!DOCTYPE") || text.contains("<!ENTITY") {
        let message = "The file defines words of its own inside, as no spreadsheet program does.";
        return Err(Box::new(WorkbookFinding::of_file(BookRule::Damaged, message, limits.save_again)));
    }
    if name == "[content_types].xml" && text.contains("macroEnabled") {
        return Err(limits.macros());
    }
    if name == "xl/_rels/workbook.xml.rels" && text.contains("TargetMode=\"External\"") { Err(links()) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    use super::*;

    /// A part without an end, and how much of it was asked for.
    struct Endless<'c>(&'c mut u64);

    impl Read for Endless<'_> {
        fn read(&mut self, room: &mut [u8]) -> std::io::Result<usize> {
            room.fill(b' ');
            *self.0 += u64::try_from(room.len()).unwrap();
            Ok(room.len())
        }
    }

    #[test]
    fn no_more_is_unpacked_than_is_allowed() {
        let mut given = 0;
        assert_eq!(unpacked(Endless(&mut given), 1_000_000).unwrap(), None);
        assert_eq!(given, 1_000_001);
        assert_eq!(unpacked(&b"12345"[..], 5).unwrap().map(|content| content.len()), Some(5));
        assert_eq!(unpacked(&b"123456"[..], 5).unwrap(), None);
    }

    /// The parts share one room: what the first take, the last no longer has.
    #[test]
    fn many_parts_together_are_bounded_too() {
        let limits = Limits { sheet: 600, texts: 600, whole: 1_000, ..OF_A_RETURN };
        let file = |sizes: &[usize]| {
            let mut file = ZipWriter::new(Cursor::new(Vec::new()));
            for (at, size) in sizes.iter().enumerate() {
                file.start_file(format!("xl/worksheets/sheet{at}.xml"), SimpleFileOptions::default()).unwrap();
                file.write_all(&vec![b' '; *size]).unwrap();
            }
            file.finish().unwrap().into_inner()
        };
        let rule = |sizes: &[usize]| check(&file(sizes), &limits).unwrap_err().rule.to_string();
        assert_eq!([rule(&[601]), rule(&[600, 401])], ["too_large", "too_large"]);
        assert_eq!(rule(&[600, 400]), "not_a_workbook", "it holds no workbook, but it was read");
    }
}
