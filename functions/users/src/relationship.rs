//! What one other user is to the caller.
//!
//! See [Userdoccers/Create Relationship](https://docs.discord.food/resources/relationships#create-relationship).

use model::event::RelationshipUpdate;
use model::relationship::kind;
use runtime::prelude::*;
use store::{relationships, users};

use crate::relating;

function! {
    "/users/@me/relationships/{user_id}"
    PUT create_relationship, 20 per 60_000 ms
    PATCH update_relationship
    DELETE delete_relationship
}

/// Characters of what somebody calls a friend.
const NICKNAME_CHARS_MAX: usize = 32;

struct CreateRelationship {
    block: bool,
}

impl Form for CreateRelationship {
    fn read(fields: &mut Fields<'_>) -> Self {
        let kinds = [kind::FRIEND.into(), kind::BLOCKED.into()];
        Self {
            block: fields.choice("type", &kinds) == Some(kind::BLOCKED.into()),
        }
    }
}

/// Asks the user to be a friend, accepts that they asked, or blocks them.
async fn create_relationship(
    cx: &Cx,
    Human(caller): Human,
    Path(other): Path<Id<marker::User>>,
    Body(wish): Body<CreateRelationship>,
) -> Result<NoContent> {
    let other = cx.read(users::by_id(other).optional()).await?;
    let other = other.ok_or(Code::UnknownUser)?;
    match wish.block {
        true => relating::block(cx, &caller, &other).await?,
        false => relating::befriend(cx, &caller, &other).await?,
    }
    Ok(NoContent)
}

struct UpdateRelationship {
    nickname: Option<Option<String>>,
}

impl Form for UpdateRelationship {
    fn read(fields: &mut Fields<'_>) -> Self {
        Self {
            nickname: fields.nullable_text("nickname", 0..=NICKNAME_CHARS_MAX),
        }
    }
}

/// Changes the caller's nickname for a friend. Only the caller sees it.
async fn update_relationship(
    cx: &Cx,
    Human(caller): Human,
    Path(other): Path<Id<marker::User>>,
    Body(name): Body<UpdateRelationship>,
) -> Result<NoContent> {
    let friend = relationships::one(caller.id(), other).optional();
    let friend = cx.read(friend).await?.ok_or(Code::UnknownUser)?;
    let Some(nickname) = name.nickname else {
        return Ok(NoContent);
    };
    let nickname = nickname.filter(|nickname| !nickname.is_empty());
    let mut batch = Batch::main();
    let renamed = relationships::set_nickname(caller.id(), other, nickname.as_deref());
    batch.require_change(renamed, Code::UnknownUser);
    let renamed = RelationshipUpdate {
        id: other,
        nickname: nickname.map(Into::into),
        since: friend.since,
        kind: kind::FRIEND,
    };
    let own = Audience::Users(vec![caller.id()]);
    batch.emit(Event::new(own, &renamed));
    cx.write(batch).await?;
    Ok(NoContent)
}

/// Ends a friendship, takes a request back or declines one, or lifts a block.
async fn delete_relationship(
    cx: &Cx,
    Human(caller): Human,
    Path(other): Path<Id<marker::User>>,
) -> Result<NoContent> {
    relating::part(cx, &caller, other).await?;
    Ok(NoContent)
}

#[cfg(test)]
mod tests {
    use runtime::testing::{Actor, Answer, App};
    use serde_json::{Value, json};

    use super::*;
    use crate::relationships::FUNCTION as LIST;

    fn path(other: &Actor<'_>) -> String {
        format!("/users/@me/relationships/{}", other.id)
    }

    fn ask(actor: &Actor<'_>, other: &Actor<'_>) -> Answer {
        actor.put(&FUNCTION, &path(other), json!({}))
    }

    fn block(actor: &Actor<'_>, other: &Actor<'_>) {
        let body = json!({ "type": 2 });
        actor.put(&FUNCTION, &path(other), body).no_content();
    }

    /// What the others are to somebody.
    fn kinds(actor: &Actor<'_>) -> Value {
        let list = actor.get(&LIST, "/users/@me/relationships").ok();
        let list = list.as_array().expect("a list").iter();
        list.map(|relationship| relationship["type"].clone())
            .collect()
    }

