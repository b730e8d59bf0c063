//! Writing a new message: the one path for all that say something in a channel, be it a person, a
//! webhook, an application or the system.

use model::Message;
use runtime::prelude::*;
use serde_json::Value;
use store::messages::Stored;
use store::{messages, nonces};

use crate::message_order::{NOT_LAST, write_in_order};
use crate::message_view::{People, compose, created};

/// Milliseconds for which a nonce is remembered.
const NONCE_MS: i64 = 5 * 60 * 1000;

/// A message that wants an id.
#[derive(Debug)]
pub struct NewMessage {
    /// Its row, but for the id.
    pub row: Stored,
    /// Those who see its channel.
    pub audience: Audience,
    /// The people whom it names.
    pub people: People,
    /// What it shows as `referenced_message`.
    pub referenced: Option<Option<Box<Message>>>,
    /// The nonce that the sender recognises it by.
    pub nonce: Option<Value>,
    /// The roles that it mentions; `@everyone` is the role with the guild's id.
    pub broad: Vec<Id<marker::Role>>,
    /// A name under which the channel has only one message for five minutes, and the code that the
    /// write fails with when there is one.
    pub once: Option<(String, Code)>,
}

impl NewMessage {
    /// A message that mentions no role, has no nonce and refers to nothing that it shows.
    pub fn new(row: Stored, audience: Audience, people: People) -> Self {
        Self {
            row,
            audience,
            people,
            referenced: None,
            nonce: None,
            broad: Vec::new(),
            once: None,
        }
    }

    /// The lowest id of a message whose nonce is still known at `now`.
    pub fn nonces_since(now: Timestamp) -> Id<marker::Message> {
        Id::generate(now.plus_millis(-NONCE_MS), 0)
    }

    /// Adds what writes the message under this id to a batch of its channel, and returns it.
    pub fn add_to(&self, cx: &Cx, batch: &mut Batch, id: Id<marker::Message>) -> Message {
        let row = Stored {
            id,
            ..self.row.clone()
        };
        if let Some((once, taken)) = &self.once {
            let since = Self::nonces_since(cx.now());
            nonces::reserve(batch, &row, once, since, *taken);
        }
        messages::insert(batch, &row, &self.broad, NOT_LAST);
        let mut message = compose(cx, &row, &self.people);
        message.referenced_message.clone_from(&self.referenced);
        message.nonce.clone_from(&self.nonce);
        batch.emit(created(self.audience.clone(), &message, &self.people));
        message
    }

    /// Writes the message as the channel's last.
    ///
    /// # Errors
    /// The code in [`Self::once`] when it was written before; the store's own.
    pub async fn write(&self, cx: &Cx) -> Result<Message> {
        let channel = self.row.channel_id;
        write_in_order(cx, channel, |id| {
            let mut batch = Batch::messages(channel);
            let message = self.add_to(cx, &mut batch, id);
            (batch, message)
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use model::event::EventKind;
    use runtime::testing::{App, block_on};
    use store::messages::{Author, WebhookLooks};

    use super::*;
    use crate::message_view::people_of;

    /// Writes a message of `author` in a new channel, and returns it as it was written and as it
    /// is read.
    fn written(app: &App, author: impl FnOnce(Id<marker::User>) -> Author) -> [Message; 2] {
        let alice = app.register("alice");
        let (guild, channel) = alice.create_guild();
        let row = Stored::new(Id::new(0), channel, author(alice.id), "news".to_owned());
        block_on(async {
            let cx = Cx::new(app.host()).await.expect("a context");
            let people = People::read(&cx, Some(guild), people_of(&row)).await;
            let audience = Audience::Channel { guild, channel };
            let message = NewMessage::new(row, audience, people.expect("people"));
            let written = message.write(&cx).await.expect("a message");
            let query = messages::by_id(alice.id, channel, written.id).optional();
            let row = cx.read_messages(channel, query).await.expect("a store");
            let read = compose(&cx, &row.expect("its row"), &message.people);
            [written, read]
        })
    }

    #[test]
    fn a_webhook_shows_itself_as_its_message_said() {
        let app = App::new();
        let (webhook, application) = (app.id(), app.id());
        let messages = written(&app, |_| Author::Webhook {
            id: webhook,
            application_id: Some(application),
            looks: WebhookLooks {
                name: "Herald".to_owned(),
                avatar: None,
            },
        });
        for message in messages {
            assert_eq!(message.webhook_id, Some(webhook));
            assert_eq!(message.application_id, Some(application));
            let author = &message.author;
            assert_eq!((author.id, author.bot), (webhook.cast(), true));
            assert_eq!(author.username, "Herald");
            assert_eq!(message.member, None);
        }
        let event = app.emitted(EventKind::MessageCreate);
        assert!(
            event
                .data
                .contains(&format!("\"webhook_id\":\"{webhook}\""))
        );
    }

    #[test]
    fn an_application_that_answers_is_named_beside_its_bot() {
        let app = App::new();
        let application = app.id();
        let messages = written(&app, |bot| Author::Application {
            bot,
            id: application,
        });
        for message in messages {
            assert_eq!(message.author.username, "alice");
            assert_eq!(message.application_id, Some(application));
            assert_eq!(message.webhook_id, None);
        }
    }
}
