//! The secrets of a process, and finding them in whatever is about to leave it: the one mechanism for that.
//!
//! A secret is found as it is, and as other programs repeat it: JSON-escaped, percent-encoded, in HTML entities, in
//! Base64 and in hexadecimal, and so is each line of a secret of several.
//!
//! How far that goes depends on its length, because a short one also stands in innocent texts:
//!
//! - of [`LONG`] bytes or more it is masked wherever it stands; one of digits alone only as a number of its own, not
//!   inside of another number or an id, and not where it is a sum of money;
//! - a shorter one of [`WORD`] bytes or more is masked in what comes from elsewhere, as a word of its own;
//! - one still shorter is masked there where it is a whole value.
//!
//! What the API's contract needs to stay readable, such as an amount, an id or a status, is never masked for a short
//! secret or one of digits.

use std::ops::Range;
use std::sync::{Arc, PoisonError, RwLock};

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};

use super::disguise::{base64, hexadecimal, undone};
use super::money::Currency;
use super::secret::{MASK, Secret};
use super::value::{Map, Value};

/// From this length on, in bytes, a secret is masked wherever it stands.
pub const LONG: usize = 6;

/// From this length on a secret is masked where it is a word of its own, in texts from elsewhere.
pub const WORD: usize = 4;

/// How many escapes inside of each other are undone.
const MAX_DEPTH: u8 = 2;

/// In longer texts only one is.
const DEEP_BYTES: usize = 64 * 1024;

/// The secrets that are known just now, shared by everything that writes for the world.
#[derive(Debug, Clone, Default)]
pub struct Secrets(Arc<RwLock<Known>>);

#[derive(Debug, Default)]
struct Known {
    lasting: Arc<Finder>,
    scoped: Vec<(u64, Arc<Finder>)>,
    next: u64,
}

impl Secrets {
    /// Knows secrets from now on.
    pub fn learn<'a>(&self, secrets: impl IntoIterator<Item = &'a Secret>) {
        let new = {
            let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
            known.lasting.new_of(secrets)
        };
        if !new.is_empty() {
            let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
            known.lasting = Arc::new(known.lasting.with(new));
        }
    }

    /// Knows every secret of these values from now on.
    pub fn learn_within<'a>(&self, values: impl IntoIterator<Item = &'a Value>) {
        let mut found = Vec::new();
        values.into_iter().for_each(|value| gather(value, &mut found));
        self.learn(found);
    }

    /// The secrets known just now.
    pub fn scrub(&self) -> Scrub {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let all = [&known.lasting].into_iter().chain(known.scoped.iter().map(|(_, own)| own));
        Scrub(all.filter(|finder| !finder.secrets.is_empty()).cloned().collect())
    }
}

/// Every secret inside a value.
pub fn gather<'a>(value: &'a Value, found: &mut Vec<&'a Secret>) {
    match value {
        Value::Secret(secret) => found.push(secret),
        Value::List(items) => items.iter().for_each(|item| gather(item, found)),
        Value::Map(map) => map.values().for_each(|item| gather(item, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Text(_) => {}
    }
}

/// Secrets that are known for as long as this is held: those of one run of many.
#[derive(Debug, Default)]
pub struct Scope {
    home: Option<(Secrets, u64)>,
}

impl Scope {
    /// Knows secrets as long as this is held, in the same place always.
    pub fn learn<'a>(&mut self, home: &Secrets, secrets: impl IntoIterator<Item = &'a Secret>) {
        let new = {
            let known = home.0.read().unwrap_or_else(PoisonError::into_inner);
            let own = known.scoped.iter().find(|(id, _)| self.is(*id)).map(|(_, own)| own);
            let new = known.lasting.new_of(secrets);
            own.map_or(new.clone(), |own| own.new_of(&new))
        };
        if new.is_empty() {
            return;
        }
        let mut known = home.0.write().unwrap_or_else(PoisonError::into_inner);
        let id = match &self.home {
            Some((_, id)) => *id,
            None => {
                let id = known.next;
                known.next += 1;
                known.scoped.push((id, Arc::default()));
                self.home = Some((home.clone(), id));
                id
            }
        };
        if let Some((_, own)) = known.scoped.iter_mut().find(|(other, _)| *other == id) {
            *own = Arc::new(own.with(new));
        }
    }

    fn is(&self, id: u64) -> bool {
        self.home.as_ref().is_some_and(|(_, own)| *own == id)
    }
}

