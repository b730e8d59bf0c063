//! Writing messages so that their ids are in the order of their commits.

use model::{Code, Id, id::marker};
use runtime::{Cx, Result};
use store::{Batch, Rejection, messages};

/// How often a message is tried: each attempt fails only when another one of the same channel was
/// committed in the same instant, or since the clock was read that is behind.
const ATTEMPTS_MAX: u32 = 16;

/// Bits of the step from a channel's last id to the next, at the first attempt. Each further one
/// takes a greater one, so that of many who follow the same message all get through.
const STEP_BITS: u32 = 8;

/// What [`store::messages::insert`] is to answer when the id is not the channel's last. The client
/// sees it when every attempt was in vain.
pub const NOT_LAST: Code = Code::Overloaded;

/// Writes the batch that `prepare` makes for a new message's id, until the id is the channel's
/// last. The events in the batch carry the same id, so what is published has the order of commits.
///
/// The id tells the time, unless the channel's last message has a later one: a clock may be set
/// back. Then it follows that message.
///
/// # Errors
/// Those of `prepare` and of the write.
pub async fn write_in_order<T>(
    cx: &Cx,
    channel: Id<marker::Channel>,
    mut prepare: impl FnMut(Id<marker::Message>) -> (Batch, T),
) -> Result<T> {
    let mut after = Id::new(0);
    for attempt in 0..ATTEMPTS_MAX {
        // Made as late as possible: the older an id, the likelier another message is before it.
        let (batch, written) = prepare(cx.fresh_id().max(after));
        match cx.write(batch).await {
            Ok(_) => return Ok(written),
            Err(Rejection::Code(NOT_LAST)) if cx.has_room_for_attempt(attempt + 1) => {}
            Err(rejection) => return Err(rejection.into()),
        }
        let states = messages::channel_states(&[channel]);
        let states = cx.read_messages(channel, states).await?;
        let last = states.first().and_then(|state| state.last_message_id);
        let least = 1 << (STEP_BITS + attempt);
        let step = least + u32::from_le_bytes(cx.random()) % least;
        after = last.map_or(after, |last| last.plus(step));
    }
    Err(NOT_LAST.into())
}
