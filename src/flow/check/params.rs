//! Checks the parameters of a step: names, literal values, and the types of templates.

use super::checker::Checker;
use super::step::StepCheck;
use super::symbols::Place;
use crate::base::nearest::suggest;
use crate::base::node::{Data, Key, Node};
use crate::base::span::Span;
use crate::base::value::Value;
use crate::expr::ty::{Field, Ty};
use crate::expr::{Condition, Mismatch, Part, Template, join_path};
use crate::flow::inputs::declared::Input;
use crate::flow::inputs::parse::locate;
use crate::flow::plan::Uses;

/// What a step's parameters may be.
enum Accepts<'a> {
    Fields(&'static [Field]),
    Inputs(&'a [Input]),
}

impl Accepts<'_> {
    fn names(&self) -> Vec<&str> {
        match self {
            Self::Fields(fields) => fields.iter().map(|field| field.name).collect(),
            Self::Inputs(inputs) => inputs.iter().map(|input| input.name.as_str()).collect(),
        }
    }

    /// What one of them is called.
    fn word(&self) -> &'static str {
        match self {
            Self::Fields(_) => "parameter",
            Self::Inputs(_) => "input",
        }
    }

    fn ty(&self, name: &str) -> Option<Ty> {
        match self {
            Self::Fields(fields) => fields.iter().find(|f| f.name == name).map(|f| f.ty),
            Self::Inputs(inputs) => {
                inputs.iter().find(|i| i.name == name).map(|i| i.rules.static_ty())
            }
        }
    }

    fn accept(&self, name: &str, value: Value) -> Result<(), Vec<Mismatch>> {
        match self {
            Self::Fields(fields) => fields
                .iter()
                .find(|field| field.name == name)
                .map_or(Ok(()), |field| field.take(Some(value)).map(drop)),
            Self::Inputs(inputs) => inputs
                .iter()
                .find(|input| input.name == name)
                .map_or(Ok(()), |input| input.accept(value).map(drop)),
        }
    }

    fn needed(&self) -> Vec<(&str, &str)> {
        match self {
            Self::Fields(fields) => fields
                .iter()
                .filter(|field| field.required && field.default.is_none())
                .map(|field| (field.name, field.doc))
                .collect(),
            Self::Inputs(inputs) => inputs
                .iter()
                .filter(|input| input.required && input.env.is_none())
                .map(|input| (input.name.as_str(), input.description.as_deref().unwrap_or("")))
                .collect(),
        }
    }
}

impl StepCheck<'_> {
    /// The parameters as templates, all of their problems noted.
    pub fn with(
        &self,
        checker: &mut Checker<'_>,
        place: &Place<'_>,
        cond: Option<&Condition>,
    ) -> Option<Vec<(String, Template)>> {
        let mut templates = Some(Vec::new());
        for (key, node) in &self.step.with {
            match (checker.template(node, place, cond), &mut templates) {
                (Some(template), Some(all)) => all.push((key.name.clone(), template)),
                (None, _) => templates = None,
                (Some(_), None) => {}
            }
        }
        let accepts = match &self.uses {
            Some(Uses::Kind(kind)) => Accepts::Fields(kind.params()),
            Some(Uses::Flow { plan, .. }) => Accepts::Inputs(&plan.inputs),
            None => return None,
        };
        let free = matches!(accepts, Accepts::Fields([]));
        for (key, node) in &self.step.with {
            match accepts.ty(&key.name) {
                Some(ty) => {
                    self.parameter(checker, place, &accepts, &key.name, ty, node);
                    let needed = accepts.needed().iter().any(|(name, _)| *name == key.name);
                    if let Ok(template) = Template::new(node, checker.source) {
                        not_null(checker, place, cond, &key.name, (&template, ty, needed));
                    }
                }
                None if free => {}
                None => {
                    let message = format!(
                        "`{}` has no {} `{}`",
                        self.step.uses.value,
                        accepts.word(),
                        key.name
                    );
                    checker.error("unknown-parameter", key.span, message).help =
                        suggest(&key.name, accepts.names());
                }
            }
        }
        self.missing(checker, &accepts);
        self.refused(checker);
        templates
    }

    fn parameter(
        &self,
        checker: &mut Checker<'_>,
        place: &Place<'_>,
        accepts: &Accepts<'_>,
        name: &str,
        ty: Ty,
        node: &Node,
    ) {
        // its own problems are noted already
        let Ok(template) = Template::new(node, checker.source) else { return };
        match template.part() {
            Part::Literal(Value::Null) => {}
            Part::Literal(value) => {
                if let Err(mismatches) = accepts.accept(name, value.clone()) {
                    mismatched(checker, node, name, mismatches);
                }
            }
            _ => fit(checker, place, &template, node, name, &ty),
        }
    }

    fn missing(&self, checker: &mut Checker<'_>, accepts: &Accepts<'_>) {
        let given = |name: &str| {
            self.step.with.iter().any(|(key, node)| key.name == name && node.data != Data::Null)
        };
        for (name, doc) in accepts.needed() {
            if !given(name) {
                let uses = &self.step.uses;
                let message = format!("`{}` needs the {} `{name}`", uses.value, accepts.word());
                let problem = checker.error("missing-parameter", uses.span, message);
                problem.help = (!doc.is_empty()).then(|| format!("`{name}`: {doc}"));
            }
        }
    }

    fn refused(&self, checker: &mut Checker<'_>) {
        let Some(kind) = self.kind() else { return };
        let given: Vec<&str> = self
            .step
            .with
            .iter()
            .filter(|(_, node)| node.data != Data::Null)
            .map(|(key, _)| key.name.as_str())
            .collect();
        if let Some((name, message)) = kind.refuse(&given) {
            let at = self.step.with.iter().find(|(key, _)| key.name == name);
            let span = at.map_or(self.step.uses.span, |(key, _)| key.span);
            checker.error("refused", span, message);
        }
    }
}

