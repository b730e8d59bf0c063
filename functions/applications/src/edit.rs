//! The fields of an application that its owner edits.
//!
//! See [Discord Docs/Edit Current Application](https://discord.com/developers/docs/resources/application#edit-current-application).

use actions::images::{self, Image, Owner};
use model::application::{Application, FLAGS_OF_OWNER};
use model::event::IntentsAllowed;
use model::text::trimmed;
use runtime::prelude::*;
use serde_json::{Map, Value, json};
use store::applications;

use crate::owned::Owned;

/// Characters of a name.
pub(crate) const NAME_CHARS: std::ops::RangeInclusive<usize> = 1..=32;
/// Characters of a description.
const DESCRIPTION_CHARS_MAX: usize = 400;
/// Characters of a URL.
const URL_CHARS_MAX: usize = 2048;
/// Tags of one application.
const TAGS_MAX: usize = 5;
/// Characters of a tag.
const TAG_CHARS_MAX: usize = 20;
/// Redirect URIs of one application.
const REDIRECT_URIS_MAX: usize = 10;
/// Scopes of one set of install parameters.
const SCOPES_MAX: usize = 50;
/// Characters of a scope: Discord's longest has some forty.
const SCOPE_CHARS_MAX: usize = 100;

/// Settings that are URLs.
const URLS: [&str; 6] = [
    "custom_install_url",
    "event_webhooks_url",
    "interactions_endpoint_url",
    "privacy_policy_url",
    "role_connections_verification_url",
    "terms_of_service_url",
];

/// Settings that bots do not change.
const OWNERS_SETTINGS: [&str; 3] = [
    "privacy_policy_url",
    "redirect_uris",
    "terms_of_service_url",
];

/// What is asked to be changed; `None` keeps what is.
pub(crate) struct UpdateApplication {
    name: Option<String>,
    description: Option<String>,
    icon: Option<Option<Image>>,
    bot_public: Option<bool>,
    bot_require_code_grant: Option<bool>,
    flags: Option<i64>,
    /// Settings to store; a null one is removed.
    settings: Map<String, Value>,
}

impl Form for UpdateApplication {
    const BODY_BYTES_MAX: usize = images::BODY_BYTES_MAX;

    fn read(fields: &mut Fields<'_>) -> Self {
        let mut settings = Map::new();
        for name in URLS {
            if let Some(value) = url(fields, name) {
                settings.insert(name.to_owned(), value);
            }
        }
        if let Some(tags) = tags(fields) {
            settings.insert("tags".to_owned(), json!(tags));
        }
        if let Some(uris) = redirect_uris(fields) {
            settings.insert("redirect_uris".to_owned(), json!(uris));
        }
        if let Some(value) = install_params(fields) {
            settings.insert("install_params".to_owned(), value);
        }
        if let Some(value) = integration_types(fields) {
            settings.insert("integration_types_config".to_owned(), value);
        }
        Self {
            name: fields.patch_name("name", NAME_CHARS),
            description: description(fields),
            icon: fields.nullable("icon"),
            bot_public: fields.get("bot_public"),
            bot_require_code_grant: fields.get("bot_require_code_grant"),
            flags: fields.get("flags"),
            settings,
        }
    }
}

/// The description: text, or an object with text for each language, of which the default counts.
fn description(fields: &mut Fields<'_>) -> Option<String> {
    struct Localized(String);

    impl Form for Localized {
        fn read(fields: &mut Fields<'_>) -> Self {
            Self(fields.required_text("default", 0..=DESCRIPTION_CHARS_MAX))
        }
    }

    if fields.raw("description").is_some_and(Value::is_object) {
        return fields.form("description").map(|Localized(text)| text);
    }
    let text = fields.nullable_text("description", 0..=DESCRIPTION_CHARS_MAX)?;
    Some(text.unwrap_or_default())
}

/// A URL, null to remove it.
fn url(fields: &mut Fields<'_>, name: &str) -> Option<Value> {
    let Some(text) = fields.nullable_text(name, 0..=URL_CHARS_MAX)? else {
        return Some(Value::Null);
    };
    if text.is_empty() {
        return Some(Value::Null);
    }
    if !is_url(&text) {
        fields.error(name, "URL_TYPE_INVALID_URL", "Not a well formed URL.");
        return None;
    }
    Some(json!(text))
}

fn is_url(text: &str) -> bool {
    let rest = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"));
    rest.is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/'))
        && !text.contains(|char: char| char.is_whitespace() || char.is_control())
}

fn tags(fields: &mut Fields<'_>) -> Option<Vec<String>> {
    let tags: Vec<String> = fields.list("tags", TAGS_MAX)?;
    let mut tags: Vec<_> = tags.iter().map(|tag| trimmed(tag).to_owned()).collect();
    if tags
        .iter()
        .any(|tag| tag.is_empty() || tag.chars().count() > TAG_CHARS_MAX)
    {
        let message = format!("Must be between 1 and {TAG_CHARS_MAX} in length.");
        fields.error("tags", "BASE_TYPE_BAD_LENGTH", message);
    }
    tags.sort_unstable();
    tags.dedup();
    Some(tags)
}

