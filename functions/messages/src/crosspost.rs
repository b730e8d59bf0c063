//! Publishing a message of an announcement channel.

use actions::edit_message::update_event;
use actions::message_view::view;
use model::Message;
use model::channel::kind;
use model::message::flags;
use runtime::prelude::*;
use store::messages;

function! {
    "/channels/{channel_id}/messages/{message_id}/crosspost"
    POST crosspost_message, 10 per 3_600_000 ms
        requires MANAGE_MESSAGES when "the message is another's"
        requires READ_MESSAGE_HISTORY when "the message is another's"
}

/// Publishes a message to the channels that follow its own. That of somebody else only with
/// MANAGE_MESSAGES.
///
/// See [Discord Docs/Crosspost Message](https://discord.com/developers/docs/resources/message#crosspost-message).
async fn crosspost_message(
    cx: &Cx,
    caller: InChannel<SEND_MESSAGES>,
    Path((_, id)): Path<(Id<marker::Channel>, Id<marker::Message>)>,
) -> Result<Json<Message>> {
    if caller.channel.kind != kind::ANNOUNCEMENT {
        return Err(Code::CannotExecuteOnChannelType.into());
    }
    let reader = caller.caller.id();
    let query = messages::by_id(reader, caller.channel.id, id);
    let mut row = cx
        .read_for_update(caller.channel.id, query.optional())
        .await?
        .ok_or(Code::UnknownMessage)?;
    if row.author_id != reader {
        caller.require(MANAGE_MESSAGES)?;
        caller.require(READ_MESSAGE_HISTORY)?;
    }
    if row.flags & flags::CROSSPOSTED != 0 {
        return Err(Code::AlreadyCrossposted.into());
    }
    let before = row.clone();
    row.flags |= flags::CROSSPOSTED;
    let mut batch = Batch::messages(row.channel_id);
    messages::update(&mut batch, &before, &row);
    batch.emit(update_event(cx, &caller, &row).await?);
    cx.write(batch).await?;
    view(cx, &caller, row).await.map(Json)
}

#[cfg(test)]
mod tests {
    use runtime::testing::App;
    use serde_json::json;
    use store::Store;

    use super::*;
    use crate::messages::FUNCTION as MESSAGES;

    #[test]
    fn an_announcement_is_published_once() {
        let app = App::new();
        let alice = app.register("alice");
        let (_, channel) = alice.create_guild();
        let path = format!("/channels/{channel}/messages");
        let message = alice
            .post(&MESSAGES, &path, json!({ "content": "news" }))
            .ok();
        let path = format!(
            "{path}/{}/crosspost",
            message["id"].as_str().expect("an id")
        );
        alice
            .post(&FUNCTION, &path, json!({}))
            .is(Code::CannotExecuteOnChannelType);
        let before = app
            .read(Store::Main, store::channels::by_id(channel))
            .remove(0);
        let mut row = before.clone();
        row.kind = kind::ANNOUNCEMENT;
        let mut batch = Batch::main();
        store::channels::update(&mut batch, &before, &row);
        app.write(batch);
        app.events();
        assert_eq!(alice.post(&FUNCTION, &path, json!({})).ok()["flags"], 1);
        app.emitted(EventKind::MessageUpdate);
        alice
            .post(&FUNCTION, &path, json!({}))
            .is(Code::AlreadyCrossposted);
    }
}
