//! Groups.

use actions::blocks::Act;
use actions::group;
use model::channel::{Channel, kind};
use runtime::prelude::*;
use store::{members, private_channels, relationships, users};

use super::{conversation, created, insert};

/// Makes a group with people who each are a friend of the caller or share a guild with them, and
/// none of whom blocked the caller.
///
/// # Errors
/// Discord's code for why they may not be in one.
pub async fn create(cx: &Cx, caller: &Caller, recipients: &[Id<marker::User>]) -> Result<Channel> {
    if caller.user().bot {
        return Err(Code::BotsNotAllowed.into());
    }
    let me = caller.id();
    let others: Vec<_> = recipients.iter().copied().filter(|id| *id != me).collect();
    let max = cx.config().limits.recipients_per_group_max;
    if others.len() + 1 > max as usize {
        let message = format!("Must be {} or fewer in length.", max.saturating_sub(1));
        return Err(Error::field(
            &["recipients"],
            "BASE_TYPE_MAX_LENGTH",
            message,
        ));
    }
    let (people, acquainted, friends, blockers) = cx
        .read((
            users::by_ids(&others),
            members::acquainted(me, &others),
            relationships::friends_among(me, &others),
            relationships::blockers_among(me, &others),
        ))
        .await?;
    if people.len() != others.len() || people.iter().any(|user| user.bot) {
        return Err(Code::InvalidRecipients.into());
    }
    if !blockers.is_empty() {
        return Err(Act::MakeGroup.refused_by_block());
    }
    let known = |other: &Id<_>| acquainted.contains(other) || friends.contains(other);
    if !others.iter().all(known) {
        return Err(Code::CannotMessageUser.into());
    }
    let channel = conversation(cx, kind::GROUP_DM, people, Some(me));
    let mut batch = Batch::main();
    let mut all = others;
    all.push(me);
    for user in &all {
        group::require_room(&mut batch, *user);
    }
    insert(&mut batch, &channel);
    batch.push(private_channels::insert_recipients(channel.id, &all, false));
    for user in all {
        batch.emit(created(&as_seen_by(&channel, caller, user), user));
    }
    cx.write(batch).await?;
    Ok(channel)
}

/// The conversation as another participant has it: with the caller among the recipients, and
/// without themselves.
fn as_seen_by(channel: &Channel, caller: &Caller, user: Id<marker::User>) -> Channel {
    let mut channel = channel.clone();
    if let Some(private) = &mut channel.private
        && user != caller.id()
    {
        private.recipients.retain(|recipient| recipient.id != user);
        private.recipients.push(caller.user().clone());
    }
    channel
}
