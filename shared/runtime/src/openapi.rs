//! What the functions are, as an OpenAPI document. Natively alone: a component has nothing of it.
//!
//! Nothing here is written twice. Requests are recorded as their forms read them ([`Recorder`]),
//! answers are the schemas of the types that serialise them, and the rest is what `function!`
//! declares.
//!
//! See [OpenAPI 3.1](https://spec.openapis.org/oas/v3.1.0.html).

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::{Function, Mount, Operation};

mod access;
mod errors;

pub use crate::described::Described;
pub use crate::schema::{Recorder, Schemas};

/// The URLs of the API. The first is the version that clients should ask for.
const SERVERS: [&str; 2] = ["/api/v10", "/api/v9"];

/// The document of these functions, each with the crate that it is in.
///
/// # Panics
/// When two operations have one name: generators of clients name their methods by it.
pub fn document<'a>(functions: impl IntoIterator<Item = (&'a str, &'a Function)>) -> Value {
    let schemas = Schemas::new();
    let mut paths = BTreeMap::<String, Value>::new();
    let mut names = BTreeSet::new();
    for (tag, function) in functions {
        let item = paths.entry(path(function)).or_insert_with(|| json!({}));
        if function.mount != Mount::Api {
            item["servers"] = json!([{ "url": "/" }]);
        }
        for operation in function.operations {
            let name = operation_id(function, operation);
            assert!(
                names.insert(name.clone()),
                "two operations are called {name}"
            );
            let mut described = described(&schemas, function, operation);
            described["operationId"] = json!(name);
            described["tags"] = json!([tag]);
            item[operation.method.to_ascii_lowercase()] = described;
        }
    }
    let mut components = schemas.into_components();
    components.extend(errors::schemas());
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Spacebar",
            "description": "Every operation of an instance: Discord's, and our own.",
            "license": { "name": "AGPL-3.0-or-later", "identifier": "AGPL-3.0-or-later" },
            "version": "10",
        },
        "servers": SERVERS.map(|url| json!({ "url": url })),
        "paths": paths,
        "components": {
            "schemas": components,
            "responses": errors::responses(),
            "securitySchemes": access::schemes(),
        },
    })
}

/// The path from the server's URL. A parameter that takes the rest of the path is written as any
/// other: OpenAPI knows none. A page for browsers may have the path of an operation of the API, so
/// a fragment, which no request carries, follows it.
pub fn path(function: &Function) -> String {
    let path = function.path.replace("...}", "}");
    let mut operations = function.operations.iter();
    match function.mount {
        Mount::Api => path,
        Mount::Root if operations.any(|it| it.name.ends_with("_page")) => path + "#page",
        mount => mount.prefix().to_owned() + &path,
    }
}

/// The operation's name. What the gateway asks may be called as what clients ask.
fn operation_id(function: &Function, operation: &Operation) -> String {
    match function.mount {
        Mount::Internal => format!("internal_{}", operation.name),
        _ => operation.name.to_owned(),
    }
}

fn described(schemas: &Schemas, function: &Function, operation: &Operation) -> Value {
    let mut described = Described::new(schemas, function.path);
    (operation.describe)(&mut described);
    let takes_form = described.takes_form();
    let mut object = described.into_object();
    let answers = object["responses"]
        .as_object_mut()
        .expect("answers are an object");
    answers.extend(errors::of(operation, takes_form));
    object.extend(access::of(operation));
    object.insert(
        "x-rate-limit".to_owned(),
        json!({ "count": operation.limit.count, "per_ms": operation.limit.per_ms }),
    );
    Value::Object(object)
}

#[cfg(test)]
mod tests;
