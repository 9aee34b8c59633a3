//! What a template in a flow can name, and the type of each: known before anything runs.

use crate::base::nearest::suggest;
use crate::expr::ty::{Field, Ty};
use crate::expr::{LOOP_FIELDS, RUN_FIELDS};
use crate::flow::inputs::declared::{Input, Rules};

/// The outputs of a step, as far as they are known.
#[derive(Debug, Clone)]
pub(crate) enum Outputs {
    /// The kind declares them; `open` if there may be more.
    Fields { fields: &'static [Field], open: bool },
    /// A sub-flow's, each with its type.
    Flow(Vec<(String, Ty)>),
    /// The step itself is in error.
    Unknown,
}

/// A step that templates can name.
#[derive(Debug)]
pub(crate) struct KnownStep {
    pub id: String,
    pub outputs: Outputs,
    pub each: bool,
    /// The text of its condition.
    pub cond: Option<String>,
    /// Whether it stands in `steps`, not in `on_failure` or `finally`.
    pub main: bool,
}

/// Everything that a flow's templates can name.
pub(crate) struct Visible<'a> {
    pub inputs: &'a [Input],
    pub secrets: Vec<&'a str>,
    pub steps: Vec<KnownStep>,
}

/// Where a template stands.
#[derive(Debug, Clone, Default)]
pub(crate) struct Place<'a> {
    /// How many of the steps stand before it.
    pub before: usize,
    /// In a `foreach`: the item's name and type.
    pub item: Option<(&'a str, Ty)>,
    /// In an `expect`: the step whose reply it is about.
    pub reply: Option<usize>,
    /// Whether steps before it may not have run: in `on_failure` and `finally`.
    pub late: bool,
}

/// What a path leads to.
pub(crate) enum Look {
    /// A value of this type.
    Ty(Ty),
    /// A value of a type that can't be known.
    Unknown,
    /// Nowhere.
    Problem { code: &'static str, message: String, help: Option<String> },
}

fn problem(code: &'static str, message: String, help: Option<String>) -> Look {
    Look::Problem { code, message, help }
}

impl Visible<'_> {
    /// The type at a path, where it is known.
    pub fn ty(&self, path: &[String], place: &Place<'_>) -> Option<Ty> {
        match self.look(path, place) {
            Look::Ty(ty) => Some(ty),
            Look::Unknown | Look::Problem { .. } => None,
        }
    }

    /// Why a path may be null, if that is known.
    pub fn may_be_null(&self, path: &[String], place: &Place<'_>) -> Option<String> {
        let [root, name, rest @ ..] = path else { return None };
        if place.item.as_ref().is_some_and(|(item, _)| item == root) {
            return None;
        }
        match (root.as_str(), name.as_str()) {
            ("run", "key") => Some("a run has a key only if it is started with one".to_owned()),
            ("inputs", name) => {
                let input = self.inputs.iter().find(|input| input.name == name)?;
                let optional = !input.required && input.default.is_none();
                (optional && rest.is_empty())
                    .then(|| format!("the input `{name}` need not be given"))
            }
            _ => None,
        }
    }

    /// Follows a path.
    pub fn look(&self, path: &[String], place: &Place<'_>) -> Look {
        let Some((root, rest)) = path.split_first() else { return Look::Unknown };
        if let Some((item, ty)) = &place.item {
            if root == item {
                return walk(*ty, rest, root);
            }
            if root == "loop" {
                return fixed(root, LOOP_FIELDS, rest, |name| match name {
                    "first" | "last" => Ty::Boolean,
                    _ => Ty::Integer,
                });
            }
        }
        match (root.as_str(), place.reply) {
            ("inputs", _) => self.input(rest),
            ("secrets", _) => self.secret(rest),
            ("steps", _) => self.step(rest, place),
            ("run", _) => fixed(root, RUN_FIELDS, rest, |name| match name {
                "id" => Ty::Uuid,
                "started_at" => Ty::DateTime,
                _ => Ty::Text,
            }),
            ("response", Some(at)) if self.is_flow(at) => problem(
                "unknown-name",
                "a sub-flow has outputs, but no `response`".to_owned(),
                None,
            ),
            ("response", Some(_)) => Look::Unknown,
            ("outputs", Some(at)) => match self.steps.get(at) {
                Some(step) => outputs(&step.outputs, rest, "outputs", &step.id),
                None => Look::Unknown,
            },
            _ => self.no_root(root, place),
        }
    }

