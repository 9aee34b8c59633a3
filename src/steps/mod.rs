//! Floor 2: the step kinds. A new kind is one file and one line in [`KINDS`].

mod account;
mod assert;
mod checkout;
mod counterparty;
mod detect;
mod document;
mod execute;
pub mod execution;
mod find;
mod invoice;
mod items;
mod landed;
mod order;
mod party;
mod poll;
mod publish;
mod request;
pub mod step;
mod token;

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
    &detect::Detect,
    &checkout::Checkout,
    &account::Account,
    &execute::Execute,
    &poll::Poll,
    &find::Find,
    &request::Request,
    &assert::Assert,
];

/// The kind of that name.
pub fn kind(name: &str) -> Option<&'static dyn Step> {
    KINDS.iter().copied().find(|kind| kind.name() == name)
}
