//! Discord's permission rules once more, written from its documentation without regard to speed,
//! to compare with.

use std::collections::BTreeSet;

use model::Permissions;
use model::permissions::{Overwrite, OverwriteKind};

use crate::support::{ChannelId, StoredGuild, StoredThread, UserId};

/// Whether a user sees a channel.
pub fn sees(stored: &StoredGuild, user: UserId, channel: ChannelId) -> bool {
    let (Some(member), Some(channel)) = (stored.members.get(&user), stored.channels.get(&channel))
    else {
        return false;
    };
    if stored.guild.owner_id == user {
        return true;
    }
    let everyone = stored.guild.id.cast();
    let mut held = stored.roles[&everyone].permissions;
    for role in &member.roles {
        if let Some(role) = stored.roles.get(role) {
            held |= role.permissions;
        }
    }
    if held.contains(Permissions::ADMINISTRATOR) {
        return true;
    }
    let mut seen = held.contains(Permissions::VIEW_CHANNEL);
    let view = Permissions::VIEW_CHANNEL;
    let overwrites = channel.overwrites();
    let mut apply = |allows: bool, denies: bool| {
        if denies {
            seen = false;
        }
        if allows {
            seen = true;
        }
    };
    let of_role = |id: u64| {
        overwrites
            .iter()
            .filter(move |o| o.kind == OverwriteKind::Role && o.id.get() == id)
    };
    for o in of_role(everyone.get()) {
        apply(o.allow.contains(view), o.deny.contains(view));
    }
    let roles: Vec<_> = member
        .roles
        .iter()
        .filter(|role| stored.roles.contains_key(role))
        .flat_map(|role| of_role(role.get()))
        .collect();
    apply(
        roles.iter().any(|o| o.allow.contains(view)),
        roles.iter().any(|o| o.deny.contains(view)),
    );
    let own = overwrites
        .iter()
        .filter(|o| o.kind == OverwriteKind::Member && o.id.get() == user.get());
    for o in own {
        apply(o.allow.contains(view), o.deny.contains(view));
    }
    seen
}

/// Whether `@everyone` sees a channel with these overwrites.
fn seen_by_everyone(guild: &str, base: Permissions, overwrites: &[Overwrite]) -> bool {
    let own = overwrites.iter().find(|o| o.id.to_string() == guild);
    base.contains(Permissions::ADMINISTRATOR)
        || match own {
            Some(o) if o.allow.contains(Permissions::VIEW_CHANNEL) => true,
            Some(o) if o.deny.contains(Permissions::VIEW_CHANNEL) => false,
            _ => base.contains(Permissions::VIEW_CHANNEL),
        }
}

/// The id of a channel's member list, as a client computes it.
pub fn list_id(guild: &str, base: Permissions, overwrites: &[Overwrite]) -> String {
    if seen_by_everyone(guild, base, overwrites) {
        return "everyone".to_owned();
    }
    let view = Permissions::VIEW_CHANNEL;
    let mut parts = Vec::new();
    for o in overwrites {
        if o.allow.contains(view) {
            parts.push(format!("allow:{}", o.id));
        } else if o.deny.contains(view) {
            parts.push(format!("deny:{}", o.id));
        }
    }
    parts.sort();
    let hash = murmur3::murmur3_32(&mut parts.join(",").as_bytes(), 0);
    hash.unwrap().to_string()
}

/// The rows of a channel's member list: ids of groups and of users.
pub fn rows(stored: &StoredGuild, online: &BTreeSet<UserId>, channel: ChannelId) -> Vec<String> {
    let everyone = stored.guild.id.cast();
    let overwrites = stored.channels[&channel].overwrites();
    let base = stored.roles[&everyone].permissions;
    let all = seen_by_everyone(&stored.guild.id.to_string(), base, overwrites);
    let mut hoisted: Vec<_> = stored.roles.values().filter(|role| role.hoist).collect();
    hoisted.sort_by_key(|role| (-role.position, role.id));
    let mut groups: Vec<(String, Vec<(String, UserId)>)> = hoisted
        .iter()
        .map(|role| (role.id.to_string(), Vec::new()))
        .chain(["online", "offline"].map(|group| (group.to_owned(), Vec::new())))
        .collect();
    for (user, member) in &stored.members {
        if !all && !sees(stored, *user, channel) {
            continue;
        }
        let of_role = hoisted
            .iter()
            .position(|role| member.roles.contains(&role.id));
        let group = match of_role {
            _ if !online.contains(user) => hoisted.len() + 1,
            Some(role) => role,
            None => hoisted.len(),
        };
        let name = member.user.as_ref().unwrap().username.clone();
        groups[group].1.push((name, *user));
    }
    let mut rows = Vec::new();
    for (group, mut members) in groups.into_iter().filter(|(_, it)| !it.is_empty()) {
        members.sort();
        rows.push(group);
        rows.extend(members.iter().map(|(_, user)| user.to_string()));
    }
    rows
}

/// The channels that a user sees.
pub fn visible(stored: &StoredGuild, user: UserId) -> BTreeSet<ChannelId> {
    let channels = stored.channels.keys().copied();
    channels
        .filter(|channel| sees(stored, user, *channel))
        .collect()
}

/// Whether a user sees a thread: as they see its channel, and a private one as its member or as a
/// moderator of threads. No overwrite here is about that permission.
pub fn sees_thread(stored: &StoredGuild, user: UserId, thread: &StoredThread) -> bool {
    if !sees(stored, user, thread.parent()) {
        return false;
    }
    let member = &stored.members[&user];
    let mut held = stored.roles[&stored.guild.id.cast()].permissions;
    for role in &member.roles {
        if let Some(role) = stored.roles.get(role) {
            held |= role.permissions;
        }
    }
    !thread.is_private()
        || thread.members.contains_key(&user)
        || stored.guild.owner_id == user
        || held.intersects(Permissions::ADMINISTRATOR | Permissions::MANAGE_THREADS)
}
