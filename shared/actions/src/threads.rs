//! Threads: being in them, keeping them awake, and what everyone is told of them.
//!
//! The gateway knows the active threads with their members. It is told of the members of one that
//! it does not know before it is told of the thread itself.

use model::event::{Payload, ThreadCreate, ThreadMembersKnown, ThreadMembersUpdate, ThreadUpdate};
use std::borrow::Cow;

use model::thread::{COUNTED_MEMBERS_MAX, Thread, ThreadMember};
use model::{Channel, Member};
use runtime::prelude::*;
use serde_json::{Value, json};
use store::{channels, jobs, members, threads};

use crate::channel_state;

/// Active threads that a guild may have.
pub const ACTIVE_MAX: u32 = 1000;
/// Members that a thread may have.
pub const MEMBERS_MAX: u32 = 1000;

/// How often a thread is woken while others change it.
const ATTEMPTS_MAX: u32 = 32;

/// What the audit log tells of a thread.
pub const LOGGED: &[&str] = &[
    "name",
    "type",
    "archived",
    "locked",
    "invitable",
    "auto_archive_duration",
    "rate_limit_per_user",
    "flags",
    "applied_tags",
];

/// The fields of a thread that the audit log tells of, side by side.
pub fn logged(channel: &Channel) -> Value {
    let mut fields = json!(as_told(channel));
    if let Value::Object(metadata) = fields["thread_metadata"].take() {
        for (name, value) in metadata {
            fields[name] = value;
        }
    }
    fields
}

/// What the channel has as a thread.
///
/// # Errors
/// [`Code::CannotExecuteOnChannelType`] when it is none.
pub fn require_thread(channel: &Channel) -> Result<&Thread> {
    channel
        .thread()
        .ok_or(Code::CannotExecuteOnChannelType.into())
}

/// Whether a post of the forum may have these tags; some are for moderators to give.
///
/// # Errors
/// [`Code::UnknownTag`], and what `require_moderator` answers.
pub fn check_tags(
    forum: &Channel,
    tags: &[Id<marker::Generic>],
    require_moderator: impl Fn() -> Result<()>,
) -> Result<()> {
    let known = forum.guild.as_ref();
    let known = known.and_then(|guild| guild.settings.get("available_tags")?.as_array());
    for tag in tags {
        let id = tag.to_string();
        let found = known.and_then(|known| known.iter().find(|known| known["id"] == *id));
        let found = found.ok_or(Code::UnknownTag)?;
        if found["moderated"] == true {
            require_moderator()?;
        }
    }
    Ok(())
}

/// Makes sure that the sender may write in the thread that their channel is, if it is one: begins
/// it again if it was archived, and adds the sender and those that they mention to its members.
///
/// # Errors
/// [`Code::ThreadLocked`] for all but moderators, [`Code::TooManyThreads`], and the store's own.
pub async fn wake(
    cx: &Cx,
    sender: &InChannel<SEND_MESSAGES>,
    mentioned: impl Iterator<Item = &Member>,
) -> Result<()> {
    let (Some(thread), Some(_)) = (sender.channel.thread(), &sender.membership) else {
        return Ok(());
    };
    require_unlocked(sender)?;
    let others: Vec<_> = mentioned
        .filter(|member| may_be_added(cx, sender, member))
        .collect();
    let awake = !thread.thread_metadata.archived && thread.member.is_some();
    if awake && others.is_empty() {
        return Ok(());
    }
    for attempt in 1.. {
        match wake_once(cx, sender, &others).await {
            Err(Error::Conflict) if attempt < ATTEMPTS_MAX && cx.has_room_for_attempt(attempt) => {}
            woken => return woken,
        }
    }
    Err(Error::Conflict)
}

