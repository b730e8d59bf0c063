//! Guilds, and what belongs to one of them alone.

use std::borrow::Cow;

use serde_json::Value;

use crate::Id;
use crate::audit_log::AuditLogEntry;
use crate::emoji::Emoji;
use crate::guild::FullGuild;
use crate::id::marker;
use crate::user::User;

payloads! {
    /// See [Discord Docs/Guild Update](https://discord.com/developers/docs/events/gateway-events#guild-update).
    GuildUpdate<'a> = FullGuild
}

payloads! {
    /// See [Discord Docs/Guild Delete](https://discord.com/developers/docs/events/gateway-events#guild-delete).
    GuildDelete: {
        /// The guild.
        pub id: Id<marker::Guild>,
        /// Whether it cannot be had for a while; left out, as false, when the receiver is no
        /// member any more.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub unavailable: Option<bool>,
    }
}

payloads! {
    /// See [Discord Docs/Guild Ban Add](https://discord.com/developers/docs/events/gateway-events#guild-ban-add).
    GuildBanAdd<'a>,
    /// See [Discord Docs/Guild Ban Remove](https://discord.com/developers/docs/events/gateway-events#guild-ban-remove).
    GuildBanRemove<'a>: {
        /// The guild.
        pub guild_id: Id<marker::Guild>,
        /// Who is banned, or was.
        pub user: Cow<'a, User>,
    }
}

impl<'a> GuildBanAdd<'a> {
    /// Of who is banned.
    pub const fn new(guild_id: Id<marker::Guild>, user: &'a User) -> Self {
        let user = Cow::Borrowed(user);
        Self { guild_id, user }
    }
}

impl<'a> GuildBanRemove<'a> {
    /// Of whose ban is lifted.
    pub const fn new(guild_id: Id<marker::Guild>, user: &'a User) -> Self {
        let user = Cow::Borrowed(user);
        Self { guild_id, user }
    }
}

payloads! {
    /// See [Discord Docs/Guild Emojis Update](https://discord.com/developers/docs/events/gateway-events#guild-emojis-update).
    GuildEmojisUpdate<'a>: {
        /// All emoji of the guild.
        pub emojis: Cow<'a, [Emoji]>,
        /// The guild.
        pub guild_id: Id<marker::Guild>,
    }
}

impl<'a> GuildEmojisUpdate<'a> {
    /// Of all emoji of the guild, as they are now.
    pub const fn new(guild_id: Id<marker::Guild>, emojis: &'a [Emoji]) -> Self {
        let emojis = Cow::Borrowed(emojis);
        Self { emojis, guild_id }
    }
}

payloads! {
    /// See [Discord Docs/Guild Stickers Update](https://discord.com/developers/docs/events/gateway-events#guild-stickers-update).
    GuildStickersUpdate: {
        /// The guild.
        pub guild_id: Id<marker::Guild>,
        /// All stickers of the guild.
        pub stickers: Vec<Value>,
    }
}

payloads! {
    /// See [Discord Docs/Guild Audit Log Entry Create](https://discord.com/developers/docs/events/gateway-events#guild-audit-log-entry-create).
    GuildAuditLogEntryCreate<'a>: {
        /// The guild.
        pub guild_id: Id<marker::Guild>,
        /// The entry.
        #[serde(flatten)]
        pub entry: Cow<'a, AuditLogEntry>,
    }
}

impl<'a> GuildAuditLogEntryCreate<'a> {
    /// Of an entry that is written.
    pub const fn new(guild_id: Id<marker::Guild>, entry: &'a AuditLogEntry) -> Self {
        let entry = Cow::Borrowed(entry);
        Self { guild_id, entry }
    }
}