impl Drop for Scope {
    fn drop(&mut self) {
        if let Some((home, id)) = &self.home {
            let mut known = home.0.write().unwrap_or_else(PoisonError::into_inner);
            known.scoped.retain(|(other, _)| other != id);
        }
    }
}

/// Whose words a text is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum From {
    /// This program's, where a word or number may look like a short secret.
    Here,
    /// Another's, such as an API that repeats what it was sent.
    Elsewhere,
}

/// The secrets of one moment.
#[derive(Debug, Clone, Default)]
pub struct Scrub(Vec<Arc<Finder>>);

impl Scrub {
    /// These secrets alone.
    pub fn of<'a>(secrets: impl IntoIterator<Item = &'a Secret>) -> Self {
        let none = Finder::default();
        Self(vec![Arc::new(none.with(none.new_of(secrets)))])
    }

    /// Whether there is nothing to look for.
    pub fn is_empty(&self) -> bool {
        self.0.iter().all(|finder| finder.secrets.is_empty())
    }

    /// A text for the world with `***` in place of every secret.
    pub fn text(&self, text: &str) -> String {
        self.masked(text, From::Here).unwrap_or_else(|| text.to_owned())
    }

    /// The same for a text that came from elsewhere.
    pub fn foreign_text(&self, text: &str) -> String {
        if self.is_whole(text) {
            return MASK.to_owned();
        }
        self.masked(text, From::Elsewhere).unwrap_or_else(|| text.to_owned())
    }

    /// Makes every value from elsewhere that is or holds a secret a secret itself, and masks it in names.
    pub fn value(&self, value: &mut Value) {
        if !self.is_empty() {
            self.field("", value);
        }
    }

    /// The same for values by name.
    pub fn map(&self, map: &mut Map) {
        if !self.is_empty() {
            self.fields(map);
        }
    }

    fn field(&self, name: &str, value: &mut Value) {
        match value {
            Value::Text(text) => {
                let whole = || self.is_whole(text) && !(is_contract(name) && is_common(text));
                let from = if is_contract(name) { From::Here } else { From::Elsewhere };
                if whole() || self.holds(text, from) {
                    *value = Value::Secret(Secret::new(std::mem::take(text)));
                }
            }
            Value::Number(number) => {
                if !is_contract(name) && self.is_number(number.as_str()) {
                    *value = Value::Secret(Secret::new(number.as_str()));
                }
            }
            Value::List(items) => items.iter_mut().for_each(|item| self.field(name, item)),
            Value::Map(map) => self.fields(map),
            Value::Null | Value::Bool(_) | Value::Secret(_) => {}
        }
    }

    fn fields(&self, map: &mut Map) {
        let hidden = |name: &str| {
            !is_contract(name) && (self.is_whole(name) || self.holds(name, From::Elsewhere))
        };
        if map.keys().any(|name| hidden(name)) {
            for (name, value) in std::mem::take(map) {
                let mut shown = if hidden(&name) { self.foreign_text(&name) } else { name };
                while map.contains_key(&shown) {
                    shown.push('*');
                }
                map.insert(shown, value);
            }
        }
        map.iter_mut().for_each(|(name, value)| self.field(name, value));
    }

    /// Masks what is left of secrets in JSON for the world, so that it stays JSON.
    pub fn json(&self, json: &mut serde_json::Value) {
        use serde_json::Value as Json;
        if self.is_empty() {
            return;
        }
        match json {
            Json::String(text) => {
                if let Some(masked) = self.masked(text, From::Here) {
                    *text = masked;
                }
            }
            Json::Number(number) => {
                let digits = number.as_str();
                if digits.len() >= LONG && self.is_number(digits) {
                    *json = Json::String(MASK.to_owned());
                }
            }
            Json::Array(items) => items.iter_mut().for_each(|item| self.json(item)),
            Json::Object(map) => {
                if map.keys().any(|name| self.holds(name, From::Here)) {
                    *map = std::mem::take(map)
                        .into_iter()
                        .map(|(name, value)| (self.text(&name), value))
                        .collect();
                }
                for (name, value) in map.iter_mut() {
                    if !(is_contract(name) && value.is_number()) {
                        self.json(value);
                    }
                }
            }
            Json::Null | Json::Bool(_) => {}
        }
    }

    fn holds(&self, text: &str, from: From) -> bool {
        self.0.iter().any(|finder| !finder.find(text.as_bytes(), from).is_empty())
    }

    fn is_whole(&self, text: &str) -> bool {
        self.all().any(|secret| secret == text)
    }

    /// Whether a number is a secret: a number has no leading zeros.
    fn is_number(&self, digits: &str) -> bool {
        let same = |secret: &str| {
            secret == digits
                || secret.bytes().all(|b| b.is_ascii_digit())
                    && secret.trim_start_matches('0') == digits
        };
        self.all().any(same)
    }

    fn all(&self) -> impl Iterator<Item = &str> {
        self.0.iter().flat_map(|finder| finder.secrets.iter().filter_map(Secret::expose))
    }

    /// The masked text; none if there is nothing to mask.
    fn masked(&self, text: &str, from: From) -> Option<String> {
        let found = self.0.iter().flat_map(|finder| finder.find(text.as_bytes(), from));
        let mut found: Vec<Range<usize>> = found.collect();
        if found.is_empty() {
            return None;
        }
        found.sort_unstable_by_key(|range| range.start);
        let mut masked = String::with_capacity(text.len());
        let mut end = 0;
        for range in found {
            if range.start > end || masked.is_empty() {
                masked.push_str(text.get(end..range.start).unwrap_or_default());
                masked.push_str(MASK);
            }
            end = end.max(range.end);
        }
        masked.push_str(text.get(end..).unwrap_or_default());
        Some(masked)
    }
}