/// Does it to the thread as it is now: the sender's files may have taken a while to come, and their
/// request cannot be handled again.
async fn wake_once(cx: &Cx, sender: &InChannel<SEND_MESSAGES>, others: &[&Member]) -> Result<()> {
    let (id, membership) = (sender.channel.id, sender.membership()?);
    cx.forget_reads();
    let (found, joined) = cx
        .read((
            channels::by_id(id).optional(),
            threads::member(id, sender.caller.id()).optional(),
        ))
        .await?;
    let before = found.ok_or(Code::UnknownChannel)?;
    let thread = require_thread(&before)?;
    if thread.thread_metadata.locked {
        require_moderator(sender)?;
    }
    let mut channel = before.clone();
    let mut batch = Batch::main();
    if thread.thread_metadata.archived {
        set_archived(&mut channel, false);
        save(cx, &mut batch, &before, &mut channel).await?;
    }
    if joined.is_none() {
        join(&mut batch, &mut channel, &membership.member, cx.now());
    }
    let ids: Vec<_> = others.iter().filter_map(|member| user_id(member)).collect();
    if !ids.is_empty() {
        let there = cx.read(threads::among(channel.id, &ids)).await?;
        for member in others {
            if user_id(member).is_some_and(|id| !there.contains(&id)) {
                join(&mut batch, &mut channel, member, cx.now());
            }
        }
    }
    if !batch.is_empty() {
        cx.write(batch).await?;
    }
    Ok(())
}

/// [`Code::ThreadLocked`] unless the thread is open or the caller moderates threads.
///
/// # Errors
/// That code, and [`Code::MfaRequired`] for moderators without the second factor that the guild
/// wants.
pub fn require_unlocked<const P: u64>(caller: &InChannel<P>) -> Result<()> {
    let thread = caller.channel.thread();
    match thread.is_some_and(|thread| thread.thread_metadata.locked) {
        true => require_moderator(caller),
        false => Ok(()),
    }
}

fn require_moderator<const P: u64>(caller: &InChannel<P>) -> Result<()> {
    if !caller.allows(MANAGE_THREADS) {
        return Err(Code::ThreadLocked.into());
    }
    caller.require_second_factor(MANAGE_THREADS)
}

/// [`Code::ThreadArchived`] for a thread that is archived.
///
/// # Errors
/// That code.
pub fn require_active(channel: &Channel) -> Result<()> {
    let thread = channel.thread();
    match thread.is_some_and(|thread| thread.thread_metadata.archived) {
        true => Err(Code::ThreadArchived.into()),
        false => Ok(()),
    }
}

/// Whether a mention by `sender` adds this member: bots and people alike, if they see the channel
/// and the sender may invite.
fn may_be_added<const P: u64>(cx: &Cx, sender: &InChannel<P>, member: &Member) -> bool {
    let Some(membership) = &sender.membership else {
        return false;
    };
    let held = membership.permissions_of(member, &sender.channel, cx.now());
    user_id(member) != Some(sender.caller.id())
        && held.allows(Permissions::VIEW_CHANNEL)
        && (!is_closed(&sender.channel) || require_moderator(sender).is_ok())
}

/// Whether the channel is a thread to which only moderators add others: a private one that is not
/// open for its members to invite.
pub fn is_closed(channel: &Channel) -> bool {
    let thread = channel.thread();
    thread.is_some_and(|thread| thread.thread_metadata.invitable == Some(false))
}

fn user_id(member: &Member) -> Option<Id<marker::User>> {
    member.user.as_ref().map(|user| user.id)
}

/// Says whether a thread is archived. Since when is noted by [`save`].
pub fn set_archived(channel: &mut Channel, archived: bool) {
    if let Some(thread) = channel.thread_mut() {
        thread.thread_metadata.archived = archived;
    }
}

/// Writes what changed in a thread, and tells those who see it.
///
/// # Errors
/// [`Code::TooManyThreads`] when it begins again and the guild has too many, at the write; the
/// store's own.
pub async fn save(cx: &Cx, batch: &mut Batch, before: &Channel, after: &mut Channel) -> Result<()> {
    let Some(was) = before.thread() else {
        return Ok(());
    };
    let was = &was.thread_metadata;
    let Some(thread) = after.thread_mut() else {
        return Ok(());
    };
    let is = &mut thread.thread_metadata;
    if is.archived != was.archived {
        is.archive_timestamp = cx.now();
    }
    let begins = was.archived && !is.archived;
    let rescheduled = !is.archived && is.auto_archive_duration != was.auto_archive_duration;
    channel_state::fill(cx, [&mut *after]).await?;
    let Some(guild) = &after.guild else {
        return Ok(());
    };
    if begins {
        let room = threads::active_fewer_than(guild.guild_id, ACTIVE_MAX);
        batch.require(room, Code::TooManyThreads);
    }
    threads::update(batch, before, after);
    if begins || rescheduled {
        schedule(cx, batch, after);
    }
    if was.archived {
        let members = cx.read(threads::members(after.id, 0, MEMBERS_MAX)).await?;
        make_known(batch, after, &members);
    }
    emit(batch, after, &ThreadUpdate::new(&as_told(after)));
    Ok(())
}

