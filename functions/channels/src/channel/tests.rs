//! Tests of channels: what each kind of channel lets whom change, and who hears of it.

use model::channel::{PrivateChannel, kind};
use model::permissions::{Overwrite, OverwriteKind};
use runtime::testing::{Actor, App};
use serde_json::{Value, json};
use store::{Store, private_channels};

use super::*;

/// A conversation of these, the first of whom owns it if it is a group.
pub(crate) fn conversation(app: &App, kind: u8, people: &[&Actor<'_>]) -> Id<marker::Channel> {
    let private = PrivateChannel {
        recipients: Vec::new(),
        name: None,
        icon: None,
        owner_id: (kind == kind::GROUP_DM).then(|| people[0].id),
    };
    let channel = Channel {
        id: app.id(),
        kind,
        flags: 0,
        last_message_id: None,
        last_pin_timestamp: None,
        guild: None,
        private: Some(private.clone()),
    };
    let ids: Vec<_> = people.iter().map(|actor| actor.id).collect();
    let mut batch = Batch::main();
    batch.push(private_channels::insert(&channel, &private));
    batch.push(private_channels::insert_recipients(channel.id, &ids, false));
    app.write(batch);
    channel.id
}

fn path(channel: Id<marker::Channel>) -> String {
    format!("/channels/{channel}")
}

#[test]
fn a_channel_is_read_whole() {
    let app = App::new();
    let alice = app.register("alice");
    let (guild, channel) = alice.create_guild();
    let mut batch = Batch::messages(channel);
    batch.push(store::messages::pins::set_last(channel, app.now()));
    app.write(batch);
    let read = alice.get(&FUNCTION, &path(channel)).ok();
    assert_eq!(read["guild_id"], json!(guild));
    assert_eq!(read["last_message_id"], Value::Null);
    assert_eq!(read["last_pin_timestamp"], json!(app.now()));
    for field in [
        "name",
        "position",
        "permission_overwrites",
        "topic",
        "nsfw",
        "parent_id",
    ] {
        assert!(read.get(field).is_some(), "{field}");
    }
    app.register("mallory")
        .get(&FUNCTION, &path(channel))
        .is(Code::MissingAccess);
    alice.get(&FUNCTION, "/channels/9").is(Code::UnknownChannel);
}

#[test]
fn an_edit_is_told_and_noted() {
    let app = App::new();
    let alice = app.register("alice");
    let (guild, channel) = alice.create_guild();
    let body = json!({
        "name": "New Name",
        "topic": "about",
        "nsfw": true,
        "rate_limit_per_user": 5,
        "type": 5,
        "position": 3,
        "permission_overwrites": [{ "id": guild, "type": 0, "allow": "0", "deny": "2048" }],
    });
    let edited = alice.patch(&FUNCTION, &path(channel), body).ok();
    assert_eq!(edited["name"], "new-name");
    assert_eq!(edited["type"], 5);
    let events = app.events();
    let kinds: Vec<_> = events.iter().map(|event| event.kind).collect();
    let entry = EventKind::GuildAuditLogEntryCreate;
    assert_eq!(kinds, [EventKind::ChannelUpdate, entry, entry]);
    assert_eq!(events[0].audience, Audience::Channel { guild, channel });
    assert!(events[1].data.contains(r#""key":"topic""#));
    assert!(events[2].data.contains(r#""action_type":13"#));
    assert_eq!(alice.get(&FUNCTION, &path(channel)).ok(), edited);
}

#[test]
fn an_edit_that_cannot_be_is_refused() {
    let app = App::new();
    let alice = app.register("alice");
    let (guild, channel) = alice.create_guild();
    let edit = |body| alice.patch(&FUNCTION, &path(channel), body);
    let voice = edit(json!({ "type": 2 }));
    assert_eq!(voice.field_error(&["type"]), "BASE_TYPE_CHOICES");
    let long = edit(json!({ "name": "x".repeat(101) }));
    assert_eq!(long.field_error(&["name"]), "BASE_TYPE_BAD_LENGTH");
    let slow = edit(json!({ "rate_limit_per_user": 21_601 }));
    assert_eq!(
        slow.field_error(&["rate_limit_per_user"]),
        "NUMBER_TYPE_MAX"
    );
    let orphan = edit(json!({ "parent_id": "9" }));
    assert_eq!(orphan.field_error(&["parent_id"]), "CHANNEL_PARENT_INVALID");
    let bob = app.register("bob");
    bob.join(guild);
    let named = json!({ "name": "mine" });
    bob.patch(&FUNCTION, &path(channel), named.clone())
        .is(Code::MissingPermissions);
    bob.grant(guild, 1, MANAGE_CHANNELS);
    bob.patch(&FUNCTION, &path(channel), named).ok();
    let open = json!({ "permission_overwrites": [] });
    bob.patch(&FUNCTION, &path(channel), open)
        .is(Code::MissingPermissions);
}

#[test]
fn nobody_puts_a_channel_into_a_category_that_they_do_not_see() {
    let app = App::new();
    let alice = app.register("alice");
    let (guild, channel) = alice.create_guild();
    let hidden = Overwrite {
        id: guild.cast(),
        kind: OverwriteKind::Role,
        allow: Permissions::empty(),
        deny: Permissions::VIEW_CHANNEL,
    };
    let category = app.create_channel(guild, &[hidden]);
    let before = app.read(Store::Main, channels::by_id(category)).remove(0);
    let mut after = before.clone();
    after.kind = kind::CATEGORY;
    let mut batch = Batch::main();
    channels::update(&mut batch, &before, &after);
    app.write(batch);
    let bob = app.register("bob");
    bob.join(guild);
    bob.grant(guild, 1, MANAGE_CHANNELS);
    let body = json!({ "parent_id": category });
    let refused = bob.patch(&FUNCTION, &path(channel), body.clone());
    assert_eq!(
        refused.field_error(&["parent_id"]),
        "CHANNEL_PARENT_INVALID"
    );
    alice.patch(&FUNCTION, &path(channel), body).ok();
}

#[test]
fn an_edit_that_read_an_old_channel_undoes_no_other() {
    let app = App::new();
    let alice = app.register("alice");
    let (_, channel) = alice.create_guild();
    let before = app.read(Store::Main, channels::by_id(channel)).remove(0);
    alice
        .patch(&FUNCTION, &path(channel), json!({ "topic": "cats" }))
        .ok();
    let mut after = before.clone();
    after.guild.as_mut().expect("a guild's").name = "dogs".to_owned();
    let mut batch = Batch::main();
    channels::update(&mut batch, &before, &after);
    app.write(batch);
    let channel = alice.get(&FUNCTION, &path(channel)).ok();
    assert_eq!(
        (&channel["name"], &channel["topic"]),
        (&json!("dogs"), &json!("cats"))
    );
}

#[test]
fn a_deleted_category_leaves_its_channels() {
    let app = App::new();
    let alice = app.register("alice");
    let (guild, channel) = alice.create_guild();
    let category = app.create_channel(guild, &[]);
    let before = app.read(Store::Main, channels::by_id(category)).remove(0);
    let mut row = before.clone();
    row.kind = kind::CATEGORY;
    let mut batch = Batch::main();
    channels::update(&mut batch, &before, &row);
    app.write(batch);
    alice
        .patch(&FUNCTION, &path(channel), json!({ "parent_id": category }))
        .ok();
    app.events();
    alice.delete(&FUNCTION, &path(category)).ok();
    let kinds: Vec<_> = app.events().iter().map(|event| event.kind).collect();
    let entry = EventKind::GuildAuditLogEntryCreate;
    assert_eq!(
        kinds,
        [EventKind::ChannelUpdate, EventKind::ChannelDelete, entry]
    );
    assert_eq!(
        alice.get(&FUNCTION, &path(channel)).ok()["parent_id"],
        Value::Null
    );
    alice
        .get(&FUNCTION, &path(category))
        .is(Code::UnknownChannel);
    let jobs = app.read(Store::Main, store::jobs::due(app.now(), 10));
    assert_eq!(jobs[0].kind, store::jobs::DELETE_CHANNEL_MESSAGES);
}

#[test]
fn only_who_manages_a_channel_deletes_it() {
    let app = App::new();
    let alice = app.register("alice");
    let (guild, _) = alice.create_guild();
    let overwrite = Overwrite {
        id: guild.cast(),
        kind: OverwriteKind::Role,
        allow: Permissions::empty(),
        deny: Permissions::SEND_MESSAGES,
    };
    let channel = app.create_channel(guild, &[overwrite]);
    let bob = app.register("bob");
    bob.join(guild);
    bob.delete(&FUNCTION, &path(channel))
        .is(Code::MissingPermissions);
    bob.grant(guild, 1, MANAGE_CHANNELS);
    assert_eq!(
        bob.delete(&FUNCTION, &path(channel)).ok()["id"],
        json!(channel)
    );
}

#[test]
fn a_conversation_of_two_is_closed_for_one() {
    let app = App::new();
    let (alice, bob) = (app.register("alice"), app.register("bob"));
    let channel = conversation(&app, kind::DM, &[&alice, &bob]);
    let read = alice.get(&FUNCTION, &path(channel)).ok();
    assert_eq!(read["recipients"][0]["username"], "bob");
    let named = json!({ "name": "us" });
    alice
        .patch(&FUNCTION, &path(channel), named)
        .is(Code::CannotExecuteOnChannelType);
    alice.delete(&FUNCTION, &path(channel)).ok();
    let event = app.emitted(EventKind::ChannelDelete);
    let users = vec![alice.id];
    assert_eq!(event.audience, Audience::Private { channel, users });
    let closed = app.read(Store::Main, channels::closed_for(channel));
    assert_eq!(closed, [alice.id]);
    app.register("mallory")
        .get(&FUNCTION, &path(channel))
        .is(Code::MissingAccess);
}

#[test]
fn a_group_is_renamed_and_left_until_nobody_remains() {
    let app = App::new();
    let (alice, bob) = (app.register("alice"), app.register("bob"));
    let channel = conversation(&app, kind::GROUP_DM, &[&bob, &alice]);
    let renamed = alice
        .patch(&FUNCTION, &path(channel), json!({ "name": "us" }))
        .ok();
    assert_eq!(renamed["name"], "us");
    let kinds: Vec<_> = app.events().iter().map(|event| event.kind).collect();
    let update = EventKind::ChannelUpdate;
    assert_eq!(kinds, [update, update, EventKind::MessageCreate]);
    bob.delete(&FUNCTION, &path(channel)).ok();
    let events = app.events();
    let kinds: Vec<_> = events.iter().map(|event| event.kind).collect();
    assert_eq!(
        kinds,
        [
            EventKind::ChannelRecipientRemove,
            EventKind::ChannelDelete,
            EventKind::MessageCreate,
        ]
    );
    let left = alice.get(&FUNCTION, &path(channel)).ok();
    assert_eq!(left["owner_id"], json!(alice.id));
    assert_eq!(left["recipients"], json!([]));
    bob.get(&FUNCTION, &path(channel)).is(Code::MissingAccess);
    alice.delete(&FUNCTION, &path(channel)).ok();
    alice
        .get(&FUNCTION, &path(channel))
        .is(Code::UnknownChannel);
}

#[test]
fn a_thread_is_changed_by_its_creator_and_its_moderators() {
    let app = App::new();
    let alice = app.register("alice");
    let (guild, channel) = alice.create_guild();
    let (bob, carol) = (app.register("bob"), app.register("carol"));
    bob.join(guild);
    carol.join(guild);
    let thread = bob.create_thread(channel, kind::PUBLIC_THREAD);
    let edit = |actor: &Actor<'_>, body| actor.patch(&FUNCTION, &path(thread), body);
    edit(&carol, json!({ "name": "hers" })).is(Code::MissingPermissions);
    edit(&bob, json!({ "locked": true })).is(Code::MissingPermissions);
    let body = json!({ "name": "His own", "auto_archive_duration": 1440 });
    let edited = edit(&bob, body).ok();
    assert_eq!(edited["name"], "His own");
    assert_eq!(edited["thread_metadata"]["auto_archive_duration"], 1440);
    let events = app.events();
    let kinds: Vec<_> = events.iter().map(|event| event.kind).collect();
    let noted = EventKind::GuildAuditLogEntryCreate;
    assert_eq!(
        kinds,
        [EventKind::ThreadUpdate, noted, EventKind::MessageCreate]
    );
    assert!(events[1].data.contains(r#""action_type":111"#));
    assert!(events[2].data.contains(r#""type":4"#));
    let odd = edit(&bob, json!({ "auto_archive_duration": 5 }));
    assert_eq!(
        odd.field_error(&["auto_archive_duration"]),
        "BASE_TYPE_CHOICES"
    );
    edit(&alice, json!({ "archived": true, "locked": true })).ok();
    edit(&bob, json!({ "name": "later" })).is(Code::MissingPermissions);
    edit(&alice, json!({ "name": "later" })).is(Code::ThreadArchived);
    edit(&carol, json!({ "archived": false })).is(Code::MissingPermissions);
    let open = edit(&alice, json!({ "archived": false, "locked": false })).ok();
    assert_eq!(open["thread_metadata"]["archived"], false);
    edit(&bob, json!({ "archived": true })).ok();
    app.events();
    edit(&carol, json!({ "archived": false })).ok();
    let kinds: Vec<_> = app.events().iter().map(|event| event.kind).collect();
    let known = EventKind::ThreadMembersKnown;
    assert_eq!(kinds, [known, EventKind::ThreadUpdate, noted]);
}

#[test]
fn a_thread_is_deleted_by_moderators_and_with_its_channel() {
    let app = App::new();
    let alice = app.register("alice");
    let (guild, channel) = alice.create_guild();
    let bob = app.register("bob");
    bob.join(guild);
    let thread = bob.create_thread(channel, kind::PUBLIC_THREAD);
    let other = bob.create_thread(channel, kind::PRIVATE_THREAD);
    bob.delete(&FUNCTION, &path(thread))
        .is(Code::MissingPermissions);
    alice.delete(&FUNCTION, &path(thread)).ok();
    let gone = app.emitted(EventKind::ThreadDelete);
    let gone: Value = serde_json::from_str(&gone.data).unwrap();
    let expected = json!({
        "id": thread, "guild_id": guild, "parent_id": channel, "type": 11,
    });
    assert_eq!(gone, expected);
    bob.get(&FUNCTION, &path(thread)).is(Code::UnknownChannel);
    alice.delete(&FUNCTION, &path(channel)).ok();
    bob.get(&FUNCTION, &path(other)).is(Code::UnknownChannel);
    app.advance(1);
    let jobs = app.read(Store::Main, store::jobs::due(app.now(), 10));
    let deletions = jobs
        .iter()
        .filter(|job| job.kind == store::jobs::DELETE_CHANNEL_MESSAGES);
    assert_eq!(deletions.count(), 3);
}

#[test]
fn a_channel_is_told_of_as_it_is() {
    let app = App::new();
    let alice = app.register("alice");
    let (guild, channel) = alice.create_guild();
    let token = alice.token().to_owned();
    app.before_next_write(move |app| {
        let alice = app.holding(&token);
        alice
            .patch(&FUNCTION, &path(channel), json!({ "topic": "cats" }))
            .ok();
        let overwrites = format!("/channels/{channel}/permissions/{guild}");
        let deny = json!({ "type": 0, "deny": "2048" });
        alice
            .put(&crate::overwrite::FUNCTION, &overwrites, deny)
            .no_content();
    });
    let edited = alice
        .patch(&FUNCTION, &path(channel), json!({ "name": "pets" }))
        .ok();
    assert_eq!(
        (&edited["name"], &edited["topic"]),
        (&json!("pets"), &json!("cats"))
    );
    let mut events = app.events();
    events.retain(|event| event.kind == EventKind::ChannelUpdate);
    let last: Value = serde_json::from_str(&events.last().unwrap().data).unwrap();
    assert_eq!(
        (&last["name"], &last["topic"]),
        (&json!("pets"), &json!("cats"))
    );
    assert_eq!(last["permission_overwrites"][0]["deny"], "2048");
    assert_eq!(events.len(), 3);
}

#[test]
fn a_tag_that_a_forum_loses_is_taken_from_its_posts() {
    let app = App::new();
    let alice = app.register("alice");
    let (guild, _) = alice.create_guild();
    let forum = app.create_channel(guild, &[]);
    let change = |id, change: &dyn Fn(&mut Channel)| {
        let before = app.read(Store::Main, channels::by_id(id)).remove(0);
        let mut after = before.clone();
        change(&mut after);
        let mut batch = Batch::main();
        channels::update(&mut batch, &before, &after);
        app.write(batch);
    };
    let setting = |channel: &mut Channel, name: &str, value: Value| {
        let guild = channel.guild.as_mut().unwrap();
        guild.settings.insert(name.to_owned(), value);
    };
    let tag = |id: &str| {
        json!({
            "id": id, "name": id, "moderated": false, "emoji_id": null, "emoji_name": null,
        })
    };
    let tags = json!([tag("7"), tag("8")]);
    change(forum, &|forum| {
        forum.kind = kind::FORUM;
        setting(forum, "available_tags", tags.clone());
    });
    let posts = [0, 1].map(|_| alice.create_thread(forum, kind::PUBLIC_THREAD));
    for post in posts {
        change(post, &|post| {
            setting(post, "applied_tags", json!(["7", "8"]))
        });
    }
    alice.set_thread(posts[0], true, false);
    let path = format!("/channels/{forum}");
    assert_eq!(
        alice.get(&FUNCTION, &path).ok()["last_message_id"],
        json!(posts[1])
    );
    app.events();
    let kept = json!({ "available_tags": [tag("8")] });
    alice.patch(&FUNCTION, &path, kept).ok();
    let told = app.events();
    let told: Vec<_> = told
        .iter()
        .filter(|it| it.kind == EventKind::ThreadUpdate)
        .collect();
    let [told] = told[..] else { panic!("{told:?}") };
    let told: Value = serde_json::from_str(&told.data).unwrap();
    assert_eq!(
        (&told["id"], &told["applied_tags"]),
        (&json!(posts[1]), &json!(["8"]))
    );
    for post in posts {
        let post = alice.get(&FUNCTION, &format!("/channels/{post}")).ok();
        assert_eq!(post["applied_tags"], json!(["8"]));
    }
}
