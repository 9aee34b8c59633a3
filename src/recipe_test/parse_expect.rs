//! What a test expects, from YAML.

use super::expect::{Expect, ExpectCharges, ExpectError, WAYS};
use super::keys;
use super::parse::find;
use super::wanted::Wanted;
use super::wire::Wire;
use crate::base::money::Money;
use crate::base::node::{Data, Node};
use crate::expr::Condition;
use crate::flow::ast::Placed;
use crate::flow::text::reader::Reader;

/// The exit codes that a run can have.
const EXIT_CODES: [u64; 4] = [0, 1, 3, 4];

impl Reader<'_> {
    /// What must have happened.
    pub(crate) fn expect(&mut self, node: &Node) -> Expect {
        let mut expect = Expect::default();
        for (name, _, value) in self.known(node, "`expect`", keys::EXPECT) {
            match name {
                "status" => expect.status = self.word(value, keys::STATUSES),
                "exit_code" => expect.exit_code = self.exit_code(value),
                "outputs" => {
                    let mut outputs = Vec::new();
                    for (key, value) in self.entries(value, "an object of outputs") {
                        outputs.extend(Wanted::read(self, value).map(|one| (key.clone(), one)));
                    }
                    let span = self.source.first_line(value.span);
                    expect.outputs = Some(Placed { value: outputs, span });
                }
                "steps" => {
                    for (key, value) in self.entries(value, "an object of steps") {
                        let status = self.word(value, keys::STEP_STATUSES);
                        expect.steps.extend(status.map(|status| (key.clone(), status)));
                    }
                }
                "error" => expect.error = Some(self.expect_error(value)),
                "requests" => self.requests(value, &mut expect),
                "order" => expect.order = self.wires(value),
                "charges" => expect.charges = Some(self.charges(value)),
                _ => {
                    for item in self.one_or_more(value) {
                        match Condition::new(item, self.source) {
                            Ok(condition) => expect.that.push(condition),
                            Err(problems) => self.problems.extend(problems),
                        }
                    }
                }
            }
        }
        expect
    }

    fn exit_code(&mut self, node: &Node) -> Option<Placed<i32>> {
        let code = self.whole(node)?;
        if !EXIT_CODES.contains(&code.value) {
            let message = format!("no run of a test ends with {}", code.value);
            self.error("type", node.span, message).help =
                Some("0 succeeded, 1 failed, 3 paused, 4 unclear".to_owned());
            return None;
        }
        Some(Placed { value: i32::try_from(code.value).ok()?, span: code.span })
    }

    fn expect_error(&mut self, node: &Node) -> ExpectError {
        let span = self.source.first_line(node.span);
        let mut error = ExpectError { span, ..ExpectError::default() };
        for (name, _, value) in self.known(node, "`error`", keys::ERROR) {
            match name {
                "step" => error.step = self.name(value),
                "kind" => error.kind = self.word(value, keys::FAILURE_KINDS),
                "message" => error.message = self.text(value),
                _ => error.http_status = self.whole(value),
            }
        }
        error
    }

    fn requests(&mut self, node: &Node, expect: &mut Expect) {
        if let Data::List(_) = node.data {
            let span = self.source.first_line(node.span);
            expect.requests = Some(Placed { value: self.wires(node), span });
            return;
        }
        for (key, value) in self.entries(node, "counts by request, or a list of requests") {
            let wire = Wire::read(self, &key.name, key.span);
            let count = self.whole(value);
            expect.counts.extend(wire.zip(count).map(|(wire, count)| (wire, count.value)));
        }
    }

    fn wires(&mut self, node: &Node) -> Vec<Wire> {
        let mut wires = Vec::new();
        for item in self.list(node, "a list of requests") {
            if let Some(text) = self.fixed(item) {
                wires.extend(Wire::read(self, &text.value, item.span));
            }
        }
        wires
    }

    fn charges(&mut self, node: &Node) -> ExpectCharges {
        let span = self.source.first_line(node.span);
        let mut charges = ExpectCharges { span, ..ExpectCharges::default() };
        if node.as_text() == Some("none") {
            charges.completed = Some(Placed { value: 0, span });
            return charges;
        }
        let entries = self.known(node, "`charges`", keys::CHARGES);
        charges.completed = find(&entries, "completed").and_then(|value| self.whole(value));
        charges.failed = find(&entries, "failed").and_then(|value| self.whole(value));
        charges.in_flight = find(&entries, "in_flight").and_then(|value| self.whole(value));
        for (at, way) in WAYS.iter().enumerate() {
            let Some(value) = find(&entries, way) else { continue };
            let sums = self.one_or_more(value).iter();
            let sums: Vec<Money> = sums.filter_map(|sum| self.money(sum)).collect();
            charges.moved[at] = Some(Placed { value: sums, span: value.span });
        }
        let documents = find(&entries, "documents");
        for (key, value) in
            documents.map_or(&[][..], |node| self.entries(node, "amounts by document"))
        {
            let amount = self.number(value).and_then(|number| number.as_amount());
            charges.documents.extend(amount.map(|amount| (key.clone(), amount)));
        }
        charges
    }
}
