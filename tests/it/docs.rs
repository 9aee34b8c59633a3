//! Every command that the documentation shows is run: each line of a `sh` block, in order, in a folder of
//! its own with the recipes in it. `# exit N` after a command names the exit code that is expected.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");
const CARGO_RUN: &str = "cargo run --release --";

fn pages() -> Vec<PathBuf> {
    let mut pages = vec![Path::new(ROOT).join("README.md")];
    for entry in fs::read_dir(Path::new(ROOT).join("docs")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|end| end == "md") {
            pages.push(path);
        }
    }
    pages.sort();
    pages
}

/// The commands of a page with the exit codes they promise.
fn commands(page: &str) -> Vec<(String, i32)> {
    let mut found = Vec::new();
    let mut inside = false;
    for line in page.lines() {
        match line.trim() {
            "```sh" => inside = true,
            "```" => inside = false,
            line if inside && !line.is_empty() && !line.starts_with('#') => {
                let (command, code) = line.split_once("# exit ").unwrap_or((line, "0"));
                found.push((command.trim().to_owned(), code.trim().parse().unwrap()));
            }
            _ => {}
        }
    }
    found
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        match path.is_dir() {
            true => copy(&path, &target),
            false => drop(fs::copy(&path, &target).unwrap()),
        }
    }
}

fn run_page(page: &Path) -> usize {
    let commands = commands(&fs::read_to_string(page).unwrap());
    run_all(page, &commands);
    commands.len()
}

/// Runs commands in order, in a folder of their own.
fn run_all(page: &Path, commands: &[(String, i32)]) {
    let folder = tempfile::tempdir().unwrap();
    for part in ["flows", "tests/bad_flows", "schemas"] {
        copy(&Path::new(ROOT).join(part), &folder.path().join(part));
    }
    let binary = Path::new(env!("CARGO_BIN_EXE_dollr-flow"));
    let path = format!("{}:{}", binary.parent().unwrap().display(), std::env::var("PATH").unwrap());
    for (command, code) in commands {
        let command = command.replace(CARGO_RUN, "dollr-flow");
        let output = Command::new("bash")
            .args(["-c", &command])
            .current_dir(folder.path())
            .env("PATH", &path)
            .env_remove("DOLLR_BASE_URL")
            .env_remove("DOLLR_FLOW_JOURNAL")
            .output()
            .unwrap();
        assert_eq!(
            output.status.code(),
            Some(*code),
            "{}: `{command}`\n{}{}",
            page.display(),
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
    }
}

#[test]
fn every_command_that_is_shown_works() {
    let ran: usize = std::thread::scope(|scope| {
        let workers: Vec<_> =
            pages().into_iter().map(|page| scope.spawn(move || run_page(&page))).collect();
        workers.into_iter().map(|worker| worker.join().unwrap()).sum()
    });
    assert!(ran >= 10, "only {ran} commands were found");
}

#[test]
fn every_recipe_runs_by_the_command_in_its_header_and_simulates() {
    let mut ran = 0;
    for entry in fs::read_dir(Path::new(ROOT).join("flows")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if name.ends_with(".test.yaml") {
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        let header = text.lines().take_while(|line| line.starts_with('#'));
        let commands: Vec<_> = header.filter_map(|line| line.strip_prefix("# Try it: ")).collect();
        assert_eq!(commands, [format!("dollr-flow run flows/{name} --sandbox")]);
        let simulate = format!("dollr-flow simulate flows/{name} --schedules 50");
        let commands = [(commands[0].to_owned(), 0), (simulate, 0)];
        run_all(Path::new("flows").join(&name).as_path(), &commands);
        ran += 1;
    }
    assert!(ran >= 17, "only {ran} recipes were found");
}

#[test]
fn links_between_pages_lead_somewhere() {
    for page in pages() {
        let text = fs::read_to_string(&page).unwrap();
        for target in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let file = target.split('#').next().unwrap();
            if file.is_empty() || file.contains("://") {
                continue;
            }
            let linked = page.parent().unwrap().join(file);
            assert!(linked.exists(), "{} links to {target}", page.display());
        }
    }
}
