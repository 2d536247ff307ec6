//! Filling a workbook without the program that made it: its parts are unpacked, their XML is edited, and they are packed again.

use std::io::{Cursor, Read, Write};

use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

/// The parts of a workbook, by their names.
#[derive(Clone)]
pub struct Parts(pub Vec<(String, Vec<u8>)>);

/// What is typed into a cell.
#[derive(Clone, Copy)]
pub enum Typed<'a> {
    Text(&'a str),
    Number(&'a str),
    Formula(&'a str),
}

impl Parts {
    pub fn of(bytes: &[u8]) -> Self {
        let mut archive = ZipArchive::new(Cursor::new(bytes)).unwrap();
        let part = |at| {
            let mut part = archive.by_index(at).unwrap();
            let mut content = Vec::new();
            part.read_to_end(&mut content).unwrap();
            (part.name().unwrap().into_owned(), content)
        };
        Self((0..ZipArchive::new(Cursor::new(bytes)).unwrap().len()).map(part).collect())
    }

    pub fn bytes(&self) -> Vec<u8> {
        let mut file = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, content) in &self.0 {
            file.start_file(name.as_str(), SimpleFileOptions::default()).unwrap();
            file.write_all(content).unwrap();
        }
        file.finish().unwrap().into_inner()
    }

    pub fn with(mut self, name: &str, content: Vec<u8>) -> Self {
        self.0.retain(|(known, _)| known != name);
        self.0.push((name.to_owned(), content));
        self
    }

    /// The text of a part, changed.
    pub fn changed(mut self, name: &str, change: impl Fn(String) -> String) -> Self {
        let part = self.0.iter_mut().find(|(known, _)| known == name).unwrap_or_else(|| panic!("no part {name}"));
        part.1 = change(String::from_utf8(std::mem::take(&mut part.1)).unwrap()).into_bytes();
        self
    }

    /// A sheet's XML, changed.
    pub fn on_sheet(self, sheet: &str, change: impl Fn(String) -> String) -> Self {
        let book = self.0.iter().find(|(name, _)| name == "xl/workbook.xml").map(|(_, text)| String::from_utf8_lossy(text).into_owned());
        let book = book.unwrap();
        let at = book.split("<sheet name=\"").position(|part| part.starts_with(&format!("{sheet}\""))).unwrap();
        self.changed(&format!("xl/worksheets/sheet{at}.xml"), change)
    }

    /// Types into a cell that is there already, blank or not; it keeps how it looks.
    pub fn typed(self, sheet: &str, cell: &str, typed: Typed<'_>) -> Self {
        self.on_sheet(sheet, |xml| {
            let start = xml.find(&format!("<c r=\"{cell}\"")).unwrap_or_else(|| panic!("{sheet} has no cell {cell}"));
            let head = start + xml[start..].find('>').unwrap();
            let end = if xml[..head].ends_with('/') { head + 1 } else { head + xml[head..].find("</c>").unwrap() + 4 };
            let style = xml[start..head].split(" s=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap_or("0");
            let open = |kind: &str| format!("<c r=\"{cell}\" s=\"{style}\"{kind}>");
            let new = match typed {
                Typed::Text(text) => format!("{}<is><t>{text}</t></is></c>", open(" t=\"inlineStr\"")),
                Typed::Number(number) => format!("{}<v>{number}</v></c>", open("")),
                Typed::Formula(formula) => format!("{}<f>{formula}</f><v>2</v></c>", open("")),
            };
            format!("{}{new}{}", &xml[..start], &xml[end..])
        })
    }
}
