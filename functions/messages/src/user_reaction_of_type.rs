//! Somebody's reaction to a message, of a type: how people's clients name it.

use actions::reactions;
use runtime::prelude::*;

function! {
    "/channels/{channel_id}/messages/{message_id}/reactions/{emoji_name}/{reaction_type}/{user_id}"
    DELETE delete_user_message_reaction_of_type, 4 per 1_000 ms
        requires MANAGE_MESSAGES when "the reaction is another's"
}

type Place = (
    Id<marker::Channel>,
    Id<marker::Message>,
    String,
    String,
    Id<marker::User>,
);

/// Removes a user's reaction. Nothing happens when there is none.
///
/// See [Userdoccers/Delete Reaction](https://docs.discord.food/resources/message#delete-reaction).
async fn delete_user_message_reaction_of_type(
    cx: &Cx,
    caller: InChannel,
    Path((_, id, emoji, kind, user)): Path<Place>,
) -> Result<NoContent> {
    if user != caller.caller.id() {
        caller.require(MANAGE_MESSAGES)?;
    }
    let emoji = reactions::emoji(&emoji)?;
    reactions::remove_of_type(cx, &caller, id, &emoji, &kind, user).await?;
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
        bob.delete(&FUNCTION, &format!("{path}/0/{}", alice.id))
            .is(Code::MissingPermissions);
        app.events();
        alice
            .delete(&FUNCTION, &format!("{path}/0/{}", bob.id))
            .no_content();
        let event = app.emitted(EventKind::MessageReactionRemove);
        assert!(event.data.contains(&format!(r#""user_id":"{}""#, bob.id)));
    }
}
