//! Messages that the system writes: who joined, what was renamed.

use model::Message;
use model::event::EventKind;
use runtime::prelude::*;
use store::messages;
use store::messages::Stored;

use crate::message_order::{NOT_LAST, write_in_order};
use crate::message_view::{People, compose, event};

/// A notice that is to appear in a channel.
#[derive(Debug, Clone)]
pub struct Notice {
    /// Where.
    pub channel: Id<marker::Channel>,
    /// Those who see the channel.
    pub audience: Audience,
    /// What kind of message; see [`model::message::kind`].
    pub kind: u8,
    /// Who did what it tells of.
    pub author: Id<marker::User>,
    /// To whom.
    pub mentions: Vec<Id<marker::User>>,
    /// What the kind wants to be said, such as the new name.
    pub content: String,
}

/// Writes a notice. Its cause is in the other store and is written before, so that nothing is
/// told that did not happen.
///
/// # Errors
/// The store's own.
pub async fn send(cx: &Cx, notice: Notice) -> Result<Message> {
    let guild = match notice.audience {
        Audience::Channel { guild, .. } => Some(guild),
        _ => None,
    };
    let named = notice.mentions.iter().copied().chain([notice.author]);
    let people = People::read(cx, guild, named).await?;
    let mut row = Stored::new(Id::new(0), notice.channel, notice.author, notice.content);
    row.kind = notice.kind;
    row.extra.mentions = notice.mentions;
    write_in_order(cx, |id| {
        let row = Stored { id, ..row.clone() };
        let message = compose(cx, &row, &people);
        let mut batch = Batch::messages();
        messages::insert(&mut batch, &row, &[], NOT_LAST);
        batch.emit(event(
            EventKind::MessageCreate,
            notice.audience.clone(),
            &message,
            &people,
        ));
        (batch, message)
    })
    .await
}
