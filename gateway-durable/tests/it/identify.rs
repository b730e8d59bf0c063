//! Starting a session, or not.

use gateway_durable::registry::{self, IdentifyError};
use model::event::EventKind;
use model::gateway::{CloseCode, Intents};
use model::{Audience, Permissions};
use serde_json::json;

use crate::support::{ALL_FLAGS, UserId, World, event, hidden, settings, shown_to};

#[test]
fn a_bot_gets_ready_and_then_its_guilds() {
    let (mut world, guild, owner, channel) = World::with_guild();
    let bot = world.bot(0);
    world.enter(guild, bot);
    let socket = world.connect(bot, Intents::GUILDS);
    let hello = &world.clients[&socket].received[0];
    assert_eq!(hello["op"], 10);
    assert_eq!(world.names(socket), ["READY", "GUILD_CREATE"]);
    let ready = &world.events(socket, "READY")[0];
    assert_eq!(ready["v"], 10);
    assert_eq!(ready["guilds"], json!([{"id": guild, "unavailable": true}]));
    assert_eq!(ready["user"]["id"], json!(bot));
    assert_eq!(ready["application"], json!({"id": bot, "flags": 0}));
    assert_eq!(ready["shard"], json!([0, 1]));
    assert_eq!(ready["resume_gateway_url"], "ws://localhost/gateway");
    let create = &world.events(socket, "GUILD_CREATE")[0];
    assert_eq!(create["owner_id"], json!(owner));
    assert_eq!(create["unavailable"], false);
    assert_eq!(create["member_count"], 2);
    assert_eq!(create["channels"][0]["id"], json!(channel));
    assert_eq!(create["members"].as_array().unwrap().len(), 1);
    assert_eq!(create["members"][0]["user"]["id"], json!(bot));
    for field in [
        "threads",
        "presences",
        "voice_states",
        "stage_instances",
        "roles",
        "emojis",
    ] {
        assert!(create[field].is_array(), "{field}");
    }
    assert!(create["joined_at"].is_string() && create["large"] == false);
}

#[test]
fn a_user_account_gets_its_guilds_in_ready() {
    let (mut world, guild, owner, channel) = World::with_guild();
    let socket = world.connect_user(owner);
    assert_eq!(world.names(socket), ["READY"]);
    let ready = &world.events(socket, "READY")[0];
    assert_eq!(ready["guilds"][0]["id"], json!(guild));
    assert_eq!(ready["guilds"][0]["name"], "guild");
    assert_eq!(ready["guilds"][0]["channels"][0]["id"], json!(channel));
    assert_eq!(ready["guilds"][0]["members"][0]["user"]["id"], json!(owner));
    assert_eq!(ready["sessions"].as_array().unwrap().len(), 1);
    assert_eq!(
        ready["auth_session_id_hash"],
        json!(format!("hash-{owner}"))
    );
    for field in [
        "private_channels",
        "relationships",
        "read_state",
        "user_guild_settings",
    ] {
        assert!(ready[field].is_array(), "{field}");
    }
}

#[test]
fn a_capable_client_gets_ready_in_two_parts_without_repeated_users() {
    let (mut world, guild, owner, _) = World::with_guild();
    let socket = world.connect_with(owner, json!({"capabilities": 0x3fff}));
    assert_eq!(world.names(socket), ["READY", "READY_SUPPLEMENTAL"]);
    let ready = &world.events(socket, "READY")[0];
    assert_eq!(ready["guilds"][0]["properties"]["name"], "guild");
    assert_eq!(ready["guilds"][0]["id"], json!(guild));
    assert_eq!(ready["merged_members"][0][0]["user_id"], json!(owner));
    assert_eq!(ready["users"][0]["id"], json!(owner));
    assert_eq!(ready["read_state"]["partial"], false);
    assert_eq!(ready["user_settings"]["theme"], "dark");
}

#[test]
fn a_user_without_guilds_is_ready_at_once() {
    let mut world = World::new();
    let user = world.user();
    let socket = world.connect_user(user);
    assert_eq!(world.names(socket), ["READY"]);
}

#[test]
fn a_wrong_token_is_refused() {
    let mut world = World::new();
    let socket = world.open();
    world.send(
        socket,
        json!({"op": 2, "d": {"token": "nonsense", "properties": {}}}),
    );
    world.answer_all();
    assert_eq!(world.closed(socket), Some(CloseCode::AuthenticationFailed));
}

