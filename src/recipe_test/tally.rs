//! What the tests of some files came to.

use super::coverage::Coverage;
use super::happened::Ruling;
use crate::base::span::Source;

/// One test file with what its tests came to.
#[derive(Debug)]
pub struct FileTally {
    /// The test file.
    pub source: Source,
    /// The recipe under test, as its file is named.
    pub flow: String,
    /// The tests, in the order written.
    pub tests: Vec<TestTally>,
}

/// One test with what it came to.
#[derive(Debug)]
pub struct TestTally {
    /// Its name.
    pub name: String,
    /// The line it begins in.
    pub line: usize,
    /// What it came to.
    pub ruling: Ruling,
    /// How long that took.
    pub seconds: f64,
}

/// What all tests took of one recipe.
#[derive(Debug)]
pub struct RecipeTally {
    /// The recipe's file.
    pub flow: String,
    /// What was taken; nothing if no test is for it.
    pub coverage: Option<Coverage>,
}

/// Everything.
#[derive(Debug, Default)]
pub struct Tally {
    /// The test files.
    pub files: Vec<FileTally>,
    /// The recipes; none where some tests were left out.
    pub recipes: Vec<RecipeTally>,
    /// How many tests were left out.
    pub left_out: usize,
    /// How long all of it took.
    pub seconds: f64,
}

impl Tally {
    /// Every test with its file.
    pub fn tests(&self) -> impl Iterator<Item = (&FileTally, &TestTally)> {
        self.files.iter().flat_map(|file| file.tests.iter().map(move |test| (file, test)))
    }

    /// How many tests passed, and how many failed.
    pub fn passed_failed(&self) -> (usize, usize) {
        let passed = self.tests().filter(|(_, test)| test.ruling.passed()).count();
        (passed, self.tests().count() - passed)
    }

    /// What no test took: the recipe's file, the line, and words for it.
    pub fn missing(&self) -> Vec<(&str, usize, String)> {
        let of = |recipe: &'_ RecipeTally| match &recipe.coverage {
            Some(coverage) => coverage.missing(),
            None => vec![(1, "no test is for this recipe".to_owned())],
        };
        let all = self.recipes.iter();
        all.flat_map(|recipe| {
            of(recipe).into_iter().map(|(line, what)| (recipe.flow.as_str(), line, what))
        })
        .collect()
    }

    /// How many steps ran of how many, then how many branches were taken of how many.
    pub fn covered(&self) -> [(usize, usize); 2] {
        let known = || self.recipes.iter().filter_map(|recipe| recipe.coverage.as_ref());
        let sum = |all: &mut dyn Iterator<Item = (usize, usize)>| {
            all.fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1))
        };
        [sum(&mut known().map(Coverage::ran)), sum(&mut known().map(Coverage::branches))]
    }
}
