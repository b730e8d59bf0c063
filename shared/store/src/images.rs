//! Images: blobs that rows of several tables name by a hash.

use model::Id;
use model::id::marker;

use crate::{Query, params};

/// Whether a row still names the image with this hash: that of the user, guild, role, channel or
/// application `owner`, or that of the member `user` of the guild `owner`.
pub fn is_named(
    owner: Id<marker::Generic>,
    user: Option<Id<marker::User>>,
    hash: &str,
) -> Query<bool> {
    Query::new(
        "SELECT EXISTS (SELECT 1 FROM users WHERE id = ?1 AND ?3 IN (avatar, banner)) \
         OR EXISTS (SELECT 1 FROM guilds WHERE id = ?1 \
         AND ?3 IN (icon, banner, splash, discovery_splash)) \
         OR EXISTS (SELECT 1 FROM roles WHERE id = ?1 AND icon = ?3) \
         OR EXISTS (SELECT 1 FROM channels WHERE id = ?1 AND icon = ?3) \
         OR EXISTS (SELECT 1 FROM applications WHERE id = ?1 AND icon = ?3) \
         OR EXISTS (SELECT 1 FROM members WHERE guild_id = ?1 AND user_id = ?2 \
         AND ?3 IN (avatar, banner))",
        params![owner, user, hash],
        1,
        |row| row.take(),
    )
}

/// A member with the hashes of their avatar and their banner in a guild.
pub type MemberImages = (Id<marker::User>, Option<String>, Option<String>);

/// The members of a guild who have an image in it.
pub fn of_members(guild: Id<marker::Guild>) -> Query<MemberImages> {
    Query::new(
        "SELECT user_id, avatar, banner FROM members \
         WHERE guild_id = ?1 AND (avatar IS NOT NULL OR banner IS NOT NULL)",
        params![guild],
        3,
        |row| Ok((row.take()?, row.take()?, row.take()?)),
    )
}
