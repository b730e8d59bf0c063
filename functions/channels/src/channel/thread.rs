//! Editing and deleting threads.

use actions::audit_log::{self, Entry};
use actions::channel_state;
use actions::delete_thread::delete_thread;
use actions::system_message::{self, Notice};
use actions::threads::{self as acts, LOGGED, check_tags, logged, require_thread};
use model::Channel;
use model::limits::{CHANNEL_NAME_CHARS, POST_TAGS_MAX, SLOWMODE_SECS_MAX};
use model::message::kind as message_kind;
use model::thread::{ARCHIVE_MINUTES, FLAG_PINNED};
use runtime::access::one_of;
use runtime::prelude::*;
use serde_json::{Value, json};
use store::channels;

/// What a request says about a thread. What it leaves out is `None`.
pub struct ThreadFields {
    name: Option<String>,
    archived: Option<bool>,
    locked: Option<bool>,
    invitable: Option<bool>,
    minutes: Option<u32>,
    slowmode_secs: Option<u32>,
    flags: Option<i64>,
    tags: Option<Vec<Id<marker::Generic>>>,
}

impl Form for ThreadFields {
    fn read(fields: &mut Fields<'_>) -> Self {
        Self {
            name: fields.name("name", CHANNEL_NAME_CHARS),
            archived: fields.get("archived"),
            locked: fields.get("locked"),
            invitable: fields.get("invitable"),
            minutes: fields
                .choice("auto_archive_duration", ARCHIVE_MINUTES)
                .map(|minutes| minutes as u32),
            slowmode_secs: fields
                .int("rate_limit_per_user", 0..=SLOWMODE_SECS_MAX)
                .map(|seconds| seconds as u32),
            flags: fields.get("flags"),
            tags: fields.list("applied_tags", POST_TAGS_MAX),
        }
    }
}

impl ThreadFields {
    /// Whether only moderators may change this much.
    fn is_moderation(&self) -> bool {
        self.locked.is_some() || self.slowmode_secs.is_some() || self.flags.is_some()
    }

    /// Whether it begins an archived thread again and does nothing else.
    fn only_begins_again(&self) -> bool {
        let Self {
            name: None,
            archived: Some(false),
            locked: None,
            invitable: None,
            minutes: None,
            slowmode_secs: None,
            flags: None,
            tags: None,
        } = self
        else {
            return false;
        };
        true
    }

    fn apply(self, channel: &mut Channel) {
        if let Some(flags) = self.flags {
            channel.flags = flags & FLAG_PINNED;
        }
        let Some(guild) = &mut channel.guild else {
            return;
        };
        guild.name = self.name.unwrap_or_else(|| guild.name.clone());
        guild.rate_limit_per_user = self.slowmode_secs.unwrap_or(guild.rate_limit_per_user);
        if let Some(tags) = self.tags {
            guild
                .settings
                .insert("applied_tags".to_owned(), json!(tags));
        }
        let Some(thread) = &mut guild.thread else {
            return;
        };
        let metadata = &mut thread.thread_metadata;
        metadata.archived = self.archived.unwrap_or(metadata.archived);
        metadata.locked = self.locked.unwrap_or(metadata.locked);
        metadata.auto_archive_duration = self.minutes.unwrap_or(metadata.auto_archive_duration);
        // Only private threads have it.
        metadata.invitable = metadata.invitable.map(|was| self.invitable.unwrap_or(was));
    }
}

/// Changes a thread, and says so in it if it has another name.
///
/// # Errors
/// [`Code::MissingPermissions`] for what only moderators and the creator may;
/// [`Code::ThreadArchived`] for an archived thread that stays archived, [`Code::TooManyThreads`],
/// [`Code::UnknownTag`].
pub async fn edit(
    cx: &Cx,
    caller: InChannel,
    fields: ThreadFields,
    reason: Option<String>,
) -> Result<Channel> {
    require_editor(&caller, &fields)?;
    let before = &caller.channel;
    if fields.archived != Some(false) {
        acts::require_active(before)?;
    }
    if let Some(tags) = fields.tags.as_ref().filter(|tags| !tags.is_empty()) {
        let parent = before.parent_id().ok_or(Code::UnknownChannel)?;
        let parent = cx.read(channels::by_id(parent).optional()).await?;
        let parent = parent.ok_or(Code::UnknownChannel)?;
        check_tags(&parent, tags, || caller.require(MANAGE_THREADS))?;
    }
    let mut channel = before.clone();
    fields.apply(&mut channel);
    let mut batch = Batch::main();
    acts::save(cx, &mut batch, before, &mut channel).await?;
    let guild = &caller.membership()?.guild;
    let user = caller.caller.id();
    let entry = Entry::new(guild.id, user, audit_log::THREAD_UPDATE)
        .target(channel.id)
        .differences(LOGGED, Some(&logged(before)), Some(&logged(&channel)))
        .reason(reason);
    if !entry.is_unchanged() {
        audit_log::write(cx, &mut batch, entry);
    }
    let name = |channel: &Channel| channel.guild.as_ref().map(|guild| guild.name.clone());
    let renamed = name(&channel).filter(|new| Some(new) != name(before).as_ref());
    let renamed = renamed.filter(|_| acts::require_active(&channel).is_ok());
    let promised = renamed.map(|content| {
        let notice = Notice {
            channel: channel.id,
            audience: runtime::access::audience_of(&channel, user),
            kind: message_kind::CHANNEL_NAME_CHANGE,
            author: user,
            mentions: Vec::new(),
            content,
            reference: None,
        };
        system_message::promise(cx, &mut batch, notice)
    });
    cx.write(batch).await?;
    if let Some(promised) = promised {
        promised.keep(cx).await;
        channel_state::fill(cx, [&mut channel]).await?;
    }
    Ok(channel)
}

/// Moderators change everything, who created the thread most of it, and everyone who may write in
/// it begins it again.
fn require_editor(caller: &InChannel, fields: &ThreadFields) -> Result<()> {
    let thread = require_thread(&caller.channel)?;
    let moderator = caller.require(MANAGE_THREADS);
    if moderator.is_ok() || thread.thread_metadata.locked || fields.is_moderation() {
        return moderator;
    }
    if thread.owner_id == caller.caller.id() {
        return Ok(());
    }
    match fields.only_begins_again() {
        true => one_of([caller.require(SEND_MESSAGES), moderator]),
        false => moderator,
    }
}

/// Deletes a thread with its members. Its messages are in the other store and go by a job.
///
/// # Errors
/// [`Code::MissingPermissions`] without MANAGE_THREADS.
pub async fn delete(
    cx: &Cx,
    caller: &InChannel,
    channel: &Channel,
    reason: Option<String>,
) -> Result<()> {
    caller.require(MANAGE_THREADS)?;
    let guild = &caller.membership()?.guild;
    let mut batch = Batch::main();
    delete_thread(cx, &mut batch, channel).await?;
    let entry = Entry::new(guild.id, caller.caller.id(), audit_log::THREAD_DELETE)
        .target(channel.id)
        .differences(LOGGED, Some(&logged(channel)), None::<&Value>)
        .reason(reason);
    audit_log::write(cx, &mut batch, entry);
    cx.write(batch).await?;
    Ok(())
}
