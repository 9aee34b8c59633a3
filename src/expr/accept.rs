//! Whether a value is of a type, and the value as that type writes it.

use std::ops::RangeInclusive;
use std::str::FromStr;

use super::ty::{Field, Ty, duration_ms};
use crate::base::country;
use crate::base::money::{Amount, Currency};
use crate::base::nearest::{did_you_mean, suggest};
use crate::base::secret::{MASK, Secret};
use crate::base::value::{Map, Number, Value};

/// Why a value is not of a type.
#[derive(Debug, Clone, PartialEq)]
pub struct Mismatch {
    /// Where inside the value: `[0].qty`; empty for the value itself.
    pub path: String,
    /// What is wrong, in one sentence without a full stop. Never holds a secret.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
    /// Whether the name at the end of the path is at fault, not the value there.
    pub name: bool,
}

impl Mismatch {
    /// A mismatch of the value itself.
    pub fn new(message: impl Into<String>) -> Self {
        Self { path: String::new(), message: message.into(), help: None, name: false }
    }

    /// A field that must not be there.
    pub fn unknown_field(name: &str, help: Option<String>) -> Self {
        let message = format!("there is no field `{name}`");
        Self { path: name.to_owned(), message, help, name: true }
    }

    /// The same with advice.
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The same, seen from the value around it.
    pub fn inside(mut self, step: &str) -> Self {
        self.path = join_path(step, &self.path);
        self
    }
}

/// A path into a value, one step longer at its front: `items`, `[0].qty`.
pub fn join_path(step: &str, path: &str) -> String {
    let dot = if path.is_empty() || path.starts_with('[') { "" } else { "." };
    format!("{step}{dot}{path}")
}

/// A path that templates follow, as people write it: `inputs.items[0].qty`.
pub fn dotted(path: &[String]) -> String {
    path.iter().rev().fold(String::new(), |rest, step| {
        let index = !step.is_empty() && step.bytes().all(|b| b.is_ascii_digit());
        join_path(&if index { format!("[{step}]") } else { step.clone() }, &rest)
    })
}

impl Ty {
    /// The value as this type writes it, or everything that is wrong with it.
    ///
    /// Digits written as text become numbers where numbers belong and the other way round; no digit is
    /// ever lost by it. Text that should be secret becomes secret, and a secret stays one.
    pub fn accept(&self, value: Value) -> Result<Value, Vec<Mismatch>> {
        match (self, value) {
            (Self::Any, value) => Ok(value),
            (_, Value::Null) => {
                Err(vec![Mismatch::new(format!("{} is needed, not null", self.describe()))])
            }
            (Self::List(item), value) => accept_list(item, value),
            (Self::Object(fields), value) => accept_object(fields, value),
            (Self::Free, value @ Value::Map(_)) => Ok(value),
            (Self::Secret, value) => accept_secret(value),
            (_, Value::Secret(secret)) => self.accept_hidden(&secret),
            (Self::Integer | Self::Id(_) | Self::Money | Self::Boolean, value) => {
                self.accept_plain(value).map_err(|mismatch| vec![mismatch])
            }
            (Self::Free, value) => Err(vec![self.other_sort(&value)]),
            (_, Value::Text(text)) => {
                self.accept_text(&text, &text).map(Value::Text).map_err(|mismatch| vec![mismatch])
            }
            (_, Value::Number(n)) => self
                .accept_text(n.as_str(), n.as_str())
                .map(Value::Text)
                .map_err(|mismatch| vec![mismatch]),
            (Self::Text, Value::Bool(b)) => Ok(Value::text(b.to_string())),
            (_, value) => Err(vec![self.other_sort(&value)]),
        }
    }

    fn other_sort(&self, value: &Value) -> Mismatch {
        Mismatch::new(format!("{} is needed, not {}", self.describe(), value.sort()))
    }

    fn accept_hidden(&self, secret: &Secret) -> Result<Value, Vec<Mismatch>> {
        if matches!(self, Self::Integer | Self::Id(_) | Self::Money | Self::Boolean | Self::Free) {
            let message = format!("{} is needed, and a secret is sent as text", self.describe());
            return Err(vec![Mismatch::new(message)]);
        }
        let Some(text) = secret.expose() else { return Ok(Value::Secret(secret.clone())) };
        self.accept_text(text, MASK)
            .map(|text| Value::Secret(Secret::new(text)))
            .map_err(|mismatch| vec![mismatch])
    }

