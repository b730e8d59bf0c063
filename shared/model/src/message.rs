//! Messages.
//!
//! See [Discord Docs/Message Object](https://discord.com/developers/docs/resources/message#message-object).

pub mod content;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use crate::attachment::Attachment;
use crate::channel::Channel;
use crate::embed::Embed;
use crate::id::marker;
use crate::member::Member;
use crate::user::User;
use crate::{Id, Timestamp};

/// Discord's message types that exist here.
pub mod kind {
    /// What somebody wrote.
    pub const DEFAULT: u8 = 0;
    /// Somebody was added to a group conversation or a thread.
    pub const RECIPIENT_ADD: u8 = 1;
    /// Somebody left or was removed from a group conversation.
    pub const RECIPIENT_REMOVE: u8 = 2;
    /// A group conversation or a thread got another name.
    pub const CHANNEL_NAME_CHANGE: u8 = 4;
    /// A group conversation got another icon.
    pub const CHANNEL_ICON_CHANGE: u8 = 5;
    /// A message was pinned.
    pub const CHANNEL_PINNED_MESSAGE: u8 = 6;
    /// Somebody joined the guild.
    pub const USER_JOIN: u8 = 7;
    /// A thread was created in the channel, apart from any message of it.
    pub const THREAD_CREATED: u8 = 18;
    /// What somebody wrote in answer to another message.
    pub const REPLY: u8 = 19;
    /// The beginning of a thread: it refers to the message that the thread was made from.
    pub const THREAD_STARTER_MESSAGE: u8 = 21;
}

/// Discord's message flags that exist here.
///
/// See [Discord Docs/Message Flags](https://discord.com/developers/docs/resources/message#message-object-message-flags).
pub mod flags {
    /// It was published to the channels that follow its own.
    pub const CROSSPOSTED: i64 = 1 << 0;
    /// Its embeds are not shown.
    pub const SUPPRESS_EMBEDS: i64 = 1 << 2;
    /// It has a thread, whose id is its own.
    pub const HAS_THREAD: i64 = 1 << 5;
    /// It makes no sound and no push notification.
    pub const SUPPRESS_NOTIFICATIONS: i64 = 1 << 12;
    /// It holds another message's snapshot.
    pub const HAS_SNAPSHOT: i64 = 1 << 14;
    /// It consists of components alone, without content and embeds.
    pub const IS_COMPONENTS_V2: i64 = 1 << 15;
}

/// A message as REST answers it and `MESSAGE_CREATE` carries it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(not(target_family = "wasm"), derive(schemars::JsonSchema))]
pub struct Message {
    /// The message's id.
    pub id: Id<marker::Message>,
    /// Where it was sent.
    pub channel_id: Id<marker::Channel>,
    /// The guild it was sent in. Only in events.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guild_id: Option<Id<marker::Guild>>,
    /// The author as a member, without the user. Only in events.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member: Option<Member>,
    /// Who wrote it.
    pub author: User,
    /// What kind of message it is; see [`kind`].
    #[serde(rename = "type")]
    pub kind: u8,
    /// What it says.
    pub content: String,
    /// When it was sent.
    pub timestamp: Timestamp,
    /// When it was last edited.
    pub edited_timestamp: Option<Timestamp>,
    /// Whether it was read aloud.
    pub tts: bool,
    /// Whether it mentions everyone.
    pub mention_everyone: bool,
    /// The users it mentions.
    pub mentions: Vec<Mention>,
    /// The roles it mentions.
    pub mention_roles: Vec<Id<marker::Role>>,
    /// The files it came with.
    pub attachments: Vec<Attachment>,
    /// What it embeds.
    pub embeds: Vec<Embed>,
    /// Buttons, selects and layout, as they were validated and stored.
    pub components: Vec<Value>,
    /// Its reactions, where there are any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reactions: Vec<ReactionCount>,
    /// What the sender gave to recognise it by: text or a number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nonce: Option<Value>,
    /// Whether it is pinned.
    pub pinned: bool,
    /// Flags; see [`flags`].
    pub flags: i64,
    /// What it answers, forwards or tells of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_reference: Option<Reference>,
    /// The message it answers: `Some(None)` is null, for one that was deleted.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "present"
    )]
    pub referenced_message: Option<Option<Box<Message>>>,
    /// The thread that was made from it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thread: Option<Box<Channel>>,
    /// The message it forwards, as it was then.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub message_snapshots: Vec<Snapshot>,
    /// The webhook that wrote it. Its author then is no account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub webhook_id: Option<Id<marker::Webhook>>,
    /// The application that answered an interaction with it, or whose webhook wrote it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub application_id: Option<Id<marker::Application>>,
}

