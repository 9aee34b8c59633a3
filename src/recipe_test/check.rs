//! From a test file to a [`Suite`]: everything that can be known to be wrong is said before anything is run.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::expect::Expect;
use super::file::{Before, Crash, Given, Happens, Stage, Trial, TrialFile};
use super::names::{AT_START, AT_STOP, Names};
use super::parse::parse;
use super::suite::{Flows, NoFlow, Suite, beside};
use crate::base::diagnostic::{Diagnostic, Severity};
use crate::base::nearest::suggest;
use crate::base::node::Key;
use crate::base::span::{Source, Span};
use crate::base::value::Map;
use crate::flow::plan::{Plan, turnless};
use crate::flow::text::reader::Reader;
use crate::flow::{InputProblem, InputsFile, resolve, with_examples};

/// Checks a test file and the flows it runs. All problems at once.
pub fn check(source: &Source, flows: &dyn Flows) -> Result<Suite, Vec<Diagnostic>> {
    let (file, problems) = parse(source);
    let Some(file) = file else { return Err(problems) };
    let mut reader = Reader::new(source);
    reader.problems = problems;
    let mut checker = Checker { reader, flows, loaded: BTreeMap::new() };
    let plan = checker.recipe(&file);
    if let Some(plan) = &plan {
        file.trials.iter().for_each(|trial| checker.trial(plan, trial));
    }
    let mut problems = checker.reader.problems;
    problems.sort_by(|one, other| {
        let key = |of: &Diagnostic| (of.span.start, of.severity);
        key(one).cmp(&key(other)).then_with(|| one.message.cmp(&other.message))
    });
    // what stands among the defaults is wrong once, however many tests there are
    problems.dedup_by(|one, other| one.span == other.span && one.message == other.message);
    let failed = problems.iter().any(|problem| problem.severity == Severity::Error);
    let flows = checker.loaded.into_iter().filter_map(|(path, plan)| Some((path, plan?))).collect();
    match plan {
        Some(plan) if !failed => {
            Ok(Suite { source: source.clone(), plan, trials: file.trials, flows })
        }
        _ => Err(problems),
    }
}

struct Checker<'a> {
    reader: Reader<'a>,
    flows: &'a dyn Flows,
    loaded: BTreeMap<String, Option<Arc<Plan>>>,
}

