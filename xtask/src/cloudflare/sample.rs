//! Which functions are Workers of their own in the suite.
//!
//! A Worker of each takes longer with every function, and shows the same. So the suite has a fixed
//! sample, whose rule depends on nothing but the functions; the others are together in one more
//! Worker, bound in the place of theirs.

use std::collections::BTreeSet;
use std::fmt::Write;

use sha2::{Digest, Sha256};

use crate::catalogue::Function;

/// One of so many functions is in the sample by its name.
const ONE_IN: u64 = 10;

/// Why a function is in the sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// The gateway calls it from inside. A Worker with all functions refuses such a call.
    Internal,
    /// It is the first with its capabilities, and so with its bindings.
    Capabilities,
    /// Its name's hash says so.
    Name,
    /// It changed since the branch `main`.
    Changed,
}

impl Reason {
    const ALL: [Self; 4] = [
        Self::Internal,
        Self::Capabilities,
        Self::Name,
        Self::Changed,
    ];

    const fn about(self) -> &'static str {
        match self {
            Self::Internal => "called by the gateway",
            Self::Capabilities => "the first with its capabilities",
            Self::Name => "by the hash of its name",
            Self::Changed => "changed since main",
        }
    }
}

/// The functions of the sample, in their order, each with the first reason for it.
pub fn pick(
    functions: &[Function],
    is_changed: impl Fn(&Function) -> bool,
) -> Vec<(&Function, Reason)> {
    let mut capabilities = BTreeSet::new();
    let mut reason = |function: &Function| {
        let is_first = capabilities.insert(function.capabilities.clone());
        match function.mount.as_str() {
            "internal" => Some(Reason::Internal),
            _ if is_first => Some(Reason::Capabilities),
            _ if hash(&function.component).is_multiple_of(ONE_IN) => Some(Reason::Name),
            _ if is_changed(function) => Some(Reason::Changed),
            _ => None,
        }
    };
    let picked = functions.iter();
    picked
        .filter_map(|function| Some((function, reason(function)?)))
        .collect()
}

/// What is to be said of a sample of so many functions.
pub fn report(sample: &[(&Function, Reason)], functions: usize) -> String {
    let mut text = format!(
        "{} of {functions} functions are Workers of their own, the others one together; \
         `cargo xtask ci per-function-all` builds a Worker of each",
        sample.len()
    );
    for reason in Reason::ALL {
        let of = sample.iter().filter(|(_, why)| *why == reason);
        let names: Vec<_> = of
            .map(|(function, _)| function.component.as_str())
            .collect();
        if !names.is_empty() {
            // Writing to a string cannot fail.
            let _ = write!(text, "\n  {}: {}", reason.about(), names.join(", "));
        }
    }
    text
}

/// A number that is the same on every machine: the first eight bytes of the name's SHA-256.
fn hash(name: &str) -> u64 {
    let hash = Sha256::digest(name.as_bytes());
    let first = hash.iter().take(8);
    first.fold(0, |number, byte| (number << 8) | u64::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue;

    fn function(component: &str, mount: &str, capabilities: &[&str]) -> Function {
        let text = serde_json::json!([{
            "component": component, "crate": "c", "module": component, "routes": [], "path": "/",
            "mount": mount, "capabilities": capabilities, "operations": [],
        }]);
        catalogue::parse(&text.to_string()).unwrap().remove(0)
    }

    #[test]
    fn a_function_is_in_the_sample_for_a_reason() {
        let named = (0..).map(|it| format!("named-{it}"));
        let mut named = named.filter(|it| hash(it).is_multiple_of(ONE_IN));
        let other = |text: &str| {
            let names = (0..).map(|it| format!("{text}-{it}"));
            let mut names = names.filter(|it| !hash(it).is_multiple_of(ONE_IN));
            names.next().unwrap()
        };
        let functions = [
            function(&other("inside"), "internal", &[]),
            function(&other("blobs"), "api", &["blobs"]),
            function(&other("more"), "api", &["blobs"]),
            function(&named.next().unwrap(), "api", &["blobs"]),
            function(&other("changed"), "api", &["blobs"]),
        ];
        let sample = pick(&functions, |it| it.component.starts_with("changed"));
        let reasons: Vec<_> = sample.iter().map(|(_, reason)| *reason).collect();
        assert_eq!(reasons, Reason::ALL);
        assert!(
            sample
                .iter()
                .all(|(it, _)| it.component != functions[2].component)
        );
        let report = report(&sample, functions.len());
        assert!(report.starts_with("4 of 5 functions"), "{report}");
        for (function, _) in sample {
            assert!(report.contains(&function.component), "{report}");
        }
    }

    #[test]
    fn a_tenth_of_all_names_is_in_it_on_every_machine() {
        let names = (0..10_000).map(|it| format!("crate-{it}"));
        let picked = names.filter(|it| hash(it).is_multiple_of(ONE_IN)).count();
        assert!((900..1100).contains(&picked), "{picked}");
        assert_eq!(hash("channels-typing"), 15_230_778_025_202_180_118);
    }
}
