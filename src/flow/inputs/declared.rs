//! The inputs of a flow: what values they may have.

use regex_lite::Regex;

use crate::base::nearest::suggest;
use crate::base::secret::{MASK, Secret};
use crate::base::span::{Source, Span};
use crate::base::value::{Map, Number, Value};
use crate::expr::Mismatch;
use crate::expr::ty::Ty;

use crate::flow::text::yaml;

/// The types an input may have, and the value type behind each.
pub const TYPES: &[(&str, Ty)] = &[
    ("string", Ty::Text),
    ("integer", Ty::Integer),
    ("money", Ty::Money),
    ("boolean", Ty::Boolean),
    ("phone", Ty::Phone),
    ("email", Ty::Email),
    ("currency", Ty::Currency),
    ("country", Ty::Country),
    ("date", Ty::Date),
    ("datetime", Ty::DateTime),
    ("uuid", Ty::Uuid),
    ("list", Ty::List(&Ty::Any)),
    ("object", Ty::Free),
];

/// One declared input.
#[derive(Debug, Clone)]
pub struct Input {
    /// Its name.
    pub name: String,
    /// Where the name stands.
    pub span: Span,
    /// What it is, for people.
    pub description: Option<String>,
    /// What values are accepted.
    pub rules: Rules,
    /// Whether it must be given.
    pub required: bool,
    /// What it is when it is not given: accepted already.
    pub default: Option<Value>,
    /// What is taken where no money can move, when it was not given.
    pub example: Option<Value>,
    /// Whether it is shown as `***` everywhere.
    pub secret: bool,
    /// The environment variable that is read when it is not given.
    pub env: Option<String>,
}

/// What values are accepted.
#[derive(Debug, Clone)]
pub struct Rules {
    /// The name of the type, as in the file.
    pub type_name: &'static str,
    /// The type.
    pub ty: Ty,
    /// The only values there are; empty if any.
    pub words: Vec<Value>,
    /// What the whole text must match.
    pub pattern: Option<Pattern>,
    /// The least a number may be.
    pub minimum: Option<Number>,
    /// The most a number may be.
    pub maximum: Option<Number>,
    /// For a list: what its values are.
    pub items: Option<Box<Rules>>,
    /// For an object: what its fields are; empty if any.
    pub properties: Vec<Property>,
}

/// A regular expression for a whole text.
#[derive(Debug, Clone)]
pub struct Pattern {
    /// As written.
    pub text: String,
    whole: Regex,
}

impl Pattern {
    /// Compiles an expression.
    pub fn new(text: &str) -> Result<Self, regex_lite::Error> {
        // first alone, so that an error is about what was written
        Regex::new(text)?;
        Ok(Self { text: text.to_owned(), whole: Regex::new(&format!("^(?:{text})$"))? })
    }

    /// Whether a whole text matches.
    pub fn is_match(&self, text: &str) -> bool {
        self.whole.is_match(text)
    }
}

/// A field of an object input.
#[derive(Debug, Clone)]
pub struct Property {
    /// Its name.
    pub name: String,
    /// What it is, for people.
    pub description: Option<String>,
    /// What values are accepted.
    pub rules: Rules,
    /// Whether it must be there.
    pub required: bool,
    /// What it is when it is not there.
    pub default: Option<Value>,
}

impl Rules {
    /// Rules that a type alone makes.
    pub fn of(type_name: &'static str, ty: Ty) -> Self {
        Self {
            type_name,
            ty,
            words: Vec::new(),
            pattern: None,
            minimum: None,
            maximum: None,
            items: None,
            properties: Vec::new(),
        }
    }

    /// The type as templates see it.
    pub fn static_ty(&self) -> Ty {
        let item = |rules: &Rules| match rules.ty {
            Ty::Text => &Ty::Text,
            Ty::Integer => &Ty::Integer,
            Ty::Money => &Ty::Money,
            Ty::Boolean => &Ty::Boolean,
            Ty::Phone => &Ty::Phone,
            Ty::Email => &Ty::Email,
            Ty::Currency => &Ty::Currency,
            Ty::Country => &Ty::Country,
            Ty::Free => &Ty::Free,
            _ => &Ty::Any,
        };
        match (self.ty, &self.items) {
            (Ty::List(_), Some(rules)) => Ty::List(item(rules)),
            (ty, _) => ty,
        }
    }

    /// The value as its type writes it, or everything that is wrong with it.
    pub fn accept(&self, value: Value) -> Result<Value, Vec<Mismatch>> {
        let value = match self.ty {
            Ty::List(_) => self.accept_list(value)?,
            Ty::Free => self.accept_object(value)?,
            _ => self.ty.accept(value)?,
        };
        self.limit(&value).map_err(|mismatch| vec![mismatch])?;
        Ok(value)
    }

