//! Pinning messages and unpinning them.
//!
//! See [Discord Docs/Pin Message](https://discord.com/developers/docs/resources/message#pin-message).

use model::event::ChannelPinsUpdate;
use model::message::{Reference, kind};
use runtime::prelude::*;
use store::messages::Stored;
use store::{messages, read_states};

use crate::audit_log::{self, Action, Entry, Noted};
use crate::blocks::{self, Act};
use crate::edit_message::update_event;
use crate::message_order::{NOT_LAST, write_in_order};
use crate::message_view::{People, compose, created};
use crate::threads::require_active;

/// What the write says when somebody else was quicker. Never answered: what was wanted is done.
const DONE_BEFORE: Code = Code::BadRequest;

/// A page of a channel's pinned messages, the last pinned first. Who may not read what was said
/// earlier sees none.
///
/// # Errors
/// The store's own.
pub async fn page<const P: u64>(
    cx: &Cx,
    caller: &InChannel<P>,
    before: Option<Timestamp>,
    limit: u32,
) -> Result<Vec<Stored>> {
    if !caller.allows(READ_MESSAGE_HISTORY) {
        return Ok(Vec::new());
    }
    let before = before.unwrap_or(Timestamp::from_millis(i64::MAX));
    let query = messages::pins::before(caller.caller.id(), caller.channel.id, before, limit);
    cx.read_messages(caller.channel.id, query).await
}

/// Pins a message, says so in the channel, and notes it in the audit log. Nothing happens when it
/// is pinned already.
///
/// # Errors
/// [`Code::UnknownMessage`], [`Code::TooManyPins`], [`Code::CannotExecuteOnSystemMessage`], and
/// [`Code::MissingPermissions`] for those who may not pin.
pub async fn pin<const P: u64>(
    cx: &Cx,
    caller: &InChannel<P>,
    id: Id<marker::Message>,
    reason: Option<String>,
) -> Result<()> {
    require_pinner(cx, caller).await?;
    let query = messages::by_id(caller.caller.id(), caller.channel.id, id).optional();
    let row = cx.read_for_update(caller.channel.id, query).await?;
    let mut row = pinnable(row)?;
    if row.pinned_at.is_some() {
        return Ok(());
    }
    row.pinned_at = Some(cx.now());
    let updated = update_event(cx, caller, &row).await?;
    let entry = entry(caller, &row, audit_log::MESSAGE_PIN, reason);
    let written = write_in_order(cx, row.channel_id, |notice| {
        let mut batch = pin_batch(cx, caller, id, notice, &updated);
        let noted = note(cx, &mut batch, row.channel_id, entry.clone());
        (batch, noted)
    });
    finish(cx, written.await).await
}

fn pin_batch<const P: u64>(
    cx: &Cx,
    caller: &InChannel<P>,
    id: Id<marker::Message>,
    notice: Id<marker::Message>,
    updated: &Event,
) -> Batch {
    let (channel, user) = (caller.channel.id, caller.caller.id());
    let max = cx.config().limits.pins_per_channel_max;
    let mut batch = Batch::messages(channel);
    batch.require(messages::exists(channel, id), Code::UnknownMessage);
    batch.require(messages::pins::fewer_than(channel, max), Code::TooManyPins);
    batch.require_change(messages::pins::set(channel, id, cx.now()), DONE_BEFORE);
    batch.push(messages::pins::set_last(channel, cx.now()));
    let mut row = Stored::new(notice, channel, user, String::new());
    row.kind = kind::CHANNEL_PINNED_MESSAGE;
    row.extra.reference = Some(Reference {
        kind: Reference::DEFAULT,
        channel_id: channel,
        message_id: Some(id),
        guild_id: caller.channel.guild_id(),
    });
    messages::insert(&mut batch, &row, &[], NOT_LAST);
    if !caller.caller.user().bot {
        batch.push(read_states::set(user, channel, notice, 0));
    }
    batch.emit(updated.clone());
    batch.emit(pins_event(caller, Some(cx.now())));
    let people = author(caller);
    let message = compose(cx, &row, &people);
    batch.emit(created(caller.audience(), &message, &people));
    batch
}

