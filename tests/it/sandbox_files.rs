//! Files of faults and settings: good ones are read, bad ones say everything that is wrong, and the
//! schemas that editors get say the same.

use std::fs;
use std::path::Path;

use dollr_flow::base::diagnostic::Diagnostic;
use dollr_flow::base::span::Source;
use dollr_flow::flow::file_kind::FileKind;
use dollr_flow::flow::text::form::{Entry, Form};
use dollr_flow::flow::text::yaml;
use dollr_flow::flow::{FaultsFile, faults, read_settings, settings_schema};
use dollr_flow::report::diagnostics::carets;
use dollr_flow::sandbox::{Fault, FaultAction, OPERATIONS, Settings, Ticks};
use serde::de::DeserializeOwned;
use serde_json::{Value as Json, json};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

fn source(path: &Path) -> Source {
    let text = fs::read_to_string(path).unwrap();
    Source::new(path.file_name().unwrap().to_str().unwrap(), text)
}

fn good(name: &str) -> Source {
    source(&Path::new(ROOT).join("tests/sandbox_files/good").join(name))
}

fn problems(source: &Source) -> Vec<Diagnostic> {
    match FileKind::of(source) {
        FileKind::Faults => FaultsFile::read(source).map(drop),
        FileKind::Settings => read_settings(source).map(drop),
        other => panic!("{} is taken for {other:?}", source.name()),
    }
    .err()
    .unwrap_or_default()
}

fn misfits(source: &Source) -> Vec<String> {
    let schema = match FileKind::of(source) {
        FileKind::Faults => FaultsFile::schema(),
        _ => settings_schema(),
    };
    let validator = jsonschema::draft7::new(&schema).unwrap();
    let document = yaml::read(source).unwrap().value().masked();
    validator
        .iter_errors(&document)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect()
}

#[test]
fn bad_files_say_what_is_wrong() {
    insta::glob!("..", "sandbox_files/bad/*.yaml", |path| {
        let source = source(path);
        insta::assert_snapshot!(carets::render(&problems(&source), None));
        // a schema knows single values only
        let fits = source.name().starts_with("together");
        assert_eq!(misfits(&source).is_empty(), fits, "{}", source.name());
    });
}

#[test]
fn good_files_are_read_and_fit_the_schema() {
    let file = FaultsFile::read(&good("all.faults.yaml")).unwrap();
    assert_eq!(file.seed, Some(7));
    let actions: Vec<FaultAction> = file.faults.iter().map(|fault| fault.action).collect();
    assert_eq!(actions, FaultAction::ALL.map(|(action, _, _)| action));
    assert_eq!((file.faults[3].nth, file.faults[3].times), (Some(2), Some(3)));

    let settings = read_settings(&good("all.settings.yaml")).unwrap();
    assert_eq!(settings.passcode.code, "0042");
    assert_eq!(settings.merchant.phone.as_deref(), Some("231770000000"));
    assert_eq!(settings.wallets[0].balance.to_string(), "250.00");
    assert_eq!(settings.ticks, Ticks::Clock);
    for name in ["all.faults.yaml", "all.settings.yaml"] {
        assert_eq!(misfits(&good(name)), Vec::<String>::new());
    }
}

#[test]
fn faults_stand_in_other_documents_too() {
    let text = "name: pays once\nfaults:\n  - { operation: execute_payuot, action: lost-after }\n";
    let source = Source::new("payout.test.yaml", text);
    let node = yaml::read(&source).unwrap();
    let dollr_flow::base::node::Data::Map(entries) = &node.data else { panic!("a map") };
    let problems = faults(&source, &entries[1].1).unwrap_err();
    assert_eq!(problems.len(), 1);
    assert_eq!(problems[0].line_col(), (3, 18));
    assert_eq!(problems[0].help.as_deref(), Some("did you mean `execute_payout`?"));
}

/// What a type's reader says it expects where it was given a name it can't know.
fn expected<T: DeserializeOwned>(json: Json) -> Vec<String> {
    let error = serde_json::from_value::<T>(json).err().unwrap().to_string();
    let list = error.split("expected").nth(1).unwrap_or_else(|| panic!("{error}"));
    let mut names: Vec<String> = list.split('`').skip(1).step_by(2).map(str::to_owned).collect();
    names.sort();
    names
}

