//! Tables as spreadsheets write them: named columns and rows, each cell a text. Read from CSV with a byte order mark, any line ends, quoted
//! line breaks, blank rows and columns at the end.

/// What is wrong in a cell, and where a person finds it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct CellFault {
    /// The file, or the sheet: `awards.csv`.
    pub file: String,
    /// The row as a spreadsheet numbers it: the header is row 1. 0 for the file as a whole.
    pub row: usize,
    /// The column's name; empty for a row or file as a whole.
    pub column: String,
    /// What stands there.
    pub value: String,
    /// What is wrong with it and how to mend it.
    pub reason: String,
}

impl CellFault {
    /// A fault of a whole file.
    pub fn of_file(file: &str, reason: impl Into<String>) -> Self {
        Self { file: file.to_owned(), row: 0, column: String::new(), value: String::new(), reason: reason.into() }
    }
}

/// The largest file that is read, in bytes: some hundred thousand rows.
const BYTES_MAX: usize = 64 * 1024 * 1024;

/// A file taken apart: named columns and rows of trimmed cells.
#[derive(Debug, Clone, Default)]
pub struct Table {
    /// The file's name.
    pub file: String,
    /// The columns in the file's order; empty names are blank columns.
    pub columns: Vec<String>,
    /// The rows that hold anything.
    pub rows: Vec<Line>,
}

/// One row.
#[derive(Debug, Clone)]
pub struct Line {
    /// The row as a spreadsheet numbers it.
    pub number: usize,
    cells: Vec<String>,
}

impl Line {
    /// A row of trimmed cells.
    #[must_use]
    pub const fn new(number: usize, cells: Vec<String>) -> Self {
        Self { number, cells }
    }

    /// The cell at this place; empty where the row ends before it.
    #[must_use]
    pub fn cell(&self, at: usize) -> &str {
        self.cells.get(at).map_or("", String::as_str)
    }
}

/// Takes a file apart. Faults go to `faults`; what could be read comes back all the same, so that its cells are checked too.
#[must_use]
pub fn read(file: &str, bytes: &[u8], faults: &mut Vec<CellFault>) -> Table {
    let mut table = Table { file: file.to_owned(), ..Table::default() };
    if bytes.len() > BYTES_MAX {
        faults.push(CellFault::of_file(file, format!("the file has more than {BYTES_MAX} bytes; divide it")));
        return table;
    }
    let text = with_plain_line_ends(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes));
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_slice());
    let mut record = csv::ByteRecord::new();
    // Line breaks inside cells make more lines of text than rows of a sheet.
    let mut inside = 0;
    loop {
        match reader.read_byte_record(&mut record) {
            Ok(true) => {}
            Ok(false) => break,
            Err(error) => {
                faults.push(CellFault::of_file(file, format!("this is not CSV: {error}")));
                break;
            }
        }
        let after = usize::try_from(reader.position().line()).unwrap_or(usize::MAX);
        let breaks = record.iter().flatten().filter(|byte| **byte == b'\n').count();
        let number = after.saturating_sub(1 + breaks + inside);
        inside += breaks;
        if table.columns.is_empty() {
            table.columns = header(&table.file, &record, faults);
            continue;
        }
        let cells = cells(&table, number, &record, faults);
        if cells.iter().any(|cell| !cell.is_empty()) {
            table.rows.push(Line { number, cells });
        }
    }
    if table.columns.iter().all(String::is_empty) {
        faults.push(CellFault::of_file(file, "the file is empty; it needs at least its header row"));
    }
    table
}

/// `\r\n` and `\r` become `\n`, and the text ends in one, so that lines can be counted.
fn with_plain_line_ends(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() + 1);
    let mut bytes = bytes.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        if byte == b'\r' {
            bytes.next_if_eq(&b'\n');
            out.push(b'\n');
        } else {
            out.push(byte);
        }
    }
    if out.last().is_some_and(|last| *last != b'\n') {
        out.push(b'\n');
    }
    out
}

fn header(file: &str, record: &csv::ByteRecord, faults: &mut Vec<CellFault>) -> Vec<String> {
    let names: Vec<String> = record.iter().map(|cell| String::from_utf8_lossy(cell).trim().to_owned()).collect();
    if names.len() == 1 && names.iter().any(|name| name.contains(';') || name.contains('\t')) {
        faults.push(CellFault::of_file(file, "the columns are not separated by commas; save the sheet as `CSV UTF-8 (comma delimited)`"));
    }
    for (at, name) in names.iter().enumerate() {
        if !name.is_empty() && names.iter().take(at).any(|earlier| earlier == name) {
            faults.push(CellFault { row: 1, column: name.clone(), ..CellFault::of_file(file, "this column stands twice") });
        }
    }
    names
}

fn cells(table: &Table, number: usize, record: &csv::ByteRecord, faults: &mut Vec<CellFault>) -> Vec<String> {
    let mut out = Vec::with_capacity(record.len());
    for (at, bytes) in record.iter().enumerate() {
        let column = table.columns.get(at).cloned().unwrap_or_default();
        let text = String::from_utf8_lossy(bytes);
        let value = text.trim().to_owned();
        let mut fault = |reason: &str| {
            faults.push(CellFault {
                file: table.file.clone(),
                row: number,
                column: column.clone(),
                value: value.clone(),
                reason: reason.to_owned(),
            });
        };
        if std::str::from_utf8(bytes).is_err() {
            fault("this is not UTF-8; save the sheet as `CSV UTF-8 (comma delimited)`");
        }
        if column.is_empty() && !value.is_empty() {
            fault("this value stands in a column without a name; a comma inside a cell needs double quotes around the cell");
        }
        out.push(value);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(bytes: &[u8]) -> (Vec<(usize, String, String)>, Vec<CellFault>) {
        let mut faults = Vec::new();
        let table = read("a.csv", bytes, &mut faults);
        (table.rows.iter().map(|row| (row.number, row.cell(0).to_owned(), row.cell(1).to_owned())).collect(), faults)
    }

    #[test]
    fn what_spreadsheets_write_is_read() {
        let (rows, faults) = rows(b"\xef\xbb\xbfkey,name,\r\na,One,\r\n\r\nb,\"Two\r\nlines\",\r\nc,Three\r\n,,\r\n");
        assert_eq!(faults, []);
        let expected = [(2, "a", "One"), (4, "b", "Two\nlines"), (5, "c", "Three")];
        assert_eq!(rows, expected.map(|(number, key, name)| (number, key.to_owned(), name.to_owned())));
    }

    #[test]
    fn faults_name_their_row() {
        let (_, faults) = rows(b"key,name,name\na,One,,too much\nb,Caf\xe9,\n");
        let places: Vec<(usize, &str)> = faults.iter().map(|fault| (fault.row, fault.column.as_str())).collect();
        assert_eq!(places, [(1, "name"), (2, ""), (3, "name")]);
    }

    #[test]
    fn other_separators_and_empty_files_are_named() {
        for bytes in [b"key;name\na;One\n".as_slice(), b"", b"\n\n"] {
            let (_, faults) = rows(bytes);
            assert_eq!(faults.len(), 1, "{faults:?}");
        }
    }
}
