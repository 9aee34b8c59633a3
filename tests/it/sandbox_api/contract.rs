//! The sandbox against the description of the API: every operation, with good requests and with every kind of
//! bad one, answers only what is described, and what it answers fits.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use dollr_flow::api::wire::{Authorization, Method, Request};
use dollr_flow::base::span::Source;
use dollr_flow::flow::text::yaml;
use dollr_flow::sandbox::{Fault, FaultAction, Handled, OPERATIONS, handle};
use jsonschema::Validator;
use serde_json::{Map, Value, json};

use super::desk::Desk;
use super::tour::{Stop, tour};

/// The description, and a validator for every answer in it.
struct Contract {
    description: Value,
    answers: BTreeMap<(String, u16), Rc<Validator>>,
}

impl Contract {
    fn read() -> Self {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/schemas/dollr-api.openapi.yaml");
        let text = std::fs::read_to_string(path).unwrap();
        let source = Source::new(path, text);
        let mut description: Value = yaml::read(&source).unwrap().value().masked();
        // a client needs little of an answer; the sandbox sends every field, and none that is not described
        for schema in description["components"]["schemas"].as_object_mut().unwrap().values_mut() {
            if let Some(Value::Object(properties)) = schema.get("properties") {
                let all: Vec<&String> = properties.keys().collect();
                schema["required"] = json!(all);
                schema["additionalProperties"] = json!(false);
            }
        }
        let (mut answers, mut made) = (BTreeMap::new(), BTreeMap::<String, Rc<Validator>>::new());
        for (name, operation) in operations(&description) {
            for (status, answer) in operation["responses"].as_object().unwrap() {
                let answer = resolved(&description, answer);
                let schema = answer["content"]["application/json"]["schema"].clone();
                let validator = made.entry(schema.to_string()).or_insert_with(|| {
                    let parts = &description["components"];
                    let whole = json!({ "allOf": [schema], "components": parts });
                    Rc::new(jsonschema::draft202012::new(&whole).unwrap())
                });
                answers.insert((name.clone(), status.parse().unwrap()), Rc::clone(validator));
            }
        }
        Self { description, answers }
    }

    /// What is wrong with an answer, if anything.
    fn complaint(&self, operation: &str, handled: &Handled) -> Option<String> {
        let status = handled.reply.status;
        let Some(validator) = self.answers.get(&(operation.to_owned(), status)) else {
            return Some(format!("{status} is not described"));
        };
        let Ok(body) = serde_json::from_slice::<Value>(&handled.reply.body) else {
            return (status < 500).then(|| "the answer is no JSON".to_owned());
        };
        let problems: Vec<String> = validator
            .iter_errors(&body)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        (!problems.is_empty()).then(|| format!("{status} {body}: {}", problems.join("; ")))
    }
}

fn operations(description: &Value) -> Vec<(String, &Value)> {
    let paths = description["paths"].as_object().unwrap().values();
    paths
        .flat_map(|path| path.as_object().unwrap().values())
        .map(|operation| (operation["operationId"].as_str().unwrap().to_owned(), operation))
        .collect()
}

fn resolved<'a>(description: &'a Value, value: &'a Value) -> &'a Value {
    match value.get("$ref").and_then(Value::as_str) {
        Some(place) => description.pointer(place.trim_start_matches('#')).unwrap(),
        None => value,
    }
}

fn ask(stop: &Stop, request: &Request, desk: &Desk) -> Handled {
    handle(&mut stop.before.clone(), request, desk.now)
}

fn request(stop: &Stop, desk: &Desk, target: &str, body: &Value) -> Request {
    let mut request = desk.request(stop.method, target, body);
    if stop.operation == "token" {
        request.authorization = None;
    }
    request
}

#[test]
fn the_description_has_the_operations_of_the_router() {
    let contract = Contract::read();
    let paths = contract.description["paths"].as_object().unwrap();
    let described: BTreeSet<(String, String, String)> = paths
        .iter()
        .flat_map(|(path, methods)| {
            methods.as_object().unwrap().iter().map(|(method, operation)| {
                let name = operation["operationId"].as_str().unwrap().to_owned();
                (name, method.to_uppercase(), path.clone())
            })
        })
        .collect();
    let routed =
        OPERATIONS.map(|row| (row.name.into(), row.method.as_str().into(), row.path.into()));
    assert_eq!(described, routed.into());
}

