//! Sessions that wait for a resume: for how long, how many, and what they get.

use gateway_durable::SocketId;
use model::Permissions;
use model::limits::{
    SESSIONS_PER_BOT_MAX, SESSIONS_PER_PERSON_MAX, SESSIONS_WAITING_PER_PERSON_MAX,
};
use model::permissions::{Overwrite, OverwriteKind};
use serde_json::json;

use crate::support::{ALL_FLAGS, UserId, World, hidden, overwrite};

/// Whether a session can be resumed.
fn resumes(world: &mut World, before: SocketId, user: UserId, seq: u64) -> bool {
    let socket = world.resume(before, user, seq);
    world.answer_all();
    world.names(socket).last().is_some_and(|it| it == "RESUMED")
}

/// The process is restarted, and a second passes.
fn restart_after(world: &mut World, ms: i64) {
    world.restart_after(ms);
    world.pass(1_000);
}

#[test]
fn the_time_to_resume_runs_on_over_restarts() {
    let (mut world, _, owner, _) = World::with_guild();
    let lost = world.connect_user(owner);
    let seq = world.seq(lost);
    world.drop_socket(lost, None);
    for _ in 0..4 {
        world.pass(60_000);
        restart_after(&mut world, 10_000);
        assert_eq!(world.hub.registry().sessions(), 1);
    }
    world.pass(20_000);
    assert_eq!(world.hub.registry().sessions(), 0);
    assert_eq!(world.sessions_ended, [owner]);
    assert!(!resumes(&mut world, lost, owner, seq));
}

#[test]
fn connected_sessions_are_lost_when_the_process_ends() {
    let (mut world, _, owner, _) = World::with_guild();
    let one = world.connect_user(owner);
    let seq = world.seq(one);
    restart_after(&mut world, 298_000);
    assert!(resumes(&mut world, one, owner, seq));
    let other = world.connect_user(owner);
    let seq = world.seq(other);
    restart_after(&mut world, 300_000);
    assert!(!resumes(&mut world, other, owner, seq));
    assert_eq!(world.hub.registry().sessions(), 0);
}

#[test]
fn restarts_do_not_heap_up_sessions() {
    let (mut world, guild, _, _) = World::with_guild();
    let users: Vec<_> = (0..20).map(|_| world.user()).collect();
    for user in &users {
        world.enter(guild, *user);
    }
    for _ in 0..20 {
        for user in &users {
            let socket = world.connect_user(*user);
            world.drop_socket(socket, None);
        }
        restart_after(&mut world, 30_000);
        assert!(world.hub.registry().sessions() <= 20 * 10);
    }
}

#[test]
fn a_person_has_a_bounded_number_of_sessions_that_wait() {
    let mut world = World::new();
    let user = world.user();
    let other = world.user();
    let untouched = world.connect_user(other);
    world.drop_socket(untouched, None);
    let mut sockets = Vec::new();
    for _ in 0..SESSIONS_WAITING_PER_PERSON_MAX + 3 {
        let socket = world.connect_user(user);
        world.pass(1);
        world.drop_socket(socket, None);
        sockets.push((socket, world.seq(socket)));
    }
    let sessions = world.hub.registry().sessions();
    assert_eq!(sessions, SESSIONS_WAITING_PER_PERSON_MAX + 1);
    let resumed: Vec<bool> = sockets
        .iter()
        .map(|(socket, seq)| resumes(&mut world, *socket, user, *seq))
        .collect();
    let given_up = resumed.iter().take_while(|resumed| !**resumed).count();
    assert_eq!(given_up, 3, "those that waited longest");
    assert!(resumed[3..].iter().all(|resumed| *resumed));
}

#[test]
fn a_person_has_a_bounded_number_of_sessions() {
    for (bot, most) in [
        (false, SESSIONS_PER_PERSON_MAX),
        (true, SESSIONS_PER_BOT_MAX),
    ] {
        let mut world = World::new();
        let user = match bot {
            true => world.bot(ALL_FLAGS),
            false => world.user(),
        };
        let intents = json!({"intents": 0});
        let first = world.connect_with(user, intents.clone());
        for _ in 1..most {
            world.connect_with(user, intents.clone());
        }
        let refused = world.connect_with(user, intents.clone());
        let last = world.clients[&refused].received.last().unwrap();
        assert_eq!((&last["op"], &last["d"]), (&json!(9), &json!(false)));
        assert_eq!(world.hub.registry().sessions(), most);
        // Idle waiters give way; others are not affected.
        world.drop_socket(first, None);
        let again = world.connect_with(user, intents);
        assert_eq!(world.names(again)[0], "READY");
        assert_eq!(world.hub.registry().sessions(), most);
        let other = world.user();
        let other = world.connect_user(other);
        assert_eq!(world.names(other)[0], "READY");
    }
}

