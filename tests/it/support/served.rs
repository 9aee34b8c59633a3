//! A sandbox in a process of its own.

use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::thread;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::{http, program};

pub struct Served {
    pub url: String,
    child: Child,
    _folder: TempDir,
}

impl Served {
    pub fn new() -> Self {
        Self::with("")
    }

    /// A sandbox with these settings, in YAML, and nothing in its books: tests count what is there.
    pub fn with(settings: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut command = program();
        command.current_dir(folder.path());
        command.args(["sandbox", "--listen", "127.0.0.1:0", "--output", "json"]);
        let path: PathBuf = folder.path().join("settings.yaml");
        std::fs::write(&path, format!("samples: false\n{settings}")).unwrap();
        command.arg("--settings").arg(path);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut text = String::new();
        let url = loop {
            assert_ne!(out.read_line(&mut text).unwrap(), 0, "the sandbox ended: {text}");
            if let Ok(ready) = serde_json::from_str::<Value>(&text) {
                break ready["url"].as_str().unwrap().to_owned();
            }
        };
        // whatever it says later must not fill the pipe
        thread::spawn(move || out.read_to_end(&mut Vec::new()));
        Self { url, child, _folder: folder }
    }

    pub fn state(&self) -> Value {
        http::get(&self.url, "/_sandbox/state")
    }

    pub fn books(&self) -> Value {
        http::get(&self.url, "/_sandbox/books")
    }

    /// The audit, which finds nothing wrong.
    #[track_caller]
    pub fn audit(&self) -> Value {
        let audit = http::get(&self.url, "/_sandbox/audit");
        assert_eq!(audit["violations"], json!([]), "{audit:#}");
        audit
    }

    pub fn executions(&self) -> Vec<Value> {
        self.books()["executions"].as_array().unwrap().clone()
    }

    /// How many requests of an operation came.
    pub fn calls(&self, operation: &str) -> u64 {
        self.state()["calls"][operation]["requests"].as_u64().unwrap_or(0)
    }

    pub fn settle(&self, reference: &str, status: &str) {
        let path = format!("/_sandbox/executions/{reference}/settle");
        http::post(&self.url, &path, &json!({ "status": status }));
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
