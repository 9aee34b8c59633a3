//! What a sandbox is set up with: merchants, tariffs, limits. Enter by [`settings::Settings`]; [`validate`] finds what does
//! not go together.

pub(crate) mod settings;
pub(crate) mod tariff;
pub(crate) mod validate;
