//! The program as its users start it: a process, with a folder of its own and nothing else from outside.
#![allow(dead_code)]

pub mod alive;
pub mod http;
pub mod inside;
pub mod recorder;
pub mod served;

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

/// The secret of the credentials that tests hand over, where the sandbox's own don't have to be used.
pub const CLIENT_SECRET: &str = "sbx_secret";

/// How long anything may take before a test gives up on it.
pub const PATIENCE: Duration = Duration::from_secs(90);

/// What a process left behind.
#[derive(Debug)]
pub struct Told {
    /// Its exit code; none where a signal ended it.
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
    pub took: Duration,
}

impl Told {
    /// The one JSON document on standard output.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}\n{self:#?}"))
    }

    /// This exit code, no panic, and all that was said hangs on any failure.
    #[track_caller]
    pub fn exits(&self, code: i32) -> &Self {
        assert_eq!(self.code, Some(code), "{}\n{}", self.stdout, self.stderr);
        assert!(!self.stderr.contains("panicked at"), "{}", self.stderr);
        self
    }

    /// Standard error or output has these words.
    #[track_caller]
    pub fn says(&self, words: &str) -> &Self {
        let all = format!("{}\n{}", self.stdout, self.stderr);
        // terminals wrap; words may be on two lines
        let flat = all.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(flat.contains(words), "no `{words}` in\n{all}");
        self
    }

    /// The run it was about, from the JSON result.
    pub fn run_id(&self) -> String {
        self.json()["run_id"].as_str().expect("a run id").to_owned()
    }
}

/// A folder that the program works in, with its journal.
pub struct Place {
    pub folder: TempDir,
    base_url: Option<String>,
    credentials: Option<(String, String)>,
}

impl Place {
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), base_url: None, credentials: None }
    }

    /// A place whose requests go to that server, with the sandbox's credentials.
    pub fn at(url: &str) -> Self {
        Self {
            base_url: Some(url.to_owned()),
            credentials: Some(("sbx_client".into(), CLIENT_SECRET.into())),
            ..Self::new()
        }
    }

    pub fn with_credentials(self, id: &str, secret: &str) -> Self {
        Self { credentials: Some((id.into(), secret.into())), ..self }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file and returns its path.
    pub fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, text).unwrap();
        path
    }

    pub fn journal(&self) -> PathBuf {
        self.path(".dollr-flow/journal.db")
    }

    /// Everything the journal has on disk, the log beside it included.
    pub fn journal_bytes(&self) -> Vec<u8> {
        let mut all = Vec::new();
        for name in ["journal.db", "journal.db-wal", "journal.sandbox"] {
            all.extend(fs::read(self.path(".dollr-flow").join(name)).unwrap_or_default());
        }
        all
    }

    /// The program with these arguments, not started yet.
    pub fn command<S: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = S>) -> Command {
        let mut command = program();
        command.current_dir(self.folder.path()).args(args);
        if let Some(url) = &self.base_url {
            command.env("DOLLR_BASE_URL", url);
        }
        if let Some((id, secret)) = &self.credentials {
            command.env("DOLLR_CLIENT_ID", id).env("DOLLR_CLIENT_SECRET", secret);
        }
        command
    }

    pub fn tell<S: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = S>) -> Told {
        finish(&mut self.command(args))
    }

    /// `run FLOW --output json` for one phone.
    pub fn collect(&self, phone: &str, more: &[&str]) -> Told {
        finish(&mut self.collecting(phone, more))
    }

    pub fn collecting(&self, phone: &str, more: &[&str]) -> Command {
        let flow = collect_flow();
        let phone = format!("phone={phone}");
        let mut command = self.command(["run", "--output", "json", "-i", "fullname=Jane Doe"]);
        command.args(["-i", &phone]).args(more).arg(flow);
        command
    }
}

/// The program with nothing of this machine's settings.
pub fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dollr-flow"));
    for name in ["DOLLR_CLIENT_ID", "DOLLR_CLIENT_SECRET", "DOLLR_BASE_URL", "DOLLR_FLOW_JOURNAL"] {
        command.env_remove(name);
    }
    for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"]
    {
        command.env_remove(name);
    }
    command.stdin(Stdio::null());
    command
}

/// The flow that comes with the program.
pub fn collect_flow() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("flows/collect.yaml")
}

/// A copy of that flow with other words in it.
pub fn collect_with(from: &str, to: &str) -> String {
    let text = fs::read_to_string(collect_flow()).unwrap();
    assert!(text.contains(from), "the flow has no `{from}`");
    text.replace(from, to)
}

/// Runs a command to its end.
pub fn finish(command: &mut Command) -> Told {
    ended(start(command))
}

pub fn start(command: &mut Command) -> Child {
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// Waits for a process to end, and for no longer than tests have patience.
pub fn ended(child: Child) -> Told {
    let began = Instant::now();
    let pid = child.id();
    let waiter = thread::spawn(move || child.wait_with_output().unwrap());
    while !waiter.is_finished() {
        if began.elapsed() > PATIENCE {
            signal(pid, "KILL");
            panic!("a process did not end in time: {:#?}", waiter.join().unwrap());
        }
        thread::sleep(Duration::from_millis(5));
    }
    let output = waiter.join().unwrap();
    Told {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
        took: began.elapsed(),
    }
}

/// Sends a signal, such as `INT`, to one process.
pub fn signal(pid: u32, name: &str) {
    // it may have ended by itself meanwhile
    let _ =
        Command::new("kill").args(["-s", name, &pid.to_string()]).stderr(Stdio::null()).status();
}

/// Waits until something holds.
pub fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < PATIENCE, "waited in vain for {what}");
        thread::sleep(Duration::from_millis(10));
    }
}
