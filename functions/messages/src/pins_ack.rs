//! Acknowledging pins: the caller has seen them.
//!
//! See [Discord Userdoccers/Messages](https://docs.discord.food/resources/message).

use runtime::prelude::*;
use store::read_states;

function! {
    "/channels/{channel_id}/pins/ack"
    POST ack_pins, 10 per 10_000 ms
}

/// Notes that the caller has seen the channel's pins. For people: bots have no read positions.
async fn ack_pins(cx: &Cx, caller: InChannel) -> Result<NoContent> {
    if caller.caller.user().bot {
        return Err(Code::BotsNotAllowed.into());
    }
    let mut batch = Batch::messages(caller.channel.id);
    batch.push(read_states::see_pins(
        caller.caller.id(),
        caller.channel.id,
        cx.now(),
    ));
    cx.write(batch).await?;
    Ok(NoContent)
}

#[cfg(test)]
mod tests {
    use runtime::testing::App;
    use serde_json::json;
    use store::Store;

    use super::*;

    #[test]
    fn the_time_is_kept() {
        let app = App::new();
        let alice = app.register("alice");
        let (_, channel) = alice.create_guild();
        let path = format!("/channels/{channel}/pins/ack");
        alice.post(&FUNCTION, &path, json!({})).no_content();
        let states = app.read(
            Store::messages(channel),
            read_states::of_user(alice.id, &[]),
        );
        assert_eq!(states[0].last_pin_at, Some(app.now()));
        app.register("mallory")
            .post(&FUNCTION, &path, json!({}))
            .is(Code::MissingAccess);
    }
}
