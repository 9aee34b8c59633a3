//! The forms a text takes on its way through other programs: escapes that can be undone, and codes that can be known
//! beforehand.

use base64::Engine;
use base64::alphabet::{Alphabet, STANDARD, URL_SAFE};
use base64::engine::general_purpose::{GeneralPurpose, NO_PAD};

/// A text with its escapes undone, and where each byte of it came from.
pub struct Undone {
    /// The text.
    pub bytes: Vec<u8>,
    from: Vec<usize>,
}

impl Undone {
    /// The place in the original of a place in here.
    pub fn place(&self, at: usize) -> usize {
        self.from.get(at).or(self.from.last()).copied().unwrap_or(0)
    }
}

/// Every way to undo the escapes of a text; those that change nothing are left out.
pub fn undone(text: &[u8], plus_is_space: bool) -> impl Iterator<Item = Undone> {
    let has = |byte: u8| text.contains(&byte);
    let spaced = plus_is_space && has(b'+');
    let ways: [(bool, Way); 4] = [
        (has(b'\\'), backslash),
        (has(b'%'), percent),
        (spaced, percent_or_plus),
        (has(b'&'), entity),
    ];
    ways.into_iter().filter(|(there, _)| *there).filter_map(move |(_, way)| undo(text, way))
}

/// How many bytes an escape at the start takes, and the letter it stands for.
type Way = fn(&[u8]) -> Option<(usize, Letter)>;

/// What an escape stands for.
enum Letter {
    Byte(u8),
    Char(char),
}

fn undo(text: &[u8], way: Way) -> Option<Undone> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut from = Vec::with_capacity(text.len() + 1);
    let mut at = 0;
    let mut changed = false;
    while let Some(byte) = text.get(at) {
        let Some((length, letter)) = way(&text[at..]) else {
            bytes.push(*byte);
            from.push(at);
            at += 1;
            continue;
        };
        let mut space = [0; 4];
        let stands_for = match letter {
            Letter::Byte(byte) => {
                space[0] = byte;
                &space[..1]
            }
            Letter::Char(letter) => letter.encode_utf8(&mut space).as_bytes(),
        };
        bytes.extend_from_slice(stands_for);
        from.resize(bytes.len(), at);
        at += length;
        changed = true;
    }
    from.push(text.len());
    changed.then_some(Undone { bytes, from })
}

/// `\n`, `\/`, `\u0041`, `\u{41}`, `\x41`: JSON, and most languages' texts.
fn backslash(text: &[u8]) -> Option<(usize, Letter)> {
    let [b'\\', kind, rest @ ..] = text else { return None };
    let plain = match kind {
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'b' => 8,
        b'f' => 12,
        b'"' | b'\\' | b'/' | b'\'' => *kind,
        b'x' => return Some((4, Letter::Byte(u8::try_from(hex(rest.get(..2)?)?).ok()?))),
        b'u' => return unicode(rest),
        _ => return None,
    };
    Some((2, Letter::Byte(plain)))
}

fn unicode(rest: &[u8]) -> Option<(usize, Letter)> {
    if let [b'{', rest @ ..] = rest {
        let length = rest.iter().take(7).position(|byte| *byte == b'}')?;
        let letter = char::from_u32(hex(&rest[..length])?)?;
        return Some((length + 4, Letter::Char(letter)));
    }
    let unit = hex(rest.get(..4)?)?;
    if let Some(letter) = char::from_u32(unit) {
        return Some((6, Letter::Char(letter)));
    }
    // a letter of two units
    let [b'\\', b'u', second @ ..] = rest.get(4..)? else { return None };
    let second = hex(second.get(..4)?)?;
    let pair = [u16::try_from(unit).ok()?, u16::try_from(second).ok()?];
    let letter = char::decode_utf16(pair).next()?.ok()?;
    Some((12, Letter::Char(letter)))
}

/// `%41`.
fn percent(text: &[u8]) -> Option<(usize, Letter)> {
    let [b'%', rest @ ..] = text else { return None };
    Some((3, Letter::Byte(u8::try_from(hex(rest.get(..2)?)?).ok()?)))
}

/// The same, with `+` for a space.
fn percent_or_plus(text: &[u8]) -> Option<(usize, Letter)> {
    match text {
        [b'+', ..] => Some((1, Letter::Byte(b' '))),
        _ => percent(text),
    }
}

/// `&amp;`, `&#65;`, `&#x41;`: the entities of HTML that escaping writes.
fn entity(text: &[u8]) -> Option<(usize, Letter)> {
    let [b'&', rest @ ..] = text else { return None };
    let length = rest.iter().take(10).position(|byte| *byte == b';')?;
    let letter = match &rest[..length] {
        b"amp" => '&',
        b"lt" => '<',
        b"gt" => '>',
        b"quot" => '"',
        b"apos" => '\'',
        [b'#', b'x' | b'X', digits @ ..] => char::from_u32(hex(digits)?)?,
        [b'#', digits @ ..] => {
            char::from_u32(std::str::from_utf8(digits).ok()?.parse::<u32>().ok()?)?
        }
        _ => return None,
    };
    Some((length + 2, Letter::Char(letter)))
}

fn hex(digits: &[u8]) -> Option<u32> {
    let all = !digits.is_empty() && digits.iter().all(u8::is_ascii_hexdigit);
    u32::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok().filter(|_| all)
}

/// What is sure to stand in every Base64 text of a text that holds these bytes: in both alphabets, wherever in it they are.
pub fn base64(bytes: &[u8]) -> Vec<String> {
    let alphabets: [&Alphabet; 2] = [&STANDARD, &URL_SAFE];
    let mut found = Vec::new();
    for alphabet in alphabets {
        let engine = GeneralPurpose::new(alphabet, NO_PAD);
        for before in 0..3 {
            let mut shifted = vec![0; before];
            shifted.extend_from_slice(bytes);
            let code = engine.encode(&shifted);
            // the letters that hold bits of nothing else
            let (start, end) = ((before * 8).div_ceil(6), shifted.len() * 8 / 6);
            if let Some(sure) = code.get(start..end).map(str::to_owned)
                && !found.contains(&sure)
            {
                found.push(sure);
            }
        }
    }
    found
}

/// The bytes in hexadecimal, in small and in large letters.
pub fn hexadecimal(bytes: &[u8]) -> [String; 2] {
    use std::fmt::Write;
    let mut small = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        // writing to a text can't fail
        let _ = write!(small, "{byte:02x}");
    }
    let large = small.to_ascii_uppercase();
    [small, large]
}
