//! Tables that are not UTF-8: what they are is said, never guessed, because a wrong guess is a wrong name.

use std::io::{Read, Write};

use encoding_rs::{DecoderResult, Encoding};

/// How much is read at a time.
const CHUNK: usize = 64 * 1024;

/// The encoding that people call by this name.
pub fn named(label: &str) -> Result<&'static Encoding, String> {
    let found = Encoding::for_label_no_replacement(label.as_bytes());
    found.ok_or_else(|| {
        format!("there is no encoding `{label}`; such as windows-1252, utf-16 or macintosh")
    })
}

/// What a table is that is no UTF-8 text for sure, by how it starts, and what to do about it.
pub fn foreign(start: &[u8]) -> Option<&'static str> {
    match start {
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [0, ..] | [_, 0, ..] => {
            Some("it is UTF-16, not UTF-8; save it as \"CSV UTF-8\", or pass --encoding utf-16")
        }
        [b'P', b'K', 3, 4, ..] | [0xd0, 0xcf, 0x11, 0xe0, ..] => {
            Some("it is a workbook, not a table of text; save its sheet as \"CSV UTF-8\"")
        }
        _ => None,
    }
}

/// Writes a text again as UTF-8. What the encoding has no character for is an error.
pub fn decode(
    encoding: &'static Encoding,
    mut from: impl Read,
    mut to: impl Write,
) -> Result<(), String> {
    let mut decoder = encoding.new_decoder();
    let (mut input, mut output) = (vec![0; CHUNK], vec![0; CHUNK]);
    let mut line = 1;
    loop {
        let filled = from.read(&mut input).map_err(|error| error.to_string())?;
        let mut left = input.get(..filled).unwrap_or_default();
        loop {
            let (result, read, wrote) =
                decoder.decode_to_utf8_without_replacement(left, &mut output, filled == 0);
            let text = output.get(..wrote).unwrap_or_default();
            line += text.iter().filter(|byte| **byte == b'\n').count();
            to.write_all(text).map_err(|error| error.to_string())?;
            left = left.get(read..).unwrap_or_default();
            match result {
                DecoderResult::InputEmpty => break,
                DecoderResult::OutputFull => {}
                DecoderResult::Malformed(..) => {
                    return Err(format!("line {line} is not {}", encoding.name()));
                }
            }
        }
        if filled == 0 {
            return to.flush().map_err(|error| error.to_string());
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn decoded(label: &str, bytes: &[u8]) -> Result<String, String> {
        let mut out = Vec::new();
        decode(named(label)?, bytes, &mut out)?;
        Ok(String::from_utf8(out).unwrap())
    }

    #[test]
    fn a_text_is_read_in_the_encoding_that_is_named() {
        assert_eq!(decoded("cp1252", b"M\xfcller \x80").unwrap(), "Müller €");
        let wide = |text: &str, bytes: fn(u16) -> [u8; 2]| -> Vec<u8> {
            text.encode_utf16().flat_map(bytes).collect()
        };
        for bytes in [u16::to_le_bytes, u16::to_be_bytes] {
            let text = wide("\u{feff}id\tname\r\n1\tMüller 🙂", bytes);
            assert_eq!(decoded("utf-16", &text).unwrap(), "id\tname\r\n1\tMüller 🙂");
            assert!(foreign(&text).is_some());
        }
        assert_eq!(decoded("utf-8", b"a\nb\xff").unwrap_err(), "line 2 is not UTF-8");
        assert_eq!(decoded("utf-16", b"a\0b").unwrap_err(), "line 1 is not UTF-16LE");
        assert!(decoded("ebcdic", b"").unwrap_err().contains("`ebcdic`"));
    }
}
