//! CSV as RFC 4180 has it, read strictly: what can't be told into cells is an error at the quote that is to blame. A
//! quote that is never closed would else take the rows after it into a name, and they would not be paid.

use std::io::BufRead;
use std::mem;

use super::rows::{BOM, DataRow, Header, MAX_ROW_BYTES, Unread};
use crate::flow::inputs::table::{RowValues, bare};

/// The most cells of a row.
const MAX_CELLS: usize = 1024;

/// What spreadsheets write before the line of names to say what stands between the cells.
const SEP: &[u8] = b"sep=";

/// The rows of a CSV file.
#[derive(Debug)]
pub struct Cells<R> {
    reader: R,
    name: String,
    delimiter: Option<u8>,
    /// The line that is read next, from 1.
    line: u64,
    /// How many columns there are, once that is known.
    width: Option<usize>,
    begun: bool,
    /// Whether the row before ended with a carriage return, whose newline may follow.
    after_cr: bool,
}

impl<R: BufRead> Cells<R> {
    /// Reads cells; `name` is the file's. Without a delimiter the first line tells.
    pub fn new(reader: R, name: String, delimiter: Option<u8>) -> Self {
        Self { reader, name, delimiter, line: 1, width: None, begun: false, after_cr: false }
    }

    /// Whether the first character is that of a JSON object.
    pub fn starts_with_brace(&mut self) -> bool {
        let start = self.reader.fill_buf().unwrap_or_default();
        let start = start.strip_prefix(BOM).unwrap_or(start);
        start.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{')
    }

    /// What stands between two cells.
    pub fn delimiter(&self) -> u8 {
        self.delimiter.unwrap_or(b',')
    }

    fn begin(&mut self) -> Result<(), String> {
        if mem::replace(&mut self.begun, true) {
            return Ok(());
        }
        let start = self.reader.fill_buf().map_err(|error| format!("{}: {error}", self.name))?;
        let text = start.strip_prefix(BOM).unwrap_or(start);
        let bom = start.len() - text.len();
        let said = said(text);
        let skipped = bom + said.map_or(0, |(_, length)| length);
        let guessed = said.map_or_else(|| sniff(text), |(delimiter, _)| delimiter);
        self.delimiter.get_or_insert(guessed);
        if said.is_some() {
            self.line += 1;
            self.after_cr = text.get(skipped - bom - 1) == Some(&b'\r');
        }
        self.reader.consume(skipped);
        Ok(())
    }

    /// The line of names.
    pub fn header(&mut self) -> Result<Header, String> {
        let Some(row) = self.next_row()? else {
            let name = &self.name;
            return Err(format!(
                "{name}: the file is empty: its first line has to name the columns"
            ));
        };
        match row.values {
            Ok(RowValues::Cells(names)) => {
                self.width = Some(names.len());
                let names = names.iter().map(|name| bare(name).to_owned()).collect();
                Ok(Header { line: row.line, names, raw: row.raw })
            }
            Ok(RowValues::Object(_)) => {
                Err(format!("{}: its first line has to name the columns", self.name))
            }
            Err(unread) => {
                let (line, column) = (row.line + unread.below, unread.column);
                Err(format!("{}:{line}:{column}: {}", self.name, unread.message))
            }
        }
    }

    /// The next row. Empty lines are none.
    pub fn next_row(&mut self) -> Result<Option<DataRow>, String> {
        self.begin()?;
        let mut row = Row::new(self.delimiter());
        loop {
            let input = self.reader.fill_buf().map_err(|e| format!("{}: {e}", self.name))?;
            if input.is_empty() {
                row.end();
                return Ok((!row.raw.is_empty()).then(|| self.read(row)));
            }
            let mut read = 0;
            let mut ended = false;
            for byte in input {
                read += 1;
                if mem::take(&mut self.after_cr) && *byte == b'\n' {
                    continue;
                }
                ended = row.take(*byte);
                if ended {
                    self.after_cr = *byte == b'\r';
                    break;
                }
            }
            self.reader.consume(read);
            if row.raw.len() > MAX_ROW_BYTES || row.cells.len() > MAX_CELLS {
                return Err(self.too_long(&row));
            }
            if ended && row.raw.is_empty() {
                self.line += 1;
            } else if ended {
                return Ok(Some(self.read(row)));
            }
        }
    }

    fn too_long(&self, row: &Row) -> String {
        let open = matches!(row.at, At::Quoted).then_some(row.begins);
        let (below, column) = open.unwrap_or((0, 1));
        let why = match open {
            Some(_) => "; is this quote never closed?",
            None => "",
        };
        let (line, most) = (self.line + below, MAX_ROW_BYTES / 1024);
        format!(
            "{}:{line}:{column}: the row is longer than {most} KiB or has more than {MAX_CELLS} cells{why}",
            self.name
        )
    }

    /// The row that was just read, and the line after it.
    fn read(&mut self, row: Row) -> DataRow {
        let line = self.line;
        self.line += row.here.0 + 1;
        let places = row.cells.iter().map(|cell| cell.begins).collect();
        let swallowed = self.width.and_then(|width| row.swallowed(width));
        let values = match row.torn.or(swallowed) {
            Some(torn) => Err(torn),
            None => texts(row.cells).map(RowValues::Cells),
        };
        DataRow { line, raw: row.raw, places, values }
    }
}

/// The cells as text.
fn texts(cells: Vec<Cell>) -> Result<Vec<String>, Unread> {
    let one = |(at, cell): (usize, Cell)| {
        let (below, column) = cell.begins;
        String::from_utf8(cell.text).map_err(|_| Unread {
            below,
            column,
            torn: false,
            message: format!(
                "cell {} is not UTF-8 text; save the table as \"CSV UTF-8\", or say what it is by --encoding, such as \
                 --encoding windows-1252",
                at + 1
            ),
        })
    };
    cells.into_iter().enumerate().map(one).collect()
}

/// What stands between the cells, if a line says so before all others, and that line's length with the first byte of its end.
fn said(start: &[u8]) -> Option<(u8, usize)> {
    let end = start.iter().position(|byte| matches!(byte, b'\r' | b'\n'))?;
    let line = start.get(..end)?;
    let bare = line.strip_prefix(b"\"").and_then(|line| line.strip_suffix(b"\"")).unwrap_or(line);
    let (word, delimiter) = bare.split_at_checked(SEP.len())?;
    match delimiter {
        [one] if word.eq_ignore_ascii_case(SEP) && *one != b'"' => Some((*one, end + 1)),
        _ => None,
    }
}

/// The likeliest delimiter of a first line. What stands in quotes is part of a name.
fn sniff(start: &[u8]) -> u8 {
    let mut quoted = false;
    let mut plain = Vec::new();
    for byte in start {
        match byte {
            b'"' => quoted = !quoted,
            b'\r' | b'\n' if !quoted => break,
            byte if !quoted => plain.push(*byte),
            _ => {}
        }
    }
    let count = |delimiter: u8| plain.iter().filter(|byte| **byte == delimiter).count();
    let likely = [b',', b';', b'\t', b'|'].into_iter().rev().max_by_key(|found| count(*found));
    likely.filter(|found| count(*found) > 0).unwrap_or(b',')
}

/// A place in a row: how many lines below its first, and the character in that line, from 1.
type Place = (u64, usize);

#[derive(Debug)]
struct Cell {
    begins: Place,
    text: Vec<u8>,
}

/// Where in a row the reading is.
#[derive(Debug, Clone, Copy)]
enum At {
    /// Before the first character of a cell.
    Start,
    /// In a cell without quotes.
    Plain,
    /// Between two quotes.
    Quoted,
    /// After a quote that ends the cell, or is the first half of one that belongs to it.
    Closed,
    /// After a quote that fits nowhere: the rest of the line is passed over.
    Lost,
}

/// A row as far as it was read.
#[derive(Debug)]
struct Row {
    delimiter: u8,
    raw: Vec<u8>,
    cells: Vec<Cell>,
    at: At,
    /// The cell being read, and where it begins.
    text: Vec<u8>,
    begins: Place,
    here: Place,
    after_cr: bool,
    torn: Option<Unread>,
}

impl Row {
    fn new(delimiter: u8) -> Self {
        Self {
            delimiter,
            raw: Vec::new(),
            cells: Vec::new(),
            at: At::Start,
            text: Vec::new(),
            begins: (0, 1),
            here: (0, 1),
            after_cr: false,
            torn: None,
        }
    }

