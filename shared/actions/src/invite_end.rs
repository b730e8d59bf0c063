//! An invite ends: it was revoked, used up, or its time is over.
//!
//! See [Discord Docs/Invite Delete](https://discord.com/developers/docs/events/gateway-events#invite-delete).

use model::event::InviteDelete;
use model::id::marker;
use model::invite::Invite;
use model::{Audience, Code, Event, Id, Permissions};
use runtime::Cx;
use store::{Batch, invites};

/// What a batch fails with when the invite is not what it was when it was read: whoever wants to
/// use it may try again. No other part of the batch uses this code.
pub const MOVED: Code = Code::Overloaded;

/// Counts a use of the invite, and ends it after its last one.
pub fn use_up(cx: &Cx, batch: &mut Batch, invite: &Invite) {
    invites::use_up(batch, invite, cx.now(), MOVED);
    if invite.max_uses > 0 && invite.uses + 1 >= invite.max_uses {
        tell(batch, invite);
    }
}

/// Those who hear of a channel's invites: who manages it.
pub fn audience(guild: Id<marker::Guild>, invite: &Invite) -> Audience {
    Audience::Holders {
        guild,
        channel: Some(invite.channel.id),
        permissions: Permissions::MANAGE_CHANNELS,
    }
}

/// Tells of an invite that is gone. Nobody hears of those to group conversations.
pub fn tell(batch: &mut Batch, invite: &Invite) {
    let Some(guild) = invite.guild_id else {
        return;
    };
    let deleted = InviteDelete::new(guild, invite);
    batch.emit(Event::new(audience(guild, invite), &deleted));
}
