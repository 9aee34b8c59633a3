//! Parses templates and expressions into our own tree, and says what in them can't be.

use std::sync::LazyLock;

use minijinja::machinery::{self, Token, ast};
use minijinja::syntax::SyntaxConfig;
use minijinja::value::ValueKind;

use super::ast::{Arg, Binary, Compare, Expr, Kind, Stmt, Target};
use super::names::{FILTERS, FUNCTIONS, TESTS, instead_of_filter};
use crate::base::diagnostic::Diagnostic;
use crate::base::nearest::suggest;
use crate::base::span::{Source, Span};
use crate::base::value::Number;

/// How many tokens one text may hold. Bounds the depth of the tree, and so the stack.
const MAX_TOKENS: usize = 2_000;
/// How many tokens one expression may hold.
const MAX_EXPRESSION_TOKENS: usize = 500;

static SYNTAX: LazyLock<SyntaxConfig> = LazyLock::new(|| {
    // only clashing delimiters are refused, and these are the usual ones
    SyntaxConfig::builder().keep_trailing_newline(true).build().unwrap_or_default()
});

/// Where a text stands in the file.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    /// The whole scalar.
    pub span: Span,
    /// Where the text's first byte stands, if it stands there as it is.
    pub verbatim: Option<usize>,
}

impl Place {
    fn span(&self, start: usize, end: usize) -> Span {
        self.verbatim.map_or(self.span, |base| Span::new(base + start, base + end))
    }
}

/// Whether a text holds template syntax at all.
pub(super) fn is_template(text: &str) -> bool {
    ["{{", "{%", "{#"].iter().any(|mark| text.contains(mark))
}

/// Parses a bare expression.
pub(super) fn expression(
    text: &str,
    place: Place,
    source: &Source,
) -> Result<Expr, Vec<Diagnostic>> {
    let mut lower = Lower { text, place, source, bare: true, problems: Vec::new() };
    lower.bound()?;
    let parsed = machinery::parse_expr(text).map_err(|error| lower.syntax(&error))?;
    let expr = lower.expr(&parsed);
    lower.done(expr)
}

/// Parses a text with templates.
pub(super) fn template(
    text: &str,
    place: Place,
    source: &Source,
) -> Result<Vec<Stmt>, Vec<Diagnostic>> {
    let mut lower = Lower { text, place, source, bare: false, problems: Vec::new() };
    lower.bound()?;
    let parsed =
        machinery::parse(text, "template", SYNTAX.clone()).map_err(|error| lower.syntax(&error))?;
    let stmts = match &parsed {
        ast::Stmt::Template(template) => lower.stmts(&template.children),
        other => lower.stmts(std::slice::from_ref(other)),
    };
    lower.done(stmts)
}

struct Lower<'a> {
    text: &'a str,
    place: Place,
    source: &'a Source,
    /// Whether the text is one expression, without braces.
    bare: bool,
    problems: Vec<Diagnostic>,
}

