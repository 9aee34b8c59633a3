//! The schemas that editors get say of the fixtures what `check` says, and the files of them are current.

use std::fs;
use std::path::Path;

use dollr_flow::base::span::Source;
use dollr_flow::flow::schema;
use dollr_flow::flow::text::yaml;
use dollr_flow::recipe_test;
use serde_json::Value as Json;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

fn document(path: &Path) -> Json {
    let source = Source::new("flow.yaml", fs::read_to_string(path).unwrap());
    yaml::read(&source).unwrap().value().masked()
}

fn problems(document: &Json) -> Vec<String> {
    let validator = jsonschema::draft7::new(&schema::flow()).unwrap();
    validator
        .iter_errors(document)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect()
}

fn flows(folder: &str) -> Vec<std::path::PathBuf> {
    let mut found: Vec<_> = fs::read_dir(Path::new(ROOT).join(folder))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end == "yaml"))
        .filter(|path| !path.to_str().unwrap().ends_with(".test.yaml"))
        .collect();
    found.sort();
    assert!(!found.is_empty());
    found
}

#[test]
fn good_flows_fit() {
    for path in flows("tests/flows").into_iter().chain(flows("flows")) {
        let problems = problems(&document(&path));
        assert!(problems.is_empty(), "{}:\n{}", path.display(), problems.join("\n"));
    }
}

#[test]
fn wrong_keys_and_values_do_not() {
    for name in ["ten_mistakes", "top_level", "types", "empty"] {
        let path = Path::new(ROOT).join("tests/bad_flows").join(name).with_extension("yaml");
        assert!(!problems(&document(&path)).is_empty(), "{name}");
    }
}

#[test]
fn every_property_has_words() {
    fn walk(json: &Json, at: &str) {
        let Json::Object(map) = json else {
            if let Json::Array(items) = json {
                items.iter().for_each(|item| walk(item, at));
            }
            return;
        };
        let skip = at.ends_with("/if") || at.ends_with("/properties");
        if let (Some(Json::Object(properties)), false) = (map.get("properties"), skip) {
            for (name, property) in
                properties.iter().filter(|(name, _)| !at.ends_with("/then") || *name != "with")
            {
                assert!(property["description"].is_string(), "{at}: {name}");
            }
        }
        map.iter().for_each(|(name, value)| walk(value, &format!("{at}/{name}")));
    }
    walk(&schema::flow(), "");
    walk(&recipe_test::schema::trial(), "");
}

#[test]
fn test_files_fit_theirs() {
    let validator = jsonschema::draft7::new(&recipe_test::schema::trial()).unwrap();
    let of = |folder: &str| -> Vec<_> {
        let entries = fs::read_dir(Path::new(ROOT).join(folder)).unwrap();
        let paths = entries.map(|entry| entry.unwrap().path());
        paths.filter(|path| path.to_str().unwrap().ends_with(".test.yaml")).collect()
    };
    for path in of("flows").into_iter().chain(of("tests/trials")) {
        let document = document(&path);
        let problems: Vec<_> = validator.iter_errors(&document).collect();
        assert!(problems.is_empty(), "{}: {problems:#?}", path.display());
    }
    let bad = Path::new(ROOT).join("tests/bad_trials/everything.test.yaml");
    assert!(validator.iter_errors(&document(&bad)).count() > 10);
}

#[test]
fn the_files_are_current() {
    for (name, schema) in [("flow", schema::flow()), ("test", recipe_test::schema::trial())] {
        let path = Path::new(ROOT).join(format!("schemas/{name}.schema.json"));
        let current = format!("{}\n", serde_json::to_string_pretty(&schema).unwrap());
        if std::env::var_os("UPDATE_SCHEMA").is_some() {
            fs::write(&path, &current).unwrap();
        }
        let file = fs::read_to_string(&path).unwrap_or_default();
        assert!(file == current, "run the tests with UPDATE_SCHEMA=1 to write {}", path.display());
    }
}
