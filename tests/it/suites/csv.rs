//! csv-spectrum: no cell differs. And tables of the kinds that csv-test-data has, which comes in no package.

use dollr_flow::flow::inputs::table::RowValues;
use dollr_flow::io::table::csv::Cells;
use serde_json::{Map, Value, json};

use super::suite;

/// Tables that are refused, and why.
const REFUSED: &[(&str, &str)] = &[(
    "location_coordinates",
    "a quote inside a cell that does not begin with one is as likely a cell whose first quote was lost",
)];

/// The names and rows of a table, or where and why it is refused.
fn read(csv: &[u8]) -> Result<(Vec<String>, Vec<Vec<String>>), String> {
    let mut cells = Cells::new(csv, "suite.csv".to_owned(), Some(b','));
    let names = cells.header()?.names;
    let mut rows = Vec::new();
    while let Some(row) = cells.next_row()? {
        match row.values {
            Ok(RowValues::Cells(cells)) => rows.push(cells),
            Ok(RowValues::Object(_)) => return Err("an object".to_owned()),
            Err(unread) => {
                let line = row.line + unread.below;
                return Err(format!("{line}:{}: {}", unread.column, unread.message));
            }
        }
    }
    Ok((names, rows))
}

fn objects((names, rows): (Vec<String>, Vec<Vec<String>>)) -> Value {
    let one = |row: Vec<String>| {
        Value::Object(
            names.iter().cloned().zip(row.into_iter().map(Value::from)).collect::<Map<_, _>>(),
        )
    };
    rows.into_iter().map(one).collect()
}

#[test]
#[ignore = "needs the suite: .ci/suites"]
fn no_cell_of_csv_spectrum_differs() {
    let suite = suite("csv-spectrum");
    let tables = suite.as_array().unwrap();
    assert!(tables.len() >= 12, "{} tables only", tables.len());
    for table in tables {
        let name = table["name"].as_str().unwrap();
        let csv: Vec<u8> = serde_json::from_value(table["csv"].clone()).unwrap();
        match REFUSED.iter().find(|(refused, _)| *refused == name) {
            Some((_, why)) => {
                let refused = read(&csv).unwrap_err();
                println!("{name}: {refused} ({why})");
                assert!(refused.contains("a quote inside a cell"), "{name}: {refused}");
            }
            None => assert_eq!(objects(read(&csv).unwrap()), table["json"], "{name}"),
        }
    }
}

#[test]
fn tables_of_every_kind_are_read_or_refused_at_their_place() {
    for (csv, cells) in [
        ("foo,bar,baz", json!([])),
        ("foo,bar,baz\n1,2,3", json!([["1", "2", "3"]])),
        ("foo,bar,baz\r\n1,2,3\r\n", json!([["1", "2", "3"]])),
        ("foo,bar,baz\r1,2,3\r", json!([["1", "2", "3"]])),
        ("foo,bar,baz\n1,,3", json!([["1", "", "3"]])),
        ("foo,bar,baz\n,,\n", json!([["", "", ""]])),
        ("foo,bar,baz\n1,\"\",3", json!([["1", "", "3"]])),
        // the reader keeps what a table then cuts off
        ("foo,bar,baz\n1, two ,3", json!([["1", " two ", "3"]])),
        ("foo,bar,baz\n1,\" two \",3", json!([["1", " two ", "3"]])),
        ("foo,bar,baz\n1,\"a, b\",3", json!([["1", "a, b", "3"]])),
        ("foo,bar,baz\n1,\"a \"\" b\",3", json!([["1", "a \" b", "3"]])),
        ("foo,bar,baz\n1,\"a,\nb\",3", json!([["1", "a,\nb", "3"]])),
        ("foo,bar,baz\n1,😎,3", json!([["1", "😎", "3"]])),
        ("foo\n1\n", json!([["1"]])),
        // an empty line is no row, not even of one column
        ("foo\n\n1", json!([["1"]])),
        // too few cells, or too many, are for the table to refuse
        ("foo,bar,baz\n1,2\n1,2,3,4", json!([["1", "2"], ["1", "2", "3", "4"]])),
    ] {
        let (_, rows) = read(csv.as_bytes()).unwrap_or_else(|why| panic!("{csv:?}: {why}"));
        assert_eq!(json!(rows), cells, "{csv:?}");
    }
    for (csv, place) in [
        ("", "suite.csv: the file is empty"),
        ("foo,bar,baz\n1,\"never closed,3", "2:3: this quote is never closed"),
        ("foo,bar,baz\n1,\"a \" b\",3", "2:6: text follows the quote"),
        ("foo,bar,baz\n1,a \"b\" c,3", "2:5: a quote inside a cell"),
    ] {
        let refused = read(csv.as_bytes()).unwrap_err();
        assert!(refused.starts_with(place), "{csv:?}: {refused}");
    }
}
