//! Somebody becomes a member of a guild.

use model::event::GuildMemberAdd;
use model::id::marker;
use model::member::Member;
use model::member::flags::DID_REJOIN;
use model::message::kind;
use model::{Audience, Code, Event, Guild, Id, User};
use runtime::{Cx, Error, Result, host};
use serde_json::json;
use store::members::Former;
use store::{Batch, bans, jobs, members};

use crate::system_message::{self, Notice};

/// What a batch fails with when the user turns out to be a member already. No other part of the
/// batch uses this code.
pub const ALREADY_MEMBER: Code = Code::BadRequest;

/// Makes `user` a member with these roles. `temporary` members are removed at disconnect unless
/// they have a role by then. What moderators did to a `former` member still holds.
///
/// The batch fails with [`Code::BannedFromGuild`], [`Code::TooManyMembers`],
/// [`Code::TooManyGuilds`] or [`ALREADY_MEMBER`]. The gateway gives the user's own sessions
/// GUILD_CREATE when it hears of the new member.
pub fn join_guild(
    cx: &Cx,
    batch: &mut Batch,
    guild: &Guild,
    user: &User,
    roles: Vec<Id<marker::Role>>,
    temporary: bool,
    former: Option<Former>,
) -> Member {
    let rejoined = if former.is_some() { DID_REJOIN } else { 0 };
    let timed_out_until = former.and_then(|it| it.timed_out_until);
    let member = Member {
        id: Some(user.id),
        guild_id: Some(guild.id),
        user: Some(user.clone()),
        nick: None,
        avatar: None,
        banner: None,
        roles,
        joined_at: cx.now(),
        premium_since: None,
        deaf: former.is_some_and(|it| it.deaf),
        mute: former.is_some_and(|it| it.mute),
        flags: rejoined,
        pending: false,
        communication_disabled_until: timed_out_until.filter(|until| *until > cx.now()),
    };
    let limits = &cx.config().limits;
    let fewer_members = members::fewer_than(guild.id, limits.members_per_guild_max);
    let fewer_guilds = members::in_fewer_than(user.id, limits.guilds_per_user_max);
    batch.require(bans::is_absent(guild.id, user.id), Code::BannedFromGuild);
    batch.require(fewer_members, Code::TooManyMembers);
    // A popular bot is in more guilds than any person may be.
    if !user.bot {
        batch.require(fewer_guilds, Code::TooManyGuilds);
    }
    members::insert(batch, guild.id, user.id, &member, temporary, ALREADY_MEMBER);
    let joined = GuildMemberAdd::new(guild.id, &member);
    batch.emit(Event::new(Audience::Guild(guild.id), &joined));
    member
}

/// The bit of a guild's `system_channel_flags` for one that does not say who joined.
///
/// See [Discord Docs/System Channel Flags](https://discord.com/developers/docs/resources/guild#guild-object-system-channel-flags).
const SUPPRESS_JOIN_NOTIFICATIONS: i64 = 1 << 0;

/// Milliseconds after which a job says who joined, if the function that let them join did not.
const SAID_BY_JOB_MS: i64 = 60_000;

/// What is to be said of somebody who joined, if anything.
#[derive(Debug)]
pub struct Welcome {
    job: String,
    notice: Option<Notice>,
}

/// Has the batch in which a user joins see to it that the guild's system channel says so: by a job,
/// should nobody get to [`Welcome::say`].
pub fn welcome(cx: &Cx, batch: &mut Batch, guild: &Guild, user: Id<marker::User>) -> Welcome {
    let job = cx.ulid();
    let notice = notice(guild, user);
    if notice.is_some() {
        let payload = json!({ "guild_id": guild.id, "user_id": user, "once": job });
        let later = cx.now().plus_millis(SAID_BY_JOB_MS);
        batch.push(jobs::insert(&job, jobs::SAY_WHO_JOINED, &payload, later));
    }
    Welcome { job, notice }
}

impl Welcome {
    /// Says it, now that the user is a member. They are one, said or not, so a failure is logged
    /// and left to the job.
    pub async fn say(self, cx: &Cx) {
        let Some(notice) = self.notice else { return };
        let said = async {
            system_message::send_once(cx, notice, &self.job).await?;
            let mut batch = Batch::main();
            batch.push(jobs::delete(&self.job));
            cx.write(batch).await?;
            Ok::<_, Error>(())
        };
        if let Err(error) = said.await {
            host::log_error(&format!("a job will tell who joined: {error:?}"));
        }
    }
}

/// Says in the guild's system channel who joined, unless it was said under `once` or the guild
/// wants none of it.
///
/// # Errors
/// The store's own.
pub async fn say_who_joined(
    cx: &Cx,
    guild: &Guild,
    user: Id<marker::User>,
    once: &str,
) -> Result<()> {
    match notice(guild, user) {
        Some(notice) => system_message::send_once(cx, notice, once).await,
        None => Ok(()),
    }
}

fn notice(guild: &Guild, user: Id<marker::User>) -> Option<Notice> {
    let channel = guild.system_channel_id?;
    let wanted = guild.system_channel_flags & SUPPRESS_JOIN_NOTIFICATIONS == 0;
    wanted.then(|| Notice {
        channel,
        audience: Audience::Channel {
            guild: guild.id,
            channel,
        },
        kind: kind::USER_JOIN,
        author: user,
        mentions: Vec::new(),
        content: String::new(),
        reference: None,
    })
}