    fn is_flow(&self, at: usize) -> bool {
        self.steps.get(at).is_some_and(|step| matches!(step.outputs, Outputs::Flow(_)))
    }

    fn no_root(&self, root: &str, place: &Place<'_>) -> Look {
        let mut roots = vec!["inputs", "secrets", "steps", "run"];
        if let Some((item, _)) = &place.item {
            roots.extend([item, "loop"]);
        }
        if place.reply.is_some() {
            roots.extend(["response", "outputs"]);
        }
        let help = match root {
            "item" | "loop" => Some(format!("`{root}` is there in a step with `foreach`")),
            "response" | "outputs" => Some(format!("`{root}` is there in a step's `expect`")),
            _ if self.inputs.iter().any(|input| input.name == root) => {
                Some(format!("write `inputs.{root}`"))
            }
            _ if self.steps.iter().any(|step| step.id == root) => {
                Some(format!("write `steps.{root}`"))
            }
            _ => suggest(root, roots),
        };
        problem("unknown-name", format!("there is no `{root}` here"), help)
    }

    fn input(&self, rest: &[String]) -> Look {
        let Some((name, rest)) = rest.split_first() else { return Look::Ty(Ty::Free) };
        match self.inputs.iter().find(|input| input.name == *name) {
            Some(input) if rest.is_empty() => known(input.static_ty()),
            Some(input) => walk_rules(&input.rules, rest, &format!("inputs.{name}")),
            None => problem(
                "unknown-input",
                format!("the flow has no input `{name}`"),
                suggest(name, self.inputs.iter().map(|input| input.name.as_str())),
            ),
        }
    }

    fn secret(&self, rest: &[String]) -> Look {
        match rest {
            [] => Look::Ty(Ty::Free),
            [name] if self.secrets.contains(&name.as_str()) => Look::Ty(Ty::Secret),
            [name] => problem(
                "unknown-secret",
                format!("the flow has no secret `{name}`"),
                suggest(name, self.secrets.iter().copied()).or_else(|| {
                    Some(format!("declare it: `secrets: {{ {name}: {{ env: NAME }} }}`"))
                }),
            ),
            [name, field, ..] => problem(
                "unknown-name",
                format!("`secrets.{name}` is a text: it has no `{field}`"),
                None,
            ),
        }
    }

    fn step(&self, rest: &[String], place: &Place<'_>) -> Look {
        let Some((id, rest)) = rest.split_first() else { return Look::Unknown };
        let Some(at) = self.steps.iter().position(|step| step.id == *id) else {
            return problem(
                "unknown-step",
                format!("there is no step `{id}`"),
                suggest(id, self.steps.iter().take(place.before).map(|step| step.id.as_str())),
            );
        };
        if at >= place.before {
            let message = match place.reply == Some(at) {
                true => format!("the step `{id}` has no outputs under its own name yet"),
                false => format!("the step `{id}` runs only after this"),
            };
            let help = match place.reply == Some(at) {
                true => "write `outputs` or `response`".to_owned(),
                false => format!("move the step `{id}` up, before the one that needs it"),
            };
            return problem("forward-reference", message, Some(help));
        }
        let step = &self.steps[at];
        let path = format!("steps.{id}");
        match (step.each, rest.split_first()) {
            (false, _) => outputs(&step.outputs, rest, &path, id),
            (true, None) => Look::Ty(Ty::List(&Ty::Free)),
            (true, Some((index, rest))) if is_index(index) => {
                outputs(&step.outputs, rest, &format!("{path}[{index}]"), id)
            }
            (true, Some((name, _))) => problem(
                "unknown-output",
                format!("`{path}` is a list, because the step has `foreach`"),
                Some(format!("write `{path}[0].{name}`, or `{path} | map(attribute='{name}')`")),
            ),
        }
    }
}

