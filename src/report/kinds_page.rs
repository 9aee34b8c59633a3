//! The page of all step kinds, made of what each kind says of itself.

use std::fmt::Write;

use crate::expr::ty::{Field, Ty};
use crate::steps::KINDS;
use crate::steps::step::{Class, Params, Step};

const INTRO: &str = "\
# Step kinds

This page is made from the kinds themselves (`UPDATE_DOCS=1 cargo nextest run --test kinds` writes it), so it says what `check` and
`run` go by. `dollr-flow new KIND` prints one of them as a step to fill in. Field names are the API's own.
";

/// The page, Markdown.
pub fn page() -> String {
    let mut page = INTRO.to_owned();
    for kind in KINDS {
        section(&mut page, *kind);
    }
    page
}

fn section(page: &mut String, kind: &dyn Step) {
    let (name, example) = (kind.name(), kind.example().trim_end());
    // writing to a text does not fail
    let _ = write!(page, "\n## `{name}`\n\n{}\n\n", kind.summary());
    let _ = write!(page, "{}\n\n```yaml\n{example}\n```\n", lost(kind));
    if !kind.params().is_empty() {
        page.push_str("\n| parameter | type | |\n|---|---|---|\n");
        rows(page, "", kind.params(), true);
    }
    if !kind.outputs().is_empty() {
        page.push_str("\n| output | type | |\n|---|---|---|\n");
        rows(page, "", kind.outputs(), false);
    }
    if kind.open_outputs() {
        page.push_str("\nIt may yield more: whatever the API replies.\n");
    }
}

/// What the class of a kind means for people.
fn lost(kind: &dyn Step) -> &'static str {
    match kind.class(&Params::default()) {
        Class::Read => "It changes nothing: a lost answer is asked for again.",
        Class::Idempotent => {
            "A second time changes nothing more; after a lost answer it is looked up first."
        }
        Class::Create => {
            "It makes something: after a lost answer that is looked up before anything is sent again."
        }
        Class::Harmless => "After a lost answer it is sent again: a spare one does nothing.",
        Class::Money => {
            "**It moves money**, under one reference: after a lost answer that reference is asked for."
        }
        Class::Local => "Nothing is sent.",
    }
}

fn rows(page: &mut String, within: &str, fields: &[Field], asked: bool) {
    for field in fields {
        let name = format!("{within}{}", field.name);
        let ty = plain(&field.ty.describe());
        let note = match (field.default, field.required, asked) {
            (Some(default), ..) => format!("; default `{default}`"),
            (None, true, true) => "; **needed**".to_owned(),
            (None, true, false) => String::new(),
            (None, false, true) => "; optional".to_owned(),
            (None, false, false) => ", or null".to_owned(),
        };
        let _ = writeln!(page, "| `{name}` | {ty}{note} | {} |", plain(field.doc));
        match field.ty {
            Ty::Object(inner) => rows(page, &format!("{name}."), inner, asked),
            Ty::List(Ty::Object(inner)) => rows(page, &format!("{name}[]."), inner, asked),
            _ => {}
        }
    }
}

/// Text in a cell of a table.
fn plain(text: &str) -> String {
    text.replace('|', "\\|")
}
