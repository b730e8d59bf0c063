//! Roles of guilds.

use std::borrow::Cow;

use crate::Id;
use crate::id::marker;
use crate::role::Role;

payloads! {
    /// See [Discord Docs/Guild Role Create](https://discord.com/developers/docs/events/gateway-events#guild-role-create).
    GuildRoleCreate<'a>,
    /// See [Discord Docs/Guild Role Update](https://discord.com/developers/docs/events/gateway-events#guild-role-update).
    GuildRoleUpdate<'a>: {
        /// The guild.
        pub guild_id: Id<marker::Guild>,
        /// The role as it is now.
        pub role: Cow<'a, Role>,
    }
}

impl<'a> GuildRoleCreate<'a> {
    /// Of a new role.
    pub const fn new(guild_id: Id<marker::Guild>, role: &'a Role) -> Self {
        let role = Cow::Borrowed(role);
        Self { guild_id, role }
    }
}

impl<'a> GuildRoleUpdate<'a> {
    /// Of a role that changed.
    pub const fn new(guild_id: Id<marker::Guild>, role: &'a Role) -> Self {
        let role = Cow::Borrowed(role);
        Self { guild_id, role }
    }
}

payloads! {
    /// See [Discord Docs/Guild Role Delete](https://discord.com/developers/docs/events/gateway-events#guild-role-delete).
    GuildRoleDelete: {
        /// The guild.
        pub guild_id: Id<marker::Guild>,
        /// The role.
        pub role_id: Id<marker::Role>,
    }
}
