//! Friends, blocks and requests.
//!
//! See [Userdoccers/List Relationships](https://docs.discord.food/resources/relationships#list-relationships).

use model::relationship::Relationship;
use runtime::prelude::*;
use store::{relationships, users};

use crate::relating;

function! {
    "/users/@me/relationships"
    GET list_relationships
    POST send_friend_request, 20 per 60_000 ms
}

/// All relationships of the caller: friends, blocked users and requests.
async fn list_relationships(cx: &Cx, Human(caller): Human) -> Result<Json<Vec<Relationship>>> {
    let list = cx.read(relationships::of_user(caller.id())).await?;
    Ok(Json(list))
}

/// Characters of a name that may be looked for.
const USERNAME_CHARS_MAX: usize = 32;

struct SendFriendRequest {
    username: String,
}

impl Form for SendFriendRequest {
    fn read(fields: &mut Fields<'_>) -> Self {
        Self {
            username: fields.required_name("username", 1..=USERNAME_CHARS_MAX),
        }
    }
}

/// Asks the person with this name to be a friend, or accepts that they asked. Bots have no friends,
/// so a discriminator makes no difference.
async fn send_friend_request(
    cx: &Cx,
    Human(caller): Human,
    Body(wanted): Body<SendFriendRequest>,
) -> Result<NoContent> {
    let name = wanted.username.to_lowercase();
    let found = cx
        .read(users::account_by_username(&name).optional())
        .await?;
    let found = found.ok_or(Code::NoSuchTag)?;
    relating::befriend(cx, &caller, &found.user).await?;
    Ok(NoContent)
}

#[cfg(test)]
mod tests {
    use runtime::testing::App;
    use serde_json::json;

    use super::*;

    const PATH: &str = "/users/@me/relationships";

    #[test]
    fn a_person_is_asked_by_their_name() {
        let app = App::new();
        let (alice, bob) = (app.register("alice"), app.register("bob"));
        assert_eq!(alice.get(&FUNCTION, PATH).ok(), json!([]));
        let body = json!({ "username": "Bob", "discriminator": null });
        alice.post(&FUNCTION, PATH, body).no_content();
        let list = bob.get(&FUNCTION, PATH).ok();
        assert_eq!(list[0]["user"]["username"], "alice");
        assert_eq!(
            (&list[0]["type"], &list[0]["id"]),
            (&json!(3), &json!(alice.id))
        );
        let nobody = json!({ "username": "carol" });
        alice.post(&FUNCTION, PATH, nobody).is(Code::NoSuchTag);
        let missing = alice.post(&FUNCTION, PATH, json!({}));
        assert_eq!(missing.field_error(&["username"]), "BASE_TYPE_REQUIRED");
    }
}
