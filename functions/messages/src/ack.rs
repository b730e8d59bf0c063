//! Acknowledging a message: the caller has read the channel up to it.
//!
//! See [Discord Userdoccers/Messages](https://docs.discord.food/resources/message).

use model::event::MessageAck;
use runtime::prelude::*;
use serde::Serialize;
use store::read_states;

function! {
    "/channels/{channel_id}/messages/{message_id}/ack"
    POST ack_message, 60 per 10_000 ms
}

/// Mentions that may be left unread.
const MENTIONS_MAX: i64 = 1_000_000;

struct AckMessage {
    manual: bool,
    mention_count: Option<u32>,
}

impl Form for AckMessage {
    fn read(fields: &mut Fields<'_>) -> Self {
        Self {
            manual: fields.get("manual").unwrap_or_default(),
            mention_count: fields
                .int("mention_count", 0..=MENTIONS_MAX)
                .map(|count| count as u32),
        }
    }
}

/// What an acknowledgement brings.
#[derive(Serialize)]
#[cfg_attr(not(target_family = "wasm"), derive(schemars::JsonSchema))]
struct Acknowledged {
    /// Of a mechanism that Discord no longer uses: always null. Clients expect the field.
    token: Option<String>,
}

/// Notes how far the caller has read, and tells their other devices. Done by hand it may go back,
/// with mentions left unread. For people: bots have no read positions.
async fn ack_message(
    cx: &Cx,
    caller: InChannel,
    Path((channel, message)): Path<(Id<marker::Channel>, Id<marker::Message>)>,
    Body(ack): Body<AckMessage>,
) -> Result<Json<Acknowledged>> {
    if caller.caller.user().bot {
        return Err(Code::BotsNotAllowed.into());
    }
    let user = caller.caller.id();
    let mentions = ack.mention_count.filter(|_| ack.manual).unwrap_or_default();
    let told = MessageAck {
        manual: ack.manual,
        mention_count: ack.manual.then_some(mentions),
        ..payload(cx, channel, message)
    };
    let mut batch = Batch::messages(channel);
    batch.push(read_states::set(user, channel, message, mentions));
    batch.emit(Event::new(Audience::Users(vec![user]), &told));
    cx.write(batch).await?;
    Ok(Json(Acknowledged { token: None }))
}

/// That a channel was read up to a message.
pub(crate) fn payload(
    cx: &Cx,
    channel_id: Id<marker::Channel>,
    message_id: Id<marker::Message>,
) -> MessageAck {
    MessageAck {
        channel_id,
        manual: false,
        mention_count: None,
        message_id,
        version: cx.now().as_millis(),
    }
}

#[cfg(test)]
mod tests {
    use runtime::testing::App;
    use serde_json::{Value, json};
    use store::Store;

    use super::*;

    #[test]
    fn the_readers_devices_hear_of_it() {
        let app = App::new();
        let alice = app.register("alice");
        let (_, channel) = alice.create_guild();
        let path = |message| format!("/channels/{channel}/messages/{message}/ack");
        let answer = alice
            .post(&FUNCTION, &path(9), json!({ "token": null }))
            .ok();
        assert_eq!(answer["token"], Value::Null);
        let event = app.emitted(EventKind::MessageAck);
        assert_eq!(event.audience, Audience::Users(vec![alice.id]));
        alice
            .post(
                &FUNCTION,
                &path(8),
                json!({ "manual": true, "mention_count": 3 }),
            )
            .ok();
        let states = app.read(
            Store::messages(channel),
            read_states::of_user(alice.id, &[]),
        );
        assert_eq!(states[0].last_message_id, Some(Id::new(8)));
        assert_eq!(states[0].mention_count, 3);
        let negative = json!({ "mention_count": -1 });
        let negative = alice.post(&FUNCTION, &path(8), negative);
        assert_eq!(negative.field_error(&["mention_count"]), "NUMBER_TYPE_MIN");
    }

    #[test]
    fn bots_and_strangers_read_nothing() {
        let app = App::new();
        let (guild, channel) = app.register("alice").create_guild();
        let path = format!("/channels/{channel}/messages/9/ack");
        let bot = app.bot("bot");
        bot.join(guild);
        bot.post(&FUNCTION, &path, json!({}))
            .is(Code::BotsNotAllowed);
        app.register("mallory")
            .post(&FUNCTION, &path, json!({}))
            .is(Code::MissingAccess);
    }
}
