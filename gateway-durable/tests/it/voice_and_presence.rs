//! Who is online, and who is in voice.

use model::Permissions;
use model::permissions::OverwriteKind;
use serde_json::{Value, json};

use crate::support::{World, hidden, overwrite};

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
fn a_user_sees_their_own_sessions() {
    let mut world = World::new();
    let user = world.user();
    let first = world.connect_user(user);
    let second = world.connect_user(user);
    let sessions = &world.events(first, "SESSIONS_REPLACE")[0];
    assert_eq!(sessions.as_array().unwrap().len(), 2);
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
