//! Writes an expression back as minijinja source in which numbers are exact.
//!
//! Comparisons and maths become calls of functions that know exact amounts, and a number with
//! decimals becomes one; so the engine never sees a binary float.

use std::fmt::Write;

use super::ast::{Arg, Binary, Compare, Expr, Kind, Stmt, Target};

/// The function that makes an exact number of a text.
pub(super) const EXACT: &str = "__exact";
/// The function that does maths: operator, left, right.
pub(super) const MATHS: &str = "__maths";
/// The function that joins two values as texts.
pub(super) const CONCAT: &str = "__concat";
/// The function that compares: left, then operator and right, as often as there are.
pub(super) const COMPARE: &str = "__compare";

/// The source of an expression.
pub(super) fn expression(expr: &Expr) -> String {
    let mut out = String::new();
    write_expr(&mut out, expr);
    out
}

/// The source of a text template.
pub(super) fn template(stmts: &[Stmt]) -> String {
    let mut out = String::new();
    write_stmts(&mut out, stmts);
    out
}

fn write_expr(out: &mut String, expr: &Expr) {
    match &expr.kind {
        Kind::None => out.push_str("none"),
        Kind::Bool(b) => out.push_str(if *b { "true" } else { "false" }),
        Kind::Int(digits) => out.push_str(digits),
        Kind::Decimal(digits) => call(out, EXACT, |out| write_text(out, digits)),
        Kind::Text(text) => write_text(out, text),
        Kind::Var(name) => out.push_str(name),
        Kind::Attr(of, name) => {
            write_expr(out, of);
            out.push('[');
            write_text(out, name);
            out.push(']');
        }
        Kind::Item(of, item) => {
            write_expr(out, of);
            out.push('[');
            write_expr(out, item);
            out.push(']');
        }
        Kind::Slice(of, parts) => write_slice(out, of, parts),
        Kind::Not(of) => {
            out.push_str("(not ");
            write_expr(out, of);
            out.push(')');
        }
        Kind::Neg(of) => call(out, MATHS, |out| {
            out.push_str("\"-\", 0, ");
            write_expr(out, of);
        }),
        Kind::Binary(op, left, right) => write_binary(out, *op, left, right),
        Kind::Compare(first, rest) => write_compare(out, first, rest),
        Kind::If { test, then, otherwise } => block(out, "(", ")", |out| {
            write_expr(out, then);
            out.push_str(" if ");
            write_expr(out, test);
            if let Some(otherwise) = otherwise {
                out.push_str(" else ");
                write_expr(out, otherwise);
            }
        }),
        Kind::Filter { name, input: None, args } => {
            out.push_str(name);
            write_args(out, args);
        }
        Kind::Filter { name, input: Some(input), args } => {
            write_applied(out, input, "|", name, args)
        }
        Kind::Test { name, input, args } => write_applied(out, input, "is", name, args),
        Kind::Range(args) => {
            out.push_str("range");
            write_args(out, args);
        }
        Kind::List(items) => block(out, "[", "]", |out| separated(out, items, write_expr)),
        Kind::Map(entries) => block(out, "{", "}", |out| {
            separated(out, entries, |out, (key, value)| {
                write_expr(out, key);
                out.push_str(": ");
                write_expr(out, value);
            });
        }),
    }
}

/// A filter or test, in brackets.
fn write_applied(out: &mut String, input: &Expr, by: &str, name: &str, args: &[Arg]) {
    block(out, "(", ")", |out| {
        write_expr(out, input);
        let _ = write!(out, " {by} {name}");
        write_args(out, args);
    });
}

fn write_binary(out: &mut String, op: Binary, left: &Expr, right: &Expr) {
    if op.is_maths() {
        call(out, MATHS, |out| {
            write_text(out, op.sign());
            out.push_str(", ");
            write_expr(out, left);
            out.push_str(", ");
            write_expr(out, right);
        });
    } else if op == Binary::Concat {
        call(out, CONCAT, |out| {
            write_expr(out, left);
            out.push_str(", ");
            write_expr(out, right);
        });
    } else {
        out.push('(');
        write_expr(out, left);
        let _ = write!(out, " {} ", op.sign());
        write_expr(out, right);
        out.push(')');
    }
}

fn write_compare(out: &mut String, first: &Expr, rest: &[(Compare, Expr)]) {
    call(out, COMPARE, |out| {
        write_expr(out, first);
        for (compare, right) in rest {
            out.push_str(", ");
            write_text(out, compare.sign());
            out.push_str(", ");
            write_expr(out, right);
        }
    });
}