/// A path one step longer at its end.
fn longer(path: &str, step: &str) -> String {
    if is_index(step) { format!("{path}[{step}]") } else { format!("{path}.{step}") }
}

fn is_index(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit())
}

fn known(ty: Ty) -> Look {
    if ty == Ty::Any { Look::Unknown } else { Look::Ty(ty) }
}

fn fixed(root: &str, fields: &[&str], rest: &[String], ty: impl Fn(&str) -> Ty) -> Look {
    match rest {
        [] => Look::Ty(Ty::Free),
        [name] if fields.contains(&name.as_str()) => Look::Ty(ty(name)),
        [name] => problem(
            "unknown-name",
            format!("`{root}` has no `{name}`"),
            suggest(name, fields.iter().copied()),
        ),
        [name, field, ..] => {
            problem("unknown-name", format!("`{root}.{name}` has no `{field}`"), None)
        }
    }
}

fn outputs(outputs: &Outputs, rest: &[String], path: &str, id: &str) -> Look {
    let Some((name, rest)) = rest.split_first() else { return Look::Ty(Ty::Free) };
    let missing =
        |help| problem("unknown-output", format!("the step `{id}` has no output `{name}`"), help);
    match outputs {
        Outputs::Unknown => Look::Unknown,
        Outputs::Flow(all) => match all.iter().find(|(own, _)| own == name) {
            Some((_, ty)) => walk(*ty, rest, &format!("{path}.{name}")),
            None => missing(suggest(name, all.iter().map(|(own, _)| own.as_str()))),
        },
        Outputs::Fields { fields, open } => match fields.iter().find(|f| f.name == name) {
            Some(field) => walk(field.ty, rest, &format!("{path}.{name}")),
            None if *open => Look::Unknown,
            None => missing(suggest(name, fields.iter().map(|field| field.name))),
        },
    }
}

fn no_field(path: &str, sort: &str, name: &str, help: Option<String>) -> Look {
    problem("unknown-output", format!("`{path}` is {sort}: it has no `{name}`"), help)
}

fn walk(ty: Ty, rest: &[String], path: &str) -> Look {
    let Some((name, rest)) = rest.split_first() else { return known(ty) };
    let next = longer(path, name);
    match ty {
        Ty::Any | Ty::Free => Look::Unknown,
        Ty::List(item) if is_index(name) => walk(*item, rest, &next),
        Ty::Object(fields) => match fields.iter().find(|field| field.name == name) {
            Some(field) => walk(field.ty, rest, &next),
            None => {
                let help = suggest(name, fields.iter().map(|field| field.name));
                no_field(path, "an object", name, help)
            }
        },
        other => no_field(path, &other.describe(), name, None),
    }
}

fn walk_rules(rules: &Rules, rest: &[String], path: &str) -> Look {
    let Some((name, after)) = rest.split_first() else { return known(rules.static_ty()) };
    let next = longer(path, name);
    match (&rules.items, rules.ty) {
        (Some(items), Ty::List(_)) if is_index(name) => walk_rules(items, after, &next),
        (_, Ty::Free) if !rules.properties.is_empty() => {
            match rules.properties.iter().find(|property| property.name == *name) {
                Some(property) => walk_rules(&property.rules, after, &next),
                None => {
                    let names = rules.properties.iter().map(|property| property.name.as_str());
                    no_field(path, "an object", name, suggest(name, names))
                }
            }
        }
        (_, ty) => walk(ty, rest, path),
    }
}
