//! Invites as clients see them.
//!
//! See [Discord Docs/Invite Object](https://discord.com/developers/docs/resources/invite#invite-object).

use model::invite::Invite;
use model::{Guild, User};
use serde_json::{Map, Value, json};

/// The type of an invite to a guild.
const TYPE_GUILD: u8 = 0;
/// The type of an invite to a group conversation.
const TYPE_GROUP_DM: u8 = 1;

/// An invite as anyone may see it. `guild` is its guild; among `users` is whom it targets.
pub fn invite_view(invite: &Invite, guild: Option<&Guild>, users: &[User]) -> Map<String, Value> {
    let mut view = Map::new();
    let mut set = |name: &str, value: Value| view.insert(name.to_owned(), value);
    set(
        "type",
        json!(if guild.is_some() {
            TYPE_GUILD
        } else {
            TYPE_GROUP_DM
        }),
    );
    set("code", json!(invite.code));
    set("expires_at", json!(invite.expires_at));
    set("flags", json!(invite.flags));
    let channel = &invite.channel;
    set(
        "channel",
        json!({ "id": channel.id, "type": channel.kind, "name": channel.name }),
    );
    if let Some(inviter) = &invite.inviter {
        set("inviter", json!(inviter));
    }
    if let Some(guild) = guild {
        set("guild_id", json!(guild.id));
        set("guild", guild_of(guild));
    }
    if let Some(target) = invite.target_type {
        set("target_type", json!(target));
    }
    let targets = |user: &&User| Some(user.id) == invite.target_user_id;
    if let Some(user) = users.iter().find(targets) {
        set("target_user", json!(user));
    }
    view
}

/// An invite as those see it who may manage it: with how often it may be and was used.
pub fn with_metadata(invite: &Invite, guild: Option<&Guild>, users: &[User]) -> Map<String, Value> {
    let mut view = invite_view(invite, guild, users);
    let mut set = |name: &str, value: Value| view.insert(name.to_owned(), value);
    set("uses", json!(invite.uses));
    set("max_uses", json!(invite.max_uses));
    set("max_age", json!(invite.max_age));
    set("temporary", json!(invite.temporary));
    set("created_at", json!(invite.created_at));
    view
}

fn guild_of(guild: &Guild) -> Value {
    json!({
        "id": guild.id,
        "name": guild.name,
        "icon": guild.icon,
        "splash": guild.splash,
        "banner": guild.banner,
        "description": guild.description,
        "features": guild.features,
        "verification_level": guild.verification_level,
        "vanity_url_code": guild.vanity_url_code,
        "nsfw_level": guild.nsfw_level,
        "nsfw": false,
        "premium_subscription_count": 0,
    })
}
