//! Discord's description, completed by what it leaves out.

use std::sync::OnceLock;

use serde_json::{Value, json};

use crate::description::{Description, METHODS, SCHEMAS};

/// Discord's description.
///
/// # Panics
/// When the file is not what it should be.
pub fn discord() -> &'static Description {
    static DESCRIPTION: OnceLock<Description> = OnceLock::new();
    DESCRIPTION.get_or_init(|| Description::of(document()))
}

fn document() -> &'static Value {
    static DOCUMENT: OnceLock<Value> = OnceLock::new();
    DOCUMENT.get_or_init(|| {
        let text = include_str!("../../data/discord-openapi.json");
        let mut document = serde_json::from_str(text).expect("the description is JSON");
        complete(&mut document);
        document
    })
}

/// Adds what Discord documents and answers, and its description leaves out.
///
/// # Panics
/// When it does not leave it out any more.
fn complete(document: &mut Value) {
    let schemas = &mut document["components"]["schemas"];
    // Messages are forwarded by references of this type.
    let kinds = &mut schemas["MessageReferenceType"]["oneOf"];
    push(kinds, json!({ "title": "FORWARD", "const": 1 }));
    // Media channels are documented with all others.
    let types = &mut schemas["ChannelTypes"]["oneOf"];
    push(types, json!({ "title": "GUILD_MEDIA", "const": 16 }));
    let types = &mut schemas["GuildChannelResponse"]["properties"]["type"]["enum"];
    push(types, json!(16));
    // A field's error has a word such as `BASE_TYPE_REQUIRED`; the code of an answer is a number.
    let field = &mut schemas["InnerErrors"]["properties"]["_errors"]["items"];
    assert_eq!(*field, json!({ "$ref": format!("{SCHEMAS}Error") }));
    *field = json!({
        "type": "object",
        "properties": { "code": { "type": "string" }, "message": { "type": "string" } },
        "required": ["code", "message"],
    });
    // A server's own errors have the envelope of all others; only those of clients are described.
    let schema = json!({ "$ref": format!("{SCHEMAS}ErrorResponse") });
    let failure = json!({ "content": { "application/json": { "schema": schema } } });
    let paths = document["paths"].as_object_mut().expect("paths");
    for item in paths.values_mut() {
        for method in METHODS {
            if let Some(operation) = item.get_mut(method) {
                let answers = operation["responses"].as_object_mut().expect("its answers");
                let described = answers.insert("5XX".to_owned(), failure.clone());
                assert_eq!(described, None, "its errors are described");
            }
        }
    }
}

/// Adds a choice to those that a schema has.
fn push(choices: &mut Value, choice: Value) {
    let choices = choices.as_array_mut().expect("a list of choices");
    let value = choice.get("const").unwrap_or(&choice);
    let known = choices
        .iter()
        .any(|it| it.get("const").unwrap_or(it) == value);
    assert!(!known, "{choice} is described");
    choices.push(choice);
}
