//! Which files are taken, and under which name. Pure.

use crate::kernel::{Faults, Refusal};

words! {
    /// The kinds of file that may be attached, by media type.
    pub enum MediaType {
        /// PDF.
        Pdf = "application/pdf",
        /// PNG picture.
        Png = "image/png",
        /// JPEG picture.
        Jpeg = "image/jpeg",
        /// Word document without macros.
        Docx = "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        /// Excel workbook without macros.
        Xlsx = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        /// OpenDocument text.
        Odt = "application/vnd.oasis.opendocument.text",
        /// OpenDocument spreadsheet.
        Ods = "application/vnd.oasis.opendocument.spreadsheet",
        /// Comma-separated values in UTF-8.
        Csv = "text/csv",
        /// Plain text in UTF-8.
        Text = "text/plain",
    }
}

impl MediaType {
    /// How names of such files end.
    #[must_use]
    pub const fn endings(self) -> &'static [&'static str] {
        match self {
            Self::Pdf => &["pdf"],
            Self::Png => &["png"],
            Self::Jpeg => &["jpg", "jpeg"],
            Self::Docx => &["docx"],
            Self::Xlsx => &["xlsx"],
            Self::Odt => &["odt"],
            Self::Ods => &["ods"],
            Self::Csv => &["csv"],
            Self::Text => &["txt"],
        }
    }

    fn of_name(file_name: &str) -> Option<Self> {
        let ending = file_name.rsplit_once('.')?.1.to_ascii_lowercase();
        Self::ALL.iter().copied().find(|media| media.endings().contains(&ending.as_str()))
    }

    /// The header value under which such a file is fetched.
    #[must_use]
    pub const fn header(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8",
            Self::Text => "text/plain; charset=utf-8",
            other => other.word(),
        }
    }
}

/// The longest file name, in characters.
const NAME_MAX: usize = 150;
/// What a caller sends who does not say what a file is.
const UNSAID: [&str; 3] = ["", "application/octet-stream", "application/x-www-form-urlencoded"];
const TAKEN: &str = "PDF, PNG, JPEG, DOCX, XLSX, ODT, ODS, CSV or TXT";

/// A file that may be kept: what it is, and under which name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// What its content is.
    pub media_type: MediaType,
    /// Its name, cleaned.
    pub file_name: String,
}

/// Checks a file by its content, its name and what the caller says it is.
///
/// # Errors
/// Every fault: an empty file, a kind that is not taken, a name or content type that does not agree with the content.
pub fn check(bytes: &[u8], name: &str, claimed: &str) -> Result<Checked, Refusal> {
    let mut faults = Faults::new();
    faults.require(!bytes.is_empty(), "", "too_short", "The file is empty.");
    let file_name = clean(name);
    let by_name = MediaType::of_name(&file_name);
    if by_name.is_none() {
        faults.add("query:file_name", "wrong_format", format!("The name must end as the file's kind does: {TAKEN}."));
    }
    let media_type = sniff(bytes, by_name);
    if media_type.is_none() && !bytes.is_empty() {
        faults.add("", "not_taken", format!("The content is none of the kinds of file that are taken: {TAKEN}, without macros."));
    }
    if let Some(media_type) = media_type {
        let agrees = by_name.is_none_or(|named| named == media_type);
        faults.require(agrees, "query:file_name", "disagrees", &format!("The name says one kind of file, the content is {media_type}."));
        let agrees = UNSAID.contains(&claimed) || claimed == media_type.word();
        faults.require(agrees, "header:Content-Type", "disagrees", &format!("The content is {media_type}, not what `Content-Type` says."));
    }
    faults.into_result()?;
    media_type
        .map(|media_type| Checked { media_type, file_name })
        .ok_or_else(|| Refusal::broken("a file without faults and without a kind"))
}

/// What the content is. Plain text has no signature, so its name decides between CSV and text.
fn sniff(bytes: &[u8], by_name: Option<MediaType>) -> Option<MediaType> {
    if bytes.starts_with(b"PK\x03\x04") {
        return sniff_archive(bytes);
    }
    match infer::get(bytes).map(|found| found.mime_type()) {
        Some("application/pdf") => Some(MediaType::Pdf),
        Some("image/png") => Some(MediaType::Png),
        Some("image/jpeg") => Some(MediaType::Jpeg),
        Some(_) => None,
        None if !bytes.is_empty() && is_plain_text(bytes) => by_name.filter(|named| *named == MediaType::Csv).or(Some(MediaType::Text)),
        None => None,
    }
}

/// Office files are ZIP archives whose entries tell which; the names of entries stand in them uncompressed.
fn sniff_archive(bytes: &[u8]) -> Option<MediaType> {
    let holds = |name: &str| bytes.windows(name.len()).any(|window| window == name.as_bytes());
    let begins = |media: MediaType| bytes.get(30..).is_some_and(|rest| rest.starts_with(format!("mimetype{media}").as_bytes()));
    if holds("vbaProject.bin") {
        return None;
    }
    if let Some(open) = [MediaType::Odt, MediaType::Ods].into_iter().find(|media| begins(*media)) {
        return Some(open);
    }
    match (holds("[Content_Types].xml"), holds("word/document.xml"), holds("xl/workbook.xml")) {
        (true, true, false) => Some(MediaType::Docx),
        (true, false, true) => Some(MediaType::Xlsx),
        _ => None,
    }
}

fn is_plain_text(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_ok_and(|text| !text.chars().any(|c| c.is_control() && !matches!(c, '\t' | '\r' | '\n')))
}