#[test]
fn good_requests_are_answered_as_described() {
    let contract = Contract::read();
    let mut desk = Desk::open();
    let stops = tour(&mut desk);
    for stop in &stops {
        let handled = ask(stop, &request(stop, &desk, &stop.target, &stop.body), &desk);
        assert_eq!(handled.reply.status, 200, "{} {}", stop.operation, stop.target);
        let complaint = contract.complaint(stop.operation, &handled);
        assert_eq!(complaint, None, "{} {}", stop.operation, stop.target);
    }
}

/// Values that are wrong nearly everywhere.
fn oddities() -> Vec<Value> {
    let long = "x".repeat(300);
    let mut odd = vec![
        Value::Null,
        json!(true),
        json!(0),
        json!(-1),
        json!(1),
        json!(""),
        json!("x"),
        json!("77"),
        json!("2000-01-01T00:00:00Z"),
        json!("<b>&\u{1F4B8}\u{0}"),
        json!(long),
        json!([]),
        json!([null, "x", {}]),
        json!({}),
    ];
    for number in ["1.5", "1e30", "1e-30", "99999999999999999999999999", "0.001", "777.04"] {
        odd.push(serde_json::from_str(number).unwrap());
    }
    odd
}

/// Every body that differs from a good one in one place.
fn bodies(good: &Value) -> Vec<Value> {
    let mut all = vec![json!([]), json!("text"), json!({}), json!({ "unknown": 1 })];
    let mut places = Vec::new();
    walk(good, &mut String::new(), &mut places);
    for place in places {
        let (parent, name) = place.rsplit_once('/').unwrap();
        for odd in oddities() {
            let mut body = good.clone();
            *body.pointer_mut(&place).unwrap() = odd;
            all.push(body);
        }
        let mut body = good.clone();
        if let Some(Value::Object(map)) = body.pointer_mut(parent) {
            map.shift_remove(name);
            all.push(body);
        }
    }
    all
}

fn walk(value: &Value, here: &mut String, places: &mut Vec<String>) {
    let mut inside = |name: &str, value: &Value| {
        let length = here.len();
        here.push('/');
        here.push_str(name);
        places.push(here.clone());
        walk(value, here, places);
        here.truncate(length);
    };
    match value {
        Value::Object(map) => map.iter().for_each(|(name, value)| inside(name, value)),
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(at, value)| inside(&at.to_string(), value));
        }
        _ => {}
    }
}

/// Every target that differs from a good one in one place.
fn targets(stop: &Stop) -> Vec<String> {
    let (path, query) = stop.target.split_once('?').unwrap_or((&stop.target, ""));
    let template = OPERATIONS.iter().find(|row| row.name == stop.operation).unwrap().path;
    let mut all = Vec::new();
    let parts: Vec<&str> = path.split('/').collect();
    for (at, _) in template.split('/').enumerate().filter(|(_, part)| part.starts_with('{')) {
        for odd in
            ["0", "1", "abc", "-1", "1.5", "%20", "%00", "99999999999999999999", "%F0%9F%92%B8"]
        {
            let mut parts = parts.clone();
            parts[at] = odd;
            all.push(format!("{}?{query}", parts.join("/")));
        }
    }
    let pairs: Vec<&str> = query.split('&').filter(|pair| !pair.is_empty()).collect();
    for at in 0..pairs.len() {
        let name = pairs[at].split('=').next().unwrap();
        let mut less = pairs.clone();
        less.remove(at);
        all.push(format!("{path}?{}", less.join("&")));
        for odd in
            ["", "x", "0", "-1", "1e30", "0.001", "999999999999999999999", "USD", "EUR", "INVOICE"]
        {
            let mut other: Vec<String> = pairs.iter().map(|&pair| pair.to_owned()).collect();
            other[at] = format!("{name}={odd}");
            all.push(format!("{path}?{}", other.join("&")));
        }
    }
    all
}

