//! Files of settings for the sandbox.

use crate::flow::text::form_check;
use crate::flow::text::form_schema;
use serde_json::Value as Json;

use super::faults;
use super::faults::FAULTS;
use crate::base::diagnostic::Diagnostic;
use crate::base::node::{Data, Node};
use crate::base::span::Source;
use crate::expr::Mismatch;
use crate::flow::inputs::parse::locate;
use crate::flow::text::form::{Entry, Form, Words, entry};
use crate::flow::text::form_check::MANY;
use crate::flow::text::reader::Reader;
use crate::sandbox::Settings;

macro_rules! words {
    ($name:ident, $what:literal, [$($word:literal),+ $(,)?]) => {
        const $name: Words = Words {
            what: $what,
            all: || vec![$($word),+],
            knows: |text| [$($word),+].contains(&text),
        };
    };
}

words!(MERCHANT_TYPE, "merchant type", ["MICRO_ORGANIZATION", "ORGANIZATION"]);
words!(FEE_BEARER, "fee bearer", ["PAYER", "PAYEE"]);
words!(OPERATION_TYPE, "operation type", ["COLLECTION", "PAYOUT", "TRANSFER", "REFUND"]);
words!(
    METHOD,
    "payment method",
    [
        "MTN_MOMO_LBR",
        "ORANGE_MONEY_LBR",
        "AIRTEL_RWA",
        "MTN_MOMO_RWA",
        "ORANGE_MONEY_RWA",
        "CREDIT_CARD",
        "WALLET",
    ]
);
words!(PROVIDER_STYLE, "provider style", ["gateway", "method"]);
words!(TICKS, "way to tick", ["poll", "clock", "instant"]);
words!(HOSTED_PAYER, "hosted payer", ["auto", "manual"]);
words!(DEDUP, "way to treat a repetition", ["replay", "refuse", "off"]);

const COUNT: Form = Form::Whole { least: 0, most: MANY };
const FROM_ONE: Form = Form::Whole { least: 1, most: MANY };
const ANY_WHOLE: Form = Form::Whole { least: 0, most: u64::MAX };
/// Ids have room above them for all rows to come.
const ID: Form = Form::Whole { least: 1, most: MANY };

const CREDENTIAL: &[Entry] = &[
    entry("client_id", Form::Text, "The public half of the pair.").required(),
    entry("client_secret", Form::Text, "The secret half.").required(),
    entry(
        "lifetime_minutes",
        Form::Maybe(&COUNT),
        "How long its tokens live. Default: token_lifetime_minutes.",
    ),
    entry(
        "expired",
        Form::Bool,
        "Whether its tokens have expired before they are issued. Default: false.",
    ),
    entry(
        "unverified",
        Form::Bool,
        "Whether its merchant is not verified: 403 at every gate. Default: false.",
    ),
    entry(
        "merchant",
        Form::Maybe(&ID),
        "The id of its merchant. Default: that of the setting `merchant`.",
    ),
];

const MERCHANT: &[Entry] = &[
    entry("id", ID, "Its id."),
    entry("type", Form::Word(&MERCHANT_TYPE), "Its sort. Default: ORGANIZATION."),
    entry("name", Form::Text, "Its name."),
    entry("email", Form::Maybe(&Form::Text), "Its email."),
    entry("phone", Form::Maybe(&Form::Text), "Its phone."),
    entry("fee_tier", Form::Text, "The name of the fee tier it pays by. Default: default."),
];

const PASSCODE: &[Entry] = &[
    entry("code", Form::Text, "The code. Default: 4820."),
    entry("phone", Form::Text, "The phone it is registered for."),
    entry("user_id", Form::Text, "The user it is registered for."),
];

const WALLET: &[Entry] = &[
    entry("id", ID, "Its id.").required(),
    entry("currency", Form::Currency, "Its currency.").required(),
    entry("balance", Form::Decimal, "Its balance at the start.").required(),
];

