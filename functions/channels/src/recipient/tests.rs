//! Tests of participants: who adds and removes whom, and who hears of it.

use model::Channel;
use model::channel::{PrivateChannel, kind as channel_kind};
use model::relationship::kind::BLOCKED;
use runtime::testing::{Actor, App};
use serde_json::json;

use super::*;

fn group(app: &App, owner: &Actor<'_>) -> Id<marker::Channel> {
    let private = PrivateChannel {
        recipients: Vec::new(),
        name: None,
        icon: None,
        owner_id: Some(owner.id),
    };
    let channel = Channel {
        id: app.id(),
        kind: channel_kind::GROUP_DM,
        flags: 0,
        last_message_id: None,
        last_pin_timestamp: None,
        guild: None,
        private: Some(private.clone()),
    };
    let mut batch = Batch::main();
    batch.push(private_channels::insert(&channel, &private));
    batch.push(private_channels::insert_recipients(
        channel.id,
        &[owner.id],
        false,
    ));
    app.write(batch);
    channel.id
}

#[test]
fn an_acquaintance_is_added_and_removed() {
    let app = App::new();
    app.configure(|config| config.limits.recipients_per_group_max = 2);
    let (alice, bob, carol) = (
        app.register("alice"),
        app.register("bob"),
        app.register("carol"),
    );
    let (guild, _) = alice.create_guild();
    bob.join(guild);
    carol.join(guild);
    let channel = group(&app, &alice);
    let path = |user: &Actor<'_>| format!("/channels/{channel}/recipients/{}", user.id);
    alice.put(&FUNCTION, &path(&bob), json!({})).no_content();
    let kinds: Vec<_> = app.events().iter().map(|event| event.kind).collect();
    assert_eq!(
        kinds,
        [
            EventKind::ChannelRecipientAdd,
            EventKind::ChannelCreate,
            EventKind::MessageCreate
        ]
    );
    alice.put(&FUNCTION, &path(&bob), json!({})).no_content();
    assert!(app.events().is_empty());
    alice
        .put(&FUNCTION, &path(&carol), json!({}))
        .is(Code::TooManyRecipients);
    bob.delete(&FUNCTION, &path(&alice))
        .is(Code::MissingPermissions);
    alice.delete(&FUNCTION, &path(&bob)).no_content();
    let events = app.events();
    assert_eq!(events[0].kind, EventKind::ChannelRecipientRemove);
    let own = Audience::Private {
        channel,
        users: vec![bob.id],
    };
    assert_eq!(events[1].audience, own);
    alice.delete(&FUNCTION, &path(&bob)).is(Code::UnknownUser);
}

#[test]
fn strangers_and_bots_are_not_added() {
    let app = App::new();
    let alice = app.register("alice");
    let (guild, of_guild) = alice.create_guild();
    let bot = app.bot("bot");
    bot.join(guild);
    let mallory = app.register("mallory");
    let channel = group(&app, &alice);
    for other in [&bot, &mallory] {
        let path = format!("/channels/{channel}/recipients/{}", other.id);
        alice
            .put(&FUNCTION, &path, json!({}))
            .is(Code::InvalidRecipients);
    }
    let path = format!("/channels/{of_guild}/recipients/{}", mallory.id);
    alice
        .put(&FUNCTION, &path, json!({}))
        .is(Code::CannotExecuteOnChannelType);
    let bob = app.register("bob");
    bob.join(guild);
    let mut batch = Batch::main();
    batch.push(relationships::set(bob.id, alice.id, BLOCKED, app.now()));
    app.write(batch);
    alice
        .put(
            &FUNCTION,
            &format!("/channels/{channel}/recipients/{}", bob.id),
            json!({}),
        )
        .is(Code::InvalidRecipients);
}

#[test]
fn nobody_is_added_to_more_groups_than_they_may_be_in() {
    let app = App::new();
    let (alice, bob) = (app.register("alice"), app.register("bob"));
    let (guild, _) = alice.create_guild();
    bob.join(guild);
    for _ in 0..10 {
        group(&app, &bob);
    }
    let channel = group(&app, &alice);
    let path = format!("/channels/{channel}/recipients/{}", bob.id);
    alice
        .put(&FUNCTION, &path, json!({}))
        .is(Code::TooManyGroupChannels);
}
