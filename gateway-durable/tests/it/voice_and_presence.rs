//! Who is online, and who is in voice.

use gateway_durable::SocketId;
use model::Permissions;
use model::permissions::OverwriteKind;
use serde_json::{Value, json};

use crate::support::{UserId, World, event, hidden, overwrite};

fn join_voice(guild: impl serde::Serialize, channel: impl serde::Serialize) -> Value {
    let d = json!({"guild_id": guild, "channel_id": channel, "self_mute": true});
    json!({"op": 4, "d": d})
}

#[test]
fn members_see_who_comes_and_goes() {
    let (mut world, guild, owner, _) = World::with_guild();
    let member = world.user();
    world.enter(guild, member);
    let watcher = world.connect_user(owner);
    let socket = world.connect_user(member);
    let statuses = |world: &World| -> Vec<String> {
        let events = world.events(watcher, "PRESENCE_UPDATE");
        let of_member = events
            .iter()
            .filter(|event| event["user"]["id"] == json!(member));
        of_member
            .map(|event| event["status"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(statuses(&world), ["online"]);
    world.send(
        socket,
        json!({"op": 3, "d": {"status": "idle", "activities": []}}),
    );
    world.send(
        socket,
        json!({"op": 3, "d": {"status": "idle", "activities": []}}),
    );
    assert_eq!(statuses(&world), ["online", "idle"]);
    world.send(
        socket,
        json!({"op": 3, "d": {"status": "invisible", "activities": []}}),
    );
    assert_eq!(statuses(&world), ["online", "idle", "offline"]);
    world.send(
        socket,
        json!({"op": 3, "d": {"status": "online", "activities": []}}),
    );
    world.drop_socket(socket, Some(1000));
    assert_eq!(statuses(&world).last().unwrap(), "offline");
}

#[test]
fn a_short_interruption_is_not_seen_and_a_long_one_is() {
    let (mut world, guild, owner, _) = World::with_guild();
    let member = world.user();
    world.enter(guild, member);
    let watcher = world.connect_user(owner);
    let first = world.connect_user(member);
    world.clear(watcher);
    world.drop_socket(first, None);
    world.pass(9_000);
    let second = world.resume(first, member, world.seq(first));
    world.pass(9_000);
    assert!(world.events(watcher, "PRESENCE_UPDATE").is_empty());
    world.drop_socket(second, None);
    world.pass(10_001);
    let seen = world.events(watcher, "PRESENCE_UPDATE");
    assert_eq!(seen.last().unwrap()["status"], "offline");
    world.resume(first, member, world.seq(second));
    let seen = world.events(watcher, "PRESENCE_UPDATE");
    assert_eq!(seen.last().unwrap()["status"], "online");
}

#[test]
fn a_status_that_is_set_over_rest_is_seen_at_once() {
    use model::Audience;
    use model::event::EventKind;

    let (mut world, guild, owner, _) = World::with_guild();
    let other = world.user();
    world.enter(guild, other);
    let watcher = world.connect_user(owner);
    let own = world.connect_user(other);
    for (status, seen) in [("invisible", "offline"), ("dnd", "dnd")] {
        let audience = Audience::Users(vec![other]);
        let data = json!({"status": status});
        let event = event(EventKind::UserSettingsUpdate, audience, &data);
        world.publish(vec![event]);
        let events = world.events(watcher, "PRESENCE_UPDATE");
        assert_eq!(events.last().unwrap()["status"], seen);
        let sessions = world.events(own, "SESSIONS_REPLACE");
        assert_eq!(sessions.last().unwrap()[0]["status"], status);
    }
    let before = world.events(watcher, "PRESENCE_UPDATE").len();
    let audience = Audience::Users(vec![other]);
    let theme = json!({"theme": "light"});
    let event = event(EventKind::UserSettingsUpdate, audience, &theme);
    world.publish(vec![event]);
    assert_eq!(world.events(watcher, "PRESENCE_UPDATE").len(), before);
}

#[test]
fn a_user_sees_their_own_sessions() {
    let mut world = World::new();
    let user = world.user();
    let first = world.connect_user(user);
    let second = world.connect_user(user);
    let sessions = &world.events(first, "SESSIONS_REPLACE")[0];
    assert_eq!(sessions.as_array().unwrap().len(), 3);
    assert_eq!(sessions[0]["session_id"], "all");
    assert_eq!(sessions[1]["session_id"], json!(world.session_of(first)));
    assert!(world.events(second, "SESSIONS_REPLACE").is_empty());
}

#[test]
fn voice_states_are_kept_and_told() {
    let (mut world, guild, owner, _) = World::with_guild();
    let member = world.user();
    world.enter(guild, member);
    let room = world.channel(guild, 2, &[]);
    let watcher = world.connect_user(owner);
    let socket = world.connect_user(member);
    world.send(socket, join_voice(guild, room));
    let state = &world.events(watcher, "VOICE_STATE_UPDATE")[0];
    assert_eq!(state["channel_id"], json!(room));
    assert_eq!(state["user_id"], json!(member));
    assert_eq!(state["self_mute"], true);
    assert_eq!(state["session_id"], json!(world.session_of(socket)));
    assert_eq!(state["member"]["user"]["id"], json!(member));
    let late = world.connect_user(owner);
    let ready = &world.events(late, "READY")[0];
    assert_eq!(
        ready["guilds"][0]["voice_states"][0]["channel_id"],
        json!(room)
    );
    world.drop_socket(socket, Some(1000));
    let states = world.events(watcher, "VOICE_STATE_UPDATE");
    assert_eq!(states.last().unwrap()["channel_id"], Value::Null);
}

#[test]
fn voice_needs_a_voice_channel_that_one_may_join_and_that_has_room() {
    let (mut world, guild, owner, text) = World::with_guild();
    let member = world.user();
    world.enter(guild, member);
    let locked = overwrite(
        guild,
        OverwriteKind::Role,
        Permissions::empty(),
        Permissions::CONNECT,
    );
    let locked = world.channel(guild, 2, &[locked]);
    let secret = world.channel(guild, 2, &[hidden(guild)]);
    let small = world.channel(guild, 2, &[]);
    let stored = world.stored(guild).channels.get_mut(&small).unwrap();
    stored.guild.as_mut().unwrap().user_limit = Some(1);
    let own = world.connect_user(owner);
    let socket = world.connect_user(member);
    world.send(own, join_voice(guild, small));
    world.clear(socket);
    for channel in [text, locked, secret, small] {
        world.send(socket, join_voice(guild, channel));
    }
    world.send(socket, join_voice(guild, "1"));
    assert!(world.events(socket, "VOICE_STATE_UPDATE").is_empty());
}

#[test]
fn voice_in_a_hidden_channel_looks_like_being_away() {
    let (mut world, guild, owner, _) = World::with_guild();
    let member = world.user();
    world.enter(guild, member);
    let room = world.channel(guild, 2, &[]);
    let secret = world.channel(guild, 2, &[hidden(guild)]);
    let own = world.connect_user(owner);
    let watcher = world.connect_user(member);
    world.send(own, join_voice(guild, room));
    world.send(own, join_voice(guild, secret));
    let states = world.events(watcher, "VOICE_STATE_UPDATE");
    assert_eq!(states.len(), 2);
    assert_eq!(states[1]["channel_id"], Value::Null);
    world.change_channel(guild, secret, &[]);
    let states = world.events(watcher, "VOICE_STATE_UPDATE");
    assert_eq!(states.last().unwrap()["channel_id"], json!(secret));
}

/// The statuses of a user that came over a connection without a guild.
fn seen_of_friend(world: &World, socket: SocketId, friend: UserId) -> Vec<String> {
    let events = world.events(socket, "PRESENCE_UPDATE");
    let of_friend = events
        .iter()
        .filter(|event| event["user"]["id"] == json!(friend) && event.get("guild_id").is_none());
    of_friend
        .map(|event| event["status"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn friends_see_each_other_without_a_guild_and_strangers_do_not() {
    let mut world = World::new();
    let [one, other, stranger] = [(); 3].map(|()| world.user());
    world.befriend(one, other);
    let [watcher, third] = [one, stranger].map(|user| world.connect_user(user));
    let socket = world.connect_user(other);
    world.send(
        socket,
        json!({"op": 3, "d": {"status": "dnd", "activities": []}}),
    );
    world.send(
        socket,
        json!({"op": 3, "d": {"status": "invisible", "activities": []}}),
    );
    assert_eq!(
        seen_of_friend(&world, watcher, other),
        ["online", "dnd", "offline"]
    );
    assert!(world.events(third, "PRESENCE_UPDATE").is_empty());
    world.send(
        socket,
        json!({"op": 3, "d": {"status": "online", "activities": []}}),
    );
    world.change_friends(one, other, false);
    world.drop_socket(socket, Some(1000));
    assert_eq!(
        seen_of_friend(&world, watcher, other).last().unwrap(),
        "online"
    );
}

#[test]
fn new_friends_learn_of_each_other_at_once() {
    let mut world = World::new();
    let [one, other] = [(); 2].map(|()| world.user());
    let sockets = [one, other].map(|user| world.connect_user(user));
    world.change_friends(one, other, true);
    assert_eq!(seen_of_friend(&world, sockets[0], other), ["online"]);
    assert_eq!(seen_of_friend(&world, sockets[1], one), ["online"]);
}

#[test]
fn ready_tells_of_friends_who_are_online() {
    let (mut world, guild, owner, _) = World::with_guild();
    let [friend, other] = [(); 2].map(|()| world.user());
    for user in [friend, other] {
        world.enter(guild, user);
        world.connect_user(user);
    }
    world.befriend(owner, friend);
    let dedupe = 1 << 4;
    let all = world.connect_with(owner, json!({"capabilities": dedupe}));
    let ready = &world.events(all, "READY")[0];
    let later = world.connect_with(owner, json!({"capabilities": dedupe | 1 << 5}));
    let supplemental = &world.events(later, "READY_SUPPLEMENTAL")[0];
    for payload in [ready, supplemental] {
        let merged = &payload["merged_presences"];
        assert_eq!(merged["friends"][0]["user_id"], json!(friend));
        assert_eq!(merged["friends"][0]["status"], "online");
        assert_eq!(merged["friends"].as_array().unwrap().len(), 1);
        assert_eq!(merged["guilds"][0][0]["user_id"], json!(friend));
    }
    let ids = |members: &Value| -> Vec<Value> {
        let members = members[0].as_array().unwrap().iter();
        members.map(|member| member["user_id"].clone()).collect()
    };
    assert_eq!(ids(&ready["merged_members"]), [json!(owner), json!(friend)]);
    let early = &world.events(later, "READY")[0]["merged_members"];
    assert_eq!(ids(early), [json!(owner)]);
    assert_eq!(ids(&supplemental["merged_members"]), [json!(friend)]);
}

#[test]
fn flickering_presences_are_sent_five_times_and_at_the_end() {
    let (mut world, guild, owner, _) = World::with_guild();
    let member = world.user();
    world.enter(guild, member);
    let watcher = world.connect_user(owner);
    let socket = world.connect_user(member);
    world.clear(watcher);
    for i in 0..9 {
        let status = ["idle", "dnd"][i % 2];
        world.send(
            socket,
            json!({"op": 3, "d": {"status": status, "activities": []}}),
        );
    }
    assert_eq!(world.events(watcher, "PRESENCE_UPDATE").len(), 5);
    world.send(
        socket,
        json!({"op": 3, "d": {"status": "online", "activities": []}}),
    );
    world.pass(20_000);
    let events = world.events(watcher, "PRESENCE_UPDATE");
    assert_eq!(events.len(), 6);
    assert_eq!(events[5]["status"], "online");
}
