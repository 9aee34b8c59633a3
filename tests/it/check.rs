//! Runs `check` over fixture files: a good flow has no problems, a bad one has exactly those of its snapshot.

use std::path::Path;

use dollr_flow::base::diagnostic::Diagnostic;
use dollr_flow::base::span::Source;
use dollr_flow::flow::plan::Plan;
use dollr_flow::flow::{Subflows, check};
use dollr_flow::report::diagnostics::carets::render;

/// Sub-flows beside the fixtures, by their names alone, so that no snapshot holds a path of this machine.
struct Beside<'a>(&'a Path);

impl Subflows for Beside<'_> {
    fn load(&self, _from: &Source, path: &str) -> Result<Source, String> {
        let name = path.trim_start_matches("./");
        read(self.0, name).ok_or_else(|| format!("there is no file {name}"))
    }
}

fn read(beside: &Path, name: &str) -> Option<Source> {
    let text = std::fs::read_to_string(beside.with_file_name(name)).ok()?;
    Some(Source::new(name, text))
}

fn checked(path: &Path) -> Result<(Plan, Vec<Diagnostic>), Vec<Diagnostic>> {
    check(&read(path, path.file_name().unwrap().to_str().unwrap()).unwrap(), &Beside(path))
}

#[test]
fn good_flows_become_plans() {
    insta::glob!("..", "flows/*.yaml", |path| match checked(path) {
        Ok((plan, warnings)) =>
            insta::assert_snapshot!(format!("{}{}", render(&warnings, None), outline(&plan))),
        Err(problems) => panic!("{}", render(&problems, None)),
    });
}

#[test]
fn recipes_become_plans_without_a_warning() {
    for entry in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/flows")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|end| end != "yaml")
            || path.to_str().unwrap().ends_with(".test.yaml")
        {
            continue;
        }
        let problems = match checked(&path) {
            Ok((_, warnings)) => warnings,
            Err(problems) => problems,
        };
        assert!(problems.is_empty(), "{}", render(&problems, None));
    }
}

#[test]
fn bad_flows_say_what_is_wrong() {
    insta::glob!("..", "bad_flows/*.yaml", |path| {
        let problems = match checked(path) {
            Ok((_, warnings)) => warnings,
            Err(problems) => problems,
        };
        insta::assert_snapshot!(render(&problems, None));
    });
}

/// What a plan came to, for the eyes of a reviewer.
fn outline(plan: &Plan) -> String {
    let mut out = format!("{} graph={}\n", plan.name, plan.graph);
    for (section, steps) in
        [("steps", &plan.steps), ("on_failure", &plan.on_failure), ("finally", &plan.finally)]
    {
        for step in steps {
            let with: Vec<&str> = step.with.iter().map(|(name, _)| name.as_str()).collect();
            out +=
                &format!("{section}: {} uses {}, with [{}]", step.id, step.uses(), with.join(", "));
            if !step.needs.is_empty() {
                out += &format!(", needs [{}]", step.needs.join(", "));
            }
            out.push('\n');
        }
    }
    out
}

#[test]
fn what_a_run_began_with_is_read_whatever_has_become_an_error_since() {
    for name in ["nulls", "decimals"] {
        let path = format!("{}/tests/bad_flows/{name}.yaml", env!("CARGO_MANIFEST_DIR"));
        let source = Source::new("flow.yaml", std::fs::read_to_string(path).unwrap());
        let problems = dollr_flow::flow::check(&source, &()).unwrap_err();
        assert!(problems.len() > 3);
        let (plan, _) = dollr_flow::flow::check_kept(&source, &()).unwrap();
        assert!(plan.steps.len() > 5 && !plan.source.text().is_empty());
    }
    let source = Source::new("flow.yaml", "version: 1\nname: f\nsteps:\n  - uses: nothing\n");
    assert!(dollr_flow::flow::check_kept(&source, &()).is_err());
}
