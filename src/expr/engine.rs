//! The one template engine: strict, fuelled, and with no filter that is not pure.

use std::sync::LazyLock;

use minijinja::value::{Kwargs, Rest, ValueKind};
use minijinja::{Environment, Error, UndefinedBehavior, Value as Jinja, filters, tests};

use super::ast::Compare;
use super::exact::{self, fault};
use super::print;
use super::view;

/// How many steps one evaluation may take.
const FUEL: u64 = 200_000;
/// How many different values `unique` keeps: each new one is compared with all of them.
const MAX_UNIQUE: usize = 2_000;

/// The engine that expressions are compiled in.
pub(super) static ENGINE: LazyLock<Environment<'static>> = LazyLock::new(engine);

fn engine() -> Environment<'static> {
    let mut env = Environment::empty();
    env.set_undefined_behavior(UndefinedBehavior::Strict);
    env.set_debug(false);
    env.set_fuel(Some(FUEL));
    env.set_auto_escape_callback(|_| minijinja::AutoEscape::None);
    env.set_formatter(|out, _, value| {
        let text = view::text(value)?;
        out.write_str(&text).map_err(|_| fault("the text can't be written"))
    });
    text_filters(&mut env);
    list_filters(&mut env);
    number_filters(&mut env);
    add_tests(&mut env);
    env.add_function("range", minijinja::functions::range);
    env.add_function(print::EXACT, exact::literal);
    env.add_function(print::MATHS, |sign: &str, left: &Jinja, right: &Jinja| {
        exact::maths(sign, left, right)
    });
    env.add_function(print::COMPARE, |args: Rest<Jinja>| exact::compare_chain(&args));
    env
}

fn text_filters(env: &mut Environment<'static>) {
    env.add_filter("upper", filters::upper);
    env.add_filter("lower", filters::lower);
    env.add_filter("title", filters::title);
    env.add_filter("capitalize", filters::capitalize);
    env.add_filter("trim", filters::trim);
    env.add_filter("replace", filters::replace);
    env.add_filter("split", filters::split);
    env.add_filter("lines", filters::lines);
    env.add_filter("join", join);
    env.add_filter("string", |value: &Jinja| view::text(value));
    env.add_filter("tojson", |value: &Jinja| {
        Ok::<_, Error>(view::json(&view::from_engine(value)?))
    });
}

fn list_filters(env: &mut Environment<'static>) {
    env.add_filter("default", default);
    env.add_filter("d", default);
    env.add_filter("length", filters::length);
    env.add_filter("count", filters::length);
    env.add_filter("first", filters::first);
    env.add_filter("last", filters::last);
    env.add_filter("list", filters::list);
    env.add_filter("items", filters::items);
    env.add_filter("reverse", filters::reverse);
    env.add_filter("map", filters::map);
    env.add_filter("select", filters::select);
    env.add_filter("reject", filters::reject);
    env.add_filter("selectattr", filters::selectattr);
    env.add_filter("rejectattr", filters::rejectattr);
    env.add_filter("sort", sort);
    env.add_filter("unique", unique);
    env.add_filter("min", |list: &Jinja| extreme(list, std::cmp::Ordering::Less));
    env.add_filter("max", |list: &Jinja| extreme(list, std::cmp::Ordering::Greater));
}

fn number_filters(env: &mut Environment<'static>) {
    env.add_filter("plus", exact::plus);
    env.add_filter("minus", exact::minus);
    env.add_filter("times", exact::times);
    env.add_filter("round_to", exact::round_to);
    env.add_filter("sum", |list: &Jinja, positional: Option<&str>, kwargs: Kwargs| {
        let named: Option<&str> = kwargs.get("attribute")?;
        kwargs.assert_all_used()?;
        exact::sum(list, positional.or(named))
    });
}

