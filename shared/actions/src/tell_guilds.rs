//! A user's guilds hear that the user changed.

use model::event::EventKind;
use model::member::MemberInGuild;
use model::{Audience, Event, User};
use runtime::{Cx, Result};
use store::{Batch, members};

/// Adds GUILD_MEMBER_UPDATE for every guild that `user`, as they will be, is a member of.
///
/// # Errors
/// The store's own.
pub async fn tell_guilds(cx: &Cx, batch: &mut Batch, user: &User) -> Result<()> {
    for (guild_id, mut member) in cx.read(members::memberships(user.id)).await? {
        member.user = Some(user.clone());
        let changed = MemberInGuild {
            guild_id,
            member: &member,
        };
        let audience = Audience::Guild(guild_id);
        batch.emit(Event::new(EventKind::GuildMemberUpdate, audience, &changed));
    }
    Ok(())
}
