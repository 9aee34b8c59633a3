//! Floor 5: what people and programs get to see.
