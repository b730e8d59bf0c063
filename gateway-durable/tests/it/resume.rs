//! Lost connections.

use gateway_durable::Hub;
use gateway_durable::registry::Settings;
use model::gateway::{CloseCode, Intents};
use serde_json::json;

use crate::support::{World, token};

#[test]
fn nothing_is_lost_when_a_connection_is() {
    let (mut world, guild, owner, open) = World::with_guild();
    let first = world.connect_user(owner);
    world.say(guild, open, owner);
    let seq = world.seq(first);
    let lost = world.say(guild, open, owner);
    world.drop_socket(first, None);
    let missed = world.say(guild, open, owner);
    let second = world.resume(first, owner, seq);
    let messages = world.events(second, "MESSAGE_CREATE");
    let contents: Vec<_> = messages
        .iter()
        .map(|m| m["content"].as_str().unwrap())
        .collect();
    assert_eq!(contents, [lost, missed]);
    assert_eq!(world.names(second).last().unwrap(), "RESUMED");
    let after = world.say(guild, open, owner);
    assert_eq!(world.sockets_that_read(&after, &[second]).len(), 1);
}

#[test]
fn a_user_has_left_when_their_last_session_cannot_be_resumed_any_more() {
    let mut world = World::new();
    let user = world.user();
    let (one, other) = (world.connect_user(user), world.connect_user(user));
    world.drop_socket(one, Some(1000));
    world.drop_socket(other, None);
    assert!(
        world.sessions_ended.is_empty(),
        "the other session may be resumed"
    );
    for _ in 0..60 {
        world.pass(10_000);
    }
    assert_eq!(world.sessions_ended, [user]);
}

#[test]
fn a_session_is_resumed_by_its_own_token_only() {
    let mut world = World::new();
    let (user, thief) = (world.user(), world.user());
    let first = world.connect_user(user);
    world.drop_socket(first, None);
    let stolen = world.resume(first, thief, world.seq(first));
    let last = world.clients[&stolen].received.last().unwrap();
    assert_eq!((&last["op"], &last["d"]), (&json!(9), &json!(false)));
    let own = world.resume(first, user, world.seq(first));
    assert_eq!(world.names(own), ["RESUMED"]);
}

#[test]
fn a_session_that_does_not_exist_may_be_replaced_on_the_same_connection() {
    let mut world = World::new();
    let user = world.user();
    let socket = world.open();
    for session_id in ["nonsense", "00000000000000000000000000000001"] {
        let d = json!({"token": token(user), "session_id": session_id, "seq": 1});
        world.send(socket, json!({"op": 6, "d": d}));
        assert_eq!(world.clients[&socket].received.last().unwrap()["op"], 9);
    }
    world.identify(socket, user, json!({}));
    world.answer_all();
    assert_eq!(world.names(socket), ["READY"]);
}

#[test]
fn a_number_that_was_never_sent_is_invalid() {
    let mut world = World::new();
    let user = world.user();
    let first = world.connect_user(user);
    world.drop_socket(first, None);
    let socket = world.resume(first, user, 999);
    assert_eq!(world.closed(socket), Some(CloseCode::InvalidSequence));
}

#[test]
fn sessions_wait_for_minutes_and_not_for_ever() {
    let (mut world, _, owner, _) = World::with_guild();
    let first = world.connect_user(owner);
    world.drop_socket(first, Some(4000));
    world.pass(180_000);
    let second = world.resume(first, owner, world.seq(first));
    assert!(world.names(second).contains(&"RESUMED".to_owned()));
    world.drop_socket(second, None);
    world.pass(300_001);
    let third = world.resume(first, owner, world.seq(second));
    assert_eq!(world.clients[&third].received.last().unwrap()["op"], 9);
    assert_eq!(world.hub.registry().sessions(), 0);
    assert_eq!(world.hub.guilds(), 0);
}

#[test]
fn a_clean_goodbye_ends_the_session() {
    for code in [1000, 1001] {
        let mut world = World::new();
        let user = world.user();
        let first = world.connect_user(user);
        world.drop_socket(first, Some(code));
        assert_eq!(world.hub.registry().sessions(), 0);
    }
}

