//! The words the API uses, as lists. Where a list is open, the API may send words that are not here.

/// How a counterparty relates to the merchant.
pub const RELATIONSHIP_TYPES: &[&str] = &[
    "CUSTOMER",
    "SUPPLIER",
    "EMPLOYEE",
    "BENEFICIARY",
    "FRIEND",
    "FAMILY",
    "DONOR",
    "DONEE",
    "CONTACT",
    "SERVICE_PROVIDER",
    "PARTNER",
    "SELF",
];

/// Who bears the fees.
pub const FEE_BEARERS: &[&str] = &["PAYER", "PAYEE"];

/// What can be paid.
pub const SOURCE_TYPES: &[&str] = &["INVOICE", "ORDER"];

/// Where a source stands.
pub const SOURCE_STATUSES: &[&str] = &["IDLE", "ACTIVE", "PROCESSING", "PAID", "CANCELED"];

/// Where an execution stands; the vendor lists these as examples, so others are "not final".
pub const EXECUTION_STATUSES: &[&str] = &["PENDING", "PROCESSING", "COMPLETED", "FAILED"];

/// What an execution does.
pub const OPERATION_TYPES: &[&str] = &["COLLECTION", "PAYOUT", "TRANSFER", "REFUND"];

/// The same, as paths spell them.
pub const OPERATIONS: &[&str] = &["collection", "payout", "transfer", "refund"];

/// How money moves.
pub const PAYMENT_METHODS: &[&str] = &[
    "MTN_MOMO_LBR",
    "ORANGE_MONEY_LBR",
    "AIRTEL_RWA",
    "MTN_MOMO_RWA",
    "ORANGE_MONEY_RWA",
    "CREDIT_CARD",
    "WALLET",
];

/// Who moves it. A mobile money method may stand in for its provider.
pub const PROVIDERS: &[&str] = &[
    "PAWAPAY",
    "STRIPE",
    "PLATFORM",
    "MTN_MOMO_LBR",
    "ORANGE_MONEY_LBR",
    "AIRTEL_RWA",
    "MTN_MOMO_RWA",
    "ORANGE_MONEY_RWA",
];

/// Whose fee tier applies.
pub const OWNER_TYPES: &[&str] = &["USER", "MICRO_ORGANIZATION", "ORGANIZATION"];

/// The path of the token call.
pub const TOKEN_PATH: &str = "/v1/jwt/client/obtain/token";

/// Fields of replies that are credentials: they become secrets the moment they arrive.
pub const SECRET_FIELDS: &[&str] = &["access_token", "client_secret"];
