//! What type an expression will have, and what in it can't work: known from types alone.

use super::ast::{Binary, Expr, Kind, Stmt};
use super::program::Program;
use super::reference;
use super::ty::Ty;
use super::{Condition, Part, Template};
use crate::base::span::Span;

/// The type at a path, where it is known.
pub type TypeOf<'a> = &'a dyn Fn(&[String]) -> Option<Ty>;

/// Something in an expression that can't work with the types it meets.
#[derive(Debug, Clone, PartialEq)]
pub struct Misuse {
    /// Where.
    pub span: Span,
    /// What, in one sentence without a full stop.
    pub message: String,
    /// What to do about it.
    pub help: String,
}

impl Template {
    /// The type of the value, where it is known: of a lone `{{ }}`, or of text around one.
    pub fn ty(&self, of: TypeOf<'_>) -> Option<Ty> {
        match self.part() {
            Part::Text => Some(Ty::Text),
            _ => infer(self.native()?.tree()?, of),
        }
    }

    /// What in it can't work.
    pub fn misuses(&self, of: TypeOf<'_>) -> Vec<Misuse> {
        let mut found = Vec::new();
        self.each_program(&mut |program| program_misuses(program, of, &mut found));
        found
    }
}

impl Condition {
    /// What in it can't work.
    pub fn misuses(&self, of: TypeOf<'_>) -> Vec<Misuse> {
        let mut found = Vec::new();
        program_misuses(self.program(), of, &mut found);
        found
    }
}

fn program_misuses(program: &Program, of: TypeOf<'_>, found: &mut Vec<Misuse>) {
    if let Some(expr) = program.tree() {
        misuses(expr, of, found);
    }
    stmt_misuses(program.stmts(), of, found);
}

/// The type of an expression, where it is known.
fn infer(expr: &Expr, of: TypeOf<'_>) -> Option<Ty> {
    if let Some(path) = reference::path(expr) {
        return of(&path);
    }
    match &expr.kind {
        Kind::Bool(_) | Kind::Not(_) | Kind::Compare(..) | Kind::Test { .. } => Some(Ty::Boolean),
        Kind::Int(_) => Some(Ty::Integer),
        Kind::Decimal(_) => Some(Ty::Money),
        Kind::Binary(Binary::Concat, ..) => Some(Ty::Text),
        Kind::Binary(op, left, _) if op.is_maths() => {
            infer(left, of).filter(|ty| *ty == Ty::Integer)
        }
        Kind::Neg(inner) => infer(inner, of).filter(|ty| *ty == Ty::Integer),
        Kind::If { then, otherwise: Some(otherwise), .. } => {
            infer(then, of).filter(|ty| infer(otherwise, of) == Some(*ty))
        }
        Kind::Filter { name, input, .. } => filter(name, input.as_deref(), of),
        Kind::Item(list, _) => element(infer(list, of)?),
        // a literal text or list can still be anything that is written that way
        _ => None,
    }
}

fn element(list: Ty) -> Option<Ty> {
    match list {
        Ty::List(item) => Some(*item),
        _ => None,
    }
}

fn filter(name: &str, input: Option<&Expr>, of: TypeOf<'_>) -> Option<Ty> {
    let input = input.and_then(|input| infer(input, of));
    match name {
        "upper" | "lower" | "title" | "capitalize" | "trim" | "replace" | "string" | "tojson"
        | "join" => Some(Ty::Text),
        "length" | "count" => Some(Ty::Integer),
        "round_to" => Some(Ty::Money),
        "plus" | "minus" | "times" => input.filter(|ty| *ty == Ty::Money),
        "first" | "last" | "min" | "max" => element(input?),
        "default" | "d" | "sort" | "reverse" | "unique" | "select" | "reject" | "selectattr"
        | "rejectattr" => input,
        _ => None,
    }
}

fn misuses(expr: &Expr, of: TypeOf<'_>, found: &mut Vec<Misuse>) {
    expr.children().into_iter().for_each(|child| misuses(child, of, found));
    match &expr.kind {
        Kind::Binary(op, left, right) if op.is_maths() => {
            let money = |side: &Expr| infer(side, of) == Some(Ty::Money);
            if money(left) || money(right) {
                found.push(money_maths(expr.span, op.sign()));
            }
        }
        Kind::Neg(inner) if infer(inner, of) == Some(Ty::Money) => {
            found.push(money_maths(expr.span, "-"));
        }
        Kind::Filter { name, input: Some(input), .. }
            if matches!(name.as_str(), "plus" | "minus" | "times" | "round_to") =>
        {
            if let Some(ty) = infer(input, of)
                && !matches!(ty, Ty::Money | Ty::Integer | Ty::Text | Ty::Any)
            {
                found.push(Misuse {
                    span: input.span,
                    message: format!("`{name}` needs an amount, and this is {}", ty.describe()),
                    help: "amounts are numbers such as 250.00, or texts of these".to_owned(),
                });
            }
        }
        _ => {}
    }
}

fn money_maths(span: Span, sign: &str) -> Misuse {
    let help = match sign {
        "+" => "use the filter: {{ price | plus(fee) }}; a whole list is added by `sum(attribute)`",
        "-" => "use the filter: {{ price | minus(discount) }}",
        "*" => "use the filter: {{ price | times(qty) | round_to(currency) }}",
        _ => "use the filters, such as {{ price | times(0.5) | round_to(currency) }}",
    };
    Misuse { span, message: format!("`{sign}` does no maths on money"), help: help.to_owned() }
}

fn stmt_misuses(stmts: &[Stmt], of: TypeOf<'_>, found: &mut Vec<Misuse>) {
    for stmt in stmts {
        match stmt {
            Stmt::Raw(_) => {}
            Stmt::Emit(expr) | Stmt::Set { value: expr, .. } => misuses(expr, of, found),
            Stmt::For { iter, filter, body, otherwise, .. } => {
                misuses(iter, of, found);
                filter.iter().for_each(|filter| misuses(filter, of, found));
                stmt_misuses(body, of, found);
                stmt_misuses(otherwise, of, found);
            }
            Stmt::If { test, then, otherwise } => {
                misuses(test, of, found);
                stmt_misuses(then, of, found);
                stmt_misuses(otherwise, of, found);
            }
            Stmt::With { bindings, body } => {
                bindings.iter().for_each(|(_, value)| misuses(value, of, found));
                stmt_misuses(body, of, found);
            }
            Stmt::SetBlock { body, .. } | Stmt::Filter { body, .. } => {
                stmt_misuses(body, of, found);
            }
        }
    }
}
