//! The caller's private conversations.
//!
//! See [Discord Docs/Create DM](https://discord.com/developers/docs/resources/user#create-dm) and,
//! for people, [Userdoccers/Create Private Channel](https://docs.discord.food/resources/channel#create-private-channel).

mod direct;
mod group;

use std::collections::BTreeMap;

use model::User;
use model::channel::{Channel, PrivateChannel};
use model::event::ChannelCreate;
use runtime::prelude::*;
use store::{messages, private_channels};

function! {
    "/users/@me/channels"
    GET list_private_channels
    POST create_dm, 10 per 60_000 ms
}

struct CreateDm {
    recipients: Vec<Id<marker::User>>,
    group: bool,
}

impl Form for CreateDm {
    fn read(fields: &mut Fields<'_>) -> Self {
        if let Some(one) = fields.get("recipient_id") {
            return Self {
                recipients: vec![one],
                group: false,
            };
        }
        let Some(mut recipients) = fields.list("recipients", usize::MAX) else {
            fields.error(
                "recipient_id",
                "BASE_TYPE_REQUIRED",
                "This field is required",
            );
            return Self {
                recipients: Vec::new(),
                group: false,
            };
        };
        recipients.sort_unstable();
        recipients.dedup();
        // Clients send a list of one for a conversation of two.
        Self {
            group: recipients.len() != 1,
            recipients,
        }
    }
}

/// The conversations that are open for the caller.
async fn list_private_channels(cx: &Cx, Human(caller): Human) -> Result<Json<Vec<Channel>>> {
    let id = caller.id();
    let (mut list, others) = cx
        .read((
            private_channels::open_for(id),
            private_channels::others_in_open_for(id),
        ))
        .await?;
    let mut recipients: BTreeMap<_, Vec<User>> = BTreeMap::new();
    for (channel, user) in others {
        recipients.entry(channel).or_default().push(user);
    }
    let ids: Vec<_> = list.iter().map(|channel| channel.id).collect();
    let states = cx.read_messages_of(&ids, messages::channel_states).await?;
    for channel in &mut list {
        if let Some(private) = &mut channel.private {
            private.recipients = recipients.remove(&channel.id).unwrap_or_default();
        }
        if let Some(state) = states.iter().find(|state| state.channel_id == channel.id) {
            channel.last_message_id = state.last_message_id;
            channel.last_pin_timestamp = state.last_pin_at;
        }
    }
    Ok(Json(list))
}

/// Opens the conversation with another user, or a group.
async fn create_dm(
    cx: &Cx,
    caller: Caller,
    Body(opening): Body<CreateDm>,
) -> Result<Json<Channel>> {
    if opening.group {
        let group = group::create(cx, &caller, &opening.recipients).await;
        return group.map(Json);
    }
    let [other] = opening.recipients[..] else {
        return Err(Code::InvalidRecipients.into());
    };
    direct::open(cx, &caller, other).await.map(Json)
}

/// A new conversation.
fn conversation(
    cx: &Cx,
    kind: u8,
    recipients: Vec<User>,
    owner_id: Option<Id<marker::User>>,
) -> Channel {
    Channel {
        id: cx.id(),
        kind,
        flags: 0,
        last_message_id: None,
        last_pin_timestamp: None,
        guild: None,
        private: Some(PrivateChannel {
            recipients,
            name: None,
            icon: None,
            owner_id,
        }),
    }
}

/// Adds the conversation, still without recipients.
fn insert(batch: &mut Batch, channel: &Channel) {
    if let Some(private) = &channel.private {
        batch.push(private_channels::insert(channel, private));
    }
}

/// What a participant hears of a conversation that is theirs now.
fn created(channel: &Channel, user: Id<marker::User>) -> Event {
    let audience = Audience::Private {
        channel: channel.id,
        users: vec![user],
    };
    Event::new(audience, &ChannelCreate::new(channel))
}

#[cfg(test)]
mod tests {
    use model::relationship::kind::BLOCKED;
    use runtime::testing::{Actor, App};
    use serde_json::{Value, json};
    use store::{Rejection, Store, relationships};

    use super::direct::EXISTS;
    use super::*;

    const PATH: &str = "/users/@me/channels";

    fn open(actor: &Actor<'_>, other: &Actor<'_>) -> runtime::testing::Answer {
        actor.post(&FUNCTION, PATH, json!({ "recipient_id": other.id }))
    }