const FEE: Form = Form::Object(&[
    entry("percentage", Form::Decimal, "Per cent of the amount. Default: 0."),
    entry(
        "fixed_amount",
        Form::Decimal,
        "What is added, in the currency of the amount. Default: 0.",
    ),
]);
const BY_OPERATION: Form = Form::ByWord(&OPERATION_TYPE, &FEE);

const TIER: &[Entry] = &[
    entry("name", Form::Text, "Its name.").required(),
    entry("platform", BY_OPERATION, "Its fees; an operation that is not listed is free.")
        .required(),
];

const FEES: &[Entry] = &[
    entry(
        "tiers",
        Form::List(&Form::Object(TIER)),
        "The platform's fees by tier; the first is the default one.",
    ),
    entry("mobile", BY_OPERATION, "The gateway's fees for mobile money."),
    entry("card", BY_OPERATION, "The gateway's fees for cards."),
    entry("wallet", BY_OPERATION, "The gateway's fees for wallets."),
    entry("fx_percentage", Form::Decimal, "Per cent of the total for a conversion. Default: 1."),
];

const OPERATOR: &[Entry] = &[
    entry("prefix", Form::Text, "How its numbers start.").required(),
    entry("method", Form::Word(&METHOD), "The method its customers pay with.").required(),
];

const RATE_LIMIT: &[Entry] = &[
    entry("burst", FROM_ONE, "How many requests may come at once.").required(),
    entry("per_minute", FROM_ONE, "How many more may come every minute.").required(),
];

const FIRST_IDS: &[Entry] = &[
    entry("party", ID, "Parties. Default: 42."),
    entry("counterparty", ID, "Counterparties. Default: 15."),
    entry("invoice", ID, "Invoices. Default: 101."),
    entry("order", ID, "Orders. Default: 201."),
    entry("item", ID, "Items. Default: 7."),
    entry("session", ID, "Sessions. Default: 55."),
    entry("payment_account", ID, "Payment accounts. Default: 18."),
    entry("checkout", ID, "Checkouts. Default: 301."),
    entry("payment_intent", ID, "Payment intents. Default: 9001."),
];

