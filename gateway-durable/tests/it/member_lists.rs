//! What user clients show of a guild's members.

use gateway_durable::SocketId;
use model::Permissions;
use serde_json::{Value, json};

use crate::lists::{List, Lists};
use crate::support::{ChannelId, GuildId, UserId, World, hidden, shown_to};

fn look(world: &mut World, socket: SocketId, guild: GuildId, channel: ChannelId, ranges: Value) {
    let d = json!({"guild_id": guild, "typing": true, "channels": {channel.to_string(): ranges}});
    world.send(socket, json!({"op": 14, "d": d}));
}

fn list(world: &World, socket: SocketId, id: &str) -> List {
    let updates = world.events(socket, "GUILD_MEMBER_LIST_UPDATE");
    Lists::of(&updates).0[id].clone()
}

fn shown(world: &World, socket: SocketId, id: &str) -> Vec<String> {
    let rows = list(world, socket, id).shows(0, usize::MAX - 1);
    rows.into_iter().map(Option::unwrap).collect()
}

fn ids(users: &[UserId]) -> Vec<String> {
    users.iter().map(ToString::to_string).collect()
}

#[test]
fn members_are_listed_by_hoisted_role_and_then_by_being_online() {
    let (mut world, guild, owner, channel) = World::with_guild();
    let [high, low, plain, away] = [(); 4].map(|()| world.user());
    for user in [high, low, plain, away] {
        world.enter(guild, user);
    }
    let [first, second] = [(); 2].map(|()| world.role(guild, Permissions::empty()));
    for (role, position) in [(first, 2), (second, 1)] {
        let role = world.stored(guild).roles.get_mut(&role).unwrap();
        (role.hoist, role.position) = (true, position);
    }
    for (user, roles) in [
        (high, vec![second, first]),
        (low, vec![second]),
        (away, vec![first]),
    ] {
        world.stored(guild).members.get_mut(&user).unwrap().roles = roles;
    }
    for user in [high, low, plain] {
        world.connect_user(user);
    }
    let socket = world.connect_user(owner);
    look(&mut world, socket, guild, channel, json!([[0, 99]]));
    let mut expected = vec![first.to_string(), high.to_string()];
    expected.extend([second.to_string(), low.to_string(), "online".to_owned()]);
    expected.extend(ids(&[owner, plain]));
    expected.extend(["offline".to_owned(), away.to_string()]);
    assert_eq!(shown(&world, socket, "everyone"), expected);
    let list = list(&world, socket, "everyone");
    assert_eq!((list.members, list.online), (5, 4));
    let member = &list.rows[1].as_ref().unwrap()["member"];
    assert_eq!(member["presence"]["status"], "online");
    assert_eq!(member["user"]["username"], format!("user{high}"));
}

#[test]
fn numbers_that_are_known_are_not_told_again() {
    let (mut world, guild, owner, channel) = World::with_guild();
    let (member, other) = (world.user(), world.user());
    world.enter(guild, member);
    world.enter(guild, other);
    let socket = world.connect_user(owner);
    let beside = world.connect_user(other);
    look(&mut world, socket, guild, channel, json!([[0, 99]]));
    look(&mut world, beside, guild, channel, json!([[100, 199]]));
    world.pass(1_000);
    for socket in [socket, beside] {
        world.clear(socket);
    }
    // A session that shows the row gets the numbers with it, the other with the next tick.
    world.connect_user(member);
    world.pass(1_000);
    world.pass(1_000);
    let ops = |socket| -> Vec<usize> {
        let updates = world.events(socket, "GUILD_MEMBER_LIST_UPDATE");
        let ops = updates.iter().map(|it| it["ops"].as_array().unwrap().len());
        ops.collect()
    };
    assert!(ops(socket).iter().all(|ops| *ops > 0), "{:?}", ops(socket));
    assert_eq!(ops(beside), [0]);
}

#[test]
fn comings_and_goings_move_single_rows() {
    let (mut world, guild, owner, channel) = World::with_guild();
    let member = world.user();
    world.enter(guild, member);
    let socket = world.connect_user(owner);
    look(&mut world, socket, guild, channel, json!([[0, 99]]));
    let before = world.events(socket, "GUILD_MEMBER_LIST_UPDATE").len();
    let other = world.connect_user(member);
    let updates = world.events(socket, "GUILD_MEMBER_LIST_UPDATE");
    let ops: Vec<&Value> = updates[before..]
        .iter()
        .flat_map(|update| update["ops"].as_array().unwrap())
        .map(|op| &op["op"])
        .collect();
    // The heading of those offline goes with the last of them.
    assert_eq!(ops, ["DELETE", "UPDATE"]);
    let expected = [&["online".to_owned()][..], &ids(&[owner, member])].concat();
    assert_eq!(shown(&world, socket, "everyone"), expected);
    world.send(
        other,
        json!({"op": 3, "d": {"status": "dnd", "activities": []}}),
    );
    world.pass(2_000);
    let row = list(&world, socket, "everyone").rows[2].clone().unwrap();
    assert_eq!(row["member"]["presence"]["status"], "dnd");
}