    /// A guild that brings them together.
    fn acquaint(actors: &[&Actor<'_>]) {
        let (guild, _) = actors[0].create_guild();
        for actor in &actors[1..] {
            actor.join(guild);
        }
    }

    #[test]
    fn two_users_have_one_conversation() {
        let app = App::new();
        let (alice, bob) = (app.register("alice"), app.register("bob"));
        acquaint(&[&alice, &bob]);
        let channel = open(&alice, &bob).ok();
        assert_eq!(
            (&channel["type"], &channel["recipients"][0]["id"]),
            (&json!(1), &json!(bob.id))
        );
        let event = app.emitted(EventKind::ChannelCreate);
        let id = channel["id"].as_str().unwrap().parse().unwrap();
        let audience = Audience::Private {
            channel: id,
            users: vec![alice.id],
        };
        assert_eq!(event.audience, audience);
        // Bob has nothing to see yet.
        assert_eq!(bob.get(&FUNCTION, PATH).ok(), json!([]));
        assert_eq!(open(&alice, &bob).ok()["id"], channel["id"]);
        assert!(app.events().is_empty());
        let from_bob = bob
            .post(&FUNCTION, PATH, json!({ "recipients": [alice.id] }))
            .ok();
        assert_eq!(
            (&from_bob["id"], &from_bob["type"]),
            (&channel["id"], &json!(1))
        );
        assert!(app.emitted(EventKind::ChannelCreate).data.contains("alice"));
        assert_eq!(
            bob.get(&FUNCTION, PATH).ok()[0]["recipients"][0]["username"],
            "alice"
        );
    }

    #[test]
    fn anybody_can_be_turned_to_and_hears_nothing_of_it() {
        let app = App::new();
        let (alice, bob) = (app.register("alice"), app.register("bob"));
        let opened = open(&alice, &bob).ok();
        assert_eq!(open(&alice, &bob).ok()["id"], opened["id"]);
        let told = app.emitted(EventKind::ChannelCreate);
        let Audience::Private { users, .. } = told.audience else {
            panic!("{told:?}")
        };
        assert_eq!(users, [alice.id]);
        assert_eq!(bob.get(&FUNCTION, PATH).ok(), json!([]));
    }

    #[test]
    fn oneself_and_nobody_cannot_be_written_to() {
        let app = App::new();
        let alice = app.register("alice");
        open(&alice, &alice).is(Code::CannotMessageUser);
        let nobody = json!({ "recipient_id": "1" });
        alice
            .post(&FUNCTION, PATH, nobody)
            .is(Code::InvalidRecipients);
        let wrong = alice.post(&FUNCTION, PATH, json!({ "recipient_id": "bob" }));
        assert_eq!(wrong.field_error(&["recipient_id"]), "NUMBER_TYPE_COERCE");
        let missing = alice.post(&FUNCTION, PATH, json!({}));
        assert_eq!(missing.field_error(&["recipient_id"]), "BASE_TYPE_REQUIRED");
    }

    #[test]
    fn a_bot_opens_conversations_of_two_but_no_groups() {
        let app = App::new();
        let (alice, robot) = (app.register("alice"), app.bot("robot"));
        acquaint(&[&alice, &robot]);
        assert_eq!(
            open(&robot, &alice).ok()["recipients"][0]["username"],
            "alice"
        );
        let group = json!({ "recipients": [alice.id, "1"] });
        robot.post(&FUNCTION, PATH, group).is(Code::BotsNotAllowed);
        robot.get(&FUNCTION, PATH).is(Code::BotsNotAllowed);
    }

    #[test]
    fn everyone_in_a_group_sees_the_others() {
        let app = App::new();
        let (alice, bob, carol) = (
            app.register("alice"),
            app.register("bob"),
            app.register("carol"),
        );
        acquaint(&[&alice, &bob, &carol]);
        let body = json!({ "recipients": [bob.id, carol.id, alice.id] });
        let group = alice.post(&FUNCTION, PATH, body).ok();
        assert_eq!(
            (&group["type"], &group["owner_id"]),
            (&json!(3), &json!(alice.id))
        );
        assert_eq!(
            (&group["name"], &group["icon"]),
            (&Value::Null, &Value::Null)
        );
        assert_eq!(group["recipients"].as_array().unwrap().len(), 2);
        let events = app.events();
        assert_eq!(events.len(), 3);
        for event in &events {
            let Audience::Private { users, .. } = &event.audience else {
                panic!("{event:?}")
            };
            assert!(
                !event
                    .data
                    .contains(&format!(r#""id":"{}","username""#, users[0]))
            );
        }
        assert_eq!(carol.get(&FUNCTION, PATH).ok()[0]["id"], group["id"]);
    }

    #[test]
    fn a_group_has_no_strangers_no_bots_and_an_end() {
        let app = App::new();
        let (alice, bob, robot) = (app.register("alice"), app.register("bob"), app.bot("robot"));
        let stranger = app.register("stranger");
        acquaint(&[&alice, &bob, &robot]);
        let create =
            |recipients: Value| alice.post(&FUNCTION, PATH, json!({ "recipients": recipients }));
        create(json!([bob.id, stranger.id])).is(Code::CannotMessageUser);
        create(json!([bob.id, robot.id])).is(Code::InvalidRecipients);
        let carol = app.register("carol");
        acquaint(&[&alice, &carol]);
        let mut batch = Batch::main();
        batch.push(relationships::set(carol.id, alice.id, BLOCKED, app.now()));
        app.write(batch);
        create(json!([bob.id, carol.id])).is(Code::CannotMessageUser);
        let many: Vec<String> = (1..=10).map(|n| n.to_string()).collect();
        assert_eq!(
            create(json!(many)).field_error(&["recipients"]),
            "BASE_TYPE_MAX_LENGTH"
        );
        for _ in 0..10 {
            create(json!([])).ok();
        }
        create(json!([])).is(Code::TooManyGroupChannels);
        // Nor can others put them into another one.
        acquaint(&[&bob, &carol]);
        let body = json!({ "recipients": [alice.id, carol.id] });
        bob.post(&FUNCTION, PATH, body)
            .is(Code::TooManyGroupChannels);
    }

    #[test]
    fn a_conversation_that_appeared_meanwhile_is_the_one() {
        let app = App::new();
        let (alice, bob) = (app.register("alice"), app.register("bob"));
        acquaint(&[&alice, &bob]);
        open(&alice, &bob).ok();
        let mut batch = Batch::main();
        private_channels::insert_direct(&mut batch, Id::new(9), (bob.id, alice.id), EXISTS);
        let host = app.host();
        let cx = runtime::testing::block_on(Cx::new(host)).unwrap();
        let refused = runtime::testing::block_on(cx.write(batch));
        assert!(matches!(refused, Err(Rejection::Code(EXISTS))));
        let found = private_channels::direct(alice.id, bob.id);
        assert_eq!(app.read(Store::Main, found).len(), 1);
    }
}
