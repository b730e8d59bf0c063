//! Permission overwrites of channels: how requests give them, and who may set which.
//!
//! See [Discord Docs/Overwrite Object](https://discord.com/developers/docs/resources/channel#overwrite-object).

use model::channel::Channel;
use model::id::marker;
use model::limits::CHANNEL_OVERWRITES_MAX;
use model::permissions::{Overwrite, OverwriteKind};
use model::{Code, Id, Permissions, Timestamp};
use runtime::access::Membership;
use runtime::{Cx, Error, Fields, Form, Result};
use serde_json::Value;
use store::{channels, members};

struct OverwriteForm(Option<Overwrite>);

impl Form for OverwriteForm {
    fn read(fields: &mut Fields<'_>) -> Self {
        let id: Option<Id<marker::Generic>> = fields.get("id");
        fields.present("id");
        let kind = kind(fields);
        let allow = fields.get("allow").unwrap_or_default();
        let deny = fields.get("deny").unwrap_or_default();
        Self(id.map(|id| Overwrite {
            id,
            kind,
            allow,
            deny,
        }))
    }
}

/// The field `type`: a number, or the names that it had in earlier versions of the API.
pub fn kind(fields: &mut Fields<'_>) -> OverwriteKind {
    let kind = match fields.raw("type").and_then(Value::as_str) {
        Some("role") => Some(0),
        Some("member") => Some(1),
        _ => fields.choice("type", &[0, 1]),
    };
    match kind {
        Some(1) => OverwriteKind::Member,
        _ => OverwriteKind::Role,
    }
}

/// The field `permission_overwrites`. Of several for one target the last counts.
pub fn read(fields: &mut Fields<'_>) -> Option<Vec<Overwrite>> {
    let max = CHANNEL_OVERWRITES_MAX as usize;
    let forms: Vec<OverwriteForm> = fields.forms("permission_overwrites", max)?;
    let mut overwrites: Vec<Overwrite> = Vec::with_capacity(forms.len());
    for overwrite in forms.into_iter().filter_map(|form| form.0) {
        overwrites.retain(|earlier| earlier.id != overwrite.id);
        overwrites.push(overwrite);
    }
    Some(overwrites)
}

/// Which permissions somebody may allow and deny in overwrites of a channel: what they hold in the
/// guild or in the category that the channel is in, and everything where an overwrite of the
/// channel itself lets them manage it. Who manages overwrites is for administrators to say.
///
/// See [Discord Docs/Edit Channel Permissions](https://discord.com/developers/docs/resources/channel#edit-channel-permissions).
pub fn settable(
    membership: &Membership,
    channel: Option<&Channel>,
    category: Option<&Channel>,
    now: Timestamp,
) -> Permissions {
    if membership.permissions.contains(Permissions::ADMINISTRATOR) {
        return Permissions::from_bits_retain(u64::MAX);
    }
    let manages = channel.is_some_and(|channel| manages(membership, channel, now));
    let above = category.map(|category| membership.permissions_in(category, now));
    let held = match manages {
        true => Permissions::all(),
        false => membership.permissions | above.unwrap_or_default(),
    };
    held - Permissions::MANAGE_ROLES - Permissions::ADMINISTRATOR
}

/// [`settable`] of a channel that is there, with the category that it is in.
///
/// # Errors
/// The store's own.
pub async fn settable_in(
    cx: &Cx,
    membership: &Membership,
    channel: &Channel,
) -> Result<Permissions> {
    let category = match channel.parent_id() {
        Some(category) => cx.read(channels::by_id(category).optional()).await?,
        None => None,
    };
    let now = cx.now();
    Ok(settable(membership, Some(channel), category.as_ref(), now))
}

