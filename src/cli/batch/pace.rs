//! How fast a batch goes, as the command line says.

use jiff::SignedDuration;

use crate::cli::args::shared::PaceArgs;
use crate::cli::load::NotStarted;
use crate::engine::batch::limit::Limit;

/// How fast many runs go.
pub struct Pace {
    /// How many at once.
    pub limit: Limit,
    /// How far apart requests are, at least.
    pub apart: SignedDuration,
}

impl Pace {
    /// What the command line says.
    pub fn of(args: &PaceArgs) -> Result<Self, NotStarted> {
        let limit = args.concurrency.map_or_else(Limit::adaptive, Limit::fixed);
        let apart = args.rate.as_deref().map(apart).transpose()?.unwrap_or_default();
        Ok(Self { limit, apart })
    }
}

/// The distance between requests at a rate such as `20/s`, `300/m` or `20`.
pub(crate) fn apart(rate: &str) -> Result<SignedDuration, NotStarted> {
    let bad = || format!("--rate {rate} is not a rate such as 20/s or 300/m");
    let (count, per) = rate.split_once('/').unwrap_or((rate, "s"));
    let nanos: i64 = match per {
        "s" => 1_000_000_000,
        "m" | "min" => 60_000_000_000,
        "h" => 3_600_000_000_000,
        _ => return Err(bad().into()),
    };
    match count.trim().parse::<i64>() {
        Ok(count) if count > 0 => Ok(SignedDuration::from_nanos(nanos / count)),
        _ => Err(bad().into()),
    }
}
