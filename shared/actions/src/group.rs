//! Group conversations: telling their participants, and leaving.

use model::channel::{Channel, kind};
use model::event::{ChannelDelete, ChannelRecipientRemove, ChannelUpdate};
use model::message::kind as message_kind;
use model::user::User;
use runtime::access::audience_of;
use runtime::prelude::*;
use store::{channels, private_channels};

use crate::delete_messages::of_deleted_channel;
use crate::images::{self, Owner};
use crate::system_message::{self, Notice};

/// The caller's channel, if it is a group conversation.
///
/// # Errors
/// [`Code::CannotExecuteOnChannelType`] when it is not.
pub fn require_group(channel: &Channel) -> Result<()> {
    match channel.kind {
        kind::GROUP_DM => Ok(()),
        _ => Err(Code::CannotExecuteOnChannelType.into()),
    }
}

/// Groups that one user may be in. The message of [`Code::TooManyGroupChannels`] names it too.
const GROUPS_MAX: u32 = 10;

/// Has the batch, which adds a user to a group, fail with [`Code::TooManyGroupChannels`] when they
/// are in as many as they may be. Others could otherwise bury them in groups.
pub fn require_room(batch: &mut Batch, user: Id<marker::User>) {
    let few = private_channels::in_fewer_groups_than(user, GROUPS_MAX);
    batch.require(few, Code::TooManyGroupChannels);
}

/// The conversation as one of its participants has it: the others are the recipients. `caller` is
/// whom the list of recipients leaves out.
pub fn as_seen_by(channel: &Channel, caller: &User, user: Id<marker::User>) -> Channel {
    let mut channel = channel.clone();
    if let Some(private) = &mut channel.private {
        private.recipients.push(caller.clone());
        private.recipients.retain(|recipient| recipient.id != user);
    }
    channel
}

/// Tells every participant that the conversation changed, each with the others as the recipients.
pub fn tell_each(batch: &mut Batch, channel: &Channel, caller: &User) {
    let others = channel
        .private
        .iter()
        .flat_map(|private| &private.recipients);
    for user in others.map(|user| user.id).chain([caller.id]) {
        let seen = as_seen_by(channel, caller, user);
        let changed = ChannelUpdate::new(&seen);
        batch.emit(Event::new(alone(channel, user), &changed));
    }
}

/// One participant of the conversation.
fn alone(channel: &Channel, user: Id<marker::User>) -> Audience {
    Audience::Private {
        channel: channel.id,
        users: vec![user],
    }
}

/// Takes a participant out of the group, tells everyone, and says so in the conversation unless it
/// is to be `silent`. An owner who leaves hands the group to the one who is longest on the
/// instance; with the last one the group ends.
///
/// # Errors
/// [`Code::UnknownUser`] when they take no part; the store's own.
pub async fn remove(
    cx: &Cx,
    channel: &Channel,
    caller: &User,
    leaver: &User,
    silent: bool,
) -> Result<()> {
    let id = channel.id;
    let mut left = as_seen_by(channel, caller, leaver.id);
    let mut batch = Batch::main();
    batch.require_change(channels::remove_recipient(id, leaver.id), Code::UnknownUser);
    let audience = audience_of(channel, caller.id);
    let removed = ChannelRecipientRemove::new(id, leaver);
    batch.emit(Event::new(audience, &removed));
    let seen = as_seen_by(channel, caller, leaver.id);
    let own = alone(channel, leaver.id);
    batch.emit(Event::new(own, &ChannelDelete::new(&seen)));
    let remaining: Vec<_> = left
        .private
        .iter()
        .flat_map(|private| &private.recipients)
        .map(|user| user.id)
        .collect();
    let heir = remaining.iter().copied().min();
    match (heir, &mut left.private) {
        (None, _) => {
            channels::delete_private(&mut batch, id);
            let icon = channel
                .private
                .as_ref()
                .and_then(|group| group.icon.as_deref());
            images::replaced(cx, &mut batch, Owner::ChannelIcon(id), icon, None);
            of_deleted_channel(cx, &mut batch, id);
        }
        (Some(heir), Some(group)) if group.owner_id == Some(leaver.id) => {
            group.owner_id = Some(heir);
            channels::update(&mut batch, channel, &left);
        }
        _ => {}
    }
    if remaining.is_empty() || silent {
        cx.write(batch).await?;
        return Ok(());
    }
    let notice = Notice {
        channel: id,
        audience: Audience::Private {
            channel: id,
            users: remaining,
        },
        kind: message_kind::RECIPIENT_REMOVE,
        author: caller.id,
        mentions: vec![leaver.id],
        content: String::new(),
        reference: None,
    };
    let promised = system_message::promise(cx, &mut batch, notice);
    cx.write(batch).await?;
    promised.keep(cx).await;
    Ok(())
}
