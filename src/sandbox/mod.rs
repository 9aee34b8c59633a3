//! Floor 2: the Dollr emulator, pure.

pub(crate) mod books;
pub(crate) mod console;
pub(crate) mod enums;
pub(crate) mod faults;
pub(crate) mod figures;
mod handle;
mod idle;
pub(crate) mod operations;
pub(crate) mod protocol;
pub(crate) mod resources;
mod router;
pub(crate) mod setup;

pub use books::ledger::Ledger;
pub use books::request_log::{Calls, LogLine};
pub use console::audit::{
    Audit, Charges, CurrencyTotals, ExecutionCounts, ReferenceAttempts, Repeat, Violation,
};
pub use enums::{
    ExecutionStatus, FeeBearer, MerchantType, OperationType, PaymentMethod, SourceStatus,
    SourceType,
};
pub use faults::fault::{Fault, FaultAction, FaultFlaw};
pub use faults::mishap::{Conduct, Handled};
pub use handle::handle;
pub use operations::{OPERATIONS, Operation, methods, operation};
pub use setup::settings::{
    Credential, Dedup, FirstIds, HostedPayer, Merchant, Operator, PasscodeSetting, ProviderStyle,
    RateLimit, Settings, Ticks, WalletSetting,
};
pub use setup::tariff::{Fee, Tariff, Tier};
pub use setup::validate::SettingFlaw;
