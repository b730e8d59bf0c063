//! Messages, and how far they were read.

use serde::Deserialize;

use super::{Event, EventKind};
use crate::Id;
use crate::id::marker;
use crate::message::Message;

payloads! {
    /// See [Discord Docs/Message Create](https://discord.com/developers/docs/events/gateway-events#message-create).
    MessageCreate<'a>,
    /// See [Discord Docs/Message Update](https://discord.com/developers/docs/events/gateway-events#message-update).
    MessageUpdate<'a> = Message
}

/// The message of an event of either kind, for who does not care which.
///
/// # Errors
/// When the event is of another kind, or its data is no message.
pub fn message_of(event: &Event) -> Result<Message, serde_json::Error> {
    match event.kind {
        EventKind::MessageUpdate => Ok(event.read::<MessageUpdate<'_>>()?.0.into_owned()),
        _ => Ok(event.read::<MessageCreate<'_>>()?.0.into_owned()),
    }
}

/// What decides whom a message reaches, without all that it says: every message is read for it.
#[derive(Debug, PartialEq, Eq, Deserialize)]
pub struct MessageHead {
    /// The message.
    pub id: Id<marker::Message>,
    /// Its channel.
    pub channel_id: Id<marker::Channel>,
    /// Its type; see [`crate::message::kind`].
    #[serde(rename = "type", default)]
    pub kind: u8,
    /// Who wrote it.
    pub author: Named,
    /// Whom it mentions.
    pub mentions: Vec<Named>,
}

/// A user of whom only the id counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct Named {
    /// The user.
    pub id: Id<marker::User>,
}

impl MessageHead {
    /// That of MESSAGE_CREATE or MESSAGE_UPDATE.
    ///
    /// # Errors
    /// When the event's data is no message.
    pub fn of(event: &Event) -> Result<Self, serde_json::Error> {
        serde_json::from_str(&event.data)
    }
}

payloads! {
    /// See [Discord Docs/Message Delete](https://discord.com/developers/docs/events/gateway-events#message-delete).
    MessageDelete: {
        /// The channel.
        pub channel_id: Id<marker::Channel>,
        /// Its guild; left out in a private conversation.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub guild_id: Option<Id<marker::Guild>>,
        /// The message.
        pub id: Id<marker::Message>,
    }
}

payloads! {
    /// See [Discord Docs/Message Delete Bulk](https://discord.com/developers/docs/events/gateway-events#message-delete-bulk).
    MessageDeleteBulk: {
        /// The channel.
        pub channel_id: Id<marker::Channel>,
        /// Its guild; left out in a private conversation.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub guild_id: Option<Id<marker::Guild>>,
        /// The messages.
        pub ids: Vec<Id<marker::Message>>,
    }
}

payloads! {
    /// See [Userdoccers/Message Ack](https://docs.discord.food/topics/gateway-events#message-ack).
    MessageAck: {
        /// The channel.
        pub channel_id: Id<marker::Channel>,
        /// Whether the user chose it by hand; left out otherwise.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        pub manual: bool,
        /// Mentions that are left unread, where it was chosen by hand.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub mention_count: Option<u32>,
        /// The last message that was read.
        pub message_id: Id<marker::Message>,
        /// Grows with every acknowledgement: milliseconds since 1970.
        pub version: i64,
    }
}
