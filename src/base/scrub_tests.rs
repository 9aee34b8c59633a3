//! Every form a secret may come back in, and every innocent text that looks like one.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use proptest::prelude::*;

use super::*;

fn scrub(secrets: &[&str]) -> Scrub {
    let secrets: Vec<Secret> = secrets.iter().map(|text| Secret::new(*text)).collect();
    Scrub::of(&secrets)
}

fn cleaned(secrets: &[&str], json: &str) -> String {
    let mut value = Value::from_json(json).unwrap();
    scrub(secrets).value(&mut value);
    serde_json::to_string(&value).unwrap()
}

#[test]
fn a_secret_is_found_in_every_form_it_is_repeated_in() {
    let secret = "hunter/22 \"ü\"+x";
    let forms = [
        r#"hunter/22 "ü"+x"#,
        r#"hunter/22 \"ü\"+x"#,
        r#"hunter\/22 \"\u00fc\"+x"#,
        r#"\u0068unter\/22\u0020\u0022\u00FC\u0022\u002bx"#,
        r#"hunter/22 \\\"ü\\\"+x"#,
        "hunter%2F22%20%22%C3%BC%22%2Bx",
        "hunter%2f22+%22%c3%bc%22%2bx",
        "hunter/22%20%22ü%22+x",
        "%68%75%6e%74%65%72%2F%32%32%20%22%C3%BC%22%2B%78",
        "hunter%252F22%2520%2522%25C3%25BC%2522%252Bx",
        "hunter/22 &quot;ü&quot;+x",
        "hunter&#47;22&#x20;&#34;&#252;&#34;&#43;x",
        r"hunter/22 \u{22}ü\u{22}+x",
        "68756e7465722f32322022c3bc222b78",
        "68756E7465722F32322022C3BC222B78",
    ];
    let scrub = scrub(&[secret]);
    for form in forms {
        assert_eq!(scrub.text(form), MASK, "{form}");
        assert_eq!(scrub.text(&format!("said {form}, twice {form}!")), "said ***, twice ***!");
        let mut value = Value::text(format!("said {form}!"));
        scrub.value(&mut value);
        assert!(value.holds_secret(), "{form}");
    }
}

#[test]
fn a_secret_is_found_in_base64_wherever_in_it_it_stands() {
    use base64::Engine;
    use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
    let secret = "hunter22?>~";
    let scrub = scrub(&[secret]);
    for before in ["", "a", "ab", "abc", "client_id:"] {
        for after in ["", "!", "!!", "!!!"] {
            for code in [STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD] {
                let text = format!("Basic {};", code.encode(format!("{before}{secret}{after}")));
                let masked = scrub.text(&text);
                assert!(masked.contains(MASK), "{text}");
                // what stays around it decodes to nothing of the secret
                assert!(masked.len() <= text.len() - secret.len() + MASK.len(), "{text} {masked}");
            }
        }
    }
}

#[test]
fn of_secrets_in_each_other_the_longest_is_masked_and_of_overlapping_ones_all() {
    for order in [["hunter2", "hunter2222"], ["hunter2222", "hunter2"]] {
        assert_eq!(scrub(&order).text("a hunter2222 b hunter2 c"), "a *** b *** c");
    }
    assert_eq!(scrub(&["abcdefgh", "efghijkl"]).text("xabcdefghijkly"), "x***y");
}

#[test]
fn each_line_of_a_secret_of_several_is_a_secret() {
    let key = "-----BEGIN KEY-----\nMIIEvQIBADAN\n  Bgkqhki\n-----END KEY-----\n";
    let scrub = scrub(&[key]);
    assert_eq!(scrub.text("line 2: MIIEvQIBADAN"), "line 2: ***");
    assert_eq!(scrub.text("`Bgkqhki`"), "`***`");
    assert_eq!(scrub.text(key.trim()), MASK);
    assert_eq!(scrub.text("no -----BEGIN KEY----- there"), "no -----BEGIN KEY----- there");
}

