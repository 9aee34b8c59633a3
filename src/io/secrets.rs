//! Secrets from the environment and from programs such as password managers.

use std::process::Stdio;
use std::time::Duration;

use tokio::io::AsyncReadExt;
use tokio::process::Command;

use super::host;
use crate::base::secret::Secret;

/// How long a program may take to print a secret.
const TIMEOUT: Duration = Duration::from_secs(30);

/// The longest secret a program may print.
const MAX_BYTES: u64 = 64 * 1024;

/// A secret from the environment.
pub fn from_env(variable: &str) -> Result<Secret, String> {
    match host::variable(variable)? {
        Some(text) if !text.is_empty() => Ok(Secret::new(text)),
        _ => Err(format!("the environment variable {variable} is not set")),
    }
}

/// What a program prints, without its last newline. It is never shown, not even when the program fails.
pub async fn from_command(words: &[String]) -> Result<Secret, String> {
    let (program, args) = words.split_first().ok_or("the command is empty")?;
    let run = async {
        let mut child = Command::new(program)
            .args(args)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| format!("`{program}` could not be started: {error}"))?;
        let mut printed = Vec::new();
        if let Some(stdout) = child.stdout.take() {
            let read = stdout.take(MAX_BYTES + 1).read_to_end(&mut printed).await;
            read.map_err(|error| format!("what `{program}` prints could not be read: {error}"))?;
        }
        if printed.len() as u64 > MAX_BYTES {
            return Err(format!("`{program}` printed more than {MAX_BYTES} bytes"));
        }
        let status = child.wait().await.map_err(|error| format!("`{program}`: {error}"))?;
        match status.success() {
            true => Ok(printed),
            false => Err(format!("`{program}` ended with {status}")),
        }
    };
    let printed = tokio::time::timeout(TIMEOUT, run)
        .await
        .map_err(|_| format!("`{program}` printed nothing within {} s", TIMEOUT.as_secs()))??;
    let text =
        String::from_utf8(printed).map_err(|_| format!("`{program}` printed no UTF-8 text"))?;
    let text = text.strip_suffix('\n').map_or(text.as_str(), |text| text.trim_end_matches('\r'));
    match text.is_empty() {
        true => Err(format!("`{program}` printed nothing")),
        false => Ok(Secret::new(text)),
    }
}