/// What is needed can't come from what may be null: a parameter, or a field inside one.
fn not_null(
    checker: &mut Checker<'_>,
    place: &Place<'_>,
    cond: Option<&Condition>,
    name: &str,
    (template, ty, needed): (&Template, Ty, bool),
) {
    match (template.part(), ty) {
        (Part::List(items), Ty::List(item)) => {
            for (at, template) in items.iter().enumerate() {
                not_null(checker, place, cond, &format!("{name}[{at}]"), (template, *item, true));
            }
        }
        (Part::Map(entries), Ty::Object(fields)) => {
            for (key, template) in entries {
                let Some(field) = fields.iter().find(|field| field.name == key) else { continue };
                let needed = field.required && field.default.is_none();
                let name = format!("{name}.{key}");
                not_null(checker, place, cond, &name, (template, field.ty, needed));
            }
        }
        _ => {}
    }
    if !needed {
        return;
    }
    let null = |path: &[String]| checker.visible.may_be_null(path, place);
    if let Some(why) = template.may_be_null(&null, cond) {
        let message = format!("`{name}` is needed, and this may be null: {why}");
        checker.error("null", template.span(), message).help =
            Some("give a value for then: {{ … | default(\"none\") }}".to_owned());
    }
}

fn mismatched(checker: &mut Checker<'_>, node: &Node, name: &str, mismatches: Vec<Mismatch>) {
    for mismatch in mismatches {
        let span = locate(node, &mismatch);
        let message = format!("`{}`: {}", join_path(name, &mismatch.path), mismatch.message);
        checker.error("type", span, message).help = mismatch.help;
    }
}

/// Checks a value with templates in it against a type.
fn fit(
    checker: &mut Checker<'_>,
    place: &Place<'_>,
    template: &Template,
    node: &Node,
    name: &str,
    ty: &Ty,
) {
    match (template.part(), ty, &node.data) {
        (Part::Literal(Value::Null), ..) => {}
        (Part::Literal(value), ..) => {
            if let Err(mismatches) = ty.accept(value.clone()) {
                mismatched(checker, node, name, mismatches);
            }
        }
        (Part::Native | Part::Text, ..) => {
            let of = |path: &[String]| checker.visible.ty(path, place);
            if let Some(from) = template.ty(&of)
                && !ty.fits(&from)
            {
                misfit(checker, template.span(), name, ty, &from);
            }
        }
        (Part::List(items), Ty::List(item), Data::List(nodes)) => {
            for (at, (template, node)) in items.iter().zip(nodes).enumerate() {
                fit(checker, place, template, node, &format!("{name}[{at}]"), item);
            }
        }
        (Part::Map(entries), Ty::Object(fields), Data::Map(nodes)) => {
            object(checker, place, (entries, nodes), node.span, name, fields);
        }
        (Part::List(_) | Part::Map(_), Ty::Any, _) | (Part::Map(_), Ty::Free, _) => {}
        (Part::List(_), ..) => misfit(checker, node.span, name, ty, &Ty::List(&Ty::Any)),
        (Part::Map(_), ..) => misfit(checker, node.span, name, ty, &Ty::Free),
    }
}

/// An object's values, and where its keys stand.
type Written<'a> = (&'a [(String, Template)], &'a [(Key, Node)]);

fn object(
    checker: &mut Checker<'_>,
    place: &Place<'_>,
    (entries, nodes): Written<'_>,
    span: Span,
    name: &str,
    fields: &'static [Field],
) {
    for ((key, template), (place_of, node)) in entries.iter().zip(nodes) {
        let path = format!("{name}.{key}");
        match fields.iter().find(|field| field.name == key) {
            Some(field) => fit(checker, place, template, node, &path, &field.ty),
            None => {
                let message = format!("`{name}` has no field `{key}`");
                checker.error("unknown-parameter", place_of.span, message).help =
                    suggest(key, fields.iter().map(|field| field.name));
            }
        }
    }
    for field in fields.iter().filter(|field| field.required && field.default.is_none()) {
        if !entries.iter().any(|(key, _)| key == field.name) {
            let message = format!("`{name}` needs the field `{}`", field.name);
            checker.error("missing-parameter", span, message).help = Some(field.doc.to_owned());
        }
    }
}

fn misfit(checker: &mut Checker<'_>, span: Span, name: &str, to: &Ty, from: &Ty) {
    let message = format!("`{name}` is {}, and this is {}", to.describe(), from.describe());
    checker.error("type-misfit", span, message);
}
