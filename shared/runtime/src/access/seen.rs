//! Which channels somebody sees, of many.

use std::collections::{BTreeMap, BTreeSet};

use model::channel::{Channel, kind};
use model::member::Member;
use model::permissions::Standing;
use model::{Id, Permissions, id::marker};
use store::{channels, guilds, members, roles, threads};

use super::membership::in_this;
use crate::{Cx, Result};

type ChannelId = Id<marker::Channel>;
type GuildId = Id<marker::Guild>;
type UserId = Id<marker::User>;

/// Those of `ids` that are channels which the user sees now: of their guilds, with the private
/// threads that they joined or moderate, and their conversations. Nobody learns of the others
/// whether they exist.
///
/// # Errors
/// The store's own.
pub async fn seen(cx: &Cx, user: UserId, ids: &[ChannelId]) -> Result<BTreeSet<ChannelId>> {
    if ids.is_empty() {
        return Ok(BTreeSet::new());
    }
    let (own, members, joined, owned) = cx
        .read((
            channels::of_user_among(user, ids),
            members::memberships(user),
            threads::memberships(user, ids),
            guilds::owned_by(user),
        ))
        .await?;
    let member_of: Vec<_> = members.iter().map(|(guild, _)| *guild).collect();
    let (channels, held) = cx
        .read((channels::by_ids(&own), roles::held_in(user, &member_of)))
        .await?;
    let members: BTreeMap<_, _> = members.into_iter().collect();
    let joined: BTreeSet<_> = joined.into_iter().map(|member| member.id).collect();
    let sees = |channel: &Channel| {
        let Some(guild) = channel.guild_id() else {
            return true;
        };
        let permissions = members.get(&guild).map_or(Permissions::empty(), |member| {
            let all = held.iter().filter(|(of, _)| *of == guild);
            let all = all.fold(Permissions::empty(), |all, (_, role)| all | *role);
            permissions_in(
                cx,
                channel,
                (guild, user, member),
                owned.contains(&guild),
                all,
            )
        });
        let invited = channel.kind != kind::PRIVATE_THREAD
            || joined.contains(&channel.id)
            || permissions.allows(Permissions::MANAGE_THREADS);
        permissions.allows(Permissions::VIEW_CHANNEL) && invited
    };
    let seen = channels.iter().filter(|channel| sees(channel));
    Ok(seen.map(|channel| channel.id).collect())
}

/// What a member may do in a channel, who holds `granted` by all their roles together.
fn permissions_in(
    cx: &Cx,
    channel: &Channel,
    (guild, user, member): (GuildId, UserId, &Member),
    owner: bool,
    granted: Permissions,
) -> Permissions {
    // Which role grants what does not matter, only which overwrites are for a role that they hold.
    let roles: Vec<_> = member
        .roles
        .iter()
        .map(|role| (*role, Permissions::empty()))
        .collect();
    let standing = Standing {
        guild,
        user,
        owner,
        timed_out: member.timed_out(cx.now()),
        everyone: granted,
        roles: &roles,
    };
    in_this(&standing, channel)
}
