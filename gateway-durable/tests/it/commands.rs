//! What clients send, and what comes of it.

use model::Permissions;
use model::gateway::{CloseCode, Intents};
use serde_json::{Value, json};

use crate::support::{ALL_FLAGS, World};

#[test]
fn close_codes_are_as_documented() {
    for (text, code) in [
        ("?", CloseCode::DecodeError),
        (r#"{"op":99}"#, CloseCode::UnknownOpcode),
        (r#"{"op":0}"#, CloseCode::UnknownOpcode),
        (
            r#"{"op":3,"d":{"status":"idle"}}"#,
            CloseCode::NotAuthenticated,
        ),
        (r#"{"op":2,"d":{"properties":{}}}"#, CloseCode::DecodeError),
    ] {
        let mut world = World::new();
        let socket = world.open();
        world.send_text(socket, text);
        assert_eq!(world.closed(socket), Some(code), "{text}");
    }
    let mut world = World::new();
    let user = world.user();
    let socket = world.connect_user(user);
    world.identify(socket, user, json!({}));
    assert_eq!(world.closed(socket), Some(CloseCode::AlreadyAuthenticated));
}

#[test]
fn opcodes_of_user_clients_are_accepted() {
    let (mut world, guild, owner, _) = World::with_guild();
    let socket = world.connect_user(owner);
    for op in [12, 13, 14, 18, 19, 20, 21, 22, 31, 34, 36, 37, 40, 41, 43] {
        world.send(socket, json!({"op": op, "d": {"guild_id": guild}}));
    }
    assert_eq!(world.closed(socket), None);
}

#[test]
fn a_command_too_large_closes_the_connection() {
    let mut world = World::new();
    let bot = world.bot(0);
    let socket = world.connect(bot, Intents::empty());
    let padding = "x".repeat(4096);
    world.send(
        socket,
        json!({"op": 3, "d": {"status": "idle", "padding": padding}}),
    );
    assert_eq!(world.closed(socket), Some(CloseCode::DecodeError));
}

#[test]
fn commands_sent_while_identifying_are_carried_out_afterwards() {
    let (mut world, guild, owner, _) = World::with_guild();
    let bot = world.bot(ALL_FLAGS);
    world.enter(guild, bot);
    let watcher = world.connect_user(owner);
    let socket = world.open();
    world.identify(socket, bot, json!({"intents": 1}));
    world.send(
        socket,
        json!({"op": 3, "d": {"status": "dnd", "activities": []}}),
    );
    world.answer_all();
    assert_eq!(world.closed(socket), None);
    let presences = world.events(watcher, "PRESENCE_UPDATE");
    assert_eq!(presences.last().unwrap()["status"], "dnd");
}

#[test]
fn members_are_found_by_id_and_by_name() {
    let (mut world, guild, owner, _) = World::with_guild();
    let bot = world.bot(0);
    world.enter(guild, bot);
    let socket = world.connect(bot, Intents::GUILDS);
    let request = json!({"guild_id": guild, "user_ids": [owner, "77"], "nonce": "n"});
    world.send(socket, json!({"op": 8, "d": request}));
    let request = json!({"guild_id": guild, "query": format!("user{owner}"), "limit": 5});
    world.send(socket, json!({"op": 8, "d": request}));
    world.answer_all();
    let chunks = world.events(socket, "GUILD_MEMBERS_CHUNK");
    assert_eq!(chunks[0]["members"][0]["user"]["id"], json!(owner));
    assert_eq!(chunks[0]["not_found"], json!(["77"]));
    assert_eq!(chunks[0]["nonce"], "n");
    assert_eq!(
        (&chunks[0]["chunk_index"], &chunks[0]["chunk_count"]),
        (&json!(0), &json!(1))
    );
    assert_eq!(chunks[1]["members"].as_array().unwrap().len(), 1);
    assert!(chunks[1].get("nonce").is_none() && chunks[1].get("not_found").is_none());
}

#[test]
fn ids_that_nobody_can_have_are_not_found_and_no_ids_are_nobody() {
    let (mut world, guild, owner, _) = World::with_guild();
    let bot = world.bot(ALL_FLAGS);
    world.enter(guild, bot);
    let socket = world.connect(bot, Intents::all());
    for (ids, found, not_found) in [
        (
            json!(["9223372036854775808", owner]),
            1,
            json!(["9223372036854775808"]),
        ),
        (
            json!([9223372036854775808_u64]),
            0,
            json!(["9223372036854775808"]),
        ),
        (
            json!(["abc", "", null, -1]),
            0,
            json!(["", "-1", "abc", "null"]),
        ),
        (json!("abc"), 0, json!(["abc"])),
        (json!([]), 0, Value::Null),
    ] {
        world.clear(socket);
        let request = json!({"guild_id": guild, "user_ids": ids, "query": "", "limit": 0});
        world.send(socket, json!({"op": 8, "d": request}));
        world.answer_all();
        assert_eq!(world.closed(socket), None, "{ids}");
        let chunks = world.events(socket, "GUILD_MEMBERS_CHUNK");
        assert_eq!(chunks.len(), 1, "{ids}");
        assert_eq!(
            chunks[0]["members"].as_array().unwrap().len(),
            found,
            "{ids}"
        );
        assert_eq!(chunks[0]["not_found"], not_found, "{ids}");
        assert_eq!(chunks[0]["chunk_count"], 1);
    }
}

#[test]
fn those_who_joined_last_come_first() {
    let (mut world, guild, owner, _) = World::with_guild();
    let newcomers = [(); 3].map(|()| world.user());
    for user in newcomers {
        world.now = world.now.plus_millis(1);
        world.enter(guild, user);
    }
    let socket = world.connect_user(owner);
    for (query, found) in [
        ("", vec![newcomers[2], newcomers[1], newcomers[0], owner]),
        (&*format!("USER{}", newcomers[1]), vec![newcomers[1]]),
        ("nobody", vec![]),
    ] {
        world.clear(socket);
        let d = json!({
            "guild_id": guild, "query": query, "continuation_token": null, "nonce": "n",
        });
        world.send(socket, json!({"op": 35, "d": d}));
        world.answer_all();
        let chunk = &world.events(socket, "GUILD_MEMBERS_CHUNK")[0];
        let members = chunk["members"].as_array().unwrap();
        let ids: Vec<&Value> = members.iter().map(|it| &it["user"]["id"]).collect();
        assert_eq!(json!(ids), json!(found), "{query}");
        assert_eq!(
            (&chunk["nonce"], &chunk["chunk_count"]),
            (&json!("n"), &json!(1))
        );
    }
    world.send(socket, json!({"op": 35, "d": {"guild_id": "x"}}));
    assert_eq!(world.closed(socket), None);
}

#[test]
fn the_whole_list_comes_in_chunks_to_those_who_may_have_it() {
    let (mut world, guild, _, _) = World::with_guild();
    for _ in 0..2100 {
        let user = world.user();
        world.enter(guild, user);
    }
    let (may, may_not) = (world.bot(ALL_FLAGS), world.bot(0));
    world.enter(guild, may);
    world.enter(guild, may_not);
    let all = json!({"op": 8, "d": {"guild_id": guild, "query": "", "limit": 0}});
    let may = world.connect(may, Intents::GUILDS | Intents::GUILD_MEMBERS);
    let may_not = world.connect(may_not, Intents::GUILDS);
    world.send(may, all.clone());
    world.send(may_not, all);
    world.answer_all();
    let chunks = world.events(may, "GUILD_MEMBERS_CHUNK");
    let sizes: Vec<_> = chunks
        .iter()
        .map(|c| c["members"].as_array().unwrap().len())
        .collect();
    assert_eq!(sizes, [1000, 1000, 103]);
    let indices: Vec<_> = chunks
        .iter()
        .map(|c| c["chunk_index"].as_u64().unwrap())
        .collect();
    assert_eq!(indices, [0, 1, 2]);
    assert!(chunks.iter().all(|chunk| chunk["chunk_count"] == 3));
    assert!(world.events(may_not, "GUILD_MEMBERS_CHUNK").is_empty());
}

#[test]
fn a_user_account_needs_a_permission_for_the_whole_list() {
    let (mut world, guild, owner, _) = World::with_guild();
    let member = world.user();
    world.enter(guild, member);
    let role = world.role(guild, Permissions::KICK_MEMBERS);
    let all = json!({"op": 8, "d": {"guild_id": [guild], "query": "", "limit": 0}});
    let socket = world.connect_user(member);
    world.send(socket, all.clone());
    world.answer_all();
    assert!(world.events(socket, "GUILD_MEMBERS_CHUNK").is_empty());
    world.change_roles(guild, member, &[role]);
    world.send(socket, all.clone());
    world.answer_all();
    assert_eq!(world.events(socket, "GUILD_MEMBERS_CHUNK").len(), 1);
    let own = world.connect_user(owner);
    world.send(own, all);
    world.answer_all();
    assert_eq!(world.events(own, "GUILD_MEMBERS_CHUNK").len(), 1);
}

#[test]
fn presences_in_chunks_need_their_intent() {
    let (mut world, guild, owner, _) = World::with_guild();
    let (may, may_not) = (world.bot(ALL_FLAGS), world.bot(0));
    world.enter(guild, may);
    world.enter(guild, may_not);
    world.connect_user(owner);
    let request = json!({"guild_id": guild, "user_ids": owner, "presences": true});
    let may = world.connect(may, Intents::GUILD_PRESENCES);
    let may_not = world.connect(may_not, Intents::empty());
    for socket in [may, may_not] {
        world.send(socket, json!({"op": 8, "d": request}));
    }
    world.answer_all();
    let chunk = &world.events(may, "GUILD_MEMBERS_CHUNK")[0];
    assert_eq!(chunk["presences"][0]["status"], "online");
    let chunk = &world.events(may_not, "GUILD_MEMBERS_CHUNK")[0];
    assert!(chunk.get("presences").is_none());
}

#[test]
fn members_of_other_guilds_are_not_told() {
    let (mut world, guild, _, _) = World::with_guild();
    let stranger = world.user();
    let socket = world.connect_user(stranger);
    let request = json!({"guild_id": guild, "query": "", "limit": 10});
    world.send(socket, json!({"op": 8, "d": request}));
    assert!(world.calls.is_empty());
}

#[test]
fn a_request_for_members_is_limited() {
    let (mut world, guild, _, _) = World::with_guild();
    let users: Vec<_> = (0..150).map(|_| world.user()).collect();
    for user in &users {
        world.enter(guild, *user);
    }
    let bot = world.bot(0);
    world.enter(guild, bot);
    let socket = world.connect(bot, Intents::GUILDS);
    let nonce = "n".repeat(33);
    let by_id = json!({"guild_id": guild, "user_ids": users, "nonce": nonce});
    let by_name = json!({"guild_id": guild, "query": "user", "limit": 0});
    for request in [by_id, by_name] {
        world.send(socket, json!({"op": 8, "d": request}));
    }
    world.answer_all();
    let chunks = world.events(socket, "GUILD_MEMBERS_CHUNK");
    for chunk in &chunks {
        assert_eq!(chunk["members"].as_array().unwrap().len(), 100);
        assert!(
            chunk.get("nonce").is_none(),
            "a nonce of 33 bytes is ignored"
        );
    }
    assert_eq!(chunks.len(), 2);
}
