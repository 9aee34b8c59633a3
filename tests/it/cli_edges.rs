//! What leaves the process: no control character from outside, and no secret in any form.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use dollr_flow::base::visible::is_hidden;

use crate::support::recorder::{ACCESS_TOKEN, Recorder, Reply};
use crate::support::{Place, Told, finish};

/// Clears the line above, writes over what was said, turns the rest round.
const HOSTILE: &str = "\u{1b}[1A\u{1b}[2K10\u{8}\u{8}1 USD\u{1b}[8m\u{202e}\u{200b}\u{9b}2J\u{7}\r\n✓ all paid\u{2028}\u{7f}";

#[track_caller]
fn is_clean(told: &Told) {
    for (stream, text) in [("stdout", &told.stdout), ("stderr", &told.stderr)] {
        let bad = text.chars().find(|letter| *letter != '\n' && is_hidden(*letter));
        assert_eq!(bad, None, "{stream}: {text:?}");
        let forged = text.lines().find(|line| line.starts_with("✓ all paid"));
        assert_eq!(forged, None, "{stream}: {text}");
    }
    assert!(!told.stderr.contains("panicked"), "{}", told.stderr);
}

const DOORS: &str = r#"
version: 1
name: doors
inputs: { note: { type: string }, at: { type: string, default: x } }
steps:
  - id: said
    uses: request
    with: { path: /v1/said, query: { note: "{{ inputs.note }}" } }
  - id: pay
    uses: approve
    with: { message: "Pay {{ inputs.note }}?" }
  - uses: assert
    with: { that: "{{ inputs.note == 'x' }}", message: "not {{ inputs.note }}" }
outputs: { note: "{{ inputs.note }}", body: "{{ steps.said.body }}" }
"#;

