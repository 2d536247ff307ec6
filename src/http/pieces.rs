//! An answer that goes out while the rest of it is still made.
//!
//! What is made is put into a file aside, so that neither memory nor the thread that makes it waits for whoever reads slowly. A short answer is one piece and
//! needs no file.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use actix_web::web::{self, Bytes};
use actix_web::{HttpResponse, HttpResponseBuilder, rt};
use futures_util::stream;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::kernel::{Id, Refusal};

/// What the one who makes an answer tells the one who sends it.
enum Told {
    /// So many bytes more are in the file.
    More(Arc<File>, usize),
    /// This is the rest.
    Last(String),
    /// Nothing more can be made.
    Refused(Refusal),
}

/// An answer as it is made.
pub struct Making {
    folder: PathBuf,
    /// The file, opened twice: each end has a place of its own in it.
    file: Option<(File, Arc<File>)>,
    text: String,
    tell: UnboundedSender<Told>,
}

impl Making {
    /// Adds some text.
    pub fn add(&mut self, text: &str) {
        self.text.push_str(text);
    }

    /// Whether anybody still reads it.
    #[must_use]
    pub fn is_wanted(&self) -> bool {
        !self.tell.is_closed()
    }

    /// Lets what was added go out, where more will follow.
    ///
    /// # Errors
    /// A fault of the disk.
    pub fn send(&mut self) -> Result<(), Refusal> {
        if self.text.is_empty() {
            return Ok(());
        }
        let (mut to, from) = match self.file.take() {
            Some(file) => file,
            None => open(&self.folder).map_err(Refusal::broken)?,
        };
        to.write_all(self.text.as_bytes()).map_err(Refusal::broken)?;
        // Nobody may be there any more.
        let _ = self.tell.send(Told::More(Arc::clone(&from), self.text.len()));
        self.text.clear();
        self.file = Some((to, from));
        Ok(())
    }

    /// Lets the rest go out, after which the answer is whole.
    pub fn end(self) {
        let _ = self.tell.send(Told::Last(self.text));
    }
}

/// A file without a name, so that it is gone once both ends have let go of it.
fn open(folder: &Path) -> io::Result<(File, Arc<File>)> {
    let path = folder.join(Id::new().to_string());
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let to = options.open(&path)?;
    let from = File::open(&path);
    fs::remove_file(&path)?;
    Ok((to, Arc::new(from?)))
}

/// Pieces of an answer, as they come.
pub struct Pieces {
    told: UnboundedReceiver<Told>,
    refused: Option<Refusal>,
}

/// A piece of an answer.
pub enum Piece {
    /// More follow.
    More(Bytes),
    /// It is the last.
    Last(Bytes),
}

/// Begins an answer: `make` says how it is made, in a future that is waited for beside the request. `folder` takes what is made sooner than it is sent.
pub fn begin<F: Future<Output = Result<(), Refusal>> + 'static>(folder: PathBuf, make: impl FnOnce(Making) -> F) -> Pieces {
    let (tell, told) = unbounded_channel();
    let made = make(Making { folder, file: None, text: String::new(), tell: tell.clone() });
    rt::spawn(async move {
        if let Err(refusal) = made.await {
            let _ = tell.send(Told::Refused(refusal));
        }
    });
    Pieces { told, refused: None }
}

impl Pieces {
    /// The first piece.
    ///
    /// # Errors
    /// Whatever refuses the answer before anything of it has gone out.
    pub async fn first(&mut self) -> Result<Piece, Refusal> {
        match self.told.recv().await {
            Some(Told::Refused(refusal)) => Err(refusal),
            Some(Told::Last(text)) => Ok(Piece::Last(Bytes::from(text))),
            Some(Told::More(from, length)) => read(from, length).await.map(Piece::More).map_err(Refusal::broken),
            None => Err(Refusal::broken("an answer ended before it began")),
        }
    }

