//! An amount with more decimals than its currency has is refused before anything is sent.

use crate::support::served::Served;
use crate::support::{Place, finish};

const PAYOUT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/flows/payout.yaml");

fn paying(place: &Place, amount: &str, currency: &str, more: &[&str]) -> crate::support::Told {
    let amount = format!("amount={amount}");
    let currency = format!("currency={currency}");
    let mut run = place.command(["run", PAYOUT, "-i", &amount, "-i", &currency]);
    run.args(["-i", "fullname=J", "-i", "phone=231771234567", "-i", "passcode=4820"]);
    finish(run.args(["-i", "passcode_phone=231886000001"]).args(more))
}

#[test]
fn a_run_whose_inputs_can_not_be_paid_does_not_start() {
    let served = Served::new();
    let place = Place::at(&served.url);
    let told = paying(&place, "40.005", "USD", &[]);
    told.exits(2).says("`amount` is 40.005, and USD has 2 decimals (input `amount`)");
    told.says("nothing was sent");
    paying(&place, "100.50", "RWF", &[]).exits(2).says("RWF has no decimals");
    paying(&place, "40.00", "USD", &["--max-total", "500.005 USD"]).exits(2).says("2 decimals");
    assert_eq!(served.state()["requests"].as_array().unwrap().len(), 0);
    // zeros are no decimals
    paying(&place, "40.500", "USD", &[]).exits(0);
}

#[test]
fn a_row_that_can_not_be_paid_is_not_valid() {
    let place = Place::new();
    place.file("m.csv", "id,amount,currency\na,1.00,USD\nb,1.005,USD\nc,100.50,RWF\n");
    let batch = ["batch", PAYOUT, "--data", "m.csv", "--key", "id", "--sandbox", "--check"];
    let mut batch = place.command(batch);
    batch.args(["-i", "fullname=J", "-i", "phone=231771234567", "-i", "passcode=4820"]);
    let told = finish(batch.args(["-i", "passcode_phone=231886000001"]));
    told.exits(2).says("m.csv:3:3: step `payout`: `amount` is 1.005, and USD has 2 decimals");
    told.says("m.csv:4:3: step `payout`: `amount` is 100.50, and RWF has no decimals");
}

#[test]
fn an_amount_that_comes_of_an_answer_is_refused_at_its_step() {
    let place = Place::new();
    let flow = std::fs::read_to_string(PAYOUT).unwrap();
    let whole = "amount: \"{{ inputs.amount }}\"";
    assert!(flow.contains(whole));
    let odd = "amount: \"{{ inputs.amount | plus(0.001 if steps.party.id else 0) }}\"";
    place.file("f.yaml", &flow.replace(whole, odd));
    let told = place.tell(["run", "f.yaml", "--sandbox", "--output", "json"]);
    let run = told.exits(1).json();
    assert_eq!(run["error"]["step"], "payout", "{run:#}");
    let message = run["error"]["message"].as_str().unwrap();
    assert!(message.contains("`amount` is 40.001, and USD has 2 decimals"), "{message}");
    let payout = run["steps"].as_array().unwrap().iter().find(|s| s["id"] == "payout").unwrap();
    assert_eq!(payout["attempts"], 0);
}
