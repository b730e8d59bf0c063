//! What others hear of invites, and what the audit log keeps.

use actions::audit_log::{self, Action, Entry};
use actions::invite_end::audience;
use model::User;
use model::event::InviteCreate;
use model::invite::Invite;
use runtime::prelude::*;
use serde_json::{Value, json};

/// Tells of a new invite. `streamer` is whom it targets, if anybody.
///
/// See [Discord Docs/Invite Create](https://discord.com/developers/docs/events/gateway-events#invite-create).
pub(crate) fn created(
    batch: &mut Batch,
    guild: Id<marker::Guild>,
    invite: &Invite,
    streamer: &[User],
) {
    let created = InviteCreate::new(guild, invite, streamer.first());
    batch.emit(Event::new(audience(guild, invite), &created));
}

/// Writes to the audit log that an invite was made.
pub(crate) fn record_creation(
    cx: &Cx,
    batch: &mut Batch,
    user: Id<marker::User>,
    invite: &Invite,
    reason: Option<String>,
) {
    record(
        cx,
        batch,
        user,
        audit_log::INVITE_CREATE,
        (None, Some(invite)),
        reason,
    );
}

/// Writes to the audit log that an invite was revoked.
pub(crate) fn record_deletion(
    cx: &Cx,
    batch: &mut Batch,
    user: Id<marker::User>,
    invite: &Invite,
    reason: Option<String>,
) {
    record(
        cx,
        batch,
        user,
        audit_log::INVITE_DELETE,
        (Some(invite), None),
        reason,
    );
}

/// The fields of an invite that the audit log keeps.
const KEYS: [&str; 8] = [
    "code",
    "channel_id",
    "inviter_id",
    "max_uses",
    "uses",
    "max_age",
    "temporary",
    "flags",
];

fn record(
    cx: &Cx,
    batch: &mut Batch,
    user: Id<marker::User>,
    action: Action,
    (old, new): (Option<&Invite>, Option<&Invite>),
    reason: Option<String>,
) {
    let Some(guild) = old.or(new).and_then(|invite| invite.guild_id) else {
        return;
    };
    let entry = Entry::new(guild, user, action)
        .differences(&KEYS, old.map(fields).as_ref(), new.map(fields).as_ref())
        .reason(reason);
    audit_log::write(cx, batch, entry);
}

fn fields(invite: &Invite) -> Value {
    json!({
        "code": invite.code,
        "channel_id": invite.channel.id,
        "inviter_id": invite.inviter.as_ref().map(|inviter| inviter.id),
        "max_uses": invite.max_uses,
        "uses": invite.uses,
        "max_age": invite.max_age,
        "temporary": invite.temporary,
        "flags": invite.flags,
    })
}
