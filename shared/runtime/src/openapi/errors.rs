//! What operations answer when they refuse.
//!
//! See [Discord Docs/Error Messages](https://discord.com/developers/docs/reference#error-messages).

use std::collections::BTreeMap;

use model::Code;
use serde_json::{Map, Value, json};

use crate::schema::reference;
use crate::{Operation, Requirement};

/// The answers of an operation that refuses.
pub fn of(operation: &Operation, takes_form: bool) -> Map<String, Value> {
    let mut answers = Map::new();
    let mut add = |status: &str, name: &str| {
        let response = json!({ "$ref": format!("#/components/responses/{name}") });
        answers.insert(status.to_owned(), response);
    };
    if takes_form {
        add("400", "InvalidFormBody");
    }
    if operation.access != Requirement::Anyone {
        add("401", "Unauthorized");
    }
    // The gateway is told of a bot's limit, not of one of its own.
    if operation.access != Requirement::Internal {
        add("429", "TooManyRequests");
    }
    add("4XX", "ClientError");
    add("5XX", "ServerError");
    answers
}

/// The answers that have names.
pub fn responses() -> Value {
    let refused = |description: &str, schema: &str| {
        json!({
            "description": description,
            "content": { "application/json": { "schema": reference(schema) } },
        })
    };
    json!({
        "InvalidFormBody": refused("Fields of the request are wrong (50035).", "ErrorResponse"),
        "Unauthorized": refused("There is no valid token.", "ErrorResponse"),
        "TooManyRequests": refused("A limit was reached.", "RateLimitedResponse"),
        "ClientError": refused("The request was refused.", "ErrorResponse"),
        "ServerError": refused("The server failed.", "ErrorResponse"),
    })
}

/// The schemas of the envelope that every refusal has.
pub fn schemas() -> Map<String, Value> {
    // The general errors of HTTP share the number 0.
    let codes: BTreeMap<_, _> = Code::ALL.iter().map(|code| (code.number(), code)).collect();
    let codes = codes.into_iter().map(|(number, code)| match number {
        0 => json!({ "const": 0, "description": "An error of HTTP itself." }),
        _ => json!({ "const": number, "description": code.message() }),
    });
    let schemas = json!({
        "ErrorCode": {
            "description": "Discord's number of an error.",
            "type": "integer",
            "oneOf": codes.collect::<Vec<_>>(),
        },
        "ErrorResponse": {
            "type": "object",
            "properties": {
                "code": reference("ErrorCode"),
                "message": { "type": "string" },
                "errors": reference("FormErrors"),
            },
            "required": ["code", "message"],
        },
        "RateLimitedResponse": {
            "type": "object",
            "properties": {
                "code": reference("ErrorCode"),
                "message": { "type": "string" },
                "retry_after": { "description": "Seconds.", "type": "number", "minimum": 0 },
                "global": { "type": "boolean" },
            },
            "required": ["message", "retry_after", "global"],
        },
        "FormErrors": {
            "description": "What is wrong with each field, below its name or its index.",
            "type": "object",
            "properties": {
                "_errors": { "type": "array", "items": reference("FieldError") },
            },
            "additionalProperties": reference("FormErrors"),
        },
        "FieldError": {
            "type": "object",
            "properties": { "code": { "type": "string" }, "message": { "type": "string" } },
            "required": ["code", "message"],
        },
    });
    match schemas {
        Value::Object(schemas) => schemas,
        _ => Map::new(),
    }
}
