//! The guild as a session first gets it.
//!
//! See [Discord Docs/Guild Create](https://discord.com/developers/docs/events/gateway-events#guild-create)
//! and [Userdoccers/Gateway Guild](https://docs.discord.food/topics/gateway-events#gateway-guild-object).

use serde::Serialize;
use serde_json::Value;

use super::PresenceUpdate;
use crate::channel::Channel;
use crate::emoji::Emoji;
use crate::event::{VoiceStateUpdate, payloads};
use crate::guild::{Guild, GuildConstants};
use crate::id::marker;
use crate::member::MemberInGuild;
use crate::role::Role;
use crate::{Id, Timestamp};

/// A GUILD_CREATE, and an entry of `guilds` in READY.
///
/// The gateway serialises the two parts apart and joins their text: the larger one is the same for
/// many sessions, and is written once for all of them.
#[derive(Debug, Serialize)]
pub struct GuildCreate<'a> {
    /// What differs by session.
    #[serde(flatten)]
    pub own: GuildCreateOwn<'a>,
    /// What sessions share.
    #[serde(flatten)]
    pub shared: GuildCreateShared<'a>,
}

payloads!(of GuildCreate<'a>);

/// What of a GUILD_CREATE differs by session.
#[derive(Debug, Serialize)]
pub struct GuildCreateOwn<'a> {
    /// When the receiver joined.
    pub joined_at: Timestamp,
    /// `false`; left out when the receiver joined just now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unavailable: Option<bool>,
    /// The active threads that the receiver sees.
    pub threads: Vec<Channel>,
    /// The receiver and who is in voice, unless the shared part has members.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub members: Option<Vec<MemberInGuild<'a>>>,
}

/// What of a GUILD_CREATE is the same for all sessions that see the same channels, are written to
/// in the same layout, and get the same list of members.
#[derive(Debug, Serialize)]
pub struct GuildCreateShared<'a> {
    /// The guild's own fields, where they are not under `properties`.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub guild: Option<GuildProperties<'a>>,
    /// The guild's own fields, for clients that announce that they read them here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub properties: Option<GuildProperties<'a>>,
    /// The guild's id, beside `properties`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<Id<marker::Guild>>,
    /// The roles, `@everyone` among them.
    pub roles: Vec<&'a Role>,
    /// The emoji.
    pub emojis: &'a [Emoji],
    /// The stickers.
    pub stickers: &'a [Value],
    /// The channels that are seen.
    pub channels: Vec<&'a Channel>,
    /// How many members there are.
    pub member_count: u32,
    /// Whether offline members are left out, for their number.
    pub large: bool,
    /// Always true.
    pub lazy: bool,
    /// Everyone, or who is online, for bots that read presences.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub members: Option<Vec<MemberInGuild<'a>>>,
    /// The presences of those members.
    pub presences: Vec<PresenceUpdate<'a>>,
    /// Who is in the voice channels that are seen.
    pub voice_states: Vec<VoiceStateUpdate<'a>>,
    /// None exist here yet.
    pub stage_instances: [(); 0],
    /// None exist here yet.
    pub guild_scheduled_events: [(); 0],
    /// None exist here yet.
    pub soundboard_sounds: [(); 0],
    /// None exist here yet.
    pub embedded_activities: [(); 0],
    /// None exist here yet.
    pub activity_instances: [(); 0],
    /// `full`, for user accounts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data_mode: Option<&'static str>,
    /// Grows with every change of what is shared.
    pub version: u64,
}

/// A guild's own fields.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct GuildProperties<'a> {
    /// Those that it has of its own.
    #[serde(flatten)]
    pub guild: &'a Guild,
    /// Those that every guild has the same.
    #[serde(flatten)]
    pub constants: &'a GuildConstants,
}
