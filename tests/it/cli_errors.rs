//! What goes wrong between the command line and the server: said clearly, and with the right exit code.

use std::net::TcpListener;

use crate::support::recorder::{ACCESS_TOKEN, Asked, Recorder, Reply};
use crate::support::served::Served;
use crate::support::{Place, Told};

const AT_ONCE: &str = "231770000001";

/// Two calls: a token and something that is only read.
const LOOK: &str = "version: 1
name: look
defaults: { retry: { attempts: 2, interval: 100ms } }
steps:
  - uses: token
  - id: look
    uses: request
    with: { method: GET, path: /v1/parties/list }
";

fn look(recorder: &Recorder) -> Told {
    look_at(&Place::at(&recorder.url))
}

fn look_at(place: &Place) -> Told {
    place.file("look.yaml", LOOK);
    place.tell(["run", "look.yaml", "--output", "json"])
}

#[test]
fn a_payer_who_declines_is_a_failure_and_no_second_try() {
    let served = Served::new();
    let place = Place::at(&served.url);
    let told = place.collect("231770000004", &[]);
    let run = told.exits(1).json();
    assert_eq!((&run["status"], &run["exit_code"]), (&"failed".into(), &1.into()));
    let error = &run["error"];
    assert_eq!(error["kind"], "declined", "{error:#}");
    assert!(error["message"].as_str().unwrap().contains("payer declined"), "{error:#}");
    assert!(error["reference_id"].is_string(), "{error:#}");
    assert_eq!(served.calls("execute_collection"), 1);
    assert_eq!(served.audit()["charges"][0]["completed"], 0);
}

#[test]
fn a_flow_with_mistakes_is_not_started_and_all_of_them_are_named() {
    let served = Served::new();
    let place = Place::at(&served.url);
    let flow = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/bad_flows/ten_mistakes.yaml");
    let told = place.tell(["run", flow, "-i", "fullname=Jane", "-i", "phone=231771234567"]);
    told.exits(2).says("ten_mistakes.yaml:").says("^");
    assert!(told.stderr.matches("error").count() >= 10, "{}", told.stderr);
    assert_eq!(told.stdout, "");
    let told = place.tell(["run", flow, "--output", "json"]);
    assert_eq!(told.exits(2).json()["exit_code"], 2);
    assert_eq!(served.state()["requests"].as_array().unwrap().len(), 0);
}

#[test]
fn bad_inputs_are_all_named_at_once() {
    let place = Place::new();
    let flow = crate::support::collect_flow();
    let mut command =
        place.command(["run", "--sandbox", "-i", "phone=12", "-i", "country=Liberia"]);
    command.args(["-i", "fulname=Jane"]).arg(flow);
    let told = crate::support::finish(&mut command);
    told.exits(2).says("phone").says("country").says("fulname");
    assert!(!place.journal().exists());
}

#[test]
fn credentials_are_missing_or_wrong() {
    let served = Served::new();
    let missing = Place::at(&served.url);
    let mut run = missing.collecting(AT_ONCE, &[]);
    let told = crate::support::finish(run.env_remove("DOLLR_CLIENT_SECRET"));
    told.exits(2).says("DOLLR_CLIENT_SECRET is not set");
    assert_eq!(served.state()["requests"].as_array().unwrap().len(), 0);

    let wrong = Place::at(&served.url).with_credentials("sbx_client", "not-the-secret-4711");
    let told = wrong.collect(AT_ONCE, &[]);
    let run = told.exits(1).json();
    assert_eq!(run["error"]["http_status"], 401, "{run:#}");
    assert_eq!(served.calls("token"), 1, "a refused token call is final");
    hides(&wrong, &told, &["not-the-secret-4711"]);

    let expired = Place::at(&served.url).with_credentials("sbx_expired", "sbx_secret");
    let run = expired.collect(AT_ONCE, &[]);
    run.exits(1);
    assert_eq!(served.calls("create_party"), 2, "one fresh token, once");
}

