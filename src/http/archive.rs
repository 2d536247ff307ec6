//! Many kept files as one ZIP, written while it is sent: one file is held at a time.

use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};

use actix_web::http::header;
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse};
use futures_util::stream;
use serde_json::json;
use zip::write::{SimpleFileOptions, StreamWriter};
use zip::{CompressionMethod, DateTime, ZipWriter};

use crate::documents::Shelf;
use crate::http::describe::{Components, OperationDoc, headers};
use crate::http::reply::{Reply, VARY, disposition};
use crate::kernel::Refusal;

const MEDIA: &str = "application/zip";

/// Kept files in one ZIP. The same files make the same bytes.
pub struct Archive {
    /// The name under which it is saved.
    pub file_name: String,
    /// The files, in their order.
    pub files: Vec<ArchivedFile>,
    /// Where their bytes lie.
    pub shelf: Shelf,
}

/// A file of a ZIP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArchivedFile {
    /// Its name there.
    pub name: String,
    /// The SHA-256 under which it lies on the shelf, in hexadecimal.
    pub sha256: String,
}

impl Reply for Archive {
    fn describe(doc: &mut OperationDoc, _: &mut Components) {
        let more = [("Content-Disposition", "The file's name."), ("Vary", "What the answer depends on.")];
        let content = json!({ MEDIA: { "schema": {} } });
        doc.responses.insert(200, json!({ "description": "The ZIP.", "headers": headers(&more), "content": content }));
    }

    fn respond(self, _: &HttpRequest) -> HttpResponse {
        let outlet = Outlet::default();
        let book = ZipWriter::new_stream(outlet.clone());
        let begun = Sent { book: Some(book), outlet, files: self.files.into_iter(), shelf: self.shelf };
        HttpResponse::Ok()
            .content_type(MEDIA)
            .insert_header(VARY)
            .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
            .insert_header((header::CONTENT_DISPOSITION, disposition(&self.file_name)))
            .streaming(stream::try_unfold(begun, Sent::piece))
    }
}

/// Where the ZIP comes out, piece by piece.
#[derive(Clone, Default)]
struct Outlet(Arc<Mutex<Vec<u8>>>);

impl Outlet {
    fn take(&self) -> Bytes {
        Bytes::from(std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner)))
    }
}

impl Write for Outlet {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A ZIP under way.
struct Sent {
    book: Option<ZipWriter<StreamWriter<Outlet>>>,
    outlet: Outlet,
    files: std::vec::IntoIter<ArchivedFile>,
    shelf: Shelf,
}

impl Sent {
    /// The next file, or the end. A fault breaks the answer off, so that nobody takes a part for the whole.
    async fn piece(mut self) -> Result<Option<(Bytes, Self)>, io::Error> {
        let Some(mut book) = self.book.take() else { return Ok(None) };
        match self.files.next() {
            Some(file) => {
                let bytes = self.shelf.fetch(file.sha256).await.map_err(broken_off)?;
                // A PDF is packed already.
                let options =
                    SimpleFileOptions::default().compression_method(CompressionMethod::Stored).last_modified_time(DateTime::default());
                book.start_file(file.name, options).map_err(io::Error::other)?;
                book.write_all(&bytes)?;
                self.book = Some(book);
            }
            None => drop(book.finish().map_err(io::Error::other)?),
        }
        Ok(Some((self.outlet.take(), self)))
    }
}

fn broken_off(refusal: Refusal) -> io::Error {
    tracing::error!(?refusal, "a ZIP was broken off while it was sent");
    io::Error::other("the ZIP was broken off")
}
