//! A setting that is there and blank is a mistake, never the default.

use crate::support::served::Served;
use crate::support::{Place, collect_flow, finish};

const AT_ONCE: &str = "231770000001";

#[test]
fn a_blank_variable_is_refused_and_names_itself() {
    let served = Served::new();
    let place = Place::at(&served.url);
    for name in [
        "DOLLR_BASE_URL",
        "DOLLR_CLIENT_ID",
        "DOLLR_CLIENT_SECRET",
        "DOLLR_FLOW_JOURNAL",
        "DOLLR_FLOW_LOG",
    ] {
        for blank in ["", " \t"] {
            let mut run = place.collecting(AT_ONCE, &["--yes"]);
            let told = finish(run.env(name, blank));
            told.exits(2).says(&format!("{name} is set, but blank"));
        }
    }
    assert_eq!(served.executions().len(), 0);
}

#[test]
fn a_blank_option_is_refused_and_names_itself() {
    let served = Served::new();
    let place = Place::at(&served.url);
    for option in ["--base-url", "--journal", "--key", "--max-total", "--inputs", "--input"] {
        for blank in ["", " \t"] {
            place.collect(AT_ONCE, &[option, blank]).exits(2).says(option);
        }
    }
    place.tell(["runs", "list", "--flow", ""]).exits(2).says("--flow");
    let data = ["batch", "--data", "m.csv", "--key", "", "--sandbox"];
    let mut batch = place.command(data);
    finish(batch.arg(collect_flow())).exits(2).says("--key");
    assert_eq!(served.executions().len(), 0);
}

#[test]
fn a_blank_variable_of_an_input_or_a_secret_is_no_default() {
    let place = Place::new();
    place.file(
        "f.yaml",
        "version: 1\nname: f\ninputs:\n  amount: { type: money, env: F_AMOUNT, default: 5.00 }\n  \
         note: { type: string, env: F_NOTE, default: none }\nsecrets:\n  pin: { env: F_PIN }\nsteps:\n  - uses: assert\n    \
         with: { that: \"{{ inputs.amount == 5 and inputs.note == 'none' }}\" }\n",
    );
    let run = |name: &str, value: &str| {
        let mut run = place.command(["run", "f.yaml", "--sandbox"]);
        finish(run.env("F_PIN", "1").env(name, value))
    };
    run("F_PIN", "1").exits(0);
    for name in ["F_AMOUNT", "F_NOTE", "F_PIN"] {
        for blank in ["", " "] {
            run(name, blank).exits(2).says(&format!("{name} is set, but blank"));
        }
    }
    let mut blank = place.command(["run", "f.yaml", "--sandbox", "-i", "amount="]);
    finish(blank.env("F_PIN", "1")).exits(2).says("`amount`").says("blank");
}
