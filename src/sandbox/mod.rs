//! Floor 2: the Dollr emulator, pure.

mod accounts;
mod audit;
mod body;
mod book;
mod call;
mod checkouts;
mod clearance;
mod conduct;
mod control;
mod counterparties;
mod documents;
mod exact;
mod executions;
mod faults;
mod fees;
mod handle;
mod hosted;
mod items;
mod kinds;
mod landing;
mod ledger;
mod links;
mod log;
mod markers;
mod merchants;
mod page;
mod parties;
mod passcode;
mod predictions;
mod rates;
mod realtime;
mod receipts;
mod rejection;
mod repeats;
mod router;
mod samples;
mod sense;
mod sessions;
mod settings;
mod state;
mod status;
mod table;
mod tariff;
mod tokens;
mod triggers;
mod wallets;
mod words;

pub use audit::{
    Audit, Charges, CurrencyTotals, ExecutionCounts, ReferenceAttempts, Repeat, Violation,
};
pub use conduct::{Conduct, Handled};
pub use faults::{Fault, FaultAction, FaultFlaw};
pub use handle::handle;
pub use ledger::Ledger;
pub use log::{Calls, LogLine};
pub use router::{OPERATIONS, Operation, methods, operation};
pub use sense::SettingFlaw;
pub use settings::{
    Credential, Dedup, FirstIds, HostedPayer, Merchant, Operator, PasscodeSetting, ProviderStyle,
    RateLimit, Settings, Ticks, WalletSetting,
};
pub use tariff::{Fee, Tariff, Tier};
pub use words::{
    ExecutionStatus, FeeBearer, MerchantType, OperationType, PaymentMethod, SourceStatus,
    SourceType,
};
