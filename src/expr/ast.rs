//! The tree of an expression, with places in the flow file.
//!
//! minijinja parses; this tree is what checks, type inference and the exact rewriting work on.

use crate::base::span::Span;

/// An expression.
#[derive(Debug, Clone)]
pub(super) struct Expr {
    pub span: Span,
    pub kind: Kind,
}

/// What an expression does.
#[derive(Debug, Clone)]
pub(super) enum Kind {
    None,
    Bool(bool),
    Int(String),
    /// A number with decimals, digit for digit.
    Decimal(String),
    Text(String),
    Var(String),
    Attr(Box<Expr>, String),
    Item(Box<Expr>, Box<Expr>),
    Slice(Box<Expr>, [Option<Box<Expr>>; 3]),
    Not(Box<Expr>),
    Neg(Box<Expr>),
    Binary(Binary, Box<Expr>, Box<Expr>),
    /// `a < b < c`: each operator with its right side.
    Compare(Box<Expr>, Vec<(Compare, Expr)>),
    If {
        test: Box<Expr>,
        then: Box<Expr>,
        otherwise: Option<Box<Expr>>,
    },
    /// Without an input in a filter block.
    Filter {
        name: String,
        input: Option<Box<Expr>>,
        args: Vec<Arg>,
    },
    Test {
        name: String,
        input: Box<Expr>,
        args: Vec<Arg>,
    },
    Range(Vec<Arg>),
    List(Vec<Expr>),
    Map(Vec<(Expr, Expr)>),
}

/// An argument of a filter or test.
#[derive(Debug, Clone)]
pub(super) struct Arg {
    pub name: Option<String>,
    pub value: Expr,
}

/// An operator with two sides that is no comparison.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Binary {
    And,
    Or,
    Add,
    Sub,
    Mul,
    Div,
    FloorDiv,
    Rem,
    Pow,
    Concat,
}

impl Binary {
    pub fn sign(self) -> &'static str {
        match self {
            Self::And => "and",
            Self::Or => "or",
            Self::Add => "+",
            Self::Sub => "-",
            Self::Mul => "*",
            Self::Div => "/",
            Self::FloorDiv => "//",
            Self::Rem => "%",
            Self::Pow => "**",
            Self::Concat => "~",
        }
    }

    /// Whether it does maths.
    pub fn is_maths(self) -> bool {
        !matches!(self, Self::And | Self::Or | Self::Concat)
    }
}

/// A comparison.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Compare {
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
    In,
    NotIn,
}

impl Compare {
    pub fn sign(self) -> &'static str {
        match self {
            Self::Eq => "==",
            Self::Ne => "!=",
            Self::Lt => "<",
            Self::Le => "<=",
            Self::Gt => ">",
            Self::Ge => ">=",
            Self::In => "in",
            Self::NotIn => "not in",
        }
    }

    pub fn of_sign(sign: &str) -> Option<Self> {
        [Self::Eq, Self::Ne, Self::Lt, Self::Le, Self::Gt, Self::Ge, Self::In, Self::NotIn]
            .into_iter()
            .find(|compare| compare.sign() == sign)
    }
}

/// A piece of a text template.
#[derive(Debug, Clone)]
pub(super) enum Stmt {
    Raw(String),
    Emit(Expr),
    For { target: Target, iter: Expr, filter: Option<Expr>, body: Vec<Stmt>, otherwise: Vec<Stmt> },
    If { test: Expr, then: Vec<Stmt>, otherwise: Vec<Stmt> },
    With { bindings: Vec<(Target, Expr)>, body: Vec<Stmt> },
    Set { target: Target, value: Expr },
    SetBlock { target: Target, filter: Option<Expr>, body: Vec<Stmt> },
    Filter { filter: Expr, body: Vec<Stmt> },
}

/// The names that a statement binds.
#[derive(Debug, Clone)]
pub(super) enum Target {
    Name(String),
    Names(Vec<Target>),
}

impl Target {
    /// Every name in it.
    pub fn names(&self) -> Vec<&str> {
        match self {
            Self::Name(name) => vec![name],
            Self::Names(targets) => targets.iter().flat_map(Target::names).collect(),
        }
    }
}

impl Expr {
    /// The expressions directly inside an expression.
    pub fn children(&self) -> Vec<&Self> {
        match &self.kind {
            Kind::None | Kind::Bool(_) | Kind::Int(_) | Kind::Decimal(_) => Vec::new(),
            Kind::Text(_) | Kind::Var(_) => Vec::new(),
            Kind::Attr(of, _) | Kind::Not(of) | Kind::Neg(of) => vec![of],
            Kind::Item(of, item) => vec![of, item],
            Kind::Slice(of, parts) => {
                std::iter::once(&**of).chain(parts.iter().flatten().map(|part| &**part)).collect()
            }
            Kind::Binary(_, left, right) => vec![left, right],
            Kind::Compare(first, rest) => {
                std::iter::once(&**first).chain(rest.iter().map(|(_, right)| right)).collect()
            }
            Kind::If { test, then, otherwise } => {
                [&**test, then].into_iter().chain(otherwise.as_deref()).collect()
            }
            Kind::Filter { input, args, .. } => {
                input.as_deref().into_iter().chain(args.iter().map(|arg| &arg.value)).collect()
            }
            Kind::Test { input, args, .. } => {
                std::iter::once(&**input).chain(args.iter().map(|arg| &arg.value)).collect()
            }
            Kind::Range(args) => args.iter().map(|arg| &arg.value).collect(),
            Kind::List(items) => items.iter().collect(),
            Kind::Map(entries) => entries.iter().flat_map(|(key, value)| [key, value]).collect(),
        }
    }
}
