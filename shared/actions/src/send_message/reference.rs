//! The message that a new one answers or forwards.
//!
//! See [Discord Docs/Message Reference Types](https://discord.com/developers/docs/resources/message#message-reference-types).

use model::message::{Reference, Snapshot, SnapshotMessage, kind};
use runtime::access::Place;
use runtime::prelude::*;
use store::messages;
use store::messages::Stored;

use crate::message_view::reads_content;

/// The `message_reference` of a body.
#[derive(Debug)]
pub struct ReferenceForm {
    kind: u8,
    message_id: Id<marker::Message>,
    channel_id: Option<Id<marker::Channel>>,
    fail_if_not_exists: bool,
}

impl Form for ReferenceForm {
    fn read(fields: &mut Fields<'_>) -> Self {
        if fields
            .raw("message_id")
            .is_none_or(serde_json::Value::is_null)
        {
            fields.error("message_id", "BASE_TYPE_REQUIRED", "This field is required");
        }
        let kinds = [Reference::DEFAULT.into(), Reference::FORWARD.into()];
        Self {
            kind: fields.choice("type", &kinds).unwrap_or_default() as u8,
            message_id: fields.get("message_id").unwrap_or(Id::new(0)),
            channel_id: fields.get("channel_id"),
            fail_if_not_exists: fields.get("fail_if_not_exists").unwrap_or(true),
        }
    }
}

/// What a new message refers to.
#[derive(Debug)]
pub enum Referenced {
    /// Nothing.
    Nothing,
    /// A message of the same channel that it answers.
    Answer {
        /// Which one.
        reference: Reference,
        /// Its row.
        row: Box<Stored>,
    },
    /// A message of any channel that it forwards.
    Forward {
        /// Which one.
        reference: Reference,
        /// What it said.
        snapshot: Box<Snapshot>,
    },
}

impl Referenced {
    /// The message that is answered.
    pub fn answered(&self) -> Option<&Stored> {
        match self {
            Self::Answer { row, .. } => Some(row),
            _ => None,
        }
    }

    /// Whether a message is forwarded.
    pub fn is_forward(&self) -> bool {
        matches!(self, Self::Forward { .. })
    }
}

/// Reads what the body refers to.
///
/// # Errors
/// Code 50035 at `message_reference` when there is no such message or it cannot be answered,
/// [`Code::CannotReplyWithoutHistory`] to those who may not read it.
pub async fn read(
    cx: &Cx,
    sender: &InChannel<SEND_MESSAGES>,
    form: Option<&ReferenceForm>,
) -> Result<Referenced> {
    match form {
        None => Ok(Referenced::Nothing),
        Some(form) if form.kind == Reference::FORWARD => forward(cx, sender, form).await,
        Some(form) => answer(cx, sender, form).await,
    }
}

async fn answer(
    cx: &Cx,
    sender: &InChannel<SEND_MESSAGES>,
    form: &ReferenceForm,
) -> Result<Referenced> {
    sender
        .require(READ_MESSAGE_HISTORY)
        .map_err(|_| Code::CannotReplyWithoutHistory)?;
    let channel = sender.channel.id;
    if form.channel_id.is_some_and(|named| named != channel) {
        return Err(refusal(
            "REPLIES_CANNOT_REFERENCE_OTHER_CHANNEL",
            "Cannot reply to a message in a different channel",
        ));
    }
    let query = messages::by_id(sender.caller.id(), channel, form.message_id);
    match cx.read_messages(channel, query.optional()).await? {
        Some(row) if matches!(row.kind, kind::DEFAULT | kind::REPLY | kind::USER_JOIN) => {
            let guild = sender.channel.guild_id();
            let reference = reference(Reference::DEFAULT, &row, guild);
            Ok(Referenced::Answer {
                reference,
                row: Box::new(row),
            })
        }
        Some(_) => Err(refusal(
            "REPLIES_CANNOT_REPLY_TO_SYSTEM_MESSAGE",
            "Cannot reply to a system message",
        )),
        None if form.fail_if_not_exists => {
            Err(refusal("REPLIES_UNKNOWN_MESSAGE", "Unknown message"))
        }
        None => Ok(Referenced::Nothing),
    }
}

async fn forward(
    cx: &Cx,
    sender: &InChannel<SEND_MESSAGES>,
    form: &ReferenceForm,
) -> Result<Referenced> {
    let channel = form.channel_id.unwrap_or(sender.channel.id);
    let unknown = || refusal("REPLIES_UNKNOWN_MESSAGE", "Unknown message");
    let place = match Place::of(cx, channel, &sender.caller.account).await {
        Ok(place) if place.reads_history() => place,
        Ok(_) | Err(Error::Api(Code::UnknownChannel | Code::MissingAccess)) => {
            return Err(unknown());
        }
        Err(error) => return Err(error),
    };
    let query = messages::by_id(sender.caller.id(), channel, form.message_id);
    let row = cx.read_messages(channel, query.optional()).await?;
    let row = row.ok_or_else(unknown)?;
    require_readable(cx, sender, &place, &row).await?;
    let guild = place.channel.guild_id();
    let reference = reference(Reference::FORWARD, &row, guild);
    let snapshot = match row.extra.snapshots.into_iter().next() {
        // Forwarding a forward sends the original.
        Some(snapshot) => snapshot,
        None => Snapshot {
            message: SnapshotMessage {
                kind: row.kind,
                content: row.content,
                timestamp: row.id.created_at(),
                edited_timestamp: row.edited_at,
                flags: row.flags,
                mentions: Vec::new(),
                mention_roles: Vec::new(),
                attachments: row.extra.attachments,
                embeds: row.extra.embeds,
                components: row.extra.components,
            },
        },
    };
    Ok(Referenced::Forward {
        reference,
        snapshot: Box::new(snapshot),
    })
}

/// Refuses a bot that would carry what it may not read to a private conversation, where it reads
/// everything.
///
/// # Errors
/// [`Code::EmptyMessage`]: to the bot it is one. The store's own.
async fn require_readable(
    cx: &Cx,
    sender: &InChannel<SEND_MESSAGES>,
    from: &Place,
    row: &Stored,
) -> Result<()> {
    let reader = sender.caller.id();
    let concerned = row.author_id == reader || row.extra.mentions.contains(&reader);
    let carried = from.membership.is_some() && sender.membership.is_none();
    let forwarded = !row.extra.snapshots.is_empty();
    if !carried || concerned && !forwarded || reads_content(cx, &sender.caller).await? {
        return Ok(());
    }
    Err(Code::EmptyMessage.into())
}

fn reference(kind: u8, row: &Stored, guild: Option<Id<marker::Guild>>) -> Reference {
    Reference {
        kind,
        channel_id: row.channel_id,
        message_id: Some(row.id),
        guild_id: guild,
    }
}

fn refusal(code: &str, message: &str) -> Error {
    Error::field(&["message_reference"], code, message)
}
