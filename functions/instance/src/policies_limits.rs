//! How much users may store.
//!
//! An extension that Spacebar's clients read before anything else. Discord needs none: see
//! [Discord Docs/API Reference](https://discord.com/developers/docs/reference#base-url).

use runtime::prelude::*;
use serde::Serialize;

use model::limits::{
    BIO_CHARS_MAX, BULK_BAN_MAX, BULK_DELETE_MAX, CHANNEL_TOPIC_CHARS_MAX, RELATIONSHIPS_MAX,
    USERNAME_CHARS,
};

function! {
    "/policies/instance/limits"
    GET get_instance_limits
}

/// What an instance allows, under the names of Spacebar.
#[derive(Serialize)]
#[cfg_attr(not(target_family = "wasm"), derive(schemars::JsonSchema))]
struct InstanceLimits {
    user: UserLimits,
    guild: GuildLimits,
    message: MessageLimits,
    channel: ChannelLimits,
}

#[derive(Serialize)]
#[cfg_attr(not(target_family = "wasm"), derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
struct UserLimits {
    max_guilds: u32,
    max_username: usize,
    max_friends: u32,
    max_bio: usize,
}

#[derive(Serialize)]
#[cfg_attr(not(target_family = "wasm"), derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
struct GuildLimits {
    max_roles: u32,
    max_emojis: u32,
    max_members: u32,
    max_channels: u32,
    max_bulk_ban_users: u32,
    max_stickers: u32,
    hide_offline_member: u32,
}

#[derive(Serialize)]
#[cfg_attr(not(target_family = "wasm"), derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
struct MessageLimits {
    max_characters: u32,
    #[serde(rename = "maxTTSCharacters")]
    max_tts_characters: u32,
    max_reactions: u32,
    max_attachment_size: u64,
    max_bulk_delete: u32,
    max_embed_download_size: u32,
    max_preload_count: u32,
}

#[derive(Serialize)]
#[cfg_attr(not(target_family = "wasm"), derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
struct ChannelLimits {
    max_pins: u32,
    max_topic: usize,
    max_webhooks: u32,
}

/// The limits under the names of Spacebar; those that have none there, as Discord has them.
async fn get_instance_limits(cx: &Cx, _: Anyone) -> Result<Json<InstanceLimits>> {
    let limits = &cx.config().limits;
    Ok(Json(InstanceLimits {
        user: UserLimits {
            max_guilds: limits.guilds_per_user_max,
            max_username: *USERNAME_CHARS.end(),
            max_friends: RELATIONSHIPS_MAX,
            max_bio: BIO_CHARS_MAX,
        },
        guild: GuildLimits {
            max_roles: limits.roles_per_guild_max,
            max_emojis: limits.emojis_per_guild_max,
            max_members: limits.members_per_guild_max,
            max_channels: limits.channels_per_guild_max,
            max_bulk_ban_users: BULK_BAN_MAX,
            max_stickers: 0,
            hide_offline_member: 1000,
        },
        message: MessageLimits {
            max_characters: limits.message_chars_max,
            max_tts_characters: limits.message_chars_max,
            max_reactions: limits.reactions_per_message_max,
            max_attachment_size: limits.attachment_bytes_max,
            max_bulk_delete: BULK_DELETE_MAX,
            max_embed_download_size: 0,
            max_preload_count: 100,
        },
        channel: ChannelLimits {
            max_pins: limits.pins_per_channel_max,
            max_topic: CHANNEL_TOPIC_CHARS_MAX,
            max_webhooks: 0,
        },
    }))
}

#[cfg(test)]
mod tests {
    use runtime::testing::App;

    use super::*;

    #[test]
    fn they_are_those_of_the_configuration() {
        let app = App::new();
        app.configure(|config| config.limits.message_chars_max = 4000);
        let answer = app
            .nobody()
            .get(&FUNCTION, "/policies/instance/limits")
            .ok();
        assert_eq!(answer["message"]["maxCharacters"], 4000);
        assert_eq!(answer["guild"]["maxChannels"], 500);
        assert_eq!(answer["user"]["maxFriends"], 1000);
    }
}