#[test]
fn bad_requests_are_answered_as_described() {
    let contract = Contract::read();
    let mut desk = Desk::open();
    let stops = tour(&mut desk);
    let mut complaints = Vec::new();
    let mut refused: BTreeMap<&str, u32> = BTreeMap::new();
    let mut seen = BTreeSet::new();
    let mut asked: BTreeMap<&str, u32> = BTreeMap::new();
    for stop in &stops {
        // twice is enough, for an invoice and for an order
        let times = asked.entry(stop.operation).or_default();
        *times += 1;
        if *times > 2 {
            continue;
        }
        let mut requests: Vec<Request> = bodies(&stop.body)
            .iter()
            .map(|body| request(stop, &desk, &stop.target, body))
            .collect();
        let body = &stop.body;
        requests.extend(targets(stop).iter().map(|target| request(stop, &desk, target, body)));
        let good = request(stop, &desk, &stop.target, body);
        requests.push(Request { body: b"{\"cut".to_vec(), ..good.clone() });
        requests.push(Request { body: vec![0xff, 0xfe], ..good.clone() });
        requests.push(Request { authorization: None, ..good.clone() });
        requests.push(Request { authorization: Some(Authorization::Other), ..good.clone() });
        let stranger = Authorization::Bearer("sbx.1.nonsense".to_owned());
        requests.push(Request { authorization: Some(stranger), ..good });
        for request in requests {
            let handled = ask(stop, &request, &desk);
            seen.insert((stop.operation, handled.reply.status));
            if (400..500).contains(&handled.reply.status) {
                *refused.entry(stop.operation).or_default() += 1;
                assert!(!handled.landed);
            }
            let complaint = contract.complaint(stop.operation, &handled);
            let complaint = complaint.or((handled.reply.status >= 500).then(|| "a 5xx".to_owned()));
            if let Some(complaint) = complaint {
                let body = String::from_utf8_lossy(&request.body).into_owned();
                complaints.push(format!("{} {} {body}: {complaint}", stop.operation, request.path));
            }
        }
    }
    assert!(complaints.is_empty(), "{} complaints\n{}", complaints.len(), complaints.join("\n"));
    // each of them can be asked badly, but for those that take nothing at all
    for operation in OPERATIONS.iter().filter(|operation| operation.name != "list_tiers") {
        assert!(refused.get(operation.name).is_some_and(|count| *count >= 3), "{}", operation.name);
    }
    for operation in OPERATIONS.iter().filter(|operation| operation.path.contains("/{")) {
        let statuses = [404, 422].map(|status| seen.contains(&(operation.name, status)));
        assert!(statuses[0] || statuses[1], "{}", operation.name);
    }
}

#[test]
fn gates_limits_and_faults_are_answered_as_described() {
    let contract = Contract::read();
    let mut desk = Desk::open();
    let stops = tour(&mut desk);
    let mut unverified = Desk::open();
    unverified.log_in("sbx_unverified");
    let by_name: BTreeMap<&str, &Stop> = stops.iter().map(|stop| (stop.operation, stop)).collect();
    for operation in &OPERATIONS {
        let stop = by_name[operation.name];
        let good = request(stop, &desk, &stop.target, &stop.body);
        let hosted = operation.name == "create_checkout";
        if operation.gated || hosted {
            let body = if hosted { hosted_again(&stop.body) } else { stop.body.clone() };
            let asked = unverified.hand(stop.method, &stop.target, &body);
            assert_eq!(asked.reply.status, 403, "{}", operation.name);
            assert_eq!(contract.complaint(operation.name, &asked), None, "{}", operation.name);
        }
        for (action, status) in [
            (FaultAction::RateLimited, 429),
            (FaultAction::ExpiredToken, 401),
            (FaultAction::ErrorBefore, 500),
            (FaultAction::ErrorAfter, 500),
        ] {
            let mut ledger = stop.before.clone();
            let fault = json!(Fault::next(action));
            let queue = desk.request(Method::Post, "/_sandbox/faults", &fault);
            assert_eq!(handle(&mut ledger, &queue, desk.now).reply.status, 200);
            let handled = handle(&mut ledger, &good, desk.now);
            assert_eq!(handled.reply.status, status, "{} {action:?}", operation.name);
            let complaint = contract.complaint(operation.name, &handled);
            assert_eq!(complaint, None, "{} {action:?}", operation.name);
        }
    }
}

fn hosted_again(body: &Value) -> Value {
    let mut body: Map<String, Value> = body.as_object().unwrap().clone();
    body.insert("mode".to_owned(), json!("HOSTED"));
    Value::Object(body)
}
