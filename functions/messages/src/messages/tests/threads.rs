//! Tests of messages in threads.

use super::*;

#[test]
fn a_thread_counts_its_messages_and_adds_who_writes_and_who_is_mentioned() {
    let app = App::new();
    let alice = app.register("alice");
    let (guild, channel) = alice.create_guild();
    let thread = alice.create_thread(channel, model::channel::kind::PUBLIC_THREAD);
    let (bob, carol) = (app.register("bob"), app.register("carol"));
    bob.join(guild);
    carol.join(guild);
    let said = say(&bob, thread, &format!("hello <@{}>", carol.id));
    let kinds: Vec<_> = app.events().iter().map(|event| event.kind).collect();
    let joined = EventKind::ThreadMembersUpdate;
    assert_eq!(kinds, [joined, joined, EventKind::MessageCreate]);
    say(&bob, thread, "again");
    let state = app.read(Store::messages(thread), messages::channel_states(&[thread]));
    assert_eq!(
        (state[0].message_count, state[0].total_message_sent),
        (2, 2)
    );
    let mut batch = Batch::messages(thread);
    let id = said["id"].as_str().unwrap().parse().unwrap();
    messages::delete(&mut batch, thread, &[id]);
    app.write(batch);
    let state = app.read(Store::messages(thread), messages::channel_states(&[thread]));
    assert_eq!(
        (state[0].message_count, state[0].total_message_sent),
        (1, 2)
    );
    let members = app.read(Store::Main, store::threads::members(thread, 0, 10));
    assert_eq!(members.len(), 3);
}

#[test]
fn a_message_wakes_an_archived_thread_unless_it_is_locked() {
    let app = App::new();
    let alice = app.register("alice");
    let (guild, channel) = alice.create_guild();
    let thread = alice.create_thread(channel, model::channel::kind::PUBLIC_THREAD);
    let bob = app.register("bob");
    bob.join(guild);
    alice.set_thread(thread, true, true);
    let hello = json!({ "content": "hello" });
    send(&bob, thread, hello.clone()).is(Code::ThreadLocked);
    // Moderators write where the thread is locked, with the second factor that the guild wants.
    let carol = app.register("carol");
    carol.join(guild);
    carol.grant(guild, 1, MANAGE_THREADS);
    let mut batch = Batch::main();
    batch.push(store::guilds::set_mfa_level(guild, 1));
    app.write(batch);
    send(&carol, thread, hello).is(Code::MfaRequired);
    alice.set_thread(thread, true, false);
    say(&bob, thread, "hello");
    let events = app.events();
    let kinds: Vec<_> = events.iter().map(|event| event.kind).collect();
    assert_eq!(
        kinds,
        [
            EventKind::ThreadMembersKnown,
            EventKind::ThreadUpdate,
            EventKind::ThreadMembersUpdate,
            EventKind::MessageCreate
        ]
    );
    assert!(events[1].data.contains(r#""archived":false"#));
}

#[test]
fn channels_need_no_permission_to_write_in_threads() {
    let app = App::new();
    let alice = app.register("alice");
    let (guild, _) = alice.create_guild();
    let silent = Overwrite {
        id: guild.cast(),
        kind: OverwriteKind::Role,
        allow: Permissions::empty(),
        deny: Permissions::SEND_MESSAGES_IN_THREADS,
    };
    let channel = app.create_channel(guild, &[silent]);
    let thread = alice.create_thread(channel, model::channel::kind::PUBLIC_THREAD);
    let bob = app.register("bob");
    bob.join(guild);
    say(&bob, channel, "here");
    send(&bob, thread, json!({ "content": "there" })).is(Code::MissingPermissions);
}

#[test]
fn a_message_that_slow_mode_refuses_adds_nobody_to_a_thread() {
    let app = App::new();
    let alice = app.register("alice");
    let (guild, channel) = alice.create_guild();
    let (bob, carol) = (app.register("bob"), app.register("carol"));
    bob.join(guild);
    carol.join(guild);
    let thread = bob.create_thread(channel, model::channel::kind::PRIVATE_THREAD);
    slow(&app, thread);
    say(&bob, thread, "one");
    alice.set_thread(thread, true, false);
    app.events();
    let refused = send(
        &bob,
        thread,
        json!({ "content": format!("<@{}>", carol.id) }),
    );
    refused.is(Code::SlowmodeRateLimited);
    let there = app.read(Store::Main, store::threads::members(thread, 0, 10));
    assert_eq!(there.len(), 1);
    assert!(app.events().is_empty());
}

#[test]
fn two_who_write_in_a_sleeping_thread_wake_it_once() {
    let app = App::new();
    let alice = app.register("alice");
    let (guild, channel) = alice.create_guild();
    let (bob, carol) = (app.register("bob"), app.register("carol"));
    bob.join(guild);
    carol.join(guild);
    let thread = alice.create_thread(channel, model::channel::kind::PUBLIC_THREAD);
    alice.set_thread(thread, true, false);
    let token = carol.token().to_owned();
    app.before_next_write(move |app| {
        say(&app.holding(&token), thread, "first");
    });
    let request = http::Request::post(format!("/api/v10/channels/{thread}/messages"))
        .header("content-type", "multipart/form-data; boundary=b");
    let body = "--b\r\nContent-Disposition: form-data; name=\"content\"\r\n\r\nsecond\r\n--b--\r\n";
    bob.send_raw(&FUNCTION, request, body.as_bytes().to_vec().into())
        .ok();
    let events = app.events();
    let of = |kind| {
        events
            .iter()
            .filter(|event| event.kind == kind)
            .collect::<Vec<_>>()
    };
    assert_eq!(of(EventKind::ThreadUpdate).len(), 1);
    let joined = of(EventKind::ThreadMembersUpdate);
    let last: Value = serde_json::from_str(&joined.last().unwrap().data).unwrap();
    assert_eq!((joined.len(), &last["member_count"]), (2, &json!(3)));
    assert_eq!(list(&alice, thread, ""), ["second", "first"]);
}