#[test]
fn a_hidden_channel_has_a_list_of_its_own_for_those_who_see_it() {
    let (mut world, guild, owner, _) = World::with_guild();
    let [inside, outside] = [(); 2].map(|()| world.user());
    for user in [inside, outside] {
        world.enter(guild, user);
    }
    let role = world.role(guild, Permissions::empty());
    world.stored(guild).members.get_mut(&inside).unwrap().roles = vec![role];
    let secret = world.channel(guild, 0, &[hidden(guild), shown_to(role)]);
    let sockets = [owner, inside, outside].map(|user| world.connect_user(user));
    for socket in sockets {
        look(&mut world, socket, guild, secret, json!([[0, 99]]));
    }
    let text = format!("allow:{role},deny:{guild}");
    let id = murmur3::murmur3_32(&mut text.as_bytes(), 0)
        .unwrap()
        .to_string();
    let expected = [&["online".to_owned()][..], &ids(&[owner, inside])].concat();
    for socket in &sockets[..2] {
        assert_eq!(shown(&world, *socket, &id), expected);
    }
    assert!(
        world
            .events(sockets[2], "GUILD_MEMBER_LIST_UPDATE")
            .is_empty()
    );
    // Admission lists the member, and sends the list that they requested before.
    world.change_roles(guild, outside, &[role]);
    assert_eq!(shown(&world, sockets[0], &id).len(), 4);
    assert_eq!(shown(&world, sockets[2], &id).len(), 4);
    world.change_roles(guild, inside, &[]);
    let before = world.events(sockets[1], "GUILD_MEMBER_LIST_UPDATE").len();
    world.drop_socket(sockets[2], Some(1000));
    world.pass(2_000);
    assert_eq!(
        shown(&world, sockets[0], &id).len(),
        4,
        "outside is offline"
    );
    let after = world.events(sockets[1], "GUILD_MEMBER_LIST_UPDATE").len();
    assert_eq!(
        before, after,
        "who may not see the channel hears nothing of its list"
    );
}

#[test]
fn several_ranges_are_kept_right_and_what_is_scrolled_away_is_invalidated() {
    let (mut world, guild, owner, channel) = World::with_guild();
    let users: Vec<UserId> = (0..30).map(|_| world.user()).collect();
    for user in &users {
        world.enter(guild, *user);
    }
    let socket = world.connect_user(owner);
    look(
        &mut world,
        socket,
        guild,
        channel,
        json!([[0, 4], [10, 14]]),
    );
    for user in users.iter().rev().step_by(3) {
        world.connect_user(*user);
    }
    let other = world.connect_user(owner);
    look(&mut world, other, guild, channel, json!([[0, 99]]));
    let (kept, fresh) = [socket, other].map(|s| list(&world, s, "everyone")).into();
    for (first, last) in [(0, 4), (10, 14)] {
        assert_eq!(kept.rows[first..=last], fresh.rows[first..=last]);
    }
    look(
        &mut world,
        socket,
        guild,
        channel,
        json!([[10, 14], [20, 24]]),
    );
    let updates = world.events(socket, "GUILD_MEMBER_LIST_UPDATE");
    let ops = updates.last().unwrap()["ops"].as_array().unwrap();
    assert_eq!(ops[0], json!({"op": "INVALIDATE", "range": [0, 4]}));
    assert_eq!(ops[1]["range"], json!([20, 24]));
    assert_eq!(ops.len(), 2, "what was shown before is not sent again");
}

#[test]
fn other_rows_bring_group_sizes_with_the_next_tick() {
    let (mut world, guild, owner, channel) = World::with_guild();
    let users: Vec<UserId> = (0..5).map(|_| world.user()).collect();
    for user in &users {
        world.enter(guild, *user);
    }
    let socket = world.connect_user(owner);
    look(&mut world, socket, guild, channel, json!([[0, 1]]));
    let before = world.events(socket, "GUILD_MEMBER_LIST_UPDATE").len();
    world.connect_user(users[0]);
    world.connect_user(users[1]);
    assert_eq!(
        world.events(socket, "GUILD_MEMBER_LIST_UPDATE").len(),
        before
    );
    world.pass(1_000);
    world.pass(1_000);
    assert_eq!(
        world.events(socket, "GUILD_MEMBER_LIST_UPDATE").len(),
        before + 1
    );
    let groups = list(&world, socket, "everyone").groups;
    assert_eq!(
        groups,
        [("online".to_owned(), 3), ("offline".to_owned(), 3)]
    );
}

