//! A flow's text as a journal keeps it: with the texts of the flows it uses, so that a run never needs a file
//! again. A flow without sub-flows is kept as it stands.

use serde::{Deserialize, Serialize};

use super::check::subflows::Subflows;
use super::plan::{Plan, Uses};
use crate::base::span::Source;

/// What tells several texts from a flow: no flow begins like this.
const MARK: &str = "{\"dollr_flow_files\":";

/// The texts of a flow and its sub-flows, the flow's own first.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Kept {
    dollr_flow_files: Vec<File>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct File {
    name: String,
    text: String,
    /// Each path as it is written in `uses`, and the place of its file in the list.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    uses: Vec<(String, usize)>,
}

/// The text to keep of a flow.
pub fn text(plan: &Plan) -> String {
    let mut files = Vec::new();
    add(plan, &mut files);
    match files.as_slice() {
        [_] => plan.source.text().to_owned(),
        // lists of texts and numbers can always be written
        _ => serde_json::to_string(&Kept { dollr_flow_files: files }).unwrap_or_default(),
    }
}

/// Adds a flow and those it uses, each file once, and says where it is.
fn add(plan: &Plan, files: &mut Vec<File>) -> usize {
    let (name, text) = (plan.source.name(), plan.source.text());
    if let Some(at) = files.iter().position(|file| file.name == name && file.text == text) {
        return at;
    }
    let at = files.len();
    files.push(File { name: name.to_owned(), text: text.to_owned(), uses: Vec::new() });
    let mut uses: Vec<(String, usize)> = Vec::new();
    for step in plan.all() {
        if let Uses::Flow { path, plan } = &step.uses
            && !uses.iter().any(|(known, _)| known == path)
        {
            uses.push((path.clone(), add(plan, files)));
        }
    }
    if let Some(file) = files.get_mut(at) {
        file.uses = uses;
    }
    at
}

impl Kept {
    /// The flow that was kept, under the name of the file it came from, and what it uses.
    pub fn read(file: &str, text: String) -> Result<(Source, Self), String> {
        if !text.starts_with(MARK) {
            return Ok((Source::new(file, text), Self { dollr_flow_files: Vec::new() }));
        }
        let mut kept: Self = serde_json::from_str(&text)
            .map_err(|error| format!("its texts can't be read ({error})"))?;
        let first = kept.dollr_flow_files.first_mut().ok_or("it has no text")?;
        first.name = file.to_owned();
        Ok((Source::new(file, first.text.clone()), kept))
    }
}

impl Subflows for Kept {
    fn load(&self, from: &Source, path: &str) -> Result<Source, String> {
        let mut files = self.dollr_flow_files.iter();
        let from = files.find(|file| file.name == from.name() && file.text == from.text());
        let at = from.and_then(|file| file.uses.iter().find(|(written, _)| written == path));
        let file = at.and_then(|(_, at)| self.dollr_flow_files.get(*at));
        file.map(|file| Source::new(&*file.name, &*file.text))
            .ok_or_else(|| "its text was not kept with the run".to_owned())
    }
}
