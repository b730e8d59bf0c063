//! What it takes to make a thread.

use actions::audit_log::{self, Entry};
use actions::slow_mode;
use actions::threads::{self as acts, LOGGED, logged};
use model::Channel;
use model::channel::{GuildChannel, kind};
use model::limits::{CHANNEL_NAME_CHARS, POST_TAGS_MAX, SLOWMODE_SECS_MAX};
use model::thread::{ARCHIVE_MINUTES, Thread, ThreadMember, ThreadMetadata};
use runtime::prelude::*;
use serde_json::{Map, Value, json};
use store::{Rejection, threads};

/// Minutes after which a thread is archived when neither its creator nor its channel says.
const MINUTES_DEFAULT: u32 = 1440;

/// What a request says of a new thread.
#[derive(Debug)]
pub(crate) struct NewThread {
    pub(crate) name: String,
    /// The type, where the request may choose.
    pub(crate) kind: Option<u8>,
    pub(crate) tags: Vec<Id<marker::Generic>>,
    minutes: Option<u32>,
    slowmode_secs: Option<u32>,
    invitable: Option<bool>,
}

impl Form for NewThread {
    fn read(fields: &mut Fields<'_>) -> Self {
        Self {
            name: fields.required_name("name", CHANNEL_NAME_CHARS),
            kind: fields.choice("type", &[10, 11, 12]).map(|kind| kind as u8),
            tags: fields
                .list("applied_tags", POST_TAGS_MAX)
                .unwrap_or_default(),
            minutes: fields
                .choice("auto_archive_duration", ARCHIVE_MINUTES)
                .map(|minutes| minutes as u32),
            slowmode_secs: fields
                .int("rate_limit_per_user", 0..=SLOWMODE_SECS_MAX)
                .map(|seconds| seconds as u32),
            invitable: fields.get("invitable"),
        }
    }
}

impl NewThread {
    /// The thread in the caller's channel, of which they are the only member.
    ///
    /// # Errors
    /// [`Code::CannotExecuteOnDm`] in a private conversation.
    pub(crate) fn build<const P: u64>(
        self,
        cx: &Cx,
        caller: &InChannel<P>,
        id: Id<marker::Channel>,
        kind: u8,
    ) -> Result<Channel> {
        let parent = caller.channel.guild.as_ref();
        let parent = parent.ok_or(Code::CannotExecuteOnDm)?;
        let now = cx.now();
        let minutes = self.minutes.or(parent.default_auto_archive_duration);
        let slowmode_default = parent.settings.get("default_thread_rate_limit_per_user");
        let slowmode_default = slowmode_default.and_then(Value::as_u64).unwrap_or(0) as u32;
        let mut settings = Map::new();
        if caller.channel.is_forum() {
            settings.insert("applied_tags".to_owned(), json!(self.tags));
        }
        let private = kind == kind::PRIVATE_THREAD;
        let owner = caller.caller.id();
        let thread = Thread {
            owner_id: owner,
            message_count: 0,
            total_message_sent: 0,
            member_count: 1,
            thread_metadata: ThreadMetadata {
                archived: false,
                archive_timestamp: now,
                auto_archive_duration: minutes.unwrap_or(MINUTES_DEFAULT),
                locked: false,
                invitable: private.then(|| self.invitable.unwrap_or(true)),
                create_timestamp: Some(now),
            },
            member: Some(ThreadMember {
                id,
                user_id: owner,
                join_timestamp: now,
                flags: 0,
                member: None,
            }),
        };
        let guild = GuildChannel {
            guild_id: parent.guild_id,
            name: self.name,
            position: 0,
            parent_id: Some(caller.channel.id),
            topic: None,
            nsfw: false,
            rate_limit_per_user: self.slowmode_secs.unwrap_or(slowmode_default),
            permission_overwrites: parent.permission_overwrites.clone(),
            bitrate: None,
            user_limit: None,
            rtc_region: None,
            video_quality_mode: None,
            default_auto_archive_duration: None,
            thread: Some(thread),
            settings,
        };
        Ok(Channel {
            id,
            kind,
            flags: 0,
            last_message_id: None,
            last_pin_timestamp: None,
            guild: Some(guild),
            private: None,
        })
    }
}

/// Writes a thread with its owner's membership, and tells of it. In a slow channel its owner must
/// have made none since `slow_since`. `promise` adds to the batch what sees to it that the thread
/// begins, since its messages are in the other store.
///
/// # Errors
/// [`Code::ThreadExists`] when there is one with its id, [`Code::TooManyThreads`], slow mode as
/// [`Error::RateLimited`]; the store's own.
pub(crate) async fn write<T>(
    cx: &Cx,
    channel: &Channel,
    slow_since: Option<Timestamp>,
    reason: Option<String>,
    promise: impl FnOnce(&mut Batch) -> T,
) -> Result<T> {
    let (Some(guild), Some(thread)) = (&channel.guild, channel.thread()) else {
        return Err(Code::CannotExecuteOnDm.into());
    };
    let parent = guild.parent_id.unwrap_or(channel.id);
    let mut batch = Batch::main();
    if let Some(since) = slow_since {
        let none = threads::none_begun(parent, thread.owner_id, since, cx.now());
        batch.require(none, Code::SlowmodeRateLimited);
    }
    let room = threads::active_fewer_than(guild.guild_id, acts::ACTIVE_MAX);
    batch.require(room, Code::TooManyThreads);
    threads::insert(&mut batch, channel, guild, thread);
    if let Some(owner) = &thread.member {
        batch.push(threads::add_member(guild.guild_id, owner));
        acts::emit_created(&mut batch, channel, owner);
    }
    acts::schedule(cx, &mut batch, channel);
    let entry = Entry::new(guild.guild_id, thread.owner_id, audit_log::THREAD_CREATE)
        .target(channel.id)
        .differences(LOGGED, None::<&Value>, Some(&logged(channel)))
        .reason(reason);
    audit_log::write(cx, &mut batch, entry);
    let promised = promise(&mut batch);
    match (cx.write(batch).await, slow_since) {
        (Err(Rejection::Code(Code::SlowmodeRateLimited)), Some(since)) => {
            let last = threads::last_begun(parent, thread.owner_id, since, cx.now());
            let last = cx.read(last.optional()).await?.flatten();
            Err(slow_mode::refused(cx, since, last))
        }
        (written, _) => {
            written?;
            Ok(promised)
        }
    }
}