#[test]
fn a_guild_of_more_than_a_thousand_lists_only_who_is_online() {
    let (mut world, guild, owner, channel) = World::with_guild();
    for _ in 0..1000 {
        let user = world.user();
        world.enter(guild, user);
    }
    let socket = world.connect_user(owner);
    look(&mut world, socket, guild, channel, json!([[0, 99]]));
    let expected = [&["online".to_owned()][..], &ids(&[owner])].concat();
    assert_eq!(shown(&world, socket, "everyone"), expected);
    assert_eq!(list(&world, socket, "everyone").members, 1001);
}

#[test]
fn in_a_large_guild_typing_and_presences_are_for_who_asks() {
    let (mut world, guild, owner, channel) = World::with_guild();
    let member = world.user();
    world.enter(guild, member);
    for _ in 0..250 {
        let user = world.user();
        world.enter(guild, user);
    }
    let [asks, does_not] = [(); 2].map(|()| world.connect_user(owner));
    let wanted = json!({"guild_id": guild, "typing": true, "members": [member]});
    let bulk = json!({"subscriptions": {guild.to_string(): wanted}});
    world.send(asks, json!({"op": 37, "d": bulk}));
    world.connect_user(member);
    world.type_in(guild, channel, member);
    for (socket, times) in [(asks, 1), (does_not, 0)] {
        assert_eq!(world.events(socket, "TYPING_START").len(), times);
        assert_eq!(world.events(socket, "PRESENCE_UPDATE").len(), times);
    }
}

#[test]
fn lists_go_on_after_a_restart() {
    let (mut world, guild, owner, channel) = World::with_guild();
    let member = world.user();
    world.enter(guild, member);
    let socket = world.connect_user(owner);
    look(&mut world, socket, guild, channel, json!([[0, 99]]));
    let seq = world.seq(socket);
    world.restart();
    world.pass(1_000);
    let again = world.resume(socket, owner, seq);
    world.answer_all();
    world.connect_user(member);
    let expected = [&["online".to_owned()][..], &ids(&[owner, member])].concat();
    assert_eq!(shown(&world, again, "everyone"), expected);
}

#[test]
fn roles_that_change_together_list_everyone_anew_once() {
    let (mut world, guild, owner, channel) = World::with_guild();
    let member = world.user();
    world.enter(guild, member);
    let roles = [(); 2].map(|()| world.role(guild, Permissions::empty()));
    world.stored(guild).members.get_mut(&member).unwrap().roles = roles.to_vec();
    world.connect_user(member);
    let socket = world.connect_user(owner);
    look(&mut world, socket, guild, channel, json!([[0, 99]]));
    let before = world.events(socket, "GUILD_MEMBER_LIST_UPDATE").len();
    for (position, role) in (1..).zip(roles) {
        let stored = world.stored(guild).roles.get_mut(&role).unwrap();
        (stored.hoist, stored.position) = (true, position);
        world.change_role(guild, role, Permissions::empty());
    }
    world.pass(1_000);
    let after = world.events(socket, "GUILD_MEMBER_LIST_UPDATE").len();
    assert_eq!(after, before + 1);
    let expected = [
        roles[1].to_string(),
        member.to_string(),
        "online".to_owned(),
        owner.to_string(),
    ];
    assert_eq!(shown(&world, socket, "everyone"), expected);
}

#[test]
fn looking_between_two_ticks_shows_the_same_numbers() {
    for stays in [true, false] {
        let (mut world, guild, owner, channel) = World::with_guild();
        let (later, guest) = (world.user(), world.user());
        world.enter(guild, later);
        let early = world.connect_user(owner);
        let late = world.connect_user(later);
        world.pass(1_000);
        // Rows of which none exists: only numbers are told.
        look(&mut world, early, guild, channel, json!([[100, 199]]));
        world.pass(1_000);
        world.join(guild, guest);
        look(&mut world, late, guild, channel, json!([[100, 199]]));
        assert_eq!(list(&world, late, "everyone").members, 3);
        if !stays {
            world.leave(guild, guest);
        }
        world.pass(1_000);
        for socket in [early, late] {
            let members = list(&world, socket, "everyone").members;
            assert_eq!(members, 2 + u64::from(stays));
        }
    }
}
