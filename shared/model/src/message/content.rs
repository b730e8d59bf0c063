//! What a bot without the message content intent reads of a guild's messages.
//!
//! It reads what it wrote itself and what mentions it. Of all else, the fields that hold what
//! people put into them are empty. Private conversations are not concerned.
//!
//! See [Discord Docs/Message Content Intent](https://discord.com/developers/docs/events/gateway#message-content-intent).

use serde_json::Value;

use super::{Message, SnapshotMessage};
use crate::Id;
use crate::attachment::Attachment;
use crate::embed::Embed;
use crate::id::marker;

/// Which parts of a message such a bot reads. Each message is judged by itself, so that an answer
/// does not show what it answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Readable {
    /// The message itself.
    message: bool,
    /// The message that it answers.
    referenced: bool,
}

impl Message {
    /// What of the message a bot without the intent reads.
    pub fn readable_by(&self, bot: Id<marker::User>) -> Readable {
        Readable {
            message: self.concerns(bot),
            referenced: self.referenced().is_some_and(|it| it.concerns(bot)),
        }
    }

    /// Empties what a bot without the intent does not read. That includes what was forwarded, since
    /// a snapshot does not tell who wrote it: not even the bot that forwards it reads it so.
    pub fn conceal(&mut self, readable: Readable) {
        if !readable.message {
            empty(
                &mut self.content,
                &mut self.embeds,
                &mut self.attachments,
                &mut self.components,
            );
        }
        for snapshot in &mut self.message_snapshots {
            snapshot.message.conceal();
        }
        let Some(Some(referenced)) = &mut self.referenced_message else {
            return;
        };
        referenced.conceal(Readable {
            message: readable.referenced,
            // What is answered shows no answer of its own.
            referenced: false,
        });
    }

    /// Whether a bot wrote it or is mentioned in it by name.
    fn concerns(&self, bot: Id<marker::User>) -> bool {
        self.author.id == bot || self.mentions.iter().any(|it| it.user.id == bot)
    }

    fn referenced(&self) -> Option<&Self> {
        self.referenced_message.as_ref()?.as_deref()
    }
}

impl SnapshotMessage {
    fn conceal(&mut self) {
        empty(
            &mut self.content,
            &mut self.embeds,
            &mut self.attachments,
            &mut self.components,
        );
    }
}

fn empty(
    content: &mut String,
    embeds: &mut Vec<Embed>,
    attachments: &mut Vec<Attachment>,
    components: &mut Vec<Value>,
) {
    content.clear();
    embeds.clear();
    attachments.clear();
    components.clear();
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const BOT: Id<marker::User> = Id::new(9);

    fn user(id: u64) -> Value {
        json!({ "id": id.to_string(), "username": "u", "discriminator": "0", "public_flags": 0 })
    }

    fn message(author: u64, mentioned: &[u64]) -> Value {
        let mentions: Vec<_> = mentioned.iter().copied().map(user).collect();
        json!({
            "id": "1", "channel_id": "2", "author": user(author), "type": 0, "content": "said",
            "timestamp": "2026-01-01T00:00:00+00:00", "edited_timestamp": null, "tts": false,
            "mention_everyone": true, "mentions": mentions, "mention_roles": [], "pinned": false,
            "attachments": [], "embeds": [{ "title": "shown" }], "components": [{ "type": 1 }],
            "flags": 0,
        })
    }

    fn seen(message: Value) -> Message {
        let mut message: Message = serde_json::from_value(message).expect("a message");
        message.conceal(message.readable_by(BOT));
        message
    }

    #[test]
    fn a_bot_reads_what_it_wrote_and_what_names_it() {
        for (author, mentioned, reads) in [
            (9, &[][..], true),
            (1, &[5, 9], true),
            (1, &[5], false),
            (1, &[], false),
        ] {
            let seen = seen(message(author, mentioned));
            let empty = seen.content.is_empty() && seen.embeds.is_empty();
            assert_eq!(empty && seen.components.is_empty(), !reads, "{author}");
            assert_eq!(seen.mentions.len(), mentioned.len());
        }
    }

    #[test]
    fn an_answer_and_what_it_answers_are_judged_apart() {
        for (outer, inner) in [(9, 1), (1, 9), (1, 1), (9, 9)] {
            let mut answer = message(outer, &[]);
            answer["referenced_message"] = message(inner, &[]);
            let seen = seen(answer);
            assert_eq!(seen.content.is_empty(), outer != 9);
            let inside = seen.referenced().expect("what is answered");
            assert_eq!(inside.content.is_empty(), inner != 9);
        }
    }

    #[test]
    fn forwarding_does_not_reveal_content_to_bots() {
        let mut forward = message(9, &[]);
        let mut snapshot = message(1, &[]);
        snapshot["attachments"] = json!([{
            "id": "3", "filename": "a", "size": 1, "url": "a", "proxy_url": "a"
        }]);
        forward["message_snapshots"] = json!([{ "message": snapshot }]);
        let seen = seen(forward);
        let inside = &seen.message_snapshots[0].message;
        assert!(inside.content.is_empty() && inside.attachments.is_empty());
        assert!(inside.embeds.is_empty() && inside.components.is_empty());
        assert_eq!(seen.content, "said");
    }
}
