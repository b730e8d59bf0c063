//! A channel's pinned messages, as older libraries ask for them.

use actions::message_view::view_all;
use actions::pins;
use model::Message;
use runtime::prelude::*;

function! {
    "/channels/{channel_id}/pins"
    GET deprecated_list_pins
}

/// Messages that the old answer has, at most.
const LIMIT: u32 = 50;

/// The messages that were pinned last, the last pinned first.
///
/// See [Discord Docs/Get Pinned Messages](https://discord.com/developers/docs/resources/message#get-pinned-messages-deprecated).
async fn deprecated_list_pins(cx: &Cx, caller: InChannel) -> Result<Json<Vec<Message>>> {
    let rows = pins::page(cx, &caller, None, LIMIT).await?;
    view_all(cx, &caller, rows).await.map(Json)
}

#[cfg(test)]
mod tests {
    use runtime::testing::App;
    use serde_json::json;

    use super::*;

    #[test]
    fn a_channel_without_pins_has_an_empty_list() {
        let app = App::new();
        let alice = app.register("alice");
        let (_, channel) = alice.create_guild();
        let path = format!("/channels/{channel}/pins");
        assert_eq!(alice.get(&FUNCTION, &path).ok(), json!([]));
        app.register("mallory")
            .get(&FUNCTION, &path)
            .is(Code::MissingAccess);
    }
}
