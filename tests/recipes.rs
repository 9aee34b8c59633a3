//! Every recipe in `flows/` keeps the promises about money, and every kind is documented and used.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use dollr_flow::base::secret::Secret;
use dollr_flow::base::span::Source;
use dollr_flow::engine::simulate::{Scenario, Search, explore};
use dollr_flow::flow::{check, resolve, with_examples};
use dollr_flow::sandbox::{OPERATIONS, Settings};
use dollr_flow::steps::KINDS;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

fn recipes() -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = fs::read_dir(Path::new(ROOT).join("flows"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end == "yaml"))
        .collect();
    found.sort();
    assert!(found.len() > 10);
    found
}

/// What a recipe needs that has no example: ids of things that are not there, so the run ends early.
const GIVEN: &[(&str, &str)] =
    &[("invoice_number", "INV-2026-00101"), ("payment_intent_id", "9001"), ("amount", "1.00")];

#[test]
fn no_recipe_breaks_a_promise() {
    for path in recipes() {
        let source = Source::new(path.display().to_string(), fs::read_to_string(&path).unwrap());
        let (plan, warnings) = check(&source, &()).unwrap();
        assert!(warnings.is_empty(), "{}: {warnings:#?}", path.display());
        let wanted = |name: &str| {
            plan.inputs.iter().any(|i| i.name == name && i.default.is_none() && i.example.is_none())
        };
        let given: Vec<(String, String)> = GIVEN
            .iter()
            .filter(|(name, _)| wanted(name))
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        let inputs = resolve(&with_examples(&plan.inputs), &given, None, &|_| None).unwrap();
        let secrets = plan.secrets.iter().map(|(name, _)| (name.clone(), Secret::new("4820")));
        let scenario = Scenario {
            secrets: secrets.collect(),
            plan: Arc::new(plan),
            inputs,
            settings: Settings::default(),
            late_delivery: true,
            sabotage: None,
        };
        let search = Search { schedules: 150, exhaustive: 75, seed: 1 };
        let found = explore(&scenario, search, |_| {});
        assert!(found.violations.is_empty(), "{}: {:#?}", path.display(), found.violations);
    }
}

#[test]
fn every_recipe_says_when_to_use_it_and_what_it_moves() {
    for path in recipes() {
        let text = fs::read_to_string(&path).unwrap();
        let header: String = text.lines().take_while(|line| line.starts_with('#')).collect();
        for word in ["$schema=../schemas/flow.schema.json", "Use it", "Inputs:", "Moves:"] {
            assert!(header.contains(word), "{}: the header lacks `{word}`", path.display());
        }
    }
}

#[test]
fn every_kind_is_documented_and_used() {
    let mut texts = String::new();
    for folder in ["flows", "tests/flows"] {
        for entry in fs::read_dir(Path::new(ROOT).join(folder)).unwrap() {
            texts.push_str(&fs::read_to_string(entry.unwrap().path()).unwrap_or_default());
        }
    }
    let page = fs::read_to_string(Path::new(ROOT).join("docs/flow-language.md")).unwrap();
    for kind in KINDS {
        let name = kind.name();
        assert!(kind.summary().ends_with('.'), "{name}: the summary is no sentence");
        assert!(kind.example().contains(&format!("uses: {name}")), "{name}: no example");
        assert!(texts.contains(&format!("uses: {name}\n")), "{name}: in no recipe and no test");
        assert!(page.contains(&format!("`{name}`")), "{name}: not in the docs");
        for field in kind.params().iter().chain(kind.outputs()) {
            assert!(field.doc.ends_with('.'), "{name}.{}: no doc", field.name);
        }
        let names: Vec<&str> = kind.params().iter().map(|field| field.name).collect();
        let text = format!("version: 1\nname: example\nsteps:\n{}", indented(kind.example()));
        let problems = check(&Source::new("example.yaml", text), &()).err().unwrap_or_default();
        let own = problems.iter().filter(|problem| {
            !matches!(problem.code, "unknown-step" | "unknown-input" | "unknown-output")
        });
        let own: Vec<_> = own.map(|problem| &problem.message).collect();
        assert!(own.is_empty(), "{name} {names:?}: {own:?}");
    }
    assert_eq!(OPERATIONS.len(), 59);
}

fn indented(example: &str) -> String {
    example.lines().map(|line| format!("  {line}\n")).collect()
}
