//! A kept file as an answer, read while it is sent: one piece of it is held at a time.

use std::fs::File;
use std::io::{self, Read};

use actix_web::body::SizedStream;
use actix_web::http::header;
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse};
use futures_util::stream;

use crate::documents::rules::MediaType;
use crate::http::describe::{Components, OperationDoc};
use crate::http::reply::{Attachment, Reply, disposition};

/// How much of a file is held.
const PIECE_BYTES: u64 = 1 << 16;

/// A file that a browser saves and never shows, as long as it may be.
#[derive(Debug)]
pub struct KeptFile {
    /// What it is.
    pub media_type: MediaType,
    /// The name under which it is saved.
    pub file_name: String,
    /// The file, at its beginning, and how long it is.
    pub file: (File, u64),
}

impl Reply for KeptFile {
    fn describe(doc: &mut OperationDoc, components: &mut Components) {
        <Attachment as Reply>::describe(doc, components);
    }

    fn respond(self, _: &HttpRequest) -> HttpResponse {
        let (file, size) = self.file;
        HttpResponse::Ok()
            .content_type(self.media_type.header())
            .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
            .insert_header((header::CONTENT_DISPOSITION, disposition(&self.file_name)))
            .body(SizedStream::new(size, stream::try_unfold(file, piece)))
    }
}

/// The next piece. A fault breaks the answer off, so that nobody takes a part for the whole.
async fn piece(mut file: File) -> Result<Option<(Bytes, File)>, io::Error> {
    let read = move || {
        let mut part = Vec::new();
        file.by_ref().take(PIECE_BYTES).read_to_end(&mut part)?;
        Ok::<_, io::Error>((part, file))
    };
    // The disk is waited for on a thread of its own.
    let (part, file) = tokio::task::spawn_blocking(read).await.map_err(io::Error::other)??;
    Ok(if part.is_empty() { None } else { Some((Bytes::from(part), file)) })
}