/// A field that is there, be it null.
fn present<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Option<Box<Message>>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// A user that a message mentions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(not(target_family = "wasm"), derive(schemars::JsonSchema))]
pub struct Mention {
    /// Who.
    #[serde(flatten)]
    pub user: User,
    /// The same as a member of the guild. Only in events.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member: Option<Member>,
}

/// Which message another one refers to.
///
/// See [Discord Docs/Message Reference](https://discord.com/developers/docs/resources/message#message-reference-structure).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(not(target_family = "wasm"), derive(schemars::JsonSchema))]
pub struct Reference {
    /// 0: an answer or a notice; 1: a forwarded message.
    #[serde(rename = "type")]
    pub kind: u8,
    /// The channel.
    pub channel_id: Id<marker::Channel>,
    /// The message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_id: Option<Id<marker::Message>>,
    /// The channel's guild.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guild_id: Option<Id<marker::Guild>>,
}

impl Reference {
    /// The type of an answer and of notices.
    pub const DEFAULT: u8 = 0;
    /// The type of a forwarded message.
    pub const FORWARD: u8 = 1;
}

/// A forwarded message as it was when it was forwarded.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(not(target_family = "wasm"), derive(schemars::JsonSchema))]
pub struct Snapshot {
    /// What it said.
    pub message: SnapshotMessage,
}

/// The part of a message that is forwarded: not who wrote it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(not(target_family = "wasm"), derive(schemars::JsonSchema))]
pub struct SnapshotMessage {
    /// What kind of message it was.
    #[serde(rename = "type")]
    pub kind: u8,
    /// What it said.
    pub content: String,
    /// When it was sent.
    pub timestamp: Timestamp,
    /// When it had last been edited.
    pub edited_timestamp: Option<Timestamp>,
    /// Its flags.
    pub flags: i64,
    /// Nobody: forwarding mentions no one.
    pub mentions: Vec<User>,
    /// No roles, for the same reason.
    pub mention_roles: Vec<Id<marker::Role>>,
    /// Its files.
    pub attachments: Vec<Attachment>,
    /// Its embeds.
    pub embeds: Vec<Embed>,
    /// Its components.
    pub components: Vec<Value>,
}

/// How many reacted to a message with one emoji.
///
/// See [Discord Docs/Reaction Object](https://discord.com/developers/docs/resources/message#reaction-object).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(not(target_family = "wasm"), derive(schemars::JsonSchema))]
pub struct ReactionCount {
    /// With what.
    pub emoji: ReactionEmoji,
    /// How many.
    pub count: u32,
    /// How many of each kind.
    pub count_details: ReactionCountDetails,
    /// Whether the reader is among them.
    pub me: bool,
    /// Nobody's is: there are no super reactions here.
    pub me_burst: bool,
    /// None, for the same reason.
    pub burst_colors: Vec<String>,
}

/// How many reactions there are of each kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(not(target_family = "wasm"), derive(schemars::JsonSchema))]
pub struct ReactionCountDetails {
    /// Super reactions: none.
    pub burst: u32,
    /// All others.
    pub normal: u32,
}

/// What one reacts with: a Unicode emoji by its text, a custom one by its id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(not(target_family = "wasm"), derive(schemars::JsonSchema))]
pub struct ReactionEmoji {
    /// A custom emoji's id.
    pub id: Option<Id<marker::Emoji>>,
    /// The Unicode emoji, or the custom emoji's name; null once that is deleted.
    pub name: Option<String>,
    /// Whether it moves.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub animated: bool,
}
