//! Tables `messages`, `channel_states` and `broad_mentions`.
//!
//! A message's author and the users it mentions live in the other store: what is read here names
//! them by id. Its reactions come along as one JSON value, so that a message is one row.

mod author;
pub mod pins;
mod states;

use model::attachment::Attachment;
use model::embed::Embed;
use model::id::marker;
use model::message::{ReactionCount, ReactionCountDetails, Reference, Snapshot};
use model::{Code, Id, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value as JsonValue;

use crate::changes::{self, Columns};
use crate::{Batch, Error, Guard, Json, Query, Row, Statement, Value, params};

pub use author::{Author, WebhookLooks};
pub use states::{ChannelState, channel_states, forget_channel, left_without};

type ChannelId = Id<marker::Channel>;
type MessageId = Id<marker::Message>;
type UserId = Id<marker::User>;

/// A message's row.
#[derive(Debug, Clone, PartialEq)]
pub struct Stored {
    /// The message's id.
    pub id: MessageId,
    /// Where it was sent.
    pub channel_id: ChannelId,
    /// Who wrote it. For one of a webhook that one's id, which no account has.
    pub author_id: UserId,
    /// What kind of message it is.
    pub kind: u8,
    /// What it says.
    pub content: String,
    /// When it was last edited.
    pub edited_at: Option<Timestamp>,
    /// When it was pinned, while it is.
    pub pinned_at: Option<Timestamp>,
    /// Flags.
    pub flags: i64,
    /// What only some messages have.
    pub extra: Extra,
    /// Its reactions, the oldest first. Not written with the message.
    pub reactions: Vec<ReactionCount>,
}

impl Stored {
    /// A new message of an ordinary kind that says `content`.
    pub fn new(
        id: MessageId,
        channel_id: ChannelId,
        author: impl Into<Author>,
        content: String,
    ) -> Self {
        let mut extra = Extra::default();
        let author_id = match author.into() {
            Author::User(id) => id,
            Author::Application { bot, id } => {
                extra.application_id = Some(id);
                bot
            }
            Author::Webhook {
                id,
                application_id,
                looks,
            } => {
                extra.application_id = application_id;
                extra.webhook = Some(looks);
                id.cast()
            }
        };
        Self {
            id,
            channel_id,
            author_id,
            kind: model::message::kind::DEFAULT,
            content,
            edited_at: None,
            pinned_at: None,
            flags: 0,
            extra,
            reactions: Vec::new(),
        }
    }

    /// The account that wrote it; `None` when a webhook did.
    pub fn user_id(&self) -> Option<UserId> {
        self.extra.webhook.is_none().then_some(self.author_id)
    }

    /// The webhook that wrote it.
    pub fn webhook_id(&self) -> Option<Id<marker::Webhook>> {
        self.extra.webhook.as_ref().map(|_| self.author_id.cast())
    }

    /// Whether it counts among its channel's messages. What a thread began with does not.
    fn counts(&self) -> bool {
        self.kind != model::message::kind::THREAD_STARTER_MESSAGE
            && self.id.get() != self.channel_id.get()
    }

    /// The message in another channel that this one, the first of a thread, was made from.
    pub fn begins_with(&self) -> Option<&Reference> {
        let begins = self.kind == model::message::kind::THREAD_STARTER_MESSAGE;
        self.extra.reference.as_ref().filter(|_| begins)
    }

    /// The message that this one answers.
    pub fn answers(&self) -> Option<&Reference> {
        let reply = self.kind == model::message::kind::REPLY;
        self.extra.reference.as_ref().filter(|_| reply)
    }
}

/// What only some messages have, stored as one JSON text; NULL when there is nothing.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Extra {
    /// Whether it was read aloud.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub tts: bool,
    /// Whether it mentions everyone.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub mention_everyone: bool,
    /// The users it mentions.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub mentions: Vec<UserId>,
    /// The roles it mentions.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub mention_roles: Vec<Id<marker::Role>>,
    /// Its files. Their URLs are made when they are shown.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<Attachment>,
    /// Its embeds. `attachment://` URLs are resolved when they are shown.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub embeds: Vec<Embed>,
    /// Its components.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub components: Vec<JsonValue>,
    /// What it answers, forwards or tells of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference: Option<Reference>,
    /// What it forwards.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub snapshots: Vec<Snapshot>,
    /// The application that answered an interaction with it, or whose webhook wrote it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub application_id: Option<Id<marker::Application>>,
    /// What the webhook that wrote it showed itself as.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub webhook: Option<WebhookLooks>,
}

