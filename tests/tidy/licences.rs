//! The licences of what we link, so that the whole may be passed on under the AGPL.
//!
//! `cargo deny` checks the same from `deny.toml` where it is installed; this needs nothing.

use std::process::Command;

use serde_json::Value;

/// Licences whose conditions the AGPL-3.0 can meet, as `deny.toml` lists them.
fn allowed() -> Vec<String> {
    let text = std::fs::read_to_string(xtask::root().join("deny.toml")).unwrap();
    let start = text
        .find("allow = [")
        .expect("deny.toml has a list of licences");
    let list = &text[start..start + text[start..].find(']').expect("the list ends")];
    list.split('"')
        .skip(1)
        .step_by(2)
        .map(str::to_owned)
        .collect()
}

/// Whether an SPDX expression can be satisfied: `A OR B` by either, `A AND B` by both.
fn satisfiable(expression: &str, allowed: &[String]) -> bool {
    let expression = expression.replace('/', " OR ").replace(['(', ')'], " ");
    expression.split(" OR ").any(|choice| {
        choice
            .split(" AND ")
            .all(|licence| allowed.iter().any(|it| it == licence.trim()))
    })
}

#[test]
fn every_dependency_may_be_passed_on_under_the_agpl() {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".into());
    let mut metadata = Command::new(cargo);
    metadata
        .current_dir(xtask::root())
        .args(["metadata", "--format-version", "1", "--locked"]);
    let output = metadata.output().unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let allowed = allowed();
    let mut refused = Vec::new();
    for package in metadata["packages"].as_array().unwrap() {
        let licence = package["license"].as_str().unwrap_or("none named");
        if !satisfiable(licence, &allowed) {
            refused.push(format!(
                "{} {}: {licence}",
                package["name"], package["version"]
            ));
        }
    }
    super::none(refused, "these licences are not in deny.toml:");
}

#[test]
fn an_expression_is_satisfied_by_a_choice_of_which_all_parts_are_allowed() {
    let allowed = ["MIT".to_owned(), "Apache-2.0".to_owned()];
    for good in [
        "MIT",
        "GPL-2.0 OR MIT",
        "MIT/Apache-2.0",
        "(MIT OR X) AND Apache-2.0",
    ] {
        assert!(satisfiable(good, &allowed), "{good}");
    }
    for bad in ["GPL-2.0", "MIT AND GPL-2.0", "none named"] {
        assert!(!satisfiable(bad, &allowed), "{bad}");
    }
}
