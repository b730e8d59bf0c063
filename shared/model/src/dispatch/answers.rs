//! What a session asked of a guild.

use serde::Serialize;

use super::PresenceUpdate;
use crate::event::payloads;
use crate::id::marker;
use crate::member::MemberInGuild;
use crate::{Id, Timestamp};

/// See [Discord Docs/Guild Members Chunk](https://discord.com/developers/docs/events/gateway-events#guild-members-chunk).
#[derive(Debug, Serialize)]
pub struct GuildMembersChunk<'a> {
    /// The guild.
    pub guild_id: Id<marker::Guild>,
    /// The members.
    pub members: Vec<MemberInGuild<'a>>,
    /// The number of this chunk, from 0.
    pub chunk_index: u32,
    /// How many chunks there are.
    pub chunk_count: u32,
    /// What was asked for and is nobody's.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub not_found: Vec<String>,
    /// The members' presences, where they were asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub presences: Option<Vec<PresenceUpdate<'a>>>,
    /// What the asker gave to recognise the answer by.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nonce: Option<&'a str>,
}

payloads!(of GuildMembersChunk<'a>);

/// See [Guild Sync](https://luna.gitlab.io/discord-unofficial-docs/docs/guild_sync/).
#[derive(Debug, Serialize)]
pub struct GuildSync<'a> {
    /// The guild.
    pub id: Id<marker::Guild>,
    /// The members.
    pub members: Vec<MemberInGuild<'a>>,
    /// Their presences.
    pub presences: Vec<PresenceUpdate<'a>>,
}

payloads!(of GuildSync<'a>);

/// See [Userdoccers/Thread Member List Update](https://docs.discord.food/topics/gateway-events#thread-member-list-update).
#[derive(Debug, Serialize)]
pub struct ThreadMemberListUpdate<'a> {
    /// The guild.
    pub guild_id: Id<marker::Guild>,
    /// The thread.
    pub thread_id: Id<marker::Channel>,
    /// Its members.
    pub members: Vec<ListedThreadMember<'a>>,
}

payloads!(of ThreadMemberListUpdate<'a>);

/// A member of a thread, in its list.
#[derive(Debug, Serialize)]
pub struct ListedThreadMember<'a> {
    /// The thread.
    pub id: Id<marker::Channel>,
    /// Who.
    pub user_id: Id<marker::User>,
    /// Since when.
    pub join_timestamp: Timestamp,
    /// The user's notification settings.
    pub flags: i64,
    /// The same as a member of the guild.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub member: Option<MemberInGuild<'a>>,
    /// What they are doing.
    pub presence: PresenceUpdate<'a>,
}

payloads! {
    /// See [Userdoccers/Soundboard Sounds](https://docs.discord.food/topics/gateway-events#soundboard-sounds).
    SoundboardSounds: {
        /// The guild.
        pub guild_id: Id<marker::Guild>,
        /// Its sounds; none exist here yet.
        pub soundboard_sounds: [(); 0],
    }
}

payloads! {
    /// See [Userdoccers/Channel Statuses](https://docs.discord.food/topics/gateway-events#channel-statuses).
    ChannelStatuses,
    /// See [Userdoccers/Channel Info](https://docs.discord.food/topics/gateway-events#channel-info).
    ChannelInfo: {
        /// The guild.
        pub guild_id: Id<marker::Guild>,
        /// Its voice channels that have any; none exist here yet.
        pub channels: [(); 0],
    }
}
