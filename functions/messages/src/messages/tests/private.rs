//! Tests of private conversations, and of blocks in them.

use super::*;

#[test]
fn a_private_message_opens_the_conversation_for_who_closed_it() {
    use model::relationship::kind::{BLOCKED, FRIEND};
    use store::relationships;

    let app = App::new();
    let (alice, bob) = (app.register("alice"), app.register("bob"));
    let id = conversation(&app, &alice, &bob);
    let hello = json!({ "content": "hello" });
    send(&alice, id, hello).is(Code::NoMutualGuilds);
    let (guild, _) = alice.create_guild();
    bob.join(guild);
    say(&alice, id, "hello");
    let events = app.events();
    let kinds: Vec<_> = events.iter().map(|event| event.kind).collect();
    assert_eq!(kinds, [EventKind::ChannelCreate, EventKind::MessageCreate]);
    let users = vec![bob.id];
    assert_eq!(events[0].audience, Audience::Private { channel: id, users });
    assert!(events[0].data.contains(r#""username":"alice""#));
    let users = vec![bob.id, alice.id];
    assert_eq!(events[1].audience, Audience::Private { channel: id, users });
    let states = app.read(Store::messages(id), read_states::of_user(bob.id, &[]));
    assert_eq!(states[0].mention_count, 1);
    say(&alice, id, "again");
    app.emitted(EventKind::MessageCreate);
    send(&app.register("mallory"), id, json!({ "content": "me too" })).is(Code::MissingAccess);
    // A block stops messages in both directions.
    let be = |one: &Actor<'_>, other: &Actor<'_>, kind| {
        let mut batch = Batch::main();
        batch.push(relationships::set(one.id, other.id, kind, app.now()));
        app.write(batch);
    };
    be(&bob, &alice, BLOCKED);
    for one in [&alice, &bob] {
        send(one, id, json!({ "content": "hm" })).is(Code::CannotMessageUser);
    }
    let closed_guild = json!({ "restricted_guilds": [guild] });
    let mut batch = Batch::main();
    let patch = closed_guild.as_object().expect("an object");
    batch.push(store::settings::merge(bob.id, patch));
    app.write(batch);
    be(&bob, &alice, FRIEND);
    send(&alice, id, json!({ "content": "hm" })).is(Code::NoMutualGuilds);
    be(&alice, &bob, FRIEND);
    say(&alice, id, "friends again");
}

/// A conversation of two that the other one closed.
fn conversation(app: &App, one: &Actor<'_>, other: &Actor<'_>) -> Id<marker::Channel> {
    use model::channel::{Channel, PrivateChannel, kind};
    use store::private_channels;

    let private = PrivateChannel {
        recipients: Vec::new(),
        name: None,
        icon: None,
        owner_id: None,
    };
    let conversation = Channel {
        id: app.id(),
        kind: kind::DM,
        flags: 0,
        last_message_id: None,
        last_pin_timestamp: None,
        guild: None,
        private: Some(private.clone()),
    };
    let id = conversation.id;
    let mut batch = Batch::main();
    batch.push(private_channels::insert(&conversation, &private));
    batch.push(private_channels::insert_recipients(id, &[one.id], false));
    batch.push(private_channels::insert_recipients(id, &[other.id], true));
    app.write(batch);
    id
}

#[test]
fn a_block_ends_what_reaches_the_other() {
    use model::relationship::kind::BLOCKED;

    let app = App::new();
    let (alice, bob) = (app.register("alice"), app.register("bob"));
    let (guild, _) = alice.create_guild();
    bob.join(guild);
    let id = conversation(&app, &alice, &bob);
    let mut batch = Batch::main();
    batch.push(store::relationships::set(
        bob.id,
        alice.id,
        BLOCKED,
        app.now(),
    ));
    app.write(batch);
    let message = say_before(&app, &alice, id);
    let path = format!("/channels/{id}/messages/{message}");
    let pin = format!("/channels/{id}/messages/pins/{message}");
    let reaction = format!("{path}/reactions/%F0%9F%94%A5/@me");
    app.events();
    for one in [&alice, &bob] {
        send(one, id, json!({ "content": "hm" })).is(Code::CannotMessageUser);
        one.put(&crate::pin::FUNCTION, &pin, json!({}))
            .is(Code::CannotMessageUser);
        one.put(&crate::my_reaction::FUNCTION, &reaction, json!({}))
            .is(Code::ReactionBlocked);
    }
    alice
        .patch(&crate::message::FUNCTION, &path, json!({ "content": "hm" }))
        .is(Code::CannotMessageUser);
    assert!(app.events().is_empty(), "nobody hears of who is blocked");
    alice.delete(&crate::message::FUNCTION, &path).no_content();
}

/// A message that somebody wrote before there was a block.
fn say_before(app: &App, author: &Actor<'_>, channel: Id<marker::Channel>) -> Id<marker::Message> {
    let row = messages::Stored::new(app.id(), channel, author.id, "before".to_owned());
    let mut batch = Batch::messages(channel);
    messages::insert(&mut batch, &row, &[], actions::message_order::NOT_LAST);
    app.write(batch);
    row.id
}
