//! Who may do what in a channel.

use model::id::marker;
use model::permissions::Overwrite;
use model::{Channel, Id};

use crate::{Batch, Guard, Statement, params, rows};

/// Adds the overwrites of channels.
pub fn insert_overwrites<'a>(channels: impl IntoIterator<Item = &'a Channel>) -> Vec<Statement> {
    let overwrites = channels.into_iter().flat_map(|channel| {
        let overwrites = channel.overwrites().iter();
        overwrites.map(|it| params![channel.id, it.id, it.kind as u8, it.allow, it.deny])
    });
    let into = "overwrites (channel_id, target_id, type, allow, deny)";
    rows::insert(into, overwrites)
}

/// Sets the overwrites of channels to those that they have here, and no others.
pub fn replace_overwrites<'a>(batch: &mut Batch, channels: impl IntoIterator<Item = &'a Channel>) {
    let channels: Vec<_> = channels.into_iter().collect();
    let ids: Vec<_> = channels.iter().map(|channel| channel.id).collect();
    batch.push(Statement::new(
        "DELETE FROM overwrites WHERE channel_id IN (SELECT value FROM json_each(?1))",
        params![&ids[..]],
    ));
    batch.extend(insert_overwrites(channels));
}

/// Sets one overwrite of a channel.
pub fn set_overwrite(id: Id<marker::Channel>, overwrite: &Overwrite) -> Statement {
    Statement::new(
        "INSERT INTO overwrites (channel_id, target_id, type, allow, deny) \
         VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (channel_id, target_id) DO UPDATE SET \
         type = excluded.type, allow = excluded.allow, deny = excluded.deny",
        params![
            id,
            overwrite.id,
            overwrite.kind as u8,
            overwrite.allow,
            overwrite.deny
        ],
    )
}

/// Deletes one overwrite of a channel. Changes nothing when there is none.
pub fn delete_overwrite(id: Id<marker::Channel>, target: Id<marker::Generic>) -> Statement {
    Statement::new(
        "DELETE FROM overwrites WHERE channel_id = ?1 AND target_id = ?2",
        params![id, target],
    )
}

/// Holds while the channel has at most `max` overwrites.
pub fn overwrites_at_most(id: Id<marker::Channel>, max: u32) -> Guard {
    Guard::new(
        "(SELECT count(*) FROM overwrites WHERE channel_id = ?1) <= ?2",
        params![id, max],
    )
}