#[test]
fn resumes_bring_what_was_visible_then() {
    let (mut world, guild, owner, channel) = World::with_guild();
    let secret = world.channel(guild, 0, &[hidden(guild)]);
    let (member, other) = (world.user(), world.user());
    world.enter(guild, member);
    world.enter(guild, other);
    let watching = world.connect_user(other);
    // A payload for several sessions is kept once.
    let _heard = [(); 2].map(|()| world.connect_user(owner));
    let before = world.connect_user(member);
    let seq = world.seq(before);
    world.drop_socket(before, None);
    let none = Permissions::empty();
    let view = Permissions::VIEW_CHANNEL;
    let let_in: Overwrite = overwrite(member, OverwriteKind::Member, view, none);
    let seen = [world.say(guild, channel, owner)];
    let unseen = [world.say(guild, secret, owner)];
    world.change_channel(guild, secret, &[hidden(guild), let_in]);
    let seen_later = [world.say(guild, secret, owner)];
    world.change_channel(guild, secret, &[hidden(guild)]);
    let unseen_later = [world.say(guild, secret, owner)];
    world.leave(guild, member);
    let gone = [world.say(guild, channel, owner)];
    world.join(guild, member);
    let back = [world.say(guild, channel, owner)];
    let after = world.resume(before, member, seq);
    for text in seen.iter().chain(&seen_later).chain(&back) {
        assert_eq!(world.sockets_that_read(text, &[after]).len(), 1, "{text}");
    }
    for text in unseen.iter().chain(&unseen_later).chain(&gone) {
        assert_eq!(world.sockets_that_read(text, &[after]).len(), 0, "{text}");
    }
    for text in unseen.iter().chain(&seen_later).chain(&unseen_later) {
        assert_eq!(
            world.sockets_that_read(text, &[watching]).len(),
            0,
            "{text}"
        );
    }
    let seqs: Vec<u64> = world.clients[&after]
        .received
        .iter()
        .filter_map(|payload| payload["s"].as_u64())
        .collect();
    let expected: Vec<u64> = (seq + 1..).take(seqs.len()).collect();
    assert_eq!(seqs, expected, "numbers have no gaps");
}

#[test]
fn thousands_that_wait_lose_nothing_and_delay_nobody() {
    let (mut world, guild, owner, channel) = World::with_guild();
    let mut waiting = Vec::new();
    for _ in 0..200 {
        let user = world.user();
        world.enter(guild, user);
        let socket = world.connect_user(user);
        waiting.push((user, socket, world.seq(socket)));
        world.drop_socket(socket, None);
    }
    let connected = world.connect_user(owner);
    let said: Vec<String> = (0..500).map(|_| world.say(guild, channel, owner)).collect();
    let heard = |world: &World, socket| -> Vec<String> {
        let messages = world.events(socket, "MESSAGE_CREATE");
        let texts = messages.iter().map(|it| it["content"].as_str());
        texts.map(|text| text.unwrap().to_owned()).collect()
    };
    assert_eq!(heard(&world, connected), said);
    for (user, socket, seq) in waiting {
        let resumed = world.resume(socket, user, seq);
        assert_eq!(heard(&world, resumed), said);
    }
}

#[test]
fn sessions_that_missed_more_than_is_kept_start_anew() {
    let (mut world, guild, owner, channel) = World::with_guild();
    let user = world.user();
    world.enter(guild, user);
    let lost = world.connect_user(user);
    let seq = world.seq(lost);
    let _other = world.connect_user(owner);
    world.drop_socket(lost, None);
    for _ in 0..2_100 {
        world.say(guild, channel, owner);
    }
    assert!(!resumes(&mut world, lost, user, seq));
}
