//! CSV files in which nothing and an empty text differ: an empty field says nothing, `""` is an empty text. PostgreSQL's `COPY … CSV` reads and
//! writes the same; RFC 4180 leaves it open. Files are hashed while they are written and read, and never held whole.

use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Read, Write};
use std::path::Path;

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

/// How long a row may be, in bytes. A stray quotation mark would else take all that follows into memory.
const ROW_MAX_BYTES: usize = 1 << 26;

fn odd(why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why)
}

/// What is known of a file once it is written or read to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sum {
    /// How many rows, without the line of names.
    pub rows: u64,
    /// SHA-256 of the bytes, in hexadecimal digits.
    pub sha256: String,
}

/// A file being written.
pub struct Writer {
    out: BufWriter<File>,
    hash: Sha256,
    line: Vec<u8>,
    lines: u64,
}

impl Writer {
    /// A new file with its line of names.
    pub fn new<'a>(path: &Path, names: impl Iterator<Item = &'a str>) -> io::Result<Self> {
        let out = BufWriter::with_capacity(1 << 16, File::create_new(path)?);
        let mut made = Self { out, hash: Sha256::new(), line: Vec::new(), lines: 0 };
        made.write(names.map(Some))?;
        Ok(made)
    }

    /// Writes a row.
    pub fn write<'a>(&mut self, fields: impl Iterator<Item = Option<&'a str>>) -> io::Result<()> {
        self.line.clear();
        for (place, field) in fields.enumerate() {
            if place > 0 {
                self.line.push(b',');
            }
            match field {
                None => {}
                Some(text) if is_plain(text) => self.line.extend_from_slice(text.as_bytes()),
                Some(text) => {
                    self.line.push(b'"');
                    self.line.extend_from_slice(text.replace('"', "\"\"").as_bytes());
                    self.line.push(b'"');
                }
            }
        }
        self.line.extend_from_slice(b"\r\n");
        if self.line.len() > ROW_MAX_BYTES {
            return Err(odd("a row is longer than 64 MiB, which no import takes"));
        }
        self.hash.update(&self.line);
        self.lines += 1;
        self.out.write_all(&self.line)
    }

    /// Ends the file, flushed to disk.
    pub fn end(mut self) -> io::Result<Sum> {
        self.out.flush()?;
        self.out.get_ref().sync_all()?;
        Ok(Sum { rows: self.lines - 1, sha256: HEXLOWER.encode(&self.hash.finalize()) })
    }
}

/// Whether a text stands in a file without quotation marks.
fn is_plain(text: &str) -> bool {
    !text.is_empty() && !text.bytes().any(|byte| matches!(byte, b',' | b'"' | b'\r' | b'\n'))
}

/// A row of a file.
pub type Row = Vec<Option<String>>;

/// A file being read.
pub struct Reader {
    input: BufReader<Hashing>,
    rows: u64,
    row_max: usize,
}

struct Hashing {
    file: File,
    hash: Sha256,
}

impl Read for Hashing {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read(into)?;
        self.hash.update(into.get(..count).unwrap_or_default());
        Ok(count)
    }
}

impl Reader {
    /// Opens a file, and nothing else that a path may lead to: a pipe would be waited for without end.
    pub fn open(path: &Path) -> io::Result<Self> {
        if !std::fs::metadata(path)?.is_file() {
            return Err(odd("it is no file"));
        }
        let input = BufReader::with_capacity(1 << 16, Hashing { file: File::open(path)?, hash: Sha256::new() });
        Ok(Self { input, rows: 0, row_max: ROW_MAX_BYTES })
    }

    /// The next row, or nothing at the end.
    pub fn next_row(&mut self) -> io::Result<Option<Row>> {
        let mut record = Vec::new();
        let mut marks = 0;
        // A row goes on over line ends until its quotation marks are even.
        loop {
            let start = record.len();
            let left = u64::try_from(self.row_max.saturating_sub(start) + 1).unwrap_or(u64::MAX);
            if Read::by_ref(&mut self.input).take(left).read_until(b'\n', &mut record)? == 0 {
                break;
            }
            if record.len() > self.row_max {
                return Err(odd("a row does not end within 64 MiB: a quotation mark stands where none may"));
            }
            marks += record.get(start..).unwrap_or_default().iter().filter(|byte| **byte == b'"').count();
            if marks % 2 == 0 {
                break;
            }
        }
        if record.is_empty() {
            return Ok(None);
        }
        let text = String::from_utf8(record).map_err(|_| odd("it is not UTF-8"))?;
        self.rows += 1;
        fields(text.strip_suffix('\n').map_or(text.as_str(), |line| line.strip_suffix('\r').unwrap_or(line))).map(Some)
    }

