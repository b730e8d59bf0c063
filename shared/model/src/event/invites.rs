//! Invites to guilds.

use std::borrow::Cow;

use crate::id::marker;
use crate::invite::Invite;
use crate::user::User;
use crate::{Id, Timestamp};

payloads! {
    /// See [Discord Docs/Invite Create](https://discord.com/developers/docs/events/gateway-events#invite-create).
    InviteCreate<'a>: {
        /// Where it leads.
        pub channel_id: Id<marker::Channel>,
        /// What the link ends in.
        pub code: Cow<'a, str>,
        /// When it was made.
        pub created_at: Timestamp,
        /// When it ends.
        pub expires_at: Option<Timestamp>,
        /// The guild.
        pub guild_id: Id<marker::Guild>,
        /// Who made it.
        pub inviter: Option<Cow<'a, User>>,
        /// Seconds it is valid; 0 for ever.
        pub max_age: u32,
        /// How often it may be accepted; 0 for any number.
        pub max_uses: u32,
        /// What it leads to in a voice channel, where it leads to a user.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub target_type: Option<u8>,
        /// Whose stream it leads to.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub target_user: Option<Cow<'a, User>>,
        /// Whether it gives a membership that ends with the connection.
        pub temporary: bool,
        /// How often it was accepted.
        pub uses: u32,
    }
}

impl<'a> InviteCreate<'a> {
    /// Of a new invite to a guild. `streamer` is whom it targets, if anybody.
    pub fn new(
        guild_id: Id<marker::Guild>,
        invite: &'a Invite,
        streamer: Option<&'a User>,
    ) -> Self {
        let target = invite.target_type.zip(streamer);
        Self {
            channel_id: invite.channel.id,
            code: Cow::Borrowed(&invite.code),
            created_at: invite.created_at,
            expires_at: invite.expires_at,
            guild_id,
            inviter: invite.inviter.as_ref().map(Cow::Borrowed),
            max_age: invite.max_age,
            max_uses: invite.max_uses,
            target_type: target.map(|(kind, _)| kind),
            target_user: target.map(|(_, user)| Cow::Borrowed(user)),
            temporary: invite.temporary,
            uses: invite.uses,
        }
    }
}

payloads! {
    /// See [Discord Docs/Invite Delete](https://discord.com/developers/docs/events/gateway-events#invite-delete).
    InviteDelete<'a>: {
        /// Where it led.
        pub channel_id: Id<marker::Channel>,
        /// What the link ended in.
        pub code: Cow<'a, str>,
        /// The guild.
        pub guild_id: Id<marker::Guild>,
    }
}

impl<'a> InviteDelete<'a> {
    /// Of an invite to a guild that is gone.
    pub fn new(guild_id: Id<marker::Guild>, invite: &'a Invite) -> Self {
        Self {
            channel_id: invite.channel.id,
            code: Cow::Borrowed(&invite.code),
            guild_id,
        }
    }
}
