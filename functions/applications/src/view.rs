//! Applications as clients see them.
//!
//! See [Discord Docs/Application Object](https://discord.com/developers/docs/resources/application#application-object).

use model::application::Application;
use model::id::marker;
use model::{Id, User};
use serde::Serialize;
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

/// An application as everyone sees it.
#[derive(Serialize)]
#[cfg_attr(not(target_family = "wasm"), derive(schemars::JsonSchema))]
pub(crate) struct PublicApplication {
    id: Id<marker::Application>,
    name: String,
    icon: Option<String>,
    description: String,
    /// Deprecated by Discord, and empty.
    summary: &'static str,
    #[serde(rename = "type")]
    kind: Option<u8>,
    bot_public: bool,
    bot_require_code_grant: bool,
    verify_key: String,
    flags: i64,
    flags_new: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    bot: Option<User>,
    /// What its owner set, under Discord's names.
    #[serde(flatten)]
    settings: Map<String, Value>,
}

/// The application as everyone sees it.
pub(crate) fn public(application: &Application, bot: Option<&User>) -> PublicApplication {
    let mut settings = application.settings.clone();
    settings.retain(|name, _| PUBLIC_SETTINGS.contains(&name.as_str()));
    PublicApplication {
        id: application.id,
        name: application.name.clone(),
        icon: application.icon.clone(),
        description: application.description.clone(),
        summary: "",
        kind: None,
        bot_public: application.bot_public,
        bot_require_code_grant: application.bot_require_code_grant,
        verify_key: application.verify_key.clone(),
        flags: application.flags,
        flags_new: application.flags.to_string(),
        bot: bot.cloned(),
        settings,
    }
}

/// What an application's page shows of its standing with Discord: here nothing is verified, sold or
/// listed, and nobody is asked to.
///
/// See [Userdoccers/Application Object](https://docs.discord.food/resources/application#application-object).
#[derive(Serialize)]
#[cfg_attr(not(target_family = "wasm"), derive(schemars::JsonSchema))]
struct Unpublished {
    verification_state: u8,
    store_application_state: u8,
    monetization_state: u8,
    discoverability_state: u8,
    explicit_content_filter: u8,
    internal_guild_restriction: u8,
    event_webhooks_status: u8,
    interactions_version: u8,
    rpc_application_state: u8,
    creator_monetization_state: u8,
    discovery_eligibility_flags: u8,
    monetization_eligibility_flags: u8,
    is_verified: bool,
    is_monetized: bool,
    is_discoverable: bool,
    storefront_available: bool,
    hook: bool,
    splash: Option<String>,
    event_webhooks_url: Option<String>,
    event_webhooks_types: [(); 0],
    interactions_event_types: [(); 0],
    rpc_origins: [(); 0],
}

impl Default for Unpublished {
    fn default() -> Self {
        // The lowest state of each: not submitted, not for sale, not listed.
        const FIRST_STATE: u8 = 1;
        Self {
            verification_state: FIRST_STATE,
            store_application_state: FIRST_STATE,
            monetization_state: FIRST_STATE,
            discoverability_state: FIRST_STATE,
            explicit_content_filter: 0,
            internal_guild_restriction: FIRST_STATE,
            event_webhooks_status: FIRST_STATE,
            interactions_version: FIRST_STATE,
            rpc_application_state: 0,
            creator_monetization_state: FIRST_STATE,
            discovery_eligibility_flags: 0,
            monetization_eligibility_flags: 0,
            is_verified: false,
            is_monetized: false,
            is_discoverable: false,
            storefront_available: false,
            hook: true,
            splash: None,
            event_webhooks_url: None,
            event_webhooks_types: [],
            interactions_event_types: [],
            rpc_origins: [],
        }
    }
}

/// An application as its owner and its bot see it.
#[derive(Serialize)]
#[cfg_attr(not(target_family = "wasm"), derive(schemars::JsonSchema))]
pub(crate) struct PrivateApplication {
    #[serde(flatten)]
    public: PublicApplication,
    owner: User,
    /// Applications belong to people here.
    team: Option<()>,
    #[serde(flatten)]
    unpublished: Unpublished,
    approximate_guild_count: u32,
    /// Nobody installs applications for themselves, and no scope but these is granted here.
    approximate_user_install_count: u32,
    approximate_user_authorization_count: u32,
    eligible_oauth2_scopes: [&'static str; 2],
}

/// The application as its owner and its bot see it.
pub(crate) fn private(
    application: &Application,
    owner: &User,
    bot: Option<&User>,
    guild_count: u32,
) -> PrivateApplication {
    let nulls = NULLABLE_SETTINGS.map(|name| (name.to_owned(), Value::Null));
    let mut settings: Map<_, _> = nulls.into_iter().collect();
    settings.insert("redirect_uris".to_owned(), json!([]));
    settings.extend(application.settings.clone());
    // It is said to be off, whatever is set.
    settings.remove("event_webhooks_url");
    PrivateApplication {
        public: PublicApplication {
            settings,
            ..public(application, bot)
        },
        owner: owner.clone(),
        team: None,
        unpublished: Unpublished::default(),
        approximate_guild_count: guild_count,
        approximate_user_install_count: 0,
        approximate_user_authorization_count: 0,
        eligible_oauth2_scopes: ["bot", "applications.commands"],
    }
}
