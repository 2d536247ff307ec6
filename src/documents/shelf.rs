//! The folder that holds the bytes: `ab/cd/abcd…`, each file under the SHA-256 of its content.

use std::fs::{self, File};
use std::io::{self, Seek, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

use crate::documents::rules::{self, Checked};
use crate::kernel::{Id, Refusal, StoreFault};

/// Where files are written before they have their name.
const INCOMING: &str = "incoming";
/// Held by uploads together, and by the sweep alone.
const LOCK: &str = "lock";

/// The folder. Replicas of the service share one.
#[derive(Debug, Clone)]
pub struct Shelf {
    folder: PathBuf,
}

/// A file on the shelf whose row is still to be committed. While this lives, the sweep waits.
#[derive(Debug, Clone)]
pub struct Placed {
    /// Its kind and name.
    pub checked: Checked,
    /// SHA-256 of the content, in hexadecimal.
    pub sha256: String,
    /// How long it is.
    pub size_bytes: i64,
    _hold: Arc<File>,
}

impl Shelf {
    /// Takes a folder as the shelf, makes it where it is missing, and writes and removes a file to see that it can be used.
    ///
    /// # Errors
    /// A plain sentence where the folder cannot be made or written.
    pub fn open(folder: &Path) -> Result<Self, String> {
        let shelf = Self { folder: folder.to_owned() };
        let unusable = |error: io::Error| {
            format!("Attached files cannot be kept in {}: {error}. Name a folder that may be written.", folder.display())
        };
        fs::create_dir_all(folder.join(INCOMING)).map_err(unusable)?;
        shelf.lock_file().map_err(unusable)?;
        let probe = folder.join(INCOMING).join(Id::new().to_string());
        fs::write(&probe, b"probe").and_then(|()| fs::remove_file(&probe)).map_err(unusable)?;
        Ok(shelf)
    }

    /// Checks a file and puts it on the shelf, flushed to disk. `claimed` is the content type that the caller gave.
    ///
    /// # Errors
    /// Every fault of the file ([`rules::check`]); [`Refusal::Store`] where the disk fails.
    pub async fn place(&self, bytes: Vec<u8>, name: String, claimed: String) -> Result<Placed, Refusal> {
        let shelf = self.clone();
        on_a_file_thread(move || {
            let checked = rules::check(&bytes, &name, &claimed)?;
            let size_bytes = i64::try_from(bytes.len()).map_err(Refusal::broken)?;
            let hold = shelf.hold().map_err(disk)?;
            let sha256 = shelf.write(&bytes).map_err(disk)?;
            Ok(Placed { checked, sha256, size_bytes, _hold: Arc::new(hold) })
        })
        .await
    }

    /// The bytes of a file, checked against its hash: what is damaged is never handed out.
    ///
    /// # Errors
    /// [`Refusal::Store`] where the file is missing or damaged or the disk fails.
    pub async fn fetch(&self, sha256: String) -> Result<Vec<u8>, Refusal> {
        let shelf = self.clone();
        on_a_file_thread(move || shelf.read(&sha256)).await
    }

    /// The file itself, to be read in pieces, and how long it is. All of it was checked against its hash before, and never held whole.
    ///
    /// # Errors
    /// As for [`Self::fetch`].
    pub async fn fetch_open(&self, sha256: String) -> Result<(File, u64), Refusal> {
        let shelf = self.clone();
        on_a_file_thread(move || {
            let mut file = File::open(shelf.path_of(&sha256)).map_err(disk)?;
            let size = file.metadata().map_err(disk)?.len();
            let found = hashed(file.try_clone().map_err(disk)?, &mut io::sink()).map_err(disk)?;
            if found != sha256 {
                return Err(Refusal::broken(format!("the attached file {sha256} is damaged")));
            }
            file.rewind().map_err(disk)?;
            Ok((file, size))
        })
        .await
    }

    /// The same as [`Self::fetch`] on the thread that asks, which waits for the disk.
    ///
    /// # Errors
    /// As for [`Self::fetch`].
    pub fn read(&self, sha256: &str) -> Result<Vec<u8>, Refusal> {
        let bytes = fs::read(self.path_of(sha256)).map_err(disk)?;
        if hash_of(&bytes) == sha256 { Ok(bytes) } else { Err(Refusal::broken(format!("the attached file {sha256} is damaged"))) }
    }

    /// A shelf that is only read, or known to be there.
    #[must_use]
    pub fn at(folder: &Path) -> Self {
        Self { folder: folder.to_owned() }
    }

    /// Copies a file off the shelf to a new place, flushed to disk.
    ///
    /// # Errors
    /// Why it cannot be: it is missing, it is not what its name says, or the disk fails.
    pub fn copy_out(&self, sha256: &str, to: &Path) -> io::Result<()> {
        let mut file = File::create_new(to)?;
        copy_checked(&self.path_of(sha256), &mut file, sha256)
    }

    /// Reads a file without keeping it, to see that it is there and is what its name says.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn check(&self, sha256: &str, size_bytes: i64) -> Result<(), String> {
        let told = |error: io::Error| match error.kind() {
            io::ErrorKind::NotFound => "the file is missing".to_owned(),
            _ => format!("the file cannot be read: {error}"),
        };
        let file = File::open(self.path_of(sha256)).map_err(told)?;
        let length = file.metadata().map_err(told)?.len();
        if u64::try_from(size_bytes) != Ok(length) {
            return Err(format!("the file has {length} bytes instead of {size_bytes}"));
        }
        let found = hashed(file, &mut io::sink()).map_err(told)?;
        if found == sha256 { Ok(()) } else { Err(format!("the file was changed or damaged: its SHA-256 is {found}")) }
    }

    /// Takes a file onto the shelf from elsewhere, under the hash that it must have.
    ///
    /// # Errors
    /// As for [`Self::copy_out`].
    pub fn take_in(&self, from: &Path, sha256: &str) -> io::Result<()> {
        let _hold = self.hold()?;
        let aside = self.folder.join(INCOMING).join(Id::new().to_string());
        let taken =
            File::create_new(&aside).and_then(|mut file| copy_checked(from, &mut file, sha256)).and_then(|()| self.name(&aside, sha256));
        if taken.is_err() {
            let _ = fs::remove_file(&aside);
        }
        taken
    }

    /// Takes a file over from another shelf.
    ///
    /// # Errors
    /// As for [`Self::copy_out`].
    pub fn take_over(&self, other: &Self, sha256: &str) -> io::Result<()> {
        self.take_in(&other.path_of(sha256), sha256)
    }

    /// Where a file may stand that is still being made. It is on the same disk, and large where the rest is.
    #[must_use]
    pub fn aside(&self) -> PathBuf {
        self.folder.join(INCOMING)
    }

    fn lock_file(&self) -> io::Result<File> {
        File::options().create(true).truncate(false).write(true).open(self.folder.join(LOCK))
    }

    fn hold(&self) -> io::Result<File> {
        let file = self.lock_file()?;
        file.lock_shared()?;
        Ok(file)
    }

    /// The shelf for the sweep alone; `None` while a file is being attached.
    pub(super) fn hold_alone(&self) -> io::Result<Option<File>> {
        let file = self.lock_file()?;
        match file.try_lock() {
            Ok(()) => Ok(Some(file)),
            Err(fs::TryLockError::WouldBlock) => Ok(None),
            Err(fs::TryLockError::Error(error)) => Err(error),
        }
    }

    pub(super) fn path_of(&self, sha256: &str) -> PathBuf {
        let part = |range| sha256.get(range).unwrap_or("__");
        self.folder.join(part(0..2)).join(part(2..4)).join(sha256)
    }

    /// Written aside, flushed, then given its name: a file under its hash is always whole.
    fn write(&self, bytes: &[u8]) -> io::Result<String> {
        let sha256 = hash_of(bytes);
        let aside = self.folder.join(INCOMING).join(Id::new().to_string());
        let written = write_through(&aside, bytes).and_then(|()| self.name(&aside, &sha256));
        if written.is_err() {
            let _ = fs::remove_file(&aside);
        }
        written.map(|()| sha256)
    }

    /// Gives a file that was written aside its name, flushed to disk.
    fn name(&self, aside: &Path, sha256: &str) -> io::Result<()> {
        let path = self.path_of(sha256);
        let folder = path.parent().unwrap_or(&self.folder);
        fs::create_dir_all(folder)?;
        fs::rename(aside, &path)?;
        for above in folder.ancestors().take(3) {
            File::open(above)?.sync_all()?;
        }
        Ok(())
    }

    /// Every file on the shelf, those still without a name included.
    pub(super) fn files(&self) -> io::Result<Vec<PathBuf>> {
        let mut found = Vec::new();
        for first in folders_in(&self.folder)? {
            if first.ends_with(INCOMING) {
                found.extend(files_in(&first)?);
                continue;
            }
            for second in folders_in(&first)? {
                found.extend(files_in(&second)?);
            }
        }
        Ok(found)
    }
}