    fn accept_plain(&self, value: Value) -> Result<Value, Mismatch> {
        let digits = match (&value, self) {
            (Value::Bool(_), Self::Boolean) => return Ok(value),
            (Value::Number(n), Self::Integer | Self::Id(_) | Self::Money) => n.as_str(),
            (Value::Text(text), _) => text,
            (other, _) => return Err(self.other_sort(other)),
        };
        let wrong = || Mismatch::new(format!("`{digits}` is not {}", self.describe()));
        match self {
            Self::Boolean => match digits {
                "true" => Ok(Value::Bool(true)),
                "false" => Ok(Value::Bool(false)),
                _ => Err(wrong().help("write true or false")),
            },
            Self::Money => match Number::parse(digits).filter(|n| n.as_amount().is_some()) {
                Some(number) => Ok(Value::Number(number)),
                None => Err(match Amount::from_str(digits) {
                    Err(error) => Mismatch::new(error.to_string()),
                    Ok(_) => wrong(),
                }
                .help("write a plain decimal without currency, such as 250.00")),
            },
            _ => {
                let whole = !digits.trim_start_matches('-').is_empty()
                    && digits.trim_start_matches('-').bytes().all(|b| b.is_ascii_digit());
                let negative_id = matches!(self, Self::Id(_)) && digits.starts_with('-');
                match Number::parse(digits).filter(|_| whole && !negative_id) {
                    Some(number) => Ok(Value::Number(number)),
                    None => Err(wrong()),
                }
            }
        }
    }

    /// Text of this type, as it is written on the wire. `shown` stands for the text in messages.
    fn accept_text(&self, text: &str, shown: &str) -> Result<String, Mismatch> {
        let wrong = || Mismatch::new(format!("`{shown}` is not {}", self.describe()));
        let unless = |fine: bool, help: &str| match fine {
            true => Ok(text.to_owned()),
            false => Err(wrong().help(help)),
        };
        match self {
            Self::Phone => phone(text, shown == text, wrong),
            Self::Email => unless(is_email(text), email_help(text)),
            Self::Currency => match Currency::from_str(text) {
                Ok(currency) => Ok(currency.code().to_owned()),
                Err(_) if Currency::from_str(&text.to_uppercase()).is_ok() => {
                    Err(wrong().help("write it in capitals"))
                }
                Err(_) => Err(wrong().help("write an ISO 4217 code such as USD, LRD or RWF")),
            },
            Self::Country => {
                let near = country::instead_of(text).filter(|_| shown == text);
                let help = match near {
                    Some(code) => format!("write {code}"),
                    None => "write an ISO 3166-1 code of two capitals, such as LR or RW".to_owned(),
                };
                unless(country::is_assigned(text), &help)
            }
            Self::Date => unless(
                text.len() == 10 && text.parse::<jiff::civil::Date>().is_ok(),
                "write year, month and day: 2026-02-03",
            ),
            Self::DateTime => unless(
                text.parse::<jiff::Timestamp>().is_ok(),
                "write date, time and offset: 2026-02-03T08:15:00Z",
            ),
            Self::Duration => unless(
                duration_ms(text).is_some(),
                "write numbers with units, such as 500ms, 2s, 10m or 1h30m",
            ),
            Self::Uuid => match uuid::Uuid::try_parse(text) {
                Ok(uuid) if text.len() == 36 => Ok(uuid.to_string()),
                _ => Err(wrong().help("write it as 8-4-4-4-12 hexadecimal digits")),
            },
            Self::Enum { words, open } => {
                if *open || words.contains(&text) {
                    return Ok(text.to_owned());
                }
                let help = if shown == text { suggest(text, words.iter().copied()) } else { None };
                Err(help.map_or_else(wrong, |help| wrong().help(help)))
            }
            _ => Ok(text.to_owned()),
        }
    }
}

