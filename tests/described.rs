//! Our description of all operations calls them and what they take as Discord does.

use std::collections::BTreeSet;

use runtime::Mount;
use serde_json::Value;

use crate::support::operations;

#[test]
fn an_operation_of_discords_has_its_name() {
    for (function, operation) in operations() {
        let (method, path) = (operation.method, function.path);
        if function.mount == Mount::Api
            && let Some(name) = contract::operation_id(method, path)
        {
            assert_eq!(operation.name, name, "{method} {path}");
        }
    }
}

/// Operations whose body is called otherwise: one form for several, or one that has yet to be
/// renamed.
const OTHER_BODIES: &[&str] = &[
    "bulk_delete_messages",
    "create_guild",
    "create_guild_channel",
    "create_guild_role",
    "create_thread",
    "create_thread_from_message",
    "delete_application",
    "delete_application_by_post",
    "delete_guild",
    "delete_guild_by_post",
    "disable_totp",
    "reset_application_bot_token",
    "set_channel_permission_overwrite",
    "update_guild",
    "update_guild_role",
    "update_message",
    "update_my_application",
];

#[test]
fn a_body_is_called_as_its_operation() {
    let document = functions::openapi();
    let items = document["paths"].as_object().expect("paths").values();
    let operations = items.flat_map(|item| item.as_object().expect("a path").values());
    let mut others = BTreeSet::new();
    for operation in operations {
        let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
        let (Some(name), Some(form)) = (operation["operationId"].as_str(), body(schema)) else {
            continue;
        };
        if form != camel_case(name.trim_start_matches("internal_")) {
            others.insert(name);
        }
    }
    let excused: BTreeSet<_> = OTHER_BODIES.iter().copied().collect();
    assert_eq!(others, excused, "name the form as its operation");
}

/// The name of the form that a body is.
fn body(schema: &Value) -> Option<&str> {
    schema["$ref"].as_str()?.rsplit('/').next()
}

fn camel_case(name: &str) -> String {
    let words = name.split('_');
    let words = words.map(|word| word[..1].to_uppercase() + &word[1..]);
    words.collect()
}