/// Whether people and programs rely on what a field of the API says: money, ids, and where something stands.
fn is_contract(name: &str) -> bool {
    const NAMES: &[&str] = &[
        "id",
        "status",
        "operation",
        "payment_method",
        "method",
        "provider",
        "gateway_provider",
        "expires_in",
        "count",
        "page",
        "qty",
        "quantity",
        "price",
        "total",
        "url",
    ];
    let parts = ["amount", "fee", "currency", "total", "balance", "country"];
    let ends = ["_id", "_at", "_status", "_type", "_number"];
    NAMES.contains(&name)
        || parts.iter().any(|part| name.contains(part))
        || ends.iter().any(|end| name.ends_with(end))
}

/// Whether an amount, an id or a word of the API could look just so.
fn is_common(text: &str) -> bool {
    text.len() < LONG || text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
}

/// Finds a set of secrets in texts. Made once per set.
#[derive(Debug, Default)]
struct Finder {
    secrets: Vec<Secret>,
    search: Option<AhoCorasick>,
    forms: Vec<Form>,
    has_space: bool,
}

/// How a pattern has to stand in a text to be a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Anywhere,
    /// As a word of its own, in texts from elsewhere.
    Word,
    /// As a number of its own; a short one only in texts from elsewhere.
    Number {
        short: bool,
    },
    /// Inside of a longer code, whose letters beside it hold some of its bits.
    Code,
}

