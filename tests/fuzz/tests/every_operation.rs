//! Every operation of the catalogue with bodies and queries of the right names and any values.
#![allow(missing_docs, reason = "test names are the documentation")]

use std::collections::BTreeSet;

use fuzz::Ground;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, TestRng, TestRunner};
use serde_json::Value;

/// Bodies for each operation. More by `PROPTEST_CASES`.
const CASES: u32 = 8;
/// How deep the description's schemas are followed.
const DEPTH_MAX: u32 = 6;

fn description() -> Value {
    let text = include_str!("../../data/discord-openapi.json");
    serde_json::from_str(text).expect("the description is JSON")
}

/// The names of all fields that an operation's body and query may have.
fn names(description: &Value, operation: &str) -> Vec<String> {
    let mut names = BTreeSet::from(["name".to_owned(), "id".to_owned(), "limit".to_owned()]);
    let paths = description["paths"].as_object().into_iter().flatten();
    for (_, item) in paths {
        for (_, method) in item.as_object().into_iter().flatten() {
            if method["operationId"] == operation {
                collect(description, method, DEPTH_MAX, &mut names);
            }
        }
    }
    names.into_iter().collect()
}

fn collect(description: &Value, at: &Value, depth: u32, names: &mut BTreeSet<String>) {
    if let Some(pointer) = at["$ref"].as_str()
        && let Some(schema) = description.pointer(pointer.trim_start_matches('#'))
        && depth > 0
    {
        collect(description, schema, depth - 1, names);
    }
    if let Some(properties) = at["properties"].as_object() {
        names.extend(properties.keys().cloned());
    }
    if let Some(name) = at["in"].as_str().and(at["name"].as_str()) {
        names.insert(name.to_owned());
    }
    match at {
        Value::Object(members) => members
            .iter()
            .filter(|(name, _)| *name != "responses")
            .for_each(|(_, value)| collect(description, value, depth, names)),
        Value::Array(items) => items
            .iter()
            .for_each(|value| collect(description, value, depth, names)),
        _ => {}
    }
}

fn value(names: Vec<String>) -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-2_i64..30).prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "\\PC{0,40}".prop_map(Value::from),
        (0_i64..2000).prop_map(|number| Value::from(number.to_string())),
        Just(Value::from("data:image/png;base64,iVBORw0KGgo=")),
        Just(Value::from("2026-01-01T00:00:00Z")),
    ];
    leaf.prop_recursive(4, 40, 8, move |inner| {
        let object = prop::collection::btree_map(select(names.clone()), inner.clone(), 0..8);
        prop_oneof![
            1 => prop::collection::vec(inner, 0..4).prop_map(Value::from),
            3 => object.prop_map(|members| members.into_iter().collect()),
        ]
    })
}

#[test]
fn no_body_of_any_operation_is_the_servers_fault() {
    let description = description();
    let wanted = Config::default().cases;
    let config = Config {
        cases: if wanted == 256 { CASES } else { wanted },
        failure_persistence: None,
        ..Config::default()
    };
    let mut rng = TestRng::deterministic_rng(config.rng_algorithm);
    let files = functions::CATALOGUE.iter().flat_map(|(_, files)| *files);
    for (_, function) in files {
        for operation in function.operations {
            let strategy = value(names(&description, operation.name));
            let mut runner = TestRunner::new_with_rng(config.clone(), rng.clone());
            rng = runner.new_rng();
            let result = runner.run(&(strategy, any::<bool>()), |(body, bot)| {
                Ground::default().operate(function, operation, bot, &body);
                Ok(())
            });
            if let Err(failure) = result {
                panic!("{} {}: {failure}", operation.method, function.path);
            }
        }
    }
}