#[test]
fn a_resumed_session_leaves_its_old_connection() {
    let (mut world, guild, owner, open) = World::with_guild();
    let first = world.connect_user(owner);
    let second = world.resume(first, owner, world.seq(first));
    assert_eq!(world.closed(first), Some(CloseCode::Superseded));
    world.drop_socket(first, None);
    let content = world.say(guild, open, owner);
    assert_eq!(
        world.sockets_that_read(&content, &[first, second]),
        [second].into()
    );
}

#[test]
fn silent_sessions_are_disconnected_and_may_resume() {
    let mut world = World::new();
    let user = world.user();
    let socket = world.connect_user(user);
    world.pass(41_250);
    world.send(socket, json!({"op": 1, "d": 1}));
    assert_eq!(world.clients[&socket].received.last().unwrap()["op"], 11);
    world.pass(60_000);
    assert_eq!(world.closed(socket), None);
    world.pass(2_000);
    assert_eq!(world.closed(socket), Some(CloseCode::SessionTimedOut));
    let again = world.resume(socket, user, world.seq(socket));
    assert_eq!(world.names(again), ["RESUMED"]);
}

#[test]
fn a_shutdown_asks_clients_to_come_back() {
    let mut world = World::new();
    let user = world.user();
    let socket = world.connect_user(user);
    world.give(gateway_durable::registry::Input::Shutdown);
    assert_eq!(world.clients[&socket].received.last().unwrap()["op"], 7);
    assert_eq!(world.closed(socket), Some(CloseCode::GoingAway));
}

#[test]
fn a_session_outlives_the_process() {
    let (mut world, guild, owner, open) = World::with_guild();
    let bot = world.bot(crate::support::ALL_FLAGS);
    world.enter(guild, bot);
    let hidden = world.channel(guild, 0, &[crate::support::hidden(guild)]);
    let before = world.connect(bot, Intents::all());
    let seq = world.seq(before);
    let missed = world.say(guild, open, owner);
    world.restart();
    assert_eq!(world.closed(before), Some(CloseCode::GoingAway));
    let asked = world.clients[&before].received.last().unwrap();
    assert_eq!(asked["op"], 7);
    let meanwhile = world.say(guild, open, owner);
    let secret = world.say(guild, hidden, owner);
    let after = world.resume(before, bot, seq);
    world.answer_all();
    for text in [&missed, &meanwhile] {
        assert_eq!(world.sockets_that_read(text, &[after]).len(), 1);
    }
    assert_eq!(world.sockets_that_read(&secret, &[after]).len(), 0);
    assert_eq!(world.names(after).last().unwrap(), "RESUMED");
    assert!(world.events(after, "GUILD_CREATE").is_empty());
}

#[test]
fn a_token_that_was_revoked_while_the_process_was_away_resumes_nothing() {
    let (mut world, _, owner, _) = World::with_guild();
    let before = world.connect_user(owner);
    let seq = world.seq(before);
    world.restart();
    world.users.remove(&owner);
    let after = world.resume(before, owner, seq);
    world.answer_all();
    let last = world.clients[&after].received.last().unwrap();
    assert_eq!((&last["op"], &last["d"]), (&json!(9), &json!(false)));
    assert_eq!(world.hub.registry().sessions(), 0);
}

#[test]
fn voice_ends_with_the_process() {
    let (mut world, guild, owner, _) = World::with_guild();
    let voice = world.channel(guild, 2, &[]);
    let before = world.connect_user(owner);
    let d = json!({"guild_id": guild, "channel_id": voice});
    world.send(before, json!({"op": 4, "d": d}));
    let seq = world.seq(before);
    world.restart();
    let after = world.resume(before, owner, seq);
    world.answer_all();
    let moved = world.events(after, "VOICE_STATE_UPDATE");
    assert!(moved[0]["channel_id"].is_null(), "{moved:?}");
}

#[test]
fn snapshots_of_other_versions_are_not_taken() {
    let settings = || Settings {
        heartbeat_interval_ms: 1,
        gateway_url: "".into(),
        limit_starts: false,
    };
    let saved = Hub::new(settings()).save(World::new().now);
    let other = String::from_utf8(saved.clone())
        .unwrap()
        .replace(r#""format":"#, r#""format":9"#);
    let now = World::new().now;
    assert!(Hub::restore(settings(), &saved, now).is_some());
    for wrong in [other.as_bytes(), b"", b"{}"] {
        assert!(Hub::restore(settings(), wrong, now).is_none());
    }
}