impl Extra {
    fn column(&self) -> Option<Json<&Self>> {
        (*self != Self::default()).then_some(Json(self))
    }
}

// `?1` is who reads: whether they reacted is part of the answer.
macro_rules! select_messages {
    ($($rest:tt)*) => {
        concat!(
            "SELECT messages.id, messages.channel_id, messages.author_id, messages.type, \
             messages.content, messages.edited_at, messages.pinned_at, messages.flags, \
             messages.extra, \
             (SELECT json_group_array(json_array(emoji, name, animated, count, me)) FROM \
              (SELECT emoji, max(emoji_name) AS name, max(animated) AS animated, \
               count(*) AS count, max(user_id = ?1) AS me FROM reactions \
               WHERE reactions.message_id = messages.id \
               GROUP BY emoji ORDER BY min(created_at), emoji)) \
             FROM messages ",
            $($rest)*
        )
    };
}

use select_messages;

const MESSAGE_COLUMNS: u16 = 10;

#[derive(Deserialize)]
struct ReactionRow(String, Option<String>, u8, u32, u8);

impl From<ReactionRow> for ReactionCount {
    fn from(ReactionRow(emoji, name, animated, count, me): ReactionRow) -> Self {
        Self {
            emoji: crate::reactions::emoji(emoji, name, animated != 0),
            count,
            count_details: ReactionCountDetails {
                burst: 0,
                normal: count,
            },
            me: me != 0,
            me_burst: false,
            burst_colors: Vec::new(),
        }
    }
}

fn message(row: &mut Row<'_>) -> Result<Stored, Error> {
    Ok(Stored {
        id: row.take()?,
        channel_id: row.take()?,
        author_id: row.take()?,
        kind: row.take()?,
        content: row.take()?,
        edited_at: row.take()?,
        pinned_at: row.take()?,
        flags: row.take()?,
        extra: row.take::<Option<Json<Extra>>>()?.unwrap_or_default().0,
        reactions: row
            .take::<Json<Vec<ReactionRow>>>()?
            .0
            .into_iter()
            .map(Into::into)
            .collect(),
    })
}

fn query(sql: &'static str, params: Vec<Value>) -> Query<Stored> {
    Query::new(sql, params, MESSAGE_COLUMNS, message)
}

/// The message with this id, if it is in this channel.
pub fn by_id(reader: UserId, channel: ChannelId, id: MessageId) -> Query<Stored> {
    let sql = select_messages!("WHERE messages.id = ?3 AND messages.channel_id = ?2");
    query(sql, params![reader, channel, id])
}

/// Those of these messages that are in this channel, the oldest first.
pub fn by_ids(reader: UserId, channel: ChannelId, ids: &[MessageId]) -> Query<Stored> {
    let sql = select_messages!(
        "WHERE messages.id IN (SELECT value FROM json_each(?3)) AND messages.channel_id = ?2 \
         ORDER BY messages.id"
    );
    query(sql, params![reader, channel, ids])
}

/// Up to `limit` messages with ids below `before`, the newest first.
pub fn before(reader: UserId, channel: ChannelId, before: u64, limit: u32) -> Query<Stored> {
    let sql = select_messages!(
        "WHERE messages.channel_id = ?2 AND messages.id < ?3 ORDER BY messages.id DESC LIMIT ?4"
    );
    query(sql, params![reader, channel, capped(before), limit])
}

/// Up to `limit` messages with ids above `after`, the oldest first.
pub fn after(reader: UserId, channel: ChannelId, after: u64, limit: u32) -> Query<Stored> {
    let sql = select_messages!(
        "WHERE messages.channel_id = ?2 AND messages.id > ?3 ORDER BY messages.id LIMIT ?4"
    );
    query(sql, params![reader, channel, capped(after), limit])
}

fn capped(id: u64) -> i64 {
    i64::try_from(id).unwrap_or(i64::MAX)
}

/// Holds while this message is in this channel.
pub fn exists(channel: ChannelId, id: MessageId) -> Guard {
    Guard::new(
        "EXISTS (SELECT 1 FROM messages WHERE id = ?2 AND channel_id = ?1)",
        params![channel, id],
    )
}

