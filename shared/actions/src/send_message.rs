//! Sending a message: the path that everything else is measured by.
//!
//! A plain message costs two round trips: the read by which the caller's access was checked, and
//! one write. Only a message that answers another one, mentions somebody or goes to a private
//! conversation reads more.

mod components;
mod content;
mod embeds;
pub(crate) mod mentions;
mod private;
mod reference;
pub mod verification;

use model::Member;
use model::message::{Message, flags, kind};
use runtime::prelude::*;
use serde_json::Value;
use store::messages::Stored;
use store::{messages, nonces, read_states, slowmodes};

pub use content::{Content, EditMessage};
pub use mentions::{AllowedMentions, Mentions};

use crate::attachments::Uploads;
use crate::message_order::write_in_order;
use crate::message_view::{self, compose};
use crate::new_message::NewMessage;
use crate::{slow_mode, threads};
use mentions::Mentioned;
use reference::{ReferenceForm, Referenced};

/// Characters of a nonce.
const NONCE_CHARS_MAX: usize = 25;
/// What the write says when a nonce was used before. Never answered: the message that it was used
/// for is.
const NONCE_TAKEN: Code = Code::BadRequest;

/// The body of a request to send a message.
///
/// See [Discord Docs/Create Message](https://discord.com/developers/docs/resources/message#create-message).
#[derive(Debug)]
pub struct CreateMessage {
    content: Content,
    allowed_mentions: AllowedMentions,
    reference: Option<ReferenceForm>,
    nonce: Option<Value>,
    enforce_nonce: bool,
    tts: bool,
    has_stickers: bool,
    has_poll: bool,
}

impl Form for CreateMessage {
    fn read(fields: &mut Fields<'_>) -> Self {
        let stickers: Option<Vec<Id<marker::Sticker>>> = fields.list("sticker_ids", 3);
        Self {
            content: Content::read(fields),
            allowed_mentions: allowed_mentions(fields),
            reference: fields.form("message_reference"),
            nonce: nonce(fields),
            enforce_nonce: fields.get("enforce_nonce").unwrap_or_default(),
            tts: fields.get("tts").unwrap_or_default(),
            has_stickers: stickers.is_some_and(|ids| !ids.is_empty()),
            has_poll: fields.raw("poll").is_some_and(|poll| !poll.is_null()),
        }
    }
}

impl CreateMessage {
    /// Checks what is said and shown against what the instance has and the sender may.
    ///
    /// # Errors
    /// Code 50035 for too long a text and for a poll, [`Code::UnknownSticker`], because there are
    /// neither here, and [`Code::MissingPermissions`] without EMBED_LINKS.
    fn check(&self, cx: &Cx, sender: &InChannel<SEND_MESSAGES>) -> Result<()> {
        self.content.check(cx)?;
        if self.has_stickers {
            return Err(Code::UnknownSticker.into());
        }
        if self.has_poll {
            let message = "There are no polls here.";
            return Err(Error::field(&["poll"], "POLL_UNAVAILABLE", message));
        }
        match self.content.embeds.is_empty() {
            true => Ok(()),
            false => sender.require(EMBED_LINKS),
        }
    }
}

/// What the sender allows; everything when they say nothing.
fn allowed_mentions(fields: &mut Fields<'_>) -> AllowedMentions {
    fields
        .form("allowed_mentions")
        .unwrap_or_else(AllowedMentions::all)
}

/// Text or a whole number, which comes back as it was sent.
fn nonce(fields: &mut Fields<'_>) -> Option<Value> {
    let text = fields.text("nonce", 0..=NONCE_CHARS_MAX)?;
    match fields.raw("nonce") {
        Some(Value::Number(number)) if number.is_i64() || number.is_u64() => {
            Some(Value::Number(number.clone()))
        }
        _ => Some(Value::String(text)),
    }
}

