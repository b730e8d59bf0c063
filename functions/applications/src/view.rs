//! Applications as clients see them.
//!
//! See [Discord Docs/Application Object](https://discord.com/developers/docs/resources/application#application-object).

use model::User;
use model::application::Application;
use serde_json::{Map, Value, json};

/// Settings that everyone may see; the others are the owner's.
const PUBLIC_SETTINGS: [&str; 6] = [
    "custom_install_url",
    "install_params",
    "integration_types_config",
    "privacy_policy_url",
    "tags",
    "terms_of_service_url",
];

/// Settings that are always sent to the owner, null until they are set.
const NULLABLE_SETTINGS: [&str; 2] = [
    "interactions_endpoint_url",
    "role_connections_verification_url",
];

/// The application as everyone sees it.
pub(crate) fn public(application: &Application, bot: Option<&User>) -> Map<String, Value> {
    let mut view = Map::new();
    let mut set = |name: &str, value: Value| view.insert(name.to_owned(), value);
    set("id", json!(application.id));
    set("name", json!(application.name));
    set("icon", json!(application.icon));
    set("description", json!(application.description));
    set("summary", json!(""));
    set("type", Value::Null);
    set("bot_public", json!(application.bot_public));
    set(
        "bot_require_code_grant",
        json!(application.bot_require_code_grant),
    );
    set("verify_key", json!(application.verify_key));
    set("flags", json!(application.flags));
    set("flags_new", json!(application.flags.to_string()));
    if let Some(bot) = bot {
        set("bot", json!(bot));
    }
    for name in PUBLIC_SETTINGS {
        if let Some(value) = application.settings.get(name) {
            set(name, value.clone());
        }
    }
    view
}

/// What an application's page shows of its standing with Discord: here nothing is verified, sold or
/// listed, and nobody is asked to.
///
/// See [Userdoccers/Application Object](https://docs.discord.food/resources/application#application-object).
fn unpublished() -> [(&'static str, Value); 22] {
    // The lowest state of each: not submitted, not for sale, not listed.
    const FIRST_STATE: u8 = 1;
    [
        ("verification_state", json!(FIRST_STATE)),
        ("store_application_state", json!(FIRST_STATE)),
        ("monetization_state", json!(FIRST_STATE)),
        ("discoverability_state", json!(FIRST_STATE)),
        ("explicit_content_filter", json!(0)),
        ("internal_guild_restriction", json!(FIRST_STATE)),
        ("event_webhooks_status", json!(FIRST_STATE)),
        ("interactions_version", json!(FIRST_STATE)),
        ("rpc_application_state", json!(0)),
        ("creator_monetization_state", json!(FIRST_STATE)),
        ("discovery_eligibility_flags", json!(0)),
        ("monetization_eligibility_flags", json!(0)),
        ("is_verified", json!(false)),
        ("is_monetized", json!(false)),
        ("is_discoverable", json!(false)),
        ("storefront_available", json!(false)),
        ("hook", json!(true)),
        ("splash", Value::Null),
        ("event_webhooks_url", Value::Null),
        ("event_webhooks_types", json!([])),
        ("interactions_event_types", json!([])),
        ("rpc_origins", json!([])),
    ]
}

/// The application as its owner and its bot see it.
pub(crate) fn private(
    application: &Application,
    owner: &User,
    bot: Option<&User>,
    guild_count: u32,
) -> Map<String, Value> {
    let mut view = public(application, bot);
    let mut set = |name: &str, value: Value| view.insert(name.to_owned(), value);
    for name in NULLABLE_SETTINGS {
        set(name, Value::Null);
    }
    set("redirect_uris", json!([]));
    for (name, value) in &application.settings {
        set(name, value.clone());
    }
    set("owner", json!(owner));
    set("team", Value::Null);
    for (name, value) in unpublished() {
        set(name, value);
    }
    set("approximate_guild_count", json!(guild_count));
    // Nobody installs applications for themselves, and no scope but these is granted here.
    set("approximate_user_install_count", json!(0));
    set("approximate_user_authorization_count", json!(0));
    set(
        "eligible_oauth2_scopes",
        json!(["bot", "applications.commands"]),
    );
    view
}
