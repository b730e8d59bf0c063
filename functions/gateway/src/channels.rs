//! What the other store knows of channels.

use model::{Channel, Id, id::marker};
use runtime::{Cx, Result};
use store::messages;

/// Adds the last message and the last pin to channels.
pub(crate) async fn add_states(cx: &Cx, channels: &mut [Channel]) -> Result<()> {
    let ids: Vec<Id<marker::Channel>> = channels.iter().map(|channel| channel.id).collect();
    let states = cx.read_messages(messages::channel_states(&ids)).await?;
    for state in states {
        let known = channels
            .iter_mut()
            .find(|channel| channel.id == state.channel_id);
        if let Some(channel) = known {
            channel.last_message_id = state.last_message_id;
            channel.last_pin_timestamp = state.last_pin_at;
        }
    }
    Ok(())
}
