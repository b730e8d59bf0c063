//! How much users may store.
//!
//! An extension that Spacebar's clients read before anything else. Discord needs none: see
//! [Discord Docs/API Reference](https://discord.com/developers/docs/reference#base-url).

use runtime::prelude::*;
use serde_json::{Value, json};

use model::limits::{
    BIO_CHARS_MAX, BULK_BAN_MAX, BULK_DELETE_MAX, CHANNEL_TOPIC_CHARS_MAX, RELATIONSHIPS_MAX,
    USERNAME_CHARS,
};

function! {
    "/policies/instance/limits"
    GET get_instance_limits
}

/// The limits under the names of Spacebar; those that have none there, as Discord has them.
async fn get_instance_limits(cx: &Cx, _: Anyone) -> Result<Json<Value>> {
    let limits = &cx.config().limits;
    Ok(Json(json!({
        "user": {
            "maxGuilds": limits.guilds_per_user_max,
            "maxUsername": *USERNAME_CHARS.end(),
            "maxFriends": RELATIONSHIPS_MAX,
            "maxBio": BIO_CHARS_MAX,
        },
        "guild": {
            "maxRoles": limits.roles_per_guild_max,
            "maxEmojis": limits.emojis_per_guild_max,
            "maxMembers": limits.members_per_guild_max,
            "maxChannels": limits.channels_per_guild_max,
            "maxBulkBanUsers": BULK_BAN_MAX,
            "maxStickers": 0,
            "hideOfflineMember": 1000,
        },
        "message": {
            "maxCharacters": limits.message_chars_max,
            "maxTTSCharacters": limits.message_chars_max,
            "maxReactions": limits.reactions_per_message_max,
            "maxAttachmentSize": limits.attachment_bytes_max,
            "maxBulkDelete": BULK_DELETE_MAX,
            "maxEmbedDownloadSize": 0,
            "maxPreloadCount": 100,
        },
        "channel": {
            "maxPins": limits.pins_per_channel_max,
            "maxTopic": CHANNEL_TOPIC_CHARS_MAX,
            "maxWebhooks": 0,
        },
    })))
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
