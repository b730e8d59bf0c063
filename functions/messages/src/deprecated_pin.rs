//! Pinning one message, and unpinning it, as older libraries do.

use actions::pins;
use runtime::extract::Reason;
use runtime::prelude::*;

function! {
    "/channels/{channel_id}/pins/{message_id}"
    PUT deprecated_create_pin, 5 per 5_000 ms
        requires PIN_MESSAGES when "the channel is a guild's"
    DELETE deprecated_delete_pin, 5 per 5_000 ms
        requires PIN_MESSAGES when "the channel is a guild's"
}

/// Pins the message.
///
/// See [Discord Docs/Pin Message](https://discord.com/developers/docs/resources/message#pin-message-deprecated).
async fn deprecated_create_pin(
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
/// See [Discord Docs/Unpin Message](https://discord.com/developers/docs/resources/message#unpin-message-deprecated).
async fn deprecated_delete_pin(
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
    use serde_json::json;

    use super::*;
    use crate::messages::FUNCTION as MESSAGES;

    #[test]
    fn the_old_route_pins_and_unpins() {
        let app = App::new();
        let alice = app.register("alice");
        let (_, channel) = alice.create_guild();
        let path = format!("/channels/{channel}/messages");
        let message = alice.post(&MESSAGES, &path, json!({ "content": "a" })).ok();
        let pin = format!(
            "/channels/{channel}/pins/{}",
            message["id"].as_str().expect("an id")
        );
        app.advance(1);
        alice.put(&FUNCTION, &pin, json!({})).no_content();
        app.emitted(EventKind::ChannelPinsUpdate);
        assert_eq!(alice.get(&MESSAGES, &path).ok()[1]["pinned"], true);
        alice.delete(&FUNCTION, &pin).no_content();
        app.emitted(EventKind::ChannelPinsUpdate);
        assert_eq!(alice.get(&MESSAGES, &path).ok()[1]["pinned"], false);
        let gone = format!("/channels/{channel}/pins/9");
        alice
            .put(&FUNCTION, &gone, json!({}))
            .is(Code::UnknownMessage);
    }
}
