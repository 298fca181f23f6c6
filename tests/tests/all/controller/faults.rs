//! `tests/faults.md` names tests that exist.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use crate::support::printed;

/// A row of the table: the fault, and what stands under "tests".
fn rows(text: &str) -> BTreeMap<String, String> {
    let cells = text.lines().filter_map(|line| {
        let mut cells = line.strip_prefix("| T")?.split('|').map(str::trim);
        let (number, _, tests) = (cells.next()?, cells.next()?, cells.next()?);
        Some((format!("T{number}"), tests.to_owned()))
    });
    cells.collect()
}

#[test]
fn every_fault_has_a_test_that_exists_or_a_reason() {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let rows = rows(&std::fs::read_to_string(package.join("faults.md")).unwrap());
    let numbers = (1..=41).chain([50]).chain(60..=65);
    let mut expected: Vec<_> = numbers.map(|n| format!("T{n}")).collect();
    expected.sort();
    assert_eq!(rows.keys().cloned().collect::<Vec<_>>(), expected);

    let mut list = Command::new(std::env::current_exe().unwrap());
    let list = printed(list.args(["--list", "--format", "terse"]));
    let is_here = |name: &str| list.lines().any(|line| line == format!("{name}: test"));
    for (fault, tests) in &rows {
        let names: Vec<&str> = tests.split('`').skip(1).step_by(2).collect();
        let reason = tests.strip_prefix("later:").unwrap_or_default();
        assert!(
            reason.len() > 10 || !names.is_empty(),
            "{fault} has neither a test nor a reason"
        );
        for name in names {
            // A test of another crate is named by its file.
            let exists = match name.split_once('#') {
                None => is_here(name),
                Some((file, test)) => {
                    let text = std::fs::read_to_string(package.join("..").join(file));
                    text.is_ok_and(|text| text.contains(&format!("fn {test}(")))
                }
            };
            assert!(exists, "{fault}: there is no test `{name}`");
        }
    }
}
