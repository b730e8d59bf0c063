//! Moving channels, without I/O.
//!
//! See [Discord Docs/Modify Guild Channel Positions](https://discord.com/developers/docs/resources/guild#modify-guild-channel-positions).

use std::collections::BTreeSet;

use actions::overwrites;
use model::channel::{Channel, kind};
use runtime::access::Membership;
use runtime::prelude::*;

use crate::channel_order::{self, CHILDREN_MAX};

/// Where a channel is to go.
pub(super) struct Move {
    id: Option<Id<marker::Channel>>,
    position: Option<i32>,
    parent_id: Option<Option<Id<marker::Channel>>>,
    lock_permissions: bool,
}

impl Form for Move {
    fn read(fields: &mut Fields<'_>) -> Self {
        let position = fields.int("position", 0..=i64::from(i32::MAX));
        Self {
            id: fields.get("id"),
            position: position.map(|position| position as i32),
            parent_id: fields.nullable("parent_id"),
            lock_permissions: fields.get("lock_permissions").unwrap_or_default(),
        }
    }
}

/// The guild's channels after these moves, in the same order as before them.
///
/// # Errors
/// [`Code::UnknownChannel`]; [`Code::MissingPermissions`] for a channel that the caller may not
/// edit; code 50035 for a category that is none.
pub(super) fn apply(
    caller: &Membership,
    before: &[Channel],
    moves: &[Move],
    now: Timestamp,
) -> Result<Vec<Channel>> {
    let mut after = before.to_vec();
    for (index, change) in moves.iter().enumerate() {
        let Some(id) = change.id else { continue };
        let channel = after.iter_mut().find(|channel| channel.id == id);
        let channel = channel.ok_or(Code::UnknownChannel)?;
        let held = caller.permissions_in(channel, now);
        if !held.allows(Permissions::VIEW_CHANNEL) {
            return Err(Code::MissingPermissions.into());
        }
        caller.require_held(held, MANAGE_CHANNELS)?;
        let kind = channel.kind;
        let unmoved = before.iter().find(|channel| channel.id == id);
        let Some(own) = &mut channel.guild else {
            continue;
        };
        own.position = change.position.unwrap_or(own.position);
        let Some(parent) = change.parent_id else {
            continue;
        };
        if parent == own.parent_id {
            continue;
        }
        let seen = |category: &&Channel| {
            let held = caller.permissions_in(category, now);
            held.allows(Permissions::VIEW_CHANNEL)
        };
        let category = parent.map(|parent| channel_order::category(before, parent).filter(seen));
        match category {
            Some(None) => return Err(no_category(index)),
            Some(Some(_)) if kind == kind::CATEGORY => return Err(no_category(index)),
            _ => own.parent_id = parent,
        }
        if let Some(Some(category)) = category.filter(|_| change.lock_permissions) {
            let locked = overwrites::inherited(Some(category));
            if own.permission_overwrites != locked {
                caller.require_held(held, MANAGE_ROLES)?;
            }
            let settable = overwrites::settable(caller, unmoved, Some(category), now);
            overwrites::check_bits(settable, &own.permission_overwrites, &locked)?;
            own.permission_overwrites = locked;
        }
    }
    for parent in new_parents(before, &after) {
        if channel_order::children(&after, parent) > CHILDREN_MAX as usize {
            let message = "Maximum number of channels in category reached (50)";
            return Err(Error::field(
                &["parent_id"],
                "CHANNEL_PARENT_MAX_CHANNELS",
                message,
            ));
        }
    }
    Ok(after)
}

fn no_category(index: usize) -> Error {
    let path = [&index.to_string(), "parent_id"];
    Error::field(&path, "CHANNEL_PARENT_INVALID", "Category does not exist")
}

/// The categories that gained a channel.
pub(super) fn new_parents(before: &[Channel], after: &[Channel]) -> BTreeSet<Id<marker::Channel>> {
    let parent = |channel: &Channel| channel.guild.as_ref().and_then(|own| own.parent_id);
    let pairs = before.iter().zip(after);
    pairs
        .filter(|(old, new)| parent(old) != parent(new))
        .filter_map(|(_, new)| parent(new))
        .collect()
}
