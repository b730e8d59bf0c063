//! Members of guilds.

use std::borrow::Cow;

use crate::Id;
use crate::id::marker;
use crate::member::Member;
use crate::user::User;

payloads! {
    /// See [Discord Docs/Guild Member Add](https://discord.com/developers/docs/events/gateway-events#guild-member-add).
    GuildMemberAdd,
    /// See [Discord Docs/Guild Member Update](https://discord.com/developers/docs/events/gateway-events#guild-member-update).
    GuildMemberUpdate: {
        /// The member, with their user and the guild.
        #[serde(flatten)]
        pub member: Member,
    }
}

impl GuildMemberAdd {
    /// Of who is a member now.
    pub fn new(guild: Id<marker::Guild>, member: &Member) -> Self {
        let member = member.clone().in_guild(guild);
        Self { member }
    }
}

impl GuildMemberUpdate {
    /// Of a member that changed.
    pub fn new(guild: Id<marker::Guild>, member: &Member) -> Self {
        let member = member.clone().in_guild(guild);
        Self { member }
    }
}

payloads! {
    /// See [Discord Docs/Guild Member Remove](https://discord.com/developers/docs/events/gateway-events#guild-member-remove).
    GuildMemberRemove<'a>: {
        /// The guild.
        pub guild_id: Id<marker::Guild>,
        /// Who is no member any more.
        pub user: Cow<'a, User>,
    }
}

impl<'a> GuildMemberRemove<'a> {
    /// Of who left or was removed.
    pub const fn new(guild_id: Id<marker::Guild>, user: &'a User) -> Self {
        let user = Cow::Borrowed(user);
        Self { guild_id, user }
    }
}