fn write_through(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::create_new(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Copies a file that must have this hash, flushed to disk. It is never held whole.
fn copy_checked(from: &Path, to: &mut File, sha256: &str) -> io::Result<()> {
    if hashed(File::open(from)?, to)? != sha256 {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "its content is not what its name says"));
    }
    to.sync_all()
}

/// Writes all of a file to another place, and gives its SHA-256 in hexadecimal.
fn hashed(mut from: File, to: &mut impl Write) -> io::Result<String> {
    let (mut hash, mut part) = (Sha256::new(), vec![0_u8; 1 << 16]);
    loop {
        let count = io::Read::read(&mut from, &mut part)?;
        let read = part.get(..count).unwrap_or_default();
        if read.is_empty() {
            break;
        }
        hash.update(read);
        to.write_all(read)?;
    }
    Ok(HEXLOWER.encode(&hash.finalize()))
}

fn entries(folder: &Path, wanted: fn(&fs::FileType) -> bool) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if wanted(&entry.file_type()?) {
            found.push(entry.path());
        }
    }
    Ok(found)
}

fn folders_in(folder: &Path) -> io::Result<Vec<PathBuf>> {
    entries(folder, fs::FileType::is_dir)
}

fn files_in(folder: &Path) -> io::Result<Vec<PathBuf>> {
    entries(folder, fs::FileType::is_file)
}