/// Whether an overwrite of the channel lets somebody edit its overwrites.
fn manages(membership: &Membership, channel: &Channel, now: Timestamp) -> bool {
    let held = membership.permissions_in(channel, now);
    let member = &membership.member;
    let concerns = |overwrite: &&Overwrite| match overwrite.kind {
        OverwriteKind::Role => {
            let id = overwrite.id.cast();
            id.get() == membership.guild.id.get() || member.roles.contains(&id)
        }
        OverwriteKind::Member => {
            let user = member.user.as_ref();
            user.is_some_and(|user| user.id.get() == overwrite.id.get())
        }
    };
    let mut own = channel.overwrites().iter().filter(concerns);
    let manage = Permissions::MANAGE_ROLES;
    held.allows(manage) && own.any(|overwrite| overwrite.allow.contains(manage))
}

/// Checks that somebody who may set these permissions may put `after` in the place of `before`.
///
/// # Errors
/// [`Code::MissingPermissions`].
pub fn check_bits(settable: Permissions, before: &[Overwrite], after: &[Overwrite]) -> Result<()> {
    let bits = |overwrites: &[Overwrite], id| {
        let found = overwrites.iter().find(|overwrite| overwrite.id == id);
        found.map_or_else(Default::default, |overwrite| {
            (overwrite.allow, overwrite.deny)
        })
    };
    let mut changed = Permissions::empty();
    for Overwrite { id, .. } in before.iter().chain(after) {
        let (old_allow, old_deny) = bits(before, *id);
        let (new_allow, new_deny) = bits(after, *id);
        changed |= (old_allow ^ new_allow) | (old_deny ^ new_deny);
    }
    let may = settable.contains(changed);
    may.then_some(()).ok_or(Code::MissingPermissions.into())
}

/// Checks that every overwrite is for a role of the guild or one of its members.
///
/// # Errors
/// Code 50035 at the overwrites that are not.
pub async fn check_targets(
    cx: &Cx,
    membership: &Membership,
    overwrites: &[Overwrite],
) -> Result<()> {
    let of = |kind| {
        overwrites
            .iter()
            .filter(move |overwrite| overwrite.kind == kind)
    };
    let users: Vec<Id<marker::User>> = of(OverwriteKind::Member).map(|o| o.id.cast()).collect();
    let found = match users.is_empty() {
        true => Vec::new(),
        false => cx.read(members::among(membership.guild.id, &users)).await?,
    };
    let known = |overwrite: &Overwrite| match overwrite.kind {
        OverwriteKind::Role => membership.role(overwrite.id.cast()).is_some(),
        OverwriteKind::Member => found
            .iter()
            .filter_map(|member| member.user.as_ref())
            .any(|user| user.id.get() == overwrite.id.get()),
    };
    match overwrites.iter().position(|overwrite| !known(overwrite)) {
        None => Ok(()),
        Some(index) => {
            let path = ["permission_overwrites", &index.to_string(), "id"];
            let message = "Unknown role or member.";
            Err(Error::field(&path, "OVERWRITE_TARGET_UNKNOWN", message))
        }
    }
}

/// The overwrites of a category, for a channel that is put into it and has none of its own.
pub fn inherited(category: Option<&Channel>) -> Vec<Overwrite> {
    category.map_or_else(Vec::new, |category| category.overwrites().to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn overwrite(id: u64, allow: Permissions, deny: Permissions) -> Overwrite {
        Overwrite {
            id: Id::new(id),
            kind: OverwriteKind::Role,
            allow,
            deny,
        }
    }

    #[test]
    fn only_what_changes_must_be_held() {
        let none = Permissions::empty();
        let ban = overwrite(1, Permissions::BAN_MEMBERS, none);
        let speak = overwrite(2, none, Permissions::SPEAK);
        let both = [ban.clone(), speak.clone()];
        let held = Permissions::SPEAK;
        assert!(check_bits(held, &both[..1], &both).is_ok());
        assert!(check_bits(held, &both, &[ban]).is_ok());
        assert!(check_bits(held, &both, &[speak]).is_err());
        assert!(check_bits(held, &both, &[]).is_err());
    }
}