    /// The next piece. Where there is none before the last, the answer is broken off, so that nobody takes a part for the whole.
    async fn next(&mut self) -> io::Result<Piece> {
        loop {
            match self.told.recv().await {
                // Whoever waited for the making may have given up on it, and it goes on all the same.
                Some(Told::Refused(refusal)) => self.refused = Some(refusal),
                Some(Told::Last(text)) => return Ok(Piece::Last(Bytes::from(text))),
                Some(Told::More(from, length)) => return read(from, length).await.map(Piece::More),
                None => {
                    tracing::error!(refusal = ?self.refused, "an answer was broken off while it was sent");
                    return Err(io::Error::other("the answer was broken off"));
                }
            }
        }
    }

    /// Answers with all pieces. One alone has a known length.
    pub fn respond(self, mut response: HttpResponseBuilder, first: Piece) -> HttpResponse {
        match first {
            Piece::Last(bytes) => response.body(bytes),
            more => response.streaming(stream::try_unfold((Some(more), Some(self)), following)),
        }
    }
}

/// A piece that is there already, and the pieces after it.
type Rest = (Option<Piece>, Option<Pieces>);

async fn following((ready, mut pieces): Rest) -> Result<Option<(Bytes, Rest)>, io::Error> {
    let piece = match (ready, &mut pieces) {
        (Some(piece), _) => piece,
        (None, Some(pieces)) => pieces.next().await?,
        (None, None) => return Ok(None),
    };
    match piece {
        Piece::More(bytes) => Ok(Some((bytes, (None, pieces)))),
        // An empty piece would end the answer before its end.
        Piece::Last(bytes) if bytes.is_empty() => Ok(None),
        Piece::Last(bytes) => Ok(Some((bytes, (None, None)))),
    }
}

async fn read(file: Arc<File>, length: usize) -> io::Result<Bytes> {
    let take = move || {
        let mut bytes = vec![0; length];
        let mut from: &File = &file;
        from.read_exact(&mut bytes).map(|()| Bytes::from(bytes))
    };
    web::block(take).await.map_err(io::Error::other)?
}

#[cfg(test)]
mod tests {
    use std::future::ready;

    use actix_web::body::{self, BodySize, MessageBody};

    use super::*;
    use crate::kernel::StoreFault;

    fn wait<T>(future: impl Future<Output = T>) -> T {
        rt::System::new().block_on(future)
    }

    fn gone() -> Refusal {
        Refusal::Store(StoreFault::Unavailable("gone".to_owned()))
    }

    /// What is left in the folder, the body's size before it is read, and the body; nothing where it was broken off.
    async fn answered(make: impl FnOnce(Making) -> Result<(), Refusal>) -> Result<(usize, BodySize, Option<Bytes>), Refusal> {
        let folder = tempfile::tempdir().unwrap();
        let mut pieces = begin(folder.path().to_owned(), |making| ready(make(making)));
        let first = pieces.first().await?;
        let files = fs::read_dir(folder.path()).unwrap().count();
        let body = pieces.respond(HttpResponse::Ok(), first).into_body();
        let size = body.size();
        Ok((files, size, body::to_bytes(body).await.ok()))
    }

    #[test]
    fn a_short_answer_has_a_length() {
        let short = wait(answered(|mut making| {
            making.add("a");
            making.add("b");
            making.end();
            Ok(())
        }));
        assert_eq!(short.unwrap(), (0, BodySize::Sized(2), Some(Bytes::from("ab"))));
    }

    #[test]
    fn pieces_come_in_their_order_and_leave_no_file() {
        let long = wait(answered(|mut making| {
            for text in ["one ", "", "two ", "three "] {
                making.add(text);
                making.send()?;
            }
            making.end();
            Ok(())
        }));
        assert_eq!(long.unwrap(), (0, BodySize::Stream, Some(Bytes::from("one two three "))));
    }

    #[test]
    fn a_refusal_is_the_answer_only_before_anything_was_sent() {
        assert_eq!(wait(answered(|_| Err(gone()))), Err(gone()));
        let broken = wait(answered(|mut making| {
            making.add("one");
            making.send()?;
            Err(gone())
        }));
        assert_eq!(broken.unwrap(), (0, BodySize::Stream, None));
    }

    #[test]
    fn whoever_makes_it_learns_that_nobody_reads_it_any_more() {
        let (tell, told) = unbounded_channel();
        let making = Making { folder: PathBuf::new(), file: None, text: String::new(), tell };
        assert!(making.is_wanted());
        drop(told);
        assert!(!making.is_wanted());
    }
}