#[test]
fn a_host_that_is_not_there_is_named_and_nothing_was_changed() {
    // a port that was free a moment ago
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let place = Place::at(&format!("http://127.0.0.1:{port}"));
    let told = look_at(&place);
    let run = told.exits(1).json();
    assert_eq!(run["error"]["kind"], "network", "{run:#}");
    told.says(&format!("no connection to 127.0.0.1:{port}")).says("nothing was changed");
}

#[test]
fn tls_to_a_server_that_speaks_none_fails_before_anything_is_said() {
    let recorder = Recorder::with_token(|_| Reply::ok("[]"));
    let place = Place::at(&recorder.url.replace("http:", "https:"));
    let told = look_at(&place);
    told.exits(1).says("no secure connection");
    assert!(recorder.asked().is_empty(), "{:?}", recorder.asked());
    hides(&place, &told, &["sbx_secret"]);
}

#[test]
fn answers_that_are_none_are_told_apart() {
    type Script = fn(&Asked) -> Reply;
    let html: Script = |_| {
        let page = "<!doctype html><title>Sign in</title>".as_bytes().to_vec();
        Reply::Plain(200, "content-type: text/html\r\n".to_owned(), page)
    };
    let not_json: Script = |_| Reply::ok("{\"id\": 42,");
    let cut: Script = |_| Reply::Cut("[{\"id\":42".to_owned());
    let long: Script = |_| Reply::Long(50 * 1024 * 1024);
    let nothing: Script = |_| Reply::ok("");
    let strange: Script = |_| Reply::Plain(600, String::new(), Vec::new());
    for (script, words) in [
        (html, "HTML"),
        (not_json, "JSON"),
        (cut, "broke off"),
        (long, "longer than 8 MiB"),
        (nothing, ""),
        (strange, ""),
    ] {
        let recorder = Recorder::with_token(script);
        let told = look(&recorder);
        let code = told.code.unwrap();
        assert!([1, 3].contains(&code) || words.is_empty(), "{words}: {told:#?}");
        told.exits(code);
        let run = told.json();
        if !words.is_empty() {
            let error = run["error"]["message"].as_str().unwrap().to_lowercase();
            assert!(error.contains(&words.to_lowercase()), "{words}: {error}");
            assert_eq!(recorder.bodies("/v1/parties/list").len(), 2, "{words}");
        }
        assert!(told.took.as_secs() < 20, "{words}: {:?}", told.took);
    }
}

#[test]
fn a_redirect_elsewhere_is_refused_and_takes_no_credentials_along() {
    let elsewhere = Recorder::new(|_| Reply::ok("{}"));
    let target = elsewhere.url.clone();
    for status in [301, 302, 307, 308] {
        let headers = format!("location: {target}/v1/parties/list\r\n");
        let recorder =
            Recorder::with_token(move |_| Reply::Plain(status, headers.clone(), Vec::new()));
        let told = look(&recorder);
        let code = told.code.unwrap();
        assert!([1, 3, 4].contains(&code), "{told:#?}");
        told.exits(code).says("redirect");
        let moved = target.clone();
        let headers = format!("location: {moved}/v1/jwt/client/obtain/token\r\n");
        let token = Recorder::new(move |_| Reply::Plain(status, headers.clone(), Vec::new()));
        let told = look(&token);
        told.exits(1).says("redirect");
    }
    assert!(elsewhere.asked().is_empty(), "{:?}", elsewhere.asked());
}

/// A flow that puts a secret, and texts made from it, wherever it can.
const SECRETIVE: &str = r#"
version: 1
name: secretive
secrets:
  code: { env: FLOW_CODE }
  kept: { file: kept.txt }
  told: { command: [cat, told.txt] }
