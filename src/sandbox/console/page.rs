//! The page for people: what the sandbox holds, its trigger numbers, and how to steer it.

use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment};
use serde_json::{Value, json};

use super::control::CALLS;
use crate::api::wire::{Method, Reply, Request};
use crate::sandbox::books::book::Book;
use crate::sandbox::books::ledger::Ledger;
use crate::sandbox::books::rows::execution::Execution;
use crate::sandbox::books::triggers::TRIGGERS;
use crate::sandbox::enums::{ExecutionStatus, SourceStatus, SourceType, Word};
use crate::sandbox::faults::mishap::{Conduct, Handled, detail_reply};
use crate::sandbox::resources::markers::MARKERS;
use crate::sandbox::setup::settings::{Dedup, Ticks};

const TEMPLATE: &str = include_str!("page.html");

/// How many rows of a kind are shown.
const SHOWN: usize = 50;

/// How many of the latest requests are shown.
const REQUESTS: usize = 20;

/// Whether the request is for the page.
pub(crate) fn is_wanted(request: &Request) -> bool {
    request.method == Method::Get
        && matches!(request.path.as_str(), "/" | "/_sandbox" | "/_sandbox/")
}

/// The page.
pub(crate) fn handle(ledger: &Ledger) -> Handled {
    let reply = match render(&ledger.page_json()) {
        Ok(page) => Reply { status: 200, retry_after: None, date: None, body: page.into_bytes() },
        Err(_) => detail_reply(500, "The page could not be made"),
    };
    Handled { reply, conduct: Conduct::Answer, landed: false }
}

fn render(context: &Value) -> Result<String, minijinja::Error> {
    let mut environment = Environment::new();
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment.render_str(TEMPLATE, Serde(context))
}

impl Ledger {
    /// All that the page shows, as texts.
    fn page_json(&self) -> Value {
        let settings = self.settings();
        let wallets = self.each(|book, merchant| {
            let row = |wallet: &crate::sandbox::books::rows::wallet::Wallet| {
                let money = |amount| format!("{amount} {}", wallet.currency.code());
                json!({
                    "merchant": merchant, "id": wallet.id.to_string(),
                    "opening": money(wallet.opening), "balance": money(wallet.balance),
                })
            };
            book.wallets.iter().map(row).collect()
        });
        let requests: Vec<_> = self.log.lines().collect();
        let requests = requests.iter().rev().take(REQUESTS).map(|line| {
            json!({
                "method": line.method.as_str(), "path": line.path,
                "status": line.status.to_string(), "landed": line.landed,
            })
        });
        let passcode = &settings.passcode;
        json!({
            "url": settings.public_url,
            "now": crate::sandbox::figures::to_second(self.now()).to_string(),
            "seed": settings.seed.to_string(),
            "ticks": match settings.ticks {
                Ticks::Poll => "with every read of them".to_owned(),
                Ticks::Clock => format!("every {} ms", settings.step_ms),
                Ticks::Instant => "to their end at once".to_owned(),
            },
            "dedup": match settings.dedup {
                Dedup::Replay => "answered with the payment that exists",
                Dedup::Refuse => "refused",
                Dedup::Off => "not noticed",
            },
            "violations": self.audit().violations,
            "facts": self.facts(),
            "credentials": self.credentials_json(),
            "passcode": { "code": passcode.code, "phone": passcode.phone },
            "wallets": wallets,
            "executions": self.executions_json(),
            "documents": self.documents_json(),
            "faults": self.faults.rows(),
            "triggers_on": settings.triggers,
            "triggers": TRIGGERS.iter().map(|(code, what)| trigger(*code, what)).collect::<Vec<_>>(),
            "markers": MARKERS.iter().map(|(marker, _)| marker).collect::<Vec<_>>(),
            "controls": CALLS.iter().map(|(method, path, does)| {
                let link = (*method == "GET" && !path.contains('{')).then_some(*path);
                json!({ "call": format!("{method} {path}"), "does": does, "link": link })
            }).collect::<Vec<_>>(),
            "requests": requests.collect::<Vec<_>>(),
        })
    }

    /// The rows of all merchants.
    fn each(&self, of: impl Fn(&Book, &str) -> Vec<Value>) -> Vec<Value> {
        let rows = |book: &Book| {
            let merchant = book.merchant();
            of(book, &format!("{} {}", merchant.id, merchant.name))
        };
        self.books.iter().flat_map(rows).collect()
    }

