//! Tests of making threads and posts.

use actions::message_order::NOT_LAST;
use runtime::testing::{Actor, Answer, App};
use serde_json::{Value, json};
use store::messages::{self, Stored};
use store::{Store, channels, guilds, members};

use super::post::REQUIRE_TAG;
use super::*;

fn start(actor: &Actor<'_>, channel: Id<marker::Channel>, body: Value) -> Answer {
    actor.post(&FUNCTION, &format!("/channels/{channel}/threads"), body)
}

/// A forum with one tag for everyone and one for moderators; whether posts need one.
fn forum(app: &App, guild: Id<marker::Guild>, strict: bool) -> Id<marker::Channel> {
    let id = app.create_channel(guild, &[]);
    let before = app
        .read(Store::Main, channels::by_id(id).optional())
        .unwrap();
    let mut after = before.clone();
    after.kind = kind::FORUM;
    after.flags = if strict { REQUIRE_TAG } else { 0 };
    let tags = json!([
        { "id": "7", "name": "open", "moderated": false },
        { "id": "8", "name": "shut", "moderated": true },
    ]);
    let settings = &mut after.guild.as_mut().unwrap().settings;
    settings.insert("available_tags".to_owned(), tags);
    let mut batch = Batch::main();
    channels::update(&mut batch, &before, &after);
    app.write(batch);
    id
}

#[test]
fn a_name_can_be_seen() {
    let app = App::new();
    let alice = app.register("alice");
    let (_, channel) = alice.create_guild();
    for blank in ["   ", "\u{200b}", "\u{3000}\u{feff}", "\n\t"] {
        let refused = start(&alice, channel, json!({ "name": blank, "type": 11 }));
        assert_eq!(refused.field_error(&["name"]), "BASE_TYPE_REQUIRED");
    }
    let body = json!({ "name": "\u{a0}a b\u{200b} ", "type": 11.0 });
    assert_eq!(start(&alice, channel, body).ok()["name"], "a b");
}

#[test]
fn a_public_thread_is_announced_and_a_private_one_is_not() {
    let app = App::new();
    let alice = app.register("alice");
    let (_, channel) = alice.create_guild();
    let body = json!({ "name": "All of us", "type": 11, "rate_limit_per_user": 5 });
    let thread = start(&alice, channel, body).ok();
    assert_eq!(thread["type"], 11);
    assert_eq!(thread["name"], "All of us");
    assert_eq!(thread["rate_limit_per_user"], 5);
    assert!(thread["thread_metadata"].get("invitable").is_none());
    let told = app.emitted(EventKind::MessageCreate);
    let told: Value = serde_json::from_str(&told.data).unwrap();
    assert_eq!(told["type"], 18);
    assert_eq!(told["content"], "All of us");
    assert_eq!(told["message_reference"]["channel_id"], thread["id"]);
    let private = json!({ "name": "some", "invitable": false });
    let private = start(&alice, channel, private).ok();
    assert_eq!(private["type"], 12);
    assert_eq!(private["thread_metadata"]["invitable"], false);
    let events = app.events();
    assert!(
        events
            .iter()
            .all(|event| event.kind != EventKind::MessageCreate)
    );
}

#[test]
fn a_thread_fits_its_channel() {
    let app = App::new();
    let alice = app.register("alice");
    let (_, channel) = alice.create_guild();
    let body = json!({ "name": "x", "type": 10 });
    start(&alice, channel, body).is(Code::CannotExecuteOnChannelType);
    let thread = alice.create_thread(channel, kind::PUBLIC_THREAD);
    let body = json!({ "name": "x", "type": 11 });
    start(&alice, thread, body).is(Code::CannotExecuteOnChannelType);
    let long = start(&alice, channel, json!({ "name": "x".repeat(101) }));
    assert_eq!(long.field_error(&["name"]), "BASE_TYPE_BAD_LENGTH");
}

#[test]
fn newcomers_wait_before_they_make_threads() {
    let app = App::new();
    let alice = app.register("alice");
    let (guild, channel) = alice.create_guild();
    let before = app.read(Store::Main, guilds::by_id(guild)).remove(0);
    let mut strict = before.clone();
    strict.verification_level = 3;
    let mut batch = Batch::main();
    guilds::update(&mut batch, &before, &strict);
    app.write(batch);
    let bob = app.register("bob");
    bob.join(guild);
    let body = json!({ "name": "buy this", "type": 11 });
    start(&bob, channel, body.clone()).is(Code::VerificationLevelTooHigh);
    let row = Stored::new(app.id(), channel, alice.id, "look".to_owned());
    let mut batch = Batch::messages(channel);
    messages::insert(&mut batch, &row, &[], NOT_LAST);
    app.write(batch);
    let path = format!("/channels/{channel}/messages/{}/threads", row.id);
    bob.post(&crate::message_thread::FUNCTION, &path, body.clone())
        .is(Code::VerificationLevelTooHigh);
    app.advance(10 * 60 * 1000);
    start(&bob, channel, body).ok();
}

