//! Somebody's reaction to a message.

use actions::reactions;
use runtime::prelude::*;

function! {
    "/channels/{channel_id}/messages/{message_id}/reactions/{emoji_name}/{user_id}"
    DELETE delete_user_message_reaction, 4 per 1_000 ms
        requires MANAGE_MESSAGES when "the reaction is another's"
}

type Place = (
    Id<marker::Channel>,
    Id<marker::Message>,
    String,
    Id<marker::User>,
);

/// Removes a user's reaction. Nothing happens when there is none.
///
/// See [Discord Docs/Delete User Reaction](https://discord.com/developers/docs/resources/message#delete-user-reaction).
async fn delete_user_message_reaction(
    cx: &Cx,
    caller: InChannel,
    Path((_, id, emoji, user)): Path<Place>,
) -> Result<NoContent> {
    if user != caller.caller.id() {
        caller.require(MANAGE_MESSAGES)?;
    }
    let emoji = reactions::emoji(&emoji)?;
    reactions::remove(cx, &caller, id, &emoji, user).await?;
    Ok(NoContent)
}

#[cfg(test)]
mod tests {
    use runtime::testing::App;
    use serde_json::json;

    use super::*;
    use crate::messages::FUNCTION as MESSAGES;
    use crate::my_reaction::FUNCTION as MINE;

    #[test]
    fn a_moderator_removes_it_and_others_cannot() {
        let app = App::new();
        let alice = app.register("alice");
        let (guild, channel) = alice.create_guild();
        let bob = app.register("bob");
        bob.join(guild);
        let path = format!("/channels/{channel}/messages");
        let message = alice.post(&MESSAGES, &path, json!({ "content": "a" })).ok();
        let id = message["id"].as_str().expect("an id");
        let path = format!("{path}/{id}/reactions/%F0%9F%94%A5");
        for actor in [&alice, &bob] {
            actor
                .put(&MINE, &format!("{path}/@me"), json!({}))
                .no_content();
        }
        bob.delete(&FUNCTION, &format!("{path}/{}", alice.id))
            .is(Code::MissingPermissions);
        app.events();
        alice
            .delete(&FUNCTION, &format!("{path}/{}", bob.id))
            .no_content();
        let event = app.emitted(EventKind::MessageReactionRemove);
        assert_eq!(event.audience, Audience::Channel { guild, channel });
        assert!(event.data.contains(&format!(r#""user_id":"{}""#, bob.id)));
        alice
            .delete(&FUNCTION, &format!("{path}/{}", bob.id))
            .no_content();
        assert!(app.events().is_empty());
    }
}
