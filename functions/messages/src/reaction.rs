//! The reactions to a message with one emoji.

use std::borrow::Cow;

use actions::reactions;
use model::User;
use model::event::MessageReactionRemoveEmoji;
use runtime::prelude::*;
use store::users;

function! {
    "/channels/{channel_id}/messages/{message_id}/reactions/{emoji_name}"
    GET list_message_reactions_by_emoji
    DELETE delete_all_message_reactions_by_emoji, 4 per 1_000 ms
}

type Place = (Id<marker::Channel>, Id<marker::Message>, String);

/// Users in a page when the caller does not say how many.
const LIMIT_DEFAULT: i64 = 25;
/// Users in a page at most.
const LIMIT_MAX: i64 = 100;
/// The type of super reactions, of which there are none.
const BURST: i64 = 1;

struct Page {
    after: u64,
    limit: u32,
    kind: i64,
}

impl Form for Page {
    fn read(fields: &mut Fields<'_>) -> Self {
        Self {
            after: fields.get::<Id<marker::User>>("after").map_or(0, Id::get),
            limit: fields.int("limit", 1..=LIMIT_MAX).unwrap_or(LIMIT_DEFAULT) as u32,
            kind: fields.choice("type", &[0, BURST]).unwrap_or_default(),
        }
    }
}

/// A page of those who reacted with the emoji, in the order of their ids.
///
/// See [Discord Docs/Get Reactions](https://discord.com/developers/docs/resources/message#get-reactions).
async fn list_message_reactions_by_emoji(
    cx: &Cx,
    caller: InChannel<READ_MESSAGE_HISTORY>,
    Path((_, id, emoji)): Path<Place>,
    Query(page): Query<Page>,
) -> Result<Json<Vec<User>>> {
    let emoji = reactions::emoji(&emoji)?;
    let row = reactions::message(cx, &caller, id).await?;
    if page.kind == BURST {
        return Ok(Json(Vec::new()));
    }
    let query = store::reactions::users(row.id, &emoji, page.after, page.limit);
    let ids = cx.read_messages(row.channel_id, query).await?;
    if ids.is_empty() {
        return Ok(Json(Vec::new()));
    }
    let mut found = cx.read(users::by_ids(&ids)).await?;
    found.sort_by_key(|user| user.id);
    Ok(Json(found))
}

/// Removes everyone's reactions with the emoji.
///
/// See [Discord Docs/Delete All Reactions for Emoji](https://discord.com/developers/docs/resources/message#delete-all-reactions-for-emoji).
async fn delete_all_message_reactions_by_emoji(
    cx: &Cx,
    caller: InChannel<MANAGE_MESSAGES>,
    Path((channel, id, emoji)): Path<Place>,
) -> Result<NoContent> {
    let emoji = reactions::emoji(&emoji)?;
    let row = reactions::message(cx, &caller, id).await?;
    let removed = MessageReactionRemoveEmoji {
        channel_id: channel,
        emoji: Cow::Borrowed(&emoji),
        guild_id: caller.channel.guild_id(),
        message_id: row.id,
    };
    let event = Event::new(caller.audience(), &removed);
    reactions::clear(
        cx,
        channel,
        store::reactions::delete_of_emoji(channel, id, &emoji),
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
    use crate::messages::FUNCTION as MESSAGES;
    use crate::my_reaction::FUNCTION as MINE;

    #[test]
    fn those_who_reacted_are_listed_and_removed() {
        let app = App::new();
        let alice = app.register("alice");
        let (guild, channel) = alice.create_guild();
        let bob = app.register("bob");
        bob.join(guild);
        let path = format!("/channels/{channel}/messages");
        let message = alice.post(&MESSAGES, &path, json!({ "content": "a" })).ok();
        let id = message["id"].as_str().expect("an id");
        let path = format!("{path}/{id}/reactions/%F0%9F%94%A5");
        for actor in [&bob, &alice] {
            actor
                .put(&MINE, &format!("{path}/@me"), json!({}))
                .no_content();
        }
        let list = |query: &str| alice.get(&FUNCTION, &format!("{path}{query}"));
        let names = |query: &str| {
            let users = list(query).ok();
            let users = users.as_array().expect("a list").iter();
            users
                .map(|user| user["username"].to_string())
                .collect::<Vec<_>>()
        };
        assert_eq!(names(""), ["\"alice\"", "\"bob\""]);
        assert_eq!(names("?limit=1"), ["\"alice\""]);
        assert_eq!(names(&format!("?after={}", alice.id)), ["\"bob\""]);
        assert!(names("?type=1").is_empty());
        assert_eq!(list("?limit=0").field_error(&["limit"]), "NUMBER_TYPE_MIN");
        bob.delete(&FUNCTION, &path).is(Code::MissingPermissions);
        app.events();
        alice.delete(&FUNCTION, &path).no_content();
        let event = app.emitted(EventKind::MessageReactionRemoveEmoji);
        assert_eq!(event.audience, Audience::Channel { guild, channel });
        assert!(names("").is_empty());
        alice.delete(&FUNCTION, &path).no_content();
        assert!(app.events().is_empty());
    }
}
