//! The types of inputs, parameters and outputs.

/// What a value may be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Ty {
    /// Any value.
    Any,
    /// Text.
    Text,
    /// A whole number.
    Integer,
    /// The API's integer id of a thing: `party`, `counterparty`, `invoice`, `order`, `session`, `account`, ...;
    /// `source` is an invoice or an order. The name tells ids of different things apart.
    Id(&'static str),
    /// An exact decimal amount.
    Money,
    /// `true` or `false`.
    Boolean,
    /// E.164 digits without `+`, 8 to 15.
    Phone,
    /// An email address.
    Email,
    /// ISO 4217.
    Currency,
    /// ISO 3166-1 alpha-2.
    Country,
    /// A day, `2026-02-03`.
    Date,
    /// A moment with an offset, `2026-02-03T08:15:00Z`.
    DateTime,
    /// A length of time, `2s`, `10m`, `1h30m`.
    Duration,
    /// A UUID; where the API wants version 4, the step kind makes it.
    Uuid,
    /// One of these words. `open` is for outputs whose list the API may extend.
    Enum {
        /// The words known today.
        words: &'static [&'static str],
        /// Whether other words can come.
        open: bool,
    },
    /// Text that must not be shown.
    Secret,
    /// Values in order.
    List(&'static Ty),
    /// Values by name; unknown names are refused in parameters and ignored in outputs.
    Object(&'static [Field]),
    /// An object of any fields.
    Free,
}

/// A named, typed field with its documentation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Field {
    /// The API's own name.
    pub name: &'static str,
    /// What it may be.
    pub ty: Ty,
    /// For a parameter: whether it must be given. For an output: whether it is always there (not null).
    pub required: bool,
    /// What is taken when it is not given, as it would stand in the file.
    pub default: Option<&'static str>,
    /// One sentence, with units where there are any.
    pub doc: &'static str,
}

impl Field {
    /// A field that must be there.
    pub const fn required(name: &'static str, ty: Ty, doc: &'static str) -> Self {
        Self { name, ty, required: true, default: None, doc }
    }

    /// A field that may be missing.
    pub const fn optional(name: &'static str, ty: Ty, doc: &'static str) -> Self {
        Self { name, ty, required: false, default: None, doc }
    }

    /// A field with a default.
    pub const fn default(
        name: &'static str,
        ty: Ty,
        default: &'static str,
        doc: &'static str,
    ) -> Self {
        Self { name, ty, required: false, default: Some(default), doc }
    }
}

/// A length of time such as `2s`, `10m`, `1h30m` or `500ms`, in milliseconds.
pub fn duration_ms(text: &str) -> Option<u64> {
    let mut total: u64 = 0;
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).filter(|n| *n > 0)?;
        let (number, tail) = rest.split_at(digits);
        let unit = tail.find(|c: char| c.is_ascii_digit()).unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(unit);
        let scale = match unit {
            "ms" => 1,
            "s" => 1_000,
            "m" => 60_000,
            "h" => 3_600_000,
            "d" => 86_400_000,
            _ => return None,
        };
        total = total.checked_add(number.parse::<u64>().ok()?.checked_mul(scale)?)?;
        rest = tail;
    }
    (!text.is_empty()).then_some(total)
}
