//! Text that fits the terminal it is written on: tables that never break a word, prose that breaks between words.

use std::io::{self, Write};

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// The narrowest terminal that tables and lines fit.
pub const NARROWEST: usize = 60;

/// Between two columns.
const GAP: usize = 2;

/// The least that is left of a text that is cut.
const LEAST: usize = 4;

/// A column of a table.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    /// Its name.
    pub name: &'static str,
    /// Whether its cells may be cut where there is no room.
    pub may_cut: bool,
}

/// What stands in a column of one row.
#[derive(Debug, Clone)]
pub struct Cell {
    full: String,
    short: String,
}

impl Cell {
    /// A cell that says the same however little room there is.
    pub fn of(text: impl Into<String>) -> Self {
        let full: String = text.into();
        Self { short: full.clone(), full }
    }

    /// A cell with a shorter way to say it.
    pub fn or(full: impl Into<String>, short: impl Into<String>) -> Self {
        Self { full: full.into(), short: short.into() }
    }

    /// An id, of which the start is enough.
    pub fn id(id: impl ToString) -> Self {
        let full = id.to_string();
        Self { short: full.chars().take(8).collect(), full }
    }
}

/// Writes rows in columns, within `width` where that is known: first the cells that have one are said in short, the
/// widest of them first, then what may be cut is cut, then a column that got no room is left out.
pub fn table<const N: usize>(
    out: &mut impl Write,
    columns: [Column; N],
    header: bool,
    rows: &[[Cell; N]],
    width: Option<usize>,
) -> io::Result<()> {
    let wide = |at: usize, short: bool| {
        let cells =
            rows.iter().map(|row| if short { row[at].short.width() } else { row[at].full.width() });
        cells.max().unwrap_or(0).max(if header { columns[at].name.width() } else { 0 })
    };
    let mut short = [false; N];
    let mut widths: [usize; N] = std::array::from_fn(|at| wide(at, false));
    let room = width.map(|width| width.max(NARROWEST));
    let over = |widths: &[usize; N]| {
        let shown = widths.iter().filter(|width| **width > 0).count();
        let all: usize = widths.iter().sum::<usize>() + GAP * shown.saturating_sub(1);
        all.saturating_sub(room.unwrap_or(usize::MAX))
    };
    while over(&widths) > 0 {
        let saved = |at: &usize| wide(*at, false) - wide(*at, true).min(wide(*at, false));
        let next = (0..N).filter(|at| !short[*at] && saved(at) > 0).max_by_key(saved);
        let Some(at) = next else { break };
        short[at] = true;
        widths[at] = wide(at, true);
    }
    while over(&widths) > 0 {
        let next = (0..N).filter(|at| columns[*at].may_cut && widths[*at] > 0);
        let Some(at) = next.max_by_key(|at| widths[*at]) else { break };
        widths[at] -= 1;
        if widths[at] < LEAST {
            widths[at] = 0;
        }
    }
    let mut line = |cells: [&str; N]| {
        let mut text = String::new();
        for (cell, width) in cells.into_iter().zip(widths).filter(|(_, width)| *width > 0) {
            let cell = cut(cell, width);
            let gap = width.saturating_sub(cell.width()) + GAP;
            text.push_str(&cell);
            text.extend(std::iter::repeat_n(' ', gap));
        }
        writeln!(out, "{}", text.trim_end())
    };
    if header {
        line(std::array::from_fn(|at| columns[at].name))?;
    }
    rows.iter().try_for_each(|row| {
        line(std::array::from_fn(|at| match short[at] {
            true => row[at].short.as_str(),
            false => row[at].full.as_str(),
        }))
    })
}

/// As much of a text as has room, with a mark where it was cut.
pub fn cut(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut room = width.saturating_sub(1);
    let fits = text.chars().take_while(|c| {
        let wide = c.width().unwrap_or(0);
        let fits = wide <= room;
        room = room.saturating_sub(wide);
        fits
    });
    let kept: String = fits.collect();
    format!("{kept}…")
}

/// A text in lines of at most `width`, broken between words. What stands in backticks is a command: it stays whole, so that
/// it can be copied.
pub fn lines(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in words(text) {
        let Some(line) = lines.last_mut() else { continue };
        match line.is_empty() {
            true => line.push_str(word),
            false if line.width() + 1 + word.width() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            false => lines.push(word.to_owned()),
        }
    }
    lines
}

/// The words of a text; what stands in backticks belongs to one word.
fn words(text: &str) -> Vec<&str> {
    let (mut words, mut start, mut quoted) = (Vec::new(), 0, false);
    for (at, c) in text.char_indices() {
        match c {
            '`' => quoted = !quoted,
            ' ' if !quoted => {
                words.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    words.push(&text[start..]);
    // where a backtick has no other, it quotes nothing
    if quoted { text.split(' ').collect() } else { words }
}

#[cfg(test)]
mod tests {
    use super::*;

    const UUID: &str = "c5f4b21d-63a8-4379-8e8f-4866ce191a91";

    fn drawn(width: Option<usize>) -> String {
        let columns =
            [("RUN", false), ("FLOW", true), ("STATUS", false), ("KEY", true), ("STARTED", false)];
        let columns = columns.map(|(name, may_cut)| Column { name, may_cut });
        let row = |flow: &str, key: &str| {
            [
                Cell::id(UUID),
                Cell::of(flow),
                Cell::of("succeeded"),
                Cell::of(key),
                Cell::or("2026-11-27 01:17:00Z", "11-27 01:17Z"),
            ]
        };
        let rows = [
            row("collect", "invoice-2026-001"),
            row("onboard-customers", "row-0123456789abcdef0123456789abcdef"),
        ];
        let mut out = Vec::new();
        let _ = table(&mut out, columns, true, &rows, width);
        String::from_utf8_lossy(&out).into_owned()
    }

    #[test]
    fn a_table_fits_every_terminal_and_breaks_no_id() {
        for width in [60, 80, 100, 140] {
            let text = drawn(Some(width));
            assert!(text.lines().all(|line| line.width() <= width), "{width}\n{text}");
            assert_eq!(text.lines().count(), 3, "one line a row\n{text}");
            assert!(text.lines().skip(1).all(|line| line.starts_with(&UUID[..8])), "{text}");
        }
        let text = drawn(None);
        assert!(
            text.contains(UUID) && text.contains("row-0123456789abcdef0123456789abcdef"),
            "{text}"
        );
    }

    #[test]
    fn prose_breaks_between_words_and_a_command_stays_whole() {
        let text = "to cancel it: `dollr-flow run flows/cancel-unpaid.yaml -i 'invoice_number=INV-2026-00101' --sandbox` or wait";
        let lines = lines(text, 40);
        assert_eq!(lines.first().map(String::as_str), Some("to cancel it:"));
        assert!(
            lines
                .get(1)
                .is_some_and(|line| line.starts_with("`dollr") && line.ends_with("--sandbox`"))
        );
        assert_eq!(lines.join(" "), text);
        assert_eq!(super::lines("a ` b", 3), ["a `", "b"]);
        assert_eq!(cut("abcdef", 4), "abc…");
    }
}