/// How many digits phones have where they are paid by the API, country code included.
const PHONES: &[(&str, &str, RangeInclusive<usize>)] =
    &[("Liberia", "231", 10..=12), ("Rwanda", "250", 12..=12)];

/// E.164: the country code first, and no country's begins with 0.
fn phone(text: &str, may_show: bool, wrong: impl Fn() -> Mismatch) -> Result<String, Mismatch> {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    if digits.len() != text.len() {
        let help = match text.strip_prefix('+') {
            Some(rest) if rest == digits => "write it without the `+`".to_owned(),
            _ => "write the digits alone, country code first, such as 231771234567".to_owned(),
        };
        return Err(wrong().help(help));
    }
    if digits.starts_with('0') {
        let national = digits.trim_start_matches('0');
        let full = |code: &str| match national.starts_with(code) {
            true => national.to_owned(),
            false => format!("{code}{national}"),
        };
        let known = PHONES.iter().filter(|(_, code, lengths)| lengths.contains(&full(code).len()));
        let known: Vec<String> = known
            .map(|(country, code, _)| format!("in {country} that is {}", full(code)))
            .collect();
        let help = "the country code comes first, and none begins with 0".to_owned();
        return Err(wrong().help(match may_show && !known.is_empty() {
            true => format!("{help}: {}", known.join(", ")),
            false => help,
        }));
    }
    let n = digits.len();
    let country = PHONES.iter().find(|(_, code, _)| digits.starts_with(code));
    match country {
        _ if !(8..=15).contains(&n) => {
            Err(wrong().help(format!("a phone has 8 to 15 digits, and this one has {n}")))
        }
        Some((country, code, lengths)) if !lengths.contains(&n) => Err(wrong().help(format!(
            "in {country} a phone has {} digits with the {code}, and this one has {n}",
            match lengths.start() == lengths.end() {
                true => lengths.end().to_string(),
                false => format!("{} to {}", lengths.start(), lengths.end()),
            }
        ))),
        _ => Ok(digits),
    }
}

