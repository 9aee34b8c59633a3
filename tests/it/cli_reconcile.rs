//! `reconcile` holds the journal against the API, and brings it up to date without rewriting it.

use crate::support::Place;
use crate::support::served::Served;

/// A run that paused while its payment is PROCESSING, and the payment's reference.
fn paused(served: &Served, place: &Place) -> String {
    place.file("short.yaml", &crate::support::collect_with("timeout: 10m", "timeout: 1s"));
    let args = ["run", "short.yaml", "--output", "json", "-i", "fullname=J"];
    place.tell(args.into_iter().chain(["-i", "phone=231770000003"])).exits(3);
    served.executions()[0]["reference_id"].as_str().unwrap().to_owned()
}

#[test]
fn a_payment_that_went_on_without_us_is_a_difference_once() {
    let served = Served::new();
    let place = Place::at(&served.url);
    let reference = paused(&served, &place);
    let same = place.tell(["reconcile", "--output", "json"]);
    assert_eq!(same.exits(0).json()["differences"], 0);
    served.settle(&reference, "COMPLETED");
    let other = place.tell(["reconcile", "--output", "json"]);
    let line = &other.exits(1).json()["executions"][0];
    assert_eq!((&line["journal"], &line["api"]), (&"PROCESSING".into(), &"COMPLETED".into()));
    assert_eq!(line["reference_id"], reference.as_str());
    // now the journal knows, and only a look at the final ones shows it
    let none = place.tell(["reconcile", "--output", "json"]);
    assert_eq!(none.exits(0).json()["executions"].as_array().unwrap().len(), 0);
    let since = ["reconcile", "--since", "2026-01-01T00:00:00Z", "--output", "json"];
    let line = &place.tell(since).exits(0).json()["executions"][0];
    assert_eq!((&line["journal"], &line["differs"]), (&"COMPLETED".into(), &false.into()));
    place.tell(["runs", "verify"]).exits(0);
    place.tell(["resume", "--all"]).exits(0);
    assert_eq!(served.calls("execute_collection"), 1);
}

#[test]
fn an_api_that_can_not_be_asked_leaves_it_unclear() {
    let place = {
        let served = Served::new();
        let place = Place::at(&served.url);
        paused(&served, &place);
        place
    };
    let told = place.tell(["reconcile", "--output", "json"]);
    assert_eq!(told.exits(4).json()["executions"][0]["api"], serde_json::Value::Null);
}

#[test]
fn a_run_stays_at_the_host_where_it_began() {
    let served = Served::new();
    let place = Place::at(&served.url);
    paused(&served, &place);
    let elsewhere = ["resume", "--all", "--yes", "--base-url", "https://pay.example.com"];
    place.tell(elsewhere).exits(2).says("another host");
}
