//! Discord's permission rules once more, written from its documentation without regard to speed,
//! to compare with.

use std::collections::BTreeSet;

use model::Permissions;
use model::permissions::OverwriteKind;

use crate::support::{ChannelId, StoredGuild, UserId};

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

/// The channels that a user sees.
pub fn visible(stored: &StoredGuild, user: UserId) -> BTreeSet<ChannelId> {
    let channels = stored.channels.keys().copied();
    channels
        .filter(|channel| sees(stored, user, *channel))
        .collect()
}