fn names(mut names: Vec<&str>) -> Vec<&str> {
    names.sort_unstable();
    names
}

/// The table of keys and the type it becomes have the same keys and words, all the way down.
#[test]
fn the_tables_say_what_the_types_read() {
    type Wrap<'a> = &'a dyn Fn(Json) -> Json;
    fn walk<T: DeserializeOwned>(form: &Form, at: &str, wrap: Wrap<'_>) {
        match form {
            Form::Object(entries) => {
                let unknown = json!({ "zzz": 1 });
                let keys = names(entries.iter().map(|entry| entry.name).collect());
                assert_eq!(expected::<T>(wrap(unknown)), keys, "{at}");
                let sample = |entry: &Entry| (entry.name.to_owned(), example(&entry.form));
                for entry in *entries {
                    let inside = |value: Json| {
                        let needed = entries.iter().filter(|entry| entry.required).map(sample);
                        let mut object: serde_json::Map<String, Json> = needed.collect();
                        object.insert(entry.name.to_owned(), value);
                        wrap(Json::Object(object))
                    };
                    walk::<T>(&entry.form, &format!("{at}.{}", entry.name), &inside);
                }
            }
            Form::List(form) => walk::<T>(form, at, &|value| wrap(json!([value]))),
            Form::Maybe(form) => walk::<T>(form, at, wrap),
            Form::ByWord(words, form) => {
                let fee = example(form);
                assert_eq!(
                    expected::<T>(wrap(json!({ "zzz": fee }))),
                    names((words.all)()),
                    "{at}"
                );
                walk::<T>(form, at, &|value| wrap(json!({ (words.all)()[0]: value })));
            }
            // what an operation or an action is called is asked of their own lists
            Form::Word(words) if !["operation", "action"].contains(&words.what) => {
                assert_eq!(expected::<T>(wrap(json!("zzz"))), names((words.all)()), "{at}");
            }
            _ => {}
        }
    }
    fn example(form: &Form) -> Json {
        match form {
            Form::Text => json!("text"),
            Form::Word(words) => json!((words.all)()[0]),
            Form::Currency => json!("USD"),
            Form::Object(_) | Form::ByWord(..) | Form::ByCurrency(_) => json!({}),
            Form::List(_) => json!([]),
            Form::Bool => json!(true),
            _ => json!(1),
        }
    }
    walk::<Fault>(&Form::Object(dollr_flow::flow::FAULT), "fault", &|value| value);
    walk::<Settings>(&Form::Object(dollr_flow::flow::SETTINGS), "settings", &|value| value);
}

#[test]
fn every_operation_and_every_action_has_its_name_in_the_schema() {
    let schema = FaultsFile::schema();
    let fault = &schema["properties"]["faults"]["items"]["properties"];
    let operations: Vec<&str> = OPERATIONS.iter().map(|operation| operation.name).collect();
    assert_eq!(operations.len(), 59);
    assert_eq!(fault["operation"]["enum"], json!(operations));
    assert_eq!(fault["action"]["enum"], json!(FaultAction::ALL.map(|(_, name, _)| name)));
}

#[test]
fn the_schemas_are_current_and_every_key_has_words() {
    fn words(json: &Json) {
        if let Json::Object(map) = json {
            if let Some(Json::Object(properties)) = map.get("properties") {
                for (name, property) in properties {
                    assert!(property["description"].is_string(), "{name}");
                }
            }
            map.values().for_each(words);
        }
    }
    for (name, schema) in [("faults", FaultsFile::schema()), ("settings", settings_schema())] {
        words(&schema);
        let path = Path::new(ROOT).join(format!("schemas/{name}.schema.json"));
        let current = format!("{}\n", serde_json::to_string_pretty(&schema).unwrap());
        if std::env::var_os("UPDATE_SCHEMA").is_some() {
            fs::write(&path, &current).unwrap();
        }
        let file = fs::read_to_string(&path).unwrap_or_default();
        assert!(
            file == current,
            "run the tests with UPDATE_SCHEMA=1 to write schemas/{name}.schema.json"
        );
    }
}
