//! `test`: what a test file can say and what is said of it, and every recipe's own tests.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use crate::support::{Told, finish, program};
use dollr_flow::base::span::Source;
use dollr_flow::flow;
use dollr_flow::flow::plan::Plan;
use dollr_flow::recipe_test::check;
use dollr_flow::recipe_test::suite::{Flows, NoFlow};
use dollr_flow::report::diagnostics::carets;
use serde_json::Value as Json;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// `test` from the project's folder.
fn test(args: &[&str]) -> Told {
    finish(program().current_dir(ROOT).arg("test").args(args))
}

/// What is printed, without what differs from machine to machine.
fn steady(text: &str) -> String {
    let mut out = String::new();
    for line in text.lines() {
        let (before, rest) = match line.split_once(" in ").filter(|_| line.contains(" passed ")) {
            Some((before, rest)) => (before, rest.split_once(" s ").unwrap().1),
            None => (line, ""),
        };
        out += before;
        if !rest.is_empty() {
            out += &format!(" in T s {rest}");
        }
        out.push('\n');
    }
    out
}

/// The flows of a folder of fixtures.
struct Fixtures;

impl Flows for Fixtures {
    fn plan(&self, _from: &Source, path: &str) -> Result<Arc<Plan>, NoFlow> {
        let name = path.trim_start_matches("./");
        let folder = if name == "broken.yaml" { "tests/bad_trials" } else { "tests/trials" };
        let text = fs::read_to_string(Path::new(ROOT).join(folder).join(name))
            .map_err(|_| NoFlow::Message(format!("there is no file {name}")))?;
        let checked = flow::check(&Source::new(name, text), &());
        checked.map(|(plan, _)| Arc::new(plan)).map_err(NoFlow::Problems)
    }
}

#[test]
fn every_recipe_passes_its_tests_and_they_take_every_way_through_it() {
    let told = test(&["--fail-uncovered", "flows"]);
    told.exits(0).says("branches");
    assert_eq!(told.stderr, "", "progress is for terminals");
}

#[test]
fn a_test_can_say_everything() {
    let told = test(&["tests/trials/small.test.yaml", "--fail-uncovered"]);
    insta::assert_snapshot!(steady(&told.exits(0).stdout));
}

#[test]
fn differences_are_shown_where_the_test_says_what_it_expects() {
    let told = test(&["tests/trials/wrong.test.yaml"]);
    insta::assert_snapshot!(steady(&told.exits(1).stdout));
}

#[test]
fn a_bad_test_file_says_everything_that_is_wrong_and_runs_nothing() {
    insta::glob!("..", "bad_trials/*.test.yaml", |path| {
        let name = path.file_name().unwrap().to_str().unwrap();
        let source = Source::new(name, fs::read_to_string(path).unwrap());
        let problems = check(&source, &Fixtures).unwrap_err();
        insta::assert_snapshot!(carets::render(&problems, None));
    });
    let told = test(&["tests/bad_trials", "tests/trials"]);
    told.exits(2).says("unknown-key");
    assert_eq!(told.stdout, "");
    finish(program().current_dir(ROOT).args(["check", "tests/bad_trials"])).exits(2);
    finish(program().current_dir(ROOT).args(["check", "flows", "tests/trials"]))
        .exits(0)
        .says("no problems");
}

#[test]
fn what_is_no_test_file_is_not_taken_for_one() {
    test(&["flows/collect.yaml"]).exits(2).says("is no test file (*.test.yaml)");
    test(&["tests/flows"]).exits(2).says("there is no test file (*.test.yaml) here");
    test(&["nowhere.test.yaml"]).exits(2).says("there is no file nowhere.test.yaml");
    test(&["flows", "--filter", "no such name"]).exits(2).says("no test's name has `no such name`");
}

#[test]
fn a_filter_leaves_tests_out_and_says_so() {
    let told = test(&["tests/trials/small.test.yaml", "--filter", "a person says"]);
    told.exits(0).says("2 passed, 6 left out");
    assert!(!told.stdout.contains("covered"), "{}", told.stdout);
}

#[test]
fn what_was_not_covered_can_fail() {
    let args = ["tests/trials/wrong.test.yaml", "--filter", "the books"];
    test(&args).exits(1).says("one execution per reference");
    let told = test(&["tests/trials", "--fail-uncovered", "--format", "json"]);
    let json: Json = told.exits(1).json();
    assert_eq!(json["coverage"]["not_covered"], serde_json::json!([]));
}

#[test]
fn machines_read_the_same() {
    let json = test(&["tests/trials/wrong.test.yaml", "--output", "json"]).exits(1).json();
    assert_eq!((json["passed"].as_u64(), json["failed"].as_u64()), (Some(0), Some(11)));
    let first = &json["files"][0]["tests"][0];
    assert_eq!(first["status"], "failed");
    assert_eq!(first["differences"][0]["what"], "status");
    assert_eq!(first["differences"][0]["got"][0], "failed");

    let told = test(&["tests/trials", "--format", "junit"]);
    let xml = &told.exits(1).stdout;
    assert!(xml.starts_with("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites"), "{xml}");
    assert_eq!(xml.matches("<testcase ").count(), 19, "{xml}");
    assert_eq!(xml.matches("<failure ").count(), 11, "{xml}");
    assert!(xml.contains("steps.poll.payer_amount &gt; 100"), "{xml}");
}

#[test]
fn the_same_seed_makes_the_same_run() {
    let once = |seed: &str| {
        let told = test(&["tests/trials/wrong.test.yaml", "--seed", seed, "--format", "json"]);
        let mut json = told.exits(1).json();
        json["seconds"] = Json::Null;
        for test in json["files"][0]["tests"].as_array_mut().unwrap() {
            test["seconds"] = Json::Null;
        }
        json
    };
    assert_eq!(once("3"), once("3"));
    assert_ne!(once("3"), once("4"));
}