    /// Reads to the end, and says what the whole file was: the line of names, which was read as a row, does not count.
    pub fn end(mut self) -> io::Result<Sum> {
        while self.next_row()?.is_some() {}
        Ok(Sum { rows: self.rows.saturating_sub(1), sha256: HEXLOWER.encode(&self.input.into_inner().hash.finalize()) })
    }
}

/// The fields of a row.
fn fields(line: &str) -> io::Result<Row> {
    let odd = || odd("a quotation mark stands where none may");
    let mut row = Row::new();
    let mut rest = line;
    loop {
        if let Some(quoted) = rest.strip_prefix('"') {
            let mut text = String::new();
            let mut inside = quoted;
            loop {
                let (before, after) = inside.split_once('"').ok_or_else(odd)?;
                text.push_str(before);
                match after.strip_prefix('"') {
                    Some(more) => {
                        text.push('"');
                        inside = more;
                    }
                    None => {
                        rest = after;
                        break;
                    }
                }
            }
            row.push(Some(text));
        } else {
            let end = rest.find(',').unwrap_or(rest.len());
            let (text, after) = rest.split_at(end);
            if text.contains('"') {
                return Err(odd());
            }
            row.push((!text.is_empty()).then(|| text.to_owned()));
            rest = after;
        }
        match rest.strip_prefix(',') {
            Some(more) => rest = more,
            None if rest.is_empty() => return Ok(row),
            None => return Err(odd()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_and_an_empty_text_differ_and_all_else_comes_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        let rows: [[Option<&str>; 3]; 5] = [
            [Some("a"), None, Some("")],
            [None, None, None],
            [Some("with, comma"), Some("with \"marks\""), Some("two\r\nlines\n")],
            [Some("\""), Some("\"\""), Some(",")],
            [Some(" a "), Some("Ünï"), Some("=1+1")],
        ];
        let mut writer = Writer::new(&path, ["x", "y", "z"].into_iter()).unwrap();
        for row in &rows {
            writer.write(row.iter().copied()).unwrap();
        }
        let written = writer.end().unwrap();
        assert_eq!(written.rows, 5);
        let mut reader = Reader::open(&path).unwrap();
        assert_eq!(reader.next_row().unwrap().unwrap(), ["x", "y", "z"].map(|name| Some(name.to_owned())));
        for row in &rows {
            assert_eq!(reader.next_row().unwrap().unwrap(), row.map(|field| field.map(str::to_owned)));
        }
        assert_eq!(reader.end().unwrap(), written);
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.starts_with("x,y,z\r\na,,\"\"\r\n,,\r\n\"with, comma\",\"with \"\"marks\"\"\","), "{text}");
    }

    #[test]
    fn stray_marks_are_refused() {
        for line in ["a\"b\"", "\"a\"b", "\"a\"\"", "a,\"b"] {
            assert!(fields(line).is_err(), "{line}");
        }
        assert_eq!(fields("").unwrap(), [None]);
    }

    #[test]
    fn a_mark_that_never_ends_is_not_read_to_the_end_of_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        std::fs::write(&path, format!("x\r\n\"{}", "line\r\n".repeat(1000))).unwrap();
        let mut reader = Reader::open(&path).unwrap();
        reader.row_max = 100;
        assert_eq!(reader.next_row().unwrap().unwrap(), [Some("x".to_owned())]);
        assert!(reader.next_row().unwrap_err().to_string().contains("does not end within"));
        // A row of exactly so many bytes is taken.
        std::fs::write(&path, format!("{}\r\ny\r\n", "x".repeat(98))).unwrap();
        let mut reader = Reader::open(&path).unwrap();
        reader.row_max = 100;
        assert_eq!(reader.next_row().unwrap().unwrap(), [Some("x".repeat(98))]);
        assert_eq!(reader.end().unwrap().rows, 1);
        assert!(Reader::open(folder.path()).err().unwrap().to_string().contains("it is no file"));
    }
}