    #[test]
    fn accepted_requests_make_friends() {
        let app = App::new();
        let (alice, bob) = (app.register("alice"), app.register("bob"));
        ask(&alice, &bob).no_content();
        let events = app.events();
        let audiences: Vec<_> = events.iter().map(|event| &event.audience).collect();
        assert_eq!(
            audiences,
            [
                &Audience::Users(vec![alice.id]),
                &Audience::Users(vec![bob.id])
            ]
        );
        assert!(events[1].data.contains(r#""username":"alice""#));
        assert_eq!((kinds(&alice), kinds(&bob)), (json!([4]), json!([3])));
        ask(&alice, &bob).no_content();
        assert!(app.events().is_empty(), "asking twice is asking once");
        ask(&bob, &alice).no_content();
        assert_eq!((kinds(&alice), kinds(&bob)), (json!([1]), json!([1])));
        ask(&bob, &alice).is(Code::AlreadyFriends);
        let named = json!({ "nickname": "Al" });
        bob.patch(&FUNCTION, &path(&alice), named).no_content();
        app.events();
        bob.delete(&FUNCTION, &path(&alice)).no_content();
        assert_eq!(app.events().len(), 2);
        assert_eq!((kinds(&alice), kinds(&bob)), (json!([]), json!([])));
    }

    #[test]
    fn blocked_users_request_in_vain_and_hear_only_of_ends() {
        let app = App::new();
        let (alice, bob) = (app.register("alice"), app.register("bob"));
        ask(&bob, &alice).no_content();
        app.events();
        block(&alice, &bob);
        let kinds_told: Vec<_> = app.events().iter().map(|event| event.kind).collect();
        let expected = [EventKind::RelationshipAdd, EventKind::RelationshipRemove];
        assert_eq!(kinds_told, expected);
        assert_eq!((kinds(&alice), kinds(&bob)), (json!([2]), json!([])));
        ask(&bob, &alice).is(Code::FriendRequestBlocked);
        ask(&alice, &bob).is(Code::FriendRequestBlocked);
        block(&bob, &alice);
        alice.delete(&FUNCTION, &path(&bob)).no_content();
        assert_eq!((kinds(&alice), kinds(&bob)), (json!([]), json!([2])));
    }

    #[test]
    fn oneself_bots_and_nobody_are_no_friends() {
        let app = App::new();
        let (alice, robot) = (app.register("alice"), app.bot("robot"));
        ask(&alice, &alice).is(Code::CannotFriendSelf);
        ask(&alice, &robot).is(Code::BotsHaveNoFriends);
        ask(&robot, &alice).is(Code::BotsNotAllowed);
        let nobody = "/users/@me/relationships/1";
        alice
            .put(&FUNCTION, nobody, json!({}))
            .is(Code::UnknownUser);
        let odd = alice.put(&FUNCTION, &path(&robot), json!({ "type": 3 }));
        assert_eq!(odd.field_error(&["type"]), "BASE_TYPE_CHOICES");
        let named = json!({ "nickname": "R" });
        alice
            .patch(&FUNCTION, &path(&robot), named)
            .is(Code::UnknownUser);
    }

    /// Has as many others as there may be be this to somebody.
    fn fill(app: &App, actor: &Actor<'_>, kind: u8) {
        let mut batch = Batch::main();
        for other in 1..=1000 {
            let set = relationships::set(actor.id, Id::new(other), kind, app.now());
            batch.push(set);
        }
        app.write(batch);
    }

    #[test]
    fn flooded_users_still_accept_request_and_block() {
        let app = App::new();
        let (alice, bob, carol) = (
            app.register("alice"),
            app.register("bob"),
            app.register("carol"),
        );
        ask(&bob, &alice).no_content();
        fill(&app, &alice, kind::INCOMING_REQUEST);
        let mallory = app.register("mallory");
        ask(&mallory, &alice).is(Code::TooManyFriends);
        ask(&alice, &bob).no_content();
        ask(&alice, &carol).no_content();
        block(&alice, &mallory);
    }

    #[test]
    fn friends_are_bounded_and_may_be_blocked_all_the_same() {
        let app = App::new();
        let (alice, bob) = (app.register("alice"), app.register("bob"));
        ask(&bob, &alice).no_content();
        ask(&alice, &bob).no_content();
        fill(&app, &alice, kind::FRIEND);
        let carol = app.register("carol");
        ask(&carol, &alice).no_content();
        ask(&alice, &carol).is(Code::TooManyFriends);
        block(&alice, &bob);
    }

    #[test]
    fn settings_say_who_may_ask() {
        let app = App::new();
        let (alice, bob) = (app.register("alice"), app.register("bob"));
        let sources = json!({ "friend_source_flags": { "mutual_guilds": true } });
        let mut batch = Batch::main();
        let patch = sources.as_object().expect("an object");
        batch.push(store::settings::merge(bob.id, patch));
        app.write(batch);
        ask(&alice, &bob).is(Code::FriendRequestsDisabled);
        let (guild, _) = alice.create_guild();
        bob.join(guild);
        ask(&alice, &bob).no_content();
    }
}
