//! Passes over a table: rows read and checked on a thread of their own, a few at a time.

use std::sync::{Arc, OnceLock};

use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::cli::load::NotStarted;
use crate::flow::Environment;
use crate::flow::inputs::table::{RowProblem, Table, TableRow};
use crate::io::host;
use crate::io::table::file::DataFile;
use crate::io::table::rows::{DataRow, Unread};
use crate::run::inputs_digest::inputs_digest;

/// How many rows travel together.
const CHUNK: usize = 128;

/// How many chunks may wait.
const WAITING: usize = 4;

/// A table that can be read again and again.
pub struct Opened {
    /// Its file.
    pub file: DataFile,
    /// What its columns are.
    pub table: Table,
}

/// How a table begins.
#[derive(Debug, Default)]
pub struct Head {
    /// The bytes of its first line, if that names the columns.
    pub header: Vec<u8>,
    /// What stands between its cells.
    pub delimiter: u8,
}

/// A row as one pass sees it.
pub struct Row {
    /// Its line.
    pub line: u64,
    /// Its bytes.
    pub raw: Vec<u8>,
    /// What it says, or everything that is wrong with it.
    pub read: Result<Valid, Vec<Problem>>,
}

/// A row that can become a run.
pub struct Valid {
    /// Its key and inputs.
    pub row: TableRow,
    /// The digest of its inputs.
    pub digest: String,
}

/// What is wrong with a row, and where.
#[derive(Debug)]
pub struct Problem {
    /// The line.
    pub line: u64,
    /// The character, from 1.
    pub column: usize,
    /// Whether it is not known where the row ends.
    pub torn: bool,
    /// What is wrong.
    pub message: String,
}

impl Problem {
    /// What is wrong with all of a row.
    pub fn of_row(line: u64, message: String) -> Self {
        Self { line, column: 1, torn: false, message }
    }
}

/// One pass.
pub struct Pass {
    /// The rows, in order.
    pub rows: mpsc::Receiver<Vec<Row>>,
    /// How the table begins; there as soon as a row is.
    pub head: Arc<OnceLock<Head>>,
    reader: JoinHandle<Result<Opened, String>>,
}

impl Pass {
    /// Starts to read; rows that `skip` names are passed over.
    pub fn begin(mut opened: Opened, skip: Option<Arc<Vec<bool>>>) -> Self {
        let (sender, rows) = mpsc::channel(WAITING);
        let head = Arc::new(OnceLock::new());
        let told = head.clone();
        let reader = tokio::task::spawn_blocking(move || {
            read(&mut opened, skip.as_deref(), &told, &sender)?;
            Ok(opened)
        });
        Self { rows, head, reader }
    }

    /// What was read, once all of it was, or once nobody wants more.
    pub async fn end(self) -> Result<Opened, NotStarted> {
        drop(self.rows);
        match self.reader.await {
            Ok(read) => read.map_err(NotStarted::Message),
            Err(_) => Err(NotStarted::Message("the reader of the table stopped".to_owned())),
        }
    }
}

fn read(
    opened: &mut Opened,
    skip: Option<&Vec<bool>>,
    head: &OnceLock<Head>,
    sender: &mpsc::Sender<Vec<Row>>,
) -> Result<(), String> {
    let name = opened.file.name().to_owned();
    let mut rows = opened.file.rows()?;
    let mut first = Head::default();
    if let Some(header) = rows.header()? {
        first.header = header.raw;
        let problems = opened.table.header(header.names);
        problems.map_err(|problems| {
            let line = |problem: &String| format!("{name}:{}: {problem}", header.line);
            problems.iter().map(line).collect::<Vec<_>>().join("\n       ")
        })?;
    }
    first.delimiter = rows.delimiter();
    // set once per pass, and each has its own
    let _ = head.set(first);
    let mut chunk = Vec::with_capacity(CHUNK);
    let mut n = 0;
    while let Some(row) = rows.next_row()? {
        let skipped = skip.is_some_and(|skip| skip.get(n).copied().unwrap_or(false));
        if !skipped {
            chunk.push(checked(row, &opened.table, &host::setting));
        }
        n += 1;
        if chunk.len() == CHUNK {
            let full = std::mem::replace(&mut chunk, Vec::with_capacity(CHUNK));
            if sender.blocking_send(full).is_err() {
                return Ok(());
            }
        }
    }
    // whoever stopped listening wants no more rows
    let _ = sender.blocking_send(chunk);
    Ok(())
}

fn checked(row: DataRow, table: &Table, env: Environment<'_>) -> Row {
    let DataRow { line, raw, places, values } = row;
    let read = match values {
        Ok(values) => table.row(values, env).map_err(|problems| {
            let place = |problem: RowProblem| {
                let cell = problem.column.as_deref().and_then(|column| table.place(column));
                let cell = cell.and_then(|cell| places.get(cell)).copied();
                let (below, column) = match (problem.at, cell) {
                    (Some(at), _) => (0, at),
                    (None, cell) => cell.unwrap_or((0, 1)),
                };
                let message = problem.message;
                Problem { line: line + below, column, torn: false, message }
            };
            problems.into_iter().map(place).collect()
        }),
        Err(unread) => {
            let Unread { below, column, torn, message } = unread;
            Err(vec![Problem { line: line + below, column, torn, message }])
        }
    };
    let read = read.map(|row| Valid { digest: inputs_digest(&row.inputs), row });
    Row { line, raw, read }
}
