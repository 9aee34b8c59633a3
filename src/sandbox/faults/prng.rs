//! Chance that a seed decides: the faults' own generator of random numbers.

/// A small generator of numbers that look random: the same seed gives the same numbers.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Prng {
    state: u64,
}

impl Prng {
    /// A generator.
    pub(crate) fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    /// A number from 0 up to 1.
    pub(crate) fn fraction(&mut self) -> f64 {
        // splitmix64, and the 53 bits of it a fraction can hold
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.state ^ (self.state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let bits = (mixed ^ (mixed >> 31)) >> 11;
        bits as f64 / (1_u64 << 53) as f64
    }
}