fn add_tests(env: &mut Environment<'static>) {
    env.add_test("defined", |value: &Jinja| is_there(value));
    env.add_test("undefined", |value: &Jinja| !is_there(value));
    env.add_test("none", tests::is_none);
    env.add_test("true", tests::is_true);
    env.add_test("false", tests::is_false);
    env.add_test("boolean", tests::is_boolean);
    env.add_test("string", tests::is_string);
    env.add_test("mapping", tests::is_mapping);
    env.add_test("sequence", tests::is_sequence);
    env.add_test("iterable", tests::is_iterable);
    env.add_test("integer", tests::is_integer);
    env.add_test("odd", tests::is_odd);
    env.add_test("even", tests::is_even);
    env.add_test("lower", tests::is_lower);
    env.add_test("upper", tests::is_upper);
    env.add_test("startingwith", tests::is_startingwith);
    env.add_test("endingwith", tests::is_endingwith);
    env.add_test("number", exact::is_number_test);
    for (names, compare) in [
        (["eq", "equalto"], Compare::Eq),
        (["ne", "ne"], Compare::Ne),
        (["lt", "lessthan"], Compare::Lt),
        (["le", "le"], Compare::Le),
        (["gt", "greaterthan"], Compare::Gt),
        (["ge", "ge"], Compare::Ge),
        (["in", "in"], Compare::In),
    ] {
        for name in names {
            env.add_test(name, move |left: &Jinja, right: &Jinja| {
                exact::holds(compare, left, right)
            });
        }
    }
}

fn is_there(value: &Jinja) -> bool {
    !value.is_undefined() && !view::is_absent(value)
}

/// The other value where there is none, or where it is null; with `true`, where it is empty too.
fn default(value: &Jinja, other: Option<Jinja>, empty_too: Option<bool>) -> Jinja {
    let missing = !is_there(value) || value.is_none();
    if missing || (empty_too == Some(true) && !value.is_true()) {
        other.unwrap_or_else(|| Jinja::from(""))
    } else {
        value.clone()
    }
}

fn join(list: &Jinja, between: Option<&str>, kwargs: Kwargs) -> Result<String, Error> {
    let attribute: Option<&str> = kwargs.get("attribute")?;
    kwargs.assert_all_used()?;
    let mut out = String::new();
    for (at, item) in exact::there(list)?.try_iter()?.enumerate() {
        if at > 0 {
            out.push_str(between.unwrap_or(""));
        }
        match attribute {
            Some(path) => out.push_str(&view::text(&exact::attribute_of(&item, path)?)?),
            None => out.push_str(&view::text(&item)?),
        }
    }
    Ok(out)
}

fn sort(list: &Jinja, kwargs: Kwargs) -> Result<Jinja, Error> {
    let attribute: Option<&str> = kwargs.get("attribute")?;
    let reverse: Option<bool> = kwargs.get("reverse")?;
    kwargs.assert_all_used()?;
    let mut keyed = Vec::new();
    for item in exact::there(list)?.try_iter()? {
        let key = match attribute {
            Some(path) => exact::attribute_of(&item, path)?,
            None => item.clone(),
        };
        keyed.push((key, item));
    }
    exact::sort_by_key(&mut keyed)?;
    if reverse == Some(true) {
        keyed.reverse();
    }
    Ok(keyed.into_iter().map(|(_, item)| item).collect::<Vec<_>>().into())
}

fn unique(list: &Jinja) -> Result<Jinja, Error> {
    let mut kept: Vec<Jinja> = Vec::new();
    for item in exact::there(list)?.try_iter()? {
        if !kept.iter().any(|seen| exact::equal(seen, &item)) {
            if kept.len() == MAX_UNIQUE {
                return Err(fault(format!("`unique` takes lists of at most {MAX_UNIQUE} values")));
            }
            kept.push(item);
        }
    }
    Ok(kept.into())
}

fn extreme(list: &Jinja, wanted: std::cmp::Ordering) -> Result<Jinja, Error> {
    if exact::there(list)?.kind() == ValueKind::String {
        return Err(fault("`min` and `max` need a list"));
    }
    let mut best: Option<Jinja> = None;
    for item in list.try_iter()? {
        let better = match &best {
            Some(best) => exact::order(&item, best)? == wanted,
            None => true,
        };
        if better {
            best = Some(item);
        }
    }
    best.ok_or_else(|| fault("the list is empty"))
}
