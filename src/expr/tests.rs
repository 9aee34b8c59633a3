//! What templates promise: exact numbers, native types, strictness, and secrets that stay secret.
#![allow(clippy::unwrap_used, clippy::panic)]

use indexmap::IndexMap;
use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::base::diagnostic::Diagnostic;
use crate::base::ids::RunId;
use crate::base::node::{Data, Node};
use crate::base::secret::Secret;
use crate::base::span::{Source, Span};
use crate::base::value::{Map, Value};

fn node(text: &str) -> Node {
    let data = Data::Text { text: text.to_owned(), verbatim: Some(0) };
    Node { span: Span::new(0, text.len()), data }
}

fn template(text: &str) -> Result<Template, Vec<Diagnostic>> {
    Template::new(&node(text), &Source::new("t", text))
}

fn json(text: &str) -> Map {
    match Value::from_json(text).unwrap() {
        Value::Map(map) => map,
        other => panic!("{other:?} is no object"),
    }
}

fn scope() -> Scope {
    let inputs = json(
        r#"{"name": "Ann", "phone": "231771234567", "big": 12345678901234567890123, "price": 250.00,
            "qty": 3, "none": null, "sci": 1e5, "text_price": "2.50", "items": [
            {"name": "a", "qty": 1, "amount": 250.00}, {"name": "b", "qty": 2, "amount": 0.10},
            {"name": "c", "qty": 2, "amount": 9}]}"#,
    );
    let secrets = IndexMap::from([
        ("pin".to_owned(), Secret::new("4321")),
        ("lost".to_owned(), Secret::withheld()),
    ]);
    let run = RunFacts {
        id: RunId(Uuid::nil()),
        key: None,
        flow: "collect".to_owned(),
        started_at: "2026-02-03T08:15:00Z".parse().unwrap(),
    };
    let mut scope = Scope::new(inputs, secrets, run);
    scope.set_step("party", Value::Map(json(r#"{"id": 17, "note": null}"#)));
    let mut token = json(r#"{"expires_in": 3600}"#);
    token.insert("access_token".to_owned(), Value::Secret(Secret::new("jwt")));
    scope.set_step("token", Value::Map(token));
    scope.mark_skipped("card");
    scope
}

fn eval(text: &str) -> Result<Value, EvalError> {
    template(text).unwrap_or_else(|problems| panic!("{text}: {problems:?}")).eval(&scope())
}

/// The value as JSON; a secret as `***` and its value.
fn show(text: &str) -> String {
    match eval(text) {
        Ok(Value::Secret(secret)) => format!("*** {}", secret.expose().unwrap_or("?")),
        Ok(value) => value.masked().to_string(),
        Err(error) => format!("error: {} @{}", error.message, &text[error.span.range()]),
    }
}

fn holds(text: &str) -> Result<bool, EvalError> {
    let source = Source::new("t", text);
    Condition::new(&node(text), &source).unwrap_or_else(|p| panic!("{text}: {p:?}")).holds(&scope())
}

fn refused(text: &str) -> String {
    let problems = template(text).unwrap_err();
    let lines = problems.iter().map(|p| format!("{} @{}", p.message, &text[p.span.range()]));
    lines.collect::<Vec<_>>().join("; ")
}

#[test]
fn one_expression_alone_keeps_its_type() {
    assert_eq!(show("{{ inputs.price }}"), "250.00");
    assert_eq!(show("{{ steps.party.id }}"), "17");
    assert_eq!(show("{{ inputs['items'][1].amount }}"), "0.10");
    assert_eq!(show("{{ inputs.none }}"), "null");
    assert_eq!(show("{{ inputs.big }}"), "12345678901234567890123");
    assert_eq!(show("{{ 1.50 }}"), "1.50");
    assert_eq!(show("{{ inputs['items'] | map(attribute='name') | list }}"), r#"["a","b","c"]"#);
    assert_eq!(show("{{ {'a': inputs.price, 'b': [1, true]} }}"), r#"{"a":250.00,"b":[1,true]}"#);
    assert_eq!(show("{{ inputs.items[0] }}"), r#"{"name":"a","qty":1,"amount":250.00}"#);
    assert_eq!(show("{{ inputs.qty > 2 and inputs.name == 'Ann' }}"), "true");
    assert_eq!(show("{{ run.flow }}"), r#""collect""#);
    assert_eq!(show("{{ run.started_at }}"), r#""2026-02-03T08:15:00Z""#);
}

#[test]
fn anything_more_is_text() {
    assert_eq!(show("{{ inputs.price }} USD"), r#""250.00 USD""#);
    assert_eq!(show("{{ inputs.name }}{{ inputs.qty }}"), r#""Ann3""#);
    assert_eq!(show("{{ inputs.price }}\n"), r#""250.00\n""#);
    assert_eq!(
        show(
            "{% for i in inputs['items'] if i.qty > 1 %}{{ loop.index }}{{ i.name }} {% else %}no{% endfor %}"
        ),
        r#""1b 2c ""#
    );
    assert_eq!(
        show("{% if inputs.qty == 3 %}three{% elif 1 %}x{% else %}y{% endif %}"),
        r#""three""#
    );
    assert_eq!(show("{% set x = 2 %}{{ x }} \"{{ '{{' }}\" \\n"), r#""2 \"{{\" \\n""#);
    assert_eq!(show("{% filter upper %}a{{ inputs.name }}{% endfilter %}"), r#""AANN""#);
    assert_eq!(show("{# nothing #}x"), r#""x""#);
    assert_eq!(
        show("{{ inputs['items'][0] }}!"),
        r#""{\"name\":\"a\",\"qty\":1,\"amount\":250.00}!""#
    );
    assert_eq!(show("plain } text {"), r#""plain } text {""#);
}

#[test]
fn money_is_exact() {
    assert_eq!(show("{{ inputs.price | plus(0.1) | plus(0.2) }}"), "250.30");
    assert_eq!(show("{{ 0.1 | plus(0.2) }}"), "0.3");
    assert_eq!(show("{{ inputs.price | times(inputs.qty) }}"), "750.00");
    assert_eq!(show("{{ inputs.price | minus('0.01') }}"), "249.99");
    assert_eq!(show("{{ inputs['items'] | sum('amount') }}"), "259.10");
    assert_eq!(show("{{ inputs['items'] | sum(attribute='qty') }}"), "5");
    assert_eq!(show("{{ 10 | times(0.333) | round_to('USD') }}"), "3.33");
    assert_eq!(show("{{ 1234.5 | round_to('RWF') }}"), "1235");
    assert_eq!(show("{{ 5 | round_to('LRD') }} LRD"), r#""5.00 LRD""#);
    assert_eq!(
        show("{{ -1.50 }}"),
        "error: `-` does no maths on money: use the filters `plus`, `minus`, `times`, `sum(attribute)` and `round_to(currency)` @-1.50"
    );
}

#[test]
fn operators_do_whole_numbers_only() {
    assert_eq!(show("{{ inputs.qty * 2 + 1 }}"), "7");
    assert_eq!(
        show("{{ 7 // 2 }} {{ -7 // 2 }} {{ -7 % 3 }} {{ 2 ** 10 }} {{ 6 / 3 }}"),
        r#""3 -4 2 1024 2""#
    );
    assert!(show("{{ 7 / 2 }}").starts_with("error: this division does not come out even"));
    assert!(show("{{ inputs.price + 1 }}").contains("use the filters `plus`"));
    assert!(show("{{ inputs.sci + 1 }}").contains("use the filters `plus`"));
    assert!(show("{{ 1 // 0 }}").contains("divides by zero"));
    assert_eq!(show("{{ 'a' + 'b' }}"), r#""ab""#);
    assert_eq!(show("{{ [1] + [2] }}"), "[1,2]");
    assert!(refused("{{ 1e5 }}").contains("`1e5` is not a plain decimal"));
}

#[test]
fn numbers_compare_by_worth_however_they_are_written() {
    for yes in [
        "inputs.price == 250",
        "inputs.price > 249.99",
        "250.00 <= inputs.price <= 250",
        "inputs.qty < 3.5",
        "inputs.text_price == 2.5",
        "inputs.price in [1, 250]",
        "inputs.price not in [1, 2]",
        "inputs['items'] | selectattr('amount', 'ge', 9) | length == 2",
        "(inputs['items'] | map(attribute='amount') | sort | first) == 0.1",
        "inputs['items'] | map(attribute='amount') | max == 250",
        "[1, 1.0, '1'] | unique | length == 1",
        "inputs.price is number and inputs.qty is integer and inputs.price is not integer",
        "inputs.name is in ['Ann']",
        "'nn' in inputs.name",
        "steps.card.id is undefined",
        "steps.nothing is not defined",
        "{{ inputs.qty == 3 }}",
        "not inputs.none",
        "secrets.pin == '4321'",
    ] {
        assert_eq!(holds(yes), Ok(true), "{yes}");
    }
    assert!(holds("inputs.name < 3").unwrap_err().message.contains("have no order"));
    assert!(holds("inputs['items'] | sort").is_err());
}

#[test]
fn what_is_not_there_is_an_error_with_its_name() {
    assert_eq!(show("{{ inputs.nmae }}"), "error: `inputs` has no `nmae` @inputs.nmae");
    assert_eq!(
        show("a {{ steps.party.idd | upper }} b"),
        "error: `steps.party` has no `idd` @steps.party.idd"
    );
    assert_eq!(
        show("{{ inputs.items[7].x }}"),
        "error: `inputs.items` is a list of 3 values: it has no `7` @inputs.items[7].x"
    );
    assert_eq!(
        show("{{ steps.card.id }}"),
        "error: the step `card` was skipped, so it has no outputs @steps.card.id"
    );
    assert_eq!(
        show("{{ steps.card.id }}!"),
        "error: the step `card` was skipped, so it has no outputs @steps.card.id"
    );
    assert_eq!(
        show("{{ steps.later }}"),
        "error: the step `later` has no outputs, because it has not run @steps.later"
    );
    assert_eq!(show("{{ response }}"), "error: there is no `response` here @response");
    assert_eq!(show("{{ steps.party.note }}!"), "error: null has no text @steps.party.note");
    assert_eq!(eval("{{ inputs.nmae }}").unwrap_err().help.unwrap(), "did you mean `name`?");
    assert_eq!(show("{{ inputs.nmae | default('x') }}"), r#""x""#);
    assert_eq!(show("{{ steps.card.id | default(0) }}"), "0");
    assert_eq!(show("{{ steps.party.note | default('none') }}!"), r#""none!""#);
}

#[test]
fn what_came_of_a_secret_is_secret() {
    assert_eq!(show("{{ secrets.pin }}"), "*** 4321");
    assert_eq!(show("PIN {{ secrets.pin | upper }}"), "*** PIN 4321");
    assert_eq!(show("{{ secrets.pin | length }}"), "*** 4");
    assert_eq!(show("{{ 'a' if secrets.pin == 'x' else 'b' }}"), "*** b");
    assert_eq!(show("{{ [secrets.pin, inputs.name] }}"), r#"["***","***"]"#);
    assert_eq!(show("{{ steps.token }}"), r#"{"expires_in":3600,"access_token":"***"}"#);
    assert_eq!(show("{{ steps.token.expires_in }}"), "3600");
    assert_eq!(show("{{ steps.token.expires_in }} s"), r#""3600 s""#);
    assert_eq!(show("{{ steps.token }}!"), r#"*** {"expires_in":3600,"access_token":"jwt"}!"#);
    assert_eq!(show("{{ steps.token | tojson | length }}"), "*** 40");
    assert_eq!(show("{% for k, v in steps.token | items %}{{ v }}{% endfor %}"), "*** 3600jwt");
    let message = eval("{{ secrets.pin + 1 }}").unwrap_err().message;
    assert!(!message.contains("4321"), "{message}");
    for lost in ["{{ secrets.lost }}", "x{{ secrets.lost }}", "{{ secrets.lost | upper }}"] {
        let error = eval(lost).unwrap_err();
        assert!(error.message.contains("`secrets.lost`) is not kept"), "{}", error.message);
    }
    assert!(holds("secrets.lost == 'x'").is_err());
}

#[test]
fn items_and_replies_are_in_scope() {
    let source = Source::new("t", "");
    let item = Value::Map(json(r#"{"phone": "231"}"#));
    let turn = scope().with_item("row", item, 1, 2);
    let text = "{{ row.phone }}:{{ loop.index }}/{{ loop.length }}:{{ loop.last }}";
    let value = Template::new(&node(text), &source).unwrap().eval(&turn).unwrap();
    assert_eq!(value, Value::text("231:2/2:true"));
    let reply = scope().with_reply(Value::Map(json(r#"{"status": "OK"}"#)), Value::Null);
    let condition = Condition::new(&node("response.status == 'OK'"), &source).unwrap();
    assert_eq!(condition.holds(&reply), Ok(true));
}

#[test]
fn mistakes_are_found_before_anything_runs() {
    assert_eq!(
        refused("{{ inputs. }}"),
        "this is no template: unexpected `}}`, expected identifier or integer @}}"
    );
    assert!(refused("hello {{ inputs.a ").contains("this is no template"));
    assert_eq!(
        refused("a {{ x | uper }} {{ now() }}"),
        "there is no filter `uper` @uper; there are no functions in templates but `range` @now"
    );
    assert_eq!(
        refused("{% include 'x' %}"),
        "there is no use for `include` in a flow @include 'x'"
    );
    assert_eq!(
        refused("{{ __maths('+', 1, 2) }}"),
        "there are no functions in templates but `range` @__maths"
    );
    assert_eq!(refused("{{ __x }}"), "the name `__x` is reserved @__x");
    assert!(refused(&format!("{{{{ 1{} }}}}", " ~ 1".repeat(10_000))).contains("too long"));
    assert!(refused(&format!("{{{{ {}1 }}}}", "-".repeat(10_000))).contains("too long"));
    assert!(
        eval("{% for a in range(9999) %}{% for b in range(9999) %}x{% endfor %}{% endfor %}")
            .is_err()
    );
}

#[test]
fn references_are_known_without_evaluating() {
    let text = "{{ steps.party.id }} {% for i in inputs.list %}{{ i.x }}{{ steps['a b'].c[0] | default(inputs.d) }}{% endfor %}";
    let template = template(text).unwrap();
    let found: Vec<_> = template
        .references()
        .iter()
        .map(|r| (r.dotted(), r.guarded, &text[r.span.range()]))
        .collect();
    assert_eq!(
        found,
        [
            ("steps.party.id".to_owned(), false, "steps.party.id"),
            ("inputs.list".to_owned(), false, "inputs.list"),
            ("steps.a b.c[0]".to_owned(), true, "steps['a b'].c[0]"),
            ("inputs.d".to_owned(), false, "inputs.d"),
        ]
    );
}

proptest! {
    #[test]
    fn digits_survive(whole in "(0|[1-9][0-9]{0,17})", cents in "[0-9]{1,6}") {
        let digits = format!("{whole}.{cents}");
        let mut inputs = Map::new();
        inputs.insert("x".to_owned(), Value::from_json(&digits).unwrap());
        let run = RunFacts { id: RunId(Uuid::nil()), key: None, flow: String::new(), started_at: "2026-01-01T00:00:00Z".parse().unwrap() };
        let scope = Scope::new(inputs, IndexMap::new(), run);
        let eval = |text: &str| template(text).unwrap().eval(&scope).unwrap();
        prop_assert_eq!(eval("{{ inputs.x }}").masked().to_string(), digits.clone());
        prop_assert_eq!(eval("{{ [inputs.x][0] }}").masked().to_string(), digits.clone());
        prop_assert_eq!(eval("{{ inputs.x }} USD"), Value::text(format!("{digits} USD")));
        prop_assert_eq!(eval(&format!("{{{{ {digits} }}}}")).masked().to_string(), digits.clone());
        prop_assert_eq!(eval("{{ inputs.x | plus(1) | minus(1) }}").masked().to_string(), digits.clone());
        prop_assert_eq!(eval(&format!("{{{{ inputs.x == {digits} and inputs.x >= {digits} }}}}")), Value::Bool(true));
    }

    #[test]
    fn no_text_makes_it_panic(text in "[ -~{}%|.'\"a-z0-9\\n-]{0,60}") {
        let wrapped = format!("{{{{ {text} }}}}");
        for text in [&text, &wrapped] {
            if let Ok(template) = template(text) {
                let _ = template.eval(&scope());
            }
        }
    }

    #[test]
    fn plain_text_is_untouched(text in "[^{]{1,80}") {
        let rendered = format!("{text}{{{{ inputs.qty }}}}{text}");
        prop_assert_eq!(template(&rendered).unwrap().eval(&scope()).unwrap(), Value::text(format!("{text}3{text}")));
    }
}
