//! Where a schedule gets its choices from: chance with a seed, or a script.

/// One schedule's choices. The same seed or script makes the same schedule.
#[derive(Debug, Clone)]
pub struct Choices {
    source: Source,
    asked: u32,
    /// A digest of the choices that were made, to tell schedules apart.
    digest: u64,
}

#[derive(Debug, Clone)]
enum Source {
    Chance {
        state: u64,
        per_mille: u32,
    },
    /// The choice at each of these points; elsewhere nothing goes wrong.
    Script(Vec<(u32, u32)>),
    Calm,
}

impl Choices {
    /// Choices by chance: something goes wrong `per_mille` times in a thousand.
    pub fn chance(seed: u64, per_mille: u32) -> Self {
        Self::from(Source::Chance { state: seed ^ 0x9e37_79b9_7f4a_7c15, per_mille })
    }

    /// The choices of a script: pairs of a point and what goes wrong there, from 1.
    pub fn script(script: Vec<(u32, u32)>) -> Self {
        Self::from(Source::Script(script))
    }

    fn from(source: Source) -> Self {
        Self { source, asked: 0, digest: 0xcbf2_9ce4_8422_2325 }
    }

    /// From now on nothing goes wrong.
    pub fn calm(&mut self) {
        self.source = Source::Calm;
    }

    /// How many points there were so far.
    pub fn asked(&self) -> u32 {
        self.asked
    }

    /// Tells this schedule from others.
    pub fn digest(&self) -> u64 {
        self.digest
    }

    /// What goes wrong here: 0 for nothing, else 1 to `ways`.
    pub fn wrong(&mut self, ways: u32) -> u32 {
        let point = self.asked;
        self.asked += 1;
        let choice = match &mut self.source {
            Source::Calm => 0,
            Source::Chance { state, per_mille } => {
                let dice = next(state);
                match u32::try_from(dice % 1_000).unwrap_or(0) < *per_mille {
                    true => 1 + u32::try_from((dice >> 32) % u64::from(ways.max(1))).unwrap_or(0),
                    false => 0,
                }
            }
            Source::Script(script) => {
                let choice = script.iter().find(|(at, _)| *at == point);
                choice.map_or(0, |(_, choice)| (*choice).min(ways))
            }
        };
        if choice != 0 {
            self.learn(u64::from(point) << 8 | u64::from(choice));
        }
        choice
    }

    /// A number below `bound` that decides how much, not whether; scripts always take the middle.
    pub fn amount(&mut self, bound: u64) -> u64 {
        match &mut self.source {
            Source::Chance { state, .. } => {
                let amount = next(state) % bound.max(1);
                self.learn(amount);
                amount
            }
            Source::Script(_) | Source::Calm => bound / 2,
        }
    }

    fn learn(&mut self, what: u64) {
        self.digest = (self.digest ^ what).wrapping_mul(0x0000_0100_0000_01b3);
    }
}

/// SplitMix64.
fn next(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