/// Every setting.
pub const SETTINGS: &[Entry] = &[
    entry(
        "seed",
        ANY_WHOLE,
        "Decides tokens, page addresses, and which requests a fault with a probability befalls. Default: 1.",
    ),
    entry(
        "credentials",
        Form::List(&Form::Object(CREDENTIAL)),
        "Who may obtain a token. Replaces the usual ones.",
    ),
    entry(
        "token_lifetime_minutes",
        COUNT,
        "How long a token lives, where its credential does not say. Default: 60.",
    ),
    entry(
        "merchant",
        Form::Object(MERCHANT),
        "The merchant that credentials belong to unless they say otherwise.",
    ),
    entry("passcode", Form::Object(PASSCODE), "What approves a payout."),
    entry(
        "wallets",
        Form::List(&Form::Object(WALLET)),
        "Every merchant's wallets; their currencies are the ones the sandbox knows.",
    ),
    entry(
        "merchants",
        Form::List(&Form::Object(MERCHANT)),
        "Other merchants, each with books of its own. Replaces the usual one.",
    ),
    entry(
        "rates_per_usd",
        Form::ByCurrency(&Form::Positive),
        "Units of a currency for one US dollar.",
    ),
    entry("fees", Form::Object(FEES), "The fees."),
    entry(
        "operators",
        Form::List(&Form::Object(OPERATOR)),
        "Which operator a phone number belongs to: the first prefix that fits.",
    ),
    entry(
        "card_currencies",
        Form::List(&Form::Currency),
        "Currencies cards can pay in. Default: USD.",
    ),
    entry(
        "provider_style",
        Form::Word(&PROVIDER_STYLE),
        "What predictions name as the provider of a mobile method. Default: gateway.",
    ),
    entry(
        "lenient_types",
        Form::Bool,
        "Whether a wrong JSON type is coerced and not refused. Default: false.",
    ),
    entry(
        "require_note",
        Form::Bool,
        "Whether a document without a note is refused. Default: true.",
    ),
    entry(
        "checkout_fee_bearer",
        Form::Word(&FEE_BEARER),
        "Who carries the fees of a document made by a checkout. Default: PAYER.",
    ),
    entry("session_minutes", FROM_ONE, "How long a checkout or payout session lives. Default: 15."),
    entry(
        "ticks",
        Form::Word(&TICKS),
        "What makes a payment advance: reads of it, the clock, or nothing at all. Default: poll.",
    ),
    entry("step_ms", FROM_ONE, "How long one tick is when the clock makes them. Default: 1000."),
    entry(
        "triggers",
        Form::Bool,
        "Whether special phones, amounts and text markers do anything. Default: true.",
    ),
    entry("delay_ms", COUNT, "How long a delayed answer takes. Default: 35000."),
    entry(
        "hosted_payer",
        Form::Word(&HOSTED_PAYER),
        "Whether payers act on hosted pages by themselves. Default: auto.",
    ),
    entry(
        "rate_limit",
        Form::Maybe(&Form::Object(RATE_LIMIT)),
        "How many requests of a merchant are let through. Default: all.",
    ),
    entry(
        "dedup",
        Form::Word(&DEDUP),
        "What a repeated execution reference leads to. Default: replay.",
    ),
    entry(
        "late_visibility",
        COUNT,
        "How many status reads answer 404 for an execution that has just landed. Default: 0.",
    ),
    entry("realtime_key_seconds", COUNT, "How long a realtime key lives. Default: 3600."),
    entry("log_limit", COUNT, "How many of the latest requests the log keeps. Default: 1000."),
    entry(
        "public_url",
        Form::Text,
        "Where the sandbox can be reached: hosted pages and links start with it.",
    ),
    entry("first_ids", Form::Object(FIRST_IDS), "The first id of every kind of row."),
    entry(
        "samples",
        Form::Bool,
        "Whether the first merchant has a customer, a paid invoice and an unpaid one from the start. Default: true.",
    ),
    entry("faults", FAULTS, "Faults that are queued from the start."),
];

/// Reads a file of settings; all problems at once.
pub fn read_settings(source: &Source) -> Result<Settings, Vec<Diagnostic>> {
    form_check::read(source, &Form::Object(SETTINGS), "settings", |reader, node| {
        faults::sense_in(reader, node);
        sense(reader, node);
    })
}

/// Reads settings that stand in another document; all problems at once.
pub fn settings(source: &Source, node: &Node) -> Result<Settings, Vec<Diagnostic>> {
    let mut reader = Reader::new(source);
    form_check::check(&mut reader, node, &Form::Object(SETTINGS), "settings");
    faults::sense_in(&mut reader, node);
    sense(&mut reader, node);
    form_check::take(reader, node, &Form::Object(SETTINGS))
}

/// Complains about settings that do not go together, once each of them can be read.
fn sense(reader: &mut Reader<'_>, node: &Node) {
    let json = form_check::json_of(node, &Form::Object(SETTINGS));
    let Ok(settings) = serde_json::from_value::<Settings>(json) else { return };
    let given = |key: &str| match &node.data {
        Data::Map(entries) => entries.iter().any(|(name, _)| name.name == key),
        _ => false,
    };
    for flaw in settings.flaws() {
        // the usual credentials of a merchant that was taken out just go with it
        if flaw.path.starts_with("credentials") && !given("credentials") {
            continue;
        }
        let mismatch = Mismatch { path: flaw.path, ..Mismatch::new(flaw.message) };
        reader.error("settings", locate(node, &mismatch), mismatch.message);
    }
}

/// The schema of such files.
pub fn settings_schema() -> Json {
    let doc = "Settings of the sandbox: what the API's documentation leaves open.";
    form_schema::file_schema(&Form::Object(SETTINGS), "dollr-flow sandbox settings", doc)
}