    fn accept_list(&self, value: Value) -> Result<Value, Vec<Mismatch>> {
        let value = self.ty.accept(value)?;
        let (Value::List(items), Some(rules)) = (&value, &self.items) else { return Ok(value) };
        let mut accepted = Vec::with_capacity(items.len());
        let mut problems = Vec::new();
        for (at, item) in items.iter().enumerate() {
            match rules.accept(item.clone()) {
                Ok(item) => accepted.push(item),
                Err(more) => {
                    problems.extend(more.into_iter().map(|m| m.inside(&format!("[{at}]"))));
                }
            }
        }
        if problems.is_empty() { Ok(Value::List(accepted)) } else { Err(problems) }
    }

    fn accept_object(&self, value: Value) -> Result<Value, Vec<Mismatch>> {
        let value = self.ty.accept(value)?;
        let Value::Map(mut given) = value else { return Ok(value) };
        if self.properties.is_empty() {
            return Ok(Value::Map(given));
        }
        let mut accepted = Map::new();
        let mut problems = Vec::new();
        for property in &self.properties {
            match given.shift_remove(&property.name).filter(|value| *value != Value::Null) {
                Some(value) => match property.rules.accept(value) {
                    Ok(value) => {
                        accepted.insert(property.name.clone(), value);
                    }
                    Err(more) => {
                        problems.extend(more.into_iter().map(|m| m.inside(&property.name)));
                    }
                },
                None => match &property.default {
                    Some(default) => {
                        accepted.insert(property.name.clone(), default.clone());
                    }
                    None if property.required => {
                        problems.push(Mismatch::new("this field is needed").inside(&property.name));
                    }
                    None => {}
                },
            }
        }
        let names = self.properties.iter().map(|property| property.name.as_str());
        for name in given.keys() {
            problems.push(Mismatch::unknown_field(name, suggest(name, names.clone())));
        }
        if problems.is_empty() { Ok(Value::Map(accepted)) } else { Err(problems) }
    }

    /// What no type says: words, pattern, least and most.
    fn limit(&self, value: &Value) -> Result<(), Mismatch> {
        let (plain, shown) = match value {
            Value::Secret(secret) => match secret.expose() {
                Some(text) => (Value::text(text), MASK.to_owned()),
                // nothing can be said of a text that is not here
                None => return Ok(()),
            },
            Value::Text(text) => (value.clone(), text.clone()),
            other => (other.clone(), other.masked().to_string()),
        };
        if !self.words.is_empty() && !self.words.contains(&plain) {
            if matches!(value, Value::Secret(_)) {
                return Err(Mismatch::new(format!("`{shown}` is none of the values it may have")));
            }
            let words: Vec<String> = self.words.iter().map(plain_text).collect();
            let mismatch = Mismatch::new(format!("`{shown}` is not one of {}", words.join(", ")));
            let near = suggest(&shown, words.iter().map(String::as_str));
            return Err(match near.filter(|help| help.starts_with("did")) {
                Some(help) => mismatch.help(help),
                None => mismatch,
            });
        }
        if let (Some(pattern), Value::Text(text)) = (&self.pattern, &plain)
            && !pattern.is_match(text)
        {
            return Err(Mismatch::new(format!(
                "`{shown}` does not match the pattern `{}`",
                pattern.text
            )));
        }
        let Value::Number(number) = &plain else { return Ok(()) };
        let amount = number.as_amount();
        let bound = |limit: &Option<Number>| limit.as_ref().and_then(Number::as_amount);
        match (amount, bound(&self.minimum), bound(&self.maximum)) {
            (Some(amount), Some(least), _) if amount < least => {
                Err(Mismatch::new(format!("`{shown}` is less than {least}")))
            }
            (Some(amount), _, Some(most)) if amount > most => {
                Err(Mismatch::new(format!("`{shown}` is more than {most}")))
            }
            (None, Some(_), _) | (None, _, Some(_)) => {
                Err(Mismatch::new(format!("`{shown}` has too many digits to compare")))
            }
            _ => Ok(()),
        }
    }
}

/// A text or a number as a secret.
pub(crate) fn hidden(value: Value) -> Value {
    match value {
        Value::Text(text) => Value::Secret(Secret::new(text)),
        Value::Number(number) => Value::Secret(Secret::new(number.as_str())),
        other => other,
    }
}

fn plain_text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.masked().to_string(), str::to_owned)
}

impl Input {
    /// A value for this input, secret if the input is.
    pub fn accept(&self, value: Value) -> Result<Value, Vec<Mismatch>> {
        // so that no message can quote it
        self.rules.accept(if self.secret { hidden(value) } else { value })
    }

    /// The type as templates see it.
    pub fn static_ty(&self) -> Ty {
        match (self.secret, self.rules.ty) {
            (true, Ty::Text) => Ty::Secret,
            _ => self.rules.static_ty(),
        }
    }

    /// A value written as one text: the command line, the environment, a cell of a table.
    pub(crate) fn accept_text(&self, text: &str) -> Result<Value, Vec<Mismatch>> {
        match self.rules.ty {
            Ty::List(_) | Ty::Free => match yaml::read(&Source::new(&*self.name, text)) {
                Ok(node) => self.accept(node.value()),
                Err(problem) => Err(vec![Mismatch::new(format!(
                    "this is neither JSON nor YAML: {}",
                    problem.message
                ))]),
            },
            _ => self.accept(Value::text(text)),
        }
    }
}
