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
use model::event::EventKind;
use model::message::{Message, flags, kind};
use runtime::prelude::*;
use serde_json::Value;
use store::messages::Stored;
use store::{messages, nonces, read_states, slowmodes};

pub use content::{Content, EditMessage};
pub use mentions::{AllowedMentions, Mentions};

use crate::attachments::Uploads;
use crate::message_order::{NOT_LAST, write_in_order};
use crate::message_view::{self, compose, event};
use crate::{slow_mode, threads};
use mentions::Mentioned;
use reference::{ReferenceForm, Referenced};

/// Characters of a nonce.
const NONCE_CHARS_MAX: usize = 25;
/// Milliseconds for which a nonce is remembered.
pub(crate) const NONCE_MS: i64 = 5 * 60 * 1000;
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
            false => sender.demand(EMBED_LINKS),
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
    // Whoever is refused must not have opened, begun or changed anything.
    draft.demand_quiet(cx).await?;
    if sender.channel.private.is_some() {
        private::open(cx, sender).await?;
    }
    threads::wake(cx, sender, draft.mentioned_members()).await?;
    match write_in_order(cx, sender.channel.id, |id| draft.prepare(cx, id)).await {
        Err(Error::Api(NONCE_TAKEN)) => draft.sent_before(cx).await,
        Err(Error::Api(Code::SlowmodeRateLimited)) => draft.wait(cx).await,
        sent => sent,
    }
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
    row: Stored,
    mentioned: Mentioned,
    answered: Option<Option<Box<Message>>>,
    nonce: Option<Value>,
    /// The nonce, when it is to be used once.
    unique: Option<String>,
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
        let unique = form
            .nonce
            .as_ref()
            .filter(|_| form.enforce_nonce)
            .map(plain);
        let (nonce, now) = (form.nonce, cx.now());
        Self {
            sender,
            uploads,
            row,
            mentioned,
            answered,
            nonce,
            unique,
            slow_since: slow_mode::since(cx, sender),
            now,
        }
    }

    /// Sends the message as the first of a new thread, whose number is its own.
    ///
    /// # Errors
    /// The store's own.
    pub async fn begin_thread(&self, cx: &Cx) -> Result<Message> {
        let (batch, message) = self.prepare(cx, self.row.channel_id.cast());
        cx.write(batch).await?;
        Ok(message)
    }

    /// Those members of the guild whom the message mentions by name.
    fn mentioned_members(&self) -> impl Iterator<Item = &Member> {
        let named = self.row.extra.mentions.iter();
        named.filter_map(|id| self.mentioned.people.member(*id))
    }

    /// The batch that writes the message under this id, and the message.
    fn prepare(&self, cx: &Cx, id: Id<marker::Message>) -> (Batch, Message) {
        let row = Stored {
            id,
            ..self.row.clone()
        };
        let channel = row.channel_id;
        let mut batch = Batch::messages(channel);
        if let Some(since) = self.slow_since {
            let (since, now) = (Id::generate(since, 0), Id::generate(self.now, u32::MAX));
            let quiet = slowmodes::is_quiet(row.author_id, channel, since, now);
            batch.guard(quiet, Code::SlowmodeRateLimited);
            slowmodes::note(&mut batch, row.author_id, channel, now, since);
        }
        if let Some(nonce) = &self.unique {
            nonces::reserve(&mut batch, &row, nonce, self.nonces_since(), NONCE_TAKEN);
        }
        messages::insert(
            &mut batch,
            &row,
            &self.mentioned.broad(self.sender),
            NOT_LAST,
        );
        self.uploads.claim(&mut batch);
        if !self.sender.caller.user().bot {
            batch.push(read_states::set(row.author_id, channel, id, 0));
        }
        let counted = self.mentioned.counted(self.sender, self.now);
        if !counted.is_empty() {
            batch.push(read_states::mention(channel, &counted));
        }
        let people = &self.mentioned.people;
        let mut message = compose(cx, &row, people);
        message.referenced_message.clone_from(&self.answered);
        message.nonce.clone_from(&self.nonce);
        batch.emit(event(
            EventKind::MessageCreate,
            self.sender.audience(),
            &message,
            people,
        ));
        (batch, message)
    }

    fn nonces_since(&self) -> Id<marker::Message> {
        Id::generate(self.now.plus_millis(-NONCE_MS), 0)
    }

    /// Refuses an author who is to wait, before anything is done for the message. The write guards
    /// it once more.
    ///
    /// # Errors
    /// Slow mode as [`Error::RateLimited`].
    pub async fn demand_quiet(&self, cx: &Cx) -> Result<()> {
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
        let (author, channel) = (self.row.author_id, self.row.channel_id);
        let (since, now) = (Id::generate(since, 0), Id::generate(self.now, u32::MAX));
        let query = slowmodes::last_of(author, channel, since, now);
        let last = cx.read_messages(channel, query.optional()).await?;
        Ok(last.map(|last| last.created_at()))
    }

    /// The message that was sent under the same nonce.
    async fn sent_before(&self, cx: &Cx) -> Result<Message> {
        let nonce = self.unique.as_deref().unwrap_or_default();
        let (author, channel) = (self.row.author_id, self.row.channel_id);
        let query = nonces::message_of(author, channel, nonce, self.nonces_since()).optional();
        let id = cx.read_messages(channel, query).await?;
        let id = id.ok_or(Code::UnknownMessage)?;
        let query = messages::by_id(author, channel, id).optional();
        let row = cx.read_messages(channel, query).await?;
        let row = row.ok_or(Code::UnknownMessage)?;
        let mut message = message_view::view(cx, author, row).await?;
        message.nonce.clone_from(&self.nonce);
        Ok(message)
    }
}

/// A nonce as text.
fn plain(nonce: &Value) -> String {
    nonce
        .as_str()
        .map_or_else(|| nonce.to_string(), str::to_owned)
}
