//! Conversations of two.

use model::User;
use model::channel::{Channel, kind};
use runtime::prelude::*;
use store::{Rejection, channels, messages, private_channels, users};

use super::{conversation, created, insert};

/// What the batch fails with when the other one opened the conversation a moment ago.
pub const EXISTS: Code = Code::BadRequest;

/// Opens a conversation of two with anybody. Whether they may be written to is asked with the first
/// message, and they hear of it with that.
///
/// # Errors
/// [`Code::CannotMessageUser`] for the caller themselves, [`Code::InvalidRecipients`] for nobody.
pub async fn open(cx: &Cx, caller: &Caller, other: Id<marker::User>) -> Result<Channel> {
    if other == caller.id() {
        return Err(Code::CannotMessageUser.into());
    }
    let (user, existing) = cx
        .read((
            users::by_id(other).optional(),
            private_channels::direct(caller.id(), other).optional(),
        ))
        .await?;
    let user = user.ok_or(Code::InvalidRecipients)?;
    if let Some(id) = existing {
        return reopen(cx, caller, id, user).await;
    }
    let channel = conversation(cx, kind::DM, vec![user.clone()], None);
    let mut batch = Batch::main();
    insert(&mut batch, &channel);
    let both = (caller.id(), other);
    private_channels::insert_direct(&mut batch, channel.id, both, EXISTS);
    batch.push(private_channels::insert_recipients(
        channel.id,
        &[caller.id()],
        false,
    ));
    // The other one sees it with the first message, not before.
    batch.push(private_channels::insert_recipients(
        channel.id,
        &[other],
        true,
    ));
    batch.emit(created(&channel, caller.id()));
    match cx.write(batch).await {
        Err(Rejection::Code(EXISTS)) => {
            let existing = private_channels::direct(caller.id(), other).optional();
            let existing = cx.read(existing).await?.ok_or(Code::Overloaded)?;
            reopen(cx, caller, existing, user).await
        }
        written => {
            written?;
            Ok(channel)
        }
    }
}

/// Opens a conversation that the caller may have closed.
async fn reopen(cx: &Cx, caller: &Caller, id: Id<marker::Channel>, other: User) -> Result<Channel> {
    let (channel, closed) = cx
        .read((channels::by_id(id).optional(), channels::closed_for(id)))
        .await?;
    let mut channel = channel.ok_or(Code::UnknownChannel)?;
    let states = cx
        .read_messages(id, messages::channel_states(&[id]).optional())
        .await?;
    if let Some(private) = &mut channel.private {
        private.recipients = vec![other];
    }
    channel.last_message_id = states.and_then(|state| state.last_message_id);
    channel.last_pin_timestamp = states.and_then(|state| state.last_pin_at);
    if closed.contains(&caller.id()) {
        let mut batch = Batch::main();
        batch.push(channels::open(id, &[caller.id()]));
        batch.emit(created(&channel, caller.id()));
        cx.write(batch).await?;
    }
    Ok(channel)
}
