//! What a registration form and a client must know of the configuration.
//!
//! An extension that Spacebar's clients read before anything else. Discord needs none: see
//! [Discord Docs/API Reference](https://discord.com/developers/docs/reference#base-url).

use model::limits::BIO_CHARS_MAX;
use runtime::prelude::*;
use serde::Serialize;

use runtime::config::RegistrationMode;

function! {
    "/policies/instance/config"
    GET get_instance_config
}

/// A part of the configuration, under Spacebar's names.
#[derive(Serialize)]
#[cfg_attr(not(target_family = "wasm"), derive(schemars::JsonSchema))]
#[expect(non_snake_case, reason = "the fields are Spacebar's")]
struct InstanceConfig {
    limits_user_maxGuilds: u32,
    limits_user_maxBio: usize,
    /// There are no webhooks.
    limits_channel_maxWebhooks: u32,
    limits_guild_maxEmojis: u32,
    limits_guild_maxRoles: u32,
    limits_message_maxCharacters: u32,
    limits_message_maxAttachmentSize: u64,
    register_dateOfBirth_required: bool,
    /// One client reads it as above, the other as Spacebar's server misspells it.
    register_dateOfBirth_requiredc: bool,
    register_password_required: bool,
    register_password_minLength: u32,
    register_disabled: bool,
    register_requireInvite: bool,
    register_allowNewRegistration: bool,
    register_allowMultipleAccounts: bool,
    register_email_required: bool,
    guild_autoJoin_canLeave: bool,
    guild_autoJoin_guilds_x: [(); 0],
    can_recover_account: bool,
}

/// A part of the configuration that is for everybody; nothing of it is secret.
async fn get_instance_config(cx: &Cx, _: Anyone) -> Result<Json<InstanceConfig>> {
    let (limits, registration) = (&cx.config().limits, &cx.config().registration);
    let closed = registration.mode == RegistrationMode::Closed;
    Ok(Json(InstanceConfig {
        limits_user_maxGuilds: limits.guilds_per_user_max,
        limits_user_maxBio: BIO_CHARS_MAX,
        limits_channel_maxWebhooks: 0,
        limits_guild_maxEmojis: limits.emojis_per_guild_max,
        limits_guild_maxRoles: limits.roles_per_guild_max,
        limits_message_maxCharacters: limits.message_chars_max,
        limits_message_maxAttachmentSize: limits.attachment_bytes_max,
        register_dateOfBirth_required: false,
        register_dateOfBirth_requiredc: false,
        register_password_required: true,
        register_password_minLength: registration.password_chars_min,
        register_disabled: closed,
        register_requireInvite: registration.mode == RegistrationMode::Invite,
        register_allowNewRegistration: !closed,
        register_allowMultipleAccounts: true,
        register_email_required: true,
        guild_autoJoin_canLeave: true,
        guild_autoJoin_guilds_x: [],
        can_recover_account: false,
    }))
}

#[cfg(test)]
mod tests {
    use runtime::testing::App;
    use serde_json::json;

    use super::*;

    #[test]
    fn it_says_who_may_register() {
        let app = App::new();
        let config = || {
            app.nobody()
                .get(&FUNCTION, "/policies/instance/config")
                .ok()
        };
        assert_eq!(config()["register_disabled"], false);
        for (name, value) in [
            ("limits_user_maxBio", json!(190)),
            ("limits_channel_maxWebhooks", json!(0)),
            ("register_dateOfBirth_required", json!(false)),
        ] {
            assert_eq!(config()[name], value, "{name}");
        }
        app.configure(|config| config.registration.mode = RegistrationMode::Invite);
        assert_eq!(config()["register_requireInvite"], true);
        app.configure(|config| config.registration.mode = RegistrationMode::Closed);
        assert_eq!(config()["register_allowNewRegistration"], false);
    }
}
