//! Tables `channels`, `overwrites` and `recipients`.

mod overwrites;
mod recipients;

use model::channel::Channel;
use model::id::marker;
use model::user::User;
use model::{Code, Id};

use crate::channel_row::{CHANNEL_COLUMNS, channel, channel_columns, channels_table, row};
use crate::{Batch, Guard, Json, Query, Statement, params, rows, threads};

pub use crate::channel_row::{insert, update};
pub use overwrites::{
    delete_overwrite, insert_overwrites, overwrites_at_most, replace_overwrites, set_overwrite,
};
pub use recipients::{close, closed_for, open, recipients_fewer_than, remove_recipient};

/// The types of channels of guilds that are not threads, by which an index finds them.
macro_rules! apart_from_threads {
    () => {
        "(0, 2, 4, 5, 13, 15, 16)"
    };
}

/// The channel with this id. A private conversation's recipients are read by
/// [`recipients`].
pub fn by_id(id: Id<marker::Channel>) -> Query<Channel> {
    let sql = concat!(
        "SELECT ",
        channel_columns!(),
        " FROM channels WHERE channels.id = ?1"
    );
    Query::new(sql, params![id], CHANNEL_COLUMNS, channel)
}

/// Those of these channels and threads that exist, without recipients.
pub fn by_ids(ids: &[Id<marker::Channel>]) -> Query<Channel> {
    let sql = concat!(
        "SELECT ",
        channel_columns!(),
        " FROM channels WHERE channels.id IN (SELECT value FROM json_each(?1))"
    );
    Query::new(sql, params![ids], CHANNEL_COLUMNS, channel)
}

/// All channels of a guild, without its threads.
pub fn of_guild(guild: Id<marker::Guild>) -> Query<Channel> {
    let sql = concat!(
        "SELECT ",
        channel_columns!(),
        " FROM channels WHERE channels.guild_id = ?1 AND channels.type IN ",
        apart_from_threads!(),
        " ORDER BY channels.position, channels.id"
    );
    Query::new(sql, params![guild], CHANNEL_COLUMNS, channel)
}

/// All participants of a private conversation.
pub fn recipients(id: Id<marker::Channel>) -> Query<User> {
    let sql = concat!(
        "SELECT ",
        crate::users::user_columns!(),
        " FROM recipients JOIN users ON users.id = recipients.user_id \
         WHERE recipients.channel_id = ?1"
    );
    Query::new(
        sql,
        params![id],
        crate::users::USER_COLUMNS,
        crate::users::user,
    )
}

/// Adds channels of a guild with their overwrites.
pub fn insert_all(channels: &[Channel]) -> Vec<Statement> {
    let rows = channels
        .iter()
        .filter_map(|channel| Some(row(channel, channel.guild.as_ref()?)));
    let mut statements = rows::insert(channels_table!(), rows);
    statements.extend(insert_overwrites(channels));
    statements
}

/// Deletes a guild's channel with its overwrites, invites and threads; channels of a category lose
/// it. The
/// batch fails with [`Code::UnknownChannel`] when there is no such channel. The guild's references
/// to it, such as the system channel, end with it.
pub fn delete(batch: &mut Batch, guild: Id<marker::Guild>, id: Id<marker::Channel>) {
    threads::delete_of(batch, id);
    for sql in [
        "DELETE FROM overwrites WHERE channel_id = ?2",
        "DELETE FROM invites WHERE channel_id = ?2",
        "UPDATE channels SET parent_id = NULL WHERE parent_id = ?2 AND guild_id = ?1",
        "UPDATE guilds SET afk_channel_id = nullif(afk_channel_id, ?2), \
         system_channel_id = nullif(system_channel_id, ?2), \
         rules_channel_id = nullif(rules_channel_id, ?2), \
         public_updates_channel_id = nullif(public_updates_channel_id, ?2), \
         safety_alerts_channel_id = nullif(safety_alerts_channel_id, ?2) WHERE id = ?1",
    ] {
        batch.push(Statement::new(sql, params![guild, id]));
    }
    batch.require_change(
        Statement::new(
            "DELETE FROM channels WHERE id = ?2 AND guild_id = ?1",
            params![guild, id],
        ),
        Code::UnknownChannel,
    );
}

/// The ids of all channels and threads of a guild: for work in the other store.
pub fn ids_of_guild(guild: Id<marker::Guild>) -> Query<Id<marker::Channel>> {
    Query::new(
        "SELECT id FROM channels WHERE guild_id = ?1",
        params![guild],
        1,
        |row| row.take(),
    )
}

/// Those of `channels` that are of a guild that the user is in, or of a conversation of theirs.
pub fn of_user_among(
    user: Id<marker::User>,
    channels: &[Id<marker::Channel>],
) -> Query<Id<marker::Channel>> {
    Query::new(
        "SELECT id FROM channels WHERE id IN (SELECT value FROM json_each(?2)) \
         AND (EXISTS (SELECT 1 FROM members \
         WHERE members.guild_id = channels.guild_id AND members.user_id = ?1) \
         OR EXISTS (SELECT 1 FROM recipients \
         WHERE recipients.channel_id = channels.id AND recipients.user_id = ?1))",
        params![user, channels],
        1,
        |row| row.take(),
    )
}

/// Where a channel stands: its position, and its category.
pub type Place = (Id<marker::Channel>, i32, Option<Id<marker::Channel>>);

/// Puts channels of a guild at these places.
pub fn set_positions(guild: Id<marker::Guild>, places: &[Place]) -> Statement {
    let row = |(id, position, parent): &Place| (id.get(), *position, parent.map(Id::get));
    let rows: Vec<_> = places.iter().map(row).collect();
    Statement::new(
        "UPDATE channels SET position = given.value ->> 1, parent_id = given.value ->> 2 \
         FROM json_each(?2) AS given \
         WHERE channels.id = given.value ->> 0 AND channels.guild_id = ?1",
        params![guild, Json(rows)],
    )
}

/// Holds while the guild has fewer than `max` channels, categories included and threads not.
pub fn fewer_than(guild: Id<marker::Guild>, max: u32) -> Guard {
    Guard::new(
        concat!(
            "(SELECT count(*) FROM channels WHERE guild_id = ?1 AND type IN ",
            apart_from_threads!(),
            ") < ?2"
        ),
        params![guild, max],
    )
}

/// Holds while the category has at most `max` channels.
pub fn children_at_most(category: Id<marker::Channel>, max: u32) -> Guard {
    Guard::new(
        "(SELECT count(*) FROM channels WHERE parent_id = ?1) <= ?2",
        params![category, max],
    )
}

/// Holds while the guild has a category with this id.
pub fn category_exists(guild: Id<marker::Guild>, category: Id<marker::Channel>) -> Guard {
    Guard::new(
        "EXISTS (SELECT 1 FROM channels WHERE id = ?2 AND guild_id = ?1 AND type = 4)",
        params![guild, category],
    )
}

/// Deletes a private conversation that nobody takes part in any more, with its invites.
pub fn delete_private(batch: &mut Batch, id: Id<marker::Channel>) {
    for sql in [
        "DELETE FROM channels WHERE id = ?1 AND guild_id IS NULL \
         AND NOT EXISTS (SELECT 1 FROM recipients WHERE channel_id = ?1)",
        "DELETE FROM invites WHERE channel_id = ?1 \
         AND NOT EXISTS (SELECT 1 FROM channels WHERE id = ?1)",
    ] {
        batch.push(Statement::new(sql, params![id]));
    }
}
