//! The paths that an expression reads, found without evaluating it.

use super::accept::dotted;
use super::ast::{Expr, Kind, Stmt};
use crate::base::span::Span;

/// A path that an expression reads, such as `steps.party.id`.
#[derive(Debug, Clone, PartialEq)]
pub struct Reference {
    /// The names, outermost first: `["steps", "party", "id"]`. An index of a list is its digits.
    pub path: Vec<String>,
    /// Where in the flow file.
    pub span: Span,
    /// Whether the expression copes with nothing being there: under `default`, or `is defined`.
    pub guarded: bool,
}

impl Reference {
    /// The path as people write it.
    pub fn dotted(&self) -> String {
        dotted(&self.path)
    }
}

/// The path of an expression that does nothing but read one.
pub(super) fn path(expr: &Expr) -> Option<Vec<String>> {
    match &expr.kind {
        Kind::Var(name) => Some(vec![name.clone()]),
        Kind::Attr(of, name) => {
            let mut path = path(of)?;
            path.push(name.clone());
            Some(path)
        }
        Kind::Item(of, item) => {
            let mut path = path(of)?;
            match &item.kind {
                Kind::Text(name) => path.push(name.clone()),
                Kind::Int(at) => path.push(at.clone()),
                _ => return None,
            }
            Some(path)
        }
        _ => None,
    }
}

/// Collects references, leaving out the names that the template itself binds.
#[derive(Default)]
pub(super) struct Collector {
    bound: Vec<String>,
    guarded: bool,
    pub found: Vec<Reference>,
}

impl Collector {
    pub fn expr(&mut self, expr: &Expr) {
        if let Some(path) = path(expr) {
            if path.first().is_some_and(|root| !self.bound.contains(root)) {
                let (span, guarded) = (expr.span, self.guarded);
                self.found.push(Reference { path, span, guarded });
            }
            return;
        }
        match &expr.kind {
            Kind::None | Kind::Bool(_) | Kind::Int(_) | Kind::Decimal(_) | Kind::Text(_) => {}
            // these are paths, found above
            Kind::Var(_) => {}
            Kind::Attr(of, _) | Kind::Not(of) | Kind::Neg(of) => self.expr(of),
            Kind::Item(of, item) => {
                self.expr(of);
                self.plain(item);
            }
            Kind::Slice(of, parts) => {
                self.expr(of);
                parts.iter().flatten().for_each(|part| self.plain(part));
            }
            Kind::Binary(_, left, right) => {
                self.expr(left);
                self.expr(right);
            }
            Kind::Compare(first, rest) => {
                self.expr(first);
                rest.iter().for_each(|(_, right)| self.expr(right));
            }
            Kind::If { test, then, otherwise } => {
                self.expr(test);
                self.expr(then);
                otherwise.iter().for_each(|otherwise| self.expr(otherwise));
            }
            Kind::Filter { name, input, args } => {
                let guards = matches!(name.as_str(), "default" | "d");
                input.iter().for_each(|input| self.under(guards, input));
                args.iter().for_each(|arg| self.plain(&arg.value));
            }
            Kind::Test { name, input, args } => {
                self.under(matches!(name.as_str(), "defined" | "undefined"), input);
                args.iter().for_each(|arg| self.plain(&arg.value));
            }
            Kind::Range(args) => args.iter().for_each(|arg| self.plain(&arg.value)),
            Kind::List(items) => items.iter().for_each(|item| self.expr(item)),
            Kind::Map(entries) => entries.iter().for_each(|(key, value)| {
                self.expr(key);
                self.expr(value);
            }),
        }
    }

    fn under(&mut self, guards: bool, expr: &Expr) {
        let before = self.guarded;
        self.guarded |= guards;
        self.expr(expr);
        self.guarded = before;
    }

    /// What no guard around it covers: an index, an argument.
    fn plain(&mut self, expr: &Expr) {
        let before = std::mem::take(&mut self.guarded);
        self.expr(expr);
        self.guarded = before;
    }

    pub fn stmts(&mut self, stmts: &[Stmt]) {
        stmts.iter().for_each(|stmt| self.stmt(stmt));
    }

    fn block(&mut self, names: &[&str], stmts: &[Stmt]) {
        let outer = self.bound.len();
        self.bound.extend(names.iter().map(|name| (*name).to_owned()));
        self.stmts(stmts);
        self.bound.truncate(outer);
    }

    fn stmt(&mut self, stmt: &Stmt) {
        match stmt {
            Stmt::Raw(_) => {}
            Stmt::Emit(expr) => self.expr(expr),
            Stmt::For { target, iter, filter, body, otherwise } => {
                self.expr(iter);
                let mut names = target.names();
                names.push("loop");
                let outer = self.bound.len();
                self.bound.extend(names.iter().map(|name| (*name).to_owned()));
                filter.iter().for_each(|filter| self.expr(filter));
                self.stmts(body);
                self.bound.truncate(outer);
                self.block(&[], otherwise);
            }
            Stmt::If { test, then, otherwise } => {
                self.expr(test);
                // a name set inside stays set after it
                self.stmts(then);
                self.stmts(otherwise);
            }
            Stmt::With { bindings, body } => {
                bindings.iter().for_each(|(_, value)| self.expr(value));
                let names: Vec<&str> =
                    bindings.iter().flat_map(|(target, _)| target.names()).collect();
                self.block(&names, body);
            }
            Stmt::Set { target, value } => {
                self.expr(value);
                self.bound.extend(target.names().into_iter().map(str::to_owned));
            }
            Stmt::SetBlock { target, filter, body } => {
                filter.iter().for_each(|filter| self.expr(filter));
                self.block(&[], body);
                self.bound.extend(target.names().into_iter().map(str::to_owned));
            }
            Stmt::Filter { filter, body } => {
                self.expr(filter);
                self.block(&[], body);
            }
        }
    }
}
