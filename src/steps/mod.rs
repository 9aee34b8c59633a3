//! Floor 2: the step kinds. A new kind is one file and one line in [`KINDS`].

mod account;
mod approve;
mod assert;
mod cancel;
mod card;
mod checkout;
mod counterparty;
pub mod decimals;
mod detect;
mod document;
mod execute;
pub mod execution;
mod find;
mod hosted;
mod invoice;
mod items;
mod link;
pub(crate) mod lookup;
mod order;
mod party;
mod payout;
mod poll;
mod publish;
mod quote;
mod realtime;
mod receipt;
mod refund;
mod request;
pub mod seen;
mod session;
pub mod step;
mod token;
mod transfer;
mod wait;

use step::Step;

/// Every kind there is, in the order people meet them.
pub static KINDS: &[&dyn Step] = &[
    &token::Token,
    &party::Party,
    &counterparty::Counterparty,
    &invoice::INVOICE,
    &order::ORDER,
    &items::Items,
    &publish::Publish,
    &cancel::Cancel,
    &detect::Detect,
    &card::Card,
    &quote::Quote,
    &checkout::Checkout,
    &hosted::Hosted,
    &payout::PAYOUT,
    &transfer::TRANSFER,
    &refund::REFUND,
    &account::Account,
    &execute::Execute,
    &poll::Poll,
    &receipt::Receipt,
    &link::Link,
    &realtime::Realtime,
    &find::Find,
    &request::Request,
    &assert::Assert,
    &wait::Wait,
    &approve::Approve,
];

/// The kind of that name.
pub fn kind(name: &str) -> Option<&'static dyn Step> {
    KINDS.iter().copied().find(|kind| kind.name() == name)
}