steps:
  - uses: token
  - uses: party
    with:
      fullname: "Jane {{ secrets.code | upper }} {{ secrets.kept }}"
      phone: "231771234567"
      country_code: LR
  - id: ask
    uses: request
    with:
      method: POST
      path: /v1/parties/create
      class: idempotent
      body: { fullname: "{{ secrets.told | reverse }}", phone: "{{ secrets.code }}", country_code: LR }
outputs:
  all: "{{ secrets.code }}-{{ secrets.kept | lower }}"
  party: "{{ steps.party.fullname }}"
"#;

#[track_caller]
fn hides(place: &Place, told: &Told, secrets: &[&str]) {
    let bytes = place.journal_bytes();
    for secret in secrets {
        assert!(!told.stdout.contains(secret), "{secret} in {}", told.stdout);
        assert!(!told.stderr.contains(secret), "{secret} in {}", told.stderr);
        let found = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
        assert!(!found, "{secret} is in the journal");
    }
}

#[test]
fn no_secret_and_nothing_made_of_one_is_ever_shown_or_kept() {
    let (code, kept, told) = ("xq7vault", "KeptBehindGlass", "drawkcab9");
    let made =
        ["xq7vault", "XQ7VAULT", "KeptBehindGlass", "keptbehindglass", "drawkcab9", "9backward"];
    // one answer repeats what it was sent, the other complains about it
    for status in [200, 422, 500] {
        let recorder = Recorder::with_token(move |asked| match status {
            200 => {
                let rest = asked.body.trim_start_matches('{');
                Reply::ok(format!(r#"{{"id":42,"email":null,"token":"{ACCESS_TOKEN}",{rest}"#))
            }
            _ if asked.method == "GET" => Reply::ok("[]"),
            _ => {
                let said = asked.body.replace('"', "'");
                Reply::Json(
                    status,
                    format!(
                        r#"{{"detail":[{{"loc":["body","fullname"],"msg":"no: {said}","type":"x"}}]}}"#
                    ),
                )
            }
        });
        let place = Place::at(&recorder.url).with_credentials("sbx_client", "hush-5580-hush");
        let flow = match status {
            500 => SECRETIVE.replace(
                "outputs:",
                "defaults: { retry: { attempts: 2, interval: 100ms } }\noutputs:",
            ),
            _ => SECRETIVE.to_owned(),
        };
        place.file("secretive.yaml", &flow);
        place.file("kept.txt", kept);
        place.file("told.txt", told);
        let mut all = vec!["hush-5580-hush", ACCESS_TOKEN];
        all.extend(made);
        for output in ["json", "text"] {
            let args = ["run", "secretive.yaml", "-vv", "--output", output];
            let mut command = place.command(args);
            let told = crate::support::finish(command.env("FLOW_CODE", code));
            let sent = recorder.bodies("/v1/parties/create").join("\n");
            assert!(sent.contains("XQ7VAULT") && sent.contains(kept), "{status}: {sent} {told:#?}");
            assert_eq!(told.code == Some(0), status == 200, "{status}: {told:#?}");
            assert!(!told.stderr.contains("panicked"), "{told:#?}");
            hides(&place, &told, &all);
            if status == 200 {
                assert!(sent.contains("9backward"), "{sent}");
                assert!(told.stdout.contains("***"), "{}", told.stdout);
            }
        }
        for args in [&["runs", "list"][..], &["runs", "list", "--output", "json"]] {
            hides(&place, &place.tell(args), &all);
        }
    }
}

#[test]
fn the_sandbox_sees_secrets_that_the_journal_does_not() {
    let served = Served::new();
    let place = Place::at(&served.url);
    let told = place.collect(AT_ONCE, &["-vv"]);
    told.exits(0);
    hides(&place, &told, &["sbx_secret"]);
    let id = told.run_id();
    for args in [&["runs", "show", &id][..], &["runs", "events", &id]] {
        let shown = place.tell(args);
        shown.exits(0);
        hides(&place, &shown, &["sbx_secret"]);
    }
}
