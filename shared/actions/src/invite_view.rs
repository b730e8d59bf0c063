//! Invites as clients see them.
//!
//! See [Discord Docs/Invite Object](https://discord.com/developers/docs/resources/invite#invite-object).

use model::id::marker;
use model::invite::Invite;
use model::{Guild, Id, Timestamp, User};
use serde::Serialize;

/// The type of an invite to a guild.
const TYPE_GUILD: u8 = 0;
/// The type of an invite to a group conversation.
const TYPE_GROUP_DM: u8 = 1;

/// An invite as clients see it.
#[derive(Serialize)]
#[cfg_attr(not(target_family = "wasm"), derive(schemars::JsonSchema))]
pub struct InviteView {
    #[serde(rename = "type")]
    kind: u8,
    code: String,
    expires_at: Option<Timestamp>,
    flags: i64,
    channel: InviteChannelView,
    #[serde(skip_serializing_if = "Option::is_none")]
    inviter: Option<User>,
    #[serde(skip_serializing_if = "Option::is_none")]
    guild_id: Option<Id<marker::Guild>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    guild: Option<InviteGuild>,
    #[serde(skip_serializing_if = "Option::is_none")]
    target_type: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    target_user: Option<User>,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    metadata: Option<InviteMetadata>,
    /// About how many members the guild has, where that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approximate_member_count: Option<u32>,
    /// About how many are online, where that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approximate_presence_count: Option<u32>,
}

/// What strangers see of an invite's channel.
#[derive(Serialize)]
#[cfg_attr(not(target_family = "wasm"), derive(schemars::JsonSchema))]
struct InviteChannelView {
    id: Id<marker::Channel>,
    #[serde(rename = "type")]
    kind: u8,
    name: Option<String>,
}

/// How often an invite may be and was used: for those who may manage it.
#[derive(Serialize)]
#[cfg_attr(not(target_family = "wasm"), derive(schemars::JsonSchema))]
struct InviteMetadata {
    uses: u32,
    max_uses: u32,
    max_age: u32,
    temporary: bool,
    created_at: Timestamp,
}

/// What strangers see of an invite's guild.
#[derive(Serialize)]
#[cfg_attr(not(target_family = "wasm"), derive(schemars::JsonSchema))]
struct InviteGuild {
    id: Id<marker::Guild>,
    name: String,
    icon: Option<String>,
    splash: Option<String>,
    banner: Option<String>,
    description: Option<String>,
    features: Vec<String>,
    verification_level: u8,
    vanity_url_code: Option<String>,
    nsfw_level: u8,
    nsfw: bool,
    premium_subscription_count: u32,
}

/// An invite as anyone may see it. `guild` is its guild; among `users` is whom it targets.
pub fn invite_view(invite: &Invite, guild: Option<&Guild>, users: &[User]) -> InviteView {
    let targets = |user: &&User| Some(user.id) == invite.target_user_id;
    let channel = &invite.channel;
    InviteView {
        kind: match guild {
            Some(_) => TYPE_GUILD,
            None => TYPE_GROUP_DM,
        },
        code: invite.code.clone(),
        expires_at: invite.expires_at,
        flags: invite.flags,
        channel: InviteChannelView {
            id: channel.id,
            kind: channel.kind,
            name: channel.name.clone(),
        },
        inviter: invite.inviter.clone(),
        guild_id: guild.map(|guild| guild.id),
        guild: guild.map(guild_of),
        target_type: invite.target_type,
        target_user: users.iter().find(targets).cloned(),
        metadata: None,
        approximate_member_count: None,
        approximate_presence_count: None,
    }
}

/// An invite as those see it who may manage it: with how often it may be and was used.
pub fn with_metadata(invite: &Invite, guild: Option<&Guild>, users: &[User]) -> InviteView {
    InviteView {
        metadata: Some(InviteMetadata {
            uses: invite.uses,
            max_uses: invite.max_uses,
            max_age: invite.max_age,
            temporary: invite.temporary,
            created_at: invite.created_at,
        }),
        ..invite_view(invite, guild, users)
    }
}

fn guild_of(guild: &Guild) -> InviteGuild {
    InviteGuild {
        id: guild.id,
        name: guild.name.clone(),
        icon: guild.icon.clone(),
        splash: guild.splash.clone(),
        banner: guild.banner.clone(),
        description: guild.description.clone(),
        features: guild.features.clone(),
        verification_level: guild.verification_level,
        vanity_url_code: guild.vanity_url_code.clone(),
        nsfw_level: guild.nsfw_level,
        nsfw: false,
        premium_subscription_count: 0,
    }
}
