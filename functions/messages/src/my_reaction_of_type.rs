//! The caller's own reaction to a message, of a type: how people's clients name it.

use actions::reactions;
use runtime::prelude::*;

function! {
    "/channels/{channel_id}/messages/{message_id}/reactions/{emoji_name}/{reaction_type}/@me"
    DELETE delete_my_message_reaction_of_type, 4 per 1_000 ms
}

type Place = (Id<marker::Channel>, Id<marker::Message>, String, String);

/// Takes the reaction back. Nothing happens when there is none.
///
/// See [Userdoccers/Delete Own Reaction](https://docs.discord.food/resources/message#delete-own-reaction).
async fn delete_my_message_reaction_of_type(
    cx: &Cx,
    caller: InChannel,
    Path((_, id, emoji, kind)): Path<Place>,
) -> Result<NoContent> {
    let emoji = reactions::emoji(&emoji)?;
    reactions::remove_of_type(cx, &caller, id, &emoji, &kind, caller.caller.id()).await?;
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
    fn a_normal_reaction_is_taken_back_and_there_are_no_super_reactions() {
        let app = App::new();
        let alice = app.register("alice");
        let (_, channel) = alice.create_guild();
        let path = format!("/channels/{channel}/messages");
        let message = alice.post(&MESSAGES, &path, json!({ "content": "a" })).ok();
        let id = message["id"].as_str().expect("an id");
        let path = format!("{path}/{id}/reactions/%F0%9F%94%A5");
        alice
            .put(&MINE, &format!("{path}/@me"), json!({}))
            .no_content();
        app.events();
        alice
            .delete(&FUNCTION, &format!("{path}/1/@me"))
            .no_content();
        assert!(app.events().is_empty());
        alice
            .delete(&FUNCTION, &format!("{path}/0/@me"))
            .no_content();
        app.emitted(EventKind::MessageReactionRemove);
        alice
            .delete(&FUNCTION, &format!("{path}/2/@me"))
            .is(Code::NotFound);
    }
}
