//! Deleting what somebody sent to a guild before they were banned from it.

use std::collections::BTreeMap;

use actions::delete_messages::note_left;
use model::event::MessageDeleteBulk;
use runtime::prelude::*;
use serde::Deserialize;
use store::messages::Stored;
use store::{channels, messages};

use crate::removal::{self, MESSAGES_MAX, NOBODY};
use crate::step::{Outcome, has_room};

/// Whose messages, where, and since when.
#[derive(Debug, Deserialize)]
pub(crate) struct Payload {
    guild_id: Id<marker::Guild>,
    user_ids: Vec<Id<marker::User>>,
    since: Timestamp,
}

/// Deletes some messages, and tells those who see their channels.
pub(crate) async fn step(cx: &Cx, payload: Payload) -> Result<Outcome> {
    let guild = payload.guild_id;
    let channels = cx.read(channels::ids_of_guild(guild)).await?;
    let from = Id::generate(payload.since, 0);
    let found = cx
        .read_messages_of(&channels, |some| {
            messages::of_authors(some, &payload.user_ids, from, MESSAGES_MAX)
        })
        .await?;
    // Where that many were found in one part of the channels there may be more; where as many were
    // found in several, looking once more finds nothing.
    let mut left = match found.len() as u32 >= MESSAGES_MAX {
        true => Outcome::More,
        false => Outcome::Done,
    };
    let mut by_channel: BTreeMap<Id<marker::Channel>, Vec<Id<marker::Message>>> = BTreeMap::new();
    for (channel, id) in found {
        by_channel.entry(channel).or_default().push(id);
    }
    for (number, (channel, ids)) in by_channel.into_iter().enumerate() {
        // One is always gone through: the next step would come no further.
        if number > 0 && !has_room(cx) {
            left = Outcome::More;
            break;
        }
        let rows = cx
            .read_messages(channel, messages::by_ids(NOBODY, channel, &ids))
            .await?;
        if rows.is_empty() {
            continue;
        }
        let mut batch = removal::remove(channel, &rows);
        let audience = Audience::Channel { guild, channel };
        // Whether it is a thread is in the other store. Of other channels nothing is counted.
        note_left(cx, &mut batch, &audience, channel, true, &rows).await?;
        batch.emit(gone(audience, channel, &rows));
        match removal::write(cx, batch).await {
            // Somebody pinned one of them meanwhile; the other channels do not wait for that.
            Err(Error::Conflict) => {
                cx.forget_reads();
                left = Outcome::More;
            }
            written => written?,
        }
    }
    Ok(left)
}

fn gone(audience: Audience, channel: Id<marker::Channel>, rows: &[Stored]) -> Event {
    let gone = MessageDeleteBulk {
        channel_id: channel,
        guild_id: audience.guild(),
        ids: rows.iter().map(|row| row.id).collect(),
    };
    Event::new(audience, &gone)
}