fn redirect_uris(fields: &mut Fields<'_>) -> Option<Vec<String>> {
    let uris: Vec<String> = fields.list("redirect_uris", REDIRECT_URIS_MAX)?;
    // A redirection may go to an application's own scheme.
    if uris
        .iter()
        .any(|uri| !uri.contains("://") || uri.chars().count() > URL_CHARS_MAX)
    {
        fields.error(
            "redirect_uris",
            "URL_TYPE_INVALID_URL",
            "Not a well formed URL.",
        );
    }
    Some(uris)
}

struct InstallParams(Value);

impl Form for InstallParams {
    fn read(fields: &mut Fields<'_>) -> Self {
        let scopes: Vec<String> = fields.list("scopes", SCOPES_MAX).unwrap_or_default();
        if scopes
            .iter()
            .any(|scope| scope.chars().count() > SCOPE_CHARS_MAX)
        {
            let message = format!("Must be {SCOPE_CHARS_MAX} or fewer in length.");
            fields.error("scopes", "BASE_TYPE_MAX_LENGTH", message);
        }
        let permissions: Permissions = fields.get("permissions").unwrap_or_default();
        Self(json!({ "scopes": scopes, "permissions": permissions }))
    }
}

fn install_params(fields: &mut Fields<'_>) -> Option<Value> {
    let params = fields.form("install_params");
    if fields.raw("install_params")?.is_null() {
        return Some(Value::Null);
    }
    params.map(|InstallParams(value)| value)
}

/// How the application is installed: `0` in a guild, `1` for a user.
fn integration_types(fields: &mut Fields<'_>) -> Option<Value> {
    struct Kind(Option<Value>);

    impl Form for Kind {
        fn read(fields: &mut Fields<'_>) -> Self {
            Self(
                fields
                    .form("oauth2_install_params")
                    .map(|InstallParams(value)| value),
            )
        }
    }

    struct Kinds(Map<String, Value>);

    impl Form for Kinds {
        fn read(fields: &mut Fields<'_>) -> Self {
            let mut kinds = Map::new();
            for name in ["0", "1"] {
                if let Some(Kind(params)) = fields.form(name) {
                    let kind = params.map_or(
                        json!({}),
                        |params| json!({ "oauth2_install_params": params }),
                    );
                    kinds.insert(name.to_owned(), kind);
                }
            }
            Self(kinds)
        }
    }

    fields
        .form("integration_types_config")
        .map(|Kinds(kinds)| kinds.into())
}

impl UpdateApplication {
    /// As much of it as a bot may change of its own application, as Discord documents it: its token
    /// is in more hands than its owner's.
    pub(crate) fn by_bot(mut self) -> Self {
        self.settings
            .retain(|name, _| !OWNERS_SETTINGS.contains(&name.as_str()));
        Self {
            name: None,
            bot_public: None,
            bot_require_code_grant: None,
            ..self
        }
    }

    /// Writes the change.
    ///
    /// # Errors
    /// Those of storing the icon, and the store's own.
    pub(crate) async fn apply(self, cx: &Cx, owned: &mut Owned) -> Result<()> {
        let application = &mut owned.application;
        let owner = Owner::AppIcon(application.id);
        let before = application.clone();
        application.icon = match self.icon {
            None => application.icon.take(),
            Some(None) => None,
            Some(Some(image)) => Some(image.store(cx, owner, "icon").await?),
        };
        if let Some(name) = self.name {
            application.name = name;
        }
        if let Some(description) = self.description {
            application.description = description;
        }
        if let Some(public) = self.bot_public {
            application.bot_public = public;
        }
        if let Some(required) = self.bot_require_code_grant {
            application.bot_require_code_grant = required;
        }
        if let Some(flags) = self.flags {
            set_flags(application, flags);
        }
        let mut batch = Batch::main();
        applications::update(&mut batch, &before, application);
        if let (true, Some(bot)) = (application.flags != before.flags, application.bot_id) {
            let audience = Audience::Users(vec![bot]);
            let allowed = IntentsAllowed(application.flags as u64);
            batch.emit(Event::new(audience, &allowed));
        }
        if !self.settings.is_empty() {
            let merge = applications::merge_settings(application.id, &self.settings);
            batch.push(merge);
        }
        for (name, value) in self.settings {
            match value {
                Value::Null => drop(application.settings.remove(&name)),
                value => drop(application.settings.insert(name, value)),
            }
        }
        let (old, new) = (before.icon.as_deref(), application.icon.as_deref());
        images::replaced(cx, &mut batch, owner, old, new);
        cx.write(batch).await?;
        Ok(())
    }
}

/// Takes over the flags that an owner sets, and keeps the others.
fn set_flags(application: &mut Application, flags: i64) {
    application.flags = application.flags & !FLAGS_OF_OWNER | flags & FLAGS_OF_OWNER;
}