#[test]
fn privileged_intents_must_be_enabled() {
    let mut world = World::new();
    let (plain, trusted) = (world.bot(0), world.bot(ALL_FLAGS));
    let refused = world.connect(plain, Intents::GUILD_MEMBERS);
    assert_eq!(world.closed(refused), Some(CloseCode::DisallowedIntents));
    let accepted = world.connect(trusted, Intents::all());
    assert_eq!(world.names(accepted), ["READY"]);
}

#[test]
fn all_intents_of_interactions_py_exist() {
    let mut world = World::new();
    let bot = world.bot(0);
    let intents = 53_739_519_u64 & !Intents::PRIVILEGED.bits();
    let socket = world.connect_with(bot, json!({ "intents": intents }));
    assert_eq!(world.names(socket), ["READY"]);
}

#[test]
fn bots_must_name_intents_that_exist() {
    let mut world = World::new();
    let bot = world.bot(0);
    for wrong in [
        json!({}),
        json!({"intents": -1}),
        json!({"intents": 1_u64 << 40}),
    ] {
        let socket = world.connect_with(bot, wrong);
        assert_eq!(world.closed(socket), Some(CloseCode::InvalidIntents));
    }
}

#[test]
fn a_shard_gets_its_guilds_only() {
    let mut world = World::new();
    let bot = world.bot(0);
    let owner = world.user();
    let guilds = [world.guild(owner), world.guild(owner), world.guild(owner)];
    for guild in guilds {
        world.enter(guild, bot);
    }
    let shards =
        [0, 1].map(|shard| world.connect_with(bot, json!({"intents": 1, "shard": [shard, 2]})));
    for (shard, socket) in shards.into_iter().enumerate() {
        let expected: Vec<_> = guilds
            .iter()
            .filter(|guild| (guild.get() >> 22) % 2 == shard as u64)
            .map(|guild| json!(guild))
            .collect();
        let created = world.events(socket, "GUILD_CREATE");
        let got: Vec<_> = created.iter().map(|guild| guild["id"].clone()).collect();
        assert_eq!(got, expected);
    }
    let wrong = world.connect_with(bot, json!({"intents": 1, "shard": [2, 2]}));
    assert_eq!(world.closed(wrong), Some(CloseCode::InvalidShard));
}

#[test]
fn presences_and_members_come_to_bots_that_may_have_them() {
    let (mut world, guild, owner, _) = World::with_guild();
    let silent = world.user();
    world.enter(guild, silent);
    world.connect_user(owner);
    let bot = world.bot(ALL_FLAGS);
    world.enter(guild, bot);
    let socket = world.connect(bot, Intents::GUILDS | Intents::GUILD_PRESENCES);
    let create = &world.events(socket, "GUILD_CREATE")[0];
    assert_eq!(create["members"].as_array().unwrap().len(), 3);
    let presences = create["presences"].as_array().unwrap();
    let online: Vec<_> = presences.iter().map(|p| p["user"]["id"].clone()).collect();
    assert_eq!(online, [json!(owner), json!(bot)]);
}

#[test]
fn a_role_lost_while_identifying_stays_lost() {
    let (mut world, guild, _, _) = World::with_guild();
    let (watcher, user) = (world.user(), world.user());
    world.enter(guild, watcher);
    world.enter(guild, user);
    let role = world.role(guild, Permissions::empty());
    let secret = world.channel(guild, 0, &[hidden(guild), shown_to(role)]);
    world.stored(guild).members.get_mut(&user).unwrap().roles = vec![role];
    world.connect_user(watcher);
    let socket = world.open();
    world.identify(socket, user, json!({}));
    let call = world.calls.pop_front().unwrap();
    let stale = world.answer(&call);
    world.change_roles(guild, user, &[]);
    world.input(stale);
    world.answer_all();
    let ready = world.events(socket, "READY")[0].to_string();
    assert!(!ready.contains(&format!("channel{secret}")));
    let content = world.say(guild, secret, watcher);
    assert!(world.sockets_that_read(&content, &[socket]).is_empty());
}