impl Checker<'_> {
    fn recipe(&mut self, file: &TrialFile) -> Option<Arc<Plan>> {
        match &file.flow {
            Some(path) => self.load(&path.value, path.span),
            None => self.load(&beside(file.source.name()), Span::default()),
        }
    }

    fn load(&mut self, path: &str, span: Span) -> Option<Arc<Plan>> {
        if let Some(known) = self.loaded.get(path) {
            return known.clone();
        }
        let loaded = match self.flows.plan(self.reader.source, path) {
            Ok(plan) => Some(plan),
            Err(NoFlow::Problems(problems)) => {
                self.reader.problems.extend(problems);
                self.reader.error("flow", span, format!("the flow `{path}` has errors"));
                None
            }
            Err(NoFlow::Message(message)) => {
                self.reader.error("flow", span, format!("the flow can't be read: {message}"));
                None
            }
        };
        self.loaded.insert(path.to_owned(), loaded.clone());
        loaded
    }

    fn trial(&mut self, plan: &Plan, trial: &Trial) {
        let mut before: Vec<String> = Vec::new();
        let steps = plan.step_names();
        let inputs: Vec<String> =
            plan.all_inputs().iter().map(|input| input.name.clone()).collect();
        let outputs: Vec<String> = plan.outputs.iter().map(|(name, _)| name.clone()).collect();
        let mut secrets = Vec::new();
        plan.each_flow(&mut |within, flow| {
            secrets.extend(flow.secrets.iter().map(|(name, _)| format!("{within}{name}")));
        });
        for (key, _) in &trial.secrets {
            self.known("secret", "flow", &key.name, key.span, secrets.iter().map(String::as_str));
        }
        if let Some(client) = &trial.client_id {
            let known = trial.sandbox.credentials.iter().map(|one| one.client_id.as_str());
            self.known("API client", "sandbox", &client.value, client.span, known);
        }
        for (at, stage) in trial.stages.iter().enumerate() {
            let roots = if at == 0 { AT_START } else { AT_STOP };
            for one in &stage.before {
                let names = Names {
                    roots,
                    before: &before,
                    steps: &steps,
                    inputs: &inputs,
                    outputs: &outputs,
                };
                self.before(one, &names);
                if let Some(id) = &one.id {
                    if before.contains(id) {
                        let message = format!("two things before this test are called `{id}`");
                        self.reader.error("duplicate-id", one.span, message).help =
                            Some("give this one an `id` of its own".to_owned());
                    }
                    before.push(id.clone());
                }
            }
            let names = Names {
                roots: AT_STOP,
                before: &before,
                steps: &steps,
                inputs: &inputs,
                outputs: &outputs,
            };
            if at == 0 {
                self.inputs(
                    plan,
                    &trial.inputs,
                    trial.name.span,
                    &Names { roots: AT_START, ..names },
                );
            }
            self.stage(plan, stage, &steps);
            self.expect(&stage.expect, &names);
        }
    }

    fn before(&mut self, before: &Before, names: &Names<'_>) {
        match &before.what {
            Happens::Flow { path, inputs, answers } => {
                if let Some(plan) = self.load(&path.value, path.span) {
                    self.inputs(&plan, inputs, before.span, names);
                    self.answers(&plan, answers);
                }
            }
            Happens::Call { request, body } => {
                for template in std::iter::once(request).chain(body) {
                    names.check(&mut self.reader, template.references());
                }
            }
        }
    }

    /// Inputs that are known beforehand are accepted beforehand; of the others the names are.
    fn inputs(&mut self, plan: &Plan, given: &Given, around: Span, names: &Names<'_>) {
        let mut literal = Map::new();
        let mut later: Vec<&str> = Vec::new();
        for (key, template) in &given.values {
            names.check(&mut self.reader, template.references());
            match template.literal() {
                Some(value) => {
                    literal.insert(key.name.clone(), value.clone());
                }
                None => later.push(&key.name),
            }
        }
        for (key, _) in given.values.iter().filter(|(key, _)| later.contains(&key.name.as_str())) {
            let inputs = plan.all_inputs();
            let known = inputs.iter().map(|input| input.name.as_str());
            self.known("input", "flow", &key.name, key.span, known);
        }
        let mut inputs = with_examples(&plan.all_inputs());
        inputs.retain(|input| !later.contains(&input.name.as_str()));
        let nodes = given.nodes.iter().filter(|(key, _)| !later.contains(&key.name.as_str()));
        let file = InputsFile::within(self.reader.source, nodes.cloned().collect(), literal);
        let Err(problems) = resolve(&inputs, &[], Some(&file), &|_| Ok(None)) else { return };
        for problem in problems {
            let found = input_problem(&problem, self.reader.source, given.span.unwrap_or(around));
            self.reader.problems.push(found);
        }
    }

    fn answers(&mut self, plan: &Plan, answers: &[(Key, bool)]) {
        let steps = plan.step_names();
        let asks = |key: &Key| {
            let step = plan.find(&key.name);
            step.and_then(|step| step.kind()).is_none_or(|kind| kind.name() == "approve")
        };
        for (key, _) in answers {
            let all = steps.iter().map(String::as_str);
            if self.known("step", "flow", &turnless(&key.name), key.span, all) && !asks(key) {
                let message = format!("the step `{}` asks nobody", key.name);
                self.reader.error("answer", key.span, message).help =
                    Some("answers are for `approve` steps".to_owned());
            }
        }
    }

    fn stage(&mut self, plan: &Plan, stage: &Stage, steps: &[String]) {
        let all = || steps.iter().map(String::as_str);
        self.answers(plan, &stage.answers);
        for crash in &stage.crashes {
            if let Crash::Step { step, .. } = crash {
                self.known("step", "flow", &turnless(&step.value), step.span, all());
            }
        }
        for (key, _) in &stage.expect.steps {
            self.known("step", "flow", &turnless(&key.name), key.span, all());
        }
        if let Some(step) = stage.expect.error.as_ref().and_then(|error| error.step.as_ref()) {
            self.known("step", "flow", &turnless(&step.value), step.span, all());
        }
        for (key, _) in stage.expect.outputs.iter().flat_map(|outputs| &outputs.value) {
            let known = plan.outputs.iter().map(|(name, _)| name.as_str());
            self.known("output", "flow", &key.name, key.span, known);
        }
    }

    fn expect(&mut self, expect: &Expect, names: &Names<'_>) {
        let wanted = expect.outputs.iter().flat_map(|outputs| &outputs.value);
        for template in wanted.flat_map(|(_, wanted)| wanted.templates()) {
            names.check(&mut self.reader, template.references());
        }
        for condition in &expect.that {
            names.check(&mut self.reader, condition.references());
        }
    }

    /// Complains of a name that is not known.
    fn known<'n>(
        &mut self,
        what: &str,
        whose: &str,
        name: &str,
        span: Span,
        all: impl Iterator<Item = &'n str> + Clone,
    ) -> bool {
        let known = all.clone().any(|one| one == name);
        if !known {
            let message = format!("the {whose} has no {what} `{name}`");
            self.reader.error("unknown-name", span, message).help = suggest(name, all);
        }
        known
    }
}

/// An input's problem where the test gives it, or where it should.
fn input_problem(problem: &InputProblem, source: &Source, around: Span) -> Diagnostic {
    problem.diagnostic().unwrap_or_else(|| {
        let message = format!("input `{}`: {}", problem.input, problem.message);
        Diagnostic::error("input", source, around, message).help(format!(
            "give it under `inputs`, or give the flow's input an `example`: {}",
            problem.input
        ))
    })
}