impl Lower<'_> {
    fn done<T>(self, value: T) -> Result<T, Vec<Diagnostic>> {
        if self.problems.is_empty() { Ok(value) } else { Err(self.problems) }
    }

    fn problem(&mut self, span: Span, message: impl Into<String>, help: Option<String>) {
        let mut problem = Diagnostic::error("template", self.source, span, message);
        problem.help = help;
        self.problems.push(problem);
    }

    fn syntax(&self, error: &minijinja::Error) -> Vec<Diagnostic> {
        let range = error.range().unwrap_or(0..self.text.len());
        let end = range.end.min(self.text.len());
        let span = self.place.span(range.start.min(end), end);
        let what = if self.bare { "expression" } else { "template" };
        let detail = error.detail().unwrap_or("the syntax is not understood");
        let detail =
            detail.replace("end of variable block", "`}}`").replace("end of block", "`%}`");
        let message = format!("this is no {what}: {detail}");
        let diagnostic = Diagnostic::error("template", self.source, span, message);
        // the commonest slip by far
        let assigns = self.text.get(range.start.saturating_sub(1)..end).unwrap_or("").contains('=');
        let help = (self.bare && assigns).then(|| "compare by `==`".to_owned());
        vec![diagnostic.maybe_help(help)]
    }

    /// Refuses texts whose trees could be too deep to walk.
    fn bound(&self) -> Result<(), Vec<Diagnostic>> {
        let mut all = 0;
        let mut here = 0;
        for token in machinery::tokenize(self.text, self.bare, SYNTAX.clone()) {
            let (token, _) = token.map_err(|error| self.syntax(&error))?;
            all += 1;
            here += 1;
            if matches!(token, Token::VariableStart | Token::BlockStart) {
                here = 0;
            }
            if all > MAX_TOKENS || here > MAX_EXPRESSION_TOKENS {
                let message = format!(
                    "the template is too long: at most {MAX_EXPRESSION_TOKENS} words and signs in \
                     one expression, {MAX_TOKENS} in one text"
                );
                let span = self.place.span;
                return Err(vec![Diagnostic::error("template", self.source, span, message)]);
            }
        }
        Ok(())
    }

    fn stmts(&mut self, stmts: &[ast::Stmt<'_>]) -> Vec<Stmt> {
        stmts.iter().filter_map(|stmt| self.stmt(stmt)).collect()
    }

    fn stmt(&mut self, stmt: &ast::Stmt<'_>) -> Option<Stmt> {
        Some(match stmt {
            ast::Stmt::EmitRaw(raw) => Stmt::Raw(raw.raw.to_owned()),
            ast::Stmt::EmitExpr(emit) => Stmt::Emit(self.expr(&emit.expr)),
            ast::Stmt::ForLoop(each) => {
                if each.recursive {
                    self.refuse_stmt(each.span(), "recursive loops");
                }
                Stmt::For {
                    target: self.target(&each.target)?,
                    iter: self.expr(&each.iter),
                    filter: each.filter_expr.as_ref().map(|filter| self.expr(filter)),
                    body: self.stmts(&each.body),
                    otherwise: self.stmts(&each.else_body),
                }
            }
            ast::Stmt::IfCond(cond) => Stmt::If {
                test: self.expr(&cond.expr),
                then: self.stmts(&cond.true_body),
                otherwise: self.stmts(&cond.false_body),
            },
            ast::Stmt::WithBlock(with) => Stmt::With {
                bindings: with
                    .assignments
                    .iter()
                    .map(|(target, value)| Some((self.target(target)?, self.expr(value))))
                    .collect::<Option<_>>()?,
                body: self.stmts(&with.body),
            },
            ast::Stmt::Set(set) => {
                Stmt::Set { target: self.target(&set.target)?, value: self.expr(&set.expr) }
            }
            ast::Stmt::SetBlock(set) => Stmt::SetBlock {
                target: self.target(&set.target)?,
                filter: set.filter.as_ref().map(|filter| self.expr(filter)),
                body: self.stmts(&set.body),
            },
            ast::Stmt::FilterBlock(block) => {
                Stmt::Filter { filter: self.expr(&block.filter), body: self.stmts(&block.body) }
            }
            ast::Stmt::Template(template) => {
                self.refuse_stmt(template.span(), "templates in templates");
                return None;
            }
            ast::Stmt::AutoEscape(stmt) => return self.refuse_stmt(stmt.span(), "`autoescape`"),
            ast::Stmt::Block(stmt) => return self.refuse_stmt(stmt.span(), "`block`"),
            ast::Stmt::Import(stmt) => return self.refuse_stmt(stmt.span(), "`import`"),
            ast::Stmt::FromImport(stmt) => return self.refuse_stmt(stmt.span(), "`from`"),
            ast::Stmt::Extends(stmt) => return self.refuse_stmt(stmt.span(), "`extends`"),
            ast::Stmt::Include(stmt) => return self.refuse_stmt(stmt.span(), "`include`"),
            ast::Stmt::Do(stmt) => return self.refuse_stmt(stmt.span(), "`do`"),
        })
    }

    fn refuse_stmt(&mut self, span: machinery::Span, what: &str) -> Option<Stmt> {
        let span = self.span(span);
        self.problem(
            span,
            format!("there is no use for {what} in a flow"),
            Some("a text may hold `for`, `if`, `set`, `with` and `filter`".to_owned()),
        );
        None
    }

    fn target(&mut self, target: &ast::Expr<'_>) -> Option<Target> {
        match target {
            ast::Expr::Var(var) => Some(Target::Name(self.own_name(var.id, var.span()).to_owned())),
            ast::Expr::List(list) => list
                .items
                .iter()
                .map(|item| self.target(item))
                .collect::<Option<_>>()
                .map(Target::Names),
            other => {
                let span = self.span(other.span());
                self.problem(span, "only a name can be set", None);
                None
            }
        }
    }

    /// Names of the rewritten source are ours alone.
    fn own_name<'n>(&mut self, name: &'n str, span: machinery::Span) -> &'n str {
        if name.starts_with("__") {
            let span = self.span(span);
            self.problem(span, format!("the name `{name}` is reserved"), None);
        }
        name
    }

    fn span(&self, span: machinery::Span) -> Span {
        self.place.span(span.start_offset as usize, span.end_offset as usize)
    }

    /// From the start of one part to the end of the node: composite nodes start too late or too early.
    fn from(&self, first: &Expr, node: machinery::Span) -> Span {
        Span::new(first.span.start, self.span(node).end)
    }

    fn expr(&mut self, expr: &ast::Expr<'_>) -> Expr {
        match expr {
            ast::Expr::Var(var) => {
                let name = self.own_name(var.id, var.span()).to_owned();
                Expr { span: self.span(var.span()), kind: Kind::Var(name) }
            }
            ast::Expr::Const(constant) => self.constant(constant),
            ast::Expr::GetAttr(attr) => {
                let of = self.expr(&attr.expr);
                let span = self.from(&of, attr.span());
                Expr { span, kind: Kind::Attr(Box::new(of), attr.name.to_owned()) }
            }
            ast::Expr::GetItem(item) => {
                let of = self.expr(&item.expr);
                let span = self.from(&of, item.span());
                let at = Box::new(self.expr(&item.subscript_expr));
                Expr { span, kind: Kind::Item(Box::new(of), at) }
            }
            ast::Expr::Slice(slice) => {
                let of = self.expr(&slice.expr);
                let span = self.from(&of, slice.span());
                let parts = [&slice.start, &slice.stop, &slice.step]
                    .map(|part| part.as_ref().map(|part| Box::new(self.expr(part))));
                Expr { span, kind: Kind::Slice(Box::new(of), parts) }
            }
            ast::Expr::UnaryOp(unary) => {
                let span = self.span(unary.span());
                let of = Box::new(self.expr(&unary.expr));
                let kind = match unary.op {
                    ast::UnaryOpKind::Not => Kind::Not(of),
                    ast::UnaryOpKind::Neg => Kind::Neg(of),
                };
                Expr { span, kind }
            }
            ast::Expr::BinOp(op) => self.binary(op),
            ast::Expr::Compare(chain) => {
                let first = self.expr(&chain.expr);
                let rest: Vec<_> =
                    chain.ops.iter().map(|op| (compare(op.op), self.expr(&op.expr))).collect();
                let span = self.from(&first, chain.span());
                Expr { span, kind: Kind::Compare(Box::new(first), rest) }
            }
            ast::Expr::IfExpr(cond) => {
                let then = self.expr(&cond.true_expr);
                let span = self.from(&then, cond.span());
                let test = Box::new(self.expr(&cond.test_expr));
                let otherwise = cond.false_expr.as_ref().map(|expr| Box::new(self.expr(expr)));
                Expr { span, kind: Kind::If { test, then: Box::new(then), otherwise } }
            }
            ast::Expr::Filter(filter) => self.filter(filter),
            ast::Expr::Test(test) => self.test(test),
            ast::Expr::Call(call) => self.call(call),
            ast::Expr::List(list) => self.list(&list.items, list.span()),
            ast::Expr::Tuple(tuple) => self.list(&tuple.items, tuple.span()),
            ast::Expr::Map(map) => {
                let entries = map.keys.iter().zip(&map.values);
                let entries = entries.map(|(k, v)| (self.expr(k), self.expr(v))).collect();
                Expr { span: self.span(map.span()), kind: Kind::Map(entries) }
            }
        }
    }

    fn list(&mut self, items: &[ast::Expr<'_>], span: machinery::Span) -> Expr {
        let items = items.iter().map(|item| self.expr(item)).collect();
        Expr { span: self.span(span), kind: Kind::List(items) }
    }

    fn constant(&mut self, constant: &ast::Spanned<ast::Const>) -> Expr {
        let span = self.span(constant.span());
        let value = &constant.value;
        let kind = match value.kind() {
            ValueKind::Bool => Kind::Bool(value.is_true()),
            ValueKind::Number if value.is_integer() => Kind::Int(value.to_string()),
            ValueKind::Number => self.decimal(constant.span(), span),
            ValueKind::String => Kind::Text(value.as_str().unwrap_or("").to_owned()),
            _ => Kind::None,
        };
        Expr { span, kind }
    }

    /// The digits as written: the parser's float has lost them.
    fn decimal(&mut self, range: machinery::Span, span: Span) -> Kind {
        let digits = self
            .text
            .get(range.start_offset as usize..range.end_offset as usize)
            .unwrap_or("")
            .replace('_', "");
        if Number::parse(&digits).and_then(|number| number.as_amount()).is_none() {
            self.problem(
                span,
                format!("`{digits}` is not a plain decimal of at most 28 digits"),
                Some("write the number out, such as 250.00".to_owned()),
            );
        }
        Kind::Decimal(digits)
    }

    fn binary(&mut self, op: &ast::Spanned<ast::BinOp<'_>>) -> Expr {
        let left = self.expr(&op.left);
        let right = self.expr(&op.right);
        let span = self.from(&left, op.span());
        let as_compare = |compare| (compare, right.clone());
        let kind = match op.op {
            ast::BinOpKind::Eq => as_compare(Compare::Eq),
            ast::BinOpKind::Ne => as_compare(Compare::Ne),
            ast::BinOpKind::Lt => as_compare(Compare::Lt),
            ast::BinOpKind::Lte => as_compare(Compare::Le),
            ast::BinOpKind::Gt => as_compare(Compare::Gt),
            ast::BinOpKind::Gte => as_compare(Compare::Ge),
            ast::BinOpKind::In => as_compare(Compare::In),
            maths => {
                let op = binary(maths);
                let kind = Kind::Binary(op, Box::new(left), Box::new(right));
                return Expr { span, kind };
            }
        };
        Expr { span, kind: Kind::Compare(Box::new(left), vec![kind]) }
    }

    fn filter(&mut self, filter: &ast::Spanned<ast::Filter<'_>>) -> Expr {
        let input = filter.expr.as_ref().map(|input| Box::new(self.expr(input)));
        let own = self.span(filter.span());
        let span = input.as_ref().map_or(own, |input| self.from(input, filter.span()));
        if !FILTERS.contains(&filter.name) {
            let help = instead_of_filter(filter.name)
                .map(str::to_owned)
                .or_else(|| suggest(filter.name, FILTERS.iter().copied()));
            let at = Span::new(own.start, (own.start + filter.name.len()).min(own.end));
            self.problem(at, format!("there is no filter `{}`", filter.name), help);
        }
        let args = self.args(&filter.args, own);
        Expr { span, kind: Kind::Filter { name: filter.name.to_owned(), input, args } }
    }

    fn test(&mut self, test: &ast::Spanned<ast::Test<'_>>) -> Expr {
        let input = Box::new(self.expr(&test.expr));
        let own = self.span(test.span());
        let span = self.from(&input, test.span());
        if !TESTS.contains(&test.name) {
            let help = suggest(test.name, TESTS.iter().copied());
            let at = Span::new(own.start, (own.start + test.name.len()).min(own.end));
            self.problem(at, format!("there is no test `{}`", test.name), help);
        }
        let args = self.args(&test.args, own);
        Expr { span, kind: Kind::Test { name: test.name.to_owned(), input, args } }
    }

    fn call(&mut self, call: &ast::Spanned<ast::Call<'_>>) -> Expr {
        let span = self.span(call.span());
        let args = self.args(&call.args, span);
        match &call.expr {
            ast::Expr::Var(var) if FUNCTIONS.contains(&var.id) => {
                let span = Span::new(self.span(var.span()).start, span.end);
                Expr { span, kind: Kind::Range(args) }
            }
            other => {
                let span = self.span(other.span());
                self.problem(
                    span,
                    "there are no functions in templates but `range`",
                    Some("values are changed by filters: {{ inputs.name | upper }}".to_owned()),
                );
                Expr { span, kind: Kind::None }
            }
        }
    }

    fn args(&mut self, args: &[ast::CallArg<'_>], span: Span) -> Vec<Arg> {
        args.iter()
            .filter_map(|arg| match arg {
                ast::CallArg::Pos(value) => Some(Arg { name: None, value: self.expr(value) }),
                ast::CallArg::Kwarg(name, value) => {
                    Some(Arg { name: Some((*name).to_owned()), value: self.expr(value) })
                }
                ast::CallArg::PosSplat(_) | ast::CallArg::KwargSplat(_) => {
                    self.problem(span, "arguments can't be unpacked here", None);
                    None
                }
            })
            .collect()
    }
}

fn compare(op: ast::CompareOpKind) -> Compare {
    match op {
        ast::CompareOpKind::Eq => Compare::Eq,
        ast::CompareOpKind::Ne => Compare::Ne,
        ast::CompareOpKind::Lt => Compare::Lt,
        ast::CompareOpKind::Lte => Compare::Le,
        ast::CompareOpKind::Gt => Compare::Gt,
        ast::CompareOpKind::Gte => Compare::Ge,
        ast::CompareOpKind::In => Compare::In,
        ast::CompareOpKind::NotIn => Compare::NotIn,
    }
}

fn binary(op: ast::BinOpKind) -> Binary {
    match op {
        ast::BinOpKind::ScAnd => Binary::And,
        ast::BinOpKind::ScOr => Binary::Or,
        ast::BinOpKind::Sub => Binary::Sub,
        ast::BinOpKind::Mul => Binary::Mul,
        ast::BinOpKind::Div => Binary::Div,
        ast::BinOpKind::FloorDiv => Binary::FloorDiv,
        ast::BinOpKind::Rem => Binary::Rem,
        ast::BinOpKind::Pow => Binary::Pow,
        ast::BinOpKind::Concat => Binary::Concat,
        // the comparisons never come here
        ast::BinOpKind::Add
        | ast::BinOpKind::Eq
        | ast::BinOpKind::Ne
        | ast::BinOpKind::Lt
        | ast::BinOpKind::Lte
        | ast::BinOpKind::Gt
        | ast::BinOpKind::Gte
        | ast::BinOpKind::In => Binary::Add,
    }
}
