//! What a step that runs once per item runs over.

use std::collections::HashSet;

use crate::base::key::Key;
use crate::base::span::Span;
use crate::base::value::Value;
use crate::expr::{EvalError, Scope};
use crate::flow::plan::{Foreach, StepInputError};

/// The most items one step runs over.
const MAX_ITEMS: usize = 10_000;

/// One item.
#[derive(Debug, Clone)]
pub struct Item {
    /// What tells it from the others: its key, or its place from 1.
    pub key: String,
    /// What templates see in its turn.
    pub scope: Scope,
}

/// The items of a step, or why there are none. Two payments never share a key.
pub fn of(foreach: &Foreach, scope: &Scope) -> Result<Vec<Item>, StepInputError> {
    let refuse = |span: Span, message: String| StepInputError {
        field: "foreach".to_owned(),
        span,
        message,
        help: None,
    };
    let list = foreach.list.eval(scope).map_err(failed)?;
    let Value::List(values) = list else {
        return Err(refuse(foreach.list.span(), format!("it is {}, not a list", list.sort())));
    };
    if values.len() > MAX_ITEMS {
        let message = format!("it has {} items, more than {MAX_ITEMS}", values.len());
        return Err(refuse(foreach.list.span(), message));
    }
    let length = values.len();
    let mut keys = HashSet::new();
    let mut items = Vec::with_capacity(length);
    for (at, value) in values.into_iter().enumerate() {
        let scope = scope.with_item(&foreach.item, value, at, length);
        let key = match &foreach.key {
            Some(key) => match key.eval(&scope).map_err(failed)? {
                Value::Text(text) => text,
                Value::Number(n) => n.to_string(),
                other => {
                    let message =
                        format!("the key of item {} is {}, not a text", at + 1, other.sort());
                    return Err(refuse(key.span(), message));
                }
            },
            None => (at + 1).to_string(),
        };
        if !keys.insert(key.clone()) {
            let span = foreach.key.as_ref().map_or(foreach.list.span(), |key| key.span());
            return Err(refuse(span, format!("two items have the key `{key}`")));
        }
        items.push(Item { key, scope });
    }
    Ok(items)
}

/// What is wrong with the key of an item. Asked before the first turn alone: a step that began when keys had no rule goes on
/// under those it has.
pub fn bad_key(foreach: &Foreach, items: &[Item]) -> Option<StepInputError> {
    let key = foreach.key.as_ref()?;
    items.iter().enumerate().find_map(|(at, item)| {
        let bad = Key::parse(&item.key).err()?;
        Some(StepInputError {
            field: "foreach".to_owned(),
            span: key.span(),
            message: format!("item {}: {bad}", at + 1),
            help: None,
        })
    })
}

fn failed(error: EvalError) -> StepInputError {
    StepInputError {
        field: "foreach".to_owned(),
        span: error.span,
        message: error.message,
        help: error.help,
    }
}