    /// Takes one byte; whether the row ended with it.
    fn take(&mut self, byte: u8) -> bool {
        let line_end = matches!(byte, b'\r' | b'\n');
        match self.at {
            At::Start | At::Plain | At::Closed | At::Lost if line_end => {
                if !self.raw.is_empty() {
                    self.end_cell();
                }
                return true;
            }
            At::Start if byte == b'"' => self.at = At::Quoted,
            At::Start | At::Plain | At::Closed if byte == self.delimiter => self.end_cell(),
            At::Start | At::Plain if byte == b'"' => self.tear(
                self.here,
                "a quote inside a cell that does not begin with one; put the whole cell in quotes, and write a quote \
                 inside it twice"
                    .to_owned(),
            ),
            At::Start | At::Plain => {
                self.at = At::Plain;
                self.text.push(byte);
            }
            At::Quoted if byte == b'"' => self.at = At::Closed,
            At::Quoted => self.text.push(byte),
            At::Closed if byte == b'"' => {
                self.at = At::Quoted;
                self.text.push(byte);
            }
            At::Closed => self.after_closing(),
            At::Lost => {}
        }
        self.raw.push(byte);
        self.step(byte);
        // the cell after a delimiter begins here
        if matches!(self.at, At::Start) {
            self.begins = self.here;
        }
        false
    }

