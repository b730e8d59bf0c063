//! What a message to a private conversation does besides.

use model::Channel;
use model::event::EventKind;
use runtime::prelude::*;
use store::channels;

/// Opens the conversation for those who closed it, so that they see what comes.
///
/// # Errors
/// The store's own.
pub async fn open(cx: &Cx, sender: &InChannel<SEND_MESSAGES>) -> Result<()> {
    let id = sender.channel.id;
    let closed = cx.read(channels::closed_for(id)).await?;
    if closed.is_empty() {
        return Ok(());
    }
    let mut batch = Batch::main();
    batch.push(channels::open(id, &closed));
    for user in closed {
        let channel = as_seen_by(sender, user);
        let audience = Audience::Private {
            channel: id,
            users: vec![user],
        };
        batch.emit(Event::new(EventKind::ChannelCreate, audience, &channel));
    }
    cx.write(batch).await?;
    Ok(())
}

/// The conversation as one of the others has it: with the sender among the recipients, and without
/// themselves.
fn as_seen_by(sender: &InChannel<SEND_MESSAGES>, user: Id<marker::User>) -> Channel {
    let mut channel = sender.channel.clone();
    if let Some(private) = &mut channel.private {
        private.recipients.retain(|recipient| recipient.id != user);
        if user != sender.caller.id() {
            private.recipients.push(sender.caller.user().clone());
        }
    }
    channel
}
