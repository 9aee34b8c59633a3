//! Where secrets come from: the environment, a file, or a command such as a password manager's.
//!
//! No message here quotes a secret, nor a command's arguments or output: any of them could hold one.

use std::io::{self, Read};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use super::{disk, host};
use crate::base::secret::Secret;

/// The longest secret.
const MAX_BYTES: u64 = 64 * 1024;

/// How long a command may take: a person may have to unlock something.
const COMMAND_TIMEOUT: Duration = Duration::from_secs(60);

/// How often an ending command is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// The secret in a variable of the environment.
pub fn from_variable(name: &str) -> Result<Secret, String> {
    match host::setting(name)? {
        Some(text) => Ok(Secret::new(text)),
        None => Err(format!("the environment variable {name} is not set")),
    }
}

/// The secret in a file, without the line end.
pub fn from_file(path: &Path) -> Result<Secret, String> {
    let text = disk::read_text(path, MAX_BYTES)?;
    whole(&text).ok_or_else(|| format!("{} holds no secret: it is empty", path.display()))
}

/// The secret a command prints, without the line end. Its error output is thrown away.
pub fn from_command(words: &[String]) -> Result<Secret, String> {
    run(words, COMMAND_TIMEOUT)
}

fn run(words: &[String], timeout: Duration) -> Result<Secret, String> {
    let (program, arguments) = words.split_first().ok_or("the secret's command is empty")?;
    let deadline = Instant::now() + timeout;
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| format!("the secret's command `{program}` can't be run: {error}"))?;
    let result = output(&mut child, deadline);
    if result.is_err() {
        // it may have ended by itself meanwhile
        let _ = child.kill();
        let _ = child.wait();
    }
    result.map_err(|problem| format!("the secret's command `{program}` {problem}"))
}

fn output(child: &mut Child, deadline: Instant) -> Result<Secret, String> {
    let late = || "did not end in time".to_owned();
    let broken = |error: io::Error| format!("can't be read: {error}");
    let stdout = child.stdout.take().ok_or("has no output")?;
    // a thread of its own, because the output may stay open for as long as it likes
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        let read = stdout.take(MAX_BYTES + 1).read_to_end(&mut bytes).map(|_| bytes);
        // nobody listens any more once the time is over
        let _ = sender.send(read);
    });
    let left = deadline.saturating_duration_since(Instant::now());
    let bytes = receiver.recv_timeout(left).map_err(|_| late())?.map_err(broken)?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(format!("prints more than {} KiB", MAX_BYTES / 1024));
    }
    let status = wait(child, deadline).map_err(broken)?.ok_or_else(late)?;
    if !status.success() {
        return Err(format!("failed ({status}); run it by hand to see why"));
    }
    let text = String::from_utf8(bytes).map_err(|_| "prints something that is not UTF-8 text")?;
    whole(&text).ok_or_else(|| "prints nothing".to_owned())
}

fn wait(child: &mut Child, deadline: Instant) -> io::Result<Option<ExitStatus>> {
    loop {
        let status = child.try_wait()?;
        if status.is_some() || Instant::now() >= deadline {
            return Ok(status);
        }
        thread::sleep(LOOK_EVERY);
    }
}

fn whole(text: &str) -> Option<Secret> {
    let text = text.trim_end_matches(['\r', '\n']);
    (!text.trim().is_empty()).then(|| Secret::new(text))
}

#[cfg(all(test, unix))]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Result<Secret, String> {
        run(&["sh", "-c", script].map(str::to_owned), Duration::from_millis(500))
    }

    #[test]
    fn a_command_gives_its_output_and_no_message_repeats_it() {
        assert_eq!(shell("echo hunter2").unwrap().expose(), Some("hunter2"));
        for (script, told) in [
            ("echo hunter2; exit 3", "failed (exit status: 3)"),
            ("true", "prints nothing"),
            ("printf 'hunter2\\377'", "not UTF-8"),
            ("echo hunter2; sleep 5", "did not end in time"),
            ("echo hunter2; exec >&-; sleep 5", "did not end in time"),
            ("yes hunter2", "more than 64 KiB"),
        ] {
            let began = Instant::now();
            let error = shell(script).unwrap_err();
            assert!(error.contains(told), "{script}: {error}");
            assert!(!error.contains("hunter2"), "{error}");
            assert!(began.elapsed() < Duration::from_secs(3), "{script}");
        }
        let missing = run(&["no-such-program-here".to_owned()], COMMAND_TIMEOUT).unwrap_err();
        assert!(missing.contains("can't be run"), "{missing}");
        assert!(run(&[], COMMAND_TIMEOUT).is_err());
    }

    #[test]
    fn a_file_gives_its_text_without_the_line_end() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        std::fs::write(&path, "hunter2\r\n").unwrap();
        assert_eq!(from_file(&path).unwrap().expose(), Some("hunter2"));
        std::fs::write(&path, "\n").unwrap();
        assert!(from_file(&path).unwrap_err().contains("it is empty"));
    }
}
