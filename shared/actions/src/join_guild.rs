//! Somebody becomes a member of a guild.

use model::event::EventKind;
use model::id::marker;
use model::member::{Member, MemberInGuild};
use model::message::kind;
use model::{Audience, Code, Event, Guild, Id, User};
use runtime::{Cx, host};
use store::{Batch, bans, members};

use crate::system_message::{self, Notice};

/// What a batch fails with when the user turns out to be a member already. No other part of the
/// batch uses this code.
pub const ALREADY_MEMBER: Code = Code::BadRequest;

/// Makes `user` a member with these roles. `temporary` members are removed at disconnect unless
/// they have a role by then.
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
) -> Member {
    let member = Member {
        user: Some(user.clone()),
        nick: None,
        avatar: None,
        banner: None,
        roles,
        joined_at: cx.now(),
        premium_since: None,
        deaf: false,
        mute: false,
        flags: 0,
        pending: false,
        communication_disabled_until: None,
    };
    let limits = &cx.config().limits;
    let fewer_members = members::fewer_than(guild.id, limits.members_per_guild_max);
    let fewer_guilds = members::in_fewer_than(user.id, limits.guilds_per_user_max);
    batch.guard(bans::is_absent(guild.id, user.id), Code::BannedFromGuild);
    batch.guard(fewer_members, Code::TooManyMembers);
    // A popular bot is in more guilds than any person may be.
    if !user.bot {
        batch.guard(fewer_guilds, Code::TooManyGuilds);
    }
    members::insert(batch, guild.id, user.id, &member, temporary, ALREADY_MEMBER);
    let joined = MemberInGuild {
        guild_id: guild.id,
        member: &member,
    };
    batch.emit(Event::new(
        EventKind::GuildMemberAdd,
        Audience::Guild(guild.id),
        &joined,
    ));
    member
}

/// The bit of a guild's `system_channel_flags` for one that does not say who joined.
///
/// See [Discord Docs/System Channel Flags](https://discord.com/developers/docs/resources/guild#guild-object-system-channel-flags).
const SUPPRESS_JOIN_NOTIFICATIONS: i64 = 1 << 0;

/// Says in the guild's system channel who joined, unless the guild wants none of it. Whoever joined
/// is a member, said or not, so a failure is logged and nothing else.
pub async fn welcome(cx: &Cx, guild: &Guild, user: Id<marker::User>) {
    let Some(channel) = guild.system_channel_id else {
        return;
    };
    if guild.system_channel_flags & SUPPRESS_JOIN_NOTIFICATIONS != 0 {
        return;
    }
    let audience = Audience::Channel {
        guild: guild.id,
        channel,
    };
    let notice = Notice {
        channel,
        audience,
        kind: kind::USER_JOIN,
        author: user,
        mentions: Vec::new(),
        content: String::new(),
    };
    if let Err(error) = system_message::send(cx, notice).await {
        host::log_error(&format!("nobody was told who joined: {error:?}"));
    }
}
