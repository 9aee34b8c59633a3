//! Values as they stand in a flow: literal, or with templates in them.

use super::ast::Stmt;
use super::lower::{self, Place};
use super::program::{Program, joined};
use super::reference::Reference;
use super::{EvalError, Scope};
use crate::base::diagnostic::Diagnostic;
use crate::base::node::{Data, Node};
use crate::base::span::{Source, Span};
use crate::base::value::{Map, Value};

/// A value as it stands in a flow: literal, or text with `{{ }}`, or lists and objects of these.
#[derive(Debug, Clone)]
pub struct Template {
    span: Span,
    source: Source,
    shape: Shape,
}

#[derive(Debug, Clone)]
enum Shape {
    Literal(Value),
    /// Exactly one `{{ }}`: the value keeps its type.
    Native(Program),
    /// Text with expressions between.
    Text(Vec<Piece>),
    /// Text with statements.
    Block(Program),
    List(Vec<Template>),
    Map(Vec<(String, Template)>),
}

#[derive(Debug, Clone)]
enum Piece {
    Raw(String),
    Expr(Program),
}

/// What a template is made of, for those who check it.
#[derive(Debug, Clone, Copy)]
pub enum Part<'a> {
    /// A value without any template in it.
    Literal(&'a Value),
    /// Exactly one `{{ }}`.
    Native,
    /// Text around or between templates.
    Text,
    /// A list of templates.
    List(&'a [Template]),
    /// Templates by name.
    Map(&'a [(String, Template)]),
}

impl Template {
    /// Reads a template from a file's value. All problems at once.
    pub fn new(node: &Node, source: &Source) -> Result<Self, Vec<Diagnostic>> {
        let shape = match &node.data {
            Data::Text { text, verbatim } if lower::is_template(text) => {
                let place = Place { span: node.span, verbatim: *verbatim };
                text_shape(text, place, source)?
            }
            Data::List(items) => {
                let items = collect(items.iter().map(|item| Self::new(item, source)))?;
                Shape::List(items)
            }
            Data::Map(entries) => Shape::Map(collect(entries.iter().map(|(key, node)| {
                Self::new(node, source).map(|template| (key.name.clone(), template))
            }))?),
            Data::Null | Data::Bool(_) | Data::Number(_) | Data::Text { .. } => {
                Shape::Literal(node.value())
            }
        };
        Ok(Self { span: node.span, source: source.clone(), shape: settled(shape) })
    }

    /// The value in a scope. Reading a secret makes the text that read it secret.
    pub fn eval(&self, scope: &Scope) -> Result<Value, EvalError> {
        match &self.shape {
            Shape::Literal(value) => Ok(value.clone()),
            Shape::Native(program) => program.value(scope),
            Shape::Text(pieces) => {
                let mut all = String::new();
                let mut any_secret = false;
                for piece in pieces {
                    match piece {
                        Piece::Raw(raw) => all.push_str(raw),
                        Piece::Expr(program) => {
                            let (text, secret) = program.text(scope)?;
                            all.push_str(&text);
                            any_secret |= secret;
                        }
                    }
                }
                Ok(joined(all, any_secret))
            }
            Shape::Block(program) => program.text(scope).map(|(text, secret)| joined(text, secret)),
            Shape::List(items) => {
                items.iter().map(|item| item.eval(scope)).collect::<Result<_, _>>().map(Value::List)
            }
            Shape::Map(entries) => entries
                .iter()
                .map(|(name, template)| Ok((name.clone(), template.eval(scope)?)))
                .collect::<Result<Map, _>>()
                .map(Value::Map),
        }
    }

    /// The value, when it is the same in every scope.
    pub fn literal(&self) -> Option<&Value> {
        match &self.shape {
            Shape::Literal(value) => Some(value),
            _ => None,
        }
    }

    /// What it is made of.
    pub fn part(&self) -> Part<'_> {
        match &self.shape {
            Shape::Literal(value) => Part::Literal(value),
            Shape::Native(_) => Part::Native,
            Shape::Text(_) | Shape::Block(_) => Part::Text,
            Shape::List(items) => Part::List(items),
            Shape::Map(entries) => Part::Map(entries),
        }
    }

    /// Where it stands.
    pub fn span(&self) -> Span {
        self.span
    }

    /// Every path it reads.
    pub fn references(&self) -> Vec<&Reference> {
        let mut all = Vec::new();
        self.each_program(&mut |program| all.extend(program.references()));
        all
    }

    /// The text in the flow file.
    pub fn text(&self) -> &str {
        self.source.text().get(self.span.range()).unwrap_or("")
    }

    pub(super) fn native(&self) -> Option<&Program> {
        match &self.shape {
            Shape::Native(program) => Some(program),
            _ => None,
        }
    }

    /// Every expression, and whether it stands inside text.
    pub(super) fn each_place<'a>(&'a self, visit: &mut dyn FnMut(&'a Program, bool)) {
        match &self.shape {
            Shape::Literal(_) => {}
            Shape::Native(program) => visit(program, false),
            Shape::Block(program) => visit(program, true),
            Shape::Text(pieces) => {
                for piece in pieces {
                    if let Piece::Expr(program) = piece {
                        visit(program, true);
                    }
                }
            }
            Shape::List(items) => items.iter().for_each(|item| item.each_place(visit)),
            Shape::Map(entries) => entries.iter().for_each(|(_, item)| item.each_place(visit)),
        }
    }

    pub(super) fn each_program<'a>(&'a self, visit: &mut dyn FnMut(&'a Program)) {
        self.each_place(&mut |program, _| visit(program));
    }
}

fn text_shape(text: &str, place: Place, source: &Source) -> Result<Shape, Vec<Diagnostic>> {
    let stmts = lower::template(text, place, source)?;
    let simple = stmts.iter().all(|stmt| matches!(stmt, Stmt::Raw(_) | Stmt::Emit(_)));
    if !simple {
        return Program::block(stmts, place.span, source).map(Shape::Block);
    }
    let alone = stmts.len() == 1;
    let pieces = collect(stmts.into_iter().map(|stmt| match stmt {
        Stmt::Emit(expr) => {
            let span = expr.span;
            Program::expression(expr, span, source).map(Piece::Expr)
        }
        Stmt::Raw(raw) => Ok(Piece::Raw(raw)),
        _ => Ok(Piece::Raw(String::new())),
    }))?;
    Ok(match <[Piece; 1]>::try_from(pieces) {
        Ok([Piece::Expr(program)]) if alone => Shape::Native(program),
        Ok([Piece::Raw(raw)]) => Shape::Literal(Value::Text(raw)),
        Ok(one) => Shape::Text(one.into()),
        Err(pieces) => Shape::Text(pieces),
    })
}

/// Lists and objects without a template in them are plain values.
fn settled(shape: Shape) -> Shape {
    match shape {
        Shape::List(items) if items.iter().all(|item| item.literal().is_some()) => {
            Shape::Literal(Value::List(items.iter().filter_map(|i| i.literal().cloned()).collect()))
        }
        Shape::Map(entries) if entries.iter().all(|(_, item)| item.literal().is_some()) => {
            let map = entries
                .iter()
                .filter_map(|(name, item)| Some((name.clone(), item.literal()?.clone())));
            Shape::Literal(Value::Map(map.collect()))
        }
        other => other,
    }
}

/// All values, or all problems.
fn collect<T>(
    results: impl Iterator<Item = Result<T, Vec<Diagnostic>>>,
) -> Result<Vec<T>, Vec<Diagnostic>> {
    let mut values = Vec::new();
    let mut problems = Vec::new();
    for result in results {
        match result {
            Ok(value) => values.push(value),
            Err(more) => problems.extend(more),
        }
    }
    if problems.is_empty() { Ok(values) } else { Err(problems) }
}
