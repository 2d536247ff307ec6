//! What a template can reach while it is set: its neighbours, the fonts, one file of data. No clock, no network, no other file.

use std::sync::Arc;

use typst::diag::{FileError, FileResult};
use typst::foundations::{Bytes, Datetime, Duration};
use typst::syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot};
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;
use typst::{Library, World};

use super::Stock;

/// Where a template finds what it is to print: beside itself.
const DATA: [&str; 2] = ["data.json", "letters/data.json"];

/// One setting of one template.
pub struct Bench {
    stock: Arc<Stock>,
    main: FileId,
    data: Bytes,
}

impl Bench {
    /// Lays out a template's file by its name, and its data.
    pub fn new(stock: Arc<Stock>, template: &str, data: String) -> Result<Self, String> {
        let vpath = VirtualPath::new(template).map_err(|_| format!("`{template}` is no name of a file"))?;
        let main = RootedPath::new(VirtualRoot::Project, vpath).intern();
        Ok(Self { stock, main, data: Bytes::from_string(data) })
    }
}

/// The name of a file of the templates; a package is none.
fn name_of(id: FileId) -> Option<&'static str> {
    let path = id.get();
    (*path.root() == VirtualRoot::Project).then(|| path.vpath().get_without_slash())
}

impl World for Bench {
    fn library(&self) -> &LazyHash<Library> {
        &self.stock.library
    }

    fn book(&self) -> &LazyHash<FontBook> {
        &self.stock.book
    }

    fn main(&self) -> FileId {
        self.main
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        let bytes = self.file(id)?;
        let text = bytes.as_str().map_err(|_| FileError::InvalidUtf8)?;
        Ok(Source::new(id, text.to_owned()))
    }

    fn file(&self, id: FileId) -> FileResult<Bytes> {
        match name_of(id) {
            None => Err(FileError::AccessDenied),
            Some(name) if DATA.contains(&name) => Ok(self.data.clone()),
            Some(name) => self.stock.files.get(name).cloned().ok_or_else(|| FileError::NotFound(name.into())),
        }
    }

    fn font(&self, index: usize) -> Option<Font> {
        self.stock.fonts.get(index).cloned()
    }

    // Today is another day tomorrow, and the page would be another: days are in the data.
    fn today(&self, _: Option<Duration>) -> Option<Datetime> {
        None
    }
}
