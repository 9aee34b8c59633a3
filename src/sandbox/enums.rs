//! The fixed words of the API: enumerations that are written in capitals on the wire.

use serde::{Deserialize, Serialize};

/// A closed set of words.
pub(crate) trait Word: Copy + 'static {
    /// Every word of the set.
    const ALL: &'static [Self];

    /// The word on the wire.
    fn as_str(self) -> &'static str;

    /// The word a text stands for.
    fn read(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|word| word.as_str() == text)
    }
}

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum $name {
            $(
                #[doc = concat!("`", $text, "`.")]
                #[serde(rename = $text)]
                $variant,
            )+
        }

        impl Word for $name {
            const ALL: &'static [Self] = &[$(Self::$variant),+];

            fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)+
                }
            }
        }
    };
}

words! {
    /// What a counterparty is to the merchant.
    Relationship {
        Customer = "CUSTOMER", Supplier = "SUPPLIER", Employee = "EMPLOYEE",
        Beneficiary = "BENEFICIARY", Friend = "FRIEND", Family = "FAMILY", Donor = "DONOR",
        Donee = "DONEE", Contact = "CONTACT", ServiceProvider = "SERVICE_PROVIDER",
        Partner = "PARTNER", Oneself = "SELF",
    }
}

words! {
    /// Who carries the fees.
    FeeBearer { Payer = "PAYER", Payee = "PAYEE" }
}

words! {
    /// The two kinds of payable document.
    SourceType { Invoice = "INVOICE", Order = "ORDER" }
}

words! {
    /// Where a document stands.
    SourceStatus {
        Idle = "IDLE", Active = "ACTIVE", Processing = "PROCESSING", Paid = "PAID",
        Canceled = "CANCELED",
    }
}

words! {
    /// Where an execution stands.
    ExecutionStatus {
        Pending = "PENDING", Processing = "PROCESSING", Completed = "COMPLETED", Failed = "FAILED",
    }
}

words! {
    /// Where a session stands.
    SessionStatus { Active = "ACTIVE", Executed = "EXECUTED", Expired = "EXPIRED" }
}

words! {
    /// The four ways money moves.
    OperationType {
        Collection = "COLLECTION", Payout = "PAYOUT", Transfer = "TRANSFER", Refund = "REFUND",
    }
}

words! {
    /// What a payer or a beneficiary pays with.
    PaymentMethod {
        MtnLiberia = "MTN_MOMO_LBR", OrangeLiberia = "ORANGE_MONEY_LBR", AirtelRwanda = "AIRTEL_RWA",
        MtnRwanda = "MTN_MOMO_RWA", OrangeRwanda = "ORANGE_MONEY_RWA", Card = "CREDIT_CARD",
        Wallet = "WALLET",
    }
}

words! {
    /// Who carries a payment out.
    Provider {
        Pawapay = "PAWAPAY", Stripe = "STRIPE", Platform = "PLATFORM", MtnLiberia = "MTN_MOMO_LBR",
        OrangeLiberia = "ORANGE_MONEY_LBR", AirtelRwanda = "AIRTEL_RWA",
        MtnRwanda = "MTN_MOMO_RWA", OrangeRwanda = "ORANGE_MONEY_RWA",
    }
}

words! {
    /// Who owns a fee tier.
    OwnerType { User = "USER", MicroOrganization = "MICRO_ORGANIZATION", Organization = "ORGANIZATION" }
}

words! {
    /// What sort of merchant it is.
    MerchantType { MicroOrganization = "MICRO_ORGANIZATION", Organization = "ORGANIZATION" }
}

words! {
    /// Whether a checkout has a page of its own.
    CheckoutMode { Hosted = "HOSTED", Direct = "DIRECT" }
}

/// The families of payment methods, which share fees and rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Family {
    /// Mobile money.
    Mobile,
    /// Cards.
    Card,
    /// A wallet of the platform.
    Wallet,
}

impl PaymentMethod {
    /// The family the method belongs to.
    pub(crate) fn family(self) -> Family {
        match self {
            Self::MtnLiberia
            | Self::OrangeLiberia
            | Self::AirtelRwanda
            | Self::MtnRwanda
            | Self::OrangeRwanda => Family::Mobile,
            Self::Card => Family::Card,
            Self::Wallet => Family::Wallet,
        }
    }

    /// The country a mobile method works in.
    pub(crate) fn country(self) -> Option<&'static str> {
        match self {
            Self::MtnLiberia | Self::OrangeLiberia => Some("LR"),
            Self::AirtelRwanda | Self::MtnRwanda | Self::OrangeRwanda => Some("RW"),
            Self::Card | Self::Wallet => None,
        }
    }

    /// The provider that carries the method out.
    pub(crate) fn provider(self) -> Provider {
        match self.family() {
            Family::Mobile => Provider::Pawapay,
            Family::Card => Provider::Stripe,
            Family::Wallet => Provider::Platform,
        }
    }

    /// Whether a request may name `provider` beside the method. Mobile methods may name themselves.
    pub(crate) fn goes_with(self, provider: Provider) -> bool {
        provider == self.provider() || provider.as_str() == self.as_str()
    }

    /// Whether the operation can use the method.
    pub(crate) fn serves(self, operation: OperationType) -> bool {
        match (operation, self.family()) {
            (OperationType::Collection, family) => family != Family::Wallet,
            (OperationType::Payout, family) => family != Family::Card,
            (OperationType::Transfer, family) => family == Family::Wallet,
            (OperationType::Refund, _) => true,
        }
    }
}

impl ExecutionStatus {
    /// Whether nothing follows.
    pub(crate) fn is_final(self) -> bool {
        match self {
            Self::Completed | Self::Failed => true,
            Self::Pending | Self::Processing => false,
        }
    }
}