#[test]
fn no_control_character_from_outside_reaches_people() {
    let recorder = Recorder::with_token(|asked| {
        let json = serde_json::to_string(HOSTILE).unwrap();
        match asked.target.contains("refused") {
            false => Reply::ok(format!(r#"{{"id":1,"url":{json},"status":{json},{json}:2}}"#)),
            true => Reply::Json(
                422,
                format!(r#"{{"detail":[{{"loc":["body",{json}],"msg":{json},"type":"x"}}]}}"#),
            ),
        }
    });
    let place = Place::at(&recorder.url);
    place.file("doors.yaml", DOORS);
    let note = format!("note={HOSTILE}");
    let paused = place.tell(["run", "doors.yaml", "-vv", "-i", &note, "--output", "json"]);
    paused.exits(3);
    is_clean(&paused);
    assert_eq!(paused.json()["error"]["message"], format!("Pay {HOSTILE}?"));
    let run = paused.run_id();
    let show = ["runs", "show", &run];
    let reject = ["resume", &run, "--reject", "pay"];
    let approve = ["resume", &run, "--approve", "pay"];
    for args in
        [&show[..], &approve, &reject, &show, &["runs", "events", &run], &["runs", "export"]]
    {
        let told = place.tell(args);
        is_clean(&told);
        assert!(
            told.stdout.contains("u{1b}[1A") || told.stdout.contains("u001b[1A") || args == reject,
            "{args:?} {told:#?}"
        );
    }
    // in colour: ours is there, theirs is not
    let told = place.tell(["runs", "show", &run, "--color", "always"]);
    assert!(
        told.stdout.contains("\u{1b}[2m") && !told.stdout.contains("\u{1b}[8m"),
        "{}",
        told.stdout
    );
    let plain = place.tell(show).stdout;
    let (mut bare, mut rest) = (String::new(), &*told.stdout);
    while let Some((before, after)) = rest.split_once("\u{1b}[") {
        bare.push_str(before);
        rest = after.split_once('m').unwrap().1;
    }
    assert_eq!(bare + rest, plain);
    place.file("refused.yaml", &DOORS.replace("/v1/said", "/v1/refused"));
    is_clean(place.tell(["run", "refused.yaml", "-i", "note=a"]).exits(1));
    is_clean(&place.tell(["run", "doors.yaml", "-i", "note=a", "--key", HOSTILE]));
    is_clean(&place.tell(["runs", "list"]));
}

#[test]
fn nor_from_files_tables_arguments_and_the_environment() {
    let place = Place::new();
    let name = "do\u{1b}[2J\u{202e}ors.yaml";
    let bad = "version: 1\nname: a\nsteps:\n  - uses: wait\n    with: { \u{1b}[2K\u{202e}\u{200b}sconds: 1 } # \u{9b}2J\u{7f}\n";
    place.file(name, bad);
    place.file(
        "quoted.yaml",
        "version: 1\nname: \"a\\e[2J\\r\\nx\"\nst\u{2066}eps: [\"\\e[1A\\n✓ all paid\"]\n",
    );
    for file in [name, "quoted.yaml", "no\u{1b}[2Jsuch.yaml", "."] {
        for format in ["text", "json", "github", "sarif"] {
            is_clean(place.tell(["check", file, "--format", format]).exits(2));
        }
        let told = place.tell(["check", file, "--color", "always"]);
        assert!(
            !told.stderr.contains("\u{1b}[2J") && !told.stderr.contains("\u{1b}[2K"),
            "{}",
            told.stderr
        );
    }
    place.file("doors.yaml", DOORS);
    let rows = format!(
        "note,id,extra\n\"{}\",\"{}\",1\nb,\"b\u{1b}[2J\"\n",
        HOSTILE.replace('\n', " "),
        HOSTILE
    );
    place.file("rows.csv", &rows);
    place.file("doors.test.yaml", "flow: doors.yaml\ntests:\n  - name: \"a\\e[2J\\n✓ all paid\"\n    inputs: { note: \"\\e[1A\\n✓ all paid\" }\n    expect: { status: succeeded }\n");
    let all: [&[&str]; 8] = [
        &["batch", "doors.yaml", "--data", "rows.csv", "--key", "id", "--dry-run"],
        &[
            "batch",
            "doors.yaml",
            "--sandbox",
            "--data",
            "rows.csv",
            "--map",
            "extra=at",
            "--skip-invalid",
        ],
        &["test", "doors.test.yaml"],
        &["run", "doors.yaml", "--sandbox", "-i", "no\u{1b}[2Jte=1"],
        &["run", "doors.yaml", "--col\u{1b}[2Jor"],
        &["runs", "list", "--since", HOSTILE],
        &["runs", "show", "\u{1b}[2J"],
        &["new", HOSTILE],
    ];
    for args in all {
        let told = place.tell(args);
        assert_ne!(told.code, Some(0), "{args:?} {told:#?}");
        is_clean(&told);
    }
    for name in ["DOLLR_BASE_URL", "DOLLR_FLOW_JOURNAL", "DOLLR_FLOW_LOG"] {
        let mut command = place.command(["run", "doors.yaml", "-i", "note=a"]);
        is_clean(&finish(command.env(name, format!("/{}", HOSTILE))));
    }
}

const ECHO: &str = r#"
version: 1
name: echo
inputs: { pin: { type: string, secret: true, env: FLOW_PIN }, row: { type: string, default: a } }
secrets: { key: { env: FLOW_KEY } }
steps:
  - id: first
    uses: request
    with:
      path: /v1/first
      method: POST
      class: read
      body: { key: "{{ secrets.key }}", pin: "{{ inputs.pin }}", made: "{{ secrets.key | upper }}" }
  - id: later
    uses: request
    with: { path: /v1/later }
  - id: last
    uses: request
    with: { path: "/v1/last/{{ inputs.row }}" }
outputs: { first: "{{ steps.first.body }}", later: "{{ steps.later.body }}", last: "{{ steps.last.body }}" }
"#;

/// Every text that would give one of the secrets away.
fn forms(key: &str) -> Vec<String> {
    let json = serde_json::to_string(key).unwrap();
    let units = |letter: char| format!("\\u{:04X}", u32::from(letter));
    let bytes = |byte: u8| format!("%{byte:02x}");
    let entities = |letter: char| format!("&#{};", u32::from(letter));
    let mut forms = vec![
        json.trim_matches('"').to_owned(),
        json.trim_matches('"').replace('/', "\\/"),
        key.chars().map(units).collect(),
        key.bytes().map(bytes).collect(),
        key.chars().map(entities).collect(),
        key.bytes().map(|byte| format!("{byte:02x}")).collect(),
    ];
    for before in ["", "a", "ab"] {
        let text = format!("{before}{key}");
        forms.extend([STANDARD.encode(&text), URL_SAFE_NO_PAD.encode(&text)]);
    }
    forms
}

#[test]
fn no_secret_leaves_in_any_form_an_answer_repeats_it_in() {
    let (key, pin, client) = ("Vault/77 \"ü?~\"+q\nsecond-line-88", "48151623", "hush-5580-client");
    let basic = STANDARD.encode(format!("sbx_client:{client}"));
    let mut all: Vec<String> = [key, &key.to_uppercase()].into_iter().flat_map(forms).collect();
    let told = all.clone();
    all.extend(["second-line-88", "Vault/77", pin, client, ACCESS_TOKEN].map(str::to_owned));
    all.extend([basic[16..basic.len() - 4].to_owned(), URL_SAFE_NO_PAD.encode(ACCESS_TOKEN)]);
    let late = format!("Basic {basic}; {client}; {}", URL_SAFE_NO_PAD.encode(ACCESS_TOKEN));
    let recorder = Recorder::with_token(move |asked| {
        let html = format!("<p>{}</p>{late} pin {pin} second-line-88", told.join("</p><p>"));
        if asked.target.ends_with("first") {
            // the forms as they are, where JSON lets them be
            let fields: Vec<String> = told
                .iter()
                .enumerate()
                .map(|(n, form)| format!(r#""f{n}":"{form}","{form}":{n}"#))
                .collect();
            return Reply::ok(format!(
                r#"{{{},"pin":{pin},"list":["no {pin}","second-line-88"],"{pin}":1}}"#,
                fields.join(",")
            ));
        }
        match asked.target.rsplit('/').next() {
            Some("later") => Reply::ok(serde_json::json!({ "said": late, "page": html }).to_string()),
            Some("html") => Reply::Plain(422, "content-type: text/html\r\n".into(), html.into_bytes()),
            Some("page") => Reply::Plain(200, "content-type: text/html\r\n".into(), late.clone().into_bytes()),
            _ => Reply::Json(422, serde_json::json!({ "detail": [{ "loc": ["body", pin], "msg": html, "type": late }] }).to_string()),
        }
    });
    let place = Place::at(&recorder.url).with_credentials("sbx_client", client);
    let flow = format!("{ECHO}defaults: {{ retry: {{ attempts: 1 }} }}\n");
    place.file("echo.yaml", &flow);
    place.file("rows.csv", "row\nhtml\npage\nx\n");
    let hides = |args: &[&str]| {
        let mut command = place.command(args);
        let told = finish(command.env("FLOW_KEY", key).env("FLOW_PIN", pin));
        let results = std::fs::read_to_string(place.path("results.csv")).unwrap_or_default();
        let journal = place.journal_bytes();
        for form in &all {
            for (what, text) in
                [("stdout", &told.stdout), ("stderr", &told.stderr), ("results", &results)]
            {
                assert!(!text.contains(form.as_str()), "{args:?} {form} in {what}: {text}");
            }
            let kept = journal.windows(form.len()).any(|window| window == form.as_bytes());
            assert!(!kept, "{args:?}: {form} is in the journal");
        }
        told
    };
    for row in ["html", "page", "x"] {
        let input = format!("row={row}");
        let told = hides(&["run", "echo.yaml", "-vv", "--log-format", "json", "-i", &input]);
        assert!(told.code != Some(0) && told.code != Some(2), "{told:#?}");
        hides(&["run", "echo.yaml", "--output", "json", "-i", &input]);
    }
    assert_eq!(recorder.bodies("first").len(), 6);
    hides(&["batch", "echo.yaml", "--data", "rows.csv", "--results", "results.csv"]).exits(1);
    assert!(place.path("results.csv").exists());
    for args in
        [&["runs", "list", "--output", "json"][..], &["runs", "export"], &["runs", "verify"]]
    {
        hides(args).exits(0);
    }
}

#[test]
fn a_line_drawn_of_a_file_hides_what_its_message_hides() {
    let place = Place::new();
    let flow = "version: 1\nname: a\ninputs:\n  pin: { type: string, secret: true, pattern: '[0-9]+', default: 'hunter22' }\n  n: { type: integer }\n\
                steps:\n  - uses: token\n    with: { client_secret: hunter33, cliend_id: hunter44 }\n";
    place.file("a.yaml", flow);
    let told = place.tell(["check", "a.yaml"]);
    told.exits(2).says("default: ***").says("client_secret: ***");
    let at = flow.lines().last().unwrap().find("cliend_id").unwrap() + 1;
    told.says(&format!("a.yaml:8:{at}"));
    place.file("broken.yaml", &flow.replace("'hunter22' }", "\"hunter22 }"));
    place.tell(["check", "broken.yaml"]).exits(2);
    place.file("b.yaml", "version: 1\nname: b\ninputs:\n  pin: { type: string, secret: true, pattern: '[0-9]+' }\n  n: { type: integer }\nsteps:\n  - { uses: wait, with: { for: 1s } }\n");
    place.file("in.yaml", "{ n: x, pin: hunter22, pni: hunter33 }\n");
    let given = place.tell(["run", "b.yaml", "--sandbox", "--inputs", "in.yaml"]);
    given.exits(2).says("pin: ***");
    for told in [told, place.tell(["check", "broken.yaml"]), given] {
        let all = format!("{}{}", told.stdout, told.stderr);
        for secret in ["hunter22", "hunter33"] {
            assert!(!all.contains(secret), "{all}");
        }
    }
}