#[test]
fn numbers_and_names_are_masked_too() {
    let json = r#"{"note":48151623,"48151623":1,"deep":[{"x":"pin 48151623"}],"048":0,"n":7}"#;
    assert_eq!(
        cleaned(&["48151623", "007"], json),
        r#"{"note":"***","***":1,"deep":[{"x":"***"}],"048":0,"n":"***"}"#
    );
    assert_eq!(cleaned(&["hunter22"], r#"{"hunter22":1,"***":2}"#), r#"{"***":1,"****":2}"#);
}

#[test]
fn a_short_secret_is_masked_as_a_word_in_answers_and_never_in_our_own_words() {
    let answers = [
        (r#"{"msg":"code 4711 is wrong"}"#, r#"{"msg":"***"}"#),
        (r#"{"msg":"code: \"4711\""}"#, r#"{"msg":"***"}"#),
        (r#"{"pin":4711}"#, r#"{"pin":"***"}"#),
        (r#"{"pin":"4711"}"#, r#"{"pin":"***"}"#),
        (r#"{"msg":"abc"}"#, r#"{"msg":"***"}"#),
        // a sum of money, an id, a part of another number
        (r#"{"total_amount":4711}"#, r#"{"total_amount":4711}"#),
        (r#"{"amount":"4711"}"#, r#"{"amount":"4711"}"#),
        (r#"{"session_id":4711}"#, r#"{"session_id":4711}"#),
        (
            r#"{"msg":"4711 USD, 4711.00, 14711, x4711"}"#,
            r#"{"msg":"4711 USD, 4711.00, 14711, x4711"}"#,
        ),
        (r#"{"msg":"9b2e-4711-4711-aa"}"#, r#"{"msg":"9b2e-4711-4711-aa"}"#),
        (r#"{"msg":"alphabet abcd"}"#, r#"{"msg":"alphabet abcd"}"#),
    ];
    for (answer, wanted) in answers {
        assert_eq!(cleaned(&["4711", "abc"], answer), wanted);
    }
    let ours = "4711 rows, 12345.00 USD, run 4711, abc";
    assert_eq!(scrub(&["4711", "abc", "1234"]).text(ours), ours);
}

#[test]
fn a_secret_of_digits_is_no_part_of_a_sum_a_phone_or_an_id() {
    let scrub = scrub(&["250000"]);
    let innocent =
        "250000 RWF moved, 250000.50, 1250000, 231250000, 1d250000-250000aa, 250,250000.1";
    assert_eq!(scrub.text(innocent), innocent);
    assert_eq!(scrub.text("pin=250000, (250000) 250000."), "pin=***, (***) ***.");
    assert_eq!(scrub.text("pin-250000"), "pin-***");
}

#[test]
fn json_for_the_world_stays_json() {
    let mut json = serde_json::json!({ "note": 48151623, "amount": 48151623, "a hunter22": ["say hunter22", 5] });
    scrub(&["48151623", "hunter22"]).json(&mut json);
    assert_eq!(json.to_string(), r#"{"note":"***","amount":48151623,"a ***":["say ***",5]}"#);
}

#[test]
fn secrets_of_a_scope_are_known_while_it_lasts() {
    let home = Secrets::default();
    home.learn([&Secret::new("hunter22")]);
    let mut scope = Scope::default();
    scope.learn(&home, [&Secret::new("hunter22"), &Secret::new("swordfish")]);
    scope.learn(&home, [&Secret::new("correct horse")]);
    assert_eq!(home.scrub().text("hunter22 swordfish correct horse"), "*** *** ***");
    drop(scope);
    assert_eq!(home.scrub().text("hunter22 swordfish"), "*** swordfish");
    assert!(Secrets::default().scrub().is_empty());
}

proptest! {
    #[test]
    fn nothing_of_a_secret_is_left_whatever_stands_around_it(
        secret in "[a-zA-Z][ -~]{5,20}",
        before in "[ -~]{0,12}",
        after in "[ -~]{0,12}",
    ) {
        let scrub = scrub(&[&secret]);
        let text = format!("{before}{secret}{after}");
        prop_assert!(!scrub.text(&text).contains(secret.trim()) || MASK.contains(secret.trim()));
        let json = serde_json::to_string(&text).unwrap();
        let back = serde_json::from_str::<String>(&scrub.text(&json));
        prop_assert!(back.is_err() || !back.unwrap().contains(secret.trim()));
    }

    #[test]
    fn any_text_can_be_searched(secret in ".{0,12}", text in ".{0,80}") {
        let _ = scrub(&[&secret]).foreign_text(&text);
        let _ = scrub(&[&secret]).text(&format!("%4{text}\\u{text}&#{text}"));
    }
}