/// Sends what `uploads` brought to the sender's channel, and returns it as they see it.
///
/// # Errors
/// Code 50035 for fields that are wrong, [`Code::EmptyMessage`], slow mode as
/// [`Error::RateLimited`], and whatever else Discord answers to a message that it refuses.
pub async fn send_message(
    cx: &Cx,
    sender: &InChannel<SEND_MESSAGES>,
    uploads: &Uploads,
) -> Result<Message> {
    let draft = draft(cx, sender, uploads).await?;
    // A refused call must not have opened, begun or changed anything.
    draft.require_quiet(cx).await?;
    if sender.channel.private.is_some() {
        private::open(cx, sender).await?;
    }
    threads::wake(cx, sender, draft.mentioned_members()).await?;
    let sent = match write_in_order(cx, sender.channel.id, |id| draft.prepare(cx, id)).await {
        Err(Error::Api(NONCE_TAKEN)) => draft.sent_before(cx).await,
        Err(Error::Api(Code::SlowmodeRateLimited)) => draft.wait(cx).await,
        sent => sent,
    };
    let mut message = sent?;
    message_view::conceal(cx, sender, std::slice::from_mut(&mut message)).await?;
    Ok(message)
}

/// What `uploads` brought, as a message that may be sent to the sender's channel. Nothing is
/// written.
///
/// # Errors
/// Those of [`send_message`] that do not depend on other messages.
pub async fn draft<'a>(
    cx: &Cx,
    sender: &'a InChannel<SEND_MESSAGES>,
    uploads: &'a Uploads,
) -> Result<Draft<'a>> {
    let form: CreateMessage = Fields::read(uploads.payload.clone())?;
    if !sender.channel.is_text() {
        return Err(Code::CannotSendInThisChannel.into());
    }
    verification::check(cx, sender)?;
    form.check(cx, sender)?;
    let referenced = reference::read(cx, sender, form.reference.as_ref()).await?;
    if form.content.is_empty() && uploads.attachments.is_empty() && !referenced.is_forward() {
        return Err(Code::EmptyMessage.into());
    }
    let text = &form.content.text;
    let mentioned = mentions::resolve(
        cx,
        sender,
        text,
        &form.allowed_mentions,
        referenced.answered(),
    )
    .await?;
    Ok(Draft::new(cx, sender, form, referenced, mentioned, uploads))
}

/// A message that wants an id.
pub struct Draft<'a> {
    sender: &'a InChannel<SEND_MESSAGES>,
    uploads: &'a Uploads,
    message: NewMessage,
    /// Whose count of unread mentions goes up.
    counted: Vec<Id<marker::User>>,
    /// Since when the author must have sent nothing, in a slow channel.
    slow_since: Option<Timestamp>,
    now: Timestamp,
}

impl<'a> Draft<'a> {
    fn new(
        cx: &Cx,
        sender: &'a InChannel<SEND_MESSAGES>,
        form: CreateMessage,
        referenced: Referenced,
        mentioned: Mentioned,
        uploads: &'a Uploads,
    ) -> Self {
        let mut row = Stored::new(
            Id::new(0),
            sender.channel.id,
            sender.caller.id(),
            form.content.text,
        );
        row.flags = form.content.flags;
        row.extra.tts = form.tts && sender.allows(SEND_TTS_MESSAGES);
        row.extra.embeds = form.content.embeds;
        row.extra.components = form.content.components;
        row.extra.attachments.clone_from(&uploads.attachments);
        mentioned.write_to(&mut row.extra);
        let answered = referenced
            .answered()
            .map(|row| compose(cx, row, &mentioned.people));
        let answered = answered.map(|message| Some(Box::new(message)));
        match referenced {
            Referenced::Nothing => {}
            Referenced::Answer { reference, .. } => {
                row.kind = kind::REPLY;
                row.extra.reference = Some(reference);
            }
            Referenced::Forward {
                reference,
                snapshot,
            } => {
                row.flags |= flags::HAS_SNAPSHOT;
                row.extra.reference = Some(reference);
                row.extra.snapshots = vec![*snapshot];
            }
        }
        let (broad, now) = (mentioned.broad(sender), cx.now());
        let counted = mentioned.counted(sender, now);
        let mut message = NewMessage::new(row, sender.audience(), mentioned.people);
        let once = form.nonce.as_ref().filter(|_| form.enforce_nonce);
        message.once = once.map(|nonce| (plain(nonce), NONCE_TAKEN));
        message.nonce = form.nonce;
        message.referenced = answered;
        message.broad = broad;
        Self {
            sender,
            uploads,
            message,
            counted,
            slow_since: slow_mode::since(cx, sender),
            now,
        }
    }

