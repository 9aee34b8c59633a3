//! Text for people's eyes: what has no shape of its own is written out, so that no text moves the cursor, hides or
//! turns round what stands beside it, or passes for a line of this program's.
//!
//! A letter without a shape is written as `\u{1b}`; a line break, a carriage return and a tab as `\n`, `\r` and `\t`.
//! The one exception are the marks of this program's own colours, which carry a number that no text from outside can
//! know: see [`Mark`].

use std::borrow::Cow;
use std::fmt::Write;

/// The number in the marks of this process's colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark(pub u32);

impl Mark {
    /// A text in a style, given as the numbers of an SGR sequence. Programs that measure texts take the marks for
    /// colours, too.
    pub fn styled(self, style: &str, text: &str) -> String {
        let Self(mark) = self;
        format!("\u{1b}[{mark};{style}m{text}\u{1b}[{mark};0m")
    }

    /// A text that a library coloured, and that holds no other control characters.
    pub fn adopt(self, text: &str) -> String {
        text.replace("\u{1b}[", &self.start())
    }

    /// The colours that the marks stand for.
    pub fn resolve(self, text: &str) -> String {
        text.replace(&self.start(), "\u{1b}[")
    }

    fn start(self) -> String {
        format!("\u{1b}[{};", self.0)
    }
}

/// Whether a letter has no shape of its own: control characters, marks of direction, and what takes no place.
pub fn is_hidden(letter: char) -> bool {
    letter.is_control()
        || matches!(letter,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
            | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// One line: every letter without a shape is written out, line breaks included.
pub fn line(text: &str, mark: Option<Mark>) -> Cow<'_, str> {
    written_out(text, mark, is_hidden, escape)
}

/// The same for a text of several lines, which keeps its line breaks and tabs.
pub fn block(text: &str, mark: Option<Mark>) -> Cow<'_, str> {
    let hidden = |letter| is_hidden(letter) && !matches!(letter, '\n' | '\t');
    written_out(text, mark, hidden, escape)
}

/// JSON with every letter without a shape escaped as JSON escapes. It says the same as before.
pub fn json(text: &str) -> Cow<'_, str> {
    let hidden = |letter| is_hidden(letter) && !letter.is_ascii_control() || letter == '\u{7f}';
    written_out(text, None, hidden, |letter, out| {
        for unit in letter.encode_utf16(&mut [0; 2]) {
            // writing to a text can't fail
            let _ = write!(out, "\\u{unit:04x}");
        }
    })
}

/// What stands for a letter without a shape where each letter must stay one.
pub fn picture(letter: char) -> char {
    match letter {
        '\t' => letter,
        '\u{7f}' => '␡',
        _ if letter < ' ' => char::from_u32(0x2400 + u32::from(letter)).unwrap_or('�'),
        _ if is_hidden(letter) => '�',
        _ => letter,
    }
}

fn escape(letter: char, out: &mut String) {
    match letter {
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        // writing to a text can't fail
        _ => drop(write!(out, "\\u{{{:x}}}", u32::from(letter))),
    }
}

fn written_out(
    text: &str,
    mark: Option<Mark>,
    hidden: impl Fn(char) -> bool,
    write: impl Fn(char, &mut String),
) -> Cow<'_, str> {
    if !text.chars().any(&hidden) {
        return Cow::Borrowed(text);
    }
    let start = mark.map(Mark::start);
    let mut out = String::with_capacity(text.len() + 16);
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        let own = start.as_ref().and_then(|start| own_mark(rest, start));
        let taken = match own {
            Some(length) => {
                out.push_str(&rest[..length]);
                length
            }
            None if hidden(letter) => {
                write(letter, &mut out);
                letter.len_utf8()
            }
            None => {
                out.push(letter);
                letter.len_utf8()
            }
        };
        rest = &rest[taken..];
    }
    Cow::Owned(out)
}

/// The length of a mark at the start of a text.
fn own_mark(text: &str, start: &str) -> Option<usize> {
    let rest = text.strip_prefix(start)?;
    let length = rest.bytes().take_while(|byte| byte.is_ascii_digit() || *byte == b';').count();
    (rest.as_bytes().get(length) == Some(&b'm')).then_some(start.len() + length + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_without_a_shape_are_written_out() {
        let cases = [
            ("plain é 日本 😀 2317", "plain é 日本 😀 2317"),
            ("10\u{8}\u{8}1 USD?", "10\\u{8}\\u{8}1 USD?"),
            ("\u{1b}[2K\u{1b}[1Aok", "\\u{1b}[2K\\u{1b}[1Aok"),
            ("a\r\nb\tc", "a\\r\\nb\\tc"),
            ("\u{9b}2K\u{7f}", "\\u{9b}2K\\u{7f}"),
            ("\u{202e}001\u{202c}\u{2066}x\u{2069}", "\\u{202e}001\\u{202c}\\u{2066}x\\u{2069}"),
            ("1\u{200b}0\u{2028}\u{feff}\u{e0041}", "1\\u{200b}0\\u{2028}\\u{feff}\\u{e0041}"),
        ];
        for (text, shown) in cases {
            assert_eq!(line(text, None), shown);
        }
        assert_eq!(block("a\n\tb\r\u{1b}", None), "a\n\tb\\r\\u{1b}");
        assert_eq!(json("\"\u{7f}\u{9b}\u{e0041}é\""), "\"\\u007f\\u009b\\udb40\\udc41é\"");
        assert_eq!("\u{1b}\u{7f}\u{9b}\tx".chars().map(picture).collect::<String>(), "␛␡�\tx");
    }

    #[test]
    fn own_colours_survive_and_no_others() {
        let mark = Mark(81_726_354);
        let text = mark.styled("1;31", "a\u{1b}[31mb");
        let shown = mark.resolve(&line(&text, Some(mark)));
        assert_eq!(shown, "\u{1b}[1;31ma\\u{1b}[31mb\u{1b}[0m");
        let other = Mark(1).styled("1", "x");
        assert_eq!(line(&other, Some(mark)), "\\u{1b}[1;1mx\\u{1b}[1;0m");
        // only what a colour is written with
        let forged = "\u{1b}[81726354;2Kx";
        assert_eq!(line(forged, Some(mark)), "\\u{1b}[81726354;2Kx");
    }
}
