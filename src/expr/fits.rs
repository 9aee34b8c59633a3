//! Which types go where, known before any value is: what `check` needs.

use super::ty::Ty;

impl Ty {
    /// Whether a value of the other type can stand where this one is wanted.
    ///
    /// No means never. Yes may still turn into an error by the value: any text may or may not be a phone.
    pub fn fits(&self, from: &Ty) -> bool {
        match (self, from) {
            (Self::Any, _) | (_, Self::Any) => true,
            (Self::Text, from) => from.is_scalar(),
            (Self::Secret, Self::Secret | Self::Text) => true,
            // what a template made of a secret is secret text, whatever it holds
            (to, Self::Secret) => to.is_text(),
            (Self::Secret, from) => from.is_text() || matches!(from, Self::Integer),
            (Self::Id(to), Self::Id(from)) => {
                to == from
                    || *to == "any"
                    || *from == "any"
                    || *to == "source" && matches!(*from, "invoice" | "order")
                    || *from == "source" && matches!(*to, "invoice" | "order")
            }
            (Self::Id(_), Self::Integer) | (Self::Integer, Self::Id(_)) => true,
            (Self::Money, Self::Integer) => true,
            (Self::Phone, Self::Integer) => true,
            (Self::List(to), Self::List(from)) => to.fits(from),
            (Self::Object(to), Self::Object(from)) => {
                to.iter().all(|field| match from.iter().find(|other| other.name == field.name) {
                    Some(other) => field.ty.fits(&other.ty),
                    None => !field.required,
                })
            }
            (Self::Object(_), Self::Free) | (Self::Free, Self::Object(_)) => true,
            (Self::Enum { words: to, .. }, Self::Enum { words: from, open }) => {
                *open || from.iter().any(|word| to.contains(word))
            }
            (to, Self::Text) => to.is_text(),
            (to, from) => std::mem::discriminant(to) == std::mem::discriminant(from),
        }
    }

    fn is_scalar(&self) -> bool {
        !matches!(self, Self::List(_) | Self::Object(_) | Self::Free)
    }

    /// Whether it is written as text, with or without a form of its own.
    pub fn is_text(&self) -> bool {
        self.is_scalar()
            && !matches!(
                self,
                Self::Any | Self::Integer | Self::Id(_) | Self::Money | Self::Boolean
            )
    }

    /// The type in words for people, with an article.
    pub fn describe(&self) -> String {
        match self {
            Self::Any => "any value".to_owned(),
            Self::Text => "a text".to_owned(),
            Self::Integer => "a whole number".to_owned(),
            Self::Id("any") => "an id".to_owned(),
            Self::Id("source") => "an invoice or order id".to_owned(),
            Self::Id(of) => {
                let an = if of.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
                format!("{an} {of} id")
            }
            Self::Money => "an amount".to_owned(),
            Self::Boolean => "true or false".to_owned(),
            Self::Phone => "a phone number".to_owned(),
            Self::Email => "an email address".to_owned(),
            Self::Currency => "a currency".to_owned(),
            Self::Country => "a country code".to_owned(),
            Self::Date => "a date".to_owned(),
            Self::DateTime => "a date with time".to_owned(),
            Self::Duration => "a length of time".to_owned(),
            Self::Uuid => "a UUID".to_owned(),
            Self::Enum { words, .. } => format!("one of {}", words.join(", ")),
            Self::Secret => "a secret".to_owned(),
            Self::List(_) => "a list".to_owned(),
            Self::Object(_) | Self::Free => "an object".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_no_id_and_an_id_is_of_one_thing() {
        assert!(!Ty::Id("party").fits(&Ty::Text));
        assert!(!Ty::Id("party").fits(&Ty::Id("counterparty")));
        assert!(Ty::Id("source").fits(&Ty::Id("invoice")));
        assert!(!Ty::Id("source").fits(&Ty::Id("party")));
        assert!(Ty::Id("party").fits(&Ty::Integer));
        assert!(Ty::Text.fits(&Ty::Id("session")));
    }

    #[test]
    fn formats_take_text_but_not_each_other() {
        for to in [Ty::Phone, Ty::Email, Ty::Currency, Ty::Country, Ty::Date, Ty::Uuid] {
            assert!(to.fits(&Ty::Text), "{to:?}");
            assert!(to.fits(&to), "{to:?}");
            assert!(!to.fits(&Ty::Boolean), "{to:?}");
        }
        assert!(!Ty::Phone.fits(&Ty::Email));
        assert!(!Ty::Money.fits(&Ty::Text));
        assert!(!Ty::List(&Ty::Text).fits(&Ty::Text));
        assert!(Ty::Money.fits(&Ty::Integer));
        let a = Ty::Enum { words: &["A", "B"], open: false };
        let c = Ty::Enum { words: &["C"], open: false };
        assert!(!a.fits(&c));
        assert!(Ty::Text.fits(&a));
    }
}
