//! Who may call an operation.

use model::Permissions;
use serde_json::{Map, Value, json};

use crate::{Operation, Requirement};

/// The ways to say who calls.
pub fn schemes() -> Value {
    let token = |description: &str| {
        json!({
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": description,
        })
    };
    json!({
        "BotToken": token("`Bot ` and the token of a bot."),
        "UserToken": token("The token of a session, as it is."),
        "InternalKey": token("A proof that the caller has the host's internal key."),
    })
}

/// What an operation says of its callers.
pub fn of(operation: &Operation) -> Map<String, Value> {
    let schemes: &[&str] = match operation.access {
        Requirement::Anyone => &[],
        Requirement::Human | Requirement::Operator => &["UserToken"],
        Requirement::Bot => &["BotToken"],
        Requirement::Internal => &["InternalKey"],
        _ => &["BotToken", "UserToken"],
    };
    let security: Vec<_> = schemes
        .iter()
        .map(|scheme| json!({ *scheme: [] }))
        .collect();
    let mut object = Map::new();
    object.insert("security".to_owned(), json!(security));
    let (kind, bits) = requirement(operation.access);
    object.insert("x-access".to_owned(), json!(kind));
    if bits != 0 {
        object.insert("x-permissions".to_owned(), json!(names(bits)));
    }
    if !operation.requires.is_empty() {
        let requires: Vec<_> = operation.requires.iter().map(|it| it.to_json()).collect();
        object.insert("x-requires".to_owned(), json!(requires));
    }
    object
}

/// A requirement's name, and the permissions that it always needs.
fn requirement(requirement: Requirement) -> (&'static str, u64) {
    match requirement {
        Requirement::Anyone => ("anyone", 0),
        Requirement::Caller => ("caller", 0),
        Requirement::Human => ("human", 0),
        Requirement::Bot => ("bot", 0),
        Requirement::Operator => ("operator", 0),
        Requirement::OwnsGuild => ("guild-owner", 0),
        Requirement::InGuild(bits) => ("guild-member", bits),
        Requirement::InChannel(bits) => ("channel", bits),
        Requirement::Internal => ("internal", 0),
    }
}

fn names(bits: u64) -> Vec<&'static str> {
    let set = Permissions::from_bits_retain(bits);
    set.iter_names().map(|(name, _)| name).collect()
}
