//! Deleting messages.

use model::attachment::Attachment;
use model::event::{ChannelLeft, ChannelStateKnown, MessageDelete, MessageDeleteBulk};
use runtime::prelude::*;
use serde_json::json;
use store::messages::{self, Stored, pins};
use store::{jobs, pending_uploads};

use crate::audit_log::{self, Entry};

/// How long a request may take that began before its channel was gone.
pub const IN_FLIGHT_MS: i64 = 60_000;

/// Has the batch that deletes a channel see to it that its messages go: by a job at once, and by
/// another one those that were being written meanwhile.
pub fn of_deleted_channel(cx: &Cx, batch: &mut Batch, channel: Id<marker::Channel>) {
    let payload = json!({ "channel_id": channel });
    let kind = jobs::DELETE_CHANNEL_MESSAGES;
    for after_ms in [0, IN_FLIGHT_MS] {
        let due = cx.now().plus_millis(after_ms);
        batch.push(jobs::insert(&cx.ulid(), kind, &payload, due));
    }
}

/// Has the batch that deletes messages of a channel tell the gateway what is left, where that is
/// anything else than before: the last pin, and how many messages there are in one that `counts`
/// them, a thread. The last pin holds for the write, which is made anew when somebody pins or
/// unpins meanwhile. The count does not, so that nobody who keeps writing keeps others from
/// deleting.
///
/// # Errors
/// The store's own.
pub async fn note_left(
    cx: &Cx,
    batch: &mut Batch,
    audience: &Audience,
    channel: Id<marker::Channel>,
    counts: bool,
    rows: &[Stored],
) -> Result<()> {
    // Only guilds are kept by the gateway.
    if audience.guild().is_none() {
        return Ok(());
    }
    let ids: Vec<_> = rows.iter().map(|row| row.id).collect();
    let tell = |batch: &mut Batch, left| {
        let known = ChannelStateKnown { id: channel, left };
        batch.emit(Event::new(audience.clone(), &known));
    };
    if rows.iter().any(|row| row.pinned_at.is_some()) {
        let last = pins::last_besides(channel, &ids).optional();
        let last = cx.read_for_update(channel, last).await?.flatten();
        tell(batch, ChannelLeft::LastPin(last));
    } else {
        batch.unchanged(pins::none_among(channel, &ids));
    }
    if counts {
        let left = messages::left_without(channel, &ids).optional();
        if let Some((last, count)) = cx.read_messages(channel, left).await? {
            tell(batch, ChannelLeft::Messages { last, count });
        }
    }
    Ok(())
}

/// Deletes messages of the caller's channel with their reactions and files, and tells everyone who
/// sees it: of one alone by itself, of several at once. `entry` is what the audit log is told.
///
/// # Errors
/// [`Code::UnknownMessage`] when none of them is there any more; the store's own.
pub async fn delete_messages<const P: u64>(
    cx: &Cx,
    caller: &InChannel<P>,
    rows: &[Stored],
    entry: Option<Entry>,
) -> Result<()> {
    let channel = caller.channel.id;
    let ids: Vec<_> = rows.iter().map(|row| row.id).collect();
    let mut batch = Batch::messages(channel);
    messages::delete(&mut batch, channel, &ids);
    let files = rows.iter().flat_map(|row| &row.extra.attachments);
    release_files(&mut batch, channel, files);
    let audience = caller.audience();
    let counts = caller.channel.is_thread();
    note_left(cx, &mut batch, &audience, channel, counts, rows).await?;
    batch.emit(gone(audience, channel, caller.channel.guild_id(), ids));
    let noted = entry.map(|entry| audit_log::note(cx, &mut batch, channel, entry));
    cx.write(batch).await?;
    match noted {
        Some(noted) => noted.move_to_log(cx).await,
        None => Ok(()),
    }
}

fn gone(
    audience: Audience,
    channel_id: Id<marker::Channel>,
    guild_id: Option<Id<marker::Guild>>,
    ids: Vec<Id<marker::Message>>,
) -> Event {
    match *ids {
        [id] => Event::new(
            audience,
            &MessageDelete {
                channel_id,
                guild_id,
                id,
            },
        ),
        _ => Event::new(
            audience,
            &MessageDeleteBulk {
                channel_id,
                guild_id,
                ids,
            },
        ),
    }
}

/// Leaves files that no message has any more to the sweep of unclaimed uploads.
pub fn release_files<'a>(
    batch: &mut Batch,
    channel: Id<marker::Channel>,
    files: impl IntoIterator<Item = &'a Attachment>,
) {
    let keys = files.into_iter().map(|file| file.url.as_str());
    batch.extend(pending_uploads::release(keys, channel));
}