fn hash_of(bytes: &[u8]) -> String {
    HEXLOWER.encode(&Sha256::digest(bytes))
}

fn disk(error: io::Error) -> Refusal {
    match error.kind() {
        io::ErrorKind::NotFound => Refusal::broken(format!("an attached file is missing: {error}")),
        _ => Refusal::Store(StoreFault::Unavailable(format!("the folder of attached files: {error}"))),
    }
}

/// Files and locks block, so they have threads of their own.
async fn on_a_file_thread<T: Send + 'static>(work: impl FnOnce() -> Result<T, Refusal> + Send + 'static) -> Result<T, Refusal> {
    tokio::task::spawn_blocking(work).await.map_err(Refusal::broken)?
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wait<T>(future: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
    }

    fn place(shelf: &Shelf, text: &str) -> Placed {
        wait(shelf.place(text.as_bytes().to_vec(), "a.txt".to_owned(), String::new())).unwrap()
    }

    #[test]
    fn bytes_come_back_as_they_went() {
        let folder = tempfile::tempdir().unwrap();
        let shelf = Shelf::open(&folder.path().join("deep/documents")).unwrap();
        let placed = place(&shelf, "Some words.");
        assert_eq!(placed.size_bytes, 11);
        assert_eq!(placed.sha256, place(&shelf, "Some words.").sha256);
        assert_eq!(shelf.files().unwrap(), [shelf.path_of(&placed.sha256)]);
        assert_eq!(wait(shelf.fetch(placed.sha256)).unwrap(), b"Some words.");
    }

    #[test]
    fn a_damaged_or_missing_file_is_not_handed_out() {
        let folder = tempfile::tempdir().unwrap();
        let shelf = Shelf::open(folder.path()).unwrap();
        let placed = place(&shelf, "Some words.");
        let (mut file, size) = wait(shelf.fetch_open(placed.sha256.clone())).unwrap();
        let mut words = String::new();
        io::Read::read_to_string(&mut file, &mut words).unwrap();
        assert_eq!((words.as_str(), size), ("Some words.", 11), "from its beginning");
        fs::write(shelf.path_of(&placed.sha256), b"Other words").unwrap();
        assert!(matches!(wait(shelf.fetch_open(placed.sha256.clone())), Err(Refusal::Store(StoreFault::Broken(_)))));
        assert!(matches!(wait(shelf.fetch(placed.sha256.clone())), Err(Refusal::Store(StoreFault::Broken(_)))));
        fs::remove_file(shelf.path_of(&placed.sha256)).unwrap();
        assert!(matches!(wait(shelf.fetch(placed.sha256)), Err(Refusal::Store(StoreFault::Broken(_)))));
    }

    #[test]
    fn the_sweep_waits_for_a_file_that_is_being_attached() {
        let folder = tempfile::tempdir().unwrap();
        let shelf = Shelf::open(folder.path()).unwrap();
        let (first, second) = (place(&shelf, "one"), place(&shelf, "two"));
        assert!(shelf.hold_alone().unwrap().is_none());
        drop(first);
        assert!(shelf.hold_alone().unwrap().is_none());
        drop(second);
        assert!(shelf.hold_alone().unwrap().is_some());
    }

    #[test]
    fn a_folder_that_is_a_file_is_refused_in_a_sentence() {
        let folder = tempfile::tempdir().unwrap();
        let taken = folder.path().join("taken");
        fs::write(&taken, b"").unwrap();
        let sentence = Shelf::open(&taken).unwrap_err();
        assert!(sentence.contains("cannot be kept") && sentence.contains("taken"), "{sentence}");
    }
}
