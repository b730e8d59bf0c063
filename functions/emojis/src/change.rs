//! Changing a guild's emoji.

use actions::audit_log::{self, Entry};
use model::emoji::Emoji;
use model::event::GuildEmojisUpdate;
use runtime::prelude::*;
use store::{Statement, emojis};

/// One change: what is written, and what it makes of the list of all emoji.
pub struct Change {
    /// The write.
    pub statement: Statement,
    /// All emoji after it.
    pub after: Vec<Emoji>,
    /// What the audit log says of it.
    pub entry: Entry,
}

/// Reads all emoji of the guild, lets `change` decide what to write, and writes it together with
/// the audit log and the event that lists them all. Returns all emoji after it.
///
/// # Errors
/// What `change` says, or the store's own.
pub async fn write(
    cx: &Cx,
    guild: Id<marker::Guild>,
    change: impl FnOnce(&[Emoji]) -> Result<Change>,
) -> Result<Vec<Emoji>> {
    let before = cx.read(emojis::of_guild(guild)).await?;
    let change = change(&before)?;
    let mut batch = Batch::main();
    batch.push(change.statement);
    audit_log::write(cx, &mut batch, change.entry);
    let update = GuildEmojisUpdate::new(guild, &change.after);
    batch.emit(Event::new(Audience::Guild(guild), &update));
    cx.write(batch).await?;
    Ok(change.after)
}
