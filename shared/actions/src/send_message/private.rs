//! What a message to a private conversation does besides.

use model::Channel;
use model::event::ChannelCreate;
use model::relationship::kind;
use runtime::prelude::*;
use serde_json::Value;
use store::settings::Stored;
use store::{channels, members, relationships, settings};

use crate::blocks::{self, Act};

/// Opens the conversation for those who closed it, so that they see what comes.
///
/// # Errors
/// In a conversation of two, [`Code::CannotMessageUser`] when either blocked the other, and
/// [`Code::NoMutualGuilds`] when they are no friends and share no guild from which the other lets
/// people write to them. The store's own.
pub async fn open(cx: &Cx, sender: &InChannel<SEND_MESSAGES>) -> Result<()> {
    let id = sender.channel.id;
    let (me, other) = (sender.caller.id(), blocks::other(&sender.channel));
    let closed = match other {
        None => cx.read(channels::closed_for(id)).await?,
        Some(other) => {
            let (closed, are, shared, settings) = cx
                .read((
                    channels::closed_for(id),
                    relationships::between(me, other).optional(),
                    members::mutual_guilds(me, other),
                    settings::of_user(other).optional(),
                ))
                .await?;
            let guilds = shared.iter().map(|(guild, _)| *guild);
            let are = are.unwrap_or_default();
            Act::Send.require_unblocked(are)?;
            if !may_write(are.0, guilds, settings.as_ref()) {
                return Err(Code::NoMutualGuilds.into());
            }
            closed
        }
    };
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
        batch.emit(Event::new(audience, &ChannelCreate::new(&channel)));
    }
    cx.write(batch).await?;
    Ok(())
}

/// Whether somebody may write to the other, who is this to them: friends may, and members of a
/// guild from which the other lets people write.
fn may_write(
    to_me: u8,
    mut shared: impl Iterator<Item = Id<marker::Guild>>,
    settings: Option<&Stored>,
) -> bool {
    let restricted = settings.and_then(|settings| settings.get("restricted_guilds"));
    let restricted = restricted.and_then(Value::as_array);
    let open = |guild: Id<marker::Guild>| {
        let guild = guild.to_string();
        !restricted.is_some_and(|list| list.iter().any(|id| *id == *guild))
    };
    to_me == kind::FRIEND || shared.any(open)
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
