//! What generators and the suite read of the functions.

use runtime::{Function, Operation};
use serde_json::{Value, json};

use crate::CATALOGUE;

/// One JSON object for each function, from which `spin.toml`, the Workers' route tables, the
/// documentation and the access test are made.
pub fn manifest() -> Value {
    let functions = CATALOGUE.iter().flat_map(|(krate, files)| {
        files
            .iter()
            .map(|(file, function)| entry(krate, file, function))
    });
    functions.collect()
}

/// The functions as an OpenAPI document.
pub fn openapi() -> Value {
    let functions = CATALOGUE.iter().flat_map(|(krate, files)| {
        let functions = files.iter().map(|(_, function)| function);
        functions.map(|function| (*krate, function))
    });
    runtime::openapi::document(functions)
}

fn entry(krate: &str, file: &str, function: &Function) -> Value {
    json!({
        "component": format!("{krate}-{file}").replace('_', "-"),
        "crate": krate,
        "module": file,
        "routes": function.routes(),
        "path": function.path,
        "described_path": runtime::openapi::path(function),
        "mount": function.mount.name(),
        "capabilities": function.capabilities.iter().map(|it| it.name()).collect::<Vec<_>>(),
        "outbound": function.capabilities.iter().flat_map(|it| it.hosts()).collect::<Vec<_>>(),
        "costly": function.is_costly(),
        "operations": function.operations.iter().map(operation).collect::<Vec<_>>(),
    })
}

fn operation(operation: &Operation) -> Value {
    json!({
        "method": operation.method,
        "name": operation.name,
        "access": format!("{:?}", operation.access),
        "requires": operation.requires.iter().map(|it| it.to_json()).collect::<Vec<_>>(),
        "limit": operation.limit.count,
        "per_ms": operation.limit.per_ms,
    })
}
