//! Changing a guild's emoji.

use actions::audit_log::{self, Entry};
use model::emoji::Emoji;
use runtime::prelude::*;
use serde_json::json;
use store::{Rejection, Statement, emojis};

/// Attempts at a change while others change the same guild's emoji.
const ATTEMPTS_MAX: u32 = 8;
/// What the batch fails with when somebody else was faster.
const CONFLICT: Code = Code::Overloaded;

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
/// the audit log and the event that lists them all. When they were changed in between it is decided
/// again. Returns all emoji after it.
///
/// # Errors
/// What `change` says, [`Code::Overloaded`] when others never stop, or the store's own.
pub async fn write(
    cx: &Cx,
    guild: Id<marker::Guild>,
    change: impl Fn(&[Emoji]) -> Result<Change>,
) -> Result<Vec<Emoji>> {
    for _ in 0..ATTEMPTS_MAX {
        let before = cx.read(emojis::of_guild(guild)).await?;
        let change = change(&before)?;
        let mut batch = Batch::main();
        emojis::unchanged(&mut batch, guild, &before, CONFLICT);
        batch.push(change.statement);
        audit_log::write(cx, &mut batch, change.entry);
        let update = json!({ "guild_id": guild, "emojis": change.after });
        batch.emit(Event::new(
            EventKind::GuildEmojisUpdate,
            Audience::Guild(guild),
            &update,
        ));
        match cx.write(batch).await {
            Err(Rejection::Code(CONFLICT)) => {}
            written => {
                written?;
                return Ok(change.after);
            }
        }
    }
    Err(CONFLICT.into())
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use runtime::testing::{App, block_on};

    use super::*;

    #[test]
    fn a_change_sees_the_one_that_was_faster() {
        let app = App::new();
        let alice = app.register("alice");
        let (guild, _) = alice.create_guild();
        let emoji = |name: &str| Emoji {
            id: app.id(),
            name: name.to_owned(),
            roles: Vec::new(),
            user: None,
            require_colons: true,
            managed: false,
            animated: false,
            available: true,
        };
        let cx = block_on(Cx::new(app.host())).unwrap();
        let (first, second) = (emoji("first"), emoji("second"));
        let attempts = Cell::new(0);
        let written = write(&cx, guild, |before| {
            attempts.set(attempts.get() + 1);
            if attempts.get() == 1 {
                let mut batch = Batch::main();
                batch.push(emojis::insert(guild, &first, alice.id));
                app.write(batch);
            }
            Ok(Change {
                statement: emojis::insert(guild, &second, alice.id),
                after: before.iter().chain([&second]).cloned().collect(),
                entry: Entry::new(guild, alice.id, audit_log::EMOJI_CREATE),
            })
        });
        block_on(written).unwrap();
        assert_eq!(attempts.get(), 2);
        let mut events = app.events();
        events.retain(|event| event.kind == EventKind::GuildEmojisUpdate);
        assert_eq!(events.len(), 1);
        assert!(events[0].data.contains("first") && events[0].data.contains("second"));
    }
}
