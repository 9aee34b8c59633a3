//! The files a sandbox is set up with: settings, and faults. They are read as flows are, with places and suggestions.

pub(crate) mod faults;
pub(crate) mod settings;
