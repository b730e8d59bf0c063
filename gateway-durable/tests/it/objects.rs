//! Durable Objects that could not be restored, and what the others make of it; and when they rest.

use gateway_durable::durable::Address;
use gateway_durable::session::RESUME_MS;
use model::gateway::{CloseCode, Intents};
use serde_json::json;

use crate::support::{ALL_FLAGS, World};

#[test]
fn sessions_end_that_a_guild_forgot() {
    let (mut world, guild, owner, channel) = World::with_guild();
    let other = world.user();
    world.guild(other);
    world.divide(false);
    let [own, others] = [owner, other].map(|user| world.connect_user(user));
    world.forget(Address::Guild(guild));
    world.say(guild, channel, owner);
    assert_eq!(world.closed(own), None, "nobody noticed yet");
    world.send(own, json!({"op": 3, "d": {"status": "idle"}}));
    assert_eq!(world.closed(own), Some(CloseCode::SessionTimedOut));
    assert_eq!(world.closed(others), None);
    let seq = world.seq(own);
    let again = world.resume(own, owner, seq);
    let refused = world.clients[&again].received.last().unwrap();
    assert_eq!(refused["op"], 9, "nobody knows what it missed");

    let fresh = world.connect_user(owner);
    let content = world.say(guild, channel, owner);
    assert_eq!(
        world.sockets_that_read(&content, &[fresh, others]),
        [fresh].into()
    );
}

#[test]
fn guilds_forget_sessions_that_were_forgotten() {
    let (mut world, guild, owner, channel) = World::with_guild();
    let bot = world.bot(ALL_FLAGS);
    world.enter(guild, bot);
    world.divide(false);
    let before = world.connect_user(owner);
    world.forget(Address::Sessions);
    let received = world.clients[&before].received.len();
    let socket = world.connect(bot, Intents::all());
    let created = &world.events(socket, "GUILD_CREATE")[0];
    let online = created["presences"].as_array().unwrap().iter();
    let online: Vec<_> = online.map(|it| it["user"]["id"].clone()).collect();
    assert_eq!(online, [json!(bot)], "the owner is there no more");
    let content = world.say(guild, channel, owner);
    assert_eq!(
        world.sockets_that_read(&content, &[socket]),
        [socket].into()
    );
    assert_eq!(world.clients[&before].received.len(), received);
}

/// What a community costs where every event is paid for.
#[test]
fn nothing_is_woken_when_nobody_is_connected() {
    let (mut world, guild, owner, channel) = World::with_guild();
    let bot = world.bot(ALL_FLAGS);
    world.enter(guild, bot);
    world.divide(false);
    let person = world.connect_user(owner);
    let robot = world.connect(bot, Intents::all());
    world.say(guild, channel, owner);
    assert!(!world.are_at_rest(), "heartbeats are waited for");
    world.drop_socket(person, Some(1000));
    world.drop_socket(robot, None);
    assert!(!world.are_at_rest(), "the bot may come back");
    for _ in 0..2 {
        world.pass(RESUME_MS);
    }
    assert!(world.are_at_rest());
    world.say(guild, channel, owner);
    assert!(world.are_at_rest(), "nobody hears it");
}

/// Its shell remembers when a client was heard, since heartbeats are in no journal.
#[test]
fn a_client_that_went_silent_is_missed_however_often_memory_goes() {
    let (mut world, _, owner, _) = World::with_guild();
    world.divide(false);
    let [silent, alive] = [0, 0].map(|_| world.connect_user(owner));
    world.clients.get_mut(&silent).unwrap().heard = Some(world.now);
    for _ in 0..10 {
        world.hibernate(false, false);
        world.pass(10_000);
        world.send(alive, json!({"op": 1, "d": null}));
    }
    assert_eq!(world.closed(silent), Some(CloseCode::SessionTimedOut));
    assert_eq!(world.closed(alive), None);
}
