//! What one row of the journal's facts says: the events that were appended at once, as a JSON array with one
//! event per line, and the hash that chains it to the row before.

use sha2::{Digest, Sha256};

use super::time::sortable;
use crate::base::ids::RunId;
use crate::engine::ports::Record;

/// What stands before the first event of a run.
pub const CHAIN_START: [u8; 32] = [0; 32];

/// The row's text. No line of it breaks inside an event: JSON writes a line break in a text as `\n`.
pub fn encode(records: &[Record]) -> String {
    let bytes: usize = records.iter().map(|record| record.data.len() + 100).sum();
    let mut text = String::with_capacity(bytes);
    for record in records {
        text.push_str(if text.is_empty() { "[" } else { ",\n" });
        text.push_str("{\"n\":");
        text.push_str(&record.n.to_string());
        text.push_str(",\"at\":\"");
        text.push_str(&sortable(record.at));
        text.push_str("\",\"event\":\"");
        text.push_str(&record.kind);
        text.push_str("\",\"data\":");
        text.push_str(&record.data);
        text.push('}');
    }
    text.push(']');
    text
}

/// Reads what [`encode`] wrote; nothing if it was written by anything else.
pub fn decode(text: &str) -> Option<Vec<Record>> {
    let lines = text.strip_prefix('[')?.strip_suffix(']')?;
    lines.split(",\n").map(record).collect()
}

fn record(line: &str) -> Option<Record> {
    let (n, rest) = line.strip_prefix("{\"n\":")?.split_once(",\"at\":\"")?;
    let (at, rest) = rest.split_once("\",\"event\":\"")?;
    let (kind, rest) = rest.split_once("\",\"data\":")?;
    Some(Record {
        n: n.parse().ok()?,
        at: at.parse().ok()?,
        kind: kind.to_owned(),
        data: rest.strip_suffix('}')?.to_owned(),
    })
}

/// The hash of a row, given the one before it. Every part is preceded by its length, so that no two different
/// rows read alike.
pub fn chain(before: &[u8], run: RunId, n: u64, events: &str) -> [u8; 32] {
    hash(&[before, run.0.as_bytes(), &n.to_be_bytes(), events.as_bytes()])
}

/// The hash of one event as format 1 had it.
pub fn chain_1(before: &[u8], run: RunId, record: &Record, at: &str) -> [u8; 32] {
    let n = record.n.to_be_bytes();
    let (kind, data) = (record.kind.as_bytes(), record.data.as_bytes());
    hash(&[before, run.0.as_bytes(), &n, at.as_bytes(), kind, data])
}

fn hash(parts: &[&[u8]]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod tests {
    use super::*;

    #[test]
    fn events_are_read_as_they_were_written() {
        let record = |n: u64, data: &str| Record {
            n,
            at: "2026-02-03T08:15:00.123456789Z".parse().unwrap(),
            kind: "StepSkipped".into(),
            data: data.into(),
        };
        let tricky =
            serde_json::json!({"reason": "},\n{\"n\":9,\"at\":\"\",\"data\":", "b": "\"}]"});
        let records =
            [record(4, "{}"), record(5, &tricky.to_string()), record(6, r#"{"a":250.00}"#)];
        let text = encode(&records);
        assert_eq!(decode(&text).unwrap(), records);
        assert_eq!(decode(&encode(&records[..1])).unwrap(), records[..1]);
        let json: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(json[1]["data"], tricky);
        assert_eq!((&json[2]["n"], json.as_array().unwrap().len()), (&serde_json::json!(6), 3));
        for other in
            ["", "[]", "{}", &text[1..], &text[..text.len() - 1], &text.replace("at", "to")]
        {
            assert_eq!(decode(other), None, "{other}");
        }
    }
}