/// Adds the job that archives an active thread once nothing was said in it for long enough.
pub fn schedule(cx: &Cx, batch: &mut Batch, channel: &Channel) {
    let payload = json!({ "channel_id": channel.id });
    let due = archived_at(channel, cx.now());
    let kind = jobs::ARCHIVE_THREAD;
    batch.push(jobs::insert(&cx.ulid(), kind, &payload, due));
}

/// When a thread is archived if nothing is said in it after `last`.
pub fn archived_at(channel: &Channel, last: Timestamp) -> Timestamp {
    let minutes = channel
        .thread()
        .map_or(0, |thread| thread.thread_metadata.auto_archive_duration);
    last.plus_millis(i64::from(minutes) * 60_000)
}

/// Adds a member of the guild to the thread, and tells of it.
pub fn join(batch: &mut Batch, channel: &mut Channel, member: &Member, now: Timestamp) {
    let (Some(guild), Some(user)) = (channel.guild_id(), user_id(member)) else {
        return;
    };
    let joined = ThreadMember {
        id: channel.id,
        user_id: user,
        join_timestamp: now,
        flags: 0,
        member: None,
    };
    batch.require(members::is_present(guild, user), Code::UnknownMember);
    batch.require(
        threads::members_fewer_than(channel.id, MEMBERS_MAX),
        Code::TooManyThreadMembers,
    );
    batch.push(threads::add_member(guild, &joined));
    let count = counted(channel, 1);
    let added = ThreadMember {
        member: Some(member.clone()),
        ..joined
    };
    let update = ThreadMembersUpdate {
        added_members: vec![added],
        guild_id: guild,
        id: channel.id,
        member_count: count,
        removed_member_ids: Vec::new(),
    };
    emit(batch, channel, &update);
}

/// Removes a member from the thread, and tells of it.
pub fn leave(batch: &mut Batch, channel: &mut Channel, user: Id<marker::User>) {
    batch.push(threads::remove_member(channel.id, user));
    let Some(guild_id) = channel.guild_id() else {
        return;
    };
    let update = ThreadMembersUpdate {
        added_members: Vec::new(),
        guild_id,
        id: channel.id,
        member_count: counted(channel, -1),
        removed_member_ids: vec![user],
    };
    emit(batch, channel, &update);
}

/// Notes that the thread has so many more members than were read.
fn counted(channel: &mut Channel, more: i32) -> u32 {
    channel.thread_mut().map_or(0, |thread| {
        let count = thread.member_count.saturating_add_signed(more);
        thread.member_count = count.min(COUNTED_MEMBERS_MAX);
        thread.member_count
    })
}

/// Tells the gateway who the members are of a thread that it does not know.
pub fn make_known(batch: &mut Batch, channel: &Channel, members: &[ThreadMember]) {
    let known = ThreadMembersKnown {
        id: channel.id,
        members: members.into(),
    };
    emit(batch, channel, &known);
}

/// Tells those who see a new thread of it. Its owner is its only member.
pub fn emit_created(batch: &mut Batch, channel: &Channel, owner: &ThreadMember) {
    make_known(batch, channel, std::slice::from_ref(owner));
    let created = ThreadCreate {
        newly_created: true,
        thread: Cow::Owned(as_told(channel)),
    };
    emit(batch, channel, &created);
}

/// The thread as everyone is told of it: without the caller's own member.
pub(crate) fn as_told(channel: &Channel) -> Channel {
    let mut channel = channel.clone();
    if let Some(thread) = channel.thread_mut() {
        thread.member = None;
    }
    channel
}

pub(crate) fn emit(batch: &mut Batch, thread: &Channel, payload: &impl Payload) {
    if let Some(guild) = thread.guild_id() {
        let channel = thread.id;
        batch.emit(Event::new(Audience::Channel { guild, channel }, payload));
    }
}
