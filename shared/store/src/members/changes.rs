//! Changes of one member, a field at a time, so that two changes at once both count.

use model::id::marker;
use model::{Id, Timestamp};

use crate::{Statement, params};

/// Changes a member's nickname, `None` for none.
pub fn set_nick(guild: Id<marker::Guild>, user: Id<marker::User>, nick: Option<&str>) -> Statement {
    Statement::new(
        "UPDATE members SET nick = ?3 WHERE guild_id = ?1 AND user_id = ?2",
        params![guild, user, nick],
    )
}

/// Changes what a member shows of themselves in the guild. An outer `None` keeps a field.
pub fn set_profile(
    guild: Id<marker::Guild>,
    user: Id<marker::User>,
    avatar: Option<Option<&str>>,
    banner: Option<Option<&str>>,
    bio: Option<&str>,
) -> Statement {
    Statement::new(
        "UPDATE members SET avatar = iif(?3, ?4, avatar), banner = iif(?5, ?6, banner), \
         bio = ifnull(?7, bio) WHERE guild_id = ?1 AND user_id = ?2",
        params![
            guild,
            user,
            avatar.is_some(),
            avatar.flatten(),
            banner.is_some(),
            banner.flatten(),
            bio,
        ],
    )
}

/// Mutes or deafens a member in voice. `None` keeps what is.
pub fn set_voice(
    guild: Id<marker::Guild>,
    user: Id<marker::User>,
    mute: Option<bool>,
    deaf: Option<bool>,
) -> Statement {
    Statement::new(
        "UPDATE members SET mute = ifnull(?3, mute), deaf = ifnull(?4, deaf) \
         WHERE guild_id = ?1 AND user_id = ?2",
        params![guild, user, mute, deaf],
    )
}

/// Times a member out, or, with `None`, ends it.
pub fn set_timeout(
    guild: Id<marker::Guild>,
    user: Id<marker::User>,
    until: Option<Timestamp>,
) -> Statement {
    Statement::new(
        "UPDATE members SET timed_out_until = ?3 WHERE guild_id = ?1 AND user_id = ?2",
        params![guild, user, until],
    )
}

/// Notes that a user was active, in all their guilds.
pub fn note_active(user: Id<marker::User>, now: Timestamp) -> Statement {
    Statement::new(
        "UPDATE members SET last_active_at = max(last_active_at, ?2) WHERE user_id = ?1",
        params![user, now],
    )
}

/// Changes a member's flags.
pub fn set_flags(guild: Id<marker::Guild>, user: Id<marker::User>, flags: i64) -> Statement {
    Statement::new(
        "UPDATE members SET flags = ?3 WHERE guild_id = ?1 AND user_id = ?2",
        params![guild, user, flags],
    )
}
