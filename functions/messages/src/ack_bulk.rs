//! Acknowledging many channels at once.
//!
//! See [Discord Userdoccers/Messages](https://docs.discord.food/resources/message).

use runtime::access;
use runtime::prelude::*;
use store::read_states;

function! {
    "/read-states/ack-bulk"
    POST ack_bulk, 10 per 10_000 ms
}

/// Channels at once.
const CHANNELS_MAX: usize = 100;
/// The type of a channel's read state; the others are of features that do not exist here.
const CHANNEL: i64 = 0;

struct AckBulk(Vec<ReadState>);

struct ReadState {
    kind: i64,
    channel: Option<Id<marker::Channel>>,
    message: Option<Id<marker::Message>>,
}

impl Form for AckBulk {
    fn read(fields: &mut Fields<'_>) -> Self {
        fields.present("read_states");
        Self(
            fields
                .forms("read_states", CHANNELS_MAX)
                .unwrap_or_default(),
        )
    }
}

impl Form for ReadState {
    fn read(fields: &mut Fields<'_>) -> Self {
        for name in ["channel_id", "message_id"] {
            fields.present(name);
        }
        Self {
            kind: fields.get("read_state_type").unwrap_or(CHANNEL),
            channel: fields.get("channel_id"),
            message: fields.get("message_id"),
        }
    }
}

/// Notes how far the caller has read each of these channels, and tells their other devices. Those
/// that they do not see are passed over.
async fn ack_bulk(cx: &Cx, caller: Human, Body(form): Body<AckBulk>) -> Result<NoContent> {
    let Human(caller) = caller;
    let AckBulk(states) = form;
    let of_channels = states.into_iter().filter(|state| state.kind == CHANNEL);
    let mut read: Vec<_> = of_channels
        .filter_map(|state| Some((state.channel?, state.message?)))
        .collect();
    let named: Vec<_> = read.iter().map(|(channel, _)| *channel).collect();
    let seen = access::seen(cx, caller.id(), &named).await?;
    read.retain(|(channel, _)| seen.contains(channel));
    // Each position stands for itself: if only some are written the client, which is told of a
    // failure, acknowledges the others once more, and these without effect.
    for (partition, read) in cx.by_partition(read, |(channel, _)| *channel) {
        let mut batch = Batch::messages(partition);
        batch.push(read_states::set_all(caller.id(), &read));
        for (channel, message) in read {
            let told = crate::ack::payload(cx, channel, message);
            batch.emit(Event::new(Audience::Users(vec![caller.id()]), &told));
        }
        cx.write(batch).await?;
    }
    Ok(NoContent)
}

#[cfg(test)]
mod tests {
    use runtime::testing::App;
    use serde_json::json;
    use store::Store;

    use super::*;

    #[test]
    fn nobody_learns_of_what_they_do_not_see() {
        let app = App::new();
        let (alice, bob) = (app.register("alice"), app.register("bob"));
        let (guild, open) = alice.create_guild();
        bob.join(guild);
        let closed = alice.create_thread(open, model::channel::kind::PRIVATE_THREAD);
        let states = [open, closed].map(|id| json!({ "channel_id": id, "message_id": "5" }));
        let body = json!({ "read_states": states });
        let acknowledged = |actor: &runtime::testing::Actor<'_>| {
            let path = "/read-states/ack-bulk";
            actor.post(&FUNCTION, path, body.clone()).no_content();
            app.events().len()
        };
        assert_eq!(acknowledged(&bob), 1);
        assert_eq!(acknowledged(&alice), 2);
    }

    #[test]
    fn each_channel_is_noted_and_told() {
        let app = App::new();
        let alice = app.register("alice");
        let (guild, _) = alice.create_guild();
        let apart = app.create_channels_apart(guild);
        let (one, two) = (apart[0], apart[1]);
        let (_, foreign) = app.register("mallory").create_guild();
        let state = |id: Id<marker::Channel>, message| json!([id, message]);
        let own = [state(one, "5"), state(two, "6")];
        let others = [state(foreign, "7"), state(Id::new(8), "9")];
        let states = own.into_iter().chain(others);
        let states = states.map(|it| json!({ "channel_id": it[0], "message_id": it[1] }));
        let states: Vec<_> = states.collect();
        let body = json!({ "read_states": states });
        alice
            .post(&FUNCTION, "/read-states/ack-bulk", body)
            .no_content();
        assert_eq!(app.events().len(), 2);
        for (channel, message) in [(one, 5), (two, 6)] {
            let states = read_states::of_user(alice.id, &[]);
            let states = app.read(Store::messages(channel), states);
            let read: Vec<_> = states
                .iter()
                .map(|it| (it.channel_id, it.last_message_id))
                .collect();
            assert_eq!(read, [(channel, Some(Id::new(message)))]);
        }
        let wrong = json!({ "read_states": [{ "channel_id": "x", "message_id": "1" }] });
        let wrong = alice.post(&FUNCTION, "/read-states/ack-bulk", wrong);
        let path = ["read_states", "0", "channel_id"];
        assert_eq!(wrong.field_error(&path), "NUMBER_TYPE_COERCE");
        let bot = app.bot("bot");
        let none = json!({ "read_states": [] });
        bot.post(&FUNCTION, "/read-states/ack-bulk", none)
            .is(Code::BotsNotAllowed);
    }
}