#[test]
fn slow_mode_is_for_threads_too() {
    let app = App::new();
    let alice = app.register("alice");
    let (guild, _) = alice.create_guild();
    let (bob, carol) = (app.register("bob"), app.register("carol"));
    bob.join(guild);
    carol.join(guild);
    let text = app.create_channel(guild, &[]);
    let forum = forum(&app, guild, false);
    for (channel, body) in [
        (text, json!({ "name": "x", "type": 11 })),
        (
            forum,
            json!({ "name": "x", "message": { "content": "how?" } }),
        ),
    ] {
        let channels = || app.read(Store::Main, channels::by_id(channel).optional());
        let before = channels().unwrap();
        let mut slow = before.clone();
        slow.guild.as_mut().unwrap().rate_limit_per_user = 10;
        let mut batch = Batch::main();
        channels::update(&mut batch, &before, &slow);
        app.write(batch);
        start(&bob, channel, body.clone()).ok();
        app.advance(4_000);
        let refused = start(&bob, channel, body.clone());
        refused.is(Code::SlowmodeRateLimited);
        let refused: Value = serde_json::from_slice(&refused.body).unwrap();
        assert_eq!(refused["retry_after"], 6.0);
        start(&carol, channel, body.clone()).ok();
        app.advance(6_001);
        start(&bob, channel, body.clone()).ok();
        start(&alice, channel, body.clone()).ok();
        start(&alice, channel, body).ok();
    }
}

#[test]
fn a_post_begins_with_its_message() {
    let app = App::new();
    let alice = app.register("alice");
    let (guild, _) = alice.create_guild();
    let forum = forum(&app, guild, true);
    let body = json!({
        "name": "help", "applied_tags": ["7"], "message": { "content": "how?" },
    });
    let post = start(&alice, forum, body).ok();
    assert_eq!(post["applied_tags"], json!(["7"]));
    assert_eq!(post["message"]["content"], "how?");
    assert_eq!(post["message"]["id"], post["id"]);
    assert_eq!(post["last_message_id"], post["id"]);
    assert_eq!(post["message_count"], 0);
    let kinds: Vec<_> = app.events().iter().map(|event| event.kind).collect();
    let created = kinds
        .iter()
        .position(|kind| *kind == EventKind::ThreadCreate);
    let said = kinds
        .iter()
        .position(|kind| *kind == EventKind::MessageCreate);
    assert!(created < said && created.is_some());
}

#[test]
fn a_post_without_what_it_needs_is_not_there() {
    let app = App::new();
    let alice = app.register("alice");
    let (guild, _) = alice.create_guild();
    let bob = app.register("bob");
    bob.join(guild);
    let forum = forum(&app, guild, true);
    let message = json!({ "content": "how?" });
    let untagged = json!({ "name": "x", "message": message });
    start(&bob, forum, untagged).is(Code::TagRequired);
    let unknown = json!({ "name": "x", "applied_tags": ["9"], "message": message });
    start(&bob, forum, unknown).is(Code::UnknownTag);
    let moderated = json!({ "name": "x", "applied_tags": ["8"], "message": message });
    start(&bob, forum, moderated).is(Code::MissingPermissions);
    let silent = start(&bob, forum, json!({ "name": "x", "applied_tags": ["7"] }));
    assert_eq!(silent.field_error(&["message"]), "BASE_TYPE_REQUIRED");
    let empty = json!({ "name": "x", "applied_tags": ["7"], "message": { "content": "" } });
    start(&bob, forum, empty).is(Code::EmptyMessage);
    assert!(
        app.read(Store::Main, store::threads::active(guild))
            .is_empty()
    );
}

#[test]
fn no_thread_outlives_the_channel_that_it_was_made_in() {
    for kind in [kind::PUBLIC_THREAD, kind::PRIVATE_THREAD] {
        let app = App::new();
        let alice = app.register("alice");
        let (guild, channel) = alice.create_guild();
        app.before_next_write(move |app| {
            let mut batch = Batch::main();
            channels::delete(&mut batch, guild, channel);
            app.write(batch);
        });
        let refused = start(&alice, channel, json!({ "name": "x", "type": kind }));
        refused.is(Code::UnknownChannel);
        assert!(
            app.read(Store::Main, store::threads::active(guild))
                .is_empty()
        );
        assert!(app.events().is_empty());
    }
}

#[test]
fn removed_members_create_no_thread() {
    let app = App::new();
    let alice = app.register("alice");
    let (guild, channel) = alice.create_guild();
    let bob = app.register("bob");
    bob.join(guild);
    let id = bob.id;
    app.before_next_write(move |app| {
        let mut batch = Batch::main();
        members::delete(&mut batch, guild, id);
        app.write(batch);
    });
    start(&bob, channel, json!({ "name": "x", "type": 11 })).is(Code::MissingAccess);
    assert!(
        app.read(Store::Main, store::threads::active(guild))
            .is_empty()
    );
}

#[test]
fn failed_notices_are_retried_by_a_job() {
    let app = App::new();
    let alice = app.register("alice");
    let (guild, channel) = alice.create_guild();
    let jobs = |kind: &str| {
        let due = store::jobs::due(app.now().plus_millis(3_600_000), 9);
        let mut jobs = app.read(Store::Main, due);
        jobs.retain(|job| job.kind == kind);
        jobs
    };
    let told = || jobs(store::jobs::SEND_NOTICE);
    start(&alice, channel, json!({ "name": "first", "type": 11 })).ok();
    assert!(told().is_empty());
    app.fill_messages(true);
    let thread = start(&alice, channel, json!({ "name": "second", "type": 11 })).ok();
    let job = told().remove(0);
    assert_eq!(job.payload["notice"]["content"], "second");
    assert_eq!(
        job.payload["notice"]["reference"]["channel_id"],
        thread["id"]
    );
    let forum = forum(&app, guild, false);
    let body = json!({ "name": "x", "message": { "content": "how?" } });
    start(&alice, forum, body).is(Code::Overloaded);
    let threads = app.read(Store::Main, store::threads::active(guild));
    assert!(
        threads
            .iter()
            .all(|thread| thread.parent_id() != Some(forum))
    );
}
