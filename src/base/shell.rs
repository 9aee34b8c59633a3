//! Words as a shell takes them: whatever is printed as a command can be copied as it stands.

/// A word, quoted where a shell would take it apart.
pub fn quoted(word: &str) -> String {
    // only a NUL can't be quoted, and no argument can hold one
    shlex::try_quote(word).map_or_else(|_| format!("{word:?}"), std::borrow::Cow::into_owned)
}

/// A command to copy, each of its words quoted as it needs.
pub fn command<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    words.into_iter().map(quoted).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_can_be_copied_as_it_stands() {
        let words =
            ["dollr-flow", "batch", "my flow.yaml", "--map", "Invoice No=", "it's", "", "a=b"];
        let text = command(words);
        assert_eq!(shlex::split(&text).unwrap_or_default(), words);
        assert_eq!(command(["dollr-flow", "resume", "3f2a"]), "dollr-flow resume 3f2a");
    }
}
