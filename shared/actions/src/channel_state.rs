//! What is known of channels besides their rows: their last message and their last pin.
//!
//! A channel's row is in the other store, so whoever answers or publishes a channel fills these in
//! by a second read.

use model::Channel;
use model::channel::kind;
use runtime::{Cx, Result};
use store::{messages, threads};

/// Fills in the last message and the last pin of each channel, in one round trip to each database
/// that has some of them. A forum's last message is its last post.
///
/// # Errors
/// The store's own.
pub async fn fill<'a>(cx: &Cx, channels: impl IntoIterator<Item = &'a mut Channel>) -> Result<()> {
    let channels: Vec<_> = channels.into_iter().collect();
    if channels.is_empty() {
        return Ok(());
    }
    let ids: Vec<_> = channels.iter().map(|channel| channel.id).collect();
    let mut states = cx.read_messages_of(&ids, messages::channel_states).await?;
    states.sort_unstable_by_key(|state| state.channel_id);
    let forums = channels.iter().filter(|channel| holds_posts(channel));
    let forums: Vec<_> = forums.map(|channel| channel.id).collect();
    let posts = match forums.is_empty() {
        true => Vec::new(),
        false => cx.read(threads::last_of(&forums)).await?,
    };
    for channel in channels {
        if let Some((_, last)) = posts.iter().find(|(forum, _)| *forum == channel.id) {
            channel.last_message_id = last.map(model::Id::cast);
            continue;
        }
        let found = states.binary_search_by_key(&channel.id, |state| state.channel_id);
        if let Ok(place) = found {
            channel.last_message_id = states[place].last_message_id;
            channel.last_pin_timestamp = states[place].last_pin_at;
            if let Some(thread) = channel.thread_mut() {
                thread.message_count = states[place].message_count;
                thread.total_message_sent = states[place].total_message_sent;
            }
        }
    }
    Ok(())
}

/// Whether nothing is said in the channel but in threads.
fn holds_posts(channel: &Channel) -> bool {
    matches!(channel.kind, kind::FORUM | kind::MEDIA)
}
