//! What one ban and many have in common.

use actions::leave_guild::leave_guild;
use model::event::GuildBanAdd;
use model::{Member, User};
use runtime::access::Membership;
use runtime::prelude::*;
use serde_json::json;
use store::{bans, jobs, members};

use crate::changes::id_of;

/// Seconds whose messages a ban may delete: a week.
pub(crate) const DELETE_SECS_MAX: i64 = 604_800;

/// A batch that bans these users: their rows, their membership, their events, and the job that
/// deletes their messages of the last `delete_secs` seconds. `present` are those that are members.
///
/// It fails with [`Code::TooManyBans`], and with [`Code::Overloaded`] when somebody joined at this
/// very moment, whose place in the hierarchy nobody looked at.
pub(crate) fn ban(
    cx: &Cx,
    caller: &Membership,
    users: &[User],
    present: &[Member],
    delete_secs: i64,
    reason: Option<&str>,
) -> Batch {
    let guild = caller.guild.id;
    let moderator = id_of(&caller.member);
    let ids: Vec<_> = users.iter().map(|user| user.id).collect();
    let is_present = |id: &Id<marker::User>| present.iter().any(|member| id_of(member) == *id);
    let absent: Vec<_> = ids.iter().copied().filter(|id| !is_present(id)).collect();
    let max = cx.config().limits.bans_per_guild_max;
    let mut batch = Batch::main();
    batch.require(members::are_absent(guild, &absent), Code::Overloaded);
    batch.require(bans::fewer_than(guild, max), Code::TooManyBans);
    batch.push(bans::insert(guild, &ids, moderator, reason, cx.now()));
    // Why somebody leaves is told before they do.
    for user in users {
        let banned = GuildBanAdd::new(guild, user);
        batch.emit(Event::new(Audience::Guild(guild), &banned));
    }
    leave_guild(
        &mut batch,
        guild,
        &caller.roles,
        present.iter().filter_map(|member| member.user.as_ref()),
    );
    if delete_secs > 0 {
        let payload = json!({
            "guild_id": guild,
            "user_ids": ids,
            "since": cx.now().plus_millis(-delete_secs * 1000),
        });
        batch.push(jobs::insert(
            &cx.ulid(),
            jobs::DELETE_MESSAGES_BY_AUTHOR,
            &payload,
            cx.now(),
        ));
    }
    batch
}
