//! Pinning one message, and unpinning it.

use actions::pins;
use runtime::extract::Reason;
use runtime::prelude::*;

function! {
    "/channels/{channel_id}/messages/pins/{message_id}"
    PUT create_pin, 5 per 5_000 ms
        requires PIN_MESSAGES when "the channel is a guild's"
    DELETE delete_pin, 5 per 5_000 ms
        requires PIN_MESSAGES when "the channel is a guild's"
}

/// Pins the message.
///
/// See [Discord Docs/Pin Message](https://discord.com/developers/docs/resources/message#pin-message).
async fn create_pin(
    cx: &Cx,
    caller: InChannel<READ_MESSAGE_HISTORY>,
    Path((_, id)): Path<(Id<marker::Channel>, Id<marker::Message>)>,
    Reason(reason): Reason,
) -> Result<NoContent> {
    pins::pin(cx, &caller, id, reason).await?;
    Ok(NoContent)
}

/// Unpins the message.
///
/// See [Discord Docs/Unpin Message](https://discord.com/developers/docs/resources/message#unpin-message).
async fn delete_pin(
    cx: &Cx,
    caller: InChannel<READ_MESSAGE_HISTORY>,
    Path((_, id)): Path<(Id<marker::Channel>, Id<marker::Message>)>,
    Reason(reason): Reason,
) -> Result<NoContent> {
    pins::unpin(cx, &caller, id, reason).await?;
    Ok(NoContent)
}

#[cfg(test)]
mod tests {
    use runtime::testing::App;
    use serde_json::{Value, json};

    use super::*;
    use crate::messages::FUNCTION as MESSAGES;

    #[test]
    fn everyone_hears_of_a_pin_and_the_channel_says_so() {
        let app = App::new();
        let alice = app.register("alice");
        let (guild, channel) = alice.create_guild();
        let path = format!("/channels/{channel}/messages");
        let message = alice.post(&MESSAGES, &path, json!({ "content": "a" })).ok();
        let pin = format!("{path}/pins/{}", message["id"].as_str().expect("an id"));
        app.events();
        app.advance(1);
        alice.put(&FUNCTION, &pin, json!({})).no_content();
        let events = app.events();
        let kinds: Vec<_> = events.iter().map(|event| event.kind).collect();
        assert_eq!(
            kinds,
            [
                EventKind::MessageUpdate,
                EventKind::ChannelPinsUpdate,
                EventKind::MessageCreate,
                EventKind::GuildAuditLogEntryCreate,
            ]
        );
        assert!(events[0].data.contains(r#""pinned":true"#));
        assert_eq!(events[1].audience, Audience::Channel { guild, channel });
        let page = alice.get(&MESSAGES, &path).ok();
        assert_eq!(page[0]["type"], 6);
        assert_eq!(page[0]["message_reference"]["message_id"], message["id"]);
        alice.put(&FUNCTION, &pin, json!({})).no_content();
        assert!(app.events().is_empty());
        alice.delete(&FUNCTION, &pin).no_content();
        let kinds: Vec<_> = app.events().iter().map(|event| event.kind).collect();
        assert_eq!(
            kinds,
            [
                EventKind::MessageUpdate,
                EventKind::ChannelPinsUpdate,
                EventKind::GuildAuditLogEntryCreate,
            ]
        );
        let notice = format!("{path}/pins/{}", page[0]["id"].as_str().expect("an id"));
        alice
            .put(&FUNCTION, &notice, json!({}))
            .is(Code::CannotExecuteOnSystemMessage);
    }

    #[test]
    fn the_last_pin_is_the_last_that_is_left() {
        let app = App::new();
        let alice = app.register("alice");
        let (_, channel) = alice.create_guild();
        let path = format!("/channels/{channel}/messages");
        let pin = || {
            let message = alice.post(&MESSAGES, &path, json!({ "content": "a" })).ok();
            let id = message["id"].as_str().expect("an id").to_owned();
            app.advance(1000);
            let at = app.now();
            let pin = format!("{path}/pins/{id}");
            alice.put(&FUNCTION, &pin, json!({})).no_content();
            (pin, format!("{path}/{id}"), at)
        };
        let last = || {
            let state = store::messages::channel_states(&[channel]);
            app.read(store::Store::messages(channel), state)[0].last_pin_at
        };
        let told = || {
            let told = app.events();
            let told = told
                .iter()
                .rfind(|it| it.kind == EventKind::ChannelPinsUpdate);
            let told: Value = serde_json::from_str(&told.expect("an event").data).unwrap();
            told["last_pin_timestamp"].clone()
        };
        let ((first, _, one), (second, _, two)) = (pin(), pin());
        assert_eq!(last(), Some(two));
        alice.delete(&FUNCTION, &second).no_content();
        assert_eq!((last(), told()), (Some(one), json!(one)));
        alice.delete(&FUNCTION, &first).no_content();
        assert_eq!((last(), told()), (None, Value::Null));
        let (_, message, _) = pin();
        alice
            .delete(&crate::message::FUNCTION, &message)
            .no_content();
        assert_eq!(last(), None, "the message is gone, and its pin with it");
    }

    #[test]
    fn pins_are_counted_and_need_permission() {
        let app = App::new();
        app.configure(|config| config.limits.pins_per_channel_max = 1);
        let alice = app.register("alice");
        let (guild, channel) = alice.create_guild();
        let bob = app.register("bob");
        bob.join(guild);
        let path = format!("/channels/{channel}/messages");
        let pin = |content| {
            let message = bob
                .post(&MESSAGES, &path, json!({ "content": content }))
                .ok();
            app.advance(1);
            format!("{path}/pins/{}", message["id"].as_str().expect("an id"))
        };
        let first = pin("first");
        bob.put(&FUNCTION, &first, json!({}))
            .is(Code::MissingPermissions);
        bob.grant(guild, 1, PIN_MESSAGES);
        bob.put(&FUNCTION, &first, json!({})).no_content();
        app.advance(1);
        bob.put(&FUNCTION, &pin("second"), json!({}))
            .is(Code::TooManyPins);
        bob.put(&FUNCTION, &format!("{path}/pins/9"), json!({}))
            .is(Code::UnknownMessage);
    }
}
