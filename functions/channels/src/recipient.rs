//! One participant of a group conversation.

use actions::blocks::Act;
use actions::group::{self, as_seen_by};
use actions::system_message::{self, Notice};
use model::event::{ChannelCreate, ChannelRecipientAdd};
use model::message::kind;
use runtime::prelude::*;
use store::{channels, members, private_channels, relationships, users};

function! {
    "/channels/{channel_id}/recipients/{user_id}"
    PUT add_group_dm_user, 10 per 10_000 ms
    DELETE delete_group_dm_user, 10 per 10_000 ms
}

type Place = (Id<marker::Channel>, Id<marker::User>);

/// Adds a user to the group, and says so in it. Nothing happens when they take part already.
///
/// See [Discord Docs/Group DM Add Recipient](https://discord.com/developers/docs/resources/channel#group-dm-add-recipient).
async fn add_group_dm_user(
    cx: &Cx,
    caller: InChannel,
    Path((id, added)): Path<Place>,
) -> Result<NoContent> {
    group::require_group(&caller.channel)?;
    let me = caller.caller.user();
    let (user, acquainted, friends, blockers) = cx
        .read((
            users::by_id(added).optional(),
            members::acquainted(me.id, &[added]),
            relationships::friends_among(me.id, &[added]),
            relationships::blockers_among(me.id, &[added]),
        ))
        .await?;
    let user = user.ok_or(Code::UnknownUser)?;
    let others = caller
        .channel
        .private
        .iter()
        .flat_map(|private| &private.recipients);
    if added == me.id || others.into_iter().any(|other| other.id == added) {
        return Ok(NoContent);
    }
    if !blockers.is_empty() {
        return Err(Act::AddToGroup.refused_by_block());
    }
    if user.bot || acquainted.is_empty() && friends.is_empty() {
        return Err(Code::InvalidRecipients.into());
    }
    let max = cx.config().limits.recipients_per_group_max;
    let mut batch = Batch::main();
    batch.require(
        channels::recipients_fewer_than(id, max),
        Code::TooManyRecipients,
    );
    group::require_room(&mut batch, added);
    let statement = private_channels::insert_recipients(id, &[added], false);
    batch.push_or(statement, Code::InvalidRecipients);
    let joined = ChannelRecipientAdd::new(id, &user);
    batch.emit(Event::new(caller.audience(), &joined));
    let mut channel = caller.channel.clone();
    if let Some(private) = &mut channel.private {
        private.recipients.push(user);
    }
    let seen = as_seen_by(&channel, me, added);
    let own = Audience::Private {
        channel: id,
        users: vec![added],
    };
    batch.emit(Event::new(own, &ChannelCreate::new(&seen)));
    let notice = Notice {
        channel: id,
        audience: runtime::access::audience_of(&channel, me.id),
        kind: kind::RECIPIENT_ADD,
        author: me.id,
        mentions: vec![added],
        content: String::new(),
        reference: None,
    };
    let promised = system_message::promise(cx, &mut batch, notice);
    cx.write(batch).await?;
    promised.keep(cx).await;
    Ok(NoContent)
}

/// Removes a user from the group. The owner removes anyone, everyone themselves.
///
/// See [Discord Docs/Group DM Remove Recipient](https://discord.com/developers/docs/resources/channel#group-dm-remove-recipient).
async fn delete_group_dm_user(
    cx: &Cx,
    caller: InChannel,
    Path((_, removed)): Path<Place>,
) -> Result<NoContent> {
    group::require_group(&caller.channel)?;
    let me = caller.caller.user();
    let Some(private) = &caller.channel.private else {
        return Err(Code::CannotExecuteOnChannelType.into());
    };
    if removed != me.id && private.owner_id != Some(me.id) {
        return Err(Code::MissingPermissions.into());
    }
    let mut everyone = private.recipients.iter().chain([me]);
    let leaver = everyone
        .find(|user| user.id == removed)
        .ok_or(Code::UnknownUser)?;
    group::remove(cx, &caller.channel, me, leaver, false).await?;
    Ok(NoContent)
}

#[cfg(test)]
mod tests;