/// Unpins a message, and notes it in the audit log. Nothing happens when it is not pinned.
///
/// # Errors
/// As those of [`pin`].
pub async fn unpin<const P: u64>(
    cx: &Cx,
    caller: &InChannel<P>,
    id: Id<marker::Message>,
    reason: Option<String>,
) -> Result<()> {
    require_pinner(cx, caller).await?;
    let channel = caller.channel.id;
    let query = messages::by_id(caller.caller.id(), channel, id).optional();
    let others = messages::pins::last_besides(channel, &[id]).optional();
    let (row, last_pin) = cx.read_for_update(channel, (query, others)).await?;
    let mut row = pinnable(row)?;
    if row.pinned_at.take().is_none() {
        return Ok(());
    }
    let mut batch = Batch::messages(channel);
    batch.require_change(messages::pins::clear(channel, id), DONE_BEFORE);
    batch.push(messages::pins::recompute_last(channel));
    batch.emit(update_event(cx, caller, &row).await?);
    batch.emit(pins_event(caller, last_pin.flatten()));
    let entry = entry(caller, &row, audit_log::MESSAGE_UNPIN, reason);
    let noted = note(cx, &mut batch, channel, entry);
    let written = cx.write(batch).await.map_err(Error::from);
    finish(cx, written.map(|_| noted)).await
}

fn note(
    cx: &Cx,
    batch: &mut Batch,
    channel: Id<marker::Channel>,
    entry: Option<Entry>,
) -> Option<Noted> {
    entry.map(|entry| audit_log::note(cx, batch, channel, entry))
}

/// Tells the audit log of what was written.
async fn finish(cx: &Cx, written: Result<Option<Noted>>) -> Result<()> {
    match written {
        Ok(Some(noted)) => noted.move_to_log(cx).await,
        Ok(None) | Err(Error::Api(DONE_BEFORE)) => Ok(()),
        Err(error) => Err(error),
    }
}

/// Refuses who may not pin in their channel.
async fn require_pinner<const P: u64>(cx: &Cx, caller: &InChannel<P>) -> Result<()> {
    caller.require(PIN_MESSAGES)?;
    require_active(&caller.channel)?;
    blocks::require_unblocked(cx, caller, Act::Pin).await
}

/// The message that was read, if it can be pinned.
fn pinnable(row: Option<Stored>) -> Result<Stored> {
    let row = row.ok_or(Code::UnknownMessage)?;
    match row.kind {
        kind::DEFAULT | kind::REPLY => Ok(row),
        _ => Err(Code::CannotExecuteOnSystemMessage.into()),
    }
}

fn pins_event<const P: u64>(caller: &InChannel<P>, last_pin: Option<Timestamp>) -> Event {
    let update = ChannelPinsUpdate {
        channel_id: caller.channel.id,
        guild_id: caller.channel.guild_id(),
        last_pin_timestamp: last_pin,
    };
    Event::new(caller.audience(), &update)
}

/// The caller, as the author of a notice.
fn author<const P: u64>(caller: &InChannel<P>) -> People {
    let mut people = People::default();
    people.add_user(caller.caller.user().clone());
    if let Some(membership) = &caller.membership {
        people.add_member(&membership.member);
    }
    people
}

/// What a guild's audit log is told of what was done to a message.
fn entry<const P: u64>(
    caller: &InChannel<P>,
    row: &Stored,
    action: Action,
    reason: Option<String>,
) -> Option<Entry> {
    let guild = caller.channel.guild_id()?;
    let entry = Entry::new(guild, caller.caller.id(), action)
        .target(row.author_id)
        .option("channel_id", row.channel_id)
        .option("message_id", row.id);
    Some(entry.reason(reason))
}
