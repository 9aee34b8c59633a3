//! The one template engine: strict, fuelled, and with no filter that is not pure.

use super::engine_value;
use std::sync::LazyLock;

use minijinja::value::{Kwargs, Rest, ValueKind};
use minijinja::{Environment, Error, State, UndefinedBehavior, Value as Jinja, filters, tests};

use super::ast::Compare;
use super::engine_value::fault;
use super::exact;
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
    env.add_function(print::EXACT, engine_value::literal);
    env.add_function(print::MATHS, |sign: &str, left: &Jinja, right: &Jinja| {
        exact::maths(sign, left, right)
    });
    env.add_function(print::CONCAT, |left: &Jinja, right: &Jinja| {
        Ok::<_, Error>(view::text(left)? + &view::text(right)?)
    });
    env.add_function(print::COMPARE, |args: Rest<Jinja>| exact::compare_chain(&args));
    env
}

/// A filter that needs a value. It stands under a name of its own too, where it is found once it has got one.
macro_rules! filter {
    ($env:expr, $name:literal, $filter:expr) => {
        $env.add_filter(concat!("__", $name), $filter);
        $env.add_filter($name, |state: &mut State<'_, '_>, args: Rest<Jinja>, named: Kwargs| {
            let args = with_a_value($name, args, named)?;
            state.apply_filter(concat!("__", $name), &args)
        });
    };
}

/// One rule for all filters but `default` and `tojson`: null goes through none of them.
fn with_a_value(name: &str, args: Rest<Jinja>, named: Kwargs) -> Result<Vec<Jinja>, Error> {
    let mut args = args.0;
    if let Some(input) = args.first()
        && engine_value::there(input)?.is_none()
    {
        return Err(fault(format!("`{name}` needs a value, and this is null")));
    }
    if named.args().next().is_some() {
        args.push(Jinja::from(named));
    }
    Ok(args)
}

fn text_filters(env: &mut Environment<'static>) {
    filter!(env, "upper", filters::upper);
    filter!(env, "lower", filters::lower);
    filter!(env, "title", filters::title);
    filter!(env, "capitalize", filters::capitalize);
    filter!(env, "trim", filters::trim);
    filter!(env, "replace", replace);
    filter!(env, "split", filters::split);
    filter!(env, "lines", filters::lines);
    filter!(env, "join", join);
    filter!(env, "string", |value: &Jinja| view::text(value));
    env.add_filter("tojson", |value: &Jinja| {
        Ok::<_, Error>(view::json(&view::from_engine(value)?))
    });
}

fn list_filters(env: &mut Environment<'static>) {
    env.add_filter("default", default);
    env.add_filter("d", default);
    filter!(env, "length", filters::length);
    filter!(env, "count", filters::length);
    filter!(env, "first", filters::first);
    filter!(env, "last", filters::last);
    filter!(env, "list", filters::list);
    filter!(env, "items", filters::items);
    filter!(env, "reverse", filters::reverse);
    filter!(env, "map", filters::map);
    filter!(env, "select", filters::select);
    filter!(env, "reject", filters::reject);
    filter!(env, "selectattr", filters::selectattr);
    filter!(env, "rejectattr", filters::rejectattr);
    filter!(env, "sort", sort);
    filter!(env, "unique", unique);
    filter!(env, "min", |list: &Jinja| extreme(list, std::cmp::Ordering::Less));
    filter!(env, "max", |list: &Jinja| extreme(list, std::cmp::Ordering::Greater));
}

fn number_filters(env: &mut Environment<'static>) {
    filter!(env, "plus", exact::plus);
    filter!(env, "minus", exact::minus);
    filter!(env, "times", exact::times);
    filter!(env, "round_to", exact::round_to);
    filter!(env, "sum", |list: &Jinja, positional: Option<&str>, kwargs: Kwargs| {
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
    !value.is_undefined() && !engine_value::is_absent(value)
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

fn replace(text: &Jinja, from: &Jinja, to: &Jinja) -> Result<String, Error> {
    Ok(view::text(text)?.replace(&view::text(from)?, &view::text(to)?))
}

fn join(list: &Jinja, between: Option<&str>, kwargs: Kwargs) -> Result<String, Error> {
    let attribute: Option<&str> = kwargs.get("attribute")?;
    kwargs.assert_all_used()?;
    let mut out = String::new();
    for (at, item) in engine_value::there(list)?.try_iter()?.enumerate() {
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
    for item in engine_value::there(list)?.try_iter()? {
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
    for item in engine_value::there(list)?.try_iter()? {
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
    if engine_value::there(list)?.kind() == ValueKind::String {
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
