//! Every digit of a recipe reaches the wire, wherever it was written.

use crate::support::Place;
use crate::support::recorder::{Asked, Recorder, Reply};

const HEAD: &str = "version: 1\nname: digits\n";

/// Sends every value once, plain and as the item of a list.
const STEPS: &str = r#"
steps:
  - uses: token
  - uses: party
    with:
      fullname: Jane Doe
      phone: "{{ inputs.phone }}"
      country_code: "{{ inputs.country }}"
  - uses: counterparty
    with: { party_id: "{{ steps.party.id }}", relationship_type: CUSTOMER }
  - uses: invoice
    with:
      counterparty_id: "{{ steps.counterparty.id }}"
      currency: USD
      note: "{{ inputs.small }} and {{ inputs.large }}"
      fee_bearer: PAYER
  - uses: items
    with:
      invoice_id: "{{ steps.invoice.id }}"
      items:
        - { name: price, qty: 1, amount: "{{ inputs.price }}" }
        - { name: small, qty: 1, amount: "{{ inputs.small }}" }
        - { name: large, qty: 1, amount: "{{ inputs.large }}" }
        - { name: literal, qty: 1, amount: 250.00 }
"#;

const DEFAULTS: &str = r#"
inputs:
  phone: { type: phone, default: 231771234567 }
  country: { type: country, default: NO }
  price: { type: money, default: 250.00 }
  small: { type: money, default: 0.10 }
  large: { type: money, default: 12345678901234567.89 }
"#;

const REQUIRED: &str = r#"
inputs:
  phone: { type: phone }
  country: { type: country }
  price: { type: money }
  small: { type: money }
  large: { type: money }
"#;

const TIMES: &str = r#""created_at":"2026-02-03T08:15:00Z","updated_at":"2026-02-03T08:15:00Z""#;

fn answer(asked: &Asked) -> Reply {
    // whatever is listed, there is none of it yet
    if asked.method == "GET" {
        return Reply::ok("[]");
    }
    let body = match asked.target.as_str() {
        "/v1/parties/create" => {
            r#""id":42,"fullname":"Jane Doe","phone":"231771234567","email":null,"country_code":"NO""#
        }
        "/v1/counterparties/create" => r#""id":15,"relationship_type":"CUSTOMER","party_id":42"#,
        "/v1/invoices/create" => {
            r#""id":101,"invoice_number":"INV-2026-00101","status":"IDLE","currency":"USD","total_amount":0.00,"note":"n","fee_bearer":"PAYER","as_payment_link":false,"counterparty_id":15,"reference_id":"r","due_date":null"#
        }
        _ => r#""id":7,"invoice_id":101,"name":"n","currency":"USD","qty":1,"amount":0.10"#,
    };
    Reply::ok(format!("{{{body},{TIMES}}}"))
}

/// Runs the flow and compares what was sent, text by text.
#[track_caller]
fn all_digits_arrive(flow: &str, args: &[&str], files: &[(&str, &str)]) {
    let recorder = Recorder::with_token(answer);
    let place = Place::at(&recorder.url);
    for (name, text) in files {
        place.file(name, text);
    }
    place.file("digits.yaml", flow);
    let mut all = vec!["run", "digits.yaml", "--output", "json"];
    all.extend(args);
    let told = place.tell(all);
    told.exits(0);
    let party = recorder.bodies("/v1/parties/create").join("");
    assert!(party.contains(r#""phone":"231771234567""#), "{party}");
    assert!(party.contains(r#""country_code":"NO""#), "{party}");
    let invoice = recorder.bodies("/v1/invoices/create").join("");
    assert!(invoice.contains(r#""note":"0.10 and 12345678901234567.89""#), "{invoice}");
    assert!(invoice.contains(r#""counterparty_id":15"#), "{invoice}");
    let items = recorder.bodies("/items/add");
    assert_eq!(items.len(), 4, "{items:?}");
    let amounts = ["250.00", "0.10", "12345678901234567.89", "250.00"];
    for (item, amount) in items.iter().zip(amounts) {
        let wanted = format!(r#""amount":{amount}"#);
        let at = item.find(&wanted).unwrap_or_else(|| panic!("no {wanted} in {item}"));
        // no digit follows
        assert!(matches!(item.as_bytes()[at + wanted.len()], b',' | b'}'), "{item}");
    }
}

#[test]
fn from_the_defaults_of_the_recipe() {
    all_digits_arrive(&format!("{HEAD}{DEFAULTS}{STEPS}"), &[], &[]);
}

#[test]
fn from_the_command_line() {
    let args = [
        "-i",
        "phone=231771234567",
        "-i",
        "country=NO",
        "-i",
        "price=250.00",
        "-i",
        "small=0.10",
        "-i",
        "large=12345678901234567.89",
    ];
    all_digits_arrive(&format!("{HEAD}{REQUIRED}{STEPS}"), &args, &[]);
}

#[test]
fn from_a_yaml_file_of_inputs() {
    let inputs = "phone: 231771234567\ncountry: NO\nprice: 250.00\nsmall: 0.10\n\
                  large: 12345678901234567.89\n";
    let args = ["--inputs", "inputs.yaml"];
    all_digits_arrive(&format!("{HEAD}{REQUIRED}{STEPS}"), &args, &[("inputs.yaml", inputs)]);
}

#[test]
fn from_a_json_file_of_inputs() {
    let inputs = r#"{"phone": "231771234567", "country": "NO", "price": 250.00, "small": 0.10,
                     "large": 12345678901234567.89}"#;
    let args = ["--inputs", "inputs.json"];
    all_digits_arrive(&format!("{HEAD}{REQUIRED}{STEPS}"), &args, &[("inputs.json", inputs)]);
}

#[test]
fn answers_keep_their_digits_too() {
    let recorder = Recorder::with_token(|asked| match asked.method.as_str() {
        "GET" => {
            Reply::ok(r#"{"id":9007199254740993,"amount":250.00,"large":12345678901234567.89}"#)
        }
        _ => Reply::ok(r#"{"ok":true}"#),
    });
    let place = Place::at(&recorder.url);
    let flow = format!(
        "{HEAD}steps:\n  - uses: token\n  - id: look\n    uses: request\n    with: {{ method: GET, \
         path: /v1/parties/list }}\noutputs:\n  body: \"{{{{ steps.look.body }}}}\"\n"
    );
    place.file("digits.yaml", &flow);
    let told = place.tell(["run", "digits.yaml", "--output", "json"]);
    told.exits(0);
    for digits in ["9007199254740993", "250.00", "12345678901234567.89"] {
        assert!(told.stdout.contains(digits), "{}", told.stdout);
    }
}
