//! Table `invites`, and vanity codes, which live in `guilds`.

use model::guild::Guild;
use model::id::marker;
use model::invite::{Invite, InviteChannel};
use model::user::User;
use model::{Code, Id, Permissions, Timestamp};

use crate::guilds::{GUILD_COLUMNS, guild, guild_columns};
use crate::users::{USER_COLUMNS, user_columns};
use crate::{Batch, Error, Guard, Query, Row, Statement, params};

macro_rules! select_invites {
    ($($rest:tt)*) => {
        concat!(
            "SELECT invites.code, invites.guild_id, channels.id, channels.type, channels.name, \
             channels.icon, invites.uses, invites.max_uses, invites.max_age, invites.temporary, \
             invites.created_at, invites.expires_at, invites.target_type, \
             invites.target_user_id, invites.target_application_id, invites.flags, ",
            user_columns!(),
            " FROM invites JOIN channels ON channels.id = invites.channel_id \
             LEFT JOIN users ON users.id = invites.inviter_id ",
            $($rest)*
        )
    };
}

const INVITE_COLUMNS: u16 = 16 + USER_COLUMNS;

fn invite(row: &mut Row<'_>) -> Result<Invite, Error> {
    Ok(Invite {
        code: row.take()?,
        guild_id: row.take()?,
        channel: InviteChannel {
            id: row.take()?,
            kind: row.take()?,
            name: row.take()?,
            icon: row.take()?,
        },
        uses: row.take()?,
        max_uses: row.take()?,
        max_age: row.take()?,
        temporary: row.take()?,
        created_at: row.take()?,
        expires_at: row.take()?,
        target_type: row.take()?,
        target_user_id: row.take()?,
        target_application_id: row.take()?,
        flags: row.take()?,
        inviter: inviter(row)?,
    })
}

/// Reads [`user_columns`] of a user that may be missing.
fn inviter(row: &mut Row<'_>) -> Result<Option<User>, Error> {
    let id: Option<Id<marker::User>> = row.take()?;
    let username: Option<String> = row.take()?;
    let discriminator: Option<String> = row.take()?;
    let global_name = row.take()?;
    let avatar = row.take()?;
    let banner = row.take()?;
    let accent_color = row.take()?;
    let bot: Option<bool> = row.take()?;
    let public_flags: Option<i64> = row.take()?;
    let bio: Option<String> = row.take()?;
    let pronouns: Option<String> = row.take()?;
    Ok(id.map(|id| User {
        id,
        username: username.unwrap_or_default(),
        discriminator: discriminator.unwrap_or_default(),
        global_name,
        avatar,
        banner,
        accent_color,
        bot: bot.unwrap_or_default(),
        public_flags: public_flags.unwrap_or_default(),
        avatar_decoration_data: None,
        collectibles: None,
        primary_guild: None,
        bio: bio.unwrap_or_default(),
        pronouns: pronouns.unwrap_or_default(),
        badge_ids: [],
    }))
}

/// The invite with this code, unless it has expired.
pub fn by_code(code: &str, now: Timestamp) -> Query<Invite> {
    let sql = select_invites!(
        "WHERE invites.code = ?1 AND (invites.expires_at IS NULL OR invites.expires_at > ?2)"
    );
    Query::new(sql, params![code, now], INVITE_COLUMNS, invite)
}

/// The invite with this code, if it has expired.
pub fn expired(code: &str, now: Timestamp) -> Query<Invite> {
    let sql = select_invites!("WHERE invites.code = ?1 AND invites.expires_at <= ?2");
    Query::new(sql, params![code, now], INVITE_COLUMNS, invite)
}

/// All invites of a guild that have not expired, from the newest.
pub fn of_guild(guild: Id<marker::Guild>, now: Timestamp) -> Query<Invite> {
    let sql = select_invites!(
        "WHERE invites.guild_id = ?1 AND (invites.expires_at IS NULL OR invites.expires_at > ?2) \
         ORDER BY invites.created_at DESC"
    );
    Query::new(sql, params![guild, now], INVITE_COLUMNS, invite)
}

/// All invites of a channel that have not expired, from the newest.
pub fn of_channel(channel: Id<marker::Channel>, now: Timestamp) -> Query<Invite> {
    let sql = select_invites!(
        "WHERE invites.channel_id = ?1 AND (invites.expires_at IS NULL OR invites.expires_at > ?2) \
         ORDER BY invites.created_at DESC"
    );
    Query::new(sql, params![channel, now], INVITE_COLUMNS, invite)
}