    /// Sends the message as the first of a new thread, whose number is its own.
    ///
    /// # Errors
    /// The store's own.
    pub async fn begin_thread(&self, cx: &Cx) -> Result<Message> {
        let (batch, mut message) = self.prepare(cx, self.message.row.channel_id.cast());
        cx.write(batch).await?;
        message_view::conceal(cx, self.sender, std::slice::from_mut(&mut message)).await?;
        Ok(message)
    }

    /// Those members of the guild whom the message mentions by name.
    fn mentioned_members(&self) -> impl Iterator<Item = &Member> {
        let named = self.message.row.extra.mentions.iter();
        named.filter_map(|id| self.message.people.member(*id))
    }

    /// The batch that writes the message under this id, and the message.
    fn prepare(&self, cx: &Cx, id: Id<marker::Message>) -> (Batch, Message) {
        let row = &self.message.row;
        let (author, channel) = (row.author_id, row.channel_id);
        let mut batch = Batch::messages(channel);
        if let Some(since) = self.slow_since {
            let (since, now) = (Id::generate(since, 0), Id::generate(self.now, u32::MAX));
            let quiet = slowmodes::is_quiet(author, channel, since, now);
            batch.require(quiet, Code::SlowmodeRateLimited);
            slowmodes::note(&mut batch, author, channel, now, since);
        }
        let message = self.message.add_to(cx, &mut batch, id);
        self.uploads.claim(&mut batch);
        if !self.sender.caller.user().bot {
            batch.push(read_states::set(author, channel, id, 0));
        }
        if !self.counted.is_empty() {
            batch.push(read_states::mention(channel, &self.counted));
        }
        (batch, message)
    }

    /// Refuses an author who is to wait, before anything is done for the message. The write guards
    /// it once more.
    ///
    /// # Errors
    /// Slow mode as [`Error::RateLimited`].
    pub async fn require_quiet(&self, cx: &Cx) -> Result<()> {
        match (self.slow_since, self.last_written(cx).await?) {
            (Some(since), Some(last)) => Err(slow_mode::refused(cx, since, Some(last))),
            _ => Ok(()),
        }
    }

    /// When slow mode lets the author write again.
    async fn wait(&self, cx: &Cx) -> Result<Message> {
        let since = self.slow_since.unwrap_or(self.now);
        let last = self.last_written(cx).await?;
        Err(slow_mode::refused(cx, since, last))
    }

    /// When the author last wrote, if slow mode still knows.
    async fn last_written(&self, cx: &Cx) -> Result<Option<Timestamp>> {
        let Some(since) = self.slow_since else {
            return Ok(None);
        };
        let Stored {
            author_id: author,
            channel_id: channel,
            ..
        } = self.message.row;
        let (since, now) = (Id::generate(since, 0), Id::generate(self.now, u32::MAX));
        let query = slowmodes::last_of(author, channel, since, now);
        let last = cx.read_messages(channel, query.optional()).await?;
        Ok(last.map(|last| last.created_at()))
    }

    /// The message that was sent under the same nonce.
    async fn sent_before(&self, cx: &Cx) -> Result<Message> {
        let once = self.message.once.as_ref();
        let nonce = once.map_or("", |(nonce, _)| nonce);
        let Stored {
            author_id: author,
            channel_id: channel,
            ..
        } = self.message.row;
        let since = NewMessage::nonces_since(self.now);
        let query = nonces::message_of(author, channel, nonce, since).optional();
        let id = cx.read_messages(channel, query).await?;
        let id = id.ok_or(Code::UnknownMessage)?;
        let query = messages::by_id(author, channel, id).optional();
        let row = cx.read_messages(channel, query).await?;
        let row = row.ok_or(Code::UnknownMessage)?;
        let mut message = message_view::view(cx, self.sender, row).await?;
        message.nonce.clone_from(&self.message.nonce);
        Ok(message)
    }
}

/// A nonce as text.
fn plain(nonce: &Value) -> String {
    nonce
        .as_str()
        .map_or_else(|| nonce.to_string(), str::to_owned)
}