fn is_email(text: &str) -> bool {
    let Some((name, domain)) = text.split_once('@') else { return false };
    let clean = |c: char| !c.is_whitespace() && !c.is_control() && !"()<>[]:;,\\\"".contains(c);
    let dotted = |part: &str| part.split('.').all(|piece| !piece.is_empty());
    let label = |label: &str| {
        label.chars().all(|c| c.is_alphanumeric() || c == '-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let top = domain.rsplit('.').next().unwrap_or_default();
    text.len() <= 254
        && name.chars().all(clean)
        && dotted(name)
        && domain.contains('.')
        && dotted(domain)
        && domain.split('.').all(label)
        && top.chars().count() > 1
        && !top.bytes().all(|b| b.is_ascii_digit())
}

fn email_help(text: &str) -> &'static str {
    match text.get(..7) {
        Some(start) if start.eq_ignore_ascii_case("mailto:") => {
            "write the address without `mailto:`"
        }
        _ if text.contains('<') => "write the address alone, without the name",
        _ if text.contains([',', ';']) => "write one address",
        _ => "write an address such as jane@example.com",
    }
}

fn accept_secret(value: Value) -> Result<Value, Vec<Mismatch>> {
    match value {
        Value::Secret(_) => Ok(value),
        Value::Text(text) => Ok(Value::Secret(Secret::new(text))),
        Value::Number(n) => Ok(Value::Secret(Secret::new(n.as_str()))),
        other => Err(vec![Ty::Secret.other_sort(&other)]),
    }
}

fn accept_list(item: &Ty, value: Value) -> Result<Value, Vec<Mismatch>> {
    let Value::List(items) = value else {
        return Err(vec![Mismatch::new(format!("a list is needed, not {}", value.sort()))]);
    };
    let mut accepted = Vec::with_capacity(items.len());
    let mut problems = Vec::new();
    for (at, value) in items.into_iter().enumerate() {
        match item.accept(value) {
            Ok(value) => accepted.push(value),
            Err(inside) => {
                problems.extend(inside.into_iter().map(|m| m.inside(&format!("[{at}]"))));
            }
        }
    }
    if problems.is_empty() { Ok(Value::List(accepted)) } else { Err(problems) }
}

fn accept_object(fields: &[Field], value: Value) -> Result<Value, Vec<Mismatch>> {
    let Value::Map(mut map) = value else {
        return Err(vec![Mismatch::new(format!("an object is needed, not {}", value.sort()))]);
    };
    let mut accepted = Map::new();
    let mut problems = Vec::new();
    for field in fields {
        match field.take(map.shift_remove(field.name)) {
            Ok(Some(value)) => {
                accepted.insert(field.name.to_owned(), value);
            }
            Ok(None) => {}
            Err(inside) => problems.extend(inside.into_iter().map(|m| m.inside(field.name))),
        }
    }
    for name in map.keys() {
        let help = did_you_mean(name, fields.iter().map(|field| field.name));
        problems.push(Mismatch::unknown_field(name, help));
    }
    if problems.is_empty() { Ok(Value::Map(accepted)) } else { Err(problems) }
}

impl Field {
    /// The field's value, completed by its default; `None` where it may be missing and is.
    pub fn take(&self, given: Option<Value>) -> Result<Option<Value>, Vec<Mismatch>> {
        // null is how a template says "not given"
        match given.filter(|value| *value != Value::Null || self.ty == Ty::Any) {
            Some(value) => self.ty.accept(value).map(Some),
            None => match self.default {
                Some(default) => self.ty.accept(self.default_value(default)).map(Some),
                None if self.required => {
                    Err(vec![Mismatch::new(format!("{} is needed", self.ty.describe()))])
                }
                None => Ok(None),
            },
        }
    }

    /// A default as it would stand in a file: JSON where it is a list or an object, else plain text.
    fn default_value(&self, default: &str) -> Value {
        match self.ty {
            Ty::List(_) | Ty::Object(_) | Ty::Free | Ty::Any => {
                Value::from_json(default).unwrap_or_else(|_| Value::text(default))
            }
            _ => Value::text(default),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn show(ty: Ty, json: &str) -> String {
        match ty.accept(Value::from_json(json).unwrap()) {
            Ok(value) => value.masked().to_string(),
            Err(problems) => problems
                .into_iter()
                .map(|m| {
                    let help = m.help.map(|help| format!(" ({help})")).unwrap_or_default();
                    format!("{}: {}{help}", m.path, m.message)
                })
                .collect::<Vec<_>>()
                .join("; "),
        }
    }

    const ITEM: &[Field] = &[
        Field::required("name", Ty::Text, ""),
        Field::default("qty", Ty::Integer, "1", ""),
        Field::required("amount", Ty::Money, ""),
    ];

    #[test]
    fn digits_move_between_text_and_number_unharmed() {
        assert_eq!(show(Ty::Phone, "231771234567"), r#""231771234567""#);
        assert_eq!(show(Ty::Money, r#""250.00""#), "250.00");
        assert_eq!(show(Ty::Money, "0.10"), "0.10");
        assert_eq!(show(Ty::Id("party"), r#""17""#), "17");
        assert_eq!(show(Ty::Integer, r#""12345678901234567890123""#), "12345678901234567890123");
        assert_eq!(show(Ty::Text, "250.00"), r#""250.00""#);
        assert_eq!(show(Ty::Country, r#""NO""#), r#""NO""#);
        assert_eq!(show(Ty::Boolean, r#""true""#), "true");
        assert_eq!(show(Ty::Secret, "4321"), r#""***""#);
    }

    #[test]
    fn what_nobody_can_have_is_refused_with_what_is_meant() {
        for (ty, text, said) in [
            (Ty::Phone, "0770000001", "that is 231770000001"),
            (Ty::Phone, "00231770000001", "in Liberia that is 231770000001"),
            (Ty::Phone, "0781234567", "in Rwanda that is 250781234567"),
            (Ty::Phone, "023177000000012", "none begins with 0"),
            (
                Ty::Phone,
                "25078123456",
                "in Rwanda a phone has 12 digits with the 250, and this one has 11",
            ),
            (Ty::Phone, "2317700000011", "in Liberia a phone has 10 to 12 digits"),
            (Ty::Country, "UK", "write GB"),
            (Ty::Country, "lr", "write LR"),
            (Ty::Country, "LBR", "write LR"),
            (Ty::Country, "Rwanda", "write RW"),
            (Ty::Country, "ZZ", "ISO 3166-1"),
            (Ty::Email, "mailto:jane@example.com", "without `mailto:`"),
            (Ty::Email, "Jane <jane@example.com>", "the address alone"),
            (Ty::Email, "a@x.org,b@x.org", "one address"),
            (Ty::Email, "jane..doe@example.com", "such as"),
            (Ty::Email, "jane@example", "such as"),
            (Ty::Email, "jane@-x.org", "such as"),
            (Ty::Email, "jane@127.0.0.1", "such as"),
        ] {
            let shown = show(ty, &Value::text(text).reveal().unwrap());
            assert!(shown.contains(said), "{text}: {shown}");
        }
        for (ty, text) in [
            (Ty::Phone, "231770000001"),
            (Ty::Phone, "250781234567"),
            (Ty::Phone, "4915112345678"),
            (Ty::Country, "GB"),
            (Ty::Country, "NO"),
            (Ty::Email, "jane.doe+tag@mail.example.co.uk"),
            (Ty::Email, "jürgen@bücher.example"),
        ] {
            assert!(!show(ty, &Value::text(text).reveal().unwrap()).contains("is not"), "{text}");
        }
        let secret = Ty::Phone.accept(Value::Secret(Secret::new("0770000001"))).unwrap_err();
        assert!(!format!("{secret:?}").contains("770000001"), "{secret:?}");
    }

    #[test]
    fn what_is_wrong_is_said_with_what_to_do() {
        assert_eq!(
            show(Ty::Phone, r#""+231771234567""#),
            ": `+231771234567` is not a phone number (write it without the `+`)"
        );
        assert_eq!(
            show(Ty::Phone, r#""12345""#),
            ": `12345` is not a phone number (a phone has 8 to 15 digits, and this one has 5)"
        );
        assert_eq!(
            show(Ty::Currency, r#""usd""#),
            ": `usd` is not a currency (write it in capitals)"
        );
        assert_eq!(show(Ty::Id("party"), r#""Ann""#), ": `Ann` is not a party id");
        assert_eq!(show(Ty::Id("party"), "-1"), ": `-1` is not a party id");
        assert_eq!(show(Ty::Integer, "1.5"), ": `1.5` is not a whole number");
        assert_eq!(
            show(Ty::Money, r#""1e5""#),
            ": `1e5` is not a decimal amount such as 250.00 (write a plain decimal without currency, such as 250.00)"
        );
        assert_eq!(
            show(Ty::Duration, "10"),
            ": `10` is not a length of time (write numbers with units, such as 500ms, 2s, 10m or 1h30m)"
        );
        assert_eq!(show(Ty::Email, "[]"), ": an email address is needed, not a list");
        let fee = Ty::Enum { words: &["PAYER", "PAYEE"], open: false };
        assert_eq!(
            show(fee, r#""payer""#),
            ": `payer` is not one of PAYER, PAYEE (did you mean `PAYER`?)"
        );
    }

    #[test]
    fn lists_and_objects_report_every_problem_in_them() {
        let items = Ty::List(&Ty::Object(ITEM));
        assert_eq!(
            show(items, r#"[{"name": "a", "amount": "1.00"}]"#),
            r#"[{"name":"a","qty":1,"amount":1.00}]"#
        );
        assert_eq!(
            show(items, r#"[{"nmae": "a", "amount": "x"}, 3]"#),
            "[0].name: a text is needed; [0].amount: `x` is not a decimal amount such as 250.00 (write a plain \
             decimal without currency, such as 250.00); [0].nmae: there is no field `nmae` (did you mean `name`?); \
             [1]: an object is needed, not a number"
        );
    }

    #[test]
    fn secrets_stay_secrets_and_are_never_quoted() {
        let secret = || Value::Secret(Secret::new("231771234567"));
        assert!(matches!(Ty::Phone.accept(secret()), Ok(Value::Secret(_))));
        let wrong = Ty::Email.accept(secret()).unwrap_err();
        assert_eq!(wrong[0].message, "`***` is not an email address");
        assert!(Ty::Money.accept(secret()).is_err());
    }
}
