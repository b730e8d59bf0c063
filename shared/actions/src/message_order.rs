//! Writing messages so that their ids are in the order of their commits.

use model::{Code, Id, id::marker};
use runtime::{Cx, Result};
use store::{Batch, Rejection};

/// How often a message is tried: each attempt fails only when another one of the same channel was
/// committed in the same instant.
const ATTEMPTS_MAX: usize = 8;

/// What [`store::messages::insert`] is to answer when the id is not the channel's last. The client
/// sees it when every attempt was in vain.
pub const NOT_LAST: Code = Code::Overloaded;

/// Writes the batch that `prepare` makes for a new message's id, until the id is the channel's
/// last. The events in the batch carry the same id, so what is published has the order of commits.
///
/// # Errors
/// Those of `prepare` and of the write.
pub async fn write_in_order<T>(
    cx: &Cx,
    mut prepare: impl FnMut(Id<marker::Message>) -> (Batch, T),
) -> Result<T> {
    for _ in 0..ATTEMPTS_MAX {
        // Made as late as possible: the older an id, the likelier another message is before it.
        let (batch, written) = prepare(cx.fresh_id());
        match cx.write(batch).await {
            Ok(_) => return Ok(written),
            Err(Rejection::Code(NOT_LAST)) => {}
            Err(rejection) => return Err(rejection.into()),
        }
    }
    Err(NOT_LAST.into())
}