/// A file name that is safe on any machine and in any header: no folders, no invisible or turning characters, its ending kept.
#[must_use]
pub fn clean(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let is_odd = |c: char| {
        c.is_control()
            || matches!(c, '"' | '<' | '>' | '|' | ':' | '*' | '?' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
    };
    let plain: String = last.chars().map(|c| if is_odd(c) { ' ' } else { c }).collect();
    let words: Vec<&str> = plain.split_whitespace().collect();
    let name = words.join(" ");
    let name = name.trim_matches(['.', ' ']);
    let (stem, ending) = name.rsplit_once('.').unwrap_or((name, ""));
    let room = NAME_MAX.saturating_sub(ending.chars().count() + 1);
    let stem: String = stem.chars().take(room).collect();
    let ending: String = ending.chars().take(20).collect();
    if ending.is_empty() { stem } else { format!("{}.{ending}", stem.trim_end()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PDF: &[u8] = b"%PDF-1.7\n1 0 obj\n";
    const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR";

    fn codes(outcome: Result<Checked, Refusal>) -> Vec<(String, String)> {
        match outcome {
            Err(Refusal::Invalid(faults)) => faults.into_iter().map(|fault| (fault.pointer, fault.code)).collect(),
            other => panic!("{other:?}"),
        }
    }

    /// The first entry of an archive as ZIP writes it, then `more`.
    fn archive(entry: &str, content: &str, more: &[&str]) -> Vec<u8> {
        let mut bytes = b"PK\x03\x04".to_vec();
        bytes.extend([0; 26]);
        bytes.extend(entry.as_bytes());
        bytes.extend(content.as_bytes());
        for name in more {
            bytes.extend(b"PK\x03\x04");
            bytes.extend(name.as_bytes());
        }
        bytes
    }

    #[test]
    fn the_content_says_what_a_file_is() {
        let docx = archive("[Content_Types].xml", "", &["_rels/.rels", "word/document.xml"]);
        let xlsx = archive("[Content_Types].xml", "", &["xl/workbook.xml"]);
        let odt = archive("mimetype", "application/vnd.oasis.opendocument.text", &["content.xml"]);
        let ods = archive("mimetype", "application/vnd.oasis.opendocument.spreadsheet", &["content.xml"]);
        let all: [(&[u8], &str, MediaType); 9] = [
            (PDF, "Letter.PDF", MediaType::Pdf),
            (PNG, "a.png", MediaType::Png),
            (b"\xff\xd8\xff\xe0\x00\x10JFIF", "a.jpg", MediaType::Jpeg),
            (&docx, "a.docx", MediaType::Docx),
            (&xlsx, "a.xlsx", MediaType::Xlsx),
            (&odt, "a.odt", MediaType::Odt),
            (&ods, "a.ods", MediaType::Ods),
            (b"name,amount\r\nCaf\xc3\xa9,1\r\n", "a.csv", MediaType::Csv),
            (b"Some words.\n", "a.txt", MediaType::Text),
        ];
        for (bytes, name, media) in all {
            assert_eq!(check(bytes, name, "").unwrap().media_type, media, "{name}");
            assert_eq!(check(bytes, name, media.word()).unwrap().media_type, media, "{name}");
        }
    }

    #[test]
    fn a_file_that_pretends_is_refused() {
        let file_name = ("query:file_name".to_owned(), "disagrees".to_owned());
        let content_type = ("header:Content-Type".to_owned(), "disagrees".to_owned());
        assert_eq!(codes(check(PNG, "a.pdf", "application/pdf")), [file_name.clone(), content_type.clone()]);
        assert_eq!(codes(check(PDF, "a.pdf", "image/png")), [content_type]);
        assert_eq!(codes(check(b"just text", "a.png", "")), [file_name]);
    }

    #[test]
    fn kinds_that_are_not_taken_are_refused() {
        let not_taken = ("".to_owned(), "not_taken".to_owned());
        let macros = archive("[Content_Types].xml", "", &["word/document.xml", "word/vbaProject.bin"]);
        let jar = archive("META-INF/MANIFEST.MF", "", &["a.class"]);
        let all: [(&[u8], &str); 6] = [
            (&macros, "a.docx"),
            (&jar, "a.docx"),
            (b"<!DOCTYPE html><html></html>", "a.txt"),
            (b"\x7fELF\x02\x01\x01\x00", "a.pdf"),
            (b"caf\xe9", "a.txt"),
            (b"a\x00b", "a.csv"),
        ];
        for (bytes, name) in all {
            assert_eq!(codes(check(bytes, name, "")), std::slice::from_ref(&not_taken), "{name}");
        }
        assert_eq!(codes(check(b"", "a.exe", "")).len(), 2);
    }

    #[test]
    fn names_are_cleaned() {
        assert_eq!(clean("../../etc/pass\u{202e}wd.pdf"), "pass wd.pdf");
        assert_eq!(clean("D:\\letters\\Grant  letter\r\n.pdf"), "Grant letter.pdf");
        assert_eq!(clean("…Café \"1\".csv"), "…Café 1.csv");
        assert_eq!(clean("..hidden."), "hidden");
        assert_eq!(clean(&format!("{}.pdf", "é".repeat(400))).chars().count(), NAME_MAX);
        assert!(clean(&format!("{}.pdf", "a".repeat(400))).ends_with("a.pdf"));
        assert_eq!(codes(check(PDF, "..", ""))[0].0, "query:file_name");
    }
}
