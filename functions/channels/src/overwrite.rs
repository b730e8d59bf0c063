//! One permission overwrite of a channel.

use actions::audit_log::{self, Entry};
use actions::{channel_state, overwrites};
use model::Channel;
use model::event::ChannelUpdate;
use model::limits::CHANNEL_OVERWRITES_MAX;
use model::permissions::{Overwrite, OverwriteKind};
use runtime::access::Membership;
use runtime::extract::Reason;
use runtime::prelude::*;
use store::{channels, members};

function! {
    "/channels/{channel_id}/permissions/{overwrite_id}"
    PUT set_channel_permission_overwrite, 10 per 15_000 ms
    DELETE delete_channel_permission_overwrite, 10 per 15_000 ms
}

type Place = (Id<marker::Channel>, Id<marker::Generic>);

/// Threads have no overwrites of their own.
fn refuse_threads(channel: &Channel) -> Result<()> {
    match channel.is_thread() {
        true => Err(Code::CannotExecuteOnChannelType.into()),
        false => Ok(()),
    }
}

/// What the audit log tells of an overwrite.
const LOGGED: &[&str] = &["id", "type", "allow", "deny"];

struct OverwriteFields {
    kind: OverwriteKind,
    allow: Permissions,
    deny: Permissions,
}

impl Form for OverwriteFields {
    fn read(fields: &mut Fields<'_>) -> Self {
        Self {
            kind: overwrites::kind(fields),
            allow: fields.get("allow").unwrap_or_default(),
            deny: fields.get("deny").unwrap_or_default(),
        }
    }
}

/// Sets the overwrite of a role or a member. The caller may change only permissions that they hold.
///
/// See [Discord Docs/Edit Channel Permissions](https://discord.com/developers/docs/resources/channel#edit-channel-permissions).
async fn set_channel_permission_overwrite(
    cx: &Cx,
    caller: InChannel<MANAGE_ROLES>,
    Path((_, target)): Path<Place>,
    Body(fields): Body<OverwriteFields>,
    Reason(reason): Reason,
) -> Result<NoContent> {
    refuse_threads(&caller.channel)?;
    let membership = caller.membership()?;
    let OverwriteFields { kind, allow, deny } = fields;
    check_target(cx, membership, kind, target).await?;
    let overwrite = Overwrite {
        id: target,
        kind,
        allow,
        deny,
    };
    let mut after = caller.channel.overwrites().to_vec();
    after.retain(|other| other.id != target);
    after.push(overwrite.clone());
    let mut batch = Batch::main();
    batch.push(channels::set_overwrite(caller.channel.id, &overwrite));
    let few = channels::overwrites_at_most(caller.channel.id, CHANNEL_OVERWRITES_MAX);
    batch.require(few, Code::TooManyOverwrites);
    change(cx, batch, &caller, after, reason).await
}

/// Deletes the overwrite of a role or a member.
///
/// See [Discord Docs/Delete Channel Permission](https://discord.com/developers/docs/resources/channel#delete-channel-permission).
async fn delete_channel_permission_overwrite(
    cx: &Cx,
    caller: InChannel<MANAGE_ROLES>,
    Path((_, target)): Path<Place>,
    Reason(reason): Reason,
) -> Result<NoContent> {
    refuse_threads(&caller.channel)?;
    caller.membership()?;
    let mut after = caller.channel.overwrites().to_vec();
    after.retain(|other| other.id != target);
    let mut batch = Batch::main();
    let statement = channels::delete_overwrite(caller.channel.id, target);
    batch.require_change(statement, Code::UnknownOverwrite);
    change(cx, batch, &caller, after, reason).await
}

/// Checks that the target is a role of the guild or one of its members.
async fn check_target(
    cx: &Cx,
    membership: &Membership,
    kind: OverwriteKind,
    target: Id<marker::Generic>,
) -> Result<()> {
    match kind {
        OverwriteKind::Role => {
            membership.role(target.cast()).ok_or(Code::UnknownRole)?;
        }
        OverwriteKind::Member => {
            let query = members::one(membership.guild.id, target.cast());
            cx.read(query.optional())
                .await?
                .ok_or(Code::UnknownMember)?;
        }
    }
    Ok(())
}

/// Writes the change, once it is checked, with what is told of it.
async fn change(
    cx: &Cx,
    mut batch: Batch,
    caller: &InChannel<MANAGE_ROLES>,
    after: Vec<Overwrite>,
    reason: Option<String>,
) -> Result<NoContent> {
    let membership = caller.membership()?;
    let settable = overwrites::settable_in(cx, membership, &caller.channel).await?;
    overwrites::check_bits(settable, caller.channel.overwrites(), &after)?;
    log_changes(cx, &mut batch, caller, membership, &after, reason);
    let mut channel: Channel = caller.channel.clone();
    if let Some(guild) = &mut channel.guild {
        guild.permission_overwrites = after;
    }
    channel_state::fill(cx, [&mut channel]).await?;
    batch.emit(Event::new(caller.audience(), &ChannelUpdate::new(&channel)));
    cx.write(batch).await?;
    Ok(NoContent)
}

/// Notes in the audit log which overwrites of the caller's channel are not `after` what they were.
pub(crate) fn log_changes<const P: u64>(
    cx: &Cx,
    batch: &mut Batch,
    caller: &InChannel<P>,
    membership: &Membership,
    after: &[Overwrite],
    reason: Option<String>,
) {
    let before = caller.channel.overwrites();
    let gone = before
        .iter()
        .filter(|old| after.iter().all(|new| new.id != old.id));
    let deleted = gone.map(|old| (Some(old), None));
    let set = after
        .iter()
        .map(|new| (before.iter().find(|old| old.id == new.id), Some(new)));
    for (old, new) in deleted.chain(set) {
        let action = match (old, new) {
            (None, _) => audit_log::CHANNEL_OVERWRITE_CREATE,
            (_, Some(_)) => audit_log::CHANNEL_OVERWRITE_UPDATE,
            (_, None) => audit_log::CHANNEL_OVERWRITE_DELETE,
        };
        let Some(target) = new.or(old) else {
            continue;
        };
        let mut entry = Entry::new(membership.guild.id, caller.caller.id(), action)
            .target(caller.channel.id)
            .differences(LOGGED, old, new)
            .option("id", target.id)
            .option("type", target.kind as u8)
            .reason(reason.clone());
        if let Some(role) = membership.role(target.id.cast()) {
            entry = entry.option("role_name", &role.name);
        }
        if !entry.is_unchanged() {
            audit_log::write(cx, batch, entry);
        }
    }
}

#[cfg(test)]
mod tests;
