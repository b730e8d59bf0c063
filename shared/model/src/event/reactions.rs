//! Reactions to messages.

use std::borrow::Cow;

use crate::Id;
use crate::id::marker;
use crate::member::Member;
use crate::message::ReactionEmoji;

/// The `type` of a reaction that is no super reaction; there are no others here.
pub const NORMAL_REACTION: u8 = 0;

payloads! {
    /// See [Discord Docs/Message Reaction Add](https://discord.com/developers/docs/events/gateway-events#message-reaction-add).
    MessageReactionAdd<'a>: {
        /// Whether it is a super reaction.
        pub burst: bool,
        /// The channel.
        pub channel_id: Id<marker::Channel>,
        /// With what.
        pub emoji: Cow<'a, ReactionEmoji>,
        /// The channel's guild; left out in a private conversation.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub guild_id: Option<Id<marker::Guild>>,
        /// Who, as a member of the guild.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub member: Option<Cow<'a, Member>>,
        /// Who wrote the message.
        pub message_author_id: Id<marker::User>,
        /// The message.
        pub message_id: Id<marker::Message>,
        /// See [`NORMAL_REACTION`].
        #[serde(rename = "type")]
        pub kind: u8,
        /// Who.
        pub user_id: Id<marker::User>,
    }
}

payloads! {
    /// See [Discord Docs/Message Reaction Remove](https://discord.com/developers/docs/events/gateway-events#message-reaction-remove).
    MessageReactionRemove<'a>: {
        /// Whether it was a super reaction.
        pub burst: bool,
        /// The channel.
        pub channel_id: Id<marker::Channel>,
        /// With what.
        pub emoji: Cow<'a, ReactionEmoji>,
        /// The channel's guild; left out in a private conversation.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub guild_id: Option<Id<marker::Guild>>,
        /// The message.
        pub message_id: Id<marker::Message>,
        /// See [`NORMAL_REACTION`].
        #[serde(rename = "type")]
        pub kind: u8,
        /// Whose reaction it was.
        pub user_id: Id<marker::User>,
    }
}

payloads! {
    /// See [Discord Docs/Message Reaction Remove All](https://discord.com/developers/docs/events/gateway-events#message-reaction-remove-all).
    MessageReactionRemoveAll: {
        /// The channel.
        pub channel_id: Id<marker::Channel>,
        /// The channel's guild; left out in a private conversation.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub guild_id: Option<Id<marker::Guild>>,
        /// The message.
        pub message_id: Id<marker::Message>,
    }
}

payloads! {
    /// See [Discord Docs/Message Reaction Remove Emoji](https://discord.com/developers/docs/events/gateway-events#message-reaction-remove-emoji).
    MessageReactionRemoveEmoji<'a>: {
        /// The channel.
        pub channel_id: Id<marker::Channel>,
        /// With what.
        pub emoji: Cow<'a, ReactionEmoji>,
        /// The channel's guild; left out in a private conversation.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub guild_id: Option<Id<marker::Guild>>,
        /// The message.
        pub message_id: Id<marker::Message>,
    }
}