    fn credentials_json(&self) -> Vec<Value> {
        let settings = self.settings();
        let row = |pair: &crate::sandbox::setup::settings::Credential| {
            let merchant = settings.merchant_at(settings.place_of(pair));
            let note = match (pair.expired, pair.unverified, pair.lifetime_minutes) {
                (true, _, _) => "its tokens have expired before they are issued".to_owned(),
                (_, true, _) => "not verified: 403 at every gate".to_owned(),
                (_, _, Some(minutes)) => format!("its tokens live {minutes} min"),
                _ => String::new(),
            };
            json!({
                "merchant": format!("{} {}", merchant.id, merchant.name),
                "client_id": pair.client_id, "client_secret": pair.client_secret, "note": note,
            })
        };
        settings.credentials.iter().map(row).collect()
    }

    fn facts(&self) -> Vec<Value> {
        let documents = |status: SourceStatus| -> usize {
            let kinds = |book: &Book| -> usize {
                let of = |kind: &SourceType| {
                    book.documents(*kind).iter().filter(|row| row.status == status).count()
                };
                SourceType::ALL.iter().map(of).sum()
            };
            self.books.iter().map(kinds).sum()
        };
        let executions = |wanted: fn(ExecutionStatus) -> bool| -> usize {
            let of = |book: &Book| book.executions.iter().filter(|row| wanted(row.status)).count();
            self.books.iter().map(of).sum()
        };
        let fact = |count: usize, what: &str| json!({ "count": count.to_string(), "what": what });
        vec![
            fact(documents(SourceStatus::Paid), "documents paid"),
            fact(documents(SourceStatus::Active), "documents open to payment"),
            fact(documents(SourceStatus::Idle), "drafts"),
            fact(executions(|status| status == ExecutionStatus::Completed), "payments completed"),
            fact(executions(|status| !status.is_final()), "payments under way"),
            fact(executions(|status| status == ExecutionStatus::Failed), "payments failed"),
        ]
    }

    fn executions_json(&self) -> Value {
        let mut all: Vec<(&Book, &Execution)> = self
            .books
            .iter()
            .flat_map(|book| book.executions.iter().map(move |row| (book, row)))
            .collect();
        all.sort_by_key(|(_, row)| std::cmp::Reverse(row.requested_at));
        let rows = all.iter().take(SHOWN).map(|(book, row)| {
            let number =
                |(kind, id): (SourceType, u64)| book.documents(kind).get(id).map(|row| &row.number);
            json!({
                "operation": row.operation.as_str(),
                "status": row.status.as_str(),
                "tone": match row.status {
                    ExecutionStatus::Completed => "good",
                    ExecutionStatus::Failed => "bad",
                    ExecutionStatus::Pending | ExecutionStatus::Processing => "busy",
                },
                "message": row.wallet_message.or(row.gateway_message),
                "payer": row.price.payer.to_string(),
                "payee": row.price.payee.to_string(),
                "source": row.source.and_then(number).map_or("", String::as_str),
                "reference": row.reference.to_string(),
            })
        });
        listing(all.len(), rows.collect())
    }

    fn documents_json(&self) -> Value {
        let mut all: Vec<_> = self
            .books
            .iter()
            .flat_map(|book| SourceType::ALL.iter().flat_map(|kind| book.documents(*kind).iter()))
            .collect();
        all.sort_by_key(|row| std::cmp::Reverse((row.created_at, row.id)));
        let rows = all.iter().take(SHOWN).map(|row| {
            json!({
                "number": row.number,
                "id": row.id.to_string(),
                "status": row.status.as_str(),
                "tone": match row.status {
                    SourceStatus::Paid => "good",
                    SourceStatus::Processing => "busy",
                    SourceStatus::Idle | SourceStatus::Active | SourceStatus::Canceled => "",
                },
                "total": row.total().to_string(),
                "note": row.note,
                "reference": row.reference_id.as_deref().unwrap_or_default(),
            })
        });
        listing(all.len(), rows.collect())
    }
}

fn listing(all: usize, rows: Vec<Value>) -> Value {
    json!({ "all": all.to_string(), "shown": rows.len().to_string(), "rows": rows })
}

fn trigger(code: u8, what: &str) -> Value {
    let phone = if code < 30 { format!("23177000{code:04}") } else { String::new() };
    let amount = if code != 18 { format!("777.{code:02}") } else { String::new() };
    json!({ "phone": phone, "amount": amount, "what": what })
}