/// The guild that an invite leads to.
pub fn guild_of(code: &str) -> Query<Guild> {
    let sql = concat!(
        "SELECT ",
        guild_columns!(),
        " FROM guilds WHERE guilds.id = (SELECT guild_id FROM invites WHERE code = ?1)"
    );
    Query::new(sql, params![code], GUILD_COLUMNS, guild)
}

/// The guild whose vanity code this is, in whatever case it is written.
pub fn guild_of_vanity(code: &str) -> Query<Guild> {
    let sql = concat!(
        "SELECT ",
        guild_columns!(),
        " FROM guilds WHERE guilds.vanity_code = lower(?1)"
    );
    Query::new(sql, params![code], GUILD_COLUMNS, guild)
}

/// Where a vanity invite leads: the rules, else where the system writes, else the first channel
/// with messages. Those that are hidden from everyone come last.
pub fn landing_of_vanity(code: &str) -> Query<InviteChannel> {
    Query::new(
        "SELECT channels.id, channels.type, channels.name, channels.icon FROM guilds \
         JOIN channels ON channels.guild_id = guilds.id \
         LEFT JOIN overwrites ON overwrites.channel_id = channels.id \
         AND overwrites.target_id = guilds.id AND (overwrites.deny & ?2) <> 0 \
         WHERE guilds.vanity_code = lower(?1) AND channels.type IN (0, 5) \
         ORDER BY overwrites.deny IS NOT NULL, channels.id IS guilds.rules_channel_id DESC, \
         channels.id IS guilds.system_channel_id DESC, channels.position, channels.id LIMIT 1",
        params![code, Permissions::VIEW_CHANNEL],
        4,
        |row| {
            Ok(InviteChannel {
                id: row.take()?,
                kind: row.take()?,
                name: row.take()?,
                icon: row.take()?,
            })
        },
    )
}

/// Adds an invite. The batch fails with `taken` when the code exists, as an invite or as a vanity.
pub fn insert(batch: &mut Batch, invite: &Invite, taken: Code) {
    let free = "NOT EXISTS (SELECT 1 FROM guilds WHERE vanity_code = lower(?1))";
    batch.require(Guard::new(free, params![&invite.code]), taken);
    let statement = Statement::new(
        "INSERT INTO invites (code, guild_id, channel_id, inviter_id, uses, max_uses, max_age, \
         temporary, created_at, expires_at, target_type, target_user_id, target_application_id, \
         flags) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
        params![
            &invite.code,
            invite.guild_id,
            invite.channel.id,
            invite.inviter.as_ref().map(|user| user.id),
            invite.uses,
            invite.max_uses,
            invite.max_age,
            invite.temporary,
            invite.created_at,
            invite.expires_at,
            invite.target_type,
            invite.target_user_id,
            invite.target_application_id,
            invite.flags,
        ],
    );
    batch.push_or(statement, taken);
}

/// Counts one use of an invite as it was read, and deletes it after its last one. The batch fails
/// with `moved` when it is gone or expired, or somebody else used it since it was read and its uses
/// are limited.
pub fn use_up(batch: &mut Batch, invite: &Invite, now: Timestamp, moved: Code) {
    batch.require_change(
        Statement::new(
            "UPDATE invites SET uses = uses + 1 WHERE code = ?1 \
             AND (max_uses = 0 OR uses = ?3) AND (expires_at IS NULL OR expires_at > ?2)",
            params![&invite.code, now, invite.uses],
        ),
        moved,
    );
    batch.push(Statement::new(
        "DELETE FROM invites WHERE code = ?1 AND max_uses > 0 AND uses >= max_uses",
        params![&invite.code],
    ));
}

/// Counts one use of a guild's vanity code.
pub fn use_vanity(guild: Id<marker::Guild>) -> Statement {
    Statement::new(
        "UPDATE guilds SET vanity_uses = vanity_uses + 1 WHERE id = ?1",
        params![guild],
    )
}

/// Deletes an invite. Changes nothing when there is none.
pub fn delete(code: &str) -> Statement {
    Statement::new("DELETE FROM invites WHERE code = ?1", params![code])
}

/// Holds while the guild has fewer than `max` invites that have not expired.
pub fn fewer_than(guild: Id<marker::Guild>, max: u32, now: Timestamp) -> Guard {
    Guard::new(
        "(SELECT count(*) FROM invites \
         WHERE guild_id = ?1 AND (expires_at IS NULL OR expires_at > ?3)) < ?2",
        params![guild, max, now],
    )
}

/// Holds while no invite that somebody made has this code.
pub fn code_is_free(code: &str) -> Guard {
    Guard::new(
        "NOT EXISTS (SELECT 1 FROM invites WHERE code = ?1)",
        params![code],
    )
}