#[test]
fn a_guild_joined_while_identifying_is_not_missed() {
    let (mut world, guild, _, _) = World::with_guild();
    let user = world.user();
    let socket = world.open();
    world.identify(socket, user, json!({}));
    let call = world.calls.pop_front().unwrap();
    let stale = world.answer(&call);
    world.join(guild, user);
    world.input(stale);
    world.answer_all();
    let ready = &world.events(socket, "READY")[0];
    assert_eq!(ready["guilds"][0]["id"], json!(guild));
}

#[test]
fn a_guild_left_while_identifying_is_not_shown() {
    let (mut world, guild, _, _) = World::with_guild();
    let user = world.user();
    world.enter(guild, user);
    let socket = world.open();
    world.identify(socket, user, json!({}));
    let call = world.calls.pop_front().unwrap();
    let stale = world.answer(&call);
    world.leave(guild, user);
    world.input(stale);
    world.answer_all();
    assert_eq!(world.events(socket, "READY")[0]["guilds"], json!([]));
}

#[test]
fn ready_does_not_wait_for_ever_for_a_guild() {
    let (mut world, guild, owner, _) = World::with_guild();
    let socket = world.open();
    world.identify(socket, owner, json!({}));
    let call = world.calls.pop_front().unwrap();
    let input = world.answer(&call);
    world.input(input);
    world.pass(5_000);
    let ready = &world.events(socket, "READY")[0];
    assert_eq!(ready["guilds"], json!([{"id": guild, "unavailable": true}]));
    world.answer_all();
    assert_eq!(world.events(socket, "GUILD_CREATE")[0]["id"], json!(guild));
}

#[test]
fn a_lookup_that_failed_may_be_tried_again_on_the_same_connection() {
    let mut world = World::new();
    let user = world.user();
    let socket = world.open();
    world.identify(socket, user, json!({}));
    world.calls.clear();
    let result = Err(IdentifyError::Failed);
    world.give(registry::Input::Identified { socket, result });
    let last = world.clients[&socket].received.last().unwrap();
    assert_eq!((&last["op"], &last["d"]), (&json!(9), &json!(false)));
    world.identify(socket, user, json!({}));
    world.answer_all();
    assert_eq!(world.names(socket), ["READY"]);
}

#[test]
fn revoked_tokens_lose_their_sessions() {
    let mut world = World::new();
    let user = world.user();
    let socket = world.connect_user(user);
    let data = json!([format!("hash-{user}")]);
    let audience = Audience::Users(vec![user]);
    world.publish(vec![event(EventKind::SessionsRevoked, audience, &data)]);
    assert_eq!(world.closed(socket), Some(CloseCode::AuthenticationFailed));
    assert_eq!(world.hub.registry().sessions(), 0);
}

fn allow(world: &mut World, bot: UserId, flags: u64) {
    world.users.get_mut(&bot).unwrap().1 = flags;
    let audience = Audience::Users(vec![bot]);
    world.publish(vec![event(EventKind::IntentsAllowed, audience, &flags)]);
}

#[test]
fn losing_an_intent_disconnects_at_once() {
    let mut world = World::new();
    let bot = world.bot(ALL_FLAGS);
    let content = json!({"intents": Intents::MESSAGE_CONTENT.bits()});
    let reads = world.connect_with(bot, content.clone());
    let waits = world.connect_with(bot, content.clone());
    let seq = world.seq(waits);
    world.drop_socket(waits, None);
    let plain = world.connect_with(bot, json!({"intents": 1}));
    let identifying = world.open();
    world.identify(identifying, bot, content);
    let call = world.calls.pop_front().unwrap();
    let answer = world.answer(&call);
    allow(&mut world, bot, ALL_FLAGS & !(1 << 13));
    assert_eq!(world.closed(reads), None, "only presences were taken away");
    allow(&mut world, bot, 0);
    assert_eq!(world.closed(reads), Some(CloseCode::DisallowedIntents));
    assert_eq!(world.closed(plain), None);
    // Earlier reads do not count any more.
    world.input(answer);
    let closed = world.closed(identifying);
    assert_eq!(closed, Some(CloseCode::DisallowedIntents));
    let again = world.resume(waits, bot, seq);
    assert_eq!(world.clients[&again].received.last().unwrap()["op"], 9);
    assert_eq!(world.hub.registry().sessions(), 1);
}

