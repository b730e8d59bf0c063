//! Somebody stops being a member of a guild, by whatever cause.

use model::event::{GuildMemberRemove, GuildRoleDelete};
use model::id::marker;
use model::{Audience, Event, Id, Role, User};
use store::{Batch, members, roles};

/// Removes members, with the managed roles of those that are bots. Who is not a member any more is
/// passed over. The gateway gives the users' own sessions GUILD_DELETE when it hears of it.
pub fn leave_guild<'a>(
    batch: &mut Batch,
    guild: Id<marker::Guild>,
    guild_roles: &[Role],
    users: impl Iterator<Item = &'a User> + Clone,
) {
    let ids: Vec<_> = users.clone().map(|user| user.id).collect();
    members::delete_present(batch, guild, &ids);
    let audience = Audience::Guild(guild);
    for user in users {
        let gone = GuildMemberRemove::new(guild, user);
        batch.emit(Event::new(audience.clone(), &gone));
        let own = |role: &&Role| {
            role.tags
                .as_ref()
                .is_some_and(|tags| tags.bot_id == user.id)
        };
        if let Some(role) = guild_roles.iter().find(own) {
            roles::delete_of_bot(batch, guild, user.id);
            let gone = GuildRoleDelete {
                guild_id: guild,
                role_id: role.id,
            };
            batch.emit(Event::new(audience.clone(), &gone));
        }
    }
}
