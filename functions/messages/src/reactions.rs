//! All reactions to a message.

use actions::reactions;
use model::event::MessageReactionRemoveAll;
use runtime::prelude::*;

function! {
    "/channels/{channel_id}/messages/{message_id}/reactions"
    DELETE delete_all_message_reactions, 4 per 1_000 ms
}

/// Removes everyone's reactions.
///
/// See [Discord Docs/Delete All Reactions](https://discord.com/developers/docs/resources/message#delete-all-reactions).
async fn delete_all_message_reactions(
    cx: &Cx,
    caller: InChannel<MANAGE_MESSAGES>,
    Path((channel, id)): Path<(Id<marker::Channel>, Id<marker::Message>)>,
) -> Result<NoContent> {
    let row = reactions::message(cx, &caller, id).await?;
    let removed = MessageReactionRemoveAll {
        channel_id: channel,
        guild_id: caller.channel.guild_id(),
        message_id: row.id,
    };
    let event = Event::new(caller.audience(), &removed);
    reactions::clear(
        cx,
        channel,
        store::reactions::delete_all(channel, id),
        event,
    )
    .await?;
    Ok(NoContent)
}

#[cfg(test)]
mod tests {
    use runtime::testing::App;
    use serde_json::json;

    use super::*;
    use crate::message::FUNCTION as MESSAGE;
    use crate::messages::FUNCTION as MESSAGES;
    use crate::my_reaction::FUNCTION as MINE;

    #[test]
    fn all_are_removed_at_once_and_by_moderators_alone() {
        let app = App::new();
        let alice = app.register("alice");
        let (guild, channel) = alice.create_guild();
        let bob = app.register("bob");
        bob.join(guild);
        let path = format!("/channels/{channel}/messages");
        let message = bob.post(&MESSAGES, &path, json!({ "content": "a" })).ok();
        let message = format!("{path}/{}", message["id"].as_str().expect("an id"));
        for emoji in ["%F0%9F%94%A5", "%E2%9D%A4"] {
            bob.put(
                &MINE,
                &format!("{message}/reactions/{emoji}/@me"),
                json!({}),
            )
            .no_content();
        }
        let path = format!("{message}/reactions");
        bob.delete(&FUNCTION, &path).is(Code::MissingPermissions);
        app.events();
        alice.delete(&FUNCTION, &path).no_content();
        let event = app.emitted(EventKind::MessageReactionRemoveAll);
        assert_eq!(event.audience, Audience::Channel { guild, channel });
        assert!(
            alice
                .get(&MESSAGE, &message)
                .ok()
                .get("reactions")
                .is_none()
        );
        let gone = format!("/channels/{channel}/messages/9/reactions");
        alice.delete(&FUNCTION, &gone).is(Code::UnknownMessage);
    }
}
