//! Where a null would have to become text, or an amount: known before anything runs, from which paths may be null.

use super::ast::{Binary, Expr, Kind, Stmt};
use super::infer::Misuse;
use super::reference::{self, Collector};
use super::{Condition, Part, Template, dotted};

/// Why a path may be null, if it may.
pub type MayBeNull<'a> = &'a dyn Fn(&[String]) -> Option<String>;

/// What a null does no harm to: all else needs a value.
const TAKES_NULL: &[&str] = &["default", "d", "tojson"];

impl Template {
    /// Where in it a null would have no text, in a step that runs only under this condition.
    pub fn nulls(&self, of: MayBeNull<'_>, cond: Option<&Condition>) -> Vec<Misuse> {
        let mut nulls = Nulls::new(of, cond);
        self.each_place(&mut |program, inside_text| {
            if let Some(expr) = program.tree() {
                if inside_text {
                    nulls.needed(expr);
                }
                nulls.walk(expr);
            }
            nulls.stmts(program.stmts());
        });
        nulls.found
    }

    /// Why the value of a lone `{{ }}` may be null.
    pub fn may_be_null(&self, of: MayBeNull<'_>, cond: Option<&Condition>) -> Option<String> {
        match self.part() {
            Part::Native => Nulls::new(of, cond).why(self.native()?.tree()?),
            Part::Literal(_) | Part::Text | Part::List(_) | Part::Map(_) => None,
        }
    }
}

impl Condition {
    /// Where in it a null would have no text.
    pub fn nulls(&self, of: MayBeNull<'_>, cond: Option<&Condition>) -> Vec<Misuse> {
        let mut nulls = Nulls::new(of, cond);
        if let Some(expr) = self.program().tree() {
            nulls.walk(expr);
        }
        nulls.found
    }
}

struct Nulls<'a> {
    of: MayBeNull<'a>,
    /// Paths that a condition around here has looked at.
    guards: Vec<Vec<String>>,
    found: Vec<Misuse>,
}

impl<'a> Nulls<'a> {
    fn new(of: MayBeNull<'a>, cond: Option<&Condition>) -> Self {
        let guards = cond.iter().flat_map(|cond| cond.references());
        let guards = guards.map(|reference| reference.path.clone()).collect();
        Self { of, guards, found: Vec::new() }
    }

    /// Why a value may be null.
    fn why(&mut self, expr: &Expr) -> Option<String> {
        if let Some(path) = reference::path(expr) {
            let guarded = self.guards.iter().any(|guard| path.starts_with(guard));
            return (self.of)(&path).filter(|_| !guarded);
        }
        match &expr.kind {
            Kind::None => Some("it is null".to_owned()),
            Kind::If { test, then, otherwise } => self
                .under(test, |nulls| nulls.why(then).or_else(|| nulls.why(otherwise.as_deref()?))),
            Kind::Binary(Binary::Or, _, right) => self.why(right),
            Kind::Binary(Binary::And, left, right) => {
                self.why(left).or_else(|| self.under(left, |nulls| nulls.why(right)))
            }
            Kind::Filter { name, args, .. } if matches!(name.as_str(), "default" | "d") => {
                self.why(&args.first()?.value)
            }
            _ => None,
        }
    }

    /// Notes a value that is needed and may be null.
    fn needed(&mut self, expr: &Expr) {
        let Some(why) = self.why(expr) else { return };
        let name = reference::path(expr)
            .map_or_else(|| "this".to_owned(), |path| format!("`{}`", dotted(&path)));
        self.found.push(Misuse {
            span: expr.span,
            message: format!("{name} may be null, and null has no text: {why}"),
            help: "give a value for then: {{ … | default(\"none\") }}".to_owned(),
        });
    }

    fn under<T>(&mut self, test: &Expr, inside: impl FnOnce(&mut Self) -> T) -> T {
        let before = self.guards.len();
        let mut collector = Collector::default();
        collector.expr(test);
        self.guards.extend(collector.found.into_iter().map(|reference| reference.path));
        let result = inside(self);
        self.guards.truncate(before);
        result
    }

    fn walk(&mut self, expr: &Expr) {
        match &expr.kind {
            Kind::If { test, then, otherwise } => {
                self.walk(test);
                self.under(test, |nulls| {
                    nulls.walk(then);
                    otherwise.iter().for_each(|otherwise| nulls.walk(otherwise));
                });
                return;
            }
            Kind::Binary(Binary::And | Binary::Or, left, right) => {
                self.walk(left);
                self.under(left, |nulls| nulls.walk(right));
                return;
            }
            Kind::Binary(_, left, right) => {
                self.needed(left);
                self.needed(right);
            }
            Kind::Neg(of) => self.needed(of),
            Kind::Filter { name, input, args } if !TAKES_NULL.contains(&name.as_str()) => {
                input.iter().for_each(|input| self.needed(input));
                if matches!(name.as_str(), "replace" | "plus" | "minus" | "times" | "round_to") {
                    args.iter().for_each(|arg| self.needed(&arg.value));
                }
            }
            _ => {}
        }
        expr.children().into_iter().for_each(|child| self.walk(child));
    }

    fn stmts(&mut self, stmts: &[Stmt]) {
        for stmt in stmts {
            match stmt {
                Stmt::Raw(_) => {}
                Stmt::Emit(expr) => {
                    self.needed(expr);
                    self.walk(expr);
                }
                Stmt::Set { value, .. } => self.walk(value),
                Stmt::If { test, then, otherwise } => {
                    self.walk(test);
                    self.under(test, |nulls| {
                        nulls.stmts(then);
                        nulls.stmts(otherwise);
                    });
                }
                Stmt::For { iter, filter, body, otherwise, .. } => {
                    self.walk(iter);
                    filter.iter().for_each(|filter| self.walk(filter));
                    self.stmts(body);
                    self.stmts(otherwise);
                }
                Stmt::With { bindings, body } => {
                    bindings.iter().for_each(|(_, value)| self.walk(value));
                    self.stmts(body);
                }
                Stmt::SetBlock { body, .. } | Stmt::Filter { body, .. } => self.stmts(body),
            }
        }
    }
}
