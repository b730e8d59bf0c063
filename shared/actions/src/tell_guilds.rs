//! A user's guilds hear that the user changed.

use model::event::GuildMemberUpdate;
use model::{Audience, Event, User};
use runtime::{Cx, Result};
use store::{Batch, members};

/// Adds GUILD_MEMBER_UPDATE for every guild that `user`, as they will be, is a member of.
///
/// # Errors
/// The store's own.
pub async fn tell_guilds(cx: &Cx, batch: &mut Batch, user: &User) -> Result<()> {
    for (guild, mut member) in cx.read(members::memberships(user.id)).await? {
        member.user = Some(user.clone());
        let changed = GuildMemberUpdate::new(guild, &member);
        batch.emit(Event::new(Audience::Guild(guild), &changed));
    }
    Ok(())
}