    fn step(&mut self, byte: u8) {
        let after_cr = mem::replace(&mut self.after_cr, byte == b'\r');
        match byte {
            b'\n' if after_cr => {}
            b'\r' | b'\n' => self.here = (self.here.0 + 1, 1),
            // the later bytes of a character
            0x80..=0xbf => {}
            _ => self.here.1 += 1,
        }
    }

    fn end_cell(&mut self) {
        let text = mem::take(&mut self.text);
        self.cells.push(Cell { begins: self.begins, text });
        if !matches!(self.at, At::Lost) {
            self.at = At::Start;
        }
    }

    fn tear(&mut self, (below, column): Place, message: String) {
        self.at = At::Lost;
        self.torn.get_or_insert(Unread { below, column, torn: true, message });
    }

    /// Text follows a quote that should have ended the cell: the quote before it stands wrong, or the first one does.
    fn after_closing(&mut self) {
        let closing = (self.here.0, self.here.1 - 1);
        match self.begins.0 == closing.0 {
            true => {
                let how = match self.text.ends_with(b"\\") {
                    true => "a quote inside a cell is written twice, not after a backslash",
                    false => "a quote inside a cell is written twice",
                };
                self.tear(closing, format!("text follows the quote that ends the cell; {how}"));
            }
            false => {
                let at = closing.1;
                self.tear(
                    self.begins,
                    format!(
                        "the next quote, at character {at} of a line below, does not end the cell: text follows it; is \
                         this quote never closed?"
                    ),
                );
            }
        }
    }

    /// There is no more to read.
    fn end(&mut self) {
        if matches!(self.at, At::Quoted) {
            self.tear(self.begins, "this quote is never closed".to_owned());
        }
        if !self.raw.is_empty() {
            self.end_cell();
        }
    }