fn write_slice(out: &mut String, of: &Expr, [start, stop, step]: &[Option<Box<Expr>>; 3]) {
    write_expr(out, of);
    out.push('[');
    for (part, mark) in [(start, ":"), (stop, ":"), (step, "]")] {
        if let Some(part) = part {
            write_expr(out, part);
        }
        out.push_str(mark);
    }
}

fn write_args(out: &mut String, args: &[Arg]) {
    if args.is_empty() {
        return;
    }
    out.push('(');
    separated(out, args, |out, arg| {
        if let Some(name) = &arg.name {
            out.push_str(name);
            out.push('=');
        }
        write_expr(out, &arg.value);
    });
    out.push(')');
}

fn write_text(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            c => out.push(c),
        }
    }
    out.push('"');
}

fn write_stmts(out: &mut String, stmts: &[Stmt]) {
    for stmt in stmts {
        write_stmt(out, stmt);
    }
}

fn write_stmt(out: &mut String, stmt: &Stmt) {
    match stmt {
        // as an expression, so that nothing in it is ever read as template syntax
        Stmt::Raw(text) => block(out, "{{ ", " }}", |out| write_text(out, text)),
        Stmt::Emit(expr) => block(out, "{{ ", " }}", |out| write_expr(out, expr)),
        Stmt::For { target, iter, filter, body, otherwise } => {
            out.push_str("{% for ");
            write_target(out, target, false);
            out.push_str(" in ");
            write_expr(out, iter);
            if let Some(filter) = filter {
                out.push_str(" if ");
                write_expr(out, filter);
            }
            out.push_str(" %}");
            write_stmts(out, body);
            write_else(out, otherwise);
            out.push_str("{% endfor %}");
        }
        Stmt::If { test, then, otherwise } => {
            block(out, "{% if ", " %}", |out| write_expr(out, test));
            write_stmts(out, then);
            write_else(out, otherwise);
            out.push_str("{% endif %}");
        }
        Stmt::With { bindings, body } => {
            out.push_str("{% with ");
            separated(out, bindings, |out, (target, value)| {
                write_target(out, target, true);
                out.push_str(" = ");
                write_expr(out, value);
            });
            out.push_str(" %}");
            write_stmts(out, body);
            out.push_str("{% endwith %}");
        }
        Stmt::Set { target, value } => block(out, "{% set ", " %}", |out| {
            write_target(out, target, false);
            out.push_str(" = ");
            write_expr(out, value);
        }),
        Stmt::SetBlock { target, filter, body } => {
            out.push_str("{% set ");
            write_target(out, target, false);
            if let Some(filter) = filter {
                out.push_str(" | ");
                write_chain(out, filter);
            }
            out.push_str(" %}");
            write_stmts(out, body);
            out.push_str("{% endset %}");
        }
        Stmt::Filter { filter, body } => {
            block(out, "{% filter ", " %}", |out| write_chain(out, filter));
            write_stmts(out, body);
            out.push_str("{% endfilter %}");
        }
    }
}

/// The filters of a block: the innermost one has no input, and no brackets may stand around them.
fn write_chain(out: &mut String, filter: &Expr) {
    if let Kind::Filter { name, input, args } = &filter.kind {
        if let Some(input) = input {
            write_chain(out, input);
            out.push_str(" | ");
        }
        out.push_str(name);
        write_args(out, args);
    }
}

fn write_else(out: &mut String, stmts: &[Stmt]) {
    if !stmts.is_empty() {
        out.push_str("{% else %}");
        write_stmts(out, stmts);
    }
}

fn write_target(out: &mut String, target: &Target, brackets: bool) {
    match target {
        Target::Name(name) => out.push_str(name),
        Target::Names(targets) => {
            out.push_str(if brackets { "(" } else { "" });
            separated(out, targets, |out, target| write_target(out, target, true));
            out.push_str(if brackets { ")" } else { "" });
        }
    }
}

fn call(out: &mut String, function: &str, args: impl FnOnce(&mut String)) {
    out.push_str(function);
    block(out, "(", ")", args);
}

fn block(out: &mut String, open: &str, close: &str, inner: impl FnOnce(&mut String)) {
    out.push_str(open);
    inner(out);
    out.push_str(close);
}

fn separated<T>(out: &mut String, items: &[T], mut write: impl FnMut(&mut String, &T)) {
    for (at, item) in items.iter().enumerate() {
        if at > 0 {
            out.push_str(", ");
        }
        write(out, item);
    }
}
