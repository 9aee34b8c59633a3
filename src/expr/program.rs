//! A compiled expression: made once, evaluated often.

use std::fmt;
use std::sync::Arc;

use minijinja::{Environment, Error, ErrorKind, Expression, Value as Jinja};

use super::ast::{Expr, Stmt};
use super::engine::ENGINE;
use super::reference::{self, Collector, Reference};
use super::view::{Touched, from_engine, taint, text, watch};
use super::{EvalError, Scope, print};
use crate::base::diagnostic::Diagnostic;
use crate::base::secret::Secret;
use crate::base::span::{Source, Span};
use crate::base::value::Value;

const BLOCK: &str = "block";

/// A compiled expression. Cheap to clone.
#[derive(Clone)]
pub(super) struct Program(Arc<Inner>);

struct Inner {
    span: Span,
    references: Vec<Reference>,
    tree: Tree,
    code: Code,
}

enum Tree {
    Expr(Expr),
    Stmts(Vec<Stmt>),
}

enum Code {
    /// Nothing but a path: no engine is needed to follow it.
    Path(Vec<String>),
    Expr(Expression<'static, 'static>),
    /// Text with statements, in an engine of its own that holds it.
    Block(Box<Environment<'static>>),
}

impl fmt::Debug for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Program").field(&self.0.span).finish()
    }
}

impl Program {
    pub fn expression(expr: Expr, span: Span, source: &Source) -> Result<Self, Vec<Diagnostic>> {
        let mut collector = Collector::default();
        collector.expr(&expr);
        let code = match reference::path(&expr) {
            Some(path) => Code::Path(path),
            None => ENGINE
                .compile_expression_owned(print::expression(&expr))
                .map(Code::Expr)
                .map_err(|error| refused(&error, span, source))?,
        };
        let (references, tree) = (collector.found, Tree::Expr(expr));
        Ok(Self(Arc::new(Inner { span, references, tree, code })))
    }

    pub fn block(stmts: Vec<Stmt>, span: Span, source: &Source) -> Result<Self, Vec<Diagnostic>> {
        let mut collector = Collector::default();
        collector.stmts(&stmts);
        let mut engine = Box::new(ENGINE.clone());
        engine
            .add_template_owned(BLOCK, print::template(&stmts))
            .map_err(|error| refused(&error, span, source))?;
        let (references, tree) = (collector.found, Tree::Stmts(stmts));
        Ok(Self(Arc::new(Inner { span, references, tree, code: Code::Block(engine) })))
    }

    pub fn references(&self) -> &[Reference] {
        &self.0.references
    }

    /// The expression, unless this is text with statements.
    pub fn tree(&self) -> Option<&Expr> {
        match &self.0.tree {
            Tree::Expr(expr) => Some(expr),
            Tree::Stmts(_) => None,
        }
    }

    /// The statements, unless this is an expression.
    pub fn stmts(&self) -> &[Stmt] {
        match &self.0.tree {
            Tree::Expr(_) => &[],
            Tree::Stmts(stmts) => stmts,
        }
    }

    /// The value, with its own type.
    pub fn value(&self, scope: &Scope) -> Result<Value, EvalError> {
        if let Code::Path(path) = &self.0.code {
            return match scope.find(path) {
                Ok(Value::Secret(secret)) if secret.expose().is_none() => Err(self.withheld()),
                Ok(value) => Ok(value.clone()),
                Err(_) => Err(self.blame(None, scope)),
            };
        }
        let (value, touched) = self.run(scope, |value| from_engine(&value))?;
        Ok(if touched.secret { taint(value) } else { value })
    }

    /// The text it stands for inside other text, and whether that came of a secret.
    pub fn text(&self, scope: &Scope) -> Result<(String, bool), EvalError> {
        let (text, touched) = self.run(scope, |value| text(&value))?;
        Ok((text, touched.secret))
    }

    pub fn truth(&self, scope: &Scope) -> Result<bool, EvalError> {
        let (truth, _) = self.run(scope, |value| match value.is_undefined() {
            true => Err(Error::from(ErrorKind::UndefinedError)),
            false => Ok(value.is_true()),
        })?;
        Ok(truth)
    }

    /// Evaluates, and notes what was touched until the engine's value is one of ours.
    fn run<T>(
        &self,
        scope: &Scope,
        take: impl FnOnce(Jinja) -> Result<T, Error>,
    ) -> Result<(T, Touched), EvalError> {
        let (result, touched) = watch(|| self.evaluate(scope).and_then(take));
        if touched.withheld {
            return Err(self.withheld());
        }
        match result {
            Ok(value) => Ok((value, touched)),
            Err(error) => {
                // what went wrong may quote what it went wrong with
                let detail = if touched.secret { None } else { Some(error) };
                Err(self.blame(detail.as_ref(), scope))
            }
        }
    }

    fn evaluate(&self, scope: &Scope) -> Result<Jinja, Error> {
        match &self.0.code {
            Code::Path(path) => follow(scope, path),
            Code::Expr(expression) => expression.eval(scope.engine()),
            Code::Block(engine) => {
                engine.get_template(BLOCK)?.render(scope.engine()).map(Jinja::from)
            }
        }
    }

    fn withheld(&self) -> EvalError {
        let names: Vec<String> = self
            .0
            .references
            .iter()
            .filter(|reference| reference.path.first().is_some_and(|root| root != "run"))
            .map(|reference| format!("`{}`", reference.dotted()))
            .collect();
        EvalError {
            message: format!("a secret that this reads ({}) is not kept", names.join(", ")),
            span: self.0.span,
            help: Some("the journal holds no secrets: supply it again when you resume".to_owned()),
        }
    }

    /// Says what went wrong: most often a path that leads nowhere.
    fn blame(&self, error: Option<&Error>, scope: &Scope) -> EvalError {
        let undefined = error.is_none_or(|error| error.kind() == ErrorKind::UndefinedError);
        let open = self.0.references.iter().filter(|reference| !reference.guarded);
        for reference in open {
            if let Err(missing) = scope.find(&reference.path)
                && undefined
            {
                return EvalError {
                    message: missing.message,
                    span: reference.span,
                    help: missing.help,
                };
            }
        }
        let message = match error {
            None => "this has no value (why is not shown, since it reads a secret)".to_owned(),
            Some(error) => match (error.kind(), error.detail()) {
                (ErrorKind::OutOfFuel, _) => "this takes too long to evaluate".to_owned(),
                (ErrorKind::UndefinedError, _) => {
                    "something that this reads is not there".to_owned()
                }
                (_, Some(detail)) => detail.to_owned(),
                (kind, None) => kind.to_string(),
            },
        };
        let null = message == "null has no text" || message.ends_with(", and this is null");
        let help = null.then(|| "give a text for then: {{ … | default(\"none\") }}".to_owned());
        EvalError { message, span: self.0.span, help }
    }
}

fn follow(scope: &Scope, path: &[String]) -> Result<Jinja, Error> {
    let mut value = scope.engine();
    for name in path {
        let by_name = value.get_attr(name)?;
        value = match name.parse::<usize>() {
            Ok(at) if by_name.is_undefined() => value.get_item_by_index(at)?,
            _ => by_name,
        };
    }
    Ok(value)
}

fn refused(error: &Error, span: Span, source: &Source) -> Vec<Diagnostic> {
    let message = format!("this is no template: {}", error.detail().unwrap_or("not understood"));
    vec![Diagnostic::error("template", source, span, message)]
}

/// A text that came of parts, one of which may be secret.
pub(super) fn joined(text: String, secret: bool) -> Value {
    if secret { Value::Secret(Secret::new(text)) } else { Value::Text(text) }
}
