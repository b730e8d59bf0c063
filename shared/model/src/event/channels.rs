//! Channels and private conversations.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::channel::Channel;
use crate::id::marker;
use crate::member::Member;
use crate::user::User;
use crate::{Id, Timestamp};

payloads! {
    /// See [Discord Docs/Channel Create](https://discord.com/developers/docs/events/gateway-events#channel-create).
    ChannelCreate<'a>,
    /// See [Discord Docs/Channel Update](https://discord.com/developers/docs/events/gateway-events#channel-update).
    ChannelUpdate<'a>,
    /// See [Discord Docs/Channel Delete](https://discord.com/developers/docs/events/gateway-events#channel-delete).
    ChannelDelete<'a> = Channel
}

payloads! {
    /// See [Discord Docs/Channel Pins Update](https://discord.com/developers/docs/events/gateway-events#channel-pins-update).
    ChannelPinsUpdate: {
        /// The channel.
        pub channel_id: Id<marker::Channel>,
        /// Its guild; left out in a private conversation.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub guild_id: Option<Id<marker::Guild>>,
        /// When the newest pin was set; null when nothing is pinned.
        #[serde(default)]
        pub last_pin_timestamp: Option<Timestamp>,
    }
}

payloads! {
    /// What a channel is left with, for the gateway alone: see
    /// [`EventKind::ChannelStateKnown`](super::EventKind::ChannelStateKnown).
    ChannelStateKnown: {
        /// The channel or thread.
        pub id: Id<marker::Channel>,
        /// What is left.
        pub left: ChannelLeft,
    }
}

/// What a deletion left of a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChannelLeft {
    /// When the last of the pins that are left was set.
    LastPin(Option<Timestamp>),
    /// Messages of a thread, as they were read just before the deletion was written.
    Messages {
        /// The last that was ever sent.
        last: Option<Id<marker::Message>>,
        /// How many are left, without the one that the thread began with.
        count: u32,
    },
    /// Posts of a forum.
    Posts {
        /// The one that was deleted.
        deleted: Id<marker::Channel>,
        /// The last of the others.
        last: Option<Id<marker::Channel>>,
    },
}

payloads! {
    /// See [Userdoccers/Channel Recipient Add](https://docs.discord.food/topics/gateway-events#channel-recipient-add).
    ChannelRecipientAdd<'a>,
    /// See [Userdoccers/Channel Recipient Remove](https://docs.discord.food/topics/gateway-events#channel-recipient-remove).
    ChannelRecipientRemove<'a>: {
        /// The group conversation.
        pub channel_id: Id<marker::Channel>,
        /// Who came or went.
        pub user: Cow<'a, User>,
    }
}

impl<'a> ChannelRecipientAdd<'a> {
    /// Of who comes to a group conversation.
    pub const fn new(channel_id: Id<marker::Channel>, user: &'a User) -> Self {
        let user = Cow::Borrowed(user);
        Self { channel_id, user }
    }
}

impl<'a> ChannelRecipientRemove<'a> {
    /// Of who leaves a group conversation.
    pub const fn new(channel_id: Id<marker::Channel>, user: &'a User) -> Self {
        let user = Cow::Borrowed(user);
        Self { channel_id, user }
    }
}

payloads! {
    /// See [Discord Docs/Typing Start](https://discord.com/developers/docs/events/gateway-events#typing-start).
    TypingStart<'a>: {
        /// Where.
        pub channel_id: Id<marker::Channel>,
        /// The channel's guild; left out in a private conversation.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub guild_id: Option<Id<marker::Guild>>,
        /// Who, as a member of the guild.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub member: Option<Cow<'a, Member>>,
        /// When, in seconds since 1970.
        pub timestamp: i64,
        /// Who.
        pub user_id: Id<marker::User>,
    }
}
