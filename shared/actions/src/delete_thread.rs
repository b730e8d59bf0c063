//! Deleting threads.

use model::Channel;
use model::channel::kind;
use model::event::{ChannelLeft, ChannelStateKnown, ThreadDelete};
use model::thread::ThreadMember;
use runtime::prelude::*;
use store::{channels, threads};

use crate::delete_messages::of_deleted_channel;
use crate::threads::{MEMBERS_MAX, emit, make_known, require_active};

/// Has the batch delete a thread with its members, and tell those who see it. Its messages are in
/// the other store and go by a job. The batch fails with [`Code::UnknownChannel`] when there is no
/// such thread.
///
/// # Errors
/// The store's own.
pub async fn delete_thread(cx: &Cx, batch: &mut Batch, thread: &Channel) -> Result<()> {
    let home = thread.parent_id().unwrap_or(thread.id);
    let (members, home) = cx
        .read((
            threads::members(thread.id, 0, MEMBERS_MAX),
            channels::by_id(home).volatile().optional(),
        ))
        .await?;
    let forum = home.filter(Channel::is_forum);
    threads::delete(batch, thread.id);
    of_deleted_channel(cx, batch, thread.id);
    emit_deleted(batch, thread, &members);
    if let Some(forum) = forum {
        let last = threads::last_besides(forum.id, thread.id).volatile();
        let last = cx.read(last.optional()).await?.flatten();
        emit_last_post(batch, &forum, thread.id, last);
    }
    Ok(())
}

/// Tells those who see a thread that it is gone. `members` are needed of an archived one.
fn emit_deleted(batch: &mut Batch, channel: &Channel, members: &[ThreadMember]) {
    if channel.kind == kind::PRIVATE_THREAD && require_active(channel).is_err() {
        make_known(batch, channel, members);
    }
    let Some(guild_id) = channel.guild_id() else {
        return;
    };
    let gone = ThreadDelete {
        guild_id,
        id: channel.id,
        parent_id: channel.parent_id(),
        kind: channel.kind,
    };
    emit(batch, channel, &gone);
}

/// Tells the gateway which is the last post of a forum once this one is deleted. Others may be made
/// meanwhile: the gateway heeds this only while the deleted one is the last that it knows of.
fn emit_last_post(
    batch: &mut Batch,
    forum: &Channel,
    deleted: Id<marker::Channel>,
    last: Option<Id<marker::Channel>>,
) {
    let known = ChannelStateKnown {
        id: forum.id,
        left: ChannelLeft::Posts { deleted, last },
    };
    emit(batch, forum, &known);
}