#[test]
fn losing_an_intent_prevents_a_resume_after_a_restart() {
    let mut world = World::new();
    let bot = world.bot(ALL_FLAGS);
    let before = world.connect_with(bot, json!({"intents": Intents::MESSAGE_CONTENT.bits()}));
    let seq = world.seq(before);
    world.restart();
    world.users.get_mut(&bot).unwrap().1 = 0;
    let after = world.resume(before, bot, seq);
    world.answer_all();
    assert_eq!(world.closed(after), Some(CloseCode::DisallowedIntents));
    assert_eq!(world.hub.registry().sessions(), 0);
}

#[test]
fn users_are_whole_beside_their_ids_and_members_name_their_guild() {
    let (mut world, guild, owner, _) = World::with_guild();
    let friend = world.user();
    world.befriend(owner, friend);
    let user = world.connect_with(owner, json!({"capabilities": 16381}));
    let ready = &world.events(user, "READY")[0];
    let related = &ready["relationships"][0];
    assert_eq!(related["user_id"], json!(friend));
    assert_eq!(related["user"]["id"], json!(friend));
    let merged = &ready["merged_members"][0][0];
    assert_eq!(merged["user"]["id"], json!(owner));
    assert_eq!(merged["id"], json!(owner));
    assert_eq!(merged["guild_id"], json!(guild));
    let bot = world.bot(ALL_FLAGS);
    world.enter(guild, bot);
    let socket = world.connect(bot, Intents::all());
    let create = &world.events(socket, "GUILD_CREATE")[0];
    for listed in ["members", "presences"] {
        let listed = create[listed].as_array().unwrap();
        assert!(listed.len() > 1);
        assert!(listed.iter().all(|it| it["guild_id"] == json!(guild)));
    }
    let member = &create["members"][0];
    assert_eq!(member["id"], member["user"]["id"]);
}

#[test]
fn more_guilds_than_a_shard_may_have_need_more_shards() {
    let mut world = World::new();
    let (bot, owner) = (world.bot(0), world.user());
    for _ in 0..=2500 {
        let guild = world.guild(owner);
        world.enter(guild, bot);
    }
    let one = world.connect_with(bot, json!({"intents": 1}));
    assert_eq!(world.closed(one), Some(CloseCode::ShardingRequired));
    let half = world.connect_with(bot, json!({"intents": 1, "shard": [0, 2]}));
    assert_eq!(world.closed(half), None);
    // User accounts have no shards.
    let guilds: Vec<_> = world.guilds.keys().copied().collect();
    let person = world.user();
    for guild in guilds {
        world.enter(guild, person);
    }
    let whole = world.connect_user(person);
    assert_eq!(world.closed(whole), None);
}

/// A world in which sessions may not be started as fast as tests would.
fn limited() -> World {
    let mut world = World::new();
    world.hub = gateway_durable::Hub::new(registry::Settings {
        limit_starts: true,
        ..settings()
    });
    world
}

#[test]
fn a_bot_that_starts_sessions_too_fast_is_told_to_wait() {
    let mut world = limited();
    let bot = world.bot(0);
    let first = world.connect_with(bot, json!({"intents": 1, "shard": [0, 32]}));
    let beside = world.connect_with(bot, json!({"intents": 1, "shard": [1, 32]}));
    let early = world.connect_with(bot, json!({"intents": 1, "shard": [16, 32]}));
    assert_eq!(world.names(first)[0], "READY");
    assert_eq!(world.names(beside)[0], "READY");
    let answer = world.clients[&early].received.last().unwrap();
    assert_eq!((&answer["op"], &answer["d"]), (&json!(9), &json!(false)));
    assert_eq!(world.closed(early), None);
    world.pass(5000);
    world.identify(early, bot, json!({"intents": 1, "shard": [16, 32]}));
    world.answer_all();
    assert_eq!(world.names(early)[0], "READY");
}

#[test]
fn a_flood_of_identifies_costs_no_lookups() {
    let mut world = limited();
    let user = world.user();
    for _ in 0..100 {
        let socket = world.open();
        world.identify(socket, user, json!({}));
    }
    assert_eq!(world.calls.len(), 32);
    world.pass(5000);
    let socket = world.open();
    world.identify(socket, user, json!({}));
    assert_eq!(world.calls.len(), 33);
}