    /// A cell that runs over several lines, of which both the first and a later one have as many cells as a row: a quote
    /// that was forgotten, and closed by that of another row.
    fn swallowed(&self, width: usize) -> Option<Unread> {
        if width < 2 || self.here.0 == 0 || self.cells.len() != width {
            return None;
        }
        let between = |text: &[u8]| text.iter().filter(|byte| **byte == self.delimiter).count();
        self.cells.iter().enumerate().find_map(|(at, cell)| {
            let mut lines = cell.text.split(|byte| matches!(byte, b'\r' | b'\n'));
            let first = at + between(lines.next().unwrap_or_default());
            let mut lines: Vec<usize> = lines.map(between).collect();
            if let Some(last) = lines.last_mut() {
                *last += width - 1 - at;
            }
            let whole = first == width - 1 && lines.contains(&(width - 1));
            whole.then(|| Unread {
                below: cell.begins.0,
                column: cell.begins.1,
                torn: true,
                message: "the cell that begins with this quote runs over lines that are rows by themselves; is the quote \
                          never closed? What is meant to be one cell can be written as JSON Lines"
                    .to_owned(),
            })
        })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// Every row as its cells, or as the place of what is wrong with it.
    fn rows(text: &str, delimiter: Option<u8>) -> Vec<String> {
        let mut cells = Cells::new(text.as_bytes(), "t.csv".to_owned(), delimiter);
        let mut told = vec![match cells.header() {
            Ok(header) => format!("{}: {}", header.line, header.names.join("|")),
            Err(problem) => return vec![problem],
        }];
        loop {
            match cells.next_row() {
                Ok(Some(row)) => told.push(match row.values {
                    Ok(RowValues::Cells(cells)) => format!("{}: {}", row.line, cells.join("|")),
                    Ok(RowValues::Object(_)) => "an object".to_owned(),
                    Err(unread) => {
                        let (line, column) = (row.line + unread.below, unread.column);
                        let start: String = unread.message.chars().take(24).collect();
                        format!("{line}:{column} {start}")
                    }
                }),
                Ok(None) => return told,
                Err(problem) => {
                    told.push(problem);
                    return told;
                }
            }
        }
    }

    #[test]
    fn cells_are_read_whatever_ends_the_lines() {
        for end in ["\n", "\r\n", "\r"] {
            let text = "\u{feff}a,b\n\n1,\"x, \"\"y\"\"\nz\"\n2,\n".replace('\n', end);
            let told = rows(&text, None);
            let whole = format!("3: 1|x, \"y\"{end}z");
            assert_eq!(told, ["1: a|b", &*whole, "5: 2|"], "{end:?}");
        }
        assert_eq!(rows("a;b\n1;2", None), ["1: a|b", "2: 1|2"]);
        assert_eq!(rows("\"a;x\",b\n1,2", None), ["1: a;x|b", "2: 1|2"]);
        assert_eq!(rows("sep=;\r\na,x;b\r\n1;2", None), ["2: a,x|b", "3: 1|2"]);
        assert_eq!(rows("\"sep=|\"\na|b\n1|2", None), ["2: a|b", "3: 1|2"]);
        assert_eq!(rows("sep=;\na,b\n1,2", Some(b',')), ["2: a|b", "3: 1|2"]);
        assert_eq!(rows("", None).len(), 1);
    }

    #[test]
    fn a_quote_that_fits_nowhere_is_an_error_at_its_place() {
        for (text, told) in [
            ("a,b\n1,\"Jane\n2,Moses\n", "2:3 this quote is never clos"),
            ("a,b\n1,\"Jane\n2,\"Moses\"\n3,x\n", "2:3 the next quote, at chara"),
            ("a,b\n\"2\"50.00,x\n", "2:3 text follows the quote t"),
            ("a,b\n1,\"say \\\"hi\\\"\"\n", "2:9 text follows the quote t"),
            ("a,b\n1,5\" pipe\n", "2:4 a quote inside a cell th"),
            ("a,b\n1, \"Jane\"\n", "2:4 a quote inside a cell th"),
            ("a,b\n1,\"Jane\n2,Moses\"\n", "2:3 the cell that begins wit"),
            ("a,b,c\n1,\"x,y\n2,z\",w\n", "2:3 the cell that begins wit"),
            ("a,b\né,\"J\"x\n", "2:5 text follows the quote t"),
        ] {
            assert_eq!(rows(text, None)[1], told, "{text:?}");
        }
        // and the rows after it are read on
        assert_eq!(rows("a,b\n1,\"x\"y,\"\n2,z\n", None)[2], "3: 2|z");
        assert!(rows("a,\"b\n", None)[0].starts_with("t.csv:1:3: this quote is never closed"));
    }

    #[test]
    fn a_cell_may_run_over_lines_that_are_no_rows() {
        let text = "a,b,c\n\"Once upon \na time\",5,6\n1,2,\"Main St, 5\nMonrovia\"\n";
        let told = rows(text, None);
        assert_eq!(told[1..], ["2: Once upon \na time|5|6", "4: 1|2|Main St, 5\nMonrovia"]);
        assert_eq!(rows("a\n\"x\ny\"\n", None)[1], "2: x\ny");
    }

    #[test]
    fn what_is_too_long_names_the_quote() {
        let text = format!("a,b\n1,\"{}", "x\n".repeat(MAX_ROW_BYTES));
        let told = rows(&text, None);
        assert!(told[1].starts_with("t.csv:2:3: the row is longer"), "{told:?}");
        let bytes = b"a\nM\xfcller\n".as_slice();
        let mut cells = Cells::new(bytes, "t.csv".to_owned(), None);
        cells.header().unwrap();
        let unread = cells.next_row().unwrap().unwrap().values.unwrap_err();
        assert!(unread.message.contains("--encoding windows-1252"), "{unread:?}");
    }
}