impl Finder {
    /// Those of the secrets that it does not know.
    fn new_of<'a>(&self, secrets: impl IntoIterator<Item = &'a Secret>) -> Vec<Secret> {
        let mut new = Vec::new();
        for secret in secrets {
            let there = secret.expose().is_some_and(|text| !text.is_empty());
            if there && !self.secrets.contains(secret) && !new.contains(secret) {
                new.push(secret.clone());
            }
        }
        new
    }

    /// The same with more secrets.
    fn with(&self, mut new: Vec<Secret>) -> Self {
        let mut secrets = self.secrets.clone();
        secrets.append(&mut new);
        Self::new(secrets)
    }

    fn new(secrets: Vec<Secret>) -> Self {
        let mut patterns: Vec<String> = Vec::new();
        let mut forms = Vec::new();
        for piece in secrets.iter().filter_map(Secret::expose).flat_map(pieces) {
            let mut add = |pattern: String, form| {
                if !patterns.contains(&pattern) {
                    patterns.push(pattern);
                    forms.push(form);
                }
            };
            let short = piece.len() < LONG;
            match piece.bytes().all(|byte| byte.is_ascii_digit()) {
                true => add(piece.to_owned(), Form::Number { short }),
                false if short => add(piece.to_owned(), Form::Word),
                false => add(piece.to_owned(), Form::Anywhere),
            }
            if !short {
                base64(piece.as_bytes()).into_iter().for_each(|code| add(code, Form::Code));
                hexadecimal(piece.as_bytes()).into_iter().for_each(|hex| add(hex, Form::Anywhere));
            }
        }
        let has_space = patterns.iter().any(|pattern| pattern.contains(' '));
        // overlapping matches are all wanted: secrets may overlap, and one may begin another
        let search = AhoCorasick::builder()
            .match_kind(MatchKind::Standard)
            // quick to make: every new token makes it once more
            .kind(Some(AhoCorasickKind::ContiguousNFA))
            .build(&patterns)
            .ok();
        Self { secrets, search, forms, has_space }
    }

    /// Where secrets stand in a text.
    fn find(&self, text: &[u8], from: From) -> Vec<Range<usize>> {
        let mut found = Vec::new();
        let depth = if text.len() > DEEP_BYTES { 1 } else { MAX_DEPTH };
        self.look(text, from, depth, &mut found);
        found
    }

    fn look(&self, text: &[u8], from: From, depth: u8, found: &mut Vec<Range<usize>>) {
        let Some(search) = &self.search else { return };
        for hit in search.find_overlapping_iter(text) {
            let Some(form) = self.forms.get(hit.pattern().as_usize()) else { continue };
            found.extend(stands(text, hit.range(), *form, from));
        }
        if depth == 0 {
            return;
        }
        for view in undone(text, self.has_space) {
            let mut inside = Vec::new();
            self.look(&view.bytes, from, depth - 1, &mut inside);
            let back = |range: Range<usize>| view.place(range.start)..view.place(range.end);
            found.extend(inside.into_iter().map(back));
        }
    }
}

/// What of a secret has to be looked for: all of it, and each of its lines that does not stand in every key file.
fn pieces(secret: &str) -> Vec<&str> {
    let lines = secret
        .lines()
        .map(str::trim)
        .filter(|line| line.len() >= LONG && !line.starts_with("-----") && secret.trim() != *line);
    let mut all: Vec<&str> = [secret, secret.trim()].into_iter().chain(lines).collect();
    all.retain(|piece| piece.len() >= WORD);
    all.dedup();
    all
}

/// The place to mask, if a pattern that was found there is a secret.
fn stands(text: &[u8], at: Range<usize>, form: Form, from: From) -> Option<Range<usize>> {
    let (before, after) = (&text[..at.start], &text[at.end..]);
    match form {
        Form::Anywhere => Some(at),
        Form::Word => {
            let apart = |byte: Option<&u8>| byte.is_none_or(|byte| !is_word(*byte));
            let own = apart(before.last()) && apart(after.first());
            (own && from == From::Elsewhere).then_some(at)
        }
        Form::Number { short } => {
            let own = is_own_number(before, after) && !is_money(after);
            (own && (!short || from == From::Elsewhere)).then_some(at)
        }
        Form::Code => {
            let code = |byte: &&u8| byte.is_ascii_alphanumeric() || b"+/-_".contains(byte);
            let start = at.start - before.last().filter(code).map_or(0, |_| 1);
            let end = at.end + after.first().filter(code).map_or(0, |_| 1);
            let padding = text[end..].iter().take(2).take_while(|byte| **byte == b'=').count();
            Some(start..end + padding)
        }
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

/// Whether digits between these texts are a number of their own, not a part of another or of an id.
fn is_own_number(before: &[u8], after: &[u8]) -> bool {
    let apart = |near: Option<&u8>, next: Option<&u8>| match near {
        Some(b'.' | b',') => !next.is_some_and(u8::is_ascii_digit),
        Some(b'-') => !next.is_some_and(u8::is_ascii_hexdigit),
        Some(byte) => !is_word(*byte),
        None => true,
    };
    let behind = before.len().checked_sub(2).and_then(|at| before.get(at));
    apart(before.last(), behind) && apart(after.first(), after.get(1))
}

/// Whether digits before this text are a sum of money: a currency follows.
fn is_money(after: &[u8]) -> bool {
    let [b' ', a, b, c, rest @ ..] = after else { return false };
    let code = [*a, *b, *c];
    let code = std::str::from_utf8(&code).ok().and_then(|code| code.parse::<Currency>().ok());
    code.is_some() && rest.first().is_none_or(|byte| !is_word(*byte))
}

#[cfg(test)]
#[path = "scrub_tests.rs"]
mod tests;