/// Adds a message as the channel's last one, with what it mentions as a whole: roles, and everyone
/// by the guild's own number.
///
/// The batch fails with `not_last` when the channel has a message with a greater id: order in a
/// channel is the order of commits, so it is to be tried again with a later id.
pub fn insert(batch: &mut Batch, message: &Stored, broad: &[Id<marker::Role>], not_last: Code) {
    batch.require_change(
        Statement::new(
            "INSERT INTO channel_states \
             (channel_id, last_message_id, message_count, total_message_sent) \
             VALUES (?1, ?2, ?3, ?3) \
             ON CONFLICT (channel_id) DO UPDATE SET last_message_id = excluded.last_message_id, \
             message_count = message_count + ?3, total_message_sent = total_message_sent + ?3 \
             WHERE coalesce(last_message_id, 0) < excluded.last_message_id",
            params![message.channel_id, message.id, message.counts()],
        ),
        not_last,
    );
    batch.push_or(
        Statement::new(
            "INSERT INTO messages (id, channel_id, author_id, type, content, flags, extra) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            params![
                message.id,
                message.channel_id,
                message.author_id,
                message.kind,
                &message.content,
                message.flags,
                message.extra.column(),
            ],
        ),
        not_last,
    );
    if !broad.is_empty() {
        batch.push(Statement::new(
            "INSERT INTO broad_mentions (channel_id, message_id, role_id) \
             SELECT ?1, ?2, value FROM json_each(?3)",
            params![message.channel_id, message.id, broad],
        ));
    }
}

/// What an edit may change of a message.
fn columns(message: &Stored) -> Columns {
    vec![
        ("content", Value::from(&message.content)),
        ("edited_at", message.edited_at.into()),
        ("flags", message.flags.into()),
        ("extra", message.extra.column().into()),
    ]
}

/// Writes what differs between two states of a message. The batch fails with
/// [`Code::UnknownMessage`] when it is gone.
pub fn update(batch: &mut Batch, before: &Stored, after: &Stored) {
    batch.require(exists(after.channel_id, after.id), Code::UnknownMessage);
    changes::write(batch, "messages", after.id, columns(before), columns(after));
}

/// Sets flags of a message, besides those that it has. Changes nothing when the message is gone.
pub fn add_flags(channel: ChannelId, id: MessageId, flags: i64) -> Statement {
    Statement::new(
        "UPDATE messages SET flags = flags | ?3 WHERE id = ?2 AND channel_id = ?1",
        params![channel, id, flags],
    )
}

/// Deletes messages of a channel with what hangs on them. The batch fails with
/// [`Code::UnknownMessage`] when none of them is there.
pub fn delete(batch: &mut Batch, channel: ChannelId, ids: &[MessageId]) {
    for sql in [
        "DELETE FROM reactions WHERE message_id IN (SELECT value FROM json_each(?2)) \
         AND channel_id = ?1",
        "DELETE FROM broad_mentions WHERE channel_id = ?1 \
         AND message_id IN (SELECT value FROM json_each(?2))",
        "UPDATE channel_states SET message_count = max(0, message_count - \
         (SELECT count(*) FROM messages WHERE id IN (SELECT value FROM json_each(?2)) \
         AND channel_id = ?1 AND type <> 21 AND id <> ?1)) WHERE channel_id = ?1",
    ] {
        batch.push(Statement::new(sql, params![channel, ids]));
    }
    batch.require_change(
        Statement::new(
            "DELETE FROM messages WHERE id IN (SELECT value FROM json_each(?2)) \
             AND channel_id = ?1",
            params![channel, ids],
        ),
        Code::UnknownMessage,
    );
    batch.push(pins::recompute_last(channel));
}

/// Up to `limit` ids of a channel's messages: what a job deletes at a time.
pub fn some_of(channel: ChannelId, limit: u32) -> Query<MessageId> {
    Query::new(
        "SELECT id FROM messages WHERE channel_id = ?1 ORDER BY id LIMIT ?2",
        params![channel, limit],
        1,
        |row| row.take(),
    )
}

/// Up to `limit` messages that these users sent to these channels, with ids from `from`: each with
/// its channel, in the order of their ids.
pub fn of_authors(
    channels: &[ChannelId],
    authors: &[UserId],
    from: MessageId,
    limit: u32,
) -> Query<(ChannelId, MessageId)> {
    Query::new(
        "SELECT channel_id, id FROM messages INDEXED BY messages_by_author \
         WHERE author_id IN (SELECT value FROM json_each(?2)) AND id >= ?3 \
         AND channel_id IN (SELECT value FROM json_each(?1)) ORDER BY id LIMIT ?4",
        params![channels, authors, from, limit],
        2,
        |row| Ok((row.take()?, row.take()?)),
    )
}
